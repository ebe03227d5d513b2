"""The choice of convolution algorithm: the rule for the CPU, and how to override it.

All compute the same three maps; they differ in speed and slightly in rounding.  The last column is the largest measured
relative error in float32:

    im2col         windows to columns, then a matrix product (BLAS); fits everything           5e-7
    im2col_blocks  the same, a few columns at a time; fits everything                          5e-7
    direct         the same sums straight from the image; vectors of output channels           6e-7
    taps           one product per tap of the kernel, where it sees the image                  6e-7
    winograd2      3x3 with stride 1: 2x2 outputs at once, 2.25 times fewer multiplications    7e-7
    winograd4      the same with 4x4 outputs, 4 times fewer multiplications                    5e-6
    phases         dilated: each phase of every d-th row and column, by one of the others      5e-6
    groups         one group at a time, by one of the others                                   5e-7
    depthwise      one filter per channel: whole rows of the image, times a tap                2e-7
    implicit_gemm  GPU only, where the rule prefers im2col and cuBLAS

`with algorithm("im2col"): ...` forces one wherever it fits, in this thread; where it does not fit, the rule decides.
The environment variable MINIFCN_ALGORITHM does the same for a whole program.  Read reference.py next.
"""

import contextlib
import contextvars
import math
import os

ALGORITHMS = (
    "auto",
    "im2col",
    "im2col_blocks",
    "direct",
    "taps",
    "winograd2",
    "winograd4",
    "phases",
    "groups",
    "depthwise",
    "implicit_gemm",
)
ON_CPU = tuple(name for name in ALGORITHMS if name not in ("auto", "implicit_gemm"))
FORCED = contextvars.ContextVar("algorithm", default=None)

FEW_PIXELS = 1024  # rearranging a weight that is larger than the images does not pay off
LARGE_WEIGHT = 1 << 20  # elements
SMALL_MAP = 6  # rows or columns; 4x4 tiles waste too much at the border of a smaller map
FEW_TILES = 40  # of 4x4 outputs; too little work for reading their weights, four times those of a 3x3 kernel
SMALL_PHASE = 5  # rows or columns; in smaller ones, most taps of a 3x3 kernel see padding
FEW_CHANNELS = 16  # fewer do not fill a vector, and are too little work for a product of their own

# Those whose summation order does not depend on the map or the batch: the rule for float64, fastest first.
ONE_ORDER = ("depthwise", "groups", "phases", "direct", "taps", "im2col_blocks")


@contextlib.contextmanager
def algorithm(name):
    """Force one of ALGORITHMS for the convolutions inside this `with`, and for backward passes run inside it.

    Raises ValueError for any other name.
    """
    token = FORCED.set(checked(name, "algorithm"))
    try:
        yield
    finally:
        FORCED.reset(token)


def forced():
    """The algorithm forced by `algorithm` or by MINIFCN_ALGORITHM; "auto" if none is."""
    return FORCED.get() or checked(os.environ.get("MINIFCN_ALGORITHM") or "auto", "MINIFCN_ALGORITHM")


def checked(name, where):
    if name not in ALGORITHMS:
        raise ValueError(f"{where}: found {name!r}, expected one of {', '.join(ALGORITHMS)}")
    return name


def choose(possible, weight_shape, batch, size, exact, within, wanted):
    """The algorithm for one of the three maps of a convolution.

    possible: the names that fit it, always including "im2col"; weight_shape: (K, C/groups, kh, kw)
    batch, size: the number of images and the (height, width) of the output map, or of grad_y
    exact:  for float64: ignore batch and size, so that a dilated net equals shift-and-stitch bit for bit
    within: (rows or columns, algorithm) of a phase, if "phases" is possible
    wanted: the result of forced(), used if it fits
    """
    if wanted in possible:
        return wanted
    if exact:
        return next(name for name in ONE_ORDER if name in possible)
    if "depthwise" in possible:
        return "depthwise"
    enough_channels = weight_shape[1] >= FEW_CHANNELS
    if "groups" in possible and enough_channels:
        return "groups"
    if "phases" in possible:
        if within[0] > SMALL_PHASE and within[1].startswith("winograd"):
            return "phases"
        if "taps" in possible and enough_channels:
            return "taps"
    if "winograd4" in possible:
        tiles = batch * -(-size[0] // 4) * -(-size[1] // 4)
        return "winograd4" if min(size) > SMALL_MAP and tiles >= FEW_TILES else "winograd2"
    if math.prod(weight_shape) > LARGE_WEIGHT and batch * math.prod(size) < FEW_PIXELS:
        return "im2col"
    if "direct" in possible:
        return "direct"
    return "taps" if "taps" in possible and enough_channels else "im2col_blocks"
