"""Right and wrong answers in random surroundings: the shell, check() and Gradescope must agree, and none may be wrong.

Each wrapping is a submission as students make them: magics, prompts, questions, names bound again, odd line ends and
encodings, exports, files beside it. Its cells run in IPython, and its scripts in Python, before check() sees them.
"""

import contextlib
import importlib.util
import json
import random
import sys
import textwrap
import warnings

import nbformat
import pytest

from minifcn.course import api
from minifcn.course.answers.cells import COLAB
from minifcn.course.answers.source import Chunk
from minifcn.course.checking import check
from minifcn.course.grading import gradescope
from minifcn.course.grading.supervisor import Grader
from minifcn.course.sandbox.process import AnswerProcess

NAMES = "times", "pad", "sum", "np", "_f"
MISTAKES = ("(x, factor)", "(x, 3)"), ("return y", "return -y"), ("return y", "y = y"), ("y = ", "y = 1 / 0 + ")
COUNTER = """\
class Counter:
    def __init__(self, n): self.n = scale(n, 1)
    def up(self):
        self.n += 1
        return float(self.n)"""
CUT = ["# a\u2028b", "# a\x0cb \x85", "'\x1c'"]  # in a cell, IPython stumbles over these itself
IN_BODY = ["# is it so?", "'''Which\n    % of it?\n    '''", "z = (7\n         % 3)", "z = 7 \\\n        % 3", ""]
ABOVE = [
    "%%time", "%%capture", "%%timeit -n 1 -r 1", "%%time\n%precision 3", "%precision 3", "%config \\\n  Application",
    "here = %pwd", "import os", "import os, sys; K = 3", "from __future__ import annotations", "# why?", "x = 5 % 3",
    "\n",
]  # fmt: skip
ASIDE = [
    "%precision 3", "len?", "t = %timeit -o -n 1 -r 1 len('a')", "1 +", "%%html\ndef scale(x): return 3",
    "print('scale')",
    "import math\nmath.pi", "def draw(x):\n    return scale", "x = scale", "%%time\nscale(__import__('numpy').ones(1))",
]  # fmt: skip
BELOW = [
    "for {0} in range(3):\n    pass", "{0} = 3", "def {0}(a, b, c): return 7", "del {0}", "import math as {0}",
    "ONE = 7", "del ONE",
]  # fmt: skip
UNTOUCHED = "def scale(x, factor=2.0):\n    raise NotImplementedError('write scale')"
DECOYS = {
    "utils.py": "def show(x): print(x)", "old/06_tiny.py": UNTOUCHED, "06_tiny (1).py": UNTOUCHED,
    "._06_tiny.ipynb": "\0", ".ipynb_checkpoints/a-checkpoint.ipynb": "{}", "Copy of 06_tiny.ipynb": "{",
}  # fmt: skip


class Wrapping:
    """One submission. right: whether its answer is; cells: [(kind, text)]; plain: the same answer in one bare chunk."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.right = self.random.random() < 0.5
        name = self.random.choice(NAMES)
        helper = f"ONE = 1\ndef {name}(x, f):\n    return ONE * x * x.dtype.type(f)"
        head, lines = "def scale(x, factor=2.0):", [f"y = {name}(x, factor)", "return y"]
        mistake = ("", "") if self.right else self.random.choice(MISTAKES)
        lines = [line.replace(*mistake) for line in lines]
        self.plain = "\n".join([helper, head, *(f"    {line}" for line in lines), COUNTER])
        self.form = self.random.choice([self.notebook] * 3 + [self.script, self.nbconvert, self.colab])
        for _ in range(self.random.randrange(4)):
            line = self.random.choice(IN_BODY + CUT if self.form == self.script else IN_BODY)
            lines.insert(self.random.randrange(len(lines)), line)
        answer = "\n".join([head, *(f"    {line}" if line else "" for line in lines)])
        self.answer = f"{helper}\n{answer}\n{COUNTER}"
        parts = [helper, answer, COUNTER] if self.random.random() < 0.5 else [f"{helper}\n\n{answer}", COUNTER]
        self.cells = [("code", self.furnished(part)) for part in parts]
        self.around(name)

    def furnished(self, text):
        """The text of a cell with something above it, indented, or with prompts."""
        above = self.random.choice([*ABOVE, "", "", ""])
        if above.startswith("%%timeit") and "def scale" not in text.split("\n", 1)[0]:
            above = "%%time"  # what stands below %%timeit is not bound, so other cells could not use it
        if self.form == self.colab or above.startswith("from __future__") or self.random.random() < 0.7:
            return f"{above}\n{text}".lstrip("\n") if self.random.random() < 0.9 else f"\n\n{above}\n{text}\n\n"
        if self.random.random() < 0.5:
            return textwrap.indent(text, "  ")
        return ">>> " + text.replace("\n", "\n... ")

    def around(self, name):
        """Other cells: above, between and below; below, names that the answer uses may be bound again."""
        for _ in range(self.random.randrange(4)):
            place = self.random.randrange(len(self.cells) + 1)
            kind = self.random.choice(["code", "code", "markdown", "raw"])
            text = self.random.choice(ASIDE) if kind == "code" else "def scale(x):\n    not an answer"
            self.cells.insert(place, (kind, text))
        for _ in range(self.random.randrange(3)):
            self.cells.append(("code", self.random.choice(BELOW).format(name)))

    def files(self):
        """{name: bytes}, with the wrapping's own file first; sometimes others next to it."""
        name, data = self.form()
        decoys = self.random.sample(sorted(DECOYS), self.random.choice([0, 0, 1, 2]))
        return {name: data} | {decoy: DECOYS[decoy].encode() for decoy in decoys if decoy != name}

    def notebook(self):
        end = self.random.choice(["\n", "\n", "\r\n"])
        cells = [{"cell_type": kind, "source": text.replace("\n", end)} for kind, text in self.cells]
        if self.random.random() < 0.5:
            cells = [cell | {"source": [part + "\n" for part in cell["source"].split("\n")]} for cell in cells]
        encoding = self.random.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16"])
        name = self.random.choice(["06_tiny.ipynb", "06_tiny (2).ipynb", "my homework.IPYNB", "Copy of 06_tiny.ipynb"])
        return name, json.dumps({"cells": cells}, ensure_ascii=False).encode(encoding)

    def script(self):
        """The answer and the names bound below it as a plain Python file."""
        below = {line.format(name) for line in BELOW for name in NAMES}
        texts = [self.answer, *dict.fromkeys(text for _, text in self.cells if text in below)]
        encoding = self.random.choice(["utf-8", "utf-8", "utf-8-sig", "latin-1", "cp1252"])
        cookie = "" if encoding.startswith("utf") else f"# coding: {encoding}"
        text = "\n".join([cookie, self.random.choice(["", "# Is it so?", "# a\u2028b", "\x0c"]), *texts, "# é \x85"])
        end = self.random.choice(["\n", "\r\n", "\r"])
        data = text.replace("\n", end).encode(encoding, "ignore")
        return self.random.choice(["06_tiny.py", "answers.py", "06.PY"]), data

    def nbconvert(self):
        """As `jupyter nbconvert --to script` exports it; a broken cell is exported as it is."""
        from nbconvert import PythonExporter

        new = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
        cells = [new[kind](text) for kind, text in self.cells if kind in new]
        text, _ = PythonExporter().from_notebook_node(nbformat.v4.new_notebook(cells=cells))
        return "06_tiny.py", text.encode()


    def colab(self):
        """As Colab exports it: prose as strings, lines that begin with % and whole cells below %% as comments."""
        parts = ['# -*- coding: utf-8 -*-\n"""06_tiny.ipynb\n\nAutomatically generated by Colab.\n"""']
        for kind, text in self.cells:
            whole = text.lstrip("\n").startswith("%%")
            lines = text.strip("\n").split("\n") if whole else text.split("\n")
            lines = [f"# {line}" if whole or line.lstrip().startswith("%") else line for line in lines]
            magic = any(line.startswith("# ") for line in lines)
            code = "\n".join([COLAB] * magic + lines)
            if text != "1 +":  # which would break the whole file
                parts.append(code if kind == "code" else f'"""{text}"""')
        return "06_tiny.py", "\n\n".join(parts).encode()


def in_kernel(ipython, reports, name, data):
    """{exercise: points} by check() in the cell below all cells of a notebook, which run first."""
    ipython.shell.history_manager.input_hist_raw[:] = [""]
    ipython.shell.execution_count = 1
    ipython("from minifcn.course import check, earlier\nscale = earlier('06.scale')")
    for cell in json.loads(data)["cells"]:
        if cell["cell_type"] == "code":
            ipython("".join(cell["source"]))
    reports.clear()
    ipython("check('06.scale', scale)"), ipython("check('06.Counter', Counter)")
    return {report.exercise: report.points for report in reports}


def in_script(path, reports):
    """The same by check() in a program that imports the file."""
    loader = importlib.machinery.SourceFileLoader("answers", str(path))  # whatever the file is called
    spec = importlib.util.spec_from_file_location("answers", path, loader=loader)
    module = sys.modules["answers"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    reports.clear()
    for name in "scale", "Counter":
        try:
            api.check(f"06.{name}", getattr(module, name))
        except (NotImplementedError, AssertionError):
            pass
    return {report.exercise: report.points for report in reports}


@pytest.fixture
def doors(tiny_course, quick_checks, ipython, monkeypatch, tmp_path, capsys):
    """doors(seed) -> (what the answer must get, {door: what it got there}, the files)."""
    reports, process = [], AnswerProcess()
    monkeypatch.setattr(api, "record", lambda report, folder: reports.append(report) or "")
    monkeypatch.setattr(check, "AnswerProcess", lambda imports, needs: contextlib.nullcontext(process))  # one for all

    def through(seed):
        wrapping = Wrapping(seed)
        files, folder = wrapping.files(), tmp_path / str(seed)
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        (name, data), *_ = files.items()
        names = "06.scale", "06.Counter"
        found = {"shell": {exercise: check.check_file(exercise, folder / name).points for exercise in names}}
        tests = gradescope.grade([tiny_course], folder, Grader())["tests"]
        found["gradescope"] = {e: sum(t["score"] for t in tests if t["name"].startswith(e)) for e in names}
        if name.lower().endswith(".ipynb"):
            found["kernel"] = in_kernel(ipython, reports, name, data)
        elif wrapping.form == wrapping.script:
            with monkeypatch.context() as patch:
                patch.setattr(api, "ipython_shell", lambda: None)
                found["script"] = in_script(folder / name, reports)
        capsys.readouterr()
        expected = {exercise: check.check_chunks(exercise, [Chunk(wrapping.plain, "")]).points for exercise in names}
        assert wrapping.right == (expected == {"06.scale": 5, "06.Counter": 3})
        return expected, found, files

    yield through
    process.close()


def wrong_ones(doors, seeds):
    """A line for each door that gave a wrapping other points than its bare answer gets."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in seeds:
            expected, found, files = doors(seed)
            for door, points in found.items():
                if points != expected:
                    yield f"{seed}, {door}: {points}, expected {expected}\n{next(iter(files.items()))}"


def test_what_surrounds_an_answer_does_not_change_the_verdict(doors):
    assert "\n\n".join(wrong_ones(doors, range(50))) == ""


@pytest.mark.slow
def test_nothing_that_surrounds_an_answer_changes_a_verdict(doors):
    assert "\n\n".join(wrong_ones(doors, range(2000))) == ""
