"""exp and log as a few multiplications, so that a loop over pixels is vectorised; math.exp is a call per element.

exp(x) = 2^n * exp(r) with n = round(x / log 2) and |r| <= log(2)/2, where a short Taylor series is accurate to machine
precision (Cody & Waite 1980); 2^n is n written into the exponent bits.  log goes the other way: it reads n from the
bits, and the rest, near 1, has a short series too.  float32 needs half the terms of float64, and twice as many of its
numbers fit into a vector.  Read loss.py next.
"""

import math

import numpy as np
from numba import types
from numba.extending import overload

from .runtime.compile import inlined

LOG2 = math.log(2)
HIGH64, LOW64 = 0.693147180369123816490, 1.90821492927058770002e-10  # log 2 in two parts: n * HIGH64 is exact
HIGH32, LOW32 = 0.693359375, -2.12194440e-4  # the same for float32
TAYLOR64 = tuple(1 / math.factorial(k) for k in range(12, -1, -1))  # of exp(r), the highest power first
TAYLOR32 = tuple(np.float32(1 / math.factorial(k)) for k in range(7, -1, -1))
ATANH = tuple(2 / k for k in range(19, 0, -2))  # of log((1 + f) / (1 - f)) = 2 (f + f^3 / 3 + ...)


def exp(x):
    """exp(x) in x's own format, for x <= 0 (and a little more); NaN stays NaN."""
    return exp32(x) if isinstance(x, np.float32) else exp64(x)


@overload(exp)
def exp_for(x):
    """Tells Numba which function implements `exp` for the type of x."""
    return (lambda x: exp32(x)) if x == types.float32 else (lambda x: exp64(x))


@inlined
def exp64(x):
    power = np.floor(x * (1 / LOG2) + 0.5) if x > -708 else -708.0  # exp of less is effectively 0
    r = (x - power * HIGH64) - power * LOW64
    series = 0.0
    for coefficient in TAYLOR64:
        series = series * r + coefficient
    scale = np.int64((np.int64(power) + 1023) << 52).view(np.float64)
    return series * scale if not x <= -708 else 0.0


@inlined
def exp32(x):
    power = np.floor(x * np.float32(1 / LOG2) + np.float32(0.5)) if x > np.float32(-87) else np.float32(-87)
    r = (x - power * np.float32(HIGH32)) - power * np.float32(LOW32)
    series = np.float32(0)
    for coefficient in TAYLOR32:
        series = series * r + coefficient
    scale = np.int32((np.int32(power) + np.int32(127)) << np.int32(23)).view(np.float32)
    return series * scale if not x <= np.float32(-87) else np.float32(0)


@inlined
def log(x):
    """log(x) in float64, for x >= 1; NaN stays NaN."""
    x = np.float64(x)
    bits = x.view(np.int64)
    power = (bits >> 52) - 1023
    near_1 = np.int64((bits & 0xFFFFFFFFFFFFF) | (1023 << 52)).view(np.float64)  # x / 2^power, from 1 to 2
    f = (near_1 - math.sqrt(2)) / (near_1 + math.sqrt(2))
    series = 0.0
    for coefficient in ATANH:
        series = series * (f * f) + coefficient
    return (power + 0.5) * LOG2 + f * series if not math.isnan(x) else x
