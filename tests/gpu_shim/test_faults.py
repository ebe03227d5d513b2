"""What the shim can see: faults planted in the .cu text and in the launch are found. Read test_compile.py next."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gpu_shim.cases import CASES
from gpu_shim.shim import HAS_COMPILER, Kernel, build, shim_gpu_kernels
from minifcn.kernels import reference
from minifcn.kernels.geometry import conv_geometry
from minifcn.kernels.gpu import conv, launch

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="needs g++ to compile the .cu files for the CPU")

BARRIER = "__syncthreads();"
SHARED, NORM, IMPLICIT = (launch.source(files) for files in ([], ["norm.cu"], ["implicit_gemm.cu"]))
ADDRESS_SANITIZER = ("-fsanitize=address",)
BOUNDS_CHECK = "window.inside(row, column) ? "


def without_barrier(text, number):
    """`text` with its barrier `number` (0, 1, ...) taken out."""
    start = [match.start() for match in re.finditer(re.escape(BARRIER), text)][number]
    return text[:start] + text[start:].replace(BARRIER, "", 1)


@pytest.mark.parametrize("number", range(NORM.count(BARRIER)))
def test_a_missing_barrier_is_seen(number):
    x = np.random.default_rng(0).standard_normal((2, 3, 500))
    faulty = without_barrier(NORM, number)
    variances = [shim_gpu_kernels(faulty, last_thread_first=order).channel_moments(x)[1] for order in (False, True)]
    assert not all(np.allclose(var, reference.channel_moments(x)[1]) for var in variances)


@pytest.mark.parametrize("number", range(SHARED.count(BARRIER), IMPLICIT.count(BARRIER)))
def test_a_missing_barrier_between_fetching_and_multiplying_is_seen(monkeypatch, number):
    monkeypatch.setattr(conv, "forced", lambda: "implicit_gemm")
    rng, geometry = np.random.default_rng(0), conv_geometry(3, padding=1)
    x, weight = rng.standard_normal((2, 20, 5, 5)), rng.standard_normal((30, 20, 3, 3))
    right = shim_gpu_kernels(IMPLICIT).conv_forward(x, weight, geometry)
    faulty = without_barrier(IMPLICIT, number)
    results = [shim_gpu_kernels(faulty, order).conv_forward(x, weight, geometry) for order in (False, True)]
    assert not all(np.allclose(result, right) for result in results)


def test_a_barrier_that_some_threads_never_reach_is_seen():
    x = np.random.default_rng(0).standard_normal((2, 3, 500))
    faulty = NORM.replace("= value;\n    __syncthreads();", "= value;\n    if (threadIdx.x < 10) __syncthreads();")
    assert faulty != NORM
    with pytest.raises(RuntimeError, match="waited at __syncthreads"):
        shim_gpu_kernels(faulty).channel_moments(x)


def test_an_argument_of_the_wrong_type_is_seen():
    relu = Kernel("relu_forward", launch.source(), launch.options(np.dtype(np.float32)), last_thread_first=False)
    x = np.ones(3, np.float32)
    with pytest.raises(TypeError, match=r"found float64 for the parameter `Real`, expected float32"):
        relu((1,), (256,), (x, np.float64(0), np.empty_like(x), np.int64(3)))


def test_a_forgotten_argument_is_seen():
    relu = Kernel("relu_forward", launch.source(), launch.options(np.dtype(np.float32)), last_thread_first=False)
    with pytest.raises(TypeError, match="3 arguments for 4 parameters"):
        relu((1,), (256,), (np.ones(3, np.float32), np.float32(0), np.int64(3)))


# --- Memory errors: AddressSanitizer has to be in the process from its start, so these run in one of their own --------

RUN_ALL_CASES = f"""
import sys
from gpu_shim.cases import CASES, run
from gpu_shim.shim import shim_gpu_kernels

kernels = shim_gpu_kernels(sys.stdin.read(), flags={ADDRESS_SANITIZER})
for case in CASES:
    run(kernels, case, case.arguments("float32"))
print("ran", len(CASES))
"""


def run_with_address_sanitizer(text):
    """Run every case on the kernels of `text`; the process that did it."""
    build(text, launch.options(np.dtype(np.float32)) + ADDRESS_SANITIZER)  # here, since g++ need not run under it
    libraries = [library_of_compiler(name) for name in ("libasan.so", "libstdc++.so")]  # the second: it wraps its throw
    if None in libraries:
        pytest.skip("g++ has no AddressSanitizer library here")
    tests = Path(__file__).parent.parent
    environment = os.environ | {
        "LD_PRELOAD": " ".join(libraries),
        "ASAN_OPTIONS": "detect_leaks=0",
        "PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests)]),
    }
    command = [sys.executable, "-c", RUN_ALL_CASES]
    return subprocess.run(command, input=text, capture_output=True, text=True, env=environment, check=False)


def library_of_compiler(name):
    """The path of one of g++'s own libraries; None where it has none of that name."""
    found = subprocess.run(["g++", f"-print-file-name={name}"], capture_output=True, text=True, check=True).stdout.strip()
    return found if os.path.isabs(found) else None


@pytest.mark.slow
def test_no_kernel_reads_or_writes_outside_its_arrays():
    process = run_with_address_sanitizer(launch.source())
    assert process.stdout == f"ran {len(CASES)}\n", process.stderr


@pytest.mark.slow
def test_a_removed_bounds_check_is_seen():
    faulty = launch.source().replace(BOUNDS_CHECK, "true ? ")
    assert faulty != launch.source()
    process = run_with_address_sanitizer(faulty)
    assert "AddressSanitizer: heap-buffer-overflow" in process.stderr
