"""FolderData: `--data folder:PATH`, a folder of images and masks with a dataset.toml that says what they mean.

Read ../published/base.py next.
"""

import os
from functools import cached_property, partial
from pathlib import Path

from ...files import printable
from ..balance import classes_in, count_labels, frequencies_of, lack_of_classes
from ..module import DataModule
from ..paired import WINDOW, PairDataset
from ..transforms import RandomHorizontalFlip
from .description import FILE, Description
from .masks import read_mask
from .pairs import find_masks, find_pairs
from .splits import split_pairs


class Undescribed(ValueError):
    """A folder has no dataset.toml. undescribed: the folder, whose masks may leave a question open"""

    def __init__(self, sentence, folder):
        super().__init__(sentence)
        self.undescribed = folder


class FolderData(DataModule):
    """A data set of one's own. path: its folder, or its dataset.toml, under any name that ends with .toml.

    Creating one reads only that file. When a split is asked for, its images and masks are found and checked, as far as
    that takes a second or two: the sizes of all, and all of 50 million pixels; the rest when a sample is made. Raises
    ValueError, naming the file, for anything that is missing or wrong.
    """

    name = "folder"
    takes_path, uniform = True, False
    crop, epoch = 224, 0

    def __init__(self, size=None, samples=None, path=None):
        super().__init__(size, samples, path)
        self.file = description_file(path)
        self.description = it = Description.read(self.file)
        self.classes, self.palette, self.weighting = it.classes, it.palette, it.class_weights
        self.channels, self.value_range, self.mean, self.std = it.channels, it.value_range, it.mean, it.std
        self.read_label = partial(read_mask, description=it)
        self.checked = set()  # the splits whose files were

    @cached_property
    def found(self):
        """The Pairs of the folder; ValueError if there are none, or if some cannot be told apart."""
        found = find_pairs(self.file.parent, self.description)
        if found.unreadable:
            self.description.refuse(f"{found.unreadable[0]}; give yourself the permission to read it")
        if found.duplicates:
            names = " and ".join(str(path) for path in found.duplicates[0][:2])
            self.description.refuse(f"{names} have the same name but for suffix or case; rename or remove one of them")
        if not found.pairs:
            images, masks = (str(paths[0]) if paths else "none" for paths in (found.without_mask, found.without_image))
            self.description.refuse(
                f"no image has a mask of its name (the first image without one is {images}, the first mask {masks});"
                " correct images, masks, and the starts and endings of the names"
            )
        return found

    @cached_property
    def parts(self):
        """The Split of the pairs."""
        return split_pairs(self.file.parent, self.description, self.found.pairs)

    def split(self, name):
        pairs = self.parts.part(name)
        if not pairs:
            other = ", or score the validation images by --split validation" if name == "test" else ""
            self.description.refuse(f"it has no {name} images; before training, add {name} = 0.15, or a folder, to [split]{other}")
        if name == "train":
            how = {"crop": self.size, "length": self.samples, "transform": RandomHorizontalFlip()}
        else:
            how = {"window": WINDOW}
        dataset = PairDataset(pairs, self, self.read_label, **how)
        if name not in self.checked:
            self._check(name, dataset)
        return dataset

    def _check(self, name, dataset):
        """ValueError for broken files, and for training masks that teach nothing, as far as they are read."""
        counts, all_read = dataset.check()
        self.counts = counts if name == "train" and all_read else self.counts
        if name == "train" and all_read and (lack := lack_of_classes(counts)):
            self.description.refuse(f"the training masks have {lack}; correct values and ignore, or add images")
        self.checked.add(name)

    def class_frequencies(self):
        """The frequency of each class among the labelled pixels of the training masks, float64 (classes,)."""
        if self.counts is None:
            self.counts = {}
            for pair in self.parts.train:
                count_labels(self.read_label(pair.mask), self.counts)
        if not classes_in(self.counts):
            self.description.refuse("all pixels of the training masks are ignored; correct values and ignore")
        return frequencies_of(self.counts, len(self.classes))

    def examples(self, count=6):
        """Test samples that lie evenly apart in the order of their names."""
        total = len(self.split("test"))
        return [total * k // min(count, total) for k in range(min(count, total))]

    def example_names(self, count=6):
        test = self.split("test")
        return [test.name(index) for index in self.examples(count)]

    def describe(self):
        """The data set in one line: its classes, its splits, what was left out and what was kept together."""
        parts, left = self.parts, len(self.found.without_mask) + len(self.found.without_image)
        sizes = ", ".join(f"{len(parts.part(name)):,} {name}" for name in ("train", "validation", "test"))
        notes = [f"{sizes} images"]
        if left:
            notes.append(f"left out {left:,} file{'s' * (left > 1)} without a partner")
        if parts.kept:
            notes.append(parts.kept)
        return "; ".join([super().describe(), *notes])


def masks_of(folder):
    """The paths of the masks in a folder, as its dataset.toml names them; none if it has none that can be used."""
    file = Path(folder) / FILE
    try:
        return find_masks(folder, Description.read(file)) if os.path.isfile(file) else set()
    except ValueError:
        return set()


def description_file(path):
    """The Path of the dataset.toml of a folder, or of the file itself; ValueError, with what to do, if it is not there."""
    given = Path(path)
    if given.suffix.lower() == ".toml" and not given.is_dir():
        return given
    shown = printable(path)
    if not given.is_dir():
        raise ValueError(f"folder: {shown} is not there, or not a folder; name the folder of your images and masks")
    if not (given / FILE).exists():
        raise Undescribed(
            f"folder: {shown} has no {FILE}, which says what its masks mean; run minifcn data check {shown}, which proposes"
            ' one, or write a file with two lines such as classes = ["background", "crack"] and values = [0, 255]',
            given,
        )
    return given / FILE
