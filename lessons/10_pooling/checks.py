"""What the answers of lesson 10 must do. The right values come from plain loops over windows, clipped to the image."""

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import numerical_gradient, signed

# --- The simple twins ----------------------------------------------------------------------------------------------


def count_windows(n, kernel, stride, padding, ceil_mode):
    """Walk along the axis: the windows that fit, and in ceil mode one more if pixels are left and it starts on one."""
    starts = list(range(-padding, n + padding - kernel + 1, stride))
    reached, following = starts[-1] + kernel, starts[-1] + stride
    return len(starts) + (ceil_mode and reached < n + padding and following < n)


def clipped_windows(size, kernel_size, stride, padding, ceil_mode=False):
    """Yield (i, j, rows, columns) for every window: the ranges of the image's own pixels under it."""
    axes = [
        [
            range(max(0, i * stride - padding), min(n, i * stride - padding + kernel))
            for i in range(count_windows(n, kernel, stride, padding, ceil_mode))
        ]
        for n, kernel in zip(size, kernel_size)
    ]
    for i, rows in enumerate(axes[0]):
        for j, columns in enumerate(axes[1]):
            yield i, j, rows, columns


def max_by_loops(x, kernel_size, stride, padding=0, ceil_mode=False):
    """The largest pixel of every window and its place, the first one in reading order: (y, index)."""
    H, W = x.shape[2:]
    lengths = [count_windows(n, k, stride, padding, ceil_mode) for n, k in zip((H, W), kernel_size)]
    y = np.zeros((*x.shape[:2], *lengths), x.dtype)
    index = np.zeros(y.shape, np.int64)
    for i, j, rows, columns in clipped_windows((H, W), kernel_size, stride, padding, ceil_mode):
        for n, c in np.ndindex(x.shape[:2]):
            row, column = max(
                ((r, s) for r in rows for s in columns), key=lambda at: x[n, c, *at]
            )  # the first of equals
            y[n, c, i, j], index[n, c, i, j] = x[n, c, row, column], row * W + column
    return y, index


def scatter_by_loops(grad, index, size):
    """Every gradient added to the pixel that its index names."""
    grad_x = np.zeros((*grad.shape[:2], size[0] * size[1]), grad.dtype)
    for n, c, i, j in np.ndindex(grad.shape):
        grad_x[n, c, index[n, c, i, j]] += grad[n, c, i, j]
    return grad_x.reshape(*grad.shape[:2], *size)


def average_matrix(size, kernel_size, stride, padding, count_include_pad):
    """Average pooling of one H x W picture as a matrix (oh*ow, H*W), and (oh, ow)."""
    rows = []
    for _, _, down, across in clipped_windows(size, kernel_size, stride, padding):
        area = kernel_size[0] * kernel_size[1] if count_include_pad else len(down) * len(across)
        row = np.zeros(size)
        row[down.start : down.stop, across.start : across.stop] = 1 / area
        rows.append(row.ravel())
    lengths = tuple(count_windows(n, k, stride, padding, False) for n, k in zip(size, kernel_size))
    return np.array(rows), lengths


def average(x, *settings):
    """The means of all windows, through the matrix."""
    matrix, lengths = average_matrix(x.shape[2:], *settings)
    return (x.reshape(-1, matrix.shape[1]) @ matrix.T).reshape(*x.shape[:2], *lengths).astype(x.dtype)


def average_transposed(grad, size, *settings):
    """The transposed matrix times each gradient."""
    matrix, _ = average_matrix(size, *settings)
    return (grad.reshape(-1, matrix.shape[0]) @ matrix).reshape(*grad.shape[:2], *size).astype(grad.dtype)


# --- output_length -------------------------------------------------------------------------------------------------


def by_hand(rng):
    yield Case((4, 2, 2), 2)
    yield Case((5, 2, 2), 2, note="the fifth pixel is left over")
    yield Case((5, 2, 2, 0, True), 3, note="ceil mode: the fifth pixel gets a window")
    yield Case((7, 3, 2), 3)
    yield Case((6, 3, 1), 4)
    yield Case((6, 3, 1, 1), 6)
    yield Case((4, 2, 2, 0, True), 2, note="ceil mode, and nothing is left over")


def all_settings():
    """Every (n, kernel, stride, padding) with small numbers in which a window fits, the short axes first."""
    for n in range(1, 12):
        for kernel in range(1, 5):
            for stride in range(1, 5):
                for padding in range(kernel // 2 + 1):
                    if n + 2 * padding >= kernel:
                        yield n, kernel, stride, padding


def sample(rng, settings, count):
    """`count` of the settings, in their order."""
    return [settings[i] for i in sorted(rng.choice(len(settings), count, replace=False))]


def rounded_up(n, kernel, stride, padding):
    return -(-(n + 2 * padding - kernel) // stride) + 1


def floor_settings(rng):
    for settings in sample(rng, list(all_settings()), 12):
        yield Case((*settings, False), count_windows(*settings, False))


def ceil_settings(rng):
    kept = [s for s in all_settings() if count_windows(*s, True) == rounded_up(*s)]
    more = [s for s in kept if count_windows(*s, False) < count_windows(*s, True)]
    late = [s for s in more if (count_windows(*s, True) - 1) * s[2] >= s[0]]
    yield Case((4, 3, 2, 1, True), 3, note="the last window starts on the last pixel")
    yield Case((7, 3, 2, 0, True), 3, note="nothing is left over")
    yield Case((6, 3, 1, 1, True), 6, note="nothing is left over")
    yield Case((4, 4, 1, 0, True), 1, note="nothing is left over")
    for settings in sample(rng, kept, 6) + sample(rng, more, 6) + sample(rng, late, 4):
        yield Case((*settings, True), count_windows(*settings, True))


def dropped_settings(rng):
    dropped = [s for s in all_settings() if count_windows(*s, True) < rounded_up(*s)]
    padded = [s for s in dropped if s[3] > 0]
    yield Case((3, 2, 2, 1, True), 2, note="a third window would start at 3, in the padding")
    yield Case((5, 1, 3, 0, True), 2, note="a third window would start at 6, beyond the image")
    yield Case((4, 1, 2, 0, True), 2, note="a third window would start at 4, right after the image")
    yield Case((3, 4, 3, 2, True), 2, note="a third window would start at 4, in the padding")
    for settings in sample(rng, dropped, 3) + sample(rng, padded, 5):
        yield Case((*settings, True), count_windows(*settings, True))


def vgg_sizes(rng):
    for n, up, down in ((698, 349, 349), (349, 175, 174), (175, 88, 87), (13, 7, 6)):
        yield Case((n, 2, 2, 0, True), up)
        yield Case((n, 2, 2, 0, False), down)


# --- max_pool2d ----------------------------------------------------------------------------------------------------


FOUR = np.array([[1.0, 3, 2, 1], [4, 2, 0, 5], [1, 1, 6, 8], [0, 2, 9, 7]])[None, None]


def max_by_hand(rng):
    yield Case((FOUR, (2, 2), 2), (np.array([[[[4.0, 5], [2, 9]]]]), np.array([[[[4, 7], [13, 14]]]])))
    y = np.array([[[[6.0, 8], [9, 9]]]])
    yield Case((FOUR, (3, 3), 1), (y, np.array([[[[10, 11], [14, 14]]]])), note="windows that overlap")


def ties(rng):
    square = np.array([[0.0, 5], [5, 0]])[None, None]
    yield Case((square, (2, 2), 2), (np.array([[[[5.0]]]]), np.array([[[[1]]]])), note="row 0 comes before row 1")
    for kernel_size, stride in ((2, 3), 1), ((3, 2), 2), ((2, 2), 2):
        x = rng.integers(0, 3, (2, 3, 5, 7)).astype(float)
        yield Case((x, kernel_size, stride), max_by_loops(x, kernel_size, stride), note="many equal values")
    x = np.maximum(rng.integers(-3, 3, (2, 2, 4, 5)), 0).astype(float)
    x[0, 0, :2, 0] = 0  # the first window sees nothing but zeros
    yield Case((x, (3, 2), 2, 1), max_by_loops(x, (3, 2), 2, 1), note="many zeros, as after a ReLU, and padding")


def negative_pictures(rng):
    x = -np.array([[3.0, 1], [2, 4]])[None, None]
    yield Case((x, (2, 2), 2, 1), max_by_loops(x, (2, 2), 2, 1), note="padding 1 around negative pixels")
    x = x * 1e30
    yield Case((x, (2, 2), 2, 1), max_by_loops(x, (2, 2), 2, 1), note="no number is small enough but -inf")
    for kernel_size, stride, padding in ((3, 3), 2, 1), ((2, 5), 3, 1), ((4, 5), 1, 2):
        x = -1 - rng.random((2, 3, 5, 6))
        yield Case((x, kernel_size, stride, padding), max_by_loops(x, kernel_size, stride, padding))


def max_random(rng):
    settings = ((1, 1, 3, 4), (2, 2), 1, 0), ((1, 2, 5, 6), (3, 2), 2, 0), ((2, 3, 5, 7), (2, 4), 1, 1)
    settings += ((2, 3, 7, 4), (4, 3), 3, 1), ((2, 3, 4, 9), (5, 4), 2, 2), ((3, 2, 8, 5), (1, 2), 2, 0)
    settings += (((1, 1, 2, 3), (6, 7), 1, 3),)
    for shape, *rest in settings:
        x = signed(rng, *shape)
        yield Case((x, *rest), max_by_loops(x, *rest))


def max_ceil(rng):
    x = signed(rng, 1, 1, 5, 5)
    yield Case((x, (2, 2), 2, 0, True), max_by_loops(x, (2, 2), 2, 0, True), note="5 pixels, stride 2")
    for n, stride, note in (5, 2, "nothing is left over"), (4, 3, "the last window hangs over by two pixels"):
        x = signed(rng, 1, 1, n, n)
        yield Case((x, (3, 3), stride, 0, True), max_by_loops(x, (3, 3), stride, 0, True), note=f"ceil mode; {note}")
    settings = ((3, 3), 2, 1), ((2, 3), 2, 1), ((2, 2), 3, 0), ((3, 4), 4, 0), ((4, 2), 3, 1), ((2, 2), 2, 1)
    for (kernel_size, stride, padding), shape in zip(settings, ((2, 3, 6, 7), (1, 2, 5, 8), (2, 3, 7, 6)) * 2):
        x = signed(rng, *shape) - 1
        right = max_by_loops(x, kernel_size, stride, padding, True)
        yield Case((x, kernel_size, stride, padding, True), right, note="ceil mode")


def max_odd(rng):
    for shape, kernel_size, stride, padding, note in (
        ((1, 1, 1, 1), (1, 1), 1, 0, "a picture of one pixel"),
        ((2, 1, 1, 1), (3, 3), 1, 1, "one pixel in a window of 3 x 3"),
        ((1, 2, 1, 6), (1, 2), 4, 0, "stride 4, wider than the window"),
        ((0, 3, 4, 5), (2, 2), 2, 0, "no picture at all"),
    ):
        x = signed(rng, *shape)
        yield Case((x, kernel_size, stride, padding), max_by_loops(x, kernel_size, stride, padding), note=note)
    x = signed(rng, 2, 3, 5, 4).astype(np.float32)
    yield Case((x, (2, 3), 2, 1), max_by_loops(x, (2, 3), 2, 1), note="float32 stays float32")


# --- max_pool2d_backward -------------------------------------------------------------------------------------------


def max_backward_by_hand(rng):
    grad = np.array([[[[1.0, -2], [3, 10]]]])
    right = np.array([[0.0, 0, 0, 0], [1, 0, 0, -2], [0, 0, 0, 0], [0, 3, 10, 0]])[None, None]
    yield Case((grad, np.array([[[[4, 7], [13, 14]]]]), (4, 4)), right)


def winners_of_several(rng):
    grad = np.array([[[[1.0, -2], [3, 10]]]])
    right = np.array([[0.0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, -2], [0, 0, 13, 0]])[None, None]
    yield Case((grad, np.array([[[[10, 11], [14, 14]]]]), (4, 4)), right, note="pixel 14 won two windows: 3 + 10")
    yield scatter_case(rng, (2, 3, 5, 7), (3, 3), 1, 1)
    yield scatter_case(rng, (2, 3, 6, 4), (4, 2), 1, 1)


def scatter_case(rng, shape, kernel_size, stride, padding, ceil_mode=False, dtype=np.float64, note=""):
    _, index = max_by_loops(signed(rng, *shape), kernel_size, stride, padding, ceil_mode)
    grad = signed(rng, *index.shape).astype(dtype)
    return Case((grad, index, shape[2:]), scatter_by_loops(grad, index, shape[2:]), note=note)


def max_backward_random(rng):
    yield scatter_case(rng, (1, 1, 3, 4), (2, 2), 1, 0)
    yield scatter_case(rng, (2, 3, 5, 7), (3, 2), 2, 1)
    yield scatter_case(rng, (3, 2, 7, 5), (2, 3), 3, 0)
    yield scatter_case(rng, (2, 3, 5, 6), (2, 2), 2, 0, True, note="the index is from ceil mode")


def differences(rng):
    for shape, *settings in (
        ((1, 1, 3, 4), (2, 2), 1, 0),
        ((2, 2, 4, 3), (3, 2), 2, 1),
        ((1, 2, 5, 4), (2, 2), 2, 0, True),
    ):
        x = rng.permutation(np.prod(shape)).reshape(shape) / 10  # no two pixels are nearer than the step
        y, index = max_by_loops(x, *settings)
        grad = signed(rng, *y.shape)
        right = numerical_gradient(lambda x, rest=settings: max_by_loops(x, *rest)[0], x, grad)
        yield Case((grad, index, shape[2:]), right, rtol=1e-6)


def max_backward_odd(rng):
    yield scatter_case(rng, (1, 1, 1, 1), (1, 1), 1, 0, note="a picture of one pixel")
    yield scatter_case(rng, (2, 3, 1, 7), (1, 2), 3, 0, note="stride 3, wider than the window")
    yield scatter_case(rng, (0, 2, 4, 5), (2, 2), 2, 0, note="no picture at all")
    yield scatter_case(rng, (2, 3, 4, 5), (2, 2), 1, 0, dtype=np.float32, note="float32 stays float32")


# --- AvgPool2d -----------------------------------------------------------------------------------------------------


def forward(AvgPool2d, x, kernel_size, stride, padding=0, count_include_pad=True):
    return AvgPool2d(kernel_size, stride, padding, count_include_pad).forward(x)


def backward(AvgPool2d, x, grad, kernel_size, stride, padding=0, count_include_pad=True):
    pool = AvgPool2d(kernel_size, stride, padding, count_include_pad)
    pool.forward(x)
    return pool.backward(grad)


def second_picture(AvgPool2d, first, x, grad, kernel_size, stride, padding, count_include_pad):
    pool = AvgPool2d(kernel_size, stride, padding, count_include_pad)
    pool.forward(first)
    y = pool.forward(x)
    return y, pool.backward(grad)


def two_pools(AvgPool2d, first, second, x, other, grad, other_grad):
    pool, another = AvgPool2d(*first), AvgPool2d(*second)
    y, other_y = pool.forward(x), another.forward(other)
    return y, other_y, pool.backward(grad), another.backward(other_grad)


def with_defaults(AvgPool2d, x, kernel_size, stride):
    return AvgPool2d(kernel_size, stride).forward(x), AvgPool2d(kernel_size, stride, 1).forward(x)


NINE = np.arange(1.0, 10).reshape(1, 1, 3, 3)


def average_by_hand(rng):
    yield Case((NINE, (2, 2), 1), np.array([[[[3.0, 4], [6, 7]]]]))
    pixels = np.array([[4.0, 8], [12, 16]])[None, None]
    yield Case((pixels, (2, 2), 2, 1), np.array([[[[1.0, 2], [3, 4]]]]), note="three zeros in every window")
    yield Case((pixels, (2, 2), 2, 1, False), pixels, note="the zeros of the padding do not count")
    zeros = np.array([[0.0, 6], [3, 0]])[None, None]
    right = average(zeros, (2, 2), 1, 1, False)
    yield Case((zeros, (2, 2), 1, 1, False), right, note="but the zeros of the picture do")


def average_defaults(rng):
    right = average(NINE, (2, 2), 1, 0, True), average(NINE, (2, 2), 1, 1, True)
    yield Case((NINE, (2, 2), 1), right, note="no padding, then padding 1, whose zeros count")


AVERAGES = (
    ((1, 1, 3, 4), (2, 2), 1, 0),
    ((2, 3, 5, 7), (3, 2), 2, 1),
    ((2, 3, 6, 4), (2, 3), 1, 1),
    ((3, 2, 7, 8), (4, 5), 3, 2),
    ((2, 3, 5, 6), (1, 2), 3, 0),
)
ODD_AVERAGES = (
    ((1, 1, 1, 1), (1, 1), 1, 0),
    ((2, 1, 1, 1), (3, 3), 1, 1),
    ((1, 2, 1, 6), (1, 2), 4, 0),
    ((0, 3, 4, 5), (2, 2), 2, 1),
)


def averages(settings, count_include_pad, dtype=np.float64):
    """Cases of `forward` at these settings."""

    def cases(rng):
        for shape, *rest in settings:
            x = signed(rng, *shape).astype(dtype)
            yield Case((x, *rest, count_include_pad), average(x, *rest, count_include_pad))

    return cases


def spread_case(rng, shape, *settings, dtype=np.float64, note=""):
    x = signed(rng, *shape).astype(dtype)
    grad = signed(rng, *average(x, *settings).shape).astype(dtype)
    return Case((x, grad, *settings), average_transposed(grad, shape[2:], *settings), note=note)


def average_backward_by_hand(rng):
    grad = np.array([[4.0, 8], [-4, 12]])[None, None]
    right = np.array([[1.0, 3, 2], [0, 5, 5], [-1, 2, 3]])[None, None]
    yield Case((NINE, grad, (2, 2), 1), right, note="the middle pixel is in all four windows: 1 + 2 - 1 + 3")


def average_backward(rng):
    for shape, *rest in AVERAGES:
        yield spread_case(rng, shape, *rest, True)


def average_backward_without_padding(rng):
    for shape, *rest in AVERAGES:
        yield spread_case(rng, shape, *rest, False)


def average_differences(rng):
    for settings in ((2, 3), 2, 1, True), ((3, 2), 1, 1, False):
        x = signed(rng, 2, 2, 4, 5)
        grad = signed(rng, *average(x, *settings).shape)
        right = numerical_gradient(lambda x, settings=settings: average(x, *settings), x, grad)
        yield Case((x, grad, *settings), right, rtol=1e-6)


def average_backward_odd(rng):
    for shape, *rest in ODD_AVERAGES:
        yield spread_case(rng, shape, *rest, True)
    yield spread_case(rng, (2, 3, 5, 4), (2, 3), 2, 1, False, dtype=np.float32, note="float32 stays float32")


def two_pictures(rng):
    for settings in ((2, 3), 2, 1, False), ((3, 2), 1, 1, True):
        first, x = signed(rng, 1, 2, 4, 4), signed(rng, 2, 3, 5, 7)
        y = average(x, *settings)
        grad = signed(rng, *y.shape)
        yield Case((first, x, grad, *settings), (y, average_transposed(grad, (5, 7), *settings)))


def interleaved(rng):
    same = (2, 3), 1, 0, True
    for first, second, other_size, note in (
        (same, same, (6, 7), "two poolings alike; the second sees a larger picture"),
        (((3, 2), 1, 0, True), ((2, 2), 2, 0, True), (4, 5), "two poolings with different windows and strides"),
        (((2, 2), 2, 1, True), ((2, 2), 2, 1, False), (4, 5), "for one the padding counts, for the other it does not"),
    ):
        x, other = signed(rng, 1, 2, 4, 5), signed(rng, 1, 2, *other_size)
        y, other_y = average(x, *first), average(other, *second)
        grad, other_grad = signed(rng, *y.shape), signed(rng, *other_y.shape)
        back = average_transposed(grad, (4, 5), *first), average_transposed(other_grad, other_size, *second)
        yield Case((first, second, x, other, grad, other_grad), (y, other_y, *back), note=note)


EXERCISES = [
    Exercise(
        "output_length",
        (
            Property("the worked examples", by_hand),
            Property("counts the windows that fit", floor_settings),
            Property("ceil mode: a window for the pixels that are left over", ceil_settings),
            Property("ceil mode: no window starts beyond the image's last pixel", dropped_settings),
            Property("the sizes of the paper's nets, rounded up and down", vgg_sizes),
        ),
        hints=(
            "The last window that fits starts at most n + 2p - k steps after the first. How many strides is that?",
            "Python's // rounds down. To round up without floats: -(-a // b).",
            "Window number m - 1 starts at pixel (m - 1) * stride - padding. If that is n or more, it sees no pixel.",
        ),
    ),
    Exercise(
        "max_pool2d",
        (
            Property("the worked examples: windows of 2 x 2 and of 3 x 3", max_by_hand, points=2),
            Property("of equal pixels the first in reading order wins", ties),
            Property("the padding never wins, even if all pixels are negative", negative_pictures, points=2),
            Property("equals the loops on random shapes", max_random, points=2),
            Property("ceil mode: windows that hang over the edge", max_ceil, points=2),
            Property("odd shapes: one pixel, a wide stride, no picture, float32", max_odd),
        ),
        uses=("10.output_length",),
        hints=(
            "Two loops are enough, over the windows (u, v); all pictures and channels can be done together with [:, :, ...].",
            "Pad with -np.inf; in ceil mode the last window may hang over by less than one more stride.",
            (
                "Pad an array of the places 0 ... H*W - 1 in the same way as x. The same slice that cuts a window out of x"
                " then cuts out the places of its pixels; reshape both to one axis and use argmax."
            ),
        ),
    ),
    Exercise(
        "max_pool2d_backward",
        (
            Property("the worked example: four windows, four winners", max_backward_by_hand),
            Property("a pixel that won several windows gets the sum", winners_of_several, points=2),
            Property("equals the loops on random shapes", max_backward_random, points=2),
            Property("equals finite differences, with gradients of both signs", differences, points=2),
            Property("odd shapes: one pixel, a wide stride, no picture, float32", max_backward_odd),
        ),
        hints=(
            "Start with zeros of shape (N, C, H*W): an index names a place in this flat picture.",
            "a[index] += v adds only once where index names a place twice. np.add.at(a, index, v) adds every time.",
            (
                "np.indices(grad.shape) gives for every entry its n and its c; together with index they name a place in"
                " the zeros."
            ),
        ),
    ),
    Exercise(
        "AvgPool2d",
        (
            Property("forward: the worked examples", average_by_hand, probe=forward),
            Property("forward: the padding counts as zeros", averages(AVERAGES, True), probe=forward),
            Property("forward: the padding does not count", averages(AVERAGES, False), probe=forward),
            Property("forward: odd shapes", averages(ODD_AVERAGES, True), probe=forward),
            Property("forward: float32 stays float32", averages(AVERAGES[1:3], False, np.float32), probe=forward),
            Property("forward: no padding, and its zeros count, unless told otherwise", average_defaults, probe=with_defaults),
            Property("backward: the worked example", average_backward_by_hand, probe=backward),
            Property("backward: each pixel gets its share of every window", average_backward, points=2, probe=backward),
            Property("backward: the padding does not count", average_backward_without_padding, probe=backward),
            Property("backward: equals finite differences", average_differences, points=2, probe=backward),
            Property("backward: odd shapes, and float32", average_backward_odd, probe=backward),
            Property("a second picture of another size", two_pictures, probe=second_picture),
            Property("two poolings do not disturb each other", interleaved, probe=two_pools),
        ),
        optional=True,
        uses=("10.output_length",),
        hints=(
            (
                "As in max_pool2d, two loops over the windows (u, v) are enough. Cut the window out of x without padding:"
                " a slice may end beyond the picture, but must not start before it, so take max(u * s - p, 0)."
            ),
            (
                "forward has to remember the picture's size, for the shape of the gradient, and what each window was"
                " divided by."
            ),
            "backward runs over the same windows: grad_x[the same slices] += grad[:, :, u : u + 1, v : v + 1] / area.",
        ),
    ),
]
