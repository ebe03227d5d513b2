"""Reads arrays from a pickle without running it.

A pickle is a program for a small stack machine, and two of its instructions import and call arbitrary functions: a
weights file from a stranger can do whatever its author likes. This file implements that machine with only the harmless
instructions. GLOBAL imports nothing: names are looked up in a short table of stand-ins, and any other is kept as a
name. REDUCE and BUILD reach only the stand-ins: no function of Python, NumPy or PyTorch is ever called, and other
objects in the file, such as a scheduler or a configuration, become placeholders. Python's own pickle.Unpickler with a
careful `find_class` imports nothing either, but a crafted pickle can still crash it: a dict key of tuples nested a
million deep overflows its stack, and a single instruction makes it request 64 GB. Here time and memory are proportional
to the length of the program. Read tree.py next.
"""

import pickletools
from itertools import islice

from .elements import Unreadable
from .stand_ins import NUMPY_NAMES, Foreign, PickledArray, PickledDict, PickledType, Unknown
from .tree import named_arrays

LITERALS  = {"BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
             "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8"}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
MAX_STEPS = 4_000_000                                            # instructions; a tensor needs about thirty
MAX_GLOBAL = 500                                                 # characters in the name of a class or function
ARRAYS_ALONE = "save plain NumPy arrays alone, with pickle protocol 4"
# No weights file needs these. Here they would be as harmless as any other name, but such a file is an attack.
HARMFUL = {"os", "posix", "nt", "subprocess", "sys", "shutil", "socket", "importlib", "runpy", "pty", "ctypes",
           *(f"{module} {name}" for module in ("builtins", "__builtin__")
             for name in ("eval", "exec", "execfile", "compile", "open", "__import__"))}  # fmt: skip


def unpickle(program, names, persistent=None, fix=ARRAYS_ALONE):
    """Run a pickle, bytes, on the small machine; return the result: lists, tuples, literals and stand-ins.

    names:      {"module name": a function that REDUCE may call, or any value}; any other name becomes an Unknown
    persistent: called for BINPERSID, with which PyTorch refers to a tensor's storage; None refuses it
    fix:        the advice to the user if something is not allowed
    Raises Unreadable for an instruction or a name that is not allowed and for more work than the program's length
    accounts for, and Python's own errors for a broken program.
    """
    stack, marks, memo, find, budget = [], [], [], Finder(names, fix), Budget(program)
    for code, argument, _ in islice(pickletools.genops(program), MAX_STEPS):     # reads instructions, runs nothing
        match code.name:
            case "PROTO" | "FRAME":                      pass
            case "STOP":                                 return stack.pop()
            case name if name in LITERALS:               stack.append(argument)
            case name if name in CONSTANTS:              stack.append(CONSTANTS[name])
            case "EMPTY_DICT":                           stack.append(PickledDict())
            case "EMPTY_LIST" | "EMPTY_SET":             stack.append([])
            case "EMPTY_TUPLE":                          stack.append(())
            case "MARK":                                 marks.append(len(stack))
            case "TUPLE" | "FROZENSET":                  stack.append(tuple(cut(stack, marks.pop())))
            case "TUPLE1" | "TUPLE2" | "TUPLE3" as name: stack.append(tuple(cut(stack, -int(name[-1]))))
            case "BINPUT" | "LONG_BINPUT":               put(memo, argument, stack[-1])
            case "MEMOIZE":                              memo.append(stack[-1])
            case "BINGET" | "LONG_BINGET":               stack.append(memo[argument])
            case "APPEND":                               extend(stack[-2], cut(stack, -1))
            case "APPENDS" | "ADDITEMS":                 extend(stack[marks[-1] - 1], cut(stack, marks.pop()))
            case "SETITEM":                              update(stack[-3], cut(stack, -2))
            case "SETITEMS":                             update(stack[marks[-1] - 1], cut(stack, marks.pop()))
            case "GLOBAL":                               stack.append(find(argument))
            case "STACK_GLOBAL":                         stack.append(find(" ".join(budget.spend(cut(stack, -2)))))
            case "REDUCE":                               stack.append(call(*cut(stack, -2), budget))
            case "NEWOBJ":                               stack.append(make(*cut(stack, -2)))
            case "NEWOBJ_EX":                            stack.append(make(*cut(stack, -3)))
            case "BUILD":                                build(*cut(stack, -1), stack[-1], budget)
            case "BINPERSID" if persistent:              stack.append(persistent(budget.spend(stack.pop())))
            case name:
                raise Unreadable(f"has the pickle instruction {name}, which is not admitted, and was not run", fix)
    raise Unreadable(f"has more than {MAX_STEPS} pickle instructions, and was not read", fix)


class Budget:
    """The work that a program may cause beyond its instructions, in elements and bytes of call arguments.

    Each array needs its bytes once or twice. Passing one large tuple to a thousand calls would take hours.
    """

    def __init__(self, program):
        self.left = 8 * len(program) + 1_000

    def spend(self, values):
        """Charge for `values`, the list or tuple of a call's arguments, by their number and sizes; return it."""
        if not isinstance(values, list | tuple):
            raise Unreadable(f"passes a {type(values).__name__} to a function, expected a tuple")
        self.left -= len(values)
        if self.left >= 0:                                       # or a refusal would cost as much as the work
            self.left -= sum(len(value) for value in values if isinstance(value, str | bytes | bytearray | tuple))
        if self.left < 0:
            raise Unreadable("asks for more work than a file of its length can need, and was not run further")
        return values


class Finder:
    """Looks a name up in `names`; any other becomes an Unknown, shared by all its uses."""

    def __init__(self, names, fix):
        self.names, self.fix, self.unknown = names, fix, {}

    def __call__(self, name):
        if name in self.names:
            return self.names[name]
        dotted = name.replace(" ", ".")
        if len(name) > MAX_GLOBAL or HARMFUL & {name, name.split(" ")[0].split(".")[0]} or is_tensor(name):
            raise Unreadable(f"asks for {dotted[:100]}, which is not admitted, and was not run", self.fix)
        return self.unknown.setdefault(name, Unknown(dotted))


def is_tensor(name):
    """Whether PyTorch creates tensors by this name; as unknown objects they would be dropped silently."""
    module, _, attribute = name.partition(" ")
    return module.split(".")[0] == "torch" and (attribute.startswith("_rebuild") or attribute.endswith("Storage"))


def cut(stack, start):
    """Pop the items from `start` on off the stack."""
    items = stack[start:]
    del stack[start:]
    return items


def put(memo, index, value):
    """Memo entries are numbered in order, in a list: crafted numbers could collide in a dict and make it slow."""
    if index > len(memo) + 8:
        raise Unreadable(f"numbers a memo entry {index}, expected at most {len(memo) + 8}, and was not run further")
    memo.extend([None] * (index + 1 - len(memo)))
    memo[index] = value


def extend(target, items):
    if isinstance(target, Foreign):                              # a subclass of list, or a deque: not weights
        return
    if type(target) is not list:
        raise Unreadable(f"appends to a {type(target).__name__}, expected a list")
    target.extend(items)


def update(target, items):
    if not isinstance(target, PickledDict):
        raise Unreadable(f"sets items of a {type(target).__name__}, expected a dict")
    target.pairs.extend(zip(items[::2], items[1::2], strict=True))


def call(function, arguments, budget):
    if isinstance(function, Unknown):
        return Foreign(function.name)
    if not callable(function):                                   # everything callable here is in `names`
        raise Unreadable(f"calls a {type(function).__name__}, and was not run further")
    return function(*budget.spend(arguments))


def make(kind, *_):
    """NEWOBJ and NEWOBJ_EX create an object of a class."""
    if not isinstance(kind, Unknown):
        raise Unreadable("makes an object of something that is not a class, and was not run further")
    return Foreign(kind.name)


def build(state, target, budget):
    """BUILD gives an object its state. PyTorch's OrderedDict gets its layers' versions, which are not needed."""
    if isinstance(target, PickledArray | PickledType):
        target.build(*budget.spend(state))
    elif isinstance(target, Foreign):
        target.state = state
    elif not isinstance(target, PickledDict):
        raise Unreadable(f"sets the state of a {type(target).__name__}, which is not admitted, and was not run")


def read_pickle(file):
    """{key: array} from a pickle of NumPy arrays in dicts and lists; keys are joined by dots. Read-only arrays."""
    program = file.read()
    return named_arrays(unpickle(program, NUMPY_NAMES), len(program))
