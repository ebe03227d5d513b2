"""Arrays that cannot change, such as the weights of a network fused for inference, and what was made of them.

Kernels rearrange or transform a weight before they multiply by it.  For a weight that may change this has to be done in
each call; for one that cannot, once.  What was made is kept as long as the array that it was made of.  Read layout.py next.
"""

import weakref

import numpy as np

from .memory import workspace

_made = {}  # id of a constant array: (a weak reference to it, {key: what was made of it})


def constant(array):
    """A copy of a NumPy array, in C order, that can never be written to; arrays of other kinds are returned as they are.

    Its memory is that of a bytes object.  NumPy can make any other read-only array writeable again, but not this.
    """
    if not isinstance(array, np.ndarray) or is_constant(array):
        return array
    return np.ndarray(array.shape, array.dtype, array.tobytes())


def is_constant(array):
    """Whether the array is of those that constant() makes."""
    return type(array.base) is bytes


def made_of(array, key, make):
    """make(empty), or what it returned before for this key and this array, if the array is constant.

    empty: empty(name, shape, dtype), which make() calls for its result: a new array if it is to be kept, else a workspace
    The result must depend on nothing but the array and the key.
    """
    if not is_constant(array):
        return make(workspace)
    number = id(array)
    reference, made = _made.get(number, (None, {}))
    if reference is None:  # the entry goes with the array, before another array can get its id
        _made[number] = weakref.ref(array, lambda _: _made.pop(number)), made
    if key not in made:
        made[key] = make(lambda name, shape, dtype: np.empty(shape, dtype))
    return made[key]
