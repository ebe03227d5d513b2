"""How Winograd's method divides its work among the threads and orders its scratch arrays, before anything is computed.

The tiles are divided into `splits`, and the output channels into `groups`; one part of each makes a task.  A thread
transforms a block of tiles at a time, small enough to stay in its core's cache.  The scratch arrays:

    tiles[thread, f, t * row_x + c]            transformed tiles of x: f is a frequency, t a tile of the block
    products[thread, f, t * row_y + k]         their products, or the transformed tiles of grad_y
    weights[f, (p * C + c) * width + k]        transformed weights: p is a panel of `width` = 2 vectors of outputs
    sums[split, f, (p * C + c) * width + k]    what becomes grad_weight

Read winograd_tiles.py next.
"""

import functools
from typing import NamedTuple

CACHE = 640 * 1024  # bytes of transformed tiles that stay in a typical L2 cache
LARGE_CACHE = 8 << 20  # bytes of the last-level cache that a thread may use
MOST_TILES = 128  # that a part of a weight is multiplied by as soon as it is transformed
LARGE_WEIGHTS = 4 << 20  # bytes; weights beyond the cache should be read for many tiles at once


class Plan(NamedTuple):
    """The plan of one map: x is the image with C channels that the convolution reads, y its output with K channels."""

    m: int  # a tile has m x m outputs
    side: int  # it reads side x side pixels, and has as many frequencies
    rows: int  # of tiles in an image
    columns: int  # of tiles in an image
    tiles: int  # in the batch
    lanes: int  # numbers in a vector
    panels: int  # of the output channels; the last panel may have only one vector
    splits: int  # parts of the tiles
    groups: int  # parts of the panels
    block: int  # tiles that a thread transforms at a time, at most
    row_x: int  # the stride from one tile of x to the next, in numbers, as all strides
    row_y: int  # the stride from one tile of y to the next; a task has only its group's channels
    plane_x: int  # the stride from one frequency to the next in the tiles of x
    plane_y: int  # the same in the tiles of y
    plane_w: int  # the same in the weights and the sums
    pool: int = 1  # 2 if only the largest of each 2x2 outputs is kept


@functools.lru_cache(maxsize=1024)  # a net repeats its shapes in every step
def plan_convolution(m, side, shape, C, lanes, itemsize, threads):
    """The Plan of a convolution of C channels into an output of `shape` (N, height, width, K).

    Every split is one block.  If there are fewer of them than threads, each is computed by several groups.
    """
    K, tiles, frequencies = shape[3], tiles_of(shape, m), side**2
    tile, weights = frequencies * (C + K + 2 * lanes) * itemsize, frequencies * plane_of(C, K, lanes) * itemsize
    block = block_of(tile, weights, tiles, threads)
    splits = -(-tiles // block)
    groups = min(panels_of(K, lanes), -(-threads // splits))
    return plan_of(m, side, shape, C, lanes, splits, groups, block)


@functools.lru_cache(maxsize=1024)
def plan_correlation(m, side, shape, C, lanes, itemsize, threads):
    """The Plan of the gradient of a weight with C inputs, from grad_y of `shape` (N, height, width, K).

    A thread has at most one task, and goes through its split block by block.  Every split has its own sums.
    """
    K, tiles, frequencies = shape[3], tiles_of(shape, m), side**2
    tile, sums = frequencies * (C + K + 2 * lanes) * itemsize, frequencies * plane_of(C, K, lanes) * itemsize
    by_channels = tiles < K or sums > LARGE_WEIGHTS  # the sums are larger than what they are computed from
    groups = min(panels_of(K, lanes), threads) if by_channels else 1
    splits = max(1, threads // groups)
    return plan_of(m, side, shape, C, lanes, splits, groups, block_of(tile, sums, -(-tiles // splits), 1))


@functools.lru_cache(maxsize=1024)
def plan_pieces(m, side, pieces, shape, lanes):
    """The Plan of a convolution into an output of `shape` whose kernels are in pieces (winograd_pieces.py).

    C is a vector of channels here: as many are transformed together, and a task is a panel of their outputs.
    """
    tiles, panels = tiles_of(shape, m), panels_of(shape[3], lanes)
    block = -(-tiles // -(-tiles // MOST_TILES))
    return plan_of(m, side, shape, lanes, lanes, 1, panels, block)._replace(plane_w=plane_of(pieces * lanes, 1, lanes))


def plan_of(m, side, shape, C, lanes, splits, groups, block):
    """The Plan with these fields and all that follow from them."""
    rows, columns, panels = -(-shape[1] // m), -(-shape[2] // m), panels_of(shape[3], lanes)
    row_x, row_y = row_of(C, lanes), row_of(-(-panels // groups) * 2 * lanes, lanes)
    planes = block * row_x + lanes, block * row_y + lanes, plane_of(C, shape[3], lanes)
    return Plan(
        m, side, rows, columns, shape[0] * rows * columns, lanes, panels, splits, groups, block, row_x, row_y, *planes
    )


def tiles_of(shape, m):
    """The number of tiles of an output (N, height, width, ...)."""
    return shape[0] * -(-shape[1] // m) * -(-shape[2] // m)


def panels_of(K, lanes):
    """The number of panels of K output channels."""
    return -(-K // (2 * lanes))


def row_of(channels, lanes):
    """The stride of rows of `channels`: at multiples of a large power of two, rows would evict each other from cache."""
    return channels if channels % (16 * lanes) else channels + lanes


def plane_of(C, K, lanes):
    """The stride from one frequency of the weights to the next: all panels, and a vector for the reason in row_of."""
    return panels_of(K, lanes) * C * 2 * lanes + lanes


def block_of(tile, weights, count, threads):
    """How many of `count` tiles to transform at a time; tile, weights: the bytes of one tile and of all weights."""
    block = max(16, (LARGE_CACHE if weights > LARGE_WEIGHTS else CACHE) // tile // 8 * 8)
    blocks = -(-count // block)
    if blocks >= threads:
        blocks = -(-blocks // threads) * threads  # the same number for every thread
    return -(-count // blocks)
