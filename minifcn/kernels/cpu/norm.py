"""Batch normalisation (Ioffe & Szegedy 2015), for arrays (N, C, P): sums over a channel, forward, backward.

With channels last, a batch is a table with a row per pixel and a column per channel.  The loops run along the rows and
do the same in every column, so they are vectorised.  A float32 sum of a million numbers loses its last three
digits.  Each task therefore sums the rows of one small block in float32, and the sums of the blocks, which are few, are
added in float64.  Read elementwise.py next.
"""

import math

import numpy as np

from .runtime.compile import add, copy, dense, inlined, kernel, share
from .runtime.launch import parallel
from .runtime.layout import channels_last, images
from .runtime.memory import empty

WIDTH = 512  # columns of a table, if possible; a short loop ends before it reaches full speed
MOST, LEAST = 64, 8  # rows of a block: more would lose digits, fewer would make too many blocks
SAMPLE = 64  # the least number of pixels whose mean is the initial guess of the batch's
ABOVE_0, EVERYTHING = 0.0, -math.inf  # the lowest y: with a ReLU, and without; a NaN is never lower


def channel_sum(x):
    """The sum of every channel of x (N, C, P): (C,)."""
    rows = table(x)
    block, partial = room_for_sums(rows, 1)
    add_rows(rows, block, partial, size=x.size)
    total = np.empty(x.shape[1], x.dtype)
    sum_of_sums(partial, total)
    return total


def channel_moments(x):
    """Mean and (biased) variance of every channel of x (N, C, P): two arrays (C,).

    One pass: with d = x - guess, mean = guess + E[d] and var = E[d^2] - E[d]^2 for any guess.  The difference would
    lose digits if the guess were many standard deviations off, as 0 may be, so the guess is the mean of a few pixels.
    """
    rows, (guess, mean, var) = table(x), np.empty((3, x.shape[1]), x.dtype)
    block, partial = room_for_sums(rows, 2)
    guess_mean(rows.reshape(-1, x.shape[1]), guess)
    add_squares(rows, guess, block, partial, size=x.size)
    moments_of_sums(partial, x.shape[0] * x.shape[2], guess, mean, var)
    return mean, var


def batch_norm_forward(x, mean, invstd, weight, bias, relu=False):
    """y = weight * (x - mean) * invstd + bias, channel by channel.  x (N, C, P), the rest (C,); returns (N, C, P).

    relu: return max(y, 0) instead.
    """
    rows = table(x)
    y = empty(rows.shape, x.dtype)
    normalize(rows, *map(dense, (mean, weight * invstd, bias)), ABOVE_0 if relu else EVERYTHING, y, size=x.size)
    return batch(y, x.shape)


def batch_norm_backward(grad, x, mean, invstd, weight, bias=None):
    """Gradients through batch_norm_forward when mean and invstd are the batch's own, and so depend on x.

    grad_bias = sum grad,  grad_weight = sum grad * x_hat,
    grad_x = weight * invstd * (grad - mean(grad) - x_hat * mean(grad * x_hat)),   x_hat = (x - mean) * invstd.
    grad, x (N, C, P), the rest (C,); returns (grad_x (N, C, P), grad_weight (C,), grad_bias (C,)).

    With a bias, the gradients are those of max(y, 0): grad counts only where y > 0.  y is computed again from x, which
    costs nothing, since the time goes to reading x.
    """
    rows, grad_rows, lowest = table(x), table(grad), EVERYTHING if bias is None else ABOVE_0
    grad_weight, grad_bias, shift, slope = np.empty((4, len(mean)), x.dtype)
    mean, invstd, scale = dense(mean), dense(invstd), weight * invstd
    bias = np.zeros_like(mean) if bias is None else dense(bias)
    block, partial = room_for_sums(rows, 2)
    add_products(grad_rows, rows, mean, scale, bias, lowest, block, partial, size=x.size)
    gradients_of_sums(partial, x.shape[0] * x.shape[2], invstd, grad_weight, grad_bias, shift, slope)
    grad_x = empty(rows.shape, x.dtype)
    normalize_grad(grad_rows, rows, mean, scale, bias, shift, slope, lowest, grad_x, size=x.size)
    return batch(grad_x, x.shape), grad_weight, grad_bias


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


def room_for_sums(rows, sums):
    """The rows per block, and zeros for `sums` sums of each column in each block: (blocks, sums, columns)."""
    block = min(MOST, max(LEAST, len(rows) // 16))  # at least 16 blocks, so that every thread gets some
    return block, np.zeros((-(-len(rows) // block), sums, rows.shape[1]), rows.dtype)


@kernel
def guess_mean(pixels, guess):
    """The mean of a few pixels, evenly apart."""
    step = max(1, len(pixels) // SAMPLE)
    for c in range(guess.size):
        guess[c] = 0
    for pixel in range(0, len(pixels), step):
        add(pixels[pixel], guess)
    for c in range(guess.size):
        guess[c] /= (len(pixels) + step - 1) // step


@kernel
def sum_of_sums(partial, total):
    """The sum of every channel."""
    copy(of_channels(partial, 0, total.size), total)


@kernel
def moments_of_sums(partial, count, guess, mean, var):
    """Mean and variance of every channel, from the sums of d = x - guess and of d * d."""
    d, d_squared = of_channels(partial, 0, mean.size), of_channels(partial, 1, mean.size)
    for c in range(mean.size):
        shift = d[c] / count
        mean[c], var[c] = guess[c] + shift, abs(d_squared[c] / count - shift * shift)  # rounding may turn 0 negative


@kernel
def gradients_of_sums(partial, count, invstd, grad_weight, grad_bias, shift, slope):
    """The gradients of weight and bias, and mean(grad) and mean(grad * x_hat) * invstd, from the sums over grad."""
    sums, products = of_channels(partial, 0, invstd.size), of_channels(partial, 1, invstd.size)
    for c in range(invstd.size):
        grad_bias[c], grad_weight[c] = sums[c], products[c] * invstd[c]
        shift[c], slope[c] = sums[c] / count, products[c] * invstd[c] * invstd[c] / count


@inlined
def of_channels(partial, s, C):
    """Sum number s over all blocks and over all columns of a channel: (C,), float64."""
    columns, totals = np.zeros(partial.shape[2]), np.zeros(C)
    for b in range(len(partial)):
        add(partial[b, s], columns)
    for first in range(0, columns.size, max(1, C)):
        for c in range(C):
            totals[c] += columns[first + c]
    return totals


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
def add_squares(thread, threads, x, guess, block, partial):
    """The sums of d = x - guess and of d * d in every column of each block of rows."""
    start, stop = share(len(partial), thread, threads)
    guess = columns_of(guess, x.shape[1])
    for task in range(start, stop):
        total, square = partial[task, 0], partial[task, 1]
        for r in range(task * block, min((task + 1) * block, len(x))):
            row = x[r]
            for t in range(total.size):
                d = row[t] - guess[t]
                total[t] += d
                square[t] += d * d


@parallel
def add_products(thread, threads, grad, x, mean, scale, bias, lowest, block, partial):
    """The sums of grad and of grad * (x - mean), where (x - mean) * scale + bias > lowest."""
    start, stop = share(len(partial), thread, threads)
    width, lowest, zero = x.shape[1], x.dtype.type(lowest), x.dtype.type(0)  # all in x's dtype
    mean, scale, bias = columns_of(mean, width), columns_of(scale, width), columns_of(bias, width)
    for task in range(start, stop):
        total, product = partial[task, 0], partial[task, 1]
        for r in range(task * block, min((task + 1) * block, len(x))):
            row, grad_row = x[r], grad[r]
            for t in range(total.size):
                centred = row[t] - mean[t]
                g = grad_row[t] if not centred * scale[t] + bias[t] <= lowest else zero
                total[t] += g
                product[t] += g * centred


@parallel
def normalize(thread, threads, x, mean, scale, bias, lowest, y):
    start, stop = share(len(x), thread, threads)
    width, lowest = x.shape[1], x.dtype.type(lowest)
    mean, scale, bias = columns_of(mean, width), columns_of(scale, width), columns_of(bias, width)
    for r in range(stop - 1, start - 1, -1):  # backwards: the last rows that were summed are still in the cache
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
    for r in range(stop - 1, start - 1, -1):  # backwards, as in normalize
        row, grad_row, target = x[r], grad[r], grad_x[r]
        for t in range(target.size):
            centred = row[t] - mean[t]
            g = grad_row[t] if not centred * scale[t] + bias[t] <= lowest else zero
            target[t] = scale[t] * (g - shift[t] - centred * slope[t])
