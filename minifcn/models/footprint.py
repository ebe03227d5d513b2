"""What the score of a pixel depends on, by arithmetic: the layers from the image by the widest branch to the scores.

Large images are cut into tiles; from these layers follows where tiles may start and how much of their border is
worthless. DeepLab v3 and PSPNet use means over the whole image as well, which no margin replaces: tile by tile, they
use those of the tile. Read ../predict.py next, which cuts the tiles.
"""

from .. import nn
from .backbone import layer_of, layers_of
from .catalogue import Zeros
from .fcn import FCN
from .receptive_field import Layer
from .summary import way_down
from .unet import UNet


def in_a_row(net):
    """The windows between the image and the scores of `net`, one of the catalogue's, as a row of modules.

    The row computes nothing of use: predict.tile_sizes reads strides and windows off it.
    """
    return nn.Sequential(*(window(layer) for layer in layers_to_scores(net)))


def window(layer):
    """A module with the kernel and the stride of a receptive_field.Layer."""
    if layer.kind == "deconv":
        return nn.ConvTranspose2d(1, 1, layer.kernel_size, layer.stride, generator=Zeros())
    return nn.MaxPool2d(layer.kernel_size, layer.stride)


def layers_to_scores(net):
    """The receptive_field.Layers from the image to the scores; what enlarges by f is a 'deconv' of stride f.

    Interpolation finds each value between two units, as a kernel of 2f does.
    """
    if isinstance(net, FCN):
        return net.path
    if isinstance(net, UNet):
        ways_up = [(Layer("deconv", 4, 2, 1), *layers_of(getattr(net, f"fuse{i}").children()))
                   for i in range(net.levels, 0, -1)]  # fmt: skip
        return sum(ways_up, layers_of(way_down(net)))
    if not hasattr(net, "backbone"):
        return layers_of(net.children())
    stride = net.backbone.stride(net.backbone.last)
    head = [part for name, part in net.named_children() if name != "backbone"]
    windows = [layer_of(module) for part in head for module in part.modules() if isinstance(module, nn.Conv2d)]
    widest = max(windows, key=lambda layer: layer.kernel_size)  # of the head, whose other windows are 1x1
    return (*net.backbone.layers_to(net.backbone.last), widest, Layer("deconv", 2 * stride, stride, 0))
