"""Chooses the pairs for the contact sheet, reads them again, and has them drawn. Read advice.py next."""

import numpy as np
from PIL import Image

from ..data.folders import CHECK
from ..data.rasters import read_raster, to_display
from ..plot.data_sheet import data_sheet
from ..plot.style import save
from .raw import read_raw

MOST = 12
SIDE = 480  # pictures are reduced to this many pixels


def varied(found, most=MOST):
    """The names of the pairs that together show the most values; then pairs spread over all. In alphabetical order.

    found: {name: the values of its mask}
    """
    names, chosen, seen = sorted(found), [], set()
    while len(chosen) < most:
        best = max(names, key=lambda name: len(set(found[name]) - seen), default=None)
        if best is None or not set(found[best]) - seen:
            break
        chosen.append(best)
        seen |= set(found[best])
    rest = [name for name in names if name not in chosen]
    step = max(1, len(rest) // max(1, most - len(chosen)))
    return sorted([*chosen, *rest[::step][: most - len(chosen)]])


def draw_sheet(scan, legend, value_range, path, title):
    """Write the contact sheet; returns the number of pairs on it, 0 if no pair can be drawn."""
    pairs = {pair.name: pair for pair in scan.pairs.pairs}
    drawn = [shown for name in varied(scan.found) if (shown := draw_pair(pairs[name], legend, value_range))]
    if drawn:
        shares, ignored, other = legend.shares(getattr(scan.masks, legend.holds))
        called = " and ".join(name for name, share in {"ignored": ignored, "other values": other}.items() if share)
        save(data_sheet(drawn, shares, legend.palette, legend.names, title, ignored + other, called), path, software=CHECK)
    return len(drawn)


def draw_pair(pair, legend, value_range):
    """(name, picture, label map) of a pair, reduced; None if its files do not fit."""
    try:
        picture, mask = to_display(read_raster(pair.image, None), value_range), read_raw(pair.mask)
    except (ValueError, RuntimeError):
        return None
    values = {"alphas": mask.alpha, "numbers": mask.values, "colours": mask.values}[legend.holds]
    if legend.holds == "colours" and mask.palette is not None:
        values = mask.palette[mask.values]
    if values is None or picture.shape[:2] != values.shape:
        return None
    label = legend.label_map(values)
    height, width = (max(1, round(side * min(1, SIDE / max(label.shape)))) for side in label.shape)
    rows, columns = ((np.arange(n) + 0.5) * side / n for n, side in zip((height, width), label.shape))
    small = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BOX))
    return pair.name, small, label[rows.astype(int)[:, None], columns.astype(int)]
