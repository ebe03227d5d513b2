"""Numbers from bytes, which every weight format comes down to, and the error that every reader here raises.

Read stand_ins.py next.
"""

import errno
import math

import numpy as np

KINDS = {
    "float64": "<f8", "float32": "<f4", "float16": "<f2",
    "int64":   "<i8", "int32":   "<i4", "int16":   "<i2", "int8": "i1", "uint8": "u1", "bool": "?",
}  # fmt: skip
MAX_NAME = 1_000                                                 # characters in the name of an array


class Unreadable(ValueError):
    """What is wrong with a weights file, and what to do: the end of a sentence that starts with the file's name."""

    def __init__(self, reason, fix="use another copy"):
        super().__init__(f"{reason}; {fix}")


def elements(data, kind):
    """Little-endian bytes -> a one-dimensional array, a read-only view of them; bfloat16 becomes float32, exactly.

    kind: one of KINDS, or 'bfloat16'. Raises Unreadable for another kind and for an incomplete last element.
    """
    if kind != "bfloat16" and kind not in KINDS:
        raise Unreadable(f"holds numbers of the kind {kind}, expected {', '.join(KINDS)} or bfloat16", "save it as float32")
    dtype = np.dtype("<u2" if kind == "bfloat16" else KINDS[kind])
    if len(data) % dtype.itemsize:
        raise Unreadable(f"holds {len(data)} bytes of {kind}, expected a multiple of {dtype.itemsize}")
    array = np.frombuffer(data, dtype)
    if kind == "bfloat16":                                       # the upper half of a float32's bits
        array = (array.astype(np.uint32) << 16).view(np.float32)
    array.flags.writeable = False
    return array


def reshape(array, shape, name, order="C"):
    """`array` reshaped; Unreadable, naming the array, if the number of elements differs."""
    if len(shape) > 32 or any(type(length) is not int or length < 0 for length in shape):
        raise Unreadable(f"has an invalid shape for {name}")
    wanted = math.prod(shape)
    if wanted != array.size:
        raise Unreadable(f"has {array.size} numbers for {name}, expected {wanted} for the shape {tuple(shape)}")
    return array.reshape(shape, order=order)


def check_names(arrays):
    """Raise Unreadable for a name that an error message cannot quote: too long, or with control characters."""
    for name in arrays:
        if len(name) > MAX_NAME or not name.isprintable():
            raise Unreadable(f"has an array named {name[:60]!r}, expected at most {MAX_NAME} printable characters")


def is_about_path(error):
    """Whether an OSError is about a path rather than about an offset given in the file itself."""
    return isinstance(error, OSError) and error.errno != errno.EINVAL
