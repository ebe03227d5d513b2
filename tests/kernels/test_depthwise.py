"""One filter a channel: the three maps for every geometry, and for those with which an FCN enlarges its scores."""

import numpy as np
import pytest
from cases import DTYPES, FEW, LAYOUTS, SEEDS, close, normal, pairs, strided
from hypothesis import assume, given
from hypothesis import strategies as st

from minifcn.kernels import reference
from minifcn.kernels.geometry import conv_geometry


@st.composite
def depthwise_cases(draw):
    C = draw(st.integers(1, 3))
    geometry = conv_geometry(draw(pairs(1, 7)), draw(pairs(1, 5)), draw(pairs(0, 8)), groups=C)
    size = draw(pairs(1, 9))
    oh, ow = geometry.output_size(size)
    assume(oh >= 1 and ow >= 1)
    return arrays(draw(SEEDS), draw(st.integers(0, 3)), size, geometry, draw(DTYPES), draw(LAYOUTS))


def arrays(seed, N, size, geometry, dtype=np.float64, layout="plain"):
    """x, weight and grad_y of a depthwise convolution, its geometry and the size of x."""
    C = geometry.groups
    shapes = (N, C, *size), (C, 1, *geometry.kernel_size), (N, C, *geometry.output_size(size))
    return *(strided(normal(seed + i, *s, dtype=dtype), layout) for i, s in enumerate(shapes)), geometry, size


@FEW
@given(depthwise_cases())
def test_forward_is_the_reference(kernels, case):
    x, weight, _, geometry, _ = case
    close(kernels("conv_forward", x, weight, geometry)[0], reference.conv_forward(x, weight, geometry), scale=4)


@FEW
@given(depthwise_cases())
def test_backward_input_is_the_reference(kernels, case):
    _, weight, grad_y, geometry, size = case
    args = grad_y, weight, geometry, size
    close(kernels("conv_backward_input", *args)[0], reference.conv_backward_input(*args), scale=4)


@FEW
@given(depthwise_cases())
def test_backward_weight_is_the_reference(kernels, case):
    x, _, grad_y, geometry, _ = case
    args = x, grad_y, geometry
    close(kernels("conv_backward_weight", *args)[0], reference.conv_backward_weight(*args), scale=8)


UPSAMPLINGS = [(s, C, N) for s in (2, 8, 16, 32) for C, N in ((1, 1), (3, 2), (21, 1))]


@pytest.mark.parametrize("s, C, N", UPSAMPLINGS)
def test_the_three_maps_of_an_upsampling_are_one_trilinear_form(fast_kernels, s, C, N):
    """<C x, y> = <x, C^T y> = <weight, grad_weight>, with a kernel 2s, stride s and padding s/2."""
    geometry, small = conv_geometry(2 * s, s, s // 2, groups=C), (5, 7)
    size = geometry.input_size(small)
    x, weight, grad_y, _, _ = arrays(s, N, size, geometry)
    products = [
        np.vdot(fast_kernels("conv_forward", x, weight, geometry)[0], grad_y),
        np.vdot(x, fast_kernels("conv_backward_input", grad_y, weight, geometry, size)[0]),
        np.vdot(weight, fast_kernels("conv_backward_weight", x, grad_y, geometry)[0]),
    ]
    np.testing.assert_allclose(products, products[0], rtol=0, atol=1e-12 * np.linalg.norm(x) * np.linalg.norm(grad_y))


@pytest.mark.parametrize("s", [2, 8, 16, 32])
def test_an_upsampling_lays_the_kernel_around_every_pixel(fast_kernels, s):
    """One pixel of value 1 becomes the kernel itself, cut off at the border; its neighbours get nothing."""
    geometry = conv_geometry(2 * s, s, s // 2, groups=2)
    weight, size = normal(s, 2, 1, 2 * s, 2 * s, dtype=np.float32), (4 * s, 5 * s)
    score = np.zeros((1, 2, 4, 5), np.float32)
    score[0, 1, 2, 0] = 1
    (image,) = fast_kernels("conv_backward_input", score, weight, geometry, size)
    expected = np.zeros((2, 4 * s, 5 * s), np.float32)
    expected[1, 2 * s - s // 2 : 4 * s - s // 2, : 2 * s - s // 2] = weight[1, 0, :, s // 2 :]
    np.testing.assert_array_equal(image[0], expected)
