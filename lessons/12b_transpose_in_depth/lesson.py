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
# # Lesson 12b: The transpose, in depth
#
# What can you learn about a layer by looking at its matrix?
#
# This lesson is optional; nothing later needs it. It answers four questions that people ask about transposed
# convolutions. What is the matrix of *any* layer? Why do other texts insert zeros? When exactly is there a
# checkerboard? And does a "deconvolution" undo a convolution?
#
# *Section 3.3 of the paper (upsampling is backwards convolution) · builds on lesson 12 · 35 minutes*
#
# 1. [The matrix of any linear map](#1.-The-matrix-of-any-linear-map)
# 2. [Inserted zeros](#2.-Inserted-zeros)
# 3. [Checkerboards in numbers](#3.-Checkerboards-in-numbers)
# 4. [Does it undo a convolution?](#4.-Does-it-undo-a-convolution?)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import numpy as np

from minifcn import functional as F
from minifcn import plot, tensor
from minifcn.course import check, earlier, hint
from minifcn.data import photograph

# The course's own answers. To work with yours, add answers="07_matrix_product.ipynb" and so on.
conv_forward = earlier("07.conv_forward")
conv_transpose2d = earlier("12.conv_transpose2d")

rng = np.random.default_rng(12)

# %% [markdown]
# ## 1. The matrix of any linear map
#
# A map is *linear* if twice the picture gives twice the result, and the sum of two pictures gives the sum of their
# results. Every linear map is a matrix. Lessons 7 and 12 found the matrices of convolutions by feeding in a whole
# batch of pictures. A map that takes one array, of any shape, and returns one of any other shape, needs a bit more
# care.
#
# What is $A$ times $(1, 0, 0, \dots)$? The first column of $A$. And $A$ times $(0, 1, 0, \dots)$ is the second. So feed
# the map one array after another that is 0 everywhere except at one place, and collect what comes out.
#
# By hand, with a map that is written without a kernel. It takes a row of three pixels $(a, b, c)$ to the two numbers
# $(b - 10a,\; c - 10b)$.
#
# | picture | result |
# |---|---|
# | $(1, 0, 0)$ | $(-10, 0)$ |
# | $(0, 1, 0)$ | $(1, -10)$ |
# | $(0, 0, 1)$ | $(0, 1)$ |
#
# The three results are the three *columns*:
#
# $$\begin{pmatrix} -10 & 1 & 0 \\ 0 & -10 & 1 \end{pmatrix}.$$
#
# ### Exercise 1: the matrix of a linear map
#
# `hint("12b.dense_matrix")` helps if you are stuck.


# %%
def dense_matrix(linear_map, shape):
    """The matrix of a linear map.

    linear_map: a function of one float64 array of the given shape; it returns an array of some
                other shape, which may be a view of its argument
    shape: the shape of what the map takes, a tuple
    Returns the matrix, float64: a row for each number that comes out, a column for each that
    goes in. Both are counted in the order of ravel(), row by row.

    linear_map = lambda x: x[:, 1:] - 10 * x[:, :-1], shape = (1, 3):
        [[-10, 1, 0], [0, -10, 1]]
    """
    ### BEGIN SOLUTION
    columns = []
    for index in np.ndindex(*shape):
        unit = np.zeros(shape)
        unit[index] = 1
        columns.append(linear_map(unit).ravel())
    return np.stack(columns, axis=1)
    ### END SOLUTION


# %%
check("12b.dense_matrix", dense_matrix)

# %% [markdown]
# With this you can X-ray a layer whose code you have never seen. Here are three of the library's, all applied to a row
# of six pixels. Each is linear, so its matrix says everything about it.
#
# **What do you expect?** One averages windows of two at stride 2, one convolves with $(1, 2, 3)$ at padding 1, one
# is the transposed convolution with $(1, 2, 3)$ at stride 1 and padding 1. Sketch the three matrices: which are
# square, which are each other's transpose, and which has the fewest numbers?

# %% tags=["expected"]
kernel_123 = np.array([[[[1.0, 2, 3]]]])
layers = {
    "average_of_two": lambda x: F.avg_pool2d(tensor(x), (1, 2), stride=(1, 2)).data,
    "convolution": lambda x: F.conv2d(tensor(x), tensor(kernel_123), padding=(0, 1)).data,
    "its_transpose": lambda x: F.conv_transpose2d(tensor(x), tensor(kernel_123), padding=(0, 1)).data,
}
found = {name: dense_matrix(layer, (1, 1, 1, 6)) for name, layer in layers.items()}
plot.grids(cell=0.36, limit=3, **{name: np.where(m == 0, np.nan, m) for name, m in found.items()})

# %% [markdown]
# Nobody builds such matrices to compute with. For a picture of 500 x 500 and its 498 x 498 results (kernel 3, no
# padding) $C$ has $250\,000 \cdot 248\,004 = 62\,001\,000\,000$ entries, nearly all of them 0. They are for looking at,
# and for tests.
#
# ## 2. Inserted zeros
#
# Many texts describe the transposed convolution differently: *insert $s - 1$ zeros between the pixels, add a border of
# $k - 1$ zeros, turn the kernel by 180 degrees, and convolve with stride 1*. By hand, with the row $(1, 10, 100)$ and
# the kernel $(1, 2, 3)$ of lesson 12 at stride 2:
#
# - $(1, 10, 100)$ becomes $0, 0, 1, 0, 10, 0, 100, 0, 0$, and the kernel becomes $(3, 2, 1)$.
# - Window 2 holds $1, 0, 10$: $\;3 \cdot 1 + 2 \cdot 0 + 1 \cdot 10 = 13$. The same 13 as by stamps.
#
# Why turned? A number puts its weight 0 on its own place, weight 1 on the next place, weight 2 on the one after
# that. Seen from a place: weight 0 comes from the number here, weight 1 from one place to the left, weight 2 from
# two places to the left. So a window that ends here needs, from left to right, the weights 2, 1, 0: the kernel
# turned.
#
# **What do you expect?** The second part below uses 5 x 6 pixels, a kernel of 3 and stride 2. What fraction
# of the numbers that are convolved are not zero?


# %% tags=["expected"]
def by_zero_insertion(x, weight, stride):
    """The same map, the long way round: zeros between and around, turned kernels, a convolution."""
    (N, K, h, w), (kh, kw) = x.shape, weight.shape[2:]
    between = np.zeros((N, K, stride * (h - 1) + 1, stride * (w - 1) + 1))
    between[:, :, ::stride, ::stride] = x
    spread = np.pad(between, [(0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)])
    turned = weight[:, :, ::-1, ::-1].swapaxes(0, 1)  # conv_forward wants (out, in, kh, kw)
    return conv_forward(spread, turned), spread


row = np.array([[[[1.0, 10, 100]]]])
result, spread = by_zero_insertion(row, kernel_123, stride=2)
plot.grids(cell=0.36, spread=spread[0, 0], turned_kernel=kernel_123[0, 0, :, ::-1], result=result[0, 0])

# %% tags=["expected"]
x, weight = rng.standard_normal((2, 4, 5, 6)), rng.standard_normal((4, 3, 3, 3))
result, spread = by_zero_insertion(x, weight, stride=2)
print("random numbers, equal to yours:", np.allclose(result, conv_transpose2d(x, weight, stride=2)))
print(f"of the {spread.size} numbers that are convolved, {np.count_nonzero(spread)} are not zero")

# %% [markdown]
# So it gives the same numbers, and it explains the name *fractionally strided convolution*: the window moves by one
# while the pixels lie $s$ apart, so it moves by $1/s$ of their distance. But it is not how the layer is built, here
# or in PyTorch, for two reasons.
#
# - Nearly all products are with zeros. At most one in $s^2$ of the numbers is a pixel. With FCN's kernel of 64 and
#   stride 32 each result would be a sum of $64 \cdot 64 = 4096$ products, of which $(64/32)^2 = 4$ are not zero.
# - It hides what matters: that this is the backward pass of a convolution, with the same weight, which you have
#   already written and tested. (And with padding $p$ the border has $k - 1 - p$ zeros, which is below 0 if $p$ is
#   $k$ or more.)
#
# ## 3. Checkerboards in numbers
#
# Lesson 12 counted stamps: with a kernel of 3 at stride 2, places away from the border lie under 1, 2 or 4 of them.
# What does that mean for a network that starts with random weights? A sum of $m$ independent random numbers with mean
# 0 has $m$ times the mean square of one: its *energy* grows with the number of stamps.
#
# **What do you expect?** Ten thousand random kernels on a flat input. What is the mean energy at the four kinds of
# places (even or odd row, even or odd column), for the kernel of 3, and for the kernel of 4?

# %% tags=["expected"]
flat, draws, pictures = np.ones((1, 1, 6, 6)), 10_000, {}
print("mean energy away from the border, at rows and columns that are")
print("          even, even    even, odd    odd, even    odd, odd")
for k in 3, 4:
    kernels = rng.standard_normal((1, draws, k, k))  # one channel in, one out for each kernel
    y = conv_transpose2d(flat, kernels, stride=2)[0]
    energy = (y**2).mean(axis=0)
    pictures[f"kernel {k}: one of them"] = y[0] / abs(y[0]).max()
    pictures[f"kernel {k}: mean energy / 4"] = energy / 4
    inside = [energy[4 + i : -4 : 2, 4 + j : -4 : 2].mean() for i in (0, 1) for j in (0, 1)]
    print(f"kernel {k}", "".join(f"{mean:13.2f}" for mean in inside))

plot.pictures(width=1.9, ncols=4, limit=1, **pictures)

# %% [markdown]
# The kernel of 3 begins its training with a checkerboard of energies 1, 2, 2, 4. The mean energies of the kernel of 4
# are even (up to chance). But look at the first picture of each pair: a *single* random kernel of 4 still makes a
# pattern on a flat input. Even counts are no cure; they only take away the bias towards a pattern.
#
# What decides is this. At stride 2 the even places see the weights 0, 2, ... of the kernel, the odd places the weights
# 1, 3, .... On a flat input the pattern vanishes exactly when these *phase sums* are equal.
#
# | kernel, stride 2 | even places | odd places | |
# |---|---|---|---|
# | $(1, 1, 1)$ | $1 + 1 = 2$ | $1$ | checkerboard |
# | $(\frac12, 1, \frac12)$ | $\frac12 + \frac12 = 1$ | $1$ | flat, although 2 does not divide 3 |
# | $(\frac14, \frac34, \frac34, \frac14)$ | $\frac14 + \frac34 = 1$ | $\frac34 + \frac14 = 1$ | flat |
#
# **What do you expect?** A random kernel of 4 x 4 and the bilinear one, on a flat input: print the four phase
# sums of each. How far apart are they?

# %% tags=["expected"]
triangle = np.array([0.25, 0.75, 0.75, 0.25])
for name, one in ("random", rng.standard_normal((4, 4))), ("bilinear", np.outer(triangle, triangle)):
    phase_sums = np.array([[one[i::2, j::2].sum() for j in (0, 1)] for i in (0, 1)])
    y = conv_transpose2d(flat, one[None, None], stride=2)[0, 0]
    print(f"{name}: phase sums {phase_sums.ravel().round(2)}, the same in the picture:", np.allclose(y[4:6, 4:6], phase_sums))

# %% [markdown]
# ## 4. Does it undo a convolution?
#
# The layer is often called *deconvolution*, and the name promises that it does. It would if $C^T$ were the inverse of
# $C$. Take a picture of 4 x 4 pixels and a kernel of 3 x 3 with the weights 1 to 9: $C$ takes 16 pixels to 4 numbers.
# Nothing can recover sixteen numbers from four. By hand: entry $(0, 0)$ of $C^T C$ is $1 \cdot 1$, entry $(0, 1)$ is
# $1 \cdot 2$. Pixel $x_{11}$, number 5, is seen by all four windows, with the weights 5, 4, 2 and 1, so entry
# $(5, 5)$ is $5^2 + 4^2 + 2^2 + 1^2 = 46$. The identity would have 1, 0, 1.
#
# **What do you expect?** The rank of $C^T C$, which is how many of the sixteen numbers survive.

# %% tags=["expected"]
kernel = np.arange(1.0, 10).reshape(1, 1, 3, 3)
C = dense_matrix(lambda x: conv_forward(x, kernel), (1, 1, 4, 4))
CTC = C.T @ C
print("entries (0, 0), (0, 1), (5, 5):", CTC[0, 0], CTC[0, 1], CTC[5, 5])
print("rank of C^T C:", np.linalg.matrix_rank(CTC), "of", len(CTC))

# %% [markdown]
# And if $C$ is square and has an inverse? Blur a photograph of 32 x 32, with numbers from 0 to 1, by the kernel
# $(1, 2, 1)/4$ along both axes, padding 1. To undo the blur is to *solve* $Cx = y$ for $x$, and at this size your
# `dense_matrix` gives us the $C$ to do it with.
#
# **What do you expect?** Four pictures: blurred; $C^T$ times that; solved for $x$; and solved after the blurred
# picture was rounded to 8 bits, an error that no eye can see. Which of them look like the photograph?

# %% tags=["expected"]
photo = photograph(side=32).mean(axis=2)
blur = np.outer([1.0, 2, 1], [1, 2, 1])[None, None] / 16
C = dense_matrix(lambda x: conv_forward(x, blur, padding=1), (1, 1, 32, 32))

blurred = C @ photo.ravel()
stages = {
    "the photograph x": photo.ravel(),
    "blurred: Cx": blurred,
    "C^T C x": C.T @ blurred,
    "Cx, solved for x": np.linalg.solve(C, blurred),
    "Cx in 8 bits, solved": np.linalg.solve(C, np.round(255 * blurred) / 255),
}
for name, stage in stages.items():
    print(f"{name:22} largest error {abs(stage - photo.ravel()).max():7.3f}")
plot.pictures(width=1.7, **{name: stage.reshape(32, 32).clip(0, 1) for name, stage in stages.items()})

# %% [markdown]
# The transposed convolution does not sharpen. This kernel is symmetric, so $C^T$ is $C$, and the picture is blurred a
# second time: the error grows. Solving does undo the blur. That is what a deconvolution is in the rest of science,
# and it is a delicate thing: after rounding to 8 bits the largest error of the solution is ten times the brightest
# pixel. Most of that noise is in the finest pattern of all, since the blur had removed that one most thoroughly.
#
# So say *transposed convolution*. What survives of a picture on the way $x \to Cx \to C^T C x$ is its shape: the
# sizes come back, and each number comes back to the pixels that it came from. That is all that an upsampling layer
# needs.
#
# Others call the matrix of a linear layer its *Jacobian*, and multiplying by the transpose a *vector-Jacobian
# product*. The numbers of a kernel that meet at one place are its *polyphase components*.
#
# ## Where this stands in minifcn
#
# The library builds no such matrix. Its tests do what lesson 12 did: `tests/kernels` compares $\langle Cx, y\rangle$
# with $\langle x, C^T y\rangle$, for every kernel that it has. `interpolate` in `functional/resize.py` is the one place
# with a matrix, a sparse one: two numbers a row (lesson 13).
#
# ## Three questions
#
# **1.** A map adds 1 to every pixel. What does `dense_matrix` return for it, and how can you see that this is wrong?
#
# <details><summary>Answer</summary>
#
# Each unit picture comes back with 1 added everywhere, so the matrix is all ones plus the identity. But the map is
# not linear: it takes the zero picture to ones, and no matrix does. Compare the matrix times a random picture with
# what the map makes of it.
#
# </details>
#
# **2.** What are the phase sums of a kernel of 5 at stride 3 that has ones everywhere?
#
# <details><summary>Answer</summary>
#
# Phase 0 has the weights 0 and 3, phase 1 the weights 1 and 4, phase 2 the weight 2 alone: 2, 2, 1.
#
# </details>
#
# **3.** Max pooling is not linear. What does `dense_matrix` return for max pooling of a row of four pixels by windows
# of two? And which matrix describes the map near one given picture?
#
# <details><summary>Answer</summary>
#
# For each unit picture the window with the 1 gives 1: $(1, 1, 0, 0)$ and $(0, 0, 1, 1)$, the matrix of *adding up*
# each window. Near a given picture the map behaves like a matrix with a single 1 in each row, at the winner. Which
# matrix that is depends on the picture.
#
# </details>
#
# ## Two open problems
#
# **A.** Write a function that tells, from a few calls, whether an unknown map is linear. Can you fool it?
#
# **B.** For a kernel of 3 at stride 2, find a way to *train* without a checkerboard: a change of the loss, of the
# start, or of the layer. What does it cost?
#
# ## The paper
#
# Section 3.3 calls the layer "backwards convolution (sometimes called deconvolution)". Caffe, in which its nets were
# written, calls it `Deconvolution`, and computes it as lesson 12 does, with no inserted zeros.
