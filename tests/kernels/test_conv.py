"""Convolution's kernels: the same as the reference, adjoint to each other, and harmless to their inputs."""

import numpy as np
import pytest
from cases import FEW, ConvCase, close, conv_cases, normal, strided
from hypothesis import given
from hypothesis import strategies as st

from minifcn.kernels import reference
from minifcn.kernels.cpu.convolution import im2col_conv
from minifcn.kernels.geometry import conv_geometry


@FEW
@given(conv_cases())
def test_im2col_is_the_reference(kernels, case):
    np.testing.assert_array_equal(kernels("im2col", case.x, case.geometry)[0], reference.im2col(case.x, case.geometry))


@FEW
@given(conv_cases())
def test_col2im_is_the_reference(kernels, case):
    cols = reference.im2col(case.x, case.geometry)
    close(kernels("col2im", cols, case.geometry, case.size)[0], reference.col2im(cols, case.geometry, case.size))


@pytest.mark.parametrize("relu", [False, True])
@FEW
@given(case=conv_cases())
def test_conv_forward_is_the_reference(kernels, relu, case):
    bias, residual = (normal(4, len(case.weight), dtype=case.x.dtype), case.grad_y) if relu else (None, None)
    args = case.x, case.weight, case.geometry, bias, relu, residual
    close(kernels("conv_forward", *args)[0], reference.conv_forward(*args), scale=4)


@FEW
@given(conv_cases())
def test_conv_backward_input_is_the_reference(kernels, case):
    args = case.grad_y, case.weight, case.geometry, case.size
    close(kernels("conv_backward_input", *args)[0], reference.conv_backward_input(*args), scale=4)


@FEW
@given(conv_cases())
def test_conv_backward_weight_is_the_reference(kernels, case):
    args = case.x, case.grad_y, case.geometry
    close(kernels("conv_backward_weight", *args)[0], reference.conv_backward_weight(*args), scale=8)


@pytest.mark.parametrize("groups", [1, 2])
@pytest.mark.parametrize("channels", [1, 2, 3, 5])
def test_gradients_from_a_few_columns_at_a_time_are_those_from_all(groups, channels, monkeypatch):
    geometry = conv_geometry((3, 2), 1, 1, 1, groups)
    x, grad_y = normal(0, 2, 5 * groups, 6, 7), normal(1, 2, 4 * groups, *geometry.output_size((6, 7)))
    weight, pixels = normal(2, 4 * groups, 5, 3, 2), grad_y[:, 0].size
    monkeypatch.setattr(im2col_conv, "COLUMN_BYTES", channels * groups * 6 * pixels * 8)
    made, im2col = [], im2col_conv.im2col
    monkeypatch.setattr(im2col_conv, "im2col", lambda part, geometry: made.append(part.shape[1]) or im2col(part, geometry))
    grad_weight = im2col_conv.backward_weight(strided(x, "last"), grad_y, geometry)
    close(grad_weight, reference.conv_backward_weight(x, grad_y, geometry), scale=8)
    close(im2col_conv.backward_input(grad_y, weight, geometry, (6, 7)), reference.conv_backward_input(grad_y, weight, geometry, (6, 7)), scale=4)
    assert made[0] == channels * groups and sum(made) == 5 * groups


def inner(a, b):
    return float(np.dot(a.ravel(), b.ravel()))


def assert_same_product(left, right, size):
    """<left> = <right> to 1e-12, relative to the size that the products would have without cancellation."""
    assert abs(left - right) <= 1e-12 * max(size, 1e-300)


@FEW
@given(conv_cases(dtypes=st.just(np.float64)))
def test_im2col_and_col2im_are_adjoint(kernels, case):
    x, (cols,) = case.x, kernels("im2col", case.x, case.geometry)
    other = normal(7, *cols.shape)
    (image,) = kernels("col2im", other, case.geometry, case.size)
    size = np.linalg.norm(cols) * np.linalg.norm(other)
    assert_same_product(inner(cols, other), inner(np.ascontiguousarray(x), image), size)


@FEW
@given(conv_cases(dtypes=st.just(np.float64)))
def test_the_three_maps_share_one_trilinear_form(kernels, case):
    """<C x, y> = <x, C^T y> = <weight, grad_weight>."""
    (y,) = kernels("conv_forward", case.x, case.weight, case.geometry)
    (grad_x,) = kernels("conv_backward_input", case.grad_y, case.weight, case.geometry, case.size)
    (grad_weight,) = kernels("conv_backward_weight", case.x, case.grad_y, case.geometry)
    size = np.linalg.norm(case.x) * np.linalg.norm(case.grad_y) * np.linalg.norm(case.weight)
    assert_same_product(inner(y, case.grad_y), inner(case.x, grad_x), size)
    assert_same_product(inner(y, case.grad_y), inner(case.weight, grad_weight), size)


def large(C, K, N, H, W, geometry, dtype=np.float32):
    """A convolution whose size takes the fast kernels through several blocks and all threads."""
    return ConvCase(
        geometry,
        normal(0, N, C, H, W, dtype=dtype),
        normal(1, K, C // geometry.groups, *geometry.kernel_size, dtype=dtype),
        normal(2, N, K, *geometry.output_size((H, W)), dtype=dtype),
        (H, W),
    )


LARGE = {
    "3x3": large(16, 24, 3, 37, 45, conv_geometry(3, 1, 1)),
    "3x3 one image": large(20, 18, 1, 70, 64, conv_geometry(3, 1, 1)),
    "3x3 deep, small map": large(70, 66, 5, 6, 5, conv_geometry(3, 1, 1)),
    "3x3 without padding": large(5, 3, 2, 40, 60, conv_geometry(3)),
    "strided": large(6, 8, 4, 50, 41, conv_geometry(5, (2, 3), 2)),
    "dilated": large(6, 8, 2, 30, 31, conv_geometry(3, 1, 2, 2)),
    "1x1": large(33, 21, 3, 20, 30, conv_geometry(1)),
    "1x1 one image": large(33, 21, 1, 20, 30, conv_geometry(1)),
    "grouped": large(12, 18, 3, 25, 26, conv_geometry(3, 1, 1, 1, 3)),
    "depthwise": large(9, 9, 2, 40, 33, conv_geometry(3, 1, 1, 1, 9)),
    "depthwise upsampling by 8": large(5, 5, 2, 64, 72, conv_geometry(16, 8, 4, 1, 5)),
    "depthwise upsampling, dilated": large(5, 5, 3, 30, 40, conv_geometry(4, 2, 1, 2, 5)),
    "depthwise, two filters a channel": large(4, 8, 2, 32, 32, conv_geometry(4, 2, 1, 1, 4)),
    "full kernel": large(7, 19, 3, 7, 7, conv_geometry(7)),
}


@pytest.mark.parametrize("case", LARGE.values(), ids=LARGE)
def test_large_convolutions_agree_with_torch(fast_kernels, case):
    torch = pytest.importorskip("torch")
    g, exact = case.geometry, [torch.tensor(a).double() for a in (case.grad_y, case.x, case.weight)]
    y = torch.nn.functional.conv2d(*exact[1:], None, g.stride, g.padding, g.dilation, g.groups)
    rest = (None, g.stride, g.padding, g.dilation, False, (0, 0), g.groups, (True, True, False))
    grad_x, grad_weight, _ = torch.ops.aten.convolution_backward(*exact, *rest)
    results = (
        fast_kernels("conv_forward", case.x, case.weight, g)[0],
        fast_kernels("conv_backward_input", case.grad_y, case.weight, g, case.size)[0],
        fast_kernels("conv_backward_weight", case.x, case.grad_y, g)[0],
    )
    for result, expected in zip(results, (y, grad_x, grad_weight)):
        expected = expected.numpy()
        assert np.linalg.norm(result - expected) <= 2e-6 * np.linalg.norm(expected)


@pytest.mark.parametrize("case", LARGE.values(), ids=LARGE)
def test_the_same_bits_on_every_run(fast_kernels, case):
    for name, args in (
        ("conv_forward", (case.x, case.weight, case.geometry)),
        ("conv_backward_input", (case.grad_y, case.weight, case.geometry, case.size)),
        ("conv_backward_weight", (case.x, case.grad_y, case.geometry)),
    ):
        np.testing.assert_array_equal(fast_kernels(name, *args)[0], fast_kernels(name, *args)[0])


@pytest.mark.filterwarnings("ignore:invalid value encountered in (matmul|dot)")  # NumPy stands in for the GPU in the shim
@pytest.mark.parametrize("name", ["3x3", "3x3 deep, small map", "depthwise upsampling by 8"])
def test_one_bad_pixel_stays_in_its_windows(kernels, name):
    """An infinity in the last image reaches no other image: no block computes with what another left behind."""
    case = LARGE[name]
    x, grad_y = case.x.copy(), case.grad_y.copy()
    x[-1, 0, 0, 0] = grad_y[-1, 0, 0, 0] = np.inf
    assert np.isfinite(kernels("conv_forward", x, case.weight, case.geometry)[0][:-1]).all()
    assert np.isfinite(kernels("conv_backward_input", grad_y, case.weight, case.geometry, case.size)[0][:-1]).all()
    (grad_weight,) = kernels("conv_backward_weight", case.x, grad_y, case.geometry)
    assert np.isfinite(grad_weight[1:]).all()
