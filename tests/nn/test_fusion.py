"""Fusion for inference: the same scores without batch norms, and only where nothing else needs what is fused away."""

import numpy as np
import pytest

import minifcn
from minifcn import functional as F
from minifcn import nn, no_grad
from minifcn.kernels.cpu.runtime.constant import is_constant
from minifcn.models import SmallVGG
from minifcn.models.resnet import BasicBlock, Bottleneck
from minifcn.nn.fusion import fuse_conv_bn_eval, fuse_conv_bn_weights
from minifcn.optim import SGD

torch = pytest.importorskip("torch")


def trained(net, seed=0):
    """The net with running statistics and parameters of batch norm as training might leave them."""
    rng = np.random.default_rng(seed)
    for layer in net.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.running_mean.data[...] = rng.standard_normal(layer.num_features)
            layer.running_var.data[...] = rng.uniform(0.5, 2, layer.num_features)
            layer.weight.data[...] = rng.uniform(0.5, 2, layer.num_features)
            layer.bias.data[...] = rng.standard_normal(layer.num_features)
    return net


def image(*shape):
    return minifcn.tensor(np.random.default_rng(1).standard_normal(shape), dtype=np.float32)


def same(net, fused, x):
    """Whether the fused net's scores are those of `net` in evaluation mode, up to rounding."""
    with no_grad(), nn.evaluating():
        expected, found = net(x).data, fused(x).data
    return np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()


def kinds(net):
    return [type(module).__name__ for module in net.children()]


@pytest.mark.parametrize("transpose", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_the_weights_are_those_of_pytorchs_fusion(transpose, bias):
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((4, 5, 3, 3)).astype(np.float32)
    K = weight.shape[transpose]
    b, mean, scale, shift = rng.standard_normal((4, K)).astype(np.float32)
    var = rng.uniform(0.5, 2, K).astype(np.float32)
    arrays = weight, b if bias else None, mean, var, 1e-3, scale, shift
    theirs = torch.nn.utils.fusion.fuse_conv_bn_weights(
        *[torch.from_numpy(a) if isinstance(a, np.ndarray) else a for a in arrays], transpose
    )
    for found, expected in zip(fuse_conv_bn_weights(*arrays, transpose), theirs, strict=True):
        np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("norm", [[nn.BatchNorm2d(5)], [nn.BatchNorm2d(5), nn.ReLU()], [nn.BNReLU2d(5)]])
@pytest.mark.parametrize("conv", [nn.Conv2d(3, 5, 3, bias=False), nn.Conv2d(3, 5, 1, 2), nn.ConvTranspose2d(3, 5, 4, 2)])
def test_a_convolution_includes_the_batch_norm_after_it(conv, norm):
    net = trained(nn.Sequential(conv, *norm))
    fused = net.fuse(size=9)
    assert same(net, fused, image(2, 3, 9, 8))
    assert not {"BatchNorm2d", "BNReLU2d"} & set(kinds(fused))


def test_a_convolution_includes_the_relu_after_it():
    net = nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.ReLU())
    fused = net.fuse(size=9)
    assert kinds(fused) == ["Conv2d", "Identity", "ReLU"]
    assert fused[0].relu and not net[0].relu
    assert same(net, fused, image(2, 3, 9, 8))


def test_a_convolution_includes_the_max_pooling_after_its_relu():
    net = trained(nn.Sequential(nn.Conv2d(16, 16, 3), nn.BNReLU2d(16), nn.MaxPool2d(2, ceil_mode=True), nn.MaxPool2d(2)))
    fused, x = net.fuse(size=9), image(2, 16, 9, 8)
    assert kinds(fused) == ["Conv2d", "Identity", "PooledBefore", "MaxPool2d"]
    assert same(net, fused, x) and same(net, fused.fuse(size=9), x)
    assert "max_pool=(2, 2)" in repr(fused) and "max_pool" not in repr(net)
    with pytest.raises(ValueError, match="max_pool2d: an input of size"):
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.MaxPool2d(2)).fuse(size=9)(image(1, 3, 3, 3))


@pytest.mark.parametrize(
    "layers",
    [[nn.MaxPool2d(2)], [nn.MaxPool2d(2), nn.ReLU()], [nn.ReLU(), nn.AvgPool2d(2)]],
    ids=["no ReLU", "ReLU last", "means"],
)
def test_other_pooling_stays(layers):
    net = nn.Sequential(nn.Conv2d(16, 16, 3), *layers)
    fused, x = net.fuse(size=9), image(2, 16, 9, 8)
    assert "max_pool=" not in repr(fused) and same(net, fused, x)


def test_positions_of_maxima_are_not_fused_away():
    net = nn.Sequential(nn.Conv2d(16, 16, 3), nn.ReLU(), nn.MaxPool2d(2, return_indices=True))
    _, positions = net.fuse(size=9)(image(2, 16, 9, 8))
    np.testing.assert_array_equal(positions.data, net(image(2, 16, 9, 8))[1].data)


def test_a_fused_pooling_sends_gradients_back():
    net = nn.Sequential(nn.Conv2d(16, 16, 3), nn.ReLU(), nn.MaxPool2d(2))
    grads = []
    for each in (net, net.fuse(size=9)):
        x = minifcn.tensor(image(2, 16, 9, 8).data, requires_grad=True)
        (each(x) ** 2).sum().backward()
        grads.append(x.grad)
    np.testing.assert_allclose(grads[1], grads[0], atol=1e-5)


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
@pytest.mark.parametrize("stride", [1, 2])
def test_the_end_of_a_residual_block_is_one_call(block, stride, monkeypatch):
    """Whether the shortcut is x or has a convolution of its own; nothing is left to an addition or a ReLU."""
    net = trained(block(32, 32 if block is BasicBlock else 8, stride, np.random.default_rng(0)))
    x, fused = image(2, 32, 9, 8), nn.Sequential(net).fuse(size=9)
    assert same(net, fused, x) and same(net, fused.fuse(size=9), x)
    monkeypatch.setattr(F, "relu", None)
    monkeypatch.setattr(minifcn.Tensor, "__add__", None)
    with no_grad():
        fused(x)


def test_a_residual_block_whose_last_norm_stays_adds_as_before():
    block = Bottleneck(32, 8, 1, np.random.default_rng(0))
    block.bn3 = nn.Tanh()
    fused = nn.Sequential(block).fuse(size=9)
    assert not fused[0].joined and same(block, fused, image(2, 32, 9, 8))


def test_fusion_does_not_depend_on_no_grad():
    net = trained(nn.Sequential(nn.Conv2d(3, 5, 3), nn.BNReLU2d(5)))
    with no_grad():
        assert kinds(net.fuse(size=9)) == ["Conv2d", "Identity"]


class Branches(nn.Module):
    """A convolution and a batch norm, where `forward` decides what else uses the convolution's output."""

    def __init__(self, forward):
        self.conv, self.norm, self.compute = nn.Conv2d(3, 3, 1), nn.BatchNorm2d(3), forward

    def forward(self, x):
        return self.compute(self, x)


@pytest.mark.parametrize(
    "compute",
    [
        lambda net, x: net.norm(y := net.conv(x)) + y,
        lambda net, x: net.norm(net.conv(net.conv(x))),
        lambda net, x: net.norm(net.conv(x)) + net.norm(x),
        lambda net, x: net.norm(F.relu(net.conv(x))),
        lambda net, x: net.conv(net.norm(x)),
    ],
    ids=["used twice", "convolution called twice", "norm called twice", "relu between", "norm first"],
)
def test_nothing_is_fused_where_something_else_needs_it(compute):
    net = trained(Branches(compute))
    fused = net.fuse(size=9)
    assert kinds(fused) == ["Conv2d", "BatchNorm2d"]
    assert same(net, fused, image(2, 3, 9, 8))


@pytest.mark.parametrize("give", [lambda *both: both, lambda y, z: {"y": [y], "z": z}], ids=["tuple", "dict"])
def test_what_a_network_returns_is_not_fused_away(give):
    fused = trained(Branches(lambda net, x: give(y := net.conv(x), net.norm(y)))).fuse(size=9)
    assert kinds(fused) == ["Conv2d", "BatchNorm2d"]


def test_a_backbone_is_fused_by_itself():
    net, x = trained(SmallVGG(generator=np.random.default_rng(0))), image(1, 3, 64, 64)
    fused = net.fuse(size=64)
    assert "max_pool=" in repr(fused) and "BNReLU2d" not in repr(fused)
    for name, pooled in net.eval()(x).items():
        np.testing.assert_allclose(fused(x)[name].data, pooled.data, rtol=1e-4, atol=1e-4)


def test_the_network_itself_does_not_change_and_shares_what_is_large(monkeypatch):
    monkeypatch.setattr(nn.conv, "LARGE", 3 * 4 * 9 * 4)
    net = trained(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 28, 1))).train()
    before = net.state_dict()
    fused = net.fuse(size=9)
    assert not fused.training and net.training
    assert fused[2].weight is net[2].weight and fused[0].weight is not net[0].weight
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(array, before[name])
    assert kinds(net) == ["Conv2d", "BatchNorm2d", "Conv2d"]


def test_weights_are_constant_and_what_was_made_of_them_is_never_stale():
    """16 channels and 3x3 kernels: Winograd's transformed weights are kept; two networks do not share them."""
    net = nn.Sequential(nn.Conv2d(16, 16, 3), nn.ReLU(), nn.ConvTranspose2d(16, 16, 3))
    x = image(1, 16, 12, 12)
    fused = net.fuse(size=12)
    assert all(is_constant(layer.weight.data) for layer in (fused[0], fused[2]))
    assert same(net, fused, x) and same(net, fused, x)
    with pytest.raises(ValueError, match="read-only"):
        fused[0].weight.data[0] = 1
    for layer in (net[0], net[2]):
        layer.weight.data[...] *= -2
    assert not same(net, fused, x)
    other = net.fuse(size=12)
    assert same(net, other, x)
    fused.load_state_dict(other.state_dict())
    assert same(net, fused, x)
    fused[0].weight.data[...] = 3
    assert same(net, other, x) and not same(net, fused, x)


def test_an_optimizer_cannot_change_a_constant_weight():
    fused = nn.Sequential(nn.Conv2d(16, 16, 3)).fuse(size=12)
    fused(image(1, 16, 12, 12)).sum().backward()
    with pytest.raises(ValueError, match="read-only"):
        SGD(fused.parameters(), lr=0.1).step()


def test_fuse_conv_bn_eval_gives_a_new_convolution():
    conv, norm = trained(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))).eval()
    x, before = image(2, 3, 6, 6), conv.weight
    fused = fuse_conv_bn_eval(conv, norm)
    np.testing.assert_allclose(fused(x).data, norm(conv(x)).data, rtol=1e-4, atol=1e-5)
    assert conv.weight is before
    for other in (nn.BatchNorm2d(5), nn.BatchNorm2d(4, track_running_stats=False)):
        with pytest.raises(ValueError, match="fuse_conv_bn_eval: .* cannot include"):
            fuse_conv_bn_eval(conv, other)
