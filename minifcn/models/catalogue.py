"""Every network of the library by name, as its paper has it: what `minifcn models` lists and `minifcn describe` takes.

Backbones have their own names, a classifier is 'vgg16-classifier', and a net that labels pixels stands on its paper's
backbone unless another one is asked for. Read ../bench/networks.py next, which prints the list.
"""

import numpy as np

from . import BACKBONES, CLASSIFIERS, NETS, PixelClassifier, build_classifier, chosen
from .attention import AttentionUNet
from .deeplab import DeepLabASPP, DeepLabLargeFOV, DeepLabV3
from .hypercolumn import Hypercolumn
from .pspnet import PSPNet
from .unet import UNet

VOC = 21  # PASCAL VOC's classes, the background among them


def fcn(net):
    return lambda backbone, generator: net(backbone, VOC)


def headed(net):
    return lambda backbone, generator: net(backbone, VOC, generator=generator)


def hypercolumn(backbone, generator):
    stages = (backbone.skips[8], backbone.skips[16], backbone.last)
    return Hypercolumn(backbone, VOC, stages, generator=generator)


# name: (function of a backbone and a generator, the backbone's name)
OVER_A_BACKBONE = {
    **{name: (fcn(net), "vgg16") for name, net in NETS.items()},
    "hypercolumn": (hypercolumn, "vgg16"),
    "deeplab-largefov": (headed(DeepLabLargeFOV), "vgg16"),
    "deeplab-aspp": (headed(DeepLabASPP), "vgg16"),
    "deeplab-v3": (headed(DeepLabV3), "resnet50"),
    "pspnet": (headed(PSPNet), "resnet50"),
}
# name: function of a generator
ALONE = {
    "unet": lambda generator: UNet(VOC, padded=True, generator=generator),
    "attention-unet": lambda generator: AttentionUNet(VOC, generator=generator),
    "pixelwise": lambda generator: PixelClassifier(VOC, generator=generator),
}
KINDS = {
    "backbones": tuple(BACKBONES),
    "classifiers": tuple(f"{name}-classifier" for name in CLASSIFIERS),
    "segmentation": (*OVER_A_BACKBONE, *ALONE),
}
NAMES = tuple(name for names in KINDS.values() for name in names)


def make(name, backbone=None, generator=None):
    """The network `name`, one of NAMES, over another `backbone` than its own if one is named.

    Classifiers have ImageNet's 1000 classes, nets that label pixels VOC's 21.
    ValueError for a name that is not in the list, and for a backbone where none can be chosen.
    """
    if name in OVER_A_BACKBONE:
        function, own = OVER_A_BACKBONE[name]
        return function(chosen("backbone", backbone or own, BACKBONES)(generator=generator), generator)
    if name not in NAMES:
        raise ValueError(f"describe: the network is {name!r}, expected one of {', '.join(NAMES)}")
    if backbone is not None:
        raise ValueError(f"describe: found backbone {backbone!r} for {name}, which stands on none; leave it out")
    if name in ALONE:
        return ALONE[name](generator)
    if name in BACKBONES:
        return BACKBONES[name](generator=generator)
    return build_classifier(name.removesuffix("-classifier"), generator=generator)


class Zeros:
    """A generator that draws zeros, and at once: for a net that is looked at but not used. VGG16 has 134 million."""

    def random(self, shape, dtype):
        return np.zeros((), dtype)

    standard_normal = random
