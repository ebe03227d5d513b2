"""Supervises a judge process that reads and grades submissions, and carries on if it is killed, crashes or hangs.

Whatever a file does to the parser, or an answer to the process that compares, costs one exercise: it "could not be
graded" and scores 0, and the next one is graded by a fresh judge. Every entry point but the notebook's check() comes
through here. Read judge.py next.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field

from .. import ladder
from ..checking.verdict import CRASHED, RIGHT, VERDICTS, PropertyState, Scored
from ..paths import ROOT
from ..sandbox.child import Child, Ended, Hung
from ..sandbox.process import ENVIRONMENT, remove_abandoned

JUDGE = "minifcn.course.grading.judge"
STARTING = 60.0  # seconds, as sandbox.child.Stopwatch counts them
READING = 20.0  # for one file
READING_ALL = 60.0  # for all files of one submission
GRADING = 600.0  # for one exercise, mostly waiting for the student's code, which has its own shorter limit


class JudgeFailed(RuntimeError):
    """The judge does not even start, through no fault of a submission."""


class Lost(Exception):
    """The judge hung or died. The message is half a sentence; `hung` says which."""

    def __init__(self, sentence, hung):
        super().__init__(sentence)
        self.hung = hung


@dataclass(frozen=True)
class OpenedSubmission:
    """What a student has handed in.

    names:  the notebooks and Python files, in order
    passed_over: a line for each other file, such as "06_im2col.py (a link)"
    faults: {name: why it cannot be read}
    fatal:  names of the files that crash or hang the judge
    lost:   why not even the names can be read, or ""
    """

    path: str
    names: tuple = ()
    passed_over: tuple = ()
    faults: dict = field(default_factory=dict)
    fatal: tuple = ()
    lost: str = ""

    @property
    def unread(self):
        """A line for everything not read."""
        faults = [f"{name} ({why})" for name, why in self.faults.items()]
        return [*self.passed_over, *faults] + ([f"all of it ({self.lost})"] if self.lost else [])


@dataclass(frozen=True)
class Graded(Scored):
    """The outcome of one exercise, as plain data.

    exercise, verdict, properties: as in a Report
    shown, data: the report in the requested form, and as plain data for JSON
    file, others: the name of the file that was graded, and of the others handed in
    problem: why it could not be graded, or "";  refused, failed: whether the file, or the grader, is to blame
    """

    exercise: str
    verdict: str
    properties: tuple
    shown: str
    data: dict
    file: str = ""
    others: tuple = ()
    problem: str = ""
    refused: bool = False
    failed: bool = False

    @property
    def right(self):
        return self.verdict == RIGHT


class Grader:
    """Grades with a judge process, which it restarts whenever it is lost. Use it in a `with`, or close() it.

    seed: of the random questions;  form: of the reports, "text", "colour" or "html"

    The judge dies with the thread that created the Grader, so grade in that thread.
    """

    def __init__(self, seed=0, form="text"):
        self.seed, self.form = seed, form
        self.child, self.greeted, self.closed = None, False, False
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def open(self, path, exercises):
        """The OpenedSubmission in a file or folder, after test-reading each file for the exercises ("06.im2col")."""
        path = str(path)
        try:
            reply = self.ask({"do": "files", "submission": path}, READING)
        except Lost as error:
            return OpenedSubmission(path, lost=str(error))
        if why := reply.get("refused") or reply.get("failed"):
            return OpenedSubmission(path, lost=why)
        faults, fatal, left = {}, [], READING_ALL
        for name in reply["names"]:
            request = {"do": "read", "submission": path, "file": name, "exercises": list(exercises)}
            why, is_fatal, used = self.read(request, left)
            left -= used
            faults |= {name: why} if why else {}
            fatal += [name] if is_fatal else []
        return OpenedSubmission(path, tuple(reply["names"]), tuple(reply["passed_over"]), faults, tuple(fatal))

    def read(self, request, left):
        """(why a file cannot be read or "", whether it must not be read again, CPU seconds used)."""
        if left <= 0:
            return "the time for reading this submission has run out", True, 0
        start = self.clock()
        try:
            reply = self.ask(request, min(READING, left))
        except Lost as error:
            return str(error), True, READING if error.hung else 0
        return reply.get("refused") or reply.get("failed") or "", "failed" in reply, max(0, self.clock() - start)

    def grade(self, submission, name):
        """The Graded for exercise "06.im2col" of a OpenedSubmission."""
        if submission.lost:
            return self.problem(name, f"could not be graded: {submission.lost}", refused=True)
        request = {"do": "grade", "submission": submission.path}
        return self.request(request | {"without": list(submission.fatal), "unread": submission.unread}, name)

    def check(self, path, name):
        """The Graded for an exercise in a notebook or Python file. Raises ValueError if the file cannot be read."""
        from ..answers.solutions import dependencies_of  # slow to import, and to call: meanwhile the judge starts

        given = dependencies_of(ladder.find_exercise(name)[1])
        graded = self.request({"do": "check", "path": str(path), "given": given}, name)
        if graded.refused:
            raise ValueError(graded.problem)
        return graded

    # The judge --------------------------------------------------------------------------------------------------------

    def request(self, request, name):
        """The judge's reply as a Graded, or one that says why there is none."""
        request |= {"exercise": name, "seed": self.seed, "form": self.form}
        try:
            reply = self.ask(request, GRADING, tries=2)
        except Lost as error:
            return self.problem(name, f"could not be graded: {error}")
        if "failed" in reply:
            print(reply["traceback"], end="", file=sys.stderr, flush=True)  # for the instructor
            failed = f"the grader failed here, through no fault of the answer ({reply['failed']}); tell your instructor"
            return self.problem(name, failed, failed=True)
        if "refused" in reply:
            return self.problem(name, reply["refused"], refused=True)
        try:
            return parse_graded(name, reply)
        except (KeyError, TypeError, ValueError) as error:
            self.end()
            return self.problem(name, f"could not be graded: the judge's reply makes no sense ({error})")

    def problem(self, name, sentence, refused=False, failed=False):
        """The Graded, without points, for an exercise that could not be graded."""
        from ..checking.check import unchecked_report  # rarely needed, and the judge starts earlier without them
        from ..show.html import html
        from ..show.text import as_json, text

        _, exercise = ladder.find_exercise(name)
        report = unchecked_report(name, exercise, CRASHED, sentence)
        shown = html(report) if self.form == "html" else text(report, colour=self.form == "colour")
        about = {"problem": sentence, "refused": refused, "failed": failed}
        return Graded(name, CRASHED, report.properties, shown, as_json(report), **about)

    def ask(self, request, seconds, tries=1):
        """The judge's reply. Raises Lost, after which the next request goes to a fresh judge.

        tries: how often to try if the judge dies; an accident, such as the machine running out of memory, happens once
        """
        for left in reversed(range(tries)):
            try:
                return self.ask_once(request, seconds)
            except Lost as error:
                if error.hung or not left:
                    raise

    def ask_once(self, request, seconds):
        """The reply of a judge that has started. Raises Lost and JudgeFailed."""
        if self.child is None:
            self.start()
        child = self.child
        try:
            if not self.greeted:
                child.ask({"do": "greet"}, STARTING)
                self.greeted = True
            reply = child.ask(request, seconds)
        except (Hung, Ended) as error:
            greeted, self.child, self.greeted = self.greeted, None, False
            self.folder.cleanup()
            if not greeted:
                why = f"the judge does not start ({error}); `python -m {JUDGE}` says why"
                raise JudgeFailed(why) from error
            if isinstance(error, Hung):
                raise Lost(f"the judge had no verdict after {seconds:g} seconds", hung=True) from error
            raise Lost(f"the judge died ({error})", hung=False) from error
        if "failed" in reply:
            self.end()  # its memory may be full
        return reply

    def clock(self):
        """CPU seconds used by the judge."""
        return self.child.clock() if self.child else 0.0

    def start(self):
        """Start a fresh judge from this package, whatever the working directory. Raises Lost after close()."""
        if self.closed:
            raise Lost("the grading was stopped", hung=True)
        search = [str(ROOT)] if ROOT.name != "site-packages" else []
        search += filter(None, [os.environ.get("PYTHONPATH")])
        command = [sys.executable, "-P", "-m", JUDGE, str(os.getpid())]
        remove_abandoned(tempfile.gettempdir())
        self.folder = tempfile.TemporaryDirectory(prefix="minifcn-judge-", ignore_cleanup_errors=True)
        own = {"PYTHONPATH": os.pathsep.join(search), **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), self.folder.name)}
        self.child = Child(command, os.environ | ENVIRONMENT | own)

    def close(self):
        """End the judge and grade no more; any thread may call this."""
        self.closed = True
        self.end()

    def end(self):
        """End the judge, and the student's process with it."""
        child, self.child, self.greeted = self.child, None, False
        if child is not None:
            child.messages.put(None)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(timeout=2.0)
            child.close()
            self.folder.cleanup()


def parse_graded(name, reply):
    """A Graded from the judge's reply. Raises KeyError, TypeError or ValueError if it is malformed."""
    _, exercise = ladder.find_exercise(name)
    marks = exercise.graded_properties()
    holds, verdict, shown = reply["holds"], reply["verdict"], reply["shown"]
    if len(holds) != len(marks) or any(one not in (True, False, None) for one in holds):
        raise ValueError(f"{len(holds)} properties, expected {len(marks)}")
    if verdict not in VERDICTS or not isinstance(shown, str):
        raise ValueError(f"verdict {verdict!r}")
    states = tuple(PropertyState(says, points, held) for (says, points), held in zip(marks, holds))
    data = json.loads(reply["json"])
    return Graded(name, verdict, states, shown, data, reply.get("file", ""), tuple(reply.get("others", ())))


@contextlib.contextmanager
def exit_on_sigterm():
    """Inside this context SIGTERM acts like sys.exit(), so that every `with` cleans up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def leave(*signal_and_frame):
        sys.exit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
