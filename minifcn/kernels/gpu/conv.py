"""Convolution's three maps on the GPU: matrix products (cuBLAS) between the copies of conv.cu.

A batch goes through in parts, so that the columns of one part fit into WORKSPACE. Read pool.py next.
"""

from .launch import contiguous, empty, matmul, per_element, window

WORKSPACE = 256 << 20  # bytes of columns at once; a single sample may take more


def im2col(x, geometry):
    """Copy every window of x (N, C, H, W) into a column: (N, C*kh*kw, oh*ow), rows (c, i, j), columns (y, x)."""
    N, C, H, W = x.shape
    kh, kw = geometry.kernel_size
    oh, ow = geometry.output_size((H, W))
    cols = empty((N, C * kh * kw, oh * ow), x.dtype)
    return per_element("im2col", cols, contiguous(x), window(geometry, (H, W)))


def col2im(cols, geometry, size):
    """Add every column of cols (N, C*kh*kw, oh*ow) back into its window: x (N, C, H, W). The adjoint of im2col."""
    kh, kw = geometry.kernel_size
    x = empty((len(cols), cols.shape[1] // (kh * kw), *size), cols.dtype)
    return per_element("col2im", x, contiguous(cols), window(geometry, size))


def conv_forward(x, weight, geometry):
    """y = W im2col(x): x (N, C, H, W), weight (K, C/groups, kh, kw) -> y (N, K, oh, ow)."""
    N, _, H, W = x.shape
    oh, ow = geometry.output_size((H, W))
    matrix = _weight_matrix(weight, geometry)
    y = empty((N, geometry.groups, matrix.shape[1], oh * ow), x.dtype)
    for part in _parts(x.shape, geometry):
        cols = _by_group(im2col(x[part], geometry), geometry)
        matmul(matrix, cols, out=y[part])
    return y.reshape(N, len(weight), oh, ow)


def conv_backward_input(grad_y, weight, geometry, size):
    """grad_x = col2im(W^T grad_y): grad_y (N, K, oh, ow), weight (K, C/groups, kh, kw) -> grad_x (N, C, H, W)."""
    N, C = len(grad_y), weight.shape[1] * geometry.groups
    matrix = contiguous(_weight_matrix(weight, geometry).swapaxes(1, 2))  # (groups, C/groups*kh*kw, K/groups)
    grad_x = empty((N, C, *size), grad_y.dtype)
    for part in _parts(grad_x.shape, geometry):
        cols = matmul(matrix, _by_group(grad_y[part], geometry))
        grad_x[part] = col2im(cols.reshape(len(cols), -1, cols.shape[-1]), geometry, size)
    return grad_x


def conv_backward_weight(x, grad_y, geometry):
    """grad_weight = sum_n grad_y im2col(x)^T: x (N, C, H, W), grad_y (N, K, oh, ow) -> (K, C/groups, kh, kw)."""
    C, K = x.shape[1], grad_y.shape[1]
    kh, kw = geometry.kernel_size
    grad_weight = empty((geometry.groups, K // geometry.groups, C // geometry.groups * kh * kw), x.dtype)
    grad_weight[...] = 0
    for part in _parts(x.shape, geometry):
        grad = _side_by_side(_by_group(grad_y[part], geometry))  # (groups, K/groups, n*oh*ow)
        cols = _side_by_side(_by_group(im2col(x[part], geometry), geometry))  # (groups, C/groups*kh*kw, n*oh*ow)
        grad_weight += matmul(grad, cols.swapaxes(1, 2))
    return grad_weight.reshape(K, C // geometry.groups, kh, kw)


def _weight_matrix(weight, geometry):
    """weight (K, C/groups, kh, kw) as one matrix per group: (groups, K/groups, C/groups*kh*kw)."""
    K, group_channels, kh, kw = weight.shape
    return contiguous(weight).reshape(geometry.groups, K // geometry.groups, group_channels * kh * kw)


def _by_group(maps, geometry):
    """maps (n, rows, ...) as one matrix per sample and group: (n, groups, rows/groups, the rest)."""
    n, rows = maps.shape[:2]
    pixels = maps[0, 0].size
    return contiguous(maps).reshape(n, geometry.groups, rows // geometry.groups, pixels)


def _side_by_side(matrices):
    """(n, groups, rows, pixels) -> (groups, rows, n*pixels): all samples in one long product, summed by it."""
    n, groups, rows, pixels = matrices.shape
    return contiguous(matrices.transpose(1, 2, 0, 3)).reshape(groups, rows, n * pixels)


def _parts(shape, geometry):
    """Slices that cut a batch of images `shape` (N, C, H, W) so that each part's float64 columns fit into WORKSPACE."""
    N, C, H, W = shape
    kh, kw = geometry.kernel_size
    oh, ow = geometry.output_size((H, W))
    step = max(1, WORKSPACE // (8 * C * kh * kw * oh * ow))
    return [slice(start, start + step) for start in range(0, N, step)]
