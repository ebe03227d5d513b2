"""Natural answers to the exercises of lesson 9."""

from . import Natural

CARD = """import numpy as np

from minifcn.course.simulators.card import cuda

THREADS = 8
SIDE = 4


@cuda.jit"""


def relu(about, source, hint=""):
    return Natural("09.relu_map", about, CARD + source, hint)


def guarded(about, source, hint=""):
    return Natural("09.relu_guarded", about, CARD + source, hint)


def bias(about, source, hint=""):
    return Natural("09.add_bias", about, CARD + source, hint)


def three(about, source, hint=""):
    return Natural("09.sum_of_three", about, CARD + source, hint)


def conv(about, source, hint=""):
    return Natural("09.conv_tiled", about, CARD + source, hint)


def gather(about, source, hint=""):
    return Natural("09.col2im_gather", about, CARD + source, hint)


ANSWERS = [
    relu(
        "every thread does the whole array",
        """
def relu_map(x, y):
    for i in range(x.size):
        y[i] = max(x[i], 0)
""",
        "every_thread_does_all",
    ),
    relu(
        "NumPy on the whole array",
        """
def relu_map(x, y):
    y[:] = np.maximum(x, 0)
""",
        "every_thread_does_all",
    ),
    relu(
        "returns the value instead of writing it",
        """
def relu_map(x, y):
    i = cuda.threadIdx.x
    return max(x[i], 0.0)
""",
        "returns",
    ),
    relu(
        "sets the negative numbers of x to 0 first",
        """
def relu_map(x, y):
    i = cuda.threadIdx.x
    if x[i] < 0:
        x[i] = 0
    y[i] = x[i]
""",
        "changes_x",
    ),
    relu(
        "writes only the positive numbers",
        """
def relu_map(x, y):
    i = cuda.threadIdx.x
    if x[i] > 0:
        y[i] = x[i]
""",
        "skips_negatives",
    ),
    relu(
        "min for max",
        """
def relu_map(x, y):
    i = cuda.threadIdx.x
    y[i] = min(0, x[i])
""",
        "minimum",
    ),
    relu(
        "the number of the block instead of the thread's",
        """
def relu_map(x, y):
    i = cuda.blockIdx.x
    y[i] = max(x[i], 0.0)
""",
        "always_the_first",
    ),
    relu(
        "counts from 1",
        """
def relu_map(x, y):
    i = cuda.threadIdx.x - 1
    if i > 0:
        y[i] = max(x[i], 0.0)
""",
    ),
    relu(
        "gives y a new meaning",
        """
def relu_map(x, y):
    i = cuda.threadIdx.x
    y = max(x[i], 0.0)
""",
        "returns",
    ),
    relu(
        "the absolute value",
        """
def relu_map(x, y):
    i = cuda.threadIdx.x
    y[i] = abs(x[i])
""",
        "absolute",
    ),
    relu(
        "the step: 1 where x is positive",
        """
def relu_map(x, y):
    i = cuda.threadIdx.x
    y[i] = 1.0 if x[i] > 0 else 0.0
""",
        "derivative",
    ),
    guarded(
        "no guard",
        """
def relu_guarded(x, y):
    i = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    y[i] = max(x[i], 0.0)
""",
        "no_guard",
    ),
    guarded(
        "the number in the block only",
        """
def relu_guarded(x, y):
    i = cuda.threadIdx.x
    if i < x.size:
        y[i] = max(x[i], 0.0)
""",
        "forgets_the_block",
    ),
    guarded(
        "the guard lets one thread too many through",
        """
def relu_guarded(x, y):
    i = cuda.grid(1)
    if i <= x.size:
        y[i] = max(x[i], 0.0)
""",
        "no_guard",
    ),
    guarded(
        "the guard leaves out the last element",
        """
def relu_guarded(x, y):
    i = cuda.grid(1)
    if i < x.size - 1:
        y[i] = max(x[i], 0.0)
""",
        "guards_the_last",
    ),
    guarded(
        "the blocks counted by the number of blocks",
        """
def relu_guarded(x, y):
    i = cuda.blockIdx.x * cuda.gridDim.x + cuda.threadIdx.x
    if i < x.size:
        y[i] = max(x[i], 0.0)
""",
        "number_of_blocks",
    ),
    guarded(
        "block and thread exchanged",
        """
def relu_guarded(x, y):
    i = cuda.threadIdx.x * cuda.blockDim.x + cuda.blockIdx.x
    if i < x.size:
        y[i] = max(x[i], 0.0)
""",
        "exchanges_block_and_thread",
    ),
    guarded(
        "the surplus threads do the last element again",
        """
def relu_guarded(x, y):
    i = min(cuda.grid(1), x.size - 1)
    y[i] = max(x[i], 0.0)
""",
        "repeats_the_last",
    ),
    guarded(
        "the guard asks for the number in the block",
        """
def relu_guarded(x, y):
    i = cuda.grid(1)
    if cuda.threadIdx.x < x.size:
        y[i] = max(x[i], 0.0)
""",
        "guards_the_place_in_the_block",
    ),
    guarded(
        "only positive numbers are written",
        """
def relu_guarded(x, y):
    i = cuda.grid(1)
    if i < x.size and x[i] > 0:
        y[i] = x[i]
""",
        "skips_negatives",
    ),
    guarded(
        "catches the error of the surplus threads",
        """
def relu_guarded(x, y):
    i = cuda.grid(1)
    try:
        y[i] = max(x[i], 0.0)
    except IndexError:
        pass
""",
        "no_guard",
    ),
    guarded(
        "reads before it asks",
        """
def relu_guarded(x, y):
    i = cuda.grid(1)
    value = max(x[i], 0.0)
    if i < x.size:
        y[i] = value
""",
        "no_guard",
    ),
    guarded(
        "every block walks through the whole array",
        """
def relu_guarded(x, y):
    for i in range(cuda.threadIdx.x, x.size, cuda.blockDim.x):
        y[i] = max(x[i], 0.0)
""",
        "every_block_does_all",
    ),
    bias(
        "row first: grid(2) taken the wrong way around",
        """
def add_bias(x, bias, y):
    row, column = cuda.grid(2)
    if row < x.shape[0] and column < x.shape[1]:
        y[row, column] = x[row, column] + bias[row]
""",
        "x_is_the_row",
    ),
    bias(
        "the same with i and j",
        """
def add_bias(x, bias, y):
    K, P = x.shape
    i = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    j = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    if i < K and j < P:
        y[i, j] = x[i, j] + bias[i]
""",
        "x_is_the_row",
    ),
    bias(
        "a guard for the rows only",
        """
def add_bias(x, bias, y):
    column, row = cuda.grid(2)
    if row < x.shape[0]:
        y[row, column] = x[row, column] + bias[row]
""",
        "guards_the_rows_only",
    ),
    bias(
        "a guard for the columns only",
        """
def add_bias(x, bias, y):
    p, k = cuda.grid(2)
    if p < x.shape[1]:
        y[k, p] = x[k, p] + bias[k]
""",
        "guards_the_columns_only",
    ),
    bias(
        "or for and",
        """
def add_bias(x, bias, y):
    p, k = cuda.grid(2)
    if k < x.shape[0] or p < x.shape[1]:
        y[k, p] = x[k, p] + bias[k]
""",
        "no_guard",
    ),
    bias(
        "the shape the wrong way around in the guard",
        """
def add_bias(x, bias, y):
    p, k = cuda.grid(2)
    if k < x.shape[1] and p < x.shape[0]:
        y[k, p] = x[k, p] + bias[k]
""",
        "guards_exchanged",
    ),
    bias(
        "a bias for each column",
        """
def add_bias(x, bias, y):
    p, k = cuda.grid(2)
    if k < x.shape[0] and p < x.shape[1]:
        y[k, p] = x[k, p] + bias[p]
""",
        "bias_of_the_column",
    ),
    bias(
        "each thread does a whole row",
        """
def add_bias(x, bias, y):
    column, row = cuda.grid(2)
    if row < x.shape[0]:
        for p in range(x.shape[1]):
            y[row, p] = x[row, p] + bias[row]
""",
        "a_thread_for_each_row",
    ),
    bias(
        "adds to x in place",
        """
def add_bias(x, bias, y):
    p, k = cuda.grid(2)
    if k < x.shape[0] and p < x.shape[1]:
        x[k, p] += bias[k]
        y[k, p] = x[k, p]
""",
        "changes_x",
    ),
    bias(
        "adds to what is in y",
        """
def add_bias(x, bias, y):
    p, k = cuda.grid(2)
    if k < x.shape[0] and p < x.shape[1]:
        y[k, p] += x[k, p] + bias[k]
""",
        "adds_to_y",
    ),
    bias(
        "only the numbers in the block",
        """
def add_bias(x, bias, y):
    p, k = cuda.threadIdx.x, cuda.threadIdx.y
    if k < x.shape[0] and p < x.shape[1]:
        y[k, p] = x[k, p] + bias[k]
""",
        "forgets_the_block",
    ),
    bias(
        "blockDim.x for both axes",
        """
def add_bias(x, bias, y):
    p = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    k = cuda.blockIdx.y * cuda.blockDim.x + cuda.threadIdx.y
    if k < x.shape[0] and p < x.shape[1]:
        y[k, p] = x[k, p] + bias[k]
""",
        "one_size_for_both",
    ),
    three(
        "no barrier",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    if t < 2 and i + THREADS < x.size:
        tile[t + THREADS] = x[i + THREADS]
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
        "no_barrier",
    ),
    three(
        "no tile at all",
        """
def sum_of_three(x, y):
    i = cuda.grid(1)
    if i < y.size:
        y[i] = x[i] + x[i + 1] + x[i + 2]
""",
        "no_tile",
    ),
    three(
        "a tile without the halo",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS, np.float64)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
        "tile_without_halo",
    ),
    three(
        "nobody brings the last two",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
        "forgets_the_last_two",
    ),
    three(
        "only one element of the halo is brought",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    if t == 0 and i + THREADS < x.size:
        tile[THREADS] = x[i + THREADS]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
        "brings_one_too_few",
    ),
    three(
        "the halo is read where there is nothing",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    if t < 2:
        tile[t + THREADS] = x[i + THREADS]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
        "no_guard_on_the_halo",
    ),
    three(
        "each thread brings all three that it needs",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i < y.size:
        tile[t] = x[i]
        tile[t + 1] = x[i + 1]
        tile[t + 2] = x[i + 2]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
        "everyone_brings_three",
    ),
    three(
        "all in the guard, the barrier, too",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
        if t < 2 and i + THREADS < x.size:
            tile[t + THREADS] = x[i + THREADS]
        cuda.syncthreads()
        if i < y.size:
            y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
        "barrier_within_the_guard",
    ),
    three(
        "returns early, before the barrier",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i >= y.size:
        return
    tile[t] = x[i]
    if t < 2:
        tile[t + THREADS] = x[i + THREADS]
    cuda.syncthreads()
    y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
    ),
    three(
        "only the threads with a result bring an element",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i < y.size:
        tile[t] = x[i]
    if t < 2 and i + THREADS < x.size:
        tile[t + THREADS] = x[i + THREADS]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
        "only_threads_with_a_result",
    ),
    three(
        "the guard of the result asks for x",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t, i = cuda.threadIdx.x, cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    if t < 2 and i + THREADS < x.size:
        tile[t + THREADS] = x[i + THREADS]
    cuda.syncthreads()
    if i < x.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
        "no_guard_on_storing",
    ),
    three(
        "the tile indexed by the number among all",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    i = cuda.grid(1)
    if i < x.size:
        tile[i] = x[i]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[i] + tile[i + 1] + tile[i + 2]
""",
        "tile_by_the_global_number",
    ),
    three(
        "the barrier comes last",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t, i = cuda.threadIdx.x, cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    if t < 2 and i + THREADS < x.size:
        tile[t + THREADS] = x[i + THREADS]
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
    cuda.syncthreads()
""",
        "no_barrier",
    ),
    three(
        "the barrier between the elements and the halo",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t, i = cuda.threadIdx.x, cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    cuda.syncthreads()
    if t < 2 and i + THREADS < x.size:
        tile[t + THREADS] = x[i + THREADS]
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
        "barrier_before_the_halo",
    ),
    three(
        "whole numbers in the tile",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.int64)
    t, i = cuda.threadIdx.x, cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    if t < 2 and i + THREADS < x.size:
        tile[t + THREADS] = x[i + THREADS]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
        "whole_numbers",
    ),
    three(
        "a NumPy array for the tile: every thread has its own",
        """
def sum_of_three(x, y):
    tile = np.zeros(THREADS + 2)
    t, i = cuda.threadIdx.x, cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    if t < 2 and i + THREADS < x.size:
        tile[t + THREADS] = x[i + THREADS]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
        "a_tile_for_each_thread",
    ),
    conv(
        "no barrier",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    v, u = cuda.grid(2)
    top, left = u - ty, v - tx
    for r in range(ty, SIDE + 2, SIDE):
        for c in range(tx, SIDE + 2, SIDE):
            if top + r < x.shape[0] and left + c < x.shape[1]:
                tile[r, c] = x[top + r, left + c]
    if u < y.shape[0] and v < y.shape[1]:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += weight[i, j] * tile[ty + i, tx + j]
        y[u, v] = total
""",
        "no_barrier",
    ),
    conv(
        "reads x directly",
        """
def conv_tiled(x, weight, y):
    v, u = cuda.grid(2)
    if u < y.shape[0] and v < y.shape[1]:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += weight[i, j] * x[u + i, v + j]
        y[u, v] = total
""",
        "no_tile",
    ),
    conv(
        "each thread brings one pixel; the halo is missing",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    v, u = cuda.grid(2)
    if u < x.shape[0] and v < x.shape[1]:
        tile[ty, tx] = x[u, v]
    cuda.syncthreads()
    if u < y.shape[0] and v < y.shape[1]:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += weight[i, j] * tile[ty + i, tx + j]
        y[u, v] = total
""",
        "one_pixel_each",
    ),
    conv(
        "mirrors the kernel",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    left, top = cuda.blockIdx.x * SIDE, cuda.blockIdx.y * SIDE
    for r in range(ty, SIDE + 2, SIDE):
        for c in range(tx, SIDE + 2, SIDE):
            if top + r < x.shape[0] and left + c < x.shape[1]:
                tile[r, c] = x[top + r, left + c]
    cuda.syncthreads()
    if top + ty < y.shape[0] and left + tx < y.shape[1]:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += weight[2 - i, 2 - j] * tile[ty + i, tx + j]
        y[top + ty, left + tx] = total
""",
        "turned_kernel",
    ),
    conv(
        "no guard when the tile is filled",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    left, top = cuda.blockIdx.x * SIDE, cuda.blockIdx.y * SIDE
    for r in range(ty, SIDE + 2, SIDE):
        for c in range(tx, SIDE + 2, SIDE):
            tile[r, c] = x[top + r, left + c]
    cuda.syncthreads()
    if top + ty < y.shape[0] and left + tx < y.shape[1]:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += weight[i, j] * tile[ty + i, tx + j]
        y[top + ty, left + tx] = total
""",
        "no_guard_on_loading",
    ),
    conv(
        "no guard when the result is written",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    left, top = cuda.blockIdx.x * SIDE, cuda.blockIdx.y * SIDE
    for r in range(ty, SIDE + 2, SIDE):
        for c in range(tx, SIDE + 2, SIDE):
            if top + r < x.shape[0] and left + c < x.shape[1]:
                tile[r, c] = x[top + r, left + c]
    cuda.syncthreads()
    total = 0.0
    for i in range(3):
        for j in range(3):
            total += weight[i, j] * tile[ty + i, tx + j]
    y[top + ty, left + tx] = total
""",
        "no_guard_on_storing",
    ),
    conv(
        "returns early, before the barrier",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    v, u = cuda.grid(2)
    if u >= y.shape[0] or v >= y.shape[1]:
        return
    for r in range(ty, SIDE + 2, SIDE):
        for c in range(tx, SIDE + 2, SIDE):
            if u - ty + r < x.shape[0] and v - tx + c < x.shape[1]:
                tile[r, c] = x[u - ty + r, v - tx + c]
    cuda.syncthreads()
    total = 0.0
    for i in range(3):
        for j in range(3):
            total += weight[i, j] * tile[ty + i, tx + j]
    y[u, v] = total
""",
        "barrier_within_the_guard",
    ),
    conv(
        "adds to y, whatever is in there",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    left, top = cuda.blockIdx.x * SIDE, cuda.blockIdx.y * SIDE
    for r in range(ty, SIDE + 2, SIDE):
        for c in range(tx, SIDE + 2, SIDE):
            if top + r < x.shape[0] and left + c < x.shape[1]:
                tile[r, c] = x[top + r, left + c]
    cuda.syncthreads()
    if top + ty < y.shape[0] and left + tx < y.shape[1]:
        for i in range(3):
            for j in range(3):
                y[top + ty, left + tx] += weight[i, j] * tile[ty + i, tx + j]
""",
        "adds_to_y",
    ),
    conv(
        "top from blockIdx.x and left from blockIdx.y",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    top, left = cuda.blockIdx.x * SIDE, cuda.blockIdx.y * SIDE
    for r in range(ty, SIDE + 2, SIDE):
        for c in range(tx, SIDE + 2, SIDE):
            if top + r < x.shape[0] and left + c < x.shape[1]:
                tile[r, c] = x[top + r, left + c]
    cuda.syncthreads()
    if top + ty < y.shape[0] and left + tx < y.shape[1]:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += weight[i, j] * tile[ty + i, tx + j]
        y[top + ty, left + tx] = total
""",
        "blocks_transposed",
    ),
    conv(
        "the tile filled as tile[row, column], read as tile[column, row]",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    left, top = cuda.blockIdx.x * SIDE, cuda.blockIdx.y * SIDE
    for r in range(ty, SIDE + 2, SIDE):
        for c in range(tx, SIDE + 2, SIDE):
            if top + r < x.shape[0] and left + c < x.shape[1]:
                tile[r, c] = x[top + r, left + c]
    cuda.syncthreads()
    if top + ty < y.shape[0] and left + tx < y.shape[1]:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += weight[i, j] * tile[tx + i, ty + j]
        y[top + ty, left + tx] = total
""",
        "tile_read_transposed",
    ),
    conv(
        "each thread brings its 3 x 3 pixels",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    v, u = cuda.grid(2)
    inside = u < y.shape[0] and v < y.shape[1]
    if inside:
        for i in range(3):
            for j in range(3):
                tile[ty + i, tx + j] = x[u + i, v + j]
    cuda.syncthreads()
    if inside:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += weight[i, j] * tile[ty + i, tx + j]
        y[u, v] = total
""",
        "everyone_brings_nine",
    ),
    conv(
        "a barrier in the loop, which some threads walk more often",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    left, top = cuda.blockIdx.x * SIDE, cuda.blockIdx.y * SIDE
    for r in range(ty, SIDE + 2, SIDE):
        for c in range(tx, SIDE + 2, SIDE):
            if top + r < x.shape[0] and left + c < x.shape[1]:
                tile[r, c] = x[top + r, left + c]
            cuda.syncthreads()
    if top + ty < y.shape[0] and left + tx < y.shape[1]:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += weight[i, j] * tile[ty + i, tx + j]
        y[top + ty, left + tx] = total
""",
        "barrier_in_the_loop",
    ),
    conv(
        "the halo is brought only where there is a result",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    left, top = cuda.blockIdx.x * SIDE, cuda.blockIdx.y * SIDE
    for r in range(ty, SIDE + 2, SIDE):
        for c in range(tx, SIDE + 2, SIDE):
            if top + r < y.shape[0] and left + c < y.shape[1]:
                tile[r, c] = x[top + r, left + c]
    cuda.syncthreads()
    if top + ty < y.shape[0] and left + tx < y.shape[1]:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += weight[i, j] * tile[ty + i, tx + j]
        y[top + ty, left + tx] = total
""",
        "only_pixels_with_a_result",
    ),
    gather(
        "does not ask whether r - i is negative",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    H, W = x.shape
    if r < H and q < W:
        oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
        total = 0.0
        for i in range(kh):
            for j in range(kw):
                if (r - i) % stride == 0 and (q - j) % stride == 0:
                    u, v = (r - i) // stride, (q - j) // stride
                    if u < oh and v < ow:
                        total += columns[i * kw + j, u * ow + v]
        x[r, q] = total
""",
        "windows_before_the_first",
    ),
    gather(
        "divides without asking for the remainder",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    H, W = x.shape
    if r < H and q < W:
        oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
        total = 0.0
        for i in range(kh):
            for j in range(kw):
                if r >= i and q >= j:
                    u, v = (r - i) // stride, (q - j) // stride
                    if u < oh and v < ow:
                        total += columns[i * kw + j, u * ow + v]
        x[r, q] = total
""",
        "forgets_the_stride",
    ),
    gather(
        "does not ask whether there is such a window",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    H, W = x.shape
    if r < H and q < W:
        ow = (W - kw) // stride + 1
        total = 0.0
        for i in range(kh):
            for j in range(kw):
                a, b = r - i, q - j
                if a >= 0 and b >= 0 and a % stride == 0 and b % stride == 0:
                    total += columns[i * kw + j, a // stride * ow + b // stride]
        x[r, q] = total
""",
        "windows_behind_the_last",
    ),
    gather(
        "a thread for each window, which scatters",
        """
def col2im_gather(columns, kh, kw, stride, x):
    v, u = cuda.grid(2)
    H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    if u < oh and v < ow:
        for i in range(kh):
            for j in range(kw):
                x[u * stride + i, v * stride + j] += columns[i * kw + j, u * ow + v]
""",
        "scatters",
    ),
    gather(
        "the size of the result without + 1",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    H, W = x.shape
    oh, ow = (H - kh) // stride, (W - kw) // stride
    if r < H and q < W:
        total = 0.0
        for i in range(kh):
            for j in range(kw):
                a, b = r - i, q - j
                if a >= 0 and b >= 0 and a % stride == 0 and b % stride == 0:
                    u, v = a // stride, b // stride
                    if u < oh and v < ow:
                        total += columns[i * kw + j, u * ow + v]
        x[r, q] = total
""",
        "size_without_one",
    ),
    gather(
        "adds to x as it goes",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    if r < H and q < W:
        for i in range(kh):
            for j in range(kw):
                a, b = r - i, q - j
                if a >= 0 and b >= 0 and a % stride == 0 and b % stride == 0:
                    u, v = a // stride, b // stride
                    if u < oh and v < ow:
                        x[r, q] += columns[i * kw + j, u * ow + v]
""",
        "adds_to_x",
    ),
    gather(
        "row and column exchanged",
        """
def col2im_gather(columns, kh, kw, stride, x):
    r, q = cuda.grid(2)
    H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    if r < H and q < W:
        total = 0.0
        for i in range(kh):
            for j in range(kw):
                a, b = r - i, q - j
                if a >= 0 and b >= 0 and a % stride == 0 and b % stride == 0:
                    u, v = a // stride, b // stride
                    if u < oh and v < ow:
                        total += columns[i * kw + j, u * ow + v]
        x[r, q] = total
""",
        "x_is_the_row",
    ),
    gather(
        "no guard",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    total = 0.0
    for i in range(kh):
        for j in range(kw):
            a, b = r - i, q - j
            if a >= 0 and b >= 0 and a % stride == 0 and b % stride == 0:
                u, v = a // stride, b // stride
                if u < oh and v < ow:
                    total += columns[i * kw + j, u * ow + v]
    x[r, q] = total
""",
        "no_guard",
    ),
    gather(
        "the taps counted by columns",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    if r < H and q < W:
        total = 0.0
        for i in range(kh):
            for j in range(kw):
                a, b = r - i, q - j
                if a >= 0 and b >= 0 and a % stride == 0 and b % stride == 0:
                    u, v = a // stride, b // stride
                    if u < oh and v < ow:
                        total += columns[j * kh + i, u * ow + v]
        x[r, q] = total
""",
        "taps_transposed",
    ),
    gather(
        "a window's place counted with oh",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    if r < H and q < W:
        total = 0.0
        for i in range(kh):
            for j in range(kw):
                a, b = r - i, q - j
                if a >= 0 and b >= 0 and a % stride == 0 and b % stride == 0:
                    u, v = a // stride, b // stride
                    if u < oh and v < ow:
                        total += columns[i * kw + j, u * oh + v]
        x[r, q] = total
""",
        "places_by_height",
    ),
    gather(
        "break instead of continue where the row has no window",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    H, W = x.shape
    if r >= H or q >= W:
        return
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    total = 0.0
    for i in range(kh):
        if r < i or (r - i) % stride or (r - i) // stride >= oh:
            break
        for j in range(kw):
            if q < j or (q - j) % stride or (q - j) // stride >= ow:
                break
            total += columns[i * kw + j, (r - i) // stride * ow + (q - j) // stride]
    x[r, q] = total
""",
        "stops_too_early",
    ),
    gather(
        "writes only pixels that a window sees",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    if r < (oh - 1) * stride + kh and q < (ow - 1) * stride + kw:
        total = 0.0
        for i in range(kh):
            for j in range(kw):
                a, b = r - i, q - j
                if a >= 0 and b >= 0 and a % stride == 0 and b % stride == 0:
                    u, v = a // stride, b // stride
                    if u < oh and v < ow:
                        total += columns[i * kw + j, u * ow + v]
        x[r, q] = total
""",
        "leaves_the_others",
    ),
]

RIGHT = [
    relu(
        "cuda.grid, an expression with if",
        """
def relu_map(x, y):
    me = cuda.grid(1)
    y[me] = x[me] if x[me] > 0 else 0
""",
    ),
    relu(
        "a guard that is not needed, two branches",
        """
def relu_map(x, y):
    i = cuda.threadIdx.x
    if i < len(x):
        if x[i] < 0:
            y[i] = 0.0
        else:
            y[i] = x[i]
""",
    ),
    guarded(
        "returns early",
        """
def relu_guarded(x, y):
    i = cuda.threadIdx.x + cuda.blockDim.x * cuda.blockIdx.x
    if i >= x.shape[0]:
        return
    value = x[i]
    if value < 0:
        value = 0.0
    y[i] = value
""",
    ),
    guarded(
        "each thread walks in steps of all threads",
        """
def relu_guarded(x, y):
    everybody = cuda.gridDim.x * cuda.blockDim.x
    for i in range(cuda.grid(1), x.size, everybody):
        y[i] = max(0.0, x[i])
""",
    ),
    bias(
        "returns early, all by hand",
        """
def add_bias(x, bias, y):
    p = cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x
    k = cuda.blockIdx.y * cuda.blockDim.y + cuda.threadIdx.y
    K, P = y.shape
    if k >= K or p >= P:
        return
    y[k, p] = bias[k] + x[k, p]
""",
    ),
    bias(
        "one number out of two, and back",
        """
def add_bias(x, bias, y):
    across, down = cuda.grid(2)
    if not (down < len(bias) and across < x.shape[1]):
        return
    b = bias[down]
    y[down, across] = x[down, across]
    y[down, across] += b
""",
    ),
    three(
        "the last two threads bring the halo",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    if t >= THREADS - 2 and i + 2 < x.size:
        tile[t + 2] = x[i + 2]
    cuda.syncthreads()
    if i + 2 < x.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
""",
    ),
    three(
        "a loop in steps of the block, zeros beyond the end",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(10, np.float64)
    t = cuda.threadIdx.x
    first = cuda.blockIdx.x * THREADS
    for k in range(t, 10, THREADS):
        tile[k] = x[first + k] if first + k < x.size else 0.0
    cuda.syncthreads()
    if first + t < y.size:
        total = 0.0
        for k in range(3):
            total += tile[t + k]
        y[first + t] = total
""",
    ),
    three(
        "thread 0 brings both, a second barrier at the end",
        """
def sum_of_three(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t = cuda.threadIdx.x
    i = cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    if t == 0:
        for k in (THREADS, THREADS + 1):
            if i + k < x.size:
                tile[k] = x[i + k]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
    cuda.syncthreads()
""",
    ),
    conv(
        "36 pixels in steps of 16",
        """
def conv_tiled(x, weight, y):
    width = SIDE + 2
    tile = cuda.shared.array(36, np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    left, top = cuda.blockIdx.x * SIDE, cuda.blockIdx.y * SIDE
    H, W = x.shape
    for k in range(ty * SIDE + tx, 36, 16):
        r, c = top + k // width, left + k % width
        if r < H and c < W:
            tile[k] = x[r, c]
    cuda.syncthreads()
    v, u = cuda.grid(2)
    if u < H - 2 and v < W - 2:
        total = 0.0
        for tap in range(9):
            i, j = tap // 3, tap % 3
            total += tile[(ty + i) * width + tx + j] * weight[i, j]
        y[u, v] = total
""",
    ),
    conv(
        "one thread brings everything",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((6, 6), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    left, top = cuda.blockIdx.x * cuda.blockDim.x, cuda.blockIdx.y * cuda.blockDim.y
    if tx == 0 and ty == 0:
        for r in range(min(6, x.shape[0] - top)):
            for c in range(min(6, x.shape[1] - left)):
                tile[r, c] = x[top + r, left + c]
    cuda.syncthreads()
    if top + ty < y.shape[0] and left + tx < y.shape[1]:
        y[top + ty, left + tx] = 0.0
        for i in range(3):
            for j in range(3):
                y[top + ty, left + tx] += weight[i, j] * tile[ty + i, tx + j]
""",
    ),
    conv(
        "four cases written out, zeros outside, the tile transposed",
        """
def conv_tiled(x, weight, y):
    tile = cuda.shared.array((6, 6), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    v, u = cuda.grid(2)
    for dy in (0, SIDE):
        for dx in (0, SIDE):
            if ty + dy < 6 and tx + dx < 6:
                inside = u + dy < x.shape[0] and v + dx < x.shape[1]
                tile[tx + dx, ty + dy] = x[u + dy, v + dx] if inside else 0
    cuda.syncthreads()
    total = 0
    for j in range(3):
        for i in range(3):
            total += weight[i, j] * tile[tx + j, ty + i]
    if u < y.shape[0] and v < y.shape[1]:
        y[u, v] = total
""",
    ),
    gather(
        "tries all windows instead of all taps",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    H, W = x.shape
    if r >= H or q >= W:
        return
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    total = 0.0
    for u in range(oh):
        i = r - u * stride
        if 0 <= i < kh:
            for v in range(ow):
                j = q - v * stride
                if 0 <= j < kw:
                    total += columns[i * kw + j, u * ow + v]
    x[r, q] = total
""",
    ),
    gather(
        "starts at the first tap that fits, in steps of the stride",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    if r < x.shape[0] and q < x.shape[1]:
        oh, ow = (x.shape[0] - kh) // stride + 1, (x.shape[1] - kw) // stride + 1
        total = 0.0
        for i in range(r % stride, min(kh, r + 1), stride):
            for j in range(q % stride, min(kw, q + 1), stride):
                u, v = (r - i) // stride, (q - j) // stride
                if u < oh and v < ow:
                    total += columns[i * kw + j, u * ow + v]
        x[r, q] = total
""",
    ),
    gather(
        "divmod and continue",
        """
def col2im_gather(columns, kh, kw, stride, x):
    q, r = cuda.grid(2)
    H, W = x.shape
    if r < H and q < W:
        ow = (W - kw) // stride + 1
        oh = (H - kh) // stride + 1
        total = 0.0
        for tap in range(kh * kw):
            i, j = tap // kw, tap % kw
            if i > r or j > q:
                continue
            u, rest = divmod(r - i, stride)
            v, more = divmod(q - j, stride)
            if rest or more or u > oh - 1 or v > ow - 1:
                continue
            total += columns[tap, u * ow + v]
        x[r, q] = total
""",
    ),
]
