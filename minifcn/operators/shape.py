"""Functions that move elements without changing their values: to, reshape, permute, indexing, cat, stack and where.

Each is a 0-1 matrix, whose transpose, the backward, moves every element back. Read dtypes.py next.
"""

import numpy as np

from ..function import Function, broadcast_shape, unbroadcast
from ..kernels import array_module, device_of, to_device


class Convert(Function):
    """The same values on another device or in another dtype; the gradient is converted back."""

    def forward(self, x, *, device, dtype):
        self.came_from = device_of(x), x.dtype
        return to_device(x, device).astype(dtype)

    def backward(self, grad):
        device, dtype = self.came_from
        return to_device(grad, device).astype(dtype)


class Reshape(Function):
    def forward(self, x, *, shape):
        self.shape = x.shape
        try:
            return x.reshape(shape)
        except (ValueError, TypeError):
            raise ValueError(f"reshape: shape {x.shape} cannot become {shape}; the sizes must have one product") from None

    def backward(self, grad):
        return grad.reshape(self.shape)


class Permute(Function):
    def forward(self, x, *, dims):
        if sorted(d % max(x.ndim, 1) for d in dims) != list(range(x.ndim)):
            raise ValueError(f"permute: dims are {dims}, expected each axis of shape {x.shape} once")
        self.inverse = tuple(np.argsort([d % x.ndim for d in dims]))
        return x.transpose(dims)

    def backward(self, grad):
        return grad.transpose(self.inverse)


class Index(Function):
    """y = x[index]; an element selected twice accumulates both gradients."""

    def forward(self, x, *, index):
        self.shape, self.index = x.shape, index
        return x[index]

    def backward(self, grad):
        xp = array_module(grad)
        grad_x = xp.zeros(self.shape, grad.dtype)
        parts = self.index if isinstance(self.index, tuple) else (self.index,)
        if all(part is None or part is ... or isinstance(part, (int, slice)) for part in parts):
            grad_x[self.index] = grad  # basic indexing selects no element twice
        else:
            xp.add.at(grad_x, self.index, grad)
        return grad_x


class Cat(Function):
    def forward(self, *arrays, dim):
        xp = array_module(arrays[0])
        self.dim, self.ends = dim, np.cumsum([a.shape[dim] for a in arrays])[:-1].tolist()
        return xp.concatenate(arrays, axis=dim)

    def backward(self, grad):
        return tuple(array_module(grad).split(grad, self.ends, axis=self.dim))


class Stack(Function):
    def forward(self, *arrays, dim):
        self.dim = dim
        return array_module(arrays[0]).stack(arrays, axis=dim)

    def backward(self, grad):
        return tuple(array_module(grad).moveaxis(grad, self.dim, 0))


class Where(Function):
    """y = a where `condition` holds, b elsewhere; the three broadcast."""

    def forward(self, a, b, *, condition):
        broadcast_shape("where", condition.shape, a.shape, b.shape)
        self.condition, self.shapes = condition, (a.shape, b.shape)
        return array_module(a).where(condition, a, b)

    def backward(self, grad):
        where, (a, b) = array_module(grad).where, self.shapes
        return unbroadcast(where(self.condition, grad, 0), a), unbroadcast(where(self.condition, 0, grad), b)
