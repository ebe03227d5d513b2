"""Convolution's gradients as plain NumPy loops over the kernel's taps, where any setting can be made wrong safely."""

import itertools

import numpy as np


def taps(geometry, size, out, skip=()):
    """For each tap (i, j): where it reads, as (i, j, image rows, image columns, output rows, output columns)."""
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = geometry.kernel_size, geometry.stride, geometry.padding, geometry.dilation
    for i, j in itertools.product(range(kh), range(kw)):
        if (i, j) in skip:
            continue
        rows, columns = np.arange(out[0]) * sh - ph + i * dh, np.arange(out[1]) * sw - pw + j * dw
        y, x = np.flatnonzero((0 <= rows) & (rows < size[0])), np.flatnonzero((0 <= columns) & (columns < size[1]))
        yield i, j, rows[y], columns[x], y, x


def lay(maps, weight, geometry, size, skip=(), overwrite=False):
    """C^T maps: every value times the kernel, laid onto an image (N, C, H, W). `overwrite`: = in the place of +=."""
    groups, (N, K, *out), channels = geometry.groups, maps.shape, weight.shape[1]
    image = np.zeros((N, channels * groups, *size))
    for i, j, rows, columns, y, x in taps(geometry, size, out, skip):
        for g in range(groups):
            k, c = slice(g * K // groups, (g + 1) * K // groups), slice(g * channels, (g + 1) * channels)
            part = np.einsum("nkyx,kc->ncyx", maps[:, k][:, :, y][..., x], weight[k, :, i, j])
            place = np.ix_(range(N), range(image.shape[1])[c], rows, columns)
            image[place] = part + (0 if overwrite else image[place])
    return image


def correlate(image, maps, weight, geometry, skip=()):
    """The weight's gradient (K, C/groups, kh, kw): what each tap reads, times the gradient where it lands."""
    groups, K, channels = geometry.groups, weight.shape[0], weight.shape[1]
    result = np.zeros(weight.shape)
    for i, j, rows, columns, y, x in taps(geometry, image.shape[2:], maps.shape[2:], skip):
        for g in range(groups):
            k, c = slice(g * K // groups, (g + 1) * K // groups), slice(g * channels, (g + 1) * channels)
            read = image[:, c][:, :, rows][..., columns]
            result[k, :, i, j] = np.einsum("nkyx,ncyx->kc", maps[:, k][:, :, y][..., x], read)
    return result


def gather(image, weight, geometry, out, skip=()):
    """C image: (N, K, oh, ow)."""
    groups, K, channels = geometry.groups, weight.shape[0], weight.shape[1]
    maps = np.zeros((len(image), K, *out))
    for i, j, rows, columns, y, x in taps(geometry, image.shape[2:], out, skip):
        for g in range(groups):
            k, c = slice(g * K // groups, (g + 1) * K // groups), slice(g * channels, (g + 1) * channels)
            read = image[:, c][:, :, rows][..., columns]
            maps[np.ix_(range(len(image)), range(K)[k], y, x)] += np.einsum("ncyx,kc->nkyx", read, weight[k, :, i, j])
    return maps
