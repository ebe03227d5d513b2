"""The GPU kernels on a GPU: they agree with the CPU's, give the same bits twice, and reach past 2**31 elements.

Skipped without CuPy and a GPU; tests/gpu_shim holds what can be checked without one.
"""

import numpy as np
import pytest
from gpu_shim.cases import TOLERANCE, as_tuple, assert_agree, assert_same_bits, cases_of

from minifcn.kernels import cpu, gpu
from minifcn.kernels.geometry import conv_geometry

pytestmark = pytest.mark.gpu


@pytest.fixture(scope="module")
def cupy():
    module = pytest.importorskip("cupy", reason="CuPy is not installed")
    if not module.cuda.is_available():
        pytest.skip("CuPy finds no NVIDIA GPU")
    return module


def on_gpu(cupy, arguments):
    return [cupy.asarray(a) if isinstance(a, np.ndarray) else a for a in arguments]


def on_cpu(cupy, results):
    return tuple(map(cupy.asnumpy, as_tuple(results)))


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", gpu.__all__)
def test_gpu_agrees_with_the_cpu(cupy, name, dtype):
    for case in cases_of(name):
        arguments = case.arguments(dtype)
        results = getattr(gpu, name)(*on_gpu(cupy, arguments))
        assert_agree(case, on_cpu(cupy, results), getattr(cpu, name)(*arguments), dtype)


@pytest.mark.parametrize("name", gpu.__all__)
def test_gpu_gives_the_same_bits_twice(cupy, name):
    for case in cases_of(name):
        arguments = on_gpu(cupy, case.arguments("float32"))
        first, second = (on_cpu(cupy, getattr(gpu, name)(*arguments)) for _ in range(2))
        assert_same_bits(first, second)


def test_a_large_convolution_gives_the_same_bits_twice(cupy):
    rng, geometry = np.random.default_rng(0), conv_geometry(3, padding=1)
    shapes = (4, 64, 56, 56), (32, 64, 3, 3), (4, 32, 56, 56)
    x, weight, grad_y = on_gpu(cupy, [rng.standard_normal(shape, np.float32) for shape in shapes])
    for run in (
        lambda: gpu.conv_forward(x, weight, geometry),
        lambda: gpu.conv_backward_input(grad_y, weight, geometry, (56, 56)),
        lambda: gpu.conv_backward_weight(x, grad_y, geometry),
    ):
        assert_same_bits(on_cpu(cupy, run()), on_cpu(cupy, run()))


def test_im2col_of_more_than_two_to_the_31_elements(cupy):
    C, H, W = 64, 2048, 2048
    elements = C * 9 * H * W
    assert elements > 2**31
    if cupy.cuda.Device().mem_info[0] < 6 * elements:
        pytest.skip(f"needs {6 * elements / 2**30:.0f} GiB of free GPU memory")
    x = cupy.arange(C * H * W, dtype=np.float32).reshape(1, C, H, W)
    cols = gpu.im2col(x, conv_geometry(3, padding=1)).reshape(C, 3, 3, H, W)
    padded = cupy.pad(x[0], ((0, 0), (1, 1), (1, 1)))
    for i in range(3):
        for j in range(3):
            assert (cols[:, i, j] == padded[:, i : i + H, j : j + W]).all()
