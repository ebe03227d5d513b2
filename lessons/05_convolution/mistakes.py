"""Wrong answers to lesson 5 that people really write, each with what to tell them. Read variants.py next."""

import numpy as np

from minifcn.course.exercise import Mistake

SIZE = "return (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1"
SIZE_IN_CONV2D = "output_size((H, W), (kh, kw), stride, padding)"
WINDOW = "padded[n, :, u * stride : u * stride + kh, v * stride : v * stride + kw]"
PAD = "((0, 0), (0, 0), (padding, padding), (padding, padding))"
SUM = "bias[k] + (weight[k] * window).sum()"
SLICES = "n, slice(None), slice(u * stride, u * stride + kh), slice(v * stride, v * stride + kw)"
GIVE_X = "grad_padded[window] += grad[n, k, u, v] * weight[k]"
GIVE_WEIGHT = "grad_weight[k] += grad[n, k, u, v] * padded[window]"
CROP = "grad_padded[:, :, padding : padding + H, padding : padding + W]"
RETURN = "return grad_x, grad_weight, grad.sum(axis=(0, 2, 3))"


def size(text):
    """The change that computes the output size with another formula in n and k."""
    return ((SIZE, f"return tuple({text} for n, k in zip(size, kernel_size))"),)


def bias_gradient(text):
    return ((RETURN, f"return grad_x, grad_weight, {text}"),)


def same_size_always(size, kernel_size, stride=1, padding=0):
    places = (size[0] + 2 * padding - kernel_size[0]) // stride + 1
    return places, places


def only_inner_windows(x, weight, bias, stride=1, padding=0):
    """Leaves the outputs at 0 whose window touches the padding."""
    (N, _, H, W), (K, _, kh, kw) = x.shape, weight.shape
    oh, ow = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    y = np.zeros((N, K, oh, ow), x.dtype)
    for n, k, u, v in np.ndindex(y.shape):
        top, left = u * stride - padding, v * stride - padding
        if top >= 0 and left >= 0 and top + kh <= H and left + kw <= W:
            y[n, k, u, v] = bias[k] + (weight[k] * x[n, :, top : top + kh, left : left + kw]).sum()
    return y


def square_kernel_only(size, kernel_size, stride=1, padding=0):
    (H, W), kh = size, kernel_size[0]
    return (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kh) // stride + 1


def floor_of_fractions(size, kernel_size, stride=1, padding=0):
    return tuple(np.floor((n + 2 * padding - k) / stride) + 1 for n, k in zip(size, kernel_size))


def divides_the_kernel_only(size, kernel_size, stride=1, padding=0):
    return tuple(n + 2 * padding - k // stride + 1 for n, k in zip(size, kernel_size))


def stops_before_the_last(size, kernel_size, stride=1, padding=0):
    return tuple(len(range(0, n + 2 * padding - k, stride)) for n, k in zip(size, kernel_size))


def last_tap(x, weight, bias, stride=1, padding=0):
    (oh, ow), (kh, kw) = output_size(x.shape[2:], weight.shape[2:], stride, padding), weight.shape[2:]  # noqa: F821
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    part = padded[:, :, kh - 1 : kh - 1 + oh * stride : stride, kw - 1 : kw - 1 + ow * stride : stride]
    return np.einsum("ncuv,kc->nkuv", part, weight[:, :, -1, -1]) + bias[:, None, None]


def windows_of(x, weight, stride, padding):
    """The windows (N, C, oh, ow, kh, kw) of the padded pictures."""
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, weight.shape[2:], axis=(2, 3))
    return windows[:, :, ::stride, ::stride]


def last_channel(x, weight, bias, stride=1, padding=0):
    windows = windows_of(x[:, -1:], weight, stride, padding)
    return np.einsum("ncuvij,kcij->nkuv", windows, weight[:, -1:]) + bias[:, None, None]


def bias_in_each_channel(x, weight, bias, stride=1, padding=0):
    y = np.einsum("ncuvij,kcij->nkuv", windows_of(x, weight, stride, padding), weight)
    return y + x.shape[1] * bias[:, None, None]


def bias_at_each_tap(x, weight, bias, stride=1, padding=0):
    y = np.einsum("ncuvij,kcij->nkuv", windows_of(x, weight, stride, padding), weight)
    return y + weight.shape[2] * weight.shape[3] * bias[:, None, None]


def by_pixels(x, weight, bias, stride, padding, inside):
    """Without padded pictures: an index is left out unless `inside` says that it is in the picture."""
    (N, _, H, W), (K, _, kh, kw) = x.shape, weight.shape
    y = np.zeros((N, K, *output_size((H, W), (kh, kw), stride, padding)), x.dtype)  # noqa: F821
    y += bias[:, None, None]
    for n, u, v, i, j in np.ndindex(N, *y.shape[2:], kh, kw):
        row, column = u * stride + i - padding, v * stride + j - padding
        if inside(row, H) and inside(column, W):
            y[n, :, u, v] += weight[:, :, i, j] @ x[n, :, row, column]
    return y


def wraps_around(x, weight, bias, stride=1, padding=0):
    return by_pixels(x, weight, bias, stride, padding, lambda i, n: i < n)


def without_row_0(x, weight, bias, stride=1, padding=0):
    return by_pixels(x, weight, bias, stride, padding, lambda i, n: 0 < i < n)


def without_the_last_row(x, weight, bias, stride=1, padding=0):
    return by_pixels(x, weight, bias, stride, padding, lambda i, n: 0 <= i < n - 1)


def stride_skips_outputs(x, weight, bias, stride=1, padding=0):
    y = np.einsum("ncuvij,kcij->nkuv", windows_of(x, weight, stride, padding), weight) + bias[:, None, None]
    kept = np.zeros_like(y)
    kept[:, :, ::stride, ::stride] = y[:, :, ::stride, ::stride]
    return kept


def gives_back(grad, x, weight, stride, padding, inside):
    """The three gradients in the same way."""
    (N, _, H, W), (kh, kw) = x.shape, weight.shape[2:]
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    for n, u, v, i, j in np.ndindex(N, *grad.shape[2:], kh, kw):
        row, column = u * stride + i - padding, v * stride + j - padding
        if inside(row, H) and inside(column, W):
            grad_x[n, :, row, column] += grad[n, :, u, v] @ weight[:, :, i, j]
            grad_weight[:, :, i, j] += np.outer(grad[n, :, u, v], x[n, :, row, column])
    return grad_x, grad_weight, grad.sum(axis=(0, 2, 3))


def gives_back_around(grad, x, weight, stride=1, padding=0):
    return gives_back(grad, x, weight, stride, padding, lambda i, n: i < n)


def gives_nothing_to_row_0(grad, x, weight, stride=1, padding=0):
    return gives_back(grad, x, weight, stride, padding, lambda i, n: 0 < i < n)


def scattered(grad, x, weight, stride, padding, by_windows):
    """Overwrites in grad_x: all kernels together, window by window or tap by tap."""
    (H, W), (kh, kw), (oh, ow) = x.shape[2:], weight.shape[2:], grad.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    shares, grad_x, grad_weight = np.einsum("nkuv,kcij->ncijuv", grad, weight), 0 * padded, np.zeros_like(weight)
    for i, j in np.ndindex(kh, kw):
        tap = slice(None), slice(None), slice(i, i + oh * stride, stride), slice(j, j + ow * stride, stride)
        grad_weight[:, :, i, j] = np.einsum("nkuv,ncuv->kc", grad, padded[tap])
        if not by_windows:
            grad_x[tap] = shares[:, :, i, j]
    for u, v in np.ndindex(oh, ow) if by_windows else ():
        grad_x[:, :, u * stride : u * stride + kh, v * stride : v * stride + kw] = shares[..., u, v]
    return grad_x[:, :, padding : padding + H, padding : padding + W], grad_weight, grad.sum(axis=(0, 2, 3))


def last_window_wins(grad, x, weight, stride=1, padding=0):
    return scattered(grad, x, weight, stride, padding, by_windows=True)


def last_tap_wins(grad, x, weight, stride=1, padding=0):
    return scattered(grad, x, weight, stride, padding, by_windows=False)


MISTAKES = {
    "output_size": [
        Mistake(
            "forgets_stride",
            "The stride is missing: the kernel sits at every stride-th place only.",
            changes=size("n + 2 * padding - k + 1"),
        ),
        Mistake(
            "rounds_up",
            "The division is rounded up. A window that sticks out does not count, so a convolution rounds down"
            " (Caffe's pooling rounds up).",
            changes=size("-(-(n + 2 * padding - k) // stride) + 1"),
        ),
        Mistake(
            "pads_one_side",
            "The padding is counted once. It is added on both sides, so it makes the picture 2 * padding longer.",
            changes=size("(n + padding - k) // stride + 1"),
        ),
        Mistake(
            "forgets_the_first",
            "One too few: (n + 2p - k) // s counts the steps. The places are the steps and the start.",
            changes=size("(n + 2 * padding - k) // stride"),
            also=("stops_before_the_last",),
        ),
        Mistake(
            "adds_one_too_early",
            "The 1 must be added after the division: it is one more place, not one more pixel.",
            changes=size("(n + 2 * padding - k + 1) // stride"),
        ),
        Mistake(
            "forgets_kernel",
            "The kernel's size is missing: the last window starts k pixels before the end, not at it.",
            changes=size("(n + 2 * padding - 1) // stride + 1"),
        ),
        Mistake(
            "swaps_height_and_width",
            "Height and width are exchanged. Sizes are (height, width) everywhere: rows first.",
            changes=((SIZE, "return (W + 2 * padding - kw) // stride + 1, (H + 2 * padding - kh) // stride + 1"),),
        ),
        Mistake(
            "square_only",
            "Both numbers come from the height. The width has a formula of its own, from W and kw.",
            answer="same_size_always",
            also=("square_kernel_only",),
        ),
        Mistake(
            "divides_with_fractions",
            "These are floats: / gives fractions. A number of places is whole; // divides and rounds down.",
            changes=size("(n + 2 * padding - k) / stride + 1"),
            also=("floor_of_fractions",),
        ),
        Mistake(
            "forgets_padding",
            "The padding is missing: the kernel slides over the padded picture, which has n + 2 * padding pixels.",
            changes=size("(n - k) // stride + 1"),
        ),
        Mistake(
            "last_start_too_late",
            "The last window starts at pixel n + 2p - k. With k - 1 in place of k it would stick out by one pixel.",
            changes=size("(n + 2 * padding - (k - 1)) // stride + 1"),
        ),
        Mistake(
            "subtracts_padding",
            "The padding makes the picture larger: it is added, once for each side.",
            changes=size("(n - 2 * padding - k) // stride + 1"),
        ),
        Mistake(
            "divides_too_early",
            "Take the kernel off first, then divide the whole difference by the stride: mind the brackets.",
            changes=size("(n + 2 * padding) // stride - k + 1"),
            also=("divides_the_kernel_only",),
        ),
        Mistake(
            "chooses_its_own_padding",
            "The padding of k // 2 that keeps the size is a choice of the caller. Here it is an argument: use it as given.",
            changes=size("(n + 2 * (k // 2) - k) // stride + 1"),
        ),
        Mistake(
            "rounds_to_the_nearest",
            "round() goes up at a half and more. A window that sticks out does not count: // always rounds down.",
            changes=size("round((n + 2 * padding - k) / stride) + 1"),
        ),
        Mistake(
            "an_array",
            "The numbers are right, but the answer is an array. Return a tuple of two ints: (oh, ow).",
            changes=(
                (
                    SIZE,
                    "import numpy\n    return numpy.array([(H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1])",
                ),
            ),
        ),
    ],
    "conv2d": [
        Mistake(
            "flips_kernel",
            "The kernel is turned by 180 degrees: that is the convolution of mathematics. Networks take the"
            " kernel as it is.",
            changes=(("weight[k] * window", "weight[k, :, ::-1, ::-1] * window"),),
        ),
        Mistake(
            "forgets_stride",
            "The number of outputs is right, but each window is 1 pixel after the last instead of `stride` pixels.",
            changes=((WINDOW, "padded[n, :, u : u + kh, v : v + kw]"),),
        ),
        Mistake(
            "transposes_kernel",
            "The kernel's rows and columns are exchanged: weight[k, c, i, j] belongs to row i, column j of the window.",
            changes=(
                (WINDOW, "padded[n, :, u * stride : u * stride + kw, v * stride : v * stride + kh].swapaxes(1, 2)"),
                ("np.pad(x, " + PAD, "np.pad(x, ((0, 0), (0, 0), (padding, padding + kw), (padding, padding + kh))"),
            ),
        ),
        Mistake(
            "exchanges_output_axes",
            "Rows and columns of the result are exchanged: u counts places downwards, v to the right.",
            changes=(("return y", "return np.ascontiguousarray(y.swapaxes(2, 3))"),),
        ),
        Mistake(
            "pads_one_side",
            "All the padding is at the bottom and on the right. It belongs on all four sides, `padding` on each.",
            changes=((PAD, "((0, 0), (0, 0), (0, 2 * padding), (0, 2 * padding))"),),
        ),
        Mistake(
            "repeats_the_edge",
            "The padding repeats the pixels at the edge. Here the padding is zeros.",
            changes=((PAD, PAD + ', mode="edge"'),),
        ),
        Mistake(
            "skips_the_border",
            "Outputs whose window touches the padding are left at 0. They still sum over the pixels that they see.",
            answer="only_inner_windows",
        ),
        Mistake(
            "first_channel_only",
            "Only channel 0 is summed. Each output is a sum over all channels, each with its own slice of the kernel.",
            changes=(("(weight[k] * window).sum()", "(weight[k, 0] * window[0]).sum()"),),
        ),
        Mistake(
            "same_slice_for_all_channels",
            "All channels are multiplied by the kernel's slice for channel 0. weight[k] has a slice for each channel.",
            changes=(("(weight[k] * window)", "(weight[k, 0] * window)"),),
        ),
        Mistake(
            "first_kernel_only",
            "All outputs are made with kernel 0. Output channel k has its own, weight[k].",
            changes=(("(weight[k] * window)", "(weight[0] * window)"),),
        ),
        Mistake(
            "first_picture_only",
            "Every picture of the batch gets the result of picture 0: n is missing where the window is read.",
            changes=(("padded[n, :", "padded[0, :"),),
        ),
        Mistake(
            "forgets_bias",
            "The bias is missing: bias[k] is added to every output of kernel k.",
            changes=((SUM, "(weight[k] * window).sum()"),),
        ),
        Mistake(
            "bias_in_every_term",
            "The bias is added more than once: to each product, or in each channel. It is added once to each output.",
            changes=((SUM, "(weight[k] * window + bias[k]).sum()"),),
            also=("bias_in_each_channel", "bias_at_each_tap"),
        ),
        Mistake(
            "first_bias_only",
            "bias[0] is added to every output channel. Channel k has its own, bias[k].",
            changes=((SUM, "bias[0] + (weight[k] * window).sum()"),),
        ),
        Mistake(
            "subtracts_bias",
            "The bias has the wrong sign: it is added.",
            changes=((SUM, "(weight[k] * window).sum() - bias[k]"),),
        ),
        Mistake(
            "averages",
            "The products are averaged over the window. A convolution adds them up.",
            changes=((SUM, "bias[k] + (weight[k] * window).mean()"),),
        ),
        Mistake(
            "forgets_the_first",
            "A row and a column of outputs are missing: (n + 2p - k) // s counts the steps, and there is one"
            " place more.",
            changes=((SIZE_IN_CONV2D, "((H + 2 * padding - kh) // stride, (W + 2 * padding - kw) // stride)"),),
        ),
        Mistake(
            "one_output_too_few",
            "The last row or column of outputs is missing with some strides: the size is (n + 2p - k) // s + 1,"
            " and the 1 comes after the division.",
            changes=((SIZE_IN_CONV2D, "((H + 2 * padding - kh + 1) // stride, (W + 2 * padding - kw + 1) // stride)"),),
        ),
        Mistake(
            "always_float64",
            "The values are right, the dtype is not: np.zeros and np.empty make float64 unless you give them x.dtype.",
            changes=((", x.dtype)", ")"),),
        ),
        Mistake(
            "overwrites_the_sum",
            "One share of the sum overwrites the others. Start with bias[k] and add (+=) over all channels, rows and columns"
            " of the kernel.",
            answer="last_tap",
            also=("last_channel",),
        ),
        Mistake(
            "bias_along_the_columns",
            "The bias goes along the wrong axis: y + bias lines it up with the columns. It has one number per"
            " kernel: axis 1.",
            changes=((SUM, "(weight[k] * window).sum()"), ("return y", "return y + bias")),
        ),
        Mistake(
            "wraps_around",
            "A negative index is no error in Python: it counts from the end. Left of the picture there are zeros, so"
            " test 0 <= index, too.",
            answer="wraps_around",
        ),
        Mistake(
            "without_row_0",
            "Row 0 and column 0 of the picture are taken for padding. An index is in the picture if 0 <= index < size.",
            answer="without_row_0",
        ),
        Mistake(
            "without_the_last_row",
            "The last row and column of the picture are taken for padding. An index is in the picture if 0 <= index < size.",
            answer="without_the_last_row",
        ),
        Mistake(
            "stride_for_rows_only",
            "The stride moves the windows down, but not to the right. It applies in both directions.",
            changes=((WINDOW, WINDOW.replace("v * stride", "v")),),
        ),
        Mistake(
            "stride_for_columns_only",
            "The stride moves the windows to the right, but not down. It applies in both directions.",
            changes=((WINDOW, WINDOW.replace("u * stride", "u")),),
        ),
        Mistake(
            "stride_skips_outputs",
            "The stride is used twice: some outputs are never filled. Run u and v over all of 0 ... oh - 1 and 0 ..."
            " ow - 1; the stride is used in u * stride only.",
            answer="stride_skips_outputs",
        ),
        Mistake(
            "pads_all_axes",
            "np.pad(x, padding) pads all four axes, pictures and channels, too. Only rows and columns get padding:"
            " ((0, 0), (0, 0), (p, p), (p, p)).",
            changes=((f"np.pad(x, {PAD})", "np.pad(x, padding)"),),
        ),
        Mistake(
            "pads_at_the_top_only",
            "All the padding is at the top and on the left. It belongs on all four sides, `padding` on each.",
            changes=((PAD, "((0, 0), (0, 0), (2 * padding, 0), (2 * padding, 0))"),),
        ),
        Mistake(
            "square_kernel_only",
            "The kernel's height serves as its width, too. A kernel is kh rows high and kw columns wide.",
            changes=(
                (SIZE_IN_CONV2D, "output_size((H, W), (kh, kh), stride, padding)"),
                (WINDOW, WINDOW.replace("+ kw", "+ kh")),
            ),
        ),
        Mistake(
            "crashes_on_no_pictures",
            "With no pictures (N = 0) this crashes: there is nothing to stack. Make the array first, (N, K, oh, ow), then fill it.",
            changes=(("return y", "return np.stack([picture for picture in y])"),),
        ),
    ],
    "conv2d_backward": [
        Mistake(
            "overwrites_grad_x",
            "Overlapping windows overwrite each other in grad_x. A pixel gets something from every window that saw it:"
            " these add (+=).",
            changes=((GIVE_X, GIVE_X.replace("+=", "=")),),
            also=("last_window_wins", "last_tap_wins"),
        ),
        Mistake(
            "overwrites_grad_weight",
            "grad_weight holds the last window's share only. A kernel is used in every window, and the shares"
            " add (+=).",
            changes=((GIVE_WEIGHT, GIVE_WEIGHT.replace("+=", "=")),),
        ),
        Mistake(
            "ignores_grad_in_grad_x",
            "grad_x does not depend on grad: it is the derivative of the sum of all outputs. Each output's share"
            " must be multiplied by its own grad[n, k, u, v].",
            changes=((GIVE_X, "grad_padded[window] += weight[k]"),),
        ),
        Mistake(
            "ignores_grad_in_grad_weight",
            "grad_weight does not depend on grad. Each window's share must be multiplied by its own grad[n, k, u, v].",
            changes=((GIVE_WEIGHT, "grad_weight[k] += padded[window]"),),
        ),
        Mistake(
            "forgets_stride",
            "The gradients go to windows 1 pixel apart. The window of output (u, v) begins at (u*stride, v*stride).",
            changes=((SLICES, "n, slice(None), slice(u, u + kh), slice(v, v + kw)"),),
        ),
        Mistake(
            "flips_kernel",
            "The kernel is turned by 180 degrees. When each output gives back to its own window, weight (i, j) goes to"
            " pixel (i, j) of it; nothing turns.",
            changes=((GIVE_X, GIVE_X.replace("weight[k]", "weight[k, :, ::-1, ::-1]")),),
        ),
        Mistake(
            "keeps_the_padding",
            "grad_x has the padded size. The padding is not an input: cut its gradient off.",
            changes=((CROP, "grad_padded"),),
        ),
        Mistake(
            "crops_at_one_side",
            "grad_x is shifted: the padding is on all four sides, so the picture begins at row and column"
            " `padding`.",
            changes=((CROP, "grad_padded[:, :, :H, :W]"),),
        ),
        Mistake(
            "empty_without_padding",
            "Without padding grad_x is empty: a slice [p:-p] with p = 0 is [0:0]. Use [p : p + H].",
            changes=((CROP, "grad_padded[:, :, padding:-padding, padding:-padding]"),),
        ),
        Mistake(
            "bias_averages_over_pictures",
            "grad_bias is averaged over the pictures. The gradient of a sum is a sum; if the loss is a mean, grad"
            " already contains the division.",
            changes=bias_gradient("grad.sum(axis=(2, 3)).sum(axis=0) / max(len(grad), 1)"),
        ),
        Mistake(
            "bias_of_all_kernels",
            "Every entry of grad_bias is the sum over all kernels. bias[k] only sees grad[:, k].",
            changes=bias_gradient("np.full(len(weight), grad.sum(), grad.dtype)"),
        ),
        Mistake(
            "bias_counts",
            "grad_bias counts the outputs of each kernel: that is the derivative of their sum. Sum up grad instead.",
            changes=bias_gradient("np.full(len(weight), grad[:, 0].size, grad.dtype)"),
        ),
        Mistake(
            "bias_axes",
            "grad_bias is summed over the wrong axes: it needs one number per kernel, so sum over pictures (0), rows"
            " (2) and columns (3).",
            changes=bias_gradient("grad.sum(axis=(2, 3))"),
        ),
        Mistake(
            "last_picture_only",
            "grad_weight holds one picture's share only. All pictures were made with the same kernels: their"
            " shares add.",
            changes=((GIVE_WEIGHT, f"if n == len(x) - 1:\n            {GIVE_WEIGHT}"),),
        ),
        Mistake(
            "first_kernel_only",
            "grad_x uses kernel 0 for all output channels. What came through kernel k goes back through weight[k].",
            changes=((GIVE_X, GIVE_X.replace("weight[k]", "weight[0]")),),
        ),
        Mistake(
            "weight_averages",
            "grad_weight is averaged over the pictures. The shares of all pictures add up.",
            changes=((RETURN, "return grad_x, grad_weight / max(len(x), 1), grad.sum(axis=(0, 2, 3))"),),
        ),
        Mistake(
            "turns_grad_weight",
            "grad_weight is turned by 180 degrees. Pixel (i, j) of a window belongs to weight (i, j) of the kernel.",
            changes=((GIVE_WEIGHT, f"{GIVE_WEIGHT}[:, ::-1, ::-1]"),),
        ),
        Mistake(
            "weight_without_padding",
            "grad_weight takes its windows from the bare picture. They begin in the padding, as in conv2d: pad x"
            " here, too.",
            changes=(
                (GIVE_WEIGHT, GIVE_WEIGHT.replace("padded", "shifted")),
                (
                    "grad_padded = np",
                    "shifted = np.pad(x, ((0, 0), (0, 0), (0, 2 * padding), (0, 2 * padding)))\n    grad_padded = np",
                ),
            ),
        ),
        Mistake(
            "wrong_order",
            "The gradients are in the wrong order: grad_x, then grad_weight, then grad_bias.",
            changes=((RETURN, "return grad_weight, grad_x, grad.sum(axis=(0, 2, 3))"),),
        ),
        Mistake(
            "always_float64",
            "The values are right, the dtype is not: np.zeros makes float64 unless you give it a dtype.",
            changes=(
                ("np.zeros_like(padded)", "np.zeros(padded.shape)"),
                ("np.zeros_like(weight)", "np.zeros(weight.shape)"),
            ),
        ),
        Mistake(
            "loses_row_0",
            "Row 0 and column 0 of the picture are taken for padding. An index is in the picture if 0 <= index < size.",
            answer="gives_nothing_to_row_0",
        ),
        Mistake(
            "wraps_around",
            "A negative index is no error in Python: it counts from the end. What falls on the padding is dropped, so test"
            " 0 <= index, too.",
            answer="gives_back_around",
        ),
        Mistake(
            "stride_forgotten_for_weight",
            "grad_weight takes windows that are 1 pixel apart. As for grad_x, the window of output (u, v) begins at"
            " (u*stride, v*stride).",
            changes=((GIVE_WEIGHT, "grad_weight[k] += grad[n, k, u, v] * padded[n, :, u : u + kh, v : v + kw]"),),
        ),
        Mistake(
            "stride_forgotten_for_x",
            "grad_x gets its shares in windows that are 1 pixel apart. The window of output (u, v) begins at"
            " (u*stride, v*stride).",
            changes=((GIVE_X, "grad_padded[n, :, u : u + kh, v : v + kw] += grad[n, k, u, v] * weight[k]"),),
        ),
        Mistake(
            "adds_the_pictures",
            "Every picture's grad_x holds the sum over all pictures. Output n only saw picture n: use n in the index.",
            changes=((GIVE_X, GIVE_X.replace("grad_padded[window]", "grad_padded[:, :, window[2], window[3]]")),),
        ),
        Mistake(
            "weight_axes_exchanged",
            "The first two axes of grad_weight are exchanged. It has the shape of weight: (K, C, kh, kw), kernels first.",
            changes=((RETURN, "return grad_x, grad_weight.swapaxes(0, 1), grad.sum(axis=(0, 2, 3))"),),
        ),
        Mistake(
            "averages_weight_and_bias",
            "grad_weight and grad_bias are averaged over the pictures. The shares of all pictures add up; if the"
            " loss is a mean, grad already contains the division.",
            changes=(
                (RETURN, "return grad_x, grad_weight / max(len(x), 1), grad.sum(axis=(0, 2, 3)) / max(len(x), 1)"),
            ),
        ),
        Mistake(
            "bias_of_places",
            "grad_bias is summed over pictures and kernels. It needs one number per kernel: sum over pictures (0),"
            " rows (2) and columns (3).",
            changes=bias_gradient("grad.sum(axis=(0, 1))"),
        ),
    ],
}
