"""Every family of networks, small and whole: image and parameters to 1e-6; and mistakes in any branch are found."""

from dataclasses import replace

import numpy as np
import pytest

import minifcn
from minifcn.functional.conv import ConvTranspose2d
from minifcn.gradcheck.table import check_case
from minifcn.models.catalogue import SEGMENTATION, Zeros, build
from minifcn.models.gradcheck_case import network_cases
from minifcn.models.unet import UNet
from minifcn.models.upsampling import UPSAMPLINGS, Upsampling

from .faults import Fault, change

CASES = {case.name: case for case in network_cases()}
BRANCHES = {  # {case: parts of its network that lie beside others, whose results are added or joined}
    "FCN-8s, batch norm": ["score_pool3"],
    "FCN-8s, caffe": ["score_pool4"],
    "FCN-8s at once, AlexNet": ["score_pool4", "score_pool3"],
    "FCN-8s, GoogLeNet": ["backbone.inception_4e.5x5", "backbone.inception_5b.pool_proj"],
    "FCN-8s, SqueezeNet": ["backbone.fire5.expand1x1"],
    "FCN-8s, ResNet": ["backbone.layer3.0.downsample"],
    "hypercolumn": ["score_pool1", "score_pool5"],
    "attention U-Net": ["gate2.psi", "gate2.phi_g"],
    "DeepLab v2, ASPP": ["branches.0", "branches.3"],
    "DeepLab v3": ["image_pooling", "aspp.3"],
    "PSPNet and auxiliary loss": ["pyramid.0", "pyramid.3", "aux"],
}
PARTS = [(case, part) for case, parts in BRANCHES.items() for part in parts]


def network(case):
    """The network that a case is about."""
    return getattr(case.function, "args", [case.function])[0]


@pytest.fixture(autouse=True)
def no_gradients_stay():
    """The networks are those of every test here, and gradcheck puts back only the parameters that it is given."""
    yield
    for case in CASES.values():
        network(case).zero_grad()


def check(case, seed=0):
    return check_case(case, case.make_inputs(np.random.default_rng(seed)), seed)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_network_is_right_to_1e_6_and_left_as_it_was(case):
    """The image and every sixth parameter: a layer that passes on a wrong gradient is seen in what lies before it."""
    before = {name: p.data.copy() for name, p in case.parameters.items()}
    chosen = dict([*case.parameters.items()][::6])
    report = check(replace(case, parameters=chosen))
    assert report, report
    assert report.error <= 1e-6
    assert report.kinks == 0
    assert report.checked >= 2 * len(chosen)
    for name, p in case.parameters.items():
        assert np.array_equal(p.data, before[name]) and (p.grad is None or name not in chosen), name


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_every_parameter_of_a_network_is_right_whatever_the_seed(seed):
    for case in CASES.values():
        report = check(case, seed)
        assert report and report.kinks == 0, report
        assert report.checked >= 2 * len(case.parameters)


def test_every_net_that_labels_pixels_and_every_upsampling_has_a_case():
    nets = [network(case) for case in CASES.values()]
    catalogue = [build(name, 2, backbone="small", generator=Zeros()) for name in SEGMENTATION]
    assert set(map(type, catalogue)) <= set(map(type, nets))
    assert {net.kind for net in nets if isinstance(net, Upsampling)} == set(UPSAMPLINGS)


# Nothing is left out --------------------------------------------------------------------------------------------------


def unreached(case, seed=0):
    """The names of the parameters whose gradient is 0, or next to nothing beside the others."""
    minifcn.manual_seed(seed)
    y = case.function(*map(minifcn.tensor, case.make_inputs(np.random.default_rng(seed))))
    y.backward(np.random.default_rng(seed).standard_normal(y.shape))
    learned = {name: p for name, p in case.parameters.items() if p.requires_grad}
    sizes = {name: 0.0 if p.grad is None else np.abs(p.grad).max() for name, p in learned.items()}
    network(case).zero_grad()
    return [name for name, size in sizes.items() if size <= 1e-6 * max(sizes.values())]


@pytest.mark.parametrize("seed", range(6))
def test_every_parameter_of_every_case_matters(seed):
    """Behind a ReLU that is shut everywhere gradients are 0, and so are the differences: nothing would be checked."""
    assert {name: found for name, case in CASES.items() if (found := unreached(case, seed))} == {}


@pytest.mark.parametrize("case, part", PARTS)
def test_a_branch_that_is_forgotten_is_noticed(case, part, monkeypatch):
    """Where the net itself does without it, differences and gradients agree; but its parameters do not matter."""
    wrap(monkeypatch, CASES[case], part, lambda y: 0 * y)
    assert set(parameters_of(CASES[case], part)) <= set(unreached(CASES[case]))


# Mistakes are found ---------------------------------------------------------------------------------------------------


def parameters_of(case, part):
    """{name: parameter} of the part of the case's network whose dotted name begins so."""
    return {name: p for name, p in case.parameters.items() if name.startswith(part)}


def held(case, part):
    """The same case with one image that is not moved, and only the parameters of one part: soon done."""
    x = minifcn.tensor(case.make_inputs(np.random.default_rng(0))[0])
    parameters = parameters_of(case, part)
    return replace(case, function=lambda: case.function(x), make_inputs=lambda rng: [], parameters=parameters)


def wrap(monkeypatch, case, part, function):
    """From here on the part of the case's network that has this dotted name gives `function` of what it gave."""
    module = dict(network(case).named_modules())[part]
    right = module.forward
    monkeypatch.setattr(module, "forward", lambda *inputs: function(right(*inputs)))


def off_by(share):
    """A function that leaves values as they are, but makes gradients larger by this share; -1 is detach()."""
    return lambda y: y + share * (y - y.detach())


@pytest.mark.parametrize("share", [pytest.param(-1, marks=pytest.mark.slow), 0.001])
@pytest.mark.parametrize("case, part", PARTS)
def test_a_wrong_gradient_in_one_branch_is_found_there(case, part, share, monkeypatch):
    wrap(monkeypatch, CASES[case], part, off_by(share))
    report = check(held(CASES[case], part))
    assert not report
    assert report.where.startswith(f"parameter {part}") and report.error == pytest.approx(abs(share), rel=0.01)


@pytest.mark.parametrize("share", [-1, 0.001])
@pytest.mark.parametrize("case", ["U-Net, valid", "U-Net, padded"])
def test_a_wrong_gradient_over_a_skip_is_found_on_the_way_down(case, share, monkeypatch):
    monkeypatch.setattr(UNet, "gate_skip", lambda net, i, skip, coarse: off_by(share)(skip))
    report = check(held(CASES[case], "down1"))
    assert not report and report.error > 1e-5


def test_a_fault_in_an_operation_inside_a_network_names_a_parameter(monkeypatch):
    fault = Fault("factor 1.0001", ConvTranspose2d, "FCN-8s", change(1, lambda g: g * 1.0001))
    fault.plant(monkeypatch)
    report = check(held(CASES["FCN-8s, batch norm"], "upscore"))
    assert not report
    assert report.where.startswith("parameter upscore")
    assert "factor: every entry is 1.0001 times" in report.cause
