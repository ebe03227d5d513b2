"""Denser maps from the same weights: `dilate` puts holes into the kernels, `shift_and_stitch` runs the net many times.

A stride discards units. Both methods recover them: the first computes them all in one pass, the second in one pass per
shift of the image (Long et al. 2015, section 3.2; Chen et al. 2015, section 3.1, "hole algorithm"). Units that see only
the image get the same values. Near its border the paddings differ: a shifted net meets the border elsewhere. Read
deeplab.py next.
"""

import copy

from .. import functional as F
from .. import nn
from ..kernels.geometry import pair
from .segmentation import SegmentationNet
from .upsampling import on_image


class DilatedHead(SegmentationNet):
    """The base of the heads on dilated backbones. x is (N, C, H, W) of any size.

    backbone:      a Backbone of the geometry 'aligned'; `self.backbone` is a dilated copy that ends with `stage`
    stage:         the last stage that the head needs; None means last_features(backbone)
    output_stride: the stride of its map
    """

    def __init__(self, backbone, stage, output_stride):
        self.stage = stage or last_features(backbone)
        ending = truncate(backbone, self.stage)
        self.least = ending.stride(self.stage)  # with fewer pixels, dilated windows would see only padding
        self.backbone = dilate(ending, output_stride)

    def maps(self, x):
        """{stage: map} of the images x; small images are padded with zeros below and right."""
        return self.backbone(F.pad(x, (0, max(0, self.least - x.shape[3]), 0, max(0, self.least - x.shape[2]))))

    def on_image(self, scores, stage, x):
        """Scores from the map of `stage`, interpolated at every pixel of the images x."""
        return on_image(scores, self.backbone.layers_to(stage), x.shape[2:])


def last_features(backbone):
    """The backbone's last stage before fc6 and fc7, which VGG and AlexNet have."""
    return backbone.stages[-2] if backbone.last == "head" else backbone.last


def dilate(backbone, output_stride=8):
    """A copy of `backbone`, weights included, none of whose maps has a stride above `output_stride`.

    A layer whose stride would exceed it gets stride 1. The layers after it see a map denser by that factor, so their
    dilation, that of pooling included, is multiplied by the stride removed. Padding grows likewise, to preserve sizes;
    pooling that lost its stride is padded so that its window is centred on the unit, or half a unit before it.
    layers_to() gives the resulting positions of the units.
    ValueError for the geometry 'caffe', for an output_stride that no stage has, and for a stage that strides twice.
    """
    strides = [backbone.stride(stage) for stage in backbone.stages]
    if backbone.geometry != "aligned":
        raise ValueError(f"dilate: the backbone's geometry is {backbone.geometry!r}, expected 'aligned'")
    if output_stride not in (1, *strides):
        raise ValueError(f"dilate: output_stride is {output_stride}, expected one of the stages' strides, {strides}")
    backbone, before = copy.deepcopy(backbone), 1
    for layers, stage, after in zip(layers_of_stages(backbone), backbone.stages, strides):
        seen = before  # the stride of a layer's input: it changes once per stage, in all branches alike
        for owner, name in layers if after > output_stride else []:
            layer = getattr(owner, name)
            stride = pair(layer.stride, "stride", 1, "dilate")[0]
            if stride > 1 and before * stride != after:
                raise ValueError(f"dilate: {stage} strides twice, to {after}; expected an output_stride not below it")
            source = before if stride > 1 else seen
            new_stride = stride if before * stride <= output_stride else 1
            setattr(owner, name, dilate_layer(layer, max(1, source // output_stride), new_stride))
            seen = after if stride > 1 else seen
        before = after
    return backbone


def layers_of_stages(backbone):
    """For each stage its layers with windows, as (owner, name)."""
    found, ends = [[]], backbone.ends()
    for name, child in backbone.named_children():
        found[-1] += [(backbone, name)] if hasattr(child, "kernel_size") else window_layers(child)
        if name in ends:
            found.append([])
    return found


def window_layers(module):
    """(owner, name) of every layer with a window inside `module`, in order."""
    found = []
    for name, child in module.named_children():
        found += [(module, name)] if hasattr(child, "kernel_size") else window_layers(child)
    return found


def dilate_layer(layer, rate, stride):
    """The convolution or pooling with its window dilated by `rate`, and with another stride."""
    if isinstance(layer, nn.Conv2d):
        layer.stride, layer.dilation = (stride, stride), tuple(rate * d for d in layer.dilation)
        layer.padding = tuple(rate * p for p in layer.padding)
        return layer
    if rate == 1 and stride == layer.stride:
        return layer
    centred = -(-rate * (layer.kernel_size - 1) // 2)
    return DilatedMaxPool(layer.kernel_size, rate * layer.padding if layer.stride == 1 else centred, rate)


class DilatedMaxPool(nn.Module):
    """Max pooling of stride 1 whose padding, unlike MaxPool2d's, may exceed half the kernel, as dilation requires."""

    def __init__(self, kernel_size, padding, dilation):
        self.kernel_size, self.stride, self.padding, self.dilation = kernel_size, 1, padding, dilation

    def forward(self, x):
        x = F.pad(x, (self.padding,) * 4, value=float("-inf"))
        return F.max_pool2d(x, self.kernel_size, 1, 0, self.dilation)

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, padding={self.padding}, dilation={self.dilation}"


def shift_and_stitch(backbone, x, stage, output_stride=8):
    """The maps of `stage` at `output_stride`, by running the net on shifted images and interlacing the results.

    With the stage's stride S and f = S / output_stride, pass (a, b) of the f * f passes sees the image from pixel
    output_stride * (a, b) on, and its unit (i, j) becomes unit (f i + a, f j + b): (N, C, f h, f w). In the dilated map
    the same unit may be a few places further on, since dilate() pads by the growth of its windows; the centres of
    receptive_field(layers_to(stage)) tell by how many.
    """
    factor = backbone.stride(stage) // output_stride
    passes = []
    for a in range(0, factor * output_stride, output_stride):
        for b in range(0, factor * output_stride, output_stride):
            passes.append(backbone(F.pad(x, (-b, b, -a, a)))[stage])
    return F.pixel_shuffle(F.stack(passes, dim=2).flatten(1, 2), factor)


def truncate(backbone, stage):
    """`backbone` up to `stage`: a new module that shares its layers up to that stage and has no others."""
    if stage not in backbone.stages:
        raise ValueError(f"truncate: stage is {stage!r}, expected one of {', '.join(backbone.stages)}")
    backbone = copy.copy(backbone)
    names, ends = [name for name, _ in backbone.named_children()], backbone.ends()
    while ends.get(names[-1]) != stage:
        delattr(backbone, names.pop())
    backbone.stages = backbone.stages[: backbone.stages.index(stage) + 1]
    return backbone
