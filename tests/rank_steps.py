"""Training steps, and a step of batch norm, that a test takes alone, and on several ranks: the same global batches, so the same weights."""

import contextlib
import functools
import itertools

import numpy as np

from minifcn import Tensor, distributed, manual_seed
from minifcn.autograd import backward
from minifcn.data import DataLoader, RandomShift, Shapes
from minifcn.functional.criterion import counts_pixels, criterion
from minifcn.models import FCN8s, SmallVGG
from minifcn.models.pspnet import PSPNet
from minifcn.nn import SyncBatchNorm
from minifcn.optim import SGD
from minifcn.runs.less_memory import less_memory
from minifcn.step import pixel_loss, train_step

WEIGHT = np.array([1, 3, 0.5, 2], np.float32)  # of the classes
BATCH = 7  # images, which 2 and 3 ranks cannot share evenly
VARIANTS = {
    "float32": {"steps": 12, "dtype": "float32"},
    "plain": {"steps": 12},
    "sum": {"options": {"reduction": "sum", "weight": WEIGHT}, "lr": 1e-5},
    "accumulated": {"accumulate": 3},
    "focal": {"loss": "focal"},
    "areas": {"loss": "dice+0.5*lovasz"},
    "mixed": {"loss": "cross-entropy+dice"},
    "auxiliary": {"net": "pspnet"},
}


def train(net="fcn8s", loss="cross-entropy", steps=8, accumulate=1, lr=1e-2, options=None, recompute=False, dtype="float64"):
    """[the losses, the weights and buffers in one list] after `steps` updates with momentum, dropout and batch norm.

    recompute: as `minifcn train --recompute`
    dtype: of the net; in float64, what differs by more than rounding shows
    """
    manual_seed(0)
    backbone = SmallVGG(widths=(4, 4, 4, 4, 4), head=8)
    model = FCN8s(backbone, 4, "learned") if net == "fcn8s" else PSPNet(backbone, 4, bins=(1, 2))
    SyncBatchNorm.convert_sync_batchnorm(model)
    model.to(dtype)
    part = {"rank": distributed.get_rank(), "num_replicas": distributed.get_world_size()}
    shapes = Shapes(BATCH * steps * accumulate, 32, transform=RandomShift(12))  # what is shifted in is ignored
    loader = DataLoader(shapes, BATCH, shuffle=True, **part)
    optimizer = SGD(model.parameters(), lr, 0.9)
    objective = functools.partial(pixel_loss, criterion=criterion(loss), areas=not counts_pixels(loss)[1])
    batches = iter(loader)
    losses = []
    for _ in range(steps):
        (images, labels), *more = [(images.astype(dtype), labels) for images, labels in itertools.islice(batches, accumulate)]
        given = {"weight": WEIGHT} if options is None and counts_pixels(loss)[0] else options or {}
        given |= {"weight": given["weight"].astype(dtype)} if "weight" in given else {}
        with less_memory(model, optimizer, accumulate) if recompute else contextlib.nullcontext():
            losses.append(train_step(model, optimizer, objective, images, labels, more=more, ignore_index=255, **given))
    weights = np.concatenate([array.ravel() for array in model.state_dict().values()])
    return [losses, weights.tolist()]


def norm_step(layer, first, last):
    """Forward and backward of a batch norm of 3 channels on images `first` to `last` of a batch, in float64: {name: array}."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH, 3, 4, 2)) * 3 + 100  # a mean far from 0, which cancels badly in E[x^2] - E[x]^2
    grad = rng.standard_normal(x.shape)
    layer.to("float64")
    layer.weight.data[:], layer.bias.data[:] = (1, 2, 3), (4, 5, 6)
    part = Tensor(x[first:last], requires_grad=True)
    y = layer(part)
    backward(y, grad[first:last])
    found = {"y": y.data, "grad": part.grad, "weight": layer.weight.grad, "bias": layer.bias.grad}
    return found | {"mean": layer.running_mean.data, "var": layer.running_var.data}
