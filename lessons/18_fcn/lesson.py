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

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import numpy as np

from minifcn import plot
from minifcn.course import check, earlier, hint

# Your parts from earlier lessons, as the course wrote them.
# To work with yours, add answers="15_layers.ipynb" to the line that takes them.
Tensor = earlier("03.Tensor")
Module, ReLU = earlier("04.Module", "04.ReLU")
conv_forward = earlier("07.conv_forward")
conv_transpose2d = earlier("12.conv_transpose2d")
bilinear_kernel = earlier("13.bilinear_kernel")
Conv2d, MaxPool2d, BatchNorm2d, dropout, he = earlier(
    "15.Conv2d", "15.MaxPool2d", "15.BatchNorm2d", "15.dropout", "15.he"
)


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


def set_training(module, mode):
    """Set `training` of the module, and of every module inside it."""
    module.training = mode
    for part in vars(module).values():
        for inner in part if isinstance(part, (list, tuple)) else (part,):
            if isinstance(inner, Module):
                set_training(inner, mode)


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
    """The operation that cuts a window out of each map: x (N, C, H, W) -> (N, C, *size), from row and column `offset`."""

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


# %%
class Trunk(Module):
    """Five stages of two convolutions and a pooling, then fc6 and fc7: x (N, 3, H, W) -> (pool3, pool4, fc7).

    widths: the channels of the five stages
    head:   the channels of fc6 and fc7
    paper:  True has the paper's geometry: the first convolution is padded by 100, fc6 is 7 x 7 and
            unpadded. False pads the image below and to the right, to multiples of 32, and fc6 is 3 x 3
    channels: those of the three maps
    """

    def __init__(self, rng, widths=(16, 32, 64, 64, 64), head=128, paper=False):
        self.channels, self.multiple = (widths[2], widths[3], head), 1 if paper else 32
        C, padding, self.stages = 3, 100 if paper else 1, []
        for width in widths:
            self.stages.append(self.stage(C, width, padding, rng))
            C, padding = width, 1
        k = 7 if paper else 3
        self.fc6 = Conv(C, head, k, rng, padding=0 if paper else 1)
        self.fc7 = Conv(head, head, 1, rng)
        self.after = Sequential(Activation(ReLU), Dropout(0.5, rng))

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
