"""Every network of the library by name, and the one place that builds the nets that label pixels.

Backbones have their own names, a classifier is 'vgg16-classifier'. A net that labels pixels stands on any backbone, on
its paper's, or on 'small', and then the rest of it is small too. `minifcn models` lists them, and train, compare and
predict build them here. Read footprint.py next, and ../bench/networks.py, which prints the list.
"""

import inspect

import numpy as np

from . import BACKBONES, CLASSIFIERS, NETS, build, build_classifier, chosen
from .attention import AttentionUNet
from .deeplab import DeepLabASPP, DeepLabLargeFOV, DeepLabV3
from .hypercolumn import Hypercolumn
from .pspnet import PSPNet, auxiliary_loss
from .unet import UNet

VOC = 21  # PASCAL VOC's classes, the background among them
HEADS = {"deeplab-largefov": DeepLabLargeFOV, "deeplab-aspp": DeepLabASPP, "deeplab-v3": DeepLabV3, "pspnet": PSPNet}
UNETS = {"unet": UNet, "attention-unet": AttentionUNet}
PAPERS = {  # {a net that labels pixels: the backbone that it has in its paper; None: it stands on none}
    **dict.fromkeys(NETS, "vgg16"),
    "hypercolumn": "vgg16",
    "deeplab-largefov": "vgg16",
    "deeplab-aspp": "vgg16",
    "deeplab-v3": "resnet50",
    "pspnet": "resnet50",
    **dict.fromkeys([*UNETS, "pixelwise"]),
}
# Over the small backbone the rest is small too. A crop of 96 pixels has 12 x 12 units of stride 8, far fewer than the
# papers' crops, and the dilations are smaller in proportion: beyond the map they would see nothing but padding.
SMALL = {
    "deeplab-largefov": {"width": 128, "rate": 3},
    "deeplab-aspp": {"width": 128, "rates": (2, 4, 6, 8)},
    "deeplab-v3": {"width": 64, "rates": (2, 4, 6)},
    "unet": {"widths": (16, 32, 64, 64, 64)},
    "attention-unet": {"widths": (16, 32, 64, 64, 64)},
}
WITH_FC7 = (*NETS, "hypercolumn")  # they use a backbone to its end; the other heads leave out fc6 and fc7
LOSSES = {"pspnet": auxiliary_loss}  # the nets that are trained with a loss of their own
LEAST_BATCH = {"deeplab-v3": 2, "pspnet": 2}  # they normalise means over an image: one number a channel and image
KINDS = {
    "backbones": tuple(BACKBONES),
    "classifiers": tuple(f"{name}-classifier" for name in CLASSIFIERS),
    "segmentation": tuple(PAPERS),
}
NAMES = tuple(name for names in KINDS.values() for name in names)


def make(name, backbone="paper", generator=None, geometry="aligned"):
    """The network `name`, one of NAMES; ImageNet's 1000 classes for classifiers, VOC's 21 for nets that label pixels.

    backbone: what a net that labels pixels stands on, as in build_segmentation
    geometry: as there, and of backbones too; or 'valid', the paper's U-Net, whose convolutions have no padding
    ValueError for a name that is not in the list, and for an option that the network does not have.
    """
    if name == "unet" and geometry != "aligned":
        if geometry != "valid":
            raise ValueError(f"build: geometry is {geometry!r}, expected 'aligned' or 'valid' for unet")
        small = SMALL[name] if backbone_of(name, backbone) == "small" else {}
        return UNet(VOC, generator=generator, **small)
    if name in PAPERS:
        return build_segmentation(name, VOC, backbone, geometry=geometry, generator=generator)
    if name not in NAMES:
        raise ValueError(f"build: the network is {name!r}, expected one of {', '.join(NAMES)}")
    if backbone != "paper":
        raise ValueError(f"build: found backbone {backbone!r} for {name}, which stands on none; leave it out")
    if name in BACKBONES:
        return BACKBONES[name](geometry, generator=generator)
    if geometry != "aligned":
        raise ValueError(f"build: found geometry {geometry!r} for {name}, which is as it was published; leave it out")
    return build_classifier(name.removesuffix("-classifier"), generator=generator)


# Nets that label pixels -----------------------------------------------------------------------------------------------


def build_segmentation(name, num_classes, backbone="paper", *, geometry="aligned", upsampling="frozen", head=None,
                       generator=None):
    """A net that labels pixels: (N, 3, H, W) -> scores (N, num_classes, H, W), any H and W from 1.

    name:       one of PAPERS
    backbone:   one of BACKBONES; or 'paper', the one that it has in its paper. Over 'small' all of the net is small.
                A net that stands on none, as the U-Nets, is 'small' or as in its 'paper'
    geometry:   'aligned' or 'caffe', of the nets in WITH_FC7
    upsampling: 'frozen' or 'learned', of FCNs
    head:       the channels of fc6 and fc7, of the nets in WITH_FC7; None means the backbone's own
    ValueError for a name that is not in the lists, and for an option that the net does not have.
    """
    backbone = backbone_of(name, backbone)
    check_options(name, backbone, geometry, upsampling, head)
    small = SMALL.get(name, {}) if backbone == "small" else {}
    if name == "pixelwise":
        return build(name, num_classes, generator=generator)
    if name in UNETS:
        padded = {"padded": True} if name == "unet" else {}  # the other one always is
        return UNETS[name](num_classes, generator=generator, **padded, **small)
    options = {"geometry": geometry, "generator": generator}
    if head is not None or (takes_head(backbone) and not has_fc7(name, backbone)):
        options["head"] = head
    if name in NETS:
        return build(name, num_classes, backbone=backbone, upsampling=upsampling, **options)
    base = BACKBONES[backbone](**options)
    if name == "hypercolumn":
        return Hypercolumn(base, num_classes, (base.skips[8], base.skips[16], base.last), generator=generator)
    return HEADS[name](base, num_classes, generator=generator, **small)


def backbone_of(name, backbone):
    """The backbone's name, with 'paper' looked up; ValueError for a net or a backbone that there is not."""
    if name not in PAPERS:
        raise ValueError(f"build: the network is {name!r}, expected one of {', '.join(PAPERS)}")
    if PAPERS[name] is not None:
        backbone = PAPERS[name] if backbone == "paper" else backbone
        chosen("backbone", backbone, BACKBONES, "paper")
    elif backbone not in ("small", "paper"):
        raise ValueError(
            f"build: found backbone {backbone!r} for {name}, which stands on none; leave it out, or use 'small' or"
            " 'paper' to choose its size"
        )
    return backbone


def check_options(name, backbone, geometry, upsampling, head):
    """ValueError for an option that is not the usual one and that this net does not have."""
    if geometry != "aligned" and name not in WITH_FC7:
        raise ValueError(f"build: geometry is {geometry!r}, but {name} has no other than 'aligned'; leave it out")
    if upsampling != "frozen" and name not in NETS:
        raise ValueError(f"build: upsampling is {upsampling!r}, but {name} has none to choose; only FCNs have")
    if head is not None and not has_fc7(name, backbone):
        without = backbone if name in WITH_FC7 else name
        raise ValueError(f"build: head is {head}, but {without} has no fc6 and fc7; leave head out")


def has_fc7(name, backbone):
    """Whether the net has the fc6 and fc7 of this backbone, whose width can be chosen."""
    return name in WITH_FC7 and takes_head(backbone)


def takes_head(backbone):
    """Whether the backbone of this name has fc6 and fc7."""
    return "head" in inspect.signature(BACKBONES[backbone]).parameters


def check_batch(name, images):
    """ValueError if the net cannot be trained on batches of so few images."""
    if images < LEAST_BATCH.get(name, 1):
        raise ValueError(
            f"train: a batch has {images} image, expected at least {LEAST_BATCH[name]}, since {name} normalises the"
            " means of whole images; use a larger batch"
        )


class Zeros:
    """A generator that draws zeros, and at once: for a net that is looked at but not used. VGG16 has 134 million."""

    def random(self, shape, dtype):
        return np.zeros((), dtype)

    standard_normal = random
