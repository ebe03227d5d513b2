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
from llvmlite import ir
from numba import from_dtype, types
from numba.core import cgutils
from numba.extending import intrinsic

from ..runtime.compile import callback
from ..runtime.simd import INDEX, Vectors, call_address, rolled, simd

ALL = -1  # bits that are all 1
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

    @callback(pointer, pointer, pointer, *[types.intp] * 6)
    def compiled(x, y, bias, x_row, x_column, y_row, y_column, vectors, inside):
        emit_transform(kind, name, x, y, bias, x_row, x_column, y_row, y_column, vectors, inside)

    return compiled.address


@intrinsic
def transform(typing, address, x, place_x, y, place_y, bias, channel, vectors, inside):
    """Y = L X L^T (+ bias), called from compiled code.

    address:  transform_address(name, dtype)
    x, place_x: the array that X is in, and where: a Square; y, place_y likewise
    bias, channel: one number per channel, from `channel` on; only the transforms named "output" add it;
              those named "output_relu" also store max(Y, 0), and "output_relu_pool" the largest of each 2x2 of that
    vectors:  the length of an element of X and of Y
    inside:   which pixels of a tile are inside its image, bit by bit, row by row; the others are read as 0 and not written
    """
    return types.void(types.intp, x, place_x, y, place_y, bias, types.intp, types.intp, types.intp), call_address


@intrinsic
def emit_transform(typing, kind, name, x, y, bias, x_row, x_column, y_row, y_column, vectors, inside):
    """Emits the transform into the calling function; kind is a Simd's name, name one of MATRICES; x, y, bias: pointers.

    It goes over the columns of X, then over the rows of L X.  Unrolled, these loops would be four times as much code, whose
    36 vectors would not fit the registers either.
    """
    if not isinstance(kind, types.StringLiteral) or not isinstance(name, types.StringLiteral):
        return None  # Numba asks again with the literals
    matrix, text = MATRICES[name.literal_value], name.literal_value
    reads_image, writes_image = text.startswith(("image", "grad_output")), text.startswith("output")
    has_relu, pool = text.startswith("output_relu"), 2 if text.startswith("output_relu_pool") else 1

    def codegen(context, builder, signature, arguments):
        x, y, bias, x_row, x_column, y_row, y_column, vectors, inside = arguments[2:]
        v = Vectors.of(builder, kind, signature.args[2].dtype)
        n, k = matrix.shape
        half = cgutils.alloca_once(builder, v.type, INDEX(n * k))  # L X
        outside = builder.bitcast(v.variable(), x.type)  # read and written in place of pixels that the image lacks
        v.store(v.constant(0), outside)

        def if_inside(address, pixel):
            return builder.select(builder.trunc(builder.lshr(inside, pixel), ir.IntType(1)), address, outside)

        with cgutils.for_range(builder, vectors) as loop:
            channel = builder.mul(loop.index, INDEX(v.lanes))
            with rolled(builder, k) as j:
                places = [v.at(x, channel, (x_row, INDEX(i)), (x_column, j)) for i in range(k)]
                if reads_image:
                    places = [if_inside(place, builder.add(INDEX(i * k), j)) for i, place in enumerate(places)]
                for i, result in enumerate(combine(v, matrix, [v.load(place) for place in places])):
                    builder.store(result, v.at(half, i * k, j))
            offset = v.load(v.at(bias, channel)) if writes_image else None
            with rolled(builder, n // pool) as i:
                firsts = [v.at(half, (i, INDEX(pool * k)), p * k) for p in range(pool)]
                rows = [combine(v, matrix, [builder.load(v.at(first, j)) for j in range(k)]) for first in firsts]
                if pool > 1:  # first, since the bias and the ReLU leave the largest the largest
                    rows = [pooled(v, rows)]
                for j, result in enumerate(rows[0]):
                    place = v.at(y, channel, (y_row, i), (y_column, INDEX(j)))
                    if writes_image:
                        pixel = builder.add(builder.mul(i, INDEX(n // pool)), INDEX(j))
                        result, place = builder.fadd(result, offset), if_inside(place, pixel)
                    v.store(rectified(v, result) if has_relu else result, place)
        return context.get_dummy_value()

    return types.void(kind, name, x, y, bias, *[types.intp] * 6), codegen


def rectified(v, x):
    """max(x, 0); a NaN, which is not below 0, stays."""
    zero = v.constant(0)
    return v.builder.select(v.builder.fcmp_ordered("<", x, zero), zero, x)


def pooled(v, rows):
    """The largest vector of each 2x2 of two rows."""
    rows = [[largest(v, *row[j : j + 2]) for j in range(0, len(row), 2)] for row in rows]
    return [largest(v, *both) for both in zip(*rows)]


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
