"""Panes side by side: a name's look is the same in all, runs become a mean in a band, dots are rows in order."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from minifcn import plot

XS = [1, 2, 4]


def test_a_name_has_one_colour_in_all_panes_and_one_entry_in_the_legend():
    first, second = {"a": (XS, [1, 2, 3]), "b": (XS, [3, 2, 1])}, {"b": (XS, [2, 2, 2]), "c": (XS, [1, 1, 1])}
    figure = plot.panes([{"curves": first}, {"curves": second, "log": "y"}])
    looks = [{line.get_label(): (to_hex(line.get_color()), line.get_linestyle()) for line in axes.lines} for axes in figure.axes]
    assert looks[0]["b"] == looks[1]["b"] and len({*looks[0].values(), looks[1]["c"]}) == 3
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b", "c"]
    assert [axes.get_yscale() for axes in figure.axes] == ["linear", "log"]


def test_runs_are_drawn_as_their_mean_in_a_band():
    axes = plot.panes([{"curves": {"a": (XS, [[0, 1, 2], [2, 3, 8]])}, "low": -1, "high": 9}]).axes[0]
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [1, 2, 5])
    (band,) = axes.collections
    assert band.get_paths()[0].vertices[:, 1].min() == 0 and band.get_paths()[0].vertices[:, 1].max() == 8
    assert axes.get_ylim() == (-1, 9)


def test_dots_are_rows_in_order_each_with_a_stroke_at_its_mean():
    axes = plot.panes([{"dots": {"first": [1.0, 3.0], "second": np.array([5.0])}, "x": "%"}]).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"] and axes.yaxis.get_inverted()
    dots, stroke, alone, _ = axes.lines
    assert list(dots.get_xdata()) == [1, 3] and list(stroke.get_xdata()) == [2, 2] and list(alone.get_xdata()) == [5]


def test_a_curve_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match=r"a has 3 xs and ys of shape \(2,\); give a y for each x"):
        plot.panes([{"curves": {"a": (XS, [1, 2])}}])


def test_a_logarithmic_axis_fits_its_values_and_has_plain_numbers():
    axes = plot.panes([{"curves": {"a": (XS, [1e-6, 1e-3, 1])}, "log": "xy"}]).axes[0]
    low, high = axes.get_ylim()
    assert 1e-8 < low < 1e-6 and 1 < high < 100
    assert axes.yaxis.get_major_formatter()(0.01) == "0.01" and axes.xaxis.get_major_formatter()(100) == "100"
