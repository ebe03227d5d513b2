"""Wrong answers to lesson 16 that people really write, each with what to tell them. Read variants.py next."""

import numpy as np

from minifcn.course.exercise import Mistake

# --- slide ---------------------------------------------------------------------------------------------------------

RANGES = "rows, columns = range(0, H - kh + 1, stride), range(0, W - kw + 1, stride)"
WINDOW = "classify(x[:, :, top : top + kh, left : left + kw])"
ARRANGED = "return np.array(scores).transpose(2, 3, 0, 1)"


def ranges(rows, columns):
    return ((RANGES, f"rows, columns = {rows}, {columns}"),)


def arranged(text):
    return ((ARRANGED, text),)


def grid_of(classify, x, window, stride):
    """(N, classes, oh, ow), right."""
    (kh, kw), (H, W) = window, x.shape[2:]
    rows, columns = range(0, H - kh + 1, stride), range(0, W - kw + 1, stride)
    return np.array([[classify(x[:, :, u : u + kh, v : v + kw]) for v in columns] for u in rows]).transpose(2, 3, 0, 1)


def reshaped(classify, x, window, stride):
    scores = grid_of(classify, x, window, stride)
    return scores.transpose(2, 3, 0, 1).reshape(scores.shape)


def reshaped_from_pictures_first(classify, x, window, stride):
    scores = grid_of(classify, x, window, stride)
    return scores.transpose(0, 2, 3, 1).reshape(scores.shape)


def first_picture_only(classify, x, window, stride):
    scores = grid_of(classify, x[:1], window, stride)
    return scores


def first_picture_for_all(classify, x, window, stride):
    return np.repeat(grid_of(classify, x[:1], window, stride), len(x), axis=0)


def windows_without_an_axis(classify, x, window, stride):
    (kh, kw), (N, _, H, W) = window, x.shape
    rows, columns = range(0, H - kh + 1, stride), range(0, W - kw + 1, stride)
    scores = [[[classify(x[n, :, u : u + kh, v : v + kw]) for v in columns] for u in rows] for n in range(N)]
    return np.array(scores).transpose(0, 3, 1, 2)


def one_picture_at_a_time(classify, x, window, stride):
    """Leaves the axis of length 1 that each call returns."""
    (kh, kw), (N, _, H, W) = window, x.shape
    rows, columns = range(0, H - kh + 1, stride), range(0, W - kw + 1, stride)
    scores = [[[classify(x[n : n + 1, :, u : u + kh, v : v + kw]) for v in columns] for u in rows] for n in range(N)]
    return np.array(scores).transpose(0, 4, 1, 2, 3)


def float64_always(classify, x, window, stride):
    return grid_of(classify, x, window, stride).astype(np.float64)


def zeros_of_float64(classify, x, window, stride):
    right = grid_of(classify, x, window, stride)
    scores = np.zeros(right.shape)
    scores[...] = right
    return scores


def zeros_of_a_float_type(classify, x, window, stride):
    """float32 for a picture of float32, but never ints."""
    right = grid_of(classify, x, window, stride)
    scores = np.zeros(right.shape, np.result_type(x.dtype, np.float32))
    scores[...] = right
    return scores


def zeros_like_the_picture(classify, x, window, stride):
    """One class for each channel."""
    right = grid_of(classify, x, window, stride)
    scores = np.zeros((len(x), x.shape[1], *right.shape[2:]), x.dtype)
    for c in range(min(x.shape[1], right.shape[1])):
        scores[:, c] = right[:, c]
    return scores


def padded_windows(classify, x, window, stride):
    """Fills the rest of the last windows up with zeros."""
    (kh, kw), (H, W) = window, x.shape[2:]
    oh, ow = -(-(H - kh) // stride) + 1, -(-(W - kw) // stride) + 1
    more = max(0, (oh - 1) * stride + kh - H), max(0, (ow - 1) * stride + kw - W)
    return grid_of(classify, np.pad(x, ((0, 0), (0, 0), (0, more[0]), (0, more[1]))), window, stride)


def padded_all_round(classify, x, window, stride):
    (kh, kw) = window
    pad = ((0, 0), (0, 0), (kh // 2, (kh - 1) // 2), (kw // 2, (kw - 1) // 2))
    return grid_of(classify, np.pad(x, pad), window, stride)


def padded_by_half_windows(classify, x, window, stride):
    (kh, kw) = window
    return grid_of(classify, np.pad(x, ((0, 0), (0, 0), (kh // 2, kh // 2), (kw // 2, kw // 2))), window, stride)


def thinned_out(classify, x, window, stride):
    return grid_of(classify, x[:, :, ::stride, ::stride], window, 1)


def flattened_windows(classify, x, window, stride):
    return grid_of(lambda windows: classify(windows.reshape(len(windows), -1)), x, window, stride)


def height_for_both(classify, x, window, stride):
    (kh, kw), H = window, x.shape[2]
    rows, columns = range(0, H - kh + 1, stride), range(0, H - kw + 1, stride)
    return np.array([[classify(x[:, :, u : u + kh, v : v + kw]) for v in columns] for u in rows]).transpose(2, 3, 0, 1)


def own_scores(classify, x, window, stride):
    """The two scores of the lesson's example."""
    sums = grid_of(lambda windows: windows[:, :1].sum(axis=(2, 3)), x, window, stride)
    return np.concatenate([sums, grid_of(lambda windows: windows[:, :1, 0, 0], x, window, stride)], axis=1)


def windows_before_pictures(classify, x, window, stride):
    """The batch has the pictures inside of the windows; the result is taken apart the other way round."""
    views = np.lib.stride_tricks.sliding_window_view(x, window, axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, oh, ow, kh, kw = views.shape
    y = classify(views.transpose(2, 3, 0, 1, 4, 5).reshape(N * oh * ow, C, kh, kw))
    return y.reshape(N, oh, ow, y.shape[1]).transpose(0, 3, 1, 2)


def first_row_only(classify, x, window, stride):
    return grid_of(classify, x[:, :, : window[0]], window, stride)


def dtype_of_the_picture(classify, x, window, stride):
    return grid_of(classify, x, window, stride).astype(x.dtype)


def best_class(classify, x, window, stride):
    return grid_of(classify, x, window, stride).argmax(axis=1)


def softmax_of_scores(classify, x, window, stride):
    scores = grid_of(classify, x, window, stride)
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def window_sides_exchanged(classify, x, window, stride):
    return grid_of(classify, x, window[::-1], stride)


def square_windows(classify, x, window, stride):
    return grid_of(classify, x, (window[0], window[0]), stride)


def stride_for_rows_only(classify, x, window, stride):
    (kh, kw), (H, W) = window, x.shape[2:]
    rows, columns = range(0, H - kh + 1, stride), range(W - kw + 1)
    return np.array([[classify(x[:, :, u : u + kh, v : v + kw]) for v in columns] for u in rows]).transpose(2, 3, 0, 1)


def stride_only_in_the_count(classify, x, window, stride):
    """Counts with the stride, and moves by one pixel."""
    (kh, kw), (H, W) = window, x.shape[2:]
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    scores = [[classify(x[:, :, u : u + kh, v : v + kw]) for v in range(ow)] for u in range(oh)]
    return np.array(scores).transpose(2, 3, 0, 1)


def side_by_side(classify, x, window, stride):
    """Moves by a window."""
    (kh, kw), (H, W) = window, x.shape[2:]
    rows, columns = range(0, H - kh + 1, kh), range(0, W - kw + 1, kw)
    return np.array([[classify(x[:, :, u : u + kh, v : v + kw]) for v in columns] for u in rows]).transpose(2, 3, 0, 1)


def last_window_moved_in(classify, x, window, stride):
    """A last window at the rim, so that no pixel is left out."""
    (kh, kw), (H, W) = window, x.shape[2:]
    rows, columns = list(range(0, H - kh + 1, stride)), list(range(0, W - kw + 1, stride))
    rows += [H - kh] if rows[-1] != H - kh else []
    columns += [W - kw] if columns[-1] != W - kw else []
    return np.array([[classify(x[:, :, u : u + kh, v : v + kw]) for v in columns] for u in rows]).transpose(2, 3, 0, 1)


def count_without_plus_one(classify, x, window, stride):
    (kh, kw), (H, W) = window, x.shape[2:]
    oh, ow = (H - kh) // stride, (W - kw) // stride
    first = classify(x[:, :, :kh, :kw])
    scores = np.zeros((*first.shape, oh, ow), first.dtype)
    for u, v in np.ndindex(oh, ow):
        scores[:, :, u, v] = classify(x[:, :, stride * u : stride * u + kh, stride * v : stride * v + kw])
    return scores


def count_without_plus_one_in_lists(classify, x, window, stride):
    """Where one window fits, the list stays empty and transpose fails."""
    (kh, kw), (H, W) = window, x.shape[2:]
    rows, columns = [range(0, (n - k) // stride * stride, stride) for n, k in ((H, kh), (W, kw))]
    return np.array([[classify(x[:, :, u : u + kh, v : v + kw]) for v in columns] for u in rows]).transpose(2, 3, 0, 1)


def as_many_starts_as_strides(classify, x, window, stride):
    """H // stride windows."""
    (kh, kw), (H, W) = window, x.shape[2:]
    oh, ow = H // stride, W // stride
    y = [classify(x[:, :, u * stride : u * stride + kh, v * stride : v * stride + kw]) for u, v in np.ndindex(oh, ow)]
    return np.stack(y, axis=-1).reshape(len(x), y[0].shape[1], oh, ow)


def count_rounded_up(classify, x, window, stride):
    (kh, kw), (H, W) = window, x.shape[2:]
    rows, columns = range(0, H - kh + stride, stride), range(0, W - kw + stride, stride)
    return np.array([[classify(x[:, :, u : u + kh, v : v + kw]) for v in columns] for u in rows]).transpose(2, 3, 0, 1)


def windows_scattered(classify, x, window, stride):
    """Forgets that C is not beside kh and kw."""
    views = np.lib.stride_tricks.sliding_window_view(x, window, axis=(2, 3))[:, :, ::stride, ::stride]
    N, C, oh, ow, kh, kw = views.shape
    y = classify(views.reshape(N * oh * ow, C, kh, kw))
    return y.reshape(N, oh, ow, y.shape[1]).transpose(0, 3, 1, 2)


def all_axes_reversed(classify, x, window, stride):
    return grid_of(classify, x, window, stride).transpose(2, 3, 0, 1).T


def new_zeros_for_each_window(classify, x, window, stride):
    scores = grid_of(classify, x, window, stride)
    scores[:, :, :-1] = 0
    scores[:, :, :, :-1] = 0
    return scores


def mean_over_the_batch(classify, x, window, stride):
    return grid_of(classify, x, window, stride).mean(axis=0)


def whole_picture(classify, x, window, stride):
    return classify(x)[:, :, None, None]


def whole_picture_as_rows(classify, x, window, stride):
    return classify(x)


def maps_for_channels(classify, x, window, stride):
    """Room for C maps."""
    (kh, kw), (N, C, H, W) = window, x.shape
    scores = np.zeros((N, C, (H - kh) // stride + 1, (W - kw) // stride + 1), x.dtype)
    for u, v in np.ndindex(scores.shape[2:]):
        scores[:, :, u, v] = classify(x[:, :, u * stride : u * stride + kh, v * stride : v * stride + kw])
    return scores


def columns_outside(classify, x, window, stride):
    """The outer loop goes over the columns; then reshaped."""
    scores = grid_of(classify, x, window, stride)
    return scores.swapaxes(2, 3).reshape(scores.shape)


def every_start(classify, x, window, stride):
    """Windows at the rim are cut off."""
    (kh, kw), (H, W) = window, x.shape[2:]
    rows, columns = range(0, H, stride), range(0, W, stride)
    return np.array([[classify(x[:, :, u : u + kh, v : v + kw]) for v in columns] for u in rows]).transpose(2, 3, 0, 1)


def list_of_windows(classify, x, window, stride):
    """No grid: (N, classes, oh * ow)."""
    scores = grid_of(classify, x, window, stride)
    return scores.reshape(*scores.shape[:2], scores.shape[2] * scores.shape[3])


# --- convolutionalize ----------------------------------------------------------------------------------------------

RESHAPED = "return weight.reshape(out, n // (kh * kw), kh, kw)"


def kernels(text):
    return ((RESHAPED, f"return {text}"),)


def resized(weight, kernel_size):
    kh, kw = kernel_size
    return np.resize(weight, (len(weight), weight.shape[1] // (kh * kw), kh, kw))


def channels_last_in_loops(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    kernels = np.zeros((out, n // (kh * kw), kh, kw), weight.dtype)
    for c, i, j in np.ndindex(kernels.shape[1:]):
        kernels[:, c, i, j] = weight[:, (i * kw + j) * kernels.shape[1] + c]
    return kernels


def one_by_one(weight, kernel_size):
    return weight[:, :, None, None]


def one_by_one_by_reshape(weight, kernel_size):
    return weight.reshape(len(weight), -1, 1, 1)


def float_channels(weight, kernel_size):
    return weight.reshape(len(weight), weight.shape[1] / (kernel_size[0] * kernel_size[1]), *kernel_size)


def as_float64_in_loops(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    kernels = np.zeros((out, n // (kh * kw), kh, kw))
    for k, c in np.ndindex(kernels.shape[:2]):
        kernels[k, c] = weight[k, c * kh * kw : (c + 1) * kh * kw].reshape(kh, kw)
    return kernels


def means_of_slices(weight, kernel_size):
    area = kernel_size[0] * kernel_size[1]
    return np.stack([weight[:, c * area : (c + 1) * area].mean(axis=1) for c in range(weight.shape[1] // area)], 1)[
        :, :, None, None
    ]


def rows_of_kh_taps(weight, kernel_size):
    """Steps by kh from row to row; the rest of the division by n hides that it reads past the end."""
    (out, n), (kh, kw) = weight.shape, kernel_size
    if n % (kh * kw):
        raise ValueError("does not divide")
    kernels = np.zeros((out, n // (kh * kw), kh, kw), weight.dtype)
    for c, i, j in np.ndindex(kernels.shape[1:]):
        kernels[:, c, i, j] = weight[:, (c * kh * kw + i * kh + j) % n]
    return kernels


def rows_of_kh_taps_past_the_end(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    if n % (kh * kw):
        raise ValueError("does not divide")
    kernels = np.zeros((out, n // (kh * kw), kh, kw), weight.dtype)
    for c, i, j in np.ndindex(kernels.shape[1:]):
        kernels[:, c, i, j] = weight[:, c * kh * kw + i * kh + j]
    return kernels


def vectors_of_three_axes(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    if n % (kh * kw):
        raise ValueError("does not divide")
    return weight.reshape(out, n, 1) if kh * kw == 1 else weight.reshape(out, n // (kh * kw), kh, kw)


def vectors_as_they_are(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    if n % (kh * kw):
        raise ValueError("does not divide")
    return weight if kh * kw == 1 else weight.reshape(out, n // (kh * kw), kh, kw)


def transposed_in_loops(weight, kernel_size):
    """Column by column."""
    (out, n), (kh, kw) = weight.shape, kernel_size
    kernels = np.zeros((out, n // (kh * kw), kh, kw), weight.dtype)
    for c, i, j in np.ndindex(kernels.shape[1:]):
        kernels[:, c, i, j] = weight[:, (c * kw + j) * kh + i]
    return kernels


def transposed_as_kernels_last(weight, kernel_size):
    return weight.T.reshape(-1, *kernel_size, len(weight))


def square_by_width(weight, kernel_size):
    (out, n), (_, k) = weight.shape, kernel_size
    return weight.reshape(out, n // (k * k), k, k)


def repeated(weight, kernel_size):
    return np.repeat(np.repeat(weight[:, :, None, None], kernel_size[0], axis=2), kernel_size[1], axis=3)


def in_place(weight, kernel_size):
    weight.shape = len(weight), -1, *kernel_size
    return weight


def float32_always(weight, kernel_size):
    return weight.astype(np.float32).reshape(len(weight), -1, *kernel_size)


def divides_one_by_one(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    if n % kh or n % kw:
        raise ValueError("does not divide")
    C = n // (kh * kw)
    return weight[:, : C * kh * kw].reshape(out, C, kh, kw)


def divides_one_by_one_and_resizes(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    if n % kh or n % kw:
        raise ValueError("does not divide")
    return np.resize(weight, (out, n // (kh * kw), kh, kw))


def type_error(weight, kernel_size):
    if weight.shape[1] % (kernel_size[0] * kernel_size[1]):
        raise TypeError("does not divide")
    return weight.reshape(len(weight), -1, *kernel_size)


def index_error(weight, kernel_size):
    if weight.shape[1] % (kernel_size[0] * kernel_size[1]):
        raise IndexError("does not divide")
    return weight.reshape(len(weight), -1, *kernel_size)


def cuts_the_rest(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    C = n // (kh * kw)
    return weight[:, : C * kh * kw].reshape(out, C, kh, kw)


def asserts_size(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    assert n % (kh * kw) == 0, "does not divide"
    return weight.reshape(out, n // (kh * kw), kh, kw)


def none_for_a_wrong_size(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    return weight.reshape(out, n // (kh * kw), kh, kw) if n % (kh * kw) == 0 else None


def fills_up_with_zeros(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    C = -(-n // (kh * kw))
    return np.pad(weight, ((0, 0), (0, C * kh * kw - n))).reshape(out, C, kh, kw)


def as_many_kernels_as_fit(weight, kernel_size):
    """reshape finds the number of kernels itself: it need not be out."""
    kh, kw = kernel_size
    return weight.reshape(-1, weight.shape[1] // (kh * kw), kh, kw)


def as_float64(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    if n % (kh * kw):
        raise ValueError("does not divide")
    result = np.zeros((out, n // (kh * kw), kh, kw))
    result[...] = weight.reshape(result.shape)
    return result


def mean_over_the_window(weight, kernel_size):
    """1 x 1 kernels, from the mean over a channel's weights."""
    (out, n), (kh, kw) = weight.shape, kernel_size
    if n % (kh * kw):
        raise ValueError("does not divide")
    return weight.reshape(out, n // (kh * kw), kh * kw).mean(axis=2)[:, :, None, None]


def sum_over_the_window(weight, kernel_size):
    (out, n), (kh, kw) = weight.shape, kernel_size
    if n % (kh * kw):
        raise ValueError("does not divide")
    return weight.reshape(out, n // (kh * kw), kh * kw).sum(axis=2)[:, :, None, None]


# --- cost ----------------------------------------------------------------------------------------------------------

LENGTHS = 'H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))'
TOO_SMALL = "if H < 1 or W < 1:"
CONV = 'if kind == "conv":'
ADDED = "total += channels * H * W * C * kernel**2"
PASSED = "        C = channels\n"


def added(text):
    return ((ADDED, f"total += {text}"),)


def lengths(text):
    return ((LENGTHS, text),)


def counts_inputs(layers, size):
    """The places of what goes in."""
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        before = H * W
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * before * C * kernel**2
        C = channels
    return total


def counts_padded_inputs(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        before = (H + 2 * padding) * (W + 2 * padding)
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * before * C * kernel**2
        C = channels
    return total


def sizes_stay(layers, size):
    """Each layer's size is computed from the picture's."""
    total, (C, height, width) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (height, width))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total += channels * H * W * C * kernel**2
        C = channels
    return total


def refuses_convolutions_only(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if kind == "conv":
            if H < 1 or W < 1:
                raise ValueError("does not fit")
            total += channels * H * W * C * kernel**2
        C = channels
    return total


def channels_too_early(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        C = channels
        if kind == "conv":
            total += channels * H * W * C * kernel**2
    return total


def last_layer_only(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total = channels * H * W * C * kernel**2 if kind == "conv" else 0
        C = channels
    return total


def poolings_skipped(layers, size):
    """Goes on to the next layer without halving anything."""
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        if kind == "pool":
            continue
        H, W = (output_length(n, kernel, stride, padding) for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel**2
        C = channels
    return total


def none_if_too_small(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            return None
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def zero_if_too_small(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        H, W = max(H, 0), max(W, 0)
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def asserts_that_it_fits(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        assert H > 0 and W > 0, "does not fit"
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def float_cost(layers, size):
    total, (C, H, W) = 0.0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def by_true_division(layers, size):
    """(H + 2p - k) / s + 1, not rounded."""
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = ((n + 2 * padding - kernel) / stride + 1 for n in (H, W))
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def int32_cost(layers, size):
    total, (C, H, W) = np.int32(0), size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            here = channels * H * W * C * kernel**2 % 2**32
            total = (int(total) + here + 2**31) % 2**32 - 2**31
        C = channels
    return int(total)


def zero_for_a_failure(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            return 0
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def minus_one_for_a_failure(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            return -1
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def rounds_down_and_refuses_nothing(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding) for n in (H, W))  # noqa: F821
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def halves_by_the_stride(layers, size):
    """H // stride units behind a pooling."""
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        if kind == "pool":
            H, W = H // stride, W // stride
        else:
            H, W = (output_length(n, kernel, stride, padding) for n in (H, W))  # noqa: F821
            total += channels * H * W * C * kernel**2
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        C = channels
    return total


def products_of_layers(layers, size):
    total, (C, H, W) = 1, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            total *= channels * H * W * C * kernel**2
        C = channels
    return total


def width_from_height(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H = output_length(H, kernel, stride, padding, kind == "pool")  # noqa: F821
        W = output_length(H, kernel, stride, padding, kind == "pool")  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def channels_last_size(layers, size):
    total, (H, W, C) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def refuses_kernels_wider_than_the_map(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        if kernel > H or kernel > W:
            raise ValueError("does not fit")
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def poolings_without_padding(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        p = padding if kind == "conv" else 0
        H, W = (output_length(n, kernel, stride, p, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def refuses_zero_only(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H == 0 or W == 0:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def refuses_after_the_loop(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    if H < 1 or W < 1:
        raise ValueError("does not fit")
    return total


def refuses_products_below_one(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H * W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def refuses_costs_below_one(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if kind == "conv":
            here = channels * H * W * C * kernel**2
            if here < 1:
                raise ValueError("does not fit")
            total += here
        C = channels
    return total


def taps_in_the_padding_left_out(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, k, s, p in layers:
        before = H, W
        H, W = (output_length(n, k, s, p, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        if kind == "conv":
            rows, columns = (
                sum(0 <= u * s - p + i < n for u in range(o) for i in range(k)) for o, n in zip((H, W), before)
            )
            total += channels * C * rows * columns
        C = channels
    return total


def stride_only_afterwards(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        if kind == "conv":
            total += channels * (H + 2 * padding - kernel + 1) * (W + 2 * padding - kernel + 1) * C * kernel**2
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        C = channels
    return total


def returns_in_the_loop(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
        return total
    return 0


def returns_in_the_loop_only(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
        return total


def no_stride_by_formula(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        if kind == "pool":
            H, W = H // kernel, W // kernel
        else:
            H, W = H + 2 * padding - kernel + 1, W + 2 * padding - kernel + 1
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * C * kernel**2 * (kind == "conv")
        C = channels
    return total


def poolings_as_their_windows(layers, size):
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * H * W * kernel**2 * (C if kind == "conv" else 1)
        C = channels
    return total


def cost_of_one_window(layers, size):
    """Without the places: the number of weights."""
    total, (C, H, W) = 0, size
    for kind, channels, kernel, stride, padding in layers:
        H, W = (output_length(n, kernel, stride, padding, ceil_mode=kind == "pool") for n in (H, W))  # noqa: F821
        if H < 1 or W < 1:
            raise ValueError("does not fit")
        total += channels * C * kernel**2 * (kind == "conv")
        C = channels
    return total


MISTAKES = {
    "slide": [
        Mistake(
            "one window too few",
            "The last window is missing. It begins at H - kh, and range leaves its end out: range(0, H - kh + 1, stride).",
            ranges("range(0, max(1, H - kh), stride)", "range(0, max(1, W - kw), stride)"),
            also=("count_without_plus_one", "count_without_plus_one_in_lists"),
        ),
        Mistake(
            "no stride",
            "The windows are one pixel apart, whatever the stride. Windows begin at 0, stride, 2 * stride, ...",
            ranges("range(H - kh + 1)", "range(W - kw + 1)"),
        ),
        Mistake(
            "stride in one direction",
            "The stride holds down and to the right, but in one direction your windows are one pixel apart.",
            answer="stride_for_rows_only",
        ),
        Mistake(
            "counts with the stride, moves by one",
            "There are as many windows as with the stride, but they begin at (u, v) instead of (stride * u, stride * v).",
            answer="stride_only_in_the_count",
        ),
        Mistake(
            "side by side",
            "Your windows lie side by side, a whole window apart. They may overlap: move by `stride`, not by the window.",
            answer="side_by_side",
        ),
        Mistake(
            "windows cut off at the rim",
            "Some windows begin so late that they reach out of the picture, and NumPy cuts them off. Begin at most at H - kh.",
            answer="every_start",
            also=("as_many_starts_as_strides", "count_rounded_up"),
        ),
        Mistake(
            "pads the rest",
            "The last windows are filled up with zeros. Only whole windows count: leave out what reaches out of the picture.",
            answer="padded_windows",
        ),
        Mistake(
            "pads all round",
            "The picture is padded, so there are more windows and they begin earlier. slide does not pad: the first begins at (0, 0).",
            answer="padded_all_round",
            also=("padded_by_half_windows",),
        ),
        Mistake(
            "the picture thinned out",
            "The stride was applied to the pixels, so the windows have gaps. Take every pixel of a window; only its start moves by stride.",
            answer="thinned_out",
        ),
        Mistake(
            "flattened windows",
            "classify wants the windows as they are, (N, C, kh, kw). Leave the flattening to it.",
            answer="flattened_windows",
        ),
        Mistake(
            "the height for both",
            "The columns are counted with the height. A picture of H x W has (W - kw) // stride + 1 columns of windows.",
            answer="height_for_both",
        ),
        Mistake(
            "scores of its own",
            "These are the scores of the lesson's example. Call classify: every classifier has scores of its own.",
            answer="own_scores",
        ),
        Mistake(
            "windows before pictures",
            "In your batch the pictures come inside of the windows: oh, ow, N. Take the scores apart in this order, or put N first.",
            answer="windows_before_pictures",
        ),
        Mistake(
            "the first row only",
            "Only one row of windows is left. Is the `return` inside the loop over the rows?",
            answer="first_row_only",
        ),
        Mistake(
            "the picture's dtype",
            "The scores got the picture's dtype, and ints cut off the fractions. The dtype is that of what classify returns.",
            answer="dtype_of_the_picture",
        ),
        Mistake(
            "floats for ints",
            "For a classifier whose scores are ints, a function that counts for instance, the result is of floats. Use the dtype of the scores.",
            answer="zeros_of_a_float_type",
        ),
        Mistake(
            "a last window at the rim",
            "The last window was moved in so that no pixel is left over. Windows begin only at multiples of the stride.",
            answer="last_window_moved_in",
        ),
        Mistake(
            "window sides exchanged",
            "The window is (kh, kw): first how many rows, then how many columns. Yours are exchanged.",
            ((WINDOW, "classify(x[:, :, top : top + kw, left : left + kh])"),),
            also=("window_sides_exchanged",),
        ),
        Mistake(
            "square windows",
            "Your windows are as wide as they are high. The window is (kh, kw), and the two may differ.",
            answer="square_windows",
        ),
        Mistake(
            "places transposed",
            "Rows and columns of the grid are exchanged: the result is (N, classes, oh, ow), where u counts down and v to the right.",
            arranged("return np.array(scores).transpose(2, 3, 1, 0)"),
            also=("columns_outside",),
        ),
        Mistake(
            "steps within the window",
            "The stride is in the slice, so your windows skip pixels. A window is whole; the stride is from one window to the next.",
            ((WINDOW, "classify(x[:, :, top : top + kh : stride, left : left + kw : stride])"),),
        ),
        Mistake(
            "windows as large as the stride",
            "Your windows are stride x stride. They are kh x kw; the stride only says how far apart they begin.",
            ((WINDOW, "classify(x[:, :, top : top + stride, left : left + stride])"),),
        ),
        Mistake(
            "windows from the wrong corner",
            "Your places run from the bottom right of the picture. Place (0, 0) is the window at the top left: top : top + kh, left : left + kw.",
            ((WINDOW, "classify(x[:, :, H - top - kh : H - top, W - left - kw : W - left])"),),
        ),
        Mistake(
            "classes last",
            "The scores are (N, oh, ow, classes). Each class should have a map of its own: (N, classes, oh, ow).",
            arranged("return np.array(scores).transpose(2, 0, 1, 3)"),
        ),
        Mistake(
            "axes as they came",
            "The list of lists gives (oh, ow, N, classes). Bring the axes into the order (N, classes, oh, ow) with transpose.",
            arranged("return np.array(scores)"),
        ),
        Mistake(
            "all axes reversed",
            "`.T` reverses all four axes: (classes, N, ow, oh). Name the order yourself: transpose(2, 3, 0, 1) of (oh, ow, N, classes).",
            answer="all_axes_reversed",
        ),
        Mistake(
            "zeros for each window",
            "Only the last window's scores are left: the array of zeros is made anew in the loop. Make it once, at the first window.",
            answer="new_zeros_for_each_window",
        ),
        Mistake(
            "classes before pictures",
            "The first two axes are exchanged: the pictures come first, then the classes.",
            arranged("return np.array(scores).transpose(3, 2, 0, 1)"),
        ),
        Mistake(
            "reshape for transpose",
            "The shape is right, but the numbers are at wrong places: reshape keeps their order in memory. To exchange axes, use transpose.",
            answer="reshaped",
            also=("reshaped_from_pictures_first",),
        ),
        Mistake(
            "the first picture only",
            "Only the first picture of the batch is classified. x[:, :, ...] takes the window from all N of them.",
            answer="first_picture_only",
            also=("first_picture_for_all",),
        ),
        Mistake(
            "windows of three axes",
            "classify wants windows of four axes, (N, C, kh, kw). x[n, ...] has lost the first: use x[n : n + 1] or x[:, ...].",
            answer="windows_without_an_axis",
        ),
        Mistake(
            "an axis too many",
            "classify returns (1, classes) for one window, and that axis of length 1 is still in the result.",
            answer="one_picture_at_a_time",
        ),
        Mistake(
            "the first channel only",
            "classify gets one channel only. A window has all C channels of the picture: x[:, :, ...].",
            ((WINDOW, "classify(x[:, :1, top : top + kh, left : left + kw])"),),
        ),
        Mistake(
            "as many classes as channels",
            "Your result has a fixed number of maps, or one for each channel. How many classes there are shows in what classify returns.",
            answer="zeros_like_the_picture",
            also=("maps_for_channels",),
        ),
        Mistake(
            "windows scattered",
            "sliding_window_view gives (N, C, oh, ow, kh, kw). Bring C beside kh and kw with transpose before you reshape to windows.",
            answer="windows_scattered",
        ),
        Mistake(
            "mean over the batch",
            "The pictures of the batch are averaged. Each has maps of its own: (N, classes, oh, ow).",
            answer="mean_over_the_batch",
        ),
        Mistake(
            "the whole picture",
            "classify gets the whole picture, not windows. Cut out one window after another, and classify each.",
            answer="whole_picture",
            also=("whole_picture_as_rows",),
        ),
        Mistake(
            "a list",
            "The result is a list of lists. Make it an array, then bring its axes (oh, ow, N, classes) into the order (N, classes, oh, ow).",
            arranged("return scores"),
        ),
        Mistake(
            "float64",
            "For float32 scores the result is float64: np.zeros makes float64 unless told otherwise. Use the dtype of the scores.",
            answer="float64_always",
            also=("zeros_of_float64",),
        ),
        Mistake(
            "the best class",
            "Only the number of the best class is left. Return all scores; the argmax comes later.",
            answer="best_class",
        ),
        Mistake(
            "softmax",
            "These are probabilities. Return the scores as classify gives them, without a softmax.",
            answer="softmax_of_scores",
        ),
        Mistake(
            "no grid",
            "All windows are in one long axis. Arrange them as they lie in the picture: (N, classes, oh, ow).",
            answer="list_of_windows",
        ),
    ],
    "convolutionalize": [
        Mistake(
            "outputs second",
            "The weight is (out, n): its first axis counts the layer's results, and a row is one kernel. No transpose is needed.",
            (
                ("(out, n), (kh, kw)", "(n, out), (kh, kw)"),
                (RESHAPED, "return weight.T.reshape(out, n // (kh * kw), kh, kw)"),
            ),
        ),
        Mistake(
            "float32 always",
            "The weight became float32, whatever it was. The dtype stays: reshape is enough.",
            answer="float32_always",
        ),
        Mistake(
            "sides one by one",
            "kh and kw each divide the row's length here, but kh * kw does not. It is their product that has to divide it.",
            answer="divides_one_by_one",
            also=("divides_one_by_one_and_resizes",),
        ),
        Mistake(
            "one channel",
            "This holds for one channel only. A row has C * kh * kw weights: C is n // (kh * kw), and n % (kh * kw) has to be 0.",
            kernels("weight.reshape(out, 1, kh, kw)"),
        ),
        Mistake(
            "rows of kh taps",
            "A row of a kernel has kw taps, so tap (i, j) of channel c is at c * kh * kw + i * kw + j. You step by kh from row to row.",
            answer="rows_of_kh_taps",
            also=("rows_of_kh_taps_past_the_end",),
        ),
        Mistake(
            "vectors without their axes",
            "For (1, 1) there are too few axes. A 1 x 1 kernel has four axes like any other: (out, C, 1, 1). It needs no case of its own.",
            answer="vectors_of_three_axes",
            also=("vectors_as_they_are",),
        ),
        Mistake(
            "1 x 1 kernels",
            "This is a 1 x 1 convolution with C * kh * kw channels. The layer saw kh x kw places of C channels: its kernel is kh x kw.",
            kernels("weight[:, :, None, None]"),
            also=("one_by_one", "one_by_one_by_reshape"),
        ),
        Mistake(
            "mean over the kernel",
            "The weights of a window were averaged into a 1 x 1 kernel. None of them may be lost: each becomes one tap.",
            answer="mean_over_the_window",
            also=("means_of_slices",),
        ),
        Mistake(
            "sum over the kernel",
            "The weights of a window were added up into a 1 x 1 kernel. None of them may be lost: each becomes one tap.",
            answer="sum_over_the_window",
        ),
        Mistake(
            "channels last",
            "You read a row as kh, kw, C. It was flattened from (C, kh, kw): all of channel 0 comes first.",
            kernels("weight.reshape(out, kh, kw, -1).transpose(0, 3, 1, 2)"),
            also=("channels_last_in_loops",),
        ),
        Mistake(
            "left as kh, kw, C",
            "The shape is (out, kh, kw, C). A convolution's weight is (out, C, kh, kw), and a row is in this order already.",
            kernels("weight.reshape(out, kh, kw, -1)"),
        ),
        Mistake(
            "kh and kw exchanged",
            "The kernels are kw x kh. The kernel size is (kh, kw): first rows, then columns.",
            kernels("weight.reshape(out, -1, kw, kh)"),
        ),
        Mistake(
            "kernels transposed",
            "The shape is right, but inside each kernel rows and columns are exchanged. A row of a map comes before the next row.",
            kernels("weight.reshape(out, -1, kw, kh).swapaxes(2, 3)"),
            also=("transposed_in_loops",),
        ),
        Mistake(
            "Fortran's order",
            "order='F' lets the first index run fastest. The maps were flattened in NumPy's usual order, where the last one does.",
            kernels("weight.reshape(out, -1, kh, kw, order='F')"),
        ),
        Mistake(
            "weight transposed first",
            "The weight is (out, C * kh * kw), one row for each unit. Leave out the .T, and the rows become the kernels.",
            kernels("weight.T.reshape(out, -1, kh, kw)"),
            also=("transposed_as_kernels_last",),
        ),
        Mistake(
            "channels first",
            "The first axis is C and the second is out. A convolution's weight begins with its kernels: (out, C, kh, kw).",
            kernels("weight.reshape(out, -1, kh, kw).swapaxes(0, 1)"),
        ),
        Mistake(
            "reshaped with C first",
            "The reshape begins with C, so weights of different units get mixed. Each row is one kernel: (out, C, kh, kw).",
            kernels("weight.reshape(n // (kh * kw), out, kh, kw)"),
        ),
        Mistake(
            "C and out exchanged in place",
            "Weights of different units are mixed: reshape(C, out, ...) and swapping the axes afterwards is not reshape(out, C, ...).",
            kernels("weight.reshape(n // (kh * kw), out, kh, kw).swapaxes(0, 1)"),
        ),
        Mistake(
            "kernels turned",
            "The kernels are turned by 180 degrees. Our convolution does not flip them (lesson 5), so the weights stay in their order.",
            kernels("weight.reshape(out, -1, kh, kw)[:, :, ::-1, ::-1]"),
        ),
        Mistake(
            "rows turned around",
            "Each row is read backwards. The first weight of a row belongs to channel 0 and the top left place.",
            kernels("weight[:, ::-1].reshape(out, -1, kh, kw)"),
        ),
        Mistake(
            "divided by the area",
            "The weights were divided by kh * kw. A convolution sums over its window, as the layer did: the numbers stay.",
            kernels("weight.reshape(out, -1, kh, kw) / (kh * kw)"),
        ),
        Mistake(
            "flattened kernels",
            "The kernels are still flat: (out, C, kh * kw). A convolution wants their rows and columns apart, (out, C, kh, kw).",
            kernels("weight.reshape(out, -1, kh * kw)"),
        ),
        Mistake(
            "square kernels",
            "Your kernels are square. A kernel size has two numbers, (kh, kw), and they may differ.",
            kernels("weight.reshape(out, n // (kh * kh), kh, kh)"),
            also=("square_by_width",),
        ),
        Mistake(
            "kernels not grouped",
            "The axes of units and channels are one. Keep them apart: there are `out` kernels, each with C channels.",
            kernels("weight.reshape(-1, kh, kw)"),
        ),
        Mistake(
            "repeated over the kernel",
            "Each weight was copied to all taps of a kernel. The row has a weight of its own for each tap; none is used twice.",
            answer="repeated",
        ),
        Mistake(
            "channels as a float",
            "n / (kh * kw) is a float, and reshape wants ints. Divide with //.",
            kernels("weight.reshape(out, n / (kh * kw), kh, kw)"),
            also=("float_channels",),
        ),
        Mistake(
            "in place",
            "Setting weight.shape changes the caller's array as well. weight.reshape(...) leaves it alone.",
            answer="in_place",
        ),
        Mistake(
            "another error",
            "A kernel size that does not fit raises another error. Raise ValueError: the type is fine, its value is not.",
            answer="type_error",
            also=("index_error",),
        ),
        Mistake(
            "float64",
            "A float32 weight became float64. The dtype stays: reshape keeps it, np.zeros has to be given it.",
            answer="as_float64",
            also=("as_float64_in_loops",),
        ),
        Mistake(
            "cuts off the rest",
            "If kh * kw does not divide the length of a row, the last weights are dropped silently. Raise ValueError instead.",
            answer="cuts_the_rest",
            also=("resized",),
        ),
        Mistake(
            "as many kernels as fit",
            "With -1 for the first axis, rows that do not divide run into each other: more kernels than rows. Give out, and let -1 find C.",
            answer="as_many_kernels_as_fit",
        ),
        Mistake(
            "fills up",
            "If kh * kw does not divide the length of a row, zeros are added silently. Raise ValueError instead.",
            answer="fills_up_with_zeros",
        ),
        Mistake(
            "an assertion",
            "A kernel size that does not fit raises AssertionError. Raise ValueError: python -O leaves assertions out.",
            answer="asserts_size",
        ),
        Mistake(
            "None for a wrong size",
            "A kernel size that does not fit returns None, and something later fails. Raise ValueError where it is noticed.",
            answer="none_for_a_wrong_size",
        ),
    ],
    "cost": [
        Mistake(
            "poolings never refused",
            "A pooling that does not fit leaves no units, too. Check the size after every layer, of either kind.",
            answer="refuses_convolutions_only",
        ),
        Mistake(
            "arguments of output_length exchanged",
            "output_length takes n, kernel, stride, padding, in this order; a stride of 0 divides by zero.",
            lengths("H, W = (output_length(n, kernel, padding, stride, kind == 'pool') for n in (H, W))"),
        ),
        Mistake(
            "poolings counted",
            'Poolings are counted as if they were convolutions. They multiply nothing: count only layers of the kind "conv".',
            ((CONV, "if kernel:"),),
            also=("poolings_as_their_windows",),
        ),
        Mistake(
            "poolings skipped",
            "A pooling costs nothing, but it halves the size, and the layers behind it get cheaper. Do not skip its size.",
            answer="poolings_skipped",
        ),
        Mistake(
            "the input's places",
            "A convolution computes one number for each place of its OUTPUT. You count with the size of its input.",
            answer="counts_inputs",
        ),
        Mistake(
            "the padded input's places",
            "You count with the size of the padded input. A convolution computes one number for each place of its output.",
            answer="counts_padded_inputs",
        ),
        Mistake(
            "the picture's size for all",
            "Each layer's size is computed from the picture. It has to be computed from what the layer before left: keep H and W.",
            answer="sizes_stay",
        ),
        Mistake(
            "channels stay",
            "Each layer is counted with the picture's channels. After a layer, C becomes what came out of it: C = channels.",
            ((PASSED, ""),),
        ),
        Mistake(
            "channels too early",
            "C changes before it is used. A kernel has as many channels as come IN; set C = channels after the product.",
            answer="channels_too_early",
        ),
        Mistake(
            "no input channels",
            "A kernel has C channels, and sums over all of them. The factor C is missing.",
            added("channels * H * W * kernel**2"),
        ),
        Mistake(
            "no output channels",
            "There are `channels` kernels, each with its own map. This factor is missing.",
            added("H * W * C * kernel**2"),
        ),
        Mistake(
            "kernel not squared",
            "The kernel is kernel x kernel: the factor is kernel ** 2, not kernel.",
            added("channels * H * W * C * kernel"),
        ),
        Mistake(
            "kernel doubled",
            "kernel * 2 is not kernel ** 2. The window has kernel x kernel places.",
            added("channels * H * W * C * kernel * 2"),
        ),
        Mistake(
            "weights, not multiply-adds",
            "This is the number of weights. Each is used once for each place of the output: the factor H * W is missing.",
            answer="cost_of_one_window",
        ),
        Mistake(
            "two operations",
            "You count a multiply-add as two, a product and a sum. (Others do, and call it FLOPs.) Here it is one.",
            added("2 * channels * H * W * C * kernel**2"),
        ),
        Mistake(
            "the bias counted",
            "The bias is counted as one more tap. Only the products of weights and inputs count.",
            added("channels * H * W * (C * kernel**2 + 1)"),
        ),
        Mistake(
            "sums counted",
            "A sum of n products needs n - 1 additions, but n multiply-adds. Do not subtract one.",
            added("channels * H * W * (C * kernel**2 - 1)"),
        ),
        Mistake(
            "square pictures",
            "The width is not used, the height twice. A picture may be wider than it is high: keep both.",
            added("channels * H * H * C * kernel**2"),
            also=("width_from_height",),
        ),
        Mistake(
            "width squared",
            "The height is not used, the width twice. A picture may be higher than it is wide: keep both.",
            added("channels * W * W * C * kernel**2"),
        ),
        Mistake(
            "poolings round down",
            'Poolings round their size up: output_length(..., ceil_mode=True) for the kind "pool".',
            lengths("H, W = (output_length(n, kernel, stride, padding) for n in (H, W))"),
            also=("rounds_down_and_refuses_nothing", "halves_by_the_stride"),
        ),
        Mistake(
            "convolutions round up",
            'Convolutions round their size down; only poolings round up: ceil_mode=kind == "pool".',
            lengths("H, W = (output_length(n, kernel, stride, padding, True) for n in (H, W))"),
        ),
        Mistake(
            "rounding exchanged",
            "It is the other way round: poolings round their size up, convolutions round it down.",
            lengths("H, W = (output_length(n, kernel, stride, padding, kind == 'conv') for n in (H, W))"),
        ),
        Mistake(
            "stride and kernel exchanged",
            "Stride and kernel are exchanged somewhere. A layer is (kind, channels, kernel, stride, padding).",
            (("for kind, channels, kernel, stride, padding in", "for kind, channels, stride, kernel, padding in"),),
        ),
        Mistake(
            "no stride",
            "The stride does not enter the sizes. A layer of stride 2 has half as many places in each direction.",
            lengths("H, W = (output_length(n, kernel, 1, padding) for n in (H, W))"),
            also=("no_stride_by_formula",),
        ),
        Mistake(
            "no padding",
            "The padding does not enter the sizes. It makes room for more places: n + 2 * padding - kernel.",
            lengths("H, W = (output_length(n, kernel, stride, 0, ceil_mode=kind == 'pool') for n in (H, W))"),
        ),
        Mistake(
            "poolings without padding",
            "Poolings may have a padding as well, which enters their size as it does a convolution's: n + 2 * padding - kernel.",
            answer="poolings_without_padding",
        ),
        Mistake(
            "taps in the padding left out",
            "Taps that lie in the padding are left out. Here they count like the others: each place costs C * kernel ** 2.",
            answer="taps_in_the_padding_left_out",
        ),
        Mistake(
            "padding on one side",
            "The padding is added on one side only. There are n + 2 * padding pixels.",
            lengths("H, W = (output_length(n + padding, kernel, stride, 0, ceil_mode=kind == 'pool') for n in (H, W))"),
        ),
        Mistake(
            "the last layer only",
            "Only the last layer is counted: total is set anew for each layer. Add to it: total += ...",
            answer="last_layer_only",
        ),
        Mistake(
            "the first layer only",
            "Your function returns after the first layer: `return total` is inside the loop. Move it to the left.",
            answer="returns_in_the_loop",
            also=("returns_in_the_loop_only",),
        ),
        Mistake(
            "layers multiplied",
            "The layers' costs are multiplied. They run one after the other, so their costs add up, from 0.",
            answer="products_of_layers",
        ),
        Mistake(
            "size read as (H, W, C)",
            "The size is (C, H, W): the channels come first.",
            answer="channels_last_size",
        ),
        Mistake(
            "stride not in the product",
            "You count places one pixel apart, and let the stride count for the next layer only. Compute the new size first.",
            answer="stride_only_afterwards",
        ),
        Mistake(
            "refuses what fits with padding",
            "A kernel larger than the map may fit with its padding. Compute the new size, and refuse it if it is below 1.",
            answer="refuses_kernels_wider_than_the_map",
        ),
        Mistake(
            "not refused",
            "If a kernel does not fit, sizes become 0 or negative, and two negative ones give a positive product. Raise ValueError.",
            ((TOO_SMALL, "if False:"),),
        ),
        Mistake(
            "refused after the last layer only",
            "You compare the size with 1 after the last layer. A padding may hide that an earlier kernel did not fit: compare after each.",
            answer="refuses_after_the_loop",
        ),
        Mistake(
            "only the product compared",
            "You look at the product only. Two negative sizes give a positive one: compare H and W with 1, each on its own.",
            answer="refuses_products_below_one",
            also=("refuses_costs_below_one",),
        ),
        Mistake(
            "refuses zero only",
            "Sizes of 0 are refused, negative ones are not, and two of them give a positive product. Refuse every size below 1.",
            answer="refuses_zero_only",
        ),
        Mistake(
            "refuses only if both are too small",
            "One side that is too small is enough: use `or`, not `and`.",
            ((TOO_SMALL, "if H < 1 and W < 1:"),),
        ),
        Mistake(
            "height not looked at",
            "Only the width is compared with 1. The height may be too small as well.",
            ((TOO_SMALL, "if W < 1:"),),
        ),
        Mistake(
            "width not looked at",
            "Only the height is compared with 1. The width may be too small as well.",
            ((TOO_SMALL, "if H < 1:"),),
        ),
        Mistake(
            "one unit refused",
            "A map of one row or column is fine: a classifier ends with 1 x 1. Refuse sizes below 1.",
            ((TOO_SMALL, "if H <= 1 or W <= 1:"),),
        ),
        Mistake(
            "None if it does not fit",
            "A kernel that does not fit returns None. Raise ValueError instead.",
            answer="none_if_too_small",
        ),
        Mistake(
            "no cost if it does not fit",
            "A kernel that does not fit is counted as nothing. Raise ValueError: the network cannot run at all.",
            answer="zero_if_too_small",
            also=("zero_for_a_failure", "minus_one_for_a_failure"),
        ),
        Mistake(
            "an assertion",
            "A kernel that does not fit raises AssertionError. Raise ValueError: python -O leaves assertions out.",
            answer="asserts_that_it_fits",
        ),
        Mistake(
            "a float",
            "The result is a float. Counts are ints: begin with total = 0, and divide with // only.",
            answer="float_cost",
        ),
        Mistake(
            "sizes not rounded",
            "(n + 2p - k) / s + 1 is not always whole. Use output_length, which rounds.",
            answer="by_true_division",
        ),
        Mistake(
            "int32 overflows",
            "The sum runs over the end of 32 bits: AlexNet needs 11 billion. Use Python's ints or np.int64.",
            answer="int32_cost",
        ),
    ],
}
