"""Wrong answers to lesson 6 that people really write, each with what to tell them. Read variants.py next."""
# ruff: noqa: F821  (im2col, which a check may call, is given, as in the lesson)

import numpy as np

from minifcn.course.exercise import Mistake

PAD = "((0, 0), (0, 0), (padding, padding), (padding, padding))"
SLICES = "i : i + oh * stride : stride, j : j + ow * stride : stride"
NEIGHBOURS = "i : i + oh, j : j + ow"
SHAPE = "(N, C, kh, kw, oh, ow)"
COPY = "columns[:, :, i, j] = padded"
RESHAPE = "return columns.reshape(N, C * kh * kw, oh * ow)"
ADD = f"padded[:, :, {SLICES}] += windows[:, :, i, j]"
CROP = "padded[:, :, padding : padding + H, padding : padding + W]"
SORT = "windows = columns.reshape(N, C, kh, kw, oh, ow)"
ROUNDED_UP = (
    "oh, ow = output_size((H, W), kernel_size, stride, padding)",
    "oh, ow = -(-(H + 2 * padding - kh) // stride) + 1, -(-(W + 2 * padding - kw) // stride) + 1",
)


def laid_out(text):
    """The change that brings the rows or columns of im2col into another order."""
    return ((RESHAPE, f"return np.ascontiguousarray(columns{text})"),)


def read_as(text):
    """The change that takes the rows or columns of col2im in another order."""
    return ((SORT, f"windows = columns{text}"),)


def misses_the_last(x, kernel_size, stride=1, padding=0):
    """range() leaves out its end, and so the last window of every row and column."""
    (N, C), (kh, kw) = x.shape[:2], kernel_size
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    columns = []
    for top in range(0, padded.shape[2] - kh, stride):
        for left in range(0, padded.shape[3] - kw, stride):
            columns.append(padded[:, :, top : top + kh, left : left + kw].reshape(N, C * kh * kw))
    return np.stack(columns, axis=2) if columns else np.zeros((N, C * kh * kw, 0), x.dtype)


def pads_the_windows(x, kernel_size, stride=1, padding=0):
    """Cuts windows out of the bare picture, and leaves zeros where they do not fit."""
    (N, C, H, W), (kh, kw) = x.shape, kernel_size
    oh, ow = (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1
    columns = np.zeros((N, C, kh, kw, oh, ow), x.dtype)
    for u, v in np.ndindex(oh, ow):
        top, left = u * stride - padding, v * stride - padding
        if top >= 0 and left >= 0 and top + kh <= H and left + kw <= W:
            columns[:, :, :, :, u, v] = x[:, :, top : top + kh, left : left + kw]
    return columns.reshape(N, C * kh * kw, oh * ow)


def without_padding(x, kernel_size, stride):
    """im2col of the bare picture as (N, C, kh, kw, oh, ow), if a window fits."""
    (N, C, H, W), (kh, kw) = x.shape, kernel_size
    oh, ow = max(0, (H - kh) // stride + 1), max(0, (W - kw) // stride + 1)
    columns = np.zeros((N, C, kh, kw, oh, ow), x.dtype)
    for u, v in np.ndindex(oh, ow):
        columns[..., u, v] = x[:, :, u * stride : u * stride + kh, v * stride : v * stride + kw]
    return columns


def as_columns(windows):
    N, C, kh, kw, oh, ow = windows.shape
    return windows.reshape(N, C * kh * kw, oh * ow)


def pads_each_window(x, kernel_size, stride=1, padding=0):
    around = ((0, 0), (0, 0), (padding, padding), (padding, padding), (0, 0), (0, 0))
    return as_columns(np.pad(without_padding(x, kernel_size, stride), around))


def pads_the_grid_of_windows(x, kernel_size, stride=1, padding=0):
    around = ((0, 0), (0, 0), (0, 0), (0, 0), (padding, padding), (padding, padding))
    return as_columns(np.pad(without_padding(x, kernel_size, stride), around))


def pads_a_view_of_the_windows(x, kernel_size, stride=1, padding=0):
    """The grid of windows again; a kernel that is larger than the picture is an error."""
    view = np.lib.stride_tricks.sliding_window_view(x, kernel_size, axis=(2, 3))[:, :, ::stride, ::stride]
    windows = np.pad(view, ((0, 0), (0, 0), (padding, padding), (padding, padding), (0, 0), (0, 0)))
    return as_columns(windows.transpose(0, 1, 4, 5, 2, 3))


def pads_the_columns(x, kernel_size, stride=1, padding=0):
    columns = as_columns(without_padding(x, kernel_size, stride))
    return np.pad(columns, ((0, 0), (padding, padding), (padding, padding)))


def pads_each_column(x, kernel_size, stride=1, padding=0):
    columns = as_columns(without_padding(x, kernel_size, stride))
    return np.pad(columns, ((0, 0), (padding, padding), (0, 0)))


def puts_columns_of_zeros(x, kernel_size, stride=1, padding=0):
    columns = as_columns(without_padding(x, kernel_size, stride))
    return np.pad(columns, ((0, 0), (0, 0), (padding, padding)))


def windows_before_the_kernel(x, kernel_size, stride=1, padding=0):
    (N, C), (kh, kw) = x.shape[:2], kernel_size
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel_size, axis=(2, 3))[:, :, ::stride, ::stride]
    return windows.reshape(N, C * kh * kw, windows.shape[2] * windows.shape[3])


def by_pixels(x, kernel_size, stride, padding, inside):
    """Without padded pictures: an index is left out unless `inside` says that it is in the picture."""
    (N, C, H, W), (kh, kw) = x.shape, kernel_size
    columns = np.zeros((N, C, kh, kw, *output_size((H, W), kernel_size, stride, padding)), x.dtype)
    for i, j, u, v in np.ndindex(columns.shape[2:]):
        row, column = u * stride + i - padding, v * stride + j - padding
        if inside(row, H) and inside(column, W):
            columns[:, :, i, j, u, v] = x[:, :, row, column]
    return columns


def wraps_around(x, kernel_size, stride=1, padding=0):
    columns = by_pixels(x, kernel_size, stride, padding, lambda i, n: i < n)
    return columns.reshape(len(x), np.prod(columns.shape[1:4]), np.prod(columns.shape[4:]))


def without_row_0(x, kernel_size, stride=1, padding=0):
    columns = by_pixels(x, kernel_size, stride, padding, lambda i, n: 0 < i < n)
    return columns.reshape(len(x), np.prod(columns.shape[1:4]), np.prod(columns.shape[4:]))


def without_the_last_row(x, kernel_size, stride=1, padding=0):
    columns = by_pixels(x, kernel_size, stride, padding, lambda i, n: 0 <= i < n - 1)
    return columns.reshape(len(x), np.prod(columns.shape[1:4]), np.prod(columns.shape[4:]))


def counts_windows_with_oh(x, kernel_size, stride=1, padding=0):
    windows = by_pixels(x, kernel_size, stride, padding, lambda i, n: 0 <= i < n)
    N, C, kh, kw, oh, ow = windows.shape
    columns = np.zeros((N, C * kh * kw, oh * ow), x.dtype)
    for u, v in np.ndindex(oh, ow):
        if u * oh + v < oh * ow:
            columns[:, :, u * oh + v] = windows[..., u, v].reshape(N, C * kh * kw)
    return columns


def counts_pixels_with_kh(x, kernel_size, stride=1, padding=0):
    windows = by_pixels(x, kernel_size, stride, padding, lambda i, n: 0 <= i < n)
    N, C, kh, kw, oh, ow = windows.shape
    columns = np.zeros((N, C * kh * kw, oh * ow), x.dtype)
    for n, c, i, j in np.ndindex(N, C, kh, kw):
        columns[n, (c * kh + i) * kh + j] = windows[n, c, i, j].ravel()
    return columns


def pictures_innermost(x, kernel_size, stride=1, padding=0):
    columns = by_pixels(x, kernel_size, stride, padding, lambda i, n: 0 <= i < n)
    return columns.transpose(1, 2, 3, 4, 5, 0).reshape(np.prod(columns.shape[1:4]), len(x) * np.prod(columns.shape[4:]))


def whole_window_transposed(x, kernel_size, stride=1, padding=0):
    columns = by_pixels(x, kernel_size, stride, padding, lambda i, n: 0 <= i < n)
    return columns.transpose(0, 3, 2, 1, 4, 5).reshape(len(x), np.prod(columns.shape[1:4]), np.prod(columns.shape[4:]))


def one_channel_copied(x, kernel_size, stride=1, padding=0):
    columns = by_pixels(x[:, :1], kernel_size, stride, padding, lambda i, n: 0 <= i < n)
    return columns.reshape(len(x), np.prod(columns.shape[1:4]), np.prod(columns.shape[4:]))


def canvas(columns, size, kernel_size, stride, padding):
    """Zeros of the padded size, and (place on it, window) for all windows in reading order."""
    N, (kh, kw) = len(columns), kernel_size
    C, (oh, ow) = columns.shape[1] // (kh * kw), output_size(size, kernel_size, stride, padding)
    places = [np.s_[:, :, u * stride : u * stride + kh, v * stride : v * stride + kw] for u, v in np.ndindex(oh, ow)]
    windows = columns.reshape(N, C, kh, kw, oh * ow)
    zeros = np.zeros((N, C, size[0] + 2 * padding, size[1] + 2 * padding), columns.dtype)
    return zeros, [(place, windows[..., i]) for i, place in enumerate(places)]


def last_window_wins(columns, size, kernel_size, stride=1, padding=0):
    padded, windows = canvas(columns, size, kernel_size, stride, padding)
    for place, window in windows:
        padded[place] = window
    return padded[:, :, padding : padding + size[0], padding : padding + size[1]]


def folded(padded, size, padding, to):
    """What fell on row or column i of the padded canvas goes to where `to` says, or nowhere."""
    x = np.zeros((*padded.shape[:2], *size), padded.dtype)
    for i, j in np.ndindex(padded.shape[2:]):
        row, column = to(i - padding, size[0]), to(j - padding, size[1])
        if row is not None and column is not None:
            x[:, :, row, column] += padded[:, :, i, j]
    return x


def added_up(columns, size, kernel_size, stride, padding):
    padded, windows = canvas(columns, size, kernel_size, stride, padding)
    for place, window in windows:
        padded[place] += window
    return padded


def padding_wraps_around(columns, size, kernel_size, stride=1, padding=0):
    padded = added_up(columns, size, kernel_size, stride, padding)
    return folded(padded, size, padding, lambda i, n: i if -n <= i < n else None)


def padding_to_the_border(columns, size, kernel_size, stride=1, padding=0):
    padded = added_up(columns, size, kernel_size, stride, padding)
    return folded(padded, size, padding, lambda i, n: min(max(i, 0), n - 1))


def nothing_in_row_0(columns, size, kernel_size, stride=1, padding=0):
    padded = added_up(columns, size, kernel_size, stride, padding)
    return folded(padded, size, padding, lambda i, n: i if 0 < i < n else None)


def cut_too_short(columns, size, kernel_size, stride=1, padding=0):
    padded = added_up(columns, size, kernel_size, stride, padding)
    return padded[:, :, padding : size[0], padding : size[1]]


def canvas_of_the_windows(columns, size, kernel_size, stride=1, padding=0):
    sides = [(n - 1) * stride + k for n, k in zip(output_size(size, kernel_size, stride, padding), kernel_size)]
    padded = added_up(columns, size, kernel_size, stride, padding)[:, :, : sides[0], : sides[1]]
    return padded[:, :, padding : padding + size[0], padding : padding + size[1]]


def misses_the_last_windows(columns, size, kernel_size, stride=1, padding=0):
    oh, ow = output_size(size, kernel_size, stride, padding)
    padded, windows = canvas(columns, size, kernel_size, stride, padding)
    for i, (place, window) in enumerate(windows):
        if i // ow < oh - 1 and i % ow < ow - 1:
            padded[place] += window
    return padded[:, :, padding : padding + size[0], padding : padding + size[1]]


MISTAKES = {
    "im2col": [
        Mistake(
            "windows_as_rows",
            "Rows and columns are exchanged: every window is a column here, from top to bottom.",
            changes=laid_out(".reshape(N, C * kh * kw, oh * ow).swapaxes(1, 2)"),
        ),
        Mistake(
            "channels_last",
            "The rows are in the order row, column, channel. Here all of channel 0 comes first, then channel 1, as in"
            " weight.reshape(K, C*kh*kw).",
            changes=laid_out(".transpose(0, 2, 3, 1, 4, 5).reshape(N, C * kh * kw, oh * ow)"),
        ),
        Mistake(
            "kernel_columns_first",
            "Within a window the pixels are read column by column. Read row by row: j runs fastest.",
            changes=laid_out(".swapaxes(2, 3).reshape(N, C * kh * kw, oh * ow)"),
            also=("whole_window_transposed",),
        ),
        Mistake(
            "windows_columns_first",
            "The windows stand in the wrong order: go along a row of the picture first, window (u, v) is column"
            " u*ow + v.",
            changes=laid_out(".swapaxes(4, 5).reshape(N, C * kh * kw, oh * ow)"),
        ),
        Mistake(
            "turns_window",
            "Every window is turned by 180 degrees. Copy it as it is; the convolution of neural networks turns nothing.",
            changes=((COPY, "columns[:, :, kh - 1 - i, kw - 1 - j] = padded"),),
        ),
        Mistake(
            "forgets_stride",
            "The number of windows is right, but they stand 1 pixel apart instead of `stride` pixels.",
            changes=((SLICES, NEIGHBOURS),),
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
            "forgets_padding",
            "The padding is missing: put zeros around the picture before the windows are cut.",
            changes=(
                (f"np.pad(x, {PAD})", "x"),
                ("output_size((H, W), kernel_size, stride, padding)", "output_size((H, W), kernel_size, stride)"),
            ),
        ),
        Mistake(
            "pads_after",
            "The padding is put around the windows, or their columns, after they were cut. Pad the picture first, then cut: a"
            " window at its edge sees zeros and pixels.",
            answer="pads_the_windows",
            also=("pads_each_window", "pads_the_grid_of_windows", "pads_a_view_of_the_windows", "pads_the_columns",
                  "pads_each_column", "puts_columns_of_zeros"),
        ),
        Mistake(
            "pictures_side_by_side",
            "All pictures share one wide matrix. Each picture has a matrix of its own here: N comes first.",
            changes=laid_out(".transpose(1, 2, 3, 0, 4, 5).reshape(C * kh * kw, N * oh * ow)"),
            also=("pictures_innermost",),
        ),
        Mistake(
            "first_picture_only",
            "Every picture of the batch gets the windows of picture 0.",
            changes=((COPY, "columns[:, :, i, j] = padded[:1]"),),
        ),
        Mistake(
            "first_channel_only",
            "Only the windows of channel 0 are there. A column holds the window in each channel, one after the other.",
            changes=((COPY, "columns[:, :, i, j] = padded[:, :1]"),),
            also=("one_channel_copied",),
        ),
        Mistake(
            "crashes_on_no_pictures",
            "With no pictures (N = 0) this crashes: reshape cannot work out -1, and there is nothing to stack. Name all"
            " sizes: N, C * kh * kw and oh * ow.",
            changes=((RESHAPE, "return columns.reshape(N, C * kh * kw, -1)"),),
        ),
        Mistake(
            "misses_the_last",
            "The last windows are missing. The last start is n + 2p - k itself, and range(a, b) stops before b: add 1.",
            answer="misses_the_last",
        ),
        Mistake(
            "rounds_up",
            "There is a window too many: one that sticks out of the padded picture does not count. The division"
            " rounds down.",
            changes=(
                ROUNDED_UP,
                (PAD, "((0, 0), (0, 0), (padding, padding + stride), (padding, padding + stride))"),
            ),
        ),
        Mistake(
            "always_float64",
            "The values are right, the dtype is not: np.zeros and np.empty make float64 unless you give them x.dtype.",
            changes=((SHAPE + ", x.dtype", SHAPE),),
        ),
        Mistake(
            "reshapes_instead_of_transposing",
            "The right numbers, but a reshape only re-reads them in their old order. Bring the axes into the order"
            " N, C, kh, kw, oh, ow first, with transpose.",
            changes=laid_out(".transpose(0, 4, 5, 1, 2, 3).reshape(N, C * kh * kw, oh * ow)"),
            also=("windows_before_the_kernel",),
        ),
        Mistake(
            "counts_windows_with_oh",
            "Window (u, v) is not column u*oh + v: a row of windows has ow of them, so it is u*ow + v.",
            answer="counts_windows_with_oh",
        ),
        Mistake(
            "counts_pixels_with_kh",
            "Pixel (i, j) of channel c is not at (c*kh + i)*kh + j: a row of the kernel has kw pixels, so it is (c*kh + i)*kw + j.",
            answer="counts_pixels_with_kh",
        ),
        Mistake(
            "stride_for_rows_only",
            "The stride moves the windows down, but not to the right. It holds in both directions.",
            changes=((SLICES, "i : i + oh * stride : stride, j : j + ow"),),
        ),
        Mistake(
            "stride_for_columns_only",
            "The stride moves the windows to the right, but not down. It holds in both directions.",
            changes=((SLICES, "i : i + oh, j : j + ow * stride : stride"),),
        ),
        Mistake(
            "pads_at_the_top_only",
            "All the padding is at the top and on the left. It belongs on all four sides, `padding` on each.",
            changes=((PAD, "((0, 0), (0, 0), (2 * padding, 0), (2 * padding, 0))"),),
        ),
        Mistake(
            "wraps_around",
            "A negative index is no error in Python: it counts from the end. Left of the picture stand zeros, so test"
            " 0 <= index, too.",
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
            "slice_ends_too_early",
            "With a stride the slice ends too early: oh steps of `stride` pixels reach from i to i + oh * stride.",
            changes=((SLICES, "i : i + oh : stride, j : j + ow : stride"),),
        ),
        Mistake(
            "slice_has_no_end",
            "The slice runs on to the end of the picture, and there it finds more places than windows. Cut it to oh rows and"
            " ow columns.",
            changes=((SLICES, "i::stride, j::stride"),),
        ),
        Mistake(
            "keeps_the_axes",
            "The numbers are right, but the axes are still apart. Reshape (N, C, kh, kw, oh, ow) to (N, C*kh*kw, oh*ow).",
            changes=((RESHAPE, "return columns"),),
        ),
        Mistake(
            "last_picture_only",
            "Every picture of the batch gets the windows of the last picture: n is missing where the column is written.",
            changes=((COPY, "columns[:, :, i, j] = padded[N - 1 :]"),),
        ),
    ],
    "col2im": [
        Mistake(
            "overwrites",
            "Windows that overlap overwrite each other. A pixel gets something from every window that sees it:"
            " add (+=).",
            changes=((ADD, ADD.replace("+=", "=")),),
            also=("last_window_wins",),
        ),
        Mistake(
            "averages",
            "The sum is divided by the number of windows at each pixel. col2im is the adjoint of im2col, not its"
            " inverse: it adds.",
            changes=(
                (
                    "    return " + CROP,
                    "    count = np.zeros_like(padded)\n    for i, j in np.ndindex(kh, kw):\n"
                    f"        count[:, :, {SLICES}] += 1\n"
                    "    padded = padded / np.maximum(count, 1)\n    return " + CROP,
                ),
            ),
        ),
        Mistake(
            "keeps_the_padding",
            "The result has the padded size. im2col made the padding up, so what falls on it is dropped.",
            changes=((CROP, "padded"),),
        ),
        Mistake(
            "crops_at_one_side",
            "The result is shifted: the padding is on all four sides, so the picture begins at row and"
            " column `padding`.",
            changes=((CROP, "padded[:, :, :H, :W]"),),
        ),
        Mistake(
            "empty_without_padding",
            "Without padding the result is empty: a slice [p:-p] with p = 0 is [0:0]. Use [p : p + H].",
            changes=((CROP, "padded[:, :, padding:-padding, padding:-padding]"),),
        ),
        Mistake(
            "forgets_stride",
            "The windows are put down 1 pixel apart. Window (u, v) begins at row u*stride, column v*stride.",
            changes=((SLICES, NEIGHBOURS),),
        ),
        Mistake(
            "channels_last",
            "The rows are read in the order row, column, channel. im2col wrote all of channel 0 first, then channel 1.",
            changes=read_as(".reshape(N, kh, kw, C, oh, ow).transpose(0, 3, 1, 2, 4, 5)"),
        ),
        Mistake(
            "kernel_columns_first",
            "Within a window the rows and columns are exchanged: j runs fastest, (N, C, kh, kw, oh, ow).",
            changes=read_as(".reshape(N, C, kw, kh, oh, ow).swapaxes(2, 3)"),
        ),
        Mistake(
            "windows_columns_first",
            "The windows are put down in the wrong order: column u*ow + v is window (u, v), so v runs fastest.",
            changes=read_as(".reshape(N, C, kh, kw, ow, oh).swapaxes(4, 5)"),
        ),
        Mistake(
            "turns_window",
            "Every window is turned by 180 degrees. The entry of tap (i, j) goes back to where im2col read it.",
            changes=((ADD, ADD.replace("windows[:, :, i, j]", "windows[:, :, kh - 1 - i, kw - 1 - j]")),),
        ),
        Mistake(
            "swaps_height_and_width",
            "Height and width of the picture are exchanged: size is (H, W), rows first.",
            changes=(
                (
                    "N, (H, W), (kh, kw) = len(columns), size, kernel_size",
                    "N, (W, H), (kh, kw) = len(columns), size, kernel_size\n    size = H, W",
                ),
            ),
        ),
        Mistake(
            "first_picture_only",
            "Every picture of the batch gets the columns of picture 0.",
            changes=((ADD, ADD.replace("windows[:, :, i, j]", "windows[:1, :, i, j]")),),
        ),
        Mistake(
            "adds_the_channels",
            "Every channel gets the sum of all channels. Channels stay apart in im2col, so they stay apart on"
            " the way back.",
            changes=((ADD, ADD.replace("windows[:, :, i, j]", "windows[:, :, i, j].sum(axis=1, keepdims=True)")),),
        ),
        Mistake(
            "crashes_on_no_pictures",
            "With no pictures (N = 0) this crashes: reshape cannot work out -1, and there is nothing to stack. Name all"
            " sizes.",
            changes=read_as(".reshape(N, -1, kh, kw, oh, ow)"),
        ),
        Mistake(
            "always_float64",
            "The values are right, the dtype is not: np.zeros makes float64 unless you give it columns.dtype.",
            changes=(("W + 2 * padding), columns.dtype)", "W + 2 * padding))"),),
        ),
        Mistake(
            "reshapes_instead_of_transposing",
            "The columns are read as if every window stood in a row. A reshape keeps the order: columns are"
            " (N, C*kh*kw, oh*ow), so it must be (N, C, kh, kw, oh, ow).",
            changes=read_as(".reshape(N, oh, ow, C, kh, kw).transpose(0, 3, 4, 5, 1, 2)"),
        ),
        Mistake(
            "canvas_of_the_windows",
            "The canvas ends where the last window ends. Beyond it may be pixels that no window sees: make it as large as the"
            " padded picture.",
            answer="canvas_of_the_windows",
        ),
        Mistake(
            "cut_too_short",
            "The slice ends too early. The picture is at rows padding to padding + H, and at columns padding to padding + W.",
            answer="cut_too_short",
        ),
        Mistake(
            "padding_wraps_around",
            "A negative index is no error in Python: it counts from the end. What falls on the padding is dropped, so test"
            " 0 <= index, too.",
            answer="padding_wraps_around",
        ),
        Mistake(
            "padding_to_the_border",
            "What falls on the padding is added to the nearest pixel of the border. im2col read zeros there, no pixel: drop it.",
            answer="padding_to_the_border",
        ),
        Mistake(
            "nothing_in_row_0",
            "Row 0 and column 0 of the picture are taken for padding. An index is in the picture if 0 <= index < size.",
            answer="nothing_in_row_0",
        ),
        Mistake(
            "misses_the_last",
            "The last windows of each row and column are missing: range(n) runs from 0 to n - 1 by itself.",
            answer="misses_the_last_windows",
        ),
        Mistake(
            "size_without_stride_and_padding",
            "The columns do not fit this number of windows: output_size needs the stride and the padding, too.",
            changes=(("output_size(size, kernel_size, stride, padding)", "output_size(size, kernel_size)"),),
        ),
    ],
}


# Checks that let wrong answers through, or reject right ones ----------------------------------------------------------

PRODUCTS = "assert np.isclose(np.vdot(columns, y), np.vdot(x, back))"
SIZES = "for shape, kernel_size, stride, padding in ["
DRAWN = "y = rng.standard_normal(columns.shape)"
FLOAT32 = "        assert col2im(np.float32(y), shape[2:], kernel_size, stride, padding).dtype == np.float32\n"
NO_PICTURES = "        ((0, 2, 3, 4), (2, 2), 1, 0),\n"
BEGIN = "x = rng.standard_normal(shape)"


def check_nothing(col2im):
    col2im(np.ones((1, 4, 6)), (3, 4), (2, 2))


def check_with_parentheses(col2im):
    """assert (condition, message) asks for the truth of a pair, which is always true."""
    x = np.zeros((1, 1, 3, 4))
    y = np.arange(24.0).reshape(1, 4, 6)
    back = col2im(y, (3, 4), (2, 2))
    pair = np.isclose(np.vdot(im2col(x, (2, 2)), y), np.vdot(x, back)), "not the adjoint"
    assert pair


def check_by_printing(col2im):
    back = col2im(np.ones((1, 4, 6)), (3, 4), (2, 2))[0, 0]
    if not np.array_equal(back, [[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]]):
        print("wrong")


def check_by_returning(col2im):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 3, 5, 4)), rng.standard_normal((2, 18, 9))
    back = col2im(y, (5, 4), (3, 2))
    return bool(np.isclose(np.vdot(im2col(x, (3, 2)), y), np.vdot(x, back)))


def check_that_catches(col2im):
    try:
        back = col2im(np.ones((1, 4, 6)), (3, 4), (2, 2))[0, 0]
        assert np.array_equal(back, [[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]])
    except Exception:  # noqa: BLE001
        return


def check_the_worked_example(col2im):
    back = col2im(np.ones((1, 4, 6)), (3, 4), (2, 2))
    assert np.array_equal(back, [[[[1, 2, 2, 1], [2, 4, 4, 2], [1, 2, 2, 1]]]])


def check_one_more_example(col2im):
    """The same, on a square picture."""
    assert col2im(np.ones((1, 4, 4)), (3, 3), (2, 2)).tolist() == [[[[1, 2, 1], [2, 4, 2], [1, 2, 1]]]]


def check_the_inverse(col2im):
    x = np.random.default_rng(0).standard_normal((2, 3, 5, 4))
    assert np.allclose(col2im(im2col(x, (3, 2)), (5, 4), (3, 2)), x)


def check_without_overlap(col2im):
    """Where no windows overlap, col2im really is the inverse."""
    x = np.random.default_rng(0).standard_normal((2, 3, 6, 4))
    for kernel_size, stride in [((2, 2), 2), ((1, 1), 1)]:
        assert np.allclose(col2im(im2col(x, kernel_size, stride), (6, 4), kernel_size, stride), x)
    big = im2col(x, (2, 2), 2, 2)
    assert np.allclose(col2im(big, (6, 4), (2, 2), 2, 2), x)


def check_that_nothing_fails(col2im):
    raise AssertionError("col2im is wrong")


def check_to_the_last_bit(col2im):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 3, 5, 4)), rng.standard_normal((2, 18, 9))
    assert np.vdot(im2col(x, (3, 2)), y) == np.vdot(x, col2im(y, (5, 4), (3, 2)))


def check_sums(col2im):
    rng = np.random.default_rng(0)
    for shape, kernel_size, stride in [((2, 3, 5, 4), (3, 2), 1), ((1, 2, 7, 6), (2, 3), 2)]:
        y = rng.standard_normal(im2col(np.zeros(shape), kernel_size, stride).shape)
        assert np.isclose(col2im(y, shape[2:], kernel_size, stride).sum(), y.sum())


MISTAKES["check_col2im"] = [
    Mistake(
        "raises_nothing",
        "Your check raises nothing by itself, so only crashes are noticed. Use assert condition, \"message\", without"
        " parentheses around the two, and without try or print.",
        answer="check_with_parentheses",
        also=("check_by_printing", "check_that_catches", "check_nothing"),
    ),
    Mistake(
        "returns_its_verdict",
        "Your check returns its verdict, and nobody looks at it. It must raise an error: assert, where you return now.",
        answer="check_by_returning",
    ),
    Mistake(
        "rejects_everything",
        "Your check rejects every answer, right or wrong. Do you compare floats with ==, which differ in the last digit, or"
        " ask for an inverse, which col2im is not? Try it on your own.",
        answer="check_that_nothing_fails",
        also=("check_the_inverse", "check_to_the_last_bit"),
    ),
    Mistake(
        "only_shapes",
        "Your check compares shapes and dtypes, but no numbers.",
        changes=((f"        {PRODUCTS}\n", ""),),
    ),
    Mistake(
        "sums",
        "Your check compares sums. Numbers in the wrong places have the same sum.",
        answer="check_sums",
    ),
    Mistake(
        "columns_of_ones",
        "Your columns are all ones, so their order makes no difference. Take random numbers.",
        changes=((DRAWN, "y = np.ones(columns.shape)"),),
    ),
    Mistake(
        "worked_example_only",
        "One worked example has one picture, one channel, one stride and no padding. Try others, in which all sizes differ.",
        answer="check_the_worked_example",
        also=("check_one_more_example",),
    ),
    Mistake(
        "without_overlap",
        "In all your cases the stride is at least as large as the kernel. Where no windows overlap, writing is adding.",
        answer="check_without_overlap",
    ),
    Mistake(
        "one_picture",
        "You test with one picture and one channel. Those who mix them up are not noticed.",
        changes=((SIZES, "for (_, _, *hw), kernel_size, stride, padding in ["), (BEGIN, "shape = (1, 1, *hw)\n        " + BEGIN)),
    ),
    Mistake(
        "square_only",
        "Your pictures and kernels are square. Those who exchange height and width are not noticed.",
        changes=((BEGIN, "shape, kernel_size = (*shape[:2], 5, 5), (2, 2)\n        " + BEGIN),),
    ),
    Mistake(
        "stride_1_only",
        "You never use a stride. Try stride 2 and 3, also wider than the kernel.",
        changes=((BEGIN, "stride = 1\n        " + BEGIN),),
    ),
    Mistake(
        "no_padding",
        "You never use padding. What falls on it must be dropped, and people do that in many ways.",
        changes=((BEGIN, "padding = 0\n        " + BEGIN),),
    ),
    Mistake(
        "always_padding",
        "You always use padding. A slice [p:-p] works then, and is empty for p = 0.",
        changes=((BEGIN, "padding = 2\n        " + BEGIN),),
    ),
    Mistake(
        "no_empty_batch",
        "You never ask for no pictures at all, N = 0. Some answers crash there.",
        changes=((NO_PICTURES, ""),),
    ),
    Mistake(
        "no_float32",
        "You never look at the dtype. float32 columns should give a float32 picture.",
        changes=((FLOAT32, ""),),
    ),
    Mistake(
        "too_loose",
        "Your tolerance lets wrong numbers pass. Right answers differ by rounding only, about 1e-15.",
        changes=((PRODUCTS, "assert np.isclose(np.vdot(columns, y), np.vdot(x, back), atol=20)"),),
    ),
    Mistake(
        "ends_after_the_first_case",
        "Your check ends after its first case. Look at the indentation of `return`, or whether a later case is ever reached.",
        changes=((FLOAT32, FLOAT32 + "        return\n"),),
    ),
]
