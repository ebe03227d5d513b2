"""The permutohedral lattice (Adams, Baek and Davis 2010): a Gaussian filter in five dimensions, in linear time.

A Gaussian is smooth, so it need not be evaluated for every pair of pixels. On a grid of points in the space of features,
about a deviation apart, it takes three steps, each a product with a sparse matrix:

    splat  S^T   each pixel adds its values to the d + 1 grid points around it, with weights that sum to 1
    blur   B     along each of the grid's d + 1 directions:  v  <-  v + (its two neighbours) / 2
    slice  S     each pixel takes the values back, with the same weights

A square grid would have 2^d points around each pixel. The permutohedral lattice divides space into simplices, with only
d + 1 corners each. It is the points of integers that sum to 0 and leave the same remainder by d + 1, in the plane of d
dimensions in d + 1 in which coordinates sum to 0. Points that no pixel touches are left out, and count as 0. Read
../labelling/outcome.py next.
"""

import numpy as np
from scipy.sparse import csr_array, eye_array

from ..kernels.cpu.runtime.blas import matmul
from ..kernels.cpu.runtime.compile import dense, share
from ..kernels.cpu.runtime.launch import parallel


class LatticeFilter:
    """Nearly the sum  sum_j exp(-|f_i - f_j|^2 / 2) v_j, up to a factor, for features (pixels, d).

    Every sum is in a fixed order, so that the number of threads does not change a bit. ValueError for features that
    spread over too many grid points to number them in 64 bits.
    """

    def __init__(self, features, dtype):
        self.pixels, self.dtype = len(features), dtype
        corners, weights = enclosing_simplices(on_plane(features))
        points, index, steps = number_points(corners)
        starts = np.arange(0, index.size + 1, len(corners))          # of each pixel's row
        entries = weights.astype(dtype).ravel(), index.ravel(), starts
        self.slice = csr_array(entries, shape=(self.pixels, len(points)))
        self.splat = self.slice.T.tocsr()
        self.blurs = [blur(points, step, dtype) for step in steps]

    def __call__(self, values):
        for matrix in (self.splat, *self.blurs, self.slice):
            values = product(matrix, values)
        return values


def product(matrix, values):
    """A sparse matrix times values (columns, C), on all threads."""
    result = np.empty((matrix.shape[0], values.shape[1]), values.dtype)
    multiply_rows(matrix.indptr, matrix.indices, matrix.data, dense(values), result)
    return result


@parallel
def multiply_rows(thread, threads, starts, columns, weights, x, y):
    """y[i] = sum of weights[t] * x[columns[t]] for starts[i] <= t < starts[i + 1]. A row of y belongs to one thread."""
    first, last = share(len(y), thread, threads)
    for i in range(first, last):
        y[i] = 0
        for t in range(starts[i], starts[i + 1]):
            for c in range(y.shape[1]):
                y[i, c] += weights[t] * x[columns[t], c]


# Geometry -------------------------------------------------------------------------------------------------------------


def on_plane(features):
    """Features (pixels, d) on the plane in d + 1 dimensions, scaled so that the whole filter has the deviation 1.

    The d columns of E are orthogonal and sum to 0; each is divided by its length. The blur and the interpolation of
    splat and slice together have the variance (d + 1)^2 2/3, so deviations are stretched by its root (section 3.1).
    """
    d = features.shape[1]
    E = np.triu(np.ones((d + 1, d)))                                 # column j: j + 1 ones, then -(j + 1), then 0
    E[np.arange(1, d + 1), np.arange(d)] = -np.arange(1, d + 1)
    E *= (d + 1) * np.sqrt(2 / 3) / np.linalg.norm(E, axis=0)
    return matmul(features, E.T)


def enclosing_simplices(y):
    """For points y (pixels, d + 1) of the plane: the corners of the simplex around each, and its weights.

    corners: a list of d + 1 arrays (pixels, d + 1): corner k leaves the remainder k by d + 1
    weights: (pixels, d + 1), the barycentric coordinates
    """
    side = y.shape[1]                                                # d + 1
    nearest = np.rint(y / side).astype(np.int64)                     # times d + 1: points of remainder 0, if they sum to 0
    excess = nearest.sum(1, keepdims=True)
    order = np.argsort(side * nearest - y, axis=1, kind="stable")    # from the coordinate that is furthest above
    rank = np.argsort(order, axis=1, kind="stable") + excess
    turn = (rank < 0).astype(np.int64) - (rank >= side)              # those rounded furthest are rounded the other way
    zero, rank = side * (nearest + turn), rank + side * turn         # the corner of remainder 0
    above = np.empty_like(y)
    np.put_along_axis(above, rank, (y - zero) / side, axis=1)        # sorted, the largest first
    weights = np.empty_like(y)
    weights[:, 0] = 1 + above[:, -1] - above[:, 0]
    weights[:, 1:] = (above[:, :-1] - above[:, 1:])[:, ::-1]
    return [zero + k - side * (rank >= side - k) for k in range(side)], weights


def number_points(corners):
    """Number the distinct grid points among the corners.

    Returns (points, index, steps): the points' codes, sorted, whose positions are their numbers; the number of each
    pixel's corner (pixels, d + 1); and for each direction of the grid, what it adds to a code.
    """
    side = len(corners)                                              # d + 1
    low = np.min([corner.min(0) for corner in corners], axis=0) - side        # with room for neighbours
    span = np.max([corner.max(0) for corner in corners], axis=0) + side + 1 - low
    if np.prod(span[:-1], dtype=float) >= 2**63:
        raise ValueError(
            f"dense_crf: the features spread over {' x '.join(map(str, span[:-1]))} grid points, expected fewer than 2^63"
            " in all; use larger widths alpha and beta"
        )
    place = np.cumprod([1, *span[:-2]])                              # the last coordinate follows from the others
    codes = np.stack([(corner - low)[:, :-1] @ place for corner in corners], axis=1)
    points, index = np.unique(codes, return_inverse=True)
    steps = place.sum() - side * np.append(place, 0)                 # + 1 on all axes, but - d on one
    return points, index.reshape(codes.shape), steps


def blur(points, step, dtype):
    """The matrix that adds to each grid point half of its two neighbours along a direction, if they are there."""
    count, wanted = len(points), points + step
    found = np.minimum(np.searchsorted(points, wanted), count - 1)
    there = np.flatnonzero(points[found] == wanted)
    ahead = csr_array((np.full(len(there), 0.5, dtype), (there, found[there])), shape=(count, count))
    return (eye_array(count, dtype=dtype) + ahead + ahead.T).tocsr()
