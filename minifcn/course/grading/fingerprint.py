"""Fingerprints: one of a submission, one of everything that determines its points.

While neither changes, a submission need not be graded again. Read gradebook.py next.
"""

import hashlib
import json
import os
import stat
from pathlib import Path

from ...files import read_regular
from .. import ladder
from ..answers import reading

MAX_PATHS = 20_000  # files and folders per submission


def of_submission(path):
    """The hex hash of a file or folder: all names, and the contents of possible answer files; follows no links."""
    digest, waiting = hashlib.sha256(), [("", Path(path))]
    for _ in range(MAX_PATHS):
        if not waiting:
            break
        name, inside = waiting.pop()
        kind, about = described(inside)
        digest.update(json.dumps([name, kind, about]).encode())
        if kind == "folder":
            waiting += [(f"{name}/{one}", inside / one) for one in reversed(about)]
    return digest.hexdigest()


def described(path):
    """(kind, details) of a path: a folder's names, a link's target, a file's size, an answer file's hash."""
    try:
        about = os.lstat(path)
        if stat.S_ISLNK(about.st_mode):
            return "link", os.readlink(path)
        if stat.S_ISDIR(about.st_mode):
            return "folder", sorted(os.listdir(path))
        if not stat.S_ISREG(about.st_mode):
            return "device", 0
        if not reading.kind_of(path) or about.st_size > reading.MAX_BYTES:
            return "file", about.st_size
        return "file", hashlib.sha256(read_regular(path, reading.MAX_BYTES)).hexdigest()
    except OSError as error:
        return "unreadable", error.errno


def of_grading(lessons, seed):
    """The hex hash of what determines points: the lessons, those they depend on, their checks, the course, the seed."""
    package = Path(__file__).parents[1]
    paths = [path for lesson in ladder.with_dependencies(lessons) for path in sorted(lesson.folder.glob("*.py"))]
    digest = hashlib.sha256(json.dumps([ladder.words_of(lessons), seed]).encode())
    for path in [*paths, *sorted(package.rglob("*.py"))]:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
