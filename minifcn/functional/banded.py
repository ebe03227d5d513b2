"""Banded matrices, whose rows are zero outside a short band: interpolation is one, and so is a window sum.

Applying one along an axis of an image resamples it; the backward applies its transpose, which is banded too, so one
kernel, `banded_matmul`, does both. The matrices of pooling and normalisation are here, those of interpolation in
resize.py. Read resize.py next.
"""

import math
from dataclasses import dataclass

import numpy as np

from ..function import Function
from ..kernels import device_of, kernels_for, to_device


@dataclass(frozen=True)
class Banded:
    """An (m, n) matrix: row i holds weight[i, 0], weight[i, 1], ... from column first[i] on, and zeros elsewhere.

    first (m,) int64, non-decreasing; weight (m, band) float64; 0 <= first and first + band <= n.
    """

    first: np.ndarray
    weight: np.ndarray
    n: int

    def transpose(self):
        """The (n, m) transpose. The rows of this matrix that reach column j are consecutive; row j gathers them."""
        m, band = self.weight.shape
        column = np.arange(self.n)
        start = np.searchsorted(self.first, column - band, side="right")  # the first row that reaches column j
        stop = np.searchsorted(self.first, column, side="right")  # the first one that begins after it
        width = max(1, int((stop - start).max()))
        first = np.minimum(start, m - width)
        row = first[:, None] + np.arange(width)  # (n, width): the rows that row j of the transpose reads,
        tap = column[:, None] - self.first[row]  # and the offset of column j in the band of each
        inside = (0 <= tap) & (tap < band)
        return Banded(first, np.where(inside, self.weight[row, tap.clip(0, band - 1)], 0.0), m)

    def dense(self):
        """The whole matrix as an (m, n) array."""
        full = np.zeros((len(self.first), self.n))
        for i, (start, weight) in enumerate(zip(self.first, self.weight)):
            full[i, start : start + len(weight)] = weight
        return full

    def apply_along(self, x, axis):
        """Multiply every line of the array x along `axis` by the matrix; the axis goes from n elements to m."""
        before, after = x.shape[:axis], x.shape[axis + 1 :]
        lines = x.reshape(math.prod(before), self.n, math.prod(after))
        device = device_of(x)
        first, weight = to_device(self.first, device), to_device(self.weight.astype(x.dtype), device)
        return kernels_for(x).banded_matmul(lines, first, weight).reshape(*before, len(self.first), *after)


class Resample(Function):
    """y = x times one banded matrix per axis, starting at `axis`  ->  dL/dx = grad times their transposes."""

    def forward(self, x, *, matrices, axis):
        self.matrices, self.axis = matrices, axis
        for i, matrix in reversed(list(enumerate(matrices, axis))):
            x = matrix.apply_along(x, i)
        return x

    def backward(self, grad):
        for i, matrix in enumerate(self.matrices, self.axis):
            grad = matrix.transpose().apply_along(grad, i)
        return grad


def covering_sums(n, m):
    """The matrix of m sums that cover n positions: row i sums floor(i n / m) to ceil((i+1) n / m) - 1."""
    i = np.arange(m)
    return interval_sums(n, i * n // m, -(-(i + 1) * n // m))


def window_sums(n, size):
    """The matrix of sums over `size` neighbours, fewer at the ends: row i sums i - size//2 to i + (size-1)//2."""
    i = np.arange(n)
    return interval_sums(n, np.maximum(i - size // 2, 0), np.minimum(i + (size + 1) // 2, n))


def interval_sums(n, start, stop):
    """The matrix whose row i is 1 in the columns start[i] to stop[i] - 1."""
    band = int((stop - start).max())
    first = np.minimum(start, n - band)
    column = first[:, None] + np.arange(band)
    inside = (start[:, None] <= column) & (column < stop[:, None])
    return Banded(first, inside.astype(np.float64), n)
