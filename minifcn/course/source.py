"""Takes out of a notebook or a file the one answer that is asked for, with the imports and helpers it needs.

Nothing else of a student's notebook runs in a check: no plots, no trainings, no prints. The statements are chosen by
the names they bind and the names they read, as Python's own symbol tables tell them. Read process.py next.
"""

import ast
import builtins
import json
import re
import symtable
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

MAGIC = re.compile(r"^(\s*)(?:[%!].*|.*\?)$", re.MULTILINE)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Chunk:
    """A cell or a file: its text, and how to name it: "06_im2col.ipynb, code cell 14" or "answers.py"."""

    text: str
    place: str


@dataclass(frozen=True)
class Source:
    """An answer taken out of its notebook or file.

    text:    Python source that binds `name`
    place:   where its definition stands: "cell 14, line 1"
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
        return f"{self.places[line - 1]}: {self.text.splitlines()[line - 1].strip()}"


class NoAnswer(LookupError):
    """There is nothing of that name in the notebook or file."""


class BrokenAnswer(SyntaxError):
    """The cell or file that has the answer is not Python; says where."""


@dataclass(frozen=True)
class Statement:
    """One statement at the top of a chunk, with the names it binds, changes and reads."""

    node: ast.stmt
    chunk: Chunk
    binds: frozenset
    changes: frozenset
    reads: frozenset

    @property
    def first_line(self):
        return min([self.node.lineno, *(d.lineno for d in getattr(self.node, "decorator_list", ()))])


def read_chunks(path):
    """The chunks of a .py file or a .ipynb notebook. Raises ValueError for another file or a damaged one."""
    path = Path(path)
    if path.suffix not in (".py", ".ipynb"):
        raise ValueError(f"{path} is no file of answers; give a notebook (.ipynb) or a Python file (.py)")
    try:
        text = path.read_text(encoding="utf-8-sig")  # Windows may begin a file with a byte order mark
        if path.suffix == ".py":
            return [Chunk(text, path.name)]
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "code"]
        return [Chunk("".join(cell["source"]), f"{path.name}, code cell {n}") for n, cell in enumerate(cells, 1)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{path} cannot be read as {path.suffix[1:]}: {type(error).__name__}: {error}") from None


def extract(chunks, name, given=()):
    """The Source of what the chunks call `name`; names in `given` come from elsewhere and are left out.

    Raises NoAnswer where nothing is called so, and BrokenAnswer where the cell that has it is not Python.
    """
    statements, broken = [], None
    for chunk in chunks:
        try:
            found = parse(chunk)
        except (SyntaxError, ValueError, RecursionError) as error:  # null bytes and the like are ValueErrors
            if re.search(rf"^\s*(?:def|class)\s+{re.escape(name)}\b", chunk.text, re.MULTILINE):
                line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
                broken = BrokenAnswer(f"{chunk.place}{line}: {getattr(error, 'msg', error)}")
            continue
        statements += found
        if any(name in s.binds for s in found):
            broken = None  # written again, and better, further down
    if broken:
        raise broken
    if not any(name in s.binds for s in statements):
        raise NoAnswer(name)
    chosen = needed(statements, name, set(given))
    return assemble(name, [s for s in statements if s in chosen])


def needed(statements, name, given):
    """The statements that `name` needs, found by following the names that they read."""
    chosen, wanted, seen = set(), [name], set(given)
    while wanted:
        current = wanted.pop()
        if current in seen:
            continue
        seen.add(current)
        for statement in binders(statements, current):
            if statement not in chosen:
                chosen.add(statement)
                wanted += statement.reads
    return chosen


def binders(statements, name):
    """What gives `name` its last value: the last definition or import of it, and what changes it after that."""
    binding = [i for i, s in enumerate(statements) if name in s.binds]
    if not binding:
        stars = [s for s in statements if isinstance(s.node, ast.ImportFrom) and s.node.names[0].name == "*"]
        return [] if hasattr(builtins, name) else stars
    definitions = [i for i in binding if isinstance(statements[i].node, DEFINITIONS)]
    start = definitions[-1] if definitions else binding[0]
    return [s for s in statements[start:] if name in s.binds or name in s.changes]


def assemble(name, statements):
    """The chosen statements, in their order, as one text."""
    lines, places, place, done = [], [], "", set()
    for s in statements:
        if name in s.binds:
            place = f"{s.chunk.place}, line {s.first_line}"
        text = s.chunk.text.splitlines()
        for number in range(s.first_line, s.node.end_lineno + 1):
            if (s.chunk, number) not in done:  # two statements may share a line
                done.add((s.chunk, number))
                lines.append(text[number - 1])
                places.append(f"{s.chunk.place}, line {number}")
    return Source(name, "\n".join(lines) + "\n", place, tuple(places))


@lru_cache  # every planted mistake of a lesson is taken from the same file
def parse(chunk):
    """The statements at the top of a chunk. Raises SyntaxError."""
    try:
        tree = ast.parse(chunk.text)
    except SyntaxError:
        text = re.sub(r"^%%.*", "", chunk.text)  # IPython's magics and shell lines are not Python
        chunk = Chunk(MAGIC.sub(r"\1pass", text), chunk.place)
        tree = ast.parse(chunk.text)
    return tuple(statement(node, chunk) for node in tree.body if not isinstance(node, ast.Expr) and not is_main(node))


def statement(node, chunk):
    """A Statement with its names, by the symbol table of its own text."""
    table = symtable.symtable(ast.unparse(node), chunk.place, "exec")
    symbols = table.get_symbols()
    binds = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported() or s.is_namespace()}
    reads = {s.get_name() for s in symbols if s.is_referenced()} | set(globals_of(table))
    stores = [
        n for n in ast.walk(node) if isinstance(n, (ast.Attribute, ast.Subscript)) and not isinstance(n.ctx, ast.Load)
    ]
    inside = isinstance(node, DEFINITIONS)
    changes = set() if inside else {root(n) for n in stores}
    return Statement(node, chunk, frozenset(binds), frozenset(changes), frozenset(reads))


def globals_of(table):
    """The global names that the functions and classes in a symbol table read."""
    for child in table.get_children():
        yield from (s.get_name() for s in child.get_symbols() if s.is_global())
        yield from globals_of(child)


def root(node):
    """The name at the root of a.b[c].d: "a"."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def is_main(node):
    """if __name__ == "__main__": ..."""
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def foreign_imports(source, allowed=()):
    """Modules that a source imports beyond NumPy, the standard library and those that are allowed."""
    names = set()
    for node in ast.walk(ast.parse(source.text)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return sorted(names - {"numpy", *sys.stdlib_module_names, *allowed})
