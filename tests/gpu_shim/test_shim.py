"""Every GPU kernel, run on the CPU through the shim, gives what reference.py gives. Read test_faults.py next."""

import re
import subprocess
import sys

import numpy as np
import pytest

from gpu_shim.cases import CASES, TOLERANCE, assert_agree, assert_same_bits, cases_of
from gpu_shim.shim import HAS_COMPILER, shim_gpu_kernels
from minifcn.kernels import gpu, reference
from minifcn.kernels.geometry import conv_geometry
from minifcn.kernels.gpu import conv, launch

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="needs g++ to compile the .cu files for the CPU")


@pytest.fixture(scope="module")
def kernels():
    return shim_gpu_kernels()


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_kernel_agrees_with_the_reference(kernels, case, dtype):
    arguments = case.arguments(dtype)
    result = getattr(kernels, case.kernel)(*arguments)
    assert_agree(case, result, getattr(reference, case.kernel)(*arguments), dtype)


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
        assert_same_bits(getattr(kernels, case.kernel)(*arguments), getattr(kernels, case.kernel)(*scattered))


def test_inputs_are_never_written(kernels):
    for case in CASES:
        arguments, untouched = case.arguments("float64"), case.arguments("float64")
        getattr(kernels, case.kernel)(*arguments)
        for argument, before in zip(arguments, untouched):
            np.testing.assert_array_equal(argument, before)


@pytest.mark.parametrize("name", reference.__all__)
def test_the_order_of_the_threads_does_not_change_a_bit(kernels, name):
    other_way_round = shim_gpu_kernels(last_thread_first=True)
    for case in cases_of(name):
        arguments = case.arguments("float32")
        assert_same_bits(getattr(kernels, name)(*arguments), getattr(other_way_round, name)(*arguments))


def test_a_grid_smaller_than_the_output_still_covers_it(kernels, monkeypatch):
    x, geometry = np.random.default_rng(0).standard_normal((2, 4, 9, 7)), conv_geometry(3, padding=1)
    expected = kernels.im2col(x, geometry)
    monkeypatch.setattr(launch, "MAX_BLOCKS", 2)
    np.testing.assert_array_equal(kernels.im2col(x, geometry), expected)


@pytest.mark.parametrize("name", ["conv_forward", "conv_backward_input", "conv_backward_weight"])
def test_a_small_workspace_gives_the_same_convolution(kernels, monkeypatch, name):
    case = next(case for case in cases_of(name) if case.label == "groups")
    arguments = case.arguments("float64")
    expected = getattr(kernels, name)(*arguments)
    monkeypatch.setattr(conv, "WORKSPACE", 1)
    assert_agree(case, getattr(kernels, name)(*arguments), expected, "float64")


def test_window_has_the_same_fields_in_python_and_in_cuda():
    fields = re.search(r"struct Window \{\s*long long ([^;]*);", launch.source()).group(1)
    assert fields.split(", ") == launch.WINDOW_FIELDS
