"""Optimizers and schedulers against PyTorch's, their state, and the options they refuse."""

import json

import numpy as np
import pytest

import minifcn
from minifcn import nn, optim
from minifcn.kernels import to_device
from minifcn.optim import lr_scheduler

SHAPES = [(3, 4), (5,), (2, 3, 3, 3)]
OPTIMIZERS = {
    "sgd": lambda lib, params: lib.SGD(params, 0.05),
    "sgd momentum": lambda lib, params: lib.SGD(params, 0.05, momentum=0.9),
    "sgd momentum decay": lambda lib, params: lib.SGD(params, 0.05, momentum=0.9, weight_decay=0.01),
    "sgd nesterov": lambda lib, params: lib.SGD(params, 0.05, momentum=0.9, weight_decay=0.01, nesterov=True),
    "adam": lambda lib, params: lib.Adam(params, 0.02),
    "adam decay": lambda lib, params: lib.Adam(params, 0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1),
    "adamw": lambda lib, params: lib.AdamW(params, 0.02),
    "adamw decay": lambda lib, params: lib.AdamW(params, 0.02, weight_decay=0.3),
}
SCHEDULERS = {
    "step": (lambda o: lr_scheduler.StepLR(o, 7, 0.3), lambda t, o: t.StepLR(o, 7, 0.3)),
    "poly": (lambda o: lr_scheduler.PolyLR(o, 30), lambda t, o: t.PolynomialLR(o, 30, 0.9)),
    "cosine": (
        lambda o: lr_scheduler.CosineAnnealingLR(o, 20, 0.001),
        lambda t, o: t.CosineAnnealingLR(o, 20, 0.001),
    ),
}


def parameters(dtype=np.float64):
    rng = np.random.default_rng(0)
    return [nn.Parameter(rng.standard_normal(shape).astype(dtype)) for shape in SHAPES]


def set_gradients(params, seed):
    rng = np.random.default_rng(seed)
    for p in params:
        p.grad = rng.standard_normal(p.shape).astype(p.dtype)


def train(optimizer, params, steps, start=0, scheduler=None):
    for i in range(start, start + steps):
        set_gradients(params, i)
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


def twins():
    """The same parameters here and in PyTorch."""
    torch = pytest.importorskip("torch")
    ours = parameters()
    return torch, ours, [torch.nn.Parameter(torch.from_numpy(p.data.copy())) for p in ours]


def train_both(torch, ours, theirs, optimizer, other, steps, schedulers=()):
    for i in range(steps):
        set_gradients(ours, i)
        for p, q in zip(ours, theirs):
            q.grad = torch.from_numpy(p.grad.copy())
        for stepped in (optimizer, other, *schedulers):
            stepped.step()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_fifty_steps_are_pytorchs(name):
    torch, ours, theirs = twins()
    optimizer, other = OPTIMIZERS[name](optim, ours), OPTIMIZERS[name](torch.optim, theirs)
    train_both(torch, ours, theirs, optimizer, other, 50)
    for p, q in zip(ours, theirs):
        np.testing.assert_allclose(p.numpy(), q.detach().numpy(), rtol=0, atol=1e-12)


def test_groups_with_doubled_bias_rate_and_no_bias_decay_are_pytorchs():
    torch, ours, theirs = twins()
    pair = []
    for lib, params in ((optim, ours), (torch.optim, theirs)):
        groups = [{"params": [params[0], params[2]]}, {"params": [params[1]], "lr": 0.1, "weight_decay": 0.0}]
        pair.append(lib.SGD(groups, 0.05, momentum=0.9, weight_decay=0.01))
    train_both(torch, ours, theirs, *pair, 20)
    for p, q in zip(ours, theirs):
        np.testing.assert_allclose(p.numpy(), q.detach().numpy(), rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_learning_rates_are_pytorchs(name):
    torch, ours, theirs = twins()
    optimizer, other = optim.SGD(ours, 0.05), torch.optim.SGD(theirs, 0.05)
    scheduler, counterpart = SCHEDULERS[name][0](optimizer), SCHEDULERS[name][1](torch.optim.lr_scheduler, other)
    for _ in range(35):
        assert np.isclose(optimizer.param_groups[0]["lr"], other.param_groups[0]["lr"], rtol=1e-12, atol=1e-16)
        train_both(torch, ours, theirs, optimizer, other, 1, (scheduler, counterpart))


def test_schedulers_keep_the_ratio_between_groups():
    weight, bias, _ = parameters()
    optimizer = optim.SGD([{"params": weight}, {"params": bias, "lr": 0.2}], 0.1)
    scheduler = lr_scheduler.PolyLR(optimizer, 10, power=1)
    for _ in range(5):
        scheduler.step()
    assert np.allclose(scheduler.get_last_lr(), [0.05, 0.1]) and scheduler.last_epoch == 5


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_float32_stays_float32_even_with_numpy_options(name):
    params = parameters(np.float32)
    optimizer = OPTIMIZERS[name](optim, params)
    optimizer.add_param_group({"params": nn.Parameter(np.ones(2, np.float32)), "lr": np.float64(0.1)})
    train(optimizer, optimizer.parameters(), 2)
    assert isinstance(optimizer.param_groups[1]["lr"], float)
    assert {p.dtype for p in optimizer.parameters()} == {np.dtype(np.float32)}
    assert {a.dtype for s in optimizer.state.values() for a in s.values() if not isinstance(a, int)} <= {np.dtype("f4")}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_order_of_memory_does_not_change_a_bit(name):
    results = []
    for order in ("C", "F"):
        params = [nn.Parameter(np.array(p.data, order=order)) for p in parameters()]
        train(OPTIMIZERS[name](optim, params), params, 3)
        results.append([p.numpy() for p in params])
    for other in results[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(results[0], other))


def test_a_step_works_in_place_and_leaves_the_gradient():
    params = parameters()
    set_gradients(params, 0)
    data, grads = [p.data for p in params], [p.grad.copy() for p in params]
    optim.SGD(params, 0.1, momentum=0.9, weight_decay=0.1, nesterov=True).step()
    assert all(p.data is d and np.array_equal(p.grad, g) for p, d, g in zip(params, data, grads))


def test_a_parameter_without_a_gradient_is_left_alone():
    params = parameters()
    before = params[0].numpy().copy()
    optimizer = optim.AdamW(params)
    params[1].grad = np.ones(5)
    optimizer.step()
    assert np.array_equal(params[0].numpy(), before) and list(optimizer.state) == [params[1]]
    optimizer.zero_grad()
    assert params[1].grad is None


def test_momentum_may_be_switched_on_and_off_between_steps_as_in_pytorch():
    torch, ours, theirs = twins()
    optimizer, other = optim.SGD(ours, 0.05), torch.optim.SGD(theirs, 0.05)
    for momentum in (0.0, 0.8, 0.9, 0.0, 0.9):
        optimizer.param_groups[0]["momentum"] = other.param_groups[0]["momentum"] = momentum
        train_both(torch, ours, theirs, optimizer, other, 2)
    for p, q in zip(ours, theirs):
        np.testing.assert_allclose(p.numpy(), q.detach().numpy(), rtol=0, atol=1e-12)


def test_a_state_without_its_velocity_yet_comes_back():
    params = parameters()
    optimizer = optim.SGD(params, 0.05)
    train(optimizer, params, 1)
    optimizer.param_groups[0]["momentum"] = 0.9
    other = optim.SGD(parameters(), 0.05)
    other.load_state_dict(optimizer.state_dict())
    train(other, other.parameters(), 1)


@pytest.mark.parametrize("name", ["sgd", "adam"])
@pytest.mark.parametrize(
    "gradient, error, message",
    [
        (np.ones(1), ValueError, r"the gradient of a parameter of shape \(5,\) and dtype float64 has shape \(1,\)"),
        (np.ones((5, 5)), ValueError, r"has shape \(5, 5\)"),
        (np.ones(5, np.float32), ValueError, "and dtype float32"),
        (minifcn.tensor(np.ones(5)), TypeError, "the gradient of a parameter is Tensor, expected an array"),
        (0.5, TypeError, "the gradient of a parameter is float"),
    ],
)
def test_a_gradient_unlike_its_parameter_is_reported_and_changes_nothing(name, gradient, error, message):
    params = parameters()
    optimizer, before = OPTIMIZERS[name](optim, params), [p.data.copy() for p in params]
    set_gradients(params, 0)
    params[1].grad = gradient
    with pytest.raises(error, match=message):
        optimizer.step()
    assert all(np.array_equal(p.data, b) for p, b in zip(params, before)) and not optimizer.state


def test_a_group_added_later_joins_the_schedule_with_its_own_rate_as_the_base():
    weight, bias, _ = parameters()
    optimizer = optim.SGD([weight], 0.1)
    scheduler = lr_scheduler.PolyLR(optimizer, 10, power=1)
    scheduler.step()
    optimizer.add_param_group({"params": bias, "lr": 0.2})
    for _ in range(4):
        scheduler.step()
    assert np.allclose(scheduler.get_last_lr(), [0.05, 0.1])
    other = lr_scheduler.PolyLR(optim.SGD([weight], 0.1), 10, power=1)
    other.optimizer.add_param_group({"params": bias, "lr": 0.2})
    other.load_state_dict(scheduler.state_dict())
    assert other.get_last_lr() == scheduler.get_last_lr()


# State ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULERS)
def test_a_run_resumed_from_its_state_ends_with_the_same_bits(name, schedule):
    whole, half = parameters(), parameters()
    optimizer = OPTIMIZERS[name](optim, whole)
    train(optimizer, whole, 20, scheduler=SCHEDULERS[schedule][0](optimizer))
    first = OPTIMIZERS[name](optim, half)
    scheduler = SCHEDULERS[schedule][0](first)
    train(first, half, 11, scheduler=scheduler)
    rest = [nn.Parameter(p.data.copy()) for p in half]
    second = OPTIMIZERS[name](optim, rest)
    second_scheduler = SCHEDULERS[schedule][0](second)
    second.load_state_dict(first.state_dict())
    second_scheduler.load_state_dict(json.loads(json.dumps(scheduler.state_dict())))
    train(first, half, 1)                                             # what the state came from goes its own way
    train(second, rest, 9, start=11, scheduler=second_scheduler)
    assert all(np.array_equal(p.numpy(), q.numpy()) for p, q in zip(whole, rest))


def test_the_state_of_parameters_without_a_step_is_empty():
    params = parameters()
    optimizer = optim.Adam(params)
    params[0].grad = np.ones((3, 4))
    optimizer.step()
    other = optim.Adam(parameters())
    other.load_state_dict(optimizer.state_dict())
    assert [len(state) for state in other.state_dict()["state"]] == [3, 0, 0]


def broken_states():
    params = parameters()
    optimizer = optim.SGD(params, 0.1, momentum=0.9)
    train(optimizer, params, 1)

    def state(change):
        result = optimizer.state_dict()
        change(result)
        return result

    def wrong_shape(s):
        s["state"][1]["momentum_buffer"] = np.zeros(4)

    def wrong_dtype(s):
        s["state"][1]["momentum_buffer"] = np.zeros(5, np.float32)

    def wrong_name(s):
        s["state"][0]["exp_avg"] = s["state"][0].pop("momentum_buffer")

    def wrong_size(s):
        s["param_groups"][0]["params"].pop()

    def wrong_lr(s):
        s["param_groups"][0]["lr"] = float("nan")

    adam = optim.Adam(parameters()).state_dict()
    return [
        (state(wrong_shape), r"state of parameter 1: momentum_buffer has shape \(4,\) .* expected \(5,\)"),
        (state(wrong_dtype), "dtype float32, expected"),
        (state(wrong_name), r"parameter 0 has \['exp_avg', 'step'\], expected \['momentum_buffer', 'step'\]"),
        (state(wrong_size), r"groups of \[2\] parameters, expected \[3\]"),
        (state(wrong_lr), "lr is nan"),
        (adam, "options .*betas.* it belongs to another optimizer"),
    ]


@pytest.mark.parametrize("state, message", broken_states())
def test_a_state_that_does_not_fit_is_told_and_changes_nothing(state, message):
    params = parameters()
    optimizer = optim.SGD(params, 0.5, momentum=0.9)
    with pytest.raises(ValueError, match="SGD: .*" + message):
        optimizer.load_state_dict(state)
    assert optimizer.param_groups[0]["lr"] == 0.5 and not optimizer.state


def test_a_scheduler_refuses_the_state_of_another():
    optimizer = optim.SGD(parameters(), 0.1)
    poly, step = lr_scheduler.PolyLR(optimizer, 10), lr_scheduler.StepLR(optimizer, 10)
    with pytest.raises(ValueError, match="PolyLR: the state has .*gamma.* belongs to another scheduler"):
        poly.load_state_dict(step.state_dict())
    with pytest.raises(ValueError, match="PolyLR: total_iters is 10, but 20 in the state"):
        poly.load_state_dict(lr_scheduler.PolyLR(optimizer, 20).state_dict())


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda p: optim.SGD([], 0.1), ValueError, "SGD: params is empty"),
        (lambda p: optim.SGD(p, -1), ValueError, "SGD: lr is -1, expected a number of at least 0"),
        (lambda p: optim.SGD(p, float("nan")), ValueError, "SGD: lr is nan"),
        (lambda p: optim.SGD(p, "0.1"), ValueError, "SGD: lr is '0.1'"),
        (lambda p: optim.SGD(p, 0.1, nesterov=True), ValueError, "SGD: nesterov is True but momentum is 0"),
        (lambda p: optim.SGD(p + p[:1], 0.1), ValueError, r"SGD: a parameter of shape \(3, 4\) is given twice"),
        (lambda p: optim.SGD([{"params": p, "rate": 1}], 0.1), ValueError, "SGD: unknown option 'rate'"),
        (lambda p: optim.SGD([{"weights": p}], 0.1), TypeError, "SGD: a group is dict, expected a dict with 'params'"),
        (lambda p: optim.SGD([np.ones(3)], 0.1), TypeError, "SGD: a parameter is ndarray, expected a tensor"),
        (lambda p: optim.SGD(nn.Linear(2, 1), 0.1), TypeError, "SGD: params is Linear, expected .*; pass model.parameters()"),
        (lambda p: optim.SGD(nn.Linear(2, 1).parameters, 0.1), TypeError, "SGD: params is method, expected"),
        (lambda p: optim.SGD(p[0], 0.1), TypeError, "SGD: params is Parameter, expected"),
        (lambda p: optim.SGD(nn.Linear(2, 1).state_dict(), 0.1), TypeError, "SGD: params is dict, expected"),
        (lambda p: optim.SGD(set(p), 0.1), TypeError, "SGD: params is set, expected"),
        (lambda p: optim.SGD([{"params": set(p)}], 0.1), TypeError, "SGD: params is set, expected"),
        (lambda p: optim.SGD([{"params": None}], 0.1), TypeError, "SGD: params is NoneType, expected"),
        (lambda p: optim.SGD([p[0] * 2], 0.1), ValueError, "SGD: a parameter of shape .* is the result of an operation"),
        (lambda p: optim.Adam(p, betas=0.9), ValueError, "Adam: betas is 0.9, expected two numbers"),
        (lambda p: optim.Adam(p, betas=("0.9", 0)), ValueError, "Adam: betas is .*, expected two numbers"),
        (lambda p: lr_scheduler.StepLR(nn.Linear(2, 1), 10), TypeError, "StepLR: optimizer is Linear, expected an optimizer"),
        (lambda p: lr_scheduler.StepLR(optim.SGD(p), "10"), ValueError, "StepLR: step_size is '10', expected a number"),
        (lambda p: optim.Adam(p, betas=(0.9, 1.0)), ValueError, r"Adam: betas is \(0.9, 1.0\)"),
        (lambda p: optim.AdamW(p, weight_decay=-1), ValueError, "AdamW: weight_decay is -1"),
        (lambda p: lr_scheduler.PolyLR(optim.SGD(p, 0.1), 0), ValueError, "PolyLR: total_iters is 0"),
    ],
)
def test_a_wrong_option_is_told(make, error, message):
    with pytest.raises(error, match=message):
        make(parameters())


def test_sgd_fits_a_line():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((64, 2)).astype(np.float32)
    layer = nn.Linear(2, 1, generator=rng)
    optimizer = optim.SGD(layer.parameters(), 0.1, momentum=0.9)
    target = x @ np.array([[2.0], [-1.0]], np.float32) + 0.5
    for _ in range(200):
        optimizer.zero_grad()
        minifcn.functional.mse_loss(layer(minifcn.tensor(x)), minifcn.tensor(target)).backward()
        optimizer.step()
    np.testing.assert_allclose(layer.weight.numpy(), [[2, -1]], atol=1e-4)


@pytest.mark.gpu
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_gpu_takes_the_same_steps_and_reads_the_same_state(name):
    if not pytest.importorskip("cupy").cuda.is_available():
        pytest.skip("CuPy finds no GPU")
    results = []
    for device in ("cpu", "cuda"):
        params = [nn.Parameter(p.to(device)) for p in parameters()]
        optimizer = OPTIMIZERS[name](optim, params)
        for start in (0, 5):
            for i in range(start, start + 5):
                set_gradients(params, i)
                for p in params:
                    p.grad = to_device(p.grad, device)
                optimizer.step()
            state, optimizer = optimizer.state_dict(), OPTIMIZERS[name](optim, params)
            optimizer.load_state_dict(state)
        results.append([p.numpy() for p in params])
    for p, q in zip(*results):
        np.testing.assert_allclose(p, q, rtol=0, atol=1e-13)
