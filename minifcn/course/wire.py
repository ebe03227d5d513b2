"""Plain data over a pipe, between the check and the student's process: JSON for structure, raw bytes for arrays.

No pickle: whatever the other side sends, reading it runs no code. What is not plain data travels as its type's name.
This file stands alone, since the student's process loads it without the rest of the package. Read worker.py next.
"""

import json
import struct

import numpy as np

LARGEST = 256 * 2**20  # bytes of one message


class Other:
    """Stands for a value that is not plain data: a function, a Tensor, a generator."""

    def __init__(self, kind):
        self.kind = kind

    def __eq__(self, other):
        return isinstance(other, Other) and other.kind == self.kind

    __hash__ = None

    def __repr__(self):
        return f"<{self.kind}>"


def send(stream, value):
    """Write one message."""
    stream.write(encode(value))
    stream.flush()


def receive(stream):
    """Read one message. Raises EOFError when the other side is gone, ValueError when it talks nonsense."""
    length = struct.unpack("<Q", read(stream, 8))[0]
    if length > LARGEST:
        raise ValueError(f"a message of {length} bytes is too long")
    return decode(read(stream, length))


def encode(value):
    """A message: its length, the length of its JSON part, the JSON, the arrays' bytes one after another."""
    arrays = []
    text = json.dumps(pack(value, arrays)).encode()
    body = b"".join([struct.pack("<Q", len(text)), text, *arrays])
    return struct.pack("<Q", len(body)) + body


def decode(body):
    """The value of a message's body."""
    try:
        (length,) = struct.unpack("<Q", body[:8])
        return unpack(json.loads(body[8 : 8 + length]), memoryview(body)[8 + length :], [0])
    except (struct.error, TypeError, KeyError, IndexError, RecursionError, UnicodeDecodeError) as error:
        raise ValueError(f"not a message: {error}") from None


def pack(value, arrays):
    """JSON's own types as they are; everything else as a list that begins with the name of its kind."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, (list, tuple)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return [kind, *(pack(item, arrays) for item in value)]
    if isinstance(value, dict) and all(type(key) is str for key in value):
        return ["dict", *([key, pack(item, arrays)] for key, item in value.items())]
    if isinstance(value, np.ndarray) and value.nbytes > LARGEST // 4:
        return ["other", f"array of {value.nbytes} bytes"]
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind in "biufc":
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        arrays.append(value.tobytes(order))
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        return [kind, value.dtype.str, list(value.shape), order]
    return ["other", type(value).__name__]


def unpack(data, rest, position):
    """The way back; `position` is where in the bytes the next array begins."""
    if not isinstance(data, list):
        return data
    kind, *items = data
    if kind in ("array", "scalar"):
        dtype, shape, order = items
        dtype, count = np.dtype(dtype), int(np.prod(shape, dtype=np.int64))
        if dtype.kind not in "biufc":
            raise ValueError(f"not a message: dtype {dtype}")
        start, position[0] = position[0], position[0] + count * dtype.itemsize
        array = np.frombuffer(rest[start : position[0]], dtype, count).reshape(shape, order=order)
        return array.copy(order="K") if kind == "array" else array[()]
    if kind == "dict":
        return {key: unpack(item, rest, position) for key, item in items}
    if kind == "other":
        return Other(str(items[0]))
    items = [unpack(item, rest, position) for item in items]
    return tuple(items) if kind == "tuple" else items


def read(stream, count):
    """Exactly `count` bytes."""
    parts = []
    while count:
        part = stream.read(count)
        if not part:
            raise EOFError("the other side has closed the pipe")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
