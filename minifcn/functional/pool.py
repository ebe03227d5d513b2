"""Pooling: max, average and adaptive average pooling, and max unpooling.

Windows slide as in conv.py, over each channel separately. Read elementwise.py next.
"""

import numpy as np

from ..function import Function
from ..kernels import array_module, device_of, kernels_for, to_device
from ..kernels.geometry import pool_geometry, whole
from ..tensor import Tensor, apply, values
from .banded import Resample, covering_sums
from .common import check_images, check_output
from .shape import where


class MaxPool2d(Function):
    """y = the maximum of each window; its position gets the whole gradient."""

    def forward(self, x, *, geometry, pooled=None):
        y, self.index = pooled or kernels_for(x).max_pool_forward(x, geometry, any(self.needs_grad))
        self.geometry, self.size = geometry, x.shape[2:]
        return y

    def backward(self, grad):
        return kernels_for(grad).max_pool_backward(grad, self.index, self.geometry, self.size)


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The maximum of each window. The padding counts as -inf; among equal values, the first gets the gradient.

    input: (N, C, H, W)
    kernel_size, stride (kernel_size if None), padding, dilation: an int, or a pair (height, width)
    ceil_mode: round the output size up, so that every pixel is covered, as the FCN paper's Caffe does
    return_indices: also return the position of each maximum as row * W + column, for max_unpool2d, in int64
    Returns (N, C, oh, ow), oh = floor or ceil((H + 2p - d(kh-1) - 1) / s) + 1.
    ValueError for a window that does not fit.
    """
    geometry = pool_geometry(kernel_size, stride, padding, dilation, ceil_mode, "max_pool2d")
    check_fits("max_pool2d", input, geometry)
    if return_indices:
        pooled = kernels_for(input.data).max_pool_forward(input.data, geometry)
        return apply(MaxPool2d, input, geometry=geometry, pooled=pooled), Tensor(pooled[1].astype("int64"))
    return apply(MaxPool2d, input, geometry=geometry)


def max_unpool2d(input, indices, kernel_size, stride=None, padding=0, output_size=None):
    """Undo max pooling: put every value back at the pixel where max_pool2d found it; the others are 0.

    input, indices: (N, C, h, w); the indices as max_pool2d(..., return_indices=True) gives them
    kernel_size, stride (kernel_size if None), padding: the pooling's
    output_size: (H, W), as pooling maps several image sizes to the same output; None means H = (h-1) s - 2p + kh
    Returns (N, C, H, W). Where windows overlap and several values claim one pixel, one of them wins, and alone gets the
    pixel's gradient.
    ValueError for indices of another shape, or outside the image. Source: Zeiler and Fergus 2014, section 2.1.
    """
    op = "max_unpool2d"
    check_images(op, input)
    geometry = pool_geometry(kernel_size, stride, padding, 1, False, op)
    spans = zip(input.shape[2:], geometry.kernel_size, geometry.stride, geometry.padding)
    H, W = [(n - 1) * s - 2 * p + k for n, k, s, p in spans] if output_size is None else tuple(output_size)[-2:]
    index = validate_indices(values(indices), input, (H, W))
    xp, planes = array_module(index), input.shape[0] * input.shape[1]
    place = index.reshape(planes, input.shape[2] * input.shape[3]) + H * W * xp.arange(planes)[:, None]
    source = xp.full(planes * H * W, -1)  # for every output pixel, the index of the value it gets, -1 for none
    source[place.reshape(index.size)] = xp.arange(index.size)
    return where(source >= 0, input.reshape(-1)[source], 0).reshape(*input.shape[:2], H, W)


def validate_indices(index, input, size):
    """The array `index` on the input's device: integers, of the input's shape, within an image of `size`."""
    op, pixels = "max_unpool2d", size[0] * size[1]
    kind = getattr(index, "dtype", None)
    if kind is None or kind.kind not in "iu":
        found = kind or type(index).__name__
        raise TypeError(f"{op}: indices are {found}, expected integers; take them from max_pool2d")
    if index.shape != input.shape:
        raise ValueError(f"{op}: indices have shape {index.shape}, expected {input.shape}, the input's")
    if device_of(index) == "cpu" and index.size and not (0 <= index.min() and index.max() < pixels):  # would stall a GPU
        raise ValueError(
            f"{op}: indices go from {index.min()} to {index.max()}, expected 0 to {pixels - 1} for an image of size"
            f" {tuple(size)}; give the size of the image that was pooled as output_size"
        )
    return to_device(index, input.device)


class AvgPool2d(Function):
    """y = the mean of each window; its pixels share the gradient equally."""

    def forward(self, x, *, geometry, count_include_pad):
        self.geometry, self.size, self.count_include_pad = geometry, x.shape[2:], count_include_pad
        return kernels_for(x).avg_pool_forward(x, geometry, count_include_pad)

    def backward(self, grad):
        return kernels_for(grad).avg_pool_backward(grad, self.geometry, self.size, self.count_include_pad)


def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """The mean of each window.

    input: (N, C, H, W)
    count_include_pad: whether the zeros of the padding count in the mean
    The other arguments and the output size are as in max_pool2d.
    """
    geometry = pool_geometry(kernel_size, stride, padding, 1, ceil_mode, "avg_pool2d")
    check_fits("avg_pool2d", input, geometry)
    return apply(AvgPool2d, input, geometry=geometry, count_include_pad=count_include_pad)


def adaptive_avg_pool2d(input, output_size):
    """The means over a grid of oh x ow windows that cover the image, whatever its size.

    Window i of m along an axis of n covers the pixels floor(i n / m) to ceil((i+1) n / m) - 1; windows may overlap.
    input: (N, C, H, W);  output_size: an int or a pair (oh, ow), None in it keeps that size
    Returns (N, C, oh, ow). A NaN or an infinity also spoils smaller windows next to it: each is a sum of as many pixels
    as the largest, some of them times 0.
    """
    op = "adaptive_avg_pool2d"
    check_images(op, input)
    pair = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * 2
    if len(pair) != 2:
        raise ValueError(f"{op}: output_size is {output_size!r}; expected an int or a pair (height, width)")
    sizes = [n if m is None else whole(m, "output_size", 1, op) for m, n in zip(pair, input.shape[2:])]
    matrices = [covering_sums(n, m) for n, m in zip(input.shape[2:], sizes)]
    area = np.outer(*(matrix.weight.sum(axis=1) for matrix in matrices)).astype(input.dtype)  # (oh, ow)
    return apply(Resample, input, matrices=matrices, axis=2) / Tensor(to_device(area, input.device))


def check_fits(op, input, geometry):
    """`input` is a batch of images, or volumes, in which at least one window fits."""
    check_images(op, input, len(geometry.kernel_size))
    size = input.shape[2:]
    settings = "kernel {0.kernel_size}, padding {0.padding}, dilation {0.dilation}"
    check_output(op, geometry.output_size(size), size, settings, geometry)
