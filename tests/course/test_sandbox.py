"""The process of an answer: what it can still do behind the walls, what it cannot, and how it ends."""

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from minifcn.course.exercise import Case
from minifcn.course.grading.supervisor import Grader
from minifcn.course.sandbox import walls
from minifcn.course.sandbox.process import A_DAY, AnswerProcess, launch

ROOT = Path(__file__).parents[2]
KERNEL = tuple(name for name in walls.NAMES if name != "rules")  # the walls that the kernel keeps up


def needs(*names):
    """Skip the test where the system lacks one of these walls."""
    for name in names:
        if name in walls.missing():
            pytest.skip(f"the wall {name!r} is missing here because {walls.missing()[name]}")


def asked(process, *lines, seconds=20):
    """The Outcome of a function with these lines in its body."""
    loaded = process.load("f", "\n    ".join(["import os, sys\nimport numpy as np\ndef f():", *lines]))
    return process.ask(Case((), None), seconds=seconds) if loaded.kind == "value" else loaded


def of(value):
    """asked() for one expression."""
    return f"return {value}"


@pytest.fixture(scope="module")
def process():
    with AnswerProcess() as process:
        yield process


@pytest.fixture(scope="module")
def behind():
    """behind("calls"): a process behind these walls only, the same one for all tests of this file."""
    made = {}

    def one(*names):
        needs(*names)
        return made.setdefault(names, AnswerProcess(walls=names))

    yield one
    for process in made.values():
        process.close()


# What a right answer may use -----------------------------------------------------------------------------------------

IMPORTED = [
    "abc", "array", "ast", "asyncio", "base64", "bisect", "cProfile", "calendar", "cmath", "collections.abc",
    "concurrent.futures", "contextlib", "copy", "csv", "ctypes", "dataclasses", "datetime", "decimal", "difflib",
    "enum", "fractions", "functools", "gc", "glob", "gzip", "hashlib", "heapq", "importlib.metadata", "inspect", "io",
    "itertools", "json", "logging", "lzma", "math", "multiprocessing", "numbers", "operator", "os.path", "pathlib",
    "pickle", "platform", "pprint", "queue", "random", "re", "secrets", "shutil", "signal", "socket", "sqlite3",
    "ssl", "statistics", "string", "struct", "subprocess", "tempfile", "textwrap", "threading", "time", "timeit",
    "traceback", "types", "typing", "unittest.mock", "urllib.request", "uuid", "warnings", "weakref",
    "xml.etree.ElementTree", "zipfile", "zoneinfo", "numpy.fft", "numpy.lib.stride_tricks", "numpy.linalg",
    "numpy.ma", "numpy.polynomial", "numpy.random", "numpy.testing",
]  # fmt: skip


def test_the_standard_library_and_numpy_can_be_imported(process):
    failed = {}
    for name in IMPORTED:
        outcome = process.load("f", f"import {name}\nf = 1")
        if outcome.kind != "value":
            failed[name] = outcome
    assert not failed


@pytest.mark.parametrize(
    "value",
    [
        "[*__import__('concurrent.futures').futures.ThreadPoolExecutor(3).map(abs, [1, -2])]",
        "str(__import__('zoneinfo').ZoneInfo('Europe/Berlin'))",
        "str(__import__('datetime').datetime.now())",
        "__import__('time').sleep(0.001)",
        "np.linalg.svd(np.random.default_rng(0).normal(size=(30, 30)))[1]",
        "np.fft.fft2(np.ones((4, 4)))",
        "np.ones((200, 200)) @ np.ones((200, 200))",
        "np.testing.assert_allclose(1, 1)",
        "np.einsum('ij,jk->ik', np.eye(3), np.eye(3))",
        "np.loadtxt(['1 2'])",
        "__import__('hashlib').new('sha3_256', b'').hexdigest()",
        "__import__('inspect').getsource(__import__('textwrap').dedent)",
        "__import__('platform').platform()",
        "__import__('logging').warning('careful')",
        "__import__('ssl').create_default_context() and 1",
        "__import__('unittest').TestCase().assertEqual(1, 1)",
        "__import__('doctest').testmod() and 1",
        "__import__('timeit').timeit('1', number=3)",
        "os.urandom(4).hex()",
        "os.listdir()",
        "os.cpu_count()",
        "open(os.devnull).read()",
        "help(abs)",
        "__import__('faulthandler').is_enabled()",
    ],
)
def test_a_right_answer_may_use(process, value):
    outcome = asked(process, of(value))
    assert outcome.kind == "value", outcome


@pytest.mark.parametrize(
    "value", ["__import__('asyncio').run(None)", "__import__('multiprocessing').Lock()", "__import__('readline')"]
)
def test_what_a_wall_stops_is_said_in_a_sentence(process, value):
    needs("calls")
    assert "an answer may not" in asked(process, of(value)).message


# Holes that were open once: each wall of them closes it alone --------------------------------------------------------

WRITE = "open({path!r}, 'w').write('x')"
OVERWRITE = "os.write(os.open({path!r}, 0o1 | 0o100 | 0o1000), b'x')"
FRAME = """\
import builtins
try:
    open({path!r}, "w")
except PermissionError as error:
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    names = trace.tb_frame.f_locals
    names.update({{"reading": frozenset("w"), "changing": 0, "forbidden": ()}})
    trace.tb_frame.f_globals.update(FORBIDDEN=(), READING=frozenset("w"), CHANGING=0)
builtins.isinstance, builtins.str = lambda *a: False, list
open({path!r}, "w").write("x")"""
FILES = {
    "an open() after the worker's globals were replaced": "m = sys.modules['__main__']; m.FORBIDDEN = (); m.writes = "
    "lambda *a: False; m.rules = m.walls = None; " + WRITE,
    "an open() after the rules' globals were replaced": "m = sys.modules['sandbox.rules']; m.FORBIDDEN = (); m.CHANGING "
    "= 0; m.READING = 'wrb'; " + WRITE,
    "an open() after the rules' frame was written into": FRAME,
    "os.open() after its flags were set to 0": "os.O_WRONLY = os.O_RDWR = os.O_CREAT = os.O_TRUNC = 0; " + OVERWRITE,
    "a str of its own making": "S = type('S', (str,), {{'__contains__': lambda *a: False}}); open({path!r}, S('w'))",
    "sqlite3": "import sqlite3; sqlite3.connect({path!r} + '.new').execute('create table t (x)')",
    "readline": "import readline; readline.write_history_file({path!r})",
    "os.mknod": "os.mknod({path!r} + '.new')",
    "os.mkfifo": "os.mkfifo({path!r} + '.new')",
    "NumPy's tofile": "np.zeros(1).tofile({path!r})",
    "np.memmap": "np.memmap({path!r}, mode='r+')[0] = 0",
    "os.truncate": "os.truncate({path!r}, 0)",
    "os.utime": "os.utime({path!r}, (0, 0))",
    "os.remove": "os.remove({path!r})",
}


@pytest.fixture
def victim(tmp_path):
    """A file that an attack may aim at, and a function that says whether it is as it was."""
    path = tmp_path / "victim"
    path.write_text("untouched")
    before = path.stat()

    def unharmed():
        after = path.stat()
        alone = os.listdir(tmp_path) == ["victim"]
        return alone and path.read_text() == "untouched" and before.st_mtime_ns == after.st_mtime_ns

    return path, unharmed


@pytest.mark.parametrize("way", FILES)
def test_the_rules_alone_refuse_to_change_a_file(behind, victim, way):
    path, unharmed = victim
    outcome = asked(behind("rules"), *FILES[way].format(path=str(path)).splitlines())
    assert unharmed() and ("an answer may not" in outcome.message or outcome.kind == "died")


@pytest.mark.parametrize("way", FILES)
@pytest.mark.parametrize("wall", ["files", "calls"])
def test_the_kernel_refuses_to_change_a_file_without_the_rules(behind, victim, way, wall):
    path, unharmed = victim
    outcome = asked(behind(wall), *FILES[way].format(path=str(path)).splitlines())
    if (wall, way) != ("files", "os.utime"):  # Landlock knows no right to change times
        assert unharmed() and outcome.kind in ("raised", "died")


LIBC = "import ctypes; libc = ctypes.CDLL(None, use_errno=True); "
PROCESSES = {
    "os.fork": "os.fork() or os._exit(0)",
    "a program": "__import__('subprocess').run(['true'])",
    "posix_spawn": "os.posix_spawn('/bin/true', ['true'], {})",
    "os.exec": "os.execv('/bin/true', ['true'])",
    "a signal to the check": "os.kill(os.getppid(), 0)",
    "a signal to all": "os.killpg(os.getpgid(os.getppid()), 0)",
    "a signal through a descriptor": "__import__('signal').pidfd_send_signal(os.pidfd_open(os.getppid()), 0)",
    "a file in memory": "os.memfd_create('x')",
    "a socket": "__import__('socket').socket()",
    "a pair of sockets": "__import__('socket').socketpair()",
}
THROUGH_C = {
    "fork": LIBC + "pid = libc.fork(); pid or os._exit(0); assert pid > 0",
    "kill": LIBC + "assert not libc.kill(os.getppid(), 0)",
    "open": LIBC + "assert libc.open({path}, 1) >= 0",
    "unlink": LIBC + "assert not libc.unlink({path})",
    "ptrace": LIBC + "assert not libc.ptrace(0, 0, 0, 0)",
    "outliving the check": LIBC + "assert not libc.prctl(1, 0, 0, 0, 0)",
    "opening its memory to others": LIBC + "assert not libc.prctl(4, 1, 0, 0, 0)",
    "io_uring": LIBC + "assert libc.syscall(425, 1, ctypes.create_string_buffer(120)) >= 0",
    "raising a limit": LIBC + "assert not libc.setrlimit(7, (ctypes.c_ulong * 2)(9, 9))",
    "a namespace": LIBC + "assert not libc.unshare(0x10000000)",
}


@pytest.mark.parametrize("way", PROCESSES)
def test_the_rules_alone_refuse_other_processes(behind, way):
    outcome = asked(behind("rules"), PROCESSES[way], of(1))
    missing = outcome.type == "AttributeError"  # not on this system
    assert missing or outcome.kind == "raised" and "an answer may not" in outcome.message


@pytest.mark.parametrize("way", [*PROCESSES, *THROUGH_C])
def test_the_kernel_refuses_other_processes_without_the_rules(behind, victim, way):
    path, unharmed = victim
    line = PROCESSES.get(way) or THROUGH_C[way].format(path=str(path).encode())
    outcome = asked(behind("calls"), line, of(1))
    assert outcome.kind == "raised" and outcome.type in ("PermissionError", "OSError", "AssertionError") and unharmed()


def test_the_functions_that_raise_no_event_are_refused(behind):
    calls = "__import__('_posixsubprocess').fork_exec()", "__import__('ctypes').memmove(0, 0, 0)", "os.setsid()"
    for call in calls:
        assert "an answer may not call" in asked(behind("rules"), call).message


@pytest.mark.parametrize("look", ["gc.get_objects()", "gc.get_referrers(1)", "sys._current_frames()"])
def test_the_rules_are_not_to_be_found(behind, look):
    assert "an answer may not call" in asked(behind("rules"), "import gc", look).message


def test_an_answer_adds_no_audit_hook(behind):
    lines = "seen = []", "sys.addaudithook(lambda *a: seen.append(a))", "sys.audit('anything')", of("seen")
    assert asked(behind("rules"), *lines).value == [], "Python drops the hook without an error"


# What can be read ----------------------------------------------------------------------------------------------------

READS = {
    "open": "open({path!r}).read()",
    "os.open": "os.read(os.open({path!r}, 0), 99)",
    "NumPy": "np.fromfile({path!r}, 'u1')",
    "its cached lines": "__import__('linecache').getlines({path!r})[0]",
    "a map": "np.memmap({path!r}, mode='r')",
    "a symbolic path": "open('/proc/self/root' + {path!r}).read()",
    "its folder": "os.listdir(os.path.dirname({path!r}))[0]",
}


@pytest.mark.parametrize("way", READS)
def test_nothing_but_python_and_numpy_can_be_read(behind, tmp_path, way):
    secret = tmp_path / "secret"
    secret.write_text("secret\n")
    assert asked(behind(), of(f"bool(len({READS[way].format(path=str(secret))}))")).value is True, "without the wall"
    assert asked(behind("files"), of(READS[way].format(path=str(secret)))).kind == "raised"


@pytest.mark.parametrize(
    "path",
    [ROOT, ROOT / "lessons", ROOT / "minifcn" / "course", "/etc/passwd", "/proc/self/environ", "/proc/self/maps",
     "/proc/1/cmdline", "/", os.path.expanduser("~"), Path(pytest.__file__)],
    ids=str,
)  # fmt: skip
def test_these_cannot_be_read(behind, path):
    if not os.path.exists(path):
        pytest.skip("not on this system")
    call = "os.listdir" if Path(path).is_dir() else "open"
    assert asked(behind("files"), of(f"{call}({str(path)!r})")).type == "PermissionError"


def test_the_environment_and_the_path_are_bare(monkeypatch):
    monkeypatch.setenv("SECRET", "of the grader")
    with AnswerProcess() as process:
        value = asked(process, of("[dict(os.environ), sys.path, sys.argv, 'site' in sys.modules]")).value
    environment, path, arguments, site = value
    assert "SECRET" not in environment and not {"PATH", "PYTHONPATH"} & set(environment)
    assert not any("-packages" in folder for folder in path) and len(arguments) == 1 and not site


def test_each_process_has_an_empty_folder_that_goes_with_it():
    with AnswerProcess() as process:
        folder = asked(process, of("os.getcwd()")).value
        assert asked(process, of("os.listdir()")).value == [] and os.path.isdir(folder)
    assert not os.path.exists(folder)
    process = AnswerProcess()
    asked(process, of("os._exit(0)"))
    assert process.folder and not os.path.exists(process.folder)


def test_minifcn_can_be_read_where_an_exercise_allows_it():
    with AnswerProcess(("minifcn",)) as process:
        assert asked(process, "from minifcn import tensor", of("tensor([2.0]).shape")).value == (1,)
        outcome = asked(process, of(f"open({str(ROOT / 'lessons' / 'README.md')!r})"))
    needs("files")
    assert outcome.type == "PermissionError"


def test_an_answer_finds_the_settings_as_they_were_before_another():
    settings = of("[sys.getrecursionlimit(), np.geterr()]")
    with AnswerProcess() as process:
        before = asked(process, settings).value
        assert asked(process, "sys.setrecursionlimit(9999)", "np.seterr(all='ignore')", settings).value != before
        assert asked(process, settings).value == before


def test_what_an_answer_may_import_may_be_said_later():
    process = AnswerProcess(None, launched=launch())
    process.start()
    process.admit(("minifcn",))
    with process:
        assert asked(process, "from minifcn import tensor", of("tensor([2.0]).shape")).value == (1,)


# How it ends ---------------------------------------------------------------------------------------------------------


def test_it_ends_without_running_what_an_answer_has_registered():
    with AnswerProcess() as process:
        asked(process, "import atexit", "atexit.register(os._exit, 9)")
        assert process.child.close(60.0) == 0


GRADER = """
import sys
sys.path.insert(0, sys.argv[1])
from minifcn.course.sandbox.process import AnswerProcess
process = AnswerProcess()
process.start()
print(process.child.process.pid, flush=True)
process.load("f", "while True: pass", seconds=1000)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_check_that_is_killed_leaves_nothing_running(how, tmp_path):
    command, environment = [sys.executable, "-c", GRADER, str(ROOT)], os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as grader:
        worker = os.pidfd_open(int(grader.stdout.readline()))
        grader.send_signal(how)
    ended, _, _ = select.select([worker], [], [], 60)
    os.close(worker)
    assert ended


@pytest.mark.parametrize("program", [AnswerProcess, Grader])
def test_what_a_killed_check_left_is_removed_after_a_day(program, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    kept = {"minifcn-answer-recent_1", "minifcn-judge-of-mine", "minifcn-demo-aaaaaaaa", "minifcn-answer-somelink"}
    for name in kept | {"minifcn-answer-oldold_1", "minifcn-judge-oldold_2"}:
        path = tmp_path / name
        path.symlink_to(tmp_path) if "link" in name else (path / "minifcn-answer-inside_1").mkdir(parents=True)
        old = time.time() - (0 if "recent" in name else 2 * A_DAY)
        os.utime(path, (old, old), follow_symlinks=False)
    with program():
        pass
    assert {path.name for path in tmp_path.iterdir()} == kept


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_process_has_no_privileges_and_may_get_none(process):
    asked(process, of(1))
    status = Path(f"/proc/{process.child.process.pid}/status").read_text()
    about = dict(line.split(":\t", 1) for line in status.splitlines())
    assert int(about["CapEff"], 16) == int(about["CapPrm"], 16) == 0 and about["NoNewPrivs"] == "1"


def test_walls_can_be_left_out(behind, tmp_path):
    path = tmp_path / "new"
    assert asked(behind(), f"open({str(path)!r}, 'w')", of(1)).value == 1 and path.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="the limits of Linux")
def test_the_limits_stand_and_cannot_be_raised(behind):
    process = behind("limits")
    assert asked(process, of("bytearray(3 * 2**30)")).type == "MemoryError"
    descriptors = asked(process, "for i in range(10000):", "    os.dup(0)")
    assert descriptors.type == "OSError"
    value = asked(process, "import resource", "resource.setrlimit(resource.RLIMIT_AS, (2**40, 2**40))")
    assert value.type == "ValueError"


def test_threads_are_bounded_by_the_memory_and_may_have_large_stacks(behind):
    assert asked(behind("rules"), "import threading", of("threading.stack_size(2**26)")).value == 0
    assert "an answer may not have threads" in asked(behind("rules"), "import threading", "threading.stack_size(2**16)").message
