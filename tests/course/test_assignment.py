"""Assignments: what is handed out, what is kept, and the two graders."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from minifcn.__main__ import main
from minifcn.course.grading import gradescope
from minifcn.course.grading.supervisor import Grader
from minifcn.course.publish import assignment, build

RIGHT = "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def homework(tiny_course, tmp_path):
    build.build()
    assignment.make([tiny_course], tmp_path / "hw2")
    return tmp_path / "hw2"


def test_the_handout_has_no_solutions(homework):
    assert sorted(p.name for p in (homework / "handout").iterdir()) == ["06_tiny.ipynb", "README.md"]
    text = (homework / "handout" / "06_tiny.ipynb").read_text()
    assert "NotImplementedError" in text and "return factor * x" not in text and "BEGIN SOLUTION" not in text
    readme = (homework / "handout" / "README.md").read_text()
    assert "minifcn check 06 --answers 06_tiny.ipynb" in readme and "| 06.scale | 5 |" in readme and "{" not in readme


def test_what_is_kept(homework):
    keep = homework / "keep"
    assert "return factor * x" in (keep / "solutions" / "06_tiny.ipynb").read_text()
    assert (keep / "lessons" / "06_tiny" / "mistakes.py").exists() and "{" not in (keep / "README.md").read_text()
    assert (keep / "nbgrader" / "source" / "hw2" / "06_tiny.ipynb").exists()


def test_a_folder_with_something_in_it_is_left_alone(homework, capsys):
    assert main(["assignment", "06", "--out", str(homework)]) == 1
    assert "choose a new folder" in capsys.readouterr().err


def test_the_autograder_grades_by_itself(homework, tmp_path):
    """Unpacked elsewhere, as on Gradescope, without this checkout."""
    place, submission = tmp_path / "autograder", tmp_path / "submission"
    with zipfile.ZipFile(homework / "keep" / "autograder.zip") as archive:
        archive.extractall(place)
        assert archive.getinfo("run_autograder").external_attr >> 16 & 0o100
    submission.mkdir()
    (submission / "06_tiny.py").write_text(RIGHT)
    command = [
        sys.executable,
        "-m",
        "minifcn.course.grading.gradescope",
        "06",
        "--submission",
        str(submission),
        "--out",
        str(tmp_path / "results.json"),
    ]
    environment = os.environ | {"MINIFCN_LESSONS": str(place / "lessons"), "PYTHONPATH": str(place)}
    subprocess.run(command, cwd=place, env=environment, check=True, capture_output=True)
    tests = json.loads((tmp_path / "results.json").read_text())["tests"]
    assert sum(t["score"] for t in tests) == 5 and sum(t["max_score"] for t in tests) == 8


def test_with_the_same_seed_the_same_assignment_has_the_same_bytes(homework, tiny_course, tmp_path):
    assignment.make([tiny_course], tmp_path / "again" / "hw2", seed_file=homework / "keep" / "seed.txt")
    for path in homework.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "again" / "hw2" / path.relative_to(homework)).read_bytes(), path


def results(lesson, folder):
    with Grader() as grader:
        return {test["name"]: test for test in gradescope.grade([lesson], folder, grader)["tests"]}


def test_points_a_property(tiny_course, tmp_path):
    (tmp_path / "06_tiny.py").write_text("def scale(x, factor=2.0):\n    return x * 2\n")
    found = results(tiny_course, tmp_path / "06_tiny.py")
    assert found["06.scale: twice"]["score"] == 2 and found["06.scale: any factor"]["status"] == "failed"
    assert "The factor is not always 2." in found["06.scale: any factor"]["output"]
    assert found["06.Counter: counts"]["score"] == 0 and "Counter" in found["06.Counter: counts"]["output"]
    assert set(found["06.scale: twice"]) == {"name", "score", "max_score", "status", "output", "output_format"}


def test_nothing_handed_in_is_no_points(tiny_course, tmp_path):
    (tmp_path / "empty").mkdir()
    found = results(tiny_course, tmp_path / "empty")
    assert (
        sum(t["score"] for t in found.values()) == 0 and "expected 06_tiny.ipynb" in found["06.scale: twice"]["output"]
    )


@pytest.mark.parametrize(
    "text",
    ["\0", "def scale(", "(" * 5000, "import os\nscale = os._exit(0)", "raise SystemExit", "scale = 3", "x" * 10**6],
)
def test_nothing_that_is_handed_in_stops_the_grading(tiny_course, tmp_path, text):
    (tmp_path / "06_tiny.py").write_text(text)
    found = results(tiny_course, tmp_path / "06_tiny.py")
    assert len(found) == 7 - 0 and sum(t["score"] for t in found.values()) == 0
