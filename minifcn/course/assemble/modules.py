"""Merges answers into modules: helpers and imports once, and imports between the modules.

An answer brings the helpers that it uses. Two answers may bring the same helper, which is then written once; or two
helpers of one name that differ, and then the second answer gets a module of its own. Read package.py next.
"""

import ast
import re
from dataclasses import dataclass, field

from ..answers.cells import split_lines
from ..answers.statements import Chunk, parse
from ..ladder import BEGIN, END
from .topics import first_line, topic_of


@dataclass
class Module:
    """A module of the package while it is made.

    pieces: [(Part, its statements that no earlier Part of the module has)]
    codes:  {name: the code of all statements that bind or change it}
    wants:  {name: the exercise that it is the answer to}, of the other answers that are used here
    """

    name: str
    pieces: list = field(default_factory=list)
    codes: dict = field(default_factory=dict)
    wants: dict = field(default_factory=dict)


def make_modules(parts):
    """({name: Module}, {exercise: name of its module}) for Parts whose texts are all Python.

    Code that lessons give comes first, so that an answer that brings a copy of it can import it instead.
    """
    modules, homes = {}, {part.exercise: topic_of(part.exercise) for part in parts}
    given = {}
    for part in sorted(parts, key=lambda part: not part.given):
        statements = parse(Chunk(without_marks(part.text), part.exercise))
        if part.given:
            given[part.name] = (part.exercise, codes_of(statements)[part.name])
        kept, wants = use_given(statements, {} if part.given else given)
        wants |= {use.partition(".")[2]: use for use in part.uses}
        name = homes[part.exercise]
        if not add(modules.setdefault(name, Module(name)), part, kept, wants, homes):
            name = homes[part.exercise] = f"{name}_{re.sub('[^a-z0-9]+', '_', part.name.lower()).strip('_')}"
            add(modules.setdefault(name, Module(name)), part, kept, wants, homes)
    return {name: module for name, module in modules.items() if module.pieces}, homes


def use_given(statements, given):
    """(the statements but those that copy given code, {name: what it is the answer to} of the copied names)."""
    codes = codes_of(statements)
    copied = {name: given[name][0] for name in codes if name in given and codes[name] == given[name][1]}
    return [s for s in statements if not (s.binds and s.binds <= copied.keys())], copied


def add(module, part, statements, wants, homes):
    """Add a Part to a module, unless one of its names has another meaning there. Returns whether it fits."""
    codes = codes_of(statements)
    reads = frozenset().union(*(s.reads | s.later for s in statements))
    wants = {name: use for name, use in wants.items() if name in reads and name not in codes and use in homes}
    elsewhere = {name for name, use in module.wants.items() if homes[use] != module.name}
    if any(name in elsewhere or module.codes.get(name, code) != code for name, code in codes.items()):
        return False
    for name, use in wants.items():
        if module.wants.get(name, use) != use or (name in module.codes and homes[use] != module.name):
            return False
    known = {s.code for _, piece in module.pieces for s in piece}
    module.pieces.append((part, [s for s in statements if s.code not in known]))
    module.codes |= codes
    module.wants |= wants
    return True


def codes_of(statements):
    """{name: the code of all statements that bind or change it, in order}."""
    codes = {}
    for s in statements:
        for name in s.binds | s.changes:
            codes[name] = codes.get(name, ()) + (s.code,)
    return codes


def without_marks(text):
    """A text without the lines that mark a solution."""
    return "\n".join(line for line in split_lines(text) if line.strip() not in (BEGIN, END))


# As text --------------------------------------------------------------------------------------------------------------


def module_text(module, homes):
    """The source of a Module: docstring, imports, and the answers in the order of the lessons.

    homes: {exercise: name of its module}
    """
    imports, future, body = set(), set(), []
    for part, statements in module.pieces:
        mark = f"# Borrowed from the course: {part.exercise}\n" if part.borrowed else ""
        for s in statements:
            if isinstance(s.node, (ast.Import, ast.ImportFrom)):
                (future if s.imports("__future__") else imports).add(ast.unparse(s.node))
            else:
                body.append((mark + tidy(s.code), isinstance(s.node, (ast.FunctionDef, ast.ClassDef))))
                mark = ""
    blocks = [docstring(module)]
    blocks += ["\n".join(sorted(future))] if future else []
    blocks += ["\n".join(sorted(imports, key=import_order))] if imports else []
    own = own_imports({name: homes[use] for name, use in module.wants.items() if homes[use] != module.name})
    blocks += ["\n".join(own)] if own else []
    return "\n\n".join(blocks) + "\n" + spaced(body)


def docstring(module):
    """The docstring of a module: what it is about, and where its parts come from."""
    own = [part.exercise for part, _ in module.pieces if not part.borrowed and not part.given]
    taken = [part.exercise for part, _ in module.pieces if part.borrowed]
    given = [part.name for part, _ in module.pieces if part.given]
    lines = [f"Written by the owner of this package: {', '.join(own)}."] if own else []
    lines += [f"Borrowed from the course: {', '.join(taken)}."] if taken else []
    lines += [f"Given by the course: {', '.join(given)}."] if given else []
    return f'"""{first_line(module.name)}\n\n' + "\n".join(lines) + '\n"""'


def own_imports(sources):
    """The lines that import names from other modules of the package."""
    homes = {}
    for name, home in sources.items():
        homes.setdefault(home, []).append(name)
    return [f"from .{home} import {', '.join(sorted(names))}" for home, names in sorted(homes.items())]


def import_order(line):
    """A sort key: the standard library before NumPy, `import` before `from`."""
    return ("numpy" in line, line.startswith("from"), line)


def tidy(code):
    """Code with spaces for tabs, none at the ends of lines, and no empty lines around it, unless that changes it."""
    plain = "\n".join(line.rstrip() for line in split_lines(code.expandtabs(4))).strip("\n")
    return plain if same_tree(plain, code) else code


def same_tree(one, other):
    """Whether two texts are the same program."""
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except SyntaxError:
        return False


def spaced(body):
    """Statements with two empty lines around definitions. body: [(code, whether it is a definition)]."""
    text, before = "", True
    for code, is_definition in body:
        text += ("\n\n\n" if is_definition or before else "\n") + code
        before = is_definition
    return text.removeprefix("\n") + "\n"
