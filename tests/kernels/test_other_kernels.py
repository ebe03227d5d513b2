"""Resizing, the matrix product, the rectifier, batch normalisation and cross-entropy against the reference."""

import numpy as np
import pytest
from cases import DTYPES, FEW, LAYOUTS, SEEDS, close, in_layout, is_last, normal, same_in_layout, strided
from hypothesis import given
from hypothesis import strategies as st

from minifcn.kernels import algorithm, cpu, reference
from minifcn.kernels.cpu.runtime import memory
from minifcn.kernels.cpu.runtime.simd import simd
from minifcn.kernels.geometry import conv_geometry, pool_geometry

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


def test_channel_moments_survive_a_pixel_far_from_all_others(kernels):
    """It may be one of those from which the mean is guessed."""
    x = normal(0, 2, 3, 3000).astype(np.float32)
    x[0, :, 0] = 1e4
    mean, var = kernels("channel_moments", x)
    np.testing.assert_allclose(mean, x.mean((0, 2), dtype=np.float64), rtol=1e-5)
    np.testing.assert_allclose(var, x.var((0, 2), dtype=np.float64), rtol=1e-5)


def test_the_variance_of_a_constant_is_no_less_than_zero(kernels):
    _, var = kernels("channel_moments", np.full((2, 3, 7), 0.1, np.float32))
    assert (var >= 0).all() and (var < 1e-12).all()


@FEW
@given(SEEDS, DTYPES, LAYOUTS, st.integers(0, 4), SMALL, st.integers(1, 50))
def test_channel_sum_is_the_reference(kernels, seed, dtype, layout, N, C, P):
    x = strided(normal(seed, N, C, P, dtype=dtype), layout)
    close(kernels("channel_sum", x)[0], reference.channel_sum(x), scale=4)


def test_channel_sum_of_a_million_numbers_keeps_its_digits(fast_kernels):
    x = np.full((1, 3, 10**6), 0.1, np.float32)
    np.testing.assert_allclose(fast_kernels("channel_sum", x)[0], x.sum((0, 2), dtype=np.float64), rtol=1e-6)


@pytest.mark.parametrize("C, P", [(5, 1000), (64, 77), (600, 31)])
def test_batch_norm_of_many_pixels_is_the_reference(kernels, C, P):
    grad, x, mean, invstd, weight, bias = normalization(0, np.float32, "plain", 3, C, P)
    args = x, mean, invstd, weight, bias
    close(kernels("batch_norm_forward", *args)[0], reference.batch_norm_forward(*args), scale=10)
    results = kernels("batch_norm_backward", grad, x, mean, invstd, weight)
    for result, expected in zip(results, reference.batch_norm_backward(grad, x, mean, invstd, weight), strict=True):
        close(result, expected, scale=100)


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


@pytest.mark.parametrize("C, P", [(5, 7), (16, 300), (600, 3)])
def test_batch_norm_with_its_relu_is_the_reference(kernels, C, P):
    grad, *args = normalization(0, np.float64, "plain", 3, C, P)
    close(kernels("batch_norm_forward", *args, True)[0], reference.batch_norm_forward(*args, True), scale=10)
    results = kernels("batch_norm_backward", grad, *args)
    for result, expected in zip(results, reference.batch_norm_backward(grad, *args), strict=True):
        close(result, expected, scale=100)


IMAGE, GRAD, CHANNEL = normal(0, 3, 5, 6, 7), normal(1, 3, 5, 6, 7), np.arange(1.0, 6.0)
ROWS, ROW_GRAD = IMAGE.reshape(3, 5, 42), GRAD.reshape(3, 5, 42)
CALLS = {
    "relu_forward": (IMAGE, 0.1),
    "relu_backward": (GRAD, IMAGE, 0.0),
    "channel_sum": (ROWS,),
    "channel_moments": (ROWS,),
    "batch_norm_forward": (ROWS, CHANNEL, CHANNEL, CHANNEL, CHANNEL),
    "batch_norm_backward": (ROW_GRAD, ROWS, CHANNEL, CHANNEL, CHANNEL),
}


@pytest.mark.parametrize("layout", ["gaps", "swapped", "last"])
@pytest.mark.parametrize("name", CALLS)
def test_the_result_is_the_same_in_every_order_of_memory(kernels, name, layout):
    same_in_layout(kernels, name, CALLS[name], layout)


@pytest.mark.parametrize("layout", ["plain", "gaps", "swapped"])
def test_relu_takes_its_gradient_in_another_order_than_its_input(kernels, layout):
    expected = kernels("relu_backward", GRAD, IMAGE, 0.5)[0]
    for x, grad in [(strided(IMAGE, "last"), strided(GRAD, layout)), (strided(IMAGE, layout), strided(GRAD, "last"))]:
        np.testing.assert_array_equal(kernels("relu_backward", grad, x, 0.5)[0], expected)


@pytest.mark.parametrize("name", ["relu_forward", "relu_backward", "batch_norm_forward", "batch_norm_backward"])
def test_channels_last_give_channels_last(name):
    result = getattr(cpu, name)(*in_layout(CALLS[name], "last"))
    assert is_last(result[0] if isinstance(result, tuple) else result)


def test_relu_of_channels_first_is_channels_first():
    assert cpu.relu_forward(IMAGE, 0.0).flags.c_contiguous
    assert cpu.relu_backward(strided(GRAD, "last"), IMAGE, 0.0).flags.c_contiguous


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_results_begin_with_a_cache_line(dtype):
    image, channel = strided(normal(0, 2, 16, 24, 24, dtype=dtype), "last"), np.ones(16, dtype)
    weight, rows, geometry = normal(1, 16, 16, 3, 3, dtype=dtype), image.reshape(2, 16, 576), conv_geometry(3, 1, 1)
    with algorithm("auto"):  # whatever is forced: where BLAS makes the result, as without vectors, it begins anywhere
        convolved = [cpu.conv_forward(image, weight, geometry)] if simd() else []
    results = [
        *convolved,
        cpu.relu_forward(image, 0.0),
        cpu.batch_norm_forward(rows, channel, channel, channel, channel),
        cpu.max_pool_forward(image, pool_geometry(2))[0],
        memory.workspace("test", (5, 1001), dtype),
    ]
    assert [result.ctypes.data % 64 for result in results] == [0] * len(results)


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


@FEW
@given(
    seed=SEEDS,
    sizes=st.tuples(*[st.integers(0, 6)] * 3),
    front=st.sampled_from([((), ()), ((2,), ()), ((), (3,)), ((2, 1), (3,)), ((0,), ()), ((2, 3), (2, 3))]),
    dtype=DTYPES,
    layout=LAYOUTS,
)
def test_matmul_is_the_sum_over_the_inner_axis(kernels, seed, sizes, front, dtype, layout):
    n, k, m = sizes
    a, b = normal(seed, *front[0], n, k, dtype=dtype), normal(seed + 1, *front[1], k, m, dtype=dtype)
    (y,) = kernels("matmul", *in_layout((a, b), layout))
    assert y.dtype == dtype
    np.testing.assert_allclose(y, reference.matmul(a, b), rtol=1e-4, atol=1e-5 if dtype == np.float32 else 1e-13)
