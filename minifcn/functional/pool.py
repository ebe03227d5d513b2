"""Pooling: each window's largest value, its mean, or the means of a grid of any size.

A window slides as in conv.py, each channel by itself. Read banded.py next.
"""

from ..function import Function
from ..kernels import kernels_for
from ..kernels.geometry import pool_geometry, whole
from ..tensor import apply
from .banded import Resample, averaging
from .common import check_images, check_output


class MaxPool2d(Function):
    """y = the largest of each window, whose position gets the whole gradient."""

    def forward(self, x, *, geometry):
        y, self.index = kernels_for(x).max_pool_forward(x, geometry)
        self.geometry, self.size = geometry, x.shape[2:]
        return y

    def backward(self, grad):
        return kernels_for(grad).max_pool_backward(grad, self.index, self.geometry, self.size)


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """The largest value of each window. The padding counts as -inf; of equal values the first gets the gradient.

    input: (N, C, H, W)
    kernel_size, stride (the kernel's size if None), padding, dilation: an int, or a pair (height, width)
    ceil_mode: round the output's size up, so that every pixel is seen; the FCN paper's Caffe does
    Returns (N, C, oh, ow), oh = floor or ceil((H + 2p - d(kh-1) - 1) / s) + 1.
    ValueError for a window that does not fit.
    """
    geometry = pool_geometry(kernel_size, stride, padding, dilation, ceil_mode, "max_pool2d")
    check_fits("max_pool2d", input, geometry)
    return apply(MaxPool2d, input, geometry=geometry)


class AvgPool2d(Function):
    """y = the mean of each window, each of whose pixels gets an equal share of the gradient."""

    def forward(self, x, *, geometry, count_include_pad):
        self.geometry, self.size, self.count_include_pad = geometry, x.shape[2:], count_include_pad
        return kernels_for(x).avg_pool_forward(x, geometry, count_include_pad)

    def backward(self, grad):
        return kernels_for(grad).avg_pool_backward(grad, self.geometry, self.size, self.count_include_pad)


def avg_pool2d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """The mean of each window.

    input: (N, C, H, W)
    count_include_pad: whether the zeros of the padding count in the mean
    The others, and the result's size, are as in max_pool2d.
    """
    geometry = pool_geometry(kernel_size, stride, padding, 1, ceil_mode, "avg_pool2d")
    check_fits("avg_pool2d", input, geometry)
    return apply(AvgPool2d, input, geometry=geometry, count_include_pad=count_include_pad)


def adaptive_avg_pool2d(input, output_size):
    """The means over a grid of oh x ow windows that cover the image, whatever its size.

    Window i of m along an axis of n covers the pixels floor(i n / m) to ceil((i+1) n / m) - 1; windows may overlap.
    input: (N, C, H, W);  output_size: an int or a pair (oh, ow), None in it keeps that size
    Returns (N, C, oh, ow).
    """
    op = "adaptive_avg_pool2d"
    check_images(op, input)
    pair = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * 2
    if len(pair) != 2:
        raise ValueError(f"{op}: output_size is {output_size!r}; expected an int or a pair (height, width)")
    sizes = [n if m is None else whole(m, "output_size", 1, op) for m, n in zip(pair, input.shape[2:])]
    return apply(Resample, input, matrices=[averaging(n, m) for n, m in zip(input.shape[2:], sizes)], axis=2)


def check_fits(op, input, geometry):
    """`input` is a batch of images in which at least one window fits."""
    check_images(op, input)
    size = input.shape[2:]
    settings = f"kernel {geometry.kernel_size}, padding {geometry.padding}, dilation {geometry.dilation}"
    check_output(op, geometry.output_size(size), size, settings)
