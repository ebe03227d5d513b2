"""Function: one differentiable operation, its `forward` directly above its `backward`, both on plain arrays.

Every operation of the library is a subclass of 3 to 15 lines. tensor.py applies them, and autograd.py walks the graph
they form backwards. Read operators/arithmetic.py next.
"""

import contextvars
import operator
import re

import numpy as np

watching = contextvars.ContextVar("watching", default=None)  # what is called in place of forward, to see what it does


class Function:
    """One operation: y = f(x_0, x_1, ...). Each application is a new instance, which saves what backward needs.

    inputs:     the Tensors it was applied to (never its output, so there are no reference cycles)
    needs_grad: for each input, whether its gradient is needed; backward may skip the others
    makes_new_arrays: True promises that the arrays returned by backward are newly allocated, distinct and unshared.
        Such a gradient can become a parameter's `.grad` without a copy.
    """

    inputs = ()
    needs_grad = ()
    makes_new_arrays = False

    def forward(self, *arrays, **hyperparameters):
        """Return the result, one array, and save on `self` what backward needs."""
        raise NotImplementedError

    def backward(self, grad):
        """Given dL/dy, return dL/dx_i for each input (None where `needs_grad` is False); a bare array for one input."""
        raise NotImplementedError

    def compute(self, arrays, hyperparameters):
        """forward, or watch(self, arrays, hyperparameters), which calls it, if something is `watching`."""
        watch = watching.get()
        return self.forward(*arrays, **hyperparameters) if watch is None else watch(self, arrays, hyperparameters)

    def gradients(self, grad):
        """`backward` with its result checked: a tuple of arrays with the shapes and dtypes of the inputs."""
        grads = self.backward(grad)
        grads = grads if isinstance(grads, tuple) else (grads,)
        if len(grads) != len(self.inputs):
            raise RuntimeError(f"{self.name()}: backward gave {len(grads)} gradients for {len(self.inputs)} inputs")
        for i, (tensor, needed, g) in enumerate(zip(self.inputs, self.needs_grad, grads)):
            if not needed:
                continue
            if not hasattr(g, "dtype"):
                found = "no gradient" if g is None else f"a {type(g).__name__}, not an array,"
                raise RuntimeError(f"{self.name()}: backward gave {found} for input {i}, which requires a gradient")
            if g.shape != tensor.shape or g.dtype != tensor.dtype:
                raise RuntimeError(
                    f"{self.name()}: backward gave a gradient of shape {g.shape} and dtype {g.dtype} for input {i},"
                    f" which has shape {tensor.shape} and dtype {tensor.dtype}"
                )
        return grads

    def free(self):
        """Drop the inputs and everything that forward saved."""
        self.__dict__.clear()
        self.inputs = None

    @classmethod
    def name(cls):
        """The public function's name: ConvTranspose2d -> conv_transpose2d."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()


def unbroadcast(grad, shape):
    """The adjoint of broadcasting: sum `grad` over the axes along which an array of `shape` was repeated.

    grad: an array whose shape is what `shape` broadcasts to. Returns an array of `shape`.
    """
    if grad.shape == shape:
        return grad
    added = grad.ndim - len(shape)
    repeated = tuple(added + i for i, n in enumerate(shape) if n == 1 and grad.shape[added + i] != 1)
    return grad.sum(axis=tuple(range(added)) + repeated, keepdims=True).reshape(shape)


def broadcast_shape(name, *shapes):
    """The shape that `shapes` broadcast to; ValueError, naming the operation, if they do not."""
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        listed = " and ".join(map(str, shapes))
        raise ValueError(
            f"{name}: shapes {listed} do not broadcast; sizes must be equal or 1, counted from the last"
        ) from None


def check_axis(op, dim, ndim):
    """`dim`, which may be negative, as an index from 0 to ndim - 1; TypeError or ValueError if it is no axis."""
    try:
        dim = operator.index(dim)
    except TypeError:
        raise TypeError(f"{op}: dim is {dim!r}, expected a whole number, one of {ndim} axes") from None
    if not ndim:
        raise ValueError(f"{op}: dim is {dim}, but the tensor has no axes; leave dim out")
    if not -ndim <= dim < ndim:
        raise ValueError(f"{op}: dim is {dim}, expected {-ndim} to {ndim - 1} for {ndim} axes")
    return dim % ndim


def check_axes(op, dim, ndim):
    """`dim`, an int or a tuple or list of them, as a tuple of non-negative axes; None and () mean all axes."""
    dims = dim if isinstance(dim, (tuple, list)) else () if dim is None else (dim,)
    axes = tuple(check_axis(op, d, ndim) for d in dims or range(ndim))
    if len(set(axes)) < len(axes):
        raise ValueError(f"{op}: dim is {dim}, which names an axis twice; give each once")
    return axes


def dim_or_axis(op, dim, axis, default=None):
    """The value of the argument that PyTorch calls `dim` and NumPy calls `axis`; TypeError if both are given."""
    if axis is None:
        return dim
    if dim != default:
        raise TypeError(f"{op}: found both dim={dim} and axis={axis}, two names for one argument; give only one")
    return axis


def unpack(sizes):
    """(2, 3) from both f(2, 3) and f((2, 3))."""
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else tuple(sizes)
