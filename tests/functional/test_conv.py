"""Convolution, its adjoint and linear: against PyTorch, against each other, and in what they say about wrong shapes."""

import numpy as np
import pytest

import minifcn
import minifcn.functional as F

from .against_torch import agree, normal


def convolutions(count):
    """Random settings (N, C, K, size, kernel, stride, padding, dilation, groups) in which a window fits."""
    g = np.random.default_rng(7)
    while count:
        groups = int(g.choice([1, 1, 2, 3]))
        N, C, K = int(g.integers(0, 4)), groups * int(g.integers(1, 4)), groups * int(g.integers(1, 4))
        size, kernel, stride, dilation = (tuple(map(int, g.integers(1, high, 2))) for high in (12, 5, 5, 4))
        padding = tuple(map(int, g.integers(0, 4, 2)))
        if all(n + 2 * p > d * (k - 1) for n, k, p, d in zip(size, kernel, padding, dilation)):
            count -= 1
            yield N, C, K, size, kernel, stride, padding, dilation, groups


PICKED = [
    (2, 3, 4, (8, 8), (3, 3), 1, 1, 1, 1),
    (1, 1, 1, (1, 1), (1, 1), 1, 0, 1, 1),
    (0, 3, 2, (5, 5), (3, 3), 1, 1, 1, 1),
    (2, 4, 4, (7, 5), (3, 3), 1, 1, 1, 4),
    (2, 2, 3, (9, 9), (2, 2), 3, 0, 1, 1),
    (1, 2, 2, (6, 7), (3, 3), (2, 1), (1, 2), (1, 2), 1),
]
CASES = PICKED + list(convolutions(30))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_conv2d_is_pytorchs(case):
    N, C, K, size, kernel, stride, padding, dilation, groups = case
    agree(
        lambda F, x, weight, bias: F.conv2d(x, weight, bias, stride, padding, dilation, groups),
        normal(N, C, *size),
        normal(K, C // groups, *kernel),
        normal(K),
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_conv_transpose2d_is_pytorchs(case):
    N, C, K, size, kernel, stride, padding, dilation, groups = case
    strides = (stride, stride) if isinstance(stride, int) else stride
    padding = tuple(1 if s * (n - 1) + k > 2 else 0 for n, k, s in zip(size, kernel, strides))
    extra = tuple(s - 1 for s in strides)
    agree(
        lambda F, x, weight, bias: F.conv_transpose2d(x, weight, bias, stride, padding, extra, groups, dilation),
        normal(N, C, *size),
        normal(C, K // groups, *kernel),
        normal(K),
    )


@pytest.mark.parametrize(
    "stride, padding, dilation, extra",
    [
        (1, 0, 2, 1),
        (1, 1, 3, 2),
        (2, 3, 5, 4),
        ((1, 3), (2, 0), (4, 1), (3, 2)),
        ((2, 1), (0, 1), (1, 3), (1, 2)),
    ],
    ids=str,
)
@pytest.mark.parametrize("groups", [1, 2])
def test_output_padding_between_stride_and_dilation_is_pytorchs(stride, padding, dilation, extra, groups):
    agree(
        lambda F, x, weight, bias: F.conv_transpose2d(x, weight, bias, stride, padding, extra, groups, dilation),
        normal(2, 4, 4, 5),
        normal(4, 3, 3, 2),
        normal(3 * groups),
    )


def test_both_work_without_a_bias():
    x, weight = normal(2, 3, 6, 5), normal(3, 3, 3, 2)
    agree(lambda F, x, weight: F.conv2d(x, weight, stride=2), x, weight)
    agree(lambda F, x, weight: F.conv_transpose2d(x, weight, stride=2), x, weight)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conv2ds_input_gradient_is_conv_transpose2d_bit_for_bit(case, dtype):
    N, C, K, size, kernel, stride, padding, dilation, groups = case
    x = minifcn.Tensor(normal(N, C, *size).astype(dtype), requires_grad=True)
    weight = minifcn.Tensor(normal(K, C // groups, *kernel).astype(dtype))
    y = F.conv2d(x, weight, None, stride, padding, dilation, groups)
    grad = normal(*y.shape, seed=1).astype(dtype)
    y.backward(grad)
    smallest = F.conv_transpose2d(minifcn.Tensor(grad), weight, None, stride, 0, 0, groups, dilation).shape[2:]
    p = padding if isinstance(padding, tuple) else (padding, padding)
    extra = tuple(n + 2 * q - m for n, q, m in zip(size, p, smallest))
    again = F.conv_transpose2d(minifcn.Tensor(grad), weight, None, stride, padding, extra, groups, dilation)
    assert np.array_equal(again.data, x.grad)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_conv_transpose2d_is_the_adjoint(case):
    N, C, K, size, kernel, stride, _, dilation, groups = case
    weight = minifcn.Tensor(normal(C, K // groups, *kernel))
    y = minifcn.Tensor(normal(N, C, *size))
    CTy = F.conv_transpose2d(y, weight, None, stride, 0, 0, groups, dilation)
    x = minifcn.Tensor(normal(*CTy.shape, seed=1))
    Cx = F.conv2d(x, weight, None, stride, 0, dilation, groups)
    assert np.vdot(Cx.data, y.data) == pytest.approx(np.vdot(x.data, CTy.data), rel=1e-12, abs=1e-11)


@pytest.mark.parametrize("shape", [(4, 5), (0, 5), (5,), (2, 3, 5)], ids=str)
def test_linear_is_pytorchs(shape):
    agree(lambda F, x, weight, bias: F.linear(x, weight, bias), normal(*shape), normal(3, 5), normal(3))
    agree(lambda F, x, weight: F.linear(x, weight), normal(*shape), normal(3, 5))


def test_a_gradient_that_nobody_wants_is_not_computed():
    x, weight = minifcn.Tensor(normal(1, 2, 4, 4)), minifcn.Tensor(normal(3, 2, 3, 3), requires_grad=True)
    y = F.conv2d(x, weight)
    grad_x, grad_weight = y.grad_fn.backward(np.ones(y.shape))
    assert grad_x is None
    assert grad_weight.shape == weight.shape


@pytest.mark.parametrize("relu", [False, True])
@pytest.mark.parametrize("biased", [False, True])
def test_a_residual_is_added_before_the_relu(relu, biased):
    bias, residual = [normal(4)] if biased else [], normal(2, 4, 3, 4, seed=3)

    def branch_and_shortcut(F, x, weight, residual, *bias):
        if isinstance(x, minifcn.Tensor):
            return F.conv2d(x, weight, *bias or [None], 2, 1, relu=relu, residual=residual)
        y = F.conv2d(x, weight, *bias or [None], 2, 1) + residual
        return F.relu(y) if relu else y

    agree(branch_and_shortcut, normal(2, 3, 6, 7), normal(4, 3, 3, 3, seed=1), residual, *bias)


def ones(*shape, dtype=np.float32):
    return minifcn.Tensor(np.ones(shape, dtype))


@pytest.mark.parametrize(
    "call, told",
    [
        (
            lambda: F.conv2d(ones(1, 3, 5, 5), ones(8, 4, 3, 3)),
            "conv2d: input has 3 channels but weight expects 4 (weight is (8, 4, 3, 3)); check in_channels",
        ),
        (
            lambda: F.conv2d(ones(1, 5, 6, 3), ones(8, 3, 3, 3)),
            "expects 3 (weight is (8, 3, 3, 3)); check in_channels, or call input.permute(0, 3, 1, 2) if its channels",
        ),
        (lambda: F.conv2d(ones(3, 5, 5), ones(8, 3, 3, 3)), "conv2d: input has shape (3, 5, 5)"),
        (lambda: F.conv2d(ones(3, 5, 5), ones(8, 3, 3, 3)), "add a batch axis"),
        (lambda: F.conv2d(ones(5, 5), ones(8, 3, 3, 3)), "expected (N, C, H, W)"),
        (lambda: F.conv2d(ones(1, 3, 5, 5), ones(8, 3, 3)), "conv2d: weight has shape (8, 3, 3)"),
        (lambda: F.conv2d(ones(1, 3, 2, 5), ones(8, 3, 3, 3)), "input of size (2, 5) gives an output of size (0, 3)"),
        (lambda: F.conv2d(ones(1, 3, 0, 5), ones(8, 3, 3, 3)), "(1, 3, 0, 5)"),
        (lambda: F.conv2d(ones(1, 3, 5, 5), ones(8, 3, 3, 3), ones(3)), "bias has shape (3,), expected (8,)"),
        (
            lambda: F.conv2d(ones(2, 3, 5, 5), ones(8, 3, 3, 3), residual=ones(2, 8, 5, 5)),
            "conv2d: residual has shape (2, 8, 5, 5), expected (2, 8, 3, 3), the result's",
        ),
        (lambda: F.conv2d(ones(1, 4, 5, 5), ones(3, 2, 3, 3), groups=2), "groups=2 does not divide"),
        (lambda: F.conv2d(ones(1, 4, 5, 5), ones(3, 4, 3, 3), stride=0), "stride"),
        (lambda: F.conv_transpose2d(ones(1, 3, 5, 5), ones(4, 8, 3, 3)), "3 channels but weight expects 4"),
        (
            lambda: F.conv_transpose2d(ones(1, 3, 5, 5), ones(3, 8, 3, 3), output_padding=1),
            "smaller than stride (1, 1)",
        ),
        (
            lambda: F.conv_transpose2d(ones(1, 3, 5, 5), ones(3, 8, 3, 3), None, (1, 2), 0, (2, 1), 1, (2, 1)),
            "output_padding (2, 1) must be smaller than stride (1, 2) or dilation (2, 1), in each direction",
        ),
        (lambda: F.conv_transpose2d(ones(1, 3, 1, 1), ones(3, 8, 2, 2), padding=1), "output of size (0, 0)"),
        (lambda: F.linear(ones(2, 3), ones(5, 4)), "linear: input has shape (2, 3)"),
        (lambda: F.linear(ones(2, 4), ones(5, 4), ones(4)), "bias has shape (4,), expected (5,)"),
    ],
)
def test_shapes_that_do_not_fit_are_told(call, told):
    with pytest.raises(ValueError) as error:
        call()
    assert told in str(error.value)


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda: F.conv2d(ones(1, 3, 5, 5, dtype=int), ones(8, 3, 3, 3)), "conv2d: input is int64, expected float32"),
        (lambda: F.conv2d(ones(1, 3, 5, 5), ones(8, 3, 3, 3, dtype=float)), "conv2d: inputs are float32 and float64"),
        (lambda: F.conv2d(np.ones((1, 3, 5, 5)), ones(8, 3, 3, 3)), "conv2d: input is ndarray, expected a tensor"),
    ],
)
def test_dtypes_that_do_not_fit_are_told(call, told):
    with pytest.raises(TypeError) as error:
        call()
    assert told in str(error.value)
