"""Reads zips of arrays within bounds: the sizes that a zip declares are first compared with the size of the file.

A few bytes of a compressed zip can expand to gigabytes of zeros. But real checkpoints compress well too: a new momentum
buffer is all zeros. A file may therefore hold ALLOWANCE bytes whatever its size, plus GROWTH times its size. Read
elements.py next.
"""

import math
import os
import zipfile

import numpy as np

from .elements import Unreadable

MAX_BYTES = 4 << 30                                              # the largest net here, VGG19, has 0.6 GB of weights
ALLOWANCE = 256 << 20                                            # a net of 64 million weights, all zero
GROWTH = 20                                                      # trained weights compress by a tenth
MAX_HEADER = 10_000                                              # NumPy's own limit; it parses 300 KB per second
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)             # NumPy's; zipfile reads the others without a limit


def check_entries(archive, size, limit):
    """Raise Unreadable unless the entries of an open zip can be read, one by one, within `limit` bytes in total.

    size: of the file, in which the entries must not overlap
    """
    entries = archive.infolist()
    total, packed = (sum(getattr(entry, name) for entry in entries) for name in ("file_size", "compress_size"))
    if total > limit:
        raise Unreadable(f"claims to hold {total} bytes, expected at most {limit}", "save it without compression")
    if packed > size:
        raise Unreadable(f"claims that its entries fill {packed} of its {size} bytes")
    if any(entry.compress_type not in METHODS for entry in entries):
        raise Unreadable("is compressed in a way that neither NumPy nor PyTorch uses", "save it again with one of them")


def npz_limit(size):
    """The bytes that an .npz file of this size may hold: never fewer than it can hold uncompressed."""
    return max(size, min(ALLOWANCE + GROWTH * size, MAX_BYTES))


def read_npz(file):
    """{name: array} from an open .npz file. Pickled objects are refused. ValueError or Unreadable if it is not one."""
    arrays, size = {}, os.fstat(file.fileno()).st_size
    letters = MAX_HEADER + size                                  # compressed or not, an entry is longer than its header
    with zipfile.ZipFile(file) as archive:
        check_entries(archive, size, npz_limit(size))
        for entry in archive.infolist():
            name = entry.filename.removesuffix(".npy")
            if name in arrays:
                raise Unreadable(f"is cut, damaged, or made up: two of its arrays are named {name}")
            letters -= check_header(archive, entry, name)
            if letters < 0:
                raise Unreadable("has longer headers than a file of its length can need, and was not read further")
            with archive.open(entry) as stream:
                arrays[name] = array = np.lib.format.read_array(stream, allow_pickle=False)
                if stream.read():                                # zipfile checks the CRC only at the end
                    raise Unreadable(f"holds more numbers for {name} than its shape {array.shape} has")
    return arrays


def check_header(archive, entry, name):
    """The length of an .npy file's header. ValueError unless its shape and dtype account for the length of the file.

    Otherwise a shape alone could request any amount of memory.
    """
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    with archive.open(entry) as stream:
        shape, _, dtype = readers[np.lib.format.read_magic(stream)](stream)
        start = stream.tell()
    if dtype.hasobject:                                          # pickled: read_array refuses it
        return start
    held = entry.file_size - start
    wanted = math.prod(shape) * dtype.itemsize
    if held < wanted or dtype.kind not in "biufcU" or dtype.itemsize == 0:
        raise ValueError(f"{name} of the dtype {dtype} holds {held} bytes, not {wanted}")
    return start
