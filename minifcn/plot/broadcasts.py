"""Broadcasting as a picture: one row is copied to many on the way forward, and summed on the way back (`broadcasting`).

Read ruler.py next.
"""

import numpy as np

from .cells import diverging, draw_cells, font_size, format_numbers
from .style import INK, LINES, add_axes, new_figure, styled

CELL, EDGE, GAP, BETWEEN = 0.42, 0.12, 0.34, 1.0           # inches
TOP = 0.3


@styled
def broadcasting(row, grad):
    """Left: `row` (n,) is copied to each of m rows. Right: the gradients `grad` (m, n) of the copies are summed."""
    row, grad = np.asarray(row, float), np.asarray(grad, float)
    if row.ndim != 1 or grad.ndim != 2 or grad.shape[1:] != row.shape:
        raise ValueError(f"broadcasting: row and grad have the shapes {row.shape} and {grad.shape}; expected (n,) and (m, n)")
    wide, tall = CELL * len(row), CELL * len(grad)
    figure = new_figure(2 * EDGE + 2 * wide + 2 * BETWEEN, 2 * EDGE + TOP + CELL + GAP + tall)
    copies = np.broadcast_to(row, grad.shape)
    for left, few, many, title, back in ((EDGE, row, copies, "forward: copied", False),
                                         (EDGE + wide + BETWEEN, grad.sum(axis=0), grad, "backward: summed", True)):
        one = add_axes(figure, left, EDGE + TOP, wide, CELL)
        all_rows = add_axes(figure, left, EDGE + TOP + CELL + GAP, wide, tall)
        both = np.vstack([few[None], many])
        colours, texts = diverging(both), format_numbers(both)
        draw_cells(one, colours[:1], texts[:1], font_size(texts, CELL))
        draw_cells(all_rows, colours[1:], texts[1:], font_size(texts, CELL))
        one.set_title(title)
        one.text(len(row) - 0.3, 0, "dL/db" if back else "b", va="center", color=INK)
        all_rows.text(len(row) - 0.3, (len(grad) - 1) / 2, "g = dL/dy" if back else "b, as y\nuses it", va="center", color=INK)
        draw_arrows(all_rows, len(row), back)
    return figure


def draw_arrows(axes, columns, back):
    """An arrow for each column, from the single row to the copies, or back."""
    for j in range(columns):
        ends = ((j, -0.5 - GAP / CELL + 0.06), (j, -0.56))
        tip, tail = ends if back else ends[::-1]
        axes.annotate("", tip, tail, annotation_clip=False,
                      arrowprops={"arrowstyle": "-|>", "color": LINES[1 if back else 0], "linewidth": 1.2,
                                  "shrinkA": 0, "shrinkB": 0})
