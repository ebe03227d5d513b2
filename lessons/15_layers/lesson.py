# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lesson 15: A classifier of your own parts

# %%
import numpy as np

from minifcn.course import check, earlier

conv_forward, conv_backward_input, conv_backward_weight = earlier(
    "07.conv_forward", "07.conv_backward_input", "07.conv_backward_weight"
)
max_pool2d, max_pool2d_backward = earlier("10.max_pool2d", "10.max_pool2d_backward")
Tensor = earlier("03.Tensor")
Module, ReLU, CrossEntropy, SGD = earlier("04.Module", "04.ReLU", "04.CrossEntropy", "04.SGD")


# %%
class Conv2d:
    """The operation of a convolution layer: x (N, C, H, W), weight (K, C, kh, kw), bias (K,) -> (N, K, oh, ow)."""

    def __init__(self, stride=1, padding=0):
        self.stride, self.padding = stride, padding

    def forward(self, x, weight, bias):
        ### BEGIN SOLUTION
        self.x, self.weight = x, weight
        return conv_forward(x, weight, self.stride, self.padding) + bias[:, None, None]
        ### END SOLUTION

    def backward(self, grad):
        """(dL/dx, dL/dweight, dL/dbias)."""
        ### BEGIN SOLUTION
        size, kernel_size = self.x.shape[2:], self.weight.shape[2:]
        return (
            conv_backward_input(grad, self.weight, size, self.stride, self.padding),
            conv_backward_weight(self.x, grad, kernel_size, self.stride, self.padding),
            grad.sum(axis=(0, 2, 3)),
        )
        ### END SOLUTION


# %%
class MaxPool2d:
    """The operation of a max pooling layer: x (N, C, H, W) -> (N, C, oh, ow)."""

    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.settings = kernel_size, stride, padding, ceil_mode

    def forward(self, x):
        ### BEGIN SOLUTION
        y, self.index = max_pool2d(x, *self.settings)
        self.size = x.shape[2:]
        return y
        ### END SOLUTION

    def backward(self, grad):
        ### BEGIN SOLUTION
        return max_pool2d_backward(grad, self.index, self.size)
        ### END SOLUTION


# %%
class BatchNorm2d:
    """The operation of a batch norm layer: x (N, C, H, W), weight (C,), bias (C,) -> (N, C, H, W).

    running_mean, running_var: (C,), which a forward pass in training updates IN PLACE:
        running = (1 - momentum) * running + momentum * batch; the variance there is the unbiased one, of n - 1
    training: True normalizes by the batch's mean and (biased) variance, False by the running ones
    """

    def __init__(self, running_mean, running_var, training, momentum=0.1, eps=1e-5):
        self.running_mean, self.running_var = running_mean, running_var
        self.training, self.momentum, self.eps = training, momentum, eps

    def forward(self, x, weight, bias):
        ### BEGIN SOLUTION
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
            n = x.size // x.shape[1]
            self.running_mean += self.momentum * (mean - self.running_mean)
            self.running_var += self.momentum * (var * n / (n - 1) - self.running_var)
        self.weight = weight[:, None, None]
        self.inverse = 1 / np.sqrt(var + self.eps)[:, None, None]
        self.normalized = (x - mean[:, None, None]) * self.inverse
        return self.normalized * self.weight + bias[:, None, None]
        ### END SOLUTION

    def backward(self, grad):
        """(dL/dx, dL/dweight, dL/dbias)."""
        ### BEGIN SOLUTION
        grad_weight, grad_bias = (grad * self.normalized).sum(axis=(0, 2, 3)), grad.sum(axis=(0, 2, 3))
        if self.training:
            n = grad.size // grad.shape[1]
            grad = grad - (grad_bias[:, None, None] + self.normalized * grad_weight[:, None, None]) / n
        return grad * self.weight * self.inverse, grad_weight, grad_bias
        ### END SOLUTION


# %%
def dropout(x, p, training, rng):
    """Each number of the Tensor x set to 0 with probability p, the others divided by 1 - p; x itself if not training.

    rng: a numpy Generator;  returns a Tensor through which gradients flow
    """
    ### BEGIN SOLUTION
    if not training or p == 0:
        return x
    kept = rng.random(x.data.shape) >= p
    return x * Tensor((kept / (1 - p)).astype(x.data.dtype))
    ### END SOLUTION


# %%
def he(shape, rng):
    """Normal random numbers of mean 0 and variance 2 / fan_in, for a weight of shape (K, C, kh, kw), float64."""
    ### BEGIN SOLUTION
    return rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))
    ### END SOLUTION


# %%
class Conv(Module):
    """A layer of K kernels, each C x k x k: x (N, C, H, W) -> (N, K, oh, ow).

    bias: False leaves it at 0, for a layer that batch norm follows, which has a bias of its own
    """

    def __init__(self, C, K, k, rng, stride=1, padding=0, bias=True, dtype=np.float32):
        self.weight = Tensor(he((K, C, k, k), rng).astype(dtype), requires_grad=True)
        self.bias = Tensor(np.zeros(K, dtype), requires_grad=bias)
        self.stride, self.padding = stride, padding

    def forward(self, x):
        return Tensor.apply(Conv2d(self.stride, self.padding), x, self.weight, self.bias)


class BatchNorm(Module):
    """Batch norm of C channels; `training` chooses between the batch's statistics and the running ones."""

    def __init__(self, C, dtype=np.float32):
        self.weight = Tensor(np.ones(C, dtype), requires_grad=True)
        self.bias = Tensor(np.zeros(C, dtype), requires_grad=True)
        self.running_mean, self.running_var = np.zeros(C, dtype), np.ones(C, dtype)
        self.training = True

    def forward(self, x):
        operation = BatchNorm2d(self.running_mean, self.running_var, self.training)
        return Tensor.apply(operation, x, self.weight, self.bias)


class Dropout(Module):
    """Dropout of the fraction p while `training`."""

    def __init__(self, p, rng):
        self.p, self.rng, self.training = p, rng, True

    def forward(self, x):
        return dropout(x, self.p, self.training, self.rng)


class Activation(Module):
    """An operation without parameters, new in every call: Activation(ReLU), Activation(MaxPool2d, (2, 2), 2)."""

    def __init__(self, operation, *settings):
        self.operation, self.settings = operation, settings

    def forward(self, x):
        return Tensor.apply(self.operation(*self.settings), x)


class Sequential(Module):
    """Layers, one after the other."""

    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def set_training(module, mode):
    """Set `training` of the module, and of every module inside it."""
    module.training = mode
    for part in vars(module).values():
        for inner in part if isinstance(part, (list, tuple)) else (part,):
            if isinstance(inner, Module):
                set_training(inner, mode)
