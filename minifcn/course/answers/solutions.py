"""The course's own answers: solutions, other right answers and planted mistakes.

They are taken out of a lesson's files as a student's are out of a notebook. Read sandbox/process.py next.
"""

from functools import lru_cache

from .. import ladder
from .source import Chunk, extract, read_chunks


@lru_cache
def solution(lesson, name):
    """The course's own Source of an exercise, from lesson.py."""
    return extract(read_chunks(lesson.folder / "lesson.py"), name, given_names(lesson.exercises[name]))


@lru_cache
def variant(lesson, name, answer, part="variants"):
    """The Source of a right answer in variants.py, or of a wrong one in mistakes.py."""
    return extract(read_chunks(lesson.folder / f"{part}.py"), answer, given_names(lesson.exercises[name]))


def planted(lesson, name, mistake):
    """The Sources of a planted mistake, in all the ways it is written."""
    first = variant(lesson, name, mistake.answer, "mistakes") if mistake.answer else mutated(lesson, name, mistake)
    return [first, *(variant(lesson, name, other, "mistakes") for other in mistake.also)]


def mutated(lesson, name, mistake):
    """The solution with a mistake's changes. Raises ValueError where what it changes is not in the solution."""
    text = solution(lesson, name).text
    for old, new in mistake.changes:
        if old not in text:
            raise ValueError(
                f"{lesson.number}.{name}, mistake {mistake.name}: the solution has no {old!r}; change mistakes.py"
            )
        text = text.replace(old, new)
    return extract([Chunk(text, "mistakes.py")], name)


def given_names(exercise):
    """The names that an exercise may use without writing them: ("im2col", "col2im")."""
    return tuple(used.partition(".")[2] for used in exercise.uses)


def given_to(exercise):
    """The course's own answers that an exercise may use, as the student's process takes them."""
    given = []
    for used in exercise.uses:
        lesson, other = ladder.find_exercise(used)
        given.append({"name": other.name, "source": solution(lesson, other.name).text, "given": given_to(other)})
    return given
