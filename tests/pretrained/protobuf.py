"""Writes small .caffemodel files: the least of protocol buffers that the tests of the reader need."""

import struct

import numpy as np


def varint(value):
    """A number, seven bits a byte, the lowest first; a negative one as Caffe's int64, in ten bytes."""
    value %= 1 << 64
    groups = []
    while True:
        value, low = value >> 7, value & 127
        groups.append(low | 128 if value else low)
        if not value:
            return bytes(groups)


def field(number, value):
    """A field: an int as a varint, bytes or text with their length, a float as four bytes."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def blob(array, form="packed"):
    """A BlobProto. form: 'packed' floats, 'single' floats, one field each, or 'double'."""
    shape = field(7, field(1, b"".join(varint(n) for n in array.shape)))
    if form == "double":
        return shape + field(8, array.astype("<f8").tobytes())
    if form == "single":
        return b"".join(field(5, float(v)) for v in array.ravel()) + shape
    return field(5, array.astype("<f4").tobytes()) + shape


def old_blob(array):
    """A BlobProto of before 2014: num, channels, height, width, ones in front; each float a field of its own."""
    shape = (1,) * (4 - array.ndim) + array.shape
    return b"".join(field(i, n) for i, n in enumerate(shape, start=1)) + field(5, array.astype("<f4").tobytes())


def layer(name, *blobs, kind="Convolution", more=b""):
    """A field `layer` of a NetParameter."""
    return field(100, field(1, name) + field(2, kind) + more + b"".join(field(7, b) for b in blobs))


def old_layer(name, *blobs, kind=4):
    """A field `layers` of a NetParameter: V1LayerParameter, whose type is a number."""
    return field(2, field(2, "below") + field(3, name) + field(4, name) + field(5, kind)
                 + b"".join(field(6, b) for b in blobs))


def net(*layers, name="net"):
    return field(1, name) + b"".join(layers)


def caffemodel(arrays, write_layer=layer, write_blob=blob):
    """A file of {"conv1.weight": array, "conv1.bias": array, ...}; a bias follows its weight."""
    blobs = {}
    for key, array in arrays.items():
        blobs.setdefault(key.rpartition(".")[0], []).append(write_blob(np.asarray(array)))
    return net(*(write_layer(name, *parts) for name, parts in blobs.items()))
