"""Builds the notebooks from the lessons, `minifcn lessons build`, and reports stale or damaged ones, `--check`.

lessons/06_im2col/lesson.py becomes notebooks/solutions/06_im2col.ipynb, run from top to bottom, and from that
notebooks/student/06_im2col.ipynb. A lesson without exercises becomes a single notebook, notebooks/00_tour.ipynb. From
these, lessons/06_im2col/ko.md makes the Korean ones, in notebooks/ko/. Builds are reproducible: times, versions and
random cell ids are left out. Read translation.py next.
"""

import hashlib
import os
import tempfile

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from ...files import atomic_write, make_folder
from .. import ladder
from ..paths import LANGUAGES, ROOT, SOLUTIONS, STUDENT, display_path, notebook_path, notebooks_folder
from . import translation
from .stubs import CHECK, fingerprint, has_tag, is_exercise, is_untouched, leaked_lines, student_notebook

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
QUIET = ["--log-level=ERROR"]  # silences the kernel's messages, not the lesson's
BUILD = "run `minifcn lessons build`"


def build(names=(), force=False, lessons=None, notebooks=None, language=None):
    """Write the notebooks of these lessons ("06", "06_im2col"), or of all; returns the paths that changed.

    A lesson runs only if its lesson.py or checks.py has changed since its notebook was built. Cells tagged `volatile`
    keep their outputs while their source is unchanged, and a student's notebook with work in it is not overwritten.
    force=True overrides all three.
    lessons, notebooks: the folders, if not those of this checkout
    language: the only one to build, "en" or "ko"; all if None. A translation is made from the English notebook.
    """
    changed = []
    for lesson in select_lessons(names, lessons):
        if language in (None, "en"):
            changed += build_english(lesson, force, notebooks)
        for into in languages_of(lesson, language):
            changed += build_translation(lesson, into, force, notebooks)
    return changed


def build_english(lesson, force, notebooks):
    """Run a lesson if it has changed, and write its notebooks; returns the paths that changed."""
    path, student_path = notebook_paths(lesson, notebooks)
    solution, there = read(lesson), load(path)
    if there is not None and is_current(solution, there) and not force:
        print(f"{lesson.name}: unchanged", flush=True)
        copy_outputs(solution, there)
    else:
        print(f"{lesson.name}: running ...", flush=True)
        execute(solution, lesson)
        if there is not None and not force:
            keep_volatile_outputs(solution, there)
    return write(solution, path) + write_student(solution, lesson, student_path, force)


def build_translation(lesson, into, force, notebooks):
    """Write a lesson's notebooks in another language; returns the paths that changed."""
    path, student_path = notebook_paths(lesson, notebooks_folder(notebooks) / into)
    solution = translation.translate(english_notebook(lesson, notebooks), lesson, into)
    return write(solution, path) + write_student(solution, lesson, student_path, force)


def write_student(solution, lesson, path, force):
    """Write the student's notebook, unless there is work in it; returns [path] if written, else []."""
    if not path:
        return []
    student, theirs = make_student_notebook(solution, lesson), load(path)
    if theirs is None or force or is_untouched(theirs):
        return write(student, path)
    print(f"kept {display_path(path)}: it contains answers; --force overwrites it", flush=True)
    return []


def check(names=(), lessons=None, notebooks=None, language=None):
    """The problems with the notebooks of these lessons, or of all, one sentence each; nothing is run or written.

    A student's work is not a problem: answers, added cells, outputs. language: as in build()
    """
    problems = []
    for lesson in select_lessons(names, lessons):
        try:
            english = problems_of(lesson, notebooks)
            problems += english if language in (None, "en") else []
            for into in languages_of(lesson, language) if not english else ():
                problems += problems_of_translation(lesson, into, notebooks)
        except ValueError as error:
            problems.append(str(error))
    return problems if names else problems + orphaned_notebooks(lessons, notebooks)


# Lessons --------------------------------------------------------------------------------------------------------------


def select_lessons(names, lessons):
    """The lessons with these numbers or names; all if there are none."""
    every = ladder.lessons(lessons)
    by_name = {key: lesson for lesson in every for key in (lesson.number, lesson.number.lstrip("0"), lesson.name)}
    for name in names:
        if name not in by_name:
            raise ValueError(f"there is no lesson {name}; choose from {', '.join(lesson.name for lesson in every)}")
    return [by_name[name] for name in names] or every


def languages_of(lesson, only=None):
    """The languages, besides English, that a lesson has been translated into; `only` this one if it is not None."""
    return [into for into in LANGUAGES if only in (None, into) and (lesson.folder / f"{into}.md").exists()]


def english_notebook(lesson, notebooks):
    """The notebook with solutions that a translation is made from. Raises ValueError if it is missing or stale."""
    path, _ = notebook_paths(lesson, notebooks)
    there = load(path)
    if there is None or not is_current(read(lesson), there):
        raise ValueError(f"{display_path(path)}, from which translations are made, is missing or stale; {BUILD} {lesson.number}")
    return there


def notebook_paths(lesson, notebooks=None):
    """(path of the notebook with solutions, path of the student's); without exercises, (the only path, None)."""
    if not lesson.exercises:
        return notebook_path(lesson.name, folder=notebooks), None
    return tuple(notebook_path(lesson.name, kind, notebooks) for kind in (SOLUTIONS, STUDENT))


def read(lesson):
    """A lesson as a notebook with solutions, not run yet."""
    notebook = jupytext.read(lesson.folder / "lesson.py", fmt="py:percent")
    notebook.metadata = metadata_of(lesson)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
    add_nbgrader_metadata(notebook.cells, lesson)
    if not lesson.exercises:  # the student gets this notebook
        notebook.metadata.minifcn["cells"] = fingerprint(notebook)
    return notebook


def metadata_of(lesson):
    """The metadata of a lesson's notebook: its kernel, and a hash of everything that determines its outputs."""
    texts = [p.read_text(encoding="utf-8") for n in ("lesson", "checks") if (p := lesson.folder / f"{n}.py").exists()]
    changes = hashlib.sha256("\0".join(texts).encode()).hexdigest()
    return nbformat.from_dict({"kernelspec": KERNEL, "minifcn": {"lesson": changes}})


def add_nbgrader_metadata(cells, lesson):
    """Mark every exercise as a solution cell, and the check below it as a graded cell, in nbgrader's metadata."""
    names, where = [], f"{lesson.name}/lesson.py"
    for cell, below in zip(cells, [*cells[1:], None]):
        if is_exercise(cell):
            match = CHECK.fullmatch(below.source) if below else None
            number, name, answer = match.groups() if match else ("", "", "")
            if number != lesson.number or name != answer or name not in lesson.exercises or name in names:
                found = below.source if below else "no cell"
                wanted = next((n for n in lesson.exercises if n not in names), "NAME")
                wanted = f'check("{lesson.number}.{wanted}", {wanted})'
                raise ValueError(f"{where}: found {found!r} below an exercise, expected {wanted}, with each name once")
            names.append(name)
            cell.metadata["nbgrader"] = nbgrader_metadata(name, solution=True)
            below.metadata["nbgrader"] = nbgrader_metadata(f"check-{name}", points=lesson.exercises[name].points)
    if missing := [name for name in lesson.exercises if name not in names]:
        raise ValueError(f"{where} has no exercise {missing[0]}, but checks.py has; write it")


def nbgrader_metadata(grade_id, solution=False, points=None):
    """nbgrader's metadata for a cell: either for the student to write, or locked and worth some points."""
    marks = {"grade": not solution, "solution": solution, "locked": not solution, "task": False}
    marks |= {"schema_version": 3, "grade_id": grade_id}
    return nbformat.from_dict(marks if solution else marks | {"points": points})


# Running --------------------------------------------------------------------------------------------------------------


def execute(notebook, lesson, timeout=600):
    """Run every cell, in place, in an empty temporary folder. Raises RuntimeError at the first cell that fails."""
    kernelspec = notebook.metadata.kernelspec
    options = {"timeout": timeout, "record_timing": False, "coalesce_streams": True, "extra_arguments": QUIET}
    search = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    variables = {**os.environ, "MINIFCN_PROGRESS": "", "MINIFCN_LANGUAGE": "en", "PYTHONPATH": search}  # "": no progress is recorded
    with tempfile.TemporaryDirectory() as folder:
        place = {"metadata": {"path": folder}}
        client = NotebookClient(notebook, kernel_name=KERNEL["name"], resources=place, **options)
        try:
            client.execute(env=variables)
        except CellExecutionError as error:
            raise failure(lesson, notebook, error) from error
    notebook.metadata.pop("language_info", None)  # it contains Python's version
    notebook.metadata.kernelspec = kernelspec


def failure(lesson, notebook, error):
    """The RuntimeError for a lesson that fails: the first line of its error; notes have the next ones, and the cell."""
    reason, *more = f"{error.ename}: {error.evalue}".splitlines()[:5]
    found = RuntimeError(f"{lesson.name}/lesson.py fails: {reason}")
    cell = next(c for c in reversed(notebook.cells) if c.cell_type == "code" and has_error(c))
    first, *_ = cell.source.splitlines()
    for line in [*more, f"in the cell that begins: {first}"]:
        found.add_note(line)
    return found


def keep_volatile_outputs(notebook, there):
    """Timings differ between runs: cells tagged `volatile` keep their old outputs while their source is unchanged."""
    ran = [cell for cell in there.cells if cell.cell_type == "code" and cell.outputs and not has_error(cell)]
    outputs = {cell.source: cell.outputs for cell in ran}
    for cell in notebook.cells:
        if has_tag(cell, "volatile"):
            cell.outputs = outputs.get(cell.source, cell.outputs)


def copy_outputs(notebook, there):
    """Copy every cell's outputs from a notebook with the same cells."""
    for cell, other in zip(notebook.cells, there.cells):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = other.outputs, other.execution_count


def make_student_notebook(solution, lesson):
    """The student's notebook. Raises ValueError, which names the lesson, if it cannot be made."""
    try:
        return student_notebook(solution)
    except (ValueError, SyntaxError) as error:
        raise ValueError(f"{lesson.name}/lesson.py: {error}") from error


def write(notebook, path):
    """Write a notebook atomically if its file differs; returns [path] if written, else []."""
    text = nbformat.writes(notebook) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return []
    make_folder(path.parent)
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return [path]


def load(path):
    """The notebook at a path, or None if there is no file. Raises ValueError if the file is not a notebook."""
    if not path.exists():
        return None
    try:
        return nbformat.read(path, as_version=4)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{display_path(path)} is not a readable notebook; move it away and {BUILD}") from error


# Comparing ------------------------------------------------------------------------------------------------------------


def is_current(notebook, there):
    """Whether a notebook on disk matches the lesson as it is now, and has run."""
    same_lesson = there.metadata.get("minifcn", {}).get("lesson") == notebook.metadata.minifcn.lesson
    return same_lesson and not difference(notebook, there) and not faults(there)


def problems_of(lesson, notebooks):
    """The problems with the notebooks of one lesson, one sentence each."""
    path, student_path = notebook_paths(lesson, notebooks)
    solution, there = read(lesson), load(path)
    if there is None:
        return [f"{display_path(path)} is missing; {BUILD}"]
    if there.metadata.get("minifcn", {}).get("lesson") != solution.metadata.minifcn.lesson:
        return [f"{display_path(path)} is stale: its lesson.py or checks.py has changed since it was built; {BUILD}"]
    if fault := difference(solution, there) or faults(there):
        return [f"{display_path(path)} {fault}; {BUILD}"]
    copy_outputs(solution, there)
    if not student_path:
        return []
    student, theirs = make_student_notebook(solution, lesson), load(student_path)
    problems = [f"{lesson.name}/lesson.py shows {line!r}, a line of a solution, outside it; write it differently"
                for line in leaked_lines(solution, student)]  # fmt: skip
    if theirs is None:
        return [*problems, f"{display_path(student_path)} is missing; {BUILD}"]
    fault = difference(student, theirs, ours=solution)
    return [*problems, f"{display_path(student_path)} {fault}; {BUILD}"] if fault else problems


def problems_of_translation(lesson, into, notebooks):
    """The problems with a lesson's notebooks in another language, and with its translation, one sentence each."""
    path, student_path = notebook_paths(lesson, notebooks_folder(notebooks) / into)
    solution, there = translation.translate(english_notebook(lesson, notebooks), lesson, into), load(path)
    name = f"{lesson.name}/{into}.md"
    problems = translation.problems(translation.prose_of(read(lesson)), lesson.folder / f"{into}.md", name)
    if there != solution:
        return [*problems, f"{display_path(path)} is {'missing' if there is None else 'stale'}; {BUILD} --language {into}"]
    if not student_path:
        return problems
    theirs = load(student_path)
    fault = difference(make_student_notebook(solution, lesson), theirs, ours=solution) if theirs else "is missing"
    return [*problems, f"{display_path(student_path)} {fault}; {BUILD} --language {into}"] if fault else problems


def orphaned_notebooks(lessons, notebooks):
    """A sentence for each notebook without a lesson; a student's other notebooks are left alone."""
    folder, every = notebooks_folder(notebooks), ladder.lessons(lessons)
    known = {path for lesson in every for path in notebook_paths(lesson, folder)}
    known |= {p for lesson in every for into in languages_of(lesson) for p in notebook_paths(lesson, folder / into)}
    places = [folder, *(folder / into for into in LANGUAGES)]
    paths = {p for place in places for kind in (".", SOLUTIONS, STUDENT) for p in (place / kind).glob("*.ipynb")}
    extra = [p for p in sorted(paths - known) if p.parent.name != STUDENT or ladder.NAME.fullmatch(p.stem)]
    return [f"{display_path(path)} has no lesson; delete it" for path in extra]


def faults(notebook):
    """Why a notebook with solutions does not show a clean run, or ""."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for cell in cells:
        if has_error(cell) and not has_tag(cell, "raises-exception"):
            return f"has an error in {cell.get('id')}, which begins {cell.source[:40]!r}"
    ran = [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    return "" if ran else "has not run from top to bottom"


def has_error(cell):
    return any(output.output_type == "error" for output in cell.outputs)


def difference(expected, found, ours=None):
    """The first difference between a notebook and the expected one, outputs aside, or "".

    ours: for a student's notebook, the one with solutions; the answers may then have any source, and the student may
    add cells.
    """
    answers = {cell.id for cell in ours.cells if is_exercise(cell)} if ours else set()
    wanted, there = {cell.id: cell for cell in expected.cells}, {cell.get("id"): cell for cell in found.cells}
    for name, cell in wanted.items():
        if name not in there:
            return f"has lost {name}, which begins {cell.source[:40]!r}"
        other = there[name]
        same_source = name in answers or cell.source == other.source
        same = cell.cell_type == other.cell_type and cell.get("attachments") == other.get("attachments")
        if not (same and same_source and contains(other.metadata, cell.metadata)):
            return f"differs from its lesson in {name}, which should begin {cell.source[:40]!r}"
    generated = [name for name in there if name in wanted or not ours or str(name).startswith("cell-")]
    if generated != list(wanted):
        return "has other cells, or another order of cells, than its lesson"
    ours_too = found.metadata.get("minifcn", {}) == expected.metadata.minifcn  # Jupyter may rename the kernel
    return "" if ours_too else "has lost the record of what it was built from"


def contains(found, expected):
    """Whether nested metadata includes all that is expected; Jupyter adds more when it saves a notebook."""
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(contains(found.get(key), part) for key, part in expected.items())
    return found == expected
