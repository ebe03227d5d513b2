"""Runs a function made for Numba as plain Python, and notes which iterations of its parallel loops touch what.

`prange` runs one iteration after the other, so the numbers are right even where a race would spoil them; the race is
found in the notes (watched.py). A function with a race fails here on every computer and each time, though on one core
it may never give a wrong number. Read card.py next.
"""

import math
import types
from dataclasses import dataclass

import numpy as np

from .watched import MAKERS, Log, Watched, WatchedNumpy


@dataclass(frozen=True)
class Watching:
    """What a function did.

    value:    what it returned, as plain arrays
    race:     a sentence about two iterations that touch the same element, or ""
    loops:    for each parallel loop, in order, the number of its iterations
    raced:    {argument or "result": array of bool, where iterations clashed}
    largest:  the number of elements in the largest array that it made, besides the one that it returned
    """

    value: object
    race: str
    loops: tuple
    raced: dict
    largest: int


def watch_loops(function, *args):
    """The Watching of function(*args), for a function with or without Numba's decorator, and all that it calls."""
    log, loops = Log(lambda a, b: a != b, lambda iteration: f"iteration {iteration}"), []
    names = plain_function(function).__code__.co_varnames
    given = [log.array(arg, name) if isinstance(arg, np.ndarray) else arg for name, arg in zip(names, args)]
    own = len(log.stores)
    value = Rebuilder(log, loops).function(function)(*given)
    for arg, one in zip(args, given):
        if isinstance(one, Watched):
            arg[...] = one.values  # what it wrote into its arguments
    results = [one.store for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, Watched)]
    made = [math.prod(store.shape) for store in log.stores[own:] if store not in results]
    raced = {store.name: store.raced.reshape(store.shape) for store in log.stores[:own]}
    if results:
        raced["result"] = results[0].raced.reshape(results[0].shape)
    return Watching(unwatched(value), log.race, tuple(loops), raced, max(made, default=0))


def unwatched(value):
    """Plain arrays in place of watched ones."""
    if isinstance(value, tuple):
        return tuple(map(unwatched, value))
    return value.values if isinstance(value, Watched) else value


def plain_function(function):
    """The Python function that Numba compiles, or the function itself."""
    return getattr(function, "py_func", function)


def names_in(code):
    """The names that a function's code uses, and those of the functions in it."""
    inner = [names_in(constant) for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return set(code.co_names).union(*inner)


class Rebuilder:
    """Makes functions anew with other names around them: prange and numpy are watched, compiled functions plain."""

    def __init__(self, log, loops):
        self.log, self.loops, self.numpy, self.made = log, loops, WatchedNumpy(log), {}

    def function(self, function):
        """The same function for plain Python; it is parallel only if it was compiled so."""
        plain = plain_function(function)
        if id(plain) not in self.made:
            names = {}
            parallel = bool(getattr(function, "targetoptions", {}).get("parallel"))
            cells = tuple(types.CellType(self.replace(cell.cell_contents, plain.__globals__, parallel)) for cell in plain.__closure__ or ())
            made = types.FunctionType(plain.__code__, names, plain.__name__, plain.__defaults__, cells)
            made.__kwdefaults__ = plain.__kwdefaults__
            self.made[id(plain)] = made
            used, around = names_in(plain.__code__), plain.__globals__
            names |= around | {name: self.replace(around[name], around, parallel) for name in used & around.keys()}
        return self.made[id(plain)]

    def replace(self, value, around, parallel):
        """What stands in for the value of a name, in a function with these names around it."""
        prange = self.prange if parallel else range
        if value is np:
            return self.numpy
        if isinstance(value, types.ModuleType) and value.__name__ == "numba":
            return types.SimpleNamespace(**{**vars(value), "prange": prange})
        if getattr(value, "__name__", "") == "prange":
            return prange
        if name := next((name for name in MAKERS if value is getattr(np, name)), ""):
            return getattr(self.numpy, name)
        is_neighbour = isinstance(value, types.FunctionType) and value.__globals__ is around
        return self.function(value) if is_neighbour or hasattr(value, "py_func") else value

    def prange(self, *limits):
        """Numba's prange: a range whose iterations are workers. Within another one it is a range, as in Numba."""
        if self.log.worker is not None:
            yield from range(*limits)
            return
        self.log.forget()
        self.loops.append(len(range(*limits)))
        try:
            for self.log.worker in range(*limits):
                yield self.log.worker
        finally:
            self.log.worker = None
