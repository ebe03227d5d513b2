"""Bad input, in a table: every wrong call is told in one sentence. test_bad_files.py goes on with files and commands.

Each row has a name, a call, the error's type, and words that the sentence must hold: who complains, what was found, what was
expected.
"""

import re

import numpy as np
import pytest

from minifcn import Tensor, cat, data, manual_seed, metrics, models, nn, no_grad, optim, stack, tensor, where
from minifcn import functional as F
from minifcn.data.images import overlay
from minifcn.kernels import require_cupy
from minifcn.predict import predict, predict_tiled
from minifcn.train import fit

try:
    require_cupy()
    NO_GPU = False
except RuntimeError:
    NO_GPU = True
needs_no_gpu = pytest.mark.skipif(not NO_GPU, reason="here 'cuda' is no bad input")


def x(*shape, dtype=np.float32):
    """A tensor of ones."""
    return tensor(np.ones(shape, dtype))


def labels(*shape, value=0):
    return np.full(shape, value, np.int64)


def row(name, call, error, *words, marks=()):
    return pytest.param(call, error, words, id=name, marks=marks)


def backward_twice():
    a = tensor([1.0, 2.0], requires_grad=True)
    loss = (a * a).sum()
    loss.backward()
    loss.backward()


def backward_without_graph():
    a = tensor([1.0], requires_grad=True)
    with no_grad():
        y = a * 2
    y.backward()


def class_scores(nan=False, shape=(2, 3, 4, 4)):
    return tensor(np.full(shape, np.nan if nan else 1.0, np.float32))


def bad_batch(labels_differ):
    class Pair(data.Dataset):
        def __len__(self):
            return 2

        def sample(self, index, rng):
            return np.zeros((3, 8, 8 + index * (not labels_differ)), np.float32), labels(8, 9 if labels_differ else 8 + index)

    next(iter(data.DataLoader(Pair(), 2)))


def fit_on(dataset, classes=4):
    model = nn.Conv2d(3, classes, 1)
    fit(model, data.DataLoader(dataset, 2), optim.SGD(model.parameters(), 0.1), epochs=1, quiet=True)


def spoilt_weights():
    layer = nn.Conv2d(3, 4, 1)
    layer.load_state_dict(layer.state_dict() | {"weight": np.full((4, 3, 1, 1), np.nan, np.float32)})


def load_other(**changes):
    layer = nn.Conv2d(3, 4, 1)
    layer.load_state_dict({name: value for name, value in {**layer.state_dict(), **changes}.items() if value is not None})


net = nn.Conv2d(3, 4, 1)
CALLS = [
    # convolution
    row("conv2d: 3-D input", lambda: F.conv2d(x(3, 8, 8), x(4, 3, 3, 3)), ValueError,
        "conv2d:", "(3, 8, 8)", "(N, C, H, W)", "input[None]"),
    row("conv2d: 5-D input", lambda: F.conv2d(x(1, 1, 3, 8, 8), x(4, 3, 3, 3)), ValueError, "conv2d:", "(N, C, H, W)"),
    row("conv2d: channels", lambda: F.conv2d(x(1, 3, 8, 8), x(8, 4, 3, 3)), ValueError,
        "conv2d: input has 3 channels but weight expects 4", "(8, 4, 3, 3)", "check in_channels"),
    row("conv2d: 3-D weight", lambda: F.conv2d(x(1, 3, 8, 8), x(4, 3, 3)), ValueError, "conv2d: weight", "(4, 3, 3)"),
    row("conv2d: bias", lambda: F.conv2d(x(1, 3, 8, 8), x(4, 3, 3, 3), x(3)), ValueError, "conv2d: bias", "(3,)", "(4,)"),
    row("conv2d: kernel larger than the image", lambda: F.conv2d(x(1, 3, 2, 2), x(4, 3, 3, 3)), ValueError,
        "conv2d:", "(2, 2)", "kernel (3, 3)", "larger input or a smaller window"),
    row("conv2d: dilated kernel larger than the image", lambda: F.conv2d(x(1, 3, 8, 8), x(4, 3, 3, 3), dilation=4),
        ValueError, "conv2d:", "dilation (4, 4)", "larger input"),
    row("conv2d: stride 0", lambda: F.conv2d(x(1, 3, 8, 8), x(4, 3, 3, 3), stride=0), ValueError,
        "conv2d: stride is 0", "at least 1"),
    row("conv2d: negative stride", lambda: F.conv2d(x(1, 3, 8, 8), x(4, 3, 3, 3), stride=(1, -2)), ValueError,
        "conv2d: stride is -2"),
    row("conv2d: fractional stride", lambda: F.conv2d(x(1, 3, 8, 8), x(4, 3, 3, 3), stride=1.5), ValueError,
        "conv2d: stride is 1.5", "whole number"),
    row("conv2d: three strides", lambda: F.conv2d(x(1, 3, 8, 8), x(4, 3, 3, 3), stride=(1, 1, 1)), ValueError,
        "conv2d: stride is (1, 1, 1)", "pair (height, width)"),
    row("conv2d: negative padding", lambda: F.conv2d(x(1, 3, 8, 8), x(4, 3, 3, 3), padding=-1), ValueError,
        "conv2d: padding is -1"),
    row("conv2d: dilation 0", lambda: F.conv2d(x(1, 3, 8, 8), x(4, 3, 3, 3), dilation=0), ValueError,
        "conv2d: dilation is 0"),
    row("conv2d: groups 0", lambda: F.conv2d(x(1, 4, 8, 8), x(4, 4, 3, 3), groups=0), ValueError, "conv2d: groups is 0"),
    row("conv2d: groups do not divide", lambda: F.conv2d(x(1, 4, 8, 8), x(3, 2, 3, 3), groups=2), ValueError,
        "conv2d:", "3 kernels", "groups=2"),
    row("conv2d: mixed dtypes", lambda: F.conv2d(x(1, 3, 8, 8), x(4, 3, 3, 3, dtype=np.float64)), TypeError,
        "conv2d: inputs are float32 and float64", "convert one"),
    row("conv2d: integer input", lambda: F.conv2d(x(1, 3, 8, 8, dtype=np.uint8), x(4, 3, 3, 3)), TypeError,
        "conv2d: input is uint8", "float32 or float64"),
    row("conv2d: array for tensor", lambda: F.conv2d(np.ones((1, 3, 8, 8)), x(4, 3, 3, 3)), TypeError,
        "conv2d: input is ndarray", "minifcn.tensor"),
    row("conv2d: image of no pixels", lambda: F.conv2d(x(1, 3, 0, 8), x(4, 3, 1, 1)), ValueError,
        "conv2d:", "(1, 3, 0, 8)", "at least 1"),
    row("conv_transpose2d: channels", lambda: F.conv_transpose2d(x(1, 3, 8, 8), x(4, 3, 3, 3)), ValueError,
        "conv_transpose2d: input has 3 channels but weight expects 4"),
    row("conv_transpose2d: output_padding", lambda: F.conv_transpose2d(x(1, 3, 8, 8), x(3, 4, 3, 3), output_padding=1),
        ValueError, "conv_transpose2d: output_padding (1, 1) must be smaller than stride (1, 1)"),
    row("conv_transpose2d: groups", lambda: F.conv_transpose2d(x(1, 3, 8, 8), x(3, 4, 3, 3), groups=2), ValueError,
        "conv_transpose2d: groups=2 does not divide the 3"),
    row("conv_transpose2d: nothing left", lambda: F.conv_transpose2d(x(1, 3, 1, 1), x(3, 4, 2, 2), padding=1), ValueError,
        "conv_transpose2d:", "padding (1, 1)", "expected at least 1"),
    row("linear: features", lambda: F.linear(x(2, 3), x(5, 4)), ValueError, "linear: input", "(2, 3)", "(5, 4)"),
    row("linear: bias", lambda: F.linear(x(2, 3), x(5, 3), x(3)), ValueError, "linear: bias", "(3,)", "(5,)"),
    # pooling, resizing, padding
    row("max_pool2d: 3-D input", lambda: F.max_pool2d(x(3, 8, 8), 2), ValueError, "max_pool2d:", "input[None]"),
    row("max_pool2d: window larger than the image", lambda: F.max_pool2d(x(1, 3, 2, 2), 3), ValueError,
        "max_pool2d:", "kernel (3, 3)", "smaller window"),
    row("max_pool2d: padding", lambda: F.max_pool2d(x(1, 3, 8, 8), 2, padding=2), ValueError,
        "max_pool2d: padding (2, 2) is more than half of kernel_size (2, 2)", "smaller padding"),
    row("avg_pool2d: kernel 0", lambda: F.avg_pool2d(x(1, 3, 8, 8), 0), ValueError, "avg_pool2d: kernel_size is 0"),
    row("adaptive_avg_pool2d: size 0", lambda: F.adaptive_avg_pool2d(x(1, 3, 8, 8), 0), ValueError,
        "adaptive_avg_pool2d: output_size is 0"),
    row("interpolate: mode", lambda: F.interpolate(x(1, 3, 8, 8), 4, mode="cubic"), ValueError,
        "interpolate: mode is 'cubic'", "'nearest'", "'bilinear'"),
    row("interpolate: size and scale_factor", lambda: F.interpolate(x(1, 3, 8, 8), 4, scale_factor=2), ValueError,
        "interpolate: give either size or scale_factor"),
    row("interpolate: neither", lambda: F.interpolate(x(1, 3, 8, 8)), ValueError, "interpolate: give either size"),
    row("interpolate: negative factor", lambda: F.interpolate(x(1, 3, 8, 8), scale_factor=-2), ValueError,
        "interpolate: scale_factor is -2", "above 0"),
    row("interpolate: factor of another type", lambda: F.interpolate(x(1, 3, 8, 8), scale_factor="2"), (TypeError, ValueError),
        "interpolate: scale_factor is"),
    row("interpolate: to nothing", lambda: F.interpolate(x(1, 3, 8, 8), scale_factor=0.1), ValueError,
        "interpolate:", "(0, 0)", "at least 1"),
    row("interpolate: bilinear volume", lambda: F.interpolate(x(1, 3, 4, 8, 8), 4, mode="bilinear"), ValueError,
        "interpolate:", "(1, 3, 4, 8, 8)", "(N, C, H, W)"),
    row("interpolate: align_corners", lambda: F.interpolate(x(1, 3, 8, 8), 4, align_corners=True), ValueError,
        "interpolate: align_corners", "'nearest'"),
    row("bilinear_kernel: factor 0", lambda: F.bilinear_kernel(0), ValueError, "bilinear_kernel: factor is 0"),
    row("pad: odd count", lambda: F.pad(x(1, 3, 8, 8), (1, 2, 3)), ValueError, "pad: pad is (1, 2, 3)", "pairs"),
    row("pad: a number", lambda: F.pad(x(1, 3, 8, 8), 1), TypeError, "pad: pad is 1", "tuple of widths"),
    row("pad: fractional width", lambda: F.pad(x(1, 3, 8, 8), (0.5, 1)), (TypeError, ValueError), "pad:", "0.5"),
    row("pad: reflection", lambda: F.pad(x(1, 3, 8, 8), (8, 8), mode="reflect"), ValueError, "pad: widths (8, 8)", "0 to 7"),
    row("pad: mode", lambda: F.pad(x(1, 3, 8, 8), (1, 1), mode="wrap"), ValueError, "pad: mode is 'wrap'", "'reflect'"),
    row("conv2d: an array as weight", lambda: F.conv2d(x(1, 3, 8, 8), np.ones((4, 3, 3, 3), "f")), TypeError,
        "conv2d: weight is ndarray", "minifcn.tensor"),
    row("conv3d: a list as bias", lambda: F.conv3d(x(1, 1, 2, 2, 2), x(1, 1, 1, 1, 1), [0.0]), TypeError, "conv3d: bias is list"),
    row("conv2d: a number as residual", lambda: F.conv2d(x(1, 3, 8, 8), x(4, 3, 3, 3), residual=1), TypeError,
        "conv2d: residual is int"),
    row("linear: a list as weight", lambda: F.linear(x(1, 1), [[1.0]]), TypeError, "linear: weight is list"),
    row("linear: integers as bias", lambda: F.linear(x(1, 3), x(2, 3), tensor([0, 0])), TypeError, "linear: bias is int64"),
    # normalisation, dropout, activations
    row("batch_norm: an array as weight", lambda: F.batch_norm(x(2, 3), None, None, np.ones(3, "f"), training=True), TypeError,
        "batch_norm: weight is ndarray"),
    row("batch_norm: a list as statistics", lambda: F.batch_norm(x(2, 1), [0.0], [1.0]), TypeError, "running_mean is list"),
    row("batch_norm: channels", lambda: F.batch_norm(x(2, 3, 4, 4), np.zeros(4, "f"), np.ones(4, "f")), ValueError,
        "batch_norm: running_mean", "(4,)", "(3,)"),
    row("batch_norm: one value", lambda: F.batch_norm(x(1, 3), None, None, training=True), ValueError,
        "batch_norm:", "1 values per channel", "larger batch"),
    row("batch_norm: no statistics", lambda: F.batch_norm(x(2, 3), None, None), ValueError, "batch_norm:", "pass both"),
    row("local_response_norm: size 0", lambda: F.local_response_norm(x(2, 3, 4, 4), 0), ValueError,
        "local_response_norm: size is 0"),
    row("dropout: negative p", lambda: F.dropout(x(2, 3), -0.1), ValueError, "dropout: p is -0.1", "from 0 to 1"),
    row("dropout2d: p above 1", lambda: F.dropout2d(x(2, 3, 4, 4), 1.5), ValueError, "dropout2d: p is 1.5"),
    row("Dropout: p is NaN", lambda: nn.Dropout(float("nan"))(x(2, 3)), ValueError, "ropout: p is nan"),
    row("relu: number", lambda: F.relu(3.0), TypeError, "relu: input is float", "minifcn.tensor"),
    row("softmax: axis", lambda: F.softmax(x(2, 3), 2), ValueError, "softmax: dim is 2", "-2 to 1"),
    # losses
    row("cross_entropy: label out of range", lambda: F.cross_entropy(class_scores(), labels(2, 4, 4, value=3)), ValueError,
        "cross_entropy: label 3 at (0, 0, 0)", "0 to 2", "number of classes"),
    row("cross_entropy: negative label", lambda: F.cross_entropy(class_scores(), labels(2, 4, 4, value=-1)), ValueError,
        "cross_entropy: label -1", "ignore_index"),
    row("cross_entropy: ignored label of the data", lambda: F.cross_entropy(class_scores(), labels(2, 4, 4, value=255)),
        ValueError, "cross_entropy: label 255", "pass ignore_index=255"),
    row("cross_entropy: shape of the target", lambda: F.cross_entropy(class_scores(), labels(2, 1, 4, 4)), ValueError,
        "cross_entropy: target has shape (2, 1, 4, 4)", "(2, 4, 4)"),
    row("cross_entropy: float labels", lambda: F.cross_entropy(class_scores(), np.zeros((2, 4, 4))), TypeError,
        "cross_entropy: target is float64", "integer labels", "astype"),
    row("cross_entropy: a list of labels", lambda: F.cross_entropy(x(1, 3), [0]), TypeError, "cross_entropy: target is list"),
    row("cross_entropy: reduction", lambda: F.cross_entropy(class_scores(), labels(2, 4, 4), reduction="avg"), ValueError,
        "cross_entropy: reduction is 'avg'", "'mean', 'sum', 'none'"),
    row("cross_entropy: class weights", lambda: F.cross_entropy(class_scores(), labels(2, 4, 4), np.ones(4, "f")), ValueError,
        "cross_entropy: weight", "(4,)", "(3,)"),
    row("cross_entropy: weights in a list", lambda: F.cross_entropy(class_scores(), labels(2, 4, 4), [1.0, 1.0, 1.0]),
        (TypeError, ValueError), "cross_entropy: weight", "list"),
    row("nll_loss: 1-D input", lambda: F.nll_loss(x(3), labels(3)), ValueError, "nll_loss: input", "(3,)", "(N, C)"),
    row("mse_loss: a number", lambda: F.mse_loss(x(2), 1.0), TypeError, "mse_loss: target is float"),
    row("max_unpool2d: a list", lambda: F.max_unpool2d(x(1, 1, 1, 1), [0], 2), TypeError, "max_unpool2d: indices are list"),
    row("mse_loss: shapes", lambda: F.mse_loss(x(2, 3), x(3, 2)), ValueError, "mse_loss:", "(2, 3)", "(3, 2)"),
    # tensors
    row("tensor: text", lambda: tensor("abc"), TypeError, "tensor: found dtype", "float32"),
    row("tensor: ragged", lambda: tensor([[1.0], [1.0, 2.0]]), ValueError, "tensor:", "different lengths"),
    row("Tensor: a list", lambda: Tensor([1.0, 2.0]), TypeError, "Tensor: data is list", "minifcn.tensor"),
    row("tensor: complex", lambda: tensor(np.ones(2, complex)), TypeError, "tensor: found dtype complex128"),
    row("tensor: device tpu", lambda: tensor([1.0], device="tpu"), ValueError, "device: found 'tpu'", "'cpu' or 'cuda'"),
    row("tensor: cuda where there is none", lambda: tensor([1.0], device="cuda"), RuntimeError,
        "device 'cuda' needs", marks=needs_no_gpu),
    row("Module.to: tpu", lambda: nn.Conv2d(3, 4, 1).to("tpu"), ValueError, "to: found 'tpu'", "'cuda'"),
    row("Tensor.to: tpu", lambda: x(2).to("tpu"), (ValueError, TypeError), "to: found 'tpu'", "'cpu', 'cuda'"),
    row("requires_grad: integers", lambda: tensor([1, 2], requires_grad=True), TypeError, "requires_grad:", "int64"),
    row("add: shapes", lambda: x(2, 3) + x(4, 3), ValueError, "add: shapes (2, 3) and (4, 3)", "broadcast"),
    row("mul: dtypes", lambda: x(2) * x(2, dtype=np.float64), TypeError, "mul: inputs are float32 and float64", "convert"),
    row("add: text", lambda: x(2) + "a", TypeError, "add: found str", "a number"),
    row("matmul: shapes", lambda: x(2, 3) @ x(2, 3), ValueError, "matmul: shapes (2, 3) and (2, 3)"),
    row("reshape: size", lambda: x(2, 3).reshape(4, 2), ValueError, "reshape:", "(2, 3)", "(4, 2)"),
    row("sum: axis", lambda: x(2, 3).sum(2), ValueError, "sum: dim is 2"),
    row("permute: axes", lambda: x(2, 3).permute(0, 0), ValueError, "permute: dims", "(0, 0)"),
    row("max: axis", lambda: x(2, 3).max(2), ValueError, "max: dim is 2", "-2 to 1"),
    row("transpose: axis", lambda: x(2, 3).transpose(0, 2), ValueError, "transpose: dim is 2", "-2 to 1"),
    row("max: empty", lambda: x(0).max(), ValueError, "max: the tensor of shape (0,) has no elements"),
    row("max: empty along an axis", lambda: x(2, 0).max(1), ValueError, "max:", "(2, 0)", "no elements along dim 1"),
    row("argmax: empty", lambda: x(0).argmax(), ValueError, "argmax: the tensor of shape (0,) has no elements"),
    row("flatten: the wrong way round", lambda: x(2, 3).flatten(1, 0), ValueError, "flatten: start_dim is 1", "end_dim, 0"),
    row("item: many", lambda: x(2).item(), ValueError, "item: the tensor has 2 elements"),
    row("cat: shapes", lambda: cat([x(2, 3), x(2, 4)]), ValueError, "cat: shapes", "dim 0 only"),
    row("stack: nothing", lambda: stack([]), TypeError, "stack: expected a sequence"),
    row("where: no tensor", lambda: where(np.ones(2, bool), 1.0, 2.0), TypeError, "where: found no tensor"),
    row("backward: non-scalar", lambda: (tensor([1.0, 2.0], requires_grad=True) * 2).backward(), RuntimeError,
        "backward: a tensor of shape (2,)", "pass gradient="),
    row("backward: twice", backward_twice, RuntimeError, "backward:", "retain_graph=True"),
    row("backward: no graph", backward_without_graph, RuntimeError, "backward:", "requires_grad=True"),
    row("backward: gradient's shape", lambda: (tensor([1.0, 2.0], requires_grad=True) * 2).backward(np.ones(3, "f")),
        ValueError, "backward: gradient has shape (3,)", "(2,)"),
    row("backward: gradient is a list", lambda: (tensor([1.0], requires_grad=True) * 2).backward([1.0]),
        (TypeError, ValueError), "backward: gradient is list"),
    row("manual_seed: negative", lambda: manual_seed(-1), ValueError, "manual_seed: seed is -1", "at least 0"),
    # modules, optimizers, models, metrics
    row("Conv2d: groups", lambda: nn.Conv2d(3, 4, 1, groups=2), ValueError, "Conv2d:", "groups", "3"),
    row("Conv2d: stride", lambda: nn.Conv2d(3, 4, 1, stride=0), ValueError, "Conv2d: stride is 0"),
    row("Parameter: integers", lambda: nn.Parameter(np.ones(3, int)), TypeError, "Parameter: data is int64"),
    row("load_state_dict: NaN", spoilt_weights, ValueError, "load_state_dict:", "weight holds NaN or infinity"),
    row("load_state_dict: shape", lambda: load_other(weight=np.ones((4, 2, 1, 1), "f")), ValueError,
        "load_state_dict:", "weight has shape (4, 2, 1, 1), expected (4, 3, 1, 1)"),
    row("load_state_dict: dtype", lambda: load_other(bias=np.ones(4)), ValueError, "bias is float64, expected float32"),
    row("load_state_dict: missing", lambda: load_other(bias=None), ValueError, "load_state_dict:", "missing: bias"),
    row("load_state_dict: unexpected", lambda: load_other(beta=np.ones(4)), ValueError, "unexpected: beta"),
    row("load_state_dict: a list", lambda: net.load_state_dict([1]), TypeError, "load_state_dict: found list"),
    row("SGD: nothing to learn", lambda: optim.SGD([], 0.1), ValueError, "SGD: params is empty"),
    row("SGD: negative rate", lambda: optim.SGD(net.parameters(), -1.0), ValueError, "SGD: lr is -1.0", "at least 0"),
    row("Adam: betas", lambda: optim.Adam(net.parameters(), betas=(0.9, 1.0)), ValueError, "Adam: betas is (0.9, 1.0)"),
    row("SGD: an array", lambda: optim.SGD([np.ones(3)], 0.1), TypeError, "SGD: a parameter is ndarray"),
    row("PolyLR: no steps", lambda: optim.lr_scheduler.PolyLR(optim.SGD(net.parameters(), 0.1), 0), ValueError,
        "PolyLR: total_iters is 0"),
    row("build: unknown model", lambda: models.build("fcn4s", 3), ValueError, "build: the network is 'fcn4s'", "fcn8s"),
    row("build: unknown backbone", lambda: models.build("fcn8s", 3, backbone="resnet"), ValueError, "backbone is 'resnet'"),
    row("build: unknown geometry", lambda: models.build("fcn8s", 3, geometry="odd"), ValueError, "geometry is 'odd'"),
    row("FCN8s: grey image", lambda: models.build("fcn8s", 3)(x(1, 1, 32, 32)), ValueError, "fcn8s:", "(1, 1, 32, 32)"),
    row("FCN8s: from an FCN-32s", lambda: models.FCN8s.from_fcn16s(models.build("fcn32s", 3)), TypeError,
        "fcn8s: found a FCN32s", "FCN16s"),
    row("ConfusionMatrix: shapes", lambda: metrics.ConfusionMatrix(3).update(labels(2, 2), labels(2, 3)), ValueError,
        "ConfusionMatrix: truth has shape (2, 2)", "(2, 3)"),
    row("ConfusionMatrix: label", lambda: metrics.ConfusionMatrix(3).update(labels(2), labels(2, value=3)), ValueError,
        "ConfusionMatrix:", "prediction", "3"),
    row("ConfusionMatrix: classes", lambda: metrics.ConfusionMatrix(-1), ValueError, "ConfusionMatrix: num_classes is -1"),
    row("ConfusionMatrix: floats", lambda: metrics.ConfusionMatrix(3).update(np.ones(2), labels(2)), TypeError,
        "truth is float64", "integer labels"),
    # data, training, prediction
    row("Shapes: size", lambda: data.Shapes(4, 8), ValueError, "Shapes: size is 8", "at least 16"),
    row("LandCover: split", lambda: data.LandCover("dev"), ValueError, "LandCover: split is 'dev'", "train, val, test"),
    row("LandCover: size", lambda: data.LandCover("train", 96.5), ValueError, "LandCover: size is 96.5"),
    row("DataLoader: batch_size", lambda: data.DataLoader(data.Shapes(4), 0), ValueError, "DataLoader: batch_size is 0"),
    row("DataLoader: sizes differ", lambda: bad_batch(False), ValueError, "DataLoader: sample 1", "batch_size=1"),
    row("DataLoader: label's size", lambda: bad_batch(True), ValueError, "DataLoader: sample 0", "(8, 9)", "(8, 8)"),
    row("Normalize: std 0", lambda: data.Normalize((0, 0, 0), (1, 1, 0)), ValueError, "Normalize:", "std above 0"),
    row("fit: more classes than scores", lambda: fit_on(data.Shapes(4, 16), classes=2), ValueError,
        "cross_entropy: label", "0 to 1", "number of classes"),
    row("predict: NaN", lambda: predict(net, np.full((3, 8, 8), np.nan, "f")), ValueError, "predict:", "192 values", "NaN"),
    row("predict: no pixels", lambda: predict(net, np.zeros((0, 5, 3), np.uint8)), ValueError, "predict:", "no pixels"),
    row("predict: grey", lambda: predict(net, np.zeros((5, 5), np.uint8)), ValueError, "predict:", "(5, 5)", "(H, W, 3)"),
    row("predict: 64-bit integers", lambda: predict(net, labels(5, 5, 3)), ValueError, "predict:", "int64", "uint8"),
    row("predict: no mean", lambda: predict(net, np.zeros((5, 5, 3), np.uint8)), ValueError, "predict:", "mean and std"),
    row("predict_tiled: tile", lambda: predict_tiled(net, np.zeros((3, 5, 5), "f"), tile=4, margin=4), ValueError,
        "predict_tiled: tile is 4 and margin is 4", "more than two margins"),
    row("overlay: sizes", lambda: overlay(np.zeros((5, 5, 3), np.uint8), labels(5, 6), net_palette()), ValueError,
        "overlay:", "(5, 5, 3)", "(5, 6)"),
]  # fmt: skip


def net_palette():
    return np.zeros((4, 3), np.uint8)


def is_one_sentence(text):
    """A single line of a fair length, which does not start like a Python error."""
    return "\n" not in text and 15 < len(text) < 400 and not re.match(r"(\w+Error|\[Errno)", text)


@pytest.mark.parametrize("call, error, words", CALLS)
def test_a_wrong_call_is_told_in_one_sentence(call, error, words):
    with pytest.raises(error) as caught:
        call()
    told = str(caught.value)
    assert [word for word in words if word not in told] == [], told
    assert is_one_sentence(told), told


def test_a_wrong_call_leaves_its_inputs_unharmed():
    image, weight = np.arange(24, dtype=np.float32).reshape(1, 2, 3, 4), np.ones((4, 3, 3, 3), np.float32)
    before = image.copy(), weight.copy()
    with pytest.raises(ValueError):
        F.conv2d(Tensor(image), Tensor(weight))
    assert np.array_equal(image, before[0]) and np.array_equal(weight, before[1])
