"""The panel of a demo and of a comparison: example images, their truth, and what each net makes of them.

Read compare.py next.
"""

from .. import plot
from ..data.dataset import IGNORE_INDEX
from ..models.catalogue import SEGMENTATION

NOTE = "accuracy: pixel accuracy, the fraction of the image's pixels that are labelled correctly"


def example_panel(data, pictures, truth, predictions, names=None):
    """A panel with a row for each example: image | truth | each net's prediction, with its pixel accuracy below.

    data:        the DataModule; pictures: uint8 (H, W, 3) each; truth: label maps
    predictions: {net: its label maps}, by the name that `minifcn` takes or by any other
    names:       of the rows, or None
    """
    image, bright = for_the_eye(pictures)
    rows = [list(row) for row in zip(bright, truth, *predictions.values())]
    captions = [["", "", *(accuracy(label, labels) for labels in others)] for _, label, *others in rows]
    columns = [image, "truth", *map(title_of, predictions)]
    return plot.panel(rows, columns, data.palette, data.classes, names, captions, NOTE)


def for_the_eye(pictures):
    """(the title of a column, its pictures), which says so where they had to be brightened."""
    bright = plot.brighten(pictures)
    return "image" if bright is pictures else "image, brightened", bright


def accuracy(truth, prediction):
    """The pixel accuracy as text; empty where every pixel is ignored."""
    counted = truth != IGNORE_INDEX
    return f"accuracy {100 * (truth == prediction)[counted].mean():.0f} %" if counted.any() else ""


def title_of(net):
    """The title of a segmentation network; any other text as it is."""
    return (net in SEGMENTATION and SEGMENTATION[net].title) or net
