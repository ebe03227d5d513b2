"""3x3 and 5x5 convolution by Winograd's method: transform tiles, multiply, transform back.

transform.py defines the transforms.  Between them, for each element of a transformed tile (called a frequency, by
analogy), there is an ordinary matrix product over the channels:

    products[f][t, k] = sum over c of  tiles[f][t, c] * weights[f][c, k]          t: a tile

A convolution is thus as many matrix products as there are frequencies, which tile.py computes near the processor's peak.
The image is channels last: every transform works on vectors of channels.

Backward input is the convolution of grad_y with kernels rotated by 180 degrees, inputs and outputs exchanged.  Backward
weight is in winograd_weight.py.

A thread transforms a block of tiles, multiplies it and transforms it back while all of it is in its core's cache; no
thread ever waits for another.  If there are fewer blocks than threads, deep in a net, several threads compute parts of
the output channels for the same block: transforming some tiles twice is cheaper than waiting.  Read winograd_plan.py
next.
"""

from dataclasses import dataclass

import numpy as np

from ..runtime.compile import dense, share
from ..runtime.constant import made_of
from ..runtime.launch import parallel, thread_count
from ..runtime.layout import channels_last, images
from ..runtime.memory import empty, workspace
from ..runtime.simd import simd
from .tile import Left, Result, Right, strip, strip_address
from .transform import ALL, Square, transform, transform_address
from .winograd_plan import plan_convolution
from .winograd_tiles import ending_of, transform_back, transform_tiles
from .winograd_weight import correlate

INPUTS = 16  # whose kernels are rearranged together
KERNELS = {2: (3, 5), 4: (3,)}  # by m: the sides of the kernels


@dataclass(frozen=True)
class Winograd:
    """F(m x m, r x r), Winograd's method with m x m outputs per tile, for the kernels r of KERNELS."""

    m: int

    def fits(self, direction, weight_shape, geometry, dtype):
        """True for KERNELS with stride 1 whose channels fill whole vectors."""
        K, C, r, width = weight_shape
        if simd() is None or r != width or r not in KERNELS[self.m] or geometry.groups > 1:
            return False
        lanes, covered = simd().lanes(dtype), direction != "backward input" or max(geometry.padding) < r
        return geometry.stride == geometry.dilation == (1, 1) and K % lanes == C % lanes == 0 and covered

    def forward(self, x, weight, geometry, bias=None, relu=False, residual=None, pool=1):
        """y = C x + bias + residual, or max(y, 0) with relu.  x (N, C, H, W), weight (K, C, r, r); returns (N, K, oh, ow).

        pool: 2 returns the largest of each 2x2 of max(y, 0), (N, K, oh // 2, ow // 2), with a ReLU and no residual
        """
        size = geometry.output_size(x.shape[2:])
        return convolve(x, weight, False, geometry.padding, size, self.m, bias, relu, residual, pool)

    def backward_input(self, grad_y, weight, geometry, size):
        """grad_x = C^T grad_y.  grad_y (N, K, oh, ow), weight (K, C, r, r); returns grad_x (N, C, H, W)."""
        (ph, pw), edge = geometry.padding, weight.shape[2] - 1
        return convolve(grad_y, weight, True, (edge - ph, edge - pw), size, self.m, None)

    def backward_weight(self, x, grad_y, geometry):
        """d<grad_y, C x> / d weight: x (N, C, H, W), grad_y (N, K, oh, ow) -> (K, C, r, r)."""
        return correlate(x, grad_y, geometry.padding, self.m, geometry.kernel_size[0])


def convolve(x, weight, turned, padding, size, m, bias, relu=False, residual=None, pool=1):
    """The convolution of x with weight (K, C, r, r), or with the `turned` one, into an image of `size`."""
    x, dtype, threads = channels_last(x), x.dtype, thread_count()
    K, C = weight.shape[1::-1] if turned else weight.shape[:2]
    side = m + weight.shape[2] - 1
    y = empty((len(x), *(n // pool for n in size), K), dtype)
    if y.size == 0:
        return images(y)
    plan = plan_convolution(m, side, (len(x), *size, K), C, simd().lanes(dtype), x.itemsize, threads)._replace(pool=pool)
    weights = transformed(weight, turned, (C, K), plan)
    tiles = workspace("tiles", (threads, side**2, plan.plane_x), dtype)
    products = workspace("products", (threads, side**2, plan.plane_y), dtype)
    address, *ending = ending_of(f"{m}x{side}", bias, relu, residual, y, pool)
    addresses = strip_address(dtype), transform_address(f"image{side}", dtype), address
    convolve_blocks(addresses, x, padding, weights, *ending, plan, tiles, products, y)
    return images(y)


def transformed(weight, turned, channels, plan):
    """The transformed weights; kept if the weight is constant."""

    def make(empty):
        r = weight.shape[2]
        weights = empty("weights", (plan.side**2, plan.plane_w), weight.dtype)
        address = transform_address(f"weight{plan.side}x{r}", weight.dtype)
        transform_weights(address, dense(weight).reshape(-1), turned, channels, r, plan, weights)
        return weights

    return made_of(weight, (f"winograd{plan.m}", turned), make)


@parallel
def transform_weights(thread, threads, address, weight, turned, channels, r, plan, weights):
    """weight (K, C, r, r), flat -> weights[f, (panel * C + c) * width + k]: to be read sequentially.

    turned: the weight is (C, K, r, r) instead, and each kernel is rotated by 180 degrees.
    """
    (C, K), width, count = channels, 2 * plan.lanes, r * r
    step_k, step_c = (count, K * count) if turned else (C * count, count)  # from one output and one input to the next
    taps = np.zeros(INPUTS * count * width, weight.dtype)  # a few inputs' kernels for all outputs of a panel, tap by tap
    blocks = (C + INPUTS - 1) // INPUTS  # of inputs: read one by one, each would take another cache line per output
    first, last = share(plan.panels * blocks, thread, threads)
    for block in range(first, last):
        p, c0 = block // blocks, block % blocks * INPUTS
        inputs = min(INPUTS, C - c0)
        for k in range(min(width, K - p * width)):
            for c in range(inputs):
                start = (p * width + k) * step_k + (c0 + c) * step_c
                for tap in range(count):
                    taps[(c * count + tap) * width + k] = weight[start + (count - 1 - tap if turned else tap)]
        for c in range(inputs):
            kernels = Square(c * count * width, row=r * width, column=width)
            frequencies = Square((p * C + c0 + c) * width, row=plan.side * plan.plane_w, column=plan.plane_w)
            transform(address, taps, kernels, weights, frequencies, taps, 0, 2, ALL)


@parallel
def convolve_blocks(thread, threads, addresses, x, padding, weights, bias, residual, lowest, plan, all_tiles, all_products, y):
    """A task is a block of tiles and a part of the output channels."""
    multiply, transform_in, transform_out = addresses
    C, K, size, width = x.shape[3], y.shape[3], plan.side, 2 * plan.lanes
    tiles, products = all_tiles[thread], all_products[thread]
    low, high = share(plan.splits * plan.groups, thread, threads)
    for task in range(low, high):
        split, group = task // plan.groups, task % plan.groups
        first, last = share(plan.tiles, split, plan.splits)
        p0, p1 = share(plan.panels, group, plan.groups)
        channels = p0 * width, min(K, p1 * width) - p0 * width
        if task == low or group == 0:
            transform_tiles(transform_in, x, padding, (0, C), size, plan, first, last, tiles, plan.row_x)
        for f in range(size * size):
            for p in range(p0, p1):
                strip(
                    multiply,
                    tiles, Left(f * plan.plane_x, r=0, m=plan.row_x, k=1),
                    weights, Right(f * plan.plane_w + p * C * width, r=0, k=width),
                    products, Result(f * plan.plane_y + (p - p0) * width, m=plan.row_y),
                    rows=last - first, columns=min(width, K - p * width), R=1, K=C, add=False, far=False,
                )  # fmt: skip
        transform_back(transform_out, products, bias, residual, lowest, channels, plan, first, last, y)
