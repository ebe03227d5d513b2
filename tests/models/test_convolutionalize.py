"""Full connections as convolutions: the classifier's answer at every window."""

import numpy as np
import pytest

import minifcn
from minifcn import nn
from minifcn.models import BACKBONES, CLASSIFIERS, VGG16, AlexNet, build_classifier, convolutionalize
from minifcn.models.classifier import Classifier, fully_connected

HEADS = {"alexnet": (6, 6), "vgg16": (8, 7)}  # the channels and the window that fc6 sees


def narrow(name, seed=0):
    options = {"widths": (4, 6, 4, 8, 6), "head": 9} if "vgg" in name or name.startswith("alexnet") else {"width": 0.125}
    return build_classifier(name, 7, generator=np.random.default_rng(seed), **options).to("float64").eval()


def scores(net, x):
    with minifcn.no_grad():
        return net(minifcn.tensor(x)).numpy()


@pytest.mark.parametrize("name", HEADS)
def test_the_dense_head_is_the_head_at_every_window(name):
    channels, window = HEADS[name]
    head = fully_connected(channels, 5, np.random.default_rng(0), window=window, hidden=9)
    head = Classifier(head.items()).to("float64").eval()
    x = np.random.default_rng(1).standard_normal((2, channels, window + 4, window + 2))
    dense = scores(convolutionalize(head), x)
    assert dense.shape == (2, 5, 5, 3)
    for i in range(5):
        for j in range(3):
            there = scores(head, x[:, :, i : i + window, j : j + window])
            np.testing.assert_allclose(dense[:, :, i, j], there, rtol=1e-9, atol=1e-9)


def unpadded_alexnet():
    """AlexNet without padding: then all of it, not only its head, sees the same in a window and in the whole image."""
    net = narrow("alexnet")
    for name in ("conv2", "conv3", "conv4", "conv5"):
        getattr(net, name).padding = (0, 0)
    side = 355  # what a unit of fc6 sees
    return net, side


def test_a_whole_classifier_without_padding_answers_the_same_at_every_window():
    net, side = unpadded_alexnet()
    x = np.random.default_rng(1).standard_normal((1, 3, side + 32, side + 64))
    dense = scores(convolutionalize(net), x)
    assert dense.shape == (1, 7, 2, 3)
    for i in range(2):
        for j in range(3):
            window = np.ascontiguousarray(x[:, :, 32 * i : 32 * i + side, 32 * j : 32 * j + side])
            np.testing.assert_allclose(dense[:, :, i, j], scores(net, window), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_mean_of_the_map_is_the_classifiers_answer(name):
    """For VGG and AlexNet the map of an image of the classifier's size is one unit."""
    net, side = narrow(name), {"alexnet": 227, "alexnet-owt": 224}.get(name, 224 if "vgg" in name else 90)
    x = np.random.default_rng(1).standard_normal((1, 3, side, side))
    dense = scores(convolutionalize(net), x)
    assert (dense.shape[2:] == (1, 1)) == (side > 90)
    np.testing.assert_allclose(dense.mean((2, 3)), scores(net, x), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("backbone", [AlexNet, VGG16])
def test_its_weights_fit_the_fcns_backbone(backbone):
    name = backbone.__name__.lower()
    state = convolutionalize(narrow(name)).state_dict()
    assert state.pop("fc8.weight").shape == (7, 9, 1, 1) and state.pop("fc8.bias").shape == (7,)
    into = BACKBONES[name]("caffe", widths=(4, 6, 4, 8, 6), head=9).to("float64")
    assert into.load_state_dict(state) == ([], [])


def test_the_classifier_keeps_its_own_weights():
    net = narrow("vgg11")
    before, dense = net.state_dict(), convolutionalize(net)
    for parameter in dense.parameters():
        parameter.data[...] = 7
    assert all(np.array_equal(before[key], array) for key, array in net.state_dict().items())


def test_mode_and_frozen_weights_are_kept():
    net = narrow("alexnet").train()
    net.fc6.requires_grad_(False)
    net.conv1.freeze()
    net.drop7.eval()
    dense = convolutionalize(net)
    assert dense.training and not dense.fc6.weight.requires_grad and dense.fc7.weight.requires_grad
    assert dense.drop6.training and not dense.drop7.training and not dense.train().conv1.training


def test_what_is_no_classifier_is_refused():
    with pytest.raises(TypeError, match="convolutionalize: found a Conv2d, expected a Classifier; see build"):
        convolutionalize(nn.Conv2d(1, 1, 1))
