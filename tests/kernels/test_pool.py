"""Pooling's kernels against the reference, and the reference against PyTorch."""

import numpy as np
import pytest
from cases import FEW, close, in_layout, is_last, normal, pool_cases, same_in_layout
from hypothesis import given
from hypothesis import strategies as st

from minifcn.kernels import cpu, reference
from minifcn.kernels.geometry import pool_geometry


@FEW
@given(pool_cases())
def test_max_pool_forward_is_the_reference(kernels, case):
    results = kernels("max_pool_forward", case.x, case.geometry)
    (without_index,) = kernels("max_pool_forward", case.x, case.geometry, False)
    np.testing.assert_array_equal(without_index, results[0])
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


X, GRAD = normal(0, 3, 5, 9, 8), normal(1, 3, 5, 4, 4)
TILING = pool_geometry(2)
CALLS = {
    "max_pool_forward": (X, TILING),
    "max_pool_backward": (GRAD, reference.max_pool_forward(X, TILING)[1], TILING, (9, 8)),
    "avg_pool_forward": (X, TILING, True),
    "avg_pool_backward": (GRAD, TILING, (9, 8), True),
}


@pytest.mark.parametrize("layout", ["gaps", "swapped", "last"])
@pytest.mark.parametrize("name", CALLS)
def test_pooling_is_the_same_in_every_order_of_memory(kernels, name, layout):
    same_in_layout(kernels, name, CALLS[name], layout)


@pytest.mark.parametrize("name", CALLS)
def test_pooling_of_channels_last_is_channels_last(name):
    results = getattr(cpu, name)(*in_layout(CALLS[name], "last"))
    assert all(is_last(result) for result in (results if isinstance(results, tuple) else (results,)))


@pytest.mark.parametrize("N", [1, 2, 3])
@pytest.mark.parametrize("kernel, stride, padding, dilation", [(2, 2, 0, 1), (3, 2, 1, 1), (3, 1, 1, 2), (2, 3, 0, 1)])
def test_max_pool_backward_of_images_cut_into_bands(kernels, N, kernel, stride, padding, dilation):
    geometry, x = pool_geometry(kernel, stride, padding, dilation), normal(0, N, 3, 41, 26)
    y, index = kernels("max_pool_forward", x, geometry)
    grad_y = normal(1, *y.shape)
    (grad_x,) = kernels("max_pool_backward", grad_y, index, geometry, (41, 26))
    expected = np.zeros((N * 3, 41 * 26))
    np.add.at(expected, (np.arange(N * 3)[:, None], index.reshape(N * 3, -1)), grad_y.reshape(N * 3, -1))
    np.testing.assert_allclose(grad_x, expected.reshape(x.shape), rtol=1e-12, atol=1e-12)


def test_a_window_in_the_padding_alone_has_no_winner(kernels):
    geometry = pool_geometry(2, 1, 1, 3)  # taps 3 apart in an image of 1 pixel: both see the padding
    y, index = kernels("max_pool_forward", np.ones((1, 2, 2, 2)), geometry)
    assert (y == -np.inf).all() and (index == -1).all()
    (grad_x,) = kernels("max_pool_backward", np.ones(y.shape), index, geometry, (2, 2))
    assert (grad_x == 0).all()
