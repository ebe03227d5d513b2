"""Label files whose pixels are numbers, and the classes that these numbers mean. Read mat.py next."""

import numpy as np

from ...files import printable
from ..dataset import IGNORE_INDEX
from ..images import MAX_PIXELS, decode, explained, open_image

INDEX_MODES = ("1", "L", "P", "I;16", "I;16B", "I")  # of Pillow; in P, the pixels are indices into a palette
UNKNOWN = -1


def read_classes(path, values):
    """An image file of indices -> its classes, int64 (H, W).

    values: {index: class, or 255 for ignored}
    Raises ValueError if the file cannot be read, or has another index.
    """
    return relabel(read_indices(path), values, path)


def read_indices(path):
    """The pixels of a label file as they are stored, (H, W); a palette is not applied.

    Raises ValueError if the file cannot be read or holds colours.
    """
    with explained(path, MAX_PIXELS), open_image(path, MAX_PIXELS) as image:
        if image.mode in INDEX_MODES:
            decode(image, MAX_PIXELS)
            return np.asarray(image)
        mode = image.mode
    raise ValueError(f"the mask {printable(path)} has colours (mode {mode}), expected one number for each pixel")


def relabel(indices, values, path):
    """Replace each index by its class: whole numbers (H, W) -> int64 (H, W). ValueError for one not in `values`."""
    if indices.ndim != 2:
        raise ValueError(f"the mask {printable(path)} has the dimensions {indices.shape}, expected (height, width)")
    lowest, highest = min(values), max(values)
    table = np.full(highest - lowest + 2, UNKNOWN, np.int64)                  # its last entry is for all others
    table[np.array(list(values)) - lowest] = list(values.values())
    with np.errstate(invalid="ignore"):                                       # a float may be infinite
        inside = (indices >= lowest) & (indices <= highest) & (indices % 1 == 0)
    label = table[np.where(inside, np.where(inside, indices, 0).astype(np.int64) - lowest, -1)]
    wrong = label == UNKNOWN
    if wrong.any():
        row, column = np.argwhere(wrong)[0].tolist()
        raise ValueError(f"the mask {printable(path)} has the value {indices[row, column]} at row {row}, column {column}"
                         f" ({wrong.sum():,} pixels are wrong), expected {in_words(values)}")
    return label


def in_words(values):
    """The keys of `values` for a sentence: "0 to 20 or 255"."""
    runs = []
    for value in sorted(values):
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return " or ".join(f"{first} to {last}" if first < last else str(first) for first, last in runs)


def counted_from(first, classes, *ignored):
    """The `values` of a data set that counts its classes from `first`, with the indices that are ignored."""
    return {first + c: c for c in range(classes)} | dict.fromkeys(ignored, IGNORE_INDEX)
