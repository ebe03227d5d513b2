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
# # Lesson 15: A classifier of your own parts
#
# Can a network made of nothing but your own functions look at a satellite image and say what grows there? You have
# the pieces: convolution and pooling, an engine for derivatives, a loss, an optimizer. In this lesson you connect
# them, add the two layers that are missing, and let the whole thing learn. The networks of lesson 18 are built of the
# same parts.
#
# Then you do an experiment that many people argue about and few have done: convolution, batch norm, activation,
# dropout, pooling. In which order?
#
# *Section 4.3 of the paper · builds on lessons 3, 4, 7 and 10 · 115 minutes*
#
# 1. [From functions to operations](#1.-From-functions-to-operations)
# 2. [How large are the first weights?](#2.-How-large-are-the-first-weights?)
# 3. [Batch norm](#3.-Batch-norm)
# 4. [Dropout](#4.-Dropout)
# 5. [Ten images](#5.-Ten-images)
# 6. [In which order?](#6.-In-which-order?)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import numpy as np

from minifcn import functional as F
from minifcn import plot, tensor
from minifcn.course import check, earlier, hint
from minifcn.data import LandCover, to_picture

Tensor, Module, ReLU, CrossEntropy, SGD = earlier("03.Tensor", "04.Module", "04.ReLU", "04.CrossEntropy", "04.SGD")
conv_forward, conv_backward_input, conv_backward_weight = earlier(
    "07.conv_forward", "07.conv_backward_input", "07.conv_backward_weight"
)
max_pool2d, max_pool2d_backward = earlier("10.max_pool2d", "10.max_pool2d_backward")

rng = np.random.default_rng(0)

# %% [markdown]
# If you are stuck, `hint("15.Conv2d")` gives a hint, and a larger one each time.
#
# ## 1. From functions to operations
#
# `Tensor.apply(operation, x, weight, bias)` runs `operation.forward` on the arrays and remembers the operation. On the
# way back it calls `operation.backward(grad)`, where `grad` is $g = dL/dy$, the upstream gradient. Others call what
# `backward` computes a *vector-Jacobian product*.
#
# `backward` gets $g$ and nothing else. But lesson 7's maps also want $x$, the weight, and some sizes. So `forward`
# stores in `self` what `backward` will need. One object makes one step: each call of a layer makes a new one.
#
# The *bias* is new: one number $b_k$ for each kernel, added to its whole feature map. By hand, with lesson 7's
# numbers: the convolution gave 44, 54, 64 and 84, 94, 104. With $b = 10$ the results are 54, 64, 74 and 94, 104, 114.
# On the way back, $b$ was used in all six of them, so their gradients add: for $g = (1, 0, 0;\ 0, -2, 0)$ it is
# $dL/db = 1 - 2 = -1$.
#
# ### Exercise 1: convolution as an operation


# %%
class Conv2d:
    """The operation of a convolution layer: x (N, C, H, W), weight (K, C, kh, kw), bias (K,) -> y (N, K, oh, ow).

    With x = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], weight = [[1, 2], [3, 4]], bias = [10] and
    grad = [[1, 0, 0], [0, -2, 0]], y is [[54, 64, 74], [94, 104, 114]], and dL/dbias is [-1].
    """

    def __init__(self, stride=1, padding=0):
        self.stride, self.padding = stride, padding

    def forward(self, x, weight, bias):
        ### BEGIN SOLUTION
        self.x, self.weight = x, weight
        return conv_forward(x, weight, self.stride, self.padding) + bias[:, None, None]
        ### END SOLUTION

    def backward(self, grad):
        """The tuple (dL/dx, dL/dweight, dL/dbias), of the shapes of x, weight and bias."""
        ### BEGIN SOLUTION
        grad_x = conv_backward_input(grad, self.weight, self.x.shape[2:], self.stride, self.padding)
        grad_weight = conv_backward_weight(self.x, grad, self.weight.shape[2:], self.stride, self.padding)
        return grad_x, grad_weight, grad.sum(axis=(0, 2, 3))
        ### END SOLUTION


# %%
check("15.Conv2d", Conv2d)

# %% [markdown]
# Pooling is the same story. Lesson 10's `max_pool2d` returns the values and the places of the winners. The next layer
# wants only the values.
#
# ### Exercise 2: max pooling as an operation


# %%
class MaxPool2d:
    """The operation of a max pooling layer: x (N, C, H, W) -> y (N, C, oh, ow); settings as lesson 10's max_pool2d."""

    def __init__(self, kernel_size, stride, padding=0, ceil_mode=False):
        self.settings = kernel_size, stride, padding, ceil_mode

    def forward(self, x):
        ### BEGIN SOLUTION
        y, self.index = max_pool2d(x, *self.settings)
        self.size = x.shape[2:]
        return y
        ### END SOLUTION

    def backward(self, grad):
        """dL/dx, one array."""
        ### BEGIN SOLUTION
        return max_pool2d_backward(grad, self.index, self.size)
        ### END SOLUTION


# %%
check("15.MaxPool2d", MaxPool2d)

# %% [markdown]
# ## 2. How large are the first weights?
#
# They are random, because equal kernels would get equal gradients and stay equal forever. But how large?
#
# A unit sums $C \cdot k_h \cdot k_w$ products of a weight and an $x$. This number is called the *fan-in*. If the
# weights are independent, with mean 0 and variance $v$, then the sum has mean 0 and variance $\text{fan-in} \cdot v
# \cdot q$, where $q$ is the mean square of the $x$. A ReLU then replaces the negative half by zeros, and half of the
# mean square is left. So each layer multiplies $q$ by
#
# $$ \frac{\text{fan-in} \cdot v}{2}. $$
#
# By hand, for 16 channels and kernels of 3 x 3: the fan-in is 144. With a deviation of 0.01, $v = 0.0001$ and the
# factor is 0.0072 a layer. With 0.5, $v = 0.25$ and the factor is 18. It is 1 for $v = 2/\text{fan-in} = 0.0139$, a
# deviation of 0.118. Others call this He's or Kaiming's initialization.
#
# ### Exercise 3: He's start


# %%
def he(shape, rng):
    """Normal random numbers of mean 0 and variance 2 / fan-in, for a weight of shape (K, C, kh, kw); float64.

    rng: a NumPy Generator, from which all random numbers come
    """
    ### BEGIN SOLUTION
    return rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))
    ### END SOLUTION


# %%
check("15.he", he)

# %% [markdown]
# **What do you expect?** Ten layers, started with half of He's deviation, with He's, and with twice He's. A factor of
# 2 in the deviation, ten times in a row: where do the first and the last one end?


# %% tags=["expected"]
def deviations(scale, norm=False):
    """The deviation of the numbers behind each of ten layers, for random pictures as input."""
    rng = np.random.default_rng(0)
    x, found = Tensor(rng.standard_normal((4, 16, 16, 16))), []
    for _ in range(10):
        weight, bias = Tensor(scale * he((16, 16, 3, 3), rng)), Tensor(np.zeros(16))
        x = Tensor.apply(Conv2d(padding=1), x, weight, bias)
        if norm:
            operation = BatchNorm2d(np.zeros(16), np.ones(16), training=True)
            x = Tensor.apply(operation, x, Tensor(np.ones(16)), Tensor(np.zeros(16)))
        x = Tensor.apply(ReLU(), x)
        found.append(x.data.std())
    return found


starts = {"half of He's": 0.5, "He's start": 1.0, "twice He's": 2.0}
depth = np.arange(1, 11)
curves = {name: (depth, deviations(scale)) for name, scale in starts.items()}
for name, (_, found) in curves.items():
    print(f"{name:13}", *(f"{d:9.2g}" for d in found))
plot.lines(curves, x="layer", y="deviation of the numbers", log="y", markers=True)

# %% [markdown]
# A factor of about 1,000 in either direction, after only ten layers; VGG16 has sixteen. With the small start, all
# pictures look alike to the last layer, and the gradients fade in the same way. With the large one, the loss explodes
# in the first step. With He's start the numbers wander a little, as random numbers do, but they go nowhere.
#
# ## 3. Batch norm
#
# One can also measure the numbers in every step, and correct them. *Batch norm* does that for each channel by itself.
# Over all $n = N \cdot H \cdot W$ numbers of the channel it takes the mean $\mu$ and the variance $\sigma^2$, and
#
# $$ h = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad y = w\, h + b. $$
#
# The weight $w$ and the bias $b$, one of each for a channel, are learned, so the network can still choose any scale.
# The small $\varepsilon$ is for channels in which all numbers are equal.
#
# By hand, for a channel with the four numbers 0, 0, 4, 4: $\mu = 2$ and $\sigma^2 = 4$, so $h = -1, -1, 1, 1$. With
# $w = 3$ and $b = 10$, $y = 7, 7, 13, 13$.
#
# **Afterwards**, when the network is used, a picture comes alone. Its answer should not depend on what else is in the
# batch, so $\mu$ and $\sigma^2$ must be fixed numbers. Batch norm collects them in training. After each batch,
#
# `running = (1 - momentum) * running + momentum * batch`,
#
# where the batch's variance is the unbiased one, $\sigma^2 n/(n - 1)$; here $4 \cdot 4/3 = 16/3$. From 1, with
# momentum 0.1, the running variance moves to $0.9 + 0.1 \cdot 16/3 = 1.43$. These arrays belong to the layer. The
# operation is given them, and must write *into* them.
#
# **On the way back**, $dL/db = \sum g$ and $dL/dw = \sum g h$, over the $n$ numbers of the channel. For $dL/dx$, look
# at what moves when one $x_i$ does: its own $h_i$; the mean, by $1/n$; and the deviation, by $h_i/n$. The last two
# move *every* $h_j$:
#
# $$ \frac{dL}{dx_i} = \frac{w}{\sqrt{\sigma^2 + \varepsilon}}
#    \left( g_i - \frac{1}{n}\sum_j g_j - \frac{h_i}{n}\sum_j g_j h_j \right). $$
#
# By hand, with $g = 1, 0, 0, 0$ above: $dL/db = 1$ and $dL/dw = -1$. The bracket is $1 - \frac14 - \frac14 = \frac12$
# for the first number, $0 - \frac14 - \frac14 = -\frac12$ for the second, and $0 - \frac14 + \frac14 = 0$ for the
# others. Times $w/\sigma = \frac32$: $dL/dx = 0.75, -0.75, 0, 0$.
#
# Two ways to see that this is right. Add 1 to all four numbers, and nothing changes; so $dL/dx$ must sum to 0. Double
# their distances from the mean, and nothing changes either; so the sum of $(x - \mu)\,dL/dx$ must be 0, and it is
# $-1.5 + 1.5$. (With the running statistics, $\mu$ and $\sigma$ are constants, and the two sums are missing.)
#
# ### Exercise 4: batch norm


# %%
class BatchNorm2d:
    """The operation of a batch norm layer: x (N, C, H, W), weight (C,), bias (C,) -> y (N, C, H, W).

    y = weight * (x - mean) / sqrt(var + eps) + bias, channel by channel
    training: True takes mean and (biased) variance of the batch, n >= 2 numbers a channel; False the running ones
    running_mean, running_var: arrays (C,), which a forward pass in training changes IN PLACE, no other does:
        running = (1 - momentum) * running + momentum * batch, with the unbiased variance, var * n / (n - 1)
    x may lie far from 0, as 100,000 and 100,001 do.
    """

    def __init__(self, running_mean, running_var, training, momentum=0.1, eps=1e-5):
        self.running_mean, self.running_var = running_mean, running_var
        self.training, self.momentum, self.eps = training, momentum, eps

    def forward(self, x, weight, bias):
        ### BEGIN SOLUTION
        mean, var = self.running_mean, self.running_var
        if self.training:
            mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
            n = x.size // x.shape[1]
            self.running_mean += self.momentum * (mean - self.running_mean)
            self.running_var += self.momentum * (var * n / (n - 1) - self.running_var)
        self.weight = weight[:, None, None]
        self.inverse = 1 / np.sqrt(var + self.eps)[:, None, None]
        self.normalized = (x - mean[:, None, None]) * self.inverse
        return self.normalized * self.weight + bias[:, None, None]
        ### END SOLUTION

    def backward(self, grad):
        """The tuple (dL/dx, dL/dweight, dL/dbias), for the statistics that forward used."""
        ### BEGIN SOLUTION
        grad_weight, grad_bias = (grad * self.normalized).sum(axis=(0, 2, 3)), grad.sum(axis=(0, 2, 3))
        if self.training:
            n = grad.size // grad.shape[1]
            grad = grad - (grad_bias[:, None, None] + self.normalized * grad_weight[:, None, None]) / n
        return grad * self.weight * self.inverse, grad_weight, grad_bias
        ### END SOLUTION


# %%
check("15.BatchNorm2d", BatchNorm2d)

# %% [markdown]
# **What do you expect?** The same ten layers and three starts, now with batch norm between convolution and ReLU.

# %% tags=["expected"]
for name, scale in starts.items():
    print(f"{name:13}", *(f"{d:9.4f}" for d in deviations(scale, norm=True)))

# %% [markdown]
# Not only alike: equal to three digits. A factor in front of all weights of a layer cancels in $h$ (up to
# $\varepsilon$), so the scale of the start does not matter any more.
#
# ## 4. Dropout
#
# *Dropout* sets each number to 0 with probability $p$, at random, anew in every step. So the network cannot rely on
# any single unit. To keep the mean, whatever is left is divided by $1 - p$; then nothing has to be done when the
# network is used. (Others call this *inverted* dropout. The first paper did not divide, and scaled afterwards.)
#
# By hand: $x = 2, 4, 6, 8$ and $p = 1/2$. If the second and the third are dropped, $y = 4, 0, 0, 16$. Over many
# draws, 2 becomes 4 or 0, half of the time each: 2 on average. On the way back, the mask does the same to the
# gradient.
#
# The paper's nets have two of these, with $p = 0.5$, behind fc6 and fc7. Your `Tensor` can multiply already, so this
# time you need no operation.
#
# ### Exercise 5: dropout


# %%
def dropout(x, p, training, rng):
    """Each number of the Tensor x set to 0 with probability p, the others divided by 1 - p; no change if not training.

    p: 0 <= p < 1;  rng: a NumPy Generator, from which all random numbers come
    Returns a Tensor of x's shape and dtype, through which gradients flow. x.data is left alone.
    """
    ### BEGIN SOLUTION
    if not training or p == 0:
        return x
    kept = rng.random(x.data.shape) >= p
    return x * Tensor((kept / (1 - p)).astype(x.data.dtype))
    ### END SOLUTION


# %%
check("15.dropout", dropout)

# %% [markdown]
# Dropout keeps the mean. **What do you expect?** Does it keep the mean square, too?

# %% tags=["expected"]
rng = np.random.default_rng(0)
x = Tensor(np.maximum(rng.standard_normal(100_000), 0))  # as behind batch norm and a ReLU
for p in 0.0, 0.2, 0.5, 0.8:
    y = dropout(x, p, True, rng).data
    print(f"p = {p}:  mean {y.mean():.2f}   mean square {np.mean(y**2):.2f}")

# %% [markdown]
# No. With probability $1 - p$, $x^2$ becomes $x^2/(1-p)^2$; so the mean square is divided by $1 - p$. At $p = 0.5$ it
# doubles, in training only. Remember this for section 6.
#
# ## 5. Ten images
#
# An operation owns no parameters. The following modules, in lesson 4's sense, own them, and make a new operation in
# every call. You will meet them again in lesson 18.


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
# The task: crops of 16 x 16 pixels from a satellite picture of the Earth, each about 120 km tall. Which of eight land
# covers is the most frequent one in it? The training crops and the test crops come from different regions. (If the
# data are missing, the error says how to install them.)
#
# The network has three blocks, each of convolution, batch norm, ReLU and pooling. A convolution of 1 x 1 then gives
# eight scores (others call them *logits*) at each of the 2 x 2 remaining places, and their mean is the answer. Here
# are ten crops.


# %%
def crops(split, count, seed):
    """`count` crops (count, 3, 16, 16) and the most frequent class in each."""
    data, rng = LandCover(split, 16), np.random.default_rng(seed)
    pairs = [data.sample(i, rng) for i in rng.choice(len(data), count, replace=False)]
    images, labels = zip(*pairs)
    return np.stack(images), np.array([np.bincount(label.ravel()).argmax() for label in labels])


class Classifier(Module):
    """x (N, 3, 16, 16) -> scores (N, 8).

    order: the layers of a block, which comes three times: "conv norm act pool"; what follows "|"
           comes once, at the end
    """

    def __init__(self, order, seed, activation=ReLU):
        rng, layers, C = np.random.default_rng(seed), [], 3
        block, _, last = order.partition("|")
        for names, K in (block, 8), (block, 16), (block, 16), (last, 16):
            for name in names.split():
                if name == "conv":
                    layers.append(Conv(C, K, 3, rng, padding=1, bias="norm" not in order))
                    C = K
                elif name == "norm":
                    layers.append(BatchNorm(C))
                elif name == "act":
                    layers.append(Activation(activation))
                elif name == "pool":
                    layers.append(Activation(MaxPool2d, (2, 2), 2))
                elif name == "drop":
                    layers.append(Dropout(0.5, rng))
        self.body, self.score = Sequential(*layers), Conv(C, 8, 1, rng)
        self.score.weight.data[...] = 0  # as in the paper

    def forward(self, x):
        return self.score(self.body(x)).mean(axis=(2, 3))


def train(net, images, labels, steps, seed=0, lr=0.1):
    """Steps of at most 20 crops each, with a rate that falls to 0; returns the losses."""
    optimizer, rng, losses = SGD(net.parameters(), lr, momentum=0.9), np.random.default_rng(seed), []
    set_training(net, True)
    for step in range(steps):
        optimizer.lr = lr * (1 - step / steps)
        chosen = rng.choice(len(images), min(20, len(images)), replace=False)
        net.zero_grad()
        loss = Tensor.apply(CrossEntropy(labels[chosen]), net(Tensor(images[chosen])))
        loss.backward()
        optimizer.step()
        losses.append(float(loss.data))
    return losses


def percent_right(net, images, labels):
    set_training(net, False)
    return 100 * np.mean(net(Tensor(images)).data.argmax(axis=1) == labels)


images, labels = crops("train", 400, seed=0)
new_images, new_labels = crops("test", 500, seed=1)
ten = [*np.unique(labels, return_index=True)[1], 398, 399]  # the first of each class, and two more
pictures = [to_picture(image, LandCover.mean, LandCover.std) for image in images[ten]]
names = [f"{i}: {LandCover.classes[label]}" for i, label in enumerate(labels[ten])]
plot.pictures(width=1.5, ncols=5, **dict(zip(names, plot.brighten(pictures))))

# %% [markdown]
# (Number 4 looks like snow and is labelled grass: no real data are free of this.)
#
# Before you train on thousands of images, train on ten. A network that cannot learn ten images by heart has a bug,
# and you find out in seconds.
#
# **What do you expect?** The scores start at 0. What is the first loss? And can the network also learn the ten images
# if their labels are exchanged at random?

# %% tags=["expected"]
curves, steps = {}, np.arange(60)
exchanged = np.random.default_rng(3).permutation(labels[ten])
for name, target in {"true labels": labels[ten], "exchanged labels": exchanged}.items():
    net = Classifier("conv norm act pool", seed=0)
    curves[name] = steps, train(net, images[ten], target, len(steps))
    learned, tested = percent_right(net, images[ten], target), percent_right(net, new_images, new_labels)
    print(f"{name:18} first loss {curves[name][1][0]:.4f}   the ten {learned:3.0f} %   new crops {tested:2.0f} %")
most = 100 * np.bincount(new_labels).max() / len(new_labels)
print(f"log 8 is {np.log(8):.4f}; the most frequent class alone has {most:.0f} % of the new crops")
plot.lines(curves, x="step", y="loss")

# %% [markdown]
# The first loss is $\log 8$: with scores of 0, each class has probability $1/8$. Check this number in every project
# of your own; it finds wrong labels and wrong scales before the first step.
#
# The exchanged labels are learned as well. The network has 3,888 parameters for ten pictures, and can simply store
# them. So this test shows that the machinery works, not that anything was understood. That shows on crops which the
# network has never seen: with the true labels it does better than the most frequent class, with the exchanged ones it
# does worse. Others call the new crops a *validation* or *test* set, and the gap between the ten and them
# *overfitting*.
#
# ## 6. In which order?
#
# Now train on 400 crops and test on 500 new ones. Each row below is a network whose three blocks have the order
# given; what follows "|" comes once, at the end. All else is equal, and nothing was tuned. Each network is trained
# three times, with other weights and other batches; the three results show how much is luck. The last column needs a
# word. The running statistics were collected in training, while dropout was active. `recount` collects them again,
# from the same training crops, with dropout switched off. It changes no weight.
#
# One activation is new: the sigmoid, $1/(1 + e^{-x})$, between 0 and 1. It gives $1/2$ where a ReLU gives 0.
#
# **What do you expect?** Write down (1) the best row; (2) whether `conv norm pool act` differs from `conv norm act
# pool`; (3) in which rows `recount` will help: section 4's doubled mean square is the key; (4) whether it matters on
# which side of a sigmoid the numbers are dropped.


# %% tags=["expected"]
class Sigmoid:
    def forward(self, x):
        self.y = 1 / (1 + np.exp(-x))
        return self.y

    def backward(self, grad):
        return grad * self.y * (1 - self.y)


def recount(net):
    """Collect the running statistics again, without dropout."""
    set_training(net, True)
    set_training(net, False, Dropout)
    for start in [*range(0, 400, 20)] * 2:
        net(Tensor(images[start : start + 20]))


ORDERS = (
    "conv act pool", "conv norm act pool", "conv norm pool act", "conv act norm pool", "conv norm act pool | drop",
    "conv norm act pool drop", "conv norm act drop pool", "conv drop norm act pool"
)  # fmt: skip
ROWS = [(order, ReLU) for order in ORDERS]
ROWS += [(order, Sigmoid) for order in ("conv norm act pool", "conv norm act pool drop", "conv norm drop act pool")]
means = {}
print("                                   % right, three runs   mean   recounted")
for order, activation in ROWS:
    found, again = [], []
    for seed in range(3):
        net = Classifier(order, seed, activation)
        train(net, images, labels, 80, seed)
        found.append(percent_right(net, new_images, new_labels))
        if "norm" in order and "drop" in order:
            recount(net)
            again.append(percent_right(net, new_images, new_labels))
    row, mean, last = len(means) + 1, np.mean(found), f"{np.mean(again):12.0f}" if again else ""
    print(f"{row:2}  {order:26}{activation.__name__:8}", *(f"{share:5.0f}" for share in found), f"{mean:7.0f}{last}")
    means[f"{row}  {order}, {activation.__name__}"] = round(mean)
plot.bars(means, "%", title="new crops that are right")

# %% [markdown]
# **Rows 1 to 4.** Batch norm helps a little in so short a training. Its exact place makes no visible
# difference: the means of rows 2 and 4 differ less than two runs of the same row. Rows 2 and 3 agree in every run,
# and not by luck. A ReLU keeps the order of numbers, so the largest of a window is still the largest behind it.
# Pooling first gives the same network, and leaves the ReLU a quarter of the work.
#
# **Rows 5 to 8.** Dropout once, at the end, does no harm. Inside the blocks it does, most of all in front of batch
# norm. But `recount` brings it all back: these networks *had* learned. In training, dropout doubled the mean square,
# batch norm measured that, and the running variance is too large for a network without dropout. In row 7 pooling adds
# to it: the largest of four numbers is mostly one that was doubled, so the mean is wrong as well. The training loss
# shows nothing of all this. Others call it *variance shift*.
#
# **Rows 9 to 11.** Behind batch norm, a sigmoid's numbers lie around 0.5, with a deviation of 0.21. Dropout sends
# them to 0 or to about 1. By hand: the mask adds noise of variance $q\,p/(1-p) = 0.25 + 0.04 = 0.29$ ($q$ is the mean
# square), a deviation of 0.54, which is 2.6 times the signal's. Behind a ReLU the signal has 0.58 and the noise
# $\sqrt{0.5} = 0.71$, only 1.2 times. After three such layers little is left: row 10 answers with the most frequent
# class, and `recount` cannot help, since nothing was learned. Dropped in front of the sigmoid, a number becomes 0.5,
# the sigmoid's middle.
#
# What can you take home? Convolution, batch norm, ReLU, pooling; dropout at the end, where no batch norm follows.
# And: three runs on 500 crops tell 25 % from 50 %, but not 51 % from 53 %.
#
# ## Where this stands in minifcn
#
# | you | minifcn |
# |---|---|
# | `Conv2d`, `MaxPool2d` | the classes of the same names in `functional/conv.py` and `functional/pool.py` |
# | `BatchNorm2d` | `BatchNorm`, `BatchNormFixed` and `batch_norm` in `functional/norm.py` |
# | `dropout` | `functional/dropout.py` |
# | `he` | `kaiming_normal_` in `nn/init.py` |
# | the modules | `nn/conv.py`, `nn/norm.py`, `nn/layers.py`, `nn/container.py` |

# %% tags=["expected"]
rng = np.random.default_rng(0)
x, weight, bias, grad = (rng.standard_normal(shape) for shape in ((4, 3, 5, 6), 3, 3, (4, 3, 5, 6)))
running = np.zeros(3), np.ones(3), np.zeros(3), np.ones(3)
yours = [Tensor(a, requires_grad=True) for a in (x, weight, bias)]
y = Tensor.apply(BatchNorm2d(*running[:2], training=True), *yours)
y.backward(grad)
theirs = [tensor(a, requires_grad=True) for a in (x, weight, bias)]
z = F.batch_norm(theirs[0], *running[2:], *theirs[1:], training=True)
z.backward(grad)
print("results equal:           ", np.allclose(y.data, z.data))
print("gradients equal:         ", all(np.allclose(a.grad, b.grad) for a, b in zip(yours, theirs)))
print("running statistics equal:", all(np.allclose(a, b) for a, b in zip(running[:2], running[2:])))

# %% [markdown]
# ## Three questions
#
# **1.** All weights of the scores start at 0, and this does no harm. Why must the weights of the other layers not?
#
# <details><summary>Answer</summary>
#
# The gradient of a score's weights is $g$ times its input. The inputs differ from channel to channel, and $g$ from
# class to class, so the weights differ after the first step. But if all kernels of an inner layer are 0, so are its
# results, behind a ReLU its gradients too, and nothing ever moves. If the kernels are equal but not 0, they get equal
# gradients and stay equal: 16 kernels do the work of one.
#
# </details>
#
# **2.** What does batch norm return in training for a single picture of one pixel?
#
# <details><summary>Answer</summary>
#
# $n = 1$, so each number is its own mean: $h = 0$ and $y = b$, whatever the picture shows. The unbiased variance
# divides by 0. PyTorch and minifcn refuse such a batch. Small batches are a milder form of the same: their statistics
# are noise.
#
# </details>
#
# **3.** Max pooling and ReLU may be exchanged. Max pooling and batch norm as well?
#
# <details><summary>Answer</summary>
#
# With given statistics, batch norm is $y = ax + c$ in each channel. That keeps the order of numbers if $a > 0$, and
# turns it around if the weight is negative: then the *smallest* number of a window should have won. In training there
# is a second difference: the statistics of the pooled numbers are not those of all numbers.
#
# </details>
#
# ## Two open problems
#
# **1.** In the table, dropout never helps. Is $p = 0.5$ too much, are the networks too small, or is the training too
# short? Find a setting in which dropout wins on new crops. How many seeds do you need before you believe it?
#
# **2.** Take batches of 20, 8, 4 and 2 crops, with the same number of crops in total. At which size does batch norm
# become worse than none? Would you rather take each picture's own statistics there, and what would that lose?
#
# ## The paper
#
# Section 4.3 describes the training: SGD with momentum 0.9, batches of 20 images, dropout where the original
# classifiers have it, and scores that start at zero. The paper's nets have no batch norm, which appeared in the same
# months (Ioffe and Szegedy 2015), as did He's start (He et al. 2015). minifcn's small backbone has batch norm in its
# five stages, and dropout only behind fc6 and fc7, where no batch norm follows: row 5.
#
# > **Often misunderstood.** The dropout of these nets drops single numbers. Some re-implementations drop whole channels
# > (`Dropout2d`), which is another layer: at $p = 0.5$, half of the feature maps are gone everywhere.
