"""The walls around an answer, raised in its own process once NumPy is there and before any of its code runs.

Each one holds by itself, has a name, and can be left out for a test. What a system lacks is left out too, and `missing`
says so. Before the first wall, the process ties its life to the one that checks it, and gives up its privileges.
Read rules.py next.
"""

import contextlib
import ctypes
import os
import signal
import sys
from functools import lru_cache

from . import landlock, rules, seccomp, world

STOPS = {  # in the order in which they are raised
    "namespaces": "the network, and shared memory and queues of other processes",
    "files": "reading files other than Python's, NumPy's and the system's libraries; changing files",
    "limits": "unlimited memory, files and computing time",
    "calls": "other processes, signals to them, and what else of the kernel no computation needs",
    "rules": "nothing for certain, but says in a sentence what an answer may not do",
}
NAMES = ("rules", "limits", "calls", "files", "namespaces")
LIMITS = {"CPU": 1800, "FSIZE": 0, "NOFILE": 64, "CORE": 0, "MEMLOCK": 0, "MSGQUEUE": 0}  # CPU: seconds of its whole life
THREADS = 128
PDEATHSIG, DUMPABLE, NO_NEW_PRIVS = 1, 4, 38  # operations of prctl(2)
NEW_USER, NEW_NETWORK, NEW_IPC = 0x10000000, 0x40000000, 0x08000000  # flags of unshare(2)
READ_SEARCH = 1 << 2  # the capability to read files and search folders of others


def raise_walls(names=NAMES, memory=2**31, imports=(), packages=(), hidden=()):
    """Raise walls in this process, for good. Returns {name: why} of those that this system lacks.

    memory:   bytes of address space that it may use;  imports: see rules.py
    packages: folders that it may read besides those of sys.path;  hidden: see world.py
    """
    strange = [path for path in (*sys.path, *packages) if not readable_without_privileges(path)]
    lacking = {}

    def attempt(name, wall, *arguments):
        with noted(lacking, name):
            if name in names:
                wall(*arguments)

    attempt("namespaces", leave_namespaces, strange)
    give_up_privileges(READ_SEARCH if strange else 0)  # those that come with a user namespace, too
    attempt("files", landlock.raise_wall, world.world(packages, hidden))
    alone = "namespaces" in names and "namespaces" not in lacking
    attempt("limits", set_limits, {"AS": memory} | ({"NPROC": THREADS} if alone else {}))
    attempt("calls", seccomp.raise_wall)
    attempt("rules", rules.raise_wall, imports)
    return lacking


@contextlib.contextmanager
def noted(lacking, name):
    """Keep the reason of an OSError under a name, and go on."""
    try:
        yield
    except OSError as error:
        lacking[name] = error.strerror or str(error)


@lru_cache
def missing():
    """{name: why} of the walls that this system lacks, found out in a process of its own."""
    import importlib.util  # these take ten milliseconds, and no answer's process needs them
    import json
    import subprocess

    program = "import json, sys; sys.path.append(sys.argv[1]); from sandbox import walls; sys.path.pop();"
    program += " print(json.dumps(walls.raise_walls(packages=sys.argv[2:])))"
    numpy = importlib.util.find_spec("numpy").submodule_search_locations[0]
    course = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    command = [sys.executable, "-I", "-S", "-c", program, course, numpy]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return dict.fromkeys(NAMES, f"the process to try them in ended with exit code {done.returncode}")


# Before the walls -----------------------------------------------------------------------------------------------------


def die_with(parent):
    """End this process as soon as the one that started it, or rather the thread that did, has ended. Linux only."""
    if sys.platform == "linux":
        libc().prctl(PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        with contextlib.suppress(PermissionError):
            os.kill(parent, 0)  # raises ProcessLookupError if it ended before that


def give_up_privileges(kept):
    """Drop all capabilities but `kept`, gain none by running a program, and close this process's memory to others."""
    if sys.platform == "linux":
        libc().prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # the third version of the structure
        libc().capset(header, (ctypes.c_uint32 * 6)(kept, kept))
        libc().prctl(DUMPABLE, 0, 0, 0, 0)


def libc():
    return ctypes.CDLL(None, use_errno=True)


def readable_without_privileges(path):
    """Whether this process could read a path if it were not root: one with the rights of its user and groups."""
    path = os.path.realpath(path)
    if sys.platform != "linux" or os.geteuid() or not os.path.exists(path):
        return True
    while True:
        about = os.stat(path)
        shift = 6 if about.st_uid == 0 else 3 if about.st_gid in {os.getegid(), *os.getgroups()} else 0
        if about.st_mode >> shift & 5 != 5 and os.path.isdir(path):
            return False
        if path == os.path.dirname(path):
            return True
        path = os.path.dirname(path)


# Two of the walls -----------------------------------------------------------------------------------------------------


def leave_namespaces(strange):
    """New namespaces of users, network and IPC for this process. Raises OSError with the reason."""
    if sys.platform != "linux":
        raise OSError("namespaces are part of Linux")
    if strange:
        raise OSError(f"only the privileges of root make {strange[0]} readable")
    if libc().unshare(NEW_USER | NEW_NETWORK | NEW_IPC):
        reason = os.strerror(ctypes.get_errno())
        raise OSError(f"this system lets nobody make a user namespace, as in most containers ({reason})")


def set_limits(limits):
    """A MemoryError instead of a machine that stands still, and an end. Raises OSError with the reason.

    limits: more of them than LIMITS, {"AS": bytes}; NPROC counts the threads of all processes of a user and namespace
    """
    try:
        import resource
    except ImportError:
        raise OSError("this system has no limits for a process") from None
    refused = []
    for name, limit in (LIMITS | limits).items():
        try:
            if hasattr(resource, f"RLIMIT_{name}"):
                number = getattr(resource, f"RLIMIT_{name}")
                hard = resource.getrlimit(number)[1]
                limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
                resource.setrlimit(number, (limit, limit))
        except (ValueError, OSError):
            refused.append(name)
    if sys.platform == "darwin":
        raise OSError("macOS limits no memory; the limits of time and files stand")
    if refused:
        raise OSError(f"this system refuses the limits {', '.join(refused)}")
