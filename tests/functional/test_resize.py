"""Interpolation against PyTorch; the banded matrices under it; and the bilinear kernel that is the same map."""

import numpy as np
import pytest

import minifcn
import minifcn.functional as F
from minifcn.functional.banded import covering_sums, window_sums
from minifcn.functional.resize import linear, nearest

from .against_torch import agree, normal, torch

SHAPES = [(2, 3, 5, 7), (1, 1, 1, 1), (0, 2, 3, 3), (1, 2, 8, 6)]
SIZES = [(1, 1), (5, 7), (10, 14), (3, 4), (13, 2), (2, 29)]
FACTORS = [2, 3, 0.5, 1.0, 1.7, (2.3, 0.9), 8]


def fits(shape, factor):
    return min(shape[2:]) * np.min(factor) >= 1


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("how", [("nearest", None), ("bilinear", False), ("bilinear", True)], ids=str)
def test_interpolate_to_a_size_is_pytorchs(shape, size, how):
    agree(lambda F, x: F.interpolate(x, size=size, mode=how[0], align_corners=how[1]), normal(*shape))


@pytest.mark.parametrize("shape, factor", [(s, f) for s in SHAPES for f in FACTORS if fits(s, f)], ids=str)
@pytest.mark.parametrize("how", [("nearest", None), ("bilinear", False), ("bilinear", True)], ids=str)
def test_interpolate_by_a_factor_is_pytorchs(shape, factor, how):
    agree(lambda F, x: F.interpolate(x, scale_factor=factor, mode=how[0], align_corners=how[1]), normal(*shape))


ODD_FACTORS = [0.3, 0.5, 0.66, 0.9, 0.99, 1.01, 1.2, 1.4, 1.5, 1.9, 2.05, 2.2, 2.4, 2.6, 3.1, 4.2]


@pytest.mark.parametrize("how", [("nearest", None), ("bilinear", False), ("bilinear", True)], ids=str)
def test_a_factor_that_the_sizes_do_not_have_is_pytorchs(how):
    """floor(n * factor) / n is another number than the factor: PyTorch's coordinates go by the one or the other."""
    for n in range(1, 7):
        factors = [factor for factor in ODD_FACTORS if n * factor >= 1]
        for rows, columns in zip(factors, factors[::-1]):
            agree(
                lambda F, x, f=(rows, columns): F.interpolate(x, None, f, mode=how[0], align_corners=how[1]),
                normal(1, 2, n, n),
            )


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_an_image_that_keeps_its_size_is_the_same(mode):
    x = normal(1, 1, 2, 2)
    assert np.array_equal(F.interpolate(minifcn.Tensor(x), scale_factor=1.4, mode=mode).data, x)


@pytest.mark.parametrize("align_corners", [False, True])
def test_signals_and_volumes_are_pytorchs(align_corners):
    signal, volume = normal(2, 3, 5), normal(2, 2, 3, 4, 5)
    agree(lambda F, x: F.interpolate(x, 9, mode="linear", align_corners=align_corners), signal)
    agree(lambda F, x: F.interpolate(x, (5, 3, 9), mode="trilinear", align_corners=align_corners), volume)
    agree(lambda F, x: F.interpolate(x, scale_factor=2), volume)
    agree(lambda F, x: F.interpolate(x, None, 1.1, mode="linear", align_corners=align_corners), signal)
    agree(lambda F, x: F.interpolate(x, None, (1.4, 2.1, 0.5), mode="trilinear", align_corners=align_corners), volume)


def test_nearest_takes_pytorchs_pixel_at_every_size():
    for n in range(1, 40):
        for m in range(1, 80):
            column = torch.arange(n, dtype=torch.float64)[None, None, :, None]
            theirs = torch.nn.functional.interpolate(column, size=(m, 1))[0, 0, :, 0]
            assert np.array_equal(nearest(n, m, n / m).first, theirs.numpy()), (n, m)


MATRICES = {
    "enlarging":     linear(5, 13, 5 / 13, False),
    "reducing":      linear(13, 5, 13 / 5, False),
    "far reducing":  linear(40, 3, 40 / 3, False),
    "corners":       linear(7, 20, 7 / 20, True),
    "one pixel":     linear(1, 6, 1 / 6, False),
    "to one pixel":  linear(6, 1, 6.0, True),
    "nearest":       nearest(4, 9, 4 / 9),
    "nearest, down": nearest(9, 4, 9 / 4),
    "covering":      covering_sums(11, 4),
    "covering, more":covering_sums(4, 11),
    "window sums":   window_sums(7, 4),
    "wide window":   window_sums(3, 9),
}  # fmt: skip


@pytest.mark.parametrize("name", MATRICES)
def test_a_banded_matrixs_transpose_is_its_transpose(name):
    matrix = MATRICES[name]
    assert np.array_equal(matrix.transpose().dense(), matrix.dense().T)
    assert np.array_equal(matrix.transpose().transpose().dense(), matrix.dense())


@pytest.mark.parametrize("name", MATRICES)
def test_a_banded_matrix_lies_inside_its_columns(name):
    for matrix in (MATRICES[name], MATRICES[name].transpose()):
        assert matrix.first.dtype == np.int64
        assert matrix.first.min() >= 0 and matrix.first.max() + matrix.weight.shape[1] <= matrix.n
        assert (np.diff(matrix.first) >= 0).all()


@pytest.mark.parametrize("name", [name for name in MATRICES if "window" not in name and "covering" not in name])
def test_resampling_keeps_a_constant(name):
    np.testing.assert_allclose(MATRICES[name].dense().sum(axis=1), 1, rtol=1e-15)


# The bilinear kernel ------------------------------------------------------------------------------------------------


def upsample(x, factor):
    """x (1, 1, H, W) enlarged by conv_transpose2d with the bilinear kernel."""
    kernel = F.bilinear_kernel(factor, np.float64)[None, None]
    return F.conv_transpose2d(minifcn.Tensor(x), minifcn.Tensor(kernel), stride=factor, padding=factor // 2).data[0, 0]


def test_the_kernel_is_the_papers():
    row = np.array([0.25, 0.75, 0.75, 0.25], np.float32)
    assert np.array_equal(F.bilinear_kernel(2), np.outer(row, row))


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5, 7, 8, 16, 32])
def test_the_kernel_has_the_size_and_dtype_asked_for(factor):
    assert F.bilinear_kernel(factor).dtype == np.float32
    assert F.bilinear_kernel(factor, np.float64).shape == (2 * factor - factor % 2,) * 2


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5, 7, 8, 16, 32])
def test_the_kernel_is_a_partition_of_unity(factor):
    kernel = F.bilinear_kernel(factor, np.float64)
    for y in range(factor):
        for x in range(factor):
            assert kernel[y::factor, x::factor].sum() == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5, 7, 8, 16])
def test_transposed_convolution_with_the_kernel_is_interpolation_inside(factor):
    x = normal(1, 1, 5, 6)
    ours, expected = upsample(x, factor), F.interpolate(minifcn.Tensor(x), scale_factor=factor, mode="bilinear").data
    assert ours.shape == expected.shape[2:]
    border = factor // 2
    inside = (slice(border, ours.shape[0] - border), slice(border, ours.shape[1] - border))
    np.testing.assert_allclose(ours[inside], expected[0, 0][inside], rtol=0, atol=1e-12)


@pytest.mark.parametrize("factor", [2, 3, 4, 5, 8])
def test_in_the_border_the_two_differ(factor):
    ours = upsample(np.ones((1, 1, 4, 4)), factor)
    border = factor // 2
    assert (ours[:border] < 1).all() and (ours[-border:] < 1).all() and (ours[:, :border] < 1).all()


@pytest.mark.parametrize(
    "arguments, told",
    [
        ({}, "give either size or scale_factor"),
        ({"size": 4, "scale_factor": 2}, "give either size or scale_factor"),
        ({"size": (4, 4, 4)}, "size is (4, 4, 4), expected a number or one for each of 2 axes"),
        ({"size": 0}, "size is 0"),
        ({"scale_factor": 0.1}, "gives an output of size (0, 0)"),
        ({"scale_factor": -1}, "expected numbers above 0"),
        ({"size": 4, "mode": "bicubic"}, "mode is 'bicubic', expected one of 'nearest'"),
        ({"size": 4, "mode": "trilinear"}, "mode 'trilinear' expects (N, C, D, H, W)"),
        ({"size": 4, "align_corners": True}, "align_corners is for the linear modes"),
    ],
)
def test_settings_that_contradict_each_other_are_told(arguments, told):
    with pytest.raises(ValueError) as error:
        F.interpolate(minifcn.tensor(normal(1, 2, 3, 3)), **arguments)
    assert str(error.value).startswith("interpolate: ") and told in str(error.value)
