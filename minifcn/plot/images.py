"""Images side by side (`pictures`) and brightened (`brighten`), and a classifier's decision regions (`regions`).

Read charts.py next.
"""

import matplotlib
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from .cells import flow, number, text_width
from .style import INK, LINES, add_axes, new_figure, show_image, styled

EDGE, TITLE = 0.08, 0.24                                   # inches
PAGE, TALLEST = 9.8, 5.0
BETWEEN = LinearSegmentedColormap.from_list("between", ["#8fbfe0", "#ffffff", "#f9cdaa"])
POINTS = (LINES[0], "o", 5.5, "class 0"), (LINES[1], "^", 7, "class 1")


@styled
def pictures(width=2.2, limit=None, ncols=None, **pictures):
    """Images side by side, each under its name; underscores in a name become spaces.

    width:    of each, in inches; ncols: images per row, None for as many as fit
    limit:    draw every (H, W) in diverging colours from -limit (blue) through 0 (white) to limit (red)
    pictures: (H, W, 3), or (H, W), which without a limit is grey: from 0 to 1, or to 255 if uint8; outside that range,
              from its minimum to its maximum
    """
    if limit is not None and not limit > 0:
        raise ValueError(f"pictures: the limit is {limit}, expected a number above 0, as abs(picture).max()")
    arrays = {name: check_picture(name, np.asarray(array)) for name, array in pictures.items()}
    titles = [name.replace("_", " ") for name in arrays]
    heights = [min(TALLEST, width * a.shape[0] / a.shape[1]) for a in arrays.values()]
    sizes = [(max(width, text_width(title)), TITLE + height) for title, height in zip(titles, heights)]
    bar = 0.62 if limit is not None and any(a.ndim == 2 for a in arrays.values()) else 0
    places, across, down = flow(sizes, (0.12, 0.12), ncols, PAGE - bar)
    figure = new_figure(across + 2 * EDGE + bar, down + 2 * EDGE)
    for (left, top), (room, _), height, title, array in zip(places, sizes, heights, titles, arrays.values()):
        wide = min(width, height * array.shape[1] / array.shape[0])
        axes = add_axes(figure, EDGE + left + (room - wide) / 2, EDGE + top + TITLE, wide, height)
        show_image(axes, to_colours(array, limit))
        axes.set_title(title, pad=4)
    if bar:
        add_bar(figure, EDGE + across + 0.12, EDGE + TITLE, min(heights[0], 2.2), limit)
    return figure


def brighten(pictures, least=0.4):
    """A list of pictures, uint8 (H, W, 3), brightened for the eye; the list itself if they are bright enough.

    least: the geometric mean of their values, as a fraction of white, from which on they are bright enough
    They share one gamma, 255 (value / 255)^gamma, so they stay comparable.
    """
    values = np.concatenate([np.ravel(picture) for picture in pictures])
    logarithm = np.log(np.maximum(values, 1) / 255).mean()
    if logarithm >= np.log(least):
        return pictures
    table = np.rint(255 * (np.arange(256) / 255) ** (np.log(least) / logarithm)).astype(np.uint8)
    return [table[picture] for picture in pictures]


def check_picture(name, array):
    if not array.size or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] == 3)):
        raise ValueError(f"pictures: {name} has the shape {array.shape}, expected (H, W) or (H, W, 3); give one image, "
                         "its channels last")
    return array


def to_colours(array, limit):
    """The colours (H, W, 3) of an image, in [0, 1]; nan is white."""
    scale = 255 if array.dtype == np.uint8 else 1
    array = array.astype(float) / scale
    if array.ndim == 3:
        return np.clip(np.nan_to_num(array, nan=1.0), 0, 1)
    if limit is not None:
        colours = matplotlib.colormaps["RdBu_r"](0.5 + scale * array / (2 * limit))[..., :3]
    else:
        low, high = np.nanmin(array), np.nanmax(array)
        if low < 0 or high > 1:
            array = (array - low) / ((high - low) or 1)
        colours = np.repeat(array[..., None], 3, axis=2)
    return np.where(np.isnan(array)[..., None], 1.0, colours)


def add_bar(figure, left, top, height, limit):
    """A colour bar from -limit to limit."""
    axes = add_axes(figure, left, top, 0.12, height)
    axes.imshow(matplotlib.colormaps["RdBu_r"](np.linspace(1, 0, 101))[:, None], aspect="auto",
                extent=(0, 1, -limit, limit))
    axes.yaxis.tick_right()
    axes.set(xticks=[])
    axes.set_yticks([-limit, 0, limit], [number(-limit), "0", number(limit)])
    axes.spines[:].set_visible(False)


@styled
def regions(predict, points, labels, title="", steps=200):
    """Where in the plane a classifier predicts 0 and where 1, with its training points.

    predict: takes (M, 2) points, returns M scores in [0, 1] or M classes; points: (N, 2); labels: N of 0 and 1
    steps:   grid points along each axis at which to evaluate `predict`; fewer for a slow one
    """
    points, labels = np.asarray(points, float), np.asarray(labels).ravel()
    if points.ndim != 2 or points.shape[1] != 2 or len(labels) != len(points):
        raise ValueError(f"regions: found points {points.shape} and {len(labels)} labels, expected (N, 2) and N")
    margin = 0.12 * (points.max(0) - points.min(0)).max()
    (x0, y0), (x1, y1) = points.min(0) - margin, points.max(0) + margin
    x, y = np.meshgrid(np.linspace(x0, x1, steps), np.linspace(y0, y1, steps))
    score = np.asarray(predict(np.stack([x.ravel(), y.ravel()], axis=1)), float)
    if score.size != x.size:
        raise ValueError(f"regions: predict gave {score.shape} for {x.size} points, expected a score for each")
    height = min(5.0, max(2.0, 5.2 * (y1 - y0) / (x1 - x0)))
    figure = new_figure(height * (x1 - x0) / (y1 - y0) + 0.6, height + 0.8, layout="constrained")
    axes = figure.subplots()
    score = score.reshape(steps, steps)
    axes.imshow(score, cmap=BETWEEN, vmin=0, vmax=1, origin="lower", extent=(x0, x1, y0, y1), interpolation="bilinear")
    if score.min() < 0.5 < score.max():
        axes.contour(x, y, score, levels=[0.5], colors=INK, linewidths=1.2)
    for k, (colour, marker, size, name) in enumerate(POINTS):
        axes.plot(*points[labels == k].T, marker, color=colour, label=name, markersize=size, markeredgecolor="white",
                  markeredgewidth=0.7)
    axes.set_title(title)
    figure.legend(loc="outside lower center", ncols=2)
    return figure
