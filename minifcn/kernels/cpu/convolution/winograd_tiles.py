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
def transform_tiles(address, x, padding, channels, size, plan, first, last, buffer, tiles, row):
    """Tiles first..last of x (N, H, W, C) -> tiles[f, (t - first) * row + c].

    padding:  the rows and columns of zeros before the image, where its first tile begins
    channels: (c0, count): c counts from c0
    size:     the pixels along a side of a tile
    buffer:   room for the pixels of one tile; one that reaches beyond the image is put together there
    row:      the stride along t
    """
    (_, H, W, C), (ph, pw), (c0, count), flat = x.shape, padding, channels, x.reshape(-1)
    plane, vectors = tiles.shape[1], count // plan.lanes
    for t in range(first, last):
        n, top, left = place_of(t, plan, plan.m)
        top, left = top - ph, left - pw
        corner = ((n * H + top) * W + left) * C + c0  # where the tile would begin in x, if it began inside
        frequencies = Square((t - first) * row, row=plan.side * plane, column=plane)
        if 0 <= top <= H - size and 0 <= left <= W - size:
            transform(address, x, Square(corner, row=W * C, column=C), tiles, frequencies, buffer, 0, vectors)
            continue
        for i in range(size):
            for j in range(size):
                here, there = (i * size + j) * count, corner + (i * W + j) * C
                if 0 <= top + i < H and 0 <= left + j < W:
                    for c in range(count):
                        buffer[here + c] = flat[there + c]
                else:
                    for c in range(count):
                        buffer[here + c] = 0
        buffered = Square(0, row=size * count, column=count)
        transform(address, buffer, buffered, tiles, frequencies, buffer, 0, vectors)


def ending_of(shape, bias, relu, residual, y, pool=1):
    """(address, bias, residual, lowest) of transform_back; shape: "4x6" for 4 x 4 outputs from 6 x 6 frequencies.

    The transform computes the ReLU, unless there is a residual, which has to be added before; and the pooling after it.
    """
    name = "output_relu_pool" if pool > 1 else "output_relu" if relu and residual is None else "output"
    bias = np.zeros(y.shape[3], y.dtype) if bias is None else dense(bias)
    more = y[:0] if residual is None else channels_last(residual)  # a kernel takes an array, if an empty one
    return transform_address(name + shape, y.dtype), bias, more, y.dtype.type(0 if relu else -np.inf)


@inlined
def transform_back(address, products, bias, residual, lowest, channels, plan, first, last, buffer, y):
    """max(products[f, (t - first) * plan.row_y + k] + bias + residual, lowest) -> tiles first..last of y (N, H, W, K).

    channels: (k0, count): k counts from k0; buffer: room for the outputs of one tile, of which some are beyond y
    plan.pool: 2 if the address is that of a transform with pooling, of which y has the results
    """
    (_, H, W, K), (k0, count), m, flat = y.shape, channels, plan.m // plan.pool, y.reshape(-1)
    vectors = count // plan.lanes
    for t in range(first, last):
        n, top, left = place_of(t, plan, m)
        frequencies = Square((t - first) * plan.row_y, row=plan.side * plan.plane_y, column=plan.plane_y)
        corner = ((n * H + top) * W + left) * K + k0  # where the tile begins in y
        inside = Square(corner, row=W * K, column=K)
        height, width = min(m, H - top), min(m, W - left)
        if height == width == m:
            transform(address, products, frequencies, y, inside, bias, k0, vectors)
        else:
            buffered = Square(0, row=m * count, column=count)
            transform(address, products, frequencies, buffer, buffered, bias, k0, vectors)
            for i in range(height):
                for j in range(width):
                    here, there = (i * m + j) * count, corner + (i * W + j) * K
                    for k in range(count):
                        flat[there + k] = buffer[here + k]
        if residual.size:
            add_residual(residual.reshape(-1), lowest, inside, height, width, count, flat)


@inlined
def add_residual(residual, lowest, place, height, width, count, y):
    """y = max(y + residual, lowest), both flat, in height x width pixels of a tile and `count` channels; a NaN stays."""
    for i in range(height):
        for j in range(width):
            first = np.uint64(place.start + i * place.row + j * place.column)
            for k in range(np.uint64(count)):  # unsigned: spares Numba the check for negative indices
                value = y[first + k] + residual[first + k]
                y[first + k] = value if not value <= lowest else lowest
