"""A heat map of numbers between 0 and 1 over a photo, such as a class activation map (`heatmap`).

Read speed.py next.
"""

import textwrap

import matplotlib
import numpy as np

from .style import add_axes, new_figure, show_image, styled

EDGE, GAP, LINE, BAR = 0.08, 0.1, 0.15, 0.72               # inches
LETTER, LEAST = 0.078, 1.5                                 # inches: of a title's letter, and of the least width
COLOURS = matplotlib.colormaps["inferno"]
STRENGTH = 0.6                                             # weight of the colours; the grey photo has the rest


@styled
def heatmap(picture, heat, title=""):
    """A photo, and beside it the photo in grey under the heat map: black at 0, yellow at 1.

    The title of the map is wrapped to its width.
    picture: uint8 (H, W, 3); heat: (H, W), from 0 to 1, scores as fractions of the maximum
    """
    picture, heat = np.asarray(picture), np.asarray(heat, float)
    if picture.dtype != np.uint8 or heat.ndim != 2 or picture.shape != (*heat.shape, 3):
        raise ValueError(f"heatmap: found a picture {picture.dtype} {picture.shape} and a map {heat.shape}, expected"
                         " uint8 (H, W, 3) and (H, W); give both in one size")
    if not ((heat >= 0) & (heat <= 1)).all():
        raise ValueError(f"heatmap: the map goes from {heat.min():.3g} to {heat.max():.3g}, expected 0 to 1; give"
                         " fractions of the maximum")
    scale = 4 / max(heat.shape)
    height, width = (max(0.5, scale * n) for n in heat.shape)
    room = max(width, LEAST)
    lines = textwrap.wrap(title, int(room / LETTER))
    top = EDGE + 0.11 + LINE * max(1, len(lines))
    figure = new_figure(2 * (EDGE + room) + GAP + BAR, EDGE + top + max(height, LEAST))
    grey = picture.mean(axis=2, keepdims=True) / 255
    for i, (image, text) in enumerate(((picture, "photo"), (blend(grey, heat), "\n".join(lines)))):
        axes = add_axes(figure, EDGE + i * (room + GAP) + (room - width) / 2, top, width, height)
        show_image(axes, image)
        axes.set_title(text, pad=4)
    add_scale(figure, EDGE + 2 * (room + GAP), top, max(height, LEAST))
    return figure


def blend(grey, heat):
    """Grey (H, W, 1) blended with the colours of a map (H, W): (H, W, 3), in [0, 1]."""
    return (1 - STRENGTH) * grey + STRENGTH * COLOURS(heat)[..., :3]


def add_scale(figure, left, top, height):
    """A colour bar from 0 to 1, in the colours as they are blended with a mid-grey photo."""
    axes = add_axes(figure, left, top, 0.12, height)
    bar = blend(np.full((256, 1, 1), 0.5), np.linspace(1, 0, 256)[:, None])
    axes.imshow(bar, aspect="auto", extent=(0, 1, 0, 1), interpolation="bilinear")
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.set(xticks=[], yticks=[0, 0.5, 1], ylabel="score / maximum")
    axes.spines[:].set_visible(False)
