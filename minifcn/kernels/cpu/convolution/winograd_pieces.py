"""7x7 convolution by Winograd's method, with fc6 in mind: VGG16's first convolution after the last pooling.

A tile of 6x6 pixels is enough for 3x3 outputs of a 4x4 kernel.  A 7x7 kernel, with a row and a column of zeros added, is
four such pieces, each of which sees the image from another corner.  Their products are added before they are transformed
back: 4 * 36 multiplications for 9 outputs instead of 9 * 49, three times fewer.

fc6's weight has 411 MB, and transformed it would have three times as many, to be used for a few dozen tiles.  So nothing
transformed is written to memory: a thread transforms the kernels of a panel of outputs and a vector of inputs, multiplies
all tiles by them, and adds to the panel's products, while all of this is in its core's cache.  winograd.py, in contrast,
transforms all kernels first, since it has many more tiles.  Read winograd_weight.py next.
"""

import numpy as np

from ..runtime.compile import dense, inlined, share
from ..runtime.launch import parallel
from ..runtime.layout import channels_last, images
from ..runtime.memory import empty, workspace
from ..runtime.simd import simd
from .tile import Left, Result, Right, strip, strip_address
from .transform import ALL, Square, transform, transform_address
from .winograd_plan import plan_pieces
from .winograd_tiles import ending_of, transform_back, transform_tiles

KERNEL, PIECE, PIECES = 7, 4, 4  # taps along the side of a kernel and of a piece; pieces of a kernel
M = 3  # outputs along the side of a tile


def fits(direction, weight_shape, geometry, dtype):
    """True for the forward map of 7x7 kernels with stride 1 whose channels fill whole vectors.

    Backward input would be faster, too, but fc6's has eight times as many inputs, whose tiles would take 87 MB.
    """
    K, C, *size = weight_shape
    if simd() is None or direction != "forward" or size != [KERNEL, KERNEL] or geometry.groups > 1:
        return False
    lanes = simd().lanes(dtype)
    return geometry.stride == geometry.dilation == (1, 1) and K % lanes == C % lanes == 0


def forward(x, weight, geometry, bias=None, relu=False, residual=None):
    """y = C x + bias + residual, or max(y, 0) with relu.  x (N, C, H, W), weight (K, C, 7, 7); returns y (N, K, oh, ow)."""
    x, dtype, lanes, (K, C) = channels_last(x), x.dtype, simd().lanes(x.dtype), weight.shape[:2]
    y = empty((len(x), *geometry.output_size(x.shape[1:3]), K), dtype)
    if y.size == 0:
        return images(y)
    plan = plan_pieces(M, M + PIECE - 1, PIECES, y.shape, lanes)
    tiles = workspace("tiles", (C // lanes, PIECES, plan.side**2, plan.plane_x), dtype)
    address, *ending = ending_of("3x6", bias, relu, residual, y)
    addresses, weight = (strip_address(dtype), transform_address("weight6x4", dtype), address), dense(weight).reshape(-1)
    for first in range(0, plan.tiles, plan.block):
        last = min(plan.tiles, first + plan.block)
        transform_corners(transform_address("image6", dtype), x, geometry.padding, plan, first, last, tiles)
        multiply_pieces(addresses, tiles, weight, *ending, plan, first, last, y)
    return images(y)


@parallel
def transform_corners(thread, threads, address, x, padding, plan, first, last, tiles):
    """Tiles first..last of x, as each piece sees them -> tiles[part, piece, f, (t - first) * lanes + c].

    A part is a vector of channels, which c counts; it is also a task.
    """
    (ph, pw), lanes, side = padding, plan.lanes, plan.side
    low, high = share(len(tiles), thread, threads)
    for part in range(low, high):
        channels = part * lanes, lanes
        for piece in range(PIECES):
            corner = ph - piece // 2 * PIECE, pw - piece % 2 * PIECE
            there = tiles[part, piece]
            transform_tiles(address, x, corner, channels, side, plan, first, last, there, plan.row_x)


@parallel
def multiply_pieces(thread, threads, addresses, tiles, weight, bias, residual, lowest, plan, first, last, y):
    """tiles, and weight (K, C, 7, 7), flat -> tiles first..last of y.  A task is a panel of outputs."""
    multiply, transform_in, transform_out = addresses
    K, lanes, width, frequencies, parts = y.shape[3], plan.lanes, 2 * plan.lanes, plan.side**2, len(tiles)
    length = lanes * KERNEL * KERNEL  # of an output's kernels for a part, which are contiguous in the weight
    kernels = np.zeros(width * length, weight.dtype)  # of a part, for all outputs of a panel
    kernel = np.zeros(PIECES * PIECE * PIECE * width, weight.dtype)  # of one input, tap by tap
    weights = np.empty((frequencies, plan.plane_w), weight.dtype)
    products = np.empty((frequencies, plan.plane_y), weight.dtype)
    low, high = share(plan.panels, thread, threads)
    for p in range(low, high):
        k0, count = p * width, min(width, K - p * width)
        for part in range(parts):
            for k in range(count):  # as they are: taps that are read one by one would come from memory one by one
                source, target = np.uint64(((k0 + k) * parts + part) * length), np.uint64(k * length)
                for t in range(np.uint64(length)):
                    kernels[target + t] = weight[source + t]
            for c in range(lanes):
                spread_kernel(kernels, c, length, width, kernel)
                for piece in range(PIECES):
                    corner = (piece // 2 * 2 * PIECE + piece % 2) * PIECE * width
                    taps = Square(corner, row=2 * PIECE * width, column=width)
                    there = Square((piece * lanes + c) * width, row=plan.side * plan.plane_w, column=plan.plane_w)
                    transform(transform_in, kernel, taps, weights, there, kernel, 0, 2, ALL)
            for f in range(frequencies):
                here = (part * PIECES * frequencies + f) * plan.plane_x
                strip(
                    multiply,
                    tiles, Left(here, r=frequencies * plan.plane_x, m=plan.row_x, k=1),
                    weights, Right(f * plan.plane_w, r=lanes * width, k=width),
                    products, Result(f * plan.plane_y, m=plan.row_y),
                    rows=last - first, columns=count, R=PIECES, K=lanes, add=part > 0, far=False,
                )  # fmt: skip
        transform_back(transform_out, products, bias, residual, lowest, (k0, count), plan, first, last, y)


@inlined
def spread_kernel(kernels, c, length, width, kernel):
    """The kernels of input c -> kernel[(i * 8 + j) * width + k]: all outputs of a tap side by side."""
    for k in range(width):
        for i in range(KERNEL):
            source, target = np.uint64(k * length + (c * KERNEL + i) * KERNEL), np.uint64(i * 2 * PIECE * width + k)
            for j in range(KERNEL):
                kernel[target + np.uint64(j * width)] = kernels[source + np.uint64(j)]
