"""Backbone: what an FCN asks of the net that it is built on. Any row of layers that offers pool3, pool4 and pool5 will do.

The layers are asked for their sizes too, because the FCN derives its crops from them. Read vgg.py next, the backbones of
this library, then fcn.py.
"""

from .. import nn
from ..kernels.geometry import pair
from .receptive_field import Layer

GEOMETRIES = ("aligned", "caffe")


class Backbone(nn.Module):
    """A row of layers, each an attribute, called in the order in which they were set. A subclass sets in __init__

    pool3, pool4:  the layers whose results, at strides 8 and 16, the skips are taken from
    pool5:         the last pooling, of stride 32; what follows it (fc6 and fc7 in VGG) is the head
    channels:      {"pool3": ..., "pool4": ..., "head": ...}, the channels of the three results
    geometry:      'aligned', every layer padded so that its units sit over their pixels: no offsets anywhere; or
                   'caffe', as the paper's nets: the first layer padded by 100, fc6 by nothing, and the scores cropped
    """

    def forward(self, x):
        """(N, 3, H, W) -> the results of pool3, of pool4, and of the last layer."""
        results = {}
        for name, layer in self.named_children():
            x = layer(x)
            if name in ("pool3", "pool4"):
                results[name] = x
        return results["pool3"], results["pool4"], x

    def layers_to(self, name):
        """The geometry of the layers from the image to 'pool3', 'pool4' or, for 'head', to the last."""
        names, modules = zip(*self.named_children())
        return layers_of(modules if name == "head" else modules[: names.index(name) + 1])


def layers_of(modules):
    """The receptive_field.Layer of every module that has a window, as a tuple; the others leave units where they are."""
    return tuple(layer_of(module) for module in modules if hasattr(module, "kernel_size"))


def layer_of(module):
    """The receptive_field.Layer of a convolution, a transposed convolution or a pooling; one of square windows."""
    kind = "deconv" if isinstance(module, nn.ConvTranspose2d) else "conv" if isinstance(module, nn.Conv2d) else "pool"
    sizes = {
        name: pair(getattr(module, name, 1), name, 0, type(module).__name__)
        for name in ("kernel_size", "stride", "padding", "dilation")
    }
    if any(h != w for h, w in sizes.values()):
        raise ValueError(f"backbone: {module!r} differs between height and width; expected square windows")
    k, s, p, d = (h for h, _ in sizes.values())
    return Layer(kind, d * (k - 1) + 1, s, p)
