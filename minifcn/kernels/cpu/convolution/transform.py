"""Winograd's transforms: Y = L X L^T for small fixed matrices L, for all channels of a tile at once.

A 3x3 convolution that makes an m x m tile of the output reads an (m+2) x (m+2) tile of the image.  Directly that takes
9 m^2 multiplications for each pair of channels.  But a convolution is a product of polynomials, which can be computed
by evaluating both at a few points, multiplying the values, and interpolating.  In two dimensions, with the points 0, 1,
-1, 2, -2 and infinity for m = 4 (0, 1, -1 and infinity for m = 2):

    output tile = A^T [ (G weight G^T) * (B^T image tile B) ] A           '*': elementwise

with (m+2)^2 multiplications: 4 times fewer for m = 4, 2.25 times for m = 2.  The matrices are small and consist mostly
of 0, 1 and -1, and their cost is amortised over the channels: a tile of the image is transformed once, not once per
output channel.  The price is accuracy: for m = 4 the terms are many times larger than their sum.

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

B2 = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]  # B^T for m = 2
G2 = [[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]]
A2 = [[1, 1, 1, 0], [0, 1, -1, -1]]  # A^T for m = 2
B4 = [
    [4, 0, -5, 0, 1, 0],
    [0, -4, -4, 1, 1, 0],
    [0, 4, -4, -1, 1, 0],
    [0, -2, -1, 2, 1, 0],
    [0, 2, -1, -2, 1, 0],
    [0, 4, 0, -5, 0, 1],
]
G4 = [
    [1 / 4, 0, 0],
    [-1 / 6, -1 / 6, -1 / 6],
    [-1 / 6, 1 / 6, -1 / 6],
    [1 / 24, 1 / 12, 1 / 6],
    [1 / 24, -1 / 12, 1 / 6],
    [0, 0, 1],
]
A4 = [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]]

MATRICES = {
    f"{name}{m}": np.array(matrix, float)
    for m, (b, g, a) in {2: (B2, G2, A2), 4: (B4, G4, A4)}.items()
    for name, matrix in {
        "image": b,
        "weight": g,
        "output": a,
        "output_relu": a,
        "grad_output": np.transpose(a),
        "grad_weight": np.transpose(g),
    }.items()
}


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
    bias, channel: one number per channel, from `channel` on; only the transforms named "output" add it, and
              those named "output_relu" also store max(Y, 0)
    vectors:  the length of an element of X and of Y
    """
    return types.void(types.intp, x, place_x, y, place_y, bias, types.intp, types.intp), call_address


@intrinsic
def emit_transform(typing, kind, name, x, y, bias, x_row, x_column, y_row, y_column, vectors):
    """Emits the transform into the calling function; kind is a Simd's name, name one of MATRICES; x, y, bias: pointers."""
    if not isinstance(kind, types.StringLiteral) or not isinstance(name, types.StringLiteral):
        return None  # Numba asks again with the literals
    matrix, has_bias = MATRICES[name.literal_value], name.literal_value.startswith("output")
    has_relu = name.literal_value.startswith("output_relu")

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
            offset = v.load(v.at(bias, channel)) if has_bias else None
            for i in range(n):
                for j in range(n):
                    result = builder.fadd(rows[i][j], offset) if has_bias else rows[i][j]
                    if has_relu:  # a NaN is not below 0
                        zero = v.constant(0)
                        result = builder.select(builder.fcmp_ordered("<", result, zero), zero, result)
                    v.store(result, v.at(y, channel, (y_row, INDEX(i)), (y_column, INDEX(j))))
        return context.get_dummy_value()

    return types.void(kind, name, x, y, bias, *[types.intp] * 5), codegen


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
