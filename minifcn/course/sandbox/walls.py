"""The walls of the sandbox, raised in the answer's process after NumPy is imported and before any of its code runs.

Each wall stands alone, has a name, and can be left out for a test. Walls the system lacks are left out too, and
`missing` reports them. Before the first wall, the process arranges to die with its parent and drops its privileges.
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
    "namespaces": "the network, and other processes' shared memory and message queues",
    "files": "reading files other than Python, NumPy and the system's libraries; changing any file",
    "limits": "unlimited memory, open files and CPU time",
    "calls": "starting or signalling other processes, and other system calls no computation needs",
    "rules": "nothing reliably, but it explains in a sentence what an answer may not do",
}
NAMES = ("rules", "limits", "calls", "files", "namespaces")
LIMITS = {"CPU": 1800, "FSIZE": 0, "NOFILE": 64, "CORE": 0, "MEMLOCK": 0, "MSGQUEUE": 0}  # RLIMIT_*; CPU in seconds
THREADS = 128
PDEATHSIG, DUMPABLE, NO_NEW_PRIVS = 1, 4, 38  # operations of prctl(2)
NEW_USER, NEW_NETWORK, NEW_IPC = 0x10000000, 0x40000000, 0x08000000  # flags of unshare(2)
READ_SEARCH = 1 << 2  # CAP_DAC_READ_SEARCH, to read files and search folders of other users


def raise_walls(names=NAMES, memory=2**31, imports=(), packages=(), hidden=(), compilers=()):
    """Raise walls in this process, permanently. Returns {name: reason} for those this system lacks.

    memory:   bytes of address space it may use;  imports: see rules.py
    packages: folders it may read besides sys.path;  hidden: see world.py;  compilers: see rules.py
    """
    root_only = [path for path in (*sys.path, *packages) if not readable_without_privileges(path)]
    lacking = {}

    def attempt(name, wall, *arguments):
        with record_failure(lacking, name):
            if name in names:
                wall(*arguments)

    attempt("namespaces", leave_namespaces, root_only)
    give_up_privileges(READ_SEARCH if root_only else 0)  # including those gained with a user namespace
    attempt("files", landlock.raise_wall, world.readable_paths(packages, hidden))
    alone = "namespaces" in names and "namespaces" not in lacking
    attempt("limits", set_limits, {"AS": memory} | ({"NPROC": THREADS} if alone else {}))
    attempt("calls", seccomp.raise_wall)
    attempt("rules", rules.raise_wall, imports, compilers)
    return lacking


@contextlib.contextmanager
def record_failure(lacking, name):
    """Record the reason of an OSError under a name, and continue."""
    try:
        yield
    except OSError as error:
        lacking[name] = error.strerror or str(error)


@lru_cache
def missing():
    """{name: reason} for the walls this system lacks, determined in a separate process."""
    import importlib.util  # these take ten milliseconds, and an answer's process does not need them
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
        return dict.fromkeys(NAMES, f"the process that tried them ended with exit code {done.returncode}")


# Before the walls -----------------------------------------------------------------------------------------------------


def die_with(parent):
    """Have this process killed when its parent, precisely the thread that started it, ends. Linux only."""
    if sys.platform == "linux":
        libc().prctl(PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        with contextlib.suppress(PermissionError):
            os.kill(parent, 0)  # raises ProcessLookupError if it has ended already


def give_up_privileges(capabilities):
    """Keep only a mask of `capabilities`, gain none through exec, and hide this process's memory from others."""
    if sys.platform == "linux":
        libc().prctl(NO_NEW_PRIVS, 1, 0, 0, 0)
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3
        libc().capset(header, (ctypes.c_uint32 * 6)(capabilities, capabilities))
        libc().prctl(DUMPABLE, 0, 0, 0, 0)


def libc():
    return ctypes.CDLL(None, use_errno=True)


def readable_without_privileges(path):
    """Whether this process could read a path without root's privileges, with its user's and groups' rights alone."""
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


def leave_namespaces(root_only):
    """Move this process into new user, network and IPC namespaces. Raises OSError with the reason."""
    if sys.platform != "linux":
        raise OSError("namespaces exist only on Linux")
    if root_only:
        raise OSError(f"{root_only[0]} is readable only with root's privileges")
    if libc().unshare(NEW_USER | NEW_NETWORK | NEW_IPC):
        reason = os.strerror(ctypes.get_errno())
        raise OSError(f"this system does not allow user namespaces, like most containers ({reason})")


def set_limits(limits):
    """Limit memory, so that an answer gets a MemoryError before the machine swaps, and the rest of LIMITS.

    limits: further limits, {"AS": bytes}; NPROC counts the threads of all processes of a user in a namespace
    Raises OSError with the reason.
    """
    try:
        import resource
    except ImportError:
        raise OSError("this system has no process limits") from None
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
        raise OSError("macOS does not limit memory; the limits on time and files are set")
    if refused:
        raise OSError(f"this system refused the limits {', '.join(refused)}")
