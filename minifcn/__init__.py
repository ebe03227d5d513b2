"""minifcn: fully convolutional networks for semantic segmentation, from scratch, written to be read.

The layers, from the bottom up: kernels/, tensor.py, functional/, nn/, models/ and data/, train.py, and __main__.py,
the command line. Start with kernels/reference.py or tensor.py.
"""

import importlib
import os
import sys


def share_of_cores(ranks):
    """The threads of each of the processes that mpiexec started on this machine: together, one for each core."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(allowed, os.cpu_count() // ranks))  # allowed: fewer if mpiexec has bound this process to some


# Libraries read these once, at load time, so set them before the imports. kernels/cpu/runtime/threads.py explains why.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "14")  # NumPy's threads sleep after 2**14 idle cycles
os.environ.setdefault("GOMP_SPINCOUNT", "2000")  # Numba's after 2000 polls for work
if together := os.environ.get("MPI_LOCALNRANKS") or os.environ.get("OMPI_COMM_WORLD_LOCAL_SIZE"):  # ranks on this machine
    os.environ.setdefault("OMP_NUM_THREADS", str(share_of_cores(int(together))))
if os.environ.get("OMP_NUM_THREADS", "").strip("0").isdigit() and "numba" not in sys.modules:
    os.environ.setdefault("NUMBA_NUM_THREADS", os.environ["OMP_NUM_THREADS"])  # the only name that Numba reads

from . import functional
from .autograd import is_grad_enabled, no_grad
from .function import Function
from .functional.shape import cat, stack, where
from .gradcheck import assert_gradients, gradcheck, step_errors
from .random import default_generator, manual_seed
from .tensor import Tensor, apply, tensor

__version__ = "0.2.0"

ON_FIRST_USE = "checkpoint", "data", "distributed", "metrics", "models", "nn", "optim", "plot", "predict", "train"

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
    """Import a module on its first use: `minifcn --help` needs none of these, and `plot` loads matplotlib, slowly."""
    if name in ON_FIRST_USE:
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
