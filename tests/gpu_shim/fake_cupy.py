"""A stand-in for CuPy that runs on the CPU and notes whenever the host would wait for the GPU.

A GPU works through a queue, and the host runs ahead of it, filling the queue. Whoever asks for a number (`.item()`,
`float()`, `if array.any():`, a boolean mask) makes the host wait until the queue is empty, and then the GPU wait for
the host. `fake_gpu()` puts this module in CuPy's place: the library takes its arrays for CuPy's and chooses the real
kernels/gpu, whose .cu files run through the shim. It is as strict as CuPy, which refuses NumPy arrays beside its own,
and knows only those functions of CuPy that the library uses. Read test_whole_step.py next.
"""

import contextlib
import operator
import sys
import traceback
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest.mock import patch

import numpy as np

import minifcn
from gpu_shim.shim import Kernel, _empty
from minifcn.kernels.gpu import launch

WAITS = []  # one line each: what made the host wait, and the line of the library that did it
PACKAGE = str(Path(minifcn.__file__).parent)


def wait(what):
    """Note that the host waits here."""
    frames = [frame for frame in traceback.extract_stack() if frame.filename.startswith(PACKAGE)]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno} {frames[-1].line}" if frames else "the test"
    WAITS.append(f"{what} in {place}")


def on_device(value):
    """NumPy's answer as this module's: its arrays, and its numbers too, stay on the GPU."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(on_device, value))
    return ndarray(np.asarray(value)) if isinstance(value, np.ndarray | np.generic) else value


def on_host(value):
    """The NumPy array behind an array of this module. A bare NumPy array is refused, as by CuPy."""
    if isinstance(value, (tuple, list)):
        return type(value)(map(on_host, value))
    if isinstance(value, np.ndarray):
        raise TypeError("a NumPy array beside an array on the GPU")
    return value.host if isinstance(value, ndarray) else value


class ndarray:
    """An array on the GPU. Its shape is known to the host, its values are not."""

    __module__ = "cupy"
    __array_ufunc__ = None  # NumPy's numbers leave `number * array` to us
    __hash__ = None

    def __init__(self, host):
        self.host = host

    def __getitem__(self, index):
        parts = index if isinstance(index, tuple) else (index,)
        if any(getattr(part, "dtype", None) == bool for part in parts):
            wait("a boolean mask")
        elif isinstance(index, ndarray):
            return ndarray(self.host.take(index.host, axis=0, mode="wrap"))  # CuPy has no error for an index out of range
        return ndarray(np.asarray(self.host[on_host(index)]))

    def __setitem__(self, index, value):
        self.host[on_host(index)] = on_host(value)

    def __len__(self):
        return len(self.host)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __array__(self, *_, **__):
        raise TypeError("an array on the GPU taken for a NumPy array")

    @property
    def T(self):
        return ndarray(self.host.T)


def known_to_the_host(name):
    return property(lambda self: getattr(self.host, name))


def method(name):
    return lambda self, *args, **options: on_device(getattr(self.host, name)(*on_host(args), **options))


def binary(function):
    return lambda self, other: on_device(function(self.host, on_host(other)))


def reflected(function):
    return lambda self, other: on_device(function(on_host(other), self.host))


def in_place(function):
    def change(self, other):
        self.host[...] = function(self.host, on_host(other))
        return self

    return change


def waiting(name, result):
    def read(self, *args):
        wait(name.strip("_"))
        return result(self.host, *args)

    return read


for name in ("shape", "ndim", "size", "dtype", "strides", "itemsize", "nbytes", "flags"):
    setattr(ndarray, name, known_to_the_host(name))
for name in ("astype", "copy", "reshape", "transpose", "swapaxes", "squeeze", "sum", "max", "argmax", "any", "all"):
    setattr(ndarray, name, method(name))
for name in ("add", "sub", "mul", "truediv", "pow", "matmul"):
    formula = getattr(operator, name)
    setattr(ndarray, f"__{name}__", binary(formula))
    setattr(ndarray, f"__r{name}__", reflected(formula))
    setattr(ndarray, f"__i{name}__", in_place(formula))
for name in ("and", "or", "lt", "le", "gt", "ge", "eq", "ne"):
    setattr(ndarray, f"__{name}__", binary(getattr(operator, f"__{name}__")))
for name in ("neg", "abs", "invert"):
    setattr(ndarray, f"__{name}__", method(f"__{name}__"))
for name, result in {
    "item": lambda x: x.item(),
    "get": lambda x: x.copy(),
    "tolist": lambda x: x.tolist(),
    "nonzero": lambda x: on_device(x.nonzero()),
    "__bool__": bool,
    "__int__": int,
    "__float__": float,
    "__index__": operator.index,
}.items():
    setattr(ndarray, name, waiting(name, result))


class FakeCupy(ModuleType):
    """The module that `import cupy` finds inside `fake_gpu()`."""

    ndarray = ndarray
    cuda = SimpleNamespace(is_available=lambda: True)
    empty = staticmethod(lambda shape, dtype: ndarray(_empty(shape, dtype)))

    def asarray(self, data, dtype=None):
        """From the host: a copy in the queue, for which nobody waits."""
        return data if isinstance(data, ndarray) and dtype is None else self.array(data, dtype)

    def array(self, data, dtype=None):
        return ndarray(np.array(data.host if isinstance(data, ndarray) else data, dtype))

    def asnumpy(self, array):
        return array.get()

    def ascontiguousarray(self, array):
        return array if array.flags.c_contiguous else ndarray(np.ascontiguousarray(array.host))


def function(name):
    return staticmethod(lambda *args, **options: on_device(getattr(np, name)(*on_host(args), **options)))


for name in (
    "arange", "broadcast_to", "concatenate", "count_nonzero", "dot", "exp", "expand_dims", "full", "isnan", "log", "ones", "ones_like",
    "split", "sqrt", "where", "zeros", "zeros_like",
):  # fmt: skip
    setattr(FakeCupy, name, function(name))


def kernel(name, dtype):
    """A kernel of the .cu files on the shim, for arrays of this module."""
    run = Kernel(name, launch.source(), launch.options(dtype), last_thread_first=False)

    def launched(grid, block, arguments):
        if any(isinstance(a, np.ndarray) and a.dtype != launch.WINDOW for a in arguments):
            raise TypeError(f"{name}: a NumPy array given to a kernel")
        run(grid, block, [a.host if isinstance(a, ndarray) else a for a in arguments])

    return launched


@contextlib.contextmanager
def fake_gpu():
    """Inside `with fake_gpu() as waits:` device 'cuda' is this module; `waits` says what the host has waited for."""
    module = FakeCupy("cupy")
    WAITS.clear()
    with patch.dict(sys.modules, cupy=module), patch.multiple(launch, library=lambda: module, kernel=kernel):
        yield WAITS
