"""Masks that are pictures: a colour for each class, from a table of colours or as found in the masks.

Read tables.py next.
"""

import numpy as np

from ...files import printable
from ..palette import hex_colours
from .labels import make_labels
from .maps import packed, relabel, unpacked
from .paired import pairs_of, source_of_pairs
from .reading import loaded
from .tables import read_colours, table_beside

MOST_FOUND = 64  # colours in masks without a table; more are a photograph, or JPEG's


def read_coloured(path, wishes):
    """The Source of a folder of images and coloured masks."""
    table = wishes.colours or table_beside(path)
    found = pairs_of(path, wishes)
    if table is not None:
        colours = read_colours(table)
        where = printable(table)
    else:
        colours, where = colours_in([pair.mask for pair in found[0].pairs], wishes.names), printable(path)
    labels = make_labels(colours, wishes.names, others=wishes.others, where=where)
    labels.numbers = {code_of(colour): label for colour, label in labels.numbers.items()}
    labels.said = {}
    source = source_of_pairs("colours", labels, found, coloured_map)
    if table is None:
        listed = ", ".join(f"{name} {code}" for name, code in zip(colours.values(), hex_colours(list(colours))))
        source.remarks.append(f"found these colours in the masks, the darkest first: {listed:.300}; otherwise say --colours")
    first = {name: colour for colour, name in reversed(colours.items())}
    if all(name in first for name in labels.names):
        source.colours = hex_colours([first[name] for name in labels.names])
    return source


def code_of(colour):
    red, green, blue = colour
    return red << 16 | green << 8 | blue


def colours_in(masks, names):
    """{colour: name} of all colours in the masks, the darkest first; the names are those given, or "#rrggbb"."""
    codes = set()
    for mask in masks:
        codes.update(np.unique(pixels(mask)).tolist())
        if len(codes) > MOST_FOUND:
            raise ValueError(f"{printable(mask)}: with this mask there are more than {MOST_FOUND} colours, so they are not"
                             " all classes, and JPEG may have made some; name those that are in a table, by --colours")  # fmt: skip
    colours = sorted((unpacked(code) for code in codes), key=lambda colour: (sum(colour), colour))
    if names is not None and len(names) != len(colours):
        raise ValueError(f"{printable(masks[0].parent)}: the masks have {len(colours)} colours ({', '.join(hex_colours(colours[:8]))})"
                         f" but --classes has {len(names)} names; give a table of colours by --colours")  # fmt: skip
    return dict(zip(colours, names or hex_colours(colours)))


def pixels(mask):
    """The packed colours of a mask, int32 (H, W)."""
    return packed(np.asarray(loaded(mask).convert("RGB")))


def coloured_map(pair, source):
    where, codes = printable(pair.mask), pixels(pair.mask)

    def label_of(code):
        if code in source.labels.numbers or source.labels.others != "error":
            return source.labels.of(code, where)
        colour, count = hex_colours([unpacked(code)])[0], int((codes == code).sum())
        raise ValueError(f"{where}: {count:,} of its pixels have the colour {colour}, which is no class; add it to the"
                         " table of --colours, or say --others ignore or --others background")  # fmt: skip

    return relabel(codes, label_of, where)
