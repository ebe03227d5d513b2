"""What the answers of lesson 16 must do. The right values come from loops over windows, taps and units."""

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import signed

# --- The simple twins ----------------------------------------------------------------------------------------------


def windows_of(x, window, stride):
    """(u, v, window (N, C, kh, kw)) of every whole window."""
    (kh, kw), (_, _, H, W) = window, x.shape
    u = 0
    while u * stride + kh <= H:
        v = 0
        while v * stride + kw <= W:
            yield u, v, x[:, :, u * stride : u * stride + kh, v * stride : v * stride + kw]
            v += 1
        u += 1


def slid(score, x, window, stride):
    """The maps of `score`, a function from one window (C, kh, kw) to a vector."""
    found = {}
    for u, v, batch in windows_of(x, window, stride):
        for n, one in enumerate(batch):
            found[n, u, v] = score(one)
    oh, ow = 1 + max(u for _, u, _ in found), 1 + max(v for _, _, v in found)
    scores = np.zeros((len(x), len(found[0, 0, 0]), oh, ow), found[0, 0, 0].dtype)
    for (n, u, v), vector in found.items():
        scores[n, :, u, v] = vector
    return scores


def convolved(weight, kernel_size, x):
    """The results of the fully connected layer on every window of x, stride 1."""
    return slid(lambda one: np.array([np.sum(row * one.ravel()) for row in weight]), x, kernel_size, 1)


def kernels_of(weight, kernel_size):
    """Tap by tap."""
    (out, n), (kh, kw) = weight.shape, kernel_size
    kernels = np.zeros((out, n // (kh * kw), kh, kw), weight.dtype)
    for k in range(out):
        for position, tap in enumerate(np.ndindex(kernels.shape[1:])):
            kernels[(k, *tap)] = weight[k, position]
    return kernels


def count_windows(n, kernel, stride, padding, rounds_up):
    count = 0
    while count * stride + kernel <= n + 2 * padding:
        count += 1
    rest = n + 2 * padding - (count - 1) * stride - kernel if count else 0
    return count + (rounds_up and rest > 0)


def counted(layers, size):
    """The multiply-adds of all units, or "ValueError"; the windows of each axis are counted one by one."""
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = count_windows(H, kernel, stride, padding, kind == "pool")
        W = count_windows(W, kernel, stride, padding, kind == "pool")
        if not H or not W:
            return "ValueError"
        if kind == "conv":
            taps = len(list(np.ndindex(C, kernel, kernel)))
            total += taps * H * W * channels
        C = channels
    return total


# --- slide ---------------------------------------------------------------------------------------------------------


def with_corners(slide, x, window, stride):
    """Four scores of a window: its sum, its first number, channel 0's last one, and twice the last of all."""

    def classify(windows):
        ends = windows[:, 0, 0, 0], windows[:, 0, -1, -1], 2 * windows[:, -1, -1, -1]
        return np.stack([windows.sum(axis=(1, 2, 3)), *ends], axis=1)

    return slide(classify, x, window, stride)


def corners_of(x, window, stride):
    return slid(lambda w: np.array([w.sum(), w[0, 0, 0], w[0, -1, -1], 2 * w[-1, -1, -1]]), x, window, stride)


def with_weights(slide, x, window, stride, weight):
    """A small network: one fully connected layer and a tanh."""

    def classify(windows):
        return np.tanh(windows.reshape(len(windows), -1) @ weight.T)

    return slide(classify, x, window, stride)


TYPED = """\
def classify(windows):
    ends = windows[:, 0, 0, 0], windows[:, 0, -1, -1], 2 * windows[:, -1, -1, -1]
    return np.stack([windows.sum(axis=(1, 2, 3)), *ends], axis=1)
x = np.arange(1.0, {end}).reshape{shape}
slide(classify, x, {window}, {stride})"""


def corner_case(x, window, stride, note="", typed=""):
    return Case((x, window, stride), corners_of(x, window, stride), note=note, typed=typed)


def counting_case(shape, window, stride, note):
    x = np.arange(1.0, np.prod(shape) + 1).reshape(shape)
    typed = TYPED.format(end=x.size + 1.0, shape=shape, window=window, stride=stride)
    return corner_case(x, window, stride, note, typed)


def slide_by_hand(rng):
    yield counting_case((1, 1, 3, 3), (2, 2), 1, "the picture 1 to 9, windows of 2 x 2")
    yield counting_case((1, 1, 3, 4), (2, 2), 1, "the picture 1 to 12")
    yield counting_case((1, 1, 4, 4), (2, 2), 2, "stride 2")
    yield counting_case((1, 1, 3, 5), (2, 3), 2, "stride 2, windows of 2 x 3: a row is left over")


def slide_strides(rng):
    for size, window, stride, note in (
        ((6, 9), (2, 3), 2, "stride 2: one column is left over"),
        ((7, 11), (3, 2), 3, "stride 3"),
        ((5, 7), (1, 2), 4, "a stride larger than the window"),
        ((8, 6), (3, 4), 1, ""),
    ):
        yield corner_case(signed(rng, 1, 2, *size), window, stride, note)


def slide_batches(rng):
    for shape, window, stride in ((2, 3, 4, 6), (2, 3), 1), ((3, 2, 7, 5), (3, 2), 2), ((2, 1, 3, 8), (2, 4), 1):
        x, (kh, kw) = signed(rng, *shape), window
        weight = signed(rng, 4 + shape[1], shape[1] * kh * kw) / np.sqrt(shape[1] * kh * kw)
        expected = slid(lambda w, m=weight: np.tanh([np.sum(row * w.ravel()) for row in m]), x, window, stride)
        yield Case((x, window, stride, weight), expected)
    x, weight = rng.integers(-3, 4, (2, 2, 3, 5)), signed(rng, 3, 8)
    expected = slid(lambda w: np.tanh([np.sum(row * w.ravel()) for row in weight]), x, (2, 2), 1)
    yield Case((x, (2, 2), 1, weight), expected, note="a picture of ints, scores that are not")


def slide_edges(rng):
    yield corner_case(signed(rng, 2, 3, 4, 5), (4, 5), 3, "one window, the picture itself")
    yield corner_case(signed(rng, 1, 2, 3, 4), (1, 1), 1, "windows of one pixel")
    yield corner_case(signed(rng, 1, 1, 1, 1), (1, 1), 2, "a picture of one pixel")
    yield corner_case(signed(rng, 2, 1, 2, 7), (2, 3), 2, "a single row of windows")
    x = signed(rng, 1, 2, 5, 4).astype(np.float32)
    yield Case((x, (2, 3), 1), corners_of(x, (2, 3), 1), note="float32")
    yield corner_case(rng.integers(-9, 10, (2, 2, 3, 4)), (2, 3), 1, "a picture of ints, and scores of ints")


# --- convolutionalize ----------------------------------------------------------------------------------------------


def kernels_by_hand(rng):
    yield Case((np.array([[1.0, 2, 3, 4]]), (2, 2)), np.array([[[[1.0, 2], [3, 4]]]]), note="one channel, 2 x 2")
    row = np.array([[1.0, 2, 3, 4, 5, 6]])
    yield Case((row, (1, 3)), np.array([[[[1.0, 2, 3]], [[4, 5, 6]]]]), note="two channels, 1 x 3")
    yield Case((row, (2, 1)), np.array([[[[1.0], [2]], [[3], [4]], [[5], [6]]]]), note="three channels, 2 x 1")
    yield Case((row, (2, 3)), np.array([[[[1.0, 2, 3], [4, 5, 6]]]]), note="one channel, 2 x 3")
    yield Case((np.array([[1.0, 2], [3, 4], [5, 6]]), (1, 1)), np.array([[[[1.0]], [[2]]], [[[3]], [[4]]], [[[5]], [[6]]]]),
               note="vectors: 1 x 1")  # fmt: skip


def kernels_of_any_shape(rng):
    for out, C, kh, kw in (2, 3, 2, 4), (5, 2, 3, 2), (3, 4, 5, 1), (4, 1, 2, 3), (1, 6, 3, 3), (2, 5, 1, 1):
        weight = signed(rng, out, C * kh * kw)
        yield Case((weight, (kh, kw)), kernels_of(weight, (kh, kw)))
    weight = signed(rng, 3, 12).astype(np.float32)
    yield Case((weight, (3, 2)), kernels_of(weight, (3, 2)), note="float32")


def kernel_on_windows(rng):
    for out, C, kh, kw, H, W in (2, 3, 2, 3, 2, 3), (4, 2, 3, 2, 5, 4), (3, 5, 1, 1, 2, 3):
        weight, x = signed(rng, out, C * kh * kw), signed(rng, 2, C, H, W)
        note = "one window: the layer itself" if (kh, kw) == (H, W) else ""
        yield Case((weight, (kh, kw), x), convolved(weight, (kh, kw), x), note=note)


def as_convolution(convolutionalize, weight, kernel_size, x):
    """The convolution of x with the kernels, at stride 1."""
    kernels = convolutionalize(weight, kernel_size)
    if np.shape(kernels)[1:] != (x.shape[1], *kernel_size):
        return f"a weight of the shape {np.shape(kernels)}"
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel_size, axis=(2, 3))
    return np.einsum("ncuvij,kcij->nkuv", windows, kernels)


def wrong_kernel_sizes(rng):
    for out, n, kernel_size in (2, 10, (2, 2)), (2, 7, (1, 3)), (2, 9, (2, 1)), (2, 5, (3, 2)), (4, 10, (2, 2)):
        typed = f"convolutionalize(np.ones(({out}, {n})), {kernel_size})"
        yield Case((signed(rng, out, n), kernel_size), "ValueError", note=f"rows of {n} weights", typed=typed)


def weight_or_refusal(convolutionalize, weight, kernel_size):
    try:
        return convolutionalize(weight, kernel_size)
    except ValueError:
        return "ValueError"


# --- cost ----------------------------------------------------------------------------------------------------------

SMALL = [("conv", 8, 3, 1, 0), ("pool", 8, 2, 2, 0), ("conv", 16, 3, 1, 0), ("pool", 16, 2, 2, 0),
         ("conv", 32, 4, 1, 0), ("conv", 8, 1, 1, 0)]  # fmt: skip
ALEXNET = [("conv", 96, 11, 4, 0), ("pool", 96, 3, 2, 0), ("conv", 256, 5, 1, 2), ("pool", 256, 3, 2, 0),
           ("conv", 384, 3, 1, 1), ("conv", 384, 3, 1, 1), ("conv", 256, 3, 1, 1), ("pool", 256, 3, 2, 0),
           ("conv", 4096, 6, 1, 0), ("conv", 4096, 1, 1, 0), ("conv", 1000, 1, 1, 0)]  # fmt: skip


def cost_or_refusal(cost, layers, size):
    try:
        return cost(layers, size)
    except ValueError:
        return "ValueError"


def cost_case(layers, size, note=""):
    return Case((layers, size), counted(layers, size), note=note)


def costs_by_hand(rng):
    yield Case(([("conv", 2, 3, 1, 0)], (3, 5, 6)), 648, note="2 * 3 * 4 places * 27")
    yield Case(([("conv", 4, 1, 1, 0)], (5, 2, 3)), 120, note="1 x 1: 4 * 2 * 3 * 5")
    yield Case(([("conv", 8, 3, 1, 0), ("pool", 8, 2, 2, 0), ("conv", 2, 1, 1, 0)], (3, 5, 6)), 2656)
    yield Case(([("pool", 3, 2, 2, 0)], (3, 8, 6)), 0, note="a pooling alone")
    yield Case(([], (3, 8, 6)), 0, note="no layer")


def costs_of_one(rng):
    for layer, size in (
        (("conv", 3, 2, 1, 0), (5, 7, 4)), (("conv", 2, 3, 1, 1), (1, 4, 7)), (("conv", 3, 5, 1, 2), (2, 6, 9)),
        (("conv", 5, 3, 2, 0), (2, 8, 11)), (("conv", 7, 4, 3, 2), (2, 9, 6)), (("conv", 1, 1, 2, 0), (6, 4, 5)),
    ):  # fmt: skip
        yield cost_case([layer], size)


def costs_of_stacks(rng):
    yield cost_case([("conv", 4, 3, 1, 0), ("conv", 5, 2, 1, 0)], (3, 6, 8), "two convolutions")
    yield cost_case([("pool", 2, 2, 2, 0), ("conv", 3, 1, 1, 0)], (2, 7, 5), "a pooling rounds up")
    yield cost_case([("conv", 3, 3, 2, 0), ("conv", 4, 1, 1, 0)], (2, 8, 10), "a convolution rounds down")
    yield cost_case([("pool", 2, 3, 2, 1), ("conv", 3, 1, 1, 0)], (2, 7, 8), "a pooling with padding")
    yield cost_case(
        [("conv", 6, 3, 2, 1), ("pool", 6, 3, 2, 0), ("conv", 2, 3, 1, 1), ("conv", 7, 2, 1, 0)], (3, 17, 22)
    )
    for _ in range(3):
        layers, C = [], int(rng.integers(2, 5))
        size = C, int(rng.integers(30, 40)), int(rng.integers(41, 50))
        for kind in rng.permutation(["conv", "conv", "conv", "pool"]):
            kernel = 2 if kind == "pool" else int(rng.integers(2, 5))
            C = C if kind == "pool" else C + int(rng.integers(1, 5))
            layers.append((str(kind), C, kernel, 2 if kind == "pool" else 1, 0 if kind == "pool" else 1))
        yield cost_case(layers, size)


def costs_of_nets(rng):
    yield Case((SMALL, (3, 22, 22)), 168_576, note="the lesson's network, one window")
    yield Case((SMALL, (3, 58, 58)), 2_300_928, note="the lesson's network, one pass")
    yield Case((ALEXNET, (3, 227, 227)), 1_135_256_096, note="AlexNet in one tower, one window")
    yield Case((ALEXNET, (3, 500, 500)), 11_462_511_392, note="AlexNet in one tower, one pass")


def costs_that_are_none(rng):
    for layers, size, note in (
        ([("pool", 3, 2, 2, 0), ("conv", 2, 4, 1, 0)], (3, 6, 12), "3 rows for a kernel of 4"),
        ([("pool", 3, 2, 2, 0), ("conv", 2, 4, 1, 0)], (3, 12, 6), "3 columns for a kernel of 4"),
        ([("conv", 2, 5, 1, 0)], (1, 2, 2), "too small both ways"),
        ([("conv", 3, 1, 1, 0), ("pool", 3, 4, 2, 0)], (3, 1, 5), "a pooling of 4 on one row"),
        (SMALL, (3, 12, 22), "12 rows leave 1 for the kernel of 4"),
        ([("conv", 2, 5, 1, 0), ("conv", 3, 1, 1, 2)], (1, 2, 7), "the first kernel does not fit, the second would"),
    ):
        yield Case((layers, size), "ValueError", note=note, typed=f"cost({layers}, {size})")
    yield Case(([("conv", 2, 5, 1, 2)], (1, 1, 3)), 150, note="with its padding it fits")


EXERCISES = [
    Exercise(
        "slide",
        (
            Property("the worked examples", slide_by_hand, points=2, probe=with_corners),
            Property(
                "windows start at multiples of the stride, and all are whole",
                slide_strides,
                points=2,
                probe=with_corners,
            ),
            Property("several pictures, channels and classes", slide_batches, points=2, probe=with_weights),
            Property("one window, one pixel, float32, ints", slide_edges, probe=with_corners),
        ),
        uses=("10.output_length",),
        hints=(
            "Two loops, over the rows and the columns at which a window can begin: range(0, H - kh + 1, stride).",
            "classify(x[:, :, top : top + kh, left : left + kw]) has the scores of this window for all N pictures.",
            (
                "A list of lists of these, as an array, has the axes (oh, ow, N, classes). Bring them into the order"
                " (N, classes, oh, ow) with transpose(2, 3, 0, 1)."
            ),
        ),
    ),
    Exercise(
        "convolutionalize",
        (
            Property("the worked examples", kernels_by_hand, points=2),
            Property("any number of kernels and channels, any kernel size", kernels_of_any_shape, points=2),
            Property("gives the layer's results on every window", kernel_on_windows, points=2, probe=as_convolution),
            Property("a size that does not fit: ValueError", wrong_kernel_sizes, probe=weight_or_refusal),
        ),
        hints=(
            "Each row of the weight becomes one kernel, with the same numbers in the same order: C, then kh, then kw.",
            "How many channels are there? A row has C * kh * kw numbers, so divide its length by kh * kw.",
            "weight.reshape(out, C, kh, kw): no transpose, since NumPy's order is the order of flattening.",
        ),
    ),
    Exercise(
        "cost",
        (
            Property("the worked examples", costs_by_hand, points=2),
            Property("one convolution: any kernel, stride and padding", costs_of_one, points=2),
            Property("channels and sizes pass from layer to layer", costs_of_stacks, points=2),
            Property("the networks of the lesson", costs_of_nets),
            Property("a kernel that does not fit: ValueError", costs_that_are_none, probe=cost_or_refusal),
        ),
        uses=("10.output_length",),
        hints=(
            "Walk through the layers, and keep the number of channels and the size that come out of each.",
            "A convolution adds channels * oh * ow * C * kernel ** 2, where C is what goes in; a pooling adds nothing.",
            (
                "The new height is output_length(H, kernel, stride, padding, ceil_mode=kind == 'pool'). After the sum,"
                " C = channels."
            ),
        ),
    ),
]
