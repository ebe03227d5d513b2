"""Wrong answers to lesson 10 that people really write, each with the hint that they should read."""

import numpy as np

from minifcn.course.exercise import Mistake

# --- Answers that are no small change of the solution ---------------------------------------------------------------


def moves_the_last_window_back(x, kernel_size, stride, padding=0, ceil_mode=False):
    (N, C, H, W), (kh, kw), p = x.shape, kernel_size, padding
    oh, ow = (output_length(n, k, stride, p, ceil_mode) for n, k in zip((H, W), kernel_size))  # noqa: F821
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), constant_values=-np.inf)
    place = np.pad(np.arange(H * W).reshape(H, W), p)
    y, index = np.zeros((N, C, oh, ow), x.dtype), np.zeros((N, C, oh, ow), np.int64)
    for i, j in np.ndindex(oh, ow):
        top, left = min(i * stride, H + 2 * p - kh), min(j * stride, W + 2 * p - kw)
        window = padded[:, :, top : top + kh, left : left + kw].reshape(N, C, -1 if N else kh * kw)
        y[:, :, i, j] = window.max(axis=2)
        index[:, :, i, j] = place[top : top + kh, left : left + kw].ravel()[window.argmax(axis=2)]
    return y, index


def divides_by_height(grad, index, size):
    H, W = size
    grad_x = np.zeros((*grad.shape[:2], H, W), grad.dtype)
    n, c, _, _ = np.indices(grad.shape)
    np.add.at(grad_x, (n, c, index // H, index % H), grad)
    return grad_x


def shares_by_the_number_of_wins(grad, index, size):
    flat = np.zeros((*grad.shape[:2], size[0] * size[1]), grad.dtype)
    wins = np.zeros_like(flat)
    n, c, _, _ = np.indices(grad.shape)
    np.add.at(flat, (n, c, index), grad)
    np.add.at(wins, (n, c, index), 1)
    return (flat / np.maximum(wins, 1)).reshape(*grad.shape[:2], *size)


def strides_in_the_axis(n, kernel, stride, padding=0, ceil_mode=False):
    return -(-(n + 2 * padding) // stride) if ceil_mode else (n + 2 * padding) // stride


def rounds_the_other_way(n, kernel, stride, padding=0, ceil_mode=False):
    steps = n + 2 * padding - kernel
    return (steps // stride if ceil_mode else -(-steps // stride)) + 1


def drops_like_a_half_remembered_caffe(n, kernel, stride, padding=0, ceil_mode=False):
    steps = n + 2 * padding - kernel
    length = (-(-steps // stride) if ceil_mode else steps // stride) + 1
    return length - 1 if ceil_mode and padding and (length - 1) * stride >= n + padding else length


def starts(n, kernel, stride, padding, end, ceil_mode):
    start = -padding
    while start + kernel <= n + padding or (ceil_mode and start < end):
        yield start
        start += stride


def counts_every_start(n, kernel, stride, padding=0, ceil_mode=False):
    return len(list(starts(n, kernel, stride, padding, n, ceil_mode)))


def counts_starts_in_the_padding(n, kernel, stride, padding=0, ceil_mode=False):
    return len(list(starts(n, kernel, stride, padding, n + padding, ceil_mode)))


def pooled(x, kernel_size, stride, padding, ceil_mode, least=-np.inf, inside=None, index=None, better=np.greater):
    """Pixel by pixel, wrong on demand: from another start value, with another border, another index."""
    (N, C, H, W), (kh, kw) = x.shape, kernel_size
    oh, ow = (output_length(n, k, stride, padding, ceil_mode) for n, k in zip((H, W), kernel_size))  # noqa: F821
    inside, index = inside or (lambda i, n: 0 <= i < n), index or (lambda c, row, column: row * W + column)
    y, places = np.full((N, C, oh, ow), least, x.dtype), np.zeros((N, C, oh, ow), np.int64)
    for n, c, u, v, i, j in np.ndindex(N, C, oh, ow, kh, kw):
        row, column = u * stride - padding + i, v * stride - padding + j
        if inside(row, H) and inside(column, W) and better(x[n, c, row, column], y[n, c, u, v]):
            y[n, c, u, v], places[n, c, u, v] = x[n, c, row, column], index(c, row, column)
    return y, places


def starts_at_zero(x, kernel_size, stride, padding=0, ceil_mode=False):
    return pooled(x, kernel_size, stride, padding, ceil_mode, least=0)


def no_winner(y, index, least, value):
    """Where nothing exceeded the start value: another index than 0."""
    return y, np.where(y == least, value, index)


def starts_at_zero_without_a_winner(x, kernel_size, stride, padding=0, ceil_mode=False):
    return no_winner(*pooled(x, kernel_size, stride, padding, ceil_mode, least=0), 0, -1)


def first_pixel_of_the_windows(x, kernel_size, stride, padding, ceil_mode):
    H, W = x.shape[2:]
    oh, ow = (output_length(n, k, stride, padding, ceil_mode) for n, k in zip((H, W), kernel_size))  # noqa: F821
    rows, columns = (np.arange(n) * stride - padding for n in (oh, ow))
    return np.maximum(rows, 0)[:, None] * W + np.maximum(columns, 0)


def starts_at_zero_and_the_first_pixel(x, kernel_size, stride, padding=0, ceil_mode=False):
    first = first_pixel_of_the_windows(x, kernel_size, stride, padding, ceil_mode)
    return no_winner(*pooled(x, kernel_size, stride, padding, ceil_mode, least=0), 0, first)


def starts_at_minus_billion(x, kernel_size, stride, padding=0, ceil_mode=False):
    return pooled(x, kernel_size, stride, padding, ceil_mode, least=-1e9)


def starts_at_minus_billion_without_a_winner(x, kernel_size, stride, padding=0, ceil_mode=False):
    least = np.array(-1e9, x.dtype)
    return no_winner(*pooled(x, kernel_size, stride, padding, ceil_mode, least=least), least, -1)


def starts_at_minus_thousand(x, kernel_size, stride, padding=0, ceil_mode=False):
    return pooled(x, kernel_size, stride, padding, ceil_mode, least=-1e3)


def starts_at_minus_999(x, kernel_size, stride, padding=0, ceil_mode=False):
    return pooled(x, kernel_size, stride, padding, ceil_mode, least=-999.0)


def starts_at_minus_million(x, kernel_size, stride, padding=0, ceil_mode=False):
    return pooled(x, kernel_size, stride, padding, ceil_mode, least=-1e6)


def starts_at_minus_10_000(x, kernel_size, stride, padding=0, ceil_mode=False):
    return pooled(x, kernel_size, stride, padding, ceil_mode, least=-1e4)


def starts_at_the_corner(x, kernel_size, stride, padding=0, ceil_mode=False):
    """Begins with the picture's own first pixel, at place 0."""
    y, index = pooled(x, kernel_size, stride, padding, ceil_mode)
    corner = np.broadcast_to(x[:, :, :1, :1], y.shape)
    return np.maximum(y, corner), np.where(y > corner, index, 0)


def takes_the_smallest(x, kernel_size, stride, padding=0, ceil_mode=False):
    y, index = pooled(-x, kernel_size, stride, padding, ceil_mode)
    return -y, index


def loops(x, kernel_size, windows, stride, padding, ceil_mode, step=None):
    """Pixel by pixel, in windows of another size or at another step than the result's."""
    (N, C, H, W), (kh, kw), (down, across) = x.shape, windows, step or (stride, stride)
    oh, ow = (output_length(n, k, stride, padding, ceil_mode) for n, k in zip((H, W), kernel_size))  # noqa: F821
    y, index = np.full((N, C, oh, ow), -np.inf, x.dtype), np.zeros((N, C, oh, ow), np.int64)
    for u, v, i, j in np.ndindex(oh, ow, kh, kw):
        row, column = u * down - padding + i, v * across - padding + j
        if 0 <= row < H and 0 <= column < W:
            better = x[:, :, row, column] > y[:, :, u, v]
            y[:, :, u, v] = np.where(better, x[:, :, row, column], y[:, :, u, v])
            index[:, :, u, v] = np.where(better, row * W + column, index[:, :, u, v])
    return y, index


def loops_of_the_stride(x, kernel_size, stride, padding=0, ceil_mode=False):
    return loops(x, kernel_size, (stride, stride), stride, padding, ceil_mode)


def steps_of_the_kernel(x, kernel_size, stride, padding=0, ceil_mode=False):
    return loops(x, kernel_size, kernel_size, stride, padding, ceil_mode, step=kernel_size)


def loops_of_kh(x, kernel_size, stride, padding=0, ceil_mode=False):
    return loops(x, kernel_size, kernel_size[:1] * 2, stride, padding, ceil_mode)


def loops_of_kw(x, kernel_size, stride, padding=0, ceil_mode=False):
    return loops(x, kernel_size, kernel_size[1:] * 2, stride, padding, ceil_mode)


def starts_at_the_smallest(x, kernel_size, stride, padding=0, ceil_mode=False):
    return pooled(x, kernel_size, stride, padding, ceil_mode, least=x.min(initial=np.inf))


def wraps_around(x, kernel_size, stride, padding=0, ceil_mode=False):
    return pooled(x, kernel_size, stride, padding, ceil_mode, inside=lambda i, n: i < n)


def without_row_0(x, kernel_size, stride, padding=0, ceil_mode=False):
    return pooled(x, kernel_size, stride, padding, ceil_mode, inside=lambda i, n: 0 < i < n)


def without_the_last_row(x, kernel_size, stride, padding=0, ceil_mode=False):
    return pooled(x, kernel_size, stride, padding, ceil_mode, inside=lambda i, n: 0 <= i < n - 1)


def row_times_height(x, kernel_size, stride, padding=0, ceil_mode=False):
    H = x.shape[2]
    return pooled(x, kernel_size, stride, padding, ceil_mode, index=lambda c, row, column: row * H + column)


def index_over_channels(x, kernel_size, stride, padding=0, ceil_mode=False):
    H, W = x.shape[2:]
    return pooled(x, kernel_size, stride, padding, ceil_mode, index=lambda c, row, column: (c * H + row) * W + column)


def row_of_the_padded_picture(x, kernel_size, stride, padding=0, ceil_mode=False):
    W, p = x.shape[3], padding
    return pooled(x, kernel_size, stride, p, ceil_mode, index=lambda c, row, column: (row + p) * W + column + p)


def wider_padded_picture(x, kernel_size, stride, padding=0, ceil_mode=False):
    W, p = x.shape[3] + 2 * padding + stride, padding
    return pooled(x, kernel_size, stride, p, ceil_mode, index=lambda c, row, column: (row + p) * W + column + p)


def in_windows(x, kernel_size, stride, padding, ceil_mode, value, width, one_for_all=False):
    """Window by window of a padded picture; the place is row, column = divmod(argmax, width)."""
    (N, C, H, W), (kh, kw), p, s = x.shape, kernel_size, padding, stride
    oh, ow = output_length(H, kh, s, p, ceil_mode), output_length(W, kw, s, p, ceil_mode)  # noqa: F821
    padded = np.full((N, C, H + 2 * p + s, W + 2 * p + s), value, x.dtype)
    padded[:, :, p : p + H, p : p + W] = x
    y, index = np.zeros((N, C, oh, ow), x.dtype), np.zeros((N, C, oh, ow), np.int64)
    for n, i, j in np.ndindex(N, oh, ow):
        window = padded[n, :, i * s : i * s + kh, j * s : j * s + kw].reshape(C, kh * kw)
        y[n, :, i, j] = window.max() if one_for_all else window.max(axis=1)
        row, column = divmod(window.argmax(axis=1), width)
        index[n, :, i, j] = (i * s - p + row) * W + j * s - p + column
    return y, index


def zeros_around(x, kernel_size, stride, padding=0, ceil_mode=False):
    return in_windows(x, kernel_size, stride, padding, ceil_mode, 0, kernel_size[1])


def minus_one_around(x, kernel_size, stride, padding=0, ceil_mode=False):
    return in_windows(x, kernel_size, stride, padding, ceil_mode, -1, kernel_size[1])


def minus_thousand_around(x, kernel_size, stride, padding=0, ceil_mode=False):
    return in_windows(x, kernel_size, stride, padding, ceil_mode, -1000, kernel_size[1])


def minus_billion_around(x, kernel_size, stride, padding=0, ceil_mode=False):
    return in_windows(x, kernel_size, stride, padding, ceil_mode, -1e9, kernel_size[1])


def smallest_around(x, kernel_size, stride, padding=0, ceil_mode=False):
    return in_windows(x, kernel_size, stride, padding, ceil_mode, x.min(initial=0), kernel_size[1])


def divides_by_kernel_height(x, kernel_size, stride, padding=0, ceil_mode=False):
    return in_windows(x, kernel_size, stride, padding, ceil_mode, -np.inf, kernel_size[0])


def largest_of_all_channels(x, kernel_size, stride, padding=0, ceil_mode=False):
    return in_windows(x, kernel_size, stride, padding, ceil_mode, -np.inf, kernel_size[1], one_for_all=True)


def one_winner_for_all_channels(x, kernel_size, stride, padding=0, ceil_mode=False):
    """The largest of a window through all channels, and its place, for every channel alike."""
    y, index = pooled(x, kernel_size, stride, padding, ceil_mode)
    if not y.size:
        return y, index
    channel = y.argmax(axis=1)[:, None]
    return tuple(np.repeat(np.take_along_axis(a, channel, 1), x.shape[1], 1) for a in (y, index))


def keeps_one_channel(x, kernel_size, stride, padding=0, ceil_mode=False):
    y, index = pooled(x, kernel_size, stride, padding, ceil_mode)
    if not y.size:
        return y[:, :1], index[:, :1]
    channel = y.argmax(axis=1)[:, None]
    return tuple(np.take_along_axis(a, channel, 1) for a in (y, index))


def drops_the_channels(x, kernel_size, stride, padding=0, ceil_mode=False):
    y, index = keeps_one_channel(x, kernel_size, stride, padding, ceil_mode)
    return y[:, 0], index[:, 0]


def rows_and_columns(x, kernel_size, stride, padding=0, ceil_mode=False):
    y, index = pooled(x, kernel_size, stride, padding, ceil_mode)
    return y, np.stack(np.divmod(index, x.shape[3]), axis=-1)


def row_and_column_apart(x, kernel_size, stride, padding=0, ceil_mode=False):
    y, index = pooled(x, kernel_size, stride, padding, ceil_mode)
    return y, *np.divmod(index, x.shape[3])


def searches_the_picture(x, kernel_size, stride, padding=0, ceil_mode=False):
    (N, C, H, W), (kh, kw) = x.shape, kernel_size
    oh, ow = (output_length(n, k, stride, padding, ceil_mode) for n, k in zip((H, W), kernel_size))  # noqa: F821
    y, index = np.zeros((N, C, oh, ow), x.dtype), np.zeros((N, C, oh, ow), np.int64)
    for n, c, u, v in np.ndindex(N, C, oh, ow):
        top, left = u * stride - padding, v * stride - padding
        y[n, c, u, v] = x[n, c, max(top, 0) : top + kh, max(left, 0) : left + kw].max()
        index[n, c, u, v] = (x[n, c] == y[n, c, u, v]).argmax()
    return y, index


def width_of_the_whole_window(x, kernel_size, stride, padding=0, ceil_mode=False):
    """Divides argmax by kw, although a window at the border is narrower."""
    (N, C, H, W), (kh, kw), p, s = x.shape, kernel_size, padding, stride
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), constant_values=-np.inf)
    oh, ow = output_length(H, kh, s, p, ceil_mode), output_length(W, kw, s, p, ceil_mode)  # noqa: F821
    y, index = np.zeros((N, C, oh, ow), x.dtype), np.zeros((N, C, oh, ow), np.int64)
    for n, c, i, j in np.ndindex(N, C, oh, ow):
        window = padded[n, c, i * s : i * s + kh, j * s : j * s + kw]
        row, column = divmod(window.argmax(), kw)
        y[n, c, i, j], index[n, c, i, j] = window.max(), (i * s - p + row) * W + j * s - p + column
    return y, index


def at_the_place_of_the_window(grad, index, size):
    grad_x = np.zeros((*grad.shape[:2], *size), grad.dtype)
    for u, v in np.ndindex(grad.shape[2:]):
        grad_x[:, :, u, v] += grad[:, :, u, v]
    return grad_x


def one_picture_for_all(grad, index, size):
    flat = np.zeros(size[0] * size[1], grad.dtype)
    np.add.at(flat, index, grad)
    return np.broadcast_to(flat.reshape(size), (*grad.shape[:2], *size)).copy()


def first_window_wins(grad, index, size):
    flat = np.zeros((*grad.shape[:2], size[0] * size[1]), grad.dtype)
    for place in reversed(list(np.ndindex(grad.shape))):
        flat[(*place[:2], index[place])] = grad[place]
    return flat.reshape(*grad.shape[:2], *size)


def largest_gradient_wins(grad, index, size):
    flat = np.full((*grad.shape[:2], size[0] * size[1]), -np.inf, grad.dtype)
    n, c, _, _ = np.indices(grad.shape)
    np.maximum.at(flat, (n, c, index), grad)
    return np.where(flat == -np.inf, 0, flat).reshape(*grad.shape[:2], *size).astype(grad.dtype)


def counts_from_zero_up(grad, index, size):
    flat = np.zeros((*grad.shape[:2], size[0] * size[1]), grad.dtype)
    n, c, _, _ = np.indices(grad.shape)
    np.maximum.at(flat, (n, c, index), grad)
    return flat.reshape(*grad.shape[:2], *size)


class Averages:
    """Average pooling that keeps everything wherever `kept` says."""

    def __init__(self, kernel_size, stride, padding=0, count_include_pad=True):
        self.kept().settings = kernel_size, stride, padding, count_include_pad

    def kept(self):
        return self

    def windows(self, u, v):
        (kh, kw), s, p, _ = self.kept().settings
        return (..., slice(max(u * s - p, 0), u * s - p + kh), slice(max(v * s - p, 0), v * s - p + kw))

    def area(self, window):
        (kh, kw), *_, counts = self.kept().settings
        return kh * kw if counts else window.shape[2] * window.shape[3]

    def forward(self, x):
        kernel_size, s, p, _ = self.kept().settings
        self.kept().x = x
        sizes = [(n + 2 * p - k) // s + 1 for n, k in zip(x.shape[2:], kernel_size)]
        y = np.zeros((*x.shape[:2], *sizes), x.dtype)
        for u, v in np.ndindex(*sizes):
            window = x[self.windows(u, v)]
            y[:, :, u, v] = window.sum(axis=(2, 3)) / self.area(window)
        return y

    def backward(self, grad):
        grad_x = np.zeros_like(self.kept().x)
        for u, v in np.ndindex(grad.shape[2:]):
            window = grad_x[self.windows(u, v)]
            window += grad[:, :, u : u + 1, v : v + 1] / self.area(window)
        return grad_x


class AllOnTheClass(Averages):
    def kept(self):
        return AllOnTheClass


class SettingsOnTheClass(Averages):
    def __init__(self, kernel_size, stride, padding=0, count_include_pad=True):
        SettingsOnTheClass.settings = kernel_size, stride, padding, count_include_pad


SEEN = {}


class InAGlobal(Averages):
    def forward(self, x):
        SEEN["x"] = x
        return super().forward(x)

    def backward(self, grad):
        self.x = SEEN["x"]
        return super().backward(grad)


PADDED_BACKWARD = (
    ("*self.size), grad.dtype", "self.size[0] + 2 * p, self.size[1] + 2 * p), grad.dtype"),
    (
        "grad_x[:, :, max(top, 0) : top + kh, max(left, 0) : left + kw] += share",
        "grad_x[:, :, top + p : top + p + kh, left + p : left + p + kw] += share",
    ),
)


MISTAKES = {
    "output_length": [
        Mistake(
            "ignores_ceil_mode",
            "This always rounds down. With ceil_mode the pixels that are left over at the end get a window as well.",
            changes=(("if not ceil_mode:", "if True:"),),
        ),
        Mistake(
            "modes_exchanged",
            "The two modes are exchanged: ceil_mode=True rounds up (and may drop a window), False rounds down.",
            changes=(("if not ceil_mode:", "if ceil_mode:"),),
            also=("rounds_the_other_way",),
        ),
        Mistake(
            "always_rounds_up",
            "This rounds up in floor mode, too: the last window then sticks out beyond the padded axis.",
            changes=(("if not ceil_mode:", "if False:"),),
        ),
        Mistake(
            "keeps_the_empty_window",
            "In ceil mode your last window can start at pixel n or later, where it sees no pixel. Such a window is dropped.",
            changes=(("return length - 1 if starts_late else length", "return length"),),
        ),
        Mistake(
            "drops_only_with_padding",
            "A last window can start beyond the picture without padding, too, if the stride is larger than the"
            " window. Drop it whether there is padding or not.",
            changes=(("return length - 1 if starts_late else length", "return length - 1 if starts_late and padding else length"),),
            also=("drops_like_a_half_remembered_caffe",),
        ),
        Mistake(
            "drops_one_if_padded",
            "You drop a window whenever there is padding. Drop the last one only if it starts at pixel n or later.",
            changes=(("starts_late = (length - 1) * stride - padding >= n", "starts_late = padding > 0"),),
        ),
        Mistake(
            "forgets_plus_one",
            "You count the moves of the window. Two windows are one move apart: one more window than moves.",
            changes=(
                ("return steps // stride + 1", "return steps // stride"),
                ("-(-steps // stride) + 1", "-(-steps // stride)"),
            ),
        ),
        Mistake(
            "pads_one_end",
            "The padding is put at both ends of the axis; you have counted it once.",
            changes=(("n + 2 * padding - kernel", "n + padding - kernel"),),
        ),
        Mistake(
            "forgets_the_padding",
            "The padding makes the axis longer, by p at either end; you have left it out.",
            changes=(("n + 2 * padding - kernel", "n - kernel"),),
        ),
        Mistake(
            "start_without_padding",
            "Window u starts at pixel u * stride - padding, not at u * stride: you drop windows that still see a pixel.",
            changes=(("(length - 1) * stride - padding >= n", "(length - 1) * stride >= n"),),
        ),
        Mistake(
            "drops_beyond_the_padding",
            "You drop only windows that start beyond the padding. One that starts in the padding at the end sees no pixel,"
            " either.",
            changes=((">= n\n", ">= n + padding\n"),),
        ),
        Mistake(
            "pixel_n_is_outside",
            "The pixels are numbered 0 to n - 1, so a window that starts at pixel n is already outside.",
            changes=((">= n\n", "> n\n"),),
        ),
        Mistake(
            "always_one_more",
            "Ceil mode is not always one window more. If the windows already reach the end, rounding up changes nothing.",
            changes=(("-(-steps // stride) + 1", "steps // stride + 2"),),
        ),
        Mistake(
            "drops_the_last_pixel",
            "You drop a window that starts on the last pixel, n - 1. It sees that pixel, so it stays.",
            changes=((">= n\n", ">= n - 1\n"),),
        ),
        Mistake(
            "a_float",
            "A length is a whole number, and / gives a float. Use //; rounding up is -(-a // b).",
            changes=(
                ("return steps // stride + 1", "return float(steps // stride + 1)"),
                ("-(-steps // stride) + 1", "float(-(-steps // stride) + 1)"),
            ),
        ),
        Mistake(
            "forgets_the_kernel",
            "The kernel does not enter. The last window that fits starts n + 2p - k pixels after the first.",
            changes=(("n + 2 * padding - kernel", "n + 2 * padding"),),
            also=("strides_in_the_axis",),
        ),
        Mistake(
            "counts_every_start",
            "In ceil mode you count every window that starts on a pixel. Only one window may hang over: the first that reaches the"
            " end is the last.",
            answer="counts_every_start",
            also=("counts_starts_in_the_padding",),
        ),
        Mistake(
            "rounds_to_the_nearest",
            "round() goes up or down, whichever is nearer. Floor mode always rounds down (//), ceil mode always up: -(-a // b).",
            changes=(
                ("return steps // stride + 1", "return round(steps / stride) + 1"),
                ("-(-steps // stride) + 1", "round(steps / stride) + 1"),
            ),
        ),
    ],
    "max_pool2d": [
        Mistake(
            "pads_with_zeros",
            "A zero of the padding wins wherever all pixels are negative. The padding must lose to every number:"
            " -np.inf.",
            changes=(("constant_values=-np.inf", "constant_values=0"),),
            also=("zeros_around",),
        ),
        Mistake(
            "zeros_are_padding",
            "You take every zero for padding. A zero of the picture is a pixel like any other, and after a ReLU many"
            " are 0.",
            changes=(
                (
                    "margin, margin), constant_values=-np.inf)",
                    "margin, margin))\n    padded = np.where(padded == 0, -np.inf, padded)",
                ),
            ),
        ),
        Mistake(
            "last_of_equals",
            "Of equal pixels you take the last one. The first in reading order wins, as with np.argmax.",
            changes=(("window.argmax(axis=2)", "kh * kw - 1 - window[:, :, ::-1].argmax(axis=2)"),),
        ),
        Mistake(
            "reads_down_the_columns",
            "Of equal pixels you take the first down the columns. Reading order goes along a row first.",
            changes=(
                ("padded[:, :, rows, columns]", "padded[:, :, rows, columns].swapaxes(2, 3)"),
                ("place[rows, columns].ravel()", "place[rows, columns].T.ravel()"),
            ),
        ),
        Mistake(
            "place_in_the_window",
            "Your index counts within the window. It must say where the winner is in the picture: row * W + column.",
            changes=(("place[rows, columns].ravel()[window.argmax(axis=2)]", "window.argmax(axis=2)"),),
        ),
        Mistake(
            "place_in_the_padded_picture",
            "Your index counts pixels of the padded picture. Take the padding off row and column before row * W + column.",
            changes=(
                (
                    "np.pad(np.arange(H * W).reshape(H, W), (margin, margin), constant_values=-1)",
                    "np.add.outer(np.arange(H + sum(margin)) * (W + 2 * padding), np.arange(W + sum(margin)))",
                ),
            ),
            also=("row_of_the_padded_picture", "wider_padded_picture"),
        ),
        Mistake(
            "column_times_height",
            "Your index is column * H + row. Pictures are stored row by row: row * W + column.",
            changes=(("np.arange(H * W).reshape(H, W)", "np.arange(H * W).reshape(W, H).T"),),
        ),
        Mistake(
            "rows_of_the_result",
            "Your index multiplies the row by the result's width. A row of the picture has W pixels: row * W + column.",
            changes=(("np.arange(H * W).reshape(H, W)", "np.add.outer(np.arange(H) * ow, np.arange(W))"),),
        ),
        Mistake(
            "ignores_the_stride",
            "Your windows are one pixel apart. Window (u, v) starts at row u * stride and column v * stride.",
            changes=(("u * stride", "u"), ("v * stride", "v")),
        ),
        Mistake(
            "kernel_height_and_width_swapped",
            "kernel_size is (height, width): kh belongs to the rows, kw to the columns. You have exchanged them.",
            changes=(("kh, kw = kernel_size", "kw, kh = kernel_size"),),
        ),
        Mistake(
            "picture_height_and_width_swapped",
            "The result's oh belongs to the picture's height H and the kernel's height kh, its ow to the widths.",
            changes=(("output_length(H, kh", "output_length(W, kh"), ("output_length(W, kw", "output_length(H, kw")),
        ),
        Mistake(
            "ignores_ceil_mode",
            "ceil_mode changes nothing in your answer. Pass it on to output_length, and let the last window hang"
            " over.",
            changes=(("padding, ceil_mode)\n", "padding)\n"),),
        ),
        Mistake(
            "moves_the_last_window_back",
            "In ceil mode you move the last window back until it fits. It stays at u * stride and hangs over the"
            " edge.",
            answer="moves_the_last_window_back",
        ),
        Mistake(
            "becomes_float64",
            "The result of a float32 picture must be float32: give np.zeros the dtype of x.",
            changes=(("np.zeros((N, C, oh, ow), x.dtype)", "np.zeros((N, C, oh, ow))"),),
        ),
        Mistake(
            "winner_of_picture_0",
            "All pictures get the index of the first one. Each picture and each channel has winners of its own.",
            changes=(("window.argmax(axis=2)", "window[:1].argmax(axis=2)"),),
        ),
        Mistake(
            "winner_of_channel_0",
            "All channels get the index of the first one. Each picture and each channel has winners of its own.",
            changes=(("window.argmax(axis=2)", "window[:, :1].argmax(axis=2)"),),
        ),
        Mistake(
            "largest_size",
            "You compare absolute values. The largest number wins: of -5 and 2 it is 2.",
            changes=(("window.argmax(axis=2)", "abs(np.where(window == -np.inf, 0, window)).argmax(axis=2)"),),
        ),
        Mistake(
            "pads_before_only",
            "The padding is missing at the bottom and on the right: the windows there take pixels from the wrong side.",
            changes=(("margin, margin), constant_values=-np.inf)", "margin, margin), mode='reflect')"),),
        ),
        Mistake(
            "forgets_the_padding",
            "Your windows start at u * stride. With padding they start p pixels earlier, at u * stride - padding.",
            changes=(("margin = (padding, padding + stride)", "margin = (0, 2 * padding + stride)"),),
        ),
        Mistake(
            "starts_at_zero",
            "Your search for the largest begins with 0, so a negative pixel never wins. Begin with -np.inf, or with the first pixel.",
            answer="starts_at_zero",
            also=("starts_at_zero_without_a_winner", "starts_at_zero_and_the_first_pixel"),
        ),
        Mistake(
            "starts_at_a_number",
            "Your search begins with a very small number, but a picture may hold smaller ones. Begin with -np.inf, or with the"
            " window's first pixel.",
            answer="starts_at_minus_billion",
            also=(
                "starts_at_minus_billion_without_a_winner",
                "starts_at_minus_million",
                "starts_at_minus_10_000",
                "starts_at_minus_thousand",
                "starts_at_minus_999",
            ),
        ),
        Mistake(
            "starts_at_the_corner",
            "Your search begins with the picture's first pixel, which is not in every window. Begin with -np.inf, or with the first"
            " pixel of the window itself.",
            answer="starts_at_the_corner",
        ),
        Mistake(
            "takes_the_smallest",
            "This is the smallest pixel of each window. max_pool2d takes the largest.",
            answer="takes_the_smallest",
        ),
        Mistake(
            "index_of_floats",
            "index must hold whole numbers, such as np.int64: backward uses them as places in an array.",
            changes=(("np.zeros((N, C, oh, ow), np.int64)", "np.zeros((N, C, oh, ow))"),),
        ),
        Mistake(
            "returns_only_y",
            "You return y alone. max_pool2d returns two arrays, y and index: backward needs to know who won.",
            changes=(("return y, index", "return y"),),
        ),
        Mistake(
            "returns_only_the_index",
            "You return the index alone. max_pool2d returns two arrays: the values y, and index.",
            changes=(("return y, index", "return index"),),
        ),
        Mistake(
            "rows_and_columns",
            "You give the winner's row and column. index holds one whole number for each window: row * W + column.",
            answer="rows_and_columns",
            also=("row_and_column_apart",),
        ),
        Mistake(
            "stride_for_the_kernel",
            "Your windows are stride x stride pixels. A window has kh x kw pixels; the stride says how far apart two windows start.",
            changes=(("u * stride + kh", "u * stride + stride"), ("v * stride + kw", "v * stride + stride"),
                     (".reshape(N, C, kh * kw)", ".reshape(N, C, stride * stride)")),
            also=("loops_of_the_stride",),
        ),
        Mistake(
            "kernel_for_the_stride",
            "Your windows are one window apart, so that they never overlap. They start `stride` pixels apart: at u * stride.",
            changes=(
                ("margin = (padding, padding + stride)", "margin = (padding, padding + stride + kh * oh + kw * ow)"),
                ("u * stride, u * stride + kh", "u * kh, u * kh + kh"),
                ("v * stride, v * stride + kw", "v * kw, v * kw + kw"),
            ),
            also=("steps_of_the_kernel",),
        ),
        Mistake(
            "square_kernel",
            "You use the kernel's height for its width. kernel_size is (kh, kw), and the two may differ.",
            changes=(("kh, kw = kernel_size", "kh = kw = kernel_size[0]"),),
            also=("loops_of_kh",),
        ),
        Mistake(
            "square_kernel_of_its_width",
            "You use the kernel's width for its height. kernel_size is (kh, kw), and the two may differ.",
            changes=(("kh, kw = kernel_size", "kh = kw = kernel_size[1]"),),
            also=("loops_of_kw",),
        ),
        Mistake(
            "pads_with_a_number",
            "A picture may hold numbers below those that you pad with, or the same. The padding must lose to every"
            " number: -np.inf.",
            answer="minus_one_around",
            also=("minus_thousand_around", "minus_billion_around", "smallest_around"),
        ),
        Mistake(
            "starts_at_the_smallest",
            "Your search begins with the smallest number of x, which a pixel must exceed to win. Where all pixels of a window have"
            " that value, none does.",
            answer="starts_at_the_smallest",
        ),
        Mistake(
            "wraps_around",
            "A negative index is no error in Python: it counts from the end. Pixels left of the picture and above it do not exist:"
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
            "row_times_height",
            "Your index is row * H + column. A row of the picture has W pixels: row * W + column.",
            answer="row_times_height",
        ),
        Mistake(
            "index_over_channels",
            "Your index counts through all channels. Each channel is a picture of its own: row * W + column, below H * W.",
            answer="index_over_channels",
        ),
        Mistake(
            "divides_by_kernel_height",
            "argmax in a window of kh rows and kw columns is row * kw + column: divide by kw, not by kh.",
            answer="divides_by_kernel_height",
        ),
        Mistake(
            "width_of_the_whole_window",
            "A window that is cut off at the edge is narrower than kw, and argmax counts its own columns. Pad far enough, or divide"
            " by the window's width.",
            answer="width_of_the_whole_window",
        ),
        Mistake(
            "largest_of_all_channels",
            "All channels get the largest number of all. Each picture and each channel is pooled by itself: take the maximum over"
            " the window's two axes.",
            answer="largest_of_all_channels",
            also=("one_winner_for_all_channels", "keeps_one_channel", "drops_the_channels"),
        ),
        Mistake(
            "searches_the_picture",
            "You look for the largest value in the whole picture. The same value may occur outside the window, further up: search"
            " within the window.",
            answer="searches_the_picture",
        ),
    ],
    "max_pool2d_backward": [
        Mistake(
            "overwrites",
            "A pixel that won several windows keeps only one gradient here. They must add; a[index] += v adds a repeated"
            " index only once, np.add.at adds every time.",
            changes=(("np.add.at(flat, (n, c, index), grad)", "flat[n, c, index] = grad"),),
            also=("first_window_wins", "largest_gradient_wins"),
        ),
        Mistake(
            "ignores_the_gradient",
            "You add 1 for every window won. Add the gradient of that window.",
            changes=(("(n, c, index), grad)", "(n, c, index), 1)"),),
        ),
        Mistake(
            "size_swapped",
            "size is (H, W), the height first. You have exchanged them.",
            changes=(("H, W = size", "W, H = size"),),
        ),
        Mistake(
            "divides_by_height",
            "index = row * W + column, so the row is index // W and the column index % W: W, not H.",
            answer="divides_by_height",
        ),
        Mistake(
            "down_the_columns",
            "You read the index as column * H + row. It is row * W + column.",
            changes=(("flat.reshape(N, C, H, W)", "flat.reshape(N, C, W, H).swapaxes(2, 3)"),),
        ),
        Mistake(
            "winner_of_channel_0",
            "All channels use the winners of the first one. Each channel has its own index.",
            changes=(("(n, c, index), grad)", "(n, c, index[:, :1] + 0 * index), grad)"),),
        ),
        Mistake(
            "winner_of_picture_0",
            "All pictures use the winners of the first one. Each picture has its own index.",
            changes=(("(n, c, index), grad)", "(n, c, index[:1] + 0 * index), grad)"),),
        ),
        Mistake(
            "all_to_channel_0",
            "The gradients of all channels end up in channel 0. Each stays in its own channel.",
            changes=(("(n, c, index), grad)", "(n, 0 * c, index), grad)"),),
        ),
        Mistake(
            "all_to_picture_0",
            "The gradients of all pictures end up in picture 0. Each stays in its own picture.",
            changes=(("(n, c, index), grad)", "(0 * n, c, index), grad)"),),
        ),
        Mistake(
            "becomes_float64",
            "The gradient of float32 numbers must be float32: give np.zeros the dtype of grad.",
            changes=(("np.zeros((N, C, H * W), grad.dtype)", "np.zeros((N, C, H * W))"),),
        ),
        Mistake(
            "shares_by_the_number_of_wins",
            "You average the gradients of the windows that a pixel won. The chain rule adds them.",
            answer="shares_by_the_number_of_wins",
        ),
        Mistake(
            "only_positive",
            "Negative gradients are lost here. That is ReLU's backward at best; pooling passes every gradient on.",
            changes=(("(n, c, index), grad)", "(n, c, index), np.maximum(grad, 0))"),),
            also=("counts_from_zero_up",),
        ),
        Mistake(
            "off_by_one",
            "The places are counted from 0: index 0 is row 0, column 0. You have moved them by one.",
            changes=(("(n, c, index), grad)", "(n, c, index - 1), grad)"),),
        ),
        Mistake(
            "ignores_the_index",
            "You give each gradient to the pixel at the window's own place (u, v). It belongs to the winner, which index names.",
            changes=(("(n, c, index), grad)", "(n, c, np.indices(grad.shape)[2] * W + np.indices(grad.shape)[3]), grad)"),),
            also=("at_the_place_of_the_window",),
        ),
        Mistake(
            "not_reshaped",
            "The gradient is still flat, (N, C, H*W). Give it the shape of the picture: reshape(N, C, H, W).",
            changes=(("return flat.reshape(N, C, H, W)", "return flat"),),
        ),
        Mistake(
            "all_to_the_first_map",
            "All gradients end up in picture 0, channel 0. index counts within one map; n and c must say which map.",
            changes=(("(n, c, index), grad)", "(0 * n, 0 * c, index), grad)"),),
        ),
        Mistake(
            "one_picture_for_all",
            "Every picture and channel gets the sum over all. Each has gradients of its own: n and c belong in the"
            " index.",
            answer="one_picture_for_all",
        ),
    ],
    "AvgPool2d": [
        Mistake(
            "always_counts_the_padding",
            "count_include_pad=False changes nothing here. Then a window is divided by the number of real pixels in it.",
            changes=(("if not self.count_include_pad:", "if False:"),),
        ),
        Mistake(
            "never_counts_the_padding",
            "You always divide by the number of real pixels. With count_include_pad the zeros count: divide by kh * kw.",
            changes=(("if not self.count_include_pad:", "if True:"),),
        ),
        Mistake(
            "count_include_pad_reversed",
            "The two cases are exchanged: count_include_pad=True divides by kh * kw, False by the number of real pixels.",
            changes=(("if not self.count_include_pad:", "if self.count_include_pad:"),),
        ),
        Mistake(
            "zeros_are_padding",
            "You divide by the number of pixels that are not 0. A zero of the picture counts; only the padding does not.",
            changes=(
                (
                    "window.sum(axis=(2, 3)) / self.area[u, v]",
                    (
                        "window.sum(axis=(2, 3)) / (self.area[u, v] if self.count_include_pad else"
                        " np.maximum(1, (window != 0).sum(axis=(2, 3))))"
                    ),
                ),
            ),
        ),
        Mistake(
            "sums",
            "forward gives the sum of each window. Divide by its size.",
            changes=(("window.sum(axis=(2, 3)) / self.area[u, v]", "window.sum(axis=(2, 3))"),),
        ),
        Mistake(
            "whole_gradient_to_everyone",
            "backward gives each pixel of a window the whole gradient. The pixel had a share of 1/area in the mean, so it"
            " gets that share.",
            changes=(("grad / self.area.astype(grad.dtype)", "grad"),),
        ),
        Mistake(
            "overwrites",
            "Where windows overlap, your backward keeps the last one only. The shares must add (+=).",
            changes=(("] += share", "] = share"),),
        ),
        Mistake(
            "ignores_the_gradient",
            "backward spreads 1/area and does not look at grad. Spread grad / area.",
            changes=(("grad / self.area.astype(grad.dtype)", "np.ones_like(grad) / self.area.astype(grad.dtype)"),),
        ),
        Mistake(
            "backward_forgets_the_stride",
            "In backward your windows are one pixel apart. They are where forward's were: at u * stride - padding.",
            changes=(
                (
                    "np.ndindex(grad.shape[2:]):\n            top, left = u * s - p, v * s - p",
                    "np.ndindex(grad.shape[2:]):\n            top, left = u - p, v - p",
                ),
            ),
        ),
        Mistake(
            "backward_forgets_the_padding",
            "In backward your windows ignore the padding. They are where forward's were: at u * stride - padding.",
            changes=(
                (
                    "np.ndindex(grad.shape[2:]):\n            top, left = u * s - p, v * s - p",
                    "np.ndindex(grad.shape[2:]):\n            top, left = u * s, v * s",
                ),
            ),
        ),
        Mistake(
            "backward_divides_by_the_kernel",
            "backward divides by kh * kw, where forward divided by the number of real pixels. Divide by the same number.",
            changes=(("grad / self.area.astype(grad.dtype)", "grad / np.prod(self.kernel_size).astype(grad.dtype)"),),
        ),
        Mistake(
            "kernel_height_and_width_swapped",
            "kernel_size is (height, width): kh belongs to the rows, kw to the columns. You have exchanged them.",
            changes=(("(kh, kw), s, p =", "(kw, kh), s, p ="),),
        ),
        Mistake(
            "size_swapped",
            "backward returns pictures of W x H. The picture that forward saw is H x W.",
            changes=(("*self.size), grad.dtype", "*self.size[::-1]), grad.dtype"),),
        ),
        Mistake(
            "becomes_float64",
            "The result of float32 numbers must be float32: give np.zeros the dtype of what came in.",
            changes=(("oh, ow), x.dtype)", "oh, ow))"), ("*self.size), grad.dtype)", "*self.size))")),
        ),
        Mistake(
            "keeps_state_on_the_class",
            "Two poolings disturb each other: what forward keeps, or a setting, is stored on the class, which all of them share."
            " Keep it in self.",
            changes=(("H, W = self.size =", "H, W = AvgPool2d.size ="), ("*self.size)", "*AvgPool2d.size)")),
            also=("AllOnTheClass", "SettingsOnTheClass", "InAGlobal"),
        ),
        Mistake(
            "remembers_the_first_picture",
            "backward uses the size of an earlier picture. What forward keeps belongs to its last call.",
            changes=(
                (
                    "H, W = self.size = x.shape[2:]",
                    "H, W = x.shape[2:]\n        self.size = getattr(self, 'size', (H, W))",
                ),
            ),
        ),
        Mistake(
            "one_pixel_of_each_window",
            "backward gives the gradient to the first pixel of each window only. Every pixel of the window was in the mean.",
            changes=(
                (
                    "grad_x[:, :, max(top, 0) : top + kh, max(left, 0) : left + kw]",
                    "grad_x[:, :, max(top, 0) : max(top, 0) + 1, max(left, 0) : max(left, 0) + 1]",
                ),
            ),
        ),
        Mistake(
            "ignores_the_padding",
            "Nothing in your answer uses the padding. It makes the result larger, and window u starts at u * stride - p.",
            changes=(
                ("s, p = self.kernel_size, self.stride, self.padding", "s, p = self.kernel_size, self.stride, 0"),
            ),
        ),
        Mistake(
            "divides_by_the_result",
            "backward divides by the number of windows. Each pixel had a share of 1/(kh * kw) in its window's mean.",
            changes=(
                (
                    "grad / self.area.astype(grad.dtype)",
                    "grad / grad.dtype.type(max(1, self.area.size))",
                ),
            ),
        ),
        Mistake(
            "forward_forgets_the_stride",
            "In forward your windows are one pixel apart. Window (u, v) starts at u * stride - padding, v * stride - padding.",
            changes=(
                (
                    "np.ndindex(oh, ow):\n            top, left = u * s - p, v * s - p",
                    "np.ndindex(oh, ow):\n            top, left = u - p, v - p",
                ),
            ),
        ),
        Mistake(
            "slices_from_below_zero",
            "A negative start of a slice counts from the end, so windows at the upper and left border come out wrong or empty. Pad"
            " first, or start at max(..., 0).",
            changes=(
                (
                    "window = x[:, :, max(top, 0) : top + kh, max(left, 0) : left + kw]",
                    "window = x[:, :, top : top + kh, left : left + kw]",
                ),
                ("window.shape[2] * window.shape[3]", "max(1, window.shape[2] * window.shape[3])"),
            ),
        ),
        Mistake(
            "divides_by_the_height_twice",
            "The area of a window is kh * kw. You divide by the square of its height.",
            changes=(("kh * kw)", "kh * kh)"),),
        ),
        Mistake(
            "means_of_all_channels",
            "Every channel gets the mean of all channels. Each channel is pooled by itself: take the mean over the last two axes.",
            changes=(("window.sum(axis=(2, 3))", "window.sum(axis=(2, 3)).mean(axis=1, keepdims=True)"),),
        ),
        Mistake(
            "takes_the_largest",
            "This is the largest pixel of each window. AvgPool2d takes the mean.",
            changes=(("window.sum(axis=(2, 3)) / self.area[u, v]", "window.max(axis=(2, 3))"),),
        ),
        Mistake(
            "keeps_the_padding",
            "backward returns pictures of the padded size. The zeros of the padding are not an input: cut their"
            " gradient off.",
            changes=PADDED_BACKWARD,
        ),
        Mistake(
            "empty_without_padding",
            "Without padding the result of backward is empty: a slice [p:-p] with p = 0 is [0:0]. Use [p : p + H].",
            changes=(*PADDED_BACKWARD, ("return grad_x", "return grad_x[:, :, p:-p, p:-p]")),
        ),
        Mistake(
            "to_the_middle_only",
            "backward gives the whole gradient to the middle pixel of each window. Every pixel of the window was in the mean: each"
            " gets a share.",
            changes=(
                *PADDED_BACKWARD[:1],
                ("shares[:, :, u : u + 1, v : v + 1]", "grad[:, :, u, v]"),
                (
                    "grad_x[:, :, max(top, 0) : top + kh, max(left, 0) : left + kw] += share",
                    "grad_x[:, :, top + p + kh // 2, left + p + kw // 2] += share",
                ),
                ("return grad_x", "return grad_x[:, :, p : p + self.size[0], p : p + self.size[1]]"),
            ),
        ),
    ],
}
