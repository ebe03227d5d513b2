"""The studies by name. A study's file is imported only when it is needed. Read training.py next."""

import importlib

from ..suggest import did_you_mean

STUDIES = {  # name: its file in this folder, and its class there
    "patchwise": "patchwise.Patchwise",
    "weighting": "weighting.Weighting",
    "momentum": "momentum.Momentum",
    "masking": "masking.Masking",
    "order": "order.Order",
    "gates": "gates.Gates",
    "approximation": "approximation.Approximation",
    "heads": "heads.Heads",
    "rgbd": "rgbd.Rgbd",
    "crf": "crf.DenseCrf",
    "clockwork": "clockwork.Clockwork",
    "large": "large.Large",
    "volumes": "volumes.Volumes",
}


def study_of(name):
    """The Study of a name; ValueError if there is none."""
    if name not in STUDIES:
        raise ValueError(f"study: found {name!r}{did_you_mean(name, STUDIES)}")
    module, _, kind = STUDIES[name].partition(".")
    return getattr(importlib.import_module(f".{module}", __package__), kind)()


def listing():
    """All studies, two lines each: name, minutes, what it needs and what it has further cases for; the question."""
    lines = []
    for study in map(study_of, STUDIES):
        needs, more = study.needs and f"; needs {study.needs}", study.more and f"; more cases with {study.more}"
        lines += [f"{study.name:14}{study.minutes} min{needs}{more}", f"    {study.question}"]
    return "\n".join(lines)
