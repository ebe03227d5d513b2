"""Which mistake does a wrong answer behave like? Every planted mistake is asked the same questions.

A mistake that gives the same wrong answers is recognised, however it is written; one that mostly does, and at the
question that the report shows, is a good guess. Without either, the error itself may show a pattern: an order, a sign,
a factor, a transpose. Otherwise there is no hint, since a misleading one is worse than none. Read planted.py next.
"""

import dataclasses
import re

import numpy as np

from .comparison import compare, is_number, same_outcome
from .planted import behaviours
from .trial import first_questions

GUESS = 0.8  # the least similarity that justifies a "Perhaps"
OWN_NAMES = re.compile(  # in a sentence: of arrays, places in memory, and variables that have no value
    r"\b[A-Za-z_]\w*(?=\[)|(?<= at )0x[0-9a-f]+|(?<=\bvariable )'\w+'|(?<=\bname )'\w+'"
)
NUMBERS = re.compile(r"\([^()]*\)|-?\d+(\.\d+)?")  # in a sentence: they depend on the question; also whole shapes
CLOSE = 0.02  # a smaller relative error is one of precision, and has no pattern
WORDS = {  # from gradcheck's wording, about gradients, to ours, about any result
    "the gradient": "the result",
    "are 0 though the function depends on them, the others right": "are 0 and should not be, the others are right",
    "used twice but added once, or the 2 of a square forgotten?": "averaged, or a term added once for twice?",
}


def hint_for(lesson, exercise, trial, shown, seed=0, helpers=()):
    """(name of the planted mistake or "", hint or "") for a failed trial.

    shown: number of the question in the report;  helpers: as for planted.behaviours
    """
    first = shown if tells_alone(trial, shown) else None
    others = behaviours(lesson, exercise.name, seed, lambda other: is_enough(trial, other, shown, first), helpers, first)
    for mistake, other in others:
        if same_behaviour(trial, other):
            return mistake.name, mistake.hint
    fitting = [(mistake, other) for mistake, other in others if same_failure(trial, other, shown)]
    scores = [similarity(trial, other) for _, other in fitting]
    if scores and max(scores) >= GUESS:
        mistake = fitting[scores.index(max(scores))][0]
        return mistake.name, f"Perhaps this: {mistake.hint}"
    return "", plain_hint(trial, shown)


def is_enough(trial, other, shown, first):
    """Whether a mistake needs no more questions. first: the one that was asked alone, or None."""
    alone = other.alone.get(first)
    return other.whole or rules_out(trial, other, shown) or bool(alone) and rules_out(trial.only(first), alone, 0)


def tells_alone(trial, i):
    """Whether question i, asked of a mistake alone, shows that it is another one.

    Not if the answer to it may depend on the questions before: those that were repeated show whether any does.
    """
    if i == 0 or not trial.wrong(i) or trial.questions[i].property.last:
        return False
    repeated = first_questions(trial.questions[: len(trial.outcomes)])
    return all(alike(trial.outcomes[j], second) for j, second in zip(repeated, trial.again))


def rules_out(trial, other, i):
    """Whether what an answer did so far is enough to see that it is neither the same as `trial` nor a good guess.

    It is if it did something else, at question i or so often that the questions to come cannot make it similar enough.
    """
    asked = range(min(len(trial.outcomes), len(other.outcomes)))
    if i in asked and not same_failure(trial, other, i) and is_different(trial, other, i):
        return True
    either, both = failures(trial, other, asked)
    to_come = sum(trial.wrong(j) for j in range(len(asked), len(trial.outcomes)))
    return both + to_come < GUESS * (either + to_come) and any(is_different(trial, other, j) for j in asked)


def is_different(trial, other, i):
    """Whether two answers did something else at question i, or modified other arguments."""
    return trial.outcomes[i].changed != other.outcomes[i].changed or not same_reply(trial, other, i)


def same_behaviour(trial, other):
    """Whether two answers did the same at every question, repeated ones too, and modified the same arguments."""
    if len(trial.outcomes) != len(other.outcomes) or len(trial.again) != len(other.again):
        return False
    pairs = [*zip(trial.outcomes, other.outcomes), *zip(trial.again, other.again)]
    if any(a.changed != b.changed for a, b in pairs):
        return False
    same = all(same_reply(trial, other, i) for i in range(len(trial.outcomes)))
    return same and all(map(alike, trial.again, other.again))


def same_reply(trial, other, i):
    """Whether two answers did the same at question i."""
    wrong = trial.wrong(i), other.wrong(i)
    return wrong == (False, False) or wrong == (True, True) and alike(trial.outcomes[i], other.outcomes[i])


def same_failure(trial, other, i):
    """Whether two answers got question i wrong in the same way, down to the error message."""
    if not (trial.wrong(i) and other.wrong(i)):  # one that has ended before was not asked
        return False
    a, b = trial.outcomes[i], other.outcomes[i]
    return alike(a, b) and nameless(a.message) == nameless(b.message)


def alike(a, b):
    """Whether two Outcomes are the same, whatever the two answers call their arrays.

    Errors must also say the same, up to numbers: many mistakes raise a ValueError, and a hint is true of one of them.
    """
    same = same_outcome(*(dataclasses.replace(one, value=nameless(one.value)) for one in (a, b)))
    return same and (a.kind != "raised" or a.own and b.own or gist(a.message) == gist(b.message))


def nameless(value):
    """A sentence such as "iteration 1 writes plane[0, 2]" without the name; any other value as it is."""
    return OWN_NAMES.sub("", value) if isinstance(value, str) else value


def gist(message):
    """What an error message says, without names and numbers."""
    return NUMBERS.sub("", nameless(message))


def similarity(trial, other):
    """Of the questions that either answer gets wrong, the fraction that both get wrong in the same way."""
    either, both = failures(trial, other, range(min(len(trial.outcomes), len(other.outcomes))))
    return both / either if either else 0.0


def failures(trial, other, asked):
    """(how many of these questions either answer got wrong, how many both did in the same way)."""
    either = [i for i in asked if trial.wrong(i) or other.wrong(i)]
    return len(either), sum(same_failure(trial, other, i) for i in either)


# Where no planted mistake fits ----------------------------------------------------------------------------------------


def plain_hint(trial, shown=0):
    """A hint from the errors alone, without knowing the mistakes; or "".

    It must hold at the question that the report shows, and at all others that were answered wrong: a pattern that some
    of the numbers contradict is a coincidence.
    """
    outcome, difference = trial.outcomes[shown], trial.differences[shown]
    if is_none(outcome, difference):
        return "Something is None: is a `return` missing, a value never set, or an argument left at its default?"
    if outcome.kind == "timed out":
        return "Does every loop end? Check its stopping condition."
    wrong = [i for i, one in enumerate(trial.outcomes) if one.kind != "value" or trial.differences[i]]
    if not difference or any(trial.outcomes[i].kind != "value" for i in wrong):
        return ""
    if all(is_reordered(trial.outcomes[i].value, trial.questions[i].case.expected) for i in wrong):
        return "The right values, but in the wrong order; the docstring says which order to return them in."
    errors = [numbers_of(trial.differences[i]) for i in wrong]
    if None in errors:
        return ""
    if all(is_right_where_finite(found, expected) for found, expected in errors):
        return not_finite_hint(errors)
    if all(found.size > 1 and not found.any() for found, _ in errors):
        return "All zeros: was the result ever filled in?"
    return pattern_hint(numbers_of(difference), errors)


def is_none(outcome, difference):
    """Whether a result, a part of it, or what an answer worked with is None."""
    if outcome.type in ("TypeError", "AttributeError"):
        return "'NoneType'" in outcome.message
    return bool(difference) and difference.sentence.startswith("returned None")


def is_reordered(found, expected):
    """Whether a tuple has all the expected values in a different order."""
    if not isinstance(expected, tuple) or not isinstance(found, (tuple, list)) or len(found) != len(expected):
        return False
    places = [next((i for i, e in enumerate(expected) if compare(f, e) is None), -1) for f in found]
    return sorted(places) == list(range(len(places))) != places


def numbers_of(difference):
    """(found, expected) of a Difference as arrays of real numbers; None if it is about something else, such as shapes."""
    found, expected = difference.found_array, difference.expected_array
    if found is None and is_number(difference.found) and is_number(difference.expected):
        found, expected = difference.found, difference.expected
    if found is None:
        return None
    found, expected = np.asarray(found), np.asarray(expected)
    is_real = found.dtype.kind in "iuf" and expected.dtype.kind == "f"
    return (found.astype(np.float64), expected.astype(np.float64)) if is_real else None


def is_right_where_finite(found, expected):
    """Whether numbers are nan or inf where they are wrong, and nowhere should be."""
    finite = np.isfinite(found)
    scale = np.abs(expected).max(initial=0)
    return bool(np.isfinite(expected).all() and not finite.all()
                and (np.abs(found[finite] - expected[finite]) <= 1e-5 * scale).all())  # fmt: skip


def not_finite_hint(errors):
    """What may have left nan, inf or -inf in a result."""
    if any(np.isnan(found).any() for found, _ in errors):
        return "nan instead of a number: 0 / 0, inf - inf, the log of a negative number, or an entry that was never filled?"
    if any((found == np.inf).any() for found, _ in errors):
        return "inf instead of a number: a division by 0, or an exp of something large?"
    return "-inf instead of a number: the log of 0, or a padding or starting value that nothing has replaced?"


def pattern_hint(shown, errors):
    """The first of gradcheck's error patterns that all wrong results show, in the words for the one shown; or ""."""
    largest = max(errors, key=lambda error: error[0].size)
    if not all(np.isfinite(numbers).all() for error in errors for numbers in error):
        return ""
    if largest[0].size < 4 or np.allclose(*shown, rtol=CLOSE, atol=0):
        return ""
    for pattern in patterns():
        sentence = sentence_of(pattern, shown)
        is_sure = shown[0].size >= 4 or sentence == sentence_of(pattern, largest)
        if sentence and is_sure and all(sentence_of(pattern, error) for error in errors if error[0].size >= 4):
            return f"The pattern of the error: {sentence}"
    return ""


def patterns():
    """The patterns of errors that gradcheck knows, each a function of (found, expected)."""
    from ...gradcheck import diagnose as of  # often not needed, and slow to import

    return of.factor, of.signs, of.misplaced, of.missing, of.scaled_part, of.border


def sentence_of(pattern, error):
    """What a pattern of gradcheck's says of (found, expected), in words for any result; "" if they do not show it."""
    try:
        with np.errstate(all="ignore"):
            sentence = pattern(*error)
    except (ArithmeticError, ValueError):  # an overflow such as 1e308 / 1e-8 is no pattern
        return ""
    for old, new in WORDS.items():
        sentence = sentence.replace(old, new)
    return sentence
