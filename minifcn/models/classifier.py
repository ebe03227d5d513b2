"""Image classifiers. The backbones were designed for this, and the ImageNet weights are those of classifiers.

A classifier is a backbone as published, without its head, plus final layers: VGG and AlexNet end in fully connected
layers, which fix the image size; the others in global average pooling. Read convolutionalize.py next.
"""

from .. import nn
from .alexnet import AlexNet, AlexNetOWT
from .googlenet import GoogLeNet, GoogLeNetBN
from .resnet import ResNet18, ResNet34, ResNet50, ResNet50Caffe, ResNet101, ResNet101Caffe, ResNet152, ResNet152Caffe
from .squeezenet import SqueezeNet
from .vgg import VGG11, VGG13, VGG16, VGG19


class Classifier(nn.Module):
    """A sequence of layers, each an attribute: x (N, 3, H, W) -> scores (N, classes), before the softmax.

    layers: (name, module) pairs. The state dict has the backbone's names, then those of the final layers.
    """

    def __init__(self, layers):
        for name, layer in layers:
            setattr(self, name, layer)

    def forward(self, x):
        for layer in self.children():
            x = layer(x)
        return x


class FlattenWindow(nn.Flatten):
    """(N, C, size, size) -> (N, C * size * size); ValueError for a map of another size."""

    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        if x.shape[2:] != (self.size, self.size):
            raise ValueError(
                f"classifier: the image leaves {x.shape[2]} x {x.shape[3]} units for the full connections, expected"
                f" {self.size} x {self.size}; resize the image (224 x 224 pixels, 227 x 227 for AlexNet), or use"
                " convolutionalize()"
            )
        return super().forward(x)

    def extra_repr(self):
        return f"{self.size}"


def fully_connected(channels, num_classes, generator, *, window, hidden):
    """The end of VGG and AlexNet: fc6 on the whole map of `window` x `window` units, then fc7 and fc8."""
    return {
        "flatten": FlattenWindow(window),
        "fc6": nn.Linear(channels * window * window, hidden, generator=generator),
        "relu6": nn.ReLU(),
        "drop6": nn.Dropout(0.5, generator=generator),
        "fc7": nn.Linear(hidden, hidden, generator=generator),
        "relu7": nn.ReLU(),
        "drop7": nn.Dropout(0.5, generator=generator),
        "fc8": nn.Linear(hidden, num_classes, generator=generator),
    }


def mean_then_scores(channels, num_classes, generator, *, name, dropout=0.0):
    """The end of GoogLeNet and ResNet: global average pooling, then one fully connected layer, `name`."""
    return {
        "mean": nn.AdaptiveAvgPool2d(1),
        "flatten": FlattenWindow(1),
        "drop": nn.Dropout(dropout, generator=generator),
        name: nn.Linear(channels, num_classes, generator=generator),
    }


def scores_then_mean(channels, num_classes, generator):
    """The end of SqueezeNet: conv10 scores each unit and class, then global average pooling."""
    conv10 = nn.Conv2d(channels, num_classes, 1, generator=generator)
    nn.init.normal_(conv10.weight, std=0.01, generator=generator)
    nn.init.zeros_(conv10.bias)
    return {
        "drop9": nn.Dropout(0.5, generator=generator),
        "conv10": conv10,
        "relu10": nn.ReLU(),
        "mean": nn.AdaptiveAvgPool2d(1),
        "flatten": FlattenWindow(1),
    }


# name: (backbone, the padding of its first layer, how it ends, that function's options)
CLASSIFIERS = {
    "alexnet":         (AlexNet,        0, fully_connected,  {"window": 6}),
    "alexnet-owt":     (AlexNetOWT,     2, fully_connected,  {"window": 6}),
    "vgg11":           (VGG11,          1, fully_connected,  {"window": 7}),
    "vgg13":           (VGG13,          1, fully_connected,  {"window": 7}),
    "vgg16":           (VGG16,          1, fully_connected,  {"window": 7}),
    "vgg19":           (VGG19,          1, fully_connected,  {"window": 7}),
    "googlenet":       (GoogLeNet,      3, mean_then_scores, {"name": "loss3_classifier", "dropout": 0.4}),
    "googlenet-bn":    (GoogLeNetBN,    3, mean_then_scores, {"name": "fc", "dropout": 0.2}),
    "squeezenet":      (SqueezeNet,     0, scores_then_mean, {}),
    "resnet18":        (ResNet18,       3, mean_then_scores, {"name": "fc"}),
    "resnet34":        (ResNet34,       3, mean_then_scores, {"name": "fc"}),
    "resnet50":        (ResNet50,       3, mean_then_scores, {"name": "fc"}),
    "resnet101":       (ResNet101,      3, mean_then_scores, {"name": "fc"}),
    "resnet152":       (ResNet152,      3, mean_then_scores, {"name": "fc"}),
    "resnet50-caffe":  (ResNet50Caffe,  3, mean_then_scores, {"name": "fc"}),
    "resnet101-caffe": (ResNet101Caffe, 3, mean_then_scores, {"name": "fc"}),
    "resnet152-caffe": (ResNet152Caffe, 3, mean_then_scores, {"name": "fc"}),
}  # fmt: skip


def build_classifier(name, num_classes=1000, *, generator=None, **options):
    """The Classifier `name`, one of CLASSIFIERS, padded as published.

    options: the backbone's: widths, head and batch_norm, or width; in_channels
    Raises ValueError for an unknown name.
    """
    if name not in CLASSIFIERS:
        raise ValueError(f"build_classifier: name is {name!r}, expected one of {', '.join(CLASSIFIERS)}")
    backbone, first_padding, end, end_options = CLASSIFIERS[name]
    if end is fully_connected:
        end_options = {**end_options, "hidden": options.get("head", 4096)}
        options["head"] = None
    features = backbone("caffe", first_padding=first_padding, generator=generator, **options)
    layers = end(features.channels[features.last], num_classes, generator, **end_options)
    return Classifier((*features.named_children(), *layers.items()))
