"""FCN-32s, 16s and 8s over every backbone: their derived windows and crops, sizes, alignment, and gradients."""

import numpy as np
import pytest

import minifcn
from minifcn import gradcheck, nn
from minifcn.functional import interpolate
from minifcn.models import (
    BACKBONES,
    NETS,
    AlexNetOWT,
    Backbone,
    FCN8s,
    FCN16s,
    FCN32s,
    GoogLeNet,
    GoogLeNetBN,
    ResNet18,
    ResNet50Caffe,
    SqueezeNet,
    build,
)
from minifcn.models.backbone import GEOMETRIES
from minifcn.models.googlenet import ConvBatchNorm, Inception
from minifcn.models.resnet import BasicBlock, Bottleneck, CaffeBottleneck
from minifcn.models.squeezenet import Fire

from .ramp import assert_scores_lie_over_their_pixels, centre_tap

ODD = ("alexnet", "googlenet", "squeezenet", "resnet18", "resnet50")  # backbones of odd windows, a family each
FAMILIES = (*ODD, "alexnet-owt", "resnet50-caffe", "googlenet-bn", "vgg16")


def narrow(net, backbone, geometry="aligned", classes=3, seed=0):
    """A narrow net in evaluation, in float64, whose score layers are no longer zero."""
    rng = np.random.default_rng(seed)
    widths = {"widths": (4, 4, 6, 6, 4), "head": 6} if backbone.startswith(("vgg", "alex")) else {"width": 0.05}
    net = build(net, classes, backbone=backbone, geometry=geometry, generator=rng, **widths)
    for key, parameter in net.named_parameters():
        if key.startswith("score"):
            parameter.data[...] = rng.standard_normal(parameter.shape)
    return net.to("float64").eval()


def image(height, width, n=1):
    return minifcn.tensor(np.random.default_rng(1).standard_normal((n, 3, height, width)))


def scores(net, x):
    with minifcn.no_grad():
        return net(x).numpy()


# Windows, crops and sizes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("net, kernels, crops", [
    ("fcn32s", [63], [18]), ("fcn16s", [3, 31], [5, 18]), ("fcn8s", [3, 3, 15], [5, 10, 18]),
])
def test_alexnets_kernels_and_crops_are_derived(net, kernels, crops):
    net = narrow(net, "alexnet", "caffe")
    assert [layer.kernel_size for layer in net.ladder.upscores] == kernels
    assert all(layer.padding == 0 for layer in net.ladder.upscores)
    assert net.crops == crops


@pytest.mark.parametrize("backbone, crop", [
    ("alexnet-owt", 18), ("googlenet", 98), ("googlenet-bn", 106), ("squeezenet", 100), ("resnet18", 128),
    ("resnet50-caffe", 126),
])  # fmt: skip
def test_the_other_nets_caffe_crops(backbone, crop):
    assert narrow("fcn32s", backbone, "caffe").crops == [crop]


@pytest.mark.parametrize("backbone", BACKBONES)
@pytest.mark.parametrize("net", NETS)
def test_aligned_maps_fit_exactly_at_every_size(net, backbone):
    net = narrow(net, backbone) if backbone != "small" else build(net, 3)
    assert set(net.crops) == {0}
    for n in range(1, 200):
        assert set(net.ladder.slack(n + net.ladder.padding(n))) == {0}, n


@pytest.mark.parametrize("backbone", FAMILIES)
@pytest.mark.parametrize("net", NETS)
def test_aligned_nets_take_every_size(net, backbone):
    net = narrow(net, backbone)
    for size in ((1, 1), (2, 40), (33, 70)):
        assert scores(net, image(*size)).shape == (1, 3, *size)


@pytest.mark.parametrize("backbone, nets", [
    ("alexnet", NETS), ("alexnet-owt", NETS), ("resnet18", NETS), ("resnet50", NETS), ("resnet50-caffe", NETS),
    ("googlenet", ["fcn32s"]), ("googlenet-bn", ["fcn32s"]), ("squeezenet", ["fcn32s"]),
])  # fmt: skip
def test_caffe_nets_take_every_size(backbone, nets):
    for net in nets:
        net = narrow(net, backbone, "caffe")
        assert all(min(net.ladder.slack(n)) >= 0 for n in range(1, 400))
        assert scores(net, image(1, 34)).shape == (1, 3, 1, 34)


@pytest.mark.parametrize("backbone", [GoogLeNet, GoogLeNetBN, SqueezeNet])
def test_caffe_skips_that_do_not_fit_are_refused(backbone):
    with pytest.raises(ValueError, match="fcn16s: over this .* the geometry 'caffe' leaves a skip too small"):
        FCN16s(backbone("caffe", width=0.05), 3)


def test_over_squeezenet_all_strides_are_half_of_those_in_the_names():
    for net, strides in (("fcn32s", [16]), ("fcn16s", [2, 8]), ("fcn8s", [2, 2, 4])):
        assert [layer.stride for layer in narrow(net, "squeezenet").ladder.upscores] == strides


# Alignment ------------------------------------------------------------------------------------------------------------


class OddRamp(Backbone):
    """AlexNet's windows as layers that answer a unit's own place: centre taps, and the means of pooling windows."""

    def __init__(self, geometry):
        self.geometry, self.stages, self.skips = geometry, ("pool1", "pool2", "head"), {16: "pool2", 8: "pool1"}
        self.channels = dict.fromkeys(self.stages, 3)
        aligned = geometry == "aligned"
        self.conv1 = centre_tap(11, 4, 5 if aligned else 100)
        self.pool1 = nn.AvgPool2d(3, 2, int(aligned), ceil_mode=True)
        self.pool2 = nn.AvgPool2d(3, 2, int(aligned), ceil_mode=True)
        self.pool5 = nn.AvgPool2d(3, 2, int(aligned), ceil_mode=True)
        self.fc6 = centre_tap(6, 1, 3 if aligned else 0)


@pytest.mark.parametrize("geometry", ["aligned", "caffe"])
@pytest.mark.parametrize("net_class", [FCN32s, FCN16s, FCN8s])
def test_every_score_lies_over_its_pixel_through_odd_windows(net_class, geometry):
    assert_scores_lie_over_their_pixels(net_class(OddRamp(geometry), 3), 257, slice(100, 157))


@pytest.mark.parametrize("backbone", FAMILIES)
def test_shifting_the_image_by_a_stride_shifts_the_scores(backbone):
    """In the middle of an image so wide that no unit there sees the border."""
    net, x = narrow("fcn8s", backbone), image(33, 1057)
    here, there = scores(net, x[:, :, :, :1025]), scores(net, x[:, :, :, 32:])
    scale = np.ptp(here)
    np.testing.assert_allclose(there[..., 496:528], here[..., 528:560], rtol=0, atol=1e-9 * scale)
    assert not np.allclose(there[..., 496:528], here[..., 496:528], rtol=0, atol=1e-3 * scale)


def test_over_odd_windows_fcn32s_upsamples_as_interpolate_with_aligned_corners():
    net, x = narrow("fcn32s", "resnet18"), image(65, 97)
    with minifcn.no_grad():
        coarse = net.score_fr(net.features(x)[-1])
        expected = interpolate(coarse, size=(65, 97), mode="bilinear", align_corners=True).numpy()
    np.testing.assert_allclose(scores(net, x), expected, rtol=1e-9, atol=1e-9 * np.ptp(expected))


# One skip more --------------------------------------------------------------------------------------------------------

PAIRS = [(backbone, geometry) for backbone in (*ODD, "alexnet-owt", "resnet50-caffe") for geometry in GEOMETRIES
         if geometry == "aligned" or backbone.startswith("alexnet") or backbone in ("resnet18", "resnet50-caffe")]


@pytest.mark.parametrize("backbone, geometry", PAIRS)
def test_a_zero_skip_over_odd_windows_leaves_all_scores_as_they_were(backbone, geometry):
    x, before = image(70, 45), narrow("fcn32s", backbone, geometry)
    with_pool4 = FCN16s.from_fcn32s(before)
    with_both = FCN8s.from_fcn16s(with_pool4)
    expected = scores(before, x)
    assert np.ptp(expected) > 0
    for net in (with_pool4, with_both):
        np.testing.assert_allclose(scores(net, x), expected, rtol=0, atol=1e-12 * np.ptp(expected))


@pytest.mark.parametrize("backbone", FAMILIES)
def test_a_skip_that_is_not_zero_changes_the_scores(backbone):
    x, net = image(70, 45), narrow("fcn8s", backbone)
    before = scores(net, x)
    for layer in (net.score_pool4, net.score_pool3):
        layer.bias.data += 1
        after = scores(net, x)
        assert not np.allclose(before, after)
        before = after


@pytest.mark.parametrize("backbone", ODD)
def test_at_once_scales_the_features_of_the_skips(backbone):
    plain, at_once, x = narrow("fcn8s", backbone), narrow("fcn8s-atonce", backbone), image(40, 33)
    plain.score_pool4.weight.data *= 0.01
    plain.score_pool3.weight.data *= 0.0001
    expected = scores(plain, x)
    np.testing.assert_allclose(scores(at_once, x), expected, rtol=1e-12, atol=1e-12 * np.ptp(expected))


# Gradients ------------------------------------------------------------------------------------------------------------


def small_resnet50_caffe(rng):
    backbone = ResNet50Caffe(width=0.03, generator=rng)
    for stage in ("layer1", "layer2", "layer3", "layer4"):
        setattr(backbone, stage, getattr(backbone, stage)[:1])
    return backbone


@pytest.mark.slow
@pytest.mark.parametrize("backbone", [
    lambda rng: AlexNetOWT(widths=(2, 3, 2, 3, 2), head=3, generator=rng),
    lambda rng: GoogLeNetBN(width=0.01, generator=rng),
    small_resnet50_caffe,
], ids=["AlexNetOWT", "GoogLeNetBN", "ResNet50Caffe"])  # fmt: skip
def test_gradients_over_the_variants(backbone):
    rng = np.random.default_rng(0)
    net = FCN8s(backbone(rng), 2, "learned").to("float64").eval()
    for parameter in net.parameters():  # the score layers start at zero, where a gradient would vanish
        parameter.data[...] += 0.1 * rng.standard_normal(parameter.shape)
    x = minifcn.tensor(rng.standard_normal((1, 3, 33, 17)), requires_grad=True)
    assert gradcheck(net, [x], dict(net.named_parameters()), step=1e-4, max_entries=0)


@pytest.mark.parametrize("block", [
    lambda rng: Inception(3, (1, 2, 1, 1, 2, 1), rng),
    lambda rng: Fire(3, 2, 2, rng),
    lambda rng: BasicBlock(3, 4, 2, rng),
    lambda rng: Bottleneck(3, 2, 2, rng),
    lambda rng: CaffeBottleneck(3, 2, 2, rng),
    lambda rng: Inception(3, (1, 2, 1, 1, 2, 1), rng, ConvBatchNorm, 3),
], ids=["Inception", "Fire", "BasicBlock", "Bottleneck", "CaffeBottleneck", "InceptionBN"])  # fmt: skip
def test_gradients_of_each_block(block):
    block = block(np.random.default_rng(0)).to("float64")
    x = minifcn.tensor(np.random.default_rng(1).standard_normal((2, 3, 4, 3)), requires_grad=True)
    assert gradcheck(block, [x], dict(block.named_parameters()), max_entries=0)


def test_every_branch_of_a_block_has_the_stride_and_the_centre_of_its_widest():
    """Moving the image by the block's stride moves every channel's map by one unit."""
    rng = np.random.default_rng(0)
    blocks = {Inception(3, (2,) * 6, rng): 1, Inception(3, (2,) * 6, rng, ConvBatchNorm, 3): 1, Fire(3, 2, 2, rng): 1,
              BasicBlock(3, 4, 2, rng): 2, Bottleneck(3, 2, 2, rng): 2, CaffeBottleneck(3, 2, 2, rng): 2}
    for block, stride in blocks.items():
        block, x = block.to("float64").eval(), image(8, 40)
        here, there = scores(block, x[..., :38]), scores(block, x[..., stride:])
        np.testing.assert_allclose(there[..., 4:10], here[..., 5:11], rtol=1e-9, atol=1e-12)


def test_resnet_in_training_learns_every_parameter():
    net = FCN8s(ResNet18(width=0.05), 3, "learned")
    for name, parameter in net.named_parameters():
        if name.startswith("score"):
            parameter.data[...] = 0.1
    net(minifcn.tensor(image(40, 40, 2).numpy().astype(np.float32))).sum().backward()
    assert all(parameter.grad is not None for parameter in net.parameters())
