"""Wrong answers to lesson 15 that people really write, each with what to tell them. Read variants.py next."""

import numpy as np

from minifcn.course.exercise import Mistake

CONV = "conv_forward(x, weight, self.stride, self.padding)"
TO_X = "conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride, self.padding)"
TO_WEIGHT = "conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride, self.padding)"
TO_BIAS = "grad.sum(axis=(0, 2, 3))"
MOVES_MEAN = "self.running_mean += self.momentum * (mean - self.running_mean)"
MOVES_VAR = "self.running_var += self.momentum * (var * n / (n - 1) - self.running_var)"
BATCH = "mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))"
INVERSE = "self.inverse = 1 / np.sqrt(var + self.eps)[:, None, None]"
TERMS = "grad = grad - (grad_bias[:, None, None] + self.normalized * grad_weight[:, None, None]) / n"
BACK = "return grad * self.weight * self.inverse, grad_weight, grad_bias"
DROP = "return x * Tensor((kept / (1 - p)).astype(x.data.dtype))"
HE = "return rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))"


class PadsTwice:
    """A Conv2d that pads, and lets conv_forward pad again."""

    def __init__(self, stride=1, padding=0):
        self.stride, self.padding = stride, padding

    def forward(self, x, weight, bias):
        self.x, self.weight = np.pad(x, ((0, 0), (0, 0), (self.padding,) * 2, (self.padding,) * 2)), weight
        return conv_forward(self.x, weight, self.stride, self.padding) + bias[:, None, None]  # noqa: F821

    def backward(self, grad):
        grad_x = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride, self.padding)  # noqa: F821
        grad_weight = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride, self.padding)  # noqa: F821
        return grad_x, grad_weight, grad.sum(axis=(0, 2, 3))


class PadsByItself:
    """A Conv2d that pads, and forgets to take the margins off again."""

    def __init__(self, stride=1, padding=0):
        self.stride, self.padding = stride, padding

    def forward(self, x, weight, bias):
        self.x, self.weight = np.pad(x, ((0, 0), (0, 0), (self.padding,) * 2, (self.padding,) * 2)), weight
        return conv_forward(self.x, weight, self.stride) + bias[:, None, None]  # noqa: F821

    def backward(self, grad):
        grad_x = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride)  # noqa: F821
        grad_weight = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride)  # noqa: F821
        return grad_x, grad_weight, grad.sum(axis=(0, 2, 3))


class DbiasFilled:
    """A Conv2d that gives every kernel the sum of all gradients."""

    def __init__(self, stride=1, padding=0):
        self.stride, self.padding = stride, padding

    def forward(self, x, weight, bias):
        self.x, self.weight = x, weight
        return conv_forward(x, weight, self.stride, self.padding) + bias[:, None, None]  # noqa: F821

    def backward(self, grad):
        size, kernel_size = self.x.shape[2:], self.weight.shape[2:]
        return (
            conv_backward_input(grad, self.weight, size, self.stride, self.padding),  # noqa: F821
            conv_backward_weight(self.x, grad, kernel_size, self.stride, self.padding),  # noqa: F821
            np.full(len(self.weight), grad.sum(), grad.dtype),
        )


class AddsUp:
    """A Conv2d that adds the gradients of all backwards."""

    def __init__(self, stride=1, padding=0):
        self.stride, self.padding, self.sums = stride, padding, [0, 0, 0]

    def forward(self, x, weight, bias):
        self.x, self.weight = x, weight
        return conv_forward(x, weight, self.stride, self.padding) + bias[:, None, None]  # noqa: F821

    def backward(self, grad):
        self.sums[0] = (
            self.sums[0]
            + conv_backward_input(  # noqa: F821
                grad, self.weight, self.x.shape[2:], self.stride, self.padding
            )
        )
        self.sums[1] = (
            self.sums[1]
            + conv_backward_weight(  # noqa: F821
                self.x, grad, self.weight.shape[2:], self.stride, self.padding
            )
        )
        self.sums[2] = self.sums[2] + grad.sum(axis=(0, 2, 3))
        return tuple(self.sums)


class KeepsTheFirst:
    """A Conv2d that remembers the first picture it ever saw."""

    def __init__(self, stride=1, padding=0):
        self.stride, self.padding = stride, padding

    def forward(self, x, weight, bias):
        if not hasattr(self, "x"):
            self.x, self.weight = x, weight
        return conv_forward(x, weight, self.stride, self.padding) + bias[:, None, None]  # noqa: F821

    def backward(self, grad):
        size, kernel_size = self.x.shape[2:], self.weight.shape[2:]
        return (
            conv_backward_input(grad, self.weight, size, self.stride, self.padding),  # noqa: F821
            conv_backward_weight(self.x, grad, kernel_size, self.stride, self.padding),  # noqa: F821
            grad.sum(axis=(0, 2, 3)),
        )


class RemembersTheFirstPool:
    """A MaxPool2d that sets its size only once."""

    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.settings, self.size = (kernel_size, stride, padding, ceil_mode), None

    def forward(self, x):
        y, index = max_pool2d(x, *self.settings)  # noqa: F821
        if self.size is None:
            self.size, self.index = x.shape[2:], index
        return y

    def backward(self, grad):
        return max_pool2d_backward(grad, self.index, self.size)  # noqa: F821


class SizeFromTheResult:
    """A MaxPool2d that works the size out as oh * stride."""

    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.settings = kernel_size, stride, padding, ceil_mode

    def forward(self, x):
        y, self.index = max_pool2d(x, *self.settings)  # noqa: F821
        return y

    def backward(self, grad):
        stride = self.settings[1]
        size = grad.shape[2] * stride, grad.shape[3] * stride
        return max_pool2d_backward(grad, self.index, size)  # noqa: F821


class PoolAssigns:
    """A MaxPool2d that writes the gradients to their places, so that the last one counts."""

    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.settings = kernel_size, stride, padding, ceil_mode

    def forward(self, x):
        y, self.index = max_pool2d(x, *self.settings)  # noqa: F821
        self.shape = x.shape
        return y

    def backward(self, grad):
        N, C, H, W = self.shape
        flat = np.zeros((N * C, H * W), grad.dtype)
        for row, index, g in zip(flat, self.index.reshape(N * C, -1), grad.reshape(N * C, -1)):
            row[index] += g
        return flat.reshape(N, C, H, W)


class PoolPops:
    """A MaxPool2d whose backward takes what forward stored out of a list."""

    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.settings = kernel_size, stride, padding, ceil_mode

    def forward(self, x):
        y, index = max_pool2d(x, *self.settings)  # noqa: F821
        self.stored = [(index, x.shape[2:])]
        return y

    def backward(self, grad):
        return max_pool2d_backward(grad, *self.stored.pop())  # noqa: F821


class PoolClears:
    """A MaxPool2d whose backward sets what forward stored to None."""

    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.settings = kernel_size, stride, padding, ceil_mode

    def forward(self, x):
        y, self.index = max_pool2d(x, *self.settings)  # noqa: F821
        self.size = x.shape[2:]
        return y

    def backward(self, grad):
        grad_x = max_pool2d_backward(grad, self.index, self.size)  # noqa: F821
        self.index = self.size = None
        return grad_x


class PoolByReshaping:
    """A MaxPool2d for windows of 2 x 2; a last odd row or column is left out."""

    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.settings = kernel_size, stride, padding, ceil_mode

    def forward(self, x):
        N, C, H, W = x.shape
        self.x, even = x, x[:, :, : H // 2 * 2, : W // 2 * 2]
        self.y = even.reshape(N, C, H // 2, 2, W // 2, 2).max(axis=(3, 5))
        return self.y

    def backward(self, grad):
        H, W = (n // 2 * 2 for n in self.x.shape[2:])
        grad_x = np.zeros_like(self.x)
        y, g = (a.repeat(2, axis=2).repeat(2, axis=3) for a in (self.y, grad))
        grad_x[:, :, :H, :W] = (self.x[:, :, :H, :W] == y) * g
        return grad_x


class PoolByReshapingExactly(PoolByReshaping):
    """The same without a care for odd sizes."""

    def forward(self, x):
        N, C, H, W = x.shape
        self.x, self.y = x, x.reshape(N, C, H // 2, 2, W // 2, 2).max(axis=(3, 5))
        return self.y


class PoolGradientInFloat64:
    """A MaxPool2d whose backward fills an array of float64."""

    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.settings = kernel_size, stride, padding, ceil_mode

    def forward(self, x):
        y, self.index = max_pool2d(x, *self.settings)  # noqa: F821
        self.size = x.shape[2:]
        return y

    def backward(self, grad):
        return max_pool2d_backward(grad, self.index, self.size).astype(np.float64)  # noqa: F821


class PoolByComparing:
    """A MaxPool2d without the index: every pixel that equals a window's result gets its gradient."""

    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.settings = kernel_size, stride, padding, ceil_mode

    def forward(self, x):
        self.x, (self.y, _) = x, max_pool2d(x, *self.settings)  # noqa: F821
        return self.y

    def backward(self, grad):
        kernel_size, stride, padding, _ = self.settings
        grad_x = np.zeros_like(self.x)
        for u, v in np.ndindex(grad.shape[2:]):
            top, left = max(u * stride - padding, 0), max(v * stride - padding, 0)
            bottom, right = u * stride - padding + kernel_size[0], v * stride - padding + kernel_size[1]
            window = self.x[:, :, top:bottom, left:right]
            winners = window == self.y[:, :, u, v][:, :, None, None]
            grad_x[:, :, top:bottom, left:right] += winners * grad[:, :, u, v][:, :, None, None]
        return grad_x


class NaiveVariance:
    """Batch norm with the variance as E[x^2] - E[x]^2."""

    def __init__(self, running_mean, running_var, training, momentum=0.1, eps=1e-5):
        self.running_mean, self.running_var = running_mean, running_var
        self.training, self.momentum, self.eps = training, momentum, eps

    def forward(self, x, weight, bias):
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean = x.mean(axis=(0, 2, 3))
            var = (x**2).mean(axis=(0, 2, 3)) - mean**2
            n = x.size // x.shape[1]
            self.running_mean += self.momentum * (mean - self.running_mean)
            self.running_var += self.momentum * (var * n / (n - 1) - self.running_var)
        self.weight = weight[:, None, None]
        self.inverse = 1 / np.sqrt(var + self.eps)[:, None, None]
        self.normalized = (x - mean[:, None, None]) * self.inverse
        return self.normalized * self.weight + bias[:, None, None]

    def backward(self, grad):
        grad_weight, grad_bias = (grad * self.normalized).sum(axis=(0, 2, 3)), grad.sum(axis=(0, 2, 3))
        if self.training:
            n = grad.size // grad.shape[1]
            grad = grad - (grad_bias[:, None, None] + self.normalized * grad_weight[:, None, None]) / n
        return grad * self.weight * self.inverse, grad_weight, grad_bias


class InstanceNorm:
    """Every picture by itself."""

    def __init__(self, running_mean, running_var, training, momentum=0.1, eps=1e-5):
        self.running_mean, self.running_var = running_mean, running_var
        self.training, self.momentum, self.eps = training, momentum, eps

    def forward(self, x, weight, bias):
        mean, var = self.running_mean[:, None, None], self.running_var[:, None, None]
        if self.training:
            mean, var = x.mean(axis=(2, 3), keepdims=True), x.var(axis=(2, 3), keepdims=True)
            n = x.shape[2] * x.shape[3]
            self.running_mean += self.momentum * (mean.mean(axis=(0, 2, 3)) - self.running_mean)
            self.running_var += self.momentum * (var.mean(axis=(0, 2, 3)) * n / max(n - 1, 1) - self.running_var)
        self.weight = weight[:, None, None]
        self.inverse = 1 / np.sqrt(var + self.eps)
        self.normalized = (x - mean) * self.inverse
        return self.normalized * self.weight + bias[:, None, None]

    def backward(self, grad):
        grad_weight, grad_bias = (grad * self.normalized).sum(axis=(0, 2, 3)), grad.sum(axis=(0, 2, 3))
        if self.training:
            n = grad.shape[2] * grad.shape[3]
            back = (grad * self.normalized).sum(axis=(2, 3), keepdims=True)
            grad = grad - (grad.sum(axis=(2, 3), keepdims=True) + self.normalized * back) / n
        return grad * self.weight * self.inverse, grad_weight, grad_bias


class InstanceNormInForward(InstanceNorm):
    """Every picture by itself on the way there, the right sums on the way back."""

    def forward(self, x, weight, bias):
        n = x.shape[0] * x.shape[2] * x.shape[3]
        mean, var = self.running_mean[:, None, None], self.running_var[:, None, None]
        if self.training:
            mean, var = x.mean(axis=(2, 3), keepdims=True), x.var(axis=(2, 3), keepdims=True)
            self.running_mean += self.momentum * (mean.mean(axis=(0, 2, 3)) - self.running_mean)
            self.running_var += self.momentum * (var.mean(axis=(0, 2, 3)) * n / (n - 1) - self.running_var)
        self.weight = weight[:, None, None]
        self.inverse = 1 / np.sqrt(var + self.eps)
        self.normalized = (x - mean) * self.inverse
        return self.normalized * self.weight + bias[:, None, None]

    def backward(self, grad):
        grad_weight, grad_bias = (grad * self.normalized).sum(axis=(0, 2, 3)), grad.sum(axis=(0, 2, 3))
        if self.training:
            n = grad.size // grad.shape[1]
            grad = grad - (grad_bias[:, None, None] + self.normalized * grad_weight[:, None, None]) / n
        return grad * self.weight * self.inverse, grad_weight, grad_bias


class EachPixelByItself(InstanceNormInForward):
    """Every place of the map has a mean of its own, over the pictures."""

    def forward(self, x, weight, bias):
        mean, var, n = self.running_mean[:, None, None], self.running_var[:, None, None], len(x)
        if self.training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.running_mean += self.momentum * (mean.mean(axis=(1, 2)) - self.running_mean)
            self.running_var += self.momentum * (var.mean(axis=(1, 2)) * n / (n - 1) - self.running_var)
        self.weight = weight[:, None, None]
        self.inverse = 1 / np.sqrt(var + self.eps)
        self.normalized = (x - mean) * self.inverse
        return self.normalized * self.weight + bias[:, None, None]


class KeepdimsNorm:
    """Batch norm with keepdims everywhere; the axes are set below."""

    axes = (0, 2, 3)

    def __init__(self, running_mean, running_var, training, momentum=0.1, eps=1e-5):
        self.running_mean, self.running_var = running_mean, running_var
        self.training, self.momentum, self.eps = training, momentum, eps

    def forward(self, x, weight, bias):
        mean, var = self.running_mean.reshape(1, -1, 1, 1), self.running_var.reshape(1, -1, 1, 1)
        if self.training:
            mean, var = x.mean(axis=self.axes, keepdims=True), x.var(axis=self.axes, keepdims=True)
            n = x.size / mean.size
            self.running_mean[:] = (1 - self.momentum) * self.running_mean + self.momentum * mean.ravel()
            self.running_var[:] = (1 - self.momentum) * self.running_var + self.momentum * var.ravel() * n / (n - 1)
        self.deviation = np.sqrt(var + self.eps)
        self.h, self.weight = (x - mean) / self.deviation, weight.reshape(1, -1, 1, 1)
        return self.weight * self.h + bias.reshape(1, -1, 1, 1)

    def backward(self, grad):
        grad_weight, grad_bias = (grad * self.h).sum(axis=self.axes), grad.sum(axis=self.axes)
        grad_h = grad * self.weight
        if self.training:
            along = (grad_h * self.h).mean(axis=self.axes, keepdims=True)
            grad_h = grad_h - grad_h.mean(axis=self.axes, keepdims=True) - self.h * along
        return grad_h / self.deviation, grad_weight, grad_bias


class KeepdimsOverChannels(KeepdimsNorm):
    axes = (1, 2, 3)


class KeepdimsOverPictures(KeepdimsNorm):
    axes = 0


class KeepdimsNotOverPictures(KeepdimsNorm):
    axes = (2, 3)


class Layers:
    """An operation of its own for dropout."""

    def __init__(self, mask):
        self.mask = mask

    def forward(self, x):
        return x * self.mask

    def backward(self, grad):
        return grad


def gradient_of_everything(x, p, training, rng):
    """Drops the numbers, but not their gradients."""
    if not training or p == 0:
        return x
    mask = ((rng.random(x.data.shape) >= p) / (1 - p)).astype(x.data.dtype)
    return Tensor.apply(Layers(mask), x)  # noqa: F821


def whole_channels(x, p, training, rng):
    """Draws one number for each channel."""
    if not training or p == 0:
        return x
    shape = x.data.shape[:2] + (1,) * (x.data.ndim - 2)
    kept = rng.random(shape) >= p
    return x * Tensor((kept / (1 - p) * np.ones(x.data.shape)).astype(x.data.dtype))  # noqa: F821


def exactly_a_share(x, p, training, rng):
    if not training or p == 0:
        return x
    mask = np.ones(x.data.size, x.data.dtype)
    mask[: int(p * mask.size)] = 0
    rng.shuffle(mask)
    return x * Tensor(mask.reshape(x.data.shape) * np.asarray(1 / (1 - p), x.data.dtype))  # noqa: F821


def exactly_a_share_by_choice(x, p, training, rng):
    if not training or p == 0:
        return x
    mask = np.full(x.data.size, 1 / (1 - p), x.data.dtype)
    mask[rng.choice(mask.size, round(p * mask.size), replace=False)] = 0
    return x * Tensor(mask.reshape(x.data.shape))  # noqa: F821


class Scaled:
    """An operation of its own: y = x * mask, and another factor for the gradient."""

    def __init__(self, mask, factors):
        self.mask, self.factors = mask, factors

    def forward(self, x):
        return x * self.mask

    def backward(self, grad):
        return grad * self.factors


def gradient_not_scaled(x, p, training, rng):
    if not training or p == 0:
        return x
    kept = rng.random(x.data.shape) >= p
    return Tensor.apply(Scaled((kept / (1 - p)).astype(x.data.dtype), kept.astype(x.data.dtype)), x)  # noqa: F821


def gradient_scaled_twice(x, p, training, rng):
    if not training or p == 0:
        return x
    mask = ((rng.random(x.data.shape) >= p) / (1 - p)).astype(x.data.dtype)
    return Tensor.apply(Scaled(mask, mask * mask), x)  # noqa: F821


def new_generator(x, p, training, rng):
    if not training or p == 0:
        return x
    kept = np.random.default_rng(42).random(x.data.shape) >= p
    return x * Tensor((kept / (1 - p)).astype(x.data.dtype))  # noqa: F821


def keeps_p_and_divides_by_it(x, p, training, rng):
    if not training or p == 0:
        return x
    return x * Tensor(((rng.random(x.data.shape) < p) / p).astype(x.data.dtype))  # noqa: F821


def cut_off_without_gradient(x, p, training, rng):
    if not training or p == 0:
        return Tensor(x.data)  # noqa: F821
    kept = rng.random(x.data.shape) >= p
    return Tensor((x.data * kept / (1 - p)).astype(x.data.dtype))  # noqa: F821


def in_place_by_index(x, p, training, rng):
    if training and p > 0:
        dropped = rng.random(x.data.shape) < p
        x.data[dropped] = 0
        x.data[~dropped] /= 1 - p
    return x


class TrainingInverted:
    """Batch norm that takes the batch's statistics in evaluation."""

    def __init__(self, running_mean, running_var, training, momentum=0.1, eps=1e-5):
        self.running_mean, self.running_var = running_mean, running_var
        self.evaluation, self.momentum, self.eps = training, momentum, eps

    def forward(self, x, weight, bias):
        mean, var = self.running_mean, self.running_var
        if not self.evaluation:
            mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
            n = x.size // x.shape[1]
            self.running_mean += self.momentum * (mean - self.running_mean)
            self.running_var += self.momentum * (var * n / max(n - 1, 1) - self.running_var)
        self.weight = weight[:, None, None]
        self.inverse = 1 / np.sqrt(var + self.eps)[:, None, None]
        self.normalized = (x - mean[:, None, None]) * self.inverse
        return self.normalized * self.weight + bias[:, None, None]

    def backward(self, grad):
        grad_weight, grad_bias = (grad * self.normalized).sum(axis=(0, 2, 3)), grad.sum(axis=(0, 2, 3))
        if not self.evaluation:
            n = grad.size // grad.shape[1]
            grad = grad - (grad_bias[:, None, None] + self.normalized * grad_weight[:, None, None]) / n
        return grad * self.weight * self.inverse, grad_weight, grad_bias


def new_generator_of_0(x, p, training, rng):
    rng = np.random.default_rng(0)
    if not training or p == 0:
        return x
    return x * Tensor(((rng.random(x.data.shape) >= p) / (1 - p)).astype(x.data.dtype))  # noqa: F821


def global_generator(x, p, training, rng):
    if not training or p == 0:
        return x
    kept = np.random.rand(*x.data.shape) >= p
    return x * Tensor((kept / (1 - p)).astype(x.data.dtype))  # noqa: F821


def he_of_seed_42(shape, rng):
    return np.random.default_rng(42).standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))


def he_of_exact_deviation(shape, rng):
    w = rng.standard_normal(shape)
    return w / w.std() * np.sqrt(2 / np.prod(shape[1:]))


def he_of_exact_mean(shape, rng):
    w = rng.standard_normal(shape)
    return (w - w.mean()) * np.sqrt(2 / np.prod(shape[1:]))


def truncated(shape, rng):
    w = rng.standard_normal(shape)
    while (far := np.abs(w) > 2).any():
        w[far] = rng.standard_normal(far.sum())
    return w * np.sqrt(2 / np.prod(shape[1:])) / 0.8796


def each_kernel_by_itself(shape, rng):
    """Every kernel gets a scale of its own, which depends on its place."""
    scale = np.sqrt(2 / np.prod(shape[1:])) * np.linspace(0.5, 1.5, shape[0])
    return rng.standard_normal(shape) * scale[:, None, None, None]


MISTAKES = {
    "Conv2d": [
        Mistake(
            "no_bias",
            "The bias is not added: y = conv_forward(...) + bias, each kernel's to its own channel.",
            changes=((" + bias[:, None, None]", ""),),
        ),
        Mistake(
            "bias_along_the_columns",
            "`+ bias` lines the biases up with the LAST axis, the columns. Kernel k's bias belongs to channel k:"
            " bias[:, None, None].",
            changes=((" + bias[:, None, None]", " + bias"),),
        ),
        Mistake(
            "bias_along_the_rows",
            "bias[:, None] lines the biases up with the rows. Channels come two axes before the end: bias[:, None, None].",
            changes=((" + bias[:, None, None]", " + bias[:, None]"),),
        ),
        Mistake(
            "bias_along_the_pictures",
            "Your biases are lined up with the pictures, axis 0. They belong to the channels, axis 1: bias[:, None, None].",
            changes=((" + bias[:, None, None]", " + bias[:, None, None, None]"),),
        ),
        Mistake(
            "bias_into_the_picture",
            "The bias is added to x, before the convolution. It is added to the result.",
            changes=((f"{CONV} + bias[:, None, None]", CONV.replace("x,", "x + bias.sum(),")),),
        ),
        Mistake(
            "bias_subtracted",
            "The bias is subtracted; it is added.",
            changes=((" + bias[:, None, None]", " - bias[:, None, None]"),),
        ),
        Mistake(
            "forward_forgets_the_stride",
            "forward convolves at stride 1. Give conv_forward your self.stride.",
            changes=((CONV, "conv_forward(x, weight, 1, self.padding)"),),
        ),
        Mistake(
            "forward_forgets_the_padding",
            "forward convolves without padding. Give conv_forward your self.padding, too.",
            changes=((CONV, "conv_forward(x, weight, self.stride)"),),
        ),
        Mistake(
            "padding_for_stride",
            "Stride and padding are exchanged. Lesson 7's functions take the stride first.",
            changes=(("self.stride, self.padding = stride, padding", "self.stride, self.padding = padding, stride"),),
        ),
        Mistake(
            "backward_forgets_the_padding",
            "In backward the padding is missing in a call of lesson 7's maps. Both need the stride AND the padding of forward.",
            changes=(
                (TO_X, "conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride)"),
                (TO_WEIGHT, "conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride)"),
            ),
        ),
        Mistake(
            "backward_forgets_the_stride",
            "In backward a map of lesson 7 is called at stride 1. Both need the stride AND the padding of forward.",
            changes=(
                (TO_X, "conv_backward_input(grad, self.weight, self.x.shape[2:], padding=self.padding)"),
                (TO_WEIGHT, "conv_backward_weight(self.x, grad, self.weight.shape[2:], padding=self.padding)"),
            ),
        ),
        Mistake(
            "size_swapped",
            "conv_backward_input gets (W, H). It wants the picture's (H, W), self.x.shape[2:].",
            changes=(("self.x.shape[2:]", "self.x.shape[:1:-1]"),),
        ),
        Mistake(
            "all_four_sizes",
            "conv_backward_input wants two sizes, (H, W). x.shape has four: take x.shape[2:].",
            changes=(("self.x.shape[2:]", "self.x.shape"),),
        ),
        Mistake(
            "kernel_size_swapped",
            "conv_backward_weight gets (kw, kh). It wants the kernel's (kh, kw), self.weight.shape[2:].",
            changes=(("self.weight.shape[2:]", "self.weight.shape[:1:-1]"),),
        ),
        Mistake(
            "backward_forgets_both",
            "backward calls lesson 7's maps without settings, which means stride 1 and no padding. Give both of them"
            " self.stride and self.padding.",
            changes=(
                (TO_X, "conv_backward_input(grad, self.weight, self.x.shape[2:])"),
                (TO_WEIGHT, "conv_backward_weight(self.x, grad, self.weight.shape[2:])"),
            ),
        ),
        Mistake(
            "gradient_of_the_padded_picture",
            "dL/dx has the size of the padded picture. Its margins belong to no pixel: leave the padding to lesson 7's maps,"
            " and keep x as it came.",
            answer="PadsByItself",
        ),
        Mistake(
            "x_last",
            "dL/dx comes last in your tuple, but x is the first input: (dL/dx, dL/dweight, dL/dbias).",
            changes=((f"return grad_x, grad_weight, {TO_BIAS}", f"return grad_weight, {TO_BIAS}, grad_x"),),
        ),
        Mistake(
            "weight_before_x",
            "The gradients are in another order than the inputs. forward(x, weight, bias), so (dL/dx, dL/dweight, dL/dbias).",
            changes=(("return grad_x, grad_weight", "return grad_weight, grad_x"),),
        ),
        Mistake(
            "two_gradients",
            "backward returns two gradients, but forward had three inputs. dL/dbias is missing.",
            changes=((f", {TO_BIAS}", ""),),
        ),
        Mistake(
            "list",
            "backward returns a list. The Tensor takes a tuple for several gradients, and a list for one: use ( ), not [ ].",
            changes=((f"return grad_x, grad_weight, {TO_BIAS}", f"return [grad_x, grad_weight, {TO_BIAS}]"),),
        ),
        Mistake(
            "dbias_of_each_picture",
            "dL/dbias still has an axis for the pictures. All N pictures use the same bias: sum over axis 0 as well.",
            changes=((TO_BIAS, "grad.sum(axis=(2, 3))"),),
        ),
        Mistake(
            "dbias_over_the_channels",
            "dL/dbias sums over the channels. Each channel has a bias of its own: sum over all axes but 1.",
            changes=((TO_BIAS, "grad.sum(axis=(0, 1, 2))"),),
        ),
        Mistake(
            "dbias_is_one_number",
            "dL/dbias is a single number: you sum over the channels, too. Each channel keeps its own: axis=(0, 2, 3).",
            changes=((TO_BIAS, "grad.sum()"),),
        ),
        Mistake(
            "dbias_is_one_for_all",
            "All kernels share one number in your dL/dbias, the sum of everything. Each channel keeps its own:"
            " axis=(0, 2, 3).",
            changes=((TO_BIAS, "grad.sum(keepdims=True).ravel()"),),
            also=("DbiasFilled",),
        ),
        Mistake(
            "dbias_over_the_pictures_only",
            "dL/dbias still has axes for rows and columns. The bias is used at every place: sum over the axes 2 and 3 as well.",
            changes=((TO_BIAS, "grad.sum(axis=0)"),),
        ),
        Mistake(
            "dbias_is_a_mean",
            "dL/dbias is a mean. A number that is used many times gets the SUM of its gradients.",
            changes=((TO_BIAS, "grad.mean(axis=(0, 2, 3))"),),
        ),
        Mistake(
            "dbias_keeps_its_axes",
            "dL/dbias has the right numbers, but not the shape (K,) of the bias. Leave keepdims out.",
            changes=((TO_BIAS, "grad.sum(axis=(0, 2, 3), keepdims=True)"),),
        ),
        Mistake(
            "dbias_ignores_grad",
            "dL/dbias counts how often each bias is used. Sum grad, not ones.",
            changes=((TO_BIAS, "(0 * grad + 1).sum(axis=(0, 2, 3))"),),
        ),
        Mistake(
            "divides_by_the_batch",
            "Your gradients of weight and bias are divided by N. The loss does that, if it is a mean; a layer only sums.",
            changes=(
                (TO_WEIGHT, f"{TO_WEIGHT} / max(len(grad), 1)"),
                (TO_BIAS, "grad.sum(axis=(0, 2, 3)) / max(len(grad), 1)"),
            ),
        ),
        Mistake(
            "kept_on_the_class",
            "Two layers share what is stored on the class. Store all that forward keeps on the object, in self.",
            changes=(("self.x, self.weight = x, weight", "Conv2d.x, Conv2d.weight = x, weight"),),
        ),
        Mistake(
            "kept_the_first",
            "backward uses an earlier picture. What forward keeps must be replaced in every call.",
            answer="KeepsTheFirst",
        ),
        Mistake(
            "kernel_turned",
            "forward turns the kernel by 180 degrees. In this course, as in all libraries, a kernel is used as it is.",
            changes=((CONV, CONV.replace("weight,", "weight[:, :, ::-1, ::-1],")),),
        ),
        Mistake(
            "becomes_float64",
            "float32 comes in, float64 goes out. An array of np.float64, or .astype(float), makes all the rest float64.",
            changes=((" + bias[:, None, None]", " + bias[:, None, None].astype(float)"),),
        ),
        Mistake(
            "arguments_exchanged",
            "conv_backward_weight takes x first, then grad. You have exchanged them.",
            changes=(
                (TO_WEIGHT, "conv_backward_weight(grad, self.x, self.weight.shape[2:], self.stride, self.padding)"),
            ),
        ),
        Mistake(
            "keeps_nothing",
            "backward needs an x or a weight that forward has not stored. Store both in self before you return.",
            changes=(("self.x, self.weight = x, weight\n", "pass\n"),),
        ),
        Mistake(
            "bias_twice",
            "The bias is added twice. Once is enough: conv_forward(...) + bias[:, None, None].",
            changes=((" + bias[:, None, None]", " + 2 * bias[:, None, None]"),),
        ),
        Mistake(
            "dbias_is_a_mean_over_places",
            "dL/dbias is averaged over the places, or over the pictures. A number that is used many times gets the SUM of its gradients.",
            changes=((TO_BIAS, "grad.mean(axis=(2, 3)).sum(axis=0)"),),
        ),
        Mistake(
            "dbias_is_a_mean_over_pictures",
            "dL/dbias is averaged over the pictures. Whether to average is the business of the loss; a layer sums.",
            changes=((TO_BIAS, "grad.sum(axis=(2, 3)).sum(axis=0) / max(len(grad), 1)"),),
        ),
        Mistake(
            "dbias_of_the_wrong_axis",
            "dL/dbias keeps the axis of the pictures, and sums over the channels. Channels are axis 1: sum over (0, 2, 3).",
            changes=((TO_BIAS, "grad.sum(axis=(1, 2, 3))"),),
        ),
        Mistake(
            "dbias_is_none",
            "dL/dbias is None, as if the bias could not learn. It needs a gradient: grad.sum(axis=(0, 2, 3)).",
            changes=((TO_BIAS, "None"),),
        ),
        Mistake(
            "dweight_ignores_grad",
            "dL/dweight does not depend on grad here. It is conv_backward_weight(x, grad, ...), with the upstream gradient itself.",
            changes=((TO_WEIGHT, TO_WEIGHT.replace("grad,", "0 * grad + 1,")),),
        ),
        Mistake(
            "dx_ignores_grad",
            "dL/dx does not depend on grad here. It is conv_backward_input(grad, ...), with the upstream gradient itself.",
            changes=((TO_X, TO_X.replace("(grad,", "(0 * grad + 1,")),),
        ),
        Mistake(
            "kernels_and_channels",
            "weight.shape[:2] is (K, C). The size of a kernel is at the other end: weight.shape[2:].",
            changes=(("self.weight.shape[2:]", "self.weight.shape[:2]"),),
        ),
        Mistake(
            "stride_nowhere",
            "Your stride is always 1. Hand self.stride to all three maps of lesson 7.",
            changes=(("self.stride, self.padding)", "1, self.padding)"),),
        ),
        Mistake(
            "padding_nowhere",
            "Your padding is always 0. Hand self.padding to all three maps of lesson 7.",
            changes=(("self.stride, self.padding)", "self.stride, 0)"),),
        ),
        Mistake(
            "pads_twice",
            "You pad x, and conv_forward pads it again. Leave the padding to lesson 7.",
            answer="PadsTwice",
        ),
        Mistake(
            "adds_up",
            "A second backward returns the sum of both. Compute the gradients anew each time; adding up is the business of the Tensor.",
            answer="AddsUp",
        ),
    ],
    "MaxPool2d": [
        Mistake(
            "both_results",
            "forward returns the pair of max_pool2d. Return only y, and keep the index in self.",
            changes=(("return y\n", "return y, self.index\n"),),
        ),
        Mistake(
            "returns_the_index",
            "forward returns the places of the winners. max_pool2d gives (y, index): return y.",
            changes=(
                ("y, self.index = max_pool2d(x, *self.settings)", "self.index, y = max_pool2d(x, *self.settings)"),
            ),
        ),
        Mistake(
            "ignores_ceil_mode",
            "ceil_mode does not reach max_pool2d. Hand over all four settings.",
            changes=(("max_pool2d(x, *self.settings)", "max_pool2d(x, *self.settings[:3])"),),
        ),
        Mistake(
            "ignores_the_padding",
            "The padding does not reach max_pool2d. Hand over all four settings.",
            changes=(("max_pool2d(x, *self.settings)", "max_pool2d(x, *self.settings[:2], 0, self.settings[3])"),),
        ),
        Mistake(
            "stride_of_the_kernel",
            "Your stride is always the kernel's height. It is a setting of its own: windows may overlap.",
            changes=(
                (
                    "max_pool2d(x, *self.settings)",
                    "max_pool2d(x, self.settings[0], self.settings[0][0], *self.settings[2:])",
                ),
            ),
        ),
        Mistake(
            "kernel_swapped",
            "kernel_size is (kh, kw), rows first. You have exchanged them.",
            changes=(("self.settings = kernel_size,", "self.settings = kernel_size[::-1],"),),
        ),
        Mistake(
            "always_square",
            "Your windows are square. kernel_size is a pair, (kh, kw), and both count.",
            changes=(("self.settings = kernel_size,", "self.settings = (kernel_size[0], kernel_size[0]),"),),
        ),
        Mistake(
            "size_of_the_result",
            "max_pool2d_backward gets the size of the pooled map. It wants the picture's: x.shape[2:].",
            changes=(("self.size = x.shape[2:]", "self.size = y.shape[2:]"),),
        ),
        Mistake(
            "size_swapped",
            "max_pool2d_backward gets (W, H). It wants (H, W), x.shape[2:].",
            changes=(("self.size = x.shape[2:]", "self.size = x.shape[:1:-1]"),),
        ),
        Mistake(
            "whole_shape",
            "max_pool2d_backward wants two sizes, (H, W). x.shape has four: take x.shape[2:].",
            changes=(("self.size = x.shape[2:]", "self.size = x.shape"),),
        ),
        Mistake(
            "channels_and_rows",
            "The size is (C, H) here: x.shape[1:3]. The picture's is x.shape[2:].",
            changes=(("self.size = x.shape[2:]", "self.size = x.shape[1:3]"),),
        ),
        Mistake(
            "size_from_the_result",
            "The picture's size cannot be worked out from the result: pixels may be left over, or lie in the padding. Keep"
            " x.shape[2:] in forward.",
            answer="SizeFromTheResult",
        ),
        Mistake(
            "a_tuple",
            "backward returns a tuple, as if there were several inputs. This operation has one: return its gradient alone.",
            changes=(
                (
                    "return max_pool2d_backward(grad, self.index, self.size)",
                    "return (max_pool2d_backward(grad, self.index, self.size),)",
                ),
            ),
        ),
        Mistake(
            "arguments_exchanged",
            "max_pool2d_backward takes grad first, then the index.",
            changes=(
                (
                    "max_pool2d_backward(grad, self.index, self.size)",
                    "max_pool2d_backward(self.index, grad, self.size)",
                ),
            ),
        ),
        Mistake(
            "kept_on_the_class",
            "Two layers share what is stored on the class. Store all that forward keeps on the object, in self.",
            changes=(
                ("y, self.index = max_pool2d(x, *self.settings)", "y, MaxPool2d.index = max_pool2d(x, *self.settings)"),
                ("self.size = x.shape[2:]", "MaxPool2d.size = x.shape[2:]"),
            ),
        ),
        Mistake(
            "kept_the_first",
            "backward uses the winners of an earlier picture. What forward keeps must be replaced in every call.",
            answer="RemembersTheFirstPool",
        ),
        Mistake(
            "all_winners",
            "Where pixels tie, every one of them gets the gradient here. Only the first in reading order does: use the index.",
            answer="PoolByComparing",
        ),
        Mistake(
            "ignores_grad",
            "Every winner gets a 1. It gets the gradient of its window: hand grad over.",
            changes=(("max_pool2d_backward(grad, self", "max_pool2d_backward(0 * grad + 1, self"),),
        ),
        Mistake(
            "becomes_float64",
            "float32 comes in, float64 goes out. Leave the dtype to lesson 10's functions.",
            changes=(("max_pool2d(x, *self", "max_pool2d(x.astype(float), *self"),),
            also=("PoolGradientInFloat64",),
        ),
        Mistake(
            "keeps_nothing",
            "backward asks for an index that forward has not stored. max_pool2d returns it: keep it in self.",
            changes=(("y, self.index = max_pool2d", "y, index = max_pool2d"),),
        ),
        Mistake(
            "spreads_evenly",
            "The gradient is spread over all pixels. Only the winner of each window gets it: max_pool2d_backward does that.",
            changes=(
                (
                    "return max_pool2d_backward(grad, self.index, self.size)",
                    (
                        "g = max_pool2d_backward(grad, self.index, self.size)\n"
                        "        return 0 * g + g.mean(axis=(2, 3), keepdims=True)"
                    ),
                ),
            ),
        ),
        Mistake(
            "a_none_too_many",
            "backward returns a pair. This operation has one input, so it returns one array, and no None.",
            changes=(
                (
                    "return max_pool2d_backward(grad, self.index, self.size)",
                    "return max_pool2d_backward(grad, self.index, self.size), None",
                ),
            ),
        ),
        Mistake(
            "overlaps_overwrite",
            "A pixel that wins several windows gets the gradient of the last one only: = and += with a list of places write"
            " each place once. max_pool2d_backward adds them.",
            answer="PoolAssigns",
        ),
        Mistake(
            "works_once",
            "A second backward finds nothing: the first has thrown away what forward stored. Leave it in self.",
            answer="PoolPops",
            also=("PoolClears",),
        ),
        Mistake(
            "two_by_two_only",
            "Your windows are always 2 x 2, and 2 apart. Give all four settings to max_pool2d, which can do the rest.",
            answer="PoolByReshaping",
            also=("PoolByReshapingExactly",),
        ),
        Mistake(
            "ceil_mode_for_padding",
            "ceil_mode arrives where max_pool2d expects the padding. The order is kernel_size, stride, padding, ceil_mode.",
            changes=(("max_pool2d(x, *self.settings)", "max_pool2d(x, *self.settings[:2], self.settings[3])"),),
        ),
        Mistake(
            "always_ceil",
            "You always round up. Hand ceil_mode over as it is.",
            changes=(("stride, padding, ceil_mode\n", "stride, padding, True\n"),),
        ),
        Mistake(
            "adds_up",
            "A second backward returns the sum of both. Compute the gradient anew each time; adding up is the business of the Tensor.",
            changes=(
                (
                    "return max_pool2d_backward(grad, self.index, self.size)",
                    'self.grad = getattr(self, "grad", 0) + max_pool2d_backward(grad, self.index, self.size)\n        return self.grad',
                ),
            ),
        ),
    ],
    "BatchNorm2d": [
        Mistake(
            "biased_running_variance",
            "The running variance gets the biased variance of the batch. It gets the unbiased one: var * n / (n - 1).",
            changes=((MOVES_VAR, "self.running_var += self.momentum * (var - self.running_var)"),),
        ),
        Mistake(
            "unbiased_everywhere",
            "You normalize by the unbiased variance. The batch is normalized by the biased one (divided by n); only the running"
            " variance is unbiased.",
            changes=(
                ("x.var(axis=(0, 2, 3))", "x.var(axis=(0, 2, 3), ddof=1)"),
                ("var * n / (n - 1)", "var"),
            ),
        ),
        Mistake(
            "exchanged_variances",
            "The two variances are exchanged: normalize by the biased one (n), move the running one by the unbiased one (n - 1).",
            changes=(
                ("x.var(axis=(0, 2, 3))", "x.var(axis=(0, 2, 3), ddof=1)"),
                ("var * n / (n - 1)", "var * (n - 1) / n"),
            ),
        ),
        Mistake(
            "unbiased_by_n_plus_1",
            "The unbiased variance is var * n / (n - 1): it is LARGER than the biased one.",
            changes=(("var * n / (n - 1)", "var * (n - 1) / n"),),
        ),
        Mistake(
            "n_counts_pictures",
            "n counts the pictures only. A channel's mean is over N * H * W numbers.",
            changes=(
                ("n = x.size // x.shape[1]", "n = max(len(x), 2)"),
                ("n = grad.size // grad.shape[1]", "n = len(grad)"),
            ),
        ),
        Mistake(
            "n_counts_all",
            "n counts the numbers of all channels. One channel has N * H * W.",
            changes=(("n = x.size // x.shape[1]", "n = x.size"), ("n = grad.size // grad.shape[1]", "n = grad.size")),
        ),
        Mistake(
            "not_in_place",
            "The running arrays that were handed in do not change. Write INTO them, with += or [...] =; `self.running_mean = ...`"
            " and copies are other arrays.",
            changes=(
                (MOVES_MEAN, "self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)"),
                (
                    MOVES_VAR,
                    "self.running_var = self.running_var + self.momentum * (var * n / (n - 1) - self.running_var)",
                ),
            ),
        ),
        Mistake(
            "variance_never_moves",
            "The running mean moves, the running variance does not.",
            changes=((MOVES_VAR, "pass"),),
        ),
        Mistake(
            "momentum_exchanged",
            "The weights are exchanged: the OLD running value counts (1 - momentum), the batch `momentum`.",
            changes=(
                (MOVES_MEAN, MOVES_MEAN.replace("self.momentum *", "(1 - self.momentum) *")),
                (MOVES_VAR, MOVES_VAR.replace("self.momentum *", "(1 - self.momentum) *")),
            ),
        ),
        Mistake(
            "fixed_momentum",
            "Your momentum is always 0.1. It is an argument: self.momentum.",
            changes=(
                (MOVES_MEAN, MOVES_MEAN.replace("self.momentum *", "0.1 *")),
                (MOVES_VAR, MOVES_VAR.replace("self.momentum *", "0.1 *")),
            ),
        ),
        Mistake(
            "running_deviation",
            "The running variance gets the deviation, a square root. Store the variance itself.",
            changes=(("(var * n / (n - 1) - self", "(np.sqrt(var * n / (n - 1)) - self"),),
        ),
        Mistake(
            "moves_in_evaluation",
            "The running statistics move in evaluation, too. Only a forward pass in training may move them.",
            changes=(
                (
                    f"        if self.training:\n            {BATCH}\n",
                    (
                        "        batch_mean, batch_var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))\n"
                        "        if self.training:\n            mean, var = batch_mean, batch_var\n"
                        "        if x.size > x.shape[1]:\n"
                    ),
                ),
                (MOVES_MEAN, MOVES_MEAN.replace("(mean", "(batch_mean")),
                (MOVES_VAR, MOVES_VAR.replace("(var", "(batch_var")),
            ),
        ),
        Mistake(
            "batch_in_evaluation",
            "In evaluation you still use the batch's own statistics. If not training, use running_mean and running_var.",
            changes=(
                (
                    f"        if self.training:\n            {BATCH}\n",
                    f"        {BATCH}\n        if self.training:\n",
                ),
            ),
        ),
        Mistake(
            "running_in_training",
            "In training you normalize by the running statistics. Use the batch's own; the running ones are for later.",
            changes=((INVERSE, f"mean, var = self.running_mean, self.running_var\n        {INVERSE}"),),
        ),
        Mistake(
            "training_inverted",
            "Training and evaluation are exchanged: the batch's statistics belong to training=True.",
            answer="TrainingInverted",
        ),
        Mistake(
            "each_picture_by_itself",
            "Every picture is normalized by itself (that is instance norm). The mean of a channel is over all pictures, too:"
            " axes (0, 2, 3).",
            answer="InstanceNorm",
            also=("InstanceNormInForward",),
        ),
        Mistake(
            "eps_outside",
            "eps is added to the deviation. It is added to the variance, under the root: sqrt(var + eps).",
            changes=((INVERSE, "self.inverse = 1 / (np.sqrt(var) + self.eps)[:, None, None]"),),
        ),
        Mistake(
            "no_eps",
            "eps is missing. Without it, a channel whose numbers are all equal divides by 0.",
            changes=((INVERSE, "self.inverse = 1 / np.sqrt(var)[:, None, None]"),),
        ),
        Mistake(
            "fixed_eps",
            "Your eps is always 1e-5. It is an argument: self.eps.",
            changes=(("np.sqrt(var + self.eps)", "np.sqrt(var + 1e-5)"),),
        ),
        Mistake(
            "no_root",
            "You divide by the variance. Divide by its root, the deviation.",
            changes=((INVERSE, "self.inverse = 1 / (var + self.eps)[:, None, None]"),),
        ),
        Mistake(
            "bias_inside",
            "The bias is multiplied by the weight, too. First multiply, then add: weight * h + bias.",
            changes=(
                (
                    "return self.normalized * self.weight + bias[:, None, None]",
                    "return (self.normalized + bias[:, None, None]) * self.weight",
                ),
            ),
        ),
        Mistake(
            "weight_and_bias_exchanged",
            "weight and bias are exchanged: the weight multiplies, the bias is added.",
            changes=(
                (
                    "return self.normalized * self.weight + bias[:, None, None]",
                    "return self.normalized * bias[:, None, None] + self.weight",
                ),
            ),
        ),
        Mistake(
            "along_the_columns",
            "A vector of C numbers broadcasts along the columns. Give it two more axes: mean[:, None, None].",
            changes=(("(x - mean[:, None, None])", "(x - mean)"),),
        ),
        Mistake(
            "statistics_are_constants",
            "In training every x also moves the mean and the variance, and through them all results. Both terms are missing in"
            " your dL/dx.",
            changes=((TERMS, "pass"),),
        ),
        Mistake(
            "no_mean_term",
            "dL/dx lacks the term of the mean: subtract dL/dbias / n.",
            changes=((TERMS, "grad = grad - self.normalized * grad_weight[:, None, None] / n"),),
        ),
        Mistake(
            "no_variance_term",
            "dL/dx lacks the term of the variance: subtract h * dL/dweight / n.",
            changes=((TERMS, "grad = grad - grad_bias[:, None, None] / n"),),
        ),
        Mistake(
            "terms_added",
            "The terms of mean and variance are added to dL/dx. They take away: grad - (... + ...) / n.",
            changes=((TERMS, TERMS.replace("grad - (", "grad + (")),),
        ),
        Mistake(
            "terms_not_divided",
            "The two terms in dL/dx are sums over the channel. Each must be divided by n, the number of values summed.",
            changes=((TERMS, TERMS.replace(" / n", "")),),
        ),
        Mistake(
            "terms_in_evaluation",
            "In evaluation, mean and variance are constants: dL/dx is grad * weight / sqrt(var + eps), and no more.",
            changes=(
                ("        if self.training:\n            n = grad", "        if grad.size:\n            n = grad"),
            ),
        ),
        Mistake(
            "backward_forgets_the_weight",
            "dL/dx lacks the factor `weight`: h was multiplied by it.",
            changes=((BACK, BACK.replace(" * self.weight", "")),),
        ),
        Mistake(
            "backward_forgets_the_deviation",
            "dL/dx lacks the factor 1 / sqrt(var + eps): x was divided by the deviation.",
            changes=((BACK, BACK.replace(" * self.inverse", "")),),
        ),
        Mistake(
            "backward_multiplies_by_the_deviation",
            "dL/dx is multiplied by the deviation. forward divides by it, and so does backward.",
            changes=((BACK, BACK.replace(" * self.inverse", " / self.inverse")),),
        ),
        Mistake(
            "dweight_of_x",
            "dL/dweight sums grad * x. The weight multiplies the NORMALIZED numbers: sum grad * h.",
            changes=(
                ("self.weight = weight[:, None, None]\n", "self.weight, self.x = weight[:, None, None], x\n"),
                (
                    "grad_weight, grad_bias = (grad * self.normalized)",
                    "gw = (grad * self.normalized).sum(axis=(0, 2, 3))\n        grad_weight, grad_bias = (grad * self.x)",
                ),
                ("self.normalized * grad_weight", "self.normalized * gw"),
            ),
        ),
        Mistake(
            "dweight_ignores_grad",
            "dL/dweight sums h alone, which is 0. It sums grad * h.",
            changes=(
                (
                    "grad_weight, grad_bias = (grad * self.normalized)",
                    "gw = (grad * self.normalized).sum(axis=(0, 2, 3))\n        grad_weight, grad_bias = (1 * self.normalized)",
                ),
                ("self.normalized * grad_weight", "self.normalized * gw"),
            ),
        ),
        Mistake(
            "parameters_get_means",
            "dL/dweight and dL/dbias are means. Weight and bias are used n times, and get the SUM of all their gradients.",
            changes=(
                (
                    BACK,
                    "n = grad.size // grad.shape[1]\n        return grad * self.weight * self.inverse, grad_weight / n, grad_bias / n",
                ),
            ),
        ),
        Mistake(
            "parameters_exchanged",
            "dL/dbias comes before dL/dweight. The order is that of the inputs: x, weight, bias.",
            changes=((BACK, BACK.replace("grad_weight, grad_bias", "grad_bias, grad_weight")),),
        ),
        Mistake(
            "only_dx",
            "backward returns only dL/dx. weight and bias are inputs, too: return all three.",
            changes=((BACK, BACK.replace(", grad_weight, grad_bias", "")),),
        ),
        Mistake(
            "list",
            "backward returns a list. The Tensor takes a tuple for several gradients, and a list for one: use ( ), not [ ].",
            changes=((BACK, "return [grad * self.weight * self.inverse, grad_weight, grad_bias]"),),
        ),
        Mistake(
            "kept_on_the_class",
            "Two layers share what is stored on the class. Store all that forward keeps on the object, in self.",
            changes=(
                ("self.weight = weight[:, None, None]\n", "BatchNorm2d.weight = weight[:, None, None]\n"),
                ("self.inverse = 1", "BatchNorm2d.inverse = 1"),
                ("self.normalized = (x", "BatchNorm2d.normalized = (x"),
            ),
        ),
        Mistake(
            "naive_variance",
            "mean(x^2) - mean(x)^2 subtracts two large, nearly equal numbers, and loses all digits far from 0. Take the mean of"
            " (x - mean)^2.",
            answer="NaiveVariance",
        ),
        Mistake(
            "becomes_float64",
            "float32 comes in, float64 goes out. np.float64 numbers, or .astype(float), make all the rest float64.",
            changes=(
                (
                    "1 / np.sqrt(var + self.eps)[:, None, None]",
                    "np.float64(1) / np.sqrt(var.astype(float) + self.eps)[:, None, None]",
                ),
            ),
        ),
        Mistake(
            "corrected_twice",
            "You take the unbiased variance (ddof=1) and multiply it by n / (n - 1) once more. Normalize by the biased one, and correct only the running one.",
            changes=(("x.var(axis=(0, 2, 3))", "x.var(axis=(0, 2, 3), ddof=1)"),),
        ),
        Mistake(
            "over_channels_too",
            "Your sums run over the channels. Each channel is normalized by itself, over the axes (0, 2, 3).",
            changes=(("axis=(0, 2, 3)", "axis=(1, 2, 3)"),),
            also=("KeepdimsOverChannels",),
        ),
        Mistake(
            "over_pictures_only",
            "Your sums run over the pictures only. A channel has one mean, over the axes (0, 2, 3).",
            changes=(("axis=(0, 2, 3)", "axis=0"),),
            also=("KeepdimsOverPictures", "EachPixelByItself"),
        ),
        Mistake(
            "not_over_pictures",
            "Your sums run over rows and columns only. A channel has one mean for the whole batch, over the axes (0, 2, 3).",
            changes=(("axis=(0, 2, 3)", "axis=(2, 3)"),),
            also=("KeepdimsNotOverPictures",),
        ),
        Mistake(
            "dweight_times_weight",
            "dL/dweight has a factor `weight` too many. y = weight * h + bias, so dL/dweight sums grad * h.",
            changes=((BACK, BACK.replace("grad_weight,", "grad_weight * self.weight[:, 0, 0],")),),
        ),
        Mistake(
            "parameters_keep_their_axes",
            "dL/dweight and dL/dbias have the right numbers, but not the shape (C,). Leave keepdims out, or reshape them at the end.",
            changes=(
                (
                    BACK,
                    BACK.replace(
                        "grad_weight, grad_bias", "grad_weight[None, :, None, None], grad_bias[None, :, None, None]"
                    ),
                ),
            ),
        ),
        Mistake(
            "parameters_are_one_number",
            "dL/dweight and dL/dbias are single numbers. Each channel has its own: sum over (0, 2, 3), not over everything.",
            changes=((BACK, BACK.replace("grad_weight, grad_bias", "grad_weight.sum(), grad_bias.sum()")),),
        ),
        Mistake(
            "parameters_of_each_picture",
            "dL/dweight and dL/dbias still have an axis for the pictures. Sum over the axes (0, 2, 3).",
            changes=(
                (
                    BACK,
                    BACK.replace(
                        "grad_weight, grad_bias", "(given * self.normalized).sum(axis=(2, 3)), given.sum(axis=(2, 3))"
                    ),
                ),
                (
                    "        grad_weight, grad_bias = (grad",
                    "        given = grad\n        grad_weight, grad_bias = (grad",
                ),
            ),
        ),
        Mistake(
            "parameters_of_each_place",
            "dL/dweight and dL/dbias still have axes for rows and columns. Sum over the axes (0, 2, 3).",
            changes=(
                (
                    BACK,
                    BACK.replace("grad_weight, grad_bias", "(given * self.normalized).sum(axis=0), given.sum(axis=0)"),
                ),
                (
                    "        grad_weight, grad_bias = (grad",
                    "        given = grad\n        grad_weight, grad_bias = (grad",
                ),
            ),
        ),
        Mistake(
            "parameters_get_none",
            "weight and bias get None for a gradient, and never learn. dL/dweight sums grad * h, dL/dbias sums grad.",
            changes=((BACK, BACK.replace("grad_weight, grad_bias", "None, None")),),
        ),
        Mistake(
            "divided_twice",
            "dL/dx is divided by the deviation twice. forward divides once, and so does backward.",
            changes=((BACK, BACK.replace("* self.inverse", "* self.inverse**2")),),
        ),
        Mistake(
            "variance_term_twice",
            "The term of the variance counts twice in dL/dx. The 2 of the square and the 1/2 of the root cancel: h * dL/dweight / n.",
            changes=((TERMS, TERMS.replace("+ self.normalized", "+ 2 * self.normalized")),),
        ),
        Mistake(
            "moves_in_backward",
            "backward moves the running statistics. Only a forward pass in training may.",
            changes=((BACK, "self.running_mean += self.momentum * (0 - self.running_mean)\n        " + BACK),),
        ),
        Mistake(
            "n_is_N",
            "Your n is the number of pictures. A mean over the axes (0, 2, 3) is over N * H * W numbers.",
            changes=(("n = x.size // x.shape[1]", "n = np.float64(x.shape[0])"),),
        ),
        Mistake(
            "n_is_N_in_backward",
            "In backward your n is the number of pictures. Each sum runs over N * H * W numbers: grad.size // grad.shape[1].",
            changes=(("n = grad.size // grad.shape[1]", "n = grad.shape[0]"),),
        ),
        Mistake(
            "weight_along_the_columns",
            "weight and bias broadcast along the columns. They belong to the channels: weight[:, None, None].",
            changes=(
                ("self.weight = weight[:, None, None]", "self.weight = weight"),
                ("+ bias[:, None, None]", "+ bias"),
            ),
        ),
        Mistake(
            "running_variance_squared",
            "In evaluation you take running_var for a deviation. It is a variance: divide by np.sqrt(running_var + eps).",
            changes=(
                (
                    INVERSE,
                    "scale = np.sqrt(var + self.eps) if self.training else var + self.eps\n        self.inverse = 1 / scale[:, None, None]",
                ),
            ),
        ),
        Mistake(
            "adds_up",
            "A second backward returns the sum of both. Compute the gradients anew each time; adding up is the business of the Tensor.",
            changes=(
                (
                    BACK,
                    'self.sum = getattr(self, "sum", 0) + grad * self.weight * self.inverse\n        return self.sum, grad_weight, grad_bias',
                ),
            ),
        ),
    ],
    "dropout": [
        Mistake(
            "not_scaled",
            "What is kept is not scaled. Divide it by 1 - p, or the mean shrinks to (1 - p) times what it was.",
            changes=(("(kept / (1 - p))", "kept"),),
        ),
        Mistake(
            "divides_by_p",
            "What is kept is divided by p. A share of 1 - p is kept: divide by 1 - p.",
            changes=(("(kept / (1 - p))", "(kept / p)"),),
        ),
        Mistake(
            "multiplies",
            "What is kept is multiplied by 1 - p, so the mean shrinks twice. Divide by 1 - p.",
            changes=(("(kept / (1 - p))", "(kept * (1 - p))"),),
        ),
        Mistake(
            "keeps_p",
            "p is the probability to be DROPPED. You keep a share of p: compare the other way round.",
            changes=((">= p", "< p"),),
            also=("keeps_p_and_divides_by_it",),
        ),
        Mistake(
            "scales_in_evaluation",
            "Without training, x is multiplied by 1 - p. The scaling is done in training already: return x as it is.",
            changes=(("        return x\n", "        return x * Tensor((0 * x.data + 1 - p).astype(x.data.dtype))\n"),),
        ),
        Mistake(
            "drops_always",
            "Numbers are dropped without training, too. If not training, return x.",
            changes=(("if not training or p == 0", "if p == 0"),),
        ),
        Mistake(
            "inverted",
            "You drop when NOT training. Drop in training, and return x otherwise.",
            changes=(("if not training or p == 0", "if training or p == 0"),),
        ),
        Mistake(
            "an_array",
            "You return an array. Return a Tensor, or no gradient can flow.",
            changes=((DROP, "return x.data * (kept / (1 - p)).astype(x.data.dtype)"),),
        ),
        Mistake(
            "cut_off",
            "The numbers are right, but the new Tensor knows nothing of x: no gradient flows. Multiply the Tensors: x * Tensor(...).",
            changes=((DROP, "return Tensor(x.data * (kept / (1 - p)).astype(x.data.dtype), requires_grad=True)"),),
            also=("cut_off_without_gradient",),
        ),
        Mistake(
            "times_an_array",
            "A Tensor can only be multiplied by a Tensor: x * Tensor(mask).",
            changes=((DROP, "return x * (kept / (1 - p)).astype(x.data.dtype)"),),
        ),
        Mistake(
            "shape_of_a_tensor",
            "A Tensor of this course has no shape or dtype of its own. Its array has: x.data.shape, x.data.dtype.",
            changes=(("x.data.shape", "x.shape"),),
        ),
        Mistake(
            "own_generator",
            "You make a generator of your own, so every call drops the same numbers. Draw from rng.",
            answer="new_generator",
            also=("new_generator_of_0",),
        ),
        Mistake(
            "global_generator",
            "You draw from np.random, which nobody can seed here. Draw from rng.",
            answer="global_generator",
        ),
        Mistake(
            "whole_channels",
            "Whole channels are dropped (as Dropout2d does). Every number is dropped by itself: draw x.data.shape numbers.",
            answer="whole_channels",
        ),
        Mistake(
            "one_mask_for_all",
            "All pictures lose the same numbers. Draw a mask for each: x.data.shape, not x.data.shape[1:].",
            changes=(("rng.random(x.data.shape)", "(rng.random(x.data.shape[1:]) + 0 * x.data)"),),
        ),
        Mistake(
            "one_number",
            "One random number decides for the whole Tensor. Draw one for every number: rng.random(x.data.shape).",
            changes=(("rng.random(x.data.shape)", "(rng.random() + 0 * x.data)"),),
        ),
        Mistake(
            "one_half",
            "You always drop one half. The probability is p.",
            changes=((">= p", ">= 0.5"),),
        ),
        Mistake(
            "normal_numbers",
            "standard_normal is below p far more often than in a share p of all cases. rng.random is uniform between 0 and 1.",
            changes=(("rng.random(", "rng.standard_normal("),),
        ),
        Mistake(
            "becomes_float64",
            "float32 comes in, float64 goes out: the mask is float64. Give it x's dtype: mask.astype(x.data.dtype).",
            changes=((".astype(x.data.dtype)", ""),),
        ),
        Mistake(
            "in_place",
            "You write into x.data, which others still use, and no gradient is dropped. Make a new Tensor: x * Tensor(mask).",
            changes=((DROP, "x.data *= (kept / (1 - p)).astype(x.data.dtype)\n    return x"),),
            also=("in_place_by_index",),
        ),
        Mistake(
            "gradient_of_everything",
            "Numbers are dropped, but all gradients pass. A number that was replaced by 0 has no effect: its gradient is 0.",
            answer="gradient_of_everything",
        ),
        Mistake(
            "adds_noise",
            "The mask is added. It multiplies.",
            changes=(("return x * Tensor", "return x + Tensor"),),
        ),
        Mistake(
            "scaled_afterwards",
            "This is the dropout of the first paper: nothing is scaled in training, and x is multiplied by 1 - p afterwards. Here, divide by 1 - p in training, and change nothing afterwards.",
            changes=(
                ("(kept / (1 - p))", "kept"),
                ("        return x\n", "        return x * Tensor((0 * x.data + 1 - p).astype(x.data.dtype))\n"),
            ),
        ),
        Mistake(
            "divides_by_what_was_kept",
            "You divide by the share that happened to be kept in this draw. Divide by the probability, 1 - p.",
            changes=(("(kept / (1 - p))", "(kept / max(kept.mean(), 1e-9))"),),
        ),
        Mistake(
            "exactly_a_share",
            "You drop exactly a share p of all numbers. Each is dropped by itself, with probability p, whatever happens to the others.",
            answer="exactly_a_share",
            also=("exactly_a_share_by_choice",),
        ),
        Mistake(
            "gradient_not_scaled",
            "The gradient is dropped, but not divided by 1 - p. y = x / (1 - p) has the slope 1 / (1 - p).",
            answer="gradient_not_scaled",
        ),
        Mistake(
            "gradient_scaled_twice",
            "The gradient has the factor 1 / (1 - p) twice. y = x / (1 - p) has the slope 1 / (1 - p).",
            answer="gradient_scaled_twice",
        ),
    ],
    "he": [
        Mistake(
            "no_root",
            "You multiply by the variance. Multiply by the deviation, its root: np.sqrt(2 / fan_in).",
            changes=(("np.sqrt(2 / np.prod(shape[1:]))", "(2 / np.prod(shape[1:]))"),),
        ),
        Mistake(
            "one_instead_of_two",
            "This is 1 / fan_in. A ReLU sets half of the numbers to 0, and the 2 makes up for it: 2 / fan_in.",
            changes=(("np.sqrt(2 /", "np.sqrt(1 /"),),
        ),
        Mistake(
            "two_outside",
            "The 2 belongs under the root: np.sqrt(2 / fan_in), not 2 / np.sqrt(fan_in).",
            changes=(("np.sqrt(2 / np.prod(shape[1:]))", "2 / np.sqrt(np.prod(shape[1:]))"),),
        ),
        Mistake(
            "channels_only",
            "Your fan_in is C. Each result sums over the kernel's places, too: C * kh * kw.",
            changes=(("np.prod(shape[1:])", "shape[1]"),),
        ),
        Mistake(
            "kernels_only",
            "Your fan_in is K, the number of kernels. It is the number of products in one sum: C * kh * kw.",
            changes=(("np.prod(shape[1:])", "shape[0]"),),
        ),
        Mistake(
            "all_sizes",
            "Your fan_in counts the weights of all kernels. One result uses one kernel: leave K out, np.prod(shape[1:]).",
            changes=(("np.prod(shape[1:])", "np.prod(shape)"),),
        ),
        Mistake(
            "fan_out",
            "This is fan_out, K * kh * kw. On the way forward C * kh * kw products are summed.",
            changes=(("np.prod(shape[1:])", "(shape[0] * shape[2] * shape[3])"),),
        ),
        Mistake(
            "kernel_without_channels",
            "Your fan_in is kh * kw. The sum runs over the channels, too: C * kh * kw.",
            changes=(("np.prod(shape[1:])", "(shape[2] * shape[3])"),),
        ),
        Mistake(
            "glorot",
            "This is Glorot's variance, 2 / (fan_in + fan_out). He's is 2 / fan_in.",
            changes=(
                ("np.sqrt(2 / np.prod(shape[1:]))", "np.sqrt(2 / ((shape[0] + shape[1]) * shape[2] * shape[3]))"),
            ),
        ),
        Mistake(
            "upside_down",
            "The deviation grows with fan_in here. It is np.sqrt(2 / fan_in): the longer the sum, the smaller the weights.",
            changes=(("np.sqrt(2 / np.prod(shape[1:]))", "np.sqrt(np.prod(shape[1:]) / 2)"),),
        ),
        Mistake(
            "not_scaled",
            "The variance is 1. Scale the numbers by np.sqrt(2 / fan_in).",
            changes=((" * np.sqrt(2 / np.prod(shape[1:]))", ""),),
        ),
        Mistake(
            "one_hundredth",
            "A deviation of 0.01 is too small for one layer and too large for another. It depends on the shape: 2 / fan_in.",
            changes=(("np.sqrt(2 / np.prod(shape[1:]))", "0.01"),),
        ),
        Mistake(
            "uniform_of_that_variance",
            "The variance is right, but your numbers are uniform. He's start is normal here: rng.standard_normal.",
            changes=((HE, "limit = np.sqrt(6 / np.prod(shape[1:]))\n    return rng.uniform(-limit, limit, shape)"),),
        ),
        Mistake(
            "uniform_within_the_deviation",
            "You draw uniformly between -d and d. That has a variance of d * d / 3. Use rng.standard_normal(shape) * d.",
            changes=((HE, "limit = np.sqrt(2 / np.prod(shape[1:]))\n    return rng.uniform(-limit, limit, shape)"),),
        ),
        Mistake(
            "positive",
            "rng.random is uniform between 0 and 1: all your weights are positive. Use rng.standard_normal.",
            changes=(("rng.standard_normal(", "rng.random("),),
        ),
        Mistake(
            "truncated",
            "Large numbers are missing: you draw again beyond two deviations. Here the distribution is a plain normal one.",
            answer="truncated",
        ),
        Mistake(
            "standardized",
            "You force the mean to 0 and the deviation to its value in every draw. They hold on average: scale the numbers, and"
            " leave them as they were drawn.",
            changes=((HE, "w = rng.standard_normal(shape)\n    return (w - w.mean()) / w.std() * np.sqrt(2 / np.prod(shape[1:]))"),),
            also=("he_of_exact_deviation", "he_of_exact_mean"),
        ),
        Mistake(
            "own_generator",
            "You make a generator of your own, so all layers of a kind start alike. Draw from rng.",
            changes=(("rng.standard_normal(", "np.random.default_rng(0).standard_normal("),),
            also=("he_of_seed_42",),
        ),
        Mistake(
            "global_generator",
            "You draw from np.random, which nobody can seed here. Draw from rng.",
            changes=(("rng.standard_normal(shape)", "np.random.randn(*shape)"),),
        ),
        Mistake(
            "one_kernel_for_all",
            "All kernels are equal. Equal kernels get equal gradients, and stay equal for ever: draw K different ones.",
            changes=(
                (
                    HE,
                    "one = rng.standard_normal(shape[1:]) * np.sqrt(2 / np.prod(shape[1:]))\n    return np.broadcast_to(one, shape).copy()",
                ),
            ),
        ),
        Mistake(
            "becomes_float32",
            "The result is float32. float64 was asked for; whoever needs less can convert it.",
            changes=((HE, HE.replace("return ", "return (") + ").astype(np.float32)"),),
        ),
        Mistake(
            "a_different_scale_for_each_kernel",
            "Your kernels have different deviations. All have the same fan_in, so all have the same.",
            answer="each_kernel_by_itself",
        ),
        Mistake(
            "channels_times_kernels",
            "Your fan_in is K * C. The kernels do not share a sum, but the places of one kernel do: C * kh * kw.",
            changes=(("np.prod(shape[1:])", "(shape[0] * shape[1])"),),
        ),
        Mistake(
            "root_of_two_only",
            "Only the 2 is under your root. It is np.sqrt(2 / fan_in), all of it.",
            changes=(("np.sqrt(2 / np.prod(shape[1:]))", "np.sqrt(2) / np.prod(shape[1:])"),),
        ),
        Mistake(
            "without_the_width",
            "Your fan_in lacks the width of the kernel: C * kh * kw.",
            changes=(("np.prod(shape[1:])", "np.prod(shape[1:3])"),),
        ),
        Mistake(
            "without_the_height",
            "Your fan_in lacks the height of the kernel: C * kh * kw.",
            changes=(("np.prod(shape[1:])", "(shape[1] * shape[3])"),),
        ),
        Mistake(
            "square_kernel",
            "Your fan_in takes the kernel for a square. It is C * kh * kw.",
            changes=(("np.prod(shape[1:])", "(shape[1] * shape[2] ** 2)"),),
        ),
        Mistake(
            "square_of_the_width",
            "Your fan_in squares the width of the kernel. It is C * kh * kw.",
            changes=(("np.prod(shape[1:])", "(shape[1] * shape[3] ** 2)"),),
        ),
        Mistake(
            "uniform_around_0",
            "Your numbers are uniform, with a twelfth of the variance you want. Use rng.standard_normal.",
            changes=(("rng.standard_normal(shape)", "(rng.random(shape) - 0.5)"),),
        ),
        Mistake(
            "default_of_pytorch",
            "These are PyTorch's default weights, uniform between -1 / sqrt(fan_in) and 1 / sqrt(fan_in). He's start is normal, of variance 2 / fan_in.",
            changes=((HE, "limit = np.sqrt(1 / np.prod(shape[1:]))\n    return rng.uniform(-limit, limit, shape)"),),
        ),
        Mistake(
            "deviation_as_mean",
            "The first argument of rng.normal is the mean, the second the deviation: rng.normal(0, np.sqrt(2 / fan_in), shape).",
            changes=((HE, "return rng.normal(np.sqrt(2 / np.prod(shape[1:])), 1, shape)"),),
        ),
        Mistake(
            "shape_unpacked",
            "rng.standard_normal takes the shape as one tuple: standard_normal(shape), not standard_normal(*shape).",
            changes=(("standard_normal(shape)", "standard_normal(*shape)"),),
        ),
    ],
}
