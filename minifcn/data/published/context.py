"""PASCAL-Context: VOC 2010 with all of each photograph labelled, in the 59 most frequent classes. Mottaghi et al. 2014.

Read cityscapes.py next.
"""

import re

from ...files import printable
from ..palette import voc_palette
from .base import Published
from .listing import files_by_stem, pair_up, read_lines, read_names
from .masks import relabel
from .mat import read_mat
from .voc import LISTS, find_year

NAMES = """
background aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike person pottedplant
sheep sofa train tvmonitor bag bed bench book building cabinet ceiling clothes computer cup door fence floor flower
food grass ground keyboard light mountain mouse curtain platform sign plate road rock shelves sidewalk sky snow
bedcloth track tree truck wall water window wood
"""
CLASSES = tuple(NAMES.split())
# What the full list of labels calls three of the classes, in its own spelling.
FULL_NAMES = {"diningtable": "table", "bedcloth": "bedclothes", "clothes": "cloth"}


class ContextData(Published):
    """4,998 / 5,105 photographs; the validation set is also the test set.

    The files label each pixel with one of 459 names; labels.txt numbers them. They are found by name, as by the paper's
    authors, and whatever is not among the 59 is background.
    """

    name = "context"
    classes, palette = CLASSES, voc_palette(len(CLASSES))
    layout = ("trainval/*.mat and labels.txt of PASCAL-Context, and beside them VOC2010 (JPEGImages and"
              " ImageSets/Main/train.txt, val.txt)")

    def find_root(self, path):
        self.photographs = find_year(self, path, "VOC2010")
        self.values = self.read_values(self.file(path / "labels.txt"))
        return path

    def read_values(self, path):
        """{number in a label file: class} from the lines "17: name" of labels.txt."""
        numbers = {}
        for line in read_lines(path):
            found = re.fullmatch(r"(\d{1,4})\s*:\s*(.+)", line)
            if not found:
                raise ValueError(f"{printable(path)} has the line {printable(line)!r}, expected a number, a colon, a name")
            numbers[found[2].replace(" ", "")] = int(found[1])
        values = dict.fromkeys(range(max(numbers.values()) + 1), 0)
        for label, name in enumerate(CLASSES[1:], 1):
            number = numbers.get(FULL_NAMES.get(name, name), numbers.get(name))
            if number is None:
                raise ValueError(f"{printable(path)} has no {FULL_NAMES.get(name, name)}, expected all 59 classes")
            values[number] = label
        return values

    def pairs(self, split):
        names = read_names(self.file(self.photographs / "ImageSets/Main" / f"{LISTS[split]}.txt"))
        folders = self.folder(self.photographs / "JPEGImages"), self.folder(self.root / "trainval")
        return pair_up(names, files_by_stem(folders[0]), files_by_stem(folders[1], suffixes=(".mat",)), folders)

    def read_label(self, path):
        return relabel(read_mat(path, "LabelMap"), self.values, path)

    def describe(self):
        return f"{super().describe()}; the test split is the validation split"
