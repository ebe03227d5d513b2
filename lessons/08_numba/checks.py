"""What right answers to lesson 8 do. A race is found without running anything in parallel: see simulators/loops.py."""
# ruff: noqa: F821  (watch_loops is there in the process of an answer)

import numpy as np

from minifcn.course.convolutions import numbers
from minifcn.course.exercise import Case, Exercise, Property
from minifcn.course.expect import signed

# (N, C, (H, W), (kh, kw), stride), with a note on what is special about it
FOLDS = [
    ((1, 1, (1, 3), (1, 2), 1), "one row, two windows"),
    ((1, 1, (3, 2), (2, 1), 1), "a kernel taller than wide"),
    ((1, 2, (2, 3), (2, 2), 1), "two channels"),
    ((2, 1, (2, 3), (2, 2), 1), "two pictures"),
    ((2, 3, (5, 4), (3, 2), 1), "two pictures, three channels"),
    ((3, 2, (4, 7), (2, 3), 1), "three pictures, two channels"),
]
STRIDES = [
    ((1, 1, (1, 4), (1, 2), 2), "stride 2: the windows do not overlap"),
    ((1, 1, (5, 7), (2, 2), 3), "stride 3, wider than the kernel: some pixels are in no window"),
    ((2, 2, (6, 9), (3, 2), 2), "stride 2, several pictures and channels"),
]
ODD_FOLDS = [
    ((1, 1, (1, 1), (1, 1), 1), "a single pixel"),
    ((2, 3, (3, 4), (3, 4), 1), "a kernel as large as the picture"),
    ((0, 2, (3, 4), (2, 2), 1), "no pictures at all: N = 0"),
]
# (N, C, (H, W), K, (kh, kw), rows), with a note
TILES = [
    ((1, 1, (2, 2), 1, (1, 1), 1), "tiles of one row"),
    ((1, 1, (4, 3), 1, (2, 2), 1), "three tiles of one row"),
    ((1, 2, (4, 3), 1, (1, 2), 2), "two channels, two tiles of two rows"),
    ((1, 1, (4, 2), 2, (1, 1), 2), "two kernels"),
    ((2, 1, (3, 2), 1, (1, 1), 1), "two pictures"),
    ((2, 3, (7, 5), 4, (2, 3), 2), "two pictures, three channels, four kernels"),
    ((3, 2, (7, 6), 3, (2, 2), 3), "three pictures, two channels, three kernels"),
]
RAGGED = [
    ((1, 1, (3, 2), 1, (1, 1), 2), "three rows of results in tiles of two: the last has one row"),
    ((2, 2, (9, 5), 3, (3, 2), 4), "seven rows of results in tiles of four"),
    ((1, 2, (4, 5), 2, (2, 2), 7), "a tile larger than the picture"),
]
ODD_TILES = [
    ((2, 3, (3, 4), 2, (3, 4), 1), "a kernel as large as the picture"),
    ((0, 2, (3, 4), 3, (2, 2), 2), "no pictures at all: N = 0"),
]
QUIET = "no race"


# What is right ------------------------------------------------------------------------------------------------------


def folded(columns, size, kernel_size, stride):
    """col2im in loops."""
    (H, W), (kh, kw), N = size, kernel_size, len(columns)
    C, oh, ow = columns.shape[1] // (kh * kw), (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for c, i, j, u, v in np.ndindex(C, kh, kw, oh, ow):
        x[:, c, u * stride + i, v * stride + j] += columns[:, (c * kh + i) * kw + j, u * ow + v]
    return x


def convolved(x, weight):
    """The convolution in loops."""
    (N, _, H, W), (K, _, kh, kw) = x.shape, weight.shape
    y = np.zeros((N, K, H - kh + 1, W - kw + 1), x.dtype)
    for k, u, v in np.ndindex(y.shape[1:]):
        y[:, k, u, v] = (x[:, :, u : u + kh, v : v + kw] * weight[k]).sum(axis=(1, 2, 3))
    return y


# Probes, which run in the process of the answer ----------------------------------------------------------------------


def value_of(answer, *args):
    """Run it as plain Python, one iteration after the other."""
    return watch_loops(answer, *args).value


def race_of(answer, *args):
    """Run it as plain Python, and note which iterations touch which element."""
    return watch_loops(answer, *args).race or "no race"


def iterations_of(answer, *args):
    """How many iterations the parallel loop has; 0 without one."""
    return max(watch_loops(answer, *args).loops, default=0)


def enough_iterations(answer, wanted, *args):
    """Whether the parallel loop has so much to share out; if not, the number of its iterations."""
    found = max(watch_loops(answer, *args).loops, default=0)
    return "enough" if found >= wanted else f"{found} iterations run in parallel"


def largest_of(answer, wanted, *args):
    """Whether the largest array that it makes, besides the result, is no larger than the columns of a tile."""
    found = watch_loops(answer, *args).largest
    return "small enough" if found <= wanted else f"it made an array of {found} numbers"


def compiled(answer, *args):
    """Compile it, once and for one core, which takes a third of the time, and run it."""
    from numba import njit

    if not hasattr(answer, "on_one_core"):
        answer.on_one_core = njit(answer.py_func) if hasattr(answer, "py_func") else answer
    return answer.on_one_core(*args)


# Exercise 1 ----------------------------------------------------------------------------------------------------------


def fold_case(rng, shape, note, dtype=np.float64):
    N, C, (H, W), (kh, kw), s = shape
    columns = numbers(rng, N, C * kh * kw, ((H - kh) // s + 1) * ((W - kw) // s + 1)).astype(dtype)
    expected = folded(columns, (H, W), (kh, kw), s)
    return Case((columns, (H, W), (kh, kw), s), expected, note=note, rtol=1e-9 if dtype == np.float64 else 1e-5)


def fold_example(rng):
    ones = np.ones((1, 4, 6))
    expected = np.array([[[[1.0, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]]]])
    yield Case((ones, (3, 4), (2, 2)), expected, note="columns of ones, and no stride given")


def fold_cases(rng):
    for shape, note in FOLDS:
        yield fold_case(rng, shape, note)
    yield fold_case(rng, FOLDS[4][0], "float32", np.float32)


def fold_strides(rng):
    for shape, note in STRIDES + ODD_FOLDS:
        yield fold_case(rng, shape, note)


def fold_races(rng):
    some = (1, 1, (1, 3), (1, 2), 1), (1, 1, (3, 2), (2, 1), 1), (1, 1, (5, 2), (3, 1), 2), (1, 2, (3, 4), (2, 3), 1)
    for shape in (*some, (2, 2, (5, 4), (2, 2), 1)):
        yield Case(fold_case(rng, shape, "").args, QUIET)


def fold_shares(rng):
    for N, C, note in (4, 1, "four pictures of one channel"), (1, 5, "one picture of five channels"), (2, 3, "six planes"):
        yield Case((N * C, *fold_case(rng, (N, C, (3, 4), (2, 2), 1), "").args), "enough", note=note)


# Exercise 2 ----------------------------------------------------------------------------------------------------------


def tile_case(rng, shape, note, dtype=np.float64):
    N, C, (H, W), K, (kh, kw), rows = shape
    x, weight = numbers(rng, N, C, H, W).astype(dtype), signed(rng, K, C, kh, kw).astype(dtype)
    return Case((x, weight, rows), convolved(x, weight), note=note, rtol=1e-9 if dtype == np.float64 else 1e-5)


def tile_example(rng):
    x = np.arange(1.0, 13).reshape(1, 1, 3, 4)
    weight = np.array([[[[1.0, 2], [3, 4]]]])
    yield Case((x, weight, 1), np.array([[[[44.0, 54, 64], [84, 94, 104]]]]), note="lesson 5's picture, tiles of one row")


def tile_cases(rng):
    for shape, note in TILES:
        yield tile_case(rng, shape, note)
    yield tile_case(rng, TILES[5][0], "float32", np.float32)


def tile_ends(rng):
    for shape, note in RAGGED + ODD_TILES:
        yield tile_case(rng, shape, note)


def tile_races(rng):
    for shape in ((1, 1, (2, 2), 1, (1, 1), 1), (1, 2, (5, 3), 2, (2, 2), 2), (2, 1, (3, 2), 1, (1, 1), 1)):
        yield Case(tile_case(rng, shape, "").args, QUIET)


def tile_counts(rng):
    for shape, tiles in ((1, 1, (4, 3), 1, (2, 2), 1), 3), ((3, 2, (6, 4), 1, (2, 2), 2), 9), ((2, 1, (9, 3), 5, (2, 1), 4), 4):
        N = shape[0]
        note = f"{N} picture{'s' * (N > 1)}, {tiles // N} tiles each"
        yield Case(tile_case(rng, shape, "").args, tiles, note=note)


def tile_memory(rng):
    for shape in ((1, 3, (9, 8), 1, (2, 2), 1), (2, 2, (7, 9), 1, (3, 2), 2)):
        _, C, (H, W), _, (kh, kw), rows = shape
        wanted = C * kh * kw * rows * (W - kw + 1)
        note = f"the columns of one tile are {wanted} numbers, those of a picture {wanted // rows * (H - kh + 1)}"
        yield Case((wanted, *tile_case(rng, shape, "").args), "small enough", note=note)


def one_of(cases, number):
    """A property's cases of which only one is asked: compiling takes most of a second, whatever the numbers."""

    def only(rng):
        yield list(cases(rng))[number]

    return only


EXERCISES = [
    Exercise(
        "parallel_col2im",
        (
            Property("the worked example, one iteration after the other", fold_example, 1, value_of),
            Property("columns of any shape, and their dtype", fold_cases, 2, value_of),
            Property("strides, and odd shapes", fold_strides, 1, value_of),
            Property("no two iterations touch the same element", fold_races, 3, race_of),
            Property("there is an iteration for each channel of each picture", fold_shares, 2, enough_iterations),
            Property("Numba compiles it, to the same numbers", one_of(fold_cases, 4), 1, compiled, last=True),
        ),
        imports=("numba",),
        needs="numba",
        seconds=30.0,
        optional=True,
        hints=(
            ("Which of the loops over n, c, i, j, u and v can be shared out so that no pixel is shared? Ask of each: can two of"
            " its iterations add to the same pixel?"),
            ("The loops over n and c: a channel of a picture, a plane, belongs to one iteration. Make one loop of the two, since"
            " Numba shares out only one."),
            ("for plane in prange(N * C): n, c = plane // C, plane % C; then four ordinary loops over i, j, u and v with"
            " x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]."),
        ),
    ),
    Exercise(
        "tiled_conv2d",
        (
            Property("the worked example, one iteration after the other", tile_example, 1, value_of),
            Property("pictures and kernels of any shape, and their dtype", tile_cases, 2, value_of),
            Property("a last tile with fewer rows, and odd shapes", tile_ends, 2, value_of),
            Property("no two iterations touch the same element", tile_races, 3, race_of),
            Property("there is an iteration for each tile of each picture", tile_counts, 1, iterations_of),
            Property("it never holds more columns than those of one tile", tile_memory, 2, largest_of),
            Property("Numba compiles it, to the same numbers", one_of(tile_ends, 1), 1, compiled, last=True),
        ),
        imports=("numba",),
        needs="numba",
        seconds=30.0,
        optional=True,
        hints=(
            ("How many tiles does a picture have if the last one may be smaller? Round oh / rows up. Then one loop over all tiles"
            " of all pictures, as in exercise 1."),
            "Each iteration makes its own array for the columns, inside the loop: one array outside would be written by all.",
            ("n, first = tile // tiles, tile % tiles * rows; count = min(rows, oh - first); columns = np.empty((R, count * ow),"
            " x.dtype), filled from x[n, c, first + u + i, v + j]; then y[n, k, first * ow + p] += matrix[k, r] * columns[r, p]."),
        ),
    ),
]
