"""A whole small FCN-8s: the image and all parameters, in both geometries, to 1e-6; and faults in it are found."""

from dataclasses import replace

import numpy as np
import pytest

from minifcn.functional.conv import ConvTranspose2d
from minifcn.gradcheck.table import check_case
from minifcn.models.gradcheck_case import network_cases

from .faults import Fault, change

CASES = network_cases()


def check(case, seed=0):
    return check_case(case, case.make_inputs(np.random.default_rng(seed)), seed)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fcn8s_is_right_to_1e_6_and_left_as_it_was(case):
    before = {name: p.data.copy() for name, p in case.parameters.items()}
    report = check(case)
    assert report, report
    assert report.error <= 1e-6
    assert report.kinks == 0
    assert report.checked >= 6 * len(case.parameters)
    for name, p in case.parameters.items():
        assert np.array_equal(p.data, before[name]) and p.grad is None and p.requires_grad, name


def test_a_fault_inside_a_network_names_a_parameter(monkeypatch):
    fault = Fault("factor 1.0001", ConvTranspose2d, "FCN-8s", change(1, lambda g: g * 1.0001))
    fault.plant(monkeypatch)
    last = {name: p for name, p in CASES[0].parameters.items() if "score" in name}
    report = check(replace(CASES[0], parameters=last))
    assert not report
    assert report.where.startswith("parameter upscore")
    assert "factor: every entry is 1.0001 times" in report.cause


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 6))
def test_fcn8s_is_right_whatever_the_seed(seed):
    for case in CASES:
        report = check(case, seed)
        assert report, report
