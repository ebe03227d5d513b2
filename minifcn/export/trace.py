"""Traces: forward passes of a network, each as the list of operations that backward() would walk.

A number in one trace, such as a width of padding, may hold for every image or only for this one. The network is
therefore traced with images of several sizes, and graph.py compares them. Read graph.py next.
"""

from dataclasses import dataclass, field

import numpy as np

from ..autograd import topological_order
from ..nn import evaluating
from ..tensor import Tensor

# (N, H, W) of the images. No size is a multiple of a stride on both axes, where crops may vanish from the graph; some
# are on one; 1 shows the least size to which images are padded, and 33 and 65 how far.
SHAPES = ((1, 33, 64), (2, 50, 79), (1, 64, 45), (1, 79, 33), (2, 100, 1), (2, 1, 50), (1, 65, 95), (1, 57, 97))
ENOUGH = 4  # of them must have one graph


class CannotExport(ValueError):
    """The network computes something that its file could not; one sentence."""


@dataclass
class Trace:
    """One forward pass. Values are numbered in the order in which they are used, the image first.

    tensors:    the Tensor of each value
    names:      {value: the parameter's or the buffer's name}
    steps:      (Function, the values it was applied to, the value it returned), inputs before results
    """

    tensors: list
    names: dict = field(default_factory=dict)
    steps: list = field(default_factory=list)

    def structure(self):
        """What traces of one graph have in common."""
        return [(type(function), inputs, output) for function, inputs, output in self.steps], self.names


def record_several(net, channels, size=None):
    """Traces of one graph: of images of different sizes or, with `size` (H, W), of random images of that size.

    A network for volumes needs the size, (D, H, W).

    CannotExport if the network takes too few of the sizes, or computes differently at some of them.
    """
    if size is not None:
        return agreeing([record(net, (n, channels, *size)) for n in (1, 2)], 2)
    traces, reason = [], "some of its maps would be empty"
    for n, h, w in SHAPES:
        try:
            trace = record(net, (n, channels, h, w))
        except CannotExport:
            raise
        except ValueError as error:
            reason = error
        else:
            traces += [trace] * all(tensor.size for tensor in trace.tensors)  # a slice of a tiny map may be empty
    if len(traces) < ENOUGH:
        raise CannotExport(f"export: the network does not take images of any size ({reason}); choose one with --size")
    return agreeing(traces, ENOUGH)


def agreeing(traces, enough):
    """The traces of one graph: of the longest, in which no crop vanished because its map had the right size already."""
    structures = [trace.structure() for trace in traces]
    frequent = [structure for structure in structures if structures.count(structure) >= enough]
    if not frequent:
        raise CannotExport("export: the network's operations depend on the image's size; choose one with --size")
    longest = max(frequent, key=lambda structure: len(structure[0]))
    return [trace for trace, structure in zip(traces, structures) if structure == longest]


def record(net, shape):
    """The Trace of one forward pass, in evaluation mode, of a random image of `shape` (N, C, H, W)."""
    image = Tensor(np.random.default_rng(shape).standard_normal(shape, np.float32), requires_grad=True)
    with evaluating():
        scores = net(image)
    if not isinstance(scores, Tensor):
        raise CannotExport(f"export: the network returns a {type(scores).__name__}, expected one tensor of scores")
    if scores.grad_fn is None:
        raise CannotExport("export: the scores have no graph; export outside of no_grad() a network that has operations")
    known = {tensor: name for name, tensor in (*net.named_parameters(), *net.named_buffers())}
    trace, values = Trace([image]), {image: 0}

    def value_of(tensor):
        if tensor not in values:
            values[tensor] = len(trace.tensors)
            trace.tensors.append(tensor)
            if tensor in known:
                trace.names[values[tensor]] = known[tensor]
        return values[tensor]

    for tensor in topological_order(scores):
        if tensor.grad_fn is not None:
            inputs = tuple(value_of(x) for x in tensor.grad_fn.inputs)
            trace.steps.append((tensor.grad_fn, inputs, value_of(tensor)))
    return trace
