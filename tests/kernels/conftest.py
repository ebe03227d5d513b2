"""The fixture `kernels`: one kernel module with its way in and out, for each device that this machine has.

The GPU's kernels come twice: on a GPU, and everywhere else through the shim, which runs the same .cu text on the CPU.
"""

from dataclasses import dataclass
from types import ModuleType

import numba
import numpy as np
import pytest
from gpu_shim.shim import HAS_COMPILER, shim_gpu_kernels

from minifcn.kernels import cpu, gpu, require_cupy, to_device


@dataclass(frozen=True)
class Kernels:
    """A kernel module that can be called with NumPy arrays, wherever it computes."""

    module: ModuleType
    device: str

    def __call__(self, name, *args):
        """Run the kernel `name`; arrays travel to the device and back.  A list of the results that are not None."""
        moved = [to_device(arg, self.device) if isinstance(arg, np.ndarray) else arg for arg in args]
        results = getattr(self.module, name)(*moved)
        results = results if isinstance(results, tuple) else (results,)
        return [to_device(result, "cpu") for result in results if result is not None]


def why_no_gpu():
    """What is missing for the GPU's tests, or None."""
    try:
        require_cupy()
    except RuntimeError as error:
        return str(error)
    return None


NO_GPU = why_no_gpu()
CPU = pytest.param(Kernels(cpu, "cpu"), id="cpu")
GPU = pytest.param(
    Kernels(gpu, "cuda"),
    id="gpu",
    marks=[pytest.mark.gpu, pytest.mark.skipif(NO_GPU is not None, reason=str(NO_GPU))],
)
SHIM = pytest.param(
    Kernels(shim_gpu_kernels(), "cpu") if HAS_COMPILER else None,
    id="gpu-shim",
    marks=pytest.mark.skipif(not HAS_COMPILER, reason="the shim needs g++"),
)


@pytest.fixture(autouse=True, scope="module")
def thread_count(thread_count):
    """Two threads: dividing the work among several is part of what is tested here."""
    numba.set_num_threads(2)
    return 2


@pytest.fixture(scope="session", params=[CPU, SHIM, GPU])
def kernels(request):
    return request.param


@pytest.fixture(scope="session", params=[CPU, GPU])
def fast_kernels(request):
    """For large arrays: the shim would take seconds for each."""
    return request.param
