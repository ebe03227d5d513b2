"""Right answers to lesson 15, written in other ways: the checks must let every one of them pass."""

import math

import numpy as np

VARIANTS = {
    "Conv2d": ["ConvByNames", "ConvByEinsum", "ConvByPromises", "ConvBiasFirst"],
    "MaxPool2d": ["PoolByNames", "PoolByKeptPicture", "PoolByGathering"],
    "BatchNorm2d": ["NormByGraph", "NormByChannels", "NormByMatrices", "NormWithFormula"],
    "dropout": ["drop_by_operation", "drop_by_choice", "drop_by_where", "drop_by_binomial", "drop_by_permutation"],
    "he": ["he_by_normal", "he_by_loops", "he_by_box_muller", "he_backwards"],
}


class ConvByNames:
    """All settings by name; the sizes kept, not the arrays' shapes asked for again."""

    def __init__(self, stride=1, padding=0):
        self.options = {"stride": stride, "padding": padding}

    def forward(self, x, weight, bias):
        self.kept = x, weight
        self.size, self.kernel_size = x.shape[-2:], weight.shape[-2:]
        return np.add(conv_forward(x, weight, **self.options), bias.reshape(1, -1, 1, 1))  # noqa: F821

    def backward(self, grad):
        x, weight = self.kept
        gx = conv_backward_input(grad, weight, self.size, **self.options)  # noqa: F821
        gw = conv_backward_weight(x, grad, self.kernel_size, **self.options)  # noqa: F821
        gb = grad.sum(3).sum(2).sum(0)
        return gx, gw, gb


class ConvByEinsum:
    def __init__(self, stride=1, padding=0):
        self.s, self.p = stride, padding

    def forward(self, x, weight, bias):
        self.x, self.w = x, weight
        y = conv_forward(x, weight, self.s, self.p)  # noqa: F821
        for k in range(len(bias)):
            y[:, k] += bias[k]
        return y

    def backward(self, grad):
        H, W = self.x.shape[2], self.x.shape[3]
        dx = conv_backward_input(grad, self.w, (H, W), self.s, self.p)  # noqa: F821
        dw = conv_backward_weight(self.x, grad, (self.w.shape[2], self.w.shape[3]), self.s, self.p)  # noqa: F821
        return dx, dw, np.einsum("nkuv->k", grad)


class ConvByPromises:
    """forward makes the function that backward will call."""

    def __init__(self, stride=1, padding=0):
        self.stride, self.padding = stride, padding

    def forward(self, x, weight, bias):
        def back(grad):
            return (
                conv_backward_input(grad, weight, x.shape[2:], self.stride, self.padding),  # noqa: F821
                conv_backward_weight(x, grad, weight.shape[2:], self.stride, self.padding),  # noqa: F821
                grad.swapaxes(0, 1).reshape(len(bias), math.prod(grad.shape) // len(bias)).sum(axis=1),
            )

        self.back = back
        return conv_forward(x, weight, self.stride, self.padding) + bias[None, :, None, None]  # noqa: F821

    def backward(self, grad):
        return self.back(grad)


class ConvBiasFirst:
    """The bias as one more channel of ones: a convolution without a bias."""

    def __init__(self, stride=1, padding=0):
        self.stride, self.padding = stride, padding

    def forward(self, x, weight, bias):
        self.x, self.weight = x.copy(), weight.copy()
        y = np.zeros_like(conv_forward(x, weight, self.stride, self.padding)) + bias[:, np.newaxis, np.newaxis]  # noqa: F821
        return y + conv_forward(x, weight, self.stride, self.padding)  # noqa: F821

    def backward(self, grad):
        bias = np.array([grad[:, k].sum() for k in range(grad.shape[1])], dtype=grad.dtype)
        weight = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride, self.padding)  # noqa: F821
        x = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride, self.padding)  # noqa: F821
        return x, weight, bias


class PoolByNames:
    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.options = {"kernel_size": kernel_size, "stride": stride, "padding": padding, "ceil_mode": ceil_mode}

    def forward(self, x):
        values, winners = max_pool2d(x, **self.options)  # noqa: F821
        self.index, self.H, self.W = winners, x.shape[-2], x.shape[-1]
        return values

    def backward(self, grad):
        return max_pool2d_backward(grad, self.index, (self.H, self.W))  # noqa: F821


class PoolByKeptPicture:
    """Keeps the picture, and looks for the winners only on the way back."""

    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.kernel_size, self.stride, self.padding, self.ceil_mode = kernel_size, stride, padding, ceil_mode

    def pool(self):
        return max_pool2d(self.x, self.kernel_size, self.stride, self.padding, self.ceil_mode)  # noqa: F821

    def forward(self, x):
        self.x = x
        return self.pool()[0]

    def backward(self, grad):
        return max_pool2d_backward(grad, self.pool()[1], self.x.shape[2:])  # noqa: F821


class PoolByGathering:
    """Takes the values out of the picture by their places, and adds the gradients up by itself."""

    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.settings = [kernel_size, stride, padding, ceil_mode]

    def forward(self, x):
        self.shape = x.shape
        self.index = max_pool2d(x, *self.settings)[1]  # noqa: F821
        flat = x.reshape(*x.shape[:2], x.shape[2] * x.shape[3])
        places = self.index.reshape(*x.shape[:2], self.index.shape[2] * self.index.shape[3])
        return np.take_along_axis(flat, places, axis=2).reshape(self.index.shape)

    def backward(self, grad):
        grad_x = np.zeros((*self.shape[:2], self.shape[2] * self.shape[3]), grad.dtype)
        for n, c, u, v in np.ndindex(grad.shape):
            grad_x[n, c, self.index[n, c, u, v]] += grad[n, c, u, v]
        return grad_x.reshape(self.shape)


class Norm:
    """What all batch norms are made with."""

    def __init__(self, running_mean, running_var, training, momentum=0.1, eps=1e-5):
        self.running_mean, self.running_var, self.training = running_mean, running_var, training
        self.momentum, self.eps = momentum, eps

    def move(self, mean, var, n):
        m = self.momentum
        self.running_mean[...] = (1 - m) * self.running_mean + m * mean
        self.running_var[...] = (1 - m) * self.running_var + m * var * n / (n - 1)


class NormByGraph(Norm):
    """The way back step by step, along the computational graph, as in lesson 1."""

    def forward(self, x, weight, bias):
        self.x, self.gamma, axes = x, weight.reshape(-1, 1, 1), (0, 2, 3)
        if self.training:
            self.mean = x.mean(axis=axes, keepdims=True)
            self.centred = x - self.mean
            var = (self.centred**2).mean(axis=axes, keepdims=True)
            self.move(self.mean.ravel(), var.ravel(), x.size / x.shape[1])
        else:
            self.centred = x - self.running_mean.reshape(-1, 1, 1)
            var = self.running_var.reshape(-1, 1, 1)
        self.deviation = (var + self.eps) ** 0.5
        self.h = self.centred / self.deviation
        return self.gamma * self.h + bias.reshape(-1, 1, 1)

    def backward(self, grad):
        axes, n = (0, 2, 3), grad.size / grad.shape[1]
        grad_h = grad * self.gamma
        grad_centred = grad_h / self.deviation
        if self.training:
            grad_deviation = -(grad_h * self.h / self.deviation).sum(axis=axes, keepdims=True)
            grad_var = grad_deviation / (2 * self.deviation)
            grad_centred = grad_centred + grad_var * 2 * self.centred / n
            grad_x = grad_centred - grad_centred.sum(axis=axes, keepdims=True) / n
        else:
            grad_x = grad_centred
        return grad_x, (grad * self.h).sum(axis=axes), grad.sum(axis=axes)


class NormByChannels(Norm):
    """One channel after the other."""

    def forward(self, x, weight, bias):
        self.weight, self.h = weight, np.zeros_like(x)
        self.scale, y = np.zeros_like(weight), np.zeros_like(x)
        for c in range(x.shape[1]):
            numbers = x[:, c]
            mean, var = self.running_mean[c], self.running_var[c]
            if self.training:
                mean, var = numbers.mean(), numbers.var()
                self.running_mean[c] += self.momentum * (mean - self.running_mean[c])
                self.running_var[c] += self.momentum * (numbers.var(ddof=1) - self.running_var[c])
            self.scale[c] = 1 / np.sqrt(var + self.eps)
            self.h[:, c] = (numbers - mean) * self.scale[c]
            y[:, c] = weight[c] * self.h[:, c] + bias[c]
        return y

    def backward(self, grad):
        grad_x, grad_weight, grad_bias = np.zeros_like(grad), np.zeros_like(self.weight), np.zeros_like(self.weight)
        for c in range(grad.shape[1]):
            g, h = grad[:, c], self.h[:, c]
            grad_weight[c], grad_bias[c] = (g * h).sum(), g.sum()
            if self.training:
                g = g - g.mean() - h * (g * h).mean()
            grad_x[:, c] = self.weight[c] * self.scale[c] * g
        return grad_x, grad_weight, grad_bias


class NormByMatrices(Norm):
    """Channels as rows of a matrix (C, N * H * W)."""

    def rows(self, x):
        return x.swapaxes(0, 1).reshape(x.shape[1], x.size // x.shape[1])

    def back(self, rows, shape):
        return rows.reshape(shape[1], shape[0], *shape[2:]).swapaxes(0, 1)

    def forward(self, x, weight, bias):
        rows, self.weight = self.rows(x), weight[:, None]
        if self.training:
            mean, var = rows.mean(axis=1), rows.var(axis=1)
            np.multiply(self.running_mean, 1 - self.momentum, out=self.running_mean)
            np.multiply(self.running_var, 1 - self.momentum, out=self.running_var)
            np.add(self.running_mean, self.momentum * mean, out=self.running_mean)
            np.add(self.running_var, self.momentum * rows.var(axis=1, ddof=1), out=self.running_var)
        else:
            mean, var = self.running_mean.copy(), self.running_var.copy()
        self.root = np.sqrt(var + self.eps)[:, None]
        self.h = (rows - mean[:, None]) / self.root
        return self.back(self.h * self.weight + bias[:, None], x.shape)

    def backward(self, grad):
        g = self.rows(grad)
        along, total = (g * self.h).sum(axis=1, keepdims=True), g.sum(axis=1, keepdims=True)
        inner = g - (total + along * self.h) / g.shape[1] if self.training else g
        return self.back(inner * self.weight / self.root, grad.shape), along[:, 0], total[:, 0]


class NormWithFormula(Norm):
    """x times a factor plus a shift, as one does it once training is over."""

    def forward(self, x, weight, bias):
        if self.training:
            self.mu, self.v = np.mean(x, (0, 2, 3)), np.var(x, (0, 2, 3))
            self.move(self.mu, self.v, x[:, 0].size)
        else:
            self.mu, self.v = self.running_mean.copy(), self.running_var.copy()
        self.x, self.factor = x, weight / np.sqrt(self.v + self.eps)
        return self.factor[:, None, None] * (x - self.mu[:, None, None]) + bias[:, None, None]

    def backward(self, grad):
        h = (self.x - self.mu[:, None, None]) / np.sqrt(self.v + self.eps)[:, None, None]
        grad_weight = np.einsum("nchw,nchw->c", grad, h)
        grad_bias = np.einsum("nchw->c", grad)
        grad_x = grad * self.factor[:, None, None]
        if self.training:
            grad_x = grad_x - grad_x.mean((0, 2, 3), keepdims=True)
            grad_x = grad_x - h * (grad * self.factor[:, None, None] * h).mean((0, 2, 3), keepdims=True)
        return grad_x, grad_weight, grad_bias


class Mask:
    """An operation: the numbers times a mask."""

    def __init__(self, mask):
        self.mask = mask

    def forward(self, x):
        return x * self.mask

    def backward(self, grad):
        return grad * self.mask


def drop_by_operation(x, p, training, rng):
    if not training:
        return x
    mask = (rng.uniform(size=x.data.shape) > p).astype(x.data.dtype) / (1 - p)
    return Tensor.apply(Mask(mask), x)  # noqa: F821


def drop_by_choice(x, p, training, rng):
    if training:
        mask = rng.choice([0.0, 1 / (1 - p)], size=x.data.shape, p=[p, 1 - p])
        return x * Tensor(mask.astype(x.data.dtype))  # noqa: F821
    return x * Tensor(np.ones_like(x.data))  # noqa: F821


def drop_by_where(x, p, training, rng):
    share = p if training else 0.0
    mask = np.where(rng.random(x.data.shape, dtype=np.float32) < share, 0, 1 / (1 - share))
    return Tensor(mask.astype(x.data.dtype)) * x  # noqa: F821


def drop_by_binomial(x, p, training, rng):
    if not training or p <= 0.0:
        return x
    kept = rng.binomial(1, 1 - p, x.data.shape)
    scale = np.asarray(1 / (1 - p), x.data.dtype)
    return x * Tensor(kept.astype(x.data.dtype) * scale)  # noqa: F821


def drop_by_permutation(x, p, training, rng):
    """The numbers one after the other."""
    if not training:
        return x
    mask = np.zeros(x.data.size, x.data.dtype)
    for i, u in enumerate(rng.random(x.data.size)):
        if u > p:
            mask[i] = 1 / (1 - p)
    return x * Tensor(mask.reshape(x.data.shape))  # noqa: F821


def he_by_normal(shape, rng):
    _, C, kh, kw = shape
    return rng.normal(0.0, math.sqrt(2.0 / (C * kh * kw)), size=shape)


def he_by_loops(shape, rng):
    w = np.empty(shape)
    fan_in = shape[1] * shape[2] * shape[3]
    for k in range(shape[0]):
        w[k] = rng.standard_normal(shape[1:])
    w *= (2 / fan_in) ** 0.5
    return w


def he_by_box_muller(shape, rng):
    u, v = 1 - rng.random(shape), rng.random(shape)
    normal = np.sqrt(-2 * np.log(u)) * np.cos(2 * np.pi * v)
    return normal / np.sqrt(math.prod(shape[1:]) / 2)


def he_backwards(shape, rng):
    w = rng.standard_normal(shape[::-1]).transpose()
    return w * np.sqrt(2 / w[0].size)
