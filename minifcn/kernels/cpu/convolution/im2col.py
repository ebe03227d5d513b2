"""im2col and col2im: windows to columns, and columns summed back.  They turn convolution into a matrix product.

Both work one tap (i, j) of the kernel at a time, because through a single tap the outputs see just a shifted
image.  `window` is what window_of returns.  Read im2col_conv.py next.
"""

import numpy as np

from ..runtime.compile import add, copy, dense, inlined, share
from ..runtime.launch import parallel
from ..runtime.layout import channels_first


def window_of(geometry):
    """(kh, kw, sh, sw, ph, pw, dh, dw): kernel, stride, padding and dilation, in the form that compiled code accepts.

    (A NamedTuple, to which Numba's dispatcher takes a slower path, would make a small convolution 5 % slower.)
    """
    return (*geometry.kernel_size, *geometry.stride, *geometry.padding, *geometry.dilation)


def im2col(x, geometry):
    """Copy every window of x (N, C, H, W) into a column: (N, C*kh*kw, oh*ow); rows are (c, i, j), columns (y, x)."""
    N, C, H, W = x.shape
    (kh, kw), (oh, ow) = geometry.kernel_size, geometry.output_size((H, W))
    cols = np.empty((N, C * kh * kw, oh * ow), x.dtype)
    unfold_images(channels_first(x), window_of(geometry), ow, cols)
    return cols


def col2im(cols, geometry, size):
    """Add every column of cols (N, C*kh*kw, oh*ow) into its window of x (N, C, H, W): the adjoint of im2col."""
    kh, kw = geometry.kernel_size
    x = np.zeros((len(cols), cols.shape[1] // (kh * kw), *size), cols.dtype)
    fold_images(dense(cols), window_of(geometry), geometry.output_size(size)[1], x)
    return x


@parallel
def unfold_images(thread, threads, x, window, ow, cols):
    kh, kw = window[:2]
    first, last = share(len(x) * x.shape[1], thread, threads)
    for image_channel in range(first, last):
        n, c = image_channel // x.shape[1], image_channel % x.shape[1]
        unfold(x[n, c : c + 1], window, 0, cols.shape[2] // ow, ow, 0, cols[n, c * kh * kw : (c + 1) * kh * kw])


@parallel
def fold_images(thread, threads, cols, window, ow, x):
    kh, kw = window[:2]
    first, last = share(len(x) * x.shape[1], thread, threads)
    for image_channel in range(first, last):
        n, c = image_channel // x.shape[1], image_channel % x.shape[1]
        block = cols[n, c * kh * kw : (c + 1) * kh * kw].copy()  # fold clears borders in it
        fold(block, window, 0, cols.shape[2] // ow, ow, x[n, c : c + 1])


@inlined
def reach(offset, stride, size, start, stop):
    """[first, last): the positions t of range(start, stop) that see the image, 0 <= t*stride + offset < size."""
    first = min(stop, max(start, -(offset // stride)))
    return first, max(first, min(stop, (size - 1 - offset) // stride + 1))


@inlined
def unfold(x, window, y0, y1, ow, column, cols):
    """Write output rows y0..y1 of an image x (C, H, W) into cols (C*kh*kw, columns), from `column` on."""
    kh, kw, sh, sw, ph, pw, dh, dw = window
    C, H, W = x.shape
    stop = column + (y1 - y0) * ow
    for tap in range(kh * kw):
        top, left = tap // kw * dh - ph, tap % kw * dw - pw
        first_y, last_y = reach(top, sh, H, y0, y1)
        first_x, last_x = reach(left, sw, W, 0, ow)
        begin, end = column + (first_y - y0) * ow, column + (last_y - y0) * ow  # these columns see the image's rows
        for c in range(C):
            out = cols[c * kh * kw + tap]
            if first_x == last_x or begin == end:
                out[column:stop] = 0
                continue
            out[column:begin] = 0
            out[end:stop] = 0
            if sh == sw == 1 and ow == W:  # all rows at once: the plane, shifted
                start = (first_y + top) * W + left
                shifted = x[c].ravel()[start + first_x : start + end - begin - ow + last_x]
                copy(shifted, out[begin + first_x : end - ow + last_x])
                clear_border(out[begin:end], ow, first_x, last_x)
                continue
            clear_border(out[begin:end], ow, first_x, last_x)
            for y in range(first_y, last_y):
                start = begin + (y - first_y) * ow
                row = x[c, y * sh + top, first_x * sw + left : (last_x - 1) * sw + left + 1]
                if sw == 1:
                    copy(row, out[start + first_x : start + last_x])
                else:
                    copy(row[::sw], out[start + first_x : start + last_x])


@inlined
def fold(cols, window, y0, y1, ow, x):
    """Add columns (C*kh*kw, at least rows y0..y1) to where `unfold` reads them in x (C, H, W); overwrites cols."""
    kh, kw, sh, sw, ph, pw, dh, dw = window
    C, H, W = x.shape
    for tap in range(kh * kw):
        top, left = tap // kw * dh - ph, tap % kw * dw - pw
        first_y, last_y = reach(top, sh, H, y0, y1)
        first_x, last_x = reach(left, sw, W, 0, ow)
        begin, end = (first_y - y0) * ow, (last_y - y0) * ow
        if first_x == last_x or begin == end:
            continue
        for c in range(C):
            out = cols[c * kh * kw + tap]
            if sh == sw == 1 and ow == W:  # all rows at once: the plane, shifted
                clear_border(out[begin:end], ow, first_x, last_x)
                start = (first_y + top) * W + left
                shifted = x[c].ravel()[start + first_x : start + end - begin - ow + last_x]
                add(out[begin + first_x : end - ow + last_x], shifted)
                continue
            for y in range(first_y, last_y):
                start = begin + (y - first_y) * ow
                row = x[c, y * sh + top, first_x * sw + left : (last_x - 1) * sw + left + 1]
                if sw == 1:
                    add(out[start + first_x : start + last_x], row)
                else:
                    add(out[start + first_x : start + last_x], row[::sw])


@inlined
def clear_border(rows, ow, first_x, last_x):
    """Zero the columns outside first_x..last_x of rows (any number of rows of ow, end to end)."""
    for x in range(first_x):
        rows[x::ow] = 0
    for x in range(last_x, ow):
        rows[x::ow] = 0
