"""What is right is never rejected: the whole catalogue, to 1e-7, and 2,000 random configurations."""

import numpy as np
import pytest

from minifcn import Tensor
from minifcn.gradcheck import gradcheck
from minifcn.gradcheck.catalogue_network import CASES
from minifcn.gradcheck.table import check_case

from .random_configurations import configuration
from .test_planted_faults import operations


def rejected(seeds):
    """The reports of the configurations that gradcheck rejects."""
    reports = []
    for seed in seeds:
        name, function, inputs = configuration(seed)
        reports.append(gradcheck(function, inputs, name=f"{name}, seed {seed}", seed=seed, max_entries=60))
    return [str(report) for report in reports if not report]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_catalogue_is_right_to_1e_7(case):
    report = check_case(case, case.make_inputs(np.random.default_rng(0)), seed=0)
    assert report, report
    assert report.error <= 1e-7
    assert report.kinks == 0


def test_the_catalogue_has_every_operation():
    found = set()
    for case in CASES:
        inputs = [Tensor(x, requires_grad=True) for x in case.make_inputs(np.random.default_rng(0))]
        stack = [case.function(*inputs)]
        while stack:
            tensor = stack.pop()
            if tensor.grad_fn is not None:
                found.add(type(tensor.grad_fn))
                stack += tensor.grad_fn.inputs
    assert operations() <= found


def test_no_false_alarm_in_100_random_configurations():
    assert not rejected(range(100))


@pytest.mark.slow
def test_no_false_alarm_in_2000_random_configurations():
    assert not rejected(range(2000))
