"""Images next to their label maps: `panel` for a few crops in a grid, `land_map` for one whole region.

Label maps are coloured by the palette, ignored pixels are grey, and a legend names the classes present. Read curves.py
next.
"""

import numpy as np

from ..data.dataset import IGNORE_INDEX
from ..data.globe import degrees
from ..data.images import IGNORE_COLOUR, colorize
from .images import brighten
from .style import LINES, add_axes, add_legend, class_patches, legend_layout, new_figure, show_image, styled

GAP, EDGE, TITLE = 0.07, 0.08, 0.22                        # between pictures, around them, above them (inches)
TITLES = 0.37                                              # above maps: two lines
RIGHT = (236, 236, 236)
WRONG = tuple(int(LINES[1][i : i + 2], 16) for i in (1, 3, 5))


@styled
def panel(rows, columns, palette, classes, names=None, captions=None, note=""):
    """A grid of pictures: image | truth | FCN-32s | FCN-16s | FCN-8s, or any other columns; one row per image.

    rows:     lists of arrays: uint8 (H, W, 3) is drawn as is, an integer (H, W) is a label map
    columns:  their headings
    palette:  uint8 (C, 3), the colour of each class; classes: their names
    names:    the rows' names, left of them; captions: lists like `rows` of texts, each below its picture
    note:     what the captions mean, above the legend
    Raises ValueError for a row of another length than `columns`, or an array of another shape.
    """
    check_rows(rows, columns)
    side, below, foot = (TITLE if present else 0 for present in (names, captions, note))
    shapes = [row[0].shape[:2] for row in rows]
    width = min(1.9, 9.5 / len(columns))
    heights = [max(0.1, width * min(2.5, h / w)) for h, w in shapes]
    patches = class_patches([a for row in rows for a in row if a.ndim == 2], palette, classes)
    total = 2 * EDGE + side + len(columns) * (width + GAP) - GAP
    ncols, strip = legend_layout(patches, total) if patches else (1, 0)
    figure = new_figure(total, TITLE + 2 * EDGE + sum(heights) + below * len(rows) + GAP * (len(rows) - 1) + foot + strip)
    top = EDGE + TITLE
    for i, (row, height) in enumerate(zip(rows, heights)):
        for k, array in enumerate(row):
            narrow = min(width, max(0.1, height * array.shape[1] / array.shape[0]))   # of a very tall image
            left = EDGE + side + k * (width + GAP) + (width - narrow) / 2
            axes = add_axes(figure, left, top, narrow, height)
            show_image(axes, array if array.ndim == 3 else colorize(array, palette))
            axes.set_title(columns[k] if i == 0 else "", pad=4)
            axes.set_xlabel(captions[i][k] if captions else "", fontsize=8, labelpad=2.5)
            axes.set_ylabel(names[i] if names and k == 0 else "", labelpad=4)
        top += height + below + GAP
    if note:
        figure.text(0.5, (strip + foot / 2) / figure.get_figheight(), note, ha="center", va="center", fontsize=8)
    if patches:
        add_legend(figure, patches, ncols)
    return figure


def check_rows(rows, columns):
    """At least one row, each as long as `columns`, of pictures and label maps."""
    if not len(rows):
        raise ValueError("panel: found no rows, expected at least one; give a list of lists of arrays")
    for i, row in enumerate(rows):
        if len(row) != len(columns):
            raise ValueError(f"panel: row {i} has {len(row)} pictures but there are {len(columns)} columns")
        for k, array in enumerate(row):
            if array.ndim != 2 and not (array.ndim == 3 and array.shape[2] == 3):
                raise ValueError(
                    f"panel: row {i}, column {k} has the shape {array.shape}, expected (H, W, 3) or (H, W)"
                )


@styled
def land_map(image, truth, prediction, palette, classes, extent=None, area="region"):
    """A whole region: image | truth | prediction | errors, with the fraction of this region's pixels that are wrong.

    image: uint8 (H, W, 3), brightened if it is dark; truth, prediction: (H, W), 255 in `truth` is ignored
    extent: (west, east, south, north) in degrees, for latitudes and longitudes along the border
    area: what the region is called in the heading of the errors
    """
    if image.shape != (*truth.shape, 3) or prediction.shape != truth.shape:
        raise ValueError(f"land_map: image {image.shape}, truth {truth.shape} and prediction {prediction.shape} must be"
                         " (H, W, 3), (H, W) and (H, W) of one size")
    wrong, share = error_map(truth, prediction)
    [bright] = brighten([image])
    pictures = {
        "image" if bright is image else "image, brightened": bright,
        "truth": colorize(truth, palette),
        "prediction": colorize(prediction, palette),
        f"wrong in this {area}:\n{100 * share:.1f} %": wrong,
    }
    patches = class_patches([truth, prediction], palette, classes)
    place = map_layout(truth.shape, margin=0.42 if extent else 0)
    ncols, strip = legend_layout(patches, place["width"])
    figure = new_figure(place["width"], place["height"] + strip)
    for k, (title, picture) in enumerate(pictures.items()):
        axes = add_axes(figure, *place["axes"][k])
        show_image(axes, picture, extent)
        axes.set_title(title, pad=4)
        if extent:
            add_degrees(axes, extent, place["axes"][k], *place["outer"][k])
    add_legend(figure, patches, ncols)
    return figure


def error_map(truth, prediction):
    """A picture (wrong pixels vermilion, correct ones pale, ignored ones grey) and the fraction of wrong pixels."""
    ignored = truth == IGNORE_INDEX
    wrong = (truth != prediction) & ~ignored
    picture = np.where(wrong[..., None], WRONG, np.where(ignored[..., None], IGNORE_COLOUR, RIGHT)).astype(np.uint8)
    return picture, wrong.sum() / max(1, truth.size - ignored.sum())


def map_layout(size, margin):
    """The layout of four maps of `size`, as large as fits in 10 x 8.5 inches: side by side, two by two, or stacked.

    Returns the figure's width and height, each map's (left, top, width, height), and for each map whether it is in the
    first column and in the last row, where degrees are written in a margin of `margin` inches.
    """
    h, w = size
    scale, nrows, ncols = max((min(10 / (w * n), 8.5 / (h * (4 // n))), 4 // n, n) for n in (4, 2, 1))
    width, height = max(0.5, w * scale), max(0.5, h * scale)
    left, step_x, step_y = EDGE + margin, width + GAP, height + TITLES + GAP
    cells = [(k % ncols, k // ncols) for k in range(4)]
    return {
        "width":  max(3.0, left + ncols * step_x + EDGE),
        "height": 2 * EDGE + nrows * step_y + margin / 2,
        "axes":   [(left + x * step_x, EDGE + TITLES + y * step_y, width, height) for x, y in cells],
        "outer":  [(x == 0, y == nrows - 1) for x, y in cells],
    }


def add_degrees(axes, extent, place, latitudes, longitudes):
    """Ticks in whole degrees: 40°N on the left if `latitudes`, 20°W below if `longitudes`."""
    west, east, south, north = extent
    if latitudes:
        ticks = round_ticks(south, north, room=place[3] / 0.4)
        axes.set_yticks(ticks, [degrees(t, "N", "S") for t in ticks])
    if longitudes:
        ticks = round_ticks(west, east, room=place[2] / 0.6)
        axes.set_xticks(ticks, [degrees(t, "E", "W") for t in ticks])


def round_ticks(low, high, room):
    """About `room` or fewer multiples of a round number of degrees, strictly between `low` and `high`."""
    steps = (1, 2, 5, 10, 20, 30, 60, 90)
    step = next((s for s in steps if (high - low) / s <= room), 180)
    ticks = step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)
    return ticks[(ticks > low) & (ticks < high)]
