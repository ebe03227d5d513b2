"""Wrong answers to lesson 8 that people really write; most differ from the solution in a line."""

import itertools

import numpy as np
from numba import njit, prange

from minifcn.course.exercise import Mistake

DECORATOR = "@njit(parallel=True)\n"
PLANES, PLANE = "prange(N * C)", "n, c = plane // C, plane % C"
ADD = "x[n, c, u * stride + i, v * stride + j] += columns[n, row, u * ow + v]"
ROW = "row = (c * kh + i) * kw + j"
COUNT = "count = min(rows, oh - first)"
SIZES = "oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1"
TILE = "n, first = tile // tiles, tile % tiles * rows"
BUFFER, LOOP = "        columns = np.empty((R, count * ow), x.dtype)\n", "    for tile in prange(N * tiles):\n"
COPY = "columns[r, u * ow + v] = x[n, c, first + u + i, v + j]"
PRODUCT = "y[n, k, first * ow + p] += matrix[k, r] * columns[r, p]"

MISTAKES = {
    "parallel_col2im": [
        Mistake(
            "not_parallel",
            "Nothing runs in parallel. It takes both: @njit(parallel=True) above the function, and prange in place of a range.",
            ((DECORATOR, "@njit\n"),),
            also=("fold_without_numba", "fold_without_prange"),
        ),
        Mistake(
            "shares_the_taps",
            "Two taps add to the same pixel. Give each iteration pixels of its own: a channel of a picture.",
            answer="fold_by_taps",
            also=("fold_by_rows_of_taps", "fold_by_rows_of_columns"),
        ),
        Mistake(
            "shares_the_windows",
            "Windows overlap, so two iterations add to the same pixel, unless the stride is as large as the kernel.",
            answer="fold_by_windows",
            also=("fold_by_window_rows",),
        ),
        Mistake(
            "shares_a_plane",
            "All iterations add into one array that was made before the loop. Make it inside, or add to x directly.",
            answer="fold_with_one_plane",
        ),
        Mistake(
            "pictures_only",
            "The pictures are shared out, but a single picture of many channels runs on one core. Loop over N * C planes.",
            answer="fold_by_pictures",
        ),
        Mistake(
            "channels_only",
            "The channels are shared out, but pictures of one channel run on one core. Loop over N * C planes.",
            answer="fold_by_channels",
        ),
        Mistake(
            "overwrites",
            "Windows that overlap overwrite each other here; col2im must add (+=).",
            ((ADD, ADD.replace("+=", "=")),),
        ),
        Mistake(
            "divides_by_pictures",
            "Plane p is channel p % C of picture p // C. Another divisor, or the two exchanged, mixes them up.",
            ((PLANE, "n, c = plane // N, plane % N"),),
        ),
        Mistake(
            "forgets_the_stride",
            "Window (u, v) begins at row u * stride, column v * stride.",
            ((ADD, ADD.replace("u * stride", "u").replace("v * stride", "v")),),
        ),
        Mistake(
            "taps_transposed",
            "Rows and columns of the kernel are exchanged: within a channel, tap (i, j) is row i * kw + j of the columns.",
            ((ROW, "row = (c * kw + j) * kh + i"),),
        ),
        Mistake(
            "channels_innermost",
            "The order of the columns' rows is channel, row, column of the kernel: (c * kh + i) * kw + j.",
            ((ROW, "row = (i * kw + j) * C + c"),),
        ),
        Mistake(
            "places_by_height",
            "Window (u, v) is column u * ow + v. You multiply by the number of rows, oh.",
            ((ADD, ADD.replace("u * ow + v", "u * oh + v")),),
        ),
        Mistake(
            "one_place_short",
            "The last row and column of windows are missing: there are (H - kh) // stride + 1 of them.",
            (("u in range(oh)", "u in range(oh - 1)"), ("v in range(ow)", "v in range(ow - 1)")),
        ),
        Mistake(
            "starts_from_anything",
            "np.empty is not empty: what was in memory before is added to. Begin with zeros.",
            (("np.zeros", "np.empty"),),
        ),
        Mistake(
            "always_float64",
            "np.zeros makes float64 unless you name a dtype; the result should have that of the columns.",
            (("(N, C, H, W), columns.dtype", "(N, C, H, W)"),),
        ),
        Mistake(
            "does_not_compile",
            "It is right in Python, but Numba does not know a function or an object that you use. Write plain loops over numbers.",
            answer="fold_by_product",
        ),
        Mistake(
            "plane_as_channel",
            "The rows of the columns are counted in each picture anew: by its channel c, not by the number of the plane.",
            ((ROW, "row = (plane * kh + i) * kw + j"),),
        ),
        Mistake(
            "size_without_one",
            "One window is missing along each axis: their number is (H - kh) // stride + 1. The division counts the steps between them.",
            ((SIZES, "oh, ow = (H - kh) // stride, (W - kw) // stride"),),
        ),
    ],
    "tiled_conv2d": [
        Mistake(
            "not_parallel",
            "Nothing runs in parallel. It takes both: @njit(parallel=True) above the function, and prange in place of a range.",
            ((DECORATOR, "@njit\n"),),
        ),
        Mistake(
            "one_buffer_for_all",
            "All tiles write into the same array of columns, since it is made before the loop. Make it inside.",
            ((BUFFER, ""), (LOOP, "    columns = np.empty((R, rows * ow), x.dtype)\n" + LOOP)),
        ),
        Mistake(
            "all_columns",
            "Each iteration makes the columns of the whole picture. The point of a tile is to make those of its own rows only.",
            (
                (BUFFER, "        columns = np.empty((R, oh * ow), x.dtype)\n"),
                (COPY, COPY.replace("columns[r, u * ow + v]", "columns[r, (first + u) * ow + v]")),
                (PRODUCT, PRODUCT.replace("columns[r, p]", "columns[r, first * ow + p]")),
            ),
        ),
        Mistake(
            "drops_the_last_tile",
            "A last tile with fewer rows is left out: round oh / rows up, as (oh + rows - 1) // rows.",
            (("(oh + rows - 1) // rows", "oh // rows"),),
        ),
        Mistake(
            "overruns_the_last_tile",
            "The last tile reads beyond the end of the picture: it has min(rows, oh - first) rows. Compiled code would not notice.",
            ((COUNT, "count = rows"),),
        ),
        Mistake(
            "tile_number_as_row",
            "Tile t begins at row t * rows, not at row t.",
            ((TILE, TILE.replace(" * rows", "")),),
        ),
        Mistake(
            "always_the_first_rows",
            "Every tile reads the first rows of the picture: add `first` to the row.",
            ((COPY, COPY.replace("first + ", "")),),
        ),
        Mistake(
            "pictures_and_tiles_mixed",
            "Number t is tile t % tiles of picture t // tiles. Another divisor, or the two exchanged, mixes them up.",
            ((TILE, "n, first = tile // N, tile % N * rows"),),
        ),
        Mistake(
            "without_halo",
            "The tap's row i is missing: result row u needs rows u to u + kh - 1 of the picture.",
            ((COPY, COPY.replace("u + i", "u")),),
        ),
        Mistake(
            "overwrites",
            "The products are to be added up: += where you write =.",
            ((PRODUCT, PRODUCT.replace("+=", "=")),),
        ),
        Mistake(
            "turned_kernel",
            "The kernel is turned by 180 degrees. A network's convolution does not turn it: tap (i, j) meets pixel (u + i, v + j).",
            ((COPY, COPY.replace("+ i, v + j", "+ kh - 1 - i, v + kw - 1 - j")),),
        ),
        Mistake(
            "shares_the_kernels",
            "The kernels are shared out, not the tiles, so each one makes all columns again. Use one prange, over N * tiles.",
            answer="tiles_by_kernels",
        ),
        Mistake(
            "shares_the_rows_of_columns",
            "Every row of the columns adds to the same results. Share out tiles, which own their results.",
            answer="tiles_by_rows_of_columns",
        ),
        Mistake(
            "starts_from_anything",
            "np.empty is not empty: what was in memory before is added to. Begin y with zeros.",
            (("y = np.zeros", "y = np.empty"),),
        ),
        Mistake(
            "always_float64",
            "np.zeros makes float64 unless you name a dtype; y should have that of x.",
            (("y = np.zeros((N, K, oh * ow), x.dtype)", "y = np.zeros((N, K, oh * ow))"),),
        ),
        Mistake(
            "pictures_only",
            "An iteration does a whole picture, one tile after the other. Make one loop over the N * tiles of all pictures.",
            answer="tiles_one_after_another",
        ),
        Mistake(
            "does_not_compile",
            "It is right in Python, but Numba does not know a function or an object that you use. Write plain loops over numbers.",
            answer="tiles_by_product",
        ),
        Mistake(
            "needs_scipy",
            "Numba compiles @ and np.dot only where SciPy is installed, and in the check it is not. Write the product as loops.",
            answer="tiles_by_matmul",
        ),
        Mistake(
            "one_tile_too_many",
            "If `rows` divides the results, there is an empty tile at the end: round up as (oh + rows - 1) // rows.",
            (("(oh + rows - 1) // rows", "oh // rows + 1"),),
        ),
        Mistake(
            "tiles_of_one_row",
            "Every row of results has an iteration of its own. A tile has `rows` rows, and makes its columns once for all of them.",
            answer="tiles_by_rows_of_results",
        ),
        Mistake(
            "results_of_the_halo",
            "A tile needs kh - 1 more rows of the picture, not of the results: those rows belong to the next tile.",
            ((COUNT, "count = min(rows + kh - 1, oh - first)"),),
            also=("tiles_that_overlap",),
        ),
        Mistake(
            "places_transposed",
            "The columns are filled in another order than they are read: place (u, v) of a tile is u * ow + v in both.",
            ((COPY, COPY.replace("u * ow + v", "v * count + u")),),
        ),
    ],
}


def fold_without_numba(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        for i, j, u, v in np.ndindex(kh, kw, oh, ow):
            x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x


@njit(parallel=True)
def fold_without_prange(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for n in range(N):
        for c in range(C):
            for i, j, u, v in np.ndindex(kh, kw, oh, ow):
                x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x


@njit(parallel=True)
def fold_by_taps(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for tap in prange(kh * kw):
        for n in range(N):
            for c in range(C):
                for u in range(oh):
                    for v in range(ow):
                        x[n, c, u * stride + tap // kw, v * stride + tap % kw] += columns[n, c * kh * kw + tap, u * ow + v]
    return x


@njit(parallel=True)
def fold_by_rows_of_taps(columns, size, kernel_size, stride=1):
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (size[0] - kh) // stride + 1, (size[1] - kw) // stride + 1
    x = np.zeros((N, C, size[0], size[1]), columns.dtype)
    for i in prange(kh):
        for n, c, j, u, v in np.ndindex(N, C, kw, oh, ow):
            x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x


@njit(parallel=True)
def fold_by_rows_of_columns(columns, size, kernel_size, stride=1):
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (size[0] - kh) // stride + 1, (size[1] - kw) // stride + 1
    x = np.zeros((N, C, size[0], size[1]), columns.dtype)
    for row in prange(columns.shape[1]):
        c, i, j = row // (kh * kw), row // kw % kh, row % kw
        for n, u, v in np.ndindex(N, oh, ow):
            x[n, c, u * stride + i, v * stride + j] += columns[n, row, u * ow + v]
    return x


@njit(parallel=True)
def fold_by_window_rows(columns, size, kernel_size, stride=1):
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (size[0] - kh) // stride + 1, (size[1] - kw) // stride + 1
    x = np.zeros((N, C, size[0], size[1]), columns.dtype)
    for u in prange(oh):
        for n, c, i, j, v in np.ndindex(N, C, kh, kw, ow):
            x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x


@njit(parallel=True)
def fold_by_windows(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for window in prange(oh * ow):
        top, left = window // ow * stride, window % ow * stride
        for n in range(N):
            for c in range(C):
                for i in range(kh):
                    for j in range(kw):
                        x[n, c, top + i, left + j] += columns[n, (c * kh + i) * kw + j, window]
    return x


@njit(parallel=True)
def fold_with_one_plane(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    total = np.zeros((H, W), columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        total[:] = 0
        for i in range(kh):
            for j in range(kw):
                for u in range(oh):
                    for v in range(ow):
                        total[u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
        x[n, c] = total
    return x


@njit(parallel=True)
def fold_by_pictures(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for n in prange(N):
        for c in prange(C):
            for i in range(kh):
                for j in range(kw):
                    for u in range(oh):
                        for v in range(ow):
                            x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x


@njit(parallel=True)
def fold_by_channels(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for n in range(N):
        for c in prange(C):
            for i in range(kh):
                for j in range(kw):
                    for u in range(oh):
                        for v in range(ow):
                            x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x


@njit(parallel=True)
def fold_by_product(columns, size, kernel_size, stride=1):
    H, W = size
    kh, kw = kernel_size
    N, C = columns.shape[0], columns.shape[1] // (kh * kw)
    oh, ow = (H - kh) // stride + 1, (W - kw) // stride + 1
    x = np.zeros((N, C, H, W), columns.dtype)
    for plane in prange(N * C):
        n, c = plane // C, plane % C
        for i, j, u, v in itertools.product(range(kh), range(kw), range(oh), range(ow)):
            x[n, c, u * stride + i, v * stride + j] += columns[n, (c * kh + i) * kw + j, u * ow + v]
    return x


@njit(parallel=True)
def tiles_by_kernels(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    y = np.zeros((N, K, oh, ow), x.dtype)
    for k in prange(K):
        for n in range(N):
            for first in range(0, oh, rows):
                count = min(rows, oh - first)
                columns = np.empty((C * kh * kw, count * ow), x.dtype)
                for r in range(C * kh * kw):
                    c, i, j = r // (kh * kw), r // kw % kh, r % kw
                    for u in range(count):
                        for v in range(ow):
                            columns[r, u * ow + v] = x[n, c, first + u + i, v + j]
                for r in range(C * kh * kw):
                    for p in range(count * ow):
                        y[n, k, first + p // ow, p % ow] += weight[k, r // (kh * kw), r // kw % kh, r % kw] * columns[r, p]
    return y


@njit(parallel=True)
def tiles_by_rows_of_columns(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    y = np.zeros((N, K, oh, ow), x.dtype)
    for r in prange(C * kh * kw):
        c, i, j = r // (kh * kw), r // kw % kh, r % kw
        for n in range(N):
            for k in range(K):
                for u in range(oh):
                    for v in range(ow):
                        y[n, k, u, v] += weight[k, c, i, j] * x[n, c, u + i, v + j]
    return y


@njit(parallel=True)
def tiles_one_after_another(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    y = np.zeros((N, K, oh, ow), x.dtype)
    for n in prange(N):
        for first in range(0, oh, rows):
            count = min(rows, oh - first)
            columns = np.empty((C * kh * kw, count * ow), x.dtype)
            for r in range(C * kh * kw):
                for p in range(count * ow):
                    columns[r, p] = x[n, r // (kh * kw), first + p // ow + r // kw % kh, p % ow + r % kw]
            for k in range(K):
                for r in range(C * kh * kw):
                    for p in range(count * ow):
                        y[n, k, first + p // ow, p % ow] += weight[k, r // (kh * kw), r // kw % kh, r % kw] * columns[r, p]
    return y


@njit(parallel=True)
def tiles_by_product(x, weight, rows):
    """Numba does not know itertools."""
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    tiles = (oh + rows - 1) // rows
    y = np.zeros((N, K, oh, ow), x.dtype)
    for tile in prange(N * tiles):
        n, first = tile // tiles, tile % tiles * rows
        for u, v in itertools.product(range(first, min(first + rows, oh)), range(ow)):
            for k, c, i, j in np.ndindex(K, C, kh, kw):
                y[n, k, u, v] += weight[k, c, i, j] * x[n, c, u + i, v + j]
    return y


@njit(parallel=True)
def tiles_by_matmul(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for tile in prange(N * tiles):
        n, first = tile // tiles, tile % tiles * rows
        count = min(rows, oh - first)
        columns = np.empty((R, count * ow), x.dtype)
        for r in range(R):
            for p in range(count * ow):
                columns[r, p] = x[n, r // (kh * kw), first + p // ow + r // kw % kh, p % ow + r % kw]
        y[n, :, first : first + count] = (weight.reshape(K, R) @ columns).reshape(K, count, ow)
    return y


@njit(parallel=True)
def tiles_by_rows_of_results(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow = H - kh + 1, W - kw + 1
    y = np.zeros((N, K, oh, ow), x.dtype)
    for row in prange(N * oh):
        n, u = row // oh, row % oh
        for k, c, i, j in np.ndindex(K, C, kh, kw):
            for v in range(ow):
                y[n, k, u, v] += weight[k, c, i, j] * x[n, c, u + i, v + j]
    return y


@njit(parallel=True)
def tiles_that_overlap(x, weight, rows):
    N, C, H, W = x.shape
    K, _, kh, kw = weight.shape
    oh, ow, R = H - kh + 1, W - kw + 1, C * kh * kw
    y = np.zeros((N, K, oh, ow), x.dtype)
    tiles = (oh + rows - 1) // rows
    for tile in prange(N * tiles):
        n, first = tile // tiles, tile % tiles * rows
        count = min(rows + kh - 1, oh - first)
        columns = np.empty((R, count * ow), x.dtype)
        for r in range(R):
            for p in range(count * ow):
                columns[r, p] = x[n, r // (kh * kw), first + p // ow + r // kw % kh, p % ow + r % kw]
        for k in range(K):
            for p in range(count * ow):
                total = 0.0
                for r in range(R):
                    total += weight[k, r // (kh * kw), r // kw % kh, r % kw] * columns[r, p]
                y[n, k, first + p // ow, p % ow] = total
    return y
