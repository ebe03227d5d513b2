"""`minifcn evaluate`: a trained network, scored on all images of a split.

Beside the scores, it finds what helps to improve a net: which classes it takes for which, how sharp its outlines are, and
the images on which it does worst. Read findings.py next.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..crf import dense_crf
from ..data.catalogue import open_data
from ..data.rasters import to_display
from ..distributed import collect, get_rank, get_world_size
from ..metrics import ConfusionMatrix, Trimap
from ..parallel import compile_on_each_machine
from ..predict import class_scores, likeliest, predict, predict_tiled
from ..suggest import list_first
from .findings import report_of, tables, write
from .options import load_facts
from .start import load_model

WHOLE = 2**20  # pixels; larger images go through the net in tiles
WORST = 12  # images drawn
DRAWN = 600  # pixels of their longer sides, at most


def run_evaluation(checkpoint, data=None, split="test", out="runs/evaluate", tile=None, crf=None, quiet=False):
    """Score the net of a checkpoint; write scores.json, confusion.csv, confusion.png, trimap.png and worst.png.

    data:  as for open_data; None: the data it was trained on
    split: "validation" or "test"
    tile:  the side of the square that the net sees at a time, of images in one piece; None: images as the data set has
           them, which may have cut large ones, and tiles beyond WHOLE pixels
    crf:   the Kernels of a CRF that moves the outlines of predictions to those of the images (crf/), which must not need
           tiles; None: no CRF
    quiet: show no bar and print nothing
    On several ranks, each scores its part of the images, and rank 0 writes.
    Returns the contents of scores.json. Raises ValueError for data of other classes or channels than the checkpoint's,
    or without images; nothing is then written.
    """
    model, trained = load_model(checkpoint)
    facts = load_facts(trained)
    data = trained.data if data is None else data
    data = open_data(data, trained.size if data == trained.data else None)
    check_fit(data, facts)
    images = getattr(data.rescaled(facts.mean, facts.std), split)()
    if not len(images):
        raise ValueError(f"evaluate: the {split} part of {data.name} has no images; choose another --split")
    images = images if tile is None else images.whole()
    scores = score_images(model.fuse(), images, facts, tile, crf, quiet)
    report = {"checkpoint": str(checkpoint), "data": data.name, "split": split, **report_of(scores, facts.classes)}
    if get_rank() == 0:
        write(Path(out), scores, report, facts)
    if get_rank() == 0 and not quiet:
        print(tables(scores, f"{data.name}, {split}", facts.classes))
    return report


def check_fit(data, facts):
    """ValueError unless the data have the classes and channels of a net's training data."""
    theirs, ours = tuple(data.classes), tuple(facts.classes)
    if len(theirs) != len(ours):
        raise ValueError(
            f"evaluate: {data.name} has {len(theirs)} classes ({list_first(theirs)}), but the network was trained on"
            f" {len(ours)} ({list_first(ours)}); choose --data with the same classes"
        )
    for k, (found, expected) in enumerate(zip(theirs, ours)):
        if found != expected:
            raise ValueError(
                f"evaluate: class {k} is {found!r} in {data.name}, but {expected!r} in the data that the network was"
                " trained on; choose --data with the same classes in the same order"
            )
    if data.channels != facts.channels:
        raise ValueError(
            f"evaluate: the images of {data.name} have {data.channels} channels, but the network was trained on images"
            f" of {facts.channels}; choose --data with the same number"
        )


@dataclass
class Scores:
    """The scores of all images of a split. worst: the ImageScores of the WORST worst ones, the very worst first."""

    matrix: ConfusionMatrix
    trimap: Trimap
    images: int
    worst: list


@dataclass
class ImageScore:
    """The scores of one image, over the classes in its truth or its prediction. row: image, truth, prediction, to draw."""

    index: int
    name: str
    mean_iou: float
    pixel_accuracy: float
    row: list

    def goodness(self):
        return self.mean_iou, self.pixel_accuracy, self.index


def score_images(model, images, facts, tile=None, crf=None, quiet=False):
    """The Scores of a net on all samples of a Dataset; a rank scores every get_world_size()-th, and has those of all."""
    compile_on_each_machine(np.empty(0, np.float32), quiet)
    count = len(facts.classes)
    scores = Scores(ConfusionMatrix(count), Trimap(count), len(images), [])
    for index in tqdm(range(get_rank(), len(images), get_world_size()), desc="evaluate", unit="image", disable=quiet or None):
        image, truth = images[index]
        whole = tile is None and truth.size <= WHOLE
        if crf:
            prediction = predict_refined(model, image, facts, whole, crf)
        else:
            prediction = predict(model, image) if whole else predict_tiled(model, image, tile=tile, quiet=quiet)
        own = ConfusionMatrix(count)
        own.update(truth, prediction)
        scores.matrix.matrix += own.matrix
        scores.trimap.update(truth, prediction)
        if own.matrix.any():  # else every pixel is ignored
            row = [small(picture_of(image, facts)), small(truth), small(prediction)]
            score = ImageScore(index, images.name(index), own.mean_iou, own.pixel_accuracy, row)
            scores.worst = sorted([*scores.worst, score], key=ImageScore.goodness)[:WORST]
    return add_up(collect(scores))


def predict_refined(model, image, facts, whole, kernels):
    """The label map of an image after the CRF. ValueError unless it is predicted as a whole."""
    if not whole:
        raise ValueError(f"evaluate: --crf needs a whole image of at most {WHOLE:,} pixels at once; leave it out, or --tile")
    return likeliest(dense_crf(class_scores(model, image), picture_of(image, facts), kernels))


def add_up(parts):
    """The Scores of all images from those of parts of them."""
    total, *others = parts
    for other in others:
        total.matrix.matrix += other.matrix.matrix
        for width, near in total.trimap.matrices.items():
            near.matrix += other.trimap.matrices[width].matrix
        total.worst += other.worst
    total.worst = sorted(total.worst, key=ImageScore.goodness)[:WORST]
    return total


def picture_of(image, facts):
    """A network input (C, H, W) as a picture, uint8 (H, W, 3)."""
    raster = image.transpose(1, 2, 0) * np.asarray(facts.std, np.float32) + np.asarray(facts.mean, np.float32)
    return to_display(raster, (0.0, 1.0))


def small(array):
    """A copy with every nth row and column, so that the longer side has at most DRAWN pixels."""
    step = -(-max(array.shape[:2]) // DRAWN)
    return array[::step, ::step].copy()
