"""Tensor arithmetic: + - * / // % ** @, abs, exp, log and sqrt. Each class is a formula above its derivative.

Inputs broadcast as in NumPy, and `unbroadcast` sums the gradients back to their shapes. Read ../autograd.py next.
"""

from ..function import Function, broadcast_shape, unbroadcast
from ..kernels import array_module, device_of, kernels_for
from .dtypes import refuse_bools


class Elementwise(Function):
    """An operation on two arrays that broadcast against each other; subclasses give `formula` and `derivatives`."""

    def forward(self, a, b):
        broadcast_shape(self.name(), a.shape, b.shape)
        self.a, self.b = a, b
        return self.formula(a, b)

    def backward(self, grad):
        grads = self.derivatives(grad, self.a, self.b)
        return tuple(
            unbroadcast(g(), x.shape) if needed else None
            for g, x, needed in zip(grads, (self.a, self.b), self.needs_grad)
        )

    def formula(self, a, b):
        """The result, an array."""
        raise NotImplementedError

    def derivatives(self, grad, a, b):
        """Two functions of no arguments, which compute dL/da and dL/db before `unbroadcast`."""
        raise NotImplementedError


class Add(Elementwise):
    def formula(self, a, b):
        return a + b

    def derivatives(self, grad, a, b):
        return lambda: grad, lambda: grad


class Sub(Elementwise):
    def formula(self, a, b):
        return a - b

    def derivatives(self, grad, a, b):
        return lambda: grad, lambda: -grad


class Mul(Elementwise):
    def formula(self, a, b):
        return a * b

    def derivatives(self, grad, a, b):
        return lambda: grad * b, lambda: grad * a


class Div(Elementwise):
    def formula(self, a, b):
        return a / b

    def derivatives(self, grad, a, b):
        return lambda: grad / b, lambda: -grad * a / (b * b)


class FloorDivide(Elementwise):
    """floor(a / b): a step function. As in PyTorch, backward raises rather than returning zeros."""

    def formula(self, a, b):
        check_divisor("floor_divide", b)
        return a // b

    def backward(self, grad):
        raise RuntimeError("floor_divide: a // b has no gradient; write a.detach() // b, or use a / b")


class Remainder(Elementwise):
    """a - b floor(a / b), with the sign of b."""

    def formula(self, a, b):
        check_divisor("remainder", b)
        return a % b

    def derivatives(self, grad, a, b):
        return lambda: grad, lambda: -grad * (a // b)


class Pow(Elementwise):
    """a ** b. Where b = 0, the derivative in a is 0, even at a = 0; where a = 0 and b >= 0, the derivative in b is 0."""

    def formula(self, a, b):
        refuse_bools("pow", b)
        return a**b

    def derivatives(self, grad, a, b):
        xp = array_module(a)
        return (
            lambda: grad * b * xp.where(b == 0, 1, a) ** xp.where(b == 0, 0, b - 1),
            lambda: grad * a**b * xp.log(xp.where((a == 0) & (b >= 0), 1, a)),
        )


class Neg(Function):
    def forward(self, x):
        refuse_bools("neg", x)
        return -x

    def backward(self, grad):
        return -grad


class Abs(Function):
    """|x|; the derivative at 0 is taken to be 0, as in PyTorch."""

    def forward(self, x):
        refuse_bools("abs", x)
        self.x = x
        return abs(x)

    def backward(self, grad):
        return grad * array_module(grad).sign(self.x)


class Exp(Function):
    def forward(self, x):
        self.y = array_module(x).exp(x)
        return self.y

    def backward(self, grad):
        return grad * self.y


class Log(Function):
    def forward(self, x):
        self.x = x
        return array_module(x).log(x)

    def backward(self, grad):
        return grad / self.x


class Sqrt(Function):
    def forward(self, x):
        self.y = array_module(x).sqrt(x)
        return self.y

    def backward(self, grad):
        return grad / (2 * self.y)


class Matmul(Function):
    """y = a @ b on the last two axes, the ones before them broadcast:  dL/da = grad @ b.T,  dL/db = a.T @ grad."""

    def forward(self, a, b):
        rows, columns = a.shape[-1:], b.shape[-2:-1] or b.shape
        if not a.ndim or not b.ndim or rows != columns:
            raise ValueError(f"matmul: shapes {a.shape} and {b.shape} do not fit; a's last size must be b's last but one")
        broadcast_shape("matmul", a.shape[:-2], b.shape[:-2])
        refuse_bools("matmul", a)
        self.a, self.b = a, b
        self.vectors = (-2,) * (a.ndim == 1) + (-1,) * (b.ndim == 1)  # the axes that vectors lack, in y as well
        return kernels_for(a, b).matmul(*as_matrices(a, b)).squeeze(self.vectors)

    def backward(self, grad):
        a, b = as_matrices(self.a, self.b)
        grad = array_module(grad).expand_dims(grad, self.vectors)
        matmul = kernels_for(grad).matmul
        needs_a, needs_b = self.needs_grad
        return (
            unbroadcast(matmul(grad, b.swapaxes(-1, -2)), a.shape).reshape(self.a.shape) if needs_a else None,
            unbroadcast(matmul(a.swapaxes(-1, -2), grad), b.shape).reshape(self.b.shape) if needs_b else None,
        )


def as_matrices(a, b):
    """a and b as matrices: a vector on the left becomes one row, a vector on the right one column."""
    return a[None, :] if a.ndim == 1 else a, b[:, None] if b.ndim == 1 else b


def check_divisor(op, b):
    """ZeroDivisionError if an integer in `b` is 0. Not on a GPU, where the check would force a synchronization."""
    refuse_bools(op, b)
    if b.dtype.kind != "f" and device_of(b) == "cpu" and not b.all():
        raise ZeroDivisionError(f"{op}: found an integer divided by 0; convert it with .to('float32') for inf or nan")
