"""Type promotion: the dtype of each operation, by PyTorch's rules, and the dtypes that are refused.

NumPy's rules differ: there, int64 and float32 give float64. Arrays and numbers in, arrays out. Read ../random.py next.
"""

import numbers

import numpy as np

from ..function import broadcast_shape
from ..kernels import FLOATS, array_module, device_of

KIND = {"b": 0, "u": 1, "i": 1, "f": 2}  # by NumPy's letters: bool < integer < floating point
BOOL, INT64 = np.dtype(bool), np.dtype(np.int64)


def new_array(data, dtype=None):
    """`data`, an array, a number or nested lists, copied to an array; Python floats become float32, as in PyTorch."""
    if not hasattr(data, "dtype"):
        try:
            data = np.array(data)
        except ValueError:
            raise ValueError("tensor: the nested lists have rows of different lengths") from None
        if data.dtype == np.float64:
            data = data.astype(dtype or np.float32)
    array = array_module(data).array(data, dtype=dtype)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)  # data from a file may have the other byte order
    check_dtype("tensor", array.dtype)
    return array


def as_array(data):
    """An array unchanged, a NumPy number as an array of no axes; TypeError for anything else."""
    if isinstance(data, np.generic):
        return np.asarray(data)
    if not is_array(data):
        raise TypeError(f"Tensor: data is {type(data).__name__}, expected an array; minifcn.tensor takes numbers and lists")
    return data


def promote(function, *operands, floating=False):
    """`operands`, arrays and numbers, as arrays of their common dtype; one that already has it is returned unchanged.

    floating: integers and bools become float32, as for division. Arrays of two floating dtypes are left alone, for
    `check_alike` to refuse. TypeError, naming the Function, for anything but numbers and arrays of them.
    """
    first = operands[0]
    if all(is_array(x) and x.dtype == first.dtype for x in operands) and (first.dtype in FLOATS or not floating):
        return operands
    for x in operands:
        if not is_number(x) and not (is_array(x) and x.dtype.kind in KIND):
            found = f"an array of {x.dtype}" if is_array(x) else type(x).__name__
            raise TypeError(f"{function.name()}: found {found}, expected a tensor, an array or a number")
    dtype = common_dtype(*operands, 1.0) if floating else common_dtype(*operands)
    xp = array_module(next(x for x in operands if is_array(x)))
    return [convert(x, dtype, xp) for x in operands]


def convert(x, dtype, xp):
    """An operand as an array of `dtype`; a number too large for an integer type wraps around, as in PyTorch."""
    if is_number(x):
        return xp.asarray(np.asarray(x).astype(dtype))
    return x if x.dtype.kind == "f" else x.astype(dtype, copy=False)


def common_dtype(*operands):
    """The dtype in which an operation on `operands`, arrays and numbers, is computed.

    The highest kind decides: bool < integer < floating point. Within it, arrays with axes outrank 0-d arrays, which
    outrank numbers; among equals, the widest wins. A number can therefore raise a tensor's kind, but never widen it:

        bool * int64 -> int64    int64 * float32 -> float32    uint8 + 300 -> uint8, mod 256    int64 + 2.5 -> float32

    TypeError for uint64 with a signed integer: NumPy promotes them to float64, which rounds both.
    Source: torch.result_type.
    """
    ranks = [precedence(x) for x in operands]
    highest = max(ranks)
    deciding = [dtype_of(x) for x, r in zip(operands, ranks) if r == highest]
    dtype = deciding[0] if len(deciding) == 1 else np.result_type(*deciding)
    if KIND.get(dtype.kind, 3) > highest[0]:
        signed = next(d for d in deciding if d.kind == "i")
        raise TypeError(
            f"dtype: found uint64 and {signed}, which have no common integer type; convert one with .to('int64') or"
            " .to('uint64')"
        )
    return dtype


def precedence(x):
    """An operand's precedence: its kind, then 2 for an array with axes, 1 for a 0-d array, 0 for a number."""
    if is_array(x):
        return KIND.get(x.dtype.kind, 3), 2 if x.ndim else 1
    return KIND[dtype_of(x).kind], 0


def dtype_of(x):
    """The dtype of an array, or the default dtype of a number: bool, int64 or float32."""
    if is_array(x):
        return x.dtype
    return BOOL if isinstance(x, (bool, np.bool_)) else INT64 if isinstance(x, (int, numbers.Integral)) else FLOATS[0]


def compare(name, relation, x, other):
    """relation(x, other) elementwise, a bool array; NotImplemented if `other` is not a number or an array.

    Values are compared exactly, whatever their dtypes: nothing is rounded, and 300 exceeds every uint8.
    """
    if is_number(other):
        other = other.item() if isinstance(other, np.generic) else other  # a NumPy scalar would widen x
    elif is_array(other) or isinstance(other, (tuple, list)):
        broadcast_shape(name, x.shape, np.shape(other))
    else:
        return NotImplemented
    return array_module(x).asarray(relation(x, other))


def check_alike(function, arrays):
    """All `arrays` have one dtype and are on one device; TypeError, naming the Function, if not."""
    first = arrays[0]
    if any(x.dtype != first.dtype for x in arrays[1:]):
        found = sorted({str(x.dtype) for x in arrays})
        widest = common_dtype(*(np.empty(1, x.dtype) for x in arrays))
        raise TypeError(f"{function.name()}: inputs are {' and '.join(found)}; convert one with .to('{widest}')")
    if any(type(x) is not type(first) for x in arrays[1:]) and len({device_of(x) for x in arrays}) > 1:
        raise TypeError(f"{function.name()}: inputs are on 'cpu' and 'cuda'; move one with .to('cpu') or .to('cuda')")


def refuse_bools(name, *operands):
    """TypeError if an operand is an array of bools, which PyTorch refuses too."""
    if any(is_array(x) and x.dtype == bool for x in operands):
        raise TypeError(
            f"{name}: found a tensor of bool, expected numbers; convert it with .to('int64') or .to('float32')"
        )


def check_power(a, b):
    """ValueError for an integer raised to a negative power. a, b: arrays or numbers, before promotion."""
    if common_dtype(a, b).kind in "iu" and (is_number(b) or device_of(b) == "cpu") and np.any(np.less(b, 0)):
        raise ValueError(
            "pow: found an integer raised to a negative power, expected at least 0; convert it with .to('float32')"
        )


def dtype_named(name, target):
    """The dtype that `target` ('float32', np.int64, ...) names; TypeError or ValueError if no tensor can have it."""
    try:
        dtype = np.dtype("no dtype" if target is None else target)  # NumPy takes None for float64
    except TypeError:
        raise ValueError(f"{name}: found {target!r}, expected 'cpu', 'cuda' or a dtype such as 'float32'") from None
    check_dtype(name, dtype)
    return dtype


def check_dtype(name, dtype):
    """TypeError unless `dtype` is one that a tensor can have."""
    if dtype not in FLOATS and dtype.kind not in "iub":
        raise TypeError(f"{name}: found dtype {dtype}; expected float32, float64, an integer type or bool")


def check_floating(name, dtype):
    """TypeError unless `dtype` is float32 or float64."""
    if dtype not in FLOATS:
        raise TypeError(f"{name}: the tensor is {dtype}, expected float32 or float64; use .to('float32') first")


def is_number(x):
    """Whether x is a real number, Python's or NumPy's."""
    return isinstance(x, (int, float, numbers.Real, np.bool_))


def is_array(x):
    """Whether x is an array, NumPy's or CuPy's."""
    return isinstance(x, np.ndarray) or hasattr(x, "dtype") and hasattr(x, "shape") and not isinstance(x, np.generic)
