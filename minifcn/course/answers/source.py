"""Extracts one answer from a notebook or a file, with the imports and helpers that it needs.

Nothing else of a student's notebook runs in a check: no plots, no trainings, no prints. reading.py turns files into
chunks, statements.py finds the names that their statements bind and read, and index.py chooses among them. Read
solutions.py next.
"""

import ast
import sys
from dataclasses import dataclass
from functools import lru_cache

from .cells import UNPARSABLE, lines_of, quietly, reason
from .index import Index, Needs
from .reading import kind_of, read_chunks
from .statements import Chunk, identifiers, root

__all__ = ["BrokenAnswer", "Chunk", "Index", "NoAnswer", "Source", "extract", "foreign_imports", "kind_of",
           "read_chunks", "readings", "tree_of"]  # fmt: skip

MISSING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}  # what an import of no module raises


@dataclass(frozen=True)
class Source:
    """An answer taken out of its notebook or file.

    text:    Python source that binds `name`
    place:   where it is defined: "cell 14, line 1"
    places:  for every line of `text`, the place where it comes from
    """

    name: str
    text: str
    place: str
    places: tuple

    def place_of(self, line):
        """Where a line of the text, counted from 1, stands in the student's file, and what it says."""
        if not 1 <= line <= len(self.places):
            return ""
        return f"{self.places[line - 1]}: {lines_of(self.text)[line - 1].strip()}"


class NoAnswer(LookupError):
    """There is nothing of that name in the notebook or file."""


class BrokenAnswer(SyntaxError):
    """The cell or file that has the answer is not Python; says where."""


def extract(chunks, name, given=()):
    """The Source of what the chunks call `name`; names in `given` come from elsewhere and are left out.

    chunks: a sequence of Chunk, or the Index of one
    Raises NoAnswer where nothing is called so, and BrokenAnswer where the cell that has it is not Python.
    """
    return next(readings(chunks, name, given))


def readings(chunks, name, given=()):
    """Yield the Sources that an answer may mean, from one to four, the likelier first. Raises as `extract` does.

    If a name that it uses is bound several times, the first Source has its meaning when the answer was defined, because
    a later cell may use the name for something else. The second has the last definition, which may be a correction. The
    third has also what functions of the file change when they are called, such as a class that is handed to them. The
    last takes names in `given` from the file, where a function of that name is written there.
    """
    seen = set()
    for source in each_reading(chunks, name, given):
        if source.text not in seen:
            yield source
        seen.add(source.text)


def each_reading(chunks, name, given):
    """The Sources that `readings` returns, one by one and with repetitions."""
    index = chunks if isinstance(chunks, Index) else indexed(tuple(chunks))
    if fault := index.fault_of(name):
        raise BrokenAnswer(fault)
    if not index.uses(name).binding:
        raise NoAnswer(name)
    yield assemble(name, index, Needs(index, name, given, False).found())
    yield assemble(name, index, Needs(index, name, given, True).found())
    calling = index.with_effects
    yield assemble(name, index, Needs(calling, name, given, False).found())
    yield assemble(name, index, Needs(calling, name, set(given) - index.written(given), False).found())


@lru_cache(maxsize=16)  # every exercise, and every planted mistake, of a lesson is taken from the same file
def indexed(chunks):
    return Index(chunks)


def assemble(name, index, numbers):
    """The chosen statements, in their order, as one text; imports from __future__ first, as Python requires."""
    future = [s for s in index.statements if s.imports("__future__")]
    lines, places, place, end = [], [], "", None  # a line is a list of the statements on it
    for s in dict.fromkeys([*future, *(index.statements[i] for i in numbers)]):
        first = s.first_line
        if name in s.binds:
            place = f"{s.chunk.place}, line {first}"
        text = lines_of(s.code)
        if s.shares and end == (s.chunk, first):
            lines[-1].append(text.pop(0))
            first += 1
        lines += [[line] for line in text]
        places += [f"{s.chunk.place}, line {first + i}" for i in range(len(text))]
        end = (s.chunk, s.last_line)
    return Source(name, "\n".join("; ".join(line) for line in lines) + "\n", place, tuple(places))


def foreign_imports(source, allowed=()):
    """Modules that a source imports beyond NumPy, the standard library and those that are allowed. ValueError."""
    names, waiting = set(), [tree_of(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
        waiting += node.orelse if is_for_type_checkers(node) else required(node)
    return sorted(names - {"numpy", *sys.stdlib_module_names, *allowed})


def required(node):
    """The parts of a node; of `try: import numba` with something else to do where there is none, only what that is."""
    if isinstance(node, ast.Try) and any(map(catches_import_errors, node.handlers)):
        return [*(part for part in node.body if not is_import(part)), *node.handlers, *node.orelse, *node.finalbody]
    if isinstance(node, ast.With) and any("ImportError" in ast.unparse(item) for item in node.items):
        return [*node.items, *(part for part in node.body if not is_import(part))]  # contextlib.suppress(ImportError)
    return ast.iter_child_nodes(node)


def catches_import_errors(handler):
    """Whether an `except` is reached when there is no such module."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (identifiers(kind) or ("",))[-1] in MISSING for kind in kinds)


def is_import(node):
    return isinstance(node, (ast.Import, ast.ImportFrom))


def is_for_type_checkers(node):
    """if TYPE_CHECKING: ..., which never runs."""
    test = node.test if isinstance(node, ast.If) else None
    return bool(root(test)) and any(part.endswith("TYPE_CHECKING") for part in identifiers(test))


def tree_of(source):
    """The syntax tree of a Source. Raises ValueError, in one sentence, where Python's parser fails."""
    try:
        with quietly():
            return ast.parse(source.text)
    except UNPARSABLE as error:
        raise ValueError(f"{source.place}: Python cannot read the answer: {reason(error)}") from None
