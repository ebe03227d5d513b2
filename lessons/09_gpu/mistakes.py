"""Wrong answers to lesson 9 that people really write; most differ from the solution in a line."""
# ruff: noqa: F821  (cuda is given, as in the lesson)

import numpy as np

from minifcn.course.exercise import Mistake

THREADS, SIDE = 8, 4

ME, RELU = "i = cuda.threadIdx.x", "y[i] = max(x[i], 0.0)"
GRID, GUARD = "i = cuda.grid(1)", "if i < x.size:"
AXES, INSIDE = "column, row = cuda.grid(2)", "if row < x.shape[0] and column < x.shape[1]:"
BIAS = "y[row, column] = x[row, column] + bias[row]"
BARRIER = "    cuda.syncthreads()\n"
LOAD, HALO_GUARD, HALO = "tile[t] = x[i]", "if t < 2 and i + THREADS < x.size:", "tile[t + THREADS] = x[i + THREADS]"
BRING, STORE_GUARD = "    if i < x.size:\n", "    if i < y.size:\n"
SUM = "tile[t] + tile[t + 1] + tile[t + 2]"
PLACES = "left, top = cuda.blockIdx.x * SIDE, cuda.blockIdx.y * SIDE"
ROWS, COLUMNS = "range(ty, SIDE + 2, SIDE)", "range(tx, SIDE + 2, SIDE)"
PIXEL_GUARD, PIXEL = "if top + r < x.shape[0] and left + c < x.shape[1]:", "tile[r, c] = x[top + r, left + c]"
RESULT_GUARD, RESULT = "if top + ty < y.shape[0] and left + tx < y.shape[1]:", "y[top + ty, left + tx] = total"
TAP = "total += weight[i, j] * tile[ty + i, tx + j]"
OWN, EXISTS = "above, before = row - i, column - j", "if u < oh and v < ow:"
BEGINS = "above >= 0 and before >= 0 and above % stride == 0 and before % stride == 0"
ADD = "total += columns[i * kw + j, u * ow + v]"

MISTAKES = {
    "relu_map": [
        Mistake(
            "every_thread_does_all",
            "Every thread writes all elements. There is no loop: a thread does its own element only.",
            answer="relu_in_a_loop",
            also=("relu_of_the_array",),
        ),
        Mistake(
            "always_the_first",
            "All threads do the same element. What differs from thread to thread is cuda.threadIdx.x.",
            ((ME, "i = cuda.blockIdx.x"),),
        ),
        Mistake(
            "counts_from_one",
            "Threads are numbered from 0, as elements are: nothing is to be added.",
            ((ME, "i = cuda.threadIdx.x + 1"),),
        ),
        Mistake(
            "subtracts_one",
            "Threads are numbered from 0, as elements are: thread 0 has no element before it.",
            ((ME, "i = cuda.threadIdx.x - 1"),),
        ),
        Mistake(
            "returns",
            "A kernel returns nothing, and giving `y` another value changes no array. Write into an element: y[i] = ...",
            ((RELU, "return max(x[i], 0.0)"),),
            also=("relu_rebinds",),
        ),
        Mistake(
            "writes_into_x",
            "The result goes into y; x is only read.",
            ((RELU, "x[i] = max(x[i], 0.0)"),),
        ),
        Mistake(
            "skips_negatives",
            "Where x is negative, nothing is written, and y keeps what was in memory. Write the 0, too.",
            answer="relu_only_positive",
        ),
        Mistake("minimum", "This keeps the negative numbers: the larger of x and 0 is max.", ((RELU, "y[i] = min(x[i], 0.0)"),)),
        Mistake("absolute", "This is the absolute value. ReLU makes negative numbers 0.", ((RELU, "y[i] = abs(x[i])"),)),
        Mistake(
            "derivative",
            "This is ReLU's derivative, 1 or 0. ReLU itself keeps the positive numbers.",
            ((RELU, "y[i] = 1.0 if x[i] > 0 else 0.0"),),
        ),
        Mistake("negated", "The sign is wrong: max(-x, 0) keeps what was negative.", ((RELU, "y[i] = max(-x[i], 0.0)"),)),
        Mistake(
            "backwards",
            "Each thread reads another one's element: from the other end of x.",
            ((RELU, "y[i] = max(x[cuda.blockDim.x - 1 - i], 0.0)"),),
        ),
        Mistake(
            "adds_to_y",
            "It adds to what is in y, and nobody has cleared y. Write with =, not +=.",
            ((RELU, "y[i] += max(x[i], 0.0)"),),
        ),
        Mistake(
            "changes_x",
            "It writes into x, too, which is only read. Choose between x[i] and 0 when you write y[i].",
            answer="relu_changes_x",
        ),
    ],
    "relu_guarded": [
        Mistake(
            "no_guard",
            "A thread beyond the end touches an element that does not exist. Do nothing unless i < x.size.",
            ((GUARD, "if True:"),),
            also=("relu_guard_too_far",),
        ),
        Mistake(
            "forgets_the_block",
            "Each block numbers its threads from 0, so all blocks do the same elements: use cuda.grid(1).",
            ((GRID, ME),),
        ),
        Mistake(
            "adds_the_block",
            "Before block b there are b * blockDim.x threads, not b.",
            ((GRID, "i = cuda.blockIdx.x + cuda.threadIdx.x"),),
        ),
        Mistake(
            "number_of_blocks",
            "gridDim is the number of blocks; the threads in a block are blockDim.",
            ((GRID, "i = cuda.blockIdx.x * cuda.gridDim.x + cuda.threadIdx.x"),),
        ),
        Mistake(
            "exchanges_block_and_thread",
            "Block and thread are exchanged: it is blockIdx.x * blockDim.x + threadIdx.x.",
            ((GRID, "i = cuda.threadIdx.x * cuda.blockDim.x + cuda.blockIdx.x"),),
        ),
        Mistake(
            "guards_with_the_block",
            "blockDim.x is the size of a block. The guard is about the array: i < x.size.",
            ((GUARD, "if i < cuda.blockDim.x:"),),
        ),
        Mistake("guards_the_last", "The last element is left out: i = x.size - 1 still exists.", ((GUARD, "if i < x.size - 1:"),)),
        Mistake(
            "guards_the_place_in_the_block",
            "The guard looks at the thread's place in its block. It must look at its number among all.",
            ((GUARD, "if cuda.threadIdx.x < x.size:"),),
        ),
        Mistake("guard_the_wrong_way", "The guard lets only threads through that have no element.", ((GUARD, "if i > x.size:"),)),
        Mistake(
            "clears_the_rest",
            "A thread without an element should do nothing; y has no element for it either.",
            answer="relu_with_else",
        ),
        Mistake("starts_at_one", "Element 0 is left out: cuda.grid(1) counts from 0.", ((GRID, "i = cuda.grid(1) + 1"),)),
        Mistake(
            "every_thread_does_all",
            "Every thread writes all elements. There is no loop: a thread does its own element only.",
            answer="relu_in_a_loop",
        ),
        Mistake(
            "skips_negatives",
            "Where x is negative, nothing is written, and y keeps what was in memory. Write the 0, too.",
            answer="relu_guarded_only_positive",
        ),
        Mistake(
            "repeats_the_last",
            "The surplus threads do the last element again, all of them. They should do nothing; and an empty array has no last element.",
            answer="relu_clamped",
        ),
        Mistake(
            "every_block_does_all",
            "Every block walks through the whole array. Begin at cuda.grid(1), not at threadIdx.x; then one `if` is enough.",
            answer="relu_by_each_block",
        ),
    ],
    "add_bias": [
        Mistake(
            "x_is_the_row",
            "cuda.grid(2) gives x first, and the launch has x along the columns. Row and column are exchanged.",
            ((AXES, "row, column = cuda.grid(2)"),),
        ),
        Mistake("bias_of_the_column", "There is a bias for each row, bias[row].", ((BIAS, BIAS.replace("bias[row]", "bias[column]")),)),
        Mistake("no_guard", "Blocks stick out of the array. Guard the row and the column, with `and` between the two.", ((INSIDE, "if True:"),), also=("bias_or",)),
        Mistake(
            "guards_the_rows_only",
            "The rows are guarded, the columns are not: blocks stick out on the right, too.",
            ((INSIDE, "if row < x.shape[0]:"),),
        ),
        Mistake(
            "guards_the_columns_only",
            "The columns are guarded, the rows are not: blocks stick out below, too.",
            ((INSIDE, "if column < x.shape[1]:"),),
        ),
        Mistake(
            "guards_exchanged",
            "x.shape is (rows, columns): row < x.shape[0], column < x.shape[1].",
            ((INSIDE, "if row < x.shape[1] and column < x.shape[0]:"),),
        ),
        Mistake(
            "guards_both_with_rows",
            "The column is compared with the number of rows; it is x.shape[1] that counts columns.",
            ((INSIDE, "if row < x.shape[0] and column < x.shape[0]:"),),
        ),
        Mistake(
            "forgets_the_block",
            "Each block numbers its threads from 0, so all blocks do the same elements: use cuda.grid(2).",
            ((AXES, "column, row = cuda.threadIdx.x, cuda.threadIdx.y"),),
        ),
        Mistake(
            "one_size_for_both",
            "Blocks need not be square: along x they have blockDim.x threads, along y blockDim.y.",
            ((AXES, AXES + "\n    row = cuda.blockIdx.y * cuda.blockDim.x + cuda.threadIdx.y"),),
        ),
        Mistake("multiplies", "The bias is added, not multiplied.", ((BIAS, BIAS.replace("+", "*")),)),
        Mistake("subtracts", "The bias is added, not subtracted.", ((BIAS, BIAS.replace("+", "-")),)),
        Mistake("no_bias", "The bias is missing.", ((BIAS, "y[row, column] = x[row, column]"),)),
        Mistake("no_picture", "Only the bias arrives in y: x is missing.", ((BIAS, "y[row, column] = bias[row]"),)),
        Mistake(
            "a_thread_for_each_row",
            "Each thread writes a whole row, so every element is written by all threads of its row.",
            answer="bias_by_rows",
        ),
        Mistake(
            "changes_x",
            "It writes into x, too, which is only read. Add the bias when you write y.",
            ((BIAS, "x[row, column] += bias[row]\n        y[row, column] = x[row, column]"),),
        ),
        Mistake(
            "adds_to_y",
            "It adds to what is in y, and nobody has cleared y. Write with =, not +=.",
            ((BIAS, BIAS.replace(" = ", " += ")),),
        ),
    ],
    "sum_of_three": [
        Mistake(
            "no_barrier",
            "A thread reads what its neighbours bring, and nobody says that they have: cuda.syncthreads() before the sum.",
            ((BARRIER, ""),),
        ),
        Mistake(
            "barrier_within_the_guard",
            "Threads without a result never reach the barrier, and the others wait for them. Put it outside every if.",
            ((BARRIER, ""), (STORE_GUARD, STORE_GUARD + "        cuda.syncthreads()\n")),
            also=("three_within_a_guard", "three_returns_early"),
        ),
        Mistake("no_tile", "Every thread reads its three elements itself. Bring each into shared memory once.", answer="three_from_x"),
        Mistake(
            "forgets_the_last_two",
            "The last two threads need two elements that nobody brings: the tile has THREADS + 2.",
            ((HALO_GUARD, "if False:"),),
        ),
        Mistake("brings_one_too_few", "The tile needs two more elements than there are threads.", ((HALO_GUARD, HALO_GUARD.replace("2", "1", 1)),)),
        Mistake(
            "halo_of_the_first_block",
            "The last two elements are those of block 0 in every block: x[i + THREADS], not x[t + THREADS].",
            ((HALO, HALO.replace("x[i ", "x[t ")),),
        ),
        Mistake(
            "tile_of_the_first_block",
            "Every block brings the elements of block 0: thread t of this block brings x[i].",
            ((LOAD, "tile[t] = x[t]"),),
        ),
        Mistake(
            "tile_by_the_global_number",
            "The tile belongs to the block and is as large as the block: index it with t, not with i.",
            ((LOAD, "tile[i] = x[i]"),),
            also=("three_by_the_global_number",),
        ),
        Mistake("tile_too_small", "The tile has no room for the last two elements.", (("(THREADS + 2, ", "(THREADS, "),)),
        Mistake("no_guard_on_loading", "In the last block there are threads without an element of x.", ((BRING, "    if True:\n"),)),
        Mistake("no_guard_on_the_halo", "In the last block x may end before the tile does.", ((HALO_GUARD, "if t < 2:"),)),
        Mistake("no_guard_on_storing", "y is shorter than x by two: threads beyond its end must not write.", ((STORE_GUARD, "    if True:\n"),)),
        Mistake("stores_at_the_place_in_the_block", "Every block writes the results of block 0: y[i], not y[t].", (("y[i] =", "y[t] ="),)),
        Mistake("centred", "The sum is centred at i; here it begins at i.", ((SUM, "tile[t - 1] + tile[t] + tile[t + 1]"),)),
        Mistake("average", "This is the average. The sum is not divided by three.", ((SUM, f"({SUM}) / 3"),)),
        Mistake("two_only", "Only two elements are added.", ((SUM, "tile[t] + tile[t + 1]"),)),
        Mistake(
            "tile_without_halo",
            "The tile has no room for the last two elements, and the last two threads read beyond its end.",
            (("(THREADS + 2, ", "(THREADS, "), (HALO_GUARD, "if False:")),
        ),
        Mistake(
            "everyone_brings_three",
            "Each thread brings all three elements that it needs, so neighbours write the same places of the tile. Each brings one.",
            answer="three_by_everyone",
        ),
        Mistake(
            "barrier_before_the_halo",
            "The last two elements are brought after the barrier, and nobody waits for them. Bring all, then wait, then add.",
            ((BARRIER, ""), (LOAD, LOAD + "\n" + BARRIER.rstrip("\n"))),
        ),
        Mistake(
            "only_threads_with_a_result",
            "Threads without a result bring nothing, and the last results need their elements. Every thread that has an element of x must bring it.",
            ((BRING, STORE_GUARD),),
        ),
        Mistake(
            "a_tile_for_each_thread",
            "np.zeros and its kin make an array for each thread. Only cuda.shared.array makes one for the whole block.",
            (("cuda.shared.array(THREADS + 2, np.float64)", "np.zeros(THREADS + 2)"),),
        ),
        Mistake(
            "whole_numbers",
            "The tile holds whole numbers, so that the fractions of x are cut off. Its dtype is np.float64.",
            (("np.float64", "np.int64"),),
        ),
    ],
    "conv_tiled": [
        Mistake(
            "no_barrier",
            "A thread reads pixels that others bring, and nobody says that they have: cuda.syncthreads() before the sum.",
            ((BARRIER, ""),),
        ),
        Mistake(
            "barrier_within_the_guard",
            "Threads without a result never reach the barrier, and the others wait for them. Put it outside every if.",
            ((BARRIER, ""), (RESULT_GUARD, RESULT_GUARD + "\n        cuda.syncthreads()")),
        ),
        Mistake("no_tile", "Every thread reads its nine pixels itself. Bring each into shared memory once.", answer="conv_from_x"),
        Mistake(
            "one_pixel_each",
            "Every thread brings one pixel, 16 in all, and the tile has 36. Go on in steps of SIDE.",
            ((ROWS, "(ty,)"), (COLUMNS, "(tx,)")),
        ),
        Mistake(
            "everyone_brings_all",
            "Every thread brings pixels that others bring as well. In steps of SIDE, each is brought once.",
            ((ROWS, "range(ty, SIDE + 2)"), (COLUMNS, "range(tx, SIDE + 2)")),
        ),
        Mistake(
            "blocks_transposed",
            "blockIdx.x counts blocks along a row of the picture, so it gives the left edge; blockIdx.y gives the top.",
            ((PLACES, "top, left = cuda.blockIdx.x * SIDE, cuda.blockIdx.y * SIDE"),),
        ),
        Mistake("tile_transposed", "Rows and columns of the tile are exchanged when it is filled.", ((PIXEL, PIXEL.replace("[r, c]", "[c, r]")),)),
        Mistake(
            "turned_kernel",
            "The kernel is turned by 180 degrees. Tap (i, j) meets pixel (u + i, v + j).",
            ((TAP, TAP.replace("weight[i, j]", "weight[2 - i, 2 - j]")),),
        ),
        Mistake("kernel_transposed", "Rows and columns of the kernel are exchanged.", ((TAP, TAP.replace("weight[i, j]", "weight[j, i]")),)),
        Mistake("forgets_the_tap", "All taps read the same pixel of the tile: add i to its row and j to its column.", ((TAP, TAP.replace("ty + i, tx + j", "ty, tx")),)),
        Mistake("last_tap_only", "The products are to be added up: += where you write =.", ((TAP, TAP.replace("+=", "=")),)),
        Mistake("tile_of_the_first_block", "Every block brings the pixels of the first one: add top and left.", ((PIXEL, "tile[r, c] = x[r, c]"),)),
        Mistake("stores_at_the_place_in_the_block", "Every block writes the results of the first one: add top and left.", ((RESULT, "y[ty, tx] = total"),)),
        Mistake("no_guard_on_loading", "A tile may stick out of the picture: bring only pixels that exist.", ((PIXEL_GUARD, "if True:"),)),
        Mistake("no_guard_on_storing", "A block may stick out of the result: only threads with a result may write.", ((RESULT_GUARD, "if True:"),)),
        Mistake("tile_too_small", "The tile needs two more rows and columns than the block: (SIDE + 2, SIDE + 2).", (("array((SIDE + 2, SIDE + 2)", "array((SIDE + 1, SIDE + 1)"),)),
        Mistake(
            "guards_exchanged",
            "x.shape is (rows, columns): top + r is a row, left + c a column.",
            ((PIXEL_GUARD, "if top + r < x.shape[1] and left + c < x.shape[0]:"),),
        ),
        Mistake(
            "tile_read_transposed",
            "Rows and columns of the tile are exchanged when it is read: the row is ty + i, the column tx + j.",
            ((TAP, TAP.replace("ty + i, tx + j", "tx + i, ty + j")),),
        ),
        Mistake(
            "everyone_brings_nine",
            "Each thread brings all nine pixels that it needs, so neighbours write the same places of the tile. In steps of SIDE, each pixel is brought once.",
            answer="conv_by_windows",
        ),
        Mistake(
            "barrier_in_the_loop",
            "The barrier is in the loop, which some threads go through more often than others. All must meet it equally often: put it behind.",
            ((BARRIER, ""), (PIXEL, PIXEL + "\n            cuda.syncthreads()")),
        ),
        Mistake(
            "only_pixels_with_a_result",
            "Only pixels that begin a window are brought. The last two rows and columns of the picture are needed as well: compare with x.shape.",
            ((PIXEL_GUARD, "if top + r < y.shape[0] and left + c < y.shape[1]:"),),
        ),
        Mistake(
            "adds_to_y",
            "It adds to what is in y, and nobody has cleared y. Add up in a number, or begin with y[u, v] = 0.",
            ((RESULT, "y[top + ty, left + tx] += total"),),
        ),
    ],
    "col2im_gather": [
        Mistake(
            "scatters",
            "A thread has a window here and adds to pixels that other windows see as well. Give each pixel a thread, and let it ask.",
            answer="fold_by_scattering",
            also=("fold_by_scattering_only",),
        ),
        Mistake(
            "forgets_the_stride",
            "Windows begin only at multiples of the stride: most taps of a pixel belong to no window.",
            ((BEGINS, "above >= 0 and before >= 0"),),
        ),
        Mistake(
            "windows_before_the_first",
            "row - i may be negative: no window begins there, though -1 // 2 is a number in Python.",
            ((BEGINS, "above % stride == 0 and before % stride == 0"),),
        ),
        Mistake(
            "windows_behind_the_last",
            "There are oh rows of windows and ow columns of them. A pixel near the end asks windows that do not exist.",
            ((EXISTS, "if True:"),),
        ),
        Mistake("last_answer_only", "The answers of the windows are to be added up: += where you write =.", ((ADD, ADD.replace("+=", "=")),)),
        Mistake("taps_transposed", "Tap (i, j) is row i * kw + j of the columns.", ((ADD, ADD.replace("i * kw + j", "j * kh + i")),)),
        Mistake("places_by_height", "Window (u, v) is column u * ow + v: multiply by the windows of a row, ow.", ((ADD, ADD.replace("u * ow + v", "u * oh + v")),)),
        Mistake(
            "x_is_the_row",
            "cuda.grid(2) gives x first, and x runs along a row: it is the column.",
            ((AXES, "row, column = cuda.grid(2)"),),
        ),
        Mistake("no_guard", "Blocks stick out of the picture. Guard the row and the column.", (("if row < H and column < W:", "if True:"),)),
        Mistake("adds_the_tap", "The window that sees this pixel with tap i begins at row - i, not at row + i.", ((OWN, "above, before = row + i, column + j"),)),
        Mistake(
            "leaves_the_others",
            "A pixel that no window sees must become 0. Nobody has cleared x, so write it always.",
            (("        x[row, column] = total", "        if total != 0:\n            x[row, column] = total"),),
            also=("fold_as_far_as_windows_reach",),
        ),
        Mistake("adds_to_x", "It adds to what is in x, and nobody has cleared x. Write with =, not +=.", (("x[row, column] = total", "x[row, column] += total"),)),
        Mistake("forgets_to_divide", "The window that begins at row `above` is number above // stride.", (("u, v = above // stride, before // stride", "u, v = above, before"),)),
        Mistake(
            "turned_kernel",
            "The taps are turned by 180 degrees: the window that begins i rows above saw this pixel with tap i.",
            ((ADD, ADD.replace("i * kw + j", "(kh - 1 - i) * kw + kw - 1 - j")),),
        ),
        Mistake(
            "one_window_short",
            "The last row and column of windows are missing: there are (H - kh) // stride + 1 of them.",
            (("if u < oh and v < ow:", "if u < oh - 1 and v < ow - 1:"),),
        ),
        Mistake(
            "size_without_one",
            "One window is missing along each axis: their number is (H - kh) // stride + 1. The division counts the steps between them.",
            (("oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1", "oh, ow = (H - kh) // stride, (W - kw) // stride"),),
        ),
        Mistake(
            "stops_too_early",
            "It stops at the first tap that belongs to no window. Later taps may belong to one: go on with the next (continue, not break).",
            answer="fold_until_a_miss",
        ),
    ],
}


def relu_in_a_loop(x, y):
    for i in range(x.size):
        y[i] = max(x[i], 0.0)


def relu_of_the_array(x, y):
    y[:] = np.maximum(x, 0)


def relu_rebinds(x, y):
    y = max(x[cuda.threadIdx.x], 0.0)  # noqa: F841


def relu_only_positive(x, y):
    i = cuda.threadIdx.x
    if x[i] > 0:
        y[i] = x[i]


def relu_guarded_only_positive(x, y):
    i = cuda.grid(1)
    if i < x.size and x[i] > 0:
        y[i] = x[i]


def relu_guard_too_far(x, y):
    i = cuda.grid(1)
    if i <= x.size:
        y[i] = max(x[i], 0.0)


def relu_with_else(x, y):
    i = cuda.grid(1)
    if i < x.size:
        y[i] = max(x[i], 0.0)
    else:
        y[i] = 0.0


def relu_changes_x(x, y):
    i = cuda.threadIdx.x
    if x[i] < 0:
        x[i] = 0.0
    y[i] = x[i]


def relu_clamped(x, y):
    i = min(cuda.grid(1), x.size - 1)
    y[i] = max(x[i], 0.0)


def relu_by_each_block(x, y):
    for i in range(cuda.threadIdx.x, x.size, cuda.blockDim.x):
        y[i] = max(x[i], 0.0)


def bias_or(x, bias, y):
    column, row = cuda.grid(2)
    if row < x.shape[0] or column < x.shape[1]:
        y[row, column] = x[row, column] + bias[row]


def bias_by_rows(x, bias, y):
    _, row = cuda.grid(2)
    if row < x.shape[0]:
        for column in range(x.shape[1]):
            y[row, column] = x[row, column] + bias[row]


def three_from_x(x, y):
    i = cuda.grid(1)
    if i < y.size:
        y[i] = x[i] + x[i + 1] + x[i + 2]


def three_by_the_global_number(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    i = cuda.grid(1)
    if i < x.size:
        tile[i] = x[i]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[i] + tile[i + 1] + tile[i + 2]


def three_within_a_guard(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t, i = cuda.threadIdx.x, cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
        if t < 2 and i + THREADS < x.size:
            tile[t + THREADS] = x[i + THREADS]
        cuda.syncthreads()
        if i < y.size:
            y[i] = tile[t] + tile[t + 1] + tile[t + 2]


def three_returns_early(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t, i = cuda.threadIdx.x, cuda.grid(1)
    if i >= y.size:
        return
    tile[t] = x[i]
    if t < 2 and i + THREADS < x.size:
        tile[t + THREADS] = x[i + THREADS]
    cuda.syncthreads()
    y[i] = tile[t] + tile[t + 1] + tile[t + 2]


def three_by_everyone(x, y):
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t, i = cuda.threadIdx.x, cuda.grid(1)
    if i < y.size:
        for k in range(3):
            tile[t + k] = x[i + k]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]


def conv_from_x(x, weight, y):
    v, u = cuda.grid(2)
    if u < y.shape[0] and v < y.shape[1]:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += weight[i, j] * x[u + i, v + j]
        y[u, v] = total


def conv_by_windows(x, weight, y):
    tile = cuda.shared.array((SIDE + 2, SIDE + 2), np.float64)
    tx, ty = cuda.threadIdx.x, cuda.threadIdx.y
    v, u = cuda.grid(2)
    has_result = u < y.shape[0] and v < y.shape[1]
    if has_result:
        for i in range(3):
            for j in range(3):
                tile[ty + i, tx + j] = x[u + i, v + j]
    cuda.syncthreads()
    if has_result:
        total = 0.0
        for i in range(3):
            for j in range(3):
                total += weight[i, j] * tile[ty + i, tx + j]
        y[u, v] = total


def fold_by_scattering(columns, kh, kw, stride, x):
    v, u = cuda.grid(2)
    H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    if u < H and v < W:
        x[u, v] = 0.0
    cuda.syncthreads()
    if u < oh and v < ow:
        for i in range(kh):
            for j in range(kw):
                x[u * stride + i, v * stride + j] += columns[i * kw + j, u * ow + v]


def fold_by_scattering_only(columns, kh, kw, stride, x):
    v, u = cuda.grid(2)
    oh, ow = (x.shape[0] - kh) // stride + 1, (x.shape[1] - kw) // stride + 1
    if u < oh and v < ow:
        for i in range(kh):
            for j in range(kw):
                x[u * stride + i, v * stride + j] += columns[i * kw + j, u * ow + v]


def fold_as_far_as_windows_reach(columns, kh, kw, stride, x):
    column, row = cuda.grid(2)
    oh, ow = (x.shape[0] - kh) // stride + 1, (x.shape[1] - kw) // stride + 1
    if row < (oh - 1) * stride + kh and column < (ow - 1) * stride + kw:
        total = 0.0
        for u in range(oh):
            for v in range(ow):
                if 0 <= row - u * stride < kh and 0 <= column - v * stride < kw:
                    total += columns[(row - u * stride) * kw + column - v * stride, u * ow + v]
        x[row, column] = total


def fold_until_a_miss(columns, kh, kw, stride, x):
    column, row = cuda.grid(2)
    if row < x.shape[0] and column < x.shape[1]:
        oh, ow = (x.shape[0] - kh) // stride + 1, (x.shape[1] - kw) // stride + 1
        total = 0.0
        for i in range(kh):
            if row < i or (row - i) % stride or (row - i) // stride >= oh:
                break
            for j in range(kw):
                if column < j or (column - j) % stride or (column - j) // stride >= ow:
                    break
                total += columns[i * kw + j, (row - i) // stride * ow + (column - j) // stride]
        x[row, column] = total
