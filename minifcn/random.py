"""The default random number generator, used wherever the caller passes none.

It is NumPy's on every device, so that a run on the GPU draws the same numbers as a run on the CPU. Read
functional/common.py next.
"""

import numpy as np

from .kernels.geometry import whole

_generator = np.random.default_rng()


def manual_seed(seed):
    """Reseed the default generator with `seed` (an integer of at least 0; ValueError if not), and return it."""
    seed = whole(seed, "seed", 0, "manual_seed")
    _generator.bit_generator.state = np.random.default_rng(seed).bit_generator.state
    return _generator


def default_generator():
    """The generator used where none is passed. Save and restore it through its `bit_generator.state`."""
    return _generator
