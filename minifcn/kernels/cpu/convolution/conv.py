"""Convolution's three linear maps on the CPU: each call goes to the algorithm that choose.py picks for it.

    im2col_conv.py    windows to columns, then a matrix product: fits everything, and the one to read first
    im2col_blocks.py  the same, a few columns at a time
    direct.py         straight from the image
    taps.py           tap by tap, and only where a tap sees the image
    winograd.py       3x3 and 5x5 with stride 1, with fewer multiplications
    winograd_pieces.py  the same for 7x7
    phases.py         a dilated convolution as several undilated ones
    grouped.py        a grouped convolution as several ungrouped ones
    depthwise.py      one filter per channel, as in bilinear upsampling

Each has `fits` and the three maps with the same signatures; phases.py and grouped.py call back into this file for their
parts.  Read ../pool.py next.
"""

import functools
import math

import numpy as np

from ...algorithms import forced
from ..elementwise import relu_forward
from ..pool import max_pool_forward
from ..runtime.constant import is_constant
from . import depthwise, direct, im2col_blocks, im2col_conv, taps, winograd_pieces
from .choose import choose
from .grouped import Grouped
from .phases import Phases, phase_size, undilated
from .winograd import Winograd


def conv_forward(x, weight, geometry, bias=None, relu=False, residual=None, pool=None):
    """y = C x + bias.  x (N, C, H, W), weight (K, C/groups, kh, kw), bias (K,) or None; returns y (N, K, oh, ow).

    relu: return max(y, 0) instead
    residual: (N, K, oh, ow), added before that, or None
    pool: the PoolGeometry of a max pooling after both, whose result is returned instead, or None
    direct.py and winograd.py do the first two while y is still in the cache; winograd.py also pools 2x2 windows after a ReLU.
    """
    size = geometry.output_size(x.shape[2:])
    chosen = implementation("forward", len(x), size, weight.shape, geometry, x.dtype, is_constant(weight))
    if pool is not None:
        if isinstance(chosen, Winograd) and relu and residual is None and halves(pool, size):
            return chosen.forward(x, weight, geometry, bias, True, pool=2)
        return max_pool_forward(conv_forward(x, weight, geometry, bias, relu, residual), pool, with_index=False)[0]
    if chosen in (direct, winograd_pieces) or isinstance(chosen, Winograd):
        return chosen.forward(x, weight, geometry, bias, relu, residual)
    y = chosen.forward(x, weight, geometry, bias)
    if residual is not None:
        y += residual
    return relu_forward(y, 0.0) if relu else y


def halves(pool, size):
    """Whether a pooling has 2x2 windows side by side, all inside an image of `size`."""
    return pool[:4] == ((2, 2), (2, 2), (0, 0), (1, 1)) and pool.output_size(size) == tuple(n // 2 for n in size)


def conv_backward_input(grad_y, weight, geometry, size):
    """grad_x = C^T grad_y.  grad_y (N, K, oh, ow), weight (K, C/groups, kh, kw), size (H, W); returns (N, C, H, W)."""
    kept = is_constant(weight)
    chosen = implementation("backward input", len(grad_y), size, weight.shape, geometry, grad_y.dtype, kept)
    return chosen.backward_input(grad_y, weight, geometry, size)


def conv_backward_weight(x, grad_y, geometry):
    """d<grad_y, C x> / d weight.

    x (N, C, H, W), grad_y (N, K, oh, ow); returns grad_weight (K, C/groups, kh, kw).
    """
    shape = grad_y.shape[1], x.shape[1] // geometry.groups, *geometry.kernel_size
    chosen = implementation("backward weight", len(x), grad_y.shape[2:], shape, geometry, x.dtype)
    return chosen.backward_weight(x, grad_y, geometry)


def implementation(direction, batch, size, weight_shape, geometry, dtype, kept=False):
    """The implementation chosen for a map ("forward", "backward input" or "backward weight").

    size: (height, width) of the output of the first two, or of grad_y
    kept: whether what is made of the weight is kept (../runtime/constant.py)
    """
    return IMPLEMENTATIONS[chosen_name(direction, batch, size, weight_shape, geometry, dtype, forced(), kept)]


@functools.lru_cache(maxsize=1024)  # a net repeats its queries in every step
def chosen_name(direction, batch, size, weight_shape, geometry, dtype, wanted, kept=False):
    """The name of the chosen implementation, among those that fit."""
    possible = [
        name for name, algorithm in IMPLEMENTATIONS.items() if algorithm.fits(direction, weight_shape, geometry, dtype)
    ]
    within = None  # the algorithm for the phases
    if "phases" in possible:
        one, small, count = undilated(geometry), phase_size(geometry, size), batch * math.prod(geometry.dilation)
        within = min(small), chosen_name(direction, count, small, weight_shape, one, dtype, wanted, kept)
    exact = dtype == np.float64 and direction != "backward weight"
    sums_pixels = direction == "backward weight" and geometry.stride == (1, 1)
    return choose(possible, weight_shape, batch, size, exact, within, wanted, sums_pixels, kept)


IMPLEMENTATIONS = {
    "depthwise": depthwise,
    "groups": Grouped(conv_forward, conv_backward_input, conv_backward_weight),
    "phases": Phases(conv_forward, conv_backward_input, conv_backward_weight),
    "im2col": im2col_conv,
    "im2col_blocks": im2col_blocks,
    "direct": direct,
    "taps": taps,
    "winograd2": Winograd(2),
    "winograd3": winograd_pieces,
    "winograd4": Winograd(4),
}
