"""Which mistake does a wrong answer behave like? Every planted mistake is asked the same questions as the student's answer.

The one that gives the same wrong numbers is recognised, however it is written. Where none does, one that fails at the same
questions is a good guess: overlapping windows, strides, several channels. Else the pattern of the error says at least what
kind it is. Read check.py next.
"""

from functools import lru_cache

import numpy as np

from ..gradcheck import diagnose
from .judge import same_outcome
from .process import AnswerProcess
from .trial import planted, run_trial

IMPATIENCE = 2.0  # seconds that a planted mistake gets for one question
PATTERNS = (diagnose.factor, diagnose.signs, diagnose.moved, diagnose.absent, diagnose.scaled_part, diagnose.border)


def hint_for(lesson, exercise, trial, seed=0):
    """(name of the planted mistake or "", hint or "") for a trial in which something went wrong."""
    others = behaviours(lesson, exercise.name, seed)
    for likeness, least, phrase in (same_numbers, 1.0, "{}"), (same_numbers, 0.5, "Perhaps this: {}"), (same_failures, 0.9, "Perhaps this: {}"):
        scores = [likeness(trial, other) for _, _, other in others]
        if scores and max(scores) >= least:
            mistake = others[scores.index(max(scores))][0]
            return mistake.name, phrase.format(mistake.hint)
    return "", general_hint(trial)


def same_numbers(trial, other):
    """How much two trials resemble each other, from 0 to 1; 1 is the same behaviour at every question.

    Below that it is mostly the share of the failed questions to which both gave the same wrong answer.
    """
    same = [same_outcome(a, b) for a, b in zip(trial.outcomes, other.outcomes)]
    repeats = [same_outcome(a, b) for a, b in zip(trial.again, other.again)]
    changes = [a.changed == b.changed for a, b in zip(trial.outcomes, other.outcomes)]
    if len(trial.outcomes) == len(other.outcomes) and all(same) and all(repeats) and all(changes):
        return 1.0
    failed = [alike for i, alike in enumerate(same) if trial.wrong(i)]
    return 0.9 * sum(failed) / len(failed) + 0.09 * sum(same) / len(same) if failed else 0.0


def same_failures(trial, other):
    """The share of questions at which both trials failed, of those at which one did; 0 where nearly all questions fail."""
    ours, theirs = ({i for i in range(len(t.outcomes)) if t.wrong(i)} for t in (trial, other))
    tells_nothing = len(ours) > 0.9 * len(trial.questions) or not ours
    return 0.0 if tells_nothing else len(ours & theirs) / len(ours | theirs)


@lru_cache
def behaviours(lesson, name, seed=0):
    """[(Mistake, its Source, its Trial)] of an exercise, for every way in which a mistake is written."""
    exercise = lesson.exercises[name]
    with AnswerProcess(exercise.imports) as process:
        return [
            (mistake, source, run_trial(process, exercise, source, seed, IMPATIENCE))
            for mistake in lesson.mistakes.get(name, ())
            for source in planted(lesson, name, mistake)
        ]


def general_hint(trial):
    """What the pattern of the errors says, where no planted mistake fits: the largest wrong array tells most."""
    wrong = [difference for difference in trial.differences if difference]
    if any(difference.sentence.startswith("returned None") for difference in wrong):
        return "Nothing came back; is a `return` missing?"
    arrays = [d for d in wrong if d.found_array is not None and d.expected_array.dtype.kind == "f"]
    if not arrays:
        return ""
    largest = max(arrays, key=lambda d: d.size)
    found, expected = largest.found_array, largest.expected_array
    if not np.isfinite(found).all():
        return "nan or inf where numbers should be: a division by 0, a log of 0, or memory that was never filled (np.empty)?"
    if not found.any():
        return "Nothing but zeros: was the result ever filled in?"
    for pattern in PATTERNS if found.size >= 4 else ():
        sentence = pattern(found, expected)
        if sentence:
            return f"The pattern of the error: {sentence.replace('the gradient', 'the result')}"
    return ""
