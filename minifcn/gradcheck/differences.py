"""The slope of a function along a line, estimated from five of its values, and how far that estimate can be trusted.

It never looks at backward(): kinks are detected from the function's values alone, so that a wrong gradient cannot pass
for a kink. Read subject.py next.
"""

from dataclasses import dataclass

import numpy as np

STEP = 1e-3  # the first step, times the size of x if that exceeds 1
SHRINK = 10  # a doubtful slope is measured again with a smaller step, to leave a nearby kink outside it,
LEVELS = 4  # with this many steps in all


@dataclass
class Slopes:
    """d/dt <u, y(x + t d)> at t = 0 for several cotangents u along one direction d.

    value: the slopes. doubt: how much the measurements disagree. noise: the error that rounding alone can cause.
    """

    value: np.ndarray
    doubt: np.ndarray
    noise: np.ndarray


def slopes(evaluate, y, cotangents, step=STEP):
    """Measure with steps `step`, `step`/10, ... until the result is beyond doubt; return the least doubtful one.

    evaluate: function of t that returns y(x + t d), flattened (n,); y: its value at 0; cotangents: (k, n).
    """
    best = None
    for level in range(LEVELS):
        found = five_points(evaluate, y, cotangents, step / SHRINK**level)
        best = found if best is None else less_doubtful(best, found)
        if (best.doubt <= 1e-7 * np.abs(best.value) + best.noise).all():
            break
    return best


def five_points(evaluate, y, cotangents, h):
    """Slopes from y(-h), y(-h/2), y(0), y(h/2), y(h): Richardson's extrapolation of two central differences.

    wide  D(h)   = y' + h^2/6  y''' + O(h^4)
    narrow D(h/2) = y' + h^2/24 y''' + O(h^4)       (4 D(h/2) - D(h)) / 3 = y' + O(h^4)

    For a smooth y the two agree, and the second differences S(h) = y(h) - 2 y(0) + y(-h) and 4 S(h/2) agree too.
    A kink at 0, where D is the mean of the two slopes for every h, shows in S; a kink between 0 and h shows in D.
    """
    right, left, half_right, half_left = evaluate(h), evaluate(-h), evaluate(h / 2), evaluate(-h / 2)
    if not np.isfinite([right, left, half_right, half_left]).all():
        k = len(cotangents)
        return Slopes(np.zeros(k), np.full(k, np.inf), np.zeros(k))
    wide   = dot(cotangents, (right - left) / (2 * h))
    narrow = dot(cotangents, (half_right - half_left) / h)
    bend   = dot(cotangents, (right - 2 * y + left - 4 * (half_right - 2 * y + half_left)) / h)
    noise  = 16 * np.finfo(np.float64).eps * norm(cotangents) * np.abs(y).max(initial=0) / h
    return Slopes((4 * narrow - wide) / 3, np.maximum(np.abs(wide - narrow), np.abs(bend)), noise)


def dot(a, b):
    """The inner products along the last axis.

    einsum runs NumPy's own loops; the last bits of a BLAS product depend on how many threads BLAS is using.
    """
    return np.einsum("...i,...i", a, b)


def norm(a):
    """The Euclidean norms along the last axis."""
    return np.sqrt(dot(a, a))


def less_doubtful(a, b):
    """For each cotangent, the less doubtful of two measurements."""
    better = b.doubt < a.doubt
    return Slopes(*(np.where(better, getattr(b, f), getattr(a, f)) for f in ("value", "doubt", "noise")))
