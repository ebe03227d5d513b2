"""PyTorch twins of the backbones and of the nets that label pixels, of the same names: state dicts cross over.

Each twin takes its layers' sizes from a minifcn net; what is done with the layers is written here once more, with
torch's functions. The classifiers' twins, whose sizes are the papers', are in torch_classifiers.py.
"""

from collections import OrderedDict

import torch
from torch.nn import functional as T

from minifcn import nn
from minifcn.models.attention import AttentionGate, AttentionUNet
from minifcn.models.backbone import Backbone
from minifcn.models.deeplab import Branch, DeepLabASPP, DeepLabLargeFOV, DeepLabV3
from minifcn.models.dilation import DilatedMaxPool
from minifcn.models.fcn import FCN8s, FCN8sAtOnce, FCN16s, FCN32s
from minifcn.models.googlenet import Inception
from minifcn.models.hypercolumn import Hypercolumn
from minifcn.models.pixelwise import PixelClassifier
from minifcn.models.pspnet import PSPNet, Scores
from minifcn.models.receptive_field import receptive_field
from minifcn.models.resnet import Residual
from minifcn.models.squeezenet import Fire
from minifcn.models.torchvision import ASPP, TorchvisionNet
from minifcn.models.unet import DoubleConv, UNet
from minifcn.models.upsampling import Upsampling

from .tiny_backbones import torch_on_image


def twin(ours):
    """The PyTorch module for a module of minifcn, with weights of its own."""
    for kind, make in LAYERS.items():
        if isinstance(ours, kind):
            return make(ours)
    return Twin(ours)


class Twin(torch.nn.Module):
    """A module made of others: twins of the parts of `ours`, and the forward of its class, of those below."""

    def __init__(self, ours):
        super().__init__()
        self.ours = ours
        self.compute = next(FORWARDS[kind] for kind in type(ours).__mro__ if kind in FORWARDS)
        for name, part in ours.named_children():
            self.add_module(name, twin(part))

    def forward(self, *inputs):
        return self.compute(self, *inputs)


class Dilated(torch.nn.Module):
    def __init__(self, ours):
        super().__init__()
        self.ours = ours

    def forward(self, x):
        x = T.pad(x, (self.ours.padding,) * 4, value=-torch.inf)
        return T.max_pool2d(x, self.ours.kernel_size, 1, 0, self.ours.dilation)


def convolution(ours):
    outputs, inputs = ours.weight.shape[:2]
    return torch.nn.Conv2d(inputs * ours.groups, outputs, ours.kernel_size, ours.stride, ours.padding, ours.dilation,
                           ours.groups, ours.bias is not None)


def transposed(ours):
    inputs, outputs = ours.weight.shape[:2]
    return torch.nn.ConvTranspose2d(inputs, outputs * ours.groups, ours.kernel_size, ours.stride, ours.padding, 0,
                                    ours.groups, ours.bias is not None)


def pooling(ours):
    return torch.nn.MaxPool2d(ours.kernel_size, ours.stride, ours.padding, ceil_mode=ours.ceil_mode)


class BatchNormReLU(torch.nn.BatchNorm2d):
    def forward(self, x):
        return super().forward(x).relu()


LAYERS = {
    nn.Conv2d: convolution,
    nn.ConvTranspose2d: transposed,
    nn.BNReLU2d: lambda ours: BatchNormReLU(ours.weight.size, ours.eps),  # before its base class
    nn.BatchNorm2d: lambda ours: torch.nn.BatchNorm2d(ours.weight.size, ours.eps),
    nn.LocalResponseNorm: lambda ours: torch.nn.LocalResponseNorm(ours.size, ours.alpha, ours.beta, ours.k),
    nn.MaxPool2d: pooling,
    DilatedMaxPool: Dilated,
    nn.MaxUnpool2d: lambda ours: torch.nn.MaxUnpool2d(ours.kernel_size),
    nn.Upsample: lambda ours: torch.nn.Upsample(scale_factor=ours.scale_factor, mode=ours.mode),
    nn.PixelShuffle: lambda ours: torch.nn.PixelShuffle(ours.upscale_factor),
    nn.AdaptiveAvgPool2d: lambda ours: torch.nn.AdaptiveAvgPool2d(ours.output_size),
    nn.ReLU: lambda ours: torch.nn.ReLU(),
    nn.Dropout: lambda ours: torch.nn.Dropout(ours.p),
    nn.Identity: lambda ours: torch.nn.Identity(),
    nn.ModuleList: lambda ours: torch.nn.Sequential(OrderedDict((name, twin(m)) for name, m in ours.named_children())),
}


# Backbones ------------------------------------------------------------------------------------------------------------


def backbone(net, x):
    results, ends = {}, net.ours.ends()
    for name, layer in net.named_children():
        x = layer(x)
        if name in ends:
            results[ends[name]] = x
    return results


def inception(net, x):
    def conv(name, x):
        return net.get_submodule(name)(x).relu()

    threes, fives = conv("3x3", conv("3x3_reduce", x)), conv("5x5", conv("5x5_reduce", x))
    return torch.cat([conv("1x1", x), threes, fives, conv("pool_proj", T.max_pool2d(x, 3, 1, 1))], 1)


def fire(net, x):
    x = net.squeeze1x1(x).relu()
    return torch.cat([net.expand1x1(x), net.expand3x3(x)], 1).relu()


def residual(net, x):
    y = net.bn2(net.conv2(net.bn1(net.conv1(x)).relu()))
    if hasattr(net, "conv3"):
        y = net.bn3(net.conv3(y.relu()))
    return (y + (net.downsample(x) if hasattr(net, "downsample") else x)).relu()


# FCN ------------------------------------------------------------------------------------------------------------------


def fcn(net, x, scales=(1, 1)):
    """FCN-32s, 16s and 8s over VGG in the geometry 'aligned', whose maps need no cropping; with the skips there are."""
    (height, width), skips = x.shape[2:], net.ours.backbone.skips
    maps = net.backbone(T.pad(x, (0, -width % 32, 0, -height % 32)))
    y = net.score_fr(maps[net.ours.backbone.last])
    if hasattr(net, "score_pool4"):
        y = net.upscore2(y) + net.score_pool4(maps[skips[16]] * scales[0])
    if hasattr(net, "score_pool3"):
        y = net.upscore_pool4(y) + net.score_pool3(maps[skips[8]] * scales[1])
    last = next(name for name in ("upscore8", "upscore16", "upscore") if hasattr(net, name))
    return net.get_submodule(last)(y)[:, :, :height, :width]


# Other heads ----------------------------------------------------------------------------------------------------------


def on_image(net, y, stage, x):
    """The map y of the backbone's stage at every pixel of x."""
    field = receptive_field(net.ours.backbone.layers_to(stage))
    return torch_on_image(torch, y, float(field.centre), field.stride, x.shape[2:])


def hypercolumn(net, x):
    maps = net.backbone(x)
    return sum(on_image(net, net.get_submodule(f"score_{stage}")(maps[stage]), stage, x) for stage in net.ours.stages)


def dilated(net, x):
    """The maps of a dilated backbone; images smaller than its stride was get zeros below and right."""
    below, right = (max(0, net.ours.least - n) for n in x.shape[2:])
    return net.backbone(T.pad(x, (0, right, 0, below)))


def branch(net, x):
    return net.fc8(net.drop7(net.fc7(net.drop6(net.fc6(x).relu())).relu()))


def over_features(scores):
    """A DeepLab: `scores` of the net and its features, laid on the image."""
    return lambda net, x: on_image(net, scores(net, dilated(net, x)[net.ours.stage]), net.ours.stage, x)


def joined_scores(net, features):
    mean = net.image_pooling(features.mean((2, 3), keepdim=True)).expand(-1, -1, *features.shape[2:])
    return net.score(net.project(torch.cat([*(part(features) for part in net.aspp), mean], 1)))


def pspnet(net, x):
    """Its scores and the auxiliary ones."""
    middle, features = (dilated(net, x)[stage] for stage in net.ours.stages)
    pooled = [level(T.adaptive_avg_pool2d(features, bins)) for bins, level in zip((1, 2, 3, 6), net.pyramid)]
    levels = [T.interpolate(y, features.shape[2:], mode="bilinear") for y in pooled]
    maps = net.aux(middle), net.final(torch.cat([features, *levels], 1))
    return [on_image(net, y, stage, x) for y, stage in zip(maps, net.ours.stages)][::-1]


def aspp(net, x):
    *local, mean = (conv(x) for conv in net.convs)
    return net.project(torch.cat([*local, mean.expand(-1, -1, *x.shape[2:])], 1))


def torchvisions(net, x):
    """Its scores and the auxiliary ones, resized to the image."""
    maps, heads = net.backbone(x), zip((net.classifier, net.aux_classifier), net.ours.stages[::-1])
    return [T.interpolate(head(maps[stage]), x.shape[2:], mode="bilinear", align_corners=False) for head, stage in heads]


# U-Net ----------------------------------------------------------------------------------------------------------------


def unet(net, x):
    """With gates where the net has them, padded or not."""
    (height, width), levels, skips = x.shape[2:], net.ours.levels, {}
    if net.ours.padded:
        x = T.pad(x, (0, -width % 2**levels, 0, -height % 2**levels))
    for i in range(1, levels + 1):
        skips[i] = net.get_submodule(f"down{i}")(x)
        x, indices = T.max_pool2d(skips[i], 2, return_indices=True)
        skips[i] = skips[i], indices
    x = net.drop(net.get_submodule(f"down{levels + 1}")(x))
    for i in range(levels, 0, -1):
        skip, indices = skips[i]
        skip = net.get_submodule(f"gate{i}")(skip, x) if hasattr(net, f"gate{i}") else skip
        x = net.get_submodule(f"up{i}")(x, indices)
        cut = [(a - b) // 2 for a, b in zip(skip.shape[2:], x.shape[2:])]
        skip = skip[:, :, cut[0] : cut[0] + x.shape[2], cut[1] : cut[1] + x.shape[3]]
        x = net.get_submodule(f"fuse{i}")(torch.cat([skip, x], 1))
    x = net.score(x)
    return x[:, :, :height, :width] if net.ours.padded else x


def gate(net, skip, coarse):
    seen = net.theta_x(skip)
    asked = T.interpolate(net.phi_g(coarse), seen.shape[2:], mode="bilinear")
    alpha = net.psi((seen + asked).relu()).sigmoid()
    return skip * T.interpolate(alpha, skip.shape[2:], mode="bilinear")


def upsampling(net, x, indices=None):
    x = net.before(x)
    return net.after(net.enlarge(x, indices) if net.ours.kind == "unpool" else net.enlarge(x))


FORWARDS = {
    Backbone: backbone,
    Inception: inception,
    Fire: fire,
    Residual: residual,
    FCN32s: fcn,
    FCN16s: fcn,
    FCN8s: fcn,
    FCN8sAtOnce: lambda net, x: fcn(net, x, (0.01, 0.0001)),
    PixelClassifier: lambda net, x: net.score(net.conv(x).relu()),
    Hypercolumn: hypercolumn,
    Branch: branch,
    DeepLabLargeFOV: over_features(lambda net, features: net.branch(features)),
    DeepLabASPP: over_features(lambda net, features: sum(part(features) for part in net.branches)),
    DeepLabV3: over_features(joined_scores),
    PSPNet: pspnet,
    TorchvisionNet: torchvisions,
    ASPP: aspp,
    Scores: lambda net, x: net.score(net.drop(net.conv(x))),
    UNet: unet,
    AttentionUNet: unet,
    AttentionGate: gate,
    DoubleConv: lambda net, x: net.conv2(net.conv1(x).relu()).relu(),
    Upsampling: upsampling,
}
