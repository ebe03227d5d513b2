"""Normalisation: batch_norm, within each channel, and AlexNet's local_response_norm, across channels.

Read dropout.py next.
"""

from ..function import Function
from ..kernels import array_module, kernels_for
from ..kernels.geometry import whole
from ..tensor import Tensor, apply, values
from ..utils.checkpoint import is_recomputing
from .banded import window_sums
from .common import check_floats, check_one_device, flat_pixels


class BatchNorm(Function):
    """y = weight * x_hat + bias,  x_hat = (x - mean) * invstd;  mean and invstd are the batch's: functions of x."""

    makes_new_arrays = True
    relu = False

    def forward(self, x, weight, bias, *, mean, invstd):
        self.x, self.weight, self.bias, self.mean, self.invstd = x, weight, bias, mean, invstd
        y = kernels_for(x, weight).batch_norm_forward(flat_pixels(x), mean, invstd, weight, bias, self.relu)
        return y.reshape(x.shape)

    def backward(self, grad):
        grad_x, grad_weight, grad_bias = kernels_for(grad).batch_norm_backward(
            flat_pixels(grad), flat_pixels(self.x), self.mean, self.invstd, self.weight, self.bias if self.relu else None
        )
        return grad_x.reshape(self.x.shape), grad_weight, grad_bias


class BatchNormFixed(BatchNorm):
    """The same y with constant mean and invstd, so that each pixel is independent."""

    def backward(self, grad):
        kernels, grad, x = kernels_for(grad), flat_pixels(grad), flat_pixels(self.x)  # (N, C, P)
        if self.relu:
            y = kernels.batch_norm_forward(x, self.mean, self.invstd, self.weight, self.bias)
            grad = kernels.relu_backward(grad, y, 0.0)
        needs_x, needs_weight, needs_bias = self.needs_grad
        zero, one = array_module(x).zeros_like(self.mean), array_module(x).ones_like(self.mean)
        grad_x = grad_weight = None
        if needs_x:
            grad_x = kernels.batch_norm_forward(grad, zero, self.invstd, self.weight, zero).reshape(self.x.shape)
        if needs_weight:
            x_hat = kernels.batch_norm_forward(x, self.mean, self.invstd, one, zero)
            grad_weight = kernels.channel_sum(grad * x_hat)
        return grad_x, grad_weight, kernels.channel_sum(grad) if needs_bias else None


class BatchNormRelu(BatchNorm):
    """max(y, 0): batch norm and the ReLU that follows, in one pass over memory. Backward finds y's sign again from x."""

    relu = True


class BatchNormFixedRelu(BatchNormFixed):
    """The same for constant mean and invstd."""

    relu = True


def batch_norm(
    input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5, *, relu=False
):
    """Normalise each channel to mean 0 and variance 1, then apply a learned scale and shift.

    y = weight * (x - mean) / sqrt(var + eps) + bias

    input: (N, C), (N, C, H, W) or anything between
    running_mean, running_var: (C,), arrays or tensors, or both None. In training, mean and (biased) var are the
        batch's, and the running statistics are updated in place: r = (1 - momentum) r + momentum * new, where the
        new variance is unbiased. Otherwise mean and var are the running statistics.
    weight, bias: (C,) or None
    relu: return max(y, 0). That is relu(batch_norm(...)), but y is never written to memory; PyTorch has no such option.
    Returns input's shape. ValueError if shapes do not match, or for a batch of one value per channel in training.
    Source: Ioffe & Szegedy 2015, algorithm 1.
    """
    check_floats("batch_norm", input)
    if input.ndim < 2:
        raise ValueError(f"batch_norm: input has shape {input.shape}, expected (N, C) or (N, C, H, W)")
    xp, C = array_module(input.data), input.shape[1]
    running = values(running_mean), values(running_var)
    weight = Tensor(xp.ones(C, input.dtype)) if weight is None else weight
    bias = Tensor(xp.zeros(C, input.dtype)) if bias is None else bias
    for name, array in (("weight", weight), ("bias", bias)):
        check_floats("batch_norm", array, name)
    check_channels(input, running_mean=running[0], running_var=running[1], weight=weight, bias=bias)
    check_one_device("batch_norm", input, running_mean=running[0], running_var=running[1])
    if training:
        mean, var = batch_statistics(input.data, *running, momentum)
    elif running[0] is None or running[1] is None:
        raise ValueError("batch_norm: training is False but running_mean or running_var is None; pass both")
    else:
        mean, var = running
    op = OPERATIONS[bool(training), bool(relu)]
    return apply(op, input, weight, bias, mean=mean.copy(), invstd=1 / xp.sqrt(var + eps))


OPERATIONS = {  # by (training, relu)
    (True, False): BatchNorm,
    (True, True): BatchNormRelu,
    (False, False): BatchNormFixed,
    (False, True): BatchNormFixedRelu,
}


def batch_statistics(x, running_mean, running_var, momentum):
    """The batch's mean and biased variance (C,); updates the running statistics, unless they are None."""
    count = x.size // x.shape[1] if x.shape[1] else 0
    mean, var = kernels_for(x).channel_moments(flat_pixels(x)) if count else (None, None)
    update_running(running_mean, running_var, mean, var, count, momentum, x.shape)
    return mean, var


def update_running(running_mean, running_var, mean, var, count, momentum, shape):
    """Update the running statistics that are not None; ValueError, for an input of `shape`, unless count >= 2.

    A batch counts once, also where backward computes it again.
    """
    if count < 2:
        raise ValueError(
            f"batch_norm: input of shape {shape} has {count} values per channel, expected at least 2 in training;"
            " use a larger batch or training=False"
        )
    if is_recomputing():
        return
    if running_mean is not None:
        running_mean[...] = (1 - momentum) * running_mean + momentum * mean
    if running_var is not None:
        running_var[...] = (1 - momentum) * running_var + momentum * (var * (count / (count - 1)))


def check_channels(input, **arrays):
    """Each named array that is not None has one value per channel, of input's dtype."""
    for name, array in arrays.items():
        if array is not None and not hasattr(array, "dtype"):
            raise TypeError(f"batch_norm: {name} is {type(array).__name__}, expected an array or a tensor")
        if array is not None and (array.shape != input.shape[1:2] or array.dtype != input.dtype):
            raise ValueError(
                f"batch_norm: {name} has shape {array.shape} and dtype {array.dtype}, expected {input.shape[1:2]} and"
                f" {input.dtype} for input {input.shape}"
            )


class LocalResponseNorm(Function):
    """y = x / s^beta,  s = k + a S x^2  ->  grad_x = grad / s^beta - 2 a beta x S^T (grad x / s^(beta + 1)).

    S, the `window`, is the matrix that sums over `size` neighbouring channels; a = alpha / size.
    """

    def forward(self, x, *, window, size, alpha, beta, k):
        self.x, self.window, self.a, self.beta, self.size, self.k = x, window, alpha / size, beta, size, k
        self.s = window.apply_along(x * x, 1)
        self.s /= size
        self.s *= alpha
        self.s += k
        return x * self.s**-beta

    def backward(self, grad):
        scaled = grad * self.s**-self.beta
        others = self.window.transpose().apply_along(scaled * self.x / self.s, 1)
        return scaled - 2 * self.a * self.beta * self.x * others


def local_response_norm(input, size, alpha=1e-4, beta=0.75, k=1.0):
    """Divide each channel by the activity of its neighbours at the same pixel, as in AlexNet.

    y[c] = x[c] / (k + alpha / size * sum of x[c']^2 over c - size//2 <= c' <= c + (size-1)//2) ^ beta

    input: (N, C, ...); size: the number of channels in a window. Returns input's shape. A NaN or an infinity also
    spoils windows next to it at the first and last channels: each is a sum of as many channels, some times 0.
    Source: Krizhevsky, Sutskever & Hinton 2012, section 3.3, with Caffe's and PyTorch's alpha / size.
    """
    check_floats("local_response_norm", input)
    if input.ndim < 2:
        raise ValueError(f"local_response_norm: input has shape {input.shape}, expected (N, C, ...)")
    size = whole(size, "size", 1, "local_response_norm")
    window = window_sums(input.shape[1], size)
    return apply(LocalResponseNorm, input, window=window, size=size, alpha=alpha, beta=beta, k=k)
