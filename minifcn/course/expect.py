"""Helpers shared by the checks of several lessons: random numbers bounded away from 0, and numerical derivatives.

Read convolutions.py next.
"""

import numpy as np


def signed(rng, *shape):
    """Random float64 numbers of both signs and magnitude 0.5 to 1.5: none is near 0, where a mistake could hide."""
    return np.asarray(rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape))


def numerical_gradient(f, x, cotangent, h=1e-3):
    """The gradient of sum(f(x) * cotangent) with respect to x, entry by entry, from four points; its error is O(h**4).

    f:         function of one float64 array
    x:         array of any shape; not modified
    cotangent: array of the shape of f(x)
    """
    x = np.array(x, np.float64)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        here, values = x[index], []
        for step in (-2 * h, -h, h, 2 * h):
            x[index] = here + step
            values.append(np.sum(f(x) * cotangent))
        x[index] = here
        gradient[index] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)
    return gradient
