"""A one-dimensional transposed convolution, drawn as a sum of scaled copies of the kernel (`stamps`).

Read broadcasts.py next.
"""

import numpy as np
from matplotlib.colors import to_rgb

from .cells import PAGE, draw_cells, font_size, format_numbers, number, text_width
from .style import LINES, add_axes, new_figure, styled

EDGE, GAP = 0.08, 0.12                                     # inches
BELOW = "place in the result   (darker: more copies overlap)"


@styled
def stamps(x, kernel, stride):
    """A row for each value of x (n,), with its copy of the kernel (k,) in place, and the sum of all copies below."""
    x, kernel = np.asarray(x, float), np.asarray(kernel, float)
    if x.ndim != 1 or kernel.ndim != 1 or not x.size or not kernel.size:
        raise ValueError(f"stamps: x and kernel have the shapes {x.shape} and {kernel.shape}, expected two vectors; "
                         "give one row of them, as in x[0, 0, 0]")
    copies = np.full((len(x), (len(x) - 1) * stride + len(kernel)), np.nan)
    for i, value in enumerate(x):
        copies[i, i * stride : i * stride + len(kernel)] = value * kernel
    labels = [f"x[{i}] = {number(value)}" for i, value in enumerate(x)]
    left = 0.12 + max(map(text_width, labels))
    cell = min(0.45, (PAGE - left) / copies.shape[1])
    tall, wide = cell * len(x), cell * copies.shape[1]
    beyond = max(0, (text_width(BELOW) - wide) / 2)        # how far the label extends beyond the cells
    left = max(left, beyond)
    figure = new_figure(left + wide + beyond + 2 * EDGE, tall + GAP + cell + 0.4 + 2 * EDGE)
    above = add_axes(figure, EDGE + left, EDGE, wide, tall)
    below = add_axes(figure, EDGE + left, EDGE + tall + GAP, wide, cell)
    total = np.nansum(copies, axis=0, keepdims=True)
    texts = format_numbers(np.concatenate([copies, total]))
    texts[-1, np.isnan(copies).all(axis=0)] = "0"
    size = font_size(texts, cell)
    draw_cells(above, tints(copies), texts[:-1], size)
    draw_cells(below, overlaps(copies), texts[-1:], size)
    above.set_yticks(range(len(x)), labels)
    below.set_yticks([0], ["sum"])
    below.set_xticks(range(copies.shape[1]))
    below.set_xlabel(BELOW)
    for axes in above, below:
        axes.tick_params(length=0)
    return figure


def tints(copies):
    """A pale colour for each row's copy, white elsewhere."""
    colours = np.ones((*copies.shape, 3))
    for i, row in enumerate(copies):
        colours[i, ~np.isnan(row)] = 0.7 + 0.3 * np.array(to_rgb(LINES[i % len(LINES)]))
    return colours


def overlaps(copies):
    """Greys for the sum, darker where more copies overlap."""
    count = (~np.isnan(copies)).sum(axis=0)
    return np.repeat(np.maximum(0.6, 1 - 0.13 * count)[None, :, None], 3, axis=2)
