"""Puts all questions of an exercise to one answer, in a process of its own, and compares what comes back.

The same trial serves a student's answer, the course's solution, its variants and the planted mistakes. Read comparison.py
next, which compares, then hints.py, which recognises.
"""

import inspect
import textwrap
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from . import ladder
from .comparison import compare
from .exercise import Case, Property
from .source import Chunk, extract, read_chunks

PATIENCE = 60.0  # seconds for all questions together


@dataclass(frozen=True)
class Question:
    """A case of a property."""

    property: Property
    case: Case


@dataclass(frozen=True)
class Trial:
    """What came of all questions.

    loaded:      the Outcome of loading the source; where it is no value, nothing was asked
    outcomes:    one for each question that was asked
    differences: None where the outcome is as expected or no value
    again:       the outcomes of asking the first question of every property once more
    """

    questions: tuple
    loaded: object
    outcomes: tuple = ()
    differences: tuple = ()
    again: tuple = ()

    def wrong(self, i):
        """Whether question i got no right answer; None where it was not asked."""
        return None if i >= len(self.outcomes) else self.outcomes[i].kind != "value" or self.differences[i] is not None


def run_trial(process, exercise, source, seed=0, seconds=None):
    """A Trial of a Source in an AnswerProcess; `seconds` a question, the exercise's own number if None."""
    asked = questions(exercise, seed)
    loaded = process.load(source.name, source.text, given_to(exercise))
    if loaded.kind != "value":
        return Trial(asked, loaded)
    outcomes, differences, watch = [], [], process.stopwatch()
    for question in asked:
        outcome = put(process, question, seconds or exercise.seconds)
        outcomes.append(outcome)
        case = question.case
        differences.append(compare(outcome.value, case.expected, case.rtol) if outcome.kind == "value" else None)
        if is_final(outcome) or watch.over(PATIENCE):
            return Trial(asked, loaded, tuple(outcomes), tuple(differences))
    again = tuple(put(process, asked[i], seconds or exercise.seconds) for i in firsts(asked))
    return Trial(asked, loaded, tuple(outcomes), tuple(differences), again)


def is_final(outcome):
    """Whether asking on makes no sense: the process has ended, or its memory is full."""
    return outcome.kind in ("timed out", "died") or outcome.type == "MemoryError"


def put(process, question, seconds):
    """The Outcome of one question."""
    return process.ask(question.case, probe_of(question.property), seconds)


@lru_cache
def questions(exercise, seed=0):
    """All questions of an exercise, in order; the same ones for the same seed."""
    return tuple(
        Question(prop, case)
        for number, prop in enumerate(exercise.properties)
        for case in prop.cases(np.random.default_rng([seed, number]))
    )


def firsts(asked):
    """The number of the first question of every property."""
    return [i for i, question in enumerate(asked) if i == 0 or asked[i - 1].property is not question.property]


@lru_cache
def probe_of(prop):
    """(name, source) of a property's probe, or two empty texts."""
    return (prop.probe.__name__, textwrap.dedent(inspect.getsource(prop.probe))) if prop.probe else ("", "")


# Where answers come from ----------------------------------------------------------------------------------------------


@lru_cache
def solution(lesson, name):
    """The course's own Source of an exercise, from lesson.py."""
    return extract(read_chunks(lesson.folder / "lesson.py"), name, given_names(lesson.exercises[name]))


@lru_cache
def variant(lesson, name, answer, part="variants"):
    """The Source of a right answer in variants.py, or of a wrong one in mistakes.py."""
    return extract(read_chunks(lesson.folder / f"{part}.py"), answer, given_names(lesson.exercises[name]))


def planted(lesson, name, mistake):
    """The Sources of a planted mistake, in all the ways it is written."""
    first = variant(lesson, name, mistake.answer, "mistakes") if mistake.answer else mutated(lesson, name, mistake)
    return [first, *(variant(lesson, name, other, "mistakes") for other in mistake.also)]


def mutated(lesson, name, mistake):
    """The solution with a mistake's changes. Raises ValueError where what it changes is not in the solution."""
    text = solution(lesson, name).text
    for old, new in mistake.changes:
        if old not in text:
            raise ValueError(
                f"{lesson.number}.{name}, mistake {mistake.name}: the solution has no {old!r}; change mistakes.py"
            )
        text = text.replace(old, new)
    return extract([Chunk(text, "mistakes.py")], name)


def given_names(exercise):
    """The names that an exercise may use without writing them: ("im2col", "col2im")."""
    return tuple(used.partition(".")[2] for used in exercise.uses)


def given_to(exercise):
    """The course's own answers that an exercise may use, as the student's process takes them."""
    given = []
    for used in exercise.uses:
        lesson, other = ladder.find_exercise(used)
        given.append({"name": other.name, "source": solution(lesson, other.name).text, "given": given_to(other)})
    return given
