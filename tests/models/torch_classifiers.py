"""The published classifiers in PyTorch, from torch.nn alone, with minifcn's layer names: state dicts cross over.

Sizes and strides are typed in from the papers and prototxt files; only the channels are read from a minifcn net, since
the tests use narrow ones.
"""

from collections import OrderedDict

import torch
from torch import nn


def conv(ours, size, stride=1, padding=0, groups=1):
    """A convolution with as many channels as ours."""
    outputs, inputs = ours.weight.shape[:2]
    return nn.Conv2d(inputs * groups, outputs, size, stride, padding, groups=groups, bias=ours.bias is not None)


def linear(ours):
    return nn.Linear(ours.in_features, ours.out_features)


def pool(size, stride):
    return nn.MaxPool2d(size, stride, ceil_mode=True)


def norm():
    return nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75)


def row(**layers):
    return nn.Sequential(OrderedDict(layers))


def full(ours):
    return {
        "flatten": nn.Flatten(), "fc6": linear(ours.fc6), "relu6": nn.ReLU(), "drop6": nn.Dropout(),
        "fc7": linear(ours.fc7), "relu7": nn.ReLU(), "drop7": nn.Dropout(), "fc8": linear(ours.fc8),
    }


def alexnet(ours):
    return row(
        conv1=conv(ours.conv1, 11, 4), relu1=nn.ReLU(), pool1=pool(3, 2), norm1=norm(),
        conv2=conv(ours.conv2, 5, 1, 2, 2), relu2=nn.ReLU(), pool2=pool(3, 2), norm2=norm(),
        conv3=conv(ours.conv3, 3, 1, 1), relu3=nn.ReLU(), conv4=conv(ours.conv4, 3, 1, 1, 2), relu4=nn.ReLU(),
        conv5=conv(ours.conv5, 3, 1, 1, 2), relu5=nn.ReLU(), pool5=pool(3, 2), **full(ours),
    )


def alexnet_owt(ours):
    def floor():
        return nn.MaxPool2d(3, 2)

    return row(
        conv1=conv(ours.conv1, 11, 4, 2), relu1=nn.ReLU(), pool1=floor(),
        conv2=conv(ours.conv2, 5, 1, 2), relu2=nn.ReLU(), pool2=floor(),
        conv3=conv(ours.conv3, 3, 1, 1), relu3=nn.ReLU(), conv4=conv(ours.conv4, 3, 1, 1), relu4=nn.ReLU(),
        conv5=conv(ours.conv5, 3, 1, 1), relu5=nn.ReLU(), pool5=floor(), mean=nn.AdaptiveAvgPool2d(6), **full(ours),
    )


def vgg(ours, depths):
    layers = {}
    for stage, depth in enumerate(depths, 1):
        for i in range(1, depth + 1):
            layers[f"conv{stage}_{i}"] = conv(getattr(ours, f"conv{stage}_{i}"), 3, 1, 1)
            if hasattr(ours, "bn1_1"):
                layers[f"bn{stage}_{i}"] = nn.BatchNorm2d(layers[f"conv{stage}_{i}"].out_channels)
            layers[f"relu{stage}_{i}"] = nn.ReLU()
        layers[f"pool{stage}"] = nn.MaxPool2d(2)
    return row(**layers, **full(ours))


class Inception(nn.Module):
    def __init__(self, ours):
        super().__init__()
        for name, size in (("1x1", 1), ("3x3_reduce", 1), ("3x3", 3), ("5x5_reduce", 1), ("5x5", 5), ("pool_proj", 1)):
            self.add_module(name, conv(getattr(ours, name), size, 1, {1: 0, 3: 1, 5: 2}[size]))

    def forward(self, x):
        get, relu = self.get_submodule, torch.relu
        three = relu(get("3x3")(relu(get("3x3_reduce")(x))))
        five = relu(get("5x5")(relu(get("5x5_reduce")(x))))
        pooled = nn.functional.max_pool2d(x, 3, 1, 1)
        return torch.cat([relu(get("1x1")(x)), three, five, relu(get("pool_proj")(pooled))], 1)


def googlenet(ours):
    def blocks(*names):
        return {f"inception_{name}": Inception(getattr(ours, f"inception_{name}")) for name in names}

    return row(
        conv1=conv(ours.conv1, 7, 2, 3), relu1=nn.ReLU(), pool1=pool(3, 2), norm1=norm(),
        conv2_reduce=conv(ours.conv2_reduce, 1), relu2_reduce=nn.ReLU(), conv2=conv(ours.conv2, 3, 1, 1),
        relu2=nn.ReLU(), norm2=norm(), pool2=pool(3, 2), **blocks("3a", "3b"), pool3=pool(3, 2),
        **blocks("4a", "4b", "4c", "4d", "4e"),
        pool4=pool(3, 2), **blocks("5a", "5b"), mean=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(),
        drop=nn.Dropout(0.4), loss3_classifier=linear(ours.loss3_classifier),
    )


class BasicConv2d(nn.Sequential):
    """Torchvision's: no biases, and batch norm; the ReLU is called behind."""

    def __init__(self, ours, size, stride=1, padding=0):
        theirs = conv(ours.conv, size, stride, padding)
        super().__init__(OrderedDict(conv=theirs, bn=nn.BatchNorm2d(theirs.out_channels, eps=0.001)))


class InceptionBN(Inception):
    """The same branches of other convolutions, and 3x3 where the names say 5x5."""

    def __init__(self, ours):
        nn.Module.__init__(self)
        for name, size in (("1x1", 1), ("3x3_reduce", 1), ("3x3", 3), ("5x5_reduce", 1), ("5x5", 3), ("pool_proj", 1)):
            self.add_module(name, BasicConv2d(getattr(ours, name), size, 1, size // 2))


def googlenet_bn(ours):
    def blocks(*names):
        return {f"inception_{name}": InceptionBN(getattr(ours, f"inception_{name}")) for name in names}

    return row(
        conv1=BasicConv2d(ours.conv1, 7, 2, 3), relu1=nn.ReLU(), pool1=pool(3, 2),
        conv2_reduce=BasicConv2d(ours.conv2_reduce, 1), relu2_reduce=nn.ReLU(),
        conv2=BasicConv2d(ours.conv2, 3, 1, 1), relu2=nn.ReLU(), pool2=pool(3, 2), **blocks("3a", "3b"),
        pool3=pool(3, 2), **blocks("4a", "4b", "4c", "4d", "4e"), pool4=pool(2, 2), **blocks("5a", "5b"),
        mean=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), drop=nn.Dropout(0.2), fc=linear(ours.fc),
    )


class Fire(nn.Module):
    def __init__(self, ours):
        super().__init__()
        self.squeeze1x1, self.expand1x1 = conv(ours.squeeze1x1, 1), conv(ours.expand1x1, 1)
        self.expand3x3 = conv(ours.expand3x3, 3, 1, 1)

    def forward(self, x):
        x = self.squeeze1x1(x).relu()
        return torch.cat([self.expand1x1(x).relu(), self.expand3x3(x).relu()], 1)


def squeezenet(ours):
    def fires(*numbers):
        return {f"fire{i}": Fire(getattr(ours, f"fire{i}")) for i in numbers}

    return row(
        conv1=conv(ours.conv1, 3, 2), relu1=nn.ReLU(), pool1=pool(3, 2), **fires(2, 3), pool3=pool(3, 2), **fires(4, 5),
        pool5=pool(3, 2), **fires(6, 7, 8, 9), drop9=nn.Dropout(), conv10=conv(ours.conv10, 1), relu10=nn.ReLU(),
        mean=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(),
    )


class Residual(nn.Module):
    """The basic block if ours has two convolutions, the bottleneck if it has three; Caffe's has its stride first."""

    def __init__(self, ours, stride, caffe):
        super().__init__()
        sizes = [(1, 1), (3, stride), (1, 1)] if hasattr(ours, "conv3") else [(3, stride), (3, 1)]
        sizes = [(1, stride), (3, 1), (1, 1)] if caffe else sizes
        self.depth = len(sizes)
        for i, (size, step) in enumerate(sizes, 1):
            theirs = conv(getattr(ours, f"conv{i}"), size, step, size // 2)
            self.add_module(f"conv{i}", theirs)
            self.add_module(f"bn{i}", nn.BatchNorm2d(theirs.out_channels))
        if ours.downsample is not None:
            shortcut = conv(ours.downsample[0], 1, stride)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(shortcut.out_channels))

    def forward(self, x):
        y = x
        for i in range(1, self.depth + 1):
            y = self.get_submodule(f"bn{i}")(self.get_submodule(f"conv{i}")(y))
            y = y.relu() if i < self.depth else y
        return (y + (self.downsample(x) if hasattr(self, "downsample") else x)).relu()


def resnet(ours, caffe=False):
    def stage(i, stride):
        blocks = enumerate(getattr(ours, f"layer{i}"))
        return nn.Sequential(*(Residual(block, 1 if j else stride, caffe) for j, block in blocks))

    return row(
        conv1=conv(ours.conv1, 7, 2, 3), bn1=nn.BatchNorm2d(ours.conv1.out_channels), relu1=nn.ReLU(),
        pool1=pool(3, 2) if caffe else nn.MaxPool2d(3, 2, 1), layer1=stage(1, 1), layer2=stage(2, 2), layer3=stage(3, 2), layer4=stage(4, 2),
        mean=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=linear(ours.fc),
    )


TWINS = {
    "alexnet": alexnet,
    "alexnet-owt": alexnet_owt,
    "vgg11": lambda ours: vgg(ours, (1, 1, 2, 2, 2)),
    "vgg13": lambda ours: vgg(ours, (2, 2, 2, 2, 2)),
    "vgg16": lambda ours: vgg(ours, (2, 2, 3, 3, 3)),
    "vgg19": lambda ours: vgg(ours, (2, 2, 4, 4, 4)),
    "googlenet": googlenet,
    "googlenet-bn": googlenet_bn,
    "squeezenet": squeezenet,
    **{f"resnet{depth}": resnet for depth in (18, 34, 50, 101, 152)},
    **{f"resnet{depth}-caffe": lambda ours: resnet(ours, caffe=True) for depth in (50, 101, 152)},
}


def fcn_alexnet(state, x):
    """FCN-AlexNet in evaluation, as voc-fcn-alexnet has it: pad 100, kernel 63, crop 18. state: {name: tensor}."""
    from torch.nn.functional import conv2d, conv_transpose2d, local_response_norm, max_pool2d

    def conv(name, x, padding=0, stride=1, groups=1):
        key = name if name == "score_fr" else f"backbone.{name}"
        return conv2d(x, state[f"{key}.weight"], state[f"{key}.bias"], stride, padding, groups=groups)

    def pool(x):
        return max_pool2d(x, 3, 2, ceil_mode=True)

    image = x
    x = local_response_norm(pool(conv("conv1", x, 100, 4).relu()), 5, 1e-4, 0.75, 1)
    x = local_response_norm(pool(conv("conv2", x, 2, 1, 2).relu()), 5, 1e-4, 0.75, 1)
    x = conv("conv4", conv("conv3", x, 1).relu(), 1, 1, 2).relu()
    x = pool(conv("conv5", x, 1, 1, 2).relu())
    x = conv("score_fr", conv("fc7", conv("fc6", x).relu()).relu())
    triangle = 1 - (torch.arange(63, dtype=x.dtype) - 31).abs() / 32
    kernel = torch.outer(triangle, triangle).expand(x.shape[1], 1, 63, 63)
    scores = conv_transpose2d(x, kernel, stride=32, groups=x.shape[1])
    return scores[:, :, 18 : 18 + image.shape[2], 18 : 18 + image.shape[3]]
