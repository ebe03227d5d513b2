"""What the kernel tests draw: geometries, images and arrays of many shapes, strides and dtypes."""

from dataclasses import dataclass

import numpy as np
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from minifcn.kernels.geometry import ConvGeometry, PoolGeometry, conv_geometry, pool_geometry

settings.register_profile(  # the same cases on every machine, however busy it is
    "repeatable", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")
FEW = settings(max_examples=40)
DTYPES = st.sampled_from([np.float32, np.float64])
SEEDS = st.integers(0, 10_000)


def pairs(low, high):
    return st.tuples(st.integers(low, high), st.integers(low, high))


def normal(seed, *shape, dtype=np.float64):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype)


def strided(array, layout):
    """The same values in another memory layout: 'plain', 'gaps' (every second element of a larger array), 'swapped',
    'last' (the channels of a pixel side by side)."""
    if layout == "gaps":
        larger = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
        larger[..., ::2] = array
        return larger[..., ::2]
    if layout == "swapped":
        return np.ascontiguousarray(array.T).T
    if layout == "last":
        return np.moveaxis(np.ascontiguousarray(np.moveaxis(array, 1, -1)), -1, 1)
    return array


def in_layout(args, layout):
    """The arguments of a kernel with those arrays that have several axes in another memory layout."""
    return [strided(arg, layout) if isinstance(arg, np.ndarray) and arg.ndim > 1 else arg for arg in args]


def same_in_layout(kernels, name, args, layout):
    """Assert that a kernel gives the same bits for arrays in another memory layout."""
    results = kernels(name, *in_layout(args, layout))
    for result, expected in zip(results, kernels(name, *args), strict=True):
        np.testing.assert_array_equal(result, expected)


LAYOUTS = st.sampled_from(["plain", "gaps", "swapped"])


@dataclass(frozen=True)
class ConvCase:
    """One convolution with its arrays, all of them strided somehow."""

    geometry: ConvGeometry
    x: np.ndarray
    weight: np.ndarray
    grad_y: np.ndarray
    size: tuple


@st.composite
def conv_cases(draw, dtypes=DTYPES):
    groups = draw(st.integers(1, 3))
    geometry = conv_geometry(draw(pairs(1, 4)), draw(pairs(1, 5)), draw(pairs(0, 3)), draw(pairs(1, 3)), groups)
    size = draw(pairs(1, 9))
    oh, ow = geometry.output_size(size)
    assume(oh >= 1 and ow >= 1)
    N, C, K = draw(st.integers(0, 3)), groups * draw(st.integers(1, 2)), groups * draw(st.integers(1, 3))
    seed, dtype, layout = draw(SEEDS), draw(dtypes), draw(LAYOUTS)
    return ConvCase(
        geometry,
        strided(normal(seed, N, C, *size, dtype=dtype), layout),
        strided(normal(seed + 1, K, C // groups, *geometry.kernel_size, dtype=dtype), layout),
        strided(normal(seed + 2, N, K, oh, ow, dtype=dtype), layout),
        size,
    )


@dataclass(frozen=True)
class PoolCase:
    """One pooling with its image, whose values are few, so that there are ties."""

    geometry: PoolGeometry
    x: np.ndarray
    size: tuple


@st.composite
def pool_cases(draw, most_dilation=3):
    kernel = draw(pairs(1, 4))
    padding = tuple(draw(st.integers(0, k // 2)) for k in kernel)
    geometry = pool_geometry(kernel, draw(pairs(1, 5)), padding, draw(pairs(1, most_dilation)), draw(st.booleans()))
    size = draw(pairs(1, 9))
    assume(min(geometry.output_size(size)) >= 1)
    x = np.round(2 * normal(draw(SEEDS), draw(st.integers(0, 2)), 2, *size)).astype(draw(DTYPES))
    return PoolCase(geometry, strided(x, draw(LAYOUTS)), size)


def is_last(array):
    """Does `array` (N, C, ...) have its channels last in memory?"""
    return np.moveaxis(array, 1, -1).flags.c_contiguous


def close(actual, expected, scale=1.0):
    """Assert the same dtype and shape, and values that agree to a few times the dtype's precision times `scale`."""
    assert actual.dtype == expected.dtype and actual.shape == expected.shape
    assert actual.flags.c_contiguous or is_last(actual)
    tolerance = 50 * scale * np.finfo(actual.dtype).eps
    np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)
