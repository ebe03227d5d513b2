"""Module: a part of a network, which owns parameters and submodules.

Parameters and submodules are found by walking the attributes in the order in which they were set; only buffers are
registered. Read init.py next.
"""

import contextvars
import textwrap

import numpy as np

from ..autograd import Setting
from ..kernels import FLOATS, to_device
from ..tensor import Tensor, values
from .fusion import fuse
from .state import check_arrays, load_arrays

_evaluating = contextvars.ContextVar("evaluating", default=False)


class evaluating(Setting):
    """Inside `with evaluating():` every module behaves as after eval(), whatever its mode. Also a decorator.

    It affects only this thread and changes no module, so threads can share a network. Usually combined with no_grad().
    """

    def __init__(self):
        super().__init__(_evaluating, True)


class Parameter(Tensor):
    """A learned tensor: assigned to an attribute of a module, it becomes one of the module's parameters().

    data: a float32 or float64 array or tensor, which is kept, not copied; a NumPy scalar becomes an array, so that
        it can be updated in place. Raises TypeError for anything else.
    """

    def __init__(self, data, requires_grad=True):
        data = values(data)
        if not hasattr(data, "dtype") or data.dtype not in FLOATS:
            found = getattr(data, "dtype", type(data).__name__)
            raise TypeError(f"Parameter: data is {found}, expected a float32 or float64 array or tensor")
        super().__init__(data, requires_grad)


class Module:
    """The base class of every layer and network. A subclass sets its parts in __init__ and computes in forward().

        class Block(nn.Module):
            def __init__(self):
                self.conv = nn.Conv2d(3, 8, 3)
            def forward(self, x):
                return relu(self.conv(x))

    training: whether dropout and batch norm behave as in training; train() and eval() set it, and inside
              `with evaluating():` it is always False
    frozen:   whether freeze() has been called; train() then leaves the module in evaluation mode, until
              requires_grad_()
    Modules in a plain list or dict are not found; put them in a ModuleList.
    """

    frozen = False
    _buffer_names = ()

    @property
    def training(self):
        return vars(self).get("training", True) and not _evaluating.get()

    @training.setter
    def training(self, mode):
        vars(self)["training"] = mode

    def __call__(self, *inputs, **options):
        return self.forward(*inputs, **options)

    def forward(self, *inputs):
        """Compute the output; every subclass defines its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(); write one")

    # What it owns -------------------------------------------------------------------------------------------------

    def register_buffer(self, name, tensor):
        """Set the attribute `name` to a tensor that is saved and moved with the parameters, but not learned.

        A buffer that is None is neither saved nor moved.
        """
        setattr(self, name, tensor)
        self._buffer_names = (*self._buffer_names, name)

    def named_children(self):
        """(name, module) for the immediate submodules."""
        return ((name, value) for name, value in vars(self).items() if isinstance(value, Module))

    def children(self):
        return (child for _, child in self.named_children())

    def named_modules(self):
        """(dotted name, module) for this module, named '', and all its descendants, each once."""
        return without_repeats(self._walk())

    def modules(self):
        return (module for _, module in self.named_modules())

    def named_parameters(self):
        """(dotted name, Parameter), in definition order, each once."""
        return without_repeats((name, x) for name, x in self._named_state() if isinstance(x, Parameter))

    def parameters(self):
        return (parameter for _, parameter in self.named_parameters())

    def named_buffers(self):
        """(dotted name, Tensor), in definition order, each once."""
        return without_repeats((name, x) for name, x in self._named_state() if not isinstance(x, Parameter))

    def buffers(self):
        return (buffer for _, buffer in self.named_buffers())

    def _walk(self, prefix=""):
        """(dotted name, module) along every path; a module with two parents appears twice."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child._walk(join_names(prefix, name))

    def _named_state(self):
        """(dotted name, tensor) for everything that state_dict() saves; in each module, parameters before buffers."""
        for prefix, module in self._walk():
            for name, value in vars(module).items():
                if isinstance(value, Parameter):
                    yield join_names(prefix, name), value
            for name in module._buffer_names:
                if getattr(module, name) is not None:
                    yield join_names(prefix, name), getattr(module, name)

    # What can be done to all of it --------------------------------------------------------------------------------

    def train(self, mode=True):
        """Put this module and its descendants in training mode (frozen ones excepted), or in evaluation if not `mode`.

        Returns the module.
        """
        self.training = bool(mode) and not self.frozen
        for child in self.children():
            child.train(mode)  # a subclass may override it, to keep its batch norm in evaluation mode
        return self

    def eval(self):
        """Put this module and its descendants in evaluation mode: no dropout, running statistics. Returns self."""
        return self.train(False)

    def zero_grad(self):
        """Reset every parameter's gradient to None."""
        for parameter in self.parameters():
            parameter.grad = None

    def requires_grad_(self, requires_grad=True):
        """Make every parameter learnable, or none. Returns the module.

        True undoes freeze(): call train() afterwards. To fix batch norm's running statistics too, use freeze().
        """
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        for module in self.modules():
            module.frozen = module.frozen and not requires_grad
        return self

    def freeze(self):
        """Keep this module and its descendants unchanged while other layers are trained. Returns the module.

        No parameter is learned, and train() leaves these modules in evaluation mode: batch norm uses its running
        statistics instead of updating them, and nothing is dropped out. PyTorch has no equivalent; torchvision
        replaces batch norm with FrozenBatchNorm2d.
        """
        for module in self.modules():
            module.frozen, module.training = True, False
        self.requires_grad_(False).zero_grad()
        return self

    def to(self, target):
        """Move to a device ('cpu', 'cuda') or convert to a dtype (np.float64, 'float64'), in place. Returns the module.

        The Parameter objects stay the same, so references to them stay valid. Integer buffers keep their dtype. Raises
        ValueError for anything else.
        """
        convert = converter(target)
        for _, tensor in [*self.named_parameters(), *self.named_buffers()]:
            tensor.data = convert(tensor.data)
            tensor.grad = None if tensor.grad is None else convert(tensor.grad)
        return self

    # State --------------------------------------------------------------------------------------------------------

    def state_dict(self):
        """{name: NumPy array}: a copy of every parameter and buffer, under PyTorch's names, in definition order."""
        return {name: np.array(tensor.numpy()) for name, tensor in self._named_state()}

    def load_state_dict(self, state_dict, strict=True):
        """Copy the arrays of a state_dict() of this library or of PyTorch into the parameters and buffers.

        strict: whether the names must match exactly.
        Returns (missing names, unexpected names), both empty when strict. Raises ValueError as check_state_dict()
        does, before anything is loaded.
        """
        return load_arrays(type(self).__name__, dict(self._named_state()), state_dict, strict)

    def check_state_dict(self, state_dict, strict=True):
        """Raise one ValueError that lists everything that prevents `state_dict` from being loaded.

        That is, missing or unexpected names (when strict), shapes that differ, a dtype that does not convert without
        loss, and values that are NaN or infinite.
        """
        check_arrays(type(self).__name__, dict(self._named_state()), state_dict, strict)

    # Inference ----------------------------------------------------------------------------------------------------

    def fuse(self, size=224):
        """A copy for inference, in evaluation mode, whose convolutions include what follows: batch norm, ReLU, max pooling.

        In a residual block, the last convolution also adds the shortcut.
        It computes the same, up to rounding, in less time. Fuse again after training: most of its weights are copies,
        read-only for good, of which the kernels keep what they transform, up to 4 times the weight; weights above 32 MB
        are shared with this module. Its state_dict() lacks the batch norms, so save and load this module's.
        nn.capture(net.fuse()) saves the Python between its kernels, too: half the time of a small network with one image.
        size: the side of an image that the network accepts; it is run once, on an empty batch
        PyTorch's counterparts are torch.ao.quantization.fuse_modules and torch.nn.utils.fusion.
        """
        return fuse(self, size)

    def absorb(self, layer):
        """Do the work of `layer`, which alone uses this module's output, as well, if possible.

        Returns the module that is left in its place, or None if it is impossible, as for all but convolutions.
        """

    def settle(self):
        """Called for each part of a fused network once it has absorbed what it can: the time to make weights constant."""

    # Printing -----------------------------------------------------------------------------------------------------

    def extra_repr(self):
        """The text between the parentheses of repr(): for a layer, its options."""
        return ""

    def __repr__(self):
        lines = [f"({name}): {child!r}" for name, child in self.named_children()]
        if not lines:
            return f"{type(self).__name__}({self.extra_repr()})"
        lines = [self.extra_repr(), *lines] if self.extra_repr() else lines
        return f"{type(self).__name__}(\n{textwrap.indent(chr(10).join(lines), '  ')}\n)"


# Helpers --------------------------------------------------------------------------------------------------------------


def join_names(prefix, name):
    return f"{prefix}.{name}" if prefix else name


def without_repeats(pairs):
    """The (name, object) pairs without repeated objects."""
    seen = set()
    for name, value in pairs:
        if id(value) not in seen:
            seen.add(id(value))
            yield name, value


def converter(target):
    """A function that moves an array to the device, or converts a floating-point one to the dtype, named `target`."""
    if target in ("cpu", "cuda"):
        return lambda array: to_device(array, target)
    try:
        dtype = np.dtype(target)
    except TypeError:
        dtype = np.dtype(object)
    if target is None or dtype not in FLOATS:
        raise ValueError(f"to: found {target!r}, expected 'cpu', 'cuda', 'float32' or 'float64'")
    return lambda array: array.astype(dtype, copy=False) if array.dtype in FLOATS else array
