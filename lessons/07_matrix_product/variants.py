"""Right answers to lesson 7, each written in another way: the checks must accept them all.

output_size, im2col and col2im are given, as in the lesson.
"""
# ruff: noqa: F821

import numpy as np

VARIANTS = {
    "conv_forward": ["forward_by_einsum", "forward_picture_by_picture", "forward_in_one_product", "forward_by_taps"],
    "conv_backward_input": ["input_by_einsum", "input_picture_by_picture", "input_by_dense_matrix", "input_by_taps"],
    "conv_backward_weight": [
        "weight_by_einsum",
        "weight_picture_by_picture",
        "weight_in_one_product",
        "weight_by_taps",
    ],
}


def forward_by_einsum(x, weight, stride=1, padding=0):
    _, C, kh, kw = weight.shape
    oh, ow = output_size(x.shape[2:], (kh, kw), stride, padding)
    columns = im2col(x, (kh, kw), stride=stride, padding=padding).reshape(len(x), C, kh, kw, oh, ow)
    return np.einsum("kcij,ncijuv->nkuv", weight, columns)


def forward_picture_by_picture(x, weight, stride=1, padding=0):
    N, _, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    y = np.zeros((N, K, oh, ow), x.dtype)
    for n, columns in enumerate(im2col(x, (kh, kw), stride, padding)):
        y[n] = np.dot(weight.reshape(K, -1), columns).reshape(K, oh, ow)
    return y


def forward_in_one_product(x, weight, stride=1, padding=0):
    """All pictures side by side in one wide matrix."""
    N, (K, _, kh, kw) = len(x), weight.shape
    oh, ow = output_size(x.shape[2:], (kh, kw), stride, padding)
    columns = im2col(x, (kh, kw), stride, padding).swapaxes(0, 1).reshape(weight[0].size, N * oh * ow)
    return (weight.reshape(K, weight[0].size) @ columns).reshape(K, N, oh, ow).swapaxes(0, 1)


def forward_by_taps(x, weight, stride=1, padding=0):
    """Without im2col: a product of matrices for each tap of the kernel."""
    K, _, kh, kw = weight.shape
    big = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = (big.shape[2] - kh) // stride + 1, (big.shape[3] - kw) // stride + 1
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i in range(kh):
        for j in range(kw):
            seen = big[:, :, i : i + stride * (oh - 1) + 1 : stride, j : j + stride * (ow - 1) + 1 : stride]
            y += np.tensordot(seen, weight[:, :, i, j], axes=(1, 1)).transpose(0, 3, 1, 2)
    return y


def input_by_einsum(grad, weight, size, stride=1, padding=0):
    N, _, oh, ow = grad.shape
    _, C, kh, kw = weight.shape
    columns = np.einsum("kcij,nkuv->ncijuv", weight, grad)
    return col2im(columns.reshape(N, C * kh * kw, oh * ow), size, (kh, kw), stride=stride, padding=padding)


def input_picture_by_picture(grad, weight, size, stride=1, padding=0):
    (K, C, kh, kw), (oh, ow) = weight.shape, grad.shape[2:]
    columns = np.zeros((len(grad), C * kh * kw, oh * ow), grad.dtype)
    for n in range(len(grad)):
        for k in range(K):
            columns[n] += np.outer(weight[k].ravel(), grad[n, k].ravel())
    return col2im(columns, size, (kh, kw), stride, padding)


def input_by_dense_matrix(grad, weight, size, stride=1, padding=0):
    """The matrix C from pictures with a single 1, then its transpose."""
    (H, W), (_, C, kh, kw), (N, K, oh, ow) = size, weight.shape, grad.shape
    units = np.eye(C * H * W, dtype=grad.dtype).reshape(C * H * W, C, H, W)
    transposed = np.einsum("kr,url->ukl", weight.reshape(K, C * kh * kw), im2col(units, (kh, kw), stride, padding))
    matrix = transposed.reshape(C * H * W, K * oh * ow)
    return (grad.reshape(N, K * oh * ow) @ matrix.T).reshape(N, C, H, W)


def input_by_taps(grad, weight, size, stride=1, padding=0):
    """Without col2im: grad spread out, once for each tap of the kernel."""
    (H, W), (N, _, oh, ow), (_, C, kh, kw) = size, grad.shape, weight.shape
    big = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=grad.dtype)
    for i in range(kh):
        for j in range(kw):
            share = np.tensordot(grad, weight[:, :, i, j], axes=(1, 0)).transpose(0, 3, 1, 2)
            big[:, :, i : i + stride * (oh - 1) + 1 : stride, j : j + stride * (ow - 1) + 1 : stride] += share
    return big[:, :, padding : padding + H, padding : padding + W]


def weight_by_einsum(x, grad, kernel_size, stride=1, padding=0):
    (N, _, oh, ow), C = grad.shape, x.shape[1]
    columns = im2col(x, kernel_size, stride=stride, padding=padding).reshape(N, C, *kernel_size, oh, ow)
    return np.einsum("nkuv,ncijuv->kcij", grad, columns)


def weight_picture_by_picture(x, grad, kernel_size, stride=1, padding=0):
    K, C = grad.shape[1], x.shape[1]
    total = np.zeros((K, C * kernel_size[0] * kernel_size[1]), grad.dtype)
    for g, columns in zip(grad, im2col(x, kernel_size, stride, padding)):
        total += np.dot(g.reshape(K, -1), columns.T)
    return total.reshape(K, C, *kernel_size)


def weight_in_one_product(x, grad, kernel_size, stride=1, padding=0):
    """All pictures side by side: the product sums over them too."""
    N, K, oh, ow = grad.shape
    columns = im2col(x, kernel_size, stride, padding)
    wide = columns.transpose(1, 0, 2).reshape(columns.shape[1], N * oh * ow)
    return (grad.transpose(1, 0, 2, 3).reshape(K, N * oh * ow) @ wide.T).reshape(K, x.shape[1], *kernel_size)


def weight_by_taps(x, grad, kernel_size, stride=1, padding=0):
    """Without im2col: one number for each weight."""
    (kh, kw), (_, K, oh, ow) = kernel_size, grad.shape
    big = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    result = np.zeros((K, x.shape[1], kh, kw), grad.dtype)
    for k, c, i, j in np.ndindex(result.shape):
        seen = big[:, c, i : i + stride * (oh - 1) + 1 : stride, j : j + stride * (ow - 1) + 1 : stride]
        result[k, c, i, j] = (seen * grad[:, k]).sum()
    return result
