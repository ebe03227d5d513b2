"""Augmentation by name: "mirror,shift:16,scale:0.75-1.5" becomes a transform of image and label together.

Read ../labels.py next.
"""

import math

from ..suggest import did_you_mean
from .transforms import (
    ColorJitter,
    RandomCrop,
    RandomHorizontalFlip,
    RandomRotation,
    RandomScale,
    RandomShift,
    RandomVerticalFlip,
)

STRENGTHS = {  # in the order in which they are applied: (what the strength is, its default); None: it has none
    "scale": ("two factors such as 0.5-2", (0.5, 2.0)),
    "rotate": ("the largest angle, in degrees", (10.0,)),
    "shift": ("the largest shift, in pixels", (32.0,)),  # the paper's, section 4.3
    "mirror": (None, ()),  # left to right
    "flip": (None, ()),  # top to bottom
    "colour": ("the change of brightness, contrast and saturation, from 0 to 1", (0.4,)),
}
NONE = "none"


def augmentation(text, size, mean=0.0, std=1.0):
    """The transform called `text`: names of STRENGTHS, separated by commas, each with its strength after a colon or none.

    size:      of the crops that it returns; 0: each image keeps its size
    mean, std: how the images are normalised, for colour
    "none" changes nothing. The names' order does not matter. ValueError for another name or strength.
    """
    chosen = parse(text)
    make = {
        "scale": lambda low, high: RandomScale(low, high),
        "rotate": lambda degrees: RandomRotation(degrees),
        "shift": lambda pixels: RandomShift(round(pixels)),
        "mirror": lambda: RandomHorizontalFlip(),
        "flip": lambda: RandomVerticalFlip(),
        "colour": lambda change: ColorJitter(change, change, change, mean, std),
    }
    return Augmentation([make[name](*chosen[name]) for name in STRENGTHS if name in chosen], size)


class Augmentation:
    """Transforms one after the other, and then a crop, at random, to `size`, or to the image's own if that is 0.

    An image that has become smaller is placed at random among ignored pixels.
    """

    def __init__(self, transforms, size):
        self.transforms, self.size = transforms, size

    def __call__(self, image, label, rng):
        size = (self.size, self.size) if self.size else label.shape
        for transform in self.transforms:
            image, label = transform(image, label, rng)
        return (image, label) if label.shape == size else RandomCrop(size)(image, label, rng)


def parse(text):
    """{name: its numbers} of "mirror,scale:0.75-1.5"."""
    chosen = {}
    for part in text.split(",") if text.strip() != NONE else ():
        name, colon, strength = (word.strip() for word in part.partition(":"))
        if name == NONE:
            raise ValueError(f"augment is {text!r}, but none stands alone; leave out the others, or none")
        if name not in STRENGTHS:
            raise ValueError(f"augment is {text!r}, but there is no {name!r}{did_you_mean(name, (*STRENGTHS, NONE))}")
        if name in chosen:
            raise ValueError(f"augment is {text!r}, which has {name} twice; leave one out")
        meaning, default = STRENGTHS[name]
        chosen[name] = numbers(text, name, strength, meaning, len(default)) if colon else default
    return chosen


def numbers(text, name, strength, meaning, count):
    """The numbers in a strength, such as (0.75, 1.5); ValueError if they are not what `meaning` says."""
    if meaning is None:
        raise ValueError(f"augment is {text!r}, but {name} has no strength; leave out :{strength}")
    try:
        found = tuple(float(number) for number in strength.split("-"))
    except ValueError:
        found = ()
    if len(found) != count or not all(0 <= number < math.inf for number in found) or (name == "colour" and found[0] > 1):
        raise ValueError(f"augment is {text!r}, but the strength of {name} is {meaning}, not {strength!r}")
    if name == "scale" and not 0 < found[0] <= found[1]:
        raise ValueError(f"augment is {text!r}, but the factors of scale must rise, from above 0: scale:0.5-2")
    return found
