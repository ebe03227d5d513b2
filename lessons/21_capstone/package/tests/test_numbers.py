"""Numbers worked by hand in the lessons; needs NumPy and pytest only."""

import numpy as np
import pytest

from ..convolution import col2im, conv_backward_input, conv_backward_weight, conv_forward, im2col
from ..interpolation import bilinear_kernel, upsample
from ..layers import BatchNorm2d, MaxPool2d
from ..loss import cross_entropy, cross_entropy_backward
from ..network import SGD
from ..pooling import max_pool2d, max_pool2d_backward
from ..scores import confusion_matrix, scores
from ..tensor import MatMul, Tensor, unbroadcast
from ..transposed import conv_transpose2d

X = np.arange(1.0, 13.0).reshape(1, 1, 3, 4)
WEIGHT = np.array([[[[1.0, 2.0], [3.0, 4.0]]]])


def test_unbroadcast_sums_over_what_was_copied():
    grad = np.array([[1.0, 2, 3], [10, 20, 30]])
    np.testing.assert_array_equal(unbroadcast(grad, (3,)), [11, 22, 33])
    np.testing.assert_array_equal(unbroadcast(grad, (2, 1)), [[6], [60]])


def test_backward_of_a_product_of_matrices():
    a, b = Tensor(np.array([[1.0, 2]]), requires_grad=True), Tensor(np.array([[3.0], [10]]), requires_grad=True)
    y = Tensor.apply(MatMul(), a, b)
    y.backward(np.array([[2.0]]))
    np.testing.assert_array_equal(y.data, [[23]])
    np.testing.assert_array_equal(a.grad, [[6, 20]])
    np.testing.assert_array_equal(b.grad, [[2], [4]])


def test_three_steps_with_momentum():
    p = Tensor(np.array([1.0]), requires_grad=True)
    optimizer, path = SGD([p], lr=0.1, momentum=0.5), []
    for _ in range(3):
        p.grad = np.array([2.0])
        optimizer.step()
        path.append(float(p.data[0]))
    assert path == pytest.approx([0.8, 0.5, 0.15])


def test_columns_of_a_picture_and_back():
    columns = im2col(X, (2, 2))
    np.testing.assert_array_equal(columns[0, 0], [1, 2, 3, 5, 6, 7])
    counts = col2im(np.ones_like(columns), (3, 4), (2, 2))
    np.testing.assert_array_equal(counts[0, 0], [[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]])


def test_the_three_maps_of_a_convolution():
    grad = np.array([[[[1.0, 0, 0], [0, -2, 0]]]])
    np.testing.assert_array_equal(conv_forward(X, WEIGHT)[0, 0], [[44, 54, 64], [84, 94, 104]])
    by_input = conv_backward_input(grad, WEIGHT, (3, 4))[0, 0]
    np.testing.assert_array_equal(by_input, [[1, 2, 0, 0], [3, 2, -4, 0], [0, -6, -8, 0]])
    np.testing.assert_array_equal(conv_backward_weight(X, grad, (2, 2))[0, 0], [[-11, -12], [-15, -16]])


def test_pooling_gives_the_gradient_to_the_winner():
    y, index = max_pool2d(np.array([[[[1.0, 3], [4, 2]]]]), (2, 2), 2)
    assert (y.item(), index.item()) == (4, 2)
    back = max_pool2d_backward(np.array([[[[1.0, -2]]]]), np.array([[[[3, 3]]]]), (2, 2))
    np.testing.assert_array_equal(back[0, 0], [[0, 0], [0, -1]])


def test_two_pooling_layers_do_not_disturb_each_other():
    first, second = MaxPool2d((2, 2), 2), MaxPool2d((2, 2), 2)
    first.forward(np.array([[[[1.0, 3], [4, 2]]]]))
    second.forward(np.array([[[[9.0, 3], [4, 2]]]]))
    np.testing.assert_array_equal(first.backward(np.array([[[[5.0]]]]))[0, 0], [[0, 0], [5, 0]])


def test_stamps_of_a_transposed_convolution():
    y = conv_transpose2d(np.array([[[[1.0, 10]]]]), np.array([[[[1.0, 2, 3]]]]), stride=2)
    np.testing.assert_array_equal(y[0, 0], [[1, 2, 13, 20, 30]])


def test_the_bilinear_kernel():
    np.testing.assert_allclose(bilinear_kernel(2), np.outer([1, 3, 3, 1], [1, 3, 3, 1]) / 16)
    inside = upsample(np.ones((1, 2, 5, 5)), bilinear_kernel(4), 4)[:, :, 4:-4, 4:-4]
    np.testing.assert_allclose(inside, 1)  # a constant picture stays one


def test_eight_equal_scores_cost_log_8():
    logits, labels = np.zeros((2, 8, 3, 4)), np.full((2, 3, 4), 5)
    labels[0] = 255
    assert float(cross_entropy(logits, labels)) == pytest.approx(np.log(8))
    grad = cross_entropy_backward(1.0, logits, labels)
    assert not grad[0].any()
    np.testing.assert_allclose(grad[1, 5], (1 / 8 - 1) / 12)


def test_batch_norm_gives_mean_0_and_variance_1():
    x = np.random.default_rng(0).normal(3, 2, (4, 2, 5, 6))
    y = BatchNorm2d(np.zeros(2), np.ones(2), True).forward(x, np.ones(2), np.zeros(2))
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-9)
    np.testing.assert_allclose(y.var(axis=(0, 2, 3)), 1, rtol=1e-4)


def test_the_scores_of_ten_pixels():
    labels, found = np.repeat([0, 1], [8, 2]), np.repeat([0, 1], [9, 1])
    counts = confusion_matrix(labels.reshape(1, 2, 5), found.reshape(1, 2, 5), 2)
    np.testing.assert_array_equal(counts, [[8, 0], [1, 1]])
    np.testing.assert_allclose(scores(counts), [0.9, 0.75, (8 / 9 + 1 / 2) / 2, 0.8 * 8 / 9 + 0.2 / 2])
