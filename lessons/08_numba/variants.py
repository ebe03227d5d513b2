"""Right answers to lesson 8, each written in another way: the checks must accept them all."""

import numba
import numpy as np
from numba import njit, prange

VARIANTS = {
    "parallel_col2im": ["fold_by_slices", "fold_by_gathering", "fold_with_helper", "fold_by_rows", "fold_nested"],
    "tiled_conv2d": ["tiles_with_reshape", "tiles_without_columns", "tiles_in_other_order", "tiles_with_helper"],
}


@njit(parallel=True, cache=True)
def fold_by_slices(columns, size, kernel_size, stride=1):
    """Whole rows at a time."""
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for plane in prange(N * C):
        n, c = divmod(plane, C)
        for i in range(kh):
            for j in range(kw):
                for u in range(oh):
                    x[n, c, u * stride + i, j : j + ow * stride : stride] += columns[
                        n, (c * kh + i) * kw + j, u * ow : (u + 1) * ow
                    ]
    return x


@numba.njit(parallel=True)
def fold_by_gathering(columns, size, kernel_size, stride=1):
    """Every pixel asks which windows saw it, and belongs to one iteration."""
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.empty((N, C, H, W), columns.dtype)
    for pixel in numba.prange(N * C * H * W):
        n, c, row, column = pixel // (C * H * W), pixel // (H * W) % C, pixel // W % H, pixel % W
        total = 0.0
        for i in range(kh):
            for j in range(kw):
                u, v = (row - i) // stride, (column - j) // stride
                if (row - i) % stride == 0 and (column - j) % stride == 0 and 0 <= u < oh and 0 <= v < ow:
                    total += columns[n, (c * kh + i) * kw + j, u * ow + v]
        x[n, c, row, column] = total
    return x


@njit
def add_plane(plane, columns, kh, kw, ow, stride):
    """The columns of one channel, (kh*kw, oh*ow), into its plane."""
    for tap in range(kh * kw):
        for place in range(columns.shape[1]):
            plane[place // ow * stride + tap // kw, place % ow * stride + tap % kw] += columns[tap, place]


@njit(parallel=True)
def fold_all(x, columns, kh, kw, ow, stride):
    N, C = x.shape[:2]
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        add_plane(x[n, c], columns[n, c * kh * kw : (c + 1) * kh * kw], kh, kw, ow, stride)


def fold_with_helper(columns, size, kernel_size, stride=1):
    """Plain Python makes the array, and compiled functions fill it."""
    (H, W), (kh, kw) = size, kernel_size
    x = np.zeros((len(columns), columns.shape[1] // (kh * kw), H, W), columns.dtype)
    fold_all(x, columns, kh, kw, (W - kw) // stride + 1, stride)
    return x


@njit(parallel=True)
def fold_by_rows(columns, size, kernel_size, stride=1):
    """A row of a plane belongs to one iteration."""
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for line in prange(N * C * H):
        n, c, row = line // (C * H), line // H % C, line % H
        for i in range(kh):
            if row >= i and (row - i) % stride == 0 and (row - i) // stride < oh:
                u = (row - i) // stride
                for j in range(kw):
                    for v in range(ow):
                        x[n, c, row, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x


@njit(parallel=True)
def fold_nested(columns, size, kernel_size, stride=1):
    """A prange inside another is an ordinary loop."""
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (size[0] - kh) // stride + 1, (size[1] - kw) // stride + 1
    x = np.zeros((N * C, size[0], size[1]), columns.dtype)
    for plane in prange(N * C):
        for i in prange(kh):
            for j, u, v in np.ndindex((kw, oh, ow)):
                row = plane % C * kh * kw + i * kw + j
                x[plane, u * stride + i, v * stride + j] += columns[plane // C, row, u * ow + v]
    return x.reshape(N, C, size[0], size[1])


@njit(parallel=True)
def tiles_with_reshape(x, weight, rows):
    """The columns with an axis for each index."""
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    tiles = -(-oh // rows)
    y = np.zeros((N, K, oh, ow), x.dtype)
    for tile in prange(N * tiles):
        n, first = tile // tiles, tile % tiles * rows
        last = min(first + rows, oh)
        columns = np.empty((C, kh, kw, last - first, ow), x.dtype)
        for c in range(C):
            for i in range(kh):
                for j in range(kw):
                    columns[c, i, j] = x[n, c, first + i : last + i, j : j + ow]
        for k in range(K):
            for c in range(C):
                for i in range(kh):
                    for j in range(kw):
                        for u in range(last - first):
                            for v in range(ow):
                                y[n, k, first + u, v] += weight[k, c, i, j] * columns[c, i, j, u, v]
    return y


@njit(parallel=True)
def tiles_without_columns(x, weight, rows):
    """Tiles, but no copies: lesson 5's loops."""
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    tiles = int(np.ceil(oh / rows))
    y = np.empty((N, K, oh, ow), x.dtype)
    for tile in prange(N * tiles):
        n, t = tile // tiles, tile % tiles
        for k in range(K):
            for u in range(t * rows, min(oh, (t + 1) * rows)):
                for v in range(ow):
                    total = 0.0
                    for c in range(C):
                        for i in range(kh):
                            for j in range(kw):
                                total += x[n, c, u + i, v + j] * weight[k, c, i, j]
                    y[n, k, u, v] = total
    return y


@njit(parallel=True)
def tiles_in_other_order(x, weight, rows):
    """The first tiles of all pictures, then the second ones; the columns transposed."""
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    tiles, R = (oh - 1) // rows + 1, C * kh * kw
    y = np.zeros((N, K, oh, ow), x.dtype)
    for number in prange(tiles * N):
        first, n = number // N * rows, number % N
        count = rows if first + rows <= oh else oh - first
        windows = np.zeros((count * ow, R), x.dtype)
        for p in range(count * ow):
            for r in range(R):
                windows[p, r] = x[n, r // (kh * kw), first + p // ow + r // kw % kh, p % ow + r % kw]
        for p in range(count * ow):
            for k in range(K):
                for r in range(R):
                    y[n, k, first + p // ow, p % ow] += windows[p, r] * weight[k, r // (kh * kw), r // kw % kh, r % kw]
    return y


@njit
def unfold(x, kh, kw, first, count):
    C, _, W = x.shape
    ow = W - kw + 1
    columns = np.empty((C * kh * kw, count * ow), x.dtype)
    for r in range(len(columns)):
        for u in range(count):
            columns[r, u * ow : (u + 1) * ow] = x[r // (kh * kw), first + u + r // kw % kh, r % kw : r % kw + ow]
    return columns


@njit(parallel=True)
def tiles_with_helper(x, weight, rows):
    """The columns of a tile are another function's result."""
    N, K, kh, kw = len(x), len(weight), weight.shape[2], weight.shape[3]
    oh, ow = x.shape[2] - kh + 1, x.shape[3] - kw + 1
    tiles = (oh + rows - 1) // rows
    y = np.zeros((N, K, oh * ow), x.dtype)
    for tile in prange(N * tiles):
        n, first = tile // tiles, tile % tiles * rows
        columns = unfold(x[n], kh, kw, first, min(rows, oh - first))
        for k in range(K):
            flat = weight[k].reshape(-1)
            for r in range(len(flat)):
                y[n, k, first * ow : first * ow + columns.shape[1]] += flat[r] * columns[r]
    return y.reshape(N, K, oh, ow)
