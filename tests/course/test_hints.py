"""The hints where no planted mistake fits exactly: none contradicts the numbers that the report shows."""

from types import SimpleNamespace

import numpy as np
import pytest

from minifcn.course.answers.source import Source
from minifcn.course.checking.comparison import compare
from minifcn.course.checking.hints import (
    GUESS,
    hint_for,
    plain_hint,
    rules_out,
    same_behaviour,
    same_failure,
    similarity,
)
from minifcn.course.checking.planted import behaviours
from minifcn.course.checking.trial import Trial, run_trial
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


@pytest.mark.parametrize("a, b, same", [
    ("too many values to unpack (expected 2)", "operands could not be broadcast together with shapes (2,3) (4,)", False),
    ("unsupported operand type(s) for *: 'float' and 'Tensor'", "'Tensor' object is not iterable", False),
    ("operands could not be broadcast together with shapes (2,3) (4,)", "operands could not be broadcast together with shapes (5,) (3,3)", True),
    ("index 3 is out of bounds for axis 0 with size 3", "index -7 is out of bounds for axis 1 with size 5", True),
    ("cannot access local variable 'best' where it is not associated", "cannot access local variable 'y' where it is not associated", True),
])  # fmt: skip
def test_errors_of_one_type_are_the_same_mistake_only_if_they_say_the_same(a, b, same):
    assert same_behaviour(trial_of((a, 0.0)), trial_of((b, 0.0))) == same


def test_what_an_answer_says_itself_when_it_raises_an_error_is_no_difference():
    trials = [Trial((), Outcome("value"), (Outcome("raised", type="E", message=text, own=True),), (None,)) for text in ("no", "0 left")]
    assert same_behaviour(*trials)


OWN_ERROR = """
def scale(x, factor=2):
    if factor:
        {raises}
    return scale.missing
"""


@pytest.mark.parametrize("raises, own", [("raise ValueError('too large')", True), ("assert not x", True), ("int('one')", False)])
def test_an_error_that_the_answer_raises_itself_is_known_as_its_own(tiny_course, answer_process, raises, own):
    exercise = tiny_course.exercises["scale"]
    text = OWN_ERROR.format(raises=raises).replace("scale", "scales_wrongly")
    source = Source("scales_wrongly", text, "", ("a cell",) * text.count("\n"))
    with answer_process() as process:
        outcomes = run_trial(process, exercise, source).outcomes
    assert all(outcome.own == own for outcome in outcomes if outcome.type != "AttributeError")


def test_a_guess_explains_the_numbers_in_the_report(tiny_course):
    """One wrong answer, alike a planted mistake at all questions but one: a guess unless that one is shown."""
    exercise = tiny_course.exercises["scale"]
    mistake, planted = behaviours(tiny_course, "scale")[0]
    outcomes = [*planted.outcomes[:-1], Outcome("value", 7.0)]
    differences = [compare(o.value, q.case.expected) for o, q in zip(outcomes, planted.questions)]
    trial = Trial(planted.questions, planted.loaded, tuple(outcomes), tuple(differences), planted.again)
    assert hint_for(tiny_course, exercise, trial, 1) == (mistake.name, f"Perhaps this: {mistake.hint}")
    assert hint_for(tiny_course, exercise, trial, len(outcomes) - 1)[0] == ""


def begun(trial, count):
    """The Trial broken off after some questions."""
    return Trial(trial.questions, trial.loaded, trial.outcomes[:count], trial.differences[:count], whole=False)


def test_a_mistake_is_ruled_out_early_only_if_it_could_give_no_hint():
    """Answers to eight questions, each right, wrong in one of two ways, or an error with one of two messages."""
    rng, kinds, hinted, early = np.random.default_rng(0), (0.0, 0.0, 1.0, 2.0, "a", "b"), 0, 0
    for _ in range(400):
        replies = rng.integers(len(kinds), size=8)
        others = np.where(rng.random(8) < 0.15, rng.integers(len(kinds), size=8), replies)
        trial, other = (trial_of(*((kinds[i], 0.0) for i in chosen)) for chosen in (replies, others))
        for shown in [i for i in range(8) if trial.wrong(i)]:
            hint = same_behaviour(trial, other) or same_failure(trial, other, shown) and similarity(trial, other) >= GUESS
            ruled_out = [rules_out(trial, begun(other, count), shown) for count in range(9)]
            assert not (hint and any(ruled_out))
            hinted, early = hinted + hint, early + any(ruled_out[: shown + 1])
    assert hinted > 100 and early > 100


def test_a_mistake_that_ended_before_the_question_in_the_report_is_no_guess():
    trial, other = trial_of((0.0, 0.0), (1.0, 0.0)), trial_of((1.0, 0.0))
    assert not same_failure(trial, other, 1)
