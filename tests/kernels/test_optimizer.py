"""The optimizers' steps: the reference's numbers, written into the parameter and the velocity themselves."""

import numpy as np
import pytest
from cases import DTYPES, FEW, LAYOUTS, SEEDS, normal, strided
from hypothesis import given
from hypothesis import strategies as st

from minifcn.kernels import reference, to_device

OPTIONS = [  # lr, momentum, weight_decay, nesterov
    (0.1, 0.0, 0.0, False),
    (0.1, 0.0, 0.01, False),
    (0.1, 0.9, 0.0, False),
    (0.1, 0.9, 0.01, False),
    (0.1, 0.9, 0.01, True),
]


def step(kernels, p, grad, velocity, options):
    """p and velocity after one step, made on the kernels' device."""
    p, grad, velocity = (a if a is None else to_device(a, kernels.device) for a in (p, grad, velocity))
    assert kernels.module.sgd_step(p, grad, velocity, *options) is None
    return to_device(p, "cpu"), None if velocity is None else to_device(velocity, "cpu")


def drawn(seed, shape, dtype, layout="plain"):
    return [strided(normal(seed + i, *shape, dtype=dtype), layout) for i in range(3)]


@FEW
@given(SEEDS, DTYPES, LAYOUTS, LAYOUTS, st.sampled_from([(5,), (1, 1), (2, 3, 3, 3), (0, 4)]), st.sampled_from(OPTIONS))
def test_a_step_is_the_reference(kernels, seed, dtype, layout, grad_layout, shape, options):
    p, _, velocity = drawn(seed, shape, dtype, layout)
    grad = drawn(seed, shape, dtype, grad_layout)[1]
    velocity = velocity if options[1] else None
    expected = p.copy(), None if velocity is None else velocity.copy()
    reference.sgd_step(expected[0], grad, expected[1], *options)
    for result, right in zip(step(kernels, p, grad, velocity, options), expected):
        if right is not None:
            assert result.dtype == dtype
            np.testing.assert_allclose(result, right, rtol=0, atol=20 * np.finfo(dtype).eps)


@pytest.mark.parametrize("options", OPTIONS)
def test_a_step_of_a_large_parameter_is_the_formula(fast_kernels, options):
    """Large enough for all threads, and no multiple of their number."""
    p, grad, velocity = drawn(0, (300_007,), np.float32)
    lr, momentum, decay, nesterov = options
    g = grad + np.float32(decay) * p
    v = np.float32(momentum) * velocity + g
    slope = g if not momentum else g + np.float32(momentum) * v if nesterov else v
    expected = p - np.float32(lr) * slope
    result, new_velocity = step(fast_kernels, p, grad, velocity if momentum else None, options)
    np.testing.assert_allclose(result, expected, rtol=0, atol=2e-6)
    if momentum:
        np.testing.assert_allclose(new_velocity, v, rtol=0, atol=2e-6)


@pytest.mark.parametrize("layout", ["plain", "gaps", "swapped"])
def test_a_step_works_in_place_and_leaves_the_gradient(kernels, layout):
    p, grad, velocity = drawn(1, (4, 6), np.float32, layout)
    arrays = [to_device(a, kernels.device) for a in (p, grad, velocity)]
    before = [a.copy() for a in arrays]
    kernels.module.sgd_step(*arrays, 0.1, 0.9, 0.0, False)
    assert [bool((a == b).all()) for a, b in zip(arrays, before)] == [False, True, False]


def test_a_read_only_gradient_is_taken(kernels):
    p, grad, velocity = drawn(2, (4, 6), np.float32)
    expected = step(kernels, p.copy(), grad, velocity.copy(), OPTIONS[3])
    grad.flags.writeable = False
    for result, right in zip(step(kernels, p, grad, velocity, OPTIONS[3]), expected):
        np.testing.assert_array_equal(result, right)


ADAM = [(0.1, 0.9, 0.99, 1e-3, 0.0, False, 1), (0.1, 0.9, 0.99, 1e-3, 0.5, False, 3), (0.1, 0.0, 0.9, 1e-3, 0.5, True, 2)]


def adam(module, arrays, options):
    """p, m and v after one step of `module` on copies of p, grad, m and v."""
    arrays = [array.copy(order="K") for array in arrays]
    assert module.adam_step(*arrays, *options) is None
    return [to_device(arrays[i], "cpu") for i in (0, 2, 3)]


@pytest.mark.parametrize("options", ADAM)
@pytest.mark.parametrize("layout", ["plain", "gaps", "swapped"])
@pytest.mark.parametrize("shape", [(5,), (2, 3, 3, 3), (0, 4), (130, 127)])  # the last is shared by the threads
def test_a_step_of_adam_is_the_reference(kernels, shape, layout, options):
    p, grad, m = drawn(3, shape, np.float64, layout)
    arrays = [p, grad, m, m * m]
    expected = adam(reference, arrays, options)
    found = adam(kernels.module, [to_device(a, kernels.device) for a in arrays], options)
    for result, right in zip(found, expected, strict=True):
        np.testing.assert_allclose(result, right, rtol=0, atol=1e-12)
