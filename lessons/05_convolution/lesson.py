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
# # Lesson 5: Convolution in loops
#
# How many weights does a network need to find the edges in a picture?
#
# A fully connected layer has one weight for each pair of an input and an output. A convolution has one small
# *kernel*, and uses it everywhere. This lesson builds that layer, and its derivatives, in plain loops. Lessons 6 and
# 7 tell the same story again with the same numbers, each time faster.
#
# *Section 3 of the paper (a layer is a function of a small window) · builds on lessons 1 and 2 · 80 minutes*
#
# 1. [What slides?](#1.-What-slides?)
# 2. [How many places are there?](#2.-How-many-places-are-there?)
# 3. [Channels, kernels, pictures, bias](#3.-Channels,-kernels,-pictures,-bias)
# 4. [Edges in a photograph](#4.-Edges-in-a-photograph)
# 5. [What flows back?](#5.-What-flows-back?)
# 6. [A kernel that is learned](#6.-A-kernel-that-is-learned)
# 7. [What does it cost?](#7.-What-does-it-cost?)
#
# **What do you expect?** The first layer of VGG16 takes 3 colours of 224 x 224 pixels and makes 64 maps of the same
# size. How many weights would it have if it were fully connected? A million, a billion, more?

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
from functools import partial

import numpy as np

from minifcn import gradcheck, plot
from minifcn.course import check, hint
from minifcn.data import photograph
from minifcn.function import Function
from minifcn.tensor import apply

rng = np.random.default_rng(0)

# The first layer of VGG16: 3 colours in, 64 maps out.
inputs, outputs = 3 * 224 * 224, 64 * 224 * 224
print(f"fully connected: {inputs * outputs:>15,} weights")
print(f"convolution:     {64 * 3 * 3 * 3:>15,} weights")

# %% [markdown]
# Two ideas make this possible. An edge is *local*: a pixel and its neighbours tell whether there is one. And an edge
# is an edge *anywhere*: what finds it at the top left finds it at the bottom right as well. So the weights are few,
# and they are shared by all places.
#
# If you are stuck in an exercise, run `hint("05.conv2d")` in a cell of its own; run it again for the next hint.
#
# ## 1. What slides?
#
# Here are a picture of 3 x 4 pixels and a kernel of 2 x 2 weights. They will stay with us for three lessons. The
# pixels are numbered, so that you can see where a number came from.
#
# $$x = \begin{pmatrix} 1 & 2 & 3 & 4 \\ 5 & 6 & 7 & 8 \\ 9 & 10 & 11 & 12 \end{pmatrix}, \qquad
#   w = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$$
#
# Put the kernel on the upper left corner. Multiply each weight by the pixel under it, and add the four products:
#
# $$1 \cdot 1 + 2 \cdot 2 + 3 \cdot 5 + 4 \cdot 6 = 44.$$
#
# Move one pixel to the right. Every pixel in the window is now larger by 1, so the sum is larger by
# $1 + 2 + 3 + 4 = 10$: it is $54$. One more step, $64$. One row down from the start, every pixel is larger by 4,
# and the sum by 40: $84$. The kernel has six places, so there are six results.
#
# **What do you expect?** The last two results, under windows 4 and 5, by the same reasoning.

# %%
x = np.arange(1.0, 13).reshape(3, 4)
kernel = np.array([[1.0, 2], [3, 4]])
plot.windows(x, kernel_size=(2, 2))

# %% [markdown]
# $$y = \begin{pmatrix} 44 & 54 & 64 \\ 84 & 94 & 104 \end{pmatrix}$$
#
# ### Is this a convolution?
#
# In mathematics it is a *cross-correlation*. A convolution turns the kernel by 180 degrees before it slides. What
# is the difference? Put our kernel on a picture of 3 x 3 pixels with a single 1, in the middle. In the first
# window the 1 is at the lower right, under weight $4$; in the next at the lower left, under $3$; then under $2$,
# then under $1$. The turned kernel has $1$ at the lower right, $2$ at the lower left, and so on.
#
# $$\begin{pmatrix} 0 & 0 & 0 \\ 0 & 1 & 0 \\ 0 & 0 & 0 \end{pmatrix} \qquad
#   \text{cross-correlation: } \begin{pmatrix} 4 & 3 \\ 2 & 1 \end{pmatrix} \qquad
#   \text{convolution: } \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}$$
#
# The cross-correlation shows the kernel turned around, the convolution shows the kernel itself.
#
# A network *learns* its kernel. If the layer turned it, the network would learn the turned one, and nothing else
# would change. So no deep learning library turns it, and all of them say "convolution". The difference matters
# where kernels travel: `scipy.signal.convolve` turns, PyTorch and minifcn do not.
#
# Others call the kernel a *filter*, its result a *feature map*, and one number of it an *activation*.
#
# ## 2. How many places are there?
#
# Take one axis with $n$ pixels and a kernel of $k$.
#
# - The first place starts at pixel $0$. The last one must end at the last pixel, so it starts at $n - k$. From $0$ to
#   $n - k$ there are $n - k + 1$ places: in the example above, $3 - 2 + 1 = 2$ and $4 - 2 + 1 = 3$.
# - With **padding** $p$ we first put $p$ zeros at *both* ends. The axis now has $n + 2p$ pixels, and the last
#   start is $n + 2p - k$.
# - With **stride** $s$ the kernel moves $s$ pixels at a time. It starts at $0, s, 2s, \dots$ as long as this is
#   not more than $n + 2p - k$. So it makes $\lfloor (n + 2p - k)/s \rfloor$ steps. The places are the steps, and
#   one more: the start.
#
# $$\text{output size} = \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1$$
#
# Where does the $\lfloor\;\rfloor$ come from? A place at which the kernel would stick out does not count. The pixels
# that are left over at the end are in no window, and the result does not depend on them. (Pooling in Caffe, the
# library in which FCN was written, rounds *up*. This is one of the reasons why its sizes surprise people.
# Convolutions round down there, too.)
#
# By hand: $n = 9$, $k = 2$, $s = 2$, $p = 1$. The padded axis has $11$ pixels, the last start is $11 - 2 = 9$,
# there are $\lfloor 9/2 \rfloor = 4$ steps, so $5$ places: $0, 2, 4, 6, 8$. The last window covers pixels $8$ and
# $9$; pixel $10$ of the padded axis is left over.
#
# Our picture with padding 1 and stride 2 has $5$ and $6$ padded pixels, so $\lfloor 3/2 \rfloor + 1 = 2$ and
# $\lfloor 4/2 \rfloor + 1 = 3$ places.
#
# **What do you expect?** Which of the six windows sees nothing but real pixels? Which see only one?

# %%
plot.windows(x, kernel_size=(2, 2), stride=2, padding=1)

# %% [markdown]
# In window 0 only the lower right weight sees a pixel: $4 \cdot 1 = 4$. In window 1 it is the lower two:
# $3 \cdot 2 + 4 \cdot 3 = 18$. In window 4 all four: $1 \cdot 6 + 2 \cdot 7 + 3 \cdot 10 + 4 \cdot 11 = 94$.
#
# ### Exercise 1: the output size
#
# Write it for both axes. Sizes are pairs (height, width) here and everywhere: rows first.


# %%
def output_size(size, kernel_size, stride=1, padding=0):
    """How many places the kernel has on the picture: (oh, ow), two ints.

    size:        (H, W) of the picture;  kernel_size: (kh, kw), not larger than the padded picture
    stride:      how many pixels the kernel moves at a time
    padding:     how many rows or columns of zeros are added on each of the four sides

    oh = floor((H + 2*padding - kh) / stride) + 1, and ow likewise from W and kw.
    output_size((3, 4), (2, 2)) is (2, 3)
    output_size((6, 9), (3, 2), stride=2, padding=1) is (3, 5)
    """
    ### BEGIN SOLUTION
    (H, W), (kh, kw) = size, kernel_size
    return (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    ### END SOLUTION


# %%
check("05.output_size", output_size)

# %% [markdown]
# **What do you expect?** Three layers of real networks: VGG's 3 x 3 with padding 1, ResNet's 7 x 7 with stride 2 and
# padding 3, FCN's first 3 x 3 with padding 100. Which keeps the size, which halves it?

# %% tags=["expected"]
vgg = output_size((224, 224), (3, 3), padding=1)
resnet = output_size((224, 224), (7, 7), stride=2, padding=3)
fcn = output_size((500, 375), (3, 3), padding=100)
print("VGG, 3x3, padding 1:             ", vgg, "as large as before")
print("ResNet, 7x7, stride 2, padding 3:", resnet, "half as large")
print("FCN's first, 3x3, padding 100:   ", fcn, "much larger, on purpose")

# %% [markdown]
# ## 3. Channels, kernels, pictures, bias
#
# A colour picture has three numbers at each pixel, its *channels*. The kernel then has a slice for each channel,
# and the products of **all** slices go into one sum. With two channels and a window of two pixels:
#
# | | pixels | weights | products |
# |---|---|---|---|
# | channel 0 | $1,\; 2$ | $10,\; 0$ | $10 + 0$ |
# | channel 1 | $3,\; 4$ | $0,\; 1$ | $0 + 4$ |
#
# One number comes out: $14$. A kernel makes one map out of all channels. To get $K$ maps, take $K$ kernels; each has
# a bias $b_k$ of its own, one number that is added to every result of that kernel. And a batch has $N$ pictures, all
# treated alike. In one line:
#
# $$y_{n,k,u,v} \;=\; b_k + \sum_{c=0}^{C-1}\;\sum_{i=0}^{k_h-1}\;\sum_{j=0}^{k_w-1}
#   w_{k,c,i,j}\;\cdot\; \hat x_{n,\;c,\;u s + i,\;v s + j}$$
#
# Here $\hat x$ is $x$ with $p$ rows and columns of zeros on each side. Read it slowly: $(u, v)$ is a *place*,
# $(i, j)$ is a *tap* of the kernel, and $us + i$ is the row of the padded picture where the two meet. Seven
# letters, seven loops. The first four say which number is computed, the last three what it is summed from.
#
# | array | shape | axes |
# |---|---|---|
# | `x` | `(N, C, H, W)` | picture, channel, row, column |
# | `weight` | `(K, C, kh, kw)` | kernel, channel, row, column |
# | `bias` | `(K,)` | kernel |
# | `y` | `(N, K, oh, ow)` | picture, kernel, row, column |
#
# ### Exercise 2: the convolution
#
# Loop over the four letters of $y$. For the inner three you may loop too, or cut out the window of all channels
# and use one `.sum()`, which is much faster on the photograph below.


# %%
def conv2d(x, weight, bias, stride=1, padding=0):
    """The convolution of every picture of a batch with each of K kernels, in loops.

    x:      (N, C, H, W), N pictures (there may be none: N = 0) of C channels
    weight: (K, C, kh, kw);  bias: (K,)
    Returns y (N, K, oh, ow), of the dtype of x:

        y[n, k, u, v] = bias[k] + sum over c, i, j of
                        weight[k, c, i, j] * padded[n, c, u*stride + i, v*stride + j]

    where padded is x with `padding` rows and columns of zeros on each side.

    N = C = K = 1, x = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], weight = [[1, 2], [3, 4]],
    bias = [0]:
        y = [[44, 54, 64], [84, 94, 104]]
        y = [[4, 18, 12], [46, 94, 44]] with stride=2, padding=1
    """
    ### BEGIN SOLUTION
    (N, _, H, W), (K, _, kh, kw) = x.shape, weight.shape
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    y = np.empty((N, K, *output_size((H, W), (kh, kw), stride, padding)), x.dtype)
    for n, k, u, v in np.ndindex(y.shape):
        window = padded[n, :, u * stride : u * stride + kh, v * stride : v * stride + kw]
        y[n, k, u, v] = bias[k] + (weight[k] * window).sum()
    return y
    ### END SOLUTION


# %%
check("05.conv2d", conv2d)

# %% [markdown]
# Our picture again, now through your function. `[None, None]` adds the two axes for a batch of one and one
# channel.

# %% tags=["expected"]
picture, weight, bias = x[None, None], kernel[None, None], np.zeros(1)
print(conv2d(picture, weight, bias)[0, 0], "\n")
print(conv2d(picture, weight, bias, stride=2, padding=1)[0, 0])

# %% [markdown]
# ## 4. Edges in a photograph
#
# What can a kernel of nine numbers see? Sobel's kernel subtracts what is left of a pixel from what is right of it,
# and counts the middle row twice. On a flat area it gives 0; where the picture gets brighter to the right, something
# positive. Turned on its side, it finds where the picture gets brighter downwards.
#
# $$\begin{pmatrix} -1 & 0 & 1 \\ -2 & 0 & 2 \\ -1 & 0 & 1 \end{pmatrix} \qquad
#   \begin{pmatrix} -1 & -2 & -1 \\ 0 & 0 & 0 \\ 1 & 2 & 1 \end{pmatrix}$$
#
# The photograph has three channels. The first two kernels below have the same slice for each colour, divided by 3.
# The third looks at a single pixel: its slices say "red counts $+1$, blue counts $-1$". So one call makes three
# maps. An edge in *any* direction shows in $\sqrt{e_1^2 + e_2^2}$ of the first two.
#
# **What do you expect?** A dark uniform in front of a blue wall: along which of its borders is the first map strong,
# along which the second? Where is the third map blue?

# %% tags=["expected"]
photo = photograph(side=96)  # (96, 96, 3): Rear Admiral Grace Hopper, US Navy
sobel = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
kernels = np.zeros((3, 3, 3, 3))  # kernel, channel, row, column
kernels[0] = sobel / 3
kernels[1] = sobel.T / 3
kernels[2, :, 1, 1] = 1, 0, -1  # red, green, blue

right, down, red = conv2d(photo.transpose(2, 0, 1)[None], kernels, np.zeros(3), padding=1)[0]
edges = 1 - np.minimum(np.sqrt(right**2 + down**2) / 2, 1)  # dark on white
plot.pictures(
    width=2.6,
    limit=2,
    ncols=3,
    photograph=photo,
    brighter_to_the_right=right,
    brighter_downwards=down,
    edges_in_any_direction=np.stack([edges] * 3, axis=2),
    red_minus_blue_doubled=2 * red,
)

# %% [markdown]
# In the maps with colours, red is positive, blue is negative, white is 0. Look at the rim of the edge maps, too:
# there are edges that are not in the photograph. The second question below asks why.
#
# Nobody gives a network such numbers by hand; it learns them. For that we need derivatives.
#
# ## 5. What flows back?
#
# Suppose a loss $L$ depends on $y$, and we are given $g = \partial L / \partial y$, one number for each
# result: the *upstream gradient*, `grad` in code. We owe three answers: $\partial L/\partial x$,
# $\partial L/\partial w$ and $\partial L/\partial b$.
#
# Ask a single pixel first: who has used it? Pixel $6$, in the middle, was seen from four places. For the first
# window it was at the lower right, under weight $4$; for the next at the lower left, under $3$; then under $2$,
# then under $1$. If it grows by 1, these four results grow by $4$, $3$, $2$ and $1$, so
#
# $$\frac{\partial L}{\partial x_{1,1}} = 4 g_{0,0} + 3 g_{0,1} + 2 g_{1,0} + 1 g_{1,1}.$$
#
# Writing this down for all pixels, with their strides and borders, is a headache. Turn the question around, and
# ask each *result*: to whom do you owe something? A result saw one window, with one kernel. It gives back
#
# | to | it gives | because in $y = b + \sum w \cdot x$ |
# |---|---|---|
# | its window | $g \cdot$ kernel | $\partial y / \partial x = w$ |
# | its kernel | $g \cdot$ window | $\partial y / \partial w = x$ |
# | its bias | $g$ | $\partial y / \partial b = 1$ |
#
# and all these shares **add up**. It is the same loop as before; only what was read is now written.
#
# By hand. Let $g = \begin{pmatrix} 1 & 0 & 0 \\ 0 & -2 & 0 \end{pmatrix}$: the result of window 0 should shrink a
# little, that of window 4 should grow. Two results give something back, so there are two stamps.
#
# **What do you expect?** The stamp of window 0 is the kernel, that of window 4 is $-2$ times the kernel, one row down
# and one column to the right. They meet in pixel 6. What does it get?

# %%
g = np.array([[1.0, 0, 0], [0, -2, 0]])
stamp_0, stamp_4 = np.zeros((3, 4)), np.zeros((3, 4))
stamp_0[0:2, 0:2] = 1 * kernel
stamp_4[1:3, 1:3] = -2 * kernel
plot.grids(
    limit=8,
    g=g,
    from_window_0=stamp_0,
    from_window_4=stamp_4,
    gradient_of_x=stamp_0 + stamp_4,
    marks={"gradient_of_x": [(0, 0, 2, 2), (1, 1, 2, 2)]},
    cell=0.42,
)

# %% [markdown]
# The stamps overlap in pixel $6$: it gets $4$ from one and $-2$ from the other, together $2$. (The formula above says
# so, too: $4 \cdot 1 + 1 \cdot (-2) = 2$.) With `=` instead of `+=` it would get $-2$. Nothing is turned around here,
# by the way. Many texts say that the backward pass convolves with the turned kernel. That is true from the pixel's
# point of view, which counted $4, 3, 2, 1$. From the result's point of view the kernel stays as it is, with any
# stride.
#
# The kernel was used in all six windows, and collects from two of them:
#
# $$1 \cdot \begin{pmatrix} 1 & 2 \\ 5 & 6 \end{pmatrix} - 2 \cdot \begin{pmatrix} 6 & 7 \\ 10 & 11 \end{pmatrix}
#   = \begin{pmatrix} -11 & -12 \\ -15 & -16 \end{pmatrix}, \qquad \frac{\partial L}{\partial b} = 1 - 2 = -1.$$
#
# With padding, a stamp may reach beyond the picture's edge. What falls on the padding is lost: the zeros there are
# not inputs, and nobody can change them. So collect in an array of the padded size, and cut the padding off at the
# end.
#
# ### Exercise 3: the backward pass


# %%
def conv2d_backward(grad, x, weight, stride=1, padding=0):
    """dL/dx, dL/dweight and dL/dbias, from grad = dL/dy.

    Here y = conv2d(x, weight, bias, stride, padding).
    grad:   (N, K, oh, ow);  x: (N, C, H, W), N may be 0;  weight: (K, C, kh, kw)
    Returns (grad_x, grad_weight, grad_bias) of the shapes (N, C, H, W), (K, C, kh, kw) and (K,),
    of the dtype of grad.

    Each y[n, k, u, v] gives three things: grad[n, k, u, v] * weight[k] to the window of x that it
    saw, grad[n, k, u, v] * that window to grad_weight[k], and grad[n, k, u, v] to grad_bias[k].
    All of them add up.

    x and weight as above, grad = [[1, 0, 0], [0, -2, 0]]:
        grad_x = [[1, 2, 0, 0], [3, 2, -4, 0], [0, -6, -8, 0]]
        grad_weight = [[-11, -12], [-15, -16]],  grad_bias = [-1]
    """
    ### BEGIN SOLUTION
    H, W, kh, kw = *x.shape[2:], *weight.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    grad_padded = np.zeros_like(padded)
    grad_weight = np.zeros_like(weight)
    for n, k, u, v in np.ndindex(grad.shape):
        window = (
            n, slice(None), slice(u * stride, u * stride + kh), slice(v * stride, v * stride + kw)
        )
        grad_padded[window] += grad[n, k, u, v] * weight[k]
        grad_weight[k] += grad[n, k, u, v] * padded[window]
    grad_x = grad_padded[:, :, padding : padding + H, padding : padding + W]
    return grad_x, grad_weight, grad.sum(axis=(0, 2, 3))
    ### END SOLUTION


# %%
check("05.conv2d_backward", conv2d_backward)

# %% tags=["expected"]
grad_x, grad_weight, grad_bias = conv2d_backward(g[None, None], picture, weight)
print("dL/dx", grad_x[0, 0], sep="\n", end="\n\n")
print("dL/dw", grad_weight[0, 0], sep="\n", end="\n\n")
print("dL/db", grad_bias, sep="\n")

# %% [markdown]
# Trust nothing (lesson 2). A small class makes your two functions an operation of minifcn. Then the library's own
# checker can look at them, with stride, padding, and several of everything:


# %% tags=["expected"]
class LoopConv(Function):
    """Your convolution as an operation of minifcn."""

    def forward(self, x, weight, bias, *, stride, padding):
        self.saved = x, weight, stride, padding
        return conv2d(x, weight, bias, stride, padding)

    def backward(self, grad):
        return conv2d_backward(grad, *self.saved)


shapes = (2, 3, 5, 6), (4, 3, 3, 2), (4,)
arrays = tuple(rng.standard_normal(shape) for shape in shapes)
print(gradcheck(partial(apply, LoopConv, stride=2, padding=1), arrays, name="conv2d in loops"))

# %% [markdown]
# ## 6. A kernel that is learned
#
# Here is what the derivative is good for. Take a picture of pure noise, and its edges by Sobel's kernel. Start
# with a kernel of zeros, and change it against the gradient, again and again, until it makes the same edges.
#
# **What do you expect?** Does the kernel have the right signs after one step? And the right numbers after thirty?
#
# $$L = \text{mean of } (y - t)^2, \qquad \frac{\partial L}{\partial y} = \frac{2 (y - t)}{\text{number of results}}$$

# %% tags=["expected"]
noise = rng.standard_normal((1, 1, 18, 18))
target = conv2d(noise, sobel[None, None], bias)
learned, snapshots = np.zeros((1, 1, 3, 3)), {}
for step in range(31):
    if step in (0, 1, 3, 30):
        snapshots[f"step {step}"] = learned[0, 0].round(2)
    error = conv2d(noise, learned, bias) - target
    learned = learned - 0.25 * conv2d_backward(2 * error / error.size, noise, learned)[1]
plot.grids(limit=2, **snapshots)

# %% [markdown]
# The kernel has become Sobel's. It has never heard of edges; it only saw what should come out, and the derivative did
# the rest. A network does the same with millions of weights, and nobody gives it the maps: the only target is at its
# end.
#
# ## 7. What does it cost?
#
# The formula has seven letters, so the number of products is
# $N \cdot K \cdot o_h \cdot o_w \cdot C \cdot k_h \cdot k_w$. For the small picture that is $6 \cdot 4 = 24$. Now
# take one photograph of 224 x 224 in the first two layers of VGG16, which have 3 and 64 input channels.
#
# **What do you expect?** A Python loop makes about a million products a second. Would the first layer take a second,
# a minute, an hour? And the second?

# %%
for name, K, C in ("conv1_1", 64, 3), ("conv1_2", 64, 64):
    print(f"{name}: {K * 224 * 224 * C * 3 * 3:>13,} products")

# %% [markdown]
# At a million a second that is a minute and a half, and half an hour. So the next two lessons get rid of the loops:
# lesson 6 puts the windows side by side, and lesson 7 multiplies them all in one product.
#
# ## Where this stands in minifcn
#
# `minifcn/kernels/reference.py` is this lesson as the library has it. It is the specification: every fast kernel
# is compared with it. One generator lists which pixel is seen from where; it skips the padding instead of building
# it:
#
# ```python
# for y, x, i, j in product(range(oh), range(ow), range(kh), range(kw)):
#     row    = y * geometry.stride[0] - geometry.padding[0] + i * geometry.dilation[0]
#     column = x * geometry.stride[1] - geometry.padding[1] + j * geometry.dilation[1]
#     if 0 <= row < H and 0 <= column < W:
#         yield y, x, i, j, row, column
# ```
#
# | yours | minifcn |
# |---|---|
# | `output_size` | `ConvGeometry.output_size` in `kernels/geometry.py`, with dilation |
# | the window at row `u*stride` of the padded picture | `row = y * stride - padding + i`, and no padded picture |
# | `y[n, k, u, v]` gets `weight * window` | `conv_forward`: `y[at_y] += weight[at_weight] * x[at_x]` |
# | a stamp of `grad * weight` | `conv_backward_input`: `grad_x[at_x] += weight[at_weight] * grad_y[at_y]` |
# | the window times `grad` | `conv_backward_weight`: `grad_weight[at_weight] += grad_y[at_y] * x[at_x]` |
#
# Look at the last three lines side by side. They are one list of products; each line collects them for a different
# one of the three arrays. Lesson 7 is about this.
#
# ## Three questions
#
# **1.** Which padding keeps the size of a picture at stride 1, for kernels of 3, 5 and 7? And for 2?
#
# <details><summary>Answer</summary>
#
# $n + 2p - k + 1 = n$ means $p = (k - 1)/2$: 1, 2 and 3. For $k = 2$ it would be half a pixel, so there is none.
# This is one reason why kernels are odd nearly everywhere.
# </details>
#
# **2.** The two edge maps of the photograph have strong edges along their rim. Where do they come from, and how
# could you avoid them?
#
# <details><summary>Answer</summary>
#
# From the padding. Zeros are black, so the padded photograph has a black frame, and the step from the frame to the
# picture is an edge like any other. Without padding the maps have 94 x 94 pixels and no such rim; or the frame
# could repeat the outermost pixels. Networks live with it, and even use it: it tells them where the border is.
# </details>
#
# **3.** Let $g$ be all ones, in our small picture. What is the gradient of the pixels 6 and 7, and of the four
# corners? Why is such a $g$ a bad check of a backward pass?
#
# <details><summary>Answer</summary>
#
# Pixels 6 and 7 are seen once under each weight: $1 + 2 + 3 + 4 = 10$. The corners are in one window each: pixel 1
# under weight $1$, pixel 4 under $2$, pixel 9 under $3$, pixel 12 under $4$. With ones it does not matter *which*
# result gives which stamp. A backward pass that mixes up the places of $g$, or ignores $g$ altogether, would pass.
# The check of this lesson uses random numbers of both signs.
# </details>
#
# ## Two open problems
#
# **A.** Sobel's kernel is a column $(1, 2, 1)$ times a row $(-1, 0, 1)$, so two small convolutions in a row do the
# same with six products instead of nine. Which kernels of 3 x 3 can be split like this? What would you do with one
# that cannot be split?
#
# **B.** Pad a picture by repeating its outermost pixels instead of by zeros, or by wrapping around. What changes in
# `conv2d_backward`? Which of the three would you choose for satellite images, and why?
#
# ## The paper
#
# Section 3: every layer of a convolutional net computes each output from a $k \times k$ window of its input, at
# stride $s$; only what is done with the window differs (a weighted sum, a maximum, a nonlinearity). Layers of this
# form can be chained, and the chain again has this form, with a larger $k$ and $s$. A net that has *only* such layers
# takes a picture of any size. That is the "fully convolutional" of the title. A kernel of $k$ pixels is all that a
# layer has to know; the size of the picture appears in no weight.
