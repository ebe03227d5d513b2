"""Resizing, the rectifier, batch normalisation and cross-entropy against the reference."""

import numpy as np
import pytest
from cases import DTYPES, FEW, LAYOUTS, SEEDS, close, normal, strided
from hypothesis import given
from hypothesis import strategies as st

from minifcn.kernels import reference

SMALL = st.integers(1, 6)


@FEW
@given(SEEDS, DTYPES, LAYOUTS, st.integers(0, 3), st.sampled_from([1, 2, 5]), SMALL, SMALL, st.integers(1, 8))
def test_banded_matmul_is_the_reference(kernels, seed, dtype, layout, outer, inner, band, spare, m):
    n = band + spare - 1
    x, weight = normal(seed, outer, n, inner, dtype=dtype), normal(seed + 1, m, band, dtype=dtype)
    first = np.random.default_rng(seed).integers(0, n - band + 1, m)
    args = strided(x, layout), first, strided(weight, layout)
    close(kernels("banded_matmul", *args)[0], reference.banded_matmul(*args))


@FEW
@given(SEEDS, DTYPES, LAYOUTS, st.integers(0, 5), SMALL, st.sampled_from([0.0, 0.01, 1.0, -0.5]))
def test_relu_is_the_reference(kernels, seed, dtype, layout, a, b, negative_slope):
    x, grad = (strided(normal(s, a, b, 3, dtype=dtype), layout) for s in (seed, seed + 1))
    np.testing.assert_array_equal(
        kernels("relu_forward", x, negative_slope)[0], reference.relu_forward(x, negative_slope)
    )
    np.testing.assert_array_equal(
        kernels("relu_backward", grad, x, negative_slope)[0], reference.relu_backward(grad, x, negative_slope)
    )


@pytest.mark.parametrize("negative_slope", [0.0, 0.1])
def test_relu_of_special_values(kernels, negative_slope):
    x = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0] * 7, np.float32)
    expected = np.array([np.nan, np.inf, -np.inf * negative_slope if negative_slope else 0.0, 0.0, 0.0] * 7, np.float32)
    np.testing.assert_array_equal(kernels("relu_forward", x, negative_slope)[0], expected)


def test_relu_of_a_scalar_keeps_its_shape(kernels):
    x = np.array(-2.0)
    assert kernels("relu_forward", x, 0.5)[0].shape == ()
    assert kernels("relu_backward", x, x, 0.5)[0] == -1.0


@FEW
@given(SEEDS, DTYPES, LAYOUTS, SMALL, SMALL, st.integers(1, 50))
def test_channel_moments_are_the_reference(kernels, seed, dtype, layout, N, C, P):
    x = strided(normal(seed, N, C, P, dtype=dtype), layout)
    for result, expected in zip(kernels("channel_moments", x), reference.channel_moments(x), strict=True):
        close(result, expected)


def test_channel_moments_survive_a_large_mean(kernels):
    x = (1000 + normal(0, 4, 3, 5000)).astype(np.float32)
    mean, var = kernels("channel_moments", x)
    np.testing.assert_allclose(mean, x.mean((0, 2), dtype=np.float64), rtol=1e-6)
    np.testing.assert_allclose(var, x.var((0, 2), dtype=np.float64), rtol=1e-4)


def normalization(seed, dtype, layout, N, C, P):
    x, grad = (strided(normal(s, N, C, P, dtype=dtype), layout) for s in (seed, seed + 1))
    weight, bias, mean = normal(seed + 2, 3, C, dtype=dtype)
    return grad, x, mean, 1 + mean**2, weight, bias


@FEW
@given(SEEDS, DTYPES, LAYOUTS, st.integers(0, 4), SMALL, st.integers(1, 50))
def test_batch_norm_forward_is_the_reference(kernels, seed, dtype, layout, N, C, P):
    _, *args = normalization(seed, dtype, layout, N, C, P)
    close(kernels("batch_norm_forward", *args)[0], reference.batch_norm_forward(*args), scale=10)


@FEW
@given(SEEDS, DTYPES, LAYOUTS, SMALL, SMALL, st.integers(1, 50))
def test_batch_norm_backward_is_the_reference(kernels, seed, dtype, layout, N, C, P):
    *args, _ = normalization(seed, dtype, layout, N, C, P)
    results = kernels("batch_norm_backward", *args)
    for result, expected in zip(results, reference.batch_norm_backward(*args), strict=True):
        close(result, expected, scale=100)


def classification(seed, dtype, layout, N, C, P, ignore_index):
    rng = np.random.default_rng(seed)
    target = rng.integers(0, C, (N, P))
    target[rng.random((N, P)) < 0.2] = ignore_index
    logits = strided(10 * normal(seed, N, C, P, dtype=dtype), layout)
    return logits, strided(target, layout), rng.random(C).astype(dtype), ignore_index


@FEW
@given(SEEDS, DTYPES, LAYOUTS, st.integers(0, 4), SMALL, st.integers(1, 40), st.sampled_from([255, -100, 0]))
def test_cross_entropy_forward_is_the_reference(kernels, seed, dtype, layout, N, C, P, ignore_index):
    args = classification(seed, dtype, layout, N, C, P, ignore_index)
    results = kernels("cross_entropy_forward", *args)
    for result, expected in zip(results, reference.cross_entropy_forward(*args), strict=True):
        close(result, expected, scale=10)


@FEW
@given(SEEDS, DTYPES, LAYOUTS, st.integers(0, 4), SMALL, st.integers(1, 40), st.sampled_from([255, -100, 0]))
def test_cross_entropy_backward_is_the_reference(kernels, seed, dtype, layout, N, C, P, ignore_index):
    logits, *rest = classification(seed, dtype, layout, N, C, P, ignore_index)
    log_normalizer = reference.cross_entropy_forward(logits, *rest)[1]
    args = normal(seed + 5, N, P, dtype=dtype), logits, log_normalizer, *rest
    close(kernels("cross_entropy_backward", *args)[0], reference.cross_entropy_backward(*args), scale=10)


def test_cross_entropy_of_huge_logits_is_finite(kernels):
    logits = np.array([[[1e4], [-1e4], [0.0]]], np.float32)
    args = np.array([[1]]), np.ones(3, np.float32), 255
    loss, log_normalizer = kernels("cross_entropy_forward", logits, *args)
    assert loss == 2e4 and log_normalizer == 1e4
    (grad,) = kernels("cross_entropy_backward", np.ones((1, 1), np.float32), logits, log_normalizer, *args)
    np.testing.assert_array_equal(grad.ravel(), [1, -1, 0])


def test_cross_entropy_of_a_forbidden_class_is_finite(kernels):
    """A logit of -inf has probability 0 and gradient 0."""
    logits = np.array([[[1.0], [-np.inf], [1.0]]], np.float32)
    args = np.array([[0]]), np.ones(3, np.float32), 255
    loss, log_normalizer = kernels("cross_entropy_forward", logits, *args)
    np.testing.assert_allclose(loss, np.log(2), rtol=1e-6)
    (grad,) = kernels("cross_entropy_backward", np.ones((1, 1), np.float32), logits, log_normalizer, *args)
    np.testing.assert_allclose(grad.ravel(), [-0.5, 0, 0.5], rtol=1e-6, atol=1e-37)
