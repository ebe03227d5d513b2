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
# # Lesson 2: Trust nothing: finite differences
#
# How can we know that a derivative is right, when we wrote both the formula and the code, and believe in both? A
# wrong one does not crash. A network with one still trains, only worse, and nobody ever learns why.
#
# With a second opinion that shares none of our formulas: nudge the input, and look. In this lesson you build that
# second opinion, find out how far it can itself be trusted (not as far as you might hope, and in a way that can be
# drawn as a V), and let it loose on six wrong backwards. Three of them get past a check that looks just as good.
#
# *Section 4 of the paper (its code runs on Caffe, which has a gradient checker) · builds on lesson 1 · [letters](../../lessons/letters.md) · 90 minutes*
#
# 1. [Rise over run](#1.-Rise-over-run)
# 2. [The V](#2.-The-V)
# 3. [Many numbers in, many numbers out](#3.-Many-numbers-in,-many-numbers-out)
# 4. [When are two gradients equal?](#4.-When-are-two-gradients-equal?)
# 5. [The check](#5.-The-check)
# 6. [Six wrong backwards](#6.-Six-wrong-backwards)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import math

import numpy as np

from minifcn import plot
from minifcn.course import check, hint

# %% [markdown]
# ## 1. Rise over run
#
# The slope of $f(x) = x^3$ at $x = 2$ is $3x^2 = 12$. We measure it with a step of $h = 0.1$. To the right:
#
# $$\frac{f(2.1) - f(2)}{0.1} = \frac{9.261 - 8}{0.1} = 12.61.$$
#
# Not good. Now from one step on the left to one step on the right, a distance of $2h$:
#
# $$\frac{f(2.1) - f(1.9)}{0.2} = \frac{9.261 - 6.859}{0.2} = 12.01.$$
#
# Sixty times better, and again two values of $f$ are all it takes. Why? Multiply out
# $(x + h)^3 = x^3 + 3x^2h + 3xh^2 + h^3$, and $(x - h)^3$, which has the same terms with the signs $+ - + -$:
#
# | | measured | the error at $x = 2$, $h = 0.1$ |
# |---|---|---|
# | one-sided | $3x^2 + 3xh + h^2$ | $0.6 + 0.01$ |
# | central | $3x^2 + h^2$ | $0.01$ |
#
# In the central difference the bend of the curve, $3xh^2$, cancels: the curve bends away by the same amount on both
# sides. What is left comes from the third derivative. This holds for every smooth curve:
#
# $$\frac{f(x+h) - f(x)}{h} = f' + \frac{h}{2} f'' + \dots \qquad\qquad
#   \frac{f(x+h) - f(x-h)}{2h} = f' + \frac{h^2}{6} f''' + \dots$$
#
# Halve the step, and the one-sided error is halved, the central one quartered.
#
# ### Exercise 1: the central difference


# %%
def central_difference(f, x, h):
    """The slope of f at x, measured from x - h to x + h.

    f: function of one number; x: a number; h: the step, a number above 0

    Example: for f(x) = x**3 at x = 2 with h = 0.1 it is (9.261 - 6.859) / 0.2 = 12.01.
    """
    ### BEGIN SOLUTION
    return (f(x + h) - f(x - h)) / (2 * h)
    ### END SOLUTION


# %%
check("02.central_difference", central_difference)

# %% [markdown]
# ## 2. The V
#
# If a smaller step is better, why not take $h = 10^{-12}$? We try steps of all sizes on $f(x) = e^x$ at $x = 1$,
# where the slope is $e$ as well: once in float64, which has 16 digits, and once in float32, which has 7. Both axes
# are logarithmic, so a power of $h$ is a straight line, and the exponent is its steepness.
#
# **What do you expect?** How far down does each of the four curves go, and what happens at the far left?


# %%
def one_sided(f, x, h):
    """The slope of f at x, measured from x to x + h."""
    return (f(x + h) - f(x)) / h


def errors(method, dtype, steps):
    """The relative error of a method for e**x at 1, for each step; computed in `dtype`."""
    slopes = [float(method(np.exp, dtype(1), dtype(h))) for h in steps]
    return [max(abs(slope - math.e) / math.e, 1e-13) for slope in slopes]


# %% tags=["expected"]
steps64, steps32 = np.logspace(-14, 0, 43), np.logspace(-6, 0, 19)
plot.lines(
    {
        "one-sided, float64": (steps64, errors(one_sided, np.float64, steps64)),
        "central, float64": (steps64, errors(central_difference, np.float64, steps64)),
        "one-sided, float32": (steps32, errors(one_sided, np.float32, steps32)),
        "central, float32": (steps32, errors(central_difference, np.float32, steps32)),
    },
    x="step h",
    y="relative error of the slope",
    log="xy",
)

# %% [markdown]
# Each curve is a V, and each arm has a cause of its own.
#
# **The right arm: the curve bends within the step.** This is section 1. For $e^x$ all derivatives are equal, so
# the relative error is $h/2$ for the one-sided difference and $h^2/6$ for the central one. At $h = 0.1$: $0.05$
# and $0.0017$.
#
# **The left arm: rounding.** float64 stores a number with 53 binary digits. Around 2.7, neighbouring numbers are
# $2^{-51} = 4.4 \cdot 10^{-16}$ apart, so each value of $f$ is off by up to half of that, and the difference of
# two by up to all of it. Then we divide by $2h$. With $h = 10^{-10}$ the slope may be wrong by
# $4.4 \cdot 10^{-16} / (2 \cdot 10^{-10}) = 2.2 \cdot 10^{-6}$. (The place $x + h$ is rounded, too, which costs
# about as much again.) The smaller the step, the worse: the error grows like $1/h$.
#
# In float32 you can watch it happen. Around 2.7 its numbers are $2^{-22} = 2.4 \cdot 10^{-7}$ apart. With
# $h = 10^{-5}$ the two values share their first four digits, and little is left of the rest:

# %%
h = np.float32(1e-5)
right, left = np.exp(np.float32(1) + h), np.exp(np.float32(1) - h)
print(f"right {right:.9f}\nleft  {left:.9f}")
gaps = (right - left) / np.spacing(left)
print(f"difference {right - left:.9f}, only {gaps:.0f} times the gap between two float32 numbers")
print(f"slope {(right - left) / (2 * h):.4f}, and should be {math.e:.4f}")

# %% [markdown]
# **The tip.** Where is the best step? The central error is about $h^2/6 + \varepsilon/h$, with $\varepsilon$ the
# relative rounding error of one value ($\varepsilon = 2.2 \cdot 10^{-16}$ in float64). It is smallest where its
# derivative $h/3 - \varepsilon/h^2$ is zero:
#
# | | best step, central: $\sqrt[3]{3\varepsilon}$ | error there: $h^2/2$ | best step, one-sided: $2\sqrt{\varepsilon}$ | error there: $h$ |
# |---|---|---|---|---|
# | float64 | $9 \cdot 10^{-6}$ | $4 \cdot 10^{-11}$ | $3 \cdot 10^{-8}$ | $3 \cdot 10^{-8}$ |
# | float32, $\varepsilon = 1.2 \cdot 10^{-7}$ | $7 \cdot 10^{-3}$ | $2.5 \cdot 10^{-5}$ | $7 \cdot 10^{-4}$ | $7 \cdot 10^{-4}$ |
#
# (The one-sided error is about $h/2 + 2\varepsilon/h$.) Compare the table with the picture. There the tips lie up to
# ten times lower still, since rounding is rarely at its worst. Three rules follow:
#
# - Take central differences.
# - Take $h = 10^{-5}$, not $10^{-12}$.
# - Check in float64, even if the network computes in float32. Ten right digits tell a wrong formula from rounding;
#   with four you begin to guess.
#
# ## 3. Many numbers in, many numbers out
#
# A layer takes an array $x$ and gives an array $y$. The question for its `backward` is this: given
# $g = \partial L / \partial y$, one number for each output, what is $\partial L / \partial x$? We call $g$ the
# **upstream gradient**; in code it is `grad`. (Others call it the *cotangent*, and the answer a *vector-Jacobian
# product*.)
#
# To check it we need no loss. We make one up: choose any numbers $g$ and let $L = \sum_i g_i\, y_i$. Then
# $\partial L / \partial y$ is $g$, and $\partial L / \partial x$ can be measured one entry of $x$ at a time:
#
# $$\frac{\partial L}{\partial x_j} \approx \sum_i g_i\, \frac{y_i(x + h e_j) - y_i(x - h e_j)}{2h},$$
#
# where $e_j$ is 1 at place $j$ and 0 elsewhere. Note the sum: one entry of $x$ may move *all* outputs.
#
# By hand: $y = x^2$, entry by entry, at $x = (1, 3)$, with $g = (10, -1)$. Then $L = 10\,x_1^2 - x_2^2$, and its
# gradient is $(20\,x_1,\ -2\,x_2) = (20, -6)$.
#
# One trap. It is tempting to move an entry of $x$ in place, call $f$, move it the other way, call $f$ again, and put
# it back. But $f$ may return a *view*, an array that shares its memory with $x$: `x.T`, `x[:, ::2]` and
# `x.reshape(-1)` do. Then the first result changes when you move $x$ for the second call, and the difference is 0.
# Move entries in copies.
#
# ### Exercise 2: the gradient of anything


# %%
def numerical_gradient(f, x, grad, h=1e-5):
    """The gradient of sum(grad * f(x)) with respect to x, entry by entry, by central differences.

    f:    function of one array; its result may have any shape, and be a view of its argument
    x:    float64 array of any shape; it is left unchanged
    grad: array of the shape of f(x)
    Returns an array of the shape of x.

    Example: f(x) = x * x, x = [1, 3], grad = [10, -1]: the gradient is [20, -6].
    """
    ### BEGIN SOLUTION
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        higher, lower = x.copy(), x.copy()
        higher[index] += h
        lower[index] -= h
        gradient[index] = np.sum(grad * (f(higher) - f(lower))) / (2 * h)
    return gradient
    ### END SOLUTION


# %%
check("02.numerical_gradient", numerical_gradient)

# %% [markdown]
# Now the two opinions side by side, for $y = \tanh(x)$ and a random $g$. `backward` multiplies $g$ by $1 - y^2$. Your
# measurement knows nothing of that formula.
#
# **What do you expect?** To how many digits will they agree? The V has the answer.

# %% tags=["expected"]
rng = np.random.default_rng(1)
x, g = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
said, measured = g * (1 - np.tanh(x) ** 2), numerical_gradient(np.tanh, x, g)
print(f"largest difference {abs(said - measured).max():.0e}")
plot.grids(x=x.round(2), g=g.round(2), backward_says=said.round(4), measured=measured.round(4), cell=0.7, ncols=2)

# %% [markdown]
# ## 4. When are two gradients equal?
#
# They never are, to the last digit. The difference of $10^{-11}$ above is the tip of the V. So how much is too
# much?
#
# **Not an absolute number.** If a gradient is $10^{-9}$, which happens when a loss is a mean over a million pixels,
# then one of $2 \cdot 10^{-9}$ is twice as large as it should be, and the difference of $10^{-9}$ passes every test
# that asks for $10^{-6}$. If a gradient is $10^9$, then $10^{-11}$ of it is $0.01$, and no right gradient passes.
# Divide by the size of the numbers: $|a - b| / \max(|a|, |b|)$.
#
# **Not quite that either.** Say one entry is exactly 0, and we measured $10^{-11}$, next to entries around 5. That
# is rounding, but $10^{-11} / 10^{-11}$ is an error of 1. So no size may be smaller than a thousandth of the
# *scale*, the largest entry of both arrays. Here the scale is 5, the size $0.005$, and the error
# $10^{-11} / 0.005 = 2 \cdot 10^{-9}$.
#
# By hand, for $a = (4, 100)$ and $b = (5, 100)$: the first entry has the error $1/5$, the second 0. The worst one
# counts: $0.2$. A mean would hide one wrong entry among a thousand right ones.
#
# **And three things that are never equal.** A gradient of another shape: NumPy would stretch $(3,)$ to $(2, 3)$
# without a word. A `nan`: `nan > 1e-6` is `False`, so a test that looks for large errors does not find it. An
# `inf`: `inf - inf` is `nan`. All three get the error `math.inf`.
#
# ### Exercise 3: the relative error


# %%
def relative_error(a, b):
    """How far two arrays are apart: the largest |a - b| / size over all entries, a float.

    The size of an entry is the larger of |a| and |b| there, but at least 1e-3 times the scale,
    which is the largest of all |a| and |b|. Two arrays of zeros have the error 0. Arrays of
    different shapes, and arrays with nan or inf, have the error math.inf.

    Example: a = [4, 100], b = [5, 100] have the error 0.2, which is 1 of 5.
    """
    ### BEGIN SOLUTION
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return math.inf
    scale = max(abs(a).max(), abs(b).max())
    if scale == 0:
        return 0.0
    size = np.maximum(np.maximum(abs(a), abs(b)), 1e-3 * scale)
    return float((abs(a - b) / size).max())
    ### END SOLUTION


# %%
check("02.relative_error", relative_error)

# %% [markdown]
# ## 5. The check
#
# All the parts are there: ask `backward`, measure, compare, for each input of the function. One choice is left, and
# it is the one where checks go wrong. Which $g$?
#
# The shortest is ones: `np.ones(y.shape)`. Then $L$ is the plain sum of the outputs. Now take softmax, which turns
# scores into probabilities: $y_i = e^{x_i} / \sum_j e^{x_j}$. Its outputs sum to 1, whatever $x$ is. So each row
# adds 1 to $L$, always, and $\partial L/\partial x = 0$. The measured gradient is zero, a right `backward` gives
# zero, and **a `backward` that returns nothing but zeros is accepted.** So is every other one that happens to give
# zero for ones.
#
# Equal numbers of any size do no better, and numbers of one sign miss a `backward` that cuts off negative gradients.
# So draw **random numbers of both signs and of different sizes**: `rng.standard_normal(shape)`. A wrong `backward`
# would have to be wrong in just the way that makes the errors cancel for these numbers, and nobody is that unlucky.
#
# `only(forward, inputs, i)`, given below, is the function of one argument that `numerical_gradient` wants.
#
# ### Exercise 4: the gradient check
#
# If you are stuck, run `hint("02.gradcheck")` in a cell of its own. Each call says more.


# %%
def only(forward, inputs, i):
    """`forward` as a function of input number i; the other inputs are held fixed."""
    return lambda x: forward(*inputs[:i], x, *inputs[i + 1 :])


def gradcheck(forward, backward, *inputs):
    """Whether `backward` gives the gradients of `forward` at these inputs: True or False.

    forward:  forward(*inputs) is an array or a number
    backward: backward(grad, *inputs) gives a list with the gradient for each input, where grad is
              the upstream gradient, an array of the shape of forward(*inputs)
    inputs:   float64 arrays

    All gradients must have the shapes of their inputs and a relative error of at most 1e-6, tiny
    and huge ones alike.

    Example: with forward = lambda x: x * x and backward = lambda grad, x: [grad * 2 * x],
    gradcheck(forward, backward, np.array([1.0, 3.0])) is True.
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(0)
    grad = rng.standard_normal(np.shape(forward(*inputs)))
    gradients = backward(grad, *inputs)
    for i, x in enumerate(inputs):
        measured = numerical_gradient(only(forward, inputs, i), x, grad)
        if not relative_error(gradients[i], measured) <= 1e-6:
            return False
    return True
    ### END SOLUTION


# %%
check("02.gradcheck", gradcheck)

# %% [markdown]
# ## 6. Six wrong backwards
#
# Here are six, each with its right version. All six are mistakes that people make. Read them before you run the
# cell: do you see what is wrong with each?
#
# **What do you expect?** Which of them get past a check that starts with ones?


# %%
def softmax(x):
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def put_back(grad, columns):
    """A (rows, 7) array of zeros with `grad` in these columns."""
    grad_x = np.zeros((len(grad), 7))
    grad_x[:, columns] = grad
    return grad_x


cases = {  # name: (forward, right backward, wrong backward, a shape for x)
    "tanh: input for output": (
        np.tanh,
        lambda grad, x: [grad * (1 - np.tanh(x) ** 2)],
        lambda grad, x: [grad * (1 - x**2)],
        (3, 4),
    ),
    "mean: 1/n forgotten": (
        lambda x: x.mean(axis=0),
        lambda grad, x: [np.broadcast_to(grad, x.shape) / len(x)],
        lambda grad, x: [np.broadcast_to(grad, x.shape)],
        (3, 4),
    ),
    "x[:, ::2]: stride forgotten": (
        lambda x: x[:, ::2],
        lambda grad, x: [put_back(grad, slice(0, 7, 2))],
        lambda grad, x: [put_back(grad, slice(0, 4))],
        (3, 7),
    ),
    "exp: grad dropped": (
        np.exp,
        lambda grad, x: [grad * np.exp(x)],
        lambda grad, x: [np.exp(x)],
        (3, 4),
    ),
    "x.T: not turned back": (
        lambda x: x.T,
        lambda grad, x: [grad.T],
        lambda grad, x: [grad],
        (4, 4),
    ),
    "softmax: mean for weighted mean": (
        softmax,
        lambda grad, x: [softmax(x) * (grad - (softmax(x) * grad).sum(axis=-1, keepdims=True))],
        lambda grad, x: [softmax(x) * (grad - grad.mean(axis=-1, keepdims=True))],
        (3, 4),
    ),
}


def check_with_ones(forward, backward, x):
    """The verdict of a check that starts with ones and accepts a small absolute difference."""
    ones = np.ones(forward(x).shape)
    return np.allclose(backward(ones, x)[0], numerical_gradient(forward, x, ones), atol=1e-5)


# %% tags=["expected"]
caught = []
print(f"{'':34}{'right, checked with':24}wrong, checked with")
print(f"{'':34}{'ones':12}{'yours':12}{'ones':12}yours")
for name, (forward, right, wrong, shape) in cases.items():
    x = rng.normal(size=shape)
    ones = [check_with_ones(forward, backward, x) for backward in (right, wrong)]
    yours = [gradcheck(forward, backward, x) for backward in (right, wrong)]
    verdicts = ones[0], yours[0], ones[1], yours[1]
    words = ["accepted" if verdict else "rejected" for verdict in verdicts]
    print(f"{name:34}" + "    ".join(words))
    caught.append([not ones[1], not yours[1]])

title = "1: the wrong backward is caught"
plot.matrix(np.array(caught, float), title, rows=cases, columns=["ones", "yours"])

# %% [markdown]
# Both checks accept all right backwards. But of the six wrong ones, the check with ones lets three pass: where `grad`
# is dropped, because multiplying by ones changes nothing; where places change, because ones look the same at every
# place; and softmax, because its gradient is then zero and so is the wrong one. Yours catches all six.
#
# The softmax once more, in numbers, for $x = (1, 2, 0.5)$. First with a $g$ of ones, which shows nothing: the
# right `backward` and the wrong one both give zeros. Then with $(1, -2, 0.5)$:

# %%
x = np.array([[1.0, 2.0, 0.5]])
_, right, wrong, _ = cases["softmax: mean for weighted mean"]
ones, mixed = np.ones((1, 3)), np.array([[1.0, -2.0, 0.5]])
plot.grids(
    right_from_ones=right(ones, x)[0].round(3) + 0,  # + 0 turns -0 into 0
    wrong_from_ones=wrong(ones, x)[0].round(3) + 0,
    right_from_mixed=right(mixed, x)[0].round(3),
    wrong_from_mixed=wrong(mixed, x)[0].round(3),
    cell=0.7,
    ncols=2,
    limit=1.2,
)

# %% [markdown]
# ### What this check cannot do
#
# - **Kinks.** $|x|$ has the slope 1 at $x = 3 \cdot 10^{-6}$. With $h = 10^{-5}$ we measure
#   $(0.000013 - 0.000007) / 0.00002 = 0.3$, since the step reaches over the kink at 0. relu and max pooling have such
#   kinks. If a check of a right `backward` fails there, move the input away from the kink.
# - **A wrong forward.** If `forward` computes the wrong thing and `backward` is its right derivative, everything is
#   green.
# - **Chance.** A forward that draws random numbers, as dropout does, gives another result at each call. Draw the
#   same ones each time.
# - **Size.** Each entry of $x$ costs two calls of `forward`. Check layers on tiny arrays, with different sizes in
#   all dimensions, so that rows and columns cannot be mixed up. A transpose hides in a square.
#
# ## Where this stands in minifcn
#
# `minifcn.gradcheck` is yours with more care; `python -m minifcn gradcheck` runs it over every operation of the
# library and over a whole FCN-8s.
#
# | yours | minifcn | the difference |
# |---|---|---|
# | `central_difference` | `five_points` in `gradcheck/differences.py`: `(4 * narrow - wide) / 3` | steps $h$ and $h/2$, combined so that $h^2$ cancels too |
# | `h=1e-5` | `STEP = 1e-3`, in the same file | with an error of $h^4$ the best step is larger, and the tip of the V is lower |
# | `numerical_gradient` | `measure` in `gradcheck/check.py` | all entries, or random directions where there are too many |
# | a thousandth of the largest entry | `FLOOR = 1e-3` in `gradcheck/measure.py` | of a typical entry (the root of the mean square) |
# | at most `1e-6` | `RTOL = 1e-6` in `gradcheck/check.py` | the same |
# | `rng.standard_normal` | `random_signed` in `gradcheck/measure.py` | none is near 0, so none hides what it multiplies; for small outputs also every single 1 (question 3) |
# | kinks: your care | `doubt` in `Slopes` | two steps that disagree show a kink, and the input is moved off it |
# | | `gradcheck/properties.py` | `backward` gives the same twice, is linear in `grad`, and writes into nothing |
#
# ## Three questions
#
# **1.** Somebody checks a float32 layer with $h = 10^{-6}$ and finds a relative error of 0.1. Is the layer wrong?
#
# <details><summary>Answer</summary>
#
# Nobody can tell. In float32 the values are rounded by about $10^{-7}$ of their size, and dividing by $2h$ turns this
# into a relative error of about $0.1$: the check is at the far left of the V. Check in float64 with $h = 10^{-5}$; if
# it must be float32, then with $h$ about $10^{-2}$, and expect about four digits.
#
# </details>
#
# **2.** The central difference of $x^2$ has no error at all, even with $h = 0.5$. Why?
#
# <details><summary>Answer</summary>
#
# Its error begins with the third derivative, which is 0 for a parabola:
# $((x+h)^2 - (x-h)^2) / 2h = 4xh / 2h = 2x$. So a check on linear or quadratic functions may use large steps,
# where rounding is no trouble. A convolution is linear in its input, and linear in its weights.
#
# </details>
#
# **3.** Could you start with a $g$ that has a single 1, and zeros elsewhere?
#
# <details><summary>Answer</summary>
#
# One such $g$ sees one output, so what is wrong with the others stays unseen. All of them, one after the other, see
# the whole matrix of slopes, and that is a strong check for small outputs. Still, it has a blind spot: squaring a 1
# or taking its absolute value changes nothing, so a `backward` that does so passes. A random $g$ costs one run and
# has neither blind spot.
#
# </details>
#
# ## Two open problems
#
# **1.** `gradcheck` costs two calls of `forward` for each entry. Along a random direction $d$ it would cost two in
# all: compare $\sum_j (\partial L/\partial x_j)\, d_j$ with the slope of $L$ along $d$. Which of the six wrong
# backwards does one direction catch, and how small may a single wrong entry among a million be before it hides in the
# rounding?
#
# **2.** Write a wrong `backward` that your `gradcheck` accepts. It must be wrong at nearly all inputs, without looking
# at the stack, the clock, or a random seed. How would you have to change `gradcheck` to reject it, and does that ever
# end?
#
# ## The paper
#
# The authors' code runs on Caffe, where every layer has a `backward` written by hand. Caffe tests them with a
# gradient checker like yours, typically with a step of $10^{-2}$ and a tolerance of $10^{-3}$, since it has to work
# in float32 as well. By the table in section 2 that is close to the best step there.
