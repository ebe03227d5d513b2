"""All lessons in order, each with its exercises, planted mistakes and right variants.

A lesson is a folder lessons/NN_name with lesson.py, checks.py, mistakes.py and variants.py. An optional second part
of lesson 12 is lesson 12b, in lessons/12b_name. Read paths.py next.
"""

import importlib.util
import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from ..suggest import did_you_mean
from .paths import lessons_folder

NAME = re.compile(r"\d\d[a-z]?_\w+")  # of a lesson's folder and notebooks
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"  # in lesson.py, around what the student is to write


@dataclass(frozen=True)
class Lesson:
    """One lesson: its number "06" or "12b", its name "06_im2col", and its folder.

    only: names of the exercises that an assignment takes from it; all if empty
    """

    number: str
    name: str
    folder: Path
    only: tuple = ()

    @cached_property
    def title(self):
        """The first heading of lesson.py: "im2col and col2im"."""
        heading = re.search(r"^# # (.+)$", (self.folder / "lesson.py").read_text(encoding="utf-8"), re.MULTILINE)
        return re.sub(r"^Lesson \w+:\s*", "", heading[1]) if heading else self.name

    @cached_property
    def exercises(self):
        """{name: Exercise} in order; empty for a lesson without exercises."""
        every = self.module("checks").EXERCISES if self.has("checks") else ()
        return {exercise.name: exercise for exercise in every if not self.only or exercise.name in self.only}

    @cached_property
    def mistakes(self):
        """{exercise name: list of Mistake}."""
        return self.module("mistakes").MISTAKES if self.has("mistakes") else {}

    @cached_property
    def variants(self):
        """{exercise name: names of right answers in variants.py}."""
        return self.module("variants").VARIANTS if self.has("variants") else {}

    def has(self, part):
        return (self.folder / f"{part}.py").exists()

    def module(self, part):
        """The module checks.py, mistakes.py or variants.py, loaded from its path."""
        spec = importlib.util.spec_from_file_location(
            f"minifcn_lesson_{self.number}_{part}", self.folder / f"{part}.py"
        )
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


def lessons(folder=None):
    """All lessons in a folder (the course's own if None), as a tuple ordered by number."""
    return lessons_in(Path(folder) if folder else lessons_folder())


@lru_cache
def lessons_in(folder):
    paths = [path for path in folder.glob("[0-9][0-9]*_*/lesson.py") if NAME.fullmatch(path.parent.name)]
    names = sorted(path.parent.name for path in paths)
    return tuple(Lesson(name.partition("_")[0], name, folder / name) for name in names)


def find_lesson(number):
    """The lesson with a number or name: "6", "06", "06_im2col"."""
    for lesson in lessons():
        if str(number) in (lesson.number, lesson.number.lstrip("0"), lesson.name):
            return lesson
    known = ", ".join(lesson.number for lesson in lessons() if lesson.exercises)
    tip = did_you_mean(number, [lesson.name for lesson in lessons()], f"; the lessons with exercises are {known}")
    raise ValueError(f"there is no lesson {number}{tip}")


def find_exercise(name):
    """(Lesson, Exercise) for "06.im2col"."""
    number, _, exercise = str(name).partition(".")
    lesson = find_lesson(number)
    if exercise not in lesson.exercises:
        known = [f"{lesson.number}.{name}" for name in lesson.exercises]
        tip = did_you_mean(name, known, f"; lesson {lesson.number} has {', '.join(known) or 'none'}")
        raise ValueError(f"there is no exercise {name}{tip}")
    return lesson, lesson.exercises[exercise]


def select(names):
    """The Lessons for "06", or for some exercises only, "10.max_pool2d", each once, in the order of their first naming.

    Raises ValueError for a lesson without exercises, and as find_exercise does.
    """
    chosen = {}
    for name in map(str, names):
        if "." in name:
            lesson, exercise = find_exercise(name)
            chosen.setdefault(lesson, set()).add(exercise.name)
        else:
            lesson = find_lesson(name)
            chosen.setdefault(lesson, set()).update(lesson.exercises)
        if not lesson.exercises:
            raise ValueError(f"lesson {lesson.number} has no exercises; leave it out")
    return [part_of(lesson, wanted) for lesson, wanted in chosen.items()]


def part_of(lesson, wanted):
    """The Lesson with only the exercises of these names."""
    only = tuple(name for name in lesson.exercises if name in wanted)
    return lesson if len(only) == len(lesson.exercises) else replace(lesson, only=only)


def words_of(lessons):
    """What `select` makes these Lessons of: ["10.max_pool2d", "12"]."""
    return [word for lesson in lessons for word in ([f"{lesson.number}.{name}" for name in lesson.only] or [lesson.number])]


def with_dependencies(lessons):
    """The lessons, and those whose exercises they may call, directly or not."""
    found, waiting = {}, list(lessons)
    while waiting:
        lesson = waiting.pop(0)
        if lesson not in found.setdefault(lesson.name, []):
            found[lesson.name].append(lesson)
            waiting += [find_exercise(used)[0] for e in lesson.exercises.values() for used in e.uses]
    return [same[0] for same in found.values()]
