"""What the benchmark is made of: a Case is a piece of work, a Goal what shall be reached, a Row what was measured.

A case's `make` gives the work as functions without arguments, the same for every contender: "ours", and with PyTorch
installed "torch" and "channels last", which is PyTorch with its other order of memory. Read timing.py next.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class Goal:
    """`least` has to be reached, `aim` is what we hope for. Of a speed the larger is better, of a cost the smaller."""

    least: float
    aim: float
    larger: bool = True

    def verdict(self, value):
        """'++' where the aim is reached, '+' where the least is, '-' where it falls short."""
        sign = 1 if self.larger else -1
        return "++" if sign * value >= sign * self.aim else "+" if sign * value >= sign * self.least else "-"


@dataclass(frozen=True)
class Case:
    """One piece of work in one or more parts, each a row of the table.

    section: 'step', 'conv', 'op' or 'inference'
    name:    what is computed, with its sizes
    parts:   'forward', 'backward', ...
    goal:    for the ratio of PyTorch's time to ours
    make:    dtype -> {contender: {part: function}}; a function returns an array or several, alike for all contenders
    note:    part -> what its row says at its end
    """

    section: str
    name: str
    parts: tuple
    goal: Goal
    make: Callable
    note: Callable = lambda part: ""

    def label(self, part):
        """What its row calls the part: nothing where there is no other."""
        return part if len(self.parts) > 1 else ""


@dataclass(frozen=True)
class Row:
    """A line of the table. `value` is what the goal is about: a ratio of the other columns, or `ours` itself.

    section, name, part:        as in Case; part is '' where there is no other
    ours, torch, channels_last: in `unit`, None where it was not measured
    note:                       the algorithm that a convolution took
    """

    section: str
    name: str
    part: str
    unit: str
    ours: float
    torch: float | None = None
    channels_last: float | None = None
    value: float | None = None
    goal: Goal | None = None
    note: str = ""

    @property
    def title(self):
        return f"{self.name} {self.part}".strip()

    @property
    def verdict(self):
        return "" if self.value is None or self.goal is None else self.goal.verdict(self.value)

    def to_json(self):
        return asdict(self)

    @classmethod
    def from_json(cls, saved):
        return cls(**saved | {"goal": saved["goal"] and Goal(**saved["goal"])})


def normal(*shape, dtype=np.float32, seed=0):
    """Normal random numbers. They are drawn in float32, so that float64 starts from the same ones."""
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32).astype(dtype, copy=False)


def normal_images(N, C, H, W, dtype=np.float32, seed=0):
    """The same as images (N, C, H, W) in the order of memory in which our layers give them: channels last."""
    return np.moveaxis(normal(N, H, W, C, dtype=dtype, seed=seed), -1, 1)


def arrays_of(result):
    """What a part returned, as a list of arrays."""
    return [np.asarray(array) for array in (result if isinstance(result, tuple) else (result,))]
