"""Loading an optimizer's state_dict: what it must have to belong to this optimizer, and copies of it.

Read adam.py next.
"""

import numbers

from ..kernels import to_device


def check_state(optimizer, state):
    """Optimizer.check_state_dict: raise ValueError if `state`, from a file say, does not belong to `optimizer`."""
    if not is_state(state):
        raise ValueError(f"{optimizer.name()}: the state is not what state_dict() returns; load an optimizer's")
    found = [len(group["params"]) for group in state["param_groups"]]
    expected = [len(group["params"]) for group in optimizer.param_groups]
    if found != expected:
        raise ValueError(
            f"{optimizer.name()}: the state has groups of {found} parameters, expected {expected}; it belongs to another model"
        )
    for group, saved in zip(optimizer.param_groups, state["param_groups"]):
        if saved.keys() != group.keys():
            raise ValueError(
                f"{optimizer.name()}: the state has the options {sorted(saved)}, expected {sorted(group)}; it"
                " belongs to another optimizer"
            )
        optimizer.validate_options({name: value for name, value in saved.items() if name != "params"})
    if len(state["state"]) != sum(expected):
        raise ValueError(f"{optimizer.name()}: the state has {len(state['state'])} parameters, expected {sum(expected)}")
    for i, (p, saved) in enumerate(zip(optimizer.parameters(), state["state"])):
        if saved:
            check_parameter_state(optimizer, f"{optimizer.name()}: state of parameter {i}", p, saved)


def check_parameter_state(optimizer, where, p, saved):
    """The part of check_state for one parameter; `where` begins the error."""
    names = {"step", *optimizer.arrays}
    if not names - {*optimizer.later} <= saved.keys() <= names:
        raise ValueError(f"{where} has {sorted(saved)}, expected {sorted(names)}; it belongs to another optimizer")
    step = saved["step"]
    if isinstance(step, bool) or not isinstance(step, numbers.Integral) or step < 0:
        raise ValueError(f"{where}: step is {step!r}, expected a whole number of at least 0")
    for name in saved.keys() - {"step"}:
        if saved[name].shape != p.shape or saved[name].dtype != p.dtype:
            raise ValueError(
                f"{where}: {name} has shape {saved[name].shape} and dtype {saved[name].dtype}, expected {p.shape}"
                f" and {p.dtype}; it belongs to another model"
            )


def copy_state(state, device):
    """A copy of a parameter's state with its arrays on `device`."""
    return {k: v if isinstance(v, int) else to_device(v.copy(), device) for k, v in state.items()}


def is_state(state):
    """Whether `state` has the structure of Optimizer.state_dict(), whatever its options and arrays."""
    if not isinstance(state, dict):
        return False
    groups, states = state.get("param_groups"), state.get("state")
    if not isinstance(groups, list) or not isinstance(states, list):
        return False
    return all(isinstance(saved, dict) for saved in (*groups, *states)) and all(
        isinstance(group.get("params"), list) for group in groups
    )
