"""Batch normalisation on the GPU, and the sums over channels: arguments for norm.cu, whose sums have two stages.

Read loss.py next.
"""

from .elementwise import relu_backward
from .launch import THREADS, contiguous, empty, per_block, per_element

BLOCKS = 2048  # for the first stage: several per multiprocessor of a large GPU


def channel_sum(x):
    """The sum of every channel of x (N, C, P): (C,)."""
    N, C, P = x.shape
    parts, (partial,) = _parts(N, C, P, arrays=1)
    per_block("channel_sum_parts", x.dtype, C * parts, contiguous(x), N, C, P, parts, partial)
    return _added(partial, parts, x.dtype)


def channel_moments(x):
    """Mean and (biased) variance of every channel of x (N, C, P): two arrays (C,)."""
    N, C, P = x.shape
    x, mean, var = contiguous(x), empty((C,), x.dtype), empty((C,), x.dtype)
    parts, (sums, squares) = _parts(N, C, P, arrays=2)
    per_block("channel_moments_parts", x.dtype, C * parts, x, N, C, P, parts, sums, squares)
    per_block("channel_moments", x.dtype, C, x, sums, squares, N, P, parts, mean, var)
    return mean, var


def batch_norm_forward(x, mean, invstd, weight, bias, relu=False):
    """y = weight * (x - mean) * invstd + bias, channel by channel. x (N, C, P), the rest (C,) -> (N, C, P).

    relu: return max(y, 0) instead.
    """
    _, C, P = x.shape
    arrays = map(contiguous, (x, mean, invstd, weight, bias))
    return per_element("batch_norm_forward", empty(x.shape, x.dtype), *arrays, C, P, int(relu))


def batch_norm_backward(grad, x, mean, invstd, weight, bias=None):
    """Gradients in training mode: grad, x (N, C, P), the rest (C,) -> (grad_x, grad_weight (C,), grad_bias (C,)).

    With a bias, the gradients are those of max(y, 0): grad counts only where y > 0.
    """
    N, C, P = x.shape
    if bias is not None:
        grad = relu_backward(grad, batch_norm_forward(x, mean, invstd, weight, bias), 0.0)
    grad, x, mean, invstd, weight = map(contiguous, (grad, x, mean, invstd, weight))
    parts, (sums, weighted) = _parts(N, C, P, arrays=2)
    per_block("batch_norm_parts", x.dtype, C * parts, grad, x, mean, invstd, N, C, P, parts, sums, weighted)
    grad_bias, grad_weight = _added(sums, parts, x.dtype), _added(weighted, parts, x.dtype)
    grad_x = empty(x.shape, x.dtype)
    per_element("batch_norm_backward", grad_x, grad, x, mean, invstd, weight, grad_weight, grad_bias, N, C, P)
    return grad_x, grad_weight, grad_bias


def _parts(N, C, P, arrays):
    """The number of blocks per channel, and `arrays` arrays (C, parts) for their partial sums."""
    parts = max(1, min(BLOCKS // max(C, 1), -(-N * P // THREADS)))
    return parts, [empty((C, parts), "float64") for _ in range(arrays)]


def _added(partial, parts, dtype):
    """The second stage: the sum of each row."""
    total = empty(len(partial), dtype)
    per_block("add_parts", dtype, len(partial), partial, parts, total)
    return total
