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
# # Lesson 12: Transposed convolution is convolution's backward
#
# *Section 3.3 of the paper: upsampling as a convolution run backwards. 90 minutes. Stands on lesson 7.*
#
# A photograph of 500 x 500 pixels goes into FCN's classifier. Out comes a small map of scores, 16 x 16 for each
# class. But the answer that we want has a class for *every pixel*. So the network needs a layer that makes a small
# map large, and that can learn how. How does one number of the small map find its pixels, and what does it tell
# them?
#
# You wrote this layer in lesson 7, under another name. Nothing new has to be computed today: two of your three maps
# change places. What is new is what this means, and how to live with it:
#
# | section | question | you write |
# |---|---|---|
# | 1, 2 | What does "transposed" mean? | `dense_matrix` |
# | 3 | How large is the result, and what is `output_padding`? | `lengths_before` |
# | 4, 5 | The layer itself. Is it really the transpose? | `conv_transpose2d` |
# | 6 | Why is it often explained with inserted zeros? | |
# | 7 | And backward? | `conv_transpose2d_backward` |
# | 8 | Where do checkerboards come from? | |
# | 9 | Does it undo a convolution? | |
#
# Stuck in an exercise? `hint("12.dense_matrix")` gives a first hint, and called again a further one. Sections 6 and
# 9 have no exercise, and no later section needs them: if the evening gets long, leave them for another.

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import inspect

import numpy as np

from minifcn import functional as F
from minifcn import plot, tensor
from minifcn.course import check, earlier, hint
from minifcn.data import photograph
from minifcn.functional import conv

# The three maps of lesson 7, as the course wrote them.
# To work with yours, add answers="07_matrix_product.ipynb".
conv_forward, conv_backward_input, conv_backward_weight = earlier(
    "07.conv_forward", "07.conv_backward_input", "07.conv_backward_weight"
)

# %% [markdown]
# ## 1. How does one number speak to many pixels?
#
# It has a stamp. The stamp is the kernel; the number says how strongly it is pressed down. The next number's stamp
# lands one stride further on.
#
# By hand, with one row. The small map is $(1, 10, 100)$, the kernel $(1, 2, 3)$, the stride 2.
#
# - $1$ lays $1, 2, 3$ on the places 0, 1, 2.
# - $10$ lays $10, 20, 30$ on the places 2, 3, 4.
# - $100$ lays $100, 200, 300$ on the places 4, 5, 6.
#
# Where two stamps overlap, they **add**: place 2 gets $3 + 10 = 13$, place 4 gets $30 + 100 = 130$.

# %%
plot.stamps(np.array([1, 10, 100]), np.array([1, 2, 3]), stride=2)

# %% [markdown]
# Three numbers have become seven. Now look at a *convolution* with the same kernel and the same stride, which takes
# seven pixels to three results:
#
# $$y_0 = 1x_0 + 2x_1 + 3x_2, \qquad y_1 = 1x_2 + 2x_3 + 3x_4, \qquad y_2 = 1x_4 + 2x_5 + 3x_6.$$
#
# Result 1 is tied to the pixels 2, 3 and 4, by the weights 1, 2 and 3. The stamp of number 1 lies on the places 2,
# 3 and 4, with the weights 1, 2 and 3. These are the same ties. A convolution *collects* along them, a transposed
# convolution *deals out* along them.
#
# And you have dealt out along these ties before. When the gradient of $y_1$ arrives, each pixel that had a part in
# $y_1$ gets its share of it: $x_2$ gets $1$ times, $x_3$ gets $2$ times, $x_4$ gets $3$ times the gradient. That
# was `conv_backward_input`. Give it $(1, 10, 100)$ for a gradient:

# %%
row = np.array([[[[1.0, 10, 100]]]])  # 1 picture, 1 channel, 1 row, 3 columns
kernel_123 = np.array([[[[1.0, 2, 3]]]])
print(conv_backward_input(row, kernel_123, (1, 7), stride=2)[0, 0, 0])

# %% [markdown]
# The same seven numbers. So the layer that we are looking for exists. What remains is to understand its name.
#
# ## 2. What does "transposed" mean?
#
# For fixed weights a convolution is *linear*: twice the picture gives twice the result, and the sum of two pictures
# gives the sum of their results. Every linear map is a matrix. Write the picture as one long vector $x$, the result
# as one long vector $y$; then there is a matrix $C$ with
#
# $$y = Cx.$$
#
# Lessons 6 and 7 drew such matrices; now write down how to get them, for any linear map. What is $C$ times
# $(1, 0, 0, \dots)$? Its first column. And $C$ times $(0, 1, 0, \dots)$ is its second column. So feed the map one
# picture after another that is 0 everywhere but at one pixel, and collect what comes out.
#
# An example with a map that is no convolution. It takes a row of three pixels $(a, b, c)$ to the two numbers
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


# %%
def dense_matrix(linear_map, shape):
    """The matrix of a linear map.

    linear_map: a function of one float64 array of the given shape; it returns an array of some
                other shape, which may be a view of its argument
    shape: of what the map takes, a tuple
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
check("12.dense_matrix", dense_matrix)

# %% [markdown]
# Now ask a convolution: a picture of 4 x 4 pixels, a kernel of 3 x 3 with the weights 1 to 9, stride 1, no padding.
# It has 2 x 2 results, so $C$ is a $4 \times 16$ matrix. Its rows are the results $y_{00}, y_{01}, y_{10}, y_{11}$,
# its columns the pixels $x_{00}, x_{01}, \dots, x_{33}$. Beside it stands its transpose, with rows and columns
# exchanged. It takes 4 numbers to 16. The weights of $y_{00}$ (solid) and those of $x_{11}$ (dashed) are outlined
# in both.

# %% tags=["expected"]
kernel = np.arange(1.0, 10).reshape(1, 1, 3, 3)
C = dense_matrix(lambda x: conv_forward(x, kernel), (1, 1, 4, 4))

plot.grids(
    cell=0.38,
    C=np.where(C == 0, np.nan, C),  # nan: leave it blank
    C_transposed=np.where(C.T == 0, np.nan, C.T),
    marks={"C": [(0, 0, 1, 16), (0, 5, 4, 1)], "C_transposed": [(0, 0, 16, 1), (5, 0, 1, 4)]},
)

# %% [markdown]
# Read $C$ both ways.
#
# - **A row is a window.** The row of $y_{00}$ has 1 2 3, then a gap, for the window is three wide and the picture
#   four. Then 4 5 6, a gap, 7 8 9. The next row is the same, one pixel to the right.
# - **A column is a pixel.** The corner pixel $x_{00}$ is seen by one window only, with weight 1. Pixel $x_{11}$ is
#   seen by all four windows: with weight 5 by the first, then 4, 2 and 1.
# - Only $4 \cdot 9 = 36$ of the 64 entries are not 0, and only nine numbers occur. That is why nobody builds $C$:
#   for a picture of 500 x 500 and its 498 x 498 results it has $250\,000 \cdot 248\,004 = 62\,001\,000\,000$
#   entries, nearly all of them 0. We only think of it.
#
# And $C^T$? Times $(1, 0, 0, 0)$ it is its first column. Lay each of its four columns out as a picture of 4 x 4
# again:

# %% tags=["expected"]
print("y 00           y 01           y 10           y 11")
for i in range(4):
    rows = C.reshape(4, 4, 4)[:, i].astype(int)  # row i of the four pictures
    print("        ".join(" ".join(str(value or ".") for value in row) for row in rows))

# %% [markdown]
# Four stamps. The kernel stands in each as it is, not turned, shifted by one stride. A whole $C^T y$ is the sum of
# these pictures, each times its $y$. So *laying stamps* and *multiplying by* $C^T$ are the same thing.
#
# That it is also the backward pass is the chain rule, as in lesson 7. The loss $L$ depends on $x$ through $y = Cx$,
# so
#
# $$\frac{\partial L}{\partial x_j} = \sum_i \frac{\partial L}{\partial y_i} \frac{\partial y_i}{\partial x_j}
# = \sum_i C_{ij} \frac{\partial L}{\partial y_i}, \qquad\text{which is}\qquad g_x = C^T g_y.$$
#
# Ask `conv_backward_input` for its matrix, and compare:

# %% tags=["expected"]
matrix_of_backward = dense_matrix(lambda y: conv_backward_input(y, kernel, (4, 4)), (1, 1, 2, 2))
print("the matrix of conv_backward_input is C transposed:", np.array_equal(matrix_of_backward, C.T))

# %% [markdown]
# A **transposed convolution** is the multiplication by $C^T$. Its matrix is the transpose, not its kernel: no
# kernel is transposed or turned anywhere.
#
# ## 3. How large is the result?
#
# For a convolution lesson 5 gave the answer: $n$ pixels, kernel $k$, stride $s$, padding $p$ give
#
# $$\left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1$$
#
# results. Now the way back. You have 2 results, made with kernel 3 and stride 2. How many pixels were there?
#
# ```
# pixels      0 1 2 3 4 5 6
# window 0   [     ]
# window 1       [     ]
# window 2           [     ]
# ```
#
# Five, or six. Pixel 5 is there, but no window sees it: the rounding down $\lfloor\;\rfloor$ has forgotten it. A
# third window needs seven pixels. So the size of the result does not tell the size of the picture.
#
# Three questions lead to the rule, for $m$ results. Where does the last window start? How far does it reach, if the
# padding at both ends is not counted as a part of the picture? And by how many pixels may the picture grow before
# another window fits?


# %%
def lengths_before(length, kernel, stride=1, padding=0):
    """The lengths n of all pictures that a convolution maps to `length` results.

    All arguments are ints; length, kernel and stride are at least 1, padding at least 0.
    Returns a list of ints, ascending: all n >= 1 with
        floor((n + 2*padding - kernel) / stride) + 1 == length.

    length = 2, kernel = 3, stride = 2:  [5, 6]
    length = 2, kernel = 3:              [4]
    """
    ### BEGIN SOLUTION
    smallest = stride * (length - 1) + kernel - 2 * padding
    return [n for n in range(smallest, smallest + stride) if n >= 1]
    ### END SOLUTION


# %%
check("12.lengths_before", lengths_before)

# %% tags=["expected"]
print("results  kernel  stride  padding     lengths")
for m, k, s, p in (4, 3, 1, 1), (4, 3, 2, 1), (4, 4, 2, 1), (16, 64, 32, 16), (16, 64, 32, 0):
    before = lengths_before(m, k, s, p)
    print(f"{m:7}{k:8}{s:8}{p:9}{len(before):9}: {before[0]} to {before[-1]}")

# %% [markdown]
# There are always $s$ lengths (unless some would be below 1). The smallest is
#
# $$s(m - 1) + k - 2p.$$
#
# A transposed convolution makes a picture of this smallest size, unless it is told otherwise. To tell it otherwise
# there is `output_padding`: 0 for the smallest, up to $s - 1$ for the largest. It is needed more often than one
# thinks. A picture of 8 pixels, convolved with kernel 3, stride 2, padding 1, has 4 results. Back from 4, the
# smallest size is $2 \cdot 3 + 3 - 2 = 7$. To come out at 8, where we began, takes `output_padding=1`. The name is
# poor: it pads nothing. It chooses one of $s$ sizes, and section 4 shows what stands in the additional row.
#
# Two lines of the list are worth remembering.
#
# - **Kernel $2s$, padding $s/2$**: the smallest size is $s(m-1) + 2s - s = sm$. The map becomes exactly $s$ times
#   as large. The last line but one is an upsampling by 32 in this manner: 16 becomes 512.
# - The last line is the paper's FCN-32s, which has no padding there: 16 becomes 544. The picture of the
#   beginning had 500 pixels. The network cuts 500 rows out of the 544, from row 19 on. Why 19, and why the authors
#   pad their first layer by 100, is the story of lesson 17.
#
# ## 4. The layer
#
# Everything is on the table. For several pictures and channels the definition is
#
# $$y[n, c,\; s\,i - p + a,\; s\,j - p + b] \mathrel{+}= x[n, k, i, j] \cdot w[k, c, a, b]$$
#
# for all $n, k, c, i, j, a, b$: number $(i, j)$ of channel $k$ lays the stamp $w[k, c]$ onto channel $c$, its top
# left corner at row $si - p$, column $sj - p$. What falls outside is cut off: $p$ rows at the top, $p$ at the
# bottom, and the same at the sides.
#
# The weight has the layout of PyTorch: $(K, C, k_h, k_w)$, with $K$ channels coming *in* and $C$ going *out*. For
# the convolution of lesson 7 it was the other way round, $C$ in and $K$ out. So it is the very same array, used
# from the other side.
#
# At the end each channel gets its bias, if there is one: the same number at every pixel, stamped on or not.
#
# The definition above would be seven loops. You need none. Which of your three maps deals out along the ties?


# %%
def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    """Transposed convolution: C^T x + bias; C is the convolution of this weight, stride, padding.

    x: (N, K, h, w);  weight: (K, C, kh, kw);  bias: (C,) or None;  output_padding < stride
    Returns y (N, C, H, W), of the dtype of x:
        H = stride*(h - 1) + kh - 2*padding + output_padding, W alike.

    x = [[1, 10]], weight = [[1, 2, 3]] (N = K = C = 1), stride 2:  y = [[1, 2, 13, 20, 30]]
    x = [[1]], weight = [[1, 2, 3], [4, 5, 6], [7, 8, 9]], stride 2, padding 1:
        y = [[5]];  with output_padding 1:  y = [[5, 6], [8, 9]]
    """
    ### BEGIN SOLUTION
    (h, w), (kh, kw) = x.shape[2:], weight.shape[2:]
    height = stride * (h - 1) + kh - 2 * padding + output_padding
    width = stride * (w - 1) + kw - 2 * padding + output_padding
    y = conv_backward_input(x, weight, (height, width), stride, padding)
    return y if bias is None else y + bias[:, None, None]
    ### END SOLUTION


# %%
check("12.conv_transpose2d", conv_transpose2d)

# %% [markdown]
# Look at what you built. The input has the numbers 1, 10, 100 and 1000, and the kernel is all ones. So the digits
# of each number tell whose stamps lie there: 1010 is under the stamps of 10 and of 1000.

# %% tags=["expected"]
x = np.array([[1.0, 10], [100, 1000]])[None, None]
ones = np.ones((1, 1, 3, 3))
plot.grids(
    ncols=3,
    input=x[0, 0],
    **{f"stride_{s}": conv_transpose2d(x, ones, stride=s)[0, 0] for s in (1, 2, 3)},
    stride_2_padding_1=conv_transpose2d(x, ones, stride=2, padding=1)[0, 0],
    and_output_padding_1=conv_transpose2d(x, ones, stride=2, padding=1, output_padding=1)[0, 0],
    cell=0.43,
)

# %% [markdown]
# - Stride 1: the stamps lie one pixel apart and overlap nearly everywhere. Stride 3: side by side, nothing
#   overlaps.
# - Padding makes the result *smaller*. It cuts a border off the picture of stride 2. In the convolution, padding
#   made the picture larger; here everything goes the other way.
# - The last picture answers what `output_padding` puts into the additional row and column. Not zeros: it is the row
#   that `padding` would have cut off at the bottom. Only where no stamp reaches does it stay 0 (plus bias).
#
# ## 5. Is it really the transpose?
#
# For a small picture we can look at every entry. Take stride 2, padding 1, and the kernel of section 2; it maps 6 x
# 6 pixels to 3 x 3, and back with `output_padding` 1.

# %% tags=["expected"]
there = dense_matrix(lambda x: conv_forward(x, kernel, 2, 1), (1, 1, 6, 6))
back = dense_matrix(lambda y: conv_transpose2d(y, kernel, None, 2, 1, 1), (1, 1, 3, 3))
print("there", there.shape, "  back", back.shape, "  transposed:", np.array_equal(back, there.T))

# %% [markdown]
# For a large picture nobody can build these matrices. But there is a test that does not need them.
#
# Write $\langle a, b\rangle$ for the sum of all products, $\sum_i a_i b_i$. For any matrix, any $x$ and any $y$,
#
# $$\langle Cx, y\rangle \;=\; \sum_i \Big(\sum_j C_{ij} x_j\Big)\, y_i
# \;=\; \sum_j x_j \Big(\sum_i C_{ij} y_i\Big) \;=\; \langle x, C^T y\rangle.$$
#
# On both sides stand the same products $C_{ij} x_j y_i$; only the order of adding them differs. This is the
# **adjoint identity**, which you know from im2col and col2im. It characterises the transpose: if a linear map $B$
# has $\langle Cx, y\rangle = \langle x, By\rangle$ for all $x$ and $y$, choose for $x$ a picture with a single 1 at
# $j$ and for $y$ one with a single 1 at $i$. Left stands $C_{ij}$, right $B_{ji}$. So $B = C^T$, entry by entry.
#
# We need no matrix to test it, only the two maps. And one random $x$ and $y$ test all entries together: a wrong
# entry would have to be made good by another one, by chance. Here is your code, with several channels, strides,
# paddings, and sizes:

# %% tags=["expected"]
rng = np.random.default_rng(12)

print("kernel stride padding output_padding    picture     <Cx, y>           <x, CTy>")
settings = (3, 1, 0, 0), (3, 1, 1, 0), (3, 2, 1, 0), (3, 2, 1, 1), (5, 3, 2, 2), (2, 4, 0, 3)
for k, s, p, extra in settings:
    weight = rng.standard_normal((4, 3, k, k))
    y = rng.standard_normal((2, 4, 5, 6))
    CTy = conv_transpose2d(y, weight, stride=s, padding=p, output_padding=extra)
    x = rng.standard_normal(CTy.shape)
    Cx = conv_forward(x, weight, s, p)
    picture, left, right = f"{x.shape[2]} x {x.shape[3]}", (Cx * y).sum(), (x * CTy).sum()
    print(f"{k:4}{s:7}{p:8}{extra:12}{picture:>16}  {left:16.10f}  {right:16.10f}")

# %% [markdown]
# The identity holds for every one of the $s$ sizes; that is what it means that `output_padding` chooses *a picture
# which the convolution maps to this size*. Does the test notice a mistake? The most popular one turns the kernel by
# 180 degrees. All shapes stay right:

# %% tags=["expected"]
CTy = conv_transpose2d(y, weight[:, :, ::-1, ::-1], stride=s, padding=p, output_padding=extra)
print(f"with turned kernels:   <Cx, y> = {(Cx * y).sum():.10f}   <x, CTy> = {(x * CTy).sum():.10f}")

# %% [markdown]
# ## 6. Why is it often explained with inserted zeros?
#
# Many texts describe this layer differently: *insert $s - 1$ zeros between the pixels, add a border of $k - 1$
# zeros, turn the kernel by 180 degrees, and convolve with stride 1*. By hand, with the row of section 1:
#
# - $(1, 10, 100)$ becomes $0, 0, 1, 0, 10, 0, 100, 0, 0$, and the kernel $(1, 2, 3)$ becomes $(3, 2, 1)$.
# - Window 2 holds $1, 0, 10$: $\;3 \cdot 1 + 2 \cdot 0 + 1 \cdot 10 = 13$. The same 13 as by stamps.
#
# Why turned? A number lays its weight 0 on its own place, weight 1 on the next place, weight 2 on the one after
# that. Seen from a place: weight 0 comes from the number here, weight 1 from one place to the left, weight 2 from
# two places to the left. So a window that ends here needs, from left to right, the weights 2, 1, 0: the kernel
# turned.


# %% tags=["expected"]
def by_zero_insertion(x, weight, stride):
    """The same map, the long way round: zeros between and around, turned kernels, a convolution."""
    (N, K, h, w), (kh, kw) = x.shape, weight.shape[2:]
    between = np.zeros((N, K, stride * (h - 1) + 1, stride * (w - 1) + 1))
    between[:, :, ::stride, ::stride] = x
    spread = np.pad(between, [(0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)])
    turned = weight[:, :, ::-1, ::-1].swapaxes(0, 1)  # conv_forward wants (out, in, kh, kw)
    return conv_forward(spread, turned), spread


result, spread = by_zero_insertion(row, kernel_123, stride=2)
print("the row:", spread[0, 0, 0], "->", result[0, 0, 0])

x, weight = rng.standard_normal((2, 4, 5, 6)), rng.standard_normal((4, 3, 3, 3))
result, spread = by_zero_insertion(x, weight, stride=2)
print("random numbers, equal to yours:", np.allclose(result, conv_transpose2d(x, weight, stride=2)))
print(f"of the {spread.size} numbers that are convolved, {np.count_nonzero(spread)} are not zero")

# %% [markdown]
# So it gives the same numbers, and it explains the name *fractionally strided convolution*: the window moves by
# one, the pixels lie $s$ apart, so it moves by $1/s$ of their distance. But it is not how the layer is built, here
# or in PyTorch, for two reasons.
#
# - Nearly all products are with zeros. At most one in $s^2$ of the numbers is a pixel. With FCN's kernel of 64 and
#   stride 32 each result would be a sum of $64 \cdot 64 = 4096$ products, of which $(64/32)^2 = 4$ are not zero.
# - It hides what matters: that this is the backward pass of a convolution, with the same weight, which you have
#   already written and tested. (And with padding $p$ the border has $k - 1 - p$ zeros, which is below 0 if $p$ is
#   $k$ or more.)
#
# ## 7. And backward?
#
# To train the layer we need its three gradients. Let $g$ be the gradient of the loss by the result $z = C^T x$;
# leave the bias aside for now. A small change of $z$ changes the loss by $\langle g, \text{change of } z\rangle$,
# so we may take the loss to be $\langle g, z\rangle$. The adjoint identity says at once
#
# $$\langle g,\; C^T x\rangle \;=\; \langle C g,\; x\rangle.$$
#
# - **By $x$.** On the right $x$ is multiplied by $Cg$, and that is its gradient. Forward was $C^T$, backward is
#   $C$: the convolution that lesson 7 calls the forward pass.
# - **By the weight.** Read the right side again: it is a convolution of the *picture* $g$ whose result is
#   multiplied by $x$ and summed. Lesson 7 had $\langle C x, g\rangle$ and found the gradient by the weight in it.
#   Same expression; who is in which role? (It is the sum $T$ of lesson 7, section 5, once more.)
# - **By the bias.** It is added to every pixel of its channel, in every picture. Each use adds its gradient.
#
# | | convolution, lesson 7 | transposed convolution |
# |---|---|---|
# | forward | $Cx$ | $C^T x$, `conv_backward_input` |
# | gradient by the input | $C^T g$ | $C g$, `conv_forward` |
# | gradient by the weight | $\langle Cx, g\rangle$ by the weight | $\langle C g, x\rangle$ by the weight |
#
# The backward of the backward of a convolution is the convolution. There are only ever these three maps.
#
# By hand: $x = (4, 5)$, kernel $(1, 2, 3)$, stride 2. The result is $z = (4,\; 8,\; 12 + 5,\; 10,\; 15)$. Let
# $g = (1, 0, 0, 0, 100)$: the loss feels $z_0 = 4 \cdot 1$ and $z_4 = 5 \cdot 3$. So
# $g_x = (1 \cdot 1,\; 100 \cdot 3) = (1, 300)$. Weight 1 of the kernel made $z_0$, weight 3 made $z_4$:
# $g_w = (1 \cdot 4,\; 0,\; 100 \cdot 5) = (4, 0, 500)$. And $g_b = 1 + 100 = 101$.


# %%
def conv_transpose2d_backward(grad, x, weight, stride=1, padding=0):
    """The gradients of conv_transpose2d by its input, weight and bias.

    grad: (N, C, H, W), the gradient by the result;  x: (N, K, h, w);  weight: (K, C, kh, kw)
    H and W are any that some output_padding gives.
    Returns (grad_x, grad_weight, grad_bias): of the shapes of x and weight, and (C,); of the
    dtype of grad.

    grad = [[1, 0, 0, 0, 100]], x = [[4, 5]], weight = [[1, 2, 3]] (N = K = C = 1), stride 2:
        grad_x = [[1, 300]], grad_weight = [[4, 0, 500]], grad_bias = [101]
    """
    ### BEGIN SOLUTION
    grad_x = conv_forward(grad, weight, stride, padding)
    grad_weight = conv_backward_weight(grad, x, weight.shape[2:], stride, padding)
    grad_bias = grad.sum(axis=(0, 2, 3))
    return grad_x, grad_weight, grad_bias
    ### END SOLUTION


# %%
check("12.conv_transpose2d_backward", conv_transpose2d_backward)

# %% [markdown]
# ## 8. Where do checkerboards come from?
#
# Pictures that were made with transposed convolutions often show a fine regular pattern. Count stamps to see why.
# Give the layer an input of ones and a kernel of ones; then each result is the number of stamps that lie there.
# Along one row, with four pixels and stride 2:
#
# | kernel | stamps at each place |
# |---|---|
# | 3 | 1 1 2 1 2 1 2 1 1 |
# | 4 | 1 1 2 2 2 2 2 2 1 1 |
#
# In two dimensions the counts of rows and columns multiply: with the kernel of 3 there are places under
# $1 \cdot 1 = 1$, $1 \cdot 2 = 2$ and $2 \cdot 2 = 4$ stamps, with the kernel of 4, away from the border, under 4.
#
# Away from the border a place lies, on average, under $k/s$ stamps along each axis. If that is no whole number,
# some places get one more than others. Counts are even **exactly when the stride divides the kernel**.
#
# A network starts with random weights. A sum of $m$ independent random numbers with mean 0 has $m$ times the mean
# square of one: its *energy* grows with the number of stamps. So the kernel of 3 begins its training with a
# checkerboard of energies 1, 2, 2, 4. Ten thousand random kernels on a flat input:

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
# Look at the first picture of each pair, too. The mean energies of the kernel of 4 are even (up to chance), but a
# *single* random kernel of 4 still makes a pattern on a flat input. Even counts are not a cure; they only take away
# the bias towards a pattern. What decides is this: at stride 2 the even places see the weights 0, 2, ... of the
# kernel, the odd places the weights 1, 3, .... On a flat input the pattern vanishes exactly when these *phase sums*
# are equal.
#
# | kernel, stride 2 | even places | odd places | |
# |---|---|---|---|
# | $(1, 1, 1)$ | $1 + 1 = 2$ | $1$ | checkerboard |
# | $(\frac12, 1, \frac12)$ | $\frac12 + \frac12 = 1$ | $1$ | flat, although 2 does not divide 3 |
# | $(\frac14, \frac34, \frac34, \frac14)$ | $\frac14 + \frac34 = 1$ | $\frac34 + \frac14 = 1$ | flat |
#
# Can a layer learn that? You have all that is needed. Shrink a photograph to half its size, so that every pixel is
# the mean of 2 x 2. Begin with a random kernel of 4 x 4, and let gradient descent, with *your* backward, find the
# kernel that restores the photograph best.

# %% tags=["expected"]
photo = photograph(side=128).mean(axis=2) - 0.5  # grey, about 0; Grace Hopper, US Navy
small = photo.reshape(64, 2, 64, 2).mean(axis=(1, 3))[None, None]

learned = 0.5 * rng.standard_normal((1, 1, 4, 4))
rate = 0.25 / (small**2).sum()  # four weights meet at each result; more than twice this overshoots
seen = {}
for step in range(301):
    y = conv_transpose2d(small, learned, stride=2, padding=1)
    if step in (0, 2, 10, 300):
        seen[f"step_{step}"] = y[0, 0]
        sums = np.array([learned[0, 0, i::2, j::2].sum() for i in (0, 1) for j in (0, 1)])
        squares = ((y - photo) ** 2).mean()
        print(f"step {step:3}: mean squared error {squares:.4f}, phase sums", sums.round(2))
    error = y - photo  # the gradient of half the squared error
    _, grad_weight, _ = conv_transpose2d_backward(error, small, learned, stride=2, padding=1)
    learned = learned - rate * grad_weight

seen["the_photograph"] = photo
middle = {name: np.clip(y[16:112, 16:112] + 0.5, 0, 1) for name, y in seen.items()}
plot.pictures(width=1.75, **middle)

# %% [markdown]
# The phase sums become equal first: where the photograph is smooth, a checkerboard is the worst error of all. Then,
# slowly, the kernel finds its shape. Compare it with the row $(\frac14, \frac34, \frac34, \frac14)$ times itself as
# a column:

# %% tags=["expected"]
triangle = np.array([0.25, 0.75, 0.75, 0.25])
bilinear = np.outer(triangle, triangle)[None, None]
for name, candidate in ("learned", learned), ("bilinear", bilinear):
    y = conv_transpose2d(small, candidate, stride=2, padding=1)
    print(f"{name}: mean squared error {((y - photo) ** 2).mean():.4f}")
    print(candidate[0, 0].round(2), end="\n\n")

# %% [markdown]
# Nobody told it to interpolate. The second kernel is *bilinear interpolation*, and lesson 13 derives it. The
# learned one is a little sharper, since it also makes good for the blur of the 2 x 2 means. FCN starts its
# upsampling with this kernel instead of a random one, of size $2s$ for stride $s$, and so has no checkerboard from
# the first step on.
#
# ## 9. Does it undo a convolution?
#
# It is often called *deconvolution*, and that name promises that it does. It would if $C^T$ were the inverse of
# $C$. Test it with the matrix of section 2, which takes 16 pixels to 4 numbers. Nothing can recover sixteen numbers
# from four. Entry $(0, 0)$ of $C^T C$ is $1 \cdot 1$, entry $(0, 1)$ is $1 \cdot 2$, and entry $(5, 5)$, for pixel
# $x_{11}$, which all four windows see, is $5^2 + 4^2 + 2^2 + 1^2 = 46$. The identity would have 1, 0, 1.

# %% tags=["expected"]
CTC = C.T @ C
print("entries (0, 0), (0, 1), (5, 5):", CTC[0, 0], CTC[0, 1], CTC[5, 5])
print("rank of C^T C:", np.linalg.matrix_rank(CTC), "of", len(CTC))

# %% [markdown]
# And where $C$ is square and has an inverse? Blur a photograph of 32 x 32, with numbers from 0 to 1, by the kernel
# $(1, 2, 1)/4$ along both axes, padding 1. To undo the blur is to *solve* $Cx = y$ for $x$, and at this size
# `dense_matrix` gives us the $C$ to do it with.

# %% tags=["expected"]
photo = photograph(side=32).mean(axis=2).ravel()
blur = np.outer([1.0, 2, 1], [1, 2, 1])[None, None] / 16
C = dense_matrix(lambda x: conv_forward(x, blur, padding=1), (1, 1, 32, 32))

blurred = C @ photo
stages = {
    "Cx, the blurred photograph": blurred,
    "C^T C x": C.T @ blurred,
    "solved for x": np.linalg.solve(C, blurred),
    "solved for x, with Cx in 8 bits": np.linalg.solve(C, np.round(255 * blurred) / 255),
}
for name, stage in stages.items():
    print(f"{name:33} largest error {abs(stage - photo).max():7.3f}")

# %% [markdown]
# The transposed convolution does not sharpen. This kernel is symmetric, so $C^T$ is $C$, and the picture is blurred
# a second time: the error grows. Solving does undo the blur. That is what a deconvolution is in the rest of
# science, and it is a delicate thing: round the blurred picture to 8 bits, an error that no eye can see, and the
# largest error of the solution is ten times the brightest pixel. Most of that noise has the finest pattern of all,
# since this is what the blur had removed most thoroughly.
#
# So say *transposed convolution*. What survives of a picture on the way $x \to Cx \to C^T C x$ is its shape: the
# sizes come back, and each number comes back to the pixels that it came from. That is all an upsampling layer asks
# for.
#
# ## Where this stands in minifcn
#
# | you | minifcn |
# |---|---|
# | `conv_transpose2d`, and its backward | the class `ConvTranspose2d` in `functional/conv.py` |
# | the three maps of lesson 7 | `conv_forward`, `conv_backward_input`, `conv_backward_weight` in `kernels/` |
# | the size | `ConvGeometry.input_size` in `kernels/geometry.py`; it knows dilation, too |
# | | `upscore_layer` in `models/fcn.py` uses it: kernel $2s$, stride $s$, one kernel a class |
#
# Here are the package's lines, of the convolution and of its transpose. Compare the second class with yours:
# `kernels.conv_backward_input` is the map that you used, `geometry` holds kernel, stride and padding,
# `kernels.channel_sum` adds up the bias's gradient. Then compare the two classes with each other.

# %%
print(inspect.getsource(conv.Conv2d))
print(inspect.getsource(conv.ConvTranspose2d))

# %% [markdown]
# The first two of the products are exchanged, and the third has its arguments exchanged. Whatever makes a
# convolution fast makes its transpose fast, for they are one code. On random numbers:

# %% tags=["expected"]
x, weight = rng.standard_normal((2, 4, 5, 6)), rng.standard_normal((4, 3, 3, 3))
bias = rng.standard_normal(3)
options = {"stride": 2, "padding": 1, "output_padding": 1}
theirs = [tensor(a, requires_grad=True) for a in (x, weight, bias)]
z = F.conv_transpose2d(*theirs, **options)
grad = rng.standard_normal(z.shape)
z.backward(grad)

yours = conv_transpose2d(x, weight, bias, **options)
print("forward, equal to yours: ", np.allclose(z.data, yours))
yours = conv_transpose2d_backward(grad, x, weight, stride=2, padding=1)
print("backward, equal to yours:", [np.allclose(t.grad, g) for t, g in zip(theirs, yours)])

# %% [markdown]
# ## Three questions
#
# **1.** A network shrinks a map of 32 to 16 with kernel 3, stride 2, padding 1, and shall come back to 32 with the
# same kernel, stride and padding. Which `output_padding`? And why does the backward pass never ask for it?
#
# <details><summary>Answer</summary>
#
# The smallest size is $2 \cdot 15 + 3 - 2 = 31$, so 1. Backward, the large map is *given*: `grad` has its size, and
# a convolution of any of the $s$ sizes has the same number of results, those of $x$.
#
# </details>
#
# **2.** Kernel 6, stride 4. How many stamps lie at each place along a row, away from the border? How many sorts of
# places are there in a picture?
#
# <details><summary>Answer</summary>
#
# Let $t = r \bmod 4$. Place $r$ sees weight $t$ of one stamp, and weight $t + 4$ of the one before, if the kernel
# has it: for $t = 0$ and $t = 1$. So 2, 2, 1, 1, and again. In a picture the counts multiply, so there are three
# sorts: 4, 2 and 1. Kernel 8 would give 2 everywhere, and 4 in a picture.
#
# </details>
#
# **3.** Let the stride be equal to the kernel's size, and let the squares of its weights sum to 1, one channel, no
# padding. What is $C C^T$, and what is $C^T C$?
#
# <details><summary>Answer</summary>
#
# The windows do not overlap, so the rows of $C$ have no pixel in common, and each has length 1: $C C^T$ is the
# identity. Laying stamps and collecting again gives back every number. $C^T C$ still is not the identity: it
# replaces each window of the picture by the multiple of the kernel that is nearest to it, a projection. Up and down
# again loses nothing; down and up again does.
#
# </details>
#
# ## The paper
#
# Section 3.3 says it in a few lines. Upsampling by $f$ is convolution with a fractional input stride of $1/f$; so
# the natural way to upsample is *backwards convolution* with an output stride of $f$, which needs nothing new,
# since it only exchanges the forward and the backward pass of a convolution. The paper calls it deconvolution, too,
# which has helped to spread that name. And the kernel need not be fixed: it can be learned. In the
# paper's nets the intermediate upsamplings start bilinear and are learned, the last one stays bilinear. Lesson 13
# makes that kernel.
