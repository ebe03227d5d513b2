"""The course's own answers: solutions, right variants and planted mistakes.

They are extracted from a lesson's files just as a student's are from a notebook. Read ../sandbox/process.py next.
"""

from functools import lru_cache

from .. import ladder
from ..sandbox.needs import PROVIDES
from .source import Chunk, extract, read_chunks

_dependencies = {}  # what dependencies_of has returned, by Exercise


@lru_cache
def chunks_of(path):
    """The chunks of one of the course's own files, which holds several answers."""
    return read_chunks(path)


@lru_cache
def solution(lesson, name):
    """The Source of the course's own solution, from lesson.py."""
    return extract(chunks_of(lesson.folder / "lesson.py"), name, dependency_names(lesson.exercises[name]))


@lru_cache
def variant(lesson, name, answer, part="variants"):
    """The Source of a right answer in variants.py, or of a wrong one in mistakes.py."""
    exercise = lesson.exercises.get(name)  # None for a function that is given, and that only a check is written for
    return extract(chunks_of(lesson.folder / f"{part}.py"), answer, dependency_names(exercise) if exercise else ())


def planted_sources(lesson, name, mistake):
    """The Sources of a planted mistake, one for each way of writing it."""
    others = [variant(lesson, name, answer, "mistakes") for answer in (mistake.answer, *mistake.also) if answer]
    return others if mistake.answer else [apply_mistake(lesson, name, mistake), *others]


def apply_mistake(lesson, name, mistake):
    """The solution with a mistake's changes applied. Raises ValueError if the solution lacks what they replace."""
    text = solution(lesson, name).text
    for old, new in mistake.changes:
        if old not in text:
            raise ValueError(
                f"{lesson.number}.{name}, mistake {mistake.name}: the solution has no {old!r}; update mistakes.py"
            )
        text = text.replace(old, new)
    return extract([Chunk(text, "mistakes.py")], name)


def dependency_names(exercise):
    """The names that an exercise's answer finds: those of the answers it may call, and of what it needs."""
    return tuple(used.partition(".")[2] for used in exercise.uses) + PROVIDES.get(exercise.needs, ())


def dependencies_of(exercise):
    """The course's own answers that an exercise may call, in the form the student's process expects."""
    if exercise not in _dependencies:
        used = map(ladder.find_exercise, exercise.uses)
        _dependencies[exercise] = [
            {"name": other.name, "source": solution(lesson, other.name).text, "given": dependencies_of(other)} for lesson, other in used
        ]
    return _dependencies[exercise]


def remember_dependencies(exercise, given):
    """Have `dependencies_of` return what another process has read from the lessons."""
    _dependencies[exercise] = given
