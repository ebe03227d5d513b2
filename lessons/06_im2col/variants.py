"""Right answers to lesson 6, each written in another way: the checks must accept them all."""
# ruff: noqa: F821  (im2col, which a check may call, is given, as in the lesson)

import numpy as np

VARIANTS = {
    "im2col": ["im2col_by_windows", "im2col_by_views", "im2col_by_strides", "im2col_by_indices", "im2col_by_formula"],
    "col2im": ["col2im_by_windows", "col2im_by_add_at", "col2im_by_gathering", "col2im_by_matrix"],
    "check_col2im": ["check_by_loops", "check_by_unit_pictures", "check_by_examples"],
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


def check_by_loops(col2im):
    """Compares with a plain twin."""
    rng = np.random.default_rng(1)
    cases = [(2, 3, 5, 4, 3, 2, 1, 0), (1, 2, 4, 7, 2, 3, 3, 1), (2, 1, 5, 6, 2, 2, 3, 0), (0, 1, 4, 3, 2, 2, 1, 0)]
    for N, C, H, W, kh, kw, stride, padding in [*cases, (1, 1, 3, 4, 3, 2, 1, 2)]:
        oh, ow = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
        columns = rng.standard_normal((N, C * kh * kw, oh * ow)).astype(np.float32)
        expected = np.zeros((N, C, H, W), np.float32)
        for c, i, j, u, v in np.ndindex(C, kh, kw, oh, ow):
            row, column = u * stride + i - padding, v * stride + j - padding
            if 0 <= row < H and 0 <= column < W:
                expected[:, c, row, column] += columns[:, (c * kh + i) * kw + j, u * ow + v]
        found = col2im(columns, (H, W), (kh, kw), stride=stride, padding=padding)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
        assert found.dtype == expected.dtype


def check_by_unit_pictures(col2im):
    """Compares with the transposed matrix of im2col."""
    for C, H, W, kernel_size, stride, padding in [(2, 3, 4, (2, 3), 1, 1), (1, 5, 7, (2, 2), 3, 0), (2, 5, 4, (3, 2), 1, 2)]:
        units = np.eye(C * H * W).reshape(-1, C, H, W)
        A = im2col(units, kernel_size, stride, padding)
        y = np.random.default_rng(3).standard_normal((2, *A.shape[1:]))
        found = col2im(y, (H, W), kernel_size, stride, padding)
        if not np.allclose(found, np.tensordot(y, A, ((1, 2), (1, 2))).reshape(2, C, H, W)):
            raise AssertionError("not the transposed matrix")
        if col2im(y.astype(np.float32)[:0], (H, W), kernel_size, stride, padding).dtype != np.float32:
            raise AssertionError("float32 became something else")


def check_by_examples(col2im):
    """Whole numbers, so that all orders of adding agree, and == is right."""
    rng = np.random.default_rng(5)
    for size, stride, padding in [((4, 6), 1, 0), ((5, 8), 2, 1), ((6, 9), 4, 0), ((3, 5), 1, 2)]:
        x = rng.integers(-9, 10, (2, 2, *size)).astype(np.float32)
        columns = im2col(x, (3, 2), stride, padding)
        y = rng.integers(-9, 10, columns.shape).astype(np.float32)
        found = col2im(y, size, (3, 2), stride, padding)
        assert (found.shape, found.dtype) == (x.shape, x.dtype)
        assert (columns * y).sum() == (x * found).sum()
        assert col2im(y[:0], size, (3, 2), stride, padding).shape == (0, 2, *size)
