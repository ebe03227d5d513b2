"""How many of the planted faults of tests/gradcheck each kind of gradient checker would accept.

    python benchmarks/gradcheckers.py

Three common ways are set beside minifcn's own: finite differences of the SUM of the output (a cotangent of ones) for
the first input, as DeZero does; the same for all inputs; one random direction and a random cotangent, as Chainer does.
"""

import sys
from pathlib import Path

import numba
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from gradcheck.faults import CASE
from gradcheck.test_planted_faults import FAULTS, SPECIFIC
from tqdm import tqdm

from minifcn.gradcheck.subject import Subject
from minifcn.gradcheck.table import check_case


def ones_first_input(case, inputs):
    """Cotangent of ones, the first input only, step 1e-4, relative tolerance 1e-4, absolute 1e-5 (DeZero)."""
    return sums_agree(case, inputs, leaves=1)


def ones_all_inputs(case, inputs):
    """The same for every input."""
    return sums_agree(case, inputs, leaves=None)


def sums_agree(case, inputs, leaves):
    subject = Subject(case.function, inputs, (), seed=0)
    with subject.restore_on_exit():
        y = subject.output()
        gradients = subject.gradients(y, np.ones(y.shape))
        for leaf, gradient in list(zip(subject.leaves, gradients))[:leaves]:
            numeric = np.empty(leaf.shape)
            for place in np.ndindex(leaf.shape):
                evaluate = subject.value_along(leaf, place)
                numeric[place] = (evaluate(1e-4).sum() - evaluate(-1e-4).sum()) / 2e-4
            if not np.allclose(gradient, numeric, rtol=1e-4, atol=1e-5):
                return False
    return True


def one_direction(case, inputs):
    """A random cotangent, one random direction in each input, step 1e-3, tolerances 1e-4 and 1e-5 (Chainer)."""
    rng = np.random.default_rng(0)
    subject = Subject(case.function, inputs, (), seed=0)
    with subject.restore_on_exit():
        y = subject.output()
        cotangent = rng.standard_normal(y.shape)
        analytic = numeric = 0.0
        for leaf, gradient in zip(subject.leaves, subject.gradients(y, cotangent)):
            direction = rng.standard_normal(leaf.shape)
            direction /= np.linalg.norm(direction)
            evaluate = subject.value_along(leaf, direction)
            analytic += np.vdot(gradient, direction)
            numeric += cotangent.ravel() @ (evaluate(1e-3) - evaluate(-1e-3)) / 2e-3
    return bool(np.allclose(analytic, numeric, rtol=1e-4, atol=1e-5))


def minifcn(case, inputs):
    """gradcheck."""
    return bool(check_case(case, inputs, seed=0))


def accepted(checker, faults):
    """The faults that `checker` does not notice; one that raises is noticed."""
    found = []
    for fault in tqdm(faults, desc=checker.__name__, leave=False):
        case = CASE[fault.case]
        inputs = case.make_inputs(np.random.default_rng(0))
        with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
            fault.plant(patch)
            try:
                right = checker(case, inputs)
            except Exception:  # noqa: BLE001
                right = False
        if right:
            found.append(fault)
    return found


def main():
    numba.set_num_threads(1)
    heads = f"accepts, of {len(FAULTS)} faults", f"of the {len(SPECIFIC)} of one operation each"
    print(f"{'checker':18} {heads[0]:>26} {heads[1]:>34}")
    specific = set(map(id, SPECIFIC))
    for checker in (ones_first_input, ones_all_inputs, one_direction, minifcn):
        faults = accepted(checker, FAULTS)
        print(f"{checker.__name__:18} {len(faults):26} {sum(id(f) in specific for f in faults):34}")


if __name__ == "__main__":
    main()
