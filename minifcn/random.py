"""The one random number generator behind initialisation and dropout, wherever the caller passes none of their own.

It is NumPy's, on every device, so that a run on the GPU starts from the same numbers as a run on the CPU.
"""

import numpy as np

from .kernels.geometry import whole

_generator = np.random.default_rng()


def manual_seed(seed):
    """Start the default generator again from `seed` (a whole number of at least 0; ValueError if not), and return it."""
    seed = whole(seed, "seed", 0, "manual_seed")
    _generator.bit_generator.state = np.random.default_rng(seed).bit_generator.state
    return _generator


def default_generator():
    """The generator that is used where none is passed. Its `bit_generator.state` is what a checkpoint keeps."""
    return _generator
