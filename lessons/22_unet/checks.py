"""What right answers to lesson 22 do: join two maps, put tiles together without seams, weigh the gaps between cells.

Read mistakes.py next.
"""

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import numerical_gradient, signed

# ConcatCrop -----------------------------------------------------------------------------------------------------------


def join(skip, x):
    """What forward must return, pixel by pixel."""
    (N, K, H, W), (C, h, w) = skip.shape, x.shape[1:]
    y = np.zeros((N, K + C, h, w), skip.dtype)
    for u, v in np.ndindex(h, w):
        y[:, :K, u, v] = skip[:, :, (H - h) // 2 + u, (W - w) // 2 + v]
        y[:, K:, u, v] = x[:, :, u, v]
    return y


def split(grad, skip_shape):
    """What backward must return, pixel by pixel."""
    (_, K, H, W), (h, w) = skip_shape, grad.shape[2:]
    grad_skip = np.zeros(skip_shape, grad.dtype)
    for u, v in np.ndindex(h, w):
        grad_skip[:, :, (H - h) // 2 + u, (W - w) // 2 + v] = grad[:, :K, u, v]
    return grad_skip, grad[:, K:].copy()


def forward(ConcatCrop, skip, x):
    return ConcatCrop().forward(skip, x)


def backward(ConcatCrop, skip, x, grad):
    join = ConcatCrop()
    join.forward(skip, x)
    return join.backward(grad)


def there_and_back(ConcatCrop, skip, x, grad):
    join = ConcatCrop()
    return join.forward(skip, x), *join.backward(grad)


def two_at_once(ConcatCrop, skip, x, grad, other_skip, other_x, other_grad):
    one, other = ConcatCrop(), ConcatCrop()
    one.forward(skip, x)
    other.forward(other_skip, other_x)
    return one.backward(grad), other.backward(other_grad)


def inner_products(ConcatCrop, skip, x, grad):
    join = ConcatCrop()
    y = join.forward(skip, x)
    grad_skip, grad_x = join.backward(grad)
    return float(np.vdot(y, grad)), float(np.vdot(skip, grad_skip) + np.vdot(x, grad_x))


# (N, K, (H, W), C, (h, w)), what is special; small ones first
PLAIN = [
    ((1, 1, (3, 4), 1, (1, 2)), "a margin of one"),
    ((1, 1, (3, 7), 1, (3, 1)), "only columns are cut off"),
    ((1, 1, (7, 3), 1, (1, 3)), "only rows are cut off"),
    ((1, 2, (4, 5), 1, (2, 3)), "two channels of the skip, one of x"),
    ((1, 1, (4, 5), 3, (2, 1)), "one channel of the skip, three of x"),
    ((2, 2, (5, 8), 2, (3, 2)), "two pictures, two channels of each"),
    ((3, 2, (8, 7), 4, (4, 5)), "three pictures"),
    ((2, 4, (9, 6), 2, (3, 4)), "more channels of the skip than of x"),
]
ODD = [
    ((1, 1, (2, 3), 1, (2, 3)), "nothing is cut off"),
    ((1, 2, (4, 4), 3, (4, 4)), "nothing is cut off, square"),
    ((1, 1, (4, 5), 1, (3, 2)), "odd differences: the smaller half goes at the top and on the left"),
    ((2, 1, (6, 7), 2, (3, 4)), "odd differences of three"),
    ((1, 1, (2, 3), 1, (1, 2)), "a difference of one: the first row and column stay"),
    ((1, 2, (5, 5), 1, (1, 1)), "a single pixel"),
    ((0, 2, (4, 5), 1, (2, 3)), "no pictures at all: N = 0"),
]


def maps(rng, N, K, size, C, small, dtype=np.float64):
    """A skip and an x of these shapes."""
    if N * (K * np.prod(size) + C * np.prod(small)) > 40:
        return signed(rng, N, K, *size).astype(dtype), signed(rng, N, C, *small).astype(dtype)
    count = N * K * int(np.prod(size))
    return (np.arange(1.0, count + 1).reshape(N, K, *size).astype(dtype),
            -np.arange(1.0, N * C * np.prod(small) + 1).reshape(N, C, *small).astype(dtype))  # fmt: skip


def joined_by_hand(rng):
    skip, x = np.arange(1.0, 13).reshape(1, 1, 3, 4), np.array([[[[20.0, 30]]]])
    yield Case((skip, x), np.array([[[[6.0, 7]], [[20, 30]]]]))
    yield Case((skip, np.full((1, 2, 1, 2), [[[5.0, 6]]])), np.array([[[[6.0, 7]], [[5, 6]], [[5, 6]]]]))
    yield Case((skip, -skip), np.concatenate([skip, -skip], 1), note="two maps of one size")


def joined(settings):
    def cases(rng):
        for setting, note in settings:
            skip, x = maps(rng, *setting)
            yield Case((skip, x), join(skip, x), note=note)

    return cases


def split_by_hand(rng):
    skip, x = np.arange(1.0, 13).reshape(1, 1, 3, 4), np.array([[[[20.0, 30]]]])
    right = np.array([[[[0.0, 0, 0, 0], [0, 1, 2, 0], [0, 0, 0, 0]]]]), np.array([[[[3.0, 4]]]])
    yield Case((skip, x, np.array([[[[1.0, 2]], [[3, 4]]]])), right)


def parted(settings):
    def cases(rng):
        for (N, K, size, C, small), note in settings:
            skip, x = maps(rng, N, K, size, C, small)
            grad = signed(rng, N, K + C, *small)
            yield Case((skip, x, grad), split(grad, skip.shape), note=note)

    return cases


def differences(rng):
    for N, K, size, C, small in (1, 2, (4, 5), 1, (2, 3)), (2, 1, (4, 3), 2, (1, 2)):
        skip, x = signed(rng, N, K, *size), signed(rng, N, C, *small)
        grad = signed(rng, N, K + C, *small)
        of_skip = numerical_gradient(lambda s, x=x: join(s, x), skip, grad)
        of_x = numerical_gradient(lambda x, s=skip: join(s, x), x, grad)
        yield Case((skip, x, grad), (of_skip, of_x), rtol=1e-6)


def adjoint(rng):
    for N, K, size, C, small in (1, 2, (5, 4), 1, (2, 3)), (2, 3, (4, 9), 4, (3, 2)):
        skip, x = signed(rng, N, K, *size), signed(rng, N, C, *small)
        grad = signed(rng, N, K + C, *small)
        product = float(np.vdot(join(skip, x), grad))
        yield Case((skip, x, grad), (product, product), note="<y, grad>, and <skip, dL/dskip> + <x, dL/dx>")


def single_precision(rng):
    for N, K, size, C, small in (1, 1, (3, 4), 1, (1, 2)), (2, 3, (6, 5), 2, (3, 4)):
        skip, x = maps(rng, N, K, size, C, small, np.float32)
        grad = signed(rng, N, K + C, *small).astype(np.float32)
        yield Case((skip, x, grad), (join(skip, x), *split(grad, skip.shape)), note="y, dL/dskip and dL/dx")


def side_by_side(rng):
    for first, second in ((PLAIN[3], PLAIN[6]), (PLAIN[5], ODD[2])):
        args, right = (), ()
        for N, K, size, C, small in (first[0], second[0]):
            skip, x, grad = signed(rng, N, K, *size), signed(rng, N, C, *small), signed(rng, N, K + C, *small)
            args, right = (*args, skip, x, grad), (*right, split(grad, skip.shape))
        yield Case(args, right, note="two skips of one net, which must not share what they keep")


# overlap_tile ---------------------------------------------------------------------------------------------------------


def tile_with(overlap_tile, image, tile, margin, kernel, grid=0, whole=0):
    """The scores by a net that correlates with `kernel` (K, C, 2*margin + 1, 2*margin + 1), and what it was given."""
    calls, side = [], tile + 2 * margin

    def net(x):
        calls.append(x.shape)
        if x.shape != (kernel.shape[1], side, side):
            raise ValueError(f"this net takes {kernel.shape[1]} channels of {side} x {side} pixels, found {x.shape}")
        windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], axis=(1, 2))
        scores = np.einsum("cuvij,kcij->kuv", windows, kernel)
        if grid:  # pooling's windows are counted from the corner of the tile
            u, v = np.indices(scores.shape[1:])
            scores = scores + grid * (u % 2 + 3 * (v % 2))
        return scores + whole * x.sum() if whole else scores

    scores = overlap_tile(net, image, tile, margin)
    return scores, len(calls)


def right_scores(image, tile, margin, kernel, grid=0, whole=0):
    """(what overlap_tile must return for this net, the number of its calls), pixel by pixel of the mirrored image."""

    def mirrored(i, n):
        i %= max(2 * (n - 1), 1)
        return min(i, 2 * (n - 1) - i)

    _, H, W = image.shape
    scores = np.zeros((len(kernel), H, W), np.result_type(image, kernel))
    for u, v in np.ndindex(H, W):
        rows = [mirrored(u + i - margin, H) for i in range(2 * margin + 1)]
        columns = [mirrored(v + j - margin, W) for j in range(2 * margin + 1)]
        scores[:, u, v] = np.einsum("cij,kcij->k", image[:, rows][:, :, columns], kernel)
        scores[:, u, v] += grid * (u % tile % 2 + 3 * (v % tile % 2))
        if whole:
            rows, columns = ([mirrored(i // tile * tile + j, n) for j in range(-margin, tile + margin)] for i, n in ((u, H), (v, W)))
            scores[:, u, v] += whole * image[:, rows][:, :, columns].sum()
    return scores, -(-H // tile) * -(-W // tile)


def tile_case(rng, C, size, tile, margin, K=1, grid=0, note="", dtype=np.float64, whole=0):
    image = rng.integers(1, 10, (C, *size)).astype(dtype)
    kernel = rng.integers(1, 4, (K, C, 2 * margin + 1, 2 * margin + 1)).astype(dtype)
    kernel *= rng.choice([-1, 1], kernel.shape).astype(dtype)
    args = (image, tile, margin, kernel) + ((grid, whole) if grid or whole else ())
    return Case(args, right_scores(*args), note=note)


def tiled_by_hand(rng):
    nine = np.arange(1.0, 10).reshape(1, 3, 3)
    sums = np.array([[[33.0, 36, 39], [42, 45, 48], [51, 54, 57]]])
    note = "the sum of 3 x 3 pixels; on the right, the number of the net's calls"
    yield Case((nine, 3, 1, np.ones((1, 1, 3, 3))), (sums, 1), note=f"one tile: {note}")
    yield Case((nine, 1, 1, np.ones((1, 1, 3, 3))), (sums, 9), note=f"tiles of one pixel: {note}")
    yield Case((nine, 2, 1, np.ones((1, 1, 3, 3))), (sums, 4), note=f"tiles of two: {note}")
    yield Case((nine, 2, 0, np.ones((1, 1, 1, 1))), (nine, 4), note="no margin, and a net that returns its tile")


def tiled_evenly(rng):
    for C, size, tile, margin, K in ((1, (2, 4), 2, 1, 1), (1, (6, 3), 3, 1, 1), (2, (4, 8), 4, 2, 3), (3, (6, 4), 2, 1, 2)):
        yield tile_case(rng, C, size, tile, margin, K)


def tiled_unevenly(rng):
    for C, size, tile, margin, K in ((1, (2, 3), 2, 1, 1), (1, (5, 2), 2, 1, 1), (2, (5, 7), 3, 2, 3), (1, (7, 9), 4, 1, 2)):
        yield tile_case(rng, C, size, tile, margin, K)
    note = "a net whose scores depend on all pixels of its tile"
    for size in (3, 4), (5, 5):
        yield tile_case(rng, 1, size, 2, 1, note=note, whole=1)


def tiled_small(rng):
    yield tile_case(rng, 1, (2, 3), 4, 1, note="a tile larger than the image")
    yield tile_case(rng, 1, (3, 2), 2, 3, note="a margin larger than the image: it is mirrored again and again")
    yield tile_case(rng, 2, (3, 9), 6, 2, K=3, note="a tile higher than the image, but not wider")
    yield tile_case(rng, 2, (4, 3), 5, 0, K=3, note="a tile larger than the image, no margin")


def on_the_grid(rng):
    note = "a net with pooling: its scores depend on where in the tile a pixel is"
    yield tile_case(rng, 1, (5, 3), 2, 1, grid=10, note=note)
    yield tile_case(rng, 2, (5, 7), 4, 2, K=2, grid=10, note=note)
    yield tile_case(rng, 1, (5, 5), 3, 1, grid=10, note=note)


def tile_types(rng):
    yield tile_case(rng, 2, (5, 4), 3, 1, K=2, dtype=np.float32, note="float32 stays float32")
    image = rng.integers(0, 9, (1, 3, 4)).astype(np.float32)
    kernel = signed(rng, 2, 1, 3, 3)
    yield Case((image, 2, 1, kernel), right_scores(image, 2, 1, kernel), note="a float32 image and a net that returns float64")


# weight_map -----------------------------------------------------------------------------------------------------------


def weigh(cells, w0=10.0, sigma=5.0):
    """What weight_map must return, pixel by pixel."""
    weights, names = np.zeros(cells.shape), sorted(set(cells[cells > 0].tolist()))
    for u, v in np.ndindex(cells.shape):
        kind = (cells > 0) == (cells[u, v] > 0)
        weights[u, v] = cells.size / 2 / kind.sum()
        if len(names) > 1:
            other_sides = [np.argwhere((cells == name) != (cells[u, v] == name)) for name in names]
            d1, d2 = sorted(np.sqrt(((other - (u, v)) ** 2).sum(1)).min() for other in other_sides)[:2]
            weights[u, v] += w0 * np.exp(-((d1 + d2) ** 2) / (2 * sigma**2))
    return weights


def drawn(rng, size, count):
    """Cells of `count` rectangles, each with its own number, none equal to its place in the order."""
    cells, names = np.zeros(size, np.int64), rng.permutation(np.arange(3, 3 + 4 * count))[:count]
    for name in names:
        top, left = (int(rng.integers(0, n - 1)) for n in size)
        cells[top : top + int(rng.integers(1, 4)), left : left + int(rng.integers(1, 4))] = name
    return cells


def weight_case(cells, note="", **options):
    return Case((np.array(cells),), weigh(np.array(cells), **options), options, note)


def weighed_by_hand(rng):
    row = 2 / 3 + 10 * np.exp(-25 / 50), 2 / 3 + 10 * np.exp(-9 / 50), 2 + 10 * np.exp(-4 / 50), 2 / 3 + 10 * np.exp(-9 / 50)
    yield Case((np.array([[1, 1, 0, 2]]),), np.array([row]), note="the row of this lesson")
    yield Case((np.array([[1, 1, 0, 2]]),), np.array([[2 / 3, 2 / 3, 2, 2 / 3]]), {"w0": 0.0}, "w0 = 0: w_c alone")
    outer, inner = 1 + np.exp(-16 / 2), 1 + np.exp(-9 / 2)
    row = np.array([[outer, inner, inner, outer]])
    yield Case((np.array([[1, 0, 0, 2]]),), row, {"w0": 1.0, "sigma": 1.0}, "w0 and sigma of 1")
    yield Case((np.array([[1, 2]]),), np.full((1, 2), 0.5 + 10 * np.exp(-4 / 50)), {}, "two cells that touch, no background")


def weighed(sizes, **options):
    def cases(rng):
        for size, count in sizes:
            yield weight_case(drawn(rng, size, count), f"{count} rectangles", **options)

    return cases


def three_cells(rng):
    yield weight_case([[1, 0, 2, 0, 0, 3]], "three cells in a row: the farthest does not count")
    yield weight_case([[5, 0, 0, 0], [0, 0, 0, 9], [0, 2, 0, 0]], "three cells: distances are Euclidean")
    yield weight_case([[4, 0, 4, 0, 0, 0, 7]], "one cell in two parts")
    far = np.zeros((3, 12), int)
    far[1, 1], far[0, 10], far[2, 11] = 2, 1, 3
    yield weight_case(far, "the order of the numbers means nothing")


def few_cells(rng):
    yield weight_case(np.zeros((2, 3), int), "no cell")
    yield weight_case(np.array([[0, 0, 3], [0, 3, 3]]), "one cell")
    yield weight_case(np.full((3, 2), 4), "one cell everywhere")


def kinds(rng):
    yield weight_case(np.array([[1, 1, 0, 1, 0, 2]], np.uint8), "uint8")
    yield weight_case(np.array([[300, 0, 0, 0, 70], [300, 0, 0, 70, 70]], np.int32), "int32")
    yield weight_case(np.array([[0], [1], [0], [2], [2]]), "one column")


EXERCISES = [
    Exercise(
        "ConcatCrop",
        (
            Property("forward, worked by hand", joined_by_hand, points=2, probe=forward),
            Property("joins maps of all sizes", joined(PLAIN), points=2, probe=forward),
            Property("odd differences, equal sizes, no pictures", joined(ODD), probe=forward),
            Property("backward, worked by hand", split_by_hand, points=2, probe=backward),
            Property("backward, for maps of all sizes", parted(PLAIN + ODD), points=2, probe=backward),
            Property("backward equals finite differences", differences, probe=backward),
            Property("the adjoint: <y, grad> = <skip, dL/dskip> + <x, dL/dx>", adjoint, probe=inner_products),
            Property("two at once do not disturb each other", side_by_side, probe=two_at_once),
            Property("float32 stays float32", single_precision, probe=there_and_back),
        ),
        optional=True,
        hints=(
            "Which row of the skip becomes row 0 of y? Draw 5 rows and cut them to 3, then to 2.",
            "top = (H - h) // 2, and rows top to top + h. np.concatenate joins along an axis; which one are the channels?",
            "backward needs the skip's shape and where the middle began: keep them in self. Fill np.zeros of that shape.",
        ),
    ),
    Exercise(
        "overlap_tile",
        (
            Property("worked by hand", tiled_by_hand, points=2, probe=tile_with),
            Property("tiles that fit: the scores of the whole mirrored image", tiled_evenly, points=2, probe=tile_with),
            Property("tiles that do not fit", tiled_unevenly, points=2, probe=tile_with),
            Property("images smaller than a tile or a margin", tiled_small, probe=tile_with),
            Property("tiles start at multiples of `tile`", on_the_grid, probe=tile_with),
            Property("the dtype that the net returns", tile_types, probe=tile_with),
        ),
        optional=True,
        hints=(
            "Mirror the image first, all of it. Then every tile is a plain slice. How long is it, and where does it start?",
            "A tile of scores that starts at row 4 needs the pixels from row 4 - margin on. In the mirrored image, where"
            + " row 0 is margin rows above the image, that is row 4.",
            "Three rows, tiles of two: the last tile ends at row 4, so one row more has to be mirrored below. In general"
            + " -H % tile rows. Cut the scores to [:, :H, :W] at the end.",
        ),
    ),
    Exercise(
        "weight_map",
        (
            Property("worked by hand", weighed_by_hand, points=2),
            Property("cells of all shapes", weighed([((3, 4), 2), ((5, 7), 3), ((9, 6), 5), ((8, 11), 6)]), points=2),
            Property("the two nearest cells", three_cells, points=2),
            Property("other w0 and sigma", weighed([((4, 6), 3), ((7, 5), 4)], w0=3.0, sigma=2.0)),
            Property("fewer than two cells: w_c alone", few_cells),
            Property("other integers, one column", kinds),
        ),
        optional=True,
        hints=(
            "First w_c alone: how many pixels are cell, how many background? Then, for a single cell, its distance map.",
            "Where are the pixels of a mask? np.nonzero(mask) gives rows and columns. u[:, None] - rows compares every"
            + " pixel with every other.",
            "For pixels outside a cell, the nearest of its pixels; for those inside, the nearest pixel outside. One distance"
            + " map for each cell, stacked; np.sort(stack, axis=0)[:2] are d1 and d2.",
        ),
    ),
]
