"""The supervisor and its judge: one file or exercise that cannot be graded costs no other, and results are always there."""

import dataclasses
import json
import os
import select
import signal
import subprocess
import sys
import types
from pathlib import Path

import pytest

from minifcn.__main__ import main
from minifcn.course import api
from minifcn.course.answers import solutions
from minifcn.course.answers.solutions import solution
from minifcn.course.checking import trial
from minifcn.course.grading import gradescope, judge, seeds, supervisor
from minifcn.course.grading.supervisor import JUDGE, Grader, Lost
from minifcn.course.sandbox import child
from minifcn.course.sandbox.process import Outcome

ROOT = Path(__file__).parents[2]
SCALE = "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n"
COUNTER = """class Counter:
    def __init__(self, n):
        self.n = n

    def up(self):
        self.n += 1
        return float(self.n)
"""
IN_JUDGE = 'import ast, dataclasses, os, signal, sys, time\nHERE = sys.argv[0].endswith("judge.py")\n'


def judge_does(lesson, code):
    """Have the judge do this while it asks the questions of `scale`, and this test's process nothing."""
    odd = f"\n{IN_JUDGE}\ndef odd(rng):\n    {code}\n    yield Case((), 1)\n\n"
    odd += 'EXERCISES[0] = dataclasses.replace(EXERCISES[0], properties=(Property("is odd", odd, points=3),))\n'
    path = lesson.folder / "checks.py"
    path.write_text(path.read_text() + odd)


def write(folder, **files):
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


# The judge ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["minifcn.course.command", JUDGE])
def test_what_starts_another_process_need_not_wait_for_numpy(module):
    code = f"import sys, {module}; print('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_a_judge_that_dies_costs_one_exercise(tiny_course, tmp_path, monkeypatch, capsys):
    judge_does(tiny_course, "os._exit(3)")
    folder = write(tmp_path / "answers", answers=SCALE + COUNTER, json="raise SystemExit", numpy="raise SystemExit")
    monkeypatch.chdir(folder)  # whose modules the judge must not import
    assert main(["check", "06", "--answers", "answers.py"]) == 1
    shown = capsys.readouterr().out
    assert "could not be graded: the judge died (exit code 3)" in shown and "06.Counter is right" in shown
    assert "1 of 2 right, 3 of 8 points" in shown


def test_a_judge_that_hangs_costs_one_exercise(tiny_course, tmp_path, monkeypatch):
    judge_does(tiny_course, "while True: pass")
    path = write(tmp_path / "a", answers=SCALE + COUNTER) / "answers.py"
    with Grader() as grader:
        with monkeypatch.context() as patch:
            patch.setattr(supervisor, "GRADING", 0.3)
            graded = grader.check(path, "06.scale")
        assert graded.problem == "could not be graded: the judge had no verdict after 0.3 seconds"
        assert (graded.points, graded.out_of, graded.failed) == (0, 5, False)
        assert grader.check(path, "06.Counter").points == 3


def test_a_file_that_kills_or_hangs_the_reader_costs_one_file(tiny_course, tmp_path, monkeypatch):
    path = tiny_course.folder / "checks.py"
    parse = "def parse(text, *more):\n    if 'KILL' in str(text): os._exit(3)\n    while 'HANG' in str(text): pass\n"
    parse += "    return real(text, *more)\n"
    path.write_text(f"{path.read_text()}\n{IN_JUDGE}\nif HERE:\n    real = ast.parse\n    ast.parse = parse\n")
    path.write_text(path.read_text().replace(IN_JUDGE, IN_JUDGE + parse))
    monkeypatch.setattr(supervisor, "READING", 1.0)
    folder = write(tmp_path / "a", a="scale = 'KILL'", b="scale = 'HANG'", c=SCALE, d=COUNTER)
    with Grader() as grader:
        results = gradescope.grade([tiny_course], folder, grader)
    assert [test["score"] for test in results["tests"]] == [2, 1, 1, 1, 1, 1, 1]
    assert results["output"].split("\n") == [
        "06.scale: graded c.py; also handed in: d.py",
        "06.Counter: graded d.py; also handed in: c.py",
        "not read: a.py (the judge died (exit code 3))",
        "not read: b.py (the judge had no verdict after 1 seconds)",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the judge goes when its pipe ends")
def test_a_judge_goes_with_its_supervisor(tiny_course, tmp_path):
    judge_does(tiny_course, f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())); os.kill(os.getppid(), 9)\n"
               "    while True: pass")  # fmt: skip
    path = write(tmp_path / "a", answers=SCALE) / "answers.py"
    with start("minifcn", "check", "06", "--answers", path, TMPDIR=str(tmp_path)) as started:
        assert started.wait() == -signal.SIGKILL
    try:
        watch = os.pidfd_open(int((tmp_path / "pid").read_text()))
    except ProcessLookupError:
        return
    assert select.select([watch], [], [], 60)[0], "it goes on"


def start(module, *words, **environment):
    command = [sys.executable, "-m", module, *map(str, words)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment, **pipes)


def test_a_judge_that_does_not_start_is_no_fault_of_a_submission(tiny_course, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(supervisor, "JUDGE", "minifcn.course.grading.nobody")
    folder = write(tmp_path / "a", answers=SCALE)
    assert main(["check", "06", "--answers", str(folder / "answers.py")]) == 1
    assert capsys.readouterr().err.startswith("minifcn: the judge does not start (exit code 1)")
    with Grader() as grader:
        tests = gradescope.grade([tiny_course], folder, grader)["tests"]
    assert len(tests) == 7 and all("no fault of the answer" in test["output"] for test in tests)


def test_an_accident_is_given_a_second_try(judge_here, tiny_course, monkeypatch):
    grader, real, lost = Grader(), Grader.ask_once, [Lost("the judge died", hung=False)]

    def ask_once(self, request, seconds):
        if lost:
            raise lost.pop()
        return real(self, request, seconds)

    monkeypatch.setattr(Grader, "ask_once", ask_once)
    assert grader.problem("06.scale", "").points == 0 and grader.ask({"do": "greet"}, 1, tries=2) == {}
    lost += [Lost("the judge died", hung=False)] * 2
    with pytest.raises(Lost):
        grader.ask({"do": "greet"}, 1, tries=2)


def test_the_judge_need_not_read_what_an_answer_may_call(tiny_course, tmp_path, monkeypatch):
    sent, path = [], tmp_path / "a.py"
    path.write_text(COUNTER.replace("float(self.n)", "float(scale(self.n, 1))"))
    monkeypatch.setattr(Grader, "start", lambda grader: None)
    monkeypatch.setattr(Grader, "request", lambda grader, request, name: sent.append(request) or types.SimpleNamespace(refused=False))
    Grader().check(path, "06.Counter")
    (given,) = sent[0]["given"]
    assert given == {"name": "scale", "source": solution(tiny_course, "scale").text, "given": []}
    monkeypatch.setattr(solutions, "solution", None)  # nothing is read from the lesson
    monkeypatch.setattr(solutions, "_dependencies", {})
    request, reply = {"exercise": "06.Counter", "seed": 0, "form": "text"} | sent[0], {}
    judge.check(request, reply)
    assert reply["verdict"] == "right"


@pytest.mark.parametrize("reply", [{}, {"holds": [True], "verdict": "right", "shown": "", "json": "{}"},
                                   {"holds": [1] * 4, "verdict": "best", "shown": "", "json": "{}"},
                                   {"holds": [1] * 4, "verdict": "right", "shown": "", "json": "{"}])  # fmt: skip
def test_a_reply_that_makes_no_sense_is_no_verdict(judge_here, tiny_course, monkeypatch, reply):
    monkeypatch.setattr(judge, "answer", lambda request: reply)
    with Grader() as grader:
        assert "makes no sense" in grader.check("answers.py", "06.scale").problem


def test_check_in_a_notebook_says_in_one_line_that_a_source_cannot_be_read(tiny_course, monkeypatch):
    def check_chunks(*arguments, **options):
        raise RecursionError

    monkeypatch.setattr(api, "check_chunks", check_chunks)
    with pytest.raises(ValueError, match="the source of start cannot be read") as raised:
        api.check("06.scale", start)
    assert len(raised.value._render_traceback_()) == 1


def test_an_answer_that_sleeps_at_every_question_is_not_waited_for_at_all_of_them(tiny_course, monkeypatch):
    class Sleeping:
        now = 0.0

        def load(self, *about):
            return Outcome("value")

        def ask(self, case, probe, seconds):
            Sleeping.now += 50.0
            return Outcome("value")

        def stopwatch(self):
            return child.Stopwatch(0)

    monkeypatch.setattr(child, "time", types.SimpleNamespace(monotonic=lambda: Sleeping.now))
    monkeypatch.setattr(child, "cpu_time", lambda pid: 0.0)
    monkeypatch.setattr(child, "delay", lambda pid: 0.0)
    source = solution(tiny_course, "scale")
    many = dataclasses.replace(tiny_course.exercises["scale"], properties=tiny_course.exercises["scale"].properties * 9)
    assert len(trial.run_trial(Sleeping(), many, source).outcomes) == 3 < len(trial.questions(many))


# Gradescope -----------------------------------------------------------------------------------------------------------


def test_results_are_there_from_the_beginning(quick_checks, tiny_course, tmp_path):
    kept = []
    gradescope.grade([tiny_course], write(tmp_path / "a", a=SCALE + COUNTER), Grader(), kept.append)
    assert [[test["score"] for test in results["tests"]] for results in kept] == [
        [0, 0, 0, 0, 0, 0, 0], [2, 1, 1, 1, 0, 0, 0], [2, 1, 1, 1, 1, 1, 1]]  # fmt: skip
    assert [sum("interrupted" in test["output"] for test in results["tests"]) for results in kept] == [7, 3, 0]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a program could answer")
def test_a_grader_that_is_terminated_leaves_what_it_has_graded(tiny_course, tmp_path):
    judge_does(tiny_course, "os.kill(os.getppid(), signal.SIGTERM); time.sleep(600)")
    checks = tiny_course.folder / "checks.py"
    checks.write_text(checks.read_text() + "EXERCISES.reverse()\n")
    out = tmp_path / "results.json"
    folder = write(tmp_path / "a", answers=SCALE + COUNTER)
    with start("minifcn.course.grading.gradescope", "06", "--submission", folder, "--out", out) as started:
        assert started.wait() == 128 + signal.SIGTERM, started.stdout.read()
    tests = json.loads(out.read_text())["tests"]
    assert [test["score"] for test in tests] == [1, 1, 1, 0, 0, 0]
    assert tests[-1]["output"] == "could not be graded: interrupted"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "lessons", "results.json"]


# Seeds ----------------------------------------------------------------------------------------------------------------


def test_a_seed_is_made_of_a_whole_file(tmp_path):
    path = tmp_path / "seed.txt"
    found = set()
    for text in "a", "b", "a" * 2**20, seeds.new_seed(), seeds.new_seed():
        path.write_text(text)
        assert seeds.seed_of(path) == seeds.seed_of(path) < 2**256
        found.add(seeds.seed_of(path))
    assert len(found) == 5
    for text in "", " \n", "a" * (2**20 + 1):
        path.write_text(text)
        with pytest.raises(ValueError, match="expected a line of random text"):
            seeds.seed_of(path)


def test_a_table_of_the_public_questions_earns_only_what_is_worked_by_hand(tiny_course, judge_here, tmp_path, capsys):
    exercise = tiny_course.exercises["scale"]
    known = [(*one.case.args, *one.case.kwargs.values(), one.case.expected) for seed in (0, 1)
             for one in trial.questions(exercise, seed)]  # fmt: skip
    rows = {repr((*(str(a.tolist()) if hasattr(a, "tolist") else a for a in asked), )): (y.tolist(), str(y.dtype))
            for *asked, y in known}  # fmt: skip
    table = "def scale(*args, **kwargs):\n    asked = (*args, *kwargs.values())\n"
    table += "    key = repr((*(str(a.tolist()) if hasattr(a, 'tolist') else a for a in asked), ))\n"
    table += f"    value, dtype = {rows}[key]\n    return np.array(value, dtype).reshape(args[0].shape)\n"
    path = write(tmp_path / "a", answers="import numpy as np\n" + table) / "answers.py"
    (tmp_path / "seed.txt").write_text(seeds.new_seed())
    for words, points in (["--seed", "0"], 5), (["--seed", "1"], 5), (["--seed-file", str(tmp_path / "seed.txt")], 1):
        main(["check", "06.scale", "--answers", str(path), *words])
        assert f"{points} of 5 points" in capsys.readouterr().out


def test_a_seed_file_that_is_no_seed_is_one_sentence(tiny_course, tmp_path, capsys):
    for name in "nothing.txt", ".":
        assert main(["check", "06", "--seed-file", str(tmp_path / name)]) == 1
        assert capsys.readouterr().err.count("\n") == 1
