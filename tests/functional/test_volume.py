"""Convolution and pooling of volumes: against loops, PyTorch and the operations on images, and what they say of shapes."""

from itertools import product

import numpy as np
import pytest

import minifcn
import minifcn.functional as F
from minifcn import nn
from minifcn.kernels import volume
from minifcn.kernels.geometry import conv_geometry, pool_geometry

from .against_torch import agree, normal, torch


def triple(rng, low, high):
    return tuple(map(int, rng.integers(low, high + 1, 3)))


def convolutions(count):
    """Random settings (N, C, K, size, kernel, stride, padding, dilation, groups) in which a window fits."""
    rng = np.random.default_rng(3)
    while count:
        groups = int(rng.choice([1, 1, 2, 3]))
        N, C, K = int(rng.integers(0, 4)), groups * int(rng.integers(1, 4)), groups * int(rng.integers(1, 4))
        size, kernel, stride, dilation = (triple(rng, 1, high) for high in (6, 3, 3, 2))
        padding = triple(rng, 0, 2)
        if all(n + 2 * p > d * (k - 1) for n, k, p, d in zip(size, kernel, padding, dilation)):
            count -= 1
            yield N, C, K, size, kernel, stride, padding, dilation, groups


CASES = [
    (2, 3, 4, (4, 5, 6), (3, 3, 3), 1, 1, 1, 1),
    (1, 1, 1, (1, 1, 1), (1, 1, 1), 1, 0, 1, 1),
    (1, 16, 16, (3, 8, 9), (3, 3, 3), 1, 1, 1, 1),
    (1, 2, 3, (2, 5, 5), (3, 1, 2), 1, (3, 0, 1), 1, 1),  # some taps see padding alone
    *convolutions(16),
]


# Convolution ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=str)
def test_conv3d_is_pytorchs(case):
    N, C, K, size, kernel, *settings, groups = case
    agree(
        lambda F, x, weight, bias: F.conv3d(x, weight, bias, *settings, groups),
        normal(N, C, *size),
        normal(K, C // groups, *kernel),
        normal(K),
    )


@pytest.mark.parametrize("case", CASES, ids=str)
def test_conv_transpose3d_is_pytorchs(case):
    N, C, K, size, kernel, stride, _, dilation, groups = case
    strides = (stride,) * 3 if isinstance(stride, int) else stride
    padding = tuple(int(s * (n - 1) + k > 2) for n, k, s in zip(size, kernel, strides))
    extra = tuple(s - 1 for s in strides)
    agree(
        lambda F, x, weight, bias: F.conv_transpose3d(x, weight, bias, stride, padding, extra, groups, dilation),
        normal(N, C, *size),
        normal(C, K // groups, *kernel),
        normal(K),
    )


def test_output_padding_between_stride_and_dilation_is_pytorchs():
    x, weight = normal(2, 4, 3, 2, 3), normal(4, 3, 3, 2, 2)
    agree(lambda F, x, w: F.conv_transpose3d(x, w, None, (1, 2, 1), 0, (2, 3, 1), 2, (3, 4, 2)), x, weight)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_three_maps_are_those_of_the_loops(case):
    """y = C x, C^T y and the weight's gradient, from the formula: a term for each voxel of y and tap that meet in x."""
    N, C, K, size, kernel, *settings, groups = case
    geometry = conv_geometry(kernel, *settings, groups, axes=3)
    x, weight, bias = normal(N, C, *size), normal(K, C // groups, *kernel), normal(K)
    grad = normal(N, K, *geometry.output_size(size), seed=1)
    y, grad_x, grad_weight = np.zeros(grad.shape) + bias[:, None, None, None], np.zeros(x.shape), np.zeros(weight.shape)
    strides, padding, dilation = geometry.stride, geometry.padding, geometry.dilation
    for at, tap in product(np.ndindex(grad.shape[2:]), np.ndindex(kernel)):
        voxel = tuple(a * s - p + t * d for a, t, s, p, d in zip(at, tap, strides, padding, dilation))
        if all(0 <= v < n for v, n in zip(voxel, size)):
            for g in range(groups):
                k, c = (slice(g * n // groups, (g + 1) * n // groups) for n in (K, C))
                y[:, k, *at] += x[:, c, *voxel] @ weight[k, :, *tap].T
                grad_x[:, c, *voxel] += grad[:, k, *at] @ weight[k, :, *tap]
                grad_weight[k, :, *tap] += grad[:, k, *at].T @ x[:, c, *voxel]
    np.testing.assert_allclose(volume.conv_forward(x, weight, geometry, bias), y, atol=1e-11)
    np.testing.assert_allclose(volume.conv_backward_input(grad, weight, geometry, size), grad_x, atol=1e-11)
    np.testing.assert_allclose(volume.conv_backward_weight(x, grad, geometry), grad_weight, atol=1e-11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conv3ds_input_gradient_is_conv_transpose3d_bit_for_bit(case, dtype):
    N, C, K, size, kernel, *settings, groups = case
    x = minifcn.Tensor(normal(N, C, *size).astype(dtype), requires_grad=True)
    weight = minifcn.Tensor(normal(K, C // groups, *kernel).astype(dtype))
    y = F.conv3d(x, weight, None, *settings, groups)
    grad = normal(*y.shape, seed=1).astype(dtype)
    y.backward(grad)
    geometry = conv_geometry(kernel, *settings, groups, axes=3)
    extra = tuple(n - m for n, m in zip(size, geometry.input_size(y.shape[2:])))
    stride, padding, dilation = settings
    again = F.conv_transpose3d(minifcn.Tensor(grad), weight, None, stride, padding, extra, groups, dilation)
    assert np.array_equal(again.data, x.grad)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_conv_transpose3d_is_the_adjoint(case):
    N, C, K, size, kernel, stride, _, dilation, groups = case
    weight, y = minifcn.Tensor(normal(C, K // groups, *kernel)), minifcn.Tensor(normal(N, C, *size))
    CTy = F.conv_transpose3d(y, weight, None, stride, 0, 0, groups, dilation)
    x = minifcn.Tensor(normal(*CTy.shape, seed=1))
    Cx = F.conv3d(x, weight, None, stride, 0, dilation, groups)
    assert np.vdot(Cx.data, y.data) == pytest.approx(np.vdot(x.data, CTy.data), rel=1e-12, abs=1e-11)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_in_volumes_of_one_image_conv3d_is_conv2d_bit_for_bit(dtype):
    x, weight, grad = (normal(*shape).astype(dtype) for shape in ((1, 3, 9, 8), (4, 3, 3, 3), (1, 4, 9, 8)))
    flat = [minifcn.Tensor(a, requires_grad=True) for a in (x, weight)]
    deep = [minifcn.Tensor(a[:, :, None], requires_grad=True) for a in (x, weight)]
    y, z = F.conv2d(*flat, padding=1), F.conv3d(*deep, padding=(0, 1, 1))
    y.backward(grad)
    z.backward(grad[:, :, None])
    assert np.array_equal(z.data[:, :, 0], y.data)
    assert all(np.array_equal(d.grad[:, :, 0], f.grad) for d, f in zip(deep, flat))


def test_a_gradient_that_nobody_wants_is_not_computed():
    x, weight = minifcn.Tensor(normal(1, 2, 4, 4, 4)), minifcn.Tensor(normal(3, 2, 3, 3, 3), requires_grad=True)
    y = F.conv3d(x, weight)
    grad_x, grad_weight = y.grad_fn.backward(np.ones(y.shape))
    assert grad_x is None
    assert grad_weight.shape == weight.shape


def test_images_stay_channels_last_in_memory():
    """So that the next layer need not copy them."""
    x, weight = minifcn.Tensor(normal(2, 3, 4, 5, 6)), minifcn.Tensor(normal(4, 3, 3, 3, 3))
    for y in (F.conv3d(x, weight), F.max_pool3d(x, 2), F.conv_transpose3d(F.conv3d(x, weight), weight)):
        assert y.data.transpose(0, 2, 3, 4, 1).flags.c_contiguous
        assert np.shares_memory(volume.batch_of(y.data), y.data)


# Pooling --------------------------------------------------------------------------------------------------------------


def poolings(count):
    """Random settings (shape, kernel_size, stride, padding, dilation) in which every window sees a voxel."""
    rng = np.random.default_rng(5)
    while count:
        shape, kernel, dilation = (int(rng.integers(0, 3)), 2, *triple(rng, 1, 7)), triple(rng, 1, 3), triple(rng, 1, 2)
        padding = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
        given = kernel, triple(rng, 1, 3), padding, dilation
        fits = all(n + 2 * p > d * (k - 1) for n, k, p, d in zip(shape[2:], kernel, padding, dilation))
        if fits and np.isfinite(F.max_pool3d(minifcn.Tensor(np.ones(shape)), *given, ceil_mode=True).data).all():
            count -= 1
            yield shape, *given


POOLINGS = [((2, 3, 4, 6, 8), 2, None, 0, 1), ((1, 1, 1, 1, 1), 1, 1, 0, 1), *poolings(12)]


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("shape, window", [(shape, window) for shape, *window in POOLINGS], ids=str)
def test_max_pool3d_is_pytorchs(shape, window, ceil_mode):
    agree(lambda F, x: F.max_pool3d(x, *window, ceil_mode), normal(*shape))
    x = normal(*shape).round()  # many ties
    _, ours = F.max_pool3d(minifcn.Tensor(x), *window, ceil_mode, return_indices=True)
    _, theirs = torch.nn.functional.max_pool3d(torch.tensor(x), *window, ceil_mode, return_indices=True)
    np.testing.assert_array_equal(ours.data, theirs.numpy(), strict=True)  # int64, too


def test_of_equal_voxels_the_first_gets_the_gradient():
    x = minifcn.tensor(np.zeros((1, 1, 2, 2, 2)), requires_grad=True)
    F.max_pool3d(x, 2).sum().backward()
    assert x.grad.ravel().tolist() == [1, 0, 0, 0, 0, 0, 0, 0]


def test_max_pool3d_shows_nan_and_pads_with_less_than_any_number():
    x = np.full((1, 1, 2, 3, 3), -5.0)
    assert (F.max_pool3d(minifcn.tensor(x), 3, 1, 1).data == -5).all()
    x[0, 0, 1, 2, 0] = np.nan
    assert np.isnan(F.max_pool3d(minifcn.tensor(x), (2, 3, 3)).item())


def test_a_window_of_padding_alone_gives_minus_infinity_and_gets_no_gradient():
    geometry = pool_geometry(2, 1, 1, 2, axes=3)
    y, index = volume.max_pool_forward(np.ones((1, 1, 1, 2, 2)), geometry)
    assert (y == -np.inf).all() and (index == -1).all()
    assert not volume.max_pool_backward(np.ones(y.shape), index, geometry, (1, 2, 2)).any()


# The trilinear kernel -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [2, 3, 4])
@pytest.mark.parametrize("groups", [1, 2])
def test_a_trilinear_transposed_convolution_is_interpolate_inside(factor, groups):
    k = 2 * factor - factor % 2
    up = nn.ConvTranspose3d(2, 2, k, factor, (k - factor) // 2, groups=groups, bias=False).to("float64")
    assert nn.init.trilinear_(up.weight) is up.weight
    x = minifcn.tensor(normal(1, 2, 5, 4, 6))
    y = F.interpolate(x, scale_factor=factor, mode="trilinear", align_corners=False).data
    inside = (..., *[slice(factor, -factor)] * 3)
    assert up(x).shape == y.shape
    np.testing.assert_allclose(up(x).data[inside], y[inside], rtol=0, atol=1e-12)


# Layers ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda nn: nn.Conv3d(4, 6, (3, 1, 2), (1, 2, 1), (1, 0, 1), 1, 2),
        lambda nn: nn.ConvTranspose3d(4, 6, 3, (1, 2, 3), 1, (0, 1, 2), 2),
        lambda nn: nn.MaxPool3d((1, 2, 2), ceil_mode=True),
        lambda nn: nn.BatchNorm3d(4),
    ],
)
def test_a_layer_is_pytorchs(make):
    ours, theirs = make(nn), make(torch.nn)
    theirs.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in ours.state_dict().items()})
    x = normal(2, 4, 3, 5, 5).astype(np.float32)
    for mode in ("train", "eval"):
        y, expected = getattr(ours, mode)()(minifcn.tensor(x)), getattr(theirs, mode)()(torch.from_numpy(x))
        np.testing.assert_allclose(y.data, expected.detach().numpy(), rtol=1e-5, atol=1e-5)
    for name, array in theirs.state_dict().items():
        np.testing.assert_allclose(ours.state_dict()[name], array.numpy(), rtol=1e-6, err_msg=name)


def test_a_convolution_includes_the_batch_norm_after_it():
    rng = np.random.default_rng(0)
    for conv in (nn.Conv3d(2, 3, 3, generator=rng), nn.ConvTranspose3d(2, 3, 3, generator=rng)):
        bn = nn.BatchNorm3d(3)
        bn.running_mean.data[:], bn.running_var.data[:] = rng.standard_normal(3), rng.uniform(0.5, 2, 3)
        x = minifcn.tensor(normal(1, 2, 4, 4, 4).astype(np.float32))
        expected = bn.eval()(conv(x)).data
        fused = nn.fusion.fuse_conv_bn_eval(conv, bn)
        np.testing.assert_allclose(fused(x).data, expected, rtol=1e-4, atol=1e-5)


def test_repr_is_that_of_images():
    assert repr(nn.Conv3d(2, 4, 3, padding=1)) == "Conv3d(2, 4, kernel_size=(3, 3, 3), stride=(1, 1, 1), padding=(1, 1, 1))"
    assert "padding" not in repr(nn.ConvTranspose3d(2, 4, 2, 2))


# Errors ---------------------------------------------------------------------------------------------------------------


def ones(*shape):
    return minifcn.Tensor(np.ones(shape, np.float32))


@pytest.mark.parametrize(
    "call, told",
    [
        (
            lambda: F.conv3d(ones(1, 3, 4, 5, 5), ones(8, 4, 3, 3, 3)),
            "conv3d: input has 3 channels but weight expects 4 (weight is (8, 4, 3, 3, 3)); check in_channels",
        ),
        (lambda: F.conv3d(ones(1, 4, 5, 6, 3), ones(8, 3, 3, 3, 3)), "or call input.permute(0, 4, 1, 2, 3) if its channels"),
        (lambda: F.conv3d(ones(3, 5, 5, 5), ones(8, 3, 3, 3, 3)), "expected (N, C, D, H, W); add a batch axis: input[None]"),
        (lambda: F.conv3d(ones(1, 3, 5, 5, 5), ones(8, 3, 3, 3)), "expected 5 axes, the last three the kernel's size"),
        (lambda: F.conv3d(ones(1, 3, 2, 5, 5), ones(8, 3, 3, 3, 3)), "gives an output of size (0, 3, 3)"),
        (lambda: F.conv3d(ones(1, 3, 5, 5, 5), ones(8, 3, 3, 3, 3), ones(3)), "bias has shape (3,), expected (8,)"),
        (lambda: F.conv3d(ones(1, 4, 5, 5, 5), ones(3, 2, 3, 3, 3), groups=2), "conv3d: weight (3, 2, 3, 3, 3) has 3 kernels"),
        (
            lambda: F.conv3d(ones(1, 3, 5, 5, 5), ones(8, 3, 3, 3, 3), stride=(1, 2)),
            "conv3d: stride is (1, 2); expected an int or a triple (depth, height, width)",
        ),
        (
            lambda: F.conv_transpose3d(ones(1, 3, 5, 5, 5), ones(3, 8, 3, 3, 3), output_padding=(0, 1, 0)),
            "conv_transpose3d: output_padding (0, 1, 0) must be smaller than stride (1, 1, 1)",
        ),
        (lambda: F.conv_transpose3d(ones(1, 3, 5, 5, 5), ones(4, 8, 3, 3, 3)), "3 channels but weight expects 4"),
        (lambda: F.max_pool3d(ones(1, 3, 5, 5), 2), "max_pool3d: input has shape (1, 3, 5, 5), expected (N, C, D, H, W)"),
        (lambda: F.max_pool3d(ones(1, 3, 5, 1, 5), 2), "max_pool3d: an input of size (5, 1, 5)"),
        (lambda: F.max_pool3d(ones(1, 3, 5, 5, 5), 2, padding=2), "max_pool3d: padding (2, 2, 2) is more than half"),
        (lambda: nn.Conv3d(3, 4, 3, groups=2), "Conv3d: in_channels is 3"),
        (lambda: nn.ConvTranspose3d(4, 3, 3, groups=2), "ConvTranspose3d: out_channels is 3"),
        (lambda: nn.MaxPool3d((2, 2)), "MaxPool3d: kernel_size is (2, 2); expected an int or a triple"),
        (lambda: nn.BatchNorm3d(3)(ones(1, 3, 4, 4)), "BatchNorm3d: input has shape (1, 3, 4, 4), expected (N, 3, D, H, W)"),
        (lambda: nn.init.trilinear_(ones(2, 1, 4, 4)), "trilinear_: weight has shape (2, 1, 4, 4), expected (C, 1, kd, kh, kw)"),
    ],
)
def test_shapes_that_do_not_fit_are_told(call, told):
    with pytest.raises(ValueError) as error:
        call()
    assert told in str(error.value)
