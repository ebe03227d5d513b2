"""The pictures of the lessons: what they show, nothing clipped, nothing wider than a notebook."""

import matplotlib
import numpy as np
import pytest
from test_plot import overhang, texts

from minifcn import plot
from minifcn.plot.style import STYLE

X = np.arange(1.0, 10).reshape(3, 3)
KERNEL = np.array([[1.0, 2], [3, 4]])
NOTEBOOK = 10                                              # inches


def rng():
    return np.random.default_rng(0)


def cells(axes):
    """The texts of the cells, in reading order."""
    return [t.get_text() for t in axes.texts]


def colours(axes):
    return np.asarray(axes.images[0].get_array())


class Value:
    """What a student writes in lesson 1."""

    def __init__(self, data, inputs=()):
        self.data, self.inputs = data, inputs


def value_graph(root):
    return plot.value_graph(root, lambda v: v.inputs, lambda v: f"value\n{v.data}")


def all_figures():
    a, b = Value(3.0), Value(-2.0)
    product = Value(-6.0, (a, b))
    steps = np.logspace(-8, 0, 9)
    points = rng().uniform(-1, 1, (40, 2))
    return {
        "grids": plot.grids(x=X, kernel=KERNEL, marks={"x": [(0, 0, 2, 2), (1, 1, 2, 2)]}),
        "many grids": plot.grids(**{f"matrix_number_{k}": np.ones((5, 6)) for k in range(5)}),
        "one number": plot.grids(the_only_number=3),
        "windows": plot.windows(X, (3, 3), stride=2, padding=1),
        "many windows": plot.windows(np.ones((9, 12)), (3, 3), padding=2),
        "small windows": plot.windows(np.ones((3, 1)), (1, 1)),
        "matrix": plot.matrix(rng().integers(-2, 3, (4, 9)), "a title", rows=list("abcd"), columns=range(9)),
        "large matrix": plot.matrix(np.eye(40, 90), columns=[f"column {k}" for k in range(90)]),
        "pictures": plot.pictures(a=rng().random((20, 30)), b=rng().random((30, 20, 3))),
        "many pictures": plot.pictures(limit=1, **{f"picture_{k}": rng().random((9, 9)) for k in range(7)}),
        "lines": plot.lines({"one": (steps, steps), "two": (steps, steps**2)}, "x", "y", "xy", True, "title"),
        "bands": plot.bands({"one": (steps, np.stack([steps, 2 * steps]))}, "x", "y", "title"),
        "panes": plot.panes([{"x": "x", "y": "y", "curves": {"one": (steps, np.stack([steps, 2 * steps])), "two": (steps, steps[None])}},
                             {"x": "log of x", "curves": {"one": (steps, steps[None])}, "log": "x", "markers": True}], sharey=True),
        "named points": plot.scatter({"one": {"a": (1, 1e-7), "b": (0.01, 1)}, "two": {"c": (2, 3)}}, "ms", "error", "xy"),
        "runs": plot.dots({"speed": {"a row": [1, 2, 3], "another": [2.5]}, "error": {"a row": [0.1], "another": [0.2]}}),
        "long names": plot.lines({f"a line with a long name, number {k}": (steps, steps) for k in range(7)}),
        "bars": plot.bars({"weights of fc6, all of them": 102760448, "the others": -31544128.0}, "weights", "title"),
        "logarithmic bars": plot.bars({"loops": 1234.5, "im2col": 0.01}, "ms", log=True),
        "dots": plot.lines({"a line": (steps, steps), "some points": (steps, steps**2)}, dots=("some points",)),
        "broadcasting": plot.broadcasting([10.0, 20, 30], [[1.0, 2, 3], [-10, 20, 30]]),
        "values": value_graph(Value(-3.0, (product, a))),
        "values side by side": plot.value_graphs(
            lambda v: v.inputs, lambda v: f"value\n{v.data}", one=product, two=Value(-3.0, (product, a))),
        "regions": plot.regions(lambda p: p[:, 0] > 0, points, points[:, 0] > 0, "title", steps=20),
        "stamps": plot.stamps([1.0, 10], [1.0, 2, 3], 2),
        "a stamp": plot.stamps([1.0], [1.0], 1),
        "long stamps": plot.stamps(np.ones(6), np.ones(8), 4),
        "ruler": plot.ruler(224, {"scores: 32i + 12.5": 32 * np.arange(8) + 12.5, "rows": np.arange(288) - 19},
                            {"scores: 32i + 12.5": 64}, "FCN-32s"),
        "short ruler": plot.ruler(3, {"a": [-40.5], "a map with a longer name": [1, 2]}),
    }


@pytest.fixture(scope="module")
def drawn():
    """All figures, and whether drawing them left the style of matplotlib as it was."""
    before = dict(matplotlib.rcParams)
    figures = all_figures()
    return figures, dict(matplotlib.rcParams) == before


@pytest.fixture(scope="module")
def figures(drawn):
    return drawn[0]


# All of them ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["grids", "many grids", "one number", "windows", "many windows", "small windows", "matrix",
                                  "large matrix", "pictures", "many pictures", "lines", "long names", "bars",
                                  "logarithmic bars", "named points", "values", "regions", "stamps", "a stamp", "long stamps",
                                  "ruler", "short ruler"])
def test_nothing_is_clipped_and_nothing_is_wider_than_a_notebook(figures, name):
    assert overhang(figures[name]) < 0.03
    assert figures[name].get_figwidth() <= NOTEBOOK


@pytest.mark.parametrize("name", ["grids", "many grids", "windows", "many windows", "small windows", "pictures"])
def test_titles_do_not_overlap(figures, name):
    figures[name].canvas.draw()
    boxes = [axes.title.get_window_extent() for axes in figures[name].axes]
    for k, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[k + 1 :])


def test_only_use_style_changes_the_style_of_matplotlib(drawn):
    assert drawn[1]
    with matplotlib.rc_context():
        plot.use_style()
        assert all(matplotlib.rcParams[key] in (value, [value]) for key, value in STYLE.items())


@pytest.mark.parametrize("call, words", [
    (lambda: plot.grids(x=np.ones((1, 1, 3, 3))), r"x has the shape \(1, 1, 3, 3\)"),
    (lambda: plot.grids(x=X, marks={"y": [(0, 0, 1, 1)]}), "marks for 'y', expected one of x"),
    (lambda: plot.grids(x=X, marks={"x": [(2, 0, 2, 1)]}), "reaches out of x, which is 3x3"),
    (lambda: plot.windows(X, (4, 1)), "a window of 4x1 does not fit into 3x3"),
    (lambda: plot.matrix(X, rows=["a"]), "1 labels for 3 rows"),
    (lambda: plot.matrix(X, columns="ab"), "2 labels for 3 columns"),
    (lambda: plot.stamps(X, X, 1), "expected two vectors"),
    (lambda: plot.ruler(3, {"a": []}), r"a has the shape \(0,\), expected a vector with at least one place"),
    (lambda: plot.ruler(3, {"a": [1]}, {"b": 2}), "stamps for b, expected names of tracks"),
    (lambda: plot.broadcasting(X, X), r"expected \(n,\) and \(m, n\)"),
    (lambda: plot.pictures(x=np.ones((3, 8, 8))), r"x has the shape \(3, 8, 8\)"),
    (lambda: plot.pictures(x=X, limit=0), "the limit is 0"),
    (lambda: plot.lines({"a": ([1], [1])}, log="both"), "log is 'both'"),
    (lambda: plot.lines({"a": ([1, 2], [1])}), "a has 2 xs and 1 ys"),
    (lambda: plot.bands({"a": ([1, 2], [1, 2])}), r"a has 2 xs and ys of shape \(2,\)"),
    (lambda: plot.bars({"a": 0}, log=True), "not above 0"),
    (lambda: plot.regions(lambda p: 0.5, X[:, :2], [0, 1, 1]), "expected a score for each"),
    (lambda: plot.regions(lambda p: p[:, 0], X, [0, 1, 1]), "expected .N, 2. and N"),
])
def test_what_cannot_be_drawn_is_told_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


# Pictures and regions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("array, shown", [
    (np.array([[0.25, 0.5]]), (0.25, 0.5)),                                    # as it is
    (np.array([[51, 255]], np.uint8), (0.2, 1)),
    (np.array([[-1.0, 3, 1]]), (0, 1, 0.5)),                                   # stretched
    (np.array([[0.5, np.nan]]), (0.5, 1)),
])
def test_a_matrix_is_a_grey_picture(array, shown):
    picture = colours(plot.pictures(x=array).axes[0])
    np.testing.assert_allclose(picture, np.repeat(np.array([shown])[..., None], 3, axis=2))


def test_colours_are_drawn_as_they_are_with_a_limit_too():
    image = rng().random((4, 5, 3))
    figure = plot.pictures(limit=2, image=image, map_of_zeros=np.zeros((4, 5)))
    np.testing.assert_array_equal(colours(figure.axes[0]), image)
    assert figure.axes[1].get_title() == "map of zeros"


def test_a_limit_makes_zero_white_and_has_a_bar():
    figure = plot.pictures(limit=2, x=np.array([[0.0, 2, -2]]))
    zero, red, blue = colours(figure.axes[0])[0]
    assert zero.min() > 0.95 and red[0] > red[2] + 0.2 and blue[2] > blue[0] + 0.2
    assert [t.get_text() for t in figure.axes[1].get_yticklabels()] == ["−2", "0", "2"]


def test_uint8_and_a_limit_are_in_the_same_unit():
    byte, float_ = (colours(plot.pictures(limit=255, x=np.array([[255]], kind)).axes[0]) for kind in (np.uint8, float))
    np.testing.assert_allclose(byte, float_)


def test_four_pictures_stand_in_one_row_beside_the_bar():
    figure = plot.pictures(limit=1, **{name: X for name in "abcd"})
    assert len({axes.get_position().y0 for axes in figure.axes}) == 1 and figure.get_figwidth() <= NOTEBOOK


def test_pictures_keep_their_shape():
    wide, tall = plot.pictures(a=np.ones((10, 20)), b=np.ones((20, 10))).axes
    for axes, ratio in (wide, 0.5), (tall, 2):
        assert axes.bbox.height / axes.bbox.width == pytest.approx(ratio)


def test_regions_show_the_score_at_its_place_and_two_kinds_of_points():
    points = np.array([[0.0, 0], [2, 0], [0, 1], [2, 1]])
    axes = plot.regions(lambda p: (p[:, 0] > 1).astype(int), points, [0, 1, 0, 1], steps=50).axes[0]
    score = colours(axes)
    assert score.shape == (50, 50) and (score[:, :24] == 0).all() and (score[:, 26:] == 1).all()
    first, second = axes.lines
    np.testing.assert_array_equal(first.get_xydata(), points[[0, 2]])
    np.testing.assert_array_equal(second.get_xydata(), points[[1, 3]])
    assert first.get_marker() != second.get_marker()


def test_the_second_coordinate_of_a_region_goes_up():
    points = np.array([[0.0, 0], [1, 2]])
    axes = plot.regions(lambda p: p[:, 1] > 1, points, [0, 1], steps=20).axes[0]
    assert axes.images[0].origin == "lower" and colours(axes)[-1].all() and not colours(axes)[0].any()


# Lines and bars -------------------------------------------------------------------------------------------------------


def test_lines_have_the_points_the_axes_and_dashes_of_their_own():
    figure = plot.lines({name: ([1, 10], [k + 1, 2]) for k, name in enumerate("abcdef")}, "step", "loss", log="x")
    axes = figure.axes[0]
    assert (axes.get_xscale(), axes.get_yscale(), axes.get_xlabel(), axes.get_ylabel()) == ("log", "linear", "step", "loss")
    assert [line.get_ydata()[0] for line in axes.lines] == [1, 2, 3, 4, 5, 6]
    assert len({str(line._unscaled_dash_pattern) for line in axes.lines}) == 6
    assert len({line.get_color() for line in axes.lines}) == 6
    assert [t.get_text() for t in figure.legends[0].get_texts()] == list("abcdef")
    assert all(line.get_marker() == "None" for line in axes.lines)


def test_a_dashed_line_has_the_colour_and_mark_of_the_line_before_it():
    figure = plot.lines({name: ([1, 2], [1, 2]) for name in "abcd"}, markers=True, dashed=("b", "d"))
    a, b, c, d = figure.axes[0].lines
    assert a.get_color() == b.get_color() != c.get_color() == d.get_color()
    assert a.get_marker() == b.get_marker() != c.get_marker() == d.get_marker()
    assert [line.get_linestyle() for line in (a, b, c, d)] == ["-", "--", "-", "--"]              # "--" is any pattern


def test_a_single_line_that_is_named_as_its_axis_needs_no_legend():
    assert plot.lines({"loss": ([1, 2], [2, 1])}, "step", "loss").legends == []
    assert len(plot.lines({"SGD": ([1, 2], [2, 1])}, "step", "loss").legends) == 1


def test_bars_are_in_order_each_with_its_number_and_unit():
    axes = plot.bars({"loops": 1234.4, "im2col": 12.3, "both": 2000000, "none": -0.5}, "ms").axes[0]
    assert [bar.get_width() for bar in axes.patches] == [1234.4, 12.3, 2000000, -0.5]
    assert cells(axes) == ["1,234 ms", "12.3 ms", "2,000,000 ms", "−0.5 ms"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["loops", "im2col", "both", "none"]
    assert axes.yaxis.get_inverted()


def test_the_number_of_a_bar_lies_inside_the_axes(figures):
    for name in "bars", "logarithmic bars":
        axes = figures[name].axes[0]
        figures[name].canvas.draw()
        for text in axes.texts:
            box = text.get_window_extent()
            assert axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1 + 2


# Graphs of values -----------------------------------------------------------------------------------------------------


def test_a_graph_of_values_has_a_box_for_each_and_an_arrow_for_each_use():
    a = Value(3.0)
    square = Value(9.0, (a, a))
    figure = value_graph(Value(12.0, [square, a]))
    assert {"value", "3.0", "9.0", "12.0", "computed", "leaf"} <= texts(figure)
    boxes = [p for p in figure.axes[0].patches if type(p).__name__ == "FancyBboxPatch"]
    arrows = [p for p in figure.axes[0].patches if type(p).__name__ == "PathPatch"]
    assert (len(boxes), len(arrows)) == (3, 4)


def test_a_leaf_alone_is_a_graph_too():
    assert {"value", "3.0"} <= texts(value_graph(Value(3.0)))


def test_a_label_of_three_lines_makes_all_boxes_taller():
    tall = plot.value_graph(Value(1.0, (Value(2.0),)), lambda v: v.inputs, lambda v: "a\nb\nc")
    assert tall.get_figheight() > value_graph(Value(1.0, (Value(2.0),))).get_figheight()


def test_a_circle_is_told_and_a_long_chain_too():
    a = Value(1.0)
    b = Value(2.0, (a,))
    a.inputs = (b,)
    with pytest.raises(ValueError, match="in a circle"):
        value_graph(b)
    a.inputs = (a,)
    with pytest.raises(ValueError, match="in a circle"):
        value_graph(b)
    chain = Value(0.0)
    for _ in range(3000):
        chain = Value(0.0, (chain,))
    with pytest.raises(ValueError, match="more than 60 nodes"):
        value_graph(chain)


def test_points_have_their_names_beside_them_in_the_colour_of_their_series():
    points = {"one": {"a": (1, 1e-7), "b": (2, 4e-7)}, "two": {"c": (3, 3e-7)}}
    figure = plot.scatter(points, "ms", "error", "xy")
    axes, names = figure.axes[0], {text.get_text(): text for text in figure.axes[0].texts}
    assert {name: text.xy for name, text in names.items()} == points["one"] | points["two"]
    assert [names[name].get_color() for name in "abc"] == [axes.lines[k].get_color() for k in (0, 0, 1)]
    assert len({line.get_color() for line in axes.lines}) == 2
    figure.canvas.draw()
    assert axes.get_xscale() == axes.get_yscale() == "log"
    assert not any("$" in tick.get_text() for tick in axes.get_yticklabels("both"))  # $ is not typeset here


def test_dots_have_no_line_and_lines_no_dots():
    line, dots = plot.lines({"a": ([1, 2], [1, 2]), "b": ([1, 2], [2, 1])}, dots=("b",)).axes[0].lines
    assert (line.get_marker(), dots.get_linestyle()) == ("None", "None") and dots.get_marker() != "None"


def test_each_arrow_of_a_graph_can_have_a_text():
    a = Value(3.0)
    figure = plot.value_graph(Value(9.0, (a, a)), lambda v: v.inputs, lambda v: v.data, lambda v, k: f"{v.data} by {k}")
    assert {"9.0 by 0", "9.0 by 1"} <= texts(figure)


def test_broadcasting_shows_the_sums():
    sums = [text.get_text() for text in plot.broadcasting([1.0, 2], [[1.0, 2], [10, -20]]).axes[2].texts]
    assert sums[:2] == ["11", "−18"]
