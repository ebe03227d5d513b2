"""The demo: a small FCN-8s learns land cover from satellite images, trained as in the paper: 32s, then 16s, then 8s.

All scores and pictures are from parts of the Earth held out from training. The training itself is three calls of
run.run; this file scores the nets and draws their results. Read ../suggest.py next.
"""

import json
import time
from pathlib import Path

import numpy as np

from .. import plot
from ..autograd import no_grad
from ..data import DataLoader, LandCover, to_picture
from ..data.globe import PER_DEGREE
from ..data.landcover import BAND_WIDTH, BOTTOM, SPLITS, TOP, LandCoverData, split_frequencies, whole_region
from ..files import atomic_write
from ..metrics import ConfusionMatrix, boundary_mask
from ..nn import evaluating
from ..predict import predict_tiled
from ..tensor import tensor
from .examples import example_panel
from .options import Options
from .run import run
from .tables import scores_by_class

STAGES = {
    "pixelwise": Options(model="pixelwise", epochs=4, lr=1e-2),
    "FCN-32s": Options(model="fcn32s", epochs=4),
    "FCN-16s": Options(model="fcn16s", epochs=4),
    "FCN-8s": Options(model="fcn8s", epochs=24),
}
BATCH = 16  # tiles that are predicted together
EDGE = 3  # pixels on either side of a boundary in the truth
MAP_REGION = 3  # of the test split: 20 to 40 degrees east, from Norway to South Africa
COLUMNS = ("pixel accuracy", "mean accuracy", "mean IoU", "f.w. IoU", f"{EDGE} px from edge")


def run_demo(out="runs/demo", seed=0, shorten=1, quiet=False):
    """Train the nets, score them, and write panel.png, map.png, curves.png, confusion.png, filters.png, scores.json.

    out:     the folder; each net's checkpoint is in a subfolder
    shorten: divide the number of training crops by this, for a quick trial
    Returns the contents of scores.json.
    """
    out, parts = Path(out), Parts()
    nets, histories = train_stages(out, seed, shorten, quiet, parts)
    images, truth = test_tiles()
    predictions = {"majority class": np.full_like(truth, split_frequencies("train").argmax())}
    predictions |= {name: predict_all(net, images) for name, net in nets.items()}
    scores = {name: score(truth, prediction) for name, prediction in predictions.items()}
    parts.end("scores")
    if not quiet:
        print("\n" + scores_by_class(scores, COLUMNS, LandCover.classes) + "\n")
    draw(out, nets, histories, images, truth, predictions)
    parts.end("pictures")
    if not quiet:
        print(parts.describe())
    report = {"seed": seed, "test_tiles": len(truth), "seconds": round(sum(parts.seconds.values())), "scores": scores}
    with atomic_write(out / "scores.json") as path:
        path.write_text(json.dumps(report, indent=1))
    return report


def train_stages(out, seed, shorten=1, quiet=False, parts=None):
    """({name: net}, {name: history}); each FCN starts from the one before, and ends a part of `parts`."""
    nets, histories, before, parts = {}, {}, None, parts or Parts()
    for name, stage in STAGES.items():
        options = Options(**{**vars(stage), "seed": seed, "samples": stage.samples // shorten})
        folder = Path(out) / options.model
        nets[name], histories[name] = run(options, folder, start=before, introduce=not nets, quiet=quiet)
        parts.end(name)
        before = folder / "checkpoint.npz" if options.model != "pixelwise" else None
    return nets, histories


class Parts:
    """The parts of the demo, one after the other, and how long each took."""

    def __init__(self):
        self.seconds, self.began = {}, time.perf_counter()

    def end(self, name):
        """The part `name` has ended, and the next one begins."""
        now = time.perf_counter()
        self.seconds[name], self.began = now - self.began, now

    def describe(self):
        """A line: "2 min 31 s: pixelwise 9 s, FCN-32s 17 s, ..."."""
        minutes, seconds = divmod(round(sum(self.seconds.values())), 60)
        return f"{minutes} min {seconds} s: " + ", ".join(f"{name} {spent:.0f} s" for name, spent in self.seconds.items())


# Scores ---------------------------------------------------------------------------------------------------------------


def test_tiles():
    """Every tile of the held-out bands: images (n, 3, 96, 96) and truth (n, 96, 96)."""
    batches = list(DataLoader(LandCover("test"), BATCH))
    return np.concatenate([images for images, _ in batches]), np.concatenate([labels for _, labels in batches])


def predict_all(net, images):
    """The label map of every image, uint8 (n, H, W)."""
    with no_grad(), evaluating():
        batches = [net(tensor(images[k : k + BATCH])).argmax(1).numpy() for k in range(0, len(images), BATCH)]
    return np.concatenate(batches).astype(np.uint8)


def score(truth, prediction):
    """The paper's four scores, the IoU of each class, and the accuracy within EDGE pixels of a boundary."""
    matrix = ConfusionMatrix(len(LandCover.classes))
    matrix.update(truth, prediction)
    edge = boundary_mask(truth, EDGE)
    return {
        **matrix.scores(),
        "edge_accuracy": float((truth == prediction)[edge].mean()),
        "class_iou": dict(zip(LandCover.classes, matrix.class_iou.tolist())),
    }


# Pictures -------------------------------------------------------------------------------------------------------------


def draw(out, nets, histories, images, truth, predictions):
    """Write every picture of the demo into `out`."""
    names = [name for name in nets if name != "pixelwise"]
    palette, classes, data = LandCover.palette, LandCover.classes, LandCoverData()
    shown = data.examples()
    drawn = {name: predictions[name][shown] for name in names}
    matrix = ConfusionMatrix(len(classes))
    matrix.update(truth, predictions[names[-1]])
    best = nets[names[-1]]
    region, region_truth = whole_region("test", MAP_REGION)
    region_label = predict_tiled(best, region)
    figures = {
        "panel": example_panel(data, [picture(images[i]) for i in shown], truth[shown], drawn, data.example_names()),
        "map": plot.land_map(picture(region), region_truth, region_label, palette, classes, extent(MAP_REGION), "band"),
        "curves": plot.training_curves({name: histories[name] for name in names}, consecutive=True),
        "confusion": plot.confusion_matrix(matrix.matrix, classes),
        "filters": plot.filters(best.backbone.conv1_1.weight.numpy()),
    }
    for name, figure in figures.items():
        plot.save(figure, out / f"{name}.png")


def picture(image):
    """A data set's image as a picture, uint8 (H, W, 3)."""
    return to_picture(image, LandCover.mean, LandCover.std)


def extent(region):
    """(west, east, south, north) of a region of the test split in degrees."""
    west = SPLITS["test"][region] * BAND_WIDTH / PER_DEGREE - 180
    return west, west + BAND_WIDTH / PER_DEGREE, 90 - BOTTOM / PER_DEGREE, 90 - TOP / PER_DEGREE
