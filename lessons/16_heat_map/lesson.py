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
# # Lesson 16: From classifier to heat map
#
# A network that says *what* is in a picture: does it also know *where*?
#
# You can find out with patience. Cut the picture into a hundred overlapping windows, classify each, and arrange the
# answers in a grid. That is slow, because neighbouring windows share most of their pixels, and the network looks at
# each pixel again and again. The paper's first idea is to do the same in one pass. It takes no training and no new
# weights, only `reshape`. The answers are the same numbers, for a fraction of the work.
#
# *Section 3.1 of the paper (classifiers for dense prediction) · builds on lessons 4, 7, 10 and 15 · 90 minutes*
#
# 1. [A hundred windows](#1.-A-hundred-windows)
# 2. [A fully connected layer is a convolution](#2.-A-fully-connected-layer-is-a-convolution)
# 3. [One pass](#3.-One-pass)
# 4. [What it costs](#4.-What-it-costs)
# 5. [Where padding gets in the way](#5.-Where-padding-gets-in-the-way)
# 6. [A network that was never told where](#6.-A-network-that-was-never-told-where)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
from time import perf_counter

import numpy as np

from minifcn import functional as F
from minifcn import models, plot, tensor
from minifcn.classify import class_map, class_probabilities, load_classifier
from minifcn.course import check, earlier, hint
from minifcn.data import LandCover, photograph, to_picture
from minifcn.data.landcover import whole_region
from minifcn.pretrained import class_names

# To work with your own answers, add answers="03_tensors.ipynb" and so on.
Tensor, Module, ReLU, CrossEntropy, SGD = earlier("03.Tensor", "04.Module", "04.ReLU", "04.CrossEntropy", "04.SGD")
conv_forward, output_length = earlier("07.conv_forward", "10.output_length")
Conv2d, MaxPool2d, he = earlier("15.Conv2d", "15.MaxPool2d", "15.he")

# %% [markdown]
# If you are stuck, `hint("16.slide")` gives a hint, and a larger one each time.
#
# ## 1. A hundred windows
#
# Here is a classifier with two classes, small enough to run in your head. It takes windows of 2 x 2. Its first score
# is the sum of the four numbers; its second score is the number at the top left. And here is a picture:
#
# $$ x = \begin{pmatrix} 1 & 2 & 3 \\ 4 & 5 & 6 \\ 7 & 8 & 9 \end{pmatrix} $$
#
# Four windows fit. The one at the top left holds 1, 2, 4, 5; its scores are 12 and 1. One step to the right are 2, 3,
# 5, 6, with the scores 16 and 2. The lower two have 24 and 4, then 28 and 5. Arranged in a grid, each class has a map
# of its own:
#
# $$ \text{sum: } \begin{pmatrix} 12 & 16 \\ 24 & 28 \end{pmatrix} \qquad
#    \text{top left: } \begin{pmatrix} 1 & 2 \\ 4 & 5 \end{pmatrix} $$
#
# Such a map is called a *heat map*: drawn in colours, it glows where the classifier is sure of its class. Others call
# it a *score map*, and the scores themselves *logits*.
#
# With stride $s$, the window of place $(u, v)$ begins at row $su$ and column $sv$. Only whole windows count, so a
# picture of $H$ rows has $\lfloor (H - k_h)/s \rfloor + 1$ rows of windows. You have counted like this since lesson
# 5.
#
# ### Exercise 1: slide a classifier over a picture


# %%
def slide(classify, x, window, stride):
    """The scores of a classifier on every window of x, one window at a time: (N, classes, oh, ow).

    classify: a function from windows (N, C, kh, kw) to scores (N, classes), one row for each window
    x:        (N, C, H, W), at least as large as a window
    window:   (kh, kw)
    stride:   pixels from one window to the next, down and to the right
    scores[n, c, u, v] is class c's score of the window of picture n that begins at pixel
    (stride * u, stride * v); windows that would reach out of the picture are left out.
    The dtype is that of the scores.
    """
    ### BEGIN SOLUTION
    (kh, kw), (H, W) = window, x.shape[2:]
    rows, columns = range(0, H - kh + 1, stride), range(0, W - kw + 1, stride)
    scores = [[classify(x[:, :, top : top + kh, left : left + kw]) for left in columns] for top in rows]
    return np.array(scores).transpose(2, 3, 0, 1)  # from (oh, ow, N, classes)
    ### END SOLUTION


# %%
check("16.slide", slide)

# %% [markdown]
# `slide` knows nothing about networks: `classify` can be any function of a window. That will be useful.
#
# ### A classifier of satellite images
#
# Now a real one. Lesson 15's classifier took the mean over all places at the end. This one ends as AlexNet and VGG16
# do, in *fully connected* layers. Such a layer writes its input as one long vector, channel by channel and row by
# row, and multiplies it by a matrix.


# %%
class FullyConnected:
    """The operation of a fully connected layer: x (N, C, kh, kw) or (N, n) -> y (N, out).

    weight: (out, n) with n = C * kh * kw; bias: (out,). As an operation of the engine, see lesson 4.
    """

    def forward(self, x, weight, bias):
        self.x, self.weight = x, weight
        return x.reshape(len(x), -1) @ weight.T + bias

    def backward(self, grad):
        flat = self.x.reshape(len(self.x), -1)
        return (grad @ self.weight).reshape(self.x.shape), grad.T @ flat, grad.sum(axis=0)


class Classifier(Module):
    """Two blocks of convolution, ReLU and pooling, then two layers without pooling: x (N, 3, 22, 22) -> (N, 8).

    A layer is a convolution if its weight has four axes, and fully connected if it has two.
    """

    def __init__(self, rng, padding=0):
        shapes = (8, 3, 3, 3), (16, 8, 3, 3), (32, 16 * 4 * 4), (8, 32)
        self.weights = [Tensor(he(shape, rng).astype(np.float32), requires_grad=True) for shape in shapes]
        self.biases = [Tensor(np.zeros(shape[0], np.float32), requires_grad=True) for shape in shapes]
        self.weights[-1].data[...] = 0  # as in lesson 15
        self.padding = padding

    def forward(self, x):
        for k, (weight, bias) in enumerate(zip(self.weights, self.biases)):
            padding = self.padding if k < 2 else 0
            operation = Conv2d(1, padding) if weight.data.ndim == 4 else FullyConnected()
            x = Tensor.apply(operation, x, weight, bias)
            if k < 3:
                x = Tensor.apply(ReLU(), x)
            if k < 2:
                x = Tensor.apply(MaxPool2d((2, 2), 2), x)
        return x


# %% [markdown]
# Follow the sizes. Without padding, a convolution of 3 x 3 takes two rows away, and a pooling halves them: $22 \to 20
# \to 10 \to 8 \to 4$. So the first fully connected layer gets 16 maps of 4 x 4 (others call them *feature maps*),
# which are 256 numbers; hence its weight of (32, 256). A picture of any other size does not fit that matrix: **the
# fully connected layers are what ties a classifier to one size**.
#
# The network learns from crops of 22 x 22 pixels, about 165 km wide. The label of a crop is the land cover that is
# most frequent in it, one word. Nobody tells the network where in the crop it is.


# %% tags=["expected"]
def crops(split, count, seed):
    """`count` crops (count, 3, 22, 22) and the most frequent class in each."""
    data, rng = LandCover(split, 22), np.random.default_rng(seed)
    pairs = [data.sample(i, rng) for i in rng.choice(len(data), count, replace=False)]
    images, labels = zip(*pairs)
    return np.stack(images), np.array([np.bincount(label.ravel()).argmax() for label in labels])


images, labels = crops("train", 1000, seed=0)
new_images, new_labels = crops("test", 500, seed=1)
rng = np.random.default_rng(0)
net = Classifier(rng)
optimizer = SGD(net.parameters(), lr=0.02, momentum=0.9)
for step in range(400):
    optimizer.lr = 0.02 * (1 - step / 400)
    chosen = rng.choice(len(images), 20, replace=False)
    net.zero_grad()
    Tensor.apply(CrossEntropy(labels[chosen]), net(Tensor(images[chosen]))).backward()
    optimizer.step()


def classify(windows):
    """Scores (N, 8) of windows (N, 3, 22, 22), as plain arrays."""
    return net(Tensor(windows)).data


print(f"new crops that are right: {100 * np.mean(classify(new_images).argmax(axis=1) == new_labels):.0f} %")

# %% [markdown]
# Three in five, with eight classes to choose from. That is enough for a map. The picture below is 58 x 58 pixels. At
# a stride of 4 it has $(58 - 22)/4 + 1 = 10$ rows of 10 windows.
#
# **What do you expect?** How sharp can the map be? And how often does the network look at a pixel in the middle of
# the picture?

# %% tags=["expected"]
region, truth = whole_region("test", 4)
SMALL = np.s_[..., 756:814, 176:234]
x = region[SMALL][None]
by_windows = slide(classify, x, (22, 22), 4)
print("scores:", by_windows.shape)


def picture_of(x):
    return plot.brighten([to_picture(x, LandCover.mean, LandCover.std)])[0]


plot.panel(
    [[picture_of(x[0]), truth[SMALL], by_windows[0].argmax(axis=0)]],
    ["picture", "truth", "100 windows"],
    LandCover.palette,
    LandCover.classes,
)

# %% [markdown]
# The third picture is the class with the highest score in each window. Each of its squares is the answer to a whole
# window, so it cannot be sharp, but it is a map, from a network that never saw one.
#
# Every window is classified on its own. A pixel in the middle lies in 5 or 6 windows in each direction, which makes
# about 30 windows in all. Thirty times the first convolution computes the same products there.
#
# ## 2. A fully connected layer is a convolution
#
# Look at one row of a fully connected weight, with one channel and windows of 2 x 2: $(1, 2, 3, 4)$. On the window
#
# $$ \begin{pmatrix} 1 & 2 \\ 5 & 6 \end{pmatrix} \quad\text{it computes}\quad 1 \cdot 1 + 2 \cdot 2 + 3 \cdot 5 + 4 \cdot 6 = 44. $$
#
# You have seen this 44 before. It is the first result of lesson 7, where the *kernel* $\begin{pmatrix} 1 & 2 \\ 3 & 4
# \end{pmatrix}$ slid over a picture with the rows 1 to 4, 5 to 8 and 9 to 12. The same four weights, only written as
# a square. And the convolution did not stop at 44; it went on to 54 and 64, and to the next row.
#
# So a fully connected layer on $C$ maps of $k_h \times k_w$ **is** a convolution with a kernel of that size, on an
# input so small that the kernel fits in one place only. On a larger input it has more places to go. That is all.
#
# The weights need another shape and nothing else. `x.reshape(len(x), -1)` puts channel 0 first, row by row, then
# channel 1, and so on: the order is $C$, $k_h$, $k_w$. A row of the weight is in the same order. For two channels and
# windows of 1 x 2, the row $(a, b, c, d)$ becomes $(a, b)$ for channel 0 and $(c, d)$ for channel 1.
#
# What about the second fully connected layer? It gets a vector, which is a map of 1 x 1 with 32 channels. Its kernel
# is 1 x 1.
#
# > **Often misunderstood.** "Fully connected layers become 1 x 1 convolutions." Not the first one. In VGG16, fc6 sees
# > 512 maps of 7 x 7 and becomes a convolution of 7 x 7; in AlexNet it is 6 x 6. Only fc7 and the scores, which see
# > vectors, become 1 x 1. A 1 x 1 convolution in place of fc6 would have 512 weights in each row, not 25,088. It is
# > another layer, and the trained weights do not fit into it.
#
# ### Exercise 2: convolutionalize


# %%
def convolutionalize(weight, kernel_size):
    """A fully connected layer's weight (out, C * kh * kw) as that of a convolution, (out, C, kh, kw).

    kernel_size: (kh, kw), the size of the maps that the layer saw; (1, 1) if it saw vectors.
                 They were flattened in the order C, kh, kw
    The dtype stays. Raises ValueError if kh * kw does not divide the length of a row.
    convolutionalize of [[1, 2, 3, 4, 5, 6]] and (1, 3) is [[[[1, 2, 3]], [[4, 5, 6]]]].
    """
    ### BEGIN SOLUTION
    (out, n), (kh, kw) = weight.shape, kernel_size
    if n % (kh * kw):
        raise ValueError(f"a row has {n} weights, expected a multiple of {kh} * {kw}")
    return weight.reshape(out, n // (kh * kw), kh, kw)
    ### END SOLUTION


# %%
check("16.convolutionalize", convolutionalize)

# %% tags=["expected"]
x_7 = np.arange(1.0, 13.0).reshape(1, 1, 3, 4)
row = np.array([[1.0, 2.0, 3.0, 4.0]])
print(conv_forward(x_7, convolutionalize(row, (2, 2)))[0, 0])

# %% [markdown]
# ## 3. One pass
#
# Now convolutionalize the trained network. It is the same class with the same weights. Two of them have another
# shape, and so `forward` makes convolutions of these layers.
#
# **What do you expect?** The new network takes the whole picture of 58 x 58. Follow the sizes as above; what is the
# shape of its result? And how far is it from what the hundred windows gave?

# %% tags=["expected"]
dense = Classifier(rng)
dense.biases = net.biases
dense.weights = net.weights[:2] + [
    Tensor(convolutionalize(net.weights[2].data, (4, 4))),
    Tensor(convolutionalize(net.weights[3].data, (1, 1))),
]
one_pass = dense(Tensor(x)).data
difference = by_windows - one_pass
print("scores:", one_pass.shape, f"  largest {abs(one_pass).max():.1f}")
print(f"largest difference: {abs(difference).max():.1e}")
c = LandCover.classes.index("water")
maps = {"100 windows": by_windows[0, c], "one pass": one_pass[0, c], "their difference": difference[0, c]}
plot.pictures(limit=abs(one_pass[0, c]).max(), ncols=4, width=1.9, picture=picture_of(x[0]), **maps)

# %% [markdown]
# The difference is white: it is zero up to the rounding of float32, since the sums are computed in another order.
# These are not *similar* maps. They are the same map, and $58 \to 56 \to 28 \to 26 \to 13 \to 10$ shows where its
# shape comes from: a kernel of 4 fits into 13 units in 10 places.
#
# Why is the stride 4? Neighbouring places of the kernel of 4 x 4 are one unit apart. Two poolings made each unit from
# two units of two pixels. So the windows of one pass are always $2 \cdot 2 = 4$ pixels apart, the product of the
# strides. (Others call it the *output stride*.) You do not choose it; the network does.
#
# **What do you expect?** Three ways to get the hundred answers: one call for each window; all windows as one batch of
# 100, which spares Python 99 calls; one pass. Which step saves more?

# %% tags=["volatile"]
windows = np.stack([x[0, :, u : u + 22, v : v + 22] for u in range(0, 40, 4) for v in range(0, 40, 4)])
parameters = [(tensor(w.data), tensor(b.data)) for w, b in zip(dense.weights, dense.biases)]


def with_minifcn(x):
    """The dense network with the library's layers. On windows of 22 x 22 it gives one place."""
    for k, (weight, bias) in enumerate(parameters):
        x = F.conv2d(x, weight, bias)
        x = F.relu(x) if k < 3 else x
        x = F.max_pool2d(x, 2, 2) if k < 2 else x
    return x


def milliseconds(work, times=7):
    """The shortest of some runs, after one that does not count."""
    work()
    found = []
    for _ in range(times):
        start = perf_counter()
        work()
        found.append(1000 * (perf_counter() - start))
    return min(found)


times = {
    "yours, 100 windows one by one": milliseconds(lambda: slide(classify, x, (22, 22), 4)),
    "yours, 100 windows in a batch": milliseconds(lambda: classify(windows)),
    "yours, one pass": milliseconds(lambda: dense(Tensor(x))),
    "minifcn, 100 windows in a batch": milliseconds(lambda: with_minifcn(tensor(windows))),
    "minifcn, one pass": milliseconds(lambda: with_minifcn(tensor(x))),
}
plot.bars(times, unit="ms", log=True, title="The same hundred answers")

# %% [markdown]
# Each step saves. (In your one pass, most of the time goes into lesson 10's pooling, whose Python loop makes nearly
# 1,000 rounds, however little there is to do in each. minifcn's pooling is compiled.)
#
# The paper measures AlexNet on a GPU: 1.2 ms for a window of 227 x 227, in a batch; 22 ms for a picture of 500 x 500,
# which has 10 x 10 windows. That is 120 ms against 22, a factor of 5.5. Window by window, without a batch, it would
# be 5.4 ms each, and a factor of 25. The fair comparison is the first one; the second mostly measures the waiting.
#
# One pass makes larger pictures possible. Here are 300 x 300 pixels, from Tibet down to the Bay of Bengal, and all
# their 4,900 windows. The truth is what the network was trained for, the most frequent class in each window, and your
# `slide` computes that as well: a function of a window that counts labels.

# %% tags=["expected"]
LARGE = np.s_[..., 540:840, 0:300]


def count_labels(windows):
    """How often each class occurs in windows (N, 1, kh, kw) of labels: (N, 8)."""
    return np.stack([np.bincount(window.ravel(), minlength=8) for window in windows])


heat = dense(Tensor(region[LARGE][None])).data[0]
most_frequent = slide(count_labels, truth[LARGE][None, None], (22, 22), 4)[0].argmax(axis=0)
right = 100 * np.mean(heat.argmax(axis=0) == most_frequent)
print(f"{heat.shape[1]} x {heat.shape[2]} windows, {right:.0f} % of them right")
seen = np.s_[:, 9 : 9 + 4 * heat.shape[1], 9 : 9 + 4 * heat.shape[2]]  # around the middles of the windows
plot.panel(
    [[picture_of(region[LARGE][seen]), most_frequent, heat.argmax(axis=0)]],
    ["picture", "truth, by windows", "one pass"],
    LandCover.palette,
    LandCover.classes,
)

# %% [markdown]
# You can see the plateau, the mountains, the forests and the sea. (The fields along the Ganges it takes for grass. So
# would you, perhaps.) A classifier and two reshapes make a network for segmentation. What is missing? The map is four
# times coarser than the picture (32 times, for VGG16), and it does not begin at the picture's corner: a window is a
# place, but *which* place? Lessons 17 and 18 take up both.
#
# ## 4. What it costs
#
# Times depend on the machine; *multiply-adds* do not. A convolution computes $K \cdot o_h \cdot o_w$ numbers, and
# each is a sum of $C \cdot k_h \cdot k_w$ products. (Taps that lie in the padding count like the others. ReLU,
# pooling and bias cost so little that nobody counts them.)
#
# By hand, for our network:
#
# | layer | one window: 22 x 22 | one pass: 58 x 58 |
# |---|---:|---:|
# | 3 x 3, 3 to 8 channels | $8 \cdot 20 \cdot 20 \cdot 27 = 86{,}400$ | $8 \cdot 56 \cdot 56 \cdot 27 = 677{,}376$ |
# | 3 x 3, 8 to 16 channels | $16 \cdot 8 \cdot 8 \cdot 72 = 73{,}728$ | $16 \cdot 26 \cdot 26 \cdot 72 = 778{,}752$ |
# | 4 x 4, 16 to 32 channels | $32 \cdot 256 = 8{,}192$ | $32 \cdot 10 \cdot 10 \cdot 256 = 819{,}200$ |
# | 1 x 1, 32 to 8 channels | $8 \cdot 32 = 256$ | $8 \cdot 10 \cdot 10 \cdot 32 = 25{,}600$ |
# | together | 168,576 | 2,300,928 |
#
# A hundred windows cost 16,857,600, which is 7.3 times as much as one pass. Look at the two halves of the table. The
# convolutions of one pass cost an eleventh of those of a hundred windows. The former fully connected layers cost
# exactly the same, a hundred times 8,448: each window still needs its own. **What is shared is the convolutions,
# where windows overlap.**
#
# From here on, a layer is a tuple `(kind, channels, kernel, stride, padding)`: `channels` is what comes out of it,
# the kernel is square, and the kind is `"conv"` or `"pool"`. Poolings round their size up, as the authors' framework
# Caffe does (lesson 10).
#
# ### Exercise 3: count the multiply-adds


# %%
def cost(layers, size):
    """The multiply-adds of a stack of layers on one picture: an int.

    layers: list of (kind, channels, kernel, stride, padding), from the picture on; kind is "conv",
            which rounds its size down, or "pool", which rounds up and costs nothing
    size:   (C, H, W) of the picture
    Raises ValueError if a kernel does not fit, so that a layer would have no units.
    cost([("conv", 8, 3, 1, 0), ("pool", 8, 2, 2, 0), ("conv", 2, 1, 1, 0)], (3, 5, 6)) is 2656:
    8 * 3 * 4 * 27 = 2592 for the first layer and 2 * 2 * 2 * 8 = 64 for the last.
    """
    ### BEGIN SOLUTION
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))
        if H < 1 or W < 1:
            raise ValueError(f"a kernel of {kernel} does not fit; give a larger picture than {size}")
        if kind == "conv":
            total += channels * H * W * C * kernel**2
        C = channels
    return total
    ### END SOLUTION


# %%
check("16.cost", cost)

# %% [markdown]
# Now the paper's example: AlexNet, on windows of 227 x 227 and on a picture of 500 x 500. (The authors' AlexNet
# splits conv2, conv4 and conv5 into two groups of channels that ignore each other, which halves their cost; so we
# halve it, too.)
#
# **What do you expect?** For one window, the fully connected layers are 8 % of the work. How large is their share in
# the one pass?

# %% tags=["expected"]
ALEXNET = {
    "conv1": ("conv", 96, 11, 4, 0), "pool1": ("pool", 96, 3, 2, 0), "conv2": ("conv", 256, 5, 1, 2),
    "pool2": ("pool", 256, 3, 2, 0), "conv3": ("conv", 384, 3, 1, 1), "conv4": ("conv", 384, 3, 1, 1),
    "conv5": ("conv", 256, 3, 1, 1), "pool5": ("pool", 256, 3, 2, 0), "fc6": ("conv", 4096, 6, 1, 0),
    "fc7": ("conv", 4096, 1, 1, 0), "fc8": ("conv", 1000, 1, 1, 0),
}  # fmt: skip


def costs(side):
    """{layer: its multiply-adds, in millions}: the cost of all layers up to it, less that of the layers before it."""
    layers, found = list(ALEXNET.values()), {}
    for k, name in enumerate(ALEXNET):
        groups = 2 if name in ("conv2", "conv4", "conv5") else 1
        found[name] = (cost(layers[: k + 1], (3, side, side)) - cost(layers[:k], (3, side, side))) / groups / 1e6
    return {name: millions for name, millions in found.items() if millions}


window, picture = costs(227), costs(500)
print("millions     100 windows   one pass   ratio")
for name in window:
    print(f"{name:8}{100 * window[name]:16,.0f}{picture[name]:11,.0f}{100 * window[name] / picture[name]:8.1f}")
both = 100 * sum(window.values()), sum(picture.values())
print(f"{'together':8}{both[0]:16,.0f}{both[1]:11,.0f}{both[0] / both[1]:8.1f}")

# %% [markdown]
# For the convolutions, one pass is almost 20 times cheaper. But then fc6, fc7 and fc8 have most of the work, 63 % of
# it, and they cost what they always did. Together that makes 7.8. minifcn, on a CPU, measures a factor of 7.7
# (`docs/networks.md`); the paper's GPU, 5.5. The table also says where to begin if you want a faster FCN: with fc6,
# which alone is 40 % of the pass.
#
# ## 5. Where padding gets in the way
#
# Our classifier has no padding, and the two ways agreed to the last digits. VGG16 pads each of its convolutions by 1.
# Take the same weights with a padding of 1: a window of 16 x 16 becomes $16 \to 16 \to 8 \to 8 \to 4$, so windows of
# 16 now fit.
#
# **What do you expect?** A picture of 52 x 52 has a hundred windows of 16. In which of them will the two ways
# disagree: none, only those at the rim of the picture, only those inside, or all? And what happens if the picture is
# a single window?

# %% tags=["expected"]
padded, padded_dense = Classifier(rng, padding=1), Classifier(rng, padding=1)
padded.weights, padded.biases = net.weights, net.biases
padded_dense.weights, padded_dense.biases = dense.weights, dense.biases


def apart(x):
    """The largest difference in each window between windows of 16 and one pass: (oh, ow)."""
    windows = slide(lambda windows: padded(Tensor(windows)).data, x, (16, 16), 4)
    return abs(windows - padded_dense(Tensor(x)).data)[0].max(axis=0)


found = apart(x[..., :52, :52])
print(f"a single window: {apart(x[..., :16, :16]).max():.1e}")
print(f"100 windows: {np.sum(found > 1e-3)} differ, by {found.min():.2f} to {found.max():.2f}")

# %% [markdown]
# All of them differ. Cut out a window, and its border is padded with zeros. In the one pass, the same border is in
# the middle of a picture, and the convolution sees the neighbours there. Even a window in the picture's corner has
# two sides of this kind. Only if the picture is one window is there no neighbour, and then the two ways agree again.
#
# How far into the window does it reach? Take a window of 24 x 24 from the middle of the picture, and stack
# convolutions of 3 x 3 with a padding of 1.
#
# **What do you expect?** After one, three and five of them, which of the 24 x 24 units differ?

# %% tags=["expected"]
inside, around, rings = x[..., 17:41, 17:41], x, {}
for layer in range(1, 6):
    weight = he((8, inside.shape[1], 3, 3), np.random.default_rng(layer + 10))
    inside, around = (np.maximum(conv_forward(maps, weight, 1, 1), 0) for maps in (inside, around))
    ring = abs(inside - around[..., 17:41, 17:41])[0].max(axis=0)
    rings[f"after {layer}"] = ring / ring.max()
    print(f"after {layer}: {np.sum(ring < 1e-9)} of 576 units agree, {24 - 2 * layer} x {24 - 2 * layer}")
plot.pictures(limit=1, width=1.9, **{name: rings[name] for name in ("after 1", "after 3", "after 5")})

# %% [markdown]
# One more ring with each convolution, and after a pooling each ring is twice as wide, in pixels. In VGG16, for a
# window of 224 x 224, a unit of pool5 sees 212 pixels (lesson 17 computes that). Only the one in the middle of the 7
# x 7 sees no padding.
#
# So the rule is: **without padding, one pass gives exactly what the windows give; with padding, something similar.**
# This sounds worse than it is. The neighbours are real pixels, which say more than zeros. And the paper does not stop
# here: it goes on to *train* the network on whole pictures, in one pass, and then there is no other answer with which
# it would have to agree. Training gains from one pass, too: the backward pass of AlexNet takes 37 ms for the whole
# grid, against 240 ms for a hundred windows.
#
# ## 6. A network that was never told where
#
# The last experiment uses real weights. SqueezeNet learned 1,000 classes from 1.3 million photographs, each with one
# label and no location. It has no fully connected layers: its last convolution, 1 x 1, gives a score for each class
# in each place, and the scores of the classifier are their *mean* over all places. Leave out the mean, and the map is
# there already. So section 3.1 of the paper applies to it without a single reshape.
#
# The photograph is of Grace Hopper, who wrote one of the first compilers, in the uniform of a rear admiral.
#
# **What do you expect?** Where will the map of *suit* light up? And that of *bearskin*, the tall fur hat of the
# guards at Buckingham Palace, which is not in the picture?

# %% tags=["expected"]
photo = np.rint(255 * photograph()).astype(np.uint8)
try:
    squeezenet, names = load_classifier("squeezenet"), class_names()
    maps = {name: class_map(squeezenet, photo, names.index(name)) for name in ("suit", "bearskin")}
    probability = class_probabilities(squeezenet, photo)
    for k in np.argsort(-probability)[:4]:
        print(f"{100 * probability[k]:5.1f} %  {names[k]}")
    for name, heat in maps.items():
        print(f"{name}: the largest score is {heat.max():.0f}")
except ValueError:
    maps = {}
    print("The weights are not installed: run `make pretrained` in minifcn's folder (80 MB), or look at the solution.")

# %% tags=["expected"]
plot.heatmap(photo, maps["suit"] / maps["suit"].max(), "where it sees: suit") if maps else None

# %% tags=["expected"]
plot.heatmap(photo, maps["bearskin"] / maps["bearskin"].max(), "where it sees: bearskin") if maps else None

# %% [markdown]
# The network says *suit* because of the collar; the sleeves hardly matter to it. What it takes for a bearskin is the
# dark hat, most of all, though the score there is only half as large as the collar's for *suit*. (Each map is drawn
# up to its own maximum.) Two answers, from two places: the network knows where. Nobody taught it; it follows from how
# a convolution works.
#
# The maps are blurred. A unit of SqueezeNet stands for 16 pixels and sees many more, and the scores between the units
# are interpolated (lesson 13). They answer "what made you say so?" rather than "where are the edges?". Others call
# them *class activation maps*. Getting from here to the edges takes the rest of the course.
#
# ## Where this stands in minifcn
#
# | you | minifcn |
# |---|---|
# | `convolutionalize` | `as_convolution` in `models/convolutionalize.py`, for one layer; beside it, for a whole net |
# | `slide`, and the times | `benchmarks/convolutionalize.py`, with AlexNet |
# | `cost` | `count_multiply_adds` in `models/summary.py` |
# | the heat map | `minifcn classify PHOTO --heatmap` (`classify.py`), for your own photographs |

# %% tags=["expected"]
alexnet = models.build_classifier("alexnet", widths=(8, 16, 16, 16, 16), head=32)
before, after = dict(alexnet.named_parameters()), dict(models.convolutionalize(alexnet).named_parameters())
for name in "fc6.weight", "fc7.weight", "fc8.weight":
    old, new = before[name].numpy(), after[name].numpy()
    kernel = (6, 6) if name == "fc6.weight" else (1, 1)
    print(name, old.shape, "->", new.shape, "  yours is equal:", np.array_equal(new, convolutionalize(old, kernel)))

# %% [markdown]
# ## Three questions
#
# **1.** You want windows 2 pixels apart, but the network's stride is 4. How can you still use one pass?
#
# <details><summary>Answer</summary>
#
# Use it four times: on the picture, on the picture without its first two columns, without its first two rows, and
# without both. Each pass gives every second window of the fine grid, and their results interlace. The paper calls
# this *shift-and-stitch* (section 3.2). Windows 1 pixel apart take 16 passes; for VGG16, with its stride of 32,
# 1,024.
#
# </details>
#
# **2.** A picture has 60 x 60 pixels instead of 58 x 58. Does our network still fit, and what does it do with the
# rest?
#
# <details><summary>Answer</summary>
#
# $60 \to 58 \to 29 \to 27 \to 13 \to 10$: still ten windows, and the last pixels are dropped by the second pooling,
# which rounds down. `slide` also leaves out windows that are not whole, so both still agree.
#
# </details>
#
# **3.** Somebody flattens the maps in the order $k_h, k_w, C$, as TensorFlow does, and trains a fully connected
# layer. What does `convolutionalize` make of it, and what is right?
#
# <details><summary>Answer</summary>
#
# A weight of the right shape with all its taps in wrong places; no error, only bad answers. Right is
# `weight.reshape(out, kh, kw, C).transpose(0, 3, 1, 2)`. A shape does not tell you the order of what is in it. So
# compare one window with one pass, as in section 3, before you believe a converted network.
#
# </details>
#
# ## Two open problems
#
# **1.** The classifier learned from windows whose most frequent class is their label, and in the map each window is a
# square of 4 x 4 pixels. Train one to name the class of the *middle* pixel instead. Is its map better? Sharper? How
# would you measure "sharper"?
#
# **2.** Train a classifier *with* padding on windows, then use it in one pass, as in section 5. How much accuracy
# does it lose against its own windows, or does it gain? Does it help to pad with something else than zeros?
#
# ## The paper
#
# Section 3.1, "Adapting classifiers for dense prediction", is this lesson: fully connected layers "can also be viewed
# as convolutions with kernels that cover their entire input regions", and figure 2 shows a classifier of cats that
# becomes a heat map. Section 3.2 is question 1. In section 4.1 the authors do it to AlexNet, VGG16 and GoogLeNet:
# they drop the classifier's last layer, keep the weights of all others, and append a 1 x 1 convolution with 21
# channels, one for each class of PASCAL and one for the background. (The notes that say "the fully connected layers
# are removed" are wrong. Their weights are kept, in another shape.)
