"""Whole small FCN-8s as cases for the gradient checker: the image and every parameter, over backbones of every family.

They stand here because the checker knows nothing of networks. Read ../gradcheck/table.py next, which runs them.
"""

import numpy as np

from ..gradcheck.catalogue import Case
from .alexnet import AlexNet
from .fcn import FCN8s
from .googlenet import GoogLeNet
from .resnet import BasicBlock, Bottleneck, ResNet
from .squeezenet import SqueezeNet
from .vgg import SmallVGG

WIDTHS = (4, 4, 5, 6, 6)


class SmallResNet(ResNet):
    """A stage of each kind of block, and a second block where nothing changes its shape."""

    depths = (1, 2, 1, 1)

    def block(self, in_channels, middle, stride, generator):
        kind = Bottleneck if stride == 1 else BasicBlock
        return kind(in_channels, middle, stride, generator)


def network_cases():
    """An FCN-8s of the geometry 'aligned', batch norm and dropout as in training, and one of the geometry 'caffe'."""
    return [
        network_case("aligned, batch norm", SmallVGG, (2, 3, 45, 40), widths=WIDTHS, head=8),
        network_case("caffe", SmallVGG, (1, 3, 21, 18), geometry="caffe", widths=WIDTHS, head=8, batch_norm=False),
    ]


def backbone_cases():
    """An FCN-8s over a narrow backbone of each of the other families."""
    return [
        network_case("AlexNet", AlexNet, (1, 3, 35, 30), widths=(4, 4, 6, 6, 6), head=6),
        network_case("AlexNet, caffe", AlexNet, (1, 3, 21, 18), geometry="caffe", widths=(4, 4, 6, 6, 6), head=6),
        network_case("GoogLeNet", GoogLeNet, (1, 3, 35, 30), width=0.02),
        network_case("SqueezeNet", SqueezeNet, (1, 3, 35, 30), width=0.05),
        network_case("ResNet", SmallResNet, (2, 3, 45, 40), width=0.06),
    ]


def network_case(title, backbone_class, shape, seed=0, **options):
    """A Case: FCN-8s, three classes, upsampling learned, float64 weights drawn from `seed`; images of `shape`."""
    rng = np.random.default_rng(seed)
    backbone = backbone_class(generator=rng, **options)
    for name in ("drop6", "drop7"):
        if hasattr(backbone, name):
            getattr(backbone, name).generator = None  # the default one, which gradcheck starts again each time
    net = FCN8s(backbone, 3, "learned").to("float64")
    for parameter in net.parameters():  # the score layers start at zero, where a gradient would vanish
        parameter.data[...] += 0.1 * rng.standard_normal(parameter.shape)
    parameters = dict(net.named_parameters())
    return Case(f"FCN-8s, {title}", net, lambda rng: [rng.standard_normal(shape)], parameters, max_entries=0, step=1e-4)
