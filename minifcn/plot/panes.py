"""Measurements that were repeated with several seeds, in panes side by side: curves, or a row of dots for each case (`panes`).

Read heat.py next.
"""

import numpy as np
from matplotlib.ticker import FuncFormatter

from .cells import DASHES, text_width
from .style import INK, LINES, new_figure, styled


@styled
def panes(charts, sharey=False):
    """Panes side by side. A curve's name has the same colour in all of them, and all share one legend.

    charts: one dict for each pane, with either of
        curves         {name: (xs, ys)}; ys (len(xs),), or (runs, len(xs)), drawn as their mean in a band from the smallest to
                       the largest
        dots           {name: numbers}: one row for each name, the first on top: a dot for each run, and a stroke at the mean
    and, if wanted,
        title, x, y    texts
        log            the logarithmic axes, "x", "y" or "xy"
        markers        whether curves have a mark at each point
        low, high      the limits of the y axis
    sharey: whether all have the same y axis, which the first pane labels
    ValueError for a curve whose ys are not as many as its xs.
    """
    rows = max(len(chart.get("dots", ())) for chart in charts)
    figure = new_figure(min(9.6, 0.6 + 3.6 * len(charts)) + bool(rows), max(3.5, 1.3 + 0.24 * rows), layout="constrained")
    names = list(dict.fromkeys(name for chart in charts for name in chart.get("curves", ())))
    handles = {}
    for axes, chart in zip(figure.subplots(1, len(charts), squeeze=False, sharey=sharey)[0], charts):
        for axis in chart.get("log", ""):
            axes.set(**{f"{axis}scale": "log"})
            getattr(axes, f"{axis}axis").set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        if "dots" in chart:
            add_dots(axes, chart["dots"])
        else:
            handles |= add_curves(axes, chart["curves"], names, chart.get("markers", False))
            axes.set_ylim(chart.get("low"), chart.get("high"))
        axes.set(title=chart.get("title", ""), xlabel=chart.get("x", ""), ylabel=chart.get("y", ""))
    if names:
        columns = max(1, int(figure.get_size_inches()[0] / (0.75 + max(map(text_width, names)))))
        lines = -(-len(names) // columns)
        handles = [handles[name] for name in names]
        figure.legend(handles=handles, loc="outside lower center", ncols=-(-len(names) // lines), handlelength=3.2)
    return figure


def add_curves(axes, curves, names, markers):
    """Draw the curves; the look of each follows from its place in `names`. Returns {name: line}."""
    handles = {}
    for name, (xs, ys) in curves.items():
        if np.shape(ys)[-1:] != np.shape(xs):
            raise ValueError(f"panes: {name} has {np.size(xs)} xs and ys of shape {np.shape(ys)}; give a y for each x")
        k, runs = names.index(name), np.atleast_2d(np.asarray(ys, float))
        color, look = LINES[k % len(LINES)], k + k // len(LINES)  # the seventh has the first one's colour, and another look
        marked = {"marker": "osD^vP"[look % 6], "markersize": 4} if markers else {}
        if len(runs) > 1:
            axes.fill_between(xs, runs.min(0), runs.max(0), color=color, alpha=0.2, linewidth=0)
        handles[name] = axes.plot(xs, runs.mean(0), color=color, linestyle=DASHES[look % len(DASHES)], label=name, **marked)[0]
    axes.grid(True)
    return handles


def add_dots(axes, values):
    """Draw a row of dots for each name, and a stroke at their mean."""
    for row, numbers in enumerate(map(np.ravel, values.values())):
        axes.plot(numbers, [row] * len(numbers), "o", color=LINES[0], markersize=4.5, alpha=0.75, markeredgewidth=0)
        axes.plot([np.mean(numbers)] * 2, [row - 0.3, row + 0.3], color=INK, linewidth=1.6)
    axes.set_yticks(range(len(values)), list(values))
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.grid(True, axis="x")
    axes.tick_params(axis="y", length=0)
