"""Reductions: the sum and the maximum over some or all axes. The mean is a sum over a count. Read shape.py next."""

from ..function import Function, check_axes, check_axis
from ..kernels import array_module


class Sum(Function):
    """y = sum of x over `dim`; every term gets the gradient of its sum. Integers and bools are summed in int64."""

    def forward(self, x, *, dim, keepdim):
        self.shape, self.dim, self.keepdim = x.shape, check_axes("sum", dim, x.ndim), keepdim
        return x.sum(axis=self.dim, keepdims=keepdim, dtype=None if x.dtype.kind == "f" else "int64")

    def backward(self, grad):
        xp = array_module(grad)
        if not self.keepdim:
            grad = xp.expand_dims(grad, self.dim)
        return xp.broadcast_to(grad, self.shape)


class Max(Function):
    """y = the largest element of x; ties share the gradient equally."""

    def forward(self, x):
        y = x.max()
        self.largest = x == y
        return y

    def backward(self, grad):
        share = grad / self.largest.sum().astype(grad.dtype)
        return self.largest * share


class MaxAlong(Function):
    """y = x at `index` along `dim`, where `index` (a size of 1 along `dim`) holds the positions of the maxima."""

    def forward(self, x, *, index, dim, keepdim):
        self.shape, self.index, self.dim, self.keepdim = x.shape, index, dim, keepdim
        y = array_module(x).take_along_axis(x, index, axis=dim)
        return y if keepdim else y.squeeze(dim)

    def backward(self, grad):
        xp = array_module(grad)
        if not self.keepdim:
            grad = xp.expand_dims(grad, self.dim)
        position = xp.arange(self.shape[self.dim]).reshape([-1 if i == self.dim else 1 for i in range(len(self.shape))])
        return (position == self.index) * grad


def check_compared(op, dim, shape):
    """`dim` as a non-negative axis, None for all; ValueError if a tensor of `shape` has no element there."""
    dim = None if dim is None else check_axis(op, dim, len(shape))
    if 0 in (shape if dim is None else shape[dim : dim + 1]):
        where = "" if dim is None else f" along dim {dim}"
        raise ValueError(f"{op}: the tensor of shape {shape} has no elements{where}")
    return dim
