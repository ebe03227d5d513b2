"""Right answers to lesson 6, each written in another way: the checks must accept them all."""

import numpy as np

VARIANTS = {
    "im2col": ["im2col_by_windows", "im2col_by_views", "im2col_by_strides", "im2col_by_indices", "im2col_by_formula"],
    "col2im": ["col2im_by_windows", "col2im_by_add_at", "col2im_by_gathering", "col2im_by_matrix"],
}


def im2col_by_windows(x, kernel_size, stride=1, padding=0):
    """One window after the other."""
    N, C, H, W = x.shape
    kh, kw = kernel_size
    big = np.zeros((N, C, H + 2 * padding, W + 2 * padding), x.dtype)
    big[:, :, padding : padding + H, padding : padding + W] = x
    windows = []
    for top in range(0, H + 2 * padding - kh + 1, stride):
        for left in range(0, W + 2 * padding - kw + 1, stride):
            windows.append(big[:, :, top : top + kh, left : left + kw].reshape(N, C * kh * kw))
    return np.stack(windows, axis=2)


def im2col_by_views(x, kernel_size, stride=1, padding=0):
    big = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    views = np.lib.stride_tricks.sliding_window_view(big, kernel_size, axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, oh, ow, kh, kw = views.shape
    return views.transpose(0, 1, 4, 5, 2, 3).reshape(N, C * kh * kw, oh * ow)


def im2col_by_strides(x, kernel_size, stride=1, padding=0):
    N, C, H, W = x.shape
    (kh, kw), p = kernel_size, padding
    big = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode="constant", constant_values=0)
    oh, ow = 1 + (H + 2 * p - kh) // stride, 1 + (W + 2 * p - kw) // stride
    n, c, h, w = big.strides
    strides = (n, c, h, w, h * stride, w * stride)
    view = np.lib.stride_tricks.as_strided(big, (N, C, kh, kw, oh, ow), strides, writeable=False)
    return np.array(view).reshape((N, C * kh * kw, oh * ow))


def im2col_by_indices(x, kernel_size, stride=1, padding=0):
    """Index arrays, as in CS231n."""
    (C, H, W), (kh, kw) = x.shape[1:], kernel_size
    oh, ow = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    channel, i, j = np.indices((C, kh, kw)).reshape(3, C * kh * kw, 1)
    u, v = np.indices((oh, ow)).reshape(2, 1, oh * ow)
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))[
        :, channel, u * stride + i, v * stride + j
    ]


def im2col_by_formula(x, kernel_size, stride=1, padding=0):
    N, C, H, W = x.shape
    kh, kw = kernel_size
    oh = len(range(0, H + 2 * padding - kh + 1, stride))
    ow = len(range(0, W + 2 * padding - kw + 1, stride))
    columns = np.zeros((N, C * kh * kw, oh * ow), dtype=x.dtype)
    for n, c, i, j, u, v in np.ndindex(N, C, kh, kw, oh, ow):
        row, column = u * stride + i - padding, v * stride + j - padding
        if 0 <= row < H and 0 <= column < W:
            columns[n, (c * kh + i) * kw + j, u * ow + v] = x[n, c, row, column]
    return columns


def col2im_by_windows(columns, size, kernel_size, stride=1, padding=0):
    (H, W), (kh, kw), N = size, kernel_size, columns.shape[0]
    C = columns.shape[1] // kh // kw
    big = np.zeros((N, C, H + 2 * padding, W + 2 * padding), dtype=columns.dtype)
    number = 0
    for top in range(0, H + 2 * padding - kh + 1, stride):
        for left in range(0, W + 2 * padding - kw + 1, stride):
            big[:, :, top : top + kh, left : left + kw] += columns[:, :, number].reshape(N, C, kh, kw)
            number += 1
    return big[:, :, padding : big.shape[2] - padding, padding : big.shape[3] - padding]


def col2im_by_add_at(columns, size, kernel_size, stride=1, padding=0):
    """np.add.at adds where an index occurs twice; fancy indexing with += would not."""
    (H, W), (kh, kw) = size, kernel_size
    C = columns.shape[1] // (kh * kw)
    oh, ow = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    channel, i, j = np.indices((C, kh, kw)).reshape(3, C * kh * kw, 1)
    u, v = np.indices((oh, ow)).reshape(2, 1, oh * ow)
    x = np.zeros((len(columns), C, H + 2 * padding, W + 2 * padding), columns.dtype)
    np.add.at(x, (slice(None), channel, u * stride + i, v * stride + j), columns)
    return np.ascontiguousarray(x[:, :, padding : padding + H, padding : padding + W])


def col2im_by_gathering(columns, size, kernel_size, stride=1, padding=0):
    """Asks every pixel which windows saw it."""
    (H, W), (kh, kw) = size, kernel_size
    oh, ow = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    sorted_columns = columns.reshape(N, C, kh, kw, oh, ow)
    x = np.zeros((N, C, H, W), columns.dtype)
    for row in range(H):
        for column in range(W):
            for i in range(kh):
                for j in range(kw):
                    u, rest_u = divmod(row + padding - i, stride)
                    v, rest_v = divmod(column + padding - j, stride)
                    if rest_u == 0 and rest_v == 0 and 0 <= u < oh and 0 <= v < ow:
                        x[:, :, row, column] += sorted_columns[:, :, i, j, u, v]
    return x


def col2im_by_matrix(columns, size, kernel_size, stride=1, padding=0):
    """im2col of one channel as a matrix of ones and zeros, transposed."""
    (H, W), (kh, kw) = size, kernel_size
    oh, ow = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    N, C = len(columns), columns.shape[1] // (kh * kw)
    matrix = np.zeros((kh * kw * oh * ow, H * W), columns.dtype)
    for number, (i, j, u, v) in enumerate(np.ndindex(kh, kw, oh, ow)):
        row, column = u * stride + i - padding, v * stride + j - padding
        if 0 <= row < H and 0 <= column < W:
            matrix[number, row * W + column] = 1
    return (columns.reshape(N, C, kh * kw * oh * ow) @ matrix).reshape(N, C, H, W)
