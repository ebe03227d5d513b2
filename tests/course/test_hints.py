"""The hints where no planted mistake fits exactly: none contradicts the numbers that the report shows."""

from types import SimpleNamespace

import numpy as np
import pytest

from minifcn.course.checking.comparison import compare
from minifcn.course.checking.hints import hint_for, plain_hint, same_failure
from minifcn.course.checking.planted import behaviours
from minifcn.course.checking.trial import Trial
from minifcn.course.sandbox.process import Outcome

EXPECTED = np.array([[1.0, -2, 3], [4, 5, -6]])
NAN, INF = float("nan"), float("inf")


def trial_of(*answers, error=None):
    """The Trial of an answer that returned found where expected was right; a string is the message of a TypeError."""
    cases = [SimpleNamespace(case=SimpleNamespace(expected=expected)) for _, expected in answers]
    outcomes = [Outcome("raised", type="TypeError", message=found) if isinstance(found, str) else Outcome("value", found)
                for found, _ in answers]  # fmt: skip
    differences = [None if isinstance(found, str) else compare(found, expected) for found, expected in answers]
    return Trial(tuple(cases), Outcome("value"), tuple(outcomes), tuple(differences))


@pytest.mark.parametrize("answers, word", [
    ([(3 * EXPECTED, EXPECTED)], "every entry is 3 times"),
    ([(3 * EXPECTED, EXPECTED), (3 * EXPECTED[:1], EXPECTED[:1])], "every entry is 3 times"),
    ([(-EXPECTED[:1], EXPECTED[:1]), (-EXPECTED, EXPECTED)], "sign"),
    ([((2, 3, 1), (1, 2, 3)), ((5, 6, 4), (4, 5, 6))], "wrong order"),
    ([(0 * EXPECTED, EXPECTED), (0 * EXPECTED[:1], EXPECTED[:1])], "All zeros"),
    ([(np.where(EXPECTED > 4, NAN, EXPECTED), EXPECTED)], "nan instead"),
    ([(np.where(EXPECTED > 4, INF, EXPECTED), EXPECTED)], "division by 0"),
    ([(np.where(EXPECTED > 4, -INF, EXPECTED), EXPECTED)], "starting value"),
    ([(NAN, 1.0), (NAN, 2.0)], "nan instead"),
    ([(None, EXPECTED)], "None"),
    ([("unsupported operand type(s) for +: 'NoneType' and 'int'", EXPECTED)], "None"),
    ([("'int' object is not iterable", EXPECTED)], ""),
    ([(3 * EXPECTED, EXPECTED), (2 * EXPECTED, EXPECTED)], "every entry is 3 times"),
])  # fmt: skip
def test_a_pattern_that_all_errors_show_is_named(answers, word):
    hint = plain_hint(trial_of(*answers))
    assert word in hint and bool(word) == bool(hint)


@pytest.mark.parametrize("answers", [
    [(np.where(EXPECTED > 4, NAN, 2 * EXPECTED), EXPECTED)],  # also wrong where finite
    [(np.where(EXPECTED > 4, NAN, EXPECTED), EXPECTED), (EXPECTED[:1], EXPECTED)],  # and another shape elsewhere
    [(np.where(EXPECTED > 4, -INF, EXPECTED), np.where(EXPECTED > 4, INF, EXPECTED))],  # inf is expected
    [(1.5 * EXPECTED[:1], EXPECTED[:1]), (3 * EXPECTED, EXPECTED)],  # the ratio shown is another
    [(3 * EXPECTED, EXPECTED), (EXPECTED + 1, EXPECTED)],
    [(3 * EXPECTED, EXPECTED), ("a crash", EXPECTED)],
    [((1, 3), (1, 2)), ((5, 4), (4, 5))],
    [((2, 1), (1, 2)), ((9, 4), (4, 5))],
    [(0.0, 1.0), (0.0, 2.0)],  # two numbers that are 0 are no empty result
    [(1.001 * EXPECTED, EXPECTED)],
    [(EXPECTED[:1], EXPECTED), (None, EXPECTED)],
])  # fmt: skip
def test_a_pattern_that_some_number_contradicts_is_not_named(answers):
    assert plain_hint(trial_of(*answers)) == ""


@pytest.mark.parametrize("a, b, same", [
    ("iteration 0 and iteration 1 write total[0]", "iteration 0 and iteration 1 write plane[0]", True),
    ("iteration 0 and iteration 1 write total[0]", "iteration 0 and iteration 1 write total[1]", False),
    ("waits for <generator object f at 0x7fcebb9e5240>", "waits for <generator object f at 0x7f3e817e5240>", True),
])  # fmt: skip
def test_what_an_answer_calls_its_arrays_is_no_difference(a, b, same):
    values, errors = ([Outcome("value", text) for text in (a, b)], [Outcome("raised", type="E", message=text) for text in (a, b)])
    for outcomes in values, errors:
        first, second = (Trial((), Outcome("value"), (one,), (1 if one.value else None,)) for one in outcomes)
        assert same_failure(first, second, 0) == same


def test_a_guess_explains_the_numbers_in_the_report(tiny_course):
    """One wrong answer, alike a planted mistake at all questions but one: a guess unless that one is shown."""
    exercise = tiny_course.exercises["scale"]
    mistake, planted = behaviours(tiny_course, "scale")[0]
    outcomes = [*planted.outcomes[:-1], Outcome("value", 7.0)]
    differences = [compare(o.value, q.case.expected) for o, q in zip(outcomes, planted.questions)]
    trial = Trial(planted.questions, planted.loaded, tuple(outcomes), tuple(differences), planted.again)
    assert hint_for(tiny_course, exercise, trial, 1) == (mistake.name, f"Perhaps this: {mistake.hint}")
    assert hint_for(tiny_course, exercise, trial, len(outcomes) - 1)[0] == ""
