"""The classifiers: what is published of them, and PyTorch nets of the same weights."""

import numpy as np
import pytest

import minifcn
from minifcn import nn
from minifcn.functional import cross_entropy
from minifcn.models import (
    BACKBONES,
    CLASSIFIERS,
    AlexNet,
    AlexNetOWT,
    FCN32s,
    GoogLeNet,
    GoogLeNetBN,
    ResNet50,
    ResNet50Caffe,
    SqueezeNet,
    build_classifier,
)
from minifcn.models.receptive_field import Layer, receptive_field

PARAMETERS = {
    "alexnet": 60_965_224, "vgg11": 132_863_336, "vgg13": 133_047_848, "vgg16": 138_357_544, "vgg19": 143_667_240,
    "googlenet": 6_998_552, "squeezenet": 1_235_496, "resnet18": 11_689_512, "resnet34": 21_797_672,
    "resnet50": 25_557_032, "alexnet-owt": 61_100_840, "googlenet-bn": 6_624_904, "resnet101": 44_549_160,
    "resnet152": 60_192_808, "resnet50-caffe": 25_557_032, "resnet101-caffe": 44_549_160, "resnet152-caffe": 60_192_808,
}
FIELDS = {  # of the coarsest stage: pixels that a unit sees, stride
    "alexnet": (355, 32), "vgg16": (404, 32), "googlenet": (715, 32), "resnet18": (435, 32), "resnet34": (899, 32),
    "resnet50": (427, 32), "squeezenet": (207, 16), "alexnet-owt": (355, 32),
    "resnet50-caffe": (483, 32), "resnet101-caffe": (1027, 32), "resnet152-caffe": (1507, 32),  # Araujo et al. 2019
}
SIDE = {"alexnet": 227, **dict.fromkeys(("alexnet-owt", "vgg11", "vgg13", "vgg16", "vgg19"), 224)}  # others take any


def narrow(name, seed=0, classes=7, **options):
    """A classifier of few channels, in float64, whose biases and statistics are not those of the start."""
    rng = np.random.default_rng(seed)
    options |= {"widths": (4, 6, 4, 8, 6), "head": 8} if name in SIDE else {"width": 0.125}
    net = build_classifier(name, classes, generator=rng, **options).to("float64")
    for key, tensor in (*net.named_parameters(), *net.named_buffers()):
        if key.endswith(("bias", "running_mean")):
            tensor.data[...] = 0.1 * rng.standard_normal(tensor.shape)
        if key.endswith("running_var"):
            tensor.data[...] = rng.uniform(0.5, 2, tensor.shape)
    return net.eval()


def image(name, n=1, seed=1):
    side = SIDE.get(name, 70)
    return np.random.default_rng(seed).standard_normal((n, 3, side, side))


@pytest.fixture
def unfilled(monkeypatch):
    leave_unfilled(monkeypatch)


def leave_unfilled(monkeypatch):
    """From here on weights are neither drawn nor written, so that large nets take no time and no memory."""
    for name in ("uniform_", "normal_", "kaiming_uniform_", "kaiming_normal_", "zeros_"):
        monkeypatch.setattr(nn.init, name, lambda tensor, *args, **options: tensor)


# What is published ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_parameters_are_the_published_ones(name, unfilled):
    assert sum(p.size for p in build_classifier(name).parameters()) == PARAMETERS[name]


@pytest.mark.parametrize("name, count", [("vgg11", 132_868_840), ("vgg13", 133_053_736), ("vgg16", 138_365_992),
                                         ("vgg19", 143_678_248)])  # fmt: skip
def test_with_batch_norm_vggs_parameters_are_those_of_torchvisions(name, count, unfilled):
    assert sum(p.size for p in build_classifier(name, batch_norm=True).parameters()) == count


@pytest.mark.parametrize("name, net", [
    ("alexnet", 56_868_224), ("alexnet-owt", 57_003_840), ("googlenet", 5_973_552), ("googlenet-bn", 5_599_904),
    ("squeezenet", 722_496),
])  # fmt: skip
def test_backbones_have_the_parameters_that_their_docstrings_say(name, net, unfilled):
    assert sum(p.size for p in BACKBONES[name]().parameters()) == net


def test_fcn_alexnet_has_the_papers_57_million(unfilled):
    net = FCN32s(AlexNet("caffe"), 21)
    assert sum(p.size for p in net.parameters() if p.requires_grad) == 56_954_261


@pytest.mark.parametrize("name", FIELDS)
def test_receptive_fields_are_the_published_ones(name, unfilled):
    backbone = BACKBONES[name]()
    field = receptive_field(backbone.layers_to(backbone.last))
    assert (field.size, field.stride) == FIELDS[name]


def test_googlenets_907_are_with_the_mean_over_7_x_7(unfilled):
    layers = GoogLeNet().layers_to("inception_5b")
    assert receptive_field((*layers, Layer("pool", 7, 1, 0))).size == 907


@pytest.mark.parametrize("name", BACKBONES)
def test_aligned_units_sit_symmetrically_over_the_image(name, unfilled):
    """Each stage's first centre is (s - 1) / 2 over even windows, 0 over odd ones.

    Of the odd nets one layer is even: AlexNet's fc6, which begins at -16, and pool4 of torchvision's GoogLeNet, at 8.
    """
    backbone = BACKBONES[name]()
    even = name == "small" or name.startswith("vgg")
    for stage in backbone.stages:
        field = receptive_field(backbone.layers_to(stage))
        one_even = {"head": -16, "inception_5b": 8 if name == "googlenet-bn" else 0}
        assert field.centre == ((field.stride - 1) / 2 if even else one_even.get(stage, 0)), stage


def shapes_of(net, x):
    """{layer: shape of its result (C, H, W)} on the way through a row of layers."""
    shapes, x = {}, minifcn.tensor(x)
    with minifcn.no_grad():
        for name, layer in net.named_children():
            x = layer(x)
            shapes[name] = x.shape[1:]
    return shapes


def assert_shapes(name, side, expected, monkeypatch):
    """The layers' sizes at full width: a narrow net's heights and widths, and the channels that the layers have."""
    found = shapes_of(narrow(name), np.zeros((1, 3, side, side)))
    leave_unfilled(monkeypatch)
    net = build_classifier(name)
    for layer, (channels, size) in expected.items():
        assert found[layer][1:] == (size, size), layer
        module = getattr(net, layer)
        assert getattr(module, "channels", getattr(module, "out_channels", None)) in (channels, None), layer


def test_alexnets_sizes(monkeypatch):
    assert_shapes("alexnet", 227, {
        "conv1": (96, 55), "pool1": (96, 27), "conv2": (256, 27), "pool2": (256, 13), "conv3": (384, 13),
        "conv4": (384, 13), "conv5": (256, 13), "pool5": (256, 6),
    }, monkeypatch)  # fmt: skip


def test_the_one_tower_alexnets_sizes(monkeypatch):
    assert_shapes("alexnet-owt", 224, {
        "conv1": (64, 55), "pool1": (64, 27), "conv2": (192, 27), "pool2": (192, 13), "conv3": (384, 13),
        "conv4": (256, 13), "conv5": (256, 13), "pool5": (256, 6),
    }, monkeypatch)  # fmt: skip


def test_vgg16s_sizes(monkeypatch):
    assert_shapes("vgg16", 224, {
        "conv1_2": (64, 224), "pool1": (64, 112), "conv2_2": (128, 112), "pool2": (128, 56), "conv3_3": (256, 56),
        "pool3": (256, 28), "conv4_3": (512, 28), "pool4": (512, 14), "conv5_3": (512, 14), "pool5": (512, 7),
    }, monkeypatch)  # fmt: skip


def test_googlenets_sizes(monkeypatch):
    assert_shapes("googlenet", 224, {
        "conv1": (64, 112), "pool1": (64, 56), "conv2": (192, 56), "pool2": (192, 28), "inception_3a": (256, 28),
        "inception_3b": (480, 28), "pool3": (480, 14), "inception_4a": (512, 14), "inception_4b": (512, 14),
        "inception_4c": (512, 14), "inception_4d": (528, 14), "inception_4e": (832, 14), "pool4": (832, 7),
        "inception_5a": (832, 7), "inception_5b": (1024, 7),
    }, monkeypatch)  # fmt: skip


def test_squeezenets_sizes(monkeypatch):
    assert_shapes("squeezenet", 224, {
        "conv1": (64, 111), "pool1": (64, 55), "fire2": (128, 55), "fire3": (128, 55), "pool3": (128, 27),
        "fire4": (256, 27), "fire5": (256, 27), "pool5": (256, 13), "fire6": (384, 13), "fire7": (384, 13),
        "fire8": (512, 13), "fire9": (512, 13), "conv10": (1000, 13),
    }, monkeypatch)  # fmt: skip


def test_resnet50s_sizes(monkeypatch):
    assert_shapes("resnet50", 224, {"conv1": (64, 112), "pool1": (64, 56), "layer1": (256, 56), "layer2": (512, 28),
                                    "layer3": (1024, 14), "layer4": (2048, 7)}, monkeypatch)  # fmt: skip
    assert ResNet50().channels == {"pool1": 64, "layer1": 256, "layer2": 512, "layer3": 1024, "layer4": 2048}


def test_alexnet_sees_a_10_x_10_map_in_500_x_500_pixels():
    backbone = AlexNet("caffe", first_padding=0, widths=(2, 2, 2, 2, 2), head=3)
    with minifcn.no_grad():
        results = backbone.eval()(minifcn.tensor(np.zeros((1, 3, 500, 500), np.float32)))
    assert results["pool5"].shape[2:] == (15, 15) and results["head"].shape == (1, 3, 10, 10)


@pytest.mark.parametrize("backbone, first, second", [(ResNet50, 1, 2), (ResNet50Caffe, 2, 1)])
def test_a_resnet_halves_the_size_in_its_3x3_convolution_and_caffes_in_the_1x1_before(backbone, first, second):
    block = backbone(width=0.05).layer2[0]
    assert (block.conv1.stride, block.conv2.stride, block.downsample[0].stride) == ((first,) * 2, (second,) * 2, (2, 2))


@pytest.mark.parametrize("geometry, padding", [("caffe", 0), ("aligned", 1)])
def test_caffes_resnet_pads_its_pooling_only_to_be_aligned(geometry, padding):
    assert ResNet50Caffe(geometry, width=0.05).pool1.padding == padding


def test_the_one_tower_alexnet_has_no_groups_and_no_normalisation():
    layers = list(AlexNetOWT(widths=(2, 2, 2, 2, 2), head=3).modules())
    assert all(layer.groups == 1 for layer in layers if isinstance(layer, nn.Conv2d))
    assert not any(isinstance(layer, nn.LocalResponseNorm) for layer in layers)


def test_torchvisions_googlenet_has_3x3_windows_for_5x5_and_2x2_for_pool4():
    backbone = GoogLeNetBN(width=0.05)
    assert getattr(backbone.inception_5b, "5x5").conv.kernel_size == (3, 3)
    assert (backbone.pool3.kernel_size, backbone.pool4.kernel_size) == (3, 2)


def test_squeezenets_strides_end_at_16():
    backbone = SqueezeNet(width=0.05)
    assert [backbone.stride(stage) for stage in backbone.stages] == [2, 4, 8, 16]


# PyTorch --------------------------------------------------------------------------------------------------------------


def twin_of(name, net):
    """The PyTorch net with the weights of `net`, which it takes without a name or shape left over."""
    torch = pytest.importorskip("torch")
    from .torch_classifiers import TWINS

    twin = TWINS[name](net).double()
    twin.load_state_dict({key: torch.from_numpy(array) for key, array in net.state_dict().items()})
    return torch, twin.train(net.training)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_scores_equal_torchs(name):
    assert_scores_equal_torchs(name)


def test_scores_of_vgg_with_batch_norm_equal_torchs():
    assert_scores_equal_torchs("vgg11", batch_norm=True)


def assert_scores_equal_torchs(name, **options):
    net, x = narrow(name, **options), image(name)
    torch, twin = twin_of(name, net)
    with minifcn.no_grad(), torch.no_grad():
        ours, theirs = net(minifcn.tensor(x)).numpy(), twin(torch.from_numpy(x)).numpy()
    assert np.ptp(theirs) > 1e-3
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * np.ptp(theirs))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_state_dict_goes_to_torch_and_back(name):
    net = narrow(name)
    _, twin = twin_of(name, net)
    other = narrow(name, seed=5)
    other.load_state_dict({key: tensor.numpy() for key, tensor in twin.state_dict().items()})
    before, after = net.state_dict(), other.state_dict()
    assert list(before) == list(after) and all(np.array_equal(before[key], after[key]) for key in before)


@pytest.mark.parametrize("name", ["googlenet", "googlenet-bn", "squeezenet", "resnet18", "resnet50", "resnet50-caffe"])
def test_gradients_in_training_equal_torchs(name):
    net, x, label = narrow(name).train(), image(name, n=2), np.array([1, 4])
    for _, layer in net.named_modules():
        if isinstance(layer, nn.Dropout):
            layer.p = 0.0
    torch, twin = twin_of(name, net)
    for layer in twin.modules():
        if isinstance(layer, torch.nn.Dropout):
            layer.p = 0.0
    cross_entropy(net(minifcn.tensor(x)), minifcn.tensor(label)).backward()
    torch.nn.functional.cross_entropy(twin(torch.from_numpy(x)), torch.from_numpy(label)).backward()
    theirs = dict(twin.named_parameters())
    for key, parameter in net.named_parameters():
        np.testing.assert_allclose(parameter.grad, theirs[key].grad.numpy(), rtol=1e-8, atol=1e-9, err_msg=key)


def test_fcn_alexnet_equals_torch_with_kernel_63_and_crop_18():
    torch = pytest.importorskip("torch")
    from .torch_classifiers import fcn_alexnet

    rng = np.random.default_rng(0)
    net = FCN32s(AlexNet("caffe", widths=(4, 6, 4, 8, 6), head=8, generator=rng), 5).to("float64").eval()
    nn.init.kaiming_normal_(net.score_fr.weight, generator=rng)
    x = rng.standard_normal((1, 3, 90, 61))
    with minifcn.no_grad():
        ours = net(minifcn.tensor(x)).numpy()
    theirs = fcn_alexnet({key: torch.from_numpy(array) for key, array in net.state_dict().items()}, torch.from_numpy(x))
    assert ours.shape == (1, 5, 90, 61) and np.ptp(ours) > 1e-3
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-9, atol=1e-9)


# Options --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_float32_stays_float32(name):
    net = narrow(name).to("float32")
    with minifcn.no_grad():
        assert net(minifcn.tensor(image(name).astype(np.float32))).dtype == np.float32


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_same_generator_gives_the_same_weights(name):
    first, second = narrow(name, seed=3).state_dict(), narrow(name, seed=3).state_dict()
    assert all(np.array_equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("make, message", [
    (lambda: build_classifier("vgg12"), "build_classifier: name is 'vgg12', expected one of alexnet, alexnet-owt, vgg11"),
    (lambda: narrow("vgg11")(minifcn.tensor(np.zeros((1, 3, 256, 224)))), "leaves 8 x 7 units .* expected 7 x 7"),
    (lambda: AlexNet(widths=(96, 256, 384, 384, 255)), "AlexNet: widths is .* expected 5 even numbers"),
    (lambda: AlexNetOWT(widths=(64, 192, 384)), "AlexNetOWT: widths is .* expected 5 numbers"),
    (lambda: AlexNet("caff"), "AlexNet: geometry is 'caff', expected one of aligned, caffe"),
    (lambda: GoogLeNet(first_padding=0), "GoogLeNet: first_padding is 0, but the geometry 'aligned' needs 3"),
    (lambda: GoogLeNet(width=0.02).layers_to("pool9"), "GoogLeNet: stage is 'pool9', expected one of pool1, inc"),
])
def test_wrong_options_are_told(make, message):
    with pytest.raises(ValueError, match=message):
        make()
