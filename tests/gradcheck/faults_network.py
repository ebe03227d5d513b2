"""Faults in activations, dropout, pooling, resizing, normalisation and losses."""

import math

import numpy as np

from minifcn.functional.banded import Banded, Resample
from minifcn.functional.dropout import Dropout
from minifcn.functional.elementwise import LeakyRelu, Relu, Sigmoid, Tanh
from minifcn.functional.focal import Focus
from minifcn.functional.loss import CrossEntropy, NllLoss
from minifcn.functional.norm import BatchNorm, BatchNormFixed, LocalResponseNorm
from minifcn.functional.overlap import Dice, Lovasz
from minifcn.functional.pool import AvgPool2d, MaxPool2d
from minifcn.functional.resize import linear, nearest
from minifcn.functional.softmax import LogSoftmax, Softmax
from minifcn.operators.arithmetic import Div, Mul, Sub
from minifcn.random import default_generator

from .faults import Fault, change, gradient

ACTIVATION = [
    Fault("passes the gradient of negatives", Relu, "relu", lambda r, f, g: g),
    Fault("passes only the gradient of negatives", Relu, "relu", lambda r, f, g: g * (f.x < 0)),
    Fault("looks at the sign of grad", Relu, "relu", lambda r, f, g: g * (g > 0)),
    Fault("looks at the signs of x and grad", Relu, "relu", lambda r, f, g: g * (f.x > 0) * (g > 0)),
    Fault("threshold at 1", Relu, "relu", lambda r, f, g: g * (f.x > 1)),
    Fault("multiplied by x", Relu, "relu", lambda r, f, g: g * np.maximum(f.x, 0)),
    Fault("slope forgotten", LeakyRelu, "leaky_relu", lambda r, f, g: g * (f.x > 0)),
    Fault("slope on both sides", LeakyRelu, "leaky_relu", lambda r, f, g: g * f.negative_slope),
    Fault("slope squared", LeakyRelu, "leaky_relu", lambda r, f, g: g * np.where(f.x > 0, 1, f.negative_slope**2)),
    Fault("slope on the other side", LeakyRelu, "leaky_relu",
          lambda r, f, g: g * np.where(f.x < 0, 1, f.negative_slope)),
    Fault("y", Sigmoid, "sigmoid", lambda r, f, g: g * f.y),
    Fault("1 - y", Sigmoid, "sigmoid", lambda r, f, g: g * (1 - f.y)),
    Fault("the slope of tanh", Sigmoid, "sigmoid", lambda r, f, g: g * (1 - f.y**2)),
    Fault("the slope of sigmoid", Tanh, "tanh", lambda r, f, g: g * f.y * (1 - f.y)),
    Fault("1 + y^2", Tanh, "tanh", lambda r, f, g: g * (1 + f.y**2)),
    Fault("1 - y", Tanh, "tanh", lambda r, f, g: g * (1 - f.y)),
    Fault("sum term forgotten", Softmax, "softmax", lambda r, f, g: f.y * g),
    Fault("diagonal only", Softmax, "softmax", lambda r, f, g: f.y * (1 - f.y) * g),
    Fault("sum over everything", Softmax, "softmax", lambda r, f, g: f.y * (g - (g * f.y).sum())),
    Fault("sum of grad without y", Softmax, "softmax", lambda r, f, g: f.y * (g - g.sum(1, keepdims=True))),
    Fault("mean instead of the sum", Softmax, "softmax", lambda r, f, g: f.y * (g - (g * f.y).mean(1, keepdims=True))),
    Fault("sum over another axis", Softmax, "softmax, axis 0",
          lambda r, f, g: f.y * (g - (g * f.y).sum(1, keepdims=True))),
    Fault("y missing in front", Softmax, "softmax", lambda r, f, g: g - (g * f.y).sum(1, keepdims=True)),
    Fault("sum term forgotten", LogSoftmax, "log_softmax", lambda r, f, g: g),
    Fault("the logarithm not undone", LogSoftmax, "log_softmax", lambda r, f, g: g - f.y * g.sum(1, keepdims=True)),
    Fault("mean instead of the sum", LogSoftmax, "log_softmax",
          lambda r, f, g: g - np.exp(f.y) * g.mean(1, keepdims=True)),
    Fault("sum over another axis", LogSoftmax, "log_softmax, last axis", lambda r, f, g: g - np.exp(f.y) * g.sum(0)),
    Fault("uniform instead of softmax", LogSoftmax, "log_softmax", lambda r, f, g: g - g.mean(1, keepdims=True)),
    Fault("mask drawn again", Dropout, "dropout",
          lambda r, f, g: g * (default_generator().random(g.shape) > 0.4) / 0.6),
    Fault("mask forgotten", Dropout, "dropout", lambda r, f, g: g),
    Fault("scale forgotten", Dropout, "dropout", lambda r, f, g: g * (f.mask > 0)),
    Fault("scaled twice", Dropout, "dropout", lambda r, f, g: g * f.mask**2),
    Fault("mask inverted", Dropout, "dropout", lambda r, f, g: g * (f.mask == 0)),
    Fault("mask of the first image", Dropout, "dropout2d", lambda r, f, g: g * f.mask[:1]),
    Fault("mask of another channel", Dropout, "dropout2d", lambda r, f, g: g * np.roll(f.mask, 1, 1)),
]  # fmt: skip


def routed(function, grad, index, overwrite=False):
    """Each gradient of a pool to the position `index` of its plane, or its volume."""
    planes = np.zeros((grad.shape[0] * grad.shape[1], math.prod(function.size)))
    for plane, g, i in zip(planes, grad.reshape(len(planes), -1), index.reshape(len(planes), -1)):
        if overwrite:
            plane[i] = g
        else:
            np.add.at(plane, i, g)
    return planes.reshape(*grad.shape[:2], *function.size)


def other_divisor(right, function, grad):
    """avg_pool2d with padding counted where it should not be, and the other way round."""
    function.count_include_pad = not function.count_include_pad
    grads = right(grad)
    function.count_include_pad = not function.count_include_pad
    return grads


POOLING = [
    Fault("overlapping windows overwritten", MaxPool2d, "max_pool2d, overlapping",
          lambda r, f, g: routed(f, g, f.index, True)),
    Fault("last pixel of the plane", MaxPool2d, "max_pool2d", lambda r, f, g: routed(f, g, 0 * f.index + 23)),
    Fault("one pixel to the left", MaxPool2d, "max_pool2d, padding", lambda r, f, g: routed(f, g, f.index - 1)),
    Fault("one row down", MaxPool2d, "max_pool2d", lambda r, f, g: routed(f, g, (f.index + 6) % 24)),
    Fault("first channel's positions for all", MaxPool2d, "max_pool2d",
          lambda r, f, g: routed(f, g, 0 * f.index + f.index[:, :1])),
    Fault("ceil mode: last column left out", MaxPool2d, "max_pool2d, ceil mode",
          lambda r, f, g: routed(f, g * (np.arange(g.shape[3]) < g.shape[3] - 1), f.index)),
    Fault("shared evenly", MaxPool2d, "max_pool2d", lambda r, f, g: np.kron(g, np.ones((2, 2))) / 4),
    Fault("to all of the window", MaxPool2d, "max_pool2d", lambda r, f, g: np.kron(g, np.ones((2, 2)))),
    Fault("position transposed", MaxPool2d, "max_pool2d, dilation",
          lambda r, f, g: routed(f, g, f.index % 6 * 7 + f.index // 7)),
    Fault("not divided", AvgPool2d, "avg_pool2d", change(0, lambda g: g * 4)),
    Fault("divided by the height only", AvgPool2d, "avg_pool2d, overlapping", change(0, lambda g: g * 2)),
    Fault("to the first pixel of the window", AvgPool2d, "avg_pool2d",
          change(0, lambda g: np.kron(g[:, :, ::2, ::2], [[4, 0], [0, 0]]))),
    Fault("overlaps averaged", AvgPool2d, "avg_pool2d, overlapping",
          change(0, lambda g: g / np.array([1, 2, 3, 2, 1])[:, None])),
    Fault("padding not counted", AvgPool2d, "avg_pool2d, padding", other_divisor),
    Fault("padding counted", AvgPool2d, "avg_pool2d, padding not counted", other_divisor),
    Fault("ceil mode: windows at the edge divided by 4", AvgPool2d, "avg_pool2d, ceil mode",
          change(0, lambda g: g / np.where(np.arange(7) == 6, 2, 1))),
    Fault("ceil mode: last row left out", AvgPool2d, "avg_pool2d, ceil mode",
          change(0, lambda g: g * (np.arange(5) < 4)[:, None])),
    Fault("windows not weighted by their size", Div, "adaptive_avg_pool2d", gradient(0, lambda f, g: g)),
    Fault("first window only", Resample, "adaptive_avg_pool2d, larger", lambda r, f, g: first_only(f, g)),
    Fault("not divided", Div, "adaptive_avg_pool2d, to 1", gradient(0, lambda f, g: g)),
]  # fmt: skip


def resampled(matrices, axis, grad):
    """grad times the transposes of these matrices."""
    for i, matrix in enumerate(matrices, axis):
        grad = matrix.transpose().apply_along(grad, i)
    return grad


def first_only(function, grad):
    """`=` in the place of `+=`: each input pixel keeps the gradient of the first output pixel that looks at it."""
    for axis, m in enumerate(function.matrices, function.axis):
        dense = m.dense()
        dense *= (np.cumsum(dense != 0, axis=0) == 1)
        grad = np.moveaxis(np.tensordot(np.moveaxis(grad, axis, -1), dense, 1), -1, axis)
    return grad


def one_row_off(function, grad):
    """Each output pixel looks one input pixel further on."""
    matrices = [Banded(np.minimum(m.first + 1, m.n - m.weight.shape[1]), m.weight, m.n) for m in function.matrices]
    return resampled(matrices, function.axis, grad)


def bilinear(corners):
    """The gradient of bilinear interpolation 3 x 4 -> 5 x 7 with align_corners as given."""
    return lambda r, f, g: resampled([linear(3, 5, 3 / 5, corners), linear(4, 7, 4 / 7, corners)], 2, g)


RESIZING = [
    Fault("gathers instead of adding up", Resample, "interpolate, nearest", lambda r, f, g: first_only(f, g)),
    Fault("gathers instead of adding up", Resample, "interpolate, nearest, factor 2",
          lambda r, f, g: g[:, :, ::2, ::2]),
    Fault("divided by the factor", Resample, "interpolate, nearest, factor 2", change(0, lambda g: g / 4)),
    Fault("one pixel off", Resample, "interpolate, nearest", lambda r, f, g: one_row_off(f, g)),
    Fault("corners aligned", Resample, "interpolate, bilinear", bilinear(True)),
    Fault("corners not aligned", Resample, "interpolate, bilinear, align_corners", bilinear(False)),
    Fault("the gradient of nearest", Resample, "interpolate, bilinear",
          lambda r, f, g: resampled([nearest(3, 5, 3 / 5), nearest(4, 7, 4 / 7)], 2, g)),
    Fault("left and right weights exchanged", Resample, "interpolate, bilinear",
          lambda r, f, g: resampled([Banded(m.first, m.weight[:, ::-1], m.n) for m in f.matrices], 2, g)),
    Fault("right neighbour forgotten", Resample, "interpolate, bilinear",
          lambda r, f, g: resampled([Banded(m.first, m.weight * [1, 0], m.n) for m in f.matrices], 2, g)),
    Fault("smaller: one row off", Resample, "interpolate, bilinear, smaller", lambda r, f, g: one_row_off(f, g)),
    Fault("of the factor 3 / 2 the size's 4 / 3", Resample, "interpolate, bilinear, factor 1.5",
          lambda r, f, g: resampled([linear(3, 4, 3 / 4, False)] * 2, 2, g)),
    Fault("interpolates grad back", Resample, "interpolate, bilinear",
          lambda r, f, g: linear(7, 4, 7 / 4, False).apply_along(linear(5, 3, 5 / 3, False).apply_along(g, 2), 3)),
    Fault("one axis: reversed", Resample, "interpolate, linear", change(0, lambda g: g[..., ::-1])),
    Fault("3 axes: depth of the height", Resample, "interpolate, trilinear", change(0, lambda g: np.roll(g, 1, 2))),
    Fault("3 axes: ends of the width", Resample, "interpolate, trilinear, align_corners",
          change(0, lambda g: g[..., ::-1])),
]  # fmt: skip


def x_hat(f):
    """The normalised input (N, C, P), weight and invstd as columns, and whatever else the formulas need."""
    return (f.x.reshape(*f.x.shape[:2], -1) - f.mean[:, None]) * f.invstd[:, None]


def batch_norm_gradient(formula):
    """The gradient of x by a formula of grad (N, C, P), x_hat and the mean over a channel; times weight * invstd."""

    def wrong(f, grad):
        g, scale = grad.reshape(*f.x.shape[:2], -1), (f.weight * f.invstd)[:, None]
        return (scale * formula(g, x_hat(f), lambda a: a.mean((0, 2), keepdims=True))).reshape(f.x.shape)

    return gradient(0, wrong)


TRAINING = "batch_norm, training"
NORMALISATION = [
    Fault("mean's term forgotten", BatchNorm, TRAINING, batch_norm_gradient(lambda g, h, mean: g - h * mean(g * h))),
    Fault("variance's term forgotten", BatchNorm, TRAINING, batch_norm_gradient(lambda g, h, mean: g - mean(g))),
    Fault("both terms forgotten", BatchNorm, TRAINING, batch_norm_gradient(lambda g, h, mean: g)),
    Fault("sums instead of means", BatchNorm, TRAINING,
          batch_norm_gradient(lambda g, h, mean: g - 12 * mean(g) - 12 * h * mean(g * h))),
    Fault("variance of n - 1", BatchNorm, TRAINING,
          batch_norm_gradient(lambda g, h, mean: g - mean(g) - h * mean(g * h) * 12 / 11)),
    Fault("variance's term twice", BatchNorm, TRAINING,
          batch_norm_gradient(lambda g, h, mean: g - mean(g) - 2 * h * mean(g * h))),
    Fault("mean over the batch only", BatchNorm, TRAINING,
          batch_norm_gradient(lambda g, h, mean: g - g.mean(0, keepdims=True) - h * mean(g * h))),
    Fault("eps forgotten", BatchNorm, "batch_norm, large eps",
          batch_norm_gradient(lambda g, h, mean: g - mean(g) - h * mean(g * h) / mean(h * h))),
    Fault("weight forgotten", BatchNorm, TRAINING, change(0, lambda g: g / np.arange(1, 4)[:, None, None])),
    Fault("invstd forgotten", BatchNorm, TRAINING, lambda r, f, g: (r(g)[0] / f.invstd[:, None, None], *r(g)[1:])),
    Fault("weight: x instead of x_hat", BatchNorm, TRAINING, gradient(1, lambda f, g: (g * f.x).sum((0, 2, 3)))),
    Fault("weight: mean instead of the sum", BatchNorm, TRAINING, change(1, lambda g: g / 12)),
    Fault("weight: the mean not subtracted", BatchNorm, TRAINING,
          gradient(1, lambda f, g: (g * f.x * f.invstd[:, None, None]).sum((0, 2, 3)))),
    Fault("weight and bias exchanged", BatchNorm, TRAINING, lambda r, f, g: (r(g)[0], r(g)[2], r(g)[1])),
    Fault("bias: over the pixels of the first image", BatchNorm, TRAINING, gradient(2, lambda f, g: g[0].sum((1, 2)))),
    Fault("bias: over the wrong axes", BatchNorm, TRAINING, gradient(2, lambda f, g: g.sum((1, 2, 3)))),
    Fault("evaluation with training's terms", BatchNormFixed, "batch_norm, evaluation",
          batch_norm_gradient(lambda g, h, mean: g - mean(g) - h * mean(g * h))),
    Fault("evaluation: weight forgotten", BatchNormFixed, "batch_norm, evaluation",
          gradient(0, lambda f, g: g * f.invstd[:, None, None])),
    Fault("evaluation: weight's gradient from x", BatchNormFixed, "batch_norm, evaluation",
          gradient(1, lambda f, g: (g * f.x).sum((0, 2, 3)))),
    Fault("cross term forgotten", LocalResponseNorm, "local_response_norm", lambda r, f, g: g * f.s**-f.beta),
    Fault("cross term of the own channel only", LocalResponseNorm, "local_response_norm",
          lambda r, f, g: g * f.s**-f.beta - 2 * f.a * f.beta * g * f.x**2 * f.s ** (-f.beta - 1)),
    Fault("an even window not turned round", LocalResponseNorm, "local_response_norm, even size",
          lambda r, f, g: lrn_gradient(f, g, lambda a: f.window.apply_along(a, 1))),
    Fault("window over all channels", LocalResponseNorm, "local_response_norm",
          lambda r, f, g: lrn_gradient(f, g, lambda a: 0 * a + a.sum(1, keepdims=True))),
    Fault("exponent beta forgotten", LocalResponseNorm, "local_response_norm",
          lambda r, f, g: g * f.s**-f.beta + (r(g) - g * f.s**-f.beta) / f.beta),
    Fault("square counted once", LocalResponseNorm, "local_response_norm",
          lambda r, f, g: (r(g) + g * f.s**-f.beta) / 2),
    Fault("alpha not divided by the size", LocalResponseNorm, "local_response_norm",
          lambda r, f, g: 3 * r(g) - 2 * g * f.s**-f.beta),
]  # fmt: skip


def lrn_gradient(f, grad, spread):
    """local_response_norm's gradient with `spread` in the place of the window's transpose."""
    scaled = grad * f.s**-f.beta
    return scaled - 2 * f.a * f.beta * f.x * spread(scaled * f.x / f.s)


def cross_entropy_gradient(formula):
    """The gradient (N, C, P) by a formula of softmax, one-hot labels, labels (N, P), class weights and grad (N, P)."""

    def wrong(f, grad):
        labels, weight, ignore = f.labels
        x = f.x.reshape(*f.x.shape[:2], -1)
        p = np.exp(x - x.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        shown = labels != ignore
        safe = np.where(shown, labels, 0)
        one_hot = np.arange(x.shape[1])[:, None] == safe[:, None]
        g = grad.reshape(labels.shape)
        return formula(p, one_hot, shown[:, None], weight[safe][:, None], g[:, None]).reshape(f.x.shape)

    return gradient(0, wrong)


MEAN, WEIGHTED = "cross_entropy, mean", "cross_entropy, mean, weights"
LOSS = [
    Fault("one-hot forgotten", CrossEntropy, MEAN, cross_entropy_gradient(lambda p, h, m, w, g: g * m * p)),
    Fault("softmax forgotten", CrossEntropy, MEAN, cross_entropy_gradient(lambda p, h, m, w, g: -g * m * h)),
    Fault("ignored pixels not masked", CrossEntropy, MEAN,
          cross_entropy_gradient(lambda p, h, m, w, g: g * w * (p - h))),
    Fault("ignored pixels without one-hot", CrossEntropy, MEAN,
          cross_entropy_gradient(lambda p, h, m, w, g: g * w * (p - h * m))),
    Fault("class weight forgotten", CrossEntropy, WEIGHTED,
          cross_entropy_gradient(lambda p, h, m, w, g: g * m * (p - h))),
    Fault("class weight on the one-hot only", CrossEntropy, WEIGHTED,
          cross_entropy_gradient(lambda p, h, m, w, g: g * m * (p - w * h))),
    Fault("class weight by channel", CrossEntropy, WEIGHTED,
          cross_entropy_gradient(lambda p, h, m, w, g: g * m * np.array([0.5, 2, 1.25, 0.75])[:, None] * (p - h))),
    Fault("class weight squared", CrossEntropy, WEIGHTED,
          cross_entropy_gradient(lambda p, h, m, w, g: g * m * w**2 * (p - h))),
    Fault("labels off by one", CrossEntropy, MEAN,
          cross_entropy_gradient(lambda p, h, m, w, g: g * m * (p - np.roll(h, 1, 1)))),
    Fault("every pixel's grad that of the first", CrossEntropy, "cross_entropy, none",
          cross_entropy_gradient(lambda p, h, m, w, g: g[:1, :, :1] * m * (p - h))),
    Fault("divided by the classes", CrossEntropy, "cross_entropy, sum", change(0, lambda g: g / 4)),
    Fault("mean not divided", Div, MEAN, gradient(0, lambda f, g: g)),
    Fault("mean over all pixels", Div, MEAN, change(0, lambda g: g * 9 / 12)),
    Fault("mean by pixels, not by weights", Div, WEIGHTED, gradient(0, lambda f, g: g / 9)),
    Fault("softmax's gradient", NllLoss, "nll_loss, sum", change(0, lambda g: g + 0.25)),
    Fault("class weight forgotten", NllLoss, "nll_loss, sum, weights",
          gradient(0, lambda f, g: -g[:, None] * (f.factor != 0))),
    Fault("labels off by one", NllLoss, "nll_loss, none", change(0, lambda g: np.roll(g, 1, 1))),
    Fault("image transposed", NllLoss, "nll_loss, none", change(0, lambda g: g[:, :, ::-1])),
    Fault("mean not divided", Div, "nll_loss, mean", gradient(0, lambda f, g: g)),
    Fault("slope at most 1", Focus, "focal_loss, none", gradient(0, lambda f, g: g * np.minimum(f.factor, 1))),
    Fault("overlap without the areas' growth", Dice, "dice_loss",
          gradient(0, lambda f, g: g * f.masks[1] * f.on_class[:, None])),
    Fault("ignored pixels not masked", Dice, "dice_loss",
          gradient(0, lambda f, g: g * (f.everywhere[:, None] + f.masks[1] * f.on_class[:, None]))),
    Fault("sign of the class forgotten", Lovasz, "lovasz_softmax", change(0, abs)),
    Fault("2 forgotten", Mul, "mse_loss, sum", change(1, np.zeros_like)),
    Fault("mean not divided", Div, "mse_loss, mean", gradient(0, lambda f, g: g)),
    Fault("target's sign", Sub, "mse_loss, none", change(1, np.negative)),
    Fault("target without gradient", Sub, "mse_loss, none", change(1, np.zeros_like)),
]  # fmt: skip


def overwrites_saved(right, function, grad):
    """relu's backward with its mask written into the input that it kept."""
    np.copyto(function.x, function.x > 0)
    return grad * function.x


def in_place(right, function, x):
    """relu's forward in place."""
    function.x = x
    return np.maximum(x, 0, out=x)


def accumulates(right, function, grad):
    """A gradient that is kept and added to at every call."""
    function.total = right(grad) + getattr(function, "total", 0)
    return function.total


SIDE_EFFECTS = [
    Fault("the input overwritten by backward", Relu, "relu", overwrites_saved),
    Fault("the input overwritten by forward", Relu, "relu", in_place, method="forward"),
    Fault("gradients of two calls added", Tanh, "tanh", accumulates),
    Fault("a constant gradient beside the right one", Sigmoid, "sigmoid", lambda r, f, g: r(g) + 1e-3),
    Fault("grad clipped", Tanh, "tanh", lambda r, f, g: r(g.clip(-1, 1))),
    Fault("grad normalised", Tanh, "tanh", lambda r, f, g: r(g / np.linalg.norm(g.ravel()) if g.any() else g)),
    Fault("noise added", Tanh, "tanh", lambda r, f, g: r(g) * (1 + 1e-5 * np.random.default_rng().random(g.shape))),
    Fault("nan where grad is 0", Tanh, "tanh", lambda r, f, g: r(g) * np.where(g == 0, np.nan, 1)),
    Fault("of float32 in between", Tanh, "tanh", lambda r, f, g: r(g.astype("float32").astype("float64") * (1 + 3e-6))),
    Fault("memory order of grad", Tanh, "tanh", lambda r, f, g: r(g if g.flags.c_contiguous else g[::-1])),
    Fault("only the first input, where it alone is needed", Mul, "mul",
          lambda r, f, g: (g * f.b if all(f.needs_grad) else g * f.a, g * f.a)),
    Fault("forward draws at every call", Dropout, "dropout",
          lambda r, f, x, mask: r(x, mask=(np.random.default_rng().random(x.shape) > 0.5) * 1.0), method="forward"),
]  # fmt: skip

FAULTS = [*ACTIVATION, *POOLING, *RESIZING, *NORMALISATION, *LOSS, *SIDE_EFFECTS]
