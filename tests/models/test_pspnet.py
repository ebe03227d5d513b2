"""PSPNet: PyTorch's values, the pyramid's channels, the auxiliary loss."""

import numpy as np
import pytest

import minifcn
from minifcn.functional import cross_entropy
from minifcn.models.pspnet import PSPNet, auxiliary_loss
from minifcn.models.receptive_field import receptive_field
from minifcn.models.resnet import ResNet18, ResNet50

from .tiny_backbones import TinyResidual, TinyRow, by_torch, randomised, torch_on_image


def images(*shape, seed=0):
    return minifcn.tensor(np.random.default_rng(seed).standard_normal(shape))


def small(backbone=TinyResidual, seed=0, output_stride=2):
    """A net of three classes, on a dilated backbone whose last stage has 4 channels."""
    return PSPNet(backbone(seed=seed), 3, output_stride=output_stride, dropout=0, generator=np.random.default_rng(seed))


@pytest.mark.parametrize("output_stride", [2, 8])
@pytest.mark.parametrize("backbone", [TinyResidual, TinyRow])
def test_equals_torch(backbone, output_stride):
    torch = pytest.importorskip("torch")
    T, net, x = torch.nn.functional, randomised(small(backbone, output_stride=output_stride)), images(2, 3, 27, 22)
    maps = by_torch(torch, net.backbone, torch.from_numpy(x.numpy()))
    features, levels = maps[net.stages[1]], []
    for bins, level in zip((1, 2, 3, 6), net.pyramid):
        pooled = by_torch(torch, level, T.adaptive_avg_pool2d(features, bins))
        levels.append(T.interpolate(pooled, features.shape[2:], mode="bilinear"))
    expected = []
    middle, joined = maps[net.stages[0]], torch.cat([features, *levels], 1)
    for head, y, stage in ((net.final, joined, net.stages[1]), (net.aux, middle, net.stages[0])):
        field = receptive_field(net.backbone.layers_to(stage))
        y = by_torch(torch, head.score, by_torch(torch, head.conv, y))
        expected.append(torch_on_image(torch, y, float(field.centre), field.stride, x.shape[2:]).numpy())
    with minifcn.no_grad():
        for ours, theirs in zip(net.forward_both(x), expected):
            assert np.ptp(theirs) > 0.1
            np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-9, atol=1e-9)
        assert np.array_equal(net(x).data, net.forward_both(x)[0].data)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [(1, 1), (7, 10)])
def test_any_size(size, dtype):
    scores = small().to(dtype)(images(2, 3, *size).to(dtype))
    assert scores.shape == (2, 3, *size)
    assert scores.dtype == dtype
    assert np.isfinite(scores.data).all()


@pytest.mark.parametrize("backbone", [ResNet18, ResNet50])
def test_on_resnets_at_stride_8(backbone):
    net = PSPNet(backbone(width=1 / 16), 3)
    assert net.stages == ("layer3", "layer4")
    assert [net.backbone.stride(stage) for stage in net.stages] == [8, 8]
    for size in ((1, 1), (33, 50)):
        scores = net(images(2, 3, *size).to("float32"))
        assert scores.shape == (2, 3, *size)
        assert np.isfinite(scores.data).all()


def test_the_pyramid_has_a_quarter_of_the_channels_a_level():
    net = PSPNet(TinyRow((2, 4, 12)), 3, output_stride=2)
    assert net.bins == (1, 2, 3, 6)
    assert [level[0].weight.shape for level in net.pyramid] == 4 * [(3, 12, 1, 1)]
    assert net.final.conv[0].weight.shape == (3, 24, 3, 3)  # 12 of the map, 4 times 3 of the levels
    assert net.aux.conv[0].weight.shape == (1, 4, 3, 3)  # of the stage before


def test_auxiliary_loss_is_04_of_the_other_scores():
    net, x, labels = randomised(small()), images(1, 3, 8, 8), np.ones((1, 8, 8), int)
    scores, aux = net.forward_both(x)
    expected = cross_entropy(scores, labels).item() + 0.4 * cross_entropy(aux, labels).item()
    assert auxiliary_loss(net, x, labels).item() == pytest.approx(expected, rel=1e-12)


def test_state_dict_there_and_back():
    net, other, x = randomised(small()), small(seed=1).to("float64").eval(), images(1, 3, 12, 12)
    other.load_state_dict(net.state_dict())
    assert np.array_equal(net(x).data, other(x).data)


def test_channels_that_do_not_divide_are_told():
    with pytest.raises(ValueError, match="pool3 has 5 channels, expected a multiple of 4, the number of bins"):
        PSPNet(TinyRow((2, 3, 5)), 3, output_stride=2)
