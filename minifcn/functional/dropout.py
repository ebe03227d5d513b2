"""Dropout: in training, random values become zero and the others are scaled up to preserve the mean.

Read conv_pool.py next.
"""

from ..function import Function
from ..kernels import array_module, device_of, to_device
from ..random import draw_for_batch
from ..tensor import apply
from .common import check_floats, check_images


class Dropout(Function):
    """y = x * mask, with a mask of 0 and 1 / (1 - p)."""

    def forward(self, x, *, mask):
        self.mask = mask
        return x * mask

    def backward(self, grad):
        return grad * self.mask


def dropout(input, p=0.5, training=True, *, generator=None):
    """Zero each element with probability p and divide the others by 1 - p. Outside training, the input itself.

    generator: a NumPy Generator, the default one (see manual_seed) if None; CPU and GPU draw the same numbers.
    Source: Srivastava et al. 2014; scaled in training ("inverted"), so that test time needs no scaling.
    """
    check_floats("dropout", input)
    return drop("dropout", input, input.shape, p, training, generator)


def dropout2d(input, p=0.5, training=True, *, generator=None):
    """Zero each whole channel of each image with probability p.

    input: (N, C, H, W); the rest is as in dropout. Source: Tompson et al. 2015, section 3.2.
    """
    check_images("dropout2d", input)
    return drop("dropout2d", input, (*input.shape[:2], 1, 1), p, training, generator)


def drop(op, input, mask_shape, p, training, generator):
    """Multiply by a mask of `mask_shape`, which broadcasts."""
    if not 0 <= p <= 1:
        raise ValueError(f"{op}: p is {p}, expected a probability from 0 to 1")
    if not training or p == 0:
        return input
    kept = draw_for_batch(mask_shape, generator) >= p
    kept = match_layout(input.data, to_device(kept, device_of(input.data)))
    return apply(Dropout, input, mask=kept.astype(input.dtype) * (1 / (1 - p) if p < 1 else 0.0))


def match_layout(x, mask):
    """`mask` in x's memory layout, which does not affect what is drawn: multiplying two layouts is slow."""
    if x.flags.c_contiguous or mask.shape != x.shape:
        return mask
    turned = array_module(x).empty_like(x, dtype=mask.dtype)
    turned[...] = mask
    return turned
