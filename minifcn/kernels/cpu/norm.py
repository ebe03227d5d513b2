"""Batch normalisation (Ioffe & Szegedy 2015), for arrays (N, C, P): sums over a channel, forward, backward.

With channels last, a batch is a table with a row per pixel and a column per channel.  The loops run along the rows and
do the same in every column, so they are vectorised.  A float32 sum of a million numbers loses its last three
digits.  Each task therefore sums the rows of one small block in float32, and the sums of the blocks, which are few, are
added in float64.  Read elementwise.py next.
"""

import math

import numpy as np

from .runtime.compile import add, dense, inlined, kernel, share
from .runtime.launch import parallel
from .runtime.layout import channels_last, images

WIDTH = 512  # columns of a table, if possible; a short loop ends before it reaches full speed
MOST, LEAST = 64, 8  # rows of a block: more would lose digits, fewer would make too many blocks
SAMPLE = 64  # the least number of pixels whose mean is the initial guess of the batch's
ABOVE_0, EVERYTHING = 0.0, -math.inf  # the lowest y: with a ReLU, and without; a NaN is never lower


def channel_sum(x):
    """The sum of every channel of x (N, C, P): (C,)."""
    rows = table(x)
    block, partial = room_for_sums(rows, 1)
    add_rows(rows, block, partial)
    return of_channels(partial, x.shape[1])[0].astype(x.dtype)


def channel_moments(x):
    """Mean and (biased) variance of every channel of x (N, C, P): two arrays (C,).

    One pass: with d = x - guess, mean = guess + E[d] and var = E[d^2] - E[d]^2 for any guess.  The difference would
    lose digits if the guess were many standard deviations off, as 0 may be, so the guess is the mean of a few pixels.
    """
    rows, count = table(x), x.shape[0] * x.shape[2]
    few = rows.reshape(count, x.shape[1])[:: max(1, count // SAMPLE)]
    guess = few.sum(0) / len(few)
    zero = np.zeros_like(guess)
    d, d_squared = sums_of_products(rows, rows, guess, guess, zero, zero, EVERYTHING) / count
    return (guess + d).astype(x.dtype), abs(d_squared - d * d).astype(x.dtype)  # rounding may turn 0 negative


def batch_norm_forward(x, mean, invstd, weight, bias, relu=False):
    """y = weight * (x - mean) * invstd + bias, channel by channel.  x (N, C, P), the rest (C,); returns (N, C, P).

    relu: return max(y, 0) instead.
    """
    rows = table(x)
    y = np.empty_like(rows)
    normalize(rows, *map(dense, (mean, weight * invstd, bias)), ABOVE_0 if relu else EVERYTHING, y)
    return batch(y, x.shape)


def batch_norm_backward(grad, x, mean, invstd, weight, bias=None):
    """Gradients through batch_norm_forward when mean and invstd are the batch's own, and so depend on x.

    grad_bias = sum grad,  grad_weight = sum grad * x_hat,
    grad_x = weight * invstd * (grad - mean(grad) - x_hat * mean(grad * x_hat)),   x_hat = (x - mean) * invstd.
    grad, x (N, C, P), the rest (C,); returns (grad_x (N, C, P), grad_weight (C,), grad_bias (C,)).

    With a bias, the gradients are those of max(y, 0): grad counts only where y > 0.  y is computed again from x, which
    costs nothing, since the time goes to reading x.
    """
    rows, grad_rows = table(x), table(grad)
    count, lowest = max(1, x.shape[0] * x.shape[2]), EVERYTHING if bias is None else ABOVE_0
    mean, scale = dense(mean), weight * invstd
    zero = np.zeros_like(mean)
    bias = zero if bias is None else dense(bias)
    grad_bias, product = sums_of_products(grad_rows, rows, zero, mean, scale, bias, lowest)
    grad_weight = product * invstd
    means = (total.astype(x.dtype) for total in (grad_bias / count, grad_weight * invstd / count))
    grad_x = np.empty_like(rows)
    normalize_grad(grad_rows, rows, mean, scale, bias, *means, lowest, grad_x)
    return batch(grad_x, x.shape), grad_weight.astype(x.dtype), grad_bias.astype(x.dtype)


def table(x):
    """x (N, C, P) as a table of pixels: a view if it is channels last.

    If there are few channels, a row holds several pixels, as if they were one pixel with more channels: the table is
    (N*P/copies, copies*C).
    """
    N, C, P = x.shape
    most = max(1, WIDTH // max(1, C))
    copies = math.gcd(N * P, 1 << (most.bit_length() - 1))  # a power of two
    return channels_last(x).reshape(N * P // copies, copies * C)


def batch(rows, shape):
    """A table reshaped back to an (N, C, P) array."""
    N, C, P = shape
    return images(rows.reshape(N, P, C))


def sums_of_products(a, b, center_a, center_b, scale, bias, lowest):
    """The sums of a - center_a and of (a - center_a) * (b - center_b) in every channel of two tables: (2, C).

    Only where (b - center_b) * scale + bias > lowest.
    """
    block, partial = room_for_sums(a, 2)
    add_products(a, b, center_a, center_b, scale, bias, lowest, block, partial)
    return of_channels(partial, center_a.size)


def room_for_sums(rows, sums):
    """The rows per block, and zeros for `sums` sums of each column in each block: (blocks, sums, columns)."""
    block = min(MOST, max(LEAST, len(rows) // 16))  # at least 16 blocks, so that every thread gets some
    return block, np.zeros((-(-len(rows) // block), sums, rows.shape[1]), rows.dtype)


def of_channels(partial, C):
    """The totals over all blocks and over all columns of a channel: (sums, C), float64."""
    totals = np.zeros((partial.shape[1], C))
    add_columns(partial, totals)
    return totals


@kernel
def add_columns(partial, totals):
    """totals[sum, c] += the sums of all blocks in all columns of channel c."""
    blocks, sums, columns = partial.shape
    for b in range(blocks):
        for s in range(sums):
            for first in range(0, columns, max(1, totals.shape[1])):
                for c in range(totals.shape[1]):
                    totals[s, c] += partial[b, s, first + c]


@inlined
def columns_of(values, width):
    """values (C,), repeated to the width of the table."""
    columns = np.empty(width, values.dtype)
    for first in range(0, width, max(1, values.size)):
        for c in range(values.size):
            columns[first + c] = values[c]
    return columns


@parallel
def add_rows(thread, threads, x, block, partial):
    start, stop = share(len(partial), thread, threads)
    for task in range(start, stop):
        total = partial[task, 0]
        for r in range(task * block, min((task + 1) * block, len(x))):
            add(x[r], total)


@parallel
def add_products(thread, threads, a, b, center_a, center_b, scale, bias, lowest, block, partial):
    start, stop = share(len(partial), thread, threads)
    width, lowest, zero = a.shape[1], a.dtype.type(lowest), a.dtype.type(0)  # all in a's dtype
    center_a, center_b, scale, bias = (
        columns_of(center_a, width),
        columns_of(center_b, width),
        columns_of(scale, width),
        columns_of(bias, width),
    )
    for task in range(start, stop):
        total, product = partial[task, 0], partial[task, 1]
        for r in range(task * block, min((task + 1) * block, len(a))):
            row_a, row_b = a[r], b[r]
            for t in range(total.size):
                centred = row_b[t] - center_b[t]
                d = row_a[t] - center_a[t] if not centred * scale[t] + bias[t] <= lowest else zero
                total[t] += d
                product[t] += d * centred


@parallel
def normalize(thread, threads, x, mean, scale, bias, lowest, y):
    start, stop = share(len(x), thread, threads)
    width, lowest = x.shape[1], x.dtype.type(lowest)
    mean, scale, bias = columns_of(mean, width), columns_of(scale, width), columns_of(bias, width)
    for r in range(start, stop):
        source, target = x[r], y[r]
        for t in range(target.size):
            value = (source[t] - mean[t]) * scale[t] + bias[t]
            target[t] = value if not value <= lowest else lowest


@parallel
def normalize_grad(thread, threads, grad, x, mean, scale, bias, shift, slope, lowest, grad_x):
    start, stop = share(len(x), thread, threads)
    width, lowest, zero = x.shape[1], x.dtype.type(lowest), x.dtype.type(0)
    mean, scale, bias = columns_of(mean, width), columns_of(scale, width), columns_of(bias, width)
    shift, slope = columns_of(shift, width), columns_of(slope, width)
    for r in range(start, stop):
        row, grad_row, target = x[r], grad[r], grad_x[r]
        for t in range(target.size):
            centred = row[t] - mean[t]
            g = grad_row[t] if not centred * scale[t] + bias[t] <= lowest else zero
            target[t] = scale[t] * (g - shift[t] - centred * slope[t])
