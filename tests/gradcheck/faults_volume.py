"""Faults in the operations on volumes: most are those of images, along the depth."""

import numpy as np

from minifcn.functional.volume import Conv3d, ConvTranspose3d, MaxPool3d

from .faults import Fault, change, gradient
from .faults_conv import image_gradient, maps_gradient, transposed_weight_gradient, weight_gradient
from .faults_network import routed
from .slow_conv import correlate, gather


def upside_down(w):
    """A kernel whose images are in reverse order."""
    return w[:, :, ::-1]


def lying(w):
    """A kernel with its depth and its height exchanged."""
    return w.swapaxes(2, 3)


def first_volume(right, function, grad):
    """The pool's gradient with the winners of the first volume for all."""
    return routed(function, grad, 0 * function.index + function.index[:1])


CUBE = "conv3d, cube"
MIXED = "conv3d, stride, padding, dilation"
ALL = "conv_transpose3d, everything"

# The loops of slow_conv.py with nothing wrong: these must pass.
RIGHT = [
    Fault("image gradient by loops", Conv3d, MIXED, image_gradient()),
    Fault("weight gradient by loops", Conv3d, MIXED, weight_gradient()),
    Fault("input gradient by loops", ConvTranspose3d, ALL, maps_gradient()),
    Fault("weight gradient by loops", ConvTranspose3d, ALL, transposed_weight_gradient()),
    Fault("gradient by positions", MaxPool3d, "max_pool3d, overlapping", lambda r, f, g: routed(f, g, f.index)),
]

CONV = [
    Fault("image: kernel upside down", Conv3d, "conv3d", image_gradient(weight=upside_down)),
    Fault("image: depth and height of the kernel exchanged", Conv3d, CUBE, image_gradient(weight=lying)),
    Fault("image: stride along the depth forgotten", Conv3d, MIXED, image_gradient(stride=(1, 1, 3))),
    Fault("image: padding along the depth forgotten", Conv3d, MIXED, image_gradient(padding=(0, 1, 0))),
    Fault("image: dilation along the depth forgotten", Conv3d, MIXED, image_gradient(dilation=(1, 1, 2))),
    Fault("image: lowest images of the kernel forgotten", Conv3d, "conv3d",
          image_gradient(skip={(1, i, j) for i in range(3) for j in range(2)})),
    Fault("image: overlaps overwritten", Conv3d, CUBE, image_gradient(overwrite=True)),
    Fault("image: first volume for all", Conv3d, "conv3d", change(0, lambda g: np.repeat(g[:1], 2, 0))),
    Fault("image: groups in reverse order", Conv3d, "conv3d, groups", change(0, lambda g: g[:, ::-1])),
    Fault("weight: upside down", Conv3d, "conv3d", change(1, upside_down)),
    Fault("weight: depth and height exchanged", Conv3d, CUBE, change(1, lying)),
    Fault("weight: padding along the depth forgotten", Conv3d, MIXED, weight_gradient(padding=(0, 1, 0))),
    Fault("weight: first volume only", Conv3d, "conv3d",
          gradient(1, lambda f, g: correlate(f.x[:1], g[:1], f.weight, f.geometry))),
    Fault("bias: first image of each volume only", Conv3d, "conv3d", gradient(2, lambda f, g: g[:, :, 0].sum((0, 2, 3)))),
    Fault("bias: averaged over the depth", Conv3d, "conv3d", change(2, lambda g: g / 2)),
]  # fmt: skip

TRANSPOSED = [
    Fault("input: kernel upside down", ConvTranspose3d, "conv_transpose3d", maps_gradient(weight=upside_down)),
    Fault("input: depth and height of the kernel exchanged", ConvTranspose3d, "conv_transpose3d, as an upscore",
          maps_gradient(weight=lying)),
    Fault("input: stride along the depth forgotten", ConvTranspose3d, ALL, maps_gradient(stride=(1, 1, 2))),
    Fault("input: padding along the depth forgotten", ConvTranspose3d, ALL, maps_gradient(padding=(0, 0, 1))),
    Fault("input: dilation along the depth forgotten", ConvTranspose3d, ALL, maps_gradient(dilation=(1, 1, 1))),
    Fault("input: output_padding's image left out", ConvTranspose3d, ALL,
          gradient(0, lambda f, g: gather(g[:, :, :-1], f.weight, f.geometry, f.x.shape[2:]))),
    Fault("weight: upside down", ConvTranspose3d, "conv_transpose3d", change(1, upside_down)),
    Fault("weight: channels exchanged", ConvTranspose3d, "conv_transpose3d, as an upscore",
          change(1, lambda g: g.swapaxes(0, 1))),
    Fault("bias: every second image only", ConvTranspose3d, "conv_transpose3d",
          gradient(2, lambda f, g: g[:, :, ::2].sum((0, 2, 3, 4)))),
]  # fmt: skip

POOLING = [
    Fault("overlapping windows overwritten", MaxPool3d, "max_pool3d, overlapping",
          lambda r, f, g: routed(f, g, f.index, True)),
    Fault("one image down", MaxPool3d, "max_pool3d", lambda r, f, g: routed(f, g, (f.index + 8) % 32)),
    Fault("all to the first image", MaxPool3d, "max_pool3d", lambda r, f, g: routed(f, g, f.index % 8)),
    Fault("first volume's positions for all", MaxPool3d, "max_pool3d", first_volume),
    Fault("to all of the window", MaxPool3d, "max_pool3d", lambda r, f, g: np.kron(g, np.ones((2, 2, 2)))),
    Fault("shared along the depth", MaxPool3d, "max_pool3d",
          lambda r, f, g: np.repeat(r(g).reshape(2, 2, 2, 2, 2, 4).sum(3, keepdims=True), 2, 3).reshape(2, 2, 4, 2, 4) / 2),
    Fault("ceil mode: last image left out", MaxPool3d, "max_pool3d, padding, dilation, ceil mode",
          lambda r, f, g: r(g * (np.arange(g.shape[2]) < g.shape[2] - 1)[:, None, None])),
    Fault("depth and width of the position exchanged", MaxPool3d, "max_pool3d, overlapping",
          lambda r, f, g: routed(f, g, f.index.copy() % 4 * 12 + f.index // 4 % 3 * 4 + f.index // 12)),
]  # fmt: skip

FAULTS = [*CONV, *TRANSPOSED, *POOLING]
