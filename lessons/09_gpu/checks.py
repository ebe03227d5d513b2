"""What right answers to lesson 9 do. Each kernel runs on the simulated card, which sees races and counts reads."""
# ruff: noqa: F821  (launch is there in the process of an answer)

import numpy as np

from minifcn.course.convolutions import numbers
from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import signed

THREADS, SIDE = 8, 4  # as in the lesson
QUIET = "no race"

# Probes, which run in the process of the answer ----------------------------------------------------------------------


def result_of(answer, blocks, threads, *args):
    """Launch it with a last argument that is full of nan, and look at that afterwards."""
    out = args[-1].copy()
    launch(answer, blocks, threads, *args[:-1], out)
    return out


def race_of(answer, blocks, threads, *args):
    """Launch it, and note which threads touch what."""
    return launch(answer, blocks, threads, *args[:-1], args[-1].copy()).race or "no race"


def writers_of(answer, blocks, threads, *args):
    """How many threads write an element of the result: the fewest, and the most."""
    writers = list(launch(answer, blocks, threads, *args[:-1], args[-1].copy()).writers.values())[-1]
    return int(writers.min()), int(writers.max())


def reads_of(answer, wanted, blocks, threads, *args):
    """Whether the first argument is read no oftener than once for each block that needs an element."""
    found = int(next(iter(launch(answer, blocks, threads, *args[:-1], args[-1].copy()).reads.values())).sum())
    return "few enough" if found <= wanted else f"{found} reads where {wanted} are enough"


# What is right -------------------------------------------------------------------------------------------------------


def blank(*shape):
    return np.full(shape, np.nan)


def blocks_for(*sizes, threads):
    """(how many blocks cover rows and columns, threads): x first."""
    return tuple(-(-n // threads) for n in reversed(sizes)), (threads,) * len(sizes)


def relu(x):
    return np.maximum(x, 0)


def convolved(x, weight):
    (kh, kw), (H, W) = weight.shape, x.shape
    return sum(weight[i, j] * x[i : H - kh + 1 + i, j : W - kw + 1 + j] for i in range(kh) for j in range(kw))


def folded(columns, kh, kw, stride, H, W):
    x, (oh, ow) = np.zeros((H, W)), ((H - kh) // stride + 1, (W - kw) // stride + 1)
    for i, j, u, v in np.ndindex(kh, kw, oh, ow):
        x[u * stride + i, v * stride + j] += columns[i * kw + j, u * ow + v]
    return x


# Cases: (blocks, threads, the kernel's arguments) --------------------------------------------------------------------


def map_cases(rng):
    yield Case((1, 4, np.array([3.0, -1.0, 0.0, 2.0]), blank(4)), np.array([3.0, 0.0, 0.0, 2.0]), note="by hand")
    for n in (1, 2, 3, 5, 6, 9, 17):
        x = numbers(rng, n).astype(float)
        yield Case((1, n, x, blank(n)), relu(x), note=f"{n} elements, {n} threads")


def map_work(rng):
    for n in (2, 5):
        yield Case((1, n, signed(rng, n), blank(n)), (1, 1), note="each element is written by one thread")


def guarded_cases(rng):
    yield Case((2, 4, np.array([3.0, -1, 0, 2, -5, 6]), blank(6)), np.array([3.0, 0, 0, 2, 0, 6]), note="6 elements, 8 threads")
    for blocks, threads, n in ((1, 4, 4), (3, 2, 6), (2, 3, 6), (4, 4, 16)):
        x = numbers(rng, n).astype(float)
        yield Case((blocks, threads, x, blank(n)), relu(x), note=f"{n} elements, {blocks} blocks of {threads}")


def guarded_rest(rng):
    for blocks, threads, n in ((1, 4, 1), (1, 4, 3), (3, 4, 9), (2, 8, 11), (5, 2, 3), (1, 4, 0)):
        x = signed(rng, n)
        yield Case((blocks, threads, x, blank(n)), relu(x), note=f"{n} elements, {blocks} blocks of {threads}")


def guarded_work(rng):
    for blocks, threads, n in ((2, 3, 6), (3, 4, 9)):
        yield Case((blocks, threads, signed(rng, n), blank(n)), (1, 1), note="each element is written by one thread")


def bias_case(rng, K, P, threads, note):
    x, bias = numbers(rng, K, P).astype(float), 10.0 * numbers(rng, K)
    blocks = -(-P // threads[0]), -(-K // threads[1])
    return Case((blocks, threads, x, bias, blank(K, P)), x + bias[:, None], note=note)


def bias_cases(rng):
    yield bias_case(rng, 2, 2, (2, 2), "one block")
    yield bias_case(rng, 2, 3, (3, 2), "one block, as wide as the array")
    yield bias_case(rng, 2, 6, (3, 2), "two blocks side by side")
    yield bias_case(rng, 4, 3, (3, 2), "two blocks below each other")
    yield bias_case(rng, 4, 6, (2, 2), "six blocks")


def bias_rest(rng):
    for K, P, threads in ((1, 1, (2, 2)), (2, 5, (4, 2)), (3, 4, (4, 2)), (3, 5, (4, 2)), (5, 3, (2, 4)), (2, 7, (4, 4)), (7, 2, (4, 4))):
        yield bias_case(rng, K, P, threads, f"{K} x {P} elements, blocks of {threads[1]} x {threads[0]}")


def bias_work(rng):
    yield Case(bias_case(rng, 3, 5, (4, 2), "").args, (1, 1), note="each element is written by one thread")


def three_case(rng, n, note=""):
    x = numbers(rng, n).astype(float)
    blocks = -(-n // THREADS)
    return Case((blocks, THREADS, x, blank(n - 2)), x[:-2] + x[1:-1] + x[2:], note=note)


def three_cases(rng):
    x = np.array([1.0, 2, 3, 4, 5])
    yield Case((1, THREADS, x, blank(3)), np.array([6.0, 9, 12]), note="by hand")
    for n in (3, 8, 10, 16):
        yield three_case(rng, n, f"{n} elements")


def three_rest(rng):
    for n in (9, 11, 17, 18, 23, 26):
        yield three_case(rng, n, f"{n} elements, blocks of {THREADS}")


def three_races(rng):
    for n in (10, 18):
        yield Case(three_case(rng, n).args, QUIET)


def three_reads(rng):
    for n in (8, 18):
        blocks = -(-n // THREADS)
        wanted = sum(min(n, (b + 1) * THREADS + 2) - b * THREADS for b in range(blocks))
        yield Case((wanted, *three_case(rng, n).args), "few enough", note=f"{n} elements in {blocks} blocks")


def conv_case(rng, H, W, note=""):
    x, weight = numbers(rng, H, W).astype(float), numbers(rng, 3, 3).astype(float)
    blocks, threads = blocks_for(H - 2, W - 2, threads=SIDE)
    return Case((blocks, threads, x, weight, blank(H - 2, W - 2)), convolved(x, weight), note=note)


def conv_cases(rng):
    x, weight = np.arange(1.0, 13).reshape(3, 4), np.zeros((3, 3))
    weight[0, 0], weight[1, 2] = 1, 10
    yield Case((1, (SIDE, SIDE), x, weight, blank(1, 2)), np.array([[71.0, 82.0]]), note="by hand: 1 + 70, 2 + 80")
    for H, W in ((3, 3), (6, 6), (6, 10), (10, 6)):
        yield conv_case(rng, H, W, f"{H} x {W} pixels")


def conv_rest(rng):
    for H, W in ((5, 4), (4, 9), (9, 5), (7, 11)):
        yield conv_case(rng, H, W, f"{H} x {W} pixels")


def conv_races(rng):
    for H, W in ((6, 6), (7, 9)):
        yield Case(conv_case(rng, H, W).args, QUIET)


def conv_reads(rng):
    for H, W in ((6, 6), (9, 12)):
        rows, columns = ([min(n, first + SIDE + 2) - first for first in range(0, n - 2, SIDE)] for n in (H, W))
        wanted = sum(rows) * sum(columns)
        note = f"{len(rows) * len(columns)} blocks; without a tile it would be {9 * (H - 2) * (W - 2)} reads"
        yield Case((wanted, *conv_case(rng, H, W).args), "few enough", note=note)


def gather_case(rng, H, W, kh, kw, stride, note=""):
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    columns = numbers(rng, kh * kw, oh * ow).astype(float)
    blocks, threads = blocks_for(H, W, threads=SIDE)
    args = (columns, kh, kw, stride, blank(H, W))
    return Case((blocks, threads, *args), folded(columns, kh, kw, stride, H, W), note=note)


def gather_cases(rng):
    ones = np.ones((4, 6))
    expected = np.array([[1.0, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]])
    yield Case(((1, 1), (SIDE, SIDE), ones, 2, 2, 1, blank(3, 4)), expected, note="columns of ones")
    for shape in ((2, 2, 1, 1, 1), (2, 3, 2, 2, 1), (3, 2, 1, 2, 1), (4, 4, 2, 3, 1), (6, 5, 3, 2, 1)):
        yield gather_case(rng, *shape, "{} x {} pixels, kernel {} x {}, stride {}".format(*shape))


def gather_strides(rng):
    for shape in ((1, 4, 1, 2, 2), (5, 4, 3, 2, 2), (5, 7, 2, 2, 3), (6, 6, 2, 2, 2), (4, 6, 3, 3, 2)):
        yield gather_case(rng, *shape, "{} x {} pixels, kernel {} x {}, stride {}".format(*shape))


def gather_races(rng):
    for shape in ((3, 4, 2, 2, 1), (5, 6, 3, 2, 2)):
        yield Case(gather_case(rng, *shape).args, QUIET)


def gather_work(rng):
    yield Case(gather_case(rng, 5, 7, 2, 2, 3).args, (1, 1), note="pixels that no window sees are written, too")


ONCE = "each element is written by one thread"
RACES = "no race: between two threads that touch an element, one of them writing, there is a barrier"


def puzzle(name, properties, hints):
    """An Exercise for the card."""
    return Exercise(name, tuple(properties), needs="cuda", imports=("numba",), optional=True, hints=hints)


EXERCISES = [
    puzzle(
        "relu_map",
        (Property("as many threads as elements", map_cases, 2, result_of), Property(ONCE, map_work, 1, writers_of)),
        (
            "There is no loop. The kernel runs once for each thread; which element is this thread's?",
            "i = cuda.threadIdx.x; then y[i] from x[i].",
        ),
    ),
    puzzle(
        "relu_guarded",
        (
            Property("several blocks", guarded_cases, 2, result_of),
            Property("more threads than elements", guarded_rest, 2, result_of),
            Property(ONCE, guarded_work, 1, writers_of),
        ),
        (
            "Thread 1 of block 2 is not thread 1: count the threads of all blocks before it.",
            "i = cuda.grid(1) is blockIdx.x * blockDim.x + threadIdx.x. If i is not below x.size, there is nothing to do.",
        ),
    ),
    puzzle(
        "add_bias",
        (
            Property("blocks in two dimensions", bias_cases, 2, result_of),
            Property("blocks that stick out, below and to the right", bias_rest, 2, result_of),
            Property(ONCE, bias_work, 1, writers_of),
        ),
        (
            "cuda.grid(2) gives x first, which runs along a row: it is the number of the column.",
            "column, row = cuda.grid(2); if row < x.shape[0] and column < x.shape[1]: y[row, column] = x[row, column] + bias[row].",
        ),
    ),
    puzzle(
        "sum_of_three",
        (
            Property("one or more whole blocks", three_cases, 2, result_of),
            Property("a last block that sticks out", three_rest, 2, result_of),
            Property(RACES, three_races, 2, race_of),
            Property("each block reads an element of x at most once", three_reads, 2, reads_of),
        ),
        (
            "The tile of a block holds THREADS + 2 elements. Every thread brings one; two threads bring another.",
            "tile[t] = x[i] if i < x.size; threads t < 2 also do tile[t + THREADS] = x[i + THREADS], if that exists. Then all wait.",
            "After cuda.syncthreads(), outside any if: y[i] = tile[t] + tile[t + 1] + tile[t + 2], for i < y.size.",
        ),
    ),
    puzzle(
        "conv_tiled",
        (
            Property("one or more whole blocks", conv_cases, 2, result_of),
            Property("blocks that stick out", conv_rest, 2, result_of),
            Property(RACES, conv_races, 2, race_of),
            Property("each block reads a pixel at most once", conv_reads, 2, reads_of),
        ),
        (
            "The tile has (SIDE + 2) x (SIDE + 2) pixels, and the block SIDE x SIDE threads. So each thread brings up to four pixels.",
            ("for r in range(ty, SIDE + 2, SIDE): for c in range(tx, SIDE + 2, SIDE): tile[r, c] is pixel (top + r, left + c) of x, if"
            " there is one, where top = cuda.blockIdx.y * SIDE."),
            "After cuda.syncthreads(), result (u, v) of the thread is the sum of weight[i, j] * tile[ty + i, tx + j], if it is in y.",
        ),
    ),
    puzzle(
        "col2im_gather",
        (
            Property("stride 1", gather_cases, 2, result_of),
            Property("other strides", gather_strides, 2, result_of),
            Property(RACES, gather_races, 2, race_of),
            Property("each pixel is written, by one thread", gather_work, 1, writers_of),
        ),
        (
            ("A thread owns a pixel. Which windows saw it? With tap (i, j), the window that begins i rows above it and j columns to"
            " its left, if a window begins there."),
            "A window begins at row - i if that is at least 0, a multiple of the stride, and (row - i) // stride is below oh.",
            "total += columns[i * kw + j, u * ow + v] for every tap whose window (u, v) exists; then x[row, column] = total.",
        ),
    ),
]
