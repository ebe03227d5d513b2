"""3x3 convolution by Winograd's method: transform tiles, multiply, transform back.

transform.py defines the transforms.  Between them, for each of the (m+2)^2 elements of a transformed tile (called a
frequency, by analogy), there is an ordinary matrix product over the channels:

    products[f][tile, k] = sum over c of  tiles[f][tile, c] * weights[f][c, k]

A convolution is thus (m+2)^2 matrix products, which tile.py computes near the processor's peak.  The image is channels
last: every transform works on vectors of channels.

The three maps share one algorithm.  Backward input is the convolution of grad_y with kernels rotated by 180 degrees,
inputs and outputs exchanged.  Backward weight reads the formula from right to left: the transposes of the transforms
surround the products, and each product sums over the tiles:

    sums[f][c, k] = sum over tiles of  tiles[f][tile, c] * grads[f][tile, k]

A thread transforms a block of tiles, multiplies it and transforms it back while all of it is in its core's cache; no
thread ever waits for another.  If there are fewer blocks than threads, deep in a net, several threads compute parts of
the output channels for the same block: transforming some tiles twice is cheaper than waiting.  Read phases.py next.
"""

from dataclasses import dataclass

import numpy as np

from ..runtime.compile import dense, kernel, share
from ..runtime.launch import parallel
from ..runtime.layout import channels_last, images
from ..runtime.memory import workspace
from ..runtime.simd import simd
from ..runtime.threads import thread_count
from .tile import strip, strip_address
from .transform import transform, transform_address

CACHE = 640 * 1024  # bytes of transformed tiles that stay in a typical L2 cache
LARGE_CACHE = 8 << 20  # bytes of the last-level cache that a thread may use
LARGE_WEIGHTS = 4 << 20  # bytes; weights beyond the cache should be read for many tiles at once


@dataclass(frozen=True)
class Winograd:
    """F(m x m, 3 x 3), Winograd's method with m x m outputs per tile; m is 2 or 4."""

    m: int

    def fits(self, direction, weight_shape, geometry, dtype):
        """True for 3x3 kernels with stride 1 whose channels fill whole vectors."""
        K, C, *size = weight_shape
        if simd() is None or size != [3, 3] or geometry.groups > 1:
            return False
        lanes, covered = simd().lanes(dtype), direction != "backward input" or max(geometry.padding) <= 2
        return geometry.stride == geometry.dilation == (1, 1) and K % lanes == C % lanes == 0 and covered

    def forward(self, x, weight, geometry, bias=None):
        """y = C x + bias.  x (N, C, H, W), weight (K, C, 3, 3); returns y (N, K, oh, ow)."""
        return convolve(x, weight, False, geometry.padding, geometry.output_size(x.shape[2:]), self.m, bias)

    def backward_input(self, grad_y, weight, geometry, size):
        """grad_x = C^T grad_y.  grad_y (N, K, oh, ow), weight (K, C, 3, 3); returns grad_x (N, C, H, W)."""
        ph, pw = geometry.padding
        return convolve(grad_y, weight, True, (2 - ph, 2 - pw), size, self.m, None)

    def backward_weight(self, x, grad_y, geometry):
        """d<grad_y, C x> / d weight: x (N, C, H, W), grad_y (N, K, oh, ow) -> (K, C, 3, 3)."""
        return correlate(x, grad_y, geometry.padding, self.m)


def convolve(x, weight, turned, padding, size, m, bias):
    """The convolution of x with weight (K, C, 3, 3), or with the `turned` one, into an image of `size`."""
    x, weight, dtype, threads = channels_last(x), dense(weight), x.dtype, thread_count()
    K, C = weight.shape[1::-1] if turned else weight.shape[:2]
    y = np.empty((len(x), *size, K), dtype)
    if y.size == 0:
        return images(y)
    lanes, a, grid = simd().lanes(dtype), m + 2, grid_of(size, m)
    panels = -(-K // (2 * lanes))
    weights = workspace("weights", (a * a * (panels * C * 2 * lanes + lanes),), dtype)
    sizes = C, K, lanes, a
    transform_weights(transform_address(f"weight{m}", dtype), weight.reshape(-1), turned, sizes, weights)
    count = len(x) * grid[0] * grid[1]
    block = block_of_tiles(a * a * (C + K + 2 * lanes) * x.itemsize, weights.nbytes, count, threads)
    groups = min(panels, -(-threads // -(-count // block)))  # parts of the output channels
    row_t, row_p = row_of(C, lanes), row_of(-(-panels // groups) * 2 * lanes, lanes)
    tiles = workspace("tiles", (threads, a * a * (block * row_t + lanes + C)), dtype)
    products = workspace("products", (threads, a * a * (block * row_p + lanes)), dtype)
    addresses = strip_address(dtype), transform_address(f"image{m}", dtype), transform_address(f"output{m}", dtype)
    offset = np.zeros(K, dtype) if bias is None else dense(bias)
    plan = count, block, groups, tiles.shape[1], products.shape[1], row_t, row_p
    shapes = (*x.shape[1:3], *padding, *size)
    convolve_blocks(
        addresses, x.reshape(-1), weights, offset, shapes, grid, sizes, plan, tiles.reshape(-1), products.reshape(-1),
        y.reshape(-1),
    )  # fmt: skip
    return images(y)


def correlate(x, grad_y, padding, m):
    """d<grad_y, convolution of x> / d weight, (K, C, 3, 3), from x and grad_y (N, K, oh, ow)."""
    x, grad_y, dtype, threads = channels_last(x), channels_last(grad_y), x.dtype, thread_count()
    (N, oh, ow, K), C = grad_y.shape, x.shape[3]
    grad_weight = np.zeros((K, C, 3, 3), dtype)
    if grad_y.size == 0 or grad_weight.size == 0:
        return grad_weight
    lanes, a, grid = simd().lanes(dtype), m + 2, grid_of((oh, ow), m)
    count, panels = N * grid[0] * grid[1], -(-K // (2 * lanes))
    size = a * a * (panels * C * 2 * lanes + lanes)  # numbers in one copy of the sums
    by_channels = count < K or size * x.itemsize > LARGE_WEIGHTS  # the sums are larger than the operands
    groups = min(panels, threads) if by_channels else 1  # parts of the output channels
    splits = max(1, threads // groups)  # parts of the tiles, each with its own sums
    block = block_of_tiles(a * a * (C + K + 2 * lanes) * x.itemsize, size * x.itemsize, -(-count // splits), 1)
    row_t, row_g = row_of(C, lanes), row_of(-(-panels // groups) * 2 * lanes, lanes)
    tiles = workspace("tiles", (threads, a * a * (block * row_t + lanes + C)), dtype)
    grads = workspace("products", (threads, a * a * (block * row_g + lanes + K)), dtype)
    sums = workspace("weights", (splits * size,), dtype)
    sizes, plan = (C, K, lanes, a), (count, block, groups, splits, tiles.shape[1], grads.shape[1], row_t, row_g)
    names = f"image{m}", f"grad_output{m}"
    addresses = strip_address(dtype), *(transform_address(name, dtype) for name in names)
    correlate_blocks(
        addresses, x.reshape(-1), grad_y.reshape(-1), (*x.shape[1:3], *padding, oh, ow), grid, sizes, plan,
        tiles.reshape(-1), grads.reshape(-1), sums,
    )  # fmt: skip
    address = transform_address(f"grad_weight{m}", dtype)
    transform_sums(address, sums, sizes, splits, grad_weight.reshape(-1))
    return grad_weight


def grid_of(size, m):
    """The number of rows and columns of tiles."""
    return -(-size[0] // m), -(-size[1] // m)


def row_of(channels, lanes):
    """The stride of rows of `channels`: at a power of two, rows would conflict in the same cache lines."""
    return channels if channels % (16 * lanes) else channels + lanes


def block_of_tiles(tile, weights, count, threads):
    """How many of `count` tiles to transform at once; tile, weights: the bytes of one tile and of all weights."""
    block = max(16, (LARGE_CACHE if weights > LARGE_WEIGHTS else CACHE) // tile // 8 * 8)
    blocks = -(-count // block)
    if blocks >= threads:
        blocks = -(-blocks // threads) * threads  # the same number for every thread
    return -(-count // blocks)


# Weights --------------------------------------------------------------------------------------------------------------


@parallel
def transform_weights(thread, threads, address, weight, turned, sizes, weights):
    """weight (K, C, 3, 3) -> weights[f][panel][c, :]: 2 vectors of outputs per input, to be read sequentially.

    turned: the weight is (C, K, 3, 3) instead, and each kernel is rotated by 180 degrees.
    """
    C, K, lanes, a = sizes
    width, size = 2 * lanes, len(weights) // (a * a)  # `size` numbers per frequency
    taps = np.zeros(9 * width, weight.dtype)  # one input's kernels for all outputs of a panel, tap by tap
    first, last = share(size // width, thread, threads)  # (a vector stands behind the last panel)
    for row in range(first, last):
        k0, c = row // C * width, row % C
        for k in range(k0, min(K, k0 + width)):
            start = (c * K + k) * 9 if turned else (k * C + c) * 9
            for tap in range(9):
                taps[tap * width + k - k0] = weight[start + (8 - tap if turned else tap)]
        transform(address, taps, 0, weights, row * width, taps, 0, 2, 3 * width, width, a * size, size)


@parallel
def transform_sums(thread, threads, address, sums, sizes, splits, grad_weight):
    """The sums over all splits of sums[split][f][panel][c, :] -> grad_weight (K, C, 3, 3), flat."""
    C, K, lanes, a = sizes
    width, size = 2 * lanes, len(sums) // (splits * a * a)
    taps = np.zeros(9 * width, sums.dtype)
    first, last = share(size // width, thread, threads)  # (a vector stands behind the last panel)
    for row in range(first, last):
        k0, c = row // C * width, row % C
        for split in range(1, splits):
            for f in range(a * a):
                here, there = f * size + row * width, (split * a * a + f) * size + row * width
                for k in range(width):
                    sums[here + k] += sums[there + k]
        transform(address, sums, row * width, taps, 0, taps, 0, 2, a * size, size, 3 * width, width)
        for k in range(k0, min(K, k0 + width)):
            for tap in range(9):
                grad_weight[(k * C + c) * 9 + tap] = taps[tap * width + k - k0]


# Tiles ----------------------------------------------------------------------------------------------------------------


@kernel
def transform_tiles(
    address, x, shape, channels, size, step, grid, first, last, lanes, out, start_out, plane, row, border
):
    """Tiles first..last of x (N, H, W, C) -> out[f][tile - first, c]; `plane` numbers per frequency, `row` per tile.

    shape: (H, W, C, ph, pw); channels: the first one and how many; beyond the border of x there are zeros
    A tile has `size` x `size` pixels and starts `step` after the one before; border: where in `out` to build one.
    """
    H, W, C, ph, pw = shape
    c0, count = channels
    vectors, row_f, column_f = count // lanes, (step + 2) * plane, plane
    for t in range(first, last):
        n, top, left = t // (grid[0] * grid[1]), t // grid[1] % grid[0] * step - ph, t % grid[1] * step - pw
        start, target = ((n * H + top) * W + left) * C + c0, start_out + (t - first) * row
        if top >= 0 and left >= 0 and top + size <= H and left + size <= W:
            transform(address, x, start, out, target, x, 0, vectors, W * C, C, row_f, column_f)
            continue
        for i in range(size):
            for j in range(size):
                place, source = border + (i * size + j) * count, start + (i * W + j) * C
                if 0 <= top + i < H and 0 <= left + j < W:
                    for c in range(count):
                        out[place + c] = x[source + c]
                else:
                    for c in range(count):
                        out[place + c] = 0
        transform(address, out, border, out, target, x, 0, vectors, size * count, count, row_f, column_f)


@kernel
def transform_back(address, products, start_p, plane, row, bias, shape, channels, m, grid, first, last, lanes, tile, y):
    """products[f][tile - first, k] + bias -> tiles first..last of y (N, H, W, K); shape (H, W, K), channels as above."""
    H, W, K = shape
    k0, count = channels
    vectors, row_f, column_f = count // lanes, (m + 2) * plane, plane
    for t in range(first, last):
        n, top, left = t // (grid[0] * grid[1]), t // grid[1] % grid[0] * m, t % grid[1] * m
        source, start = start_p + (t - first) * row, ((n * H + top) * W + left) * K + k0
        if top + m <= H and left + m <= W:
            transform(address, products, source, y, start, bias, k0, vectors, row_f, column_f, W * K, K)
            continue
        transform(address, products, source, tile, 0, bias, k0, vectors, row_f, column_f, m * count, count)
        for i in range(min(m, H - top)):
            for j in range(min(m, W - left)):
                for k in range(count):
                    y[start + (i * W + j) * K + k] = tile[(i * m + j) * count + k]


@parallel
def convolve_blocks(thread, threads, addresses, x, weights, bias, shapes, grid, sizes, plan, tiles, products, y):
    """A task is a block of tiles and a part of the output channels."""
    H, W, ph, pw, oh, ow = shapes
    C, K, lanes, a = sizes
    count, block, groups, room_t, room_p, row_t, row_p = plan
    width, panels, size = 2 * lanes, (K + 2 * lanes - 1) // (2 * lanes), len(weights) // (a * a)
    start_t, start_p, plane_t, plane_p = thread * room_t, thread * room_p, block * row_t + lanes, block * row_p + lanes
    tile = np.empty((a - 2) * (a - 2) * K, x.dtype)
    low, high = share((count + block - 1) // block * groups, thread, threads)
    for task in range(low, high):
        first, (p0, p1) = task // groups * block, share(panels, task % groups, groups)
        last, channels = min(count, first + block), (p0 * width, min(K, p1 * width) - p0 * width)
        if task == low or task % groups == 0:
            border = start_t + a * a * plane_t
            transform_tiles(
                addresses[1], x, (H, W, C, ph, pw), (0, C), a, a - 2, grid, first, last, lanes,
                tiles, start_t, plane_t, row_t, border,
            )  # fmt: skip
        for f in range(a * a):
            for p in range(p0, p1):
                strip(
                    addresses[0], tiles, start_t + f * plane_t, weights, f * size + p * C * width,
                    products, start_p + f * plane_p + (p - p0) * width,
                    last - first, min(width, K - p * width), row_t, 1, 0, width, 0, row_p, 1, C, 0,
                )  # fmt: skip
        transform_back(
            addresses[2], products, start_p, plane_p, row_p, bias, (oh, ow, K), channels, a - 2, grid, first, last,
            lanes, tile, y,
        )  # fmt: skip


@parallel
def correlate_blocks(thread, threads, addresses, x, grad_y, shapes, grid, sizes, plan, tiles, grads, sums):
    """A task is a part of the tiles and a part of the output channels; a thread has one, or none."""
    H, W, ph, pw, oh, ow = shapes
    C, K, lanes, a = sizes
    count, block, groups, splits, room_t, room_g, row_t, row_g = plan
    if thread >= groups * splits:
        return
    width, panels, size = 2 * lanes, (K + 2 * lanes - 1) // (2 * lanes), len(sums) // (splits * a * a)
    start_t, start_g, plane_t, plane_g = thread * room_t, thread * room_g, block * row_t + lanes, block * row_g + lanes
    low, high = share(count, thread // groups, splits)
    p0, p1 = share(panels, thread % groups, groups)
    channels, start_s = (p0 * width, min(K, p1 * width) - p0 * width), thread // groups * a * a * size
    border = start_t + a * a * plane_t
    for first in range(low, max(high, low + 1), block):  # at least once: it clears the sums
        last = min(high, first + block)
        transform_tiles(
            addresses[1], x, (H, W, C, ph, pw), (0, C), a, a - 2, grid, first, last, lanes,
            tiles, start_t, plane_t, row_t, border,
        )  # fmt: skip
        transform_tiles(
            addresses[2], grad_y, (oh, ow, K, 0, 0), channels, a - 2, a - 2, grid, first, last, lanes,
            grads, start_g, plane_g, row_g, start_g + a * a * plane_g,
        )  # fmt: skip
        for f in range(a * a):
            for p in range(p0, p1):
                strip(
                    addresses[0], tiles, start_t + f * plane_t, grads, start_g + f * plane_g + (p - p0) * width,
                    sums, start_s + f * size + p * C * width,
                    C, min(width, K - p * width), 1, row_t, 0, row_g, 0, width,
                    1, last - first, 1 if first > low else 0,
                )  # fmt: skip
