"""Right answers to lesson 16, each written in another way: the checks must accept them all."""

import math
from functools import reduce

import numpy as np

VARIANTS = {
    "slide": ["slide_into_zeros", "slide_in_one_batch", "slide_by_stacking", "slide_all_then_every_stride"],
    "convolutionalize": ["kernels_with_minus_one", "kernels_by_split", "kernels_row_by_row", "kernels_by_index"],
    "cost": ["cost_by_formula", "cost_by_reduce", "cost_by_lists", "cost_recursive"],
}


def slide_into_zeros(classify, x, window, stride):
    N, _, H, W = x.shape
    kh, kw = window
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    result = None
    for u in range(oh):
        for v in range(ow):
            y = classify(x[:, :, u * stride : u * stride + kh, v * stride : v * stride + kw])
            if result is None:
                result = np.zeros((N, y.shape[1], oh, ow), y.dtype)
            result[:, :, u, v] = y
    return result


def slide_in_one_batch(classify, x, window, stride):
    """All windows in one call."""
    views = np.lib.stride_tricks.sliding_window_view(x, window, axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, oh, ow, kh, kw = views.shape
    scores = classify(views.transpose(0, 2, 3, 1, 4, 5).reshape(N * oh * ow, C, kh, kw))
    return scores.reshape(N, oh, ow, scores.shape[1]).transpose(0, 3, 1, 2)


def slide_by_stacking(classify, x, window, stride):
    rows = []
    top = 0
    while top + window[0] <= x.shape[2]:
        row = []
        left = 0
        while left + window[1] <= x.shape[3]:
            row.append(classify(x[..., top : top + window[0], left : left + window[1]].copy()))
            left += stride
        rows.append(np.stack(row, axis=-1))
        top += stride
    return np.stack(rows, axis=-2)


def slide_all_then_every_stride(classify, x, window, stride):
    (kh, kw), (H, W) = window, x.shape[-2:]
    places = [(u, v) for u in range(H - kh + 1) for v in range(W - kw + 1)]
    scores = np.stack([classify(x[:, :, u : u + kh, v : v + kw]) for u, v in places], axis=2)
    return scores.reshape(*scores.shape[:2], H - kh + 1, W - kw + 1)[:, :, ::stride, ::stride]


def kernels_with_minus_one(weight, kernel_size):
    """reshape raises ValueError itself."""
    return np.reshape(weight, (len(weight), -1, *kernel_size))


def kernels_by_split(weight, kernel_size):
    area = kernel_size[0] * kernel_size[1]
    channels = np.split(weight, weight.shape[1] // area, axis=1) if weight.shape[1] % area == 0 else None
    if channels is None:
        raise ValueError("does not divide")
    return np.stack([part.reshape(-1, *kernel_size) for part in channels], axis=1)


def kernels_row_by_row(weight, kernel_size):
    kh, kw = kernel_size
    C, rest = divmod(weight.shape[1], kh * kw)
    if rest != 0:
        raise ValueError(f"{rest} weights are left over")
    return np.array([row.reshape(C, kh, kw) for row in weight])


def kernels_by_index(weight, kernel_size):
    out, n = weight.shape
    kh, kw = kernel_size
    if n / (kh * kw) != n // (kh * kw):
        raise ValueError("no whole number of channels")
    result = np.empty((out, n // (kh * kw), kh, kw), dtype=weight.dtype)
    for c in range(result.shape[1]):
        for i in range(kh):
            for j in range(kw):
                result[:, c, i, j] = weight[:, (c * kh + i) * kw + j]
    return result


def cost_by_formula(layers, size):
    C, H, W = size
    total = 0
    for kind, K, k, s, p in layers:
        rounding = math.ceil if kind == "pool" else math.floor
        H = rounding((H + 2 * p - k) / s) + 1
        W = rounding((W + 2 * p - k) / s) + 1
        if min(H, W) <= 0:
            raise ValueError("the picture is too small")
        total += int(kind == "conv") * K * C * k * k * H * W
        C = K
    return total


def cost_by_reduce(layers, size):
    def after(state, layer):
        total, C, lengths = state
        kind, K, kernel, stride, padding = layer
        lengths = [output_length(n, kernel, stride, padding, kind != "conv") for n in lengths]  # noqa: F821
        assert_positive(lengths)
        return total + (math.prod(lengths) * K * C * kernel * kernel if kind == "conv" else 0), K, lengths

    return reduce(after, layers, (0, size[0], size[1:]))[0]


def assert_positive(lengths):
    if any(n < 1 for n in lengths):
        raise ValueError(f"{lengths} units")


def cost_by_lists(layers, size):
    """All sizes first, then all products."""
    shapes = [tuple(size)]
    for _, channels, *geometry in layers:
        ceil_mode = layers[len(shapes) - 1][0] == "pool"
        shape = channels, *(output_length(n, *geometry, ceil_mode) for n in shapes[-1][1:])  # noqa: F821
        if not all(n > 0 for n in shape):
            raise ValueError(f"no units are left: {shape}")
        shapes.append(shape)
    products = [np.prod(after, dtype=np.int64) * before[0] * layer[2] ** 2
                for layer, before, after in zip(layers, shapes, shapes[1:]) if layer[0] == "conv"]  # fmt: skip
    return int(sum(products))


def cost_recursive(layers, size):
    if not layers:
        return 0
    (kind, channels, kernel, stride, padding), *rest = layers
    H, W = [output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in size[1:]]  # noqa: F821
    if H <= 0 or W <= 0:
        raise ValueError("the kernel is larger than what is left")
    here = channels * H * W * size[0] * kernel * kernel if kind == "conv" else 0
    return here + cost_recursive(rest, (channels, H, W))
