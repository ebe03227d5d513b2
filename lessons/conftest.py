"""`pytest lessons/06_im2col --answers FILE`: every property of every exercise of a lesson is a test.

Without --answers the course's own solutions are tested. The engine is the one of `minifcn check`.
"""

import pytest

from minifcn.course import ladder
from minifcn.course.checking.check import check_file
from minifcn.course.show.text import text

collect_ignore_glob = ["*/package/*"]  # these tests run where `minifcn assemble` puts them


def pytest_addoption(parser):
    parser.addoption(
        "--answers", metavar="FILE", help="the notebook or Python file to check; the solutions if left out"
    )


def pytest_collect_file(parent, file_path):
    if file_path.name == "checks.py":
        return Checks.from_parent(parent, path=file_path)


class Checks(pytest.File):
    """The exercises of one lesson."""

    def collect(self):
        lesson = ladder.find_lesson(self.path.parent.name)
        answers = self.config.getoption("--answers") or lesson.folder / "lesson.py"
        for name, exercise in lesson.exercises.items():
            report = Reports(f"{lesson.number}.{name}", answers)
            for number, (says, _) in enumerate(exercise.graded_properties()):
                yield PropertyTest.from_parent(
                    self, name=f"{lesson.number}.{name}: {says}", report=report, number=number
                )


class Reports:
    """The report of one exercise, made when its first property is tested."""

    def __init__(self, exercise, answers):
        self.exercise, self.answers, self.made = exercise, answers, None

    def get(self):
        self.made = self.made or check_file(self.exercise, self.answers)
        return self.made


class PropertyTest(pytest.Item):
    """One property of one exercise."""

    def __init__(self, report, number, **options):
        super().__init__(**options)
        self.report, self.number = report, number

    def runtest(self):
        report = self.report.get()
        state = report.properties[self.number]
        if state.holds is None:
            raise NotHeld(f"not reached: {report.exercise} is {report.verdict}")
        if not state.holds:
            first = not any(earlier.holds is False for earlier in report.properties[: self.number])
            raise NotHeld(text(report) if first else "does not hold; the report stands above")

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value) if isinstance(excinfo.value, NotHeld) else super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, None, self.name


class NotHeld(AssertionError):
    """A property that an answer does not have."""
