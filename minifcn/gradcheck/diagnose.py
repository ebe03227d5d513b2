"""The likely cause of a wrong gradient, guessed from the pattern of its error, as a teacher would.

`likely_cause` tries one pattern after another, the most specific first. Of a large tensor only slopes along random
directions are known, which have fewer patterns. Read report.py next.
"""

from itertools import chain, combinations, permutations

import numpy as np


def likely_cause(analytic, numeric, other):
    """Name the likely cause in one sentence.

    analytic, numeric: arrays of one shape, the gradient for one cotangent, as it is and as it should be
    other:             the analytic gradient for another cotangent
    """
    sentence = at_first_sight(analytic, numeric, other)
    for pattern in (factor, signs, misplaced, missing, scaled_part, border, constant_along, partly_wrong):
        sentence = sentence or pattern(analytic, numeric)
    if sentence:
        return sentence
    wrong = np.sum(~agree(analytic, numeric))
    return f"unknown: {wrong} of {numeric.size} entries are wrong, without a pattern; is a term of the formula missing?"


def likely_cause_along(directions, analytic, numeric, other):
    """likely_cause for slopes along `directions`, arrays of the tensor's shape: one number for each of them."""
    sentence = at_first_sight(analytic, numeric, other) or factor(analytic, numeric)
    return sentence or one_entry(directions, analytic - numeric) or (
        f"unknown: wrong along {np.sum(~agree(analytic, numeric))} of {len(directions)} random directions; with a smaller"
        " input, every entry is compared, and patterns show"
    )


def at_first_sight(analytic, numeric, other):
    """What needs no look at single entries."""
    if not np.isfinite(analytic).all():
        return f"not finite: backward() gives nan or inf at {np.sum(~np.isfinite(analytic))} of {analytic.size} entries"
    if not analytic.any():
        return "zero: backward() gives nothing but zeros; is the result detached, or the gradient never filled in?"
    if not numeric.any():
        return "too much: every entry should be 0, as the function does not change with it; a step function?"
    if np.array_equal(analytic, other):
        return "cotangent dropped: two different `grad` give the same gradient; multiply by `grad`"
    return ""


def one_entry(directions, error):
    """The error of all slopes is that of a single entry, times the directions' numbers there."""
    there = np.stack([d.ravel() for d in directions])  # (directions, entries)
    lengths = np.sqrt((error * error).sum() * (there * there).sum(axis=0))
    share = np.abs((error[:, None] * there).sum(axis=0)) / lengths  # a cosine for each entry
    worst = int(share.argmax())
    if share[worst] < 1 - 1e-6:
        return ""
    place = tuple(map(int, np.unravel_index(worst, directions[0].shape)))
    return f"one entry: the gradient is wrong at {place} and right elsewhere; an index off by one, or a rim?"


def agree(a, n):
    """The mask of entries that are equal up to a millionth of their typical size."""
    return np.abs(a - n) <= 1e-6 * np.maximum(np.abs(n), 1e-2 * np.sqrt(np.mean(n**2)))


def factor(a, n):
    """a = c n everywhere."""
    c = np.sum(a * n) / max(np.sum(n * n), np.finfo(float).tiny)
    if not n.any() or not c or not agree(a, c * n).all():
        return ""
    if np.isclose(c, -1, rtol=1e-6):
        return "sign: every entry has the wrong sign"
    if np.isclose(abs(c), 1, rtol=1e-6):
        return ""
    whole = round(abs(c)) if abs(c) > 1 else round(1 / abs(c))
    exact = np.isclose(abs(c), whole, rtol=1e-6) or np.isclose(1 / abs(c), whole, rtol=1e-6)
    amount = f"{'-' if c < 0 else ''}{'1/' if abs(c) < 1 else ''}{whole}" if exact else f"{c:.6g}"
    hint = {
        "2": "counted twice?",
        "1/2": "used twice but added once, or the 2 of a square forgotten?",
    }.get(amount, "a mean not divided or divided twice, or a constant of the formula forgotten?")
    return f"factor: every entry is {amount} times what it should be; {hint}"


def signs(a, n):
    """|a| = |n|, some signs differ."""
    wrong = np.sum(a * n < 0)
    if wrong and agree(np.abs(a), np.abs(n)).all():
        return f"sign: {wrong} of {n.size} entries have the wrong sign"
    return ""


def misplaced(a, n):
    """The right numbers in wrong places: axes swapped, reversed or shifted by one."""
    if a.size < 2 or n.size and np.ptp(n) == 0:
        return ""
    axes = range(n.ndim)
    for order in permutations(axes) if n.ndim <= 5 else ():
        if order != tuple(axes) and n.transpose(order).shape == n.shape and agree(a, n.transpose(order)).all():
            return f"transposed: the gradient has its axes in the order {order}"
    for flipped in chain.from_iterable(combinations(axes, r) for r in range(1, n.ndim + 1)):
        if agree(a, np.flip(n, flipped)).all():
            return f"flipped: the gradient is reversed along axes {flipped}; is a kernel turned, or not turned back?"
    for axis in axes:
        for shift in (1, -1):
            if agree(a, np.roll(n, shift, axis)).all():
                return f"shifted: the gradient is one position off along axis {axis}; an index off by one?"
    if agree(np.sort(a, axis=None), np.sort(n, axis=None)).all():
        return "transposed: the right numbers in wrong places; axes or a reshape in the wrong order?"
    return ""


def missing(a, n):
    """Zeros where a gradient should be, the rest right."""
    wrong = ~agree(a, n)
    if wrong.any() and not wrong.all() and not a[wrong].any():
        return (
            f"missing: {wrong.sum()} of {n.size} entries are 0 though the function depends on them, the others right;"
            " a mask or a range too narrow?"
        )
    if wrong.any() and not wrong.all() and not n[wrong].any():
        return (
            f"too much: {wrong.sum()} of {n.size} entries should be 0 and are not, the others are right;"
            " a mask forgotten?"
        )
    return ""


def border(a, n):
    """Wrong only at the border of the last two axes."""
    if n.ndim < 3 or min(n.shape[-2:]) < 3:
        return ""
    inner = agree(a, n)[..., 1:-1, 1:-1]
    return "border: the gradient is wrong at the rim only; the padding?" if inner.all() else ""


def scaled_part(a, n):
    """Some entries right, the others off by one common factor."""
    wrong = ~agree(a, n)
    if not wrong.any() or wrong.all() or wrong.sum() < 2 or not n[wrong].all():
        return ""
    ratio = a[wrong] / n[wrong]
    if np.allclose(ratio, ratio[0], rtol=1e-5):
        return f"factor: {wrong.sum()} of {n.size} entries are {ratio[0]:.6g} times too large, the others right"
    return ""


def partly_wrong(a, n):
    """Wrong here and there."""
    wrong = ~agree(a, n)
    if wrong.mean() > 0.75:
        return ""
    return (
        f"accumulation: {wrong.sum()} of {n.size} entries are wrong, the others right; where several contributions"
        " meet, is each one added (+=, np.add.at)?"
    )


def constant_along(a, n):
    """The error is constant along some axis."""
    error = a - n
    tolerance = 1e-6 * np.abs(error).max()
    same = [str(i) for i in range(n.ndim) if n.shape[i] > 1 and np.ptp(error, axis=i).max() <= tolerance]
    if not same:
        return ""
    return (
        f"missing term: the error is the same all along axis {' and '.join(same)};"
        " a sum or mean over it is missing, or taken over other axes?"
    )
