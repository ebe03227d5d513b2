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
]
