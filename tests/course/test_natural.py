"""What students write, by hand and unseen: every wrong answer is rejected, most get a right hint, and none is misled.

`pytest -m slow tests/course/test_natural.py -s -k 14` prints a lesson's table.
"""

from collections import Counter

import natural
import pytest

from minifcn.course.checking.verdict import RIGHT
from minifcn.course.show.text import text

ENOUGH = 0.8  # the least share of the wrong answers that get a right hint
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("number", natural.lessons())]


@pytest.fixture(autouse=True)
def no_progress(monkeypatch):
    monkeypatch.setenv("MINIFCN_PROGRESS", "")


def test_no_wrong_answer_is_accepted_or_misled_and_most_get_a_right_hint(number):
    wrong, _ = natural.answers(number)
    outcomes, seen = [], {natural.ACCEPTED: [], natural.MISLEADING: []}
    print(f"\nlesson {number}")
    for answer in wrong:
        report = natural.report_of(answer)
        outcomes.append(natural.judge(answer, report))
        print(natural.line(answer, report, outcomes[-1]))
        if outcomes[-1] in seen:
            seen[outcomes[-1]].append(f"{answer.about}\n{text(report)}")
    print(natural.summary(outcomes))
    assert not any(seen.values()), "\n\n".join(one for some in seen.values() for one in some)
    assert outcomes.count(natural.GOOD) >= ENOUGH * len(outcomes)


def test_no_right_answer_is_rejected(number):
    _, right = natural.answers(number)
    for answer in right:
        report = natural.report_of(answer)
        assert report.verdict == RIGHT, f"{answer.about}\n{text(report)}"


def test_each_exercise_has_seven_wrong_answers_and_a_lesson_eight_right_ones(number):
    wrong, right = natural.answers(number)
    asked = Counter(answer.exercise for answer in wrong)
    assert min(asked.values()) >= 7 and len(right) >= 8 and asked.keys() == {answer.exercise for answer in right}
    assert len({answer.source for answer in [*wrong, *right]}) == len(wrong) + len(right)
