"""Hypercolumns: to score, then enlarge, is to enlarge, then score; PyTorch's values, any size."""

import numpy as np
import pytest

import minifcn
from minifcn.models import SmallVGG
from minifcn.models.hypercolumn import Hypercolumn
from minifcn.models.receptive_field import receptive_field

from .tiny_backbones import TinyResidual, TinyRow, by_torch, randomised, torch_on_image


def images(*shape, seed=0):
    return minifcn.tensor(np.random.default_rng(seed).standard_normal(shape))


def small(backbone=TinyRow, seed=0):
    """A net of three classes on all stages."""
    return Hypercolumn(backbone(seed=seed), 3, backbone.stages, generator=np.random.default_rng(seed))


@pytest.mark.parametrize("size", [(1, 1), (24, 16), (19, 30)])
@pytest.mark.parametrize("backbone", [TinyRow, TinyResidual])
def test_to_score_then_enlarge_is_to_enlarge_then_score(backbone, size):
    net, x = randomised(small(backbone)), images(2, 3, *size)
    columns = net.columns_of(net.backbone(x), x)
    assert columns.shape == (2, sum(net.backbone.channels.values()), *size)
    np.testing.assert_allclose(net(x).data, net.score_columns(columns).data, rtol=1e-9, atol=1e-9)


def test_caffes_paddings_and_crops_are_no_obstacle():
    """conv1 padded by 100, fc6 by nothing: the maps overhang the image, and are laid on it all the same."""
    net = Hypercolumn(SmallVGG("caffe", widths=(2, 2, 3, 3, 3), head=4), 3, ("pool2", "pool4", "head"))
    net, x = randomised(net), images(1, 3, 37, 20)
    scores = net(x).data
    assert scores.shape == (1, 3, 37, 20) and np.ptp(scores) > 0.01
    np.testing.assert_allclose(scores, net.score_columns(net.columns_of(net.backbone(x), x)).data, rtol=1e-9, atol=1e-9)


def test_both_orders_have_one_gradient():
    net, x, grads = randomised(small()), images(1, 3, 16, 16), []
    cotangent = np.random.default_rng(1).standard_normal((1, 3, 16, 16))
    for scores in (net, lambda x: net.score_columns(net.columns_of(net.backbone(x), x))):
        net.zero_grad()
        scores(x).backward(cotangent)
        grads.append({name: p.grad for name, p in net.named_parameters()})
    for name, grad in grads[0].items():
        np.testing.assert_allclose(grad, grads[1][name], rtol=1e-9, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("backbone", [TinyRow, TinyResidual])
def test_equals_torch(backbone):
    torch = pytest.importorskip("torch")
    net, x = randomised(small(backbone)), images(2, 3, 27, 22)
    maps, expected = by_torch(torch, net.backbone, torch.from_numpy(x.numpy())), 0
    for stage in net.stages:
        field = receptive_field(net.backbone.layers_to(stage))
        scores = by_torch(torch, getattr(net, f"score_{stage}"), maps[stage])
        expected = expected + torch_on_image(torch, scores, float(field.centre), field.stride, x.shape[2:])
    np.testing.assert_allclose(net(x).data, expected.numpy(), rtol=1e-9, atol=1e-9)
    assert np.ptp(expected.numpy()) > 0.1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtypes(dtype):
    scores = small().to(dtype)(images(2, 3, 7, 5).to(dtype))
    assert scores.shape == (2, 3, 7, 5)
    assert scores.dtype == dtype


def test_state_dict_there_and_back():
    net, other, x = randomised(small()), small(seed=1).to("float64").eval(), images(1, 3, 12, 12)
    other.load_state_dict(net.state_dict())
    assert np.array_equal(net(x).data, other(x).data)


@pytest.mark.parametrize("stages", [(), ("pool1", "conv9")])
def test_stages_that_are_not_there_are_told(stages):
    with pytest.raises(ValueError, match="expected one or more of .*pool1"):
        Hypercolumn(TinyRow(), 3, stages)
