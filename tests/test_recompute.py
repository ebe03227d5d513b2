"""Recomputation: the same bits from fewer kept maps, in a segment, in every network, and in a whole run."""

import weakref

import numpy as np
import pytest
from models.narrow_networks import SEGMENTATION, fcn, moved, narrow
from small_run import plain

from minifcn import Tensor, default_generator, manual_seed, nn, no_grad
from minifcn import functional as F
from minifcn.autograd import backward
from minifcn.models import FCN8s
from minifcn.optim import SGD, AdamW, update_and_drop
from minifcn.runs.less_memory import less_memory
from minifcn.runs.options import Options
from minifcn.runs.run import run
from minifcn.step import pixel_loss, train_step
from minifcn.utils.checkpoint import checkpoint, checkpoint_sequential, is_recomputing

OTHERS = {  # whose skips start from residual blocks, which use their input twice
    "fcn8s on resnet18": fcn(FCN8s, "resnet18"),
    "fcn8s on googlenet": fcn(FCN8s, "googlenet"),
}
RECOMPUTED = [name for name in (*SEGMENTATION, *OTHERS) if name != "pixelwise"]


def leaf(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).standard_normal(shape), requires_grad=True)


def layers():
    """Layers with batch norm and with dropout from two generators."""
    rng = np.random.default_rng(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, generator=rng),
        nn.BatchNorm2d(8),
        nn.Dropout(0.5),
        nn.ReLU(),
        nn.Conv2d(8, 4, 3, generator=rng),
        nn.BatchNorm2d(4, momentum=None),
        nn.Dropout(0.3, generator=np.random.default_rng(5)),
        nn.Conv2d(4, 2, 1, generator=rng),
    ).to(np.float64)


def bits_of(net):
    """Its state and its gradients, and the next random numbers."""
    grads = {name: p.grad for name, p in net.named_parameters()}
    return plain([net.state_dict(), grads, default_generator().bit_generator.state])


# A segment ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("segments", [1, 2, 3, 8])
def test_a_sequence_keeps_every_bit(segments):
    results = []
    for forward in (lambda net, x: net(x), lambda net, x: checkpoint_sequential(net, segments, x)):
        net, x = layers(), leaf(2, 3, 9, 9)
        manual_seed(1)
        y = forward(net, x)
        (y * y).sum().backward()
        results.append([bits_of(net), plain([y.data, x.grad])])
    assert results[0] == results[1]


def test_an_image_that_needs_no_gradient_does_not_stop_those_of_the_parameters():
    net = nn.Conv2d(3, 2, 3)
    checkpoint(net, Tensor(np.ones((1, 3, 4, 4), np.float32))).sum().backward()
    assert net.weight.grad.all()


def test_what_the_segment_computed_is_freed_before_backward():
    kept = []

    def function(x):
        y = x.exp()
        kept.append(weakref.ref(y.data))
        return y * y

    y = checkpoint(function, leaf(3))
    assert kept[0]() is None
    y.sum().backward()
    assert len(kept) == 2


def test_a_map_is_freed_as_soon_as_backward_has_passed_it():
    first, second, alive = nn.Linear(3, 3), nn.Linear(3, 3), []
    hidden = first(Tensor(np.ones((2, 3), np.float32)))
    kept, y = weakref.ref(hidden.data), second(hidden).sum()
    del hidden
    backward(y, on_leaf=lambda leaf: alive.append(kept() is not None))
    assert alive == [True, True, False, False], "after both gradients of the second layer, none of the first needs it"


def test_checkpoints_may_be_nested():
    net, x = layers(), leaf(1, 3, 9, 9)
    manual_seed(3)
    checkpoint(lambda x: checkpoint_sequential(list(net)[4:], 2, checkpoint_sequential(list(net)[:4], 2, x)), x).sum().backward()
    plain_net, again = layers(), leaf(1, 3, 9, 9)
    manual_seed(3)
    plain_net(again).sum().backward()
    assert bits_of(net) == bits_of(plain_net) and np.array_equal(x.grad, again.grad)


def test_without_gradients_the_function_just_runs():
    calls = []
    with no_grad():
        y = checkpoint(lambda x: calls.append(x) or x * 2, leaf(3))
    assert len(calls) == 1 and y.is_leaf


def test_a_result_that_needs_no_gradient_is_a_leaf():
    assert checkpoint(lambda x: x * 2, Tensor(np.ones(3))).is_leaf


def test_arguments_may_be_anything():
    x, labels = leaf(2, 3), Tensor(np.array([0, 2]))
    checkpoint(lambda x, labels, scale: F.cross_entropy(x * scale, labels), x, labels, 3.0).backward()
    expected = leaf(2, 3)
    F.cross_entropy(expected * 3.0, labels).backward()
    assert np.array_equal(x.grad, expected.grad)


def test_a_function_may_return_its_argument_and_use_it_twice():
    x = leaf(3)
    (checkpoint(lambda x: x, x) + checkpoint(lambda x, y: x * y, x, x)).sum().backward()
    np.testing.assert_allclose(x.grad, 1 + 2 * x.data)


def test_backward_can_run_twice_on_a_retained_graph():
    x, net = leaf(1, 3, 9, 9), layers()
    y = checkpoint(net, x).sum()
    y.backward(retain_graph=True)
    first = x.grad
    y.backward()
    assert np.array_equal(x.grad, first + first)


def test_settings_are_those_of_forward():
    net, x = layers(), leaf(1, 3, 9, 9)
    with nn.evaluating():
        y = checkpoint(net, x).sum()
    y.backward()
    expected = leaf(1, 3, 9, 9)
    net.eval()(expected).sum().backward()
    assert np.array_equal(x.grad, expected.grad)


def test_after_an_error_in_backward_everything_is_as_before():
    calls = []

    def function(x):
        calls.append(x)
        y = F.dropout(x.exp())
        if len(calls) == 2:
            raise MemoryError("no room")
        return y

    manual_seed(0)
    y = checkpoint(function, leaf(3)).sum()
    state = default_generator().bit_generator.state
    with pytest.raises(MemoryError, match="no room"):
        y.backward()
    assert not is_recomputing() and default_generator().bit_generator.state == state


def test_a_wrong_function_is_refused():
    with pytest.raises(TypeError, match="checkpoint: function returned tuple, expected one tensor"):
        checkpoint(lambda x: (x, x), leaf(3))
    with pytest.raises(ValueError, match="checkpoint_sequential: segments is 0, expected at least 1"):
        checkpoint_sequential([F.relu], 0, leaf(3))
    sizes = iter([2, 3])
    y = checkpoint(lambda x: x[: next(sizes)] * 2, leaf(4))
    with pytest.raises(RuntimeError, match=r"a result of shape \(2,\) in forward and \(3,\) in backward"):
        y.sum().backward()


# Networks -------------------------------------------------------------------------------------------------------------


def gradients(name, recompute):
    manual_seed(4)
    net = moved(OTHERS[name](np.random.default_rng(0))) if name in OTHERS else narrow(name)
    if recompute:
        net.recompute_()
    rng = np.random.default_rng(1)
    x, labels = Tensor(rng.standard_normal((2, 3, 40, 36))), rng.integers(0, 3, (2, 40, 36))
    loss = pixel_loss(net, x, labels)
    loss.backward()
    return plain(loss.data), bits_of(net)


@pytest.mark.parametrize("name", RECOMPUTED)
def test_every_network_keeps_every_bit(name):
    assert gradients(name, True) == gradients(name, False)


@pytest.mark.parametrize("name", RECOMPUTED)
def test_every_network_has_segments(name, monkeypatch):
    segments = []
    for module in ("backbone", "unet"):
        monkeypatch.setattr(f"minifcn.models.{module}.checkpoint", lambda f, *args: segments.append(f) or f(*args))
    gradients(name, True)
    assert len(segments) > 2


def test_a_network_without_stages_says_so():
    with pytest.raises(ValueError, match="recompute: PixelClassifier has no stages to compute again"):
        narrow("pixelwise").recompute_()


# Updates in backward --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [lambda p: SGD(p, 0.1, momentum=0.9, weight_decay=0.01), AdamW])
def test_updates_in_backward_are_those_of_step(make):
    def trained(less):
        net = narrow("fcn8s")
        manual_seed(0)
        optimizer, rng = make(net.parameters()), np.random.default_rng(1)
        x, labels = rng.standard_normal((2, 3, 32, 32)), rng.integers(0, 3, (2, 32, 32))
        for _ in range(3):
            if less:
                with less_memory(net, optimizer):
                    train_step(net, optimizer, pixel_loss, x, labels)
                assert all(p.grad is None for p in net.parameters())
            else:
                train_step(net, optimizer, pixel_loss, x, labels)
        return plain([net.state_dict(), optimizer.state_dict()])

    assert trained(True) == trained(False)


def test_no_two_gradients_exist_at_the_same_time():
    layers = [nn.Linear(3, 3).to(np.float64) for _ in range(3)]
    parameters = [p for layer in layers for p in layer.parameters()]
    optimizer, counts = SGD(parameters, 0.1), []
    update = SGD.update

    def counted(self, *arguments):
        counts.append(sum(p.grad is not None for p in parameters))
        update(self, *arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SGD, "update", counted)
        x = Tensor(leaf(2, 3).data)
        backward(layers[2](layers[1](layers[0](x))).sum(), on_leaf=update_and_drop(optimizer))
    assert counts == [1] * 6 and all(p.grad is None for p in parameters)


def test_a_weight_is_updated_after_its_last_use_in_backward():
    weight, x = leaf(3, 3), leaf(2, 3)
    (F.linear(F.linear(x, weight), weight)).sum().backward()
    SGD([weight], 0.1).step()
    other, y = leaf(3, 3), leaf(2, 3)
    update = update_and_drop(SGD([other], 0.1))
    backward(F.linear(F.linear(y, other), other).sum(), on_leaf=lambda leaf: leaf is other and update(leaf))
    assert np.array_equal(other.data, weight.data) and np.array_equal(y.grad, x.grad)


# A run ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_run_keeps_every_bit(tmp_path, accumulate):
    options = Options(data="shapes", size=32, samples=8, epochs=1, batch=4, accumulate=accumulate)
    (first, history), (second, again) = (
        run(options, tmp_path / str(recompute), recompute=recompute, quiet=True) for recompute in (False, True)
    )
    assert plain(first.state_dict()) == plain(second.state_dict()) and history == again
    assert not second.backbone.recompute
