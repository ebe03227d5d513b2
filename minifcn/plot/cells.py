"""Numbers in square cells, and rows of small drawings: the building blocks of numbers.py, copies.py and images.py.

Numbers are written as short as is accurate: integers without decimals, others with three or four digits. Read
numbers.py next.
"""

import math

import matplotlib
import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from .style import FAINT, INK, LINES

PAGE = 9.4                                                 # inches: the width of a notebook
DASHES = ("-", (0, (4, 1.5)), (0, (1.2, 1)), (0, (6, 1.5, 1.2, 1.5)), (0, (8, 2)), (0, (2.5, 1.2, 1, 1.2, 1, 1.2)))
SMALLEST = 4.5                                             # points; smaller numbers are omitted
NARROWEST = 0.15                                           # inches; smaller cells have no lines between them
EM = {".": 0.32, "−": 0.84, "+": 0.84}                     # the widths of characters in units of the font size; others 0.64


def number(value):
    """The text of a number: 3, 0.1875, 0.333 for a third, 1.2e−07; empty for nan."""
    if np.isnan(value):
        return ""
    if abs(value) < 1e6 and (float(value).is_integer() or abs(value) >= 1000):
        text = f"{value:.0f}"
    else:
        exact = abs(float(f"{value:.4g}") - value) <= 1e-6 * abs(value)
        text = f"{value:.4g}" if exact else f"{value:.3g}"
    return "0" if text == "-0" else text.replace("-", "−")


def format_numbers(array):
    """The texts of all elements of a matrix, in the same shape."""
    return np.array([number(value) for value in array.ravel()], dtype=object).reshape(array.shape)


def font_size(texts, cell, largest=9):
    """The font size (points) at which the longest text fits into a cell of `cell` inches; 0 if too small to read."""
    longest = max(sum(EM.get(letter, 0.64) for letter in text) for text in texts.flat)
    size = min(largest, 72 * cell * 0.88 / max(longest, 1))
    return size if size >= SMALLEST else 0


def draw_cells(axes, colours, texts, size, inks=None):
    """Fill the axes with cells: colours (H, W, 3), texts (H, W), and the colours of the texts, all INK if None."""
    height, width = texts.shape
    axes.imshow(colours, aspect="auto", interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=FAINT, linewidth=0.6)
    if axes.bbox.width / axes.figure.dpi / width > NARROWEST:
        axes.hlines(np.arange(1, height) - 0.5, -0.5, width - 0.5, color=FAINT, linewidth=0.5)
        axes.vlines(np.arange(1, width) - 0.5, -0.5, height - 0.5, color=FAINT, linewidth=0.5)
    if size:
        for (i, j), text in np.ndenumerate(texts):
            colour = INK if inks is None else inks[i, j]
            axes.text(j, i, text, ha="center", va="center_baseline", fontsize=size, color=colour)


def diverging(array, limit=None):
    """A colour for each number: white for 0, red above, blue below, light enough for black text; nan is white.

    limit: the absolute value that gets the strongest colour; None: the array's own largest
    """
    largest = np.nanmax(np.abs(array), initial=0) if limit is None else limit
    colours = matplotlib.colormaps["RdBu_r"](0.5 + np.clip(array / (largest or 1), -1, 1) / 4)[..., :3]
    colours[(array == 0) | np.isnan(array)] = 1
    return colours


def outline(axes, window, k):
    """Outline cells (top, left, height, width) in line style k; later outlines are slightly smaller."""
    top, left, height, width = window
    inset = 0.03 + 0.06 * (k % 4)
    axes.add_patch(Rectangle((left - 0.5 + inset, top - 0.5 + inset), width - 2 * inset, height - 2 * inset, fill=False,
                             edgecolor=LINES[k % len(LINES)], linestyle=DASHES[k % len(DASHES)], linewidth=2, zorder=3,
                             clip_on=False, path_effects=[withStroke(linewidth=3.5, foreground="white")]))


def flow(sizes, gap, ncols=None, page=PAGE):
    """Arrange boxes of (width, height) in rows of `ncols` boxes or, if None, as many as fit on the page.

    Returns the (left, top) of each box, and the total width and height. The boxes of a row are aligned at the top.
    """
    places, widest, height, rows = fill_rows(sizes, gap, ncols, page)
    if ncols is None and rows > 1:
        even = fill_rows(sizes, gap, math.ceil(len(sizes) / rows), page)             # 2 + 2 rather than 3 + 1
        if even[1] <= page:
            return even[:3]
    return places, widest, height


def fill_rows(sizes, gap, ncols, page):
    """Fill one row after the other; return the places, the total width and height, and the number of rows."""
    places, left, top, tallest, widest, count, rows = [], 0, 0, 0, 0, 0, 1
    for width, height in sizes:
        if count and (count == ncols or (ncols is None and left + width > page)):
            left, top, tallest, count, rows = 0, top + tallest + gap[1], 0, 0, rows + 1
        places.append((left, top))
        widest, tallest = max(widest, left + width), max(tallest, height)
        left, count = left + width + gap[0], count + 1
    return places, widest, top + tallest, rows


def text_width(text, size=9):
    """The approximate width of a text, in inches."""
    return 0.0086 * size * max((len(line) for line in text.split("\n")), default=0)
