"""Tensor: an array that remembers how it was computed, so that `backward()` can find every derivative.

`apply` runs a Function and links its result to its inputs; autograd.py follows those links back. The basic operations
are in operators/. Read kernels/geometry.py next.
"""

import operator

import numpy as np

from .autograd import backward, is_grad_enabled
from .function import check_axis, dim_or_axis, unpack
from .kernels import FLOATS, array_module, device_of, to_device
from .operators import dtypes
from .operators.arithmetic import Abs, Add, Div, Exp, FloorDivide, Log, Matmul, Mul, Neg, Pow, Remainder, Sqrt, Sub
from .operators.reduce import Max, MaxAlong, Sum, check_compared
from .operators.shape import Convert, Index, Permute, Reshape


class Tensor:
    """An array with a gradient.

    data:          the values, a NumPy or CuPy array (float32, float64, an integer type or bool), which is not copied
    grad:          after backward(), dL/d(this) as a plain array of the same shape; None before. Leaves keep theirs,
                   other tensors only after retain_grad()
    requires_grad: whether backward() computes a gradient for this tensor; floating-point tensors only
    grad_fn:       the Function that produced it; None for a leaf
    """

    __array_ufunc__ = None  # makes NumPy leave `array + tensor` to Tensor.__radd__

    def __init__(self, data, requires_grad=False):
        self.data = data if type(data) is np.ndarray else dtypes.as_array(values(data))
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

    def __int__(self):
        return int(self.item())

    def __array__(self, dtype=None, copy=None):
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __format__(self, spec):
        return format(str(self) if self.ndim else self.item(), spec)

    def __repr__(self):
        how = f", grad_fn={self.grad_fn.name()}" if self.grad_fn else ", requires_grad=True" if self.requires_grad else ""
        values = np.array2string(self.numpy(), separator=", ", prefix="tensor(", threshold=100, precision=4)
        dtype = "" if self.dtype == np.float32 else f", dtype={self.dtype}"
        return f"tensor({values}{dtype}{how})"

    # Getting values out, and moving them --------------------------------------------------------------------------

    def numpy(self):
        """The values as a NumPy array: `data` itself on the CPU, a copy if it is on the GPU."""
        return to_device(self.data, "cpu")

    def item(self):
        """The value of a one-element tensor as a Python number."""
        if self.size != 1:
            raise ValueError(f"item: the tensor has {self.size} elements, expected 1; index it or reduce it first")
        return self.data.item()

    def detach(self):
        """A tensor that shares this one's data but not its graph: backward() stops there."""
        return Tensor(self.data)

    def to(self, target):
        """A copy on a device ('cpu', 'cuda') or with a dtype (np.float64, 'float64'); self if nothing changes."""
        if target in ("cpu", "cuda"):
            return self if target == self.device else apply(Convert, self, device=target, dtype=self.dtype)
        dtype = dtypes.dtype_named("to", target)
        return self if dtype == self.dtype else apply(Convert, self, device=self.device, dtype=dtype)

    # Derivatives --------------------------------------------------------------------------------------------------

    def backward(self, gradient=None, retain_graph=False):
        """Add dL/d(leaf) to the `.grad` of every leaf that this tensor, L, was computed from.

        gradient: an array or tensor of this tensor's shape, the upstream gradient; optional for a one-element tensor,
            where it defaults to 1.
        retain_graph: keep what the operations saved, so that backward() can be called again.
        Raises RuntimeError when nothing here requires a gradient, or when an earlier backward() freed the graph.
        """
        backward(self, values(gradient), retain_graph)

    def retain_grad(self):
        """Keep this tensor's gradient in `.grad` even though it is not a leaf."""
        self.retains_grad = True

    # Operators ----------------------------------------------------------------------------------------------------

    def __add__(self, other):
        return operate(Add, self, other)

    def __sub__(self, other):
        dtypes.refuse_bools("sub", self.data, values(other))
        return operate(Sub, self, other)

    def __mul__(self, other):
        return operate(Mul, self, other)

    def __truediv__(self, other):
        return operate(Div, self, other, floating=True)

    def __floordiv__(self, other):
        return operate(FloorDivide, self, other)

    def __mod__(self, other):
        return operate(Remainder, self, other)

    def __pow__(self, other):
        dtypes.check_power(self.data, values(other))
        return operate(Pow, self, other)

    def __matmul__(self, other):
        return apply(Matmul, self, as_tensor(other))

    def __rsub__(self, other):
        dtypes.refuse_bools("sub", self.data, values(other))
        return operate(Sub, other, self)

    def __rtruediv__(self, other):
        return operate(Div, other, self, floating=True)

    def __rfloordiv__(self, other):
        return operate(FloorDivide, other, self)

    def __rmod__(self, other):
        return operate(Remainder, other, self)

    def __rpow__(self, other):
        dtypes.check_power(values(other), self.data)
        return operate(Pow, other, self)

    def __rmatmul__(self, other):
        return apply(Matmul, as_tensor(other), self)

    __radd__ = __add__
    __rmul__ = __mul__

    def __neg__(self):
        return apply(Neg, self)

    def __abs__(self):
        return apply(Abs, self)

    def __getitem__(self, index):
        index = tuple(map(values, index)) if isinstance(index, tuple) else values(index)
        return apply(Index, self, index=index)

    def __setitem__(self, index, value):
        raise TypeError(
            "a tensor's elements cannot be assigned, since backward() may need the old ones; build a new tensor with"
            " where() or cat(), or change the array x.data of one that is in no graph"
        )

    def __eq__(self, other):
        return compare("eq", operator.eq, self, other)

    def __ne__(self, other):
        return compare("ne", operator.ne, self, other)

    def __lt__(self, other):
        return compare("lt", operator.lt, self, other)

    def __le__(self, other):
        return compare("le", operator.le, self, other)

    def __gt__(self, other):
        return compare("gt", operator.gt, self, other)

    def __ge__(self, other):
        return compare("ge", operator.ge, self, other)

    __hash__ = object.__hash__  # by identity, so that tensors can be keys although == compares elements

    # Methods ------------------------------------------------------------------------------------------------------

    def matmul(self, other):
        return self @ other

    def abs(self):
        return abs(self)

    def exp(self):
        return operate(Exp, self, floating=True)

    def log(self):
        return operate(Log, self, floating=True)

    def sqrt(self):
        return operate(Sqrt, self, floating=True)

    def sum(self, dim=None, keepdim=False, *, axis=None, keepdims=False):
        """The sum over `dim` (an int, several in a tuple or list, or None for all)."""
        return apply(Sum, self, dim=dim_or_axis("sum", dim, axis), keepdim=keepdim or keepdims)

    def mean(self, dim=None, keepdim=False, *, axis=None, keepdims=False):
        """The mean over `dim` (an int, several in a tuple or list, or None for all); TypeError for integers."""
        dtypes.check_floating("mean", self.dtype)
        total = self.sum(dim_or_axis("mean", dim, axis), keepdim or keepdims)
        return total / (self.size / total.size if self.size else np.nan)

    def max(self, dim=None, keepdim=False, *, axis=None, keepdims=False):
        """The largest element; with an int `dim`, a pair (values, indices) along it. Ties give the first index."""
        dim, keepdim = check_compared("max", dim_or_axis("max", dim, axis), self.shape), keepdim or keepdims
        if dim is None:
            return apply(Max, self)
        index = array_module(self.data).expand_dims(self.data.argmax(axis=dim), dim)
        values = apply(MaxAlong, self, index=index, dim=dim, keepdim=keepdim)
        return values, Tensor(index if keepdim else index.squeeze(dim))

    def argmax(self, dim=None, keepdim=False, *, axis=None, keepdims=False):
        """The index of the largest element, along `dim` or in the flattened tensor; no gradient."""
        dim = check_compared("argmax", dim_or_axis("argmax", dim, axis), self.shape)
        return Tensor(self.data.argmax(axis=dim, keepdims=keepdim or keepdims))

    def reshape(self, *shape):
        return apply(Reshape, self, shape=unpack(shape))

    def flatten(self, start_dim=0, end_dim=-1):
        """Merge the axes start_dim to end_dim, inclusive, into one."""
        if not self.ndim:
            return self.reshape(1)
        first, last = (check_axis("flatten", dim, self.ndim) for dim in (start_dim, end_dim))
        if first > last:
            raise ValueError(f"flatten: start_dim is {start_dim}, which comes after end_dim, {end_dim}, of {self.ndim} axes")
        return self.reshape(*self.shape[:first], int(np.prod(self.shape[first : last + 1])), *self.shape[last + 1 :])

    def permute(self, *dims):
        return apply(Permute, self, dims=unpack(dims))

    def transpose(self, dim0, dim1):
        """Swap two axes."""
        dim0, dim1 = (check_axis("transpose", dim, self.ndim) for dim in (dim0, dim1))
        dims = list(range(self.ndim))
        dims[dim0], dims[dim1] = dims[dim1], dims[dim0]
        return self.permute(*dims)


# Making tensors -------------------------------------------------------------------------------------------------------


def tensor(data, *, dtype=None, device=None, requires_grad=False):
    """A new Tensor with a copy of `data`: numbers, nested lists, an array or a tensor.

    Python floats become float32, as in PyTorch; arrays keep their dtype unless `dtype` says otherwise.
    device: 'cpu', 'cuda', or None for where the data is. Raises TypeError for data that is not numbers.
    """
    array = dtypes.new_array(values(data), dtype)
    return Tensor(to_device(array, device or device_of(array)), requires_grad)


def values(x):
    """The array of a tensor; anything else unchanged."""
    return x.data if isinstance(x, Tensor) else x


def as_tensor(x):
    """An array as a Tensor; anything else unchanged."""
    return Tensor(x) if dtypes.is_array(x) and not isinstance(x, Tensor) else x


# The graph ------------------------------------------------------------------------------------------------------------


def operate(function_class, *given, floating=False, **hyperparameters):
    """`apply` to tensors, arrays and numbers, promoted to one dtype by the rules of operators/dtypes.py."""
    arrays = dtypes.promote(function_class, *map(values, given), floating=floating)
    tensors = [x if isinstance(x, Tensor) and x.data is array else Tensor(array) for x, array in zip(given, arrays)]
    return apply(function_class, *tensors, **hyperparameters)


def compare(name, relation, x, other):
    """relation(x, other) elementwise, a bool tensor; no gradient."""
    result = dtypes.compare(name, relation, x.data, values(other))
    return result if result is NotImplemented else Tensor(result)


def apply(function_class, *inputs, **hyperparameters):
    """Run one operation on tensors and link its result to them.

    Raises TypeError when an input is not a tensor, or when floating-point inputs differ in dtype or device.
    """
    function = function_class()
    for i, x in enumerate(inputs):
        if not isinstance(x, Tensor):
            found = type(x).__name__
            raise TypeError(f"{function.name()}: input {i} is {found}, expected a tensor; use minifcn.tensor")
    arrays = [x.data for x in inputs]
    dtypes.check_alike(function, arrays)
    enabled = is_grad_enabled()
    function.needs_grad = tuple(enabled and tensor.requires_grad for tensor in inputs)
    data = function.compute(arrays, hyperparameters)
    result = Tensor(data if hasattr(data, "strides") and data.shape else array_module(arrays[0]).asarray(data))
    if any(function.needs_grad) and result.dtype in FLOATS:
        function.inputs = inputs
        result.grad_fn, result.requires_grad = function, True
    return result
