"""Geometries give PyTorch's output sizes, and refuse what makes no sense with an error that names it."""

import pytest
from cases import FEW, pairs, pool_cases
from hypothesis import assume, given

from minifcn.kernels.geometry import conv_geometry, pool_geometry

WINDOW = pairs(1, 4), pairs(1, 4), pairs(0, 3), pairs(1, 3)  # kernel_size, stride, padding, dilation


@FEW
@given(*WINDOW, pairs(1, 12))
def test_conv_output_size_is_torchs(kernel_size, stride, padding, dilation, size):
    torch = pytest.importorskip("torch")
    geometry = conv_geometry(kernel_size, stride, padding, dilation)
    assume(min(geometry.output_size(size)) >= 1)
    x, weight = torch.zeros(1, 1, *size), torch.zeros(1, 1, *kernel_size)
    y = torch.nn.functional.conv2d(x, weight, None, stride, padding, dilation)
    assert geometry.output_size(size) == tuple(y.shape[2:])


@FEW
@given(*WINDOW, pairs(1, 9), pairs(0, 3))
def test_transposed_conv_output_size_is_torchs(kernel_size, stride, padding, dilation, size, output_padding):
    torch = pytest.importorskip("torch")
    geometry = conv_geometry(kernel_size, stride, padding, dilation)
    assume(all(o < max(s, d) for o, s, d in zip(output_padding, stride, dilation)))
    assume(min(geometry.input_size(size, output_padding)) >= 1)
    y = torch.nn.functional.conv_transpose2d(
        torch.zeros(1, 1, *size), torch.zeros(1, 1, *kernel_size), None, stride, padding, output_padding, 1, dilation
    )
    assert geometry.input_size(size, output_padding) == tuple(y.shape[2:])


@FEW
@given(*WINDOW, pairs(1, 9))
def test_input_size_undoes_output_size(kernel_size, stride, padding, dilation, size):
    geometry = conv_geometry(kernel_size, stride, padding, dilation)
    assume(min(geometry.input_size(size)) >= 1)
    assert geometry.output_size(geometry.input_size(size)) == size


@FEW
@given(pool_cases())
def test_pool_output_size_is_torchs(case):
    torch = pytest.importorskip("torch")
    g = case.geometry
    y = torch.nn.functional.max_pool2d(
        torch.zeros(1, 1, *case.size), g.kernel_size, g.stride, g.padding, g.dilation, g.ceil_mode
    )
    assert g.output_size(case.size) == tuple(y.shape[2:])


def test_one_number_stands_for_both_directions():
    assert conv_geometry(3, 2, 1, 4) == conv_geometry((3, 3), (2, 2), (1, 1), (4, 4))


def test_a_pool_steps_by_its_kernel():
    assert pool_geometry((2, 3)).stride == (2, 3)


def test_geometries_are_hashable():
    assert len({conv_geometry(3), conv_geometry(3), conv_geometry(4)}) == 2


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"kernel_size": 0}, "conv2d: kernel_size is 0"),
        ({"kernel_size": 3, "stride": 0}, "conv2d: stride is 0"),
        ({"kernel_size": 3, "padding": -1}, "conv2d: padding is -1"),
        ({"kernel_size": 3, "dilation": (1, 0)}, "conv2d: dilation is 0"),
        ({"kernel_size": 3, "groups": 0}, "conv2d: groups is 0"),
        ({"kernel_size": 2.5}, "conv2d: kernel_size is 2.5"),
        ({"kernel_size": (3, 3, 3)}, r"conv2d: kernel_size is \(3, 3, 3\)"),
        ({"kernel_size": 3, "padding": "same"}, "conv2d: padding is 'same'"),
        ({"kernel_size": True}, "conv2d: kernel_size is True"),
    ],
)
def test_a_senseless_convolution_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        conv_geometry(**arguments)


def test_a_pool_padded_by_more_than_half_its_kernel_is_refused():
    with pytest.raises(ValueError, match=r"max_pool2d: padding \(2, 2\) is more than half"):
        pool_geometry(3, padding=2)
