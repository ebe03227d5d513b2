"""How far float32 is from the truth: each operation's relative error beside the same operation in float64.

The truth is our own float64 result, which the tests hold equal to PyTorch's. What has the choice, the convolutions of
section 'conv', is measured in each algorithm, for Winograd's F(4x4) buys its speed with a digit. Read alone.py next.
"""

import numpy as np

from ..kernels.algorithms import ALGORITHMS, algorithm
from .case import Goal, Row, arrays_of

EXACT = Goal(1e-6, 1e-6, larger=False)
WINOGRAD4 = Goal(1e-5, 1e-5, larger=False)
BY_WINOGRAD4 = ("winograd4", "phases", "groups")  # the last two may lead to it


def accuracy_rows(case, parts):
    """A Row for each of the case's `parts`, and for each algorithm where it has the choice."""
    truth, found = case.make(np.float64)["ours"], case.make(np.float32)
    for part in parts:
        with algorithm("im2col"):
            expected = arrays_of(truth[part]())
        torch = relative_error(arrays_of(found["torch"][part]()), expected) if "torch" in found else None
        names = [name for name in ALGORITHMS if name != "auto"] if case.section == "conv" else ["auto"]
        for name in names:
            with algorithm(name):
                ours, note = relative_error(arrays_of(found["ours"][part]()), expected), case.note(part)
            if name in ("auto", note):  # a forced algorithm that does not fit is not taken
                goal = WINOGRAD4 if note in BY_WINOGRAD4 else EXACT
                yield Row("accuracy", case.name, case.label(part), "error", ours, torch, None, ours, goal, note)


def relative_error(found, expected):
    """|found - expected| / |expected| over all elements of all arrays, lengths being Euclidean."""
    distance = sum(float(np.square(f - e.astype(np.float64)).sum()) for f, e in zip(found, expected, strict=True))
    length = sum(float(np.square(e.astype(np.float64)).sum()) for e in expected)
    return (distance / length) ** 0.5
