"""DataFacts: what a trained network must know about its data, so that it can be used where the data are not.

A checkpoint of a run on a folder holds them. Read catalogue.py next.
"""

import math
from dataclasses import asdict, dataclass

import numpy as np


@dataclass
class DataFacts:
    """The names and colours of the classes, and how a raw image becomes a network input.

    classes, palette: as in DataModule
    mean, std:        one number per channel: the input is ((raw - low) / (high - low) - mean) / std
    value_range:      (low, high), the raw values that become 0 and 1; (0, 255) for images of 8 bits
    """

    name: str
    classes: tuple
    palette: np.ndarray
    mean: tuple
    std: tuple
    channels: int = 3
    value_range: tuple = (0.0, 255.0)

    def as_json(self):
        """The facts as a JSON value, for from_json()."""
        return asdict(self) | {"palette": self.palette.tolist()}

    @classmethod
    def from_json(cls, values):
        """The facts of as_json(); ValueError if the value is anything else, as in a damaged or forged file."""
        try:
            facts = cls(**values)
            facts.classes, facts.palette = tuple(facts.classes), np.array(facts.palette)
            facts.mean, facts.std, facts.value_range = tuple(facts.mean), tuple(facts.std), tuple(facts.value_range)
            facts.check()
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"the facts about its data are not what as_json() returns: {error}") from None
        facts.palette = facts.palette.astype(np.uint8)
        return facts

    def check(self):
        """ValueError unless every part has the type, the length and the range that it must have."""
        numbers = (*self.mean, *self.std, *self.value_range)
        if not all(isinstance(number, int | float) and math.isfinite(number) for number in numbers):
            raise ValueError("mean, std or value_range holds something other than finite numbers")
        if not isinstance(self.channels, int) or not len(self.mean) == len(self.std) == self.channels >= 1:
            raise ValueError(f"channels is {self.channels!r}, mean has {len(self.mean)} numbers, std {len(self.std)}")
        if min(self.std) <= 0 or len(self.value_range) != 2 or self.value_range[0] >= self.value_range[1]:
            raise ValueError("std must be above 0, and value_range two numbers in increasing order")
        if not self.classes or not all(isinstance(name, str) for name in (self.name, *self.classes)):
            raise ValueError("the classes must have names, at least one")
        palette = self.palette
        if palette.shape != (len(self.classes), 3) or palette.dtype.kind not in "iu" or palette.min() < 0 or palette.max() > 255:
            raise ValueError("the palette must hold three numbers from 0 to 255 for each class")
