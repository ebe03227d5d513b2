"""Pooling against PyTorch, and what it does with ties, NaN and padding."""

import numpy as np
import pytest

import minifcn
import minifcn.functional as F
from minifcn.functional.pool import MaxPool2d
from minifcn.gradcheck import assert_gradients
from minifcn.kernels.geometry import pool_geometry

from .against_torch import agree, normal

SHAPES = [(2, 3, 8, 8), (1, 1, 1, 1), (0, 2, 5, 5), (2, 2, 7, 5), (1, 3, 9, 4)]
WINDOWS = [  # kernel_size, stride, padding
    (2, None, 0),
    (3, 2, 1),
    (1, 1, 0),
    ((3, 2), (2, 1), (1, 1)),
    (2, 3, 1),
    (3, 1, 1),
    (5, 4, 2),
]


def fits(shape, window, dilation=1):
    (kh, kw), (ph, pw) = (2 * (v,) if isinstance(v, int) else v for v in (window[0], window[2]))
    return shape[2] + 2 * ph > dilation * (kh - 1) and shape[3] + 2 * pw > dilation * (kw - 1)


def cases(dilations):
    return [(s, w, d) for s in SHAPES for w in WINDOWS for d in dilations if fits(s, w, d)]


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("shape, window, dilation", cases([1, 2]), ids=str)
def test_max_pool2d_is_pytorchs(shape, window, dilation, ceil_mode):
    agree(lambda F, x: F.max_pool2d(x, *window, dilation=dilation, ceil_mode=ceil_mode), normal(*shape))


@pytest.mark.parametrize("wanted", [False, True])
def test_positions_are_looked_for_only_where_a_gradient_is_wanted(wanted):
    function, x = MaxPool2d(), normal(1, 2, 4, 4)
    function.needs_grad = (wanted,)
    function.forward(x, geometry=pool_geometry(2))
    assert (function.index is not None) == wanted


@pytest.mark.parametrize("count_include_pad", [False, True])
@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("shape, window, _", cases([1]), ids=str)
def test_avg_pool2d_is_pytorchs(shape, window, _, ceil_mode, count_include_pad):
    agree(
        lambda F, x: F.avg_pool2d(x, *window, ceil_mode=ceil_mode, count_include_pad=count_include_pad), normal(*shape)
    )


@pytest.mark.parametrize("output_size", [1, 2, 3, (4, 7), (None, 2), 11], ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_adaptive_avg_pool2d_is_pytorchs(shape, output_size):
    agree(lambda F, x: F.adaptive_avg_pool2d(x, output_size), normal(*shape))


def test_of_equal_values_the_first_gets_the_gradient():
    x = minifcn.tensor(np.zeros((1, 1, 2, 2)), requires_grad=True)
    F.max_pool2d(x, 2).sum().backward()
    assert x.grad.tolist() == [[[[1, 0], [0, 0]]]]


def test_max_pool_padding_is_lower_than_any_value():
    x = minifcn.tensor(np.full((1, 1, 3, 3), -5.0))
    assert (F.max_pool2d(x, 3, 1, 1).data == -5).all()


def test_max_pool_shows_nan():
    x = minifcn.tensor([[[[1.0, float("nan")], [2.0, 3.0]]]])
    assert np.isnan(F.max_pool2d(x, 2).item())


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda x: F.max_pool2d(x, 6), "max_pool2d: an input of size (4, 5) gives an output of size (0, 0)"),
        (lambda x: F.avg_pool2d(x, 2, padding=2), "avg_pool2d: padding (2, 2) is more than half"),
        (lambda x: F.max_pool2d(x[0], 2), "add a batch axis"),
        (lambda x: F.adaptive_avg_pool2d(x, 0), "adaptive_avg_pool2d: output_size is 0"),
        (lambda x: F.adaptive_avg_pool2d(x, (1, 2, 3)), "expected an int or a pair"),
    ],
)
def test_windows_that_do_not_fit_are_told(call, told):
    with pytest.raises(ValueError) as error:
        call(minifcn.tensor(normal(1, 2, 4, 5)))
    assert told in str(error.value)


@pytest.mark.parametrize("shape", [(2, 3, 8, 8), (0, 2, 4, 6), (1, 1, 2, 2), (2, 2, 7, 5)], ids=str)
@pytest.mark.parametrize("window", [(2,), (2, 2, 1), ((1, 2), 2)], ids=str)
def test_max_unpool2d_is_pytorchs(shape, window):
    def there_and_back(F, x):
        y, indices = F.max_pool2d(x, *window, return_indices=True)
        return F.max_unpool2d(y, indices, *window, output_size=x.shape[2:])

    agree(there_and_back, normal(*shape))
    _, indices = F.max_pool2d(minifcn.tensor(normal(*shape)), *window, return_indices=True)
    assert indices.dtype == np.int64


def test_max_unpool2d_inverts_the_size_of_the_pooling():
    x = minifcn.tensor(normal(1, 2, 7, 9))
    y, indices = F.max_pool2d(x, 3, 2, return_indices=True)
    assert F.max_unpool2d(y, indices, 3, 2).shape == x.shape


def test_max_unpool2d_gradients():
    _, indices = F.max_pool2d(minifcn.tensor(normal(2, 2, 4, 6)), 2, return_indices=True)
    assert_gradients(lambda y: F.max_unpool2d(y, indices, 2), [normal(2, 2, 2, 3)])


@pytest.mark.parametrize(
    "indices, told",
    [
        (np.zeros((1, 2, 2, 3), int), "indices have shape (1, 2, 2, 3), expected (1, 2, 2, 2)"),
        (np.full((1, 2, 2, 2), 16), "indices go from 16 to 16, expected 0 to 15 for an image of size (4, 4)"),
        (np.full((1, 2, 2, 2), -1), "indices go from -1 to -1"),
    ],
)
def test_indices_that_do_not_fit_are_told(indices, told):
    with pytest.raises(ValueError) as error:
        F.max_unpool2d(minifcn.tensor(normal(1, 2, 2, 2)), indices, 2)
    assert told in str(error.value)


def test_indices_that_are_no_whole_numbers_are_told():
    with pytest.raises(TypeError, match="indices are float64, expected integers"):
        F.max_unpool2d(minifcn.tensor(normal(1, 2, 2, 2)), minifcn.tensor(normal(1, 2, 2, 2)), 2)
