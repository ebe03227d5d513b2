"""Finds the arrays in a pickle's nested dicts and lists, and gives each a dotted name. Read pth.py next."""

import numpy as np

from .elements import MAX_NAME, Unreadable
from .stand_ins import Foreign, PickledArray, PickledDict, Unknown

MAX_DEPTH, MAX_ITEMS = 16, 100_000                               # of the dicts, lists and arrays
MAX_SIZE = 4_000_000                                             # of all lists together, numbers included
MAX_OTHERS = 1_000
KINDS = {"PickledDict": "dict", "PickledArray": "array", "PickledType": "dtype", "Storage": "numbers"}   # for the reader
DICTS, LISTS = dict | PickledDict, list | tuple
NODES = DICTS | LISTS | np.ndarray | PickledArray


class NamedArrays(dict):
    """{name: array} from a file, and what else it holds.

    others: [(name, kind)], at most MAX_OTHERS: ("epoch", "int"), ("hyper_parameters", "omegaconf.DictConfig")
    """

    def __init__(self):
        super().__init__()
        self.others = []


def named_arrays(tree, size=MAX_SIZE):
    """{"a": {"b": [x, y]}} -> NamedArrays {"a.b.0": x, "a.b.1": y}; numbers, strings and foreign objects are `others`.

    size: the length of the program that built the tree, which has fewer items than that unless some are shared
    Raises Unreadable if there is no array, if two have the same name, or if the tree is too deep or too large (a list
    can hold another list twice, which holds another list twice, ...).
    """
    found, seen, waiting, left = NamedArrays(), 0, [((), tree)], 8 * size + 1_000
    while waiting:
        path, item = waiting.pop()
        seen += 1
        count, left = count_children(item), left - 1 - visit_cost(item)
        if seen + len(waiting) + count > MAX_ITEMS or len(path) > MAX_DEPTH:
            raise Unreadable(f"has more than {MAX_ITEMS} items, or is more than {MAX_DEPTH} deep, and was not read")
        pairs = children(item) if count else []
        waiting += [((*path, name), value) for name, value in reversed(pairs)]
        letters = sum(map(len, path)) + len(path) - 1
        left -= min(letters, MAX_NAME)
        if left < 0:
            raise Unreadable("holds the same lists again and again, more than its length accounts for")
        if not pairs:
            add_item(found, path, letters, item)
    if not found:
        raise Unreadable("holds no arrays")
    return found


def add_item(found, path, letters, item):
    """Add an item, an array or one of the others, under the name given by its path."""
    array = item.array if isinstance(item, PickledArray) else item
    if isinstance(array, np.ndarray):
        if letters > MAX_NAME:
            raise Unreadable(f"holds an array whose name has {letters} characters, expected at most {MAX_NAME}")
        name = ".".join(path)
        if name in found:
            raise Unreadable(f"holds two arrays named {name}")
        found[name] = array
    elif 0 < letters <= MAX_NAME and len(found.others) < MAX_OTHERS:
        kind = item.name if isinstance(item, Foreign | Unknown) else KINDS.get(type(item).__name__, type(item).__name__)
        found.others.append((".".join(path), kind))


def visit_cost(item):
    """The number of values examined in a visit to an item."""
    state = item.state if isinstance(item, Foreign) else None
    own = len(item.items() if isinstance(item, DICTS) else item) if isinstance(item, DICTS | LISTS) else 0
    return own + (len(state.pairs) if type(state) is PickledDict else 0)


def count_children(item):
    """The number of an item's children."""
    if isinstance(item, DICTS):
        return len(item.items())
    return sum(isinstance(value, NODES) for value in item) if isinstance(item, LISTS) else 0


def children(item):
    """[(name, value)] for a dict's values whose keys can be names, or for the arrays, dicts and lists in a list."""
    if isinstance(item, DICTS):
        return [(str(key), value) for key, value in item.items() if is_key(key)]
    return [(str(i), value) for i, value in enumerate(item) if isinstance(value, NODES)]


def is_key(key):
    """Whether a dict's key can be part of a name: a string, or an integer of reasonable length."""
    return type(key) is str or type(key) is int and abs(key) < 1 << 60
