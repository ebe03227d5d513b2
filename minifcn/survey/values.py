"""Counts the values that masks hold: their pixels, the files they are in, and whether they are thin lines between others.

A value is a number, or a colour as one number, 0xRRGGBB. Read moments.py next.
"""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import maximum_filter, minimum_filter

MOST = 300  # values whose counts are kept
CROWD = 4096  # values of one mask that are looked at; a photograph has millions
STRIP = 2**22  # pixels counted at a time
NEAR = 7  # side of the window that tells a line from a region, in pixels: the borders of PASCAL VOC are 5 wide
WINDOW = 1024  # only the middle of larger masks is searched for lines
FAR = 2**52  # beyond all values; SciPy's filters compute in float64
GREY = 0x010101  # a colour of three equal channels is a multiple of it


@dataclass
class Tally:
    """The pixels of one value, and the masks it is in; of those searched for lines: all, thick and between others."""

    pixels: int = 0
    masks: int = 0
    searched: int = 0
    thick: int = 0  # pixels whose whole window of NEAR x NEAR has the same value
    between: int = 0  # pixels with two or more different other values in the window

    @property
    def thin(self):
        """Whether it is only found as lines between different other values."""
        return self.searched > 0 and self.thick < 0.1 * self.searched and self.between > 0.3 * self.searched


@dataclass
class Values:
    """The values of many masks: {value: Tally} of the MOST most frequent ones; `other` counts the remaining pixels.

    runs: {n: the number of masks that hold 1 to n, beside 0 and 255}; gaps: the number of masks that leave some of these out
    """

    tallies: dict = field(default_factory=dict)
    other: int = 0
    masks: int = 0
    pixels: int = 0
    runs: Counter = field(default_factory=Counter)
    gaps: int = 0

    def add(self, values, search=False):
        """Count an integer mask (H, W); `search` it for lines. Returns its values."""
        found, pixels = count(values)
        if len(found) > CROWD:
            frequent = np.sort(np.argsort(-pixels, kind="stable")[:CROWD])
            self.other += int(pixels.sum() - pixels[frequent].sum())
            found, pixels = found[frequent], pixels[frequent]
        for value, number in zip(found.tolist(), pixels.tolist()):
            tally = self.tallies.setdefault(value, Tally())
            tally.pixels += number
            tally.masks += 1
        self.masks, self.pixels = self.masks + 1, self.pixels + values.size
        self._note_run([value for value in found.tolist() if value not in (0, 255)])
        if search and 1 < len(found) <= MOST:
            self._search(values)
        self._forget()
        return found[:MOST].tolist()

    def _note_run(self, labels):
        """Note whether the labels of a mask are 1, 2, 3, ..., as numbers of objects are."""
        if labels != list(range(1, len(labels) + 1)):
            self.gaps += 1
        elif labels:
            self.runs[len(labels)] += 1

    def _search(self, values):
        """Find the thick pixels of every value, and the pixels of the extreme values that lie between others."""
        top, left = (max(0, (side - WINDOW) // 2) for side in values.shape)
        middle = values[top : top + WINDOW, left : left + WINDOW].astype(np.int64)
        thick = middle[maximum_filter(middle, NEAR) == minimum_filter(middle, NEAR)]
        for pixels, name in (middle, "searched"), (thick, "thick"):
            for value, number in zip(*(array.tolist() for array in count(pixels))):
                tally = self.tallies[value]
                setattr(tally, name, getattr(tally, name) + number)
        for value in suspects(self.tallies):
            self.tallies[value].between += between_others(middle, value)

    def _forget(self):
        """Keep only the most frequent values."""
        if len(self.tallies) > MOST:
            ranked = sorted(self.tallies, key=lambda value: (-self.tallies[value].pixels, value))
            self.other += sum(self.tallies.pop(value).pixels for value in ranked[MOST:])

    def share(self, values):
        """The fraction of all pixels that have one of these values."""
        return sum(self.tallies[value].pixels for value in values if value in self.tallies) / max(1, self.pixels)

    @property
    def restart(self):
        """Whether nearly all masks count from 1, and end at four different numbers or more. A hidden object is a gap."""
        several = sum(number for end, number in self.runs.items() if end > 1)
        return len(self.runs) >= 4 and 10 * self.gaps <= several

    @property
    def found(self):
        """The values, in increasing order."""
        return sorted(self.tallies)

    @property
    def complete(self):
        """Whether no value was too rare to be kept."""
        return self.other == 0

    def as_grey(self):
        """The same of grey colours, R = G = B, as numbers from 0 to 255; None if there are other colours."""
        if not self.complete or any(value % GREY for value in self.tallies):
            return None
        tallies = {value // GREY: tally for value, tally in self.tallies.items()}
        return Values(tallies, masks=self.masks, pixels=self.pixels)


@dataclass
class Masks:
    """What all masks of a data set hold.

    numbers:  the Values of masks that hold numbers: grey levels, palette indices, .npy files
    colours:  the Values of masks that hold colours, and of the colours in palettes
    painted:  masks whose colours are in a palette
    alphas:   the Values of alpha channels
    palette:  {index: colour} in palettes; clash: two files whose palettes differ, "a.png and b.png"
    lossy:    the number of JPEG files
    """

    numbers: Values = field(default_factory=Values)
    colours: Values = field(default_factory=Values)
    alphas: Values = field(default_factory=Values)
    painted: int = 0
    palette: dict = field(default_factory=dict)
    clash: str = ""
    lossy: int = 0


def count(values):
    """(the different values, the number of pixels of each) of an integer array."""
    flat = values.ravel()
    parts = [count_runs(flat[start : start + STRIP]) for start in range(0, max(1, flat.size), STRIP)]
    found, place = np.unique(np.concatenate([values for values, _ in parts]), return_inverse=True)
    return found, np.bincount(place, np.concatenate([pixels for _, pixels in parts]), len(found)).astype(np.int64)


def count_runs(flat):
    """The same of a vector. Masks consist of runs, and counting these is much quicker than sorting the pixels."""
    starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]])) if flat.size else np.zeros(0, int)
    lengths = np.diff(np.append(starts, flat.size))
    found, run = np.unique(flat[starts], return_inverse=True)
    return found, np.bincount(run, lengths, len(found))


def suspects(values):
    """The values that often mark pixels without a label: the ends of the scale, and VOC's border."""
    return [value for value in (0, 255, 0xFFFFFF, 0xE0E0C0) if value in values]


def between_others(mask, value):
    """The number of pixels of `value` with at least two different other values in their window."""
    here = mask == value
    high = maximum_filter(np.where(here, -FAR, mask), NEAR)
    low = minimum_filter(np.where(here, FAR, mask), NEAR)
    return int((here & (high > low)).sum())  # where no other value is near, high is -FAR
