"""`minifcn lessons start` gives students a folder of their own, and never overwrites what they have written there."""

import json
from pathlib import Path

import pytest

from minifcn.__main__ import main
from minifcn.course import paths
from minifcn.course.progress import NAME
from minifcn.course.publish.stubs import fingerprint

STUB = 'def scale(x, factor=2.0):\n    raise NotImplementedError("write scale")'
RIGHT = "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)"


def publish(course, version="1", source=STUB):
    """Build the notebooks of the tiny course: lesson 06 for students, and a tour."""
    folder = course.folder.parents[1] / "notebooks"
    (folder / "student").mkdir(parents=True, exist_ok=True)
    for path in folder / "00_tour.ipynb", folder / "student" / "06_tiny.ipynb":
        cell = {"cell_type": "code", "id": "cell-0", "metadata": {}, "outputs": [], "execution_count": None, "source": [source]}
        record = {"lesson": version, "cells": fingerprint({"cells": [cell]})}
        path.write_text(json.dumps({"cells": [cell], "metadata": {"minifcn": record}, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture
def folder(tiny_course, tmp_path, monkeypatch):
    """An empty current folder, with the notebooks of the tiny course built."""
    publish(tiny_course)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return Path("my-lessons")


def edit(path, change):
    notebook = json.loads(path.read_text())
    change(notebook["cells"][0])
    path.write_text(json.dumps(notebook))


def test_the_notebooks_are_copied_once(folder, capsys):
    assert main(["lessons", "start"]) == 0
    said, opened, checked = capsys.readouterr().out.splitlines()
    assert said == "copied 00_tour.ipynb, 06_tiny.ipynb to my-lessons"
    assert opened.startswith("open: ") and opened.endswith(" my-lessons/06_tiny.ipynb") and checked.endswith("minifcn check 06")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert [path.name for path in sorted(before)] == ["00_tour.ipynb", "06_tiny.ipynb"]
    assert main(["lessons", "start"]) == 0
    assert capsys.readouterr().out.startswith("left 00_tour.ipynb, 06_tiny.ipynb in my-lessons as they are\n")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("is_wheel", [False, True])
def test_another_folder_is_named_in_the_command(folder, tiny_course, capsys, monkeypatch, is_wheel):
    if is_wheel:
        monkeypatch.setattr(paths, "INSTALLED", tiny_course.folder.parents[1])
    main(["lessons", "start", "other/place"])
    assert capsys.readouterr().out.endswith("minifcn check 06 --answers other/place/06_tiny.ipynb\n")


def test_jupyterlab_has_nothing_to_add_to_a_copy(folder):
    """What a kernel says of its language: JupyterLab writes it into a notebook, which then counts as unsaved."""
    kernel = pytest.importorskip("ipykernel.ipkernel").IPythonKernel
    main(["lessons", "start"])
    for path in folder.iterdir():
        assert json.loads(path.read_text())["metadata"]["language_info"] == kernel.language_info


def test_a_newer_version_replaces_what_was_only_run(folder, tiny_course, capsys):
    main(["lessons", "start"])
    edit(folder / "06_tiny.ipynb", lambda cell: cell.update(execution_count=3))
    ran = (folder / "06_tiny.ipynb").read_bytes()
    main(["lessons", "start"])
    assert (folder / "06_tiny.ipynb").read_bytes() == ran, "there is no newer version: outputs stay"
    publish(tiny_course, "2", STUB + "  # better")
    capsys.readouterr()
    main(["lessons", "start"])
    assert capsys.readouterr().out.startswith("renewed 00_tour.ipynb, 06_tiny.ipynb in my-lessons: there is a newer version")
    assert "# better" in (folder / "06_tiny.ipynb").read_text()


@pytest.mark.parametrize("work", ["an answer", "no notebook", "an empty file"])
def test_work_is_never_overwritten(folder, tiny_course, capsys, work):
    main(["lessons", "start"])
    path = folder / "06_tiny.ipynb"
    if work == "an answer":
        edit(path, lambda cell: cell.update(source=RIGHT.splitlines(keepends=True)))
    else:
        path.write_text({"no notebook": "[1, 2]", "an empty file": ""}[work])
    mine = path.read_bytes()
    publish(tiny_course, "2", STUB + "  # better")
    capsys.readouterr()
    assert main(["lessons", "start"]) == 0
    assert "kept 06_tiny.ipynb in my-lessons, with your work; there is a newer version" in capsys.readouterr().out
    assert path.read_bytes() == mine


def test_commands_find_the_folder(folder, tiny_course, capsys, monkeypatch):
    monkeypatch.delenv("MINIFCN_PROGRESS")
    main(["lessons"])
    assert capsys.readouterr().out.endswith("minifcn lessons start\n"), "not started yet"
    main(["lessons", "start"])
    edit(folder / "06_tiny.ipynb", lambda cell: cell.update(source=RIGHT))
    for place in ".", "my-lessons":
        monkeypatch.chdir(place)
        assert main(["check", "06.scale"]) == 0
        capsys.readouterr()
        assert main(["lessons"]) == 0
        listed = capsys.readouterr().out
        assert "1 of 2 exercises passed" in listed and listed.endswith("06_tiny.ipynb\n")
    assert sorted(path.name for path in Path().iterdir()) == [NAME, "00_tour.ipynb", "06_tiny.ipynb"]


def test_a_notebook_of_the_checkout_comes_last(folder, tiny_course, capsys):
    course = tiny_course.folder.parents[1]
    main(["lessons", "start", str(course / "my-lessons")])
    edit(course / "my-lessons" / "06_tiny.ipynb", lambda cell: cell.update(source=RIGHT))
    assert main(["check", "06.scale"]) == 0
    (course / "my-lessons" / "06_tiny.ipynb").unlink()
    assert main(["check", "06.scale"]) == 1
    (course / "notebooks" / "student" / "06_tiny.ipynb").unlink()
    capsys.readouterr()
    assert main(["check", "06.scale"]) == 1
    assert capsys.readouterr().err == (
        f"minifcn: there is no 06_tiny.ipynb in this folder, my-lessons, {course / 'my-lessons'}, "
        f"{course / 'notebooks' / 'student'}; run `minifcn lessons start`, or name your file with --answers FILE\n"
    )


def test_a_course_without_notebooks_says_how_to_build_them(tiny_course, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["lessons", "start"]) == 1
    assert "run `minifcn lessons build`" in capsys.readouterr().err and not Path("my-lessons").exists()


def test_a_file_of_answers_that_is_not_there_is_named_in_a_sentence(tmp_path, capsys):
    missing = tmp_path / "none.py"
    assert main(["check", "05.output_size", "--answers", str(missing)]) == 1
    assert capsys.readouterr().err == f"minifcn: cannot read {missing}: No such file or directory\n"
