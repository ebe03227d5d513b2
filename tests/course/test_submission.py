"""Which file of a submission is graded, that the report says so, and that one fault costs no other exercise."""

import json

import nbformat
import pytest

from minifcn.course.checking import check
from minifcn.course.grading import gradescope
from minifcn.course.grading.supervisor import Grader
from minifcn.course.publish import build
from minifcn.course.publish.stubs import student_notebook

SCALE = "def scale(x, factor=2.0):\n    return x * x.dtype.type(factor)\n"
COUNTER = """class Counter:
    def __init__(self, n):
        self.n = n

    def up(self):
        self.n += 1
        return float(self.n)
"""
GOOD = SCALE + COUNTER
STUB = """def scale(x, factor=2.0):
    raise NotImplementedError("write scale")


class Counter:
    def __init__(self, n):
        raise NotImplementedError("write Counter.__init__")

    def up(self):
        raise NotImplementedError("write Counter.up")
"""
STUB_COUNTER = STUB[STUB.index("class") :]
HALF = STUB.replace('raise NotImplementedError("write Counter.up")', "return 1")
WRONG = GOOD.replace("x * x.dtype", "3 * x.dtype")
UTILS = "import numpy as np\n\n\ndef show(x):\n    print(x)\n"
SOLVED = GOOD.replace("    return x *", "    ### BEGIN SOLUTION\n    return x *")


def hand_in(folder, files):
    """A folder with these files; of .ipynb the text is that of its one code cell."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        elif name.lower().endswith(".ipynb"):
            path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": text}]}))
        else:
            path.write_text(text)
    return folder


def grade(lesson, folder):
    with Grader() as grader:
        return gradescope.grade([lesson], folder, grader)


def points(lesson, folder):
    return sum(test["score"] for test in grade(lesson, folder)["tests"])


FOLDERS = {
    "a .py beside the untouched notebook": {"06_tiny.ipynb": STUB, "answers.py": GOOD},
    "a .py of the lesson's name beside the untouched notebook": {"06_tiny.ipynb": STUB, "06_tiny.py": GOOD},
    "an untouched .py beside the notebook": {"06_tiny.ipynb": GOOD, "06_tiny.py": STUB},
    "a broken notebook beside a good .py": {"06_tiny.ipynb": b'{"cells": [', "06_tiny.py": GOOD},
    "a notebook that does not parse beside a good .py": {"06_tiny.ipynb": "def scale(x:\n", "mine.py": GOOD},
    "an untouched (1) beside an answered (2)": {"06_tiny (1).ipynb": STUB, "06_tiny (2).ipynb": GOOD},
    "an untouched original beside an answered (1)": {"06_tiny.ipynb": STUB, "06_tiny (1).ipynb": GOOD},
    "the later of two downloads": {"06_tiny (2).ipynb": WRONG, "06_tiny (10).ipynb": GOOD},
    "an untouched copy in a subfolder": {"01_old/06_tiny.ipynb": STUB, "06_tiny.ipynb": GOOD},
    "an earlier attempt in a subfolder": {"01_old/06_tiny.ipynb": WRONG, "06_tiny_final.ipynb": GOOD},
    "all in a subfolder": {"homework/06_tiny.ipynb": GOOD, "homework/utils.py": UTILS},
    "a renamed notebook beside utils.py": {"homework.ipynb": GOOD, "utils.py": UTILS},
    "a renamed notebook beside a Mac's leftovers": {"hw.ipynb": GOOD, "__MACOSX/._hw.ipynb": b"\0\5\x16\7\0"},
    "a Mac's leftovers in the same folder": {"06_tiny.ipynb": GOOD, "._06_tiny.ipynb": b"\0\5\x16\7\0"},
    "a checkpoint": {"hw.ipynb": GOOD, ".ipynb_checkpoints/hw-checkpoint.ipynb": STUB},
    "a checkpoint that lost its folder": {"hw.ipynb": GOOD, "06_tiny-checkpoint.ipynb": WRONG},
    "Copy of": {"Copy of 06_tiny.ipynb": GOOD, "notes.py": UTILS},
    "Kopie von, beside the untouched one": {"Kopie von 06_tiny.ipynb": GOOD, "06_tiny.ipynb": STUB},
    "an ending in capitals": {"06_TINY.IPYNB": GOOD, "UTILS.PY": UTILS},
    "an exercise a file": {"scale.py": SCALE, "counter.py": COUNTER},
    "an exercise in the notebook, one in a file": {"06_tiny.ipynb": SCALE + STUB_COUNTER, "c.py": COUNTER},
    "half of a class beside all of it": {"06_tiny.ipynb": SCALE + HALF[HALF.index("class") :], "b.py": COUNTER},
    "a whole checkout": {"notebooks/solutions/06_tiny.ipynb": WRONG + SOLVED, "notebooks/student/06_tiny.ipynb": GOOD},
    "a notebook of another lesson that uses the answer": {
        "07_next.ipynb": "from minifcn.course import earlier\nscale, Counter = earlier('06.scale', '06.Counter')",
        "lesson six.ipynb": GOOD,
    },
    "a file of helpers with the same name in it": {"06_tiny.ipynb": GOOD, "utils.py": WRONG},
    "a browser's ending": {"06_tiny.py.txt": GOOD, "notes.py": UTILS},
    "one file, whatever its name": {"x.py": GOOD},
}


@pytest.mark.parametrize("files", FOLDERS.values(), ids=FOLDERS)
def test_the_file_with_the_answers_is_graded(tiny_course, quick_checks, tmp_path, files):
    assert points(tiny_course, hand_in(tmp_path / "submission", files)) == 8


def test_what_comes_with_a_checkout_earns_nothing(tiny_course, quick_checks, tmp_path):
    files = {"notebooks/solutions/06_tiny.ipynb": SOLVED, "notebooks/student/06_tiny.ipynb": STUB}
    files |= {f"{folder}/course/a.py": GOOD for folder in ("minifcn", "lessons", "tests", "benchmarks")}
    for place in tmp_path / "a", tmp_path / "b" / "minifcn-main":
        hand_in(place, files)
    assert points(tiny_course, tmp_path / "a") == points(tiny_course, tmp_path / "b") == 0
    own = hand_in(tmp_path / "c", {"tests/06_tiny.py": GOOD})
    assert points(tiny_course, own) == 8, "a folder of the student's own"


def test_the_student_notebook_as_it_is_built_is_untouched(tiny_course, quick_checks, tmp_path):
    text = nbformat.writes(student_notebook(build.read(tiny_course)))
    folder = hand_in(tmp_path / "submission", {"06_tiny.ipynb": text.encode()})
    assert points(tiny_course, folder) == 0
    assert points(tiny_course, hand_in(folder, {"z.py": GOOD})) == 8


def test_the_report_names_the_file_that_was_graded_and_the_others(tiny_course, quick_checks, tmp_path):
    files = {"b/06_tiny.ipynb": STUB, "a.py": SCALE, "._a.py": "", "c.txt": ""}
    told = grade(tiny_course, hand_in(tmp_path / "submission", files))["output"]
    assert told.split("\n") == [
        "06.scale: graded a.py; also handed in: b/06_tiny.ipynb",
        "06.Counter: graded b/06_tiny.ipynb; also handed in: a.py",
    ]


def test_no_file_can_be_the_one(tiny_course, quick_checks, tmp_path):
    folder = hand_in(tmp_path / "submission", {"a.py": UTILS, "b.py": UTILS})
    results = grade(tiny_course, folder)
    assert "found a.py, b.py" in results["tests"][0]["output"] and "nothing was graded" in results["output"]


@pytest.mark.parametrize("error", [IndexError("a"), RecursionError(), MemoryError(), KeyError("b"), UnicodeError("c")])
def test_a_fault_of_the_grader_costs_one_exercise(tiny_course, quick_checks, tmp_path, monkeypatch, capsys, error):
    real = check.check_file

    def check_file(name, path, seed, process):
        if name == "06.scale":
            raise error
        return real(name, path, seed, process)

    monkeypatch.setattr(check, "check_file", check_file)
    hand_in(tmp_path, {"06_tiny.py": GOOD})
    words = ["06", "--submission", str(tmp_path / "06_tiny.py"), "--out", str(tmp_path / "results.json")]
    assert gradescope.main(words) == 0
    tests = json.loads((tmp_path / "results.json").read_text())["tests"]
    assert [test["score"] for test in tests] == [0, 0, 0, 0, 1, 1, 1] and len(tests) == 7
    assert type(error).__name__ in tests[0]["output"] and "no fault of the answer" in tests[0]["output"]
    assert "Traceback" in capsys.readouterr().err, "for the instructor"


def test_results_are_written_whatever_is_handed_in(tiny_course, quick_checks, tmp_path):
    for submission in tmp_path / "nothing", hand_in(tmp_path / "a", {"06_tiny.zip": b"PK"}):
        words = ["06", "--submission", str(submission), "--out", str(tmp_path / "results.json")]
        assert gradescope.main(words) == 0
        assert len(json.loads((tmp_path / "results.json").read_text())["tests"]) == 7
        (tmp_path / "results.json").unlink()
