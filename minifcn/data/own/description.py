"""Description: what dataset.toml says about a folder of images and masks.

The file names the classes, what stands for them in the masks, where images and masks are, how they are split, and the
scale of the pixels. Files come from strangers, so everything in one is checked, and an error is one sentence with the
file and the key. Read pairs.py next.
"""

import re
from dataclasses import dataclass, field

import numpy as np

from ...files import printable
from ..dataset import IGNORE_INDEX
from ..palette import hex_colours, parse_colour, voc_palette
from .pairs import wildcards
from .schema import MOST_CHANNELS, read_toml, shown
from .template import write_description

FILE = "dataset.toml"
MOST_CLASSES = 255  # labels 0 to 254, since 255 is ignored
GROUPS = ("video", "folder", "none")


@dataclass
class SplitRule:
    """How a data set is split: [split] in dataset.toml.

    train:            a folder, or a list of names (.txt); None: all images that are in no other part
    validation, test: the same, or a share from 0 to 1, drawn from the training images; None: 0.15 each, or no test
                      images if a folder or list is named
    seed:             of the draw
    group:            what stays together in a draw: "video" (names that look like frames of one), "folder", "none", or
                      a regular expression, matched at the start of a name, whose first group is the group
    """

    train: str | None = None
    validation: str | float | None = None
    test: str | float | None = None
    seed: int = 0
    group: str = "video"

    def __post_init__(self):
        named = self.named()
        self.validation = 0.15 if self.validation is None else self.validation
        self.test = (0.0 if named else 0.15) if self.test is None else self.test

    def named(self):
        """{part: its folder or list} of the parts that have one."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return {part: place for part, place in parts.items() if isinstance(place, str)}

    def shares(self):
        """{part: its share} of the parts that are drawn from the training images."""
        parts = {"validation": self.validation, "test": self.test}
        return {part: share for part, share in parts.items() if not isinstance(share, str)}

    def folders(self):
        """{part: folder} of the parts that are folders."""
        return {part: place for part, place in self.named().items() if not place.lower().endswith(".txt")}


@dataclass
class Description:
    """The contents of a dataset.toml, in its own terms: the attributes are its keys, in the types that TOML gives them.

    classes:        the names, in the order of their labels 0, 1, 2, ...
    colours:        "#rrggbb" for each class: for pictures, and what the masks hold if encoding is "colours"
    images, masks:  folders relative to the file; "{split}" in one stands for each of the split's folders, also in
                    the starts and endings; "*" stands for each folder in its place that holds both
    image_start, mask_start: what a file name has before the name of its pair, such as "mask_"
    image_ending, mask_ending: what a stem has beyond the name of its pair, such as "_mask"; with a dot, what the file
                    name ends with, such as "_mask.png"
    encoding:       what masks hold: "values", the colours above ("colours"), or transparency ("alpha")
    values:         for each class its value, or a list of values; by default 0, 1, 2, ..., or 0, 255 for alpha
    ignore:         values, or colours, of pixels that are ignored
    unknown:        what is done with anything else: "error", "ignore", or "nearest" (the class of the nearest value)
    class_weights:  the default of --class-weights
    split:          a SplitRule, the section [split]
    channels, value_range (`range`), mean, std: of the section [pixels]; the input is
                    ((raw - low) / (high - low) - mean) / std
    undecided:      a question that must be answered before training; `choices` are lines of TOML, the answers
    path:           of the file, for errors
    """

    classes: tuple = ()
    colours: tuple = ()
    images: str = "images"
    masks: str = "masks"
    image_start: str = ""
    mask_start: str = ""
    image_ending: str = ""
    mask_ending: str = ""
    encoding: str = "values"
    values: tuple = ()
    ignore: tuple = ()
    unknown: str = "error"
    class_weights: str = "none"
    split: SplitRule = field(default_factory=SplitRule)
    channels: int = 3
    value_range: tuple = (0, 255)
    mean: tuple = ()
    std: tuple = ()
    undecided: str = ""
    choices: tuple = field(default=(), compare=False)
    path: str = field(default=FILE, compare=False)

    def __post_init__(self):
        for name in ("classes", "colours", "values", "ignore", "value_range", "mean", "std", "choices"):
            setattr(self, name, tuple(getattr(self, name)))
        if not self.values and self.encoding != "colours":
            two = self.encoding == "alpha" and len(self.classes) == 2
            self.values = (0, 255) if two else tuple(range(len(self.classes)))
        self.colours = self.colours or hex_colours(voc_palette(min(len(self.classes), MOST_CLASSES)))
        channels = min(self.channels, MOST_CHANNELS)
        self.mean, self.std = self.mean or (0.5,) * channels, self.std or (0.25,) * channels

    @property
    def palette(self):
        """The colours, uint8 (classes, 3)."""
        return np.array([parse_colour(colour) for colour in self.colours], np.uint8)

    @classmethod
    def read(cls, path):
        """The checked Description in a file; ValueError, naming the file and the key, for anything wrong in it."""
        keys = read_toml(path)
        rule = {key.removeprefix("split."): value for key, value in keys.items() if key.startswith("split.")}
        fields = {key.removeprefix("pixels."): value for key, value in keys.items() if not key.startswith("split.")}
        if "range" in fields:
            fields["value_range"] = fields.pop("range")
        description = cls(**fields, split=SplitRule(**rule), path=str(path))
        if description.encoding == "colours" and not description.undecided:
            if "values" in fields:
                description.refuse('values is given, but encoding is "colours", which takes them from colours; leave one out')
            if "colours" not in fields:
                description.refuse('encoding is "colours", but it has no colours; add colours = ["#rrggbb", ...] for the classes')
        return description.check()

    def write(self, path):
        """Write a dataset.toml with a comment on every key; FileError if it cannot be written."""
        write_description(self, path)

    def check(self):
        """The Description itself; ValueError if a question is open, or two keys contradict each other."""
        if self.undecided:
            self.refuse(self.undecided)
        self._check_classes()
        for key, values in (("mean", self.mean), ("std", self.std)):
            if len(values) != self.channels:
                self.refuse(f"{key} has {len(values)} numbers but channels is {self.channels}; give one for each channel")
        if not self.value_range[0] < self.value_range[1]:
            self.refuse(f"range is {shown(self.value_range)}, expected two numbers, the smaller one first")
        self._check_codes()
        self._check_places()
        return self

    def _check_classes(self):
        count = len(self.classes)
        if not count:
            self.refuse('it names no classes; add a line such as classes = ["background", "crack"]')
        if count > MOST_CLASSES:
            self.refuse(f"it has {count} classes, expected at most {MOST_CLASSES}; merge some")
        if len(set(self.classes)) < count:
            twice = next(name for name in self.classes if self.classes.count(name) > 1)
            self.refuse(f'two classes are named "{twice}"; give each a name of its own')
        for key, values in (("colours", self.colours), ("values", self.values)):
            if len(values) != count and not (key == "values" and self.encoding == "colours"):
                self.refuse(f"{key} has {len(values)} entries but there are {count} classes; give one for each")

    def _check_codes(self):
        """A value or a colour must stand for one thing."""
        wanted = str if self.encoding == "colours" else int
        for entry in self.ignore:
            if not isinstance(entry, wanted):
                expected = 'colours such as "#ffffff"' if wanted is str else "whole numbers"
                self.refuse(f'ignore holds {shown(entry)}, but encoding is "{self.encoding}", so expected {expected}')
        meanings = {}
        for code, label in self.codes():
            if code in meanings:
                first, second = ("ignored" if n == IGNORE_INDEX else f'"{self.classes[n]}"' for n in (meanings[code], label))
                self.refuse(f"{shown_code(code)} stands for {first} and for {second}; leave one of the two out")
            meanings[code] = label

    def codes(self):
        """[(what a mask holds, the label it stands for)]: integers, or (r, g, b); the label of ignored ones is 255."""
        if self.encoding == "colours":
            entries = [(parse_colour(colour), label) for label, colour in enumerate(self.colours)]
            return entries + [(parse_colour(colour), IGNORE_INDEX) for colour in self.ignore]
        entries = [(value if isinstance(value, list | tuple) else [value], n) for n, value in enumerate(self.values)]
        return [(code, n) for codes, n in entries for code in codes] + [(code, IGNORE_INDEX) for code in self.ignore]

    def _check_places(self):
        """Images and masks must be told apart, a placeholder needs folders, and some images must be left to train on."""
        if (self.images, self.image_start, self.image_ending) == (self.masks, self.mask_start, self.mask_ending):
            start = f'the same start "{self.mask_start}" and ' if self.mask_start else ""
            self.refuse(
                f'images and masks are both in "{self.images}", with {start}the same ending "{self.mask_ending}";'
                ' say how the names of masks end, as in mask_ending = "_mask", or start, as in mask_start = "mask_"'
            )
        for key in ("image_start", "mask_start", "image_ending", "mask_ending"):
            if "{split}" in getattr(self, key) and "{split}" not in self.images + self.masks:
                self.refuse(f'{key} has "{{split}}", but neither images nor masks has; leave it out')
        if {wildcards(self.images), wildcards(self.masks)} not in ({0}, {1}):
            self.refuse('"*" in images and masks stands for the same folder, so give it in both, once, or in neither')
        for key in ("images", "masks"):
            if "{split}" in getattr(self, key) and not self.split.folders():
                self.refuse(f'{key} has "{{split}}", but no part of [split] is a folder; add one, such as train = "train"')
        if sum(self.split.shares().values()) >= 1:
            self.refuse("validation and test have all the images; leave some for training")
        if self.split.validation == 0:
            self.refuse("validation is 0, but a run is scored after every epoch; give a share such as 0.15")
        places = list(self.split.named().values())
        if len(set(places)) < len(places):
            self.refuse("two parts of [split] are the same folder or list; give each its own")
        if (reason := bad_pattern(self.split.group)) and self.split.group not in GROUPS:
            self.refuse(f'group is "{self.split.group}", {reason}')

    def refuse(self, sentence):
        """Raise ValueError: the file's name and a sentence."""
        raise ValueError(f"{printable(self.path)}: {printable(sentence)}")


def bad_pattern(pattern):
    """Why a regular expression is refused; None if it is not.

    One from a stranger's file must not take for ever: a match of nested or many repetitions takes a time that grows
    as fast as a power of 2, or of the length of the name.
    """
    if len(pattern) > 100 or re.search(r"\)[*+?{]", pattern) or len(re.findall(r"[*+{]", pattern)) > 3:
        return "but a group must not be repeated, and *, + and { may occur three times; simplify it"
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f'expected "video", "folder", "none" or a regular expression ({error})'
    return None


def shown_code(code):
    """A value or a colour for an error: "the value 255", "the colour #ff0000"."""
    return f"the colour #{bytes(code).hex()}" if isinstance(code, tuple) else f"the value {code}"
