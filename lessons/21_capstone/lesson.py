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
# # Lesson 21: Your own FCN-8s
#
# Can you label the Earth with nothing but code that you wrote yourself? You have all the parts: derivatives, layers,
# upsampling, nets, scores, training. In this lesson one command makes a package of them. You train it on satellite
# images, and you find out what stands between your net and a perfect score: its stride, its edges, or something else.
#
# *Sections 4.3 and 5, and appendix A of the paper (upper bounds) · builds on lessons 14, 18 and 20 · 70 minutes*
#
# 1. [What a grid can reach](#1.-What-a-grid-can-reach)
# 2. [How near is near?](#2.-How-near-is-near?)
# 3. [Three strides](#3.-Three-strides)
# 4. [A package of your own](#4.-A-package-of-your-own)
# 5. [The same weights, the same scores](#5.-The-same-weights,-the-same-scores)
# 6. [Train it](#6.-Train-it)
# 7. [One question, one change, three seeds](#7.-One-question,-one-change,-three-seeds)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import json
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import numpy as np

from minifcn import plot, tensor
from minifcn.autograd import no_grad
from minifcn.course import check, earlier, hint, ladder
from minifcn.course.assemble import package
from minifcn.data import LandCover
from minifcn.metrics import boundary_mask
from minifcn.models.catalogue import build

# Your scores from lesson 14, as the course wrote them.
# To work with yours, add answers="14_scores.ipynb".
confusion_matrix, scores = earlier("14.confusion_matrix", "14.scores")

# %% [markdown]
# ## 1. What a grid can reach
#
# FCN-32s computes one score every 32 pixels and interpolates between them. Suppose that these scores were perfect.
# How good could the segmentation be? The paper asks this in appendix A, and answers by a trick: take the *truth*,
# keep one label for each cell of a grid, paint the whole cell with it, and score that picture as if a net had made
# it. No net with one label per cell can do much better. Others call such a number an *upper bound*, or an *oracle*.
#
# By hand: a row of five pixels, and a stride of 2. A cell keeps the label of pixel `stride // 2`, counted from 0, so
# that is its second pixel. The last cell has only one.
#
# | | cell 0 | cell 1 | cell 2 |
# |---|---|---|---|
# | truth | $0, 0$ | $0, 1$ | $1$ |
# | the label it keeps | $0$ | $1$ | $1$ |
# | prediction | $0, 0$ | $1, 1$ | $1$ |
#
# One pixel of class 0 has become class 1. Class 0: intersection 2, union 3. Class 1: intersection 2, union 3. The
# mean IoU is $\frac23$.
#
# Here are the test tiles of the land-cover data, 96 x 96 pixels each, and one of them through four grids. (The
# strides divide 96, so one line of NumPy does it. Yours will have to cope with any stride.)

# %%
tiles = LandCover("test")
samples = [tiles.sample(number, None) for number in range(0, len(tiles), 3)]
truth = np.stack([labels for _, labels in samples])


def through_grid(labels, stride):
    """The labels of a grid of a stride that divides both sides, painted over its cells."""
    small = labels[:, stride // 2 :: stride, stride // 2 :: stride]
    return small.repeat(stride, axis=1).repeat(stride, axis=2)


SHOWN = 24  # the tile that this lesson looks at
grids = {f"stride {stride}": through_grid(truth, stride) for stride in (4, 8, 16, 32)}
row = [truth[SHOWN], *(seen[SHOWN] for seen in grids.values())]
plot.panel([row], ["truth", *grids], LandCover.palette, LandCover.classes)

# %% [markdown]
# **What do you expect?** On VOC's photographs, the paper finds a mean IoU of 96.4 % for a stride of 8, and 86.1 % for
# 32. What will it be here? Write down your two numbers before you go on.
#
# ### Exercise 1: the upper bound
#
# Two details. Where the stride does not divide a side, the last cells are smaller, and their middle may lie outside
# the picture: take the last row or column then. And a middle pixel may be one that nobody labelled; read it as
# class 0. Stuck? `hint("21.upper_bound")` gives a nudge, and a larger one each time.


# %%
def upper_bound(labels, stride, classes, ignore_index=255):
    """The mean IoU of the truth itself, seen through a grid of one label every `stride` pixels.

    labels: (N, H, W), ints
    Cut each picture into cells of stride x stride pixels, from the top left corner; those at the
    right and bottom may be smaller. All pixels of a cell get the label of pixel (stride // 2,
    stride // 2) of the cell, or of the picture's last row or column where that is outside. A label
    ignore_index there is read as class 0.
    Returns the mean IoU of these predictions, over all pictures, as 14.scores has it.

    labels = [[0, 0, 0, 1, 1]], stride 2, 2 classes:  the predictions are [[0, 0, 1, 1, 1]],
    and the mean IoU is (2/3 + 2/3) / 2.
    """
    ### BEGIN SOLUTION
    H, W = labels.shape[1:]
    rows = np.minimum(np.arange(H) // stride * stride + stride // 2, H - 1)
    columns = np.minimum(np.arange(W) // stride * stride + stride // 2, W - 1)
    seen = labels[:, rows[:, None], columns]
    seen = np.where(seen == ignore_index, 0, seen)
    return scores(confusion_matrix(labels, seen, classes, ignore_index))[2]
    ### END SOLUTION


# %%
check("21.upper_bound", upper_bound)

# %% tags=["expected"]
strides = (128, 64, 32, 16, 8, 4)
paper = (50.9, 73.3, 86.1, 92.8, 96.4, 98.5)
for stride, voc in zip(strides, paper):
    print(f"stride {stride:3}:  VOC, in the paper {voc:.1f} %,  land cover {100 * upper_bound(truth, stride, 8):.1f} %")

# %% [markdown]
# A surprise: what a stride of 64 costs on VOC, a stride of 4 costs here. A photograph shows one large dog. From orbit,
# fields and woods mix from pixel to pixel, and the truth itself is speckled. So read every score of this lesson
# against these numbers, not against 100 %: a net that decides once every 8 pixels has about two thirds in reach.
#
# ## 2. How near is near?
#
# A stride costs accuracy where classes meet. So look there: take only pixels *near an edge* of the truth, and ask how
# many of them are right. Then let "near" grow from one pixel to the whole picture. Others call the band around the
# edges a *trimap*, and the curve a *trimap plot*.
#
# What is near? A pixel lies within `width` of an edge if the square of $2 \cdot \text{width} + 1$ pixels around it
# contains a pixel of another class. For the row $0, 0, 0, 1, 1$, with the prediction $1, 0, 0, 0, 1$:
#
# | pixel | 0 | 1 | 2 | 3 | 4 | right, of these |
# |---|---|---|---|---|---|---|
# | right? | no | yes | yes | no | yes | |
# | within 1 | | | near | near | | 1 of 2 |
# | within 2 | | near | near | near | near | 3 of 4 |
#
# So the curve begins with $0.5, 0.75$. Pixel 0 is far from the edge, and its error does not count yet.
#
# ### Exercise 2: accuracy near the edges
#
# There are two traps. Pixels labelled 255 have no class: where they begin is no edge, and they are neither right nor
# wrong. And the border of the picture is no edge either.


# %%
def trimap_curve(labels, predictions, widths, ignore_index=255):
    """The share of right pixels near an edge of the truth, for several meanings of near.

    labels, predictions: (N, H, W), ints;  widths: a tuple of ints, each at least 1
    A pixel is within `width` of an edge if the square of 2*width + 1 pixels around it, as far as it
    lies in the picture, contains a pixel of another class. Pixels labelled ignore_index have no
    class: they make no edge, and they do not count.
    Returns an array, float64, with one number for each width: of all pixels within `width` of an
    edge, in all pictures together, the share whose prediction is right; nan if there is none.

    labels = [[0, 0, 0, 1, 1]], predictions = [[1, 0, 0, 0, 1]], widths (1, 2):  [0.5, 0.75]
    """
    ### BEGIN SOLUTION
    counts, right = labels != ignore_index, labels == predictions
    highest, lowest = np.where(counts, labels, -1), np.where(counts, labels, 10**6)
    curve = {}
    for width in range(1, max(widths) + 1):
        highest, lowest = grow(highest, np.maximum), grow(lowest, np.minimum)
        near = counts & (highest > lowest)
        curve[width] = right[near].mean() if near.any() else np.nan
    return np.array([curve[width] for width in widths])
    ### END SOLUTION


def grow(x, extreme):
    """Each pixel's extreme with its neighbours above and below, then with those left and right."""
    ### BEGIN SOLUTION
    for axis in (1, 2):
        before = np.moveaxis(x, axis, 0)
        x = before.copy()
        x[1:] = extreme(x[1:], before[:-1])
        x[:-1] = extreme(x[:-1], before[1:])
        x = np.moveaxis(x, 0, axis)
    return x
    ### END SOLUTION


# %%
check("21.trimap_curve", trimap_curve)

# %% [markdown]
# Here are the bands themselves, in white, for the tile above. (The library's `boundary_mask` draws them, so that your
# solution is not given away.)

# %% tags=["expected"]
bands = {f"within {width}": boundary_mask(truth[SHOWN], width).astype(float) for width in (1, 2, 4, 8)}
plot.pictures(**bands)

# %% tags=["expected"]
for width in (1, 2, 4, 8, 16, 32):
    print(f"of all pixels of the tiles, {100 * boundary_mask(truth, width).mean():.0f} % lie within {width} of an edge")

# %% [markdown]
# Four pixels in five lie within 8 pixels of an edge. That is the speckle again.
#
# ## 3. Three strides
#
# Now the question of the lesson. FCN-32s, FCN-16s and FCN-8s were trained on the same crops with the same recipe, the
# one of section 6, and labelled these tiles. (Trained by the library, because it is faster. Your package gives the
# same scores for the same weights, as section 5 shows.)

# %%
stored = np.load(ladder.find_lesson("21").folder / "predictions.npz")
nets = {name: stored[name].astype(np.int64) for name in ("FCN-32s", "FCN-16s", "FCN-8s")}
images = np.stack([image for image, _ in samples])
pictures = (images.transpose(0, 2, 3, 1) * LandCover.std + LandCover.mean).clip(0, 1)
shown = [pictures[SHOWN], truth[SHOWN], *(found[SHOWN] for found in nets.values())]
plot.panel([shown], ["image", "truth", *nets], LandCover.palette, LandCover.classes)

# %% [markdown]
# **What do you expect?** Draw it: from left to right the distance to an edge, 1 to 32 pixels; upwards the share of
# right pixels. Three curves for the nets, and three for the bounds, the truth through grids of 32, 16 and 8. Where do
# nets lose most against their bound, near the edges or far away?

# %% tags=["expected"]
widths = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
curves = {}
for name, stride in (("FCN-32s", 32), ("FCN-16s", 16), ("FCN-8s", 8)):
    curves[name] = (widths, trimap_curve(truth, nets[name], widths))
    curves[f"grid of {stride}"] = (widths, trimap_curve(truth, through_grid(truth, stride), widths))
bounds = [name for name in curves if name not in nets]
plot.lines(curves, x="pixels to the nearest edge, at most", y="share of right pixels", markers=True, dashed=bounds)

# %% tags=["expected"]
for name, found in nets.items():
    stride = int(name[4:-1])
    iou = scores(confusion_matrix(truth, found, 8))[2]
    print(f"{name:8} mean IoU {100 * iou:.1f} %,  its bound {100 * upper_bound(truth, stride, 8):.1f} %")

# %% [markdown]
# Every curve rises: the nearer an edge, the more errors. The skips raise the whole curve, from FCN-32s to FCN-8s by 7
# points within one pixel of an edge, and by 11 within 8. So here they do more than sharpen outlines: they find small
# regions that a coarse net misses altogether. Far enough from the edges, FCN-8s even beats the *truth* seen through a
# grid of 32.
#
# But no net reaches its own bound. It stays 7 to 12 points below, at every distance and whatever its stride. So
# neither the grid nor the edges explain the rest. What does? Look at the image: from orbit, grass, savanna and crops
# have nearly the same colours.
#
# ## 4. A package of your own
#
# Your answers are spread over a notebook for each lesson. One command takes them out, checks every one, and writes a
# package:
#
# ```
# minifcn assemble --answers my-lessons --out myfcn --name "Ada's FCN"
# ```
#
# If an answer is wrong, it says which, with the hint that belongs to the mistake, and writes nothing. If one is
# missing, it says so. `--missing borrow` takes the course's answer in its place, and the package says that it did.
#
# What you get is ordinary Python. Each module imports what it uses from the others, and nothing imports minifcn, but
# for the data. Open its module `convolution`, and you will find your own lines, in one place for the first time.
#
# **What do you expect?** How many lines of your own code does an FCN-8s need, without docstrings and comments, from
# `+` upwards: 300, 1,000 or 3,000?
#
# To see a package without waiting for the checks, the next cell assembles one in which everything is borrowed.

# %%
folder = Path(tempfile.mkdtemp())
(folder / "no-answers").mkdir()
package.assemble(folder / "no-answers", folder / "borrowed_fcn", "A borrowed FCN", borrowing=True, say=lambda line: None)

# %% tags=["expected"]
parts = json.loads((folder / "borrowed_fcn" / "parts.json").read_text())["parts"]
modules = {}
for part in parts:
    modules[part["module"]] = modules.get(part["module"], 0) + part["lines"]
plot.bars(modules, unit="lines")

# %% tags=["expected"]
print(sum(modules.values()), "lines of code in", len(parts), "answers")
print((folder / "borrowed_fcn" / "transposed.py").read_text()[:560])

# %% [markdown]
# The package has tests, `python -m pytest myfcn`. They hold worked numbers from the lessons, every size of image from
# 1 to 300, and the whole net against finite differences: a loss at the top, one number of each weight array moved at
# the bottom. Here is that test, by hand, for a net of a few channels.

# %% tags=["expected"]
sys.path.insert(0, str(folder))
nets_of, Tensor = import_module("borrowed_fcn.nets"), import_module("borrowed_fcn.tensor").Tensor

rng = np.random.default_rng(0)
net = nets_of.make_net("fcn8s", rng, classes=3, widths=(2, 3, 2, 3, 2), head=8)
for p in net.parameters():
    p.data = p.data.astype(np.float64) + rng.normal(0, 0.3, p.data.shape)
x, labels = Tensor(rng.standard_normal((2, 3, 37, 50))), rng.integers(0, 3, (2, 37, 50))


def loss():
    nets_of.reseed(net, 0)  # dropout drops the same numbers each time
    return Tensor.apply(nets_of.PixelLoss(labels), net(x))


net.zero_grad()
loss().backward()
for name, p in net.named_parameters()[::8]:
    index, slope = np.unravel_index(abs(p.grad).argmax(), p.grad.shape), 0
    for step in (1e-6, -1e-6):
        p.data[index] += step
        slope += float(loss().data) / (2 * step)
        p.data[index] -= step
    print(f"{name:34} backward {p.grad[index]: .9f}   difference {slope: .9f}")

# %% [markdown]
# ## 5. The same weights, the same scores
#
# A package can pass its own tests and still be wrong, if tests and code share a misunderstanding. A stricter judge is
# a net that somebody else wrote. Give both the same weights and the same picture. If a single padding, crop or
# epsilon differs, so do the scores.
#
# **What do you expect?** Both nets compute in float32, which keeps about seven digits, but they add in different
# orders. How large will the largest difference be, for scores of about 1?

# %% tags=["expected"]
theirs, ours = build("fcn8s", 8).eval(), nets_of.make_net("fcn8s", rng)
state = {name: array.copy() for name, array in theirs.state_dict().items()}
for name, array in state.items():
    if "score" in name and "upscore" not in name:  # they begin at 0, which would compare nothing
        array += rng.normal(0, 0.02, array.shape).astype(np.float32)
theirs.load_state_dict(state)
copied = [array for name, array in state.items() if "upscore" not in name and "tracked" not in name]
nets_of.copy_arrays(ours, copied, "the library's net")

some = images[:2, :, :90, :70]
with no_grad():
    expected = theirs(tensor(some)).numpy()
found = nets_of.scores_of(ours, some)
print(f"largest score {abs(expected).max():.2f}, largest difference {abs(found - expected).max():.0e}")

# %% [markdown]
# `python -m myfcn.weights runs/demo/fcn8s/checkpoint.npz` does the same for a net that `minifcn demo` has trained.
#
# ## 6. Train it
#
# ```
# python -m myfcn.train
# ```
#
# trains FCN-8s on crops of 96 x 96 pixels, eight at a time, for 1,400 steps: your `random_crop`, `schedule` and `fit`,
# your `SGD` with momentum 0.9, a learning rate of 0.03 that falls to 0, a weight decay of 0.001. A step takes about
# half a second on one core, the whole run ten to twenty minutes, which do not count among the 70. Every 100 steps,
# which we call an *epoch* here, it scores the validation tiles and saves a checkpoint. Ctrl-C stops it; the same
# command continues. Curious? `--steps 100` ends after a minute or two, with a run of its own.
#
# The bar: **beat the colour of one pixel.** A net of 1 x 1 convolutions, which sees a single pixel and nothing around
# it, reaches a mean IoU of 44.6 % on the test bands in the demo, and 44.3 ± 0.4 % over three seeds. If your FCN-8s does
# not beat it, all its convolutions, skips and upsampling are worth less than a table of colours. (The course's own
# answers reach 47.3, 46.7 and 48.1 %, with three seeds.)
#
# **What do you expect?** A unit of FCN-32s sees a window of 220 x 220 pixels; the net of 1 x 1 convolutions sees three
# numbers. Which of the two has the higher mean IoU here? (Section 3 has the answer, and section 1 the reason.)
#
# Before you trust a number, three habits from lesson 20: the test bands were never trained on, and choose nothing;
# one seed is an anecdote, so train `--seed 1` and `--seed 2` as well; and say what the trivial answer scores. Then
#
# ```
# python -m myfcn.report
# ```
#
# writes `myfcn/report.html`: what your net sees, how it learned, where it fails, its scores beside those of the
# library and of PyTorch, and a list of whose each answer is.
#
# ## 7. One question, one change, three seeds
#
# An *ablation* takes one thing away and measures what it was worth. Fill in `myfcn/ablation.md`. The rules are short.
#
# - **One question**, in one sentence, whose answer you do not know. "What does pool3's skip add?" "Does dropout help,
#   at a tenth of the paper's steps?" "Do class weights help the mean IoU, and what do they cost in accuracy?"
# - **One change.** One option (`--net fcn16s`, `--weights none`, `--momentum 0.5`, `--batch 4`), or one line of your
#   code and a name for the run (`--name no-dropout`). Everything else, the steps included, stays as it is.
# - **A prediction**, written before the first run.
# - **Three seeds** of each. Report the mean, and the standard deviation over the seeds.
# - **An honest sentence.** If the means differ by less than the seeds do, you have not found a difference. That is a
#   result, too; do not add a fourth seed until it looks better.
#
# By hand: unchanged $46.9, 47.8, 47.3$, changed $46.1, 47.5, 46.5$. The means are $47.3$ and $46.7$, the deviations
# $0.45$ and $0.72$. The difference of $0.6$ is smaller than the spread of the changed runs. With these six numbers you
# cannot tell.

# %% tags=["expected"]
unchanged, changed = np.array([46.9, 47.8, 47.3]), np.array([46.1, 47.5, 46.5])
for name, found in (("unchanged", unchanged), ("changed", changed)):
    print(f"{name:10} {found.mean():.1f} ± {found.std(ddof=1):.2f}")
error = np.sqrt(unchanged.var(ddof=1) / 3 + changed.var(ddof=1) / 3)
print(f"difference {unchanged.mean() - changed.mean():.1f} ± {error:.2f}")

# %% [markdown]
# ## Where this stands in minifcn
#
# `minifcn/models/fcn.py` is the library's FCN-8s, `minifcn/metrics.py` has `Trimap` and `boundary_mask`, and
# `minifcn/runs/demo.py` trains the three nets one from the other, as the paper does. `docs/landcover.md` has the
# scores of three seeds, in minifcn and in PyTorch. `minifcn/course/assemble/` is the program that wrote your package.
#
# ## Three questions
#
# 1. The upper bound of stride 8 is 67 %, FCN-8s reaches less than 50 %. Would a net of stride 4 help?
# 2. Why may a net with a stride of 8 beat the "upper bound" of stride 8?
# 3. Each epoch of `train.py` begins with a new optimizer, so the velocities are lost every 100 steps. What is gained?
#
# <details><summary>Answers</summary>
#
# 1. Not by itself. The bound is far above what the net reaches, so the grid is not what limits it. A stride of 4 lifts
#    a limit that has not been reached. Better features, or more training, come first.
# 2. The bound lets a cell have one label. The net interpolates its scores before it takes the largest, so the border
#    between two classes may run through the middle of a cell. A bound of this kind is a guide, not a theorem.
# 3. A run that was interrupted continues exactly as it would have gone on: there is no state besides the weights and
#    the number of the epoch. It works with every right `SGD`, wherever that keeps its velocities. The price is small:
#    with a momentum of 0.9 the velocity is back after about ten steps.
#
# </details>
#
# ## Two open problems
#
# 1. The truth of the land-cover data is speckled, and was itself made by a program. How much of the gap between your
#    net and its bound is noise in the truth? Find a way to estimate it from the data that you have.
# 2. Scores are averages over pixels that depend on their neighbours. How large is the uncertainty of a mean IoU over
#    six bands of the Earth, for one fixed net? Three seeds do not tell you. What would?
#
# ## The paper
#
# Appendix A of the arXiv version has the upper bounds, figure 4 the three strides on one photograph, table 2 their
# scores; section 4.3 trains. Read section 5 again, now that you can compute each of its numbers.
#
# > **Often misunderstood.** "The fully connected layers are not used." They are: their weights are kept, reshaped to
# > convolutions, and fc6 becomes 7 x 7, not 1 x 1. And class weights, which our recipe uses because one pixel in a
# > hundred is snow, are not part of the paper's method: the authors found them unnecessary.
