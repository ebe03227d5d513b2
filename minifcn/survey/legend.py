"""Legend: which values of the masks are which class, to count classes and to draw them. Read proposal.py next."""

from dataclasses import dataclass

import numpy as np

from ..data.dataset import IGNORE_INDEX
from ..data.palette import voc_palette
from .verdict import hexadecimal


@dataclass
class Legend:
    """The classes of a data set, or, where it is not decided what masks mean, the values that were found.

    names:   of the classes; palette: uint8 (C, 3)
    codes:   {value in a mask: class, or 255 for ignored ones}; colours are 0xRRGGBB
    holds:   where the values are: "numbers", "colours" or "alphas" of Masks
    nearest: whether another value is read as the nearest one; otherwise it is shown as ignored
    """

    names: list
    palette: np.ndarray
    codes: dict
    holds: str
    nearest: bool = False

    def shares(self, values):
        """(the share of each class, of ignored pixels, of other pixels) in some Values."""
        shares, ignored, other = np.zeros(len(self.names)), 0.0, values.other / max(1, values.pixels)
        for value in values.found:
            label, share = self.label_of(value), values.share([value])
            if label is None:
                other += share
            elif label == IGNORE_INDEX:
                ignored += share
            else:
                shares[label] += share
        return shares, ignored, other

    def label_of(self, value):
        """The class of a value, 255 if it is ignored, None if it is unknown."""
        if value in self.codes or not self.nearest:
            return self.codes.get(value)
        return self.codes[min(self.codes, key=lambda code: distance(code, value, self.holds == "colours"))]

    def label_map(self, values):
        """The classes, uint8 (H, W), of the values in a mask; unknown ones are 255."""
        found, inverse = np.unique(values, return_inverse=True)
        labels = [self.label_of(value) for value in found.tolist()]
        table = np.array([IGNORE_INDEX if label is None else label for label in labels], np.uint8)
        return table[inverse].reshape(values.shape)


def distance(a, b, coloured):
    """The distance of two values, or the squared one of two colours."""
    if not coloured:
        return abs(a - b)
    return sum(((a >> shift & 255) - (b >> shift & 255)) ** 2 for shift in (0, 8, 16))


def legend_of(description, masks):
    """The Legend of a checked Description."""
    coloured = description.encoding == "colours"
    codes = {pack(code) if coloured else code: label for code, label in description.codes()}
    holds = "alphas" if description.encoding == "alpha" else "colours" if coloured else "numbers"
    if holds == "numbers" and not masks.numbers.masks:  # grey colours
        codes, holds = {value * 0x010101: label for value, label in codes.items()}, "colours"
    return Legend(list(description.classes), description.palette, codes, holds, description.unknown == "nearest")


def legend_of_values(masks, shown=None, most=IGNORE_INDEX):
    """The Legend of masks whose meaning is open: each of the most frequent values stands for itself.

    shown: the only values to have; others are read as the nearest
    """
    coloured = not masks.numbers.masks
    values = masks.colours if coloured else masks.numbers
    kept = sorted(shown or sorted(values.tallies, key=lambda value: -values.tallies[value].pixels)[:most])
    names = [hexadecimal(value) if coloured else str(value) for value in kept]
    palette = voc_palette(max(1, len(kept)))
    if coloured:
        palette = np.array([(value >> 16, value >> 8 & 255, value & 255) for value in kept], np.uint8)
    codes = {value: label for label, value in enumerate(kept)}
    return Legend(names, palette, codes, "colours" if coloured else "numbers", nearest=bool(shown))


def pack(colour):
    """(r, g, b) as 0xRRGGBB."""
    return colour[0] << 16 | colour[1] << 8 | colour[2]
