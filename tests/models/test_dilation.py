"""Dilated backbones: strides, sizes, and the same numbers as shift-and-stitch, in float64 to the last bit."""

import numpy as np
import pytest

import minifcn
from minifcn import nn
from minifcn.kernels.algorithms import forced
from minifcn.kernels.cpu.runtime.simd import simd
from minifcn.models import SmallVGG
from minifcn.models.alexnet import AlexNet
from minifcn.models.dilation import DilatedMaxPool, dilate, shift_and_stitch, truncate
from minifcn.models.googlenet import GoogLeNet
from minifcn.models.receptive_field import receptive_field
from minifcn.models.resnet import ResNet18, ResNet50
from minifcn.models.squeezenet import SqueezeNet

from .tiny_backbones import TinyResidual, TinyRow

BACKBONES = [TinyRow, TinyResidual]
WIDE = (8, 16, 16)  # channels that fill vectors, so that float32 would go by Winograd's method
VGG = {"widths": (8, 8, 8, 16, 16), "head": 16, "batch_norm": False, "dropout": 0}


def images(*shape, seed=0):
    return minifcn.tensor(np.random.default_rng(seed).standard_normal(shape))


def rng():
    return np.random.default_rng(0)


def both_ways(net, x, output_stride, stage=None):
    """(dilated, stitched) units that lie over the same pixels, those left out that look beyond the image."""
    stage = stage or net.last
    dense = dilate(net, output_stride)
    with minifcn.no_grad():
        dilated = dense(x)[stage].numpy()
        stitched = shift_and_stitch(net, x, stage, output_stride).numpy()
    before, after = receptive_field(net.layers_to(stage)), receptive_field(dense.layers_to(stage))
    assert after.size == before.size and after.stride == output_stride
    shift = (before.centre - after.centre) / output_stride  # unit i of the stitched map is unit i + shift of the other
    assert shift.denominator == 1
    reach = -(-(before.size // 2 + 64) // output_stride)  # half a window, how far its centre is off, and the shift
    inside = slice(reach, x.shape[2] // output_stride - reach)
    moved = slice(inside.start + int(shift), inside.stop + int(shift))
    assert inside.stop - inside.start >= 8
    return dilated[:, :, moved, moved], stitched[:, :, inside, inside]


def assert_same(dilated, stitched):
    """Not a bit differs under the rule for float64; where BLAS or Winograd adds, in an order of its own, the last do."""
    assert np.ptp(stitched) > 0.01
    exact = simd() and not forced().startswith(("im2col", "winograd"))
    np.testing.assert_allclose(dilated, stitched, rtol=0, atol=0 if exact else 1e-12 * np.abs(stitched).max())


@pytest.mark.parametrize("output_stride", [1, pytest.param(2, marks=pytest.mark.slow), 4])
@pytest.mark.parametrize("widths", [(2, 3, 4), WIDE])
@pytest.mark.parametrize("make", BACKBONES)
def test_dilated_equals_shift_and_stitch_exactly(make, widths, output_stride):
    assert_same(*both_ways(make(widths).to("float64"), images(2, 3, 288, 288), output_stride))


@pytest.mark.parametrize("stage, side", [("pool5", 384), ("head", 448)])
def test_dilated_vgg_equals_shift_and_stitch_exactly(stage, side):
    """From stride 32 to 8, by 16 shifted passes."""
    assert_same(*both_ways(SmallVGG(**VGG, generator=rng()).to("float64"), images(1, 3, side, side), 8, stage))


@pytest.mark.parametrize(
    "backbone, stage, side",
    [
        (lambda: AlexNet(widths=(16, 16, 32, 32, 16), head=16, dropout=0, generator=rng()), "pool5", 416),
        (lambda: AlexNet(widths=(16, 16, 32, 32, 16), head=16, dropout=0, generator=rng()), "head", 608),
        (lambda: SqueezeNet(width=1 / 4, generator=rng()), "fire9", 416),
        (lambda: ResNet18(width=1 / 8, generator=rng()), "layer4", 704),
        (lambda: ResNet50(width=1 / 8, generator=rng()), "layer4", 704),
        (lambda: GoogLeNet(width=1 / 16, generator=rng()), "inception_5b", 960),
    ],
    ids=["AlexNet", "AlexNet's head", "SqueezeNet", "ResNet18", "ResNet50", "GoogLeNet"],
)
def test_every_backbone_dilated_to_stride_8_equals_shift_and_stitch_exactly(backbone, stage, side):
    assert_same(*both_ways(backbone().to("float64").eval(), images(1, 3, side, side), 8, stage))


@pytest.mark.parametrize("make", BACKBONES)
def test_stages_of_a_small_stride_stay_as_they_are(make):
    net, x = make().to("float64"), images(1, 3, 24, 16)
    dense = dilate(net, 4)
    assert [dense.stride(stage) for stage in net.stages] == [2, 4, 4]
    for stage in net.stages[:2]:
        assert np.array_equal(dense(x)[stage].data, net(x)[stage].data)


@pytest.mark.parametrize("make", BACKBONES)
@pytest.mark.parametrize("size", [(1, 1), (5, 3), (24, 17)])
def test_any_size(make, size):
    maps = dilate(make(), 2)(images(1, 3, *size).to("float32"))
    for result in maps.values():
        assert np.isfinite(result.data).all()
        for n, units in zip(size, result.shape[2:]):
            assert -(-n // 2) <= units <= -(-n // 2) + 1  # a pooling without stride has one more


def test_dilations_are_those_of_the_strides_taken_out():
    dense = dilate(TinyRow(), 2)
    assert [dense.conv1.dilation, dense.conv2.dilation, dense.conv3.dilation] == [(1, 1), (1, 1), (2, 2)]
    assert isinstance(dense.pool1, nn.MaxPool2d)
    assert [(p.dilation, p.padding) for p in (dense.pool2, dense.pool3)] == [(1, 1), (2, 1)]
    dense = dilate(TinyResidual(), 2)
    found = [(m.stride, m.dilation) for m in dense.modules() if isinstance(m, nn.Conv2d) and m.kernel_size == (3, 3)]
    assert [stride for stride, _ in found] == [(1, 1), (2, 2), *11 * [(1, 1)]]
    assert [rate for _, rate in found] == [*6 * [(1, 1)], *4 * [(2, 2)], *3 * [(4, 4)]]


def test_the_original_is_left_alone():
    net = TinyRow()
    before = repr(net)
    dilate(net, 1).conv1.weight.data[...] = 7
    assert repr(net) == before
    assert not (net.conv1.weight.data == 7).any()


def test_a_window_may_be_padded_by_more_than_half_its_kernel():
    x = images(1, 2, 9, 8)
    y = DilatedMaxPool(3, 4, 4)(x).data
    assert y.shape == x.shape
    assert y[0, 0, 0, 0] == x.data[0, 0, :5:4, :5:4].max()


def test_trunk_ends_with_its_stage():
    net, x = TinyRow(), images(1, 3, 8, 8).to("float32")
    short = truncate(net, "pool2")
    assert short.stages == ("pool1", "pool2") and list(short(x)) == ["pool1", "pool2"]
    assert not hasattr(short, "conv3") and hasattr(net, "conv3")
    assert net.stages == ("pool1", "pool2", "pool3") and short.conv2 is net.conv2
    assert np.array_equal(short(x)["pool2"].data, net(x)["pool2"].data)


def test_errors_are_told():
    with pytest.raises(ValueError, match=r"output_stride is 3, expected one of the stages' strides, \[2, 4, 8\]"):
        dilate(TinyRow(), 3)
    caffe = TinyRow()
    caffe.geometry = "caffe"
    with pytest.raises(ValueError, match="geometry is 'caffe', expected 'aligned'"):
        dilate(caffe)
    with pytest.raises(ValueError, match="stage is 'pool9', expected one of pool1, pool2, pool3"):
        truncate(TinyRow(), "pool9")
    twice = TinyRow()
    twice.conv2.stride = (2, 2)
    with pytest.raises(ValueError, match="pool2 strides twice, to 8"):
        dilate(twice, 2)
