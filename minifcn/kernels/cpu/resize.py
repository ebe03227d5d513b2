"""The one kernel under every resizing: a product with a banded matrix, along one axis.

Interpolation, adaptive pooling and local response normalisation are such products, and so are their backward passes:
the transpose of a banded matrix is banded.  Read norm.py next.
"""

import numpy as np
from numba import prange

from .compile import dense, kernel, parallel


def banded_matmul(x, first, weight):
    """y[o, i, k] = sum_t weight[i, t] * x[o, first[i] + t, k].

    x (outer, n, inner), first (m,) int64, weight (m, band); returns y (outer, m, inner).
    """
    y = np.empty((x.shape[0], len(first), x.shape[2]), x.dtype)
    banded_rows(dense(x), dense(first), dense(weight), y)
    return y


@parallel
def banded_rows(x, first, weight, y):
    for o in prange(len(x)):
        if x.shape[2] == 1:
            dot_rows(x[o].ravel(), first, weight, y[o].ravel())
        else:
            add_rows(x[o], first, weight, y[o])


@kernel
def dot_rows(x, first, weight, y):
    """The last axis is resized: every output is a short dot product."""
    for i in range(y.size):
        total = y.dtype.type(0)
        for t in range(weight.shape[1]):
            total += weight[i, t] * x[first[i] + t]
        y[i] = total


@kernel
def add_rows(x, first, weight, y):
    """Another axis is resized: every output row is a sum of whole input rows."""
    y[:] = 0
    for i in range(len(y)):
        out = y[i]
        for t in range(weight.shape[1]):
            factor, row = weight[i, t], x[first[i] + t]
            for k in range(out.size):
                out[k] += factor * row[k]
