"""The nets of benchmarks/skips.py: equal budgets, and a sum that is a concatenation with two equal halves of a kernel."""

import numpy as np
import pytest
from skips import WIDTHS, Joined, make_net, parameters

from minifcn import tensor
from minifcn.autograd import no_grad
from minifcn.models.unet import DoubleConv

CHANNELS = 3


def numbers(*shape):
    return np.random.default_rng(1).standard_normal(shape).astype(np.float32)


def answer(layer, x):
    with no_grad():
        return layer(tensor(x)).numpy()


@pytest.mark.parametrize("classes", [4, 8])
def test_all_nets_have_the_same_budget(classes):
    budgets = [parameters(make_net(how, classes, 0)) for how in WIDTHS]
    assert max(budgets) <= 1.0025 * min(budgets)


def test_a_sum_is_a_concatenation_with_equal_halves_of_a_kernel():
    total = Joined("sum", CHANNELS, np.random.default_rng(0))
    beside = DoubleConv(2 * CHANNELS, CHANNELS, True, np.random.default_rng(0))
    state = total.convolve.state_dict()
    beside.load_state_dict(state | {"conv1.weight": np.concatenate([state["conv1.weight"]] * 2, axis=1)})
    x = numbers(2, 2 * CHANNELS, 5, 6)
    np.testing.assert_allclose(answer(total, x), answer(beside, x), rtol=1e-4, atol=1e-5)


def test_a_net_without_skips_ignores_them():
    layer, x = Joined("no skips", CHANNELS, np.random.default_rng(0)), numbers(1, 2 * CHANNELS, 4, 5)
    changed = x.copy()
    changed[:, :CHANNELS] += 1
    np.testing.assert_array_equal(answer(layer, x), answer(layer, changed))
    changed[:, CHANNELS:] += 1
    assert (answer(layer, x) != answer(layer, changed)).any()
