"""The shapes on which lessons 5 and 7 test convolutions, and the random numbers that fill them.

A shape is (N, C, (H, W), K, (kh, kw), stride, padding), with a note on what is special about it. Small shapes come
first, and sizes differ wherever they can, so that mixing up two of them cannot pass. Read check_writing.py next.
"""

import numpy as np

from .expect import signed

PLAIN = [
    ((1, 1, (1, 2), 1, (1, 2), 1, 0), "one window"),
    ((1, 1, (3, 2), 1, (2, 1), 1, 0), "a kernel taller than wide"),
    ((1, 1, (2, 5), 1, (1, 3), 1, 0), "a kernel wider than tall"),
    ((1, 2, (2, 3), 1, (2, 2), 1, 0), "two channels"),
    ((1, 1, (2, 3), 2, (2, 2), 1, 0), "two kernels"),
    ((2, 1, (2, 3), 1, (2, 2), 1, 0), "two pictures"),
    ((2, 2, (1, 3), 2, (1, 2), 1, 0), "two of everything: mixing up two sizes does not crash here"),
    ((2, 3, (5, 4), 4, (3, 2), 1, 0), "two pictures, three channels, four kernels"),
    ((3, 2, (4, 7), 3, (2, 3), 1, 0), "three pictures, two channels, three kernels"),
]
STRIDES = [
    ((1, 1, (1, 4), 1, (1, 2), 2, 0), "stride 2: the windows do not overlap"),
    ((1, 1, (5, 4), 1, (2, 3), 2, 0), "stride 2; the last row is in no window"),
    ((1, 1, (5, 7), 1, (2, 2), 3, 0), "stride 3, wider than the kernel: some pixels are in no window"),
    ((2, 2, (6, 9), 3, (3, 2), 2, 0), "stride 2, several pictures, channels and kernels"),
]
PADDINGS = [
    ((1, 1, (1, 1), 1, (2, 2), 1, 1), "padding 1 around a single pixel"),
    ((1, 1, (2, 3), 1, (2, 2), 1, 2), "padding 2: some windows see nothing but padding"),
    ((2, 2, (3, 4), 3, (3, 2), 1, 1), "padding 1, several pictures, channels and kernels"),
    ((1, 1, (3, 4), 1, (3, 3), 2, 1), "padding 1 and stride 2"),
    ((1, 1, (2, 3), 1, (3, 3), 1, 2), "padding 2 and a kernel of 3: every window that sees a pixel"),
    ((2, 3, (4, 5), 2, (2, 3), 3, 2), "padding 2 and stride 3"),
    ((1, 1, (3, 4), 1, (1, 2), 1, 3), "padding 3, more than the kernel: whole windows of padding"),
]
ODD = [
    ((1, 1, (1, 1), 1, (1, 1), 1, 0), "a single pixel"),
    ((2, 3, (3, 2), 4, (1, 1), 1, 0), "a kernel of 1x1: every pixel by itself"),
    ((2, 3, (3, 4), 2, (3, 4), 1, 0), "a kernel as large as the picture: a fully connected layer"),
    ((2, 2, (1, 6), 3, (1, 3), 2, 0), "pictures of one row"),
    ((1, 1, (1, 2), 1, (3, 4), 1, 1), "a kernel larger than the picture, as large as the padded one"),
    ((0, 2, (3, 4), 3, (2, 2), 1, 0), "no pictures at all: N = 0"),
]
FLOAT32 = [PLAIN[7], PADDINGS[4]]  # tested again in single precision


def numbers(rng, *shape):
    """Integers of both signs, easy to read in a report; for large arrays, random fractions."""
    few = np.prod(shape) <= 24
    return rng.integers(1, 10, shape) * rng.choice([-1.0, 1.0], shape) if few else signed(rng, *shape)


def options(stride, padding):
    """The keyword arguments of a call, without those that have their default value."""
    given = {"stride": (stride, 1), "padding": (padding, 0)}
    return {name: value for name, (value, default) in given.items() if value != default}
