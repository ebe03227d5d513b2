"""The accuracy of float32: each operation's error relative to the same operation in float64.

The reference is our own float64 result, which the tests compare with PyTorch's. The convolutions of section 'conv' are
measured with each algorithm, since Winograd's method in tiles of 6x6 pixels trades a digit of accuracy for speed. Read
alone.py next.
"""

import numpy as np

from ..kernels.algorithms import ALGORITHMS, algorithm
from .case import Goal, Row, arrays_of

EXACT = Goal(1e-6, 1e-6, larger=False)
WINOGRAD = Goal(1e-5, 1e-5, larger=False)
BY_WINOGRAD = ("winograd3", "winograd4", "phases", "groups")  # in tiles of 6x6; the last two may use it


def accuracy_rows(case, parts):
    """Yield a Row for each of the case's `parts` and, for section 'conv', each algorithm."""
    truth, found = case.make(np.float64)["ours"], case.make(np.float32)
    for part in parts:
        with algorithm("im2col"):
            expected = arrays_of(truth[part]())
        torch = relative_error(arrays_of(found["torch"][part]()), expected) if "torch" in found else None
        names = [name for name in ALGORITHMS if name != "auto"] if case.section == "conv" else ["auto"]
        for name in names:
            with algorithm(name):
                ours, note = relative_error(arrays_of(found["ours"][part]()), expected), case.note(part)
            if name in ("auto", note):  # else the forced algorithm does not apply, and another one ran
                goal = WINOGRAD if note in BY_WINOGRAD else EXACT
                yield Row("accuracy", case.name, case.label(part), "error", ours, torch, value=ours, goal=goal, note=note)


def relative_error(found, expected):
    """|found - expected| / |expected|, Euclidean norms over all elements of all arrays."""
    distance = sum(float(np.square(f - e.astype(np.float64)).sum()) for f, e in zip(found, expected, strict=True))
    length = sum(float(np.square(e.astype(np.float64)).sum()) for e in expected)
    return (distance / length) ** 0.5
