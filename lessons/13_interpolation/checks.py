"""What the answers of lesson 13 must do. The right values come from exact fractions, plain stamping, and np.interp."""

from fractions import Fraction

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import signed

# --- The simple twins ----------------------------------------------------------------------------------------------


def triangle_in_fractions(factor):
    """The heights, at whole output pixels, of a triangle that is `factor` wide on either side; only those above 0."""
    middle = Fraction(factor - 1, 2)  # of the input pixel's own output pixels, 0 ... factor - 1
    heights = [1 - abs(i - middle) / factor for i in range(-factor, 2 * factor)]
    return np.array([float(height) for height in heights if height > 0])


def kernel_in_fractions(factor):
    triangle = triangle_in_fractions(factor)
    return triangle[:, None] * triangle


def stamp(x, kernel, factor):
    """Every pixel stamps the kernel, times its value, onto a canvas; then the same border is cut off on all sides."""
    N, C, H, W = x.shape
    k = len(kernel)
    canvas = np.zeros((N, C, (H - 1) * factor + k, (W - 1) * factor + k), x.dtype)
    for i in range(H):
        for j in range(W):
            value = x[:, :, i, j, None, None]
            canvas[:, :, i * factor : i * factor + k, j * factor : j * factor + k] += value * kernel.astype(x.dtype)
    cut = (k - factor) // 2
    return canvas[:, :, cut : cut + factor * H, cut : cut + factor * W]


def interpolate_lines(x, factor):
    """np.interp along one axis after the other; it repeats the first and the last value beyond the ends."""
    for axis in range(2, x.ndim):
        lines = np.moveaxis(x, axis, -1)
        n = lines.shape[-1]
        at = (np.arange(factor * n) + 0.5) / factor - 0.5
        new = np.zeros((*lines.shape[:-1], factor * n))
        for place in np.ndindex(lines.shape[:-1]):
            new[place] = np.interp(at, np.arange(n), lines[place])
        x = np.moveaxis(new, -1, axis).astype(x.dtype)
    return x


# --- bilinear_kernel -----------------------------------------------------------------------------------------------


def kernel_by_hand(rng):
    yield Case((1,), np.array([[1.0]]), note="factor 1 changes nothing")
    one, three, nine = 1 / 16, 3 / 16, 9 / 16
    rows = [[one, three, three, one], [three, nine, nine, three], [three, nine, nine, three], [one, three, three, one]]
    yield Case((2,), np.array(rows), note="triangle 1/4, 3/4, 3/4, 1/4")
    yield Case((3,), np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1]) / 9, note="triangle 1/3, 2/3, 1, 2/3, 1/3")
    yield Case((4,), np.outer([1, 3, 5, 7, 7, 5, 3, 1], [1, 3, 5, 7, 7, 5, 3, 1]) / 64, note="triangle 1/8, 3/8, ...")


def kernel_shape(bilinear_kernel, factor):
    return bilinear_kernel(factor).shape


def kernel_sizes(rng):
    for factor, size in ((1, 1), (2, 4), (3, 5), (4, 8), (5, 9), (7, 13), (8, 16), (32, 64)):
        yield Case((factor,), (size, size))


def even_factors(rng):
    for factor in (6, 8, 10, 16):
        yield Case((factor,), kernel_in_fractions(factor))


def odd_factors(rng):
    for factor in (5, 7, 9, 15):
        yield Case((factor,), kernel_in_fractions(factor))


def sums_at_each_place(bilinear_kernel, factor):
    kernel = bilinear_kernel(factor)
    return np.array([[kernel[i::factor, j::factor].sum() for j in range(factor)] for i in range(factor)])


def constant_stays(rng):
    for factor in (2, 3, 4, 5, 8):
        yield Case((factor,), np.ones((factor, factor)))


# --- upsample ------------------------------------------------------------------------------------------------------


def upsample_by_hand(rng):
    x = np.array([[1.0, 2], [3, 4]])[None, None]
    right = np.array([[1.0, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]])[None, None]
    yield Case((x, np.ones((2, 2)), 2), right, note="a box repeats every pixel")
    column = np.array([1.0, 3, 3, 1]) / 4
    x = np.array([[4.0, 8]])[None, None]
    right = np.outer([0.75, 0.75], [3.0, 5, 7, 6])[None, None]
    yield Case((x, np.outer(column, column), 2), right, note="bilinear: 3/4 * 4, then 3/4 * 4 + 1/4 * 8, ...")


def lopsided_kernels(rng):
    yield Case((np.ones((1, 1, 1, 1)), np.array([[1.0, 2], [3, 4]]), 2), np.array([[[[1.0, 2], [3, 4]]]]))
    settings = ((1, 1, 2, 3), 2, 2), ((1, 1, 3, 2), 4, 2), ((1, 1, 2, 4), 5, 3), ((1, 1, 3, 4), 3, 3)
    settings += ((1, 1, 4, 3), 6, 2), ((1, 1, 2, 3), 8, 4), ((1, 1, 3, 2), 7, 3)
    for shape, k, factor in settings:
        yield upsample_case(rng, shape, k, factor, note=f"kernel {k}, factor {factor}: {(k - factor) // 2} cut off")


def upsample_case(rng, shape, k, factor, dtype=np.float64, note=""):
    x, kernel = signed(rng, *shape).astype(dtype), signed(rng, k, k)
    return Case((x, kernel, factor), stamp(x, kernel, factor), note=note)


def several_pictures(rng):
    yield upsample_case(rng, (1, 2, 2, 3), 4, 2)
    yield upsample_case(rng, (2, 1, 2, 3), 4, 2)
    yield upsample_case(rng, (2, 3, 3, 4), 5, 3)
    yield upsample_case(rng, (3, 2, 4, 2), 4, 4)


def paired(upsample, x, kernel, factor, y):
    return float((upsample(x, kernel, factor) * y).sum())


def upsample_adjoint(rng):
    for shape, k, factor in ((1, 2, 3, 2), 4, 2), ((2, 3, 2, 4), 5, 3):
        x, kernel = signed(rng, *shape), signed(rng, k, k)
        y = signed(rng, *shape[:2], factor * shape[2], factor * shape[3])
        yield Case((x, kernel, factor, y), float((x * windows_of(y, kernel, factor)).sum()))


def windows_of(y, kernel, factor):
    """The transposed map, a convolution with a stride: each pixel collects what it had stamped."""
    k = len(kernel)
    cut = (k - factor) // 2
    padded = np.pad(y, ((0, 0), (0, 0), (cut, cut), (cut, cut)))
    x = np.zeros((*y.shape[:2], y.shape[2] // factor, y.shape[3] // factor))
    for i, j in np.ndindex(x.shape[2:]):
        window = padded[:, :, i * factor : i * factor + k, j * factor : j * factor + k]
        x[:, :, i, j] = (window * kernel).sum(axis=(2, 3))
    return x


def upsample_odd(rng):
    yield upsample_case(rng, (1, 1, 1, 1), 3, 1, note="factor 1: a plain correlation, turned round")
    yield upsample_case(rng, (2, 3, 1, 1), 4, 2, note="pictures of one pixel")
    yield upsample_case(rng, (1, 1, 5, 2), 2, 2, note="a picture that is taller than the kernel")
    yield upsample_case(rng, (1, 1, 2, 5), 2, 2, note="a picture that is wider than the kernel")
    yield upsample_case(rng, (0, 3, 2, 3), 4, 2, note="no picture at all")
    yield upsample_case(rng, (2, 2, 3, 2), 5, 3, dtype=np.float32, note="float32 stays float32")


# --- interpolate ---------------------------------------------------------------------------------------------------


def interpolate_by_hand(rng):
    line = np.array([[[0.0, 8, 4]]])
    yield Case((line, 2), np.array([[[0.0, 2, 6, 7, 5, 4]]]), note="halves: at -1/4, 1/4, 3/4, 5/4, 7/4, 9/4")
    yield Case((np.array([[[0.0, 9]]]), 3), np.array([[[0.0, 0, 3, 6, 9, 9]]]), note="factor 3 lands on the pixels")
    x = np.array([[0.0, 4], [8, 12]])[None, None]
    right = np.array([[0.0, 1, 3, 4], [2, 3, 5, 6], [6, 7, 9, 10], [8, 9, 11, 12]])[None, None]
    yield Case((x, 2), right)


def interpolate_case(rng, shape, factor, dtype=np.float64, note=""):
    x = signed(rng, *shape).astype(dtype)
    return Case((x, factor), interpolate_lines(x, factor), note=note)


def signals(rng):
    for shape, factor in ((1, 1, 3), 2), ((1, 2, 4), 3), ((2, 3, 5), 4), ((2, 1, 4), 5):
        yield interpolate_case(rng, shape, factor)


def images(rng):
    for shape, factor in ((1, 1, 2, 3), 2), ((1, 2, 3, 2), 3), ((2, 3, 5, 4), 2), ((3, 2, 4, 6), 3), ((2, 3, 3, 5), 4):
        yield interpolate_case(rng, shape, factor)


def volumes(rng):
    for shape, factor in ((1, 1, 2, 3, 4), 2), ((2, 3, 3, 2, 2), 3):
        yield interpolate_case(rng, shape, factor)


def borders(rng):
    for shape, factor in ((1, 1, 2), 4), ((1, 1, 2, 2), 3), ((2, 2, 1, 3), 4):
        x = 3 + rng.random(shape)
        yield Case((x, factor), interpolate_lines(x, factor), note="large at the edge: nothing may fade there")
    yield Case((np.full((1, 2, 2, 3), 7.0), 5), np.full((1, 2, 10, 15), 7.0), note="a constant stays constant")


def interpolate_odd(rng):
    yield interpolate_case(rng, (1, 1, 3, 2), 1, note="factor 1 changes nothing")
    yield interpolate_case(rng, (2, 3, 1, 1), 4, note="pictures of one pixel")
    yield interpolate_case(rng, (1, 2, 1, 5), 2, note="pictures of one row")
    yield interpolate_case(rng, (0, 3, 2, 3), 2, note="no picture at all")
    yield interpolate_case(rng, (2, 2, 3, 4), 3, dtype=np.float32, note="float32 stays float32")


EXERCISES = [
    Exercise(
        "interpolate",
        (
            Property("the worked examples, in one and in two dimensions", interpolate_by_hand, points=2),
            Property("signals: equals np.interp", signals),
            Property("images: rows, then columns", images, points=2),
            Property("volumes: three axes", volumes),
            Property("beyond the outer pixels their value is repeated", borders),
            Property("odd shapes: factor 1, one pixel, no picture, float32", interpolate_odd),
        ),
        hints=(
            "One axis at a time: for axis in range(2, x.ndim). After each, x has factor times as many entries there.",
            (
                "Output pixel u looks at the place (u + 1/2) / f - 1/2. Clip it to 0 ... n - 1 first, then split it into a whole"
                " part, the left neighbour, and a share for the right one."
            ),
            (
                "x.take(left, axis) picks the left neighbours. The shares need a shape that lies along the same axis:"
                " share.reshape(-1, *[1] * (x.ndim - axis - 1))."
            ),
        ),
    ),
    Exercise(
        "bilinear_kernel",
        (
            Property("the worked examples: factors 1, 2, 3 and 4", kernel_by_hand, points=2),
            Property("has 2f - f % 2 pixels a side", kernel_sizes, probe=kernel_shape),
            Property("equals the triangle in exact fractions, for even factors", even_factors),
            Property("equals the triangle in exact fractions, for odd factors", odd_factors),
            Property(
                "what stamps on one output pixel adds to 1: a constant stays constant",
                constant_stays,
                probe=sums_at_each_place,
            ),
        ),
        hints=(
            "Write the triangle of one axis first, for factors 2 and 3, on paper. Where is its centre?",
            "The centre of k pixels, counted from 0, is (k - 1) / 2. From there the height falls by 1/f a pixel.",
            "np.outer multiplies every number of one axis by every number of the other.",
        ),
    ),
    Exercise(
        "upsample",
        (
            Property("the worked examples: a box and a triangle", upsample_by_hand),
            Property("kernels of any size and without symmetry", lopsided_kernels, points=2),
            Property("several pictures and channels, each by itself", several_pictures, points=2),
            Property("is the transpose of a convolution: <Ax, y> = <x, A'y>", upsample_adjoint, probe=paired),
            Property("odd shapes: one pixel, factor 1, no picture, float32", upsample_odd),
        ),
        uses=("12.conv_transpose2d",),
        hints=(
            (
                "Without padding, conv_transpose2d gives (n - 1) f + k pixels. How many are too many, and how does padding"
                " take off as many on both sides?"
            ),
            "No channel may see another. Treat the N pictures of C channels as N * C pictures of one channel.",
            "The weight of one input and one output channel has the shape (1, 1, k, k): kernel[None, None].",
        ),
    ),
]
