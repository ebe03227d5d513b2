"""Convolution straight from the image: without columns; the tile of tile.py moves over the windows itself.

In a channels-last image, the kw pixels of a window's row are contiguous, and so are their channels: kw * C numbers, to
be multiplied by a kw * C by K piece of the weight.  kh such rows make up the window; the next output is `stride` pixels
further on.  These are the strides of one strip: a row of outputs, all output channels of a panel.

The weight is stored in panels (panels.py) of two vectors of output channels.  The three maps:

    forward           y[ox, k]        = sum over i and (j, c) of  x[ox * s + j, c] * weight[i][(j, c), k]
    backward by x     the forward of grad_y with the kernel rotated by 180 degrees (for stride 1)
    backward by w     grad_weight[i][(j, c), k] = sum over oy and ox of  x[ox * s + j, c] * grad_y[ox, k]

Read taps.py next.
"""

import numpy as np

from ..runtime.compile import dense, inlined, share, usable
from ..runtime.launch import parallel, thread_count
from ..runtime.layout import channels_last, images
from ..runtime.memory import empty
from ..runtime.simd import simd
from .choose import FEW_CHANNELS
from .im2col import window_of
from .panels import panels_of, weight_of
from .tile import Left, Result, Right, strip, strip_address

LONG_SUM = 1024  # longer ones are split: a sum of partial sums has less rounding error
PIXELS = 64  # of a row of outputs at once, at least: the windows they read stay in the L1 cache
MANY = 8  # panels per thread, of which one more or less does not matter
NUMBERS = 1024  # of a row of the image, for which there may be more pixels: a few long strips are faster than many


def fits(direction, weight_shape, geometry, dtype):
    """True without groups and dilation; backward input also needs stride 1 and less padding than kernel."""
    if simd() is None or geometry.groups > 1 or geometry.has_holes():
        return False
    reaches = [k > p for k, p in zip(geometry.kernel_size, geometry.padding)]
    return direction != "backward input" or (geometry.stride == (1, 1) and all(reaches))


def forward(x, weight, geometry, bias=None, relu=False, residual=None):
    """y = C x + bias + residual, or max(y, 0) with relu.  x (N, C, H, W), weight (K, C, kh, kw); returns y (N, K, oh, ow)."""
    size = geometry.output_size(x.shape[2:])
    return convolve(x, weight, False, window_of(geometry), size, bias, relu, residual)


def backward_input(grad_y, weight, geometry, size):
    """grad_x = C^T grad_y for stride 1.  grad_y (N, K, oh, ow), weight (K, C, kh, kw); returns (N, C, H, W)."""
    kh, kw, _, _, ph, pw, _, _ = window_of(geometry)
    window = kh, kw, 1, 1, kh - 1 - ph, kw - 1 - pw, 1, 1
    return convolve(grad_y, weight, True, window, size, None)


def convolve(x, weight, turned, window, size, bias, relu=False, residual=None):
    """The convolution with weight (K, C, kh, kw), or with (C, K, kh, kw) if `turned`, into an image of `size`."""
    kh, kw, sh, sw, ph, pw, _, _ = window
    x, dtype = padded(x, ph, pw), x.dtype
    K, C = weight.shape[:2] if not turned else weight.shape[1::-1]
    y = empty((len(x), *size, K), dtype)
    if y.size == 0:
        return images(y)
    lanes = simd().lanes(dtype)
    if turned and kh == kw == 1 and K % lanes == 0:  # the weight (C, K) is already what strips read, row by row
        panels, steps = dense(weight), (2 * lanes, K)
    else:
        panels, steps = panels_of(weight, turned), (kh * kw * C * 2 * lanes, 2 * lanes)
    offset, lowest = np.zeros(K, dtype) if bias is None else dense(bias), dtype.type(0 if relu else -np.inf)
    if kh == kw == sh == sw == 1:  # pixels are independent: treat them as one long row
        x, rows = x.reshape(1, 1, -1, C), y.reshape(1, 1, -1, K)
    else:
        rows = y
    address, finish, width = strip_address(dtype), bias is not None or relu or residual is not None, 2 * lanes
    more = y[:0] if residual is None else channels_last(residual)  # a kernel takes an array, if an empty one
    convolve_rows(address, x, panels.reshape(-1), steps, offset, more, lowest, finish, window, width, rows)
    return images(y)


def backward_weight(x, grad_y, geometry):
    """d<grad_y, C x> / d weight.  x (N, C, H, W), grad_y (N, K, oh, ow); returns (K, C, kh, kw)."""
    (N, K, oh, ow), C, dtype = grad_y.shape, x.shape[1], x.dtype
    kh, kw = geometry.kernel_size
    if 0 in (N, K, oh, ow, C):
        return np.zeros((K, C, kh, kw), dtype)
    lanes, threads, pointwise = simd().lanes(dtype), thread_count(), geometry.kernel_size == geometry.stride == (1, 1)
    if pointwise and geometry.padding == (0, 0) and C % lanes == 0 and C >= max(K, 2 * lanes * threads):
        return products_of_pixels(channels_last(grad_y), channels_last(x), 2 * lanes)
    grad_y = whole_vectors(channels_last(grad_y), lanes)
    x = padded(x, *geometry.padding)
    if pointwise:
        x, grad_y = x.reshape(1, 1, -1, C), grad_y.reshape(1, 1, -1, grad_y.shape[3])
    copies = 1 if N * oh * ow < kw * C else threads  # with few pixels, the threads share the numbers of a row instead
    sums = empty((copies, -(-K // (2 * lanes)), kh * kw * C, 2 * lanes), dtype)
    sums[:] = 0
    correlate_rows(strip_address(dtype), x, grad_y, window_of(geometry), 2 * lanes, sums)
    return weight_of(sums.sum(0) if copies > 1 else sums[0], (K, C, kh, kw))


def products_of_pixels(grad_y, x, width):
    """grad_weight[k, c] = the sum over all pixels of grad_y[pixel, k] * x[pixel, c], for a 1x1 kernel: (K, C, 1, 1).

    The outputs are the rows of a strip, and the inputs its columns: the result is in the order of a weight, and a thread
    has some of the inputs, and all pixels.
    """
    K, C = grad_y.shape[3], x.shape[3]
    grad_weight = empty((K, C, 1, 1), x.dtype)
    multiply_pixels(strip_address(x.dtype), grad_y.reshape(-1, K), x.reshape(-1, C), width, grad_weight.reshape(K, C))
    return grad_weight


@parallel
def multiply_pixels(thread, threads, address, grad_y, x, width, grad_weight):
    K, C = grad_weight.shape
    low, high = share((C + width - 1) // width, thread, threads)
    for first in range(0, len(x), 4 * PIXELS):  # a part of grad_y that stays in the cache
        for p in range(low, high):
            strip(
                address,
                grad_y, Left(first * K, r=0, m=1, k=K),  # the transpose: m is an output, k a pixel
                x, Right(first * C + p * width, r=0, k=C),
                grad_weight, Result(p * width, m=C),
                rows=K, columns=min(width, C - p * width), R=1, K=min(4 * PIXELS, len(x) - first), add=first > 0, far=False,
            )  # fmt: skip


def padded(x, ph, pw):
    """x (N, C, H, W) as (N, H, W, C), with ph rows and pw columns of zeros on every side."""
    if ph == pw == 0:
        return channels_last(x)
    N, C, H, W = x.shape
    out = empty((N, H + 2 * ph, W + 2 * pw, C), x.dtype)
    if C < FEW_CHANNELS and usable(x):  # an image as it is loaded: transposed and padded in one pass
        copy_rows(x, ph, pw, out)
    else:  # the channels of a row side by side, as if they were pixels of a single channel
        copy_rows(channels_last(x).reshape(N, 1, H, W * C), ph, pw * C, out.reshape(N, H + 2 * ph, (W + 2 * pw) * C, 1))
    return out


def whole_vectors(x, lanes):
    """x (N, H, W, C) padded with channels of zeros to a multiple of `lanes`."""
    extra = -x.shape[3] % lanes
    return np.pad(x, [(0, 0), (0, 0), (0, 0), (0, extra)]) if extra else x


@parallel
def copy_rows(thread, threads, x, ph, pw, out):
    """x (N, C, H, W) -> out (N, H + 2 ph, W + 2 pw, C), with zeros around it."""
    (N, C, H, W), flat_x, flat_out = x.shape, x.reshape(-1), out.reshape(-1)
    length = out.shape[2] * C
    first, last = share(N * out.shape[1], thread, threads)
    for row in range(first, last):
        n, h, start = row // out.shape[1], row % out.shape[1] - ph, np.uint64(row * length)
        inside = 0 <= h < H
        for t in range(np.uint64(pw * C if inside else length)):
            flat_out[start + t] = 0
        for c in range(C if inside else 0):
            source, target = np.uint64(((n * C + c) * H + h) * W), start + np.uint64(pw * C + c)
            for w in range(np.uint64(W)):
                flat_out[target + w * np.uint64(C)] = flat_x[source + w]
        for t in range(np.uint64((pw + W) * C), np.uint64(length if inside else 0)):
            flat_out[start + t] = 0


@parallel
def convolve_rows(thread, threads, address, x, panels, steps, bias, residual, lowest, finish, window, width, y):
    """A task is a few pixels of one row of outputs.  Several rows of a narrow map share a panel while it is cached.

    Each thread has its part of the tasks, and reads the whole weight.  If that is larger than the image, deep in a net,
    each has its part of the panels instead, and reads the whole image.

    steps:  how far it is in `panels` from one panel to the next, and from one row of a panel to the next
    finish: whether there is a bias, a residual or a ReLU; a panel's outputs get them while they are in the L1 cache
    """
    kh, kw, sh, sw = window[:4]
    Hp, Wp, C = x.shape[1:]
    N, oh, ow, K = y.shape
    pixels, length, (panel_step, row_step) = max(PIXELS, NUMBERS // (sw * C)), kw * C, steps
    count = (K + width - 1) // width  # of panels
    by_panels = K * kh * length > x.size and (count % threads == 0 or count >= MANY * threads)
    if N * oh < threads and not by_panels:  # 1x1 windows make a single row of all pixels, of which each thread gets a piece
        pixels = min(pixels, (ow + threads - 1) // threads)
    blocks = (ow + pixels - 1) // pixels
    rows = min(kh, max(1, LONG_SUM // length))  # of the window, in one strip
    together = max(1, PIXELS // ow)  # tasks
    low, high = (0, N * oh * blocks) if by_panels else share(N * oh * blocks, thread, threads)
    p0, p1 = share(count, thread, threads) if by_panels else (0, count)
    for start in range(low, high, together):
        stop = min(high, start + together)
        begin, end = start // blocks * ow + start % blocks * pixels, stop // blocks * ow + stop % blocks * pixels
        for p in range(p0, p1):
            for task in range(start, stop):
                row, first = task // blocks, task % blocks * pixels
                source = ((row // oh * Hp + row % oh * sh) * Wp + first * sw) * C
                target = (row * ow + first) * K
                for i in range(0, kh, rows):
                    from_x, from_w = source + i * Wp * C, p * panel_step + i * length * row_step
                    for k in range(0, length, LONG_SUM):
                        strip(
                            address,
                            x, Left(from_x + k, r=Wp * C, m=sw * C, k=1),
                            panels, Right(from_w + k * row_step, r=length * row_step, k=row_step),
                            y, Result(target + p * width, m=K),
                            rows=min(pixels, ow - first), columns=min(width, K - p * width), R=min(rows, kh - i),
                            K=min(LONG_SUM, length - k), add=i + k > 0, far=i + k == 0,
                        )  # fmt: skip
            if finish:
                add_and_limit(bias, residual, lowest, y, begin, end, p * width, min(K, p * width + width))


@inlined
def add_and_limit(bias, residual, lowest, y, begin, end, k0, k1):
    """y = max(y + bias + residual, lowest) in the pixels begin..end and the channels k0..k1; a NaN stays."""
    flat_y, flat_r = y.reshape(-1), residual.reshape(-1)
    for pixel in range(begin, end):
        first = np.uint64(pixel * bias.size)
        if residual.size:
            for k in range(np.uint64(k0), np.uint64(k1)):
                value = flat_y[first + k] + bias[k] + flat_r[first + k]
                flat_y[first + k] = value if not value <= lowest else lowest
        else:
            for k in range(np.uint64(k0), np.uint64(k1)):
                value = flat_y[first + k] + bias[k]
                flat_y[first + k] = value if not value <= lowest else lowest


@parallel
def correlate_rows(thread, threads, address, x, grad_y, window, width, sums):
    """Each thread adds to its own sums, or, if there is one copy of them, to its own part: of a window's row, m0 to m1."""
    kh, kw, sh, sw = window[:4]
    Hp, Wp, C = x.shape[1:]
    (N, oh, ow, K), panels, length = grad_y.shape, sums.shape[1], kw * C
    height, pixels = min(4 * PIXELS // ow, N * oh // (4 * threads)), min(ow, 4 * PIXELS)  # whose outputs a task sums
    height = max(1, height)
    down, across = (oh + height - 1) // height, (ow + pixels - 1) // pixels
    by_pixels = len(sums) == threads
    low, high = share(N * down * across, thread, threads) if by_pixels else (0, N * down * across)
    m0, m1 = (0, length) if by_pixels else share(length, thread, threads)
    copy = thread if by_pixels else 0
    for task in range(low, high):
        n, y, first = task // (down * across), task // across % down * height, task % across * pixels
        for p in range(panels):
            for i in range(kh):
                source = ((n * Hp + y * sh + i) * Wp + first * sw) * C
                strip(
                    address,
                    x, Left(source + m0, r=sh * Wp * C, m=1, k=sw * C),  # the transpose: m: of a window's row, k: an output
                    grad_y, Right(((n * oh + y) * ow + first) * K + p * width, r=ow * K, k=K),
                    sums, Result((((copy * panels + p) * kh + i) * length + m0) * width, m=width),
                    rows=m1 - m0, columns=min(width, K - p * width),
                    R=min(height, oh - y), K=min(pixels, ow - first), add=True, far=False,
                )  # fmt: skip
