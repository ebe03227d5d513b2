"""borrow("06.scale"): a student who is stuck goes on with the course's own answer, without points for it."""

import json

import pytest

from minifcn.course import api, progress
from minifcn.course.answers.source import Chunk, extract, is_borrowed
from minifcn.course.answers.submission import SubmittedFile, find_answer
from minifcn.course.checking.check import check_chunks, check_file
from minifcn.course.checking.verdict import BORROWED, NOT_WRITTEN, RIGHT, WRONG
from minifcn.course.grading.supervisor import Grader
from minifcn.course.show.html import html
from minifcn.course.show.text import as_json, text

TAKE = 'from minifcn.course import borrow\nscale = borrow("06.scale")'
STUB = "def scale(x, factor=2.0):\n    raise NotImplementedError('write scale')"
OWN = "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)"
COUNTER = ("class Counter:\n    def __init__(self, start): self.count = scale(start, 1)\n    def up(self):\n"
           "        self.count += 1\n        return float(self.count)")  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_borrowed_yet(monkeypatch):
    monkeypatch.setattr(api, "_borrowed", {})


def chunks(*cells):
    return [Chunk(cell, f"cell {n}") for n, cell in enumerate(cells, 1)]


@pytest.mark.parametrize("cells, verdict", [
    ([TAKE], BORROWED),
    ([STUB, TAKE], BORROWED),
    ([STUB + "\n\n" + TAKE], BORROWED),
    ([OWN, TAKE], BORROWED),
    (["import minifcn.course as course\nscale = course.borrow('06.scale')"], BORROWED),
    (["from minifcn.course import borrow", 'scale, Counter = borrow("06.scale", "06.Counter")'], BORROWED),
    (["from minifcn.course import borrow", 'scale: object = borrow("06.scale")'], BORROWED),
    ([TAKE, OWN], RIGHT),
    ([TAKE, STUB], NOT_WRITTEN),
    ([TAKE, OWN.replace("x *", "1 + x *")], WRONG),
    (["from minifcn.course import borrow\nother = borrow('06.scale')", OWN], RIGHT),
    ([OWN, "y = borrow('06.scale')(3)"], RIGHT),
])  # fmt: skip
def test_the_last_definition_counts(tiny_course, cells, verdict):
    report = check_chunks("06.scale", chunks(*cells))
    assert report.verdict == verdict
    assert (report.points == 0) or verdict in (RIGHT, WRONG)


def test_the_report_is_one_friendly_sentence(tiny_course):
    report = check_chunks("06.scale", chunks(TAKE))
    shown = text(report)
    assert "06.scale is borrowed: 0 of 5 points" in shown and "go on with it" in shown and "hint(" in shown
    assert "✗" not in shown and "✗" not in html(report) and "go on with it" in html(report)
    assert json.loads(json.dumps(as_json(report)))["verdict"] == "borrowed"


def test_what_calls_a_borrowed_answer_is_checked_as_usual(tiny_course):
    assert check_chunks("06.Counter", chunks(TAKE, COUNTER)).verdict == RIGHT


@pytest.mark.parametrize("form", ["py", "ipynb"])
def test_a_file_that_borrows_is_checked_and_gives_the_courses_answer(tiny_course, tmp_path, form):
    path = tmp_path / f"06_tiny.{form}"
    cells = [{"cell_type": "code", "source": TAKE}, {"cell_type": "code", "source": COUNTER}]
    path.write_text(f"{TAKE}\n\n{COUNTER}\n" if form == "py" else json.dumps({"cells": cells}))
    assert check_file("06.scale", path).verdict == BORROWED
    assert check_file("06.Counter", path).verdict == RIGHT
    scale, Counter = api.earlier("06.scale", "06.Counter", answers=path)
    assert scale(3.0, 2.0) == 6.0 and scale is api.earlier("06.scale") and Counter(3).up() == 4.0


@pytest.mark.usefixtures("judge_here")
def test_a_grader_gives_no_points_for_it(tiny_course, tmp_path):
    path = tmp_path / "06_tiny.py"
    path.write_text(TAKE)
    with Grader(0) as grader:
        graded = grader.check(path, "06.scale")
    assert (graded.verdict, graded.points, graded.out_of, graded.right) == (BORROWED, 0, 5, False)
    assert "06.scale is borrowed" in graded.shown


def test_one_file_borrows_and_another_answers(tiny_course, tmp_path):
    exercise = tiny_course.exercises["scale"]
    for name, cell in ("06_tiny.py", TAKE), ("06_own.py", OWN), ("06_stub.py", STUB):
        (tmp_path / name).write_text(cell)

    def found(*names):
        return find_answer(tiny_course, exercise, [SubmittedFile(tmp_path / name, name) for name in names]).name

    assert found("06_tiny.py", "06_own.py") == "06_own.py"
    assert found("06_stub.py", "06_tiny.py") == "06_tiny.py"


def test_a_file_that_is_no_python_borrows_nothing():
    assert not is_borrowed(chunks(TAKE, "def scale(x)\n    return 2"), "scale")
    assert not is_borrowed(chunks("x = 3"), "scale")
    assert extract(chunks(TAKE), "scale").text == TAKE + "\n"


def test_in_a_script_it_is_recorded_and_the_check_does_not_stop(tiny_course, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MINIFCN_PROGRESS", "yes")
    monkeypatch.chdir(tmp_path)
    scale = api.borrow("06.scale")
    assert scale(3.0) == 6.0 and "borrowed from the course: 06.scale; no points" in capsys.readouterr().out
    assert progress.load(tmp_path)["06.scale"]["verdict"] == "borrowed"
    assert api.check("06.scale", scale) is None
    assert "06.scale is borrowed" in capsys.readouterr().out
    scale, Counter = api.borrow("6.scale", "06.Counter")
    assert Counter(3).up() == 4.0 and set(progress.load(tmp_path)) == {"06.scale", "06.Counter"}


def test_in_a_notebook_it_is_recorded_and_run_all_goes_on(tiny_course, ipython, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MINIFCN_PROGRESS", "yes")
    monkeypatch.chdir(tmp_path)
    ipython("from minifcn.course import borrow, check", "a")
    assert isinstance(ipython(STUB + '\ncheck("06.scale", scale)', "b").error_in_exec, NotImplementedError)
    assert ipython('scale = borrow("06.scale")', "b").success
    assert ipython('check("06.scale", scale)', "c").success
    assert progress.load(tmp_path)["06.scale"]["verdict"] == "borrowed"
    assert ipython(COUNTER, "d").success and ipython('check("06.Counter", Counter)', "e").success
    assert ipython(OWN, "b").success and ipython('check("06.scale", scale)', "c").success
    assert progress.load(tmp_path)["06.scale"]["verdict"] == "right"


def test_an_exercise_that_does_not_exist_cannot_be_borrowed(tiny_course):
    with pytest.raises(ValueError, match="there is no exercise 06.scal"):
        api.borrow("06.scale", "06.scal")
    assert api._borrowed == {}


def test_after_the_last_hint_the_way_out_is_named(tiny_course, monkeypatch, capsys):
    monkeypatch.setattr(api, "_shown", {})
    api.hint("06.scale")
    assert "borrow" not in capsys.readouterr().out
    api.hint("06.scale")
    assert 'scale = borrow("06.scale")' in capsys.readouterr().out
    api.hint("06.Counter")
    assert "borrow" not in capsys.readouterr().out, "it has no hints"
