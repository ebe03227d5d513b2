"""The input that a pixel's scores depend on: where tiles of a large image may start, and how far they must overlap.

The layers of a net, from the image along the widest branch to the scores, determine its coarsest stride and how far a
pixel's scores see. DeepLab v3 and PSPNet also use means over the whole image, which no margin replaces: on tiles, they
use each tile's means. Read late_fusion.py next.
"""

import math

from .. import nn
from .backbone import Backbone, Block, layer_of, layers_of
from .receptive_field import Layer
from .segmentation import SegmentationNet


def footprint(net):
    """(stride, margin): tiles start at multiples of the stride, and pixels beyond the margin have no influence.

    A kernel of size k reaches (k - 1) / 2 units to each side. For a convolution or pooling, these are units of its
    input, and the stride is multiplied afterwards; for a transposed convolution, they are units of its output, and the
    stride is divided first. The margin is a multiple of the stride.
    Raises ValueError if the strides do not cancel, or for a net with a part of unknown kind.
    """
    stride, coarsest, reach = 1, 1, 0.0
    for layer in layers_to_scores(net):
        if layer.kind == "deconv":
            stride /= layer.stride
            reach += (layer.kernel_size - 1) / 2 * stride
        else:
            reach += (layer.kernel_size - 1) / 2 * stride
            stride *= layer.stride
            coarsest = max(coarsest, stride)
    if stride != 1:
        raise ValueError(f"footprint: the layers of {type(net).__name__} end with a stride of {stride:g}, expected 1;"
                         " give tile and margin yourself")
    return coarsest, math.ceil(reach / coarsest) * coarsest


def layers_to_scores(net):
    """The receptive_field.Layers from the image to the scores; upsampling by f is a 'deconv' of stride f.

    Interpolation mixes two units for each value, as a kernel of 2f does.
    """
    if isinstance(net, SegmentationNet) and (layers := net.layers_to_scores()) is not None:
        return layers
    if not isinstance(getattr(net, "backbone", None), Backbone):
        check_composition(net.children())
        return layers_of(net.children())
    stride = net.backbone.stride(net.backbone.last)
    head = [part for name, part in net.named_children() if name != "backbone"]
    windows = [layer_of(module) for part in head for module in part.modules() if isinstance(module, nn.Conv2d)]
    widest = sorted(windows, key=lambda layer: layer.kernel_size)[-1:]  # of the head, whose other windows are 1x1
    return (*net.backbone.layers_to(net.backbone.last), *widest, Layer("deconv", 2 * stride, stride, 0))


def check_composition(modules):
    """ValueError for a composite module that is not the library's: it may use its layers in any way."""
    for module in modules:
        if isinstance(module, nn.Sequential):
            check_composition(module)
            continue
        known = isinstance(module, Block) or hasattr(module, "kernel_size")
        if not known and any(hasattr(part, "kernel_size") for part in module.modules()):
            raise ValueError(f"footprint: how {type(module).__name__} uses its layers is not known; give tile and margin"
                             " yourself")
