"""Turns an executed notebook with solutions into the student's: the same cells, with the solutions left to write.

Each region between the two solution marks becomes one line that raises NotImplementedError. Outputs are removed; those
of cells tagged `expected` move into a folded cell "What you should see" right below. Nothing runs here. Read
minutes.py next.
"""

import ast
import copy
import hashlib
import json
import re

from ..answers.cells import split_lines
from ..ladder import BEGIN, END
from ..languages import translated

CHECK = re.compile(r'check\("(\w+)\.(\w+)", (\w+)\)')  # the cell below an exercise: lesson, name, answer
NAMES_ONLY = re.compile(r"return [\w.]+(, [\w.]+)*")


def is_exercise(cell):
    """Whether a cell contains a solution, for the student to write."""
    return cell.cell_type == "code" and BEGIN in cell.source


def has_tag(cell, tag):
    return tag in cell.metadata.get("tags", ())


def student_notebook(solution):
    """The student's notebook, from the one with solutions and outputs, which is not modified."""
    student = copy.deepcopy(solution)
    student.cells = []
    for cell in copy.deepcopy(solution.cells):
        student.cells.append(cell)
        if is_exercise(cell):
            cell.source = stub(cell.source)
        if has_tag(cell, "expected"):
            title = translated("What you should see", solution.metadata["minifcn"].get("language", "en"))
            student.cells.append(expected_cell(cell, title))
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    student.metadata["minifcn"]["cells"] = fingerprint(student)
    return student


# Stubs ----------------------------------------------------------------------------------------------------------------


def stub(source):
    """The source of an exercise with each region replaced by `raise NotImplementedError("write NAME")`."""
    lines = split_lines(source)
    for begin, end in reversed(regions(lines)):
        indent = lines[begin][: len(lines[begin]) - len(lines[begin].lstrip())]
        lines[begin : end + 1] = [f'{indent}raise NotImplementedError("write {name_at(source, begin + 1)}")']
    return "\n".join(lines)


def regions(lines):
    """(first, last) line of every region, marks included. Raises ValueError for unpaired marks."""
    marks = [(number, line.strip()) for number, line in enumerate(lines) if line.strip() in (BEGIN, END)]
    if not marks or [text for _, text in marks] != [BEGIN, END] * (len(marks) // 2):
        found = [text for _, text in marks]
        raise ValueError(f"found the marks {found}, expected {BEGIN!r} and {END!r} alternately, each on its own line")
    numbers = [number for number, _ in marks]
    return list(zip(numbers[::2], numbers[1::2]))


def name_at(source, line):
    """The function, method or class around a line (counted from 1): "im2col" or "Value.backward"."""
    names, body = [], ast.parse(source).body
    while body:
        around = [n for n in body if n.lineno <= line <= n.end_lineno]
        names += [n.name for n in around if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
        body = [inner for n in around for inner in getattr(n, "body", ())]
    if not names:
        raise ValueError(f"found a solution outside any function; put {BEGIN!r} below the `def` it belongs to")
    return ".".join(names)


# What you should see --------------------------------------------------------------------------------------------------


def expected_cell(cell, title):
    """A markdown cell with a code cell's outputs, folded below a title: pictures as attachments, text as a code block."""
    parts, attachments = [], {}
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            name = f"{cell.id}-{len(attachments)}.png"
            attachments[name] = {"image/png": data["image/png"].strip()}
            parts.append(f"![{title}](attachment:{name})")
        elif "text/html" not in data and (text := output.get("text", data.get("text/plain", ""))):
            parts.append(f"```text\n{text.rstrip()}\n```")
    if not parts:
        raise ValueError(f"found no output of {cell.source[-60:]!r}, which is tagged `expected`; show something")
    text = "\n\n".join([f"<details><summary>{title}</summary>", *parts, "</details>"])
    import nbformat  # slow to load, and the graders do not need it

    shown = nbformat.v4.new_markdown_cell(text, id=f"{cell.id}-expected")
    if attachments:
        shown.attachments = nbformat.from_dict(attachments)
    return shown


# Whose work it is -----------------------------------------------------------------------------------------------------


def fingerprint(notebook):
    """A hash of the cells, their order and their text, but not their outputs; also of a notebook as plain JSON."""
    cells = [(cell.get("id"), cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def is_untouched(notebook):
    """Whether a student's notebook has not been edited since it was built; running its cells does not count."""
    return notebook["metadata"].get("minifcn", {}).get("cells") == fingerprint(notebook)


def leaked_lines(solution, student):
    """Lines of the solutions that appear in the student's notebook, except short ones and `return x`."""
    text = "\n".join(all_strings([{**cell, "metadata": {}} for cell in student.cells]))
    lines = [line for cell in solution.cells if is_exercise(cell) for line in solution_lines(cell.source)]
    return [line for line in lines if len(line) >= 15 and not NAMES_ONLY.fullmatch(line) and line in text]


def solution_lines(source):
    """The lines between the marks, without indentation."""
    lines = split_lines(source)
    return [line.strip() for begin, end in regions(lines) for line in lines[begin + 1 : end] if line.strip()]


def all_strings(data):
    """Yield every string in nested lists and dicts."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, (dict, list)):
        for part in data.values() if isinstance(data, dict) else data:
            yield from all_strings(part)
