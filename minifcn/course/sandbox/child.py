"""A child process at the other end of two pipes, which answers each message with one message or is killed.

Neither side can block the other: reads and writes have time limits, at most one reply is held in memory, and a reply
counts only if it carries the number of the last request. Limits are in CPU time where the system reports it, so an
answer does not fail because the machine is busy. process.py and grading/supervisor.py build on this. Read wire.py next.
"""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time

IDLE = 2  # a process may sleep, or wait for anything but the CPU, for this multiple of its time limit
STARVED = 6  # the same by the wall clock, where the system does not report how long a process waited for the CPU
GLANCE = 0.05  # seconds between two looks at the process
MAX_THREADS = 200  # more than this at any look ends the process


class Hung(Exception):
    """The process exceeded its time limit and has been killed."""


class Ended(Exception):
    """The process died or sent something invalid. `code`: its exit code, negative for a signal, None if unknown."""

    def __init__(self, sentence, code=None):
        super().__init__(sentence)
        self.code = code


class Child:
    """A running child process, until it hangs, dies or is closed; use it in a `with`.

    command: program and arguments, as for subprocess
    env:     its complete environment;  cwd: its working directory, the current one if None
    """

    def __init__(self, command, env, cwd=None):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, env=env, cwd=cwd, start_new_session=True, **pipes)
        from . import wire  # only here: the process starts while this one imports NumPy

        self.encode = wire.encode
        self.replies, self.messages = queue.Queue(maxsize=1), queue.SimpleQueue()
        self.number, self.closing = 0, threading.Event()
        self.threads = [
            threading.Thread(target=read_messages, args=(self.process.stdout, wire.receive, self.replies, self.closing), daemon=True),
            threading.Thread(target=write_messages, args=(self.process.stdin, self.messages), daemon=True),
        ]
        for thread in self.threads:
            thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def tell(self, message):
        """Send a message that gets no reply."""
        self.messages.put(self.encode(message))

    def ask(self, message, seconds):
        """The reply to a message, both dicts. Raises Hung or Ended, after which the process no longer runs."""
        self.number += 1
        with contextlib.suppress(queue.Empty):
            early = self.replies.get_nowait()
            unasked = "it sent a reply without being asked"
            raise self.ended(protocol_error(early) if isinstance(early, Exception) else unasked)
        self.tell(message | {"number": self.number})
        reply = self.wait(seconds)
        if isinstance(reply, Exception):
            raise self.ended(protocol_error(reply))
        number = reply.pop("number", None) if isinstance(reply, dict) else None
        if type(number) is not int or number != self.number:
            raise self.ended("what it sent is not a reply to the request")
        return reply

    def wait(self, seconds):
        """The next reply, or the exception that ended reading. Raises Hung, or Ended for too many threads."""
        with contextlib.suppress(queue.Empty):
            return self.replies.get(timeout=GLANCE)  # nearly every reply is here before it is worth looking at a clock
        watch = self.stopwatch()
        while True:
            with contextlib.suppress(queue.Empty):
                return self.replies.get(timeout=GLANCE)
            if watch.over(seconds):
                self.close()
                raise Hung(f"no answer after {seconds:g} seconds")
            if threads_of(self.process.pid) > MAX_THREADS:
                raise self.ended(f"it had more than {MAX_THREADS} threads")

    def stopwatch(self):
        """A Stopwatch for the process, started now."""
        return Stopwatch(self.process.pid)

    def clock(self):
        """CPU seconds used by the process, all threads together."""
        return cpu_time(self.process.pid)

    def ended(self, sentence):
        """Close the process and return the exception to raise."""
        code = self.close(0.2 if sentence else 2.0)  # without a sentence, it has closed its pipe and is about to exit
        return Ended(sentence or describe_exit(code), code)

    def close(self, seconds=0.2):
        """Kill the process group after a grace period of `seconds`, wait for it, and return the exit code."""
        process = self.process
        self.closing.set()
        self.messages.put(None)
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            code = None
        if hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        process.kill()
        process.wait()
        with contextlib.suppress(queue.Empty):
            self.replies.get_nowait()  # `read_messages` may be waiting for room
        for thread in self.threads:
            thread.join(timeout=1.0)  # it ends, and closes its pipe, once nobody holds the other end
        return process.returncode if code is None else code


def read_messages(stream, receive, replies, closing):
    """Put every message of a stream into a queue of length one, finally the exception; then close the stream."""
    with stream:
        try:
            while not closing.is_set():
                replies.put(receive(stream))
        except Exception as error:  # noqa: BLE001  (passed on to whoever waits for the reply)
            replies.put(error)


def write_messages(stream, messages):
    """Write every message of a queue to a stream, until None or a broken pipe; then close the stream."""
    with contextlib.suppress(OSError), stream:
        while (message := messages.get()) is not None:
            stream.write(message)
            stream.flush()


def protocol_error(error):
    """What is wrong with a message; "" if the process has just closed its pipe."""
    return "" if isinstance(error, EOFError) else f"what it sent is not a message: {error}"


class Stopwatch:
    """The time a process takes from now on, as if it had the machine to itself."""

    def __init__(self, pid):
        self.pid = pid
        self.used, self.start, self.delay = cpu_time(pid), time.monotonic(), delay(pid)

    def over(self, seconds):
        """Whether it has used more than `seconds` of CPU time, or has been idle for IDLE times as long."""
        if cpu_time(self.pid) - self.used > seconds:
            return True
        elapsed = time.monotonic() - self.start
        if elapsed <= seconds * IDLE:
            return False
        delayed = delay(self.pid)
        if delayed is None or self.delay is None:
            return elapsed > seconds * STARVED
        return elapsed - (delayed - self.delay) > seconds * IDLE and not is_runnable(self.pid)


def threads_of(pid):
    """The number of threads of a process; 0 where the system does not report it."""
    try:
        return int(status_of(pid)[17])
    except (OSError, ValueError, IndexError):
        return 0


def is_runnable(pid):
    """Whether the main thread of a process runs or waits for the CPU; delay() counts a wait only when it is over."""
    try:
        return status_of(pid)[0] == b"R"
    except (OSError, IndexError):
        return False


def status_of(pid):
    """The fields of Linux's /proc/PID/stat after the name, which may hold anything."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b")")[2].split()


def delay(pid):
    """Seconds the main thread of a process spent waiting in the CPU's run queue; None if unknown."""
    try:
        with open(f"/proc/{pid}/schedstat", encoding="ascii") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


def cpu_time(pid):
    """CPU seconds used by a process; where the system does not report it, wall-clock time."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, OverflowError):
            return time.clock_gettime(~pid << 3 | 2)  # its CPU clock, as clock_getcpuclockid(3) names it
    return time.monotonic()


def describe_exit(code):
    """An exit code as text."""
    if code is None or code >= 0:
        return f"exit code {code}"
    return f"signal {signal.Signals(-code).name}" if -code in set(signal.Signals) else f"signal {-code}"
