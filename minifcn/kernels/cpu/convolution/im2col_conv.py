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

from ..runtime.blas import matmul
from .im2col import col2im, im2col


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
    N, _, oh, ow = grad_y.shape
    cols = matmul(matrices(weight, geometry.groups).swapaxes(1, 2), pixels(grad_y, geometry.groups))
    return col2im(cols.reshape(cols.shape[0] * cols.shape[1], N, oh * ow).swapaxes(0, 1), geometry, size)


def backward_weight(x, grad_y, geometry):
    """d<grad_y, C x> / d weight.

    x (N, C, H, W), grad_y (N, K, oh, ow); returns grad_weight (K, C/groups, kh, kw).
    """
    grad_weight = matmul(pixels(grad_y, geometry.groups), columns(x, geometry).swapaxes(1, 2))
    return grad_weight.reshape(grad_y.shape[1], x.shape[1] // geometry.groups, *geometry.kernel_size)


def matrices(weight, groups):
    """weight (K, C/groups, kh, kw) as one matrix per group: (groups, K/groups, C/groups * kh * kw)."""
    return weight.reshape(groups, len(weight) // groups, weight[0].size)


def columns(x, geometry):
    """Every window of x (N, C, H, W) as a column, per group: (groups, C/groups * kh * kw, N * oh * ow)."""
    return pixels(im2col(x, geometry), geometry.groups)


def pixels(maps, groups):
    """maps (N, rows, ...) with all pixels of the batch contiguous, per group: (groups, rows/groups, pixels)."""
    return maps.swapaxes(0, 1).reshape(groups, maps.shape[1] // groups, len(maps) * math.prod(maps.shape[2:]))
