"""Reads a weights file from any source: {key: array}, whatever the format, which is detected from the content.

    .pth .pt        PyTorch's zip                     pth.py            torchvision's weights
    .safetensors    Hugging Face's                    here
    .npz            NumPy's zip of arrays             archive.py        this library's own
    .caffemodel     Caffe's protocol buffer           caffemodel.py     the authors' weights
    .h5             Keras's HDF5                      keras.py          HED's weights
    .pkl .ckpt      a pickle of NumPy arrays          unpickle.py       the packages of packages.py

No format can execute code. The keys are as in the file; wrapped.py and translate.py convert them to this library's.
Read names.py next.
"""

import functools
import os
import zipfile

import safetensors

from ..files import open_to_read, printable
from .archive import MAX_BYTES, check_entries, read_npz
from .caffemodel import read_caffemodel
from .elements import KINDS, Unreadable, check_names, elements, is_about_path, reshape
from .keras import MAGIC, read_keras
from .pth import is_program, read_pth
from .unpickle import read_pickle

LEGACY_PTH = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"   # PyTorch's magic number, as it pickled it
SAFETENSORS_KINDS = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "I64": "int64",   "I32": "int32",   "I16": "int16",   "I8":   "int8",   "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


def read_weights(path):
    """{key: array} from a weights file; the arrays may be read-only.

    Raises ValueError, in one sentence that starts with the path, for a missing file, an unknown format, a truncated or
    damaged file, more than 4 GB, an unknown dtype, or a pickle without arrays.
    """
    try:
        with open_to_read(path) as file:
            arrays = reader_for(file)(file)
        check_names(arrays)
        return arrays
    except Unreadable as error:
        raise ValueError(f"{path} {printable(str(error)[:500])}") from error
    except Exception as error:                                   # whatever else a reader raises on invalid bytes
        if is_about_path(error):
            raise ValueError(f"cannot read {path}: {error.strerror or error}; check the path") from error
        raise ValueError(f"{path} is cut, damaged, or holds other things than arrays; use another copy") from error


def reader_for(file):
    """The function that reads this open file, chosen by its first bytes."""
    size = os.fstat(file.fileno()).st_size
    start = file.read(len(LEGACY_PTH))
    file.seek(0)
    if size > MAX_BYTES:
        raise Unreadable(f"has {size} bytes, expected at most {MAX_BYTES} for weights")
    if start.startswith(b"PK\x03\x04"):
        return zip_reader_for(file, size)
    if start == LEGACY_PTH:
        raise Unreadable("is in PyTorch's format of before 1.6, expected a zip", "load it in PyTorch and save it again")
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") <= size - 8:
        return read_safetensors
    if start.startswith(MAGIC):
        return functools.partial(read_keras, size=size)
    if start[:1] == b"\x80":
        return read_pickle
    if start[:1] in (b"\x0a", b"\x12") or start[:2] == b"\xa2\x06":   # the fields name, layers, layer of a net
        return read_caffemodel
    formats = ".pth, .safetensors, .npz, .caffemodel, .h5 and a pickle of arrays"
    raise Unreadable(f"is none of {formats}, by its first bytes", "check the path")


def zip_reader_for(file, size):
    """read_pth, after checking the sizes in the zip; or read_numbers, which checks them itself."""
    with zipfile.ZipFile(file) as archive:
        is_pth = any(is_program(name) for name in archive.namelist())
        if is_pth and any("/code/" in name for name in archive.namelist()):
            fix = "load it with torch.jit.load and save its state_dict()"
            raise Unreadable("is a TorchScript program, expected weights", fix)
        if is_pth:
            check_entries(archive, size, size)                   # PyTorch does not compress
    file.seek(0)
    return read_pth if is_pth else read_numbers


def read_numbers(file):
    """{key: array} from an .npz file of numbers."""
    arrays = read_npz(file)
    for key, array in arrays.items():
        if array.dtype.name not in KINDS:
            wanted = ", ".join(KINDS)
            raise Unreadable(f"holds {key} of the dtype {array.dtype}, expected {wanted}", "save it as float32")
    return arrays


def read_safetensors(file):
    """{key: array} from a .safetensors file; bfloat16 becomes float32."""
    arrays = {}
    for key, tensor in safetensors.deserialize(file.read()):     # checks the header against the file
        kind = SAFETENSORS_KINDS.get(tensor["dtype"], tensor["dtype"])
        arrays[key] = reshape(elements(tensor["data"], kind), tensor["shape"], key)
    return arrays
