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
# # Lesson 14: What is a good segmentation?
#
# Two networks label the same picture, and both are wrong in some pixels: which one is better? That depends on what
# you count, and papers count differently. In this lesson you write the four scores that the FCN paper reports, and
# you watch them disagree. Then you write the loss that the nets are trained with, which is none of the four.
#
# *Sections 4.3 and 5 of the paper (loss, metrics) · builds on lesson 4 · with the optional section 9 (35 minutes) · 125 minutes*
#
# 1. [Four answers to one picture](#1.-Four-answers-to-one-picture)
# 2. [Count every pixel once](#2.-Count-every-pixel-once)
# 3. [Four scores](#3.-Four-scores)
# 4. [A data set is one large picture](#4.-A-data-set-is-one-large-picture)
# 5. [The loss is not the score](#5.-The-loss-is-not-the-score)
# 6. [Its gradient](#6.-Its-gradient)
# 7. [Sum or mean](#7.-Sum-or-mean)
# 8. [Class weights](#8.-Class-weights)
# 9. [Write the test](#9.-Write-the-test)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import numpy as np

from minifcn import functional as F
from minifcn import plot, tensor
from minifcn.course import accepted_by, check, earlier, hint
from minifcn.metrics import ConfusionMatrix

# The course's own answer of lesson 4. For yours: earlier("04.LogSoftmax", answers="04_network.ipynb")
LogSoftmax = earlier("04.LogSoftmax")

rng = np.random.default_rng(0)

# %% [markdown]
# ## 1. Four answers to one picture
#
# Here is a street scene of 60 x 80 pixels with three classes: background (0), bicycle (1) and ball (2). We draw it
# ourselves, so that we know the truth for every pixel.

# %%
CLASSES = ("background", "bicycle", "ball")
PALETTE = np.array([[238, 236, 228], [31, 119, 180], [230, 126, 34]], np.uint8)
rows, columns = np.mgrid[:60, :80]


def from_point(row, column):
    """The distance of every pixel from a point."""
    return np.hypot(rows - row, columns - column)


def from_line(start, end):
    """The distance of every pixel from the straight line between two points."""
    (r, c), (dr, dc) = start, np.subtract(end, start)
    t = np.clip(((rows - r) * dr + (columns - c) * dc) / (dr**2 + dc**2), 0, 1)
    return from_point(r + t * dr, c + t * dc)


back, front, pedals, saddle, head = (40, 18), (40, 60), (40, 36), (17, 30), (19, 54)
tubes = [(back, pedals), (back, saddle), (pedals, saddle), (saddle, head), (pedals, head), (head, front)]
tubes += [((14, 25), (14, 34)), ((13, 47), head)]
truth = np.where(from_point(50, 39) < 5.5, 2, 0)
for hub in (back, front):
    truth[abs(from_point(*hub) - 14.5) < 1] = 1
for tube in tubes:
    truth[from_line(*tube) < 1] = 1

# %% [markdown]
# And here are four answers: A calls everything background. B has every shape right, but two pixels too far to the
# right. C is perfect, but has missed the ball. D has found everything, with outlines that are one pixel too fat.

# %%
beside = np.zeros_like(truth)
beside[:, 2:] = truth[:, :-2]
fat = truth.copy()
for axis in (0, 1):
    for step in (-1, 1):
        fat = np.where(fat == 0, np.roll(truth, step, axis), fat)
answers = {"A": np.zeros_like(truth), "B": beside, "C": np.where(truth == 2, 0, truth), "D": fat}
titles = ["truth", "A: all background", "B: two pixels off", "C: no ball", "D: fat outlines"]
plot.panel([[truth, *answers.values()]], titles, PALETTE, CLASSES)

# %% [markdown]
# **What do you expect?** Rank the four by eye, the best first, and write your ranking down. Then guess: how many
# percent of all pixels does each of them get right?
#
# ## 2. Count every pixel once
#
# All four scores come from one small table. Each pixel is a pair: the class that it has (its *label*), and the
# class that it was given (the *prediction*). Count how often each pair occurs.
#
# By hand, with a picture of 2 x 3 pixels:
#
# $$\text{labels} = \begin{pmatrix} 0 & 0 & 1 \\ 0 & 1 & 2 \end{pmatrix} \qquad
#   \text{predictions} = \begin{pmatrix} 0 & 1 & 1 \\ 0 & 0 & 2 \end{pmatrix}$$
#
# Class 0 has three pixels; two were predicted as 0 and one as 1. Of the two pixels of class 1, one was predicted as 0
# and one as 1. Class 2 has one pixel, and it is right. With a row for each true class and a column for each
# predicted class, we get
#
# $$n = \begin{pmatrix} 2 & 1 & 0 \\ 1 & 1 & 0 \\ 0 & 0 & 1 \end{pmatrix}$$
#
# This is the **confusion matrix**: $n_{ab}$ is the number of pixels of class $a$ that were predicted as $b$. (The paper
# writes $n_{ij}$; in this course $i$ and $j$ are taps of a kernel.) Its diagonal holds what is right. A row sum
# $t_a = \sum_b n_{ab}$ is the number of pixels that class $a$ really has: 3, 2, 1. A column sum $f_b = \sum_a
# n_{ab}$ is the number of pixels that were predicted as $b$: by accident 3, 2, 1 again. Where in the picture a pixel
# was is forgotten.
#
# Some pixels have no right answer: where two objects meet, or where the annotator could not tell. PASCAL VOC gives
# them the label **255**. They are not counted, whatever is predicted there. Others call this the *ignore label*
# or *void*; other data sets use $-1$ or 0 for it.
#
# One trap before you write. Labels come from image files, so they are `uint8`, which holds numbers up to 255. A
# popular way to count pairs gives each pair a number of its own, $\text{classes} \cdot \text{label} +
# \text{prediction}$, and for VOC's 21 classes that goes up to 440:

# %%
print("21 * 13 in uint8:", 21 * np.array([13], np.uint8))

# %% [markdown]
# ### Exercise 1: the confusion matrix
#
# Stuck? `hint("14.confusion_matrix")` gives a nudge; call it again for a larger one.


# %%
def confusion_matrix(labels, predictions, classes, ignore_index=255):
    """How many pixels of class a were predicted as b: an array of ints (classes, classes), at row a, column b.

    labels:      the true classes: ints of any type and shape, each 0 to classes - 1, or ignore_index
    predictions: ints of the same shape, each 0 to classes - 1
    Pixels whose label is ignore_index are not counted. (It may also be a number below `classes`: 0.)
    The example above gives [[2, 1, 0], [1, 1, 0], [0, 0, 1]].
    """
    ### BEGIN SOLUTION
    counts = labels != ignore_index
    pairs = classes * labels[counts].astype(int) + predictions[counts]
    return np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    ### END SOLUTION


# %%
check("14.confusion_matrix", confusion_matrix)

# %% [markdown]
# **What do you expect?** In answer B everything is two pixels off. How much of the bicycle is still right, and how
# much of the ball, whose diameter is 11 pixels?

# %% tags=["expected"]
counts = {name: confusion_matrix(truth, answer, 3) for name, answer in answers.items()}
plot.matrix(counts["B"], "B: two pixels off", rows=CLASSES, columns=CLASSES)

# %% [markdown]
# Of the bicycle, 236 of 617 pixels are right, four in ten; of the ball, 75 of 97. Both are two pixels off, but the
# tubes are hardly wider than that. Thin things suffer most.
#
# ## 3. Four scores
#
# The paper (section 5) reports four numbers. With $C$ classes:
#
# | score | formula | in words | by hand, for the matrix above |
# |---|---|---|---|
# | pixel accuracy | $\sum_a n_{aa} / \sum_a t_a$ | the share of pixels that are right | $4/6$ |
# | mean accuracy | $\frac1C \sum_a n_{aa} / t_a$ | the mean of the classes' shares | $(2/3 + 1/2 + 1)/3 = 13/18$ |
# | mean IoU | $\frac1C \sum_a n_{aa} / (t_a + f_a - n_{aa})$ | see below | $(1/2 + 1/3 + 1)/3 = 11/18$ |
# | frequency weighted IoU | $\sum_a t_a\, \text{IoU}_a / \sum_a t_a$ | large classes count more | $19/36$ |
#
# **IoU** is *intersection over union* (the paper says IU; others call it the *Jaccard index*). For one class, take
# the pixels that have it, and the pixels that were given it. The intersection is what is in both, $n_{aa}$. The
# union is what is in either: $t_a + f_a$, less $n_{aa}$, which would be counted twice. For class 0 above: $2 / (3 +
# 3 - 2) = 1/2$.
#
# How do accuracy and IoU differ? The accuracy of a class (others call it *recall*) looks only along its row: it
# asks what was missed. Call the whole picture a ball, and the ball's accuracy is 100 %. The IoU has the column in
# its denominator, too, so every pixel that is wrongly called ball lowers it.
#
# Then there is $0/0$. What about a class that is not in the picture? We follow the authors' code:
#
# - It has no accuracy, and the mean is taken over the others.
# - If it was not predicted either, it has no IoU, and the mean is taken over the others.
# - If it *was* predicted somewhere, its union is not empty. Its IoU is 0, and that counts.
#
# ### Exercise 2: the paper's four scores


# %%
def scores(counts):
    """(pixel accuracy, mean accuracy, mean IoU, frequency weighted IoU) of a confusion matrix: four numbers.

    counts: ints (C, C); row a, column b: the pixels of class a that were predicted as b; at least one is counted
    A class without pixels (t = 0) is left out of the mean accuracy, and adds nothing to the last score.
    One that was not predicted either is left out of the mean IoU; one that was predicted has IoU 0 there.
    [[2, 1, 0], [1, 1, 0], [0, 0, 1]] gives (4/6, 13/18, 11/18, 19/36).
    """
    ### BEGIN SOLUTION
    right, truth, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(invalid="ignore"):
        accuracy, iou = right / truth, right / (truth + found - right)
    weighted = np.nansum(truth * iou) / truth.sum()
    return right.sum() / truth.sum(), np.nanmean(accuracy), np.nanmean(iou), weighted
    ### END SOLUTION


# %%
check("14.scores", scores)

# %% [markdown]
# **What do you expect?** You have ranked the answers A, B, C and D by eye. Which of the four scores agrees with
# you? And is there one that puts A, which has found nothing at all, before another answer?

# %% tags=["expected"]
NAMES = ("pixel accuracy", "mean accuracy", "mean IoU", "f.w. IoU")
table = {name: 100 * np.array(scores(n)) for name, n in counts.items()}
captions = [["", *("   ".join(f"{value:.0f}" for value in row) for row in table.values())]]
note = "pixel accuracy, mean accuracy, mean IoU, frequency weighted IoU, in percent"
print(f"{'':16}" + "".join(f"{name:>7}" for name in table) + "    best to worst")
for k, score in enumerate(NAMES):
    ranking = sorted(table, key=lambda name, k=k: -table[name][k])
    print(f"{score:16}" + "".join(f"{row[k]:7.1f}" for row in table.values()) + f"    {' '.join(ranking)}")
plot.panel([[truth, *answers.values()]], titles, PALETTE, CLASSES, captions=captions, note=note)

# %% [markdown]
# Four scores, four different rankings.
#
# - **Pixel accuracy** puts *all background* ahead of *two pixels off*. Most of the picture is background, and
#   whoever tries nothing gets nothing wrong there. C is almost perfect: the ball is only 2 % of the picture.
# - **Mean accuracy** makes the ball a third of the score, so C drops to third place. D is far ahead: being too fat
#   costs it nothing but a little background.
# - **Mean IoU** punishes fat outlines, too. D still leads, but by less.
# - **Frequency weighted IoU** gives back to the large classes what the mean took from them.
#
# None of the four is the true one, and the paper reports them all. Most papers since compare by mean IoU, which
# neither a large background nor fat outlines can raise.
#
# How little can a pixel accuracy of 75 % mean? In PASCAL VOC about three quarters of the pixels are background, so
# *all background* reaches it. Its mean accuracy is $1/21 = 4.8$ %, and its mean IoU $0.75/21 = 3.6$ %. In the
# paper's table 2, FCN-32s with the classifier's layers frozen and FCN-8s are 7 points apart in pixel accuracy, with
# 83.0 % and 90.3 %. In mean IoU they are 17 points apart, with 45.4 % and 62.7 %.
#
# ## 4. A data set is one large picture
#
# There are two ways to get one mean IoU from many pictures: add up all confusion matrices and score the sum, or
# score every picture and take the mean. The paper does the first, and so do VOC and almost everybody. Some
# repositories do the second, and compare their number with the paper's.
#
# Two pictures of 1000 pixels each. In the first the ball has 100 pixels, in the second 4. Network P finds 50 of the
# 100, and all 4. Network Q finds 90 of the 100, and none of the 4. Neither finds a ball where there is none.
#
# **What do you expect?** The ball's IoU over both pictures is $54/104$ for P and $90/104$ for Q. What is the mean
# of its IoUs in the two pictures, for P and for Q? Who wins?

# %% tags=["expected"]
P = [np.array([[900, 0], [50, 50]]), np.array([[996, 0], [0, 4]])]
Q = [np.array([[900, 0], [10, 90]]), np.array([[996, 0], [4, 0]])]
for name, matrices in {"P": P, "Q": Q}.items():
    together, apart = scores(sum(matrices))[2], np.mean([scores(n)[2] for n in matrices])
    print(f"{name}: mean IoU of the data set {together:.3f}    mean of the pictures' mean IoU {apart:.3f}")

# %% [markdown]
# The winners differ. By hand, the ball's IoUs in the two pictures have the mean $(0.5 + 1)/2$ for P and $(0.9 +
# 0)/2$ for Q. In this mean a ball of 4 pixels weighs as much as one of 100. Neither way is wrong; they answer
# different questions. But numbers of both kinds do not belong in one table.
#
# ## 5. The loss is not the score
#
# Why not train a network on the mean IoU itself? Lesson 4's network gave each class a number, and the softmax made
# probabilities of these numbers. (Others call them *logits*. So will we, as this lesson has enough scores already.)
# A prediction is an *argmax*: the class with the largest logit wins. Move one logit a little, and mostly no
# prediction changes. So the mean IoU does not change, and its derivative is 0.
#
# Below are 48 pixels around the ball, with logits that are mostly right. We add one number to all logits of the
# class *ball*, and watch two curves.
#
# **What do you expect?** Are the two curves smooth, straight, or in steps? Is the best place the same for both?

# %% tags=["expected"]
crop = truth[44:50, 33:41]
logits = 1.5 * (np.arange(3)[:, None, None] == crop) + rng.standard_normal((3, 6, 8))
shifts = np.linspace(-4, 4, 161)
losses, misses = [], []
for shift in shifts:
    moved = logits + np.array([0, 0, shift])[:, None, None]
    log_p = LogSoftmax().forward(moved[None])[0]
    losses.append(-np.mean(np.take_along_axis(log_p, crop[None], axis=0)))
    misses.append(1 - scores(confusion_matrix(crop, moved.argmax(axis=0), 3))[2])
plot.lines(
    {"loss: mean of -log p": (shifts, losses), "1 - mean IoU": (shifts, misses)}, x="added to the logits of the ball"
)

# %% [markdown]
# The score is a staircase. On a step its derivative is 0, and at the edge of a step it has none. The loss is
# smooth, and its slope shows the way down from everywhere. But it is smallest near 1, while the score is best near
# 0.4. We train on one, judge by the other, and hope that they agree. They need not:
#
# **What do you expect?** Network R is right in all of 100 pixels, with a probability of 0.51 each time. Network S
# is right in 95, with a probability of 0.99; in the other 5 it gives the true class 0.05. Which loss is smaller? By
# hand: $\log 0.51 = -0.673$, $\log 0.99 = -0.010$, $\log 0.05 = -2.996$.

# %%
for name, p in {"R": np.full(100, 0.51), "S": np.repeat([0.99, 0.05], [95, 5])}.items():
    print(f"{name}: loss {-np.log(p).mean():.3f}    pixel accuracy {np.mean(p > 0.5):.0%}")

# %% [markdown]
# S has the smaller loss and the lower accuracy. It happens the other way round, too: late in a training, the loss
# on held-out pictures (others call it the *validation loss*) often rises while the mean IoU still improves. Decide
# by the score that you will report.
#
# Now the loss itself. In lesson 4 each row of logits had the loss $-\log p$ of its true class. Here each pixel is
# such a row, so a batch has $N \cdot H \cdot W$ of them. Two things are new: some pixels are ignored, and a class
# may have a *weight* $w_c$. One **factor** $m$ for each picture $n$, class $c$ and pixel $(u, v)$ holds both:
#
# $$m_{ncuv} = \begin{cases} w_c & \text{if the pixel counts and its label is } c \\ 0 & \text{otherwise} \end{cases}$$
#
# Without weights, $w_c = 1$. An ignored pixel has only zeros. Then the sum and the mean are
#
# $$L_\text{sum} = -\sum m \log p, \qquad L_\text{mean} = \frac{L_\text{sum}}{\sum m},$$
#
# with sums over all $n, c, u, v$. Mind the denominator: it is the number of pixels that *count*, not $NHW$. With
# weights it is the sum of the weights of these pixels, as in PyTorch. If no pixel counts, it is 0, and so is the
# loss. (In PyTorch it is nan then, and one picture without labels ruins a training.)
#
# By hand, two pixels and two classes. The logits are $(\log 3, 0)$ in both, so $p = (3/4, 1/4)$. The labels are 0
# and 1. The losses are $\log 4/3 = 0.288$ and $\log 4 = 1.386$.
#
# | | sum | mean |
# |---|---|---|
# | both count | $0.288 + 1.386 = 1.674$ | $1.674/2 = 0.837$ |
# | the second is ignored | $0.288$ | $0.288/1 = 0.288$ |
# | weights $(1, 3)$ | $0.288 + 3 \cdot 1.386 = 4.447$ | $4.447/4 = 1.112$ |
#
# Others call this loss the *negative log-likelihood*, the *log loss*, or, as the paper does, the *multinomial
# logistic loss* at each pixel.
#
# ### Exercise 3: the loss
#
# Lesson 4's `LogSoftmax().forward(x)` works along axis 1, whatever comes after it, so it takes pictures as they
# are.


# %%
def cross_entropy(logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """The cross-entropy of the logits, over all pixels whose label is not ignore_index: one number.

    logits:    (N, C, H, W), floats
    labels:    (N, H, W), ints of any type, each 0 to C - 1, or ignore_index (which may be 255, -1, 0, ...)
    weight:    (C,), a factor for each class, floats of any type; None: all are 1
    reduction: "sum", or "mean": the sum divided by the sum of the factors of the pixels that count
    The result has the dtype of logits: float32 stays float32. It is 0 if no pixel counts.
    """
    ### BEGIN SOLUTION
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    total = -(factors * log_p).sum()
    return total if reduction == "sum" else total / (factors.sum() or 1)
    ### END SOLUTION


# %%
check("14.cross_entropy", cross_entropy)

# %% [markdown]
# ## 6. Its gradient
#
# Lesson 4 found it for one row: the gradient of $-\log p$ of the true class, with respect to the logits, is the
# probabilities, minus 1 at the true class. In a sum each pixel keeps its own, times its factor, and times the
# upstream gradient $g$ (`grad`, $dL/d\text{loss}$, here one number). With the $m$ of section 5:
#
# $$\frac{dL_\text{sum}}{dx_{ncuv}} = g\,\Bigl(p_{ncuv} \sum_k m_{nkuv} - m_{ncuv}\Bigr),$$
#
# and the mean divides by $\sum m$ again. The sum over the classes $k$ is the pixel's own factor: the weight of its
# true class, or 0 if it is ignored. It multiplies *all* $C$ probabilities of the pixel.
#
# By hand, the two pixels from above with $p = (3/4, 1/4)$, $g = 1$, and the sum:
#
# - Label 0: $(3/4 - 1, 1/4) = (-1/4, 1/4)$. Label 1: $(3/4, 1/4 - 1) = (3/4, -3/4)$.
# - The mean: half of each. If the second is ignored: $(-1/4, 1/4)$ and $(0, 0)$.
# - Weights $(1, 3)$ and the mean: $(-1/4, 1/4)/4$ and $3\,(3/4, -3/4)/4$.
#
# Each pixel's gradients add up to 0. What one class gains, the others lose.
#
# ### Exercise 4: the gradient of the loss


# %%
def cross_entropy_backward(grad, logits, labels, weight=None, ignore_index=255, reduction="mean"):
    """dL/dlogits, (N, C, H, W), in the dtype of logits.

    grad: dL/dloss, one number. The other arguments are those of cross_entropy.
    An ignored pixel has the gradient 0, and so has every pixel if none counts.
    """
    ### BEGIN SOLUTION
    C, log_p = logits.shape[1], LogSoftmax().forward(logits)
    counts = (np.arange(C)[:, None, None] == labels[:, None]) & (labels != ignore_index)[:, None]
    factors = (counts * (np.ones(C) if weight is None else weight)[:, None, None]).astype(logits.dtype)
    back = np.exp(log_p) * factors.sum(axis=1, keepdims=True) - factors
    return back * logits.dtype.type(grad if reduction == "sum" else grad / (factors.sum() or 1))
    ### END SOLUTION


# %%
check("14.cross_entropy_backward", cross_entropy_backward)

# %% [markdown]
# Let us look at it. In place of a network's logits we take the truth, blurred over 3 x 3 pixels, and add some
# noise. A seam of one pixel around everything is ignored, as in VOC. Blue means that a step downhill raises the
# logit, red that it lowers it.
#
# **What do you expect?** Where is the gradient of the bicycle's logit 0? Where is it largest? And what does the
# gradient of the background's logit look like, beside it?

# %% tags=["expected"]
labels = np.where(fat == truth, truth, 255)
is_class = (np.arange(3)[:, None, None] == truth).astype(float)
blurred = sum(np.roll(is_class, (u, v), (1, 2)) for u in (-1, 0, 1) for v in (-1, 0, 1)) / 9
logits = 4 * blurred + 0.5 * rng.standard_normal((3, 60, 80))
back = cross_entropy_backward(1.0, logits[None], labels[None], reduction="sum")[0]
plot.pictures(
    width=2.9,
    limit=1,
    labels_with_the_seam_in_black=PALETTE[truth] * (labels != 255)[..., None],
    gradient_of_the_bicycle_logit=back[1],
    gradient_of_the_background_logit=back[0],
)

# %% [markdown]
# In the seam it is exactly 0, and where the logits are sure and right it is nearly 0. It is largest where they are
# sure and wrong: at the tubes that are only one pixel thin, which the blur has almost wiped out. The second picture
# is nearly the negative of the first, since a pixel's gradients add up to 0.
#
# ## 7. Sum or mean
#
# The authors' code prints losses around $10^5$, and its learning rate is $10^{-10}$. People who rebuild it keep
# asking what is wrong there. Nothing is. A VOC picture has about 500 x 375 pixels and 21 classes, and before the
# first step all logits are 0, since the layer that computes them starts at 0.
#
# **What do you expect?** What is the loss then, as a mean and as a sum?

# %% tags=["expected"]
logits, labels = np.zeros((1, 21, 375, 500), np.float32), rng.integers(0, 21, (1, 375, 500))
for reduction in ("mean", "sum"):
    print(f"{reduction:5} {cross_entropy(logits, labels, reduction=reduction):12,.3f}")

# %% [markdown]
# That is $\log 21 = 3.045$ for each of 187,500 pixels. The authors take the **sum**. Its gradient is 187,500 times
# that of the mean, so a learning rate of $10^{-10}$ on the sum is $187{,}500 \cdot 10^{-10} = 1.9 \cdot 10^{-5}$ on
# the mean. Their momentum is 0.99, which makes persistent steps 100 times as long (lesson 4): $1.9 \cdot 10^{-3}$
# in effect. The paper's text has a learning rate of $10^{-4}$ and momentum 0.9. On a mean, that is $10^{-4} \cdot
# 10 = 10^{-3}$ in effect: about the same.
#
# What differs is how much a picture counts. In a sum, a large picture pulls harder than a small one, and one that
# is mostly ignored hardly pulls. With a mean for each picture, all pull alike; if only ten pixels of a picture
# count, each of them pulls very hard. If you copy a learning rate, copy the reduction with it.
#
# ## 8. Class weights
#
# Background is 85 % of our picture. Will a network not simply learn to say "background"? The simplest network of
# all has three numbers: the same three logits for every pixel, whatever it looks like. Train it with your gradient.
#
# **What do you expect?** The pixels are 85 % background, 13 % bicycle and 2 % ball. Which probabilities does this
# network end with? And which with the weights $1/0.85$, $1/0.13$ and $1/0.02$?

# %% tags=["expected"]
frequency = np.bincount(truth.ravel()) / truth.size
print("pixels           ", frequency.round(3))
for name, weight in {"no weights": None, "1 / frequency": 1 / frequency}.items():
    constant = np.zeros((1, 3, 1, 1))
    for _ in range(300):
        everywhere = np.broadcast_to(constant, (1, 3, *truth.shape))
        back = cross_entropy_backward(1.0, everywhere, truth[None], weight)
        constant = constant - 3 * back.sum(axis=(2, 3), keepdims=True)
    p = np.exp(LogSoftmax().forward(constant)).ravel()
    print(f"{name:17}", p.round(3))

# %% [markdown]
# Without weights it learns the frequencies, exactly. (At the minimum the gradient is 0: the sum over all pixels of
# $p_c$, minus the number of pixels of class $c$. So $p_c$ is the share of class $c$.) This is the first thing that
# any network learns, and why its first predictions are all background. That is a stage, not a fault. With weights,
# $p_c$ is proportional to $w_c$ times the frequency; here all three come out even.
#
# > **Often misunderstood.** Study notes list class weights as part of FCN's method. They are not. The paper tried
# > to balance the classes and found it *unnecessary* (section 4.3), although three quarters of its pixels are
# > background. Weights trade pixel accuracy for mean accuracy: rare classes are found more often, also where they
# > are not. If a class has one pixel in a thousand they can help, but try without them first.
#
# ## 9. Write the test
#
# Optional: a wrong score is worse than a wrong layer, since nothing crashes and no loss stops falling. It goes into a
# table, and the table into a paper. So write a check of `confusion_matrix`, as in lessons 3 and 6.
#
# Here no property is as good as a *twin*: counts are whole numbers, and a loop over all pixels is plain enough to be
# trusted. The art is in the inputs. Which labels show that somebody compares with 255 instead of `ignore_index`? Which
# show that counts are kept in the labels' own type, uint8, which begins again at 0 after 255? And if every class occurs
# in your labels, who notices a matrix that ends at the largest label?
#
# **What do you expect?** A friend tests three laws: a perfect answer gives a diagonal matrix; the sum is the number of
# pixels that count; the sum of each row is the number of pixels with that label. All three are true. Are they enough?
#
# ### Exercise 5: a check of confusion_matrix


# %%
def check_confusion_matrix(confusion_matrix):
    """Raise an error (best: an AssertionError) if confusion_matrix is wrong; return None if it is right.

    confusion_matrix: a function like yours, with the same arguments in the same order, right or wrong
    """
    ### BEGIN SOLUTION
    rng = np.random.default_rng(14)
    for shape, classes, ignore_index, dtype in [
        ((2, 4, 5), 3, 255, int),
        ((7,), 4, 0, int),
        ((2, 3, 40, 5), 21, 255, np.uint8),
        ((3, 5), 3, -1, int),
        ((40, 40), 2, 255, np.uint8),
        ((0, 4, 5), 3, 255, int),
    ]:
        labels, predictions = rng.integers(0, classes, (2, *shape)).astype(dtype)
        labels[rng.random(shape) < 0.2] = ignore_index
        counts = np.zeros((classes, classes), int)
        for a, b in zip(labels.ravel(), predictions.ravel()):
            if a != ignore_index:
                counts[a, b] += 1
        found = confusion_matrix(labels, predictions, classes, ignore_index)
        assert np.array_equal(found, counts) and found.dtype.kind in "iu"
    ### END SOLUTION


# %%
check("14.check_confusion_matrix", check_confusion_matrix)


# %% tags=["expected"]
def check_of_a_friend(confusion_matrix):
    labels, predictions = np.random.default_rng(0).integers(0, 4, (2, 3, 8, 9))
    assert np.array_equal(confusion_matrix(labels, labels, 4), np.diag(np.bincount(labels.ravel())))
    labels[0] = 255
    counts = confusion_matrix(labels, predictions, 4)
    assert counts.sum() == 2 * 8 * 9
    assert np.array_equal(counts.sum(axis=1), np.bincount(labels[1:].ravel(), minlength=4))


for name in accepted_by(check_of_a_friend, "14.confusion_matrix"):
    print(name)

# %% [markdown]
# The friend's three laws hold for all of these. Most of them need a special input: an ignore label other than 255, a class
# that is missing, more than 255 pixels of a kind.
#
# ## Where this stands in minifcn
#
# | yours | minifcn |
# |---|---|
# | `confusion_matrix` | `ConfusionMatrix.update` in `metrics.py`, which also rejects labels that do not exist |
# | `scores` | its properties `pixel_accuracy`, `mean_accuracy`, `mean_iou`, `frequency_weighted_iou` |
# | `cross_entropy`, `cross_entropy_backward` | `functional/loss.py`, with kernels that never store the probabilities |
# | `1 / frequency` | `class_weights` in `data/balance.py`, with milder formulas |
#
# The same numbers, on random logits with ignored pixels and weights:

# %% tags=["expected"]
logits, labels, weight = rng.standard_normal((2, 3, 5, 7)), rng.integers(0, 3, (2, 5, 7)), np.array([0.5, 1, 4])
labels[rng.random(labels.shape) < 0.3] = 255
theirs = tensor(logits, requires_grad=True)
loss = F.cross_entropy(theirs, labels, weight, ignore_index=255)
loss.backward()
print("loss equal:    ", np.isclose(cross_entropy(logits, labels, weight), loss.item()))
print("gradient equal:", np.allclose(cross_entropy_backward(1.0, logits, labels, weight), theirs.grad))
matrix = ConfusionMatrix(3)
matrix.update(labels, logits.argmax(axis=1))
yours = confusion_matrix(labels, logits.argmax(axis=1), 3)
print("counts equal:  ", np.array_equal(yours, matrix.matrix))
print("scores equal:  ", np.allclose(scores(yours), list(matrix.scores().values())))

# %% [markdown]
# ## Three questions
#
# **1.** A network labels every pixel of a data set correctly, but for one. There it says *cow*, and there is no cow
# in the whole data set. The other 20 classes all occur. What is its mean IoU?
#
# <details><summary>Answer</summary>
#
# About $20/21 = 95.2$ %. The class *cow* was predicted, so its union has one pixel and its intersection none: its
# IoU is 0, and that counts. A single pixel costs almost five points. That is the rule of the authors' code. So
# report a mean IoU together with the number of classes that it is a mean of.
#
# </details>
#
# **2.** A batch does not fit into memory. You run its two halves one after the other, with the mean in each, and
# average the two gradients. Is that the gradient of the whole batch's mean?
#
# <details><summary>Answer</summary>
#
# Only if the same number of pixels counts in both halves (with weights: if their factors have the same sum).
# Otherwise each half is divided by a number of its own, and pixels of the emptier half count more. Use the sum in
# both halves, add the gradients, and divide once, by the number of pixels that count in the whole batch.
#
# </details>
#
# **3.** Medical papers report the *Dice coefficient*, $2 n_{aa} / (t_a + f_a)$. Can Dice and IoU rank two answers
# differently?
#
# <details><summary>Answer</summary>
#
# For one class, no: $\text{Dice} = 2\,\text{IoU} / (1 + \text{IoU})$ grows with the IoU, so whoever is better in
# one is better in the other. But the *means* over several classes can disagree. One answer has the IoUs $(0, 1)$,
# another $(0.4, 0.4)$. In mean IoU the first is ahead, 0.50 to 0.40. Their Dice coefficients are $(0, 1)$ and
# $(0.57, 0.57)$, so in mean Dice the second is ahead, 0.57 to 0.50.
#
# </details>
#
# ## Two open problems
#
# **1.** Draw a fifth answer to the bicycle that beats D in all four scores, and that you yourself would call worse
# than D. What does a score have to look at in order to agree with you?
#
# **2.** The IoU becomes differentiable if probabilities take the place of predictions: every pixel adds its $p_c$
# to $f_c$, and also to $n_{cc}$ if $c$ is its label. Write this *soft IoU* as a loss with its gradient, check it as
# in lesson 2, and train the three numbers of section 8 with it. Where do they end? And what should the loss do with
# a class that is not in the picture?
#
# ## The paper
#
# Section 4.3 reports that class balancing was not needed. Section 5 defines the four scores, in the notation
# $n_{ij}$ and $t_i$. The first version of the paper had an error in the formula of the last one, which the second
# version corrects. Appendix A asks how good a coarse answer can be: if the truth has only one label for every 8 x 8
# pixels, its mean IoU is 96.4 %, and with one for every 32 x 32 it is 86.1 %. Lesson 21 computes such bounds.
