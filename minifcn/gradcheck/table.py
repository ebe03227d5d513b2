"""Run a list of cases and print a table, one line per operation; and measure how the error depends on the step.

The cases are in catalogue.py and catalogue_network.py. Read catalogue.py next.
"""

import time
from dataclasses import dataclass

import numpy as np

from ..kernels import compile_kernels
from .check import gradcheck
from .differences import dot, norm
from .measure import random_signed
from .properties import as_grad
from .report import GradcheckReport
from .subject import Subject


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    inputs: str
    report: GradcheckReport
    seconds: float


def run_cases(cases, seed=0, progress=True):
    """Run gradcheck on each of the `cases`, with a progress bar unless `progress` is False; return a list of Rows."""
    from tqdm import tqdm  # not at the top: `import minifcn` would take a fifth longer

    rows = []
    with tqdm(cases, disable=None if progress else True, unit="case", leave=False) as bar:
        for case in bar:
            bar.set_description(case.name[:32].ljust(32), refresh=False)
            inputs, start = case.make_inputs(np.random.default_rng(seed)), time.perf_counter()
            report = check_case(case, inputs, seed)
            rows.append(Row(case.name, shapes_of(inputs, case.parameters), report, time.perf_counter() - start))
    return rows


def check_case(case, inputs, seed):
    """gradcheck with the settings of a Case."""
    settings = {"name": case.name, "step": case.step, "max_entries": case.max_entries}
    return gradcheck(case.function, inputs, case.parameters, seed=seed, **settings)


def run_table(cases, seed=0, progress=True):
    """Run all `cases`, print the table and the reports of the failures; True if there are none."""
    compile_kernels(np.empty(0), quiet=not progress)  # float64
    rows = run_cases(cases, seed, progress)
    print("\n".join(format_table(rows)))
    wrong = [row.report for row in rows if not row.report]
    for report in wrong:
        print(f"\n{report}")
    compared = sum(row.report.checked for row in rows)
    kinks = sum(row.report.kinks for row in rows)
    worst = max((row.report.error for row in rows), default=0.0)
    print(
        f"\n{len(rows) - len(wrong)} of {len(rows)} right; {compared:,} numbers compared,"
        f" {kinks} left out at kinks; largest relative error {worst:.1e}; {sum(row.seconds for row in rows):.1f} s"
    )
    return not wrong


def format_table(rows):
    """The lines of the table."""
    width = max([len(row.name) for row in rows] + [9])
    extent = min(44, max([len(row.inputs) for row in rows] + [6]))
    head = (
        f"{'operation':{width}}  {'inputs':{extent}}  {'compared':>8}  {'max error':>9}  {'verdict':7}  {'seconds':>7}"
    )
    yield head
    yield "-" * len(head)
    for row in rows:
        r = row.report
        verdict = "right" if r.ok else "WRONG"
        inputs = row.inputs if len(row.inputs) <= extent else row.inputs[: extent - 3] + "..."
        yield f"{row.name:{width}}  {inputs:{extent}}  {r.checked:8}  {r.error:9.1e}  {verdict:7}  {row.seconds:7.2f}"


def shapes_of(inputs, parameters):
    """'2x3x5x6, 4x3x3x3 + 12 parameters'."""
    shapes = ", ".join("x".join(map(str, np.shape(x))) or "1" for x in inputs)
    return f"{shapes} + {len(parameters)} parameters" if parameters else shapes


def step_errors(function, inputs, steps, seed=0):
    """The relative error of two numerical derivatives at each step size h: a V, rounding left, truncation right.

    steps: the step sizes. Returns {name: (steps, errors)}: 'central' is (y(h) - y(-h)) / 2h, whose error falls as h^2,
    'extrapolated' is (4 D(h/2) - D(h)) / 3, whose error falls as h^4; both relative to the gradient of backward().
    """
    rng = np.random.default_rng(seed)
    subject = Subject(function, inputs, (), seed)
    with subject.restore_on_exit():
        y = subject.output()
        cotangent = random_signed(rng, y.size)
        exact, central, extrapolated = [], [], []
        for leaf, gradient in zip(subject.leaves, subject.gradients(y, as_grad(cotangent, y))):
            direction = random_signed(rng, leaf.shape)
            evaluate = subject.value_along(leaf, direction)
            wide = np.array([dot(cotangent, evaluate(h) - evaluate(-h)) / (2 * h) for h in steps])
            narrow = np.array([dot(cotangent, evaluate(h / 2) - evaluate(-h / 2)) / h for h in steps])
            exact.append(dot(gradient.ravel(), direction.ravel()))
            central.append(wide)
            extrapolated.append((4 * narrow - wide) / 3)
    exact = np.array(exact)
    return {
        name: (steps, norm(np.transpose(slopes) - exact) / norm(exact))
        for name, slopes in (("central", central), ("extrapolated", extrapolated))
    }
