"""Wrong answers to lesson 23 that people really write, each with what to tell them. Read variants.py next."""
# ruff: noqa: F821  (dilated_conv2d, which aspp may call, is given, as in the lesson)

import numpy as np

from minifcn.course.exercise import Mistake

# --- shift_and_stitch ------------------------------------------------------------------------------------------------

BELOW = "((0, 0), (0, 0), (0, factor - 1), (0, factor - 1))"
PASS = "net(padded[:, :, a : a + H, b : b + W])"
PLACE = "stitched[:, :, a::factor, b::factor] = y"
EMPTY = "np.empty((N, K, factor * h, factor * w), y.dtype)"


def passes(net, x, factor):
    """{(a, b): what the net says to the picture from row a and column b on}"""
    H, W = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (0, factor), (0, factor)))
    return {(a, b): net(padded[:, :, a : a + H, b : b + W]) for a, b in np.ndindex(factor, factor)}


def side_by_side(net, x, factor):
    said = passes(net, x, factor)
    return np.concatenate(
        [np.concatenate([said[a, b] for b in range(factor)], axis=3) for a in range(factor)], axis=2
    )


def last_moved(net, x, factor):
    """Moves the result instead of the picture."""
    y = net(x).repeat(factor, axis=2).repeat(factor, axis=3)
    return y


def averages(net, x, factor):
    y = sum(passes(net, x, factor).values()) / factor**2
    return y.astype(x.dtype).repeat(factor, axis=2).repeat(factor, axis=3)


def without_padding(net, x, factor):
    """The pictures become smaller, and so may their maps; what is missing stays 0."""
    whole = net(x)
    N, K, h, w = whole.shape
    stitched = np.zeros((N, K, factor * h, factor * w), whole.dtype)
    for a, b in np.ndindex(factor, factor):
        y = net(x[:, :, a:, b:])
        stitched[:, :, a : a + factor * y.shape[2] : factor, b : b + factor * y.shape[3] : factor] = y
    return stitched


def without_padding_assigned(net, x, factor):
    for a, b in np.ndindex(factor, factor):
        y = net(x[:, :, a:, b:])
        if a == b == 0:
            N, K, h, w = y.shape
            stitched = np.empty((N, K, factor * h, factor * w), y.dtype)
        stitched[:, :, a::factor, b::factor] = y
    return stitched


def channels_of_the_picture(net, x, factor):
    said = passes(net, x, factor)
    h, w = said[0, 0].shape[2:]
    stitched = np.zeros((*x.shape[:2], factor * h, factor * w), x.dtype)
    for (a, b), y in said.items():
        stitched[:, :, a::factor, b::factor] = y
    return stitched


def size_of_the_picture(net, x, factor):
    said = passes(net, x, factor)
    stitched = np.zeros((len(x), said[0, 0].shape[1], *x.shape[2:]), said[0, 0].dtype)
    for (a, b), y in said.items():
        target = stitched[:, :, a::factor, b::factor]
        h, w = (min(n, m) for n, m in zip(target.shape[2:], y.shape[2:]))
        target[:, :, :h, :w] = y[:, :, :h, :w]
    return stitched


def size_of_the_picture_assigned(net, x, factor):
    said = passes(net, x, factor)
    stitched = np.zeros((len(x), said[0, 0].shape[1], *x.shape[2:]), said[0, 0].dtype)
    for (a, b), y in said.items():
        stitched[:, :, a::factor, b::factor] = y
    return stitched


def shaped_like_the_picture(net, x, factor):
    stitched = np.zeros_like(x)
    for (a, b), y in passes(net, x, factor).items():
        stitched[:, :, a::factor, b::factor] = y
    return stitched


STITCH = [
    Mistake(
        "the passes exchanged",
        "Rows and columns are exchanged when the passes are interlaced: the pass from row a and column b on fills rows"
        " a::factor and columns b::factor.",
        changes=((PLACE, "stitched[:, :, b::factor, a::factor] = y"),),
    ),
    Mistake(
        "moved the other way",
        "The picture is moved to the right and down, but the passes are interlaced as if it had moved to the left and up. Pass"
        " (a, b) sees the picture from row a and column b on.",
        changes=((BELOW, "((0, 0), (0, 0), (factor - 1, 0), (factor - 1, 0))"),
                 (PASS, "net(padded[:, :, factor - 1 - a : factor - 1 - a + H, factor - 1 - b : factor - 1 - b + W])")),
    ),
    Mistake(
        "interlaced in reverse",
        "The passes are interlaced in reverse: unit (i, j) of pass (a, b) belongs to row f*i + a, not to f*i + f - 1 - a.",
        changes=((PLACE, "stitched[:, :, factor - 1 - a :: factor, factor - 1 - b :: factor] = y"),),
    ),
    Mistake(
        "rolls",
        "What leaves the picture on one side comes in on the other, as np.roll does it. Zeros must come in.",
        changes=((PASS, "net(np.roll(x, (-a, -b), axis=(2, 3)))"),),
    ),
    Mistake(
        "repeats the border",
        "The shifted pictures end with copies of the last row and column. They must end with zeros.",
        changes=((BELOW, BELOW + ', mode="edge"'),),
    ),
    Mistake(
        "mirrors the border",
        "The shifted pictures end with a mirror image of the border. They must end with zeros.",
        changes=((BELOW, BELOW + ', mode="symmetric"'),),
    ),
    Mistake(
        "side by side",
        "The passes stand side by side, as blocks. They must be interlaced: neighbouring units come from different passes.",
        answer="side_by_side",
    ),
    Mistake(
        "one pass repeated",
        "Every unit is repeated factor x factor times. That enlarges one pass; the shifted pictures are never looked at.",
        changes=((PASS, "net(x)"),),
        also=("last_moved",),
    ),
    Mistake("averages", "The passes are averaged. Each must keep its own places.", answer="averages"),
    Mistake(
        "no padding",
        "The shifted pictures become smaller, and some of their maps, too, so that units are missing. Fill up with zeros below"
        " and at the right, to H x W.",
        answer="without_padding",
        also=("without_padding_assigned",),
    ),
    Mistake(
        "moved by whole strides",
        "The picture is moved by a * factor pixels instead of a. A move by whole strides only moves the map.",
        changes=((BELOW, "((0, 0), (0, 0), (0, factor**2), (0, factor**2))"),
                 (PASS, "net(padded[:, :, a * factor : a * factor + H, b * factor : b * factor + W])")),
    ),
    Mistake(
        "diagonal only",
        "Only the passes with a = b are made. Rows and columns must be shifted independently: factor**2 passes.",
        changes=((EMPTY, EMPTY.replace("empty", "zeros")), (PLACE, "if a == b:\n            " + PLACE)),
    ),
    Mistake(
        "rows only",
        "The pictures are moved along the rows only, so columns come in equal groups.",
        changes=((PASS, "net(padded[:, :, a : a + H, :W])"),),
    ),
    Mistake(
        "columns only",
        "The pictures are moved along the columns only, so rows come in equal groups.",
        changes=((PASS, "net(padded[:, :, :H, b : b + W])"),),
    ),
    Mistake(
        "channels of the picture",
        "The result has as many channels as the picture. It must have as many as the map that net returns.",
        answer="channels_of_the_picture",
    ),
    Mistake(
        "size of the picture",
        "The result has the size of the picture. It has f*h rows and f*w columns, for a map of h x w; the two differ where a"
        " window does not fit.",
        answer="size_of_the_picture",
        also=("size_of_the_picture_assigned",),
    ),
    Mistake(
        "always float64",
        "The result is float64 even if the map is float32. Make the array with the dtype of the map.",
        changes=((EMPTY, "np.empty((N, K, factor * h, factor * w))"),),
    ),
    Mistake(
        "shifts begin at 1",
        "The shifts go from 1 to factor. They must go from 0 to factor - 1: the first pass sees the picture itself.",
        changes=((BELOW, "((0, 0), (0, 0), (0, factor), (0, factor))"),
                 (PASS, "net(padded[:, :, a + 1 : a + 1 + H, b + 1 : b + 1 + W])")),
    ),
    Mistake(
        "zeros on all sides",
        "Zeros come in above and at the left as well, so that the first pass does not see the picture as it is. They belong below"
        " and at the right.",
        changes=((BELOW, "((0, 0), (0, 0), (factor - 1, factor - 1), (factor - 1, factor - 1))"),),
    ),
    Mistake(
        "shape of the picture",
        "The result has the shape of the picture. It has the channels of the map that net returns, f*h rows and f*w columns.",
        answer="shaped_like_the_picture",
    ),
]  # fmt: skip

# --- dilated_conv2d --------------------------------------------------------------------------------------------------

SIZES = "oh, ow = padded.shape[2] - d * (kh - 1), padded.shape[3] - d * (kw - 1)"
SEEN = "seen = padded[:, :, d * i : d * i + oh, d * j : d * j + ow]"
ADD = 'y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], seen)'
PAD = "((0, 0), (0, 0), (padding, padding), (padding, padding))"
ZEROS = "np.zeros((len(x), K, oh, ow), x.dtype)"


def ordinary(x, weight, padding):
    """Convolution without dilation; 0 x 0 where the kernel does not fit."""
    K, _, kh, kw = weight.shape
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = max(0, padded.shape[2] - kh + 1), max(0, padded.shape[3] - kw + 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i, j in np.ndindex(kh, kw):
        y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], padded[:, :, i : i + oh, j : j + ow])
    return y


def enlarged(weight, d):
    """Zeros behind every weight, the last included."""
    K, C, kh, kw = weight.shape
    large = np.zeros((K, C, d * kh, d * kw), weight.dtype)
    large[:, :, ::d, ::d] = weight
    return large


def zeros_behind_the_last(x, weight, dilation=1, padding=0):
    return ordinary(x, enlarged(weight, dilation), padding)


def fills_the_holes(x, weight, dilation=1, padding=0):
    d = dilation
    kh, kw = weight.shape[2:]
    large = weight.repeat(d, axis=2).repeat(d, axis=3)[:, :, : d * (kh - 1) + 1, : d * (kw - 1) + 1]
    return ordinary(x, large, padding)


def fills_all_holes(x, weight, dilation=1, padding=0):
    return ordinary(x, np.kron(weight, np.ones((dilation, dilation), weight.dtype)), padding)


def zeros_between_the_pixels(x, weight, dilation=1, padding=0):
    N, C, H, W = x.shape
    large = np.zeros((N, C, dilation * (H - 1) + 1, dilation * (W - 1) + 1), x.dtype)
    large[:, :, ::dilation, ::dilation] = x
    return ordinary(large, weight, padding)


def strides(x, weight, dilation=1, padding=0):
    return ordinary(x, weight, padding)[:, :, ::dilation, ::dilation]


def thins_the_picture(x, weight, dilation=1, padding=0):
    return ordinary(x[:, :, ::dilation, ::dilation], weight, padding)


def size_without_dilation(x, weight, dilation=1, padding=0):
    """Room for an undilated convolution; taps beyond the picture read zeros."""
    K, _, kh, kw = weight.shape
    d = dilation
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = padded.shape[2] - kh + 1, padded.shape[3] - kw + 1
    padded = np.pad(padded, ((0, 0), (0, 0), (0, d * kh), (0, d * kw)))
    y = np.zeros((len(x), K, max(oh, 0), max(ow, 0)), x.dtype)
    for i, j in np.ndindex(kh, kw):
        y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], padded[:, :, d * i :, d * j :][:, :, :oh, :ow])
    return y


def size_without_dilation_assigned(x, weight, dilation=1, padding=0):
    """The same, without the zeros: the slices do not fit."""
    K, _, kh, kw = weight.shape
    d = dilation
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = padded.shape[2] - kh + 1, padded.shape[3] - kw + 1
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i, j in np.ndindex(kh, kw):
        seen = padded[:, :, d * i : d * i + oh, d * j : d * j + ow]
        y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], seen)
    return y


def first_channel_only(x, weight, dilation=1, padding=0):
    return shifted(x[:, :1], weight[:, :1], dilation, padding)


def shifted(x, weight, d, padding):
    """The right answer."""
    K, _, kh, kw = weight.shape
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = padded.shape[2] - d * (kh - 1), padded.shape[3] - d * (kw - 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i, j in np.ndindex(kh, kw):
        y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], padded[:, :, d * i : d * i + oh, d * j : d * j + ow])
    return y


def size_kept(x, weight, dilation=1, padding=0):
    """Pads by itself, whatever `padding` is."""
    return shifted(x, weight, dilation, dilation * (weight.shape[2] // 2))


def neighbours_in_the_right_size(x, weight, dilation=1, padding=0):
    return with_steps(x, weight, dilation, padding, (1, 1))


def rows_dilated_in_the_right_size(x, weight, dilation=1, padding=0):
    return with_steps(x, weight, dilation, padding, (dilation, 1))


def with_steps(x, weight, d, padding, steps):
    """The right size, with taps some steps apart."""
    K, _, kh, kw = weight.shape
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = padded.shape[2] - d * (kh - 1), padded.shape[3] - d * (kw - 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i, j in np.ndindex(kh, kw):
        seen = padded[:, :, steps[0] * i :, steps[1] * j :][:, :, :oh, :ow]
        y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], seen)
    return y


def spans_too_far(x, weight, dilation=1, padding=0):
    K, _, kh, kw = weight.shape
    d = dilation
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = padded.shape[2] - d * kh + 1, padded.shape[3] - d * kw + 1
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i, j in np.ndindex(kh, kw):
        y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], padded[:, :, d * i : d * i + oh, d * j : d * j + ow])
    return y


def zeros_behind_the_last_in_windows(x, weight, dilation=1, padding=0):
    large = enlarged(weight, dilation)
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, large.shape[2:], axis=(2, 3))
    return np.einsum("nchwij,kcij->nkhw", windows, large)


def thins_the_padded_picture(x, weight, dilation=1, padding=0):
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    return ordinary(padded[:, :, ::dilation, ::dilation], weight, 0)


def height_for_width(x, weight, dilation=1, padding=0):
    K, _, k, _ = weight.shape
    d = dilation
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = (n - d * (k - 1) for n in padded.shape[2:])
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i, j in np.ndindex(k, k):
        y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], padded[:, :, d * i : d * i + oh, d * j : d * j + ow])
    return y


def one_more_zero(x, weight, dilation=1, padding=0):
    return shifted(x, weight, dilation + 1, padding)


DILATED = [
    Mistake(
        "no dilation",
        "This is an ordinary convolution: its taps are neighbours. They must be `dilation` pixels apart.",
        changes=(("d = weight.shape, dilation", "d = weight.shape, 1"),),
        also=("neighbours_in_the_right_size",),
    ),
    Mistake(
        "dilation counts the zeros",
        "The taps are dilation + 1 pixels apart. Dilation 1 is an ordinary kernel, without holes; dilation 2 has one hole between"
        " two taps.",
        changes=(("d = weight.shape, dilation", "d = weight.shape, dilation + 1"),),
        also=("one_more_zero",),
    ),
    Mistake(
        "size without dilation",
        "The result has the size of an undilated convolution. The window spans d*(k - 1) + 1 pixels, so its size is"
        " H + 2p - d*(kh - 1).",
        answer="size_without_dilation",
        also=("size_without_dilation_assigned",),
    ),
    Mistake(
        "holes behind the last tap",
        "The result is too small: the window spans d*k pixels here. There are no holes behind the last tap, so it spans"
        " d*(k - 1) + 1.",
        answer="zeros_behind_the_last",
        also=("zeros_behind_the_last_in_windows", "spans_too_far"),
    ),
    Mistake(
        "holes filled",
        "The holes are filled with copies of the weights. Between the taps there must be nothing: nine weights read nine pixels.",
        answer="fills_the_holes",
        also=("fills_all_holes",),
    ),
    Mistake(
        "zeros between the pixels",
        "The zeros are between the pixels, as in a transposed convolution. The holes belong between the weights.",
        answer="zeros_between_the_pixels",
    ),
    Mistake(
        "a stride",
        "The result has every `dilation`-th unit of an ordinary convolution: that is a stride. A dilated convolution has all units.",
        answer="strides",
    ),
    Mistake(
        "thins the picture",
        "Only every `dilation`-th row and column of the picture is used: that is one of d*d phases. The others are missing.",
        answer="thins_the_picture",
        also=("thins_the_padded_picture",),
    ),
    Mistake(
        "padding times dilation",
        "The padding is multiplied by the dilation. `padding` counts pixels, whatever the dilation.",
        changes=((PAD, "((0, 0), (0, 0), (d * padding, d * padding), (d * padding, d * padding))"),),
    ),
    Mistake(
        "keeps the size",
        "The padding is always what keeps the size. Use `padding`, which is 0 unless it is given.",
        answer="size_kept",
    ),
    Mistake(
        "padding at one side",
        "The zeros are added above and at the left only. Both sides need them.",
        changes=((PAD, "((0, 0), (0, 0), (padding, 0), (padding, 0))"),),
    ),
    Mistake(
        "no padding",
        "The padding does not enter: the result is as small as without it.",
        changes=((PAD, "((0, 0), (0, 0), (0, 0), (0, 0))"),),
    ),
    Mistake(
        "dilated along rows only",
        "The taps of one row are neighbours: the dilation acts on the rows only. It belongs to both axes.",
        changes=(("padded.shape[3] - d * (kw - 1)", "padded.shape[3] - (kw - 1)"), ("d * j : d * j + ow", "j : j + ow")),
        also=("rows_dilated_in_the_right_size",),
    ),
    Mistake(
        "dilated along columns only",
        "The taps of one column are neighbours: the dilation acts on the columns only. It belongs to both axes.",
        changes=(("padded.shape[2] - d * (kh - 1)", "padded.shape[2] - (kh - 1)"), ("d * i : d * i + oh", "i : i + oh")),
    ),
    Mistake(
        "flips the kernel",
        "The kernel is turned by half a turn. Tap (0, 0) reads the top left pixel of the window.",
        changes=((ADD, 'y += np.einsum("kc,nchw->nkhw", weight[:, :, kh - 1 - i, kw - 1 - j], seen)'),),
    ),
    Mistake(
        "overwrites",
        "Only the last tap is left in the result. The taps must be added up, with +=.",
        changes=((ADD, ADD.replace("+=", "=")),),
    ),
    Mistake(
        "first channel only",
        "Only channel 0 is used. Each result is a sum over all channels.",
        answer="first_channel_only",
    ),
    Mistake(
        "mean of the channels",
        "The channels are averaged. They must be added up.",
        changes=(("    return y", "    return y / x.dtype.type(x.shape[1])"),),
    ),
    Mistake(
        "always float64",
        "The result is float64 even if the picture is float32. Make the array with the dtype of x.",
        changes=((ZEROS, "np.zeros((len(x), K, oh, ow))"),),
    ),
    Mistake(
        "height for width",
        "The kernel is taken for a square one. Its width has its own size, kw.",
        answer="height_for_width",
    ),
]

# --- aspp ------------------------------------------------------------------------------------------------------------

BRANCHES = "[dilated_conv2d(x, w, rate, rate * (w.shape[2] // 2)) for w, rate in zip(weights, rates)]"
RETURN = 'return sum(branches) if join == "sum" else np.concatenate(branches, axis=1)'


def one_after_the_other(x, weights, rates, join="sum"):
    """Each branch reads the result of the one before."""
    branches = []
    for w, rate in zip(weights, rates):
        if x.shape[1] != w.shape[1]:
            x = x[:, [0] * w.shape[1]]
        x = dilated_conv2d(x, w, rate, rate * (w.shape[2] // 2))
        branches.append(x)
    return x if join == "sum" else np.concatenate(branches, axis=1)


def one_after_the_other_plainly(x, weights, rates, join="sum"):
    for w, rate in zip(weights, rates):
        x = dilated_conv2d(x, w, rate, rate * (w.shape[2] // 2))
    return x


def one_after_the_other_all_kept(x, weights, rates, join="sum"):
    branches = []
    for w, rate in zip(weights, rates):
        x = dilated_conv2d(x, w, rate, rate * (w.shape[2] // 2))
        branches.append(x)
    return sum(branches) if join == "sum" else np.concatenate(branches, axis=1)


def cut_at_the_corner(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, rate) for w, rate in zip(weights, rates)]
    h, w = (min(branch.shape[axis] for branch in branches) for axis in (2, 3))
    branches = [branch[:, :, :h, :w] for branch in branches]
    return sum(branches) if join == "sum" else np.concatenate(branches, axis=1)


def cut_to_the_smallest(x, weights, rates, join="sum"):
    """Without padding, each branch cut in the centre to the smallest."""
    branches = []
    for w, rate in zip(weights, rates):
        far = rate * (w.shape[2] - 1)
        fits = min(x.shape[2:]) > far
        branches.append(dilated_conv2d(x, w, rate) if fits else np.zeros((len(x), len(w), 0, 0), x.dtype))
    h, w = (min(b.shape[axis] for b in branches) for axis in (2, 3))
    branches = [b[:, :, (b.shape[2] - h) // 2 :, (b.shape[3] - w) // 2 :][:, :, :h, :w] for b in branches]
    return sum(branches) if join == "sum" else np.concatenate(branches, axis=1)


def pads_by_1(x, weights, rates, join="sum"):
    """Padding 1 for all, as for an undilated kernel: the branches differ in size."""
    branches = [dilated_conv2d(x, w, rate, 1) for w, rate in zip(weights, rates)]
    return sum(branches) if join == "sum" else np.concatenate(branches, axis=1)


def largest(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, rate, rate * (w.shape[2] // 2)) for w, rate in zip(weights, rates)]
    return np.max(branches, axis=0) if join == "sum" else np.concatenate(branches, axis=1)


def with_the_map(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, rate, rate * (w.shape[2] // 2)) for w, rate in zip(weights, rates)]
    if join != "sum":
        return np.concatenate([x, *branches], axis=1)
    y = sum(branches)
    return y + (x if x.shape[1] == y.shape[1] else x.sum(axis=1, keepdims=True))


def with_the_map_if_concatenated(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, rate, rate * (w.shape[2] // 2)) for w, rate in zip(weights, rates)]
    return sum(branches) if join == "sum" else np.concatenate([x, *branches], axis=1)


ASPP = [
    Mistake(
        "one after the other",
        "Each branch reads the result of the one before. They are parallel: all of them read x.",
        answer="one_after_the_other",
        also=("one_after_the_other_plainly", "one_after_the_other_all_kept"),
    ),
    Mistake(
        "averages",
        "The branches are averaged. They must be added.",
        changes=((RETURN, RETURN.replace("sum(branches)", "np.mean(branches, axis=0)")),),
    ),
    Mistake("takes the largest", "The largest of the branches is taken. They must be added.", answer="largest"),
    Mistake(
        "last branch only",
        "Only the last branch is returned. All of them must be added.",
        changes=((RETURN, RETURN.replace("sum(branches)", "branches[-1]")),),
    ),
    Mistake(
        "first branch only",
        "Only the first branch is returned. All of them must be added.",
        changes=((RETURN, RETURN.replace("sum(branches)", "branches[0]")),),
    ),
    Mistake(
        "join ignored",
        'The branches are added even if join is "concat".',
        changes=((RETURN, "return sum(branches)"),),
    ),
    Mistake(
        "always concatenated",
        'The branches are concatenated even if join is "sum", which is the default.',
        changes=((RETURN, "return np.concatenate(branches, axis=1)"),),
    ),
    Mistake(
        "concatenated along the pictures",
        "The branches are concatenated along axis 0, as if they were further pictures. Channels are axis 1.",
        changes=((RETURN, RETURN.replace("axis=1", "axis=0")),),
    ),
    Mistake(
        "concatenated along the columns",
        "The branches are concatenated along the last axis: the map becomes wider. Channels are axis 1.",
        changes=((RETURN, RETURN.replace("axis=1", "axis=-1")),),
    ),
    Mistake(
        "reversed",
        "The channels of the last branch come first. Keep the order of the branches.",
        changes=((RETURN, RETURN.replace("np.concatenate(branches", "np.concatenate(branches[::-1]")),),
    ),
    Mistake(
        "one rate for all",
        "All branches have the first rate. Each has its own.",
        changes=((BRANCHES, "[dilated_conv2d(x, w, rates[0], rates[0] * (w.shape[2] // 2)) for w in weights]"),),
    ),
    Mistake(
        "one kernel for all",
        "All branches have the weights of the first. Each has its own.",
        changes=((BRANCHES, BRANCHES.replace("(x, w, rate, rate * (w.shape[2] // 2))",
                                             "(x, weights[0], rate, rate * (weights[0].shape[2] // 2))")),),
    ),
    Mistake(
        "no rate",
        "The kernels are not dilated: every branch has rate 1.",
        changes=((BRANCHES, "[dilated_conv2d(x, w, 1, w.shape[2] // 2) for w in weights]"),),
    ),
    Mistake(
        "padding for 3 x 3",
        "The padding is the rate, which keeps the size for 3 x 3 only. For a kernel of k it is rate * (k // 2): 0 for 1 x 1.",
        changes=((BRANCHES, "[dilated_conv2d(x, w, rate, rate) for w, rate in zip(weights, rates)]"),),
    ),
    Mistake(
        "padding 1",
        "The padding does not grow with the rate, so the branches differ in size from the map. A kernel of 3 with dilation d needs padding d.",
        answer="pads_by_1",
    ),
    Mistake(
        "cut to the smallest",
        "Without padding the branches become smaller, and are cut to the smallest. Each must keep the size of the map.",
        answer="cut_to_the_smallest",
        also=("cut_at_the_corner",),
    ),
    Mistake(
        "with the map",
        "The map itself is joined to the branches. Only the branches are wanted.",
        answer="with_the_map",
        also=("with_the_map_if_concatenated",),
    ),
    Mistake(
        "ReLU in the branches",
        "Negative numbers are cut off in the branches. There is no ReLU here.",
        changes=((BRANCHES, f"[np.maximum(b, 0) for b in {BRANCHES}]"),),
    ),
    Mistake(
        "always float64",
        "The result is float64 even if the map is float32.",
        changes=((RETURN, RETURN.replace("sum(branches)", "sum(branches, np.zeros(branches[0].shape))")),),
    ),
    Mistake(
        "padding twice as large",
        "The padding is all that the window spans beyond one pixel, rate * (k - 1). Half of it belongs on each side.",
        changes=((BRANCHES, BRANCHES.replace("rate * (w.shape[2] // 2)", "rate * (w.shape[2] - 1)")),),
    ),
    Mistake(
        "everything added up",
        "np.sum adds up all numbers of all branches. To add only the branches, it needs axis=0.",
        changes=((RETURN, RETURN.replace("sum(branches)", "np.sum(branches)")),),
    ),
    Mistake(
        "interleaved",
        "The channels of the branches alternate. All those of the first branch come first: np.concatenate along axis 1.",
        changes=((RETURN, RETURN.replace("np.concatenate(branches, axis=1)", "np.stack(branches, axis=2).reshape(len(x), -1, *x.shape[2:])")),),
    ),
    Mistake(
        "rates sorted",
        "The rates are sorted, so that they meet the weights of other branches. Keep their order.",
        changes=((BRANCHES, BRANCHES.replace("zip(weights, rates)", "zip(weights, sorted(rates))")),),
    ),
]  # fmt: skip

# --- pyramid_pool ----------------------------------------------------------------------------------------------------

WINDOW = "slice(k * n // m, -(-(k + 1) * n // m))"
MEAN = ".mean(axis=(2, 3))"
JOIN = "np.concatenate(levels, axis=1)"
LEVEL = "levels.append(resize(means, x.shape[2:]))"


def means_of(x, m, window):
    """(N, C, m, m): the means of windows, each (start, end) from `window(i, n, m)`; an empty one is 0."""
    means = np.zeros((*x.shape[:2], m, m), x.dtype)
    for i, j in np.ndindex(m, m):
        rows, columns = (slice(*window(k, n, m)) for k, n in zip((i, j), x.shape[2:]))
        part = x[:, :, rows, columns]
        if part.shape[2] and part.shape[3]:
            means[:, :, i, j] = part.mean(axis=(2, 3))
    return means


def pyramid_plainly(x, bins, window):
    """A window that is empty has the mean nan."""
    levels = [x]
    for m in bins:
        means = np.zeros((*x.shape[:2], m, m), x.dtype)
        for i, j in np.ndindex(m, m):
            (top, below), (left, right) = window(i, x.shape[2], m), window(j, x.shape[3], m)
            means[:, :, i, j] = x[:, :, top:below, left:right].mean(axis=(2, 3))
        levels.append(resize_to(means, x.shape[2:]))
    return np.concatenate(levels, axis=1)


def rounds_the_end_down(x, bins=(1, 2, 3, 6)):
    return pyramid_plainly(x, bins, lambda i, n, m: (i * n // m, (i + 1) * n // m))


def equal_windows_empty_ones_too(x, bins=(1, 2, 3, 6)):
    return pyramid_plainly(x, bins, lambda i, n, m: (i * (n // m), (i + 1) * (n // m)))


def right_window(i, n, m):
    return i * n // m, -(-(i + 1) * n // m)


def pyramid_with(x, bins, window=right_window, enlarge=None):
    enlarge = enlarge or resize_to
    return np.concatenate([x, *(enlarge(means_of(x, m, window), x.shape[2:]) for m in bins)], axis=1)


def resize_to(x, size, place_of=lambda u, m, n: (u + 0.5) * m / n - 0.5):
    """Bilinear interpolation; place_of: where new unit u is among m old ones, of n new ones."""
    for axis, n in zip((2, 3), size):
        m = x.shape[axis]
        place = place_of(np.arange(n), m, n).clip(0, m - 1)
        left = place.astype(int)
        share = (place - left).astype(x.dtype).reshape(-1, *[1] * (3 - axis))
        x = x.take(left, axis) * (1 - share) + x.take(np.minimum(left + 1, m - 1), axis) * share
    return x


def equal_windows(x, bins=(1, 2, 3, 6)):
    return pyramid_with(x, bins, lambda i, n, m: (i * (n // m), (i + 1) * (n // m)))


def equal_windows_rounded_up(x, bins=(1, 2, 3, 6)):
    return pyramid_with(x, bins, lambda i, n, m: (i * -(-n // m), (i + 1) * -(-n // m)))


def rest_in_the_last(x, bins=(1, 2, 3, 6)):
    return pyramid_with(x, bins, lambda i, n, m: (i * (n // m), (i + 1) * (n // m) if i < m - 1 else n))


def one_more(x, bins=(1, 2, 3, 6)):
    return pyramid_with(x, bins, lambda i, n, m: (i * n // m, (i + 1) * n // m + 1))


def nearest(x, bins=(1, 2, 3, 6)):
    def enlarge(means, size):
        rows, columns = (np.arange(n) * m // n for n, m in zip(size, means.shape[2:]))
        return means[:, :, rows][:, :, :, columns]

    return pyramid_with(x, bins, enlarge=enlarge)


def aligned_corners(x, bins=(1, 2, 3, 6)):
    def place_of(u, m, n):
        return u * (m - 1) / max(n - 1, 1)

    return pyramid_with(x, bins, enlarge=lambda means, size: resize_to(means, size, place_of))


def without_the_half(x, bins=(1, 2, 3, 6)):
    return pyramid_with(x, bins, enlarge=lambda means, size: resize_to(means, size, lambda u, m, n: u * m / n))


def grids_without_enlarging(x, bins=(1, 2, 3, 6)):
    """Every mean repeated over its own window: where windows overlap, the last one wins."""
    levels = [x]
    for m in bins:
        level = np.zeros(x.shape, x.dtype)
        for i, j in np.ndindex(m, m):
            (top, below), (left, right) = (right_window(k, n, m) for k, n in zip((i, j), x.shape[2:]))
            level[:, :, top:below, left:right] = x[:, :, top:below, left:right].mean(axis=(2, 3), keepdims=True)
        levels.append(level)
    return np.concatenate(levels, axis=1)


def pyramid_of_the_level_before(x, bins=(1, 2, 3, 6)):
    levels = [x]
    for m in bins:
        levels.append(resize_to(means_of(levels[-1], m, right_window), x.shape[2:]))
    return np.concatenate(levels, axis=1)


def channels_interleaved(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    y = pyramid_with(x, bins).reshape(N, 1 + len(bins), C, H, W)
    return y.swapaxes(1, 2).reshape(N, C * (1 + len(bins)), H, W)


PYRAMID = [
    Mistake(
        "rounds the end down",
        "The end of a window is rounded down here, so the units at the seams belong to one window only. Round it up: windows may"
        " overlap.",
        changes=((WINDOW, "slice(k * n // m, max(k * n // m + 1, (k + 1) * n // m))"),),
        also=("rounds_the_end_down",),
    ),
    Mistake(
        "rest dropped",
        "All windows have n // m units, and the rest at the end belongs to none. Compute the start and the end of each window.",
        answer="equal_windows",
        also=("equal_windows_empty_ones_too",),
    ),
    Mistake(
        "rest in the last window",
        "All windows have n // m units, and the last takes the rest. Compute the start and the end of each window.",
        answer="rest_in_the_last",
    ),
    Mistake(
        "windows rounded up",
        "All windows have n / m units, rounded up, one after the other: the last ones are too short or empty. They must"
        " overlap instead.",
        answer="equal_windows_rounded_up",
    ),
    Mistake(
        "one unit too many",
        "The windows end one unit too late where m divides the size. Rounding up a whole number changes nothing: -(-a // b).",
        answer="one_more",
    ),
    Mistake(
        "largest instead of mean",
        "Each window gives its largest number. PSPNet's pyramid takes the mean.",
        changes=((MEAN, ".max(axis=(2, 3))"),),
    ),
    Mistake(
        "sum instead of mean",
        "Each window gives the sum of its units. It must be their mean.",
        changes=((MEAN, ".sum(axis=(2, 3))"),),
    ),
    Mistake(
        "nearest",
        "The means are enlarged by repeating the nearest. Interpolate bilinearly; the lesson's resize does.",
        answer="nearest",
    ),
    Mistake(
        "means laid over their windows",
        "Every mean is written over its window, the later over the earlier ones. Interpolate between the means bilinearly.",
        answer="grids_without_enlarging",
    ),
    Mistake(
        "corners aligned",
        "The corners of the two grids are aligned. Unit u is at (u + 1/2) m/n - 1/2: the edges are aligned, not the centres of"
        " the corner units.",
        answer="aligned_corners",
    ),
    Mistake(
        "half a unit off",
        "The levels are moved by half a unit. The centre of unit u is at (u + 1/2) m/n - 1/2 of the means, not at u m/n.",
        answer="without_the_half",
    ),
    Mistake(
        "without the map",
        "The map itself is missing. It comes first, then the levels.",
        changes=(("levels = [x]", "levels = [x[:, :0]]"),),
    ),
    Mistake(
        "the map last",
        "The map comes last here. It comes first, then the levels.",
        changes=(("levels = [x]", "levels = []"), (JOIN, "np.concatenate([*levels, x], axis=1)")),
    ),
    Mistake(
        "added",
        "The levels are added to the map. They must be joined to it as further channels.",
        changes=((JOIN, "sum(levels)"),),
    ),
    Mistake(
        "concatenated along the pictures",
        "The levels are concatenated along axis 0, as if they were further pictures. Channels are axis 1.",
        changes=((JOIN, "np.concatenate(levels, axis=0)"),),
    ),
    Mistake(
        "bins sorted",
        "The levels do not stand in the order of `bins`.",
        changes=(("for m in bins:", "for m in sorted(bins):"),),
    ),
    Mistake(
        "bins reversed",
        "The levels are in reverse order. They follow the order of `bins`.",
        changes=(("for m in bins:", "for m in bins[::-1]:"),),
    ),
    Mistake(
        "channels interleaved",
        "All levels of channel 0 come first. Here a level's channels stay together: x, then level 1, then level 2.",
        answer="channels_interleaved",
    ),
    Mistake(
        "one pyramid on the other",
        "Each level is made of the level before. All of them pool the map itself.",
        answer="pyramid_of_the_level_before",
    ),
    Mistake(
        "height for both",
        "The windows of columns are computed from the height. They follow from the width.",
        changes=(("zip((i, j), x.shape[2:])", "zip((i, j), (x.shape[2], x.shape[2]))"),),
    ),
    Mistake(
        "one mean for all channels",
        "The mean runs over the channels, too. Each channel has its own.",
        changes=((MEAN, ".mean(axis=(1, 2, 3))[:, None]"),),
    ),
    Mistake(
        "always float64",
        "The result is float64 even if the map is float32.",
        changes=((JOIN, JOIN + ".astype(float)"),),
    ),
    Mistake(
        "means transposed",
        "Rows and columns are exchanged where the means are stored: window (i, j) is row i, column j.",
        changes=(("means[:, :, i, j] =", "means[:, :, j, i] ="),),
    ),
    Mistake(
        "width before height",
        "The means are enlarged to (width, height). A size is (height, width).",
        changes=((LEVEL, LEVEL.replace("x.shape[2:]", "x.shape[:1:-1]")),),
    ),
    Mistake(
        "always four levels",
        "There are always the four levels of PSPNet. Use `bins`.",
        changes=(("for m in bins:", "for m in (1, 2, 3, 6):"),),
    ),
    Mistake(
        "one unit more in every window",
        "Every window has a unit too many at its end. A slice stops before its end: nothing is to be added.",
        changes=((WINDOW, "slice(k * n // m, -(-(k + 1) * n // m) + 1)"),),
    ),
]

MISTAKES = {"shift_and_stitch": STITCH, "dilated_conv2d": DILATED, "aspp": ASPP, "pyramid_pool": PYRAMID}
