"""The default random number generator, used wherever the caller passes none.

It is NumPy's on every device, so that a run on the GPU draws the same numbers as a run on the CPU. Read
functional/common.py next.
"""

import contextvars

import numpy as np

from .autograd import Setting
from .kernels.geometry import whole

_generator = np.random.default_rng()
_part = contextvars.ContextVar("part", default=None)  # (first, images, total) inside part_of_batch


def manual_seed(seed):
    """Reseed the default generator with `seed` (an integer of at least 0; ValueError if not), and return it."""
    seed = whole(seed, "seed", 0, "manual_seed")
    _generator.bit_generator.state = np.random.default_rng(seed).bit_generator.state
    return _generator


def default_generator():
    """The generator used where none is passed. Save and restore it through its `bit_generator.state`."""
    return _generator


class part_of_batch(Setting):
    """Inside `with part_of_batch(first, images, total):` a batch is part of a larger one: `images` of `total`, from `first`.

    draw_for_batch then draws for the larger batch, so that the part gets the numbers that it would get there.
    """

    def __init__(self, first, images, total):
        super().__init__(_part, (first, images, total))


def draw_for_batch(shape, generator=None):
    """Random numbers from 0 to below 1, float32, for a batch: the first axis of `shape` is that of the images.

    generator: a NumPy Generator, the default one if None. ValueError if, inside part_of_batch, shape has other images.
    """
    generator = generator or default_generator()
    first, images, total = _part.get() or (0, shape[0], shape[0])
    if shape[0] != images:
        raise ValueError(
            f"draw_for_batch: the shape is {shape}, but the part of a batch has {images} images; keep the batch as the first"
            " axis"
        )
    return generator.random((total, *shape[1:]), dtype=np.float32)[first : first + images]
