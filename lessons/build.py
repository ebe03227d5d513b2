"""Makes notebooks/NN_name.ipynb from every lessons/NN_name/lesson.py and runs it from top to bottom: `make notebooks`.

What depends on the day is left out (times, versions, random cell numbers), so that a notebook changes only when its lesson
or a result does. Read 00_tour/lesson.py next.
"""

import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
LESSONS, NOTEBOOKS = ROOT / "lessons", ROOT / "notebooks"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
QUIET = ["--log-level=ERROR"]  # the kernel's own messages, not the lesson's


def main(names):
    """Build the lessons of these names, or all."""
    for lesson in sorted(LESSONS.glob("[0-9]*/lesson.py")):
        if not names or lesson.parent.name in names:
            print(lesson.parent.name, flush=True)
            write(execute(read(lesson)), notebook_path(lesson))


def notebook_path(lesson, folder=NOTEBOOKS):
    """lessons/00_tour/lesson.py -> notebooks/00_tour.ipynb."""
    return folder / f"{lesson.parent.name}.ipynb"


def read(lesson):
    """A lesson as a notebook that has not run yet."""
    notebook = jupytext.read(lesson, fmt="py:percent")
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL})
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    return notebook


def execute(notebook, timeout=600):
    """Run every cell, in place. Raises CellExecutionError at the first that fails."""
    options = {"timeout": timeout, "record_timing": False, "coalesce_streams": True, "extra_arguments": QUIET}
    NotebookClient(notebook, kernel_name=KERNEL["name"], **options).execute()
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL})  # the client has added Python's version
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    return notebook


def write(notebook, path):
    """Write a notebook, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    nbformat.write(notebook, temporary)
    temporary.replace(path)


if __name__ == "__main__":
    main(sys.argv[1:])
