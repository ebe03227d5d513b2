"""From an image to the transformed tiles that Winograd's method multiplies, and from the products back to an image.

A transformed tile has side x side frequencies, each of which is a run of channels, as a pixel is; the runs are a
plane apart.  Read winograd_pieces.py next.
"""

from ..runtime.compile import inlined
from .transform import Square, transform


@inlined
def place_of(t, plan):
    """Where tile t begins in the output: (image, row, column)."""
    column, row, n = t % plan.columns, t // plan.columns % plan.rows, t // (plan.columns * plan.rows)
    return n, row * plan.m, column * plan.m


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
        n, top, left = place_of(t, plan)
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


@inlined
def transform_back(address, products, bias, channels, plan, first, last, buffer, y):
    """products[f, (t - first) * plan.row_y + k] + bias -> tiles first..last of y (N, H, W, K).

    channels: (k0, count): k counts from k0; buffer: room for the outputs of one tile, of which some are beyond y
    """
    (_, H, W, K), (k0, count), m, flat = y.shape, channels, plan.m, y.reshape(-1)
    vectors = count // plan.lanes
    for t in range(first, last):
        n, top, left = place_of(t, plan)
        frequencies = Square((t - first) * plan.row_y, row=plan.side * plan.plane_y, column=plan.plane_y)
        corner = ((n * H + top) * W + left) * K + k0  # where the tile begins in y
        if top + m <= H and left + m <= W:
            transform(address, products, frequencies, y, Square(corner, row=W * K, column=K), bias, k0, vectors)
            continue
        buffered = Square(0, row=m * count, column=count)
        transform(address, products, frequencies, buffer, buffered, bias, k0, vectors)
        for i in range(min(m, H - top)):
            for j in range(min(m, W - left)):
                here, there = (i * m + j) * count, corner + (i * W + j) * K
                for k in range(count):
                    flat[there + k] = buffer[here + k]
