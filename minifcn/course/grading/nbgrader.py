"""Replaces the kernel in `nbgrader autograde`: a notebook is graded from its source, and none of its cells run.

nbgrader itself runs a student's notebook and awards points by what the check cells show, so a student who writes `check
= print` above them decides their own points. Here every check cell gets the Grader's outcome instead, as the output
from which nbgrader reads points; the answers to written questions are left to be graded by hand. An assignment's
nbgrader_config.py names the two functions; nbgrader is imported only to query its database. Read classroom.py next.
"""

import json
import os
import re
import tempfile
from pathlib import Path

from .seeds import seed_of
from .supervisor import Grader

SEED_FILE = "MINIFCN_SEED_FILE"  # environment variable
CHECK = re.compile(r'check\("(\w+\.\w+)", \w+\)')


def restore(notebook, resources):
    """Rebuild a submitted notebook from the student's sources alone, with nbgrader's metadata from its database.

    Deleted or modified check cells are restored; all outputs are removed.
    notebook, resources: as nbgrader passes them to a preprocessor; returns both
    """
    from nbformat import v4

    known, cells = marked_cells(resources["nbgrader"]), []
    maker = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}
    for cell in notebook.get("cells", []):
        if not isinstance(cell, dict) or not isinstance(cell.get("source"), str):
            continue
        kind, source = cell.get("cell_type"), cell["source"]
        mark = known.get(name_of(cell))
        new = maker.get(kind, v4.new_raw_cell)
        if mark and mark["cell_type"] == kind:
            del known[name_of(cell)]  # a second cell of this name is the student's own
            cells.append(new(mark["source"] if mark["metadata"]["locked"] else source))
            cells[-1].metadata["nbgrader"] = mark["metadata"]
        else:
            cells.append(new(source))
    for mark in known.values():
        if mark["metadata"]["grade"]:
            cells.append(maker[mark["cell_type"]](mark["source"]))
            cells[-1].metadata["nbgrader"] = mark["metadata"]
    return v4.new_notebook(cells=cells), resources


def name_of(cell):
    """nbgrader's name for a cell, or ""."""
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    return name if isinstance(name, str) else ""


def marked_cells(place):
    """{name: cell} of the notebook as it was released, from nbgrader's database, in order.

    place: nbgrader's names for the notebook and the assignment, and the database's URL
    """
    from nbgrader.api import Gradebook

    with Gradebook(place["db_url"]) as gradebook:
        notebook = gradebook.find_notebook(place["notebook"], place["assignment"])
        points = {cell.name: cell.max_score for cell in notebook.grade_cells}
        written = {cell.name for cell in notebook.solution_cells}
        cells = {}
        for cell in notebook.source_cells:
            marks = {"grade": cell.name in points, "solution": cell.name in written, "locked": bool(cell.locked),
                     "task": False, "schema_version": 3, "grade_id": cell.name, "checksum": cell.checksum,
                     "cell_type": cell.cell_type}  # fmt: skip
            marks |= {"points": points[cell.name]} if cell.name in points else {}
            cells[cell.name] = {"cell_type": cell.cell_type, "source": cell.source, "metadata": marks}
    return cells


def grade(notebook, resources):
    """Grade every exercise of a restored notebook, and write the outcome into its check cell.

    notebook, resources: as nbgrader passes them to a preprocessor; returns both.
    Raises RuntimeError if the grader fails, which must not look like a wrong answer.
    """
    if not os.environ.get(SEED_FILE):
        raise RuntimeError(f"{SEED_FILE} is not set; use the nbgrader_config.py that `minifcn assignment` wrote")
    marked = [cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    checks = [cell for cell in marked if not cell.metadata["nbgrader"]["solution"]]  # the others are graded by hand
    with tempfile.TemporaryDirectory() as folder, Grader(seed_of(os.environ[SEED_FILE]), form="html") as grader:
        path = Path(folder) / f"{resources['nbgrader']['notebook']}.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        for cell in checks:
            name = CHECK.search(cell.source)
            if not name:
                raise RuntimeError(f"found {cell.source[:60]!r} in a graded cell, expected a check; build the lesson again")
            graded = grader.check(path, name[1])
            if graded.failed:
                raise RuntimeError(graded.problem)
            cell.outputs, cell.execution_count = outputs_of(graded, cell.metadata["nbgrader"]["points"]), 1
    return notebook, resources


def outputs_of(graded, most):
    """The outputs of a check cell: the report, and what nbgrader counts as none, some or all of `most` points."""
    from nbformat import v4

    said = f"{graded.exercise}: {graded.points} of {graded.out_of} points"
    report = v4.new_output("display_data", {"text/plain": said, "text/html": graded.shown})
    if not graded.points:
        lines = [f"NotRight: {graded.problem or said}"]
        return [report, v4.new_output("error", ename="NotRight", evalue=graded.problem or said, traceback=lines)]
    if graded.points == graded.out_of:
        return [report]
    share = f"{most * graded.points / graded.out_of:g}"
    return [report, v4.new_output("execute_result", {"text/plain": share}, execution_count=1)]
