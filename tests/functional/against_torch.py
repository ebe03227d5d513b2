"""`agree`: one call, made with minifcn.functional and with torch.nn.functional, has equal values and gradients."""

import numpy as np
import pytest

import minifcn
import minifcn.functional

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # as in conftest.py

TOLERANCE = {np.float64: 1e-9, np.float32: 2e-4}


def normal(*shape, seed=0):
    return np.random.default_rng((seed, *shape)).standard_normal(shape)


def with_gaps(array):
    """The same values as every second element of a larger array."""
    larger = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    larger[..., ::2] = array
    return larger[..., ::2]


def assert_close(ours, theirs, tolerance):
    """Equal up to `tolerance`, relative to each element or to the largest."""
    assert ours.shape == theirs.shape
    tiny = 1e-37  # PyTorch may flush smaller numbers to zero
    largest = np.abs(theirs).max(initial=0, where=np.isfinite(theirs))
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * largest + tiny)


def agree(call, *arrays):
    """call(F, *tensors) with both libraries: the same result and, for a random cotangent, the same gradients.

    In float64 (1e-9), in float64 with non-contiguous inputs and cotangent, and in float32, whose dtype is kept.
    """
    for dtype, layout in ((np.float64, np.asarray), (np.float64, with_gaps), (np.float32, np.asarray)):
        ours = [minifcn.Tensor(layout(a.astype(dtype)), requires_grad=True) for a in arrays]
        theirs = [torch.tensor(a.astype(dtype), requires_grad=True) for a in arrays]
        y, expected = call(minifcn.functional, *ours), call(torch.nn.functional, *theirs)
        assert y.dtype == dtype
        assert_close(y.data, expected.detach().numpy(), TOLERANCE[dtype])
        cotangent = normal(*y.shape, 1).astype(dtype)[..., 0]
        y.backward(layout(cotangent) if cotangent.ndim else cotangent)
        expected.backward(torch.tensor(cotangent))
        for a, b in zip(ours, theirs):
            assert a.grad.dtype == dtype
            assert_close(a.grad, b.grad.numpy(), TOLERANCE[dtype])
