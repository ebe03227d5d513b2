"""Finds the file with the answer to an exercise among those a student has handed in.

Students rename notebooks, hand in old copies along with new ones, or a Python file along with the untouched notebook.
Therefore a file's content counts first, and its name second. Read reading.py next.
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
from .solutions import dependency_names, solution
from .source import BrokenAnswer, Index, NoAnswer, extract, foreign_imports, tree_of
from .statements import identifiers

SKIPPED = {"__MACOSX", "__pycache__", "node_modules", "site-packages"}  # and names that begin with a dot
CHECKOUT = {"benchmarks", "lessons", "minifcn", "tests"}  # skipped in a checkout: its functions have the answers' names
BROKEN, TAKEN, UNTOUCHED, FOREIGN, ABSENT = 100, 101, 102, 103, 104  # a smaller state is the number of functions not yet written
FILES, BYTES, ENTRIES, DEPTH = 1000, 50 * 10**6, 10_000, 20  # limits of what is read of a submission


@dataclass(frozen=True)
class SubmittedFile:
    """A file of a submission, and its name in it: "homework/06_im2col.ipynb"."""

    path: Path
    name: str

    @cached_property
    def chunks(self):
        """Its cells, or [] if it cannot be read."""
        try:
            return read_chunks(self.path)
        except (ValueError, OSError):
            return []

    @cached_property
    def index(self):
        """The Index of its statements, shared by all exercises."""
        return Index(self.chunks)

    @cached_property
    def is_solution(self):
        """Whether it is the course's own solution, as if a whole checkout was handed in."""
        return any(BEGIN in chunk.text for chunk in self.chunks)

    def state(self, lesson, exercise):
        """How incomplete its answer to an exercise is: 0 if complete."""
        if not any(exercise.name in chunk.text for chunk in self.chunks):
            return ABSENT
        if self.index.borrows(exercise.name):
            return TAKEN
        try:
            source = extract(self.index, exercise.name, dependency_names(exercise))
            if foreign_imports(source, exercise.imports):
                return FOREIGN
            unwritten = count_stubs(source)
        except NoAnswer:
            return ABSENT
        except (BrokenAnswer, ValueError):
            return BROKEN
        return unwritten if unwritten < count_stubs_of_lesson(lesson, exercise.name) else UNTOUCHED

    def name_distance(self, lesson):
        """How far its name is from the lesson's: 0 for 06_im2col, 1 for Copy of 06_im2col, 2 for hw6, 3 for others."""
        stem = Path(self.name).stem.lower()
        if stem == lesson.name or lesson.name in stem:
            return 0 if stem == lesson.name else 1
        of_another = any(stem.startswith(other.name) for other in ladder.lessons())
        return 2 if number_in(stem) == lesson.number.lstrip("0") and not of_another else 3

    @property
    def copy(self):
        """The number a browser appends to repeated downloads: 2 for "06_im2col (2).ipynb", 0 without one."""
        number = re.search(r"\((\d+)\)$", Path(self.name).stem)
        return int(number[1]) if number else 0


def number_in(stem):
    """The first number in a file's name: "6" in "hw06 final" and in "hw06a", but "12b" in "hw12b": lesson 12b exists."""
    match = re.match(r"\D*0*(\d+)([a-z](?![a-z]))?", stem)
    if not match:
        return ""
    whole = match[1] + (match[2] or "")
    return whole if whole in {lesson.number.lstrip("0") for lesson in ladder.lessons()} else match[1]


@dataclass
class Submission:
    """What a student has handed in.

    files:  each SubmittedFile that may hold answers, sorted by name
    unread: a line for each file that is skipped, with the reason: "06_im2col.py (a link)"
    """

    files: list = field(default_factory=list)
    unread: list = field(default_factory=list)


def scan_submission(submission):
    """The Submission in a file or folder. Links in the folder are not followed, and only part of a huge one is read."""
    submission, found, size = Path(submission), Submission(), 0
    if submission.is_file():
        return Submission([SubmittedFile(submission, submission.name)])
    for path, why in answer_files(submission):
        name = path.relative_to(submission).as_posix()
        size += 0 if why else path.lstat().st_size
        if not why and (len(found.files) == FILES or size > BYTES):
            why = f"only {FILES} files and {BYTES // 10**6} MB are read"
        if why:
            found.unread.append(f"{printable(name)} ({why})")
        else:
            found.files.append(SubmittedFile(path, name))
    found.files.sort(key=lambda file: file.name)
    return found


def answer_files(top):
    """Yield (path, why it is not read or "") for everything in a folder that may hold answers, outer folders first."""
    folders, room = [top], ENTRIES
    for folder in folders:  # which grows inside the loop
        entries = list_folder(folder, room + 1)
        if len(entries) > room:
            yield folder, f"only {ENTRIES} names are read"
            return
        room -= len(entries)
        over = SKIPPED | (CHECKOUT if Path(folder, "minifcn", "course").is_dir() else set())
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


def list_folder(folder, most):
    """At most `most` entries of a folder, sorted by name; [] if it cannot be opened."""
    try:
        with scandir(folder) as entries:
            return sorted(islice(entries, most), key=lambda entry: entry.name)
    except OSError:
        return []


def find_answer(lesson, exercise, files, unread=()):
    """The one of `files`, each a SubmittedFile, with the answer to an exercise. Raises ValueError if none can have it.

    unread: lines on what else was handed in, for the message
    """

    def rank(file):
        near = file.name_distance(lesson)
        return (file.is_solution, file.state(lesson, exercise), near > 2, file.name.count("/"), near, -file.copy)

    best = min(files, key=rank, default=None)
    if best and (len(files) == 1 or best.name_distance(lesson) < 3 or best.state(lesson, exercise) != ABSENT):
        return best
    found = join_names([printable(file.name) for file in files]) or "no notebook and no Python file"
    found += f"; not read: {join_names(unread)}" if unread else ""
    expected = f"expected {lesson.name}.ipynb or {lesson.name}.py"
    raise ValueError(f"no file for lesson {lesson.number} was handed in; {expected}; found {found}")


def join_names(names, most=10):
    """The first `most` names, joined by commas, and the number of the others."""
    others = f" and {len(names) - most} others" if len(names) > most else ""
    return ", ".join(names[:most]) + others


def count_stubs(source):
    """How many functions of an answer are not written yet. Raises ValueError if Python cannot parse it."""
    ends = [node.body[-1] for node in ast.walk(tree_of(source)) if isinstance(node, ast.FunctionDef)]
    return sum(isinstance(end, ast.Raise) and "NotImplementedError" in names_in(end) for end in ends)


def names_in(node):
    """All names of variables and attributes in a syntax tree."""
    return {name for part in ast.walk(node) for name in identifiers(part)}


def count_stubs_of_lesson(lesson, name):
    """How many functions the lesson leaves for the student to write in this answer."""
    return solution(lesson, name).text.count(BEGIN)
