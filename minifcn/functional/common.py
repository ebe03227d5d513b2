"""Input checks shared by the operations of this folder; each raises an error of one sentence.

Nothing is computed here: start with conv.py. Read softmax.py next.
"""

import math

from ..kernels import FLOATS, device_of
from ..tensor import Tensor


def check_floats(op, x, name="input"):
    """x is a float32 or float64 tensor; TypeError, naming the operation and its argument, if not."""
    if not isinstance(x, Tensor):
        raise TypeError(f"{op}: {name} is {type(x).__name__}, expected a tensor; use minifcn.tensor")
    if x.dtype not in FLOATS:
        raise TypeError(f"{op}: {name} is {x.dtype}, expected float32 or float64; convert it with .to('float32')")


def check_images(op, input, axes=2):
    """`input` is a batch of images (N, C, H, W) or, with three axes, of volumes (N, C, D, H, W)."""
    check_floats(op, input)
    if input.ndim != axes + 2:
        expected = {2: "(N, C, H, W)", 3: "(N, C, D, H, W)"}[axes]
        advice = "; add a batch axis: input[None]" if input.ndim == axes + 1 else ""
        raise ValueError(f"{op}: input has shape {input.shape}, expected {expected}{advice}")
    check_pixels(op, input)


def check_pixels(op, input):
    """Every image has at least one pixel; the batch may be empty."""
    if 0 in input.shape[2:]:
        raise ValueError(f"{op}: input has shape {input.shape}, expected sizes of at least 1 after the channels")


def check_output(op, size, input_size, what, value):
    """Every output size is at least 1; `what`, a format for `value`, names the settings that determine it."""
    if min(size) < 1:
        raise ValueError(
            f"{op}: an input of size {tuple(input_size)} gives an output of size {tuple(size)} ({what.format(value)});"
            " expected at least 1 in each direction, so use a larger input or a smaller window"
        )


def check_one_device(op, input, **arrays):
    """The named arrays that are not None are on the device of `input`."""
    for name, array in arrays.items():
        if array is not None and device_of(array) != input.device:
            raise TypeError(
                f"{op}: {name} is on {device_of(array)!r} but input on {input.device!r}; move one with .to()"
            )


def check_choice(op, name, value, choices):
    """`value` is one of `choices`."""
    if value not in choices:
        raise ValueError(f"{op}: {name} is {value!r}, expected one of {', '.join(map(repr, choices))}")


def flat_pixels(x):
    """x (N, C, ...) as (N, C, P): the axes after the channels flattened into one, of length 1 if there are none."""
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:]))
