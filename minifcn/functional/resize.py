"""Resizing images to any size: interpolate, and the bilinear kernel that makes conv_transpose2d an interpolation.

Linear interpolation is separable: one banded matrix per axis, with two weights per row. Read norm.py next.
"""

import functools
import math
import numbers

import numpy as np

from ..kernels.geometry import whole
from ..tensor import apply
from .banded import Banded, Resample
from .common import check_choice, check_floats, check_images, check_output, check_pixels

AXES = {"linear": 1, "bilinear": 2, "trilinear": 3}


def interpolate(input, size=None, scale_factor=None, mode="nearest", align_corners=None):
    """Resize the last axes of a batch of signals, images or volumes, with PyTorch's coordinates.

    Output position i samples input position
        floor(i * s)               'nearest'
        (i + 1/2) * s - 1/2        linear modes: pixels are squares, and the image's outer edges stay aligned
        i * (n - 1) / (m - 1)      linear modes with align_corners: the centres of the corner pixels stay aligned
    where s = n / m, or 1 / scale_factor if that is given and changes the size (for 'nearest': other than by doubling
    it). Beyond the image, its border pixels are repeated.

    input: (N, C, W), (N, C, H, W) or (N, C, D, H, W)
    size, scale_factor: exactly one of them, a number or one per resized axis; m = floor(n * scale_factor)
    mode: 'nearest', or 'linear', 'bilinear', 'trilinear' for 1, 2, 3 axes
    Returns (N, C, ...) with the new sizes. ValueError for settings that contradict each other.
    """
    check_floats("interpolate", input)
    check_choice("interpolate", "mode", mode, ("nearest", *AXES))
    check_pixels("interpolate", input)
    axes = input.ndim - 2
    if axes not in (1, 2, 3) or AXES.get(mode, axes) != axes:
        expected = {"linear": "(N, C, W)", "bilinear": "(N, C, H, W)", "trilinear": "(N, C, D, H, W)"}
        shapes = expected.get(mode, "one of " + ", ".join(expected.values()))
        raise ValueError(f"interpolate: input has shape {input.shape}, but mode {mode!r} expects {shapes}")
    if mode == "nearest" and align_corners is not None:
        raise ValueError("interpolate: align_corners is for the linear modes, found mode 'nearest'; leave it out")
    sizes, ratios = target_sizes(input.shape[2:], size, scale_factor, mode)
    check_output("interpolate", sizes, input.shape[2:], "scale_factor {}", scale_factor)
    matrices = [
        nearest(n, m, ratio) if mode == "nearest" else linear(n, m, ratio, align_corners)
        for n, m, ratio in zip(input.shape[2:], sizes, ratios)
    ]
    return apply(Resample, input, matrices=matrices, axis=2)


def interpolate_at(input, rows, columns):
    """Sample `input` bilinearly on the grid of the given rows and columns; beyond the edge, the edge is repeated.

    input: (N, C, H, W);  rows (h,), columns (w,): ascending coordinates; pixel i has its centre at i
    Returns (N, C, h, w).
    """
    check_images("interpolate_at", input)
    matrices = [between(n, np.asarray(source, float)) for n, source in zip(input.shape[2:], (rows, columns))]
    return apply(Resample, input, matrices=matrices, axis=2)


def target_sizes(old, size, scale_factor, mode):
    """The new size m of each axis, and its ratio of coordinates, n / m or 1 / scale_factor."""
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: give either size or scale_factor, and not both")
    given = size if scale_factor is None else scale_factor
    given = tuple(given) if isinstance(given, (tuple, list)) else (given,) * len(old)
    if len(given) != len(old):
        name = "size" if scale_factor is None else "scale_factor"
        raise ValueError(f"interpolate: {name} is {given}, expected a number or one for each of {len(old)} axes")
    if scale_factor is None:
        sizes = [whole(m, "size", 1, "interpolate") for m in given]
        return sizes, [n / m for n, m in zip(old, sizes)]
    if not all(isinstance(factor, numbers.Real) and 0 < factor < math.inf for factor in given):
        raise ValueError(f"interpolate: scale_factor is {scale_factor!r}, expected numbers above 0")
    sizes = [math.floor(n * factor) for n, factor in zip(old, given)]
    by_size = (1, 2) if mode == "nearest" else (1,)  # enlargements m / n for which PyTorch ignores the factor
    return sizes, [n / m if m in [k * n for k in by_size] else 1 / f for n, m, f in zip(old, sizes, given)]


def nearest(n, m, ratio):
    """The matrix with a single 1 per row: position i takes floor(i * ratio), in float32 as in PyTorch."""
    source = np.floor(np.arange(m, dtype=np.float32) * np.float32(ratio)).astype(np.int64)
    return Banded(np.minimum(source, n - 1), np.ones((m, 1)), n)


@functools.lru_cache(maxsize=64)  # a network resizes the same way in every step
def linear(n, m, ratio, align_corners):
    """The matrix with two weights a row: position i mixes the two pixels between which its coordinate lies."""
    i = np.arange(m)
    if align_corners:
        source = i * ((n - 1) / (m - 1) if m > 1 else 0.0)
    else:
        source = (i + 0.5) * ratio - 0.5
    return between(n, source)


def between(n, source):
    """The matrix that samples a line of n pixels at the ascending coordinates `source`, clamped to its ends."""
    if n == 1:
        return Banded(np.zeros(len(source), np.int64), np.ones((len(source), 1)), n)
    source = source.clip(0, n - 1)
    left = np.minimum(np.floor(source).astype(np.int64), n - 2)
    right_share = source - left
    return Banded(left, np.stack([1 - right_share, right_share], axis=1), n)


def bilinear_kernel(factor, dtype=np.float32):
    """The kernel with which conv_transpose2d upsamples an image `factor` times by bilinear interpolation.

    Linear interpolation draws straight lines between the pixels. An image that is 1 at one pixel and 0 elsewhere
    therefore becomes a triangle, which falls from 1 to 0 over one input pixel, that is over f = factor output pixels:

        triangle[i] = 1 - |i - centre| / f,    centre = (k - 1) / 2

    Output pixels have their centres at integer positions, and the input pixel is centred on its f output pixels:
    between two of them if f is even, on one if f is odd. The triangle is positive at k = 2f output pixels for even f
    and at k = 2f - 1 for odd f. In two dimensions, kernel[i, j] = triangle[i] * triangle[j].

    Every image is a sum of such pixels, and conv_transpose2d with stride f adds up their triangles. At each output
    pixel two of them overlap, with heights that add up to 1: a constant image stays constant. With padding f // 2, the
    output has f times the input's size and equals interpolate(mode='bilinear', align_corners=False), except for a
    border of f / 2, where conv_transpose2d sees zeros around the image and interpolate repeats its edge.

    Returns (k, k), k = 2 * factor - factor % 2. Source: Long, Shelhamer & Darrell 2015, section 3.3.
    """
    factor = whole(factor, "factor", 1, "bilinear_kernel")
    k = 2 * factor - factor % 2
    triangle = 1 - np.abs(np.arange(k) - (k - 1) / 2) / factor
    return np.outer(triangle, triangle).astype(dtype)
