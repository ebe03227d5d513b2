"""The stand-ins that unpickle.py's pickle machine creates instead of the objects that a pickle requests.

NumPy arrays and dicts have stand-ins that hold their contents. Any other class is only a name: it is never imported,
and its objects become a Foreign, which keeps their state and does nothing. Read unpickle.py next.
"""

import numpy as np

from .elements import Unreadable, reshape

NUMBERS = ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1")


class PickledDict:
    """Stands in for a dict: its (key, value) pairs, in order. No key is hashed or compared, so none can be slow."""

    def __init__(self):
        self.pairs = []

    def items(self):
        return self.pairs


def default_dict(factory=None):
    """collections.defaultdict(factory), filled afterwards."""
    return PickledDict()


def ordered_dict():
    """collections.OrderedDict(), filled afterwards."""
    return PickledDict()


class Unknown:
    """A class or function that is not in the table: only its name, 'module.name'."""

    def __init__(self, name):
        self.name = name


class Foreign(PickledDict):
    """An object of an Unknown class: its name, and the state and items that the pickle gives it."""

    def __init__(self, name):
        super().__init__()
        self.name, self.state = name, None

    def items(self):
        """The items of a dict's subclass; of a PyTorch module, its parameters, its buffers and the modules inside."""
        parts = dict.fromkeys(("_parameters", "_buffers", "_modules"), ())
        for key, value in self.state.pairs if type(self.state) is PickledDict else ():
            if type(key) is str and key in parts and type(value) is PickledDict:
                parts[key] = value.pairs
        return [*self.pairs, *(pair for pairs in parts.values() for pair in pairs)]


class PickledType:
    """Stands in for numpy.dtype('f4', False, True); build() sets the byte order. dtype is None if not numeric."""

    def __init__(self, code, *_):
        self.dtype = np.dtype(code) if code in NUMBERS else None

    def build(self, version, order, *_):
        if self.dtype is not None:
            self.dtype = self.dtype.newbyteorder(order)


class PickledArray:
    """Stands in for the result of NumPy's _reconstruct: an array whose shape, dtype and bytes build() sets."""

    def __init__(self, *_):
        self.array = None

    def build(self, version, shape, kind, is_fortran, data):
        if kind.dtype is None:                                   # text, objects, records: not weights
            return
        if type(shape) is not tuple:
            raise Unreadable("has an array whose shape is not a tuple")
        array = np.frombuffer(data, kind.dtype)
        array.flags.writeable = False                            # data is a bytearray in protocol 5
        self.array = reshape(array, shape, "an array", "F" if is_fortran else "C")


def frombuffer(data, kind, shape, order):
    """numpy._core.numeric._frombuffer, which protocol 5 uses: the whole array in one call."""
    array = PickledArray()
    array.build(1, shape, kind, order == "F", data)
    return array


def encode(text, encoding):
    """_codecs.encode: protocol 2, which has no bytes, writes them as text, one character per byte."""
    if encoding != "latin1":
        raise Unreadable(f"encodes bytes as {str(encoding)[:20]!r}, expected 'latin1'")
    return text.encode("latin1")


DICTS = {"collections OrderedDict": ordered_dict, "collections defaultdict": default_dict}
NUMPY_NAMES = DICTS | {
    "numpy.core.multiarray _reconstruct": PickledArray,
    "numpy._core.multiarray _reconstruct": PickledArray,         # since NumPy 2
    "numpy.core.numeric _frombuffer": frombuffer,
    "numpy._core.numeric _frombuffer": frombuffer,
    "numpy ndarray": "ndarray",                                  # only ever passed to _reconstruct
    "numpy dtype": PickledType,
    "_codecs encode": encode,
}
