"""How Python launches a CUDA kernel: the source is compiled once per dtype, on first use, and run over a grid.

Only this file uses CuPy; the others in this folder get arrays, matrix products and launches from here. Read conv.py
next.
"""

import functools
from pathlib import Path

import numpy as np

FILES = (
    "conv.cu", "direct.cu", "implicit_gemm.cu",
    "pool.cu", "resize.cu", "elementwise.cu", "norm.cu", "loss.cu", "optimizers.cu",
)  # fmt: skip
REAL = {"float32": "float", "float64": "double"}  # what `Real` stands for in the .cu files
THREADS = 256  # threads in a block
MAX_BLOCKS = 1 << 16  # grid-stride loops in the kernels cover the rest

# struct Window of common.cuh, field by field
WINDOW_FIELDS = [
    "H", "W", "oh", "ow",
    "kh", "kw", "stride_h", "stride_w", "padding_h", "padding_w", "dilation_h", "dilation_w",
]  # fmt: skip
WINDOW = np.dtype([(field, np.int32) for field in WINDOW_FIELDS])


@functools.cache
def library():
    """The module for arrays and matrix products: CuPy, imported on first use."""
    import cupy

    return cupy


def source(files=FILES):
    """The .cu `files` as one translation unit, common.cuh first (`#line` keeps error locations correct)."""
    folder = Path(__file__).parent
    include = '#include "common.cuh"'
    return "\n".join(
        f'#line 1 "{name}"\n' + (folder / name).read_text(encoding="utf-8").replace(include, "")
        for name in ("common.cuh", *files)
    )


def options(dtype):
    """The compiler's options for kernels on arrays of `dtype`."""
    return ("-std=c++17", f"-DReal={REAL[dtype.name]}", f"-DTHREADS={THREADS}")


@functools.cache
def compiled(dtype):
    """Every kernel, compiled for `dtype`."""
    return library().RawModule(code=source(), options=options(dtype))


@functools.cache
def kernel(name, dtype):
    """The kernel `name` for `dtype`: a function of (grid, block, arguments)."""
    return compiled(dtype).get_function(name)


def per_element(name, out, *arguments):
    """Run kernel `name`(arguments..., out, out.size) with one thread for each element of `out`; returns `out`."""
    return per_item(name, out.size, out, *arguments)


def per_item(name, count, out, *arguments):
    """Run kernel `name`(arguments..., out, count) with one thread for each of `count` items; returns `out`."""
    per_block(name, out.dtype, min(-(-count // THREADS), MAX_BLOCKS), *arguments, out, count)
    return out


def per_block(name, dtype, blocks, *arguments):
    """Run kernel `name`(arguments...) with `blocks` blocks of THREADS threads, if any; asynchronously.

    CUDA copies arguments as raw bits and checks none: a Python int is passed as long long, a Python float as Real.
    """
    if not blocks:
        return  # CUDA refuses an empty grid
    passed_as = {int: np.int64, float: dtype.type}
    arguments = [passed_as[type(a)](a) if type(a) in passed_as else a for a in arguments]
    kernel(name, dtype)((blocks,), (THREADS,), tuple(arguments))


def window(geometry, size):
    """struct Window for a ConvGeometry or PoolGeometry over planes of `size` (H, W): a WINDOW array of shape (1,)."""
    sizes = (size, geometry.output_size(size), geometry.kernel_size)
    pairs = (*sizes, geometry.stride, geometry.padding, geometry.dilation)
    return np.array([tuple(number for pair in pairs for number in pair)], WINDOW)


def empty(shape, dtype):
    """An uninitialised array on the GPU, from CuPy's memory pool; a kernel must write every element."""
    return library().empty(shape, dtype)


def contiguous(array):
    """`array` itself if it is in C order, else a copy in C order."""
    return library().ascontiguousarray(array)


def zeros(shape, dtype):
    """A new array of zeros on the GPU."""
    return library().zeros(shape, dtype)


def matmul(a, b, out):
    """out = a @ b for two matrices (cuBLAS), each of which may be transposed.

    Two axes only: CuPy's product of stacked matrices first copies those that are transposed or shared, and ignores
    CUPY_TF32. That environment variable is CuPy's own switch: with CUPY_TF32=1, float32 products run on the tensor
    cores, faster, with inputs rounded to 10 bits of mantissa. Nothing here depends on it.
    """
    return library().dot(a, b, out)
