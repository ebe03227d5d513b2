"""Natural answers to the exercises of lesson 23."""

from . import Natural

NUMPY = "import numpy as np\n\n"


def stitch(about, source, hint=""):
    return Natural("23.shift_and_stitch", about, NUMPY + source, hint)


def dilated(about, source, hint=""):
    return Natural("23.dilated_conv2d", about, NUMPY + source, hint)


def aspp(about, source, hint=""):
    return Natural("23.aspp", about, NUMPY + source, hint)


def pyramid(about, source, hint=""):
    return Natural("23.pyramid_pool", about, NUMPY + source, hint)


ANSWERS = [
    stitch(
        "moves the picture to the right and down, as the paper does",
        """
def shift_and_stitch(net, x, factor):
    N, C, H, W = x.shape
    out = None
    for a in range(factor):
        for b in range(factor):
            moved = np.zeros_like(x)
            moved[:, :, a:, b:] = x[:, :, : H - a, : W - b]
            y = net(moved)
            if out is None:
                out = np.zeros((N, y.shape[1], factor * y.shape[2], factor * y.shape[3]), y.dtype)
            out[:, :, a::factor, b::factor] = y
    return out
""",
        "moved_the_other_way",
    ),
    stitch(
        "a and b exchanged when stitching",
        """
def shift_and_stitch(net, x, factor):
    H, W = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (0, factor), (0, factor)))
    out = None
    for a in range(factor):
        for b in range(factor):
            y = net(padded[:, :, a : a + H, b : b + W])
            if out is None:
                out = np.zeros((*y.shape[:2], factor * y.shape[2], factor * y.shape[3]), y.dtype)
            out[:, :, b::factor, a::factor] = y
    return out
""",
        "the_passes_exchanged",
    ),
    stitch(
        "np.roll: what leaves on one side comes in on the other",
        """
def shift_and_stitch(net, x, factor):
    out = None
    for a in range(factor):
        for b in range(factor):
            y = net(np.roll(x, (-a, -b), axis=(2, 3)))
            if out is None:
                out = np.zeros((*y.shape[:2], factor * y.shape[2], factor * y.shape[3]), y.dtype)
            out[:, :, a::factor, b::factor] = y
    return out
""",
        "rolls",
    ),
    stitch(
        "no zeros: the pictures become smaller",
        """
def shift_and_stitch(net, x, factor):
    out = None
    for a in range(factor):
        for b in range(factor):
            y = net(x[:, :, a:, b:])
            if out is None:
                out = np.zeros((*y.shape[:2], factor * y.shape[2], factor * y.shape[3]), y.dtype)
            out[:, :, a::factor, b::factor] = y
    return out
""",
        "no_padding",
    ),
    stitch(
        "zeros at the top and at the left as well",
        """
def shift_and_stitch(net, x, factor):
    H, W = x.shape[2:]
    p = factor - 1
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    out = None
    for a in range(factor):
        for b in range(factor):
            y = net(padded[:, :, a : a + H, b : b + W])
            if out is None:
                out = np.zeros((*y.shape[:2], factor * y.shape[2], factor * y.shape[3]), y.dtype)
            out[:, :, a::factor, b::factor] = y
    return out
""",
        "zeros_on_all_sides",
    ),
    stitch(
        "the maps side by side instead of interlaced",
        """
def shift_and_stitch(net, x, factor):
    H, W = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (0, factor - 1), (0, factor - 1)))
    rows = []
    for a in range(factor):
        row = [net(padded[:, :, a : a + H, b : b + W]) for b in range(factor)]
        rows.append(np.concatenate(row, axis=3))
    return np.concatenate(rows, axis=2)
""",
        "side_by_side",
    ),
    stitch(
        "float64, whatever the net returns",
        """
def shift_and_stitch(net, x, factor):
    H, W = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (0, factor - 1), (0, factor - 1)))
    out = None
    for a in range(factor):
        for b in range(factor):
            y = net(padded[:, :, a : a + H, b : b + W])
            if out is None:
                out = np.zeros((*y.shape[:2], factor * y.shape[2], factor * y.shape[3]))
            out[:, :, a::factor, b::factor] = y
    return out
""",
        "always_float64",
    ),
    stitch(
        "as many maps as channels",
        """
def shift_and_stitch(net, x, factor):
    N, C, H, W = x.shape
    padded = np.pad(x, ((0, 0), (0, 0), (0, factor - 1), (0, factor - 1)))
    out = np.zeros((N, C, H, W), x.dtype)
    for a in range(factor):
        for b in range(factor):
            out[:, :, a::factor, b::factor] = net(padded[:, :, a : a + H, b : b + W])
    return out
""",
        "shape_of_the_picture",
    ),
    stitch(
        "factor passes only, along the diagonal",
        """
def shift_and_stitch(net, x, factor):
    H, W = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (0, factor - 1), (0, factor - 1)))
    out = None
    for a in range(factor):
        y = net(padded[:, :, a : a + H, a : a + W])
        if out is None:
            out = np.zeros((*y.shape[:2], factor * y.shape[2], factor * y.shape[3]), y.dtype)
        out[:, :, a::factor, a::factor] = y
    return out
""",
        "diagonal_only",
    ),
    stitch(
        "the picture is not cut: it grows by the shift's zeros",
        """
def shift_and_stitch(net, x, factor):
    padded = np.pad(x, ((0, 0), (0, 0), (0, factor), (0, factor)))
    out = None
    for a in range(factor):
        for b in range(factor):
            y = net(padded[:, :, a : padded.shape[2] - factor + a + 1, b : padded.shape[3] - factor + b + 1])
            if out is None:
                out = np.zeros((*y.shape[:2], factor * y.shape[2], factor * y.shape[3]), y.dtype)
            out[:, :, a::factor, b::factor] = y
    return out
""",
    ),
    stitch(
        "moves by a * factor pixels",
        """
def shift_and_stitch(net, x, factor):
    H, W = x.shape[2:]
    far = factor * factor
    padded = np.pad(x, ((0, 0), (0, 0), (0, far), (0, far)))
    out = None
    for a in range(factor):
        for b in range(factor):
            y = net(padded[:, :, a * factor : a * factor + H, b * factor : b * factor + W])
            if out is None:
                out = np.zeros((*y.shape[:2], factor * y.shape[2], factor * y.shape[3]), y.dtype)
            out[:, :, a::factor, b::factor] = y
    return out
""",
        "moved_by_whole_strides",
    ),
    stitch(
        "the axes in the wrong order: blocks instead of every factor-th place",
        """
def shift_and_stitch(net, x, factor):
    H, W = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (0, factor - 1), (0, factor - 1)))
    maps = np.stack([net(padded[:, :, a : a + H, b : b + W]) for a in range(factor) for b in range(factor)])
    _, N, K, h, w = maps.shape
    return maps.reshape(factor, factor, N, K, h, w).transpose(2, 3, 0, 4, 1, 5).reshape(N, K, factor * h, factor * w)
""",
        "side_by_side",
    ),
    stitch(
        "moves x itself",
        """
def shift_and_stitch(net, x, factor):
    out = None
    for a in range(factor):
        for b in range(factor):
            y = net(x)
            if out is None:
                out = np.zeros((*y.shape[:2], factor * y.shape[2], factor * y.shape[3]), y.dtype)
            out[:, :, a::factor, b::factor] = y
            x[:, :, :, :-1] = x[:, :, :, 1:]
            x[:, :, :, -1] = 0
        x[:, :, :-1] = x[:, :, 1:]
        x[:, :, -1] = 0
    return out
""",
    ),
    dilated(
        "an ordinary convolution of the right size",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh = x.shape[2] - dilation * (kh - 1)
    ow = x.shape[3] - dilation * (kw - 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i in range(kh):
        for j in range(kw):
            y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, i : i + oh, j : j + ow])
    return y
""",
        "no_dilation",
    ),
    dilated(
        "the span is d * k",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    d = dilation
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh = x.shape[2] - d * kh + 1
    ow = x.shape[3] - d * kw + 1
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i in range(kh):
        for j in range(kw):
            y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, d * i : d * i + oh, d * j : d * j + ow])
    return y
""",
        "holes_behind_the_last_tap",
    ),
    dilated(
        "the size forgets the dilation",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    d = dilation
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = x.shape[2] - kh + 1, x.shape[3] - kw + 1
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i in range(kh):
        for j in range(kw):
            y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, d * i : d * i + oh, d * j : d * j + ow])
    return y
""",
        "size_without_dilation",
    ),
    dilated(
        "the dilation is taken for a stride",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh = (x.shape[2] - kh) // dilation + 1
    ow = (x.shape[3] - kw) // dilation + 1
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for u in range(oh):
        for v in range(ow):
            window = x[:, :, u * dilation : u * dilation + kh, v * dilation : v * dilation + kw]
            y[:, :, u, v] = np.einsum("kcij,ncij->nk", weight, window)
    return y
""",
        "a_stride",
    ),
    dilated(
        "mirrors the kernel",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    weight = weight[:, :, ::-1, ::-1]
    K, C, kh, kw = weight.shape
    d = dilation
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = x.shape[2] - d * (kh - 1), x.shape[3] - d * (kw - 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i in range(kh):
        for j in range(kw):
            y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, d * i : d * i + oh, d * j : d * j + ow])
    return y
""",
        "flips_the_kernel",
    ),
    dilated(
        "pads by the dilation, too",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    d, p = dilation, padding * dilation
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    oh, ow = x.shape[2] - d * (kh - 1), x.shape[3] - d * (kw - 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i in range(kh):
        for j in range(kw):
            y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, d * i : d * i + oh, d * j : d * j + ow])
    return y
""",
        "padding_times_dilation",
    ),
    dilated(
        "no padding",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    d = dilation
    oh, ow = x.shape[2] - d * (kh - 1), x.shape[3] - d * (kw - 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i in range(kh):
        for j in range(kw):
            y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, d * i : d * i + oh, d * j : d * j + ow])
    return y
""",
        "no_padding",
    ),
    dilated(
        "the dilation along the rows only",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    d = dilation
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = x.shape[2] - d * (kh - 1), x.shape[3] - d * (kw - 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i in range(kh):
        for j in range(kw):
            y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, i * d : i * d + oh, j : j + ow])
    return y
""",
        "dilated_along_rows_only",
    ),
    dilated(
        "kh for both axes",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, k = weight.shape[:3]
    d = dilation
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = x.shape[2] - d * (k - 1), x.shape[3] - d * (k - 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i in range(k):
        for j in range(k):
            y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, d * i : d * i + oh, d * j : d * j + ow])
    return y
""",
        "height_for_width",
    ),
    dilated(
        "float64 results",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    d = dilation
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = x.shape[2] - d * (kh - 1), x.shape[3] - d * (kw - 1)
    y = np.zeros((len(x), K, oh, ow))
    for i in range(kh):
        for j in range(kw):
            y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, d * i : d * i + oh, d * j : d * j + ow])
    return y
""",
        "always_float64",
    ),
    dilated(
        "keeps the last tap only",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    d = dilation
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = x.shape[2] - d * (kh - 1), x.shape[3] - d * (kw - 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i in range(kh):
        for j in range(kw):
            y = np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, d * i : d * i + oh, d * j : d * j + ow])
    return y
""",
        "overwrites",
    ),
    dilated(
        "a kernel of d * k, with zeros behind the last tap",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    d = dilation
    big = np.zeros((K, C, d * kh, d * kw), weight.dtype)
    big[:, :, ::d, ::d] = weight
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, big.shape[2:], axis=(2, 3))
    return np.einsum("nchwij,kcij->nkhw", windows, big)
""",
        "holes_behind_the_last_tap",
    ),
    dilated(
        "one zero too many between the taps",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    d = dilation + 1
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = x.shape[2] - d * (kh - 1), x.shape[3] - d * (kw - 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i in range(kh):
        for j in range(kw):
            y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, d * i : d * i + oh, d * j : d * j + ow])
    return y
""",
        "dilation_counts_the_zeros",
    ),
    dilated(
        "holes in the picture: every d-th pixel",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))[:, :, ::dilation, ::dilation]
    oh, ow = x.shape[2] - kh + 1, x.shape[3] - kw + 1
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for i in range(kh):
        for j in range(kw):
            y += np.einsum("kc,nchw->nkhw", weight[:, :, i, j], x[:, :, i : i + oh, j : j + ow])
    return y
""",
        "thins_the_picture",
    ),
    dilated(
        "the mean over the channels",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    d = dilation
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    oh, ow = x.shape[2] - d * (kh - 1), x.shape[3] - d * (kw - 1)
    y = np.zeros((len(x), K, oh, ow), x.dtype)
    for k in range(K):
        for i in range(kh):
            for j in range(kw):
                y[:, k] += (weight[k, :, i, j, None, None] * x[:, :, d * i : d * i + oh, d * j : d * j + ow]).mean(axis=1)
    return y
""",
        "mean_of_the_channels",
    ),
    aspp(
        "pads by the rate, whatever the kernel",
        """
def aspp(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, r, padding=r) for w, r in zip(weights, rates)]
    if join == "sum":
        return sum(branches)
    return np.concatenate(branches, axis=1)
""",
        "padding_for_3_x_3",
    ),
    aspp(
        "pads by k // 2, without the rate",
        """
def aspp(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, r, padding=w.shape[-1] // 2) for w, r in zip(weights, rates)]
    if join == "sum":
        return sum(branches)
    return np.concatenate(branches, axis=1)
""",
        "padding_1",
    ),
    aspp(
        "pads by r * (k - 1), twice what is needed",
        """
def aspp(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, r, r * (w.shape[-1] - 1)) for w, r in zip(weights, rates)]
    if join == "sum":
        return sum(branches)
    return np.concatenate(branches, axis=1)
""",
        "padding_twice_as_large",
    ),
    aspp(
        "the first branch's weights for all",
        """
def aspp(x, weights, rates, join="sum"):
    branches = []
    for r in rates:
        w = weights[0]
        branches.append(dilated_conv2d(x, w, r, r * (w.shape[2] - 1) // 2))
    if join == "sum":
        return sum(branches)
    return np.concatenate(branches, axis=1)
""",
        "one_kernel_for_all",
    ),
    aspp(
        "the mean of the branches",
        """
def aspp(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, r, r * (w.shape[2] - 1) // 2) for w, r in zip(weights, rates)]
    if join == "sum":
        return np.mean(branches, axis=0)
    return np.concatenate(branches, axis=1)
""",
        "averages",
    ),
    aspp(
        "the sum of everything: axis forgotten",
        """
def aspp(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, r, r * (w.shape[2] - 1) // 2) for w, r in zip(weights, rates)]
    if join == "sum":
        return np.sum(branches)
    return np.concatenate(branches, axis=1)
""",
        "everything_added_up",
    ),
    aspp(
        "one branch after the other, on the result of the last",
        """
def aspp(x, weights, rates, join="sum"):
    outs = []
    y = x
    for w, r in zip(weights, rates):
        y = dilated_conv2d(y, w, r, r * (w.shape[2] - 1) // 2)
        outs.append(y)
    return sum(outs) if join == "sum" else np.concatenate(outs, axis=1)
""",
        "one_after_the_other",
    ),
    aspp(
        "joins along the pictures",
        """
def aspp(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, r, r * (w.shape[2] - 1) // 2) for w, r in zip(weights, rates)]
    if join == "sum":
        return sum(branches)
    return np.concatenate(branches)
""",
        "concatenated_along_the_pictures",
    ),
    aspp(
        "always adds",
        """
def aspp(x, weights, rates, join="sum"):
    y = 0
    for w, r in zip(weights, rates):
        y = y + dilated_conv2d(x, w, r, r * (w.shape[2] // 2))
    return y
""",
        "join_ignored",
    ),
    aspp(
        "the map itself is one of the branches",
        """
def aspp(x, weights, rates, join="sum"):
    branches = [x]
    for w, r in zip(weights, rates):
        branches.append(dilated_conv2d(x, w, r, r * (w.shape[2] // 2)))
    return np.concatenate(branches, axis=1) if join == "concat" else sum(branches[1:])
""",
        "with_the_map",
    ),
    aspp(
        "the branches interlaced: stacked after the channels",
        """
def aspp(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, r, r * (w.shape[2] // 2)) for w, r in zip(weights, rates)]
    if join == "sum":
        return sum(branches)
    N, K, H, W = branches[0].shape
    return np.stack(branches, axis=2).reshape(N, -1, H, W)
""",
        "interleaved",
    ),
    aspp(
        "the rates in order",
        """
def aspp(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, r, r * (w.shape[2] // 2)) for w, r in zip(weights, sorted(rates))]
    if join == "sum":
        return sum(branches)
    return np.concatenate(branches, axis=1)
""",
        "rates_sorted",
    ),
    aspp(
        "the sum is collected in a float64 array",
        """
def aspp(x, weights, rates, join="sum"):
    if join == "sum":
        y = np.zeros((x.shape[0], weights[0].shape[0], x.shape[2], x.shape[3]))
        for w, r in zip(weights, rates):
            y += dilated_conv2d(x, w, r, r * (w.shape[2] // 2))
        return y
    return np.concatenate([dilated_conv2d(x, w, r, r * (w.shape[2] // 2)) for w, r in zip(weights, rates)], axis=1)
""",
        "always_float64",
    ),
    aspp(
        "no padding, the branches cut to the smallest",
        """
def aspp(x, weights, rates, join="sum"):
    branches = [dilated_conv2d(x, w, r) for w, r in zip(weights, rates)]
    h = min(b.shape[2] for b in branches)
    w = min(b.shape[3] for b in branches)
    branches = [b[:, :, :h, :w] for b in branches]
    return sum(branches) if join == "sum" else np.concatenate(branches, axis=1)
""",
        "cut_to_the_smallest",
    ),
    pyramid(
        "the windows end at floor((i + 1) * n / m)",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                part = x[:, :, i * H // m : (i + 1) * H // m, j * W // m : (j + 1) * W // m]
                pooled[:, :, i, j] = part.mean(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
        "rounds_the_end_down",
    ),
    pyramid(
        "windows of n // m units",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        h, w = H // m, W // m
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                pooled[:, :, i, j] = x[:, :, i * h : (i + 1) * h, j * w : (j + 1) * w].mean(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
        "rest_dropped",
    ),
    pyramid(
        "repeats the means instead of interpolating",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                part = x[:, :, i * H // m : -(-(i + 1) * H // m), j * W // m : -(-(j + 1) * W // m)]
                pooled[:, :, i, j] = part.mean(axis=(2, 3))
        out.append(pooled[:, :, np.arange(H) * m // H][:, :, :, np.arange(W) * m // W])
    return np.concatenate(out, axis=1)
""",
        "nearest",
    ),
    pyramid(
        "the map comes last",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = []
    for m in bins:
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                part = x[:, :, i * H // m : -(-(i + 1) * H // m), j * W // m : -(-(j + 1) * W // m)]
                pooled[:, :, i, j] = part.mean(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out + [x], axis=1)
""",
        "the_map_last",
    ),
    pyramid(
        "the map is missing",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = []
    for m in bins:
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                part = x[:, :, i * H // m : -(-(i + 1) * H // m), j * W // m : -(-(j + 1) * W // m)]
                pooled[:, :, i, j] = part.mean(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
        "without_the_map",
    ),
    pyramid(
        "the largest of a window, as in max pooling",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                part = x[:, :, i * H // m : -(-(i + 1) * H // m), j * W // m : -(-(j + 1) * W // m)]
                pooled[:, :, i, j] = part.max(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
        "largest_instead_of_mean",
    ),
    pyramid(
        "sums of the windows",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                part = x[:, :, i * H // m : -(-(i + 1) * H // m), j * W // m : -(-(j + 1) * W // m)]
                pooled[:, :, i, j] = part.sum(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
        "sum_instead_of_mean",
    ),
    pyramid(
        "the channels are averaged, too",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                part = x[:, :, i * H // m : -(-(i + 1) * H // m), j * W // m : -(-(j + 1) * W // m)]
                pooled[:, :, i, j] = part.mean(axis=(1, 2, 3))[:, None]
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
        "one_mean_for_all_channels",
    ),
    pyramid(
        "i and j exchanged in the pooled map",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                part = x[:, :, i * H // m : -(-(i + 1) * H // m), j * W // m : -(-(j + 1) * W // m)]
                pooled[:, :, j, i] = part.mean(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
        "means_transposed",
    ),
    pyramid(
        "H for both axes",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        pooled = np.zeros((N, C, m, m), x.dtype)
        edges = [(i * H // m, -(-(i + 1) * H // m)) for i in range(m)]
        for i, (a, b) in enumerate(edges):
            for j, (c, d) in enumerate(edges):
                pooled[:, :, i, j] = x[:, :, a:b, c:d].mean(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
        "height_for_both",
    ),
    pyramid(
        "width before height when enlarging",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                part = x[:, :, i * H // m : -(-(i + 1) * H // m), j * W // m : -(-(j + 1) * W // m)]
                pooled[:, :, i, j] = part.mean(axis=(2, 3))
        out.append(resize(pooled, (W, H)))
    return np.concatenate(out, axis=1)
""",
        "width_before_height",
    ),
    pyramid(
        "float64 means",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        pooled = np.zeros((N, C, m, m))
        for i in range(m):
            for j in range(m):
                part = x[:, :, i * H // m : -(-(i + 1) * H // m), j * W // m : -(-(j + 1) * W // m)]
                pooled[:, :, i, j] = part.mean(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
        "always_float64",
    ),
    pyramid(
        "each level is pooled from the one before",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        pooled = np.zeros((N, C, m, m), x.dtype)
        last = out[-1]
        for i in range(m):
            for j in range(m):
                part = last[:, :, i * H // m : -(-(i + 1) * H // m), j * W // m : -(-(j + 1) * W // m)]
                pooled[:, :, i, j] = part.mean(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
        "one_pyramid_on_the_other",
    ),
    pyramid(
        "the usual four levels, whatever bins says",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in (1, 2, 3, 6):
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                part = x[:, :, i * H // m : -(-(i + 1) * H // m), j * W // m : -(-(j + 1) * W // m)]
                pooled[:, :, i, j] = part.mean(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
        "always_four_levels",
    ),
    pyramid(
        "the windows end one unit late: the last one is included",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                part = x[:, :, i * H // m : -(-(i + 1) * H // m) + 1, j * W // m : -(-(j + 1) * W // m) + 1]
                pooled[:, :, i, j] = part.mean(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
        "one_unit_more_in_every_window",
    ),
    pyramid(
        "the windows are rounded",
        """
def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    out = [x]
    for m in bins:
        rows = np.linspace(0, H, m + 1).round().astype(int)
        columns = np.linspace(0, W, m + 1).round().astype(int)
        pooled = np.zeros((N, C, m, m), x.dtype)
        for i in range(m):
            for j in range(m):
                part = x[:, :, rows[i] : max(rows[i + 1], rows[i] + 1), columns[j] : max(columns[j + 1], columns[j] + 1)]
                pooled[:, :, i, j] = part.mean(axis=(2, 3))
        out.append(resize(pooled, (H, W)))
    return np.concatenate(out, axis=1)
""",
    ),
]

RIGHT = [
    stitch(
        "moved into zeros, stacked, axes moved",
        """
def shift_and_stitch(net, x, factor):
    N, C, H, W = x.shape
    maps = []
    for shift in range(factor**2):
        a, b = divmod(shift, factor)
        moved = np.zeros_like(x)
        part = x[:, :, a:, b:]
        moved[:, :, : part.shape[2], : part.shape[3]] = part
        maps.append(net(moved))
    n, K, h, w = maps[0].shape
    maps = np.array(maps).reshape(factor, factor, n, K, h, w)
    return maps.transpose(2, 3, 4, 0, 5, 1).reshape(n, K, h * factor, w * factor)
""",
    ),
    stitch(
        "columns outside, a list of lists of maps",
        """
def shift_and_stitch(net, x, factor):
    H, W = x.shape[-2:]
    f = range(factor)
    larger = np.concatenate([x, np.zeros_like(x[:, :, :1]).repeat(factor, axis=2)], axis=2)
    larger = np.concatenate([larger, np.zeros_like(larger[:, :, :, :1]).repeat(factor, axis=3)], axis=3)
    said = {(a, b): net(larger[:, :, a : H + a, b : W + b].copy()) for b in f for a in f}
    rows = [np.stack([said[a, b] for b in f], axis=-1) for a in f]
    N, K, h, w = said[0, 0].shape
    dense = np.stack([row.reshape(N, K, h, w * factor) for row in rows], axis=3)
    return dense.reshape(N, K, h * factor, w * factor)
""",
    ),
    stitch(
        "views of all shifts, from the last to the first",
        """
def shift_and_stitch(net, x, factor):
    padded = np.pad(x, [(0, 0), (0, 0), (0, factor), (0, factor)])
    views = np.lib.stride_tricks.sliding_window_view(padded, x.shape[2:], axis=(2, 3))[:, :, :factor, :factor]
    dense = None
    for b in reversed(range(factor)):
        for a in reversed(range(factor)):
            y = net(np.ascontiguousarray(views[:, :, a, b]))
            if dense is None:
                dense = np.zeros(y.shape[:2] + (y.shape[2], factor, y.shape[3], factor), dtype=y.dtype)
            dense[:, :, :, a, :, b] = y
    N, K, h, _, w, _ = dense.shape
    return dense.reshape(N, K, h * factor, w * factor)
""",
    ),
    dilated(
        "zeros between the weights",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    K, C, kh, kw = weight.shape
    d = dilation
    big = np.zeros((K, C, d * (kh - 1) + 1, d * (kw - 1) + 1), weight.dtype)
    big[:, :, ::d, ::d] = weight
    x = np.pad(x, [(0, 0), (0, 0), (padding,) * 2, (padding,) * 2])
    windows = np.lib.stride_tricks.sliding_window_view(x, big.shape[2:], axis=(2, 3))
    return np.tensordot(windows, big, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2).astype(x.dtype)
""",
    ),
    dilated(
        "every number by itself",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh = H + 2 * padding - dilation * (kh - 1)
    ow = W + 2 * padding - dilation * (kw - 1)
    y = np.zeros((N, K, oh, ow), dtype=x.dtype)
    for u in range(oh):
        for v in range(ow):
            for i in range(kh):
                r = u + dilation * i - padding
                if not 0 <= r < H:
                    continue
                for j in range(kw):
                    q = v + dilation * j - padding
                    if 0 <= q < W:
                        y[:, :, u, v] += x[:, :, r, q] @ weight[:, :, i, j].T
    return y
""",
    ),
    dilated(
        "windows with a step, one einsum",
        """
def dilated_conv2d(x, weight, dilation=1, padding=0):
    kh, kw = weight.shape[2:]
    span = dilation * (kh - 1) + 1, dilation * (kw - 1) + 1
    padded = np.zeros((*x.shape[:2], x.shape[2] + 2 * padding, x.shape[3] + 2 * padding), x.dtype)
    padded[:, :, padding : padding + x.shape[2], padding : padding + x.shape[3]] = x
    seen = np.lib.stride_tricks.sliding_window_view(padded, span, axis=(2, 3))[..., ::dilation, ::dilation]
    return np.einsum("nchwij,kcij->nkhw", seen, weight, optimize=True)
""",
    ),
    aspp(
        "early return, keyword names",
        """
def aspp(x, weights, rates, join="sum"):
    results = []
    for weight, rate in zip(weights, rates):
        k = weight.shape[-1]
        results.append(dilated_conv2d(x, weight=weight, dilation=rate, padding=rate * (k - 1) // 2))
    if join == "concat":
        return np.hstack(results)
    total = results[0].copy()
    for result in results[1:]:
        total += result
    return total
""",
    ),
    aspp(
        "np.add.reduce, a result filled piece by piece",
        """
def aspp(x, weights, rates, join="sum"):
    def branch(b):
        return dilated_conv2d(x, weights[b], rates[b], (weights[b].shape[2] // 2) * rates[b])

    if join == "sum":
        return np.add.reduce([branch(b) for b in range(len(rates))])
    counts = np.cumsum([0] + [len(w) for w in weights])
    y = np.zeros((x.shape[0], counts[-1], *x.shape[2:]), x.dtype)
    for b in range(len(rates)):
        y[:, counts[b] : counts[b + 1]] = branch(b)
    return y
""",
    ),
    aspp(
        "its own convolution, without the other exercise's",
        """
def aspp(x, weights, rates, join="sum"):
    N, C, H, W = x.shape
    maps = []
    for w, d in zip(weights, rates):
        K, _, k, _ = w.shape
        p = d * (k // 2)
        padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        y = np.zeros((N, K, H, W), x.dtype)
        for i in range(k):
            for j in range(k):
                y += np.einsum("kc,nchw->nkhw", w[:, :, i, j], padded[:, :, d * i : d * i + H, d * j : d * j + W])
        maps.append(y)
    return np.concatenate(maps, axis=1) if join != "sum" else np.sum(maps, axis=0)
""",
    ),
    pyramid(
        "matrices that average, einsum",
        """
def averages(n, m):
    A = np.zeros((m, n))
    for i in range(m):
        first, end = int(np.floor(i * n / m)), int(np.ceil((i + 1) * n / m))
        A[i, first:end] = 1 / (end - first)
    return A


def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    parts = [x]
    for m in bins:
        rows, columns = averages(H, m).astype(x.dtype), averages(W, m).astype(x.dtype)
        parts.append(resize(np.einsum("ih,nchw,jw->ncij", rows, x, columns), (H, W)))
    return np.concatenate(parts, axis=1)
""",
    ),
    pyramid(
        "a result made first, filled level by level",
        """
import math


def pyramid_pool(x, bins=(1, 2, 3, 6)):
    N, C, H, W = x.shape
    y = np.zeros((N, C * (1 + len(bins)), H, W), x.dtype)
    y[:, :C] = x
    for level, m in enumerate(bins, start=1):
        means = np.stack(
            [
                np.stack(
                    [
                        x[:, :, i * H // m : math.ceil((i + 1) * H / m), j * W // m : math.ceil((j + 1) * W / m)].mean(
                            axis=(-1, -2)
                        )
                        for j in range(m)
                    ],
                    axis=-1,
                )
                for i in range(m)
            ],
            axis=-2,
        )
        y[:, level * C : (level + 1) * C] = resize(means, size=(H, W))
    return y
""",
    ),
    pyramid(
        "first along the rows, then along the columns",
        """
def pool(x, m, axis):
    n = x.shape[axis]
    parts = []
    for i in range(m):
        places = range(i * n // m, ((i + 1) * n + m - 1) // m)
        parts.append(x.take(places, axis).mean(axis=axis, keepdims=True))
    return np.concatenate(parts, axis=axis)


def pyramid_pool(x, bins=(1, 2, 3, 6)):
    return np.concatenate([x, *(resize(pool(pool(x, m, 3), m, 2), x.shape[2:]) for m in bins)], axis=1)
""",
    ),
]
