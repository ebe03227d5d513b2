"""Loading a state_dict: arrays are checked, all of them, before any is copied into a parameter or buffer.

`own` is {name: Tensor}, a module's parameters and buffers; `kind` is its class's name, for errors. Read container.py
next.
"""

import numpy as np

from ..kernels import to_device
from ..suggest import list_some
from ..tensor import values


def load_arrays(kind, own, state, strict):
    """Module.load_state_dict: copy the arrays of `state` into the tensors of `own`."""
    check_arrays(kind, own, state, strict)
    for name, tensor in own.items():
        if name in state:
            tensor.data = to_device(as_array(state[name]).astype(tensor.dtype, order="C"), tensor.device)
    return [name for name in own if name not in state], [name for name in state if name not in own]


def check_arrays(kind, own, state, strict):
    """Module.check_state_dict: raise one ValueError with everything that prevents loading."""
    if not hasattr(state, "keys"):
        raise TypeError(f"load_state_dict: found {type(state).__name__}, expected a dict of arrays")
    problems = {
        "missing": [name for name in own if name not in state] if strict else [],
        "unexpected": [name for name in state if name not in own] if strict else [],
        "different": [explain_misfit(name, own[name], as_array(state[name])) for name in own if name in state],
    }
    found = [f"{problem}: {list_some(list(filter(None, names)), 4)}" for problem, names in problems.items() if any(names)]
    if found:
        raise ValueError(
            f"load_state_dict: the state does not fit this {kind}; {'; '.join(found)};"
            " build the module with the options of the one that was saved"
        )


def as_array(value):
    """A tensor of this library or of PyTorch, or an array, as a NumPy array."""
    return np.asarray(to_device(values(value), "cpu"))


def explain_misfit(name, tensor, value):
    """Why the array `value` cannot be loaded into `tensor`, in words; None if it can."""
    if value.shape != tensor.shape:
        return f"{name} has shape {value.shape}, expected {tensor.shape}"
    if value.dtype.kind != tensor.dtype.kind or not np.can_cast(value.dtype, tensor.dtype):
        return f"{name} is {value.dtype}, expected {tensor.dtype} (convert one with .to())"
    if value.dtype.kind == "f" and not np.isfinite(value).all():
        return f"{name} holds NaN or infinity"
    return None
