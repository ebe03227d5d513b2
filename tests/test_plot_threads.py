"""The pictures of lessons 8 and 9: speed-up against threads, the pixels that a race spoils, and who reads which pixel."""

import numpy as np
import pytest
from test_plot import overhang

from minifcn import plot


def test_speed_up_is_against_one_thread_beside_the_wrong_pixels():
    wrong = np.zeros((3, 4), bool)
    wrong[1, 2] = True
    figure = plot.thread_scaling({"a kernel": [8.0, 4.0, 2.0], "another": [1.0, 1.0, 0.5]}, wrong, "a title")
    left, right = figure.axes
    ideal, *curves = [line.get_ydata().tolist() for line in left.get_lines()]
    assert ideal == [1, 2, 3] and curves == [[1.0, 2.0, 4.0], [1.0, 1.0, 2.0]]
    assert [text.get_text() for text in left.get_legend().get_texts()][1:] == ["a kernel", "another"]
    assert np.array_equal(right.images[0].get_array(), wrong) and right.get_xlabel() == "1 of 12 pixels"
    assert overhang(figure) < 0.03 and figure.get_figwidth() <= 10


def test_every_kernel_needs_as_many_times():
    with pytest.raises(ValueError, match=r"found \[1, 2\] times for the kernels"):
        plot.thread_scaling({"a": [1.0], "b": [1.0, 2.0]}, np.zeros((1, 1)))


def test_reads_are_lines_from_threads_to_elements_with_their_counts():
    seen = {(0, 0): [0, 1], (0, 1): [1, 2], (1, 0): [2]}
    figure = plot.thread_reads({"a kernel": seen, "another": {(0, 0): [2]}}, 3)
    first, second = figure.axes
    assert [line.get_xdata()[1] for line in first.get_lines()] == [0, 1, 1, 2, 2]
    shown = [text.get_text() for text in first.texts]
    assert shown == ["0", "1", "0", "0", "x1", "1", "x2", "2", "x2"] and first.get_title() == "a kernel: 5 reads"
    colours = [line.get_color() for line in first.get_lines()]
    assert colours[0] == colours[3] != colours[4] and second.get_title() == "another: 1 reads"
    assert overhang(figure) < 0.03 and figure.get_figwidth() <= 10


def test_a_read_beyond_the_vector_is_refused():
    with pytest.raises(ValueError, match="a reads element 3, and the vector has 3"):
        plot.thread_reads({"a": {(0, 0): [3]}}, 3)
