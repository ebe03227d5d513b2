"""Right answers to lesson 23, each written in another way: the checks must accept them all."""
# ruff: noqa: F821  (dilated_conv2d, which aspp may call, is given, as in the lesson)

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

VARIANTS = {
    "shift_and_stitch": ["stitch_in_one_batch", "stitch_by_lists", "stitch_by_reshaping", "stitch_on_a_canvas"],
    "dilated_conv2d": ["dilated_by_loops", "dilated_by_strides", "dilated_by_windows", "dilated_by_zeros", "dilated_by_phases"],
    "aspp": ["aspp_by_loop", "aspp_of_flat_products", "aspp_into_an_array", "aspp_by_padding_first"],
    "pyramid_pool": ["pyramid_by_matrices", "pyramid_by_cumulated_sums", "pyramid_by_splits", "pyramid_in_lists"],
}

# --- shift_and_stitch ------------------------------------------------------------------------------------------------


def stitch_in_one_batch(net, x, factor):
    """All pictures go through the net together."""
    (N, C, H, W), f = x.shape, factor
    padded = np.zeros((N, C, H + f, W + f), x.dtype)
    padded[:, :, :H, :W] = x
    pictures = np.concatenate([padded[:, :, a : a + H, b : b + W] for a in range(f) for b in range(f)])
    y = net(pictures)
    K, h, w = y.shape[1:]
    return y.reshape(f, f, N, K, h, w).transpose(2, 3, 4, 0, 5, 1).reshape(N, K, h * f, w * f)


def stitch_by_lists(net, x, factor):
    """First the columns of each row of passes, then the rows."""
    H, W = x.shape[2:]
    rows = []
    for a in range(factor):
        columns = []
        for b in range(factor):
            moved = np.zeros_like(x)
            moved[:, :, : max(H - a, 0), : max(W - b, 0)] = x[:, :, a:, b:]
            columns.append(net(moved))
        rows.append(np.stack(columns, axis=-1).reshape(*columns[0].shape[:3], -1) if columns[0].size else columns[0].repeat(factor, 3))
    N, K, h, w = rows[0].shape
    return np.stack(rows, axis=3).reshape(N, K, h * factor, w)


def stitch_by_reshaping(net, x, factor):
    padded = np.pad(x, [(0, 0)] * 2 + [(0, factor)] * 2)
    H, W = x.shape[2:]
    whole = None
    for number in range(factor * factor):
        a, b = divmod(number, factor)
        y = net(padded[..., a : H + a, b : W + b])
        if whole is None:
            whole = np.zeros(y.shape + (factor, factor), y.dtype)
        whole[..., a, b] = y
    N, K, h, w = whole.shape[:4]
    return np.moveaxis(whole, 4, 3).reshape(N, K, h * factor, w * factor)


def stitch_on_a_canvas(net, x, factor):
    """np.roll, and zeros for what comes in on the other side."""
    y = net(x)
    stitched = y.repeat(factor, axis=2).repeat(factor, axis=3)
    for a in range(factor):
        for b in range(factor):
            if a or b:
                moved = np.roll(x, (-a, -b), axis=(2, 3))
                moved[:, :, max(x.shape[2] - a, 0) :] = 0
                moved[:, :, :, max(x.shape[3] - b, 0) :] = 0
                stitched[:, :, a::factor, b::factor] = net(moved)
    return stitched


# --- dilated_conv2d --------------------------------------------------------------------------------------------------


def dilated_by_loops(x, weight, dilation=1, padding=0):
    """Place by place, tap by tap, without padding the picture."""
    N, _, H, W = x.shape
    K, _, kh, kw = weight.shape
    height = H + 2 * padding - dilation * (kh - 1)
    width = W + 2 * padding - dilation * (kw - 1)
    y = np.zeros((N, K, height, width), dtype=x.dtype)
    for u in range(height):
        for v in range(width):
            for i in range(kh):
                for j in range(kw):
                    r, c = u + dilation * i - padding, v + dilation * j - padding
                    if 0 <= r < H and 0 <= c < W:
                        y[:, :, u, v] += np.dot(x[:, :, r, c], weight[:, :, i, j].T)
    return y


def dilated_by_strides(x, weight, dilation=1, padding=0):
    """A view whose windows have holes."""
    _, C, kh, kw = weight.shape
    x = np.ascontiguousarray(np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))))
    n, c, h, w = x.strides
    shape = (len(x), C, kh, kw, x.shape[2] - dilation * (kh - 1), x.shape[3] - dilation * (kw - 1))
    windows = as_strided(x, shape, (n, c, dilation * h, dilation * w, h, w))
    return np.einsum("ncijuv,kcij->nkuv", windows, weight)


def dilated_by_windows(x, weight, dilation=1, padding=0):
    """Windows of the whole span, thinned out, and one matrix product."""
    d, (K, C, kh, kw) = dilation, weight.shape
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(x, (d * (kh - 1) + 1, d * (kw - 1) + 1), axis=(2, 3))[..., ::d, ::d]
    N, _, oh, ow = windows.shape[:4]
    columns = windows.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * kh * kw, oh * ow)
    return (weight.reshape(K, C * kh * kw) @ columns).reshape(N, K, oh, ow)


def dilated_by_zeros(x, weight, dilation=1, padding=0):
    """An ordinary convolution with a large kernel, most of whose weights are 0."""
    d, (K, C, kh, kw) = dilation, weight.shape
    large = np.zeros((K, C, d * (kh - 1) + 1, d * (kw - 1) + 1), weight.dtype)
    large[:, :, ::d, ::d] = weight
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = sliding_window_view(x, large.shape[2:], axis=(2, 3))
    return np.tensordot(windows, large, axes=((1, 4, 5), (1, 2, 3))).transpose(0, 3, 1, 2)


def dilated_by_phases(x, weight, dilation=1, padding=0):
    """Space to batch: each phase of the picture is convolved without holes."""
    d, (K, _, kh, kw) = dilation, weight.shape
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = (n - d * (k - 1) for n, k in zip(x.shape[2:], (kh, kw)))
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for a in range(min(d, oh)):
        for b in range(min(d, ow)):
            windows = sliding_window_view(x[:, :, a::d, b::d], (kh, kw), axis=(2, 3))
            target = y[:, :, a::d, b::d]
            part = np.einsum("ncuvij,kcij->nkuv", windows, weight)
            target[...] = part[:, :, : target.shape[2], : target.shape[3]]
    return y


# --- aspp ------------------------------------------------------------------------------------------------------------


def aspp_by_loop(x, weights, rates, join="sum"):
    y = None
    for weight, rate in zip(weights, rates):
        k = weight.shape[-1]
        branch = dilated_conv2d(x, weight, dilation=rate, padding=(k - 1) * rate // 2)
        if y is None:
            y = branch
        elif join == "concat":
            y = np.concatenate((y, branch), axis=1)
        else:
            y = y + branch
    return y


def aspp_of_flat_products(x, weights, rates, join="sum"):
    """Without dilated_conv2d: moved pictures, added up."""
    N, _, H, W = x.shape
    results = []
    for weight, rate in zip(weights, rates):
        far = rate * (weight.shape[2] // 2)
        padded = np.pad(x, ((0, 0), (0, 0), (far, far), (far, far)))
        y = np.zeros((N, len(weight), H, W), x.dtype)
        for i in range(weight.shape[2]):
            for j in range(weight.shape[3]):
                moved = padded[:, :, rate * i : rate * i + H, rate * j : rate * j + W]
                y += np.tensordot(moved, weight[:, :, i, j], axes=((1,), (1,))).transpose(0, 3, 1, 2)
        results.append(y)
    return np.add.reduce(results) if join == "sum" else np.hstack(results)


def aspp_into_an_array(x, weights, rates, join="sum"):
    N, _, H, W = x.shape
    channels = [len(weight) for weight in weights]
    whole = np.zeros((N, sum(channels), H, W), x.dtype)
    start = 0
    for weight, rate, count in zip(weights, rates, channels):
        whole[:, start : start + count] = dilated_conv2d(x, weight, rate, rate * (weight.shape[2] // 2))
        start += count
    if join == "concat":
        return whole
    return whole.reshape(N, len(weights), channels[0], H, W).sum(axis=1)


def aspp_by_padding_first(x, weights, rates, join="sum"):
    """One padding for all; each branch's result is cut to the middle."""
    far = max(rate * (weight.shape[2] // 2) for weight, rate in zip(weights, rates))
    H, W = x.shape[2:]
    branches = []
    for weight, rate in zip(weights, rates):
        y = dilated_conv2d(x, weight, rate, far)
        cut = far - rate * (weight.shape[2] // 2)
        branches.append(y[:, :, cut : cut + H, cut : cut + W])
    if join == "sum":
        return np.sum(branches, axis=0)
    return np.concatenate(branches, 1)


# --- pyramid_pool ----------------------------------------------------------------------------------------------------


def pyramid_by_matrices(x, bins=(1, 2, 3, 6)):
    """Pooling and interpolation are linear: one matrix for each axis."""

    def matrix(n, m):
        pool, up = np.zeros((m, n)), np.zeros((n, m))
        for i in range(m):
            start, end = math.floor(i * n / m), math.ceil((i + 1) * n / m)
            pool[i, start:end] = 1 / (end - start)
        for u in range(n):
            place = min(max((u + 0.5) * m / n - 0.5, 0), m - 1)
            left = int(place)
            up[u, left] += 1 - (place - left)
            up[u, min(left + 1, m - 1)] += place - left
        return up @ pool

    H, W = x.shape[2:]
    levels = [(matrix(H, m) @ x @ matrix(W, m).T).astype(x.dtype) for m in bins]
    return np.concatenate([x, *levels], axis=1)


def pyramid_by_cumulated_sums(x, bins=(1, 2, 3, 6)):
    """Sums of windows are differences of sums from the corner on."""
    (N, C, H, W), levels = x.shape, [x]
    total = np.zeros((N, C, H + 1, W + 1))
    total[:, :, 1:, 1:] = x.cumsum(axis=2, dtype=float).cumsum(axis=3)
    for m in bins:
        (top, below), (left, right) = (
            (np.arange(m) * n // m, -(-np.arange(1, m + 1) * n // m)) for n in (H, W)
        )
        inside = total[:, :, below][..., right] - total[:, :, top][..., right]
        inside = inside - total[:, :, below][..., left] + total[:, :, top][..., left]
        means = inside / np.outer(below - top, right - left)
        levels.append(resize(means.astype(x.dtype), (H, W)))
    return np.concatenate(levels, axis=1)


def resize(x, size):
    """Weights of all means for all units, as a matrix: a triangle around each."""
    for axis, n in zip((2, 3), size):
        m = x.shape[axis]
        place = np.clip((np.arange(n) + 0.5) * m / n - 0.5, 0, m - 1)
        weights = np.clip(1 - abs(place[:, None] - np.arange(m)), 0, None).astype(x.dtype)
        x = np.moveaxis(np.tensordot(weights, x, axes=(1, axis)), 0, axis)
    return x


def pyramid_by_splits(x, bins=(1, 2, 3, 6)):
    """Means along the columns first, then along the rows: windows are rectangles."""
    H, W = x.shape[2:]
    y = x
    for m in bins:
        columns = np.stack([x[..., j * W // m : ((j + 1) * W + m - 1) // m].mean(axis=3) for j in range(m)], axis=3)
        rows = [columns[:, :, i * H // m : ((i + 1) * H + m - 1) // m].mean(axis=2) for i in range(m)]
        y = np.concatenate([y, resize(np.stack(rows, axis=2), (H, W))], axis=1)
    return y


def pyramid_in_lists(x, bins=(1, 2, 3, 6)):
    """A level in an array that is made before."""
    N, C, H, W = x.shape
    y = np.zeros((N, C * (len(bins) + 1), H, W), x.dtype)
    y[:, :C] = x
    for level, m in enumerate(bins, start=1):
        means = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                top, below = int(np.floor(i * H / m)), int(np.ceil((i + 1) * H / m))
                left, right = int(np.floor(j * W / m)), int(np.ceil((j + 1) * W / m))
                means[:, :, i, j] = np.mean(x[:, :, top:below, left:right], axis=(2, 3))
        y[:, level * C : (level + 1) * C] = resize(means, (H, W))
    return y
