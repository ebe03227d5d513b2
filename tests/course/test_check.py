"""The engine: every kind of answer gets its verdict, with where, what and why; hostile answers change nothing."""

import json
import os
from types import SimpleNamespace

import numpy as np
import pytest

from minifcn.course import ladder
from minifcn.course.answers.source import Chunk
from minifcn.course.checking.check import check_chunks, check_file, property_states
from minifcn.course.checking.trial import imports_for, run_trial
from minifcn.course.checking.verdict import CRASHED, NOT_WRITTEN, RIGHT, TIMED_OUT, WRONG
from minifcn.course.exercise import AGAIN, UNCHANGED, Case, Exercise, Property
from minifcn.course.sandbox.process import AnswerProcess, Outcome
from minifcn.course.show.text import text


def check(*cells, exercise="06.scale"):
    return check_chunks(exercise, [Chunk(text, f"cell {n}") for n, text in enumerate(cells, 1)])


def check_scale(*lines):
    """The report of an answer with these lines in the body of scale."""
    return check("\n    ".join(["import os, sys\ndef scale(x, factor=2.0):", *lines]) + "\n")


def state_of(report, says):
    return next(p.holds for p in report.properties if p.says == says)


def test_a_right_answer(tiny_course):
    report = check_scale("print('so', factor)", "return x * x.dtype.type(factor)")
    assert (report.verdict, report.points, report.out_of) == (RIGHT, 5, 5)
    assert report.where == "cell 1, line 2" and "def scale" in report.source and report.printed == "so 2.0\n"
    assert report.failure is None and report.hint == ""


def test_a_wrong_answer_is_shown_where_and_by_how_much(tiny_course):
    report = check_scale("return 3 * x")
    failure, difference = report.failure, report.failure.difference
    assert report.verdict == WRONG and report.points == 0 and report.properties[0].holds is False
    assert failure.says == "twice" and failure.question == "scale(x)"
    assert difference.index == (0, 0) and difference.ratio == pytest.approx(1.5) and difference.wrong == 2
    assert failure.given["x"] == "[[ 0.1257, -0.1321]]", "the smallest input with something in it"


def test_a_mistake_is_recognised_by_what_it_does_not_by_how_it_is_written(tiny_course):
    report = check_scale(
        "total = x.copy()",
        "for _ in range(2):",
        "    total = total + x",
        "return total if factor == 2 else x + factor * x",
    )
    assert (report.mistake, report.hint) == ("once_too_often", "One factor too many is in there.")


def test_a_mistake_that_is_nearly_a_known_one_gets_its_hint_with_a_perhaps(tiny_course):
    report = check_scale("return x + x.dtype.type(factor) * x if len(x) != 3 else 5.0 * x")
    assert report.mistake == "once_too_often" and report.hint == "Perhaps this: One factor too many is in there."
    shown = check_scale("return x + x.dtype.type(factor) * x if len(x) != 1 else 5.0 * x")
    assert shown.mistake == "", "the mistake does not explain the very numbers in the report"
    assert check_scale("return 2.0 * x if factor != -1 else 7.0 * x").mistake == "", "too far from any"


def test_an_unknown_mistake_gets_a_general_hint(tiny_course):
    assert "sign" in check_scale("return -2.0 * x").hint
    assert "return" in check_scale("y = 2.0 * x").hint
    assert (
        "nan" in check_scale("return x * np.nan").hint or "NameError" in check_scale("return x * np.nan").failure.error
    )


def test_an_answer_that_writes_into_its_argument(tiny_course):
    report = check_scale("x *= x.dtype.type(factor)", "return x")
    assert report.verdict == WRONG and report.points == report.out_of - 1
    assert (
        report.failure.says == UNCHANGED
        and "argument x" in report.failure.difference.sentence
        and "copy" in report.hint
    )


def test_an_answer_that_remembers(tiny_course):
    report = check(
        "seen = []\ndef scale(x, factor=2.0):\n    seen.append(1)\n    return x * x.dtype.type(factor) * (1 if len(seen) < 7 else 2)\n"
    )
    assert report.verdict == WRONG and report.failure.says == AGAIN and "from one call to the next" in report.hint


def test_a_crash_has_its_line(tiny_course):
    report = check("import numpy as np\n\ndef scale(x, factor=2.0):\n    y = 1\n    return x[7]\n")
    assert report.verdict == CRASHED and report.failure.error.startswith("IndexError: index 7")
    assert report.failure.line == "cell 1, line 5: return x[7]"


def test_not_yet_written(tiny_course):
    assert check_scale('raise NotImplementedError("write scale")').verdict == NOT_WRITTEN
    assert check_scale('raise NotImplementedError("write scale")').points == 0
    missing = check("x = 3")
    assert missing.verdict == NOT_WRITTEN and "scale" in missing.failure.error and missing.points == 0
    half = check(
        "class Counter:\n    def __init__(self, n): self.n = n\n    def up(self): raise NotImplementedError('write Counter.up')",
        exercise="06.Counter",
    )
    assert half.verdict == NOT_WRITTEN and "Counter.up" in half.failure.error


def test_an_empty_file_has_no_points(tiny_course, tmp_path):
    (tmp_path / "a.py").write_text("")
    assert check_file("06.scale", tmp_path / "a.py").points == 0


def test_a_file_that_is_not_python(tiny_course):
    report = check("def scale(x, factor=2.0)\n    return 2 * x\n")
    assert report.verdict == CRASHED and "cell 1, line 1" in report.failure.error
    mended = check(
        "def scale(x, factor=2.0)\n    return 2 * x\n",
        "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n",
    )
    assert mended.verdict == RIGHT, "a later cell has it right"
    assert check("def scale(x\0)").verdict in (CRASHED, NOT_WRITTEN)


def test_a_helper_corrected_in_a_later_cell_counts(tiny_course):
    helper = "def times(x, f):\n    return x * x.dtype.type({})"
    answer = "def scale(x, factor=2.0):\n    return times(x, factor)"
    assert check(helper.format("3"), answer, helper.format("f")).verdict == RIGHT
    assert check(helper.format("f"), answer, helper.format("3")).verdict == RIGHT, "written for something else"
    wrong = check(helper.format("3"), answer, helper.format("4"))
    assert wrong.verdict == WRONG and "type(3)" in wrong.source
    foreign = check("import torch as times", answer, helper.format("f"))
    assert foreign.verdict == RIGHT


def test_magics_within_an_answer_do_nothing(tiny_course):
    assert check_scale("%time x", "!ls", "return x * x.dtype.type(factor)").verdict == RIGHT
    assert check_scale("get_ipython().system('ls')", "return x * x.dtype.type(factor)").verdict == RIGHT
    assert check_scale("display(x)", "return x * x.dtype.type(factor)").printed.startswith("[")


def test_a_probe_is_shown_as_the_question(tiny_course):
    report = check(
        "class Counter:\n    def __init__(self, n): self.n = n\n    def up(self): return self.n + 1.0",
        exercise="06.Counter",
    )
    assert report.failure.question == "counter = Counter(start)\ncounter.up()\nreturn counter.up()"
    assert report.failure.given == {"start": "0.0"}


TYPED = """\
def starts(rng):
    yield Case((0.0,), {"counter.count": 2.0, "twice": 4.0})
    yield Case((3.0,), {"counter.count": 5.0, "twice": 10.0}, typed="counter = Counter(3.0)\\ncounter.up()\\ncounter.up()")
"""
PROBE = """\
def counted(Counter, start):
    counter = Counter(start)
    counter.up()
    counts = counter.up()
    return {
        "counter.count": counts,
        "twice": 2 * counts,
    }
"""


@pytest.fixture
def typed_course(tiny_course):
    """The tiny course, whose probe returns what expressions should be, and one of whose questions can be typed."""
    path = tiny_course.folder / "checks.py"
    text = path.read_text()
    start, middle, end = (text.index(part) for part in ("def counted", "def starts", "EXERCISES"))
    assert start < middle < end
    path.write_text(text[:start] + PROBE + "\n\n" + TYPED + "\n\n" + text[end:])
    return tiny_course


STUCK = "class Counter:\n    def __init__(self, n): self.n = n\n    def up(self): return self.n + 1.0"


def test_lines_to_type_are_shown_instead_of_the_probe(typed_course):
    failure = check(STUCK, exercise="06.Counter").failure
    assert failure.question == "counter = Counter(3.0)\ncounter.up()\ncounter.up()" and failure.given == {}
    assert failure.difference.path == "counter.count" and failure.focus is None
    shown = text(check(STUCK, exercise="06.Counter"))
    assert "    counter.up()\n    counter.count: found 4, expected 5, ratio 0.8\n" in shown and "return" not in shown


def test_the_line_of_a_probe_that_matters_is_the_one_with_the_wrong_value(typed_course):
    path = typed_course.folder / "checks.py"
    path.write_text(path.read_text().replace(', typed="counter', ', note="counter').replace("2 * counts", "3 * counts"))
    right = STUCK.replace("return self.n + 1.0", "self.n += 1.0; return self.n")
    failure = check(right, exercise="06.Counter").failure
    assert failure.difference.path == "['twice']"
    assert failure.question.split("\n")[failure.focus] == '    "twice": 3 * counts,'


def test_a_crash_in_what_was_given_has_the_line_of_the_call(tiny_course):
    answer = "class Counter:\n    def __init__(self, n):\n        self.n = scale(n, 'two', 3)"
    report = check(answer, exercise="06.Counter")
    assert report.failure.error.startswith("TypeError") and report.failure.line.startswith("cell 1, line 3: self.n = scale")
    report = check(answer.replace("'two', 3", "'two'"), exercise="06.Counter")
    assert report.verdict == CRASHED and report.failure.line.startswith("cell 1, line 3: self.n = scale")


def test_an_exercise_gets_the_courses_own_answer_of_another(tiny_course):
    answer = "class Counter:\n    def __init__(self, n): self.n = scale({}, 1)\n    def up(self):\n        self.n += 1\n        return float(self.n)"
    broken = "def scale(x, factor): return 10 * x\n"
    assert check(broken + answer.format("n"), exercise="06.Counter").verdict == RIGHT


def test_memory_that_was_never_filled_is_never_right_by_luck(tiny_course):
    report = check_scale("import numpy", "y = numpy.empty_like(x)", "y[1:] = x[1:] * x.dtype.type(factor)", "return y")
    assert report.verdict == WRONG and "nan" in report.hint
    filled = ["import numpy", "y = numpy.empty(x.shape, dtype=x.dtype)", "y[:] = x * x.dtype.type(factor)", "return y"]
    assert check_scale(*filled).verdict == RIGHT


# Hostile and unlucky answers ------------------------------------------------------------------------------------------


def test_a_loop_that_never_ends(tiny_course):
    report = check_scale("while True: pass")
    assert report.verdict == TIMED_OUT and "1 second" in report.failure.error


def test_memory_without_end(tiny_course):
    report = check_scale("return bytearray(10**10)")
    assert report.verdict == CRASHED and "MemoryError" in report.failure.error


@pytest.mark.parametrize(
    "way", ["sys.exit(0)", "raise SystemExit", "os._exit(0)", "os.abort()", "raise KeyboardInterrupt"]
)
def test_leaving_early(tiny_course, way):
    report = check_scale("print('all tests passed')", way)
    assert report.verdict == CRASHED and report.points == 0


@pytest.mark.parametrize("name, text, wanted", [
    ("09.relu_map", "import numpy as np\n", ()),
    ("09.relu_map", "from numba import cuda\n", ("numba",)),
    ("08.tiled_conv2d", "from numba import njit, prange\n", ()),  # Numba is there before the walls are
])  # fmt: skip
def test_a_process_imports_what_the_answer_names(name, text, wanted):
    _, exercise = ladder.find_exercise(name)
    assert imports_for(exercise, [SimpleNamespace(text="pass"), SimpleNamespace(text=text)]) == wanted


@pytest.mark.parametrize("line", ["pass", "__import__('os')._exit(3)", "while True: pass"])
def test_no_pipe_to_the_process_of_an_answer_stays_open(line):
    with AnswerProcess() as process:
        process.load("f", f"def f():\n    {line}")
        pipes = process.child.process.stdin, process.child.process.stdout
        process.ask(Case((), None), seconds=1)
    assert all(pipe.closed for pipe in pipes)


def test_leaving_when_loaded(tiny_course):
    report = check("import os\nleave = os._exit(0)\ndef scale(x, factor=2.0):\n    return leave or 2 * x")
    assert report.verdict == CRASHED and report.points == 0


@pytest.mark.parametrize(
    "trick",
    [
        "import numpy as np; np.isclose = np.allclose = np.array_equal = lambda *a, **k: True",
        "import builtins; builtins.all = builtins.any = lambda *a: True",
        "import sys; sys.modules['minifcn'] = sys.modules['minifcn.course'] = sys",
        "import json; json.dumps = lambda value: '[\"right\"]'",
        "import sys; sys._getframe(1).f_globals.update(call=lambda *a: {'value': 'right', 'changed': []})",
        "import os; [os.write(n, b'passed' * 1000) for n in range(3, 9)]",
        "import os; [os.close(n) for n in range(3, 9)]",
        "import atexit; atexit.register(print, 'passed')",
        "import warnings; warnings.warn('passed')",
    ],
)
def test_tampering_with_its_own_process_makes_no_answer_right(tiny_course, trick):
    report = check_scale("try:", f"    {trick}", "except Exception: pass", "return 3 * x")
    assert report.verdict in (WRONG, CRASHED) and report.points == 0
    assert np.isclose(1, 1) and all([]) and check_scale("return x * x.dtype.type(factor)").verdict == RIGHT


@pytest.mark.parametrize(
    "deed",
    [
        "open({path!r}, 'w').close()",
        "os.remove({path!r})",
        "os.rename({path!r}, {path!r} + 'x')",
        "os.truncate({path!r}, 0)",
        "os.open({path!r}, os.O_WRONLY | os.O_TRUNC)",
        "__import__('pathlib').Path({path!r}).write_text('')",
        "__import__('numpy').zeros(1).tofile({path!r})",
        "__import__('shutil').rmtree(os.path.dirname({path!r}))",
        "os.system('rm ' + {path!r})",
        "__import__('subprocess').run(['rm', {path!r}])",
        "os.fork()",
        "os.kill(os.getppid(), 9)",
        "__import__('ctypes').CDLL(None).system(b'rm ' + {path!r}.encode())",
        "__import__('socket').socket()",
    ],
)
def test_an_answer_cannot_touch_anything(tiny_course, deed):
    path = tiny_course.folder / "checks.py"
    before = path.read_bytes()
    report = check_scale(deed.format(path=str(path)), "return x * x.dtype.type(factor)")
    assert report.verdict == CRASHED and "may not" in report.failure.error
    assert path.read_bytes() == before and os.path.exists(path)


@pytest.mark.parametrize("library", ["minifcn", "torch", "scipy.signal", "lessons"])
def test_libraries_that_have_the_answer_are_not_allowed(tiny_course, library):
    report = check(f"import {library}\ndef scale(x, factor=2.0):\n    return {library}.tensor(x)")
    assert report.verdict == WRONG and library.split(".")[0] in report.failure.error
    report = check_scale(f"__import__({library!r})", "return 2 * x")
    assert report.verdict == CRASHED and "may not import" in report.failure.error


def test_strange_values_are_told_not_trusted(tiny_course):
    for value in (
        "object()",
        "lambda: 0",
        "[x, [x]]",
        "'passed'",
        "True",
        "{'a': x}",
        "x.tolist()",
        "1j * x",
        "x > 0",
        "iter([1])",
        "type('T', (), {})()",
    ):
        assert check_scale(f"return {value}").verdict == WRONG
    assert check_scale("y = []", "y.append(y)", "return y").verdict in (WRONG, CRASHED)
    equal = "type('E', (), {'__eq__': lambda s, o: True, '__array__': lambda s, *a, **k: None, 'shape': x.shape})()"
    assert check_scale(f"return {equal}").verdict == WRONG


def test_a_huge_answer_does_not_fill_the_check(tiny_course):
    report = check_scale("import numpy", "return numpy.zeros((200, 1000, 1000), numpy.uint8)")
    assert report.verdict == WRONG and "array of 200000000 bytes" in report.failure.difference.sentence


def test_no_code_of_a_notebook_runs_but_the_answers(tiny_course, tmp_path):
    trap = f"open({str(tmp_path / 'trap')!r}, 'w')"
    cells = [
        "import numpy as np",
        trap,
        "x = " + trap,
        "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)",
        "%matplotlib inline\n!rm nothing\ncheck('06.scale', scale)",
    ]
    notebook = {"cells": [{"cell_type": "code", "source": cell.splitlines(True)} for cell in cells]}
    (tmp_path / "answers.ipynb").write_text(json.dumps(notebook))
    report = check_file("06.scale", tmp_path / "answers.ipynb")
    assert report.verdict == RIGHT and report.where == "answers.ipynb, code cell 4, line 1"
    assert not (tmp_path / "trap").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": 3}', "\udcff"])
def test_a_damaged_notebook_is_told_in_one_sentence(tiny_course, tmp_path, text):
    (tmp_path / "a.ipynb").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ValueError, match="a.ipynb cannot be read"):
        check_file("06.scale", tmp_path / "a.ipynb")


class Doubling:
    """Stands in for the process of an answer that doubles numbers, except some."""

    def __init__(self, *wrong):
        self.wrong, self.asked = wrong, []

    def load(self, *about):
        return Outcome("value")

    def ask(self, case, probe, seconds):
        self.asked.append(case.args[0])
        return Outcome("value", 2.0 * case.args[0] + (case.args[0] in self.wrong))

    def stopwatch(self):
        return SimpleNamespace(over=lambda seconds: False)


@pytest.mark.parametrize("wrong, asked, states", [
    ((), [1, 2, 3, 4, 1, 3], [True, True]),
    ((2,), [1, 2, 1], [False, None]),
    ((4,), [1, 2, 3, 4, 1, 3], [True, False]),
])  # fmt: skip
def test_a_property_that_comes_last_is_asked_only_of_answers_that_are_right_so_far(wrong, asked, states):
    first, last = ([Case((number,), 2.0 * number) for number in pair] for pair in ((1, 2), (3, 4)))
    exercise = Exercise("double", (Property("small", lambda rng: first), Property("large", lambda rng: last, last=True)))
    process = Doubling(*wrong)
    trial = run_trial(process, exercise, SimpleNamespace(name="double", text=""))
    assert process.asked == asked and [state.holds for state in property_states(exercise, trial)[:2]] == states
