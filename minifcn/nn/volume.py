"""The layers of networks for volumes: Conv3d, ConvTranspose3d, MaxPool3d, BatchNorm3d. Their x is (N, C, D, H, W).

Each is the layer for images with one more axis. Read ../models/unet3d.py next.
"""

from .. import functional as F
from ..kernels.geometry import conv_geometry, per_axis
from .conv import Convolution, init_parameters
from .layers import MaxPool2d
from .norm import BatchNorm2d


class Conv3d(Convolution):
    """Convolution: x (N, in_channels, D, H, W) -> (N, out_channels, od, oh, ow).

    weight (out_channels, in_channels / groups, kd, kh, kw), bias (out_channels,) or None.
    Sizes are ints or triples (depth, height, width). Raises ValueError for sizes that are out of range.
    """

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
                 *, generator=None):
        geometry = conv_geometry(kernel_size, stride, padding, dilation, groups, op="Conv3d", axes=3)
        super().__init__(in_channels, out_channels, geometry)
        shape = (out_channels, in_channels // self.groups, *self.kernel_size)
        self.weight, self.bias = init_parameters(shape, out_channels if bias else None, generator)

    def forward(self, x):
        return F.conv3d(x, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)


class ConvTranspose3d(Convolution):
    """Transposed convolution, the adjoint of Conv3d: x (N, in_channels, D, H, W) -> (N, out_channels, od, oh, ow).

    weight (in_channels, out_channels / groups, kd, kh, kw), bias (out_channels,) or None.
    Sizes and errors are as in ConvTranspose2d. Fill the weight with init.trilinear_ to upsample.
    """

    out_axis = 1

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1,
                 bias=True, dilation=1, *, generator=None):
        geometry = conv_geometry(kernel_size, stride, padding, dilation, groups, op="ConvTranspose3d", axes=3)
        super().__init__(in_channels, out_channels, geometry)
        self.output_padding = per_axis(output_padding, "output_padding", 0, "ConvTranspose3d", 3)
        shape = (in_channels, out_channels // self.groups, *self.kernel_size)
        self.weight, self.bias = init_parameters(shape, out_channels if bias else None, generator)

    def forward(self, x):
        return F.conv_transpose3d(
            x, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


class MaxPool3d(MaxPool2d):
    """The maximum of each window of a volume; the arguments are MaxPool2d's, with ints or triples."""

    pool, axes = staticmethod(F.max_pool3d), 3


class BatchNorm3d(BatchNorm2d):
    """BatchNorm2d for volumes: x (N, C, D, H, W) -> (N, C, D, H, W)."""

    axes = "D, H, W"


class BNReLU3d(BatchNorm3d):
    """BatchNorm3d and the ReLU after it as one layer, in one pass over memory, as BNReLU2d."""

    relu = True
