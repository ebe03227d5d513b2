"""What the studies `order`, `gates` and `approximation` rest on: layers that commute, the LSTM cell, nets that interpolate."""

import itertools

import numpy as np
import pytest

import minifcn
from minifcn import functional as F
from minifcn import nn
from minifcn.gradcheck import assert_gradients
from minifcn.random import manual_seed
from minifcn.studies.approximation import TARGETS, interpolated
from minifcn.studies.gates import LSTMCell, Remember, memory_kept, sequences
from minifcn.studies.order import ORDERS, Ordered, means, refresh, representative


def image(*shape, seed=0):
    return minifcn.tensor(np.random.default_rng(seed).standard_normal(shape))


# Orders ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["".join(order) for order in itertools.permutations("BADP")])
def test_an_order_computes_what_its_representative_does_to_the_bit(order):
    results = []
    for each in (order, representative(order)):
        manual_seed(1)
        net = Ordered(each, 3, p=0.4, generator=np.random.default_rng(0))
        results.append(net(minifcn.tensor(image(2, 3, 16, 16).data.astype("f4"))).data)
    np.testing.assert_array_equal(*results)


def test_the_twelve_orders_are_different():
    assert len(ORDERS) == 12
    results = []
    for order in ORDERS:
        manual_seed(1)
        results.append(Ordered(order, 3, p=0.4, generator=np.random.default_rng(0))(minifcn.tensor(image(2, 3, 16, 16).data.astype("f4"))).data)
    assert min(np.abs(a - b).max() for a, b in itertools.combinations(results, 2)) > 1e-3


def test_a_sigmoid_after_dropout_has_another_mean_and_one_before_it_has_not():
    x = np.linspace(-4, 4, 17)
    before, after = means(x)
    one = 1 / (1 + np.exp(-x))
    np.testing.assert_allclose(after, one, rtol=1e-12)
    np.testing.assert_allclose(before, 0.5 / (1 + np.exp(-2 * x)) + 0.25, rtol=1e-12)
    drawn = F.sigmoid(F.dropout(minifcn.tensor(np.full(100_000, 2.0)), 0.5, generator=np.random.default_rng(0))).numpy().mean()
    assert abs(drawn - means([2.0])[0].item()) < 0.005 and abs(drawn - 1 / (1 + np.exp(-2))) > 0.1


def test_refreshed_statistics_are_those_of_the_batches_without_dropout():
    net, x = Ordered("DBAP", 3, p=0.5, generator=np.random.default_rng(0)), image(4, 3, 16, 16).data.astype("f4")
    refresh(net, [x] * 200)
    assert not any(module.training for module in net.modules())
    conv, norm = next(net.blocks.children()), next(m for m in net.modules() if isinstance(m, nn.BatchNorm2d))
    with minifcn.no_grad():
        np.testing.assert_allclose(norm.running_mean.data, conv(minifcn.tensor(x)).data.mean((0, 2, 3)), rtol=0.01, atol=1e-5)  # 0.9^50 of the first ones is left


# The LSTM cell --------------------------------------------------------------------------------------------------------


def cell(dtype="float64", **options):
    net = LSTMCell(3, 4, generator=np.random.default_rng(0), **options)
    for p in net.parameters():
        p.data += np.random.default_rng(1).standard_normal(p.shape).astype("f4") / 4
    return net.to(dtype)


def test_the_cell_equals_torchs():
    torch = pytest.importorskip("torch")
    ours, theirs = cell("float32"), torch.nn.LSTMCell(3, 4)
    theirs.load_state_dict({name: torch.from_numpy(array) for name, array in ours.state_dict().items()})
    xs = np.random.default_rng(2).standard_normal((6, 2, 3)).astype("f4")
    state = other = None
    with minifcn.no_grad(), torch.no_grad():
        state = [minifcn.tensor(np.zeros((2, 4), "f4"))] * 2
        for x in xs:
            state, other = ours(minifcn.tensor(x), state), theirs(torch.from_numpy(x), other)
    for a, b in zip(state, other):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("activations", [(F.sigmoid, F.tanh), (F.tanh, F.sigmoid)], ids=["usual", "exchanged"])
def test_the_gradients_of_the_cell(activations):
    net = cell(gate=activations[0], candidate=activations[1])

    def two_steps(x, h, c):
        h, c = net(x[0], net(x[1], (h, c)))
        return minifcn.cat([h, c], 1)

    assert_gradients(two_steps, [image(2, 2, 3), image(2, 4, seed=1), image(2, 4, seed=2)], dict(net.named_parameters()))


def test_the_memory_falls_as_a_power_of_the_forget_gate_whose_sign_a_tanh_may_turn():
    t = np.arange(1, 11)
    np.testing.assert_allclose(memory_kept(F.sigmoid, 2.0, 10), (1 / (1 + np.exp(-2.0))) ** t, rtol=1e-9)
    np.testing.assert_allclose(memory_kept(F.tanh, -2.0, 10), np.tanh(-2.0) ** t, rtol=1e-9)


def test_only_the_first_input_of_a_sequence_says_the_bit():
    xs, bit = sequences(np.random.default_rng(0), 5, steps=4)
    assert xs.shape == (4, 5, 2) and (xs[0, :, 0] == 2 * bit - 1).all() and xs[1:, :, 1].max() == 0
    assert Remember(LSTMCell(2, 3, generator=np.random.default_rng(0)))(xs).shape == (5, 2)


# Approximation --------------------------------------------------------------------------------------------------------


def test_the_constructed_layer_meets_the_function_at_its_places_and_improves_fourfold_with_twice_the_units():
    function = TARGETS["smooth"]
    places = np.linspace(-1, 1, 17)[:, None]
    np.testing.assert_allclose(interpolated(places, function, 16), function(places), atol=1e-12)
    x = np.linspace(-1, 1, 999)[:, None]
    errors = [np.abs(interpolated(x, function, n) - function(x)).max() for n in (32, 64)]
    assert 3.6 < errors[0] / errors[1] < 4.4
