"""The GPU kernels on a GPU: they agree with the CPU's, give the same bits twice, go past 2**31 elements, and never wait.

Skipped without CuPy and a GPU; tests/gpu_shim holds what can be checked without one.
"""

import numpy as np
import pytest
from gpu_shim.cases import TOLERANCE, assert_agree, assert_same_bits, cases_of, run
from gpu_shim.small_step import SmallStep

from minifcn.functional.elementwise import Relu
from minifcn.kernels import cpu, gpu
from minifcn.kernels.geometry import conv_geometry
from minifcn.kernels.gpu import conv

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
    return tuple(map(cupy.asnumpy, results))


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", gpu.__all__)
def test_gpu_agrees_with_the_cpu(cupy, name, dtype):
    for case in cases_of(name):
        results = run(gpu, case, on_gpu(cupy, case.arguments(dtype)))
        assert_agree(case, on_cpu(cupy, results), run(cpu, case, case.arguments(dtype)), dtype)


@pytest.mark.parametrize("name", gpu.__all__)
def test_gpu_gives_the_same_bits_twice(cupy, name):
    for case in cases_of(name):
        first, second = (on_cpu(cupy, run(gpu, case, on_gpu(cupy, case.arguments("float32")))) for _ in range(2))
        assert_same_bits(first, second)


def test_a_large_convolution_gives_the_same_bits_twice(cupy):
    rng, geometry = np.random.default_rng(0), conv_geometry(3, padding=1)
    shapes = (4, 64, 56, 56), (32, 64, 3, 3), (4, 32, 56, 56)
    x, weight, grad_y = on_gpu(cupy, [rng.standard_normal(shape, np.float32) for shape in shapes])
    for convolve in (
        lambda: gpu.conv_forward(x, weight, geometry),
        lambda: gpu.conv_backward_input(grad_y, weight, geometry, (56, 56)),
        lambda: gpu.conv_backward_weight(x, grad_y, geometry),
    ):
        assert_same_bits(on_cpu(cupy, [convolve()]), on_cpu(cupy, [convolve()]))


@pytest.mark.parametrize("algorithm", ["im2col", "direct", "implicit_gemm"])
@pytest.mark.parametrize("name", ["conv_forward", "conv_backward_input", "conv_backward_weight"])
def test_every_algorithm_agrees_with_the_cpu(cupy, monkeypatch, name, algorithm):
    for case in cases_of(name):
        expected = run(cpu, case, case.arguments("float64"))
        with monkeypatch.context() as changed:
            changed.setattr(conv, "forced", lambda: algorithm)
            results = run(gpu, case, on_gpu(cupy, case.arguments("float64")))
        assert_agree(case, on_cpu(cupy, results), expected, "float64")


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


# --- A whole training step ----------------------------------------------------------------------------------------------


def test_two_steps_give_the_losses_that_the_cpu_gives(cupy):
    on_the_cpu, on_the_gpu = ([step.step().item() for _ in range(2)] for step in map(SmallStep, ("cpu", "cuda")))
    np.testing.assert_allclose(on_the_gpu, on_the_cpu, rtol=1e-4)


SPIN = """
extern "C" __global__ void spin(long long cycles)
{
    for (long long start = clock64(); clock64() - start < cycles;) {}
}
"""


def host_waits_in(cupy, step):
    """Whether the host waits for the GPU anywhere in `step`.

    A kernel that spins for seconds goes into the queue first. If the host comes back from the step while it still
    spins, the whole step stands in the queue behind it, and nothing in it has waited.
    """
    spinning = cupy.cuda.Event()
    seconds_of_cycles = 3 * 10**9
    cupy.RawKernel(SPIN, "spin")((1,), (1,), (np.int64(seconds_of_cycles),))
    spinning.record()
    step()
    waited = spinning.done
    cupy.cuda.Device().synchronize()
    return waited


def test_a_training_step_never_makes_the_host_wait(cupy):
    small = SmallStep("cuda")
    small.step()  # compiles the kernels
    host_waits_in(cupy, small.step)  # fills CuPy's pools of memory as a long queue needs them; that may wait
    assert not host_waits_in(cupy, small.step)


def test_a_planted_wait_is_seen(cupy, monkeypatch):
    small = SmallStep("cuda")
    small.step()
    forward = Relu.forward
    monkeypatch.setattr(Relu, "forward", lambda self, x: forward(self, x * x.max().item()))
    assert host_waits_in(cupy, small.step)
