"""Normalisation against PyTorch: values, gradients, and the running statistics."""

import numpy as np
import pytest

import minifcn
import minifcn.functional as F

from .against_torch import agree, assert_close, normal, torch

SHAPES = [(4, 3), (2, 3, 4, 5), (2, 1, 1, 1), (1, 2, 1, 3), (3, 2, 5)]


def statistics(C):
    g = np.random.default_rng(C)
    return g.standard_normal(C), g.uniform(0.5, 2, C)


def like(x, array):
    """A constant array of x's library and dtype."""
    return (
        minifcn.Tensor(array.astype(x.dtype)) if isinstance(x, minifcn.Tensor) else torch.tensor(array, dtype=x.dtype)
    )


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_batch_norm_is_pytorchs(shape, training):
    mean, var = statistics(shape[1])
    agree(
        lambda F, x, weight, bias: F.batch_norm(x, like(x, mean), like(x, var), weight, bias, training, eps=1e-3),
        normal(*shape),
        normal(shape[1]),
        normal(shape[1]),
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_with_its_relu_is_relu_of_batch_norm_to_the_bit(training, dtype):
    results = []
    for fused in (True, False):
        x, weight, bias = (minifcn.Tensor(a.astype(dtype), True) for a in (normal(4, 3, 5, 7), normal(3), normal(3)))
        running = [array.astype(dtype) for array in statistics(3)]
        y = F.batch_norm(x, *running, weight, bias, training, relu=fused)
        y = y if fused else F.relu(y)
        y.backward(normal(*y.shape).astype(dtype)[::-1])
        results.append([y.data, *running, x.grad, weight.grad, bias.grad])
    assert (results[0][0] == 0).any() and (results[0][0] > 0).any()
    for fused, separate in zip(*results, strict=True):
        np.testing.assert_array_equal(fused, separate)


def test_nan_passes_through_batch_norm_and_its_relu():
    x = normal(2, 3, 4, 4)
    x[0, 1, 2, 2] = np.nan
    y = F.batch_norm(minifcn.Tensor(x), *statistics(3), relu=True).data
    np.testing.assert_array_equal(np.isnan(y), np.isnan(x))


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_without_weight_and_bias_is_pytorchs(training):
    mean, var = statistics(3)
    agree(lambda F, x: F.batch_norm(x, like(x, mean), like(x, var), training=training), normal(2, 3, 4, 4))


def test_batch_norm_in_training_needs_no_running_statistics():
    agree(lambda F, x: F.batch_norm(x, None, None, training=True), normal(2, 3, 4, 4))


def test_batch_norm_of_an_empty_batch_is_empty():
    mean, var = statistics(3)
    agree(lambda F, x: F.batch_norm(x, like(x, mean), like(x, var)), normal(0, 3, 4, 4))


@pytest.mark.parametrize("momentum", [0.1, 0.0, 1.0, 0.3])
@pytest.mark.parametrize("as_tensor", [False, True])
def test_running_statistics_move_in_place_as_pytorchs(momentum, as_tensor):
    x, (mean, var) = normal(3, 4, 5, 2), statistics(4)
    theirs = torch.tensor(mean), torch.tensor(var)
    ours = (minifcn.tensor(mean), minifcn.tensor(var)) if as_tensor else (mean, var)
    F.batch_norm(minifcn.Tensor(x), *ours, training=True, momentum=momentum)
    torch.nn.functional.batch_norm(torch.tensor(x), *theirs, training=True, momentum=momentum)
    for a, b in zip(ours, theirs):
        assert_close(a.data if as_tensor else a, b.numpy(), 1e-12)


def test_running_statistics_rest_when_not_training():
    mean, var = statistics(3)
    before = mean.copy(), var.copy()
    F.batch_norm(minifcn.Tensor(normal(2, 3, 4, 4)), mean, var)
    assert np.array_equal(mean, before[0]) and np.array_equal(var, before[1])


def test_backward_uses_the_statistics_of_its_forward():
    mean, var = statistics(3)
    x = minifcn.Tensor(normal(2, 3, 4, 4), requires_grad=True)
    y = F.batch_norm(x, mean, var)
    expected = np.broadcast_to((1 / np.sqrt(var + 1e-5))[:, None, None], x.shape)
    weight = minifcn.Tensor(np.ones(3), requires_grad=True)
    z = F.batch_norm(minifcn.Tensor(x.data), mean, var, weight)
    x_hat = z.data.copy()
    mean += 100
    var += 100
    y.sum().backward()
    z.sum().backward()
    np.testing.assert_allclose(x.grad, expected, rtol=1e-12)
    np.testing.assert_allclose(weight.grad, x_hat.sum(axis=(0, 2, 3)), rtol=1e-9)


def test_a_large_mean_does_not_spoil_float32():
    x = (normal(8, 2, 16, 16) + 1000).astype(np.float32)
    y = F.batch_norm(minifcn.Tensor(x), None, None, training=True).data
    exact = (x - x.mean((0, 2, 3), np.float64, keepdims=True)) / x.std((0, 2, 3), np.float64, keepdims=True)
    np.testing.assert_allclose(y, exact, atol=1e-3)


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_of_channels_last_is_the_same_and_stays_channels_last(training):
    (mean, var), weight, bias = statistics(3), normal(3), normal(3)
    x, grad = normal(2, 3, 4, 5), normal(2, 3, 4, 5)
    results = []
    for order in (lambda a: a, channels_last):
        inputs = [minifcn.Tensor(a, requires_grad=True) for a in (order(x), weight, bias)]
        y = F.batch_norm(inputs[0], mean.copy(), var.copy(), *inputs[1:], training)
        y.backward(order(grad))
        results.append([y.data, *(t.grad for t in inputs)])
    for first, last in zip(*results):
        np.testing.assert_array_equal(first, last)
    assert y.data.transpose(0, 2, 3, 1).flags.c_contiguous


def channels_last(array):
    return np.ascontiguousarray(array.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("shape", [(2, 6, 3, 4), (1, 1, 1, 1), (2, 5, 7)], ids=str)
def test_local_response_norm_is_pytorchs(shape, size):
    agree(lambda F, x: F.local_response_norm(x, size), normal(*shape))
    agree(lambda F, x: F.local_response_norm(x, size, alpha=0.5, beta=0.6, k=2.0), normal(*shape))


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda x: F.batch_norm(x, np.zeros(2), np.ones(3)), "running_mean has shape (2,)"),
        (lambda x: F.batch_norm(x, np.zeros(3, np.float32), np.ones(3)), "dtype float32, expected (3,) and float64"),
        (
            lambda x: F.batch_norm(x, None, None),
            "batch_norm: training is False but running_mean or running_var is None",
        ),
        (
            lambda x: F.batch_norm(x[:1, :, :1, :1], None, None, training=True),
            "has 1 values per channel, expected at least 2",
        ),
        (lambda x: F.batch_norm(x[:0], None, None, training=True), "has 0 values per channel"),
        (lambda x: F.batch_norm(x[0, 0, 0], None, None, training=True), "expected (N, C) or (N, C, H, W)"),
        (lambda x: F.local_response_norm(x, 0), "local_response_norm: size is 0"),
    ],
)
def test_statistics_that_do_not_fit_are_told(call, told):
    with pytest.raises(ValueError) as error:
        call(minifcn.Tensor(normal(2, 3, 4, 4)))
    assert told in str(error.value)
