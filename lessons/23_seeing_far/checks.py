"""What the answers of lesson 23 must do. The right values come from windows, pixel by pixel, on the padded picture.

A net that is shifted and stitched is one layer: the right answer is that layer with stride 1. Read mistakes.py next.
"""

import numpy as np

from minifcn.course.convolutions import numbers
from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import numerical_gradient, signed

# --- The simple twins ------------------------------------------------------------------------------------------------


def dilated(x, weight, d, p):
    """Output by output, sums over the taps that are on the picture."""
    (N, _, H, W), (K, _, kh, kw) = x.shape, weight.shape
    y = np.zeros((N, K, H + 2 * p - d * (kh - 1), W + 2 * p - d * (kw - 1)), x.dtype)
    for u, v in np.ndindex(y.shape[2:]):
        for i, j in np.ndindex(kh, kw):
            row, column = u + d * i - p, v + d * j - p
            if 0 <= row < H and 0 <= column < W:
                y[:, :, u, v] += x[:, :, row, column] @ weight[:, :, i, j].T
    return y


def of_window(window, weight):
    """One unit of the layer: weighted sums of its window, or its maxima."""
    return window.max(axis=(2, 3)) if weight is None else np.einsum("ncij,kcij->nk", window, weight)


def dense(x, weight, kernel, factor):
    """The layer with stride 1, as many units as the strided one has, times `factor`."""
    (N, C, H, W), far = x.shape, kernel + factor
    padded = np.zeros((N, C, H + far, W + far), x.dtype)
    padded[:, :, :H, :W] = x
    h, w = (factor * ((n - kernel) // factor + 1) for n in (H, W))
    y = np.zeros((N, C if weight is None else len(weight), h, w), x.dtype)
    for u, v in np.ndindex(h, w):
        y[:, :, u, v] = of_window(padded[:, :, u : u + kernel, v : v + kernel], weight)
    return y


def tent(n, m):
    """(n, m): how much each of m means has in each of n units, when they are interpolated between their middles."""
    place = np.clip((np.arange(n) + 0.5) * m / n - 0.5, 0, m - 1)
    return np.maximum(0, 1 - abs(place[:, None] - np.arange(m)))


def covering(n, m):
    """(m, n): the mean of window i is a weighted sum of n units; they are counted one by one."""
    weights = np.zeros((m, n))
    for i, unit in np.ndindex(m, n):
        weights[i, unit] = i * n < m * (unit + 1) and m * unit < (i + 1) * n  # the two intervals share more than a point
    return weights / weights.sum(axis=1, keepdims=True)


def pyramid(x, bins):
    levels = [x]
    for m in bins:
        rows, columns = (tent(n, m) @ covering(n, m) for n in x.shape[2:])
        levels.append(np.einsum("ur,ncrs,vs->ncuv", rows, x, columns).astype(x.dtype))
    return np.concatenate(levels, axis=1)


# --- shift_and_stitch ------------------------------------------------------------------------------------------------


def stitch(shift_and_stitch, x, weight, kernel, factor):
    """Stitch a layer of this stride that sums with `weight` (K, C, k, k), or takes the largest of k x k if it is None."""

    def net(pictures):
        h, w = ((n - kernel) // factor + 1 for n in pictures.shape[2:])
        channels = pictures.shape[1] if weight is None else len(weight)
        y = np.zeros((len(pictures), channels, h, w), pictures.dtype)
        for i, j in np.ndindex(h, w):
            window = pictures[:, :, factor * i : factor * i + kernel, factor * j : factor * j + kernel]
            y[:, :, i, j] = window.max(axis=(2, 3)) if weight is None else np.einsum("ncij,kcij->nk", window, weight)
        return y

    return shift_and_stitch(net, x, factor)


def sizes_that_net_sees(shift_and_stitch, shape, factor):
    """The shapes of all pictures that the net is given, each once, without the number of pictures."""
    seen = set()

    def net(pictures):
        seen.add(tuple(pictures.shape[1:]))
        return pictures[:, :, ::factor, ::factor]

    shift_and_stitch(net, np.ones(shape), factor)
    return [list(shape) for shape in sorted(seen)]


ONE = np.ones((1, 1, 1, 1))
ROW = np.array([[3.0, 1, 4, 1, 5, 9, 2, 6]] * 2)[None, None]
MAX = """row = [3.0, 1, 4, 1, 5, 9, 2, 6]
max_pool = lambda x: x.reshape(1, 1, 1, 2, 4, 2).max(axis=(3, 5))
shift_and_stitch(max_pool, np.array([[[row, row]]]), 2)"""
PICK = """x = np.array([[[{}]]])
shift_and_stitch(lambda x: x[:, :, ::{f}, ::{f}], x, {f})"""


def stitched_by_hand(rng):
    right = np.array([[3.0, 4, 4, 5, 9, 9, 6, 6]] * 2)[None, None]
    yield Case((ROW, None, 2, 2), right, note="the pooled row of section 1, twice", typed=MAX)
    x = np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]])[None, None]
    line = PICK.format("[1.0, 2, 3, 4], [5, 6, 7, 8]", f=2)
    yield Case((x, ONE, 1, 2), x, note="a net that picks every second pixel: the picture itself", typed=line)
    x = np.arange(1.0, 10).reshape(1, 1, 3, 3)
    line = PICK.format("[1.0, 2, 3], [4, 5, 6], [7, 8, 9]", f=3)
    yield Case((x, ONE, 1, 3), x, note="a net that picks every third pixel", typed=line)
    x = np.array([[1.0, 2, 4], [3, 6, 5]])[None, None]
    line = "shift_and_stitch(lambda x: 2 * x, np.array([[[[1.0, 2, 4], [3, 6, 5]]]]), 1)"
    yield Case((x, 2 * ONE, 1, 1), 2 * x, note="factor 1: a single pass", typed=line)


def stitched(settings, dtype=np.float64):
    """A property's cases: (N, C, (H, W), K, kernel, factor), what is special; K = 0 is a max pooling."""

    def cases(rng):
        for (N, C, size, K, kernel, factor), note in settings:
            x = signed(rng, N, C, *size).astype(dtype)
            weight = signed(rng, K, C, kernel, kernel).astype(dtype) if K else None
            yield Case((x, weight, kernel, factor), dense(x, weight, kernel, factor), note=note)

    return cases


PICKED = [
    ((1, 1, (2, 4), 1, 1, 2), "every second pixel"),
    ((1, 1, (4, 2), 1, 1, 2), "every second pixel, taller than wide"),
    ((2, 3, (3, 6), 3, 1, 3), "every third pixel, two pictures of three channels"),
]
LAYERS = [
    ((1, 1, (3, 5), 1, 2, 2), "a kernel of 2 x 2, sizes that 2 does not divide"),
    ((2, 2, (5, 8), 3, 3, 2), "from two channels to three"),
    ((3, 2, (7, 6), 1, 2, 3), "stride 3, wider than the kernel"),
    ((1, 3, (9, 11), 2, 5, 4), "a kernel of 5 x 5 at stride 4"),
]
POOLINGS = [
    ((1, 1, (4, 6), 0, 2, 2), "max pooling"),
    ((2, 3, (6, 9), 0, 3, 3), "max pooling of 3 x 3"),
    ((1, 2, (7, 5), 0, 3, 2), "max pooling whose windows overlap"),
]
STITCH_ODD = [
    ((1, 1, (2, 2), 1, 2, 2), "one window"),
    ((1, 2, (1, 1), 1, 1, 4), "one pixel, and passes that see nothing but zeros"),
    ((1, 1, (1, 5), 1, 1, 3), "a picture of one row"),
    ((0, 2, (4, 6), 3, 2, 2), "no pictures: N = 0"),
]


def whole_pictures(rng):
    for shape, factor in (((1, 1, 4, 6), 2), ((2, 3, 5, 7), 3)):
        line = f"net = lambda x: print(x.shape) or x[:, :, ::{factor}, ::{factor}]\nshift_and_stitch(net, np.ones({shape}), {factor})"
        yield Case((shape, factor), [list(shape[1:])], note="(C, H, W) of all pictures that the net sees", typed=line)


# --- dilated_conv2d --------------------------------------------------------------------------------------------------


def dilated_by_hand(rng):
    row, weight = np.arange(1.0, 6).reshape(1, 1, 1, 5), np.array([1.0, 10, 100]).reshape(1, 1, 1, 3)
    yield Case((row, weight), np.array([321.0, 432, 543]).reshape(1, 1, 1, 3), note="dilation 1")
    yield Case((row, weight, 2), np.array([[[[531.0]]]]), note="dilation 2")
    right = np.zeros((1, 1, 5, 5))
    right[0, 0, 2] = 310, 420, 531, 42, 53
    yield Case((row, weight, 2, 2), right, note="padding 2, above and below, too")
    column = np.arange(1.0, 5).reshape(1, 1, 4, 1)
    yield Case((column, weight[..., :2].reshape(1, 1, 2, 1), 3), np.array([[[[41.0]]]]), note="dilation 3, a column")


def convolved(settings, dtype=np.float64):
    """A property's cases: (N, C, (H, W), K, (kh, kw), d, p), what is special."""

    def cases(rng):
        for (N, C, size, K, kernel_size, d, p), note in settings:
            x, weight = numbers(rng, N, C, *size).astype(dtype), numbers(rng, K, C, *kernel_size).astype(dtype)
            given = {"dilation": d} | ({"padding": p} if p else {})
            yield Case((x, weight), dilated(x, weight, d, p), given, note)

    return cases


UNDILATED = [
    ((1, 1, (2, 3), 1, (2, 2), 1, 0), "dilation 1"),
    ((2, 3, (5, 4), 2, (3, 2), 1, 1), "dilation 1, padding 1, several of everything"),
]
DILATED = [
    ((1, 1, (1, 4), 1, (1, 2), 2, 0), "dilation 2, one row"),
    ((1, 1, (4, 1), 1, (2, 1), 2, 0), "dilation 2, one column"),
    ((1, 1, (3, 4), 1, (2, 2), 2, 0), "dilation 2"),
    ((1, 2, (3, 4), 1, (2, 2), 2, 0), "dilation 2, two channels"),
    ((1, 1, (4, 5), 2, (2, 2), 3, 0), "dilation 3, two kernels"),
    ((2, 2, (6, 9), 2, (3, 2), 2, 0), "two of each, a kernel of 3 x 2"),
    ((3, 2, (7, 8), 4, (2, 3), 3, 0), "three pictures, two channels, four kernels, dilation 3"),
]
PADDED = [
    ((1, 1, (1, 1), 1, (3, 3), 2, 2), "one pixel; all other taps fall on padding"),
    ((1, 1, (3, 4), 1, (3, 3), 2, 2), "padding 2 keeps the size"),
    ((2, 3, (4, 5), 2, (3, 3), 3, 3), "padding 3 keeps the size, several of everything"),
    ((2, 2, (3, 5), 3, (2, 3), 2, 1), "padding 1, dilation 2: they need not be equal"),
    ((1, 1, (2, 3), 1, (2, 2), 2, 4), "padding 4: some windows see nothing else"),
]
CONV_ODD = [
    ((2, 3, (3, 2), 4, (1, 1), 5, 0), "a kernel of 1 x 1: the dilation has no effect"),
    ((2, 2, (5, 7), 3, (3, 3), 2, 0), "a span as high as the picture"),
    ((0, 2, (5, 4), 3, (2, 2), 2, 0), "no pictures: N = 0"),
]


def inner_product(dilated_conv2d, x, weight, y, dilation, padding):
    return [float(np.vdot(one, other)) for one, other in zip(dilated_conv2d(x, weight, dilation, padding), y)]


def transposed(rng):
    """<Ax, y> = <x, A^T y>; A^T y from finite differences of the twin, which is linear."""
    for (N, C, size, K, kernel_size), d, p in (((1, 1, (3, 4), 1, (2, 2)), 2, 0), ((2, 2, (5, 4), 3, (3, 2)), 2, 2)):
        x, weight = signed(rng, N, C, *size), signed(rng, K, C, *kernel_size)
        y = signed(rng, *dilated(x, weight, d, p).shape)
        back = numerical_gradient(lambda x, w=weight, d=d, p=p: dilated(x, w, d, p), x, y)
        right = [float(np.vdot(one, other)) for one, other in zip(x, back)]
        yield Case((x, weight, y, d, p), right, note="<dilated_conv2d(x), y> of each picture", rtol=1e-7)


# --- aspp ------------------------------------------------------------------------------------------------------------


def joined(x, weights, rates, join):
    branches = [dilated(x, w, r, r * (w.shape[2] - 1) // 2) for w, r in zip(weights, rates)]
    return sum(branches) if join == "sum" else np.concatenate(branches, axis=1)


ONES = "ones = np.array([[[[0.0, 0, 0], [1, 1, 1], [0, 0, 0]]]])"


def aspp_by_hand(rng):
    row, ones = np.array([[0.0] * 3, [1, 2, 3], [0] * 3])[None, None], np.zeros((1, 1, 3, 3))
    ones[0, 0, 1] = 1
    first, second = np.zeros((2, 1, 1, 3, 3))
    first[0, 0, 1], second[0, 0, 1] = [3, 6, 5], [4, 2, 4]
    lines = f"row = np.array([[[[0.0, 0, 0], [1, 2, 3], [0, 0, 0]]]])\n{ONES}\naspp(row, {{}})"
    yield Case((row, [ones], [1]), first, note="one branch: rate 1", typed=lines.format("[ones], [1]"))
    yield Case((row, [ones], [2]), second, note="one branch: rate 2", typed=lines.format("[ones], [2]"))
    line = lines.format("[ones, ones], [1, 2]")
    yield Case((row, [ones, ones], [1, 2]), first + second, note="two branches, added", typed=line)
    both = np.concatenate([first, second], axis=1)
    line = lines.format('[ones, ones], [1, 2], join="concat"')
    yield Case((row, [ones, ones], [1, 2]), both, {"join": "concat"}, "two branches, concatenated", typed=line)


def parallel(settings, join, dtype=np.float64):
    """A property's cases: (N, C, (H, W), [(K, k, rate) of each branch]), what is special."""

    def cases(rng):
        for (N, C, size, branches), note in settings:
            x = numbers(rng, N, C, *size).astype(dtype)
            weights = [numbers(rng, K, C, k, k).astype(dtype) for K, k, _ in branches]
            rates = [rate for _, _, rate in branches]
            given = {} if join == "sum" else {"join": join}
            yield Case((x, weights, rates), joined(x, weights, rates, join), given, note)

    return cases


ADDED = [
    ((1, 1, (3, 4), [(1, 3, 1), (1, 3, 2)]), "two branches"),
    ((1, 2, (4, 3), [(2, 3, 2), (2, 3, 1)]), "the larger rate first"),
    ((2, 3, (5, 4), [(2, 3, 1), (2, 3, 2), (2, 3, 3)]), "three branches, several of everything"),
    ((3, 2, (4, 6), [(1, 3, 4), (1, 3, 6), (1, 3, 2), (1, 3, 8)]), "four branches, rates beyond the map"),
]
MIXED = [
    ((1, 2, (3, 4), [(2, 1, 1), (2, 3, 2)]), "a branch of 1 x 1"),
    ((1, 1, (4, 5), [(1, 3, 1), (1, 5, 2)]), "kernels of 3 x 3 and of 5 x 5"),
    ((2, 2, (5, 3), [(2, 1, 6), (2, 5, 1), (2, 3, 3)]), "1 x 1 needs no padding, whatever its rate"),
]
CHANNELS = [((2, 3, (4, 5), [(1, 3, 1), (3, 3, 2), (2, 1, 1)]), "1, 3 and 2 channels")]
ASPP_ODD = [
    ((1, 1, (1, 1), [(1, 3, 1), (1, 3, 5)]), "one pixel: only the middle taps see it"),
    ((0, 2, (3, 4), [(2, 3, 1), (2, 3, 2)]), "no pictures: N = 0"),
]

# --- pyramid_pool ----------------------------------------------------------------------------------------------------


def pyramid_by_hand(rng):
    x = np.array([0.0, 4, 8, 12]).reshape(1, 1, 1, 4)
    yield Case((x, (1,)), np.array([[0.0, 4, 8, 12], [6, 6, 6, 6]])[None, :, None], note="bin 1")
    yield Case((x, (2,)), np.array([[0.0, 4, 8, 12], [2, 4, 8, 10]])[None, :, None], note="bin 2: means 2 and 10")
    right = np.array([[0.0, 4, 8, 12], [2, 4, 8, 10], [6, 6, 6, 6]])[None, :, None]
    yield Case((x, (2, 1)), right, note="two levels, in the order of the bins")
    x = np.array([0.0, 1, 2, 3, 5, 7, 9]).reshape(1, 1, 7, 1)
    y = np.concatenate([x, tent(7, 3) @ np.array([1, 10 / 3, 7]).reshape(1, 1, 3, 1)], axis=1)
    yield Case((x, (3,)), y, note="seven rows, bin 3: windows 0 to 2, 2 to 4, 4 to 6; means 1, 3 1/3, 7")


def pyramids(settings, dtype=np.float64):
    def cases(rng):
        for (N, C, size, bins), note in settings:
            x = numbers(rng, N, C, *size).astype(dtype)
            yield Case((x,) if bins is None else (x, bins), pyramid(x, (1, 2, 3, 6) if bins is None else bins), note=note)

    return cases


WHOLE = [
    ((1, 1, (2, 4), (2,)), "bin 2 on 2 x 4"),
    ((1, 2, (6, 3), (3, 1)), "bins 3 and 1 on 6 x 3, two channels"),
    ((2, 3, (6, 12), (1, 2, 3, 6)), "the four bins of PSPNet on 6 x 12"),
]
UNEVEN = [
    ((1, 1, (1, 5), (2,)), "five units in two windows, which overlap"),
    ((1, 1, (7, 4), (3,)), "7 x 4 in 3 x 3 windows"),
    ((2, 2, (11, 7), (2, 5, 3)), "11 x 7, bins 2, 5, 3"),
    ((3, 2, (9, 10), None), "no bins given: 1, 2, 3, 6"),
]
PYRAMID_ODD = [
    ((2, 3, (1, 1), None), "one pixel: it is every mean"),
    ((1, 1, (2, 3), (6,)), "a map smaller than the grid"),
    ((1, 2, (3, 5), ()), "no level: the map itself"),
    ((0, 2, (4, 5), (1, 2)), "no pictures: N = 0"),
]

EXERCISES = [
    Exercise(
        "shift_and_stitch",
        (
            Property("worked by hand", stitched_by_hand, 2, stitch),
            Property("gives back the picture of a net that picks every f-th pixel", stitched(PICKED), 1, stitch),
            Property("makes a strided layer dense, with other channels than the picture", stitched(LAYERS), 2, stitch),
            Property("makes a max pooling dense, whose windows may overlap", stitched(POOLINGS), 1, stitch),
            Property("the net sees pictures of one size", whole_pictures, 1, sizes_that_net_sees),
            Property("odd shapes: one window, one pixel, one row, no pictures", stitched(STITCH_ODD), 1, stitch),
            Property("float32 stays float32", stitched(LAYERS[1:2], np.float32), 1, stitch),
        ),
        optional=True,
        hints=(
            "Two loops, over a and b. What does the picture look like from row a and column b on, and where do the units of"
            + " that pass belong?",
            "Pad below and at the right by factor - 1 zeros; then picture (a, b) is padded[:, :, a : a + H, b : b + W].",
            "The map's size is known after the first pass: make an empty array (N, K, f*h, f*w), and assign every pass to"
            + " stitched[:, :, a::f, b::f].",
        ),
    ),
    Exercise(
        "dilated_conv2d",
        (
            Property("worked by hand", dilated_by_hand, 2),
            Property("is an ordinary convolution for dilation 1", convolved(UNDILATED)),
            Property("taps are `dilation` pixels apart, in pictures of all sizes", convolved(DILATED), 2),
            Property("pads with zeros, by `padding` whatever the dilation", convolved(PADDED)),
            Property("the adjoint: <Ax, y> = <x, A^T y>", transposed, 1, inner_product),
            Property("odd shapes: 1 x 1, a span as high as the picture, no pictures", convolved(CONV_ODD)),
            Property("float32 stays float32", convolved((DILATED[5], PADDED[2]), np.float32)),
        ),
        optional=True,
        hints=(
            "Go tap by tap, as in lesson 6. Through tap (i, j) all windows together see the padded picture, moved by how much?",
            "oh = H + 2p - d(kh - 1), and tap (i, j) sees padded[:, :, d*i : d*i + oh, d*j : d*j + ow].",
            'In the loop: y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], seen).',
        ),
    ),
    Exercise(
        "aspp",
        (
            Property("worked by hand", aspp_by_hand, 2),
            Property("adds branches of all rates", parallel(ADDED, "sum"), 2),
            Property("joins their channels in the order of the branches", parallel([*ADDED[:3], *CHANNELS], "concat")),
            Property("keeps the size for kernels of 1, 3 and 5", parallel(MIXED, "sum")),
            Property("odd shapes: one pixel, no pictures", parallel(ASPP_ODD, "sum")),
            Property("float32 stays float32", parallel(ADDED[2:3], "sum", np.float32)),
        ),
        uses=("23.dilated_conv2d",),
        optional=True,
        hints=(
            "Every branch reads x itself. Which padding keeps the size of a kernel of 3 with dilation d? Of 5?",
            "The padding is rate * (k // 2), for 1 x 1 it is 0. Collect the branches in a list.",
            'sum(branches) for "sum", else np.concatenate(branches, axis=1).',
        ),
    ),
    Exercise(
        "pyramid_pool",
        (
            Property("worked by hand", pyramid_by_hand, 2),
            Property("equals means and interpolation where the bins divide the size", pyramids(WHOLE)),
            Property("windows overlap where they do not", pyramids(UNEVEN), 2),
            Property("odd shapes: one pixel, smaller than the grid, no level, no pictures", pyramids(PYRAMID_ODD)),
            Property("float32 stays float32", pyramids((WHOLE[2], UNEVEN[2]), np.float32)),
        ),
        optional=True,
        hints=(
            "For each m: an array of means (N, C, m, m), then resize to (H, W). Write the start and the end of window i as"
            + " integer divisions.",
            "The start is i * n // m. Rounded up, a / b is -(-a // b). Rows take n = H, columns n = W.",
            "Begin the list of levels with x; at the end np.concatenate(levels, axis=1).",
        ),
    ),
]
