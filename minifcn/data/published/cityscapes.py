"""Cityscapes, street scenes from fifty cities in nineteen classes. Cordts et al. 2016. Read ade20k.py next."""

import numpy as np

from ..own.pairs import Pair
from .base import Published
from .listing import files_by_stem, pair_up
from .masks import counted_from, read_classes

CLASSES = {                                                                   # name: (id in labelIds, colour)
    "road": (7, (128, 64, 128)), "sidewalk": (8, (244, 35, 232)), "building": (11, (70, 70, 70)),
    "wall": (12, (102, 102, 156)), "fence": (13, (190, 153, 153)), "pole": (17, (153, 153, 153)),
    "traffic light": (19, (250, 170, 30)), "traffic sign": (20, (220, 220, 0)), "vegetation": (21, (107, 142, 35)),
    "terrain": (22, (152, 251, 152)), "sky": (23, (70, 130, 180)), "person": (24, (220, 20, 60)),
    "rider": (25, (255, 0, 0)), "car": (26, (0, 0, 142)), "truck": (27, (0, 0, 70)), "bus": (28, (0, 60, 100)),
    "train": (31, (0, 80, 100)), "motorcycle": (32, (0, 0, 230)), "bicycle": (33, (119, 11, 32)),
}  # fmt: skip
IDS = dict.fromkeys((*range(34), 255), 255) | {number: label for label, (number, _) in enumerate(CLASSES.values())}
TRAIN_IDS = counted_from(0, len(CLASSES), 255)
FOLDERS = {"train": "train", "validation": "val", "test": "val"}
IMAGE, LABEL, TRAIN_LABEL = "_leftImg8bit", "_gtFine_labelIds", "_gtFine_labelTrainIds"


class CityscapesData(Published):
    """2,975 / 500 images of 2048 x 1024; the validation set is also the test set.

    Of the 34 numbers in labelIds, 19 are classes, and the others ignored. Where a folder has labelTrainIds
    instead, made by Cityscapes' scripts, they are used as they are.
    """

    name = "cityscapes"
    classes, palette = tuple(CLASSES), np.array([colour for _, colour in CLASSES.values()], np.uint8)
    crop = 512
    layout = "the folders leftImg8bit and gtFine, each with train and val, and in these a folder for each city"

    def pairs(self, split):
        images, labels = (self.folder(self.root / kind / FOLDERS[split]) for kind in ("leftImg8bit", "gtFine"))
        cities = sorted(entry.name for entry in images.iterdir() if entry.is_dir() and not entry.name.startswith("."))
        return [pair for city in cities for pair in self.pairs_of(city, images / city, self.folder(labels / city))]

    def pairs_of(self, city, images, labels):
        """The pairs of one city, named city/name."""
        photographs = files_by_stem(images, IMAGE)
        masks = files_by_stem(labels, LABEL) or files_by_stem(labels, TRAIN_LABEL)
        pairs = pair_up(sorted({**photographs, **masks}), photographs, masks, (images, labels))
        return [Pair(f"{city}/{pair.name}", pair.image, pair.mask) for pair in pairs]

    def read_label(self, path):
        return read_classes(path, TRAIN_IDS if path.stem.endswith(TRAIN_LABEL) else IDS)

    def describe(self):
        return f"{super().describe()}; the test split is the validation split, as Cityscapes' test labels are not public"
