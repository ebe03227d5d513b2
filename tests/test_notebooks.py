"""The course's notebooks: each is what its lesson says, has run without an error, and tells a student no solution."""

import ast
import inspect
import json
import re
from pathlib import Path

import nbformat
import pytest

from minifcn.course import ladder
from minifcn.course.publish import build
from minifcn.course.publish.stubs import is_exercise, solution_lines, student_notebook

ROOT = Path(__file__).parent.parent
LESSONS = ladder.lessons()
lessons = pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
with_exercises = pytest.mark.parametrize("lesson", [x for x in LESSONS if x.exercises], ids=lambda lesson: lesson.name)


def notebook_of(lesson):
    """The notebook with solutions, as it lies in notebooks/."""
    return nbformat.read(build.notebook_paths(lesson)[0], as_version=4)


def prose_of(lesson):
    return "\n".join(cell.source for cell in build.read(lesson).cells if cell.cell_type == "markdown")


def test_there_is_a_lesson():
    assert LESSONS


def test_all_notebooks_are_built():
    """The same as `minifcn lessons build --check`."""
    assert build.check() == []


@lessons
def test_the_notebook_shows_results_and_no_warnings(lesson):
    notebook = notebook_of(lesson)
    nbformat.validate(notebook)
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    assert any("image/png" in output.get("data", {}) for output in outputs), "a lesson without a picture"


@lessons
def test_the_notebook_tells_nothing_of_the_machine(lesson):
    path = build.notebook_paths(lesson)[0]
    assert path.stat().st_size < 1.5e6
    text = re.sub(r'"image/png": "[^"]*"', "", path.read_text(encoding="utf-8"))
    for word in str(ROOT), str(Path.home()) + "/", "/tmp/", "site-packages", "iopub.status", "0x7f":
        assert word not in text, f"{path.name} has {word!r} in it"


@lessons
def test_what_a_lesson_prints_of_the_package_is_its_source_today(lesson):
    cells = [cell for cell in notebook_of(lesson).cells if cell.cell_type == "code"]
    names, nodes = {}, [node for cell in cells for node in ast.parse(re.sub("(?m)^%.*", "", cell.source)).body]
    imports = [node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom))]
    exec(compile(ast.Module(imports, []), lesson.name, "exec"), names)  # noqa: S102
    for cell in cells:
        shown = "".join(output.get("text", "") for output in cell.outputs)
        for argument in re.findall(r"getsource\(([\w.]+)\)", cell.source):
            source = inspect.getsource(eval(argument, names)).strip()
            assert source in shown, f"{argument} has changed: run `minifcn lessons build --force {lesson.number}`"


@with_exercises
def test_no_line_of_a_solution_is_in_what_a_student_gets(lesson):
    solution = notebook_of(lesson)
    student = student_notebook(solution)
    lines = [line for cell in solution.cells if is_exercise(cell) for line in solution_lines(cell.source)]
    assert lines
    text = json.dumps(student)
    for line in lines:
        if len(line) >= 15 and not re.fullmatch(r"return [\w.]+(, [\w.]+)*", line):
            assert json.dumps(line)[1:-1] not in text, f"{lesson.name} shows {line!r} outside its solution"


@lessons
def test_the_files_that_a_lesson_names_exist(lesson):
    for name in re.findall(r"`([\w/]+\.py)`", prose_of(lesson)):
        places = ROOT / "minifcn" / name, ROOT / name, lesson.folder / name
        assert any(place.exists() for place in places), f"the lesson names {name}, which is not in minifcn/"


@lessons
def test_the_links_of_a_lesson_lead_somewhere(lesson):
    prose = prose_of(lesson)
    headings = {heading.replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)}
    assert set(re.findall(r"\]\(#(.+?)\)$", prose, re.MULTILINE)) <= headings
    for path in filter(None, build.notebook_paths(lesson)):
        for link in re.findall(r"\]\((?!http|#|attachment:)([^)\s#]+)", re.sub(r"`[^`\n]+`", "", prose)):
            assert (path.parent / link).exists(), f"{path.name} links to {link}, which is not there"


@pytest.mark.slow
@lessons
def test_a_lesson_runs(lesson):
    build.execute(build.read(lesson), lesson)


@pytest.mark.slow
@with_exercises
def test_a_student_notebook_runs_to_the_first_thing_to_write(lesson):
    with pytest.raises(RuntimeError) as caught:
        build.execute(student_notebook(notebook_of(lesson)), lesson)
    stops = r"\S+ fails: (?:NotImplementedError: write (\w+)|NotYetWritten: \w+\.(\w+) )"
    told = re.match(stops, str(caught.value))
    assert told and (told[1] or told[2]) in lesson.exercises, str(caught.value)[-2000:]
