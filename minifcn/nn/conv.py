"""The linear layers with learned weights: Conv2d, ConvTranspose2d, Linear.

Each holds its weight and bias in PyTorch's layouts and calls the function of the same name in functional/conv.py. Read
../models/backbone.py next.
"""

import math

import numpy as np

from .. import functional as F
from ..functional.conv_pool import conv2d_relu_max_pool2d
from ..kernels.geometry import conv_geometry, pair, pool_geometry, whole
from ..tensor import values
from . import init
from .fusion import fuse_conv_bn_weights
from .layers import Identity, MaxPool2d, PooledBefore, ReLU
from .module import Module, Parameter
from .norm import BatchNorm2d

LARGE = 32 << 20  # bytes; a fused network shares larger weights, as BLAS reads them as they are


def init_parameters(shape, bias_size, generator):
    """(weight, bias), initialised as in PyTorch: both uniform in +-1/sqrt(fan_in); bias is None if its size is."""
    weight = init.kaiming_uniform_(Parameter(np.empty(shape, np.float32)), a=math.sqrt(5), generator=generator)
    if bias_size is None:
        return weight, None
    bound = 1 / math.sqrt(init.fans(weight)[0])
    return weight, init.uniform_(Parameter(np.empty(bias_size, np.float32)), -bound, bound, generator)


class Convolution(Module):
    """What Conv2d and ConvTranspose2d share: checked sizes, fusion, and their repr().

    relu, max_pool: of a fused Conv2d: whether forward() returns max(y, 0), and the PoolGeometry of its max pooling, or None
    out_axis:       the weight's axis of output channels
    """

    relu, max_pool, out_axis = False, None, 0

    def __init__(self, in_channels, out_channels, geometry):
        name = type(self).__name__
        self.in_channels = whole(in_channels, "in_channels", 1, name)
        self.out_channels = whole(out_channels, "out_channels", 1, name)
        self.kernel_size, self.stride = geometry.kernel_size, geometry.stride
        self.padding, self.dilation, self.groups = geometry.padding, geometry.dilation, geometry.groups
        for what, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % self.groups:
                raise ValueError(f"{name}: {what} is {channels}, expected a multiple of groups, which is {self.groups}")

    def absorb(self, layer):
        """Include a BatchNorm2d with running statistics; Conv2d also a ReLU and then a MaxPool2d."""
        if self.relu:
            return self.absorb_pool(layer)
        if isinstance(layer, BatchNorm2d) and layer.num_features == self.out_channels and layer.running_mean is not None:
            if self.out_axis == 1 and self.groups > 1:
                return None
            arrays = self.weight, self.bias, layer.running_mean, layer.running_var, layer.eps, layer.weight, layer.bias
            self.weight, self.bias = map(Parameter, fuse_conv_bn_weights(*map(values, arrays), self.out_axis == 1))
            return self.absorb(ReLU()) or ReLU() if layer.relu else Identity()
        if isinstance(layer, ReLU) and isinstance(self, Conv2d):
            self.relu = True
            return Identity()
        return None

    def absorb_pool(self, layer):
        """`absorb` after a ReLU: include a MaxPool2d, the last layer that this one can include."""
        if type(layer) is not MaxPool2d or layer.return_indices or self.max_pool is not None:
            return None
        self.max_pool = pool_geometry(layer.kernel_size, layer.stride, layer.padding, layer.dilation, layer.ceil_mode)
        return PooledBefore(layer)

    def settle(self):
        """Make the weight constant, a copy if it was shared; not one of groups, which are views, nor a large one."""
        from ..kernels.cpu.runtime.constant import constant  # late, since it imports Numba

        if self.groups == 1 and self.weight.data.nbytes <= LARGE:
            self.weight = Parameter(constant(self.weight.data), self.weight.requires_grad)

    def extra_repr(self):
        zeros, ones = ((n,) * len(self.kernel_size) for n in (0, 1))
        defaults = {"padding": zeros, "dilation": ones, "output_padding": zeros, "groups": 1, "relu": False}
        shown = [f"{k}={getattr(self, k)}" for k, default in defaults.items() if getattr(self, k, default) != default]
        shown += [f"max_pool={self.max_pool.kernel_size}"] if self.max_pool else []
        shown += ["bias=False"] if self.bias is None else []
        sizes = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        return ", ".join([sizes, *shown])


class Conv2d(Convolution):
    """Convolution: x (N, in_channels, H, W) -> (N, out_channels, oh, ow).

    weight (out_channels, in_channels / groups, kh, kw), bias (out_channels,) or None.
    Sizes are ints or pairs (height, width). Raises ValueError for sizes that are out of range.
    """

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
                 *, generator=None):
        geometry = conv_geometry(kernel_size, stride, padding, dilation, groups, op="Conv2d")
        super().__init__(in_channels, out_channels, geometry)
        shape = (out_channels, in_channels // self.groups, *self.kernel_size)
        self.weight, self.bias = init_parameters(shape, out_channels if bias else None, generator)

    def forward(self, x, residual=None):
        """residual: added to the output, before the ReLU if there is one."""
        given = self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        if self.max_pool is not None:
            return conv2d_relu_max_pool2d(x, *given, self.max_pool)
        return F.conv2d(x, *given, relu=self.relu, residual=residual)


class ConvTranspose2d(Convolution):
    """Transposed convolution, the adjoint of Conv2d: x (N, in_channels, H, W) -> (N, out_channels, oh, ow).

    weight (in_channels, out_channels / groups, kh, kw), bias (out_channels,) or None;
    oh = stride (H - 1) + dilation (kh - 1) + 1 - 2 padding + output_padding. Raises ValueError as Conv2d does.
    Fill the weight with init.bilinear_ to upsample.
    """

    out_axis = 1

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1,
                 bias=True, dilation=1, *, generator=None):
        geometry = conv_geometry(kernel_size, stride, padding, dilation, groups, op="ConvTranspose2d")
        super().__init__(in_channels, out_channels, geometry)
        self.output_padding = pair(output_padding, "output_padding", 0, "ConvTranspose2d")
        shape = (in_channels, out_channels // self.groups, *self.kernel_size)
        self.weight, self.bias = init_parameters(shape, out_channels if bias else None, generator)

    def forward(self, x):
        return F.conv_transpose2d(
            x, self.weight, self.bias, self.stride, self.padding, self.output_padding, self.groups, self.dilation
        )


class Linear(Module):
    """y = x weight^T + bias: x (..., in_features) -> (..., out_features). weight (out_features, in_features)."""

    def __init__(self, in_features, out_features, bias=True, *, generator=None):
        self.in_features = whole(in_features, "in_features", 1, "Linear")
        self.out_features = whole(out_features, "out_features", 1, "Linear")
        self.weight, self.bias = init_parameters((out_features, in_features), out_features if bias else None, generator)

    def forward(self, x):
        return F.linear(x, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
