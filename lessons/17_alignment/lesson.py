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
# Why does FCN-32s pad the picture by 100 pixels, and why does it cut 19 rows off the result?
#
# Reimplementations of the paper contain the line `h[:, :, 19:19 + H, 19:19 + W]`, and the people who read it keep asking
# where the 19 comes from. FCN-16s has 27 in its place, FCN-8s has 31, and the skips have 5 and 9. These numbers are
# neither tuned nor learned. They follow from kernel sizes, strides and paddings, by arithmetic that fits on a postcard.
# In this lesson you write that arithmetic. It gives you all five crops and the 100, and shows why a crop from the
# centre, or a pooling that rounds the other way, breaks the net.
#
# *Sections 3.2 and 4.1 of the paper (dense prediction; the nets) · builds on lessons 10, 12, 13 and 16 · 105 minutes*
#
# 1. [Where is a unit?](#1.-Where-is-a-unit?)
# 2. [One map after another](#2.-One-map-after-another)
# 3. [How far does it see?](#3.-How-far-does-it-see?)
# 4. [The way up, and the 19](#4.-The-way-up,-and-the-19)
# 5. [Ask the net itself](#5.-Ask-the-net-itself)
# 6. [Why not crop the centre?](#6.-Why-not-crop-the-centre?)
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
# Stuck? `hint("17.crop_offset")` gives a nudge, and one more each time you call it.
#
# ## 1. Where is a unit?
#
# Rows and columns behave alike, so one axis is enough. The picture has pixels $0, 1, \dots, n - 1$; a pixel's number is
# the place of its *centre*. A layer computes each of its units from a window of its input, and we say that the unit **is
# at** the middle of that window. (Others call the units of one channel a *feature map*.)
#
# Two layers by hand:
#
# - A convolution with a kernel of 3 and padding 1. Unit 0 sees pixels $-1, 0, 1$, whose middle is $0$. Unit 1 is at
#   $1$. Nothing moves.
# - A pooling with windows of 2 at stride 2. Unit 0 sees pixels $0$ and $1$. It is at $\frac12$, *between* two pixels.
#   Unit 1 sees $2$ and $3$, and is at $2\frac12$.
#
# In general, the window of unit $i$ starts at $si - p$ and ends $k - 1$ later. Its middle is
#
# $$ s \cdot i + \frac{k - 1}{2} - p. $$
#
# That is a straight line in $i$, and two numbers describe it. We call the pair (scale, shift)
# $= \bigl(s, \frac{k-1}{2} - p\bigr)$ the layer's **map**: it takes a unit to its place in the layer's *input*.
#
# | layer | k, s, p | map | unit i is at |
# |---|---|---|---|
# | convolution, 3 x 3 | 3, 1, 1 | $(1, 0)$ | $i$ |
# | conv1_1 of the paper's nets | 3, 1, **100** | $(1, -99)$ | $i - 99$ |
# | pooling | 2, 2, 0 | $(2, \frac12)$ | $2i + \frac12$ |
# | fc6, as a convolution (lesson 16) | 7, 1, 0 | $(1, 3)$ | $i + 3$ |
# | fc7 and the scores | 1, 1, 0 | $(1, 0)$ | $i$ |
#
# Here are six pixels, and what a pooling makes of them, on one ruler. The picture is grey; it begins half a pixel before
# the centre of pixel 0.

# %%
plot.ruler(6, {"six pixels": [0, 1, 2, 3, 4, 5], "pooled: 2i + 1/2": [0.5, 2.5, 4.5]})

# %% [markdown]
# ## 2. One map after another
#
# Now stack some layers. Where in the *picture* is unit $i$ of pool1, if conv1_1 is padded by 100?
#
# **What do you expect?** Two convolutions of 3 x 3, the first padded by 100, the second by 1, then a pooling. Write down a
# formula for unit $i$ before you read on.
#
# Walk back from the unit to the picture. Unit $i$ of pool1 is at $2i + \frac12$ of conv1_2. That layer moves nothing, so
# this is also its place on conv1_1. And place $u$ of conv1_1 is at $u - 99$ of the picture:
#
# $$ (2i + \tfrac12) - 99 = 2i - 98\tfrac12. $$
#
# Unit 0 of pool1 is far out in the padding. The first unit inside the picture is number 50, at $1\frac12$.
#
# The order matters. If you subtract 99 first and then double, you get $2(i - 99) + \frac12 = 2i - 197\frac12$, as if the
# padding had been counted in pooled units. The rule: we walk from the scores back to the picture, so of two layers **the
# one nearer to the scores is applied first**.
#
# With letters: first $(a, b)$, then $(c, d)$. Unit $i$ goes to $ai + b$, and that goes to
# $c(ai + b) + d = ca \cdot i + (cb + d)$. Two maps in a row are again a map. This is all the theory in this lesson.
#
# ### Exercise 1: compose two maps


# %%
def compose(first, second):
    """The map of `first` and then `second`; a map (scale, shift) takes unit i to scale * i + shift.

    first, second: pairs of ints, floats or fractions.Fraction. `first` is applied first: of two layers
                   it is the one nearer to the scores, since a map leads back towards the picture
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
# Where are the units after five poolings in a row, without any convolutions?

# %% tags=["expected"]
whole = (1, 0)  # a pixel is where it is
for pooling in range(1, 6):
    whole = compose((2, Fraction(1, 2)), whole)  # the new pooling is nearest to the scores
    print(f"{pooling} poolings: unit i is at {whole[0]} i + {float(whole[1])}")

# %% [markdown]
# A unit of pool5 is in the middle of its own 32 pixels: unit 0 is at $15\frac12$, in the middle of $0, \dots, 31$.
#
# ## 3. How far does it see?
#
# The pixels that a unit depends on are its *receptive field*. Along one axis, a unit of a 3 x 3 convolution sees 3 pixels.
# A second such convolution sees 3 of those units, 1 pixel apart: $3 + 2 = 5$. A pooling sees 2 of these: $5 + 1 = 6$,
# and its own units are 2 pixels apart. So the *next* 3 x 3 convolution sees 3 units, 2 pixels apart: $6 + 2 \cdot 2 = 10$.
#
# The rule: a layer adds $k - 1$ **steps** to the size. A step is the distance in pixels between two neighbouring units of
# the layer's input, which is the product of all strides *before* it. Padding does not change the size.
#
# Three numbers describe the receptive fields of a whole map: their size, the stride from one to the next, and the centre
# of unit 0's. You already have the last two, for they are the map's scale and shift. (Others call the stride the *output
# stride* or the *jump*.)
#
# From here on a layer is a tuple `(kind, kernel, stride, padding)`. The kind is `"conv"`, `"pool"` (which rounds its
# size up) or, from section 4 on, `"deconv"`. A net is a list of layers that starts at the picture.
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
# Now the paper's net: VGG16, its fully connected layers turned into convolutions.
#
# **What do you expect?** Which is larger, the 224 x 224 pixels for which VGG16 was built, or what one unit of fc6 sees?


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
    place = f"{field.stride:2} i {float(field.centre):+}"
    print(f"{name:6}   sees {field.size:3} pixels   unit i is at {place}")

# %% tags=["expected"]
plot.receptive_fields({name: fields[name] for name in ("pool3", "pool4", "pool5", "scores")}, 224)

# %% [markdown]
# One unit of the scores sees 404 x 404 pixels, nearly twice the side of the picture. (Table 1 of the paper has the 404 and
# the 32.) The last line of the list is the one to remember: **unit $i$ of the scores is at $32i + 12\frac12$.**
#
# > **Often misunderstood.** A unit does not *use* all of its receptive field equally. The size only says which pixels can
# > have any influence. Far more paths lead to the pixels in the middle than to those at the rim; section 5 shows it.
#
# ## 4. The way up, and the 19
#
# A transposed convolution stamps (lesson 12). Unit $j$ of its input stamps rows $sj - p$ to $sj - p + k - 1$ of its
# output, so the middle of its stamp is at row $sj + \frac{k-1}{2} - p$. This is the formula of section 1, with input and
# output exchanged. We need the way back, from row $r$ to unit $j$; solve for $j$:
#
# $$ j = \frac{r + p - \frac{k-1}{2}}{s}, \qquad \text{the map } \Bigl(\frac1s,\ \frac{p - \frac{k-1}{2}}{s}\Bigr). $$
#
# FCN-32s enlarges its scores with a kernel of 64 at stride 32, without padding. Row $r$ is at unit
# $\frac{1}{32}(r - 31\frac12)$ of the scores, and unit $j$ of the scores is at $32j + 12\frac12$ of the picture.
# Together:
#
# $$ 32 \cdot \tfrac{1}{32}\bigl(r - 31\tfrac12\bigr) + 12\tfrac12 = r - 31\tfrac12 + 12\tfrac12 = r - 19. $$
#
# **Row $r$ of the enlarged scores belongs to pixel $r - 19$.** Rows 0 to 18 belong to the pixels $-19$ to $-1$, which are
# padding. Row 19 belongs to pixel 0. That is the whole secret: the first unit is $12\frac12$ pixels inside the picture, its
# stamp reaches $31\frac12$ to either side, so the stamp begins 19 pixels outside. The size of the picture does not occur
# in this, nor do the weights: it is 19 for every picture.
#
# Here it is to scale, for a picture of 224 pixels.

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
# Read it from top to bottom. Padding makes 424 pixels of 224. pool5 has 14 units. fc6 sees 7 at a time: its first unit is
# in the middle of pool5's units 0 to 6, at unit 3, and 8 units are left. Each stamps a triangle of 64 rows; together they
# make $32 \cdot 7 + 64 = 288$ rows. The first 19 are cut off, the next 224 are kept, and the last 45 are cut off as well.
#
# ### From one crop to all
#
# The same question comes up at a skip. FCN-16s adds the scores of pool4 to the enlarged scores of fc7. Which unit of the
# one belongs to which unit of the other? Both maps lead to the picture, so compare them there. Let the *source*, the map
# to be cut, be at $ai + b$, and the *reference* at $cr + d$. Unit 0 of the reference is at pixel $d$. The source is there
# at the unit $i$ with $ai + b = d$:
#
# $$ \text{offset} = \frac{d - b}{a}. $$
#
# By hand, for FCN-16s. pool4 is at $16i - 91\frac12$. The scores, at $32j + 12\frac12$, are enlarged by 2 with a kernel of
# 4: row $r$ is at $j = \frac12(r - 1\frac12)$, which is pixel $16r - 24 + 12\frac12 = 16r - 11\frac12$. The offset is
# $(-11\frac12 + 91\frac12)/16 = 80/16 = 5$. This is the paper's 5: the first five units of pool4 are cut off.
#
# Three things can go wrong, and each points to a mistake in the net:
#
# - The scales differ. Then the maps agree at one unit at most; an upsampling is missing.
# - The offset is not a whole number. Then each unit of one map falls between two of the other, and no crop can help.
# - The offset is negative. There is nothing to cut: rows are missing.
#
# ### Exercise 3: where to crop


# %%
def crop_offset(source, reference):
    """How many units to cut from the beginning of `source`, so that it begins where `reference` does.

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
# Now for all of the paper's nets. `map_of` composes the maps of any stack of layers, down and up.
#
# **What do you expect?** FCN-16s ends with a kernel of 32 at stride 16, on units at $16i - 11\frac12$. How far does the
# first stamp reach, and how many of its rows are outside the picture?


# %% tags=["expected"]
def layer_map(kind, kernel, stride, padding):
    """(scale, shift) from a layer's units to its input."""
    shift = Fraction(kernel - 1, 2) - padding
    return (Fraction(1, stride), -shift / stride) if kind == "deconv" else (stride, shift)


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
# 19, 5, 27, 9, 31: every crop in every VGG net that the authors published. Their own script, Caffe's coord_map.py, finds
# them in the same way.
#
# ## 5. Ask the net itself
#
# So far this is arithmetic *about* a net. Does the net agree? Keep all kernel sizes, strides, paddings and rounding, but
# let each layer take a weighted mean of its window, poolings included. The weights are symmetric about the middle: 1, 2, 1
# (divided by 4) for a kernel of 3. Now feed it a picture in which pixel $u$ has the value $u$. A symmetric mean of such a
# ramp is its value in the middle of the window. So the value of each unit tells us *where the unit is*. A ramp is a ruler.
#
# **What do you expect?** What value will unit 7 of the scores have?


# %% tags=["expected"]
def run_averaging(x, layers):
    """A signal through the layers: weighted means down, stamped triangles (lesson 13) up."""
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
            starts = stride * np.arange(count)
            x = np.array([padded[i : i + kernel] @ weights for i in starts]) / weights.sum()
    return x


n = 700
scores = run_averaging(np.arange(n), stages["scores"])
print("unit   says      32 i + 12.5")
for i in range(6, 15):  # those whose 404 pixels are all in the picture
    print(f"{i:4}   {scores[i]:.4f}  {32 * i + 12.5}")
enlarged = run_averaging(np.arange(n), [*stages["scores"], by_32])
print("\nrow 319 of the result says", round(enlarged[319], 4), "and row 320 says", round(enlarged[320], 4))

# %% [markdown]
# Every unit says where it is, and row 319 says that it belongs to pixel 300. (Units near the rim also see the zeros of the
# padding, and say too little.)
#
# Now the other way round: a line of light in the dark. Pixels 236 and 237 are bright, all others are 0; unit 7 of the
# scores is exactly between the two. Where does the light come out?
#
# **What do you expect?** The picture has 485 pixels, the enlarged scores 544 rows. We crop at 19, and also as many people
# do: as much at the front as at the back. How far apart will the two peaks be?

# %% tags=["expected"]
n = 485
dark = np.zeros(n)
dark[236:238] = 1
enlarged = run_averaging(dark, [*stages["scores"], by_32])
middle = (len(enlarged) - n) // 2
curves = {
    "cropped at 19": enlarged[19 : 19 + n],
    f"cropped at the centre, at {middle}": enlarged[middle : middle + n],
}
for name, curve in curves.items():
    print(f"{name:29} centre of the light: {curve @ np.arange(n) / curve.sum():.2f}")
seen = np.arange(120, 350)
plot.lines(
    {"the line of light": ([236.5, 236.5], [0, enlarged.max()])}
    | {name: (seen, curve[seen]) for name, curve in curves.items()},
    x="pixel",
    y="answer",
)

# %% [markdown]
# Cropped at 19, the light comes out where it went in. Cropped at the centre, the whole segmentation is off by 10 pixels.
#
# Notice how the answer falls off on both sides long before 202 pixels, half of the receptive field: far more paths lead
# through its middle. Others call the part that matters the *effective receptive field*.
#
# ## 6. Why not crop the centre?
#
# Because the rows left over at the back depend on the size of the picture, and those at the front do not. Pooling rounds
# up five times, so 32 sizes of picture end with the same number of units. By hand: $n = 500$ gives 544 rows, 44 too many.
# A centre crop takes 22 from the front, 3 more than it should. $n = 485$ also gives 544 rows, 59 too many; it takes 29, 10
# more than it should.
#
# **What do you expect?** Sketch the error of a centre crop against $n$. What is the worst case?


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
print(f"FCN-32s, cropped at the centre: {min(errors)} to {max(errors)} pixels off")
plot.lines({"FCN-32s": (sizes, errors)}, x="pixels of the picture", y="pixels off, if cropped at the centre")

# %% [markdown]
# A sawtooth: right for two sizes in 32, and up to 15 pixels off for the others. (FCN-16s and FCN-8s have the same errors.)
# The next picture has another size and another error, so training cannot compensate. If all pictures have *one* size, the
# error is constant and a net can learn to live with it. That is why such ports work fairly well, and why nobody finds the
# bug.
#
# ## 7. Why 100?
#
# What if there were no such padding? Give conv1_1 the usual padding of 1. Then unit $i$ of pool5 is at
# $32i + 15\frac12$. fc6 has a window of 7 and no padding: its unit 0 sees units 0 to 6 of pool5 and is at unit 3, which is
# pixel $96 + 15\frac12 = 111\frac12$. **Without padding, fc6 loses three units on each side, and a unit is 32 pixels.** Row
# 0 of the enlarged scores is then at $111\frac12 - 31\frac12 = 80$: the first 80 pixels get no score. And a picture of
# fewer than 193 pixels has no unit of fc6 at all.
#
# Padding conv1_1 by $P$ instead of 1 moves every unit outwards by $P - 1$ pixels. Row 0 is then at $81 - P$, so the crop is
#
# $$ P - 81, \quad\text{which is } 19 \text{ for } P = 100. $$
#
# (For FCN-16s it is $P - 73 = 27$, for FCN-8s $P - 69 = 31$.) So the first row is there from $P = 81$ on. But the last row
# must be there as well, for every size of picture down to a single pixel. Take $n = 1$. conv1_1 makes $2P - 1$ pixels of
# it, five poolings divide by 32 and round up, and fc6 needs 7 units: $\lceil (2P - 1)/32 \rceil \ge 7$, so
# $2P - 1 \ge 193$ and $P \ge 97$.
#
# Is 97 enough for all the other sizes? Let a program find out. For each padding of the first layer it computes the crop,
# and then asks for each size whether enough rows are left. `map_of` and `length_after`, above, are yours to use.
#
# ### Exercise 4: the smallest padding


# %%
def smallest_padding(layers, sizes, limit=200):
    """The least padding of the first layer with which each pixel gets a score, for every size: an int.

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
# **What do you expect?** Caffe rounds the size of a pooled map up; most frameworks round it down. (A pooling that rounds
# down has the sizes of a convolution, so we give it the kind `"conv"`.) Does a padding of 100 still suffice?

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
# In a framework that rounds down, 100 is too small: more than a third of all sizes fail (`#`). Up to $n = 25$, pool5 has
# only 6 units, and fc6's window does not fit. From 26 on there is one unit, which gives $64 - 19 = 45$ rows, enough up to
# $n = 45$. Sizes 46 to 57 fail, until the next unit appears at 58; and so on, 12 sizes in every 32. Such a port works on the
# first picture, and then crashes, or silently returns too few rows, on another. Two remedies: round up
# (`ceil_mode=True`), or pad by at least 113 and crop $P - 81$, for 113 that is 32.
#
# ## 8. A kernel of 63, and a net without crops
#
# **AlexNet.** The authors' FCN-AlexNet also enlarges by 32, but with a kernel of 63 and a crop of 18. conv1 (kernel 11,
# stride 4, padding 100) has the map $(4, -95)$, and a pooling of 3 at stride 2 has $(2, 1)$. After conv1 and three
# poolings, unit $i$ is at $32i - 95 + 4 + 8 + 16 = 32i - 67$. fc6 has a kernel of 6 here and shifts by $2\frac12$ units
# of 32 pixels, which is 80. So the scores are at $32i + 13$.
#
# **What do you expect?** What is wrong with a kernel of 64?

# %% tags=["expected"]
alexnet = [("conv", 11, 4, 100), ("pool", 3, 2, 0), ("conv", 5, 1, 2), ("pool", 3, 2, 0), ("conv", 3, 1, 1)]
alexnet += [("conv", 3, 1, 1), ("conv", 3, 1, 1), ("pool", 3, 2, 0), ("conv", 6, 1, 0), ("conv", 1, 1, 0)]
for kernel in 64, 63:
    try:
        print(kernel, "-> crop", crop_offset(map_of([*alexnet, ("deconv", kernel, 32, 0)]), PICTURE))
    except ValueError as reason:
        print(kernel, "->", reason)

# %% [markdown]
# (The error is in your own words, if they differ.)
#
# In VGG the scores are *between* two pixels, at $12\frac12$, because a window of 2 has no middle pixel. A stamp of even
# size has its middle between two rows, and so the two fit: $31\frac12 - 12\frac12$ is whole. In AlexNet the scores are *on*
# a pixel, 13, and need a stamp with a middle row, an odd one: $31 - 13 = 18$. With 64, every score would be half a pixel
# off.
#
# **A net without crops.** Today one would give every layer the padding that keeps its units in the middle of their
# pixels: 1 for conv1_1, 3 for fc6, and $f/2$ for every upsampling by $f$ with a kernel of $2f$. By hand: the scores are at
# $32i + 15\frac12$, and row $r$ of the upsampling by 32 is at unit $\frac{1}{32}(r + 16 - 31\frac12)$, which is pixel
# $r - 15\frac12 + 15\frac12 = r$.
#
# **What do you expect?** What do the other three crops become, and what is the smallest padding now?

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
# Every offset is 0. Nothing is cut at the front; at the back rows are left over unless $n$ is a multiple of 32. And a
# picture of 224 x 224 costs 224 x 224 pixels, not 424 x 424, which is 3.6 times as many. minifcn calls this geometry
# `aligned`; it is the default. `caffe` is the paper's, for loading the authors' weights.
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
# The number 19 is nowhere in the library's code. `FCN32s` and its sisters compute their crops from the layers:

# %% tags=["expected"]
deep, pool4, pool3 = (tuple(Layer(*layer) for layer in stages[name]) for name in ("scores", "pool4", "pool3"))
upscores = [Layer(*layer) for layer in (by_32, by_2, by_16, by_8)]
for name, skips, ups in (
    ("FCN-32s", (), upscores[:1]),
    ("FCN-16s", (pool4,), upscores[1:3]),
    ("FCN-8s ", (pool4, pool3), [upscores[1], upscores[1], upscores[3]]),
):
    ladder = Ladder(deep, skips, tuple(ups))
    print(f"{name} crops {ladder.offsets}, and for n = 500 has {ladder.slack(500)} rows left over at the back")

# %% [markdown]
# ## Three questions
#
# **1.** Somebody ports FCN-32s, pads by 100, rounds down, and replaces upsampling and crop by one bilinear resize of the
# scores to the size of the picture. For $n = 500$, where do the first and the last unit end up?
#
# <details><summary>Answer</summary>
#
# There are 15 units, at $32i + 12\frac12$. Half-pixel interpolation (lesson 13) puts unit $i$ at
# $\frac{500}{15}(i + \frac12) - \frac12$: unit 0 at 16.2, where it belongs at 12.5, and unit 14 at 482.8, where it
# belongs at 460.5. The map is stretched by 4 %, and its far end is 22 pixels off. It looks right on thumbnails.
#
# </details>
#
# **2.** Why do the crops 5 and 9 not depend on the padding of conv1_1, while 19, 27 and 31 do?
#
# <details><summary>Answer</summary>
#
# A crop compares two maps. At a skip both have passed conv1_1, and more padding shifts both by the same number of pixels.
# The last crop compares with the picture itself, which is not padded.
#
# </details>
#
# **3.** U-Net's convolutions have no padding at all. Would its crops still be the same for every size of picture?
#
# <details><summary>Answer</summary>
#
# Yes: a map's shift contains $\frac{k-1}{2} - p$, but not $n$. Yet U-Net crops the centre, and may do so: its input sizes
# are chosen so that all poolings come out even, and then front and back are alike.
#
# </details>
#
# ## Two open problems
#
# **A.** Let every pooling round up or down *at random*, anew for each picture. Is there one padding and one crop that serve
# every size? If not, what is the smallest change to the net that makes it possible?
#
# **B.** Measure how much each pixel matters, with `run_averaging` or with random weights and ReLUs. Within how many pixels is
# 95 % of the influence? How does that grow with depth, and does training change it?
#
# ## The paper
#
# Section 4.1 appends the scores and the upsampling to the classifiers. Padding and crops are in the nets that the authors
# published with it; the last layer of their FCN-32s says `offset: 19`. Their README answers "Why pad the input?": the 100
# pixels guarantee that the output can be aligned for any input size in their data sets, and it is "possible, though less
# convenient, to calculate the exact offsets necessary and do away with this padding". You have just done so.
#
# Section 3.2 describes another way from stride 32 to stride 1: shift the input by each of the $32 \times 32$ offsets,
# run the net on each, and interlace the results. The authors preferred learned upsampling with skips.
