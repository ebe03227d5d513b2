"""The short trainings that many studies share: a small FCN on small crops, as `minifcn train` would train it.

Three hundred steps on crops of 64 pixels take seconds, so that a study with three seeds takes minutes. Such nets are far
from what they could become; a study compares them under equal conditions. Read steps.py next.
"""

import numpy as np

from ..data import DataLoader
from ..data.dataset import Dataset
from ..random import manual_seed
from ..runs.objective import choose_weights, objective
from ..runs.optimizer import optimizer_of
from ..runs.options import Options, load_data, make_model
from ..runs.run import run
from ..step import evaluate
from ..train import fit

SMALL = {"model": "fcn8s", "size": 64, "samples": 800, "epochs": 4, "batch": 8}  # 400 steps
QUICK = {"model": "pixelwise", "size": 96, "samples": 8, "epochs": 1, "batch": 4}  # for rehearsals: two steps of a tiny net
BATCH = 16  # test images scored together


def options_of(trial, **changes):
    """The Options of a run: SMALL with these changes and the trial's seed; in a rehearsal with QUICK."""
    return Options(**{**SMALL, **changes, **(QUICK if trial.quick else {}), "seed": trial.seed})


def check_layout(data):
    """ValueError unless the folder of a Published data set has the files of each split; none is read."""
    for split in ("train", "validation", "test"):
        data.pairs(split)


def train(trial, options):
    """(net, history) of a run with these Options in the trial's folder; one that Ctrl-C stopped there goes on."""
    folder = trial.keep()
    return run(options, folder, resume=(folder / "checkpoint.npz").exists(), introduce=False, quiet=True)


def train_on(dataset, options):
    """The net that these Options train, on another Dataset than theirs; without validation, and nothing is written."""
    manual_seed(options.seed)
    data = load_data(options)
    net = make_model(options, len(data.classes), channels=data.channels)
    loader = DataLoader(dataset, options.batch, shuffle=True, num_workers=1, drop_last=True, seed=options.seed)
    optimizer, scheduler = optimizer_of(net, options, options.epochs * len(loader))
    weights, _ = choose_weights(options, data)
    fit(net, loader, optimizer, epochs=options.epochs, scheduler=scheduler, class_weight=weights, loss=objective(options), quiet=True)
    return net


def score(net, options, split="test", quick=False):
    """The paper's four scores on a split of the data of these Options, and "class_iou", a list.

    quick: on a few images only
    """
    data = load_data(options)
    images = getattr(data, split)()
    images = Few(images, 8) if quick else images
    matrix, _ = evaluate(net, DataLoader(images, BATCH if data.uniform else 1))
    return matrix.scores() | {"class_iou": matrix.class_iou.tolist()}


class Few(Dataset):
    """`count` samples of a Dataset, evenly apart; all of a smaller one."""

    def __init__(self, dataset, count):
        self.dataset, self.indices = dataset, np.unique(np.linspace(0, len(dataset) - 1, count).astype(int))

    def __len__(self):
        return len(self.indices)

    def sample(self, index, rng):
        return self.dataset.sample(int(self.indices[index]), rng)
