"""The wall "calls": a syscall filter that allows the system calls of a computation, and no others.

Allowed are reading files, memory, time, threads, and signals to the process itself. Calls that could write, start a
program, open a socket or inspect another process fail with EPERM. Calls newer than Linux 5.3 fail with ENOSYS, as on an
older kernel, so that the C library falls back to older ones. The filter is a classic BPF program, assembled here
(seccomp(2), and Documentation/userspace-api/seccomp_filter.rst in Linux). Read landlock.py next.
"""

import ctypes
import errno
import os
import platform
import struct
import sys

ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000  # SECCOMP_RET_*; the last kills the process
LOAD, AND, EQUAL, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06  # BPF instructions
NUMBER, ARCH, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data
X32 = 0x40000000  # __X32_SYSCALL_BIT: selects x86-64's second syscall table
NEW = 435  # clone3, the first call that fails with ENOSYS
SET_FILTER, ALL_THREADS, FULL_SPEED = 1, 1, 4  # SECCOMP_SET_MODE_FILTER; flags TSYNC and SPEC_ALLOW

ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*
CALLS = {  # name: (number on x86-64, number on aarch64), None if there is no such call
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "stat": (4, None), "fstat": (5, 80), "lstat": (6, None),
    "poll": (7, None), "lseek": (8, 62), "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "pread64": (17, 67),
    "readv": (19, 65), "writev": (20, 66), "access": (21, None), "select": (23, None), "sched_yield": (24, 124),
    "mremap": (25, 216), "madvise": (28, 233), "dup": (32, 23), "dup2": (33, None), "pause": (34, None),
    "nanosleep": (35, 101), "getitimer": (36, 102), "alarm": (37, None), "setitimer": (38, 103), "getpid": (39, 172),
    "exit": (60, 93), "uname": (63, 160), "getdents": (78, None), "getcwd": (79, 17),
    "readlink": (89, None), "gettimeofday": (96, 169), "getrlimit": (97, 163), "getrusage": (98, 165),
    "sysinfo": (99, 179), "times": (100, 153), "getuid": (102, 174), "getgid": (104, 176), "geteuid": (107, 175),
    "getegid": (108, 177), "getppid": (110, 173), "getpgrp": (111, None), "getgroups": (115, 158),
    "getresuid": (118, 148), "getresgid": (120, 150), "getpgid": (121, 155), "getsid": (124, 156),
    "rt_sigpending": (127, 136), "rt_sigtimedwait": (128, 137), "rt_sigsuspend": (130, 133), "sigaltstack": (131, 132),
    "statfs": (137, 43), "fstatfs": (138, 44), "getpriority": (140, 141), "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120), "sched_get_priority_max": (146, 125), "sched_get_priority_min": (147, 126),
    "gettid": (186, 178), "time": (201, None), "futex": (202, 98), "sched_getaffinity": (204, 123),
    "getdents64": (217, 61), "set_tid_address": (218, 96), "restart_syscall": (219, 128), "fadvise64": (221, 223),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "exit_group": (231, 94),
    "newfstatat": (262, 79), "readlinkat": (267, 78), "faccessat": (269, 48), "pselect6": (270, 72), "ppoll": (271, 73),
    "set_robust_list": (273, 99), "get_robust_list": (274, 100), "dup3": (292, 24), "preadv": (295, 69),
    "getcpu": (309, 168), "getrandom": (318, 278), "membarrier": (324, 283), "preadv2": (327, 286),
    "statx": (332, 291), "rseq": (334, 293), "close_range": (436, 436), "faccessat2": (439, 439),
}  # fmt: skip
CONDITIONAL = {  # allowed only with certain arguments, see `conditions`
    "open": (2, None), "ioctl": (16, 29), "clone": (56, 220), "kill": (62, 129), "fcntl": (72, 25), "prctl": (157, 167),
    "tgkill": (234, 131), "openat": (257, 56), "prlimit64": (302, 261),
}  # fmt: skip

WRITING = 0o3 | 0o100 | 0o1000 | 0o20000000  # O_ACCMODE, O_CREAT, O_TRUNC, O_TMPFILE
A_THREAD = 0x100 | 0x800 | 0x10000  # CLONE_VM, CLONE_SIGHAND, CLONE_THREAD
NO_THREAD = 0x7E020000 | 0x80 | 0x1000 | 0x2000 | 0x4000 | 0x8000  # CLONE_NEW*, _PIDFD, _PTRACE, _VFORK, _PARENT
TERMINAL = 0x5401, 0x802C542A, 0x5413  # TCGETS, TCGETS2, TIOCGWINSZ
OF_A_FILE = 0x5450, 0x5451, 0x541B  # FIONCLEX, FIOCLEX, FIONREAD
DESCRIPTOR = 0, 1, 2, 3, 1030  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
ABOUT_ITSELF = 2, 3, 15, 16, 0x53564D41  # PR_GET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_SET_VMA


def raise_wall():
    """Install the filter permanently for all threads of this process. Raises OSError with the reason."""
    arch = platform.machine()
    if sys.platform != "linux" or arch not in ARCHES or sys.maxsize < 2**32:
        raise OSError(f"the filter is for Linux on {' and '.join(ARCHES)}; this is {sys.platform} on {arch}")
    instructions = program(arch, os.getpid())
    code = ctypes.create_string_buffer(b"".join(struct.pack("<HBBI", *instruction) for instruction in instructions))
    header = ctypes.create_string_buffer(struct.pack("@HP", len(instructions), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    number = ctypes.c_long({"x86_64": 317, "aarch64": 277}[arch])
    if libc.syscall(number, ctypes.c_ulong(SET_FILTER), ctypes.c_ulong(ALL_THREADS | FULL_SPEED), header):
        raise OSError(f"the kernel refused the filter: {os.strerror(ctypes.get_errno())}")


def program(arch, pid):
    """The filter for "x86_64" or "aarch64" and a process id, as a list of BPF instructions (code, jt, jf, k)."""
    column = list(ARCHES).index(arch)
    code = [(LOAD, 0, 0, ARCH), (EQUAL, 1, 0, ARCHES[arch]), (RETURN, 0, 0, KILL)]
    code += [(LOAD, 0, 0, NUMBER), (AT_LEAST, 0, 1, X32), (RETURN, 0, 0, KILL)]
    for numbers in CALLS.values():
        if numbers[column] is not None:
            code += [(EQUAL, 0, 1, numbers[column]), (RETURN, 0, 0, ALLOW)]
    for name, block in conditions(pid).items():
        if (number := CONDITIONAL[name][column]) is not None:
            code += [(EQUAL, 0, len(block), number), *block]
    return [*code, (AT_LEAST, 0, 1, NEW), fail_with(errno.ENOSYS), fail_with(errno.EPERM)]


def conditions(pid):
    """{name: instructions that decide} for the calls that depend on their arguments."""
    return {
        "openat": allow_masked(2, WRITING, 0),
        "open": allow_masked(1, WRITING, 0),
        "ioctl": allow_one_of(1, TERMINAL + OF_A_FILE),
        "fcntl": allow_one_of(1, DESCRIPTOR),
        "prctl": allow_one_of(0, ABOUT_ITSELF),
        "clone": allow_masked(0, A_THREAD | NO_THREAD, A_THREAD),
        "kill": allow_one_of(0, (pid,)),
        "tgkill": allow_one_of(0, (pid,)),
        "prlimit64": allow_null(2),
    }


def fail_with(number):
    """The instruction that makes a call fail with an errno."""
    return (RETURN, 0, 0, ERRNO | number)


def allow_one_of(argument, values):
    """Allow the call if the low 32 bits of an argument are one of `values`."""
    tests = [(EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]
    return [(LOAD, 0, 0, ARGUMENTS + 8 * argument), *tests, fail_with(errno.EPERM), (RETURN, 0, 0, ALLOW)]


def allow_masked(argument, mask, value):
    """Allow the call if an argument & mask == value."""
    load, *rest = allow_one_of(argument, (value,))
    return [load, (AND, 0, 0, mask), *rest]


def allow_null(argument):
    """Allow the call if all 64 bits of an argument are 0."""
    high = [(LOAD, 0, 0, ARGUMENTS + 8 * argument + 4), (EQUAL, 1, 0, 0), fail_with(errno.EPERM)]
    return [*high, *allow_one_of(argument, (0,))]
