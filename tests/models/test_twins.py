"""The networks against PyTorch networks of the same weights."""

import numpy as np
import pytest

import minifcn
from minifcn.functional import cross_entropy
from minifcn.models import VGG16, FCN8s, SmallVGG

torch = pytest.importorskip("torch")
from minifcn.bench.rival_networks import TorchFCN  # after the line that skips where there is no PyTorch

from .torch_twins import vgg16_fcn

SIZES = [(32, 40), (50, 33), (64, 64)]


def scored(net, rng):
    """`net` in float64, its score layers no longer zero and its biases neither."""
    net.to("float64")
    for name, parameter in net.named_parameters():
        if name.startswith("score") or name.endswith("bias"):
            parameter.data[...] = 0.1 * rng.standard_normal(parameter.shape)
    return net


def assert_equals_twin(net, size, rng):
    x = rng.standard_normal((1, 3, *size))
    with minifcn.no_grad():
        scores = net(minifcn.tensor(x)).numpy()
    state = {name: parameter.numpy() for name, parameter in net.named_parameters()}
    with torch.no_grad():
        expected = vgg16_fcn(state, torch.from_numpy(x)).numpy()
    assert scores.shape == expected.shape == (1, net.num_classes, *size)
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(scores, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("size", SIZES)
def test_narrow_vgg16_fcn8s_equals_torch(size):
    rng = np.random.default_rng(0)
    backbone = VGG16("caffe", widths=(4, 6, 8, 10, 12), head=16, generator=rng)
    assert_equals_twin(scored(FCN8s(backbone, 5), rng).eval(), size, rng)


@pytest.mark.slow
def test_vgg16_fcn8s_equals_torch_at_three_sizes():
    """The test above at the paper's width: 134 million weights in float64, which PyTorch shares; 2 GB at the most."""
    rng = np.random.default_rng(0)
    net = scored(FCN8s(VGG16("caffe", generator=rng), 21), rng).eval()
    for size in SIZES:
        assert_equals_twin(net, size, rng)


def test_small_fcn8s_in_training_has_torchs_loss_gradients_and_running_statistics():
    rng = np.random.default_rng(0)
    widths, head = (4, 4, 6, 6, 8), 10
    net = scored(FCN8s(SmallVGG(widths=widths, head=head, dropout=0.0, generator=rng), 4, "learned"), rng)
    twin = TorchFCN(4, 2, widths=widths, head=head, dropout=0).double().requires_grad_()
    twin.load_state_dict({name: torch.from_numpy(array) for name, array in net.state_dict().items()})
    x, label = rng.standard_normal((2, 3, 64, 96)), rng.integers(0, 4, (2, 64, 96))
    label[:, :7] = 255
    loss = cross_entropy(net(minifcn.tensor(x)), minifcn.tensor(label), ignore_index=255)
    loss.backward()
    expected = torch.nn.functional.cross_entropy(twin(torch.from_numpy(x)), torch.from_numpy(label), ignore_index=255)
    expected.backward()
    np.testing.assert_allclose(loss.item(), expected.item(), rtol=1e-12)
    theirs = dict(twin.named_parameters())
    for name, parameter in net.named_parameters():
        np.testing.assert_allclose(parameter.grad, theirs[name].grad.numpy(), rtol=1e-9, atol=1e-9, err_msg=name)
    for name, array in twin.state_dict().items():
        np.testing.assert_allclose(net.state_dict()[name], array.numpy(), rtol=1e-12, atol=1e-12, err_msg=name)
