"""The wall "rules": an audit hook that refuses what an answer has no reason to do, and says so in a sentence.

It is a sign more than a wall. Python raises audit events inside the process, where code that writes into the process's
memory can silence them. It is at least out of reach of plain Python: the hook keeps all the constants and functions it
uses as default arguments, so it never looks up a global, attribute or builtin that an answer may have replaced. A
compiler may call LLVM through ctypes; the rule looks at who calls, which an answer could forge. Read seccomp.py next.
"""

import _thread
import ctypes
import os
import sys
import threading

FORBIDDEN = (
    "_winapi.", "ctypes.", "fcntl.", "ftplib.", "gc.get_", "http.", "imaplib.", "nntplib.", "os.chflags", "os.chmod",
    "os.chown", "os.exec", "os.fork", "os.kill", "os.lchflags", "os.lchmod", "os.lchown", "os.link", "os.lockf",
    "os.mkdir", "os.posix_spawn", "os.remove", "os.rename", "os.rmdir", "os.setxattr", "os.spawn", "os.startfile",
    "os.symlink", "os.system", "os.truncate", "os.unlink", "os.utime", "poplib.", "pty.", "resource.", "shutil.",
    "signal.", "smtplib.", "socket.", "sqlite3.", "subprocess.", "sys._current_", "sys.addaudithook", "syslog.",
    "telnetlib.", "tempfile.", "urllib.", "webbrowser.", "winreg.",
)  # fmt: skip
SILENT = {  # functions that raise no audit event, and are replaced
    "os": (
        "chroot", "copy_file_range", "memfd_create", "mkfifo", "mknod", "nice", "openpty", "pidfd_open",
        "posix_openpt", "sched_setaffinity", "sched_setparam", "sched_setscheduler", "sendfile", "setegid", "seteuid",
        "setgid", "setgroups", "setns", "setpgid", "setpgrp", "setpriority", "setregid", "setresgid", "setresuid",
        "setreuid", "setsid", "setuid", "splice", "unshare",
    ),
    "signal": ("pidfd_send_signal", "pthread_kill"),
    "_posixsubprocess": ("fork_exec",),
    "ctypes": ("memmove", "memset"),
}  # fmt: skip
BUILT_IN = {"os": os.name, "signal": "_signal"}  # the C modules with the same functions
READING = frozenset(("r", "rb", "br", "rt", "tr"))  # the read-only modes of open()
CHANGING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
UNFIT = {"_dbm", "_gdbm", "_posixshmem", "readline"}  # modules that write files without raising an audit event
MIN_STACK = 2**23  # bytes; with smaller stacks, too many threads would fit into the memory limit
LIBRARIES = {"minifcn", "torch", "scipy", "tensorflow", "jax", "cupy", "lessons"}  # these contain the answers


def raise_wall(imports, compilers=()):
    """From now on, refuse what this file lists.

    imports: names in LIBRARIES that the answer may import;  compilers: folders whose code may use ctypes
    """
    for name, functions in SILENT.items():
        for module in (name, BUILT_IN.get(name, name)):
            replace(module, name, functions)
    threading.stack_size = _thread.stack_size = require_large(_thread.stack_size)
    known = tuple(str.encode(name) for name in sorted(LIBRARIES - set(imports)))
    unfit = tuple(str.encode(name) for name in sorted(UNFIT))
    sys.addaudithook(make_hook(known, unfit, tuple(folder + os.sep for folder in compilers)))


def replace(module, name, functions):
    """Replace those of the functions that a module has by ones that refuse."""
    try:
        found = __import__(module)
    except ImportError:
        return
    for function in functions:
        if hasattr(found, function):
            setattr(found, function, refusal(f"{name}.{function}"))


def refusal(name):
    """A function that raises PermissionError."""

    def refuse(*args, **kwargs):
        raise PermissionError(f"an answer may not call {name}")

    return refuse


def require_large(stack_size):
    """A threading.stack_size that accepts only large sizes."""

    def limited(size=0):
        if 0 < size < MIN_STACK:
            raise PermissionError(f"an answer may not have threads with a stack of less than {MIN_STACK} bytes")
        return stack_size(size)

    return limited


def make_hook(known, unfit, compilers=()):
    """The audit hook. All it uses is a default argument or comes straight from Python's C code."""

    def rule(
        event, args, known=known, unfit=unfit, forbidden=FORBIDDEN, reading=READING, changing=CHANGING,
        isinstance=isinstance, str=str, exact=str.__str__, encode=str.encode, partition=bytes.partition,
        startswith=str.startswith, cut=str.__getitem__, first=slice(80), ImportError=ImportError,
        PermissionError=PermissionError, compilers=compilers, frame_at=sys._getframe, between=ctypes.__file__,
    ):  # fmt: skip
        if event == "import":
            top = partition(encode(exact(args[0])), b".")[0]
            if top in known:
                raise ImportError(f"an answer may not import {top.decode()}; write it with NumPy")
            if top in unfit:
                raise ImportError(f"an answer may not import {top.decode()}")
        elif event == "open":
            name, mode, flags = args
            if exact(mode) not in reading if isinstance(mode, str) else flags & changing:
                shown = f" ({cut(exact(name), first)})" if isinstance(name, str) else ""
                raise PermissionError(f"an answer may not write files{shown}")
        elif startswith(event, forbidden):
            if compilers and startswith(event, "ctypes."):
                frame = frame_at(1)
                while frame.f_code.co_filename == between:
                    frame = frame.f_back
                if startswith(frame.f_code.co_filename, compilers):
                    return
            raise PermissionError(f"an answer may not call {event}")

    return rule
