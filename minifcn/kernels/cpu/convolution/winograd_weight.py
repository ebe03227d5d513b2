"""Backward weight by Winograd's method: transform both images' tiles, multiply, sum, transform back.

Forward computes, with '.' for the matrix products over the channels and G, B, A for transform.py's matrices,

    y = A^T [ (G weight G^T) . (B^T x B) ] A

and the derivative of <grad_y, y> by the weight is the same formula read from right to left, with transposes:

    grad_weight = G^T [ sum over tiles of (B^T x B) . (A grad_y A^T) ] G

so each frequency's product sums over the tiles:

    sums[f][c, k] = sum over t of  tiles[f][t, c] * grads[f][t, k]

Read phases.py next.
"""

import numpy as np

from ..runtime.compile import add, share
from ..runtime.launch import parallel, thread_count
from ..runtime.layout import channels_last
from ..runtime.memory import workspace
from ..runtime.simd import simd
from .tile import Left, Result, Right, strip, strip_address
from .transform import ALL, Square, transform, transform_address
from .winograd_plan import plan_correlation
from .winograd_tiles import transform_tiles


def correlate(x, grad_y, padding, m, r):
    """d<grad_y, convolution of x> / d weight, (K, C, r, r), from x and grad_y (N, K, oh, ow)."""
    x, grad_y, dtype, threads = channels_last(x), channels_last(grad_y), x.dtype, thread_count()
    K, C = grad_y.shape[3], x.shape[3]
    grad_weight, side = np.zeros((K, C, r, r), dtype), m + r - 1
    if grad_y.size == 0 or grad_weight.size == 0:
        return grad_weight
    plan = plan_correlation(m, side, grad_y.shape, C, simd().lanes(dtype), x.itemsize, threads)
    tiles = workspace("tiles", (threads, side**2, plan.plane_x), dtype)
    grads = workspace("products", (threads, side**2, plan.plane_y), dtype)
    sums = workspace("weights", (plan.splits, side**2, plan.plane_w), dtype)
    names = f"image{side}", f"grad_output{side}x{m}"
    addresses = strip_address(dtype), *(transform_address(name, dtype) for name in names)
    correlate_blocks(addresses, x, padding, grad_y, plan, tiles, grads, sums)
    transform_sums(transform_address(f"grad_weight{r}x{side}", dtype), sums, (C, K), r, plan, grad_weight.reshape(-1))
    return grad_weight


@parallel
def correlate_blocks(thread, threads, addresses, x, padding, grad_y, plan, all_tiles, all_grads, all_sums):
    """A task is a part of the tiles and a part of the output channels; a thread has one, or none."""
    if thread >= plan.splits * plan.groups:
        return
    multiply, transform_x, transform_y = addresses
    C, K, size, width = x.shape[3], grad_y.shape[3], plan.side, 2 * plan.lanes
    split, group = thread // plan.groups, thread % plan.groups
    tiles, grads, sums = all_tiles[thread], all_grads[thread], all_sums[split]
    low, high = share(plan.tiles, split, plan.splits)
    p0, p1 = share(plan.panels, group, plan.groups)
    channels = p0 * width, min(K, p1 * width) - p0 * width
    for first in range(low, max(high, low + 1), plan.block):  # at least once: it clears the sums
        last = min(high, first + plan.block)
        transform_tiles(transform_x, x, padding, (0, C), size, plan, first, last, tiles, plan.row_x)
        transform_tiles(transform_y, grad_y, (0, 0), channels, plan.m, plan, first, last, grads, plan.row_y)
        for f in range(size * size):
            for p in range(p0, p1):
                strip(
                    multiply,
                    tiles, Left(f * plan.plane_x, r=0, m=1, k=plan.row_x),  # the transpose: m is an input, k a tile
                    grads, Right(f * plan.plane_y + (p - p0) * width, r=0, k=plan.row_y),
                    sums, Result(f * plan.plane_w + p * C * width, m=width),
                    rows=C, columns=min(width, K - p * width), R=1, K=last - first, add=first > low, far=False,
                )  # fmt: skip


@parallel
def transform_sums(thread, threads, address, sums, channels, r, plan, grad_weight):
    """The sum over all splits of sums[split, f, (panel * C + c) * width + k] -> grad_weight (K, C, r, r), flat."""
    (C, K), width = channels, 2 * plan.lanes
    taps = np.empty(r * r * width, sums.dtype)  # one input's kernels for all outputs of a panel, tap by tap
    first, last = share(plan.panels * C, thread, threads)
    for split in range(1, plan.splits):
        for f in range(sums.shape[1]):
            add(sums[split, f, first * width : last * width], sums[0, f, first * width : last * width])
    for row in range(first, last):
        p, c = row // C, row % C
        total = Square(row * width, row=plan.side * plan.plane_w, column=plan.plane_w)
        transform(address, sums, total, taps, Square(0, row=r * width, column=width), taps, 0, 2, ALL)
        for k in range(min(width, K - p * width)):
            start = ((p * width + k) * C + c) * r * r
            for tap in range(r * r):
                grad_weight[start + tap] = taps[tap * width + k]
