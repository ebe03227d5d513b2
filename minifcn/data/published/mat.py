"""Arrays out of MATLAB files, version 5 (what MATLAB saves by default), without SciPy's loadmat.

loadmat reads whatever a file holds, and cells in cells in cells end the process with a full stack. Here only the
variable that was asked for is read, and at most one field of it; everything else is skipped by its length.

A file is a header of 128 bytes and then elements: a type, a length, and so many bytes. An array is an element of
elements (flags, dimensions, name, numbers), usually compressed. The format is described in MathWorks' "MAT-File
Format". Read camvid.py next.
"""

import math
import os
import struct
import zlib

import numpy as np

from ...files import printable, read_regular

LARGEST = 2**27                                                               # bytes of a file, and of an array
HEADER = 128
MATRIX, COMPRESSED = 14, 15                                                   # types of elements
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
STRUCT, NUMERIC = 2, range(6, 16)                                             # classes of arrays


def read_mat(path, name, field=None):
    """A numeric variable of a MATLAB file, or a field of a 1 x 1 struct, as an array in MATLAB's dimensions.

    read_mat("2008_000002.mat", "GTcls", "Segmentation") -> uint8 (H, W)
    The dtype is that of the file, in which whole numbers saved as double are often uint8. Raises ValueError if the file
    cannot be read, is of another version, is damaged, or has no such numbers.
    """
    return _reading(path, f"{name}.{field}" if field else name, lambda content, order: _find(content, order, name, field))


def list_mat(path):
    """{name: (class, dimensions)} of the variables of a MATLAB file, whose numbers are not read. ValueError as read_mat()."""
    return _reading(path, "variables", lambda content, order: {
        found[0]: found[1:3] for kind, body in _elements(content, order) if (found := _head(kind, body, order))
    })  # fmt: skip


def _reading(path, what, read):
    """read(the elements of a file, its byte order); all that this raises becomes a ValueError about the file."""
    try:
        content = memoryview(read_regular(os.path.realpath(path), LARGEST))
        if bytes(content[:4]) == b"\x89HDF" or b"MATLAB 7.3" in bytes(content[:20]):
            raise ValueError('it is of version 7.3; save it again with save(..., "-v7")')
        order = {b"IM": "<", b"MI": ">"}.get(bytes(content[HEADER - 2:HEADER]))
        if order is None:
            raise ValueError("it is not a MATLAB file of version 5")
        return read(content[HEADER:], order)
    except (OSError, ValueError, KeyError, StopIteration, struct.error, zlib.error) as error:
        reason = getattr(error, "strerror", None) or (error if isinstance(error, OSError | ValueError) else "it is damaged")
        raise ValueError(f"cannot read {what} in {printable(path)}: {reason}") from error


def _find(content, order, name, field):
    for kind, body in _elements(content, order):
        found = _head(kind, body, order)
        if found is None or found[0] != name:
            continue
        if kind == COMPRESSED:
            whole = _inflate(body, LARGEST)
            if len(whole) == LARGEST:
                raise ValueError(f"it holds more than {LARGEST:,} bytes, which no label map needs")
            found = _open(next(_elements(whole, order))[1], order)
        return _numbers(*(_field(found, order, field) if field else found)[1:], order)
    raise ValueError(f"it has no variable {name}")


def _head(kind, body, order):
    """What _open() returns of an array, of a compressed one only its beginning; None for other elements."""
    if kind == COMPRESSED:
        return _open(_inflate(body, 1024)[8:], order)                         # that much holds the name
    return _open(body, order) if kind == MATRIX else None


def _elements(content, order):
    """Yield (type, content) of the elements in some bytes; ValueError if the last one is cut off."""
    at = 0
    while at < len(content):
        kind, length = struct.unpack_from(order + "II", content, at)
        begin, after = at + 8, at + 8 + length
        if kind >> 16:                                                        # at most four bytes, within the tag
            kind, length, begin, after = kind & 0xFFFF, min(kind >> 16, 4), at + 4, at + 8
        if begin + length > len(content):
            raise ValueError("it ends too early")
        yield kind, content[begin:begin + length]
        at = after if kind == COMPRESSED else after + -after % 8              # others fill up to eight bytes


def _inflate(content, most):
    """Up to `most` bytes of compressed content."""
    return memoryview(zlib.decompressobj().decompress(content, most))


def _open(body, order):
    """(name, class, dimensions, the elements that follow) of an array."""
    parts = _elements(body, order)
    (_, flags), (_, dimensions), (_, name) = next(parts), next(parts), next(parts)
    return bytes(name).decode("ascii", "replace"), struct.unpack(order + "I", flags[:4])[0] & 0xFF, \
        np.frombuffer(dimensions, order + "i4").tolist(), parts


def _field(found, order, field):
    """The array in a field of a struct, as _open() returns it."""
    name, kind, dimensions, parts = found
    if kind != STRUCT or math.prod(dimensions) != 1:
        raise ValueError(f"{name} is not one struct")
    length = struct.unpack(order + "i", next(parts)[1])[0]
    names = bytes(next(parts)[1])
    fields = [names[at:at + length].split(b"\0")[0].decode("ascii", "replace") for at in range(0, len(names), max(1, length))]
    if field not in fields:
        raise ValueError(f"{name} has no field {field}")
    for _ in range(fields.index(field)):
        next(parts)
    return _open(next(parts)[1], order)


def _numbers(kind, dimensions, parts, order):
    if kind not in NUMERIC:
        raise ValueError("it is no array of numbers")
    kind, content = next(parts)
    values = np.frombuffer(content, order + NUMBERS[kind])
    if math.prod(dimensions) != values.size or min(dimensions) < 0:
        raise ValueError(f"it has {values.size:,} numbers for the dimensions {' x '.join(map(str, dimensions))}")
    return values.reshape(dimensions, order="F")
