"""Right answers to lesson 9, each written in another way: the checks must accept them all."""
# ruff: noqa: F821  (cuda is given, as in the lesson)

import numpy as np

THREADS, SIDE = 8, 4

VARIANTS = {
    "relu_map": ["relu_by_if", "relu_by_grid", "relu_by_numpy"],
    "relu_guarded": ["relu_by_hand", "relu_early_return", "relu_by_stride"],
    "add_bias": ["bias_by_hand", "bias_early_return", "bias_by_strides"],
    "sum_of_three": ["three_by_loop", "three_by_last_threads", "three_with_zeros"],
    "conv_tiled": ["conv_by_flat_loop", "conv_with_zeros", "conv_with_two_tiles"],
    "col2im_gather": ["gather_by_windows", "gather_by_divmod", "gather_by_bounds"],
}


def relu_by_if(x, y):
    i = cuda.threadIdx.x
    if x[i] > 0:
        y[i] = x[i]
    else:
        y[i] = 0


def relu_by_grid(x, y):
    i = cuda.grid(1)
    y[i] = x[i] * (x[i] > 0)


def relu_by_numpy(x, y):
    y[cuda.threadIdx.x] = np.maximum(x[cuda.threadIdx.x], 0)


def relu_by_hand(x, y):
    i = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    if i < len(x):
        y[i] = max(0.0, x[i])


def relu_early_return(x, y):
    i = cuda.grid(1)
    if i >= x.shape[0]:
        return
    y[i] = max(x[i], 0.0)


def relu_by_stride(x, y):
    """A loop that would do with any number of threads."""
    for i in range(cuda.grid(1), x.size, cuda.blockDim.x * cuda.gridDim.x):
        y[i] = max(x[i], 0.0)


def bias_by_hand(x, bias, y):
    k = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    p = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    K, P = y.shape
    if k < K and p < P:
        y[k, p] = bias[k] + x[k, p]


def bias_early_return(x, bias, y):
    p, k = cuda.grid(2)
    if p >= x.shape[1] or k >= bias.size:
        return
    y[k, p] = x[k, p] + bias[k]


def bias_by_strides(x, bias, y):
    p, k = cuda.grid(2)
    for row in range(k, x.shape[0], cuda.gridDim.y * cuda.blockDim.y):
        for column in range(p, x.shape[1], cuda.gridDim.x * cuda.blockDim.x):
            y[row, column] = x[row, column] + bias[row]


def three_by_loop(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    first = cuda.blockIdx.x * THREADS
    for k in range(cuda.threadIdx.x, THREADS + 2, THREADS):
        if first + k < x.size:
            tile[k] = x[first + k]
    cuda.syncthreads()
    t = cuda.threadIdx.x
    if first + t < len(y):
        total = 0.0
        for k in range(3):
            total += tile[t + k]
        y[first + t] = total


def three_by_last_threads(x, y):
    """The last two threads bring the rest."""
    tile = cuda.shared.array((10,), np.float64)
    i, t = cuda.grid(1), cuda.threadIdx.x
    if i < len(x):
        tile[t] = x[i]
    if t >= THREADS - 2 and i + 2 < len(x):
        tile[t + 2] = x[i + 2]
    cuda.syncthreads()
    if i + 2 < len(x):
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]


def three_with_zeros(x, y):
    tile = cuda.shared.array(shape=THREADS + 2, dtype=np.float64)
    t = cuda.threadIdx.x
    i = t + cuda.blockIdx.x * cuda.blockDim.x
    tile[t] = x[i] if i < x.size else 0.0
    if t in (0, 1):
        tile[t + THREADS] = x[i + THREADS] if i + THREADS < x.size else 0.0
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[t + 2] + tile[t + 1] + tile[t]


def conv_by_flat_loop(x, weight, y):
    """The pixels of the tile by number."""
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    number = cuda.threadIdx.y * SIDE + cuda.threadIdx.x
    for k in range(number, (SIDE + 2) * (SIDE + 2), SIDE * SIDE):
        row, column = cuda.blockIdx.y * SIDE + k // (SIDE + 2), cuda.blockIdx.x * SIDE + k % (SIDE + 2)
        if row < x.shape[0] and column < x.shape[1]:
            tile[k // (SIDE + 2), k % (SIDE + 2)] = x[row, column]
    cuda.syncthreads()
    v, u = cuda.grid(2)
    if u < y.shape[0] and v < y.shape[1]:
        total = 0.0
        for tap in range(9):
            total += weight[tap // 3, tap % 3] * tile[cuda.threadIdx.y + tap // 3, cuda.threadIdx.x + tap % 3]
        y[u, v] = total


def conv_with_zeros(x, weight, y):
    tile = cuda.shared.array((6, 6), np.float64)
    v, u = cuda.grid(2)
    ty, tx = cuda.threadIdx.y, cuda.threadIdx.x
    for dy in (0, SIDE):
        for dx in (0, SIDE):
            if ty + dy < 6 and tx + dx < 6:
                inside = u + dy < x.shape[0] and v + dx < x.shape[1]
                tile[ty + dy, tx + dx] = x[u + dy, v + dx] if inside else 0.0
    cuda.syncthreads()
    total = 0.0
    for i in range(3):
        for j in range(3):
            total += tile[ty + i, tx + j] * weight[i, j]
    if u < y.shape[0] and v < y.shape[1]:
        y[u, v] = total


def conv_with_two_tiles(x, weight, y):
    """The kernel in shared memory, too."""
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    taps = cuda.shared.array((3, 3), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    left, top = cuda.blockIdx.x * SIDE, cuda.blockIdx.y * SIDE
    if tx < 3 and ty < 3:
        taps[ty, tx] = weight[ty, tx]
    for r in range(ty, min(SIDE + 2, x.shape[0] - top), SIDE):
        for c in range(tx, min(SIDE + 2, x.shape[1] - left), SIDE):
            tile[r, c] = x[top + r, left + c]
    cuda.syncthreads()
    if top + ty < y.shape[0] and left + tx < y.shape[1]:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += taps[i, j] * tile[ty + i, tx + j]
        y[top + ty, left + tx] = total


def gather_by_windows(columns, kh, kw, stride, x):
    """Over all windows instead of all taps: slow, but right."""
    column, row = cuda.grid(2)
    if row < x.shape[0] and column < x.shape[1]:
        ow = (x.shape[1] - kw) // stride + 1
        total = 0.0
        for window in range(columns.shape[1]):
            i, j = row - window // ow * stride, column - window % ow * stride
            if 0 <= i < kh and 0 <= j < kw:
                total += columns[i * kw + j, window]
        x[row, column] = total


def gather_by_divmod(columns, kh, kw, stride, x):
    v0, u0 = cuda.grid(2)
    H, W = x.shape
    if u0 >= H or v0 >= W:
        return
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    total = 0.0
    for i in range(kh):
        u, rest = divmod(u0 - i, stride)
        if rest == 0 and 0 <= u < oh:
            for j in range(kw):
                v, rest = divmod(v0 - j, stride)
                if rest == 0 and 0 <= v < ow:
                    total += columns[i * kw + j, u * ow + v]
    x[u0, v0] = total


def gather_by_bounds(columns, kh, kw, stride, x):
    """The first and the last window that see a pixel, as in many libraries."""
    column, row = cuda.grid(2)
    H, W = x.shape
    if row < H and column < W:
        oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
        first_u = 0 if row < kh else (row - kh) // stride + 1
        first_v = 0 if column < kw else (column - kw) // stride + 1
        total = 0.0
        for u in range(first_u, min(row // stride + 1, oh)):
            for v in range(first_v, min(column // stride + 1, ow)):
                total += columns[(row - u * stride) * kw + column - v * stride, u * ow + v]
        x[row, column] = total
