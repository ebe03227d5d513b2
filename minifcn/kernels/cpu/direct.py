"""Convolution straight from the image: no columns are made, the tile of tile.py walks over the windows itself.

In an image that is channels last the kw pixels of a window's row lie side by side, and so do their channels: kw * C
numbers, to be multiplied with a kw * C by K piece of the weight.  kh such rows make the window; the next output stands
`stride` pixels further on.  Those are the strides of one strip: a row of outputs, all output channels of a panel.

A panel is two vectors of output channels.  The weight is rearranged so that a panel's numbers lie in the order in which
they are read.  The three maps:

    forward           y[ox, k]        = sum over i and (j, c) of  x[ox * s + j, c] * weight[i][(j, c), k]
    backward by x     the forward of grad_y with the weight turned by half a circle (for stride 1)
    backward by w     grad_weight[i][(j, c), k] = sum over oy and ox of  x[ox * s + j, c] * grad_y[ox, k]

Read transform.py next.
"""

import numpy as np

from .compile import add, dense, share
from .im2col import window_of
from .launch import parallel
from .layout import channels_last, images
from .memory import workspace
from .simd import simd
from .threads import thread_count
from .tile import strip, strip_address

LONG_SUM = 1024  # longer ones are made of parts: a sum of sums is rounded less
PIXELS = 64  # of a row of outputs at once: the windows they read stay in the first-level cache


def fits(direction, weight_shape, geometry, dtype):
    """True without groups; backward by the input also for stride 1 only, and no more padding than the kernel covers."""
    if simd() is None or geometry.groups > 1:
        return False
    reaches = [d * (k - 1) >= p for k, p, d in zip(geometry.kernel_size, geometry.padding, geometry.dilation)]
    return direction != "backward input" or (geometry.stride == (1, 1) and all(reaches))


def forward(x, weight, geometry, bias=None):
    """y = C x + bias.  x (N, C, H, W), weight (K, C, kh, kw); returns y (N, K, oh, ow)."""
    size = geometry.output_size(x.shape[2:])
    return convolve(x, dense(weight), False, window_of(geometry), size, bias)


def backward_input(grad_y, weight, geometry, size):
    """grad_x = C^T grad_y for stride 1.  grad_y (N, K, oh, ow), weight (K, C, kh, kw); returns (N, C, H, W)."""
    kh, kw, _, _, ph, pw, dh, dw = window_of(geometry)
    window = kh, kw, 1, 1, dh * (kh - 1) - ph, dw * (kw - 1) - pw, dh, dw
    return convolve(grad_y, dense(weight), True, window, size, None)


def convolve(x, weight, turned, window, size, bias):
    """The convolution with weight (K, C, kh, kw), or with the turned one (C, K, kh, kw), into an image of `size`."""
    x, dtype = padded(channels_last(x), *window[4:6]), x.dtype
    K, C = weight.shape[:2] if not turned else weight.shape[1::-1]
    y = np.empty((len(x), *size, K), dtype)
    if y.size == 0:
        return images(y)
    width = 2 * simd().lanes(dtype)
    panels = workspace("weights", (-(-K // width), weight[0, 0].size * C * width), dtype)
    pack(weight.reshape(-1), K, C, weight[0, 0].size, turned, width, panels)
    offset = np.zeros(K, dtype) if bias is None else dense(bias)
    if window[:4] == (1, 1, 1, 1):  # every pixel by itself: one long row of them
        x, rows = x.reshape(1, 1, -1, C), y.reshape(1, 1, -1, K)
    else:
        rows = y
    convolve_rows(strip_address(dtype), x, panels, offset, bias is not None, window, width, rows)
    return images(y)


def backward_weight(x, grad_y, geometry):
    """The derivative of <grad_y, C x> by the weight.  x (N, C, H, W), grad_y (N, K, oh, ow); returns (K, C, kh, kw)."""
    (N, K, oh, ow), C, dtype = grad_y.shape, x.shape[1], x.dtype
    kh, kw = geometry.kernel_size
    if 0 in (N, K, oh, ow, C):
        return np.zeros((K, C, kh, kw), dtype)
    lanes, threads = simd().lanes(dtype), thread_count()
    grad_y = whole_vectors(channels_last(grad_y), lanes)
    x = padded(channels_last(x), *geometry.padding)
    if geometry.kernel_size == geometry.stride == (1, 1):
        x, grad_y = x.reshape(1, 1, -1, C), grad_y.reshape(1, 1, -1, grad_y.shape[3])
    sums = np.zeros((threads, -(-K // (2 * lanes)), kh * kw * C, 2 * lanes), dtype)
    correlate_rows(strip_address(dtype), x, grad_y, window_of(geometry), 2 * lanes, sums)
    total = sums.sum(0, dtype=dtype).reshape(-1, kh * kw, C, 2 * lanes)  # (panels, taps, C, columns)
    grad_weight = total.transpose(0, 3, 2, 1).reshape(-1, C, kh, kw)[:K]
    return np.ascontiguousarray(grad_weight)


def padded(x, ph, pw):
    """x (N, H, W, C) with ph rows and pw columns of zeros on every side."""
    if ph == pw == 0:
        return x
    N, H, W, C = x.shape
    out = np.empty((N, H + 2 * ph, W + 2 * pw, C), x.dtype)
    copy_rows(x.reshape(N, H, W * C), ph, pw * C, out.reshape(N, H + 2 * ph, (W + 2 * pw) * C))
    return out


def whole_vectors(x, lanes):
    """x (N, H, W, C) with channels of zeros behind, so that their number is a multiple of `lanes`."""
    extra = -x.shape[3] % lanes
    return np.pad(x, [(0, 0), (0, 0), (0, 0), (0, extra)]) if extra else x


@parallel
def copy_rows(thread, threads, x, ph, pw, out):
    N, H, W = x.shape
    first, last = share(N * out.shape[1], thread, threads)
    for row in range(first, last):
        n, h = row // out.shape[1], row % out.shape[1] - ph
        target = out[n, h + ph]
        inside = 0 <= h < H
        for w in range(pw if inside else target.size):
            target[w] = 0
        if inside:
            for w in range(W):
                target[pw + w] = x[n, h, w]
            for w in range(pw + W, target.size):
                target[w] = 0


@parallel
def pack(thread, threads, weight, K, C, taps, turned, width, panels):
    """weight (K, C, taps), flat -> panels[p][tap, c, k]: `width` outputs k side by side, zeros behind the last."""
    first, last = share(len(panels) * taps, thread, threads)
    for task in range(first, last):
        p, tap = task // taps, task % taps
        source = taps - 1 - tap if turned else tap
        for c in range(C):
            start = (tap * C + c) * width
            for k in range(width):
                place = (c * K if turned else c) + (p * width + k) * (1 if turned else C)
                panels[p, start + k] = weight[place * taps + source] if p * width + k < K else 0


@parallel
def convolve_rows(thread, threads, address, x, panels, bias, add_bias, window, width, y):
    """A task is a few pixels of one row of outputs."""
    kh, kw, sh, sw, _, _, dh, dw = window
    Hp, Wp, C = x.shape[1:]
    N, oh, ow, K = y.shape
    blocks = (ow + PIXELS - 1) // PIXELS
    flat_x, flat_w, flat_y = x.reshape(-1), panels.reshape(-1), y.reshape(-1)
    pieces, length = (1, kw * C) if dw == 1 else (kw, C)  # with dilation, the pixels of a window stand apart
    rows = kh if kh * length <= LONG_SUM else 1  # of the window, in one strip
    low, high = share(N * oh * blocks, thread, threads)
    for task in range(low, high):
        row, first = task // blocks, task % blocks * PIXELS
        count = min(PIXELS, ow - first)
        source = ((row // oh * Hp + row % oh * sh) * Wp + first * sw) * C
        target = (row * ow + first) * K
        for p in range(len(panels)):
            for piece in range(kh // rows * pieces):
                i, j = piece // pieces, piece % pieces
                from_x, from_w = source + (i * dh * Wp + j * dw) * C, (p * kh * kw + i * kw + j) * C * width
                for k in range(0, length, LONG_SUM):
                    strip(
                        address, flat_x, from_x + k, flat_w, from_w + k * width, flat_y, target + p * width,
                        count, min(width, K - p * width), sw * C, 1, dh * Wp * C, width, kw * C * width, K,
                        rows, min(LONG_SUM, length - k), 1 if piece + k > 0 else 0,
                    )  # fmt: skip
        for pixel in range(count if add_bias else 0):
            add(bias, flat_y[target + pixel * K : target + (pixel + 1) * K])


@parallel
def correlate_rows(thread, threads, address, x, grad_y, window, width, sums):
    """Each thread adds to sums of its own."""
    kh, kw, sh, sw, _, _, dh, dw = window
    Hp, Wp, C = x.shape[1:]
    N, oh, ow, row_g = grad_y.shape
    flat_x, flat_g, flat_s = x.reshape(-1), grad_y.reshape(-1), sums.reshape(-1)
    start = thread * sums[0].size
    pieces, length = (1, kw * C) if dw == 1 else (kw, C)
    blocks = (ow + 4 * PIXELS - 1) // (4 * PIXELS)
    low, high = share(N * oh * blocks, thread, threads)
    for task in range(low, high):
        row, first = task // blocks, task % blocks * 4 * PIXELS
        count = min(4 * PIXELS, ow - first)
        for p in range(sums.shape[1]):
            for i in range(kh):
                source = ((row // oh * Hp + row % oh * sh + i * dh) * Wp + first * sw) * C
                for j in range(pieces):
                    strip(
                        address, flat_x, source + j * dw * C, flat_g, (row * ow + first) * row_g + p * width,
                        flat_s, start + (p * kh * kw + i * kw + j) * C * width,
                        length, min(width, row_g - p * width), 1, sw * C, 0, row_g, 0, width, 1, count, 1,
                    )  # fmt: skip
