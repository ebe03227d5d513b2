"""The statements of a cell or file, each with the names it binds, changes, deletes and reads.

The names come from Python's own symbol tables. Read index.py next.
"""

import ast
import contextlib
import symtable
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache

from .cells import PARSE_ERRORS, code_in_magic, ignore_warnings, parse_cell, split_lines
from .effects import calls_in, changed_by_decorators, changed_names, effects_of, root_name

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
COMPREHENSIONS = ("listcomp", "setcomp", "dictcomp", "genexpr")  # functions to the symbol table, but run immediately
GLOBALS = (symtable.GLOBAL_IMPLICIT, symtable.GLOBAL_EXPLICIT)


@dataclass(frozen=True)
class Chunk:
    """A cell or a file: its text and its place: "06_im2col.ipynb, code cell 14" or "answers.py".

    above: number of lines above it in its file
    """

    text: str
    place: str
    above: int = 0


@dataclass(frozen=True, eq=False)
class Statement:
    """A top-level statement of a chunk.

    code:    its text; whole lines, unless it shares them
    shares:  whether it shares a line with another statement
    binds, changes, drops: the names it assigns, the names whose value it mutates, and the names it deletes
    reads:   the names it reads when it runs
    later:   the names its functions read when they are called
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
        """The root names of the calls in an assignment's value; None unless that value may be callable itself."""
        value = self.node.value if isinstance(self.node, (ast.Assign, ast.AnnAssign)) else None
        if not isinstance(value, (ast.Name, ast.Attribute, ast.Lambda, ast.Call)):
            return None
        return {root_name(node.func) for node in ast.walk(value) if isinstance(node, ast.Call)}

    @cached_property
    def calls(self):
        """Its calls, as effects.calls_in returns them."""
        return calls_in(self.node)

    @cached_property
    def effects(self):
        """The Effects of the function it defines; NOTHING for any other statement."""
        return effects_of(self.node)

    def defines(self, name):
        return name in self.binds and isinstance(self.node, DEFINITIONS)

    def redefines(self, name):
        """Whether it assigns something callable to a name: f = jit(f) or f = g, but not f = f(3) or f = 3."""
        return name in self.binds and self.called is not None and name not in self.called

    def writes(self, name):
        """Whether it makes `name` a function or class of the student's own: not imported, nor from earlier() or borrow()."""
        taken = isinstance(self.node, (ast.Import, ast.ImportFrom)) or "earlier" in (self.called or ()) or self.borrows
        return not taken and (self.defines(name) or self.redefines(name))

    @property
    def borrows(self):
        """Whether it is im2col = borrow("06.im2col"), which gives a student the course's own answer."""
        value = getattr(self.node, "value", None)
        return isinstance(value, ast.Call) and identifiers(value.func) == ("borrow",)

    def imports(self, module):
        return isinstance(self.node, ast.ImportFrom) and self.node.module == module


@lru_cache  # a notebook's cells are parsed at every check, with one more cell each time
def parse(chunk):
    """The top-level statements of a chunk that bind, change or delete a name, or may do so. Raises PARSE_ERRORS."""
    with ignore_warnings():
        tree, text = parse_cell(chunk.text)
        lines, found = split_lines(text), []
        raw = [line.encode() for line in lines]  # ast counts columns in bytes
        ends = Counter(line for node in tree.body for line in {node.lineno, node.end_lineno})
        for node in tree.body:
            if in_magic := code_in_magic(node):
                magic, code = in_magic
                place = f"{chunk.place}, line {chunk.above + node.lineno}, below {magic}"
                with contextlib.suppress(*PARSE_ERRORS):
                    found += parse(Chunk(code, place))
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                found += [make_statement(one, chunk, ast.unparse(one), True) for one in split_import(node)]
            elif not is_main(node):
                shares = ends[node.lineno] > 1 or ends[node.end_lineno] > 1 or continues(node, lines)
                code = statement_text(raw, node) if shares else "\n".join(lines[first_line(node) - 1 : node.end_lineno])
                found.append(make_statement(node, chunk, code, shares))
    return tuple(s for s in found if s.binds or s.changes or s.drops or s.calls or is_star(s.node))


def first_line(node):
    """The line where a statement begins, decorators included."""
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])


def continues(node, lines):
    """Whether a backslash after its semicolon continues a statement's line."""
    return lines[node.end_lineno - 1].endswith("\\") and not hasattr(node, "body")


def statement_text(raw, node):
    """The text of a statement, from lines in bytes; ast.get_source_segment would split the whole text each time."""
    first, *others = raw[node.lineno - 1 : node.end_lineno]
    if not others:
        return first[node.col_offset : node.end_col_offset].decode()
    return b"\n".join([first[node.col_offset :], *others[:-1], others[-1][: node.end_col_offset]]).decode()


def split_import(node):
    """Split an import statement: an answer that needs np of `import numpy as np, matplotlib` must not import both."""
    for alias in node.names:
        rest = {} if isinstance(node, ast.Import) else {"module": node.module, "level": node.level}
        yield ast.copy_location(type(node)(names=[alias], **rest), node)


def make_statement(node, chunk, code, shares):
    """A Statement, with its names from the symbol table of its own text."""
    try:
        table = symtable.symtable(code, chunk.place, "exec")
    except SyntaxError as error:  # such as a misplaced `return` or `nonlocal`
        error.lineno = (error.lineno or 1) + first_line(node) - 1
        raise
    reads, later = names_read(table)
    nodes = [] if isinstance(node, DEFINITIONS) else list(ast.walk(node))
    changes = changed_names(nodes) if nodes else changed_by_decorators(node)
    binds = {name for name, flags in flags_of(table) if flags & (symtable.DEF_LOCAL | symtable.DEF_IMPORT)}
    binds |= {part.target.id for part in nodes if isinstance(part, ast.NamedExpr)}  # those in comprehensions are not in its table
    drops = binds if isinstance(node, ast.Delete) else set()
    return Statement(node, chunk, code, shares, *map(frozenset, (binds - drops, changes, drops, reads, later)))


def names_read(table):
    """(names read when the code of a symbol table runs, names its functions read when called)."""
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


def flags_of(table):
    """(name, flags) of a table's symbols; SymbolTable.get_symbols would search all nested functions for each name."""
    return table._table.symbols.items()


def is_star(node):
    """Whether a node is `from numpy import *` or the like."""
    return isinstance(node, ast.ImportFrom) and node.names[0].name == "*"


def is_main(node):
    """Whether a node is `if __name__ == "__main__": ...`."""
    return isinstance(node, ast.If) and any("__name__" in identifiers(part) for part in ast.walk(node.test))


def identifiers(node):
    """The name of a variable or attribute node, as a tuple; () for any other node."""
    return tuple(getattr(node, field) for field in ("id", "attr") if hasattr(node, field))
