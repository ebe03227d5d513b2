"""Faults in convolution, transposed convolution and the fully connected layer."""

import numpy as np

from minifcn.functional.conv import Conv2d, ConvTranspose2d, Linear

from .faults import Fault, change, gradient
from .slow_conv import correlate, gather, lay


def image_gradient(skip=(), overwrite=False, weight=lambda w: w, **wrong):
    """conv2d's gradient of the image, with settings of the geometry wrong, taps left out, or the weight changed."""
    return gradient(
        0, lambda f, g: lay(g, weight(f.weight), f.geometry._replace(**wrong), f.x.shape[2:], skip, overwrite)
    )


def weight_gradient(skip=(), **wrong):
    """conv2d's gradient of the weight, likewise."""
    return gradient(1, lambda f, g: correlate(f.x, g, f.weight, f.geometry._replace(**wrong), skip))


def maps_gradient(skip=(), weight=lambda w: w, **wrong):
    """conv_transpose2d's gradient of its input, likewise."""
    return gradient(0, lambda f, g: gather(g, weight(f.weight), f.geometry._replace(**wrong), f.x.shape[2:], skip))


def transposed_weight_gradient(skip=(), **wrong):
    """conv_transpose2d's gradient of the weight, likewise."""
    return gradient(1, lambda f, g: correlate(g, f.x, f.weight, f.geometry._replace(**wrong), skip))


def turned(w):
    """A kernel turned by 180 degrees."""
    return w[..., ::-1, ::-1]


def swapped(w):
    """A kernel with its two axes exchanged."""
    return w.swapaxes(2, 3)


SQUARE = "conv2d, square, as many channels as kernels"
MIXED = "conv2d, stride, padding, dilation, groups"

# The loops of slow_conv.py with nothing wrong: these must pass.
RIGHT = [
    Fault("image gradient by loops", Conv2d, MIXED, image_gradient()),
    Fault("weight gradient by loops", Conv2d, MIXED, weight_gradient()),
    Fault("input gradient by loops", ConvTranspose2d, "conv_transpose2d, everything", maps_gradient()),
    Fault("weight gradient by loops", ConvTranspose2d, "conv_transpose2d, everything", transposed_weight_gradient()),
]

CONV = [
    Fault("image: kernel turned", Conv2d, "conv2d", image_gradient(weight=turned)),
    Fault("image: kernel's axes exchanged", Conv2d, SQUARE, image_gradient(weight=swapped)),
    Fault("image: channels and kernels exchanged", Conv2d, SQUARE, image_gradient(weight=lambda w: w.swapaxes(0, 1))),
    Fault("image: stride forgotten", Conv2d, "conv2d, stride", image_gradient(stride=(1, 1))),
    Fault("image: stride's axes exchanged", Conv2d, "conv2d, stride", image_gradient(stride=(3, 2))),
    Fault("image: padding forgotten", Conv2d, "conv2d, padding", image_gradient(padding=(0, 0))),
    Fault("image: padding's axes exchanged", Conv2d, "conv2d, padding", image_gradient(padding=(1, 2))),
    Fault("image: padding one too large", Conv2d, "conv2d, padding", image_gradient(padding=(3, 1))),
    Fault("image: dilation forgotten", Conv2d, "conv2d, dilation", image_gradient(dilation=(1, 1))),
    Fault("image: dilation's axes exchanged", Conv2d, "conv2d, dilation", image_gradient(dilation=(3, 2))),
    Fault("image: last tap forgotten", Conv2d, "conv2d", image_gradient(skip={(2, 2)})),
    Fault("image: first column of taps forgotten", Conv2d, "conv2d", image_gradient(skip={(0, 0), (1, 0), (2, 0)})),
    Fault("image: overlaps overwritten", Conv2d, "conv2d", image_gradient(overwrite=True)),
    Fault("image: overlaps overwritten", Conv2d, MIXED, image_gradient(overwrite=True)),
    Fault("image: groups in reverse order", Conv2d, "conv2d, groups", change(0, lambda g: g[:, ::-1])),
    Fault("image: weight of the other group", Conv2d, "conv2d, groups",
          image_gradient(weight=lambda w: np.roll(w, 3, 0))),
    Fault("image: first image for all", Conv2d, "conv2d", change(0, lambda g: np.repeat(g[:1], 2, 0))),
    Fault("weight: stride forgotten", Conv2d, "conv2d, stride", weight_gradient(stride=(1, 1))),
    Fault("weight: padding forgotten", Conv2d, "conv2d, padding", weight_gradient(padding=(0, 0))),
    Fault("weight: dilation forgotten", Conv2d, "conv2d, dilation", weight_gradient(dilation=(1, 1))),
    Fault("weight: last tap forgotten", Conv2d, "conv2d", weight_gradient(skip={(2, 2)})),
    Fault("weight: turned", Conv2d, "conv2d", change(1, turned)),
    Fault("weight: axes exchanged", Conv2d, SQUARE, change(1, swapped)),
    Fault("weight: channels and kernels exchanged", Conv2d, SQUARE, change(1, lambda g: g.swapaxes(0, 1))),
    Fault("weight: averaged over the batch", Conv2d, "conv2d", change(1, lambda g: g / 2)),
    Fault("weight: first image only", Conv2d, "conv2d",
          gradient(1, lambda f, g: correlate(f.x[:1], g[:1], f.weight, f.geometry))),
    Fault("weight: first group for all", Conv2d, "conv2d, groups", change(1, lambda g: np.tile(g[:3], (2, 1, 1, 1)))),
    Fault("weight: depthwise, channels averaged", Conv2d, "conv2d, depthwise", change(1, lambda g: 0 * g + g.mean(0))),
    Fault("bias: summed over the batch only", Conv2d, "conv2d", gradient(2, lambda f, g: g.sum(0)[:, 0, 0])),
    Fault("bias: summed over the wrong axes", Conv2d, "conv2d, 1 x 1", gradient(2, lambda f, g: g.sum((1, 2, 3)))),
    Fault("bias: averaged over the pixels", Conv2d, "conv2d", change(2, lambda g: g / 12)),
    Fault("bias: forgotten", Conv2d, "conv2d", change(2, np.zeros_like)),
    Fault("bias: last row forgotten", Conv2d, "conv2d", gradient(2, lambda f, g: g[:, :, :-1].sum((0, 2, 3)))),
]  # fmt: skip

TRANSPOSED = [
    Fault("input: kernel turned", ConvTranspose2d, "conv_transpose2d", maps_gradient(weight=turned)),
    Fault("input: kernel's axes exchanged", ConvTranspose2d, "conv_transpose2d, no bias",
          maps_gradient(weight=swapped)),
    Fault("input: stride forgotten", ConvTranspose2d, "conv_transpose2d, stride", maps_gradient(stride=(1, 1))),
    Fault("input: padding forgotten", ConvTranspose2d, "conv_transpose2d, padding", maps_gradient(padding=(0, 0))),
    Fault("input: padding's axes exchanged", ConvTranspose2d, "conv_transpose2d, padding",
          maps_gradient(padding=(2, 1))),
    Fault("input: dilation forgotten", ConvTranspose2d, "conv_transpose2d, dilation", maps_gradient(dilation=(1, 1))),
    Fault("input: last tap forgotten", ConvTranspose2d, "conv_transpose2d", maps_gradient(skip={(2, 1)})),
    Fault("input: upscore one pixel off", ConvTranspose2d, "conv_transpose2d, as an upscore",
          maps_gradient(padding=(0, 0))),
    Fault("input: channels exchanged", ConvTranspose2d, "conv_transpose2d, as an upscore",
          maps_gradient(weight=lambda w: w.swapaxes(0, 1))),
    Fault("weight: stride forgotten", ConvTranspose2d, "conv_transpose2d, stride",
          transposed_weight_gradient(stride=(1, 1))),
    Fault("weight: padding forgotten", ConvTranspose2d, "conv_transpose2d, padding",
          transposed_weight_gradient(padding=(0, 0))),
    Fault("weight: dilation forgotten", ConvTranspose2d, "conv_transpose2d, dilation",
          transposed_weight_gradient(dilation=(1, 1))),
    Fault("weight: turned", ConvTranspose2d, "conv_transpose2d", change(1, turned)),
    Fault("weight: channels exchanged", ConvTranspose2d, "conv_transpose2d, as an upscore",
          change(1, lambda g: g.swapaxes(0, 1))),
    Fault("weight: groups exchanged", ConvTranspose2d, "conv_transpose2d, groups",
          change(1, lambda g: np.roll(g, 2, 0))),
    Fault("output_padding's row left out", ConvTranspose2d, "conv_transpose2d, everything",
          gradient(0, lambda f, g: gather(g[:, :, :-1], f.weight, f.geometry, f.x.shape[2:]))),
    Fault("bias: output_padding's column left out", ConvTranspose2d, "conv_transpose2d, output_padding",
          gradient(2, lambda f, g: g[..., :-1].sum((0, 2, 3)))),
    Fault("bias: counted at the input's pixels", ConvTranspose2d, "conv_transpose2d, stride",
          gradient(2, lambda f, g: g[:, :, ::2, ::3].sum((0, 2, 3)))),
    Fault("bias: averaged over the batch", ConvTranspose2d, "conv_transpose2d", change(2, lambda g: g / 2)),
]  # fmt: skip

LINEAR = [
    Fault("input: weight reversed", Linear, "linear", gradient(0, lambda f, g: g @ f.weight[::-1])),
    Fault("weight: averaged over the batch", Linear, "linear", change(1, lambda g: g / 3)),
    Fault("weight: outputs reversed", Linear, "linear", change(1, lambda g: g[::-1])),
    Fault("weight: first of the batch only", Linear, "linear, no bias, 3 axes",
          gradient(1, lambda f, g: g[0].T @ f.x[0])),
    Fault("bias: averaged over the batch", Linear, "linear", change(2, lambda g: g / 3)),
    Fault("bias: first of the batch only", Linear, "linear", gradient(2, lambda f, g: g[0])),
]  # fmt: skip

FAULTS = [*CONV, *TRANSPOSED, *LINEAR]
