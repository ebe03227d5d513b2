"""Batch normalisation (Ioffe & Szegedy 2015), for arrays (N, C, P): moments, forward, backward.

One task is one channel, which fits into a cache for all but the largest maps, so that a second pass over it is cheap.
Sums are kept in float64: a float32 sum of a million numbers has lost its last three digits.  Read loss.py next.
"""

import numpy as np
from numba import prange

from .compile import dense, kernel, parallel


def channel_moments(x):
    """Mean and (biased) variance of every channel of x (N, C, P): two arrays (C,).  Two passes, for accuracy."""
    mean, var = np.empty(x.shape[1], x.dtype), np.empty(x.shape[1], x.dtype)
    moments(dense(x), mean, var)
    return mean, var


def batch_norm_forward(x, mean, invstd, weight, bias):
    """y = weight * (x - mean) * invstd + bias, channel by channel.  x (N, C, P), the rest (C,); returns (N, C, P)."""
    y = np.empty(x.shape, x.dtype)
    normalize(dense(x), dense(mean), dense(weight * invstd), dense(bias), y)
    return y


def batch_norm_backward(grad, x, mean, invstd, weight):
    """Gradients through batch_norm_forward where mean and invstd are the batch's own, and so move with x.

    grad_bias = sum grad,  grad_weight = sum grad * x_hat,
    grad_x = weight * invstd * (grad - mean(grad) - x_hat * mean(grad * x_hat)),   x_hat = (x - mean) * invstd.
    grad, x (N, C, P), the rest (C,); returns (grad_x (N, C, P), grad_weight (C,), grad_bias (C,)).
    """
    grad_x, grad_weight, grad_bias = np.empty(x.shape, x.dtype), np.empty_like(mean), np.empty_like(mean)
    normalize_grad(
        dense(grad), dense(x), dense(mean), dense(invstd), dense(weight), grad_x, grad_weight, grad_bias
    )
    return grad_x, grad_weight, grad_bias


@parallel
def moments(x, mean, var):
    N, C, P = x.shape
    for c in prange(C):
        total = 0.0
        for n in range(N):
            total += sum_of(x[n, c])
        center, total = total / (N * P), 0.0
        for n in range(N):
            total += sum_of_squares(x[n, c], center)
        mean[c], var[c] = center, total / (N * P)


@kernel
def sum_of(row):
    total = 0.0
    for t in range(row.size):
        total += row[t]
    return total


@kernel
def sum_of_squares(row, center):
    total = 0.0
    for t in range(row.size):
        total += (row[t] - center) * (row[t] - center)
    return total


@parallel
def normalize(x, mean, scale, bias, y):
    N, C = x.shape[:2]
    for image_channel in prange(N * C):
        n, c = image_channel // C, image_channel % C
        source, target, center, factor, offset = x[n, c], y[n, c], mean[c], scale[c], bias[c]
        for t in range(target.size):
            target[t] = (source[t] - center) * factor + offset


@parallel
def normalize_grad(grad, x, mean, invstd, weight, grad_x, grad_weight, grad_bias):
    N, C, P = x.shape
    for c in prange(C):
        total, total_hat = 0.0, 0.0
        for n in range(N):
            s, s_hat = sums_of_grad(grad[n, c], x[n, c], mean[c], invstd[c])
            total, total_hat = total + s, total_hat + s_hat
        grad_bias[c], grad_weight[c] = total, total_hat
        shift, slope = mean[c] * 0 + total / (N * P), invstd[c] * (total_hat / (N * P))
        for n in range(N):
            spread(grad[n, c], x[n, c], mean[c], weight[c] * invstd[c], shift, slope, grad_x[n, c])


@kernel
def sums_of_grad(grad, x, mean, invstd):
    """sum grad and sum grad * x_hat over one row."""
    total, total_hat = 0.0, 0.0
    for t in range(grad.size):
        total += grad[t]
        total_hat += grad[t] * ((x[t] - mean) * invstd)
    return total, total_hat


@kernel
def spread(grad, x, mean, factor, shift, slope, grad_x):
    for t in range(grad_x.size):
        grad_x[t] = factor * (grad[t] - shift - (x[t] - mean) * slope)
