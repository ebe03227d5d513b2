"""`minifcn classify`: what is in a photo, and where in it: SqueezeNet 1.1 with its real ImageNet weights.

The net answers once for the square in the middle of the photo: a class's score is the mean of a map of scores. Made
fully convolutional (the FCN paper, section 3.1) the same net draws this map for the whole photo, whatever its shape,
though it was never told where anything is. Zhou et al. 2016 call it a class activation map. Read
models/convolutionalize.py before, and plot/heat.py next, which draws the map.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from . import functional as F
from .data.images import read_image
from .files import make_folder
from .functional.resize import interpolate_at
from .models import build_classifier, convolutionalize
from .models.backbone import layers_of
from .models.receptive_field import receptive_field
from .predict import class_scores, output_names
from .pretrained import PACKED, class_names, load_pretrained, pretrained
from .tensor import tensor

SIDE, DRAWN = 227, 600                                     # pixels of a photo's shorter side: for the net, for you


def classify_photos(paths, top=5, folder=None):
    """Print for each photo its `top` likeliest classes: probability, number, name.

    folder: where NAME_heatmap.png is written, which shows where the likeliest class is seen; None: no map
    Raises ValueError for a photo that cannot be read and for weights or names that are not installed, FileError.
    """
    net, names = pretrained_squeezenet(), class_names()
    for path, name in zip(paths, output_names(list(map(Path, paths)))):
        picture = read_image(path)
        probability = class_probabilities(net, picture)
        likeliest = np.argsort(-probability, kind="stable")[:top]
        print(path)
        for k in likeliest:
            print(f"  {100 * probability[k]:5.1f} %  {k:3}  {names[k]}")
        if folder is not None:
            k = likeliest[0]
            write_heatmap(make_folder(folder) / f"{name}_heatmap.png", net, picture, k, names[k])


def pretrained_squeezenet():
    """SqueezeNet 1.1 with ImageNet's weights. ValueError where they are not installed."""
    arrays, net = pretrained("squeezenet"), build_classifier("squeezenet")
    load_pretrained(net, arrays)
    return net


def class_probabilities(net, picture):
    """A classifier's answer for the square in the middle of a picture, uint8 (H, W, 3): (classes,), with the sum 1."""
    scores = class_scores(net, middle(picture), **PACKED["squeezenet"].scale)
    return F.softmax(tensor(scores), dim=0).numpy()


def class_map(net, picture, k):
    """The scores of class k at each pixel of a picture, uint8 (H, W, 3): (H, W).

    The net sees the picture shrunk (or enlarged) as classifiers do. Unit i of its map looks at the window around pixel
    stride * i + centre; between these places the scores are bilinear, beyond the outermost ones constant.
    """
    everywhere, seen = convolutionalize(net), in_proportion(picture, SIDE)
    scores = tensor(class_scores(everywhere, seen, **PACKED["squeezenet"].scale)[k])
    window = receptive_field(layers_of(everywhere.children()))
    units = []
    for large, small in zip(picture.shape[:2], seen.shape[:2]):
        pixels = (np.arange(large) + 0.5) * small / large - 0.5                  # where the net saw these pixels
        units.append((pixels - float(window.centre)) / window.stride)
    return interpolate_at(scores.reshape(1, 1, *scores.shape), *units).numpy()[0, 0]


def write_heatmap(path, net, picture, k, name):
    """Draw where in the whole picture the net sees class k: its scores, as shares of the largest."""
    from . import plot  # slow to load, and needed for this alone

    picture = in_proportion(picture, DRAWN)
    scores = class_map(net, picture, k)
    plot.save(plot.heatmap(picture, scores / (scores.max() or 1), f"where it sees: {name}"), path)


def middle(picture):
    """The largest square in the middle of a picture, as SIDE x SIDE pixels."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return resized(picture[top : top + side, left : left + side], SIDE, SIDE)


def in_proportion(picture, shorter):
    """The picture, its shorter side `shorter` pixels long; a longer side is squeezed to at most four times that."""
    scale = shorter / min(picture.shape[:2])
    return resized(picture, *(min(4 * shorter, round(scale * side)) for side in picture.shape[:2]))


def resized(picture, height, width):
    """The picture, bilinear, smoothed where it shrinks."""
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))
