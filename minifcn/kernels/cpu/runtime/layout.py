"""The memory layout of images: channels first or channels last.

The shape of a batch is always (N, C, H, W), but in memory either the pixels of a channel are contiguous (channels
first, NumPy's order) or the channels of a pixel (channels last, the same array with other strides).  Channels last suits
fast loops: a kernel does the same at a pixel in all channels, so the innermost loop is contiguous and vectorised,
however small the map.  The kernels here return channels-last arrays and transpose other inputs; along a whole net hardly
anything needs to be transposed.  Read ../convolution/im2col.py next.
"""

import math

import numpy as np

from .compile import dense, share, usable
from .launch import parallel
from .memory import empty

BLOCK = 16  # channels by pixels transposed at once: a cache line of float32 in either direction


def channels_last(x):
    """x (N, C, ...) as an (N, ..., C) array in C order: a view if it is already channels last, else a copy."""
    last = pixels_first(x)
    if usable(last):
        return last
    return turned(dense(x).reshape(*x.shape[:2], math.prod(x.shape[2:]))).reshape(last.shape)


def channels_first(x):
    """x (N, C, ...) itself if it is in C order, else a copy in C order."""
    last = pixels_first(x)
    if usable(x) or not usable(last):
        return dense(x)
    return turned(last.reshape(len(x), math.prod(x.shape[2:]), x.shape[1])).reshape(x.shape)


def images(last):
    """The (N, C, ...) view of an (N, ..., C) array, as kernels return it."""
    return last.transpose(0, last.ndim - 1, *range(1, last.ndim - 1))


def pixels_first(x):
    """The (N, ..., C) view of an (N, C, ...) array.  (np.moveaxis does the same, seven times slower.)"""
    return x.transpose(0, *range(2, x.ndim), 1)


def turned(x):
    """A transposed copy (N, B, A) of x (N, A, B), which is in C order."""
    out = empty((x.shape[0], x.shape[2], x.shape[1]), x.dtype)
    turn(x, out, size=x.size)
    return out


@parallel
def turn(thread, threads, x, out):
    """out[n, b, a] = x[n, a, b], in blocks that fit into the cache."""
    (N, A, B), flat_x, flat_out = x.shape, x.reshape(-1), out.reshape(-1)
    strips = (B + BLOCK - 1) // BLOCK
    first, last = share(N * strips, thread, threads)
    for strip in range(first, last):
        n, b0 = strip // strips, strip % strips * BLOCK
        for a0 in range(0, A, BLOCK):
            for b in range(b0, min(B, b0 + BLOCK)):
                source, target = np.uint64((n * A + a0) * B + b), np.uint64((n * B + b) * A + a0)
                for a in range(np.uint64(min(A - a0, BLOCK))):  # unsigned: spares Numba the check for negative indices
                    flat_out[target + a] = flat_x[source + a * np.uint64(B)]
