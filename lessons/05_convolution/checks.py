"""What lesson 5's answers must do: count the places of a kernel, convolve in loops, and send the gradients back.

The right answers come from kernels/reference.py, and from counting. Read mistakes.py next.
"""

import numpy as np

from minifcn.course.convolutions import FLOAT32, ODD, PADDINGS, PLAIN, STRIDES, numbers, options
from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import numerical_gradient, signed
from minifcn.kernels import reference
from minifcn.kernels.geometry import conv_geometry

PICTURE = np.arange(1.0, 13).reshape(1, 1, 3, 4)  # the story of lessons 5 to 7
KERNEL = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])
GRAD = np.array([[[[1.0, 0.0, 0.0], [0.0, -2.0, 0.0]]]])
NO_BIAS = np.zeros(1)


def arrays(rng, N, C, size, K, kernel_size, stride, padding):
    """Random x, weight, bias and grad that fit together, and the geometry."""
    geometry = conv_geometry(kernel_size, stride, padding)
    x, weight, bias = numbers(rng, N, C, *size), numbers(rng, K, C, *kernel_size), numbers(rng, K)
    return x, weight, bias, numbers(rng, N, K, *geometry.output_size(size)), geometry


# --- output_size -----------------------------------------------------------------------------------------------------


def count(n, k, stride, padding):
    """How many windows there are, by moving one along until it would leave the padded picture."""
    start = places = 0
    while start + k <= n + 2 * padding:
        start, places = start + stride, places + 1
    return places


def sizes(*questions):
    """Cases of output_size: (size, kernel_size, stride, padding, note)."""
    for size, kernel_size, stride, padding, note in questions:
        expected = tuple(count(n, k, stride, padding) for n, k in zip(size, kernel_size))
        yield Case((size, kernel_size), expected, options(stride, padding), note)


def sizes_by_hand(rng):
    yield Case(((3, 4), (2, 2)), (2, 3), {}, "the picture of this lesson")
    yield Case(((6, 9), (3, 2)), (3, 5), {"stride": 2, "padding": 1}, "the second example")
    yield Case(((3, 4), (2, 2)), (2, 3), {"stride": 2, "padding": 1}, "5 and 6 pixels, a place every 2")


def sizes_with_stride(rng):
    return sizes(
        ((4, 5), (2, 2), 2, 0, "2 fits exactly into 4, but not into 5"),
        ((5, 4), (2, 2), 2, 0, "the same, turned"),
        ((7, 8), (3, 2), 3, 0, ""), ((9, 6), (1, 4), 4, 0, ""), ((3, 3), (3, 1), 5, 0, "stride 5"),
    )  # fmt: skip


def sizes_with_padding(rng):
    return sizes(
        ((1, 1), (3, 3), 1, 1, "the kernel is larger than the picture, but not than the padded one"),
        ((2, 5), (3, 4), 1, 1, ""), ((4, 3), (2, 5), 1, 2, ""),
        ((224, 224), (7, 7), 2, 3, "the first layer of a ResNet"),
        ((500, 375), (3, 3), 1, 100, "the first layer of FCN"),
    )  # fmt: skip


def sizes_by_counting(rng):
    for _ in range(15):
        kernel_size = tuple(int(k) for k in rng.integers(1, 6, 2))
        size = tuple(int(n) for n in kernel_size + rng.integers(0, 9, 2))
        yield from sizes((size, kernel_size, int(rng.integers(1, 5)), int(rng.integers(0, 4)), ""))


# --- conv2d ----------------------------------------------------------------------------------------------------------


def forward_by_hand(rng):
    one_pixel = np.array([[[[0.0, 0, 0], [0, 1, 0], [0, 0, 0]]]])
    yield Case(
        (PICTURE, KERNEL, NO_BIAS), np.array([[[[44.0, 54, 64], [84, 94, 104]]]]), {}, "the picture of this lesson"
    )
    yield Case(
        (one_pixel, KERNEL, NO_BIAS), np.array([[[[4.0, 3], [2, 1]]]]), {}, "a single 1: the kernel, turned round"
    )
    yield Case((PICTURE, KERNEL, np.array([10.0])), np.array([[[[54.0, 64, 74], [94, 104, 114]]]]), {}, "a bias of 10")
    strided = np.array([[[[4.0, 18, 12], [46, 94, 44]]]])
    yield Case((PICTURE, KERNEL, NO_BIAS), strided, {"stride": 2, "padding": 1}, "stride 2, padding 1")


def forward_on(configurations):
    """A property's cases: conv2d on random arrays of these configurations."""

    def cases(rng):
        for shape, note in configurations:
            x, weight, bias, _, geometry = arrays(rng, *shape)
            expected = reference.conv_forward(x, weight, geometry, bias)
            yield Case((x, weight, bias), expected, options(*shape[5:]), note)

    return cases


def forward_in_float32(rng):
    for shape, _ in FLOAT32:
        x, weight, bias, _, geometry = arrays(rng, *shape)
        x, weight, bias = x.astype(np.float32), weight.astype(np.float32), bias.astype(np.float32)
        yield Case((x, weight, bias), reference.conv_forward(x, weight, geometry, bias), options(*shape[5:]), "float32")


# --- conv2d_backward -------------------------------------------------------------------------------------------------


def gradients(grad, x, weight, geometry):
    """(grad_x, grad_weight, grad_bias) from the reference."""
    return (
        reference.conv_backward_input(grad, weight, geometry, x.shape[2:]),
        reference.conv_backward_weight(x, grad, geometry),
        grad.sum(axis=(0, 2, 3)),
    )


def backward_by_hand(rng):
    grad_x = np.array([[[[1.0, 2, 0, 0], [3, 2, -4, 0], [0, -6, -8, 0]]]])
    grad_weight = np.array([[[[-11.0, -12], [-15, -16]]]])
    yield Case((GRAD, PICTURE, KERNEL), (grad_x, grad_weight, np.array([-1.0])), {}, "the picture of this lesson")
    one = np.array([[[[0.0, 1, 0], [0, 0, 0]]]])
    grad_x, grad_weight = np.array([[[[0.0, 1, 2, 0], [0, 3, 4, 0], [0, 0, 0, 0]]]]), PICTURE[:, :, :2, 1:3].copy()
    yield Case((one, PICTURE, KERNEL), (grad_x, grad_weight, np.array([1.0])), {}, "the gradient of one output")


def backward_on(configurations):
    """A property's cases: conv2d_backward on random arrays of these configurations."""

    def cases(rng):
        for shape, note in configurations:
            x, weight, _, grad, geometry = arrays(rng, *shape)
            yield Case((grad, x, weight), gradients(grad, x, weight, geometry), options(*shape[5:]), note)

    return cases


def backward_by_differences(rng):
    for shape in ((1, 1, (2, 3), 1, (2, 2), 1, 0), (2, 2, (3, 4), 3, (3, 2), 2, 1)):
        x, weight, bias, grad, geometry = (
            signed(rng, *a.shape) if hasattr(a, "shape") else a for a in arrays(rng, *shape)
        )
        expected = differences(grad, x, weight, bias, geometry)
        yield Case((grad, x, weight), expected, options(*shape[5:]), "finite differences, a random gradient", rtol=1e-7)


def differences(grad, x, weight, bias, geometry):
    """The three gradients, measured."""
    return (
        numerical_gradient(lambda moved: reference.conv_forward(moved, weight, geometry, bias), x, grad),
        numerical_gradient(lambda moved: reference.conv_forward(x, moved, geometry, bias), weight, grad),
        numerical_gradient(lambda moved: reference.conv_forward(x, weight, geometry, moved), bias, grad),
    )


def backward_in_float32(rng):
    for shape, _ in FLOAT32:
        x, weight, _, grad, geometry = arrays(rng, *shape)
        x, weight, grad = x.astype(np.float32), weight.astype(np.float32), grad.astype(np.float32)
        yield Case((grad, x, weight), gradients(grad, x, weight, geometry), options(*shape[5:]), "float32")


EXERCISES = [
    Exercise(
        "output_size",
        (
            Property("worked by hand", sizes_by_hand),
            Property("a stride: only places where the whole kernel fits count", sizes_with_stride),
            Property("padding counts on both sides", sizes_with_padding),
            Property("equals counting, one place after the other", sizes_by_counting),
        ),
        hints=(
            "The first window starts at pixel 0. Where does the last possible one start, if the picture has n pixels?",
            "The starts are 0, s, 2s, ... up to n + 2p - k. How many multiples of s are there from 0 to m?",
            "From 0 to m there are m // s + 1 multiples of s. Do it for the height and the width, and return both.",
        ),
    ),
    Exercise(
        "conv2d",
        (
            Property("worked by hand", forward_by_hand, points=2),
            Property("equals the formula on pictures, kernels and channels of all sizes", forward_on(PLAIN), points=2),
            Property("moves by the stride", forward_on(STRIDES)),
            Property("pads with zeros on all four sides", forward_on(PADDINGS)),
            Property("odd shapes: 1x1, one row, a kernel as large as the picture, no pictures", forward_on(ODD)),
            Property("float32 stays float32", forward_in_float32),
        ),
        uses=("05.output_size",),
        hints=(
            "Write down what one number of y needs: which picture, which kernel, which window? Then loop over"
            + " all of them.",
            "The window of y[n, k, u, v] begins at row u*stride, column v*stride of the padded picture n, in all"
            + " channels.",
            "np.ndindex(N, K, oh, ow) runs over all outputs. Each is bias[k] plus the sum of weight[k] times its"
            + " window.",
        ),
    ),
    Exercise(
        "conv2d_backward",
        (
            Property("worked by hand", backward_by_hand, points=2),
            Property("equals the formula on pictures, kernels and channels of all sizes", backward_on(PLAIN), points=2),
            Property("with a stride", backward_on(STRIDES)),
            Property("with padding: its gradient is dropped", backward_on(PADDINGS)),
            Property("agrees with finite differences", backward_by_differences, points=2),
            Property("odd shapes: 1x1, one row, a kernel as large as the picture, no pictures", backward_on(ODD)),
            Property("float32 stays float32", backward_in_float32),
        ),
        uses=("05.output_size",),
        hints=(
            "Use the same loop as in conv2d. Each output touched a window and a kernel: what does it give back"
            + " to each?",
            "y = bias + sum of weight * window. So dL/dwindow gains grad * weight, dL/dweight gains grad * window.",
            "Collect dL/dx with += in an array of the padded size, and cut the padding off at the end. grad_bias"
            + " is the sum of grad over pictures, rows and columns.",
        ),
    ),
]
