"""Finds the file with the answer to an exercise among those that a student has handed in.

Students rename notebooks, hand in old copies along with new ones, or a Python file together with the untouched
notebook. Therefore the content of a file decides first, and its name second. Read reading.py next.
"""

import ast
import re
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from os import scandir
from pathlib import Path

from ...files import printable
from .. import ladder
from ..ladder import BEGIN
from .reading import kind_of, read_chunks
from .solutions import given_names, solution
from .source import BrokenAnswer, Index, NoAnswer, extract, foreign_imports, tree_of
from .statements import identifiers

PASSED_OVER = {"__MACOSX", "__pycache__", "node_modules", "site-packages"}  # and names that begin with a dot
CHECKOUT = {"benchmarks", "lessons", "minifcn", "tests"}  # the course's own functions have the names of the answers
BROKEN, UNTOUCHED, FOREIGN, ABSENT = 100, 101, 102, 103  # below: how many functions are still to be written
FILES, BYTES, ENTRIES, DEPTH = 1000, 50 * 10**6, 10_000, 20  # of a submission, that are looked at


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
    def index(self):
        """Its statements, which all exercises share."""
        return Index(self.chunks)

    @cached_property
    def is_solution(self):
        """Whether it is the course's own solution, as when a whole checkout is handed in."""
        return any(BEGIN in chunk.text for chunk in self.chunks)

    def state(self, lesson, exercise):
        """How far its answer to an exercise has come: 0 if it is complete, more the less there is."""
        if not any(exercise.name in chunk.text for chunk in self.chunks):
            return ABSENT
        try:
            source = extract(self.index, exercise.name, given_names(exercise))
            if foreign_imports(source, exercise.imports):
                return FOREIGN
            unwritten = stubs(source)
        except NoAnswer:
            return ABSENT
        except (BrokenAnswer, ValueError):
            return BROKEN
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


@dataclass
class Submission:
    """What a student has handed in.

    files:  the HandedIn that can hold answers, in the order of their names
    unread: a line for each that is passed over, and why: "06_im2col.py (a link)"
    """

    files: list = field(default_factory=list)
    unread: list = field(default_factory=list)


def handed_in(submission):
    """The notebooks and Python files of a submission, a file or a folder, without the litter of systems and editors."""
    return look_through(submission).files


def look_through(submission):
    """The Submission of a file or a folder. No link in the folder is followed, and of a huge one only a part is read."""
    submission, found, size = Path(submission), Submission(), 0
    if submission.is_file():
        return Submission([HandedIn(submission, submission.name)])
    for path, why in answer_files(submission):
        name = path.relative_to(submission).as_posix()
        size += 0 if why else path.lstat().st_size
        if not why and (len(found.files) == FILES or size > BYTES):
            why = f"only {FILES} files and {BYTES // 10**6} MB are read"
        if why:
            found.unread.append(f"{printable(name)} ({why})")
        else:
            found.files.append(HandedIn(path, name))
    found.files.sort(key=lambda file: file.name)
    return found


def answer_files(top):
    """(path, why it is not read or "") of what a folder has that may hold answers, the files of outer folders first."""
    folders, room = [top], ENTRIES
    for folder in folders:  # more are found on the way
        entries = entries_of(folder, room + 1)
        if len(entries) > room:
            yield folder, f"only {ENTRIES} names are looked at"
            return
        room -= len(entries)
        over = PASSED_OVER | (CHECKOUT if Path(folder, "minifcn", "course").is_dir() else set())
        for entry in entries:
            path = Path(entry.path)
            if entry.name.startswith(".") or entry.name in over or path.stem.endswith("-checkpoint"):
                continue
            if entry.is_symlink():
                yield path, "a link"
            elif entry.is_dir(follow_symlinks=False):
                if len(path.relative_to(top).parts) <= DEPTH:
                    folders.append(path)
                else:
                    yield path, f"more than {DEPTH} folders deep"
            elif kind_of(path):
                yield path, "" if entry.is_file(follow_symlinks=False) else "a pipe or a device"


def entries_of(folder, most):
    """At most so many entries of a folder, by their names; none if it cannot be opened."""
    try:
        with scandir(folder) as entries:
            return sorted(islice(entries, most), key=lambda entry: entry.name)
    except OSError:
        return []


def find_answer(lesson, exercise, files, unread=()):
    """The one of `files`, HandedIn, that has the answer to an exercise. Raises ValueError if none can have it.

    unread: what else was handed in, for the message
    """

    def rank(file):
        near = file.kinship(lesson)
        return (file.is_solution, file.state(lesson, exercise), near > 2, file.name.count("/"), near, -file.copy)

    best = min(files, key=rank, default=None)
    if best and (len(files) == 1 or best.kinship(lesson) < 3 or best.state(lesson, exercise) != ABSENT):
        return best
    found = listed([printable(file.name) for file in files]) or "no notebook and no Python file"
    found += f"; not read: {listed(unread)}" if unread else ""
    expected = f"expected {lesson.name}.ipynb or {lesson.name}.py"
    raise ValueError(f"no file for lesson {lesson.number} was handed in; {expected}; found {found}")


def listed(names, most=10):
    """The first names, and how many others there are."""
    others = f" and {len(names) - most} others" if len(names) > most else ""
    return ", ".join(names[:most]) + others


def stubs(source):
    """How many functions of an answer are still to be written. Raises ValueError where Python cannot read it."""
    ends = [node.body[-1] for node in ast.walk(tree_of(source)) if isinstance(node, ast.FunctionDef)]
    return sum(isinstance(end, ast.Raise) and "NotImplementedError" in names_in(end) for end in ends)


def names_in(node):
    """All names of variables and attributes below a node of a syntax tree."""
    return {name for part in ast.walk(node) for name in identifiers(part)}


def stubs_of_lesson(lesson, name):
    """How many functions the lesson leaves to be written in this answer."""
    return solution(lesson, name).text.count(BEGIN)
