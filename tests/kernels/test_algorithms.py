"""The algorithms of convolution agree with each other, and each is as exact as it says, whichever is forced."""

import itertools
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from cases import FEW, normal
from hypothesis import given
from hypothesis import strategies as st

from minifcn.kernels import algorithm, algorithms, cpu
from minifcn.kernels.cpu import convolution
from minifcn.kernels.cpu.convolution.choose import ONE_ORDER, choose
from minifcn.kernels.cpu.convolution.conv import IMPLEMENTATIONS, chosen_name
from minifcn.kernels.cpu.runtime.layout import channels_first, channels_last, images
from minifcn.kernels.cpu.runtime.simd import KINDS, simd
from minifcn.kernels.geometry import conv_geometry, pool_geometry

NAMES = list(algorithms.ON_CPU)
TOLERANCE = dict.fromkeys(NAMES, 1e-6) | {"winograd4": 1e-5}  # relative, of the norm, in float32
TOLERANCE["depthwise"] = TOLERANCE["winograd3"] = TOLERANCE["winograd4"]  # which the rule takes where they do not fit
COMPOSED = {"phases": conv_geometry(3, 1, 2, 2), "groups": conv_geometry(3, 1, 1, 1, 2)}  # these only lead to others
FITTING = COMPOSED | {"depthwise": conv_geometry(3, 1, 1, 1, 32), "winograd3": conv_geometry(7, 1, 3)}  # all others: a plain 3x3
BESIDE = 9999  # numbers before an array and after it: more than a row of tiles has
ROOT = Path(__file__).parents[2]


def three_maps(x, weight, bias, grad_y, geometry):
    return (
        cpu.conv_forward(x, weight, geometry, bias),
        cpu.conv_backward_input(grad_y, weight, geometry, x.shape[2:]),
        cpu.conv_backward_weight(x, grad_y, geometry),
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("with_bias", [True, False])
def test_a_residual_and_a_relu_in_the_convolution_are_those_after_it_to_the_bit(name, with_bias, dtype):
    """Of maps that end within a tile, with 48 outputs, which end within a panel."""
    geometry, K = FITTING.get(name, conv_geometry(3, 1, 1)), 32 if name == "depthwise" else 48
    shapes = (2, 32, 9, 10), (K, 32 // geometry.groups, *geometry.kernel_size), (K,), (2, K, *geometry.output_size((9, 10)))
    x, weight, bias, residual = (normal(seed, *shape, dtype=dtype) for seed, shape in enumerate(shapes))
    x[0, 1, 2, 3] = residual[1, 2, 3, 4] = np.nan
    bias = bias if with_bias else None
    with algorithm(name):
        plain = cpu.conv_forward(x, weight, geometry, bias)
        for more in (None, residual, images(channels_last(residual))):
            expected = plain if more is None else plain + more
            np.testing.assert_array_equal(cpu.conv_forward(x, weight, geometry, bias, False, more), expected)
            found = cpu.conv_forward(x, weight, geometry, bias, True, more)
            np.testing.assert_array_equal(found, cpu.relu_forward(expected, 0.0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
def test_max_pooling_in_the_convolution_is_that_after_it_to_the_bit(name, dtype):
    """Of outputs that end within a tile, within a window, or have a NaN; of windows in a kernel of their own, and of others."""
    geometry, K = FITTING.get(name, conv_geometry(3, 1, 1)), 32 if name == "depthwise" else 48
    pools = pool_geometry(2, ceil_mode=True), pool_geometry(2), pool_geometry(2, 1), pool_geometry(3, 2, 1)
    for size in ((12, 10), (9, 10), (15, 13)):
        x, weight = normal(0, 2, 32, *size, dtype=dtype), normal(1, K, 32 // geometry.groups, *geometry.kernel_size, dtype=dtype)
        bias, residual = normal(2, K, dtype=dtype), normal(3, 2, K, *geometry.output_size(size), dtype=dtype)
        x[0, 1, 2, 3] = np.nan
        with algorithm(name):
            for pool, relu, more in itertools.product(pools, (True, False), (None, residual)):
                expected = cpu.max_pool_forward(cpu.conv_forward(x, weight, geometry, bias, relu, more), pool)[0]
                found = cpu.conv_forward(x, weight, geometry, bias, relu, more, pool)
                np.testing.assert_array_equal(found, expected)


def relative_error(found, exact):
    return np.linalg.norm(found - exact) / max(np.linalg.norm(exact), 1e-30)


def case(seed, N, C, K, size, geometry, dtype):
    """x, weight, bias and grad_y in float64 and in `dtype`; exact means computed in float64 by im2col."""
    arrays = [normal(seed, N, C, *size), normal(seed + 1, K, C // geometry.groups, *geometry.kernel_size)]
    arrays += [normal(seed + 2, K), normal(seed + 3, N, K, *geometry.output_size(size))]
    arrays = [array.astype(dtype) for array in arrays]
    with algorithm("im2col"):
        exact = three_maps(*[array.astype(np.float64) for array in arrays], geometry)
    return arrays, exact


@st.composite
def geometries(draw):
    kernel = draw(st.sampled_from([(3, 3), (3, 3), (1, 1), (2, 3), (5, 1), (5, 5), (7, 7)]))
    stride = draw(st.sampled_from([(1, 1, 1), (1, 1, 1), (2, 1, 1), (1, 1, 2)]))
    dilation = draw(st.sampled_from([1, 1, 2])) if kernel != (7, 7) else 1  # or it would not fit into the image
    return conv_geometry(kernel, stride[:2], draw(st.sampled_from([0, 1, 1, 2])), dilation, draw(st.sampled_from([1, 1, 1, 2])))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
@FEW
@given(
    geometry=geometries(),
    N=st.integers(0, 3),
    C=st.sampled_from([2, 16, 32, 48]),
    K=st.sampled_from([2, 6, 16, 32, 80]),
    size=st.tuples(st.integers(9, 19), st.integers(9, 19)),
    last=st.booleans(),
)
def test_every_algorithm_gives_the_three_maps(name, dtype, geometry, N, C, K, size, last):
    arrays, exact = case(0, N, C, K, size, geometry, dtype)
    if last:
        arrays[0], arrays[3] = images(channels_last(arrays[0])), images(channels_last(arrays[3]))
    with algorithm(name):
        found = three_maps(*arrays, geometry)
    composed = geometry.has_holes() or geometry.groups > 1  # then it may be winograd4 in the end, whatever is forced
    large = geometry.kernel_size in ((5, 5), (7, 7))  # Winograd's method takes tiles as large as winograd4's for these
    tolerance = TOLERANCE["winograd4" if composed or large else name]
    for a, b in zip(found, exact):
        assert a.dtype == dtype and a.shape == b.shape
        assert relative_error(a, b) <= (tolerance if dtype == np.float32 else 1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size, padding", [((9, 10), (0, 0)), ((1, 2), None), ((3, 2), (9, 9))])
def test_what_is_beside_an_image_in_memory_is_neither_read_nor_written(name, dtype, size, padding, monkeypatch):
    """Images and results lie among NaNs; of tiles that end beyond an image, and, with padding 9, some that are outside of it."""
    geometry, rooms = FITTING.get(name, conv_geometry(3, 1, 1)), []
    geometry = geometry._replace(padding=padding or geometry.padding)
    arrays, exact = case(0, 2, 32, 32 if name == "depthwise" else 48, size, geometry, dtype)

    def among_nans(shape, dtype):
        rooms.append(np.full(math.prod(shape) + 2 * BESIDE, np.nan, dtype))
        return rooms[-1][BESIDE:-BESIDE].reshape(shape)

    for i in (0, 3):  # x and grad_y
        last = among_nans(channels_last(arrays[i]).shape, dtype)
        last[...], arrays[i] = channels_last(arrays[i]), images(last)
    for module in vars(convolution).values():
        if hasattr(module, "empty"):
            monkeypatch.setattr(module, "empty", among_nans)
    with algorithm(name):
        found = three_maps(*arrays, geometry)
        if min(geometry.output_size(size)) > 1:
            cpu.conv_forward(*arrays[:2], geometry, None, True, None, pool_geometry(2))
    for a, b in zip(found, exact):
        assert relative_error(a, b) <= (TOLERANCE["winograd4"] if dtype == np.float32 else 1e-13)
    assert all(np.isnan(room[:BESIDE]).all() and np.isnan(room[-BESIDE:]).all() for room in rooms)


HOLES = [("direct", 1), ("winograd2", 1), ("winograd4", 1), ("taps", 1), ("taps", 9), ("phases", 2)]
LARGE = [(1, 64, 64, 96), (2, 32, 160, 40), (1, 256, 512, 14), (8, 16, 16, 33)]  # N, C, K, size
BLOCKS = [(name, 3, hole, hole, *large) for large in LARGE for name, hole in HOLES]
BLOCKS += [("winograd2", 5, (4, 0), 1, 2, 32, 48, 33), ("winograd3", 7, (6, 0), 1, 2, 32, 48, 33)]


@pytest.mark.parametrize("name, kernel, padding, dilation, N, C, K, size", BLOCKS)
def test_large_maps_go_through_many_blocks(name, kernel, padding, dilation, N, C, K, size):
    geometry = conv_geometry(kernel, 1, padding, dilation)
    arrays, exact = case(1, N, C, K, (size, size), geometry, np.float32)
    with algorithm(name):
        found = three_maps(*arrays, geometry)
    tolerance = TOLERANCE["winograd4" if name in COMPOSED or kernel > 3 else name]
    assert max(relative_error(a, b) for a, b in zip(found, exact)) <= tolerance


@pytest.mark.skipif(simd() is None, reason="BLAS, which stands in for direct there, may sum in another order on more threads")
@pytest.mark.parametrize("size, stride", [(1, 1), (1, 2), (3, 2)])
@pytest.mark.parametrize("K", [64, 80, 528])
def test_a_weight_larger_than_its_image_gives_the_same_bits_on_each_number_of_threads(K, size, stride):
    """Threads divide the outputs, of which 80 and 528 leave a panel that is not full, and not the pixels."""
    exact = normal(0, 1, 128, 5, 5), normal(1, K, 128, size, size), normal(2, K)
    x, weight, bias = (array.astype(np.float32) for array in exact)
    geometry, results = conv_geometry(size, stride, size // 2), []
    before = numba.get_num_threads()
    for threads in (1, 2):
        numba.set_num_threads(threads)
        with algorithm("direct"):
            results.append(cpu.conv_forward(x, weight, geometry, bias, True))
    numba.set_num_threads(before)
    np.testing.assert_array_equal(*results)
    with algorithm("im2col"):
        expected = cpu.conv_forward(*exact[:2], geometry, exact[2], True)
    assert relative_error(results[0], expected) <= TOLERANCE["direct"]


def test_a_forced_algorithm_is_the_one_that_runs(monkeypatch):
    calls = []
    for name, implementation in IMPLEMENTATIONS.items():
        record = dict.fromkeys(["forward", "backward_input", "backward_weight"], lambda *_, name=name: calls.append(name))
        monkeypatch.setitem(IMPLEMENTATIONS, name, type("Spy", (), {"fits": staticmethod(implementation.fits)} | record))
    for name in NAMES:
        geometry = FITTING.get(name, conv_geometry(3, 1, 1))
        with algorithm(name):
            weight = normal(1, 32, 32 // geometry.groups, *geometry.kernel_size)
            three_maps(normal(0, 1, 32, 16, 16), weight, None, normal(2, 1, 32, 16, 16), geometry)
    anywhere = ["im2col", "im2col_blocks", "depthwise", *COMPOSED]
    expected = [name if simd() or name in anywhere else "im2col_blocks" for name in NAMES for _ in range(3)]
    if simd():
        first = 3 * NAMES.index("winograd3")
        expected[first + 1 : first + 3] = "direct", "taps"  # it has only the forward map
    assert calls == expected


def test_every_algorithm_can_be_forced():
    assert set(NAMES) == set(IMPLEMENTATIONS)
    assert set(ONE_ORDER) <= set(NAMES)


@given(
    possible=st.sets(st.sampled_from(sorted(IMPLEMENTATIONS))),
    weight_shape=st.tuples(*[st.sampled_from([1, 3, 16, 2048])] * 2, st.just(3), st.just(3)),
    batch=st.integers(0, 64),
    size=st.tuples(st.integers(1, 64), st.integers(1, 64)),
    exact=st.booleans(),
    within=st.tuples(st.integers(1, 9), st.sampled_from(["winograd4", "im2col"])),
    sums_pixels=st.booleans(),
    kept=st.booleans(),
)
def test_whatever_is_chosen_fits_and_can_be_forced(possible, weight_shape, batch, size, exact, within, sums_pixels, kept):
    possible |= {"im2col", "im2col_blocks"}  # the two that fit everything
    possible |= {"winograd2"} if "winograd4" in possible else set()  # these two fit the same
    chosen = choose(possible, weight_shape, batch, size, exact, within, "auto", sums_pixels, kept)
    assert chosen in possible and chosen in algorithms.ALGORITHMS


@pytest.mark.skipif(simd() is None, reason="needs vectors")
@pytest.mark.parametrize("size, shape, chosen", [
    ((16, 16), (4096, 512, 7, 7), "winograd3"), ((7, 7), (4096, 512, 7, 7), "im2col"), ((27, 27), (128, 48, 5, 5), "winograd2"),
])  # fmt: skip
def test_large_kernels_go_to_winograd_where_there_are_enough_tiles(size, shape, chosen):
    geometry, dtype = conv_geometry(shape[2], 1, shape[2] // 2), np.dtype(np.float32)
    assert chosen_name("forward", 1, size, shape, geometry, dtype, "auto") == chosen


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_test_forced_names_every_algorithm_of_the_cpu():
    variables = ["VENV=.", f"RUN={sys.executable}"]
    recipe = subprocess.run(["make", "-n", "-o", "./installed-dev", "-o", "./torch-yes", *variables, "test-forced"], check=True, cwd=ROOT, capture_output=True, text=True)
    command = re.search(r"-c '(.+?)'", recipe.stdout).group(1)
    names = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert set(names) == set(IMPLEMENTATIONS)


def test_every_algorithm_states_its_error():
    table = re.findall(r"^    (\w+) +.*?(?: \d+e-\d+)?$", algorithms.__doc__, re.MULTILINE)
    assert table == list(algorithms.ALGORITHMS[1:])


def test_an_unknown_algorithm_is_named():
    with pytest.raises(ValueError, match="found 'fft', expected one of auto, im2col"), algorithm("fft"):
        pass


@pytest.mark.parametrize("name, asked", [("MINIFCN_ALGORITHM", algorithms.forced_by_environment), ("MINIFCN_SIMD", simd)])
def test_an_empty_variable_of_the_environment_asks_for_nothing(name, asked, monkeypatch):
    monkeypatch.delenv(name, raising=False)
    unset = asked.__wrapped__()
    monkeypatch.setenv(name, "")
    assert asked.__wrapped__() == unset


def test_the_choice_ends_with_the_block():
    with pytest.raises(KeyError), algorithm("direct"):
        assert algorithms.forced() == "direct"
        raise KeyError
    assert algorithms.forced() == os.environ.get("MINIFCN_ALGORITHM", "auto")


def test_results_are_the_same_bits_every_time():
    arrays, _ = case(2, 3, 32, 48, (37, 21), conv_geometry(3, 1, 1), np.float32)
    for name in NAMES:
        with algorithm(name):
            first, second = (three_maps(*arrays, conv_geometry(3, 1, 1)) for _ in range(2))
        assert all(np.array_equal(a, b) for a, b in zip(first, second)), name


@pytest.mark.parametrize("shape", [(2, 5, 7, 9), (0, 3, 4, 4), (2, 0, 3, 3), (2, 3, 0, 3), (2, 3), (2, 3, 50), (1, 1, 1, 1)])
def test_the_order_of_memory_changes_and_nothing_else(shape):
    x = normal(3, *shape)
    last = channels_last(x)
    assert last.flags.c_contiguous and np.array_equal(last, np.moveaxis(x, 1, -1))
    assert np.array_equal(channels_first(images(last)), x) and channels_first(images(last)).flags.c_contiguous
    assert np.shares_memory(channels_last(images(last)), last) or x.size == 0


KINDS_HERE = ["plain"] if simd() is None else ["plain", *list(KINDS)[list(KINDS).index(simd().name) :]]


@pytest.mark.parametrize("tests", ["every_algorithm and not float64", pytest.param("not gpu", marks=pytest.mark.slow)])
@pytest.mark.parametrize("kind", [kind for kind in KINDS_HERE if kind != (simd().name if simd() else "plain")])
def test_the_other_vector_widths_pass_the_same_tests(kind, tests):
    """The tests of convolution once more, in a process of their own, for each narrower width that this processor has."""
    if "MINIFCN_SIMD" in os.environ:
        pytest.skip("a width is forced already")
    files = [__file__, *(str(Path(__file__).with_name(name)) for name in ("test_conv.py", "test_dilated.py"))]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-k", tests, *files]
    done = subprocess.run(command, check=False, cwd=ROOT, env=os.environ | {"MINIFCN_SIMD": kind}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


def test_an_unknown_width_is_named():
    code = "from minifcn.kernels.cpu.runtime.simd import simd; simd()"
    env = os.environ | {"MINIFCN_SIMD": "sse"}
    done = subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT, env=env, capture_output=True, text=True)
    assert "MINIFCN_SIMD is 'sse', expected one of auto, plain, avx512, avx2" in done.stderr
