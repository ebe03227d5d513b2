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
# How does a network turn a small map into a large one, in a way that it can learn?
#
# A photograph of 500 x 500 pixels goes into FCN's classifier. Out comes a small map of scores, 16 x 16 for each
# class. But we want a class for *every pixel*. You already wrote the layer that does this, in lesson 7, under
# another name. Nothing new has to be computed today: two of your three maps change places. What is new is what this
# means, and how to live with it.
#
# *Section 3.3 of the paper (upsampling is backwards convolution) · builds on lesson 7 · with the optional section 8 (35 minutes) · 105 minutes*
#
# 1. [One number, many pixels](#1.-One-number,-many-pixels)
# 2. [What does transposed mean?](#2.-What-does-transposed-mean?)
# 3. [How large is the result?](#3.-How-large-is-the-result?)
# 4. [The layer](#4.-The-layer)
# 5. [Is it really the transpose?](#5.-Is-it-really-the-transpose?)
# 6. [And backward?](#6.-And-backward?)
# 7. [Checkerboards, and a kernel that is learned](#7.-Checkerboards,-and-a-kernel-that-is-learned)
# 8. [Write the test](#8.-Write-the-test)
#
# Stuck in an exercise? `hint("12.conv_transpose2d")` gives a first hint, and a further one each time you call it.
# Lesson 12b is optional. It goes further: the matrix of any linear map, inserted zeros, checkerboards in
# numbers, and why "deconvolution" is the wrong word.

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import inspect

import numpy as np

from minifcn import functional as F
from minifcn import plot, tensor
from minifcn.course import accepted_by, check, earlier, hint
from minifcn.data import photograph
from minifcn.functional import conv

# The three maps of lesson 7, as the course wrote them.
# To work with yours, add answers="07_matrix_product.ipynb".
conv_forward, conv_backward_input, conv_backward_weight = earlier(
    "07.conv_forward", "07.conv_backward_input", "07.conv_backward_weight"
)

# %% [markdown]
# ## 1. One number, many pixels
#
# How does one number of the small map reach many pixels of the large one? It has a stamp. The stamp is the kernel;
# the number says how hard it is pressed. The next number's stamp lands one stride further on.
#
# By hand, with one row. The small map is $(1, 10, 100)$, the kernel $(1, 2, 3)$, the stride 2.
#
# - $1$ stamps $1, 2, 3$ onto the places 0, 1, 2.
# - $10$ stamps $10, 20, 30$ onto the places 2, 3, 4.
# - $100$ stamps $100, 200, 300$ onto the places 4, 5, 6.
#
# Where two stamps overlap, they **add**: place 2 gets $3 + 10 = 13$, place 4 gets $30 + 100 = 130$.

# %%
plot.stamps(np.array([1, 10, 100]), np.array([1, 2, 3]), stride=2)

# %% [markdown]
# Three numbers have become seven. Compare this with a *convolution* with the same kernel and the same stride, which
# takes seven pixels to three results:
#
# $$y_0 = 1x_0 + 2x_1 + 3x_2, \qquad y_1 = 1x_2 + 2x_3 + 3x_4, \qquad y_2 = 1x_4 + 2x_5 + 3x_6.$$
#
# Result 1 is tied to the pixels 2, 3 and 4, by the weights 1, 2 and 3. The stamp of number 1 lies on the places 2,
# 3 and 4, with the weights 1, 2 and 3. These are the same ties. A convolution *collects* along them, a transposed
# convolution *deals out* along them.
#
# You have dealt out along these ties before. When the upstream gradient $g_1$ of $y_1$ arrives, each pixel that had
# a part in $y_1$ gets its share: $x_2$ gets $1 g_1$, $x_3$ gets $2 g_1$, $x_4$ gets $3 g_1$. That was
# `conv_backward_input`.
#
# **What do you expect?** Below, $(1, 10, 100)$ goes into `conv_backward_input` as if it were a gradient. Write down
# the seven numbers before you run the cell.

# %%
row = np.array([[[[1.0, 10, 100]]]])  # 1 picture, 1 channel, 1 row, 3 columns
kernel_123 = np.array([[[[1.0, 2, 3]]]])
print(conv_backward_input(row, kernel_123, (1, 7), stride=2)[0, 0, 0])

# %% [markdown]
# The same seven numbers as the stamps. So the layer that we are looking for exists. What remains is to understand its
# name.
#
# ## 2. What does transposed mean?
#
# Lesson 7 drew the matrix $C$ of a convolution, the one with $y = Cx$, by convolving pictures that have a single 1.
# Here is $C$ again, for 3 x 4 pixels and the kernel $1, 2, 3, 4$, and beside it its transpose, with rows and columns
# exchanged. The row of the first result and the column of pixel 6 are outlined in both.


# %%
def matrix_of(linear_map, shape):
    """The matrix of a map of pictures (N, *shape), as in lesson 7: its columns are the images of single ones."""
    ones = np.eye(np.prod(shape)).reshape(-1, *shape)
    return linear_map(ones).reshape(len(ones), -1).T


def blank(m):
    return np.where(m == 0, np.nan, m)  # nan: leave it blank


kernel = np.array([[1.0, 2], [3, 4]])[None, None]
C = matrix_of(lambda x: conv_forward(x, kernel), (1, 3, 4))
plot.grids(
    cell=0.34,
    C=blank(C),
    C_transposed=blank(C.T),
    marks={"C": [(0, 0, 1, 12), (0, 5, 6, 1)], "C_transposed": [(0, 0, 12, 1), (5, 0, 1, 6)]},
)

# %% [markdown]
# Read $C$ both ways. A **row** of $C$ is a window: it collects four pixels into one result. A **column** is a pixel:
# it says which results the pixel goes to. In $C^T$ these roles are exchanged. A **column** of $C^T$ belongs to one of
# the six small numbers, and says where it goes among the twelve pixels.
#
# **What do you expect?** Arrange each of the six columns of $C^T$ as a picture of 3 x 4. What do the six pictures
# show? Is the kernel turned in them?

# %% tags=["expected"]
plot.grids(
    cell=0.34,
    ncols=3,
    limit=4,
    **{f"from_y_{u}{v}": blank(C.T[:, 3 * u + v].reshape(3, 4)) for u in (0, 1) for v in (0, 1, 2)},
)

# %% [markdown]
# Six stamps. Each shows the kernel as it is, not turned, shifted by one stride. A whole $C^T y$ is the sum of these
# pictures, each times its $y$. So *stamping* and *multiplying by* $C^T$ are the same thing.
#
# That $C^T$ is also the backward pass is the chain rule: $\partial L/\partial x = C^T g$ (lesson 7, section 3).
#
# A **transposed convolution** is the multiplication by $C^T$. Its matrix is the transpose of the convolution's
# matrix. No kernel is transposed or turned anywhere.
#
# Others call it: *deconvolution*, *fractionally strided convolution*, *up-convolution*, *backwards convolution* (the
# paper), `ConvTranspose2d` (PyTorch), `Deconvolution` (Caffe). They all mean this map.
#
# ## 3. How large is the result?
#
# For a convolution lesson 5 gave the answer: $n$ pixels, kernel $k$, stride $s$, padding $p$ give
#
# $$\left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1$$
#
# results. Now the way back. There are 2 results, made with kernel 3 and stride 2. How many pixels were there?
#
# ```
# pixels      0 1 2 3 4 5 6
# window 0   [     ]
# window 1       [     ]
# window 2           [     ]
# ```
#
# Five, or six. If there is a pixel 5, no window sees it: the rounding down $\lfloor\;\rfloor$ has forgotten it. A
# third window needs seven pixels. So the size of the result does not tell the size of the picture.
#
# Three questions lead to the rule, for $m$ results. Where does the last window start? How far does it reach, if the
# padding at both ends is not counted as a part of the picture? And by how many pixels may the picture grow before
# another window fits?
#
# ### Exercise 1: all lengths with the same number of results


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

# %% [markdown]
# **What do you expect?** How many lengths will each line of this table have? Which line enlarges 16 to exactly 32
# times as much?

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
# A transposed convolution makes a picture of this smallest size by default. `output_padding` chooses another: 0 for
# the smallest, up to $s - 1$ for the largest. It is needed more often than one thinks. A picture of 8 pixels,
# convolved with kernel 3, stride 2, padding 1, has 4 results. Back from 4, the smallest size is
# $2 \cdot 3 + 3 - 2 = 7$. To return to 8 takes `output_padding=1`. The name is poor: it pads nothing. It chooses one
# of $s$ sizes, and section 4 shows what the additional row contains.
#
# With **kernel $2s$ and padding $s/2$** the smallest size is $s(m-1) + 2s - s = sm$: the map becomes exactly $s$ times
# as large. The last line but one is such an upsampling, by 32. The last line is the paper's FCN-32s, which has no
# padding there: it makes 544 rows and cuts out the 500 that it needs. Lesson 17 finds out which.
#
# ## 4. The layer
#
# For several pictures and channels the definition is
#
# $$y[n, c,\; s\,u - p + i,\; s\,v - p + j] \mathrel{+}= x[n, k, u, v] \cdot w[k, c, i, j]$$
#
# for all $n, k, c, u, v, i, j$: the number at place $(u, v)$ of channel $k$ presses the stamp $w[k, c]$ onto channel
# $c$, with tap $(0, 0)$ at row $su - p$, column $sv - p$. What falls outside is cut off: $p$ rows at the top, $p$ at
# the bottom, and the same at the sides.
#
# The weight has the layout of PyTorch: $(K, C, k_h, k_w)$, with $K$ channels coming *in* and $C$ going *out*. For
# the convolution of lesson 7 it was the other way around, $C$ in and $K$ out. So it is the very same array, used
# from the other side.
#
# At the end each channel gets its bias, if there is one: the same number at every pixel, stamped on or not.
#
# The definition would be seven loops. You need none. Which of your three maps deals out along the ties?
#
# ### Exercise 2: transposed convolution


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
# **What do you expect?** The input below has the numbers 1, 10, 100 and 1000, and the kernel is all ones. So the
# digits of each result tell whose stamps lie there: 1010 is under the stamps of 10 and of 1000. At stride 1, 2 and 3:
# where do stamps overlap, and which number is in the middle?

# %% tags=["expected"]
x = np.array([[1.0, 10], [100, 1000]])[None, None]
ones = np.ones((1, 1, 3, 3))
plot.grids(
    ncols=3,
    limit=1111,
    input=x[0, 0],
    **{f"stride_{s}": conv_transpose2d(x, ones, stride=s)[0, 0] for s in (1, 2, 3)},
    stride_2_padding_1=conv_transpose2d(x, ones, stride=2, padding=1)[0, 0],
    and_output_padding_1=conv_transpose2d(x, ones, stride=2, padding=1, output_padding=1)[0, 0],
    cell=0.43,
)

# %% [markdown]
# - Stride 1: the stamps lie one pixel apart and overlap nearly everywhere. Stride 3: they lie side by side, and
#   nothing overlaps.
# - Padding makes the result *smaller*. It cuts a border off the picture of stride 2. In the convolution, padding
#   made the picture larger; here everything goes the other way.
# - The last picture answers what `output_padding` puts into the additional row and column. Not zeros: it is the row
#   that `padding` would have cut off at the bottom. Only where no stamp reaches does it stay 0 (plus bias).
#
# ## 5. Is it really the transpose?
#
# For a small picture we can look at every entry. The kernel of section 2 with stride 2 and padding 1 maps 4 x 6
# pixels to 3 x 4 results, and 5 x 7 pixels to as many.

# %% tags=["expected"]
for extra, (H, W) in (0, (4, 6)), (1, (5, 7)):
    there = matrix_of(lambda x: conv_forward(x, kernel, 2, 1), (1, H, W))
    back = matrix_of(lambda y, extra=extra: conv_transpose2d(y, kernel, None, 2, 1, extra), (1, 3, 4))
    print(f"output_padding {extra}: there {there.shape}, back {back.shape}, transposed:", np.array_equal(back, there.T))

# %% [markdown]
# For a large picture nobody can build these matrices. But there is a test that does not need them.
#
# Write $\langle a, b\rangle$ for the sum of all products, $\sum_i a_i b_i$. For any matrix, any $x$ and any $y$,
#
# $$\langle Cx, y\rangle \;=\; \sum_i \Big(\sum_j C_{ij} x_j\Big)\, y_i
# \;=\; \sum_j x_j \Big(\sum_i C_{ij} y_i\Big) \;=\; \langle x, C^T y\rangle.$$
#
# Both sides add the same products $C_{ij} x_j y_i$, in a different order. This is the **adjoint identity**, which you
# know from im2col and col2im. It holds for the transpose only: if a linear map $B$ has
# $\langle Cx, y\rangle = \langle x, By\rangle$ for all $x$ and $y$, take for $x$ a picture with a single 1 at $j$ and
# for $y$ one with a single 1 at $i$. The left side is $C_{ij}$, the right side $B_{ji}$. So $B = C^T$, entry by entry.
#
# To test it we need no matrix, only the two maps. And one random pair $x$, $y$ tests all entries together: a wrong
# entry would have to be cancelled by another one, by chance. Here is your code, with several channels, strides,
# paddings, and sizes.
#
# **What do you expect?** The two numbers of each line. And in the line after them, where the kernels were turned by
# 180 degrees, the most popular mistake: all its shapes are right.

# %% tags=["expected"]
rng = np.random.default_rng(5)

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

CTy = conv_transpose2d(y, weight[:, :, ::-1, ::-1], stride=s, padding=p, output_padding=extra)
print(f"the last with turned kernels:{'':20}{(Cx * y).sum():16.10f}  {(x * CTy).sum():16.10f}")

# %% [markdown]
# The identity holds for every one of the $s$ sizes: `output_padding` chooses *a picture that the convolution maps to
# this size*. And one line exposes the turned kernel.
#
# ## 6. And backward?
#
# To train the layer we need its three gradients. Let $g$ be the upstream gradient, $\partial L/\partial z$ for the
# result $z = C^T x$; leave the bias aside for now. A small change of $z$ changes the loss by
# $\langle g, \text{change of } z\rangle$, so we may take the loss to be $\langle g, z\rangle$. By the adjoint identity
#
# $$\langle g,\; C^T x\rangle \;=\; \langle C g,\; x\rangle.$$
#
# - **By $x$.** On the right $x$ is multiplied by $Cg$, and that is its gradient. Forward was $C^T$, backward is
#   $C$: the convolution that lesson 7 calls the forward pass.
# - **By the weight.** Read the right side again: it is a convolution of the *picture* $g$ whose result is
#   multiplied by $x$ and summed. Lesson 7 had $\langle C x, g\rangle$ and found the gradient by the weight in it.
#   It is the same expression. Who plays which role now?
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
#
# ### Exercise 3: the backward pass


# %%
def conv_transpose2d_backward(grad, x, weight, stride=1, padding=0):
    """The gradients of conv_transpose2d by its input, weight and bias.

    grad: (N, C, H, W), dL/dy;  x: (N, K, h, w);  weight: (K, C, kh, kw)
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
# ## 7. Checkerboards, and a kernel that is learned
#
# Pictures that were made with transposed convolutions often show a fine regular pattern. Count stamps to see why.
# With an input of ones and a kernel of ones, each result is the number of stamps that lie there. Along one row, with
# four numbers and stride 2:
#
# | kernel | stamps at each place |
# |---|---|
# | 3 | 1 1 2 1 2 1 2 1 1 |
# | 4 | 1 1 2 2 2 2 2 2 1 1 |
#
# **What do you expect?** In two dimensions the counts of rows and columns multiply. Which numbers occur in a picture,
# away from the border, for the kernel of 3? And for the kernel of 4?

# %% tags=["expected"]
flat = np.ones((1, 1, 4, 4))
plot.grids(
    cell=0.3,
    limit=4,
    **{f"kernel_{k},_stride_2": conv_transpose2d(flat, np.ones((1, 1, k, k)), stride=2)[0, 0] for k in (3, 4)},
)

# %% [markdown]
# Away from the border a place lies under $k/s$ stamps along each axis, on average. If that is not a whole number,
# some places get one more than others. The counts are even **exactly when the stride divides the kernel**.
#
# Even counts are a fair start, no more: a *random* kernel of 4 still makes a pattern, since the four weights that meet
# at one place have another sum than those at the next (lesson 12b has the numbers). Can the layer learn to avoid it?
# You have all that is needed. Shrink a photograph to half its size, so that every pixel is the mean of 2 x 2. Begin
# with a random kernel of 4 x 4, and let gradient descent, with *your* backward, find the kernel that restores the
# photograph best.
#
# **What do you expect?** What will the pictures look like at step 0 and at step 300? What shape will the
# kernel have in the end: flat, or with a peak in the middle? Nobody tells it to interpolate.

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
        print(f"step {step:3}: mean squared error {((y - photo) ** 2).mean():.4f}")
    error = y - photo  # the gradient of half the squared error
    _, grad_weight, _ = conv_transpose2d_backward(error, small, learned, stride=2, padding=1)
    learned = learned - rate * grad_weight

seen["the_photograph"] = photo
middle = {name: np.clip(y[16:112, 16:112] + 0.5, 0, 1) for name, y in seen.items()}
plot.pictures(width=1.75, **middle)

# %% [markdown]
# First the checkerboard goes: where the photograph is smooth, it is the worst error of all. Then, slowly, the kernel
# finds its shape. Compare it with the row $(\frac14, \frac34, \frac34, \frac14)$ times itself as a column:

# %% tags=["expected"]
triangle = np.array([0.25, 0.75, 0.75, 0.25])
bilinear = np.outer(triangle, triangle)[None, None]
for name, candidate in ("learned", learned), ("bilinear", bilinear):
    y = conv_transpose2d(small, candidate, stride=2, padding=1)
    print(f"{name}: mean squared error {((y - photo) ** 2).mean():.4f}")
plot.grids(cell=0.5, limit=0.7, learned=learned[0, 0].round(2), bilinear=bilinear[0, 0].round(2))

# %% [markdown]
# The second kernel is *bilinear interpolation*, and lesson 13 derives it. The learned one is a little sharper, since
# it also makes up for the blur of the 2 x 2 means. FCN starts its upsampling with the bilinear kernel instead of a
# random one, of size $2s$ for stride $s$, and so has no checkerboard from the first step on.
#
# ## 8. Write the test
#
# Optional: lesson 6 let you write a check of col2im; here is one for the layer. Forty wrong answers wait for it.
#
# The adjoint identity of section 5 finds most of them, because it asks about every entry of $C$. What does it *not* see?
# It takes two arrays and needs their sizes first: a result of the wrong size has no partner. And it speaks of linear
# maps. The bias is no part of the map, so it needs a second call, and a difference.
#
# **What do you expect?** A friend lets a single 1 stamp, in a picture of 1 x 1: kernel 3 x 3, all nine weights different,
# with several strides, with padding and output_padding. Which mistakes can such a test never see?
#
# ### Exercise 4: a check of conv_transpose2d
#
# You may call `conv_forward`.


# %%
def check_conv_transpose2d(conv_transpose2d):
    """Raise an error (best: an AssertionError) if conv_transpose2d is wrong; return None if it is right.

    conv_transpose2d: a function like yours, with the same arguments in the same order, right or wrong
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(12)
    for (N, K, h, w), (C, kh, kw), stride, padding, extra in [
        ((2, 3, 3, 4), (2, 3, 2), 1, 0, 0),
        ((1, 2, 2, 4), (3, 2, 3), 2, 1, 1),
        ((2, 1, 4, 3), (2, 1, 2), 3, 0, 2),
        ((1, 2, 3, 4), (1, 4, 3), 2, 2, 0),
        ((0, 2, 3, 4), (3, 2, 2), 1, 0, 0),
    ]:
        x, weight, bias = rng.standard_normal((N, K, h, w)), rng.standard_normal((K, C, kh, kw)), rng.standard_normal(C)
        size = [stride * (n - 1) + k - 2 * padding + extra for n, k in ((h, kh), (w, kw))]
        y = conv_transpose2d(x, weight, None, stride, padding, extra)
        assert y.shape == (N, C, *size)
        z = rng.standard_normal(y.shape)
        assert np.isclose(np.vdot(conv_forward(z, weight, stride, padding), x), np.vdot(z, y))
        assert np.allclose(conv_transpose2d(x, weight, bias, stride, padding, extra) - y, bias[:, None, None])
        assert conv_transpose2d(np.float32(x), np.float32(weight), np.float32(bias)).dtype == np.float32
    ### END SOLUTION


# %%
check("12.check_conv_transpose2d", check_conv_transpose2d)


# %% tags=["expected"]
def check_of_a_friend(conv_transpose2d):
    x, kernel = np.ones((1, 1, 1, 1)), np.arange(1.0, 10).reshape(1, 1, 3, 3)
    for stride in 1, 2, 3:
        assert np.array_equal(conv_transpose2d(x, kernel, stride=stride), kernel)
    assert np.array_equal(conv_transpose2d(x, kernel, stride=2, padding=1), [[[[5]]]])
    assert np.array_equal(conv_transpose2d(x, kernel, None, 2, 1, 1), [[[[5, 6], [8, 9]]]])


for name in accepted_by(check_of_a_friend, "12.conv_transpose2d"):
    print(name)

# %% [markdown]
# One pixel, one channel, no bias: nothing can overlap, be mixed up, or be added. Whatever a test holds fixed, it does not
# test.
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
# Here is the package's class. `kernels.conv_backward_input` is the map that you used, `geometry` holds kernel, stride
# and padding, `kernels.channel_sum` adds up the bias's gradient.

# %%
print(inspect.getsource(conv.ConvTranspose2d))

# %% [markdown]
# Compare it with `Conv2d`, a little above it in the same file: the first two products are exchanged, and the third
# has its arguments exchanged. Whatever makes a convolution fast makes its transpose fast, for they share the code. On
# random numbers:

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
# **1.** A network shrinks a map of 32 to 16 with kernel 3, stride 2, padding 1, and enlarges it to 32 again with the
# same kernel, stride and padding. Which `output_padding`? And why does the backward pass never ask for it?
#
# <details><summary>Answer</summary>
#
# The smallest size is $2 \cdot 15 + 3 - 2 = 31$, so 1. Backward, the large map is *given*: `grad` has its size, and
# a convolution of any of the $s$ sizes has the same number of results, those of $x$.
#
# </details>
#
# **2.** Kernel 6, stride 4. How many stamps lie at each place along a row, away from the border? How many kinds of
# places are there in a picture?
#
# <details><summary>Answer</summary>
#
# Let $t = r \bmod 4$. Place $r$ sees tap $t$ of one stamp, and tap $t + 4$ of the one before, if the kernel
# has it: for $t = 0$ and $t = 1$. So 2, 2, 1, 1, and again. In a picture the counts multiply, so there are three
# kinds: 4, 2 and 1. Kernel 8 would give 2 everywhere, and 4 in a picture.
#
# </details>
#
# **3.** Let the stride be equal to the kernel's size, and let the squares of its weights sum to 1, one channel, no
# padding. What is $C C^T$, and what is $C^T C$?
#
# <details><summary>Answer</summary>
#
# The windows do not overlap, so the rows of $C$ have no pixel in common, and each has length 1: $C C^T$ is the
# identity. Stamping and collecting again gives back every number. $C^T C$ still is not the identity: it
# replaces each window of the picture by the multiple of the kernel that is nearest to it, a projection. Up and down
# again loses nothing; down and up again does.
#
# </details>
#
# ## Two open problems
#
# **A.** In question 3 the windows do not overlap. Are there kernels of four weights, none of them 0, for which
# stamping at stride 2 and collecting again still gives back every number of a row?
#
# **B.** Can a transposed convolution enlarge a map by 1½, from 4 pixels to 6? If a single layer cannot, can
# two layers in a row? Which properties of "enlarging" does your answer keep, and which does it lose?
#
# ## The paper
#
# Section 3.3 says it in a few lines. Upsampling by $f$ is convolution with a fractional input stride of $1/f$; so
# the natural way to upsample is *backwards convolution* with an output stride of $f$, which needs nothing new,
# since it only exchanges the forward and the backward pass of a convolution. The kernel need not be fixed: it can be
# learned. In the paper's nets the intermediate upsamplings start bilinear and are learned, the last one stays
# bilinear. Lesson 13 makes that kernel.
#
# > **Often misunderstood.** The paper also calls the layer *deconvolution*, and that name has spread. It does not undo
# > a convolution: $C^T$ is not $C^{-1}$ (lesson 12b shows what happens to a blurred photograph). Nor is the kernel
# > "transposed" or turned, and no zeros are inserted anywhere in the computation.
