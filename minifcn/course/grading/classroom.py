"""Grades a class: every entry of a folder is a submission, and several are graded in parallel.

RESULTS/NAME.json is written only once a submission is finished. If killed and restarted, the program resumes:
submissions that are finished, and have not changed since, are not graded again. Read fingerprint.py next.
"""

import contextlib
import hashlib
import json
import os
import re
import sys
import threading
import time
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from ... import distributed
from ...files import make_folder, printable, read_regular, refuse_unsuitable
from ...guard import ranks_on_this_machine
from ...worklist import Lost, share
from .. import ladder
from ..answers.source import kind_of
from ..answers.submission import SKIPPED
from ..checking.verdict import VERDICTS
from ..show import lines
from . import fingerprint, gradebook, gradescope, page
from .supervisor import Grader, JudgeFailed, OpenedSubmission, exit_on_sigterm

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

HASHED = re.compile(r"-[0-9a-f]{16}$", re.IGNORECASE)  # the suffix of a name made unique by its hash
MAX_BYTES = 100 * 10**6  # bytes of a results file
SHORT = 100  # a submission's name of at most this many bytes can be used as a file name


@dataclass(frozen=True)
class Entry:
    """One submission: its name in the folder, its path, why it cannot be graded or "", whether its name clashes."""

    name: str
    path: Path
    problem: str = ""
    alike: bool = False


class Stopped(Exception):
    """The program is about to exit; the submission being graded must not be recorded."""


def grade_class(lessons, submissions, out, seed=gradescope.SEED, jobs=None):
    """Grade all submissions in a folder, and write RESULTS: NAME.json, grades.csv, index.html. Returns the exit code.

    lessons:     Lessons with exercises
    submissions: a folder; its entries are folders and single files
    out:         the folder RESULTS, created if necessary
    jobs:        how many submissions to grade in parallel, one per core; all cores if None; on several ranks, each so
                 many, and together all cores if None

    On several ranks, each takes the next submission when it is done with one, and rank 0 writes the summaries.
    The exit code is 0 if every submission was graded, 1 if the grader itself failed on one.
    Raises ValueError and OSError for unusable folders, JudgeFailed if nothing can be graded.
    """
    submissions, out = Path(submissions), Path(out)
    entries = list_entries(submissions)
    if out.resolve() == submissions.resolve() or submissions.resolve() in out.resolve().parents:
        raise ValueError(f"{out} is inside {submissions}; choose a folder for the results outside it")
    make_folder(out)
    with lock_results(out) if distributed.get_rank() == 0 else contextlib.nullcontext(), exit_on_sigterm():
        start, key = time.monotonic(), fingerprint.of_grading(lessons, seed)
        there = {entry.name: stored_results(entry, key, out) for entry in entries}
        todo = [entry for entry in entries if there[entry.name] is None]
        unchanged = len(entries) - len(todo)
        if unchanged:
            say(f"{unchanged} of {len(entries)} submissions are already graded and have not changed")
        work = share(todo, out)
        pool = Pool(lessons, seed, key, out, min(jobs or share_of_cores(), len(work.items)))
        about = {"desc": "grade", "unit": "submission", "leave": False, "disable": None}
        with contextlib.closing(pool.run(work)) as graded, tqdm(total=len(todo), **about) as bar:
            for number, (entry, results) in enumerate(graded, unchanged + 1):
                there[entry.name] = results
                with tqdm.external_write_mode():  # the line appears above the bar
                    say(f"[{number}/{len(entries)}] {line_of(entry, results)}")
                bar.update()
        if not work.leads:
            return 0
        write_summaries(out, lessons, entries, there)
    failed = [entry for entry in entries if there[entry.name]["failed"]]
    minutes = (time.monotonic() - start) / 60
    say(f"{len(todo)} graded, {unchanged} unchanged, in {minutes:.1f} minutes; wrote {printable(out / 'grades.csv')} and index.html")
    if failed:
        say(f"the grader failed on {len(failed)} of them, through no fault of theirs: {join_entry_names(failed)}")
    return 1 if failed else 0


def say(sentence):
    """Print a line immediately, even into a pipe."""
    lines.say(sentence)
    sys.stdout.flush()


def cores():
    """The number of CPU cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_of_cores():
    """How many of them each of the ranks on this machine has."""
    return max(1, cores() // ranks_on_this_machine())


def join_entry_names(entries):
    return ", ".join(printable(entry.name) for entry in entries)


def line_of(entry, results):
    """ "anna: 20 of 23 points   (note)"."""
    note = f"   ({results['note'][:200]})" if results["note"] else ""
    return printable(f"{entry.name}: {results['points']} of {results['out_of']} points{note}")


# Submissions and results ----------------------------------------------------------------------------------------------


def list_entries(folder):
    """The Entries of a folder, sorted by name, without hidden files and system clutter. Raises ValueError, OSError."""
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder; expected one with a folder or a file for each student")
    with os.scandir(folder) as found:
        names = sorted(entry.name for entry in found if not entry.name.startswith(".") and entry.name not in SKIPPED)
    if not names:
        raise ValueError(f"there is nothing in {folder}; expected a folder or a file for each student")
    count = Counter(map(fold_name, names))
    return [Entry(name, folder / name, problem_of(folder / name), count[fold_name(name)] > 1) for name in names]


def fold_name(name):
    """A name as case- and accent-insensitive file systems see it: Anna and anna are one file there."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def problem_of(path):
    """Why a path is not a submission, or ""."""
    if path.is_symlink():
        return "not graded: it is a link, which is not followed; expected a folder or a file"
    if path.is_dir():
        return "" if os.access(path, os.R_OK | os.X_OK) else "not graded: the folder cannot be read"
    if not path.is_file():
        return "not graded: it is neither a folder nor a file"
    return "" if kind_of(path) else "not graded: expected a folder, a notebook (.ipynb) or a Python file (.py)"


def result_path(entry, out):
    """RESULTS/NAME.json; a name that is unsuitable as a file name, or clashes with another, gets its hash appended."""
    name = entry.name
    if entry.alike or not name.isprintable() or len(os.fsencode(name)) > SHORT or HASHED.search(name):
        digest = hashlib.sha256(os.fsencode(name)).hexdigest()[:16]
        name = "".join(c if c.isprintable() and c.isascii() else "_" for c in name[:SHORT]) + f"-{digest}"
    return out / f"{name}.json"


def stored_results(entry, key, out):
    """The stored results of a submission that has not changed since, or None."""
    try:
        results = json.loads(read_regular(result_path(entry, out), MAX_BYTES))
        same = results["graded_by"] == key and results["content"] == fingerprint.of_submission(entry.path)
        sound = results["name"] == printable(entry.name) and isinstance(results["note"], str)
        sound = sound and all(one["verdict"] in VERDICTS for one in results["exercises"].values())
        sound = sound and all(isinstance(test["name"], str) for test in results["tests"])
        sound = sound and gradescope.points_of(results) == (results["points"], results["out_of"])
        return results if same and sound and not results["failed"] else None
    except (OSError, ValueError, LookupError, TypeError, RecursionError, MemoryError):
        return None


def write_summaries(out, lessons, entries, there):
    """Write grades.csv, with the points of every exercise, and index.html, with the mistakes as well."""
    names = [f"{lesson.number}.{name}" for lesson in lessons for name in lesson.exercises]
    title = "Lesson " + ", ".join(ladder.words_of(lessons))
    rows, shown = [], []
    for entry in entries:
        results = there[entry.name]
        points, total = [results["exercises"][name]["points"] for name in names], (results["points"], results["out_of"])
        rows.append((entry.name, points, *total, results["note"]))
        shown.append(page.Row(entry.name, *total, results["note"], results["exercises"]))
    gradebook.write(out / "grades.csv", names, rows)
    page.write(out / "index.html", title, names, shown)


@contextlib.contextmanager
def lock_results(out):
    """Hold a lock on the folder of results. Raises ValueError if another process holds it."""
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
    """Grades submissions in several threads, each with its own Grader, for which it waits most of the time."""

    def __init__(self, lessons, seed, key, out, jobs):
        self.lessons, self.seed, self.key, self.out = lessons, seed, key, out
        self.work, self.stop, self.graders = None, threading.Event(), []
        self.threads = [threading.Thread(target=self.run_thread, daemon=True) for _ in range(jobs)]

    def run(self, work):
        """Yield (entry, results) for every Entry of a WorkList as it is finished. Re-raises a thread's exception."""
        self.work = work
        try:
            for thread in self.threads:
                thread.start()
            for number, results in work.outcomes():
                entry = work.items[number]
                yield entry, self.lost(entry, results) if isinstance(results, Lost) else results
        finally:
            self.stop.set()
            for grader in self.graders:
                grader.close()
            for thread in self.threads:
                if thread.ident:  # started
                    thread.join(timeout=10.0)

    def run_thread(self):
        """A thread's main loop: grade submissions until none are left."""
        try:
            with Grader(self.seed) as grader:
                self.graders.append(grader)
                while not self.stop.is_set() and (number := self.work.take()) is not None:
                    self.work.finish(number, self.grade(self.work.items[number], grader))
        except Stopped:
            return
        except BaseException as error:  # noqa: BLE001  (re-raised in the main thread)
            self.work.fail(error)

    def lost(self, entry, lost):
        """The results of a submission whose rank died: no points, and it will be graded again by the same command."""
        problem = f"not graded: rank {lost.rank} died while it graded this; run the same command again"
        with Grader(self.seed) as grader:
            return self.grade(replace(entry, problem=problem), grader, failed=True)

    def grade(self, entry, grader, failed=False):
        """Grade one submission, write its results, and return them. failed: the grader has failed on it already."""
        content = fingerprint.of_submission(entry.path)
        recorder = Recorder(grader, entry.problem, self.stop, failed)
        results = gradescope.grade(self.lessons, entry.path, recorder)
        points, out_of = gradescope.points_of(results)
        results = {"name": printable(entry.name), "points": points, "out_of": out_of, "note": recorder.note,
                   "graded": recorder.files, "exercises": recorder.exercises, "failed": recorder.failed, "content": content, "graded_by": self.key,
                   **results}  # fmt: skip
        if fingerprint.of_submission(entry.path) != content:
            changed = "the submission changed while it was being graded; grade it again"
            results |= {"content": "", "note": "; ".join(filter(None, [recorder.note, changed]))}
        gradescope.write(results, result_path(entry, self.out))
        return results


class Recorder:
    """Wraps a Grader for gradescope.py and one submission, recording which files were graded and what was odd."""

    def __init__(self, grader, problem, stop, failed=False):
        self.grader, self.problem, self.stop, self.failed = grader, problem, stop, failed
        self.files, self.exercises, self.odd = {}, {}, {}

    @contextlib.contextmanager
    def asking_judge(self):
        """Context for asking the judge. Raises Stopped if the program is exiting, and RuntimeError for JudgeFailed."""
        try:
            yield
        except JudgeFailed as error:
            raise RuntimeError(str(error)) from error  # which gradescope.py does not catch
        finally:
            if self.stop.is_set():
                raise Stopped  # the submission is not to blame for the judge's end

    def open(self, path, exercises):
        with self.asking_judge():
            opened = OpenedSubmission(str(path)) if self.problem else self.grader.open(path, exercises)
        self.odd |= dict.fromkeys(f"not read: {line}" for line in opened.unread)
        return opened

    def grade(self, opened, name):
        with self.asking_judge():
            graded = self.grader.problem(name, self.problem) if self.problem else self.grader.grade(opened, name)
        self.files[name] = graded.file
        about = {"mistake": graded.data["mistake"], "hint": graded.data["hint"]}
        self.exercises[name] = {"verdict": graded.verdict, "points": graded.points, "out_of": graded.out_of} | about
        self.failed |= graded.failed
        if graded.problem:
            self.odd[graded.problem] = None
        return graded

    @property
    def note(self):
        """What the instructor should know, each sentence once."""
        return "; ".join(self.odd)
