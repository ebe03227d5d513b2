"""Right answers to lesson 13, written in other ways: the checks must let every one of them pass."""

import math

import numpy as np

VARIANTS = {
    "bilinear_kernel": ["kernel_by_loops", "kernel_by_box_on_box", "kernel_as_in_caffe", "kernel_by_minimum"],
    "upsample": ["upsample_by_stamps", "upsample_by_zeros", "upsample_by_channels", "upsample_on_the_diagonal"],
    "interpolate": ["interpolate_by_matrices", "interpolate_by_np_interp", "interpolate_by_corners"],
}


def kernel_by_loops(factor):
    k = 2 * factor - 1 if factor % 2 else 2 * factor
    kernel = np.zeros((k, k))
    for i in range(k):
        for j in range(k):
            kernel[i, j] = (1 - abs(i - (k - 1) / 2) / factor) * (1 - abs(j - (k - 1) / 2) / factor)
    return kernel


def kernel_by_box_on_box(factor):
    """A box of f pixels, slid over another, overlaps in a triangle. For even f the second box is half a pixel off."""
    first, second = np.ones(factor), np.ones(factor)
    if factor % 2 == 0:
        second = np.convolve(second, [0.5, 0.5])
    triangle = np.convolve(first, second) / factor
    return triangle[:, np.newaxis] @ triangle[np.newaxis, :]


def kernel_as_in_caffe(factor):
    """The authors' upsample_filt, for the size that belongs to the factor."""
    size = 2 * factor - factor % 2
    half = (size + 1) // 2
    centre = half - 1 if size % 2 == 1 else half - 0.5
    row, column = np.ogrid[:size, :size]
    return (1 - abs(row - centre) / half) * (1 - abs(column - centre) / half)


def kernel_by_minimum(factor):
    k = 2 * factor - factor % 2
    rising = (np.arange(k) + (1 if k % 2 else 0.5)) / factor
    heights = np.minimum(rising, rising[::-1])
    return np.einsum("i,j->ij", heights, heights)


def upsample_by_stamps(x, kernel, factor):
    (N, C, H, W), k = x.shape, kernel.shape[0]
    cut = (k - factor) // 2
    canvas = np.zeros((N, C, factor * (H - 1) + k, factor * (W - 1) + k), dtype=x.dtype)
    for a in range(k):
        for b in range(k):
            canvas[:, :, a : a + factor * H : factor, b : b + factor * W : factor] += x * x.dtype.type(kernel[a, b])
    return canvas[:, :, cut : cut + factor * H, cut : cut + factor * W]


def upsample_by_zeros(x, kernel, factor):
    """Zeros between the pixels, then a convolution with the kernel turned round."""
    (N, C, H, W), k = x.shape, len(kernel)
    before = k - 1 - (k - factor) // 2
    spread = np.zeros((N, C, factor * H + 2 * k, factor * W + 2 * k), x.dtype)
    spread[:, :, before : before + factor * H : factor, before : before + factor * W : factor] = x
    view = np.lib.stride_tricks.sliding_window_view(spread, (k, k), axis=(2, 3))[:, :, : factor * H, : factor * W]
    return np.einsum("nchwij,ij->nchw", view, kernel[::-1, ::-1].astype(x.dtype))


def upsample_by_channels(x, kernel, factor):
    y = np.zeros((*x.shape[:2], factor * x.shape[2], factor * x.shape[3]), x.dtype)
    weight = kernel.reshape(1, 1, *kernel.shape).astype(x.dtype)
    for c in range(x.shape[1]):
        y[:, c : c + 1] = conv_transpose2d(  # noqa: F821  the checks give it
            x[:, c : c + 1], weight, None, factor, (len(kernel) - factor) // 2
        )
    return y


def upsample_on_the_diagonal(x, kernel, factor):
    C = x.shape[1]
    weight = np.zeros((C, C, *kernel.shape), x.dtype)
    weight[range(C), range(C)] = kernel
    y = conv_transpose2d(x, weight, stride=factor)  # noqa: F821  the checks give it
    cut = (len(kernel) - factor) // 2
    return y[:, :, cut : y.shape[2] - cut, cut : y.shape[3] - cut]


def interpolate_by_matrices(x, factor):
    for axis in range(2, x.ndim):
        n = x.shape[axis]
        place = np.clip((np.arange(factor * n) + 0.5) / factor - 0.5, 0, n - 1)
        matrix = np.maximum(0, 1 - abs(place[:, None] - np.arange(n))).astype(x.dtype)
        x = np.moveaxis(np.tensordot(matrix, x, (1, axis)), 0, axis)
    return x


def interpolate_by_np_interp(x, factor):
    dtype = x.dtype
    for axis in range(x.ndim - 1, 1, -1):
        n = x.shape[axis]
        lines = np.moveaxis(x, axis, 0)
        flat = lines.reshape(n, math.prod(lines.shape[1:]))
        place = (2 * np.arange(factor * n) + 1 - factor) / (2 * factor)
        new = np.array([np.interp(place, np.arange(n), line) for line in flat.T]).reshape(flat.shape[1], factor * n).T
        x = np.moveaxis(new.reshape(factor * n, *lines.shape[1:]), 0, axis)
    return x.astype(dtype)


def interpolate_by_corners(x, factor):
    """All 2**d neighbours of each output at once, each with the product of its shares."""
    axes = range(x.ndim - 2)
    places = [np.clip((np.arange(factor * n) + 0.5) / factor - 0.5, 0, n - 1) for n in x.shape[2:]]
    y = np.zeros((*x.shape[:2], *(len(p) for p in places)), x.dtype)
    for corner in np.ndindex(*[2 for _ in axes]):
        at, weight = [], 1
        for p, side, n in zip(places, corner, x.shape[2:]):
            whole = np.floor(p).astype(int)
            at.append(np.minimum(whole + side, n - 1))
            part = p - whole
            weight = np.multiply.outer(weight, part if side else 1 - part)
        y += x[(slice(None), slice(None), *np.ix_(*at))] * weight.astype(x.dtype)
    return y
