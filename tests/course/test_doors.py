"""One engine, three doors: check() in a notebook or script, `minifcn check` at the shell, and pytest --answers FILE."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from minifcn.__main__ import main
from minifcn.course import api, check, earlier, hint
from minifcn.course.progress import NAME, load
from minifcn.course.show.lines import say

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
        "hint('06.scale')",
    )
    _, _, first, _, second, _, third, hinted = outputs
    assert "1 of 2: a" in hinted[0].data["text/html"], "lines of plain text would break within words in a narrow window"
    assert (
        first[-1].ename == "NotYetWritten" and "hint('06.scale')" in first[-1].evalue and first[-1].traceback == ["not written yet"]
    )
    assert second[-1].ename == "NotRight" and "One factor too many" in second[0].data["text/html"]
    assert len(third) == 1 and "is right" in third[0].data["text/html"]
    progress = json.loads((tmp_path / NAME).read_text())
    assert progress["06.scale"]["verdict"] == "right"


TIMES, BY_TIMES = "def times(x, f): return x * x.dtype.type(f)", "def scale(x, factor=2.0): return times(x, factor)"
CHECK = "from minifcn.course import check"


def verdict(ipython, *cells):
    """None where check() in the last cell says that the answer is right, else the name of what it raises."""
    for cell in cells:
        text, name = (cell, None) if isinstance(cell, str) else cell
        result = ipython(text, name)
    return type(result.error_in_exec).__name__ if result.error_in_exec else None


@pytest.mark.parametrize(
    "cells",
    [
        ["%%time\n" + RIGHT],
        ["%%capture out\n%%time\n# right?\n" + RIGHT],
        ["%precision 3\nhere = !pwd\n" + RIGHT + "    # or not?\n"],
        [">>> " + RIGHT.replace("\n", "\n... ", 1)],
        [RIGHT.replace("def", "# a\x0c\u2028b\x0c\ndef")],
        [RIGHT.replace("scale", "mine"), "scale = mine"],
        ["scale = lambda x, factor=2.0: x * x.dtype.type(factor)"],
        ["def same(f):\n    return lambda *a, **k: f(*a, **k)", "@same\n" + RIGHT],
        ["import functools", RIGHT.replace("scale", "general") + "scale = functools.partial(general)"],
        [TIMES, BY_TIMES, "del times"],
        [f"{TIMES}\n{BY_TIMES}", "times = 3"],
    ],
)
def test_check_reads_cells_as_they_were_typed(quick_checks, ipython, capsys, cells):
    assert verdict(ipython, CHECK, *cells, "check('06.scale', scale)") is None


def test_an_answer_below_timeit_is_found_though_the_kernel_keeps_the_stub(quick_checks, ipython, capsys):
    stub = "def scale(x, factor=2.0): raise NotImplementedError"
    assert verdict(ipython, CHECK, stub, "%%timeit -n 1 -r 1\n" + RIGHT, "check('06.scale', scale)") is None


def test_a_cell_that_runs_again_takes_the_place_of_what_it_was(quick_checks, ipython, capsys):
    """Where the front end names its cells: what is right no more must not pass here and fail when handed in."""
    good = TIMES
    cells = [CHECK, (good, "a"), (BY_TIMES, "b"), "check('06.scale', scale)"]
    assert verdict(ipython, *cells) is None
    assert verdict(ipython, (good.replace("f)", "3)"), "a"), "check('06.scale', scale)") == "NotRight"
    assert verdict(ipython, (good.replace("type(f)", "type(3)"), "a"), "check('06.scale', scale)") == "NotRight"
    assert verdict(ipython, (good, "a"), "check('06.scale', scale)") is None
    assert verdict(ipython, (good.replace("f)", "f, g)"), "c"), "check('06.scale', scale)") is None, "another cell"


def test_what_an_unwritten_exercise_stops_shows_one_line(quick_checks, ipython, capsys):
    def shown(cell):
        result = ipython(cell)
        assert result.error_in_exec, "the cell must stop Run All"
        return capsys.readouterr().out.strip().splitlines()

    ipython(CHECK)
    ipython("def scale(x):\n    raise NotImplementedError('write scale')\ndef twice(x):\n    return scale(x)")
    assert shown("twice(2)") == ["scale is still to be written"]
    assert shown("y = twice(2)\nz = 1") == ["scale is still to be written"]
    assert shown("print(y)") == ["y is not set, because scale is still to be written"]
    assert len(shown("print(not_y)")) > 2
    assert shown("check('06.scale', scale)")[-1] == "not written yet"
    ipython(WRONG)
    assert shown("check('06.scale', scale)")[-1] == "not right yet"
    assert len(shown("raise NotImplementedError('write scale to a file')")) > 2 and len(shown("1 / 0")) > 2


def test_check_in_a_script_that_can_print_no_check_mark(tiny_course, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    done = run_script(tmp_path, f"from minifcn.course import check\n{RIGHT}\ncheck('06.scale', scale)\n")
    assert done.stdout.startswith("+ 06.scale is right") and done.stderr == ""


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii", "utf-8"])
def test_what_is_printed_fits_the_streams_encoding(tiny_course, monkeypatch, encoding):
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding))
    say("✓ ✗ ○ … █ ░ − 窓")
    main(["check", "06", "--hint"])
    main(["lessons"])
    sys.stdout.flush()
    shown = sys.stdout.buffer.getvalue().decode(encoding)
    first = "✓ ✗ ○ … █ ░ − 窓" if encoding == "utf-8" else "+ x o ... # . - ?"
    assert shown.startswith(first) and "hint 2 of 2" in shown and "0 of 2 exercises passed" in shown


def test_check_in_a_script_finds_what_is_not_a_plain_function(tiny_course, tmp_path):
    answer = "scale = functools.partial(lambda x, factor=2.0: x * x.dtype.type(factor))"
    text = f"from minifcn.course import check\nimport functools\n{answer}\n\ncheck('06.scale', scale)\n"
    assert "06.scale is right" in run_script(tmp_path, text).stdout


def test_check_wants_the_function_itself(tiny_course):
    with pytest.raises(TypeError, match="without ()"):
        check("06.scale", 3)
    with pytest.raises(ValueError, match="no exercise 06.skale; did you mean 06.scale?"):
        check("06.skale", test_check_wants_the_function_itself)
    with pytest.raises(ValueError, match="no lesson 77"):
        check("77.scale", test_check_wants_the_function_itself)


def test_hints_come_one_by_one(tiny_course, capsys, monkeypatch):
    monkeypatch.setattr(api, "_shown", {})
    for expected in (["a"], ["a", "b"], ["a", "b"]):
        hint("06.scale")
        lines = capsys.readouterr().out.splitlines()
        assert [line.rpartition(": ")[2] for line in lines if ": " in line] == expected
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
     (["check", "06", "--answers", "nothing.py"], "nothing.py"), (["check", "06", "--answers", "a.txt"], "not an answer file")],
)  # fmt: skip
def test_mistakes_of_the_user_are_one_sentence(tiny_course, capsys, words, sentence):
    assert main(words) == 1
    error = capsys.readouterr().err
    assert sentence in error and error.count("\n") == 1


def test_hints_at_the_shell_come_one_by_one_where_progress_is_kept(tiny_course, tmp_path, capsys, monkeypatch):
    command = ["check", "06.scale", "--answers", str(answers(tmp_path, RIGHT))]
    both = ["06.scale, hint 1 of 2: a", "06.scale, hint 2 of 2: b"]
    main([*command, "--hint"])
    assert capsys.readouterr().out.splitlines() == both, "nothing is kept, so all hints are shown"
    monkeypatch.delenv("MINIFCN_PROGRESS")
    for expected in both[:1], both, both:
        assert main([*command, "--hint"]) == 0
        assert capsys.readouterr().out.splitlines() == expected
    main(command)
    assert main([*command, "--hint"]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == both and load(tmp_path)["06.scale"]["verdict"] == "right"
    main(["check", "06.Counter", "--hint"])
    assert "there is no hint for 06.Counter" in capsys.readouterr().out


def test_progress_is_listed(tiny_course, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("MINIFCN_PROGRESS")
    main(["check", "06.scale", "--answers", str(answers(tmp_path, RIGHT))])
    capsys.readouterr()
    assert main(["lessons", "--notebooks", str(tmp_path)]) == 0
    listed = capsys.readouterr().out
    assert "1 of 2 exercises passed" in listed and "next: lesson 6, Counter" in listed


def test_the_command_that_opens_a_lesson_starts_a_program_that_is_there(tiny_course, tmp_path, capsys, monkeypatch):
    for path in "", str(Path(sys.executable).parent):
        monkeypatch.setenv("PATH", path)
        main(["lessons", "--notebooks", str(tmp_path)])
        opened = capsys.readouterr().out.rpartition("next: lesson 6, scale: ")[2].split()
        assert shutil.which(opened[0]) and "jupyter" in " ".join(opened[:-1])
        assert opened[-1] == str(tmp_path / "06_tiny.ipynb")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    main(["lessons", "--notebooks", str(tmp_path)])
    assert "next: lesson 6, scale: pip install jupyter" in capsys.readouterr().out


@pytest.mark.parametrize(
    "variables, coloured", [({}, False), ({"FORCE_COLOR": "1"}, True), ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False)]
)
def test_colours_follow_the_environment(tiny_course, tmp_path, capsys, monkeypatch, variables, coloured):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    main(["lessons"])
    assert ("\x1b[" in capsys.readouterr().out) == coloured
    main(["check", "06.scale", "--answers", str(answers(tmp_path, RIGHT))])
    assert ("\x1b[" in capsys.readouterr().out) == coloured


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
