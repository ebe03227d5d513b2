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
# # Lesson 9: A thread for every pixel
#
# What if every pixel had a thread of its own, and how do the threads keep out of each other's way?
#
# A graphics card runs one small function in thousands of threads. You do not write the loop over the pixels; you
# write what happens at one of them. Six puzzles lead from the simplest such function to the two that a network on a
# card is made of: a convolution, and col2im. You need no card. The threads are simulated, and the simulator sees what
# a card would not tell: who reads what, how often, and where two threads are in each other's way. It is a side track:
# no later lesson needs it.
#
# *Section 4.3 of the paper (trained on one card) · builds on lessons 6 and 8 · 130 minutes*
#
# 1. [One thread, one element](#1.-One-thread,-one-element)
# 2. [Blocks, and threads with nothing to do](#2.-Blocks,-and-threads-with-nothing-to-do)
# 3. [Two dimensions](#3.-Two-dimensions)
# 4. [Read once, use three times](#4.-Read-once,-use-three-times)
# 5. [A convolution](#5.-A-convolution)
# 6. [col2im asks instead of telling](#6.-col2im-asks-instead-of-telling)
#
# Stuck in a puzzle? `hint("09.relu_map")` gives a hint, and a further one each time you call it.

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import numpy as np

from minifcn import plot
from minifcn.course import check, earlier, hint
from minifcn.course.simulators.card import cuda, launch  # on a card: from numba import cuda

# The course's own answers of lesson 6. For yours: earlier("06.im2col", answers="06_im2col.ipynb")
im2col, col2im = earlier("06.im2col", "06.col2im")

rng = np.random.default_rng(0)
THREADS = 8  # in a block, along one axis
SIDE = 4  # of a square block

# %% [markdown]
# ## 1. One thread, one element
#
# A function for the card is a *kernel*. (It has nothing to do with the kernel of a convolution; the word is unlucky.)
# It is launched with a number of threads. Each runs the same lines, and only one thing differs: `cuda.threadIdx.x`,
# the thread's own number, from 0.


# %%
@cuda.jit
def square(x, y):
    """y = x * x, element by element."""
    me = cuda.threadIdx.x
    y[me] = x[me] * x[me]


x, y = np.arange(5.0), np.zeros(5)
launch(square, 1, 5, x, y)  # 1 block of 5 threads
print(y)

# %% [markdown]
# There is no loop, and nothing is returned: a kernel writes into an array that it is given. On a card, the launch is
# written `square[1, 5](x, y)`, and the arrays are copied to the card's memory first. All else in this lesson is the
# code that runs on a card.
#
# Others call a function that does the same to every element a *map*.
#
# ### Exercise 1: ReLU
#
# There are exactly as many threads as elements.


# %%
@cuda.jit
def relu_map(x, y):
    """y = max(x, 0): a thread for each element, all in one block.

    x: (n,), only read;  y: (n,), to be filled;  launched with 1 block of n threads
    x = [3, -1, 0, 2]  ->  y = [3, 0, 0, 2]
    """
    ### BEGIN SOLUTION
    i = cuda.threadIdx.x
    y[i] = max(x[i], 0.0)
    ### END SOLUTION


# %%
check("09.relu_map", relu_map)

# %% [markdown]
# ## 2. Blocks, and threads with nothing to do
#
# Threads come in *blocks*, on today's cards of at most 1024. A large array needs several, and each block numbers its
# threads from 0 again. So a thread's number among all is
#
# $$i = \text{blockIdx.x} \cdot \text{blockDim.x} + \text{threadIdx.x}.$$
#
# With blocks of 4, thread 1 of block 2 is number $2 \cdot 4 + 1 = 9$. `cuda.grid(1)` computes this.
#
# All blocks have the same size. For 6 elements in blocks of 4 there are 2 blocks, 8 threads, and numbers 6 and 7 have
# no element.
#
# **What do you expect?** What happens if they write theirs all the same?

# %% tags=["expected"]
try:
    launch(square, 1, 8, np.arange(6.0), np.zeros(6))
except IndexError as error:
    print(error)

# %% [markdown]
# The simulator stops. A card does not look: the thread reads and writes whatever is behind the array, such as another
# array. You find out an hour later, somewhere else. So every kernel begins with a *guard*: an `if` around its work.
#
# Others call the threads *work-items* and a block a *work-group* (OpenCL), or a *cooperative thread array*.
#
# ### Exercise 2: ReLU, guarded


# %%
@cuda.jit
def relu_guarded(x, y):
    """y = max(x, 0) with any number of blocks; there may be more threads than elements.

    x: (n,), only read;  y: (n,), to be filled;  n may be 0
    x = [3, -1, 0, 2, -5, 6], launched with 2 blocks of 4 threads  ->  y = [3, 0, 0, 2, 0, 6]
    """
    ### BEGIN SOLUTION
    i = cuda.grid(1)
    if i < x.size:
        y[i] = max(x[i], 0.0)
    ### END SOLUTION


# %%
check("09.relu_guarded", relu_guarded)

# %% [markdown]
# ## 3. Two dimensions
#
# Blocks may have rows and columns. Then `threadIdx` has an `x` and a `y`, and `cuda.grid(2)` gives both numbers, **x
# first**. Whether x is the row or the column of your array is up to you, and one choice is better. Threads that
# differ by 1 in x run at the same time, 32 of them together (others call them a *warp*), and the card reads a whole
# run of memory for them in one go. An array lies in memory row by row (lesson 6). So x should run along a row: **x is
# the column, y is the row.**
#
# By hand: blocks of 4 x 2 (x is 4), block (1, 2), thread (3, 0). Column $1 \cdot 4 + 3 = 7$, row $2 \cdot 2 + 0 = 4$.
#
# **What do you expect?** An array of 3 x 5 elements in blocks of x = 4, y = 2: how many blocks, how many threads, and
# how many of them have nothing to do?

# %% tags=["expected"]
across, down = -(-5 // 4), -(-3 // 2)
print(f"{across} x {down} blocks, {across * down * 8} threads, {across * down * 8 - 15} without an element")

# %% [markdown]
# A convolution's result, as lesson 7 leaves it, has a row for each of the $K$ kernels and a column for each of the
# $P$ places. The bias is added to whole rows.
#
# ### Exercise 3: the bias


# %%
@cuda.jit
def add_bias(x, bias, y):
    """y[k, p] = x[k, p] + bias[k], with blocks in two dimensions that may stick out on both sides.

    x: (K, P), bias: (K,), both only read;  y: (K, P), to be filled
    x = [[1, 2, 3], [4, 5, 6]], bias = [10, 20]  ->  y = [[11, 12, 13], [24, 25, 26]]
    """
    ### BEGIN SOLUTION
    column, row = cuda.grid(2)
    if row < x.shape[0] and column < x.shape[1]:
        y[row, column] = x[row, column] + bias[row]
    ### END SOLUTION


# %%
check("09.add_bias", add_bias)

# %% [markdown]
# ## 4. Read once, use three times
#
# So far each element was read by one thread. Here is the smallest convolution: $y_i = x_i + x_{i+1} + x_{i+2}$. Every
# thread reads three elements, and every element is read by three threads.


# %%
@cuda.jit
def three_directly(x, y):
    """Each thread reads its three elements itself."""
    me = cuda.grid(1)
    if me < y.size:
        y[me] = x[me] + x[me + 1] + x[me + 2]


plot.thread_reads({"three_directly": launch(three_directly, 2, THREADS, np.ones(18), np.zeros(16)).seen["x"]}, 18)

# %% [markdown]
# Above are the threads, a colour for each block, below the elements of $x$. The number under an element counts its
# reads: 48 in all, for 18 elements. The card's main memory, *global* memory, is far away: a read takes hundreds of
# cycles. But each block has a small memory of its own nearby, *shared* memory, which all its threads see:
#
# ```python
# tile = cuda.shared.array(10, np.float64)   # one array for the block; the size must be a constant
# ```
#
# So let the block fetch what it needs, each element once, into a *tile*, and compute from there. A block of 8 threads
# needs $8 + 2 = 10$ elements. Every thread brings one; who brings the last two?
#
# There is a catch. Thread 0 needs what threads 1 and 2 bring, and nobody says that they have brought it. Threads of a
# block do not run in step. So all must wait for each other after they have brought their elements. A call of
# `cuda.syncthreads`, without arguments, lets nobody go on until all threads of the block are there.
#
# Others call this a *barrier*. Without it there is a race, of the kind of lesson 8: one thread reads what another
# writes, and nothing says who comes first.
#
# **What do you expect?** This kernel turns 8 elements around by way of a tile, and its barrier has been forgotten.
# Which two threads does the simulator complain about first?


# %% tags=["expected"]
@cuda.jit
def turned_around(x, y):
    """Without a barrier: wrong."""
    tile = cuda.shared.array(8, np.float64)
    me = cuda.threadIdx.x
    tile[me] = x[me]
    y[me] = tile[7 - me]


print(launch(turned_around, 1, 8, np.arange(8.0), np.zeros(8)).race)

# %% [markdown]
# The simulator lets one thread run after the other. Thread 3 reads `tile[4]` before thread 4 has written it. Had they
# run in the other order, it would have got the right number, and the race would be there all the same: what counts is
# that no barrier is between the two.
#
# > **Often misunderstood.** "All threads of a block run in step, so the write comes first": 32 of them often do, and
# > not even these are promised to. "`syncthreads` waits for all threads of the card": only for those of its block.
# > Blocks cannot wait for each other; what one block writes, another must not read in the same launch. "Threads
# > without an element can return early": not before a barrier, for all must reach it. Put the guard around the work,
# > and the barrier outside.
#
# ### Exercise 4: a sum of three, through a tile


# %%
@cuda.jit
def sum_of_three(x, y):
    """y[i] = x[i] + x[i + 1] + x[i + 2]; each block reads an element of x at most once.

    x: (n,), only read;  y: (n - 2,), to be filled;  launched with blocks of THREADS (8) threads,
    enough for n
    x = [1, 2, 3, 4, 5]  ->  y = [6, 9, 12]
    """
    ### BEGIN SOLUTION
    tile = cuda.shared.array(THREADS + 2, np.float64)
    t, i = cuda.threadIdx.x, cuda.grid(1)
    if i < x.size:
        tile[t] = x[i]
    if t < 2 and i + THREADS < x.size:
        tile[t + THREADS] = x[i + THREADS]
    cuda.syncthreads()
    if i < y.size:
        y[i] = tile[t] + tile[t + 1] + tile[t + 2]
    ### END SOLUTION


# %%
check("09.sum_of_three", sum_of_three)

# %% [markdown]
# **What do you expect?** The same picture for your kernel: how many reads in all, and which elements are read twice?

# %% tags=["expected"]
reads = {
    "three_directly": launch(three_directly, 2, THREADS, np.ones(18), np.zeros(16)),
    "sum_of_three": launch(sum_of_three, 2, THREADS, np.ones(18), np.zeros(16)),
}
plot.thread_reads({name: run.seen["x"] for name, run in reads.items()}, 18)

# %% [markdown]
# 20 reads instead of 48. Only elements 8 and 9 are read twice: both blocks need them, and blocks do not share. Others
# call them the *halo*, as in lesson 8.
#
# ## 5. A convolution
#
# With a kernel of 3 x 3 each pixel is read nine times, so a tile saves more. A block of `SIDE` x `SIDE` threads, 4 x
# 4, computes 4 x 4 results and needs 6 x 6 pixels. These are 36 pixels for 16 threads. So every thread brings
# several: thread (0, 0) brings the pixels (0, 0), (0, 4), (4, 0) and (4, 4) of the tile, in steps of `SIDE`. Thread
# (3, 3) brings only (3, 3), since 7 is beyond the tile.
#
# The counting: 4 x 4 results read directly are $16 \cdot 9 = 144$ reads. The tile takes 36. A larger block does
# better, up to a ninth.
#
# ### Exercise 5: a convolution through a tile


# %%
@cuda.jit
def conv_tiled(x, weight, y):
    """The convolution with a kernel of 3 x 3, stride 1, no padding; each block reads a pixel of x at most once.

    x: (H, W), weight: (3, 3), both only read;  y: (H - 2, W - 2), to be filled
    Launched with blocks of SIDE x SIDE (4 x 4) threads, enough for y. Read the weights directly.

        y[u, v] = the sum over i, j of weight[i, j] * x[u + i, v + j]
    """
    ### BEGIN SOLUTION
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
    ### END SOLUTION


# %%
check("09.conv_tiled", conv_tiled)


# %% [markdown]
# **What do you expect?** A picture of 10 x 10 pixels, four blocks. How often is each pixel read, directly and through
# your tile?


# %% tags=["expected"]
@cuda.jit
def conv_directly(x, weight, y):
    """Each thread reads its nine pixels itself."""
    v, u = cuda.grid(2)
    if u < y.shape[0] and v < y.shape[1]:
        y[u, v] = 0.0
        for tap in range(9):
            y[u, v] += weight[tap // 3, tap % 3] * x[u + tap // 3, v + tap % 3]


picture, weight = rng.standard_normal((10, 10)), rng.standard_normal((3, 3))
direct, tiled = (
    launch(kernel, (2, 2), (SIDE, SIDE), picture, weight, np.zeros((8, 8))).reads["x"]
    for kernel in (conv_directly, conv_tiled)
)
print(f"reads directly: {direct.sum()}, through tiles: {tiled.sum()}")
blocks = [(0, 0, 6, 6), (4, 4, 6, 6)]
plot.grids(cell=0.3, limit=9, directly=direct, through_tiles=tiled, marks={"directly": blocks, "through_tiles": blocks})

# %% [markdown]
# 576 reads became 144. Two of the four tiles are outlined. Where two overlap, a pixel is read twice; where four do,
# four times. The left picture you know: it is the number of windows that see a pixel, of lesson 6.
#
# ## 6. col2im asks instead of telling
#
# Now the way back. In lesson 6, each window *tells* its pixels what to add: col2im scatters. With a thread for each
# window, two threads would add to the same pixel. Lesson 8 gave each plane to one core, but a card has thousands of
# threads, and more of them than there are planes.
#
# So turn it around. Give each *pixel* a thread, and let it *ask*: which windows saw me, and with which tap? It adds
# up what they say and writes one number. Others call this a *gather*, the opposite of a *scatter*.
#
# Call a pixel's row $r$ and its column $q$. Window $(u, v)$ sees pixel $(r, q)$ with tap $(i, j)$ if $r = u s + i$
# and $q = v s + j$ (lesson 6, without padding). The pixel knows $r$, tries all $i$, and solves for $u$:
#
# $$u = \frac{r - i}{s},$$
#
# if this is a whole number, at least 0, and there is such a window, $u < o_h$. The same holds for $v$.
#
# By hand: stride 2, kernel 3, 7 rows, so $o_h = 3$. Row $r = 4$ asks its three taps. $i = 0$: $u = 2$, a window.
# $i = 1$: $u = 1\frac12$, none. $i = 2$: $u = 1$, a window. Row 5 has only $i = 1$: $u = 2$. Two answers, one, two,
# one: that is the checkerboard of lesson 6 again.
#
# Beware of the division. In Python `-1 // 2` is $-1$, in C it is 0. Ask whether $r - i$ is negative before you
# divide.
#
# ### Exercise 6: col2im as a gather


# %%
@cuda.jit
def col2im_gather(columns, kh, kw, stride, x):
    """col2im of one channel, without padding: a thread for each pixel of x, which it alone writes.

    columns: (kh*kw, oh*ow), in the order of im2col, only read;  kh, kw, stride: ints
    x: (H, W), to be filled; a pixel that no window sees becomes 0. Launched with enough blocks.

    columns of ones, (4, 6), kh = kw = 2, stride 1, x of 3 x 4:
        [[1, 2, 2, 1],
         [2, 4, 4, 2],
         [1, 2, 2, 1]]
    """
    ### BEGIN SOLUTION
    column, row = cuda.grid(2)
    H, W = x.shape
    if row < H and column < W:
        oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
        total = 0.0
        for i in range(kh):
            for j in range(kw):
                above, before = row - i, column - j
                if above >= 0 and before >= 0 and above % stride == 0 and before % stride == 0:
                    u, v = above // stride, before // stride
                    if u < oh and v < ow:
                        total += columns[i * kw + j, u * ow + v]
        x[row, column] = total
    ### END SOLUTION


# %%
check("09.col2im_gather", col2im_gather)

# %% [markdown]
# **What do you expect?** Your kernel and lesson 6's function, with a kernel of 3 x 3 and stride 2: equal to the last
# bit, or nearly?

# %% tags=["expected"]
columns = im2col(rng.standard_normal((1, 1, 9, 9)), (3, 3), stride=2)
gathered = np.zeros((9, 9))
run = launch(col2im_gather, (3, 3), (SIDE, SIDE), columns[0], 3, 3, 2, gathered)
print("race:", run.race or "none")
print("largest difference:", np.abs(gathered - col2im(columns, (9, 9), (3, 3), stride=2)[0, 0]).max())

# %% [markdown]
# Equal: both add tap by tap, in the same order. A scatter with *atomic* additions, which cards also have, would add
# in the order in which the threads happen to come, and round a little differently each time.
#
# ### On a card
#
# Change the import at the top to `from numba import cuda`, and write launches as `kernel[blocks, threads](...)`. Your
# six kernels run unchanged. This notebook was made on the simulator; nothing in it has been timed on a card.
#
# ## Where this stands in minifcn
#
# | here | there |
# |---|---|
# | a guard, and any number of threads | `minifcn/kernels/gpu/common.cuh`, `FOR_EACH`: each thread does every n-th element |
# | ReLU | `elementwise.cu`, `relu_forward` |
# | the bias, and col2im as a gather | `conv.cu`, `from_rows` and `col2im` |
# | a convolution through tiles | `implicit_gemm.cu`: both factors of the product in shared memory, two barriers a step |
# | the simulated card | `minifcn/course/simulators/card.py` |
#
# ## Three questions
#
# **1.** im2col has a thread for each window, and it is a copy. Is it a gather or a scatter, and does it race?
#
# <details><summary>Answer</summary>
#
# A gather: each thread reads pixels that others read, too, and writes entries of the columns that are its own. No
# race. Its adjoint scatters, which is why the way back needs a thread for each pixel instead.
# </details>
#
# **2.** A kernel of 1 x 1: what does a tile save?
#
# <details><summary>Answer</summary>
#
# Nothing. Each pixel is read by one thread, for one kernel. With $K$ kernels it is read $K$ times, and then a tile of
# pixels pays again: that is the product of matrices of lesson 7.
# </details>
#
# **3.** `if i < x.size:` around all of `sum_of_three`, the barrier included: what happens in the last block?
#
# <details><summary>Answer</summary>
#
# Threads beyond the end never reach the barrier, and the others wait for them. A card may hang, or go on as if
# nothing were wrong. The simulator says which thread ended.
# </details>
#
# ## Two open problems
#
# **A.** `conv_tiled` reads each weight once for each result. Put the weights into shared memory, too. How many reads
# of global memory are left for a picture of 224 x 224, and how many with blocks of 16 x 16?
#
# **B.** Shared memory has 32 *banks*; two threads that read different numbers of the same bank wait for each other.
# Find out how banks are numbered, and choose the width of the tile so that nobody waits.
#
# ## The paper
#
# Section 4.3 says that the nets were trained on a single card. FCN-32s took three days. Its layers are the puzzles of
# this lesson: im2col or tiles, a product of matrices, a bias, a ReLU, and col2im on the way back.
