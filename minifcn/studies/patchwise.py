"""Does it help to train on patches? Figure 5 of the FCN paper, redrawn.

Training on patches is training on whole images with a loss that leaves pixels out (section 3.4; functional.sampled). So
that a batch still has as many pixels in its loss, the paper takes 1 / p times the images (section 4.3); here there are
also cases that take no more images, and see only how much a smaller sample of the same images loses.
Read momentum.py next.
"""

import time

import numpy as np

from .. import plot
from .study import Column, Study, percent
from .training import options_of, train

STEPS, IMAGES = 50, 8  # of an epoch; of a step, where every pixel counts
CASES = {  # name: (the share of the pixels, how many times the images)
    "all pixels": (1.0, 1),
    "50 % of the pixels, twice the images": (0.5, 2),
    "25 %, four times the images": (0.25, 4),
    "25 %, as many images": (0.25, 1),
    "1 %, as many images": (0.01, 1),
}


class Patchwise(Study):
    """The loss of sampled pixels against that of all, at equal steps, at equal images, and in computing time."""

    name, minutes, row = "patchwise", 12, "in the loss"
    question = "Does training on random patches, a sample of the pixels, learn faster than training on whole images?"
    columns = (
        Column("images", "images", digits=0),
        Column("seconds", "CPU seconds", digits=0),
        Column("equal_steps", "loss at equal steps", digits=3),
        Column("equal_images", "loss at equal images", digits=3),
        percent("mean_iou", "mean IoU at equal steps"),
    )

    def cases(self, options):
        return list(CASES)

    def run(self, trial):
        share, factor = CASES[trial.case]
        batch = factor * IMAGES
        options = options_of(
            trial, sampling=share, batch=batch, samples=STEPS * batch, epochs=8, lr=1e-3, schedule="constant"
        )
        began = time.process_time()
        history = train(trial, options)[1]
        seconds = time.process_time() - began
        losses = [record["val_loss"] for record in history]
        return {trial.case: {
            "images": options.epochs * options.samples,
            "seconds": seconds,
            "equal_steps": losses[-1],
            "equal_images": losses[max(0, len(losses) // factor - 1)],
            "mean_iou": history[-1]["mean_iou"],
            "losses": losses,
        }}  # fmt: skip

    def draw(self, results):
        """The loss on the validation bands, over the steps and over the seconds of the processor."""
        steps, seconds = {}, {}
        for row in results.rows():
            losses = results.values(row, "losses")
            epochs = np.arange(1, losses.shape[1] + 1)
            steps[row] = STEPS * epochs, losses
            seconds[row] = results.mean(row, "seconds") / len(epochs) * epochs, losses
        charts = [{"x": "steps", "curves": steps, "y": "loss on the validation bands (nats)"},
                  {"x": "seconds of the processor", "curves": seconds}]  # fmt: skip
        return plot.panes([chart | {"markers": True} for chart in charts], sharey=True)
