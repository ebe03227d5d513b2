"""Correct configurations of a network's operations: convolution, pooling, resizing, activations, norms and losses.

`CASES` is the whole catalogue. Read ../models/gradcheck_case.py next.
"""

import numpy as np

from .. import functional as F
from ..functional.conv_pool import conv2d_relu_max_pool2d
from ..kernels.geometry import pool_geometry
from ..utils.checkpoint import checkpoint
from .catalogue import ARITHMETIC, REDUCE, SHAPE, Case, distinct, normal, positive
from .table import step_errors


def conv(name, image, weight, bias=True, residual=(), **settings):
    """A case of conv2d; `image`, `weight` and `residual`, if there is one, are shapes."""
    shapes = [image, weight, *[weight[:1]] * bias, *[residual] * bool(residual)]

    def function(x, weight, bias=None, residual=None):
        return F.conv2d(x, weight, bias, residual=residual, **settings)

    return Case(f"conv2d{name}", function, normal(*shapes))


def conv_transpose(name, image, weight, bias=True, **settings):
    """A case of conv_transpose2d."""
    shapes = [image, weight, (weight[1] * settings.get("groups", 1),)] if bias else [image, weight]
    return Case(f"conv_transpose2d{name}", lambda *inputs: F.conv_transpose2d(*inputs, **settings), normal(*shapes))


def resize(mode, image, name="", **settings):
    """A case of interpolate."""
    return Case(f"interpolate, {mode}{name}", lambda x: F.interpolate(x, mode=mode, **settings), normal(image))


def pool(function, name, image, *sizes, **settings):
    """A case of one of the pooling functions."""
    return Case(f"{function.__name__}{name}", lambda x: function(x, *sizes, **settings), distinct(image))


CONVOLUTION = [
    conv("", (2, 3, 5, 6), (4, 3, 3, 3)),
    conv(", no bias", (2, 3, 5, 6), (4, 3, 3, 2), bias=False),
    conv(", 1 x 1", (2, 3, 4, 4), (2, 3, 1, 1)),
    conv(", stride", (1, 2, 7, 6), (3, 2, 3, 2), stride=(2, 3)),
    conv(", padding", (1, 2, 4, 5), (3, 2, 3, 3), padding=(2, 1)),
    conv(", dilation", (1, 2, 7, 6), (2, 2, 3, 2), dilation=(2, 3)),
    conv(", groups", (1, 4, 4, 5), (6, 2, 3, 3), groups=2),
    conv(", depthwise", (1, 3, 5, 4), (3, 1, 3, 3), groups=3, padding=1),
    conv(", stride, padding, dilation, groups", (2, 4, 7, 6), (2, 2, 3, 2), stride=2, padding=1, dilation=2, groups=2),
    conv(" and ReLU", (1, 2, 4, 5), (3, 2, 3, 3), padding=1, relu=True),
    conv(" and residual", (1, 2, 4, 5), (3, 2, 3, 3), residual=(1, 3, 4, 5), padding=1),
    conv(", residual and ReLU", (1, 2, 4, 5), (3, 2, 3, 3), residual=(1, 3, 4, 5), padding=1, relu=True),
    Case("conv2d, ReLU and max_pool2d", lambda *inputs: conv2d_relu_max_pool2d(*inputs, 1, 1, 1, 1, pool_geometry(2, ceil_mode=True)),
         normal((1, 2, 4, 5), (3, 2, 3, 3), (3,))),
    conv(", square, as many channels as kernels", (2, 3, 5, 5), (3, 3, 3, 3), padding=1),
    conv(", stride larger than the kernel", (1, 2, 7, 7), (2, 2, 2, 2), stride=3),
    conv_transpose("", (2, 3, 3, 4), (3, 4, 3, 2)),
    conv_transpose(", no bias", (2, 3, 3, 4), (3, 2, 3, 3), bias=False),
    conv_transpose(", stride", (1, 2, 3, 3), (2, 3, 3, 2), stride=(2, 3)),
    conv_transpose(", padding", (1, 2, 4, 4), (2, 2, 3, 4), padding=(1, 2)),
    conv_transpose(", dilation", (1, 2, 3, 4), (2, 2, 3, 2), dilation=(2, 3)),
    conv_transpose(", groups", (1, 4, 3, 3), (4, 2, 3, 3), groups=2),
    conv_transpose(", output_padding", (1, 2, 3, 3), (2, 2, 3, 3), stride=3, output_padding=(1, 2)),
    conv_transpose(", output_padding past stride", (1, 2, 3, 3), (2, 2, 3, 2), padding=1, dilation=3, output_padding=(2, 1)),
    conv_transpose(", everything", (2, 4, 3, 3), (4, 1, 3, 2), stride=2, padding=1, dilation=2, groups=2, output_padding=1),
    conv_transpose(", as an upscore", (1, 2, 3, 4), (2, 2, 4, 4), bias=False, stride=2, padding=1),
    Case("linear", lambda *inputs: F.linear(*inputs), normal((3, 4), (2, 4), (2,))),
    Case("linear, no bias, 3 axes", lambda *inputs: F.linear(*inputs), normal((2, 3, 4), (5, 4))),
]


def volume(function, name, *shapes, **settings):
    """A case of conv3d or conv_transpose3d; `shapes` are those of the volume, the weight and the bias, if it has one."""
    name = f"{function.__name__}{name}"
    return Case(name, lambda *inputs: function(*inputs, **settings), normal(*shapes), max_entries=100)


VOLUMES = [
    volume(F.conv3d, "", (2, 2, 3, 3, 3), (3, 2, 2, 3, 2), (3,)),
    volume(F.conv3d, ", cube", (1, 2, 3, 3, 3), (2, 2, 3, 3, 3), padding=1),
    volume(F.conv3d, ", stride, padding, dilation", (1, 1, 5, 3, 5), (2, 1, 3, 2, 2), (2,),
           stride=(2, 1, 3), padding=(2, 1, 0), dilation=(2, 1, 2)),
    volume(F.conv3d, ", groups", (1, 4, 2, 3, 3), (4, 2, 2, 2, 1), groups=2),
    volume(F.conv_transpose3d, "", (2, 2, 2, 3, 2), (2, 3, 2, 2, 3), (3,)),
    volume(F.conv_transpose3d, ", everything", (1, 2, 3, 2, 3), (2, 1, 3, 2, 2), (2,),
           stride=(2, 1, 2), padding=(1, 0, 1), dilation=(2, 1, 1), groups=2, output_padding=(1, 0, 1)),
    volume(F.conv_transpose3d, ", as an upscore", (1, 2, 2, 2, 2), (2, 2, 4, 4, 4), stride=2, padding=1),
    pool(F.max_pool3d, "", (2, 2, 4, 2, 4), 2),
    pool(F.max_pool3d, ", overlapping", (1, 2, 4, 3, 4), (3, 2, 2), 1),
    pool(F.max_pool3d, ", padding, dilation, ceil mode", (1, 2, 5, 4, 3), (3, 2, 2), (2, 2, 1), (1, 1, 0), (1, 1, 2),
         ceil_mode=True),
]  # fmt: skip

ACTIVATION = [
    Case("relu", F.relu, distinct((3, 4))),
    Case("leaky_relu", lambda x: F.leaky_relu(x, 0.2), distinct((3, 4))),
    Case("sigmoid", F.sigmoid, normal((3, 4))),
    Case("tanh", F.tanh, normal((3, 4))),
    Case("softmax", lambda x: F.softmax(x, 1), normal((3, 4))),
    Case("softmax, axis 0", lambda x: F.softmax(x, 0), normal((3, 2, 2))),
    Case("log_softmax", lambda x: F.log_softmax(x, 1), normal((2, 3, 2, 2))),
    Case("log_softmax, last axis", lambda x: F.log_softmax(x, -1), normal((3, 4))),
    Case("dropout", lambda x: F.dropout(x, 0.4), normal((4, 5))),
    Case("dropout, not in training", lambda x: 2 * F.dropout(x, 0.4, training=False), normal((2, 3))),
    Case("dropout2d", lambda x: F.dropout2d(x, 0.5), normal((2, 4, 2, 2))),
    Case("checkpoint", lambda x: checkpoint(lambda x: F.dropout(x.exp() * x, 0.4), x), normal((4, 5))),
]

POOLING = [
    pool(F.max_pool2d, "", (2, 2, 4, 6), 2),
    pool(F.max_pool2d, ", overlapping", (1, 2, 5, 6), 3, 1),
    pool(F.max_pool2d, ", padding", (1, 2, 5, 4), 3, 2, 1),
    pool(F.max_pool2d, ", dilation", (1, 2, 6, 7), (2, 3), 1, 0, 2),
    pool(F.max_pool2d, ", ceil mode", (1, 2, 5, 7), 2, 2, ceil_mode=True),
    pool(F.avg_pool2d, "", (2, 2, 4, 6), 2),
    pool(F.avg_pool2d, ", overlapping", (1, 2, 5, 6), (3, 2), (1, 2)),
    pool(F.avg_pool2d, ", padding", (1, 2, 5, 4), 3, 2, 1),
    pool(F.avg_pool2d, ", padding not counted", (1, 2, 5, 4), 3, 2, 1, count_include_pad=False),
    pool(F.avg_pool2d, ", ceil mode", (1, 2, 5, 7), 2, 2, ceil_mode=True),
    pool(F.adaptive_avg_pool2d, "", (2, 2, 5, 7), (2, 3)),
    pool(F.adaptive_avg_pool2d, ", to 1", (2, 3, 4, 5), 1),
    pool(F.adaptive_avg_pool2d, ", larger", (1, 2, 3, 4), (5, 7)),
]

RESIZING = [
    resize("nearest", (1, 2, 3, 4), size=(5, 7)),
    resize("nearest", (1, 2, 3, 4), ", factor 2", scale_factor=2),
    resize("nearest", (2, 2, 5), ", 1 axis", size=3),
    resize("nearest", (1, 1, 2, 3, 2), ", 3 axes", size=(3, 5, 4)),
    resize("linear", (2, 2, 4), size=7),
    resize("linear", (2, 2, 4), ", align_corners", size=9, align_corners=True),
    resize("bilinear", (1, 2, 3, 4), size=(5, 7)),
    resize("bilinear", (1, 2, 3, 4), ", align_corners", size=(5, 7), align_corners=True),
    resize("bilinear", (1, 2, 3, 4), ", factor 2", scale_factor=2),
    resize("bilinear", (1, 2, 7, 6), ", smaller", size=(3, 2)),
    resize("bilinear", (1, 1, 3, 3), ", factor 1.5", scale_factor=1.5),
    resize("trilinear", (1, 1, 3, 2, 3), size=(4, 5, 2)),
    resize("trilinear", (1, 1, 3, 2, 3), ", align_corners", size=(4, 5, 2), align_corners=True),
]


def batch_norm(x, weight, bias):
    return F.batch_norm(x, None, None, weight, bias, training=True)


def batch_norm_running(x, weight, bias, relu=False):
    return F.batch_norm(x, np.array([0.3, -0.2, 1.0]), np.array([0.5, 2.0, 1.2]), weight, bias, relu=relu)


def batch_norm_relu(x, weight, bias):
    return F.batch_norm(x, None, None, weight, bias, training=True, relu=True)


def batch_norm_running_relu(x, weight, bias):
    return batch_norm_running(x, weight, bias, relu=True)


NORMALISATION = [
    Case("batch_norm, training", batch_norm, normal((3, 3, 2, 2), (3,), (3,))),
    Case("batch_norm and ReLU, training", batch_norm_relu, normal((3, 3, 2, 2), (3,), (3,))),
    Case("batch_norm and ReLU, evaluation", batch_norm_running_relu, normal((2, 3, 2, 2), (3,), (3,))),
    Case("batch_norm, training, (N, C)", batch_norm, normal((6, 3), (3,), (3,))),
    Case("batch_norm, training, no weight", lambda x: F.batch_norm(x, None, None, training=True), normal((4, 2, 3))),
    Case("batch_norm, large eps", lambda x: F.batch_norm(x, None, None, training=True, eps=0.5), normal((4, 2, 3))),
    Case("batch_norm, evaluation", batch_norm_running, normal((2, 3, 2, 2), (3,), (3,))),
    Case("local_response_norm", lambda x: F.local_response_norm(x, 3, 2.0, 0.75, 1.5), normal((2, 5, 2, 2))),
    Case("local_response_norm, even size", lambda x: F.local_response_norm(x, 4, 2.0, 0.5), normal((2, 6, 2, 1))),
]

LABELS = np.array([[[1, 255, 2], [0, 3, 255]], [[3, 3, 255], [1, 2, 0]]])
WEIGHTS = np.array([0.5, 2.0, 1.25, 0.75])


def loss_cases(function):
    """Cases of cross_entropy, nll_loss or focal_loss: four classes, a 2 x 3 image, ignored labels, every reduction."""
    name, scores = function.__name__, normal((2, 4, 2, 3))
    for reduction in ("mean", "sum", "none"):
        settings = {"reduction": reduction, "ignore_index": 255}
        yield Case(f"{name}, {reduction}", lambda x, s=settings: function(x, LABELS, **s), scores)
        yield Case(f"{name}, {reduction}, weights", lambda x, s=settings: function(x, LABELS, weight=WEIGHTS, **s), scores)
    yield Case(f"{name}, (N, C)", lambda x: function(x, np.array([1, 0, 3])), normal((3, 4)))
    ignored = np.full((2, 2, 3), 255)
    yield Case(f"{name}, all ignored", lambda x: function(x, ignored, ignore_index=255), scores)


def area_cases(function):
    """Cases of dice_loss or lovasz_softmax: ignored labels, a class that is absent, several axes."""
    name, scores = function.__name__, normal((2, 4, 2, 3))
    yield Case(name, lambda x: function(x, LABELS, ignore_index=255), scores)
    yield Case(f"{name}, an absent class", lambda x: function(x, LABELS % 3, ignore_index=0), scores)
    yield Case(f"{name}, (N, C)", lambda x: function(x, np.array([1, 0, 1])), normal((3, 4)))
    yield Case(f"{name}, all ignored", lambda x: function(x, LABELS * 0, ignore_index=0), scores)


def edge_cases():
    """Cases of balanced_cross_entropy: an image with edges and one without, ignored pixels, every reduction."""
    edges = np.stack([LABELS[0] % 2, np.array([[0, 255, 0], [0, 0, 255]])])
    edges[LABELS[:1].repeat(2, 0) == 255] = 255
    for reduction in ("mean", "sum", "none"):
        settings = {"reduction": reduction, "ignore_index": 255}
        yield Case(f"balanced_cross_entropy, {reduction}", lambda x, s=settings: F.balanced_cross_entropy(x, edges, **s),
                   normal((2, 1, 2, 3)))  # fmt: skip


LOSS = [
    *loss_cases(F.cross_entropy),
    *loss_cases(F.nll_loss),
    *loss_cases(F.focal_loss),
    *edge_cases(),
    Case("focal_loss, gamma 0", lambda x: F.focal_loss(x, LABELS, 0, ignore_index=255), normal((2, 4, 2, 3))),
    Case("focal_loss, gamma 0.5", lambda x: F.focal_loss(x, LABELS, 0.5, ignore_index=255), normal((2, 4, 2, 3))),
    *area_cases(F.dice_loss),
    *area_cases(F.lovasz_softmax),
    Case("mse_loss, mean", lambda a, b: F.mse_loss(a, b), normal((3, 4), (3, 4))),
    Case("mse_loss, sum", lambda a, b: F.mse_loss(a, b, reduction="sum"), normal((3, 4), (3, 4))),
    Case("mse_loss, none", lambda a, b: F.mse_loss(a, b, reduction="none"), normal((3, 4), (3, 4))),
]


def block(x, weight, scale, shift):
    """Convolution, normalisation, ReLU, pooling: a block of a network."""
    y = F.batch_norm(F.conv2d(x, weight, padding=1), None, None, scale, shift, training=True)
    return F.max_pool2d(F.relu(y), 2)


def skip(coarse, fine, kernel):
    """The fusion of an FCN: coarse scores upsampled by transposed convolution, plus fine ones."""
    return F.conv_transpose2d(coarse, kernel, stride=2, padding=1) + fine


COMPOSED = [
    Case("a block of a network", block, normal((2, 2, 4, 4), (3, 2, 3, 3), (3,), (3,))),
    Case("a skip of an FCN", skip, normal((1, 2, 2, 3), (1, 2, 4, 6), (2, 2, 4, 4))),
    Case("a softmax by hand", lambda x: x.exp() / x.exp().sum(1, keepdim=True), normal((3, 4))),
    Case("a norm by hand", lambda x: x / (x * x).sum(1, keepdim=True).sqrt(), positive((3, 4))),
]

CASES = [
    *ARITHMETIC, *REDUCE, *SHAPE, *CONVOLUTION, *VOLUMES, *ACTIVATION, *POOLING, *RESIZING, *NORMALISATION, *LOSS, *COMPOSED,
]  # fmt: skip


def step_errors_of_a_convolution():
    """{name: (steps, errors)}: how the error of finite differences depends on their step, for one smooth convolution."""
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal(shape) for shape in ((1, 2, 5, 5), (3, 2, 3, 3))]
    return step_errors(lambda x, weight: F.tanh(F.conv2d(x, weight)), inputs, np.logspace(-11, 0, 45))
