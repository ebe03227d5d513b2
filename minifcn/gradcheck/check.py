"""gradcheck: compare the gradient that backward() computes with a numerical derivative of the function.

For random cotangents u (signed, never all ones: the sum of a softmax is constant, so ones would accept a backward of
zeros), the gradient J^T u is compared with slopes of <u, y> measured by differences.py. Read differences.py next.
"""

import numpy as np

from .circumstances import broken_rules, elsewhere, equal_entries
from .differences import STEP, slopes
from .measure import Comparison, random_signed
from .properties import as_grad, broken, repeatable, soundness
from .report import GradcheckReport, GradientError
from .subject import Subject

RTOL = 1e-6  # the largest accepted relative error
NUDGES = 3  # how many times inputs are nudged off a kink before the entries there are left out
MAX_KINKS = 0.1  # the largest fraction of a tensor's entries that may be left out
ONE_HOT = 64  # up to this many outputs, the whole Jacobian is compared, in addition to the random cotangents


def gradcheck(function, inputs, parameters=None, *, name=None, rtol=RTOL, step=STEP, seed=0, max_entries=400):
    """Compare the gradients of `function` with finite differences.

    function:    takes the inputs as tensors and returns one tensor; it may draw from the default generator, which is
                 reseeded with `seed` before every call (so that dropout has a fixed mask)
    inputs:      an array or tensor, or a sequence of them; float64 ones are checked, as are Python floats and nested
                 lists of them, others are passed through. Copies are used: the originals are never modified. Only the
                 derivative there is checked: a batch of one image, or a symmetric matrix, can hide a fault
    parameters:  tensors that the function closes over, a list or a dict by name, such as dict(net.named_parameters());
                 those that require a gradient are checked, shifted in place, and put back. By default all that its
                 graph reaches, and all of a module; () for none
    rtol:        the largest accepted |backward - difference| / max(|backward|, |difference|)
    step:        the first step of the differences; it shrinks automatically near a kink
    max_entries: tensors up to this size are checked entry by entry, larger ones along random directions

    Returns a GradcheckReport, true if everything agrees. Raises TypeError for float32 inputs, ValueError for none.
    Entries at a kink, where the function has no derivative, are nudged off it; if that does not help, they are left
    out and counted. Leaving out more than a tenth of a tensor is a failure.
    """
    subject = Subject(function, inputs, parameters, seed)
    report = GradcheckReport(name or getattr(function, "__name__", "function"), tolerance=rtol)
    rng = np.random.default_rng(seed)
    with subject.restore_on_exit(), np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # left to the report
        n = subject.value().size
        random = random_signed(rng, (2, n))
        problem = soundness(subject, random[0]) or broken(repeatable, subject, random[0])
        if problem:
            return mark_failed(report, problem)
        cotangents = np.vstack([random, np.eye(n)]) if 1 < n <= ONE_HOT else random
        ties = broken(equal_entries, subject, *random)  # before entries are nudged off a tie
        conclude(report, measure(report, subject, cotangents, rng, step, max_entries))
        report.problems += broken_rules(subject, *random)
        if report.ok and not report.problems:
            report.problems += filter(None, [ties or broken(elsewhere, subject, *random)])
    if report.problems:
        mark_failed(report, report.problems[0])
    return report


def assert_gradients(function, inputs, parameters=None, **options):
    """Like gradcheck, but raise GradientError, an AssertionError with the report as its text, on any failure."""
    report = gradcheck(function, inputs, parameters, **options)
    if not report:
        raise GradientError(report)
    return report


def measure(report, subject, cotangents, rng, step, max_entries):
    """Return a Comparison for each leaf; leaves on a kink are nudged, and everything is measured again."""
    for attempt in range(NUDGES + 1):
        y, flat = subject.output(), subject.value()
        analytic = list(zip(*(subject.gradients(y, as_grad(u, y)) for u in cotangents)))
        found = []
        for i, leaf in enumerate(subject.leaves):
            comparison = Comparison(subject.names[i], leaf, rng, max_entries, report.tolerance)
            for direction in comparison.directions:
                evaluate, size = subject.value_along(leaf, direction), comparison.size_at(direction)
                comparison.add(slopes(evaluate, flat, cotangents, step * size), analytic[i], direction)
            found.append(comparison.close(analytic[i]))
        if attempt == NUDGES or not any(c.kinked.any() for c in found):
            return found
        report.nudged += sum(c.nudge(rng) for c in found)
    return found


def conclude(report, comparisons):
    """Fill in the report from all comparisons: the worst error, the kinks, and the likely cause of a failure."""
    worst = max(comparisons, key=lambda c: c.worst_error)
    report.checked = int(sum(c.reliable.sum() for c in comparisons))
    report.error = worst.worst_error
    report.where, report.index, report.analytic, report.numeric = worst.worst_place()
    for c in comparisons:
        report.kinks += int(c.kinked.sum())
        report.kinks_at = report.kinks_at or c.first_kink()
        if c.kinked.sum() > MAX_KINKS * len(c.kinked):
            report.problems.append(
                f"kinks: {c.kinked.sum()} of {len(c.kinked)} slopes of {c.name} cannot be measured, the first at"
                f" {c.first_kink()}; does the function jump there? Choose other inputs"
            )
    if not report.error <= report.tolerance:
        mark_failed(report, worst.cause())


def mark_failed(report, cause):
    """Mark the report as failed, with a cause unless it already has one, and return it."""
    report.ok, report.cause = False, report.cause or cause
    if not report.where and cause not in report.problems:
        report.problems.append(cause)
    return report
