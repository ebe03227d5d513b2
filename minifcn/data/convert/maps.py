"""Maps of numbers that stand for classes: each number is looked up once, however many pixels have it. Read paired.py next."""

import numpy as np

MOST = 2**24  # numbers, and packed colours, are below this


def relabel(codes, label_of, where="map"):
    """Label maps from maps of numbers: integers (H, W) -> uint8 (H, W).

    label_of: a function from a number to its label, called once for each number that occurs, in order
    ValueError, which begins with `where`, for a number below 0 or above MOST
    """
    if codes.size and not 0 <= codes.min() <= codes.max() < MOST:
        raise ValueError(f"{where}: it holds numbers from {codes.min()} to {codes.max()}, expected classes from 0 on")
    largest = int(codes.max(initial=0))
    present = np.zeros(largest + 1, bool)
    present[codes] = True
    table = np.zeros(largest + 1, np.uint8)
    for code in np.flatnonzero(present).tolist():
        table[code] = label_of(code)
    return table[codes]


def packed(rgb):
    """uint8 (H, W, 3) -> 65536 r + 256 g + b, int32 (H, W)."""
    red, green, blue = (rgb[..., channel].astype(np.int32) for channel in range(3))
    return red << 16 | green << 8 | blue


def unpacked(code):
    """(r, g, b) of a packed colour."""
    return code >> 16, code >> 8 & 255, code & 255
