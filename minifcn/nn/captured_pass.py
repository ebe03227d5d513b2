"""One forward pass as a list of steps, each a function and its arguments.

A step is a call of a kernel, if an operation has nothing else to do. An operation that computes without kernels, such as a
sum by NumPy, is a step as a whole, a call of its forward. Which of the two it is, is not guessed: with other values in its
inputs, the kernels have to compute what its forward does, bit by bit. Read norm.py next.
"""

import numpy as np

from ..autograd import Setting, no_grad
from ..function import watching
from ..tensor import Tensor
from .fusion import tensors_in
from .module import evaluating


class Pass:
    """A forward pass over x[rows] on some threads: the image, the steps, what the network returns and its arrays.

    rows: a slice, or ... for all of x, which need not have a batch axis
    """

    def __init__(self, net, x, rows, threads):
        from ..kernels.cpu.runtime.memory import new_workspaces
        from ..kernels.cpu.runtime.threads import threads_each

        self.rows, self.threads, self.steps, self.image = rows, threads, [], np.array(x[rows])
        self.maps = {id(self.image): self.image}  # by their ids, the arrays that depend on the image
        with threads_each(threads):
            compute(net, self.image)  # what the kernels make of a constant weight is made now, and no step
            with new_workspaces(), Setting(watching, self.watch):
                self.result, self.outputs = compute(net, self.image)
        del self.maps

    def __call__(self, x, outputs):
        """Compute what the network returns for x[rows], and copy it to the same rows of the outputs."""
        self.image[...] = x[self.rows]
        for function, arguments in self.steps:
            function(*arguments)
        for y, output in zip(self.outputs, outputs):
            output[self.rows] = y

    def watch(self, function, arrays, hyperparameters):
        """Compute a Function's result, and note the steps that will do so again, unless it is the same for all images."""
        from ..kernels.cpu.runtime.launch import recording, run

        with recording() as calls, Setting(watching, None):
            result = np.asarray(function.forward(*arrays, **hyperparameters))
        inputs = [x for x in arrays if id(x) in self.maps]
        if inputs:
            self.maps[id(result)] = result
        if inputs and not any(np.may_share_memory(result, x) for x in inputs):  # else it is a view, as of a reshape
            steps, whole = [(run, call) for call in calls], (again, (function, arrays, hyperparameters, result))
            self.steps += steps if equivalent(steps, whole, inputs, result) else [whole]
        return result


def compute(net, x):
    """(What the network returns for the array x, its arrays), in evaluation mode and without gradients."""
    with no_grad(), evaluating():
        result = net(Tensor(x))
    return result, [y.data for y in tensors_in(result)]


def equivalent(steps, whole, inputs, result):
    """Whether the steps compute the same result as the whole Function, tried with the values of its inputs reversed."""
    kept = [x.copy() for x in (*inputs, result)]
    for x in inputs:
        x[...] = np.flip(x.copy())
    found = []
    for part in (steps, [whole]):
        for function, arguments in part:
            function(*arguments)
        found.append(result.tobytes())
    for x, values in zip((*inputs, result), kept):
        x[...] = values
    return found[0] == found[1]


def again(function, arrays, hyperparameters, result):
    """Let a Function compute its result into the array of the first one."""
    result[...] = function.forward(*arrays, **hyperparameters)


def with_arrays(result, arrays):
    """What a network returns, a tensor or a tuple, a list or a dict of them, with the next of `arrays` in each tensor."""
    if isinstance(result, Tensor):
        return Tensor(next(arrays))
    if isinstance(result, dict):
        return {name: with_arrays(part, arrays) for name, part in result.items()}
    return type(result)(with_arrays(part, arrays) for part in result)
