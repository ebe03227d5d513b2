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
# # Lesson 3: Tensors
#
# Lesson 1's `Value` finds any derivative, so why not build the whole network from Values, and be done?
#
# Because a network has too many numbers. In this lesson a node of the graph holds a whole *array*. You write the three
# operations that layers are made of, each with its way back, and then lesson 1's walk once more, over arrays. At the
# end your own machine fits a curve.
#
# *Section 3 of the paper (a net's data are arrays, from the image to the scores) · builds on lessons 1 and 2 · [letters](../../lessons/letters.md) · with the optional section 7 (30 minutes) · 150 minutes*
#
# (Better two evenings, with a break after section 3.)
#
# 1. [One row, used by many](#1.-One-row,-used-by-many)
# 2. [Two inputs](#2.-Two-inputs)
# 3. [Many become one](#3.-Many-become-one)
# 4. [The matrix product](#4.-The-matrix-product)
# 5. [The walk back, over arrays](#5.-The-walk-back,-over-arrays)
# 6. [Put together: a curve that learns](#6.-Put-together:-a-curve-that-learns)
# 7. [Write the test](#7.-Write-the-test)
#
# First, count. A *layer* takes a row of numbers $x$ and gives the row $y = xW + b$. With two numbers in and three out,
# $W$ has 2 x 3 weights and $b$ has 3. Each output is two products and two sums, 4 operations, so one row takes 3 x 4 =
# 12.
#
# **What do you expect?** How many operations do 8 rows take? (Each of them is a Python object with a gradient of its own.)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import inspect

import numpy as np

import minifcn
from minifcn import plot
from minifcn.course import accepted_by, check, earlier, hint
from minifcn.operators import arithmetic

Value, topological_order = earlier("01.Value", "01.topological_order")
gradcheck = earlier("02.gradcheck")
rng = np.random.default_rng(0)

W = [[Value(1.0), Value(0.0), Value(2.0)], [Value(0.5), Value(-1.0), Value(1.0)]]
b = [Value(0.0), Value(1.0), Value(0.0)]
batch = [[Value(float(i)), Value(1.0)] for i in range(8)]
results = [x[0] * W[0][j] + x[1] * W[1][j] + b[j] for x in batch for j in range(3)]
nodes = {node for result in results for node in topological_order(result)}
print("operations:", sum(len(node.inputs) > 0 for node in nodes))

# %% [markdown]
# The first convolution of VGG16 has 64 outputs at each of 224 x 224 pixels, and each output is a sum of 27 products:
# 50,176 x 64 x 27 = 86,704,128 products, for one picture, in the cheapest of its convolutions. So no.
#
# But look at the batch again: it is the same formula 24 times. If a node of the graph held a whole array, two nodes
# would do: one matrix product, (8, 2) @ (2, 3), and one sum, (8, 3) + (3,). That is a **tensor**: an array that
# remembers how it was computed. (Others call any array with more than two axes a tensor, and the graph of a
# computation the *computational graph*.)
#
# What is new is what happens inside a node. Each one needs a `forward` from arrays to an array, and a `backward`:
#
# - `backward` is given $g = dL/dy$, the derivative of the loss $L$ by the node's result $y$: the *upstream gradient*,
#   `grad` in the code. It has the shape of $y$: one number for each number in $y$.
# - It returns $dL/dx$ for each input $x$. That has the shape of $x$.
#
# **A gradient always has the shape of the thing that it is the gradient of.** Many mistakes of this lesson show up
# as a wrong shape. Others have the right shape and wrong numbers, and the checks look for those. (Others call what
# `backward` computes a *vector-Jacobian product*; question 2 at the end says why.)
#
# ## 1. One row, used by many
#
# Above, $xW$ has the shape (8, 3) and $b$ has the shape (3,). NumPy adds them all the same: it *broadcasts* $b$,
# which means that it acts as if $b$ stood there 8 times. Let there be two rows, and let the derivatives of the loss by
# the six numbers of $y$ be
#
# $$g = \begin{pmatrix} 1 & 2 & 3 \\ 10 & 20 & 30 \end{pmatrix}.$$
#
# **What do you expect?** $b_0 = 10$ is used in both rows of the first column. What is $dL/db_0$?

# %%
plot.broadcasting(np.array([10.0, 20, 30]), np.array([[1.0, 2, 3], [10, 20, 30]]))

# %% [markdown]
# Lesson 1: if something is used twice, its gradients add. So $dL/db_0 = 1 + 10 = 11$. In the same way
# $dL/db_1 = 2 + 20 = 22$ and $dL/db_2 = 3 + 30 = 33$.
#
# This is the whole idea: **what broadcasting copies on the way forward, is summed on the way back.** To know what
# was copied, write the shape of the array below the shape of the result and line them up *at the last axis*:
#
# | result (2, 3, 4) and | the array was copied along | so sum $g$ over |
# |---|---|---|
# | `(   3, 4)` | the first axis, which it does not have | axis 0, which disappears |
# | `(2, 1, 4)` | the middle axis, where its size is 1 | axis 1, which stays, with size 1 |
# | `(   3, 1)` | both | axis 0, which disappears, and axis 2, which stays |
# | `(      4)` | two axes that it does not have | axes 0 and 1, which disappear |
# | `(       )`, a number | all three | all of them |
#
# Two kinds of axes, then: *new* ones, always in front, and those of *size 1*. A size of 1 where the result has 1,
# too, was not copied, but a sum over a single number changes nothing.
#
# `grad.sum(axis=(0, 2))` sums over several axes in one go; with `keepdims=True` they stay, with size 1.
#
# ### Exercise 1: back from broadcasting
#
# If you are stuck, run `hint("03.unbroadcast")` in a cell of its own. Each call says more.


# %%
def unbroadcast(grad, shape):
    """The way back from broadcasting: sum `grad` over the axes along which an array was copied.

    shape:   the shape of that array
    grad:    an array whose shape is what `shape` broadcasts to
    returns: an array of `shape`

    With grad = [[1, 2, 3], [10, 20, 30]]:
        unbroadcast(grad, (3,))   -> [11, 22, 33]
        unbroadcast(grad, (2, 1)) -> [[6], [60]]
        unbroadcast(grad, (2, 3)) -> grad
    """
    ### BEGIN SOLUTION
    new = grad.ndim - len(shape)
    grad = grad.sum(axis=tuple(range(new)))
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return grad.sum(axis=stretched, keepdims=True)
    ### END SOLUTION


# %%
check("03.unbroadcast", unbroadcast)

# %% [markdown]
# Lesson 2 warned of formulas that look right. Here is a second opinion that needs no derivative at all. Broadcasting
# is *linear*: it is a matrix $B$ that takes the 3 numbers of $b$ to the 6 numbers of its two copies. To see a column
# of $B$, broadcast an array that is 1 in one place and 0 elsewhere. To see the matrix of your function, do the same
# with it.

# %% tags=["expected"]
B = np.stack([np.broadcast_to(unit, (2, 3)).ravel() for unit in np.eye(3)], axis=1)
yours = np.stack([unbroadcast(unit.reshape(2, 3), (3,)) for unit in np.eye(6)], axis=1)
print("B, which broadcasts", B.astype(int), sep="\n")
print("yours, which goes back", yours.astype(int), sep="\n")
print("your matrix is the transpose of B:", np.array_equal(yours, B.T))

# %% [markdown]
# A row of $B$ says where a copy comes from. A row of $B^T$ says where the copies of one number went. This will come
# back in lessons 5, 6 and 12: **the backward of a linear map is its transpose**, for copies as for convolutions.
#
# ## 2. Two inputs
#
# Here is a complete operation, for $y = a + b$. Its slope is 1 in both inputs, so each gets $g$ itself, brought back to
# its own shape. `forward` runs first, and leaves on `self` whatever `backward` will need. It belongs on `self`, not on
# the class: a network uses many sums, and each has shapes of its own.


# %%
class Add:
    """y = a + b, element by element; a and b broadcast."""

    def forward(self, a, b):
        self.shapes = a.shape, b.shape
        return a + b

    def backward(self, grad):
        return tuple(unbroadcast(grad, shape) for shape in self.shapes)


# %% [markdown]
# Now the product. For single numbers $y = ab$ has the slopes $\partial y/\partial a = b$ and
# $\partial y/\partial b = a$, so $dL/da = g \cdot b$ and $dL/db = g \cdot a$. For arrays the
# same holds element by element.
#
# Where something was broadcast, mind the order. Take $a = 2$, one number, and $b = (5, 7)$, so $y = (10, 14)$, and
# let $g = (1, 3)$. The 2 met a 5 and a 7: $dL/da = 1 \cdot 5 + 3 \cdot 7 = 26$. First multiply, then sum.
# Summing first would give $1 + 3 = 4$, and it would be too late to multiply it with either.
#
# ### Exercise 2: the product


# %%
class Mul:
    """y = a * b, element by element; a and b broadcast.

    dL/da = grad * b and dL/db = grad * a, each brought back to the shape of its own array.
    With a = [2, 3], b = [5, 7] and grad = [1, -1]: dL/da = [5, -7], dL/db = [2, -3].
    """

    def forward(self, a, b):
        """The product; keeps on `self` what backward needs."""
        ### BEGIN SOLUTION
        self.a, self.b = a, b
        return a * b
        ### END SOLUTION

    def backward(self, grad):
        """Given dL/dy, of the shape of y, the pair (dL/da, dL/db), of the shapes of a and b."""
        ### BEGIN SOLUTION
        grad_a = unbroadcast(grad * self.b, self.a.shape)
        grad_b = unbroadcast(grad * self.a, self.b.shape)
        return grad_a, grad_b
        ### END SOLUTION


# %%
check("03.Mul", Mul)

# %% [markdown]
# A multiplication table is the product of a column and a row. The 2 in $a$ met 1, 10 and 100.
#
# **What do you expect?** Its row of $g$ is $(0, 1, 1)$. What is its gradient?

# %% tags=["expected"]
a, b = np.array([[1.0], [2], [3]]), np.array([[1.0, 10, 100]])
grad = np.array([[1.0, 0, 0], [0, 1, 1], [0, 0, -1]])
product = Mul()
y = product.forward(a, b)
grad_a, grad_b = product.backward(grad)
marks = {"a": [(1, 0, 1, 1)], "g": [(1, 0, 1, 3)], "dL_by_da": [(1, 0, 1, 1)]}
plot.grids(a=a, b=b, y=y, g=grad, dL_by_da=grad_a, dL_by_db=grad_b, marks=marks)

# %% [markdown]
# It collects its whole row: $0 \cdot 1 + 1 \cdot 10 + 1 \cdot 100 = 110$. And what does lesson 2's gradient check say,
# on arrays that both get broadcast?


# %% tags=["expected"]
def product_of(a, b):
    return Mul().forward(a, b)


def way_back(grad, a, b):
    operation = Mul()
    operation.forward(a, b)
    return operation.backward(grad)


print(gradcheck(product_of, way_back, rng.standard_normal((4, 1, 3)), rng.standard_normal((2, 1))))

# %% [markdown]
# ## 3. Many become one
#
# A loss is one number, so somewhere the many must become one. `sum` does it. Its slope is 1 in every summand, so
# every summand gets the whole gradient of the sum: on the way back, $g$ is *copied*. Compare:
#
# | | forward | backward |
# |---|---|---|
# | broadcasting | copies | sums |
# | sum | sums | copies |
#
# Each is the transpose of the other. The *mean* of $n$ numbers is their sum divided by $n$, and so is its gradient:
# if one of three numbers grows by 1, their mean grows by 1/3. What is $n$? Not always the size of the array. The
# mean of a (2, 3) array over axis 1 is two means, of three numbers each.
#
# There is one trap. `x.mean(axis=1)` *drops* axis 1. Here x is 3 x 3, so its means over axis 1 are three numbers,
# one for each row, and so is $g$.
#
# **What do you expect?** If you broadcast $g = (3, 6, 9)$ back as it is, does it fit? Is it right?

# %%
grad = np.array([3.0, 6, 9])
print("lined up as it is: wrong", np.broadcast_to(grad / 3, (3, 3)), sep="\n")
print("axis 1 put back: right", np.broadcast_to(grad[:, None] / 3, (3, 3)), sep="\n")

# %% [markdown]
# It fits, since NumPy lines it up at the last axis, and it is wrong: each column has one value, where each row should.
# `np.expand_dims(grad, axis)` puts a dropped axis back, with size 1. It takes a tuple as well, and negative axes.
# Only where the axis is really gone, of course: `keepdims=True` has kept it, and the mean over everything
# (`axis=None`) is a number, which broadcasts to any shape. `np.broadcast_to(array, shape)` makes the copies.
#
# A detail that costs memory if you miss it: float32 must stay float32. `array / n` keeps the dtype if `n` is a
# Python number. If `n` is a NumPy integer, as `np.prod` gives it, a float32 array becomes float64. `x.size` is a
# Python number.
#
# ### Exercise 3: the mean


# %%
class Mean:
    """y = the mean of x over some axes, or over all of them.

    axis:     an int, a tuple of ints, or None for all; ints may be negative
    keepdims: whether the axes stay, with size 1
    With x = [[1, 2, 6], [4, 8, 0]] and axis=1, y = [3, 4].
    Then grad = [3, -6] gives [[1, 1, 1], [-2, -2, -2]].
    """

    def forward(self, x, axis=None, keepdims=False):
        """The mean; keeps on `self` what backward needs."""
        ### BEGIN SOLUTION
        y = x.mean(axis=axis, keepdims=keepdims)
        self.shape, self.axis, self.keepdims = x.shape, axis, keepdims
        self.count = x.size // max(y.size, 1)
        return y
        ### END SOLUTION

    def backward(self, grad):
        """Given dL/dy, of the shape of y, dL/dx, of the shape of x."""
        ### BEGIN SOLUTION
        if self.axis is not None and not self.keepdims:
            grad = np.expand_dims(grad, self.axis)
        return np.broadcast_to(grad / self.count, self.shape)
        ### END SOLUTION


# %%
check("03.Mean", Mean)

# %% [markdown]
# ## 4. The matrix product
#
# The last node, and the one that all the work is in. $y = ab$ with $a$ of shape $(n, k)$ and $b$ of shape $(k, m)$:
#
# $$ y_{ij} = \sum_l a_{il}\, b_{lj}. $$
#
# Take the smallest case, a row times a column: $a = (1, 2)$, $b = (3, 10)^T$, so $y = 1 \cdot 3 + 2 \cdot 10 = 23$.
# That is two products and a sum, and we know what those do: with $g = 2$,
# $dL/da = (2 \cdot 3, 2 \cdot 10) = (6, 20)$ and $dL/db = (2 \cdot 1, 2 \cdot 2)^T = (2, 4)^T$.
#
# In general $a_{il}$ is used in $y_{i0}, y_{i1}, \dots$, the whole row $i$ of $y$, each time with another number of
# $b$:
#
# $$ \frac{dL}{da_{il}} = \sum_j g_{ij}\, b_{lj}, \qquad
#    \frac{dL}{db_{lj}} = \sum_i a_{il}\, g_{ij}. $$
#
# Both are matrix products again. Which ones? The shapes leave no choice:
#
# | | shape | made of | |
# |---|---|---|---|
# | $g$ | (n, m) | | |
# | $dL/da$ | (n, k) | $g$ (n, m) and $b$ (k, m) | so $b$ must be transposed, and goes on the right |
# | $dL/db$ | (k, m) | $a$ (n, k) and $g$ (n, m) | so $a$ must be transposed, and goes on the left |
#
# The picture shows one number of $dL/db$, framed, and what it is made of: a column of $a$ and a column of $g$.
#
# **What do you expect?** The columns are $(1, 0, 3)$ and $(2, 0, 1)$. Which number belongs in the frame?

# %%
a = np.array([[1.0, 2], [0, 1], [3, 0]])
b = np.array([[1.0, 0, 2, 1], [0, 1, 1, -1]])
grad = np.array([[1.0, 0, 0, 2], [0, 1, 0, 0], [0, 0, 1, 1]])
grad_b = np.zeros((2, 4))
for l, j, i in np.ndindex(2, 4, 3):
    grad_b[l, j] += a[i, l] * grad[i, j]
marks = {"a": [(0, 0, 3, 1)], "g": [(0, 3, 3, 1)], "dL_by_db": [(0, 3, 1, 1)]}
plot.grids(a=a, b=b, y=a @ b, g=grad, dL_by_db=grad_b, marks=marks)

# %% [markdown]
# By hand: $1 \cdot 2 + 0 \cdot 0 + 3 \cdot 1 = 5$.
#
# NumPy's `@` takes *stacks* of matrices as well: (5, n, k) @ (5, k, m) is five products, and the axes in front of
# the last two broadcast. In (5, n, k) @ (k, m) all five share one $b$. A shared matrix is one that was copied, and
# you know what to do about copies. Beware of `.T` here: it turns *all* axes around. `x.swapaxes(-1, -2)` swaps the
# last two.
#
# ### Exercise 4: the matrix product


# %%
class MatMul:
    """y = a @ b for matrices a (..., n, k) and b (..., k, m); the axes in front broadcast.

    With a = [[1, 2]], b = [[3], [10]] and grad = [[2]]:
    y = [[23]], dL/da = [[6, 20]], dL/db = [[2], [4]].
    """

    def forward(self, a, b):
        """The product, of shape (..., n, m); keeps on `self` what backward needs."""
        ### BEGIN SOLUTION
        self.a, self.b = a, b
        return a @ b
        ### END SOLUTION

    def backward(self, grad):
        """Given dL/dy, of the shape of y, the pair (dL/da, dL/db), of the shapes of a and b."""
        ### BEGIN SOLUTION
        grad_a = grad @ self.b.swapaxes(-1, -2)
        grad_b = self.a.swapaxes(-1, -2) @ grad
        return unbroadcast(grad_a, self.a.shape), unbroadcast(grad_b, self.b.shape)
        ### END SOLUTION


# %%
check("03.MatMul", MatMul)

# %% [markdown]
# ## 5. The walk back, over arrays
#
# Three operations, each with its way back. What is missing is what calls them: lesson 1's walk. A `Value` had `data`,
# `inputs`, `slopes` and `grad`. A `Tensor` has the same, but for the slopes. The slope of an array by an array would be
# a huge matrix. In their place is the `operation`, the object whose `forward` was run: its `backward` multiplies by the
# slopes without ever writing them down.
#
# | lesson 1 | here |
# |---|---|
# | `x.grad += slope * node.grad` | `parts = node.operation.backward(g)`, one part for each input, added to what that input has |
# | the root starts with 1 | the root starts with `grad`, or with 1 if it is the loss itself |
# | a node waits until all its users are done: `topological_order` | the same, word for word |
# | leaves add over several calls; inner nodes start anew | leaves add; inner nodes keep *nothing* |
# | every leaf gets a gradient | only leaves with `requires_grad=True`: weights do, the data and targets do not |
#
# By hand, with two numbers in each array: $a = (3, 1)$, $b = (-2, 5)$, $y = a \cdot b + a$, and $g = (1, 10)$.
#
# 1. The sum gives $g$ to both of its inputs: the product $p$ has $(1, 10)$, and $a$ has $(1, 10)$.
# 2. The product gives $g \cdot b = (-2, 50)$ to $a$, and $g \cdot a = (3, 10)$ to $b$.
# 3. $a$ has $(1, 10) + (-2, 50) = (-1, 60)$. The first numbers, $-1$ and $3$, are those of lesson 1.
#
# Four details, and each has cost somebody an evening.
#
# - **One array or a tuple.** An operation of one input returns one array, not a tuple of one. A loop over the "parts"
#   of an array runs through its rows.
# - **None.** An operation may return None for an input that gets no gradient. Nothing arrives there: skip it. If
#   nothing at all arrives at a node, its operation's `backward` is not called.
# - **Arrays are shared.** `Add` may return one and the same array for both inputs. `grads[x] += part` would write into
#   it, and change the other input's gradient. `grads[x] + part` makes a new array. (With the numbers of lesson 1 this
#   could not happen.) For the same reason a leaf gets an array of its own, not the one that was handed to it.
# - **Broadcasting** does not concern the walk. It happens inside the operations, and your `unbroadcast` has undone it
#   before the part arrives.
#
# Where do the gradients live during the walk? In lesson 1 they lived on the nodes, and had to be set to 0 at the start.
# A dict `{tensor: gradient}` is made anew for each call, and forgotten when it is over, so a second call cannot find
# anything old. (A Tensor can be a key of a dict: it has no `==` of its own, so two are equal only if they are the same
# object.)
#
# ### Exercise 5: Tensor.backward


# %%
class Tensor:
    """An array that remembers how it was computed.

    data:          a NumPy array
    requires_grad: whether dL/ddata is wanted
    operation:     the object whose `forward` computed it, or None for a leaf
    inputs:        the Tensors that it was computed from; () for a leaf
    grad:          None, or dL/ddata; only leaves with requires_grad get one
    """

    def __init__(self, data, requires_grad=False, operation=None, inputs=()):
        self.data, self.requires_grad = np.asarray(data), requires_grad
        self.operation, self.inputs = operation, inputs
        self.grad = None

    @staticmethod
    def apply(operation, *inputs, **options):
        """Run operation.forward on the inputs' arrays; the resulting Tensor remembers both."""
        data = operation.forward(*(x.data for x in inputs), **options)
        return Tensor(data, any(x.requires_grad for x in inputs), operation, inputs)

    def backward(self, grad=None):
        """Add dL/dleaf to the `grad` of every leaf with requires_grad that self was computed from.

        grad: dL/dself, of the shape of self.data; None stands for 1, if self is the loss itself

        An operation's backward(grad) returns one array if it has one input, else a tuple with one
        array for each; None for an input that gets no gradient. It is called once in a walk, when
        all of its result's gradient has arrived, and not at all if nothing has. A second call of
        Tensor.backward adds to what the leaves have; tensors in between keep no grad. Each leaf
        gets an array of its own, and the arrays that operations return stay as they are.
        """
        ### BEGIN SOLUTION
        grads = {self: np.ones_like(self.data) if grad is None else np.asarray(grad)}
        for node in reversed(topological_order(self)):
            grad = grads.pop(node, None)
            if grad is None or not node.requires_grad:
                continue
            if node.operation is None:
                node.grad = grad.copy() if node.grad is None else node.grad + grad
                continue
            parts = node.operation.backward(grad)
            for x, part in zip(node.inputs, parts if isinstance(parts, tuple) else (parts,)):
                if part is not None and x.requires_grad:
                    grads[x] = grads[x] + part if x in grads else part
        ### END SOLUTION

    def __add__(self, other):
        return Tensor.apply(Add(), self, other)

    def __mul__(self, other):
        return Tensor.apply(Mul(), self, other)

    def __matmul__(self, other):
        return Tensor.apply(MatMul(), self, other)

    def mean(self, axis=None, keepdims=False):
        return Tensor.apply(Mean(), self, axis=axis, keepdims=keepdims)


# %%
check("03.Tensor", Tensor)

# %% [markdown]
# Here are both machines at the same work: the mean of $y = xw + c$ over two rows, from Values and from Tensors. Each
# box shows its gradient; where a Tensor in between has forgotten its own, the shape alone.
#
# **What do you expect?** The left graph has a leaf for each of the two numbers $x$, and for $w$ and $c$. On the right,
# how many leaves are there? And which gradients must agree?

# %% tags=["expected"]
backward = earlier("01.backward")
rows = [1.0, 5.0]

w, c = Value(2.0), Value(1.0)
y0, y1 = [Value(x) * w + c for x in rows]
value_mean = (y0 + y1) * 0.5
backward(value_mean)

x = Tensor(np.array(rows)[:, None])
W, b = Tensor([[2.0]], requires_grad=True), Tensor([1.0], requires_grad=True)
tensor_mean = (x @ W + b).mean()
tensor_mean.backward()


def label(node):
    """What to write into the box of a Value or a Tensor."""
    names = {w: "w", c: "c", W: "W", b: "b", x: "x"}
    if isinstance(node, Value):
        return f"{names.get(node, 'number' if not node.inputs else 'value')}\n{node.data:.3g}\ngrad {node.grad:.3g}"
    name = names.get(node) or type(node.operation).__name__
    shape = "x".join(map(str, node.data.shape)) or "scalar"
    return f"{name}\n{shape}" + ("" if node.grad is None else f"\ngrad {node.grad.item():.3g}")


plot.value_graphs(lambda node: node.inputs, label, of_Values=value_mean, of_Tensors=tensor_mean)

# %% [markdown]
# Six operations have become three. With three hundred rows the left graph would have nine hundred of them, the right
# one still three. $W$ and $w$ have the gradient 3, the mean of 1 and 5; $b$ and $c$ have 1. On the left $w$ is used
# twice, and the walk adds; on the right the same sum happens inside `MatMul`, and the one for $b$ in `unbroadcast`.
#
# ## 6. Put together: a curve that learns
#
# Your pieces are enough to fit a curve. Let 40 numbers $x$ lie between $-1$ and $1$; the target is $\sin 3x$.
# Row $i$ of the matrix `powers` is $(x_i, x_i^2, x_i^3)$. The model is a single layer, $\text{powers}\, W + b$, a
# polynomial of degree 3, and the loss is the mean of the squared errors. Every operation below is one of yours.

# %% tags=["expected"]
xs = np.linspace(-1, 1, 40)
powers = Tensor(np.stack([xs, xs**2, xs**3], axis=1))
minus_target = Tensor(-np.sin(3 * xs)[:, None])  # (40, 1)
W, b = Tensor(np.zeros((3, 1)), requires_grad=True), Tensor(np.ones(1), requires_grad=True)


def model_and_loss():
    """The model's curve (40, 1), and its mean squared error."""
    curve = powers @ W + b
    error = curve + minus_target
    return curve, (error * error).mean()


names = {powers: "powers", minus_target: "minus_target", W: "W", b: "b"}
plot.value_graph(
    model_and_loss()[1],
    lambda node: node.inputs,
    lambda node: f"{names.get(node) or type(node.operation).__name__}\n{'x'.join(map(str, node.data.shape)) or 'scalar'}",
)

# %% [markdown]
# Read it from the top: `b`, of shape (1), is broadcast to (40, 1), so its gradient comes back through your
# `unbroadcast`. The error goes into `Mul` twice, and its two gradients add. Now walk downhill: a step against the
# gradient, a thousand times. Before each walk the old gradients are forgotten, since leaves add.
#
# **What do you expect?** $\sin 3x$ between $-1$ and $1$ goes down, up and down again. Can a polynomial of degree 3
# follow it? Which part will it learn last?

# %% tags=["expected"]
curves = {"target": (xs, np.sin(3 * xs))}
for step in range(1001):
    curve, loss = model_and_loss()
    if step in (0, 10, 100, 1000):
        print(f"step {step:4}   loss {loss.data:.6f}")
        curves[f"step {step}"] = xs, curve.data[:, 0].copy()
    W.grad = b.grad = None
    loss.backward()
    for p in W, b:
        p.data -= 0.5 * p.grad

plot.lines(curves, x="x", y="y")

# %% [markdown]
# Is that as good as it gets? For a polynomial the best answer can be computed directly, by least squares:

# %% tags=["expected"]
design = np.column_stack([powers.data, np.ones(40)])
best, *_ = np.linalg.lstsq(design, np.sin(3 * xs), rcond=None)
print(f"least squares: loss {np.mean((design @ best - np.sin(3 * xs)) ** 2):.6f}")
print("its weights ", best.round(3) + 0)
print("your weights", np.append(W.data[:, 0], b.data).round(3) + 0)

# %% [markdown]
# Each step of learning uses the same 40 points, all of them. (Others call one pass over all points an *epoch*.) The
# descent gets there, given time. It is slow because $x$ and $x^3$ look alike: along the direction "more of one,
# less of the other" the loss hardly changes. Lesson 4 does something about that.
#
# ## 7. Write the test
#
# So far the course has checked your code. Now you check someone else's. This section is optional, and needs another way
# of thinking: not "how do I compute it?" but "what could go wrong, and which numbers would show it?".
#
# Some twenty people have written a wrong `unbroadcast`, others a right one. You write `check_unbroadcast(unbroadcast)`,
# which gets one of them without knowing whose. It calls the function as often as it likes, and raises an `AssertionError`
# if something is wrong. That is what `assert` does, in the tests of every Python project:
#
# ```python
# assert back.shape == (2, 1), f"expected (2, 1), found {back.shape}"
# ```
#
# There are three things to compare with. A *worked example*: numbers that you know. A *twin*: the same thing, computed in
# a slower and plainer way. A *property*: something that every right answer has and most wrong ones lack. Here is one.
# Broadcasting is linear, and `unbroadcast` is its transpose. So for any array $x$ of the small shape and any $g$ of the
# large one,
#
# $$\langle \text{broadcast}(x),\; g \rangle \;=\; \langle x,\; \text{unbroadcast}(g) \rangle,$$
#
# where $\langle a, b \rangle$ is the sum of the products of their entries, `np.vdot(a, b)` in NumPy. Try it on one row that
# becomes two: $x_0 g_{00} + x_1 g_{01} + x_0 g_{10} + x_1 g_{11} = x_0 (g_{00} + g_{10}) + x_1 (g_{01} + g_{11})$.
#
# With random $x$ and $g$ each number counts. With a $g$ of ones, many wrong answers are right by accident, and a test
# sees only the shapes that it tries.
#
# **What do you expect?** A friend tests the two worked examples of section 1, shapes `(3,)` and `(2, 1)` from `(2, 3)`.
# How many of the twenty get through?
#
# ### Exercise 6: a check of unbroadcast
#
# Your points grow with the kinds of mistakes that you reject. A check that rejects a right answer is no check: compare
# floats with `np.isclose`, not with `==`.


# %%
def check_unbroadcast(unbroadcast):
    """Raise an error (best: an AssertionError) if unbroadcast is wrong; return None if it is right.

    unbroadcast: a function unbroadcast(grad, shape), right or wrong
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(3)
    for shape, large in [
        ((3,), (2, 3)),
        ((2, 1), (2, 3)),
        ((3, 1), (2, 3, 4)),
        ((1, 3, 1), (4, 2, 3, 5)),
        ((), (2, 3)),
        ((1, 3), (0, 3)),
    ]:
        x, grad = rng.standard_normal(shape), rng.standard_normal(large)
        back = unbroadcast(grad, shape)
        assert back.shape == shape
        assert np.isclose(np.vdot(np.broadcast_to(x, large), grad), np.vdot(x, back))
        assert unbroadcast(np.float32(grad), shape).dtype == np.float32
    ### END SOLUTION


# %%
check("03.check_unbroadcast", check_unbroadcast)

# %% [markdown]
# The friend's test, and what it lets through:


# %% tags=["expected"]
def check_of_a_friend(unbroadcast):
    grad = np.array([[1.0, 2, 3], [10, 20, 30]])
    assert np.array_equal(unbroadcast(grad, (3,)), [11, 22, 33])
    assert np.array_equal(unbroadcast(grad, (2, 1)), [[6], [60]])


for name in accepted_by(check_of_a_friend, "03.unbroadcast"):
    print(name)

# %% [markdown]
# All of these are wrong, and pass a test that looks sensible. What matters is not how many tests there are, but what
# varies in them.
#
# ## Where this stands in minifcn
#
# | yours | minifcn |
# |---|---|
# | `unbroadcast` | `function.py`, `unbroadcast` |
# | `Add`, `Mul` | `operators/arithmetic.py`, `Add`, `Mul` under the base class `Elementwise` |
# | `Mean` | `operators/reduce.py`, `Sum`; `tensor.py` makes the mean a sum times 1/n |
# | `MatMul` | `operators/arithmetic.py`, `Matmul` |
# | `Tensor.apply` | `tensor.py`, `apply`; an operation is a `Function` there |
# | `Tensor.backward` | `autograd.py`, `backward`: the same dict of gradients, one for each call |
# | "each leaf gets an array of its own" | `autograd.py`, `kept(before, grad, owned)` |
#
# Here are two of them. `unbroadcast` collects both kinds of axes and sums once. `Matmul` has more lines than yours
# because it also takes vectors, and because it skips a gradient that nobody needs.

# %%
print(inspect.getsource(minifcn.function.unbroadcast))
print(inspect.getsource(arithmetic.Matmul))

# %% [markdown]
# ## Three questions
#
# **1.** A network predicts an array of shape (64, 1). The targets have the shape (64,). The training runs without an
# error, and learns nothing. Why?
#
# <details><summary>Answer</summary>
#
# `prediction - target` broadcasts: (64, 1) against (64,) is (64, 64). Every prediction is compared with every
# target, so the best that the network can do is to say their mean. Nothing is illegal about that, so nothing
# complains. Print the shape of whatever you take the mean of. minifcn's `mse_loss` refuses two different shapes for
# this reason.
#
# </details>
#
# **2.** The derivative of an array by an array is a matrix, the Jacobian: a row for each output, a column for each
# input. Where is it?
#
# <details><summary>Answer</summary>
#
# Nowhere, on purpose. Take a layer with a batch of 64, 1000 numbers in, 1000 out. $y$ has 64,000 numbers, $W$ has
# 1,000,000, so the Jacobian of $y$ by $W$ has $6.4 \cdot 10^{10}$, which is 256 GB in float32, nearly all of it
# zeros. `backward` never needs it. It needs $g$ times the Jacobian, a *vector-Jacobian product*, and that is $x^T g$: one
# matrix product with a result of the size of $W$.
#
# </details>
#
# **3.** What is the gradient of the *maximum* of (1, 3, 3)?
#
# <details><summary>Answer</summary>
#
# The 1 gets nothing. For the two 3s there is no derivative: make either of them larger, and the maximum grows with
# it; make it smaller, and nothing happens. Any split of $g$ between the two is defensible, as long as the parts
# add up to $g$. minifcn does what PyTorch does: `x.max()` shares it evenly, (0, ½, ½), and `x.max(dim)` gives all
# of it to the first, (0, 1, 0). Lesson 10 meets this again in max pooling.
#
# </details>
#
# ## Two open problems
#
# **1.** `Mul` keeps both of its inputs until the walk is over, and so does `MatMul`. In a deep network that is most of
# the memory. Which of your operations need not keep an array at all? Could a walk throw some of them away, and compute
# them again when their turn comes? What would it cost, for a chain of 100 operations, to keep only every tenth?
#
# **2.** Your `backward` gives first derivatives, as arrays. Change it so that it gives Tensors, whose own `backward`
# gives second derivatives. What has to change in `Mul.backward`? Try it on $y = x \cdot x \cdot x$ at $x = 2$, where
# the second derivative is 12.
#
# ## The paper
#
# Everything that section 3 computes with is such an array. A layer's data have three axes: height, width and
# channels. With a batch of pictures that makes four, in minifcn (N, C, H, W). A convolution's bias has one number
# for each channel, shape (C, 1, 1) so to speak, and is copied along N, H and W. So its gradient is the sum over
# those three axes, and you know why. That is where lesson 5 begins.
