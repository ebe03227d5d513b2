"""Reverse-mode differentiation: `backward` gives every leaf its gradient; under `no_grad` no graph is built.

In the graph, each tensor points to the Function that produced it (`grad_fn`), and each Function to its input tensors.
Read tensor.py next.
"""

import contextlib
import contextvars
import inspect

from .kernels import array_module

_grad_enabled = contextvars.ContextVar("grad_enabled", default=True)


class Setting(contextlib.ContextDecorator):
    """Inside `with Setting(variable, value):` the context variable has that value, in this thread. Also a decorator.

    Raises TypeError when it decorates a generator function, whose body runs after the call has returned.
    """

    def __init__(self, variable, value):
        self.variable, self.value = variable, value

    def __enter__(self):
        self.token = self.variable.set(self.value)

    def __exit__(self, *error):
        self.variable.reset(self.token)

    def __call__(self, function):
        if inspect.isgeneratorfunction(function):
            name = type(self).__name__
            raise TypeError(
                f"{name}: {function.__name__} is a generator function, whose body would not run under the decorator;"
                f" iterate over it inside `with {name}():`"
            )
        return super().__call__(function)

    def _recreate_cm(self):
        return type(self)()  # each call of a decorated function needs its own token: it may recurse or run in threads


class no_grad(Setting):
    """Inside `with no_grad():` no graph is built and nothing is saved for backward. Also a decorator: @no_grad()."""

    def __init__(self):
        super().__init__(_grad_enabled, False)


class enable_grad(Setting):
    """Inside `with enable_grad():` a graph is built, also inside no_grad()."""

    def __init__(self):
        super().__init__(_grad_enabled, True)


def is_grad_enabled():
    """Whether operations build a graph: True outside `no_grad()`."""
    return _grad_enabled.get()


def backward(root, gradient=None, retain_graph=False, on_leaf=None):
    """Tensor.backward: add to the `.grad` of every leaf, and of every tensor of which retain_grad() was called.

    on_leaf: called with each leaf as soon as its gradient is complete
    """
    for tensor, grad, owned in walk(root, gradient, retain_graph):
        tensor.grad = accumulate_leaf(tensor.grad, grad, owned)
        del grad  # on_leaf may free it
        if on_leaf is not None and tensor.is_leaf:
            on_leaf(tensor)


def walk(root, gradient=None, retain_graph=False):
    """Walk the graph from `root` to the leaves, each tensor after all those computed from it.

    Yields (tensor, gradient, whether that array is unshared) for every leaf as soon as its gradient is complete.
    """
    gradients = {root: start_gradient(root, gradient)}
    owned = set()  # tensors whose gradient array is unshared
    order = topological_order(root)
    while order:
        tensor = order.pop()
        function = tensor.grad_fn
        if function is None:
            yield tensor, gradients.pop(tensor), tensor in owned
            continue
        if tensor.retains_grad:
            yield tensor, gradients[tensor], False
        grad = gradients.pop(tensor)
        owned.discard(tensor)
        del tensor  # nobody may need its data any more
        pass_on(function, grad, gradients, owned)
        if not retain_graph:
            function.free()


def pass_on(function, grad, gradients, owned):
    """Add the gradients of the function's inputs, given that of its result, to those in `gradients`."""
    for tensor, needed, new in zip(function.inputs, function.needs_grad, function.gradients(grad)):
        if needed:
            accumulate(gradients, owned, tensor, new, function.makes_new_arrays)


def start_gradient(root, gradient):
    """The array that backward starts from, checked against `root`."""
    if not root.requires_grad:
        raise RuntimeError("backward: this tensor was computed from nothing that has requires_grad=True")
    if gradient is None:
        if root.size != 1:
            raise RuntimeError(
                f"backward: a tensor of shape {root.shape} needs a gradient of that shape; pass gradient=..., or"
                " call backward() on a loss of one element"
            )
        return array_module(root.data).ones_like(root.data)
    if not hasattr(gradient, "dtype"):
        raise TypeError(f"backward: gradient is {type(gradient).__name__}, expected an array or a tensor")
    if gradient.shape != root.shape or gradient.dtype != root.dtype:
        raise ValueError(
            f"backward: gradient has shape {gradient.shape} and dtype {gradient.dtype},"
            f" expected {root.shape} and {root.dtype} as the tensor has"
        )
    return gradient


def topological_order(root):
    """Every tensor from the leaves to `root` that requires a gradient, inputs before results. Not recursive.

    A layer's parameters stand immediately before its result, so that backward completes their gradients early.
    """
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        tensor, inputs_done = stack.pop()
        if inputs_done:
            order.append(tensor)
        elif tensor not in seen:
            seen.add(tensor)
            stack.append((tensor, True))
            if tensor.grad_fn is not None:
                if tensor.grad_fn.inputs is None:
                    raise RuntimeError(
                        "backward: an earlier backward() freed this graph; call that one with retain_graph=True,"
                        " or compute the loss again"
                    )
                inputs = [x for x, needed in zip(tensor.grad_fn.inputs, tensor.grad_fn.needs_grad) if needed]
                inputs.sort(key=lambda x: x.grad_fn is not None)  # leaves are visited last, so backward has them early
                stack += [(x, False) for x in inputs]
    return order


def accumulate(gradients, owned, tensor, grad, new):
    """Add `grad` to the gradient of `tensor`: keep the first, allocate a sum for the second, then add in place.

    new: `grad` is unshared, so even the second can be added to it in place.
    """
    if tensor not in gradients:
        gradients[tensor] = grad
        if new:
            owned.add(tensor)
    elif tensor in owned:
        gradients[tensor] += grad
    else:
        gradients[tensor] = gradients[tensor] + grad
        owned.add(tensor)


def accumulate_leaf(before, grad, owned):
    """The new `.grad`: the sum with the one `before`; without one, `grad` itself if it is `owned`, else a copy."""
    if before is not None:
        grad = before + grad
    elif not owned:
        grad = grad.copy()
    return array_module(grad).asarray(grad)  # NumPy's sum of two 0-d arrays is a scalar, not an array
