"""The whole net: its derivatives against finite differences, and every size; needs NumPy and pytest only."""

import numpy as np
import pytest

from ..layers import set_training
from ..nets import NETS, PixelLoss, arrays_of, make_net, reseed, scores_of
from ..tensor import Tensor

TINY = {"widths": (2, 3, 2, 3, 2), "head": 4}


def tiny_net(name, dtype=np.float64):
    """A net of a few channels, its scores not at 0, where no gradient would reach the trunk."""
    rng = np.random.default_rng(3)
    net = make_net(name, rng, classes=3, **TINY)
    for p in net.parameters():
        p.data = p.data.astype(dtype)
        if not p.data.any() or (p.data == 1).all():
            p.data = rng.normal(1, 0.5, p.data.shape).astype(dtype)
    return net


def loss_of(net, images, labels):
    """The loss in training, with the same pixels dropped each time."""
    reseed(net, 7)
    return Tensor.apply(PixelLoss(labels, np.array([1.0, 2.0, 0.5])), net(images))


@pytest.mark.parametrize("name", NETS)
def test_every_parameter_has_the_right_derivative(name):
    rng = np.random.default_rng(1)
    images = Tensor(rng.standard_normal((2, 3, 37, 70)))
    labels = rng.choice([0, 1, 2, 255], (2, 37, 70))
    net, step = tiny_net(name), 1e-6
    set_training(net, True)
    net.zero_grad()
    loss_of(net, images, labels).backward()
    for place, p in net.named_parameters():
        index = tuple(rng.integers(0, p.data.shape))
        middle, ends = p.data[index], []
        for sign in (1, -1):
            p.data[index] = middle + sign * step
            ends.append(float(loss_of(net, images, labels).data))
        p.data[index] = middle
        found, expected = p.grad[index], (ends[0] - ends[1]) / (2 * step)
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-8), f"{place}{index}"


@pytest.mark.parametrize("name", NETS)
def test_every_size_from_1_to_300_gives_scores_of_that_size(name):
    net = tiny_net(name, np.float32)
    for n in range(1, 301, 1 if name == "fcn8s" else 37):
        size = (n, 5) if n % 2 else (5, n)
        assert scores_of(net, np.ones((1, 3, *size), np.float32)).shape == (1, 3, *size)


def test_float32_stays_float32():
    net = tiny_net("fcn8s", np.float32)
    net.zero_grad()
    labels = np.zeros((1, 33, 64), int)
    loss = Tensor.apply(PixelLoss(labels), net(Tensor(np.ones((1, 3, 33, 64), np.float32))))
    loss.backward()
    assert {p.grad.dtype for p in net.parameters()} == {np.dtype(np.float32)}


def test_the_arrays_of_a_net_are_its_parameters_and_running_statistics():
    net = tiny_net("fcn8s")
    names = [name for name, _ in arrays_of(net)]
    assert len(names) == len(net.parameters()) + 2 * 10  # ten batch norms
    assert names[0].startswith("trunk.") and names[-1] == "score_pool3.bias"
