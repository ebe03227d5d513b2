"""Extracts one answer from a notebook or file, with the imports and helpers it needs.

Nothing else in a student's notebook runs in a check: no plots, no training, no prints. reading.py turns files into
chunks, statements.py finds the names that statements bind and read, and index.py selects the statements. Read
solutions.py next.
"""

import ast
import sys
from dataclasses import dataclass
from functools import lru_cache

from .cells import PARSE_ERRORS, ignore_warnings, split_lines, why_unparsable
from .index import Index, Slicer
from .reading import kind_of, read_chunks
from .statements import Chunk, identifiers, root_name

__all__ = ["BrokenAnswer", "Chunk", "Index", "NoAnswer", "Source", "extract", "foreign_imports", "is_borrowed", "kind_of",
           "read_chunks", "readings", "tree_of"]  # fmt: skip

IMPORT_ERRORS = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}  # each catches a failed import


@dataclass(frozen=True)
class Source:
    """An answer extracted from its notebook or file.

    text:    Python source that binds `name`
    place:   where it is defined: "cell 14, line 1"
    places:  for each line of `text`, where it comes from
    """

    name: str
    text: str
    place: str
    places: tuple

    def place_of(self, line):
        """Where a line of the text, counted from 1, is in the student's file, and what it says."""
        if not 1 <= line <= len(self.places):
            return ""
        return f"{self.places[line - 1]}: {split_lines(self.text)[line - 1].strip()}"


class NoAnswer(LookupError):
    """Nothing in the notebook or file has that name."""


class BrokenAnswer(SyntaxError):
    """The cell or file with the answer is not valid Python; the message says where."""


def extract(chunks, name, given=()):
    """The Source of `name` in the chunks; names in `given` are supplied by the course and left out.

    chunks: a sequence of Chunk, or its Index
    Raises NoAnswer if nothing has that name, and BrokenAnswer if the cell that defines it is not Python.
    """
    return next(readings(chunks, name, given))


def readings(chunks, name, given=()):
    """Yield the possible readings of an answer, one to four Sources, the likeliest first. Raises as `extract` does.

    They differ if a name the answer uses is bound several times. The first Source uses its value at the point where the
    answer was defined, since a later cell may reuse the name for something else. The second uses the last definition,
    which may be a correction. The third adds the side effects of the file's functions, such as changes to a class
    passed to them. The last prefers the file's own definitions of names in `given`.
    """
    seen = set()
    for source in all_readings(chunks, name, given):
        if source.text not in seen:
            yield source
        seen.add(source.text)


def all_readings(chunks, name, given):
    """The Sources that `readings` yields, with duplicates."""
    index = chunks if isinstance(chunks, Index) else index_of(tuple(chunks))
    if fault := index.fault_of(name):
        raise BrokenAnswer(fault)
    if not index.uses(name).binding:
        raise NoAnswer(name)
    yield assemble(name, index, Slicer(index, name, given, False).slice())
    yield assemble(name, index, Slicer(index, name, given, True).slice())
    calling = index.with_effects
    yield assemble(name, index, Slicer(calling, name, given, False).slice())
    yield assemble(name, index, Slicer(calling, name, set(given) - index.defined_here(given), False).slice())


def is_borrowed(chunks, name):
    """Whether an answer is the course's own, taken by im2col = borrow("06.im2col")."""
    return (chunks if isinstance(chunks, Index) else index_of(tuple(chunks))).borrows(name)


@lru_cache(maxsize=16)  # all exercises of a lesson, and all its planted mistakes, come from the same file
def index_of(chunks):
    return Index(chunks)


def assemble(name, index, numbers):
    """The Source made of the chosen statements, in order; imports from __future__ first, as Python requires."""
    future = [s for s in index.statements if s.imports("__future__")]
    lines, places, place, end = [], [], "", None  # a line is a list of the statements on it
    for s in dict.fromkeys([*future, *(index.statements[i] for i in numbers)]):
        first = s.first_line
        if name in s.binds:
            place = f"{s.chunk.place}, line {first}"
        text = split_lines(s.code)
        if s.shares and end == (s.chunk, first):
            lines[-1].append(text.pop(0))
            first += 1
        lines += [[line] for line in text]
        places += [f"{s.chunk.place}, line {first + i}" for i in range(len(text))]
        end = (s.chunk, s.last_line)
    return Source(name, "\n".join("; ".join(line) for line in lines) + "\n", place, tuple(places))


def foreign_imports(source, allowed=()):
    """Modules a source imports besides NumPy, the standard library and `allowed`. Raises ValueError as tree_of does."""
    names, waiting = set(), [tree_of(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
        waiting += node.orelse if is_for_type_checkers(node) else required_parts(node)
    return sorted(names - {"numpy", *sys.stdlib_module_names, *allowed})


def required_parts(node):
    """The child nodes of a node, minus optional imports: those in a `try` or `with` that handles their failure."""
    if isinstance(node, ast.Try) and any(map(catches_import_errors, node.handlers)):
        return [*(part for part in node.body if not is_import(part)), *node.handlers, *node.orelse, *node.finalbody]
    if isinstance(node, ast.With) and any("ImportError" in ast.unparse(item) for item in node.items):
        return [*node.items, *(part for part in node.body if not is_import(part))]  # contextlib.suppress(ImportError)
    return ast.iter_child_nodes(node)


def catches_import_errors(handler):
    """Whether an `except` clause catches a failed import."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (identifiers(kind) or ("",))[-1] in IMPORT_ERRORS for kind in kinds)


def is_import(node):
    return isinstance(node, (ast.Import, ast.ImportFrom))


def is_for_type_checkers(node):
    """Whether a node is `if TYPE_CHECKING: ...`, which never runs."""
    test = node.test if isinstance(node, ast.If) else None
    return bool(root_name(test)) and any(part.endswith("TYPE_CHECKING") for part in identifiers(test))


def tree_of(source):
    """The syntax tree of a Source. Raises ValueError if Python's parser fails."""
    try:
        with ignore_warnings():
            return ast.parse(source.text)
    except PARSE_ERRORS as error:
        raise ValueError(f"{source.place}: Python cannot read the answer: {why_unparsable(error)}") from None
