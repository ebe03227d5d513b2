"""Convolution tap by tap: through a single tap of the kernel, the outputs see just a shifted image.

A convolution is thus a sum of kh * kw matrix products, one per tap, over the outputs that see the image through it:

    forward          y      += shifted x      * weight[tap]         a rectangle of outputs
    backward by x    shifted grad_x += grad_y * weight[tap]^T       the same, arrows reversed
    backward by w    grad_weight[tap] = shifted x^T * grad_y

Nothing is padded, and nothing is multiplied by padding.  That pays off if the dilation is so large that most taps fall
outside the image: for a kernel with dilation 24 on a map of 28 x 28, five in six.  Each product consists of strips of
tile.py, a row of outputs by two vectors of output channels.  Read transform.py next.
"""

import numpy as np

from ..runtime.compile import dense, inlined, share
from ..runtime.launch import parallel
from ..runtime.layout import channels_first, channels_last, images
from ..runtime.memory import empty
from ..runtime.simd import simd
from .direct import LONG_SUM
from .im2col import reach, window_of
from .panels import panels_of, weight_of
from .tile import Left, Result, Right, strip, strip_address

PIXELS = 400  # per task, approximately: a panel of the weight is read once for these rows of outputs


def fits(direction, weight_shape, geometry, dtype):
    """True without groups."""
    return simd() is not None and geometry.groups == 1


def forward(x, weight, geometry, bias=None):
    """y = C x + bias.  x (N, C, H, W), weight (K, C, kh, kw); returns y (N, K, oh, ow)."""
    y = empty((len(x), *geometry.output_size(x.shape[2:]), len(weight)), x.dtype)
    bias = np.zeros(len(weight), x.dtype) if bias is None else dense(bias)
    return sum_products(channels_last(x), weight, bias, window_of(geometry), False, y)


def backward_input(grad_y, weight, geometry, size):
    """grad_x = C^T grad_y.  grad_y (N, K, oh, ow), weight (K, C, kh, kw), size (H, W); returns (N, C, H, W)."""
    grad_x = empty((len(grad_y), *size, weight.shape[1]), grad_y.dtype)
    bias = np.zeros(weight.shape[1], grad_y.dtype)
    return sum_products(channels_last(grad_y), weight, bias, window_of(geometry), True, grad_x)


def sum_products(source, weight, bias, window, back, target):
    """target (N, height, width, channels) = bias + the products of `source` with all taps; as images."""
    if target.size:
        address, width = strip_address(source.dtype), 2 * simd().lanes(source.dtype)
        add_taps(address, source, panels_of(weight, back), bias, window, back, width, target)
    return images(target)


def backward_weight(x, grad_y, geometry):
    """d<grad_y, C x> / d weight.  x (N, C, H, W), grad_y (N, K, oh, ow); returns (K, C, kh, kw)."""
    (N, K, oh, ow), (kh, kw), width = grad_y.shape, geometry.kernel_size, 2 * simd().lanes(x.dtype)
    shape = K, x.shape[1], kh, kw
    if x.size == 0 or grad_y.size == 0:
        return np.zeros(shape, x.dtype)
    panels = empty((-(-K // width), N, oh, ow, width), x.dtype)  # of grad_y
    for p, panel in enumerate(panels):
        part = channels_last(grad_y)[..., p * width : (p + 1) * width]
        panel[..., : part.shape[-1]], panel[..., part.shape[-1] :] = part, 0
    sums = empty((len(panels), kh * kw, shape[1], width), x.dtype)
    sums[:] = 0
    multiply_taps(strip_address(x.dtype), channels_first(x), panels, window_of(geometry), K, sums)
    return weight_of(sums, shape)


@parallel
def add_taps(thread, threads, address, source, panels, bias, window, back, width, target):
    """A task is a few rows of the target.  `small` are the outputs of the convolution, `large` is its image."""
    kh, kw, sh, sw, ph, pw, dh, dw = window
    (N, rows, columns, K), C = target.shape, source.shape[3]
    (h, w), (H, W) = (source.shape[1:3], (rows, columns)) if back else ((rows, columns), source.shape[1:3])
    step_source, step_target = (1, sw) if back else (sw, 1)  # pixels from one product to the next
    height = max(1, PIXELS // columns)
    blocks, sums = (rows + height - 1) // height, np.empty(height * columns * width, source.dtype)
    low, high = share(N * blocks, thread, threads)
    for task in range(low, high):
        n, top = task // blocks, task % blocks * height
        end = min(rows, top + height)
        for p in range(len(panels)):
            sums[:] = 0
            for tap in range(kh * kw):
                i, j = tap // kw * dh - ph, tap % kw * dw - pw
                y0, y1 = reach(i - top, sh, end - top, 0, h) if back else reach(i, sh, H, top, end)
                x0, x1 = reach(j, sw, W, 0, w)
                from_w = (p * kh * kw + (kh * kw - 1 - tap if back else tap)) * C * width
                for y in range(y0, y1 if x1 > x0 else y0):
                    small, large = (n * h + y) * w + x0, (n * H + y * sh + i) * W + x0 * sw + j
                    pixel, to = (small, large) if back else (large, small)
                    for c in range(0, C, LONG_SUM):
                        strip(
                            address,
                            source, Left(pixel * C + c, r=0, m=step_source * C, k=1),
                            panels, Right(from_w + c * width, r=0, k=width),
                            sums, Result((to - (n * rows + top) * columns) * width, m=step_target * width),
                            rows=x1 - x0, columns=min(width, K - p * width), R=1, K=min(LONG_SUM, C - c), add=True, far=False,
                        )  # fmt: skip
            store(sums, bias, p * width, width, target.reshape(-1), (n * rows + top) * columns, (end - top) * columns)


@inlined
def store(sums, bias, k, width, target, first, pixels):
    """Store sums + bias in the channels of a panel, from k on, of `pixels` pixels of the target, from `first` on."""
    for pixel in range(pixels):  # unsigned: spares Numba the check for negative indices
        here, there = np.uint64(pixel * width), np.uint64((first + pixel) * bias.size + k)
        for c in range(np.uint64(min(width, bias.size - k))):
            target[there + c] = sums[here + c] + bias[np.uint64(k) + c]


@parallel
def multiply_taps(thread, threads, address, x, grad_y, window, K, sums):
    """A task is a tap and a panel of grad_y.  x is channels first: the pixels that a product sums are contiguous."""
    _, kw, sh, sw, ph, pw, dh, dw = window
    (N, C, H, W), (panels, taps, _, width), (oh, ow) = x.shape, sums.shape, grad_y.shape[2:4]
    low, high = share(panels * taps, thread, threads)
    for task in range(low, high):
        p, i, j = task // taps, task % taps // kw * dh - ph, task % kw * dw - pw
        (y0, y1), (x0, x1) = reach(i, sh, H, 0, oh), reach(j, sw, W, 0, ow)
        height = max(1, PIXELS // max(1, x1 - x0))
        for n in range(N if x1 > x0 else 0):
            for y in range(y0, y1, height):
                strip(
                    address,
                    x, Left((n * C * H + y * sh + i) * W + x0 * sw + j, r=sh * W, m=H * W, k=sw),
                    grad_y, Right((((p * N + n) * oh + y) * ow + x0) * width, r=ow * width, k=width),
                    sums, Result(task * C * width, m=width),
                    rows=C, columns=min(width, K - p * width), R=min(height, y1 - y), K=x1 - x0, add=True, far=False,
                )  # fmt: skip
