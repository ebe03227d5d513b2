"""How a window slides over an image or a volume: kernel size, stride, padding, dilation, and the resulting sizes.

Each number is checked here, so that no kernel has to. Read reference.py next.
"""

import operator
from typing import NamedTuple


class ConvGeometry(NamedTuple):
    """A convolution's geometry; every field except `groups` is a pair (height, width). Built by `conv_geometry`.

    For volumes, those fields and the sizes below are triples (depth, height, width).
    """

    kernel_size: tuple
    stride: tuple
    padding: tuple
    dilation: tuple
    groups: int

    def output_size(self, size):
        """(oh, ow) of the convolution of an (H, W) image: floor((n + 2p - d(k-1) - 1) / s) + 1."""
        spans = zip(size, self.kernel_size, self.stride, self.padding, self.dilation)
        return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in spans)

    def input_size(self, size, output_padding=None):
        """(H, W) of the transposed convolution of an (oh, ow) map: s(n-1) + d(k-1) + 1 - 2p + output_padding."""
        extra = output_padding or (0,) * len(size)
        spans = zip(size, self.kernel_size, self.stride, self.padding, self.dilation, extra)
        return tuple(s * (n - 1) + d * (k - 1) + 1 - 2 * p + o for n, k, s, p, d, o in spans)

    def has_holes(self):
        """Whether a window skips pixels: dilation has no effect along an axis with a single tap."""
        return any(d > 1 and k > 1 for d, k in zip(self.dilation, self.kernel_size))


class PoolGeometry(NamedTuple):
    """A pooling window's geometry; pairs (height, width), or triples for volumes. Built by `pool_geometry`."""

    kernel_size: tuple
    stride: tuple
    padding: tuple
    dilation: tuple
    ceil_mode: bool

    def output_size(self, size):
        """(oh, ow): as for convolution, rounded up in ceil mode unless the last window would start in the padding."""
        return tuple(map(self._output_length, size, self.kernel_size, self.stride, self.padding, self.dilation))

    def _output_length(self, n, k, s, p, d):
        span = n + 2 * p - d * (k - 1) - 1
        if not self.ceil_mode:
            return span // s + 1
        length = -(-span // s) + 1
        return length - 1 if (length - 1) * s >= n + p else length  # PyTorch's rule: start inside the image


def conv_geometry(kernel_size, stride=1, padding=0, dilation=1, groups=1, op="conv2d", axes=2):
    """A checked ConvGeometry. Each size is an int or one per axis; `op` names the caller in errors (ValueError)."""
    return ConvGeometry(
        per_axis(kernel_size, "kernel_size", 1, op, axes),
        per_axis(stride, "stride", 1, op, axes),
        per_axis(padding, "padding", 0, op, axes),
        per_axis(dilation, "dilation", 1, op, axes),
        whole(groups, "groups", 1, op),
    )


def pool_geometry(kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, op="max_pool2d", axes=2):
    """A checked PoolGeometry; stride None means kernel_size. `padding` is at most half the kernel's size."""
    kernel_size = per_axis(kernel_size, "kernel_size", 1, op, axes)
    padding = per_axis(padding, "padding", 0, op, axes)
    if any(2 * p > k for p, k in zip(padding, kernel_size)):
        raise ValueError(
            f"{op}: padding {padding} is more than half of kernel_size {kernel_size}, so that a window could lie in"
            " the padding alone; use a smaller padding"
        )
    stride = kernel_size if stride is None else per_axis(stride, "stride", 1, op, axes)
    return PoolGeometry(kernel_size, stride, padding, per_axis(dilation, "dilation", 1, op, axes), bool(ceil_mode))


def pair(value, name, least, op):
    """`value` as two ints (height, width), each at least `least`; an int applies to both."""
    return per_axis(value, name, least, op, 2)


def per_axis(value, name, least, op, axes):
    """`value` as one int for each of two or three axes, each at least `least`; an int applies to all."""
    values = value if isinstance(value, (tuple, list)) else (value,) * axes
    if len(values) != axes:
        wanted = {2: "a pair (height, width)", 3: "a triple (depth, height, width)"}[axes]
        raise ValueError(f"{op}: {name} is {value!r}; expected an int or {wanted}")
    if {*map(type, values)} == {int} and min(values) >= least:  # what layers pass, in every call
        return tuple(values)
    return tuple(whole(v, name, least, op) for v in values)


def whole(value, name, least, op):
    """`value` as an int of at least `least`."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{op}: {name} is {value!r}; expected a whole number") from None
    if number < least or isinstance(value, bool):
        raise ValueError(f"{op}: {name} is {value!r}; expected a whole number of at least {least}")
    return number
