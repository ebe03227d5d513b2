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
# # Lesson 17: Where pixels go
#
# Why does FCN-32s pad the picture by 100 pixels, and why does it cut off 19 rows at the end?
#
# Every reimplementation of the paper's nets contains the line `h[:, :, 19:19 + H, 19:19 + W]`, and few of the people
# who copied it know what the 19 is. FCN-16s has 27 in its place, FCN-8s has 31, and the skips have 5 and 9. These are
# the questions that readers of the code ask most. The numbers are neither tuned nor learned. They follow from the kernel
# sizes, strides and paddings alone, by arithmetic that fits on a postcard. In this lesson you write it down, and
# a program of yours then finds all five numbers, the 100, and the mistakes in most ports.
#
# *Sections 3.2 and 4.1 of the paper (stride and dense prediction; the nets) · stands on lessons 10, 12, 13 and 16 ·
# 90 minutes*
#
# 1. [Where is a unit?](#1.-Where-is-a-unit?)
# 2. [One map after another](#2.-One-map-after-another)
# 3. [How far does it see?](#3.-How-far-does-it-see?)
# 4. [The way up, and the 19](#4.-The-way-up,-and-the-19)
# 5. [Ask the net itself](#5.-Ask-the-net-itself)
# 6. [Why not cut from the middle?](#6.-Why-not-cut-from-the-middle?)
# 7. [Why 100?](#7.-Why-100?)
# 8. [A kernel of 63, and a net without crops](#8.-A-kernel-of-63,-and-a-net-without-crops)

# %%
# %matplotlib inline
# %config InlineBackend.print_figure_kwargs = {"dpi": 90, "bbox_inches": "tight"}
from fractions import Fraction

import numpy as np

from minifcn import plot
from minifcn.course import check, earlier, hint
from minifcn.models.crops import Ladder
from minifcn.models.receptive_field import Layer, ReceptiveField

# Lesson 10's count of windows, as the course wrote it.
# To work with yours, add answers="10_pooling.ipynb".
output_length = earlier("10.output_length")

# %% [markdown]
# Stuck? `hint("17.crop_offset")` gives a nudge, and a larger one each time you call it.
#
# ## 1. Where is a unit?
#
# Rows and columns behave alike, so one axis is enough. The picture has the pixels $0, 1, \dots, n - 1$, and a pixel's
# number is the place of its *centre*. A layer makes units from windows of its input. We say that a unit **is at** the
# middle of its window. (Others call the units of one channel a *feature map*.)
#
# Two layers by hand.
#
# - A convolution with a kernel of 3 and padding 1. Unit 0 sees the pixels $-1, 0, 1$, whose middle is $0$. Unit 1 is
#   at $1$. Nothing moves.
# - A pooling with windows of 2 at stride 2. Unit 0 sees the pixels $0$ and $1$, and is at $\frac12$: *between* two
#   pixels. Unit 1 sees $2$ and $3$, and is at $2\frac12$.
#
# In general, unit $i$'s window starts at $si - p$ and ends $k - 1$ later. Its middle is
#
# $$ s \cdot i + \frac{k - 1}{2} - p. $$
#
# A straight line in $i$: two numbers say it all. We write a layer's **map** as the pair (scale, shift)
# $= \bigl(s, \frac{k-1}{2} - p\bigr)$. It takes the number of a unit to a place in the layer's *input*.
#
# | layer | k, s, p | map | unit i is at |
# |---|---|---|---|
# | convolution, 3 x 3 | 3, 1, 1 | $(1, 0)$ | $i$ |
# | conv1_1 of the paper's nets | 3, 1, **100** | $(1, -99)$ | $i - 99$ |
# | pooling | 2, 2, 0 | $(2, \frac12)$ | $2i + \frac12$ |
# | fc6, as a convolution (lesson 16) | 7, 1, 0 | $(1, 3)$ | $i + 3$ |
# | fc7 and the scores | 1, 1, 0 | $(1, 0)$ | $i$ |
#
# Here are six pixels and what a pooling makes of them, on one ruler. The picture is grey. It begins half a pixel before
# the centre of pixel 0.

# %%
plot.ruler(6, {"six pixels": [0, 1, 2, 3, 4, 5], "pooled: 2i + 1/2": [0.5, 2.5, 4.5]})

# %% [markdown]
# ## 2. One map after another
#
# Now stack layers. Where is unit $i$ of pool1 in the *picture*, if conv1_1 is padded by 100?
#
# **What do you expect?** Two convolutions of 3 x 3, the first padded by 100, the second by 1, and then a pooling. Write
# down a formula for unit $i$ before you read on.
#
# Walk back, from the unit to the picture. Unit $i$ of pool1 is at $2i + \frac12$ of conv1_2. That layer moves nothing,
# so this is also the place on conv1_1. What is at place $u$ there is at $u - 99$ of the picture:
#
# $$ (2i + \tfrac12) - 99 = 2i - 98\tfrac12. $$
#
# Unit 0 of pool1 is far out in the padding, and unit 50 is the first one that is in the picture, at $1\frac12$.
#
# The order matters. Subtract 99 first and double afterwards, and you get $2(i - 99) + \frac12 = 2i - 197\frac12$. The
# padding is counted in pixels, so the pooling must not double it. The rule: of two layers, **the one nearer to the
# scores is applied first**, because we walk back from the scores to the picture.
#
# With letters: first $(a, b)$, then $(c, d)$. A unit $i$ goes to $a i + b$, and that goes to
# $c(ai + b) + d = ca \cdot i + (cb + d)$. So the two maps together are one map again. This is all the theory of this
# lesson.
#
# ### Exercise 1: compose two maps


# %%
def compose(first, second):
    """The map of `first` and then `second`; a map is a pair (scale, shift): unit i of its source is at scale * i + shift.

    first, second: pairs of numbers: ints, floats or fractions.Fraction. `first` is applied first: of
                   two layers, it is the one nearer to the scores, since a map leads towards the picture
    Returns one pair (scale, shift). Nothing is rounded: ints stay ints, fractions stay fractions.
    compose((2, 0.5), (1, -99)) is (2, -98.5); the other way round it is (2, -197.5).
    """
    ### BEGIN SOLUTION
    (a, b), (c, d) = first, second
    return a * c, c * b + d
    ### END SOLUTION


# %%
check("17.compose", compose)

# %% [markdown]
# Five poolings in a row, without the convolutions: where is unit 0? With floats or fractions, halves stay exact.

# %% tags=["expected"]
whole = (1, 0)  # a pixel is where it is
for pooling in range(1, 6):
    whole = compose((2, Fraction(1, 2)), whole)  # the new pooling is nearest to the scores: it is applied first
    print(f"{pooling} poolings: unit i is at {whole[0]} i + {float(whole[1])}")

# %% [markdown]
# The shift is always half a stride minus half a pixel: a unit of pool5 is in the middle of its $32$ pixels
# $0, \dots, 31$, at $15\frac12$.
#
# ## 3. How far does it see?
#
# The pixels on which a unit depends are its *receptive field*. One unit of a 3 x 3 convolution sees 3 pixels along an
# axis. One more such convolution sees 3 units, 1 apart, each of which sees 3 pixels: $3 + 2 = 5$. A pooling sees 2 of
# those: $5 + 1 = 6$, and its units are 2 apart. So the *next* 3 x 3 convolution sees 3 units, 2 apart:
# $6 + 2 \cdot 2 = 10$.
#
# The rule: a layer adds $k - 1$ **steps** to the size, and a step is the distance between two units of its input,
# measured in pixels. That distance is the product of the strides *before* it. Padding adds nothing to the size.
#
# A receptive field is therefore three numbers: its size, the stride from one unit's field to the next, and the
# centre of unit 0's field. You have the last two already: they are the map. (Others call the stride the *output
# stride* or the *jump*, and the centre the *offset*.)
#
# From here on, a layer is a tuple `(kind, kernel, stride, padding)`. The kind is `"conv"`, `"pool"` (whose number of
# units is rounded up) or, from section 4 on, `"deconv"`. A net is a list of layers, beginning at the picture.
#
# ### Exercise 2: the receptive field


# %%
def receptive_field(layers):
    """What the units behind `layers` see: (size, stride, centre), in pixels along one axis.

    layers: list of (kind, kernel, stride, padding), from the picture on; kind is "conv" or "pool"
    size:   int, pixels from the first to the last that a unit depends on
    stride: int, pixels between the fields of two neighbouring units
    centre: the middle of unit 0's field, an int, float or Fraction; negative in the padding
    receptive_field([("conv", 3, 1, 1), ("pool", 2, 2, 0)]) is (4, 2, 0.5); of no layer, (1, 1, 0).
    """
    ### BEGIN SOLUTION
    size, whole = 1, (1, 0)
    for _kind, kernel, stride, padding in layers:
        size += (kernel - 1) * whole[0]
        whole = compose((stride, Fraction(kernel - 1, 2) - padding), whole)
    return size, *whole
    ### END SOLUTION


# %%
check("17.receptive_field", receptive_field)

# %% [markdown]
# Now the net of the paper, VGG16 with its fully connected layers turned into convolutions.
#
# **What do you expect?** Which is larger: a picture of 224 x 224 pixels, for which VGG16 was built, or what one unit
# of fc6 sees of it?


# %% tags=["expected"]
def vgg16(first_padding, fc6_padding=0, pool="pool"):
    """{stage: the layers from the picture to it}"""
    layers, stages = [("conv", 3, 1, first_padding)], {}
    for stage, convolutions in enumerate((2, 2, 3, 3, 3), start=1):
        count = convolutions - (stage == 1)  # conv1_1 is there already
        layers = [*layers, *[("conv", 3, 1, 1)] * count, (pool, 2, 2, 0)]
        stages[f"pool{stage}"] = layers
    stages["scores"] = [*layers, ("conv", 7, 1, fc6_padding), ("conv", 1, 1, 0), ("conv", 1, 1, 0)]
    return stages


fields = {name: ReceptiveField(*receptive_field(layers)) for name, layers in vgg16(100).items()}
for name, field in fields.items():
    shift = float(field.centre)
    print(f"{name:6}   sees {field.size:3} pixels   unit i is at {field.stride:2} i {'-+'[shift > 0]} {abs(shift)}")

# %% tags=["expected"]
plot.receptive_fields({name: field for name, field in fields.items() if name not in ("pool1", "pool2")}, 224)

# %% [markdown]
# One unit of the scores sees 404 x 404 pixels, nearly twice the side of the picture. The paper's table 1 has the 404
# and the 32. And the last line of the list is the one to remember: **unit $i$ of the scores is at
# $32i + 12\frac12$.** Unit 0 is in the picture, 12 and a half pixels from its first pixel.
#
# > **Often misunderstood.** A large receptive field does not mean that a unit *uses* all of it. The size says which
# > pixels can have an influence at all. Far more paths lead to the pixels in the middle than to those at the rim, as
# > section 5 will show.
#
# ## 4. The way up, and the 19
#
# A transposed convolution stamps (lesson 12). Unit $j$ of its input stamps the rows $sj - p$ to $sj - p + k - 1$
# of its output. The middle of that stamp is at row $sj + \frac{k-1}{2} - p$. It is the formula of section 1, but with
# input and output exchanged: now it leads from the input to the output. We want the way back, from row $r$ to the
# place $j$, and solve for it:
#
# $$ j = \frac{r + p - \frac{k-1}{2}}{s}, \qquad \text{the map } \Bigl(\frac1s,\ \frac{p - \frac{k-1}{2}}{s}\Bigr). $$
#
# FCN-32s enlarges its scores with a kernel of 64 at stride 32, without padding. Row $r$ is at unit
# $\frac{1}{32}(r - 31\frac12)$ of the scores, and unit $j$ of the scores is at $32j + 12\frac12$ of the picture.
# Together:
#
# $$ 32 \cdot \tfrac{1}{32}\bigl(r - 31\tfrac12\bigr) + 12\tfrac12 = r - 31\tfrac12 + 12\tfrac12 = r - 19. $$
#
# **Row $r$ of the enlarged scores belongs to pixel $r - 19$.** The rows 0 to 18 belong to pixels $-19$ to $-1$, which
# do not exist: they are in the padding. Row 19 belongs to pixel 0. That is the whole secret of the 19. Half a stamp is
# $31\frac12$ long, its unit is $12\frac12$ pixels inside the picture, so it begins 19 pixels outside.
#
# Here it is to scale, for a picture of 224 pixels. Grey is the picture.

# %% tags=["expected"]
plot.ruler(
    224,
    {
        "padded picture": np.arange(-100, 324),
        "pool5: 32i - 83.5": 32 * np.arange(14) - 83.5,
        "scores: 32i + 12.5": 32 * np.arange(8) + 12.5,
        "their stamps of 64": 32 * np.arange(8) + 12.5,
        "enlarged: r - 19": np.arange(288) - 19,
    },
    stamps={"their stamps of 64": 64},
)

# %% [markdown]
# Read it from top to bottom. Padding makes 424 pixels of 224. pool5 has 14 units. fc6 sees 7 at a time, so its first
# unit is at pool5's unit 3, in the middle of 0 to 6, and its last one three before the end: 8 units are left. Each stamps a
# triangle of 64 rows, and together they make $32 \cdot 7 + 64 = 288$ rows. The first 19 are cut off, the next 224 are
# kept, and the remaining 45 are cut off as well.
#
# ### From one crop to all
#
# The same question comes up at the skips. FCN-16s adds the scores of pool4 to the enlarged scores of fc7. Which
# unit of the one belongs to which unit of the other? Both maps lead to the picture, so the picture can
# decide. In general, let the *source* (the map that is cut) be at $a i + b$ and the *reference* at $c r + d$. The
# reference's unit 0 is at pixel $d$. The source has that pixel at the unit $i$ for which $ai + b = d$:
#
# $$ \text{offset} = \frac{d - b}{a}. $$
#
# By hand, for FCN-16s. pool4 is at $16i - 91\frac12$. The scores of fc7, at $32j + 12\frac12$, are enlarged by 2 with a
# kernel of 4: row $r$ is at $j = \frac12(r - 1\frac12)$, which is pixel $16r - 24 + 12\frac12 = 16r - 11\frac12$. The
# offset is $(-11\frac12 + 91\frac12)/16 = 80/16 = 5$. The first 5 units of pool4 are cut off. This is the paper's 5.
#
# Three things can be wrong, and each is the sign of a mistake in the net:
#
# - The scales differ. Then the maps agree in one unit and in no other: some upsampling is missing.
# - The offset is not a whole number. Then every unit of the one falls between two units of the other, and no crop helps.
# - The offset is negative. There is nothing to cut off; rows are missing.
#
# ### Exercise 3: where to crop


# %%
def crop_offset(source, reference):
    """How many units to cut from the beginning of `source`, so that its first unit is where the reference's is.

    source, reference: maps (scale, shift) to the same picture, of ints, floats or Fractions;
                       the picture itself is (1, 0)
    Returns an int of at least 0, to be used in a slice. Raises ValueError, with a reason, if the
    scales differ, or if the offset is not whole or is negative.
    crop_offset((1, -19), (1, 0)) is 19; crop_offset((16, -91.5), (16, -11.5)) is 5.
    """
    ### BEGIN SOLUTION
    (a, b), (c, d) = source, reference
    if a != c:
        raise ValueError(f"the scales are {a} and {c}, expected one: is an upsampling missing?")
    offset = (d - b) / a
    if offset % 1 != 0:
        raise ValueError(f"the maps are {offset} units apart, expected a whole number: change a kernel size")
    if offset < 0:
        raise ValueError(f"the offset is {offset}, expected at least 0: the source needs more padding")
    return int(offset)
    ### END SOLUTION


# %%
check("17.crop_offset", crop_offset)

# %% [markdown]
# Now all of the paper's nets. `map_of` walks any stack of layers, up or down, with your `compose`.
#
# **What do you expect?** FCN-16s ends with a kernel of 32 at stride 16, on units at $16i - 11\frac12$. Half a stamp is
# $15\frac12$ long. How many rows are outside the picture?


# %% tags=["expected"]
def layer_map(kind, kernel, stride, padding):
    """(scale, shift) from a layer's units to its input."""
    middle = Fraction(kernel - 1, 2)
    return (Fraction(1, stride), (padding - middle) / stride) if kind == "deconv" else (stride, middle - padding)


def map_of(layers):
    """(scale, shift) from the units behind `layers` to the picture."""
    whole = (1, 0)
    for layer in layers:
        whole = compose(layer_map(*layer), whole)
    return whole


PICTURE = (1, 0)
stages = vgg16(100)
by_2, by_8, by_16, by_32 = [("deconv", 2 * f, f, 0) for f in (2, 8, 16, 32)]
at_16 = [*stages["scores"], by_2]  # the enlarged scores, where pool4's are added
at_8 = [*at_16, by_2]  # and enlarged again, where pool3's are added
print("FCN-32s: the result", crop_offset(map_of([*stages["scores"], by_32]), PICTURE))
print("FCN-16s: pool4", crop_offset(map_of(stages["pool4"]), map_of(at_16)), end="")
print("   the result", crop_offset(map_of([*at_16, by_16]), PICTURE))
print("FCN-8s:  pool4", crop_offset(map_of(stages["pool4"]), map_of(at_16)), end="")
print("   pool3", crop_offset(map_of(stages["pool3"]), map_of(at_8)), end="")
print("   the result", crop_offset(map_of([*at_8, by_8]), PICTURE))

# %% [markdown]
# 19, 5, 27, 9, 31: every crop in every net that the authors published. Their own program, Caffe's `coord_map.py`,
# finds them in the same way.
#
# ## 5. Ask the net itself
#
# This is arithmetic about a net. Does the net agree? Here is the experiment. Take the layers as they are, with their
# kernels, strides, paddings and rounding, but let each take a **weighted mean** of its window, the pooling included. The
# weights are largest in the middle and symmetric about it: 1, 2, 1 (divided by 4) for a kernel of 3.
# Feed it a picture whose pixel $u$ has the value $u$. The symmetric mean of such a ramp is its value in the middle of the
# window. So each unit's value tells us *where it is*. A ramp is a ruler.
#
# **What do you expect?** What number comes out at unit 7 of the scores?


# %% tags=["expected"]
def run_averaging(x, layers):
    """A signal through the layers: weighted means on the way down, stamped triangles (lesson 13) on the way up."""
    for kind, kernel, stride, padding in layers:
        distance = abs(np.arange(kernel) - (kernel - 1) / 2)  # of each tap from the middle
        if kind == "deconv":
            triangle = 1 - distance / stride
            y = np.zeros(stride * (len(x) - 1) + kernel)
            for j, value in enumerate(x):
                y[stride * j : stride * j + kernel] += value * triangle
            x = y[padding : len(y) - padding]
        else:
            count = output_length(len(x), kernel, stride, padding, kind == "pool")
            padded = np.pad(x, (padding, padding + kernel))
            weights = (kernel + 1) / 2 - distance
            x = np.array([padded[stride * i : stride * i + kernel] @ weights for i in range(count)]) / weights.sum()
    return x


n = 700
scores = run_averaging(np.arange(n), stages["scores"])
print("unit   says      32 i + 12.5")
for i in range(6, 15):  # those whose 404 pixels are all in the picture
    print(f"{i:4}   {scores[i]:.4f}  {32 * i + 12.5}")
enlarged = run_averaging(np.arange(n), [*stages["scores"], by_32])
print("\nrow 319 of the result says", round(enlarged[319], 4), "and row 320 says", round(enlarged[320], 4))

# %% [markdown]
# Every unit says where it is, and row 319 says that it belongs to pixel 300. (The units near the rim also see the zeros
# of the padding, and say less. Real nets suffer from the same.)
#
# Now the other way round: one bright line in the dark. Two pixels shine, 236 and 237, and nothing else. Unit 7 of the
# scores is between them. Where does the light come out?
#
# **What do you expect?** We cut 19 rows from the front, and try also what many people do: cut as much from the front
# as from the back. The picture has 485 pixels, the enlarged scores have 544 rows. How far apart will the two peaks be?

# %% tags=["expected"]
n = 485
dark = np.zeros(n)
dark[236:238] = 1
enlarged = run_averaging(dark, [*stages["scores"], by_32])
middle = (len(enlarged) - n) // 2
curves = {
    "rows 19 to 19 + n": enlarged[19 : 19 + n],
    f"from the middle: rows {middle} to {middle} + n": enlarged[middle : middle + n],
}
for name, curve in curves.items():
    print(f"{name:38} centre of the light: {curve @ np.arange(n) / curve.sum():.2f}")
seen = np.arange(120, 350)
plot.lines(
    {"the line of light": ([236.5, 236.5], [0, enlarged.max()])}
    | {name: (seen, curve[seen]) for name, curve in curves.items()},
    x="pixel",
    y="answer",
)

# %% [markdown]
# Cut at 19, the light comes out where it went in. Cut from the middle, the whole segmentation is 10 pixels off.
#
# See also how the answer falls off on both sides. Unit 7 is connected to 404 pixels, but to those in the middle by far more
# paths. What remains of the field, if one counts how much each pixel matters, is what others call the *effective receptive
# field*.
#
# ## 6. Why not cut from the middle?
#
# Because what is left over at the far end depends on the size of the picture, and what is left over at the front does
# not. The far end is ragged: pooling rounds up five times, and 32 different sizes of picture end with the same number
# of units. By hand, for $n = 500$: 544 rows, 44 too many. Cut from the middle takes 22, which is 3 too many. For
# $n = 485$: also 544 rows, 59 too many; 29 are taken, 10 too many.
#
# **What do you expect?** Draw the error of a crop from the middle against $n$. Is it constant? What is the worst case?


# %% tags=["expected"]
def length_after(layers, n):
    """How many units n pixels become; 0 if a window does not fit."""
    for kind, kernel, stride, padding in layers:
        if kind == "deconv":
            n = stride * (n - 1) + kernel - 2 * padding
        else:
            n = output_length(n, kernel, stride, padding, ceil_mode=kind == "pool")
        if n < 1:
            return 0
    return n


sizes = np.arange(200, 401)
fcn32s = [*stages["scores"], by_32]
errors = [(length_after(fcn32s, n) - n) // 2 - 19 for n in sizes]
print(f"FCN-32s, cut from the middle: {min(errors)} to {max(errors)} pixels off")
plot.lines({"FCN-32s": (sizes, errors)}, x="pixels of the picture", y="pixels off, if cut from the middle")

# %% [markdown]
# A sawtooth: right for two sizes in 32, and up to 15 pixels off for the others. (FCN-16s and FCN-8s have the same errors.)
# The next picture has another size and another error, so training cannot compensate for it. If all pictures of a data
# set have *one* size, the error is constant, and a net can learn to live with it. That is why such ports work a little, and
# why nobody finds the mistake.
#
# ## 7. Why 100?
#
# What would happen without it? Give conv1_1 an ordinary padding of 1. Then unit $i$ of pool5 is at $32i + 15\frac12$,
# the middle of its 32 pixels. fc6 has a window of 7 and no padding: its unit 0 sees the units 0 to 6 of pool5, and is
# at unit 3, which is pixel $96 + 15\frac12 = 111\frac12$. **fc6 eats three units on each side, which is 96 pixels.** Row
# 0 of the enlarged scores is at $111\frac12 - 31\frac12 = 80$. The first 80 pixels of the picture have no score at all.
# And a picture of fewer than 193 pixels has no unit of fc6 at all.
#
# A padding $P$ of conv1_1 moves every unit outwards by $P - 1$ pixels. So row 0 is at $81 - P$, and the crop is
#
# $$ P - 81, \quad\text{which is } 19 \text{ for } P = 100. $$
#
# (In FCN-16s it is $P - 73 = 27$, in FCN-8s $P - 69 = 31$. The 5 and the 9 of the skips do not depend on $P$: it moves
# both maps alike.)
#
# So the first row is right from $P = 81$ on. But the last row must be reached, too, for every size of picture, down to a
# single pixel. Take $n = 1$. conv1_1 makes $1 + 2P - 2 = 2P - 1$ pixels of it. The five poolings divide by 32 and round
# up, and fc6 needs 7 units: $\lceil (2P - 1)/32 \rceil \ge 7$, so $2P - 1 \ge 193$ and $P \ge 97$.
#
# Is 97 enough for all the other sizes? Let a program try. It serves for any net that ends at the size of the picture:
# for a padding of the first layer, find the crop; then for each size ask whether enough rows are left after it.
#
# ### Exercise 4: the smallest padding
#
# `map_of` and `length_after` above are yours to use.


# %%
def smallest_padding(layers, sizes, limit=200):
    """The least padding of the first layer with which the net gives a score to each pixel, for every size: an int.

    layers: list of (kind, kernel, stride, padding) from the picture up to its size again; the first
            layer's padding is replaced by 0, 1, ..., limit
    sizes:  list or range of ints, the pictures that must work
    A padding works if crop_offset of the last map and the picture's (1, 0) is an int (no ValueError),
    and if for each size n at least n rows are left after the crop.
    Raises ValueError if no padding up to `limit` works.
    smallest_padding([("conv", 3, 1, 0)], [1, 2, 9]) is 1; with a kernel of 5 it is 2.
    """
    ### BEGIN SOLUTION
    (kind, kernel, stride, _), *rest = layers
    for padding in range(limit + 1):
        net = [(kind, kernel, stride, padding), *rest]
        try:
            offset = crop_offset(map_of(net), (1, 0))
        except ValueError:
            continue
        if all(length_after(net, n) - offset >= n for n in sizes):
            return padding
    raise ValueError(f"no padding up to {limit} works for all sizes")
    ### END SOLUTION


# %%
check("17.smallest_padding", smallest_padding)

# %% [markdown]
# **What do you expect?** For the paper's net you have the answer from above. Caffe rounds the number of pooled units
# up; most other frameworks round it down. A pooling that rounds down counts its units as a convolution does, so give it
# the kind `"conv"`. Does 100 still suffice?

# %% tags=["expected"]
every_size = range(1, 2001)
rounds_down = [*vgg16(100, pool="conv")["scores"], by_32]
print("poolings round up:   smallest padding", smallest_padding([*stages["scores"], by_32], every_size))
print("poolings round down: smallest padding", smallest_padding(rounds_down, every_size))
fail = [n for n in every_size if length_after(rounds_down, n) - 19 < n]
print(f"\nrounding down, with 100 and 19: {len(fail)} of 2000 sizes fail;", "1 to 200:")
print(*("".join(".#"[n in fail] for n in range(row, row + 50)) for row in (1, 51, 101, 151)), sep="\n")

# %% [markdown]
# With the authors' rounding the answer is 97. They took the next round number, and every picture works.
#
# In a framework that rounds down, 100 is too small: more than a third of all sizes fail (`#`). Up to $n = 25$ there are
# only 6 units in front of fc6, and its window does not fit. From 26 on there is one unit, and
# $64 - 19 = 45$ rows: enough up to $n = 45$. 46 to 57 fail, until the next unit appears at 58; and so on, 12 sizes of
# every 32. A port to such a framework works on the first picture, and crashes, or silently returns too few rows, when
# the first size of the wrong kind arrives. The remedies: round up (`ceil_mode=True`), or take a padding of at least
# 113, with the crop of $P - 81 = 32$.
#
# ## 8. A kernel of 63, and a net without crops
#
# **AlexNet.** The authors' FCN-AlexNet enlarges by 32, as FCN-32s does, but with a kernel of 63, and crops 18. Its
# pools are 3 wide. Work it out: conv1 (11, stride 4, padding 100) has the map $(4, -95)$. A pooling of 3 at stride 2 has
# $(2, 1)$. After conv1 and three poolings unit $i$ is at $32i - 95 + 4 + 8 + 16 = 32i - 67$. fc6 is 6 wide here, which
# shifts by $2\frac12$ units of 32 pixels, that is 80. So the scores are at $32i + 13$.
#
# **What do you expect?** What goes wrong with a kernel of 64?

# %% tags=["expected"]
alexnet = [("conv", 11, 4, 100), ("pool", 3, 2, 0), ("conv", 5, 1, 2), ("pool", 3, 2, 0), ("conv", 3, 1, 1)]
alexnet += [("conv", 3, 1, 1), ("conv", 3, 1, 1), ("pool", 3, 2, 0), ("conv", 6, 1, 0), ("conv", 1, 1, 0)]
for kernel in 64, 63:
    try:
        print(kernel, "-> crop", crop_offset(map_of([*alexnet, ("deconv", kernel, 32, 0)]), PICTURE))
    except ValueError as reason:
        print(kernel, "->", reason)

# %% [markdown]
# (Do you see other words in the error? Then they are yours.)
#
# In VGG a unit is *between* two pixels, at $12\frac12$, since windows of 2 have no middle pixel. A stamp of even size
# has its middle between two rows, and they fit: $31\frac12 - 12\frac12$ is whole. In AlexNet a unit is *on* a pixel, at
# 13. It needs a stamp with a middle row, hence an odd size: $31 - 13 = 18$. With 64 every score would be half a pixel
# off.
#
# **A net without crops.** If the nets were designed today, one would give every layer the padding that keeps its
# units in the middle of their pixels: conv1_1 1, fc6 3, and every upsampling by $f$ with a kernel of $2f$ gets the
# padding $f/2$. Work out the scores by hand: pool5 is at $32i + 15\frac12$, fc6 moves nothing, and row $r$ of the
# upsampling by 32 is at unit $\frac{1}{32}(r + 16 - 31\frac12)$, which is pixel $r - 15\frac12 + 15\frac12 = r$.

# %% tags=["expected"]
aligned = vgg16(1, fc6_padding=3)
up_2, up_8, up_32 = [("deconv", 2 * f, f, f // 2) for f in (2, 8, 32)]
to_16, to_8 = [*aligned["scores"], up_2], [*aligned["scores"], up_2, up_2]
print("the result of FCN-32s:", crop_offset(map_of([*aligned["scores"], up_32]), PICTURE))
print("pool4 in FCN-8s:      ", crop_offset(map_of(aligned["pool4"]), map_of(to_16)))
print("pool3 in FCN-8s:      ", crop_offset(map_of(aligned["pool3"]), map_of(to_8)))
print("the result of FCN-8s: ", crop_offset(map_of([*to_8, up_8]), PICTURE))
print("smallest padding:     ", smallest_padding([*aligned["scores"], up_32], every_size))

# %% [markdown]
# Every offset is 0. Nothing is cut at the front; only the far end has rows left over, unless $n$ is a multiple of 32.
# And a picture of 224 x 224 has 224 x 224 pixels to compute, not 424 x 424, which is 3.6 times as many. minifcn calls
# this geometry `aligned`, and it is the default; `caffe` is the paper's, which one needs to load the paper's weights
# and to get the same scores.
#
# ## Where this stands in minifcn
#
# | you | minifcn |
# |---|---|
# | `compose` | `Map.then` in `models/receptive_field.py`; its maps lead the other way, from the picture to the unit, as Caffe's do |
# | `receptive_field`, `map_of`, `length_after` | the functions of the same names there |
# | `crop_offset` | `crop_offset` in `models/crops.py` |
# | `smallest_padding` | `Ladder.slack` and `Ladder.check`, which refuse a size that does not fit |
#
# The library never writes down 19. `FCN8s` computes its crops from the layers of whatever net it is put on:

# %% tags=["expected"]
deep, pool4, pool3 = (tuple(Layer(*layer) for layer in stages[name]) for name in ("scores", "pool4", "pool3"))
upscores = [Layer(*layer) for layer in (by_32, by_2, by_16, by_8)]
for name, skips, ups in (
    ("FCN-32s", (), upscores[:1]),
    ("FCN-16s", (pool4,), upscores[1:3]),
    ("FCN-8s ", (pool4, pool3), [upscores[1], upscores[1], upscores[3]]),
):
    ladder = Ladder(deep, skips, tuple(ups))
    print(f"{name} crops {ladder.offsets}, and for n = 500 has {ladder.slack(500)} rows left over at the far ends")

# %% [markdown]
# ## Three questions
#
# **1.** Somebody ports FCN-32s, pads by 100, rounds down, and enlarges the scores with bilinear interpolation to the
# size of the *picture*, without a crop. For $n = 500$, where do the corners go?
#
# <details><summary>Answer</summary>
#
# Rounding down, there are 15 units, at $32i + 12\frac12$. They are stretched over 500 pixels. Half-pixel
# interpolation (lesson 13) puts unit $i$ at $\frac{500}{15}(i + \frac12) - \frac12$: unit 0 at 16.2 where it belongs at
# 12.5, unit 14 at 482.8 where it belongs at 460.5. The map is stretched by 4 %, and the far end is 22 pixels off. It
# looks right on thumbnails.
#
# </details>
#
# **2.** Why do the crops 5 and 9 not depend on the first padding, while 19, 27 and 31 do?
#
# <details><summary>Answer</summary>
#
# A crop compares two maps. At a skip both come through conv1_1, and more padding shifts both by the same number of
# pixels. The last crop compares with the picture itself, which is not padded.
#
# </details>
#
# **3.** The 3 x 3 convolutions have padding 1. Suppose they had none, as in U-Net. Would the crop still be the same for
# every size of picture?
#
# <details><summary>Answer</summary>
#
# Yes. Each map's shift contains $\frac{k-1}{2} - p$, and $n$ does not occur in it. The crops would be larger, and so
# would the smallest padding. U-Net cuts its skips from the middle all the same. It can afford to: its input
# sizes are chosen so that all poolings come out even, and then both ends are alike.
#
# </details>
#
# ## Two open problems
#
# **A.** Let all pooling layers round up or down *at random*, anew for each picture. Is there a padding and a crop that
# serve every size? If so, which; if not, what is the least change to the net that makes it possible?
#
# **B.** `receptive_field` gives a box. Measure instead how much each pixel counts: with `run_averaging`, or with random
# weights and ReLUs in a net of your own. Within how many pixels is 95 % of the influence, how does this grow with the
# depth, and does training change it?
#
# ## The paper
#
# Section 4.1 appends the scores and the upsampling to the classifiers. The padding and the crops are in the nets that the
# authors published with it, where the last layer of FCN-32s says `offset: 19`. Their README answers "Why pad the input?":
# the 100 pixels guarantee that the output can be aligned for any size of input in their data sets, and it is "possible,
# though less convenient, to calculate the exact offsets necessary and do away with this padding". You have just done so.
#
# Section 3.2 describes the other way to get from stride 32 to stride 1: shift the input by each of $32 \times 32$ offsets, run
# the net on each, and interlace the results. It uses the same arithmetic: a shift of the picture by $x$ pixels moves
# every unit by $x$. The authors tried it, and found that learning to upsample, with skips, costs less and works as well.
