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
# # Lesson 11: Winograd
#
# A 3 x 3 kernel needs nine multiplications for each pixel that comes out. Can four be enough?
#
# They can, and so can two and a quarter, without leaving out anything. The price is a digit of accuracy, and a lot of
# bookkeeping. In this project you derive the trick by hand, then the machine that finds all such tricks, and then you
# write a convolution that takes pictures of any size. At the end stands the figure that a library's author looks at
# before choosing: error against speed.
#
# This lesson is a side track; nothing later needs it.
#
# *Section 4.3 of the paper (Caffe, whose convolution this replaces), and Lavin and Gray 2016 · builds on lessons 7 and 12 · 80 minutes*
#
# 1. [Four instead of six](#1.-Four-instead-of-six)
# 2. [Where the four come from](#2.-Where-the-four-come-from)
# 3. [Sixteen instead of thirty-six](#3.-Sixteen-instead-of-thirty-six)
# 4. [Tiles and channels](#4.-Tiles-and-channels)
# 5. [Error against speed](#5.-Error-against-speed)
# 6. [Where the error comes from](#6.-Where-the-error-comes-from)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import time
from fractions import Fraction

import numpy as np

from minifcn import functional as F
from minifcn import plot, tensor
from minifcn.autograd import no_grad
from minifcn.course import check, earlier, hint
from minifcn.kernels.algorithms import algorithm
from minifcn.kernels.cpu.convolution import transform

# Lesson 7's convolution, as the course wrote it. For yours: answers="07_matrix_product.ipynb"
conv_forward = earlier("07.conv_forward")

rng = np.random.default_rng(11)

# %% [markdown]
# Stuck? `hint("11.f23")` gives a nudge, and one more each time you call it.
#
# ## 1. Four instead of six
#
# Begin with one row: four pixels $x_0, \dots, x_3$ and a kernel of three weights $w_0, w_1, w_2$. Two windows fit:
#
# $$y_0 = x_0 w_0 + x_1 w_1 + x_2 w_2, \qquad y_1 = x_1 w_0 + x_2 w_1 + x_3 w_2.$$
#
# That is six multiplications. Now compute these four products instead:
#
# $$\begin{aligned}
#   q_1 &= (x_0 - x_2)\, w_0 & q_2 &= (x_1 + x_2)\, \tfrac12 (w_0 + w_1 + w_2) \\
#   q_4 &= (x_1 - x_3)\, w_2 & q_3 &= (x_2 - x_1)\, \tfrac12 (w_0 - w_1 + w_2)
#   \end{aligned}$$
#
# Add the two on the right, and subtract them:
#
# $$q_2 + q_3 = x_1 w_1 + x_2 (w_0 + w_2), \qquad q_2 - q_3 = x_1 (w_0 + w_2) + x_2 w_1.$$
#
# The first is $y_0$, except that it has $x_2 w_0$ where $x_0 w_0$ should be: $q_1$ repairs that. So
# $y_0 = q_1 + q_2 + q_3$. The second has $x_1 w_2$ where $y_1$ has $x_3 w_2$: so $y_1 = q_2 - q_3 - q_4$.
#
# With numbers, $x = (1, 2, 3, 4)$ and $w = (1, 10, 100)$, so that $y = (321, 432)$: $q_1 = -2 \cdot 1$,
# $q_2 = 5 \cdot 55.5 = 277.5$, $q_3 = 1 \cdot 45.5$, $q_4 = -2 \cdot 100$. And $-2 + 277.5 + 45.5 = 321$, and
# $277.5 - 45.5 + 200 = 432$.
#
# Have we saved anything? There are more additions than before. But the sums of the weights depend on the kernel alone
# and are made once for a whole picture, and the sums of pixels, as section 4 shows, once for all kernels. What is left
# for each pixel *and* each kernel are the four products. This is called $F(2, 3)$: two results of three weights. It
# needs $2 + 3 - 1$ products, and Winograd proved that fewer are impossible. Others call it *minimal filtering*.
#
# ### Exercise 1: F(2, 3)
#
# The check calls your function with objects that count their products, so do nothing with the numbers but add,
# subtract, multiply, and divide by constants.


# %%
def f23(x, w):
    """Two results of three weights by four products.

    x: (x0, x1, x2, x3), w: (w0, w1, w2), numbers
    Returns (y0, y1) = (x0*w0 + x1*w1 + x2*w2, x1*w0 + x2*w1 + x3*w2). A product of a number made of
    x and one made of w counts, and there are exactly four. Multiplying or dividing by a constant,
    as 2 is, does not count.
    f23((1, 2, 3, 4), (1, 10, 100)) is (321, 432).
    """
    ### BEGIN SOLUTION
    (x0, x1, x2, x3), (w0, w1, w2) = x, w
    q1 = (x0 - x2) * w0
    q2 = (x1 + x2) * ((w0 + w1 + w2) / 2)
    q3 = (x2 - x1) * ((w0 - w1 + w2) / 2)
    q4 = (x1 - x3) * w2
    return q1 + q2 + q3, q2 - q3 - q4
    ### END SOLUTION


# %%
check("11.f23", f23)

# %% [markdown]
# ## 2. Where the four come from
#
# Who would guess such products? Nobody has to. Take two polynomials, $y(t) = y_0 + y_1 t$ and
# $w(t) = w_0 + w_1 t + w_2 t^2$. Their product has degree 3, so four coefficients, and four values determine it. But a
# *value* of the product is one multiplication: $y(t)\, w(t)$. Choose four points that are easy to compute with:
#
# | point | $y(t)$ | $w(t)$ |
# |---|---|---|
# | $0$ | $y_0$ | $w_0$ |
# | $1$ | $y_0 + y_1$ | $w_0 + w_1 + w_2$ |
# | $-1$ | $y_0 - y_1$ | $w_0 - w_1 + w_2$ |
# | $\infty$ | $y_1$ | $w_2$ |
#
# At infinity only the highest power counts, so the "value" there is the last coefficient. You recognize the sums of
# weights. Evaluating is a matrix: a row $1, t, t^2, \dots$ for each point, and $0, \dots, 0, 1$ for infinity. Call it
# $V_n$ for polynomials with $n$ coefficients. Four points and four coefficients make a square matrix, and its inverse
# leads from the values back to the coefficients:
#
# $$V_4 = \begin{pmatrix} 1 & 0 & 0 & 0 \\ 1 & 1 & 1 & 1 \\ 1 & -1 & 1 & -1 \\ 0 & 0 & 0 & 1 \end{pmatrix},
#   \qquad \text{product} = V_4^{-1}\bigl( (V_3\, w) * (V_2\, y) \bigr),$$
#
# with $*$ number by number. This is how computers multiply very long integers. (Others call it *Toom-Cook*.)
#
# And what is it to us? Multiply out: the product of the polynomials is $y_0$ times $(w_0, w_1, w_2)$, plus $y_1$ times
# the same, one place further on. Each $y$ **stamps** the kernel. This is lesson 12's transposed convolution, with the
# matrix $C^T$, and we want $C$. So write the recipe as one matrix, with $V_3\, w$ on a diagonal, and transpose it:
#
# $$C^T = V_4^{-1} \operatorname{diag}(V_3\, w)\, V_2 \qquad\Rightarrow\qquad
#   C = V_2^T \operatorname{diag}(V_3\, w)\, (V_4^{-1})^T.$$
#
# Read it from the right. $C$ takes the pixels $x$, transforms them by $B^T = (V_4^{-1})^T$, multiplies number by
# number with the transformed kernel $G w$, $G = V_3$, and transforms the products back by $A^T = V_2^T$:
#
# $$y = A^T \bigl( (G\, w) * (B^T x) \bigr).$$
#
# ($A$, $B$ and $G$ are the letters of the literature, which calls the pixels $d$ and the weights $g$.) For $m$ results
# we need $m + 2$ points: $m + 1$ numbers, and infinity.
#
# **What do you expect?** Which row of $B^T$ makes $(x_1 + x_2)/2$ of the pixels? Where is the minus of $-q_4$?
#
# ### Exercise 2: the matrices of F(m, 3)


# %%
def winograd_matrices(m, points):
    """The matrices (BT, G, AT) of F(m, 3): y = AT @ ((G @ w) * (BT @ x)).

    m: the number of results, at least 1
    points: m + 1 different numbers, ints or floats; infinity is the last point
    Returns float64 BT (m+2, m+2), G (m+2, 3), AT (m, m+2). Row f of BT and of G, and column f of AT,
    belong to point f. A factor may be moved from a row of G to the row of BT.

    m = 2, points (0, 1, -1):
        BT = [[1, 0, -1, 0], [0, 1/2, 1/2, 0], [0, -1/2, 1/2, 0], [0, -1, 0, 1]]
        G = [[1, 0, 0], [1, 1, 1], [1, -1, 1], [0, 0, 1]]
        AT = [[1, 1, 1, 0], [0, 1, -1, 1]]
    """
    ### BEGIN SOLUTION
    def values(n):
        finite = [[float(t) ** power for power in range(n)] for t in points]
        return np.array([*finite, [0.0] * (n - 1) + [1.0]])

    return np.linalg.inv(values(m + 2)).T, values(3), values(m).T
    ### END SOLUTION


# %%
check("11.winograd_matrices", winograd_matrices)

# %% [markdown]
# Row 1 of $B^T$ makes $(x_1 + x_2)/2$; the half sits with the pixels here, and sat with the weights in section 1. The
# minus is gone, because row 3 has $x_3 - x_1$ in place of $x_1 - x_3$. Such factors may be moved as one likes.
#
# Larger tiles are no more work now. $F(4, 3)$ makes four results with six products instead of twelve.

# %% tags=["expected"]
POINTS = {2: (0, 1, -1), 4: (0, 1, -1, 2, -2), 6: (0, 1, -1, 2, -2, 1 / 2, -1 / 2)}
BT, G, AT = winograd_matrices(4, POINTS[4])
for name, matrix in ("24 BT", 24 * BT), ("G", G), ("AT", AT):
    print(name)
    for row in matrix:
        print("  ", *(f"{Fraction(number).limit_denominator(100)!s:>4}" for number in row))

# %% [markdown]
# ## 3. Sixteen instead of thirty-six
#
# A picture has rows and columns. In two dimensions, do the same along both: transform the columns of the tile by $B^T$
# from the left, its rows by $B$ from the right, and likewise for the kernel and the result:
#
# $$Y = A^T \bigl[\, (G\, w\, G^T) * (B^T x\, B) \,\bigr] A.$$
#
# Here $x$ is a tile of 4 x 4 pixels, $w$ a kernel of 3 x 3, and $Y$ has 2 x 2 results. Why is that right? A
# convolution in two dimensions is one along the rows in which each "number" is a column, and each "product" a
# convolution of columns. $F(2, 3)$ needs four of those products instead of six, and each of them four multiplications
# instead of six: $16$ instead of $36$. This is $F(2 \times 2, 3 \times 3)$.
#
# **What do you expect?** How many multiplications for each result does $F(4 \times 4, 3 \times 3)$ need, and
# $F(6 \times 6, 3 \times 3)$? Where does it end?

# %% tags=["expected"]
print("results     products  for each result   saved")
for m in 1, 2, 4, 6, 8, 16:
    print(f"{m:2} x {m:2}   {(m + 2) ** 2:8} {(m + 2) ** 2 / m**2:14.2f} {9 * m**2 / (m + 2) ** 2:10.2f} times")

# %% tags=["expected"]
tile, kernel = rng.integers(0, 9, (4, 4)).astype(float), np.array([[1.0, 2, 1], [0, 0, 0], [-1, -2, -1]])
BT, G, AT = winograd_matrices(2, POINTS[2])
stages = {
    "tile x": tile,
    "transformed": BT @ tile @ BT.T,
    "kernel transformed": G @ kernel @ G.T,
    "16 products": (BT @ tile @ BT.T) * (G @ kernel @ G.T),
}
results = {
    "Y": AT @ stages["16 products"] @ AT.T,
    "as in lesson 7": conv_forward(tile[None, None], kernel[None, None])[0, 0],
}
plot.grids(cell=0.42, limit=60, **stages, **results)

# %% [markdown]
# It ends at one product for each result, and long before that the numbers get out of hand, as section 6 shows.
#
# The 16 numbers of a transformed tile are often called *frequencies*, as after a Fourier transform, which does the
# same with points on the unit circle. They are no frequencies, and all numbers stay real.
#
# ## 4. Tiles and channels
#
# A whole picture is cut into tiles. $F(m \times m, 3 \times 3)$ makes $m \times m$ results of $(m + 2) \times (m + 2)$
# pixels, so the tiles of results lie side by side, and those of pixels overlap by two. If $m$ does not divide the
# number of results, the last tiles reach beyond the picture: pad with zeros until they fit, and cut off what is too
# much.
#
# With $C$ channels and $K$ kernels, a result is a sum over channels. The last transform is linear, so sum first and
# transform back once. And for each of the 16 frequencies $f$ the sum is
#
# $$\text{products}_{f,\,k,\,\text{tile}} = \sum_c \text{weights}_{f,\,k,\,c} \cdot \text{tiles}_{f,\,c,\,\text{tile}},$$
#
# **a matrix product**, the one thing that computers do best. A convolution has become 16 matrix products, of
# $K \times C$ times $C \times$ (number of tiles).
#
# Now count again, for a tile of $F(2 \times 2, 3 \times 3)$ with $C = K = 64$. Products:
# $16 \cdot 64 \cdot 64 = 65\,536$, instead of $36 \cdot 64 \cdot 64 = 147\,456$. Transforming a tile of one channel
# takes 32 additions, and back 24: together $56 \cdot 64 = 3584$, a twentieth of the products. With one channel the
# transforms would cost more than they save.
#
# > **Often misunderstood.** "Winograd is fast because additions are cheaper than multiplications." They were, in 1980.
# > Today's processors multiply and add in one instruction, and the trick would be worthless for a single channel. It
# > is fast because a transformed tile is used by all $K$ kernels, and a transformed kernel by all tiles.
#
# **What do you expect?** A picture of 7 x 8 pixels, padding 1, $F(4 \times 4, 3 \times 3)$. How many tiles are there,
# and to how many rows and columns is the picture padded?
#
# ### Exercise 3: the whole convolution


# %%
def winograd_conv2d(x, weight, matrices, padding=0):
    """The convolution of lesson 7 with kernels of 3 x 3 at stride 1, by F(m x m, 3 x 3).

    x: (N, C, H, W), N may be 0;  weight: (K, C, 3, 3), of the dtype of x
    matrices: (BT, G, AT), float64, of (m+2, m+2), (m+2, 3) and (m, m+2); m is any number from 1 on
    padding: rows and columns of zeros on each side
    Returns y (N, K, oh, ow), of the dtype of x, with oh = H + 2*padding - 2.

    Tile (a, b) of y has its corner at row a*m and column b*m. It is the sum over the channels of
    AT @ ((G @ weight @ G.T) * (BT @ tile @ BT.T)) @ AT.T, where tile is the (m+2) x (m+2) pixels
    with the same corner in the padded picture, zeros beyond its end. That holds for any three
    matrices, and the check will try some that compute no convolution.
    """
    ### BEGIN SOLUTION
    BT, G, AT = (matrix.astype(x.dtype) for matrix in matrices)
    (N, C, H, W), K, (m, size) = x.shape, len(weight), AT.shape
    oh, ow = H + 2 * padding - 2, W + 2 * padding - 2
    rows, columns = -(-oh // m), -(-ow // m)
    below, right = padding + rows * m - oh, padding + columns * m - ow
    padded = np.pad(x, ((0, 0), (0, 0), (padding, below), (padding, right)))
    tiles = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(2, 3))[:, :, ::m, ::m]
    tiles = (BT @ tiles @ BT.T).transpose(4, 5, 1, 0, 2, 3)  # (size, size, C, N, rows, columns)
    weights = (G @ weight @ G.T).transpose(2, 3, 0, 1)  # (size, size, K, C)
    products = weights @ tiles.reshape(size, size, C, N * rows * columns)
    products = products.reshape(size, size, K, N, rows, columns).transpose(3, 2, 4, 5, 0, 1)
    y = (AT @ products @ AT.T).transpose(0, 1, 2, 4, 3, 5)  # (N, K, rows, m, columns, m)
    return y.reshape(N, K, rows * m, columns * m)[:, :, :oh, :ow]
    ### END SOLUTION


# %%
check("11.winograd_conv2d", winograd_conv2d)

# %% [markdown]
# (There are $7 \times 8$ results, so $2 \times 2$ tiles. They cover 8 x 8 results, and need 10 x 10 pixels: one row
# and one column at the beginning, two rows and one column at the end.)
#
# ## 5. Error against speed
#
# All these algorithms compute the same results, if numbers are exact. In float32 they are not. Here is the error of
# each, for a layer of 64 channels, measured against lesson 7 in float64: the length of the difference over the length
# of the result. Beside it the products for each result.
#
# **What do you expect?** float32 keeps about seven digits. How many does each algorithm lose?

# %% tags=["expected"]
x32 = rng.standard_normal((1, 64, 56, 56)).astype(np.float32)
weight32 = rng.standard_normal((64, 64, 3, 3)).astype(np.float32)
truth = conv_forward(x32.astype(float), weight32.astype(float), padding=1)


def error_of(y):
    return np.linalg.norm(y - truth) / np.linalg.norm(truth)


MATRICES = {m: winograd_matrices(m, points) for m, points in POINTS.items()}
yours = {"im2col": lambda: conv_forward(x32, weight32, padding=1)}
yours |= {f"F({m})": lambda m=m: winograd_conv2d(x32, weight32, MATRICES[m], padding=1) for m in MATRICES}
errors = {name: error_of(convolve()) for name, convolve in yours.items()}
for name, products in zip(yours, (9, 4, 2.25, 1.78)):
    print(f"{name:7} {products:5} products for each result, relative error {errors[name]:.0e}")

# %% [markdown]
# $F(2 \times 2)$ is as accurate as the plain convolution. $F(4 \times 4)$ loses most of a digit, $F(6 \times 6)$ a
# whole one. Neither is likely to matter to a net, whose weights were found by noisy gradients. But half precision has
# only three digits to begin with. On a smaller layer:

# %% tags=["expected"]
x16, weight16 = x32[:, :16, :28, :28].astype(np.float16), weight32[:16, :16].astype(np.float16)
exact = conv_forward(x16.astype(float), weight16.astype(float), padding=1)
for m, matrices in MATRICES.items():
    off = winograd_conv2d(x16, weight16, matrices, padding=1) - exact
    print(f"float16, F({m}): relative error {np.linalg.norm(off) / np.linalg.norm(exact):.1%}")

# %% [markdown]
# Now the clock. minifcn has the same algorithms, in machine code, and can be told which one to take. Both are timed on
# the layer above: the best of several runs, in milliseconds.
#
# **What do you expect?** NumPy's matrix products are fast, its small transforms are slow. Which of your four functions
# is the fastest, and which of the library's?

# %% tags=["volatile"]
def best_of(convolve, runs=7):
    """Milliseconds of the fastest run."""
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        convolve()
        times.append(1e3 * (time.perf_counter() - start))
    return min(times[1:])


def theirs(name):
    with algorithm(name), no_grad():
        return F.conv2d(tensor(x32), tensor(weight32), padding=1).numpy()


library = {"im2col": "im2col", "F(2)": "winograd2", "F(4)": "winograd4"}
found = {
    "yours, in NumPy": {name: (best_of(convolve), errors[name]) for name, convolve in yours.items()},
    "minifcn": {name: (best_of(lambda n=n: theirs(n)), error_of(theirs(n))) for name, n in library.items()},
}
plot.scatter(found, x="milliseconds", y="relative error in float32", log="xy")

# %% [markdown]
# Further left is faster, further down is more accurate. The library's three points show the bargain: to $F(2)$ speed
# is free, and from there to $F(4)$ it costs most of a digit. (Measured on two cores of an AMD EPYC with AVX-512.)
#
# Yours tell another story. $F(2)$ multiplies less than half as often as im2col, and is the slowest of all. NumPy has
# no fast way to multiply fifty thousand tiles of 4 x 4 by a small matrix: it walks from one to the next. Larger tiles
# are fewer, so $F(4)$ and $F(6)$ come closer, but none of the three beats im2col. The multiplications that are saved
# only limit the time that can be saved. The library comes nearer to that limit by transforming vectors of channels, a
# few tiles at a time, while they are in the cache.
#
# ## 6. Where the error comes from
#
# Nothing is rounded more coarsely in $F(6)$ than in $F(2)$. But look at $G$ and $A^T$ of $F(4)$: the point 2 brings
# the powers $2^2$ and $2^3$. Large numbers are made, and then subtracted until a small result is left. Each large
# number has a large rounding error, and that stays.
#
# How large do they get? Take all numbers of $x$ and $w$ for 1 and all signs for the worst: result $i$ is then a sum of
#
# $$\sum_f |A^T_{if}| \cdot \Bigl(\sum_r |G_{fr}|\Bigr) \cdot \Bigl(\sum_q |B^T_{fq}|\Bigr),$$
#
# where the plain convolution has 3. In two dimensions both are squared. Let us call the ratio the *amplification*.
#
# **What do you expect?** Which seven points are better for $F(6)$: $0, \pm1, \pm2, \pm3$, or
# $0, \pm1, \pm2, \pm\frac12$?

# %% tags=["expected"]
choices = {"F(2): 0, 1, -1": (2, POINTS[2]), "F(4): 0, 1, -1, 2, -2": (4, POINTS[4])}
choices["F(4): 0, 1, -1, 1/2, -1/2"] = 4, (0, 1, -1, 1 / 2, -1 / 2)
choices["F(4): 0, 1, 2, 3, 4"] = 4, (0, 1, 2, 3, 4)
choices["F(6): 0, 1, -1, 2, -2, 1/2, -1/2"] = 6, POINTS[6]
choices["F(6): 0, 1, -1, 2, -2, 3, -3"] = 6, (0, 1, -1, 2, -2, 3, -3)
choices["F(8): those of F(6), 4, -4"] = 8, (*POINTS[6], 4, -4)
choices["F(8): those of F(6), 3/4, -4/3"] = 8, (*POINTS[6], 3 / 4, -4 / 3)
print("points                             amplification   relative error in float32")
for name, (m, points) in choices.items():
    BT, G, AT = matrices = winograd_matrices(m, points)
    largest = (abs(AT) @ (abs(G).sum(1) * abs(BT).sum(1))).max() / 3
    found_error = error_of(winograd_conv2d(x32, weight32, matrices, padding=1))
    print(f"{name:34} {largest**2:13,.0f} {found_error:17.0e}")

# %% [markdown]
# The points decide. Pairs of both signs are far better than one side, and halves than threes: where the powers of 2
# are large, those of $\frac12$ are small. The errors come in the order of the amplifications; they grow more slowly,
# because the signs are hardly ever at their worst.
#
# After $0, \pm1, \pm2, \pm\frac12$ the good points are used up. The next pair costs another digit even if it is chosen
# with care, and saves one multiplication in eight. That is why libraries stop at $F(4)$ or $F(6)$: accuracy ends the
# table of section 3, long before the arithmetic does.
#
# ## Where this stands in minifcn
#
# | you | minifcn |
# |---|---|
# | `winograd_matrices` | `kernels/cpu/convolution/transform.py`: $B^T$ is written out, in whole numbers, and the other two follow from it and the points |
# | `winograd_conv2d` | `kernels/cpu/convolution/winograd.py`; a block of tiles stays in the cache all the way |
# | tiles over the edge | `kernels/cpu/convolution/winograd_tiles.py` says which of their pixels the picture has; no picture is padded, no tile copied |
# | backward | `kernels/cpu/convolution/winograd_weight.py`: the same formula, transposed |
# | error or speed | `kernels/cpu/convolution/choose.py` takes $F(4)$ for large maps, $F(2)$ for small ones |
#
# The library's matrices are yours, up to such factors: for each point, the product of the three parts is the same.


# %% tags=["expected"]
def parts(BT, G, AT):
    return np.einsum("if,fr,fq->firq", AT, G, BT)


for m in 2, 4:
    library = [transform.MATRICES[name] for name in (f"image{m + 2}", f"weight{m + 2}x3", f"output{m}x{m + 2}")]
    print(f"F({m}): the same", np.allclose(parts(*library), parts(*MATRICES[m])))

# %% [markdown]
# ## Three questions
#
# **1.** How many multiplications does $F(2 \times 2, 5 \times 5)$ take, and how many times fewer is that than
# directly?
#
# <details><summary>Answer</summary>
#
# $(2 + 5 - 1)^2 = 36$, instead of $4 \cdot 25 = 100$: 2.8 times fewer. It needs six points, as
# $F(4 \times 4, 3 \times 3)$ does, and has the same $B^T$ and about the same error.
#
# </details>
#
# **2.** A map of 7 x 7 results. What do $F(2 \times 2)$ and $F(4 \times 4)$ really save?
#
# <details><summary>Answer</summary>
#
# Directly $9 \cdot 49 = 441$ products. $F(2)$ has $4 \times 4$ tiles of 16, together 256: 1.7 times fewer, not 2.25.
# $F(4)$ has $2 \times 2$ tiles of 36, together 144: 3.1 times fewer, not 4. And with so few tiles, transforming the
# kernels is no longer negligible.
#
# </details>
#
# **3.** Why is there no $F(2, 3)$ for a convolution with stride 2?
#
# <details><summary>Answer</summary>
#
# The trick lives on windows that share pixels: neighbours share two of three at stride 1. At stride 2 they share one.
# One can split the picture into its even and odd pixels, each with a part of the kernel and stride 1. The parts have
# two weights and one, so there is little left to save.
#
# </details>
#
# ## Two open problems
#
# **A.** Search for better points for $F(6)$. Random fractions with small numerators, the amplification as the score,
# the error in float32 as the proof. How much is there to gain?
#
# **B.** Write the backward pass: the gradient of the weight is a convolution of $x$ by the upstream gradient, whose
# kernel is as large as a tile. Find its three matrices by transposing once more, and compare the error with lesson
# 7's.
#
# ## The paper
#
# Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", 2016. Section 4 has $F(2, 3)$ as in our section
# 1, nests it, and adds up over channels before the transform back; section 4.3 has $F(4 \times 4, 3 \times 3)$. Their
# figures are for graphics cards. Winograd's minimal algorithms are from 1980, Toom's polynomials from 1963.
