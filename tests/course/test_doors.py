"""One engine, three doors: check() in a notebook or script, `minifcn check` at the shell, and pytest --answers FILE."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from minifcn.__main__ import main
from minifcn.course import check, earlier, hint, notebook

ROOT = Path(__file__).parents[2]
RIGHT = "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n"
WRONG = "def scale(x, factor=2.0):\n    return (1 + factor) * x\n"
COUNTER = "class Counter:\n    def __init__(self, n): self.n = n\n    def up(self):\n        self.n += 1\n        return float(self.n)\n"


def answers(tmp_path, text):
    path = tmp_path / "answers.py"
    path.write_text(text)
    return path


def run_script(tmp_path, text):
    path = answers(tmp_path, text)
    search = {"PYTHONPATH": str(ROOT)}
    command, environment = [sys.executable, path.name], os.environ | search
    return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)


# check() --------------------------------------------------------------------------------------------------------------


def test_check_in_a_script(tiny_course, tmp_path):
    done = run_script(tmp_path, f"from minifcn.course import check\n{RIGHT}\ncheck('06.scale', scale)\n")
    assert done.returncode == 0 and "06.scale is right" in done.stdout
    done = run_script(tmp_path, f"from minifcn.course import check\n{WRONG}\ncheck('06.scale', scale)\n")
    assert done.returncode == 1 and "found" in done.stdout and "NotRight" in done.stderr


def notebook_of(*cells):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


def run_notebook(tmp_path, *cells):
    book = notebook_of("from minifcn.course import check, hint", *cells)
    NotebookClient(book, resources={"metadata": {"path": str(tmp_path)}}, allow_errors=True).execute(
        env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    return [cell.outputs for cell in book.cells]


def test_check_in_a_notebook(tiny_course, tmp_path, monkeypatch):
    monkeypatch.delenv("MINIFCN_PROGRESS")
    unwritten = "def scale(x, factor=2.0):\n    raise NotImplementedError('write scale')"
    outputs = run_notebook(
        tmp_path,
        unwritten,
        "check('06.scale', scale)",
        WRONG,
        "check('06.scale', scale)",
        RIGHT,
        "check('06.scale', scale)",
    )
    _, _, first, _, second, _, third = outputs
    assert (
        first[-1].ename == "NotYetWritten" and "hint('06.scale')" in first[-1].evalue and len(first[-1].traceback) == 1
    )
    assert second[-1].ename == "NotRight" and "One factor too many" in second[0].data["text/html"]
    assert len(third) == 1 and "is right" in third[0].data["text/html"]
    progress = json.loads((tmp_path / "minifcn-progress.json").read_text())
    assert progress["06.scale"]["verdict"] == "right"


def test_check_wants_the_function_itself(tiny_course):
    with pytest.raises(TypeError, match="without ()"):
        check("06.scale", 3)
    with pytest.raises(ValueError, match="no exercise 06.skale; lesson 06 has 06.scale, 06.Counter"):
        check("06.skale", test_check_wants_the_function_itself)
    with pytest.raises(ValueError, match="no lesson 77"):
        check("77.scale", test_check_wants_the_function_itself)


def test_hints_come_one_by_one(tiny_course, capsys, monkeypatch):
    monkeypatch.setattr(notebook, "_shown", {})
    for expected in (["a"], ["a", "b"], ["a", "b"]):
        hint("06.scale")
        lines = capsys.readouterr().out.splitlines()
        assert [line.rpartition(": ")[2] for line in lines] == expected
    hint("06.Counter")
    assert "no hint" in capsys.readouterr().out


def test_earlier_gives_the_courses_answers_or_the_students(tiny_course, tmp_path):
    scale, Counter = earlier("06.scale", "06.Counter")
    assert scale(2) == 4 and Counter(1.0).up() == 2
    assert earlier("06.scale", answers=answers(tmp_path, WRONG))(2) == 6


# The shell ------------------------------------------------------------------------------------------------------------


def test_check_at_the_shell(tiny_course, tmp_path, capsys):
    assert main(["check", "6", "--answers", str(answers(tmp_path, RIGHT + COUNTER))]) == 0
    assert "2 of 2 right, 8 of 8 points" in capsys.readouterr().out
    assert main(["check", "06.scale", "--answers", str(answers(tmp_path, WRONG))]) == 1
    assert "0 of 1 right" in capsys.readouterr().out
    assert main(["check", "06", "--answers", str(answers(tmp_path, ""))]) == 1
    assert "0 of 8 points" in capsys.readouterr().out


def test_check_as_json(tiny_course, tmp_path, capsys):
    assert main(["check", "06", "--answers", str(answers(tmp_path, WRONG + COUNTER)), "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["right"], data["of"], data["points"], data["out_of"]) == (1, 2, 3, 8)
    assert [r["verdict"] for r in data["reports"]] == ["wrong", "right"]
    assert (
        data["reports"][0]["failure"]["ratio"] == pytest.approx(1.5)
        and data["reports"][0]["mistake"] == "once_too_often"
    )


@pytest.mark.parametrize(
    "words, sentence",
    [(["check", "99"], "no lesson 99"), (["check", "06.no"], "no exercise 06.no"), (["check", "06"], "name your file with --answers"),
     (["check", "06", "--answers", "nothing.py"], "nothing.py"), (["check", "06", "--answers", "a.txt"], "no file of answers")],
)  # fmt: skip
def test_mistakes_of_the_user_are_one_sentence(tiny_course, capsys, words, sentence):
    assert main(words) == 1
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1


def test_hints_at_the_shell(tiny_course, capsys):
    assert main(["check", "06", "--hint"]) == 0
    assert "06.scale, hint 2 of 2: b" in capsys.readouterr().out


def test_progress_is_listed(tiny_course, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("MINIFCN_PROGRESS")
    main(["check", "06.scale", "--answers", str(answers(tmp_path, RIGHT))])
    capsys.readouterr()
    assert main(["lessons", "--notebooks", str(tmp_path)]) == 0
    listed = capsys.readouterr().out
    assert "1 of 2 exercises passed" in listed and "next: lesson 6, Counter" in listed


# pytest ---------------------------------------------------------------------------------------------------------------


def run_pytest(tiny_course, tmp_path, *options):
    (tiny_course.folder.parent / "conftest.py").write_text((ROOT / "lessons" / "conftest.py").read_text())
    (tiny_course.folder.parent / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", str(tiny_course.folder), *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=tiny_course.folder, env=environment, capture_output=True, text=True, check=False)


def test_pytest_is_the_third_door(tiny_course, tmp_path):
    done = run_pytest(tiny_course, tmp_path, "--answers", str(answers(tmp_path, WRONG + COUNTER)))
    assert done.returncode == 1 and "4 failed, 3 passed" in done.stdout
    assert "06.scale: twice" in done.stdout and "One factor too many" in done.stdout and "Traceback" not in done.stdout
    assert run_pytest(tiny_course, tmp_path).returncode == 0, "without --answers: the solutions"


def test_pytest_fails_for_an_empty_file(tiny_course, tmp_path):
    done = run_pytest(tiny_course, tmp_path, "--answers", str(answers(tmp_path, "")))
    assert done.returncode == 1 and "passed" not in done.stdout
