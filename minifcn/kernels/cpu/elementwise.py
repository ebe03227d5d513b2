"""ReLU, forward and backward: elementwise, so the loop follows memory in whatever layout.

The arithmetic is negligible: the time is spent reading and writing memory.  Read exponential.py next.
"""

import numpy as np

from .runtime.compile import dense, share, usable
from .runtime.launch import parallel
from .runtime.layout import channels_first, channels_last, images, pixels_first
from .runtime.memory import empty


def relu_forward(x, negative_slope):
    """y = x where x > 0, else negative_slope * x.  NaN stays NaN; slope 0 sends -inf to 0."""
    return rectified(x, x, negative_slope)


def relu_backward(grad, x, negative_slope):
    """grad_x = grad where x > 0, else negative_slope * grad."""
    return rectified(grad, x, negative_slope)


def rectified(values, x, negative_slope):
    """values where x > 0, else negative_slope * values; in x's memory layout."""
    x = without_gaps(x)
    values = x if values is x else in_order_of(x, values)
    result = empty((x.size,), x.dtype)
    rectify(along_memory(values), along_memory(x), x.dtype.type(negative_slope), result, size=x.size)
    return result.reshape(x.shape) if usable(x) else images(result.reshape(pixels_first(x).shape))


def without_gaps(x):
    """x itself if its memory layout is channels first or channels last, else a copy in C order."""
    return x if usable(x) or (x.ndim > 2 and usable(pixels_first(x))) else dense(x)


def in_order_of(x, values):
    """`values` in x's memory layout."""
    if values.strides == x.strides and usable(along_memory(values)):
        return values
    if x.ndim < 3:
        return dense(values)
    return channels_first(values) if usable(x) else images(channels_last(values))


def along_memory(x):
    """All elements of x as one row, a view in memory order."""
    return x.ravel(order="K")


@parallel
def rectify(thread, threads, values, x, slope, result):
    start, stop = share(x.size, thread, threads)
    source, sign, target = values[start:stop], x[start:stop], result[start:stop]  # indexed from 0: vectorised
    for t in range(target.size):
        scaled = slope * source[t] if slope != 0 else slope  # 0 * inf would be NaN
        target[t] = source[t] if sign[t] > 0 or np.isnan(source[t]) else scaled
