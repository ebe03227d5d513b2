"""Depthwise convolution: the three maps when every channel has its own filter, with no matrix to multiply.

A typical case is bilinear upsampling, a transposed convolution with a kernel of 2s and stride s.  A window is too short
to be fast, and so is a row of the kernel; a row of the image is long.  The small map is therefore stretched to the size
of the large one, every pixel of a row repeated s times.  A row of the kernel is cut into pieces of s taps (two for a
kernel of 2s), and each piece is tiled along the row.  Now all three rows have the same length, and each of the three
maps is a product of whole rows for every row i of the kernel and every piece b:

    small map, s = 3    a a a b b b c c c ...             stretched[e] = small[e // s]
    piece b of row i    u v w u v w u v w ...             tile[e]      = weight[i, b*s + e % s]
    large map           . . . . . . . . . ...             large[e + b*s - padding]

    backward_input      large     += tile * stretched     a row of the large map is finished before the next begins
    forward             stretched += tile * large         then every s neighbours are summed: the small map
    backward_weight     tile      += stretched * large    then the copies of the piece are summed: the kernel's row

A row of the large map meets only every s-th row of the kernel.  Read choose.py next.
"""

import numpy as np

from ..runtime.compile import dense, inlined, share
from ..runtime.launch import parallel, thread_count
from ..runtime.layout import channels_first
from .im2col import window_of

FORWARD, BACKWARD_INPUT, BACKWARD_WEIGHT = 0, 1, 2


def fits(direction, weight_shape, geometry, dtype):
    """True for one filter (and one output) per channel, without dilation."""
    K, group_channels = weight_shape[:2]
    return K == geometry.groups and group_channels == 1 and geometry.dilation == (1, 1)


def forward(x, weight, geometry, bias=None):
    """y = C x + bias.  x (N, C, H, W), weight (C, 1, kh, kw); returns y (N, C, oh, ow)."""
    y = np.empty((*x.shape[:2], *geometry.output_size(x.shape[2:])), x.dtype)
    run(FORWARD, y, dense(weight), channels_first(x), window_of(geometry))
    if bias is not None:
        y += bias[:, None, None]
    return y


def backward_input(grad_y, weight, geometry, size):
    """grad_x = C^T grad_y.  grad_y (N, C, oh, ow), weight (C, 1, kh, kw), size (H, W); returns (N, C, H, W)."""
    grad_x = np.empty((*grad_y.shape[:2], *size), grad_y.dtype)
    run(BACKWARD_INPUT, channels_first(grad_y), dense(weight), grad_x, window_of(geometry))
    return grad_x


def backward_weight(x, grad_y, geometry):
    """d<grad_y, C x> / d weight.  x (N, C, H, W), grad_y (N, C, oh, ow); returns (C, 1, kh, kw)."""
    grad_weight = np.empty((x.shape[1], 1, *geometry.kernel_size), x.dtype)
    run(BACKWARD_WEIGHT, channels_first(grad_y), grad_weight, channels_first(x), window_of(geometry))
    return grad_weight


def run(which, small, weight, large, window):
    """One of the three maps, from the other two arrays."""
    (N, C, oh, ow), (H, W), (kh, kw, _, sw, _, pw, _, _) = small.shape, large.shape[2:], window
    pieces, threads = -(-kw // sw), thread_count()
    taps = np.zeros((C * kh, pieces * sw), small.dtype)  # the kernels, padded to whole pieces
    if which != BACKWARD_WEIGHT:
        taps[:, :kw] = weight.reshape(C * kh, kw)
    margin = pieces * sw  # on both sides of a stretched row, because the pieces extend past its ends
    stretched = np.zeros((threads, oh + 1, 2 * margin + max(ow * sw, W + pw)), small.dtype)
    tiles = np.zeros((threads, (kh + 1) * pieces, (W // sw + 2) * sw), small.dtype)
    parts = threads if which == BACKWARD_INPUT and N * C < 4 * threads else 1
    sizes = N, C, oh, H, pieces, margin, parts
    rows = small.reshape(N * C * oh, ow), taps, large.reshape(N * C * H, W)
    run_maps(which, *rows, sizes, window, stretched, tiles, size=large.size)
    if which == BACKWARD_WEIGHT:
        weight.reshape(C * kh, kw)[:] = taps[:, :kw]


@parallel
def run_maps(thread, threads, which, small, taps, large, sizes, window, all_stretched, all_tiles):
    """A thread's share of the maps of the batch, channel by channel, so that each kernel is tiled only once.

    If there are few maps, a task is a part of a map's rows; for the weight, it is always all maps of a channel.
    """
    stretched, tiles = all_stretched[thread], all_tiles[thread]
    (N, C, oh, H, pieces, margin, parts), (kh, _, _, sw, _, _, _, _) = sizes, window
    first, last = share(N * C * parts, thread, threads)
    if which == BACKWARD_WEIGHT:
        first, last = C * thread // threads * N, C * (thread + 1) // threads * N
    for task in range(first, last):
        c, n, part = task // (N * parts), task // parts % N, task % parts
        top, starts, ends = (n * C + c) * oh, task == first or n == 0, n == N - 1
        if starts and which == BACKWARD_WEIGHT:
            clear(tiles)
        elif starts:
            for t in range(kh * pieces):
                lay_tiles(taps, c * kh + t // pieces, t % pieces * sw, sw, tiles, t)
        if which == FORWARD:
            clear(stretched)
        else:
            for oy in range(oh):
                stretch(small, top + oy, sw, stretched, oy, margin)
        start, stop = share(H, part, parts)
        multiply(which, large, (n * C + c) * H, start, stop, window, oh, pieces, margin, stretched, tiles)
        if which == FORWARD:
            for oy in range(oh):
                add_neighbours(small, top + oy, sw, stretched, oy, margin)
        if which == BACKWARD_WEIGHT and ends:
            for t in range(kh * pieces):
                add_tiles(taps, c * kh + t // pieces, t % pieces * sw, sw, tiles, t)


@inlined
def multiply(which, large, top, start, stop, window, oh, pieces, margin, stretched, tiles):
    """All products of the rows start..stop of a large map that starts at `top`, for two rows of the kernel at a time.

    If the kernel has no second row, or the small map no such row, the spare rows after the last ones are used.
    """
    kh, _, sh, sw, ph, pw, _, _ = window
    phase, last = (start + ph) % sh, (start + ph) // sh  # the first of the kernel's rows, and the small row it meets
    for row in range(top + start, top + stop):
        if which == BACKWARD_INPUT:
            for x in range(large.shape[1]):
                large[row, x] = 0
        i, oy = phase, last
        while i < kh and oy >= 0:
            i0, oy0 = (i, oy) if oy < oh else (kh, oh)
            i1, oy1 = (i + sh, oy - 1) if i + sh < kh and 0 < oy <= oh else (kh, oh)
            for b in range(pieces):
                at = margin + pw - b * sw
                add_two(which, large, row, tiles, i0 * pieces + b, i1 * pieces + b, pw % sw, stretched, oy0, oy1, at)
            i, oy = i + 2 * sh, oy - 2
        phase += 1
        if phase == sh:
            phase, last = 0, last + 1


@inlined
def add_two(which, large, row, tiles, t0, t1, i, stretched, oy0, oy1, j):
    """Two products of rows, added to the result of the map.

    The indices are unsigned: for signed ones, Numba checks whether they are negative, counting from the end.
    """
    i, j = np.uint64(i), np.uint64(j)
    if which == BACKWARD_INPUT:
        for x in range(np.uint64(large.shape[1])):
            large[row, x] += tiles[t0, i + x] * stretched[oy0, j + x] + tiles[t1, i + x] * stretched[oy1, j + x]
    elif which == FORWARD:
        for x in range(np.uint64(large.shape[1])):
            stretched[oy0, j + x] += tiles[t0, i + x] * large[row, x]
            stretched[oy1, j + x] += tiles[t1, i + x] * large[row, x]
    else:
        for x in range(np.uint64(large.shape[1])):
            tiles[t0, i + x] += stretched[oy0, j + x] * large[row, x]
            tiles[t1, i + x] += stretched[oy1, j + x] * large[row, x]


@inlined
def stretch(small, row, s, stretched, oy, start):
    """A row with every pixel repeated s times: a a a b b b c c c."""
    for q in range(small.shape[1]):
        pixel, first = small[row, q], np.uint64(start + q * s)
        for r in range(np.uint64(s)):
            stretched[oy, first + r] = pixel


@inlined
def add_neighbours(small, row, s, stretched, oy, start):
    """The adjoint of stretch: a pixel is the sum of its copies."""
    for q in range(small.shape[1]):
        total, first = small.dtype.type(0), np.uint64(start + q * s)
        for r in range(np.uint64(s)):
            total += stretched[oy, first + r]
        small[row, q] = total


@inlined
def lay_tiles(taps, row, b, s, tiles, t):
    """A piece of a kernel's row, repeated: u v w u v w.  Copying doubles the filled part each time: 1, 2, 4 pieces."""
    for r in range(s):
        tiles[t, r] = taps[row, b + r]
    done = np.uint64(s)
    while done < np.uint64(tiles.shape[1]):
        for e in range(min(done, np.uint64(tiles.shape[1]) - done)):
            tiles[t, done + e] = tiles[t, e]
        done += done


@inlined
def add_tiles(taps, row, b, s, tiles, t):
    """The adjoint of lay_tiles: a tap is the sum of its copies."""
    for q in range(tiles.shape[1] // s):
        first = np.uint64(q * s)
        for r in range(np.uint64(s)):
            taps[row, np.uint64(b) + r] += tiles[t, first + r]


@inlined
def clear(rows):
    for y in range(rows.shape[0]):
        for e in range(rows.shape[1]):
            rows[y, e] = 0
