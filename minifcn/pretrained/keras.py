"""Reads the weights that Keras saves as .h5 or .weights.h5: an HDF5 file, a tree of folders with arrays in them.

h5py reads it, an extra, since only HED's weights come in this format. Read read.py next.
"""

from ..extras import INSTALL, installed
from .elements import KINDS, Unreadable
from .tree import MAX_ITEMS

MAGIC = b"\x89HDF\r\n\x1a\n"


def read_keras(file, size):
    """{"block1.layers.conv2d.vars.0": array} from an open HDF5 file of `size` bytes; Keras stores convolutions as HWIO.

    Links are not followed, not even to other files. Raises Unreadable without h5py, for numbers that are compressed or
    in another file, for arrays of other dtypes than KINDS, for more bytes than the file has, and for no arrays.
    """
    if not installed("h5py"):
        raise Unreadable("is an HDF5 file, which only h5py reads", f"run: {INSTALL['hdf5']}")
    import h5py

    arrays = {}

    def visit(path, item):                                       # a link has no item, and is never visited
        nonlocal size
        if not isinstance(item, h5py.Dataset):
            return
        name = path.replace("/", ".")
        if item.external or item.is_virtual or item.chunks:
            raise Unreadable(f"holds {name} in pieces, or in another file", "save it uncompressed, in one file")
        if item.dtype.name not in KINDS:
            raise Unreadable(f"holds {name} of the dtype {item.dtype}, expected {', '.join(KINDS)}", "save it as float32")
        size -= item.nbytes
        if size < 0 or len(arrays) == MAX_ITEMS or name in arrays:
            raise Unreadable("claims to hold more arrays than a file of its size can")
        arrays[name] = item[...]

    try:
        with h5py.File(file, "r") as content:
            content.visititems(visit)
    except OSError as error:                                     # about the file's content: it is already open
        raise Unreadable("is cut or damaged") from error
    if not arrays:
        raise Unreadable("holds no arrays")
    return arrays
