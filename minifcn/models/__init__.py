"""Networks: FCN-32s, 16s and 8s over many backbones, the arithmetic that aligns their feature maps, and classifiers.

Start with receptive_field.py, then backbone.py, vgg.py, crops.py and fcn.py.
"""

from .alexnet import AlexNet, AlexNetOWT
from .backbone import Backbone
from .catalogue import BACKBONES, NETS, SEGMENTATION, build
from .classifier import CLASSIFIERS, Classifier, build_classifier
from .convolutionalize import convolutionalize
from .fcn import FCN8s, FCN8sAtOnce, FCN16s, FCN32s
from .googlenet import GoogLeNet, GoogLeNetBN
from .hed import HED
from .pixelwise import PixelClassifier
from .resnet import ResNet18, ResNet34, ResNet50, ResNet50Caffe, ResNet101, ResNet101Caffe, ResNet152, ResNet152Caffe
from .segmentation import SegmentationNet
from .squeezenet import SqueezeNet
from .unet3d import UNet3d
from .vgg import VGG11, VGG13, VGG16, VGG19, SmallVGG

__all__ = [
    "BACKBONES",
    "CLASSIFIERS",
    "HED",
    "NETS",
    "SEGMENTATION",
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
    "SegmentationNet",
    "SmallVGG",
    "SqueezeNet",
    "UNet3d",
    "build",
    "build_classifier",
    "convolutionalize",
]
