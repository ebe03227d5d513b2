"""Backbone: a feature extractor with named stages, on which FCN and the other heads are built.

It also exposes the geometry of its layers, from which an FCN derives its crops. Read vgg.py next.
"""

import itertools

from .. import nn
from ..kernels.geometry import pair
from ..utils.checkpoint import checkpoint, in_turn
from .receptive_field import Layer, receptive_field

GEOMETRIES = ("aligned", "caffe")


class Backbone(nn.Module):
    """A sequence of layers, each an attribute, called in the order in which they were set. A subclass sets in __init__

    stages:    the names of the feature maps that a head may use, from fine to coarse. A stage is named after its last
               layer; 'head' ends with the last layer of all
    channels:  {stage: its channels}
    in_channels: those of the image
    skips:     {16: stage, 8: stage}: the stages from which FCN-16s and FCN-8s take their skips
    geometry:  'aligned', every odd window padded by half its size, so that maps are aligned without crops; or
               'caffe', padded as published, except the first layer, by 100 as in the paper's nets, and maps cropped
    """

    in_channels = 3
    recompute = False  # see SegmentationNet.recompute_

    def forward(self, x):
        """(N, in_channels, H, W) -> {stage: its feature map (N, channels, h, w)} for all stages."""
        results = {}
        for stage, layers in self.segments():
            kept = not self.recompute or stage == "head"  # whose maps are small, and whose weights are large
            results[stage] = x = in_turn(layers, x) if kept else recomputed(layers, x)
        return results

    def segments(self):
        """For each stage, (its name, the layers that lead to it from the stage before)."""
        ends, layers = self.ends(), []
        for name, layer in self.named_children():
            layers.append(layer)
            if name in ends:
                yield ends[name], layers
                layers = []

    @property
    def last(self):
        """The coarsest stage, from which an FCN computes its coarse scores."""
        return self.stages[-1]

    def ends(self):
        """{layer: stage}: the name of the layer that ends each stage."""
        names = [name for name, _ in self.named_children()]
        return {names[-1] if stage == "head" else stage: stage for stage in self.stages}

    def layers_to(self, stage):
        """The geometry of the layers from the image to the stage: a tuple of receptive_field.Layer."""
        ends, modules = self.ends(), []
        for name, module in self.named_children():
            modules.append(module)
            if ends.get(name) == stage:
                return layers_of(modules)
        raise ValueError(f"{type(self).__name__}: stage is {stage!r}, expected one of {', '.join(self.stages)}")

    def stride(self, stage):
        """The distance between neighbouring units of the stage, in pixels."""
        return receptive_field(self.layers_to(stage)).stride


class Block(nn.Module):
    """A layer of parallel branches that are merged at the end. All have the same stride, and concentric windows."""

    def widest(self):
        """The modules of the branch with the largest window, in order; every subclass defines its own."""
        raise NotImplementedError(f"{type(self).__name__} has no widest(); write one")


def recomputed(layers, x):
    """x passed through the layers of a stage: every Block is a checkpoint, and so are the layers between two Blocks."""
    flat = [part for layer in layers for part in (layer if isinstance(layer, nn.Sequential) else [layer])]
    for _, segment in itertools.groupby(flat, lambda layer: layer if isinstance(layer, Block) else None):
        x = checkpoint(in_turn, list(segment), x)
    return x


def layers_of(modules):
    """The receptive_field.Layer of every module that has a window, as a tuple; for a Block, those of its widest branch.

    The other modules do not move units.
    """
    layers = ()
    for module in modules:
        if isinstance(module, Block):
            layers += layers_of(module.widest())
        elif isinstance(module, nn.Sequential):
            layers += layers_of(module)
        elif hasattr(module, "kernel_size"):
            layers += (layer_of(module),)
    return layers


def layer_of(module):
    """The receptive_field.Layer of a convolution, a transposed convolution or a pooling layer, with square windows.

    Pooling that rounds its size down counts as 'conv'.
    """
    kind = "deconv" if isinstance(module, nn.ConvTranspose2d) else "pool" if getattr(module, "ceil_mode", 0) else "conv"
    sizes = {
        name: pair(getattr(module, name, 1), name, 0, type(module).__name__)
        for name in ("kernel_size", "stride", "padding", "dilation")
    }
    if any(h != w for h, w in sizes.values()):
        raise ValueError(f"backbone: {module!r} differs between height and width; expected square windows")
    k, s, p, d = (h for h, _ in sizes.values())
    return Layer(kind, d * (k - 1) + 1, s, p)


def add_head(backbone, channels, head, head_kernel, padding, dropout, generator):
    """Append fc6 (head_kernel x head_kernel) and fc7 (1x1) to the backbone, each with its ReLU and dropout."""
    backbone.fc6 = nn.Conv2d(channels, head, head_kernel, padding=padding, generator=generator)
    backbone.relu6 = nn.ReLU()
    backbone.drop6 = nn.Dropout(dropout, generator=generator)
    backbone.fc7 = nn.Conv2d(head, head, 1, generator=generator)
    backbone.relu7 = nn.ReLU()
    backbone.drop7 = nn.Dropout(dropout, generator=generator)
    backbone.stages += ("head",)
    backbone.channels["head"] = head


def first_padding_of(backbone, geometry, first_padding, own):
    """The padding of the first layer: `own`, or 100 in the geometry 'caffe', the only one that accepts another.

    own: the padding that centres the aligned net's first windows on their pixels. ValueError for other options.
    """
    name = type(backbone).__name__
    if geometry not in GEOMETRIES:
        raise ValueError(f"{name}: geometry is {geometry!r}, expected one of {', '.join(GEOMETRIES)}")
    if geometry == "aligned" and first_padding not in (None, own):
        raise ValueError(
            f"{name}: first_padding is {first_padding}, but the geometry 'aligned' needs {own}; leave it out or use"
            " 'caffe'"
        )
    return (100 if geometry == "caffe" else own) if first_padding is None else first_padding


def init_he(module, generator):
    """Initialise every convolution's weight as He et al. (nn.init.kaiming_normal_), its bias with 0."""
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, generator=generator)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
