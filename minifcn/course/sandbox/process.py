"""A sandboxed process for an answer: questions go in, outcomes come out, and neither can hang or harm the check.

An outcome is a value, an exception, a timeout, or the death of the process. After the last two a new process is needed.
The other side is worker.py, behind the walls of walls.py. Read child.py next.
"""

import contextlib
import functools
import os
import re
import shutil
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ..paths import COURSE, ROOT, lessons_path
from . import walls
from .child import Child, Ended, Hung
from .needs import NUMBA

MEMORY = 2 * 2**30  # bytes an answer may use
MAX_TEXT = 10_000  # characters of any text in a reply
WORKER = Path(__file__).with_name("worker.py")
FLAGS = ("-s", "-S", "-P", "-B")  # no site-packages or their start-up code, no .pyc files
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONHASHSEED": "0",
            "NUMBA_NUM_THREADS": "1", "NUMBA_THREADING_LAYER": "workqueue", "NUMBA_OPT": "0",  # it runs once: compile quickly
            "LANG": "C.UTF-8", "TZ": "UTC", "USER": "answer"}  # fmt: skip
FOLDER = re.compile(r"minifcn-(answer|judge)-\w{8}")  # a temporary folder of a process, here or in grading/supervisor.py
A_DAY = 24 * 60 * 60  # seconds; nothing that is still running has left its folder alone for so long
INHERITED = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")


@dataclass(frozen=True)
class Outcome:
    """The outcome of one question.

    kind:    "value", "raised", "timed out" or "died"
    value:   for "value"; changed: indices of the arguments that the answer modified
    type, message, line: for "raised"; `line` is a line of the source as loaded, 0 if the exception arose elsewhere
    own:     whether that line is a `raise` or an `assert`, so that the message is the answer's own (checking/trial.py sets it)
    """

    kind: str
    value: object = None
    changed: tuple = ()
    type: str = ""
    message: str = ""
    line: int = 0
    not_written: bool = False
    printed: str = ""
    own: bool = False


class AnswerProcess:
    """A process that holds one answer at a time. Use it in a `with`, or close() it.

    The process also ends when the thread that started it does.
    imports: modules an answer may import besides NumPy and the standard library; None: `admit` will name them
    needs:   what its exercise needs, as in Exercise: "", "numba" or "cuda"
    memory:  bytes of address space
    walls:   names of the walls around it, all by default; those the system lacks are left out
    launched: what launch() returned, if the process has been started already
    """

    def __init__(self, imports=(), memory=MEMORY, walls=walls.NAMES, needs="", launched=None):
        self.imports, self.about = imports, {"memory": memory, "walls": list(walls), "needs": needs}
        self.launched, self.child, self.folder = launched, None, None

    def __enter__(self):
        if self.child is None:
            self.start()  # it imports NumPy while the checker makes the questions
        return self

    def __exit__(self, *exception):
        self.close()

    def load(self, name, source, given=(), seconds=20.0):
        """Load a source and keep what it calls `name` as the answer. Returns an Outcome: value None, or the failure."""
        if self.child is None:
            self.start()
        return self.request({"name": name, "source": source, "given": list(given)}, 0, seconds)

    def ask(self, case, probe=("", ""), seconds=10.0):
        """The Outcome of a Case. probe: (name, source) of the function to call with the answer, or empty strings."""
        name, source = probe
        question = {"args": case.args, "kwargs": case.kwargs, "probe": source, "probe_name": name}
        return self.request(question, len(case.args) + len(case.kwargs), seconds)

    def request(self, message, arguments, seconds):
        """Send a message and wait at most `seconds` for the reply; `arguments` is the number of arguments in it."""
        if self.child is None:
            return Outcome("died", message="the answer's process has already ended")
        try:
            return parse_outcome(self.child.ask(message, seconds), arguments)
        except Hung as error:
            self.close()
            return Outcome("timed out", message=str(error))
        except (Ended, ValueError) as error:
            self.close()
            return Outcome("died", message=f"the answer's process ended: {error}")

    def stopwatch(self):
        """A Stopwatch for the process, which must be running."""
        return self.child.stopwatch()

    def start(self):
        """Start a fresh process, or take the one that was launched for this."""
        (self.child, self.folder), self.launched = self.launched or launch(), None
        if self.imports is not None:
            self.get_ready()

    def admit(self, imports):
        """Name the modules that an answer may import, if that was left open."""
        if self.imports is None:
            self.imports = imports
            self.get_ready()

    def get_ready(self):
        """Have the process import what it needs, and raise its walls."""
        about = {"imports": list(self.imports)} | system_paths(self.imports, self.about["needs"])
        self.child.tell(self.about | about)

    def close(self):
        """Kill the process and everything it has started."""
        if self.child is not None:
            self.child.close(0.2 if self.child.number else 0.0)  # where nothing was asked, nothing of an answer's has run
            shutil.rmtree(self.folder, ignore_errors=True)
            self.child = None


def process_for(exercise, launched=None):
    """An AnswerProcess that gets ready for an Exercise before it is needed, unless what it imports depends on the answer."""
    imports = None if set(exercise.imports) - {exercise.needs} else ()
    return AnswerProcess(imports, needs=exercise.needs, launched=launched)


def launch():
    """(Child, its folder): a fresh process in an empty temporary folder, which imports NumPy and waits for an AnswerProcess."""
    remove_abandoned(tempfile.gettempdir())
    folder = tempfile.mkdtemp(prefix="minifcn-answer-")
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    own = {"HOME": folder, "TMPDIR": folder}
    command = [sys.executable, *FLAGS, str(WORKER), str(Path(find_spec("numpy").origin).parents[1]), str(os.getpid())]
    return Child(command, inherited | ENVIRONMENT | own, folder), folder


@functools.cache
def remove_abandoned(folder):
    """Remove what checks that were killed have left in a folder for temporary files, once in a process."""
    for path in Path(folder).glob("minifcn-*"):
        with contextlib.suppress(OSError):
            if FOLDER.fullmatch(path.name) and time.time() - path.lstat().st_mtime > A_DAY:
                shutil.rmtree(path)  # which follows no link


def system_paths(imports, needs=""):
    """What a worker needs to know about this system: folders it may read, and folders it may not."""
    course = COURSE / "lessons", COURSE / "notebooks", lessons_path()
    hidden = [os.path.expanduser("~"), ROOT, *course, sysconfig.get_path("purelib")]
    packages = [path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")] if imports else []
    compilers = [Path(find_spec(name).origin).parent for name in ("numba", "llvmlite")] if needs == NUMBA else []
    readable, libraries = [*(ROOT / name for name in imports), *compilers], sorted({path.parent for path in compilers})
    about = {"hidden": hidden, "packages": packages, "readable": readable, "compilers": compilers, "libraries": libraries}
    return {name: [str(path) for path in paths] for name, paths in about.items()} | {"course": str(ROOT)}


def parse_outcome(reply, arguments):
    """A worker's reply as an Outcome. Raises ValueError if it is malformed."""
    printed = get_field(reply, "printed", str)
    if "raised" in reply:
        kind, message = get_field(reply, "raised", str), get_field(reply, "message", str)
        line, not_written = get_field(reply, "line", int), get_field(reply, "not_written", bool)
        return Outcome("raised", None, (), kind, message, line, not_written, printed)
    changed = get_field(reply, "changed", list)
    if len(changed) > arguments or not all(type(i) is int and 0 <= i < arguments for i in changed):
        raise ValueError("its reply names changed arguments that do not exist")
    return Outcome("value", reply.get("value"), tuple(changed), printed=printed)


def get_field(reply, name, kind):
    """A field of a reply, which must exist and have exactly this type."""
    value = reply.get(name)
    if type(value) is not kind or kind is str and len(value) > MAX_TEXT or kind is int and not 0 <= value < 2**31:
        raise ValueError(f"its reply has no valid {name!r}")
    return value
