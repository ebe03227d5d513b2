"""Graph: the nodes of an ONNX graph as they are added, and the numbers in it that follow from the image's size.

ONNX computes such a number while it runs: a crop ends where the size of another map says. Which map that is, is found
by comparing traces: the one whose size equals the number in all of them. Nothing here needs the package onnx. Read
operators.py next.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from .trace import CannotExport


@dataclass
class Node:
    """One operation of ONNX: the names of its inputs ('' for one left out) and of its output."""

    operator: str
    inputs: tuple
    output: str
    attributes: dict


@dataclass(eq=False)
class Step:
    """One operation of the network: its Function in each trace, the values it was applied to, the one it returned."""

    functions: list
    inputs: tuple
    output: int

    @property
    def function(self):
        """That of the first trace, for what is the same in all."""
        return self.functions[0]


class Graph:
    """The graph of several traces.

    steps:     the network's operations
    nodes:     ONNX's, in order
    constants: {name: array}, the parameters among them
    names:     {value: its name}, of what has been translated so far
    """

    def __init__(self, traces):
        self.traces = traces
        self.steps = [
            Step([trace.steps[i][0] for trace in traces], inputs, output)
            for i, (_, inputs, output) in enumerate(traces[0].steps)
        ]
        self.makers = {step.output: step for step in self.steps}
        self.nodes, self.constants, self.names = [], {}, {0: "image"}
        self.count, self.computed = Counter(), {}

    # Adding to it -----------------------------------------------------------------------------------------------------

    def add(self, operator, *inputs, **attributes):
        """Append a node; returns the name of its output."""
        self.count[operator] += 1
        node = Node(operator, inputs, f"{operator}_{self.count[operator]}", attributes)
        self.nodes.append(node)
        return node.output

    def constant(self, array, name=None):
        """The name of an array. One without a name of its own is kept once, however often it is used."""
        key = (array.dtype.str, array.shape, array.tobytes()) if name is None else name
        if key not in self.computed:
            self.computed[key] = name or f"constant_{len(self.constants)}"
            self.constants[self.computed[key]] = array
        return self.computed[key]

    def integers(self, *numbers):
        """The name of a vector of whole numbers."""
        return self.constant(np.array(numbers, np.int64))

    def number(self, value):
        """The name of one number, float32."""
        return self.constant(np.array(value, np.float32))

    # Values of the traces ---------------------------------------------------------------------------------------------

    def name(self, value):
        """The name of a value: of the image, a result, a parameter, or a constant, which must be one in all traces."""
        if value not in self.names:
            array = self.arrays(value)[0]
            if self.varies(value):
                raise CannotExport(
                    "export: the network computes with numbers that change with the image but that no graph links to it;"
                    " leave out detach() and everything else that stops gradients"
                )
            self.names[value] = self.constant(array, self.traces[0].names.get(value))
        return self.names[value]

    def arrays(self, value):
        """The array of a value in each trace."""
        return [trace.tensors[value].data for trace in self.traces]

    def shapes(self, value):
        """The shapes of a value, one row for each trace: (traces, axes)."""
        return np.array([array.shape for array in self.arrays(value)])

    def varies(self, value):
        """Whether a leaf differs between traces."""
        first, *others = self.arrays(value)
        return not all(array is first or np.array_equal(array, first) for array in others)

    # Numbers that depend on the size ----------------------------------------------------------------------------------

    def size(self, value, axis):
        """The name of a vector of one number: the size of a value along an axis, as ONNX finds it."""
        key = "size", value, axis
        if key not in self.computed:
            self.computed[key] = self.add("Shape", self.name(value), start=axis, end=axis + 1)
        return self.computed[key]

    def length(self, numbers, step, axis=None):
        """The name of a vector of one number that is numbers[i] in trace i; CannotExport if none is found.

        It is a constant, the size of an earlier value (that of the image before others, `axis` before other axes), or
        a multiple of the size of the step's first input.
        """
        numbers = np.array(numbers)
        if (numbers == numbers[0]).all():
            return self.integers(numbers[0])
        for value in (0, *step.inputs, *sorted(self.makers.keys() & self.names.keys(), reverse=True)):
            shapes = self.shapes(value)
            for i in sorted(range(shapes.shape[1]), key=lambda i: i != axis):
                if (shapes[:, i] == numbers).all():
                    return self.size(value, i)
        shapes = self.shapes(step.inputs[0])
        for i in range(shapes.shape[1]):
            factor = numbers[0] // max(1, shapes[0, i])
            if (shapes[:, i] * factor == numbers).all():
                return self.add("Mul", self.size(step.inputs[0], i), self.integers(factor))
        raise depends_on_size(step)

    def join(self, *lengths):
        """The name of a vector of several numbers, given the names of its parts."""
        return lengths[0] if len(lengths) == 1 else self.add("Concat", *lengths, axis=0)


def depends_on_size(step):
    """The error for a number that changes with the image's size in a way that was not understood."""
    return CannotExport(
        f"export: {step.function.name()} depends on the image's size in a way that cannot be written into the file;"
        " choose one size with --size"
    )


def constant(numbers, step):
    """The number that is the same in all traces; CannotExport if there is none."""
    numbers = list(numbers)
    if any(number != numbers[0] for number in numbers):
        raise depends_on_size(step)
    return numbers[0]
