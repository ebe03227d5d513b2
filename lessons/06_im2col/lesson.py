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
# # Lesson 6: im2col and col2im
#
# How do the loops of a convolution become one big multiplication?
#
# The loops of lesson 5 compute one small sum after the other. Each of them is "a window times a kernel". If all
# windows lay side by side, one product of matrices could do all the sums. This lesson lays them out, and takes them
# back. The multiplication is lesson 7.
#
# *Section 4.3 of the paper (Caffe, whose convolutions are built on this) · builds on lesson 5 · with the optional section 5 (30 minutes) · 95 minutes*
#
# 1. [Every window becomes a column](#1.-Every-window-becomes-a-column)
# 2. [The way back](#2.-The-way-back)
# 3. [Not the inverse, but the adjoint](#3.-Not-the-inverse,-but-the-adjoint)
# 4. [What does it cost?](#4.-What-does-it-cost?)
# 5. [Write the test](#5.-Write-the-test)
#
# Stuck in an exercise? `hint("06.im2col")` gives a hint, and a further one each time you call it.

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import numpy as np

from minifcn import plot
from minifcn.course import accepted_by, check, earlier, hint

# The course's own answer of lesson 5. For yours: earlier("05.output_size", answers="05_convolution.ipynb")
output_size = earlier("05.output_size")

rng = np.random.default_rng(0)

# %% [markdown]
# ## 1. Every window becomes a column
#
# The picture of lesson 5, and its six windows of 2 x 2:

# %%
x = np.arange(1.0, 13).reshape(1, 1, 3, 4)  # N, C, H, W
plot.windows(x[0, 0], kernel_size=(2, 2))

# %% [markdown]
# Read each window like a text, row by row, and write it down as a column. Window 0 becomes $1, 2, 5, 6$; window 1
# becomes $2, 3, 6, 7$. Put the six columns side by side, in the order of the windows:
#
# $$\begin{pmatrix} 1 & 2 & 3 & 5 & 6 & 7 \\ 2 & 3 & 4 & 6 & 7 & 8 \\ 5 & 6 & 7 & 9 & 10 & 11 \\
#   6 & 7 & 8 & 10 & 11 & 12 \end{pmatrix}$$
#
# "Image to columns": *im2col*. A column is a window. And what is a row? Look at the first: $1, 2, 3, 5, 6, 7$. It
# holds the upper left pixel of every window, and that is the picture without its last row and its last column. The
# second row holds the upper right pixels: the picture again, moved by one. Each row is the picture as it is seen
# through one *tap* $(i, j)$ of the kernel:
#
# $$\begin{array}{c|c|c|c}
#   \text{tap } (0, 0) & \text{tap } (0, 1) & \text{tap } (1, 0) & \text{tap } (1, 1) \\ \hline
#   \begin{matrix} 1 & 2 & 3 \\ 5 & 6 & 7 \end{matrix} & \begin{matrix} 2 & 3 & 4 \\ 6 & 7 & 8 \end{matrix} &
#   \begin{matrix} 5 & 6 & 7 \\ 9 & 10 & 11 \end{matrix} & \begin{matrix} 6 & 7 & 8 \\ 10 & 11 & 12 \end{matrix}
#   \end{array}$$
#
# So there are two ways to fill the matrix: window by window, with one turn of the loop for each of the
# $o_h \cdot o_w$ windows, or tap by tap, with one turn for each of the $k_h \cdot k_w$ taps. A picture of 224 x
# 224 has about 50,000 windows of 3 x 3, and 9 taps. With a stride, a tap sees every $s$-th row and column, which
# is a slice `[i : ... : s, j : ... : s]`.
#
# Others call it *unfold* (PyTorch, as an operation), *lowering* (papers on speed), or say that it *extracts patches*.
#
# ### Channels and pictures
#
# With $C$ channels, a window has $C \cdot k_h \cdot k_w$ numbers. All of channel 0 comes first, then all of
# channel 1. This order is not a matter of taste: lesson 7 multiplies a column with a kernel, and `weight` has the
# shape `(K, C, kh, kw)`, so that a kernel in a row reads channel, row, column. The same order must come out here.
# A window of 1 x 2 in three channels:
#
# | | channel 0 | channel 1 | channel 2 | its column |
# |---|---|---|---|---|
# | pixels | $1, 2$ | $3, 4$ | $5, 6$ | $1, 2, 3, 4, 5, 6$ |
#
# Each picture of a batch gets a matrix of its own. In all:
#
# $$\text{columns}_{\,n,\;\;(c\,k_h + i)\,k_w + j,\;\;u\,o_w + v} \;=\; \hat x_{n,\;c,\;us + i,\;vs + j}$$
#
# The letters are those of lesson 5: picture $n$, channel $c$, tap $(i, j)$, place $(u, v)$, padded picture
# $\hat x$. Two of the indices look clumsy. They are nothing but "three axes, read as one": if you fill an array
# with the axes `(N, C, kh, kw, oh, ow)`, one `reshape` does it.
#
# **What do you expect?** Two pictures of three channels, 5 x 4 pixels, kernel 3 x 2, stride 1, no padding: which shape
# do the columns have?
#
# ### Exercise 1: im2col
#
# Fill it window by window, or tap by tap.


# %%
def im2col(x, kernel_size, stride=1, padding=0):
    """Copy every window of every picture into a column.

    x: (N, C, H, W), N may be 0;  kernel_size: (kh, kw)
    Returns columns (N, C*kh*kw, oh*ow), of the dtype of x. The windows stand side by side in
    reading order: window (u, v) is column u*ow + v. Within a column the order is channel, row,
    column: pixel (i, j) of channel c is at (c*kh + i)*kw + j.

        columns[n, (c*kh + i)*kw + j, u*ow + v] = padded[n, c, u*stride + i, v*stride + j]

    where padded is x with `padding` rows and columns of zeros on each side.

    x = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]] (N = C = 1), kernel_size (2, 2), six windows:
        [[1, 2,  3,  5,  6,  7],
         [2, 3,  4,  6,  7,  8],
         [5, 6,  7,  9, 10, 11],
         [6, 7,  8, 10, 11, 12]]
    """
    ### BEGIN SOLUTION
    (N, C, H, W), (kh, kw) = x.shape, kernel_size
    oh, ow = output_size((H, W), kernel_size, stride, padding)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    columns = np.empty((N, C, kh, kw, oh, ow), x.dtype)
    for i, j in np.ndindex(kh, kw):
        columns[:, :, i, j] = padded[
            :, :, i : i + oh * stride : stride, j : j + ow * stride : stride
        ]
    return columns.reshape(N, C * kh * kw, oh * ow)
    ### END SOLUTION


# %%
check("06.im2col", im2col)

# %% tags=["expected"]
taps = [f"tap {i, j}" for i in range(2) for j in range(2)]
plot.matrix(im2col(x, (2, 2))[0], rows=taps, columns=[f"window {number}" for number in range(6)])

# %% [markdown]
# Equal numbers have equal shades, so you can see the copies fall from the upper right to the lower left. Pixel $6$
# is in window 0 at the lower right, in window 1 at the lower left, in window 3 at the upper right, and in window 4
# at the upper left. (And the two pictures of three channels? $3 \cdot 3 \cdot 2 = 18$ rows and $3 \cdot 3 = 9$ windows:
# the shape is `(2, 18, 9)`.)
#
# ## 2. The way back
#
# A convolution's backward pass arrives with an upstream gradient for every entry of the columns. The pixels want to know
# theirs. So the columns must go back into the picture: *col2im*. Window 0 knows what the pixels $1, 2, 5, 6$
# should get. Window 1 knows it for $2, 3, 6, 7$. Both have something for pixel $2$. Which of them is right?
#
# Both. Ask how $L$ depends on pixel $2$: im2col made two copies of it, and $L$ depends on each of them. If the
# pixel grows by 1, both copies grow, and $L$ changes by the one derivative *plus* the other. What is used several
# times gets the **sum** of what its uses get. (Lesson 1: over several paths, slopes add.)
#
# How many copies does each pixel have? A corner of our picture is in one window. A pixel at an edge is in two. The
# two in the middle are in four:
#
# $$\begin{pmatrix} 1 & 2 & 2 & 1 \\ 2 & 4 & 4 & 2 \\ 1 & 2 & 2 & 1 \end{pmatrix}$$
#
# The sum is $4 \cdot 1 + 6 \cdot 2 + 2 \cdot 4 = 24$, as many as the matrix has entries: $4 \cdot 6$. This is what
# col2im gives for columns of ones.
#
# With padding, some copies are of zeros that im2col made up. What comes back for them is dropped.
#
# ### A trap
#
# NumPy can *read* many places with a list of indices. If it has to *add* to many places, it does not do what you may
# think.
#
# **What do you expect?** Place 0 occurs twice in the list of indices below. What is in it after each of the two lines?

# %%
total = np.zeros(3)
total[[0, 0, 2]] += 1
print("total[[0, 0, 2]] += 1         ", total)

total = np.zeros(3)
np.add.at(total, [0, 0, 2], 1)
print("np.add.at(total, [0, 0, 2], 1)", total)

# %% [markdown]
# The first line reads three numbers, adds 1 to each, and writes three numbers back. Place 0 is written twice, each
# time with the same 1. Only `np.add.at` adds twice. Slices do not have this trap: within *one* tap no pixel occurs
# twice, so `+=` tap by tap is right. So is `+=` window by window.
#
# ### Exercise 2: col2im


# %%
def col2im(columns, size, kernel_size, stride=1, padding=0):
    """Add every column back into the window that im2col would copy it from: the adjoint of im2col.

    columns: (N, C*kh*kw, oh*ow), rows and columns in the order of im2col, N may be 0
    size:    (H, W) of the picture;  kernel_size: (kh, kw)
    Returns x (N, C, H, W), of the dtype of columns. What falls on the padding is dropped; a pixel
    that no window sees is 0.

    columns of ones, (1, 4, 6), size (3, 4), kernel_size (2, 2): each pixel gets the number of
    windows that see it,
        [[1, 2, 2, 1],
         [2, 4, 4, 2],
         [1, 2, 2, 1]]
    """
    ### BEGIN SOLUTION
    N, (H, W), (kh, kw) = len(columns), size, kernel_size
    C = columns.shape[1] // (kh * kw)
    oh, ow = output_size(size, kernel_size, stride, padding)
    windows = columns.reshape(N, C, kh, kw, oh, ow)
    padded = np.zeros((N, C, H + 2 * padding, W + 2 * padding), columns.dtype)
    for i, j in np.ndindex(kh, kw):
        padded[:, :, i : i + oh * stride : stride, j : j + ow * stride : stride] += windows[:, :, i, j]
    return padded[:, :, padding : padding + H, padding : padding + W]
    ### END SOLUTION


# %%
check("06.col2im", col2im)

# %% [markdown]
# How many windows see each pixel of a 7 x 7 picture? Columns of ones tell, for any kernel and stride.
#
# **What do you expect?** Which of the four pictures below has zeros in it? Which looks like a checkerboard?


# %% tags=["expected"]
def copies(side, k, stride=1, padding=0):
    """How many windows see each pixel."""
    size, kernel_size = (side, side), (k, k)
    ones = np.ones_like(im2col(np.zeros((1, 1, *size)), kernel_size, stride, padding))
    return col2im(ones, size, kernel_size, stride, padding)[0, 0]


plot.grids(
    cell=0.26,
    ncols=4,
    limit=9,
    kernel_3=copies(7, 3),
    kernel_3_padding_1=copies(7, 3, padding=1),
    kernel_3_stride_2=copies(7, 3, stride=2),
    kernel_2_stride_3=copies(7, 2, stride=3),
)

# %% [markdown]
# The first two: the border counts less, and with padding a little more than without. In the third, with kernel 3
# and stride 2, neighbouring windows share one row or column: some pixels are seen once, some twice, some four
# times. Lesson 12 meets this checkerboard again, in pictures that a network draws. In the last one there are
# pixels that no window sees. Nothing depends on them, so their gradient is 0.
#
# ## 3. Not the inverse, but the adjoint
#
# If col2im is the way back, does it undo im2col? Pixel $6$ was copied four times, and the four copies come back
# and add up to $24$.
#
# **What do you expect?** Below are $x$ after both, and this divided by $x$. You have seen the second matrix before.

# %% tags=["expected"]
back = col2im(im2col(x, (2, 2)), (3, 4), (2, 2))
print(back[0, 0], "\n")
print(back[0, 0] / x[0, 0])

# %% [markdown]
# It is not the inverse; the ratio is the number of copies. What is it, then? im2col only copies, so it is
# *linear*: it is a matrix $A$ that takes the 12 pixels, in one long vector, to the 24 entries of the columns. To
# see $A$, take pictures with a single 1 in them; each one gives a column of $A$. Here it lies on its side,
# $A^T$, to fit on the page.
#
# **What do you expect?** How many ones are there in the whole matrix, and how many in the row of pixel 6?

# %% tags=["expected"]
unit_pictures = np.eye(12).reshape(12, 1, 3, 4)
A = im2col(unit_pictures, (2, 2)).reshape(12, 24).T
title = "A transposed: a row for each pixel, and four times (once for each tap) the windows 0 to 5"
plot.matrix(A.T, title=title, rows=range(1, 13), columns=[*range(6)] * 4)

# %% [markdown]
# Each column has a single 1: an entry is a copy of one pixel. A row shows where a pixel went; pixel $6$ went to
# four places. Now the backward pass: if $y = A x$, then $\partial L / \partial x = A^T\, \partial L/\partial y$
# (lesson 3). So col2im **is** $A^T$. Adding is not a convention: it is what a row with four ones does.
#
# Others call a product with $A^T$ a *vector-Jacobian product*: for a linear map the Jacobian is the matrix itself.
#
# A matrix and its transpose belong together by one identity. For any $x$ and any $y$
#
# $$\langle A x,\; y \rangle \;=\; \langle x,\; A^T y \rangle,$$
#
# since both sides are the sum of $y_r\, A_{rp}\, x_p$ over all rows $r$ and pixels $p$. $A^T$ is called the *adjoint* of $A$.
# This gives a test that needs no matrix, no derivative and no loop: take random $x$ and $y$, and compare two
# numbers. Here with three pictures, two channels, stride 2 and padding 1:

# %% tags=["expected"]
pictures = rng.standard_normal((3, 2, 7, 8))
columns = im2col(pictures, (3, 2), stride=2, padding=1)
y = rng.standard_normal((3, 12, 20))
print(f"<im2col(x), y> = {np.vdot(columns, y):.12f}")
print(f"<x, col2im(y)> = {np.vdot(pictures, col2im(y, (7, 8), (3, 2), stride=2, padding=1)):.12f}")

# %% [markdown]
# And $A^T A$? Its entry for two pixels counts the entries that are copies of both. No entry is a copy of two
# pixels, so only the diagonal is left, and it has the numbers of copies. Hence $x$ came back times the
# counts, pixel by pixel. Divide by them, and you have the inverse.
#
# ## 4. What does it cost?
#
# Memory. An array lies in memory as one long row of numbers, axis by axis, the last axis fastest. Here are our picture
# and its columns as they lie there. Window 0 is outlined in both.

# %%
columns = im2col(x, (2, 2))
plot.grids(
    cell=0.29,
    ncols=1,
    limit=18,
    the_picture_in_memory=x.ravel(),
    the_columns_in_memory=columns.ravel(),
    marks={
        "the_picture_in_memory": [[(0, 0, 1, 2), (0, 4, 1, 2)]],
        "the_columns_in_memory": [[(0, 6 * tap, 1, 1) for tap in range(4)]],
    },
)

# %% [markdown]
# You see three things. The columns need twice the memory here, although no number is new. A window, which was two
# runs of two pixels, is scattered over four places, six apart. And the columns are filled in *runs*: $1, 2, 3$, then
# $5, 6, 7$, which are parts of the picture's rows. That is why tap by tap is fast: it copies runs.
#
# In general every pixel is copied up to $k_h \cdot k_w$ times. For a 3 x 3 kernel with padding 1 the columns are 9 times
# as large as the picture.
#
# **What do you expect?** VGG16's second convolution has a picture of 64 channels of 224 x 224, in float32, four bytes a
# number. How many megabytes is that, and how many are its columns?

# %%
layers = ("conv1_2", 64, 224), ("conv2_2", 128, 112), ("conv3_3", 256, 56), ("conv5_3", 512, 14)
megabytes = {}
for name, channels, side in layers:
    megabytes[f"{name}, its input"] = channels * side * side * 4 / 1e6
    megabytes[f"{name}, the columns"] = 9 * channels * side * side * 4 / 1e6
plot.bars(megabytes, unit="MB")

# %% [markdown]
# That is the price: memory, and the time to write it. A batch of 16 pictures needs $16 \cdot 116$ MB for the
# columns of conv1_2 alone, about 1.85 GB. What can be done about it?
#
# - **A view instead of a copy.** `np.lib.stride_tricks.sliding_window_view` shows the windows without copying
#   anything: its entries share memory. But a matrix product needs each operand as one block of memory, and makes the
#   copy after all.
# - **A few columns at a time.** They fit into the cache, are multiplied, and make room for the next.
#   `minifcn/kernels/cpu/convolution/im2col_blocks.py` does this.
# - **No columns at all.** `kernels/cpu/convolution/direct.py` and `kernels/cpu/convolution/winograd.py` work on the
#   picture itself.

# %%
view = np.lib.stride_tricks.sliding_window_view(x[0, 0], (2, 2))
print("the view has", view.size, "numbers in", x.size, "places in memory; shape", view.shape)
print("window (1, 1) is", view[1, 1].tolist())

# %% [markdown]
# ## 5. Write the test
#
# As in lesson 3 you may now check someone else's code instead of writing your own: this section is optional. There are two
# dozen wrong answers to col2im, and five right ones. You write `check_col2im(col2im)`, which gets one of them without
# knowing whose, calls it as often as it likes, and raises an `AssertionError` if it is wrong:
#
# ```python
# assert y.shape == (1, 1, 3, 4), f"expected (1, 1, 3, 4), found {y.shape}"
# ```
#
# Compare with a *worked example*, with a *twin* (the same thing in a slower, plainer way), or test a *property*. Section 3
# has a strong one: two random arrays in, two numbers out, and every entry of $A^T$ has a part in them.
#
# A test sees only what its inputs show. In a square picture, height and width may be exchanged and nobody notices. If the
# upstream gradient is all ones, the order of the columns does not matter. If no windows overlap, writing is adding. Each
# number in the shapes that you choose lets some mistake through, or does not.
#
# **What do you expect?** A friend tests with one picture of one channel, 4 x 4, kernel 2 x 2, stride 2, no padding. How
# many of the two dozen get through?
#
# ### Exercise 3: a check of col2im
#
# Your points grow with the kinds of mistakes that you reject. A check that rejects a right answer is no check: compare
# floats with `np.isclose`, not with `==`. You may call `im2col`.


# %%
def check_col2im(col2im):
    """Raise an error (best: an AssertionError) if col2im is wrong; return None if it is right.

    col2im: a function col2im(columns, size, kernel_size, stride=1, padding=0), right or wrong
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(6)
    for shape, kernel_size, stride, padding in [
        ((2, 3, 5, 4), (3, 2), 1, 0),
        ((2, 1, 5, 7), (2, 3), 2, 0),
        ((1, 2, 5, 8), (2, 2), 3, 0),
        ((1, 2, 3, 4), (3, 2), 1, 2),
        ((0, 2, 3, 4), (2, 2), 1, 0),
    ]:
        x = rng.standard_normal(shape)
        columns = im2col(x, kernel_size, stride, padding)
        y = rng.standard_normal(columns.shape)
        back = col2im(y, shape[2:], kernel_size, stride, padding)
        assert back.shape == shape
        assert np.isclose(np.vdot(columns, y), np.vdot(x, back))
        assert col2im(np.float32(y), shape[2:], kernel_size, stride, padding).dtype == np.float32
    ### END SOLUTION


# %%
check("06.check_col2im", check_col2im)

# %% [markdown]
# The friend's test, and what it lets through:

# %% tags=["expected"]
def check_of_a_friend(col2im):
    y = np.arange(16.0).reshape(1, 4, 4)
    expected = y.reshape(2, 2, 2, 2).transpose(2, 0, 3, 1).reshape(1, 1, 4, 4)
    assert np.array_equal(col2im(y, (4, 4), (2, 2), stride=2), expected)


for name in accepted_by(check_of_a_friend, "06.col2im"):
    print(name)

# %% [markdown]
# All those are wrong, and pass a test that looks sensible. Not the number of tests counts, but what varies in them.
#
# ## Where this stands in minifcn
#
# As loops in `kernels/reference.py`, and fast in `kernels/cpu/convolution/im2col.py`. The fast one goes tap by tap,
# as you may have done. It never builds the padded picture: `reach` works out which part of a row sees pixels, and
# `clear_border` writes the zeros around it.
#
# ```python
# for tap in range(kh * kw):
#     top, left = tap // kw * dh - ph, tap % kw * dw - pw
#     first_y, last_y = reach(top, sh, H, y0, y1)
#     first_x, last_x = reach(left, sw, W, 0, ow)
# ```
#
# | yours | minifcn, `kernels/cpu/convolution/im2col.py` |
# |---|---|
# | a slice that starts at tap $(i, j)$ of the padded picture | it starts at `top, left`; below 0 is padding |
# | `=` into the columns | `unfold`: `copy(row, out[...])` |
# | `+=` into the picture | `fold`: `add(out[...], row)` |
# | the cut at the end | not needed: `fold` never writes outside the picture |
#
# PyTorch has the two as `torch.nn.functional.unfold` and `fold`, with the same order of rows and columns.
#
# ## Three questions
#
# **1.** What is im2col for a kernel of 1 x 1 with stride 1? And for a kernel as large as the picture?
#
# <details><summary>Answer</summary>
#
# For 1 x 1, each window is a pixel, so the columns are `x.reshape(N, C, H*W)`: the same numbers in another shape,
# no copies. For the largest kernel there is one window, so one column: the whole picture, read as a vector. That
# is the input of a fully connected layer.
# </details>
#
# **2.** A friend writes `x[index] = columns` instead of `+=` in col2im, and all the tests pass. How did the friend
# choose the tests?
#
# <details><summary>Answer</summary>
#
# With windows that do not overlap: stride at least as large as the kernel, such as 2 x 2 with stride 2. There,
# each pixel has at most one copy, and writing is adding.
# </details>
#
# **3.** How can you get $x$ back from its columns? When is it impossible?
#
# <details><summary>Answer</summary>
#
# Divide by the counts: `col2im(columns) / col2im(ones)`. It is impossible where a count is 0, as in the picture of
# kernel 2 and stride 3: a pixel that is in no window is not in the columns.
# </details>
#
# ## Two open problems
#
# **A.** How much memory could be saved by making the columns of one *row of windows* at a time? Write `conv_forward` of
# lesson 7 that way, once you have it, and find the number of rows at which it is fastest on your machine.
#
# **B.** With stride 1, neighbouring columns share most of their pixels. Find a layout that copies each pixel only $k_h$
# or $k_w$ times instead of $k_h \cdot k_w$, and from which matrix products can still read. What becomes harder?
#
# ## The paper
#
# Section 4.3: all the authors' models are trained and tested with Caffe, whose
# convolution layer is im2col, one matrix product, and col2im on the way back. The deconvolution layer that
# upsamples FCN's scores is the same code with the two ways exchanged. That is possible because im2col and col2im
# are a pair.
