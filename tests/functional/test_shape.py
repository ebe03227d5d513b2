"""cat, stack, where, pad and pixel_shuffle against PyTorch."""

import numpy as np
import pytest

import minifcn
import minifcn.functional as F
from minifcn.gradcheck import assert_gradients

from .against_torch import agree, normal, torch


def library(F):
    """`cat`, `stack` and `where` are in torch itself."""
    return minifcn if F is minifcn.functional else torch


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_cat_is_pytorchs(dim):
    shapes = [[2, 3, 4], [2, 3, 4], [2, 3, 4]]
    shapes[1][dim], shapes[2][dim] = 1, 0
    agree(lambda F, *xs: library(F).cat(xs, dim), *(normal(*shape) for shape in shapes))


@pytest.mark.parametrize("dim", [0, 1, 3, -1])
def test_stack_is_pytorchs(dim):
    agree(lambda F, *xs: library(F).stack(xs, dim), normal(2, 3, 4), normal(2, 3, 4, seed=1))


def test_where_is_pytorchs():
    condition = normal(3, 1) > 0
    agree(
        lambda F, x, y: library(F).where(condition if library(F) is minifcn else torch.tensor(condition), x, y),
        normal(2, 3, 4),
        normal(1, 4),
    )


@pytest.mark.parametrize("pad", [(1, 2), (0, 0), (1, 0, 2, 3), (-1, 2, 1, -2), (1, 1, 0, 1, 2, 0), (-4, 4)], ids=str)
def test_pad_with_a_constant_is_pytorchs(pad):
    agree(lambda F, x: F.pad(x, pad, value=1.5), normal(2, 3, 4, 4))
    agree(lambda F, x: F.pad(x, pad, value=None), normal(2, 3, 4, 4))  # PyTorch's default


@pytest.mark.parametrize("mode", ["reflect", "replicate"])
@pytest.mark.parametrize("pad", [(1, 2, 3, 0), (0, 0, 1, 1), (3, 3, 2, 3)], ids=str)
def test_pad_with_the_image_is_pytorchs(pad, mode):
    agree(lambda F, x: F.pad(x, pad, mode=mode), normal(2, 3, 4, 5))


def test_pad_of_an_empty_batch_is_empty():
    assert F.pad(minifcn.tensor(np.zeros((0, 3, 4, 4))), (1, 1, 2, 2)).shape == (0, 3, 8, 6)


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda x: F.pad(x, (1,)), "pad: pad is (1,), expected pairs"),
        (lambda x: F.pad(x, (1,) * 10), "expected pairs (before, after), one for each axis"),
        (lambda x: F.pad(x, (-4, -1)), "pad: widths (-4, -1) in mode 'constant' on an axis of size 4"),
        (lambda x: F.pad(x, (4, 0), "reflect"), "mode 'reflect' on an axis of size 4; expected 0 to 3 each"),
        (lambda x: F.pad(x, (-1, 0), "replicate"), "0 or more each"),
        (lambda x: F.pad(x, (1, 1), "circular"), "pad: mode is 'circular', expected one of 'constant'"),
        (lambda x: F.cat([x, x[:, :1, :1]], 1), "cat: shapes"),
        (lambda x: F.cat([x, x[0]], 1), "have different numbers of dimensions"),
        (lambda x: F.cat([x, x], 4), "cat: dim is 4"),
        (lambda x: F.stack([x, x], 5), "stack: dim is 5"),
        (lambda x: F.stack([x, x[:, :1]]), "stack: shapes"),
    ],
)
def test_shapes_that_do_not_fit_are_told(call, told):
    with pytest.raises(ValueError) as error:
        call(minifcn.tensor(np.zeros((2, 3, 4, 4))))
    assert told in str(error.value)


def test_an_empty_list_is_told():
    with pytest.raises(TypeError, match="cat: expected a sequence of one or more tensors"):
        F.cat([])


@pytest.mark.parametrize("shape, r", [((2, 8, 3, 4), 2), ((1, 9, 2, 5), 3), ((2, 3, 4, 4), 1), ((1, 4, 1, 1), 2)])
def test_pixel_shuffle_is_pytorchs(shape, r):
    agree(lambda F, x: F.pixel_shuffle(x, r), normal(*shape))


def test_pixel_shuffle_gradients():
    assert_gradients(lambda x: F.pixel_shuffle(x, 2), [normal(2, 8, 2, 3)])


def test_channels_that_do_not_shuffle_are_told():
    with pytest.raises(ValueError, match="input has 6 channels, expected a multiple of upscale_factor squared, 4"):
        F.pixel_shuffle(minifcn.tensor(normal(1, 6, 2, 2)), 2)
