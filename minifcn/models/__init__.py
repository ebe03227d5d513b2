"""Networks: FCN-32s, 16s and 8s over VGG backbones, and the arithmetic that lays their maps on each other.

Start reading at receptive_field.py; then backbone.py, vgg.py and fcn.py.
"""

from .backbone import Backbone
from .fcn import FCN8s, FCN8sAtOnce, FCN16s, FCN32s
from .pixelwise import PixelClassifier
from .vgg import VGG16, SmallVGG

NETS = {"fcn32s": FCN32s, "fcn16s": FCN16s, "fcn8s": FCN8s, "fcn8s-atonce": FCN8sAtOnce}
BACKBONES = {"small": SmallVGG, "vgg16": VGG16}


def build(name, num_classes, *, backbone="small", upsampling="frozen", **options):
    """A net by its name.

    name:       'fcn32s', 'fcn16s', 'fcn8s', 'fcn8s-atonce', or 'pixelwise', which has no backbone and no upsampling
    backbone:   'small' or 'vgg16'
    upsampling: 'frozen' or 'learned'
    options:    the backbone's: geometry, first_padding, widths, head, ...; of 'pixelwise': hidden; of all: generator
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
    "NETS",
    "VGG16",
    "Backbone",
    "FCN8s",
    "FCN8sAtOnce",
    "FCN16s",
    "FCN32s",
    "PixelClassifier",
    "SmallVGG",
    "build",
]
