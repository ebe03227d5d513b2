"""Reads arrays from a pickle without running it.

A pickle is a program for a small stack machine, and two of its instructions import and call any function there is: a
file of weights from a stranger can do what its writer likes. This file is that machine with the harmless instructions
only. GLOBAL finds nothing but the names of a short table, and REDUCE and BUILD reach nothing but the stand-ins in it:
no function of Python, NumPy or PyTorch is ever called. Python's own pickle.Unpickler with a careful `find_class`
imports nothing either, but a crafted pickle can still crash it: a dict key of tuples, a million deep, overflows its
stack, and one instruction makes it ask for 64 GB. Read pth.py next.
"""

import pickletools
from itertools import islice

import numpy as np

from .elements import Unreadable, shaped

LITERALS  = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE",
             "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
MAX_STEPS = 4_000_000                                            # instructions; a tensor needs about thirty
MAX_DEPTH, MAX_ITEMS, MAX_NAME = 8, 100_000, 1_000               # of the dicts and lists around the arrays
ARRAYS_ALONE = "save plain NumPy arrays alone, with pickle protocol 4"


def unpickle(program, names, persistent=None, fix=ARRAYS_ALONE):
    """Run a pickle, bytes, on the small machine; returns what it makes: dicts, lists, literals and stand-ins.

    names:      {"module name": a function that REDUCE may call, or any value}; whatever else is asked for is refused
    persistent: called for BINPERSID, with which PyTorch asks for the numbers of a tensor; None refuses it
    fix:        what the user is told to do where something is not admitted
    Raises Unreadable for an instruction or a name that is not admitted, and what Python raises for a broken program.
    """
    stack, marks, memo = [], [], {}
    for code, argument, _ in islice(pickletools.genops(program), MAX_STEPS):     # reads instructions, runs nothing
        match code.name:
            case "PROTO" | "FRAME":                      pass
            case "STOP":                                 return stack.pop()
            case name if name in LITERALS:               stack.append(argument)
            case name if name in CONSTANTS:              stack.append(CONSTANTS[name])
            case "EMPTY_DICT":                           stack.append({})
            case "EMPTY_LIST":                           stack.append([])
            case "EMPTY_TUPLE":                          stack.append(())
            case "MARK":                                 marks.append(len(stack))
            case "TUPLE":                                stack.append(tuple(cut(stack, marks.pop())))
            case "TUPLE1" | "TUPLE2" | "TUPLE3" as name: stack.append(tuple(cut(stack, -int(name[-1]))))
            case "BINPUT" | "LONG_BINPUT":               memo[argument] = stack[-1]
            case "MEMOIZE":                              memo[len(memo)] = stack[-1]
            case "BINGET" | "LONG_BINGET":               stack.append(memo[argument])
            case "APPEND":                               extend(stack[-2], cut(stack, -1))
            case "APPENDS":                              extend(stack[marks[-1] - 1], cut(stack, marks.pop()))
            case "SETITEM":                              update(stack[-3], cut(stack, -2))
            case "SETITEMS":                             update(stack[marks[-1] - 1], cut(stack, marks.pop()))
            case "GLOBAL":                               stack.append(find(argument, names, fix))
            case "STACK_GLOBAL":                         stack.append(find(" ".join(cut(stack, -2)), names, fix))
            case "REDUCE":                               stack.append(call(*cut(stack, -2)))
            case "BUILD":                                build(*cut(stack, -1), stack[-1])
            case "BINPERSID" if persistent:              stack.append(persistent(stack.pop()))
            case name:
                raise Unreadable(f"has the pickle instruction {name}, which is not admitted, and was not run", fix)
    raise Unreadable(f"has more than {MAX_STEPS} pickle instructions, and was not read", fix)


def cut(stack, start):
    """Take the items from `start` on off the stack."""
    items = stack[start:]
    del stack[start:]
    return items


def extend(target, items):
    if type(target) is not list:
        raise Unreadable(f"appends to a {type(target).__name__}, expected a list")
    target.extend(items)


def update(target, items):
    keys, values = items[::2], items[1::2]
    if type(target) is not dict or not all(map(is_key, keys)):
        raise Unreadable(f"sets items of a {type(target).__name__}, expected a dict whose keys are names or numbers")
    target.update(zip(keys, values, strict=True))


def is_key(key):
    """A name, or a number that is its own hash: a million large ones could have one hash, and a dict be slow."""
    return type(key) is str or type(key) is int and abs(key) < 1 << 60


def find(name, names, fix):
    if name not in names:
        raise Unreadable(f"asks for {name.replace(' ', '.')[:100]}, which is not admitted, and was not run", fix)
    return names[name]


def call(function, arguments):
    if not callable(function):                                   # all that can be called here is in `names`
        raise Unreadable(f"calls a {type(function).__name__}, and was not run further")
    return function(*arguments)


def build(state, target):
    """BUILD tells an object its state. PyTorch tells an OrderedDict the versions of its layers, which nobody needs."""
    if isinstance(target, PickledArray | PickledType):
        target.build(*state)
    elif type(target) is not dict:
        raise Unreadable(f"sets the state of a {type(target).__name__}, which is never done here, and was not run")


# Stand-ins ------------------------------------------------------------------------------------------------------------


class PickledType:
    """For numpy.dtype('f4', False, True), told its byte order afterwards."""

    def __init__(self, code, *_):
        if code not in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"):
            raise Unreadable("holds an array of something other than numbers")
        self.dtype = np.dtype(code)

    def build(self, version, order, *_):
        self.dtype = self.dtype.newbyteorder(order)


class PickledArray:
    """For what numpy's _reconstruct makes: an array that is told its shape, type and bytes afterwards."""

    def __init__(self, *_):
        self.array = None

    def build(self, version, shape, kind, is_fortran, data):
        array = np.frombuffer(data, kind.dtype)
        array.flags.writeable = False                            # protocol 5 has bytearrays
        self.array = shaped(array, shape, "an array", "F" if is_fortran else "C")


def frombuffer(data, kind, shape, order):
    """numpy._core.numeric._frombuffer: an array, all at once, as protocol 5 has it."""
    array = PickledArray()
    array.build(1, shape, kind, order == "F", data)
    return array


NUMPY_NAMES = {
    "numpy.core.multiarray _reconstruct": PickledArray,
    "numpy._core.multiarray _reconstruct": PickledArray,         # since NumPy 2
    "numpy.core.numeric _frombuffer": frombuffer,
    "numpy._core.numeric _frombuffer": frombuffer,
    "numpy ndarray": "ndarray",                                  # only ever handed to _reconstruct
    "numpy dtype": PickledType,
}


# Readers --------------------------------------------------------------------------------------------------------------


def read_pickle(file):
    """{key: array} of a pickle of NumPy arrays in dicts and lists; keys are joined by dots. Read-only arrays."""
    return named_arrays(unpickle(file.read(), NUMPY_NAMES))


def named_arrays(tree):
    """{"a": {"b": [x, y]}} -> {"a.b.0": x, "a.b.1": y}. Numbers and strings beside the arrays are left out.

    Raises Unreadable if there is no array, if two have one name, or if the tree is too deep or too large (a list can
    hold one list twice, which holds one list twice, ...).
    """
    arrays, seen, waiting = {}, 0, [((), tree)]
    while waiting:
        path, item = waiting.pop()
        seen += 1
        inside = len(item) if isinstance(item, dict | list | tuple) else 0
        if seen + len(waiting) + inside > MAX_ITEMS or len(path) > MAX_DEPTH:
            raise Unreadable(f"has more than {MAX_ITEMS} items, or is more than {MAX_DEPTH} deep, and was not read")
        if inside:
            pairs = list(item.items() if isinstance(item, dict) else enumerate(item))
            waiting += [((*path, str(key)), value) for key, value in reversed(pairs)]
        item = item.array if isinstance(item, PickledArray) else item
        if isinstance(item, np.ndarray):
            name = ".".join(path)
            if len(name) > MAX_NAME:
                raise Unreadable(f"holds an array whose name has {len(name)} letters, expected at most {MAX_NAME}")
            if name in arrays:
                raise Unreadable(f"holds two arrays named {name}")
            arrays[name] = item
    if not arrays:
        raise Unreadable("holds no arrays")
    return arrays
