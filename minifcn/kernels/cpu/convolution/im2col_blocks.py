"""im2col_conv.py's three products, block by block: the fallback for convolutions that fit no faster algorithm.

The columns of a whole batch are 9 times as large as the batch (3x3 kernel), too large for any cache.  Each thread
therefore makes the columns of a block of a few output rows and multiplies them immediately.  The products within a
thread use BLAS, which is limited to one thread meanwhile.  Read ../runtime/simd.py next.
"""

import numpy as np

from ..runtime.blas import blas_on_one_thread
from ..runtime.compile import add, copy, dense, inlined, share
from ..runtime.launch import parallel, thread_count
from ..runtime.layout import channels_first
from .im2col import fold, unfold, window_of

BLOCK_BYTES = 240 * 1024  # of columns: a quarter of a typical L2 cache, which the factors need to share
LEAST_COLUMNS = 128  # fewer would read the weight too often
LARGE_WEIGHT = 2**20  # bytes; adding to a gradient of this size is slow, so its blocks are four times as wide
SMALL_PRODUCT = 10**6  # up to a million terms OpenBLAS multiplies without repacking: 1.1 to 1.6 times faster


def fits(direction, weight_shape, geometry, dtype):
    """Always."""
    return True


def forward(x, weight, geometry, bias=None):
    """y = C x + bias.  x (N, C, H, W), weight (K, C/groups, kh, kw); returns y (N, K, oh, ow)."""
    N, K, (oh, ow) = len(x), len(weight), geometry.output_size(x.shape[2:])
    y = np.empty((N, K, oh * ow), x.dtype)
    if y.size == 0:
        return y.reshape(N, K, oh, ow)
    rows = rows_per_block(N * oh, ow, x.shape[1] * weight[0, 0].size, x.itemsize)
    matrix = dense(weight.reshape(K, weight[0].size))
    with blas_on_one_thread():
        multiply(channels_first(x), matrix, window_of(geometry), geometry.groups, ow, rows, y)
    if bias is not None:
        y += bias[:, None]
    return y.reshape(N, K, oh, ow)


def backward_input(grad_y, weight, geometry, size):
    """grad_x = C^T grad_y.  grad_y (N, K, oh, ow), weight (K, C/groups, kh, kw), size (H, W); returns (N, C, H, W)."""
    N, K, oh, ow = grad_y.shape
    C = weight.shape[1] * geometry.groups
    grad_x = np.zeros((N, C, *size), grad_y.dtype)
    if grad_x.size == 0:
        return grad_x
    threads = thread_count()
    splits = 1 if N * geometry.groups % threads == 0 else min(threads, weight.shape[1])
    rows = rows_per_block(oh, ow, weight[0].size // splits, grad_y.itemsize)
    grad, matrix = channels_first(grad_y).reshape(N, K, oh * ow), dense(weight.reshape(K, weight[0].size))
    with blas_on_one_thread():
        multiply_transposed(grad, matrix, window_of(geometry), geometry.groups, splits, ow, rows, grad_x)
    return grad_x


def backward_weight(x, grad_y, geometry):
    """d<grad_y, C x> / d weight.

    x (N, C, H, W), grad_y (N, K, oh, ow); returns grad_weight (K, C/groups, kh, kw).
    """
    (N, K, oh, ow), C = grad_y.shape, x.shape[1]
    shape = K, C // geometry.groups, *geometry.kernel_size
    threads = thread_count()
    taps = shape[2] * shape[3]
    wide = 4 if shape[0] * shape[1] * taps * x.itemsize > LARGE_WEIGHT else 1
    rows = rows_per_block(N * oh, ow, C * taps, x.itemsize, wide * LEAST_COLUMNS)
    partial = np.zeros((threads, C * taps, K // geometry.groups), x.dtype)
    grad = channels_first(grad_y).reshape(N, K, oh * ow)
    with blas_on_one_thread():
        multiply_by_columns(channels_first(x), grad, window_of(geometry), geometry.groups, ow, rows, partial)
    total = partial.sum(0, dtype=x.dtype).reshape(geometry.groups, shape[1] * taps, K // geometry.groups)
    return np.ascontiguousarray(total.transpose(0, 2, 1)).reshape(shape)


def rows_per_block(rows, ow, height, itemsize, least=LEAST_COLUMNS):
    """How many of `rows` output rows form a block, if a column has `height` elements; blocks are of equal size."""
    most = max(BLOCK_BYTES // (height * ow * itemsize), -(-least // ow), 1)
    blocks = max(1, -(-rows // most))
    blocks = -(-blocks // thread_count()) * thread_count()  # the same number for every thread
    return max(1, -(-rows // blocks))


@parallel
def multiply(thread, threads, x, weight, window, groups, ow, block_rows, y):
    """y = W . cols, block by block of the batch's output rows; the blocks are assigned to the threads round-robin."""
    rows, oh = y.shape[0] * (y.shape[2] // ow), y.shape[2] // ow
    kh, kw = window[:2]
    cols = np.zeros((x.shape[1] * kh * kw, block_rows * ow), x.dtype)
    out = np.zeros((y.shape[1], block_rows * ow), x.dtype)
    for start in range(thread * block_rows, rows, threads * block_rows):
        stop = min(start + block_rows, rows)
        unfold_rows(x, window, start, stop, oh, ow, cols)
        for g in range(groups):
            matmul(part(weight, g, groups), part(cols, g, groups), part(out, g, groups))
        move_rows(y, start * ow, stop * ow, out, False)


@parallel
def multiply_transposed(thread, threads, grad, weight, window, groups, splits, ow, block_rows, grad_x):
    """gx = col2im(W^T . gy).  A task is one image and one piece of its channels: no two tasks add to the same pixel.

    A piece is one of `splits` parts of a group, so that one image alone can keep all threads busy.
    """
    first, last = share(groups * splits * len(grad), thread, threads)
    N, channels, (kh, kw) = len(grad), grad_x.shape[1] // groups, window[:2]
    taps = kh * kw
    cols = np.zeros((channels * taps, block_rows * ow), grad.dtype)
    block = np.zeros((grad.shape[1] // groups, block_rows * ow), grad.dtype)
    for piece in range(first // N, (last + N - 1) // N):
        g, (c0, c1) = piece // splits, share(channels, piece % splits, splits)
        matrix = np.ascontiguousarray(part(weight, g, groups)[:, c0 * taps : c1 * taps].T)
        for n in range(max(first - piece * N, 0), min(last - piece * N, N)):
            gy = part(grad[n], g, groups)
            for start in range(0, gy.shape[1], block_rows * ow):
                stop = min(start + block_rows * ow, gy.shape[1])
                move_rows(np.expand_dims(gy, 0), start, stop, block, True)
                matmul(matrix, block, cols[: (c1 - c0) * taps])
                fold(cols, window, start // ow, stop // ow, ow, grad_x[n, g * channels + c0 : g * channels + c1])


@parallel
def multiply_by_columns(thread, threads, x, grad, window, groups, ow, block_rows, partial):
    """partial[thread] = the sum of cols . gy^T over the thread's blocks: the transpose of gw, which is faster."""
    total = partial[thread]
    rows, oh = grad.shape[0] * (grad.shape[2] // ow), grad.shape[2] // ow
    kh, kw = window[:2]
    cols = np.zeros((x.shape[1] * kh * kw, block_rows * ow), x.dtype)
    block = np.zeros((grad.shape[1], block_rows * ow), x.dtype)
    product = np.zeros(total.shape, x.dtype)
    for start in range(thread * block_rows, rows, threads * block_rows):
        stop = min(start + block_rows, rows)
        if stop - start < block_rows:  # the last block: stale data of the one before must not count again
            cols[:] = 0
            block[:] = 0
        unfold_rows(x, window, start, stop, oh, ow, cols)
        move_rows(grad, start * ow, stop * ow, block, True)
        for g in range(groups):
            transposed = np.ascontiguousarray(part(block, g, groups).T)
            matmul(part(cols, g, groups), transposed, part(product, g, groups))
        add(product.ravel(), total.ravel())


@inlined
def matmul(a, b, out):
    """out = a . b, a few rows of a at a time if that gives small products of a useful height."""
    height = SMALL_PRODUCT // b.size // 4 * 4
    if height < 8:
        height = len(a)
    for start in range(0, len(a), height):
        np.dot(a[start : start + height], b, out[start : start + height])


@inlined
def part(matrix, g, groups):
    """The rows of matrix that belong to group g."""
    height = len(matrix) // groups
    return matrix[g * height : (g + 1) * height]


@inlined
def unfold_rows(x, window, start, stop, oh, ow, cols):
    """im2col of output rows start..stop, numbered through all images of the batch x."""
    row = start
    while row < stop:
        n, y0 = row // oh, row % oh
        y1 = min(oh, y0 + stop - row)
        unfold(x[n], window, y0, y1, ow, (row - start) * ow, cols)
        row += y1 - y0


@inlined
def move_rows(y, start, stop, block, load):
    """Load block (K, columns) from pixels start..stop, numbered through all images of y (N, K, P), or store it."""
    P, pixel = y.shape[2], start
    while pixel < stop:
        n, p0 = pixel // P, pixel % P
        p1 = min(P, p0 + stop - pixel)
        for k in range(y.shape[1]):
            there, here = y[n, k, p0:p1], block[k, pixel - start : pixel - start + p1 - p0]
            if load:
                copy(there, here)
            else:
                copy(here, there)
        pixel += p1 - p0
