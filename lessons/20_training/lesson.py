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
# # Lesson 20: Training on real images
#
# How do you train a net so that you can believe its score?
#
# A loss that falls is easy to get. Whether the net has learned anything about images that it has never seen is another
# question, and a wrong answer to it looks like a very good result. Here you write the whole training: crops, the
# learning rate, epochs, the best checkpoint. Then you use it to find out what fools people.
#
# *Section 4.3 of the paper · builds on lessons 4, 14, 15 and 18 · 120 minutes*
#
# 1. [Windows of the Earth](#1.-Windows-of-the-Earth)
# 2. [How far is a step?](#2.-How-far-is-a-step?)
# 3. [The whole training](#3.-The-whole-training)
# 4. [Too few images](#4.-Too-few-images)
# 5. [Three seeds](#5.-Three-seeds)
# 6. [A split that leaks](#6.-A-split-that-leaks)
# 7. [Whole images or patches](#7.-Whole-images-or-patches)
# 8. [When nothing seems to work](#8.-When-nothing-seems-to-work)
#
# Stuck? `hint("20.fit")` gives a nudge, and a larger one each time you call it.

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
import numpy as np

from minifcn import plot
from minifcn.course import check, earlier, hint
from minifcn.data.globe import CLASSES, PALETTE, load_globe

# The parts of earlier lessons, as the course wrote them. To work with yours, add for example
# answers="15_layers.ipynb" to the line that takes them.
Tensor = earlier("03.Tensor")
Module, ReLU, SGD = earlier("04.Module", "04.ReLU", "04.SGD")
confusion_matrix, scores = earlier("14.confusion_matrix", "14.scores")
cross_entropy, cross_entropy_backward = earlier("14.cross_entropy", "14.cross_entropy_backward")
Conv2d, he = earlier("15.Conv2d", "15.he")

# %% [markdown]
# ## 1. Windows of the Earth
#
# Our image is the Earth from above, and each of its pixels has one of eight classes of land cover. To save time we
# take every fourth pixel only. The Old World is ours to learn from. America is put aside until section 6.

# %%
picture, cover = (whole[270:2190:4, ::4] for whole in load_globe())
old_world = np.s_[:, 560:]
colours = picture / np.float32(255)
earth = ((colours - colours.mean((0, 1))) / colours.std((0, 1))).transpose(2, 0, 1)
cover = cover.astype(int)
plot.pictures(width=4, old_world=picture[old_world], land_cover=PALETTE[cover[old_world]])

# %% [markdown]
# One step of training needs a few images of one size. They are cut out of larger ones, at random places, so that the
# net hardly ever sees the same image twice. Others call this *random cropping*, the simplest *data augmentation*.
#
# What can go wrong is small and expensive. By hand: in a row of 5 pixels, a window of 3 can begin at pixel 0, 1 or 2.
# That is $5 - 3 + 1$ places. With $5 - 3$ the last pixel of every image would never be learned. And image and labels
# must be cut at *the same* place. If they are not, nothing crashes: the net trains on noise, and learns the
# most frequent classes.
#
# Photographs have different sizes, and some are smaller than the window. Those are filled up: the image with 0, which
# is the mean colour here, and the labels with 255, which lesson 14's loss ignores.
#
# | | |
# |---|---|
# | image | $[[1, 2, 3], [4, 5, 6]]$ |
# | labels | $[[1, 0, 2], [0, 1, 1]]$ |
# | a 3 x 4 window of the image | $[[1, 2, 3, 0], [4, 5, 6, 0], [0, 0, 0, 0]]$ |
# | of the labels | $[[1, 0, 2, 255], [0, 1, 1, 255], [255, 255, 255, 255]]$ |
#
# A crop is not mirrored. The paper tried mirroring, and moving the image by up to 32 pixels, and gained nothing
# noticeable.
#
# ### Exercise 1: a random crop


# %%
def random_crop(image, labels, size, rng):
    """A window of an image, at a random place, and the same window of its labels.

    image: (C, H, W); labels: (H, W), ints; size: (height, width) of the window
    rng:   a numpy Generator, the only source of random numbers; every place has the same probability

    An image that is too small in one direction is first filled up to the size, below or to the right:
    the image with 0, the labels with 255, which the loss ignores. Returns arrays
    (C, height, width) and (height, width), of the dtypes of image and labels.
    """
    ### BEGIN SOLUTION
    (height, width), (H, W) = size, labels.shape
    below, right = max(height - H, 0), max(width - W, 0)
    image = np.pad(image, ((0, 0), (0, below), (0, right)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    top = rng.integers(H + below - height + 1)
    left = rng.integers(W + right - width + 1)
    window = np.s_[..., top : top + height, left : left + width]
    return image[window], labels[window]
    ### END SOLUTION


# %%
check("20.random_crop", random_crop)

# %% [markdown]
# Eight windows, and what the net has to answer for them. All of them come from the part of the Old World that we
# train on. Its eastern end is kept for validation: 40 windows, always the same.


# %% tags=["expected"]
TRAIN, VALIDATION = np.s_[..., 560:1000], np.s_[..., 1020:]


def draw(count, part, rng, size=(24, 24)):
    """`count` crops of a part of the Earth, each at most 80 % water: images (count, 3, h, w), labels (count, h, w)."""
    found = []
    while len(found) < count:
        image, labels = random_crop(earth[part], cover[part], size, rng)
        if (labels == 0).mean() < 0.8:
            found.append((image, labels))
    return np.stack([image for image, _ in found]), np.stack([labels for _, labels in found])


images, labels = draw(8, TRAIN, np.random.default_rng(1))
validation = draw(40, VALIDATION, np.random.default_rng(0))
side_by_side = np.concatenate(images.transpose(0, 2, 3, 1), axis=1) * colours.std((0, 1)) + colours.mean((0, 1))
plot.pictures(width=7, ncols=1, images=side_by_side.clip(0, 1), truth=PALETTE[np.concatenate(labels, axis=1)])

# %% [markdown]
# ## 2. How far is a step?
#
# The gradient of a step comes from a few images, the *batch*. It estimates the gradient over all images. Four times
# as many images halve the error of the estimate, for four times the work. So is a large batch better or worse?
#
# Think of two steps with batches of 4, and of one step with a batch of 8 that holds the same images. If the net
# changes little in between, the two steps together move it by $\text{lr} \cdot (g_1 + g_2)$, and the one by
# $\text{lr} \cdot (g_1 + g_2)/2$. The large batch needs **twice the learning rate** to get as far. This is the
# *linear scaling rule*. It ends where "changes little" ends.
#
# Here is a net small enough for this notebook. It sees 7 x 7 pixels around each pixel.


# %%
class Conv(Module):
    """C channels to K, by kernels k x k, without changing height and width."""

    def __init__(self, C, K, k, rng, start=None):
        weight = he((K, C, k, k), rng) if start is None else np.full((K, C, k, k), start)
        self.weight = Tensor(weight.astype(np.float32), requires_grad=True)
        self.bias = Tensor(np.zeros(K, np.float32), requires_grad=True)
        self.padding = k // 2

    def forward(self, x):
        return Tensor.apply(Conv2d(padding=self.padding), x, self.weight, self.bias)


class Small(Module):
    """x (N, C, H, W) -> scores (N, 8, H, W)."""

    def __init__(self, seed, width=8, C=3):
        rng = np.random.default_rng(seed)
        self.layers = [Conv(C, width, 3, rng), Conv(width, width, 5, rng)]
        self.score = Conv(width, 8, 1, rng, start=0.0)

    def forward(self, x):
        for layer in self.layers:
            x = Tensor.apply(ReLU(), layer(x))
        return self.score(x)


class PixelLoss:
    """The operation from scores to lesson 14's cross-entropy."""

    def __init__(self, labels, reduction="mean"):
        self.labels, self.reduction = labels, reduction

    def forward(self, scores):
        self.scores = scores
        return np.asarray(cross_entropy(scores, self.labels, reduction=self.reduction))

    def backward(self, grad):
        return cross_entropy_backward(grad, self.scores, self.labels, reduction=self.reduction)


def loss_of(y, labels):
    return Tensor.apply(PixelLoss(labels), y)


# %% [markdown]
# **What do you expect?** Three trainings see the same 384 crops: in batches of 2, in batches of 16 with the same
# learning rate, and in batches of 16 with eight times the rate. There is no momentum. Which two curves will be alike?


# %% tags=["expected"]
def descend(batch, lr):
    """The loss on the validation crops, each time that 64 crops more have been learned from."""
    net, (images, labels) = Small(0), draw(384, TRAIN, np.random.default_rng(2))
    sgd, losses = SGD(net.parameters(), lr), []
    for first in range(0, 385, batch):
        if first % 64 == 0:
            losses.append(float(loss_of(net(Tensor(validation[0])), validation[1]).data))
        if first < 384:
            part = slice(first, first + batch)
            net.zero_grad()
            loss_of(net(Tensor(images[part])), labels[part]).backward()
            sgd.step()
    return np.arange(0, 385, 64), losses


settings = (2, 0.03), (16, 0.03), (16, 0.24)
plot.lines({f"batch {n}, lr {lr}": descend(n, lr) for n, lr in settings}, x="crops", y="loss on validation crops")

# %% [markdown]
# With the same rate and an eighth of the steps, the large batch has hardly left $\log 8 = 2.08$. With eight times the
# rate it gets about as far as the small one. Not quite on the same way: at the start it is late, and at the end it jumps,
# a sign that the rule is near its limit. So a
# learning rate means nothing without the batch size, the momentum (lesson 4: $1/(1 - m)$) and the loss (a sum or a
# mean). Ask for all four before you copy one.
#
# A large rate is risky in the first steps, when the gradients are largest. A *warmup* raises it from a small one. And
# at the end a large rate is useless: the net hops about the valley. So the rate falls, in our case like
# $(1 - t/T)^{0.9}$, for step $t$ of $T$. Others call this the *poly* schedule. The two factors multiply. By hand,
# for 10 steps, a warmup of 4 and the power 1:
#
# | step | 0 | 1 | 2 | 3 | 4 | 5 |
# |---|---|---|---|---|---|---|
# | ramp | 1/4 | 2/4 | 3/4 | 1 | 1 | 1 |
# | fall | 1 | 9/10 | 8/10 | 7/10 | 6/10 | 5/10 |
# | both | 0.25 | 0.45 | 0.6 | 0.7 | 0.6 | 0.5 |
#
# The paper did without: its learning rate is fixed.
#
# ### Exercise 2: a schedule


# %%
def schedule(step, steps, lr, warmup=0, power=0.9):
    """The learning rate of a step: a ramp up over the first steps, and a slow fall to 0.

    step:   the number of the step, from 0 on; steps: of the whole training
    lr:     the learning rate that is multiplied by both factors
    warmup: the number of steps of the ramp, whose factors are 1/warmup, 2/warmup, ..., 1; 0: no ramp
    power:  of the fall, more than 0; its factor is (1 - step / steps) ** power

    From step = steps on, the rate is 0.
    """
    ### BEGIN SOLUTION
    if step >= steps:
        return 0.0
    ramp = min(1, (step + 1) / warmup) if warmup else 1
    return lr * ramp * (1 - step / steps) ** power
    ### END SOLUTION


# %%
check("20.schedule", schedule)

# %% tags=["expected"]
steps = np.arange(100)
curves = {
    f"warmup {warmup}, power {power}": (steps, [schedule(step, 100, 1.0, warmup, power) for step in steps])
    for warmup, power in ((0, 0.9), (20, 0.9), (20, 3))
}
plot.lines(curves, x="step", y="learning rate, times lr")

# %% [markdown]
# ## 3. The whole training
#
# An **epoch** is once through the training images; with random crops, any fixed number of steps. After each epoch the
# net is scored on **validation** images, which it never learns from. The training loss says how well the net
# knows its own images. When it falls on while the validation score gets worse, the net has begun to learn these images
# by heart: **overfitting**. So
#
# - the **checkpoint** of the best epoch is kept: a copy of everything that training changes. Those are the parameters,
#   and also plain arrays such as batch norm's running means. It must be a *copy*: the arrays change in place;
# - if the best epoch is long ago, why go on? **Early stopping** ends the training after a number of epochs without a
#   better score, the *patience*.
#
# There are also two groups of parameters. **Weight decay** adds $\lambda w$ to the gradient of each weight, which is
# the slope of $\frac{\lambda}{2} w^2$: weights that the data do not ask for shrink to 0. Biases are few, and no
# reason to overfit, so they do not decay. And the paper lets them learn at twice the rate. By hand: a weight and a
# bias are both 1, both slopes are 2, the rate is $\frac14$, there is no momentum. With $\lambda = 1$ and bias rate 2,
# the weight goes to $1 - \frac14 (2 + 1) = \frac14$, and the bias to $1 - 2 \cdot \frac14 \cdot 2 = 0$.
#
# `state_of` finds all arrays for you; it is the walk of lesson 4 again, with other leaves.


# %%
def state_of(model):
    """All arrays that training changes: the parameters' data, and plain arrays such as running means, each once."""
    found = {}

    def walk(value):
        if isinstance(value, np.ndarray):
            found[id(value)] = value
        elif getattr(value, "requires_grad", False):
            walk(value.data)
        elif isinstance(value, (Module, list, tuple)):
            for part in vars(value).values() if isinstance(value, Module) else value:
                walk(part)

    walk(model)
    return list(found.values())


# %% [markdown]
# ### Exercise 3: the whole training
#
# About 25 lines. Write the plain loop first, then the two groups (an `SGD` for each), then the checkpoint.


# %%
def fit(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    """Train a model, and leave it as it was after its best epoch. Returns the history.

    loss_of(model(x), target): the loss of a batch, a Tensor with one number
    batches(epoch):   the pairs (x, target) of an epoch; epochs count from 0
    score_of(model):  the score on validation images, a number; larger is better. Asked once after each epoch
    rate(step):       the learning rate; steps count from 0, through all epochs
    momentum, decay, bias_rate: a parameter whose own name (the last part of its name) is "bias" learns with
                      bias_rate * rate(step); every other one with rate(step), and to its gradient
                      decay * parameter is added before each step. A parameter without a gradient stays as it is.
    patience:         stop as soon as the best epoch is this number of epochs ago, 1 or more; None: never

    The history has a dict for each epoch: {"loss": the mean of its batches' losses, "score": the score after it}.
    If several epochs have the best score, the first of them counts.
    """
    ### BEGIN SOLUTION
    named = model.named_parameters()
    biases = [p for name, p in named if name.split(".")[-1] == "bias"]
    weights = [p for name, p in named if name.split(".")[-1] != "bias"]
    optimizers = SGD(weights, 0.0, momentum), SGD(biases, 0.0, momentum)
    history, best, step = [], 0, 0
    for epoch in range(epochs):
        losses = []
        for x, target in batches(epoch):
            model.zero_grad()
            loss = loss_of(model(x), target)
            loss.backward()
            for p in weights:
                if p.grad is not None:
                    p.grad = p.grad + decay * p.data
            for optimizer, factor in zip(optimizers, (1, bias_rate)):
                optimizer.lr = factor * rate(step)
                optimizer.step()
            losses.append(float(loss.data))
            step += 1
        history.append({"loss": float(np.mean(losses)), "score": float(score_of(model))})
        if epoch == 0 or history[-1]["score"] > history[best]["score"]:
            best, kept = epoch, [array.copy() for array in state_of(model)]
        if patience is not None and epoch - best >= patience:
            break
    for array, best_array in zip(state_of(model), kept):
        array[...] = best_array
    return history
    ### END SOLUTION


# %%
check("20.fit", fit)

# %% [markdown]
# ## 4. Too few images
#
# **What do you expect?** Two nets of the same size are trained by your `fit`. One sees the same 4 crops in every
# step, the other 4 new ones each time. Which one has the lower training loss in the end? And which has the lower loss
# on the validation crops? (A score is better when it is larger, so here it is the loss with a minus.)


# %% tags=["expected"]
def minus_loss(net):
    """The score for `fit`: the loss on the validation crops, with a minus."""
    return -float(loss_of(net(Tensor(validation[0])), validation[1]).data)


def train(net, source, score_of, epochs, **options):
    """Train in epochs of 8 steps. source() is a batch: images and labels."""

    def batches(epoch):
        for _ in range(8):
            images, labels = source()
            yield Tensor(images), labels

    return fit(net, loss_of, batches, score_of, epochs, lambda step: schedule(step, 8 * epochs, 0.05, 10), **options)


fixed, rng = draw(4, TRAIN, np.random.default_rng(7)), np.random.default_rng(7)
sources = {"same 4 crops": lambda: fixed, "new crops": lambda: draw(4, TRAIN, rng)}
curves = {}
for name, source in sources.items():
    net = Small(0, width=16)
    history = train(net, source, minus_loss, 30)
    validated = [-h["score"] for h in history]
    curves[f"{name}: training"] = range(30), [h["loss"] for h in history]
    curves[f"{name}: validation"] = range(30), validated
    print(f"{name:13} validation loss: last {validated[-1]:.2f}; best {min(validated):.2f}, in epoch", end=" ")
    print(f"{np.argmin(validated)}; restored {-minus_loss(net):.2f}")
plot.lines(curves, x="epoch", y="loss")

# %% [markdown]
# The net that sees four crops only knows them better and better: its training loss is the lowest of all. On other crops
# it improves for a few epochs, and then gets worse than at the start, $\log 8 = 2.08$: it is not only wrong, it is
# sure of it. The checkpoint saves it, for `fit` has put back the epoch with the smallest validation loss. New crops help far
# more: training and validation loss stay close together.
#
# One warning. The best of 30 epochs was chosen *by* the validation crops. So its score there is a little too good:
# partly luck, as with the best of 30 exam papers by one student. The number to publish comes from a third set, the
# **test** set, which is looked at once.
#
# ## 5. Three seeds
#
# Is a mean IoU of 0.30 better than 0.28? Train again with another seed, for the weights and for the crops, and you get
# another number. Nothing else has changed. So whoever compares two methods must first know how far two runs of *one*
# method differ.
#
# **What do you expect?** Below, weight decay $10^{-3}$ with bias rate 2 is compared with no decay and bias rate 1,
# three seeds each. Will the bands be apart?


# %% tags=["expected"]
def mean_iou(net):
    predictions = net(Tensor(validation[0])).data.argmax(axis=1)
    return scores(confusion_matrix(validation[1], predictions, 8))[2]


def run(seed, **options):
    """The mean IoU after each of 12 epochs; the seed is that of the weights and of the crops."""
    rng = np.random.default_rng([seed, 1])
    history = train(Small(seed), lambda: draw(6, TRAIN, rng), mean_iou, 12, **options)
    return [h["score"] for h in history]


settings = {"plain": {}, "decay 0.001, bias rate 2": {"decay": 1e-3, "bias_rate": 2.0}}
runs = {
    name: (np.arange(12), np.array([run(seed, **options) for seed in range(3)])) for name, options in settings.items()
}
for name, (_, found) in runs.items():
    print(f"{name:25} best of each seed:", *(f"{score:.3f}" for score in found.max(axis=1)))
plot.bands(runs, x="epoch", y="mean IoU on validation crops")

# %% [markdown]
# They are not. The bands overlap in every epoch, and three runs of one setting differ by more than the two means. So
# this experiment says nothing about weight decay, for *this* net and this many steps. It would have said whatever we
# liked, had we shown one seed of each: 0.288 against 0.261 looks like a victory. Show the spread, always.
#
# ## 6. A split that leaks
#
# Which images are for validation? "A tenth of all, drawn at random" is the usual answer. For tiles of one large
# image, for frames of a film, for several photographs of one patient, it is wrong.
#
# A tile at random has its neighbours among the training tiles, and neighbours are alike. To see what that does, take a
# learner that remembers everything and understands nothing: it gives each pixel the label of the *most similar*
# training pixel. (Others call it *nearest neighbour*.) In one version, similar means: of similar colour. In the other
# it means colour and place on the map, which a net could learn from, too, if you gave it the coordinates.
#
# We test both in three ways.
#
# - **Random split**: the Old World's tiles are shuffled, and each seventh part is validated once.
# - **Bands**: the Old World is cut into seven bands of longitude, and each band is validated once.
# - **America**: what we really want to know. A new continent, with the learner of the random split.
#
# **What do you expect?** Will the place help? Which split will say so?

# %% tags=["expected"]
T, LEARNED, ASKED = 15, np.s_[3::15], np.s_[5::15]  # tiles of 15 x 15; of each tile we use every 15th pixel
corners = [
    (u, v) for u in range(0, 466, T) for v in range(0, 1336, T) if (cover[u : u + T, v : v + T] == 0).mean() < 0.8
]
columns = np.array([v for _, v in corners])
colour = np.stack([earth[:, u : u + T, v : v + T].reshape(3, -1).T for u, v in corners])
place = np.stack([np.argwhere(np.ones((T, T))) + corner for corner in corners]).astype(np.float32)
label = np.stack([cover[u : u + T, v : v + T].ravel() for u, v in corners])


def accuracy(train, test, weight):
    """The share of pixels of the test tiles that have the label of the most similar pixel of the training tiles."""
    features = np.concatenate([colour, weight * place], axis=2)
    known, asked = features[train][:, LEARNED].reshape(-1, 5), features[test][:, ASKED].reshape(-1, 5)
    distances = (known**2).sum(axis=1) - 2 * asked @ known.T  # squared, but for a number that is the same for all
    return (label[train][:, LEARNED].ravel()[distances.argmin(axis=1)] == label[test][:, ASKED].ravel()).mean()


ours, america = np.flatnonzero(columns >= 560), np.flatnonzero(columns < 560)
folds = {
    "random split": [np.random.default_rng(0).permutation(ours)[k::7] for k in range(7)],
    "bands": [ours[(columns[ours] - 560) // 115 == k] for k in range(7)],
}
print("pixels that are right, mean of the seven parts (smallest to largest)")
for name, weight in ("colour", 0.0), ("colour and place", 0.03):
    for split, parts in folds.items():
        found = [accuracy(np.setdiff1d(ours, part), part, weight) for part in parts]
        print(f"{name:17} {split:13} {np.mean(found):.2f}   ({min(found):.2f} to {max(found):.2f})")
    print(f"{name:17} {'America':13} {accuracy(ours, america, weight):.2f}")

# %% [markdown]
# By colour alone, all three numbers are much the same: what was learned in one place holds in another. Now add the
# place. The random split sees a gain from 0.60 to 0.71, and its seven parts agree closely. The bands see a third of that
# gain, with a large spread. In America the learner is a disaster: 0.28, half of what colour alone gives. For it,
# the most similar places are the nearest shores of the Old World.
#
# The random split did not merely flatter the result. It chose the *worse method*, with small error bars. A validation
# must ask what the use will ask: new tiles of known places, or new places? minifcn splits the Earth by bands for this
# reason. It still asks for less than a new continent: a band has neighbours on both sides.
#
# Others call the mistake *leakage*, and a split by bands, films or patients *grouped*.
#
# ## 7. Whole images or patches
#
# What is *patchwise sampling*? Before this paper, nets for pixels were trained on *patches*: a small window around a
# pixel, and that one pixel's label. A step takes patches from many places, so the batch is varied. The paper takes
# whole images instead. Its argument: a whole image *is* a batch of patches, all the windows of its pixels. They
# overlap, so the net computes them much faster together (lesson 16). What is lost is only the freedom to choose
# *which* patches.
#
# And even that can be had. Keep each pixel in the loss with probability $p$, ignore the others, and multiply the loss by
# $1/p$. By hand: three pixels with the gradients $1$, $2$ and $6$, whose sum is $9$, and $p = \frac12$. The eight
# choices are equally likely. Their sums are
#
# $$ 0, \; 1, \; 2, \; 6, \; 1 + 2, \; 1 + 6, \; 2 + 6, \; 1 + 2 + 6, $$
#
# together $36$, on average $4.5$, and $1/p = 2$ times that is $9$. Each pixel is in half of the choices. Nothing else
# matters, so this is true of every net. Others say: the sampled gradient is an *unbiased* estimate of the full one.
#
# **What do you expect?** Below, the sampled gradients of a net are averaged over 1, 4, 16, ... choices, and compared
# with the full gradient. How does the error fall? And does it fall to 0 without the $1/p$?

# %% tags=["expected"]
net = Small(3)
net.score.weight.data[...] = 0.1 * np.random.default_rng(3).standard_normal(net.score.weight.data.shape)
images, labels = draw(1, TRAIN, np.random.default_rng(4), size=(16, 16))


def gradient(labels):
    """The slopes of all parameters, of the sum of the losses of all pixels that are not 255."""
    net.zero_grad()
    Tensor.apply(PixelLoss(labels, "sum"), net(Tensor(images))).backward()
    return np.concatenate([p.grad.ravel() for p in net.parameters()])


full, rng, counts = gradient(labels), np.random.default_rng(5), 4 ** np.arange(6)
curves = {}
for p in (0.5, 0.1):
    sampled = [gradient(np.where(rng.random(labels.shape) < p, labels, 255)) for _ in range(counts[-1])]
    for name, factor in (f"p = {p}, times 1/p", 1 / p), (f"p = {p}, not multiplied", 1):
        means = [factor * np.mean(sampled[:count], axis=0) for count in counts]
        curves[name] = counts, [np.linalg.norm(mean - full) / np.linalg.norm(full) for mean in means]
plot.lines(curves, x="choices averaged", y="error, relative to the full gradient", log="xy", markers=True)

# %% [markdown]
# With the $1/p$ the error halves when the number of choices is multiplied by four: chance, and nothing else. Without
# it, the average is $p$ times the full gradient: the error stops at $1 - p$. That is no disaster, only another
# learning rate. (And lesson 14's mean, which divides by the number of pixels that count, puts the $1/p$ in by itself,
# but for chance.)
#
# So sampling is allowed. Is it useful? The paper tried $p = 0.5$ and $0.25$, with $1/p$ times as many images in a batch.
# Per step the loss fell no faster, and each step took longer. Neighbouring pixels do say nearly the same. But leaving
# half of them out saves nothing, since the net computes them anyway.
#
# > **Often misunderstood.** "FCN trains on patches." It does not: it trains on whole images, and the comparison with
# > sampling is an experiment, with the result that whole images are better in time. Nor does it need class weights,
# > mirroring or moving images about; the paper reports no noticeable gain from the last two.
#
# ## 8. When nothing seems to work
#
# Two questions come up again and again where people run the authors' code.
#
# **The loss is $10^5$ and the learning rate $10^{-10}$. Is that a mistake?** No. The loss is the *sum* over the pixels
# of an image. The gradient of a sum over $n$ pixels is $n$ times that of the mean, so a sum with the rate
# $\text{lr}/n$ takes the same steps as a mean with lr:


# %% tags=["expected"]
def three_steps(reduction, lr):
    net = Small(0)
    sgd = SGD(net.parameters(), lr, 0.9)
    for _ in range(3):
        net.zero_grad()
        result = Tensor.apply(PixelLoss(labels, reduction), net(Tensor(images)))
        result.backward()
        sgd.step()
    print(f"{reduction:5} lr {lr:8.2g}   loss {float(result.data):8.3f}")
    return net.score.weight.data


difference = abs(three_steps("mean", 0.05) - three_steps("sum", 0.05 / labels.size)).max()
print(f"largest difference of the score weights: {difference:.0e}")

# %% [markdown]
# **The output is all background.** In PASCAL VOC, 73 % of the pixels are background. A net that labels everything so has
# a pixel accuracy of 73 %, and a mean IoU of $0.73 / 21 = 3.5\ \%$. Every training passes through this point: it is
# the best answer that does not look at the image, and the bias alone can give it. So first wait, and look at the mean
# IoU, not at the accuracy. If it stays, ask in this order:
#
# 1. Is the loss before the first step $\log C$ per pixel? (Lesson 4.)
# 2. Can the net overfit *one* image? Train on a single crop until its loss is near 0. If it cannot, the fault is not
#    in the data.
# 3. Do image and labels belong together? Draw them on top of each other, *after* the crop.
# 4. Does the learning rate fit the loss (sum or mean), the batch and the momentum?
# 5. Do the pretrained weights arrive? With a trunk of zeros, the scores are the same at every pixel, for ever.
#
# ## Where this stands in minifcn
#
# | yours | minifcn |
# |---|---|
# | `random_crop` | `data/transforms.py`, `RandomCrop`; `data/landcover.py` draws the crops of the Earth, and splits by bands |
# | `schedule` | `optim/lr_scheduler.py`, `PolyLR` and others |
# | `fit` | `train.py`, `fit`, which also writes checkpoints to disk, and continues after an interruption |
# | `decay`, `bias_rate` | the parameter groups of `runs/optimizer.py`, and the options `--weight-decay` and `--bias-rate` |
#
# In minifcn the command `train` scores on the validation bands after each epoch, and keeps the best in a file of its own.
# The test bands are scored once, by `evaluate`.
#
# ## Three questions
#
# **1.** You train with batches of 4 and lr 0.02, and a friend with a larger machine uses batches of 32. Which learning
# rate do you advise, and what would you add?
#
# <details><summary>Answer</summary>
#
# Eight times yours, 0.16, by the linear scaling rule, and a warmup: the rule assumes that the net changes little from
# step to step, and that is least true at the beginning. If the loss jumps, the rule has reached its end.
#
# </details>
#
# **2.** Why does `fit` keep running means in the checkpoint, if nobody ever computes a gradient for them?
#
# <details><summary>Answer</summary>
#
# When the net is scored, batch norm uses them in place of the batch's own mean. They belong to the weights of their
# epoch. The weights of the best epoch with the running means of the last are a net that nobody has ever scored.
#
# </details>
#
# **3.** A colleague reports a mean IoU of 0.81 on drone images. The 2,000 tiles were cut from 10 flights, each tile
# overlaps the next by half, and 200 random tiles were kept for the test. What do you say?
#
# <details><summary>Answer</summary>
#
# Nearly every pixel of a test tile is also in a training tile, with its label. The number says how well the net
# remembers. Keep whole flights for the test, and expect less; ten flights are few, so give the spread over several
# choices of the test flights.
#
# </details>
#
# ## Two open problems
#
# **1.** Give `Small` five channels: colour and place, scaled as you like. Does a net fall into the trap of
# section 6 as the nearest neighbour does? Compare a random split, bands and America, with three seeds.
#
# **2.** Where does the linear scaling rule end? For batches of 2, 4, 8, ... find the learning rate with the lowest loss
# after 512 crops, and draw it against the batch size, with and without a warmup.
#
# ## The paper
#
# Section 4.3 has it all in a page: SGD with momentum 0.9, batches of 20 images, fixed rates ($10^{-4}$ for the net from
# VGG16), weight decay $5 \cdot 10^{-4}$ or $2 \cdot 10^{-4}$, twice the rate for biases, a score layer that starts at
# zero, and dropout where the classifier had it. Then patch sampling (figure 5), class balancing and augmentation, each
# tried, and none needed. The authors' code takes batches of one image instead, with momentum $0.99$. One step of 20 images has
# become 20 steps, and the velocity that one step kept 0.9 of must last for 20: $0.9^{1/20} = 0.995$.
