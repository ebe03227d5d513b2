"""Which mistake does a wrong answer behave like? Every planted mistake is asked the same questions.

The one that gives the same wrong numbers is recognised, however it is written. Where none does, the pattern of the
error may be plain: every sign, a factor, a transpose. Else a mistake that fails at the same questions is a good
guess: those with overlapping windows, with a stride, with several channels. Read check.py next.
"""

from functools import lru_cache

import numpy as np

from ..gradcheck import diagnose
from .judge import same_outcome
from .process import AnswerProcess
from .trial import planted, run_trial

IMPATIENCE = 2.0  # seconds that a planted mistake gets for one question
PLAIN = (diagnose.factor, diagnose.signs, diagnose.moved)
VAGUE = (diagnose.absent, diagnose.scaled_part, diagnose.border)


def hint_for(lesson, exercise, trial, seed=0):
    """(name of the planted mistake or "", hint or "") for a trial in which something went wrong."""
    others = behaviours(lesson, exercise.name, seed)
    mistake, likeness = most_alike(trial, others, same_numbers)
    if likeness >= 0.5:
        return mistake.name, mistake.hint if likeness == 1 else f"Perhaps this: {mistake.hint}"
    if plain := plain_hint(trial):
        return "", plain
    mistake, likeness = most_alike(trial, others, same_failures)
    if likeness >= 0.9:
        return mistake.name, f"Perhaps this: {mistake.hint}"
    return "", pattern_hint(trial, VAGUE)


def most_alike(trial, others, likeness):
    """(the planted mistake that is most like a trial, how much) by one of the two measures below."""
    scores = [likeness(trial, other) for _, _, other in others]
    best = scores.index(max(scores)) if scores else 0
    return (others[best][0], scores[best]) if scores else (None, 0.0)


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
    """Of the questions at which one of two trials failed, the share at which both did; 0 where nearly all fail."""
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


def plain_hint(trial):
    """What is wrong where it can be seen without knowing the mistakes; or ""."""
    if any(d.sentence.startswith("returned None") for d in trial.differences if d):
        return "Nothing came back; is a `return` missing?"
    largest = largest_difference(trial)
    if largest is None:
        return ""
    if not np.isfinite(largest.found_array).all() and np.isfinite(largest.expected_array).all():
        return "nan or inf where numbers should be: a division by 0, a log of 0, or np.empty that was never filled?"
    if not largest.found_array.any():
        return "Nothing but zeros: was the result ever filled in?"
    return pattern_hint(trial, PLAIN)


def pattern_hint(trial, patterns):
    """The first of gradcheck's patterns that the error shows, or ""."""
    largest = largest_difference(trial)
    if largest is None or largest.size < 4:
        return ""
    for pattern in patterns:
        sentence = pattern(largest.found_array, largest.expected_array)
        if sentence:
            return f"The pattern of the error: {sentence.replace('the gradient', 'the result')}"
    return ""


def largest_difference(trial):
    """The Difference with the largest array of floats, which tells most; or None."""
    arrays = [d for d in trial.differences if d and d.found_array is not None and d.expected_array.dtype.kind == "f"]
    return max(arrays, key=lambda d: d.size, default=None)
