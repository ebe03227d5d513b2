"""Does a rare class need a weight, or a loss of its own? One labelled pixel in a hundred of the land cover is snow.

The paper found balancing unnecessary (section 4.3), with three quarters of the pixels background. Read patchwise.py
next.
"""

from ..data.globe import CLASSES
from .study import Study, percent
from .training import options_of, score, train

CASES = {  # name: the options of `minifcn train`
    "no weights": {"class_weights": "none"},
    "median frequency": {"class_weights": "median"},
    "its square root": {"class_weights": "sqrt-median"},
    "focal": {"loss": "focal", "class_weights": "none"},
    "Dice": {"loss": "dice"},
    "Lovász": {"loss": "lovasz"},
    "cross-entropy + Lovász": {"loss": "cross-entropy+lovasz", "class_weights": "none"},
}
RARE = "snow"


class Weighting(Study):
    """Class weights and losses of areas, against cross-entropy alone."""

    name, minutes, row = "weighting", 8, "loss"
    question = "Does a class with one pixel in a hundred need a weight, or a loss that counts areas?"
    columns = (
        percent("rare_iou", "IoU of snow"),
        percent("mean_iou", "mean IoU"),
        percent("pixel_accuracy", "pixel accuracy"),
    )

    def cases(self, options):
        return list(CASES)

    def run(self, trial):
        options = options_of(trial, **CASES[trial.case])
        net, _ = train(trial, options)
        scores = score(net, options, quick=trial.quick)
        return {trial.case: scores | {"rare_iou": scores["class_iou"][CLASSES.index(RARE)]}}
