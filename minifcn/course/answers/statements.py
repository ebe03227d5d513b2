"""The statements of a cell or file, each with the names that it gives a value, changes, deletes and reads.

The names come from Python's own symbol tables. Read index.py next, which chooses the statements that an answer needs.
"""

import ast
import contextlib
import symtable
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache

from .cells import UNPARSABLE, code_in_magic, lines_of, parsed, quietly
from .effects import calls_in, changed_by_decorators, changed_in, effects_of, root

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")  # functions to the symbol table, but called on the spot
GLOBALS = (symtable.GLOBAL_IMPLICIT, symtable.GLOBAL_EXPLICIT)


@dataclass(frozen=True)
class Chunk:
    """A cell or a file: its text, and how to name it: "06_im2col.ipynb, code cell 14" or "answers.py".

    above: how many lines of its file are above it
    """

    text: str
    place: str
    above: int = 0


@dataclass(frozen=True, eq=False)
class Statement:
    """One statement at the top of a chunk.

    code:    its text, all of its lines unless it shares them
    shares:  whether other statements have parts of its lines
    binds, changes, drops: the names that it gives a value, whose value it changes, and that it deletes
    reads:   the names that it reads when it runs
    later:   the names that its functions read when they are called
    """

    node: ast.stmt
    chunk: Chunk
    code: str
    shares: bool
    binds: frozenset
    changes: frozenset
    drops: frozenset
    reads: frozenset
    later: frozenset

    @property
    def first_line(self):
        return self.chunk.above + first_line(self.node)

    @property
    def last_line(self):
        return self.chunk.above + self.node.end_lineno

    @cached_property
    def called(self):
        """The names at the roots of what the value of an assignment calls; None unless it may be callable itself."""
        value = self.node.value if isinstance(self.node, (ast.Assign, ast.AnnAssign)) else None
        if not isinstance(value, (ast.Name, ast.Attribute, ast.Lambda, ast.Call)):
            return None
        return {root(node.func) for node in ast.walk(value) if isinstance(node, ast.Call)}

    @cached_property
    def calls(self):
        """What it calls, as effects.calls_in has it."""
        return calls_in(self.node)

    @cached_property
    def effects(self):
        """The Effects of the function that it defines; NOTHING for any other statement."""
        return effects_of(self.node)

    def defines(self, name):
        return name in self.binds and isinstance(self.node, DEFINITIONS)

    def redefines(self, name):
        """Whether an assignment binds a name to something callable: f = jit(f) or f = g, but not f = f(3) or f = 3."""
        return name in self.binds and self.called is not None and name not in self.called

    def writes(self, name):
        """Whether it defines a function or class, or binds a name to one, that comes from nowhere else."""
        taken = isinstance(self.node, (ast.Import, ast.ImportFrom)) or "earlier" in (self.called or ())
        return not taken and (self.defines(name) or self.redefines(name))

    def imports(self, module):
        return isinstance(self.node, ast.ImportFrom) and self.node.module == module


@lru_cache  # a notebook's cells are checked again and again, with one more each time
def parse(chunk):
    """The statements at the top of a chunk that bind, change or delete a name, or may do so. Raises UNPARSABLE."""
    with quietly():
        tree, text = parsed(chunk.text)
        lines, found = lines_of(text), []
        raw = [line.encode() for line in lines]  # columns are counted in bytes
        ends = Counter(line for node in tree.body for line in {node.lineno, node.end_lineno})
        for node in tree.body:
            if in_magic := code_in_magic(node):
                magic, code = in_magic
                place = f"{chunk.place}, line {chunk.above + node.lineno}, below {magic}"
                with contextlib.suppress(*UNPARSABLE):
                    found += parse(Chunk(code, place))
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                found += [statement(one, chunk, ast.unparse(one), True) for one in one_by_one(node)]
            elif not is_main(node):
                shares = ends[node.lineno] > 1 or ends[node.end_lineno] > 1 or continues(node, lines)
                code = piece(raw, node) if shares else "\n".join(lines[first_line(node) - 1 : node.end_lineno])
                found.append(statement(node, chunk, code, shares))
    return tuple(s for s in found if s.binds or s.changes or s.drops or s.calls or is_star(s.node))


def first_line(node):
    """The line where a statement begins: that of its first decorator, if it has any."""
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])


def continues(node, lines):
    """Whether a backslash after the semicolon of a statement puts the next statement on another line."""
    return lines[node.end_lineno - 1].endswith("\\") and not hasattr(node, "body")


def piece(raw, node):
    """The text of a statement, from lines in bytes; ast.get_source_segment splits the whole text for each."""
    first, *others = raw[node.lineno - 1 : node.end_lineno]
    if not others:
        return first[node.col_offset : node.end_col_offset].decode()
    return b"\n".join([first[node.col_offset :], *others[:-1], others[-1][: node.end_col_offset]]).decode()


def one_by_one(node):
    """The imports of a statement one by one: `import numpy as np, matplotlib` must not ask for matplotlib."""
    for alias in node.names:
        rest = {} if isinstance(node, ast.Import) else {"module": node.module, "level": node.level}
        yield ast.copy_location(type(node)(names=[alias], **rest), node)


def statement(node, chunk, code, shares):
    """A Statement with its names, by the symbol table of its own text."""
    try:
        table = symtable.symtable(code, chunk.place, "exec")
    except SyntaxError as error:  # such as `return` and `nonlocal` where they cannot be
        error.lineno = (error.lineno or 1) + first_line(node) - 1
        raise
    reads, later = names_read(table)
    if isinstance(node, DEFINITIONS):
        changes = changed_by_decorators(node)
    else:
        changes = changed_in(list(ast.walk(node)))
    binds = {name for name, flags in flags_of(table) if flags & (symtable.DEF_LOCAL | symtable.DEF_IMPORT)}
    binds |= walrus_names(node)
    drops = binds if isinstance(node, ast.Delete) else set()
    return Statement(node, chunk, code, shares, *map(frozenset, (binds - drops, changes, drops, reads, later)))


def names_read(table):
    """(the names that the code of a symbol table reads when it runs, those that its functions read when called)."""
    if table.get_type() == "module":
        reads = {name for name, flags in flags_of(table) if flags & symtable.USE}
    else:
        scopes = ((name, flags >> symtable.SCOPE_OFF & symtable.SCOPE_MASK) for name, flags in flags_of(table))
        reads = {name for name, scope in scopes if scope in GLOBALS}
    later = set()
    for child in table.get_children():
        inner = names_read(child)
        called_later = child.get_type() == "function" and child.get_name() not in COMPREHENSIONS
        reads |= set() if called_later else inner[0]
        later |= inner[1] | (inner[0] if called_later else set())
    return reads, later


def walrus_names(node):
    """The names that a statement at the top binds by := in its comprehensions, which its own symbol table leaves out."""
    if isinstance(node, DEFINITIONS):
        return set()
    return {part.target.id for part in ast.walk(node) if isinstance(part, ast.NamedExpr)}


def flags_of(table):
    """(name, flags) of the symbols of a table; SymbolTable.get_symbols searches all functions in it for each name."""
    return table._table.symbols.items()


def is_star(node):
    """from numpy import *"""
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def is_main(node):
    """if __name__ == "__main__": ..."""
    return isinstance(node, ast.If) and any("__name__" in identifiers(part) for part in ast.walk(node.test))


def identifiers(node):
    """The name of a variable, or of an attribute, in a tuple; none for any other part of an expression."""
    return tuple(getattr(node, field) for field in ("id", "attr") if hasattr(node, field))
