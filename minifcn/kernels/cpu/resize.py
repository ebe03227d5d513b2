"""The one kernel under every resizing: a product with a banded matrix, along one axis.

Interpolation, adaptive pooling and local response normalisation are such products, and so are their backward passes:
the transpose of a banded matrix is banded.  Along the last axis every output is a short dot product.  Along any other,
whole rows are combined: an output row is a weighted sum of a few input rows, in a contiguous loop.  Read norm.py next.
"""

from .runtime.compile import dense, inlined, share
from .runtime.launch import parallel
from .runtime.memory import empty


def banded_matmul(x, first, weight):
    """y[o, i, k] = sum_t weight[i, t] * x[o, first[i] + t, k].

    x (outer, n, inner), first (m,) int64, weight (m, band); returns y (outer, m, inner).
    """
    (outer, n, inner), m = x.shape, len(first)
    y = empty((outer, m, inner), x.dtype)
    lines = ((outer, n), (outer, m)) if inner == 1 else ((outer * n, inner), (outer * m, inner))
    banded_lines(inner == 1, n, dense(x).reshape(lines[0]), dense(first), dense(weight), y.reshape(lines[1]))
    return y


@parallel
def banded_lines(thread, threads, last_axis, n, x, first, weight, y):
    """Each thread computes some rows of y."""
    start, stop = share(len(y), thread, threads)
    for row in range(start, stop):
        if last_axis:
            dot_products(x, first, weight, row, y)
        else:
            o = row // len(first)
            add_rows(x, o * n, first, weight, row - o * len(first), row, y)


@inlined
def dot_products(x, first, weight, o, y):
    """Along the last axis: every element of y's row o is a dot product with a segment of x's row o."""
    for i in range(y.shape[1]):
        total = y.dtype.type(0)
        for t in range(weight.shape[1]):
            total += weight[i, t] * x[o, first[i] + t]
        y[o, i] = total


@inlined
def add_rows(x, top, first, weight, i, row, y):
    """Along another axis: a row of y is a weighted sum of whole rows of x."""
    source, factor = top + first[i], weight[i, 0]
    for k in range(y.shape[1]):
        y[row, k] = factor * x[source, k]
    for t in range(1, weight.shape[1]):
        source, factor = top + first[i] + t, weight[i, t]
        for k in range(y.shape[1]):
            y[row, k] += factor * x[source, k]
