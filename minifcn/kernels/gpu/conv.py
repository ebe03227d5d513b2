"""Convolution's three maps on the GPU: matrix products (cuBLAS) between the copies of conv.cu.

The columns of a whole batch, kh * kw times as large as its images, are never stored: the batch is processed in parts.
The columns of a part's samples form one matrix, (C*kh*kw, n*oh*ow), so that each part is one product per group, in C
order:

    forward          y rows  = weight   @ cols         then each row goes back to its sample, and the bias is added
    backward input   cols    = weight^T @ grad rows    then col2im
    backward weight  grad    = grad rows @ cols^T      summed over the parts

`choose_algorithm` decides when another algorithm is better. Read direct.py next.
"""

import math

from ..algorithms import forced
from . import direct, implicit_gemm
from .elementwise import relu_forward
from .launch import contiguous, empty, matmul, per_element, per_item, window, zeros
from .pool import max_pool_forward

WORKSPACE = 256 << 20  # bytes of columns at a time; a single sample may take more
ENOUGH = 1 << 14  # columns: a product of this width keeps a large GPU busy, and a wider one is no faster


def choose_algorithm(weight_shape, geometry):
    """The rule for GPUs: "direct", "im2col" or "implicit_gemm".

    For depthwise convolutions, a matrix product has nothing to share, so "direct". "implicit_gemm" supports one group
    only, and is used only if forced (see ../algorithms.py); a forced algorithm that is not for GPUs is ignored.
    """
    K, channels = weight_shape[:2]
    asked = forced()
    if asked == "direct" or (asked != "im2col" and (K, channels) == (geometry.groups, 1)):
        return "direct"
    return "implicit_gemm" if asked == "implicit_gemm" and geometry.groups == 1 else "im2col"


def im2col(x, geometry):
    """Copy every window of x (N, C, H, W) into a column: (N, C*kh*kw, oh*ow), rows (c, i, j), columns (y, x)."""
    rows, pixels = _column_shape(x.shape, geometry)
    cols = empty((len(x), rows, pixels), x.dtype)
    return _im2col(x, geometry, cols, sample_step=rows * pixels, row_step=pixels)


def col2im(cols, geometry, size):
    """Add every column of cols (N, C*kh*kw, oh*ow) back into its window: x (N, C, H, W). The adjoint of im2col."""
    N, rows, pixels = cols.shape
    x = empty((N, rows // math.prod(geometry.kernel_size), *size), cols.dtype)
    return _col2im(cols, geometry, x, sample_step=rows * pixels, row_step=pixels)


def conv_forward(x, weight, geometry, bias=None, relu=False, residual=None, pool=None):
    """y = W im2col(x) + bias: x (N, C, H, W), weight (K, C/groups, kh, kw), bias (K,) or None -> y (N, K, oh, ow).

    relu: return max(y, 0) instead;  residual: (N, K, oh, ow), added before that, or None
    pool: the PoolGeometry of a max pooling after both, whose result is returned instead, or None
    """
    x, weight = contiguous(x), contiguous(weight)
    y = empty((len(x), len(weight), *geometry.output_size(x.shape[2:])), x.dtype)
    bias = zeros(len(weight), x.dtype) if bias is None else contiguous(bias)
    algorithm = choose_algorithm(weight.shape, geometry)
    if algorithm == "direct":
        y = direct.forward(x, weight, bias, geometry, y)
    elif algorithm == "implicit_gemm":
        y = implicit_gemm.forward(x, weight, bias, geometry, y)
    else:
        for part in _parts(x.shape, geometry, x.itemsize):
            _forward(x[part], weight, bias, geometry, y[part])
    if residual is not None:
        y += residual
    y = relu_forward(y, 0.0) if relu else y
    return y if pool is None else max_pool_forward(y, pool, with_index=False)[0]


def conv_backward_input(grad_y, weight, geometry, size):
    """grad_x = col2im(W^T grad_y): grad_y (N, K, oh, ow), weight (K, C/groups, kh, kw) -> grad_x (N, C, H, W)."""
    grad_y, weight = contiguous(grad_y), contiguous(weight)
    grad_x = empty((len(grad_y), weight.shape[1] * geometry.groups, *size), grad_y.dtype)
    algorithm = choose_algorithm(weight.shape, geometry)
    if algorithm == "direct":
        return direct.backward_input(grad_y, weight, geometry, grad_x)
    if algorithm == "implicit_gemm" and geometry.stride == (1, 1):
        return implicit_gemm.backward_input(grad_y, weight, geometry, grad_x)
    for part in _parts(grad_x.shape, geometry, grad_y.itemsize):
        _backward_input(grad_y[part], weight, geometry, grad_x[part])
    return grad_x


def conv_backward_weight(x, grad_y, geometry):
    """grad_weight = sum_n grad_y im2col(x)^T: x (N, C, H, W), grad_y (N, K, oh, ow) -> (K, C/groups, kh, kw)."""
    x, grad_y = contiguous(x), contiguous(grad_y)
    shape = (grad_y.shape[1], x.shape[1] // geometry.groups, *geometry.kernel_size)
    if choose_algorithm(shape, geometry) == "direct":
        return direct.backward_weight(x, grad_y, geometry, empty(shape, x.dtype))
    grad_weight = None
    for part in _parts(x.shape, geometry, x.itemsize):
        product = _backward_weight(x[part], grad_y[part], geometry)
        grad_weight = product if grad_weight is None else grad_weight + product
    return zeros(shape, x.dtype) if grad_weight is None else grad_weight.reshape(shape)


# One part -------------------------------------------------------------------------------------------------------------


def _forward(x, weight, bias, geometry, y):
    """conv_forward for the samples x, into y."""
    n, K = y.shape[:2]
    pixels = y[0, 0].size
    rows = (y if n == 1 else empty(y.shape, y.dtype)).reshape(K, n * pixels)
    _multiply(_by_group(weight, geometry), _by_group(_columns(x, geometry), geometry), _by_group(rows, geometry))
    per_element("from_rows", y, rows, bias, n, K, pixels)


def _backward_input(grad_y, weight, geometry, grad_x):
    """conv_backward_input for the samples grad_y, into grad_x."""
    n = len(grad_y)
    rows, pixels = _column_shape(grad_x.shape, geometry)
    in_place = n == 1 and _is_pointwise(geometry)
    cols = (grad_x if in_place else empty((rows, n * pixels), grad_x.dtype)).reshape(rows, n * pixels)
    matrices = _by_group(weight, geometry).swapaxes(1, 2)
    _multiply(matrices, _by_group(_rows(grad_y), geometry), _by_group(cols, geometry))
    if not in_place:
        _col2im(cols, geometry, grad_x, sample_step=pixels, row_step=n * pixels)


def _backward_weight(x, grad_y, geometry):
    """conv_backward_weight for the samples x: (groups, K/groups, C/groups*kh*kw)."""
    grads = _by_group(_rows(grad_y), geometry)
    cols = _by_group(_columns(x, geometry), geometry).swapaxes(1, 2)
    return _multiply(grads, cols, empty((len(grads), grads.shape[1], cols.shape[2]), x.dtype))


def _parts(shape, geometry, itemsize):
    """Slices that cut a batch of images `shape` (N, C, H, W) into parts, just wide enough and within WORKSPACE."""
    rows, pixels = _column_shape(shape, geometry)
    step = max(1, min(-(-ENOUGH // pixels), WORKSPACE // (itemsize * rows * pixels)))
    return [slice(start, start + step) for start in range(0, shape[0], step)]


def _column_shape(shape, geometry):
    """The shape of one image's columns: the number of rows (c, i, j), and of pixels (y, x)."""
    return shape[1] * math.prod(geometry.kernel_size), math.prod(geometry.output_size(shape[2:]))


def _is_pointwise(geometry):
    """Whether a window is a single pixel, so that an image equals its columns."""
    ones = geometry.kernel_size, geometry.stride
    return ones == ((1, 1), (1, 1)) and geometry.padding == (0, 0)


def _columns(x, geometry):
    """The columns of the samples x, concatenated: (C*kh*kw, n*oh*ow)."""
    n = len(x)
    rows, pixels = _column_shape(x.shape, geometry)
    if n == 1 and _is_pointwise(geometry):
        return x.reshape(rows, pixels)
    return _im2col(x, geometry, empty((rows, n * pixels), x.dtype), sample_step=pixels, row_step=n * pixels)


def _rows(maps):
    """maps (n, K, oh, ow) as one row per channel, sample after sample: (K, n*oh*ow); a copy only for n > 1."""
    n, K = maps.shape[:2]
    return contiguous(maps.reshape(n, K, -1).swapaxes(0, 1)).reshape(K, -1)


def _by_group(array, geometry):
    """One matrix per group: (groups, rows/groups, all the rest)."""
    return array.reshape(geometry.groups, len(array) // geometry.groups, -1)


def _multiply(a, b, out):
    """out[group] = a[group] @ b[group]; returns out."""
    for group in range(len(out)):
        matmul(a[group], b[group], out[group])
    return out


def _im2col(x, geometry, cols, sample_step, row_step):
    N, C, *size = x.shape
    windows = N * C * math.prod(geometry.output_size(size))
    per_item("im2col", windows, cols, contiguous(x), window(geometry, size), C, sample_step, row_step)
    return cols


def _col2im(cols, geometry, x, sample_step, row_step):
    return per_element("col2im", x, contiguous(cols), window(geometry, x.shape[2:]), x.shape[1], sample_step, row_step)
