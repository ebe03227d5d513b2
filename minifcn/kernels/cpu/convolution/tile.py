"""The microkernel of every fast convolution: a small matrix product in the processor's registers.

A core can do one or two vector multiply-adds per cycle.  No plain loop keeps it that busy: each multiplication waits
for its operands.  The remedy is a tile.  8 rows by 2 vectors of the result stay in 16 registers while the loop runs
along the inner dimension: each step loads 2 vectors of B and 8 scalars of A for 16 multiply-adds.

    C[m, :] (+)= sum over r and k of  A[r, m, k] * B[r, k, :]        m: 8 rows of the tile,  ':' its 2 vectors

All strides are free.  With r for the rows of a kernel's window, this is a convolution; with a single r, a matrix
product; with m and k exchanged, a product with the transpose.  direct.py and winograd.py are loops around it.  A strip is
a column of tiles; the remainder at its end gets tiles of 4, 3, 2 and 1 rows, or there is one of 9 rows.

While a tile multiplies by its B, it prefetches what follows it, which in a weight is the next strip's B.  Otherwise the
first tile of each strip would wait for memory.  The same for a result that is far, in memory rather than in the cache:
where a sum is short, as that of a first layer, writing it would otherwise take longer than computing it.  Read panels.py
next.
"""

import functools
from typing import NamedTuple

import numpy as np
from numba import from_dtype, types
from numba.core import cgutils
from numba.extending import intrinsic

from ..runtime.compile import callback
from ..runtime.simd import INDEX, KINDS, TO_L1, WRITE, Vectors, call_address, simd


class Left(NamedTuple):
    """Where A[r, m, k] is in an array in C order, in elements of the flat array."""

    start: int  # the index of A[0, 0, 0]
    r: int  # the stride along r: from one r to the next
    m: int
    k: int


class Right(NamedTuple):
    """Where B[r, k, :] is; the columns are contiguous."""

    start: int
    r: int
    k: int


class Result(NamedTuple):
    """Where C[m, :] is; the columns are contiguous."""

    start: int
    m: int


@functools.cache
def strip_address(dtype):
    """The address of the strip for float32 or float64, compiled for this processor; `strip` calls it."""
    kind, pointer = simd().name, types.CPointer(from_dtype(np.dtype(dtype)))

    @callback(pointer, pointer, pointer, *[types.intp] * 12)
    def compiled(a, b, c, r_a, m_a, k_a, r_b, k_b, m_c, rows, columns, R, K, add, far):
        emit_strip(kind, a, b, c, r_a, m_a, k_a, r_b, k_b, m_c, rows, columns, R, K, add, far)

    return compiled.address


@intrinsic
def strip(typing, address, a, left, b, right, c, result, rows, columns, R, K, add, far):
    """C (+)= A B, called from compiled code.

    address:  strip_address(dtype)
    a, left:  the array that A is in, and where: a Left; b, right and c, result likewise
    rows:     of A and C; columns: of B and C, at most two vectors (whatever follows them in B is read, but not used)
    R, K:     the lengths of the two sums
    add:      True adds to C, False overwrites it
    far:      True prefetches C
    """
    return types.void(types.intp, a, left, b, right, c, result, *[types.intp] * 6), call_address


@intrinsic
def emit_strip(typing, kind, a, b, c, r_a, m_a, k_a, r_b, k_b, m_c, rows, columns, R, K, add, far):
    """Emits the strip into the calling function; `kind` is the name of a Simd, a, b and c are pointers."""
    if not isinstance(kind, types.StringLiteral):
        return None  # Numba asks again with the literal

    def codegen(context, builder, signature, arguments):
        vectors = Vectors.of(builder, kind, a.dtype)
        operands = Operands(*arguments[1:])
        row = cgutils.alloca_once_value(builder, INDEX(0))
        with builder.if_else(builder.icmp_signed(">", operands.columns, INDEX(vectors.lanes))) as branches:
            for branch, width in zip(branches, (2, 1)):
                with branch:
                    for height, count in tiles_of(builder, KINDS[kind.literal_value], operands.rows, row):
                        with cgutils.for_range(builder, count):
                            emit_tile(vectors, operands, builder.load(row), height, width)
                            builder.store(builder.add(builder.load(row), INDEX(height)), row)
        return context.get_dummy_value()

    return types.void(kind, a, b, c, *[types.intp] * 12), codegen


def tiles_of(builder, simd, rows, row):
    """Yield (height, how many) of the tiles that a strip is cut into from `row` on, before each kind is emitted.

    A tile of one row waits for each of its sums, and takes as long as one of eight.
    """
    if simd.odd:
        single = builder.icmp_signed("==", builder.srem(rows, INDEX(simd.heights[1])), INDEX(1))
        enough = builder.icmp_signed(">=", rows, INDEX(simd.odd))
        yield simd.odd, builder.zext(builder.and_(single, enough), INDEX)
    for height in simd.heights:
        yield height, builder.sdiv(builder.sub(rows, builder.load(row)), INDEX(height))


class Operands:
    """The strip's arguments, as LLVM values."""

    def __init__(self, *values):
        names = ["a", "b", "c", "r_a", "m_a", "k_a", "r_b", "k_b", "m_c", "rows", "columns", "R", "K", "add", "far"]
        self.__dict__.update(zip(names, values, strict=True))


def emit_tile(vectors, x, row, height, width):
    """Emits one tile: rows row..row+height-1 of the strip, `width` vectors; x are the Operands."""
    builder, lanes = vectors.builder, vectors.lanes
    tile = [(m, v) for m in range(height) for v in range(width)]
    total = {mv: vectors.variable() for mv in tile}
    edge = Edge(vectors, x, row, height, width)
    with builder.if_then(builder.icmp_signed("!=", x.far, INDEX(0))):
        for m in range(height):
            vectors.prefetch(edge.inside[m], width, (WRITE, TO_L1))
    for mv in tile:
        builder.store(vectors.constant(0), total[mv])
    with cgutils.for_range(builder, x.R) as r, cgutils.for_range(builder, x.K) as k:
        a = vectors.at(x.a, (row, x.m_a), (r.index, x.r_a), (k.index, x.k_a))
        b = vectors.at(x.b, (r.index, x.r_b), (k.index, x.k_b))
        factors = [vectors.load(vectors.at(b, v * lanes)) for v in range(width)]
        vectors.prefetch(vectors.at(b, (x.K, x.k_b)), width)
        for m in range(height):
            number = vectors.spread(builder.load(vectors.at(a, (INDEX(m), x.m_a))))
            for v in range(width):
                product = vectors.multiply_add(number, factors[v], builder.load(total[m, v]))
                builder.store(product, total[m, v])
    with builder.if_then(builder.icmp_signed("!=", x.add, INDEX(0))):  # last: partial sums round less
        edge.fill()
        for m, v in tile:
            before = vectors.load(vectors.at(edge.rows[m], v * lanes))
            builder.store(builder.fadd(before, builder.load(total[m, v])), total[m, v])
    for m, v in tile:
        vectors.store(builder.load(total[m, v]), vectors.at(edge.rows[m], v * lanes))
    edge.empty()


class Edge:
    """Where a tile's rows are read and written: in C, or in a buffer if C has fewer columns than the tile."""

    def __init__(self, vectors, x, row, height, width):
        builder = vectors.builder
        self.vectors, self.height, self.columns = vectors, height, x.columns
        self.partial = builder.icmp_signed("<", x.columns, INDEX(width * vectors.lanes))
        self.inside = [vectors.at(x.c, (builder.add(row, INDEX(m)), x.m_c)) for m in range(height)]
        buffer = cgutils.alloca_once(builder, vectors.type.element, height * width * vectors.lanes)
        self.buffer = [vectors.at(buffer, m * width * vectors.lanes) for m in range(height)]
        self.rows = [builder.select(self.partial, b, c) for b, c in zip(self.buffer, self.inside)]

    def fill(self):
        """C -> buffer."""
        self.copy(self.inside, self.buffer)

    def empty(self):
        """buffer -> C."""
        self.copy(self.buffer, self.inside)

    def copy(self, sources, targets):
        builder = self.vectors.builder
        with builder.if_then(self.partial):
            for source, target in zip(sources, targets):
                with cgutils.for_range(builder, self.columns) as column:
                    number = builder.load(self.vectors.at(source, column.index))
                    builder.store(number, self.vectors.at(target, column.index))
