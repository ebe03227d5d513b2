"""Exercises whose answer is a check: points for the wrong answers that it rejects, none for guessing."""

import pytest

from minifcn.course import accepted_by, ladder
from minifcn.course.answers.solutions import planted_sources
from minifcn.course.answers.source import Chunk, extract
from minifcn.course.check_writing import RIGHT_ANSWERS, check_exercise, mistakes_in, right_sources
from minifcn.course.checking.check import check_source
from minifcn.course.checking.trial import questions
from minifcn.course.checking.verdict import NOT_WRITTEN, RIGHT, WRONG

CHECKS = [(lesson, name) for lesson in ladder.lessons() for name in lesson.exercises if name.startswith("check_")]
checks = pytest.mark.parametrize("lesson, name", CHECKS, ids=[f"{lesson.number}.{name}" for lesson, name in CHECKS])

TWO_EXAMPLES = """
def check_unbroadcast(unbroadcast):
    assert unbroadcast(np.array([[1.0, 2, 3], [10, 20, 30]]), (3,)).tolist() == [11, 22, 33]
    assert unbroadcast(np.array([[1.0, 2, 3], [10, 20, 30]]), (2, 1)).tolist() == [[6], [60]]
"""


def report(body, name="check_unbroadcast"):
    """The Report of a check, given as the body of a function of `answer`."""
    text = body if "def " in body else f"def {name}(answer):\n    {body}\n"
    number = next(lesson.number for lesson, other in CHECKS if other == name)
    lesson, exercise = ladder.find_exercise(f"{number}.{name}")
    return check_source(lesson, exercise, extract([Chunk(f"import numpy as np\n{text}", "answer.py")], name))


def holding(found):
    return [state.says for state in found.properties if state.holds]


def test_there_are_at_least_four():
    assert {"check_unbroadcast", "check_col2im", "check_conv_transpose2d", "check_confusion_matrix"} <= {n for _, n in CHECKS}


@checks
def test_every_planted_mistake_is_a_case_of_one_group(lesson, name):
    exercise = lesson.exercises[name]
    asked = questions(exercise)
    pairs = [question.case for question in asked if question.property.says != RIGHT_ANSWERS]
    texts = [case.args[0][case.expected.index("rejected")][0] for case in pairs]
    assert {tuple(case.expected) for case in pairs} == {("accepted", "rejected"), ("rejected", "accepted")}
    for prop in exercise.properties:
        assert any(question.property is prop for question in asked), prop.says
    about = name.removeprefix("check_")
    if about in lesson.exercises:
        wrong = [source.text for mistake in lesson.mistakes[about] for source in planted_sources(lesson, about, mistake)]
        assert sorted(texts) == sorted(wrong)


def test_a_check_that_accepts_everything_gets_no_points_for_wrong_answers():
    found = report("pass")
    assert found.verdict == WRONG and found.points == 2
    assert holding(found) == [RIGHT_ANSWERS]


@pytest.mark.parametrize("body", ["raise AssertionError", "answer = 1 / 0", "assert answer is None", "raise SystemError('no')"])
def test_a_check_that_rejects_everything_gets_no_points_at_all(body):
    found = report(body)
    assert found.verdict == WRONG and found.points == 0
    assert "expected 'accepted'" in found.failure.difference.sentence


def test_a_check_that_guesses_gets_few_points():
    found = report("import random\nluck = random.Random(0)\ndef check_unbroadcast(answer):\n    assert luck.random() < 0.5\n")
    assert found.verdict == WRONG and found.points <= 2


def test_a_check_that_counts_its_calls_gets_no_points_for_wrong_answers():
    found = report("calls = []\ndef check_unbroadcast(answer):\n    calls.append(answer)\n    assert len(calls) % 2\n")
    assert found.verdict == WRONG and found.points <= 1


def test_the_name_of_a_wrong_answer_does_not_give_it_away():
    found = report("assert answer.__name__ == answer.__qualname__ == answer.__code__.co_name == 'unbroadcast'")
    assert holding(found) == [RIGHT_ANSWERS]
    found = report("assert 'mistake' not in answer.__code__.co_filename + str(answer) + str(answer.__module__)")
    assert holding(found) == [RIGHT_ANSWERS]


def test_the_frames_above_a_check_do_not_say_which_answer_is_wrong():
    """In the caller's variables the two stand side by side, with nothing that tells them apart but their code."""
    body = "import sys\n    assert 'wrong' not in str(sorted(sys._getframe(1).f_locals)) + str(sys._getframe(1).f_locals['called'])"
    assert holding(report(body)) == [RIGHT_ANSWERS]


def test_a_verdict_that_is_returned_counts_for_nothing():
    found = report("return answer(np.ones((2, 3)), (3,)).tolist() == [2, 2, 2]")
    assert found.points == 2
    assert ", and raised nothing" in found.failure.difference.sentence


def test_a_check_that_is_not_written_is_not_wrong():
    assert report("raise NotImplementedError").verdict == NOT_WRITTEN


def test_points_grow_with_what_is_rejected_and_the_report_names_what_is_not():
    found = report(TWO_EXAMPLES)
    assert found.verdict == WRONG and 2 < found.points < 9
    assert found.failure.question.startswith("[check_unbroadcast(answer) for answer in (a_")
    assert found.failure.note.startswith("the hint for whoever wrote the wrong one: ")
    assert "'accepted', expected 'rejected'" in found.failure.difference.sentence


def test_accepted_by_names_what_a_check_lets_through():
    def check(unbroadcast):
        assert unbroadcast is not None

    def unwritten(unbroadcast):
        raise NotImplementedError("write check_unbroadcast")

    lesson, _ = ladder.find_exercise("03.unbroadcast")
    names = [mistake.name for mistake in lesson.mistakes["unbroadcast"]]
    assert accepted_by(check, "03.unbroadcast") == names
    with pytest.raises(NotImplementedError, match="write check_unbroadcast"):
        accepted_by(unwritten, "03.unbroadcast")


@checks
def test_the_solution_lets_nothing_through(lesson, name):
    assert len(right_sources(lesson.number, lesson.exercises[name])) >= 4  # the solution, and three others
    source = right_sources(lesson.number, lesson.exercises[name])[0]
    assert check_source(lesson, lesson.exercises[name], source).verdict == RIGHT


def test_a_group_that_names_an_unknown_mistake_is_refused():
    lesson, about = ladder.find_exercise("03.unbroadcast")
    with pytest.raises(ValueError, match="there is no planted mistake no such"):
        mistakes_in(lesson.mistakes["unbroadcast"], {"one": ("no such",), "rest": ()}, "rest")
    exercise = check_exercise("03", about, {"one": ("mean",), "rest": ()})
    assert [prop.says for prop in exercise.properties] == [RIGHT_ANSWERS, "rejects one", "rejects rest"]
