"""Pooling: the largest value, or the mean, of each window; backward routes or spreads the gradient.

One task is one channel of one image, so that a backward pass can add without two threads meeting.  Read resize.py next.
"""

import numpy as np
from numba import prange

from .compile import dense, kernel, parallel
from .im2col import reach, window_of


def max_pool_forward(x, geometry):
    """The largest value of each window of x (N, C, H, W) and its position row*W + column (int32): two (N, C, oh, ow).

    Of equal values the first wins; a NaN counts as the largest; a window wholly in the padding gives -inf and -1.
    """
    y = np.empty((*x.shape[:2], *geometry.output_size(x.shape[2:])), x.dtype)
    index = np.empty(y.shape, np.int32)
    max_images(dense(x), window_of(geometry), y, index)
    return y, index


def max_pool_backward(grad_y, index, geometry, size):
    """Send each gradient of grad_y (N, C, oh, ow) to the pixel that won its window: grad_x (N, C, H, W)."""
    grad_x = np.zeros((*grad_y.shape[:2], *size), grad_y.dtype)
    route_images(dense(grad_y), dense(index), grad_x)
    return grad_x


def avg_pool_forward(x, geometry, count_include_pad):
    """The mean of each window of x (N, C, H, W): y (N, C, oh, ow)."""
    size = x.shape[2:]
    y = np.empty((*x.shape[:2], *geometry.output_size(size)), x.dtype)
    scale = 1 / window_areas(geometry, size, count_include_pad)
    mean_images(dense(x), window_of(geometry), scale.astype(x.dtype), y)
    return y


def avg_pool_backward(grad_y, geometry, size, count_include_pad):
    """Spread each gradient of grad_y (N, C, oh, ow) evenly over its window: grad_x (N, C, H, W)."""
    grad_x = np.zeros((*grad_y.shape[:2], *size), grad_y.dtype)
    scale = 1 / window_areas(geometry, size, count_include_pad)
    spread_images(dense(grad_y), window_of(geometry), scale.astype(grad_y.dtype), grad_x)
    return grad_x


def window_areas(geometry, size, count_include_pad):
    """What each mean divides by, (oh, ow): with count_include_pad the padding counts too, but nothing beyond it."""
    lengths = []
    for n, count, k, s, p in zip(
        size, geometry.output_size(size), geometry.kernel_size, geometry.stride, geometry.padding
    ):
        start = np.arange(count) * s - p
        stop = np.minimum(start + k, n + p)
        if not count_include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, n)
        lengths.append(stop - start)
    return np.outer(*lengths)


@parallel
def max_images(x, window, y, index):
    C = x.shape[1]
    for image_channel in prange(len(x) * C):
        n, c = image_channel // C, image_channel % C
        max_plane(x[n, c], window, y[n, c], index[n, c])


@kernel
def max_plane(x, window, y, index):
    kh, kw, sh, sw, ph, pw, dh, dw = window
    H, W = x.shape
    y[:] = -np.inf
    index[:] = -1
    for y_ in range(len(y)):
        best, where = y[y_], index[y_]
        for i in range(kh):
            row = y_ * sh + i * dh - ph
            if 0 <= row < H:
                for j in range(kw):
                    left = j * dw - pw
                    first, last = reach(left, sw, W, 0, y.shape[1])
                    position = first * sw + left
                    values, position = x[row, position:], row * W + position
                    if sw == 2:  # the usual stride, as a constant: this loop becomes vector operations
                        larger(values, 2, position, best[first:last], where[first:last])
                    else:
                        larger(values, sw, position, best[first:last], where[first:last])


@kernel
def larger(values, stride, position, best, where):
    """Put every stride-th value, and its position, where it beats the best so far (or where there is none yet)."""
    for t in range(best.size):
        value, before = values[t * stride], best[t]
        wins = (value > before) | (where[t] < 0) | (np.isnan(value) & ~np.isnan(before))
        best[t] = value if wins else before
        where[t] = np.int32(position + t * stride) if wins else where[t]


@parallel
def route_images(grad_y, index, grad_x):
    C = grad_y.shape[1]
    for image_channel in prange(len(grad_y) * C):
        n, c = image_channel // C, image_channel % C
        grad, where, out = grad_y[n, c].ravel(), index[n, c].ravel(), grad_x[n, c].ravel()
        for t in range(grad.size):
            if where[t] >= 0:
                out[where[t]] += grad[t]


@parallel
def mean_images(x, window, scale, y):
    kh, kw, sh, sw, ph, pw, _, _ = window
    H, W = x.shape[2:]
    C, oh, ow = y.shape[1:]
    for image_channel in prange(len(x) * C):
        n, c = image_channel // C, image_channel % C
        for y_ in range(oh):
            for x_ in range(ow):
                total = x.dtype.type(0)
                for i in range(max(0, ph - y_ * sh), min(kh, H + ph - y_ * sh)):
                    for j in range(max(0, pw - x_ * sw), min(kw, W + pw - x_ * sw)):
                        total += x[n, c, y_ * sh - ph + i, x_ * sw - pw + j]
                y[n, c, y_, x_] = total * scale[y_, x_]


@parallel
def spread_images(grad_y, window, scale, grad_x):
    kh, kw, sh, sw, ph, pw, _, _ = window
    H, W = grad_x.shape[2:]
    C, oh, ow = grad_y.shape[1:]
    for image_channel in prange(len(grad_y) * C):
        n, c = image_channel // C, image_channel % C
        for y_ in range(oh):
            for x_ in range(ow):
                part = grad_y[n, c, y_, x_] * scale[y_, x_]
                for i in range(max(0, ph - y_ * sh), min(kh, H + ph - y_ * sh)):
                    for j in range(max(0, pw - x_ * sw), min(kw, W + pw - x_ * sw)):
                        grad_x[n, c, y_ * sh - ph + i, x_ * sw - pw + j] += part
