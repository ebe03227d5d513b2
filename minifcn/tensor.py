"""Tensor: an array that remembers how it was computed, so that `backward()` can find every derivative.

`apply` runs a Function and links its result to its inputs; autograd.py walks those links back. The operations themselves
are in operators/ and functional/; read functional/conv.py next.
"""

import numbers

import numpy as np

from .autograd import backward, is_grad_enabled
from .function import Function, check_axis
from .kernels import FLOATS, array_module, device_of, to_device
from .operators.arithmetic import Add, Div, Exp, Log, Matmul, Mul, Neg, Pow, Sqrt, Sub
from .operators.reduce import Max, MaxAlong, Sum
from .operators.shape import Index, Permute, Reshape


class Tensor:
    """An array with a gradient.

    data:          the values, a NumPy or CuPy array (float32, float64, an integer type or bool)
    grad:          after backward(), dL/d(this) as a plain array of the same shape; None before. Leaves keep theirs,
                   other tensors only after retain_grad()
    requires_grad: whether backward() shall reach this tensor; only floating-point tensors can
    grad_fn:       the Function that made it; None for a leaf
    """

    __array_ufunc__ = None  # NumPy, leave `array + tensor` to Tensor.__radd__

    def __init__(self, data, requires_grad=False):
        self.data = data
        self.grad = None
        self.grad_fn = None
        self.retains_grad = False
        self.requires_grad = requires_grad

    # What it is ---------------------------------------------------------------------------------------------------

    @property
    def requires_grad(self):
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value):
        if value and self.data.dtype not in FLOATS:
            raise TypeError(f"requires_grad: only float32 and float64 tensors can; this one is {self.data.dtype}")
        self._requires_grad = bool(value)

    @property
    def shape(self):
        return self.data.shape

    @property
    def ndim(self):
        return self.data.ndim

    @property
    def size(self):
        """The number of elements."""
        return self.data.size

    @property
    def dtype(self):
        return self.data.dtype

    @property
    def device(self):
        """'cpu' or 'cuda'."""
        return device_of(self.data)

    @property
    def is_leaf(self):
        return self.grad_fn is None

    @property
    def T(self):
        return self.transpose(-2, -1)

    def __len__(self):
        if not self.ndim:
            raise TypeError("len() of a tensor with no dimensions")
        return len(self.data)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __bool__(self):
        return bool(self.item())

    def __float__(self):
        return float(self.item())

    def __repr__(self):
        how = f", grad_fn={self.grad_fn.name()}" if self.grad_fn else ", requires_grad=True" if self.requires_grad else ""
        values = np.array2string(self.numpy(), separator=", ", prefix="tensor(", threshold=100, precision=4)
        dtype = "" if self.dtype == np.float32 else f", dtype={self.dtype}"
        return f"tensor({values}{dtype}{how})"

    # Getting values out, and moving them --------------------------------------------------------------------------

    def numpy(self):
        """The values as a NumPy array: the very array on the CPU, a copy of one on the GPU."""
        return to_device(self.data, "cpu")

    def item(self):
        """The value of a tensor of one element as a Python number."""
        if self.size != 1:
            raise ValueError(f"item: the tensor has {self.size} elements, expected 1; index it or reduce it first")
        return self.data.item()

    def detach(self):
        """A tensor of the same values that backward() does not pass."""
        return Tensor(self.data)

    def to(self, target):
        """A copy on a device ('cpu', 'cuda') or of a dtype (np.float64, 'float64'); self where nothing changes."""
        if target in ("cpu", "cuda"):
            return self if target == self.device else apply(Convert, self, device=target, dtype=self.dtype)
        try:
            dtype = np.dtype("no dtype" if target is None else target)  # NumPy takes None for float64
        except TypeError:
            raise ValueError(f"to: found {target!r}, expected 'cpu', 'cuda' or a dtype such as 'float32'") from None
        return self if dtype == self.dtype else apply(Convert, self, device=self.device, dtype=dtype)

    # Derivatives --------------------------------------------------------------------------------------------------

    def backward(self, gradient=None, retain_graph=False):
        """Add dL/d(leaf) to the `.grad` of every leaf that this tensor, L, was computed from.

        gradient: an array or tensor of this tensor's shape, the gradient to start from; may be left out for a tensor
            of one element, where it is 1.
        retain_graph: keep what the operations stored, so that backward() can be called again.
        Raises RuntimeError when nothing here requires a gradient, or when an earlier backward() freed the graph.
        """
        backward(self, values(gradient), retain_graph)

    def retain_grad(self):
        """Keep this tensor's gradient in `.grad`, though it is no leaf."""
        self.retains_grad = True

    # Operators ----------------------------------------------------------------------------------------------------

    def __add__(self, other):
        return apply(Add, self, operand(other, self, "add"))

    def __sub__(self, other):
        return apply(Sub, self, operand(other, self, "sub"))

    def __mul__(self, other):
        return apply(Mul, self, operand(other, self, "mul"))

    def __truediv__(self, other):
        return apply(Div, self, operand(other, self, "div"))

    def __pow__(self, other):
        return apply(Pow, self, operand(other, self, "pow"))

    def __matmul__(self, other):
        return apply(Matmul, self, operand(other, self, "matmul"))

    def __rsub__(self, other):
        return apply(Sub, operand(other, self, "sub"), self)

    def __rtruediv__(self, other):
        return apply(Div, operand(other, self, "div"), self)

    def __rpow__(self, other):
        return apply(Pow, operand(other, self, "pow"), self)

    def __rmatmul__(self, other):
        return apply(Matmul, operand(other, self, "matmul"), self)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self):
        return apply(Neg, self)

    def __getitem__(self, index):
        return apply(Index, self, index=as_index(index))

    def __eq__(self, other):
        return Tensor(self.data == values(other))

    def __ne__(self, other):
        return Tensor(self.data != values(other))

    def __lt__(self, other):
        return Tensor(self.data < values(other))

    def __le__(self, other):
        return Tensor(self.data <= values(other))

    def __gt__(self, other):
        return Tensor(self.data > values(other))

    def __ge__(self, other):
        return Tensor(self.data >= values(other))

    __hash__ = object.__hash__  # by identity, so that tensors can be keys although == compares elements

    # Methods ------------------------------------------------------------------------------------------------------

    def matmul(self, other):
        return self @ other

    def exp(self):
        return apply(Exp, self)

    def log(self):
        return apply(Log, self)

    def sqrt(self):
        return apply(Sqrt, self)

    def sum(self, dim=None, keepdim=False):
        """The sum over `dim` (an int, a tuple, or None for all)."""
        return apply(Sum, self, dim=dim, keepdim=keepdim)

    def mean(self, dim=None, keepdim=False):
        """The mean over `dim` (an int, a tuple, or None for all)."""
        total = self.sum(dim, keepdim)
        return total * (total.size / self.size if self.size else np.nan)

    def max(self, dim=None, keepdim=False):
        """The largest element; with an int `dim`, a pair (values, indices) along it, the first index where several tie."""
        if not self.size:
            raise ValueError(f"max: the tensor of shape {self.shape} has no elements")
        if dim is None:
            return apply(Max, self)
        dim = check_axis("max", dim, self.ndim)
        index = array_module(self.data).expand_dims(self.data.argmax(axis=dim), dim)
        values = apply(MaxAlong, self, index=index, dim=dim, keepdim=keepdim)
        return values, Tensor(index if keepdim else index.squeeze(dim))

    def argmax(self, dim=None):
        """The position of the largest element, along `dim` or in the flattened tensor; no gradient."""
        dim = None if dim is None else check_axis("argmax", dim, self.ndim)
        return Tensor(array_module(self.data).asarray(self.data.argmax(axis=dim)))

    def reshape(self, *shape):
        return apply(Reshape, self, shape=unpack(shape))

    def flatten(self, start_dim=0, end_dim=-1):
        """The axes start_dim to end_dim, both included, made one."""
        if not self.ndim:
            return self.reshape(1)
        first, last = (check_axis("flatten", dim, self.ndim) for dim in (start_dim, end_dim))
        return self.reshape(*self.shape[:first], int(np.prod(self.shape[first : last + 1])), *self.shape[last + 1 :])

    def permute(self, *dims):
        return apply(Permute, self, dims=unpack(dims))

    def transpose(self, dim0, dim1):
        """The two axes swapped."""
        dim0, dim1 = (check_axis("transpose", dim, self.ndim) for dim in (dim0, dim1))
        dims = list(range(self.ndim))
        dims[dim0], dims[dim1] = dims[dim1], dims[dim0]
        return self.permute(*dims)


class Convert(Function):
    """The same values on another device or of another dtype; the gradient goes back the same way."""

    def forward(self, x, *, device, dtype):
        self.came_from = device_of(x), x.dtype
        return to_device(x, device).astype(dtype)

    def backward(self, grad):
        device, dtype = self.came_from
        return to_device(grad, device).astype(dtype)


# Making tensors -------------------------------------------------------------------------------------------------------


def tensor(data, dtype=None, requires_grad=False, device=None):
    """A new Tensor with a copy of `data`: numbers, nested lists, an array or a tensor.

    Python floats become float32, as in PyTorch; arrays keep their dtype unless `dtype` says otherwise.
    device: 'cpu', 'cuda', or None for where the data is. Raises TypeError for data that is not numbers.
    """
    source = values(data)
    if not hasattr(source, "dtype"):
        try:
            source = np.array(source)
        except ValueError:
            raise ValueError("tensor: the nested lists have rows of different lengths") from None
        if source.dtype == np.float64:
            source = source.astype(dtype or np.float32)
    array = array_module(source).array(source, dtype=dtype)
    if array.dtype not in FLOATS and array.dtype.kind not in "iub":
        raise TypeError(f"tensor: found dtype {array.dtype}; expected float32, float64, an integer type or bool")
    return Tensor(to_device(array, device or device_of(array)), requires_grad)


def operand(other, like, name):
    """`other` as a Tensor that can stand beside `like`: a number takes its dtype and device, so it never promotes."""
    if isinstance(other, Tensor):
        return other
    if isinstance(other, numbers.Number) or (isinstance(other, np.generic) and other.dtype.kind in "fiub"):
        if like.dtype not in FLOATS and not isinstance(other, (numbers.Integral, np.bool_)):
            raise TypeError(f"{name}: a tensor of {like.dtype} and the number {other}; convert it with .to('float32')")
        return Tensor(array_module(like.data).asarray(other, dtype=like.dtype))
    if hasattr(other, "dtype") and hasattr(other, "shape"):
        return Tensor(other)
    raise TypeError(f"{name}: found {type(other).__name__}, expected a tensor, an array or a number")


def values(x):
    """The array of a tensor; anything else as it is."""
    return x.data if isinstance(x, Tensor) else x


def as_index(index):
    """An index with its tensors replaced by their arrays."""
    return tuple(map(values, index)) if isinstance(index, tuple) else values(index)


def unpack(sizes):
    """(2, 3) from both f(2, 3) and f((2, 3))."""
    return tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (tuple, list)) else tuple(sizes)


# The graph ------------------------------------------------------------------------------------------------------------


def apply(function_class, *inputs, **hyperparameters):
    """Run one operation on tensors and link its result to them.

    Raises TypeError when an input is no tensor, or when floating-point inputs differ in dtype or device.
    """
    function = function_class()
    check_inputs(function, inputs)
    enabled = is_grad_enabled()
    function.needs_grad = tuple(enabled and tensor.requires_grad for tensor in inputs)
    data = function.forward(*(tensor.data for tensor in inputs), **hyperparameters)
    result = Tensor(data if hasattr(data, "strides") and data.shape else array_module(inputs[0].data).asarray(data))
    if any(function.needs_grad):
        function.inputs = inputs
        result.grad_fn, result.requires_grad = function, True
    return result


def check_inputs(function, inputs):
    """Every input a tensor, all on one device and of one dtype."""
    for i, x in enumerate(inputs):
        if not isinstance(x, Tensor):
            raise TypeError(f"{function.name()}: input {i} is {type(x).__name__}, expected a tensor; use minifcn.tensor")
    if any(x.dtype != inputs[0].dtype for x in inputs[1:]):
        dtypes = sorted({str(x.dtype) for x in inputs})
        raise TypeError(f"{function.name()}: inputs are {' and '.join(dtypes)}; convert one with .to('{dtypes[0]}')")
    if any(type(x.data) is not type(inputs[0].data) for x in inputs[1:]) and len({x.device for x in inputs}) > 1:
        raise TypeError(f"{function.name()}: inputs are on 'cpu' and 'cuda'; move one with .to('cpu') or .to('cuda')")
