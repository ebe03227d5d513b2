"""The elementwise activation functions: relu, leaky_relu, sigmoid, tanh. Read loss.py next."""

from ..function import Function
from ..kernels import array_module, kernels_for
from ..tensor import apply
from .common import check_floats


class Relu(Function):
    def forward(self, x):
        self.x = x
        return kernels_for(x).relu_forward(x, 0.0)

    def backward(self, grad):
        return kernels_for(grad).relu_backward(grad, self.x, 0.0)


def relu(input):
    """max(0, x), elementwise. The derivative at 0 is taken to be 0, as in PyTorch; NaN stays NaN, with derivative 0."""
    check_floats("relu", input)
    return apply(Relu, input)


class LeakyRelu(Function):
    def forward(self, x, *, negative_slope):
        self.x, self.negative_slope = x, negative_slope
        return kernels_for(x).relu_forward(x, negative_slope)

    def backward(self, grad):
        return kernels_for(grad).relu_backward(grad, self.x, self.negative_slope)


def leaky_relu(input, negative_slope=0.01):
    """x where x > 0, else negative_slope * x."""
    check_floats("leaky_relu", input)
    return apply(LeakyRelu, input, negative_slope=negative_slope)


class Sigmoid(Function):
    """y = 1 / (1 + e^-x)  ->  dy/dx = y (1 - y)."""

    def forward(self, x):
        xp = array_module(x)
        e = xp.exp(-abs(x))  # at most 1, so nothing overflows
        self.y = xp.where(x >= 0, 1 / (1 + e), e / (1 + e))
        return self.y

    def backward(self, grad):
        return grad * self.y * (1 - self.y)


def sigmoid(input):
    """1 / (1 + exp(-x)), elementwise, without overflow at either end."""
    check_floats("sigmoid", input)
    return apply(Sigmoid, input)


class Tanh(Function):
    """y = tanh x  ->  dy/dx = 1 - y^2."""

    def forward(self, x):
        self.y = array_module(x).tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.y * self.y)


def tanh(input):
    """The hyperbolic tangent, elementwise."""
    check_floats("tanh", input)
    return apply(Tanh, input)
