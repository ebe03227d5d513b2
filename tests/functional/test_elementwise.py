"""Activations and softmax against PyTorch, and where a careless formula overflows."""

import numpy as np
import pytest

import minifcn
import minifcn.functional as F

from .against_torch import agree, assert_close, normal, torch

SHAPES = [(2, 3, 4, 5), (7,), (0, 3), (1, 1, 1, 1)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", ["relu", "leaky_relu", "sigmoid", "tanh"])
def test_activations_are_pytorchs(name, shape):
    agree(lambda F, x: getattr(F, name)(x), 3 * normal(*shape))


@pytest.mark.parametrize("slope", [0.0, 0.3, -0.5, 2.0])
def test_the_negative_slope_is_pytorchs(slope):
    agree(lambda F, x: F.leaky_relu(x, slope), normal(3, 4, 5))


@pytest.mark.parametrize("name", ["relu", "leaky_relu"])
def test_the_slope_at_zero_is_pytorchs(name):
    agree(lambda F, x: getattr(F, name)(x), np.zeros((2, 3)))


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "sigmoid", "tanh"])
def test_activations_of_large_numbers_are_pytorchs(name):
    x = np.array([-1e4, -800.0, -80.0, 80.0, 800.0, 1e4, 0.5])
    with np.errstate(all="raise", under="ignore"):
        agree(lambda F, x: getattr(F, name)(x), x)


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "sigmoid", "tanh"])
def test_activations_show_nan(name):
    assert np.isnan(getattr(F, name)(minifcn.tensor([float("nan")])).item())


@pytest.mark.parametrize("dim", [0, 1, -1])
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (4, 6), (1, 1), (3, 1, 2)], ids=str)
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_is_pytorchs(name, shape, dim):
    agree(lambda F, x: getattr(F, name)(x, dim), 3 * normal(*shape))


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_of_an_empty_batch_is_empty(name):
    agree(lambda F, x: getattr(F, name)(x, 1), normal(0, 3, 2))


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_of_large_scores_does_not_overflow(name):
    x = np.array([[1000.0, 0.0, -1000.0]])
    ours, theirs = getattr(F, name)(minifcn.Tensor(x), 1), getattr(torch.nn.functional, name)(torch.tensor(x), 1)
    assert_close(ours.data, theirs.numpy(), 1e-12)


def test_a_wrong_dim_is_told():
    with pytest.raises(ValueError, match="softmax: dim is 2, expected -2 to 1 for 2 axes"):
        F.softmax(minifcn.tensor(np.ones((2, 3))), 2)
    with pytest.raises(ValueError, match="log_softmax: input has shape .* at least 1 element along dim 1"):
        F.log_softmax(minifcn.tensor(np.ones((2, 0))), 1)


def test_integers_are_refused():
    with pytest.raises(TypeError, match="relu: input is int64, expected float32 or float64"):
        F.relu(minifcn.tensor([1, 2]))
