"""Backwards that are right for the inputs as they are, and wrong in other circumstances, are rejected, with the reason."""

import numpy as np
import pytest

from minifcn import functional as F
from minifcn import nn
from minifcn.autograd import is_grad_enabled
from minifcn.function import Function
from minifcn.gradcheck import gradcheck
from minifcn.random import default_generator
from minifcn.tensor import Tensor, apply

RNG = np.random.default_rng(0)
X = RNG.standard_normal((3, 4))
WIDE = RNG.standard_normal((10, 12))  # too many outputs for cotangents of a single 1
TIES = np.array([[1.0, 2, 2, 0], [3, 3, 3, 1], [0.5, 1, -1, 1]])


def square(backward):
    """x * x with a planted backward(x, grad)."""

    class Square(Function):
        def forward(self, x):
            self.x = x
            return x * x

        def backward(self, grad):
            return backward(self.x, grad)

    return lambda x: apply(Square, x)


def through_ravel(x, grad):
    result = np.zeros_like(x)
    result.ravel()[:] = (2 * x * grad).ravel()  # lost where ravel() copies
    return result


@pytest.mark.parametrize(
    "backward, words",
    [
        (lambda x, g: x * g * (1 if np.ptp(g) == 0 else 2), "of equal numbers"),
        (lambda x, g: x * g * (3 if np.ptp(g) and (g > 0).all() else 2), "of positive numbers"),
        (lambda x, g: x * g * (3 if np.ptp(g) and (g < 0).all() else 2), "of negative numbers"),
        (lambda x, g: x * g * (1 if (g == 0).sum() > 1 else 2), "whose first half is 0"),
        (lambda x, g: 2 * x * np.where(abs(g) < 1e-8, 0, g), "not linear in the cotangent"),
        (lambda x, g: 2 * x * g.clip(-1e8, 1e8), "not linear in the cotangent"),
        (lambda x, g: x * g * (1 if g.dtype == np.float32 else 2), "the gradient of input 0 in float32 differs"),
        (through_ravel, "changes when the inputs have their axes in Fortran's order"),
        (lambda x, g: 2 * x.ravel("K").reshape(x.shape) * g, "changes when the inputs have their axes in Fortran's order"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_short_cut_is_named(backward, words):
    assert words in str(gradcheck(square(backward), WIDE))


class OnTheClass(Function):
    def forward(self, x):
        OnTheClass.mask = x > 0
        return x * OnTheClass.mask

    def backward(self, grad):
        return grad * OnTheClass.mask


def dropout_with_the_mask_on_a_layer():
    class Layer:
        mask = None

    class Drop(Function):
        def forward(self, x):
            Layer.mask = default_generator().random(x.shape) > 0.4
            return x * Layer.mask

        def backward(self, grad):
            return grad * Layer.mask

    return lambda x: apply(Drop, x)


@pytest.mark.parametrize("function", [lambda x: apply(OnTheClass, x), dropout_with_the_mask_on_a_layer()])
def test_what_is_saved_outside_the_function_is_named(function):
    assert "called again before backward()" in gradcheck(function, WIDE).cause


def test_what_is_kept_from_the_first_call_is_named():
    masks = {}

    class Kept(Function):
        def forward(self, x):
            masks.setdefault(x.shape, x > 0)
            return np.maximum(x, 0)

        def backward(self, grad):
            return grad * masks[grad.shape]

    assert "numbers in reverse" in gradcheck(lambda x: apply(Kept, x), X).cause


class RowMax(Function):
    def forward(self, x):
        self.x, self.max = x, x.max(1, keepdims=True)
        return self.max[:, 0]

    def backward(self, grad):
        return grad[:, None] * (self.x == self.max)


class DividedRowMax(RowMax):
    def backward(self, grad):
        mask = self.x == self.max
        return grad[:, None] * mask / mask.sum(1, keepdims=True)


class Maximum(Function):
    def forward(self, a, b):
        self.first, self.second = a >= b, b >= a
        return np.maximum(a, b)

    def backward(self, grad):
        return grad * self.first, grad * self.second


def test_a_tie_that_gets_the_gradient_twice_is_named():
    assert "numbers tie" in gradcheck(lambda x: apply(RowMax, x), TIES).cause
    assert "numbers tie" in gradcheck(lambda a, b: apply(Maximum, a, b), [TIES, TIES.clip(max=2)]).cause


@pytest.mark.parametrize("seed", range(5))
def test_ties_and_kinks_of_right_backwards_are_right(seed):
    zeros = np.maximum(np.random.default_rng(seed).standard_normal((1, 2, 6, 6)), 0).round(1)
    for function in (F.relu, lambda x: F.max_pool2d(x, 2), lambda x: F.max_pool2d(F.relu(x - 0.5), 3, 1, 1), abs):
        assert gradcheck(function, zeros, seed=seed)
    assert gradcheck(lambda x: apply(DividedRowMax, x), TIES, seed=seed)
    assert gradcheck(lambda x: x.max(1)[0], TIES, seed=seed)


def product(wrong):
    class Product(Function):
        def forward(self, a, b, c):
            self.a, self.b = a, b
            return a * b + c

        def backward(self, grad):
            return grad * self.b * (2 if wrong(self) else 1), grad * self.a, grad

    return lambda a, b, c: apply(Product, a, b, c)


def test_what_depends_on_a_frozen_input_or_on_one_tensor_twice_is_named():
    assert gradcheck(product(lambda f: False), [X, X + 1, X - 1])
    one_frozen = gradcheck(product(lambda f: f.needs_grad == (True, True, False)), [X, X + 1, X - 1])
    assert "input 0 gets a different gradient when input 2 requires none" in one_frozen.cause
    one_tensor = gradcheck(product(lambda f: f.inputs[0] is f.inputs[1]), [X, X + 1, X - 1])
    assert "when inputs 0 and 1 are one tensor" in one_tensor.cause


def test_an_inner_result_that_backward_overwrites_is_named():
    def overwrites(x, grad):
        result = 2 * x * grad
        x[x < 0] = 0
        return result

    inner = square(overwrites)
    assert "the result of mul was changed by backward" in gradcheck(lambda x: inner(1.0 * x), X).cause


def test_a_backward_that_changes_what_forward_reads_is_named():
    weights = np.array([1.0, 2.0, 5.0, 4.0])

    class Weighted(Function):
        def forward(self, x):
            return x * weights

        def backward(self, grad):
            weights[...] = weights / weights.sum()
            return grad * weights

    assert "another result after backward()" in gradcheck(lambda x: apply(Weighted, x), X).cause


def test_a_function_that_is_another_one_without_a_graph_is_named():
    assert "no_grad()" in gradcheck(lambda x: x * x + float(is_grad_enabled()), X).cause


class Scale(nn.Module):
    """x * w; `linked` is whether the graph knows of w."""

    def __init__(self, linked):
        self.weight, self.linked = nn.Parameter(np.arange(1.0, 5.0)), linked

    def forward(self, x):
        wrong = square(lambda w, grad: 3 * w * grad)
        return x * (wrong(self.weight) if self.linked else Tensor(self.weight.data))


def test_parameters_are_found_without_being_given():
    linked, unlinked = Scale(True), Scale(False)
    assert gradcheck(linked, X).where == "parameter weight"
    assert gradcheck(lambda x: linked(x), X).where == "parameter 0"
    assert gradcheck(unlinked, X).where == "parameter weight"
    assert gradcheck(linked, X, ())


def test_integer_inputs_are_copies():
    labels = np.array([0, 1, 255])

    def overwrites(x, target):
        target.data[target.data == 255] = 0
        return x * x

    gradcheck(overwrites, [X, labels])
    assert labels.tolist() == [0, 1, 255]
