"""Masks as run lengths, in COCO's two ways of writing them.

The counts alternate between pixels outside and inside, column by column from the top left. They are written as a list,
or as text, in which each count, from the fourth on, is the difference from the one before the last, in groups of five
bits (a character each, lowest first; the sixth bit says that more follow, the fifth of the last one that the number is
negative). That is thirty lines, which check every count of a stranger's file, rather than a dependency on the compiled
pycocotools, the reference, with which the tests compare them. Read source.py next.
"""

import numpy as np


def decode(segmentation, size, where):
    """The mask of {"size": [H, W], "counts": ...}: bool (H, W). size: the image's, which it must have.

    ValueError, which begins with `where`, if it does not fill the image exactly.
    """
    height, width = size
    if segmentation.get("size") != [height, width]:
        raise ValueError(f"{where}: its run lengths are for {segmentation.get('size')!r:.40}, but the image has"
                         f" {height} rows and {width} columns; use the image that was annotated")  # fmt: skip
    counts = segmentation.get("counts")
    counts = counts_of(counts, where) if isinstance(counts, str) else counts
    good = isinstance(counts, list) and all(type(count) is int and 0 <= count <= height * width for count in counts)
    if not good or sum(counts) != height * width:
        total = f", {sum(counts):,} pixels in all" if good else ""
        raise ValueError(f"{where}: its run lengths do not fill the image{total}, expected {height * width:,} pixels")
    inside = np.repeat(np.arange(len(counts)) % 2 > 0, counts)
    return inside.reshape(width, height).T


def counts_of(text, where):
    """The counts in COCO's text."""
    counts, value, bits = [], 0, 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64 or bits > 60:
            raise ValueError(f"{where}: its run lengths have {character!r}, which is not in COCO's alphabet")
        value |= (code & 31) << bits
        bits += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << bits
        counts.append(value + counts[-2] if len(counts) > 2 else value)
        value, bits = 0, 0
    if bits:
        raise ValueError(f"{where}: its run lengths end within a number; is the file whole?")
    return counts
