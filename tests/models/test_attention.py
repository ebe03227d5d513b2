"""Attention gates: the formula against PyTorch, gradients, and what an open or a shut gate does to a U-Net."""

import numpy as np
import pytest

import minifcn
from minifcn.gradcheck import assert_gradients
from minifcn.models.attention import AttentionGate, AttentionUNet
from minifcn.models.unet import UNet


def images(*shape, seed=0):
    return minifcn.tensor(np.random.default_rng(seed).standard_normal(shape))


def gate(dtype="float64", seed=0):
    return AttentionGate(3, 5, 2, generator=np.random.default_rng(seed)).to(dtype)


def net(dtype="float64", seed=0):
    return AttentionUNet(3, widths=(2, 3, 4), dropout=0, generator=np.random.default_rng(seed)).to(dtype)


@pytest.mark.parametrize("size", [(4, 6), (5, 7), (1, 1)])
def test_gate_equals_torch(size):
    torch = pytest.importorskip("torch")
    layer, skip, coarse = gate(), images(2, 3, *size), images(2, 5, (size[0] + 1) // 2, (size[1] + 1) // 2)
    T, state = torch.nn.functional, {name: torch.from_numpy(a) for name, a in layer.state_dict().items()}
    x = T.pad(torch.from_numpy(skip.data), (0, size[1] % 2, 0, size[0] % 2))
    seen = T.conv2d(x, state["theta_x.weight"], stride=2)
    asked = T.conv2d(torch.from_numpy(coarse.data), state["phi_g.weight"], state["phi_g.bias"])
    psi = T.conv2d(T.relu(seen + asked), state["psi.weight"], state["psi.bias"])
    alpha = T.interpolate(torch.sigmoid(psi), scale_factor=2, mode="bilinear")
    expected = (x * alpha)[:, :, : size[0], : size[1]]
    np.testing.assert_allclose(layer(skip, coarse).data, expected.numpy(), rtol=1e-9, atol=1e-12)
    assert layer.alpha.shape == (2, 1, *size)


def test_gate_gradients():
    layer = gate()
    assert_gradients(layer, [images(2, 3, 5, 4), images(2, 5, 3, 2, seed=1)], dict(layer.named_parameters()))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [(1, 1), (6, 9)])
def test_any_size(size, dtype):
    scores = net(dtype)(images(2, 3, *size).to(dtype))
    assert scores.shape == (2, 3, *size)
    assert scores.dtype == dtype


def test_open_gates_are_a_plain_unet():
    gated, x = net(), images(1, 3, 8, 8)
    plain = UNet(3, widths=(2, 3, 4), padded=True, dropout=0).to("float64")
    plain.load_state_dict({name: a for name, a in gated.state_dict().items() if not name.startswith("gate")})
    assert not np.allclose(gated(x).data, plain(x).data)
    gated.gate2.psi.weight.data[...], gated.gate2.psi.bias.data[...] = 0, 50  # sigmoid(50) is 1 - 2e-22
    assert np.array_equal(gated(x).data, plain(x).data)


def test_the_finest_skip_has_no_gate():
    names = [name for name, _ in AttentionUNet(2, widths=(2, 2, 2, 2, 2)).named_children() if name.startswith("gate")]
    assert names == ["gate2", "gate3", "gate4"]


def test_a_shut_gate_lets_nothing_through():
    layer = gate()
    layer.psi.weight.data[...], layer.psi.bias.data[...] = 0, -800
    assert not layer(images(1, 3, 4, 4), images(1, 5, 2, 2)).data.any()


def test_state_dict_there_and_back():
    small, other, x = net(), net(seed=1), images(1, 3, 8, 8)
    other.load_state_dict(small.state_dict())
    assert np.array_equal(small(x).data, other(x).data)
