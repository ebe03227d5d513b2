"""Convolution's gradients as plain NumPy loops over the kernel's taps, where any setting can be made wrong safely.

They are the same for images and volumes.
"""

import numpy as np


def taps(geometry, size, out, skip=()):
    """For each tap: its place in the kernel, and along each axis the positions it reads in the image and in the output."""
    for tap in np.ndindex(geometry.kernel_size):
        if tap in skip:
            continue
        read, written = [], []
        for t, n, m, s, p, d in zip(tap, size, out, geometry.stride, geometry.padding, geometry.dilation):
            positions = np.arange(m) * s - p + t * d
            inside = np.flatnonzero((0 <= positions) & (positions < n))
            read.append(positions[inside])
            written.append(inside)
        yield tap, read, written


def by_group(geometry, weight, N, read, written):
    """For each group: its kernels, and its places in the image and in the output."""
    kernels, channels = len(weight) // geometry.groups, weight.shape[1]
    for g in range(geometry.groups):
        k, c = np.arange(kernels) + g * kernels, np.arange(channels) + g * channels
        yield k, np.ix_(range(N), c, *read), np.ix_(range(N), k, *written)


def lay(maps, weight, geometry, size, skip=(), overwrite=False):
    """C^T maps: every value times the kernel, laid onto an image (N, C, *size). `overwrite`: = in the place of +=."""
    N, _, *out = maps.shape
    image = np.zeros((N, weight.shape[1] * geometry.groups, *size))
    for tap, *places in taps(geometry, size, out, skip):
        for k, at_image, at_maps in by_group(geometry, weight, N, *places):
            part = np.einsum("nk...,kc->nc...", maps[at_maps], weight[(k, slice(None), *tap)])
            image[at_image] = part + (0 if overwrite else image[at_image])
    return image


def correlate(image, maps, weight, geometry, skip=()):
    """The weight's gradient: what each tap reads, times the gradient where it lands."""
    result = np.zeros(weight.shape)
    for tap, *places in taps(geometry, image.shape[2:], maps.shape[2:], skip):
        for k, at_image, at_maps in by_group(geometry, weight, len(image), *places):
            all_but_channels = [0, *range(2, image.ndim)]
            result[(k, slice(None), *tap)] = np.tensordot(maps[at_maps], image[at_image], (all_but_channels,) * 2)
    return result


def gather(image, weight, geometry, out, skip=()):
    """C image: (N, K, *out)."""
    maps = np.zeros((len(image), len(weight), *out))
    for tap, *places in taps(geometry, image.shape[2:], out, skip):
        for k, at_image, at_maps in by_group(geometry, weight, len(image), *places):
            maps[at_maps] += np.einsum("nc...,kc->nk...", image[at_image], weight[(k, slice(None), *tap)])
    return maps
