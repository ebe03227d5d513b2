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
# # Lesson 13: Interpolation is a transposed convolution
#
# Which transposed convolution does what every photo program does when it enlarges a picture?
#
# The program asks for each new pixel: where in the old picture am I? Then it mixes the old pixels around that
# place. This is *bilinear interpolation*, and nothing in it looks like a layer of a network. FCN has to enlarge, too,
# by 2, by 8, by 32. The paper does it with a transposed convolution whose weights make it bilinear. Which weights are
# these, for a factor of 2, of 3, of 32? Is the result the same? In every pixel?
#
# *Section 3.3 of the paper (upsampling is backwards convolution) · builds on lesson 12 · 75 minutes*
#
# 1. [Where does a new pixel look?](#1.-Where-does-a-new-pixel-look?)
# 2. [What does one old pixel do?](#2.-What-does-one-old-pixel-do?)
# 3. [How do the stamps make a picture?](#3.-How-do-the-stamps-make-a-picture?)
# 4. [Where are the two equal, and where not?](#4.-Where-are-the-two-equal,-and-where-not?)
# 5. [Nearest, and others](#5.-Nearest,-and-others)
# 6. [What does it look like?](#6.-What-does-it-look-like?)
#
# Stuck in an exercise? `hint("13.interpolate")` gives a first hint, and a further one each time you call it.

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import inspect

import numpy as np

from minifcn import functional as F
from minifcn import plot, tensor
from minifcn.course import check, earlier, hint
from minifcn.data import photograph
from minifcn.functional import resize

# Lesson 12's layer, as the course wrote it.
# To work with yours, add answers="12_transposed_convolution.ipynb".
conv_transpose2d = earlier("12.conv_transpose2d")

# %% [markdown]
# ## 1. Where does a new pixel look?
#
# A pixel is a little square. Its value belongs to its centre. Old pixel 0 covers the places from $-\frac12$ to
# $\frac12$, pixel 1 those from $\frac12$ to $1\frac12$, and so on.
#
# Enlarge by $f = 2$. Two new pixels share each old one, so they are half as wide. The first covers $-\frac12$ to
# $0$, and its centre is at $-\frac14$. The next centres are $\frac14, \frac34, 1\frac14, \dots$ In general new
# pixel $u$ has its centre, measured in old pixels, at
#
# $$ t = \frac{u + \frac12}{f} - \frac12. $$
#
# Both halves are needed: $u + \frac12$ is the middle of the new pixel, counted from the picture's edge; and the
# edge lies half an old pixel before the centre of pixel 0.
#
# Now draw straight lines between the old centres, and read off the values. By hand, with the three pixels $0, 8, 4$
# and $f = 2$:
#
# | new pixel | looks at | lies between | result |
# |---|---|---|---|
# | 0 | $-\frac14$ | before pixel 0: repeat it | $0$ |
# | 1 | $\frac14$ | 0 and 1, nearer to 0 | $\frac34 \cdot 0 + \frac14 \cdot 8 = 2$ |
# | 2 | $\frac34$ | 0 and 1, nearer to 1 | $\frac14 \cdot 0 + \frac34 \cdot 8 = 6$ |
# | 3 | $1\frac14$ | 1 and 2, nearer to 1 | $\frac34 \cdot 8 + \frac14 \cdot 4 = 7$ |
# | 4 | $1\frac34$ | 1 and 2, nearer to 2 | $\frac14 \cdot 8 + \frac34 \cdot 4 = 5$ |
# | 5 | $2\frac14$ | after pixel 2: repeat it | $4$ |
#
# **What do you expect?** The picture below draws the straight lines and the six new pixels. Does any new pixel reach
# the tip of the line, 8?


# %%
def squares(values, width):
    """Pixels as they are, each with one value over its whole width."""
    edges = np.arange(len(values) + 1) * width - 0.5
    return edges.repeat(2)[1:-1], np.repeat(values, 2)


plot.lines(
    {
        "three old pixels": squares([0, 8, 4], 1),
        "straight lines between their centres": ([-0.5, 0, 1, 2, 2.5], [0, 0, 8, 4, 4]),
        "six new pixels": squares([0, 2, 6, 7, 5, 4], 0.5),
    },
    x="place, in old pixels",
    y="value",
)

# %% [markdown]
# Each new pixel has the height of the line at its own centre, and no centre lies under the tip. The line's flat ends
# are the repeated pixels.
#
# There is a second convention, and many bugs come from mixing the two. With `align_corners=True` the *centres* of the
# outer pixels stay where they are: new pixel $u$ of $m$ looks at $t = u (n - 1)/(m - 1)$. When three pixels become
# six, these are the places $0, 0.4, 0.8, 1.2, 1.6, 2$. The steps are $0.4$, not $\frac12$, and they depend on the
# size of the picture. So the pixels do not all get the same treatment, and no layer with a fixed kernel can do it.
# Everything below uses `align_corners=False`, the formula above.
#
# In two dimensions: first along the columns, then along the rows. That is what *bi*linear means. A point between
# four pixels gets a share of each, and the share is a product of a vertical and a horizontal one.
#
# Write it for any number of axes, one after the other. Then signals, images and volumes need no code of their own.
#
# ### Exercise 1: linear interpolation


# %%
def interpolate(x, factor):
    """Enlarge signals, pictures or volumes `factor` times by linear interpolation along every axis.

    x:      (N, C, W), (N, C, H, W) or (N, C, D, H, W), floats
    factor: an int
    Returns the same with factor times as many entries on each axis but the first two, in x's
    dtype. Output u looks at the place (u + 1/2) / factor - 1/2 of the input, clipped to
    0 ... n - 1, and mixes the two neighbours.
    With [0, 8, 4] and factor 2 it is [0, 2, 6, 7, 5, 4].
    """
    ### BEGIN SOLUTION
    for axis in range(2, x.ndim):
        n = x.shape[axis]
        place = ((np.arange(factor * n) + 0.5) / factor - 0.5).clip(0, n - 1)
        left = np.floor(place).astype(int)
        right = np.minimum(left + 1, n - 1)
        share = (place - left).astype(x.dtype).reshape(-1, *[1] * (x.ndim - axis - 1))
        x = (1 - share) * x.take(left, axis) + share * x.take(right, axis)
    return x
    ### END SOLUTION


# %%
check("13.interpolate", interpolate)

# %% [markdown]
# *Trilinear* is not a better bilinear. It is the same thing along three axes, for volumes such as a scan of a
# head. You have written it already.
#
# **What do you expect?** A volume of 3 x 4 x 5, enlarged by 2: what is its shape? How many old values does a new one
# mix?

# %% tags=["expected"]
rng = np.random.default_rng(0)
volume = rng.standard_normal((1, 2, 3, 4, 5))
theirs = F.interpolate(tensor(volume), scale_factor=2, mode="trilinear", align_corners=False)
yours = interpolate(volume, 2)
print(volume.shape, "->", yours.shape, "  equal:", np.allclose(yours, theirs.data))

# %% [markdown]
# ## 2. What does one old pixel do?
#
# Until now each new pixel has asked: from whom do I collect? Turn the question around, as in lesson 12.
# Interpolation is linear: double the picture and the result doubles, add two pictures and the results add. So it
# is enough to know what a single pixel of value 1 does, alone among zeros. Any picture is a sum of such pixels.
#
# **What do you expect?** The row $0, 0, 1, 0, 0$, enlarged by 2, by 3 and by 4. How many new pixels are not 0 in each
# case? For which factors is one of them 1?

# %% tags=["expected"]
alone = np.array([[[0.0, 0, 1, 0, 0]]])
curves = {"straight lines": ([-1.5, -1, 0, 1, 1.5], [0, 0, 1, 0, 0])}
for factor in 2, 3, 4:
    heights = interpolate(alone, factor)[0, 0]
    centres = (np.arange(len(heights)) + 0.5) / factor - 2.5
    seen = abs(centres) < 1.5
    curves[f"factor {factor}"] = centres[seen], heights[seen]
    print(f"factor {factor}:", heights[heights > 0].round(3))
points = list(curves)[1:]
plot.lines(curves, x="distance from the pixel, in old pixels", y="height", dots=points)

# %% [markdown]
# A **triangle**. It falls from 1, at the pixel itself, to 0 at its neighbours. That is one old pixel, or $f$ new
# ones. So from one new pixel to the next the height falls by $1/f$. For each factor the new pixels take samples of
# the same triangle; only their places differ.
#
# - **Even $f$.** The old centre lies *between* two new ones. The distances, in new pixels, are
#   $\frac12, 1\frac12, \dots, f - \frac12$ on either side: $2f$ heights above zero. For $f = 2$ they are
#   $\frac14, \frac34, \frac34, \frac14$.
# - **Odd $f$.** The old centre lies *on* a new one. The distances are $0$, and $1, 2, \dots, f - 1$ on either
#   side: $2f - 1$ heights. For $f = 3$ they are $\frac13, \frac23, 1, \frac23, \frac13$.
#
# Both cases in one: there are $2f - (f \bmod 2)$ heights, and they are symmetric about their middle. Counted from
# 0, the middle of $k$ numbers is at $(k - 1)/2$.
#
# In two dimensions the share was a product, so the kernel is one, too: height of the row times height of the column.
# It is neither a pyramid nor a cone. For $f = 2$ the corner is $\frac14 \cdot \frac14 = \frac1{16}$, and the four
# numbers in the middle are $\frac34 \cdot \frac34 = \frac9{16}$.
#
# Others call the triangle a *tent* or a *hat*, and what a single 1 becomes the *impulse response* of a linear map.
#
# ### Exercise 2: the bilinear kernel


# %%
def bilinear_kernel(factor):
    """The kernel with which a transposed convolution of stride `factor` enlarges bilinearly.

    factor: an int f >= 1
    Returns (k, k), float64, with k = 2f - f % 2: the outer product of two triangles, whose height
    is 1 at their centre, the middle of the k pixels, and falls by 1/f from pixel to pixel.
    bilinear_kernel(2) has the rows [1, 3, 3, 1] / 16, [3, 9, 9, 3] / 16, and the same again in
    reverse order.
    """
    ### BEGIN SOLUTION
    k = 2 * factor - factor % 2
    centre = (k - 1) / 2
    heights = 1 - abs(np.arange(k) - centre) / factor
    return np.outer(heights, heights)
    ### END SOLUTION


# %%
check("13.bilinear_kernel", bilinear_kernel)

# %% [markdown]
# ## 3. How do the stamps make a picture?
#
# Here are your kernels, all on one scale:

# %% tags=["expected"]
plot.grids(cell=0.45, limit=1, **{f"factor_{f}": bilinear_kernel(f) for f in (1, 2, 3)})

# %% [markdown]
# Each old pixel stamps its triangle, times its value, and the next stamp lands $f$ new pixels further on. Where
# stamps overlap they add. This is a transposed convolution with stride $f$. By hand: two pixels, $4$ and $8$, and
# $f = 2$.
#
# **What do you expect?** Write the two stamps below each other, two places apart, and add.

# %% tags=["expected"]
triangle = bilinear_kernel(2).sum(axis=0) / 2  # the triangle itself: its heights add to f
plot.stamps(np.array([4, 8]), triangle, stride=2)

# %% [markdown]
# Look at the places where two stamps overlap: $3 \cdot 1 + 2 = 5$ and $1 + 6 = 7$. Interpolation gives the same:
# $\frac34 \cdot 4 + \frac14 \cdot 8 = 5$, $\frac14 \cdot 4 + \frac34 \cdot 8 = 7$. At each of these places the
# heights of the two triangles add to 1, since one falls as fast as the other rises. Therefore a constant picture
# stays constant.
#
# **How many are too many?** $n$ stamps of $k$ pixels, $f$ apart, cover $(n - 1) f + k$ pixels. We want $n f$. So
# $k - f$ are too many, $(k - f)/2$ on either side. Above, that is one: $3, 5, 7, 6$ remains. This is what
# `padding` does in a transposed convolution: it cuts off.
#
# For the cut to be a whole number, $k - f$ must be even. That is why an odd factor wants an odd kernel. The
# triangle could also be sampled at 6 places for $f = 3$, but then $1\frac12$ pixels would have to be cut off: the
# picture would move by half a pixel.
#
# **And the channels?** Each is enlarged by itself. A transposed convolution from $C$ to $C$ channels has $C \times C$
# kernels. If all of them are filled with triangles, every channel of the result is the *sum* of all channels, and in
# FCN all classes get equal scores. Caffe's filler called `bilinear` does just that to a layer without groups, and
# several people have fallen into this trap. Only the diagonal may be filled; or the layer works on each channel
# separately.
#
# Let the kernel be an argument. You will need another one below.
#
# ### Exercise 3: upsampling with a kernel


# %%
def upsample(x, kernel, factor):
    """Enlarge pictures `factor` times by a transposed convolution, each channel by itself.

    x:      (N, C, H, W), floats
    kernel: (k, k), the stamp; k - factor is even and not negative
    factor: the stride, an int
    Returns (N, C, factor * H, factor * W), of x's dtype: (k - factor) / 2 pixels are cut off on
    every side.
    With [[1, 2]], a kernel of 2 x 2 ones and factor 2 it is [[1, 1, 2, 2], [1, 1, 2, 2]].
    """
    ### BEGIN SOLUTION
    N, C, H, W = x.shape
    weight = kernel[None, None].astype(x.dtype)
    padding = (len(kernel) - factor) // 2
    y = conv_transpose2d(x.reshape(N * C, 1, H, W), weight, stride=factor, padding=padding)
    return y.reshape(N, C, factor * H, factor * W)
    ### END SOLUTION


# %%
check("13.upsample", upsample)

# %% [markdown]
# ## 4. Where are the two equal, and where not?
#
# You now have two linear maps that make $2n$ numbers of $n$. So each is a matrix. Its columns are what single
# pixels do. Here are both for $n = 4$ and $f = 2$, and their difference, on one colour scale.
#
# **What do you expect?** In which rows do they differ? Think of the new pixels at the two ends: whom do they ask?


# %% tags=["expected"]
def as_matrix(enlarge, n):
    """The matrix of a map that enlarges rows of n pixels, column by column."""
    units = np.eye(n).reshape(n, 1, 1, n)  # n pictures of one row, each with a single 1
    return enlarge(units)[:, 0, 0].T


def blank(m):
    return np.where(abs(m) < 1e-12, np.nan, m)


across = np.outer([0, 1, 1, 0], triangle)  # along the rows the triangle, along the columns a box
interpolating = as_matrix(lambda x: interpolate(x, 2), 4)
stamping = as_matrix(lambda x: upsample(x, across, 2), 4)
plot.grids(
    cell=0.42,
    limit=1,
    interpolate=blank(interpolating),
    upsample=blank(stamping),
    difference=blank(interpolating - stamping),
)

# %% [markdown]
# **Inside they are equal.** And in `upsample` all columns are the same triangle, each two rows below the last: that
# is what makes it a transposed convolution. A column is a stamp; a row says from whom a new pixel collects.
#
# **At the ends they differ**, by $\frac14$ in one place at each end. Each row of `interpolate` adds to 1. In
# `upsample` the first and the last row add to $\frac34$: the other quarter belongs to a stamp of pixel $-1$, and
# there is no such pixel. Interpolation repeats the edge; the transposed convolution finds zeros there, and fades.
# This affects the outer $f/2$ pixels (for odd $f$: $(f - 1)/2$).
#
# So the difference is only in what lies beyond the edge. If we *give* the picture one more pixel on every side, a
# copy of the outermost, and crop the result, the two are equal everywhere.
#
# **What do you expect?** For five factors, three comparisons: inside the rim, everywhere, and everywhere with an edge.
# Which are equal?

# %% tags=["expected"]
print("equal?       inside the rim    everywhere    with an edge")
for factor in 2, 3, 4, 5, 8:
    x = rng.standard_normal((2, 3, 5, 7))
    kernel = bilinear_kernel(factor)
    wanted, found = interpolate(x, factor), upsample(x, kernel, factor)
    rim = factor // 2
    inside = np.s_[:, :, rim:-rim, rim:-rim]
    edged = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    repaired = upsample(edged, kernel, factor)[:, :, factor:-factor, factor:-factor]
    pairs = (found[inside], wanted[inside]), (found, wanted), (repaired, wanted)
    equal = [str(np.allclose(a, b)) for a, b in pairs]
    print(f"factor {factor}{equal[0]:>16}  (rim {rim}){equal[1]:>9}{equal[2]:>14}")

# %% [markdown]
# ## 5. Nearest, and others
#
# *Nearest neighbour* repeats the closest pixel. One pixel alone becomes a square of $f$ x $f$ ones: a **box** in
# place of the triangle. Its size is $k = f$, so nothing is cut off and no stamps overlap.
#
# **What do you expect?** Does this layer have a rim where it differs from repeating pixels?

# %% tags=["expected"]
small = np.array([[1.0, 2, 3], [4, 5, 6]])[None, None]
by_box = upsample(small, np.ones((3, 3)), 3)
by_repeating = small.repeat(3, axis=2).repeat(3, axis=3)
print("a box repeats:", np.array_equal(by_box, by_repeating))

# %% [markdown]
# It has no rim, since it asks nobody beyond the edge.
#
# The kernels form a family. A box slid over a box is a triangle; a triangle slid over a box is a smooth bump, and so
# on. Trilinear is not a new one: it is the triangle again, on a third axis. As a transposed convolution it would be a
# kernel of $k \times k \times k$ numbers, each a product of three heights.
#
# ## 6. What does it look like?
#
# The portrait of Grace Hopper, with 64 x 64 pixels, enlarged by 8. At the top is the whole picture; below it are the
# face and the upper right corner, enlarged further.
#
# **What do you expect?** In which of the three versions will you see squares, in which creases, and what happens at the
# edge of the last?

# %% tags=["expected"]
face = photograph(side=64).transpose(2, 0, 1)[None]  # (1, 3, 64, 64): colours are channels
enlarged = {
    "nearest": upsample(face, np.ones((8, 8)), 8),
    "bilinear": interpolate(face, 8),
    "FCN's layer": upsample(face, bilinear_kernel(8), 8),
}
whole = {name: picture[0].transpose(1, 2, 0) for name, picture in enlarged.items()}
face_of = {f"{name}: face": picture[80:240, 165:325] for name, picture in whole.items()}
corner = {f"{name}: corner": picture[:48, -48:] for name, picture in whole.items()}
plot.pictures(width=2.9, ncols=3, **whole, **face_of, **corner)

# %% [markdown]
# Nearest shows squares. Bilinear is soft; if you look closely you see its creases, where the straight lines meet.
# FCN's layer does the same, except for the difference of section 4: in the corner the outer four pixels ($f/2 = 4$)
# fade towards black.
#
# Does the fading hurt FCN? Less than you might think; see question 2.
#
# A transposed convolution is a layer, so its weights *could* be learned. The paper fixes the last upsampling to
# bilinear, and lets those before it start as bilinear and learn. (In the nets that the authors published, all are
# fixed. They report no significant difference.) A good interpolation is a good place to start.
#
# ## Where this stands in minifcn
#
# | you | minifcn |
# |---|---|
# | `interpolate` | `interpolate` in `functional/resize.py`: the same places, one sparse matrix for each axis |
# | `bilinear_kernel` | `bilinear_kernel` there, and `bilinear_` in `nn/init.py`, which fills a layer |
# | `upsample` | `F.conv_transpose2d` with `groups=C`, which keeps the channels apart |
# | | the layers `upscore2`, `upscore16`, ... in `models/fcn.py` |
#
# The library's `interpolate` builds the matrix of section 4, but keeps only the two weights of each row. Compare
# with yours: `ratio` is $1/f$, `i` counts the new pixels (our $u$).

# %%
print(inspect.getsource(resize.linear))

# %% tags=["expected"]
x = rng.standard_normal((2, 3, 6, 5))
theirs = F.interpolate(tensor(x), scale_factor=4, mode="bilinear", align_corners=False)
print("interpolate equal:         ", np.allclose(interpolate(x, 4), theirs.data))

for factor in 1, 2, 3, 8, 32:
    yours, theirs = bilinear_kernel(factor), F.bilinear_kernel(factor, dtype=np.float64)
    print(f"bilinear_kernel({factor}) equal:".ljust(27), np.allclose(yours, theirs))

kernel = F.bilinear_kernel(4, dtype=np.float64)
weight = np.stack([kernel[None]] * 3)  # (C, 1, k, k), one kernel for each channel
theirs = F.conv_transpose2d(tensor(x), tensor(weight), stride=4, padding=2, groups=3)
print("upsample equal:            ", np.allclose(upsample(x, bilinear_kernel(4), 4), theirs.data))

# %% [markdown]
# ## Three questions
#
# **1.** FCN-32s enlarges by 32 in one step, FCN-16s by 2 and then by 16. Is bilinear by 2, followed by bilinear by 16,
# the same as bilinear by 32?
#
# <details><summary>Answer</summary>
#
# No. Both are piecewise linear, but the straight pieces meet in different places. By 32 they meet at the centres of
# the old pixels only. By 2 and 16 they meet at the centres of the pixels in between, which are at $\pm\frac14$ from
# the old ones. There the value is $\frac34$ of one and $\frac14$ of the other, as it should be, but the tip at the
# old centre itself is cut off by a straight line between the two neighbours at $-\frac14$ and $+\frac14$: a single 1
# reaches only $\frac34$.
#
# </details>
#
# **2.** At the rim FCN's layer fades: the scores there are too small. Does that change the class that the network
# names?
#
# <details><summary>Answer</summary>
#
# No. The faded score is the interpolated score times a factor that depends only on the place: how much of the
# triangles' height is there. All classes are multiplied by the same positive factor, and the largest remains the
# largest. (This needs a layer without bias, and it has none.) But the softmax becomes less sure, so the loss at these
# pixels changes.
#
# </details>
#
# **3.** A widely copied piece of code makes a bilinear kernel of any size $k$ with $f = \lceil k/2 \rceil$ and the
# centre $f - \frac12 - \frac12 (f \bmod 2)$. Try $k = 4$ and $k = 6$. What is wrong, and why did nobody notice?
#
# <details><summary>Answer</summary>
#
# The middle of $k$ numbers is $(k - 1)/2$. For $k = 4$: $f = 2$, the centre is $1\frac12$, right. For $k = 6$:
# $f = 3$, the centre is $2\frac12 - \frac12 = 2$, but the middle is $2\frac12$. The kernel is lopsided, and the
# picture moves by half a pixel. The code asks whether $f$ is odd, where it should ask whether $k$ is. It is wrong
# for $k = 2, 3, 6, 7, 10, 11, \dots$, and right for 4, 16, 32 and 64, which are the sizes in the nets built on
# VGG16. (For the AlexNet variant, $k = 63$, it is wrong.)
#
# </details>
#
# ## Two open problems
#
# **A.** With `align_corners=True` no layer with a fixed kernel does the interpolation. But for pictures of one size it
# is linear. Can you write it as a few layers that you have, say an upsampling and something before or after it?
#
# **B.** The kernel that lesson 12 learned was sharper than the bilinear one. Is there a kernel of $4f$ x $4f$ pixels
# that enlarges photographs better than bilinear? Decide first how to measure "better", and on which photographs.
#
# ## The paper
#
# Section 3.3. In bilinear interpolation, it says, each output is a linear map of the nearest four inputs, which
# depends only on the relative positions of the cells. That is the whole condition: the same triangle for every
# pixel. The rest is lesson 12. The paper speaks of backwards convolution, or deconvolution, with an output stride
# of $f$, and adds that its filter need not be fixed but can be learned. `upsample_filt` in the authors'
# surgery.py is your `bilinear_kernel`.
#
# > **Often misunderstood.** Study notes list "trilinear" and "NN-size convolution" as further kinds of interpolation
# > for FCN. Trilinear is for volumes (section 1). "NN-size convolution" is two layers: enlarge by nearest neighbour,
# > then an ordinary convolution with learned weights. It is a way to avoid checkerboards (lesson 12), since nearest
# > neighbour has no uneven overlaps.
