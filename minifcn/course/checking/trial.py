"""Asks one answer all questions of an exercise, in a sandboxed process, and compares the results.

The same trial serves a student's answer, the course's solution, its variants and the planted mistakes. Read
comparison.py next.
"""

import inspect
import re
import textwrap
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from ..answers.solutions import dependencies_of
from ..exercise import Case, Property
from .comparison import compare

TOTAL_SECONDS = 60.0  # time limit for all questions together, in seconds


@dataclass(frozen=True)
class Question:
    """A case of a property."""

    property: Property
    case: Case


@dataclass(frozen=True)
class Trial:
    """The outcomes of all questions.

    loaded:      the Outcome of loading the source; unless it is a value, nothing was asked
    outcomes:    one for each question asked; those of a property that comes `last` are not asked of a wrong answer
    differences: for each outcome, None if it is as expected or not a value
    again:       the outcomes of asking the first question of every property again
    whole:       whether there was nothing more to ask
    alone:       {number of a question: the Trial of that question only, asked of the answer when it was new}
    """

    questions: tuple
    loaded: object
    outcomes: tuple = ()
    differences: tuple = ()
    again: tuple = ()
    whole: bool = True
    alone: dict = field(default_factory=dict)

    def wrong(self, i):
        """Whether question i was not answered right; None if it was not asked."""
        return None if i >= len(self.outcomes) else is_wrong(self.outcomes[i], self.differences[i])

    def only(self, i):
        """What it says about question i."""
        part = slice(i, i + 1)
        return Trial(self.questions[part], self.loaded, self.outcomes[part], self.differences[part], whole=False)


def run_trial(process, exercise, source, seed=0, seconds=None, enough=None, only=None):
    """The Trial of a Source in an AnswerProcess. seconds: per question; the exercise's own limit if None.

    enough: called with the Trial so far after each question; if it returns True, that is the result
    only: the number of the one question to ask; None: all
    """
    asked = questions(exercise, seed) if only is None else questions(exercise, seed)[only : only + 1]
    loaded = process.load(source.name, source.text, dependencies_of(exercise))
    if loaded.kind != "value":
        return Trial(asked, loaded)

    def ask(question):
        return in_words_of(exercise, source, ask_question(process, question, seconds or exercise.seconds))

    outcomes, differences, watch = [], [], process.stopwatch()
    for question in asked:
        if question.property.last and any(map(is_wrong, outcomes, differences)):
            break
        outcome = ask(question)
        outcomes.append(outcome)
        case = question.case
        differences.append(compare(outcome.value, case.expected, case.rtol) if outcome.kind == "value" else None)
        if is_final(outcome) or watch.over(TOTAL_SECONDS):
            return Trial(asked, loaded, tuple(outcomes), tuple(differences))
        if enough and enough(so_far := Trial(asked, loaded, tuple(outcomes), tuple(differences), whole=False)):
            return so_far
    again = tuple(ask(asked[i]) for i in first_questions(asked[: len(outcomes)]))
    return Trial(asked, loaded, tuple(outcomes), tuple(differences), again)


def imports_for(exercise, sources):
    """The modules that a process must import for these Sources: those they name, without what the exercise needs anyway."""
    return tuple(name for name in exercise.imports if name != exercise.needs and any(name in source.text for source in sources))


def is_wrong(outcome, difference):
    """Whether a question was not answered right. difference: None if the value is as expected, or there is none."""
    return outcome.kind != "value" or difference is not None


def is_final(outcome):
    """Whether it is pointless to continue: the process has ended, or its memory is full."""
    return outcome.kind in ("timed out", "died") or outcome.type == "MemoryError"


def ask_question(process, question, seconds):
    """The Outcome of one question."""
    return process.ask(question.case, probe_of(question.property), seconds)


def in_words_of(exercise, source, outcome):
    """An Outcome as the exercise would name it: a mistake's message says BatchNorm2d, whatever its own class is called."""
    if outcome.kind != "raised":
        return outcome
    own = source.place_of(outcome.line).partition(": ")[2].startswith(("raise", "assert"))
    return replace(outcome, message=re.sub(rf"\b{source.name}\b", exercise.name, outcome.message), own=own)


@lru_cache
def questions(exercise, seed=0):
    """All questions of an exercise, in order; the same seed gives the same questions."""
    return tuple(
        Question(prop, case)
        for number, prop in enumerate(exercise.properties)
        for case in prop.cases(np.random.default_rng([seed, number]))
    )


def first_questions(asked):
    """The index of the first question of every property."""
    return [i for i, question in enumerate(asked) if i == 0 or asked[i - 1].property is not question.property]


@lru_cache
def probe_of(prop):
    """(name, source) of a property's probe, or two empty strings."""
    return (prop.probe.__name__, textwrap.dedent(inspect.getsource(prop.probe))) if prop.probe else ("", "")
