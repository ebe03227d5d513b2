"""A tiny course for the tests of the machinery: one lesson with a function and a class to write.

A process for answers takes longer to start than to ask, so the course's own answers share some: its planted mistakes in
all tests. What a test calls an answer gets a process of its own, as in a real check.
"""

import contextlib
import dataclasses
import itertools
import sys
import threading
from collections import defaultdict
from concurrent.futures import Future

import pytest

from minifcn.course import api, ladder
from minifcn.course.checking import check, planted
from minifcn.course.grading import judge, supervisor
from minifcn.course.sandbox import wire
from minifcn.course.sandbox.process import AnswerProcess

LESSON = '''\
# %% [markdown]
# # Lesson 6: a tiny lesson

# %%
import numpy as np

from minifcn.course import check


# %%
def scale(x, factor=2.0):
    """factor * x."""
    ### BEGIN SOLUTION
    return factor * x
    ### END SOLUTION


# %%
check("06.scale", scale)


# %%
class Counter:
    """Counts."""

    def __init__(self, start):
        ### BEGIN SOLUTION
        self.count = scale(np.array(start), 1)
        ### END SOLUTION

    def up(self):
        """One more."""
        ### BEGIN SOLUTION
        self.count = self.count + 1
        return float(self.count)
        ### END SOLUTION


# %%
check("06.Counter", Counter)
'''

CHECKS = '''\
import numpy as np

from minifcn.course.exercise import Case, Exercise, Property


def small(rng):
    for rows in range(4):
        x = rng.standard_normal((rows, 2))
        yield Case((x,), 2 * x)


def factors(rng):
    yield Case((np.ones((2, 3), np.float32), 3.0), np.full((2, 3), 3, np.float32), note="float32")
    yield Case((np.arange(6.0).reshape(2, 3),), -np.arange(6.0).reshape(2, 3), {"factor": -1.0})


def counted(Counter, start):
    """Two steps."""
    counter = Counter(start)
    counter.up()
    return counter.up()


def starts(rng):
    yield Case((0.0,), 2.0)
    yield Case((3.0,), 5.0)


EXERCISES = [
    Exercise("scale", (Property("twice", small, points=2), Property("any factor", factors)), seconds=1, hints=("a", "b")),
    Exercise("Counter", (Property("counts", starts, probe=counted),), uses=("06.scale",)),
]
'''

MISTAKES = """\
from minifcn.course.exercise import Mistake

MISTAKES = {
    "scale": [
        Mistake("once_too_often", "One factor too many is in there.", (("factor * x", "(factor + 1) * x"),)),
        Mistake("ignores_factor", "The factor is not always 2.", (("factor * x", "2.0 * x"),)),
        Mistake("forgets_rows", "Only the first row is scaled.", answer="first_row"),
    ],
}


def first_row(x, factor=2.0):
    y = x.copy()
    y[:1] *= x.dtype.type(factor)
    return y
"""


@pytest.fixture(scope="session")
def idle_processes():
    """{(imports, needs): the processes that hold no answer now}."""
    idle = defaultdict(list)
    yield idle
    for process in itertools.chain(*idle.values()):
        process.close()


@pytest.fixture(autouse=True)
def answer_process(idle_processes, monkeypatch):
    """What stands for AnswerProcess where planted mistakes are asked: a process that has answered before, if there is one."""

    @contextlib.contextmanager
    def take(imports=(), needs=""):
        idle = idle_processes[tuple(imports), needs]
        process = idle.pop() if idle else AnswerProcess(imports, needs=needs)
        try:
            yield process
        finally:
            if threading.current_thread() is threading.main_thread():  # a process ends with the thread that started it
                idle.append(process)  # if it has ended, it starts afresh with its next answer
            else:
                process.close()

    monkeypatch.setattr(planted, "AnswerProcess", take)
    monkeypatch.setattr(planted, "start_helpers", lambda *exercise: [])
    monkeypatch.setattr(planted, "ThreadPoolExecutor", lambda threads: contextlib.nullcontext(Here()))
    return take


class Here:
    """An executor that runs a job in this thread, where the processes are."""

    def submit(self, job, *arguments):
        future = Future()
        future.set_result(job(*arguments))
        return future


@pytest.fixture
def tiny_course(tmp_path, monkeypatch):
    """A folder of lessons with lesson 06 in it, which is the course while a test runs."""
    folder = tmp_path / "lessons" / "06_tiny"
    folder.mkdir(parents=True)
    for name, text in ("lesson", LESSON), ("checks", CHECKS), ("mistakes", MISTAKES):
        (folder / f"{name}.py").write_text(text)
    monkeypatch.setenv("MINIFCN_LESSONS", str(folder.parent))
    monkeypatch.setenv("MINIFCN_PROGRESS", "")
    return ladder.find_lesson("06")


@pytest.fixture
def ipython(monkeypatch):
    """An IPython within this process, as check() finds one in a notebook; `ipython(cell, id)` runs a cell."""
    shells = pytest.importorskip("IPython.core.interactiveshell")
    config = pytest.importorskip("traitlets.config").Config()
    config.HistoryManager.enabled = False
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])  # which the shell replaces
    monkeypatch.setattr(api, "_cells", {})
    shell = shells.InteractiveShell.instance(config=config)
    api.watch_cells()

    def run(cell, cell_id=None):
        return shell.run_cell(cell, store_history=True, cell_id=cell_id)

    run.shell = shell
    yield run
    shell.restore_sys_module_state()
    shells.InteractiveShell.clear_instance()


_reports = {}  # {(exercise, source, seed): Report}


@pytest.fixture
def judge_here(monkeypatch):
    """The judge answers within this process, so that it need not be started, and can be patched."""

    def ask_once(grader, request, seconds):
        return wire.decode(wire.encode(judge.answer(wire.decode(wire.encode(request)[8:])))[8:])

    monkeypatch.setattr(supervisor.Grader, "start", lambda grader: None)
    monkeypatch.setattr(supervisor.Grader, "ask_once", ask_once)


@pytest.fixture
def quick_checks(tiny_course, judge_here, monkeypatch):
    """The same source of the tiny course is put to its questions once, however many files it has been taken from."""
    real = check.check_source

    def check_source(lesson, exercise, source, seed=0, process=None):
        key = (exercise.name, source.name, source.text, seed)
        if key not in _reports:
            _reports[key] = real(lesson, exercise, source, seed)
        return dataclasses.replace(_reports[key], where=source.place)

    monkeypatch.setattr(check, "check_source", check_source)
