"""Benchmark results: dots for ratios, in groups (`speed_ratios`), and time against size (`speed_scaling`).

Read layers.py next.
"""

import math
import textwrap

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from .style import FAINT, INK, LINES, add_axes, new_figure, styled

MARKS = {                                                  # part: (its name, colour, marker, size)
    "": ("all of it", LINES[3], "D", 4.5),
    "forward": ("forward", LINES[0], "o", 5),
    "backward": ("gradient of the input", LINES[1], "^", 5),
    "backward input": ("gradient of the input", LINES[1], "^", 5),
    "backward weight": ("gradient of the weight", LINES[2], "s", 4.3),
}
OTHER = ("other", LINES[4], "v", 5)
GOAL = {"color": INK, "marker": "|", "markersize": 8, "markeredgewidth": 1.1, "linestyle": ""}
NAMES, DOTS, SLOT, EDGE = 2.45, 1.9, 0.17, 0.12            # inches: of the names, of the axis, of a row, of the margins
HEAD, FOOT = 0.75, 0.8                                     # above and below the axes
GAP = 0.5                                                  # above a heading, in rows
MOST = 45                                                  # rows in a column
TICKS = (0.25, 0.5, 1, 2, 4, 8, 16, 32)


@styled
def speed_ratios(groups, subtitle=""):
    """A dot for each ratio of the fastest PyTorch's time to minifcn's, on a logarithmic axis, with a stroke at its goal.

    groups:   {heading: rows}, of objects with a `name`, a `part`, a `value` and a `goal`; those with the same name
              share a line
    subtitle: on what and when it was measured
    """
    columns = divide(groups)
    rows = [row for group in groups.values() for row in group]
    tall = max(sum(len(lines) + 1 + GAP for lines in column.values()) for column in columns)
    wide, high = NAMES + DOTS + 2 * EDGE, SLOT * (tall + 0.4)
    figure = new_figure(max(6, wide * len(columns)), HEAD + high + FOOT)
    for k, column in enumerate(columns):
        axes = add_axes(figure, k * wide + EDGE + NAMES, HEAD, DOTS, high)
        axes.set(xscale="log", xlim=limits(rows), ylim=(tall - GAP - 0.4, -0.8))
        draw_column(axes, column)
    add_heading(figure, "Fastest PyTorch's time / minifcn's: to the right of 1, minifcn is faster", subtitle)
    looks = dict.fromkeys(MARKS.get(row.part, OTHER) for row in rows)
    handles = [Line2D([], [], color=colour, marker=marker, markersize=size, linestyle="", label=name)
               for name, colour, marker, size in looks]
    figure.legend(handles=[*handles, Line2D([], [], label="required at least", **GOAL)], loc="lower center",
                  ncols=len(handles) + 1, borderaxespad=0.4, columnspacing=1.6, handletextpad=0.3)
    return figure


def divide(groups):
    """The groups as columns, each {heading: {name: rows}}, broken between two groups."""
    lines = {heading: {} for heading in groups}
    for heading, rows in groups.items():
        for row in rows:
            lines[heading].setdefault(row.name, []).append(row)
    total = sum(len(group) + 1 for group in lines.values())
    count = math.ceil(total / MOST)
    columns, before = [{} for _ in range(count)], 0
    for heading, group in lines.items():                   # goes where its middle falls
        columns[min(count - 1, int((before + len(group) / 2) * count / total))][heading] = group
        before += len(group) + 1
    return [column for column in columns if column]


def draw_column(axes, column):
    """The headings and lines of a column, from the top."""
    y, slots, (low, high) = 0, {}, axes.get_xlim()
    for heading, lines in column.items():
        axes.annotate(heading, (0, y), (-72 * NAMES, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                      va="center", fontsize=8.5, fontweight="bold")
        for k, (name, rows) in enumerate(lines.items(), start=1):
            slots[y + k] = name
            draw_line(axes, y + k, rows)
        y += len(lines) + 1 + GAP
    axes.axvline(1, color=INK, linewidth=0.8, zorder=1)
    ticks = [tick for tick in TICKS if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_yticks(list(slots), list(slots.values()))
    axes.set_xlabel("fastest PyTorch's time / minifcn's")
    axes.grid(True, axis="x")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", top=True, labeltop=True)


def draw_line(axes, y, rows):
    """The dots of one name, joined to 1 by a grey line, and the stroke at their goal."""
    values = [row.value for row in rows]
    axes.plot([min([1, *values]), max([1, *values])], [y, y], color=FAINT, linewidth=1, zorder=1)
    axes.plot([row.goal.least for row in rows], [y] * len(rows), zorder=2, **GOAL)
    for row in rows:
        _, colour, marker, size = MARKS.get(row.part, OTHER)
        axes.plot(row.value, y, color=colour, marker=marker, markersize=size, markeredgecolor="white",
                  markeredgewidth=0.4, zorder=3)


def limits(rows):
    """The range of the axis: all dots and goals, and 1, with some margin."""
    values = [number for row in rows for number in (row.value, row.goal.least)] + [1.0]
    return 0.85 * min(values), max(1.5, 1.15 * max(values))


def add_heading(figure, title, subtitle):
    """A title on the left, and a smaller subtitle below it."""
    width, height = figure.get_size_inches()
    figure.text(EDGE / width, 1 - 0.1 / height, title, va="top", fontsize=10.5)
    figure.text(EDGE / width, 1 - 0.3 / height, subtitle, va="top", fontsize=8, color="#555555")


@styled
def speed_scaling(curves, subtitle=""):
    """Time against size, one pane per curve, both axes logarithmic; the grey line grows like the work.

    curves:   [{"title", "x_name", "power", "x": [...], "ours": milliseconds, "torch": the same or missing}, ...]
    subtitle: on what and when it was measured
    """
    columns = min(3, len(curves))
    rows = math.ceil(len(curves) / columns)
    figure = new_figure(max(5, 3.1 * columns), 0.8 + 2.8 * rows, layout="constrained")
    figure.get_layout_engine().set(rect=(0, 0, 1, 1 - 0.55 / figure.get_figheight()), w_pad=0.08, h_pad=0.08)
    panes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, curve in zip(panes, curves):
        draw_curve(axes, curve)
    for axes in panes[len(curves) :]:
        axes.remove()
    add_heading(figure, "Time against size, both axes logarithmic", subtitle)
    handles = {handle.get_label(): handle for axes in panes[: len(curves)] for handle in axes.lines}
    figure.legend(handles=handles.values(), loc="outside lower center", ncols=3)
    return figure


def draw_curve(axes, curve):
    """Both libraries' times, and the guide line through our last point."""
    x = np.asarray(curve["x"], float)
    guide = curve["ours"][-1] * (x / x[-1]) ** curve["power"]
    axes.plot(x, guide, color="#999999", linewidth=1.2, linestyle=(0, (4, 3)), label="growth of the work")
    for name, label, colour, marker in ("torch", "PyTorch", LINES[1], "s"), ("ours", "minifcn", LINES[0], "o"):
        if name in curve:
            axes.plot(x, curve[name], color=colour, marker=marker, markersize=3.8, label=label)
    axes.set(xscale="log", yscale="log", xlabel=curve["x_name"], ylabel="time (ms)")
    axes.set_title(textwrap.fill(curve["title"], 36))
    axes.set_xticks(curve["x"], [f"{value:g}" for value in curve["x"]])
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 100 * low else (1,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(True)
