"""One or more correct configurations of every operation, for the gradient check of the whole library.

The operations of Tensor are here, those of a network in catalogue_network.py. Read catalogue_network.py next.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ..functional import cat, pad, stack, where
from .differences import STEP


@dataclass(frozen=True)
class Case:
    """A function, its inputs, and the parameters it closes over.

    make_inputs: takes a NumPy generator and returns a list of float64 arrays.  max_entries, step: as in gradcheck.
    """

    name: str
    function: Callable
    make_inputs: Callable
    parameters: dict = field(default_factory=dict)
    max_entries: int = 400
    step: float = STEP


def normal(*shapes):
    """Inputs from the normal distribution."""
    return lambda rng: [rng.standard_normal(shape) for shape in shapes]


def positive(*shapes):
    """Inputs from 0.5 to 2."""
    return lambda rng: [rng.uniform(0.5, 2, shape) for shape in shapes]


def distinct(*shapes):
    """Inputs at least 0.1 apart from one another and from 0: no ties and no kinks."""

    def make(rng):
        counts = [int(np.prod(shape)) for shape in shapes]
        return [
            (rng.permutation(n) - n // 2 + rng.uniform(0.25, 0.75)).reshape(shape) / 5
            for n, shape in zip(counts, shapes)
        ]

    return make


def ratios_apart(*shapes):
    """Two inputs a, b whose ratio a / b is at least 0.2 away from any integer: a % b has no jump nearby."""

    def make(rng):
        b = rng.uniform(0.5, 2, shapes[1])
        return [b * (rng.integers(-3, 4, shapes[0]) + rng.uniform(0.2, 0.8, shapes[0])), b]

    return make


ARITHMETIC = [
    Case("add", lambda a, b: a + b, normal((3, 4), (3, 4))),
    Case("add, broadcast", lambda a, b: a + b, normal((2, 3, 4), (3, 1))),
    Case("add, a number", lambda a: a + 2.5, normal((3, 4))),
    Case("add, one tensor twice", lambda a: a + a, normal((3, 4))),
    Case("sub", lambda a, b: a - b, normal((3, 4), (3, 4))),
    Case("sub, broadcast", lambda a, b: a - b, normal((4,), (2, 3, 1))),
    Case("sub, from a number", lambda a: 1 - a, normal((3, 4))),
    Case("mul", lambda a, b: a * b, normal((3, 4), (3, 4))),
    Case("mul, broadcast", lambda a, b: a * b, normal((2, 1, 4), (3, 1))),
    Case("mul, one tensor twice", lambda a: a * a, normal((3, 4))),
    Case("div", lambda a, b: a / b, positive((3, 4), (3, 4))),
    Case("div, broadcast", lambda a, b: a / b, positive((3, 1), (2, 1, 4))),
    Case("div, of a number", lambda a: 2 / a, positive((3, 4))),
    Case("remainder", lambda a, b: a % b, ratios_apart((3, 4), (3, 4))),
    Case("remainder, broadcast", lambda a, b: a % b, ratios_apart((2, 3, 4), (3, 1))),
    Case("remainder, of a negative number", lambda a: a % -0.6, distinct((3, 4))),
    Case("neg", lambda a: -a, normal((3, 4))),
    Case("abs", lambda a: abs(a), distinct((3, 4))),
    Case("pow, a square", lambda a: a**2, normal((3, 4))),
    Case("pow, two tensors", lambda a, b: a**b, positive((3, 4), (3, 4))),
    Case("pow, broadcast", lambda a, b: a**b, positive((3, 4), (4,))),
    Case("pow, of a number", lambda a: 2**a, normal((3, 4))),
    Case("matmul", lambda a, b: a @ b, normal((3, 4), (4, 2))),
    Case("matmul, square", lambda a, b: a @ b, normal((3, 3), (3, 3))),
    Case("matmul, batches", lambda a, b: a @ b, normal((2, 3, 4), (2, 4, 5))),
    Case("matmul, one matrix for a batch", lambda a, b: a @ b, normal((2, 3, 4), (4, 5))),
    Case("matmul, matrix and vector", lambda a, b: a @ b, normal((3, 4), (4,))),
    Case("matmul, vector and matrix", lambda a, b: a @ b, normal((4,), (4, 3))),
    Case("matmul, two vectors", lambda a, b: a @ b, normal((5,), (5,))),
    Case("exp", lambda a: a.exp(), normal((3, 4))),
    Case("log", lambda a: a.log(), positive((3, 4))),
    Case("sqrt", lambda a: a.sqrt(), positive((3, 4))),
]

REDUCE = [
    Case("sum", lambda a: a.sum(), normal((3, 4))),
    Case("sum, one axis", lambda a: a.sum(1), normal((2, 3, 4))),
    Case("sum, two axes kept", lambda a: a.sum((0, -1), keepdim=True), normal((2, 3, 4))),
    Case("mean", lambda a: a.mean(), normal((3, 4))),
    Case("mean, one axis", lambda a: a.mean(0), normal((3, 4))),
    Case("mean, two axes", lambda a: a.mean((1, 2), keepdim=True), normal((2, 3, 4))),
    Case("max", lambda a: a.max(), distinct((3, 4))),
    Case("max, one axis", lambda a: a.max(1)[0], distinct((3, 4))),
    Case("max, one axis kept", lambda a: a.max(-2, keepdim=True)[0], distinct((2, 3, 4))),
]

SHAPE = [
    Case("reshape", lambda a: a.reshape(4, -1), normal((2, 3, 4))),
    Case("flatten", lambda a: a.flatten(1), normal((2, 3, 4))),
    Case("permute", lambda a: a.permute(2, 0, 1), normal((2, 3, 4))),
    Case("permute, a cube", lambda a: a.permute(1, 2, 0), normal((3, 3, 3))),
    Case("transpose", lambda a: a.transpose(0, 1), normal((3, 4))),
    Case("index, one row", lambda a: a[1], normal((3, 4))),
    Case("index, slices", lambda a: a[1:, ::2], normal((3, 5))),
    Case("index, backwards", lambda a: a[..., ::-1], normal((3, 4))),
    Case("index, new axis", lambda a: a[:, None], normal((3, 4))),
    Case("index, one row twice", lambda a: a[np.array([0, 2, 0, 0])], normal((3, 4))),
    Case("index, pairs", lambda a: a[np.array([0, 1, 1]), np.array([2, 3, 3])], normal((3, 4))),
    Case("index, a mask", lambda a: a[np.arange(12).reshape(3, 4) % 5 < 2], normal((3, 4))),
    Case("cat", lambda a, b: cat([a, b]), normal((2, 3), (4, 3))),
    Case("cat, axis 1, three", lambda a, b, c: cat([a, b, c], dim=1), normal((2, 1, 3), (2, 4, 3), (2, 2, 3))),
    Case("cat, one tensor twice", lambda a: cat([a, a], dim=-1), normal((2, 3))),
    Case("stack", lambda a, b: stack([a, b]), normal((2, 3), (2, 3))),
    Case("stack, last axis", lambda a, b: stack([a, b], dim=-1), normal((2, 3), (2, 3))),
    Case("where", lambda a, b: where(np.arange(12).reshape(3, 4) % 3 == 0, a, b), normal((3, 4), (3, 4))),
    Case("where, broadcast", lambda a, b: where(np.arange(4) % 2 == 0, a, b), normal((3, 1), (2, 1, 4))),
    Case("pad", lambda a: pad(a, (1, 2, 0, 3), value=0.5), normal((2, 2, 3, 4))),
    Case("pad, cropping", lambda a: pad(a, (-1, 2, 1, -1)), normal((2, 3, 4))),
    Case("pad, reflect", lambda a: pad(a, (2, 1, 1, 2), mode="reflect"), normal((1, 2, 3, 4))),
    Case("pad, replicate", lambda a: pad(a, (2, 1, 0, 3), mode="replicate"), normal((1, 2, 3, 4))),
]
