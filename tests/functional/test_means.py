"""A mean is a sum divided by its count, not multiplied by the rounded 1 / count: the mean of equal numbers is that number.

The inputs are whole numbers whose sums are exact in float32, so that the division is all that rounds.
"""

import numpy as np
import pytest

import minifcn
import minifcn.functional
from minifcn.kernels import reference
from minifcn.kernels.geometry import pool_geometry

torch = pytest.importorskip("torch")

WHOLE = np.random.default_rng(0).integers(-50, 50, (2, 3, 41, 47)).astype(np.float32)
LABELS = np.random.default_rng(1).integers(0, 3, (2, 41, 47))
MEANS = {  # each a mean of ones that must be 1
    "mean of all": lambda F, x: x.mean(),
    "mean of rows": lambda F, x: x.mean(-1),
    "mean of two axes": lambda F, x: x.mean((2, 3), True),
    "avg_pool2d": lambda F, x: F.avg_pool2d(x, 7, 3),
    "avg_pool2d, border": lambda F, x: F.avg_pool2d(x, (7, 6), 2, (3, 2), True, False),
    "adaptive_avg_pool2d to 1": lambda F, x: F.adaptive_avg_pool2d(x, 1),
    "mse_loss": lambda F, x: F.mse_loss(x, 0 * x),
}
COUNTS = [(1, 1, 1, n) for n in (3, 41, 47, 49, 55, 61, 82, 83, 94, 98, 100, 103)]  # for many, n * (1 / n) is not 1


@pytest.mark.parametrize("name", MEANS)
def test_a_mean_of_whole_numbers_has_pytorchs_bits(name):
    ours, theirs = minifcn.tensor(WHOLE, requires_grad=True), torch.tensor(WHOLE, requires_grad=True)
    y, expected = MEANS[name](minifcn.functional, ours), MEANS[name](torch.nn.functional, theirs)
    np.testing.assert_array_equal(y.data, expected.detach().numpy())
    if name == "mse_loss":
        return
    y.backward(np.ones_like(y.data))
    expected.backward(torch.ones_like(expected))
    np.testing.assert_allclose(ours.grad, theirs.grad.numpy(), rtol=3e-7)  # the shares of several windows add up


@pytest.mark.parametrize("shape", [*COUNTS, (3, 4, 41, 47)], ids=str)
def test_the_mean_of_ones_is_one(shape):
    ones = minifcn.tensor(np.ones(shape, np.float32))
    assert ones.mean().item() == 1
    assert (ones.mean(-1).data == 1).all()


@pytest.mark.parametrize("n", [1, 3, 7, 10, 41, 49])
def test_pools_of_ones_are_one(n):
    ones, window = minifcn.tensor(np.ones((1, 2, n, 61), np.float32)), (n, min(61, 2 * n))
    assert (minifcn.functional.avg_pool2d(ones, window).data == 1).all()
    assert (minifcn.functional.adaptive_avg_pool2d(ones, (2, 3)).data == 1).all()


def test_the_reference_divides_too():
    ones = np.ones((1, 1, 7, 7), np.float32)
    assert (reference.avg_pool_forward(ones, pool_geometry(7), True) == 1).all()


@pytest.mark.parametrize("size", [3, 5, 7])
def test_local_response_norm_divides_the_sum_of_squares_by_the_size(size):
    x = np.full((1, 9, 2, 2), 3, np.float32)
    y = minifcn.functional.local_response_norm(minifcn.tensor(x), size, alpha=1.0, beta=1.0, k=0.0)
    middle = y.data[:, size // 2 : 9 - size // 2]  # where the whole window lies inside
    np.testing.assert_array_equal(middle, x[:, : middle.shape[1]] / 9)


@pytest.mark.parametrize("weight", [None, np.array([1, 2, 3], np.float32)], ids=["alike", "weighted"])
def test_the_mean_loss_of_equal_losses_is_that_loss(weight):
    logits = minifcn.tensor(np.zeros((2, 3, 41, 47), np.float32))
    mean = minifcn.functional.nll_loss(logits - 1, LABELS, weight)
    assert mean.item() == 1
