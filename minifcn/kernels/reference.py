"""Every kernel as plain Python loops, straight from its formula: the specification of the fast kernels.

It is slow (about a microsecond per term) on purpose: nothing here is optimised for speed.
cpu/convolution/conv.py computes the same three maps fast.  Read ../functional/conv.py next.
"""

import math
from itertools import product

import numpy as np

__all__ = [
    "adam_step",
    "avg_pool_backward",
    "avg_pool_forward",
    "banded_matmul",
    "batch_norm_backward",
    "batch_norm_forward",
    "channel_moments",
    "channel_sum",
    "col2im",
    "conv_backward_input",
    "conv_backward_weight",
    "conv_forward",
    "cross_entropy_backward",
    "cross_entropy_forward",
    "im2col",
    "matmul",
    "max_pool_backward",
    "max_pool_forward",
    "relu_backward",
    "relu_forward",
    "sgd_step",
]


# --- Convolution: one list of terms, three linear maps -------------------------------------------------------------


def _taps(geometry, size):
    """Yield (y, x, i, j, row, column): output pixel (y, x) sees, through tap (i, j) of the kernel, pixel (row, column).

    Taps that fall on the padding are skipped: the padding is zero and contributes nothing.
    """
    (H, W), (oh, ow), (kh, kw) = size, geometry.output_size(size), geometry.kernel_size
    for y, x, i, j in product(range(oh), range(ow), range(kh), range(kw)):
        row    = y * geometry.stride[0] - geometry.padding[0] + i * geometry.dilation[0]
        column = x * geometry.stride[1] - geometry.padding[1] + j * geometry.dilation[1]
        if 0 <= row < H and 0 <= column < W:
            yield y, x, i, j, row, column


def im2col(x, geometry):
    """Copy every window of x (N, C, H, W) into a column: (N, C*kh*kw, oh*ow); rows are (c, i, j), columns (y, x)."""
    N, C, H, W = x.shape
    (kh, kw), (oh, ow) = geometry.kernel_size, geometry.output_size((H, W))
    cols = np.zeros((N, C, kh, kw, oh, ow), x.dtype)
    for y, x_, i, j, row, column in _taps(geometry, (H, W)):
        cols[:, :, i, j, y, x_] = x[:, :, row, column]
    return cols.reshape(N, C * kh * kw, oh * ow)


def col2im(cols, geometry, size):
    """Add every column of cols (N, C*kh*kw, oh*ow) into its window of x (N, C, H, W): the adjoint of im2col."""
    (kh, kw), (oh, ow) = geometry.kernel_size, geometry.output_size(size)
    N, C = len(cols), cols.shape[1] // (kh * kw)
    cols = cols.reshape(N, C, kh, kw, oh, ow)
    x = np.zeros((N, C, *size), cols.dtype)
    for y, x_, i, j, row, column in _taps(geometry, size):
        x[:, :, row, column] += cols[:, :, i, j, y, x_]
    return x


def _terms(weight_shape, N, geometry, size):
    """Yield, for every product in the convolution sum, the indices of its three factors: (in y, in weight, in x).

    Output channel k belongs to group k // (K/groups) and sees only the C/groups input channels of that group.
    """
    K, group_channels = weight_shape[:2]
    for y, x, i, j, row, column in _taps(geometry, size):
        for n, k, c in product(range(N), range(K), range(group_channels)):
            channel = k // (K // geometry.groups) * group_channels + c
            yield (n, k, y, x), (k, c, i, j), (n, channel, row, column)


def conv_forward(x, weight, geometry, bias=None, relu=False, residual=None, pool=None):
    """y = C x + bias:  y[n, k, y, x] = bias[k] + sum over c, i, j of weight[k, c, i, j] * x[n, c, row, column].

    x (N, C, H, W), weight (K, C/groups, kh, kw), bias (K,) or None; returns y (N, K, oh, ow), or max(y, 0) with relu.
    residual: added to y before that, or None
    pool: the geometry of a max pooling, whose result is returned instead, or None
    """
    N, size = len(x), x.shape[2:]
    y = np.zeros((N, len(weight), *geometry.output_size(size)), x.dtype)
    for at_y, at_weight, at_x in _terms(weight.shape, N, geometry, size):
        y[at_y] += weight[at_weight] * x[at_x]
    y = y if bias is None else y + bias[:, None, None]
    y = y if residual is None else y + residual
    y = relu_forward(y, 0.0) if relu else y
    return y if pool is None else max_pool_forward(y, pool)[0]


def conv_backward_input(grad_y, weight, geometry, size):
    """grad_x = C^T grad_y: the products of the forward sum, with the roles of x and y exchanged.

    grad_y (N, K, oh, ow), weight (K, C/groups, kh, kw), size (H, W); returns grad_x (N, C, H, W).
    """
    N = len(grad_y)
    grad_x = np.zeros((N, weight.shape[1] * geometry.groups, *size), grad_y.dtype)
    for at_y, at_weight, at_x in _terms(weight.shape, N, geometry, size):
        grad_x[at_x] += weight[at_weight] * grad_y[at_y]
    return grad_x


def conv_backward_weight(x, grad_y, geometry):
    """The derivative of <grad_y, C x> with respect to the weight: the same products, summed per weight.

    x (N, C, H, W), grad_y (N, K, oh, ow); returns grad_weight (K, C/groups, kh, kw).
    """
    N, C, H, W = x.shape
    grad_weight = np.zeros((grad_y.shape[1], C // geometry.groups, *geometry.kernel_size), x.dtype)
    for at_y, at_weight, at_x in _terms(grad_weight.shape, N, geometry, (H, W)):
        grad_weight[at_weight] += grad_y[at_y] * x[at_x]
    return grad_weight


# --- The matrix product --------------------------------------------------------------------------------------------


def matmul(a, b):
    """y[..., i, j] = sum_k a[..., i, k] * b[..., k, j]; leading axes broadcast.

    a (..., n, k), b (..., k, m); returns y (..., n, m).
    """
    (n, count), m = a.shape[-2:], b.shape[-1]
    y = np.zeros((*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), n, m), np.result_type(a, b))
    for i, j, k in product(range(n), range(m), range(count)):
        y[..., i, j] += a[..., i, k] * b[..., k, j]
    return y


# --- Pooling -------------------------------------------------------------------------------------------------------


def max_pool_forward(x, geometry, with_index=True):
    """The maximum of each window of x (N, C, H, W) and its position: (y, index), both (N, C, oh, ow).

    index (int32) is row*W + column; among equal values the first wins; a NaN counts as the largest; the padding is
    -inf.  A window entirely in the padding has the value -inf and the index -1.  Without the index, (y, None).
    """
    N, C, H, W = x.shape
    y = np.full((N, C, *geometry.output_size((H, W))), -np.inf, x.dtype)
    index = np.full(y.shape, -1, np.int32)
    for y_, x_, _, _, row, column in _taps(geometry, (H, W)):
        for n, c in product(range(N), range(C)):
            value, best = x[n, c, row, column], y[n, c, y_, x_]
            is_first = index[n, c, y_, x_] == -1
            if is_first or value > best or (np.isnan(value) and not np.isnan(best)):
                y[n, c, y_, x_], index[n, c, y_, x_] = value, row * W + column
    return y, index if with_index else None


def max_pool_backward(grad_y, index, geometry, size):
    """Send each gradient of grad_y (N, C, oh, ow) to the pixel that won its window: grad_x (N, C, H, W).

    The geometry is for the GPU, where every pixel looks for the windows that it may have won.
    """
    grad_x = np.zeros((*grad_y.shape[:2], size[0] * size[1]), grad_y.dtype)
    for n, c, y, x in np.ndindex(grad_y.shape):
        if index[n, c, y, x] >= 0:
            grad_x[n, c, index[n, c, y, x]] += grad_y[n, c, y, x]
    return grad_x.reshape(*grad_y.shape[:2], *size)


def _window_area(geometry, size, y, x, count_include_pad):
    """The divisor of the mean at (y, x): count_include_pad includes the padding, but nothing beyond it."""
    area = 1
    for axis, position in enumerate((y, x)):
        padding = geometry.padding[axis]
        start = position * geometry.stride[axis] - padding
        stop = min(start + geometry.kernel_size[axis], size[axis] + padding)
        if not count_include_pad:
            start, stop = max(start, 0), min(stop, size[axis])
        area *= stop - start
    return area


def avg_pool_forward(x, geometry, count_include_pad):
    """The mean of each window of x (N, C, H, W): y (N, C, oh, ow)."""
    size = x.shape[2:]
    y = np.zeros((*x.shape[:2], *geometry.output_size(size)), x.dtype)
    for y_, x_, _, _, row, column in _taps(geometry, size):
        y[:, :, y_, x_] += x[:, :, row, column]
    for y_, x_ in np.ndindex(y.shape[2:]):
        y[:, :, y_, x_] /= _window_area(geometry, size, y_, x_, count_include_pad)
    return y


def avg_pool_backward(grad_y, geometry, size, count_include_pad):
    """Spread each gradient of grad_y (N, C, oh, ow) evenly over its window: grad_x (N, C, H, W)."""
    grad_x = np.zeros((*grad_y.shape[:2], *size), grad_y.dtype)
    for y, x, _, _, row, column in _taps(geometry, size):
        grad_x[:, :, row, column] += grad_y[:, :, y, x] / _window_area(geometry, size, y, x, count_include_pad)
    return grad_x


# --- Resizing ------------------------------------------------------------------------------------------------------


def banded_matmul(x, first, weight):
    """y[o, i, k] = sum_t weight[i, t] * x[o, first[i] + t, k].

    That is a product with a matrix whose row i is zero outside a band that starts at first[i].
    x (outer, n, inner), first (m,) int64, weight (m, band); returns y (outer, m, inner).
    """
    outer, _, inner = x.shape
    m, band = weight.shape
    y = np.zeros((outer, m, inner), x.dtype)
    for i, t in product(range(m), range(band)):
        y[:, i, :] += weight[i, t] * x[:, first[i] + t, :]
    return y


# --- Elementwise ---------------------------------------------------------------------------------------------------


def relu_forward(x, negative_slope):
    """y = x where x > 0, else negative_slope * x.  NaN stays NaN; slope 0 sends -inf to 0."""
    if negative_slope == 0:
        return np.maximum(x, 0)
    return np.where(x > 0, x, x.dtype.type(negative_slope) * x)


def relu_backward(grad, x, negative_slope):
    """grad_x = grad where x > 0, else negative_slope * grad."""
    return np.where(x > 0, grad, grad.dtype.type(negative_slope) * grad)


# --- Batch normalisation (Ioffe & Szegedy 2015) --------------------------------------------------------------------


def channel_moments(x):
    """Mean and (biased) variance of every channel of x (N, C, P): two arrays (C,).

    Two passes: E[x^2] - E[x]^2 would lose all digits of a small variance around a large mean.
    """
    C, count = x.shape[1], x.shape[0] * x.shape[2]
    mean, var = np.zeros(C, x.dtype), np.zeros(C, x.dtype)
    for c in range(C):
        channel = x[:, c, :].astype(np.float64)
        mean[c] = channel.sum() / count
        var[c] = ((channel - channel.sum() / count) ** 2).sum() / count
    return mean, var


def channel_sum(x):
    """The sum of every channel of x (N, C, P): (C,); in float64, as a float32 sum of a million loses three digits."""
    return np.array([x[:, c, :].sum(dtype=np.float64) for c in range(x.shape[1])], x.dtype)


def batch_norm_forward(x, mean, invstd, weight, bias, relu=False):
    """y = weight * (x - mean) * invstd + bias, channel by channel.  x (N, C, P), the rest (C,); returns (N, C, P).

    relu: return max(y, 0) instead.
    """
    y = np.empty(x.shape, x.dtype)
    for c in range(x.shape[1]):
        y[:, c, :] = weight[c] * (x[:, c, :] - mean[c]) * invstd[c] + bias[c]
    return relu_forward(y, 0.0) if relu else y


def batch_norm_backward(grad, x, mean, invstd, weight, bias=None):
    """Gradients through batch_norm_forward when mean and invstd are the batch's own, and so depend on x.

    grad_bias = sum grad,  grad_weight = sum grad * x_hat,
    grad_x = weight * invstd * (grad - mean(grad) - x_hat * mean(grad * x_hat)),   x_hat = (x - mean) * invstd.
    grad, x (N, C, P), the rest (C,); returns (grad_x (N, C, P), grad_weight (C,), grad_bias (C,)).
    With a bias, the gradients are those of max(y, 0): grad counts only where y > 0.
    """
    if bias is not None:
        grad = relu_backward(grad, batch_norm_forward(x, mean, invstd, weight, bias), 0.0)
    C, count = x.shape[1], x.shape[0] * x.shape[2]
    grad_x, grad_weight, grad_bias = np.empty(x.shape, x.dtype), np.zeros(C, x.dtype), np.zeros(C, x.dtype)
    for c in range(C):
        g, x_hat = grad[:, c, :], (x[:, c, :] - mean[c]) * invstd[c]
        grad_bias[c] = g.sum()
        grad_weight[c] = (g * x_hat).sum()
        grad_x[:, c, :] = weight[c] * invstd[c] * (g - grad_bias[c] / count - x_hat * (grad_weight[c] / count))
    return grad_x, grad_weight, grad_bias


# --- Cross-entropy -------------------------------------------------------------------------------------------------


def cross_entropy_forward(logits, target, class_weight, ignore_index):
    """loss = class_weight[t] * (log sum_c exp(logits[c]) - logits[t]) at every pixel, 0 where t is ignore_index.

    logits (N, C, P), target (N, P) int64, class_weight (C,); returns (loss, log_normalizer), both (N, P).
    The largest logit is subtracted first, so that exp never overflows.
    """
    N, _, P = logits.shape
    loss, log_normalizer = np.zeros((N, P), logits.dtype), np.zeros((N, P), logits.dtype)
    for n, p in product(range(N), range(P)):
        largest = max(logits[n, :, p])
        log_normalizer[n, p] = largest + math.log(sum(math.exp(z - largest) for z in logits[n, :, p]))
        t = target[n, p]
        if t != ignore_index:
            loss[n, p] = class_weight[t] * (log_normalizer[n, p] - logits[n, t, p])
    return loss, log_normalizer


def cross_entropy_backward(grad_loss, logits, log_normalizer, target, class_weight, ignore_index):
    """grad_logits[c] = grad_loss * class_weight[t] * (softmax(logits)[c] - [c == t]), and 0 where t is ignore_index.

    grad_loss, log_normalizer, target (N, P), logits (N, C, P), class_weight (C,); returns grad_logits (N, C, P).
    """
    N, C, P = logits.shape
    grad_logits = np.zeros((N, C, P), logits.dtype)
    for n, p in product(range(N), range(P)):
        t = target[n, p]
        if t != ignore_index:
            for c in range(C):
                softmax = math.exp(logits[n, c, p] - log_normalizer[n, p])
                grad_logits[n, c, p] = grad_loss[n, p] * class_weight[t] * (softmax - (c == t))
    return grad_logits


# --- The optimizer's step ------------------------------------------------------------------------------------------


def sgd_step(p, grad, velocity, lr, momentum, weight_decay, nesterov):
    """g = grad + weight_decay p,  v = momentum v + g,  p = p - lr v,  or p - lr (g + momentum v) with nesterov.

    p and velocity are updated in place; grad has the same shape.  Without momentum, v is g and velocity is None.
    """
    for at in np.ndindex(p.shape):
        g = grad[at] + weight_decay * p[at]
        if velocity is not None:
            velocity[at] = momentum * velocity[at] + g
            g = g + momentum * velocity[at] if nesterov else velocity[at]
        p[at] -= lr * g


def adam_step(p, grad, m, v, lr, beta1, beta2, eps, weight_decay, decoupled, step):
    """Adam's step number `step`, in place:

    g = grad + weight_decay p,  or g = grad and p = (1 - lr weight_decay) p  if decoupled (AdamW)
    m = m + (1 - beta1) (g - m),  v = v + (1 - beta2) (g^2 - v)
    p = p - lr m' / (sqrt(v') + eps),  m' = m / (1 - beta1^step),  v' = v / (1 - beta2^step)

    p, grad, m and v have the same shape.
    """
    for at in np.ndindex(p.shape):
        if decoupled:
            p[at] *= 1 - lr * weight_decay
        g = grad[at] if decoupled else grad[at] + weight_decay * p[at]
        m[at] += (1 - beta1) * (g - m[at])
        v[at] += (1 - beta2) * (g * g - v[at])
        p[at] -= lr / (1 - beta1**step) * m[at] / (np.sqrt(v[at] / (1 - beta2**step)) + eps)
