"""A captured network repeats what the network computes, for all images and on all threads, or it is refused."""

import os
import threading

import numpy as np
import pytest

import minifcn
from minifcn import functional as F
from minifcn import nn, no_grad
from minifcn.kernels import algorithm
from minifcn.kernels.cpu.runtime.simd import simd
from minifcn.kernels.cpu.runtime.threads import threads_each
from minifcn.models import SEGMENTATION, FCN8s, SmallVGG, build
from minifcn.models.classifier import build_classifier
from minifcn.models.unet import UNet
from minifcn.nn import capturing
from minifcn.nn.captured_pass import Pass, compute


def image(*shape, seed=1):
    return minifcn.tensor(np.random.default_rng(seed).standard_normal(shape), dtype=np.float32)


def fcn():
    net = FCN8s(SmallVGG(widths=(4, 8, 8, 16, 16), generator=np.random.default_rng(0)), 3)
    for layer in (net.score_fr, net.score_pool4, net.score_pool3):
        nn.init.kaiming_normal_(layer.weight, generator=np.random.default_rng(1))
    return net.eval()


NETS = {
    "FCN-8s": (fcn, (3, 32, 32)),
    "fused FCN-8s": (lambda: fcn().fuse(), (3, 32, 32)),
    "U-Net": (lambda: UNet(2, widths=(4, 8, 8), padded=True, generator=np.random.default_rng(0)), (3, 32, 32)),
    "ResNet-50": (lambda: build_classifier("resnet50", width=1 / 16, generator=np.random.default_rng(0)), (3, 32, 32)),
    "concatenation": (lambda: Net(lambda x: F.cat([x, x * 2, F.relu(x)], dim=1).mean(dim=(2, 3))), (3, 8, 8)),
    "views": (lambda: Net(lambda x: (x[:, :, 1:].reshape(-1, 7 * 8).T.reshape(7 * 8, -1) + 1).T), (3, 8, 8)),
    "nothing": (lambda: Net(lambda x: x), (3, 8, 8)),
}


class Net(nn.Module):
    """A network of one function."""

    def __init__(self, function):
        self.function, self.calls = function, 0

    def forward(self, x):
        self.calls += 1
        return self.function(x)


def in_parts(count):
    """parts_of for as many parts, whatever the number of threads."""
    return lambda x, threads: [slice(i * len(x) // count, (i + 1) * len(x) // count) for i in range(count)]


@pytest.mark.parametrize("parts", (1, 2, 3))
@pytest.mark.parametrize("name", NETS)
def test_repeats_the_network(name, parts, monkeypatch):
    make, shape = NETS[name]
    net = make()
    if parts > 1:
        monkeypatch.setattr(capturing, "parts_of", in_parts(parts))
    captured = nn.capture(net)
    before = captured(image(6, *shape))
    kept = before.data.copy()
    for seed in (2, 3):
        x = image(6, *shape, seed=seed)
        found = captured(x).data
        if parts == 1:
            np.testing.assert_array_equal(found, compute(net, x.data)[1][0])
        else:
            expected = compute(net, x.data)[1][0]
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    np.testing.assert_array_equal(before.data, kept)  # a later call has not written to it


def test_makes_no_further_pass():
    net = Net(F.relu)
    captured = nn.capture(net)
    captured(image(1, 2))
    calls = net.calls
    captured(image(1, 2, seed=2))
    assert net.calls == calls
    captured(image(1, 3))
    assert net.calls > calls


@pytest.mark.skipif(simd() is None, reason="without vectors, convolutions are products by BLAS")
def test_only_kernels_are_called_again():
    net = fcn().fuse()
    with algorithm("auto"):  # whichever is forced: products by BLAS are steps of another kind (below)
        compute(net, image(2, 3, 32, 32).data)
        steps = Pass(net, image(2, 3, 32, 32).data, ..., 1).steps
    others = [arguments[0].name() for function, arguments in steps if function.__name__ == "again"]
    assert others == ["add", "add"]  # the two skips, by NumPy


@pytest.mark.parametrize("parts", (1, 2))
def test_products_by_blas(parts, monkeypatch):
    """These kernels limit BLAS to one thread, which is part of the operation; they cannot be called alone."""
    monkeypatch.setattr(capturing, "parts_of", in_parts(parts))
    net, x = nn.Conv2d(32, 32, 3, padding=1, generator=np.random.default_rng(0)), image(2, 32, 16, 16)
    with algorithm("im2col"):
        captured = nn.capture(net)
        captured(x)
        (passes,) = captured.passes.values()
        steps = [step for p in passes for step in p.steps]
        assert [function.__name__ for function, _ in steps] == ["again"] * parts
        x = image(2, 32, 16, 16, seed=2)
        np.testing.assert_allclose(captured(x).data, compute(net, x.data)[1][0], rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", SEGMENTATION)
def test_every_network_for_segmentation_can_be_captured(name):
    generator = np.random.default_rng(0)
    net = build(name, 5, generator=generator)
    for weight in net.parameters():
        if not weight.data.any():  # a layer of scores
            weight.data = 0.1 * generator.standard_normal(weight.shape, dtype=np.float32)
    net = net.fuse(size=64)
    captured = nn.capture(net)
    captured(image(2, 3, 64, 64))
    x = image(2, 3, 64, 64, seed=2)
    expected = compute(net, x.data)[1][0]
    assert np.ptp(expected) > 0
    np.testing.assert_allclose(captured(x).data, expected, rtol=0, atol=1e-5 * np.ptp(expected))


def test_what_does_not_depend_on_the_image_is_computed_once():
    weight = minifcn.tensor(np.full((2, 3), 2.0), dtype=np.float32)
    pass_ = Pass(Net(lambda x: x + (weight * weight).sum()), image(2, 3).data, ..., 1)
    assert [arguments[0].name() for _, arguments in pass_.steps] == ["add"]
    np.testing.assert_array_equal(weight.data, 2)


def test_weights_are_never_changed():
    """To see whether kernels do all of a Function's work its inputs are reversed: those that depend on the image."""
    net = fcn()
    for p in net.parameters():
        p.data.flags.writeable = False
    nn.capture(net)(image(2, 3, 32, 32))


@pytest.mark.parametrize(
    "images, threads, expected",
    [
        (8, 2, [slice(0, 4), slice(4, 8)]),
        (7, 2, [slice(0, 4), slice(4, 8)]),
        (1, 2, [...]),
        (3, 2, [...]),  # one thread would wait for a third of the time
        (8, 1, [...]),
        (0, 2, [...]),
        (9, 3, [slice(0, 3), slice(3, 6), slice(6, 9)]),
    ],
)
def test_each_thread_takes_its_images(images, threads, expected):
    assert capturing.parts_of(np.zeros((images, 2)), threads) == expected


@pytest.mark.parametrize(
    "function, shape",
    [
        (lambda x: x - x.mean(dim=0, keepdim=True), (4, 3)),  # images that know each other
        (lambda x: x.sum(), (4, 3)),
        (lambda x: x.sum(dim=0), (4, 4)),
        (lambda x: x.T, (4, 4)),
    ],
)
def test_images_that_cannot_be_computed_apart_stay_together(function, shape, monkeypatch):
    monkeypatch.setattr(capturing, "parts_of", in_parts(2))
    captured = nn.capture(Net(function))
    captured(image(*shape))
    x = image(*shape, seed=2)
    np.testing.assert_array_equal(captured(x).data, function(x).data)
    ((only,),) = captured.passes.values()
    assert only.rows is ...


@pytest.mark.parametrize("parts", (1, 2))
def test_structures_of_results(parts, monkeypatch):
    monkeypatch.setattr(capturing, "parts_of", in_parts(parts))
    captured = nn.capture(Net(lambda x: {"scores": x + 1, "maps": [x * 2, (x[:, 0], F.relu(x))]}))
    captured(image(4, 3))
    x = image(4, 3, seed=2)
    found = captured(x)
    assert list(found) == ["scores", "maps"] and type(found["maps"]) is list and type(found["maps"][1]) is tuple
    np.testing.assert_array_equal(found["scores"].data, x.data + 1)
    np.testing.assert_array_equal(found["maps"][0].data, x.data * 2)
    np.testing.assert_array_equal(found["maps"][1][0].data, x.data[:, 0])
    np.testing.assert_array_equal(found["maps"][1][1].data, np.maximum(x.data, 0))


@pytest.mark.parametrize(
    "function",
    [
        lambda x: minifcn.tensor(np.sin(x.data)),
        lambda x: x * float(x.data.max()),
        lambda x: x * 2 if x.data.flat[0] > 0 else x,
        lambda x: F.relu(minifcn.tensor(x.data[:, ::-1].copy())),
    ],
)
def test_what_is_computed_outside_of_operations_is_refused(function):
    x = minifcn.tensor(np.abs(np.random.default_rng(3).standard_normal((4, 3))) * [1, -1, 1], dtype=np.float32)
    with pytest.raises(ValueError, match="outside of its operations, or something else for other values"):
        nn.capture(Net(function))(minifcn.tensor(-x.data))


def test_inputs_of_other_kinds():
    captured = nn.capture(Net(F.relu))
    with pytest.raises(TypeError, match="input is ndarray, expected a tensor"):
        captured(np.zeros((1, 3), np.float32))
    assert captured(minifcn.tensor(-np.ones((2, 3)))).dtype == np.float64
    assert captured(image(2, 3)).dtype == np.float32
    assert captured(image(0, 3)).shape == (0, 3)
    assert captured(minifcn.tensor(2.0)).data == 2


def test_few_shapes_are_kept():
    captured = nn.capture(Net(F.relu))
    for size in range(1, 10):
        captured(image(1, size))
    assert [shape for shape, *_ in captured.passes] == [(1, size) for size in range(6, 10)]


def test_ignores_what_becomes_of_the_network():
    net = nn.Conv2d(3, 2, 1, generator=np.random.default_rng(0)).eval()
    captured, x = nn.capture(net.fuse()), image(1, 3, 4, 4)
    before = captured(x).data
    net.weight.data[...] = 0
    np.testing.assert_array_equal(captured(x).data, before)


def test_dropout_and_batch_norm_are_those_of_evaluation():
    net = nn.Sequential(nn.BatchNorm2d(3), nn.Dropout(0.5))
    x = image(2, 3, 4, 4)
    with no_grad(), nn.evaluating():
        expected = net(x).data
    np.testing.assert_array_equal(nn.capture(net)(x).data, expected)
    assert net.training and not net[0].running_mean.data.any()


def test_gradients_are_not_asked_for():
    x = minifcn.tensor(np.ones((2, 3)), requires_grad=True)
    assert not nn.capture(Net(F.relu))(x).requires_grad


def test_python_threads_share_it(monkeypatch):
    """With equal numbers of threads, since parts of a batch may differ from the whole in the last bits."""
    monkeypatch.setattr(capturing, "parts_of", in_parts(2))
    net = fcn().fuse()
    captured, images = nn.capture(net), [image(4, 3, 32, 32, seed=i) for i in range(4)]
    expected, wrong = [captured(x).data for x in images], []

    def ask(i):
        with threads_each(1):
            for _ in range(20):
                if captured(images[i]).data.tobytes() != expected[i].tobytes():
                    wrong.append(i)

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_an_error_on_another_thread_is_raised(monkeypatch):
    monkeypatch.setattr(capturing, "parts_of", in_parts(2))
    captured, x = nn.capture(Net(F.relu)), image(4, 3)
    captured(x)
    ((_, second),) = captured.passes.values()

    def fail():
        raise MemoryError("on the other thread")

    second.steps.append((fail, ()))
    with pytest.raises(MemoryError, match="on the other thread"):
        captured(x)
    second.steps.pop()
    np.testing.assert_array_equal(captured(x).data, np.maximum(x.data, 0))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own(monkeypatch):
    monkeypatch.setattr(capturing, "parts_of", in_parts(2))
    captured, x = nn.capture(Net(F.relu)), image(4, 3)
    captured(x)
    child = os.fork()
    if not child:
        os._exit(0 if np.array_equal(captured(x).data, np.maximum(x.data, 0)) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_threads_are_those_of_the_caller():
    from numba import get_num_threads

    before = get_num_threads()
    nn.capture(fcn())(image(4, 3, 32, 32))
    assert get_num_threads() == before
    with threads_each(1):
        captured = nn.capture(Net(F.relu))
        captured(image(4, 3))
        ((only,),) = captured.passes.values()
        assert (only.rows, only.threads) == (..., 1)
    assert get_num_threads() == before
