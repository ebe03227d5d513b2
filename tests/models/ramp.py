"""Where an FCN's scores lie: convolutions that copy, and an image that holds each pixel's coordinate."""

import numpy as np

import minifcn
from minifcn import nn


def centre_tap(kernel_size, stride, padding):
    """A convolution that copies its window's centre, or the mean of the four pixels around it."""
    layer = nn.Conv2d(3, 3, kernel_size, stride, padding, groups=3, bias=False)
    middle = slice((kernel_size - 1) // 2, kernel_size // 2 + 1)
    layer.weight.data[...] = 0
    layer.weight.data[:, :, middle, middle] = 1 if kernel_size % 2 else 0.25
    return layer


def assert_scores_lie_over_their_pixels(net, side, inside):
    """The image holds each pixel's coordinate, and so do, after all pooling and upsampling, the scores.

    net: an FCN of three classes over a backbone that copies and averages; inside: the rows and columns that are compared
    """
    net.to("float64")
    layers = [layer for name, layer in net.named_children() if name.startswith("score")]
    for layer in layers:
        layer.weight.data[...] = np.eye(3).reshape(3, 3, 1, 1) / len(layers)
    y, x = np.mgrid[:side, :side].astype(np.float64)
    ramp = np.stack([y, x, x - 2 * y])[None]
    with minifcn.no_grad():
        found = net(minifcn.tensor(ramp)).numpy()
    np.testing.assert_allclose(found[:, :, inside, inside], ramp[:, :, inside, inside], atol=1e-12)
