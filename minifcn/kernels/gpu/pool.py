"""Max and average pooling on the GPU: shapes and arguments for pool.cu. Read resize.py next."""

import numpy as np

from .launch import contiguous, empty, per_element, window


def max_pool_forward(x, geometry, with_index=True):
    """The maximum of each window of x (N, C, H, W) and its position in the plane: (y, index int32), or (y, None)."""
    size = x.shape[2:]
    shape = (*x.shape[:2], *geometry.output_size(size))
    index = empty(shape, np.int32)
    y = per_element("max_pool_forward", empty(shape, x.dtype), contiguous(x), window(geometry, size), index)
    return y, index if with_index else None


def max_pool_backward(grad_y, index, geometry, size):
    """Send each gradient of grad_y (N, C, oh, ow) to the pixel that won its window: grad_x (N, C, H, W)."""
    grad_x = empty((*grad_y.shape[:2], *size), grad_y.dtype)
    return per_element("max_pool_backward", grad_x, contiguous(grad_y), contiguous(index), window(geometry, size))


def avg_pool_forward(x, geometry, count_include_pad):
    """The mean of each window of x (N, C, H, W): y (N, C, oh, ow)."""
    size = x.shape[2:]
    y = empty((*x.shape[:2], *geometry.output_size(size)), x.dtype)
    return per_element("avg_pool_forward", y, contiguous(x), window(geometry, size), int(count_include_pad))


def avg_pool_backward(grad_y, geometry, size, count_include_pad):
    """Spread each gradient of grad_y (N, C, oh, ow) evenly over its window: grad_x (N, C, H, W)."""
    grad_x = empty((*grad_y.shape[:2], *size), grad_y.dtype)
    return per_element("avg_pool_backward", grad_x, contiguous(grad_y), window(geometry, size), int(count_include_pad))
