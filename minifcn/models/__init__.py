"""Networks: FCN-32s, 16s and 8s over many backbones, the arithmetic that lays their maps on each other, classifiers.

Start reading at receptive_field.py; then backbone.py, vgg.py and fcn.py.
"""

from .alexnet import AlexNet, AlexNetOWT
from .backbone import Backbone
from .classifier import CLASSIFIERS, Classifier, build_classifier
from .convolutionalize import convolutionalize
from .fcn import FCN8s, FCN8sAtOnce, FCN16s, FCN32s
from .googlenet import GoogLeNet, GoogLeNetBN
from .pixelwise import PixelClassifier
from .resnet import ResNet18, ResNet34, ResNet50, ResNet50Caffe, ResNet101, ResNet101Caffe, ResNet152, ResNet152Caffe
from .squeezenet import SqueezeNet
from .vgg import VGG11, VGG13, VGG16, VGG19, SmallVGG

NETS = {"fcn32s": FCN32s, "fcn16s": FCN16s, "fcn8s": FCN8s, "fcn8s-atonce": FCN8sAtOnce}
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


def build(name, num_classes, *, backbone="small", upsampling="frozen", **options):
    """A net by its name.

    name:       'fcn32s', 'fcn16s', 'fcn8s', 'fcn8s-atonce', or 'pixelwise', which has no backbone and no upsampling
    backbone:   one of BACKBONES
    upsampling: 'frozen' or 'learned'
    options:    the backbone's: geometry, first_padding, widths or width, head, ...; of 'pixelwise': hidden; of all:
                generator
    Raises ValueError for a name that is not in the list.
    """
    if name == "pixelwise":
        return PixelClassifier(num_classes, **options)
    net = chosen("model", name, NETS, "pixelwise")
    return net(chosen("backbone", backbone, BACKBONES)(**options), num_classes, upsampling)


def chosen(what, name, table, *others):
    """table[name], or a ValueError that lists the names there are."""
    if name not in table:
        raise ValueError(f"build: {what} is {name!r}, expected one of {', '.join((*table, *others))}")
    return table[name]


__all__ = [
    "BACKBONES",
    "CLASSIFIERS",
    "NETS",
    "VGG11",
    "VGG13",
    "VGG16",
    "VGG19",
    "AlexNet",
    "AlexNetOWT",
    "Backbone",
    "Classifier",
    "FCN8s",
    "FCN8sAtOnce",
    "FCN16s",
    "FCN32s",
    "GoogLeNet",
    "GoogLeNetBN",
    "PixelClassifier",
    "ResNet18",
    "ResNet34",
    "ResNet50",
    "ResNet50Caffe",
    "ResNet101",
    "ResNet101Caffe",
    "ResNet152",
    "ResNet152Caffe",
    "SmallVGG",
    "SqueezeNet",
    "build",
    "build_classifier",
    "convolutionalize",
]
