"""minifcn: fully convolutional networks for semantic segmentation, from scratch, written to be read.

The layers, from the bottom up: kernels/, tensor.py, functional/, nn/, models/ and data/, train.py, and __main__.py,
the command line. Start with kernels/reference.py or tensor.py.
"""

import importlib
import os
import sys
import types
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # for editors; programs import each name on its first use, below
    from . import checkpoint, data, distributed, functional, metrics, models, nn, optim, plot, predict, train
    from .autograd import is_grad_enabled, no_grad
    from .function import Function
    from .functional.shape import cat, stack, where
    from .gradcheck import assert_gradients, gradcheck, step_errors
    from .random import default_generator, manual_seed
    from .tensor import Tensor, apply, tensor


def share_of_cores(ranks):
    """The threads of each of the processes that mpiexec started on this machine: together, one for each core."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(allowed, os.cpu_count() // ranks))  # allowed: fewer if mpiexec has bound this process to some


# Libraries read these once, at load time, so set them before the imports. kernels/cpu/runtime/threads.py explains why.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "14")  # NumPy's threads sleep after 2**14 idle cycles
os.environ.setdefault("GOMP_SPINCOUNT", "5000")  # Numba's after 5000 polls for work
if together := os.environ.get("MPI_LOCALNRANKS") or os.environ.get("OMPI_COMM_WORLD_LOCAL_SIZE"):  # ranks on this machine
    os.environ.setdefault("OMP_NUM_THREADS", str(share_of_cores(int(together))))
if os.environ.get("OMP_NUM_THREADS", "").strip("0").isdigit() and "numba" not in sys.modules:
    os.environ.setdefault("NUMBA_NUM_THREADS", os.environ["OMP_NUM_THREADS"])  # the only name that Numba reads

__version__ = "0.2.0"

NAMES = {  # {name of a function or class: the module that has it}; the other names of __all__ are modules
    **dict.fromkeys(("Tensor", "apply", "tensor"), "tensor"),
    **dict.fromkeys(("is_grad_enabled", "no_grad"), "autograd"),
    **dict.fromkeys(("cat", "stack", "where"), "functional.shape"),
    **dict.fromkeys(("assert_gradients", "gradcheck", "step_errors"), "gradcheck"),
    **dict.fromkeys(("default_generator", "manual_seed"), "random"),
    "Function": "function",
}

__all__ = [
    "Function",
    "Tensor",
    "apply",
    "assert_gradients",
    "cat",
    "checkpoint",
    "data",
    "default_generator",
    "distributed",
    "functional",
    "gradcheck",
    "is_grad_enabled",
    "manual_seed",
    "metrics",
    "models",
    "nn",
    "no_grad",
    "optim",
    "plot",
    "predict",
    "stack",
    "step_errors",
    "tensor",
    "train",
    "where",
]


def __getattr__(name):
    """Import a name on its first use: `minifcn check` waits for none of them, nor for NumPy; `plot` loads matplotlib."""
    if name in NAMES:
        globals()[name] = getattr(importlib.import_module(f".{NAMES[name]}", __name__), name)
        return globals()[name]
    if name in __all__:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})


class Package(types.ModuleType):
    """This package. Python makes each module an attribute of its package; `tensor` and `gradcheck` stay functions."""

    def __setattr__(self, name, value):
        if name not in NAMES or not isinstance(value, types.ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = Package
