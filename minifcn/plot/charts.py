"""General-purpose plots: `lines` for any curves, `scatter` for named points, `bands` and `dots` for repeated ones, `bars`.

The specialised plots are in curves.py. Read panes.py next.
"""

import math

import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

from .cells import DASHES, number, text_width
from .style import LINES, new_figure, styled


@styled
def lines(curves, x="", y="", log="", markers=False, title="", dots=(), dashed=()):
    """Lines in one pane, each with its own colour and dash pattern.

    curves: {name: (xs, ys)}; x, y: the axis labels; log: the logarithmic axes, "", "x", "y" or "xy"
    markers: a mark at each point; dots: the names of those that are drawn as dots, without a line
    dashed: the names of those that have the colour and mark of the curve before them, dashed; all others are solid then
    """
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"lines: log is {log!r}, expected '', 'x', 'y' or 'xy'")
    figure = new_figure(6, 3.6, layout="constrained")
    axes = figure.subplots()
    k = -1
    for name, (xs, ys) in curves.items():
        if np.shape(xs) != np.shape(ys):
            raise ValueError(f"lines: {name} has {np.size(xs)} xs and {np.size(ys)} ys; give a y for each x")
        k += name not in dashed
        pattern = DASHES[name in dashed] if dashed else DASHES[k % len(DASHES)]
        marked = {"marker": "osD^vP"[k % 6], "markersize": 4.5} if markers or name in dots else {}
        axes.plot(xs, ys, color=LINES[k % len(LINES)], linestyle="" if name in dots else pattern, label=name, **marked)
    axes.set(xlabel=x, ylabel=y, title=title)
    axes.set(xscale="log" if "x" in log else "linear", yscale="log" if "y" in log else "linear")
    axes.grid(True)
    if set(curves) - {"", y}:
        most = max(1, int(5.8 / (0.75 + max(map(text_width, curves)))))
        rows = math.ceil(len(curves) / most)
        figure.legend(loc="outside lower center", ncols=math.ceil(len(curves) / rows), handlelength=3.2)
    return figure


@styled
def scatter(series, x="", y="", log=""):
    """Points with their names beside them, one pane. A series has a colour, a mark, and a thin line through its points.

    series: {name: {point's name: (x, y)}}; x, y: the axis labels; log: the logarithmic axes, "", "x", "y" or "xy"
    """
    figure = new_figure(6, 3.6, layout="constrained")
    axes = figure.subplots()
    axes.set(xlabel=x, ylabel=y)
    axes.margins(0.14)
    for k, (name, points) in enumerate(series.items()):
        color, marker, above = LINES[k % len(LINES)], "osD^vP"[k % 6], k % 2 == 0
        axes.plot(*zip(*points.values()), color=color, marker=marker, markersize=6, linewidth=0.6, label=name)
        for text, place in points.items():
            axes.annotate(text, place, xytext=(6, 5 if above else -12), textcoords="offset points", color=color)
    for letter in log:
        axis = getattr(axes, f"{letter}axis")
        axes.set(**{f"{letter}scale": "log"})
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter(NullFormatter())
    axes.grid(True)
    figure.legend(loc="outside lower center", ncols=max(1, len(series)), handlelength=2)
    return figure


@styled
def bands(curves, x="", y="", title=""):
    """Repeated measurements, one pane: for each name a line through the mean, in a band from the smallest to the largest.

    curves: {name: (xs, ys)}, ys of shape (runs, len(xs)): a row for each run; x, y: the axis labels
    """
    figure = new_figure(6, 3.6, layout="constrained")
    axes = figure.subplots()
    for k, (name, (xs, ys)) in enumerate(curves.items()):
        if np.ndim(ys) != 2 or np.shape(ys)[1:] != np.shape(xs):
            raise ValueError(f"bands: {name} has {np.size(xs)} xs and ys of shape {np.shape(ys)}; give a row for each run")
        color = LINES[k % len(LINES)]
        axes.fill_between(xs, np.min(ys, axis=0), np.max(ys, axis=0), color=color, alpha=0.2, linewidth=0)
        axes.plot(xs, np.mean(ys, axis=0), color=color, linestyle=DASHES[k % len(DASHES)], label=name)
    axes.set(xlabel=x, ylabel=y, title=title)
    axes.grid(True)
    figure.legend(loc="outside lower center", ncols=max(1, len(curves)), handlelength=3.2)
    return figure


@styled
def dots(panes):
    """Repeated measurements of several things: a row for each, with a dot for each run and a line at the mean.

    panes: {label of the x axis: {row: numbers}}, side by side, with the same rows, the first on top
    """
    rows = list(dict.fromkeys(row for values in panes.values() for row in values))
    names = max(map(text_width, rows))
    figure = new_figure(names + 0.3 + 2.5 * len(panes), 0.75 + 0.3 * len(rows), layout="constrained")
    for k, (axes, (x, values)) in enumerate(zip(figure.subplots(1, len(panes), squeeze=False, sharey=True)[0], panes.items())):
        for row, numbers in values.items():
            y, numbers = rows.index(row), np.asarray(numbers, float)
            mean, color = numbers.mean(), LINES[k % len(LINES)]
            axes.plot(numbers, np.full(len(numbers), y), "o", color=color, alpha=0.45, markersize=5, markeredgewidth=0)
            axes.plot([mean, mean], [y - 0.32, y + 0.32], color=color, linewidth=2)
        axes.set(xlabel=x, ylim=(len(rows) - 0.4, -0.6))
        axes.margins(x=0.08)
        axes.grid(True, axis="x")
        axes.tick_params(axis="y", length=0)
    figure.axes[0].set_yticks(range(len(rows)), rows)
    return figure


@styled
def bars(values, unit="", title="", log=False):
    """Horizontal bars, the first on top, each labelled with its number.

    values: {name: number}; unit: written after each number; log: a logarithmic axis, for numbers above 0
    """
    if log and min(values.values()) <= 0:
        raise ValueError("bars: found a number that is not above 0 for a logarithmic axis; use log=False")
    names, heights = list(values), [float(v) for v in values.values()]
    figure = new_figure(6.4, 0.55 + 0.34 * len(names) + 0.25 * bool(title), layout="constrained")
    axes = figure.subplots()
    drawn = axes.barh(range(len(names)), heights, height=0.62, color=LINES[0])
    texts = [f"{format_amount(v)} {unit}".strip() for v in heights]
    axes.bar_label(drawn, texts, padding=4)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(title=title, xscale="log" if log else "linear")
    room, text = 6 - max(map(text_width, names)), max(map(text_width, texts))          # inches: for bars, for a number
    axes.margins(x=0.03 + text / max(1, room - 2 * text))
    axes.grid(log, axis="x")
    axes.spines["bottom"].set_visible(log)
    axes.tick_params(axis="x", bottom=log, labelbottom=log)
    axes.tick_params(axis="y", length=0)
    return figure


def format_amount(value):
    """The text of a number; from 1000 on, an integer with thousands separators: 102,760,448."""
    return f"{value:,.0f}".replace("-", "−") if value.is_integer() or abs(value) >= 1000 else number(value)
