"""Reads PyTorch's .pth and .pt files without PyTorch, and without running the pickle inside.

Since PyTorch 1.6 such a file is a zip: data.pkl describes the tensors, and data/0, data/1, ... hold their elements as
raw bytes. A tensor is a view of one of these: an offset, a size and strides. Read caffemodel.py next.
"""

import math
import zipfile

from numpy.lib.stride_tricks import as_strided

from .elements import Unreadable, elements
from .stand_ins import NUMPY_NAMES
from .tree import named_arrays
from .unpickle import unpickle

STORAGES = {
    "Double":  "float64",
    "Float":   "float32",
    "Half":    "float16",
    "BFloat16": "bfloat16",
    "Long":    "int64",
    "Int":     "int32",
    "Short":   "int16",
    "Char":    "int8",
    "Byte":    "uint8",
    "Bool":    "bool",
}  # fmt: skip
TENSORS_ALONE = "save model.state_dict() alone, with tensors of float32"


def read_pth(file):
    """{key: array} from a file of torch.save(): a state dict, one nested in dicts and lists, or a whole module.

    The arrays are read-only; bfloat16 becomes float32. Anything but tensors and arrays is listed in its `others`.
    Raises Unreadable for no tensors, tensors of dtypes other than STORAGES, missing data, ...
    """
    with zipfile.ZipFile(file) as archive:
        folder = next(name for name in archive.namelist() if is_program(name)).removesuffix("data.pkl")
        if f"{folder}byteorder" in archive.namelist() and archive.read(f"{folder}byteorder") != b"little":
            raise Unreadable("was written by a big-endian machine", "save it again on another")
        program = archive.read(f"{folder}data.pkl")
        return named_arrays(unpickle(program, NAMES, storage_reader(archive, folder), TENSORS_ALONE), len(program))


def is_program(name):
    """Whether an entry of the zip is PyTorch's data.pkl, which is in a folder with the file's name."""
    return name == "data.pkl" or name.endswith("/data.pkl")


class Storage:
    """The elements of data/`key`, one-dimensional: every tensor is a view of a storage."""

    def __init__(self, numbers, kind, key, length):
        if numbers.size != length:
            raise Unreadable(f"has {numbers.size} numbers in data/{key}, expected {length}")
        self.numbers, self.kind = numbers, kind


def storage_reader(archive, folder):
    """A function from PyTorch's ('storage', type, key, device, length) to the Storage, which it caches."""
    storages = {}

    def read(identity):
        _, kind, key, _, length = identity
        if type(kind) is not str or type(key) is not str or type(length) is not int:
            raise Unreadable("asks for numbers by something other than a kind, a name and a length")
        if key not in storages:
            storages[key] = Storage(elements(archive.read(f"{folder}data/{key}"), kind), kind, key, length)
        if storages[key].kind != kind:
            raise Unreadable(f"asks for the numbers in data/{key} as {kind} and as {storages[key].kind}")
        return storages[key]

    return read


def rebuild_tensor(storage, offset, size, stride, *_):
    """torch._utils._rebuild_tensor_v2: element (i, j, ...) is the number  offset + i stride_0 + j stride_1 ...

    A tensor with more elements than its storage (torch.expand) is refused: materialised, it could fill any memory.
    """
    if type(size) is not tuple or type(stride) is not tuple:
        raise Unreadable("has a tensor whose size and strides are not tuples")
    if not len(size) == len(stride) < 32 or any(type(n) is not int or n < 0 for n in (offset, *size, *stride)):
        raise Unreadable("has a tensor whose offset, size and strides make no window")
    numbers, count = storage.numbers, math.prod(size)
    last = offset + sum((n - 1) * s for n, s in zip(size, stride))
    if count > numbers.size or count and last >= numbers.size:
        raise Unreadable(f"has a tensor of the size {size} that does not fit in its {numbers.size} numbers",
                         "save tensor.contiguous() where it was expanded")
    if count == 0:
        return numbers[:0].reshape(size)
    return as_strided(numbers[offset:], size, [s * numbers.itemsize for s in stride], writeable=False)


def rebuild_parameter(tensor, *_):
    """torch._utils._rebuild_parameter: a Parameter becomes a tensor."""
    return tensor


def rebuild_subclass(function, kind, arguments, *_):
    """torch._tensor._rebuild_from_type_v2: a tensor with attributes or of a subclass becomes a tensor."""
    if function not in (rebuild_tensor, rebuild_parameter) or type(arguments) is not tuple or len(arguments) > 16:
        raise Unreadable("has a tensor made by a function that is not one of PyTorch's for it")
    return function(*arguments)


def size_of(numbers=()):
    """torch.Size becomes a tuple."""
    return numbers


NAMES = NUMPY_NAMES | {
    "torch Size": size_of,
    "torch._utils _rebuild_tensor": rebuild_tensor,
    "torch._utils _rebuild_tensor_v2": rebuild_tensor,
    "torch._utils _rebuild_parameter": rebuild_parameter,
    "torch._utils _rebuild_parameter_with_state": rebuild_parameter,
    "torch._tensor _rebuild_from_type_v2": rebuild_subclass,
    **{f"torch {name}Storage": kind for name, kind in STORAGES.items()},
}
