"""Small arrays with their values: `grids` side by side, the `windows` of a convolution, a `matrix` and its structure.

Read copies.py next.
"""

import matplotlib
import numpy as np

from .cells import PAGE, diverging, draw_cells, flow, font_size, format_numbers, outline, text_width
from .style import INK, add_axes, new_figure, styled

EDGE, TITLE, GAP = 0.08, 0.24, 0.4                         # inches


@styled
def grids(cell=0.45, marks=None, ncols=None, limit=None, **arrays):
    """Small matrices side by side, each under its name, with their values in the cells; nan is left blank.

    cell:   inches; marks: windows to outline, {"x": [(top, left, height, width), ...]}; a list in place of one
            window is several in the same line style
    ncols:  matrices per row; None: as many as fit
    limit:  the absolute value with the strongest colour, for one scale in all; None: each matrix's own largest
    arrays: numbers, vectors (drawn as rows) or matrices; underscores in a name become spaces
    """
    arrays = {name: matrix_of("grids", name, array) for name, array in arrays.items()}
    marks = check_marks(marks or {}, arrays)
    titles = [name.replace("_", " ") for name in arrays]
    sizes = [(max(cell * a.shape[1], text_width(title)), TITLE + cell * a.shape[0])
             for title, a in zip(titles, arrays.values())]
    places, width, height = flow(sizes, (GAP, 0.2), ncols)
    figure = new_figure(width + 2 * EDGE, height + 2 * EDGE)
    for (left, top), (room, _), title, (name, array) in zip(places, sizes, titles, arrays.items()):
        wide, tall = cell * array.shape[1], cell * array.shape[0]
        axes = add_axes(figure, EDGE + left + (room - wide) / 2, EDGE + top + TITLE, wide, tall)
        texts = format_numbers(array)
        draw_cells(axes, diverging(array, limit), texts, font_size(texts, cell))
        axes.set_title(title, pad=4)
        for k, mark in enumerate(marks.get(name, [])):
            for window in parts_of(mark):
                outline(axes, window, k)
    return figure


def parts_of(mark):
    """The windows of a mark: itself, or those in a list."""
    return mark if isinstance(mark, list) else [mark]


def matrix_of(where, name, array):
    """The array as a float matrix, a vector as one row."""
    array = np.asarray(array)
    if array.ndim > 2 or not array.size:
        raise ValueError(f"{where}: {name} has the shape {array.shape}, expected a matrix with at least one number; "
                         "give one image and one channel of it, as in x[0, 0]")
    return np.atleast_2d(array).astype(float)


def check_marks(marks, arrays):
    """The marks, if each belongs to an array and is inside it."""
    for name, marks_of_it in marks.items():
        if name not in arrays:
            raise ValueError(f"grids: found marks for {name!r}, expected one of {', '.join(arrays)}")
        height, width = arrays[name].shape
        for top, left, h, w in (window for mark in marks_of_it for window in parts_of(mark)):
            if top < 0 or left < 0 or top + h > height or left + w > width:
                raise ValueError(f"grids: the mark {(top, left, h, w)} (top, left, height, width) reaches out of "
                                 f"{name}, which is {height}x{width}; move it or make it smaller")
    return marks


@styled
def windows(x, kernel_size, stride=1, padding=0, limit=9):
    """A picture x (H, W), drawn once per window of a convolution, outlined and numbered in reading order from 0.

    The drawings are arranged like the outputs. Grey cells are padding. Only the first `limit` windows are drawn.
    """
    x = matrix_of("windows", "x", x)
    padded = np.pad(x, padding)
    kh, kw = kernel_size
    rows, columns = ((n - k) // stride + 1 for n, k in zip(padded.shape, kernel_size))
    if rows < 1 or columns < 1:
        raise ValueError(f"windows: a window of {kh}x{kw} does not fit into {padded.shape[0]}x{padded.shape[1]} cells; "
                         "make it smaller or pad more")
    shown = min(limit, rows * columns)
    across = min(columns, shown) if rows * columns <= limit else min(columns, 5, shown)
    cell = min(0.36, (PAGE + GAP) / across / padded.shape[1] - GAP / padded.shape[1])
    tall, wide = cell * padded.shape[0], cell * padded.shape[1]
    room = max(wide, text_width("window 10"))
    places, width, height = flow([(room, TITLE + tall)] * shown, (GAP, 0.15), across)
    figure = new_figure(max(width, 2.2) + 2 * EDGE, height + 2 * EDGE + TITLE * (shown < rows * columns))
    for k, (left, top) in enumerate(places):
        axes = add_axes(figure, EDGE + left + (room - wide) / 2, EDGE + top + TITLE, wide, tall)
        window = k // columns * stride, k % columns * stride, kh, kw
        draw_window(axes, padded, padding, window, cell)
        axes.set_title(f"window {k}", pad=4)
    if shown < rows * columns:
        figure.text(EDGE / figure.get_figwidth(), 0.03, f"the first {shown} of {rows * columns} windows")
    return figure


def draw_window(axes, padded, padding, window, cell):
    """The padded picture: cells in the window are tinted with black text, all others are grey."""
    top, left, kh, kw = window
    inside = np.zeros(padded.shape, bool)
    inside[top : top + kh, left : left + kw] = True
    border = np.ones(padded.shape, bool)
    border[padding : padded.shape[0] - padding, padding : padded.shape[1] - padding] = False
    colours = np.ones((*padded.shape, 3))
    colours[border] = 0.9
    colours[inside] = np.where(border[inside][:, None], (0.78, 0.85, 0.9), (0.83, 0.91, 0.97))
    texts = format_numbers(padded)
    draw_cells(axes, colours, texts, font_size(texts, cell), np.where(inside, INK, "#8a8a8a"))
    outline(axes, window, 0)


@styled
def matrix(m, title="", rows=None, columns=None, values=True):
    """A matrix and its structure: zeros are blank, every other value has its own shade, and its number.

    rows, columns: the labels of the rows and columns; values: write the numbers where they fit
    """
    m = matrix_of("matrix", "m", m)
    height, width = m.shape
    rows, columns = [list(map(str, labels)) if labels is not None else [] for labels in (rows, columns)]
    for found, expected, what in (rows, height, "rows"), (columns, width, "columns"):
        if found and len(found) != expected:
            raise ValueError(f"matrix: found {len(found)} labels for {expected} {what}; give a label for each")
    left = 0.1 + max(map(text_width, rows), default=0)
    cell = min(0.42, (PAGE - left) / width, 8 / height)
    upright = columns and max(map(text_width, columns)) > cell
    below = 0.1 + max(map(text_width, columns)) if upright else 0.25 if columns else 0
    figure = new_figure(max(left + cell * width, text_width(title)) + 2 * EDGE,
                        (TITLE if title else 0) + cell * height + below + 2 * EDGE)
    axes = add_axes(figure, EDGE + left, EDGE + (TITLE if title else 0), cell * width, cell * height)
    texts = np.where(m == 0, "", format_numbers(m))
    draw_cells(axes, shades(m), texts, font_size(texts, cell) if values else 0)
    axes.set_title(title, pad=5)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(range(len(columns)), columns, rotation=90 if upright else 0)
    axes.tick_params(length=0)
    return figure


def shades(m):
    """A shade for each distinct value: blues above 0, the darker the larger, oranges below 0, white for 0 and nan."""
    colours = np.ones((*m.shape, 3))
    for sign, name in (1, "Blues"), (-1, "Oranges"):
        distinct = np.unique(np.abs(m[sign * m > 0]))
        for k, value in enumerate(distinct):
            colours[m == sign * value] = matplotlib.colormaps[name](0.1 + 0.45 * (k + 1) / len(distinct))[:3]
    return colours
