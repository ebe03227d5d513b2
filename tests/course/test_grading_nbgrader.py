"""nbgrader with an assignment's config: points come from the source of the answers, whatever the notebook does."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from minifcn.course.publish import assignment, build

ROOT = Path(__file__).parents[2]
NBGRADER = shutil.which("nbgrader") or os.environ.get("NBGRADER") or str(ROOT / ".venv-nbgrader" / "bin" / "nbgrader")
STUB = "raise NotImplementedError()"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path(NBGRADER).exists(), reason="needs nbgrader in an environment of its own: make test-slow"),
]


@pytest.fixture
def course(tiny_course, tmp_path):
    """nbgrader's course folder of an assignment hw2, released."""
    build.build()
    assignment.make([tiny_course], tmp_path / "hw2")
    folder = tmp_path / "hw2" / "keep" / "nbgrader"
    assert run(folder, "generate_assignment", "hw2").returncode == 0
    return folder


def run(folder, *words):
    path = f"{Path(NBGRADER).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
    return subprocess.run([NBGRADER, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def hand_in(course, student, book):
    path = course / "submitted" / student / "hw2" / "06_tiny.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(book if isinstance(book, str) else json.dumps(book))


def autograde(course):
    """({student: score}, what nbgrader did)"""
    done = run(course, "autograde", "hw2")
    exported = run(course, "export", "--to", "grades.csv")
    assert exported.returncode == 0, exported.stderr[-3000:]
    rows = [line.split(",") for line in (course / "grades.csv").read_text().splitlines()]
    student, score, most = (rows[0].index(column) for column in ("student_id", "score", "max_score"))
    assert {row[most] for row in rows[1:]} == {"8.0"}
    return {row[student]: float(row[score] or 0) for row in rows[1:]}, done


def released(course):
    return (course / "release" / "hw2" / "06_tiny.ipynb").read_text()


def answering(course, text):
    """The released notebook with this in the cell of `scale`."""
    book = json.loads(released(course))
    next(cell for cell in book["cells"] if "def scale" in "".join(cell["source"]))["source"] = text
    return book


RIGHT = "import numpy as np\n\n\ndef scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n"
PART = "def scale(x, factor=2.0):\n    return x * 2\n"  # 2 of 5 points
UNWRITTEN = "def scale(x, factor=2.0):\n    raise NotImplementedError()\n"
SAYING = """import sys, minifcn.course
check = minifcn.course.check = print
sys.modules["minifcn.course.api"].check = print
"""


def test_nbgrader_takes_the_notebooks_as_they_are(course):
    """Full points for the solution, none for the empty notebook, half of the exercises, or of the properties, for half."""
    text = released(course)
    assert "return factor * x" not in text and STUB in text
    hand_in(course, "full", (course / "source" / "hw2" / "06_tiny.ipynb").read_text())
    hand_in(course, "empty", text)
    hand_in(course, "half", text.replace(STUB, "return x * x.dtype.type(factor)", 1))
    hand_in(course, "part", answering(course, PART))
    hand_in(course, "ours", (course.parents[1] / "handout" / "06_tiny.ipynb").read_text())
    scores, done = autograde(course)
    assert done.returncode == 0, done.stderr[-3000:]
    assert scores == {"full": 8, "empty": 0, "half": 5, "part": 2, "ours": 0}
    assert run(course, "generate_feedback", "hw2").returncode == 0
    feedback = (course / "feedback" / "part" / "hw2" / "06_tiny.html").read_text()
    assert "any factor" in feedback and "The factor is not always 2." in feedback


def test_what_a_notebook_does_decides_nothing(course):
    hand_in(course, "print", answering(course, f"check = print\n{UNWRITTEN}"))
    hand_in(course, "modules", answering(course, SAYING + UNWRITTEN))
    hand_in(course, "exit", answering(course, f"{RIGHT}\nimport sys\nsys.exit(0)"))
    hand_in(course, "loop", answering(course, "def scale(x, factor=2.0):\n    while True:\n        pass"))
    hand_in(course, "loop outside", answering(course, f"{RIGHT}\nwhile True:\n    pass"))
    scores, done = autograde(course)
    assert done.returncode == 0, done.stderr[-3000:]
    assert scores == {"print": 0, "modules": 0, "exit": 5, "loop": 0, "loop outside": 5}


def test_what_a_student_does_to_the_locked_cells_changes_nothing(course):
    book = answering(course, PART)
    checks = [cell for cell in book["cells"] if "".join(cell["source"]).startswith("check(")]
    others = [cell for cell in book["cells"] if cell not in checks]
    marks = checks[0]["metadata"]["nbgrader"]
    shown = {"output_type": "execute_result", "data": {"text/plain": "5"}, "metadata": {}, "execution_count": 1}
    changed = [check | {"source": "5", "outputs": [shown]} for check in checks]
    dear = [check | {"metadata": {"nbgrader": marks | {"points": 100}}} for check in checks[:1]]
    bonus = [checks[0] | {"metadata": {"nbgrader": marks | {"points": 100, "grade_id": "bonus"}}, "source": "100"}]
    strange = [{"cell_type": "code", "metadata": {"nbgrader": metadata}, "source": "1", "outputs": [], "execution_count": None}
               for metadata in (3, {"schema_version": 99}, {"grade": True}, {"grade_id": ["a"], "solution": True})]  # fmt: skip
    for student, cells in {"deleted": others, "twice": book["cells"] + checks, "changed": others + changed,
                           "dear": others + dear + checks[1:], "bonus": book["cells"] + bonus,
                           "strange": book["cells"] + strange, "only": strange}.items():  # fmt: skip
        hand_in(course, student, book | {"cells": cells})
    scores, done = autograde(course)
    assert done.returncode == 0, done.stderr[-3000:]
    assert scores.pop("only") == 0 and set(scores.values()) == {2} and len(scores) == 6


def test_a_notebook_that_nbgrader_cannot_read_costs_nobody_else(course):
    hand_in(course, "a", "{")
    hand_in(course, "b", answering(course, RIGHT))
    scores, done = autograde(course)
    assert done.returncode == 1 and scores.get("a", 0) == 0 and scores["b"] == 5


QUESTION = """

# %% [markdown]
# ## Three questions
#
# **1.** What is twice 2?
#
# <details><summary>Answer</summary>
#
# It is four.
# </details>
"""


ASK = """
from nbgrader.api import Gradebook

book = Gradebook("sqlite:///gradebook.db")
for one in book.assignment_submissions("hw2"):
    grade = book.find_grade("question-1", "06_tiny", "hw2", one.student.id)
    print(one.student.id, grade.max_score, grade.score, grade.needs_manual_grade)
"""


def test_written_questions_wait_for_a_person(tiny_course, tmp_path):
    """Their answers are not released; an empty one scores 0, a deleted one comes back, a written one needs grading."""
    with open(tiny_course.folder / "lesson.py", "a", encoding="utf-8") as file:
        file.write(QUESTION)
    build.build()
    assignment.make([tiny_course], tmp_path / "hw2")
    folder = tmp_path / "hw2" / "keep" / "nbgrader"
    assert run(folder, "generate_assignment", "hw2").returncode == 0
    text = released(folder)
    assert "It is four" not in text and "twice 2?" in text and "YOUR ANSWER HERE" in text
    hand_in(folder, "empty", text)
    books = {name: json.loads(text) for name in ("written", "deleted")}
    (cell,) = [cell for cell in books["written"]["cells"] if "YOUR ANSWER HERE" in cell["source"]]
    cell["source"] = "Four, I think."
    books["deleted"]["cells"] = [cell for cell in books["deleted"]["cells"] if "YOUR ANSWER HERE" not in cell["source"]]
    for name, book in books.items():
        hand_in(folder, name, book)
    done = run(folder, "autograde", "hw2")
    assert done.returncode == 0, done.stderr[-3000:]
    python = Path(NBGRADER).with_name("python")
    found = subprocess.run([python, "-c", ASK], cwd=folder, capture_output=True, text=True, check=True).stdout.split("\n")
    assert sorted(found[:-1]) == ["deleted 2.0 0.0 False", "empty 2.0 0.0 False", "written 2.0 0.0 True"]
