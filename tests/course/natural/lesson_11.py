"""Natural answers to the exercises of lesson 11."""

from . import Natural

NUMPY = "import numpy as np\n\n"


def f23(about, source, hint=""):
    return Natural("11.f23", about, NUMPY + source, hint)


def matrices(about, source, hint=""):
    return Natural("11.winograd_matrices", about, NUMPY + source, hint)


def conv(about, source, hint=""):
    return Natural("11.winograd_conv2d", about, NUMPY + source, hint)


ANSWERS = [
    f23(
        "directly, by six products",
        """
def f23(x, w):
    return x[0] * w[0] + x[1] * w[1] + x[2] * w[2], x[1] * w[0] + x[2] * w[1] + x[3] * w[2]
""",
        "six_products",
    ),
    f23(
        "adds q4",
        """
def f23(x, w):
    q1 = (x[0] - x[2]) * w[0]
    q2 = (x[1] + x[2]) * (w[0] + w[1] + w[2]) / 2
    q3 = (x[2] - x[1]) * (w[0] - w[1] + w[2]) / 2
    q4 = (x[1] - x[3]) * w[2]
    return q1 + q2 + q3, q2 - q3 + q4
""",
        "q4_added",
    ),
    f23(
        "no halves",
        """
def f23(x, w):
    x0, x1, x2, x3 = x
    w0, w1, w2 = w
    q1 = (x0 - x2) * w0
    q2 = (x1 + x2) * (w0 + w1 + w2)
    q3 = (x2 - x1) * (w0 - w1 + w2)
    q4 = (x1 - x3) * w2
    return q1 + q2 + q3, q2 - q3 - q4
""",
        "no_halves",
    ),
    f23(
        "x1 - x2 in q3",
        """
def f23(x, w):
    x0, x1, x2, x3 = x
    w0, w1, w2 = w
    q1 = (x0 - x2) * w0
    q2 = (x1 + x2) * (w0 + w1 + w2) / 2
    q3 = (x1 - x2) * (w0 - w1 + w2) / 2
    q4 = (x1 - x3) * w2
    return q1 + q2 + q3, q2 - q3 - q4
""",
        "q3_with_the_other_sign",
    ),
    f23(
        "q2 - q3 in y0",
        """
def f23(x, w):
    x0, x1, x2, x3 = x
    w0, w1, w2 = w
    q1 = (x0 - x2) * w0
    q2 = (x1 + x2) * ((w0 + w1 + w2) / 2)
    q3 = (x2 - x1) * ((w0 - w1 + w2) / 2)
    q4 = (x1 - x3) * w2
    return q1 + q2 - q3, q2 - q3 - q4
""",
        "q3_subtracted_twice",
    ),
    f23(
        "whole division by 2",
        """
def f23(x, w):
    x0, x1, x2, x3 = x
    w0, w1, w2 = w
    q1 = (x0 - x2) * w0
    q2 = (x1 + x2) * ((w0 + w1 + w2) // 2)
    q3 = (x2 - x1) * ((w0 - w1 + w2) // 2)
    q4 = (x1 - x3) * w2
    return q1 + q2 + q3, q2 - q3 - q4
""",
        "rounded",
    ),
    f23(
        "the minus before w1 is missing",
        """
def f23(x, w):
    x0, x1, x2, x3 = x
    w0, w1, w2 = w
    q1 = (x0 - x2) * w0
    q2 = (x1 + x2) * ((w0 + w1 + w2) / 2)
    q3 = (x2 - x1) * ((w0 + w1 + w2) / 2)
    q4 = (x1 - x3) * w2
    return q1 + q2 + q3, q2 - q3 - q4
""",
        "q3_without_its_minus",
    ),
    f23(
        "makes the products of each result anew",
        """
def f23(x, w):
    x0, x1, x2, x3 = x
    w0, w1, w2 = w
    plus = lambda: (x1 + x2) * ((w0 + w1 + w2) / 2)
    minus = lambda: (x2 - x1) * ((w0 - w1 + w2) / 2)
    y0 = (x0 - x2) * w0 + plus() + minus()
    y1 = plus() - minus() - (x1 - x3) * w2
    return y0, y1
""",
        "six_products",
    ),
    f23(
        "q1 and q4 exchanged",
        """
def f23(x, w):
    x0, x1, x2, x3 = x
    w0, w1, w2 = w
    q1 = (x0 - x2) * w0
    q2 = (x1 + x2) * ((w0 + w1 + w2) / 2)
    q3 = (x2 - x1) * ((w0 - w1 + w2) / 2)
    q4 = (x1 - x3) * w2
    return q4 + q2 + q3, q2 - q3 - q1
""",
        "q1_and_q4_exchanged",
    ),
    f23(
        "the kernel mirrored",
        """
def f23(x, w):
    x0, x1, x2, x3 = x
    w2, w1, w0 = w
    q1 = (x0 - x2) * w0
    q2 = (x1 + x2) * ((w0 + w1 + w2) / 2)
    q3 = (x2 - x1) * ((w0 - w1 + w2) / 2)
    q4 = (x1 - x3) * w2
    return q1 + q2 + q3, q2 - q3 - q4
""",
        "the_kernel_turned",
    ),
    f23(
        "a half in the pixels and one in the weights",
        """
def f23(x, w):
    x0, x1, x2, x3 = x
    w0, w1, w2 = w
    q1 = (x0 - x2) * w0
    q2 = (x1 + x2) / 2 * ((w0 + w1 + w2) / 2)
    q3 = (x2 - x1) / 2 * ((w0 - w1 + w2) / 2)
    q4 = (x1 - x3) * w2
    return q1 + q2 + q3, q2 - q3 - q4
""",
        "halved_twice",
    ),
    matrices(
        "BT is not transposed",
        """
def winograd_matrices(m, points):
    n = m + 2
    V = np.zeros((n, n))
    for f, t in enumerate(points):
        for p in range(n):
            V[f, p] = t**p
    V[-1, -1] = 1
    BT = np.linalg.inv(V)
    G = V[:, :3].copy()
    G[-1] = [0, 0, 1]
    AT = V[:, :m].copy()
    AT[-1] = 0
    AT[-1, -1] = 1
    return BT, G, AT.T
""",
        "not_transposed_back",
    ),
    matrices(
        "AT is (m + 2, m)",
        """
def winograd_matrices(m, points):
    def V(n):
        return np.array([[float(t) ** p for p in range(n)] for t in points] + [[0.0] * (n - 1) + [1.0]])

    return np.linalg.inv(V(m + 2)).T, V(3), V(m)
""",
        "A_for_AT",
    ),
    matrices(
        "infinity is the first point",
        """
def winograd_matrices(m, points):
    def V(n):
        return np.array([[0.0] * (n - 1) + [1.0]] + [[float(t) ** p for p in range(n)] for t in points])

    return np.linalg.inv(V(m + 2)).T, V(3), V(m).T
""",
        "infinity_first",
    ),
    matrices(
        "np.vander, whose powers fall",
        """
def winograd_matrices(m, points):
    def V(n):
        last = np.zeros((1, n))
        last[0, -1] = 1
        return np.concatenate([np.vander(np.array(points, float), n), last])

    return np.linalg.inv(V(m + 2)).T, V(3), V(m).T
""",
        "powers_of_one_kind_reversed",
    ),
    matrices(
        "G and AT cut out of the large matrix, with its last row",
        """
def winograd_matrices(m, points):
    n = m + 2
    V = np.array([[float(t) ** p for p in range(n)] for t in points] + [[0.0] * (n - 1) + [1.0]])
    return np.linalg.inv(V).T, V[:, :3], V[:, :m].T
""",
        "infinity_cut_off",
    ),
    matrices(
        "whole numbers: the points are cast to int",
        """
def winograd_matrices(m, points):
    def V(n):
        rows = np.zeros((m + 2, n), dtype=int)
        for f, t in enumerate(points):
            rows[f] = [t**p for p in range(n)]
        rows[-1, -1] = 1
        return rows

    return np.linalg.inv(V(m + 2)).T, V(3), V(m).T
""",
        "points_cut_to_integers",
    ),
    matrices(
        "ones at infinity",
        """
def winograd_matrices(m, points):
    def V(n):
        return np.array([[float(t) ** p for p in range(n)] for t in points] + [[1.0] * n])

    return np.linalg.inv(V(m + 2)).T, V(3), V(m).T
""",
        "no_infinity",
    ),
    matrices(
        "always the matrices of F(2, 3)",
        """
def winograd_matrices(m, points):
    BT = np.array([[1, 0, -1, 0], [0, 0.5, 0.5, 0], [0, -0.5, 0.5, 0], [0, -1, 0, 1]])
    G = np.array([[1.0, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 1]])
    AT = np.array([[1.0, 1, 1, 0], [0, 1, -1, 1]])
    return BT, G, AT
""",
        "only_F(2,_3)",
    ),
    matrices(
        "the powers start at 1",
        """
def winograd_matrices(m, points):
    def V(n):
        rows = [[float(t) ** p for p in range(1, n + 1)] for t in points]
        return np.array(rows + [[0.0] * (n - 1) + [1.0]])

    return np.linalg.inv(V(m + 2)).T, V(3), V(m).T
""",
        "powers_from_1",
    ),
    matrices(
        "the halves in G as well",
        """
def winograd_matrices(m, points):
    def V(n):
        return np.array([[float(t) ** p for p in range(n)] for t in points] + [[0.0] * (n - 1) + [1.0]])

    G = V(3)
    G[1:-1] /= 2
    return np.linalg.inv(V(m + 2)).T, G, V(m).T
""",
        "halves_in_both",
    ),
    matrices(
        "the points are sorted",
        """
def winograd_matrices(m, points):
    def V(n):
        return np.array([[float(t) ** p for p in range(n)] for t in sorted(points)] + [[0.0] * (n - 1) + [1.0]])

    return np.linalg.inv(V(m + 2)).T, V(3), V(m).T
""",
        "the_points_sorted",
    ),
    matrices(
        "BT is V itself, not its inverse",
        """
def winograd_matrices(m, points):
    def V(n):
        return np.array([[float(t) ** p for p in range(n)] for t in points] + [[0.0] * (n - 1) + [1.0]])

    return V(m + 2).T, V(3), V(m).T
""",
        "not_inverted",
    ),
    matrices(
        "float32",
        """
def winograd_matrices(m, points):
    def V(n):
        rows = [[float(t) ** p for p in range(n)] for t in points] + [[0.0] * (n - 1) + [1.0]]
        return np.array(rows, dtype=np.float32)

    return np.linalg.inv(V(m + 2)).T, V(3), V(m).T
""",
        "float32",
    ),
    conv(
        "the matrices stay float64, and so does the result",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = matrices
    m = len(AT)
    N, C, H, W = x.shape
    K = len(weight)
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    rows, cols = -(-oh // m), -(-ow // m)
    padded = np.zeros((N, C, rows * m + 2, cols * m + 2))
    padded[:, :, padding : padding + H, padding : padding + W] = x
    y = np.zeros((N, K, rows * m, cols * m))
    U = G @ weight @ G.T
    for a in range(rows):
        for b in range(cols):
            tile = padded[:, :, a * m : a * m + m + 2, b * m : b * m + m + 2]
            V = BT @ tile @ BT.T
            M = np.einsum("kcij,ncij->nkij", U, V)
            y[:, :, a * m : a * m + m, b * m : b * m + m] = AT @ M @ AT.T
    return y[:, :, :oh, :ow]
""",
        "always_float64",
    ),
    conv(
        "tiles lie m + 2 apart",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = matrices
    m = len(AT)
    N, C, H, W = x.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    rows, cols = -(-oh // m), -(-ow // m)
    s = m + 2
    padded = np.zeros((N, C, rows * s, cols * s), x.dtype)
    padded[:, :, padding : padding + H, padding : padding + W] = x
    y = np.zeros((N, len(weight), rows * m, cols * m), x.dtype)
    U = G @ weight @ G.T
    for a in range(rows):
        for b in range(cols):
            V = BT @ padded[:, :, a * s : a * s + s, b * s : b * s + s] @ BT.T
            M = np.einsum("kcij,ncij->nkij", U, V)
            y[:, :, a * m : a * m + m, b * m : b * m + m] = AT @ M @ AT.T
    return y[:, :, :oh, :ow]
""",
        "tiles_beside_each_other",
    ),
    conv(
        "the mean over the channels",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    m = len(AT)
    N, C, H, W = x.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    rows, cols = -(-oh // m), -(-ow // m)
    padded = np.zeros((N, C, rows * m + 2, cols * m + 2), x.dtype)
    padded[:, :, padding : padding + H, padding : padding + W] = x
    y = np.zeros((N, len(weight), rows * m, cols * m), x.dtype)
    U = G @ weight @ G.T
    for a in range(rows):
        for b in range(cols):
            V = BT @ padded[:, :, a * m : a * m + m + 2, b * m : b * m + m + 2] @ BT.T
            M = (U[None] * V[:, None]).mean(axis=2)
            y[:, :, a * m : a * m + m, b * m : b * m + m] = AT @ M @ AT.T
    return y[:, :, :oh, :ow]
""",
        "a_mean_over_channels",
    ),
    conv(
        "only whole tiles; the rest stays 0",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    m = len(AT)
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    N, C, H, W = x.shape
    oh, ow = H - 2, W - 2
    y = np.zeros((N, len(weight), oh, ow), x.dtype)
    U = G @ weight @ G.T
    for a in range(oh // m):
        for b in range(ow // m):
            V = BT @ x[:, :, a * m : a * m + m + 2, b * m : b * m + m + 2] @ BT.T
            M = np.einsum("kcij,ncij->nkij", U, V)
            y[:, :, a * m : a * m + m, b * m : b * m + m] = AT @ M @ AT.T
    return y
""",
        "tiles_rounded_down",
    ),
    conv(
        "tiles at the edge are not filled up",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    m = len(AT)
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    N, C, H, W = x.shape
    oh, ow = H - 2, W - 2
    y = np.zeros((N, len(weight), oh, ow), x.dtype)
    U = G @ weight @ G.T
    for top in range(0, oh, m):
        for left in range(0, ow, m):
            V = BT @ x[:, :, top : top + m + 2, left : left + m + 2] @ BT.T
            M = np.einsum("kcij,ncij->nkij", U, V)
            y[:, :, top : top + m, left : left + m] = AT @ M @ AT.T
    return y
""",
        "tiles_not_filled_up",
    ),
    conv(
        "does not cut off what is too much",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    m = len(AT)
    N, C, H, W = x.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    rows, cols = -(-oh // m), -(-ow // m)
    padded = np.zeros((N, C, rows * m + 2, cols * m + 2), x.dtype)
    padded[:, :, padding : padding + H, padding : padding + W] = x
    y = np.zeros((N, len(weight), rows * m, cols * m), x.dtype)
    U = G @ weight @ G.T
    for a in range(rows):
        for b in range(cols):
            V = BT @ padded[:, :, a * m : a * m + m + 2, b * m : b * m + m + 2] @ BT.T
            M = np.einsum("kcij,ncij->nkij", U, V)
            y[:, :, a * m : a * m + m, b * m : b * m + m] = AT @ M @ AT.T
    return y
""",
        "not_cut_off",
    ),
    conv(
        "the padding is forgotten",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    m = len(AT)
    N, C, H, W = x.shape
    oh, ow = H - 2, W - 2
    rows, cols = -(-oh // m), -(-ow // m)
    padded = np.zeros((N, C, rows * m + 2, cols * m + 2), x.dtype)
    padded[:, :, :H, :W] = x
    y = np.zeros((N, len(weight), rows * m, cols * m), x.dtype)
    U = G @ weight @ G.T
    for a in range(rows):
        for b in range(cols):
            V = BT @ padded[:, :, a * m : a * m + m + 2, b * m : b * m + m + 2] @ BT.T
            M = np.einsum("kcij,ncij->nkij", U, V)
            y[:, :, a * m : a * m + m, b * m : b * m + m] = AT @ M @ AT.T
    return y[:, :, :oh, :ow]
""",
    ),
    conv(
        "all zeros of the padding below and at the right",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    m = len(AT)
    N, C, H, W = x.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    rows, cols = -(-oh // m), -(-ow // m)
    padded = np.zeros((N, C, rows * m + 2, cols * m + 2), x.dtype)
    padded[:, :, :H, :W] = x
    y = np.zeros((N, len(weight), rows * m, cols * m), x.dtype)
    U = G @ weight @ G.T
    for a in range(rows):
        for b in range(cols):
            V = BT @ padded[:, :, a * m : a * m + m + 2, b * m : b * m + m + 2] @ BT.T
            M = np.einsum("kcij,ncij->nkij", U, V)
            y[:, :, a * m : a * m + m, b * m : b * m + m] = AT @ M @ AT.T
    return y[:, :, :oh, :ow]
""",
        "padding_at_the_end_only",
    ),
    conv(
        "an ordinary convolution, without the matrices",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = x.shape[2] - 2, x.shape[3] - 2
    y = np.zeros((len(x), len(weight), oh, ow), x.dtype)
    for i in range(3):
        for j in range(3):
            y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, i : i + oh, j : j + ow])
    return y
""",
        "the_matrices_not_used",
    ),
    conv(
        "m + 2 results for each tile: m is taken from BT",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    m = BT.shape[0]
    N, C, H, W = x.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    rows, cols = -(-oh // m), -(-ow // m)
    padded = np.zeros((N, C, rows * m + 2, cols * m + 2), x.dtype)
    padded[:, :, padding : padding + H, padding : padding + W] = x
    y = np.zeros((N, len(weight), rows * m, cols * m), x.dtype)
    U = G @ weight @ G.T
    for a in range(rows):
        for b in range(cols):
            V = BT @ padded[:, :, a * m : a * m + m, b * m : b * m + m] @ BT.T
            M = np.einsum("kcij,ncij->nkij", U, V)
            y[:, :, a * m : a * m + m, b * m : b * m + m] = AT @ M @ AT.T
    return y[:, :, :oh, :ow]
""",
        "results_as_large_as_tiles",
    ),
    conv(
        "tiles of 4 x 4, whatever m is",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    N, C, H, W = x.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    rows, cols = (oh + 1) // 2, (ow + 1) // 2
    padded = np.zeros((N, C, rows * 2 + 2, cols * 2 + 2), x.dtype)
    padded[:, :, padding : padding + H, padding : padding + W] = x
    y = np.zeros((N, len(weight), rows * 2, cols * 2), x.dtype)
    U = G @ weight @ G.T
    for a in range(rows):
        for b in range(cols):
            V = BT @ padded[:, :, a * 2 : a * 2 + 4, b * 2 : b * 2 + 4] @ BT.T
            M = np.einsum("kcij,ncij->nkij", U, V)
            y[:, :, a * 2 : a * 2 + 2, b * 2 : b * 2 + 2] = AT @ M @ AT.T
    return y[:, :, :oh, :ow]
""",
        "always_2_x_2",
    ),
    conv(
        "tile (a, b) goes to (b, a): the tiles reshaped in the wrong order",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    m = len(AT)
    N, C, H, W = x.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    rows, cols = -(-oh // m), -(-ow // m)
    padded = np.zeros((N, C, rows * m + 2, cols * m + 2), x.dtype)
    padded[:, :, padding : padding + H, padding : padding + W] = x
    tiles = np.lib.stride_tricks.sliding_window_view(padded, (m + 2, m + 2), axis=(2, 3))[:, :, ::m, ::m]
    M = np.einsum("kcij,ncabij->nkabij", G @ weight @ G.T, BT @ tiles @ BT.T)
    y = AT @ M @ AT.T
    return y.reshape(N, len(weight), rows * m, cols * m)[:, :, :oh, :ow]
""",
        "reshaped_without_transposing",
    ),
    conv(
        "multiplies by BT on both sides, without transposing",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    m = len(AT)
    N, C, H, W = x.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    rows, cols = -(-oh // m), -(-ow // m)
    padded = np.zeros((N, C, rows * m + 2, cols * m + 2), x.dtype)
    padded[:, :, padding : padding + H, padding : padding + W] = x
    y = np.zeros((N, len(weight), rows * m, cols * m), x.dtype)
    U = G @ weight @ G.T
    for a in range(rows):
        for b in range(cols):
            V = BT @ padded[:, :, a * m : a * m + m + 2, b * m : b * m + m + 2] @ BT
            M = np.einsum("kcij,ncij->nkij", U, V)
            y[:, :, a * m : a * m + m, b * m : b * m + m] = AT @ M @ AT.T
    return y[:, :, :oh, :ow]
""",
        "BT_twice",
    ),
    conv(
        "a matrix product instead of number by number",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    m = len(AT)
    N, C, H, W = x.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    rows, cols = -(-oh // m), -(-ow // m)
    padded = np.zeros((N, C, rows * m + 2, cols * m + 2), x.dtype)
    padded[:, :, padding : padding + H, padding : padding + W] = x
    y = np.zeros((N, len(weight), rows * m, cols * m), x.dtype)
    U = G @ weight @ G.T
    for a in range(rows):
        for b in range(cols):
            V = BT @ padded[:, :, a * m : a * m + m + 2, b * m : b * m + m + 2] @ BT.T
            M = (U[None] @ V[:, None]).sum(axis=2)
            y[:, :, a * m : a * m + m, b * m : b * m + m] = AT @ M @ AT.T
    return y[:, :, :oh, :ow]
""",
        "a_matrix_product",
    ),
    conv(
        "one picture only: the batch is lost",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    m = len(AT)
    N, C, H, W = x.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    rows, cols = -(-oh // m), -(-ow // m)
    padded = np.zeros((C, rows * m + 2, cols * m + 2), x.dtype)
    padded[:, padding : padding + H, padding : padding + W] = x[0]
    y = np.zeros((1, len(weight), rows * m, cols * m), x.dtype)
    U = G @ weight @ G.T
    for a in range(rows):
        for b in range(cols):
            V = BT @ padded[:, a * m : a * m + m + 2, b * m : b * m + m + 2] @ BT.T
            y[0, :, a * m : a * m + m, b * m : b * m + m] = AT @ (U * V).sum(axis=1) @ AT.T
    return y[:, :, :oh, :ow]
""",
        "the_first_picture_only",
    ),
    conv(
        "H for W: as many tiles across as down",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [mat.astype(x.dtype) for mat in matrices]
    m = len(AT)
    N, C, H, W = x.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    tiles = -(-oh // m)
    padded = np.zeros((N, C, tiles * m + 2, tiles * m + 2 + W), x.dtype)
    padded[:, :, padding : padding + H, padding : padding + W] = x
    y = np.zeros((N, len(weight), tiles * m, tiles * m), x.dtype)
    U = G @ weight @ G.T
    for a in range(tiles):
        for b in range(tiles):
            V = BT @ padded[:, :, a * m : a * m + m + 2, b * m : b * m + m + 2] @ BT.T
            M = np.einsum("kcij,ncij->nkij", U, V)
            y[:, :, a * m : a * m + m, b * m : b * m + m] = AT @ M @ AT.T
    return y[:, :, :oh, :ow]
""",
        "height_for_width",
    ),
]

RIGHT = [
    f23(
        "halves the products",
        """
def f23(x, w):
    outer = w[0] + w[2]
    a = (x[1] + x[2]) * (outer + w[1]) / 2
    b = (x[2] - x[1]) * (outer - w[1]) / 2
    return (x[0] - x[2]) * w[0] + a + b, a - b + (x[3] - x[1]) * w[2]
""",
    ),
    f23(
        "other signs, the halves in the pixels, a list",
        """
def f23(x, w):
    q1 = w[0] * (x[2] - x[0])
    q2 = (w[0] + w[1] + w[2]) * (0.5 * (x[1] + x[2]))
    q3 = (w[1] - w[0] - w[2]) * (0.5 * (x[1] - x[2]))
    q4 = w[2] * (x[3] - x[1])
    return [q2 + q3 - q1, q2 - q3 + q4]
""",
    ),
    f23(
        "the sums of weights from each other",
        """
def f23(x, w):
    plus = 0.5 * (w[0] + w[1] + w[2])
    minus = plus - w[1]
    q = [(x[0] - x[2]) * w[0], (x[1] + x[2]) * plus, (x[2] - x[1]) * minus, (x[1] - x[3]) * w[2]]
    y0 = sum(q[1:3], q[0])
    y1 = q[1] - q[2] - q[3]
    return (y0, y1)
""",
    ),
    matrices(
        "np.vander, increasing",
        """
def winograd_matrices(m, points):
    t = np.asarray(points, dtype=float)
    V = np.zeros((m + 2, m + 2))
    V[:-1] = np.vander(t, m + 2, increasing=True)
    V[-1, -1] = 1
    G = np.vstack([np.vander(t, 3, increasing=True), [0, 0, 1]])
    A = np.zeros((m + 2, m))
    A[:-1] = np.vander(t, m, increasing=True)
    A[-1, -1] = 1
    return np.linalg.solve(V, np.eye(m + 2)).T, G, A.T
""",
    ),
    matrices(
        "exact fractions by Lagrange's polynomials",
        """
from fractions import Fraction


def times(p, q):
    product = [Fraction(0)] * (len(p) + len(q) - 1)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            product[i + j] += a * b
    return product


def winograd_matrices(m, points):
    exact = [Fraction(t) for t in points]
    BT = []
    for t in exact:
        row, scale = [Fraction(1)], Fraction(1)
        for s in exact:
            if s != t:
                row, scale = times(row, [-s, Fraction(1)]), scale * (t - s)
        BT.append([float(value / scale) for value in row] + [0.0])
    whole = [Fraction(1)]
    for s in exact:
        whole = times(whole, [-s, Fraction(1)])
    BT.append([float(value) for value in whole])
    G = [[float(t**p) for p in range(3)] for t in exact] + [[0.0, 0.0, 1.0]]
    A = [[float(t**p) for p in range(m)] for t in exact] + [[0.0] * (m - 1) + [1.0]]
    return np.array(BT), np.array(G), np.array(A).T
""",
    ),
    matrices(
        "the factors moved from G into BT",
        """
def winograd_matrices(m, points):
    def V(n):
        M = np.power.outer(np.array(points, float), np.arange(n))
        return np.concatenate([M, np.eye(n)[-1:]])

    BT = np.linalg.inv(V(m + 2)).T
    G = V(3)
    largest = abs(BT).max(axis=1, keepdims=True)
    return BT / largest, G * largest, V(m).T
""",
    ),
    conv(
        "one tile after the other, in the plainest loops",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = (np.asarray(mat, dtype=x.dtype) for mat in matrices)
    m = AT.shape[0]
    N, C, H, W = x.shape
    K = weight.shape[0]
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    y = np.zeros((N, K, oh, ow), dtype=x.dtype)
    big = np.zeros((N, C, H + 2 * padding + m, W + 2 * padding + m), dtype=x.dtype)
    big[:, :, padding : padding + H, padding : padding + W] = x
    for n in range(N):
        for top in range(0, oh, m):
            for left in range(0, ow, m):
                for k in range(K):
                    total = np.zeros((m + 2, m + 2), dtype=x.dtype)
                    for c in range(C):
                        tile = big[n, c, top : top + m + 2, left : left + m + 2]
                        total += (G @ weight[k, c] @ G.T) * (BT @ tile @ BT.T)
                    result = AT @ total @ AT.T
                    part = y[n, k, top : top + m, left : left + m]
                    part[...] = result[: part.shape[0], : part.shape[1]]
    return y
""",
    ),
    conv(
        "everything by einsum",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = matrices
    m, s = AT.shape
    oh, ow = x.shape[2] + 2 * padding - 2, x.shape[3] + 2 * padding - 2
    more_rows, more_columns = -oh % m, -ow % m
    p = np.pad(x, [(0, 0), (0, 0), (padding, padding + more_rows), (padding, padding + more_columns)])
    tiles = np.lib.stride_tricks.sliding_window_view(p, (s, s), axis=(2, 3))[:, :, ::m, ::m]
    tiles = np.einsum("fi,ncabij,gj->ncabfg", BT, tiles, BT, optimize=True)
    kernels = np.einsum("fi,kcij,gj->kcfg", G, weight, G, optimize=True)
    products = np.einsum("ncabfg,kcfg->nkabfg", tiles, kernels, optimize=True)
    y = np.einsum("if,nkabfg,jg->nkaibj", AT, products, AT, optimize=True)
    N, K, rows, _, columns, _ = y.shape
    return y.reshape(N, K, rows * m, columns * m)[:, :, :oh, :ow].astype(x.dtype)
""",
    ),
    conv(
        "a channel at a time, the transform back at the end",
        """
def winograd_conv2d(x, weight, matrices, padding=0):
    BT, G, AT = [matrix.astype(x.dtype) for matrix in matrices]
    m = len(AT)
    N, C, H, W = x.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    a, b = (oh + m - 1) // m, (ow + m - 1) // m
    padded = np.zeros((N, C, a * m + 2, b * m + 2), x.dtype)
    padded[:, :, padding : H + padding, padding : W + padding] = x
    total = np.zeros((N, len(weight), a, b, m + 2, m + 2), x.dtype)
    for c in range(C):
        U = (G @ weight[:, c] @ G.T)[None, :, None, None]
        for i in range(a):
            for j in range(b):
                tile = padded[:, c, i * m : (i + 1) * m + 2, j * m : (j + 1) * m + 2]
                total[:, :, i, j] += U[:, :, 0, 0] * (BT @ tile @ BT.T)[:, None]
    y = AT @ total @ AT.T
    y = np.concatenate(list(np.moveaxis(y, 2, 0)), axis=3) if a else y
    y = np.concatenate(list(np.moveaxis(y, 2, 0)), axis=3) if b else y
    return y[:, :, :oh, :ow]
""",
    ),
]
