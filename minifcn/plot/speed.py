"""Benchmark results: bars of ratios (`speed_ratios`), and time against size (`speed_scaling`).

Read autograd_graph.py next.
"""

import math

import numpy as np
from matplotlib.patches import Patch

from .style import FAINT, INK, LINES, new_figure, styled

COLOURS = {"": LINES[3], "forward": LINES[0], "backward": LINES[1], "backward input": LINES[1],
           "backward weight": LINES[2]}
NAMES = {"": "all of it", "forward": "forward", "backward": "backward (input)", "backward weight": "backward weight"}
SLOT = 0.34                                                # inches of height for one name
MOST = 30                                                  # names in a column
TICKS = (0.25, 0.5, 1, 2, 4, 8, 16, 32)


@styled
def speed_ratios(rows):
    """A bar for each row's ratio, on a logarithmic axis around 1, with a mark at its goal.

    rows: objects with a `name`, a `part`, a `value` and a `goal`; those with the same name are grouped
    """
    names = list(dict.fromkeys(row.name for row in rows))
    columns = math.ceil(len(names) / MOST)
    each = math.ceil(len(names) / columns)
    figure = new_figure(6.2 * columns, 0.9 + SLOT * each, layout="constrained")
    for k, axes in enumerate(figure.subplots(1, columns, squeeze=False)[0]):
        shown = names[k * each : (k + 1) * each]
        for slot, name in enumerate(shown):
            draw_slot(axes, slot, [row for row in rows if row.name == name])
        axes.set_xscale("log", base=2)
        axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
        axes.set_yticks(range(len(shown)), shown)
        axes.set(ylim=(each - 0.4, -0.6), xlabel="PyTorch's time / minifcn's")
        axes.set_xlim(*limits(rows))
        axes.axvline(1, color=INK, linewidth=0.8)
        axes.grid(True, axis="x")
        axes.tick_params(axis="y", length=0)
    parts = dict.fromkeys("backward" if row.part == "backward input" else row.part for row in rows)
    patches = [Patch(facecolor=COLOURS[part], label=NAMES[part]) for part in NAMES if part in parts]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(patches))
    return figure


def draw_slot(axes, slot, rows):
    """The bars of one name, one below the other, from 1 to the ratio; the grey mark is the goal."""
    height = 0.8 / len(rows)
    for i, row in enumerate(rows):
        y = slot - 0.4 + (i + 0.5) * height
        axes.barh(y, row.value - 1, 0.85 * height, left=1, color=COLOURS.get(row.part, LINES[4]))
        axes.plot([row.goal.least] * 2, [y - height / 2, y + height / 2], color="#555555", linewidth=1.2)


def limits(rows):
    """The range of the axis: all bars, and 1, with some margin."""
    values = [row.value for row in rows] + [1.0]
    return min(0.7, 0.9 * min(values)), max(1.5, 1.1 * max(values))


@styled
def speed_scaling(curves):
    """Time against size, one pane per curve, both axes logarithmic; the grey line grows like the work.

    curves: [{"title", "x_name", "power", "x": [...], "ours": milliseconds, "torch": the same or missing}, ...]
    """
    columns = min(3, len(curves))
    rows = math.ceil(len(curves) / columns)
    figure = new_figure(3.6 * columns, 0.3 + 3.0 * rows, layout="constrained")
    panes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, curve in zip(panes, curves):
        draw_curve(axes, curve)
    for axes in panes[len(curves) :]:
        axes.remove()
    figure.legend(*panes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def draw_curve(axes, curve):
    """Both libraries' times, and the guide line through our last point."""
    x = np.asarray(curve["x"], float)
    guide = curve["ours"][-1] * (x / x[-1]) ** curve["power"]
    axes.plot(x, guide, color=FAINT, linestyle=(0, (4, 3)), label="as the work grows")
    for name, label, colour in ("torch", "PyTorch", LINES[1]), ("ours", "minifcn", LINES[0]):
        if name in curve:
            axes.plot(x, curve[name], color=colour, marker="o", markersize=3.5, label=label)
    axes.set(xscale="log", yscale="log", xlabel=curve["x_name"], ylabel="ms")
    axes.set_title(curve["title"])
    axes.set_xticks(curve["x"], [f"{value:g}" for value in curve["x"]])
    axes.minorticks_off()
    axes.grid(True)
