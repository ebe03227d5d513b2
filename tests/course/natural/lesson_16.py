"""Natural answers to lesson 16: a classifier slid over a picture, fully connected weights as kernels, multiply-adds."""

from . import Natural


def answer(name, about, source, hint=""):
    return Natural(f"16.{name}", about, f"import numpy as np\n{source}", hint)


ANSWERS = [
    # Windows ----------------------------------------------------------------------------------------------------------
    answer(
        "slide",
        "the last row and column of windows is missing: range(0, H - kh, stride)",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    rows = []
    for u in range(0, H - kh, stride):
        rows.append([classify(x[:, :, u:u + kh, v:v + kw]) for v in range(0, W - kw, stride)])
    return np.array(rows).transpose(2, 3, 0, 1)
""",
        hint="one_window_too_few",
    ),
    answer(
        "slide",
        "windows at every pixel, then every stride-th is filled: the index is not divided",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    first = classify(x[:, :, :kh, :kw])
    out = np.zeros((N, first.shape[1], oh, ow))
    for u in range(oh):
        for v in range(ow):
            out[:, :, u, v] = classify(x[:, :, u:u + kh, v:v + kw])
    return out
""",
        hint="counts_with_the_stride,_moves_by_one",
    ),
    answer(
        "slide",
        "windows that reach out are kept, cut off",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    rows = []
    for u in range(0, H, stride):
        rows.append([classify(x[:, :, u:u + kh, v:v + kw]) for v in range(0, W, stride)])
    return np.array(rows).transpose(2, 3, 0, 1)
""",
        hint="windows_cut_off_at_the_rim",
    ),
    answer(
        "slide",
        "oh and ow exchanged in the result",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    cols = []
    for v in range(0, W - kw + 1, stride):
        cols.append([classify(x[:, :, u:u + kh, v:v + kw]) for u in range(0, H - kh + 1, stride)])
    return np.array(cols).transpose(2, 3, 0, 1)
""",
        hint="places_transposed",
    ),
    answer(
        "slide",
        "the axes stay as the loops made them: (oh, ow, N, classes)",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    return np.array([[classify(x[:, :, u:u + kh, v:v + kw]) for v in range(0, W - kw + 1, stride)]
                     for u in range(0, H - kh + 1, stride)])
""",
        hint="axes_as_they_came",
    ),
    answer(
        "slide",
        "reshape instead of transpose",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    scores = np.array([[classify(x[:, :, u * stride:u * stride + kh, v * stride:v * stride + kw])
                        for v in range(ow)] for u in range(oh)])
    return scores.reshape(N, -1, oh, ow)
""",
        hint="reshape_for_transpose",
    ),
    answer(
        "slide",
        "classes and pictures exchanged",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    scores = np.array([[classify(x[:, :, u:u + kh, v:v + kw]) for v in range(0, W - kw + 1, stride)]
                       for u in range(0, H - kh + 1, stride)])
    return scores.transpose(3, 2, 0, 1)
""",
        hint="classes_before_pictures",
    ),
    answer(
        "slide",
        "only the first picture",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    classes = classify(x[:1, :, :kh, :kw]).shape[1]
    out = np.zeros((N, classes, oh, ow))
    for u in range(oh):
        for v in range(ow):
            s = classify(x[:1, :, u * stride:u * stride + kh, v * stride:v * stride + kw])
            out[:, :, u, v] = s[0]
    return out
""",
        hint="the_first_picture_only",
    ),
    answer(
        "slide",
        "kh and kw exchanged",
        """
def slide(classify, x, window, stride):
    kw, kh = window
    N, C, H, W = x.shape
    scores = [[classify(x[:, :, u:u + kh, v:v + kw]) for v in range(0, W - kw + 1, stride)]
              for u in range(0, H - kh + 1, stride)]
    return np.array(scores).transpose(2, 3, 0, 1)
""",
        hint="window_sides_exchanged",
    ),
    answer(
        "slide",
        "square windows: kh in both directions",
        """
def slide(classify, x, window, stride):
    k = window[0]
    N, C, H, W = x.shape
    oh = (H - k) // stride + 1
    ow = (W - k) // stride + 1
    out = []
    for u in range(oh):
        for v in range(ow):
            out.append(classify(x[:, :, u * stride:u * stride + k, v * stride:v * stride + k]))
    return np.stack(out, axis=-1).reshape(N, -1, oh, ow)
""",
        hint="square_windows",
    ),
    answer(
        "slide",
        "the stride acts inside the window: a window of every stride-th pixel",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    x = x[:, :, ::stride, ::stride]
    H, W = x.shape[2:]
    scores = [[classify(x[:, :, u:u + kh, v:v + kw]) for v in range(W - kw + 1)] for u in range(H - kh + 1)]
    return np.array(scores).transpose(2, 3, 0, 1)
""",
        hint="the_picture_thinned_out",
    ),
    answer(
        "slide",
        "stride as the window's size: windows do not overlap",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    scores = [[classify(x[:, :, u:u + kh, v:v + kw]) for v in range(0, W - kw + 1, kw)]
              for u in range(0, H - kh + 1, kh)]
    return np.array(scores).transpose(2, 3, 0, 1)
""",
        hint="side_by_side",
    ),
    answer(
        "slide",
        "stride is forgotten",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    scores = [[classify(x[:, :, u:u + kh, v:v + kw]) for v in range(W - kw + 1)] for u in range(H - kh + 1)]
    return np.array(scores).transpose(2, 3, 0, 1)
""",
        hint="no_stride",
    ),
    answer(
        "slide",
        "the class with the highest score, not the scores",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    scores = [[classify(x[:, :, u:u + kh, v:v + kw]) for v in range(0, W - kw + 1, stride)]
              for u in range(0, H - kh + 1, stride)]
    return np.array(scores).transpose(2, 3, 0, 1).argmax(axis=1)
""",
        hint="the_best_class",
    ),
    answer(
        "slide",
        "classify gets one picture, without the axis N",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = []
    for n in range(N):
        for u in range(oh):
            for v in range(ow):
                out.append(classify(x[n, :, u * stride:u * stride + kh, v * stride:v * stride + kw]))
    return np.array(out).reshape(N, oh, ow, -1).transpose(0, 3, 1, 2)
""",
        hint="windows_of_three_axes",
    ),
    answer(
        "slide",
        "classify gets flattened windows",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = [[classify(x[:, :, u * stride:u * stride + kh, v * stride:v * stride + kw].reshape(N, -1))
            for v in range(ow)] for u in range(oh)]
    return np.array(out).transpose(2, 3, 0, 1)
""",
        hint="flattened_windows",
    ),
    answer(
        "slide",
        "adds two classes of zeros: the number of classes is hard-coded",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = np.zeros((N, 2, oh, ow))
    for u in range(oh):
        for v in range(ow):
            out[:, :, u, v] = classify(x[:, :, u * stride:u * stride + kh, v * stride:v * stride + kw])
    return out
""",
        hint="as_many_classes_as_channels",
    ),
    answer(
        "slide",
        "the number of classes is taken to be the number of channels",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = np.zeros((N, C, oh, ow), dtype=x.dtype)
    for u in range(oh):
        for v in range(ow):
            out[:, :, u, v] = classify(x[:, :, u * stride:u * stride + kh, v * stride:v * stride + kw])
    return out
""",
        hint="as_many_classes_as_channels",
    ),
    answer(
        "slide",
        "the result has the dtype of x: scores of an integer picture are cut off",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = None
    for u in range(oh):
        for v in range(ow):
            s = classify(x[:, :, u * stride:u * stride + kh, v * stride:v * stride + kw])
            if out is None:
                out = np.empty((N, s.shape[1], oh, ow), x.dtype)
            out[:, :, u, v] = s
    return out
""",
        hint="the_picture's_dtype",
    ),
    answer(
        "slide",
        "the picture is padded with zeros so that every pixel has a window",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    x = np.pad(x, ((0, 0), (0, 0), (kh // 2, kh // 2), (kw // 2, kw // 2)))
    N, C, H, W = x.shape
    scores = [[classify(x[:, :, u:u + kh, v:v + kw]) for v in range(0, W - kw + 1, stride)]
              for u in range(0, H - kh + 1, stride)]
    return np.array(scores).transpose(2, 3, 0, 1)
""",
        hint="pads_all_round",
    ),
    answer(
        "slide",
        "the number of rows is rounded up",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh = int(np.ceil((H - kh) / stride)) + 1
    ow = int(np.ceil((W - kw) / stride)) + 1
    classes = classify(x[:, :, :kh, :kw]).shape[1]
    out = np.zeros((N, classes, oh, ow))
    for u in range(oh):
        for v in range(ow):
            out[:, :, u, v] = classify(x[:, :, u * stride:u * stride + kh, v * stride:v * stride + kw])
    return out
""",
        hint="windows_cut_off_at_the_rim",
    ),
    answer(
        "slide",
        "loops over the picture's rows twice: H in both directions",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    scores = [[classify(x[:, :, u:u + kh, v:v + kw]) for v in range(0, H - kw + 1, stride)]
              for u in range(0, H - kh + 1, stride)]
    return np.array(scores).transpose(2, 3, 0, 1)
""",
        hint="the_height_for_both",
    ),
    answer(
        "slide",
        "sums up what the windows say (+=), in an array that begins with ones",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = np.ones((N, classify(x[:, :, :kh, :kw]).shape[1], oh, ow))
    for u in range(oh):
        for v in range(ow):
            out[:, :, u, v] += classify(x[:, :, u * stride:u * stride + kh, v * stride:v * stride + kw])
    return out
""",
        hint="none",
    ),
    answer(
        "slide",
        "right for the worked example only: computes its two scores itself",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = np.zeros((N, 2, oh, ow))
    for u in range(oh):
        for v in range(ow):
            w = x[:, 0, u * stride:u * stride + kh, v * stride:v * stride + kw]
            out[:, 0, u, v] = w.sum(axis=(1, 2))
            out[:, 1, u, v] = w[:, 0, 0]
    return out
""",
        hint="scores_of_its_own",
    ),
    answer(
        "slide",
        "all windows in one batch, but put back in the wrong order: windows come first in the batch",
        """
def slide(classify, x, window, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, window, axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, oh, ow, kh, kw = windows.shape
    batch = windows.transpose(2, 3, 0, 1, 4, 5).reshape(-1, C, kh, kw)
    return classify(batch).reshape(N, oh, ow, -1).transpose(0, 3, 1, 2)
""",
        hint="windows_before_pictures",
    ),
    answer(
        "slide",
        "returns from inside the loop: the first row only",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    rows = []
    for u in range(0, H - kh + 1, stride):
        row = [classify(x[:, :, u:u + kh, v:v + kw]) for v in range(0, W - kw + 1, stride)]
        rows.append(row)
        return np.array(rows).transpose(2, 3, 0, 1)
""",
        hint="the_first_row_only",
    ),
    # A fully connected layer as a convolution ---------------------------------------------------------------------------
    answer(
        "convolutionalize",
        "the order kh, kw, C",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("does not fit")
    return weight.reshape(out, kh, kw, n // (kh * kw)).transpose(0, 3, 1, 2)
""",
        hint="channels_last",
    ),
    answer(
        "convolutionalize",
        "the order C, kw, kh",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw) != 0:
        raise ValueError
    return weight.reshape(out, -1, kw, kh).transpose(0, 1, 3, 2)
""",
        hint="kernels_transposed",
    ),
    answer(
        "convolutionalize",
        "kh and kw exchanged",
        """
def convolutionalize(weight, kernel_size):
    kw, kh = kernel_size
    out, n = weight.shape
    if n % (kh * kw) != 0:
        raise ValueError("kh * kw must divide the length of a row")
    return weight.reshape(out, n // (kh * kw), kh, kw)
""",
        hint="kh_and_kw_exchanged",
    ),
    answer(
        "convolutionalize",
        "a kernel of 1 x 1 always",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    if weight.shape[1] % (kh * kw):
        raise ValueError("does not fit")
    return weight[:, :, None, None]
""",
        hint="1_x_1_kernels",
    ),
    answer(
        "convolutionalize",
        "flipped kernels, because a convolution flips",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("does not fit")
    return weight.reshape(out, -1, kh, kw)[:, :, ::-1, ::-1]
""",
        hint="kernels_turned",
    ),
    answer(
        "convolutionalize",
        "in and out exchanged: (C, out, kh, kw)",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("does not fit")
    return weight.reshape(out, n // (kh * kw), kh, kw).transpose(1, 0, 2, 3)
""",
        hint="channels_first",
    ),
    answer(
        "convolutionalize",
        "the weight is taken as (n, out), as TensorFlow stores it",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    n, out = weight.shape
    if n % (kh * kw):
        raise ValueError("does not fit")
    return weight.T.reshape(out, n // (kh * kw), kh, kw)
""",
        hint="outputs_second",
    ),
    answer(
        "convolutionalize",
        "transposed before the reshape, with the right shape",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("does not fit")
    return weight.T.reshape(out, n // (kh * kw), kh, kw)
""",
        hint="weight_transposed_first",
    ),
    answer(
        "convolutionalize",
        "reshape(out, -1, kh, kw) with float32",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    return weight.astype(np.float32).reshape(len(weight), -1, kh, kw)
""",
        hint="float32_always",
    ),
    answer(
        "convolutionalize",
        "fills a float64 array in loops",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("does not fit")
    C = n // (kh * kw)
    kernel = np.zeros((out, C, kh, kw))
    for k in range(out):
        for c in range(C):
            for i in range(kh):
                for j in range(kw):
                    kernel[k, c, i, j] = weight[k, (c * kh + i) * kw + j]
    return kernel
""",
        hint="float64",
    ),
    answer(
        "convolutionalize",
        "a wrong index in the loops: i + j * kh",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("does not fit")
    C = n // (kh * kw)
    kernel = np.zeros((out, C, kh, kw), weight.dtype)
    for k in range(out):
        for c in range(C):
            for i in range(kh):
                for j in range(kw):
                    kernel[k, c, i, j] = weight[k, c * kh * kw + i + j * kh]
    return kernel
""",
        hint="kernels_transposed",
    ),
    answer(
        "convolutionalize",
        "the channel changes fastest in the loops",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("does not fit")
    C = n // (kh * kw)
    kernel = np.zeros((out, C, kh, kw), weight.dtype)
    for c in range(C):
        kernel[:, c] = weight[:, c::C].reshape(out, kh, kw)
    return kernel
""",
        hint="channels_last",
    ),
    answer(
        "convolutionalize",
        "no error: the rest of a row is cut off",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    C = n // (kh * kw)
    return weight[:, :C * kh * kw].reshape(out, C, kh, kw)
""",
        hint="cuts_off_the_rest",
    ),
    answer(
        "convolutionalize",
        "an AssertionError instead of a ValueError",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    assert n % (kh * kw) == 0, "kh * kw must divide n"
    return weight.reshape(out, n // (kh * kw), kh, kw)
""",
        hint="an_assertion",
    ),
    answer(
        "convolutionalize",
        "returns None instead of an error",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw) == 0:
        return weight.reshape(out, n // (kh * kw), kh, kw)
""",
        hint="None_for_a_wrong_size",
    ),
    answer(
        "convolutionalize",
        "checks kh and kw one by one: 4 and 6 divide 12, 24 does not",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % kh or n % kw:
        raise ValueError("does not fit")
    C = n // (kh * kw)
    return weight[:, :C * kh * kw].reshape(out, C, kh, kw)
""",
        hint="sides_one_by_one",
    ),
    answer(
        "convolutionalize",
        "the axis C is forgotten",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("does not fit")
    return weight.reshape(out * (n // (kh * kw)), kh, kw)
""",
        hint="kernels_not_grouped",
    ),
    answer(
        "convolutionalize",
        "one channel is assumed",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    return weight.reshape(weight.shape[0], 1, kh, kw)
""",
        hint="one_channel",
    ),
    answer(
        "convolutionalize",
        "changes the shape of the weight that it was given",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("does not fit")
    weight.shape = (out, n // (kh * kw), kh, kw)
    return weight
""",
        hint="in_place",
    ),
    # Multiply-adds ------------------------------------------------------------------------------------------------------
    answer(
        "cost",
        "C is never updated",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel * kernel
    return total
""",
        hint="channels_stay",
    ),
    answer(
        "cost",
        "the kernel counts once, not twice",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel
        C = channels
    return total
""",
        hint="kernel_not_squared",
    ),
    answer(
        "cost",
        "the size of the input, not of the output",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        C = channels
    return total
""",
        hint="the_input's_places",
    ),
    answer(
        "cost",
        "poolings cost as much as convolutions",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="poolings_counted",
    ),
    answer(
        "cost",
        "poolings round down as well",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = (H + 2 * padding - kernel) // stride + 1
        W = (W + 2 * padding - kernel) // stride + 1
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="poolings_round_down",
    ),
    answer(
        "cost",
        "convolutions round up as well",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=True)
        W = output_length(W, kernel, stride, padding, ceil_mode=True)
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="convolutions_round_up",
    ),
    answer(
        "cost",
        "padding once instead of twice",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H + padding, kernel, stride, 0, ceil_mode=kind == "pool")
        W = output_length(W + padding, kernel, stride, 0, ceil_mode=kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="padding_on_one_side",
    ),
    answer(
        "cost",
        "padding is ignored",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, ceil_mode=kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="no_padding",
    ),
    answer(
        "cost",
        "a division that is not floored: a float, and fractions of units",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = (H + 2 * padding - kernel) / stride + 1
        W = (W + 2 * padding - kernel) / stride + 1
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="sizes_not_rounded",
    ),
    answer(
        "cost",
        "no ValueError",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="not_refused",
    ),
    answer(
        "cost",
        "ValueError for convolutions only",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if kind == "conv":
            if H < 1 or W < 1:
                raise ValueError("does not fit")
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="poolings_never_refused",
    ),
    answer(
        "cost",
        "only the height is checked",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if H < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="width_not_looked_at",
    ),
    answer(
        "cost",
        "a kernel larger than the picture is an error, even if it fits with the padding",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        if kernel > H or kernel > W:
            raise ValueError("does not fit")
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="refuses_what_fits_with_padding",
    ),
    answer(
        "cost",
        "an error already if the result is 1 x 1",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if H <= 1 or W <= 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="one_unit_refused",
    ),
    answer(
        "cost",
        "multiplications and additions counted separately: twice as many",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += 2 * channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="two_operations",
    ),
    answer(
        "cost",
        "the bias is counted",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * (C * kernel ** 2 + 1)
        C = channels
    return total
""",
        hint="the_bias_counted",
    ),
    answer(
        "cost",
        "the number of weights, not of multiply-adds",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * C * kernel ** 2
        C = channels
    return total
""",
        hint="weights,_not_multiply-adds",
    ),
    answer(
        "cost",
        "poolings are skipped altogether: they do not change the size",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        if kind != "conv":
            continue
        H = output_length(H, kernel, stride, padding)
        W = output_length(W, kernel, stride, padding)
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="poolings_skipped",
    ),
    answer(
        "cost",
        "the picture is square",
        """
def cost(layers, size):
    C, n, _ = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        n = output_length(n, kernel, stride, padding, ceil_mode=kind == "pool")
        if n < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * n * n * C * kernel ** 2
        C = channels
    return total
""",
        hint="square_pictures",
    ),
    answer(
        "cost",
        "the size is read as (H, W, C)",
        """
def cost(layers, size):
    H, W, C = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="size_read_as_(H,_W,_C)",
    ),
    answer(
        "cost",
        "the last layer only: = instead of +=",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total = channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="the_last_layer_only",
    ),
    answer(
        "cost",
        "counted in int32, which overflows for a large net",
        """
def cost(layers, size):
    C, H, W = size
    total = np.int32(0)
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, ceil_mode=kind == "pool")
        W = output_length(W, kernel, stride, padding, ceil_mode=kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += np.prod([channels, H, W, C, kernel, kernel], dtype=np.int32)
        C = channels
    return total
""",
        hint="int32_overflows",
    ),
    answer(
        "cost",
        "stride and padding exchanged in the call",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, padding, stride, kind == "pool")
        W = output_length(W, kernel, padding, stride, kind == "pool")
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
        hint="arguments_of_output_length_exchanged",
    ),
    # By a second author -----------------------------------------------------------------------------------------------
    answer(
        "slide",
        "one window too few, in both directions: no + 1",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride, (W - kw) // stride
    rows = [[classify(x[:, :, u * stride : u * stride + kh, v * stride : v * stride + kw]) for v in range(ow)] for u in range(oh)]
    return np.array(rows).transpose(2, 3, 0, 1)
""",
        "one_window_too_few",
    ),
    answer(
        "slide",
        "range(0, H - kh, stride): the last window is missing when it fits exactly",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    rows = []
    for i in range(0, H - kh, stride):
        row = []
        for j in range(0, W - kw, stride):
            row.append(classify(x[:, :, i:i + kh, j:j + kw]))
        rows.append(np.stack(row, axis=-1))
    return np.stack(rows, axis=2)
""",
        "one_window_too_few",
    ),
    answer(
        "slide",
        "steps through the whole picture and pads nothing: windows cut off at the rim",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    rows = []
    for top in range(0, x.shape[2], stride):
        row = []
        for left in range(0, x.shape[3], stride):
            row.append(classify(x[:, :, top:top + kh, left:left + kw]))
        rows.append(np.stack(row, -1))
    return np.stack(rows, -2)
""",
        "windows_cut_off_at_the_rim",
    ),
    answer(
        "slide",
        "np.array of the nested lists, reshaped into the result instead of transposed",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    n, _, h, w = x.shape
    oh = (h - kh) // stride + 1
    ow = (w - kw) // stride + 1
    scores = []
    for u in range(oh):
        for v in range(ow):
            scores.append(classify(x[:, :, stride*u:stride*u+kh, stride*v:stride*v+kw]))
    scores = np.array(scores)
    return scores.reshape(n, -1, oh, ow)
""",
        "reshape_for_transpose",
    ),
    answer(
        "slide",
        "batch of windows in the order place, picture; reshaped as picture, place",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    n, c, h, w = x.shape
    oh, ow = 1 + (h - kh) // stride, 1 + (w - kw) // stride
    cut = [x[:, :, i*stride:i*stride+kh, j*stride:j*stride+kw] for i in range(oh) for j in range(ow)]
    s = classify(np.concatenate(cut))
    return s.reshape(n, oh, ow, -1).transpose(0, 3, 1, 2)
""",
        "windows_before_pictures",
    ),
    answer(
        "slide",
        "classes last",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    first = classify(x[:, :, :kh, :kw])
    out = np.zeros((N, oh, ow, first.shape[1]), first.dtype)
    for u in range(oh):
        for v in range(ow):
            out[:, u, v] = classify(x[:, :, u*stride:u*stride+kh, v*stride:v*stride+kw])
    return out
""",
        "classes_last",
    ),
    answer(
        "slide",
        "number of classes taken from the channels of x",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    scores = np.zeros((N, C, oh, ow))
    for u in range(oh):
        for v in range(ow):
            scores[:, :, u, v] = classify(x[:, :, u*stride:u*stride+kh, v*stride:v*stride+kw])
    return scores
""",
        "as_many_classes_as_channels",
    ),
    answer(
        "slide",
        "np.empty without a dtype: float64",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    K = classify(x[:, :, :kh, :kw]).shape[1]
    scores = np.empty((N, K, oh, ow))
    for u in range(oh):
        for v in range(ow):
            y, z = u * stride, v * stride
            scores[..., u, v] = classify(x[..., y:y+kh, z:z+kw])
    return scores
""",
        "float64",
    ),
    answer(
        "slide",
        "the dtype of x instead of that of the scores",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    oh = output_length(x.shape[2], kh, stride)
    ow = output_length(x.shape[3], kw, stride)
    out = None
    for u in range(oh):
        for v in range(ow):
            s = classify(x[:, :, u*stride:u*stride+kh, v*stride:v*stride+kw])
            if out is None:
                out = np.zeros(s.shape + (oh, ow), dtype=x.dtype)
            out[:, :, u, v] = s
    return out
""",
        "the_picture's_dtype",
    ),
    answer(
        "slide",
        "window's height used for both directions",
        """
def slide(classify, x, window, stride):
    k = window[0]
    N, C, H, W = x.shape
    oh, ow = (H - k) // stride + 1, (W - k) // stride + 1
    return np.stack([np.stack([classify(x[:, :, u*stride:u*stride+k, v*stride:v*stride+k]) for v in range(ow)], -1) for u in range(oh)], -2)
""",
        "square_windows",
    ),
    answer(
        "slide",
        "sliding_window_view with the stride forgotten",
        """
def slide(classify, x, window, stride):
    w = np.lib.stride_tricks.sliding_window_view(x, window, axis=(2, 3))
    n, c, oh, ow, kh, kw = w.shape
    flat = w.transpose(0, 2, 3, 1, 4, 5).reshape(-1, c, kh, kw)
    return classify(flat).reshape(n, oh, ow, -1).transpose(0, 3, 1, 2)
""",
        "no_stride",
    ),
    answer(
        "slide",
        "begins at (u, v), counts with the stride",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    scores = [classify(x[:, :, u:u + kh, v:v + kw]) for u in range(oh) for v in range(ow)]
    return np.stack(scores, axis=-1).reshape(N, -1, oh, ow)
""",
        "counts_with_the_stride,_moves_by_one",
    ),
    answer(
        "slide",
        "one picture only: x[0]",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    windows = np.stack([x[0, :, u:u+kh, v:v+kw] for u in range(0, H-kh+1, stride) for v in range(0, W-kw+1, stride)])
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    return classify(windows).T.reshape(1, -1, oh, ow)
""",
        "the_first_picture_only",
    ),
    answer(
        "slide",
        "the window flattened before classify",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    rows = []
    for u in range(oh):
        row = []
        for v in range(ow):
            patch = x[:, :, u*stride:u*stride+kh, v*stride:v*stride+kw]
            row.append(classify(patch.reshape(N, -1)))
        rows.append(row)
    return np.array(rows).transpose(2, 3, 0, 1)
""",
        "flattened_windows",
    ),
    answer(
        "slide",
        "ceil instead of floor, and the last window pushed back into the picture",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh = int(np.ceil((H - kh) / stride)) + 1
    ow = int(np.ceil((W - kw) / stride)) + 1
    rows = []
    for u in range(oh):
        top = min(u * stride, H - kh)
        row = []
        for v in range(ow):
            left = min(v * stride, W - kw)
            row.append(classify(x[:, :, top:top+kh, left:left+kw]))
        rows.append(np.stack(row, 2))
    return np.stack(rows, 2)
""",
        "a_last_window_at_the_rim",
    ),
    answer(
        "slide",
        "grid.T in place of the transpose",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    grid = np.array([[classify(x[:, :, u*stride:u*stride+kh, v*stride:v*stride+kw]) for v in range(ow)] for u in range(oh)])
    return grid.T
""",
        "all_axes_reversed",
    ),
    answer(
        "slide",
        "softmax of the scores, to have a heat map in 0..1",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    rows = []
    for u in range(oh):
        row = []
        for v in range(ow):
            s = classify(x[:, :, u*stride:u*stride+kh, v*stride:v*stride+kw])
            e = np.exp(s - s.max(axis=1, keepdims=True))
            row.append(e / e.sum(axis=1, keepdims=True))
        rows.append(np.stack(row, -1))
    return np.stack(rows, -2)
""",
        "softmax",
    ),
    answer(
        "slide",
        "windows of one picture at a time, each squeezed: classify gets (C, kh, kw)",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = []
    for n in range(N):
        out.append([[classify(x[n, :, u*stride:u*stride+kh, v*stride:v*stride+kw]) for v in range(ow)] for u in range(oh)])
    return np.array(out).transpose(0, 3, 1, 2)
""",
        "windows_of_three_axes",
    ),
    answer(
        "slide",
        "zeros made anew for each window",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    for u in range(oh):
        for v in range(ow):
            s = classify(x[:, :, u*stride:u*stride+kh, v*stride:v*stride+kw])
            scores = np.zeros((N, s.shape[1], oh, ow), s.dtype)
            scores[:, :, u, v] = s
    return scores
""",
        "zeros_for_each_window",
    ),
    answer(
        "convolutionalize",
        "C first computed with the wrong axis: shape[0]",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("no")
    return weight.reshape(n // (kh * kw), out, kh, kw)
""",
        "reshaped_with_C_first",
    ),
    answer(
        "convolutionalize",
        "the weight made float32, whatever it was",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    return weight.reshape(len(weight), weight.shape[1] // kh // kw, kh, kw).astype(np.float32)
""",
        "float32_always",
    ),
    answer(
        "convolutionalize",
        "an assertion instead of ValueError",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    assert n % (kh * kw) == 0, "does not fit"
    return weight.reshape(out, n // (kh * kw), kh, kw)
""",
        "an_assertion",
    ),
    answer(
        "convolutionalize",
        "flattened as kh, kw, C (channels last)",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw) != 0:
        raise ValueError("kernel does not divide the row")
    return weight.reshape(out, kh, kw, -1).transpose(0, 3, 1, 2)
""",
        "channels_last",
    ),
    answer(
        "convolutionalize",
        "kw and kh exchanged in the unpacking",
        """
def convolutionalize(weight, kernel_size):
    kw, kh = kernel_size
    if weight.shape[1] % (kw * kh):
        raise ValueError
    return weight.reshape(weight.shape[0], -1, kh, kw)
""",
        "kh_and_kw_exchanged",
    ),
    answer(
        "convolutionalize",
        "kernel flipped, as for a mathematical convolution",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    if weight.shape[1] % (kh * kw):
        raise ValueError("bad")
    return weight.reshape(len(weight), -1, kh, kw)[:, :, ::-1, ::-1]
""",
        "kernels_turned",
    ),
    answer(
        "convolutionalize",
        "kh and kw looked at one by one, then np.resize",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % kh or n % kw:
        raise ValueError(f"{n} is not divisible")
    C = n // (kh * kw)
    return np.resize(weight, (out, C, kh, kw))
""",
        "sides_one_by_one",
    ),
    answer(
        "convolutionalize",
        "resizes in place: weight.shape = ...",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("kh * kw does not divide a row")
    weight.shape = (out, n // (kh * kw), kh, kw)
    return weight
""",
        "in_place",
    ),
    answer(
        "convolutionalize",
        "the check the wrong way round",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if (kh * kw) % n != 0:
        raise ValueError("kh * kw does not divide the length of a row")
    return weight.reshape(out, n // (kh * kw), kh, kw)
""",
        "one_channel",
    ),
    answer(
        "convolutionalize",
        "order F",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("row")
    return weight.reshape((out, n // (kh * kw), kh, kw), order="F")
""",
        "Fortran's_order",
    ),
    answer(
        "convolutionalize",
        "each row reshaped as (C, kw, kh) and transposed",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("row")
    return weight.reshape(out, -1, kw, kh).transpose(0, 1, 3, 2)
""",
        "kernels_transposed",
    ),
    answer(
        "convolutionalize",
        "np.zeros and a loop: float64",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("row")
    C = n // (kh * kw)
    kernel = np.zeros((out, C, kh, kw))
    for o in range(out):
        for c in range(C):
            for i in range(kh):
                for j in range(kw):
                    kernel[o, c, i, j] = weight[o, c * kh * kw + i * kw + j]
    return kernel
""",
        "float64",
    ),
    answer(
        "convolutionalize",
        "index of the tap with i * kh",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    out, n = weight.shape
    if n % (kh * kw):
        raise ValueError("row")
    C = n // (kh * kw)
    kernel = np.zeros((out, C, kh, kw), weight.dtype)
    for c in range(C):
        for i in range(kh):
            for j in range(kw):
                kernel[:, c, i, j] = weight[:, (c * kh * kw + i * kh + j) % n]
    return kernel
""",
        "rows_of_kh_taps",
    ),
    answer(
        "convolutionalize",
        "takes a weight as (in, out), as in lesson 4's x @ W",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    n, out = weight.shape
    if n % (kh * kw):
        raise ValueError("row")
    return weight.T.reshape(out, n // (kh * kw), kh, kw)
""",
        "outputs_second",
    ),
    answer(
        "convolutionalize",
        "drops the axes for vectors",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    if kernel_size == (1, 1):
        return weight[:, :, None]
    if weight.shape[1] % (kh * kw):
        raise ValueError("row")
    return weight.reshape(weight.shape[0], -1, kh, kw)
""",
        "vectors_without_their_axes",
    ),
    answer(
        "convolutionalize",
        "np.split into channels, stacked at axis 0",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    C, rest = divmod(weight.shape[1], kh * kw)
    if rest:
        raise ValueError("row")
    return np.stack([part.reshape(-1, kh, kw) for part in np.split(weight, C, axis=1)])
""",
        "channels_first",
    ),
    answer(
        "cost",
        "pool rounds down as well",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, k, s, p in layers:
        H = (H + 2 * p - k) // s + 1
        W = (W + 2 * p - k) // s + 1
        if H < 1 or W < 1:
            raise ValueError("kernel does not fit")
        if kind == "conv":
            total += channels * H * W * C * k * k
        C = channels
    return total
""",
        "poolings_round_down",
    ),
    answer(
        "cost",
        "conv rounds up too: ceil_mode always",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        oh = output_length(H, kernel, stride, padding, True)
        ow = output_length(W, kernel, stride, padding, True)
        if oh <= 0 or ow <= 0:
            raise ValueError("the kernel does not fit")
        if kind == "conv":
            total += channels * oh * ow * C * kernel ** 2
        C, H, W = channels, oh, ow
    return total
""",
        "convolutions_round_up",
    ),
    answer(
        "cost",
        "only a size of 0 is refused",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        pool = kind == "pool"
        H = output_length(H, kernel, stride, padding, pool)
        W = output_length(W, kernel, stride, padding, pool)
        if H == 0 or W == 0:
            raise ValueError("the kernel does not fit")
        if not pool:
            total += channels * H * W * C * kernel * kernel
        C = channels
    return total
""",
        "refuses_zero_only",
    ),
    answer(
        "cost",
        "kernel fits without regard to padding",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        if kernel > H or kernel > W:
            raise ValueError("the kernel does not fit")
        H = output_length(H, kernel, stride, padding, kind == "pool")
        W = output_length(W, kernel, stride, padding, kind == "pool")
        if kind == "conv":
            total += channels * H * W * C * kernel * kernel
        C = channels
    return total
""",
        "refuses_what_fits_with_padding",
    ),
    answer(
        "cost",
        "only raises if both directions do not fit",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        if H + 2 * padding < kernel and W + 2 * padding < kernel:
            raise ValueError("the kernel does not fit")
        H = output_length(H, kernel, stride, padding, kind == "pool")
        W = output_length(W, kernel, stride, padding, kind == "pool")
        if kind == "conv":
            total += channels * H * W * C * kernel * kernel
        C = channels
    return total
""",
        "refuses_only_if_both_are_too_small",
    ),
    answer(
        "cost",
        "no ValueError",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, kind == "pool")
        W = output_length(W, kernel, stride, padding, kind == "pool")
        if kind == "conv":
            total += channels * H * W * C * kernel * kernel
        C = channels
    return total
""",
        "not_refused",
    ),
    answer(
        "cost",
        "input size instead of output size",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        if H + 2 * padding < kernel or W + 2 * padding < kernel:
            raise ValueError("the kernel does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel * kernel
        H = output_length(H, kernel, stride, padding, kind == "pool")
        W = output_length(W, kernel, stride, padding, kind == "pool")
        C = channels
    return total
""",
        "the_input's_places",
    ),
    answer(
        "cost",
        "C is not updated",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        if min(H, W) + 2 * padding < kernel:
            raise ValueError("the kernel does not fit")
        H, W = (output_length(n, kernel, stride, padding, kind == "pool") for n in (H, W))
        if kind == "conv":
            total += channels * C * kernel ** 2 * H * W
    return total
""",
        "channels_stay",
    ),
    answer(
        "cost",
        "the padding added once",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        H, W = H + padding, W + padding
        if min(H, W) < kernel:
            raise ValueError("the kernel does not fit")
        H, W = (output_length(n, kernel, stride, 0, kind == "pool") for n in (H, W))
        if kind == "conv":
            total += channels * C * kernel ** 2 * H * W
            C = channels
    return total
""",
        "padding_on_one_side",
    ),
    answer(
        "cost",
        "kernel counted once",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        if min(H, W) + 2 * padding < kernel:
            raise ValueError("the kernel does not fit")
        H, W = (output_length(n, kernel, stride, padding, kind == "pool") for n in (H, W))
        if kind == "conv":
            total += channels * C * kernel * H * W
        C = channels
    return total
""",
        "kernel_not_squared",
    ),
    answer(
        "cost",
        "the total begins with 0.0",
        """
def cost(layers, size):
    C, H, W = size
    total = 0.0
    for kind, channels, kernel, stride, padding in layers:
        if min(H, W) + 2 * padding < kernel:
            raise ValueError("the kernel does not fit")
        H, W = (output_length(n, kernel, stride, padding, kind == "pool") for n in (H, W))
        if kind == "conv":
            total += channels * C * kernel ** 2 * H * W
        C = channels
    return total
""",
        "a_float",
    ),
    answer(
        "cost",
        "int32 in NumPy overflows",
        """
def cost(layers, size):
    C, H, W = size
    costs = np.zeros(len(layers), np.int32)
    for i, (kind, channels, kernel, stride, padding) in enumerate(layers):
        if min(H, W) + 2 * padding < kernel:
            raise ValueError("the kernel does not fit")
        H, W = (output_length(n, kernel, stride, padding, kind == "pool") for n in (H, W))
        if kind == "conv":
            costs[i] = np.int64(channels * C * kernel ** 2 * H * W).astype(np.int32)
        C = channels
    return int(costs.sum(dtype=np.int32))
""",
        "int32_overflows",
    ),
    answer(
        "cost",
        "pooling counts too",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        if min(H, W) + 2 * padding < kernel:
            raise ValueError("the kernel does not fit")
        H, W = (output_length(n, kernel, stride, padding, kind == "pool") for n in (H, W))
        total += channels * (C if kind == "conv" else 1) * kernel ** 2 * H * W
        C = channels
    return total
""",
        "poolings_counted",
    ),
    answer(
        "cost",
        "the padding of a pooling ignored",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for layer in layers:
        kind, K, k, s, p = layer
        if kind == "conv":
            H, W = (H + 2 * p - k) // s + 1, (W + 2 * p - k) // s + 1
            total += K * H * W * C * k * k
        elif kind == "pool":
            H, W = -(-(H - k) // s) + 1, -(-(W - k) // s) + 1
        if H <= 0 or W <= 0:
            raise ValueError("no units")
        C = K
    return total
""",
        "poolings_without_padding",
    ),
    answer(
        "cost",
        "returns inside the loop",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        if min(H, W) + 2 * padding < kernel:
            raise ValueError("the kernel does not fit")
        H, W = (output_length(n, kernel, stride, padding, kind == "pool") for n in (H, W))
        if kind == "conv":
            total += channels * C * kernel ** 2 * H * W
        C = channels
        return total
""",
        "the_first_layer_only",
    ),
    answer(
        "cost",
        "taps in the padding are not counted",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, k, s, p in layers:
        if min(H, W) + 2 * p < k:
            raise ValueError("the kernel does not fit")
        oh, ow = (output_length(n, k, s, p, kind == "pool") for n in (H, W))
        if kind == "conv":
            taps = lambda o, n: sum(0 <= u * s - p + i < n for u in range(o) for i in range(k))
            total += channels * C * taps(oh, H) * taps(ow, W)
        C, H, W = channels, oh, ow
    return total
""",
        "taps_in_the_padding_left_out",
    ),
]

RIGHT = [
    answer(
        "slide",
        "an array that is filled, made when the first scores are there",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, C, H, W = x.shape
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    out = None
    for v in range(ow):
        for u in range(oh):
            s = np.asarray(classify(x[:, :, stride * u:stride * u + kh, stride * v:stride * v + kw]))
            if out is None:
                out = np.empty(s.shape + (oh, ow), s.dtype)
            out[..., u, v] = s
    return out
""",
    ),
    answer(
        "slide",
        "all windows in one batch",
        """
def slide(classify, x, window, stride):
    windows = np.lib.stride_tricks.sliding_window_view(x, window, axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, oh, ow, kh, kw = windows.shape
    batch = windows.transpose(0, 2, 3, 1, 4, 5).reshape(-1, C, kh, kw)
    return classify(batch).reshape(N, oh, ow, -1).transpose(0, 3, 1, 2)
""",
    ),
    answer(
        "slide",
        "two stacks along the last axis",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    def row(u):
        last = x.shape[3] - kw
        return np.stack([classify(x[:, :, u:u + kh, v:v + kw]) for v in range(0, last + 1, stride)], axis=-1)
    return np.stack([row(u) for u in range(0, x.shape[2] - kh + 1, stride)], axis=-2)
""",
    ),
    answer(
        "slide",
        "a dict of scores, every picture for itself",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    N, _, H, W = x.shape
    found = {}
    u = 0
    while u * stride + kh <= H:
        v = 0
        while v * stride + kw <= W:
            found[u, v] = np.concatenate(
                [classify(x[n:n + 1, :, u * stride:][:, :, :kh, v * stride:v * stride + kw]) for n in range(N)])
            v += 1
        u += 1
    oh, ow = max(found)[0] + 1, max(found)[1] + 1
    return np.moveaxis(np.array([[found[u, v] for v in range(ow)] for u in range(oh)]), (0, 1), (2, 3))
""",
    ),
    answer(
        "convolutionalize",
        "reshape finds the number of channels and raises by itself",
        """
def convolutionalize(weight, kernel_size):
    return weight.reshape(weight.shape[0], -1, *kernel_size)
""",
    ),
    answer(
        "convolutionalize",
        "a copy, through divmod",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    channels, rest = divmod(weight.shape[1], kh * kw)
    if rest != 0:
        raise ValueError("kernel_size does not fit")
    return np.array([row.reshape(channels, kh, kw) for row in weight])
""",
    ),
    answer(
        "convolutionalize",
        "one tap at a time",
        """
def convolutionalize(weight, kernel_size):
    kh, kw = kernel_size
    taps = kh * kw
    if weight.shape[1] % taps:
        raise ValueError(f"{taps} does not divide {weight.shape[1]}")
    kernel = np.empty((len(weight), weight.shape[1] // taps, kh, kw), weight.dtype)
    for i in range(kh):
        for j in range(kw):
            kernel[:, :, i, j] = weight[:, i * kw + j::taps]
    return kernel
""",
    ),
    answer(
        "cost",
        "numpy's sizes in an array, a sum over a list",
        """
def cost(layers, size):
    C, *hw = size
    terms = []
    for kind, channels, kernel, stride, padding in layers:
        hw = [output_length(n, kernel, stride, padding, kind == "pool") for n in hw]
        if min(hw) <= 0:
            raise ValueError(f"{kind} with a kernel of {kernel} does not fit")
        terms.append(channels * hw[0] * hw[1] * kernel * kernel * C if kind == "conv" else 0)
        C = channels
    return int(sum(terms))
""",
    ),
    answer(
        "cost",
        "recursive",
        """
def cost(layers, size):
    if len(layers) == 0:
        return 0
    (kind, K, k, s, p), rest = layers[0], layers[1:]
    C, H, W = size
    oh = output_length(H, k, s, p, ceil_mode=(kind == "pool"))
    ow = output_length(W, k, s, p, ceil_mode=(kind == "pool"))
    if oh < 1 or ow < 1:
        raise ValueError("too small")
    here = K * oh * ow * C * k * k if kind == "conv" else 0
    return here + cost(rest, (K, oh, ow))
""",
    ),
    answer(
        "cost",
        "the lengths counted without output_length, with the rule of lesson 10",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, k, s, p in layers:
        new = []
        for n in (H, W):
            room = n + 2 * p - k
            if kind == "pool":
                m = -(-room // s) + 1
                if (m - 1) * s >= n + p:
                    m -= 1
            else:
                m = room // s + 1
            if m < 1:
                raise ValueError("does not fit")
            new.append(m)
        H, W = new
        if kind == "conv":
            total += channels * H * W * C * k * k
        C = channels
    return total
""",
    ),
    answer(
        "cost",
        "rounds up by hand (keeps a pooling window that begins in the padding, of which the lesson says nothing)",
        """
def cost(layers, size):
    C, H, W = size
    total = 0
    for kind, channels, kernel, stride, padding in layers:
        if kind == "pool":
            H = -(-(H + 2 * padding - kernel) // stride) + 1
            W = -(-(W + 2 * padding - kernel) // stride) + 1
        else:
            H = (H + 2 * padding - kernel) // stride + 1
            W = (W + 2 * padding - kernel) // stride + 1
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel ** 2
        C = channels
    return total
""",
    ),
    answer(
        "cost",
        "rounds poolings up with math.ceil",
        """
from math import ceil
def cost(layers, size):
    c, h, w = size
    total = 0
    for kind, k, f, s, p in layers:
        if h + 2 * p < f or w + 2 * p < f:
            raise ValueError("kernel does not fit")
        if kind == "conv":
            h, w = (h + 2*p - f) // s + 1, (w + 2*p - f) // s + 1
            total += k * h * w * c * f * f
        else:
            h, w = ceil((h + 2*p - f) / s) + 1, ceil((w + 2*p - f) / s) + 1
        c = k
    return total
""",
    ),
    answer(
        "slide",
        "counts with lesson 10's output_length",
        """
def slide(classify, x, window, stride):
    kh, kw = window
    oh, ow = output_length(x.shape[2], kh, stride), output_length(x.shape[3], kw, stride)
    rows = []
    for u in range(oh):
        i = u * stride
        rows.append([classify(x[:, :, i : i + kh, v * stride : v * stride + kw]) for v in range(ow)])
    return np.array(rows).transpose(2, 3, 0, 1)
""",
    ),
]
