"""What holds for every network of the catalogue: any size, both dtypes, the reference kernels, PyTorch, training.

The narrow nets are made in narrow_networks.py, their PyTorch twins in torch_networks.py. What only one network promises
is tested in the file of its own.
"""

import re

import numpy as np
import pytest

import minifcn
from minifcn import kernels, manual_seed, nn, no_grad
from minifcn.kernels import reference
from minifcn.models.catalogue import kinds
from minifcn.models.receptive_field import length_after
from minifcn.models.unet import UNet
from minifcn.models.upsampling import UPSAMPLINGS
from minifcn.optim import SGD
from minifcn.train import pixel_loss

from .narrow_networks import CLASSES, moved, narrow, untouched, with_window_1

BACKBONES, CLASSIFIERS, SEGMENTATION = kinds().values()
NAMES = BACKBONES + CLASSIFIERS + SEGMENTATION
DEEPER = ("vgg13", "vgg16", "vgg19", "resnet34", "resnet101", "resnet152")  # than one that has all their layers
PARTS = {"fcn32s", "fcn16s", "alexnet-owt-classifier", "googlenet-classifier", "googlenet-bn-classifier", "resnet50-classifier",
         "resnet50-caffe-classifier"}  # fmt: skip
SIZES = [(1, 1), (1, 7), (33, 18), (64, 64)]
OWN = {"alexnet-owt": 224, "alexnet": 227, "vgg": 224, "": 64}  # {a classifier's first letters: the side that it takes}


# What is asked of every layer is asked in slow tests only of a net whose layers other nets have.
OWN_LAYERS = [pytest.param(name, marks=[pytest.mark.slow] * (name.startswith(DEEPER) or name in PARTS)) for name in NAMES]


def images(*shape, seed=0):
    return minifcn.tensor(np.random.default_rng(seed).standard_normal(shape))


def listed(y):
    return list(y.values()) if isinstance(y, dict) else y if isinstance(y, list) else [y]


def outputs(net, x):
    """What the net makes of x, as a list of tensors: a backbone gives several, PSPNet its auxiliary scores too."""
    y = net.forward_both(x) if hasattr(net, "forward_both") else net(x)
    return listed(y)


def scores(net, x):
    with no_grad():
        return [y.numpy() for y in outputs(net, x)]


def fitting(name, side=20):
    """The size of a small image; of one that full connections, if with_window_1() made them, take."""
    if name in CLASSIFIERS and not name.startswith("resnet"):
        side = 32 if name.startswith("vgg") else 39 if name.startswith("alexnet") else max(39, side)
    return side, side


# Sizes ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BACKBONES)
def test_backbones_take_any_size_and_every_stage_has_the_predicted_one(name):
    net = narrow(name).eval()
    for size in SIZES:
        maps = net(images(2, 3, *size))
        for stage in net.stages:
            expected = [length_after(net.layers_to(stage), n) for n in size]
            assert maps[stage].shape == (2, net.channels[stage], *expected), (size, stage)
            assert np.isfinite(maps[stage].data).all()


@pytest.mark.parametrize("name", SEGMENTATION)
def test_nets_that_label_pixels_take_any_size(name):
    net = narrow(name).eval()
    for size in SIZES:
        y = net(images(2, 3, *size))
        assert y.shape == (2, CLASSES, *size)
        assert np.isfinite(y.data).all()


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_classifiers_take_their_own_size_and_tell_in_one_sentence_what_they_do_not_take(name):
    net, own = narrow(name).eval(), 2 * (next(side for start, side in OWN.items() if name.startswith(start)),)
    for size in (*SIZES, own):
        try:
            assert net(images(2, 3, *size)).shape == (2, CLASSES)
        except ValueError as error:
            assert size != own
            assert re.fullmatch(r"\w+: (an input|the image) .*expected .*", str(error))


@pytest.mark.parametrize("name", OWN_LAYERS)
def test_no_images_are_no_scores(name, monkeypatch):
    with_window_1(monkeypatch)
    net, size = narrow(name).eval(), fitting(name)
    none, two = scores(net, images(0, 3, *size)), scores(net, images(2, 3, *size))
    assert [y.shape for y in none] == [(0, *y.shape[1:]) for y in two]


# Numbers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", OWN_LAYERS)
def test_the_dtype_stays(name, dtype, monkeypatch):
    with_window_1(monkeypatch)
    net, x = narrow(name).to(dtype), images(2, 3, *fitting(name)).to(dtype)
    x.requires_grad = True
    loss = loss_of(name, net, x)
    loss.backward()
    assert {y.dtype for y in outputs(net, x)} == {loss.dtype} == {x.grad.dtype} == {np.dtype(dtype)}
    kinds = {p.grad.dtype for p in net.parameters() if p.requires_grad} | {b.dtype for b in net.buffers()}
    assert kinds - {np.dtype(np.int64)} == {np.dtype(dtype)}


@pytest.mark.parametrize("name", OWN_LAYERS)
def test_float32_is_float64_rounded(name, monkeypatch):
    with_window_1(monkeypatch)
    net, x = narrow(name).eval(), images(2, 3, *fitting(name))
    exact = scores(net, x)
    for y, expected in zip(scores(net.to("float32"), x.to("float32")), exact):
        np.testing.assert_allclose(y, expected, rtol=0, atol=2e-5 * np.abs(expected).max())


def results_in_training(name, net, x):
    """Outputs, the image's gradient, every parameter's, and the buffers afterwards: {name: array}."""
    manual_seed(0)
    x = minifcn.tensor(x, requires_grad=True)
    found = {str(i): y for i, y in enumerate(outputs(net, x))}
    for i, y in enumerate(found.values()):
        y.backward(np.random.default_rng(i).standard_normal(y.shape), retain_graph=True)
    found = {key: y.numpy() for key, y in found.items()} | {"image": x.grad}
    found |= {key: p.grad for key, p in net.named_parameters() if p.requires_grad}
    return found | {f"buffer {key}": b.numpy() for key, b in net.named_buffers()}


@pytest.mark.parametrize("name", OWN_LAYERS)
def test_the_kernels_give_what_the_reference_kernels_give(name, monkeypatch):
    """Outputs, all gradients and running statistics, in training."""
    with_window_1(monkeypatch)
    x = images(2, 3, *fitting(name, 11)).numpy()
    ours = results_in_training(name, narrow(name), x)
    monkeypatch.setattr(kernels, "kernel_module", lambda device: reference)
    expected = results_in_training(name, narrow(name), x)
    assert ours.keys() == expected.keys()
    # ResNet-152 in training amplifies rounding ten million times, and a forced algorithm sums in another order.
    tolerance = 1e-9 if kernels.algorithms.forced() == "auto" and not name.startswith("resnet152") else 1e-7
    for key, array in ours.items():
        size = max(1, np.abs(expected[key]).max())
        np.testing.assert_allclose(array, expected[key], rtol=tolerance, atol=tolerance * size, err_msg=key)


# Weights --------------------------------------------------------------------------------------------------------------

# Beside the catalogue's: the U-Net of the paper, without padding, and padded ones with each of the other upsamplings.
UNETS = {"unet, valid": {"widths": (2, 3)}} | {
    f"unet, {kind}": {"widths": (2, 3, 4), "padded": True, "upsampling": kind} for kind in UPSAMPLINGS
}


def assert_equal_scores(torch, net, theirs, x):
    with torch.no_grad():
        expected = listed(theirs(torch.from_numpy(x.numpy())))
    for ours, y in zip(scores(net, x), map(torch.Tensor.numpy, expected), strict=True):
        assert np.ptp(y) > 0
        np.testing.assert_allclose(ours, y, rtol=0, atol=1e-9 * max(1, np.abs(y).max()))


@pytest.mark.parametrize("name", [*BACKBONES, *SEGMENTATION, *UNETS])
def test_weights_cross_over_to_torch_and_back(name):
    """Ours into torch's net, then what torch has made of them into ours. Classifiers' are in test_classifiers.py."""
    torch = pytest.importorskip("torch")
    from .torch_networks import twin

    net = moved(UNet(CLASSES, **UNETS[name])) if name in UNETS else narrow(name)
    x = images(2, 3, *((20, 22) if name in UNETS else (33, 26)))
    theirs = twin(net.eval()).double().eval().requires_grad_(False)
    theirs.load_state_dict({key: torch.from_numpy(array) for key, array in net.state_dict().items()})
    assert_equal_scores(torch, net, theirs, x)
    before = scores(net, x)
    for tensor in theirs.parameters():
        tensor *= 1.1
    net.load_state_dict(theirs.state_dict())
    assert not np.allclose(scores(net, x)[-1], before[-1])
    assert_equal_scores(torch, net, theirs, x)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_generator_gives_the_same_weights_whatever_was_drawn_before(name):
    manual_seed(1)
    first = untouched(name, seed=3).state_dict()
    manual_seed(2)
    second, other = untouched(name, seed=3).state_dict(), untouched(name, seed=4).state_dict()
    assert [key for key in first if not np.array_equal(first[key], second[key])] == []
    assert any(not np.array_equal(first[key], other[key]) for key in first)


@pytest.mark.parametrize("name", OWN_LAYERS)
def test_in_evaluation_the_same_bits_come_out_twice_and_nothing_changes(name, monkeypatch):
    with_window_1(monkeypatch)
    net, x = narrow(name).eval(), images(2, 3, *fitting(name))
    before, first = net.state_dict(), scores(net, x)
    second, after = scores(net, x), net.state_dict()
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert all(np.array_equal(before[key], after[key]) for key in before)


# Training -------------------------------------------------------------------------------------------------------------


def loss_of(name, net, x, seed=0):
    """What the net is trained with, on labels of no meaning; of a backbone, how large all its maps are."""
    manual_seed(seed)
    if name in BACKBONES:
        first, *others = ((y * y).mean() for y in outputs(net, x))
        return sum(others, first)
    shape = x.shape[:1] if name in CLASSIFIERS else (x.shape[0], *x.shape[2:])
    labels = np.random.default_rng(seed).integers(0, CLASSES, shape)
    return pixel_loss(net, x, labels)


# Where this narrow net pools its one channel, no pixel is 0, and the batch norms after it remove what a bias adds to all.
WITHOUT_EFFECT = {"resnet152-caffe-classifier": ["bn1.bias"]}


@pytest.mark.parametrize("name", OWN_LAYERS)
def test_every_parameter_learns_and_a_small_step_lowers_the_loss(name, monkeypatch):
    with_window_1(monkeypatch)
    net, x = narrow(name), images(3, 3, *fitting(name, 60))
    loss = loss_of(name, net, x)
    loss.backward()
    learned = {key: p for key, p in net.named_parameters() if p.requires_grad}
    assert [key for key, p in learned.items() if p.grad is None] == []
    size = {key: np.abs(p.grad).max() for key, p in learned.items()}
    assert [key for key in size if size[key] < 1e-10 * max(size.values())] == WITHOUT_EFFECT.get(name, [])
    slope = sum((p.grad**2).sum() for p in learned.values())
    SGD(learned.values(), lr=1e-4 * loss.item() / slope).step()
    fall = 1 - loss_of(name, net, x).item() / loss.item()
    assert 0.5e-4 < fall < 2e-4, fall


# Fusion ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CLASSIFIERS + SEGMENTATION)
def test_a_fused_network_has_the_same_scores(name):
    net = moved(narrow(name))
    side = OWN[next(start for start in OWN if name.startswith(start))] if name in CLASSIFIERS else 64
    fused = net.fuse(224 if name == "unet" else side)
    x = images(2, 3, side, side).to(next(net.parameters()).dtype)
    with no_grad(), nn.evaluating():
        expected, found = net(x).numpy(), fused(x).numpy()
    assert np.abs(found - expected).max() < 1e-5 * np.abs(expected).max()
    left = [key for key, layer in fused.named_modules() if isinstance(layer, nn.BatchNorm2d)]
    assert all(key.startswith("aux") for key in left)  # PSPNet's, which is for training
