"""`minifcn grade`: every entry of a folder gets its row, nothing is graded twice, and nothing is lost when it is killed."""

import csv
import json
import os
import re
from types import SimpleNamespace

import pytest

from minifcn.__main__ import main
from minifcn.course.grading import classroom, fingerprint, gradebook, gradescope, supervisor
from minifcn.course.grading.page import summary
from minifcn.worklist import WorkList

SCALE = "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n"
WRONG = "def scale(x, factor=2.0):\n    return x * 2\n"


@pytest.fixture
def handed_in(quick_checks, tmp_path):
    """A folder with five submissions."""
    folder = tmp_path / "submissions"
    for name, text in {"anna/06_tiny.py": SCALE, "bert/hw/06_tiny.py": WRONG, "carl/06_tiny.py": "def scale(",
                       "dora.py": SCALE, "emil/notes.txt": ""}.items():  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (tmp_path / "seed.txt").write_text("one")
    return folder


def grade(folder, *words):
    """What the command returns."""
    return main(["grade", "06", "--submissions", str(folder), "--out", str(folder.parent / "out"), "--jobs", "1",
                 "--seed-file", str(folder.parent / "seed.txt"), *words])  # fmt: skip


def rows(folder):
    with open(folder.parent / "out" / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


@pytest.fixture
def graded(monkeypatch):
    """The names of the submissions that are graded from now on, in their order."""
    names, real = [], gradescope.grade

    def grade(lessons, submission, grader):
        names.append(submission.name)
        return real(lessons, submission, grader)

    monkeypatch.setattr(gradescope, "grade", grade)
    return names


def test_every_submission_has_a_row_and_a_file(handed_in, capsys):
    assert grade(handed_in) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "[1/5] anna: 5 of 8 points" and shown[-1].startswith("5 graded, 0 unchanged, in ")
    found = rows(handed_in)
    assert list(found["anna"]) == ["name", "06.scale", "06.Counter", "total", "out of", "note"]
    assert {name: row["total"] for name, row in found.items()} == {
        "anna": "5", "bert": "2", "carl": "0", "dora.py": "5", "emil": "0"}  # fmt: skip
    assert "no file for lesson 06 was handed in" in found["emil"]["note"]
    bert = json.loads((handed_in.parent / "out" / "bert.json").read_text())
    assert bert["graded"]["06.scale"] == "hw/06_tiny.py" and len(bert["content"]) == 64 and len(bert["tests"]) == 7


def test_the_median_of_two_lies_between_them():
    assert "<b>75%</b>median" in summary([SimpleNamespace(points=points, out_of=10) for points in (5, 10)])


def test_a_page_says_who_made_which_mistake(handed_in):
    """Its names come from students: none may become a part of the page."""
    (handed_in / "<script>alert(1)").mkdir()
    (handed_in / "<script>alert(1)" / "06_tiny.py").write_text(WRONG)
    assert grade(handed_in) == 0
    page = (handed_in.parent / "out" / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;alert(1)" in page
    counts = re.search(r"<tr><td>06.scale</td>(.*)</tr>", page)[1]
    assert re.sub("<[^>]+>", " ", counts).split() == ["2", "2", "2", "2.3", "of", "5"]  # right, wrong, crashed, mean
    made = page[page.index("Mistakes in 06.scale") : page.index("Mistakes in 06.Counter")]
    assert "ignores factor" in made and "The factor is not always 2." in made and ", bert</details>" in made
    wrong = json.loads((handed_in.parent / "out" / "bert.json").read_text())["exercises"]["06.scale"]
    assert wrong["verdict"] == "wrong" and wrong["mistake"] == "ignores_factor"


def test_what_has_not_changed_is_not_graded_again(handed_in, graded):
    grade(handed_in)
    before = (handed_in.parent / "out" / "grades.csv").read_text()
    graded.clear()
    assert grade(handed_in) == 0 and graded == []
    assert (handed_in.parent / "out" / "grades.csv").read_text() == before
    (handed_in / "bert" / "hw" / "06_tiny.py").write_text(SCALE)
    (handed_in / "fred").mkdir()
    (handed_in.parent / "out" / "carl.json").write_text('{"tests": ')
    assert grade(handed_in) == 0 and graded == ["bert", "carl", "fred"]
    assert rows(handed_in)["bert"]["total"] == "5" and len(rows(handed_in)) == 6


def test_another_seed_or_lesson_grades_all_again(handed_in, graded, tiny_course):
    grade(handed_in)
    (handed_in.parent / "seed.txt").write_text("two")
    graded.clear()
    assert grade(handed_in) == 0 and len(graded) == 5
    graded.clear()
    (tiny_course.folder / "checks.py").write_text((tiny_course.folder / "checks.py").read_text() + "\n")
    assert grade(handed_in) == 0 and len(graded) == 5


@pytest.mark.parametrize("moment", range(5))
def test_stopped_at_any_submission_it_goes_on_there(handed_in, graded, monkeypatch, moment):
    real = WorkList.wait

    def wait(work):
        if len(done) == moment:
            raise KeyboardInterrupt
        if news := real(work):
            done.append(news)
        return news

    done = []
    with monkeypatch.context() as patch:
        patch.setattr(WorkList, "wait", wait)
        assert grade(handed_in) == 130
    there = {path.stem for path in (handed_in.parent / "out").glob("*.json")}
    assert not (handed_in.parent / "out" / "grades.csv").exists() and len(there) >= moment
    graded.clear()
    assert grade(handed_in) == 0
    assert {name.removesuffix(".json") for name in graded} == {"anna", "bert", "carl", "dora.py", "emil"} - there
    assert sum(int(row["total"]) for row in rows(handed_in).values()) == 12


def test_what_is_stopped_half_way_has_no_verdict(handed_in, monkeypatch):
    """A judge that was ended from outside, together with the program, says nothing about the submission."""
    pools = []

    def lost(grader, opened, name):
        pools[0].stop.set()
        return grader.problem(name, "could not be graded: the judge died (signal SIGKILL)")

    run = classroom.Pool.run
    monkeypatch.setattr(classroom.Pool, "run", lambda pool, work: pools.append(pool) or run(pool, work))
    monkeypatch.setattr(WorkList, "wait", lambda work: threads_end(pools[0]))
    monkeypatch.setattr(supervisor.Grader, "grade", lost)
    assert grade(handed_in) == 130
    assert not list((handed_in.parent / "out").glob("*.json"))


def threads_end(pool):
    """Wait until a pool's thread has ended, then be interrupted."""
    for thread in pool.threads:
        thread.join()
    raise KeyboardInterrupt


def test_what_is_no_submission_gets_a_row_that_says_so(handed_in, capsys):
    (handed_in / "link.py").symlink_to(handed_in / "dora.py")
    (handed_in / "linked").symlink_to(handed_in / "anna")
    (handed_in / "answers.zip").write_text("PK")
    (handed_in / ".DS_Store").write_text("")
    if hasattr(os, "mkfifo"):
        os.mkfifo(handed_in / "pipe.py")
    assert grade(handed_in) == 0
    found = rows(handed_in)
    assert "it is a link" in found["link.py"]["note"] and "it is a link" in found["linked"]["note"]
    assert "expected a folder, a notebook" in found["answers.zip"]["note"] and ".DS_Store" not in found
    assert all(found[name]["total"] == "0" for name in found if name not in ("anna", "bert", "dora.py"))


def test_a_fault_of_the_grader_is_told_and_tried_again(handed_in, graded, monkeypatch, capsys):
    with monkeypatch.context() as patch:
        patch.setattr("minifcn.course.checking.check.check_file", lambda *arguments: {}["a"])
        assert grade(handed_in) == 1
    assert "the grader failed on 4 of them, through no fault of theirs: anna, bert, carl, dora.py" in capsys.readouterr().out
    graded.clear()
    assert grade(handed_in) == 0 and graded == ["anna", "bert", "carl", "dora.py"]


def test_no_verdict_comes_of_a_judge_that_does_not_start(handed_in, monkeypatch, capsys):
    def ask_once(grader, request, seconds):
        raise supervisor.JudgeFailed("the judge does not start")

    monkeypatch.setattr(supervisor.Grader, "ask_once", ask_once)
    assert grade(handed_in) == 1 and "the judge does not start" in capsys.readouterr().err
    assert not list((handed_in.parent / "out").glob("*.json"))


@pytest.mark.parametrize("out, sentence", [("submissions", "is inside"), ("submissions/out", "is inside")])
def test_results_stay_out_of_the_submissions(handed_in, capsys, out, sentence):
    words = ["grade", "06", "--submissions", str(handed_in), "--out", str(handed_in.parent / out)]
    assert main(words) == 1 and sentence in capsys.readouterr().err
    assert len(list(handed_in.iterdir())) == 5


def test_two_at_a_time_do_not_grade_into_one_folder(handed_in, capsys):
    pytest.importorskip("fcntl")
    (handed_in.parent / "out").mkdir()
    with classroom.lock_results(handed_in.parent / "out"):
        assert grade(handed_in) == 1 and "another `minifcn grade`" in capsys.readouterr().err
    assert grade(handed_in) == 0


ODD = ["a\nb", "=1+1", "@x", "-x", "\u202eabc", "é" * 100, "x" * 250, "a\x1b[31m"]


def test_odd_names_have_files_and_rows_of_their_own(tiny_course, judge_here, tmp_path, capsys):
    folder = tmp_path / "submissions"
    for name in ODD:
        (folder / name).mkdir(parents=True)
    (tmp_path / "seed.txt").write_text("one")
    assert grade(folder) == 0
    assert len(list((tmp_path / "out").glob("*.json"))) == len(ODD)
    text = (tmp_path / "out" / "grades.csv").read_text()
    assert all(c.isprintable() or c in "\r\n" for c in text) and len(text.splitlines()) == len(ODD) + 1
    assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())


@pytest.mark.parametrize(
    "names",
    [("Anna", "anna"), ("é", "e\u0301"), ("a\tb", "a_b-894891f8b78a9945"), ("\u01c5", "\u01c6"), ("ß", "ss")],
)
def test_no_two_submissions_have_the_same_file_on_any_system(tmp_path, names):
    for name in names:
        (tmp_path / name).mkdir()
    paths = [classroom.result_path(entry, tmp_path).name for entry in classroom.list_entries(tmp_path)]
    assert len({classroom.fold_name(path) for path in paths}) == 2


DAMAGED = ["", "null", "[" * 10**5, {"tests": "x"}, {"tests": [1]}, {"tests": [{"name": "06.scale: x"}]}, {"points": 8}, {"note": None},
           {"tests": [{"name": "06.scale: x", "score": "5", "max_score": 5}]}, {"tests": [{"name": 7, "score": 0, "max_score": 0}]}]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_of_results_is_written_again(handed_in, graded, damage):
    grade(handed_in)
    path = handed_in.parent / "out" / "anna.json"
    before, graded[:] = path.read_text(), []
    path.write_text(damage if isinstance(damage, str) else json.dumps(json.loads(before) | damage))
    assert grade(handed_in) == 0 and graded == ["anna"] and path.read_text() == before


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_among_the_results_is_replaced(handed_in, graded):
    (handed_in.parent / "out").mkdir()
    os.mkfifo(handed_in.parent / "out" / "anna.json")
    assert grade(handed_in) == 0 and len(graded) == 5


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
@pytest.mark.parametrize("make", [lambda path: os.mkfifo(path), os.mkdir, lambda path: os.symlink(path.parent / "victim", path)])
def test_a_lock_that_is_no_file_is_told(handed_in, capsys, make):
    out = handed_in.parent / "out"
    out.mkdir()
    (out / "victim").write_text("as it was")
    make(out / ".lock")
    assert grade(handed_in) == 1 and "expected a file" in capsys.readouterr().err
    assert (out / "victim").read_text() == "as it was"


def test_a_submission_that_changes_while_it_is_graded_is_graded_again(handed_in, graded, monkeypatch):
    real, name = gradescope.grade, handed_in / "dora.py"

    def change(lessons, submission, grader):
        found = real(lessons, submission, grader)
        if submission == name:
            name.write_text(WRONG)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(gradescope, "grade", change)
        assert grade(handed_in) == 0 and "changed while it was being graded" in rows(handed_in)["dora.py"]["note"]
    name.write_text(SCALE)  # as it was when it was opened
    graded.clear()
    assert grade(handed_in) == 0 and graded == ["dora.py"] and rows(handed_in)["dora.py"]["note"] == ""


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", " =1", "＝1"])
def test_no_cell_is_a_formula(text):
    assert gradebook.safe(text).startswith("'") and gradebook.safe("a" + text)[0] == "a"


def test_a_fingerprint_is_of_names_kinds_and_answers(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "a.py").write_text("1")
    found = [fingerprint.of_submission(folder)]
    (folder / "a.py").write_text("2")
    found.append(fingerprint.of_submission(folder))
    (folder / "a.py").rename(folder / "b.py")
    found.append(fingerprint.of_submission(folder))
    (folder / "b.py").unlink()
    (folder / "b.py").symlink_to("c")
    found.append(fingerprint.of_submission(folder))
    (folder / "d").mkdir()
    found += [fingerprint.of_submission(folder)] * 2
    assert len(set(found)) == 5


def test_a_fingerprint_is_had_of_anything(tmp_path):
    place = tmp_path
    for _ in range(60):
        place = place / ("d" * 50)
        place.mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.py")
    assert len(fingerprint.of_submission(tmp_path)) == len(fingerprint.of_submission(tmp_path / "nothing")) == 64
