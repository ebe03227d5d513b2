"""The walls one by one: the filter's program, the rules for files, and what is said of a system that lacks some."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from minifcn.__main__ import main
from minifcn.course.sandbox import landlock, seccomp, walls, world

COURSE = Path(walls.__file__).parents[1]
LINUX = pytest.mark.skipif(sys.platform != "linux" or "calls" in walls.missing(), reason="needs a filter for calls")

# The filter ----------------------------------------------------------------------------------------------------------

PID = 4321
VERDICTS = {seccomp.ALLOW: "allowed", seccomp.KILL: "killed", seccomp.ERRNO | errno.EPERM: "refused",
            seccomp.ERRNO | errno.ENOSYS: "unknown"}  # fmt: skip


def verdict(arch, number, *arguments, table=None):
    """What the filter says of a system call, by a machine for the instructions that it uses."""
    table = seccomp.ARCHES[arch] if table is None else table
    words = {0: number, 4: table}
    for i, value in enumerate(arguments):
        words |= {16 + 8 * i: value & 0xFFFFFFFF, 20 + 8 * i: value >> 32 & 0xFFFFFFFF}
    program, place, accumulator = seccomp.program(arch, PID), 0, 0
    while True:
        code, yes, no, k = program[place]
        if code == seccomp.RETURN:
            return VERDICTS[k]
        if code == seccomp.LOAD:
            accumulator = words.get(k, 0)
        elif code == seccomp.AND:
            accumulator &= k
        elif code in (seccomp.EQUAL, seccomp.AT_LEAST):
            holds = accumulator == k if code == seccomp.EQUAL else accumulator >= k
            place += yes if holds else no
        place += 1


def call(arch, name, *arguments):
    """The verdict on a call that the filter knows by name; "allowed" and "refused" in the cases below."""
    number = (seccomp.CALLS | seccomp.CONDITIONAL)[name][list(seccomp.ARCHES).index(arch)]
    return verdict(arch, number, *arguments) if number is not None else None


arches = pytest.mark.parametrize("arch", seccomp.ARCHES)
READING = os.O_RDONLY | 0o2000000  # O_CLOEXEC
THREAD = 0x3D0F00  # the flags with which glibc makes a thread


@arches
@pytest.mark.parametrize(
    "name, arguments",
    [("read", (0,)), ("mmap", ()), ("openat", (2**64 - 100, 0, READING)), ("open", (0, READING)), ("futex", ()),
     ("clone", (THREAD,)), ("kill", (PID, 9)), ("tgkill", (PID, 1, 6)), ("prlimit64", (0, 7, 0)), ("ioctl", (1, 0x5401)),
     ("fcntl", (3, 1030)), ("exit_group", ()), ("clock_nanosleep", ()), ("prctl", (15,)), ("getrandom", ())],
)  # fmt: skip
def test_a_computation_may_call(arch, name, arguments):
    assert call(arch, name, *arguments) in ("allowed", None)


@arches
@pytest.mark.parametrize(
    "name, arguments",
    [("openat", (0, 0, os.O_WRONLY)), ("openat", (0, 0, os.O_RDWR)), ("openat", (0, 0, os.O_CREAT)), ("openat", (0, 0, 3)),
     ("openat", (0, 0, os.O_TRUNC)), ("openat", (0, 0, 0o20200000)), ("openat", (0, 0, 2**32 | 1)), ("open", (0, 1)),
     ("clone", (17,)), ("clone", (0x4111,)), ("clone", (THREAD | 0x10000000,)), ("clone", (THREAD | 0x1000,)),
     ("clone", (0x10900 & ~0x10000,)), ("kill", (PID - 1, 9)), ("kill", (0, 9)), ("kill", (2**64 - 1, 9)),
     ("tgkill", (1, 1, 9)), ("prlimit64", (0, 7, 2**32)), ("prlimit64", (0, 7, 1)), ("ioctl", (1, 0x5412)), ("fcntl", (0, 8)),
     ("fcntl", (0, 1024)), ("prctl", (1, 0)), ("prctl", (4, 1)), ("prctl", (22, 2))],
)  # fmt: skip
def test_a_call_with_other_arguments_is_refused(arch, name, arguments):
    assert call(arch, name, *arguments) in ("refused", None)


FOREIGN = {  # numbers on x86-64 and aarch64
    "socket": (41, 198), "connect": (42, 203), "socketpair": (53, 199), "execve": (59, 221), "execveat": (322, 281),
    "fork": (57, None), "vfork": (58, None), "ptrace": (101, 117), "process_vm_readv": (310, 270), "mount": (165, 40),
    "process_vm_writev": (311, 271), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "memfd_create": (319, 279),
    "pidfd_send_signal": (424, 424), "io_uring_setup": (425, 425), "bpf": (321, 280), "keyctl": (250, 219),
    "userfaultfd": (323, 282), "unshare": (272, 97), "setns": (308, 268), "chroot": (161, 51), "personality": (135, 92),
    "perf_event_open": (298, 241), "shmget": (29, 194), "mq_open": (240, 180), "truncate": (76, 45), "unlinkat": (263, 35),
    "ftruncate": (77, 46), "renameat2": (316, 276), "mkdirat": (258, 34), "mknodat": (259, 33), "symlinkat": (266, 36),
    "linkat": (265, 37), "fchmodat": (268, 53), "fchownat": (260, 54), "utimensat": (280, 88), "setxattr": (188, 5),
    "creat": (85, None), "unlink": (87, None), "rename": (82, None), "setrlimit": (160, 164), "setsid": (112, 157),
    "prctl of seccomp": (317, 277), "splice": (275, 76), "copy_file_range": (326, 285), "open_by_handle_at": (304, 265),
}  # fmt: skip


@arches
@pytest.mark.parametrize("name", FOREIGN)
def test_what_no_computation_needs_is_refused(arch, name):
    number = FOREIGN[name][list(seccomp.ARCHES).index(arch)]
    assert number is None or verdict(arch, number) == "refused"


@arches
def test_calls_newer_than_the_list_are_as_on_an_older_kernel(arch):
    assert {verdict(arch, number) for number in (435, 437, 438, 440, 449, 452, 10**6)} == {"unknown"}


@arches
def test_the_calls_of_another_architecture_end_the_process(arch):
    assert verdict(arch, 1, table=0x40000003) == "killed"
    assert verdict(arch, 0x40000000) == verdict(arch, 2**32 - 1) == "killed"


@arches
def test_every_jump_of_the_filter_lands_in_it(arch):
    program = seccomp.program(arch, PID)
    for place, (_, yes, no, _) in enumerate(program):
        assert 0 <= yes < 256 and 0 <= no < 256 and place + 1 + max(yes, no) <= len(program)
    assert len(program) <= 4096 and program[-1][0] == seccomp.RETURN


# The rules for files -------------------------------------------------------------------------------------------------


def test_what_is_hidden_in_a_folder_is_left_out_and_its_neighbours_are_not(tmp_path):
    for name in ("lib/a", "lib/site/secret", "lib/site/known", "lib/b"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "lib" / "file").touch()
    rules = dict(world.rules_below(str(tmp_path / "lib"), [str(tmp_path / "lib" / "site" / "secret"), "/elsewhere"]))
    whole = {os.path.relpath(path, tmp_path) for path, actions in rules.items() if actions & landlock.READ}
    assert whole == {"lib/a", "lib/b", "lib/file", "lib/site/known"}
    assert dict(world.rules_below(str(tmp_path), [str(tmp_path)])) == {str(tmp_path): landlock.READ | landlock.LIST}


def test_a_link_out_of_a_folder_is_not_followed(tmp_path):
    (tmp_path / "lib" / "hidden").mkdir(parents=True)
    (tmp_path / "secret").touch()
    (tmp_path / "lib" / "link").symlink_to(tmp_path / "secret")
    rules = dict(world.rules_below(str(tmp_path / "lib"), [str(tmp_path / "lib" / "hidden")]))
    assert [*rules] == [str(tmp_path / "lib")]


@pytest.mark.skipif(sys.platform != "linux", reason="privileges of Linux")
@pytest.mark.parametrize("mode, owner, readable", [(0o755, 1, True), (0o700, 1, False), (0o700, 0, True), (0o750, 1, False)])
def test_what_only_root_can_read_is_noticed(tmp_path, monkeypatch, mode, owner, readable):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "stat", lambda path, **_: SimpleNamespace(st_mode=0o40000 | mode, st_uid=owner, st_gid=12345))
    assert walls.readable_without_privileges(tmp_path) is readable


# What a system lacks -------------------------------------------------------------------------------------------------

IN_A_CONTAINER = """
import ctypes, sys
sys.path.append({course!r})
from sandbox import seccomp
wanted = {numbers!r}
code = [(seccomp.LOAD, 0, 0, 0)]
code += [i for n in wanted for i in ((seccomp.EQUAL, 0, 1, n), seccomp.fail_with(1))]
seccomp.program = lambda *about: [*code, (seccomp.RETURN, 0, 0, seccomp.ALLOW)]
libc = ctypes.CDLL(None)
libc.prctl(38, 1, 0, 0, 0)
seccomp.raise_wall()
import json
from sandbox import walls
print(json.dumps(walls.missing()))
"""


@LINUX
@pytest.mark.parametrize("names", [["namespaces"], ["files"], ["namespaces", "files", "calls"]])
def test_a_wall_that_a_container_refuses_is_named_with_the_reason(names):
    unshare, filters = ((97, 277) if os.uname().machine == "aarch64" else (272, 317))
    number = {"namespaces": unshare, "files": landlock.CREATE, "calls": filters}
    program = IN_A_CONTAINER.format(course=str(COURSE), numbers=[number[name] for name in names])
    done = subprocess.run([sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, check=True)
    missing = json.loads(done.stdout)
    assert set(missing) == set(names) | set(walls.missing())
    assert all("Operation not permitted" in missing[name] for name in names)


def test_the_table_names_every_wall_and_the_command_succeeds(capsys, monkeypatch):
    monkeypatch.setattr(walls, "missing", lambda: {"calls": "this is a test"})
    assert main(["check", "--sandbox"]) == 0
    shown = capsys.readouterr().out
    lines = {line.split()[0]: line for line in shown.splitlines() if line.split()}
    assert all(name in lines for name in walls.NAMES) and max(map(len, shown.splitlines())) <= 110
    assert "missing" in lines["calls"] and "active" in lines["rules"] and "because this is a test" in shown


def test_the_walls_have_one_order_and_one_description_each():
    assert set(walls.STOPS) == set(walls.NAMES) and len(walls.NAMES) == 5


def test_a_check_without_anything_to_check_says_what_to_name(capsys):
    assert main(["check"]) == 1 and "name a lesson" in capsys.readouterr().err
