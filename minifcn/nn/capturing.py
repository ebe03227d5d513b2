"""Capture: a network's forward pass as lists of calls with fixed arrays, for images of one shape.

Before each kernel some Python runs: modules, checks of shapes, the choice of an algorithm, new arrays. After each kernel
the threads wait for the last of them. In a large network nobody notices; in a small one it takes a third of the time. But
in each pass over images of one shape, Python decides the same. So a captured network makes one pass, notes which kernels
it calls with which arrays, and from then on only calls these. And each thread takes its own images through all the layers
and waits for the others only at the end, if there are enough images; else the threads share each layer, as always.

The passes have to compute what the network computes for other images, or it is refused.

Its counterpart on the GPU is PyTorch's torch.cuda.make_graphed_callables. Read captured_pass.py next.
"""

import contextvars
import threading
from collections import OrderedDict
from concurrent.futures import wait

import numpy as np

from ..tensor import Tensor
from .captured_pass import Pass, compute, with_arrays
from .fusion import tensors_in

MOST_SHAPES = 4  # whose passes are kept
WORTH = 0.8  # of the threads' time, at least, is used if each takes its own images
CLOSE = 1e-3  # of the largest output: how much images computed apart may differ from those computed together


def capture(net):
    """The network as a function of one tensor that repeats its forward pass, in evaluation mode and without gradients.

    It returns what `net` does, in new arrays; in the last bits it may differ, as does a network that gets the images of a
    batch one by one. The first call with images of a shape makes several passes. Later calls repeat one of them, and ignore
    what has become of the network since. That pays for small networks, whose time is otherwise Python's. Fuse the network
    first: capture(net.fuse()). All arrays of a pass stay in memory, for the last 4 shapes. Python threads may share the
    function, but compute one after the other.
    The function raises TypeError for an input that is no tensor; ValueError for one that is not on the CPU, and if the
    network computes something outside of its operations, as with NumPy, or something else for other values.
    PyTorch's counterpart on the GPU is torch.cuda.make_graphed_callables.
    """
    return Captured(net)


class Captured:
    """What `capture` returns. passes: for each kind of input, its Passes: one, or one for each thread."""

    def __init__(self, net):
        self.net, self.passes, self.lock = net, OrderedDict(), threading.Lock()

    def __repr__(self):
        return f"capture({self.net!r})"

    def __call__(self, x):
        kind = kind_of(x)
        with self.lock:  # a pass has only one set of arrays
            if kind not in self.passes:
                self.passes[kind] = passes_over(self.net, x.data, threads=kind[-1])
                while len(self.passes) > MOST_SHAPES:
                    self.passes.popitem(last=False)
            return run(self.passes[kind], x.data)


def kind_of(x):
    """What has to be equal for a pass to be repeated: shape, dtype, number of threads."""
    from ..kernels.cpu.runtime.launch import thread_count  # late, since it imports Numba

    if not isinstance(x, Tensor):
        raise TypeError(f"capture: input is {type(x).__name__}, expected a tensor; use minifcn.tensor")
    if x.device != "cpu":
        raise ValueError(f"capture: input is on {x.device!r}, expected 'cpu'; call the network as it is")
    return x.shape, x.dtype, thread_count()


# The passes of all threads --------------------------------------------------------------------------------------------


def passes_over(net, x, threads):
    """A Pass for each thread, if there are images for all that can be computed apart; else one for all threads."""
    for parts in (parts_of(x, threads), [...]):
        passes = [Pass(net, x, rows, threads if len(parts) == 1 else 1) for rows in parts]
        if repeats_network(passes, net, x):
            return passes
    raise ValueError(
        "capture: the network computes something outside of its operations, or something else for other values; call it"
        " as it is"
    )


def parts_of(x, threads):
    """The rows of x for each thread, as slices, if that keeps the threads busy; else one part, with all of x."""
    images = x.shape[0] if x.ndim else 0
    longest = -(-images // threads)
    if images < WORTH * longest * threads or threads == 1 or not images:
        return [...]
    return [slice(first, first + longest) for first in range(0, images, longest)]


def repeats_network(passes, net, x):
    """Whether the passes compute for other values what the network does: to the bit for each part, closely for all of x."""
    from ..kernels.cpu.runtime.threads import threads_each

    x = np.random.default_rng(0).standard_normal(x.shape).astype(x.dtype)
    if len(passes) > 1 and any(y.shape[:1] != p.image.shape[:1] for p in passes for y in p.outputs):
        return False  # not one output for each image
    found = [y.data for y in tensors_in(run(passes, x))]
    for p in passes:
        with threads_each(p.threads):
            same = all(y[p.rows].tobytes() == z.tobytes() for y, z in zip(found, compute(net, x[p.rows])[1]))
        if not same:
            return False
    return len(passes) == 1 or all(map(close, found, compute(net, x)[1]))


def close(y, expected):
    """Whether the outputs are equal but for rounding."""
    with np.errstate(invalid="ignore"):
        return np.allclose(y, expected, CLOSE, CLOSE * np.nanmax(np.abs(expected), initial=0), equal_nan=True)


def run(passes, x):
    """What the network returns for x."""
    from ..kernels.cpu.runtime.memory import empty
    from ..kernels.cpu.runtime.threads import threads_each, workers

    first, *others = passes
    outputs = [empty((len(x), *y.shape[1:]) if others else y.shape, y.dtype) for y in first.outputs]
    waiting = [workers().submit(contextvars.copy_context().run, p, x, outputs) for p in others]
    try:
        with threads_each(first.threads):
            first(x, outputs)
    finally:  # they write to the arrays
        wait(waiting)
    for future in waiting:
        future.result()  # raises what was raised there
    return with_arrays(first.result, iter(outputs))
