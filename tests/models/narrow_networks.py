"""Every name of the catalogue as a narrow net, for tests that go over all of them.

A name that is new to the catalogue fails here until it has its narrow options.
"""

import numpy as np

from minifcn import nn
from minifcn.models import BACKBONES, CLASSIFIERS, NETS, PixelClassifier, build_classifier
from minifcn.models.attention import AttentionUNet
from minifcn.models.catalogue import kinds
from minifcn.models.deeplab import DeepLabASPP, DeepLabLargeFOV, DeepLabV3
from minifcn.models.hypercolumn import Hypercolumn
from minifcn.models.pspnet import PSPNet
from minifcn.models.torchvision import TorchvisionDeepLabV3, TorchvisionFCN
from minifcn.models.unet import UNet

CLASSES = 3
FAMILIES = {  # {how the names of a family begin: the options that make it narrow}
    "small": {"widths": (2, 2, 3, 3, 4), "head": 8},
    "alexnet": {"widths": (2, 4, 4, 4, 4), "head": 8},
    "vgg": {"widths": (2, 2, 3, 3, 4), "head": 8},
    "googlenet": {"width": 1 / 16},
    "squeezenet": {"width": 1 / 16},
    "resnet": {"width": 1 / 64},
}


def narrow_options(name):
    """The options of the backbone `name`; AssertionError for a family that is not in the list."""
    found = [options for start, options in FAMILIES.items() if name.startswith(start)]
    assert found, f"{name} is new: write its narrow options into FAMILIES of narrow_networks.py"
    return found[0]


def backbone(name, rng, **more):
    return BACKBONES[name](generator=rng, **narrow_options(name) | more)


def classifier(name, rng):
    return build_classifier(name.removesuffix("-classifier"), CLASSES, generator=rng, **narrow_options(name))


def headed(head, under, **options):
    """A function that makes the net `head` over the backbone `under`."""
    return lambda rng: head(backbone(under, rng), CLASSES, generator=rng, **options)


def fcn(net, under="small"):
    return lambda rng: net(backbone(under, rng), CLASSES)


SEGMENTATION = {
    **{name: fcn(net) for name, net in NETS.items()},
    "hypercolumn": headed(Hypercolumn, "vgg11", stages=("pool3", "pool4", "head")),
    "deeplab-largefov": headed(DeepLabLargeFOV, "vgg11", width=4, rate=2),
    "deeplab-aspp": headed(DeepLabASPP, "alexnet", width=4, rates=(1, 2, 3, 4)),
    "deeplab-v3": headed(DeepLabV3, "resnet18", width=4, rates=(1, 2, 3)),
    "pspnet": headed(PSPNet, "resnet18"),
    "fcn-torchvision": headed(TorchvisionFCN, "resnet18"),
    "deeplab-v3-torchvision": headed(TorchvisionDeepLabV3, "resnet18", width=4, rates=(1, 2, 3)),
    "unet": lambda rng: UNet(CLASSES, widths=(2, 3, 4), padded=True, generator=rng),
    "attention-unet": lambda rng: AttentionUNet(CLASSES, widths=(2, 4, 4), generator=rng),
    "pixelwise": lambda rng: PixelClassifier(CLASSES, 4, generator=rng),
}


def untouched(name, seed=0):
    """The narrow net `name` as its constructor leaves it; AssertionError for a name that is not in the lists here."""
    rng = np.random.default_rng(seed)
    if name in BACKBONES:
        return backbone(name, rng)
    if name in kinds()["classifiers"]:
        return classifier(name, rng)
    assert name in SEGMENTATION, f"{name} is new: write a narrow one into SEGMENTATION of narrow_networks.py"
    return SEGMENTATION[name](rng)


def narrow(name, seed=2):
    """The same in float64, in training, every number of its state moved off its start, and no ReLU shut everywhere."""
    return moved(untouched(name, seed), seed)


def moved(net, seed=0):
    """`net` as narrow() says."""
    rng = np.random.default_rng(seed)
    net.to("float64")
    for key, tensor in (*net.named_parameters(), *net.named_buffers()):
        if tensor.dtype == np.float64:
            by = 0.1 * rng.standard_normal(tensor.shape)
            tensor.data[...] += np.abs(by) if "var" in key else by
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)) and module.bias is not None:
            module.bias.data += 0.5
        if isinstance(module, nn.Dropout):
            module.generator = None  # the default one, so that manual_seed() repeats what is dropped
    return net


def with_window_1(monkeypatch):
    """From here on classifiers that end in full connections see one unit: images of 39 pixels will do."""
    for name, (*entry, options) in CLASSIFIERS.items():
        if "window" in options:
            monkeypatch.setitem(CLASSIFIERS, name, (*entry, {"window": 1}))
