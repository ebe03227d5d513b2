"""The subject of a check: a function with copies of its inputs, the parameters it closes over, and a random seed.

It can be evaluated at shifted inputs and differentiated by backward(). Read measure.py next.
"""

import contextlib
import numbers

import numpy as np

from ..autograd import no_grad, topological_order
from ..kernels import array_module, to_device
from ..random import default_generator, manual_seed
from ..tensor import Tensor, values


class Subject:
    """A function of float64 tensors, ready to be evaluated many times.

    leaves: the tensors to differentiate and shift: copies of the inputs, then the parameters themselves.
    names:  'input 0', ..., 'parameter weight', ...;  given: copies of the leaves' original values
    """

    def __init__(self, function, inputs, parameters, seed):
        self.function, self.seed = function, seed
        if not isinstance(inputs, (tuple, list)):
            inputs = (float(inputs) if isinstance(inputs, numbers.Real) else inputs,)
        self.arguments = [copy_input(i, x) for i, x in enumerate(inputs)]
        if parameters is None:
            parameters = self.closed_over()
        named = parameters.items() if isinstance(parameters, dict) else enumerate(parameters)
        named = [(key, p) for key, p in named if p.requires_grad]
        for key, parameter in named:
            require_float64(f"parameter {key}", parameter.dtype)
        checked = [(f"input {i}", x) for i, x in enumerate(self.arguments) if getattr(x, "requires_grad", False)]
        checked += [(f"parameter {key}", p) for key, p in named]
        if not checked:
            raise ValueError(
                "gradcheck: found no float64 input and no parameter, expected one to differentiate; write 3.0, not 3"
            )
        self.names, self.leaves = zip(*checked)
        self.given = [leaf.data.copy() for leaf in self.leaves]

    def closed_over(self):
        """The parameters of a function that is a module; for any other, the leaves of its graph that are no inputs."""
        if hasattr(self.function, "named_parameters"):
            return dict(self.function.named_parameters())
        with restored_generator(), np.errstate(all="ignore"):
            y = self.output()
        inside = topological_order(y) if y.requires_grad else ()
        given = {id(x) for x in self.arguments}
        return [x for x in inside if x.is_leaf and id(x) not in given and x.dtype == np.float64]

    @contextlib.contextmanager
    def restore_on_exit(self):
        """On exit, restore the parameters, their gradients and the default generator."""
        kept = [(leaf, leaf.data, leaf.grad) for leaf in self.leaves]
        try:
            with restored_generator():
                yield
        finally:
            for (leaf, array, grad), given in zip(kept, self.given):
                array[...] = given
                leaf.data, leaf.grad, leaf.requires_grad = array, grad, True

    def output(self, arguments=None, seed=None):
        """The function's result, a Tensor; every call draws the same random numbers, unless `seed` is another one."""
        manual_seed(self.seed if seed is None else seed)
        y = self.function(*(self.arguments if arguments is None else arguments))
        if not isinstance(y, Tensor):
            raise TypeError(f"gradcheck: the function gave {type(y).__name__}, expected one tensor; return only that")
        return y

    def value(self):
        """The result as a new flat NumPy array (never a view of an input), computed without a graph."""
        with no_grad():
            return to_device(self.output().data, "cpu").flatten()

    def value_along(self, leaf, direction):
        """A function of t: the value with `leaf` shifted by t * direction (an array, or the index of one entry)."""

        def evaluate(t):
            kept = leaf.data.copy()
            try:
                if isinstance(direction, tuple):
                    leaf.data[direction] += t
                else:
                    leaf.data += t * to_device(direction, leaf.device)
                return self.value()
            finally:
                leaf.data[...] = kept

        return evaluate

    def gradients(self, y, cotangent, retain_graph=True):
        """dL/d(leaf) for each leaf as NumPy arrays, where dL/dy is `cotangent`; zeros where y does not use it."""
        for leaf in self.leaves:
            leaf.grad = None
        y.backward(cotangent, retain_graph=retain_graph)
        grads = [np.zeros(leaf.shape) if leaf.grad is None else to_device(leaf.grad, "cpu") for leaf in self.leaves]
        for leaf in self.leaves:
            leaf.grad = None
        return grads


@contextlib.contextmanager
def restored_generator():
    """On exit, restore the default generator."""
    state = default_generator().bit_generator.state
    try:
        yield
    finally:
        default_generator().bit_generator.state = state


def copy_input(i, x):
    """Copy input `i` to a new tensor: float64 ones are differentiated, integers and others only passed through.

    Python floats and lists of them count as float64; anything non-numeric reaches the function unchanged.
    """
    array = as_float64(values(x))
    if not hasattr(array, "dtype"):
        return x
    if array.dtype.kind != "f":
        return Tensor(array.copy())
    require_float64(f"input {i}", array.dtype)
    copy = array_module(array).array(array, order="K")  # K keeps the memory layout, so that it is tested too
    return Tensor(copy, requires_grad=True)


def as_float64(x):
    """Python floats, or nested lists of them, as a float64 array; anything else unchanged."""
    if isinstance(x, float):
        return np.array(x)
    if isinstance(x, (tuple, list)):
        with contextlib.suppress(ValueError):  # rows of different lengths
            array = np.array(x)
            return array if array.dtype == np.float64 else x
    return x


def require_float64(name, dtype):
    """TypeError unless `dtype` is float64."""
    if dtype != np.float64:
        raise TypeError(
            f"gradcheck: {name} is {dtype}, expected float64; finite differences need its 16 digits,"
            " convert with .to('float64')"
        )
