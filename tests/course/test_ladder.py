"""The ladder: which folders are lessons, in which order, and by which names they are found."""

import pytest

from minifcn.course import ladder
from minifcn.course.answers.submission import SubmittedFile
from minifcn.course.publish import build
from minifcn.course.publish.start import start


@pytest.fixture
def three(tiny_course):
    """The tiny course, with an optional part 06b of lesson 06, and a lesson 07; beside them, folders that are no lessons."""
    text = (tiny_course.folder / "lesson.py").read_text()
    for name in "06b_more", "07_next", "6_short", "06bb_two", "draft_08":
        folder = tiny_course.folder.parent / name
        folder.mkdir()
        (folder / "lesson.py").write_text(text.replace("06.", "06b."))
    for part in "checks", "mistakes":
        source = (tiny_course.folder / f"{part}.py").read_text()
        (tiny_course.folder.parent / "06b_more" / f"{part}.py").write_text(source.replace("06.", "06b."))
    ladder.lessons_in.cache_clear()
    yield ladder.lessons()
    ladder.lessons_in.cache_clear()


def test_an_optional_part_follows_its_lesson(three):
    assert [lesson.number for lesson in three] == ["06", "06b", "07"]
    assert ladder.find_lesson("06b") == ladder.find_lesson("6b") == ladder.find_lesson("06b_more") == three[1]
    assert ladder.find_lesson("06") == three[0]
    assert ladder.find_exercise("06b.scale")[0] == three[1]


def test_the_title_leaves_out_the_number(tmp_path):
    for number, heading in ("12b", "# # Lesson 12b: More"), ("03", "# # Lesson 3: More"):
        folder = tmp_path / f"{number}_more"
        folder.mkdir()
        (folder / "lesson.py").write_text(f"# %% [markdown]\n{heading}\n")
        assert ladder.Lesson(number, folder.name, folder).title == "More"


@pytest.mark.parametrize("name", ["hw6b", "6b", "lesson06b", "hw-6b (1)", "6b_anna"])
def test_a_file_named_after_the_part_is_not_taken_for_the_lesson(three, tmp_path, name):
    file = SubmittedFile(tmp_path / f"{name}.py", f"{name}.py")
    assert [file.name_distance(lesson) for lesson in three] == [3, 2, 3]


@pytest.mark.parametrize("name", ["hw6", "6", "lesson06_final", "hw-6 (1)", "6beta", "hw6a"])
def test_a_file_named_after_the_lesson_is_not_taken_for_its_part(three, tmp_path, name):
    file = SubmittedFile(tmp_path / f"{name}.py", f"{name}.py")
    assert [file.name_distance(lesson) for lesson in three] == [2, 3, 3]


def test_the_part_is_built_and_handed_out(three, tmp_path, monkeypatch):
    notebook = build.read(three[1])
    marked = [cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert "scale" in marked and "check-scale" in marked
    monkeypatch.setattr("minifcn.course.publish.start.notebooks_folder", lambda: tmp_path / "notebooks")
    (tmp_path / "notebooks").mkdir()
    for stem in "06_tiny", "06b_more", "notes", "6_short":
        (tmp_path / "notebooks" / f"{stem}.ipynb").write_text('{"metadata": {}, "cells": []}')
    assert [path.name for path in start(tmp_path / "mine")] == ["06_tiny.ipynb", "06b_more.ipynb"]
