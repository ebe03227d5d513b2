"""The kernels, the lowest layer: plain arrays in, plain arrays out.

Three modules export the same names with the same signatures: `reference` (plain loops, the specification), `cpu`
(Numba and BLAS) and `gpu` (CuPy and CUDA C). `kernels_for` picks the one for the device of the arrays.
Read geometry.py next, then reference.py.
"""

import functools
import importlib

import numpy as np

from .algorithms import algorithm as algorithm

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def array_module(array):
    """The library of an array: `numpy`, or `cupy` (imported only then) for an array on the GPU."""
    if type(array) is np.ndarray:
        return np
    if type(array).__module__.partition(".")[0] == "cupy":
        import cupy

        return cupy
    return np


def device_of(array):
    """'cpu' for a NumPy array, 'cuda' for a CuPy array."""
    return "cpu" if array_module(array) is np else "cuda"


def kernels_for(*arrays):
    """The kernel module for the device of all `arrays`. Raises TypeError if they are on different devices."""
    if {*map(type, arrays)} == {np.ndarray}:
        return kernel_module("cpu")
    devices = {device_of(array) for array in arrays}
    if len(devices) > 1:
        raise TypeError("arrays live on both 'cpu' and 'cuda'; move them to one device with .to('cpu') or .to('cuda')")
    return kernel_module("gpu" if devices == {"cuda"} else "cpu")


@functools.cache
def kernel_module(name):
    """The module `cpu` or `gpu`, imported on first use."""
    return importlib.import_module("." + name, __name__)


def compile_kernels(array, quiet=False, before=None):
    """Compile the kernels for the dtype of `array`, with a progress bar, unless they are; not if `quiet`, or on the GPU.

    before: a function to call first, if there is anything to compile
    """
    if not quiet and device_of(array) == "cpu":
        importlib.import_module(".cpu.warm_up", __name__).warm_up_once(array.dtype, before)


def to_device(array, device):
    """`array` on `device` ('cpu' or 'cuda'); the same object if it is already there."""
    if device not in ("cpu", "cuda"):
        raise ValueError(f"device: found {device!r}, expected 'cpu' or 'cuda'")
    if device == device_of(array):
        return array
    cupy = require_cupy()
    return cupy.asnumpy(array) if device == "cpu" else cupy.asarray(array)


def require_cupy():
    """CuPy, if it is installed and finds a GPU; otherwise a RuntimeError that says what is missing."""
    from ..extras import INSTALL  # not above: without it, kernels/ needs nothing outside of itself

    try:
        import cupy
    except ImportError:
        raise RuntimeError(
            f"device 'cuda' needs CuPy, which is not installed; run: {INSTALL['gpu']} (with CUDA 13: cupy-cuda13x)"
        ) from None
    if not cupy.cuda.is_available():
        raise RuntimeError("device 'cuda' needs an NVIDIA GPU, and CuPy finds none here; use device 'cpu'")
    return cupy
