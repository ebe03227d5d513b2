"""Images with other than three channels: every network takes them, and ImageNet's first layer is made to see them."""

import numpy as np
import pytest

import minifcn
from minifcn.autograd import no_grad
from minifcn.data import Dataset
from minifcn.data.catalogue import DATA
from minifcn.data.module import DataModule
from minifcn.imagenet import fit_first_layer, load_imagenet
from minifcn.models import FCN32s
from minifcn.models.catalogue import BACKBONES, SEGMENTATION, Zeros, build
from minifcn.models.summary import summary
from minifcn.runs.options import Options
from minifcn.runs.run import run
from minifcn.runs.start import load_model

from .narrow_networks import narrow_options

SMALL = {"width": 1 / 64}  # of a SqueezeNet


def first_weight(net):
    return next(net.parameters())


@pytest.mark.parametrize("name", SEGMENTATION)
def test_every_net_labels_images_of_other_channels(name, channels=5):
    net = build(name, 3, in_channels=channels).eval()
    with no_grad():
        assert net(minifcn.tensor(np.zeros((1, channels, 33, 20), np.float32))).shape == (1, 3, 33, 20)
    assert net.state_dict().keys() == build(name, 3, generator=Zeros()).state_dict().keys()


@pytest.mark.parametrize("name", BACKBONES)
def test_every_backbone_takes_other_channels_in_its_first_layer_alone(name):
    four, three = (BACKBONES[name](in_channels=n, generator=Zeros(), **narrow_options(name)) for n in (4, 3))
    shapes = [{key: weight.shape for key, weight in net.named_parameters()} for net in (four, three)]
    (first, shape), *others = shapes[0].items()
    assert shape == (shapes[1][first][0], 4, *shapes[1][first][2:]) and dict(others).items() <= shapes[1].items()
    assert four.in_channels == 4 and three.in_channels == 3


def test_a_classifier_and_a_summary_know_their_channels():
    net = build("squeezenet-classifier", 5, in_channels=2, generator=Zeros())
    assert first_weight(net).shape[1] == 2
    assert summary(build("fcn8s", 3, in_channels=4, generator=Zeros()), 32)[0].multiply_adds == 32 * 32 * 16 * 4 * 9


def test_an_fcn_names_the_channels_that_it_expects():
    net = build("fcn32s", 3, in_channels=4)
    with pytest.raises(ValueError, match=r"fcn32s: input has shape \(1, 3, 32, 32\), expected \(N, 4, H, W\)"):
        net(minifcn.tensor(np.zeros((1, 3, 32, 32), np.float32)))


# ImageNet's first layer -----------------------------------------------------------------------------------------------


def imagenet_weights():
    rng = np.random.default_rng(0)
    net = BACKBONES["squeezenet"](**SMALL)
    return {key: rng.standard_normal(array.shape).astype(np.float32) for key, array in net.state_dict().items()}


def fitted(arrays, channels):
    return fit_first_layer(arrays, BACKBONES["squeezenet"](in_channels=channels, **SMALL))


def test_channels_after_the_third_start_as_the_mean_over_the_three():
    arrays = imagenet_weights()
    five = fitted(arrays, 5)
    np.testing.assert_array_equal(five["conv1.weight"][:, :3], arrays["conv1.weight"])
    for extra in (3, 4):
        np.testing.assert_allclose(five["conv1.weight"][:, extra], arrays["conv1.weight"].mean(axis=1), rtol=1e-6)
    assert all(five[key] is array for key, array in arrays.items() if key != "conv1.weight")  # the bias, too


def test_one_channel_gives_what_a_grey_picture_gave():
    arrays = imagenet_weights()
    grey = np.random.default_rng(1).standard_normal((1, 1, 24, 20)).astype(np.float32)
    maps = []
    for channels in (1, 3):
        net = BACKBONES["squeezenet"](in_channels=channels, **SMALL).eval()
        net.load_state_dict(fitted(arrays, channels))
        with no_grad():
            maps.append(net(minifcn.tensor(np.repeat(grey, channels, axis=1)))["relu1"].numpy())
    np.testing.assert_allclose(*maps, rtol=1e-5, atol=1e-5)


def test_two_channels_are_refused_and_three_are_unchanged():
    arrays = imagenet_weights()
    assert fitted(arrays, 3) is arrays
    with pytest.raises(ValueError, match="the images have 2 channels, but ImageNet's first layer"):
        fitted(arrays, 2)


@pytest.mark.parametrize(("channels", "words"), [
    (3, "are trained further; starting from scratch"),
    (1, "conv1 sees grey by the sum over its colours"),
    (4, "conv1 sees the channels after the third by the mean over its colours"),
])  # fmt: skip
def test_pretraining_says_how_other_channels_start(channels, words, monkeypatch):
    monkeypatch.setattr("minifcn.imagenet.pretrained", lambda name: imagenet_weights())
    net = FCN32s(BACKBONES["squeezenet"](in_channels=channels, **SMALL), 3)
    options = Options(model="fcn32s", backbone="squeezenet", pretrained="squeezenet")
    assert words in load_imagenet(net, options)
    np.testing.assert_array_equal(first_weight(net).data, fitted(imagenet_weights(), channels)["conv1.weight"])


# A run ----------------------------------------------------------------------------------------------------------------


class Depth(Dataset):
    """Colour and depth; the depth alone says the class."""

    mean, std = (0.5,) * 4, (0.5,) * 4

    def __len__(self):
        return 4

    def sample(self, index, rng):
        label = np.arange(16)[:, None] // 8 + np.zeros((1, 16), np.int64)
        return np.stack([np.ones((16, 16)), np.ones((16, 16)), np.ones((16, 16)), label]).astype(np.float32), label


class DepthData(DataModule):
    name, classes, palette, takes_path = "depth", ("near", "far"), np.zeros((2, 3), np.uint8), True
    channels, mean, std = 4, Depth.mean, Depth.std

    def split(self, name):
        return Depth()


def test_a_run_on_four_channels_is_saved_and_loaded_without_its_data(tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setitem(DATA, "depth", DepthData)
        options = Options(model="pixelwise", data="depth:here", size=16, samples=4, batch=2, epochs=1)
        run(options, tmp_path, quiet=True)
    net, _ = load_model(tmp_path / "checkpoint.npz")
    assert first_weight(net).shape[1] == 4
