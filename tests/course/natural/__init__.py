"""Natural answers: wrong and right ones, written by hand from a lesson's text alone.

Each lesson_NN.py was written before its author had read the lesson's planted mistakes, and before any of it was run.
So it measures what students will see: whether every wrong answer is rejected, and whether its hint is a right one.

    python -m tests.course.natural 14       # the report of every answer of lesson 14, to judge its hint

A new lesson_NN.py holds `ANSWERS`, which are wrong, and `RIGHT`, both lists of Natural.
"""

import importlib
import pkgutil
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from minifcn.course import ladder
from minifcn.course.answers.source import Chunk, read_chunks
from minifcn.course.checking.check import check_chunks
from minifcn.course.checking.verdict import RIGHT
from minifcn.course.paths import STUDENT, notebook_path

ACCEPTED, GOOD, NONE, MISLEADING, REJECTED = "ACCEPTED", "right hint", "no hint", "MISLEADING", "REJECTED"
PATTERN = "pattern"  # stands for any hint that is not a planted mistake's
OUTCOMES = (ACCEPTED, GOOD, NONE, MISLEADING)


@dataclass(frozen=True)
class Natural:
    """An answer as a student writes it.

    exercise: "14.scores"
    about:    what is wrong with it, or unusual about it, in one line
    source:   the cell's text
    hint:     what its hint may be: the names of planted mistakes, separated by spaces (those within a name are
              written _), or "pattern" for a hint of another kind; "" or "none" if every hint would mislead
    """

    exercise: str
    about: str
    source: str
    hint: str = ""


def lessons():
    """The numbers of the lessons that have natural answers: ["14", ...]."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [name.removeprefix("lesson_") for name in names if name.startswith("lesson_")]


def answers(number):
    """(the wrong answers, the right ones) of a lesson."""
    module = importlib.import_module(f"{__name__}.lesson_{number}")
    return module.ANSWERS, module.RIGHT


def report_of(answer):
    """The Report that a student would see, whose notebook has the answer in place of the stub."""
    lesson, exercise = ladder.find_exercise(answer.exercise)
    stub = re.compile(rf"^(class|def) {exercise.name}\b", re.MULTILINE)
    given = [chunk for chunk in notebook(lesson.folder.name) if not stub.search(chunk.text)]
    return check_chunks(answer.exercise, [*given, Chunk(answer.source, "your cell")])


@lru_cache
def notebook(name):
    """The chunks of a student's notebook."""
    return read_chunks(notebook_path(name, STUDENT))


def judge(answer, report):
    """One of OUTCOMES for the Report of a wrong answer."""
    if report.verdict == RIGHT:
        return ACCEPTED
    if not report.hint:
        return NONE
    return GOOD if (report.mistake or PATTERN).replace(" ", "_") in answer.hint.split() else MISLEADING


def line(answer, report, outcome):
    """One line of a lesson's table."""
    shown = report.mistake or (PATTERN if report.hint else "")
    return f"  {outcome:10}  {answer.exercise:27}  {shown:32}  {answer.about}"


def summary(outcomes):
    """The last line of a lesson's table."""
    counts = Counter(outcomes)
    return f"  {len(outcomes)} wrong answers: " + ", ".join(f"{counts[name]} {name}" for name in OUTCOMES)
