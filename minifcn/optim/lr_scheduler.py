"""Learning rate schedules: StepLR, PolyLR, CosineAnnealingLR.

Each is a formula for the rate at step t; call step() once per batch or per epoch, after the optimizer's. Read
../metrics.py next.
"""

import math
import numbers

from .optimizers import Optimizer


class Scheduler:
    """Sets every group's lr to rate(base, t), where base is its initial lr and t counts the calls of step().

    A group added to the optimizer later joins at the next step, with the lr that it has then as its base.

    last_epoch: t, initially 0 (PyTorch's name, though a step may be a batch).
    """

    def __init__(self, optimizer):
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(self).__name__}: optimizer is {type(optimizer).__name__}, expected an optimizer")
        self.optimizer, self.last_epoch, self.base_lrs = optimizer, 0, []
        self.set_rates()

    def rate(self, base, t):
        """The learning rate at step t of a group that started with `base`."""
        raise NotImplementedError

    def step(self, epoch=None):
        """Advance by one step, or to step `epoch`, which may be a fraction, and set the learning rates.

        Fractions suit training by time rather than by steps: step(elapsed / budget) with a schedule of one step.
        """
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        self.set_rates()

    def record_new_groups(self):
        """Record the lr of every group that has no base yet as its base."""
        self.base_lrs += [group["lr"] for group in self.optimizer.param_groups[len(self.base_lrs) :]]

    def set_rates(self):
        self.record_new_groups()
        for group, base in zip(self.optimizer.param_groups, self.base_lrs, strict=True):
            group["lr"] = float(self.rate(base, self.last_epoch))

    def get_last_lr(self):
        """The current learning rates, one per group."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def state_dict(self):
        """Every number needed to resume, including the options."""
        self.record_new_groups()
        state = {name: value for name, value in vars(self).items() if name != "optimizer"}
        return state | {"base_lrs": [*self.base_lrs]}

    def load_state_dict(self, state_dict):
        """Resume where state_dict() was taken. Raises ValueError, and changes nothing, if the options differ."""
        self.check_state_dict(state_dict)
        self.last_epoch, self.base_lrs = state_dict["last_epoch"], list(state_dict["base_lrs"])
        self.set_rates()

    def check_state_dict(self, state):
        """ValueError if `state` is from another kind of scheduler, or from other options or parameter groups."""
        name, own = type(self).__name__, self.state_dict()
        if not isinstance(state, dict) or state.keys() != own.keys():
            found = sorted(state) if isinstance(state, dict) else f"the type {type(state).__name__}"
            raise ValueError(f"{name}: the state has {found}, expected {sorted(own)}; it belongs to another scheduler")
        step, rates = state["last_epoch"], state["base_lrs"]
        if not isinstance(step, int) or step < 0:
            raise ValueError(f"{name}: last_epoch is {step!r}, expected a whole number of at least 0")
        if not isinstance(rates, list | tuple) or not all(isinstance(r, int | float) and 0 <= r for r in rates):
            raise ValueError(f"{name}: base_lrs is {rates!r}, expected a list of learning rates")
        if len(rates) != len(self.base_lrs):
            raise ValueError(f"{name}: the state has {len(rates)} groups, expected {len(self.base_lrs)}")
        for option in own.keys() - {"last_epoch", "base_lrs"}:
            if state[option] != own[option]:
                raise ValueError(f"{name}: {option} is {own[option]}, but {state[option]} in the state; use one value")


class StepLR(Scheduler):
    """lr = base * gamma^floor(t / step_size)."""

    def __init__(self, optimizer, step_size, gamma=0.1):
        self.step_size, self.gamma = check_at_least_1("StepLR", "step_size", step_size), gamma
        super().__init__(optimizer)

    def rate(self, base, t):
        return base * self.gamma ** (t // self.step_size)


class PolyLR(Scheduler):
    """lr = base * (1 - t / total_iters)^power, then 0; DeepLab's rule. PyTorch calls it PolynomialLR."""

    def __init__(self, optimizer, total_iters, power=0.9):
        self.total_iters, self.power = check_at_least_1("PolyLR", "total_iters", total_iters), power
        super().__init__(optimizer)

    def rate(self, base, t):
        return base * (1 - min(t, self.total_iters) / self.total_iters) ** self.power


class CosineAnnealingLR(Scheduler):
    """lr = eta_min + (base - eta_min) * (1 + cos(pi t / T_max)) / 2: decays over T_max steps.

    Loshchilov and Hutter 2017, equation 5.
    """

    def __init__(self, optimizer, T_max, eta_min=0.0):
        self.T_max, self.eta_min = check_at_least_1("CosineAnnealingLR", "T_max", T_max), eta_min
        super().__init__(optimizer)

    def rate(self, base, t):
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * t / self.T_max)) / 2


def check_at_least_1(scheduler, name, value):
    if not isinstance(value, numbers.Real) or not value >= 1:
        raise ValueError(f"{scheduler}: {name} is {value!r}, expected a number of steps of at least 1")
    return value
