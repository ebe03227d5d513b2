"""Progress: how far a run has come, and what its history says: which epoch was the best, and how long ago that was.

A checkpoint holds it, so everything here is decided from the history alone, and a resumed run decides as it would have.
Read checkpoint.py next.
"""

import math
from dataclasses import dataclass, field, fields

from .checkpoint import CheckpointError, from_json


@dataclass
class Progress:
    """The progress of a run: completed epochs, steps of the current epoch with their total loss, a record per epoch."""

    epoch: int = 0
    step: int = 0  # batches of the current epoch
    loss_sum: float = 0.0  # over labelled pixels of the current epoch
    pixels: int = 0
    labels: dict = field(default_factory=dict)  # {label: pixels} of the first epoch, until it ends
    history: list = field(default_factory=list)


def read_progress(checkpoint):
    """The Progress in a Checkpoint. CheckpointError if it holds none, or something else in its place."""
    saved = {"labels": {}} | checkpoint.progress  # older checkpoints hold no count of labels
    try:
        missing = [field.name for field in fields(Progress) if field.name not in saved]
        if missing:
            raise TypeError(f"{', '.join(missing)} is missing")
        progress = from_json(Progress, saved)
        if not all(isinstance(record, dict) and all(map(is_score, record.values())) for record in progress.history):
            raise TypeError("history holds something other than records of numbers")
    except TypeError as error:
        sentence = f"checkpoint {checkpoint.path} holds no progress of a run: {error}; use another"
        raise CheckpointError(sentence) from error
    return progress


def is_score(value):
    """Whether a JSON value may stand in a record: a number, or a list with a number or null for each class."""
    numbers = value if isinstance(value, list) else [value]
    return all(isinstance(n, int | float) or (n is None and numbers is value) for n in numbers)


def best_epoch(history):
    """The index of the record with the largest mean_iou, the first one of equals; None if no record has one."""
    scores = [record.get("mean_iou", float("nan")) for record in history]
    known = [i for i, score in enumerate(scores) if not math.isnan(score)]  # NaN where no pixel is labelled
    return max(known, key=lambda i: scores[i], default=None)


def stale_epochs(history):
    """The number of epochs since the best one; 0 without a score."""
    best = best_epoch(history)
    return 0 if best is None else len(history) - 1 - best
