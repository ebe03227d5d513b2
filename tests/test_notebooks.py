"""Notebooks: each is what its lesson says, has run without an error, and says nothing of the machine that it ran on."""

import importlib.util
import re
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "lessons").glob("[0-9]*/lesson.py"))
lessons = pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.parent.name)
TINY = """\
# %% [markdown]
# # A question

# %%
print("an answer:", 6 * 7)

# %%
1 / {divisor}
"""


def load_builder():
    """lessons/build.py, which is a script and in no package."""
    spec = importlib.util.spec_from_file_location("build_lessons", ROOT / "lessons" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = load_builder()


def notebook_of(lesson):
    return nbformat.read(build.notebook_path(lesson), as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tiny_lesson(folder, divisor=2):
    lesson = folder / "lessons" / "07_tiny" / "lesson.py"
    lesson.parent.mkdir(parents=True)
    lesson.write_text(TINY.format(divisor=divisor))
    return lesson


def test_there_is_a_lesson():
    assert LESSONS


@lessons
def test_the_notebook_is_not_stale(lesson):
    expected, found = build.read(lesson), notebook_of(lesson)
    nbformat.validate(found)
    for number, (a, b) in enumerate(zip(expected.cells, found.cells)):
        assert (a.cell_type, a.source) == (b.cell_type, b.source), f"cell {number} differs: run `make notebooks`"
    assert len(expected.cells) == len(found.cells), "run `make notebooks`"


@lessons
def test_the_notebook_has_run_from_top_to_bottom(lesson):
    cells = code_cells(notebook_of(lesson))
    outputs = [output for cell in cells for output in cell.outputs]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not [o for o in outputs if o.output_type == "error" or o.get("name") == "stderr"]
    assert any("image/png" in o.get("data", {}) for o in outputs), "a lesson without a picture"


@lessons
def test_the_notebook_tells_nothing_of_the_machine(lesson):
    path = build.notebook_path(lesson)
    assert path.stat().st_size < 1.5e6
    text = re.sub(r'"image/png": "[^"]*"', "", path.read_text())
    for word in str(ROOT), str(Path.home()) + "/", "/tmp/", "site-packages", "iopub.status", "0x7f":
        assert word not in text, f"{path.name} has {word!r} in it"


@lessons
def test_the_files_that_a_lesson_names_exist(lesson):
    prose = "\n".join(cell.source for cell in build.read(lesson).cells if cell.cell_type == "markdown")
    for name in re.findall(r"`([\w/]+\.py)`", prose):
        assert (ROOT / "minifcn" / name).exists(), f"the lesson names {name}, which is not in minifcn/"


@lessons
def test_the_links_of_a_lesson_lead_to_its_headings(lesson):
    prose = "\n".join(cell.source for cell in build.read(lesson).cells if cell.cell_type == "markdown")
    headings = {heading.replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", prose, re.MULTILINE)}
    assert set(re.findall(r"\]\(#(.+?)\)$", prose, re.MULTILINE)) <= headings


def test_a_tiny_lesson_is_built_and_the_same_file_comes_out_twice(tmp_path):
    lesson = tiny_lesson(tmp_path)
    path = build.notebook_path(lesson, tmp_path / "notebooks")
    written = []
    for _ in range(2):
        build.write(build.execute(build.read(lesson)), path)
        written.append(path.read_bytes())
    question, answer, quotient = nbformat.read(path, as_version=4).cells
    assert path.name == "07_tiny.ipynb" and [p.name for p in path.parent.iterdir()] == [path.name]
    assert question.cell_type == "markdown" and question.source == "# A question"
    assert answer.outputs[0].text == "an answer: 42\n" and quotient.outputs[0].data["text/plain"] == "0.5"
    assert written[0] == written[1]


def test_a_lesson_that_fails_makes_no_notebook(tmp_path):
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        build.execute(build.read(tiny_lesson(tmp_path, divisor=0)))


@pytest.mark.slow
@lessons
def test_a_lesson_runs(lesson):
    build.execute(build.read(lesson))
