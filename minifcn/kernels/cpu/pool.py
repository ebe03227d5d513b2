"""Max and average pooling, forward and backward.

With channels last, an image is a table with a row per pixel and a column per channel.  All channels of a pixel are
treated alike, so the innermost loops run over the channels and are vectorised.  The pixels that each window sees, and
the windows that see each pixel, are computed once per size, as lists of row indices.  The forward kernels are then two
loops: over the rows of the result, and over the list of each.  Read resize.py next.
"""

from functools import lru_cache

import numpy as np

from .runtime.compile import add, dense, inlined, share
from .runtime.launch import parallel, thread_count
from .runtime.layout import channels_last, images, pixels_first
from .runtime.memory import empty


def max_pool_forward(x, geometry, with_index=True):
    """The maximum of each window of x (N, C, H, W) and its position row*W + column (int32): two (N, C, oh, ow).

    Among equal values the first wins; a NaN counts as the largest; a window entirely in the padding gives -inf and -1.
    with_index: False returns None in place of the positions, which only backward needs
    """
    (pixels, inside), size = windows_of(geometry, x.shape[2:]), geometry.output_size(x.shape[2:])
    shape = len(x) * len(pixels), x.shape[1]
    y, index = empty(shape, x.dtype), empty(shape if with_index else (0, shape[1]), np.int32)
    if pixels.shape[1] != 4 or not inside:  # some window may see only padding
        y[:], index[:] = -np.inf, -1
    rows, bits = table(x), f"i{x.itemsize}"  # bits: as integers, in which a NaN equals itself
    keep_largest(rows, rows.view(bits), pixels, x.shape[2] * x.shape[3], y, y.view(bits), index, size=x.size)
    return batch(y, x, size), batch(index, x, size) if with_index else None


def max_pool_backward(grad_y, index, geometry, size):
    """Send each gradient of grad_y (N, C, oh, ow) to the pixel that won its window: grad_x (N, C, H, W)."""
    grad_x = empty((len(grad_y) * size[0] * size[1], grad_y.shape[1]), grad_y.dtype)
    winners = dense(pixels_first(index)).reshape(-1, grad_y.shape[1])  # a view of the forward pass's result
    send(table(grad_y), winners, bands_of(len(grad_y), geometry, size, thread_count()), grad_x.ravel(), size=grad_x.size)
    return batch(grad_x, grad_y, size)


def avg_pool_forward(x, geometry, count_include_pad):
    """The mean of each window of x (N, C, H, W): y (N, C, oh, ow)."""
    pixels, areas = pixels_of_windows(geometry, x.shape[2:]), window_areas(geometry, x.shape[2:], count_include_pad)
    return sums(table(x), x, pixels, areas, geometry.output_size(x.shape[2:]))


def avg_pool_backward(grad_y, geometry, size, count_include_pad):
    """Spread each gradient of grad_y (N, C, oh, ow) evenly over its window: grad_x (N, C, H, W)."""
    windows, areas = windows_of_pixels(geometry, size), window_areas(geometry, size, count_include_pad)
    shares = table(grad_y) / np.tile(areas, len(grad_y)).astype(grad_y.dtype)[:, None]
    return sums(shares, grad_y, windows, np.ones(len(windows)), size)


def sums(rows, x, lists, divisors, size):
    """For each list, the sum of the rows that it indexes, divided by its divisor: images of `size`, like x."""
    y = np.zeros((len(x) * len(lists), x.shape[1]), x.dtype)
    add_pixels(rows, lists, divisors.astype(x.dtype), x.shape[2] * x.shape[3], y)
    return batch(y, x, size)


@lru_cache(maxsize=32)
def pixels_of_windows(geometry, size):
    """The pixels that each window sees: (oh*ow, kh*kw) int32, -1 for the padding."""
    along = []
    for n, count, k, s, p, d in spans(geometry, size):
        position = np.arange(count)[:, None] * s - p + np.arange(k) * d  # (count, k)
        along.append(np.where((position >= 0) & (position < n), position, -1))
    return lists_of(*along, size[1])


@lru_cache(maxsize=32)
def windows_of(geometry, size):
    """pixels_of_windows, and whether all of them are inside the image."""
    pixels = pixels_of_windows(geometry, size)
    return pixels, pixels.min(initial=0) >= 0


@lru_cache(maxsize=32)
def windows_of_pixels(geometry, size):
    """The windows that contain each pixel: (H*W, the most there can be) int32, -1 for none."""
    along = []
    for n, count, k, s, p, d in spans(geometry, size):
        reach = (k - 1) * d
        last = (np.arange(n)[:, None] + p) // s  # the last window that starts before the pixel
        window = last + np.arange(-(reach // s), 1)
        inside = np.arange(n)[:, None] + p - window * s
        seen = (window >= 0) & (window < count) & (inside <= reach) & (inside % d == 0)
        along.append(np.where(seen, window, -1))
    return lists_of(*along, geometry.output_size(size)[1])


def spans(geometry, size):
    """For each direction: pixels, windows, kernel size, stride, padding, dilation."""
    g = geometry
    return zip(size, g.output_size(size), g.kernel_size, g.stride, g.padding, g.dilation)


def lists_of(rows, columns, width):
    """Lists of row*width + column, for each pair of a list in `rows` (a, k) and one in `columns` (b, l): (a*b, k*l)."""
    rows, columns = rows[:, None, :, None], columns[None, :, None, :]
    lists = np.where((rows < 0) | (columns < 0), -1, rows * width + columns).astype(np.int32)
    return lists.reshape(lists.shape[0] * lists.shape[1], -1)


def window_areas(geometry, size, count_include_pad):
    """The divisor of each mean, (oh*ow,): count_include_pad includes the padding, but nothing beyond it."""
    lengths = []
    for n, count, k, s, p, _ in spans(geometry, size):
        start = np.arange(count) * s - p
        stop = np.minimum(start + k, n + p)
        if not count_include_pad:
            start, stop = np.maximum(start, 0), np.minimum(stop, n)
        lengths.append(stop - start)
    return np.outer(*lengths).ravel()


@lru_cache(maxsize=32)
def bands_of(N, geometry, size, threads):
    """N images cut into bands of rows, one task each, with equal work for all threads: an array (tasks, 5).

    A band is given by its first pixel in the image, its first and last row in the table of pixels, and the first and
    last row of the windows over it in the table of windows.
    """
    (H, W), (oh, ow), bands = size, geometry.output_size(size), []
    p, s, reach = geometry.padding[0], geometry.stride[0], (geometry.kernel_size[0] - 1) * geometry.dilation[0]
    count = 1 if N % threads == 0 else threads  # in an image
    for n, b in np.ndindex(N, count):
        top, bottom = H * b // count, H * (b + 1) // count
        first, last = max(0, -((reach - top - p) // s)), min(oh, (bottom - 1 + p) // s + 1)
        pixel, window = n * H * W, n * oh * ow
        bands.append((top * W, pixel + top * W, pixel + bottom * W, window + first * ow, window + last * ow))
    return np.array(bands, np.int64).reshape(-1, 5)


def table(x):
    """x (N, C, H, W) as a table of pixels (N*H*W, C): a view if it is channels last."""
    N, C, H, W = x.shape
    return channels_last(x).reshape(N * H * W, C)


def batch(rows, x, size):
    """A table as images (N, C, *size), with x's N."""
    return images(rows.reshape(len(x), *size, x.shape[1]))


@parallel
def keep_largest(thread, threads, x, bits, pixels, image, y, y_bits, index):
    """The largest values first, then, unless the index is empty, where each was found: the first pixel with the same bits.

    Rows are passed on by their numbers: for every view of a row, Numba counts a reference to the array, and the threads
    would wait for each other to count.
    """
    windows, taps = pixels.shape
    start, stop = share(len(y), thread, threads)
    for o in range(start, stop):
        window, before = o % windows, o // windows * image
        if taps == 4 and inside(pixels, window):
            largest_of_four(x, before, pixels, window, y, np.uint64(o))
            if index.size:
                find_among_four(bits, before, pixels, window, y_bits, np.uint64(o), index)
            continue
        for k in range(taps):
            if pixels[window, k] >= 0:
                larger(x, np.uint64(before + pixels[window, k]), y, np.uint64(o))
        for k in range(taps - 1 if index.size else -1, -1, -1):
            if pixels[window, k] >= 0:
                find(bits, np.uint64(before + pixels[window, k]), y_bits, np.uint64(o), pixels[window, k], index)


@inlined
def inside(pixels, window):
    """Whether a window of four pixels sees no padding."""
    return min(min(pixels[window, 0], pixels[window, 1]), min(pixels[window, 2], pixels[window, 3])) >= 0


@inlined
def four_rows(before, pixels, window):
    """The rows of a window's four pixels, as unsigned numbers: for others Numba checks whether they are negative."""
    a, b, c, d = pixels[window, 0], pixels[window, 1], pixels[window, 2], pixels[window, 3]
    return np.uint64(before + a), np.uint64(before + b), np.uint64(before + c), np.uint64(before + d)


@inlined
def largest_of_four(x, before, pixels, window, y, o):
    """The common case, a 2x2 window entirely inside, in one loop."""
    a, b, c, d = four_rows(before, pixels, window)
    for t in range(np.uint64(y.shape[1])):
        y[o, t] = maximum(maximum(x[a, t], x[b, t]), maximum(x[c, t], x[d, t]))


@inlined
def find_among_four(x, before, pixels, window, y, o, index):
    a, b, c, _ = four_rows(before, pixels, window)
    p, q, r, s = pixels[window, 0], pixels[window, 1], pixels[window, 2], pixels[window, 3]
    for t in range(np.uint64(y.shape[1])):
        index[o, t] = p if x[a, t] == y[o, t] else q if x[b, t] == y[o, t] else r if x[c, t] == y[o, t] else s


@inlined
def larger(x, row, y, o):
    for t in range(np.uint64(y.shape[1])):
        y[o, t] = maximum(y[o, t], x[row, t])


@inlined
def find(x, row, y, o, pixel, index):
    """Store the pixel for every channel in which it has the largest value."""
    for t in range(np.uint64(y.shape[1])):
        index[o, t] = pixel if x[row, t] == y[o, t] else index[o, t]


@inlined
def maximum(before, value):
    """The larger number, or `before` if they are equal; a NaN is larger than any.  ('or' would be a branch.)"""
    return before if (before >= value) | np.isnan(before) else value


@parallel
def send(thread, threads, grad, winners, bands, grad_x):
    """A task is a band of an image.  It visits all windows over the band, and adds the gradients won inside it.

    Numbers are added one by one, because every channel may send its own to another pixel.  A vector loop would have to
    visit all pixels of a window to find the winner in each channel.
    """
    C = grad.shape[1]
    start, stop = share(len(bands), thread, threads)
    for task in range(start, stop):
        band = bands[task]
        first, last = band[0], band[0] + band[2] - band[1]
        target = grad_x[band[1] * C : band[2] * C]
        for t in range(target.size):
            target[t] = 0
        for window in range(band[3], band[4]):
            source, winner = grad[window], winners[window]
            for c in range(C):
                if first <= winner[c] < last:
                    target[(winner[c] - first) * C + c] += source[c]


@parallel
def add_pixels(thread, threads, x, lists, divisors, image, y):
    rows, most = lists.shape
    start, stop = share(len(y), thread, threads)
    for o in range(start, stop):
        n, target = o // rows, y[o]
        for k in range(most):
            pixel = lists[o - n * rows, k]
            if pixel >= 0:
                add(x[n * image + pixel], target)
        divide(target, divisors[o - n * rows])


@inlined
def divide(target, divisor):
    for c in range(target.size):
        target[c] /= divisor
