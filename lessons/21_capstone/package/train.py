"""Train a net on satellite images: `python -m myfcn.train`. Ctrl-C stops it; the same command continues.

Given by the course. Training goes in epochs of 100 steps. Each begins with a new optimizer and a fresh source of random
numbers, and ends with a checkpoint: a run that was interrupted gives, to the bit, what it would have given otherwise.
"""

import argparse
import json
import os
import time
from pathlib import Path

import numpy as np

from .data import Satellite
from .layers import set_training
from .nets import NETS, PixelLoss, arrays_of, copy_arrays, make_net, predict, reseed
from .scores import confusion_matrix, scores
from .tensor import Tensor
from .training import fit, schedule

EPOCH = 100  # steps
RUNS = Path(__file__).parent / "runs"
SCORES = "pixel accuracy", "mean accuracy", "mean IoU", "f.w. IoU"


def options(arguments=None):
    """The options of a run, from the command line."""
    parser = argparse.ArgumentParser(prog="python -m myfcn.train", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("--net", choices=list(NETS), default="fcn8s")
    add("--seed", type=int, default=0, help="of the weights, the crops and dropout")
    add("--steps", type=int, default=1400)
    add("--batch", type=int, default=8, help="crops per step")
    add("--size", type=int, default=96, help="side of a crop, in pixels")
    add("--lr", type=float, default=0.03)
    add("--momentum", type=float, default=0.9)
    add("--decay", type=float, default=1e-3, help="weight decay, of all but biases")
    add("--weights", choices=("balanced", "none"), default="balanced", help="of the classes in the loss")
    add("--name", default="", help="of the run; give one if you have changed the code")
    return parser.parse_args(arguments)


def folder_of(chosen):
    """The folder of a run: runs/fcn8s-seed0, with every option that is not the default in its name."""
    usual = vars(options([]))
    changed = [
        f"{key}{value}"
        for key, value in vars(chosen).items()
        if value != usual[key] and key not in ("net", "seed", "name")
    ]
    return RUNS / "-".join([chosen.net, *filter(None, [chosen.name]), *changed, f"seed{chosen.seed}"])


def train_epoch(net, data, chosen, epoch, score_of):
    """Train for one epoch. Returns its loss and score; everything random comes from the seed and the epoch's number."""
    reseed(net, [chosen.seed, epoch, 1])
    rng, first = np.random.default_rng([chosen.seed, epoch]), EPOCH * epoch
    steps = range(first, min(first + EPOCH, chosen.steps))

    def batches(_):
        began = time.perf_counter()
        for step in steps:
            images, labels = data.batch(chosen.batch, chosen.size, rng)
            yield Tensor(images), labels
            if (step + 1) % 5 == 0:
                tell_progress(step + 1, chosen.steps, (time.perf_counter() - began) / (step + 1 - first))

    def rate(step):
        return schedule(first + step, chosen.steps, chosen.lr)

    weight = data.weights if chosen.weights == "balanced" else None
    (entry,) = fit(net, pixel_loss(weight), batches, score_of, 1, rate, momentum=chosen.momentum, decay=chosen.decay)
    return entry


def tell_progress(step, steps, pace):
    """Rewrite the last line of the terminal."""
    left = pace * (steps - step) / 60
    print(f"\rstep {step} of {steps}   {pace:.2f} s a step, {left:.0f} min left  ", end="", flush=True)


def pixel_loss(weight):
    """The loss of scores, as `fit` wants it."""
    return lambda found, labels: Tensor.apply(PixelLoss(labels, weight), found)


def score(net, images, labels, classes=8):
    """{name: the paper's score} on some tiles."""
    counts = confusion_matrix(labels, predict(net, images), classes)
    return dict(zip(SCORES, map(float, scores(counts))))


# Checkpoints ----------------------------------------------------------------------------------------------------------


def save(folder, net, history, chosen):
    """Write checkpoint.npz: all of it, or, if interrupted, the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / "checkpoint.tmp"
    with open(temporary, "wb") as file:
        about = json.dumps({"history": history, "options": vars(chosen)})
        np.savez(file, *[array for _, array in arrays_of(net)], about=np.array(about))
    os.replace(temporary, folder / "checkpoint.npz")


def load(folder, net):
    """Copy a checkpoint's arrays into a net. Returns its history: a list with a dict for each epoch."""
    with np.load(folder / "checkpoint.npz") as file:
        copy_arrays(net, [file[f"arr_{i}"] for i in range(len(file.files) - 1)], str(folder))
        return json.loads(str(file["about"]))["history"]


def train(chosen, data=None):
    """Train, or continue; write checkpoint.npz, scores.json and predictions.npz. Returns the test scores."""
    folder, data = folder_of(chosen), data or Satellite()
    net, history = make_net(chosen.net, np.random.default_rng(chosen.seed)), []
    if (folder / "checkpoint.npz").exists():
        history = load(folder, net)
        print(f"continuing {folder.name} after epoch {len(history)}")
    validation = data.tiles("val")
    for epoch in range(len(history), -(-chosen.steps // EPOCH)):
        began = time.perf_counter()
        set_training(net, True)
        entry = train_epoch(net, data, chosen, epoch, lambda net: score(net, *validation)["mean IoU"])
        history.append({"loss": entry["loss"], "mean IoU": entry["score"], "seconds": time.perf_counter() - began})
        save(folder, net, history, chosen)
        step = min(EPOCH * (epoch + 1), chosen.steps)
        told = f"step {step:5}   loss {entry['loss']:.3f}   validation: mean IoU {entry['score']:.3f}"
        print(f"\r{told:60}")
    return finish(folder, net, data, chosen, history)


def finish(folder, net, data, chosen, history):
    """Score the net on the test tiles, and keep its label maps for the report and for lesson 21."""
    images, labels = data.tiles("test")
    found = predict(net, images)
    counts = confusion_matrix(labels, found, len(data.classes))
    result = dict(zip(SCORES, map(float, scores(counts))))
    seconds = sum(entry["seconds"] for entry in history)
    about = {"options": vars(chosen), "scores": result, "seconds": seconds, "history": history}
    (folder / "scores.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
    np.savez_compressed(folder / "predictions.npz", labels=found.astype(np.uint8))
    print(
        f"{folder.name}: on {len(labels)} test tiles "
        + ", ".join(f"{name} {value:.3f}" for name, value in result.items())
    )
    return result


def main():
    chosen = options()
    try:
        train(chosen)
    except KeyboardInterrupt:
        print("\nstopped; the same command continues after the last whole epoch")
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
