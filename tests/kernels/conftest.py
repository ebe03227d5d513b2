"""The fixture `kernels`: one kernel module with its way in and out, for each device that this machine has."""

from dataclasses import dataclass
from types import ModuleType

import numpy as np
import pytest

from minifcn.kernels import cpu, gpu, require_cupy, to_device


@dataclass(frozen=True)
class Kernels:
    """A kernel module that can be called with NumPy arrays, wherever it computes."""

    module: ModuleType
    device: str

    def __call__(self, name, *args):
        """Run the kernel `name`; arrays travel to the device and back.  A list of results, also where it is but one."""
        moved = [to_device(arg, self.device) if isinstance(arg, np.ndarray) else arg for arg in args]
        results = getattr(self.module, name)(*moved)
        results = results if isinstance(results, tuple) else (results,)
        return [to_device(result, "cpu") for result in results]


def why_no_gpu():
    """What is missing for the GPU's tests, or None."""
    try:
        require_cupy()
    except RuntimeError as error:
        return str(error)
    return None


NO_GPU = why_no_gpu()
DEVICES = [
    pytest.param(Kernels(cpu, "cpu"), id="cpu"),
    pytest.param(
        Kernels(gpu, "cuda"),
        id="gpu",
        marks=[pytest.mark.gpu, pytest.mark.skipif(NO_GPU is not None, reason=str(NO_GPU))],
    ),
]


@pytest.fixture(scope="session", params=DEVICES)
def kernels(request):
    return request.param
