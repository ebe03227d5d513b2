"""What lesson 7's answers must do: the three linear maps of a convolution, as matrix products.

The right answers come from kernels/reference.py. Read mistakes.py next.
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

PROVEN = [(1, 1, (3, 4), 1, (2, 2), 1, 0), (2, 2, (3, 4), 3, (2, 3), 2, 1)]  # for differences and inner products


def arrays(rng, shape, random=numbers):
    """Random x, weight and grad that fit together, the geometry, and the keyword arguments of a call."""
    N, C, size, K, kernel_size, stride, padding = shape
    geometry = conv_geometry(kernel_size, stride, padding)
    x, weight, grad = (
        random(rng, N, C, *size),
        random(rng, K, C, *kernel_size),
        random(rng, N, K, *geometry.output_size(size)),
    )
    return x, weight, grad, geometry, options(stride, padding)


def forward(x, weight, grad, geometry, options, note="", **more):
    """The Case of conv_forward for these arrays."""
    return Case((x, weight), reference.conv_forward(x, weight, geometry), options, note, **more)


def backward_input(x, weight, grad, geometry, options, note="", **more):
    """The Case of conv_backward_input for these arrays."""
    size = x.shape[2:]
    return Case(
        (grad, weight, size), reference.conv_backward_input(grad, weight, geometry, size), options, note, **more
    )


def backward_weight(x, weight, grad, geometry, options, note="", **more):
    """The Case of conv_backward_weight for these arrays."""
    expected = reference.conv_backward_weight(x, grad, geometry)
    return Case((x, grad, weight.shape[2:]), expected, options, note, **more)


def on(case, configurations, dtype=np.float64):
    """A property's cases: one of the three maps on random arrays of these configurations."""

    def cases(rng):
        for shape, note in configurations:
            x, weight, grad, geometry, options = arrays(rng, shape)
            yield case(x.astype(dtype), weight.astype(dtype), grad.astype(dtype), geometry, options, note)

    return cases


# --- conv_forward ----------------------------------------------------------------------------------------------------


def forward_by_hand(rng):
    yield Case((PICTURE, KERNEL), np.array([[[[44.0, 54, 64], [84, 94, 104]]]]), {}, "the picture of this lesson")
    strided = np.array([[[[4.0, 18, 12], [46, 94, 44]]]])
    yield Case((PICTURE, KERNEL), strided, {"stride": 2, "padding": 1}, "stride 2, padding 1")
    two_kernels = np.array([[[[1.0, 10]]], [[[0, -1]]]])
    yield Case((np.array([[[[1.0, 2, 3]]]]), two_kernels), np.array([[[[21.0, 32]], [[-2, -3]]]]), {}, "two kernels")


# --- conv_backward_input ---------------------------------------------------------------------------------------------


def input_by_hand(rng):
    grad_x = np.array([[[[1.0, 2, 0, 0], [3, 2, -4, 0], [0, -6, -8, 0]]]])
    yield Case((GRAD, KERNEL, (3, 4)), grad_x, {}, "the picture of this lesson")
    two_kernels = np.array([[[[1.0, 10]]], [[[0, -1]]]])
    grad = np.array([[[[1.0, 2]], [[5, -3]]]])
    yield Case((grad, two_kernels, (1, 3)), np.array([[[[1.0, 7, 23]]]]), {}, "two kernels: 10*1 + 1*2 - 1*5 = 7")
    strided = np.array([[[[1.0, 2, 0, 10, 20], [3, 4, 0, 30, 40], [0, 0, 0, 0, 0]]]])
    yield Case((np.array([[[[1.0, 10]]]]), KERNEL, (3, 5)), strided, {"stride": 3}, "stride 3")


def input_by_differences(rng):
    for shape in PROVEN:
        x, weight, grad, geometry, options = arrays(rng, shape, signed)
        expected = numerical_gradient(lambda x, w=weight, g=geometry: reference.conv_forward(x, w, g), x, grad)
        yield Case((grad, weight, x.shape[2:]), expected, options, "", rtol=1e-7)


def inner_product(conv_backward_input, y, weight, x, stride, padding):
    back = conv_backward_input(y, weight, x.shape[2:], stride, padding)
    return [float(np.vdot(x[n], back[n])) for n in range(len(x))]


def adjoint(rng):
    for shape in PROVEN:
        x, weight, y, geometry, _ = arrays(rng, shape, signed)
        Cx = reference.conv_forward(x, weight, geometry)
        expected = [float(np.vdot(Cx[n], y[n])) for n in range(len(x))]
        yield Case((y, weight, x, *shape[5:]), expected, {}, "the right value is <C x, y> of each picture")


# --- conv_backward_weight --------------------------------------------------------------------------------------------


def weight_by_hand(rng):
    grad_weight = np.array([[[[-11.0, -12], [-15, -16]]]])
    yield Case((PICTURE, GRAD, (2, 2)), grad_weight, {}, "the picture of this lesson")
    x, grad = np.array([[[[1.0, 2, 3]]], [[[4, 5, 6]]]]), np.array([[[[1.0, 0]]], [[[0, -1]]]])
    yield Case((x, grad, (1, 2)), np.array([[[[-4.0, -4]]]]), {}, "two pictures: (1, 2) - (5, 6)")
    grad = np.array([[[[0.0, 1, 0], [2, 0, -1]]]])
    expected = np.array([[[[-8.0, 10], [-10, 21]]]])
    yield Case((PICTURE, grad, (2, 2)), expected, {"stride": 2, "padding": 1}, "stride 2, padding 1")


def weight_by_differences(rng):
    for shape in PROVEN:
        x, weight, grad, geometry, options = arrays(rng, shape, signed)
        expected = numerical_gradient(lambda w, x=x, g=geometry: reference.conv_forward(x, w, g), weight, grad)
        yield Case((x, grad, weight.shape[2:]), expected, options, "", rtol=1e-7)


def product_with_weight(conv_backward_weight, x, y, weight, stride, padding):
    back = conv_backward_weight(x, y, weight.shape[2:], stride, padding)
    return [float(np.vdot(weight[k], back[k])) for k in range(len(weight))]


def adjoint_by_weight(rng):
    for shape in PROVEN:
        x, weight, y, geometry, _ = arrays(rng, shape, signed)
        Cx = reference.conv_forward(x, weight, geometry)
        expected = [float(np.vdot(Cx[:, k], y[:, k])) for k in range(len(weight))]
        yield Case((x, y, weight, *shape[5:]), expected, {}, "the right value is <C x, y> of each kernel")


ODD_SHAPES = "odd shapes: 1x1, one row, a kernel as large as the picture, no pictures"

EXERCISES = [
    Exercise(
        "conv_forward",
        (
            Property("worked by hand", forward_by_hand, points=2),
            Property("equals the loops on pictures, kernels and channels of all sizes", on(forward, PLAIN), points=2),
            Property("with a stride", on(forward, STRIDES)),
            Property("with padding", on(forward, PADDINGS)),
            Property(ODD_SHAPES, on(forward, ODD)),
            Property("float32 stays float32", on(forward, FLOAT32, np.float32)),
        ),
        uses=("05.output_size", "06.im2col", "06.col2im"),
        hints=(
            "A column of im2col is a window. What must a row be, so that row times column is one output?",
            "weight.reshape(K, C*kh*kw) has a kernel in each row, in the same order as the columns. @ multiplies"
            + " it by each picture's columns.",
            "The product has the shape (N, K, oh*ow). All that is left is a reshape to (N, K, oh, ow).",
        ),
    ),
    Exercise(
        "conv_backward_input",
        (
            Property("worked by hand", input_by_hand, points=2),
            Property(
                "equals the loops on pictures, kernels and channels of all sizes", on(backward_input, PLAIN), points=2
            ),
            Property("with a stride", on(backward_input, STRIDES)),
            Property("with padding", on(backward_input, PADDINGS)),
            Property("agrees with finite differences of the forward map", input_by_differences),
            Property("the adjoint: <C x, y> = <x, C^T y>", adjoint, points=2, probe=inner_product),
            Property(ODD_SHAPES, on(backward_input, ODD)),
            Property("float32 stays float32", on(backward_input, FLOAT32, np.float32)),
        ),
        uses=("05.output_size", "06.im2col", "06.col2im"),
        hints=(
            "Forward is: first im2col, then M, the kernels as rows. Transposed: first M transposed, then the transpose of im2col."
            + " Which one is that?",
            "Lay grad out as (N, K, oh*ow). M^T has the shape (C*kh*kw, K): M.T, not a reshape of the weight to"
            + " that shape.",
            "The product has the shape of im2col's columns. col2im(columns, size, kernel_size, stride, padding)"
            + " does the rest.",
        ),
    ),
    Exercise(
        "conv_backward_weight",
        (
            Property("worked by hand", weight_by_hand, points=2),
            Property(
                "equals the loops on pictures, kernels and channels of all sizes", on(backward_weight, PLAIN), points=2
            ),
            Property("with a stride", on(backward_weight, STRIDES)),
            Property("with padding", on(backward_weight, PADDINGS)),
            Property("agrees with finite differences of the forward map", weight_by_differences),
            Property(
                "for each kernel: <C x, y> = <weight, conv_backward_weight(x, y)>",
                adjoint_by_weight,
                points=2,
                probe=product_with_weight,
            ),
            Property(ODD_SHAPES, on(backward_weight, ODD)),
            Property("float32 stays float32", on(backward_weight, FLOAT32, np.float32)),
        ),
        uses=("05.output_size", "06.im2col", "06.col2im"),
        hints=(
            "For Y = M X of matrices, dL/dM = dL/dY X^T. What are X and Y here?",
            "For one picture: grad as (K, oh*ow) times the columns transposed, (oh*ow, C*kh*kw).",
            "Each picture gives such a product. The weight is shared, so sum them, then reshape to (K, C, kh, kw).",
        ),
    ),
]
