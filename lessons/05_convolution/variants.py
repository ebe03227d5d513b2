"""Right answers to lesson 5, each written in another way: the checks must accept them all."""

import math

import numpy as np

VARIANTS = {
    "output_size": ["size_by_range", "size_by_floor", "size_by_rounding_up"],
    "conv2d": ["conv2d_by_seven_loops", "conv2d_by_taps", "conv2d_by_einsum", "conv2d_without_padding"],
    "conv2d_backward": ["backward_by_seven_loops", "backward_by_taps", "backward_by_gathering", "backward_by_einsum"],
}


def size_by_range(size, kernel_size, stride=1, padding=0):
    h, w = (len(range(0, n + 2 * padding - k + 1, stride)) for n, k in zip(size, kernel_size))
    return h, w


def size_by_floor(size, kernel_size, stride=1, padding=0):
    sizes = []
    for axis in range(2):
        steps = math.floor((size[axis] - kernel_size[axis] + padding + padding) / stride)
        sizes.append(1 + steps)
    return tuple(sizes)


def size_by_rounding_up(size, kernel_size, stride=1, padding=0):
    starts = np.array(size) + 2 * padding - np.array(kernel_size) + 1
    oh, ow = np.ceil(starts / stride)
    return int(oh), int(ow)


def conv2d_by_seven_loops(x, weight, bias, stride=1, padding=0):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh = (H + 2 * padding - kh) // stride + 1
    ow = (W + 2 * padding - kw) // stride + 1
    y = np.zeros((N, K, oh, ow), dtype=x.dtype)
    for n in range(N):
        for k in range(K):
            for u in range(oh):
                for v in range(ow):
                    total = bias[k]
                    for c in range(C):
                        for i in range(kh):
                            for j in range(kw):
                                row, column = u * stride + i - padding, v * stride + j - padding
                                if 0 <= row < H and 0 <= column < W:
                                    total = total + weight[k, c, i, j] * x[n, c, row, column]
                    y[n, k, u, v] = total
    return y


def conv2d_by_taps(x, weight, bias, stride=1, padding=0):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    big = np.zeros((N, C, H + 2 * padding, W + 2 * padding), x.dtype)
    big[:, :, padding : padding + H, padding : padding + W] = x
    y = np.zeros((N, K, oh, ow), x.dtype) + bias.reshape(1, K, 1, 1)
    for k in range(K):
        for c in range(C):
            for i in range(kh):
                for j in range(kw):
                    shifted = big[:, c, i : i + stride * (oh - 1) + 1 : stride, j : j + stride * (ow - 1) + 1 : stride]
                    y[:, k] += weight[k, c, i, j] * shifted
    return y


def conv2d_by_einsum(x, weight, bias, stride=1, padding=0):
    big = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    windows = np.lib.stride_tricks.sliding_window_view(big, weight.shape[2:], axis=(2, 3))
    return np.einsum("ncuvij,kcij->nkuv", windows[:, :, ::stride, ::stride], weight) + bias[None, :, None, None]


def conv2d_without_padding(x, weight, bias, stride=1, padding=0):
    """Cuts each window, and the kernel with it, at the picture's edge."""
    H, W = x.shape[2:]
    kh, kw = weight.shape[2:]
    oh, ow = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    y = np.empty((len(x), len(weight), oh, ow), x.dtype)
    for u in range(oh):
        for v in range(ow):
            top, left = u * stride - padding, v * stride - padding
            i, j = max(0, -top), max(0, -left)
            seen = x[:, :, max(0, top) : max(0, top + kh), max(0, left) : max(0, left + kw)]
            part = weight[:, :, i : i + seen.shape[2], j : j + seen.shape[3]]
            y[:, :, u, v] = np.tensordot(seen, part, axes=((1, 2, 3), (1, 2, 3))) + bias
    return y


def backward_by_seven_loops(grad, x, weight, stride=1, padding=0):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    grad_x, grad_weight, grad_bias = np.zeros(x.shape, x.dtype), np.zeros(weight.shape, x.dtype), np.zeros(K, x.dtype)
    for n in range(N):
        for k in range(K):
            for u in range(grad.shape[2]):
                for v in range(grad.shape[3]):
                    grad_bias[k] += grad[n, k, u, v]
                    for c in range(C):
                        for i in range(kh):
                            for j in range(kw):
                                row, column = u * stride + i - padding, v * stride + j - padding
                                if 0 <= row < H and 0 <= column < W:
                                    grad_x[n, c, row, column] += grad[n, k, u, v] * weight[k, c, i, j]
                                    grad_weight[k, c, i, j] += grad[n, k, u, v] * x[n, c, row, column]
    return grad_x, grad_weight, grad_bias


def backward_by_taps(grad, x, weight, stride=1, padding=0):
    (oh, ow), (kh, kw) = grad.shape[2:], weight.shape[2:]
    big = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    grad_big, grad_weight = np.zeros(big.shape, grad.dtype), np.empty(weight.shape, grad.dtype)
    for i in range(kh):
        for j in range(kw):
            at = np.s_[:, :, i : i + stride * (oh - 1) + 1 : stride, j : j + stride * (ow - 1) + 1 : stride]
            grad_big[at] += np.einsum("nkuv,kc->ncuv", grad, weight[:, :, i, j])
            grad_weight[:, :, i, j] = np.einsum("nkuv,ncuv->kc", grad, big[at])
    end_h, end_w = grad_big.shape[2] - padding, grad_big.shape[3] - padding
    return grad_big[:, :, padding:end_h, padding:end_w], grad_weight, np.einsum("nkuv->k", grad)


def backward_by_gathering(grad, x, weight, stride=1, padding=0):
    """Asks every pixel which outputs saw it, and every weight where it was used."""
    (H, W), (kh, kw), (oh, ow) = x.shape[2:], weight.shape[2:], grad.shape[2:]
    grad_x, grad_weight = np.zeros(x.shape, grad.dtype), np.zeros(weight.shape, grad.dtype)
    for row in range(H):
        for column in range(W):
            for i in range(kh):
                for j in range(kw):
                    u, rest_u = divmod(row + padding - i, stride)
                    v, rest_v = divmod(column + padding - j, stride)
                    if rest_u == rest_v == 0 and 0 <= u < oh and 0 <= v < ow:
                        grad_x[:, :, row, column] += grad[:, :, u, v] @ weight[:, :, i, j]
                        grad_weight[:, :, i, j] += grad[:, :, u, v].T @ x[:, :, row, column]
    return grad_x, grad_weight, grad.sum((2, 3)).sum(0)


def backward_by_einsum(grad, x, weight, stride=1, padding=0):
    """Spreads grad by the stride, and slides the turned kernel over it."""
    (N, _, H, W), (K, _, kh, kw), (oh, ow) = x.shape, weight.shape, grad.shape[2:]
    windows = np.lib.stride_tricks.sliding_window_view
    big = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    spread = np.zeros((N, K, big.shape[2] + kh - 1, big.shape[3] + kw - 1), grad.dtype)
    spread[:, :, kh - 1 : kh + stride * (oh - 1) : stride, kw - 1 : kw + stride * (ow - 1) : stride] = grad
    turned = weight[:, :, ::-1, ::-1]
    grad_big = np.einsum("nkrsij,kcij->ncrs", windows(spread, (kh, kw), axis=(2, 3)), turned)
    seen = windows(big, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]
    grad_weight = np.einsum("nkuv,ncuvij->kcij", grad, seen)
    return grad_big[:, :, padding : padding + H, padding : padding + W], grad_weight, np.sum(grad, axis=(0, 2, 3))
