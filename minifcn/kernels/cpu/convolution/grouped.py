"""A grouped convolution as one convolution per group, each on its own part of the channels.

Each uses the fastest algorithm for it.  The channels are copied, at a cost that is small compared to the
convolutions.  AlexNet has such layers, originally because it was split over two GPUs.  Read depthwise.py next.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..runtime.compile import share
from ..runtime.launch import parallel
from ..runtime.layout import channels_last, images
from ..runtime.memory import empty


@dataclass(frozen=True)
class Grouped:
    """The algorithm, given the three maps for a convolution without groups."""

    conv_forward: Callable
    conv_backward_input: Callable
    conv_backward_weight: Callable

    def fits(self, direction, weight_shape, geometry, dtype):
        """True for two groups or more."""
        return geometry.groups > 1

    def forward(self, x, weight, geometry, bias=None):
        """y = C x + bias.  x (N, C, H, W), weight (K, C/groups, kh, kw); returns y (N, K, oh, ow)."""
        n, one = geometry.groups, geometry._replace(groups=1)
        biases = [None] * n if bias is None else np.split(bias, n)
        return together(
            [self.conv_forward(*part, one, b) for *part, b in zip(parts(x, n), np.split(weight, n), biases)]
        )

    def backward_input(self, grad_y, weight, geometry, size):
        """grad_x = C^T grad_y.  grad_y (N, K, oh, ow), weight (K, C/groups, kh, kw), size (H, W)."""
        n, one = geometry.groups, geometry._replace(groups=1)
        return together(
            [self.conv_backward_input(*part, one, size) for part in zip(parts(grad_y, n), np.split(weight, n))]
        )

    def backward_weight(self, x, grad_y, geometry):
        """d<grad_y, C x> / d weight.  x (N, C, H, W), grad_y (N, K, oh, ow)."""
        n, one = geometry.groups, geometry._replace(groups=1)
        return np.concatenate([self.conv_backward_weight(*part, one) for part in zip(parts(x, n), parts(grad_y, n))])


def parts(x, groups):
    """The channels of x (N, C, H, W) in equal parts, each a new channels-last array."""
    x, C = channels_last(x), x.shape[1] // groups
    results = [empty((*x.shape[:3], C), x.dtype) for _ in range(groups)]
    for group, part in enumerate(results):
        move(x.reshape(-1, groups * C), group * C, part.reshape(-1, C), True)
    return [images(part) for part in results]


def together(results):
    """The results concatenated along the channels."""
    results = [channels_last(part) for part in results]
    C = results[0].shape[3]
    y = empty((*results[0].shape[:3], len(results) * C), results[0].dtype)
    for group, part in enumerate(results):
        move(y.reshape(-1, len(results) * C), group * C, part.reshape(-1, C), False)
    return images(y)


@parallel
def move(thread, threads, pixels, first, part, load):
    """Load a part (P, C) from the channels of `pixels` from `first` on, or store it there."""
    (P, C), channels, flat, flat_part = part.shape, pixels.shape[1], pixels.reshape(-1), part.reshape(-1)
    start, stop = share(P, thread, threads)
    for p in range(start, stop):
        here, there = np.uint64(p * C), np.uint64(p * channels + first)
        if load:
            for c in range(np.uint64(C)):
                flat_part[here + c] = flat[there + c]
        else:
            for c in range(np.uint64(C)):
                flat[there + c] = flat_part[here + c]
