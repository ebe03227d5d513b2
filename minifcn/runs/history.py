"""What a run leaves for people to read after every epoch: history.csv, a line an epoch, and curves.png.

Read plan.py next.
"""

import csv
import math
from pathlib import Path

from .. import plot
from ..files import atomic_write

COLUMNS = ("epoch", "lr", "loss", "val_loss", "pixel_accuracy", "mean_accuracy", "mean_iou")


def write_history(path, history, classes):
    """Write the records of train.fit as a CSV file that pandas.read_csv reads: COLUMNS, then iou_NAME for each class.

    A cell is empty where there is no number: a class that is neither in the truth nor predicted, or an epoch of a
    version that did not record it. Numbers have all their digits. FileError if the file cannot be written.
    """
    with atomic_write(path) as temporary, open(temporary, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*COLUMNS, *(f"iou_{name}" for name in classes)])
        for record in history:
            scores = record.get("class_iou", [None] * len(classes))
            writer.writerow([cell(value) for value in (*map(record.get, COLUMNS), *scores)])


def cell(value):
    return "" if value is None or math.isnan(value) else value


def draw_curves(out, histories, consecutive=False, loss="cross-entropy"):
    """Draw the curves of {name: history} as out/curves.png. loss: the name of the training loss"""
    plot.save(plot.training_curves(histories, consecutive, loss), Path(out) / "curves.png")
