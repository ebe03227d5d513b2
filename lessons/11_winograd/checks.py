"""What right answers to lesson 11 do: save multiplications, and yet compute the convolution of lesson 7.

Read mistakes.py next.
"""

import numpy as np

from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import signed

# f23 ------------------------------------------------------------------------------------------------------------------


def count_products(f23, x, w):
    """The results, and how many products of two numbers were made; products with a constant are free."""
    products = []

    class Number:
        def __init__(self, value):
            self.value = value

        def __add__(self, other):
            return Number(self.value + getattr(other, "value", other))

        def __mul__(self, other):
            if isinstance(other, Number):
                products.append(1)
            return Number(self.value * getattr(other, "value", other))

        def __truediv__(self, other):
            if isinstance(other, Number):
                products.append(1)
            return Number(self.value / getattr(other, "value", other))

        def __neg__(self):
            return Number(-self.value)

        def __sub__(self, other):
            return Number(self.value - getattr(other, "value", other))

        def __rsub__(self, other):
            return Number(other - self.value)

        def __pos__(self):
            return self

        __radd__, __rmul__ = __add__, __mul__

    y = f23(tuple(map(Number, x)), tuple(map(Number, w)))
    return {"y": [float(getattr(number, "value", number)) for number in y], "the number of products": len(products)}


def two_results(x, w):
    return tuple(float(sum(x[u + j] * w[j] for j in range(3))) for u in range(2))


def few(rng, count, low=-9, high=10):
    return tuple(int(number) for number in rng.integers(low, high, count))


def rows_by_hand(rng):
    yield Case(((1, 2, 3, 4), (1, 10, 100)), (321.0, 432.0))
    for place in range(4):
        x = tuple(int(place == i) for i in range(4))
        yield Case((x, (1, 10, 100)), two_results(x, (1, 10, 100)), note=f"pixel {place} alone")


def rows_of_weights(rng):
    for place in range(3):
        w = tuple(int(place == j) for j in range(3))
        yield Case(((1, 10, 100, 1000), w), two_results((1, 10, 100, 1000), w), note=f"weight {place} alone")


def rows_at_random(rng):
    for _ in range(5):
        x, w = few(rng, 4), few(rng, 3)
        yield Case((x, w), two_results(x, w))
    x, w = tuple(signed(rng, 4).tolist()), tuple(signed(rng, 3).tolist())
    yield Case((x, w), two_results(x, w), note="fractions")


def four_products(rng):
    for x, w in (((1, 2, 3, 4), (1, 10, 100)), (few(rng, 4), few(rng, 3))):
        right = {"y": list(two_results(x, w)), "the number of products": 4}
        yield Case((x, w), right, typed=f"y = f23({x}, {w})   # of numbers that count their products")


# winograd_matrices ----------------------------------------------------------------------------------------------------


def right_matrices(m, points):
    """BT, G, AT by Lagrange's polynomials, one after the other."""
    BT, G, AT = np.zeros((m + 2, m + 2)), np.zeros((m + 2, 3)), np.zeros((m, m + 2))
    for f, t in enumerate(points):
        numerator = np.poly([other for other in points if other != t])[::-1]  # lowest power first
        BT[f, : m + 1] = numerator / np.prod([t - other for other in points if other != t])
        G[f], AT[:, f] = [1, t, t**2], [t**power for power in range(m)]
    BT[m + 1], G[m + 1, 2], AT[m - 1, m + 1] = np.poly(points)[::-1], 1, 1
    return BT + 0.0, G, AT  # without -0.0


def terms(winograd_matrices, m, points):
    """For each point f: AT[i, f] * G[f, r] * BT[f, q], as an array (f, i, r, q). Factors may be moved between them."""
    BT, G, AT = winograd_matrices(m, points)
    return np.einsum("if,fr,fq->firq", AT, G, BT)


def filtered(winograd_matrices, m, points, x, w):
    BT, G, AT = winograd_matrices(m, points)
    return AT @ ((G @ w) * (BT @ x))


def shapes(winograd_matrices, m, points):
    return [[list(np.shape(matrix)), str(np.asarray(matrix).dtype)] for matrix in winograd_matrices(m, points)]


def term_case(m, points, note=""):
    BT, G, AT = right_matrices(m, points)
    return Case((m, points), np.einsum("if,fr,fq->firq", AT, G, BT), note=note)


def matrices_by_hand(rng):
    yield term_case(2, (0, 1, -1), "AT[i, f] * G[f, r] * BT[f, q] of the worked example, first the point f = 0")
    yield term_case(1, (0, 1), "one result")


def results_of(settings):
    def cases(rng):
        for m, points in settings:
            x, w = signed(rng, m + 2), signed(rng, 3)
            yield Case((m, points, x, w), np.correlate(x, w, "valid"), note="AT @ ((G @ w) * (BT @ x))", rtol=1e-8)

    return cases


SETTINGS = [(1, (0, 1)), (2, (0, 1, -1)), (2, (3, 1, 2)), (3, (0, 1, -1, 2)), (4, (0, 1, -1, 2, -2)), (6, (0, 1, -1, 2, -2, 0.5, -0.5))]


def other_points(rng):
    yield term_case(2, (1, -1, 0), "another order")
    yield term_case(2, (-2, 3, 1), "no point is 0")
    yield term_case(3, (0.5, -0.5, 2, 1), "fractions")
    yield term_case(4, (0, 1, -1, 2, -2))
    yield term_case(1, (-1, 2), "one result")


def forms(rng):
    for m, points in (1, (0, 1)), (2, (0, 1, -1)), (4, (0, 1, -1, 2, -2)):
        right = [[[m + 2, m + 2], "float64"], [[m + 2, 3], "float64"], [[m, m + 2], "float64"]]
        yield Case((m, points), right, note="the shapes and dtypes of BT, G and AT")


# winograd_conv2d ------------------------------------------------------------------------------------------------------

F2, F4 = right_matrices(2, (0, 1, -1)), right_matrices(4, (0, 1, -1, 2, -2))
F1, F3 = right_matrices(1, (0, 1)), right_matrices(3, (0, 1, -1, 2))


def convolve(x, weight, padding):
    """The convolution, tap by tap."""
    padded = np.pad(x.astype(float), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = (n + 2 * padding - 2 for n in x.shape[2:])
    y = np.zeros((len(x), len(weight), oh, ow))
    for i, j in np.ndindex(3, 3):
        y += np.einsum("kc,ncuv->nkuv", weight[:, :, i, j], padded[:, :, i : i + oh, j : j + ow])
    return y.astype(x.dtype)


def by_formula(x, weight, matrices, padding):
    """What winograd_conv2d must return for any matrices: its formula, tile by tile, channel by channel."""
    BT, G, AT = matrices
    (N, C), K, (m, size) = x.shape[:2], len(weight), AT.shape
    oh, ow = (n + 2 * padding - 2 for n in x.shape[2:])
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding + size), (padding, padding + size)))
    y = np.zeros((N, K, oh + m, ow + m))
    for n, k, c in np.ndindex(N, K, C):
        for u in range(0, oh, m):
            for v in range(0, ow, m):
                tile = padded[n, c, u : u + size, v : v + size]
                y[n, k, u : u + m, v : v + m] += AT @ ((G @ weight[k, c] @ G.T) * (BT @ tile @ BT.T)) @ AT.T
    return y[:, :, :oh, :ow]


def conv_case(rng, N, C, size, K, matrices=F2, padding=0, note="", dtype=np.float64):
    x = (rng.integers(1, 6, (N, C, *size)) * rng.choice([-1, 1], (N, C, *size))).astype(dtype)
    weight = (rng.integers(1, 6, (K, C, 3, 3)) * rng.choice([-1, 1], (K, C, 3, 3))).astype(dtype)
    options = {"padding": padding} if padding else {}
    return Case((x, weight, matrices), convolve(x, weight, padding), options, note)


def convolved_by_hand(rng):
    ramp = np.arange(16.0).reshape(1, 1, 4, 4)
    kernel = np.zeros((1, 1, 3, 3))
    kernel[0, 0, 0, 1] = 1
    yield Case((ramp, kernel, F2), ramp[:, :, :2, 1:3].copy(), note="the weight 1 in the middle of the upper row: it copies")
    yield Case((ramp, np.ones((1, 1, 3, 3)), F2), np.array([[[[45.0, 54], [81, 90]]]]), note="the sums of 3 x 3 pixels")


def whole_tiles(rng):
    for N, C, size, K, note in (
        (1, 1, (4, 6), 1, "two tiles side by side"),
        (1, 1, (6, 4), 1, "two tiles, one below the other"),
        (1, 2, (4, 4), 1, "two channels"),
        (1, 1, (4, 4), 2, "two kernels"),
        (2, 1, (4, 4), 1, "two pictures"),
        (2, 3, (6, 8), 4, "two pictures, three channels, four kernels"),
        (3, 2, (8, 4), 3, "three pictures, two channels, three kernels"),
    ):
        yield conv_case(rng, N, C, size, K, note=note)


def other_sizes(rng):
    for N, C, size, K, padding, note in (
        (1, 1, (4, 5), 1, 0, "three results in a row: the last tile reaches beyond the picture"),
        (1, 1, (5, 4), 1, 0, "three rows of results"),
        (1, 1, (3, 3), 1, 0, "a single result"),
        (2, 2, (7, 9), 3, 0, "the last row and column of tiles"),
        (2, 3, (3, 8), 2, 0, "one row of results"),
    ):
        yield conv_case(rng, N, C, size, K, padding=padding, note=note)


def padded_pictures(rng):
    for N, C, size, K, padding, note in (
        (1, 1, (2, 4), 1, 1, "padding 1: as many results as pixels"),
        (1, 1, (1, 1), 1, 1, "a single pixel"),
        (2, 3, (5, 6), 2, 1, "padding 1, several of everything"),
        (1, 2, (3, 4), 3, 2, "padding 2"),
        (1, 1, (2, 2), 2, 3, "padding 3: whole windows of padding"),
    ):
        yield conv_case(rng, N, C, size, K, padding=padding, note=note)


def other_tiles(rng):
    yield conv_case(rng, 1, 1, (6, 10), 1, F4, note="F(4 x 4, 3 x 3), two tiles")
    yield conv_case(rng, 1, 2, (3, 7), 1, F4, note="F(4 x 4, 3 x 3), one row of results: three rows of the tile are beyond")
    yield conv_case(rng, 2, 3, (7, 8), 2, F4, 1, note="F(4 x 4, 3 x 3), the picture of this section")
    yield conv_case(rng, 1, 2, (5, 7), 3, F3, note="F(3 x 3, 3 x 3)")
    yield conv_case(rng, 2, 1, (4, 5), 2, F1, 1, note="F(1 x 1, 3 x 3)")


def any_matrices(rng):
    for m, size, N, C, K, padding in (2, (4, 6), 1, 1, 1, 0), (2, (5, 7), 2, 2, 3, 1), (3, (6, 4), 1, 2, 2, 1):
        matrices = tuple(signed(rng, *shape) for shape in ((m + 2, m + 2), (m + 2, 3), (m, m + 2)))
        x, weight = signed(rng, N, C, *size), signed(rng, K, C, 3, 3)
        options = {"padding": padding} if padding else {}
        yield Case((x, weight, matrices), by_formula(x, weight, matrices, padding), options, "random matrices: the formula, tile by tile")


def odd_ones(rng):
    yield conv_case(rng, 0, 2, (4, 5), 3, note="no pictures at all: N = 0")
    yield conv_case(rng, 2, 3, (5, 6), 2, padding=1, note="float32 stays float32", dtype=np.float32)


EXERCISES = [
    Exercise(
        "f23",
        (
            Property("worked by hand, and one pixel at a time", rows_by_hand, points=2),
            Property("one weight at a time", rows_of_weights),
            Property("any pixels and weights", rows_at_random, points=2),
            Property("by four products", four_products, points=3, probe=count_products),
        ),
        optional=True,
        hints=(
            "Compute q1 to q4 as in the text, for x = (1, 2, 3, 4) and w = (1, 10, 100). Which of them does y0 need?",
            "y0 = q1 + q2 + q3, and y1 = q2 - q3 - q4.",
        ),
    ),
    Exercise(
        "winograd_matrices",
        (
            Property("worked by hand", matrices_by_hand, points=2, probe=terms),
            Property("AT @ ((G @ w) * (BT @ x)) is the correlation of x with w", results_of(SETTINGS), points=2, probe=filtered),
            Property("each row belongs to its point, infinity last", other_points, points=2, probe=terms),
            Property("shapes and dtypes", forms, probe=shapes),
        ),
        optional=True,
        hints=(
            "All three are made of V_n, a row 1, t, t**2, ... for each point and 0, ..., 0, 1 for infinity. Write that first,"
            + " for any n.",
            "G is V_3. AT is V_m transposed. And BT is the inverse of V_(m+2), transposed.",
            "np.linalg.inv(values(m + 2)).T. To raise 0 to the power 0 is 1 in Python, which is right here.",
        ),
    ),
    Exercise(
        "winograd_conv2d",
        (
            Property("worked by hand", convolved_by_hand, points=2),
            Property("pictures, channels and kernels, in whole tiles", whole_tiles, points=2),
            Property("sizes that tiles do not divide", other_sizes, points=2),
            Property("padding", padded_pictures),
            Property("other tiles than 2 x 2", other_tiles),
            Property("the formula, for any matrices", any_matrices, points=2),
            Property("no pictures; float32", odd_ones),
        ),
        optional=True,
        hints=(
            "First one picture, one channel, one kernel: how many tiles, where does each start, and which part of y is its own?",
            "Pad at the end until the tiles fit: rows = -(-oh // m) tiles need rows * m + 2 rows of pixels. Cut y to oh and ow.",
            "@ takes stacks of matrices: BT @ tiles @ BT.T transforms all (N, C, rows, columns, m+2, m+2) tiles in one line, and"
            + " G @ weight @ G.T all kernels.",
            "np.einsum('kcfg,ncabfg->nkabfg', weights, tiles) are the products, summed over channels; faster is a matrix product"
            + " for each (f, g).",
        ),
    ),
]
