"""ADE20K as the scene-parsing challenge of 2016 had it: all kinds of scenes in 150 classes. Zhou et al. 2017.

Read siftflow.py next.
"""

from ...files import printable
from ..palette import voc_palette
from .base import Published
from .listing import files_by_stem, pair_up, read_lines
from .masks import counted_from

NAMES = """
wall, building, sky, floor, tree, ceiling, road, bed, windowpane, grass, cabinet, sidewalk, person, earth, door, table,
mountain, plant, curtain, chair, car, water, painting, sofa, shelf, house, sea, mirror, rug, field, armchair, seat, fence,
desk, rock, wardrobe, lamp, bathtub, railing, cushion, base, box, column, signboard, chest of drawers, counter, sand, sink,
skyscraper, fireplace, refrigerator, grandstand, path, stairs, runway, case, pool table, pillow, screen door, stairway,
river, bridge, bookcase, blind, coffee table, toilet, flower, book, hill, bench, countertop, stove, palm, kitchen island,
computer, swivel chair, boat, bar, arcade machine, hovel, bus, towel, light, truck, tower, chandelier, awning, streetlight,
booth, television receiver, airplane, dirt track, apparel, pole, land, bannister, escalator, ottoman, bottle, buffet,
poster, stage, van, ship, fountain, conveyer belt, canopy, washer, plaything, swimming pool, stool, barrel, basket,
waterfall, tent, bag, minibike, cradle, oven, ball, food, step, tank, trade name, microwave, pot, animal, bicycle, lake,
dishwasher, screen, blanket, sculpture, hood, sconce, vase, traffic light, tray, ashcan, fan, pier, crt screen, plate,
monitor, bulletin board, shower, radiator, glass, clock, flag
"""
CLASSES = tuple(" ".join(name.split()) for name in NAMES.split(","))
FOLDERS = {"train": "training", "validation": "validation", "test": "validation"}


class Ade20kData(Published):
    """20,210 / 2,000 images; the validation set is also the test set.

    Labels count from 1, and 0 is whatever is none of the classes: ignored. The names are those of objectInfo150.txt, each
    with its first synonym, whether PATH holds that file or not. The archive has no colours; those here are VOC's.
    """

    name = "ade20k"
    classes, palette = CLASSES, voc_palette(len(CLASSES) + 1)[1:]
    values = counted_from(1, len(CLASSES), 0)
    layout = "the folders images and annotations of ADEChallengeData2016, each with training and validation"

    def find_root(self, path):
        inside = path / "ADEChallengeData2016"
        root = inside if inside.is_dir() else path
        if (root / "objectInfo150.txt").is_file():
            self.classes = self.read_classes(root / "objectInfo150.txt")
        return root

    def read_classes(self, path):
        """The names in a table with one line for each class, after a headline, and the names last in a line."""
        lines = read_lines(path)[1:]
        names = tuple(line.split("\t")[-1].split(",")[0].strip() for line in lines)
        if len(names) != len(CLASSES) or not all(names):
            raise ValueError(f"{printable(path)} has {len(names)} lines after the headline, expected {len(CLASSES)} names")
        return names

    def pairs(self, split):
        folders = [self.folder(self.root / kind / FOLDERS[split]) for kind in ("images", "annotations")]
        images, masks = map(files_by_stem, folders)
        return pair_up(sorted({**images, **masks}), images, masks, folders)

    def describe(self):
        return f"{super().describe()}; the test split is the validation split, as ADE20K's test labels are not public"
