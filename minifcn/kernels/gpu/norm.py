"""Batch normalisation on the GPU: arguments for norm.cu, whose sums run one block per channel. Read loss.py next."""

from .launch import contiguous, empty, per_block, per_element


def channel_moments(x):
    """Mean and (biased) variance of every channel of x (N, C, P): two arrays (C,)."""
    N, C, P = x.shape
    mean, var = empty((C,), x.dtype), empty((C,), x.dtype)
    per_block("channel_moments", x.dtype, C, contiguous(x), N, C, P, mean, var)
    return mean, var


def batch_norm_forward(x, mean, invstd, weight, bias):
    """y = weight * (x - mean) * invstd + bias, channel by channel. x (N, C, P), the rest (C,) -> (N, C, P)."""
    _, C, P = x.shape
    arrays = map(contiguous, (x, mean, invstd, weight, bias))
    return per_element("batch_norm_forward", empty(x.shape, x.dtype), *arrays, C, P)


def batch_norm_backward(grad, x, mean, invstd, weight):
    """Gradients in training mode: grad, x (N, C, P), the rest (C,) -> (grad_x, grad_weight (C,), grad_bias (C,))."""
    N, C, P = x.shape
    grad, x, mean, invstd, weight = map(contiguous, (grad, x, mean, invstd, weight))
    grad_weight, grad_bias, grad_x = empty((C,), x.dtype), empty((C,), x.dtype), empty(x.shape, x.dtype)
    per_block("batch_norm_sums", x.dtype, C, grad, x, mean, invstd, N, C, P, grad_weight, grad_bias)
    per_element("batch_norm_backward", grad_x, grad, x, mean, invstd, weight, grad_weight, grad_bias, N, C, P)
    return grad_x, grad_weight, grad_bias
