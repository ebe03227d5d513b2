"""A dilated convolution as many undilated ones, each of which sees only every d-th row and column.

With dilation d, an output reads pixels that are d apart, and its neighbour reads their neighbours.  The image thus
splits into d * d independent phases, small images that are each convolved without holes, into a phase of the result:

    0 1 0 1 0 1                 0 0 0   1 1 1
    2 3 2 3 2 3     d = 2       0 0 0   1 1 1
    0 1 0 1 0 1     ---->                           a batch of 4 images, for whichever algorithm is fastest
    2 3 2 3 2 3                 2 2 2   3 3 3
                                2 2 2   3 3 3

This is shift-and-stitch in one layer: its shifted images are these phases, one after the other.  Long et al. 2015,
section 3.2; also known as "space to batch".  Read grouped.py next.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..runtime.compile import share
from ..runtime.launch import parallel
from ..runtime.layout import channels_last, images
from ..runtime.memory import empty


@dataclass(frozen=True)
class Phases:
    """The algorithm, given the three maps for a convolution without holes."""

    conv_forward: Callable
    conv_backward_input: Callable
    conv_backward_weight: Callable

    def fits(self, direction, weight_shape, geometry, dtype):
        """True for stride 1 and windows with holes."""
        return geometry.stride == (1, 1) and geometry.has_holes()

    def forward(self, x, weight, geometry, bias=None):
        """y = C x + bias.  x (N, C, H, W), weight (K, C/groups, kh, kw); returns y (N, K, oh, ow)."""
        size, (inner, large, _) = geometry.output_size(x.shape[2:]), phases_of(geometry, x.shape[2:])
        y = self.conv_forward(split(x, geometry, margin(geometry), large), weight, inner, bias)
        return join(y, geometry, (0, 0), len(x), size)

    def backward_input(self, grad_y, weight, geometry, size):
        """grad_x = C^T grad_y.  grad_y (N, K, oh, ow), weight (K, C/groups, kh, kw), size (H, W)."""
        inner, large, small = phases_of(geometry, size)
        grad_x = self.conv_backward_input(split(grad_y, geometry, (0, 0), small), weight, inner, large)
        return join(grad_x, geometry, margin(geometry), len(grad_y), size)

    def backward_weight(self, x, grad_y, geometry):
        """d<grad_y, C x> / d weight.  x (N, C, H, W), grad_y (N, K, oh, ow)."""
        inner, large, small = phases_of(geometry, x.shape[2:])
        phases = split(x, geometry, margin(geometry), large), split(grad_y, geometry, (0, 0), small)
        return self.conv_backward_weight(*phases, inner)


def undilated(geometry):
    """The geometry of the convolution of one phase."""
    padding = tuple(p // d for p, d in zip(geometry.padding, geometry.dilation))
    return geometry._replace(padding=padding, dilation=(1, 1))


def phase_size(geometry, size):
    """(height, width) of the largest phase of a map."""
    return tuple(-(-n // d) for n, d in zip(size, geometry.dilation))


def phases_of(geometry, size):
    """(geometry, size of the image, size of the output) of the convolution of one phase; size: (H, W) of the image."""
    inner, small = undilated(geometry), phase_size(geometry, geometry.output_size(size))
    return inner, inner.input_size(small), small


def margin(geometry):
    """The rows and columns of padding that do not make up a whole unit of a phase: they become zeros in the phases."""
    return tuple(p % d for p, d in zip(geometry.padding, geometry.dilation))


def split(x, geometry, margin, size):
    """x (N, C, H, W) as the batch of its phases (N * dh * dw, C, *size): unit (u, v) of phase (a, b) is the pixel
    (u dh + a, v dw + b), counted from `margin` above and left of x; beyond x there are zeros."""
    x = channels_last(x)
    phases = empty((len(x), *geometry.dilation, *size, x.shape[3]), x.dtype)
    move(x, phases, geometry.dilation, margin, True)
    return images(phases.reshape(-1, *phases.shape[3:]))


def join(phases, geometry, margin, N, size):
    """The image (N, C, *size) that has these phases."""
    phases, C = channels_last(phases), phases.shape[1]
    x = empty((N, *size, C), phases.dtype)
    move(x, phases.reshape(N, *geometry.dilation, *phases.shape[1:]), geometry.dilation, margin, False)
    return images(x)


@parallel
def move(thread, threads, x, phases, dilation, margin, load):
    """Load the phases (N, dh, dw, h, w, C) from x (N, H, W, C), or store them there."""
    (_, H, W, C), (dh, dw) = x.shape, dilation
    N, h, w = len(phases), phases.shape[3], phases.shape[4]
    flat_x, flat_p = x.reshape(-1), phases.reshape(-1)
    first, last = share(N * dh * dw * h, thread, threads)
    for task in range(first, last):  # a row of a phase
        y = task % h * dh + task // (h * dw) % dh - margin[0]
        for v in range(w):
            x_ = v * dw + task // h % dw - margin[1]
            here, there = np.uint64((task * w + v) * C), np.uint64(((task // (dh * dw * h) * H + y) * W + x_) * C)
            inside = 0 <= y < H and 0 <= x_ < W
            if inside and load:
                for c in range(np.uint64(C)):
                    flat_p[here + c] = flat_x[there + c]
            elif inside:
                for c in range(np.uint64(C)):
                    flat_x[there + c] = flat_p[here + c]
            elif load:
                for c in range(np.uint64(C)):
                    flat_p[here + c] = 0
