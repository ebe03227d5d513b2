"""Rules for every backward(), apart from its values: no side effects, repeatability, linearity in `grad`.

Each check returns a sentence naming the broken rule, or ''. Read circumstances.py next.
"""

import numpy as np

from ..autograd import topological_order
from ..kernels import array_module, to_device
from .differences import norm


def soundness(subject, cotangent):
    """The first broken rule among those without which measuring is meaningless, or ''."""
    y = subject.output()
    if y.dtype != np.float64:
        return f"the result is {y.dtype} for float64 inputs"
    if not np.isfinite(subject.value()).all():
        return "the function itself gives nan or inf here; choose inputs inside its domain"
    if not same_bits(y.data, subject.output().data):
        return "the function gives another result when called again; let it draw from minifcn.default_generator()"
    if not y.requires_grad:
        return "the result is not linked to the inputs: backward() cannot reach them"
    if not near(subject.value(), y.data.ravel(), 0, y.data):
        return "the function gives another result under no_grad(); what is measured there is not what backward() belongs to"
    changed = changed_leaf(subject)
    if changed:
        return f"{changed} was changed by forward; work on a copy"
    grad, inner = cotangent.reshape(y.shape).copy(), [(t, t.data.copy()) for t in topological_order(y) if t.grad_fn]
    try:
        subject.gradients(y, grad)
    except Exception as error:  # noqa: BLE001  (whatever a wrong backward raises is a finding, not a crash)
        return f"backward() raised {type(error).__name__}: {error}"
    changed = changed_leaf(subject)
    if changed:
        return f"{changed} was changed by backward; work on a copy"
    if not same_bits(grad, cotangent.reshape(y.shape)):
        return "`grad`, the cotangent, was changed by backward; others may hold it: work on a copy"
    for tensor, before in inner:
        if not same_bits(tensor.data, before):
            return f"the result of {tensor.grad_fn.name()} was changed by backward; others may read it: work on a copy"
    if not same_bits(y.data, subject.output().data):
        return "the function gives another result after backward(), which changed something that forward reads"
    return ""


def changed_leaf(subject):
    """The name of the first leaf whose values have changed, '' if there is none."""
    for name, leaf, array in zip(subject.names, subject.leaves, subject.given):
        if leaf.shape != array.shape or leaf.dtype != array.dtype or not same_bits(leaf.data, array):
            return name
    return ""


def repeatable(subject, u):
    """The last of those rules, for it needs two graphs; u is a flat cotangent."""
    y = subject.output()
    first, again = gradients(subject, y, u), gradients(subject, y, u)
    fresh = gradients(subject, subject.output(), u)
    for name, a, b, c in zip(subject.names, first, again, fresh):
        if not same_bits(a, b) or not same_bits(a, c):
            return f"backward() gives two gradients of {name} when run twice; is it random, or overwriting something?"
    return ""


def broken(rule, *arguments):
    """What the rule says, '' if it holds; whatever a wrong backward raises is a finding, too."""
    try:
        with np.errstate(invalid="ignore"):  # inf - inf: non-finite values are reported elsewhere
            return rule(*arguments)
    except Exception as error:  # noqa: BLE001
        return f"backward() raised {type(error).__name__} in the check {rule.__name__!r}: {error}"


def zero_for_zero(subject, u, v):
    for name, g in zip(subject.names, gradients(subject, subject.output(), 0 * u)):
        if g.any():
            return f"a cotangent of zeros gives a gradient of {name} that is not 0; is `grad` dropped or added to?"
    return ""


def linear(subject, u, v):
    """g(a u + b v) = a g(u) + b g(v): backward is a linear map, of large and of small cotangents too."""
    y = subject.output()
    parts = list(zip(subject.names, gradients(subject, y, u), gradients(subject, y, v), noises(subject, y, u)))
    for a, b in ((0.75, -1.5), (2.0**20, 0), (2.0**-20, 0), (2.0**60, 0), (2.0**-60, 0)):
        for (name, gu, gv, noise), g in zip(parts, gradients(subject, y, a * u + b * v)):
            if not near(g, a * gu + b * gv, noise * max(a, -b), a * gu, b * gv):
                return f"the gradient of {name} is not linear in the cotangent; is `grad` squared, clipped or compared?"
    return ""


def special_cotangents(subject, u, v):
    """g(w) + g(u - w) = g(u), where the cotangent w is one that a backward may take a short cut for."""
    y = subject.output()
    expected, allowed = gradients(subject, y, u), noises(subject, y, u)
    for kind, w in {
        "whose first half is 0": np.where(np.arange(u.size) < u.size // 2, 0, u),
        "of equal numbers": np.full_like(u, u[:1].sum()),
        "of positive numbers": abs(u),
        "of negative numbers": -abs(u),
    }.items():
        halves = zip(gradients(subject, y, w), gradients(subject, y, u - w))
        for name, (one, other), g, noise in zip(subject.names, halves, expected, allowed):
            if not near(one + other, g, 4 * noise, one, other):
                return f"the gradient of {name} is not linear: it is another for a cotangent {kind}"
    return ""


def accumulates(subject, u, v):
    """f(x) + f(x) has twice the gradient, though both uses get the same `grad` array."""
    single = gradients(subject, subject.output(), u)
    total = subject.output() + subject.output()
    grad = as_grad(u, total).copy()
    double = subject.gradients(total, grad)
    for name, once, twice, noise in zip(subject.names, single, double, noises(subject, total, u)):
        if not near(twice, 2 * once, noise, once):
            return (
                f"f(x) + f(x) does not double the gradient of {name}; does backward modify `grad` or a shared array?"
            )
    if not same_bits(grad, as_grad(u, total)):
        return (
            "the gradient of f(x) + f(x) is accumulated in the caller's `grad`; accumulate it in a new array"
        )
    return ""


def overwrites_nothing(subject, u, v):
    """f(x) + 3 f(x) has four times the gradient: the second gradient is not written over the first."""
    single = gradients(subject, subject.output(), u)
    total = subject.output() + 3.0 * subject.output()
    for name, once, sum_of_both, noise in zip(subject.names, single, gradients(subject, total, u), noises(subject, total, u)):
        if not near(sum_of_both, 4 * once, 4 * noise, once):
            return (
                f"f(x) + 3 f(x) does not have four times the gradient of {name}; does backward return an array that its"
                " next call writes into?"
            )
    return ""


def any_layout(subject, u, v):
    """The gradient does not depend on the memory layout of `grad`."""
    y = subject.output()
    allowed = noises(subject, y, u)
    for plain, others in layouts(u.reshape(y.shape)):
        expected = gradients(subject, y, plain)
        for how, other in others.items():
            for name, a, b, noise in zip(subject.names, expected, gradients(subject, y, other), allowed):
                if not near(a, b, noise, a):
                    return f"the gradient of {name} changes when `grad` is not contiguous in memory but {how}"
            if not same_bits(other, plain):
                return f"`grad` was changed by backward when it was not contiguous in memory but {how}"
    return ""


def layouts(u):
    """(a contiguous cotangent, {a layout: the same numbers in it}), for a cotangent u with axes and numbers."""
    if u.ndim and u.size:
        yield u, {
            "has gaps": np.repeat(u, 2, axis=-1)[..., ::2],
            "runs backwards": u[..., ::-1].copy()[..., ::-1],
            "has its axes in Fortran's order": np.asfortranarray(u),
        }
        yield np.full(u.shape, u.flat[0]), {"repeats one number, as below a sum()": np.broadcast_to(u.flat[0], u.shape)}


def gradients(subject, y, cotangent):
    return subject.gradients(y, as_grad(cotangent, y))


def as_grad(cotangent, y):
    """A cotangent as an array of y's shape, on y's device."""
    return to_device(cotangent, y.device).reshape(y.shape)


def same_bits(a, b):
    return bool(array_module(a).array_equal(a, b, equal_nan=True))


def noises(subject, y, cotangent):
    """For each leaf, the rounding error that its gradient may carry; the gradient scales as  cotangent * y / leaf.

    Below it a gradient counts as 0: that of a bias before batch norm is exactly 0, and its computed value is rounding.
    """
    size = 64 * np.finfo(np.float64).eps * norm(cotangent.ravel()) * float(np.abs(y.data).max(initial=0))
    return [size / (float(np.abs(leaf.data).max(initial=0)) or 1) for leaf in subject.leaves]


def near(a, b, noise, *scale):
    """Equal up to rounding: relative to the size of `scale`, or up to `noise`."""
    largest = max((np.abs(s).max(initial=0) for s in scale), default=0)
    return bool((np.abs(a - b) <= 1e-9 * largest + noise).all())
