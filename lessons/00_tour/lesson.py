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
# # A tour of minifcn
#
# A *semantic segmentation* names the class of every pixel of a picture. Long, Shelhamer and Darrell showed in 2015 how a
# network that names whole pictures becomes one that names pixels: the fully convolutional network, FCN. minifcn builds
# it from nothing but arrays: the derivatives, the convolution, the upsampling, the training.
#
# This tour goes through the whole house in one evening. Each section asks a question, answers it in a few lines of
# code, and checks the answer with numbers small enough to do by hand. The end trains three networks in about a minute.
#
# 1. [Can a machine take a derivative?](#1.-Can-a-machine-take-a-derivative?)
# 2. [How do we know that a derivative is right?](#2.-How-do-we-know-that-a-derivative-is-right?)
# 3. [What is a convolution?](#3.-What-is-a-convolution?)
# 4. [How does a convolution become one matrix product?](#4.-How-does-a-convolution-become-one-matrix-product?)
# 5. [Why three maps, and no more?](#5.-Why-three-maps,-and-no-more?)
# 6. [What is a transposed convolution?](#6.-What-is-a-transposed-convolution?)
# 7. [How does it upsample a picture?](#7.-How-does-it-upsample-a-picture?)
# 8. [Where do the pixels go?](#8.-Where-do-the-pixels-go?)
# 9. [Can it learn?](#9.-Can-it-learn?)
# 10. [Why skips?](#10.-Why-skips?)
# 11. [How good is it?](#11.-How-good-is-it?)
# 12. [Where to read on](#12.-Where-to-read-on)
#
# You need Python, NumPy, and school calculus. If you know PyTorch you know most names already.
#
# All cells together take about a minute. The very first run takes half a minute more, while Numba compiles the kernels:
# sections 3 and 9 then seem to hang.

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

import minifcn
from minifcn import functional as F
from minifcn import gradcheck, metrics, optim, plot, tensor
from minifcn.data import DataLoader, Shapes, to_picture
from minifcn.function import Function
from minifcn.kernels import reference
from minifcn.kernels.geometry import conv_geometry
from minifcn.models import VGG16, FCN8s, FCN16s, FCN32s, SmallVGG
from minifcn.models.receptive_field import Layer, length_after, map_of, receptive_field
from minifcn.plot.style import LINES
from minifcn.predict import predict
from minifcn.tensor import apply
from minifcn.train import evaluate, fit

plot.use_style()
rng = np.random.default_rng(0)

# %% [markdown]
# ## 1. Can a machine take a derivative?
#
# Take one weight, one bias, one sample, and the squared error:
#
# $$L = (w x + b - y)^2, \qquad w = 2,\; b = -1,\; x = 3,\; y = 4.$$
#
# By hand: $wx + b = 5$, which is $1$ too much, so $L = 1$. Then
# $\partial L/\partial w = 2 \cdot 1 \cdot x = 6$ and $\partial L/\partial b = 2 \cdot 1 = 2$.
#
# Now the machine. A `tensor` is an array that remembers how it was computed.

# %%
w, b = tensor(2.0, requires_grad=True), tensor(-1.0, requires_grad=True)
x, y = tensor(3.0), tensor(4.0)
loss = (w * x + b - y) ** 2
print("loss", loss.item())

plot.graph(loss, w=w, b=b, x=x, y=y)

# %% [markdown]
# Each round box is a `Function`: it knows how to go *forward* (arrays in, array out) and *backward* (given the
# derivative of the loss with respect to its result, that with respect to each of its inputs). `backward()` starts at the
# bottom with $dL/dL = 1$ and climbs. That is the chain rule, and nothing else.

# %%
loss.backward()
print("dL/dw", w.grad, "  dL/db", b.grad)

# %% [markdown]
# What if a tensor is used twice? Then it gets a derivative along each path, and they *add*:
# $z = w \cdot w + w$ has $dz/dw = 2w + 1 = 5$. This is also why a tensor has to wait: its own inputs may be served only
# when all its paths have come in. The order that guarantees this is called topological.

# %%
w.grad = None  # backward() adds to what is there
(w * w + w).backward()
print("dz/dw", w.grad)

# %% [markdown]
# ## 2. How do we know that a derivative is right?
#
# By a second opinion. A derivative is a slope, and a slope can be measured: move the input by a small $h$ to either
# side, look how much the result changes, divide by $2h$. This *finite difference* needs no formula, so it cannot share
# our mistake.
#
# Here is an operation of our own: take every second column. Its backward puts each gradient back to the column that it
# came from. The second class forgets the stride in `backward`. It is the kind of mistake that a network survives: it
# still trains, only worse.


# %%
class Halve(Function):
    """y = x[:, ::2]."""

    def forward(self, x):
        self.size = x.shape
        return x[:, ::2]

    def backward(self, grad):
        grad_x = np.zeros(self.size, grad.dtype)
        grad_x[:, ::2] = grad
        return grad_x


class ForgetsStride(Halve):
    def backward(self, grad):
        grad_x = np.zeros(self.size, grad.dtype)
        grad_x[:, : grad.shape[1]] = grad
        return grad_x


x = rng.standard_normal((2, 7))
for operation in Halve, ForgetsStride:
    print(gradcheck(partial(apply, operation), x, name=operation.name()), "\n")

# %% [markdown]
# Read the second report. It says where the two disagree most, what each of them claims, and what kind of mistake looks
# like this: the numbers are right, their places are not.
#
# A check has traps of its own. One is to start `backward` with a gradient of ones, which is the derivative of the *sum*
# of the outputs. The outputs of a softmax always sum to 1, so the derivative of their sum is 0, and a `backward` that
# returns nothing but zeros would pass. `gradcheck` starts with random numbers of both signs.

# %%
x = tensor([[1.0, 2.0, 0.5]], requires_grad=True)
F.softmax(x, dim=1).sum().backward()
print("started with ones:   ", x.grad.round(6) + 0)  # + 0 turns -0 into 0

x.grad = None
F.softmax(x, dim=1).backward(np.array([[1, -2, 0.5]], np.float32))
print("started with 1 -2 .5:", x.grad.round(6))

# %% [markdown]
# The other trap is the step $h$. Too large, and the curve bends within the step: the error grows as $h^2$. Too small,
# and two nearly equal numbers are subtracted, so that rounding is all that is left, and it is divided by $2h$: the
# error grows as $1/h$. Between the two slopes of the V lies the best step. It is far from tiny, and in float32, which
# has 7 digits instead of 16, the V would end so high that the check is worth little. Hence float64.
#
# The second line combines the steps $h$ and $h/2$ so that the $h^2$ cancels. Its error grows as $h^4$, its best step is
# larger, and its foot is lower. That is what `gradcheck` uses.

# %%
steps = np.logspace(-11, 0, 23)
curves = minifcn.step_errors(lambda x: F.softmax(x * x, dim=1), [rng.standard_normal((3, 5))], steps)
plot.step_curve(curves)

# %% [markdown]
# ## 3. What is a convolution?
#
# A small kernel slides over the picture. At each place the kernel's weights are multiplied with the pixels under them,
# and the products are summed. The first number below: $1\cdot1 + 2\cdot2 + 3\cdot4 + 4\cdot5 = 37$.
#
# `kernels/reference.py` writes it as plain loops, straight from the formula. It is slow, and it is the specification:
# every fast kernel in the library is compared with it.

# %%
picture = np.arange(1.0, 10).reshape(1, 1, 3, 3)  # N, C, H, W: pictures, channels, height, width
kernel = np.array([[1.0, 2], [3, 4]]).reshape(1, 1, 2, 2)
geometry = conv_geometry(kernel_size=2)
result = reference.conv_forward(picture, kernel, geometry)
plot.grids(x=picture[0, 0], kernel=kernel[0, 0], y=result[0, 0])

# %% [markdown]
# In mathematics this is a *cross-correlation*; a convolution would turn the kernel by 180 degrees first. Networks learn
# their kernels, so nobody minds, and the name has stuck.
#
# With padding $p$ (zeros around the picture) and stride $s$ (the kernel moves $s$ pixels at a time), $n$ pixels give
# $\lfloor (n + 2p - k)/s \rfloor + 1$ results. Above, $3 + 0 - 2 + 1 = 2$.
#
# A kernel that subtracts what is left of a pixel from what is right of it finds vertical edges; turned, it finds
# horizontal ones. Here are both, on a picture of the kind that the networks below will see.

# %%
shapes = Shapes(length=6, size=128, num_classes=3, seed=3)
image, label = shapes[4]
grey = tensor(image.mean(0)[None, None])
edge = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], np.float32)  # Sobel's kernel
edges = F.conv2d(grey, tensor(np.stack([edge, edge.T])[:, None]), padding=1).numpy()[0]

plot.pictures(limit=6, image=to_picture(image, shapes.mean, shapes.std), left_to_right=edges[0], top_to_bottom=edges[1])

# %% [markdown]
# ## 4. How does a convolution become one matrix product?
#
# Copy every window into a column. All columns side by side are a matrix, called *im2col*, and the kernel, laid out as a
# row, times this matrix is the whole convolution. With $K$ kernels it is $K$ rows, with $C$ channels the columns get
# $C$ times as long: still one matrix product, which computers do faster than anything else.

# %%
columns = reference.im2col(picture, geometry)[0]  # (C*kh*kw, oh*ow)
row = kernel.reshape(1, 4)  # (K, C*kh*kw)
plot.grids(kernel_as_a_row=row, im2col=columns, y_as_a_row=row @ columns)

# %% [markdown]
# Count how often each pixel was copied: the corners once, the edges twice, the middle pixel, 5, four times. The way
# back, *col2im*, therefore has to **add** where windows overlap. Writing instead of adding is the classic mistake.

# %%
copies = reference.col2im(np.ones_like(columns)[None], geometry, (3, 3))
plot.grids(copies_of_each_pixel=copies[0, 0])

# %% [markdown]
# ## 5. Why three maps, and no more?
#
# For fixed weights a convolution is *linear*: it is a matrix $C$ that takes all pixels, in one long vector $x$, to all
# results $y = Cx$. To see this matrix, convolve each picture that has a single 1.

# %%
units = np.eye(9).reshape(9, 1, 3, 3)
C = reference.conv_forward(units, kernel, geometry).reshape(9, 4).T
print("C x =", C @ picture.ravel())
plot.grids(C=C, C_transposed=C.T, cell=0.36)

# %% [markdown]
# A row of $C$ is a window: which pixels does this result see, with which weights? A column is a pixel: to which results
# does it go?
#
# The chain rule needs two more products, and that is all that a convolution layer is:
#
# | | product | kernel |
# |---|---|---|
# | forward | $y = C x$ | `conv_forward` |
# | gradient of the input | $g_x = C^T g_y$ | `conv_backward_input` |
# | gradient of the weight | each weight collects $g_y \cdot x$ over its uses | `conv_backward_weight` |
#
# Nobody ever builds $C$: it is nearly all zeros. But we can still test that the second map is the transpose of the
# first. For any $x$ and $y$ it must hold that $\langle Cx, y\rangle = \langle x, C^T y\rangle$. Here with stride 2,
# padding 1, three channels in and four out.

# %%
x = tensor(rng.standard_normal((2, 3, 7, 9)), requires_grad=True)
weight = tensor(rng.standard_normal((4, 3, 3, 3)))
Cx = F.conv2d(x, weight, stride=2, padding=1)
y = tensor(rng.standard_normal(Cx.shape))
CTy = F.conv_transpose2d(y, weight, stride=2, padding=1)
print("shapes   x", x.shape, "  Cx", Cx.shape, "  CTy", CTy.shape)
print(f"<Cx, y>    {(Cx * y).sum().item():.12f}")
print(f"<x, CTy>   {(x * CTy).sum().item():.12f}")

# %% [markdown]
# ## 6. What is a transposed convolution?
#
# You have just used one: `conv_transpose2d` *is* the map $C^T$. Its forward pass is the convolution's backward pass,
# and the other way round. In this library it is not merely equal: it is the same code, so it gives the same bits.

# %%
Cx.backward(y)
print("the same bits:", np.array_equal(x.grad, CTy.data))

# %% [markdown]
# It is often called *deconvolution*. It does not undo a convolution: $C^T C$ is not the identity. And it is often
# explained by inserting zeros and turning kernels. That is not needed. Each input pixel simply **stamps** the kernel,
# times its value, onto the output, and each stamp lands one stride further. Where stamps overlap, they add:

# %%
two = tensor([[[[1.0, 10.0]]]])
stamp = tensor([[[[1.0, 2.0, 3.0]]]])
plot.grids(
    input=two.data[0, 0],
    kernel=stamp.data[0, 0],
    output_at_stride_2=F.conv_transpose2d(two, stamp, stride=2).data[0, 0],
)

# %% [markdown]
# The third number is the overlap: $3 \cdot 1 + 1 \cdot 10 = 13$. If the stride does not divide the kernel's size, some
# pixels lie under more stamps than others, and a checkerboard appears. So FCN takes kernels of twice the stride.

# %%
ones = tensor(np.ones((1, 1, 4, 4)))
plot.grids(
    kernel_3_stride_2=F.conv_transpose2d(ones, tensor(np.ones((1, 1, 3, 3))), stride=2).data[0, 0],
    kernel_4_stride_2=F.conv_transpose2d(ones, tensor(np.ones((1, 1, 4, 4))), stride=2).data[0, 0],
    cell=0.3,
)

# %% [markdown]
# ## 7. How does it upsample a picture?
#
# With the right stamp. Linear interpolation draws straight lines between pixels. A single pixel of value 1 becomes a
# triangle; a whole row of pixels becomes a sum of triangles. At stride $f$ the triangles are $2f$ wide, two overlap
# everywhere, and their heights add to 1: a constant stays constant. (The input pixel stands in the middle of its $f$
# output pixels. For an even $f$ that is between two of them, so no dot sits on a tip.)

# %%
f = 4
kernel = F.bilinear_kernel(f, dtype=np.float64)
triangle = np.sqrt(np.diag(kernel))  # kernel = triangle (outer product) triangle
print("triangle", triangle)

total = F.conv_transpose2d(tensor(np.ones((1, 1, 1, 4))), tensor(triangle[None, None, None]), stride=(1, f))

figure, axes = plt.subplots(1, 2, figsize=(8, 2.6), width_ratios=(2.4, 1))
for i in range(4):
    centre = f * i + f - 0.5  # of input pixel i
    axes[0].plot([centre - f, centre, centre + f], [0, 1, 0], color=LINES[i], linewidth=1)
    axes[0].plot(f * i + np.arange(2 * f), triangle, "o", markersize=4, color=LINES[i])
axes[0].plot(total.data[0, 0, 0], "k--", linewidth=1, label="sum")
axes[0].set(title="a triangle for each of four pixels, and their sum", xlabel="output pixel", xticks=range(0, 21, 2))
axes[1].imshow(kernel, cmap="Blues")
axes[1].set(title="two triangles, outer product", xticks=[], yticks=[])
plt.show()

# %% [markdown]
# In two dimensions: first along the rows, then along the columns, which makes the kernel an outer product of two
# triangles. So the "bilinear upsampling layer" of FCN is a transposed convolution with this kernel, and
# `F.interpolate(mode="bilinear")` must agree with it. It does, inside. In a border of $f/2$ pixels the two differ:
# `interpolate` repeats the edge, while the transposed convolution finds nothing beyond it and fades to 0. You can see it
# in the sum of triangles.

# %%
small = tensor(rng.standard_normal((1, 1, 6, 8)))
by_stamps = F.conv_transpose2d(small, tensor(kernel[None, None]), stride=f, padding=f // 2).data[0, 0]
by_interpolation = F.interpolate(small, scale_factor=f, mode="bilinear", align_corners=False).data[0, 0]
difference = abs(by_stamps - by_interpolation)
border = f // 2
print(f"largest difference inside: {difference[border:-border, border:-border].max():.0e}")

plot.pictures(
    limit=2.5,
    input_of_6_x_8_pixels=small.data[0, 0],
    stamped=by_stamps,
    interpolated=by_interpolation,
    difference=difference,
)

# %% [markdown]
# Two names that study notes mix up. *Nearest* repeats the closest pixel; a convolution after it is a layer of its own
# ("resize, then convolve"), no part of the interpolation. *Trilinear* is not a better bilinear: it is the same triangle
# along three axes, for volumes.
#
# ## 8. Where do the pixels go?
#
# The paper's network is built on VGG16, a classifier. Its five poolings halve the picture five times, so one unit of the
# last map stands for 32 x 32 pixels. Two puzzles in the authors' files have made many readers wonder: the first
# convolution is padded by **100**, and the upsampled scores are cropped from row **19** on. Neither number is magic.
#
# Follow the middle of a unit back to the picture. A layer with kernel $k$, stride $s$ and padding $p$ lets its unit $i$
# look at the $k$ inputs from $si - p$ on, so its centre is input $si - p + (k-1)/2$. Do that for all layers in a row.
# (The network below has the sizes of VGG16 but a single channel everywhere: we only want its geometry.)

# %%
net = FCN32s(VGG16("caffe", widths=(1, 1, 1, 1, 1), head=1), num_classes=1)
layers = net.ladder.deep  # from the picture to the scores
scores = receptive_field(layers)
print(
    f"a unit of the scores sees {scores.size} pixels; unit i is centred at pixel {scores.stride} i + {float(scores.centre)}"
)
print("a picture of 224 pixels has", length_after(layers, 224), "units")

# %% [markdown]
# So unit $i$ belongs at pixel $32i + 12.5$. The upsampling stamps a kernel of 64 for it, on rows $32i$ to $32i + 63$,
# whose middle is row $32i + 31.5$. Row $r$ of the result therefore shows pixel
#
# $$ r - 31.5 + 12.5 = r - 19. $$
#
# Row 19 is pixel 0. *That* is the crop. It does not depend on the size of the picture, and it is not a crop to the
# centre: at the far end another number of rows is left over. The library computes it in just this way.

# %%
print("crops of FCN-32s:", net.crops, "  left over at the far end of 224 pixels:", net.ladder.slack(224))
for Net in FCN16s, FCN8s:
    print(f"crops of {Net.__name__}:", Net(VGG16("caffe", widths=(1, 1, 1, 1, 1), head=1), num_classes=1).crops)


# %%
def draw_geometry(axis, padding, n=224):
    """The picture, the centres of the units, and what the upsampled scores cover, all in pixels of the picture."""
    path = [Layer("conv", 3, 1, padding), *layers[1:]]
    field, count = receptive_field(path), length_after(path, n)
    upscored = [*path, *net.ladder.upscores]
    start = map_of(upscored).inverse().shift  # row 0 of the upsampled scores, as a pixel
    axis.barh(2, n, left=-0.5, color=LINES[0], alpha=0.5)
    axis.barh(0, length_after(upscored, n), left=float(start) - 0.5, color=LINES[1], alpha=0.4)
    axis.barh(1, field.size, left=float(field.centre) - field.size / 2, color="#e4e4e4")
    axis.plot([field.stride * i + float(field.centre) for i in range(count)], [1] * count, "o", color=LINES[2])
    axis.set_yticks([2, 1, 0], [f"picture, {n} pixels", "centres of the units", "upsampled scores"])
    for edge in -0.5, n - 0.5:
        axis.axvline(edge, color="#888888", linewidth=0.8, linestyle="--")
    word = "unit" if count == 1 else "units"
    axis.set(title=f"padding {padding}: {count} {word}, upsampled scores begin at pixel {start}", xlim=(-210, 440))


figure, axes = plt.subplots(2, 1, figsize=(7.5, 4), sharex=True, layout="constrained")
draw_geometry(axes[0], padding=100)
draw_geometry(axes[1], padding=1)
axes[1].set_xlabel("pixel   (grey: what unit 0 sees)")
plt.show()
# %% [markdown]
# And why 100? The last layer of the classifier that has a window, fc6, takes 7 x 7 units of pool5. With the usual padding
# of 1, small pictures have no unit at all, and one of 224 pixels has a single one, in the middle: its scores do not reach
# the rim. With 100, every picture from a single pixel on is covered, with rows to spare that are cut off. It need not be
# 100. Let us look for the smallest padding that serves pictures of every size.

# %%
usual = [Layer("conv", 3, 1, 1), *layers[1:]]
print(
    "padding 1: the smallest picture with a unit has", min(n for n in range(1, 600) if length_after(usual, n)), "pixels"
)
for padding in 95, 96, 97, 100:
    ladders = [
        Net(VGG16("caffe", first_padding=padding, widths=(1, 1, 1, 1, 1), head=1), num_classes=1).ladder
        for Net in (FCN32s, FCN16s, FCN8s)
    ]
    fails = [n for n in range(1, 600) if min(min(ladder.slack(n)) for ladder in ladders) < 0]
    print(f"padding {padding}: {len(fails)} of 599 sizes fail; the crop of FCN-32s is {ladders[0].offsets[0]}")

# %% [markdown]
# Today one pads each layer by half its kernel, fc6 by 3 and each upsampling by half its stride. Then all crops are 0, if
# the sides are multiples of 32. minifcn has both: `geometry="caffe"` is the paper's, `geometry="aligned"` is this one. We
# train with the second.

# %% [markdown]
# ## 9. Can it learn?
#
# First, the idea that gives the paper its name. VGG16 ends with *fully connected* layers, which take 7 x 7 x 512 numbers
# at once and so fix the size of the picture. But a fully connected layer on a 7 x 7 map is a convolution with a 7 x 7
# window that fits in one place only. Reshape its weights, and it can slide over a larger map.
#
# Notes on this paper often say that fully connected layers become 1 x 1 convolutions. Not so for fc6: it becomes
# **7 x 7**. Only fc7 and the scores, which follow it, become 1 x 1. And nothing is thrown away: all weights are kept.

# %%
pool5 = tensor(rng.standard_normal((1, 5, 7, 7)))
fc6 = tensor(rng.standard_normal((3, 5 * 7 * 7)))
connected = F.linear(pool5.flatten(1), fc6)
convolved = F.conv2d(pool5, fc6.reshape(3, 5, 7, 7))
print("fully connected:", connected.shape, "  convolution:", convolved.shape)
print("equal:", np.allclose(connected.data, convolved.data[:, :, 0, 0]))
larger = tensor(rng.standard_normal((1, 5, 12, 10)))
print("the same weights on a map of 12 x 10:", F.conv2d(larger, fc6.reshape(3, 5, 7, 7)).shape)

# %% [markdown]
# Now a data set that needs no download: circles and squares on a soft background. The colour is only a hint, so a net
# has to look at the outline. Training and validation pictures are drawn from different seeds.

# %%
train = Shapes(length=192, size=128, num_classes=3, seed=0)
validation = Shapes(length=48, size=128, num_classes=3, seed=1)


def picture_of(image):
    return to_picture(image, train.mean, train.std)


samples = [train[i] for i in range(3)]
plot.panel([[picture_of(image), label] for image, label in samples], ["image", "truth"], train.palette, train.classes)

# %% [markdown]
# FCN-32s: a small VGG, a 1 x 1 convolution that turns its last map into scores, one for each class, and a bilinear
# upsampling by 32. The score layer starts at zero. So all classes start with the same score, each has the probability
# $1/C$, and the loss a pixel must be $\log C$. A start at another number is a bug found before the training.

# %%
minifcn.manual_seed(0)
fcn32s = FCN32s(SmallVGG(widths=(8, 16, 24, 32, 48), head=64, dropout=0), num_classes=3)
matrix, loss = evaluate(fcn32s, DataLoader(validation, batch_size=16))
print(f"loss at the start {loss:.6f},  log 3 = {np.log(3):.6f}")


# %%
def learn(net, title, epochs):
    """Train a net with AdamW, the learning rate falling to 0; returns the history."""
    loader = DataLoader(train, batch_size=8, shuffle=True, seed=0)
    optimizer = optim.AdamW([p for p in net.parameters() if p.requires_grad], lr=3e-3, weight_decay=1e-3)
    scheduler = optim.lr_scheduler.PolyLR(optimizer, epochs * len(loader))
    check = DataLoader(validation, batch_size=16)
    return fit(net, loader, optimizer, epochs=epochs, scheduler=scheduler, validation=check, title=title)


histories = {"FCN-32s": learn(fcn32s, "FCN-32s", epochs=8)}


# %%
def compare(nets, indices=(1, 5, 8)):
    """The panel: image, truth, and what each net makes of it."""
    rows = []
    for i in indices:
        image, label = validation[i]
        rows.append([picture_of(image), label, *(predict(net, image) for net in nets.values())])
    return plot.panel(rows, ["image", "truth", *nets], train.palette, train.classes)


compare({"FCN-32s": fcn32s})

# %% [markdown]
# It knows roughly *what* there is, and only roughly *where*. No wonder: a picture of 128 pixels has 4 x 4 units of scores.
# What you see are sixteen numbers a class, joined by straight lines. The straight arms that reach to the rim are
# section 7's border: in the last 16 pixels the scores of all classes fade alike, so the largest one stays the largest.
#
# ## 10. Why skips?
#
# Earlier maps of the same network are finer. pool4 has a unit for every 16 pixels, pool3 for every 8. They know less
# about what and more about where. So add what they say:
#
# - **FCN-16s** upsamples the coarse scores by 2, adds **scores of pool4**, and upsamples the sum by 16.
# - **FCN-8s** upsamples that sum by 2 instead, adds **scores of pool3**, and upsamples the sum by 8.
#
# It is *scores* that are added: a 1 x 1 convolution first turns pool4's channels into one number for each class. Raw
# pool4 would not even have the right number of channels. (The U-Net, a little later, joins the channels themselves.)
#
# Like the paper, we start each net from the one before. The new score layer starts at zero, so that the skip says
# nothing at first. The sum is then the coarse scores, upsampled. The picture's labels are nearly the old ones; not
# quite, since upsampling by 2 and then by 16 is not exactly upsampling by 32.

# %%
fcn16s = FCN16s.from_fcn32s(fcn32s)
image, label = validation[1]
same = (predict(fcn16s, image) == predict(fcn32s, image)).mean()
print(f"before its training, FCN-16s gives {100 * same:.1f} % of the pixels FCN-32s's label")

histories["FCN-16s"] = learn(fcn16s, "FCN-16s", epochs=3)

# %%
fcn8s = FCN8s.from_fcn16s(fcn16s)
histories["FCN-8s"] = learn(fcn8s, "FCN-8s", epochs=3)

# %%
nets = {"FCN-32s": fcn32s, "FCN-16s": fcn16s, "FCN-8s": fcn8s}
compare(nets)

# %%
plot.training_curves(histories, consecutive=True)

# %% [markdown]
# Each skip makes the outlines sharper. But be careful with the curve: each net has also trained longer than the one
# before it. Is it the skip, or the time? Here is a look at the stride alone, without any training. Take the *truth*, average
# it over cells of 32 pixels, upsample that again, and score it. It is a guide, not a bound: a net may give its units other
# numbers than the shares of their cells. (The paper's appendix A does the like with its own data.)

# %%
labels = np.stack([label for _, label in validation])
shares = np.stack([labels == c for c in range(3)], axis=1).astype(np.float32)  # (N, classes, H, W), one 1 a pixel
for stride in 32, 16, 8:
    coarse = F.avg_pool2d(tensor(shares), stride)
    again = F.interpolate(coarse, scale_factor=stride, mode="bilinear", align_corners=False)
    matrix = metrics.ConfusionMatrix(3)
    matrix.update(labels, again.argmax(1))
    print(f"the truth through stride {stride:2}: mean IoU {100 * matrix.mean_iou:.1f} %")

# %% [markdown]
# ## 11. How good is it?
#
# Count, for each pair of classes, how many pixels of true class $i$ were called $j$. This *confusion matrix* $n_{ij}$
# holds every score of the paper. With $t_i = \sum_j n_{ij}$ pixels of class $i$:
#
# | score | formula | |
# |---|---|---|
# | pixel accuracy | $\sum_i n_{ii} / \sum_i t_i$ | a net that only ever says "background" gets a good one |
# | mean accuracy | mean of $n_{ii} / t_i$ | the classes count the same; false alarms cost little |
# | mean IoU | mean of $n_{ii} / (t_i + \sum_j n_{ji} - n_{ii})$ | intersection over union: false alarms cost as much |
# | frequency-weighted IoU | the same, weighted by $t_i$ | |
#
# By hand, on six pixels. Pixel accuracy is $4/6$. Class 0 was found 2 times of 3, class 1 2 of 2, class 2 0 of 1: mean
# accuracy $(2/3 + 1 + 0)/3 = 0.556$. Class 0 has 2 right, 1 missed, 1 false alarm: IoU $2/4$. Class 1 has 2 right and 1
# false alarm: $2/3$. Class 2: 0. Their mean is $0.389$.

# %%
truth = np.array([0, 0, 0, 1, 1, 2])
guess = np.array([0, 0, 1, 1, 1, 0])
matrix = metrics.ConfusionMatrix(3)
matrix.update(truth, guess)
print(matrix.matrix)
for name, value in matrix.scores().items():
    print(f"{name:24} {value:.3f}")

# %% [markdown]
# Now our three nets, on the validation pictures. The first line is the net that always says "background".

# %%
nothing = metrics.ConfusionMatrix(3)
nothing.update(labels, np.zeros_like(labels))
matrices = {name: evaluate(net, DataLoader(validation, batch_size=16))[0] for name, net in nets.items()}
print(metrics.format_scores({"background": nothing.scores()} | {name: m.scores() for name, m in matrices.items()}))

# %%
plot.confusion_matrix(matrices["FCN-8s"].matrix, train.classes)

# %% [markdown]
# And at the outlines, which the skips are meant for? Count only the pixels within 3 pixels of an edge of the truth:

# %%
edge = metrics.boundary_mask(labels, width=3)
print(f"{100 * edge.mean():.0f} % of the pixels are within 3 pixels of an edge; of these are right:")
for name, net in nets.items():
    prediction = np.stack([predict(net, image) for image, _ in validation])
    print(f"{name}  {100 * (prediction == labels)[edge].mean():.1f} %")

# %% [markdown]
# Three more things that notes on this paper get wrong. Class weights are no part of the method: the authors found them
# unnecessary. The paper does not claim to be the first segmentation by a convolutional network, but the first FCN trained
# end to end, for every pixel, from supervised pre-training. And the learning rate of $10^{-10}$ in the files that the authors
# released is not tiny: they *sum* the loss over the pixels of a picture, where we take the mean.
#
# ## 12. Where to read on
#
# You have seen every part once. Each file opens with what it is for and what to read next. An order that works:
#
# | evening | file | what you know then |
# |---|---|---|
# | 1 | `kernels/reference.py` | convolution, pooling, the loss, as loops |
# | 2 | `function.py`, `operators/arithmetic.py`, `autograd.py`, `tensor.py` | the whole engine (section 1) |
# | 3 | `gradcheck/differences.py`, `gradcheck/check.py` | how to trust it (section 2) |
# | 4 | `functional/conv.py`, `functional/resize.py` | three maps, bilinear (sections 5 to 7) |
# | 5 | `kernels/cpu/convolution/im2col.py`, `kernels/cpu/convolution/conv.py` | the same, fast (section 4) |
# | 6 | `nn/module.py`, `nn/layers.py`, `optim/optimizers.py` | layers and steps |
# | 7 | `models/receptive_field.py`, `models/vgg.py`, `models/fcn.py` | FCN (sections 8 to 10) |
# | 8 | `train.py`, `metrics.py` | training and scoring (sections 9 and 11) |
#
# And two commands. `make demo` trains the three nets on real satellite images and maps the land cover of parts of
# the Earth that they have never seen. `python -m minifcn gradcheck` checks every operation of the library, and a whole
# FCN-8s, against finite differences.
