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
# # Lesson 4: A network that learns
#
# Can a machine learn from 300 points, on two half moons that reach into each other, which moon a *new* point belongs
# to? You have an engine for derivatives. In this lesson you write what is still missing: who owns the parameters, the
# bend that makes a network more than a straight line, the loss, the step downhill. Then the network learns, and every
# line of it is yours, from the derivative up.
#
# *Section 4.3 of the paper (how the nets are optimized) · builds on lessons 1 and 3 · [letters](../../lessons/letters.md) · 145 minutes*
#
# (Better over two evenings, with a break after section 3.)
#
# 1. [Who owns what](#1.-Who-owns-what)
# 2. [The bend](#2.-The-bend)
# 3. [How wrong is it?](#3.-How-wrong-is-it?)
# 4. [Downhill, with momentum](#4.-Downhill,-with-momentum)
# 5. [One step of learning](#5.-One-step-of-learning)
# 6. [Two moons](#6.-Two-moons)
# 7. [The one number that matters most](#7.-The-one-number-that-matters-most)
#
# A straight line is the first thing to try. The best one, in the sense of least squares, is quickly computed.
#
# **What do you expect?** How many of a thousand new points will lie on the right side of the best straight line: half,
# three in four, nine in ten?

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import inspect
from itertools import pairwise

import numpy as np

import minifcn
from minifcn import functional as F
from minifcn import optim, plot
from minifcn.course import check, earlier, hint
from minifcn.kernels.cpu.optimizers import step_range

Tensor = earlier("03.Tensor")


def two_moons(count, noise, rng):
    """Points (count, 2) around two half circles, and for each the number of its moon, 0 or 1."""
    labels = np.arange(count) % 2
    angle = rng.uniform(0, np.pi, count)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.array([1.0, 0.5]) - upper
    places = np.where(labels[:, None] == 0, upper, lower)
    return places + noise * rng.standard_normal((count, 2)), labels


points, labels = two_moons(300, 0.15, np.random.default_rng(0))
new_points, new_labels = two_moons(1000, 0.15, np.random.default_rng(1))
plane, *_ = np.linalg.lstsq(np.column_stack([points, np.ones(300)]), labels, rcond=None)


def straight(places):
    return np.clip(np.column_stack([places, np.ones(len(places))]) @ plane, 0, 1)


right = np.mean((straight(new_points) > 0.5) == new_labels)
print(f"new points on the right side: {100 * right:.1f} %")
plot.regions(straight, points, labels, title="the best straight line")

# %% [markdown]
# The border has to bend. A **multilayer perceptron** bends it: a layer $h = xW_1 + b_1$, then $\max(0, h)$ for each
# number (a *ReLU*), then another layer. Such a network has several arrays to learn: with three layers, three weights
# and three biases. Later networks in this course have dozens. Something must know them all: to move them, to clear
# their gradients, to save them.
#
# ## 1. Who owns what
#
# A `Module` is a piece of a network. It has **parameters**, which are Tensors with `requires_grad=True`, and it may
# have smaller modules inside. No list is written by hand. A module's attributes *are* the list, and Python keeps
# them, in the order in which they were set, in `vars(module)`:

# %%
thing = type("Thing", (), {})()
thing.weight = Tensor([1.0, 2.0], requires_grad=True)
thing.size = 2
thing.bias = Tensor([0.0], requires_grad=True)
for name, value in vars(thing).items():
    print(f"{name:6} {type(value).__name__}")

# %% [markdown]
# So we can *walk*: through the attributes, into modules, into lists and tuples, and so on down. Each parameter that
# we meet gets a name, its path: `layers.0.weight`. Two things need care.
#
# - **Shared** parameters. The same tensor may sit in two places, on purpose. It is one parameter. If it were listed
#   twice, each step would move it twice. "The same" does not mean that the numbers agree: at the start all biases are
#   0, and they are still different parameters. It means the very same object: `a is b`, or `id(a) == id(b)`.
# - Everything else (sizes, names, arrays, Tensors without `requires_grad`) is not a parameter.
#
# By hand, for the network that the docstring below builds: `scale` is a parameter, so `("scale", s)`. `layers` is a
# list, so on to place 0, a module: `("layers.0.weight", w)`, `("layers.0.bias", b)`. Place 1 is the same module
# again: nothing new. `last` is $w$, which has a name already.
#
# ### Exercise 1: all parameters of a module
#
# If you are stuck, run `hint("04.Module")` in a cell of its own. Each call says more.


# %%
class Module:
    """A piece of a network.

    Its attributes hold what it owns: parameters, smaller modules, lists or tuples of either.
    A parameter is a Tensor whose `requires_grad` is True. Anything else (numbers, text, arrays,
    other Tensors) is not one.
    """

    def __call__(self, *inputs):
        return self.forward(*inputs)

    def named_parameters(self):
        """A list of pairs (name, parameter), in the order in which the attributes were set.

        A name is the path from here to the parameter, its steps joined by dots. A place in a list
        is its number. No parameter comes twice.

            block = Module();  block.weight = w;  block.bias = b
            net = Module();    net.scale = s;  net.layers = [block, block];  net.last = w

            block.named_parameters() -> [("weight", w), ("bias", b)]
            net.named_parameters()   -> [("scale", s), ("layers.0.weight", w), ("layers.0.bias", b)]

        The second block is the first one, and net.last is block.weight: each counts once, under
        its first name.
        """
        ### BEGIN SOLUTION
        def walk(name, value):
            if getattr(value, "requires_grad", False):
                yield name, value
            parts = {}
            if isinstance(value, Module):
                parts = vars(value)
            elif isinstance(value, (list, tuple)):
                parts = dict(enumerate(value))
            for key, part in parts.items():
                yield from walk(f"{name}.{key}".lstrip("."), part)

        first = {}
        for name, parameter in walk("", self):
            first.setdefault(id(parameter), (name, parameter))
        return list(first.values())
        ### END SOLUTION

    def parameters(self):
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self):
        """Forget every parameter's gradient: set its `grad` to None."""
        ### BEGIN SOLUTION
        for parameter in self.parameters():
            parameter.grad = None
        ### END SOLUTION


# %%
check("04.Module", Module)

# %% [markdown]
# ## 2. The bend
#
# Without something between them, two layers would be one: $(xW_1 + b_1)W_2 + b_2$ is again a matrix times $x$ plus a
# row. The **ReLU**, $y = \max(0, x)$ for each number, is the simplest thing that is not a straight line. For each of
# the numbers in $h$ it puts a kink where that number is 0, along a straight line in the plane, and many kinks make a
# curve.
#
# The way back: where $x > 0$, $y$ moves exactly as $x$ does, and $g$ comes through; where $x < 0$, $y$ does not move,
# and nothing comes through. By hand:
#
# | | | | | |
# |---|---|---|---|---|
# | $x$ | $-2$ | $3$ | $0.5$ | $-1$ |
# | $y$ | 0 | 3 | 0.5 | 0 |
# | $g$ | 10 | 10 | $-4$ | $-4$ |
# | $dL/dx$ | 0 | 10 | $-4$ | 0 |
#
# Note what decides: the sign of $x$, never that of $g$. And at $x = 0$ exactly there is no derivative: the slope is 0
# on one side and 1 on the other. Lesson 1 took 0, as PyTorch does, and so do we.
#
# ### Exercise 2: ReLU

# %%
class ReLU:
    """y = max(0, x), number by number. At 0 the slope is taken to be 0."""

    def forward(self, x):
        """max(0, x), of the shape and dtype of x."""
        ### BEGIN SOLUTION
        self.positive = x > 0
        return np.maximum(x, 0)
        ### END SOLUTION

    def backward(self, grad):
        """Given dL/dy, dL/dx."""
        ### BEGIN SOLUTION
        return grad * self.positive
        ### END SOLUTION


# %%
check("04.ReLU", ReLU)


# %% [markdown]
# Now layers and networks take a few lines each. `Linear` is lesson 3's layer. How should its weights start? Not at 0:
# see the first question at the end. Random numbers break the tie. Their size matters, too: a sum of $n$ products with
# weights of standard deviation $s$ is about $s\sqrt n$ times as large as its inputs, and a ReLU throws half of it
# away. With $s = \sqrt{2/n}$ the numbers keep their size from layer to layer (He et al., 2015).
#
# The *last* layer starts at 0 here. So does the paper's score layer. We will come to the reason.


# %%
class Linear(Module):
    """y = x @ weight + bias."""

    def __init__(self, n_in, n_out, rng):
        start = rng.standard_normal((n_in, n_out)) * np.sqrt(2 / n_in)
        self.weight = Tensor(start, requires_grad=True)
        self.bias = Tensor(np.zeros(n_out), requires_grad=True)

    def forward(self, x):
        return x @ self.weight + self.bias


class MLP(Module):
    """Linear layers with a ReLU between any two; MLP([2, 16, 16, 2], rng) has three layers."""

    def __init__(self, sizes, rng):
        self.layers = [Linear(n_in, n_out, rng) for n_in, n_out in pairwise(sizes)]
        self.layers[-1].weight.data[...] = 0

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = Tensor.apply(ReLU(), layer(x))
        return self.layers[-1](x)


# %% [markdown]
# Who owns what in such a network? Here is your walk, with a line for each module and one for each parameter, indented
# by the length of its path.
#
# **What do you expect?** How many numbers does `MLP([2, 16, 16, 2])` have to learn?

# %% tags=["expected"]
net = MLP([2, 16, 16, 2], np.random.default_rng(0))
above = None
print("net, an MLP")
for name, p in net.named_parameters():
    owner, _, own_name = name.rpartition(".")
    if owner != above:
        print(f"    {owner}, a Linear")
    above = owner
    print(f"        {own_name:8} {p.data.shape!s:9} {p.data.size:4} numbers")
print(f"{'together':26} {sum(p.data.size for p in net.parameters()):4} numbers")

# %% [markdown]
# ## 3. How wrong is it?
#
# The network gives each point two **scores** $s_0, s_1$, one for each moon. (Others call them *logits*.) The softmax
# turns them into probabilities, $p_c = e^{s_c} / (e^{s_0} + e^{s_1})$, and the loss of a point is $-\log p$ of the
# *true* moon: 0 if the network is sure and right, large if it is sure and wrong. The loss of a batch is the mean.
# (Others call it the *cross-entropy*.)
#
# | scores | probability of moon 0 | loss if it is moon 0 | loss if it is moon 1 |
# |---|---|---|---|
# | (0, 0) | 1/2 | log 2 = 0.693 | log 2 = 0.693 |
# | (log 3, 0) | 3/4 | log 4/3 = 0.288 | log 4 = 1.386 |
#
# ### The logarithm of a softmax
#
# $$ y_c = \log \frac{e^{x_c}}{\sum_k e^{x_k}} = x_c - \log \sum_k e^{x_k}. $$
#
# **What do you expect?** For $x = (1000, 0)$ the answer is close to $(0, -1000)$. What does the formula with the
# quotient give? And the one with the difference?

# %%
x = np.array([1000.0, 0.0])
with np.errstate(all="ignore"):
    print("quotient  ", np.log(np.exp(x) / np.exp(x).sum()))
    print("difference", x - np.log(np.exp(x).sum()))

# %% [markdown]
# $e^{1000}$ is too large for a float, and both break. But the softmax does not change if all $x_k$ of a row fall by
# the same amount: numerator and denominator shrink by the same factor. Let them fall by the row's *largest* number.
# For $(1000, 0)$ that makes $(0, -1000)$; the exponentials are 1 and 0, their sum is 1, its logarithm is 0, and
# $y = (0, -1000)$. No exponential is above 1, and one of them is 1, so the sum is at least 1 and its logarithm is
# safe. Each row has a largest number of its own. With one maximum for the whole array, a row of much smaller numbers
# would have exponentials of 0, and $\log 0$.
#
# Classes are along axis 1: rows $(N, C)$ here, pixels $(N, C, H, W)$ later in the course.
#
# The way back. $x_c$ appears in two places: in front, where it moves $y_c$ alone and brings $g_c$; and in the sum,
# which *every* $y_k$ contains, with a minus. The sum's logarithm moves by $p_c$ when $x_c$ moves by 1. So
#
# $$ \frac{dL}{dx_c} = g_c - p_c \sum_k g_k. $$
#
# By hand, for $x = (\log 3, 0)$, so $p = (3/4, 1/4)$, and $g = (0, 4)$: $\;0 - \frac34 \cdot 4 = -3\;$ and
# $\;4 - \frac14 \cdot 4 = 3$.
#
# ### Exercise 3: the logarithm of a softmax


# %%
class LogSoftmax:
    """y = log softmax(x) along axis 1, for x (N, C, ...), whatever the size of its numbers.

    y_c = x_c - log(sum over k of exp(x_k)); it must not overflow for x = [[1000, 0]].
    dL/dx_c = grad_c - softmax_c * sum over k of grad_k.
    """

    def forward(self, x):
        ### BEGIN SOLUTION
        shifted = x - x.max(axis=1, keepdims=True)
        self.y = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return self.y
        ### END SOLUTION

    def backward(self, grad):
        ### BEGIN SOLUTION
        return grad - np.exp(self.y) * grad.sum(axis=1, keepdims=True)
        ### END SOLUTION


# %%
check("04.LogSoftmax", LogSoftmax)


# %% [markdown]
# ### The loss
#
# The label of a point is its class, a whole number, and a number can be an index: `log_p[2, label]` is what we want
# from row 2. For all rows together NumPy takes two lists of indices, `log_p[rows, labels]`, and goes through both in
# step. `log_p[:, labels]` is something else: *all* rows, and for each of them the columns of all labels.
#
# The way back is the shortest formula of this lesson. For one row $L = -y_t$, with $t$ the true class, so the $g$
# that reaches the logarithm is $-1$ at $t$ and 0 elsewhere, its sum is $-1$, and the formula above gives
#
# $$ \frac{dL}{dx_c} = p_c - [c = t], $$
#
# the probability, minus 1 at the true class. The mean over $N$ rows divides by $N$. And the loss may not be the end:
# `backward` is given $dL/d\text{loss}$, one number, and multiplies by it. It is 1 if the loss is the last node, 2 if
# somebody doubles the loss. Leaving it out is the commonest mistake in hand-written losses, and no training run shows
# it.
#
# By hand: two rows, $(\log 3, 0)$ with label 0 and $(0, 0)$ with label 1. The loss is
# $(\log\frac43 + \log 2)/2 = 0.490$. The gradients are $(\frac34 - 1, \frac14)/2 = (-\frac18, \frac18)$ and
# $(\frac12, \frac12 - 1)/2 = (\frac14, -\frac14)$. Each row sums to 0: what one class gains, the others lose.
#
# ### Exercise 4: the cross-entropy


# %%
class CrossEntropy:
    """The mean over a batch of -log p of the true class.

    labels: (N,) whole numbers, the true class of each row of logits (N, C)
    """

    def __init__(self, labels):
        self.labels = labels

    def forward(self, logits):
        """The loss, an array of shape () and of the dtype of logits."""
        ### BEGIN SOLUTION
        self.log_p = LogSoftmax().forward(logits)
        return -self.log_p[np.arange(len(self.labels)), self.labels].mean()
        ### END SOLUTION

    def backward(self, grad):
        """Given dL/dloss, one number, dL/dlogits (N, C)."""
        ### BEGIN SOLUTION
        grad_logits = np.exp(self.log_p)
        grad_logits[np.arange(len(self.labels)), self.labels] -= 1
        return grad_logits * (grad / len(self.labels)).astype(grad_logits.dtype)
        ### END SOLUTION


# %%
check("04.CrossEntropy", CrossEntropy)

# %% [markdown]
# Every training run should begin with a look at one number. With a last layer of zeros every score is 0 and every
# probability is 1/2, so the loss must be $\log 2$, whatever the points are. With $C$ classes it must be $\log C$. If
# it is not, something is wrong already, and you have lost a second instead of a night.


# %% tags=["expected"]
def loss_of(scores, labels):
    """The mean cross-entropy, a Tensor."""
    return Tensor.apply(CrossEntropy(labels), scores)


start = loss_of(net(Tensor(points)), labels)
print(f"loss at the start {start.data:.6f}   log 2 = {np.log(2):.6f}")

# %% [markdown]
# ## 4. Downhill, with momentum
#
# The gradient points uphill, so a step goes against it: $p \leftarrow p - \text{lr} \cdot g$, where $g = dL/dp$ is
# what the walk has left in `p.grad`. The factor lr is the *learning rate*. Lesson 3 did just that, and was slow: in a
# narrow valley, the gradient points across the valley most of the time and hardly along it. A larger lr does not
# help, since then the steps across get larger and larger.
#
# **Momentum** keeps a *velocity* $v$ and moves along that:
#
# $$ v \leftarrow m\,v + g, \qquad p \leftarrow p - \text{lr} \cdot v. $$
#
# What does it do? Take $m = 0.9$, start at $v = 0$, and try two sequences of gradients.
#
# - Along the valley, the same gradient again and again: $g = 1, 1, 1, 1, \dots$ gives
#   $v = 1,\; 1.9,\; 2.71,\; 3.439, \dots$ It approaches 10, since $0.9 \cdot 10 + 1 = 10$. In general it approaches
#   $1/(1 - m)$: the steps get **ten times** as long.
# - Across it, a gradient that changes its sign each time: $g = 1, -1, 1, -1, \dots$ gives
#   $v = 1,\; -0.1,\; 0.91,\; -0.181, \dots$ Its size approaches $1/(1 + m) = 0.53$: the steps get **half** as long.
#
# So what persists is amplified, and what goes to and fro is damped. With $m = 0$ it is plain gradient descent.
#
# Three details decide whether an optimizer is right.
#
# - Each parameter has a velocity *of its own*.
# - The learning rate is outside $v$, as in PyTorch. If you lower it, the very next step is smaller. (Caffe, in which
#   the paper's code is written, has it inside: $v \leftarrow mv + \text{lr}\, g$. As long as lr stays the same, both
#   do the same.)
# - The parameter's array changes *in place*. Others hold the same array and must see the step.
#
# ### Exercise 5: gradient descent with momentum


# %%
class SGD:
    """Gradient descent with momentum, for parameters with arrays `data` and `grad` (or None).

    For each parameter p by itself, one step does:
        v = momentum * v + p.grad
        p.data = p.data - lr * v
    The velocity v is 0 before the first step. A parameter whose grad is None stays where it is,
    and so does its v.

    parameters: any iterable, even one that can be walked through only once
    self.lr:    may be changed between two steps
    p.data:     is changed in place, so it stays the same array; p.grad is left alone

    With data = [1], lr = 0.1, momentum = 0.5 and grad = [2] in three steps:
    v = 2, 3, 3.5 and data = 0.8, 0.5, 0.15.
    """

    def __init__(self, parameters, lr, momentum=0.0):
        ### BEGIN SOLUTION
        self.parameters = list(parameters)
        self.lr, self.momentum = lr, momentum
        self.velocities = [np.zeros_like(p.data) for p in self.parameters]
        ### END SOLUTION

    def step(self):
        """Move every parameter that has a gradient."""
        ### BEGIN SOLUTION
        for p, v in zip(self.parameters, self.velocities):
            if p.grad is not None:
                v *= self.momentum
                v += p.grad
                p.data -= self.lr * v
        ### END SOLUTION


# %%
check("04.SGD", SGD)

# %% [markdown]
# A valley to try it in: $L = (x^2 + 100\, y^2)/2$, which is 100 times as steep across (along $y$) as along $x$.
# Without momentum lr must stay below $2/100 = 0.02$, or $y$ grows with each step: it is multiplied by
# $1 - 100\,\text{lr}$. We take 0.018, so $y$ is multiplied by $-0.8$ and $x$ by $0.982$. With momentum 0.9 we take
# the more careful lr 0.004.
#
# **What do you expect?** Both start at $(-8, 0.5)$ and take 60 steps; the bottom is at $(0, 0)$. Which one is nearer in
# the end? What does its path look like?

# %% tags=["expected"]
steepness = Tensor([1.0, 100.0])


def walk_down(lr, momentum, steps=60):
    """The places (steps + 1, 2) that a walk from (-8, 0.5) passes through."""
    place = Tensor([-8.0, 0.5], requires_grad=True)
    walker, places = SGD([place], lr, momentum), []
    for _ in range(steps + 1):
        places.append(place.data.copy())
        place.grad = None
        (steepness * place * place).mean().backward()  # the mean of two is half of their sum
        walker.step()
    return np.array(places)


walks = {"plain, lr 0.018": walk_down(0.018, 0.0), "momentum 0.9, lr 0.004": walk_down(0.004, 0.9)}
for name, places in walks.items():
    print(f"{name:24} after 60 steps at x = {places[-1, 0]:6.3f}, y = {places[-1, 1]:6.3f}")
curves = {name: tuple(places.T) for name, places in walks.items()} | {"the bottom": ([0.0], [0.0])}
plot.lines(curves, x="x", y="y", dots=("the bottom",))

# %% [markdown]
# (Mind the axes: $y$ is drawn several times larger than $x$, and the real valley is ten times as long as it is
# wide.) The plain walk zigzags across, and once that has died down it creeps along. With momentum the walk
# overshoots and swings like a ball, and is near the bottom when the plain one has a third of its way left.
#
# ## 5. One step of learning
#
# Now all the parts are there, and a step of learning is: forget the old gradients, compute the loss, walk back, move.
#
# **Why forget?** Lesson 1: a value that is used twice gets *two* gradients, so `backward()` must add. It cannot know
# that one of them is from the last step. Without forgetting, each step goes along the sum of all gradients since the
# beginning. That is like momentum with $m = 1$: nothing ever damps it.
#
# Adding is useful, too. If a batch does not fit into memory, run its halves one after the other, forget nothing in
# between, and the gradients of both halves add up.
#
# **What do you expect?** The loss is a mean. Is the gradient of the mean over 300 points the sum of the gradients of
# the means over the first 150 and the last 150?

# %%
layer = Linear(2, 2, np.random.default_rng(2))
loss_of(layer(Tensor(points)), labels).backward()
whole = layer.weight.grad.copy()
layer.zero_grad()
for half in slice(0, 150), slice(150, 300):
    loss_of(layer(Tensor(points[half])), labels[half]).backward()
print("the halves add up to", (layer.weight.grad / whole).mean().round(6), "times the whole")

# %% [markdown]
# Twice as much: each half's mean divides by 150 instead of 300. For the same step, halve the loss of each half.
#
# ### Exercise 6: one step of learning


# %%
def train_step(model, optimizer, loss_of, x, target):
    """One step of learning; returns the loss that the model had before it, as a Python number.

    model(x) is the model's answer and loss_of(answer, target) its loss, a Tensor with one element.
    The model's zero_grad() forgets all gradients, the optimizer's step() moves the parameters
    against them. Gradients that are there when train_step is called must not count.
    """
    ### BEGIN SOLUTION
    model.zero_grad()
    loss = loss_of(model(x), target)
    loss.backward()
    optimizer.step()
    return float(loss.data)
    ### END SOLUTION


# %%
check("04.train_step", train_step)

# %% [markdown]
# Two trainings from the same start, on the same batches. Both call your `train_step`, but the second network is deaf to
# `zero_grad`. Each number is the mean loss of 100 steps. (One pass through all the points, here 10 batches of 30, is
# called an *epoch*.)
#
# **What do you expect?** What happens if you forget to forget: does the network learn more slowly, or not at all?


# %%
def batches(size, steps, rng):
    """`steps` batches: every point once, in random order, then all again in another order."""
    order = []
    for _ in range(steps):
        if len(order) < size:
            order = rng.permutation(len(points)).tolist()
        rows, order = order[:size], order[size:]
        yield Tensor(points[rows]), labels[rows]


def train(step_function, lr, momentum, steps=600):
    """Train a new network on batches of 30; returns it, and the loss of each step."""
    network = MLP([2, 16, 16, 2], np.random.default_rng(0))
    sgd = SGD(network.parameters(), lr, momentum)
    drawn = batches(30, steps, np.random.default_rng(1))
    return network, np.array([step_function(network, sgd, loss_of, x, t) for x, t in drawn])


class Deaf:
    """The network, but it does not hear zero_grad."""

    def __init__(self, network):
        self.network, self.zero_grad = network, lambda: None

    def __call__(self, x):
        return self.network(x)


def forgetful_step(network, sgd, loss_of, x, t):
    return train_step(Deaf(network), sgd, loss_of, x, t)


# %% tags=["expected"]
for name, step_function in ("with zero_grad", train_step), ("without", forgetful_step):
    losses = train(step_function, lr=0.1, momentum=0.0)[1]
    print(f"{name:16}", *(f"{mean:6.3f}" for mean in losses.reshape(-1, 100).mean(axis=1)))

# %% [markdown]
# With forgetting, the loss falls with every hundred steps. Without, the sum of old gradients drives the network past
# every good place that it comes to, and in the end it is worse than at the start, where the loss was $\log 2$.
#
# ## 6. Two moons
#
# The whole training, with momentum. Red is moon 1, blue is moon 0, white is undecided: the picture shows the
# probability that the network gives to moon 1, minus the one for moon 0, at several moments.
#
# The points counted are *new* ones: the network has never been trained on them. (Others call them the *validation*
# set. If the loss falls on the training points and rises on the new ones, they call it *overfitting*.)
#
# **What do you expect?** What will the picture show before the first step? And what will the network find first: the
# bend, or something like the straight line?

# %% tags=["expected"]
net = MLP([2, 16, 16, 2], np.random.default_rng(0))
sgd = SGD(net.parameters(), lr=0.1, momentum=0.9)


def probability(places):
    """The probability (M,) that the network gives to moon 1 at the places (M, 2)."""
    scores = net(Tensor(np.asarray(places)))
    return np.exp(LogSoftmax().forward(scores.data))[:, 1]


grid_x, grid_y = np.meshgrid(np.linspace(-1.5, 2.5, 80), np.linspace(1.5, -1.0, 50))
places = np.stack([grid_x.ravel(), grid_y.ravel()], axis=1)
moments = {}
for step, (x, t) in enumerate(batches(30, 601, np.random.default_rng(1))):
    if step in (0, 10, 30, 100, 300, 600):
        moments[f"step {step}"] = 2 * probability(places).reshape(grid_x.shape) - 1
        right = np.mean((probability(new_points) > 0.5) == new_labels)
        print(f"step {step:3}   new points on the right side: {100 * right:.1f} %")
    train_step(net, sgd, loss_of, x, t)

plot.pictures(width=2.4, limit=1, ncols=3, **moments)

# %% tags=["expected"]
plot.regions(probability, points, labels, title="after 600 steps")

# %% [markdown]
# First it finds something like the straight line, then it bends it. The moons overlap a little, so no border gets
# every new point right.
#
# ## 7. The one number that matters most
#
# Which learning rate? See for yourself: each curve is the same network on the same batches. A loss jumps from batch
# to batch, so we draw the mean of every 20.
#
# **What do you expect?** The rates 0.001, 0.01, 0.1 and 1, all with momentum 0.9, and 0.1 and 1 without. Which is best?
# Which two will look alike?


# %% tags=["expected"]
def smooth(losses, window=20):
    """The mean of every `window` losses, and the steps in the middle of them."""
    means = losses.reshape(-1, window).mean(axis=1)
    return window * np.arange(len(means)) + window / 2, means


settings = [(0.001, 0.9), (0.01, 0.9), (0.1, 0.9), (1.0, 0.9), (0.1, 0.0), (1.0, 0.0)]
runs = {f"lr {lr:g}, momentum {m:g}": train(train_step, lr, m)[1] for lr, m in settings}
plot.lines({name: smooth(losses) for name, losses in runs.items()}, x="step", y="loss", log="y")

# %% [markdown]
# Read it like this.
#
# - Too small: the loss falls, but you will wait. Too large: it jumps about, or stays up for good. The useful rates
#   lie between, and they span a factor of ten or more. So look for them in factors of three or ten, never in steps
#   of 0.01.
# - lr 0.1 without momentum and lr 0.01 with momentum 0.9 lie on top of each other. That is section 4: momentum makes
#   persistent steps $1/(1 - m) = 10$ times as long. If you change the momentum, change the learning rate with it.
#
# ## Where this stands in minifcn
#
# | yours | minifcn |
# |---|---|
# | `Module` | `nn/module.py`, `Module`; its parameters have a class of their own, `Parameter` |
# | `Linear` | `nn/conv.py`, `Linear`, with a weight (out, in), as in PyTorch |
# | `ReLU` | `functional/elementwise.py`, `Relu` |
# | `LogSoftmax` | `functional/softmax.py`, `LogSoftmax`, along any axis |
# | `CrossEntropy` | `functional/loss.py`, `CrossEntropy`, with labels to ignore and class weights; lesson 14 builds it |
# | `SGD` | `optim/optimizers.py`, `SGD`; the formula is in `kernels/cpu/optimizers.py` |
# | `train_step`, `train` | `train.py`, `train_step` and `fit` |
#
# Two differences are worth knowing. In minifcn and PyTorch a plain Python list hides its modules:
# `self.layers = [...]` gives a network that runs, but whose layers never learn. There you write
# `nn.ModuleList([...])`. And both name a module's own parameters before those of the modules inside it, while yours
# keeps the order of the attributes.
#
# Here is the loop of the package's SGD, which takes each number from memory once, and a race from one start: your
# network with your loss and your optimizer, and the same arrays in the package's tensors.

# %% tags=["expected"]
print(inspect.getsource(step_range.py_func))
yours = MLP([2, 16, 16, 2], np.random.default_rng(0))
theirs = [minifcn.tensor(p.data.copy(), requires_grad=True) for p in yours.parameters()]
sgd, their_sgd = SGD(yours.parameters(), 0.1, 0.9), optim.SGD(theirs, 0.1, 0.9)
for x, t in batches(30, 100, np.random.default_rng(1)):
    train_step(yours, sgd, loss_of, x, t)
    scores = minifcn.tensor(x.data)
    for k in 0, 2, 4:
        scores = (F.relu(scores) if k else scores) @ theirs[k] + theirs[k + 1]
    their_sgd.zero_grad()
    F.cross_entropy(scores, t).backward()
    their_sgd.step()
difference = max(abs(p.data - q.data).max() for p, q in zip(yours.parameters(), theirs))
print("the same after 100 steps, but for rounding:", difference < 1e-12)

# %% [markdown]
# ## Three questions
#
# **1.** Why not start *all* layers at 0?
#
# <details><summary>Answer</summary>
#
# Then every number in $h$ is 0, and so is everything that the next layer's weights are multiplied by. So these
# weights get no gradient. Neither do the first layers, since what comes back to them is multiplied by the later
# weights, which are 0. Only the last bias can move, and the network says the same for every point, for ever. Equal
# weights that are not 0 are hardly better: all units of a layer get the same gradient and stay copies of each other.
# The *last* layer alone may be 0: its inputs differ, so its gradients differ, and after the first step it is not 0
# any more.
#
# </details>
#
# **2.** The loss is `nan` after a few steps. What do you look at first?
#
# <details><summary>Answer</summary>
#
# The loss before the first step: it should be $\log C$. If it is, the learning rate: divide it by ten. A step that
# is too large makes larger gradients, which make a larger step; a few rounds of that are enough for an overflow. If
# the loss at the start is wrong already, the learning rate is innocent: look at the data and at the last layer.
#
# </details>
#
# **3.** The settings in the authors' code are a learning rate of $10^{-10}$ and momentum 0.99, and whoever runs it
# sees losses around $10^5$. How can that learn anything?
#
# <details><summary>Answer</summary>
#
# Their loss is the *sum* over the pixels of a picture, not the mean. A picture of 500 x 375 has 187,500 pixels, so
# $10^{-10}$ on the sum is $1.9 \cdot 10^{-5}$ on the mean. Momentum 0.99 makes persistent steps 100 times as long:
# $1.9 \cdot 10^{-3}$. The paper's own setting, $10^{-4}$ with momentum 0.9 on a mean, comes to
# $10^{-4} \cdot 10 = 10^{-3}$. The two are the same size. And the loss: $187{,}500 \cdot \log 21 = 571{,}000$ is
# where a sum over 21 classes must start.
#
# </details>
#
# ## Two open problems
#
# **1.** A network with one hidden layer of two numbers can bend its border twice. Is that enough for the two moons?
# Find the smallest network that gets 98 % of the new points right, from at least eight of ten starts. Is it the same
# for a network with two hidden layers?
#
# **2.** Give 10 % of the 300 points the wrong label, and train for 20,000 steps. Plot the loss on the training points
# and on the new ones. When should you have stopped? Can you tell without looking at the new points?
#
# ## The paper
#
# Section 4.3 trains by SGD with momentum 0.9, on batches of 20 pictures, with a fixed learning rate of $10^{-4}$ for
# the net that is made from VGG16, twice that for biases, and a score layer that starts at zero. You have now built
# all of it, from the derivative to the step, except for the pictures. Lesson 5 begins with those.
