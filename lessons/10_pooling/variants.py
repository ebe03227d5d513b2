"""Right answers to lesson 10, written in other ways: the checks must let every one of them pass."""

import math

import numpy as np

VARIANTS = {
    "output_length": ["length_by_walking", "length_by_floats", "length_by_starts"],
    "max_pool2d": ["max_by_pixels", "max_by_clipped_windows", "max_by_strides", "max_by_taps"],
    "max_pool2d_backward": ["backward_by_loops", "backward_by_bincount", "backward_by_one_hot"],
    "AvgPool2d": ["AverageByTaps", "AverageByMatrices", "AverageByPixels"],
}


def length_by_walking(n, kernel, stride, padding=0, ceil_mode=False):
    start, end, count = -padding, n + padding, 0
    while start + kernel <= end or (ceil_mode and start < n and start - stride + kernel < end):
        count += 1
        start += stride
    return count


def length_by_floats(n, kernel, stride, padding=0, ceil_mode=False):
    moves = (n + 2 * padding - kernel) / stride
    length = 1 + (math.ceil(moves) if ceil_mode else math.floor(moves))
    while (length - 1) * stride >= n + padding:
        length -= 1
    return length


def length_by_starts(n, kernel, stride, padding=0, ceil_mode=False):
    extra = stride - 1 if ceil_mode else 0
    on_pixels = (n + padding - 1) // stride + 1
    return min((n + 2 * padding - kernel + extra) // stride + 1, on_pixels)


def lengths_of(x, kernel_size, *settings):
    return [length_by_starts(n, k, *settings) for n, k in zip(x.shape[2:], kernel_size)]


def max_by_pixels(x, kernel_size, stride, padding=0, ceil_mode=False):
    N, C, H, W = x.shape
    shape = (N, C, *lengths_of(x, kernel_size, stride, padding, ceil_mode))
    y, index = np.full(shape, -np.inf, x.dtype), np.full(shape, -1)
    for n, c, i, j in np.ndindex(shape):
        for a in range(kernel_size[0]):
            for b in range(kernel_size[1]):
                r, s = i * stride - padding + a, j * stride - padding + b
                if 0 <= r < H and 0 <= s < W and x[n, c, r, s] > y[n, c, i, j]:
                    y[n, c, i, j], index[n, c, i, j] = x[n, c, r, s], r * W + s
    return y, index


def max_by_clipped_windows(x, kernel_size, stride, padding=0, ceil_mode=False):
    W = x.shape[3]
    oh, ow = lengths_of(x, kernel_size, stride, padding, ceil_mode)
    y, index = np.empty((*x.shape[:2], oh, ow), x.dtype), np.empty((*x.shape[:2], oh, ow), int)
    for i in range(oh):
        top, bottom = max(0, i * stride - padding), i * stride - padding + kernel_size[0]
        for j in range(ow):
            left, right = max(0, j * stride - padding), j * stride - padding + kernel_size[1]
            window = x[:, :, top:bottom, left:right]
            width = window.shape[3]
            at = np.argmax(window.reshape(*x.shape[:2], window.shape[2] * width), axis=-1)
            index[:, :, i, j] = (top + at // width) * W + left + at % width
            y[:, :, i, j] = window.max(axis=(2, 3))
    return y, index


def max_by_strides(x, kernel_size, stride, padding=0, ceil_mode=False):
    H, W = x.shape[2:]
    kh, kw = kernel_size
    oh, ow = lengths_of(x, kernel_size, stride, padding, ceil_mode)
    below, right = max(0, (oh - 1) * stride + kh - H - padding), max(0, (ow - 1) * stride + kw - W - padding)
    margins = ((padding, below), (padding, right))
    padded = np.pad(x, ((0, 0), (0, 0), *margins), constant_values=np.finfo(x.dtype).min)
    places = np.pad(np.arange(H * W).reshape(H, W), margins)

    def windows(a):
        view = np.lib.stride_tricks.sliding_window_view(a, (kh, kw), axis=(-2, -1))
        view = view[..., ::stride, ::stride, :, :][..., :oh, :ow, :, :]
        return view.reshape(*view.shape[:-2], kh * kw)

    values = windows(padded)
    at = values.argmax(axis=-1)[..., None]
    places = np.broadcast_to(windows(places), values.shape)
    return np.take_along_axis(values, at, -1)[..., 0], np.take_along_axis(places, at, -1)[..., 0]


def max_by_taps(x, kernel_size, stride, padding=0, ceil_mode=False):
    H, W = x.shape[2:]
    oh, ow = lengths_of(x, kernel_size, stride, padding, ceil_mode)
    best = np.full((*x.shape[:2], oh, ow), -np.inf, x.dtype)
    place = np.zeros(best.shape, np.int32)
    for a in range(kernel_size[0]):
        for b in range(kernel_size[1]):
            rows, columns = np.arange(oh) * stride - padding + a, np.arange(ow) * stride - padding + b
            inside = ((0 <= rows) & (rows < H))[:, None] & ((0 <= columns) & (columns < W))
            value = x[:, :, rows.clip(0, H - 1)[:, None], columns.clip(0, W - 1)]
            better = inside & (value > best)
            best = np.where(better, value, best)
            place = np.where(better, rows[:, None] * W + columns, place)
    return best, place


def backward_by_loops(grad, index, size):
    grad_x = np.zeros(grad.shape[:2] + tuple(size), dtype=grad.dtype)
    for n in range(grad.shape[0]):
        for c in range(grad.shape[1]):
            for g, at in zip(grad[n, c].flat, index[n, c].flat):
                grad_x[n, c, at // size[1], at % size[1]] += g
    return grad_x


def backward_by_bincount(grad, index, size):
    area, maps = size[0] * size[1], grad.shape[0] * grad.shape[1]
    places = np.arange(maps)[:, None] * area + index.reshape(maps, grad[0:1, 0:1].size if maps else 0)
    sums = np.bincount(places.ravel(), weights=grad.ravel(), minlength=maps * area)
    return sums.astype(grad.dtype).reshape(*grad.shape[:2], *size)


def backward_by_one_hot(grad, index, size):
    chosen = index[..., None] == np.arange(size[0] * size[1])
    return np.einsum("ncij,ncijp->ncp", grad, chosen.astype(grad.dtype)).reshape(*grad.shape[:2], *size)


class Settings:
    """The arguments that all average poolings take."""

    def __init__(self, kernel_size, stride, padding=0, count_include_pad=True):
        self.kernel_size, self.stride = kernel_size, stride
        self.padding, self.count_include_pad = padding, count_include_pad


class AverageByTaps(Settings):
    """Sums over the kernel's places: the pixels at one place of all windows are a slice with a step."""

    def slices(self):
        s, p = self.stride, self.padding
        oh, ow = ((n + 2 * p - k) // s + 1 for n, k in zip(self.size, self.kernel_size))
        for i, j in np.ndindex(*self.kernel_size):
            yield (..., slice(i, i + s * oh, s), slice(j, j + s * ow, s))

    def pad(self, a):
        return np.pad(a, [(0, 0)] * (a.ndim - 2) + [(self.padding, self.padding)] * 2)

    def forward(self, x):
        self.size = x.shape[2:]
        padded, real = self.pad(x), self.pad(np.ones(self.size, x.dtype))
        if self.count_include_pad:
            real = np.ones_like(real)
        self.count = sum(real[at] for at in self.slices())
        return sum(padded[at] for at in self.slices()) / self.count

    def backward(self, grad):
        grad_x = self.pad(np.zeros((*grad.shape[:2], *self.size), grad.dtype))
        for at in self.slices():
            grad_x[at] += grad / self.count
        p = self.padding
        return grad_x[:, :, p : p + self.size[0], p : p + self.size[1]].copy()


class AverageByMatrices(Settings):
    """A mean over a window is a mean over rows of means over columns: one small matrix for each axis."""

    def matrix(self, n, k, dtype):
        starts = np.arange(0, n + 2 * self.padding - k + 1, self.stride)[:, None] - self.padding
        pixels = np.arange(n)
        inside = ((starts <= pixels) & (pixels < starts + k)).astype(dtype)
        return inside / (k if self.count_include_pad else inside.sum(axis=1, keepdims=True))

    def forward(self, x):
        self.down, self.across = (self.matrix(n, k, x.dtype) for n, k in zip(x.shape[2:], self.kernel_size))
        return self.down @ x @ self.across.T

    def backward(self, grad):
        return self.down.T @ grad @ self.across


class AverageByPixels(Settings):
    """Plain loops over every pixel of every window."""

    def pixels(self, i, j):
        rows = [i * self.stride - self.padding + a for a in range(self.kernel_size[0])]
        columns = [j * self.stride - self.padding + b for b in range(self.kernel_size[1])]
        return [(r, s) for r in rows for s in columns if 0 <= r < self.x.shape[2] and 0 <= s < self.x.shape[3]]

    def area(self, pixels):
        return self.kernel_size[0] * self.kernel_size[1] if self.count_include_pad else len(pixels)

    def forward(self, x):
        self.x = x
        sizes = [1 + (n + 2 * self.padding - k) // self.stride for n, k in zip(x.shape[2:], self.kernel_size)]
        y = np.zeros(x.shape[:2] + tuple(sizes), x.dtype)
        for i, j in np.ndindex(*sizes):
            pixels = self.pixels(i, j)
            for r, s in pixels:
                y[:, :, i, j] += x[:, :, r, s]
            y[:, :, i, j] /= self.area(pixels)
        return y

    def backward(self, grad):
        grad_x = np.zeros_like(self.x)
        for i, j in np.ndindex(*grad.shape[2:]):
            pixels = self.pixels(i, j)
            for r, s in pixels:
                grad_x[:, :, r, s] += grad[:, :, i, j] / self.area(pixels)
        return grad_x
