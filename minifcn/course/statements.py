"""The statements of a cell or file, each with the names that it gives a value, changes, deletes and reads.

The names come from Python's own symbol tables. Read source.py next, which chooses the statements that an answer needs.
"""

import ast
import contextlib
import symtable
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from .cells import code_in_magic, parsed

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")  # functions to the symbol table, but called on the spot


@dataclass(frozen=True)
class Chunk:
    """A cell or a file: its text, and how to name it: "06_im2col.ipynb, code cell 14" or "answers.py"."""

    text: str
    place: str


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement at the top of a chunk.

    code:    its text if others share its lines, else ""
    binds, changes, drops: the names that it gives a value, whose value it changes, and that it deletes
    reads:   the names that it reads when it runs
    later:   the names that its functions read when they are called
    """

    node: ast.stmt
    chunk: Chunk
    code: str
    binds: frozenset
    changes: frozenset
    drops: frozenset
    reads: frozenset
    later: frozenset

    @property
    def first_line(self):
        return min([self.node.lineno, *(d.lineno for d in getattr(self.node, "decorator_list", ()))])

    def touches(self, name):
        return name in self.binds or name in self.changes

    def defines(self, name):
        return name in self.binds and isinstance(self.node, DEFINITIONS)

    def imports(self, module):
        return isinstance(self.node, ast.ImportFrom) and self.node.module == module


@lru_cache  # every planted mistake of a lesson is taken from the same file
def parse(chunk):
    """The statements at the top of a chunk that bind, change or delete a name. Raises SyntaxError."""
    tree, text = parsed(chunk.text)
    chunk, found = Chunk(text, chunk.place), []
    ends = Counter(line for node in tree.body for line in {node.lineno, node.end_lineno})
    for node in tree.body:
        if in_magic := code_in_magic(node):
            magic, code = in_magic
            with contextlib.suppress(SyntaxError):
                found += parse(Chunk(code, f"{chunk.place}, line {node.lineno}, below {magic}"))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found += [statement(one, chunk, ast.unparse(one)) for one in one_by_one(node)]
        elif not is_main(node):
            shared = ends[node.lineno] > 1 or ends[node.end_lineno] > 1
            found.append(statement(node, chunk, ast.get_source_segment(text, node) if shared else ""))
    return tuple(s for s in found if s.binds or s.changes or s.drops or is_star(s.node))


def one_by_one(node):
    """The imports of a statement one by one: `import numpy as np, matplotlib` must not ask for matplotlib."""
    for alias in node.names:
        rest = {} if isinstance(node, ast.Import) else {"module": node.module, "level": node.level}
        yield ast.copy_location(type(node)(names=[alias], **rest), node)


def statement(node, chunk, code):
    """A Statement with its names, by the symbol table of its own text."""
    table = symtable.symtable(ast.unparse(node), chunk.place, "exec")
    reads, later = names_read(table)
    if isinstance(node, DEFINITIONS):
        changes = set()
    else:
        parts = [n for n in ast.walk(node) if isinstance(n, (ast.Attribute, ast.Subscript))]
        calls = [n.value.func for n in ast.walk(node) if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call)]
        changes = {root(n) for n in parts if n in calls or not isinstance(n.ctx, ast.Load)} - {""}
    binds = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    drops = binds if isinstance(node, ast.Delete) else set()
    return Statement(node, chunk, code, *map(frozenset, (binds - drops, changes, drops, reads, later)))


def names_read(table):
    """(the names that the code of a symbol table reads when it runs, those that its functions read when called)."""
    top = table.get_type() == "module"
    reads = {s.get_name() for s in table.get_symbols() if (s.is_referenced() if top else s.is_global())}
    later = set()
    for child in table.get_children():
        inner = names_read(child)
        called_later = child.get_type() == "function" and child.get_name() not in COMPREHENSIONS
        reads |= set() if called_later else inner[0]
        later |= inner[1] | (inner[0] if called_later else set())
    return reads, later


def root(node):
    """The name at the root of a.b[c].d: "a"."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def is_star(node):
    """from numpy import *"""
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def is_main(node):
    """if __name__ == "__main__": ..."""
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def redefines(statement, name):
    """Whether an assignment binds a name to something callable: f = jit(f) or f = g, but not f = f(3) or f = 3."""
    value = statement.node.value if isinstance(statement.node, (ast.Assign, ast.AnnAssign)) else None
    if name not in statement.binds or not isinstance(value, (ast.Name, ast.Attribute, ast.Lambda, ast.Call)):
        return False
    return name not in {root(node.func) for node in ast.walk(value) if isinstance(node, ast.Call)}
