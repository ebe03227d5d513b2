"""Every GPU kernel, run on the CPU through the shim, gives what reference.py gives. Read test_faults.py next."""

import re
import subprocess
import sys

import numpy as np
import pytest

from gpu_shim.cases import CASES, TOLERANCE, WRITTEN, assert_agree, assert_same_bits, cases_of, run
from gpu_shim.shim import HAS_COMPILER, Kernel, shim_gpu_kernels
from minifcn.kernels import gpu, reference
from minifcn.kernels.geometry import conv_geometry
from minifcn.kernels.gpu import conv, implicit_gemm, launch

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="needs g++ to compile the .cu files for the CPU")

CONVOLUTIONS = ["conv_forward", "conv_backward_input", "conv_backward_weight"]


@pytest.fixture(scope="module")
def kernels():
    return shim_gpu_kernels()


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_kernel_agrees_with_the_reference(kernels, case, dtype):
    results, expected = (run(module, case, case.arguments(dtype)) for module in (kernels, reference))
    assert_agree(case, results, expected, dtype)


def test_every_kernel_has_a_case():
    assert {case.kernel for case in CASES} == set(reference.__all__)


def test_gpu_exports_the_names_of_the_reference():
    assert sorted(gpu.__all__) == sorted(reference.__all__)


def test_gpu_kernels_import_without_cupy():
    code = "import sys; sys.modules['cupy'] = None; from minifcn.kernels.gpu import im2col"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_inputs_of_any_strides_give_the_same_bits(kernels):
    for case in CASES:
        arguments = case.arguments("float64")
        scattered = [np.repeat(a, 2, axis=-1)[..., ::2] if isinstance(a, np.ndarray) else a for a in arguments]
        assert_same_bits(run(kernels, case, arguments), run(kernels, case, scattered))


def test_inputs_are_never_written(kernels):
    for case in CASES:
        arguments, untouched = case.arguments("float64"), case.arguments("float64")
        run(kernels, case, arguments)
        for number, (argument, before) in enumerate(zip(arguments, untouched)):
            if number not in WRITTEN.get(case.kernel, ()):
                np.testing.assert_equal(argument, before)


@pytest.mark.parametrize("name", reference.__all__)
def test_the_order_of_the_threads_does_not_change_a_bit(kernels, name):
    other_way_round = shim_gpu_kernels(last_thread_first=True)
    for case in cases_of(name):
        results, others = (run(module, case, case.arguments("float32")) for module in (kernels, other_way_round))
        assert_same_bits(results, others)


def test_a_grid_smaller_than_the_output_still_covers_it(kernels, monkeypatch):
    x, geometry = np.random.default_rng(0).standard_normal((2, 4, 9, 7)), conv_geometry(3, padding=1)
    expected = kernels.im2col(x, geometry)
    monkeypatch.setattr(launch, "MAX_BLOCKS", 2)
    np.testing.assert_array_equal(kernels.im2col(x, geometry), expected)


@pytest.mark.parametrize("label", [-1, 5, 10**12])
def test_a_label_that_is_no_class_makes_loss_and_gradient_nan(kernels, label):
    """And nothing outside of the arrays is read."""
    logits, weight, target = np.ones((1, 5, 3)), np.ones(5), np.array([[4, label, 255]])
    loss, log_normalizer = kernels.cross_entropy_forward(logits, target, weight, 255)
    grad = kernels.cross_entropy_backward(np.ones((1, 3)), logits, log_normalizer, target, weight, 255)
    assert np.isnan(loss).tolist() == [[False, True, False]]
    assert np.isnan(grad[0]).all(axis=0).tolist() == np.isnan(grad[0]).any(axis=0).tolist() == [False, True, False]


# --- The ways through a convolution -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONVOLUTIONS)
@pytest.mark.parametrize("limit, value", [("WORKSPACE", 1), ("ENOUGH", 1), ("ENOUGH", 10**6)])
def test_a_batch_cut_otherwise_gives_the_same_convolution(kernels, monkeypatch, name, limit, value):
    for case in cases_of(name):
        expected = run(kernels, case, case.arguments("float64"))
        with monkeypatch.context() as changed:
            changed.setattr(conv, limit, value)
            assert_agree(case, run(kernels, case, case.arguments("float64")), expected, "float64")


@pytest.mark.parametrize("algorithm", ["im2col", "direct", "implicit_gemm"])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_every_algorithm_gives_the_same_convolution(kernels, monkeypatch, name, algorithm):
    monkeypatch.setattr(conv, "forced", lambda: algorithm)
    for case in cases_of(name):
        results, expected = (run(module, case, case.arguments("float64")) for module in (kernels, reference))
        assert_agree(case, results, expected, "float64")


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_implicit_gemm_of_several_tiles_is_im2col(kernels, monkeypatch, name):
    """More kernels, pixels and channels than a tile has, and none of them a multiple of it."""
    rng, geometry = np.random.default_rng(0), conv_geometry(3, padding=1)
    x, weight, grad_y, bias = (rng.standard_normal(n) for n in ((3, 13, 9, 7), (70, 13, 3, 3), (3, 70, 9, 7), 70))
    arguments = {
        "conv_forward": (x, weight, geometry, bias),
        "conv_backward_input": (grad_y, weight, geometry, (9, 7)),
        "conv_backward_weight": (x, grad_y, geometry),
    }[name]
    monkeypatch.setattr(conv, "forced", lambda: "implicit_gemm")
    result = getattr(kernels, name)(*arguments)
    monkeypatch.setattr(conv, "forced", lambda: "im2col")
    np.testing.assert_allclose(result, getattr(kernels, name)(*arguments), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    "asked, groups, weight_shape, expected",
    [
        ("auto", 1, (8, 4, 3, 3), "im2col"),
        ("auto", 4, (4, 1, 3, 3), "direct"),
        ("auto", 4, (8, 1, 3, 3), "im2col"),
        ("im2col", 4, (4, 1, 3, 3), "im2col"),
        ("direct", 1, (8, 4, 3, 3), "direct"),
        ("implicit_gemm", 1, (8, 4, 3, 3), "implicit_gemm"),
        ("implicit_gemm", 2, (8, 2, 3, 3), "im2col"),
        ("winograd4", 1, (8, 4, 3, 3), "im2col"),
    ],
)
def test_the_rule_that_chooses_an_algorithm(monkeypatch, asked, groups, weight_shape, expected):
    monkeypatch.setattr(conv, "forced", lambda: asked)
    assert conv.choose_algorithm(weight_shape, conv_geometry(3, groups=groups)) == expected


def test_implicit_gemm_has_the_same_tile_in_python_and_in_cuda():
    tile = re.search(r"int KERNELS = (\d+), PIXELS = (\d+),", launch.source()).groups()
    assert tuple(map(int, tile)) == (implicit_gemm.KERNELS, implicit_gemm.PIXELS)


@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_no_product_copies_a_stack_of_matrices(kernels, monkeypatch, name):
    """CuPy's product of more than two axes copies what is transposed, and does not look at CUPY_TF32."""
    seen = []
    monkeypatch.setattr(conv, "matmul", lambda *matrices: seen.append(matrices) or launch.matmul(*matrices))
    for case in cases_of(name):
        run(kernels, case, case.arguments("float32"))
    assert seen
    for a, b, out in seen:
        assert a.ndim == b.ndim == out.ndim == 2 and out.flags.c_contiguous
        assert all(m.flags.c_contiguous or m.flags.f_contiguous for m in (a, b))


SPLIT = """
extern "C" __global__ void split(const long long* index, long long length, long long* rest, long long* position)
{
    rest[0] = index[0];
    position[0] = pop(rest[0], length);
}
"""


@pytest.mark.parametrize("length", [1, 7, 2**32 - 1, 2**32, 2**33 + 1])
@pytest.mark.parametrize("index", [0, 5, 2**32 - 1, 2**32, 2**40 + 3])
def test_an_index_of_any_size_is_split_as_in_python(index, length):
    split = Kernel("split", launch.source([]) + SPLIT, launch.options(np.dtype(np.float32)), last_thread_first=False)
    rest, position = np.zeros((2, 1), np.int64)
    split((1,), (1,), (np.array([index]), np.int64(length), rest, position))
    assert (rest[0], position[0]) == divmod(index, length)


def test_window_has_the_same_fields_in_python_and_in_cuda():
    fields = re.search(r"struct Window \{\s*int ([^;]*);", launch.source()).group(1)
    assert fields.split(", ") == launch.WINDOW_FIELDS
