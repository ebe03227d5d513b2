"""What the units of a net's stages see, drawn to scale around an image (`receptive_fields`).

Read ../models/receptive_field.py for the arithmetic, and images.py next.
"""

from matplotlib.patches import Rectangle

from .style import FAINT, LINES, new_figure, styled

PALE = "#f4f4f4"


@styled
def receptive_fields(fields, size, title=""):
    """The image's frame, and in it, or beyond it, the pixels that each stage's middle unit sees; a dot is its centre.

    fields: {stage: ReceptiveField}; size: the side of the image, in pixels
    """
    if not fields:
        raise ValueError("receptive_fields: found no stage, expected at least one; give {name: ReceptiveField}")
    figure = new_figure(6.4, 4.4, layout="constrained")
    axes = figure.subplots()
    axes.add_patch(Rectangle((-0.5, -0.5), size, size, facecolor=PALE, edgecolor=FAINT, label=f"image: {size} pixels"))
    low, high = -0.5, size - 0.5
    for k, (name, field) in enumerate(fields.items()):
        centre, half, colour = middle_unit(field, size), field.size / 2, LINES[k % len(LINES)]
        text = f"{name}: sees {field.size}, stride {field.stride}"
        axes.add_patch(Rectangle((centre - half, centre - half), field.size, field.size, fill=False, edgecolor=colour,
                                 linewidth=1.6, linestyle="-" if k < len(LINES) else "--", label=text))
        axes.plot(centre, centre, "o", color=colour, markersize=2.5)
        low, high = min(low, centre - half), max(high, centre + half)
    edge = 0.03 * (high - low)
    axes.set(xlim=(low - edge, high + edge), ylim=(high + edge, low - edge), aspect="equal", title=title)
    axes.set(xticks=[0, size], yticks=[0, size], xlabel="pixels")
    figure.legend(loc="outside right upper")
    return figure


def middle_unit(field, size):
    """The pixel that lies under the unit nearest to the middle of the image."""
    centre = float(field.centre)
    return centre + field.stride * round(((size - 1) / 2 - centre) / field.stride)
