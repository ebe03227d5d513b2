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
# # Lesson 19: A museum of bugs
#
# How can code be wrong for years, be copied a thousand times, and train all the while?
#
# Welcome to the museum. On show are five faults of real projects that implement this paper or its layers. None of them
# crashes. With each of them a network still learns, only a little worse, and nobody can say why. We have rebuilt them in a
# few lines each. Your tickets are checks: for every room you write one that the exhibit cannot pass.
#
# *Sections 3.3 and 4 of the paper (upsampling, metrics) · builds on lessons 3, 13, 14 and 17 · 80 minutes*
#
# 1. [The kernel that leans](#1.-The-kernel-that-leans)
# 2. [The kernel that is everywhere](#2.-The-kernel-that-is-everywhere)
# 3. [The border of zeros](#3.-The-border-of-zeros)
# 4. [The crop from the middle](#4.-The-crop-from-the-middle)
# 5. [The mean of means](#5.-The-mean-of-means)
# 6. [Why nobody noticed](#6.-Why-nobody-noticed)
#
# Stuck in an exercise? `hint("19.check_crop")` gives a hint, and a further one each time you call it. How to write a check
# is in the last sections of lessons 3, 6, 12 and 14.

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import numpy as np

from minifcn import plot
from minifcn.course import accepted_by, check, earlier, hint

# The course's own answers. For yours: earlier("14.scores", answers="14_scores.ipynb")
conv_transpose2d, confusion_matrix, scores = earlier("12.conv_transpose2d", "14.confusion_matrix", "14.scores")

rng = np.random.default_rng(0)

# %% [markdown]
# ## 1. The kernel that leans
#
# The last layer of an FCN enlarges the scores with a bilinear kernel (lesson 13). Its weight has one slice for each pair of
# classes, and the kernel is in the slices of the diagonal. This is right:


# %%
def upscore_weight(classes, size):
    """The weight (classes, classes, size, size) that enlarges each class bilinearly by f = (size + 1) // 2."""
    heights = 1 - abs(np.arange(size) - (size - 1) / 2) / ((size + 1) // 2)
    weight = np.zeros((classes, classes, size, size))
    weight[range(classes), range(classes)] = np.outer(heights, heights)
    return weight


# %% [markdown]
# **Exhibit 1.** *Found in `get_deconv_filter` of MarvinTeichmann/tensorflow-fcn, in mxnet (issue 1290), in CenterNet (issue
# 817), and in Caffe's own filler (reported as issue 4677, repaired by pull request 5713).*


# %%
def leans(classes, size):
    f = np.ceil(size / 2)
    centre = (2 * f - 1 - f % 2) / (2 * f)
    heights = 1 - abs(np.arange(size) / f - centre)
    return np.eye(classes)[:, :, None, None] * np.outer(heights, heights)


# %% [markdown]
# Can you see it? The formula asks whether the *factor* is odd. It should ask whether the *size* is. For the sizes 4, 16 and
# 64 of the paper both give the same centre, and that is where everybody looked.
#
# **What do you expect?** Factor 2, size 3: what are the three heights of each kernel? And what becomes of a picture of
# ones, if it is enlarged with either?

# %% tags=["expected"]
wrong = [size for size in range(1, 65) if not np.allclose(leans(1, size), upscore_weight(1, size))]
print("wrong for the sizes", *wrong[:12], "...")
ones = np.ones((1, 1, 3, 4))
plot.grids(
    cell=0.5,
    limit=1,
    right=upscore_weight(1, 3)[0, 0],
    exhibit_1=leans(1, 3)[0, 0],
    ones_enlarged_with_it=conv_transpose2d(ones, leans(1, 3), stride=2)[0, 0, 1:-1, 1:-1],
)

# %% [markdown]
# The kernel leans to the lower right, and a constant picture comes out with ripples between 0.56 and 1. A net that
# learns its kernel can repair this. With a fixed one, as in the paper's last layer, the ripples stay.
#
# ## 2. The kernel that is everywhere
#
# **Exhibit 2.** *Found in Caffe: the filler `bilinear` of a layer without groups (issues 2213 and 3906).*


# %%
def all_pairs(classes, size):
    heights = 1 - abs(np.arange(size) - (size - 1) / 2) / ((size + 1) // 2)
    return np.ones((classes, classes, 1, 1)) * np.outer(heights, heights)


# %% [markdown]
# The kernel is perfect, and it is in all `classes * classes` slices.
#
# **What do you expect?** A coarse map of scores for three classes is right everywhere: 1 for the class that is there, 0 for
# the others. Which class wins at each pixel after this layer?

# %% tags=["expected"]
coarse = np.array([[0, 0, 1, 1], [0, 2, 2, 1], [0, 2, 2, 1]])
one_hot = np.eye(3)[coarse].transpose(2, 0, 1)[None]
enlarged = {
    name: conv_transpose2d(one_hot, weight(3, 4), stride=2, padding=1)[0].argmax(axis=0)
    for name, weight in [("with_upscore_weight", upscore_weight), ("with_exhibit_2", all_pairs)]
}
plot.grids(cell=0.3, limit=2, coarse_labels=coarse, **enlarged)

# %% [markdown]
# All classes get the same sum, and of equal scores argmax takes the first: all is background. If the weight is
# learned, the loss falls nevertheless: training begins by undoing the start.
#
# ### Exercise 1: a check of upscore_weight
#
# Write one check that both exhibits fail. It must accept every right answer; some differ in the last digit.


# %%
def check_upscore_weight(upscore_weight):
    """Raise an AssertionError if upscore_weight(classes, size) is wrong; return None if it is right."""
    ### BEGIN SOLUTION
    for classes, size in [(1, 4), (2, 3), (3, 6), (2, 7)]:
        distance = abs(np.arange(size) - (size - 1) / 2)
        heights = 1 - distance / ((size + 1) // 2)
        expected = np.einsum("ab,i,j->abij", np.eye(classes), heights, heights)
        assert np.allclose(upscore_weight(classes, size), expected)
    ### END SOLUTION


# %%
check("19.check_upscore_weight", check_upscore_weight)

# %% [markdown]
# ## 3. The border of zeros
#
# **Exhibit 3.** *No single address: it is in every other max pooling that is written from scratch. `np.pad` pads with zeros
# unless it is asked for something else.* First the right one, then the exhibit:


# %%
def max_pool(x, k, stride, padding):
    """The largest number of each k x k window of x (N, C, H, W); the padding never wins."""
    sides = (padding, padding)
    padded = np.pad(x, ((0, 0), (0, 0), sides, sides), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(2, 3))
    return windows[:, :, ::stride, ::stride].max(axis=(4, 5))


def border_of_zeros(x, k, stride, padding):
    sides = (padding, padding)
    padded = np.pad(x, ((0, 0), (0, 0), sides, sides))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (k, k), axis=(2, 3))
    return windows[:, :, ::stride, ::stride].max(axis=(4, 5))


# %% [markdown]
# In VGG and in most other nets there is a ReLU before each pooling. No number is negative there, so a zero never wins. Now
# somebody moves the activation behind the pooling, or pools scores.
#
# **What do you expect?** A map of 14 x 14 normal numbers is pooled with k = 3, stride 2, padding 1. In how many of the 49
# results does a zero of the padding win: with a ReLU before it, with the numbers as they are, and if they are 2 smaller?

# %% tags=["expected"]
x = rng.standard_normal((1000, 1, 14, 14))
for name, numbers in [("after a ReLU", np.maximum(x, 0)), ("as they are", x), ("2 smaller", x - 2)]:
    differs = border_of_zeros(numbers, 3, 2, 1) != max_pool(numbers, 3, 2, 1)
    print(f"{name:14}{differs.sum() / 1000:6.2f} of 49")

# %% [markdown]
# The border has 13 windows. A fault that needs two conditions, a border *and* negative numbers, hides in the corner of
# every picture.
#
# ### Exercise 2: a check of max_pool


# %%
def check_max_pool(max_pool):
    """Raise an AssertionError if max_pool(x, k, stride, padding) is wrong; return None if it is right."""
    ### BEGIN SOLUTION
    x = np.random.default_rng(1).standard_normal((2, 3, 7, 6)) - 3
    for k, stride, padding in [(2, 2, 0), (3, 2, 1), (2, 3, 1)]:
        y = max_pool(x, k, stride, padding)
        assert y.shape[2:] == tuple((n + 2 * padding - k) // stride + 1 for n in (7, 6))
        for u, v in np.ndindex(y.shape[2:]):
            top, left = u * stride - padding, v * stride - padding
            window = x[:, :, max(top, 0) : top + k, max(left, 0) : left + k]
            assert np.array_equal(y[:, :, u, v], window.max(axis=(2, 3)))
    ### END SOLUTION


# %%
check("19.check_max_pool", check_max_pool)

# %% [markdown]
# ## 4. The crop from the middle
#
# An FCN pads the picture by 100 pixels, and its last map is larger than the picture. Lesson 17 computed where to cut: 19
# pixels from the beginning in FCN-32s, whatever the picture's size.


# %%
def crop(scores, size, offset):
    """The part of scores (N, C, h, w) that has the given size (H, W) and begins at row and column offset."""
    return scores[:, :, offset : offset + size[0], offset : offset + size[1]]


def from_the_middle(scores, size, offset):
    top, left = ((n - wanted) // 2 for n, wanted in zip(scores.shape[2:], size))
    return scores[:, :, top : top + size[0], left : left + size[1]]


# %% [markdown]
# **Exhibit 4.** *Copied from implementations of the U-Net, where it is right: its convolutions are without padding, and take
# the same from all sides.* In FCN-32s a picture of 500 pixels becomes 544. The middle begins at 22, the picture at 19.
#
# **What do you expect?** Three pixels of 500. What are they worth for a disc with a radius of 100 pixels, and for a pole
# that is 6 pixels wide?

# %% tags=["expected"]
rows, columns = np.indices((544, 544)) - 19
full = np.where(np.hypot(rows - 250, columns - 300) < 100, 1, np.where((columns >= 60) & (columns < 66), 2, 0))
labels = full[19:519, 19:519]
for name, cut in ("at 19", crop), ("from the middle", from_the_middle):
    counts = confusion_matrix(labels, cut(full[None, None], (500, 500), 19)[0, 0], 3)
    ious = np.diag(counts) / (counts.sum(axis=0) + counts.sum(axis=1) - np.diag(counts))
    print(f"{name:16} IoU of the disc {ious[1]:.3f}, of the pole {ious[2]:.3f}")

# %% [markdown]
# The pole loses two thirds of its IoU. And training hides the fault: a net can learn to answer three pixels aside. Then it
# works with this crop alone, and weights of the authors do not fit.
#
# ### Exercise 3: a check of crop


# %%
def check_crop(crop):
    """Raise an AssertionError if crop(scores, size, offset) is wrong; return None if it is right."""
    ### BEGIN SOLUTION
    scores = np.arange(3 * 20 * 24).reshape(1, 3, 20, 24)
    for (H, W), offset in [((10, 9), 2), ((7, 12), 5), ((20, 24), 0)]:
        expected = scores[:, :, offset : offset + H, offset : offset + W]
        assert np.array_equal(crop(scores, (H, W), offset), expected)
    ### END SOLUTION


# %%
check("19.check_crop", check_crop)

# %% [markdown]
# ## 5. The mean of means
#
# **Exhibit 5.** *Found in pochih/FCN-pytorch: the mean IoU of a data set as the mean of its pictures' mean IoUs.*
#
# By hand: two pictures of ten pixels, road (0) and cow (1). In the first all is road. The second has five pixels of cow.
#
# | | picture 1 | picture 2 | mean of the two | all pixels together |
# |---|---|---|---|---|
# | net A never sees a cow | road 10/10: **1** | road 5/10, cow 0/5: **0.25** | 0.625 | road 15/20, cow 0/5: 0.375 |
# | net B finds 3 of 5, and one that is none | road 9/10, cow 0/1: **0.45** | road 5/7, cow 3/5: **0.657** | 0.554 | road 14/17, cow 3/6: 0.662 |
#
# Picture by picture the net that never sees a cow is ahead. A class that is not in a picture is free there, unless someone
# finds a single pixel of it: then it costs half of the picture.


# %%
def mean_iou(labels, predictions, classes):
    """The mean IoU of a list of pictures; pixels labelled 255 do not count, nor do classes that are nowhere."""
    both = np.zeros((classes, 2))
    for label, prediction in zip(labels, predictions):
        counts = label != 255
        for c in range(classes):
            is_label, is_found = (label == c) & counts, (prediction == c) & counts
            both[c] += (is_label & is_found).sum(), (is_label | is_found).sum()
    occurs = both[:, 1] > 0
    return (both[occurs, 0] / both[occurs, 1]).mean()


def mean_over_pictures(labels, predictions, classes):
    return np.mean([mean_iou([a], [b], classes) for a, b in zip(labels, predictions)])


# %% [markdown]
# **What do you expect?** Of 200 pictures, each with two or three of twenty classes, a net labels 9 pixels in 10 correctly;
# the rest are drawn from all classes. Which of the two scores is higher?

# %% tags=["expected"]
labels, predictions = [], []
for _ in range(200):
    label = rng.choice(rng.choice(20, 3, replace=False), (30, 40))
    labels.append(label)
    predictions.append(np.where(rng.random(label.shape) < 0.9, label, rng.integers(0, 20, label.shape)))
print(f"all pixels together {mean_iou(labels, predictions, 20):.3f}")
print(f"mean over pictures  {mean_over_pictures(labels, predictions, 20):.3f}")

# %% [markdown]
# The same answers. A table that compares numbers of the two kinds compares nothing. (Others call the first *micro* or
# *dataset* averaging, the second *per-image* averaging. Both are used; what matters is to say which.)
#
# ### Exercise 4: a check of mean_iou
#
# You may call `confusion_matrix` and `scores`.


# %%
def check_mean_iou(mean_iou):
    """Raise an AssertionError if mean_iou(labels, predictions, classes) is wrong; return None if it is right."""
    ### BEGIN SOLUTION
    rng = np.random.default_rng(5)
    labels = [rng.choice([0, 1, 1, 2, 255], shape) for shape in [(40,), (7, 9), (5, 5)]]
    found = [np.where(rng.random(a.shape) < 0.4, rng.integers(0, 4, a.shape), a % 255) for a in labels]
    counts = sum(confusion_matrix(a, b, 5) for a, b in zip(labels, found))
    assert np.isclose(mean_iou(labels, found, 5), scores(counts)[2])
    ### END SOLUTION


# %%
check("19.check_mean_iou", check_mean_iou)

# %% [markdown]
# ## 6. Why nobody noticed
#
# Here are five tests that look sensible. One like each of them stood in some project, or would have.
#
# **What do you expect?** Which exhibit passes which test?


# %% tags=["expected"]
def sizes_of_the_paper(weight):
    for size in 4, 16, 64:
        assert np.allclose(weight(1, size)[0, 0], weight(1, size)[0, 0, ::-1, ::-1])


def after_a_relu(pool):
    x = np.maximum(np.random.default_rng(0).standard_normal((2, 3, 8, 8)), 0)
    assert np.array_equal(pool(x, 3, 2, 1), max_pool(x, 3, 2, 1))


def comes_back(cut):
    x = np.random.default_rng(0).standard_normal((1, 2, 12, 12))
    assert np.array_equal(cut(np.pad(x, ((0, 0), (0, 0), (4, 4), (4, 4))), (12, 12), 4), x)


def perfect_is_1(iou):
    labels = [np.array([0, 0, 1]), np.array([2, 1, 1])]
    assert iou(labels, labels, 3) == 1


tests = {sizes_of_the_paper: "upscore_weight", after_a_relu: "max_pool", comes_back: "crop", perfect_is_1: "mean_iou"}
for test, name in tests.items():
    print(f"{test.__name__:20} accepts {', '.join(accepted_by(test, f'19.{name}'))}")

# %% [markdown]
# The pattern is the same in each room. Somebody tests with the numbers of the paper, and those are the ones for which the
# fault is invisible: even sizes, positive activations, equal borders, perfect answers. A good test asks for what the code
# *claims*, not for what it is used for today.
#
# ## Where this stands in minifcn
#
# | exhibit | in minifcn |
# |---|---|
# | 1, 2 | `nn.init.bilinear_`, which refuses a weight whose shape would mix classes |
# | 3 | `functional/pool.py`, where the padding counts as -inf |
# | 4 | `models/crops.py` derives every crop from the layers |
# | 5 | `metrics.ConfusionMatrix`, which adds up counts and divides once, at the end |
#
# ## Three questions
#
# **1.** Exhibit 1 with size 4, factor 2: is the centre right? And with size 6, factor 3?
#
# <details><summary>Answer</summary>
#
# Size 4: $f = 2$, even, so the centre is $(4 - 1)/4 = 3/4$ of $f$: pixel 1.5, in the middle. Size 6: $f = 3$ is odd, so it
# is $(6 - 1 - 1)/6 = 2/3$ of $f$: pixel 2, and the middle is 2.5.
#
# </details>
#
# **2.** A friend repairs exhibit 3 with `constant_values=-1e9`. Is that right?
#
# <details><summary>Answer</summary>
#
# For every picture that has no number below a billion below zero; and a window that lies in the padding alone gives -1e9,
# which the next layer takes for a number. `-np.inf` is right by definition, and it shows where it should not be seen.
#
# </details>
#
# **3.** For which data sets do the two means of exhibit 5 agree?
#
# <details><summary>Answer</summary>
#
# For a single picture; and if every class has the same union in all pictures. Then the mean over pictures of
# intersection over union is the sum of intersections over the sum of unions.
#
# </details>
#
# ## Two open problems
#
# **1.** Write a sixth exhibit: a fault in lesson 15's `BatchNorm2d` or in `dropout` that trains, and that the checks of your
# friends do not find. What makes a fault hard to find?
#
# **2.** Could a program have found these five? Think of changing code at random, one small slip at a time, and looking for
# slips that no test notices. Which of the exhibits are one slip away from the right code?
#
# ## The paper
#
# The authors' own code is right in all five rooms: `upsample_filt` asks for `size % 2`, only the diagonal is filled, the crop
# is computed, and the scores come from one matrix of counts (their evaluation has another peculiarity: a class that was found
# and does not occur counts as 0, lesson 14).
#
# > **Often misunderstood.** "The crop of FCN is a centre crop." It is not, since pooling rounds up and the right-hand border
# > is what is left over: for 500 pixels FCN-8s cuts off 31 pixels before and 37 after.
