"""The algorithms for convolution by name, and how to force one.

All compute the same three maps; they differ in speed and slightly in rounding.  The last column is the largest measured
relative error in float32:

    im2col         windows to columns, then a matrix product (BLAS); fits everything           5e-7
    im2col_blocks  the same, a few columns at a time; fits everything                          5e-7
    direct         the same sums straight from the image; vectors of output channels           6e-7
    taps           one product per tap of the kernel, where it sees the image                  6e-7
    winograd2      3x3 with stride 1: 2x2 outputs at once, 2.25 times fewer multiplications    7e-7
                   5x5 with stride 1: the same, 2.8 times fewer                                5e-6
    winograd3      7x7 with stride 1, forward only: 3x3 outputs, 3 times fewer                 3e-6
    winograd4      3x3 with stride 1: 4x4 outputs, 4 times fewer                               5e-6
    phases         dilated: each phase of every d-th row and column, by one of the others      5e-6
    groups         one group at a time, by one of the others                                   5e-7
    depthwise      one filter per channel: whole rows of the image, times a tap                2e-7
    implicit_gemm  GPU only, where the rule prefers im2col and cuBLAS

`with algorithm("im2col"): ...` forces one wherever it fits, in this thread; where it does not fit, the rule of
cpu/convolution/choose.py or gpu/conv.py decides. The environment variable MINIFCN_ALGORITHM does the same for a whole
program. Read cpu/runtime/compile.py next.
"""

import contextlib
import contextvars
import functools
import os

ALGORITHMS = (
    "auto",
    "im2col",
    "im2col_blocks",
    "direct",
    "taps",
    "winograd2",
    "winograd3",
    "winograd4",
    "phases",
    "groups",
    "depthwise",
    "implicit_gemm",
)
ON_CPU = tuple(name for name in ALGORITHMS if name not in ("auto", "implicit_gemm"))
FORCED = contextvars.ContextVar("algorithm", default=None)


@contextlib.contextmanager
def algorithm(name):
    """Force one of ALGORITHMS for the convolutions inside this `with`, and for backward passes run inside it.

    Raises ValueError for any other name.
    """
    token = FORCED.set(known(name, "algorithm"))
    try:
        yield
    finally:
        FORCED.reset(token)


def forced():
    """The algorithm forced by `algorithm` or by MINIFCN_ALGORITHM; "auto" if none is."""
    return FORCED.get() or forced_by_environment()


@functools.cache
def forced_by_environment():
    """The algorithm that MINIFCN_ALGORITHM names; "auto" if it is not set."""
    return known(os.environ.get("MINIFCN_ALGORITHM") or "auto", "MINIFCN_ALGORITHM")


def known(name, where):
    if name not in ALGORITHMS:
        raise ValueError(f"{where}: found {name!r}, expected one of {', '.join(ALGORITHMS)}")
    return name
