"""From an image to the transformed tiles that Winograd's method multiplies, and from the products back to an image.

A transformed tile has side x side frequencies, each of which is a run of channels, as a pixel is; the runs are a
plane apart.  Read winograd_pieces.py next.
"""

import numpy as np

from ..runtime.compile import dense, inlined
from ..runtime.layout import channels_last
from .transform import Square, transform, transform_address


@inlined
def place_of(t, plan, m):
    """Where tile t begins in an image of which it has m x m pixels: (image, row, column)."""
    column, row, n = t % plan.columns, t // plan.columns % plan.rows, t // (plan.columns * plan.rows)
    return n, row * m, column * m


@inlined
def pixels_inside(top, left, height, width, side):
    """Which of side x side pixels from (top, left) on an image of height x width has: a bit for each, row by row."""
    row = (1 << max(0, min(side, width - left))) - (1 << max(0, min(side, -left)))
    bits = 0
    for i in range(max(0, -top), min(side, height - top)):
        bits |= row << (i * side)
    return bits


@inlined
def transform_tiles(address, x, padding, channels, size, plan, first, last, tiles, row):
    """Tiles first..last of x (N, H, W, C) -> tiles[f, (t - first) * row + c].

    padding:  the rows and columns of zeros before the image, where its first tile begins
    channels: (c0, count): c counts from c0
    size:     the pixels along a side of a tile
    row:      the stride along t
    """
    (_, H, W, C), (ph, pw), (c0, count) = x.shape, padding, channels
    plane, vectors = tiles.shape[1], count // plan.lanes
    for t in range(first, last):
        n, top, left = place_of(t, plan, plan.m)
        top, left = top - ph, left - pw
        corner = ((n * H + top) * W + left) * C + c0  # where the tile would begin in x, if it began inside
        pixels = Square(corner, row=W * C, column=C)
        frequencies = Square((t - first) * row, row=plan.side * plane, column=plane)
        transform(address, x, pixels, tiles, frequencies, x, 0, vectors, pixels_inside(top, left, H, W, size))


def ending_of(shape, bias, relu, residual, y, pool=1):
    """(address, bias, residual, lowest) of transform_back; shape: "4x6" for 4 x 4 outputs from 6 x 6 frequencies.

    The transform computes the ReLU, unless there is a residual, which has to be added before; and the pooling after it.
    """
    name = "output_relu_pool" if pool > 1 else "output_relu" if relu and residual is None else "output"
    bias = np.zeros(y.shape[3], y.dtype) if bias is None else dense(bias)
    more = y[:0] if residual is None else channels_last(residual)  # a kernel takes an array, if an empty one
    return transform_address(name + shape, y.dtype), bias, more, y.dtype.type(0 if relu else -np.inf)


@inlined
def transform_back(address, products, bias, residual, lowest, channels, plan, first, last, y):
    """max(products[f, (t - first) * plan.row_y + k] + bias + residual, lowest) -> tiles first..last of y (N, H, W, K).

    channels: (k0, count): k counts from k0
    plan.pool: 2 if the address is that of a transform with pooling, of which y has the results
    """
    (_, H, W, K), (k0, count), m = y.shape, channels, plan.m // plan.pool
    for t in range(first, last):
        n, top, left = place_of(t, plan, m)
        frequencies = Square((t - first) * plan.row_y, row=plan.side * plan.plane_y, column=plan.plane_y)
        corner = ((n * H + top) * W + left) * K + k0  # where the tile begins in y
        pixels = Square(corner, row=W * K, column=K)
        inside = pixels_inside(top, left, H, W, m)
        transform(address, products, frequencies, y, pixels, bias, k0, count // plan.lanes, inside)
        if residual.size:
            add_residual(residual.reshape(-1), lowest, pixels, min(m, H - top), min(m, W - left), count, y.reshape(-1))


@inlined
def add_residual(residual, lowest, place, height, width, count, y):
    """y = max(y + residual, lowest), both flat, in height x width pixels of a tile and `count` channels; a NaN stays."""
    for i in range(height):
        for j in range(width):
            first = np.uint64(place.start + i * place.row + j * place.column)
            for k in range(np.uint64(count)):  # unsigned: spares Numba the check for negative indices
                value = y[first + k] + residual[first + k]
                y[first + k] = value if not value <= lowest else lowest
