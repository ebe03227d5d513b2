"""Which mistake does a wrong answer behave like? Every planted mistake is asked the same questions.

A mistake that gives the same wrong answers is recognised, however it is written; one that mostly does is a good guess.
Without either, the error itself may show a pattern: an order, a sign, a factor, a transpose. Otherwise there is no
hint, since a misleading one is worse than none. Read verdict.py next.
"""

from functools import lru_cache

import numpy as np

from ...gradcheck import diagnose
from ..answers.solutions import planted_sources
from ..sandbox.process import AnswerProcess
from .comparison import compare, same_outcome
from .trial import run_trial

MISTAKE_SECONDS = 2.0  # time limit of a planted mistake per question, in seconds
GUESS = 0.7  # the least similarity that justifies a "Perhaps"
PATTERNS = (
    diagnose.factor,
    diagnose.signs,
    diagnose.misplaced,
    diagnose.missing,
    diagnose.scaled_part,
    diagnose.border,
)
WORDS = {  # from gradcheck's wording, about gradients, to ours, about any result
    "the gradient": "the result",
    "are 0 though the function depends on them, the others right": "are 0 and should not be, the others are right",
    "used twice but added once, or the 2 of a square forgotten?": "averaged, or a term added once for twice?",
}


def hint_for(lesson, exercise, trial, seed=0):
    """(name of the planted mistake or "", hint or "") for a failed trial."""
    others = behaviours(lesson, exercise.name, seed)
    for mistake, _, other in others:
        if same_behaviour(trial, other):
            return mistake.name, mistake.hint
    scores = [similarity(trial, other) for _, _, other in others]
    if scores and max(scores) >= GUESS:
        mistake = others[scores.index(max(scores))][0]
        return mistake.name, f"Perhaps this: {mistake.hint}"
    return "", plain_hint(trial)


@lru_cache
def behaviours(lesson, name, seed=0):
    """[(Mistake, Source, Trial)] of an exercise, for every way of writing a mistake."""
    exercise = lesson.exercises[name]
    with AnswerProcess(exercise.imports) as process:
        return [
            (mistake, source, run_trial(process, exercise, source, seed, MISTAKE_SECONDS))
            for mistake in lesson.mistakes.get(name, ())
            for source in planted_sources(lesson, name, mistake)
        ]


def same_behaviour(trial, other):
    """Whether two answers did the same at every question, repeated ones too, and modified the same arguments."""
    if len(trial.outcomes) != len(other.outcomes):
        return False
    pairs = [*zip(trial.outcomes, other.outcomes), *zip(trial.again, other.again)]
    return all(a.changed == b.changed and same_outcome(a, b) for a, b in pairs)


def similarity(trial, other):
    """Of the questions that either answer gets wrong, the fraction that both get wrong in the same way."""
    pairs = list(zip(trial.outcomes, other.outcomes))
    either = [i for i in range(len(pairs)) if trial.wrong(i) or other.wrong(i)]
    both = [i for i in either if trial.wrong(i) and same_outcome(*pairs[i]) and pairs[i][0].message == pairs[i][1].message]
    return len(both) / len(either) if either else 0.0


# Where no planted mistake fits ----------------------------------------------------------------------------------------


def plain_hint(trial):
    """A hint from the error alone, without knowing the mistakes; or ""."""
    values = [(o.value, q.case.expected) for o, q in zip(trial.outcomes, trial.questions) if o.kind == "value"]
    crashes = [o.message for o in trial.outcomes if o.type in ("TypeError", "AttributeError")]
    nothing = any(found is None and expected is not None for found, expected in values)
    if nothing or any("'NoneType'" in message for message in crashes):
        return "Something came back as None; is a `return` missing?"
    if any(o.kind == "timed out" for o in trial.outcomes):
        return "Does every loop end? Check its stopping condition."
    if any(is_reordered(found, expected) for found, expected in values):
        return "The right values, but in the wrong order; the docstring says which order to return them in."
    wrong = [d for d in trial.differences if d and d.found_array is not None and d.expected_array.dtype.kind == "f"]
    if not wrong:
        return ""
    if any(np.isfinite(d.expected_array).all() and not np.isfinite(d.found_array).all() for d in wrong):
        return "nan or inf instead of numbers: a division by 0, a log of 0, or an np.empty that was never filled?"
    if not any(d.found_array.any() for d in wrong):
        return "All zeros: was the result ever filled in?"
    return pattern_hint(max(wrong, key=lambda d: d.size))


def is_reordered(found, expected):
    """Whether a tuple has all the expected values in a different order."""
    if not isinstance(expected, tuple) or not isinstance(found, (tuple, list)) or len(found) != len(expected):
        return False
    places = [next((i for i, e in enumerate(expected) if compare(f, e) is None), -1) for f in found]
    return sorted(places) == list(range(len(places))) != places


def pattern_hint(largest):
    """The first of gradcheck's error patterns that the largest wrong array shows, or ""."""
    if largest.size < 4:
        return ""
    with np.errstate(all="ignore"):
        for pattern in PATTERNS:
            try:
                sentence = pattern(largest.found_array, largest.expected_array)
            except (ArithmeticError, ValueError):  # an overflow such as 1e308 / 1e-8 is no pattern
                continue
            if sentence:
                for old, new in WORDS.items():
                    sentence = sentence.replace(old, new)
                return f"The pattern of the error: {sentence}"
    return ""
