"""A process of its own for an answer: questions go in, outcomes come out, and neither can hang or hurt the check.

An outcome is a value, an exception, a time-out, or the death of the process. After the last two a new process is
needed. Its other side is worker.py; read judge.py next.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from .child import Child, Ended, Hung

MEMORY = 2 * 2**30  # bytes that an answer may use
LONGEST = 10_000  # characters of a text in a reply
SETTINGS = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


@dataclass(frozen=True)
class Outcome:
    """What became of one question.

    kind:    "value", "raised", "timed out" or "died"
    value:   for "value"; changed: numbers of the arguments that the answer wrote into
    type, message, line: for "raised"; `line` counts in the source as it was loaded, 0 when it is elsewhere
    """

    kind: str
    value: object = None
    changed: tuple = ()
    type: str = ""
    message: str = ""
    line: int = 0
    not_written: bool = False
    printed: str = ""


class AnswerProcess:
    """One process with one answer at a time in it. Use it in a `with`, or close() it.

    imports: modules beyond NumPy and the standard library that an answer may import
    """

    def __init__(self, imports=(), memory=MEMORY):
        self.limits = {"memory": memory, "imports": list(imports)}
        self.child = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def load(self, name, source, given=(), seconds=20.0):
        """Load a source and take from it what it calls `name`. Returns an Outcome: a value of None, or why not."""
        if self.child is None:
            self.start()
        return self.request({"name": name, "source": source, "given": list(given)}, 0, seconds)

    def ask(self, case, probe=("", ""), seconds=10.0):
        """The Outcome of a Case. probe: (name, source) of the function to call with the answer, or empty."""
        name, source = probe
        question = {"args": case.args, "kwargs": case.kwargs, "probe": source, "probe_name": name}
        return self.request(question, len(case.args) + len(case.kwargs), seconds)

    def request(self, message, arguments, seconds):
        """Send a message and wait for the reply, but no longer than `seconds`; `arguments` is their number in it."""
        try:
            return outcome(self.child.ask(message, seconds), arguments)
        except Hung as error:
            self.child = None
            return Outcome("timed out", message=str(error))
        except Ended as error:
            self.child = None
            return Outcome("died", message=f"the process of the answer ended ({error})")
        except ValueError as error:
            self.close()
            return Outcome("died", message=f"the process of the answer was ended: {error}")

    def clock(self):
        """Seconds of processor time that the process has used."""
        return self.child.clock() if self.child else 0.0

    def start(self):
        """A fresh process."""
        command = [sys.executable, "-I", str(Path(__file__).with_name("worker.py"))]
        self.child = Child(command, os.environ | SETTINGS)
        self.child.tell(self.limits)

    def close(self):
        """End the process and whatever it has started."""
        if self.child is not None:
            self.child.close()
            self.child = None


def outcome(reply, arguments):
    """A reply of the worker as an Outcome. Raises ValueError when it is none."""
    printed = field(reply, "printed", str)
    if "raised" in reply:
        kind, message = field(reply, "raised", str), field(reply, "message", str)
        line, not_written = field(reply, "line", int), field(reply, "not_written", bool)
        return Outcome("raised", None, (), kind, message, line, not_written, printed)
    changed = field(reply, "changed", list)
    if len(changed) > arguments or not all(type(i) is int and 0 <= i < arguments for i in changed):
        raise ValueError("its reply has arguments changed that it was not given")
    return Outcome("value", reply.get("value"), tuple(changed), printed=printed)


def field(reply, name, kind):
    """A field of a reply, which must be there and of that type."""
    value = reply.get(name)
    if type(value) is not kind or kind is str and len(value) > LONGEST or kind is int and not 0 <= value < 2**31:
        raise ValueError(f"its reply has no proper {name!r}")
    return value
