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
# # Lesson 10: Pooling
#
# Why does a network that has to name *every pixel* throw most of them away?
#
# VGG16, the classifier from which the paper builds its nets, pools five times. Each pooling keeps one number in four.
# After the last one, a picture of 224 x 224 pixels is a map of 7 x 7. What is lost on the way? And what is gained
# that makes it worth the loss? By the end of this lesson you can answer both, and you know why FCN needs skips.
#
# *Sections 3 and 4.2 and appendix A of the paper (what and where) · builds on lesson 5 · 130 minutes*
#
# (Fifty of these minutes are for the optional part at the end.)
#
# 1. [What is pooling?](#1.-What-is-pooling?)
# 2. [How many windows are there?](#2.-How-many-windows-are-there?)
# 3. [What is in the padding, and who wins a tie?](#3.-What-is-in-the-padding,-and-who-wins-a-tie?)
# 4. [Who gets the gradient?](#4.-Who-gets-the-gradient?)
# 5. [What does pooling throw away?](#5.-What-does-pooling-throw-away?)
# 6. [What is it good for, then?](#6.-What-is-it-good-for,-then?)
# 7. [Optional: the mean instead of the largest](#Optional:-the-mean-instead-of-the-largest)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import inspect

import numpy as np

from minifcn import functional as F
from minifcn import plot, tensor
from minifcn.course import check, hint
from minifcn.data import photograph
from minifcn.kernels import reference
from minifcn.models.receptive_field import Layer, receptive_field

rng = np.random.default_rng(0)

# %% [markdown]
# `check("10.max_pool2d", max_pool2d)` says what is wrong with an answer, and where. If you are stuck,
# `hint("10.max_pool2d")` gives a hint; call it again for a larger one.
#
# ## 1. What is pooling?
#
# A window slides over the picture, as in a convolution. But it has no weights. *Max pooling* keeps the largest
# number under the window, *average pooling* the mean of all.
#
# By hand, with windows of 2 x 2 at stride 2. The first window of the picture below holds $1, 3, 4, 2$. The largest
# is $4$, the mean is $(1 + 3 + 4 + 2)/4 = 2.5$. The second holds $2, 1, 0, 5$: largest $5$, mean $2$.

# %%
picture = np.array([[1.0, 3, 2, 1], [4, 2, 0, 5], [1, 1, 6, 8], [0, 2, 9, 7]])
plot.grids(
    limit=9,
    picture=picture,
    largest=[[4, 5], [2, 9]],
    mean=[[2.5, 2], [1, 7.5]],
    marks={"picture": [(0, 0, 2, 2), (0, 2, 2, 2)], "largest": [(0, 0, 1, 1), (0, 1, 1, 1)]},
)

# %% [markdown]
# Two things differ from a convolution.
#
# - There is nothing to learn. Pooling has no parameters.
# - Each channel is pooled **by itself**. A convolution sums over the channels, a pooling never looks from one
#   channel to another. $C$ channels go in, $C$ channels come out.
#
# The stride is usually as large as the window, as here; then the windows do not overlap. But they may: AlexNet
# pools windows of 3 x 3 at stride 2.
#
# Others call it *subsampling* or *downsampling*. What comes out of a layer, one channel of it or all of them, is a
# *feature map*; one of its numbers is a *unit* or an *activation*.
#
# ## 2. How many windows are there?
#
# Where the windows fit exactly, this is lesson 5's formula: $\lfloor (n + 2p - k)/s \rfloor + 1$. But what if they do
# not fit? Take 5 pixels, windows of 2, stride 2. Windows start at pixel 0 and at pixel 2. The fifth pixel is left
# over.
#
# - **Floor**: leave it out. $\lfloor 3/2 \rfloor + 1 = 2$ results. PyTorch does this by default.
# - **Ceil**: give it a window, which hangs over the edge. $\lceil 3/2 \rceil + 1 = 3$ results. Caffe, in which the
#   paper's nets were written, does this. No pixel is left out.
#
# Rounding up has a trap. Take 3 pixels, one pixel of padding on either side, windows of 2, stride 2. Then
# $\lceil (3 + 2 - 2)/2 \rceil + 1 = 3$. The windows start at the pixels $-1$, $1$ and $3$. But the pixels are 0, 1
# and 2: the third window sees nothing but padding, and there is no largest of nothing. So the last window is dropped
# if it would start beyond the last pixel. Two windows remain.
#
# In general, window $u$ starts at pixel $us - p$. In ceil mode the last one, $u = m - 1$, is dropped if
# $(m - 1)s - p \ge n$. Never more than one is dropped, as long as the padding is at most half a window, and PyTorch
# allows no more than that.
#
# Without padding the last window can start beyond the picture, too, if the stride is larger than the window: 4
# pixels, windows of 1, stride 2 would give a window at pixel 4. PyTorch drops that one as well. Caffe looks for such
# a window only if there is padding, and keeps it here. We do what PyTorch does.
#
# ### Exercise 1: the number of windows


# %%
def output_length(n, kernel, stride, padding=0, ceil_mode=False):
    """How many windows of `kernel` pixels fit along an axis of n pixels: an int.

    n, kernel, stride, padding: ints; the padding is at most half a kernel
    ceil_mode: False rounds (n + 2p - k) / s down; True rounds up, but drops a last window that
        would start at pixel n or later, where there is only padding, or nothing
    output_length(5, 2, 2) is 2; output_length(5, 2, 2, ceil_mode=True) is 3;
    output_length(3, 2, 2, 1, True) is 2.
    """
    ### BEGIN SOLUTION
    steps = n + 2 * padding - kernel
    if not ceil_mode:
        return steps // stride + 1
    length = -(-steps // stride) + 1
    starts_late = (length - 1) * stride - padding >= n
    return length - 1 if starts_late else length
    ### END SOLUTION


# %%
check("10.output_length", output_length)

# %% [markdown]
# Does this detail matter? In the paper's nets a picture of 500 pixels is padded by 100 on both sides; the first
# convolution, 3 x 3, makes 698 of these 700 pixels. Then come five poolings.
#
# **What do you expect?** Halve 698 five times on paper, once rounding up, once rounding down. By how much do the
# last two numbers differ?

# %% tags=["expected"]
for ceil_mode in True, False:
    sizes = [698]
    for _ in range(5):
        sizes.append(output_length(sizes[-1], 2, 2, 0, ceil_mode))
    print("ceil " if ceil_mode else "floor", sizes)

# %% [markdown]
# One unit less at the end. But that unit accounts for 32 pixels of the picture. Lesson 17 counts for how many picture
# sizes the paper's net fails when somebody rebuilds it in a framework that rounds down.
#
# ## 3. What is in the padding, and who wins a tie?
#
# A convolution is padded with zeros, and a zero adds nothing. For max pooling a zero is **not** nothing.
#
# **What do you expect?** All nine numbers below are negative. What are the four largest numbers, with windows of
# 3 x 3 at stride 2, if the padding is zeros? And what should they be?

# %%
negative = np.array([[-3.0, -1, -4], [-2, -5, -6], [-7, -2, -8]])
plot.grids(
    limit=8,
    padded_with_zeros=np.pad(negative, 1),
    the_largest=[[0, 0], [0, 0]],
    padded_with_minus_infinity=np.pad(negative, 1, constant_values=np.nan),
    largest_of_the_picture=[[-1, -1], [-2, -2]],
    marks={"padded_with_zeros": [(0, 0, 3, 3)], "padded_with_minus_infinity": [(0, 0, 3, 3)]},
)

# %% [markdown]
# (The empty cells hold $-\infty$. By hand, the outlined window on the right: its four real pixels are
# $-3, -1, -2, -5$, and the largest is $-1$.)
#
# On the left the padding wins everywhere, with a number that is not in the picture at all; its gradient would flow
# into the padding and be lost. On the right it never wins. What we need is a number that loses to every other, and
# that is $-\infty$: `-np.inf`. Cutting the windows at the edge does the same. (So a window that hangs over the edge
# in ceil mode needs no rule of its own: there is more $-\infty$ out there.)
#
# Why do some libraries get this wrong, and nobody notices? Because most networks pool after a ReLU. There all numbers
# are at least 0, and a zero in the padding can do no harm.
#
# The same ReLU makes another question important: what if **two pixels are equally large**? After a ReLU many are:
# they are 0. Then the maximum has no derivative. Raise either pixel a little, and the result rises with it; lower
# one, and the result stays, since the other one holds it up. We may choose which of the two gets the gradient, or
# even share it. But we have to choose, always in the same way, or two runs differ. PyTorch and minifcn take the
# **first in reading order**: row by row, from left to right. So does `np.argmax`.
#
# **What do you expect?** In a photograph, whose colours have only 256 values: in what fraction of the windows of
# 2 x 2 do two or more pixels share the first place? A hundredth, a tenth, a third?

# %%
image = photograph(side=128).mean(axis=2)  # grey, 128 x 128
red = photograph(side=128)[:, :, 0]
blocks = red.reshape(64, 2, 64, 2).swapaxes(1, 2).reshape(64, 64, 4)  # four pixels a window
tied = (blocks == blocks.max(axis=2, keepdims=True)).sum(axis=2) > 1
print(f"windows of 2 x 2 in which two or more pixels share the first place: {tied.mean():.0%}")

# %% [markdown]
# Now write it. For the way back we have to remember who won, so `max_pool2d` returns two arrays: the values `y`,
# and `index`, the winner's place in its picture as *one* number, $\text{row} \cdot W + \text{column}$. In the
# picture of section 1 ($W = 4$) the winners are 4 at row 1, column 0; 5 at row 1, column 3; 2 at row 3, column 1;
# 9 at row 3, column 2. So `index` is $4, 7, 13, 14$. The padding does not count: row 0 is the picture's first row,
# not the padding's.
#
# With overlapping windows of 3 x 3 at stride 1 the results are $6, 8, 9, 9$ and `index` is $10, 11, 14, 14$: pixel
# 14 wins twice.
#
# ### Exercise 2: max pooling


# %%
def max_pool2d(x, kernel_size, stride, padding=0, ceil_mode=False):
    """The largest pixel of every window, and where it is: (y, index).

    x:       (N, C, H, W), floats
    kernel_size: a pair (kh, kw);  stride, padding: ints;  oh and ow come from output_length
    y:       (N, C, oh, ow), of x's dtype
    index:   (N, C, oh, ow), whole numbers: row * W + column of the winner in its picture, without
             the padding; of equal pixels the first in reading order wins, the padding never wins
    For [[1, 3], [4, 2]] and a window of 2 x 2, y is [[4]] and index is [[2]], since 4 is at
    row 1, column 0.
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    kh, kw = kernel_size
    oh = output_length(H, kh, stride, padding, ceil_mode)
    ow = output_length(W, kw, stride, padding, ceil_mode)
    margin = (padding, padding + stride)  # in ceil mode the last window hangs over, not far
    padded = np.pad(x, ((0, 0), (0, 0), margin, margin), constant_values=-np.inf)
    place = np.pad(np.arange(H * W).reshape(H, W), (margin, margin), constant_values=-1)
    y = np.zeros((N, C, oh, ow), x.dtype)
    index = np.zeros((N, C, oh, ow), np.int64)
    for u, v in np.ndindex(oh, ow):
        rows, columns = slice(u * stride, u * stride + kh), slice(v * stride, v * stride + kw)
        window = padded[:, :, rows, columns].reshape(N, C, kh * kw)
        y[:, :, u, v] = window.max(axis=2)
        index[:, :, u, v] = place[rows, columns].ravel()[window.argmax(axis=2)]
    return y, index
    ### END SOLUTION


# %%
check("10.max_pool2d", max_pool2d)

# %% [markdown]
# Your pooling, three times in a row, on the portrait of Grace Hopper. Each picture has half the pixels of the last
# one along each axis; they are drawn at the same size.
#
# **What do you expect?** What will happen to thin dark lines, such as the rims of the glasses? And to bright spots,
# such as the ribbons?

# %% tags=["expected"]
x = image[None, None]
once, _ = max_pool2d(x, (2, 2), 2)
twice, _ = max_pool2d(once, (2, 2), 2)
three_times, _ = max_pool2d(twice, (2, 2), 2)
plot.pictures(
    photograph_128_x_128=image,
    pooled_once=once[0, 0],
    pooled_twice=twice[0, 0],
    three_times_16_x_16=three_times[0, 0],
)

# %% [markdown]
# The bright ribbons grow, the dark rims vanish: in each window the brightest pixel wins.
#
# ## 4. Who gets the gradient?
#
# Move a pixel that did not win: the result stays as it is. Its derivative is 0. Move the winner: the result moves
# along with it, by the same amount. Its derivative is 1. So the upstream gradient $g$ of each window goes to its
# winner, **whole**, and to nobody else.
#
# By hand, with $g = 1, -2, 3, 10$ for the four results of section 1 and `index` $4, 7, 13, 14$: write
# $1$ at place 4, $-2$ at place 7, $3$ at place 13, $10$ at place 14, and 0 everywhere else.
#
# **What do you expect?** With the windows of 3 x 3, `index` is $10, 11, 14, 14$. Pixel 14 has won two windows, and has
# an effect on both results. What does it get?

# %%
plot.grids(
    limit=13,
    g=[[1, -2], [3, 10]],
    windows_of_2_at_stride_2=[[0, 0, 0, 0], [1, 0, 0, -2], [0, 0, 0, 0], [0, 3, 10, 0]],
    windows_of_3_at_stride_1=[[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 1, -2], [0, 0, 13, 0]],
)

# %% [markdown]
# Effects add: it gets $3 + 10 = 13$. NumPy has a trap here. `a[index] += v` reads all places first, adds, and then
# writes: a place that occurs twice is written twice, and the first sum is lost.

# %%
a, b = np.zeros(3), np.zeros(3)
a[[1, 1]] += [3, 10]
np.add.at(b, [1, 1], [3, 10])
print("a[[1, 1]] += [3, 10]              ", a)
print("np.add.at(b, [1, 1], [3, 10])     ", b)

# %% [markdown]
# ### Exercise 3: backward to the winners


# %%
def max_pool2d_backward(grad, index, size):
    """The gradient of the picture: every window's gradient goes, whole, to the pixel that won it.

    grad:  (N, C, oh, ow), dL/dy
    index: (N, C, oh, ow), row * W + column of the winners, as max_pool2d returns it
    size:  (H, W) of the picture
    Returns dL/dx, (N, C, H, W), of grad's dtype. A pixel that won several windows gets the sum.
    With grad [[1, -2]], index [[3, 3]] and size (2, 2) it is [[0, 0], [0, -1]].
    """
    ### BEGIN SOLUTION
    N, C = grad.shape[:2]
    H, W = size
    flat = np.zeros((N, C, H * W), grad.dtype)
    n, c, _, _ = np.indices(grad.shape)
    np.add.at(flat, (n, c, index), grad)
    return flat.reshape(N, C, H, W)
    ### END SOLUTION


# %%
check("10.max_pool2d_backward", max_pool2d_backward)

# %% [markdown]
# On a piece of the portrait, with a random gradient for each window of 4 x 4:

# %% tags=["expected"]
part = x[:, :, 32:64, 32:64]
gradient = rng.uniform(-1, 1, (1, 1, 8, 8))
_, index = max_pool2d(part, (4, 4), 4)
plot.pictures(
    limit=1,
    width=2.5,
    gradient_of_the_results=gradient[0, 0],
    back_through_the_largest=max_pool2d_backward(gradient, index, (32, 32))[0, 0],
)

# %% [markdown]
# Of the sixteen pixels in a window, fifteen get nothing.
#
# ## 5. What does pooling throw away?
#
# The place. `max_pool2d` computes `index`, but the next layer gets only `y`. A bright pixel at column 4 or at column 5
# of a row leads to the same result: unit 2 of the pooled row. Column 6 leads to unit 3.
#
# It is often said that pooling makes a network *invariant to translation*. That is only half true. Within a window a
# shift changes nothing. One pixel further, across the border between two windows, it moves the result by a whole
# unit. After five poolings the windows' borders are 32 pixels apart.
#
# How much does a network lose along with the place? Take the photograph, cut it into blocks of 8 x 8 pixels, and
# shuffle the pixels within each block, as cards are shuffled. Then pool both pictures three times.
#
# **What do you expect?** How similar will the two pooled pictures be?

# %% tags=["expected"]
blocks = image.reshape(16, 8, 16, 8).swapaxes(1, 2).reshape(16, 16, 64)
shuffled = rng.permuted(blocks, axis=2).reshape(16, 16, 8, 8).swapaxes(1, 2).reshape(128, 128)

pooled = shuffled[None, None]
for _ in range(3):
    pooled, _ = max_pool2d(pooled, (2, 2), 2)
print("the pooled pictures are equal in every number:", np.array_equal(pooled, three_times))

plot.pictures(
    the_photograph=image,
    shuffled_in_blocks=shuffled,
    pooled_three_times=three_times[0, 0],
    this_one_too=pooled[0, 0],
)

# %% [markdown]
# Nothing after the third pooling can tell these two pictures apart. In a real network there are convolutions in
# between, which look at the pixels before they are pooled; they can keep some of the place by spending channels on it
# ("an edge, and it is on the left"). But nothing forces them to, and a classifier has no reason to: a dog on the left
# is a dog.
#
# For a segmentation, the place is half of the answer.
#
# ## 6. What is it good for, then?
#
# For seeing far. To know that a pixel belongs to a dog, a network must see the dog. A unit after thirteen
# convolutions of 3 x 3 sees $1 + 13 \cdot 2 = 27$ pixels across, no more. But after a pooling of stride 2,
# neighbouring units are two pixels apart, so a 3 x 3 convolution there reaches over twice as many pixels. What a unit
# sees grows by $k - 1$ *steps*, and each pooling doubles the step.
#
# By hand, up to pool1: $1 + 2 + 2 + 1 = 6$ pixels (two convolutions and the pooling itself). The next two convolutions
# add $2 \cdot 2$ each, pool2 adds $1 \cdot 2$: $6 + 4 + 4 + 2 = 16$.
#
# Others call what a unit sees its *receptive field*, and the step its *stride* (of all layers up to there). Lesson 17
# computes both, and where the field lies.
#
# The table counts this for VGG16. Beside it is the price, as the paper measured it. Suppose that a network gives a
# perfect answer, but only one unit for each 4, 8, 16 or 32 pixels. Enlarge it to the size of the picture and compare:
# not even this answer gets all points. (The score is the mean IU, where 100 is perfect; lesson 14 explains it. The
# paper has no number for pool1.)
#
# **What do you expect?** How far does a unit of pool5 see? And how many of 100 points can an answer with one unit per
# 32 pixels reach?

# %%
best = {4: 98.5, 8: 96.4, 16: 92.8, 32: 86.1}  # the paper's appendix A
print("           sees    one unit in    at best")
layers = []
for stage, convolutions in enumerate((2, 2, 3, 3, 3), start=1):
    layers += [Layer("conv", 3, 1, 1)] * convolutions + [Layer("pool", 2, 2, 0)]
    field = receptive_field(layers)
    score = best.get(field.stride, "?")
    print(f"pool{stage}    {field.size:4} px        {field.stride:4} px   {score:>6}")
without = receptive_field([layer for layer in layers if layer.kind == "conv"])
print(f"\nthe same convolutions without pooling see {without.size} px")

# %% [markdown]
# It is cheaper, too: after a pooling a convolution has a quarter of the places to compute, and the gradient of a map
# needs a quarter of the memory.
#
# So there is a bargain. The deep layers know **what** is in the picture, since they see far, but not exactly
# where. The early layers know **where**, since they have small steps, but they see too little to know what it is.
# FCN-32s enlarges what pool5 knows. FCN-16s adds scores from pool4, and FCN-8s from pool3, where a unit accounts for
# 16 and for 8 pixels. These are the *skip connections*.
#
# > **Often misunderstood.** Study notes say that FCN-16s adds pool4 to the upsampled scores. It does not, and it
# > could not: pool4 has 512 channels, the scores one for each class. A convolution of 1 x 1 first makes scores of it.
#
# ## Where this stands in minifcn
#
# | you | minifcn |
# |---|---|
# | `output_length` | `PoolGeometry.output_size` in `kernels/geometry.py` |
# | `max_pool2d`, `max_pool2d_backward` | `max_pool_forward`, `max_pool_backward` in `kernels/reference.py`: the loops |
# | `AvgPool2d` | `avg_pool_forward`, `avg_pool_backward` there, and the class `AvgPool2d` in `functional/pool.py` |
# | | `kernels/cpu/pool.py` and `kernels/gpu/` have the fast ones |
#
# The loops are the specification of the fast kernels. Here is the way back through the largest; compare it with
# yours. It has one more line, for windows that lie wholly in the padding: their index is $-1$.

# %%
print(inspect.getsource(reference.max_pool_backward))

# %% [markdown]
# And the layer that networks use, on random pictures, in ceil mode and with padding:

# %% tags=["expected"]
pictures = rng.standard_normal((2, 3, 9, 12))
theirs = F.max_pool2d(tensor(pictures), 3, stride=2, padding=1, ceil_mode=True)
yours, _ = max_pool2d(pictures, (3, 3), 2, 1, ceil_mode=True)
print("max_pool2d equal:", np.array_equal(yours, theirs.data))

# %% [markdown]
# ## Three questions
#
# **1.** A max pooling with windows of 3 x 3 at stride 1 and padding 1 keeps the size of the picture. Is anything
# thrown away?
#
# <details><summary>Answer</summary>
#
# Yes, but something else. There are as many results as pixels, so the steps stay small. But a pixel that wins no
# window is gone, and a bright pixel becomes a bright square of 3 x 3: you know that it is within one pixel of the
# middle. Inception's pooling branches do this.
#
# </details>
#
# **2.** Why must a gradient check (lesson 2) of max pooling not use a picture with many equal pixels?
#
# <details><summary>Answer</summary>
#
# At a tie the maximum has a kink. Raise one of two equal pixels by $h$ and the result rises by $h$; lower it by
# $h$ and the result stays. The central difference is $(h - 0)/2h = 1/2$, while `backward` says 1 to the first and
# 0 to the second. Both are right in their way, and the check fails. The same happens if two pixels are nearer to
# each other than the step. The checks of this lesson use numbers that are 0.1 apart.
#
# </details>
#
# **3.** FCN adds the scores of a skip to the upsampled ones. The authors also tried to take the larger of the two,
# and found that learning was difficult "due to gradient switching". What do they mean?
#
# <details><summary>Answer</summary>
#
# The larger of two is a max pooling over two maps. At each pixel the whole gradient goes to the map that is ahead,
# and the other one learns nothing there. After the next step the other may be ahead, and the gradient switches
# over. A sum gives both the full gradient at every step.
#
# </details>
#
# ## Two open problems
#
# **A.** SegNet, a rival of FCN, keeps `index`, and uses it later to put numbers back where they came from
# ("unpooling"). Write `max_unpool2d` with what you have. Which pictures come back unchanged from pooling and
# unpooling? Which information does `index` carry that FCN gives up?
#
# **B.** Is there a network with five poolings whose output does not change at all when the picture moves by one
# pixel? And one whose output moves by exactly one pixel, too? What must be changed?
#
# ## The paper
#
# Section 3 writes all layers in one formula, $y_{ij} = f_{ks}(\{x_{si+\delta i,\, sj+\delta j}\})$, with a window of
# size $k$ at stride $s$ (its $i, j$ are our places $u, v$), and names the three kinds of $f$: a matrix product for
# convolution or average pooling, a maximum for max pooling, an elementwise function for an activation. Section 4.2,
# on how to combine the what and the where, has the skips. Appendix A has the upper bounds of section 6. That Caffe
# rounds up is written only in its source code.
#
# ## Optional: the mean instead of the largest
#
# The mean of a window is a sum of its pixels, each times $1/(k_h k_w)$. So average pooling *is* a convolution,
# with a constant kernel, for each channel by itself. It is linear, and everything that lesson 5 said holds: in
# `backward` each pixel gets $1/(k_h k_w)$ of the gradient of **each** window that it was in.
#
# By hand: the picture $1, 2, \dots, 9$ in three rows, windows of 2 x 2 at stride 1. The means are $3, 4, 6, 7$.
# Let their gradients be $4, 8, -4, 12$. A quarter of each is $1, 2, -1, 3$. The pixel in the middle was in all
# four windows, so it gets $1 + 2 - 1 + 3 = 5$. The corners were in one window each and get $1, 2, -1, 3$.
#
# Zeros in the padding do not win here, but they pull the mean down. There are two conventions:
#
# - `count_include_pad=True`: they count. A window in the corner with one pixel, 4, and three zeros has the mean
#   $4/4 = 1$.
# - `count_include_pad=False`: they do not. The same window has the mean $4/1 = 4$, of its one real pixel.
#
# Both are used: PyTorch has the first as its default. Whatever `forward` divides by, `backward` must divide by, too.
#
# This time forward and backward are two methods of one class, as in the library: `forward` keeps in `self` what
# `backward` will need. In `self`, not in the class: a network has several poolings, and each remembers its own
# picture. You may use your `output_length`.
#
# ### Exercise 4: average pooling


# %%
class AvgPool2d:
    """The mean of every window: forward(x) -> y, then backward(dL/dy) -> dL/dx.

    kernel_size: a pair (kh, kw);  stride, padding: ints;  sizes are rounded down
    count_include_pad: True divides by kh * kw, zeros of the padding included; False by the number
        of real pixels
    """

    def __init__(self, kernel_size, stride, padding=0, count_include_pad=True):
        self.kernel_size = kernel_size
        self.stride = stride
        self.padding = padding
        self.count_include_pad = count_include_pad

    def forward(self, x):
        """x (N, C, H, W) -> y (N, C, oh, ow), of x's dtype. Keeps in self what backward will need.

        [[1, 2, 3], [4, 5, 6], [7, 8, 9]] with windows of 2 x 2 at stride 1 gives [[3, 4], [6, 7]].
        """
        ### BEGIN SOLUTION
        (kh, kw), s, p = self.kernel_size, self.stride, self.padding
        H, W = self.size = x.shape[2:]
        oh, ow = output_length(H, kh, s, p), output_length(W, kw, s, p)
        y, self.area = np.zeros((*x.shape[:2], oh, ow), x.dtype), np.full((oh, ow), kh * kw)
        for u, v in np.ndindex(oh, ow):
            top, left = u * s - p, v * s - p
            # only the real pixels: zeros add nothing to a sum
            window = x[:, :, max(top, 0) : top + kh, max(left, 0) : left + kw]
            if not self.count_include_pad:
                self.area[u, v] = window.shape[2] * window.shape[3]
            y[:, :, u, v] = window.sum(axis=(2, 3)) / self.area[u, v]
        return y
        ### END SOLUTION

    def backward(self, grad):
        """grad (N, C, oh, ow), dL/dy -> dL/dx (N, C, H, W), of grad's dtype.

        For the picture above, [[4, 8], [-4, 12]] gives [[1, 3, 2], [0, 5, 5], [-1, 2, 3]].
        """
        ### BEGIN SOLUTION
        (kh, kw), s, p = self.kernel_size, self.stride, self.padding
        grad_x = np.zeros((*grad.shape[:2], *self.size), grad.dtype)
        shares = grad / self.area.astype(grad.dtype)
        for u, v in np.ndindex(grad.shape[2:]):
            top, left = u * s - p, v * s - p
            share = shares[:, :, u : u + 1, v : v + 1]
            grad_x[:, :, max(top, 0) : top + kh, max(left, 0) : left + kw] += share
        return grad_x
        ### END SOLUTION


# %%
check("10.AvgPool2d", AvgPool2d)

# %% [markdown]
# Here are both ways back, from the same gradients.
#
# **What do you expect?** Max pooling passes the gradient of a window to a single pixel. What does the mean do with
# the same gradient, and how strong is it at each pixel?

# %% tags=["expected"]
average = AvgPool2d((4, 4), 4)
average.forward(part)
plot.pictures(
    limit=1,
    width=2.5,
    gradient_of_the_results=gradient[0, 0],
    back_through_the_largest=max_pool2d_backward(gradient, index, (32, 32))[0, 0],
    back_through_the_mean_times_16=16 * average.backward(gradient)[0, 0],
)

# %% [markdown]
# The mean gives a sixteenth of it to each of the sixteen pixels (so it is drawn sixteen times as strong). And the
# library's layer, on random pictures with padding:

# %% tags=["expected"]
pictures = tensor(pictures, requires_grad=True)
theirs = F.avg_pool2d(pictures, 3, stride=2, padding=1, count_include_pad=False)
gradient = rng.standard_normal(theirs.shape)
theirs.backward(gradient)
average = AvgPool2d((3, 3), 2, 1, count_include_pad=False)
print("AvgPool2d forward equal: ", np.allclose(average.forward(pictures.data), theirs.data))
print("AvgPool2d backward equal:", np.allclose(average.backward(gradient), pictures.grad))
