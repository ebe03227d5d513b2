"""The panel of a demo and of a comparison: example images, their truth, and what each net makes of them.

Read compare.py next.
"""

from .. import plot
from ..data.dataset import IGNORE_INDEX

TITLES = {
    "fcn32s": "FCN-32s",
    "fcn16s": "FCN-16s",
    "fcn8s": "FCN-8s",
    "fcn8s-atonce": "FCN-8s at once",
    "hypercolumn": "Hypercolumn",
    "deeplab-largefov": "DeepLab-LargeFOV",
    "deeplab-aspp": "DeepLab-ASPP",
    "deeplab-v3": "DeepLab v3",
    "pspnet": "PSPNet",
    "unet": "U-Net",
    "attention-unet": "Attention U-Net",
    "pixelwise": "Pixelwise",
}
NOTE = "accuracy: pixel accuracy, the fraction of the image's pixels that are labelled correctly"


def example_panel(data, pictures, truth, predictions, names=None):
    """A panel with a row for each example: image | truth | each net's prediction, with its pixel accuracy below.

    data:        the DataModule; pictures: uint8 (H, W, 3) each; truth: label maps
    predictions: {net: its label maps}, by the name that `minifcn` takes or by any other
    names:       of the rows, or None
    """
    bright = plot.brighten(pictures)
    image = "image" if bright is pictures else "image, brightened"
    rows = [list(row) for row in zip(bright, truth, *predictions.values())]
    captions = [["", "", *(accuracy(label, labels) for labels in others)] for _, label, *others in rows]
    columns = [image, "truth", *(TITLES.get(net, net) for net in predictions)]
    return plot.panel(rows, columns, data.palette, data.classes, names, captions, NOTE)


def accuracy(truth, prediction):
    """The pixel accuracy as text; empty where every pixel is ignored."""
    counted = truth != IGNORE_INDEX
    return f"accuracy {100 * (truth == prediction)[counted].mean():.0f} %" if counted.any() else ""
