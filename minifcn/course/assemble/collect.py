"""Takes all answers out of a student's notebooks, and checks each of them before anything is written.

An answer that is not written may be borrowed from the course. Read topics.py next.
"""

from dataclasses import dataclass
from pathlib import Path

from .. import ladder
from ..answers.solutions import solution
from ..answers.source import BrokenAnswer, NoAnswer, extract, foreign_imports, read_chunks
from ..answers.submission import find_answer, scan_submission
from ..checking.check import check_chunks
from ..checking.verdict import BORROWED, NOT_WRITTEN, RIGHT


@dataclass(frozen=True)
class Part:
    """An answer that goes into the package, or code that a lesson gives.

    exercise: "06.im2col"
    text:     its source, with the imports and helpers that it uses
    file:     the name of the student's file that it comes from; "" for the course's own
    uses:     the names of other answers and given code that it may call, as in Exercise.uses
    verdict, hint: of its check; given code is not checked, and counts as right
    given:    whether it is code that a lesson gives, rather than an answer
    """

    exercise: str
    text: str = ""
    file: str = ""
    uses: tuple = ()
    verdict: str = RIGHT
    hint: str = ""
    given: bool = False

    @property
    def name(self):
        return self.exercise.partition(".")[2]

    @property
    def borrowed(self):
        """Whether an answer is the course's rather than the student's."""
        return not self.given and not self.file


def collect(answers, given, lessons=None, watch=None):
    """The Parts of a package: all exercises of all lessons, and the code that lessons give.

    answers: a notebook, a Python file, or a folder of both
    given:   {"15": ("Conv", "BatchNorm")}: names of code that lessons give, taken from the student's notebook, where it
             may have been improved, else from the lesson
    lessons: the lessons whose exercises count; all of the course if None
    watch:   called as watch(exercise, verdict) after each check
    A Part that is not RIGHT has no text worth having; that of a missing one is "". An optional exercise that is not
    written has no Part.
    """
    files = scan_submission(answers)
    parts = []
    for lesson in ladder.lessons() if lessons is None else lessons:
        for exercise in lesson.exercises.values():
            part = check_part(lesson, exercise, files)
            if watch:
                watch(part.exercise, part.verdict)
            if not exercise.optional or part.verdict not in (NOT_WRITTEN, BORROWED):
                parts.append(part)
    known = {part.name: part.exercise for part in parts}
    known |= {name: f"{number}.{name}" for number, names in given.items() for name in names}
    return parts + [given_part(number, name, files, known) for number, names in given.items() for name in names]


def check_part(lesson, exercise, submission):
    """The Part of one exercise, checked."""
    name = f"{lesson.number}.{exercise.name}"
    others = tuple(other.name for other in ladder.lessons() if other is not lesson)
    files = [
        file for file in submission.files if not Path(file.name).stem.startswith(others)
    ]  # not a name in the tour
    try:
        file = find_answer(lesson, exercise, files, submission.unread)
    except ValueError:
        return Part(name, uses=exercise.uses, verdict=NOT_WRITTEN)
    report = check_chunks(name, file.chunks)
    return Part(name, report.source, file.name, exercise.uses, report.verdict, report.hint)


def borrow(part):
    """The course's answer in place of one that is not written."""
    lesson, exercise = ladder.find_exercise(part.exercise)
    return Part(part.exercise, solution(lesson, exercise.name).text, "", exercise.uses)


def given_part(number, name, submission, known):
    """The Part of code that a lesson gives, which may call all answers and the rest of the given code.

    known: {"Conv": "15.Conv"} of everything that it may call
    """
    lesson = ladder.find_lesson(number)
    others = tuple(other for other in known if other != name)
    uses = tuple(known[other] for other in others)
    for file in submission.files:
        if len(submission.files) == 1 or file.name_distance(lesson) < 3:
            try:
                source = extract(file.index, name, others)
                if not foreign_imports(source):
                    return Part(f"{number}.{name}", source.text, file.name, uses, given=True)
            except (NoAnswer, BrokenAnswer, ValueError):
                pass
    try:
        source = extract(read_chunks(lesson.folder / "lesson.py"), name, others)
    except NoAnswer:
        raise ValueError(f"lesson {lesson.number} gives no {name}; the course is not complete") from None
    return Part(f"{number}.{name}", source.text, "", uses, given=True)
