"""The checker is checked: every planted fault is rejected, and the same case without the fault passes."""

import collections
import functools

import numpy as np
import pytest

from minifcn import autograd
from minifcn.function import Function, unbroadcast
from minifcn.gradcheck.table import check_case
from minifcn.operators import arithmetic, shape

from . import faults_conv, faults_general, faults_network, faults_tensor, faults_volume
from .faults import CASE

SPECIFIC = [*faults_tensor.FAULTS, *faults_conv.FAULTS, *faults_network.FAULTS, *faults_volume.FAULTS]
FAULTS = [*SPECIFIC, *faults_general.FAULTS]
OTHERS = "AllImages", "BatchNormOfRanks", "Checkpoint", "Convert", "Elementwise", "FloorDivide"


def check(case, seed=0):
    return check_case(case, case.make_inputs(np.random.default_rng(seed)), seed)


@functools.cache
def right_report(name):
    return check(CASE[name])


@pytest.mark.parametrize("fault", [*SPECIFIC[::3], *faults_general.FAULTS[::5]], ids=str)
def test_a_planted_fault_is_rejected(fault, monkeypatch):
    """Every third one of one operation's own, and every fifth of those that any backward can have; all are slow."""
    assert right_report(fault.case), right_report(fault.case)
    fault.plant(monkeypatch)
    report = check(CASE[fault.case])
    assert not report, report
    assert report.cause


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_every_planted_fault_is_rejected_whatever_the_seed(seed):
    accepted = []
    for fault in FAULTS:
        with pytest.MonkeyPatch.context() as patch:
            fault.plant(patch)
            if check(CASE[fault.case], seed):
                accepted.append(str(fault))
    assert not accepted


def test_there_are_at_least_120_faults_of_one_operation_each():
    assert len(SPECIFIC) >= 120
    assert len({(str(fault), fault.case) for fault in FAULTS}) == len(FAULTS)


def test_every_function_has_faults():
    counts = collections.Counter(fault.owner for fault in FAULTS)
    assert min(counts[owner] for owner in operations()) >= 8
    asked = faults_general.FAULTS[::5]
    assert {fault.owner for fault in asked} == set(faults_general.CASE_OF) and {fault.name for fault in asked} == set(faults_general.WRONG)


@pytest.mark.parametrize("fault", [*faults_conv.RIGHT, *faults_volume.RIGHT], ids=str)
def test_the_loops_in_which_convolution_is_made_wrong_are_right(fault, monkeypatch):
    fault.plant(monkeypatch)
    assert check(CASE[fault.case])


def operations():
    """Every Function of the library with a backward of its own, but Convert, which changes dtypes and devices.

    Those that need several ranks are checked in tests/distributed.
    """
    found, classes = set(), [Function]
    while classes:
        for c in classes.pop().__subclasses__():
            classes.append(c)
            if c.__module__.startswith("minifcn.") and c.__name__ not in OTHERS:
                found.add(c)
    return found


# Faults of the engine itself ------------------------------------------------------------------------------------------


def last_wins(gradients, owned, tensor, grad):
    gradients[tensor] = grad


def first_wins(gradients, owned, tensor, grad):
    gradients.setdefault(tensor, grad)


def averages(gradients, owned, tensor, grad):
    gradients[tensor] = grad if tensor not in gradients else (gradients[tensor] + grad) / 2


def added_in_place(gradients, owned, tensor, grad):
    if tensor in gradients:
        gradients[tensor] += grad
    else:
        gradients[tensor] = grad


@pytest.mark.parametrize("accumulate", [last_wins, first_wins, averages, added_in_place])
@pytest.mark.parametrize("case", ["add, one tensor twice", "add", "sub"])
def test_a_fault_in_accumulation_is_rejected(accumulate, case, monkeypatch):
    assert right_report(case)
    monkeypatch.setattr(autograd, "accumulate", accumulate)
    assert not check(CASE[case])


def first_slice(grad, shape):
    return np.array(np.broadcast_to(grad[(0,) * (grad.ndim - len(shape))], grad.shape[grad.ndim - len(shape) :]))[
        tuple(slice(n) for n in shape)
    ]


def mean(grad, shape):
    return unbroadcast(grad, shape) * (np.prod(shape) / grad.size)


def axes_from_the_front(grad, shape):
    return np.resize(grad.sum(axis=-1), shape) if grad.shape != shape else grad


@pytest.mark.parametrize("wrong", [first_slice, mean, axes_from_the_front])
@pytest.mark.parametrize("case", ["add, broadcast", "mul, broadcast", "where, broadcast"])
def test_a_fault_in_unbroadcast_is_rejected(wrong, case, monkeypatch):
    assert right_report(case)
    monkeypatch.setattr(arithmetic, "unbroadcast", wrong)
    monkeypatch.setattr(shape, "unbroadcast", wrong)
    assert not check(CASE[case])
