"""Convolution's three linear maps as three matrix products, with cols = im2col(x):

    forward            y           = W . cols
    backward by x      grad_x      = col2im(W^T . grad_y)
    backward by W      grad_weight = grad_y . cols^T

This is the simplest fast convolution.  The products use BLAS on all threads.  The columns are kh * kw times as large as
the images, too large for any cache; if the weight is larger still (the first convolution after VGG's last pooling has
103 million weights), nothing beats it.  Read im2col_blocks.py next.
"""

import math

import numpy as np

from ..runtime.blas import matmul, matmul_into
from ..runtime.memory import empty
from .im2col import col2im, im2col

COLUMN_BYTES = 2**21  # of the columns that are made at a time in backward


def fits(direction, weight_shape, geometry, dtype):
    """Always."""
    return True


def forward(x, weight, geometry, bias=None):
    """y = C x + bias.  x (N, C, H, W), weight (K, C/groups, kh, kw); returns y (N, K, oh, ow)."""
    N, K, (oh, ow) = len(x), len(weight), geometry.output_size(x.shape[2:])
    y = matmul(matrices(weight, geometry.groups), columns(x, geometry))
    y = np.ascontiguousarray(y.reshape(K, N, oh, ow).swapaxes(0, 1))
    if bias is not None:
        y += bias[:, None, None]
    return y


def backward_input(grad_y, weight, geometry, size):
    """grad_x = C^T grad_y.  grad_y (N, K, oh, ow), weight (K, C/groups, kh, kw), size (H, W); returns (N, C, H, W)."""
    (N, _, oh, ow), groups, C, taps = grad_y.shape, geometry.groups, weight.shape[1], math.prod(geometry.kernel_size)
    transposed, grad = matrices(weight, groups).swapaxes(1, 2), pixels(grad_y, groups)
    grad_x = np.empty((N, groups, C, *size), grad_y.dtype)
    for part, rows in parts(C, groups, taps, grad):
        cols = matmul(transposed[:, rows], grad)
        image = col2im(cols.reshape(groups * cols.shape[1], N, oh * ow).swapaxes(0, 1), geometry, size)
        grad_x[:, :, part] = image.reshape(grad_x[:, :, part].shape)
    return grad_x.reshape(N, groups * C, *size)


def backward_weight(x, grad_y, geometry):
    """d<grad_y, C x> / d weight.

    x (N, C, H, W), grad_y (N, K, oh, ow); returns grad_weight (K, C/groups, kh, kw).
    """
    N, groups, taps = len(x), geometry.groups, math.prod(geometry.kernel_size)
    K, C = grad_y.shape[1] // groups, x.shape[1] // groups  # of each group
    x, grad = x.reshape(N, groups, C, *x.shape[2:]), pixels(grad_y, groups)
    grad_weight = empty((groups, K, C * taps), x.dtype)
    for part, rows in parts(C, groups, taps, grad):
        image = x[:, :, part]
        image = image.reshape(N, groups * image.shape[2], *image.shape[3:])
        matmul_into(grad_weight[:, :, rows], grad, columns(image, geometry).swapaxes(1, 2))
    return grad_weight.reshape(groups * K, C, *geometry.kernel_size)


def parts(C, groups, taps, grad):
    """Slices of each group's C channels, and of their rows in the columns: a few channels at a time.

    grad (groups, ..., pixels) says how long a row is. Where memory is short, it is at a huge weight's gradient: beside
    it there should be few columns, and few rows for which BLAS packs its own copy of the weight.
    """
    few = max(1, COLUMN_BYTES // max(1, groups * taps * grad.shape[2] * grad.itemsize))
    for c in range(0, C, few):
        stop = min(C, c + few)
        yield slice(c, stop), slice(c * taps, stop * taps)


def matrices(weight, groups):
    """weight (K, C/groups, kh, kw) as one matrix per group: (groups, K/groups, C/groups * kh * kw)."""
    return weight.reshape(groups, len(weight) // groups, weight[0].size)


def columns(x, geometry):
    """Every window of x (N, C, H, W) as a column, per group: (groups, C/groups * kh * kw, N * oh * ow)."""
    return pixels(im2col(x, geometry), geometry.groups)


def pixels(maps, groups):
    """maps (N, rows, ...) with all pixels of the batch contiguous, per group: (groups, rows/groups, pixels)."""
    return maps.swapaxes(0, 1).reshape(groups, maps.shape[1] // groups, len(maps) * math.prod(maps.shape[2:]))
