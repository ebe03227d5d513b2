"""Some steps of training for nets that `minifcn train` does not build: the same batches for every case of a study.

Read weighting.py next.
"""

import functools

from ..data import DataLoader
from ..data.landcover import LandCoverData
from ..optim import AdamW, lr_scheduler
from ..step import evaluate, pixel_loss, train_step
from .training import Few

BATCH = 8


@functools.lru_cache(maxsize=1)
def land_cover(size, steps, seed):
    """(the land-cover data, its class weights, `steps` batches of crops): kept, so that every case has the same."""
    data = LandCoverData(size, BATCH * steps)
    return data, data.class_weights(), list(DataLoader(data.train(), BATCH, seed=seed).batches(0))


def train_on(net, batches, weights=None, rate=3e-3):
    """Train a net by one step of AdamW on each batch, with a rate that falls to 0; return the net."""
    optimizer = AdamW(net.parameters(), rate, weight_decay=1e-3)
    schedule = lr_scheduler.PolyLR(optimizer, len(batches))
    for images, labels in batches:
        train_step(net, optimizer, pixel_loss, images, labels, weight=weights, ignore_index=255)
        schedule.step()
    return net


def score_on(net, dataset, count):
    """The ConfusionMatrix of a net on `count` samples of a Dataset, evenly apart."""
    return evaluate(net, DataLoader(Few(dataset, count), 20))[0]
