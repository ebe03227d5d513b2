"""What is in a photo, and where: a classifier with real ImageNet weights.

The net classifies the central square of the photo. Made fully convolutional (the FCN paper, section 3.1), the same net
produces a map of scores for the whole photo, of any shape, though it was trained without any locations. Zhou et al.
2016 call it a class activation map. SqueezeNet's weights come from a package, those of the other nets from a file
provided by the user. Read edges.py next.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from . import functional as F
from .data.folders import output_names
from .data.images import MAX_PIXELS, read_first_page
from .files import make_folder, printable
from .functional.resize import interpolate_at
from .kernels import compile_kernels
from .labelling.outcome import Outcome
from .models import CLASSIFIERS, Classifier, build_classifier, convolutionalize
from .models.backbone import layers_of
from .models.receptive_field import receptive_field
from .predict import class_scores
from .pretrained import PACKED, class_names, load_pretrained, pretrained, read_weights, source_of, translate, unwrap
from .tensor import tensor

DRAWN = 600                                                # pixels of a photo's shorter side in the drawing
SIDES = {"squeezenet": 227, "alexnet": 227}                # of a classifier's training images; for the others:
SIDE = 224


@dataclass(frozen=True)
class TrainedClassifier:
    """A trained classifier of squares of `side` pixels, normalised with the mean and std in `scale`.

    note: what was stripped or left out of its weights file, or ''
    """

    net: Classifier
    scale: dict
    side: int
    note: str = ""


def classify_photos(paths, top=5, folder=None, model="squeezenet", weights=None, max_pixels=MAX_PIXELS):
    """Print the `top` likeliest classes of each photo: probability, number, name.

    folder:  where NAME_heatmap.png, a map of the likeliest class, is written; None: no map
    model, weights: see load_classifier
    max_pixels: of a photo, see read_image
    Raises ValueError for weights or names that are not installed and, after processing the others, for photos that
    cannot be read; FileError.
    """
    trained, names = load_classifier(model, weights), class_names()
    compile_kernels(next(trained.net.parameters()).data)
    if trained.note:
        print(printable(f"{weights}: {trained.note}"))
    for path, name, picture, pages in photos(paths, max_pixels, "classified"):
        probability = class_probabilities(trained, picture)
        likeliest = np.argsort(-probability, kind="stable")[:top]
        print(printable(path) + (f" (the first of {pages} pages)" if pages > 1 else ""))
        for k in likeliest:
            print(f"  {100 * probability[k]:5.1f} %  {k:3}  {printable(names[k])}")
        if folder is not None:
            k = likeliest[0]
            drawn = make_folder(folder) / f"{name}_heatmap.png"
            write_heatmap(drawn, trained, picture, k, names[k])
            print(f"  drawn in {printable(drawn)}")


def photos(paths, max_pixels, verb):
    """Yield (path, name for files about it, picture, number of pages) of each photo that can be read.

    verb: what is done with them, for the ValueError that names the others in the end
    """
    outcome = Outcome(verb=verb, noun="photo")
    for path, name in zip(paths, output_names(map(Path, paths))):
        try:
            picture, pages = read_first_page(path, max_pixels)
        except ValueError as error:
            outcome.failures.append(str(error))
            continue
        yield path, name, picture, pages
        outcome.done += 1
    if outcome.failures:
        raise ValueError(str(outcome))


def load_classifier(model="squeezenet", weights=None):
    """A classifier with ImageNet's weights, as Trained.

    model:   one of CLASSIFIERS
    weights: a file of them, with torchvision's or Caffe's names; None: SqueezeNet's, from its package
    ValueError for weights that are missing, unreadable, or of another net.
    """
    if model not in CLASSIFIERS:
        raise ValueError(f"classify: model is {model!r}, expected one of {', '.join(CLASSIFIERS)}")
    note = ""
    if weights is not None:
        arrays = unwrap(read_weights(weights), model)
        arrays, scale, note = translate(arrays, model), source_of(arrays, model).scale, arrays.note
    elif model == "squeezenet":
        arrays, scale = pretrained(model), PACKED[model].scale
    else:
        raise ValueError(f"classify: no package has the weights of {model} with its classes; name a file by --weights")
    options = {"batch_norm": True} if "vgg" in model and any(key.startswith("bn") for key in arrays) else {}
    net = build_classifier(model, **options)
    load_pretrained(net, arrays)
    return TrainedClassifier(net, scale, SIDES.get(model, SIDE), note)


def class_probabilities(trained, picture):
    """The class probabilities of the central square of a picture, uint8 (H, W, 3): (classes,), with sum 1."""
    scores = class_scores(trained.net, crop_center(picture, trained.side), **trained.scale)
    return F.softmax(tensor(scores), dim=0).numpy()


def class_map(trained, picture, k):
    """The scores of class k at each pixel of a picture, uint8 (H, W, 3): (H, W).

    The net sees the picture resized as for classification, or twice as large if it ends in fully connected layers,
    which would reduce it to a single unit. Unit i of the map sees the window around pixel stride * i + centre; between
    these positions the scores are interpolated bilinearly, beyond the outermost ones they are constant.
    """
    whole = any(name == "fc6" for name, _ in trained.net.named_children())
    everywhere, seen = convolutionalize(trained.net), resize_shorter_side(picture, trained.side * (2 if whole else 1))
    scores = tensor(class_scores(everywhere, seen, **trained.scale)[k])
    window = receptive_field(layers_of(everywhere.children()))
    units = []
    for large, small in zip(picture.shape[:2], seen.shape[:2]):
        pixels = (np.arange(large) + 0.5) * small / large - 0.5                  # these pixels in the net's input
        units.append((pixels - float(window.centre)) / window.stride)
    return interpolate_at(scores.reshape(1, 1, *scores.shape), *units).numpy()[0, 0]


def write_heatmap(path, trained, picture, k, name):
    """Draw where in the picture the net sees class k: its scores, as fractions of the largest."""
    from . import plot  # slow to import, and needed only here

    picture = resize_shorter_side(picture, DRAWN)
    scores = class_map(trained, picture, k)
    figure = plot.heatmap(picture, scores / (scores.max() or 1), f"where it sees: {name}")
    plot.save(figure, path, dpi=150)                                          # a photo's pixels, and smaller files


def crop_center(picture, length):
    """The largest central square of a picture, resized to length x length pixels."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return resize(picture[top : top + side, left : left + side], length, length)


def resize_shorter_side(picture, shorter):
    """The picture resized so that its shorter side is `shorter` pixels and the other at most four times that."""
    scale = shorter / min(picture.shape[:2])
    return resize(picture, *(min(4 * shorter, round(scale * side)) for side in picture.shape[:2]))


def resize(picture, height, width):
    """The picture resized bilinearly, with anti-aliasing when it shrinks."""
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))
