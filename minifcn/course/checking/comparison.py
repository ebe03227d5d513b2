"""Compares an answer's result with the expected one, and finds the first difference.

Both are plain data: numbers, text, arrays, and tuples, lists and dicts of them. Read hints.py next.
"""

import numbers

import numpy as np

from ..sandbox.wire import Other
from .verdict import Difference


def compare(found, expected, rtol=1e-9, path=""):
    """None if `found` is as expected, else the first Difference.

    Numbers may differ by rtol times the largest expected entry of their array (float32: rtol at least 1e-5); dtypes and
    shapes must agree. A list is accepted for a tuple, and a NumPy scalar or 0-d array for a number.
    """
    if isinstance(expected, np.ndarray):
        return compare_arrays(found, expected, rtol, path)
    if isinstance(expected, (tuple, list)):
        return compare_sequences(found, expected, rtol, path)
    if isinstance(expected, dict):
        return compare_dicts(found, expected, rtol, path)
    if isinstance(found, (np.generic, np.ndarray)) and found.ndim == 0:
        found = found.item()
    if isinstance(expected, np.generic):
        expected = expected.item()
    return compare_scalars(found, expected, rtol, path)


def compare_arrays(found, expected, rtol, path):
    """Type, shape, dtype, then every entry."""
    if isinstance(found, (np.generic, numbers.Number)) and expected.ndim == 0:
        found = np.asarray(found)
    if not isinstance(found, np.ndarray):
        return Difference(f"{kind_of(found)}, expected an array of shape {expected.shape}", path)
    if found.shape != expected.shape:
        return Difference(f"has shape {found.shape}, expected {expected.shape}", path)
    whole = found.dtype.kind in "iu" and expected.dtype.kind in "iu"  # integers of any width
    if found.dtype != expected.dtype and not whole:
        return Difference(f"has dtype {found.dtype}, expected {expected.dtype}", path)
    wrong = ~close(found, expected, rtol)
    if not wrong.any():
        return None
    index = tuple(int(i) for i in np.argwhere(wrong)[0])
    values = found[index].item(), expected[index].item()
    return Difference("", path, index, *values, int(wrong.sum()), wrong.size, found, expected)


def close(found, expected, rtol):
    """Entrywise, whether two arrays are equal up to the tolerance; nan equals nan."""
    if expected.dtype.kind not in "fc":
        return found == expected
    if expected.dtype.itemsize <= 4:
        rtol = max(rtol, 1e-5)
    finite = np.abs(expected[np.isfinite(expected)])
    scale = finite.max() if finite.size and finite.max() else 1.0
    return np.isclose(found, expected, rtol=0, atol=rtol * scale, equal_nan=True)


def compare_sequences(found, expected, rtol, path):
    """Length, then item by item."""
    if not isinstance(found, (tuple, list)):
        return Difference(f"{kind_of(found)}, expected a {type(expected).__name__} of {len(expected)}", path)
    if len(found) != len(expected):
        return Difference(f"has {len(found)} values, expected {len(expected)}: {shorten(expected)}", path)
    for i, (f, e) in enumerate(zip(found, expected)):
        difference = compare(f, e, rtol, f"{path}[{i}]")
        if difference:
            return difference
    return None


def compare_dicts(found, expected, rtol, path):
    """Keys, then item by item."""
    if not isinstance(found, dict):
        return Difference(f"{kind_of(found)}, expected a dict with the keys {sorted(expected)}", path)
    if set(found) != set(expected):
        return Difference(f"has the keys {sorted(found)}, expected {sorted(expected)}", path)
    for key, value in expected.items():
        difference = compare(found[key], value, rtol, f"{path}[{key!r}]")
        if difference:
            return difference
    return None


def compare_scalars(found, expected, rtol, path):
    """Numbers up to the tolerance, all else exactly."""
    if is_number(expected):
        if not is_number(found):
            return Difference(f"{kind_of(found)}, expected {expected!r}", path)
        if isinstance(expected, int) and not isinstance(found, int):
            return Difference(f"is the float {found!r}, expected the int {expected!r}", path)
        huge = abs(found) > 1e300 or abs(expected) > 1e300  # possibly an int too large for a float
        if found == expected or not huge and close(np.asarray(float(found)), np.asarray(float(expected)), rtol):
            return None
        return Difference("", path, None, found, expected, 1, 1)
    if type(found) is type(expected) and found == expected:
        return None
    return Difference(f"{kind_of(found)}, expected {shorten(expected)}", path)


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def kind_of(value):
    """What was found, in a few words."""
    if value is None:
        return "returned None"
    if isinstance(value, np.ndarray):
        return f"is an array of shape {value.shape}"
    if isinstance(value, Other):
        return f"is a {value.kind}"
    return f"is {shorten(value)}" if isinstance(value, (int, float, str)) else f"is a {type(value).__name__}"


def shorten(value, most=60):
    text = repr(value)
    return text if len(text) <= most else text[: most - 3] + "..."


def same_outcome(a, b, rtol=1e-6):
    """Whether two Outcomes are the same behaviour: equal values, or exceptions of the same type."""
    if a.kind != b.kind:
        return False
    return compare(a.value, b.value, rtol) is None if a.kind == "value" else a.type == b.type
