"""Natural answers to the exercises of lesson 8."""

from . import Natural

NUMBA = "import numpy as np\nfrom numba import njit, prange\n\n\n@njit(parallel=True)"


def col2im(about, source, hint=""):
    return Natural("08.parallel_col2im", about, NUMBA + source, hint)


def tiled(about, source, hint=""):
    return Natural("08.tiled_conv2d", about, NUMBA + source, hint)


ANSWERS = [
    col2im(
        "the pictures are shared out, not the planes",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for n in prange(N):
        for c in range(C):
            for i in range(kh):
                for j in range(kw):
                    for u in range(oh):
                        for v in range(ow):
                            x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x
""",
        "pictures_only",
    ),
    col2im(
        "a prange over pictures and one over channels inside",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    down, across = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for n in prange(N):
        for c in prange(C):
            for i in range(kh):
                for j in range(kw):
                    line = (c * kh + i) * kw + j
                    for u in range(down):
                        for v in range(across):
                            x[n, c, u * stride + i, v * stride + j] += columns[n, line, u * across + v]
    return x
""",
        "pictures_only",
    ),
    col2im(
        "the rows of windows are shared out",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    down, across = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for u in prange(down):
        for n in range(N):
            for c in range(C):
                for i in range(kh):
                    for j in range(kw):
                        line = (c * kh + i) * kw + j
                        for v in range(across):
                            x[n, c, u * stride + i, v * stride + j] += columns[n, line, u * across + v]
    return x
""",
        "shares_the_windows",
    ),
    col2im(
        "all lines of the columns are shared out, N * C * kh * kw of them",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    down, across = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for t in prange(N * C * kh * kw):
        n = t // (C * kh * kw)
        line = t % (C * kh * kw)
        c = line // (kh * kw)
        i, j = line // kw % kh, line % kw
        for u in range(down):
            for v in range(across):
                x[n, c, u * stride + i, v * stride + j] += columns[n, line, u * across + v]
    return x
""",
        "shares_the_taps",
    ),
    col2im(
        "no prange",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    down, across = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for plane in range(N * C):
        n, c = plane // C, plane % C
        for i in range(kh):
            for j in range(kw):
                line = (c * kh + i) * kw + j
                for u in range(down):
                    for v in range(across):
                        x[n, c, u * stride + i, v * stride + j] += columns[n, line, u * across + v]
    return x
""",
        "not_parallel",
    ),
    col2im(
        "divides the number of the plane by N",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    down, across = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for t in prange(N * C):
        n = t // N
        c = t % N
        for i in range(kh):
            for j in range(kw):
                for u in range(down):
                    for v in range(across):
                        x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * across + v]
    return x
""",
        "divides_by_pictures",
    ),
    col2im(
        "the remainder is taken for the picture",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    down, across = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for t in prange(N * C):
        c, n = t // C, t % C
        for i in range(kh):
            for j in range(kw):
                for u in range(down):
                    for v in range(across):
                        x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * across + v]
    return x
""",
        "divides_by_pictures",
    ),
    col2im(
        "the number of the plane where the channel belongs",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    down, across = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        for i in range(kh):
            for j in range(kw):
                line = (plane * kh + i) * kw + j
                for u in range(down):
                    for v in range(across):
                        x[n, c, u * stride + i, v * stride + j] += columns[n, line, u * across + v]
    return x
""",
        "plane_as_channel",
    ),
    col2im(
        "the channels last in a column",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    down, across = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        for i in range(kh):
            for j in range(kw):
                line = (i * kw + j) * C + c
                for u in range(down):
                    for v in range(across):
                        x[n, c, u * stride + i, v * stride + j] += columns[n, line, u * across + v]
    return x
""",
        "channels_innermost",
    ),
    col2im(
        "the stride is forgotten when a pixel is found",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    down, across = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        for i in range(kh):
            for j in range(kw):
                line = (c * kh + i) * kw + j
                for u in range(down):
                    for v in range(across):
                        x[n, c, u + i, v + j] += columns[n, line, u * across + v]
    return x
""",
        "forgets_the_stride",
    ),
    col2im(
        "one window too few",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh = (H - kh) // stride
    ow = (W - kw) // stride
    x = np.zeros((N, C, H, W), columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        for i in range(kh):
            for j in range(kw):
                for u in range(oh):
                    for v in range(ow):
                        x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x
""",
        "size_without_one",
    ),
    col2im(
        "sets instead of adding",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        for i in range(kh):
            for j in range(kw):
                for u in range(oh):
                    for v in range(ow):
                        x[n, c, u * stride + i, v * stride + j] = columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x
""",
        "overwrites",
    ),
    col2im(
        "np.empty, so nothing starts at 0",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.empty((N, C, H, W), columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        for i in range(kh):
            for j in range(kw):
                for u in range(oh):
                    for v in range(ow):
                        x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x
""",
        "starts_from_anything",
    ),
    col2im(
        "the result is always float64",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W))
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        for i in range(kh):
            for j in range(kw):
                for u in range(oh):
                    for v in range(ow):
                        x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x
""",
        "always_float64",
    ),
    col2im(
        "the place in a column counted with oh",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        for i in range(kh):
            for j in range(kw):
                for u in range(oh):
                    for v in range(ow):
                        x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * oh + v]
    return x
""",
        "places_by_height",
    ),
    col2im(
        "one array for a plane, made before the loop",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    picture = np.zeros((H, W), columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        picture[:] = 0
        for i in range(kh):
            for j in range(kw):
                for u in range(oh):
                    for v in range(ow):
                        picture[u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
        x[n, c] = picture
    return x
""",
        "shares_a_plane",
    ),
    col2im(
        "forgets to return",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        for i in range(kh):
            for j in range(kw):
                for u in range(oh):
                    for v in range(ow):
                        x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
""",
        "pattern",
    ),
    tiled(
        "one array of columns for all tiles",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    tiles = (oh + rows - 1) // rows
    y = np.zeros((N, K, oh, ow), x.dtype)
    columns = np.zeros((C * kh * kw, rows * ow), x.dtype)
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        count = min(rows, oh - first)
        for c in range(C):
            for i in range(kh):
                for j in range(kw):
                    for u in range(count):
                        for v in range(ow):
                            columns[(c * kh + i) * kw + j, u * ow + v] = x[n, c, first + u + i, v + j]
        for k in range(K):
            for c in range(C):
                for i in range(kh):
                    for j in range(kw):
                        for u in range(count):
                            for v in range(ow):
                                y[n, k, first + u, v] += weight[k, c, i, j] * columns[(c * kh + i) * kw + j, u * ow + v]
    return y
""",
        "one_buffer_for_all",
    ),
    tiled(
        "whole tiles only: the last rows stay 0",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = oh // rows
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        columns = np.empty((R, rows * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(rows):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
        for k in range(K):
            for r in range(R):
                for u in range(rows):
                    for v in range(ow):
                        y[n, k, first + u, v] += matrix[k, r] * columns[r, u * ow + v]
    return y
""",
        "drops_the_last_tile",
    ),
    tiled(
        "oh // rows + 1 tiles: sometimes an empty one too many",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = oh // rows + 1
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        count = min(rows, oh - first)
        columns = np.empty((R, count * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(count):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
        for k in range(K):
            for r in range(R):
                for u in range(count):
                    for v in range(ow):
                        y[n, k, first + u, v] += matrix[k, r] * columns[r, u * ow + v]
    return y
""",
        "one_tile_too_many",
    ),
    tiled(
        "the last tile is as high as the others",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = -(-oh // rows)
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        columns = np.empty((R, rows * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(rows):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
        for k in range(K):
            for r in range(R):
                for u in range(rows):
                    for v in range(ow):
                        y[n, k, first + u, v] += matrix[k, r] * columns[r, u * ow + v]
    return y
""",
        "overruns_the_last_tile",
    ),
    tiled(
        "the pictures are shared out, each with all its tiles",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow), x.dtype)
    for n in prange(N):
        for first in range(0, oh, rows):
            count = min(rows, oh - first)
            columns = np.empty((R, count * ow), x.dtype)
            for r in range(R):
                c, i, j = r // (kh * kw), r // kw % kh, r % kw
                for u in range(count):
                    for v in range(ow):
                        columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
            for k in range(K):
                for r in range(R):
                    for u in range(count):
                        for v in range(ow):
                            y[n, k, first + u, v] += matrix[k, r] * columns[r, u * ow + v]
    return y
""",
        "pictures_only",
    ),
    tiled(
        "an iteration for each row of results",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    y = np.zeros((N, K, oh, ow), x.dtype)
    for t in prange(N * oh):
        n, u = t // oh, t % oh
        for k in range(K):
            for c in range(C):
                for i in range(kh):
                    for j in range(kw):
                        for v in range(ow):
                            y[n, k, u, v] += weight[k, c, i, j] * x[n, c, u + i, v + j]
    return y
""",
        "tiles_of_one_row",
    ),
    tiled(
        "the result is np.empty, and is added to",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.empty((N, K, oh, ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        count = min(rows, oh - first)
        columns = np.empty((R, count * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(count):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
        for k in range(K):
            for r in range(R):
                for u in range(count):
                    for v in range(ow):
                        y[n, k, first + u, v] += matrix[k, r] * columns[r, u * ow + v]
    return y
""",
        "starts_from_anything",
    ),
    tiled(
        "float64, whatever x is",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow))
    tiles = (oh + rows - 1) // rows
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        count = min(rows, oh - first)
        columns = np.empty((R, count * ow))
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(count):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
        for k in range(K):
            for r in range(R):
                for u in range(count):
                    for v in range(ow):
                        y[n, k, first + u, v] += matrix[k, r] * columns[r, u * ow + v]
    return y
""",
        "always_float64",
    ),
    tiled(
        "mirrors the kernel",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        count = min(rows, oh - first)
        columns = np.empty((R, count * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(count):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
        for k in range(K):
            for r in range(R):
                c, i, j = r // (kh * kw), r // kw % kh, r % kw
                for u in range(count):
                    for v in range(ow):
                        y[n, k, first + u, v] += weight[k, c, kh - 1 - i, kw - 1 - j] * columns[r, u * ow + v]
    return y
""",
        "turned_kernel",
    ),
    tiled(
        "every tile reads the first rows of the picture",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        count = min(rows, oh - first)
        columns = np.empty((R, count * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(count):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, u + i, v + j]
        for k in range(K):
            for r in range(R):
                for u in range(count):
                    for v in range(ow):
                        y[n, k, first + u, v] += matrix[k, r] * columns[r, u * ow + v]
    return y
""",
        "always_the_first_rows",
    ),
    tiled(
        "the columns of the whole picture in each tile",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        columns = np.empty((R, oh * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(oh):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, u + i, v + j]
        for k in range(K):
            for r in range(R):
                for u in range(first, min(first + rows, oh)):
                    for v in range(ow):
                        y[n, k, u, v] += matrix[k, r] * columns[r, u * ow + v]
    return y
""",
        "all_columns",
    ),
    tiled(
        "a tile begins at its number, not at its number times rows",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles
        count = min(rows, oh - first)
        columns = np.empty((R, count * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(count):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
        for k in range(K):
            for r in range(R):
                for u in range(count):
                    for v in range(ow):
                        y[n, k, first + u, v] += matrix[k, r] * columns[r, u * ow + v]
    return y
""",
        "tile_number_as_row",
    ),
    tiled(
        "picture and tile exchanged",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for t in prange(N * tiles):
        n, first = t % tiles, t // tiles * rows
        count = min(rows, oh - first)
        columns = np.empty((R, count * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(count):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
        for k in range(K):
            for r in range(R):
                for u in range(count):
                    for v in range(ow):
                        y[n, k, first + u, v] += matrix[k, r] * columns[r, u * ow + v]
    return y
""",
        "pictures_and_tiles_mixed",
    ),
    tiled(
        "@ for the product",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        count = min(rows, oh - first)
        columns = np.empty((R, count * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(count):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
        y[n, :, first : first + count] = (matrix @ columns).reshape(K, count, ow)
    return y
""",
        "needs_scipy",
    ),
    tiled(
        "the halo is written, too: rows of the next tile",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        count = min(rows + kh - 1, oh - first)
        columns = np.empty((R, count * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(count):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
        for k in range(K):
            for u in range(count):
                for v in range(ow):
                    total = 0.0
                    for r in range(R):
                        total += matrix[k, r] * columns[r, u * ow + v]
                    y[n, k, first + u, v] = total
    return y
""",
        "results_of_the_halo",
    ),
    tiled(
        "the columns walked with the number of rows for the width",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        count = min(rows, oh - first)
        columns = np.empty((R, count * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(count):
                for v in range(ow):
                    columns[r, v * count + u] = x[n, c, first + u + i, v + j]
        for k in range(K):
            for r in range(R):
                for u in range(count):
                    for v in range(ow):
                        y[n, k, first + u, v] += matrix[k, r] * columns[r, u * ow + v]
    return y
""",
        "places_transposed",
    ),
]

RIGHT = [
    col2im(
        "a gather: an iteration for each row of each plane",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for t in prange(N * C * H):
        n, c, r = t // (C * H), t // H % C, t % H
        for i in range(kh):
            u = (r - i) // stride
            if r < i or (r - i) % stride or u >= oh:
                continue
            for j in range(kw):
                for v in range(ow):
                    x[n, c, r, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x
""",
    ),
    col2im(
        "windows outside, taps inside, the picture varies fastest",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    (H, W), (kh, kw) = size, kernel_size
    N = columns.shape[0]
    C = columns.shape[1] // kh // kw
    across = (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for t in prange(N * C):
        n, c = t % N, t // N
        for place in range(columns.shape[2]):
            top, left = place // across * stride, place % across * stride
            for tap in range(kh * kw):
                x[n, c, top + tap // kw, left + tap % kw] += columns[n, c * kh * kw + tap, place]
    return x
""",
    ),
    col2im(
        "an array for the plane, made inside the loop",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.empty((N, C, H, W), dtype=columns.dtype)
    for t in prange(N * C):
        n, c = divmod(t, C)
        plane = np.zeros((H, W), columns.dtype)
        for i in range(kh):
            for j in range(kw):
                line = columns[n, (c * kh + i) * kw + j]
                for u in range(oh):
                    for v in range(ow):
                        plane[u * stride + i, v * stride + j] += line[u * ow + v]
        x[n, c] = plane
    return x
""",
    ),
    col2im(
        "slices with a step inside the iteration",
        """
def parallel_col2im(columns, size, kernel_size, stride=1):
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for t in prange(N * C):
        n, c = t // C, t % C
        for i in range(kh):
            for j in range(kw):
                for u in range(oh):
                    place = columns[n, (c * kh + i) * kw + j, u * ow : (u + 1) * ow]
                    x[n, c, u * stride + i, j : j + stride * ow : stride] += place
    return x
""",
    ),
    tiled(
        "columns with an axis for each letter, a sum in one number",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    y = np.empty((N, K, oh, ow), x.dtype)
    tiles = -(-oh // rows)
    for t in prange(N * tiles):
        n, first = t // tiles, t % tiles * rows
        last = min(first + rows, oh)
        columns = np.empty((C, kh, kw, last - first, ow), x.dtype)
        for c in range(C):
            for i in range(kh):
                for j in range(kw):
                    columns[c, i, j] = x[n, c, first + i : last + i, j : j + ow]
        for k in range(K):
            for u in range(last - first):
                for v in range(ow):
                    total = x.dtype.type(0)
                    for c in range(C):
                        for i in range(kh):
                            for j in range(kw):
                                total += weight[k, c, i, j] * columns[c, i, j, u, v]
                    y[n, k, first + u, v] = total
    return y
""",
    ),
    tiled(
        "columns as large as a full tile, filled in part",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = (oh - 1) // rows + 1
    for t in prange(tiles * N):
        n, tile = t % N, t // N
        first = tile * rows
        columns = np.zeros((C * kh * kw, rows * ow), x.dtype)
        count = rows if first + rows <= oh else oh - first
        r = 0
        for c in range(C):
            for i in range(kh):
                for j in range(kw):
                    for u in range(count):
                        for v in range(ow):
                            columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
                    r += 1
        for k in range(K):
            w = weight[k].copy().reshape(C * kh * kw)
            for r in range(C * kh * kw):
                for p in range(count * ow):
                    y[n, k, first + p // ow, p % ow] += w[r] * columns[r, p]
    return y
""",
    ),
    tiled(
        "columns the other way around: a place is a row",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for number in prange(N * tiles):
        n = number // tiles
        first = (number - n * tiles) * rows
        stop = min(oh, first + rows)
        patches = np.empty(((stop - first) * ow, C * kh * kw), x.dtype)
        for u in range(first, stop):
            for v in range(ow):
                for r in range(C * kh * kw):
                    patches[(u - first) * ow + v, r] = x[n, r // (kh * kw), u + r // kw % kh, v + r % kw]
        for u in range(first, stop):
            for v in range(ow):
                for k in range(K):
                    for r in range(C * kh * kw):
                        w = weight[k, r // (kh * kw), r // kw % kh, r % kw]
                        y[n, k, u, v] += w * patches[(u - first) * ow + v, r]
    return y
""",
    ),
    tiled(
        "adds slices of a row at a time",
        """
def tiled_conv2d(x, weight, rows):
    N, C, H, W = x.shape
    K, C2, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh, ow), dtype=x.dtype)
    per_picture = (oh + rows - 1) // rows
    for t in prange(N * per_picture):
        n, first = t // per_picture, (t % per_picture) * rows
        count = min(rows, oh - first)
        columns = np.empty((R, count, ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(count):
                columns[r, u] = x[n, c, first + u + i, j : j + ow]
        for k in range(K):
            for u in range(count):
                for r in range(R):
                    y[n, k, first + u] += matrix[k, r] * columns[r, u]
    return y
""",
    ),
]
