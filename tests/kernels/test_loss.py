"""Cross-entropy on images of many blocks: its precision, and what numbers that are not finite do to their neighbours."""

import numpy as np
import pytest
from cases import normal

from minifcn.kernels.cpu import exponential
from minifcn.kernels.cpu.runtime.compile import kernel

C, P, IGNORE = 5, 1300, 255  # no multiple of the pixels that the CPU takes at once


def scores(dtype, N=2):
    rng = np.random.default_rng(0)
    target = rng.integers(0, C, (N, P))
    target[rng.random(target.shape) < 0.1] = IGNORE
    return (4 * normal(1, N, C, P)).astype(dtype), target, rng.random(C).astype(dtype), rng.random((N, P)).astype(dtype)


def formula(logits, target, weight, grad):
    """loss, log_normalizer and grad_logits in float64, by NumPy."""
    logits, weight, grad = (a.astype(np.float64) for a in (logits, weight, grad))
    largest = logits.max(1, keepdims=True)
    log_normalizer = largest + np.log(np.exp(logits - largest).sum(1, keepdims=True))
    one_hot = np.arange(C)[:, None] == target[:, None]
    factor = np.where(target == IGNORE, 0, weight[np.where(target == IGNORE, 0, target)])
    loss = factor * (log_normalizer[:, 0] - (one_hot * logits).sum(1))
    return loss, log_normalizer[:, 0], (factor * grad)[:, None] * (np.exp(logits - log_normalizer) - one_hot)


@pytest.mark.parametrize("dtype, most", [(np.float32, 1e-6), (np.float64, 1e-14)])
def test_loss_and_gradient_have_the_precision_of_their_dtype(fast_kernels, dtype, most):
    logits, target, weight, grad = scores(dtype)
    loss, log_normalizer = fast_kernels("cross_entropy_forward", logits, target, weight, IGNORE)
    labels = target, weight, IGNORE
    (grad_logits,) = fast_kernels("cross_entropy_backward", grad, logits, log_normalizer, *labels)
    for result, expected in zip((loss, log_normalizer, grad_logits), formula(logits, target, weight, grad)):
        assert result.dtype == dtype
        assert np.linalg.norm(result - expected) <= most * np.linalg.norm(expected)


def test_a_nan_spoils_its_own_pixel_only(fast_kernels):
    logits, target, weight, _ = scores(np.float32)
    target[:, 700] = 2
    expected = fast_kernels("cross_entropy_forward", logits, target, weight, IGNORE)[0]
    logits[1, 3, 700] = expected[1, 700] = np.nan
    np.testing.assert_array_equal(fast_kernels("cross_entropy_forward", logits, target, weight, IGNORE)[0], expected)


def test_an_ignored_pixel_counts_nothing_whatever_its_logits(fast_kernels):
    logits, target, weight, grad = scores(np.float32)
    target[0, 700], logits[0, :, 700] = IGNORE, [np.nan, np.inf, -np.inf, 1e30, 0]
    loss, log_normalizer = fast_kernels("cross_entropy_forward", logits, target, weight, IGNORE)
    (grad_logits,) = fast_kernels("cross_entropy_backward", grad, logits, log_normalizer, target, weight, IGNORE)
    assert loss[0, 700] == 0 and not grad_logits[0, :, 700].any()
    assert np.isfinite(loss).all() and np.isfinite(grad_logits).all()


@kernel
def exp(x):
    """What compiled code computes."""
    return exponential.exp(x)


@kernel
def log(x):
    return exponential.log(x)


@pytest.mark.parametrize("dtype, ulps", [(np.float32, 4), (np.float64, 20)])
def test_exp_is_exact_to_a_few_units_in_the_last_place(dtype, ulps):
    x = np.linspace(-80, 0, 4001).astype(dtype)
    result = [exp(v) for v in x]
    np.testing.assert_allclose(result, np.exp(x.astype(np.longdouble)), rtol=ulps * np.finfo(dtype).eps)
    assert exp(dtype(-np.inf)) == 0 and np.isnan(exp(dtype(np.nan)))


def test_log_is_exact_from_1_on():
    x = np.concatenate([1 + np.logspace(-9, 0, 500), np.logspace(0, 6, 500)])
    np.testing.assert_allclose([log(v) for v in x], np.log(x), rtol=1e-14, atol=1e-16 * 4)
    assert np.isnan(log(np.nan))
