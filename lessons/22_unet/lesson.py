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
# # Lesson 22: U-Net
#
# FCN adds its skips to the scores. U-Net, half a year younger, puts them beside its features. Which is better?
#
# U-Net was built for pictures from a microscope: few of them, large, and full of cells that touch. Three of its ideas
# are pieces for you to write: the skip that concatenates, tiles whose seams cannot be seen, and a loss that looks at
# the gaps between cells. Then comes the comparison, with nets of equally many parameters and three seeds.
#
# This lesson is an elective; nothing later needs it.
#
# *Section 3.3 of the paper (skips), and Ronneberger et al. 2015 · builds on lessons 3, 17 and 18 · 90 minutes*
#
# 1. [A net that shrinks](#1.-A-net-that-shrinks)
# 2. [Beside, not on top](#2.-Beside,-not-on-top)
# 3. [Adding is a special case](#3.-Adding-is-a-special-case)
# 4. [Tiles without seams](#4.-Tiles-without-seams)
# 5. [The gap between two cells](#5.-The-gap-between-two-cells)
# 6. [Sum or concatenation?](#6.-Sum-or-concatenation?)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import numpy as np

from minifcn import functional as F
from minifcn import plot, tensor
from minifcn.autograd import no_grad
from minifcn.course import check, earlier, hint, ladder
from minifcn.data import photograph
from minifcn.models import unet
from minifcn.models.unet import UNet

# Lesson 3's Tensor, as the course wrote it. To work with yours, add answers="03_tensors.ipynb".
Tensor = earlier("03.Tensor")

rng = np.random.default_rng(22)

# %% [markdown]
# Stuck? `hint("22.ConcatCrop")` gives a nudge, and one more each time you call it.
#
# ## 1. A net that shrinks
#
# U-Net has five levels. On each, two convolutions of 3 x 3 with ReLU; between them, on the way down, max pooling by 2,
# on the way up a transposed convolution by 2. The convolutions have **no padding**, so each takes one pixel off every
# edge, and the authors' net makes $388 \times 388$ scores of $572 \times 572$ pixels.
#
# By hand, the first level: $572 - 2 - 2 = 568$, pooled to $284$. The second: $284 - 4 = 280$, pooled to $140$. The
# third leaves $136$, pooled to $68$; the fourth $64$, pooled to $32$; the fifth $28$. Now up: $28$ becomes $56$, and
# beside it stands the fourth level's map of $64$. So four rows and columns have to go at each edge. The next level
# makes $52$ of the $56$, enlarges them to $104$, and meets $136$.
#
# **What do you expect?** How many pixels does the skip of the *first* level lose at each edge, and how large is the
# border of the picture that gets no score?

# %% tags=["expected"]
skips, crops, scores = unet.tile_sizes(572)
for level, (size, crop) in enumerate(zip(skips, crops), start=1):
    print(f"level {level}: the encoder's map has {size}, the decoder's {crop}: crop {(size - crop) // 2} at each edge")
print(f"scores: {scores}, so the border without a score has {(572 - scores) // 2} pixels")

# %% [markdown]
# Why would anyone want that? Because nothing is made up. Every score is computed from real pixels alone, never from
# zeros that padding invented. Section 4 makes good use of it.
#
# Here front and back are always alike, so a crop from the centre is right, which it is not in FCN (lesson 17). The
# price: only some sizes work. Every pooling must meet an even number: 572 fits, the next size is 588.
#
# ## 2. Beside, not on top
#
# On each level two maps meet: the encoder's, which is fine and knows little, and the decoder's, which has seen far and
# is blurred. FCN would *add* them. U-Net *concatenates* them: it stacks their channels, and leaves it to the next
# convolution to mix them. Others call this a *skip connection* or a *long skip*, and the two halves of the net a
# *contracting* and an *expanding path*, or *encoder* and *decoder*.
#
# By hand, one channel each. The encoder's map has 3 x 4 pixels, the decoder's 1 x 2. One row goes at the top and one
# at the bottom, one column on the left and one on the right:
#
# $$\text{skip} = \begin{pmatrix} 1 & 2 & 3 & 4 \\ 5 & 6 & 7 & 8 \\ 9 & 10 & 11 & 12 \end{pmatrix},\quad
#   x = \begin{pmatrix} 20 & 30 \end{pmatrix} \quad\to\quad
#   y_0 = \begin{pmatrix} 6 & 7 \end{pmatrix},\quad y_1 = \begin{pmatrix} 20 & 30 \end{pmatrix}$$
#
# And backward? Let $g_0 = (a, b)$ and $g_1 = (c, d)$ be the upstream gradient of the two channels. Nothing was
# computed, only copied, so each number of $y$ hands its gradient to the one pixel it came from. $x$ gets $(c, d)$. The
# skip gets $a$ and $b$ in its middle, and $0$ everywhere else: what was cut off has no influence on $L$. You have seen
# this pair before, as padding and cropping in lesson 18: one is the adjoint of the other.
#
# If the difference of the sizes is odd, there is no middle. We cut off the smaller half at the top and on the left.
#
# ### Exercise 1: concatenate, and back
#
# Like the operations of lesson 3, it has a `forward` that keeps what `backward` needs.


# %%
class ConcatCrop:
    """U-Net's skip: the middle of one map, and then another map, as channels of one."""

    def forward(self, skip, x):
        """The channels of the middle of `skip`, then those of x.

        skip: (N, K, H, W), N may be 0;  x: (N, C, h, w) with h <= H and w <= W, of the same dtype
        Returns (N, K + C, h, w). The middle begins at row (H - h) // 2 and column (W - w) // 2.

        skip = [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], x = [[20, 30]] (N = K = C = 1):
        channel 0 is [[6, 7]], channel 1 is [[20, 30]]
        """
        ### BEGIN SOLUTION
        (h, w), (H, W) = x.shape[2:], skip.shape[2:]
        self.shape = skip.shape
        self.top, self.left = (H - h) // 2, (W - w) // 2
        middle = skip[:, :, self.top : self.top + h, self.left : self.left + w]
        return np.concatenate([middle, x], axis=1)
        ### END SOLUTION

    def backward(self, grad):
        """(dL/dskip, dL/dx), shaped like skip and x, from dL/dy (N, K + C, h, w), all of one dtype.

        With the numbers above and grad = [[1, 2]], [[3, 4]], dL/dx is [[3, 4]], and dL/dskip is
        [[0, 0, 0, 0], [0, 1, 2, 0], [0, 0, 0, 0]].
        """
        ### BEGIN SOLUTION
        K, (h, w) = self.shape[1], grad.shape[2:]
        grad_skip = np.zeros(self.shape, grad.dtype)
        grad_skip[:, :, self.top : self.top + h, self.left : self.left + w] = grad[:, :K]
        return grad_skip, grad[:, K:]
        ### END SOLUTION


# %%
check("22.ConcatCrop", ConcatCrop)

# %% [markdown]
# Your class fits into the graph of lesson 3. Here is a loss through it, and the slopes that arrive at a skip of 6 x 7.

# %% tags=["expected"]
skip, x = (Tensor(rng.standard_normal(shape), requires_grad=True) for shape in ((1, 1, 6, 7), (1, 1, 2, 3)))
joined = Tensor.apply(ConcatCrop(), skip, x)
(joined * joined).mean().backward()
plot.grids(cell=0.42, limit=1, gradient_of_the_skip=skip.grad[0, 0], gradient_of_x=x.grad[0, 0])

# %% [markdown]
# ## 3. Adding is a special case
#
# What can a net do with a concatenated skip that it could not do with an added one? After either comes a convolution.
# Its kernel on $K + C$ channels has a part $W_z$ for the skip and a part $W_x$ for the decoder, and
#
# $$W * [z, x] = W_z * z + W_x * x.$$
#
# Add instead, and convolve with a kernel $V$: $V * (z + x) = V * z + V * x$. That is the same formula with
# $W_z = W_x = V$. So **adding is concatenating with two equal halves of a kernel**.

# %% tags=["expected"]
skip, x = (tensor(rng.standard_normal((2, 3, 8, 9))) for _ in range(2))
V = rng.standard_normal((4, 3, 3, 3))
added = F.conv2d(skip + x, tensor(V), padding=1)
beside = F.conv2d(F.cat([skip, x], dim=1), tensor(np.concatenate([V, V], axis=1)), padding=1)
print(f"largest difference {abs(added.numpy() - beside.numpy()).max():.0e};", V.size, "weights against", 2 * V.size)

# %% [markdown]
# Concatenation can do everything that addition can, and more: it may read an edge from the skip and a class from the
# decoder, with different kernels. But its convolution has twice as many weights and takes twice as long. Give the net
# that adds the same budget, and it can have more channels. Which is worth more? No algebra decides that; section 6
# lets an experiment decide.
#
# > **Often misunderstood.** "FCN and U-Net differ in adding and concatenating." They differ in *what* they join. FCN
# > adds **scores**, one channel for each class: by the time they meet, nothing else is left of the features, and a
# > skip of pool4 has 21 channels on VOC. U-Net joins **features**, 64 to 512 channels, and computes with them
# > afterwards. Its decoder is as large as its encoder; FCN's has next to no weights.
#
# ## 4. Tiles without seams
#
# A picture from a microscope may be too large for the memory. Then one cuts it into tiles, and sees the seams, because
# near the edge of a tile a padded net reads zeros where the picture goes on. A net without padding cannot do that: for
# $388^2$ scores it demands $572^2$ pixels, and they are there: **tiles of the output lie side by side, and those of
# the input overlap** by two margins of 92.
#
# Only at the border of the picture are pixels missing. U-Net's authors mirror the picture there. With a margin of 1:
#
# $$\begin{matrix} 1 & 2 & 3 \\ 4 & 5 & 6 \\ 7 & 8 & 9 \end{matrix} \qquad\text{becomes}\qquad
#   \begin{matrix} 5 & 4 & 5 & 6 & 5 \\ 2 & \mathbf 1 & \mathbf 2 & \mathbf 3 & 2 \\ 5 & \mathbf 4 & \mathbf 5 & \mathbf 6 & 5 \\
#   8 & \mathbf 7 & \mathbf 8 & \mathbf 9 & 8 \\ 5 & 4 & 5 & 6 & 5 \end{matrix}$$
#
# The border pixel itself is the mirror, and is not repeated: left of $1, 2, 3$ comes $2$. NumPy's `np.pad` calls this
# mode `"reflect"`. (Its mode `"symmetric"` would repeat the $1$.)
#
# One thing remains. Tiles of 2 x 2 do not fit into three rows. The last tile must not be smaller, because the net
# accepts only some sizes. It must not start earlier either: a net with poolings counts its windows from the corner of
# the tile, and gives other scores if that corner moves by one. So the tiles start at multiples of `tile`, the mirrored
# picture goes on as far as the last of them needs, and what is too much is cut off at the end.
#
# **What do you expect?** A row of 5 pixels, tiles of 2, margin 3. How many pixels are mirrored on the left, and how
# many on the right?
#
# ### Exercise 2: overlapping tiles


# %%
def overlap_tile(net, image, tile, margin):
    """The scores of an image of any size, by a net that sees one tile at a time.

    net:   a function (C, tile + 2*margin, tile + 2*margin) -> (K, tile, tile); it takes no other
           size; its score at (u, v) belongs to the pixel at (u + margin, v + margin)
    image: (C, H, W);  tile, margin: ints, tile at least 1, margin at least 0
    Tiles of scores start at rows and columns 0, tile, 2*tile, ...; the net is called once for each.
    Outside the image the net sees it mirrored, as np.pad's mode "reflect" has it.
    Returns the scores (K, H, W), of the dtype that the net returns.

    image = [[1, 2, 3], [4, 5, 6], [7, 8, 9]] (C = 1), margin 1, and a net that adds up the 3 x 3
    pixels around each: the score of the upper left pixel is 5+4+5 + 2+1+2 + 5+4+5 = 33, for any tile
    """
    ### BEGIN SOLUTION
    _, H, W = image.shape
    rows, columns = -(-H // tile), -(-W // tile)
    below, right = rows * tile - H, columns * tile - W
    around = (0, 0), (margin, margin + below), (margin, margin + right)
    mirrored, seen = np.pad(image, around, mode="reflect"), tile + 2 * margin
    bands = []
    for top in range(0, H, tile):
        parts = [net(mirrored[:, top : top + seen, left : left + seen]) for left in range(0, W, tile)]
        bands.append(np.concatenate(parts, axis=2))
    return np.concatenate(bands, axis=1)[:, :H, :W]
    ### END SOLUTION


# %%
check("22.overlap_tile", overlap_tile)

# %% [markdown]
# (The row of 5 pixels: three on the left, and $3 + 1$ on the right.)
#
# Now with a real U-Net of two poolings, untrained and unpadded, on a photograph of 118 x 118. Its margin is 20, so
# that 84 pixels give 44 scores; for the whole picture at once, the mirrored photograph has 160 pixels and gives 120
# scores. Beside it the same net cut into tiles as padding has it: each tile by itself, with zeros around.
#
# **What do you expect?** Where do the scores of the tiles differ from those of the whole?


# %% tags=["expected"]
valid = UNet(2, widths=(4, 8, 16), dropout=0, generator=np.random.default_rng(1)).eval()
photo = photograph(side=118).transpose(2, 0, 1).astype(np.float32)


def run(x):
    with no_grad():
        return valid(tensor(x[None])).numpy()[0]


def zeros_around(x):
    return run(np.pad(x, ((0, 0), (20, 20), (20, 20))))


whole = run(np.pad(photo, ((0, 0), (20, 22), (20, 22)), mode="reflect"))[:, :118, :118]
mirrored = overlap_tile(run, photo, 40, 20)
lonely = overlap_tile(zeros_around, photo, 40, 0)
differences = {"overlapping tiles": abs(mirrored - whole).max(0), "tiles with zeros around": abs(lonely - whole).max(0)}
for name, difference in differences.items():
    print(f"{name:24} largest difference {difference.max():.0e}, scores up to {abs(whole).max():.1f}")
limit = differences["tiles with zeros around"].max()
plot.pictures(width=2.6, limit=limit, photograph=photo.transpose(1, 2, 0), **differences)

# %% [markdown]
# Overlapping tiles give the scores of the whole picture, up to rounding. The lonely tiles show every seam.
#
# The tiles here start at multiples of 40, which is a multiple of the net's stride, 4. Try 42, and the net refuses the
# tiles of 82 pixels: its second pooling would meet an odd number.
#
# ## 5. The gap between two cells
#
# Two cells touch; between them is one dark pixel. A net that misses it gets 99.9 % of the pixels right, and counts one
# cell instead of two. To a loss that averages over pixels, one pixel is nothing. So U-Net's authors weigh the pixels:
#
# $$w = w_c + w_0 \, e^{-(d_1 + d_2)^2 / 2\sigma^2}, \qquad w_0 = 10,\; \sigma = 5 \text{ pixels}.$$
#
# $w_c$ balances the two kinds of pixels, cell and background: half of all pixels, divided by the number of pixels of
# this kind. $d_1$ and $d_2$ are the distances to the borders of the nearest and the second nearest cell. Where both
# are small, there is a gap.
#
# What is the distance to a border? From a pixel outside a cell, it is the distance to the nearest pixel of the cell;
# from a pixel inside, to the nearest pixel that does not belong to the cell. By hand, for a row of four pixels, two of
# cell 1, a gap, and one of cell 2: $1, 1, 0, 2$.
#
# | pixel | to cell 1 | to cell 2 | $w_c$ | weight |
# |---|---|---|---|---|
# | 0, in cell 1 | 2 | 3 | $\frac{4}{2 \cdot 3} = \frac23$ | $\frac23 + 10\, e^{-25/50} = 6.73$ |
# | 1, in cell 1 | 1 | 2 | $\frac23$ | $\frac23 + 10\, e^{-9/50} = 9.02$ |
# | 2, the gap | 1 | 1 | $\frac{4}{2 \cdot 1} = 2$ | $2 + 10\, e^{-4/50} = 11.23$ |
# | 3, in cell 2 | 2 | 1 | $\frac23$ | $9.02$ |
#
# The library finds the distances by a fast transform. You may take the straight way: for each cell and each pixel, the
# smallest distance to any pixel on the other side of the border. That is slow, but right.
#
# ### Exercise 3: the weight map


# %%
def weight_map(cells, w0=10.0, sigma=5.0):
    """The weight of each pixel in the loss: large in the gaps between cells. float64 (H, W)

    cells: (H, W) ints, 0 for background and another number for each cell, not always 1, 2, ...
    weight = w_c + w0 * exp(-(d1 + d2)**2 / (2 * sigma**2))
    w_c is H*W/2, divided by the number of pixels of the pixel's kind, cell or background. d1 <= d2
    are the distances to the borders of the two nearest cells: from outside of a cell, to its nearest
    pixel; from inside, to the nearest pixel that is not in it. Distances are Euclidean, in pixels.
    With fewer than two cells, the weight is w_c alone.

    cells = [[1, 1, 0, 2]]: [[6.732, 9.019, 11.231, 9.019]]
    """
    ### BEGIN SOLUTION
    inside, names = cells > 0, np.unique(cells[cells > 0])
    w_c = cells.size / 2 / np.where(inside, inside.sum(), (~inside).sum())
    if len(names) < 2:
        return w_c
    distances = np.empty((len(names), *cells.shape))
    for name, distance in zip(names, distances):
        own = cells == name
        for side in own, ~own:  # from one side of the border to the nearest pixel of the other
            (u, v), (rows, columns) = np.nonzero(side), np.nonzero(~side)
            squares = (u[:, None] - rows) ** 2 + (v[:, None] - columns) ** 2
            distance[side] = np.sqrt(squares.min(axis=1))
    d1, d2 = np.sort(distances, axis=0)[:2]
    return w_c + w0 * np.exp(-((d1 + d2) ** 2) / (2 * sigma**2))
    ### END SOLUTION


# %%
check("22.weight_map", weight_map)

# %% [markdown]
# Seven cells, drawn as discs that push each other aside. **What do you expect?** Where will the weights be largest,
# and where will they be small although there are cells all around?

# %% tags=["expected"]
centres = [(16, 18, 15), (20, 46, 14), (46, 20, 15), (47, 48, 14), (63, 66, 9), (66, 38, 8), (10, 64, 8)]
rows, columns = np.indices((72, 72))
reach = np.array([np.hypot(rows - u, columns - v) / radius for u, v, radius in centres])
nearest, second = np.sort(reach, axis=0)[:2]
cells = np.where((nearest < 1) & (second - nearest > 0.09), reach.argmin(axis=0) + 1, 0)  # a gap where two discs meet
weights = weight_map(cells)
colours = np.array([(0.16, 0.16, 0.16), *np.random.default_rng(7).uniform(0.45, 0.95, (7, 3))])
plot.pictures(width=3.2, limit=weights.max(), cells=colours[cells], weights=weights)

# %% tags=["expected"]
print(f"weights from {weights.min():.2f} to {weights.max():.2f}")
print("the same as the library's:", np.allclose(weights, unet.weight_map(cells)))
heavy = weights > 6
share = weights[heavy].sum() / weights.sum()
print(f"{100 * heavy.mean():.0f} % of the pixels weigh more than 6; they have {100 * share:.0f} % of the whole weight")

# %% [markdown]
# The narrow gaps glow. The background in the middle of four cells is lighter, because no cell is near, and that in the
# corners is as good as unweighted. Notice that the cells' own borders along a gap are heavy, too: to draw a gap, a net
# has to know both of its banks.
#
# ## 6. Sum or concatenation?
#
# Now the question of the lesson. Three small U-Nets with padding and three levels, which differ in one line: the
# decoder ignores the skip, adds it, or concatenates it. By section 3 concatenation is the more general, and costs
# more. So the **budget** is equal: all three nets have 29,500 parameters, to within a quarter of a percent. The net
# that concatenates has 8, 16 and 32 channels, the other two 9, 17 and 33. Each is trained for 800 steps of 8 pictures
# of 48 x 48, on drawn shapes and on land cover, with three seeds. Each seed has its own pictures and its own start,
# the same for all three nets, and scores them on 200 pictures that they have not seen.
#
# ```
# python benchmarks/skips.py
# ```
#
# trains all 18 nets, in about ten minutes of one core, and writes the file of results that the next cell reads.
#
# **What do you expect?** Two differences on each kind of picture: what are skips worth at all, and what does
# concatenation add? Write down four numbers, in points of mean IoU.

# %% tags=["expected"]
stored = np.load(ladder.find_lesson("22").folder / "skips.npz")
ways = ("no skips", "sum", "concatenation")
panes = {data: {way: 100 * stored[f"{data}, {way}"] for way in ways} for data in ("shapes", "land cover")}


def on_one_scale(figure, lowest, span=17):
    """A point of mean IoU has the same length in both panes."""
    for axes, low in zip(figure.axes, lowest):
        axes.set_xlim(low, low + span)
    return figure


on_one_scale(plot.dots({f"mean IoU on {data}, %": scores for data, scores in panes.items()}), (57, 32))

# %% tags=["expected"]
for data, found in panes.items():
    line = ",  ".join(f"{way} {scores.mean():.1f} ± {scores.std(ddof=1):.1f}" for way, scores in found.items())
    gain = found["concatenation"] - found["sum"]
    print(f"{data}: {line}")
    print(f"    concatenation minus sum, seed by seed: {', '.join(f'{points:+.1f}' for points in gain)}")

# %% [markdown]
# Skips are worth 6 to 9 points, whichever way they are joined, and every net with skips beats every net without. That
# was FCN's point, and it is the large effect here.
#
# Sum or concatenation is the small one. On shapes the sum is ahead with all three seeds, by 1 to 4 points. On land
# cover it is ahead twice and behind once, each time by more than 4 points: with three seeds that is no difference. So
# at equal budget these nets give no reason to concatenate: two kernels instead of one are worth no more than one
# channel in eight.
#
# How far does that carry? To small nets, trained briefly, on two kinds of pictures. Not to nets of 64 to 1024
# channels, nor to pictures of cells. What does carry over is the method: an equal budget, the same pictures for all,
# and the difference seed by seed.
#
# ## Where this stands in minifcn
#
# | you | minifcn |
# |---|---|
# | `ConcatCrop` | `crop_center` in `models/unet.py`, and `F.cat`; the graph derives the backward from theirs |
# | `overlap_tile` | `predict_tiled` in `predict.py`, which asks `footprint` for the net's margin, and `predict --tile` |
# | `weight_map` | `weight_map` in `models/unet.py`, with the distance transform of SciPy |
# | three U-Nets | `UNet`, `train --model unet`, and `benchmarks/skips.py` |
#
# `predict_tiled` mirrors nothing: the tiles at the border of the picture end where the picture ends, so that a padded
# net gives them the scores of the whole picture. `UNet` itself is padded in `train`; `padded=False` is the paper's.
#
# ## Three questions
#
# **1.** An unpadded U-Net of two poolings makes 44 scores of 84 pixels. Which margin does `overlap_tile` need, and
# which tiles are allowed besides 44?
#
# <details><summary>Answer</summary>
#
# $(84 - 44)/2 = 20$. Each 4 pixels more make 4 scores more, as long as every pooling meets an even size: 40, 44, 48,
# ..., which are the multiples of 4.
#
# </details>
#
# **2.** What is the largest weight that `weight_map` can give, for $w_0 = 10$ and $\sigma = 5$?
#
# <details><summary>Answer</summary>
#
# Distances are at least 1, so the second part is at most $10\, e^{-4/50} = 9.23$. To that comes $w_c$, which has no
# limit: a single background pixel between two cells that fill the rest has $w_c = HW/2$.
#
# </details>
#
# **3.** Somebody replaces concatenation by addition in a trained U-Net and keeps the half $W_x$ of each kernel. What
# happens, and for which kernels would nothing happen?
#
# <details><summary>Answer</summary>
#
# The skip is now convolved with $W_x$ instead of $W_z$. The scores stay the same only if $W_z = W_x$, which training
# has no reason to produce.
#
# </details>
#
# ## Two open problems
#
# **A.** Does the weight map separate cells? Draw touching cells as above, train a small U-Net with and without the
# weights, and count: how many pairs of cells does each net merge? Three seeds.
#
# **B.** Let the net decide: join by $\alpha z + x$ with one learned $\alpha$ for each channel. That has hardly more
# weights than the sum. How much of the difference of section 6 does it recover, and which channels choose
# $\alpha = 0$?
#
# ## The paper
#
# Ronneberger, Fischer and Brox, "U-Net: Convolutional Networks for Biomedical Image Segmentation", 2015. Figure 1 is
# the net of section 1, figure 2 the tiles, figure 3 the weights, equation 2 their formula. The authors say that they
# build on the fully convolutional network, and name as the main change that the way up has many channels, too. They do
# not compare concatenating with adding. The FCN paper adds, in section 3.3, and does not compare either.
