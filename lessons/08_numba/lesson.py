# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lesson 8: Loops on all cores
#
# Why does a loop that was right give other numbers on two cores, and not even the same ones each time?
#
# Lesson 7 replaced the loops by a product of matrices, because Python's loops are slow. But the loops were never the
# problem; Python was. Numba compiles them, and then they can do what one product cannot: run on all cores, in an
# order that suits the memory. In this lesson you write two such kernels. It is a side track: no later lesson needs it
# but lesson 9.
#
# *Section 4.3 of the paper (what it runs on) · builds on lessons 6 and 7 · 90 minutes*
#
# 1. [The same loops, compiled](#1.-The-same-loops,-compiled)
# 2. [Two cores, one pixel](#2.-Two-cores,-one-pixel)
# 3. [Find the race without running it](#3.-Find-the-race-without-running-it)
# 4. [Who owns a pixel?](#4.-Who-owns-a-pixel?)
# 5. [Tiles](#5.-Tiles)
# 6. [Was it worth it?](#6.-Was-it-worth-it?)
#
# Stuck in an exercise? `hint("08.parallel_col2im")` gives a hint, and a further one each time you call it.

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
from time import perf_counter

import numba
import numpy as np
from numba import njit, prange

from minifcn import plot
from minifcn.course import check, earlier, hint
from minifcn.course.simulators.loops import watch_loops

# The course's own answers of lessons 6 and 7. For yours, name your notebook:
# earlier("06.col2im", answers="06_im2col.ipynb")
im2col, col2im, conv_forward = earlier("06.im2col", "06.col2im", "07.conv_forward")

rng = np.random.default_rng(0)
CORES = numba.config.NUMBA_NUM_THREADS


def fastest(function, *args, repeat=5):
    """The shortest of several times, in milliseconds; the first call, which compiles, does not count."""
    function(*args)
    times = []
    for _ in range(repeat):
        start = perf_counter()
        function(*args)
        times.append(perf_counter() - start)
    return 1e3 * min(times)


# %% [markdown]
# ## 1. The same loops, compiled
#
# Here is col2im once more, in loops; `np.ndindex` is four of them. In NumPy nobody would write it so. Picture $n$,
# channel $c$, tap $(i, j)$, place $(u, v)$: the letters are those of lesson 6. There is no padding in this lesson.


# %%
def col2im_in_loops(columns, size, kernel_size, stride=1):
    """col2im of lesson 6, one number after the other."""
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    down, across = (H - kh) // stride + 1, (W - kw) // stride + 1  # windows
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for n, c, i, j in np.ndindex(N, C, kh, kw):
        line = (c * kh + i) * kw + j
        for u in range(down):
            for v in range(across):
                x[n, c, u * stride + i, v * stride + j] += columns[n, line, u * across + v]
    return x


compiled_col2im = njit(col2im_in_loops)

# %% [markdown]
# `njit` is all of Numba that we need here. At the first call, it looks at the types of the arguments, translates the
# function for exactly these types into machine code, and from then on calls that. It understands numbers, arrays,
# tuples, and much of NumPy. Of anything else it says so: there is no way back to Python's own slow objects, which is
# what the `n`, *nopython*, stands for. Others call a compiler that waits for the first call a *just-in-time*
# compiler, JIT.
#
# **What do you expect?** A picture of 3 channels, 96 x 96 pixels, and 3 x 3 windows: 240,000 additions. How long does
# each of the three take: Python's loops, lesson 6's slices, the compiled loops?

# %% tags=["volatile"]
small = rng.standard_normal((1, 27, 94 * 94)).astype(np.float32)
start = perf_counter()
col2im_in_loops(small, (96, 96), (3, 3))
print(f"loops in Python   {1e3 * (perf_counter() - start):8.2f} ms")
print(f"slices of NumPy   {fastest(col2im, small, (96, 96), (3, 3)):8.2f} ms")
print(f"compiled loops    {fastest(compiled_col2im, small, (96, 96), (3, 3)):8.2f} ms")

# %% [markdown]
# The compiled loops do what the loops in Python do, number by number, hundreds of times as fast, which is about as
# fast as the slices. Now the other cores can help. With `parallel=True`, Numba shares out the iterations of one loop
# among the cores: the one that says `prange` where the others say `range`. With two cores, one gets the first half of
# the iterations and the other gets the second half. Both work at the same time.
#
# ## 2. Two cores, one pixel
#
# Which loop? Lesson 6 had a loop over the taps outside and slices inside, so let the cores share the taps.


# %%
@njit(parallel=True)
def racing_col2im(columns, size, kernel_size, stride=1):
    """The taps are shared out. This is wrong."""
    (H, W), (kh, kw) = size, kernel_size
    N, C = len(columns), columns.shape[1] // (kh * kw)
    down, across = (H - kh) // stride + 1, (W - kw) // stride + 1  # windows
    x = np.zeros((N, C, H, W), dtype=columns.dtype)
    for tap in prange(kh * kw):
        i, j = tap // kw, tap % kw
        for n, c in np.ndindex(N, C):
            line = c * kh * kw + tap
            for u in range(down):
                for v in range(across):
                    x[n, c, u * stride + i, v * stride + j] += columns[n, line, u * across + v]
    return x


# %% [markdown]
# Columns of ones count how many windows see a pixel (lesson 6): 9 in the middle of a picture, 1 in its corners. So
# the right result is known, and the numbers are whole: rounding explains nothing.
#
# **What do you expect?** A thousand runs, with the same input. How many of them are right?

# %% tags=["volatile"]
side = 224
ones = np.ones((1, 9, (side - 2) ** 2), np.float32)
right = compiled_col2im(ones, (side, side), (3, 3))
counts, worst = [], np.zeros((side, side), bool)
for _ in range(1000):
    wrong = (racing_col2im(ones, (side, side), (3, 3)) != right)[0, 0]
    counts.append(int(wrong.sum()))
    worst = max(wrong, worst, key=np.sum)
print(f"{counts.count(0)} of 1000 runs are right; the worst has {max(counts)} wrong pixels; {CORES} cores")

# %% [markdown]
# Run the cell again, and the numbers are different. On a busy computer, or one with a single core, every run may be
# right. What happens? `x[p] += a` looks like one step, but it is three: read the pixel, add, write it back. Pixel $p$
# holds 4, and two cores add 1 each:
#
# | core A | core B | the pixel |
# |---|---|---|
# | reads 4 | | 4 |
# | | reads 4 | 4 |
# | adds 1, writes 5 | | 5 |
# | | adds 1, writes 5 | 5 |
#
# It should be 6. One of the two additions is lost. If A had been a little faster, B would have read 5, and nobody
# would have noticed. Others call this a *race condition*, or a *data race*: two workers touch the same place, at
# least one of them writes, and nothing says who comes first.
#
# > **Often misunderstood.** "I ran it ten times, and it was right": then nobody was in the way ten times. "One `+=`
# > is one step": not for the machine. "The numbers are only rounded differently": an addition that is lost is a stamp
# > that is missing, and gradients with holes still train, only worse. "Python's lock protects me": compiled code does
# > not hold it.
#
# ## 3. Find the race without running it
#
# If a race shows only now and then, no test that runs the kernel can be trusted. But the race is in the program, not
# in the run. So look at the program: let one worker do all iterations, one after the other, and write down which
# elements each of them reads and writes. If iteration $a$ writes an element, and iteration $b$ reads or writes it
# too, it is a race, on any computer, whatever the numbers.
#
# `watch_loops` does that, with arrays that note what is done to them. It needs no second core, and it always says the
# same. The check of your kernels uses it.
#
# **What do you expect?** A picture of 3 x 4 pixels, a kernel of 2 x 2. Which pixels are safe?

# %% tags=["expected"]
watched = watch_loops(racing_col2im, np.ones((1, 4, 6)), (3, 4), (2, 2))
print("iterations that may run in parallel:", watched.loops)
print(watched.race)
print(watched.raced["result"][0, 0].astype(int))

# %% [markdown]
# A 1 marks a pixel that two taps fight for. Only the corners are safe: they are in one window, so only one tap
# touches them. The value that `watch_loops` returns is right, by the way; with one worker there is nobody to race
# with. This is why a race passes tests.
#
# ## 4. Who owns a pixel?
#
# A kernel without a race is one in which every element that is written has *one* owner. Ask it of each loop:
#
# - taps: no, we have seen it.
# - rows $u$ of windows: windows $u$ and $u + 1$ overlap if the stride is smaller than the kernel. No.
# - channels $c$: col2im adds channel $c$ of the columns to channel $c$ of the picture, and to no other. Yes.
# - pictures $n$: yes.
#
# So a channel of a picture, a *plane*, can belong to one iteration, with all loops inside as they were. Should you
# share out the loop over $n$ or the one over $c$? With `prange` in both, Numba shares out the outer one, and the
# inner one is an ordinary loop. A single picture of 64 channels would run on a single core. So make one loop of the
# two, over $N \cdot C$ planes. Plane $t$ is then in picture $n = t \div C$, without the remainder, and the remainder
# is the channel. With $C = 3$, plane 7 is channel 1 of picture 2.
#
# What is created inside the loop belongs to the iteration that creates it. So does a number that is set inside.
#
# ### Exercise 1: col2im on all cores


# %%
@njit(parallel=True)
def parallel_col2im(columns, size, kernel_size, stride=1):
    """col2im without padding, on all cores: an iteration for each channel of each picture.

    columns: (N, C*kh*kw, oh*ow), rows and columns in the order of im2col, N may be 0
    size:    (H, W) of the picture;  kernel_size: (kh, kw)
    Returns x (N, C, H, W), of the dtype of columns. No two iterations of the prange touch the same
    element, and there are N*C of them or more. A pixel that no window sees is 0.

    columns of ones, (1, 4, 6), size (3, 4), kernel_size (2, 2):
        [[1, 2, 2, 1],
         [2, 4, 4, 2],
         [1, 2, 2, 1]]
    """
    ### BEGIN SOLUTION
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        for i in range(kh):
            for j in range(kw):
                row = (c * kh + i) * kw + j
                for u in range(oh):
                    for v in range(ow):
                        x[n, c, u * stride + i, v * stride + j] += columns[n, row, u * ow + v]
    return x
    ### END SOLUTION


# %%
check("08.parallel_col2im", parallel_col2im)

# %% [markdown]
# The same two tests as for the racing kernel:

# %% tags=["expected"]
yours = watch_loops(parallel_col2im, np.ones((2, 12, 6)), (3, 4), (2, 2))
print("iterations that may run in parallel:", yours.loops)
print("race:", yours.race or "none")
hundred = [np.array_equal(parallel_col2im(ones, (side, side), (3, 3)), right) for _ in range(100)]
print("a hundred runs, all right:", all(hundred))

# %% [markdown]
# The hundred right runs prove nothing, as you know now. The line above them does.
#
# ## 5. Tiles
#
# Adding is little work for a core. Often it waits for memory instead. A core has a small, fast memory of its own, the
# *cache*, of a few hundred kilobytes to a few megabytes. What is in there arrives within a few cycles. What is not
# takes a hundred times as long, and all cores share the road that it takes.
#
# Lesson 6 counted what im2col costs: the columns of VGG16's second convolution, 64 channels of 224 x 224, are 116
# megabytes. They are written to memory, read again by the product, and thrown away. But the product never needs all
# of them together. Result $(u, v)$ needs one column. So take the results in *tiles*: a few rows at a time. Make the
# columns of these rows only, multiply them while they are still in the cache, and go on.
#
# | | columns at a time | in float32 |
# |---|---|---|
# | whole picture | $576 \cdot 222 \cdot 222$ | 113.5 MB |
# | 1 row of results | $576 \cdot 222$ | 0.51 MB |
# | 4 rows | $576 \cdot 888$ | 2.05 MB |
#
# (The 116 are for padding 1. Here there is none, so 222 rows and columns of results are left.)
#
# And the tiles are also what the cores share. Each tile owns its rows of the result. There is one trap. The array for
# the columns is written by every tile. If there is one such array for all, made before the loop, then every iteration
# writes into it.
#
# **What do you expect?** An array made before the loop saves time, since memory is asked for only once. What would
# `watch_loops` say?
#
# A tile of `rows` rows begins at row `first`. Its columns need `kh - 1` more rows of the picture than it has results:
# the *halo*. Two tiles both read these rows. That is no race, because nobody writes the picture.
#
# By hand: 7 rows of results in tiles of 3 are the rows 0 to 2, 3 to 5, and 6. That is $\lceil 7 / 3 \rceil = 3$
# tiles, and the last has a single row. In compiled code nobody notices if you read beyond the end of an array: Numba
# does not look, for speed. You get whatever is in memory there. (The check runs your kernel in Python first, which
# does look.)
#
# ### Exercise 2: a convolution in tiles
#
# Write the product as loops. Numba compiles `@` only where SciPy is installed, and in the check it is not. The order
# of the loops matters for speed: the innermost should walk along memory, over the places of a row.


# %%
@njit(parallel=True)
def tiled_conv2d(x, weight, rows):
    """The convolution of lesson 5, stride 1, no padding, no bias, in tiles of `rows` rows of results, on all cores.

    x: (N, C, H, W), N may be 0;  weight: (K, C, kh, kw);  rows: at least 1; the last tile of a
    picture may have fewer
    Returns y (N, K, oh, ow), of the dtype of x. There is one iteration of the prange for each tile
    of each picture, N * ceil(oh / rows) in all. It makes the columns of its own rows only. No two
    iterations touch the same element, unless both only read it.

    x = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], weight = [[1, 2], [3, 4]] (N = C = K = 1):
        y = [[44, 54, 64], [84, 94, 104]], for any rows
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    matrix = weight.reshape(K, R)
    y = np.zeros((N, K, oh * ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for tile in prange(N * tiles):
        n, first = tile // tiles, tile % tiles * rows
        count = min(rows, oh - first)
        columns = np.empty((R, count * ow), x.dtype)
        for r in range(R):
            c, i, j = r // (kh * kw), r // kw % kh, r % kw
            for u in range(count):
                for v in range(ow):
                    columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
        for k in range(K):
            for r in range(R):
                for p in range(count * ow):
                    y[n, k, first * ow + p] += matrix[k, r] * columns[r, p]
    return y.reshape(N, K, oh, ow)
    ### END SOLUTION


# %%
check("08.tiled_conv2d", tiled_conv2d)

# %% [markdown]
# ## 6. Was it worth it?
#
# Two questions to the clock. How many rows should a tile have? And what do more cores give?
#
# **What do you expect?** Tiles of 1, 2, 4, ... rows, up to all of them. Which is the fastest, and is the largest the
# slowest?

# %% tags=["volatile"]
photo = rng.standard_normal((1, 32, 66, 66)).astype(np.float32)
kernels = rng.standard_normal((32, 32, 3, 3)).astype(np.float32)
print(f"lesson 7, NumPy's product   {fastest(conv_forward, photo, kernels):7.1f} ms")
for rows in 1, 2, 4, 8, 16, 32, 64:
    time = fastest(tiled_conv2d, photo, kernels, rows)
    print(f"tiles of {rows:2} rows             {time:7.1f} ms   columns of {4 * 288 * 64 * rows / 1e6:4.1f} MB a tile")

# %% [markdown]
# A single tile of all 64 rows takes twice as long as two of 32: it is one iteration, and one core does it. Between 1
# and 32 rows the time hardly changes. What changes is the memory: a tile of 4 rows needs a sixteenth of it, at no
# cost. Each column is used by 32 kernels here, so these loops compute more than they wait. And the product of lesson
# 7 is still faster: its library keeps a tile of *results* in the processor's registers, which is the same idea one
# floor down.
#
# Now the cores. A kernel that does nothing but compute should be twice as fast on two. One that waits for memory is
# not: all cores share the road to it.
#
# **What do you expect?** Order the three kernels by their speed-up: the racing one, `parallel_col2im`,
# `tiled_conv2d`.

# %% tags=["volatile"]
big = np.ones((4, 8 * 9, (side - 2) ** 2), np.float32)
kernels_to_time = {
    "tiled_conv2d": (tiled_conv2d, photo, kernels, 4),
    "parallel_col2im": (parallel_col2im, big, (side, side), (3, 3)),
    "racing_col2im": (racing_col2im, big, (side, side), (3, 3)),
}
times = {name: [] for name in kernels_to_time}
for threads in range(1, CORES + 1):
    numba.set_num_threads(threads)
    for name, (kernel, *args) in kernels_to_time.items():
        times[name].append(fastest(kernel, *args))
plot.thread_scaling(times, worst, title="Wrong pixels in the worst of 1000 racing runs")

# %% [markdown]
# On the left, with the two cores of an AMD EPYC, the convolution doubles its speed. col2im gains less: it adds one
# number for each that it reads, and waits for memory. The racing kernel gains least: its cores keep taking the same
# pixels away from each other. On the right are the pixels that it got wrong in its worst run. They form bands: rows
# where both cores were at the same time. In another run the bands are elsewhere, or there are none.
#
# ## Where this stands in minifcn
#
# | here | there |
# |---|---|
# | `njit` | `kernels/cpu/runtime/compile.py`: the same options for every kernel |
# | `prange` | `kernels/cpu/runtime/launch.py`: one compiled loop for all kernels, since Numba's own is compiled three times for each |
# | planes that belong to one iteration | `kernels/cpu/convolution/im2col.py`, `fold_images`: each thread takes a share of the planes |
# | tiles of rows | `kernels/cpu/convolution/im2col_blocks.py`: `rows_per_block` chooses how many fit into the cache |
# | loops for the product | `kernels/cpu/convolution/tile.py`: a tile of results is kept in the processor's registers |
# | `watch_loops` | `course/simulators/` |
#
# ## Three questions
#
# **1.** `parallel_col2im` has no race. Does it give the same bits on 1 core and on 64?
#
# <details><summary>Answer</summary>
#
# Yes. Each pixel is summed by one iteration, in an order that does not depend on the number of cores. A kernel that
# cuts one sum into a part for each core gives other roundings with other numbers of cores, race or no race.
# </details>
#
# **2.** Is im2col, with the taps shared out, a race?
#
# <details><summary>Answer</summary>
#
# No. Two taps read the same pixel, but each writes its own row of the columns. Copies can be made by anybody; it is
# adding up that needs an owner. The adjoint of a kernel that reads in common is one that writes in common.
# </details>
#
# **3.** A loop with `total += x[i]`, where `total` is a number, may stand in a `prange`. Why is this no race in
# Numba?
#
# <details><summary>Answer</summary>
#
# Numba sees that `total` is only added to, gives every thread a total of its own, and adds these at the end. Others
# call it a *reduction*. For an element of an array it does not do that: it would need a copy of the array for each
# thread.
# </details>
#
# ## Two open problems
#
# **A.** One picture of one channel: `parallel_col2im` runs on one core. Share out the rows of the *picture* instead,
# so that each pixel asks which windows saw it. Is it as fast on one core? (Lesson 9 needs this.)
#
# **B.** The rows of windows race, but only neighbours do. With a kernel of 3, rows 0, 3, 6, ... have nothing in
# common. Write a kernel with three loops, each parallel, one after the other. When does this beat a pixel that asks?
#
# ## The paper
#
# Section 4.3 says what the nets were trained on: Caffe, one graphics card. Caffe's convolution makes the columns of
# one picture at a time, for the reason of section 5; lesson 9 goes on to the card.
