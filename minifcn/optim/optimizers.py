"""Optimizers: after backward(), step() moves every parameter against its gradient, here by SGD, as in PyTorch.

The base class holds parameter groups and state; each optimizer is the formula in its `update`, which works in place.
The formulas are kernels that pass over memory only once: the parameters of a large network take 500 MB. Read ../step.py
next.
"""

import math
import numbers
from collections.abc import Iterable

import numpy as np

from ..kernels import array_module, kernels_for
from ..tensor import Tensor
from .state import check_state, copy_state


class Optimizer:
    """Parameter groups, each a dict of "params" and the group's options, and a state for each parameter.

    params: leaf tensors in an order, as model.parameters(), or groups: [{"params": weights}, {"params": biases, "lr": 0.02}].
    options: the defaults for groups that do not set their own.
    param_groups: the groups, in order; their options, such as group["lr"], may be changed at any time.
    Raises TypeError for anything but tensors; ValueError for no or repeated parameters, results of operations, invalid options.
    """

    def __init__(self, params, **options):
        self.options, self.state, self.param_groups = options, {}, []
        params = self.list_of(params)
        if not params:
            raise ValueError(f"{self.name()}: params is empty; pass model.parameters()")
        for group in params if isinstance(params[0], dict) else [{"params": params}]:
            self.add_param_group(group)

    def add_param_group(self, param_group):
        """Add {"params": tensors, option: value, ...}; options left out take the optimizer's defaults."""
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise TypeError(f"{self.name()}: a group is {type(param_group).__name__}, expected a dict with 'params'")
        given = param_group["params"]
        params = [given] if isinstance(given, Tensor) else self.list_of(given)
        known = set(self.parameters())
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"{self.name()}: a parameter is {type(p).__name__}, expected a tensor")
            if p in known:
                raise ValueError(f"{self.name()}: a parameter of shape {p.shape} is given twice; leave one out")
            if not (p.is_leaf or p.retains_grad):
                raise ValueError(f"{self.name()}: a parameter of shape {p.shape} is the result of an operation, expected a leaf")
            known.add(p)
        options = {name: value for name, value in param_group.items() if name != "params"}
        self.param_groups.append({"params": params, **self.validate_options({**self.options, **options})})

    def list_of(self, params):
        """`params` as a list; TypeError if it is no iterable, is a single tensor, or has no order, in which state is saved."""
        if not isinstance(params, Iterable) or isinstance(params, (Tensor, dict, set, str)):
            raise TypeError(f"{self.name()}: params is {type(params).__name__}, expected a list; pass model.parameters()")
        return list(params)

    def validate_options(self, options):
        """The options of a group as plain Python values; ValueError names one that is unknown or out of range."""
        for name, value in options.items():
            if name not in self.options:
                raise ValueError(f"{self.name()}: unknown option {name!r}, expected one of {', '.join(self.options)}")
            if name == "betas":
                pair = isinstance(value, tuple | list) and len(value) == 2
                if not pair or not all(isinstance(beta, numbers.Real) and 0 <= beta < 1 for beta in value):
                    raise ValueError(f"{self.name()}: betas is {value}, expected two numbers from 0 to below 1")
            elif not isinstance(value, numbers.Real | np.bool) or not 0 <= value < math.inf:
                raise ValueError(f"{self.name()}: {name} is {value!r}, expected a number of at least 0")
        return {name: to_python(value) for name, value in options.items()}

    def parameters(self):
        """All parameters, group after group."""
        return [p for group in self.param_groups for p in group["params"]]

    def zero_grad(self):
        """Reset the gradients of all parameters to None."""
        for p in self.parameters():
            p.grad = None

    # One step -----------------------------------------------------------------------------------------------------

    in_backward = False  # see in_backward.py
    arrays = ()  # names of the arrays in a parameter's state, of the parameter's shape and dtype, initially 0
    later = ()  # those of them that are created only when an option needs them

    def step(self):
        """Update, in place, every parameter that has a gradient.

        Raises TypeError for a gradient that is not an array, ValueError for one whose shape or dtype is not its
        parameter's, before anything is changed.
        """
        for p in self.parameters():
            self.check_gradient(p)
        for group in self.param_groups:
            names = self.state_arrays(group)
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state.setdefault(p, {"step": 0})
                for name in names:
                    if name not in state:  # at the first step, or at the first with momentum
                        state[name] = array_module(p.data).zeros_like(p.data)
                state["step"] += 1
                self.update(group, state["step"], p.data, p.grad, *(state[name] for name in names))

    def check_gradient(self, p):
        """p.grad is None or an array like p, else an error: kernels would read past the end of a smaller one."""
        if p.grad is None:
            return
        if isinstance(p.grad, Tensor) or not hasattr(p.grad, "dtype"):
            raise TypeError(f"{self.name()}: the gradient of a parameter is {type(p.grad).__name__}, expected an array")
        if p.grad.shape != p.shape or p.grad.dtype != p.dtype:
            raise ValueError(
                f"{self.name()}: the gradient of a parameter of shape {p.shape} and dtype {p.dtype} has shape"
                f" {p.grad.shape} and dtype {p.grad.dtype}; expected the parameter's"
            )

    def state_arrays(self, group):
        """The names in `arrays` that `update` needs under the options of `group`."""
        return self.arrays

    def update(self, group, step, p, grad, *arrays):
        """Update the array p and the `state_arrays` in place, given the gradient; `step` counts from 1."""
        raise NotImplementedError

    # State --------------------------------------------------------------------------------------------------------

    def state_dict(self):
        """{"state": a dict of arrays and numbers for each parameter, "param_groups": options, parameters by number}."""
        number = {p: i for i, p in enumerate(self.parameters())}
        groups = [group | {"params": [number[p] for p in group["params"]]} for group in self.param_groups]
        return {"state": [copy_state(self.state.get(p, {}), "cpu") for p in number], "param_groups": groups}

    def load_state_dict(self, state_dict):
        """Restore a state_dict(). Raises ValueError as check_state_dict() does, before anything is changed."""
        self.check_state_dict(state_dict)
        for group, saved in zip(self.param_groups, state_dict["param_groups"]):
            group.update(self.validate_options({name: value for name, value in saved.items() if name != "params"}))
        pairs = zip(self.parameters(), state_dict["state"])
        self.state = {p: copy_state(saved, p.device) for p, saved in pairs if saved}

    def check_state_dict(self, state_dict):
        """ValueError if `state_dict` cannot be loaded because its groups, options, names, shapes or dtypes differ."""
        check_state(self, state_dict)

    @classmethod
    def name(cls):
        return cls.__name__


class SGD(Optimizer):
    """Gradient descent:  g = grad + weight_decay p,  v = momentum v + g,  p = p - lr v.

    nesterov: p = p - lr (g + momentum v) instead.
    In the end a gradient has moved p by lr / (1 - momentum) times itself, so a larger momentum needs a smaller lr:
    `minifcn study momentum`.
    The paper's (section 4.3) is momentum 0.9, weight decay 5e-4, and twice the learning rate without decay for biases:
    SGD([{"params": weights}, {"params": biases, "lr": 2 * lr, "weight_decay": 0}], lr, 0.9, weight_decay=5e-4).
    Sutskever et al. 2013, section 2, with lr outside v.
    """

    arrays = later = ("momentum_buffer",)  # absent until momentum is used

    def __init__(self, params, lr=1e-3, momentum=0.0, *, weight_decay=0.0, nesterov=False):
        if nesterov and not momentum:
            raise ValueError("SGD: nesterov is True but momentum is 0; give a momentum such as 0.9")
        super().__init__(params, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov)

    def state_arrays(self, group):
        return self.arrays if group["momentum"] else ()

    def update(self, group, step, p, grad, v=None):
        options = group["lr"], group["momentum"], group["weight_decay"], group["nesterov"]
        kernels_for(p, grad).sgd_step(p, grad, v, *options)


def to_python(value):
    """An option as a Python float, bool or tuple of floats: a NumPy scalar would promote float32 arrays to float64."""
    if isinstance(value, (tuple, list)):
        return tuple(map(float, value))
    return bool(value) if isinstance(value, (bool, np.bool)) else float(value)
