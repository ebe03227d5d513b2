"""Right answers of lesson 12, differently written: no check may reject them. lesson.py has the ones that are taught."""
# ruff: noqa: F821  (conv_forward, which a check may call, is given, as in the lesson)

from itertools import count

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

VARIANTS = {
    "lengths_before": ["lengths_by_trying", "lengths_by_arange", "lengths_from_the_last_window"],
    "conv_transpose2d": ["transposed_by_stamps", "transposed_by_taps", "transposed_by_zero_insertion",
                         "transposed_by_matrices"],
    "conv_transpose2d_backward": ["backward_by_stamps", "backward_by_taps", "backward_by_windows",
                                  "backward_by_the_three_maps"],
    "check_conv_transpose2d": ["check_by_stamps", "check_by_its_matrix", "check_by_products"],
}


# --- lengths_before ------------------------------------------------------------------------------------------------


def lengths_by_trying(length, kernel, stride=1, padding=0):
    found = []
    for n in count(1):
        windows = (n + 2 * padding - kernel) // stride + 1
        if windows > length:
            return found
        if windows == length:
            found.append(n)


def lengths_by_arange(length, kernel, stride=1, padding=0):
    lengths = (length - 1) * stride + kernel - 2 * padding + np.arange(stride)
    return lengths[lengths > 0].tolist()


def lengths_from_the_last_window(length, kernel, stride=1, padding=0):
    last_start = -padding
    for _ in range(length - 1):
        last_start += stride
    end = last_start + kernel - padding  # of the smallest picture
    return list(range(max(end, 1), max(end + stride, 1)))


# --- conv_transpose2d ----------------------------------------------------------------------------------------------


def canvas_of(x, weight, stride, output_padding):
    sides = [stride * (n - 1) + k + output_padding for n, k in zip(x.shape[2:], weight.shape[2:])]
    return np.zeros((len(x), weight.shape[1], *sides), x.dtype)


def cut(canvas, padding, bias):
    y = canvas[:, :, padding : canvas.shape[2] - padding, padding : canvas.shape[3] - padding]
    return y.copy() if bias is None else y + bias.reshape(1, -1, 1, 1)


def transposed_by_stamps(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    """Pixel by pixel."""
    canvas = canvas_of(x, weight, stride, output_padding)
    kh, kw = weight.shape[2:]
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            stamps = np.tensordot(x[:, :, i, j], weight, axes=1)
            canvas[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw] += stamps
    return cut(canvas, padding, bias)


def transposed_by_taps(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    """Weight by weight: each tap of the kernel meets every pixel, and lands on every stride-th place."""
    canvas = canvas_of(x, weight, stride, output_padding)
    h, w = x.shape[2:]
    for i, j in np.ndindex(weight.shape[2:]):
        rows, columns = slice(i, i + stride * h, stride), slice(j, j + stride * w, stride)
        part = canvas[:, :, rows, columns]
        part += np.einsum("nkhw,kc->nchw", x, weight[:, :, i, j])[:, :, : part.shape[2], : part.shape[3]]
    return cut(canvas, padding, bias)


def transposed_by_zero_insertion(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    """Zeros between the pixels, a border of k - 1 zeros, and a convolution with the turned kernel."""
    canvas = canvas_of(x, weight, stride, output_padding)
    kh, kw = weight.shape[2:]
    spread = np.zeros((*x.shape[:2], canvas.shape[2] + kh - 1, canvas.shape[3] + kw - 1), x.dtype)
    spread[:, :, kh - 1 :: stride, kw - 1 :: stride][:, :, : x.shape[2], : x.shape[3]] = x
    windows = sliding_window_view(spread, (kh, kw), axis=(2, 3))
    return cut(np.einsum("nkhwij,kcij->nchw", windows, weight[:, :, ::-1, ::-1]), padding, bias)


def transposed_by_matrices(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    """Rows and columns by 0-1 matrices: rows[i, y, r] says that tap i of pixel y lands on row r of the result."""
    def places(n, k):
        r = np.arange(stride * (n - 1) + k - 2 * padding + output_padding)
        tap, pixel = np.arange(k)[:, None, None], np.arange(n)[None, :, None]
        return (r == stride * pixel + tap - padding).astype(x.dtype)

    rows, columns = (places(n, k) for n, k in zip(x.shape[2:], weight.shape[2:]))
    y = np.einsum("nkyx,kcij,iyr,jxs->ncrs", x, weight, rows, columns, optimize=True)
    return y if bias is None else y + bias[None, :, None, None]


# --- conv_transpose2d_backward -------------------------------------------------------------------------------------


def padded_grad(grad, padding):
    """grad with its cut-off border put back, as zeros."""
    return np.pad(grad, [(0, 0), (0, 0), (padding, padding), (padding, padding)])


def backward_by_stamps(grad, x, weight, stride=1, padding=0):
    """Pixel by pixel: the window of grad under each stamp."""
    full = padded_grad(grad, padding)
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    kh, kw = weight.shape[2:]
    for i, j in np.ndindex(x.shape[2:]):
        window = full[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
        grad_x[:, :, i, j] = np.tensordot(window, weight, axes=((1, 2, 3), (1, 2, 3)))
        grad_weight += np.tensordot(x[:, :, i, j], window, axes=((0,), (0,)))
    return grad_x, grad_weight, grad.sum((0, 2, 3))


def backward_by_taps(grad, x, weight, stride=1, padding=0):
    """Weight by weight."""
    full = padded_grad(grad, padding)
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    h, w = x.shape[2:]
    for i, j in np.ndindex(weight.shape[2:]):
        seen = full[:, :, i : i + stride * (h - 1) + 1 : stride, j : j + stride * (w - 1) + 1 : stride]
        grad_x += np.einsum("nchw,kc->nkhw", seen, weight[:, :, i, j])
        grad_weight[:, :, i, j] = np.einsum("nchw,nkhw->kc", seen, x)
    return grad_x, grad_weight, np.einsum("nchw->c", grad)


def backward_by_windows(grad, x, weight, stride=1, padding=0):
    """All windows of grad at once, as a view."""
    full = padded_grad(grad, padding)
    windows = sliding_window_view(full, weight.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    grad_x = np.einsum("nchwij,kcij->nkhw", windows, weight)
    grad_weight = np.einsum("nchwij,nkhw->kcij", windows, x)
    return grad_x, grad_weight, grad.transpose(1, 0, 2, 3).reshape(grad.shape[1], -1).sum(axis=1)


def backward_by_the_three_maps(grad, x, weight, stride=1, padding=0):
    """The lesson's own way, in other words, with the maps of lesson 7."""
    maps = conv_forward, conv_backward_weight
    along = {"stride": stride, "padding": padding}
    grad_x, grad_weight = maps[0](grad, weight, **along), maps[1](grad, x, weight.shape[-2:], **along)
    return grad_x, grad_weight, grad.sum(-1).sum(-1).sum(0)


# --- check_conv_transpose2d ----------------------------------------------------------------------------------------


def check_by_stamps(conv_transpose2d):
    """Compares with a plain twin, in whole numbers."""
    rng = np.random.default_rng(1)
    for N, K, C, h, w, kh, kw, stride, padding, extra in [
        (2, 3, 2, 3, 4, 3, 2, 1, 0, 0), (1, 2, 3, 2, 3, 4, 3, 2, 1, 1), (2, 1, 2, 3, 2, 1, 2, 3, 0, 2), (0, 1, 1, 2, 3, 2, 2, 1, 0, 0)
    ]:
        x, weight, bias = (rng.integers(-9, 10, s).astype(np.float32) for s in ((N, K, h, w), (K, C, kh, kw), (C,)))
        canvas = np.zeros((N, C, stride * (h - 1) + kh + extra, stride * (w - 1) + kw + extra), np.float32)
        for u, v in np.ndindex(h, w):
            stamps = np.tensordot(x[:, :, u, v], weight, 1)
            canvas[:, :, stride * u : stride * u + kh, stride * v : stride * v + kw] += stamps
        expected = canvas[:, :, padding : canvas.shape[2] - padding, padding : canvas.shape[3] - padding]
        for b in bias, None:
            found = conv_transpose2d(x, weight, bias=b, stride=stride, padding=padding, output_padding=extra)
            assert found.dtype == np.float32 and np.array_equal(found, expected if b is None else expected + b[:, None, None])


def check_by_its_matrix(conv_transpose2d):
    """C from unit pictures, transposed."""
    rng = np.random.default_rng(2)
    for K, C, H, W, kh, kw, stride, padding in [(2, 3, 4, 5, 3, 2, 1, 0), (3, 2, 6, 5, 3, 4, 2, 1), (1, 2, 4, 6, 2, 1, 3, 0)]:
        weight, bias = rng.standard_normal((K, C, kh, kw)), rng.standard_normal(C)
        matrix = conv_forward(np.eye(C * H * W).reshape(-1, C, H, W), weight, stride, padding)
        x = rng.standard_normal((2, *matrix.shape[1:]))
        extra = (H + 2 * padding - kh) % stride
        expected = np.tensordot(x, matrix, ((1, 2, 3), (1, 2, 3))).reshape(2, C, H, W)
        np.testing.assert_allclose(conv_transpose2d(x, weight, None, stride, padding, extra), expected, atol=1e-9)
        both = conv_transpose2d(x, weight, bias, stride, padding, extra)
        np.testing.assert_allclose(both, expected + bias.reshape(1, C, 1, 1), atol=1e-9)
        assert conv_transpose2d(x.astype(np.float32), weight.astype(np.float32)).dtype == np.float32


def check_by_products(conv_transpose2d):
    """The adjoint identity, with the bias in one formula."""
    rng = np.random.default_rng(3)
    for z_shape, K, kernel, stride, padding, extra in [
        ((2, 3, 5, 4), 2, (3, 2), 1, 0, 0), ((1, 2, 6, 8), 3, (3, 3), 2, 1, 1), ((1, 2, 6, 9), 1, (1, 1), 3, 0, 2), ((0, 1, 3, 4), 2, (2, 2), 1, 0, 0)
    ]:
        z, weight, bias = rng.standard_normal(z_shape), rng.standard_normal((K, z_shape[1], *kernel)), rng.standard_normal(z_shape[1])
        down = conv_forward(z, weight, stride, padding)
        x = rng.standard_normal(down.shape)
        for b in (None, bias, np.zeros_like(bias)):
            up = conv_transpose2d(x, weight, b, stride, padding, extra)
            assert up.shape == z_shape, "the wrong size"
            rest = 0 if b is None else (z.sum(axis=(0, 2, 3)) * b).sum()
            assert abs((z * up).sum() - (down * x).sum() - rest) < 1e-8
        assert conv_transpose2d(x.astype("f4"), weight.astype("f4"), bias.astype("f4"), stride).dtype == "f4"
