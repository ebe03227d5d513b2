"""Finds the file with the answer to an exercise among those that a student has handed in.

Students rename notebooks, hand in old copies along with new ones, or a Python file together with the untouched
notebook. Therefore the content of a file decides first, and its name second. Read check.py next, which checks the
answer.
"""

import ast
import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from . import ladder
from .source import BrokenAnswer, NoAnswer, extract, foreign_imports, kind_of, read_chunks
from .student import BEGIN
from .trial import given_names, solution

PASSED_OVER = {"__MACOSX", "__pycache__", "node_modules", "site-packages"}  # and names that begin with a dot
CHECKOUT = {"benchmarks", "lessons", "minifcn", "tests"}  # the course's own functions have the names of the answers
BROKEN, UNTOUCHED, FOREIGN, ABSENT = 100, 101, 102, 103  # below: how many functions are still to be written


@dataclass(frozen=True)
class HandedIn:
    """A file of a submission, and its name there: "homework/06_im2col.ipynb"."""

    path: Path
    name: str

    @cached_property
    def chunks(self):
        """Its cells, or none if it cannot be read."""
        try:
            return read_chunks(self.path)
        except (ValueError, OSError):
            return []

    @cached_property
    def is_solution(self):
        """Whether it is the course's own solution, as when a whole checkout is handed in."""
        return any(BEGIN in chunk.text for chunk in self.chunks)

    def state(self, lesson, exercise):
        """How far its answer to an exercise has come: 0 if it is complete, more the less there is."""
        if not any(exercise.name in chunk.text for chunk in self.chunks):
            return ABSENT
        try:
            source = extract(self.chunks, exercise.name, given_names(exercise))
        except NoAnswer:
            return ABSENT
        except BrokenAnswer:
            return BROKEN
        if foreign_imports(source, exercise.imports):
            return FOREIGN
        unwritten = stubs(source)
        return unwritten if unwritten < stubs_of_lesson(lesson, exercise.name) else UNTOUCHED

    def kinship(self, lesson):
        """How close its name is to the lesson's: 0 for 06_im2col, 1 for Copy of 06_im2col, 2 for hw6, 3 for others."""
        stem = Path(self.name).stem.lower()
        if stem == lesson.name or lesson.name in stem:
            return 0 if stem == lesson.name else 1
        of_another = any(stem.startswith(other.name) for other in ladder.lessons())
        return 2 if re.match(rf"\D*0*{int(lesson.number)}(?!\d)", stem) and not of_another else 3

    @property
    def copy(self):
        """The number that a browser gives a file's second and later copies: 2 for "06_im2col (2).ipynb"."""
        number = re.search(r"\((\d+)\)$", Path(self.name).stem)
        return int(number[1]) if number else 0


def handed_in(submission):
    """The notebooks and Python files of a submission, a file or a folder, without the litter of systems and editors."""
    submission = Path(submission)
    if submission.is_file():
        return [HandedIn(submission, submission.name)]
    found = []
    for folder, inner, names in os.walk(submission):
        over = PASSED_OVER | (CHECKOUT if Path(folder, "minifcn", "course").is_dir() else set())
        inner[:] = [name for name in inner if not name.startswith(".") and name not in over]
        for name in names:
            path = Path(folder, name)
            if kind_of(path) and not name.startswith(".") and not path.stem.endswith("-checkpoint"):
                found.append(HandedIn(path, path.relative_to(submission).as_posix()))
    return sorted(found, key=lambda file: file.name)


def find_answer(lesson, exercise, files):
    """The one of `files`, HandedIn, that has the answer to an exercise. Raises ValueError if none can have it."""

    def rank(file):
        near = file.kinship(lesson)
        return (file.is_solution, file.state(lesson, exercise), near > 2, file.name.count("/"), near, -file.copy)

    best = min(files, key=rank, default=None)
    if best and (len(files) == 1 or best.kinship(lesson) < 3 or best.state(lesson, exercise) != ABSENT):
        return best
    found = ", ".join(file.name for file in files) or "no notebook and no Python file"
    expected = f"expected {lesson.name}.ipynb or {lesson.name}.py"
    raise ValueError(f"no file for lesson {lesson.number} was handed in; {expected}; found {found}")


def stubs(source):
    """How many functions of an answer are still to be written."""
    ends = [node.body[-1] for node in ast.walk(ast.parse(source.text)) if isinstance(node, ast.FunctionDef)]
    return sum(isinstance(end, ast.Raise) and "NotImplementedError" in ast.unparse(end) for end in ends)


def stubs_of_lesson(lesson, name):
    """How many functions the lesson leaves to be written in this answer."""
    return solution(lesson, name).text.count(BEGIN)
