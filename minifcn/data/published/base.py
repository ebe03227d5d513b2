"""Published: what the data sets that people publish have in common, and what is done about a missing file.

A subclass says where its pairs are and how a label is stored; see docs/data-sets.md. Read
listing.py next.
"""

from pathlib import Path

import numpy as np

from ...files import printable
from ..balance import class_frequencies
from ..images import read_image
from ..module import DataModule
from ..paired import PairDataset
from ..transforms import RandomHorizontalFlip
from .masks import read_classes

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, of rgb / 255, as in torchvision


class Published(DataModule):
    """A data set in its published layout. A subclass sets DataModule's attributes and defines `pairs`.

    layout  what PATH should hold, to end a sentence about what it lacks
    values  {value in a label file: class, or 255 for ignored}, unless the subclass defines `read_label`
    Raises ValueError, naming the file or folder and the expected layout, for anything missing, and naming the file for one
    that is broken, if it is among those that are read when a split is asked for (PairDataset.check).
    """

    takes_path, uniform = True, False
    mean, std = MEAN, STD
    crop, epoch = 320, 0
    layout = ""
    values = None

    def __init__(self, size=None, samples=None, path=None):
        super().__init__(size, samples, path)
        self.checked = set()  # the splits whose files were
        self.root = self.find_root(self.folder(Path(path).expanduser()))  # a shell expands ~ only at the start

    def find_root(self, path):
        """The folder that holds the data set, given an existing folder; some archives have it further down."""
        return path

    def pairs(self, split):
        """The list of Pair of "train", "validation" or "test"."""
        raise NotImplementedError(f"{type(self).__name__} does not define pairs(split)")

    def split(self, name):
        pairs = self.pairs(name)
        if not pairs:
            raise ValueError(f"{self.name}: the {name} split of {printable(self.root)} is empty; expected {self.layout}")
        how = {"crop": self.size, "length": self.samples, "transform": RandomHorizontalFlip()} if name == "train" else {}
        dataset = PairDataset(pairs, self, self.read_label, read_image=self.read_image, **how)
        if name not in self.checked:
            # As published they fit; what was cut off on the way may be all of one archive.
            counts, all_read = dataset.check(headers=False)
            self.counts = counts if name == "train" and all_read else self.counts
            self.checked.add(name)
        return dataset

    def read_image(self, path):
        """An image -> uint8 (H, W, 3)."""
        return read_image(path)

    def read_label(self, path):
        """A label file -> its classes, int64 (H, W), 255 for ignored."""
        return read_classes(path, self.values)

    def class_frequencies(self):
        """The frequency of each class in the training labels: float64 (classes,). Reads them all."""
        return class_frequencies(self.split("train").labels(), len(self.classes))

    def examples(self, count=6):
        """Test samples at equal distances, since neighbours are often frames of one video."""
        last = len(self.pairs("test")) - 1
        return sorted(set(np.linspace(0, last, count).round().astype(int).tolist()))

    def example_names(self, count=6):
        pairs = self.pairs("test")
        return [pairs[index].name for index in self.examples(count)]

    def folder(self, path):
        """The path of a folder, if it is there; otherwise ValueError."""
        if not path.is_dir():
            raise self.missing("folder", path)
        return path

    def file(self, path):
        """The path of a file, if it is there; otherwise ValueError."""
        if not path.is_file():
            raise self.missing("file", path)
        return path

    def missing(self, kind, path):
        """The ValueError about a file or folder that is not there."""
        return ValueError(f"{self.name}: there is no {kind} {printable(path)}; expected {self.layout}")
