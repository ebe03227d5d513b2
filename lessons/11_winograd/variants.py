"""Right answers to lesson 11, each written in another way. The checks must accept them all."""

import numpy as np

VARIANTS = {
    "f23": ["halves_in_the_end", "by_matrices", "other_signs", "other_points"],
    "winograd_matrices": ["by_vander", "by_lagrange", "scaled_like_lavin", "by_solving"],
    "winograd_conv2d": ["tile_by_tile", "by_einsum", "by_strides", "point_by_point", "tiles_in_a_list"],
}


def halves_in_the_end(d, g):
    outer = g[0] + g[2]
    plus, minus = (d[1] + d[2]) * (outer + g[1]), (d[2] - d[1]) * (outer - g[1])
    return (d[0] - d[2]) * g[0] + (plus + minus) / 2, (plus - minus) / 2 - (d[1] - d[3]) * g[2]


def by_matrices(d, g):
    BT = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
    G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
    AT = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])
    y = AT @ ((G @ np.array(g)) * (BT @ np.array(d)))
    return y[0], y[1]


def other_signs(d, g):
    d0, d1, d2, d3 = d
    a = -g[0] * (d2 - d0)
    b = 0.5 * (g[0] + g[1] + g[2]) * (d1 + d2)
    c = 0.5 * (g[1] - g[0] - g[2]) * (d1 - d2)
    e = (d3 - d1) * g[2]
    return [a + b + c, b - c + e]


def other_points(d, g):
    """With the points 0, 1, 2 and infinity."""
    d0, d1, d2, d3 = d
    m1 = (2 * d0 - 3 * d1 + d2) / 2 * g[0]
    m2 = (2 * d1 - d2) * (g[0] + g[1] + g[2])
    m3 = (d2 - d1) / 2 * (g[0] + 2 * g[1] + 4 * g[2])
    m4 = (2 * d1 - 3 * d2 + d3) * g[2]
    return m1 + m2 + m3, m2 + 2 * m3 + m4


def by_vander(m, points):
    def v(n):
        rows = np.vander(np.array(points, float), n, increasing=True)
        return np.vstack([rows, np.eye(n)[-1]])

    return np.linalg.inv(v(m + 2).T), v(3), v(m).T


def by_lagrange(m, points):
    """The rows of BT are Lagrange's polynomials, multiplied out."""

    def multiplied_out(roots):
        coefficients = np.array([1.0])
        for root in roots:
            coefficients = np.append(0, coefficients) - root * np.append(coefficients, 0)
        return coefficients

    BT, G, AT = np.zeros((m + 2, m + 2)), np.zeros((m + 2, 3)), np.zeros((m, m + 2))
    for f, t in enumerate(points):
        others = [other for i, other in enumerate(points) if i != f]
        BT[f, :-1] = multiplied_out(others) / np.prod([t - other for other in others])
        G[f] = 1, t, t * t
        for i in range(m):
            AT[i, f] = t**i
    BT[-1] = multiplied_out(points)
    G[-1, -1] = AT[-1, -1] = 1
    return BT, G, AT


def scaled_like_lavin(m, points):
    """Moves the denominators from BT to G."""
    finite = np.array(points, dtype=float)[:, None]
    V, V3, Vm = (np.concatenate([finite ** np.arange(n), np.eye(n)[-1:]]) for n in (m + 2, 3, m))
    BT = np.linalg.inv(V).T
    scale = np.array([*[np.prod([t - s for s in points if s != t]) for t in points], 1.0])[:, None]
    return BT * scale, V3 / scale, Vm.T


def by_solving(m, points):
    size = m + 2
    V = np.zeros((size, size))
    for f in range(size - 1):
        for power in range(size):
            V[f, power] = points[f] ** power
    V[size - 1, size - 1] = 1
    AT = V[:, :m].copy()
    AT[-1] = np.eye(m)[m - 1]
    G = np.concatenate([V[:-1, :3], [[0, 0, 1]]])
    return np.linalg.solve(V.T, np.eye(size)), G, AT.T


def tile_by_tile(x, weight, matrices, padding=0):
    BT, G, AT = matrices
    N, C, H, W = x.shape
    K, m = weight.shape[0], AT.shape[0]
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    y = np.zeros((N, K, oh, ow), x.dtype)
    big = np.zeros((N, C, oh + 2 + m, ow + 2 + m), x.dtype)
    big[:, :, padding : padding + H, padding : padding + W] = x
    kernels = G @ weight @ G.T
    for u in range(0, oh, m):
        for v in range(0, ow, m):
            tiles = BT @ big[:, :, u : u + m + 2, v : v + m + 2] @ BT.T
            part = AT @ (tiles[:, None] * kernels).sum(axis=2) @ AT.T
            y[:, :, u : u + m, v : v + m] = part[:, :, : oh - u, : ow - v]
    return y


def by_einsum(x, weight, matrices, padding=0):
    BT, G, AT = matrices
    m, size = AT.shape
    oh, ow = x.shape[2] + 2 * padding - 2, x.shape[3] + 2 * padding - 2
    a, b = (oh + m - 1) // m, (ow + m - 1) // m
    padded = np.pad(x, [(0, 0), (0, 0), (padding, padding + a * m - oh), (padding, padding + b * m - ow)])
    tiles = np.lib.stride_tricks.sliding_window_view(padded, (size, size), (2, 3))[:, :, ::m, ::m]
    y = np.einsum("if,jg,fr,gs,kcrs,fp,gq,ncabpq->nkaibj", AT, AT, G, G, weight, BT, BT, tiles, optimize=True)
    return y.reshape(len(x), len(weight), a * m, b * m)[:, :, :oh, :ow].astype(x.dtype)


def by_strides(x, weight, matrices, padding=0):
    BT, G, AT = (matrix.astype(x.dtype) for matrix in matrices)
    m, size = AT.shape
    oh, ow = x.shape[2] + 2 * padding - 2, x.shape[3] + 2 * padding - 2
    a, b = -(-oh // m), -(-ow // m)
    padded = np.zeros((*x.shape[:2], a * m + 2, b * m + 2), x.dtype)
    padded[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]] = x[:, :, :, :]
    n, c, h, w = padded.strides
    shape, strides = (*x.shape[:2], a, b, size, size), (n, c, h * m, w * m, h, w)
    tiles = BT @ np.lib.stride_tricks.as_strided(padded, shape, strides) @ BT.T
    products = np.einsum("kcfg,ncabfg->nkabfg", G @ weight @ G.T, tiles)
    y = np.zeros((len(x), len(weight), a * m, b * m), x.dtype)
    for i, j in np.ndindex(m, m):
        y[:, :, i::m, j::m] = np.einsum("f,nkabfg,g->nkab", AT[i], products, AT[j])
    return y[:, :, :oh, :ow]


def point_by_point(x, weight, matrices, padding=0):
    """A matrix product for each pair of points, added up into the results."""
    BT, G, AT = matrices
    (N, C, H, W), K, (m, size) = x.shape, len(weight), AT.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    a, b = -(-oh // m), -(-ow // m)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding + a * m - oh), (padding, padding + b * m - ow)))
    y = np.zeros((N, K, a * m, b * m))
    for f, g in np.ndindex(size, size):
        tiles = np.zeros((N, C, a, b))
        for p, q in np.ndindex(size, size):
            tiles += BT[f, p] * BT[g, q] * padded[:, :, p : p + (a - 1) * m + 1 : m, q : q + (b - 1) * m + 1 : m]
        kernel = np.tensordot(weight, np.outer(G[f], G[g]), 2)
        product = np.einsum("kc,ncab->nkab", kernel, tiles)
        for i, j in np.ndindex(m, m):
            y[:, :, i::m, j::m] += AT[i, f] * AT[j, g] * product
    return y[:, :, :oh, :ow].astype(x.dtype)


def tiles_in_a_list(x, weight, matrices, padding=0):
    BT, G, AT = (np.asarray(matrix, x.dtype) for matrix in matrices)
    m, N = len(AT), len(x)
    oh, ow = x.shape[2] + 2 * padding - 2, x.shape[3] + 2 * padding - 2
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding + m), (padding, padding + m)))
    corners = [(u, v) for u in range(0, oh, m) for v in range(0, ow, m)]
    tiles = np.stack([padded[:, :, u : u + m + 2, v : v + m + 2] for u, v in corners])
    products = np.einsum("kcfg,tncfg->tnkfg", G @ weight @ G.T, BT @ tiles @ BT.T)
    y = np.zeros((N, len(weight), oh + m, ow + m), x.dtype)
    for (u, v), part in zip(corners, AT @ products @ AT.T):
        y[:, :, u : u + m, v : v + m] = part
    return y[:, :, :oh, :ow]
