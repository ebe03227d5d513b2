"""The banded matrix product under every resize, on the GPU: arguments for resize.cu. Read elementwise.py next."""

from .launch import contiguous, empty, per_element


def banded_matmul(x, first, weight):
    """y[o, i, k] = sum_t weight[i, t] * x[o, first[i] + t, k]: x (outer, n, inner) -> y (outer, m, inner).

    first (m,) int64 and weight (m, band) are on the GPU, like x.
    """
    outer, n, inner = x.shape
    m, band = weight.shape
    y = empty((outer, m, inner), x.dtype)
    return per_element("banded_matmul", y, *map(contiguous, (x, first, weight)), n, inner, m, band)
