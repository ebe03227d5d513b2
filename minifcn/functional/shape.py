"""Joining, selecting, padding and shuffling: cat, stack, where, pad, pixel_shuffle.

The Functions of the first three are in operators/shape.py. Start this folder with conv.py. Read
../utils/checkpoint.py next.
"""

import math

import numpy as np

from ..function import Function, check_axis, dim_or_axis
from ..kernels import array_module, device_of, to_device
from ..kernels.geometry import whole
from ..operators.shape import Cat, Stack, Where
from ..tensor import Tensor, apply, operate, values
from .common import check_choice, check_images


def cat(tensors, dim=0, *, axis=None):
    """Join `tensors`, equal in all other sizes, along the axis `dim`. Integers joined with floats become floats."""
    tensors = check_same_rank("cat", tensors)
    dim = check_axis("cat", dim_or_axis("cat", dim, axis, default=0), tensors[0].ndim)
    if len({t.shape[:dim] + t.shape[dim + 1 :] for t in tensors}) > 1:
        raise ValueError(f"cat: shapes {[t.shape for t in tensors]} may differ along dim {dim} only")
    return operate(Cat, *tensors, dim=dim)


def stack(tensors, dim=0, *, axis=None):
    """Join `tensors` of one shape along a new axis `dim`. Integers joined with floats become floats."""
    tensors = check_same_rank("stack", tensors)
    if len({t.shape for t in tensors}) > 1:
        raise ValueError(f"stack: shapes {[t.shape for t in tensors]} differ; expected one shape")
    dim = check_axis("stack", dim_or_axis("stack", dim, axis, default=0), tensors[0].ndim + 1)
    return operate(Stack, *tensors, dim=dim)


def where(condition, input, other):
    """`input` where `condition` (a bool array or tensor) holds, `other` elsewhere; the three broadcast.

    At least one of input and other is a tensor; the two are promoted to one dtype as in arithmetic.
    """
    if not isinstance(input, Tensor) and not isinstance(other, Tensor):
        raise TypeError("where: found no tensor; expected input or other to be one")
    condition = values(condition)
    if getattr(condition, "dtype", None) != bool:
        found = getattr(condition, "dtype", type(condition).__name__)
        raise TypeError(f"where: condition is {found}, expected an array or tensor of bool; compare it, as in x != 0")
    return operate(Where, input, other, condition=condition)


class Pad(Function):
    """y = x inside a constant frame; the backward crops the frame off. A negative width crops x; y is x if all are 0."""

    def forward(self, x, *, widths, value):
        self.shape, self.widths, self.value = x.shape, widths, value
        sizes = [n + sum(width) for n, width in zip(x.shape, widths)]
        self.shown = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, widths))  # the part of x in y
        self.place = tuple(slice(max(a, 0), n - max(b, 0)) for n, (a, b) in zip(sizes, widths))  # and its place
        if not any(map(any, widths)):  # an image that already has the size a network needs
            return x
        y = array_module(x).full(sizes, value, x.dtype)
        y[self.place] = x[self.shown]
        return y

    def backward(self, grad):
        grad_x = array_module(grad).zeros(self.shape, grad.dtype)
        grad_x[self.shown] = grad[self.place]
        return grad_x


def pad(input, pad, mode="constant", value=0.0):
    """Pad `input` along its last axes.

    pad: flat pairs of widths (before, after), FROM THE LAST AXIS BACKWARDS: (left, right, top, bottom, ...); in
        mode 'constant', a negative width crops
    mode: 'constant' (of `value`, where None means 0), 'reflect' (mirrored, the edge itself not repeated) or 'replicate' (the edge repeated)
    ValueError for widths that do not fit, such as a reflection as wide as the image.
    """
    check_choice("pad", "mode", mode, ("constant", "reflect", "replicate"))
    if not isinstance(pad, (tuple, list)):
        raise TypeError(f"pad: pad is {pad!r}, expected a tuple of widths, such as (1, 1, 1, 1) for 1 on all sides")
    flat = [whole(width, "width", -math.inf, "pad") for width in pad]
    if len(flat) % 2 or len(flat) > 2 * input.ndim:
        raise ValueError(
            f"pad: pad is {pad}, expected pairs (before, after), one for each axis of {input.shape} at most"
        )
    widths = list(zip(flat[::2], flat[1::2]))[::-1]
    sizes = input.shape[input.ndim - len(widths) :]
    for n, (before, after) in zip(sizes, widths):
        check_widths(mode, n, before, after)
    if mode == "constant":
        return apply(Pad, input, widths=[(0, 0)] * (input.ndim - len(widths)) + widths, value=value or 0.0)
    edge = {"reflect": "reflect", "replicate": "edge"}[mode]  # NumPy's names
    positions = np.ix_(*(np.pad(np.arange(n), width, mode=edge) for n, width in zip(sizes, widths)))
    return input[(..., *(to_device(position, device_of(input.data)) for position in positions))]


def check_widths(mode, n, before, after):
    """The widths fit an axis of size n: they crop or mirror no more than there is."""
    fits, expected = {
        "constant":  (min(before, after, before + after) >= -n, f"no less than {-n} in all"),
        "reflect":   (0 <= min(before, after) and max(before, after) < n, f"0 to {n - 1} each"),
        "replicate": (0 <= min(before, after) and n > 0, "0 or more each, and an edge to repeat"),
    }[mode]  # fmt: skip
    if not fits:
        raise ValueError(f"pad: widths {(before, after)} in mode {mode!r} on an axis of size {n}; expected {expected}")


def pixel_shuffle(input, upscale_factor):
    """Channels become pixels: y[n, c, r*i + a, r*j + b] = x[n, c*r*r + a*r + b, i, j], with r = upscale_factor.

    input: (N, C*r*r, H, W). Returns (N, C, r*H, r*W). ValueError for channels that r*r does not divide.
    Source: Shi et al. 2016, section 3.2, except for the order of the channels, which is PyTorch's.
    """
    check_images("pixel_shuffle", input)
    r = whole(upscale_factor, "upscale_factor", 1, "pixel_shuffle")
    N, channels, H, W = input.shape
    if channels % (r * r):
        raise ValueError(
            f"pixel_shuffle: input has {channels} channels, expected a multiple of upscale_factor squared, {r * r}"
        )
    C = channels // (r * r)
    return input.reshape(N, C, r, r, H, W).permute(0, 1, 4, 2, 5, 3).reshape(N, C, r * H, r * W)


def check_same_rank(name, tensors):
    """`tensors` as a list, which must hold at least one tensor, all with the same number of axes."""
    tensors = list(tensors)
    if not tensors or not all(isinstance(t, Tensor) for t in tensors):
        raise TypeError(f"{name}: expected a sequence of one or more tensors")
    if len({t.ndim for t in tensors}) > 1:
        raise ValueError(f"{name}: shapes {[t.shape for t in tensors]} have different numbers of dimensions")
    return tensors
