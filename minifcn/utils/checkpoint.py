"""Recomputation: backward computes feature maps again instead of keeping all of them. (../checkpoint.py saves files.)

Backward needs what forward computed. Without further ado, a network keeps the maps of all its layers until backward has
used them. `checkpoint` runs a segment of the network and keeps only the segment's input:

    forward    x0 -> segment 1 -> x1 -> segment 2 -> x2 -> loss          kept: x0, x1, x2
    backward   computes segment 2 again from x1, keeps its maps, and walks back through them to x1's gradient; then
               computes segment 1 again from x0, and so on

The peak is all segments' inputs plus the maps of one segment. For n equal layers in segments of k that is n / k + k maps
instead of n, at least 2 sqrt(n). The price is a second forward pass. A backward pass costs about two forward passes, one
for each gradient of a layer, so a step computes at most 4/3 as much. `minifcn train --recompute` also gives back what is
freed, which can take longer than the second pass: docs/speed.md has both.

The second pass repeats the first to the last bit: it draws the same random numbers, runs under the same settings
(nn.evaluating, kernels.algorithm), and leaves batch norm's running statistics alone. So the gradients have the same bits,
too, with one exception: where a segment uses its input several times and the rest of the network uses it as well, they
may be added in another order. Source: Chen, Xu, Zhang & Guestrin 2016, "Training deep nets with sublinear memory cost".
Read ../nn/state.py next.
"""

import contextvars
import itertools

from ..autograd import Setting, accumulate_leaf, is_grad_enabled, topological_order, walk
from ..function import Function
from ..random import draws_recorded, draws_repeated
from ..tensor import Tensor, apply

_recomputing = contextvars.ContextVar("recomputing", default=False)


class recomputing(Setting):
    """Inside `with recomputing():` a segment is computed for the second time, and must not count as another batch."""

    def __init__(self):
        super().__init__(_recomputing, True)


def is_recomputing():
    """Whether a segment is being computed for the second time."""
    return _recomputing.get()


def checkpoint(function, *args):
    """function(*args), of which backward() keeps only the arguments; it computes the rest again when it needs it.

    function: takes the arguments, returns one tensor. It runs twice, and must compute the same both times: a module that
        is in another mode by then, or a parameter that has changed, gives wrong gradients
    args: tensors, or anything else. Tensors that require a gradient must be arguments, or leaves such as parameters
    Returns the tensor. TypeError if function returns anything else. Under no_grad, function simply runs.
    """
    if not is_grad_enabled():
        return function(*args)
    segment = Segment(function, args)
    result, inputs = segment.first_pass()
    return apply(Checkpoint, *inputs, y=result.data, segment=segment) if result.requires_grad else result


def checkpoint_sequential(functions, segments, input):
    """input passed through `functions`, modules or others, in turn; in `segments` parts of equal length, each a checkpoint.

    ValueError unless there is at least one part. PyTorch's last part is no checkpoint; here it is one.
    """
    functions = list(functions)
    if segments < 1:
        raise ValueError(f"checkpoint_sequential: segments is {segments}, expected at least 1")
    bounds = [len(functions) * i // segments for i in range(segments + 1)]
    for first, last in itertools.pairwise(bounds):
        input = checkpoint(in_turn, functions[first:last], input)
    return input


def in_turn(functions, x):
    """x passed through the functions, one after the other."""
    for function in functions:
        x = function(x)
    return x


class Checkpoint(Function):
    """y = function(inputs), computed before. Its gradients are those of a graph that lives only in `backward`."""

    makes_new_arrays = True

    def forward(self, *inputs, y, segment):
        self.segment = segment
        return y

    def backward(self, grad):
        return self.segment.gradients(grad)


class Segment:
    """A function and its arguments, and all that a second pass needs to repeat the first."""

    def __init__(self, function, args):
        self.function, self.args, self.settings = function, args, contextvars.copy_context()

    def first_pass(self):
        """(the result, what it is a function of: the arguments that require a gradient, then the parameters)."""
        with draws_recorded() as self.draws:
            result, cut = self.compute()
        if not isinstance(result, Tensor):
            found = type(result).__name__
            raise TypeError(f"checkpoint: function returned {found}, expected one tensor; return one, or use several checkpoints")
        reached = topological_order(result) if result.requires_grad else []
        self.parameters = [tensor for tensor in reached if tensor.is_leaf and tensor not in set(cut)]
        return result, differentiable(self.args) + self.parameters

    def compute(self):
        """(the result, the leaves at which its graph begins: they stand for the arguments, which have a past)."""
        args = [Tensor(arg.data, arg.requires_grad) if isinstance(arg, Tensor) else arg for arg in self.args]
        return self.function(*args), differentiable(args)

    def gradients(self, grad):
        """The gradients of the inputs, new arrays, from that of the result."""
        with draws_repeated(self.draws):
            result, cut = self.settings.copy().run(recomputing()(self.compute))
        if result.shape != grad.shape:
            raise RuntimeError(
                f"checkpoint: function gave a result of shape {grad.shape} in forward and {result.shape} in backward;"
                " it must compute the same both times"
            )
        found = {tensor: accumulate_leaf(None, grad, owned) for tensor, grad, owned in walk(result, grad)}
        return tuple(found.get(tensor) for tensor in (*cut, *self.parameters))


def differentiable(args):
    """Those that are tensors and require a gradient."""
    return [arg for arg in args if isinstance(arg, Tensor) and arg.requires_grad]
