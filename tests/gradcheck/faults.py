"""A planted fault: a case of the catalogue, and a wrong method put in the place of a right one.

faults_*.py list them by family; test_planted_faults.py shows that gradcheck rejects every one.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from minifcn.gradcheck.catalogue_network import CASES

CASE = {case.name: case for case in CASES}
assert len(CASE) == len(CASES), "two cases have one name"


@dataclass(frozen=True)
class Fault:
    """What is wrong, in words; the class; the case that shows it; the wrong method.

    wrong: called with `right` (the right method, bound to the instance), the instance, and the method's arguments.
    """

    name: str
    owner: type
    case: str
    wrong: Callable
    method: str = "backward"

    def plant(self, monkeypatch):
        original, wrong = getattr(self.owner, self.method), self.wrong

        def method(function, *args, **kwargs):
            return wrong(lambda *a, **k: original(function, *a, **k), function, *args, **kwargs)

        monkeypatch.setattr(self.owner, self.method, method)

    def __str__(self):
        return f"{self.owner.name()}: {self.name}"


def gradient(i, formula):
    """The gradient of input `i` becomes formula(function, grad), the others stay right."""

    def wrong(right, function, grad):
        grads = as_tuple(right(grad))
        return tuple(
            np.ascontiguousarray(formula(function, grad)) if j == i and g is not None else g
            for j, g in enumerate(grads)
        )

    return wrong


def change(i, formula):
    """The right gradient g of input `i` becomes formula(g)."""

    def wrong(right, function, grad):
        grads = as_tuple(right(grad))
        return tuple(np.ascontiguousarray(formula(g)) if j == i and g is not None else g for j, g in enumerate(grads))

    return wrong


def as_tuple(grads):
    return grads if isinstance(grads, tuple) else (grads,)
