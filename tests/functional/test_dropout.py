"""Dropout: what it keeps, what it drops, and that a seed decides."""

import numpy as np
import pytest

import minifcn
import minifcn.functional as F
from minifcn.random import part_of_batch


def ones(*shape, dtype=np.float32):
    return minifcn.Tensor(np.ones(shape, dtype), requires_grad=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_kept_is_scaled_and_the_dtype_stays(dtype):
    y = F.dropout(ones(100, 100, dtype=dtype), 0.2)
    assert y.dtype == dtype
    assert set(np.unique(y.data)) == {dtype(0), dtype(1 / (1 - 0.2))}


def test_the_mean_stays():
    y = F.dropout(ones(500, 500), 0.3, generator=np.random.default_rng(0))
    assert y.data.mean() == pytest.approx(1, abs=0.01)


def test_the_gradient_has_the_same_mask():
    x = ones(20, 20)
    y = F.dropout(x, 0.5)
    y.backward(np.full(x.shape, -3, np.float32))
    assert np.array_equal(x.grad, -3 * y.data)


def test_a_generator_decides():
    first, second = (F.dropout(ones(50), generator=np.random.default_rng(5)).data for _ in range(2))
    assert np.array_equal(first, second)


def test_manual_seed_decides_where_no_generator_is_given():
    draws = []
    for _ in range(2):
        minifcn.manual_seed(3)
        draws.append(F.dropout(ones(50)).data)
    assert np.array_equal(*draws)


@pytest.mark.parametrize("dropout", [F.dropout, F.dropout2d])
def test_outside_of_training_nothing_happens(dropout):
    x = ones(2, 3, 4, 4)
    assert dropout(x, 0.5, training=False) is x
    assert dropout(x, 0.0) is x


@pytest.mark.parametrize("dropout", [F.dropout, F.dropout2d])
def test_probability_one_drops_everything(dropout):
    assert (dropout(ones(2, 3, 4, 4), 1.0).data == 0).all()


def test_dropout_takes_a_tensor_without_axes():
    x = minifcn.tensor(3.0)
    assert {F.dropout(x, 0.5, generator=np.random.default_rng(seed)).item() for seed in range(20)} == {0.0, 6.0}


def test_dropout2d_drops_whole_channels():
    y = F.dropout2d(ones(20, 30, 4, 5), 0.5).data
    assert (y == y[:, :, :1, :1]).all()
    assert 0 < (y[:, :, 0, 0] == 0).mean() < 1


def test_an_empty_batch_stays_empty():
    assert F.dropout2d(ones(0, 3, 4, 5)).shape == (0, 3, 4, 5)


def test_a_probability_out_of_range_is_told():
    with pytest.raises(ValueError, match="dropout: p is 1.5, expected a probability from 0 to 1"):
        F.dropout(ones(3), 1.5)


@pytest.mark.parametrize("drop", [F.dropout, F.dropout2d])
def test_the_same_elements_fall_in_every_order_of_memory(drop):
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5))
    last = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    a, b = (drop(minifcn.Tensor(array), generator=np.random.default_rng(1)).data for array in (x, last))
    np.testing.assert_array_equal(a, b)
    assert b.strides == last.strides


@pytest.mark.parametrize("op", [F.dropout, F.dropout2d])
def test_a_part_of_a_batch_is_dropped_out_as_in_the_whole(op):
    whole, parts = op(ones(5, 3, 4, 4), generator=np.random.default_rng(1)).data, []
    for first, images in (0, 2), (2, 3):
        generator = np.random.default_rng(1)
        with part_of_batch(first, images, 5):
            parts.append(op(ones(images, 3, 4, 4), generator=generator).data)
    assert np.array_equal(np.concatenate(parts), whole)
    after = np.random.default_rng(1)
    op(ones(5, 3, 4, 4), generator=after)
    assert generator.random() == after.random(), "the generator is where it would be after the whole batch"


def test_a_part_of_a_batch_whose_images_were_merged_is_refused():
    with part_of_batch(0, 2, 5), pytest.raises(ValueError, match=r"shape is \(6, 4\), but the part of a batch has 2 images"):
        F.dropout(ones(6, 4))
