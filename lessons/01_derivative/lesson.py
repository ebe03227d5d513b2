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
# # Lesson 1: A derivative, by hand and by machine
#
# If one number in a network were a little larger, how much would the loss change? A network learns by asking this
# of every number in it, and FCN-32s has 134 million. How can a machine answer for all of them, exactly, in little
# more time than the loss itself takes?
#
# In this lesson you write such a machine, for plain numbers. It has three parts: a number that remembers how it
# was computed, an order in which to go back, and the walk back. At the end it trains a small network.
#
# *Section 3 of the paper (nets whose loss is a sum over pixels) · needs school calculus · [letters](../../lessons/letters.md) · 95 minutes*
#
# 1. [By hand](#1.-By-hand)
# 2. [A number that remembers](#2.-A-number-that-remembers)
# 3. [Who has to wait?](#3.-Who-has-to-wait?)
# 4. [The walk back](#4.-The-walk-back)
# 5. [It learns](#5.-It-learns)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import math

import numpy as np

from minifcn import plot
from minifcn.course import check, hint

# %% [markdown]
# ## 1. By hand
#
# Take $y = a \cdot b + a$ at $a = 3$, $b = -2$. Then $y = -6 + 3 = -3$. What happens to $y$ if $a$ grows by a
# thousandth?
#
# $$3.001 \cdot (-2) + 3.001 = -6.002 + 3.001 = -3.001.$$
#
# $y$ fell by a thousandth. It moves $-1$ times as fast as $a$. This ratio is the *slope* or *derivative*,
# $\partial y/\partial a = -1$. (Others call a slope inside a larger computation a *local derivative*.)
#
# Now the same without trying it out. Call the product $p = a \cdot b$, so that $y = p + a$. Each of these two steps
# has slopes that we can read off:
#
# | step | slope for the first input | slope for the second input |
# |---|---|---|
# | $p = a \cdot b$ | $\partial p/\partial a = b = -2$ | $\partial p/\partial b = a = 3$ |
# | $y = p + a$ | $\partial y/\partial p = 1$ | $\partial y/\partial a = 1$ |
#
# (A product moves by $b$ when $a$ moves by 1. Each factor's slope is the *other* factor.)
#
# There are two paths from $a$ up to $y$. One goes through $p$: $a$ moves $p$ with the factor $-2$, and $p$ moves
# $y$ with the factor 1, together $1 \cdot (-2) = -2$. The other goes straight to $y$: 1. Both happen together, so
# they add:
#
# $$\frac{\partial y}{\partial a} = 1 \cdot (-2) + 1 = -1, \qquad \frac{\partial y}{\partial b} = 1 \cdot 3 = 3.$$
#
# That is the whole chain rule, in two sentences:
#
# > **Along a path, slopes multiply. Over several paths, they add.**
#
# ## 2. A number that remembers
#
# None of this needs a person. A machine must know, for each number, what it was computed from, and the slope for each
# of these inputs. Both are known at the moment of computing, so that is the moment to write them down:
#
# | $y$ | inputs | slopes |
# |---|---|---|
# | $a + b$ | $a, b$ | $1, 1$ |
# | $a \cdot b$ | $a, b$ | $b, a$ |
# | $a^n$, $n$ a plain number | $a$ | $n\, a^{n-1}$ |
# | $e^a$ | $a$ | $e^a$, which is $y$ again |
# | $\tanh a$ | $a$ | $1 - y^2$ |
# | $\mathrm{relu}(a) = \max(a, 0)$ | $a$ | $1$ if $a > 0$, else $0$ |
#
# These are enough. $a - b$ is $a + (-1) \cdot b$, and $a / b$ is $a \cdot b^{-1}$; the class below already has them.
#
# The numbers in the middle column must be the *objects* themselves, not copies: later we want to walk from a result
# to its inputs, and on to theirs. And an operator must make a *new* object: after `b = a + 1` somebody may still need
# `a`.
#
# What about plain numbers, as in `a + 2` or `2 * a`? Python turns `a + 2` into `a.__add__(2)`. It first tries `2 * a`
# as `(2).__mul__(a)`, which fails because the 2 knows nothing of our class, and then as `a.__rmul__(2)`. The methods
# with an r are given below. Your part is to make sure that `other` may be a plain number.
#
# ### Exercise 1: a number that remembers
#
# Write the six missing methods. If you are stuck, run `hint("01.Value")` in a cell of its own. Each call says more.


# %%
class Value:
    """A number that remembers how it was computed.

    data:   the number
    inputs: the Values that it was computed from, a tuple; empty for a leaf
    slopes: for each input the slope d(this)/d(input), a tuple of numbers
    grad:   dL/d(this), filled in by backward(L); 0.0 before

    Example: with a = Value(3.0) and b = Value(-2.0), y = a * b has y.data = -6.0,
    y.inputs = (a, b) and y.slopes = (-2.0, 3.0).
    """

    def __init__(self, data, inputs=(), slopes=()):
        self.data, self.inputs, self.slopes = data, inputs, slopes
        self.grad = 0.0

    def __add__(self, other):
        """self + other; `other` is a Value or a plain number."""
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))
        ### END SOLUTION

    def __mul__(self, other):
        """self * other; `other` is a Value or a plain number."""
        ### BEGIN SOLUTION
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))
        ### END SOLUTION

    def __pow__(self, exponent):
        """self ** exponent; the exponent is a plain number, not an input."""
        ### BEGIN SOLUTION
        return Value(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))
        ### END SOLUTION

    def exp(self):
        """e to the power of self."""
        ### BEGIN SOLUTION
        y = math.exp(self.data)
        return Value(y, (self,), (y,))
        ### END SOLUTION

    def tanh(self):
        """The hyperbolic tangent; its slope is 1 - tanh(x)**2.

        It must work for x = 400, too (math.tanh does).
        """
        ### BEGIN SOLUTION
        y = math.tanh(self.data)
        return Value(y, (self,), (1.0 - y * y,))
        ### END SOLUTION

    def relu(self):
        """self where it is positive, else 0. At 0 exactly the slope is 0, as in PyTorch."""
        ### BEGIN SOLUTION
        return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))
        ### END SOLUTION

    # The rest is made of these. Python computes 2 + a as a.__radd__(2), since the 2 does not know
    # what a Value is.

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    def __truediv__(self, other):
        return self * other**-1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return self**-1 * other

    def __repr__(self):
        return f"Value({self.data:g}, grad={self.grad:g})"


# %%
check("01.Value", Value)

# %% [markdown]
# If the check is green, your class has recorded the graph of the worked example. Here it is, from the inputs at
# the top to the result at the bottom, with the slopes that you wrote down. (Others call it the *computational graph*.)
#
# **What do you expect?** Two paths lead from $a$ to $y$. Which slopes lie on each, and what is their sum?


# %%
def draw(root, text, **names):
    """The graph of `root`: in each box its name (a plain number has none) and text(node)."""
    names = {node: name for name, node in names.items()}

    def label(node):
        return f"{names.get(node, 'number')}\n{text(node)}"

    return plot.value_graph(root, lambda node: node.inputs, label)


def recorded(node):
    slopes = ", ".join(f"{slope:g}" for slope in node.slopes)
    return f"{node.data:g}" + (f"\nslopes {slopes}" if slopes else "")


# %% tags=["expected"]
a, b = Value(3.0), Value(-2.0)
p = a * b
y = p + a
draw(y, recorded, a=a, b=b, p=p, y=y)

# %% [markdown]
# ## 3. Who has to wait?
#
# Now the way back. The result $z$ starts with $dz/dz = 1$. Each node passes to each of its inputs its own derivative
# times the slope, and whatever a node receives from several sides, it adds up. (Others call what a node receives the
# *upstream gradient*; from lesson 2 on, so do we.) In which order should the nodes do this?
#
# A small example shows that it matters: $u = a + 1$, $v = u \cdot u$, $z = v + u$, at $a = 3$. So $u = 4$,
# $v = 16$, $z = 20$. Since $z = u^2 + u$, we know the answer: $dz/da = 2u + 1 = 9$.
#
# Suppose that every node passes on whatever it has, as soon as it receives something:
#
# 1. $z$ has 1. It passes 1 to $v$ and 1 to $u$.
# 2. $u$ has 1 now. It passes 1 to $a$.
# 3. $v$ has 1. It passes $1 \cdot 4$ to $u$, and $1 \cdot 4$ once more, since $u$ is both of its inputs.
# 4. $u$ has $1 + 4 + 4 = 9$ now. It passes 9 to $a$.
#
# **What do you expect?** What does $a$ have now? Draw the four steps on paper before you look at the picture.

# %% tags=["expected"]
a, one = Value(3.0), Value(1.0)
u = a + one
v = u * u
z = v + u
has = {z: "1", v: "1", u: "1, then 9", a: "1, then 10", one: "1, then 10"}
passed = {(z, 0): "1", (z, 1): "1", (v, 0): "4", (v, 1): "4", (u, 0): "1, 9", (u, 1): "1, 9"}
names = {a: "a", one: "1", u: "u", v: "v", z: "z"}
plot.value_graph(
    z,
    lambda node: node.inputs,
    lambda node: f"{names[node]}\nhas {has[node]}",
    lambda node, k: passed[node, k],
)

# %% [markdown]
# The arrows point in the direction of the computation; what is passed back along them is in orange. $a$ has
# $1 + 9 = 10$, and ten is wrong. The first 1 that $u$ received went on to $a$ twice, once in step 2 and once more as
# a part of the 9. The mistake was step 2: **$u$ must wait until everything that was computed from $u$ has passed on
# its part.** Had it waited, it would have passed on 9, once.
#
# (Passing on only the *new* part each time would be right, too: 1, then 4, then 4. But then every path is walked
# separately, and 40 doublings in a row have $2^{40}$ paths, about a million times a million.)
#
# So we need a list of the nodes in which every node comes *after* all of its inputs. Read from its end, it has
# every node after all of its users. Such a list is called a *topological order*. Here are two right ones and two
# wrong ones:
#
# | | |
# |---|---|
# | $a, 1, u, v, z$ | right |
# | $1, a, u, v, z$ | right as well |
# | $a, 1, v, u, z$ | wrong: $u$ is an input of $v$ |
# | $z, v, u, 1, a$ | wrong way round |
#
# How do we find one? With a list of things to do, used as a stack: what was put on last is done first. There are
# two kinds of things. `u?` means: visit $u$. `u!` means: all inputs of $u$ are in the order by now, so $u$ may
# follow. A first visit to $u$ puts back `u!` and on top of it a visit to each input. A second visit finds that $u$
# was seen, and does nothing.
#
# | taken off | put on the stack | stack after that | order |
# |---|---|---|---|
# | | `z?` | `z?` | |
# | `z?` | `z!` `v?` `u?` | `z!` `v?` `u?` | |
# | `u?` | `u!` `a?` `1?` | `z!` `v?` `u!` `a?` `1?` | |
# | `1?` | `1!` (no inputs) | `z!` `v?` `u!` `a?` `1!` | |
# | `1!` | | `z!` `v?` `u!` `a?` | 1 |
# | `a?`, then `a!` | `a!` in between | `z!` `v?` `u!` | 1, a |
# | `u!` | | `z!` `v?` | 1, a, u |
# | `v?` | `v!` `u?` `u?` | `z!` `v!` `u?` `u?` | 1, a, u |
# | `u?`, `u?` | nothing: seen | `z!` `v!` | 1, a, u |
# | `v!` | | `z!` | 1, a, u, v |
# | `z!` | | | 1, a, u, v, z |
#
# Two things to note. $z$ is computed from $v$ and $u$, and the stack happened to visit $u$ first, but $v$ would have
# done as well: `v!` waits below whatever $v$ still needs. And a node counts as seen from its first visit on, so it
# enters the order once, however many others use it.
#
# A function that calls itself would be shorter, and it is what most people write first. It needs one call inside
# another for each node of a chain, and Python stops at about a thousand of them. A sum of 5000 terms is such a
# chain: each `total = total + term` uses the one before.
#
# ### Exercise 2: an order in which no node comes too early


# %%
def topological_order(root):
    """Every node that `root` was computed from, and `root` itself: a list.

    Each node is in it once, and after all of its inputs.

    root: an object with `.inputs`, a tuple of such objects (a Value, for example)

    Example: for u = a * b and z = u + a, topological_order(z) is [a, b, u, z] or [b, a, u, z].
    It must cope with chains of many thousands of nodes: no recursion.
    """
    ### BEGIN SOLUTION
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(x, False) for x in node.inputs]
    return order
    ### END SOLUTION


# %%
check("01.topological_order", topological_order)

# %% [markdown]
# Here is your order, written into the graph. Every arrow must go from a smaller to a larger number. (Other orders
# than the one shown are right, too.)
#
# **What do you expect?** Which nodes have the same place in *every* right order?

# %% tags=["expected"]
a = Value(3.0)
u = a + 1
v = u * u
z = v + u
place = {node: k for k, node in enumerate(topological_order(z), 1)}
draw(z, lambda node: f"{node.data:g}\nplace {place[node]}", a=a, u=u, v=v, z=z)

# %% [markdown]
# ## 4. The walk back
#
# With the order in hand, the walk is short. Give the root its 1. Then, from the last node of the order to the first:
# for each of the node's inputs, **add** slope times the node's `grad` to the input's `grad`. Add, never set: $u$
# above receives something three times.
#
# ### What does a second `backward` do?
#
# Take $u = 3a$, $z = 2u$, so $dz/da = 6$. Call `backward(z)` twice. What should `a.grad` be? There are three possible
# answers:
#
# | `a.grad` after two calls | how it comes about |
# |---|---|
# | 6 | every call first sets all gradients to 0 |
# | 12 | the leaves keep what they have and add to it; all others start anew |
# | 18 | $z$ is set to 1 again, nothing else to 0: $u$ has its old 2, gets 2 more, and passes on $3 \cdot 4 = 12$, on top of the 6 that $a$ has |
#
# 18 is a bug. 6 would be fine, but 12 is more useful, and it is what PyTorch and minifcn do. A loss over a
# thousand pictures is a sum of a thousand losses, and its derivative is the sum of their derivatives. If leaves
# add, you can call `backward` for one picture after the other, and throw away each graph before you build the
# next. The price: after each step of training *you* must set the gradients of the leaves back to 0. Forgetting
# that is a classic bug of training loops.
#
# The numbers in between, which have inputs, are another matter. Their gradient is a stop on the way, and belongs
# to one call.
#
# ### Exercise 3: the walk


# %%
def backward(root):
    """Fill in `.grad` = d(root)/d(node) for root and every node that it was computed from.

    A leaf (a node without inputs) gets the derivative ADDED to its grad. Every other node starts
    anew: what an earlier call left in it is forgotten. A root that is a leaf itself gets 1 added.
    Returns nothing.

    Example: u = 3 * a, z = 2 * u. After backward(z), z.grad is 1, u.grad is 2 and a.grad is 6;
    after a second backward(z) they are 1, 2 and 12.
    """
    ### BEGIN SOLUTION
    order = topological_order(root)
    for node in order:
        if node.inputs:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        for x, slope in zip(node.inputs, node.slopes):
            x.grad += slope * node.grad
    ### END SOLUTION


# %%
check("01.backward", backward)

# %% [markdown]
# The example of section 3, with its gradients. $u$ has waited, and $a$ has 9.

# %% tags=["expected"]
backward(z)
draw(z, lambda node: f"{node.data:g}\ngrad {node.grad:g}", a=a, u=u, v=v, z=z)

# %% [markdown]
# Is that the derivative? We nudge $a$, as at the beginning, and look. (Lesson 2 is about how far such nudging can
# be trusted.) Then the second call: $a$ gets another 9, and so does the nameless 1, which is a leaf as well. $u$
# stays at 9. And with `a.grad` set back to 0, as in training, a third call gives 9 again.
#
# **What do you expect?** What would the second line say if the inner nodes kept their gradients as well?

# %% tags=["expected"]
nudged = (Value(3.001) + 1) ** 2 + (Value(3.001) + 1)
print(f"z moves by {nudged.data - z.data:.6f} when a moves by 0.001")
print(f"after one backward       a.grad is {a.grad:2g}, u.grad is {u.grad:g}")
backward(z)
print(f"after a second one       a.grad is {a.grad:2g}, u.grad is {u.grad:g}")
a.grad = 0.0
backward(z)
print(f"a set to 0, then again   a.grad is {a.grad:2g}, u.grad is {u.grad:g}")

# %% [markdown]
# ## 5. It learns
#
# Nine points on a curve, and two models for them. The first is a line, $w x + c$. The second is a small network of
# four *neurons*: each computes $\tanh(w_i x + c_i)$, and the model is a weighted sum of the four.
#
# The loss is the mean of the squared errors. Training repeats four things: compute the loss, set the gradients of
# the leaves to 0, call your `backward`, and move every parameter a little *against* its gradient, which is
# downhill.
#
# **What do you expect?** The points lie on $0.4x + \sin 2x$. What will the error of the line do after the first few
# steps? And the error of the network, which has 12 numbers to learn?

# %%
xs = np.linspace(-2, 2, 9).tolist()
ys = [0.4 * x + math.sin(2 * x) for x in xs]


def train(model, parameters, steps, rate):
    """Fit a model to the points, in place; returns the loss before each step."""
    losses = []
    for _ in range(steps):
        loss = sum((model(x) - y) ** 2 for x, y in zip(xs, ys)) / len(xs)
        for p in parameters:
            p.grad = 0.0
        backward(loss)
        for p in parameters:
            p.data -= rate * p.grad
        losses.append(loss.data)
    return losses


# %% tags=["expected"]
rng = np.random.default_rng(0)
w, c = Value(0.0), Value(0.0)
neurons = [[Value(float(v)) for v in rng.normal(size=3)] for _ in range(4)]


def line(x):
    return w * x + c


def network(x):
    return sum(out * (weight * x + bias).tanh() for weight, bias, out in neurons)


curves = {
    "line": train(line, [w, c], steps=800, rate=0.1),
    "four neurons": train(network, [p for neuron in neurons for p in neuron], steps=800, rate=0.1),
}
plot.lines(
    {name: (range(800), losses) for name, losses in curves.items()},
    x="step",
    y="mean squared error",
    log="y",
)

# %% [markdown]
# The line is soon as good as a line can be, and no better. The network goes on. What have they made of the points?

# %% tags=["expected"]
fine = np.linspace(-2.2, 2.2, 89).tolist()
curves = {
    "line": (fine, [line(x).data for x in fine]),
    "four neurons": (fine, [network(x).data for x in fine]),
    "the points": (xs, ys),
}
plot.lines(curves, x="x", y="y", dots=("the points",))

# %% [markdown]
# Everything that follows in this course, up to FCN-8s, is the same walk back, with more numbers and larger steps of
# computation.
#
# ## Where this stands in minifcn
#
# minifcn does the same with whole arrays. The slope of one array with respect to another would be a huge matrix, so
# its operations do not store slopes. They store what they need to *multiply* by them, and do so when asked; lesson 3
# is about that.
#
# | yours | minifcn | the difference |
# |---|---|---|
# | `Value.data`, `Value.grad` | `Tensor.data`, `Tensor.grad` in `tensor.py` | arrays in place of numbers |
# | `Value.inputs` | `Tensor.grad_fn.inputs`, a `Function` in `function.py` | the operation stands between result and inputs |
# | `Value.slopes` | `Function.backward(grad)` | gives slope times `grad` for each input, never the slope alone |
# | the slopes `b, a` of a product | `Mul.derivatives`: `grad * b` and `grad * a`, in `operators/arithmetic.py` | the same formula |
# | `topological_order(root)` | `topological_order(root)` in `autograd.py` | the same stack of pairs; skips what needs no gradient |
# | `backward(root)` | `backward(root, gradient)` in `autograd.py` | the root may be an array, and start with any gradient |
# | grads of inner nodes start anew | `gradients`, a dict that lives for one call | inner tensors keep no `.grad` at all |
# | leaves add | `kept(before, grad, owned)`: `before + grad` | the same |
#
# One thing is new there. After the walk minifcn frees what the operations had stored, since arrays are large. A
# second `backward` on the same graph is then an error with a message, unless the first call had `retain_graph=True`.
# Then it adds to the leaves, as yours does.
#
# ## Three questions
#
# **1.** Could `backward` do without a topological order, by walking down from the root and passing on each part as it
# comes?
#
# <details><summary>Answer</summary>
#
# Only if each node passes on nothing but the new part, and then it walks every path by itself. In the chain of
# doublings `b = a + a`, `c = b + b`, ... each step doubles the number of paths. With the order, each node passes on
# its gradient once, when it is complete: the work is one product and one sum for each arrow of the graph. If a node
# passes on what it has so far, more than once, the result is wrong: section 3 gave 10 for 9.
#
# </details>
#
# **2.** In `train`, what happens if you leave out `p.grad = 0.0`?
#
# <details><summary>Answer</summary>
#
# Leaves add, so step $n$ moves along the sum of all $n$ gradients so far. Old gradients, from places long left,
# count as much as the new one, and the sum grows. The parameters shoot past the minimum and swing. (A sum in which
# old gradients *fade* is useful. It is called momentum, and comes in lesson 4.)
#
# </details>
#
# **3.** You could get each derivative by nudging: change one number, compute the loss again. What does that cost
# for the 134 million parameters of FCN-32s, and what does `backward` cost?
#
# <details><summary>Answer</summary>
#
# Nudging computes the loss 134 million times, plus once. One `backward` goes through each arrow of the graph once,
# with a product and a sum, so it costs a small multiple of one computation of the loss. That is why the walk goes
# from the result to the inputs: there is one result and there are many inputs. For a function of one input with many
# results, the other direction would be the cheap one.
#
# </details>
#
# ## Two open problems
#
# **1.** Your walk needs the whole graph in memory until it is over. For a sum of a million terms that is a million
# nodes. Think of *forward* differentiation: each number carries its value and its slope with respect to one chosen
# input, and needs no graph. Write such a class. For which of the two training runs above would you choose it, and at
# how many parameters would you change your mind? Measure.
#
# **2.** Give `Value` an operation `max(a, b)`. At $a = b$ the derivative does not exist. Choose slopes for both
# inputs there, and find an expression that has a derivative there, while your choice gives a number that no nudge,
# from either side, confirms.
#
# ## The paper
#
# The networks of Long, Shelhamer and Darrell (section 3) give scores for every pixel, and their loss is a sum over
# the pixels. Its gradient is therefore the sum of the pixels' gradients, and one step on a whole picture is the same
# as a step on all of its pixels together. This is the rule that you have just written: over several paths,
# derivatives add. A weight of a convolution is used at every pixel. It is a leaf with as many paths as there are
# pixels.
