"""Is a batch the same as momentum? The FCN paper averages 20 images, its journal version takes one, with momentum 0.99.

With momentum p and batches of k images, a gradient's part in the velocity decays to p of it every k images, thus to
p^(1/k) every image: k updates with momentum p^(1/k) forget as much as one update with p. With a rate r and the mean over the
batch, an image's gradient moves the weights by r / k (1 + p + p^2 + ...) = r / (k (1 - p)) in all, its pull. Two settings
with equal forgetting and equal pull should then learn alike, whatever their batches: 20 images and 0.9, or one image and
0.9^(1/20) = 0.9947. They differ only in when the images of a batch are seen: all at the same weights, or one after the
other. Read masking.py next.
"""

import numpy as np

from .. import plot
from .study import Column, Study, percent
from .training import options_of, score, train

SETTINGS = {  # name: (images of an update, momentum)
    "20 images, 0.9": (20, 0.9),
    "5 images, 0.974": (5, 0.9 ** (5 / 20)),
    "1 image, 0.9947": (1, 0.9 ** (1 / 20)),
    "1 image, 0.99": (1, 0.99),
    "1 image, 0.9": (1, 0.9),
}
PULLS = (0.003, 0.01, 0.03)


def rate(pull, images, momentum):
    """The learning rate with which an image's gradient moves the weights by `pull` times itself."""
    return pull * images * (1 - momentum)


def pulls_of(options):
    """The pulls that are tried; only the last one in a rehearsal."""
    return PULLS[-1:] if options.quick else PULLS


class Momentum(Study):
    """Batches against momentum, on a grid of settings and rates."""

    name, minutes, row = "momentum", 16, "batch and momentum; pull"
    question = "Is a large batch the same as one image with a large momentum?"
    columns = (
        Column("rate", "rate", digits=5),
        Column("loss", "loss", digits=3),
        percent("mean_iou", "mean IoU"),
    )

    def cases(self, options):
        return [f"{name}; {pull}" for name in SETTINGS for pull in pulls_of(options)]

    def run(self, trial):
        name, _, pull = trial.case.partition("; ")
        images, momentum = SETTINGS[name]
        options = options_of(
            trial, batch=1, accumulate=images, samples=1000, epochs=1, optimizer="sgd", momentum=momentum,
            lr=rate(float(pull), images, momentum), weight_decay=0, schedule="constant",
        )  # fmt: skip
        net, history = train(trial, options)
        scores = score(net, options, quick=trial.quick)
        return {trial.case: {"rate": options.lr, "loss": history[-1]["val_loss"], "mean_iou": scores["mean_iou"]}}

    def draw(self, results):
        """The loss over the rate, where the settings are far apart, and over the pull."""
        rates, pulls, tried = {}, {}, pulls_of(results.options)
        for name, (images, momentum) in SETTINGS.items():
            losses = np.stack([results.values(f"{name}; {pull}", "loss") for pull in tried], axis=1)
            rates[name] = [rate(pull, images, momentum) for pull in tried], losses
            pulls[name] = tried, losses
        charts = [{"x": "learning rate", "curves": rates, "y": "loss on the validation bands"},
                  {"x": "pull: rate / (images · (1 − momentum))", "curves": pulls}]  # fmt: skip
        figure = plot.panes([chart | {"markers": True, "log": "x"} for chart in charts], sharey=True)
        figure.axes[1].set_xticks(tried, map(str, tried))
        figure.axes[1].minorticks_off()
        return figure
