"""Gaussian filters of values on the pixels: y_i = sum_j exp(-|f_i - f_j|^2 / 2) v_j, for the features f of each pixel.

Each filter is a symmetric matrix K that nobody writes down: for a picture of 500 x 375 it would have 35 billion
entries. A filter has `pixels`, their number, and a dtype, and is called with values (pixels, C). Read lattice.py next.
"""

import numpy as np
from scipy.spatial.distance import cdist

from ..kernels import kernels_for
from ..kernels.cpu.runtime.blas import matmul

AT_A_TIME = 2**24  # entries of K
REACH = 5  # deviations, beyond which a Gaussian, below 4e-6, is cut off


class SymmetricFilter:
    """D^-1/2 K D^-1/2, where D has the sums of K's rows: the normalisation that the authors' code uses by default.

    Without it a pixel in a large, even area would be pushed by thousands of others, and one at an edge by a few. K / D
    would be a mean, but no longer symmetric, and then not the filter of an energy.
    """

    def __init__(self, filter):
        self.filter = filter
        self.scale = filter(np.ones((filter.pixels, 1), filter.dtype)) ** -0.5

    def __call__(self, values):
        return self.scale * self.filter(self.scale * values)


class ExactFilter:
    """The sum as it stands, over all pairs of pixels: the specification of LatticeFilter. features: (pixels, d)

    It holds a few rows of K at a time. Its time is proportional to the square of the number of pixels.
    """

    def __init__(self, features, dtype):
        self.features, self.pixels, self.dtype = features, len(features), dtype

    def __call__(self, values):
        step, result = max(1, AT_A_TIME // self.pixels), np.empty_like(values)
        for start in range(0, self.pixels, step):
            squares = cdist(self.features[start : start + step], self.features, "sqeuclidean")
            result[start : start + step] = matmul(np.exp(-squares / 2).astype(self.dtype), values)
        return result


class PositionFilter:
    """A Gaussian of the position alone, of `deviation` pixels, on an image of `size` (H, W).

    exp(-(dy^2 + dx^2)) = exp(-dy^2) exp(-dx^2): two products with a banded matrix, one along each axis.
    """

    def __init__(self, size, deviation, dtype):
        self.size, self.pixels, self.dtype = size, size[0] * size[1], dtype
        self.bands = [gaussian_band(n, deviation, dtype) for n in size]

    def __call__(self, values):
        (height, width), matmul = self.size, kernels_for(values).banded_matmul
        for (first, weight), shape in zip(self.bands, [(1, height, -1), (height, width, -1)]):
            values = matmul(values.reshape(shape), first, weight)
        return values.reshape(self.pixels, -1)


def gaussian_band(n, deviation, dtype):
    """The matrix exp(-(i - j)^2 / 2 deviation^2) of n rows, for banded_matmul: each row's first column, and its band."""
    reach = int(np.ceil(REACH * deviation))
    band = min(n, 2 * reach + 1)
    rows = np.arange(n)
    first = np.clip(rows - reach, 0, n - band)
    columns = first[:, None] + np.arange(band)
    return first, np.exp(-(((rows[:, None] - columns) / deviation) ** 2) / 2).astype(dtype)
