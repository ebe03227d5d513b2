"""Notebooks are made from lessons: solutions run and stay, students get stubs, and nobody's work is overwritten."""

import json
import re
import runpy
import shutil

import nbformat
import pytest

from minifcn.__main__ import main
from minifcn.course import ladder
from minifcn.course.publish import build
from minifcn.course.publish.stubs import leaked_lines, stub, student_notebook

LESSON = '''\
# %% [markdown]
# # Lesson 6: twice

# %%
import base64
import os
import time

from IPython.display import Image, display


def check(name, answer):
    print(name, "is right")


# %%
def double(x):
    """Twice x: double(4) is 8."""
    ### BEGIN SOLUTION
    n = 1
    secret_factor = n + 1
    return x * secret_factor
    ### END SOLUTION


# %%
check("06.double", double)

# %% tags=["expected"] shown="wide"
print("four:", double(4))
display(Image(base64.b64decode(PNG)))


# %%
class Value:
    """A number that doubles itself."""

    def __init__(self, data):
        ### BEGIN SOLUTION
        self.secret_data = data
        ### END SOLUTION

    def forward(self):
        if True:
            ### BEGIN SOLUTION
            the_result = double(self.secret_data)
            return the_result
            ### END SOLUTION

    def name(self):
        the_result = "Value"
        return the_result


# %%
check("06.Value", Value)

# %% tags=["volatile"]
n = 1
print(time.perf_counter_ns())

# %%
(Value(3).forward(), Value(3).name(), os.environ["MINIFCN_PROGRESS"], os.listdir())
'''
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
CHECKS = """\
from minifcn.course.exercise import Exercise, Property
EXERCISES = [
    Exercise("double", (Property("doubles", None, points=2), Property("any shape", None))),
    Exercise("Value", (Property("doubles", None, points=4),)),
]
"""
TOUR = """\
# %% [markdown]
# # A tour

# %%
6 * 7
"""
LOCKED = {"grade": True, "solution": False, "locked": True, "task": False, "schema_version": 3}
WRITTEN = {"grade": False, "solution": True, "locked": False, "task": False, "schema_version": 3}


class Course:
    """Two made-up lessons in a folder of their own, and their notebooks."""

    def __init__(self, folder):
        self.lessons, self.notebooks = folder / "lessons", folder / "notebooks"
        self.lesson = self.lessons / "06_twice" / "lesson.py"
        self.checks = self.lessons / "06_twice" / "checks.py"
        self.solution = self.notebooks / "solutions" / "06_twice.ipynb"
        self.student = self.notebooks / "student" / "06_twice.ipynb"
        self.tour = self.notebooks / "00_tour.ipynb"

    def build(self, *names, force=False):
        return build.build(names, force, self.lessons, self.notebooks)

    def check(self, *names):
        return build.check(names, self.lessons, self.notebooks)

    def bytes(self):
        return {path: path.read_bytes() for path in self.notebooks.rglob("*.*")}


def edit(path, change):
    """Change a notebook's file with change(notebook), as somebody who works in it does."""
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def replace(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def cell_with(notebook, text):
    return next(cell for cell in notebook.cells if text in cell.source)


def write_answer(notebook):
    cell_with(notebook, "def double").source = "def double(x):\n    return x + x"


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    course = Course(tmp_path_factory.mktemp("course"))
    for path, text in (
        (course.lesson, LESSON.replace("PNG", f'"{PNG}"')),
        (course.checks, CHECKS),
        (course.lessons / "00_tour" / "lesson.py", TOUR),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert course.build() == [course.tour, course.solution, course.student]
    return course


@pytest.fixture
def course(built, tmp_path):
    shutil.copytree(built.lessons.parent, tmp_path / "copy")
    return Course(tmp_path / "copy")


@pytest.fixture
def runs(course, monkeypatch):
    """The lessons that ran, one after another; no kernel starts, and every clock shows another time."""
    there, names = {path.stem: nbformat.read(path, as_version=4) for path in (course.solution, course.tour)}, []

    def execute(notebook, lesson):
        names.append(lesson.name)
        build.copy_outputs(notebook, there[lesson.name])
        for cell in notebook.cells:
            if "perf_counter_ns" in cell.source:
                cell.outputs = [nbformat.v4.new_output("stream", text=f"run {len(names)}\n")]

    monkeypatch.setattr(build, "execute", execute)
    return names


# What is built ========================================================================================================


def test_the_solutions_run_with_their_outputs_kept(course):
    notebook = nbformat.read(course.solution, as_version=4)
    nbformat.validate(notebook)
    assert "secret_factor = n + 1" in cell_with(notebook, "def double").source
    assert cell_with(notebook, "check(\"06.double").outputs[0].text == "06.double is right\n"
    assert notebook.cells[-1].outputs[0].data["text/plain"] == "(6, 'Value', '', [])"  # no progress, an empty folder
    assert [cell.id for cell in notebook.cells] == [f"cell-{i}" for i in range(len(notebook.cells))]
    assert set(notebook.metadata) == {"kernelspec", "minifcn"}
    assert not [cell for cell in notebook.cells if "execution" in cell.metadata]


def test_a_lesson_without_exercises_is_one_notebook(course):
    (question, answer) = nbformat.read(course.tour, as_version=4).cells
    assert question.source == "# A tour" and answer.outputs[0].data["text/plain"] == "42"
    assert sorted(path.name for path in course.notebooks.rglob("*.ipynb")) == [
        "00_tour.ipynb", "06_twice.ipynb", "06_twice.ipynb"]  # fmt: skip


def test_a_student_gets_stubs_and_no_outputs(course):
    notebook = nbformat.read(course.student, as_version=4)
    nbformat.validate(notebook)
    double = cell_with(notebook, "def double").source
    assert double.endswith('"""Twice x: double(4) is 8."""\n    raise NotImplementedError("write double")')
    value = cell_with(notebook, "class Value").source
    assert 'data):\n        raise NotImplementedError("write Value.__init__")\n\n    def forward' in value
    assert '        if True:\n            raise NotImplementedError("write Value.forward")\n' in value
    assert value.endswith("return the_result")
    for cell in notebook.cells:
        assert cell.cell_type == "markdown" or (cell.outputs, cell.execution_count) == ([], None)
    assert "secret" not in course.student.read_text() and "SOLUTION" not in course.student.read_text()


def test_a_stub_says_what_to_write(course, tmp_path):
    (tmp_path / "stub.py").write_text(cell_with(nbformat.read(course.student, as_version=4), "def double").source)
    with pytest.raises(NotImplementedError, match="^write double$"):
        runpy.run_path(tmp_path / "stub.py")["double"](4)


def test_what_you_should_see_stands_below_its_cell(course):
    notebook = nbformat.read(course.student, as_version=4)
    (number,) = [n for n, cell in enumerate(notebook.cells) if "expected" in cell.metadata.get("tags", ())]
    shown = notebook.cells[number + 1]
    name = f"{notebook.cells[number].id}-0.png"
    assert shown.source == (
        "<details><summary>What you should see</summary>\n\n```text\nfour: 8\n```\n\n"
        f"![What you should see](attachment:{name})\n\n</details>"
    )
    assert shown.attachments == {name: {"image/png": PNG}}
    assert [cell.cell_type for cell in notebook.cells].count("markdown") == 2


def test_metadata_is_nbgraders_and_none_is_lost(course):
    points = {name: exercise.points for name, exercise in ladder.lessons(course.lessons)[1].exercises.items()}
    assert 0 < points["double"] < points["Value"]
    for path in course.solution, course.student:
        cells = nbformat.read(path, as_version=4).cells
        marks = [cell.metadata["nbgrader"] for cell in cells if "nbgrader" in cell.metadata]
        assert marks == [
            WRITTEN | {"grade_id": "double"},
            LOCKED | {"grade_id": "check-double", "points": points["double"]},
            WRITTEN | {"grade_id": "Value"},
            LOCKED | {"grade_id": "check-Value", "points": points["Value"]},
        ]
        assert all(re.fullmatch("[a-zA-Z0-9_-]+", mark["grade_id"]) for mark in marks)
        (expected,) = [cell for cell in cells if "expected" in cell.metadata.get("tags", ())]
        assert expected.metadata == {"tags": ["expected"], "shown": "wide"}


# Again ================================================================================================================


def test_a_second_build_runs_nothing_and_changes_no_byte(course, runs):
    before = course.bytes()
    assert course.build() == [] and runs == []
    assert course.bytes() == before


@pytest.mark.parametrize("part", ["lesson", "checks"])
def test_only_a_lesson_that_changed_runs_again(course, runs, part):
    with getattr(course, part).open("a") as file:
        file.write("\n# more\n")
    assert course.build() == [course.solution, course.student] and runs == ["06_twice"]
    assert course.check() == []


def test_the_lessons_that_are_named_are_built(course, runs):
    for path in course.solution, course.tour:
        path.unlink()
    assert course.build("06") == [course.solution] and course.build("00_tour") == [course.tour]
    with pytest.raises(ValueError, match="no lesson 66; choose from 00_tour, 06_twice$"):
        course.build("66")


def test_timings_stay_until_their_cell_changes_or_force(course, runs):
    def timing():
        return cell_with(nbformat.read(course.solution, as_version=4), "perf_counter_ns").outputs[0].text

    first = timing()
    replace(course.lesson, "# # Lesson 6: twice", "# # Lesson 6: two times")
    course.build()
    assert runs and timing() == first
    replace(course.lesson, "print(time.perf_counter_ns())", "print('it is', time.perf_counter_ns())")
    course.build()
    assert timing() == "run 2\n"
    course.build("06", force=True)
    assert timing() == "run 3\n" and runs == 3 * ["06_twice"]


@pytest.mark.parametrize("change", ["error_in", "never_ran", "write_answer"])
def test_a_solution_that_somebody_changed_runs_again(course, runs, change):
    before = course.bytes()
    edit(course.solution, globals()[change])
    assert course.build()[0] == course.solution and runs == ["06_twice"]
    assert course.check() == []
    assert change == "error_in" or course.bytes() == before


def test_a_student_notebook_is_derived_without_running(course, runs):
    course.student.unlink()
    assert course.build() == [course.student] and runs == []
    assert course.check() == []


# A student's work =====================================================================================================


def add_a_cell(notebook):
    notebook.cells.insert(3, nbformat.v4.new_code_cell("double(2)"))


@pytest.mark.parametrize("work", [write_answer, add_a_cell])
def test_a_students_work_is_kept_and_named(course, runs, capsys, work):
    edit(course.student, work)
    before = course.student.read_bytes()
    replace(course.lesson, "# # Lesson 6: twice", "# # Lesson 6: two times")
    assert course.build() == [course.solution]
    assert course.student.read_bytes() == before
    kept = "kept notebooks/student/06_twice.ipynb: it contains answers; --force overwrites it\n"
    assert kept in capsys.readouterr().out
    assert course.build("06", force=True) == [course.solution, course.student] and course.check() == []


def test_a_notebook_that_was_only_run_is_built_again(course, runs):
    before = course.bytes()

    def run(notebook):
        notebook.cells[1].execution_count = 1

    edit(course.student, run)
    assert course.build() == [course.student] and course.bytes() == before


def test_check_leaves_a_students_work_alone(course):
    def work(notebook):
        write_answer(notebook)
        add_a_cell(notebook)
        notebook.metadata.kernelspec.display_name = "Python 3 (ipykernel)"  # as JupyterLab does when it saves
        notebook.metadata["language_info"] = {"name": "python"}
        notebook.cells[1].execution_count = 7
        notebook.cells[1].metadata["jupyter"] = {"source_hidden": True}

    edit(course.student, work)
    (course.notebooks / "student" / "Untitled.ipynb").write_text("{}")
    assert course.check() == []


# What check finds =====================================================================================================


def error_in(notebook):
    cell_with(notebook, "perf_counter").outputs = [nbformat.v4.new_output("error", ename="E", evalue="", traceback=[])]


def never_ran(notebook):
    cell_with(notebook, "perf_counter").execution_count = None


def other_prose(notebook):
    notebook.cells[0].source = "# Lesson 7"


def no_tags(notebook):
    cell_with(notebook, "four").metadata = {}


def no_points(notebook):
    del cell_with(notebook, "check(\"06.Value").metadata["nbgrader"]


def lost_cell(notebook):
    notebook.cells.remove(cell_with(notebook, "check(\"06.Value"))


def other_order(notebook):
    notebook.cells[2], notebook.cells[3] = notebook.cells[3], notebook.cells[2]


def old_cell(notebook):
    notebook.cells.append(nbformat.v4.new_markdown_cell("of an older lesson", id="cell-99"))


def other_picture(notebook):
    cell_with(notebook, "<details>").attachments = {}


@pytest.mark.parametrize(
    "path, change, problem",
    [
        ("solution", error_in, "has an error in cell-7"),
        ("solution", never_ran, "has not run"),
        ("solution", add_a_cell, "has other cells"),
        ("solution", write_answer, "differs from its lesson in cell-2"),
        *[(path, other_prose, "differs from its lesson in cell-0") for path in ("tour", "solution", "student")],
        *[(path, no_tags, "differs from its lesson in cell-4") for path in ("solution", "student")],
        *[(path, no_points, "differs from its lesson in cell-6") for path in ("solution", "student")],
        *[(path, lost_cell, "has lost cell-6") for path in ("solution", "student")],
        *[(path, other_order, "another order of cells") for path in ("solution", "student")],
        *[(path, old_cell, "has other cells") for path in ("tour", "solution", "student")],
        ("student", other_picture, "differs from its lesson in cell-4-expected"),
        ("student", lambda notebook: notebook.metadata.pop("minifcn"), "has lost the record of what it was built from"),
        ("solution", lambda notebook: notebook.metadata.pop("minifcn"), "is stale"),
    ],
)
def test_check_names_a_notebook_that_is_not_its_lesson(course, path, change, problem):
    path = getattr(course, path)
    edit(path, change)
    (sentence,) = course.check()
    assert sentence.startswith(f"{path.relative_to(course.notebooks.parent)} ") and problem in sentence
    assert sentence.endswith("; run `minifcn lessons build`")


def test_check_names_what_is_stale_missing_or_too_much(course):
    course.tour.unlink()
    with course.checks.open("a") as file:
        file.write("\n# more\n")
    shutil.copy(course.solution, course.notebooks / "student" / "07_gone.ipynb")
    shutil.copy(course.solution, course.notebooks / "solutions" / "Untitled.ipynb")
    missing, stale, *extra = course.check()
    assert missing == "notebooks/00_tour.ipynb is missing; run `minifcn lessons build`"
    assert stale.startswith("notebooks/solutions/06_twice.ipynb is stale: its lesson.py or checks.py has changed")
    gone = ("solutions/Untitled", "student/07_gone")
    assert extra == [f"notebooks/{name}.ipynb has no lesson; delete it" for name in gone]
    assert course.check("00_tour") == [missing] and course.check("6") == [stale]
    course.checks.write_text(CHECKS)
    course.student.unlink()
    assert "notebooks/student/06_twice.ipynb is missing; run `minifcn lessons build`" in course.check()
    course.solution.unlink()
    assert "notebooks/solutions/06_twice.ipynb is missing; run `minifcn lessons build`" in course.check()
    course.student.write_text("no JSON")
    course.solution.write_text("no JSON")
    assert "notebooks/solutions/06_twice.ipynb is not a readable notebook" in course.check()[1]


def test_a_line_of_a_solution_outside_it_is_found(course, runs):
    replace(course.lesson, "# # Lesson 6: twice", "# # Lesson 6: secret_factor = n + 1")
    course.build()
    (sentence,) = course.check()
    assert "06_twice/lesson.py shows 'secret_factor = n + 1', a line of a solution" in sentence


def test_a_leak_is_found_in_outputs_that_the_student_sees(course):
    solution = nbformat.read(course.solution, as_version=4)
    cell_with(solution, "four").outputs[0].text = "the_result = double(self.secret_data)"
    assert leaked_lines(solution, student_notebook(solution)) == ["the_result = double(self.secret_data)"]


# Mistakes in a lesson =================================================================================================


@pytest.mark.parametrize(
    "old, new, problem",
    [
        ('check("06.double", double)', 'print("well done")', "expected check(\"06.double\", double)"),
        ('check("06.double", double)', 'check("07.double", double)', "expected check(\"06.double\", double)"),
        ('check("06.Value", Value)', 'check("06.double", double)', "expected check(\"06.Value\", Value)"),
        ("    ### END SOLUTION\n\n\n# %%\ncheck(\"06.d", "\n\n# %%\ncheck(\"06.d", "found the marks"),
        ("def double(x):", "double = lambda x: x\nif True:", "a solution outside any function"),
        ("tags=[\"expected\"]", "", None),
        ("def double", "%time\ndef double", "invalid syntax"),
        ("print(time.perf_counter_ns())", "time.sleep(0)", None),
        ('"volatile"', '"expected"', None),
    ],
)
def test_what_is_wrong_with_a_lesson_is_told(course, runs, old, new, problem):
    replace(course.lesson, old, new)
    if problem is None:
        assert course.build() == [course.solution, course.student]
    else:
        with pytest.raises(ValueError, match="^06_twice/lesson.py: .*" + re.escape(problem)):
            course.build()


def test_an_exercise_of_the_checks_must_be_in_the_lesson(course, runs):
    replace(course.checks, "]\n", '    Exercise("triple", ()),\n]\n')
    with pytest.raises(ValueError, match="06_twice/lesson.py has no exercise triple"):
        course.build()
    assert course.check() == ["06_twice/lesson.py has no exercise triple, but checks.py has; write it"]


def test_a_cell_that_should_be_seen_must_show_something(course):
    solution = nbformat.read(course.solution, as_version=4)
    html = {"text/html": "<b>8</b>", "text/plain": "<IPython.core.display.HTML object>"}
    cell_with(solution, "four").outputs = [nbformat.v4.new_output("display_data", data=html)]
    with pytest.raises(ValueError, match="found no output of .*tagged `expected`"):
        student_notebook(solution)


def test_a_stub_needs_code_in_its_region():
    assert stub("def f():\n    ### BEGIN SOLUTION\n    x\n    ### END SOLUTION") == (
        'def f():\n    raise NotImplementedError("write f")')  # fmt: skip


def test_a_lesson_that_fails_changes_no_notebook_and_is_reported_in_a_few_lines(course, monkeypatch, capsys):
    before = course.bytes()
    (course.lessons / "00_tour" / "lesson.py").write_text(TOUR + "\n# %%\n1 / 0\n")
    with pytest.raises(RuntimeError, match="00_tour/lesson.py fails: ZeroDivisionError: division by zero"):
        course.build()
    assert course.bytes() == before
    monkeypatch.setenv("MINIFCN_LESSONS", str(course.lessons))
    assert main(["lessons", "build", "00"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "minifcn: 00_tour/lesson.py fails: ZeroDivisionError: division by zero",
        "  in the cell that begins: 1 / 0",
    ]
    assert course.bytes() == before
    assert json.loads(before[course.tour])["cells"]
