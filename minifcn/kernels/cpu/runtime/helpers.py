"""Processes that help to compile: Numba compiles on one core, and the others wait.

The first kernel that is not on disk starts a process for each further core.  It goes through the calls of ../warm_up.py
from the end, while this process compiles what it needs itself; either finds on disk what the other has finished.  At
worst both compile the same kernel, and write the same file.  Read threads.py next.
"""

import atexit
import contextlib
import os
import subprocess
import sys

from .threads import MOST

STREAMS = "stdin", "stdout", "stderr"
MOST_HELPERS = 3  # more of them would only meet each other
running = []  # the processes that this one has started
COMPILE = "from {package}.warm_up import help_to_compile; help_to_compile({dtype!r}, {part})"


def start_helpers(dtype):
    """Start a process for each of Numba's threads but one; they end with this process at the latest.

    Where no process may be started, as in the sandbox of the course, there are none.
    """
    helpers = min(MOST - 1, MOST_HELPERS)
    package = __package__.rpartition(".")[0]
    environment = os.environ | {"NUMBA_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    for helper in range(helpers if sys.executable else 0):
        code = COMPILE.format(package=package, dtype=dtype, part=(helper + 1) / helpers)
        command = [sys.executable, "-P", "-c", code]  # -P: no module in the working directory takes the place of ours
        with contextlib.suppress(OSError):
            running.append(subprocess.Popen(command, env=environment, **dict.fromkeys(STREAMS, subprocess.DEVNULL)))
    atexit.register(end_helpers)


def end_helpers():
    """A file that a helper was about to write is either complete or not there."""
    for process in running:
        process.terminate()
        process.wait()
