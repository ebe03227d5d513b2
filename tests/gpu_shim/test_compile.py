"""NVIDIA's own compilers accept the .cu files without a warning: nvcc, and NVRTC, which is what CuPy uses."""

import os
import shutil
import subprocess

import numpy as np
import pytest

from minifcn.kernels.gpu import launch

ARCH = "80"  # known to every CUDA from 11 to 13


def nvcc(text, options, folder):
    """Compile with nvcc; its messages, empty when it is content."""
    file = folder / "kernels.cu"
    file.write_text(text, encoding="utf-8")
    command = ["nvcc", *options, "-Werror", "all-warnings", f"-arch=sm_{ARCH}", "-cubin", "-o", os.devnull, file]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    return process.stdout + process.stderr if process.returncode else ""


def nvrtc(text, options, folder):
    """Compile with NVRTC through CuPy's binding, which needs no GPU; its messages, empty when it is content."""
    from cupy_backends.cuda.libs import nvrtc as binding

    program = binding.createProgram(text, "kernels.cu", (), ())
    try:
        binding.compileProgram(program, (*options, f"-arch=compute_{ARCH}"))
    except binding.NVRTCError:
        return binding.getProgramLog(program)
    else:
        return binding.getProgramLog(program)
    finally:
        binding.destroyProgram(program)


@pytest.fixture(params=[nvcc, nvrtc], ids=["nvcc", "nvrtc"])
def compiler(request, tmp_path):
    """A function from text and options to messages; skipped where the compiler is missing or cannot run at all."""
    if request.param is nvcc and shutil.which("nvcc") is None:
        pytest.skip("nvcc is not installed")
    try:
        complaint = request.param('extern "C" __global__ void nothing() {}', (), tmp_path)
    except (ImportError, RuntimeError) as error:
        pytest.skip(f"NVRTC is not available: {error}")
    if complaint:
        pytest.skip(f"{request.param.__name__} does not work here: {complaint}")
    return lambda text, options: request.param(text, options, tmp_path)


@pytest.mark.parametrize("dtype", launch.REAL)
def test_kernels_compile_without_a_warning(compiler, dtype):
    assert compiler(launch.source(), launch.options(np.dtype(dtype))) == ""


def test_an_error_is_reported_with_its_file(compiler):
    faulty = launch.source().replace("Real softmax =", "Real softmax", 1)
    assert "loss.cu" in compiler(faulty, launch.options(np.dtype(np.float32)))
