"""The rectifier, forward and backward.  Read loss.py next."""

import numpy as np
from numba import prange

from .compile import dense, parallel, share
from .threads import thread_count


def relu_forward(x, negative_slope):
    """y = x where x > 0, else negative_slope * x.  NaN stays NaN; slope 0 sends -inf to 0."""
    y = np.empty(x.shape, x.dtype)
    rectify(dense(x).ravel(), x.dtype.type(negative_slope), thread_count(), y.ravel())
    return y


def relu_backward(grad, x, negative_slope):
    """grad_x = grad where x > 0, else negative_slope * grad."""
    grad_x = np.empty(x.shape, x.dtype)
    rectify_grad(dense(grad).ravel(), dense(x).ravel(), x.dtype.type(negative_slope), thread_count(), grad_x.ravel())
    return grad_x


@parallel
def rectify(x, slope, threads, y):
    for thread in prange(threads):
        start, stop = share(x.size, thread, threads)
        source, target = x[start:stop], y[start:stop]
        if slope == 0:
            for t in range(target.size):
                target[t] = slope if source[t] <= 0 else source[t]
        else:
            for t in range(target.size):
                target[t] = source[t] if source[t] > 0 else slope * source[t]


@parallel
def rectify_grad(grad, x, slope, threads, grad_x):
    for thread in prange(threads):
        start, stop = share(x.size, thread, threads)
        source, sign, target = grad[start:stop], x[start:stop], grad_x[start:stop]
        for t in range(target.size):
            target[t] = source[t] if sign[t] > 0 else slope * source[t]
