"""Rules for every backward() in other circumstances: who else needs a gradient, what happens in between, ties, memory, dtype.

Inputs are chosen to show a wrong formula, so they seldom have ties, gaps or float32. Read diagnose.py next.
"""

import contextlib

import numpy as np

from ..kernels import to_device
from .differences import STEP, slopes
from .measure import random_signed
from .properties import (
    accumulates,
    any_layout,
    broken,
    gradients,
    linear,
    near,
    noises,
    overwrites_nothing,
    special_cotangents,
    zero_for_zero,
)

RTOL = 1e-6  # the largest error of a slope along one direction, relative to the sum of its parts
FLOAT32 = 0.05  # the largest difference between a gradient in float32 and one in float64, relative to its largest entry


def broken_rules(subject, u, v):
    """A sentence for each broken rule; u and v are cotangents, flat arrays of the result's size."""
    rules = (
        zero_for_zero, linear, special_cotangents, accumulates, overwrites_nothing, any_layout,
        alone, frozen, one_for_two, between, any_layout_of_inputs, in_float32,
    )  # fmt: skip
    return [sentence for rule in rules if (sentence := broken(rule, subject, u, v))]


def alone(subject, u, v):
    """Each leaf gets the same gradient when it is the only one that requires any (see Function.needs_grad)."""
    together = all_gradients(subject, u)
    for name, leaf in zip(subject.names, subject.leaves):
        if first_changed(subject, u, together, [leaf]):
            return f"{name} gets a different gradient when it alone requires one; does backward misread `needs_grad`?"
    return ""


def frozen(subject, u, v):
    """The leaves get the same gradients when one of them requires none."""
    together = all_gradients(subject, u)
    for name, leaf in zip(subject.names, subject.leaves) if len(subject.leaves) > 2 else ():
        if other := first_changed(subject, u, together, [x for x in subject.leaves if x is not leaf]):
            return f"{other} gets a different gradient when {name} requires none; does backward misread `needs_grad`?"
    return ""


def all_gradients(subject, u):
    """[(name, gradient, the rounding error that it may carry)] of the leaves."""
    y = subject.output()
    return list(zip(subject.names, gradients(subject, y, u), noises(subject, y, u)))


def first_changed(subject, u, together, needed):
    """The name of the first of the `needed` leaves whose gradient is another one if only they require any, or ''."""
    chosen = [any(leaf is x for x in needed) for leaf in subject.leaves]
    try:
        for leaf, requires_grad in zip(subject.leaves, chosen):
            leaf.requires_grad = requires_grad
        y = subject.output()
        found = gradients(subject, y, u) if y.requires_grad else [0 * g for _, g, _ in together]
    finally:
        for leaf in subject.leaves:
            leaf.requires_grad = True
    pairs = [pair for pair, is_needed in zip(zip(together, found), chosen) if is_needed]
    return different(*zip(*pairs))


def different(expected, found):
    """The name of the first gradient found that is not the one expected, in a list of all_gradients(); '' if all are."""
    changed = (name for (name, right, noise), g in zip(expected, found) if not near(g, right, noise, right))
    return next(changed, "")


def one_for_two(subject, u, v):
    """f(a, a) has the sum of both gradients of f(a, b) at b = a."""
    places = [i for i, x in enumerate(subject.arguments) if any(x is leaf for leaf in subject.leaves)]
    for i, j in [(i, j) for i in places for j in places if i < j]:
        a, b = subject.arguments[i], subject.arguments[j]
        if a.shape != b.shape:
            continue
        with replaced([b], [a.data.copy(order="K")]), contextlib.suppress(ValueError, ZeroDivisionError):
            y = subject.output()
            if not np.isfinite(y.data).all():
                continue
            apart, noise = gradients(subject, y, u), max(noises(subject, y, u))
            twice = subject.output([a if x is b else x for x in subject.arguments])
            n = next(n for n, leaf in enumerate(subject.leaves) if leaf is a)
            m = next(m for m, leaf in enumerate(subject.leaves) if leaf is b)
            if not near(gradients(subject, twice, u)[n], apart[n] + apart[m], 2 * noise, apart[n], apart[m]):
                return f"when inputs {i} and {j} are one tensor, its gradient is not the sum of both; does backward compare them?"
    return ""


def between(subject, u, v):
    """Another call, with other numbers and another random seed, changes nothing for the graph of the first one."""
    expected, y = all_gradients(subject, u), subject.output()
    with reversed_leaves(subject), contextlib.suppress(Exception):  # the function may have no value there
        subject.output(seed=subject.seed + 1)
    if name := different(expected, gradients(subject, y, u)):
        return (
            f"the gradient of {name} changes when the function is called again before backward(); save what backward"
            " needs on `self`, not on a class or a layer"
        )
    return ""


def elsewhere(subject, u, v):
    """Where the leaves have the same numbers in reverse, the slope along a random direction is right, too."""
    with reversed_leaves(subject):
        wrong = wrong_along(subject, u, lambda x: random_signed(np.random.default_rng(x.size), x.shape))
    return wrong and f"the gradient is wrong where the inputs have their numbers in reverse: {wrong}; is something kept from an earlier call?"


def equal_entries(subject, u, v):
    """Where numbers tie, the slope along a direction that keeps the ties is right: equal ones move together, 0 stays."""
    arrays = [to_device(leaf.data, "cpu") for leaf in subject.leaves]
    numbers, counts = np.unique(np.concatenate([x.ravel() for x in arrays]), return_counts=True)
    if not (counts[numbers != 0] > 1).any():
        return ""
    step_of = random_signed(np.random.default_rng(0), numbers.shape) * (numbers != 0)
    wrong = wrong_along(subject, u, lambda x: step_of[np.searchsorted(numbers, x)])
    return wrong and f"where numbers tie, the gradient is wrong: {wrong}; give it to one of them, or divide it between them"


def wrong_along(subject, u, direction_of):
    """'backward says a, finite differences b' for the slope of <u, y> along direction_of(x) for every leaf x; '' if right.

    It is also '' where that slope cannot be measured.
    """
    with contextlib.suppress(ValueError, ZeroDivisionError):  # the function may have no value there
        y = subject.output()
        if not np.isfinite(y.data).all():
            return ""
        starts = [leaf.data for leaf in subject.leaves]
        directions = [direction_of(to_device(x, "cpu")) for x in starts]

        def evaluate(t):
            with replaced(subject.leaves, [np.asarray(x + t * d) for x, d in zip(starts, directions)]):
                return subject.value()

        terms = [g.ravel() * d.ravel() for g, d in zip(gradients(subject, y, u), directions)]
        analytic, size = sum(t.sum() for t in terms), sum(abs(t).sum() for t in terms)
        found = slopes(evaluate, subject.value(), u[None], STEP)
        numeric, noise = found.value[0], found.noise[0]
        if found.doubt[0] <= RTOL * abs(numeric) + noise and abs(analytic - numeric) > RTOL * max(size, abs(numeric)) + 4 * noise:
            return f"backward() says {analytic:.6g}, finite differences {numeric:.6g}"
    return ""


def any_layout_of_inputs(subject, u, v):
    """The gradients do not depend on the memory layout of the inputs and parameters."""
    y, expected = subject.output(), all_gradients(subject, u)
    for how, change in {
        "have their axes in Fortran's order": np.asfortranarray,
        "have their axes in C's order": np.ascontiguousarray,
        "have gaps in memory": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
        "run backwards in memory": lambda x: x[..., ::-1].copy()[..., ::-1],
    }.items():
        arrays = [change(leaf.data) if leaf.ndim and leaf.device == "cpu" else leaf.data for leaf in subject.leaves]
        with replaced(subject.leaves, arrays):
            other = subject.output()
            if not near(other.data, y.data, 0, y.data):
                return f"the function gives another result when its inputs {how}"
            if name := different(expected, gradients(subject, other, u)):
                return f"the gradient of {name} changes when the inputs {how}"
    return ""


def in_float32(subject, u, v):
    """In float32 the gradient is about the same. Nothing is said of a function that has none: using it raises an error."""
    single = [leaf.data.astype(np.float32) for leaf in subject.leaves]
    with replaced(subject.leaves, [x.astype(np.float64) for x in single]):
        y = subject.output()
        expected, allowed = gradients(subject, y, u), noises(subject, y, u)
    with replaced(subject.leaves, single):
        try:
            y32 = subject.output()
            if y32.dtype != np.float32 or not np.allclose(y32.data, y.data, rtol=1e-4, atol=1e-4 * np.abs(y.data).max(initial=0)):
                return ""
            found = gradients(subject, y32, u.astype(np.float32))
        except Exception:  # noqa: BLE001  (other arrays may be float64; and a gradient of the wrong dtype is refused in use)
            return ""
    scale = np.finfo(np.float32).eps / np.finfo(np.float64).eps
    for name, g, right, noise in zip(subject.names, found, expected, allowed):
        if not (np.abs(g - right) <= FLOAT32 * np.abs(right).max(initial=0) + scale * noise).all():
            return f"the gradient of {name} in float32 differs from that in float64; does backward depend on the dtype?"
    return ""


@contextlib.contextmanager
def replaced(leaves, arrays):
    """Inside, the leaves hold other arrays; afterwards, their own again."""
    kept = [leaf.data for leaf in leaves]
    try:
        for leaf, array in zip(leaves, arrays):
            leaf.data = array
        yield
    finally:
        for leaf, array in zip(leaves, kept):
            leaf.data = array


def reversed_leaves(subject):
    """Inside, every leaf has its numbers in reverse, in an array of its own."""
    return replaced(subject.leaves, [leaf.data.ravel()[::-1].reshape(leaf.shape).copy() for leaf in subject.leaves])
