"""exp(x) as a few multiplications, so that a loop over pixels becomes vector operations; math.exp is a call an element.

exp(x) = 2^n * exp(r) with n = round(x / log 2) and |r| <= log(2)/2, where a short Taylor series is as exact as float64
(Cody & Waite 1980).  Read loss.py next.
"""

import math

import numpy as np

from .compile import kernel

LOG2_HIGH, LOG2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10  # log 2 in two parts: n * LOG2_HIGH is exact
TAYLOR = tuple(1 / math.factorial(k) for k in range(12, -1, -1))  # of exp(r), the highest power first
SMALLEST = -708.0  # exp of less is 0 for every purpose; it would leave the range of the exponent's bits


@kernel
def exp(x):
    """exp(x) in float64 for x <= 0 (and up to 700); NaN stays NaN."""
    x = np.float64(x)
    power = np.floor(x * (1 / math.log(2)) + 0.5) if x > SMALLEST else SMALLEST
    r = (x - power * LOG2_HIGH) - power * LOG2_LOW
    series = 0.0
    for coefficient in TAYLOR:
        series = series * r + coefficient
    scale = np.int64((np.int64(power) + 1023) << 52).view(np.float64)
    return series * scale if not x <= SMALLEST else 0.0
