"""Extracts one answer from a notebook or a file, with the imports and helpers that it needs.

Nothing else of a student's notebook runs in a check: no plots, no trainings, no prints. The statements are chosen by
the names they bind and the names they read (statements.py). Read process.py next.
"""

import ast
import builtins
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from .cells import cells_of, decoded, joined, lines_of
from .statements import Chunk, is_star, parse, redefines, root


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


def kind_of(path):
    """ "py" or "ipynb", in either case, even if a browser has appended .txt or .json; else ""."""
    kind = re.search(r"\.(py|ipynb)(\.txt|\.json)?$", Path(path).name.lower())
    return kind[1] if kind else ""


def read_chunks(path):
    """The chunks of a .py file or a .ipynb notebook. Raises ValueError for another file or a damaged one."""
    path = Path(path)
    kind = kind_of(path)
    if not kind:
        raise ValueError(f"{path} is not a file of answers; give a notebook (.ipynb) or a Python file (.py)")
    data = path.read_bytes()
    try:
        if kind == "py":
            return [Chunk(text, path.name) for text in cells_of(joined(decoded(data)))]
        cells = [cell for cell in json.loads(data)["cells"] if cell["cell_type"] == "code"]
        texts = [joined("".join(cell["source"])) for cell in cells]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise ValueError(f"{path} cannot be read as {kind}: {type(error).__name__}: {error}") from None
    return [Chunk(text, f"{path.name}, code cell {n}") for n, text in enumerate(texts, 1)]


def extract(chunks, name, given=()):
    """The Source of what the chunks call `name`; names in `given` come from elsewhere and are left out.

    Raises NoAnswer where nothing is called so, and BrokenAnswer where the cell that has it is not Python.
    """
    return readings(chunks, name, given)[0]


def readings(chunks, name, given=()):
    """The one or two Sources that an answer may mean, the likelier first. Raises as `extract` does.

    If a name that it uses is bound several times, the first Source has its meaning when the answer was defined, because
    a later cell may use the name for something else. The second has the last definition, which may be a correction.
    """
    statements = statements_of(chunks, name)
    sources = [assemble(name, statements, needed(statements, name, set(given), last)) for last in (False, True)]
    return sources[: 1 + (sources[0].text != sources[1].text)]


def statements_of(chunks, name):
    """The statements at the top of all chunks, in their order."""
    statements, broken = [], None
    for chunk in chunks:
        try:
            found = parse(chunk)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # null bytes are ValueErrors
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
    return statements


# What an answer needs -------------------------------------------------------------------------------------------------


def needed(statements, name, given, last):
    """The numbers of the statements that `name` needs, found by following the names that they read.

    last: whether the last definition of a name counts, rather than its meaning when `name` was defined
    """
    chosen = waiting = answer(statements, name)
    moment = len(statements) if last else max(i for i in chosen if name in statements[i].binds)
    seen = {(name, i) for i in range(len(statements) + 1)}
    while waiting:
        number, *waiting = waiting
        statement = statements[number]
        wanted = {(other, number) for other in statement.reads} | {(other, moment) for other in statement.later}
        for other, when in sorted(wanted - seen):
            found = [] if other in given else value_of(statements, other, when, moment)
            waiting = waiting + [i for i in found if i not in chosen]
            chosen = sorted({*chosen, *found})
        seen |= wanted
    return chosen


def answer(statements, name):
    """The last definition of the answer, and what decorates or changes it below; without one, all that binds it."""
    touching = [i for i, s in enumerate(statements) if s.touches(name)]
    making = [i for i in touching if name in statements[i].changes or redefines(statements[i], name)]
    definitions = [i for i in touching if statements[i].defines(name)]
    if definitions:
        return [definitions[-1], *(i for i in making if i > definitions[-1])]
    return making if any(name in statements[i].binds for i in making) else touching


def value_of(statements, name, when, moment):
    """What gives a name its value when statement `when` runs; if nothing has yet, at `moment`, or else below it."""
    if when == len(statements):
        found = settled(statements, name)
    else:
        found = standing(statements, name, when) or standing(statements, name, moment)
        found = found or below(statements, name, moment)
    if found and not (hasattr(builtins, name) and found[0] > moment):
        return found
    stars = [i for i, s in enumerate(statements) if is_star(s.node)]
    return [i for i in stars if statements[i].imports("numpy") or not hasattr(builtins, name)]


def standing(statements, name, when):
    """What gives a name the value that it has before statement `when`: its last definition, and what changes it."""
    dropped = [i for i in range(when) if name in statements[i].drops]
    start = dropped[-1] + 1 if dropped else 0
    return since_definition(statements, name, [i for i in range(start, when) if statements[i].touches(name)])


def below(statements, name, moment):
    """What first gives a name its value below `moment`: a helper may be defined below the answer that calls it."""
    touching = [i for i in range(moment + 1, len(statements)) if statements[i].touches(name)]
    definitions = [i for i in touching if statements[i].defines(name)]
    if not definitions:
        return since_definition(statements, name, touching)
    binding = [i for i in touching if i > definitions[0] and name in statements[i].binds]
    end = binding[0] if binding else len(statements)
    return since_definition(statements, name, [i for i in touching if definitions[0] <= i < end])


def settled(statements, name):
    """The last definition of a name, and what changes it; what else it is used for below is passed over."""
    found = since_definition(statements, name, [i for i, s in enumerate(statements) if s.touches(name)])
    if not found or not statements[found[0]].defines(name):
        return [] if hasattr(builtins, name) else found
    return [found[0], *(i for i in found[1:] if name in statements[i].changes or redefines(statements[i], name))]


def since_definition(statements, name, touching):
    """Of the statements that touch a name, those from its last definition on, or from its first value on."""
    definitions = [i for i in touching if statements[i].defines(name)]
    binding = definitions[-1:] or [i for i in touching if name in statements[i].binds][:1]
    found = [i for i in touching if binding and i >= binding[0]]
    is_module = definitions and isinstance(statements[binding[0]].node, (ast.Import, ast.ImportFrom))
    return [i for i in found if not (is_module and isinstance(statements[i].node, ast.Expr))]  # np.random.seed(0)


def assemble(name, statements, numbers):
    """The chosen statements, in their order, as one text; imports from __future__ first, as Python requires."""
    future = [s for s in statements if s.imports("__future__")]
    lines, places, place, end = [], [], "", None
    for s in future + [statements[i] for i in numbers if statements[i] not in future]:
        first = s.first_line
        if name in s.binds:
            place = f"{s.chunk.place}, line {first}"
        text = lines_of(s.code) if s.code else lines_of(s.chunk.text)[first - 1 : s.node.end_lineno]
        if s.code and end == (s.chunk, first):
            lines[-1] += "; " + text.pop(0)
            first += 1
        lines += text
        places += [f"{s.chunk.place}, line {first + i}" for i in range(len(text))]
        end = (s.chunk, s.node.end_lineno)
    return Source(name, "\n".join(lines) + "\n", place, tuple(places))


def foreign_imports(source, allowed=()):
    """Modules that a source imports beyond NumPy, the standard library and those that are allowed."""
    names, waiting = set(), [ast.parse(source.text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
        never_runs = isinstance(node, ast.If) and root(node.test) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        waiting += node.orelse if never_runs else ast.iter_child_nodes(node)
    return sorted(names - {"numpy", *sys.stdlib_module_names, *allowed})
