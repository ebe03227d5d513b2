"""DeepLab v1, v2 and v3: PyTorch's values, counts, any size."""

import numpy as np
import pytest

import minifcn
from minifcn import nn
from minifcn.models import VGG16
from minifcn.models.alexnet import AlexNet
from minifcn.models.deeplab import DeepLabASPP, DeepLabLargeFOV, DeepLabV3
from minifcn.models.googlenet import GoogLeNet
from minifcn.models.receptive_field import receptive_field
from minifcn.models.resnet import ResNet18, ResNet50
from minifcn.models.squeezenet import SqueezeNet

from .tiny_backbones import TinyResidual, TinyRow, by_torch, randomised, torch_on_image

NARROW = {
    DeepLabLargeFOV: {"width": 5, "rate": 3},
    DeepLabASPP: {"width": 5, "rates": (1, 2, 3, 5)},
    DeepLabV3: {"width": 4, "rates": (1, 2, 3)},
}
HEADS = list(NARROW)


def images(*shape, seed=0):
    return minifcn.tensor(np.random.default_rng(seed).standard_normal(shape))


def net_of(head, backbone=TinyRow, seed=0, **options):
    """A narrow net on a backbone dilated to stride 2, three classes."""
    rng = np.random.default_rng(seed)
    return head(backbone(seed=seed), 3, output_stride=2, generator=rng, **NARROW[head] | options)


def torch_scores(torch, net, x):
    """The head in PyTorch, written for itself, on the backbone's layers."""
    features = by_torch(torch, net.backbone, torch.from_numpy(x.numpy()))[net.stage]
    T = torch.nn.functional

    def branch(module):
        y = T.relu(by_torch(torch, module.fc6, features))
        return by_torch(torch, module.fc8, T.relu(by_torch(torch, module.fc7, y)))

    if isinstance(net, DeepLabLargeFOV):
        scores = branch(net.branch)
    elif isinstance(net, DeepLabASPP):
        scores = torch.stack([branch(module) for module in net.branches]).sum(0)
    else:
        mean = by_torch(torch, net.image_pooling, features.mean((2, 3), keepdim=True))
        seen = [by_torch(torch, module, features) for module in net.aspp]
        joined = torch.cat([*seen, mean.expand(-1, -1, *features.shape[2:])], 1)
        scores = by_torch(torch, net.score, by_torch(torch, net.project, joined))
    centre = float(receptive_field(net.backbone.layers_to(net.stage)).centre)
    return torch_on_image(torch, scores, centre, 2, x.shape[2:]).numpy()


@pytest.mark.parametrize("backbone", [TinyRow, TinyResidual])
@pytest.mark.parametrize("head", HEADS)
def test_equals_torch(head, backbone):
    torch = pytest.importorskip("torch")
    net, x = randomised(net_of(head, backbone)), images(2, 3, 21, 26)
    with minifcn.no_grad():
        scores = net(x).numpy()
    assert scores.shape == (2, 3, 21, 26) and np.ptp(scores) > 0.1
    np.testing.assert_allclose(scores, torch_scores(torch, net, x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [(1, 1), (5, 9), (16, 16)])
@pytest.mark.parametrize("head", HEADS)
def test_any_size(head, size, dtype):
    scores = net_of(head).to(dtype)(images(2, 3, *size).to(dtype))
    assert scores.shape == (2, 3, *size)
    assert scores.dtype == dtype
    assert np.isfinite(scores.data).all()


@pytest.mark.parametrize(
    "backbone, stage",
    [(lambda: AlexNet(widths=(4, 4, 4, 4, 4), head=4), "pool5"),
     (lambda: VGG16(widths=(2, 3, 4, 5, 6), head=4), "pool5"),
     (lambda: SqueezeNet(width=1 / 16), "fire9"), (lambda: GoogLeNet(width=1 / 16), "inception_5b"),
     (lambda: ResNet18(width=1 / 16), "layer4"), (lambda: ResNet50(width=1 / 16), "layer4")],
    ids=["AlexNet", "VGG16", "SqueezeNet", "GoogLeNet", "ResNet18", "ResNet50"],
)
def test_every_backbone_serves_at_stride_8_and_at_any_size(backbone, stage):
    backbone = backbone()
    for head in HEADS:
        net = head(backbone, 3, **NARROW[head])
        assert (net.stage, net.backbone.stride(stage)) == (stage, 8)
        for size in ((1, 1), (33, 50)):
            scores = net(images(2, 3, *size).to("float32"))
            assert scores.shape == (2, 3, *size)
            assert np.isfinite(scores.data).all()


@pytest.mark.parametrize("output_stride", [1, 2, 4, 16])
def test_small_images_have_finite_scores_at_every_output_stride(output_stride):
    """A window that is spread further than a small map is long would see nothing but its padding, -inf."""
    net = DeepLabLargeFOV(VGG16(widths=(2, 3, 4, 5, 6), head=None), 3, width=4, output_stride=output_stride).eval()
    with minifcn.no_grad():
        for side in range(1, 18):
            assert np.isfinite(net(images(1, 3, side, 1).to("float32")).data).all(), side


@pytest.mark.parametrize("head", HEADS)
def test_state_dict_there_and_back(head):
    net, other, x = randomised(net_of(head)), net_of(head, seed=1).to("float64").eval(), images(1, 3, 12, 12)
    other.load_state_dict(net.state_dict())
    assert np.array_equal(net(x).data, other(x).data)


def test_largefov_on_vgg16_has_20_5_million_parameters(monkeypatch):
    for name in ("uniform_", "kaiming_uniform_", "kaiming_normal_", "zeros_"):  # weights are neither drawn nor written
        monkeypatch.setattr(nn.init, name, lambda tensor, *args, **options: tensor)
    net = DeepLabLargeFOV(VGG16(), 21)
    assert net.stage == "pool5" and net.backbone.stride("pool5") == 8
    assert sum(p.size for p in net.parameters()) == 20_505_429


def test_aspp_adds_the_scores_of_its_branches():
    net, x = randomised(net_of(DeepLabASPP)), images(1, 3, 12, 12)
    features = net.backbone(x)[net.stage]
    expected = sum(branch(features).data for branch in net.branches)
    np.testing.assert_allclose(net.scores(features).data, expected, rtol=1e-12)
    assert [branch.fc6.dilation for branch in net.branches] == [(1, 1), (2, 2), (3, 3), (5, 5)]


def test_the_papers_rates():
    backbone = TinyRow()
    aspp = DeepLabASPP(backbone, 2, output_stride=2, width=1)
    assert [branch.fc6.dilation[0] for branch in aspp.branches] == [6, 12, 18, 24]
    assert DeepLabLargeFOV(backbone, 2, output_stride=2, width=1).branch.fc6.dilation == (12, 12)
    for output_stride, expected in ((8, [1, 12, 24, 36]), (4, [1, 24, 48, 72])):
        net = DeepLabV3(backbone, 2, output_stride=output_stride, width=1)
        assert [branch[0].dilation[0] for branch in net.aspp] == expected


def test_the_scores_stand_where_the_features_are():
    """A bright spot moved by the output stride moves the scores as far: nothing is shifted on the way."""
    net = randomised(net_of(DeepLabLargeFOV))
    here, there = np.zeros((2, 1, 3, 64, 64))
    here[..., 30:34, 30:34] = there[..., 32:36, 30:34] = 5
    with minifcn.no_grad():
        a, b, blank = (net(minifcn.tensor(x)).data for x in (here, there, np.zeros(here.shape)))
    np.testing.assert_allclose(b[:, :, 26:42, 24:40], a[:, :, 24:40, 24:40], rtol=1e-9, atol=1e-12)
    rows = np.abs(a - blank).sum((0, 1, 3))
    assert rows @ np.arange(64) / rows.sum() == pytest.approx(31.5, abs=2)
