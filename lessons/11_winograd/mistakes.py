"""Wrong answers to lesson 11 that people really write, each with the hint that they should read. Read variants.py next."""

import numpy as np

from minifcn.course.exercise import Mistake

Q1 = "q1 = (x0 - x2) * w0"
Q2 = "q2 = (x1 + x2) * ((w0 + w1 + w2) / 2)"
Q3 = "q3 = (x2 - x1) * ((w0 - w1 + w2) / 2)"
Q4 = "q4 = (x1 - x3) * w2"
SUMS = "return q1 + q2 + q3, q2 - q3 - q4"

POWERS = "finite = [[float(t) ** power for power in range(n)] for t in points]"
ROWS = "return np.array([*finite, [0.0] * (n - 1) + [1.0]])"
THREE = "return np.linalg.inv(values(m + 2)).T, values(3), values(m).T"

DTYPE = "BT, G, AT = (matrix.astype(x.dtype) for matrix in matrices)"
SIZES = "oh, ow = H + 2 * padding - 2, W + 2 * padding - 2"
COUNT = "rows, columns = -(-oh // m), -(-ow // m)"
BEHIND = "below, right = padding + rows * m - oh, padding + columns * m - ow"
PAD = "padded = np.pad(x, ((0, 0), (0, 0), (padding, below), (padding, right)))"
TILES = "[:, :, ::m, ::m]"
PIXELS = "(BT @ tiles @ BT.T)"
KERNELS = "(G @ weight @ G.T)"
PRODUCTS = "products = weights @ tiles.reshape(size, size, C, N * rows * columns)"
BACK = "(AT @ products @ AT.T)"
ORDER = ".transpose(0, 1, 2, 4, 3, 5)"
CUT = "[:, :, :oh, :ow]"

# f23 ------------------------------------------------------------------------------------------------------------------


def six_products(x, w):
    return x[0] * w[0] + x[1] * w[1] + x[2] * w[2], x[1] * w[0] + x[2] * w[1] + x[3] * w[2]


def five_products(x, w):
    shared = (x[1] + x[2]) * (w[0] + w[1])
    middle = x[1] * w[0]
    other = x[2] * w[1]
    y0 = x[0] * w[0] + (shared - middle - other - x[2] * w[0]) + x[2] * w[2]
    return y0, middle + other + x[3] * w[2]


def a_true_convolution(x, w):
    return f23_of(x, w[::-1])


def f23_of(x, w):
    q1, q4 = (x[0] - x[2]) * w[0], (x[1] - x[3]) * w[2]
    q2, q3 = (x[1] + x[2]) * ((w[0] + w[1] + w[2]) / 2), (x[2] - x[1]) * ((w[0] - w[1] + w[2]) / 2)
    return q1 + q2 + q3, q2 - q3 - q4


def whole_numbers_only(x, w):
    q1, q4 = (x[0] - x[2]) * w[0], (x[1] - x[3]) * w[2]
    q2, q3 = (x[1] + x[2]) * int((w[0] + w[1] + w[2]) / 2), (x[2] - x[1]) * int((w[0] - w[1] + w[2]) / 2)
    return q1 + q2 + q3, q2 - q3 - q4


def products_made_twice(x, w):
    def half(sign):
        return (x[2] + sign * x[1]) * ((w[0] + sign * w[1] + w[2]) / 2)

    return (x[0] - x[2]) * w[0] + half(1) + half(-1), half(1) - half(-1) - (x[1] - x[3]) * w[2]


def divided_without_rest(x, w):
    q1, q4 = (x[0] - x[2]) * w[0], (x[1] - x[3]) * w[2]
    q2, q3 = (x[1] + x[2]) * ((w[0] + w[1] + w[2]) // 2), (x[2] - x[1]) * ((w[0] - w[1] + w[2]) // 2)
    return q1 + q2 + q3, q2 - q3 - q4


def exchanged_results(x, w):
    y0, y1 = f23_of(x, w)
    return y1, y0


def one_result(x, w):
    return f23_of(x, w)[0]


# winograd_matrices ----------------------------------------------------------------------------------------------------


def for_two_only(m, points):
    BT = np.array([[1.0, 0, -1, 0], [0, 0.5, 0.5, 0], [0, -0.5, 0.5, 0], [0, -1, 0, 1]])
    G = np.array([[1.0, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 1]])
    return BT, G, np.array([[1.0, 1, 1, 0], [0, 1, -1, 1]])


def sorted_points(m, points):
    def values(n):
        return np.array([*[[float(t) ** power for power in range(n)] for t in sorted(points)], [0.0] * (n - 1) + [1.0]])

    return np.linalg.inv(values(m + 2)).T, values(3), values(m).T


def cast_to_integers(m, points):
    def values(n):
        rows = np.zeros((m + 2, n), dtype=int)
        rows[:-1] = [[t**power for power in range(n)] for t in points]
        rows[-1, -1] = 1
        return rows

    return np.linalg.inv(values(m + 2)).T, values(3), values(m).T


def a_finite_infinity(m, points):
    """Takes a large number in place of infinity."""

    def values(n):
        return np.array([[float(t) ** power for power in range(n)] for t in (*points, 100.0)])

    return np.linalg.inv(values(m + 2)).T, values(3), values(m).T


# winograd_conv2d ------------------------------------------------------------------------------------------------------


def by_the_formula(x, weight, matrices, padding, matrix=lambda number: number, kernel=lambda g: g, join=np.add):
    """Tile by tile, wrong on demand."""
    BT, G, AT = matrices
    (N, C, H, W), K, (m, size) = x.shape, len(weight), AT.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding + size), (padding, padding + size)))
    y = np.zeros((N, K, oh + size, ow + size), x.dtype)
    for n, k, c in np.ndindex(N, K, C):
        transformed = G @ kernel(weight[k, c]) @ G.T
        for u in range(0, oh, m):
            for v in range(0, ow, m):
                tile = BT @ padded[n, c, u : u + size, v : v + size] @ BT.T
                part = AT @ matrix(transformed, tile) @ AT.T
                there = y[n, k, u : u + m, v : v + m]
                there[:] = join(there, part)
    return y[:, :, :oh, :ow]


def a_matrix_product(x, weight, matrices, padding=0):
    return by_the_formula(x, weight, matrices, padding, lambda g, d: g @ d)


def kernels_turned(x, weight, matrices, padding=0):
    return by_the_formula(x, weight, matrices, padding, np.multiply, lambda g: g[::-1, ::-1])


def last_channel_wins(x, weight, matrices, padding=0):
    return by_the_formula(x, weight, matrices, padding, np.multiply, join=lambda there, part: part)


def not_by_tiles(x, weight, matrices, padding=0):
    """The plain convolution: right numbers for the right matrices, but none of the savings."""
    oh, ow = x.shape[2] + 2 * padding - 2, x.shape[3] + 2 * padding - 2
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    y = np.zeros((len(x), len(weight), oh, ow), x.dtype)
    for i, j in np.ndindex(3, 3):
        y += np.einsum("kc,ncuv->nkuv", weight[:, :, i, j], padded[:, :, i : i + oh, j : j + ow])
    return y


def own_matrices(x, weight, matrices, padding=0):
    BT = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]], x.dtype)
    G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]], x.dtype)
    return by_the_formula(x, weight, (BT, G, np.array([[1, 1, 1, 0], [0, 1, -1, -1]], x.dtype)), padding, np.multiply)


def along_the_rows_only(x, weight, matrices, padding=0):
    """F(m, 3) for each row of the kernel: right for the right matrices, with three times m + 2 products."""
    BT, G, AT = matrices
    (N, _, H, W), K, (m, size) = x.shape, len(weight), AT.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding + size)))
    y = np.zeros((N, K, oh, ow + size), x.dtype)
    for v in range(0, ow, m):
        for i in range(3):
            tiles = padded[:, :, i : i + oh, v : v + size] @ BT.T
            y[:, :, :, v : v + m] += np.einsum("if,kcf,ncuf->nkui", AT, weight[:, :, i] @ G.T, tiles).astype(x.dtype)
    return y[:, :, :, :ow]


def first_picture_only(x, weight, matrices, padding=0):
    y = by_the_formula(x, weight, matrices, padding, np.multiply)
    return np.repeat(y[:1], len(x), axis=0)


def a_batch_of_one(x, weight, matrices, padding=0):
    return by_the_formula(x[:1], weight, matrices, padding, np.multiply)


def without_padding(x, weight, matrices, padding=0):
    return by_the_formula(x, weight, matrices, 0, np.multiply)


def as_many_across_as_down(x, weight, matrices, padding=0):
    y, m = by_the_formula(x, weight, matrices, padding, np.multiply), len(matrices[2])
    return y[:, :, :, : -(-y.shape[2] // m) * m]


def tiles_as_they_come(x, weight, matrices, padding=0):
    """Takes the last tiles as large as they are."""
    BT, G, AT = matrices
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    (m, size), oh, ow = AT.shape, padded.shape[2] - 2, padded.shape[3] - 2
    y = np.zeros((len(x), len(weight), oh, ow), x.dtype)
    for u in range(0, oh, m):
        for v in range(0, ow, m):
            tile = BT @ padded[:, :, u : u + size, v : v + size] @ BT.T
            part = AT @ np.einsum("kcfg,ncfg->nkfg", G @ weight @ G.T, tile) @ AT.T
            y[:, :, u : u + m, v : v + m] = part[:, :, : oh - u, : ow - v]
    return y


def steps_of(step, x, weight, matrices, padding, size):
    """Tiles of a size, a step apart, each of which is to fill as many rows and columns of y."""
    BT, G, AT = matrices
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding + size), (padding, padding + size)))
    oh, ow = x.shape[2] + 2 * padding - 2, x.shape[3] + 2 * padding - 2
    y = np.zeros((len(x), len(weight), -(-oh // step) * step, -(-ow // step) * step), x.dtype)
    for u in range(0, oh, step):
        for v in range(0, ow, step):
            tile = BT @ padded[:, :, u : u + size, v : v + size] @ BT.T
            y[:, :, u : u + step, v : v + step] = AT @ np.einsum("kcfg,ncfg->nkfg", G @ weight @ G.T, tile) @ AT.T
    return y[:, :, :oh, :ow]


def results_as_large_as_tiles(x, weight, matrices, padding=0):
    return steps_of(len(matrices[0]), x, weight, matrices, padding, len(matrices[0]))


def always_two_by_two(x, weight, matrices, padding=0):
    return steps_of(2, x, weight, matrices, padding, 4)


def drops_the_rest(x, weight, matrices, padding=0):
    y, m = by_the_formula(x, weight, matrices, padding, np.multiply), len(matrices[2])
    y[:, :, y.shape[2] // m * m :] = 0
    y[:, :, :, y.shape[3] // m * m :] = 0
    return y


MISTAKES = {
    "f23": [
        Mistake(
            "six products",
            (
                "The results are right, but there are six products: those of the definition, or q2 and q3 anew for each result."
                " Make q1 to q4, each once."
            ),
            answer="six_products",
            also=("products_made_twice",),
        ),
        Mistake(
            "five or more products",
            "The results are right, but there are more than four products. Use q1 to q4, each once.",
            answer="five_products",
        ),
        Mistake(
            "q4 added",
            "y1 is q2 - q3 - q4. With a plus, q4 has to be (x3 - x1) * w2.",
            ((SUMS, "return q1 + q2 + q3, q2 - q3 + q4"),),
        ),
        Mistake(
            "q3 added twice",
            "q3 is added to y1. The middle weight survives from the difference: y1 = q2 - q3 - q4.",
            ((SUMS, "return q1 + q2 + q3, q2 + q3 - q4"),),
        ),
        Mistake(
            "q3 subtracted twice",
            "q3 is subtracted from y0. y0 = q1 + q2 + q3.",
            ((SUMS, "return q1 + q2 - q3, q2 - q3 - q4"),),
        ),
        Mistake(
            "no halves",
            "The halves are missing: q2 and q3 are twice as large as they should be.",
            ((Q2, "q2 = (x1 + x2) * (w0 + w1 + w2)"), (Q3, "q3 = (x2 - x1) * (w0 - w1 + w2)")),
        ),
        Mistake(
            "one half",
            "The half is missing in q3: it is (x2 - x1) * (w0 - w1 + w2) / 2.",
            ((Q3, "q3 = (x2 - x1) * (w0 - w1 + w2)"),),
        ),
        Mistake(
            "q3 with the other sign",
            "q3 has x2 - x1, not x1 - x2.",
            ((Q3, "q3 = (x1 - x2) * ((w0 - w1 + w2) / 2)"),),
        ),
        Mistake(
            "q1 with a sum",
            "q1 takes the difference x0 - x2: it repairs y0, which has x2 * w0 in place of x0 * w0.",
            ((Q1, "q1 = (x0 + x2) * w0"),),
        ),
        Mistake(
            "q1 with x1",
            "q1 is (x0 - x2) * w0. The pixels of q1 are two apart, as are those of q4.",
            ((Q1, "q1 = (x0 - x1) * w0"),),
        ),
        Mistake(
            "q4 with x2",
            "q4 is (x1 - x3) * w2. Its pixels are two apart, as those of q1 are.",
            ((Q4, "q4 = (x2 - x3) * w2"),),
        ),
        Mistake(
            "the kernel turned",
            "The kernel is turned round: q1 has its first weight, w0, and q4 its last, w2, so that y0 begins with x0 * w0.",
            ((Q1, "q1 = (x0 - x2) * w2"), (Q4, "q4 = (x1 - x3) * w0")),
            also=("a_true_convolution",),
        ),
        Mistake(
            "results exchanged",
            "The two results are exchanged: y0 is the one with x0.",
            answer="exchanged_results",
        ),
        Mistake(
            "one result",
            "Only y0 is returned. Return both: (y0, y1).",
            answer="one_result",
        ),
        Mistake(
            "rounded",
            "The half sums of the weights are rounded to integers. They may end in a half: divide with /, and do not round.",
            answer="whole_numbers_only",
            also=("divided_without_rest",),
        ),
        Mistake(
            "q3 without its minus",
            "q3 has w0 - w1 + w2: the value of the kernel at the point -1.",
            ((Q3, Q3.replace("w0 - w1", "w0 + w1")),),
        ),
        Mistake(
            "q1 and q4 exchanged",
            "q1 and q4 are exchanged. q1 repairs y0, which begins with x0 * w0, and q4 repairs y1, which ends with x3 * w2.",
            ((SUMS, "return q4 + q2 + q3, q2 - q3 - q1"),),
        ),
        Mistake(
            "halved twice",
            "q2 and q3 are halved twice, in the pixels and in the weights. Once is enough.",
            ((Q2, Q2.replace("(x1 + x2)", "(x1 + x2) / 2")), (Q3, Q3.replace("(x2 - x1)", "(x2 - x1) / 2"))),
        ),
    ],
    "winograd_matrices": [
        Mistake(
            "no infinity",
            "The last row, of infinity, is a row of ones or of another point. It is 0, ..., 0, 1: only the highest power counts.",
            ((ROWS, "return np.array([*finite, [1.0] * n])"),),
            also=("a_finite_infinity",),
        ),
        Mistake(
            "infinity at the first power",
            "The row of infinity has its 1 at the lowest power. At infinity the highest power counts: 0, ..., 0, 1.",
            ((ROWS, "return np.array([*finite, [1.0] + [0.0] * (n - 1)])"),),
        ),
        Mistake(
            "infinity first",
            "The row of infinity comes first. It belongs behind the given points.",
            ((ROWS, "return np.array([[0.0] * (n - 1) + [1.0], *finite])"),),
        ),
        Mistake(
            "powers from high to low",
            "The powers run from high to low. Coefficient 0 belongs to t**0: each row is 1, t, t**2, ...",
            ((POWERS, "finite = [[float(t) ** power for power in range(n)][::-1] for t in points]"),
             (ROWS, "return np.array([*finite, [1.0] + [0.0] * (n - 1)])")),
        ),
        Mistake(
            "powers of one kind reversed",
            "The powers run from high to low, but infinity still has its 1 at the end. Rows are 1, t, t**2, ...",
            ((POWERS, "finite = [[float(t) ** power for power in reversed(range(n))] for t in points]"),),
        ),
        Mistake(
            "powers from 1",
            "The powers begin at 1. Each row is 1, t, t**2, ...: a constant is the power 0.",
            ((POWERS, "finite = [[float(t) ** (power + 1) for power in range(n)] for t in points]"),),
        ),
        Mistake(
            "multiples for powers",
            "The rows have multiples of t. A polynomial's value needs powers: t**0, t**1, t**2.",
            ((POWERS, "finite = [[float(t) * power for power in range(1, n + 1)] for t in points]"),),
        ),
        Mistake(
            "not transposed back",
            "BT is the inverse of V_(m+2), but not transposed. Transposing the product of matrices transposes each of them.",
            ((THREE, "return np.linalg.inv(values(m + 2)), values(3), values(m).T"),),
        ),
        Mistake(
            "not inverted",
            "BT is V_(m+2) transposed, but not inverted: it evaluates once more instead of leading back.",
            ((THREE, "return values(m + 2).T, values(3), values(m).T"),),
        ),
        Mistake(
            "evaluated instead of led back",
            "BT is V_(m+2) itself. It is its inverse, transposed.",
            ((THREE, "return values(m + 2), values(3), values(m).T"),),
        ),
        Mistake(
            "A for AT",
            "The third matrix is A. Return AT, of shape (m, m+2): V_m transposed.",
            ((THREE, "return np.linalg.inv(values(m + 2)).T, values(3), values(m)"),),
        ),
        Mistake(
            "G transposed",
            "G is transposed. It takes three weights to m + 2 numbers, so it has m + 2 rows and 3 columns.",
            ((THREE, "return np.linalg.inv(values(m + 2)).T, values(3).T, values(m).T"),),
        ),
        Mistake(
            "A and G exchanged",
            "V_3 and V_m are exchanged. The weights are three, so G is V_3; the results are m, so AT is V_m transposed.",
            ((THREE, "return np.linalg.inv(values(m + 2)).T, values(m), values(3).T"),),
        ),
        Mistake(
            "another order",
            "The matrices are returned in another order. It is BT, G, AT.",
            ((THREE, "return values(m).T, values(3), np.linalg.inv(values(m + 2)).T"),),
        ),
        Mistake(
            "float32",
            "The matrices are float32. They must be float64: the convolution rounds them itself if it needs to.",
            ((THREE, "return tuple(a.astype(np.float32) for a in (np.linalg.inv(values(m + 2)).T, values(3), values(m).T))"),),
        ),
        Mistake(
            "the points sorted",
            "The points are sorted. Row f belongs to points[f], in the order in which they are given.",
            answer="sorted_points",
        ),
        Mistake(
            "only F(2, 3)",
            "These are the matrices of the example, whatever m and points are. Compute them from the points.",
            answer="for_two_only",
        ),
        Mistake(
            "the inverse rounded",
            "The inverse is rounded. Its entries may be any fractions, as 1/24.",
            ((THREE, "return np.linalg.inv(values(m + 2)).T.round(), values(3), values(m).T"),),
        ),
        Mistake(
            "infinity cut off",
            "G and AT are cut out of V_(m+2), and with its last columns the 1 of infinity is gone. V_3 and V_m have rows of infinity of their own.",
            ((THREE, "V = values(m + 2)\n    return np.linalg.inv(V).T, V[:, :3], V[:, :m].T"),),
        ),
        Mistake(
            "points cut to integers",
            "Fractions among the points are cut off, so that two points become equal. Fill arrays of floats.",
            answer="cast_to_integers",
        ),
        Mistake(
            "halves in both",
            "The halves are in G and in BT as well. The inverse has them already: a factor belongs in one of the two.",
            ((THREE, "G = values(3)\n    G[1:-1] /= 2\n    return np.linalg.inv(values(m + 2)).T, G, values(m).T"),),
        ),
    ],
    "winograd_conv2d": [
        Mistake(
            "tiles beside each other",
            "The tiles of pixels do not overlap here. They are m + 2 wide, but start only m apart.",
            ((PAD, "padded = np.pad(x, ((0, 0), (0, 0), (padding, below + size * rows), (padding, right + size * columns)))"),
             (TILES, "[:, :, ::size, ::size][:, :, :rows, :columns]")),
        ),
        Mistake(
            "a tile at every pixel",
            "There is a tile at every pixel. Tile (a, b) starts at row a*m and column b*m.",
            ((TILES, "[:, :, :rows, :columns]"),),
        ),
        Mistake(
            "a matrix product",
            "Transformed kernels and tiles are multiplied as matrices. It is number by number: * and not @.",
            answer="a_matrix_product",
        ),
        Mistake(
            "from one side only",
            "The tiles are transformed from one side only. Columns need BT from the left, rows BT.T from the right.",
            ((PIXELS, "(BT @ tiles)"),),
        ),
        Mistake(
            "BT twice",
            "The tile is transformed by BT on both sides. On the right it is BT.T.",
            ((PIXELS, "(BT @ tiles @ BT)"),),
        ),
        Mistake(
            "B for BT",
            "The tile is transformed by B and BT the other way round: BT @ tile @ BT.T.",
            ((PIXELS, "(BT.T @ tiles @ BT)"),),
        ),
        Mistake(
            "kernels turned",
            "The kernels are turned by 180 degrees. This course's convolution multiplies tap (i, j) with pixel (i, j).",
            answer="kernels_turned",
        ),
        Mistake(
            "kernels transposed",
            "The kernels are transposed: rows and columns of the transformed kernel are exchanged.",
            ((KERNELS, "(G @ weight.swapaxes(2, 3) @ G.T)"),),
        ),
        Mistake(
            "the last channel",
            "Only the last channel is left in the result. Sum the products over the channels.",
            answer="last_channel_wins",
        ),
        Mistake(
            "a mean over channels",
            "The products are averaged over the channels. A convolution adds them up.",
            ((PRODUCTS, "products = weights @ tiles.reshape(size, size, C, N * rows * columns) / C"),),
        ),
        Mistake(
            "reshaped without transposing",
            "The results of a tile stand one after another in memory. Bring the axes into the order rows, m, columns, m first.",
            ((ORDER, ""),),
        ),
        Mistake(
            "tiles turned on their side",
            "Each tile of results is transposed where it is put into y.",
            ((ORDER, ".transpose(0, 1, 2, 5, 3, 4)"),),
        ),
        Mistake(
            "tiles rounded down",
            "The results behind the last whole tile are missing or 0. Round the number of tiles up, -(-oh // m).",
            answer="drops_the_rest",
        ),
        Mistake(
            "not cut off",
            "y has the results of whole tiles, more than there are windows. Cut it to oh rows and ow columns.",
            ((CUT, ""),),
        ),
        Mistake(
            "padding at the end only",
            "The zeros of the padding stand at the end only. Rows and columns at the beginning need them too.",
            ((PAD, "padded = np.pad(x, ((0, 0), (0, 0), (0, below + padding), (0, right + padding)))"),),
        ),
        Mistake(
            "padding at the beginning twice",
            "The extra rows that the tiles need stand at the beginning. The picture has to stay where it is: add them at the end.",
            ((PAD, "padded = np.pad(x, ((0, 0), (0, 0), (below, padding), (right, padding)))"),),
        ),
        Mistake(
            "the edge repeated",
            "Beyond the picture its border is repeated. Convolutions pad with zeros.",
            ((PAD, 'padded = np.pad(x, ((0, 0), (0, 0), (padding, below), (padding, right)), mode="edge")'),),
        ),
        Mistake(
            "padding ignored",
            "padding is not used. y has H + 2 * padding - 2 rows.",
            ((SIZES, "padding = 0\n    oh, ow = H - 2, W - 2"),),
            also=("without_padding",),
        ),
        Mistake(
            "size of the picture",
            "y is as large as the padded picture. A kernel of 3 loses two rows and two columns: H + 2 * padding - 2.",
            ((SIZES, "oh, ow = H + 2 * padding, W + 2 * padding"),),
        ),
        Mistake(
            "height for width",
            "Rows and columns are mixed up: the picture is taken for a square one.",
            ((SIZES, "oh, ow = W + 2 * padding - 2, H + 2 * padding - 2"),),
            also=("as_many_across_as_down",),
        ),
        Mistake(
            "the matrices not used",
            "This is a convolution, but not by the matrices that are given: transform by them, multiply, and transform back.",
            answer="not_by_tiles",
            also=("own_matrices",),
        ),
        Mistake(
            "along one axis only",
            "F(m, 3) is used along the rows only, which takes three times m + 2 products. Nest it: both axes are transformed.",
            answer="along_the_rows_only",
        ),
        Mistake(
            "the first picture only",
            "Only the first picture of the batch is computed. Every picture has results of its own.",
            answer="first_picture_only",
            also=("a_batch_of_one",),
        ),
        Mistake(
            "always float64",
            "float32 becomes float64, since the matrices are float64. Convert them to the dtype of x.",
            ((DTYPE, "BT, G, AT = matrices"),),
        ),
        Mistake(
            "tiles not filled up",
            "The last tiles are smaller than the others, and the matrices fit only (m+2) x (m+2) pixels. Fill them up with zeros.",
            answer="tiles_as_they_come",
        ),
        Mistake(
            "results as large as tiles",
            "m + 2 is the side of a tile of pixels. A tile of results has m x m: m is the number of rows of AT.",
            answer="results_as_large_as_tiles",
        ),
        Mistake(
            "always 2 x 2",
            "The tiles are always 4 x 4 pixels and 2 x 2 results. The matrices say how large they are: AT is (m, m+2).",
            answer="always_two_by_two",
        ),
    ],
}
