"""A process of its own for an answer: questions go in, outcomes come out, and neither can hang or hurt the check.

An outcome is a value, an exception, a time-out, or the death of the process. After the last two a new process is
needed. Its other side is worker.py; read judge.py next.
"""

import os
import queue
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from . import wire

MEMORY = 2 * 2**30  # bytes that an answer may use
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
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def load(self, name, source, given=(), seconds=20.0):
        """Load a source and take from it what it calls `name`. Returns an Outcome: a value of None, or why not."""
        if self.process is None:
            self.start()
        return self.request({"name": name, "source": source, "given": list(given)}, seconds)

    def ask(self, case, probe=("", ""), seconds=10.0):
        """The Outcome of a Case. probe: (name, source) of the function to call with the answer, or empty."""
        name, source = probe
        question = {"args": case.args, "kwargs": case.kwargs, "probe": source, "probe_name": name}
        return self.request(question, seconds)

    def request(self, message, seconds):
        """Send a message and wait for the reply, but no longer than `seconds`."""
        try:
            wire.send(self.process.stdin, message)
            reply = self.replies.get(timeout=seconds)
        except queue.Empty:
            self.close()
            return Outcome("timed out", message=f"no answer after {seconds:g} seconds")
        except OSError:
            reply = None
        try:
            return outcome(reply)
        except (KeyError, TypeError, AttributeError):
            code = self.close()
            return Outcome("died", message=f"the process of the answer ended ({how_it_ended(code)})")

    def start(self):
        """A fresh process; what it sends is collected by a thread."""
        command = [sys.executable, "-I", str(Path(__file__).with_name("worker.py"))]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, env=os.environ | SETTINGS, start_new_session=True, **pipes)
        self.replies = queue.Queue()
        self.collector = threading.Thread(target=collect, args=(self.process.stdout, self.replies), daemon=True)
        self.collector.start()
        wire.send(self.process.stdin, self.limits)

    def close(self):
        """End the process and whatever it has started. Returns its exit code."""
        process, self.process = self.process, None
        if process is None:
            return 0
        try:
            process.stdin.close()
        except OSError:
            pass
        try:
            code = process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            code = None
        if hasattr(os, "killpg"):
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass
        process.kill()
        process.wait()
        self.collector.join(timeout=1.0)  # it ends, and closes its pipe, when nobody holds the other end
        return process.returncode if code is None else code


def collect(stream, replies):
    """Put every message of a stream into a queue, and None at its end; then close the stream."""
    with stream:
        try:
            while True:
                replies.put(wire.receive(stream))
        except (EOFError, ValueError, OSError):
            replies.put(None)


def outcome(reply):
    """A reply of the worker as an Outcome. Raises KeyError, TypeError or AttributeError when it is none."""
    printed = str(reply["printed"])
    if "raised" in reply:
        kind, message, line = str(reply["raised"]), str(reply["message"]), int(reply["line"])
        return Outcome("raised", None, (), kind, message, line, bool(reply["not_written"]), printed)
    return Outcome("value", reply.get("value"), tuple(reply.get("changed", ())), printed=printed)


def how_it_ended(code):
    """An exit code in words."""
    if code is None or code >= 0:
        return f"exit code {code}"
    return f"signal {signal.Signals(-code).name}" if -code in set(signal.Signals) else f"signal {-code}"
