"""The benchmark's vocabulary: a Case is a piece of work, a Goal the target for its figure, a Row a measurement.

A case's `make` returns the work as functions without arguments, one set per contender: "ours" and, if PyTorch is
installed, "torch", "channels last", which is PyTorch in its other memory format, and "compiled", by torch.compile.
Read timing.py next.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np


@dataclass(frozen=True)
class Goal:
    """`least` is required, `aim` is what we hope for. larger: whether larger is better, as for speeds, unlike costs."""

    least: float
    aim: float
    larger: bool = True

    def verdict(self, value):
        """'++' if the aim is reached, '+' if only the least is, '-' if neither."""
        sign = 1 if self.larger else -1
        return "++" if sign * value >= sign * self.aim else "+" if sign * value >= sign * self.least else "-"


@dataclass(frozen=True)
class Case:
    """A piece of work in one or more parts, each a row of the table.

    section: 'step', 'conv', 'op' or 'inference'
    name:    what is computed, with its sizes
    parts:   'forward', 'backward', ...
    goal:    for the ratio of the fastest PyTorch's time to ours
    make:    dtype -> {contender: {part: function}}; a function returns one array or several, equal for all contenders
    note:    part -> a remark at the end of its row
    """

    section: str
    name: str
    parts: tuple
    goal: Goal
    make: Callable
    note: Callable = lambda part: ""

    def label(self, part):
        """The part as its row names it: "" if it is the only one."""
        return part if len(self.parts) > 1 else ""


@dataclass(frozen=True)
class Row:
    """A line of the table. `value` is what the goal applies to: a ratio of the other columns, or `ours` itself.

    section, name, part:        as in Case; part is '' if it is the only one
    ours, torch, channels_last, compiled: in `unit`; None if not measured
    note:                       the algorithm a convolution used
    """

    section: str
    name: str
    part: str
    unit: str
    ours: float
    torch: float | None = None
    channels_last: float | None = None
    compiled: float | None = None
    value: float | None = None
    goal: Goal | None = None
    note: str = ""

    @property
    def title(self):
        return f"{self.name} {self.part}".strip()

    @property
    def default(self):
        """The ratio to PyTorch's default, contiguous and not compiled; None if either was not timed."""
        return self.torch / self.ours if self.torch and self.unit == "ms" else None

    @property
    def verdict(self):
        return "" if self.value is None or self.goal is None else self.goal.verdict(self.value)

    def to_json(self):
        return asdict(self)

    @classmethod
    def from_json(cls, saved):
        return cls(**saved | {"goal": saved["goal"] and Goal(**saved["goal"])})


def normal(*shape, dtype=np.float32, seed=0):
    """Normal random numbers, drawn in float32, so that float64 gets the same values."""
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32).astype(dtype, copy=False)


def normal_images(N, C, H, W, dtype=np.float32, seed=0):
    """The same as images (N, C, H, W) in the memory format that our layers return: channels last."""
    return np.moveaxis(normal(N, H, W, C, dtype=dtype, seed=seed), -1, 1)


def arrays_of(result):
    """The result of a part as a list of arrays."""
    return [np.asarray(array) for array in (result if isinstance(result, tuple) else (result,))]
