"""Classes of students are graded to the end, whatever is handed in and whatever ends the grader on the way."""

import csv
import sys
import time
from collections import Counter

import pytest

from minifcn.files import printable

from .classroom import KILL, TERM, Classroom, Grading, a_lesson, expected_points, left_running, points_of, results_of
from .submissions import SUBMISSIONS, shadowing
from .world import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
SEED = 1  # of the questions, when no file names another


def killed_and_continued(folder, lessons, students, lesson, kills):
    """Grade students, killing the grader on the way; checks that nothing is lost, done twice or left running."""
    for student in students:
        student.write(folder / "class")
    expected = expected_points(students, lesson, SEED)
    graded, before = [], {}
    for number, after in kills:
        run = Grading(folder, lesson, lessons, interrupted=(number, after))
        assert run.finish() != 0, "it was killed before its end"
        graded += run.graded
        assert wait_until(lambda: not left_running(folder)), left_running(folder)
        results = results_of(folder)
        assert results.items() >= before.items(), "what is finished stays as it is"
        before = results
    run = Grading(folder, lesson, lessons)
    assert run.finish() == 0, run.lines[-5:]
    assert f"{len(before)} of {len(students)} submissions are already graded" in run.lines[0]
    assert results_of(folder).items() >= before.items()
    assert points_of(folder) == expected
    assert len(run.graded) == len(students) - len(before), "none is graded twice"
    assert not set(run.graded) & set(graded)
    assert wait_until(lambda: not left_running(folder)), left_running(folder)
    return run


def test_a_small_class_that_is_killed_once_gets_its_points(tiny_course, tmp_path):
    classroom = Classroom(tiny_course)
    sorts = ("right", "right-in-two-files", "right-with-magics", "wrong", "unfinished", "half", "kills-its-grader", "leaves",
             "no-python", "no-notebook", "a-link", "a-pipe")  # fmt: skip
    students = [classroom.student(sort, number) for number, sort in enumerate(sorts)]
    killed_and_continued(tmp_path, tiny_course.folder.parent, students, tiny_course, [(KILL, 5)])


def test_a_lesson_of_the_course_makes_a_class_of_two_hundred():
    lesson = a_lesson()
    classroom = Classroom(lesson)
    sorts = Counter(student.sort for student in classroom.students(200))
    assert sorts.keys() == classroom.sorts.keys() and min(sorts.values()) >= 5
    right = classroom.student("right", 0)
    points = expected_points([right], lesson, SEED)
    assert points == {right.name: sum(exercise.points for exercise in lesson.exercises.values())}


@pytest.mark.slow
def test_a_class_of_two_hundred_that_is_killed_twice_gets_its_points(tmp_path):
    lesson, start = a_lesson(), time.monotonic()
    classroom = Classroom(lesson)
    students = classroom.students(200)
    run = killed_and_continued(tmp_path, None, students, lesson, [(TERM, 60), (KILL, 60)])
    print(f"\n{len(students)} submissions of {len(classroom.sorts)} sorts in {(time.monotonic() - start) / 60:.1f} minutes;"
          f" {run.lines[-1]}")  # fmt: skip


# Files ----------------------------------------------------------------------------------------------------------------


def wrongly_graded(folder, lesson, submissions):
    """A sentence for each submission that has no row, or not the points that it may have."""
    (folder / "class").mkdir()
    for submission in submissions:
        submission.write(folder / "class")
    run = Grading(folder, lesson, lesson.folder.parent)
    code, found = run.finish(), points_of(folder)
    wrong = [f"the exit code is {code}: {run.lines[-3:]}"] * (code != 0)
    for submission in submissions:
        points = found.get(printable(submission.entry or submission.name), "no row")
        if points not in submission.points:
            wrong.append(f"{submission.name}: {points}, expected {submission.points}")
    assert all(line.isprintable() for line in run.lines), "nothing that a terminal acts on"
    with open(folder / "results" / "grades.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == len(submissions) + 1, "a row for each"
    cells = [cell for row in rows for cell in row]
    assert all(cell.isprintable() and not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d")) for cell in cells)
    return wrong


def test_no_file_stops_a_class(tiny_course, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("as it was")
    submissions = [s for s in SUBMISSIONS if not s.slow] + [shadowing(victim)]
    assert wrongly_graded(tmp_path, tiny_course, submissions) == []
    assert victim.read_text() == "as it was", "no file of a student is run or imported by the grader"
    assert wait_until(lambda: not left_running(tmp_path)), left_running(tmp_path)


@pytest.mark.slow
def test_no_file_at_all_stops_a_class_and_right_answers_get_their_points(tiny_course, tmp_path):
    assert wrongly_graded(tmp_path, tiny_course, [s for s in SUBMISSIONS if s.slow]) == []
