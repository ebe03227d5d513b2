"""FCN-32s, 16s and 8s: their sizes, their alignment, how each begins as the one before."""

import numpy as np
import pytest

import minifcn
from minifcn import nn
from minifcn.functional import cross_entropy, interpolate
from minifcn.models import NETS, VGG16, Backbone, FCN8s, FCN8sAtOnce, FCN16s, FCN32s, PixelClassifier, SmallVGG, build
from minifcn.models.crops import crop

from .ramp import assert_scores_lie_over_their_pixels, centre_tap

WIDTHS = (3, 4, 5, 6, 7)
CROPS = {"fcn32s": [19], "fcn16s": [5, 27], "fcn8s": [5, 9, 31], "fcn8s-atonce": [5, 9, 31]}


def image(height, width, n=1, dtype=np.float32):
    return minifcn.tensor(np.random.default_rng(1).standard_normal((n, 3, height, width)).astype(dtype))


def scores(net, x):
    with minifcn.no_grad():
        return net(x).numpy()


def small(name, geometry="aligned", seed=0, **options):
    """A narrow net in evaluation whose score layers are no longer zero."""
    rng = np.random.default_rng(seed)
    net = build(name, 4, geometry=geometry, widths=WIDTHS, head=8, generator=rng, **options)
    for key, parameter in net.named_parameters():
        if key.startswith("score"):
            parameter.data[...] = rng.standard_normal(parameter.shape)
    return net.eval()


# Sizes and parameters -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("backbone", ["small", "vgg16"])
def test_the_crops_are_derived_from_the_nets_layers(name, backbone):
    options = {"backbone": backbone, "widths": WIDTHS, "head": 8}
    assert build(name, 3, geometry="caffe", **options).crops == CROPS[name]
    assert build(name, 3, geometry="aligned", **options).crops == [0] * len(CROPS[name])


def test_the_last_crop_follows_the_first_padding_and_all_follow_fc6():
    assert small("fcn8s", "caffe", first_padding=97).crops == [5, 9, 28]
    assert small("fcn8s", "caffe", head_kernel=5).crops == [3, 5, 63]


def test_vgg16_nets_have_the_papers_number_of_trainable_parameters(monkeypatch):
    for init in ("uniform_", "kaiming_uniform_", "kaiming_normal_", "zeros_"):  # neither drawn nor written
        monkeypatch.setattr(nn.init, init, lambda tensor, *args, **options: tensor)
    for net, parameters in ((FCN32s(VGG16(), 21), 134_346_581), (FCN8s(VGG16(), 21), 134_362_751)):
        assert sum(p.size for p in net.parameters() if p.requires_grad) == parameters


def test_the_aligned_fcn8s_takes_every_size():
    net = small("fcn8s")
    for n in range(1, 71):
        assert scores(net, image(n, 71 - n, 2)).shape == (2, 4, n, 71 - n)


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("size", [(1, 1), (33, 70), (64, 64)])
def test_aligned_nets_take_every_size(name, size):
    assert scores(small(name), image(*size)).shape == (1, 4, *size)


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("size", [(1, 1), (1, 90), (33, 70), (64, 64)])
def test_caffe_nets_take_every_size(name, size):
    assert scores(small(name, "caffe"), image(*size)).shape == (1, 4, *size)


def test_an_empty_batch_gives_an_empty_batch():
    assert scores(small("fcn8s"), image(32, 40, 0)).shape == (0, 4, 32, 40)


def test_aligned_scores_are_those_of_the_image_with_zeros_below_and_right():
    net, x = small("fcn8s"), image(50, 33)
    framed = np.zeros((1, 3, 64, 64), np.float32)
    framed[:, :, :50, :33] = x.numpy()
    assert np.array_equal(scores(net, x), scores(net, minifcn.tensor(framed))[:, :, :50, :33])


def test_a_smaller_first_padding_serves_large_images_only():
    net = small("fcn8s", "caffe", first_padding=80)
    assert scores(net, image(64, 70)).shape == (1, 4, 64, 70)
    with pytest.raises(ValueError, match="fcn8s: an image side of 10 pixels is too small: first_padding=80"):
        net(image(64, 10))


# Alignment ------------------------------------------------------------------------------------------------------------


class Ramp(Backbone):
    """Layers that answer a unit's own place: the centre tap of each convolution, and the mean of each pooling window."""

    def __init__(self, geometry):
        self.geometry, self.stages, self.skips = geometry, ("pool3", "pool4", "head"), {16: "pool4", 8: "pool3"}
        self.channels = dict.fromkeys(self.stages, 3)
        caffe = geometry == "caffe"
        for i in range(1, 6):
            setattr(self, f"conv{i}", centre_tap(3, 1, 100 if caffe and i == 1 else 1))
            setattr(self, f"pool{i}", nn.AvgPool2d(2, ceil_mode=True))
        self.fc6 = centre_tap(7, 1, 0 if caffe else 3)


@pytest.mark.parametrize("geometry", ["aligned", "caffe"])
@pytest.mark.parametrize("net_class", [FCN32s, FCN16s, FCN8s])
def test_every_score_lies_over_its_pixel(net_class, geometry):
    assert_scores_lie_over_their_pixels(net_class(Ramp(geometry), 3), 256, slice(64, 192))


@pytest.mark.parametrize("geometry", ["aligned", "caffe"])
def test_shifting_the_image_by_a_stride_shifts_the_scores(geometry):
    net, x = small("fcn8s", geometry).to("float64"), image(32, 672, dtype=np.float64)
    here, there = scores(net, x[:, :, :, :640]), scores(net, x[:, :, :, 32:])
    inside = slice(320, 352)
    np.testing.assert_allclose(there[..., inside], here[..., 352:384], rtol=1e-9, atol=1e-9)
    assert not np.allclose(there[..., inside], here[..., inside], atol=1e-3)


# One skip more --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("geometry", ["aligned", "caffe"])
def test_fcn16s_begins_as_fcn32s_upsampled_in_two_steps_to_the_bit(geometry):
    x, before = image(70, 45), small("fcn32s", geometry)
    net = FCN16s.from_fcn32s(before)
    with minifcn.no_grad():
        score_fr = before.score_fr(before.features(x)[-1])
        stepwise = crop(net.upscore16(net.upscore2(score_fr)), net.crops[-1], x)
    assert np.array_equal(scores(net, x), stepwise.numpy())


@pytest.mark.parametrize("geometry", ["aligned", "caffe"])
def test_fcn8s_begins_as_fcn16s_upsampled_in_two_steps_to_the_bit(geometry):
    x, before = image(70, 45), small("fcn16s", geometry)
    net = FCN8s.from_fcn16s(before)
    with minifcn.no_grad():
        _, pool4, fc7 = before.features(x)
        upscore2 = before.upscore2(before.score_fr(fc7))
        fuse_pool4 = upscore2 + crop(before.score_pool4(pool4), before.crops[0], upscore2)
        stepwise = crop(net.upscore8(net.upscore_pool4(fuse_pool4)), net.crops[-1], x)
    assert np.array_equal(scores(net, x), stepwise.numpy())


@pytest.mark.parametrize("geometry", ["aligned", "caffe"])
def test_a_zero_skip_leaves_a_quarter_of_the_pixels_and_nearly_every_class_alone(geometry):
    """Two steps of bilinear upsampling are one step, but within 8 pixels of a coarse unit's row or column."""
    before = small("fcn32s", geometry).to("float64")
    net, x = FCN16s.from_fcn32s(before), image(256, 256, dtype=np.float64)
    one_step, two_steps = scores(before, x)[..., 16:240, 16:240], scores(net, x)[..., 16:240, 16:240]
    same = np.abs(one_step - two_steps).max(axis=(0, 1)) < 1e-12 * np.ptp(one_step)
    assert same.mean() == 0.25
    assert (one_step.argmax(1) == two_steps.argmax(1)).mean() > 0.95


def test_the_net_before_keeps_its_own_weights():
    before = small("fcn32s")
    state, net = before.state_dict(), FCN16s.from_fcn32s(before)
    for parameter in net.parameters():
        parameter.data[...] = 7
    assert all(np.array_equal(state[name], array) for name, array in before.state_dict().items())


def test_fcn8s_has_all_that_fcn16s_had_and_one_skip_of_zeros():
    before = small("fcn16s", seed=5)
    before.upscore2.weight.data += 1  # as if learned
    state, old = FCN8s.from_fcn16s(before).state_dict(), before.state_dict()
    new = state.keys() - old.keys()
    assert new == {"upscore_pool4.weight", "score_pool3.weight", "score_pool3.bias", "upscore8.weight"}
    assert all(np.array_equal(state[name], old[name]) for name in state.keys() & old.keys())
    assert not state["score_pool3.weight"].any() and not state["score_pool3.bias"].any()


def test_a_net_keeps_dtype_mode_and_upsampling_of_the_one_before():
    before = small("fcn32s", upsampling="learned").to("float64")
    net = FCN16s.from_fcn32s(before)
    assert net.score_pool4.weight.dtype == np.float64 and not net.training and net.upsampling == "learned"


@pytest.mark.parametrize("make, message", [
    (lambda: FCN16s.from_fcn32s(small("fcn16s")), "fcn16s: found a FCN16s to start from, expected FCN32s"),
    (lambda: FCN8s.from_fcn16s(small("fcn32s")), "fcn8s: found a FCN32s to start from, expected FCN16s"),
    (lambda: FCN8sAtOnce.from_fcn16s(small("fcn16s")), "fcn8satonce: it does not start from an FCN-16s"),
])
def test_the_wrong_net_to_start_from_is_refused(make, message):
    with pytest.raises(TypeError, match=message):
        make()


def test_at_once_scales_the_features_of_the_skips():
    plain, at_once = (small(name).to("float64") for name in ("fcn8s", "fcn8s-atonce"))
    x = image(64, 64, dtype=np.float64)
    plain.score_pool4.weight.data *= 0.01
    plain.score_pool3.weight.data *= 0.0001
    np.testing.assert_allclose(scores(plain, x), scores(at_once, x), rtol=1e-12, atol=1e-12)


# How training starts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NETS)
def test_all_scores_start_at_zero(name):
    assert not scores(build(name, 4, widths=WIDTHS, head=8), image(33, 40)).any()


def test_fcn32s_upsamples_as_interpolate_does_but_for_the_border_which_fades():
    net, x = small("fcn32s").to("float64"), image(96, 128, dtype=np.float64)
    with minifcn.no_grad():
        bilinear = interpolate(net.score_fr(net.features(x)[-1]), scale_factor=32, mode="bilinear").numpy()
    found = scores(net, x)
    np.testing.assert_allclose(found[..., 16:-16, 16:-16], bilinear[..., 16:-16, 16:-16], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found[0, :, 0, 64], (0.5 + 1 / 64) * bilinear[0, :, 0, 64])
    assert np.array_equal(found.argmax(1), bilinear.argmax(1))


@pytest.mark.parametrize("upsampling", ["frozen", "learned"])
@pytest.mark.parametrize("name", NETS)
def test_upsampling_gets_a_gradient_only_when_learned(name, upsampling):
    net = small(name, upsampling=upsampling).train()
    label = minifcn.tensor(np.random.default_rng(0).integers(0, 4, (2, 64, 64)))
    cross_entropy(net(image(64, 64, 2)), label, ignore_index=255).backward()
    for key, parameter in net.named_parameters():
        expected = upsampling == "learned" or not key.startswith("upscore")
        assert (parameter.grad is not None) == expected, key
        assert not expected or parameter.grad.any(), key


def test_state_dict_has_the_papers_names():
    names = {name.split(".")[0] for name in small("fcn8s").state_dict()}
    assert names == {
        "backbone", "score_fr", "upscore2", "score_pool4", "upscore_pool4", "score_pool3", "upscore8"
    }
    assert "upscore.weight" in small("fcn32s").state_dict() and "upscore16.weight" in small("fcn16s").state_dict()


# The baseline, and names ----------------------------------------------------------------------------------------------


def test_the_pixel_classifier_sees_one_pixel():
    net, x = PixelClassifier(4, hidden=8), image(5, 6)
    before = scores(net, x)
    x.data[0, :, 2, 3] += 1
    changed = (scores(net, x) != before).any(axis=(0, 1))
    assert changed[2, 3] and changed.sum() == 1


def test_build_makes_each_net_and_the_baseline():
    assert {name: type(small(name)) for name in NETS} == NETS
    assert build("pixelwise", 8).score.weight.shape == (8, 64, 1, 1)
    assert isinstance(build("fcn8s", 8).backbone, SmallVGG)


@pytest.mark.parametrize("make, message", [
    (lambda: build("fcn7s", 8), "build: the network is 'fcn7s'; did you mean fcn8s?"),
    (lambda: build("fcn8s", 8, backbone="vgg12"), "backbone is 'vgg12'; did you mean vgg1"),
    (lambda: small("fcn8s", upsampling="nearest"), "fcn8s: upsampling is 'nearest', expected 'frozen' or 'learned'"),
    (lambda: small("fcn8s")(minifcn.tensor(np.zeros((3, 8, 8), np.float32))), r"fcn8s: input has shape \(3, 8, 8\)"),
    (lambda: small("fcn8s")(image(8, 0)), r"expected \(N, 3, H, W\) with H and W at least 1"),
    (lambda: small("fcn8s", "caffe", first_padding=10), "crop: the offset is -59, expected at least 0"),
])
def test_wrong_names_and_inputs_are_told(make, message):
    with pytest.raises(ValueError, match=message):
        make()
