"""What lesson 6's answers must do: copy windows into columns, and add columns back into windows.

The right answers come from kernels/reference.py. Read mistakes.py next.
"""

import numpy as np

from minifcn.course.check_writing import check_exercise
from minifcn.course.convolutions import numbers, options
from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import numerical_gradient, signed
from minifcn.kernels import reference
from minifcn.kernels.geometry import conv_geometry

PICTURE = np.arange(1.0, 13).reshape(1, 1, 3, 4)  # the story of lessons 5 to 7

# (N, C, (H, W), (kh, kw), stride, padding), what is special; small ones first
PLAIN = [
    ((1, 1, (2, 3), (1, 2), 1, 0), "a kernel of one row"),
    ((1, 1, (3, 2), (2, 1), 1, 0), "a kernel of one column"),
    ((1, 1, (3, 3), (2, 2), 1, 0), "a square picture and kernel"),
    ((1, 2, (2, 3), (2, 2), 1, 0), "two channels"),
    ((2, 1, (2, 3), (2, 2), 1, 0), "two pictures"),
    ((2, 3, (5, 4), (3, 2), 1, 0), "two pictures of three channels"),
    ((3, 2, (4, 7), (2, 3), 1, 0), "three pictures of two channels"),
]
STRIDES = [
    ((1, 1, (1, 4), (1, 2), 2, 0), "stride 2: the windows do not overlap"),
    ((1, 1, (5, 4), (2, 3), 2, 0), "stride 2; the last row fits no window"),
    ((1, 1, (5, 7), (2, 2), 3, 0), "stride 3, wider than the kernel: some pixels are in no window"),
    ((2, 2, (6, 9), (3, 2), 2, 0), "stride 2, several pictures and channels"),
]
PADDINGS = [
    ((1, 1, (1, 1), (2, 2), 1, 1), "padding 1 around a single pixel"),
    ((1, 1, (2, 3), (2, 2), 1, 2), "padding 2: some windows see nothing but padding"),
    ((2, 2, (3, 4), (3, 2), 1, 1), "padding 1, several pictures and channels"),
    ((1, 1, (3, 4), (3, 3), 2, 1), "padding 1 and stride 2"),
    ((1, 1, (2, 3), (3, 3), 1, 2), "padding 2 and a kernel of 3: every window that sees a pixel"),
    ((2, 3, (4, 5), (2, 3), 3, 2), "padding 2 and stride 3"),
    ((1, 1, (3, 4), (1, 2), 1, 3), "padding 3, more than the kernel: whole windows of padding"),
]
ODD = [
    ((1, 1, (1, 1), (1, 1), 1, 0), "a single pixel"),
    ((2, 3, (3, 2), (1, 1), 1, 0), "a kernel of 1x1: nothing but a new shape"),
    ((2, 2, (3, 2), (1, 1), 2, 0), "a kernel of 1x1 with stride 2"),
    ((2, 3, (3, 4), (3, 4), 1, 0), "a kernel as large as the picture: one column"),
    ((2, 2, (1, 6), (1, 3), 2, 0), "pictures of one row"),
    ((1, 1, (1, 2), (3, 4), 1, 1), "a kernel larger than the picture, as large as the padded one"),
    ((0, 2, (3, 4), (2, 2), 1, 0), "no pictures at all: N = 0"),
]


# --- im2col ----------------------------------------------------------------------------------------------------------


def copied_by_hand(rng):
    columns = [[[1.0, 2, 3, 5, 6, 7], [2, 3, 4, 6, 7, 8], [5, 6, 7, 9, 10, 11], [6, 7, 8, 10, 11, 12]]]
    yield Case((PICTURE, (2, 2)), np.array(columns), {}, "the picture of this lesson")
    rows_of_three = [[[1.0, 2, 5, 6, 9, 10], [2, 3, 6, 7, 10, 11], [3, 4, 7, 8, 11, 12]]]
    yield Case((PICTURE, (1, 3)), np.array(rows_of_three), {}, "windows of one row")
    strided = [[[0.0, 0, 0, 0, 6, 8], [0, 0, 0, 5, 7, 0], [0, 2, 4, 0, 10, 12], [1, 3, 0, 9, 11, 0]]]
    yield Case((PICTURE, (2, 2)), np.array(strided), {"stride": 2, "padding": 1}, "stride 2, padding 1")
    channels = np.array([[[[1.0, 2]], [[3, 4]], [[5, 6]]]])
    yield Case((channels, (1, 2)), np.array([[[1.0], [2], [3], [4], [5], [6]]]), {}, "one window, three channels")


def copied(configurations, dtype=np.float64):
    """A property's cases: im2col of random pictures of these configurations."""

    def cases(rng):
        for (N, C, size, kernel_size, stride, padding), note in configurations:
            x = numbers(rng, N, C, *size).astype(dtype)
            expected = reference.im2col(x, conv_geometry(kernel_size, stride, padding))
            yield Case((x, kernel_size), expected, options(stride, padding), note)

    return cases


# --- col2im ----------------------------------------------------------------------------------------------------------


def added_by_hand(rng):
    yield Case((np.ones((1, 4, 6)), (3, 4), (2, 2)), np.array([[[[1.0, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]]]]), {},
               "columns of ones: how many windows see each pixel")  # fmt: skip
    columns = np.zeros((1, 4, 6))
    columns[0, :, 0], columns[0, :, 4] = [1, 2, 3, 4], [-2, -4, -6, -8]
    yield Case((columns, (3, 4), (2, 2)), np.array([[[[1.0, 2, 0, 0], [3, 2, -4, 0], [0, -6, -8, 0]]]]), {},
               "two windows that share one pixel")  # fmt: skip
    yield Case((np.arange(1.0, 5)[None, :, None], (3, 3), (2, 2)), np.array([[[[1.0, 2, 0], [3, 4, 0], [0, 0, 0]]]]),
               {"stride": 2}, "one window; the other pixels are in none")  # fmt: skip
    yield Case((np.arange(1.0, 17).reshape(1, 4, 4), (1, 1), (2, 2)), np.array([[[[34.0]]]]), {"padding": 1},
               "a pixel in the middle of padding: 13 + 10 + 7 + 4")  # fmt: skip


def added(configurations, dtype=np.float64):
    """A property's cases: col2im of random columns of these configurations."""

    def cases(rng):
        for (N, C, size, kernel_size, stride, padding), note in configurations:
            geometry = conv_geometry(kernel_size, stride, padding)
            oh, ow = geometry.output_size(size)
            columns = numbers(rng, N, C * kernel_size[0] * kernel_size[1], oh * ow).astype(dtype)
            expected = reference.col2im(columns, geometry, size)
            yield Case((columns, size, kernel_size), expected, options(stride, padding), note)

    return cases


def added_like_a_gradient(rng):
    for N, C, size, kernel_size, stride, padding in ((1, 1, (2, 3), (2, 2), 1, 0), (2, 2, (3, 5), (2, 3), 2, 1)):
        geometry = conv_geometry(kernel_size, stride, padding)
        x = signed(rng, N, C, *size)
        cotangent = signed(rng, *reference.im2col(x, geometry).shape)
        expected = numerical_gradient(lambda x, g=geometry: reference.im2col(x, g), x, cotangent)
        yield Case((cotangent, size, kernel_size), expected, options(stride, padding), "", rtol=1e-7)


def inner_product(col2im, y, x, kernel_size, stride, padding):
    back = col2im(y, x.shape[2:], kernel_size, stride, padding)
    return [float(np.vdot(x[n], back[n])) for n in range(len(x))]


def adjoint(rng):
    for N, C, size, kernel_size, stride, padding in ((1, 1, (3, 4), (2, 2), 1, 0), (3, 2, (5, 4), (2, 3), 2, 1)):
        x = signed(rng, N, C, *size)
        columns = reference.im2col(x, conv_geometry(kernel_size, stride, padding))
        y = signed(rng, *columns.shape)
        expected = [float(np.vdot(columns[n], y[n])) for n in range(N)]
        yield Case(
            (y, x, kernel_size, stride, padding), expected, {}, "the right value is <im2col(x), y> of each picture"
        )


COL2IM = Exercise(
    "col2im",
    (
        Property("worked by hand", added_by_hand, points=2),
        Property("adds up the windows of pictures and channels of all sizes", added(PLAIN), points=2),
        Property("windows stand `stride` pixels apart", added(STRIDES)),
        Property("what falls on the padding is dropped", added(PADDINGS)),
        Property("is the derivative of im2col: equals finite differences", added_like_a_gradient),
        Property("the adjoint: <im2col(x), y> = <x, col2im(y)>", adjoint, points=2, probe=inner_product),
        Property("odd shapes: 1x1, one row, a kernel as large as the picture, no pictures", added(ODD)),
        Property("float32 stays float32", added((PLAIN[5], PADDINGS[4]), np.float32)),
    ),
    uses=("05.output_size",),
    hints=(
        "Take your im2col and turn every copy round: what was read is now written. What if two windows share"
        + " a pixel?",
        "Reshape the columns to (N, C, kh, kw, oh, ow) and add into zeros of the padded size, with +=.",
        "At the end cut out the picture: rows padding to padding + H, columns padding to padding + W.",
    ),
)

WRONG_COL2IM = {
    "windows that overwrite each other, or are averaged": ("overwrites", "averages"),
    "windows in the wrong places": ("forgets_stride", "size_without_stride_and_padding", "misses_the_last"),
    "rows and columns in the wrong order": (
        "channels_last",
        "kernel_columns_first",
        "windows_columns_first",
        "turns_window",
        "reshapes_instead_of_transposing",
    ),
    "pictures, channels, height and width mixed up": ("first_picture_only", "adds_the_channels", "swaps_height_and_width"),
    "a result of the wrong size": ("keeps_the_padding", "empty_without_padding", "cut_too_short", "canvas_of_the_windows"),
    "a wrong border": ("crops_at_one_side", "padding_wraps_around", "padding_to_the_border", "nothing_in_row_0"),
    "a wrong dtype, or a crash when there are no pictures": (),
}

EXERCISES = [
    Exercise(
        "im2col",
        (
            Property("worked by hand", copied_by_hand, points=2),
            Property("copies the windows of pictures and channels of all sizes", copied(PLAIN), points=2),
            Property("windows stand `stride` pixels apart", copied(STRIDES)),
            Property("pads with zeros on all four sides", copied(PADDINGS)),
            Property("odd shapes: 1x1, one row, a kernel as large as the picture, no pictures", copied(ODD)),
            Property("float32 stays float32", copied((PLAIN[5], PADDINGS[4]), np.float32)),
        ),
        uses=("05.output_size",),
        hints=(
            "Write down the first two columns for two channels. What changes from one row to the next, what from"
            + " one column to the next?",
            "Think of an array (N, C, kh, kw, oh, ow), filled window by window or tap by tap, and reshape it at"
            + " the end.",
            "Through tap (i, j) the windows see padded[:, :, i::stride, j::stride], cut to oh rows and ow columns.",
        ),
    ),
    COL2IM,
    check_exercise(
        "06",
        COL2IM,
        WRONG_COL2IM,
        uses=("06.im2col",),
        hints=(
            "Which inputs would show each of the mistakes that people make? Begin with windows that overlap, and columns"
            + " of random numbers: with ones, their order does not matter.",
            "A property is stronger than an example: for any x and y, <im2col(x), y> = <x, col2im(y)>. np.vdot computes"
            + " such a product of two arrays.",
            "Loop over cases (shape, kernel_size, stride, padding) in which all numbers differ: several pictures and"
            + " channels, stride 2, stride 3 with kernel 2, padding, no pictures.",
            "In the loop: make x and y with rng.standard_normal, compare the shape of col2im(y, ...) with that of x,"
            + " compare the two products with np.isclose, and ask once with float32 for its dtype.",
        ),
    ),
]
