"""Winograd's transforms: Y = L X L^T for small fixed matrices L, for all channels of a tile at once.

An r x r convolution that makes an m x m tile of the output reads a tile of the image with side m + r - 1.  Directly that
takes m^2 r^2 multiplications for each pair of channels.  But a convolution is a product of polynomials, which can be
computed by evaluating both at a few points, multiplying the values, and interpolating.  In two dimensions, with the
points 0, 1, -1, 2, -2 and infinity for a tile of side 6 (0, 1, -1 and infinity for side 4):

    output tile = A^T [ (G weight G^T) * (B^T image tile B) ] A           '*': elementwise

with side^2 multiplications: for r = 3, 4 times fewer for m = 4, and 2.25 times for m = 2.  The matrices are small and
consist mostly of small whole numbers, and their cost is amortised over the channels: a tile of the image is transformed
once, not once per output channel.  B^T depends on the points alone, so that one transform of an image serves every r.
The price is accuracy: for side 6 the terms are many times larger than their sum.

Lavin and Gray 2016, "Fast algorithms for convolutional neural networks", sections 4.1 to 4.3.  Read winograd.py next.
"""

import functools
from typing import NamedTuple

import numpy as np
from numba import from_dtype, types
from numba.core import cgutils
from numba.extending import intrinsic

from ..runtime.compile import callback
from ..runtime.simd import INDEX, Vectors, call_address, simd

POINTS = {4: (0, 1, -1), 6: (0, 1, -1, 2, -2)}  # by the side of an image tile; the last one is infinity
IMAGE = {  # B^T: row i is a polynomial that is zero at every point but the i-th
    4: np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]], float),
    6: np.array(
        [
            [4, 0, -5, 0, 1, 0],
            [0, -4, -4, 1, 1, 0],
            [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0],
            [0, 2, -1, -2, 1, 0],
            [0, 4, 0, -5, 0, 1],
        ],
        float,
    ),
}


def at_points(side, n):
    """The matrix (side, n) that maps the coefficients of a polynomial to its values; at infinity, the highest coefficient."""
    powers = np.vander(POINTS[side], n, increasing=True)
    return np.vstack([powers, np.eye(1, n, n - 1)])


def matrices_of(m, r):
    """{name: matrix} of F(m x m, r x r); a name ends with the matrix's shape, as in "output3x6", or with a tile's side."""
    side = m + r - 1
    scales = (IMAGE[side] * at_points(side, side)).sum(axis=1, keepdims=True)  # of the rows of B^T at their own points
    G, A_T = at_points(side, r) / scales, at_points(side, m).T
    return {
        f"image{side}": IMAGE[side],
        f"weight{side}x{r}": G,
        f"output{m}x{side}": A_T,
        f"output_relu{m}x{side}": A_T,
        f"output_relu_pool{m}x{side}": A_T,
        f"grad_output{side}x{m}": A_T.T,
        f"grad_weight{r}x{side}": G.T,
    }


MATRICES = {name: matrix for m, r in ((2, 3), (4, 3), (2, 5), (3, 4)) for name, matrix in matrices_of(m, r).items()}


class Square(NamedTuple):
    """Where a square matrix of pixels or frequencies is in a flat array; each element is a run of channels."""

    start: int  # the index of the first channel of the upper left element
    row: int  # numbers from one row of the matrix to the next
    column: int


@functools.cache
def transform_address(name, dtype):
    """The address of Y = L X L^T (+ bias) with L = MATRICES[name], compiled for this processor; `transform` calls it."""
    kind, pointer = simd().name, types.CPointer(from_dtype(np.dtype(dtype)))

    @callback(pointer, pointer, pointer, *[types.intp] * 5)
    def compiled(x, y, bias, x_row, x_column, y_row, y_column, vectors):
        emit_transform(kind, name, x, y, bias, x_row, x_column, y_row, y_column, vectors)

    return compiled.address


@intrinsic
def transform(typing, address, x, place_x, y, place_y, bias, channel, vectors):
    """Y = L X L^T (+ bias), called from compiled code.

    address:  transform_address(name, dtype)
    x, place_x: the array that X is in, and where: a Square; y, place_y likewise
    bias, channel: one number per channel, from `channel` on; only the transforms named "output" add it;
              those named "output_relu" also store max(Y, 0), and "output_relu_pool" the largest of each 2x2 of that
    vectors:  the length of an element of X and of Y
    """
    return types.void(types.intp, x, place_x, y, place_y, bias, types.intp, types.intp), call_address


@intrinsic
def emit_transform(typing, kind, name, x, y, bias, x_row, x_column, y_row, y_column, vectors):
    """Emits the transform into the calling function; kind is a Simd's name, name one of MATRICES; x, y, bias: pointers."""
    if not isinstance(kind, types.StringLiteral) or not isinstance(name, types.StringLiteral):
        return None  # Numba asks again with the literals
    matrix, text = MATRICES[name.literal_value], name.literal_value
    has_bias, has_relu = text.startswith("output"), text.startswith("output_relu")
    has_pool = text.startswith("output_relu_pool")

    def codegen(context, builder, signature, arguments):
        x, y, bias, x_row, x_column, y_row, y_column, vectors = arguments[2:]
        v = Vectors.of(builder, kind, signature.args[2].dtype)
        n, k = matrix.shape
        with cgutils.for_range(builder, vectors) as loop:
            channel = builder.mul(loop.index, INDEX(v.lanes))
            first = v.at(x, channel)
            tile = [[v.load(v.at(first, (x_row, INDEX(i)), (x_column, INDEX(j)))) for j in range(k)] for i in range(k)]
            columns = [combine(v, matrix, [row[j] for row in tile]) for j in range(k)]
            rows = [combine(v, matrix, [column[i] for column in columns]) for i in range(n)]
            if has_pool:  # first, since the bias and the ReLU leave the largest the largest
                pairs = [[largest(v, *row[j : j + 2]) for j in range(0, n, 2)] for row in rows]
                rows = [[largest(v, *both) for both in zip(*pairs[i : i + 2])] for i in range(0, n, 2)]
            offset = v.load(v.at(bias, channel)) if has_bias else None
            for i, row in enumerate(rows):
                for j, result in enumerate(row):
                    result = builder.fadd(result, offset) if has_bias else result
                    if has_relu:  # a NaN is not below 0
                        zero = v.constant(0)
                        result = builder.select(builder.fcmp_ordered("<", result, zero), zero, result)
                    v.store(result, v.at(y, channel, (y_row, INDEX(i)), (y_column, INDEX(j))))
        return context.get_dummy_value()

    return types.void(kind, name, x, y, bias, *[types.intp] * 5), codegen


def largest(v, a, b):
    """The larger vector of two, number by number; a NaN is larger than any."""
    is_a = v.builder.or_(v.builder.fcmp_ordered(">=", a, b), v.builder.fcmp_unordered("uno", a, a))
    return v.builder.select(is_a, a, b)


def combine(v, matrix, vectors):
    """The product of a constant matrix and a list of vectors; 0 costs nothing, 1 and -1 an addition."""
    results = []
    for row in matrix:
        total = None
        for factor, vector in sorted(zip(row, vectors), key=lambda pair: abs(pair[0]) != 1):  # the 1s first
            if factor == 0:
                continue
            if total is None:
                total = vector if factor == 1 else v.builder.fmul(vector, v.constant(factor))
            elif abs(factor) == 1:
                total = (v.builder.fadd if factor > 0 else v.builder.fsub)(total, vector)
            else:
                total = v.multiply_add(vector, v.constant(factor), total)
        results.append(total)
    return results
