"""Faults that any backward can have: wrong sign, factor 2, zeros, the cotangent dropped, `grad` overwritten."""

import numpy as np

from minifcn.functional.banded import Resample
from minifcn.functional.conv import Conv2d, Conv2dRelu, ConvTranspose2d, Linear
from minifcn.functional.conv_pool import Conv2dReluMaxPool
from minifcn.functional.dropout import Dropout
from minifcn.functional.elementwise import LeakyRelu, Relu, Sigmoid, Tanh
from minifcn.functional.focal import Focus
from minifcn.functional.loss import CrossEntropy, NllLoss
from minifcn.functional.norm import BatchNorm, BatchNormFixed, BatchNormFixedRelu, BatchNormRelu, LocalResponseNorm
from minifcn.functional.overlap import Dice, Lovasz
from minifcn.functional.pool import AvgPool2d, MaxPool2d
from minifcn.functional.shape import Pad
from minifcn.functional.softmax import LogSoftmax, Softmax
from minifcn.functional.volume import Conv3d, ConvTranspose3d, MaxPool3d
from minifcn.operators.arithmetic import Abs, Add, Div, Exp, Log, Matmul, Mul, Neg, Pow, Remainder, Sqrt, Sub
from minifcn.operators.reduce import Max, MaxAlong, Sum
from minifcn.operators.shape import Cat, Index, Permute, Reshape, Stack, Where

from .faults import Fault, as_tuple

CASE_OF = {
    Add: "add", Sub: "sub", Mul: "mul", Div: "div", Neg: "neg", Pow: "pow, two tensors", Matmul: "matmul",
    Abs: "abs", Remainder: "remainder", Exp: "exp", Log: "log", Sqrt: "sqrt", Sum: "sum, one axis", Max: "max",
    MaxAlong: "max, one axis",
    Reshape: "reshape", Permute: "permute", Index: "index, pairs", Cat: "cat", Stack: "stack", Where: "where",
    Pad: "pad", Conv2d: "conv2d, stride", Conv2dRelu: "conv2d and ReLU", Linear: "linear",
    Conv2dReluMaxPool: "conv2d, ReLU and max_pool2d", ConvTranspose2d: "conv_transpose2d, stride",
    Relu: "relu", LeakyRelu: "leaky_relu", Sigmoid: "sigmoid", Tanh: "tanh", Softmax: "softmax",
    LogSoftmax: "log_softmax", Dropout: "dropout", MaxPool2d: "max_pool2d, overlapping",
    AvgPool2d: "avg_pool2d, padding", Resample: "interpolate, bilinear", BatchNorm: "batch_norm, training",
    BatchNormFixed: "batch_norm, evaluation", BatchNormRelu: "batch_norm and ReLU, training",
    BatchNormFixedRelu: "batch_norm and ReLU, evaluation", LocalResponseNorm: "local_response_norm",
    CrossEntropy: "cross_entropy, mean", NllLoss: "nll_loss, mean",
    Focus: "focal_loss, mean", Dice: "dice_loss", Lovasz: "lovasz_softmax",
    Conv3d: "conv3d", ConvTranspose3d: "conv_transpose3d", MaxPool3d: "max_pool3d, overlapping",
}  # fmt: skip


def times(factor):
    return lambda right, function, grad: tuple(g if g is None else factor * g for g in as_tuple(right(grad)))


def cotangent_dropped(right, function, grad):
    return right(np.ones_like(grad))


def cotangent_replaced_by_its_sign(right, function, grad):
    return right(np.sign(grad))


def overwrites_grad(right, function, grad):
    grads = tuple(g if g is None else g.copy() for g in as_tuple(right(grad)))
    grad *= 0.5
    return grads


def other_place(right, function, grad):
    """The right numbers, one place further on."""
    return tuple(g if g is None else np.roll(g.ravel(), 1).reshape(g.shape) for g in as_tuple(right(grad)))


WRONG = {
    "sign": times(-1.0),
    "factor 2": times(2.0),
    "factor 1.001": times(1.001),
    "zeros": times(0.0),
    "cotangent dropped": cotangent_dropped,
    "only the sign of the cotangent": cotangent_replaced_by_its_sign,
    "grad overwritten": overwrites_grad,
    "one place off": other_place,
}

FAULTS = [Fault(name, owner, case, wrong) for owner, case in CASE_OF.items() for name, wrong in WRONG.items()]
