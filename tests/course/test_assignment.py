"""Assignments: what is handed out, what is kept, and the two graders."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from minifcn.__main__ import main
from minifcn.course import ladder
from minifcn.course.grading import gradescope
from minifcn.course.grading.supervisor import Grader
from minifcn.course.paths import notebooks_folder
from minifcn.course.publish import assignment, build, handout, stubs

RIGHT = "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A copy of the tiny course's notebooks, as soon as they have been executed."""
    return tmp_path_factory.mktemp("executed") / "notebooks"


@pytest.fixture
def built(tiny_course, executed):
    """The tiny course with its notebooks, which the first test that asks for them executes, for more than a second."""
    if executed.exists():
        shutil.copytree(executed, notebooks_folder())
    else:
        build.build()
        shutil.copytree(notebooks_folder(), executed)
    return tiny_course


@pytest.fixture
def homework(built, tmp_path):
    assignment.make([built], tmp_path / "hw2")
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


# Single exercises -----------------------------------------------------------------------------------------------------


def test_single_exercises_of_a_lesson(built, tmp_path, capsys):
    """The notebook is whole, but the other exercises are given, and nothing asks or counts them."""
    assert main(["assignment", "06.scale", "--out", str(tmp_path / "hw")]) == 0
    book = handout.load(tmp_path / "hw" / "handout" / "06_tiny.ipynb")
    sources = [cell["source"] for cell in book["cells"]]
    assert any(source.endswith('Counter = earlier("06.Counter")') for source in sources)
    assert not any("self.count" in source or 'check("06.Counter"' in source for source in sources)
    assert 'check("06.scale", scale)' in sources and stubs.is_untouched(book)
    readme = (tmp_path / "hw" / "handout" / "README.md").read_text()
    assert "| 06.scale | 5 |" in readme and "Counter" not in readme and "check 06.scale --answers" in readme
    release = (tmp_path / "hw" / "keep" / "nbgrader" / "source" / "hw" / "06_tiny.ipynb").read_text()
    assert "check-scale" in release and "check-Counter" not in release
    with zipfile.ZipFile(tmp_path / "hw" / "keep" / "autograder.zip") as archive:
        assert b"gradescope 06.scale " in archive.read("run_autograder")


def test_only_the_chosen_exercises_are_graded(tiny_course, quick_checks, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "anna.py").write_text(RIGHT)
    words = ["--submissions", str(tmp_path / "in"), "--out", str(tmp_path / "out"), "--jobs", "1"]
    assert main(["grade", "06.scale", *words]) == 0
    assert (tmp_path / "out" / "grades.csv").read_text().splitlines()[0] == '"name","06.scale","total","out of","note"'


def test_choosing_exercises(tiny_course):
    part, *others = ladder.select(["6.Counter"])
    assert list(part.exercises) == ["Counter"] and not others and ladder.words_of([part]) == ["06.Counter"]
    assert ladder.select(["6.Counter", "6.scale"]) == ladder.select(["06.scale", "06"]) == [tiny_course]
    assert [one.name for one in ladder.with_dependencies([part])] == ["06_tiny"]  # once, though Counter uses scale
    with pytest.raises(ValueError, match="no exercise 06.scal; did you mean 06.scale"):
        ladder.select(["06.scal"])


# Written questions ----------------------------------------------------------------------------------------------------

QUESTIONS = """

# %% [markdown]
# ## Three questions
#
# **1.** What is twice 2?
#
# <details><summary>Answer</summary>
#
# It is *four*.
# </details>
#
# **2.** And why?
#
# <details><summary>Answer</summary>
#
# Because of Peano.
# </details>
#
# ## Two open problems
#
# **A.** Find a number without a double.
#
# ## The paper
#
# It has no doubles.
"""


@pytest.fixture
def asking(tiny_course):
    """The tiny course with written questions."""
    with open(tiny_course.folder / "lesson.py", "a", encoding="utf-8") as file:
        file.write(QUESTIONS)
    return tiny_course


def test_written_questions_have_cells_for_answers_and_no_answers(asking, tmp_path):
    build.build()
    assignment.make([asking], tmp_path / "hw")
    given, source = (handout.load(tmp_path / "hw" / place / "06_tiny.ipynb")
                     for place in ("handout", "keep/nbgrader/source/hw"))  # fmt: skip
    marks = [cell["metadata"]["nbgrader"] for cell in given["cells"] if cell["cell_type"] == "markdown" and cell["metadata"].get("nbgrader")]
    assert [(one["grade_id"], one["points"]) for one in marks] == [("question-1", 2), ("question-2", 2), ("problem-A", 0)]
    assert all(one["grade"] and one["solution"] and not one["locked"] for one in marks)
    texts = [cell["source"] for cell in given["cells"][-8:]]
    assert texts[1].endswith("twice 2?") and texts[2] == "*Your answer to question 1:*" and texts[3] == "**2.** And why?"
    assert texts[5].endswith("without a double.") and texts[-1] == "## The paper\n\nIt has no doubles."
    text = (tmp_path / "hw" / "handout" / "06_tiny.ipynb").read_text()
    assert "four" not in text and "Peano" not in text and "<summary>Answer" not in text
    assert "It is *four*." in [cell["source"] for cell in source["cells"]]
    kept = (tmp_path / "hw" / "keep" / "QUESTIONS.md").read_text()
    assert kept.index("twice 2?") < kept.index("four") < kept.index("Peano") < kept.index("without a double")
    assert "graded by hand, 2 points each" in (tmp_path / "hw" / "handout" / "README.md").read_text()


@pytest.mark.parametrize("lesson", [one for one in ladder.lessons() if one.exercises], ids=lambda one: one.name)
def test_no_answer_to_a_written_question_is_handed_out(lesson):
    path = ROOT / "notebooks" / "student" / f"{lesson.name}.ipynb"
    if not path.exists():
        pytest.skip("the notebook is not built")
    book = handout.load(path)
    given = handout.assigned(book, lesson)
    answers = [one.answer for one in handout.questions(book) if one.answer]
    text = "\n".join(cell["source"] for cell in given["cells"])
    assert len(answers) == 3 and "<summary>Answer" not in text and not any(answer in text for answer in answers)
    assert len({cell["id"] for cell in given["cells"]}) == len(given["cells"])


# For teaching assistants ----------------------------------------------------------------------------------------------


def test_assistants_get_each_mistake_with_its_hint_and_a_question(homework, tiny_course):
    text = (homework / "keep" / "TA.md").read_text()
    for mistake in tiny_course.mistakes["scale"]:
        part = text[text.index(f"### {mistake.name.replace('_', ' ')}") :]
        assert part.index(f"> {mistake.hint}") < part.index("Shows in ") < part.index("Ask: ") < part.index("```python")
    part = text[text.index("### forgets rows") : text.index("## 06.Counter")]
    assert 'Shows in "twice": at [1, 0]: found' in part and "the number at `[1, 0]`" in part and "scale(x)" in part
    assert "1. a\n2. b" in text and "- counts (1)" in text
