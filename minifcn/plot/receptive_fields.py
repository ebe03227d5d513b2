"""The receptive fields of a net's stages, drawn to scale around an image (`receptive_fields`).

Read autograd_graph.py next.
"""

import math

from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from .style import FAINT, LINES, new_figure, styled

PALE = "#f4f4f4"


@styled
def receptive_fields(fields, size, title=""):
    """The image's frame, and the receptive field of one unit of each stage, which may extend beyond it.

    The coarsest stage's unit is the one nearest to the image's centre; those of the others are nearest to that unit.
    Windows of even size (AlexNet's fc6, VGG's pooling) put units between those of their input, so none is centred.
    fields: {stage: ReceptiveField}; size: the side of the image, in pixels
    """
    if not fields:
        raise ValueError("receptive_fields: found no stage, expected at least one; give {name: ReceptiveField}")
    figure = new_figure(5.4, 5.3 + 0.18 * math.ceil((len(fields) + 1) / 3), layout="constrained")
    axes = figure.subplots()
    axes.add_patch(Rectangle((-0.5, -0.5), size, size, facecolor=PALE, edgecolor=FAINT, label=f"image: {size} pixels"))
    low, high = -0.5, size - 0.5
    middle = nearest_unit((size - 1) / 2, max(fields.values(), key=lambda field: (field.stride, field.size)))
    for k, (name, field) in enumerate(fields.items()):
        first, side, text = -0.5, size, f"{name}: the whole image"
        if field.size < math.inf:
            side, text = field.size, f"{name}: {field.size}, stride {field.stride}"
            first = nearest_unit(middle, field) - side / 2
        colour = LINES[k % len(LINES)]
        axes.add_patch(Rectangle((first, first), side, side, facecolor=(colour, 0.08), edgecolor=colour, linewidth=0.9,
                                 linestyle="-" if k < len(LINES) else "--", label=text))
        low, high = min(low, first), max(high, first + side)
    edge = 0.03 * (high - low)
    axes.set(xlim=(low - edge, high + edge), ylim=(high + edge, low - edge), aspect="equal", title=title)
    axes.set(xlabel="pixels")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(5, integer=True))
    figure.legend(loc="outside lower center", ncols=min(3, len(fields) + 1), title="receptive fields, in pixels",
                  title_fontsize=8.5)
    return figure


def nearest_unit(pixel, field):
    """The pixel at the centre of the unit nearest to `pixel`; the first of two equally near."""
    centre = float(field.centre)
    return centre + field.stride * math.ceil((pixel - centre) / field.stride - 0.5)
