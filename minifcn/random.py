"""The default random number generator, used wherever the caller passes none.

It is NumPy's on every device, so that a run on the GPU draws the same numbers as a run on the CPU. Read
functional/common.py next.
"""

import contextlib
import contextvars

import numpy as np

from .autograd import Setting
from .kernels.geometry import whole

_generator = np.random.default_rng()
_part = contextvars.ContextVar("part", default=None)  # (first, images, total) inside part_of_batch
_records = contextvars.ContextVar("records", default=())  # dicts, see draws_recorded


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
    if not shape:  # a single number is a batch of one
        return draw_for_batch((1,), generator).reshape(())
    generator = generator_for(generator)
    first, images, total = _part.get() or (0, shape[0], shape[0])
    if shape[0] != images:
        raise ValueError(
            f"draw_for_batch: the shape is {shape}, but the part of a batch has {images} images; keep the batch as the first"
            " axis"
        )
    return generator.random((total, *shape[1:]), dtype=np.float32)[first : first + images]


# Drawing the same numbers again --------------------------------------------------------------------------------------


def generator_for(generator):
    """The generator that an operation draws from: `generator`, or the default one for None. Its state is recorded."""
    generator = generator or default_generator()
    for states in _records.get():
        states.setdefault(generator, generator.bit_generator.state)
    return generator


@contextlib.contextmanager
def draws_recorded():
    """Yield a dict that gets {generator: its state before its first draw} of the operations inside this `with`."""
    states = {}
    token = _records.set((*_records.get(), states))
    try:
        yield states
    finally:
        _records.reset(token)


@contextlib.contextmanager
def draws_repeated(states):
    """Inside this `with`, the generators draw from their recorded states on; afterwards, from where they were before."""
    now = {generator: generator.bit_generator.state for generator in states}
    try:
        for generator, state in states.items():
            generator.bit_generator.state = state
        yield
    finally:
        for generator, state in now.items():
            generator.bit_generator.state = state
