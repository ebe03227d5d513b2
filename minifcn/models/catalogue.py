"""Every network of the library by name, and `build`, which makes them.

A segmentation network declares its own requirements (segmentation.py) and needs only its line in SEGMENTATION here.
Backbones have their own names; a classifier is named like 'vgg16-classifier'.
"""

import inspect

import numpy as np

from ..suggest import did_you_mean
from .alexnet import AlexNet, AlexNetOWT
from .attention import AttentionUNet
from .classifier import CLASSIFIERS, build_classifier
from .deeplab import DeepLabASPP, DeepLabLargeFOV, DeepLabV3
from .fcn import FCN8s, FCN8sAtOnce, FCN16s, FCN32s
from .googlenet import GoogLeNet, GoogLeNetBN
from .hypercolumn import Hypercolumn
from .late_fusion import COLOURS, LateFusion, check_channels
from .pixelwise import PixelClassifier
from .pspnet import PSPNet
from .resnet import ResNet18, ResNet34, ResNet50, ResNet50Caffe, ResNet101, ResNet101Caffe, ResNet152, ResNet152Caffe
from .squeezenet import SqueezeNet
from .torchvision import TorchvisionDeepLabV3, TorchvisionFCN
from .unet import UNet
from .vgg import VGG11, VGG13, VGG16, VGG19, SmallVGG

VOC = 21  # PASCAL VOC's classes, background included
BACKBONES = {
    "small": SmallVGG,
    "alexnet": AlexNet,
    "alexnet-owt": AlexNetOWT,
    "vgg11": VGG11,
    "vgg13": VGG13,
    "vgg16": VGG16,
    "vgg19": VGG19,
    "googlenet": GoogLeNet,
    "googlenet-bn": GoogLeNetBN,
    "squeezenet": SqueezeNet,
    "resnet18": ResNet18,
    "resnet34": ResNet34,
    "resnet50": ResNet50,
    "resnet101": ResNet101,
    "resnet152": ResNet152,
    "resnet50-caffe": ResNet50Caffe,
    "resnet101-caffe": ResNet101Caffe,
    "resnet152-caffe": ResNet152Caffe,
}
NETS = {"fcn32s": FCN32s, "fcn16s": FCN16s, "fcn8s": FCN8s, "fcn8s-atonce": FCN8sAtOnce}
SEGMENTATION = {
    **NETS,
    "hypercolumn": Hypercolumn,
    "deeplab-largefov": DeepLabLargeFOV,
    "deeplab-aspp": DeepLabASPP,
    "deeplab-v3": DeepLabV3,
    "pspnet": PSPNet,
    "fcn-torchvision": TorchvisionFCN,
    "deeplab-v3-torchvision": TorchvisionDeepLabV3,
    "unet": UNet,
    "attention-unet": AttentionUNet,
    "pixelwise": PixelClassifier,
}


def kinds():
    """{kind: names} of all networks."""
    classifiers = tuple(f"{name}-classifier" for name in CLASSIFIERS)
    return {"backbones": tuple(BACKBONES), "classifiers": classifiers, "segmentation": tuple(SEGMENTATION)}


def build(name, num_classes=None, *, backbone=None, geometry="aligned", upsampling="frozen", head=None, in_channels=3,
          fusion="early", generator=None, **options):
    """The network `name`, one of SEGMENTATION, of BACKBONES, or a classifier.

    num_classes: None means 21, VOC's, or 1000, ImageNet's, for a classifier. The rest is for segmentation networks:
    backbone:    one of BACKBONES, 'small' by default; or 'paper', the one used in the net's paper. Over 'small' the
                 whole net is small. A net without a backbone, such as U-Net, is 'small' or as in its 'paper'
    geometry:    one of the net's geometries; for a backbone, 'aligned' or 'caffe'
    upsampling:  'frozen' or 'learned', for FCNs
    head:        the channels of fc6 and fc7, for nets that use them; None means the backbone's own
    in_channels: of the image
    fusion:      of more than three channels: 'early', one net that sees all of them, or 'late', see late_fusion.py
    options:     the backbone's: first_padding, widths or width, ...; for nets without a backbone, their own
    ValueError for an unknown name, and for an option that the network does not have.
    """
    if name not in SEGMENTATION:
        return build_other(name, num_classes, backbone, geometry, generator, options | {"in_channels": in_channels})
    if fusion not in ("early", "late"):
        raise ValueError(f"build: fusion is {fusion!r}, expected 'early' or 'late'")
    if fusion == "late":
        check_channels(in_channels)
        same = {"backbone": backbone, "geometry": geometry, "upsampling": upsampling, "head": head, "generator": generator}
        streams = [build(name, num_classes, in_channels=n, **same, **options) for n in (COLOURS, in_channels - COLOURS)]
        return LateFusion(*streams, in_channels)
    net, backbone = SEGMENTATION[name], backbone_of(name, backbone or "small")
    check_options(name, backbone, geometry, upsampling, head)
    own, base = dict(net.small) if backbone == "small" else {}, None
    if net.paper is None:
        own |= options | {"in_channels": in_channels}
    else:
        if head is not None or (takes_head(backbone) and not net.uses_fc7):
            options["head"] = head
        base = BACKBONES[backbone](geometry=geometry, in_channels=in_channels, generator=generator, **options)
    num_classes = VOC if num_classes is None else num_classes
    return net.assemble(num_classes, base, geometry=geometry, upsampling=upsampling, generator=generator, **own)


def build_other(name, num_classes, backbone, geometry, generator, options):
    """A backbone or a classifier, which have fewer options."""
    every = [name for names in kinds().values() for name in names]
    if name not in every:
        known = f", expected one of {', '.join(SEGMENTATION)}, a backbone or a classifier; `minifcn models` lists all"
        raise ValueError(f"build: the network is {name!r}{did_you_mean(name, every, known)}")
    if backbone not in (None, "paper"):
        raise ValueError(f"build: found backbone {backbone!r} for {name}, which has none; leave it out")
    if name in BACKBONES:
        return BACKBONES[name](geometry, generator=generator, **options)
    if geometry != "aligned":
        raise ValueError(f"build: found geometry {geometry!r} for {name}, which is as it was published; leave it out")
    options = options if num_classes is None else options | {"num_classes": num_classes}
    return build_classifier(name.removesuffix("-classifier"), generator=generator, **options)


def backbone_of(name, backbone):
    """The backbone's name, with 'paper' resolved; ValueError for an unknown net or backbone."""
    if name not in SEGMENTATION:
        raise ValueError(f"build: the network is {name!r}{did_you_mean(name, SEGMENTATION)}")
    paper = SEGMENTATION[name].paper
    if paper is not None:
        backbone = paper if backbone == "paper" else backbone
        if backbone not in BACKBONES:
            raise ValueError(f"build: backbone is {backbone!r}{did_you_mean(backbone, (*BACKBONES, 'paper'))}")
    elif backbone not in ("small", "paper"):
        raise ValueError(
            f"build: found backbone {backbone!r} for {name}, which has none; leave it out, or use 'small' or"
            " 'paper' to choose its size"
        )
    return backbone


def check_options(name, backbone, geometry, upsampling, head):
    """ValueError for an option other than the default that this net does not have."""
    net = SEGMENTATION[name]
    if geometry not in net.geometries and net.geometries == ("aligned",):
        raise ValueError(f"build: geometry is {geometry!r}, but {name} has only 'aligned'; leave it out")
    if geometry not in net.geometries:
        raise ValueError(f"build: geometry is {geometry!r}, expected {' or '.join(map(repr, net.geometries))} for {name}")
    if upsampling not in net.upsamplings and net.upsamplings == ("frozen",):
        raise ValueError(f"build: upsampling is {upsampling!r}, but {name} offers no choice; only FCNs do")
    if head is not None and not has_fc7(name, backbone):
        without = backbone if net.uses_fc7 else name
        raise ValueError(f"build: head is {head}, but {without} has no fc6 and fc7; leave head out")


def has_fc7(name, backbone):
    """Whether the net uses this backbone's fc6 and fc7, whose width can be chosen."""
    return SEGMENTATION[name].uses_fc7 and takes_head(backbone)


def takes_head(backbone):
    """Whether the backbone of this name has fc6 and fc7."""
    return "head" in inspect.signature(BACKBONES[backbone]).parameters


def check_batch(name, images):
    """ValueError if the net cannot be trained on batches that small."""
    least = SEGMENTATION[name].least_batch
    if images < least:
        raise ValueError(
            f"{name}: a batch has {images} image, expected at least {least}, since {name} normalises the means of whole"
            " images; use a larger batch"
        )


class Zeros:
    """A generator that draws zeros, at no cost: for a net that is inspected but not run. VGG16 has 134 M weights."""

    def random(self, shape, dtype):
        return np.zeros((), dtype)

    standard_normal = random
