"""Colours of classes: PASCAL VOC's palette for any number of them, and colours as text, "#rrggbb". Read facts.py next."""

import re

import numpy as np


def voc_palette(count):
    """The first `count` colours of PASCAL VOC, uint8 (count, 3); all 256 differ.

    Bits 0, 3, 6, ... of a class's number are the highest bits of red, bits 1, 4, 7 those of green, 2, 5 those of blue.
    """
    numbers = np.arange(count)
    palette = np.zeros((count, 3), np.uint8)
    for place in range(3):
        for channel in range(3):
            palette[:, channel] |= ((numbers >> 3 * place + channel & 1) << 7 - place).astype(np.uint8)
    return palette


def hex_colours(palette):
    """A palette (n, 3) as a tuple of "#rrggbb"."""
    return tuple(f"#{bytes(colour).hex()}" for colour in np.asarray(palette, np.uint8))


def parse_colour(text):
    """(r, g, b) of "#rrggbb"; ValueError for anything else."""
    if not isinstance(text, str) or not re.fullmatch("#[0-9a-fA-F]{6}", text):
        raise ValueError(f'{text!r} is not a colour such as "#ff0000"')
    return tuple(bytes.fromhex(text[1:]))
