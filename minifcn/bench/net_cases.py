"""Whole networks: training steps of FCN-8s on VGG16 and of the demo's small FCN-8s, and inference, also of ResNet-50.

A step is forward, loss, backward and the optimizer's update, on random data: the time does not depend on the values.
Both libraries start from the same weights. Read scaling.py next.
"""

import contextlib
import functools

import numpy as np

from .. import nn
from ..autograd import no_grad
from ..models import VGG16, FCN8s, SmallVGG
from ..models.classifier import build_classifier
from ..optim import SGD, AdamW
from ..runs.less_memory import less_memory
from ..runs.optimizer import WEIGHT_DECAY
from ..runs.options import Options
from ..step import pixel_loss, train_step
from ..tensor import Tensor
from . import rival
from .case import Case, Goal, normal

DEMO = Options()  # crops of 96 pixels, 8 in a batch
TITLES = {"vgg16": "VGG16", "small": "the demo's small net"}
BACKBONES = {"vgg16": VGG16, "small": SmallVGG}
CLASSES = {"vgg16": 21, "small": 8}  # PASCAL VOC's and the demo's
# The optimizers of the paper and of the demo, with a learning rate so small that the weights hardly change.
OPTIMIZERS = {
    "vgg16": (SGD, {"lr": 1e-5, "momentum": 0.9, "weight_decay": 5e-4}),
    "small": (AdamW, {"lr": 1e-5, "weight_decay": WEIGHT_DECAY}),
}


def net_cases():
    """The three steps, and inference, also after fusion (Module.fuse)."""
    yield step_case("vgg16", 1, 224, Goal(1.15, 1.4))
    yield step_case("vgg16", 4, 224, Goal(1.3, 1.8))
    yield step_case("small", DEMO.batch, DEMO.size, Goal(1.3, 1.6))
    yield inference_case("inference", "vgg16", 1, 500, Goal(1.2, 1.6))
    yield inference_case("fused inference", "vgg16", 1, 500, Goal(2.2, 2.6))
    yield inference_case("fused inference", "small", DEMO.batch, DEMO.size, Goal(2.2, 2.6))
    name = "fused inference ResNet-50 @224 batch 1"
    yield Case("inference", name, ("fused inference",), Goal(2.2, 2.6), lambda dtype: resnet_work(1, 224, dtype))


def step_case(backbone, N, side, goal):
    """A training step of FCN-8s on a backbone, with N images of side x side pixels."""
    name = step_name(backbone, N, side)
    return Case("step", name, ("step",), goal, lambda dtype: net_work(backbone, N, side, dtype))


def inference_case(part, backbone, N, side, goal):
    """Inference with FCN-8s on a backbone; the part is "inference" or "fused inference"."""
    name = f"{part} FCN-8s on {TITLES[backbone]} @{side} batch {N}"
    return Case("inference", name, (part,), goal, lambda dtype: net_work(backbone, N, side, dtype))


def step_name(backbone, N, side, recompute=False):
    return f"step FCN-8s on {TITLES[backbone]} @{side} batch {N}{', recomputed' if recompute else ''}"


def net_work(backbone, N, side, dtype=np.float32, **shape):
    """{contender: {"step", "inference", "fused inference"}}; PyTorch's last two are the same.

    shape: the backbone's widths, head and dropout, if not its defaults
    """
    net = make_net(backbone, dtype, **shape)
    state = net.state_dict()
    theirs = rival.contenders(functools.partial(their_net, backbone, N, side, dtype, state, **shape), compiles=True)
    return {"ours": our_net(backbone, N, side, dtype, net), **twice(theirs)}


def resnet_work(N, side, dtype=np.float32, width=1):
    """The same of ResNet-50 as a classifier, without the step."""
    net = build_classifier("resnet50", width=width, generator=np.random.default_rng(0)).to(dtype)
    x, state = normal(N, 3, side, side, dtype=dtype), net.state_dict()

    def theirs(channels_last=False, compile=False):
        from .rival_networks import TorchResNet50

        return rival.inference(TorchResNet50(channels=round(64 * width)), state, x, channels_last, compile)

    return {"ours": our_inference(net, x), **twice(rival.contenders(theirs, compiles=True))}


def twice(theirs):
    """PyTorch's contenders, whose inference is also their fused inference."""
    return {name: work | {"fused inference": work["inference"]} for name, work in theirs.items()}


def our_net(backbone, N, side, dtype=np.float32, net=None, recompute=False):
    """{"step", "inference", "fused inference": functions} for `net`, or for a new one.

    recompute: as `minifcn train --recompute`
    """
    net = make_net(backbone, dtype) if net is None else net
    x, labels = batch(backbone, N, side, dtype)
    make_optimizer, options = OPTIMIZERS[backbone]
    optimizer = make_optimizer([p for p in net.parameters() if p.requires_grad], **options)

    def step():
        with less_memory(net, optimizer) if recompute else contextlib.nullcontext():
            return train_step(net, optimizer, pixel_loss, x, labels, ignore_index=255)

    return {"step": step, **our_inference(net, x)}


def our_inference(net, x):
    """{"inference", "fused inference": functions} for `net`."""

    def inference():
        with no_grad():
            return net.eval()(Tensor(x)).data

    captured = functools.cache(lambda: nn.capture(net.fuse()))  # once, as before a series of predictions

    def fused_inference():
        return captured()(Tensor(x)).data

    return {"inference": inference, "fused inference": fused_inference}


def their_net(backbone, N, side, dtype=np.float32, state=None, channels_last=False, compile=False, **shape):
    """The same for its counterpart in PyTorch, with the weights in `state`, or its own initial ones."""
    from .rival_networks import VGG16_SHAPE, TorchFCN

    twin = TorchFCN(CLASSES[backbone], **(VGG16_SHAPE if backbone == "vgg16" else {}) | shape)
    make_optimizer, options = OPTIMIZERS[backbone]
    data = batch(backbone, N, side, dtype)
    return rival.network(twin, state, make_optimizer.__name__, options, *data, channels_last, compile)


def make_net(backbone, dtype=np.float32, **shape):
    """An FCN-8s whose score layers are not zero, unlike at the start of training, so that no gradient is zero."""
    generator = np.random.default_rng(0)
    net = FCN8s(BACKBONES[backbone](**shape, generator=generator), CLASSES[backbone])
    for layer in (net.score_fr, net.score_pool4, net.score_pool3):
        nn.init.kaiming_normal_(layer.weight, generator=generator)
    return net.to(dtype)


def batch(backbone, N, side, dtype=np.float32):
    """Images (N, 3, side, side) and labels (N, side, side), some of them ignored."""
    labels = np.random.default_rng(1).integers(0, CLASSES[backbone], (N, side, side))
    labels[:, :3] = 255
    return normal(N, 3, side, side, dtype=dtype), labels
