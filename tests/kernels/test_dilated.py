"""Dilated, grouped and strided convolutions in every algorithm: the reference's numbers, and shift-and-stitch's bits."""

from functools import cache

import numpy as np
import pytest
from cases import normal, strided

from minifcn.kernels import algorithm, cpu, reference
from minifcn.kernels.algorithms import forced
from minifcn.kernels.cpu.convolution.conv import chosen_name
from minifcn.kernels.cpu.runtime.simd import simd
from minifcn.kernels.geometry import conv_geometry

NAMES = ["auto", "im2col_blocks", "direct", "taps", "winograd4", "phases", "groups"]
CASES = {  # N, C, K, size, geometry
    "dilation 2": (1, 16, 16, (11, 13), conv_geometry(3, 1, 2, 2)),
    "dilation 2, odd channels": (2, 3, 5, (9, 10), conv_geometry(3, 1, 2, 2)),
    "dilation 2, no padding": (2, 2, 4, (8, 7), conv_geometry(3, 1, 0, 2)),
    "dilation 3, padding 4": (1, 16, 16, (7, 8), conv_geometry(3, 1, 4, 3)),
    "dilation 2, padding wider than the kernel": (1, 4, 3, (5, 6), conv_geometry(3, 1, 7, 2)),
    "rectangular": (2, 3, 4, (7, 11), conv_geometry((2, 3), 1, (1, 5), (2, 3))),
    "one axis": (2, 4, 3, (8, 5), conv_geometry((5, 1), 1, (8, 0), (4, 7))),
    "1x1, where dilation says nothing": (2, 3, 4, (4, 5), conv_geometry(1, 1, 0, 4)),
    "dilation 12, beyond the map": (1, 16, 16, (7, 9), conv_geometry(3, 1, 12, 12)),
    "dilation 12, a map of one pixel": (1, 3, 4, (1, 1), conv_geometry(3, 1, 12, 12)),
    "dilated and strided": (2, 3, 4, (9, 12), conv_geometry(3, (2, 3), 2, 2)),
    "strided": (2, 17, 3, (9, 8), conv_geometry((3, 2), 2, 1)),
    "stride wider than the kernel": (1, 3, 4, (9, 8), conv_geometry(2, 3)),
    "groups": (2, 6, 9, (6, 5), conv_geometry(3, 1, 1, 1, 3)),
    "groups, dilated": (1, 4, 6, (9, 8), conv_geometry(3, 1, 2, 2, 2)),
    "groups, strided": (1, 4, 6, (9, 8), conv_geometry(5, 2, 2, 1, 2)),
    "depthwise, dilated": (2, 4, 4, (9, 8), conv_geometry(3, 1, 3, 3, 4)),
}


def arrays_of(name):
    """x, weight, bias and grad_y of a case, and its geometry."""
    N, C, K, size, geometry = CASES[name]
    shapes = (N, C, *size), (K, C // geometry.groups, *geometry.kernel_size), (K,), (N, K, *geometry.output_size(size))
    return *(normal(seed, *shape) for seed, shape in enumerate(shapes)), geometry


def three_maps(kernels, x, weight, bias, grad_y, geometry):
    return (
        kernels.conv_forward(x, weight, geometry, bias),
        kernels.conv_backward_input(grad_y, weight, geometry, x.shape[2:]),
        kernels.conv_backward_weight(x, grad_y, geometry),
    )


@cache
def expected(name):
    return three_maps(reference, *arrays_of(name))


def images(seed, *shape):
    """Random images in float64, channels last."""
    return strided(normal(seed, *shape), "last")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", NAMES)
def test_every_algorithm_is_the_reference(name, case, dtype):
    *arrays, geometry = arrays_of(case)
    arrays = [array.astype(dtype) for array in arrays]
    for layout in ("last", "gaps"):
        arrays[0], arrays[3] = strided(arrays[0], layout), strided(arrays[3], layout)
        with algorithm(name):
            found = three_maps(cpu, *arrays, geometry)
        for a, b in zip(found, expected(case), strict=True):
            assert a.dtype == dtype and a.shape == b.shape
            assert np.linalg.norm(a - b) <= (1e-5 if dtype == np.float32 else 1e-13) * np.linalg.norm(b)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("groups", [1, 2])
def test_no_images(name, groups):
    geometry = conv_geometry(3, 1, 2, 2, groups)
    arrays = normal(0, 0, 4, 5, 6), normal(1, 4, 4 // groups, 3, 3), normal(2, 4), normal(3, 0, 4, 5, 6)
    with algorithm(name):
        y, grad_x, grad_weight = three_maps(cpu, *arrays, geometry)
    assert y.shape == grad_x.shape == (0, 4, 5, 6)
    assert not grad_weight.any() and grad_weight.shape == (4, 4 // groups, 3, 3)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", ["dilation 2", "dilation 12, beyond the map", "groups, dilated"])
def test_the_same_bits_on_every_run(name, case):
    with algorithm(name):
        first, second = (three_maps(cpu, *arrays_of(case)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second))


@pytest.mark.skipif(simd() is None or forced().startswith("im2col"), reason="BLAS does not promise the order of its sums")
@pytest.mark.parametrize("size", [(24, 24), (27, 40), (6, 70)])
@pytest.mark.parametrize("C, K, kernel", [(16, 16, 3), (16, 24, 3), (3, 5, 3), (32, 16, 5), (64, 600, 7)])
def test_in_float64_a_dilated_convolution_is_that_of_its_phases_to_the_last_bit(C, K, kernel, size):
    """One image with holes in the kernel, against small images without, one at a time and of other sizes."""
    x, weight, d = images(0, 1, C, *size), normal(1, K, C, kernel, kernel), 3
    y = cpu.conv_forward(x, weight, conv_geometry(kernel, 1, d * (kernel // 2), d))
    for a in range(d):
        for b in range(d):
            phase = cpu.conv_forward(images(0, 1, C, *size)[:, :, a::d, b::d], weight, conv_geometry(kernel, 1, kernel // 2))
            assert np.array_equal(y[:, :, a::d, b::d], phase)


def names(shape, geometry, size, dtype=np.float32, batch=2):
    """The names of the algorithms that the rule takes for the three maps."""
    sizes = {"forward": geometry.output_size(size), "backward input": size, "backward weight": geometry.output_size(size)}
    return [chosen_name(part, batch, sizes[part], shape, geometry, np.dtype(dtype), "auto") for part in sizes]


@pytest.mark.parametrize("shape", [(32, 32, 3, 3), (24, 24, 3, 3), (32, 32, 7, 7), (512, 512, 3, 3)])
@pytest.mark.parametrize("stride", [1, 2])
def test_in_float64_the_choice_for_outputs_depends_on_the_weight_and_its_geometry_alone(shape, stride):
    geometry = conv_geometry(shape[2:], stride, shape[2] // 2)
    found = {tuple(names(shape, geometry, (n, n), np.float64, batch)[:2]) for n in (5, 9, 40, 200) for batch in (1, 16)}
    assert len(found) == 1 and not any(name.startswith("winograd") for name in found.pop())


@pytest.mark.parametrize("batch, size", [(1, (14, 14)), (8, (40, 40))])
def test_a_weights_gradient_is_computed_alike_in_both_precisions(batch, size):
    geometry = conv_geometry(3, 1, 1)
    single, double = (names((128, 128, 3, 3), geometry, size, dtype, batch)[2] for dtype in (np.float32, np.float64))
    assert single == double


@pytest.mark.skipif(simd() is None, reason="there are no vectors for the fast algorithms")
def test_the_rule_for_holes_groups_and_strides():
    shape = 512, 512, 3, 3
    assert set(names(shape, conv_geometry(3, 1, 2, 2), (28, 28))) == {"phases"}
    assert set(names(shape, conv_geometry(3, 1, 12, 12), (28, 28))) == {"taps"}
    assert set(names((21, 512, 3, 3), conv_geometry(3, 1, 2, 2), (28, 28))) == {"taps"}
    assert set(names((384, 192, 3, 3), conv_geometry(3, 1, 1, 1, 2), (13, 13))) == {"groups"}
    assert set(names((128, 4, 3, 3), conv_geometry(3, 1, 1, 1, 32), (28, 28))) == {"im2col_blocks"}
    assert names((128, 64, 3, 3), conv_geometry(3, 2, 1), (56, 56)) == ["direct", "taps", "direct"]
    assert set(names((512, 512, 1, 1), conv_geometry(1, 1, 0, 4), (28, 28))) == {"direct"}
