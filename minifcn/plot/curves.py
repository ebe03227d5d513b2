"""Curves: the progress of training (`training_curves`), and the error of a numerical derivative (`step_curve`).

Read matrices.py next.
"""

import math

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from .style import FAINT, INK, LINES, new_figure, styled

PANES = {"loss": "loss per pixel (nats)", "mean_iou": "mean IoU on the validation split"}
DOTS = (0, (1.2, 1))


@styled
def training_curves(histories, consecutive=False, loss="cross-entropy"):
    """The loss and the mean IoU against epochs, one colour per net: training is solid, the validation loss dotted.

    histories:   {name: [{"epoch": 1, "loss": 1.9, "val_loss": 2.0, "mean_iou": 0.2}, ...]}, one record per epoch, as
                 train.fit returns them; keys that no record has are not drawn
    consecutive: draw each net after the previous one, as when FCN-16s is trained from FCN-32s
    loss:        the name of the training loss; only cross-entropy is in nats, and the validation loss always is
    """
    keys = {key for records in histories.values() for record in records for key in record}
    shown = [key for key in PANES if key in keys]
    if not shown:
        raise ValueError("training_curves: no record has 'loss' or 'mean_iou'; train for at least one epoch")
    figure = new_figure(4 * len(shown), 3.3, layout="constrained")
    panes = dict(zip(shown, figure.subplots(1, len(shown), squeeze=False)[0]))
    start = 0
    for k, (name, records) in enumerate(histories.items()):
        epochs = [record["epoch"] + start for record in records]
        look = line_style(k) | ({"marker": "o", "markersize": 3.5} if len(records) == 1 else {})
        for key, axes in panes.items():
            axes.plot(epochs, column(records, key), label=name, **look)
        if "val_loss" in keys and "loss" in panes:
            panes["loss"].plot(epochs, column(records, "val_loss"), **look | {"linestyle": DOTS})
        start = max(epochs, default=start) if consecutive else 0
    finish_panes(panes)
    plain = loss == "cross-entropy"
    if "loss" in panes and not plain:
        panes["loss"].set_ylabel("loss")
    handles = panes[shown[0]].get_legend_handles_labels()[0]
    if "val_loss" in keys and "loss" in panes:
        for split, name, style in ("training", loss, "-"), ("validation", "cross-entropy", DOTS):
            label = f"{split} loss" if plain else f"{split} loss: {name}"
            handles.append(Line2D([], [], color=INK, linestyle=style, linewidth=1.2, label=label))
    rows = math.ceil(len(handles) / (4 * len(shown)))
    figure.legend(handles=handles, loc="outside lower center", ncols=math.ceil(len(handles) / rows))
    return figure


def finish_panes(panes):
    """Axis labels, grids and ranges; the loss axis is logarithmic if it spans more than a decade."""
    for key, axes in panes.items():
        axes.set(xlabel="epoch", ylabel=PANES[key])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(True)
        if key == "loss" and spans_decades(axes):
            axes.set_yscale("log")
        elif key != "loss":
            axes.set_ylim(bottom=0)


def column(records, key):
    """One value per record, nan where it is missing."""
    return [record.get(key, np.nan) for record in records]


def line_style(k):
    """The style of line k: its colour, dashed after the first six."""
    return {"color": LINES[k % len(LINES)], "linestyle": "--" if k // len(LINES) % 2 else "-"}


def spans_decades(axes):
    """Whether all values are positive and the largest is more than 20 times the smallest."""
    y = np.concatenate([np.asarray(line.get_ydata(), float) for line in axes.lines] or [[np.nan]])
    y = y[np.isfinite(y)]
    return y.size > 0 and y.min() > 0 and y.max() > 20 * y.min()


@styled
def step_curve(curves):
    """The error of central differences against their step h, both axes logarithmic: a V.

    Right of its minimum, truncation dominates, error ~ h^2; left of it, rounding divided by 2h, error ~ 1/h.
    curves: {name: (steps, errors)}; an error of exactly 0 is not drawn
    """
    figure = new_figure(6, 4.2, layout="constrained")
    axes = figure.subplots()
    for k, (name, (steps, errors)) in enumerate(curves.items()):
        order = np.argsort(steps)
        h, error = np.asarray(steps, float)[order], np.asarray(errors, float)[order]
        axes.plot(h, np.where(error > 0, error, np.nan), label=name, marker="o" if len(h) <= 20 else "", markersize=3.5,
                  **line_style(k))
    axes.set(xscale="log", xlabel="step h", ylabel="relative error of the gradient")
    axes.grid(True)
    points = np.concatenate([line.get_xydata() for line in axes.lines])
    points = points[np.isfinite(points).all(1)]
    if len(points):                                        # some error is not 0
        axes.set_yscale("log")
        add_slopes(axes, *points[points[:, 1].argmin()])
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=min(4, max(1, len(curves))))
    return figure


def add_slopes(axes, foot, floor):
    """Two grey guide lines, 1/h and h^2, that meet below (foot, floor), the lowest point of the lines."""
    limits = axes.get_xlim(), axes.get_ylim()
    for power, end in (-1, 0), (2, 1):
        h = np.geomspace(foot, limits[0][end], 50)
        error = floor / 4 * (h / foot) ** power
        axes.plot(h, error, color=FAINT, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.set(xlim=limits[0], ylim=limits[1])
    axes.text(0.02, 0.02, "left: rounding, ~ 1/h", color="#777777", fontsize=8, transform=axes.transAxes)
    axes.text(0.98, 0.02, "right: formula, ~ h²", color="#777777", fontsize=8, ha="right", transform=axes.transAxes)
