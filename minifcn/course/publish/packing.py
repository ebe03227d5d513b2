"""Packs the solutions in a lesson.py that is handed out, so that nobody reads them by accident. Read quiz.py next."""

import ast
import base64
import textwrap
import zlib

from ..ladder import BEGIN, END

UNPACK = """

def unpacked(text, name, **names):
    \"\"\"An answer that the checks of a later exercise need. If that is not yet yours: write it first.\"\"\"
    import base64
    import zlib

    exec(zlib.decompress(base64.b64decode(text)).decode(), names)
    return names[name]
"""


def packed(text, names):
    """The text of a lesson.py in which the solutions of these exercises cannot be read by accident.

    Checks of other exercises call them, so they must be there. Each function that contains a solution becomes a call of
    `unpacked` with its source, compressed. Nobody is kept from unpacking it: a term's conventions stop copying, no more.
    """
    tree, lines = ast.parse(text), text.split("\n")
    known = {name for node in tree.body for name in bound_by(node)}
    for node in reversed(tree.body):
        for function in reversed(functions_of(node) if getattr(node, "name", "") in names else []):
            if BEGIN in "\n".join(lines[function.lineno - 1 : function.end_lineno]):
                lines[first_line(function) - 1 : function.end_lineno] = packed_body(function, lines, known, node.name)
    where = next(i for i, line in enumerate(lines) if line.startswith("# %%") and "markdown" not in line)
    return "\n".join([*lines[:where], "# %%", *UNPACK.strip().split("\n"), "", "", *lines[where:]])


def functions_of(node):
    """A function, or the methods of a class."""
    return [node] if isinstance(node, ast.FunctionDef) else [one for one in node.body if isinstance(one, ast.FunctionDef)]


def bound_by(node):
    """The names that a statement of a lesson binds."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    names = [alias.asname or alias.name.split(".")[0] for one in ast.walk(node) if isinstance(one, (ast.Import, ast.ImportFrom))
             for alias in one.names]  # fmt: skip
    return names + [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)]


def first_line(function):
    """The line of a function's first decorator, or of its `def`."""
    return min([function.lineno, *(one.lineno for one in function.decorator_list)])


def packed_body(function, lines, known, around):
    """The lines of a function whose body is a call of itself, unpacked.

    known: the names that the lesson binds;  around: the name of the class that a method is in
    """
    documented = ast.get_docstring(function) is not None
    end = function.body[0].end_lineno if documented else function.body[0].lineno - 1
    while not documented and BEGIN in lines[end - 1]:
        end -= 1
    whole_text = textwrap.dedent("\n".join(lines[function.lineno - 1 : function.end_lineno]))
    text = "\n".join(line for line in whole_text.split("\n") if line.strip() not in (BEGIN, END))
    text = text.replace("super()", f"super({around}, self)")
    data = base64.b64encode(zlib.compress(text.encode(), 9)).decode()
    names = {one.id for one in ast.walk(function) if isinstance(one, ast.Name)} & (known - own_names(function))
    names |= {around} if "super(" in text else set()
    handed = "".join(f", {name}={name}" for name in sorted(names))
    margin = " " * (function.col_offset + 4)
    body = [BEGIN, f'return unpacked("{data}", "{function.name}"{handed})({arguments_of(function)})', END]
    return [*lines[first_line(function) - 1 : end], *(margin + line for line in body)]


def own_names(function):
    """The names that a function binds itself."""
    stored = {one.id for one in ast.walk(function) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return stored | {one.arg for one in ast.walk(function) if isinstance(one, ast.arg)}


def arguments_of(function):
    """The arguments with which a function hands its own on, as text."""
    a = function.args
    names = [one.arg for one in (*a.posonlyargs, *a.args)] + ([f"*{a.vararg.arg}"] if a.vararg else [])
    names += [f"{one.arg}={one.arg}" for one in a.kwonlyargs] + ([f"**{a.kwarg.arg}"] if a.kwarg else [])
    return ", ".join(names)
