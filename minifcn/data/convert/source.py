"""Source: annotations that were found and understood, and are yet to be turned into label maps one by one.

Each reader, such as labelme.py, makes a Source of what it reads; write.py writes it. Read labelme.py next.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ...files import folded, printable
from ..own.description import SplitRule
from .labels import Labels, read_classes
from .reading import size_of


@dataclass
class Wishes:
    """What a user may choose; None where the files say it.

    classes: [(number, name)] in the order of the labels; or text for read_classes()
    numbered: whether these numbers were given, not counted
    others:  what becomes of anything that is in no class: "error", "ignore" or "background"
    images, masks: folders, for images or masks that are not where they are looked for
    image_ending, mask_ending: what a stem has beyond the name of its pair
    colours: a file of colours and names
    crowd:   whether a crowd of objects ("iscrowd") has their class; otherwise it is ignored
    first:   the number of the first class in maps of numbers
    """

    classes: list | str | None = None
    numbered: bool = False
    others: str = "error"
    images: str | None = None
    masks: str | None = None
    image_ending: str = ""
    mask_ending: str = ""
    colours: str | None = None
    crowd: bool = False
    first: int | None = None

    def __post_init__(self):
        if isinstance(self.classes, str):
            self.classes, self.numbered = read_classes(self.classes)

    @property
    def names(self):
        """The names of the classes alone; None if none were chosen."""
        return self.classes and [name for _, name in self.classes]


@dataclass
class Item:
    """One image with its label map to be.

    name:  its path below the folder of the images, without suffix
    image: the Path of its file, or a function that returns the bytes of one
    label: a function that returns the label map, uint8 (H, W); it may raise ValueError
    where: what to call it in errors: the file of its annotation
    """

    name: str
    image: Path | Callable
    label: Callable
    where: str


@dataclass
class Source:
    """All of a data set. notes: {what was left out or changed: how often}, filled while label maps are made; remarks: more lines."""

    kind: str
    labels: Labels
    items: list
    colours: tuple = ()  # "#rrggbb" of each class; () for colours of our own
    notes: Counter = field(default_factory=Counter)
    remarks: list = field(default_factory=list)
    split: SplitRule = field(default_factory=SplitRule)
    lists: dict = field(default_factory=dict)  # {name: path} of the lists of names that the split uses


def short_names(paths):
    """Names for images from their paths, relative and without suffix: the last parts alone if all differ."""
    last = [Path(path).name for path in paths]
    return last if len({folded(name) for name in last}) == len(last) else [Path(path).as_posix() for path in paths]


def check_names(source, where):
    """ValueError for a Source without images, and for two that have the same name."""
    if not source.items:
        raise ValueError(f"{printable(where)}: it has no annotated images; name the folder or file that has them")
    seen = {}
    for item in source.items:
        other = seen.setdefault(folded(item.name), item)
        if other is not item:
            both = " and ".join(printable(each.image if isinstance(each.image, Path) else each.where) for each in (other, item))
            raise ValueError(f"{both} would both be {printable(item.name)}; rename one, in the annotations too")


def check_size(image, size, where):
    """The size (H, W) of an image file; ValueError if it is not `size`, that of its annotation."""
    found = size_of(image)
    if found != tuple(size):
        turned = "; a camera's note turns it, which its annotation does not follow" if found == tuple(size)[::-1] else ""
        raise ValueError(f"{where}: it is for {size[1]} x {size[0]} pixels, but {printable(image)} has"
                         f" {found[1]} x {found[0]}{turned}; use the image that was annotated")  # fmt: skip
    return found


def blank(size, value=0):
    """A label map of one value, uint8 (H, W)."""
    return np.full(size, value, np.uint8)
