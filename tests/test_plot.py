"""Pictures: the right number of panels, the words that must stand in them, nothing clipped, whole files only."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from minifcn import functional as F
from minifcn import plot, tensor
from minifcn.files import FileError
from minifcn.plot.layers import arrange

CLASSES = ("water", "forest", "shrub", "crop")
PALETTE = np.array([(61, 55, 165), (0, 83, 35), (190, 132, 80), (247, 99, 220)], np.uint8)
VOC = [f"class {k}" for k in range(21)]


def rng():
    return np.random.default_rng(0)


def picture(h=24, w=30):
    return rng().integers(0, 256, (h, w, 3), dtype=np.uint8)


def label(h=24, w=30, classes=3):
    return rng().integers(0, classes, (h, w))


def texts(figure):
    """Every word of a figure that is not empty."""
    return {t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text")) if t.get_text()}


def overhang(figure):
    """How far what is drawn reaches beyond the figure's edge, in inches; 0 or less where nothing is clipped."""
    figure.canvas.draw()
    drawn, (width, height) = figure.get_tightbbox(figure.canvas.get_renderer()), figure.get_size_inches()
    return max(-drawn.x0, -drawn.y0, drawn.x1 - width, drawn.y1 - height)


def history(epochs=5):
    return [{"epoch": k, "loss": 1 / k, "val_loss": 1.2 / k, "mean_iou": 1 - 1 / k} for k in range(1, epochs + 1)]


def expression():
    x, w = tensor(np.ones((4, 3), np.float32)), tensor(np.ones((3, 2), np.float32), requires_grad=True)
    b = tensor(np.zeros(2, np.float32), requires_grad=True)
    h = F.relu(x @ w + b)
    return ((h * h).exp() + 1).log().sum(), {"x": x, "w": w, "b": b, "h": h}


def all_figures():
    """One of each, in the sizes that they are used in."""
    steps = np.logspace(-12, 0, 9)
    result, names = expression()
    columns = ["image", "truth", "32s", "16s", "8s"]
    sizes = (320, 50), (40, 100), (40, 40)
    tall, wide, square = [(picture(*size), label(*size), label(*size), PALETTE, CLASSES) for size in sizes]
    return {
        "panel": plot.panel([[picture(), label(), label()]], ["image", "truth", "FCN-32s"], PALETTE, CLASSES),
        "panel of 8": plot.panel([[picture(), *[label()] * 4]] * 8, columns, PALETTE, CLASSES),
        "tall map": plot.land_map(*tall, extent=(-160, -140, -56, 72)),
        "wide map": plot.land_map(*wide, extent=(20, 100, 10, 42)),
        "square map": plot.land_map(*square),
        "curves": plot.training_curves({"FCN-32s": history(), "FCN-16s": history()}),
        "steps": plot.step_curve({"conv2d": (steps, steps**2 + 1e-16 / steps), "relu": (steps, steps)}),
        "confusion of 2": plot.confusion_matrix(np.eye(2) + 1, ["no", "yes"]),
        "confusion of 4": plot.confusion_matrix(np.eye(4) + 1, CLASSES),
        "confusion of 21": plot.confusion_matrix(np.eye(21) + 1, VOC),
        "filters": plot.filters(rng().standard_normal((16, 3, 3, 3))),
        "graph": plot.graph(result, **names),
    }


@pytest.fixture(scope="module")
def figures():
    return all_figures()


# All of them ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["panel", "panel of 8", "tall map", "wide map", "square map", "curves", "steps",
                                  "confusion of 2", "confusion of 4", "confusion of 21", "filters", "graph"])
def test_a_picture_is_a_figure_and_no_word_is_clipped(figures, name):
    assert isinstance(figures[name], Figure)
    assert overhang(figures[name]) < 0.01


def test_pictures_leave_the_style_of_matplotlib_as_it_was():
    import matplotlib

    before = dict(matplotlib.rcParams)
    plot.confusion_matrix(np.eye(4), CLASSES)
    assert dict(matplotlib.rcParams) == before


@pytest.mark.parametrize("suffix", ["png", "pdf", "svg"])
def test_save_writes_a_whole_file_and_leaves_nothing_else(tmp_path, figures, suffix):
    plot.save(figures["curves"], tmp_path / f"curves.{suffix}")
    assert [p.name for p in tmp_path.iterdir()] == [f"curves.{suffix}"]
    assert (tmp_path / f"curves.{suffix}").stat().st_size > 5000


@pytest.mark.parametrize("options, size", [({}, (1600, 660)), ({"dpi": 50}, (400, 165))])
def test_a_saved_picture_has_200_pixels_an_inch_or_as_many_as_asked(tmp_path, figures, options, size):
    plot.save(figures["curves"], tmp_path / "curves.png", **options)
    with Image.open(tmp_path / "curves.png") as image:
        assert image.size == size


def test_a_suffix_that_is_no_picture_is_told_and_nothing_is_written(tmp_path, figures):
    with pytest.raises(ValueError, match="end the name with .png"):
        plot.save(figures["curves"], tmp_path / "curves.txt")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_told(tmp_path, figures):
    with pytest.raises(FileError, match="does not exist"):
        plot.save(figures["curves"], tmp_path / "nowhere" / "curves.png")


# Panels and maps ------------------------------------------------------------------------------------------------------


def test_a_panel_has_a_picture_for_each_array_and_a_heading_for_each_column(figures):
    figure = figures["panel of 8"]
    assert len(figure.axes) == 40
    assert [axes.get_title() for axes in figure.axes[:5]] == ["image", "truth", "32s", "16s", "8s"]
    assert all(axes.get_title() == "" for axes in figure.axes[5:])


def test_the_legend_names_the_classes_that_occur():
    assert {"water", "forest", "shrub"} <= texts(plot.panel([[label()]], ["truth"], PALETTE, CLASSES))
    assert not {"crop", "ignored"} & texts(plot.panel([[label()]], ["truth"], PALETTE, CLASSES))


def test_a_label_that_is_not_a_class_is_reported():
    with pytest.raises(ValueError, match="label map: the label 101 at row 0, column 0 has no colour"):
        plot.panel([[label() + 99]], ["truth"], PALETTE, CLASSES)


def test_ignored_pixels_are_grey_and_in_the_legend():
    truth = label()
    truth[0, 0] = 255
    figure = plot.panel([[truth]], ["truth"], PALETTE, CLASSES)
    assert "ignored" in texts(figure)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array()[0, 0], (111, 111, 111))


def test_a_panel_of_images_alone_has_no_legend():
    assert plot.panel([[picture()]], ["image"], PALETTE, CLASSES).legends == []


@pytest.mark.parametrize("rows, words", [
    ([], "no rows"),
    ([[picture()]], "row 0 has 1 pictures but there are 2 columns"),
    ([[picture(), np.zeros((3, 8, 8))]], r"column 1 has the shape \(3, 8, 8\)"),
])
def test_wrong_rows_are_told_in_a_sentence(rows, words):
    with pytest.raises(ValueError, match=words):
        plot.panel(rows, ["image", "truth"], PALETTE, CLASSES)


def test_rows_have_names_and_pictures_captions_and_none_is_clipped():
    captions = [["", "accuracy 61 %"], ["", "accuracy 9 %"]]
    rows = [[picture(), label()]] * 2
    figure = plot.panel(rows, ["image", "net"], PALETTE, CLASSES, ["62°N, 150°W", "8°S, 37°W"], captions, "what it means")
    assert [axes.get_ylabel() for axes in figure.axes] == ["62°N, 150°W", "", "8°S, 37°W", ""]
    assert [axes.get_xlabel() for axes in figure.axes] == [text for row in captions for text in row]
    assert "what it means" in texts(figure) and overhang(figure) < 0.01


def test_dark_pictures_are_brightened_by_one_curve_and_bright_ones_are_left():
    dark, darker = np.array([[[0, 20, 40]]], np.uint8), np.array([[[10, 20, 255]]], np.uint8)
    (first, second), before = plot.brighten([dark, darker]), dark.copy()
    assert (dark == before).all() and first.dtype == np.uint8
    assert (first[0, 0, 0], second[0, 0, 2]) == (0, 255) and first[0, 0, 1] == second[0, 0, 1] > 40
    bright = [np.full((2, 2, 3), 200, np.uint8)]
    assert plot.brighten(bright) is bright


def test_a_map_tells_the_share_of_wrong_pixels_among_those_that_have_a_label():
    truth = np.zeros((10, 10), int)
    truth[0] = 255
    prediction = np.zeros((10, 10), int)
    prediction[:2] = 1                                                        # 10 wrong, 10 ignored
    figure = plot.land_map(picture(10, 10) | 128, truth, prediction, PALETTE, CLASSES)
    assert [axes.get_title() for axes in figure.axes] == ["image", "truth", "prediction", "wrong in this region:\n11.1 %"]


def test_a_map_of_nothing_but_ignored_pixels_is_drawn():
    nothing = np.full((10, 10), 255)
    assert "wrong in this region:\n0.0 %" in texts(plot.land_map(picture(10, 10), nothing, nothing, PALETTE, CLASSES))


def test_a_map_has_its_degrees(figures):
    figures["tall map"].canvas.draw()
    assert {"60°N", "0°", "50°S", "150°W"} <= texts(figures["tall map"])


def test_maps_of_different_sizes_are_told():
    with pytest.raises(ValueError, match="of one size"):
        plot.land_map(picture(8, 8), label(8, 8), label(8, 9), PALETTE, CLASSES)


# Curves ---------------------------------------------------------------------------------------------------------------


def test_consecutive_nets_continue_the_axis_of_epochs():
    figure = plot.training_curves({"FCN-32s": history(5), "FCN-16s": history(3)}, consecutive=True)
    np.testing.assert_array_equal(figure.axes[1].lines[1].get_xdata(), [6, 7, 8])


def test_without_validation_only_the_loss_is_drawn():
    figure = plot.training_curves({"net": [{"epoch": 1, "loss": 2.0}, {"epoch": 2, "loss": 1.0}]})
    assert len(figure.axes) == 1 and len(figure.axes[0].lines) == 1


def test_the_legend_tells_training_from_validation_and_no_training_line_has_dots():
    figure = plot.training_curves({"FCN-32s": history(), "FCN-16s": history()})
    legend = figure.legends[0]
    assert [text.get_text() for text in legend.get_texts()] == ["FCN-32s", "FCN-16s", "training loss", "validation loss"]
    assert [line.get_linestyle() for line in legend.get_lines()[2:]] == ["-", "--"]          # "--" is any pattern
    assert {line.get_marker() for line in figure.axes[0].lines} == {"None"}
    assert figure.axes[0].get_ylim()[0] > 0.1                                            # the loss need not begin at 0


def test_only_cross_entropy_is_called_a_loss_in_nats():
    figure = plot.training_curves({"net": history()}, loss="cross-entropy+dice")
    assert figure.axes[0].get_ylabel() == "loss" and not any("nats" in text for text in texts(figure))
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["net", "training loss: cross-entropy+dice", "validation loss: cross-entropy"]
    assert plot.training_curves({"net": history()}).axes[0].get_ylabel() == "loss per pixel (nats)"
    without = plot.training_curves({"net": [{"epoch": 1, "mean_iou": 0.5}]}, loss="dice")
    assert [axes.get_ylabel() for axes in without.axes] == ["mean IoU on the validation split"]


def test_a_single_epoch_is_a_mark():
    assert {line.get_marker() for line in plot.training_curves({"net": history(1)}).axes[0].lines} == {"o"}


def test_a_loss_over_more_than_a_decade_is_logarithmic():
    assert plot.training_curves({"net": history(5)}).axes[0].get_yscale() == "linear"
    assert plot.training_curves({"net": history(50)}).axes[0].get_yscale() == "log"


def test_histories_without_records_are_told():
    with pytest.raises(ValueError, match="no record"):
        plot.training_curves({"net": []})


def test_the_step_curve_is_logarithmic_and_leaves_out_errors_of_zero():
    axes = plot.step_curve({"relu": ([1e-6, 1e-4, 1e-2], [0, 1e-9, 1e-5])}).axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), [np.nan, 1e-9, 1e-5])


def test_a_step_curve_without_any_error_is_drawn():
    assert overhang(plot.step_curve({"add": ([1e-6, 1e-4], [0, 0])})) < 0.01


# Matrices -------------------------------------------------------------------------------------------------------------


def test_confusion_is_in_percent_of_each_true_class():
    figure = plot.confusion_matrix([[3, 1, 0, 0], [0, 2, 0, 0], [0, 0, 0, 0], [0, 0, 1, 1]], CLASSES)
    cells = [t.get_text() for t in figure.axes[0].texts]
    assert cells == ["75", "25", "", "", "", "100", "", "", *"––––", "", "", "50", "50"]
    assert "blank: under 0.5 %" in figure.axes[0].get_title()
    assert "water  50.0 %" in [t.get_text() for t in figure.axes[0].get_yticklabels()]


def test_a_matrix_of_the_wrong_size_is_told():
    with pytest.raises(ValueError, match=r"\(3, 3\) but 4 classes need \(4, 4\)"):
        plot.confusion_matrix(np.eye(3), CLASSES)


@pytest.mark.parametrize("shape, size", [((4, 3, 5, 5), (11, 17)), ((6, 1, 3, 3), (7, 15)), ((2, 8, 3, 3), (7, 31))])
def test_filters_are_tiles_with_a_white_line_between(shape, size):
    figure = plot.filters(tensor(rng().standard_normal(shape)))
    assert figure.axes[0].images[0].get_array().shape == (*size, 3)


def test_filters_of_zeros_are_grey():
    assert (np.asarray(plot.filters(np.zeros((1, 3, 3, 3))).axes[0].images[0].get_array()) == 0.5).all()


def test_a_weight_that_is_no_convolution_is_told():
    with pytest.raises(ValueError, match="expected .filters, channels, kh, kw."):
        plot.filters(np.zeros((4, 4)))


# The graph ------------------------------------------------------------------------------------------------------------


def test_the_graph_names_every_operation_leaf_and_shape(figures):
    operations = {"matmul", "add", "h = relu", "mul", "exp", "log", "sum"}
    assert operations | {"x", "w", "b", "1", "4x3", "3x2", "4x2", "scalar"} <= texts(figures["graph"])


def test_the_graph_of_a_long_chain_needs_no_recursion_and_says_when_it_is_too_long():
    x = tensor(1.0, requires_grad=True)
    for _ in range(5000):
        x = -x
    with pytest.raises(ValueError, match="more than 60 nodes"):
        plot.graph(x)


def test_a_leaf_and_a_freed_graph_are_told():
    x = tensor(2.0, requires_grad=True)
    with pytest.raises(ValueError, match="not computed from"):
        plot.graph(x)
    y = x * x
    y.backward()
    with pytest.raises(ValueError, match="retain_graph=True"):
        plot.graph(y)


def test_boxes_lie_below_their_inputs_and_do_not_overlap():
    inputs = [[], [], [0, 1], [2], [2, 0], [3, 4], [5, 1], [6, 0]]
    widths = [1.0, 0.5, 1.5, 1.0, 0.7, 1.0, 2.0, 1.0]
    rows, places, bends = arrange(inputs, widths, gap=0.2)
    assert rows == 6
    for k, sources in enumerate(inputs):
        for slot, source in enumerate(sources):
            assert [row for _, row in bends[k, slot]] == list(range(places[source][1] + 1, places[k][1]))
    everything = [(row, x, w) for (x, row), w in zip(places, widths)]
    everything += [(row, x, 0.12) for points in bends.values() for x, row in points]
    for (row, x, w), (next_row, next_x, next_w) in zip(sorted(everything), sorted(everything)[1:]):
        assert next_row > row or next_x - next_w / 2 - (x + w / 2) > 0.19
