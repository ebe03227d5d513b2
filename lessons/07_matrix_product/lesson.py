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
# # Lesson 7: Convolution is a matrix product
#
# Why is a convolution layer, with its forward and its two backward passes, three products of matrices and no more?
#
# Lesson 5 had seven loops. Lesson 6 put all windows side by side. Now the loops go, and with them goes most of the
# time. What remains is a way of thinking: a convolution *is* a matrix, and its backward pass is the transpose.
#
# *Sections 3.1 and 3.3 of the paper (both build on this) · builds on lessons 3 and 6 · 65 minutes*
#
# 1. [A row times a column is a window times the kernel](#1.-A-row-times-a-column-is-a-window-times-the-kernel)
# 2. [The matrix of a convolution](#2.-The-matrix-of-a-convolution)
# 3. [The transpose](#3.-The-transpose)
# 4. [The third map](#4.-The-third-map)
# 5. [Three maps, one sum](#5.-Three-maps,-one-sum)
# 6. [Was it worth it?](#6.-Was-it-worth-it?)
#
# Stuck in an exercise? `hint("07.conv_forward")` gives a hint, and a further one each time you call it.

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
from functools import partial
from time import perf_counter

import numpy as np

from minifcn import functional as F
from minifcn import gradcheck, plot, tensor
from minifcn.course import check, earlier, hint
from minifcn.function import Function
from minifcn.kernels import reference
from minifcn.kernels.geometry import conv_geometry
from minifcn.tensor import apply

# The course's own answers of lessons 5 and 6. For yours, name your notebook:
# earlier("06.im2col", "06.col2im", answers="06_im2col.ipynb")
output_size, conv2d = earlier("05.output_size", "05.conv2d")
im2col, col2im = earlier("06.im2col", "06.col2im")

rng = np.random.default_rng(0)

# %% [markdown]
# ## 1. A row times a column is a window times the kernel
#
# The picture and the kernel of lesson 5 once more. The kernel, read row by row, is a row of four numbers. A column
# of im2col is a window, read row by row. A row times a column multiplies number by number and adds up. For window
# 0,
#
# $$\begin{pmatrix} 1 & 2 & 3 & 4 \end{pmatrix} \begin{pmatrix} 1 \\ 2 \\ 5 \\ 6 \end{pmatrix}
#   = 1 \cdot 1 + 2 \cdot 2 + 3 \cdot 5 + 4 \cdot 6 = 44.$$
#
# This is the sum of lesson 5. Call the row $M$, since with more kernels it becomes a matrix. With all six columns,
# one product of matrices gives all six results.
#
# **What do you expect?** Which six numbers, in which order?

# %%
x = np.arange(1.0, 13).reshape(1, 1, 3, 4)
weight = np.array([[1.0, 2], [3, 4]])[None, None]

M, columns = np.array([[1.0, 2, 3, 4]]), im2col(x, (2, 2))[0]
plot.grids(M=M, columns=columns, M_times_columns=M @ columns, cell=0.42)

# %% [markdown]
# Read the result as two rows of three, and it is $y$.
#
# Three things get larger, and each finds its place in the matrices:
#
# - **More kernels**: each is one more row of $M$, and one more row of the result. $M$ has the shape
#   $K \times C k_h k_w$.
# - **More channels**: the columns get longer, and so do the rows of $M$. The product sums over the channels by
#   itself.
# - **More pictures**: the columns have the shape `(N, C*kh*kw, oh*ow)`. NumPy's `@` multiplies the last two axes,
#   and does so for each picture: `(K, R) @ (N, R, P)` is `(N, K, P)`, with `R = C*kh*kw` and `P = oh*ow`.
#
# $$Y = M \cdot \mathrm{im2col}(x), \qquad M = \text{weight, reshaped to } (K,\; C k_h k_w)$$
#
# ### Exercise 1: forward
#
# Two to four lines. There is no bias here; `y + bias[:, None, None]` adds it when needed. Name the sizes in your
# reshapes: a `-1` cannot be worked out for an empty batch.


# %%
def conv_forward(x, weight, stride=1, padding=0):
    """The convolution of every picture with each of K kernels, without bias, as a matrix product.

    x: (N, C, H, W), N may be 0;  weight: (K, C, kh, kw)
    Returns y (N, K, oh, ow), of the dtype of x:  y = M . im2col(x), where M (K, C*kh*kw) has a
    kernel in each row.

    x = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], weight = [[1, 2], [3, 4]] (N = C = K = 1):
        y = [[44, 54, 64], [84, 94, 104]]
    """
    ### BEGIN SOLUTION
    (N, _, H, W), (K, C, kh, kw) = x.shape, weight.shape
    oh, ow = output_size((H, W), (kh, kw), stride, padding)
    y = weight.reshape(K, C * kh * kw) @ im2col(x, (kh, kw), stride, padding)
    return y.reshape(N, K, oh, ow)
    ### END SOLUTION


# %%
check("07.conv_forward", conv_forward)

# %% [markdown]
# ## 2. The matrix of a convolution
#
# In $M \cdot \mathrm{im2col}(x)$ the matrix on the left holds the weights. There is another matrix in a
# convolution, and it shows more. For a fixed kernel, every result is a sum of pixels with fixed factors. So if we
# read the 12 pixels as one long vector, and the 6 results as another, there is a matrix $C$ with
#
# $$y = C\,x.$$
#
# (One letter now means two things: $C$ is this matrix, and `C` in the code is the number of channels.) To find
# $C$, convolve pictures that have a single 1. Each of them gives a column of it.
#
# **What do you expect?** How many of the 6 x 12 entries are not zero? Sketch the first row, and the column of pixel 6.

# %% tags=["expected"]
units = np.eye(12).reshape(12, 1, 3, 4)
C = conv_forward(units, weight).reshape(12, 6).T
results = [f"y {u, v}" for u in range(2) for v in range(3)]
pixels = [f"pixel {p}" for p in range(1, 13)]
plot.matrix(C, title="C: from 12 pixels to 6 results", rows=results, columns=pixels)

# %% [markdown]
# Everything about a convolution is visible here.
#
# - A **row** is a result: it sees four pixels, with the weights $1, 2, 3, 4$. The gap between $2$ and $3$ is the
#   rest of the picture's row.
# - The next row is the same, moved by one: the weights are *shared*. Between the third and the fourth it moves by
#   two, because the window jumps to the next row of the picture.
# - A **column** is a pixel: to which results does it go? Pixel 6 goes to four, with the weights $4, 3, 2, 1$. This
#   is where the "turned kernel" of the textbooks comes from: it is a column of $C$.
# - Of 72 entries 24 are not zero, and these are only four different numbers.
#
# Check a row by hand: $1 \cdot 1 + 2 \cdot 2 + 3 \cdot 5 + 4 \cdot 6 = 44$ again. A fully connected layer would have
# 72 weights here. A convolution is a fully connected layer in which most weights are 0, and the others are shared.
#
# Others call $C$ a *doubly blocked Toeplitz matrix*, or the *Jacobian* of the layer: entry $(r, p)$ is
# $\partial y_r/\partial x_p$.
#
# Nobody builds $C$. For the second layer of VGG16 it would have $3{,}211{,}264 \times 3{,}211{,}264$ entries (64 maps
# of 224 x 224 in, and as many out). But we can *think* with it, and there is one thing that every matrix has.
#
# ## 3. The transpose
#
# If $y = C x$, and the upstream gradient $g = \partial L/\partial y$ comes back, the chain rule says
#
# $$\frac{\partial L}{\partial x_p} = \sum_r g_r\, \frac{\partial y_r}{\partial x_p} = \sum_r g_r\, C_{r p},
#   \qquad\text{that is}\qquad \frac{\partial L}{\partial x} = C^T g.$$
#
# Others call this a *vector-Jacobian product*; it is all that `backward` of any layer does.
#
# **What do you expect?** With the $g$ of lesson 5, which is $1$ for the first result and $-2$ for the fifth, $C^T g$ is
# the first row of $C$ minus twice the fifth. What does it look like as a picture of 3 x 4?

# %% tags=["expected"]
g = np.array([[1.0, 0, 0], [0, -2, 0]])[None, None]
print((C.T @ g.ravel()).reshape(3, 4))

# %% [markdown]
# These are the two stamps of lesson 5, overlap included. How do we get there without $C$? We know the two steps of
# $C$: first im2col, which is a matrix $A$ of ones and zeros (lesson 6); then $M$. The transpose of two steps is their
# two transposes, *in the opposite order*:
#
# $$y = M (A x) \qquad\Longrightarrow\qquad C^T g = A^T (M^T g).$$
#
# And $A^T$ is col2im. So first $M^T$ times $g$, which gives every window what its result owes it; then col2im,
# which adds the windows into the picture.
#
# $$\frac{\partial L}{\partial x} = \mathrm{col2im}(M^T \cdot g)$$
#
# $M^T$ is a *transpose*: the axes change places. `weight.reshape(C*kh*kw, K)` has the right shape, but the wrong
# numbers in it.
#
# By hand: $M^T g$ has six columns. The first is $1 \cdot (1, 2, 3, 4)$, the fifth is
# $-2 \cdot (1, 2, 3, 4) = (-2, -4, -6, -8)$, the others are zero. col2im adds the first at the upper left and the
# fifth one place further down and to the right. On pixel 6 they meet: $4 - 2 = 2$.
#
# ### Exercise 2: backward to the picture
#
# The size of the picture must be given. It does not follow from $g$: with stride 2 and a kernel of 3, an axis of 5
# pixels gives 2 results, and so does one of 6. You may assume that the convolution maps `size` to `(oh, ow)`.


# %%
def conv_backward_input(grad, weight, size, stride=1, padding=0):
    """The transposed map: from grad = dL/dy to dL/dx.

    grad: (N, K, oh, ow), N may be 0;  weight: (K, C, kh, kw)
    size: (H, W) of the pictures, one that the convolution maps to (oh, ow)
    Returns grad_x (N, C, H, W), of the dtype of grad:  grad_x = col2im(M^T . grad), with the
    matrix M of conv_forward.

    weight as above, grad = [[1, 0, 0], [0, -2, 0]], size (3, 4):
        grad_x = [[1, 2, 0, 0], [3, 2, -4, 0], [0, -6, -8, 0]]
    """
    ### BEGIN SOLUTION
    (N, _, oh, ow), (K, C, kh, kw) = grad.shape, weight.shape
    columns = weight.reshape(K, C * kh * kw).T @ grad.reshape(N, K, oh * ow)
    return col2im(columns, size, (kh, kw), stride, padding)
    ### END SOLUTION


# %%
check("07.conv_backward_input", conv_backward_input)

# %% [markdown]
# Your function, given one result at a time, must give the rows of $C$, which are the columns of $C^T$.
#
# **What do you expect?** Where in $C^T$ is the stamp of the first result: in a row or in a column?

# %% tags=["expected"]
single = np.eye(6).reshape(6, 1, 2, 3)
C_transposed = conv_backward_input(single, weight, (3, 4)).reshape(6, 12).T
print("the transpose of C, number for number:", np.array_equal(C_transposed, C.T))
title = "C transposed: from 6 results to 12 pixels"
plot.matrix(C_transposed, title=title, rows=pixels, columns=results)

# %% [markdown]
# This map goes from a *small* array to a *large* one. Read as a layer of its own, it upsamples: it is the transposed
# convolution, and lesson 12 needs nothing but this function. It is often called "deconvolution", as if it undid a
# convolution. It does not: $C^T C$ is not the identity, just as col2im does not undo im2col.
#
# ## 4. The third map
#
# In $y = C x$ the weights are given, and the picture varies. Now hold the *picture* still and let the weights
# vary. For one picture, $Y = M X$ with $X = \mathrm{im2col}(x)$. For a product of matrices, lesson 3 had
#
# $$Y = M X \qquad\Longrightarrow\qquad
#   \frac{\partial L}{\partial M} = G\, X^T, \qquad \frac{\partial L}{\partial X} = M^T G.$$
#
# The right one is exercise 2. The left one is the third map. $G$ is $g$ as a matrix with a row for each kernel,
# $K \times o_h o_w$. The transposed columns are $o_h o_w \times C k_h k_w$. The product sums over all places, as
# it should: the kernel was used at all of them. By hand, with $g = (1, 0, 0, 0, -2, 0)$ as a row:
#
# $$1 \cdot (1, 2, 5, 6) - 2 \cdot (6, 7, 10, 11) = (-11, -12, -15, -16).$$
#
# The weights are shared by all pictures of the batch, too. So the pictures' products are summed.
#
# $$\frac{\partial L}{\partial M} = \sum_n G_n \cdot \mathrm{im2col}(x_n)^T$$
#
# ### Exercise 3: backward to the weight


# %%
def conv_backward_weight(x, grad, kernel_size, stride=1, padding=0):
    """The third map: from x and grad = dL/dy to dL/dweight.

    x: (N, C, H, W), N may be 0;  grad: (N, K, oh, ow);  kernel_size: (kh, kw)
    Returns grad_weight (K, C, kh, kw), of the dtype of grad:  the sum over the pictures of
    grad . im2col(x)^T.

    x as above, grad = [[1, 0, 0], [0, -2, 0]], kernel_size (2, 2):
        grad_weight = [[-11, -12], [-15, -16]]
    """
    ### BEGIN SOLUTION
    (N, K, oh, ow), C, (kh, kw) = grad.shape, x.shape[1], kernel_size
    columns = im2col(x, kernel_size, stride, padding)
    products = grad.reshape(N, K, oh * ow) @ columns.swapaxes(1, 2)
    return products.sum(axis=0).reshape(K, C, kh, kw)
    ### END SOLUTION


# %%
check("07.conv_backward_weight", conv_backward_weight)

# %% [markdown]
# ## 5. Three maps, one sum
#
# Put side by side, the three look alike:
#
# | map | product | from | to |
# |---|---|---|---|
# | $C$, forward | $M \cdot \mathrm{im2col}(x)$ | weight, picture | result |
# | $C^T$, backward to the picture | $\mathrm{col2im}(M^T \cdot g)$ | weight, result | picture |
# | backward to the weight | $g \cdot \mathrm{im2col}(x)^T$ | picture, result | weight |
#
# Why three? Because there are three arrays. Take all products of a $g$, a weight and a pixel that meet in the
# convolution, and add them up to *one* number:
#
# $$T(g, w, x) = \sum_{n,k,u,v}\;\sum_{c,i,j} g_{n,k,u,v}\; w_{k,c,i,j}\; \hat x_{n,\;c,\;us+i,\;vs+j}$$
#
# In each product every array occurs once. So $T$ is linear in each of them, and what multiplies $g$, $w$ or $x$ is one
# of our three maps. Collect the products by $g$: forward. By $x$: $C^T g$. By $w$: the third.
# There are no more arrays, so there are no more maps. And the number is the same, however we collect:
#
# $$T \;=\; \langle g,\; C x \rangle \;=\; \langle C^T g,\; x \rangle \;=\; \langle \text{third map},\; w \rangle$$
#
# Here are three pictures of two channels, four kernels, stride 2, padding 1, random numbers.
#
# **What do you expect?** Three numbers. Which of them are equal, and to how many digits?

# %% tags=["expected"]
many, kernels = rng.standard_normal((3, 2, 7, 6)), rng.standard_normal((4, 2, 3, 2))
y = conv_forward(many, kernels, stride=2, padding=1)
given = rng.standard_normal(y.shape)
by_picture = conv_backward_input(given, kernels, (7, 6), stride=2, padding=1)
by_weight = conv_backward_weight(many, given, (3, 2), stride=2, padding=1)
print(f"<g, C x>          = {np.vdot(given, y):.12f}")
print(f"<C^T g, x>        = {np.vdot(by_picture, many):.12f}")
print(f"<third map, w>    = {np.vdot(by_weight, kernels):.12f}")

# %% [markdown]
# This test needs no finite differences. But lesson 2 said: trust nothing. So here is `gradcheck` as well. Your
# three functions are all that an operation of minifcn needs:


# %% tags=["expected"]
class YourConv(Function):
    """A convolution from the three maps."""

    def forward(self, x, weight, *, stride, padding):
        self.x, self.weight, self.stride, self.padding = x, weight, stride, padding
        return conv_forward(x, weight, stride, padding)

    def backward(self, grad):
        size, kernel_size = self.x.shape[2:], self.weight.shape[2:]
        return (
            conv_backward_input(grad, self.weight, size, self.stride, self.padding),
            conv_backward_weight(self.x, grad, kernel_size, self.stride, self.padding),
        )


print(gradcheck(partial(apply, YourConv, stride=2, padding=1), (many, kernels), name="three maps"))

# %% [markdown]
# ## 6. Was it worth it?
#
# The number of products has not changed: each result is still a sum of $C k_h k_w$ of them. What has changed is
# who does them. In lesson 5 it was the Python interpreter, one by one. Now it is BLAS, a library whose matrix product
# people have tuned for decades: it takes several numbers in one instruction, and arranges the work so that a number
# fetched from memory is used many times before it is dropped.
#
# Eight channels of 48 x 48, sixteen kernels of 3 x 3, in float32. Four ways: the seven loops of the reference, the
# loops of lesson 5 with NumPy's sum inside, your product, and the library. The axis is logarithmic: each line of
# the grid is ten times the last.
#
# **What do you expect?** How many times faster than the seven loops is your product: ten, a hundred, a thousand?

# %% tags=["volatile"]
picture = rng.standard_normal((1, 8, 48, 48)).astype(np.float32)
kernels = rng.standard_normal((16, 8, 3, 3)).astype(np.float32)
bias, geometry = np.zeros(16, np.float32), conv_geometry(3, padding=1)
ready = tensor(picture), tensor(kernels), tensor(bias)


def milliseconds(work, times):
    """The shortest of some runs, after one that does not count."""
    work()
    return 1000 * min(timed(work) for _ in range(times))


def timed(work):
    start = perf_counter()
    work()
    return perf_counter() - start


seven_loops = partial(reference.conv_forward, picture, kernels, geometry, bias)
window_loops = partial(conv2d, picture, kernels, bias, padding=1)
times = {
    "seven loops (kernels/reference.py)": 1000 * timed(seven_loops),
    "loops over windows (lesson 5)": 1000 * timed(window_loops),
    "im2col and a product (yours)": milliseconds(partial(conv_forward, picture, kernels, 1, 1), 20),
    "minifcn": milliseconds(partial(F.conv2d, *ready, padding=1), 20),
}
plot.bars(times, unit="ms", log=True, title="One forward pass")

# %% [markdown]
# And where does your time go now? The same for a larger layer, in parts: 64 channels of 56 x 56, 64 kernels.
#
# **What do you expect?** Which takes longest: im2col, the product, or col2im?

# %% tags=["volatile"]
picture = rng.standard_normal((1, 64, 56, 56)).astype(np.float32)
kernels = rng.standard_normal((64, 64, 3, 3)).astype(np.float32)
columns, M = im2col(picture, (3, 3), padding=1), kernels.reshape(64, 576)
grad = conv_forward(picture, kernels, padding=1)
parts = {
    "im2col": lambda: im2col(picture, (3, 3), padding=1),
    "the product M . columns": lambda: M @ columns,
    "col2im": lambda: col2im(columns, (56, 56), (3, 3), padding=1),
    "conv_forward": lambda: conv_forward(picture, kernels, padding=1),
    "conv_backward_input": lambda: conv_backward_input(grad, kernels, (56, 56), padding=1),
    "conv_backward_weight": lambda: conv_backward_weight(picture, grad, (3, 3), padding=1),
}
times = {name: milliseconds(work, 10) for name, work in parts.items()}
plot.bars(times, unit="ms", title="Your three maps, and their parts")

# %% [markdown]
# The bars of im2col and col2im are time spent moving numbers, nine for every pixel. The faster ways in the library
# save some of it: they work on a few columns at a time, or on the picture itself, or with fewer products (Winograd).
#
# ## Where this stands in minifcn
#
# `kernels/cpu/convolution/im2col_conv.py` is your lesson, with groups. It begins with your three products. (`W` is
# $M$ there, and `cols` are the columns.)
#
# ```
# forward            y           = W . cols
# backward by x      grad_x      = col2im(W^T . grad_y)
# backward by W      grad_weight = grad_y . cols^T
# ```
#
# | yours | minifcn, `kernels/cpu/convolution/im2col_conv.py` |
# |---|---|
# | `conv_forward` | `forward`: `y = matrices(weight, geometry.groups) @ columns(x, geometry)` |
# | `conv_backward_input` | `backward_input`: `matrices(...).swapaxes(1, 2) @ pixels(grad_y, ...)`, then `col2im` |
# | `conv_backward_weight` | `backward_weight`: `pixels(grad_y, ...) @ columns(x, geometry).swapaxes(1, 2)` |
# | a product for each picture, then the sum | all pictures side by side in one wide matrix: one product |
#
# In `functional/conv.py` you find how the layers use them. `Conv2d` calls the first map in `forward` and the other
# two in `backward`. `ConvTranspose2d`, a little below it, calls the second in `forward` and the other two in
# `backward`, the third with its two arrays exchanged. That is all the difference.
#
# ## Three questions
#
# **1.** FCN computes its scores by a convolution with kernels of 1 x 1. Which of im2col, the product and col2im
# does it need?
#
# <details><summary>Answer</summary>
#
# The product alone. With 1 x 1 and stride 1 the columns are the pixels themselves: `M @ x.reshape(N, C, H*W)`. So
# a 1 x 1 convolution applies one small fully connected layer to every pixel.
# </details>
#
# **2.** How do you write a fully connected layer on a picture of 7 x 7 with 512 channels as a convolution? Many
# notes on FCN say that all fully connected layers of VGG become 1 x 1 convolutions. Is that so?
#
# <details><summary>Answer</summary>
#
# A kernel as large as the picture: one window, one column with $512 \cdot 7 \cdot 7 = 25{,}088$ numbers, and $M$ is
# the layer's own matrix. So VGG's first fully connected layer, fc6, becomes a **7 x 7** convolution. Only fc7 and the
# scores, whose input has one pixel, become 1 x 1. (In AlexNet fc6 becomes 6 x 6.) Nor are these layers thrown away,
# as some notes claim: their weights are kept, in another shape. On a larger picture the same kernel has more places:
# this turns a classifier into a map of classifications.
# </details>
#
# **3.** In $\partial L/\partial x = C^T g$ there is no $x$. In $\partial L/\partial M = G X^T$ there is no $M$. What
# does this say about what a layer must remember after its forward pass?
#
# <details><summary>Answer</summary>
#
# $x$ is needed for the gradient of the weight only, the weight for the gradient of $x$ only. A layer whose weights
# are fixed, such as a bilinear upsampling that does not learn, need not keep its input. (It is the same with every
# linear map: its derivative does not depend on where it is taken.) The columns need not be kept either: they can
# be made again.
# </details>
#
# ## Two open problems
#
# **A.** `conv_backward_weight` makes the same columns again that `conv_forward` has made. Keep them, and measure: how
# much time do you gain, and how much memory does a network of VGG16's size then need for a batch of 16?
#
# **B.** A kernel as large as the picture, with the picture padded all around, could be applied by a Fourier transform.
# From which kernel size on would that be faster than your product? Predict it by counting, then measure.
#
# ## The paper
#
# Section 3.1 reads fully connected layers as convolutions whose kernels cover their whole input: question 2. Section
# 3.3 upsamples by a convolution whose forward and backward passes have changed places. You have written both passes.
# Lesson 12 exchanges them.
#
# > **Often misunderstood.** "The fully connected layers become 1 x 1 convolutions": fc6 of VGG16 becomes 7 x 7. "FCN
# > does not use the fully connected layers": it keeps all their weights, in another shape.
