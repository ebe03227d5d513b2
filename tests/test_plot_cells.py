"""Numbers in cells: the right text and colour in each, frames and windows at their places, copies that add up."""

import numpy as np
import pytest
from matplotlib.colors import to_hex
from test_plot import texts
from test_plot_lessons import X, cells, colours

from minifcn import plot
from minifcn.plot.cells import flow, number
from minifcn.plot.style import LINES

# Numbers in cells -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value, text", [
    (3.0, "3"), (-2, "−2"), (-0.0, "0"), (0.1875, "0.1875"), (1 / 3, "0.333"), (-12.3456, "−12.3"), (1234.56, "1235"),
    (100000, "100000"), (12345678, "1.23e+07"), (1e-8, "1e−08"), (np.nan, ""), (np.float32(0.1), "0.1"), (np.inf, "inf"),
])
def test_a_number_is_short_and_true(value, text):
    assert number(value) == text


def test_grids_have_a_name_and_the_numbers_of_each_array():
    figure = plot.grids(x=X, kernel_as_a_row=[1, np.nan, 0.25], nothing=0)
    assert [axes.get_title() for axes in figure.axes] == ["x", "kernel as a row", "nothing"]
    assert [cells(axes) for axes in figure.axes] == [list("123456789"), ["1", "", "0.25"], ["0"]]


def test_positive_cells_are_red_negative_ones_blue_zero_and_nan_white():
    red, blue, white, blank = colours(plot.grids(x=[2.0, -2, 0, np.nan]).axes[0])[0]
    assert red[0] > red[2] + 0.2 and blue[2] > blue[0] + 0.2
    assert (white == 1).all() and (blank == 1).all()


def test_marks_are_frames_around_their_windows_each_with_a_colour_and_a_dash_of_its_own():
    figure = plot.grids(x=X, y=X, marks={"y": [(1, 0, 2, 3), (0, 1, 1, 2)]})
    first, second = figure.axes[1].patches
    assert figure.axes[0].patches[:] == []
    assert (round(first.get_x()), round(first.get_y()), round(first.get_width()), round(first.get_height())) == (0, 1, 3, 2)
    assert abs(first.get_x() - -0.5) < 0.2 and abs(second.get_y() - -0.5) < 0.2
    assert [to_hex(p.get_edgecolor()).upper() for p in (first, second)] == list(LINES[:2])
    assert first.get_linestyle() != second.get_linestyle()


def test_marks_in_a_list_share_one_line_style():
    first, second, third = plot.grids(x=X, marks={"x": [[(0, 0, 1, 1), (2, 2, 1, 1)], (1, 1, 1, 1)]}).axes[0].patches
    assert first.get_linestyle() == second.get_linestyle() != third.get_linestyle()
    assert to_hex(first.get_edgecolor()) == to_hex(second.get_edgecolor()) != to_hex(third.get_edgecolor())


def test_grids_with_a_limit_share_one_scale():
    def of(**options):
        return [colours(axes)[0, 0] for axes in plot.grids(small=[[1.0, 0]], large=[[4.0, 0]], **options).axes]

    small, large = of()
    assert np.allclose(small, large)
    small, large = of(limit=4)
    assert np.allclose(large, of()[1]) and small[2] > large[2] + 0.1
    assert np.allclose(of(limit=2)[1], large)                                  # beyond the limit: the strongest colour


def test_grids_that_do_not_fit_side_by_side_are_divided_evenly():
    places, width, height = flow([(2.5, 1)] * 4, (0.5, 0.2))                   # 3 + 1 would fit, too
    assert places == [(0, 0), (3, 0), (0, 1.2), (3, 1.2)] and (width, height) == (5.5, 2.2)
    assert flow([(3, 1)] * 4, (0.5, 0.2), ncols=1)[1:] == (3, pytest.approx(4.6))
    assert flow([(1, 1), (1, 3), (1, 1)], (0, 0), ncols=2)[0][2] == (0, 3)


# Windows, matrices, stamps, rulers ------------------------------------------------------------------------------------


def test_the_windows_are_in_reading_order_and_stand_as_the_results_do():
    figure = plot.windows(np.arange(20).reshape(4, 5), (2, 3), stride=1, limit=9)
    assert [axes.get_title() for axes in figure.axes] == [f"window {k}" for k in range(9)]
    corners = [(round(axes.patches[0].get_y() + 0.5), round(axes.patches[0].get_x() + 0.5)) for axes in figure.axes]
    assert corners == [(i, j) for i in range(3) for j in range(3)]
    tops = [round(axes.get_position().y0, 3) for axes in figure.axes]
    assert len(set(tops)) == 3 and len(set(tops[:3])) == 1


def test_a_window_is_tinted_padding_is_grey_and_the_rest_is_white():
    figure = plot.windows(X, (2, 2), stride=3, padding=1)
    assert len(figure.axes) == 4
    axes = figure.axes[3]                                                      # rows 3 and 4 of 0 to 4
    assert cells(axes)[5:10] == ["0", "1", "2", "3", "0"]
    tint = colours(axes)
    assert (tint[2, 2] == 1).all() and (tint[0] == 0.9).all()
    assert (tint[3, 3, 2] > tint[3, 3, 0]) and (tint[4, 4, 2] > tint[4, 4, 0])


def test_windows_beyond_the_limit_are_counted():
    figure = plot.windows(np.ones((5, 5)), (3, 3), limit=4)
    assert len(figure.axes) == 4 and "the first 4 of 9 windows" in texts(figure)


def test_a_matrix_shows_its_zeros_blank_and_a_shade_for_each_value():
    axes = plot.matrix([[1, 0, 2], [-1, 1, 0]], "title", rows=["a", "b"]).axes[0]
    assert cells(axes) == ["1", "", "2", "−1", "1", ""]
    shade = colours(axes)
    assert (shade[0, 1] == 1).all()
    assert (shade[0, 0] == shade[1, 1]).all() and shade[0, 2].mean() < shade[0, 0].mean()
    assert shade[1, 0, 0] > shade[1, 0, 2]                                     # negative: orange
    assert [t.get_text() for t in axes.get_yticklabels()] == ["a", "b"]


def test_numbers_are_left_out_where_they_are_not_wanted_or_do_not_fit():
    assert cells(plot.matrix(X, values=False).axes[0]) == []
    assert cells(plot.matrix(np.full((9, 120), 0.125)).axes[0]) == []


def test_stamps_are_scaled_copies_a_stride_apart_and_their_sum():
    above, below = plot.stamps([1.0, 10], [1.0, 2, 3], 2).axes
    assert cells(above) == ["1", "2", "3", "", "", "", "", "10", "20", "30"]
    assert cells(below) == ["1", "2", "13", "20", "30"]
    assert [t.get_text() for t in above.get_yticklabels()] == ["x[0] = 1", "x[1] = 10"]
    grey = colours(below)[0, :, 0]
    assert grey[2] < grey[1] == grey[3]


def test_stamps_that_leave_gaps_sum_to_zero_there():
    below = plot.stamps([1.0, 2], [1.0, 0], 3).axes[1]
    assert cells(below) == ["1", "0", "0", "2", "0"]
    assert (colours(below)[0, 2] == 1).all() and (colours(below)[0, 1] < 1).all()


def test_a_ruler_has_each_unit_at_its_pixel_and_counts_the_rows_on_the_picture():
    axes = plot.ruler(224, {"scores": 32 * np.arange(8) + 12.5, "rows": np.arange(288) - 19}, {"scores": 64}).axes[0]
    dots = axes.lines[0]
    assert list(dots.get_xdata()) == [12.5, 44.5, 76.5, 108.5, 140.5, 172.5, 204.5, 236.5]
    stamp = axes.patches[1].get_xy()                       # patch 0 is the picture
    assert (stamp[:, 0].min(), stamp[:, 0].max()) == (12.5 - 32, 12.5 + 32)
    bars = [patch for patch in axes.patches if hasattr(patch, "get_width")][1:]
    assert [(bar.get_x(), bar.get_width()) for bar in bars] == [(-19.5, 19), (-0.5, 224), (223.5, 45)]
    assert cells(axes) == ["19", "224", "45"]


def test_a_ruler_writes_the_places_of_few_units():
    axes = plot.ruler(6, {"pixels": np.arange(6), "many": np.arange(0.5, 30, 2)}).axes[0]
    assert cells(axes) == [*"012345", "0.5"]
