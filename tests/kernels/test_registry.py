"""reference, cpu and gpu are one registry: the same names, the same signatures; kernels leave their inputs alone."""

import inspect

import numpy as np
import pytest
from cases import is_last, normal

from minifcn.kernels import cpu, gpu, reference
from minifcn.kernels.geometry import conv_geometry, pool_geometry

CONV, POOL = conv_geometry(3, 1, 1), pool_geometry(2)
X, GRAD, WEIGHT = normal(0, 2, 4, 6, 8), normal(1, 2, 4, 6, 8), normal(2, 4, 4, 3, 3)
ROWS, ROW_GRAD, CHANNEL = X.reshape(2, 4, 48), GRAD.reshape(2, 4, 48), np.arange(1.0, 5.0)
TARGET = np.arange(96).reshape(2, 48) % 4
CALLS = {
    "im2col": (X, CONV),
    "col2im": (reference.im2col(X, CONV), CONV, (6, 8)),
    "conv_forward": (X, WEIGHT, CONV),
    "conv_backward_input": (GRAD, WEIGHT, CONV, (6, 8)),
    "conv_backward_weight": (X, GRAD, CONV),
    "matmul": (normal(4, 2, 3, 4), normal(5, 4, 5)),
    "max_pool_forward": (X, POOL),
    "max_pool_backward": (*reference.max_pool_forward(X, POOL), POOL, (6, 8)),
    "avg_pool_forward": (X, POOL, True),
    "avg_pool_backward": (X, pool_geometry(2), (12, 16), True),
    "banded_matmul": (ROWS, np.array([0, 1, 2]), normal(3, 3, 2)),
    "relu_forward": (X, 0.1),
    "relu_backward": (GRAD, X, 0.1),
    "channel_moments": (ROWS,),
    "channel_sum": (ROWS,),
    "batch_norm_forward": (ROWS, CHANNEL, CHANNEL, CHANNEL, CHANNEL),
    "batch_norm_backward": (ROW_GRAD, ROWS, CHANNEL, CHANNEL, CHANNEL),
    "cross_entropy_forward": (ROWS, TARGET, CHANNEL, 255),
    "cross_entropy_backward": (ROWS[:, 0], ROWS, ROWS[:, 1], TARGET, CHANNEL, 255),
}


@pytest.mark.parametrize("module", [cpu, gpu], ids=["cpu", "gpu"])
def test_modules_export_the_names_of_the_reference(module):
    assert sorted(module.__all__) == sorted(reference.__all__)


@pytest.mark.parametrize("module", [cpu, gpu], ids=["cpu", "gpu"])
@pytest.mark.parametrize("name", reference.__all__)
def test_kernels_have_the_signature_of_the_reference(module, name):
    assert inspect.signature(getattr(module, name)) == inspect.signature(getattr(reference, name))


def test_every_kernel_is_called_here():
    assert sorted(CALLS) == sorted(set(reference.__all__) - {"adam_step", "sgd_step"})  # work in place: test_optimizer.py


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", CALLS)
def test_kernels_keep_the_dtype_and_leave_their_inputs_alone(kernels, name, dtype):
    args = [a.astype(dtype) if isinstance(a, np.ndarray) and a.dtype == np.float64 else a for a in CALLS[name]]
    before = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
    results = kernels(name, *args)
    assert {r.dtype for r in results} - {np.dtype(np.int32)} == {np.dtype(dtype)}
    assert all(r.flags.c_contiguous or is_last(r) for r in results)
    for a, b in zip(args, before):
        np.testing.assert_array_equal(a, b) if isinstance(a, np.ndarray) else None


@pytest.mark.parametrize("name", CALLS)
def test_kernels_take_read_only_arrays(kernels, name):
    args = [a.copy() if isinstance(a, np.ndarray) else a for a in CALLS[name]]
    for a in args:
        if isinstance(a, np.ndarray):
            a.flags.writeable = False
    for result, expected in zip(kernels(name, *args), kernels(name, *CALLS[name]), strict=True):
        np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("name", CALLS)
def test_the_same_bits_twice(kernels, name):
    for first, second in zip(kernels(name, *CALLS[name]), kernels(name, *CALLS[name]), strict=True):
        np.testing.assert_array_equal(first, second)
