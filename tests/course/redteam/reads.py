"""Reads: every road to a file, a process or a memory that an answer has no business with. Read writes.py next."""

# ruff: noqa: BLE001, S102, SIM115
from .attack import attacks

ATTACKS = []
attack = attacks("reads", ATTACKS)


# Files, by one road after another -------------------------------------------------------------------------------------


@attack("files")
def open_a_file(at):
    return open(at["secret"]).read()


@attack("files")
def read_by_pathlib(at):
    import pathlib

    return pathlib.Path(at["secret"]).read_text()


@attack("files")
def read_by_descriptor(at):
    import os

    return os.read(os.open(at["secret"], os.O_RDONLY), 1000).decode()


@attack("files")
def read_from_a_folder_s_descriptor(at):
    import os

    folder = os.open(at["private"], os.O_RDONLY)
    return os.read(os.open("secret.txt", os.O_RDONLY, dir_fd=folder), 1000).decode()


@attack("files")
def read_by_fileio(at):
    import io

    return io.FileIO(at["secret"]).readall().decode()


@attack("files")
def read_by_pure_python_io(at):
    import _pyio

    return _pyio.open(at["secret"]).read()


@attack("files")
def read_by_open_code(at):
    import io

    return io.open_code(at["secret"]).read().decode()


@attack("files")
def read_by_a_map(at):
    import mmap
    import os

    return mmap.mmap(os.open(at["secret"], os.O_RDONLY), 0, prot=mmap.PROT_READ)[:].decode()


@attack("rules", "calls", "files")
def read_by_sendfile(at):
    import os
    import socket

    here, there = socket.socketpair()
    os.sendfile(there.fileno(), os.open(at["secret"], os.O_RDONLY), 0, 1000)
    return here.recv(1000).decode()


@attack("files")
def read_through_dots(at):
    import os

    here = "/".join([".."] * 40)
    return open(here + os.path.abspath(at["secret"])).read()


@attack("files")
def read_through_its_own_root(at):
    return open("/proc/self/root" + at["secret"]).read()


@attack("calls", "files")
def read_after_moving_there(at):
    import os

    os.chdir(at["private"])
    return open("secret.txt").read()


@attack("files")
def read_by_numpy_fromfile(at):
    import numpy as np

    return np.fromfile(at["secret"], np.uint8).tobytes().decode()


@attack("files")
def read_by_numpy_load(at):
    import numpy as np

    return np.load(at["private"] + "/hidden.npy").tobytes().decode()


@attack("files")
def read_by_numpy_load_of_an_archive(at):
    import numpy as np

    return np.load(at["private"] + "/hidden.npz")["secret"].tobytes().decode()


@attack("files")
def read_by_numpy_memmap(at):
    import numpy as np

    return np.memmap(at["secret"], np.uint8, "r").tobytes().decode()


@attack("files")
def read_by_numpy_genfromtxt(at):
    import numpy as np

    return str(np.genfromtxt(at["secret"], dtype=str))


@attack("files")
def read_by_numpy_loadtxt(at):
    import numpy as np

    return str(np.loadtxt(at["secret"], dtype=str))


@attack("rules", "limits", "calls", "files")
def read_by_numpy_datasource(at):
    import numpy as np

    return np.lib.npyio.DataSource(None).open(at["secret"]).read()


@attack("files")
def read_by_linecache(at):
    import linecache

    return "".join(linecache.getlines(at["secret"]))


@attack("files")
def read_by_fileinput(at):
    import fileinput

    return "".join(fileinput.input([at["secret"]]))


@attack("files")
def read_by_tokenize(at):
    import tokenize

    return tokenize.open(at["private"] + "/hidden.py").read()


@attack("files")
def read_by_csv(at):
    import csv

    return str(list(csv.reader(open(at["private"] + "/hidden.csv"))))


@attack("rules", "calls", "files")
def read_by_sqlite(at):
    import sqlite3

    base = sqlite3.connect(f"file:{at['private']}/hidden.db?mode=ro", uri=True)
    return str(base.execute("select secret from secrets").fetchall())


@attack("files")
def read_by_zipfile(at):
    import zipfile

    return zipfile.ZipFile(at["private"] + "/hidden.zip").read("zipped.py").decode()


@attack("files")
def read_by_configparser(at):
    import configparser

    parser = configparser.ConfigParser()
    try:
        parser.read(at["secret"])
    except configparser.Error as error:
        return str(error)


@attack("files")
def read_by_a_traceback(at):
    import traceback

    code = compile("\n\n\n\n\n1 / 0\n", at["private"] + "/hidden.py", "exec")
    try:
        exec(code)
    except ZeroDivisionError:
        return traceback.format_exc()


@attack("files")
def read_by_a_syntax_error(at):
    import runpy

    try:
        return str(runpy.run_path(at["private"] + "/broken.py"))
    except Exception as error:
        return f"{error} {getattr(error, 'text', '')}"


@attack("files")
def read_by_comparing(at):
    """Guesses a file's contents; the two are equal, which only who reads them can know."""
    import filecmp

    return at["flag"] * filecmp.cmp(at["secret"], at["private"] + "/twin.txt", shallow=False)


@attack("rules", "files")
def read_by_magic_of_ctypes(at):
    import ctypes

    system = ctypes.CDLL(None)
    held = ctypes.create_string_buffer(1000)
    system.read(system.open(at["secret"].encode(), 0), held, 999)
    return held.value.decode()


@attack("rules", "files")
def read_by_a_raw_system_call(at):
    import ctypes
    import platform

    number = {"x86_64": 257, "aarch64": 56}[platform.machine()]
    system, held = ctypes.CDLL(None), ctypes.create_string_buffer(1000)
    system.read(system.syscall(number, -100, at["secret"].encode(), 0, 0), held, 999)
    return held.value.decode()


@attack("rules", "calls", "files")
def read_by_openat2(at):
    import ctypes
    import struct

    system, held = ctypes.CDLL(None), ctypes.create_string_buffer(1000)
    system.read(system.syscall(437, -100, at["secret"].encode(), struct.pack("QQQ", 0, 0, 0), 24), held, 999)
    return held.value.decode()


@attack("start", dud="a file's handle is opened by a mount's, which differs from system to system")
def read_by_a_file_handle(at):
    import ctypes
    import os

    system, held = ctypes.CDLL(None), ctypes.create_string_buffer(1000)
    handle = ctypes.create_string_buffer((128).to_bytes(4, "little") + bytes(132))
    mount = ctypes.c_int()
    system.name_to_handle_at(-100, at["secret"].encode(), handle, ctypes.byref(mount), 0)
    system.read(system.open_by_handle_at(os.open("/", 0), handle, 0), held, 999)
    return held.value.decode()


# Solutions and folders ------------------------------------------------------------------------------------------------


@attack("files")
def import_a_solution_by_its_path(at):
    import importlib.util

    spec = importlib.util.spec_from_file_location("hidden", at["private"] + "/hidden.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.solve()


@attack("files")
def import_a_solution_by_the_search_path(at):
    import sys

    sys.path.insert(0, at["private"])
    import hidden

    return hidden.solve()


@attack("files")
def import_from_a_zip(at):
    import zipimport

    return zipimport.zipimporter(at["private"] + "/hidden.zip").load_module("zipped").solve()


@attack("files")
def run_a_solution(at):
    import runpy

    return runpy.run_path(at["private"] + "/hidden.py")["SECRET"]


@attack("files")
def read_package_data(at):
    import pkgutil
    import sys

    sys.path.insert(0, at["private"])
    return pkgutil.get_data("hidden", "secret.txt").decode()


@attack("files")
def read_a_loader_s_data(at):
    from importlib.machinery import SourceFileLoader

    return SourceFileLoader("x", at["secret"]).get_data(at["secret"]).decode()


@attack("files")
def read_by_inspect(at):
    import inspect

    def solve():
        pass

    code = solve.__code__.replace(co_filename=at["private"] + "/hidden.py", co_firstlineno=5)
    return inspect.getsource(code)


@attack("files")
def read_the_lesson(at):
    return at["flag"] * ("BEGIN SOLUTION" in open(at["lesson"]).read())


@attack("files")
def read_the_checks(at):
    return at["flag"] * ("EXERCISES" in open(at["lesson"].replace("lesson.py", "checks.py")).read())


@attack("files")
def read_the_grader(at):
    return at["flag"] * ("def check_file" in open(at["checkout"] + "/course/checking/check.py").read())


@attack("files")
def list_a_folder(at):
    import os

    return at["flag"] * ("secret.txt" in os.listdir(at["private"]))


@attack("files")
def scan_a_folder(at):
    import os

    return at["flag"] * any(entry.name == "secret.txt" for entry in os.scandir(at["private"]))


@attack("files")
def glob_a_folder(at):
    import glob

    return at["flag"] * bool(glob.glob(at["private"] + "/*.txt"))


@attack("files")
def walk_a_folder(at):
    import os

    return at["flag"] * any("secret.txt" in names for _, _, names in os.walk(at["private"]))


@attack("files")
def list_the_lessons(at):
    import os

    return at["flag"] * ("checks.py" in os.listdir(os.path.dirname(at["lesson"])))


@attack("start")
def find_the_checkout_by_the_search_path(at):
    """A checkout that is installed for development lies on the search path, or is named by a file there."""
    import glob
    import sys

    for folder in sys.path:
        for path in glob.glob(f"{folder}/*minifcn*") + glob.glob(f"{folder}/*.pth"):
            if open(path).read(1):
                return at["flag"]


@attack("files")
def read_the_users(at):
    return at["flag"] * ("root" in open("/etc/passwd").read())


@attack("files")
def read_the_passwords(at):
    return at["flag"] * (":" in open("/etc/shadow").read())


@attack("files")
def read_the_machine_s_name(at):
    return at["flag"] * bool(open("/etc/hostname").read())


@attack("files")
def look_around_at_home(at):
    import os

    return at["flag"] * bool(os.listdir(os.path.expanduser("~root")) + os.listdir("/"))


# Processes and memories -----------------------------------------------------------------------------------------------


@attack("start")
def read_the_environment(at):
    import os

    return str(dict(os.environ))


@attack("start")
def read_the_environment_by_proc(at):
    return open("/proc/self/environ").read()


@attack("start")
def read_the_grader_s_environment(at):
    return at["flag"] * bool(open(f"/proc/{at['grader']}/environ").read())


@attack("files")
def read_the_grader_s_command(at):
    import os

    return at["flag"] * bool(open(f"/proc/{os.getppid()}/cmdline").read())


@attack("files")
def read_another_process_s_command(at):
    return open(f"/proc/{at['pid']}/cmdline").read()


@attack("start")
def read_another_process_s_environment(at):
    return open(f"/proc/{at['pid']}/environ").read()


@attack("start")
def read_the_grader_s_map(at):
    return at["flag"] * ("python" in open(f"/proc/{at['grader']}/maps").read())


@attack("start")
def read_the_grader_s_memory(at):
    first = open(f"/proc/{at['grader']}/maps").readline()
    memory = open(f"/proc/{at['grader']}/mem", "rb", 0)
    memory.seek(int(first.split("-")[0], 16))
    return at["flag"] * (memory.read(4) == b"\x7fELF")


@attack("files")
def read_the_grader_s_open_files(at):
    import os

    return at["flag"] * bool(os.listdir(f"/proc/{at['grader']}/fd"))


@attack("start")
def read_through_the_grader_s_root(at):
    return open(f"/proc/{at['grader']}/root{at['secret']}").read()


@attack("start")
def read_through_the_grader_s_folder(at):
    import os

    return at["flag"] * bool(os.listdir(f"/proc/{at['grader']}/cwd/"))


@attack("start")
def read_memory_by_process_vm_readv(at):
    import ctypes

    maps = open(f"/proc/{at['pid']}/maps").readline()
    start = int(maps.split("-")[0], 16)
    held = ctypes.create_string_buffer(4)
    here = (ctypes.c_size_t * 2)(ctypes.addressof(held), 4)
    there = (ctypes.c_size_t * 2)(start, 4)
    ctypes.CDLL(None).process_vm_readv(at["pid"], here, 1, there, 1, 0)
    return at["flag"] * (held.raw == b"\x7fELF")


@attack("files")
def list_the_processes(at):
    import os

    return at["flag"] * any(name == str(at["pid"]) for name in os.listdir("/proc"))


@attack("files")
def read_the_network_s_tables(at):
    return at["flag"] * bool(open("/proc/net/tcp").read())


@attack("start")
def read_the_kernel_s_messages(at):
    import ctypes

    held = ctypes.create_string_buffer(1000)
    return at["flag"] * (ctypes.CDLL(None).klogctl(3, held, 999) > 0)


@attack("files")
def read_the_worker_s_own_memory_map(at):
    """The addresses in it are what an attack on the C code of Python begins with."""
    return at["flag"] * ("python" in open("/proc/self/maps").read())
