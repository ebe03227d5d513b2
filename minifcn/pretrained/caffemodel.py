"""Reads Caffe's .caffemodel files: the weights that the paper's authors, and many others of its time, released.

Such a file is a protocol buffer: a sequence of fields, each a tag with the field number and wire type, followed by the
value; a nested message is a field that holds bytes. Reading weights takes neither all of Caffe's definitions nor code
generated from them: fourteen field numbers (BVLC/caffe, src/caffe/proto/caffe.proto) are enough, and every other field
is skipped. Source: protobuf.dev/programming-guides/encoding. Read keras.py next.
"""

from itertools import count, islice

from .elements import Unreadable, elements, reshape

# field numbers           NetParameter
LAYERS, LAYER = 2, 100                                           # V1LayerParameter (until 2014), LayerParameter
NAME  = {LAYERS: 4, LAYER: 1}                                    # in either of them
BLOBS = {LAYERS: 6, LAYER: 7}
#                         BlobProto
OLD_SHAPE = (1, 2, 3, 4)                                         # num, channels, height, width (until 2014)
DATA, SHAPE, DOUBLE_DATA = 5, 7, 8
DIM = 1                 # BlobShape

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5                     # wire types: the encodings of a value
MAX_FIELDS = 1_000_000                                           # in a whole file: thousands of layers have fewer
PARAMETERS = ("weight", "bias", "blob2", "blob3", "blob4")       # the names of a layer's blobs, in order


def read_caffemodel(file):
    """{"conv1.weight": array, "conv1.bias": array, ...}: the blobs of all layers that have any. Read-only arrays.

    Shapes are as in the file: a fully connected layer's weight is (out, in), or (1, 1, out, in) in old files.
    Raises Unreadable for a truncated or damaged file, no layer with blobs, a repeated layer name, or a million fields.
    """
    arrays, counter = {}, count()
    for number, kind, value in fields(memoryview(file.read()), counter):
        if number not in (LAYERS, LAYER) or kind != BYTES:
            continue
        name = next((bytes(v).decode() for v in select_fields(value, NAME[number], (BYTES,), counter)), "")
        for parameter, blob in zip(PARAMETERS, select_fields(value, BLOBS[number], (BYTES,), counter)):
            key = f"{name}.{parameter}"
            if key in arrays:
                raise Unreadable(f"has two layers named {name}")
            arrays[key] = read_blob(blob, key, counter)
    if not arrays:
        raise Unreadable("has no layer with weights, or is of Caffe's first year")
    return arrays


def read_blob(blob, key, counter):
    """A BlobProto as an array: float32, or float64 if saved as such. `key` is its name, for errors."""
    for number, kind, width in ((DATA, "float32", FIXED32), (DOUBLE_DATA, "float64", FIXED64)):
        pieces = select_fields(blob, number, (BYTES, width), counter)    # one piece with all numbers, or one per number
        first = next(pieces, None)
        if first is not None:
            rest = join_pieces(pieces)
            array = elements(bytes(first) + rest if rest else first, kind)
            return reshape(array, shape_of(blob, array.size, counter), key)
    raise Unreadable(f"has no numbers for {key}")


def shape_of(blob, size, counter):
    """BlobShape's dims, or the four numbers of the old form; without either, one axis of `size`."""
    for shape in select_fields(blob, SHAPE, (BYTES,), counter):
        dims = (d for v in select_fields(shape, DIM, (BYTES, VARINT), counter) for d in ([v] if type(v) is int else varints(v)))
        return list(islice(dims, 33))                            # an array has at most 32
    old = {n: v for n, k, v in fields(blob, counter) if n in OLD_SHAPE and k == VARINT}
    return [old.get(n, 0) for n in OLD_SHAPE] if old else [size]


# The encoding ---------------------------------------------------------------------------------------------------------


def fields(message, counter):
    """(field number, wire type, value) for each field of a message, a memoryview; a value is an int or a memoryview.

    counter: counts the fields of the whole file; a file of empty fields, two bytes each, would take hours
    """
    at = 0
    while at < len(message):
        if next(counter) == MAX_FIELDS:
            raise Unreadable(f"has more than {MAX_FIELDS} fields, expected a few for each layer")
        tag, at = varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = varint(message, at)
        elif kind in (FIXED64, BYTES, FIXED32):
            length, at = varint(message, at) if kind == BYTES else (8 if kind == FIXED64 else 4, at)
            value, at = message[at : at + length], at + length
        else:
            raise Unreadable(f"has a field of the wire type {kind}, expected 0, 1, 2 or 5; it is damaged")
        if at > len(message):
            raise Unreadable(f"ends {at - len(message)} bytes too early; it was cut")
        yield number, kind, value


def select_fields(message, number, kinds, counter):
    """The values of the fields with this number and one of these wire types."""
    return (value for n, kind, value in fields(message, counter) if n == number and kind in kinds)


def join_pieces(pieces):
    """The concatenated bytes of all pieces; bytes.join would first store each piece as an object of 200 bytes."""
    row = bytearray()
    for piece in pieces:
        row += piece
    return row


def varint(message, at):
    """(the number that starts at byte `at`, the byte after it): seven bits per byte, least significant first."""
    value = 0
    for i in range(10):
        if at + i >= len(message):
            raise Unreadable("ends in the middle of a number; it was cut")
        byte = message[at + i]
        value |= (byte & 127) << 7 * i
        if byte < 128:
            return value, at + i + 1
    raise Unreadable("has a number of more than ten bytes; it is damaged")


def varints(message):
    """All numbers of a packed field, in order."""
    at = 0
    while at < len(message):
        value, at = varint(message, at)
        yield value
