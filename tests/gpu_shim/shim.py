"""Runs the GPU kernels without a GPU: g++ compiles the very .cu text through shim.hpp, and NumPy stands in for CuPy.

`shim_gpu_kernels()` is minifcn.kernels.gpu on NumPy arrays: the same Python, the same CUDA C, another machine below.
It is stricter than CUDA: every argument's type is compared with the kernel's parameter. Read test_shim.py next.
"""

import ctypes
import functools
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np

from minifcn.kernels import gpu
from minifcn.kernels.gpu import launch

HAS_COMPILER = shutil.which("g++") is not None
SIGNATURE = re.compile(r'extern\s+"C"\s+__global__\s+void\s+(\w+)\s*\(([^)]*)\)')
FAILURES = {1: "some threads of a block ended while others waited at __syncthreads()", 2: "too many threads in a block"}


def shim_gpu_kernels(source=None, last_thread_first=False, flags=()):
    """An object with the names of minifcn.kernels.gpu, whose functions take and give NumPy arrays.

    `source` replaces the .cu text (to plant a fault in it), `last_thread_first` turns the order round in which the
    threads of a block take turns, `flags` go to g++.
    """
    source = source or launch.source()
    numpy = SimpleNamespace(empty=_empty, zeros=np.zeros, ascontiguousarray=np.ascontiguousarray, dot=np.dot)

    def kernel(name, dtype):
        return Kernel(name, source, launch.options(dtype) + flags, last_thread_first)

    def on_the_shim(function):
        @functools.wraps(function)
        def call(*args, **options):
            with patch.multiple(launch, library=lambda: numpy, kernel=kernel):
                return function(*args, **options)

        return call

    return SimpleNamespace(**{name: on_the_shim(getattr(gpu, name)) for name in gpu.__all__})


def _empty(shape, dtype):
    """New memory filled with what no kernel should leave behind: NaN, or -2**31 in an array of integers."""
    return np.full(shape, np.nan if np.dtype(dtype).kind == "f" else -(2**31), dtype)


class Kernel:
    """One kernel of a compiled text, called as CuPy calls it: kernel(grid, block, arguments)."""

    def __init__(self, name, source, options, last_thread_first):
        self.name, self.last_thread_first = name, last_thread_first
        self.parameters = parameters(source)[name]
        self.run = getattr(ctypes.CDLL(str(build(source, options))), f"shim_{name}")
        self.real = np.dtype(next(dtype for dtype, real in launch.REAL.items() if f"-DReal={real}" in options))

    def __call__(self, grid, block, arguments):
        if len(arguments) != len(self.parameters):
            raise TypeError(f"{self.name}: {len(arguments)} arguments for {len(self.parameters)} parameters")
        values = [self.checked(argument, parameter) for argument, parameter in zip(arguments, self.parameters)]
        pointers = (ctypes.c_void_p * len(values))(*(value.ctypes.data for value in values))
        failure = self.run(pointers, *grid, *block, int(self.last_thread_first))
        if failure:
            raise RuntimeError(f"{self.name}: {FAILURES[failure]}")

    def checked(self, argument, parameter):
        """An array that holds the argument's bits: an address for a pointer, the value itself otherwise."""
        text = parameter.replace("const ", "")
        ctype, is_pointer = text.rstrip("* "), "*" in text
        expected = {"Real": self.real, "double": np.dtype(np.float64), "int": np.dtype(np.int32),
                    "long long": np.dtype(np.int64), "Window": launch.WINDOW}[ctype]  # fmt: skip
        if not isinstance(argument, np.ndarray | np.generic) or argument.dtype != expected:
            found = getattr(argument, "dtype", type(argument).__name__)
            raise TypeError(f"{self.name}: found {found} for the parameter `{parameter}`, expected {expected}")
        is_value = isinstance(argument, np.generic) or expected == launch.WINDOW
        if is_pointer == is_value:
            found = "a value" if is_value else "an array"
            raise TypeError(f"{self.name}: found {found} for the parameter `{parameter}`")
        if not argument.flags.c_contiguous:
            raise TypeError(f"{self.name}: the array for the parameter `{parameter}` is not contiguous")
        return np.array([argument.ctypes.data], np.uintp) if is_pointer else np.array(argument, expected)


@functools.cache
def parameters(source):
    """{kernel: its parameters' types}, read from the text, for instance {"relu_forward": ["const Real*", ...]}."""
    return {
        name: [re.sub(r"\s*\w+$", "", parameter.strip()) for parameter in text.split(",")]
        for name, text in SIGNATURE.findall(source)
    }


def _entry(name, types):
    """C++ that unpacks an array of argument addresses, as CUDA's own cuLaunchKernel does, and runs one kernel."""
    values = ", ".join(f"*({kind}*)a[{k}]" for k, kind in enumerate(types))
    return (
        f"static void call_{name}(void** a) {{ {name}({values}); }}\n"
        f'extern "C" int shim_{name}(void** a, unsigned blocks, unsigned threads, int last_first)\n'
        f"{{ return shim::launch(call_{name}, a, blocks, threads, last_first); }}"
    )


@functools.cache
def build(source, options):
    """Compile the text with g++; the library's path, in the temporary folder under the hash of all that went in."""
    header = Path(__file__).with_name("shim.hpp")
    entries = "\n".join(_entry(name, types) for name, types in parameters(source).items())
    code = f'#include <algorithm>\n#include "{header}"\n{source}\n{entries}\n'
    key = hashlib.sha256((code + header.read_text(encoding="utf-8") + repr(options)).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"minifcn-gpu-shim-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    library = folder / f"{key}.so"
    if not library.exists():
        unfinished = folder / f"{key}.{os.getpid()}.so"
        command = ["g++", "-O1", "-g", "-Wall", "-Wextra", "-shared", "-fPIC", *options, "-x", "c++", "-"]
        subprocess.run([*command, "-o", unfinished], input=code, text=True, check=True)
        unfinished.replace(library)  # in one step: another process sees all of it or nothing
    return library
