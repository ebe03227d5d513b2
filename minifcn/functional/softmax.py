"""From scores to probabilities: softmax and its logarithm along one axis. Read focal.py next."""

from ..function import Function, check_axis
from ..kernels import array_module
from ..tensor import apply
from .common import check_floats


class Softmax(Function):
    """y = e^x / sum e^x  ->  dL/dx = y (grad - sum(grad y))."""

    def forward(self, x, *, dim):
        e = array_module(x).exp(x - x.max(axis=dim, keepdims=True))  # the largest becomes e^0
        self.y, self.dim = e / e.sum(axis=dim, keepdims=True), dim
        return self.y

    def backward(self, grad):
        return self.y * (grad - (grad * self.y).sum(axis=self.dim, keepdims=True))


def softmax(input, dim):
    """exp(x) / sum of exp(x) along the axis `dim`: positive numbers that sum to 1. Returns input's shape.

    ValueError for an axis without elements, whose numbers cannot sum to 1.
    """
    check_floats("softmax", input)
    return apply(Softmax, input, dim=classes_axis("softmax", input, dim))


class LogSoftmax(Function):
    """y = x - log sum e^x  ->  dL/dx = grad - e^y sum(grad)."""

    def forward(self, x, *, dim):
        xp = array_module(x)
        x = x - x.max(axis=dim, keepdims=True)
        self.y, self.dim = x - xp.log(xp.exp(x).sum(axis=dim, keepdims=True)), dim
        return self.y

    def backward(self, grad):
        return grad - array_module(grad).exp(self.y) * grad.sum(axis=self.dim, keepdims=True)


def log_softmax(input, dim):
    """log(softmax(x)) along the axis `dim`, accurate even where softmax rounds to 0. Returns input's shape."""
    check_floats("log_softmax", input)
    return apply(LogSoftmax, input, dim=classes_axis("log_softmax", input, dim))


def classes_axis(op, input, dim):
    """`dim` as a non-negative axis; ValueError if input has no such axis, or no element along it."""
    dim = check_axis(op, dim, input.ndim)
    if not input.shape[dim]:
        raise ValueError(f"{op}: input has shape {input.shape}, expected at least 1 element along dim {dim}")
    return dim
