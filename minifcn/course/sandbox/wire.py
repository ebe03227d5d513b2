"""Plain data over a pipe, between the checker and the student's process: JSON for structure, raw bytes for arrays.

There is no pickle: whatever the other side sends, decoding it runs no code. Messages are validated as they are decoded,
so the result has only the types listed in `pack` and a size within the limits. What is not plain data is sent as the
name of its type. This file imports nothing of the package, since the student's process loads it alone. Read worker.py
next.
"""

import json
import math
import os
import re
import struct

import numpy as np

MAX_MESSAGE = 64 * 2**20  # bytes of one message
MAX_TEXT = 4 * 2**20  # bytes of its JSON part
MAX_ARRAY = 16 * 2**20  # bytes of an array; a larger one is reported only by its size
MAX_ITEMS = 100_000  # of all lists and dicts in a message together
DTYPE = re.compile(r"[<>|](?:b1|[iu][1248]|f(?:2|4|8|16)|c(?:8|16|32))")


class Other:
    """Stands for a value that is not plain data: a function, a Tensor, a generator."""

    def __init__(self, kind):
        self.kind = kind

    def __eq__(self, other):
        return isinstance(other, Other) and other.kind == self.kind

    __hash__ = None

    def __repr__(self):
        return f"<{self.kind}>"


# Writing --------------------------------------------------------------------------------------------------------------


def send(stream, value):
    """Write one message."""
    stream.write(encode(value))
    stream.flush()


def encode(value):
    """A message: its length, the length of the JSON part, the JSON, and the arrays' bytes one after another.

    Raises ValueError if the whole is too large.
    """
    arrays = Arrays()
    text = json.dumps(pack(value, arrays)).encode()
    body = b"".join([struct.pack("<Q", len(text)), text, *arrays])
    if len(text) > MAX_TEXT or len(body) > MAX_MESSAGE:
        raise ValueError(f"a value of {len(body)} bytes is too large to send")
    return struct.pack("<Q", len(body)) + body


class Arrays(list):
    """The bytes of the arrays in a message, and the number of items in its lists and dicts so far."""

    items = 0

    def has_room(self, value):
        """Count a list's or dict's items; False if there are too many."""
        self.items += len(value)
        return self.items <= MAX_ITEMS


def pack(value, arrays):
    """JSON's own types as they are; everything else as a list that begins with its kind."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, (list, tuple, dict)) and not arrays.has_room(value):
        return ["other", f"{type(value).__name__} of {len(value)} items"]
    if isinstance(value, (list, tuple)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return [kind, *(pack(item, arrays) for item in value)]
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return ["dict", *([key, pack(item, arrays)] for key, item in value.items())]
    if isinstance(value, np.ndarray) and value.nbytes > MAX_ARRAY:
        return ["other", f"array of {value.nbytes} bytes"]
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufc":
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        arrays.append(value.tobytes(order))
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return [kind, value.dtype.str, list(value.shape), order]
    return ["other", value.kind if isinstance(value, Other) else type(value).__name__]


# Reading --------------------------------------------------------------------------------------------------------------


def receive(stream):
    """Read one message. Raises EOFError if the other side is gone, ValueError if the message is malformed."""
    length = struct.unpack("<Q", read(stream, 8))[0]
    if length > MAX_MESSAGE:
        raise ValueError(f"a message of {length} bytes is too long")
    return decode(read(stream, length))


def decode(body):
    """The value of a message's body. Raises ValueError unless every part is as `encode` writes it."""
    try:
        (length,) = struct.unpack("<Q", body[:8])
        if length > MAX_TEXT:
            raise ValueError(f"not a message: {length} bytes of JSON")
        rest = Rest(memoryview(body)[8 + length :])
        value = unpack(json.loads(body[8 : 8 + length]), rest)
    except (struct.error, TypeError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"not a message: {error}") from None
    if rest.start != len(rest.data):
        raise ValueError(f"not a message: {len(rest.data) - rest.start} bytes too many")
    return value


class Rest:
    """The bytes of the arrays not read yet."""

    def __init__(self, data):
        self.data, self.start, self.items = data, 0, 0

    def take(self, count):
        self.start += count
        if self.start > len(self.data):
            raise ValueError("not a message: bytes are missing")
        return self.data[self.start - count : self.start]


def unpack(data, rest):
    """The inverse of `pack`."""
    if data is None or type(data) in (bool, int, float, str):
        return data
    if not isinstance(data, list) or not data or not isinstance(data[0], str):
        raise ValueError("not a message: an object, or a list without a kind")
    kind, *items = data
    rest.items += len(items) if kind in ("list", "tuple", "dict") else 0
    if rest.items > MAX_ITEMS:
        raise ValueError(f"not a message: more than {MAX_ITEMS} items")
    if kind in ("list", "tuple"):
        items = [unpack(item, rest) for item in items]
        return tuple(items) if kind == "tuple" else items
    if kind == "dict":
        return dict(pair(item, rest) for item in items)
    if kind in ("array", "scalar") and len(items) == 3:
        array = array_of(*items, rest)
        return array if kind == "array" else array[()]
    if kind == "other" and len(items) == 1 and isinstance(items[0], str):
        return Other(items[0][:200])
    raise ValueError(f"not a message: {kind[:50]!r} with {len(items)} items")


def pair(item, rest):
    """(key, value) of a dict's item."""
    if not isinstance(item, list) or len(item) != 2 or not isinstance(item[0], str):
        raise ValueError("not a message: a dict's item without a key")
    return item[0], unpack(item[1], rest)


def array_of(dtype, shape, order, rest):
    """A new array from the next bytes."""
    if not isinstance(dtype, str) or not DTYPE.fullmatch(dtype) or order not in ("C", "F"):
        raise ValueError(f"not a message: an array of {str(dtype)[:50]!r}")
    is_shape = isinstance(shape, list) and len(shape) <= 32 and all(type(n) is int and 0 <= n < 2**40 for n in shape)
    if not is_shape:
        raise ValueError(f"not a message: an array of shape {str(shape)[:50]}")
    dtype = np.dtype(dtype)
    data = rest.take(math.prod(shape) * dtype.itemsize)
    if not data:
        return np.empty(shape, dtype, order)
    return np.frombuffer(data, dtype).reshape(shape, order=order).copy(order="K")


def read(stream, count):
    """Exactly `count` bytes."""
    parts = []
    while count:
        part = stream.read(min(count, 2**20))
        if not part:
            raise EOFError("the other side has closed the pipe")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def detach_stream(descriptor, mode):
    """A private copy of a standard stream; the original is redirected to os.devnull, where print() does no harm."""
    stream = os.fdopen(os.dup(descriptor), mode)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
    return stream
