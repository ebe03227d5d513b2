"""Pooling's kernels against the reference, and the reference against PyTorch."""

import numpy as np
import pytest
from cases import FEW, close, normal, pool_cases
from hypothesis import given
from hypothesis import strategies as st

from minifcn.kernels import reference
from minifcn.kernels.geometry import pool_geometry


@FEW
@given(pool_cases())
def test_max_pool_forward_is_the_reference(kernels, case):
    results = kernels("max_pool_forward", case.x, case.geometry)
    for result, expected in zip(results, reference.max_pool_forward(case.x, case.geometry), strict=True):
        assert result.dtype == expected.dtype
        np.testing.assert_array_equal(result, expected)


@FEW
@given(pool_cases())
def test_max_pool_backward_is_the_reference(kernels, case):
    y, index = reference.max_pool_forward(case.x, case.geometry)
    grad_y = normal(3, *y.shape, dtype=y.dtype)
    args = grad_y, index, case.geometry, case.size
    close(kernels("max_pool_backward", *args)[0], reference.max_pool_backward(*args))


@FEW
@given(pool_cases(most_dilation=1), st.booleans())
def test_avg_pool_forward_is_the_reference(kernels, case, count_include_pad):
    args = case.x, case.geometry, count_include_pad
    close(kernels("avg_pool_forward", *args)[0], reference.avg_pool_forward(*args), scale=4)


@FEW
@given(pool_cases(most_dilation=1), st.booleans())
def test_avg_pool_backward_is_the_reference(kernels, case, count_include_pad):
    y = reference.avg_pool_forward(case.x, case.geometry, count_include_pad)
    args = normal(3, *y.shape, dtype=y.dtype), case.geometry, case.size, count_include_pad
    close(kernels("avg_pool_backward", *args)[0], reference.avg_pool_backward(*args))


@FEW
@given(pool_cases(most_dilation=1), st.booleans())
def test_the_reference_pools_as_torch_does(case, count_include_pad):
    torch = pytest.importorskip("torch")
    F, g, x = torch.nn.functional, case.geometry, torch.tensor(case.x)
    shape = g.kernel_size, g.stride, g.padding
    y, index = F.max_pool2d(x, *shape, ceil_mode=g.ceil_mode, return_indices=True)
    np.testing.assert_array_equal(reference.max_pool_forward(case.x, g)[0], y.numpy())
    np.testing.assert_array_equal(reference.max_pool_forward(case.x, g)[1], index.numpy())
    y = F.avg_pool2d(x, *shape, ceil_mode=g.ceil_mode, count_include_pad=count_include_pad)
    close(reference.avg_pool_forward(case.x, g, count_include_pad), y.numpy())


def test_max_pool_of_negative_values_ignores_the_padding(kernels):
    y, _ = kernels("max_pool_forward", -np.ones((1, 1, 4, 4), np.float32), pool_geometry(3, 1, 1))
    assert (y == -1).all()


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_nan_wins_every_window_it_is_in(kernels, stride):
    x = normal(0, 1, 1, 7, 7, dtype=np.float32)
    x[0, 0, 3, 3] = np.nan
    x[0, 0, 3, 4] = np.inf
    geometry = pool_geometry(3, stride)
    y, index = kernels("max_pool_forward", x, geometry)
    expected = reference.max_pool_forward(x, geometry)
    np.testing.assert_array_equal(y, expected[0])
    np.testing.assert_array_equal(index, expected[1])
    assert np.isnan(y).any()


@pytest.mark.parametrize("kernel, stride", [(2, 2), (3, 2), (3, 1)])
def test_max_pool_of_wide_maps(kernels, kernel, stride):
    x = normal(0, 2, 3, 50, 77, dtype=np.float32)
    y, index = kernels("max_pool_forward", x, pool_geometry(kernel, stride))
    windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), (2, 3))[:, :, ::stride, ::stride]
    np.testing.assert_array_equal(y, windows.max((4, 5)))
    values = np.take_along_axis(x.reshape(2, 3, -1), index.reshape(2, 3, -1), 2)
    np.testing.assert_array_equal(values.reshape(y.shape), y)
