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
# # Lesson 23: Seeing far without pooling
#
# A unit of VGG16 sees 404 pixels because five poolings have thrown places away. Can it see as far and keep them?
#
# FCN brings the places back afterwards, by upsampling and skips. There is another school: never lose them. It began with
# a trick that the paper describes and does not use, and led to DeepLab and PSPNet. Here you write the trick, the layer
# that replaces it, and the two heads that made it famous. You also meet the price of the layer, a grid that it leaves in
# its result.
#
# *Section 3.2 of the paper (shift-and-stitch) · builds on lessons 7, 10, 13 and 17 · an elective · 105 minutes*
#
# 1. [What a stride throws away](#1.-What-a-stride-throws-away)
# 2. [Holes in the kernel](#2.-Holes-in-the-kernel)
# 3. [The same numbers for less](#3.-The-same-numbers-for-less)
# 4. [Which pixels does it see?](#4.-Which-pixels-does-it-see?)
# 5. [Several rates side by side](#5.-Several-rates-side-by-side)
# 6. [A pyramid of means](#6.-A-pyramid-of-means)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import numpy as np

from minifcn import functional as F
from minifcn import plot, tensor
from minifcn.course import check, hint
from minifcn.data import photograph

rng = np.random.default_rng(0)

# %% [markdown]
# Stuck? `hint("23.shift_and_stitch")` gives a nudge, and one more each time you call it.
#
# ## 1. What a stride throws away
#
# A row of eight pixels, and a max pooling of 2 at stride 2:
#
# | | |
# |---|---|
# | pixels | $3, 1, 4, 1, 5, 9, 2, 6$ |
# | pooled | $3, 4, 9, 6$ |
#
# There are windows that it never looked at: pixels 1 and 2, pixels 3 and 4, pixels 5 and 6. To see them, move the row by
# one pixel to the left, fill up with a zero, and pool again:
#
# | | |
# |---|---|
# | moved | $1, 4, 1, 5, 9, 2, 6, 0$ |
# | pooled | $4, 5, 9, 6$ |
# | interlaced with the first | $3, 4, 4, 5, 9, 9, 6, 6$ |
#
# The interlaced row is a max pooling with *stride 1*. (Its last number has seen the zero.) We have not touched the
# pooling; we have only run it twice. So this works for any net whose stride is $f$, trained or not: move the picture by
# $a$ rows and $b$ columns, for all $0 \le a, b < f$, run the net on each of the $f^2$ pictures, and put unit $(i, j)$ of
# pass $(a, b)$ at row $fi + a$ and column $fj + b$. The paper calls it **shift-and-stitch**.
#
# > **Often misunderstood.** FCN does *not* use shift-and-stitch. Section 3.2 explains it, and ends by saying so: learned
# > upsampling was found to be more effective and more efficient. The paper also moves the picture to the right and down, so
# > its passes are interlaced in the opposite order. Both give the same dense map, except for where it begins.
#
# ### Exercise 1: shift and stitch


# %%
def shift_and_stitch(net, x, factor):
    """The dense map of a net with a stride: run it on shifted pictures, and interlace what it returns.

    net:    function that takes pictures (N, C, H, W) to a map (N, K, h, w); its stride is `factor`
    x:      (N, C, H, W), N may be 0
    factor: f, an int of at least 1
    Returns (N, K, f*h, f*w), of the dtype of the map. Its unit (f*i + a, f*j + b) is unit (i, j) of
    what net says to x from row a and column b on, with zeros below and at the right, so that each of
    the f*f pictures is (H, W) again.
    If net is `lambda x: x[:, :, ::2, ::2]` and H and W are even, the result for factor 2 is x itself.
    """
    ### BEGIN SOLUTION
    H, W = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (0, factor - 1), (0, factor - 1)))
    for a, b in np.ndindex(factor, factor):
        y = net(padded[:, :, a : a + H, b : b + W])
        if a == b == 0:
            N, K, h, w = y.shape
            stitched = np.empty((N, K, factor * h, factor * w), y.dtype)
        stitched[:, :, a::factor, b::factor] = y
    return stitched
    ### END SOLUTION


# %%
check("23.shift_and_stitch", shift_and_stitch)

# %% [markdown]
# The row of eight pixels again. A pooling of 2 x 2 needs two rows, so the row is there twice.


# %% tags=["expected"]
def max_pool2(x):
    """Max pooling of 2 x 2 at stride 2, which drops an odd last row or column."""
    N, C, H, W = x.shape
    return x[:, :, : H // 2 * 2, : W // 2 * 2].reshape(N, C, H // 2, 2, W // 2, 2).max(axis=(3, 5))


row = np.array([3.0, 1, 4, 1, 5, 9, 2, 6])
print("stride 2:", max_pool2(np.stack([row, row])[None, None])[0, 0, 0])
print("stitched:", shift_and_stitch(max_pool2, np.stack([row, row])[None, None], 2)[0, 0, 0])

# %% [markdown]
# ## 2. Holes in the kernel
#
# Now a second layer on top of the pooling: a kernel of two weights, $1$ and $10$. On the pooled row $3, 4, 9, 6$ it
# gives $3 + 40 = 43$, $4 + 90 = 94$ and $9 + 60 = 69$. On the moved one, $4, 5, 9, 6$, it gives $54, 95, 69$. Stitched:
#
# $$ 43,\ 54,\ 94,\ 95,\ 69,\ 69 $$
#
# Can we get this row from the dense one, $3, 4, 4, 5, 9, 9, 6, 6$, in one pass? An ordinary kernel reads neighbours, and
# makes $3 + 40$, then $4 + 40$: wrong from the second number on. Neighbours in the pooled row were **two places apart**
# in the dense row. So the kernel must skip one:
#
# $$ 3 + 10 \cdot 4 = 43,\quad 4 + 10 \cdot 5 = 54,\quad 4 + 10 \cdot 9 = 94,\quad 5 + 10 \cdot 9 = 95,\quad \dots $$
#
# A kernel whose taps are $d$ places apart is **dilated**, and $d$ is its *dilation*. Others call $d$ the *rate*, and the
# convolution *atrous* (from the French *à trous*, with holes). For the result at $(u, v)$, tap $(i, j)$ reads
#
# $$ (u + d\,i - p,\; v + d\,j - p). $$
#
# The window spans $d (k - 1) + 1$ pixels, but it reads $k$ of them, with $k$ weights. A 3 x 3 kernel with dilation 2 spans
# 5 x 5 pixels and has nine weights, not 25. The size of the result follows as in lesson 5, with the span in place of $k$:
# $H + 2p - d(k - 1)$. To keep the size of the picture with $k = 3$, pad by $p = d$.
#
# By hand, with one row and the weights $1, 10, 100$:
#
# | pixels | dilation | padding | result |
# |---|---|---|---|
# | $1, 2, 3, 4, 5$ | 1 | 0 | $321, 432, 543$ |
# | | 2 | 0 | $531$ |
# | | 2 | 2 | $310, 420, 531, 42, 53$ |
#
# Two kinds of holes are easily confused. Here they are between the *weights*. In the transposed convolution of lesson 12
# one may think of zeros between the *pixels*; that one makes pictures larger.
#
# ### Exercise 2: dilated convolution


# %%
def dilated_conv2d(x, weight, dilation=1, padding=0):
    """Convolution whose taps are `dilation` pixels apart, at stride 1, without bias.

    x: (N, C, H, W), N may be 0;  weight: (K, C, kh, kw);  dilation: d, at least 1
    padding: rows and columns of zeros on each side
    Returns y (N, K, H + 2p - d*(kh-1), W + 2p - d*(kw-1)), of the dtype of x:

        y[n, k, u, v] = sum over c, i, j of weight[k, c, i, j] * padded[n, c, u + d*i, v + d*j]

    One row 1, 2, 3, 4, 5 with the weights 1, 10, 100: dilation 2 gives 531.
    """
    ### BEGIN SOLUTION
    (K, _, kh, kw), d = weight.shape, dilation
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = padded.shape[2] - d * (kh - 1), padded.shape[3] - d * (kw - 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i, j in np.ndindex(kh, kw):
        seen = padded[:, :, d * i : d * i + oh, d * j : d * j + ow]
        y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], seen)
    return y
    ### END SOLUTION


# %%
check("23.dilated_conv2d", dilated_conv2d)

# %% [markdown]
# ## 3. The same numbers for less
#
# Take a net of four layers: a 3 x 3 convolution, a pooling, another 3 x 3 convolution, another pooling. Its stride is 4,
# and shift-and-stitch needs 16 passes. For a single pass, go through the layers and follow one rule:
#
# > When a layer loses its stride $s$, the dilation of **all layers behind it** is multiplied by $s$.
#
# Poolings are no exception: the second one must compare units that are 2 apart, since the first pooling has lost its
# stride. (A dilated max pooling is the largest of four moved maps.)
#
# | layer | strided net | dense net |
# |---|---|---|
# | convolution | 3 x 3 | 3 x 3 |
# | pooling | 2 x 2, stride 2 | 2 x 2, stride 1 |
# | convolution | 3 x 3 | 3 x 3, dilation 2 |
# | pooling | 2 x 2, stride 2 | 2 x 2, stride 1, dilation 2 |
#
# A fifth layer would have dilation 4. The weights stay as they are, so a trained classifier can be made dense without
# any training.
#
# **What do you expect?** A picture of 40 x 40 goes through both nets. Are the numbers equal, or nearly equal? And what is
# the ratio of the multiplications?


# %% tags=["expected"]
def dilated_max_pool2(x, d):
    """Max pooling of 2 x 2 at stride 1; what it compares is d places apart."""
    rows = np.maximum(x[:, :, :-d], x[:, :, d:])
    return np.maximum(rows[:, :, :, :-d], rows[:, :, :, d:])


first, second = rng.standard_normal((8, 3, 3, 3)), rng.standard_normal((5, 8, 3, 3))


def strided_net(x):
    return max_pool2(dilated_conv2d(max_pool2(dilated_conv2d(x, first)), second))


def dense_net(x):
    x = dilated_max_pool2(dilated_conv2d(x, first), 1)
    return dilated_max_pool2(dilated_conv2d(x, second, dilation=2), 2)


x = rng.standard_normal((1, 3, 40, 40))
stitched, dense = shift_and_stitch(strided_net, x, 4), dense_net(x)
print("strided:", strided_net(x).shape, "  stitched:", stitched.shape, "  dense:", dense.shape)
print("equal where no zeros were seen:", np.allclose(stitched[:, :, :31, :31], dense))

one_pass = 38 * 38 * first.size + 17 * 17 * second.size
print(f"\nmultiplications of 16 passes: {16 * one_pass:,}")
print(f"multiplications of one dense pass: {38 * 38 * first.size + 33 * 33 * second.size:,}")

# %% [markdown]
# They are the same sums, of the same products. (The stitched map is one place longer on each axis, because the shifted
# pictures end with zeros.) Shift-and-stitch computes the first convolution 16 times, and 15 of them are copies: the same
# windows of the same picture, moved. A dilated net computes each number once.
#
# How much is saved depends on where a net does its work. Here is VGG16 for a picture of 512 x 512. Removing the last two
# strides takes it from stride 32 to stride 8, by $4 \cdot 4$ passes or by dilation.
#
# **What do you expect?** Its fc6 has a kernel of 7 x 7 from 512 to 4096 channels, 103 million weights. Who saves more, the
# small net above or VGG16?


# %% tags=["expected"]
def vgg16_work(strides_removed=0, head=(7, 4096)):
    """Billions of multiplications for 512 x 512 pixels; strides are removed from the end."""
    work, channels, side = 0, 3, 512
    for stage, (count, width) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]):
        for _ in range(count):
            work, channels = work + side**2 * 9 * channels * width, width
        side = side // 2 if stage < 5 - strides_removed else side
    kernel, width = head
    return (work + side**2 * (kernel**2 * channels * width + width**2)) / 1e9


plot.bars(
    {
        "one pass, stride 32": vgg16_work(),
        "16 passes, stitched to stride 8": 16 * vgg16_work(),
        "dilated to stride 8": vgg16_work(strides_removed=2),
        "the same, fc6 of 3 x 3 and 1024 channels": vgg16_work(strides_removed=2, head=(3, 1024)),
    },
    unit="billion",
)

# %% [markdown]
# The small net saved a factor of 9, VGG16 only one of 3: its fc6 and fc7 come last, at the stride that has become 8, and
# have 16 times as many units. That is why DeepLab made fc6 small. A 3 x 3 kernel with dilation 12 spans 25 x 25 units, as
# fc6's 7 x 7 with dilation 4 does, but has 9 taps instead of 49.
#
# ## 4. Which pixels does it see?
#
# Dilation also serves nets that never had a stride to remove. Three layers of 3 x 3 see $7 \times 7$ pixels (lesson 17).
# Give each of them dilation 2: they see $1 + 3 \cdot 2 \cdot 2 = 13$ pixels on each axis. Or give them the dilations
# 1, 2, 3: that is $1 + 2 \cdot (1 + 2 + 3) = 13$, too. Same span, same weights, same cost.
#
# Take one axis. A unit of the last layer reaches a pixel by one step for each layer: $-d$, $0$ or $d$ places. With 2, 2, 2
# it arrives at $-6, -4, \dots, 6$: sums of even numbers are even. **No odd pixel can be reached.** With 1, 2, 3 the 27
# ways end at:
#
# | place | 0 | $\pm1$ | $\pm2$ | $\pm3$ | $\pm4$ | $\pm5$ | $\pm6$ |
# |---|---|---|---|---|---|---|---|
# | ways, 2, 2, 2 | 7 | 0 | 6 | 0 | 3 | 0 | 1 |
# | ways, 1, 2, 3 | 3 | 3 | 3 | 3 | 2 | 1 | 1 |
#
# In two dimensions the ways along both axes multiply. Your convolution can count them: send a single 1 through three
# layers of ones. A kernel of ones looks the same from both sides, so where the 1 goes is also where it can come from.
#
# **What do you expect?** How many of the 169 pixels does one unit see with 2, 2, 2? Sketch the picture.


# %% tags=["expected"]
def ways(rates):
    """(13, 13): in how many ways one unit reaches each pixel through layers of 3 x 3 with these dilations."""
    y = np.zeros((1, 1, 13, 13))
    y[..., 6, 6] = 1
    for d in rates:
        y = dilated_conv2d(y, np.ones((1, 1, 3, 3)), dilation=d, padding=d)
    return y[0, 0]


def seen(rates):
    counts = ways(rates)
    return np.where(counts == 0, np.nan, counts)


stacks = {"dilations 2, 2, 2": seen((2, 2, 2)), "dilations 1, 2, 3": seen((1, 2, 3))}
plot.grids(cell=0.33, limit=49, **stacks)

# %% [markdown]
# Each number says in how many ways the unit in the middle reaches that pixel; it never sees the blank ones. On the left it
# sees 49 of 169 pixels, and its neighbours see *none* of these. The layers have split the picture into four, each made of
# every second row and column, which never meet. Others call this **gridding**.
#
# Wang et al. (2018) give a rule for dilations $r_1, \dots, r_n$ and a kernel of $k$. Begin with $M_n = r_n$ and go back:
#
# $$ M_i = \max\bigl(M_{i+1} - 2 r_i,\; 2 r_i - M_{i+1},\; r_i\bigr). $$
#
# $M_i$ is the largest distance between two pixels that are seen in a row, from layer $i$ on. The kernel must bridge it:
# $M_2 \le k$. (For 1, 2, 5: $M_3 = 5$ and $M_2 = \max(1, -1, 2) = 2 \le 3$. For 1, 2, 9: $M_2 = \max(5, -5, 2) = 5 > 3$.)
# And the dilations should have no common divisor: 2, 2, 2 passes the rule with $M_2 = 2$, and is full of holes.
#
# Does it matter for a picture? Put two pictures into one: the portrait on the squares of a checkerboard that are black,
# its mirror image on the white ones. Then take three means of 3 x 3.
#
# **What do you expect?** Which of the two stacks of layers blurs the two faces into one, and what does the other one make?


# %% tags=["expected"]
def three_means(picture, rates):
    y = picture.transpose(2, 0, 1)[:, None]  # the colours as three pictures of one channel
    for d in rates:
        y = dilated_conv2d(y, np.full((1, 1, 3, 3), 1 / 9), dilation=d, padding=d)
    return y[:, 0].transpose(1, 2, 0)


face = photograph(side=128)
black = np.indices(face.shape[:2]).sum(axis=0)[:, :, None] % 2 == 0
mixed = np.where(black, face, face[:, ::-1])
apart, together = three_means(mixed, (2, 2, 2)), three_means(mixed, (1, 2, 3))
for rates, y in ("2, 2, 2", apart), ("1, 2, 3", together):
    print(f"{rates}: neighbours differ by {abs(np.diff(y, axis=1)).mean():.3f}")
plot.pictures(width=2.9, ncols=3, two_in_one=mixed, by_2_2_2=apart, by_1_2_3=together)

# %% [markdown]
# With 2, 2, 2 the checkerboard survives: a black square is a mean of black squares only. When a net ends with such layers,
# neighbouring units share no input, and their labels need not agree. With 1, 2, 3 the first layer already mixes them.
#
# Yu and Koltun (2016) use 1, 1, 2, 4, 8, 16, 1. In the middle, every layer nearly doubles the span: it grows *exponentially*
# with the depth, the number of weights only linearly. The last layer, with dilation 1, mixes neighbours again.
#
# ## 5. Several rates side by side
#
# Objects come in several sizes. DeepLab v2 does not choose one dilation but takes several in parallel: four branches read
# the same map. They begin with 3 x 3 convolutions of dilation 6, 12, 18 and 24, have weights of their own, and end with
# scores, which are added. Others call it *ASPP*, for atrous spatial pyramid pooling, although nothing is pooled in it.
# DeepLab v3 concatenates the branches instead, and lets a 1 x 1 convolution weigh them.
#
# To be added, the branches must have one size, that of the map. With an odd kernel $k$ and dilation $d$, padding
# $d (k - 1)/2$ keeps it. A branch of 1 x 1 needs no padding, whatever its rate.
#
# By hand, the row $1, 2, 3$ and two branches of $1, 1, 1$:
#
# | branch | result |
# |---|---|
# | rate 1 | $3, 6, 5$ |
# | rate 2 | $4, 2, 4$ |
# | their sum | $7, 8, 9$ |
#
# ### Exercise 3: ASPP


# %%
def aspp(x, weights, rates, join="sum"):
    """Parallel dilated convolutions of one map, each with its own weights, none of which changes its size.

    x: (N, C, H, W), N may be 0
    weights: list of arrays (K, C, k, k), k odd; K and k may differ from branch to branch if concatenated
    rates:   the dilation of each
    join:    "sum" adds the results: (N, K, H, W); "concat" joins their channels in the order of the
             branches: (N, K1 + K2 + ..., H, W). Of the dtype of x. You may call dilated_conv2d.
    """
    ### BEGIN SOLUTION
    branches = [dilated_conv2d(x, w, rate, rate * (w.shape[2] // 2)) for w, rate in zip(weights, rates)]
    return sum(branches) if join == "sum" else np.concatenate(branches, axis=1)
    ### END SOLUTION


# %%
check("23.aspp", aspp)

# %% [markdown]
# How large may a rate be? At the border, taps fall on padding and read zeros. Send a map of ones through a kernel of ones,
# and the result counts the taps that read the map. Take 65 x 65 units, the map of a picture of 513 pixels at stride 8.
#
# **What do you expect?** For which rate do most units have all nine taps on the map? What is left of the kernel at rate 64?


# %% tags=["expected"]
rates = np.arange(1, 65, 3)
taps = np.stack([aspp(np.ones((1, 1, 65, 65)), [np.ones((1, 1, 3, 3))], [int(rate)])[0, 0] for rate in rates])
plot.lines(
    {f"{count} of 9 taps on the map": (rates, (taps == count).mean(axis=(1, 2))) for count in (9, 6, 4, 2, 1)},
    x="rate",
    y="share of the units",
    markers=True,
)

# %% [markdown]
# Up to rate 9, most units have all nine taps on the map; at DeepLab's 24, one in 15; beyond 32, none. At rate 64 only the
# middle tap is left almost everywhere: the 3 x 3 kernel has become 1 x 1. So a larger rate does not always see further.
# DeepLab v3 (2017) reports this, and therefore adds one more branch: the mean of the whole map.
#
# ## 6. A pyramid of means
#
# PSPNet (Zhao et al., 2017) takes that idea further. A map's mean tells what kind of scene it is; the means of its
# quarters, ninths and thirty-sixths tell it with more and more places. All are pooled from the *same* map, enlarged to its
# size again, and joined to it. The map itself loses nothing.
#
# Whatever the size of the map, there must be $m \times m$ windows. Along an axis of $n$ units, window $i$ goes
#
# $$ \text{from unit}\quad \Bigl\lfloor \frac{i\,n}{m} \Bigr\rfloor \quad\text{up to, but without,}\quad
#    \Bigl\lceil \frac{(i + 1)\,n}{m} \Bigr\rceil. $$
#
# By hand, $n = 7$ and $m = 3$: $\frac73 = 2\frac13$ and $\frac{14}3 = 4\frac23$, so the windows are $0, 1, 2$; $2, 3, 4$; and
# $4, 5, 6$. They overlap, and no unit is left out. With $n = 2$ and $m = 3$: $0$; $0, 1$; $1$. So a map may be smaller than
# the grid. Others call this *adaptive average pooling*.
#
# To enlarge, you need bilinear interpolation by a factor that is not whole. It is lesson 13's formula with $n/m$ in
# place of $f$, and given here: a new unit $u$ is at $(u + \frac12)\frac mn - \frac12$ of the old ones.


# %%
def resize(x, size):
    """Bilinear interpolation of (N, C, H, W) to a size (height, width), of the dtype of x."""
    for axis, n in zip((2, 3), size):
        m = x.shape[axis]
        place = ((np.arange(n) + 0.5) * m / n - 0.5).clip(0, m - 1)
        left = place.astype(int)
        right = np.minimum(left + 1, m - 1)
        share = (place - left).astype(x.dtype).reshape(-1, *[1] * (3 - axis))
        x = x.take(left, axis) * (1 - share) + x.take(right, axis) * share
    return x


# %% [markdown]
# For the row $0, 4, 8, 12$, as a picture of one row: bin 1 gives $6, 6, 6, 6$. Bin 2 has the means $2$ and $10$, and the four
# units are at $-\frac14, \frac14, \frac34, 1\frac14$ of them: $2, 4, 8, 10$.
#
# ### Exercise 4: the pyramid


# %%
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    """The map, and the means of its parts, enlarged to its size and joined to it as further channels.

    x:    (N, C, H, W), of any size from 1 x 1; N may be 0
    bins: for each level m, the means of m x m windows: along an axis of n units, window i covers the
          units floor(i*n/m) to ceil((i+1)*n/m) - 1
    Returns (N, C * (1 + len(bins)), H, W), of the dtype of x: first x itself, then the levels in the
    order of `bins`, each of C channels, enlarged bilinearly. You may call resize.
    """
    ### BEGIN SOLUTION
    levels = [x]
    for m in bins:
        means = np.empty((*x.shape[:2], m, m), x.dtype)
        for i, j in np.ndindex(m, m):
            rows, columns = (slice(k * n // m, -(-(k + 1) * n // m)) for k, n in zip((i, j), x.shape[2:]))
            means[:, :, i, j] = x[:, :, rows, columns].mean(axis=(2, 3))
        levels.append(resize(means, x.shape[2:]))
    return np.concatenate(levels, axis=1)
    ### END SOLUTION


# %%
check("23.pyramid_pool", pyramid_pool)

# %% [markdown]
# A photograph as a map of three channels, and its four levels.
#
# **What do you expect?** In which level would you still recognise a portrait?

# %% tags=["expected"]
portrait = photograph(side=60).transpose(2, 0, 1)[None].astype(float)
levels = pyramid_pool(portrait)[0].reshape(5, 3, 60, 60).transpose(0, 2, 3, 1)
names = "the_map", "bin_1", "bins_2_x_2", "bins_3_x_3", "bins_6_x_6"
plot.pictures(width=1.7, ncols=5, **dict(zip(names, levels)))

# %% [markdown]
# In its 15 channels, each unit now has its own colour and four more: those of its thirty-sixth, its ninth, its quarter and
# the whole. PSPNet first reduces each level from $C$ to $C/4$ channels by a 1 x 1 convolution, so that the whole pyramid
# has as many channels as the map.
#
# ## Where this stands in minifcn
#
# | you | minifcn |
# |---|---|
# | `shift_and_stitch` | `shift_and_stitch` in `models/dilation.py`, which may stop at any stride |
# | the rule of section 3 | `dilate` there: a trained backbone with strides removed |
# | `dilated_conv2d` | `F.conv2d(..., dilation=d)`; `kernels/cpu/convolution/phases.py` makes $d^2$ small pictures of a large one |
# | `aspp` | `DeepLabASPP` (sum) and `DeepLabV3` (concatenation) in `models/deeplab.py` |
# | `pyramid_pool` | `F.adaptive_avg_pool2d`, and `PSPNet` in `models/pspnet.py` |
#
# The file `kernels/cpu/convolution/phases.py` is worth a look: inside *one layer*, it is shift-and-stitch again. Each phase is
# a convolution without holes, for which there are fast kernels. And in `tests/models/test_dilation.py`, a dilated and a
# stitched VGG are equal to the last bit in float64.

# %% tags=["expected"]
x, weight = rng.standard_normal((2, 3, 9, 11)), rng.standard_normal((4, 3, 3, 3))
theirs = F.conv2d(tensor(x), tensor(weight), padding=3, dilation=3)
print("dilated_conv2d equal:", np.allclose(dilated_conv2d(x, weight, 3, 3), theirs.data))
for m in 1, 2, 3, 6:
    theirs = F.interpolate(F.adaptive_avg_pool2d(tensor(x), m), x.shape[2:], mode="bilinear")
    print(f"pyramid_pool, bin {m} equal:", np.allclose(pyramid_pool(x, (m,))[:, 3:], theirs.data))

# %% [markdown]
# ## Three questions
#
# **1.** Which three dilations let layers of 3 x 3 see 27 x 27 pixels, each in exactly one way?
#
# <details><summary>Answer</summary>
#
# 1, 3, 9. Along an axis the places are $a + 3b + 9c$ with $a, b, c \in \{-1, 0, 1\}$: every whole number from $-13$ to
# $13$ once, as in a ternary number. (The rule of Wang et al. agrees: $M_3 = 9$, $M_2 = \max(9 - 6, 6 - 9, 3) = 3 \le 3$.)
#
# </details>
#
# **2.** A net has stride 32. Why not make it dense down to stride 1, instead of 8?
#
# <details><summary>Answer</summary>
#
# Dilation computes each unit once, but there are $32^2 = 1024$ times as many in the last layers as in the strided net.
# All maps must be kept for backward, too. At stride 8 it is 16 times, and bilinear interpolation does the rest.
#
# </details>
#
# **3.** FCN-8s and a net dilated to stride 8 both end with scores at stride 8, enlarged by 8. What do they differ in?
#
# <details><summary>Answer</summary>
#
# In what a score at stride 8 has seen. In FCN-8s the deep scores exist at stride 32 only and are interpolated; the fine
# places come from pool3, which sees 44 pixels. In the dilated net every score at stride 8 comes from the deepest layer
# and has its whole receptive field. It costs more, and needs no skips.
#
# </details>
#
# ## Two open problems
#
# **A.** Cut the strides of lesson 18's FCN-32s to 8 by dilation, keep its weights, and compare it with FCN-8s on the
# satellite images at equal time, not at equal steps. Which is better near edges, and which on large areas?
#
# **B.** Find dilations for five layers of 3 x 3 that span at least 63 pixels and whose numbers of ways are as even as
# possible. First decide what "even" means. Is the best one also best for a net that is trained?
#
# ## The paper
#
# Section 3.2, "Shift-and-stitch is filter rarefaction", shows what you did in section 3: for a layer with stride $s$ and the
# filter $f$ behind it, stride 1 and the *rarefied* filter $f'$, with $f'_{ij} = f_{i/s,\,j/s}$ where $s$ divides $i$ and $j$
# and $0$ elsewhere, give the same output as the trick. It also weighs one against the other. Removing a stride without
# rarefying the filters lets them see finer detail, but with smaller receptive fields, and costs time. Shift-and-stitch
# keeps the receptive fields, but the filters see nothing finer than they were designed for. The authors made preliminary
# experiments with it, and chose upsampling.
#
# Further reading: Yu and Koltun, "Multi-scale context aggregation by dilated convolutions" (2016); Chen et al., "DeepLab"
# (2018) and "Rethinking atrous convolution" (2017); Zhao et al., "Pyramid scene parsing network" (2017); Wang et al.,
# "Understanding convolution for semantic segmentation" (2018).
