"""What does a net look at: the figure, the ground around it, or the outline alone?

The journal version of the FCN paper (arXiv 1605.06211, its section on context) hides the pixels of the objects, of the
background, or of both, in training and in testing, and scores the classes of the objects. With both hidden, only the
outline between them is left. Read order.py next.
"""

import numpy as np

from ..data import DataLoader
from ..data.catalogue import DATA
from ..data.dataset import IGNORE_INDEX, Dataset
from ..runs.options import load_data
from ..step import evaluate
from ..suggest import did_you_mean
from .study import Study, percent
from .training import BATCH, Few, options_of, train_on

CASES = {  # what is seen in training: {row: what is seen in testing}
    "all": {"all; all": "all", "all; figure": "figure", "all; ground": "ground"},
    "figure": {"figure; figure": "figure"},
    "ground": {"ground; ground": "ground"},
    "outline": {"outline; outline": "outline"},
}


class Hidden(Dataset):
    """A Dataset whose images show only the figure, or the ground, or the outline between them; the rest is grey or white.

    ground: the label of the ground; pixels that are ignored belong to it
    shown:  "all", "figure", "ground" or "outline"
    The grey is the mean colour, 0 after normalisation; white, one deviation above it, is the figure of an outline.
    """

    def __init__(self, dataset, ground, shown):
        self.dataset, self.ground, self.shown = dataset, ground, shown

    def __len__(self):
        return len(self.dataset)

    def sample(self, index, rng):
        image, label = self.dataset.sample(index, rng)
        figure = (label != self.ground) & (label != IGNORE_INDEX)
        return self.hide(image, figure).astype(np.float32), label

    def hide(self, image, figure):
        """The image (C, H, W) as it is shown. figure: bool (H, W)"""
        match self.shown:
            case "figure":
                return np.where(figure, image, 0)
            case "ground":
                return np.where(figure, 0, image)
            case "outline":
                return np.broadcast_to(figure, image.shape)
        return image


class Masking(Study):
    """A net that sees all, only the figure, only the ground, or only the outline."""

    name, minutes, row = "masking", 8, "seen in training; in testing"
    question = "Does a net know the figure by its looks, by the ground around it, or by its outline?"
    columns = percent("figure_iou", "mean IoU of the figure's classes"), percent("ground_iou", "IoU of the ground")

    def add_options(self, add):
        add("--data", default="landcover", metavar="NAME", help=f"data set, such as {', '.join(DATA)}, those with their :PATH")
        add("--ground", metavar="NAME", help="class of the ground (default: water, or the first class where there is none)")

    def cases(self, options):
        return list(CASES)

    def run(self, trial):
        options = options_of(trial, data=trial.options.data, samples=800, epochs=4)
        data = load_data(options)
        ground = ground_of(trial.options, data.classes)
        test = Few(data.test(), 8) if trial.quick else data.test()
        net, rows = train_on(Hidden(data.train(), ground, trial.case), options), {}
        for row, shown in CASES[trial.case].items():
            matrix, _ = evaluate(net, DataLoader(Hidden(test, ground, shown), BATCH if data.uniform else 1))
            iou = matrix.class_iou
            rows[row] = {"figure_iou": np.nanmean(np.delete(iou, ground)), "ground_iou": iou[ground]}
        return rows


def ground_of(options, classes):
    """The label of the ground. ValueError if its name is no class."""
    name = options.ground or ("water" if "water" in classes else classes[0])
    if name not in classes:
        raise ValueError(f"study: the ground is {name!r}{did_you_mean(name, classes)}")
    return classes.index(name)
