"""Grades a class: every entry of a folder is a submission, and several are graded side by side.

RESULTS/NAME.json is written when a submission is finished, never before. Killed at any time and started again, the
program goes on where it was: what is finished, and has not changed since, is not graded again. Read fingerprint.py
next.
"""

import contextlib
import hashlib
import json
import os
import queue
import re
import sys
import threading
import time
import unicodedata
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ...files import make_folder, printable, read_regular, refuse_unsuitable
from ..answers.source import kind_of
from ..answers.submission import PASSED_OVER
from ..show import text
from . import fingerprint, gradebook, gradescope
from .supervisor import Grader, JudgeFailed, Submission, ended_in_order

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

HASHED = re.compile(r"-[0-9a-f]{16}$", re.IGNORECASE)  # the end of a name that was told apart so
LARGEST = 100 * 10**6  # bytes of a file of results
SHORT = 100  # characters of a submission's name that always make a file name


@dataclass(frozen=True)
class Entry:
    """One submission: its name in the folder, its path, "" or why it cannot be one, and whether another's name is alike."""

    name: str
    path: Path
    problem: str = ""
    alike: bool = False


class Stopped(Exception):
    """The program is about to end; what is being graded must not be finished."""


def grade_class(lessons, submissions, out, seed=gradescope.SEED, jobs=None):
    """Grade all submissions of a folder, and write RESULTS/NAME.json and RESULTS/grades.csv. Returns the exit code.

    lessons:     Lessons with exercises
    submissions: a folder; its entries are folders and single files
    out:         the folder RESULTS, which is made if need be
    jobs:        how many submissions are graded at a time, a core each; all cores if None

    The exit code is 0 when every submission has been graded, 1 when the grader failed over one of them.
    Raises ValueError and OSError for folders that cannot be used, JudgeFailed where nothing can be graded.
    """
    submissions, out = Path(submissions), Path(out)
    entries = entries_of(submissions)
    if out.resolve() == submissions.resolve() or submissions.resolve() in out.resolve().parents:
        raise ValueError(f"{out} is within {submissions}; choose a folder for the results outside of it")
    make_folder(out)
    with only_one(out), ended_in_order():
        start, key = time.monotonic(), fingerprint.of_grading(lessons, seed)
        there = {entry.name: finished(entry, key, out) for entry in entries}
        todo = [entry for entry in entries if there[entry.name] is None]
        unchanged = len(entries) - len(todo)
        if unchanged:
            say(f"{unchanged} of {len(entries)} submissions are graded already and have not changed")
        pool = Pool(lessons, seed, key, out, min(jobs or cores(), len(todo)))
        with contextlib.closing(pool.run(todo)) as graded:
            for number, (entry, results) in enumerate(graded, unchanged + 1):
                there[entry.name] = results
                say(f"[{number}/{len(entries)}] {line_of(entry, results)}")
        write_gradebook(out / "grades.csv", lessons, entries, there)
    failed = [entry for entry in entries if there[entry.name]["failed"]]
    minutes = (time.monotonic() - start) / 60
    say(f"{len(todo)} graded, {unchanged} unchanged, in {minutes:.1f} minutes; wrote {printable(out / 'grades.csv')}")
    if failed:
        say(f"the grader failed at {len(failed)} of them, which is no fault of theirs: {named(failed)}")
    return 1 if failed else 0


def say(sentence):
    """Print a line now, even where the output is a pipe."""
    text.say(sentence)
    sys.stdout.flush()


def cores():
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def named(entries):
    return ", ".join(printable(entry.name) for entry in entries)


def line_of(entry, results):
    """ "anna: 20 of 23 points   (note)"."""
    note = f"   ({results['note'][:200]})" if results["note"] else ""
    return printable(f"{entry.name}: {results['points']} of {results['out_of']} points{note}")


# Submissions and results ----------------------------------------------------------------------------------------------


def entries_of(folder):
    """The Entries of a folder, by name, without hidden files and a system's litter. Raises ValueError, OSError."""
    if not folder.is_dir():
        raise ValueError(f"{folder} is no folder; expected one with a folder or a file for each student")
    with os.scandir(folder) as found:
        names = sorted(entry.name for entry in found if not entry.name.startswith(".") and entry.name not in PASSED_OVER)
    if not names:
        raise ValueError(f"there is nothing in {folder}; expected a folder or a file for each student")
    count = Counter(map(folded, names))
    return [Entry(name, folder / name, problem_of(folder / name), count[folded(name)] > 1) for name in names]


def folded(name):
    """What some file systems take a name for: Anna and anna, and an accent written in two ways, are one file there."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def problem_of(path):
    """Why a path is no submission, or ""."""
    if path.is_symlink():
        return "not graded: it is a link, which is not followed; expected a folder or a file"
    if path.is_dir():
        return "" if os.access(path, os.R_OK | os.X_OK) else "not graded: the folder cannot be read"
    if not path.is_file():
        return "not graded: it is neither a folder nor a file"
    return "" if kind_of(path) else "not graded: expected a folder, a notebook (.ipynb) or a Python file (.py)"


def result_path(entry, out):
    """RESULTS/NAME.json; a name that would make no good file name, or is like another, is told apart by its hash."""
    name = entry.name
    if entry.alike or not name.isprintable() or len(os.fsencode(name)) > SHORT or HASHED.search(name):
        digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
        name = "".join(c if c.isprintable() and c.isascii() else "_" for c in name[:SHORT]) + f"-{digest}"
    return out / f"{name}.json"


def finished(entry, key, out):
    """The results of a submission that was graded before and has not changed, or None."""
    try:
        results = json.loads(read_regular(result_path(entry, out), LARGEST))
        same = results["graded_by"] == key and results["content"] == fingerprint.of_submission(entry.path)
        sound = results["name"] == printable(entry.name) and isinstance(results["note"], str)
        sound = sound and all(isinstance(test["name"], str) for test in results["tests"])
        sound = sound and gradescope.points_of(results) == (results["points"], results["out_of"])
        return results if same and sound and not results["failed"] else None
    except (OSError, ValueError, LookupError, TypeError, RecursionError, MemoryError):
        return None


def write_gradebook(path, lessons, entries, there):
    """grades.csv, with the points of every exercise."""
    names = [f"{lesson.number}.{name}" for lesson in lessons for name in lesson.exercises]
    rows = []
    for entry in entries:
        results = there[entry.name]
        points = [sum(t["score"] for t in results["tests"] if t["name"].startswith(f"{name}: ")) for name in names]
        rows.append((entry.name, points, results["points"], results["out_of"], results["note"]))
    gradebook.write(path, names, rows)


@contextlib.contextmanager
def only_one(out):
    """Within this, no other process grades into the folder. ValueError where one does already."""
    if fcntl is None:
        yield
        return
    path, flags = out / ".lock", os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with contextlib.suppress(FileNotFoundError):
        refuse_unsuitable(path, os.lstat(path))
    with open(os.open(path, flags, 0o666), "r+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"another `minifcn grade` is writing into {out}; wait for it, or choose another") from None
        except OSError:
            pass  # a file system without locks
        yield


# Grading --------------------------------------------------------------------------------------------------------------


class Pool:
    """Grades submissions in several threads; each has a Grader of its own, and waits for it most of the time."""

    def __init__(self, lessons, seed, key, out, jobs):
        self.lessons, self.seed, self.key, self.out = lessons, seed, key, out
        self.todo, self.done = queue.SimpleQueue(), queue.SimpleQueue()
        self.stop, self.graders = threading.Event(), []
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(jobs)]

    def run(self, entries):
        """Yield (entry, results) of every Entry, as they are finished. Raises what a thread has failed with."""
        for entry in entries:
            self.todo.put(entry)
        try:
            for thread in self.threads:
                thread.start()
            for _ in entries:
                entry, results = self.wait()
                if isinstance(results, BaseException):
                    raise results
                yield entry, results
        finally:
            self.stop.set()
            for grader in self.graders:
                grader.close()
            for thread in self.threads:
                if thread.ident:  # it has been started
                    thread.join(timeout=10.0)

    def wait(self):
        """What a thread has done next; Ctrl-C is heard meanwhile, on Windows too."""
        while True:
            with contextlib.suppress(queue.Empty):
                return self.done.get(timeout=0.5)

    def work(self):
        """What a thread does: grade what is to be done, until nothing is left."""
        entry = None
        try:
            with Grader(self.seed) as grader:
                self.graders.append(grader)
                while not self.stop.is_set():
                    entry = self.todo.get_nowait()
                    self.done.put((entry, self.grade(entry, grader)))
        except (queue.Empty, Stopped):
            return
        except BaseException as error:  # noqa: BLE001  (it is raised by the main thread)
            self.done.put((entry, error))

    def grade(self, entry, grader):
        """Grade one submission, write its file, and return what is in it."""
        content = fingerprint.of_submission(entry.path)
        recorder = Recorder(grader, entry.problem, self.stop)
        results = gradescope.grade(self.lessons, entry.path, recorder)
        points, out_of = gradescope.points_of(results)
        results = {"name": printable(entry.name), "points": points, "out_of": out_of, "note": recorder.note,
                   "graded": recorder.files, "failed": recorder.failed, "content": content, "graded_by": self.key,
                   **results}  # fmt: skip
        if fingerprint.of_submission(entry.path) != content:
            changed = "the submission changed while it was graded; grade it again"
            results |= {"content": "", "note": "; ".join(filter(None, [recorder.note, changed]))}
        gradescope.write(results, result_path(entry, self.out))
        return results


class Recorder:
    """A Grader, as gradescope.py wants one, for one submission; it remembers which files were graded and what was odd."""

    def __init__(self, grader, problem, stop):
        self.grader, self.problem, self.stop = grader, problem, stop
        self.files, self.odd, self.failed = {}, {}, False

    @contextlib.contextmanager
    def heard(self):
        """Within this the judge is asked. Raises Stopped if the program is ending, and what keeps the judge from starting."""
        try:
            yield
        except JudgeFailed as error:
            raise RuntimeError(str(error)) from error  # which gradescope.py makes no verdict of
        finally:
            if self.stop.is_set():
                raise Stopped  # what ended the judge was not the submission

    def open(self, path, exercises):
        with self.heard():
            opened = Submission(str(path)) if self.problem else self.grader.open(path, exercises)
        self.odd |= dict.fromkeys(f"not read: {line}" for line in opened.unread)
        return opened

    def grade(self, opened, name):
        with self.heard():
            graded = self.grader.problem(name, self.problem) if self.problem else self.grader.grade(opened, name)
        self.files[name] = graded.file
        self.failed |= graded.failed
        if graded.problem:
            self.odd[graded.problem] = None
        return graded

    @property
    def note(self):
        """What an instructor should know, each sentence once."""
        return "; ".join(self.odd)
