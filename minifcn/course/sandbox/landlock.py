"""The wall "files": an answer can read Python, NumPy and the system's libraries, and can write nothing.

Landlock is Linux's sandbox for unprivileged processes (landlock(7)). A ruleset names the actions it forbids; rules
allow some of them again beneath a path. Where the kernel's version supports it, the ruleset also forbids TCP, and
signals to, and abstract sockets of, processes outside. Read world.py next.
"""

import ctypes
import os
import stat
import struct
import sys

CREATE, ADD, RESTRICT = 444, 445, 446  # landlock_create_ruleset, _add_rule, _restrict_self on every architecture
READ, LIST = 1 << 2, 1 << 3  # LANDLOCK_ACCESS_FS_READ_FILE, _READ_DIR: the only actions that rules allow
FILES = ((1, 0x1FFF), (2, 1 << 13), (3, 1 << 14), (5, 1 << 15))  # (ABI version, the actions on files it adds)
NETWORK, SCOPE = (4, 0b11), (6, 0b11)  # bind and connect; abstract sockets and signals
PATH_BENEATH = 1


def raise_wall(readable):
    """Restrict this process permanently to `readable`, (path, actions) pairs. Raises OSError with the reason.

    It needs no_new_privs. A path that does not exist or cannot be opened is skipped.
    """
    if sys.platform != "linux":
        raise OSError("Landlock is part of Linux")
    libc = ctypes.CDLL(None, use_errno=True)
    version = call(libc, CREATE, None, 0, 1)
    actions = sum(bits for since, bits in FILES if version >= since)
    network, scope = (bits * (version >= since) for since, bits in (NETWORK, SCOPE))
    attributes = struct.pack("<QQQ", actions, network, scope)[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = call(libc, CREATE, attributes, len(attributes), 0)
    try:
        for path, allowed in readable:
            allow(libc, ruleset, path, allowed)
        call(libc, RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def allow(libc, ruleset, path, actions):
    """Add a rule for a file or a folder."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            actions &= ~LIST
        call(libc, ADD, ruleset, PATH_BENEATH, struct.pack("<Qi", actions, place), 0)
    finally:
        os.close(place)


def call(libc, number, *arguments):
    """The result of a system call. Raises OSError."""
    given = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    result = libc.syscall(ctypes.c_long(number), *given)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"this kernel has no Landlock, or it is disabled or refused ({os.strerror(code)})")
    return result
