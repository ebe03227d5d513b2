"""Volumes, such as brain scans: conv3d, its adjoint conv_transpose3d, and max_pool3d.

The Functions are those of conv.py and pool.py, and so are the checks. What differs are the three maps of convolution,
which kernels/volume.py builds from those of images. Start with that file. Read ../nn/volume.py next.
"""

from ..function import Function
from ..kernels import kernels_for, volume
from ..kernels.geometry import pool_geometry
from ..tensor import Tensor, apply
from .common import flat_pixels
from .conv import add_bias, check_conv, check_conv_transpose, gradients_for, without_none
from .pool import check_fits


class Conv3d(Function):
    """y = C x + bias."""

    makes_new_arrays = True

    def forward(self, x, weight, bias=None, *, geometry):
        self.x, self.weight, self.geometry = x, weight, geometry
        return volume.conv_forward(x, weight, geometry, bias)

    def backward(self, grad):
        x, weight, geometry = self.x, self.weight, self.geometry
        return gradients_for(
            self,
            lambda: volume.conv_backward_input(grad, weight, geometry, x.shape[2:]),
            lambda: volume.conv_backward_weight(x, grad, geometry),
            lambda: kernels_for(grad).channel_sum(flat_pixels(grad)),
        )


def conv3d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolve each volume with K kernels: conv2d with one more axis, the depth.

    y[n, k, z, y, x] = bias[k]
        + sum over c, t, i, j of weight[k, c, t, i, j] * input[n, c, z*s - p + t*d, y*s - p + i*d, x*s - p + j*d]

    input:  (N, C, D, H, W)
    weight: (K, C/groups, kd, kh, kw)
    bias:   (K,) or None
    stride (s), padding (p, with zeros), dilation (d): an int, or a triple (depth, height, width)
    Returns (N, K, od, oh, ow), with the sizes of conv2d. ValueError for shapes that do not fit.
    """
    geometry, _ = check_conv("conv3d", input, weight, bias, stride, padding, dilation, groups, axes=3)
    return apply(Conv3d, *without_none(input, weight, bias), geometry=geometry)


class ConvTranspose3d(Function):
    """y = C^T x + bias: Conv3d with the first two products swapped."""

    makes_new_arrays = True

    def forward(self, x, weight, bias=None, *, geometry, size):
        self.x, self.weight, self.geometry = x, weight, geometry
        return add_bias(volume.conv_backward_input(x, weight, geometry, size), bias)

    def backward(self, grad):
        x, weight, geometry = self.x, self.weight, self.geometry
        return gradients_for(
            self,
            lambda: volume.conv_forward(grad, weight, geometry),
            lambda: volume.conv_backward_weight(grad, x, geometry),
            lambda: kernels_for(grad).channel_sum(flat_pixels(grad)),
        )


def conv_transpose3d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Transposed convolution of volumes: the adjoint of the conv3d with the same weight, stride and padding.

    input:  (N, K, d, h, w)
    weight: (K, C/groups, kd, kh, kw), where K is the number of input channels
    bias:   (C,) or None
    output_padding: extra voxels at the far end of each axis, as in conv_transpose2d
    Returns (N, C, D, H, W), with the sizes of conv_transpose2d. ValueError for shapes that do not fit.
    """
    given = stride, padding, output_padding, groups, dilation
    input, geometry, size = check_conv_transpose("conv_transpose3d", input, weight, bias, *given, axes=3)
    return apply(ConvTranspose3d, *without_none(input, weight, bias), geometry=geometry, size=size)


class MaxPool3d(Function):
    """y = the maximum of each window; its position gets the whole gradient."""

    def forward(self, x, *, geometry, pooled=None):
        y, self.index = pooled or volume.max_pool_forward(x, geometry)
        self.geometry, self.size = geometry, x.shape[2:]
        return y

    def backward(self, grad):
        return volume.max_pool_backward(grad, self.index, self.geometry, self.size)


def max_pool3d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The maximum of each window of a volume. The padding counts as -inf; among equal values, the first gets the gradient.

    input: (N, C, D, H, W)
    kernel_size, stride (kernel_size if None), padding, dilation: an int, or a triple (depth, height, width)
    ceil_mode: round the output size up, so that every voxel is covered
    return_indices: also return the position of each maximum as (depth * H + row) * W + column
    Returns (N, C, od, oh, ow), with the sizes of max_pool2d. ValueError for a window that does not fit.
    """
    geometry = pool_geometry(kernel_size, stride, padding, dilation, ceil_mode, "max_pool3d", axes=3)
    check_fits("max_pool3d", input, geometry)
    if return_indices:
        pooled = volume.max_pool_forward(input.data, geometry)
        return apply(MaxPool3d, input, geometry=geometry, pooled=pooled), Tensor(pooled[1].astype("int64"))
    return apply(MaxPool3d, input, geometry=geometry)
