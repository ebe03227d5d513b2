"""Convolution and its relatives: conv2d, its adjoint conv_transpose2d, and the fully connected linear.

For a fixed weight, convolution is a linear map C of the image, and this file is built on three products:

    conv_forward(x, weight)            y           = C x            a weighted sum over each window
    conv_backward_input(grad, weight)  grad_x      = C^T grad       each gradient, scattered back over its window
    conv_backward_weight(x, grad)      grad_weight = d<grad, C x> / d weight

kernels/reference.py writes the three as loops. Read pool.py next.
"""

import math

from ..function import Function
from ..kernels import array_module, kernels_for
from ..kernels.geometry import conv_geometry, per_axis
from ..tensor import Tensor, apply
from .common import check_floats, check_images, check_output, flat_pixels
from .shape import pad

WINDOW = "kernel {0.kernel_size}, stride {0.stride}, padding {0.padding}, dilation {0.dilation}"  # a geometry, in errors


class Conv2d(Function):
    """y = C x + bias + residual."""

    makes_new_arrays = True
    relu = False

    def forward(self, x, weight, bias=None, residual=None, *, geometry):
        self.x, self.weight, self.geometry = x, weight, geometry
        return kernels_for(x, weight).conv_forward(x, weight, geometry, bias, self.relu, residual)

    def backward(self, grad):
        kernels, x, weight, geometry = kernels_for(grad), self.x, self.weight, self.geometry
        return gradients_for(
            self,
            lambda: kernels.conv_backward_input(grad, weight, geometry, x.shape[2:]),
            lambda: kernels.conv_backward_weight(x, grad, geometry),
            lambda: kernels.channel_sum(flat_pixels(grad)),
            grad.copy,
        )


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1, *, relu=False, residual=None):
    """Convolve (strictly, cross-correlate) each image with K kernels.

    y[n, k, y, x] = bias[k] + sum over c, i, j of weight[k, c, i, j] * input[n, c, y*s - p + i*d, x*s - p + j*d]

    input:  (N, C, H, W)
    weight: (K, C/groups, kh, kw); with groups, output channel k sees only the channels of its own group
    bias:   (K,) or None
    stride (s), padding (p, with zeros), dilation (d): an int, or a pair (height, width)
    relu:   return max(y, 0), in the same pass over memory; PyTorch has no such option
    residual: (N, K, oh, ow) or None; added, before the ReLU, in that pass too: the end of a residual block
    Returns (N, K, oh, ow), oh = floor((H + 2p - d(kh-1) - 1) / s) + 1. ValueError for shapes that do not fit.
    """
    geometry, shape = check_conv("conv2d", input, weight, bias, stride, padding, dilation, groups)
    if residual is not None:
        check_residual(residual, shape)
        if bias is None:  # a Function knows its inputs by their order
            bias = Tensor(array_module(weight.data).zeros(weight.shape[0], weight.dtype))
    return apply(Conv2dRelu if relu else Conv2d, *without_none(input, weight, bias, residual), geometry=geometry)


class ConvTranspose2d(Function):
    """y = C^T x + bias: Conv2d with the first two products swapped."""

    makes_new_arrays = True

    def forward(self, x, weight, bias=None, *, geometry, size):
        self.x, self.weight, self.geometry = x, weight, geometry
        y = kernels_for(x, weight).conv_backward_input(x, weight, geometry, size)
        return add_bias(y, bias)

    def backward(self, grad):
        kernels, x, weight, geometry = kernels_for(grad), self.x, self.weight, self.geometry
        return gradients_for(
            self,
            lambda: kernels.conv_forward(grad, weight, geometry),
            lambda: kernels.conv_backward_weight(grad, x, geometry),
            lambda: kernels.channel_sum(flat_pixels(grad)),
        )


def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Transposed convolution: the adjoint of the conv2d with the same weight, stride and padding.

    Every input pixel stamps its value times the kernel onto the output; overlapping stamps add up:
    y[n, c, y*s - p + i*d, x*s - p + j*d] += weight[k, c, i, j] * input[n, k, y, x]

    input:  (N, K, h, w)
    weight: (K, C/groups, kh, kw), where K is the number of input channels
    bias:   (C,) or None
    output_padding: extra rows and columns at the lower and right edge; fewer than the stride or the dilation. Below the
        stride, it chooses among the image sizes that conv2d maps to the size (h, w).
    Returns (N, C, H, W), H = s(h-1) + d(kh-1) + 1 - 2p + output_padding. ValueError for shapes that do not fit.
    Source: Long, Shelhamer & Darrell 2015, section 3.3 ("upsampling is backwards strided convolution").
    """
    given = stride, padding, output_padding, groups, dilation
    input, geometry, size = check_conv_transpose("conv_transpose2d", input, weight, bias, *given)
    return apply(ConvTranspose2d, *without_none(input, weight, bias), geometry=geometry, size=size)


class Linear(Function):
    """y = x weight^T + bias  ->  grad_x = grad weight,  grad_weight = grad^T x,  grad_bias = sum of grad."""

    makes_new_arrays = True

    def forward(self, x, weight, bias=None):
        self.x, self.weight = x, weight
        y = kernels_for(x, weight).matmul(as_rows(x), weight.T).reshape(*x.shape[:-1], len(weight))
        return y if bias is None else y + bias

    def backward(self, grad):
        matmul = kernels_for(grad).matmul
        return gradients_for(
            self,
            lambda: matmul(as_rows(grad), self.weight).reshape(self.x.shape),
            lambda: matmul(as_rows(grad).T, as_rows(self.x)),
            lambda: as_rows(grad).sum(axis=0),
        )


def linear(input, weight, bias=None):
    """A fully connected layer, y = input weight^T + bias.

    input (..., in), weight (out, in), bias (out,) or None; returns (..., out). ValueError for sizes that do not fit.
    """
    check_floats("linear", input)
    check_floats("linear", weight, "weight")
    if weight.ndim != 2 or input.shape[-1:] != weight.shape[1:]:
        raise ValueError(
            f"linear: input has shape {input.shape} but weight {weight.shape} expects (..., in), with weight (out, in)"
        )
    check_bias("linear", bias, weight, len(weight))
    return apply(Linear, *without_none(input, weight, bias))


class Conv2dRelu(Conv2d):
    """max(C x + bias + residual, 0); the gradient counts where this is positive."""

    relu = True

    def forward(self, *arrays, geometry):
        self.y = super().forward(*arrays, geometry=geometry)
        return self.y

    def backward(self, grad):
        return super().backward(kernels_for(grad).relu_backward(grad, self.y, 0.0))


# What they share, with those of volume.py -----------------------------------------------------------------------------


def as_rows(x):
    """x (..., n) as a matrix of rows (m, n)."""
    return x.reshape(math.prod(x.shape[:-1]), x.shape[-1])


def add_bias(y, bias):
    """y (N, K, ...) + bias (K,), in place."""
    if bias is not None:
        y += bias.reshape(-1, *[1] * (y.ndim - 2))
    return y


def gradients_for(function, *gradients):
    """Call those of `gradients`, one function per input, whose result is needed; None for the others."""
    return tuple(gradient() if needed else None for gradient, needed in zip(gradients, function.needs_grad))


def without_none(*inputs):
    """The inputs that are not None."""
    return [x for x in inputs if x is not None]


def check_residual(residual, shape):
    """The residual of a conv2d has the `shape` of its result; TypeError or ValueError if not."""
    check_floats("conv2d", residual, "residual")
    if residual.shape != shape:
        raise ValueError(f"conv2d: residual has shape {residual.shape}, expected {shape}, the result's")


def check_conv(op, input, weight, bias, stride, padding, dilation, groups, axes=2):
    """(geometry, shape of the output) of a convolution; ValueError for arguments that do not fit."""
    geometry = geometry_of(op, input, weight, stride, padding, dilation, groups, axes)
    K, channels = weight.shape[0], weight.shape[1] * geometry.groups
    check_channels(op, input, weight, channels, K, bias)
    if K % geometry.groups:
        raise ValueError(f"{op}: weight {weight.shape} has {K} kernels, which groups={groups} does not divide")
    size = geometry.output_size(input.shape[2:])
    check_output(op, size, input.shape[2:], WINDOW, geometry)
    return geometry, (input.shape[0], K, *size)


def check_conv_transpose(op, input, weight, bias, stride, padding, output_padding, groups, dilation, axes=2):
    """(input, geometry, size of the output) of a transposed convolution; ValueError for arguments that do not fit."""
    geometry = geometry_of(op, input, weight, stride, padding, dilation, groups, axes)
    extra = per_axis(output_padding, "output_padding", 0, op, axes)
    if any(e >= max(s, d) for e, s, d in zip(extra, geometry.stride, geometry.dilation)):
        raise ValueError(
            f"{op}: output_padding {extra} must be smaller than stride {geometry.stride} or dilation"
            f" {geometry.dilation}, in each direction"
        )
    check_channels(op, input, weight, weight.shape[0], weight.shape[1] * geometry.groups, bias)
    if weight.shape[0] % geometry.groups:
        raise ValueError(f"{op}: groups={groups} does not divide the {weight.shape[0]} input channels")
    size = geometry.input_size(input.shape[2:], extra)
    check_output(op, size, input.shape[2:], WINDOW, geometry)
    strides = [e // s for e, s in zip(extra, geometry.stride)]  # for whole strides, append zeros to the input,
    if any(strides):  # so that C maps the output's size to the input's
        input = pad(input, [width for n in reversed(strides) for width in (0, n)])
    return input, geometry, size


def geometry_of(op, input, weight, stride, padding, dilation, groups, axes):
    """The checked geometry of an operation, with the kernel size taken from the weight."""
    check_images(op, input, axes)
    check_floats(op, weight, "weight")
    if weight.ndim != axes + 2:
        number = {2: "two", 3: "three"}[axes]
        raise ValueError(
            f"{op}: weight has shape {weight.shape}, expected {axes + 2} axes, the last {number} the kernel's size"
        )
    return conv_geometry(weight.shape[2:], stride, padding, dilation, groups, op, axes)


def check_channels(op, input, weight, n_in, n_out, bias):
    """The input has as many channels as the weight expects, and the bias as many as it produces."""
    if input.shape[1] != n_in:
        order = 0, input.ndim - 1, *range(1, input.ndim - 1)
        advice = f", or call input.permute{order} if its channels are last" if input.shape[-1] == n_in else ""
        raise ValueError(
            f"{op}: input has {input.shape[1]} channels but weight expects {n_in} (weight is {weight.shape});"
            f" check in_channels{advice}"
        )
    check_bias(op, bias, weight, n_out)


def check_bias(op, bias, weight, size):
    """The bias is None or has `size` numbers, one for each output of the weight."""
    if bias is None:
        return
    check_floats(op, bias, "bias")
    if bias.shape != (size,):
        raise ValueError(f"{op}: bias has shape {bias.shape}, expected ({size},) as weight is {weight.shape}")
