"""Writes: every way to change, make or remove a file. The victim's folder is compared before and after. Read
processes.py next.
"""

from .attack import attacks

ATTACKS = []
attack = attacks("writes", ATTACKS)


# Python's own ---------------------------------------------------------------------------------------------------------


@attack("rules", "calls", "files")
def open_to_write(at):
    open(at["victim"], "w").close()


@attack("rules", "limits", "calls", "files")
def open_to_append(at):
    with open(at["victim"], "a") as file:
        file.write("Eve,5\n")


@attack("rules", "limits", "calls", "files")
def open_to_read_and_write(at):
    with open(at["victim"], "r+") as file:
        file.write("Eve")


@attack("rules", "calls", "files")
def open_a_new_file(at):
    open(at["folder"] + "/new", "x").close()


@attack("rules", "calls", "files")
def open_by_fileio(at):
    import io

    io.FileIO(at["victim"], "w").close()


@attack("rules", "calls", "files")
def open_by_pure_python_io(at):
    import _pyio

    _pyio.open(at["victim"], "wb").close()


@attack("rules", "calls", "files")
def open_with_an_opener(at):
    import os

    with open(at["victim"], "w", opener=lambda path, flags: os.open(path, flags)) as file:
        file.write("Eve")


@attack("rules", "limits", "calls", "files")
def write_by_descriptor(at):
    import os

    os.write(os.open(at["victim"], os.O_WRONLY), b"Eve")


@attack("rules", "calls", "files")
def truncate_on_opening(at):
    import os

    os.open(at["victim"], os.O_RDONLY | os.O_TRUNC)


@attack("rules", "calls", "files")
def create_on_opening(at):
    import os

    os.open(at["folder"] + "/new", os.O_RDONLY | os.O_CREAT)


@attack("rules", "calls", "files")
def open_with_flags_that_have_been_set_to_zero(at):
    import os

    number = os.O_WRONLY | os.O_TRUNC
    os.O_WRONLY = os.O_RDWR = os.O_CREAT = os.O_TRUNC = os.O_APPEND = 0
    os.open(at["victim"], number)


@attack("rules", "calls", "files")
def open_a_nameless_file(at):
    import os

    file = os.open(at["folder"], os.O_RDWR | os.O_TMPFILE)
    folder = os.open("/proc/self/fd", os.O_RDONLY)
    os.link(str(file), at["folder"] + "/new", src_dir_fd=folder, follow_symlinks=True)


@attack("rules", "calls", "files")
def open_with_a_mode_that_lies(at):
    class Mode(str):
        def __contains__(self, letter):
            return False

        def __iter__(self):
            return iter("r")

    open(at["victim"], Mode("w")).close()


@attack("rules", "calls", "files")
def open_with_flags_that_lie(at):
    import os

    class Flags(int):
        def __and__(self, other):
            return 0

        __rand__ = __and__

    os.open(at["victim"], Flags(os.O_WRONLY | os.O_TRUNC))


@attack("rules", "calls", "files")
def write_by_pathlib(at):
    import pathlib

    pathlib.Path(at["folder"], "new").write_text("x")


@attack("rules", "calls", "files")
def touch_by_pathlib(at):
    import pathlib

    pathlib.Path(at["folder"], "new").touch()


@attack("rules", "calls", "files")
def write_by_the_posix_module(at):
    import posix

    posix.open(at["folder"] + "/new", 0o101)


@attack("rules", "calls", "files")
def make_a_folder(at):
    import os

    os.mkdir(at["folder"] + "/new")


@attack("rules", "calls", "files")
def make_folders(at):
    import os

    os.makedirs(at["folder"] + "/a/b/c")


@attack("rules", "calls", "files")
def make_a_pipe(at):
    import os

    os.mkfifo(at["folder"] + "/new")


@attack("rules", "calls", "files")
def make_a_node(at):
    import os

    os.mknod(at["folder"] + "/new")


@attack("start")
def make_a_device(at):
    import os
    import stat

    os.mknod(at["folder"] + "/null", stat.S_IFCHR | 0o600, os.makedev(1, 3))


@attack("rules", "calls", "files")
def make_a_symbolic_link(at):
    import os

    os.symlink("/etc/passwd", at["folder"] + "/new")


@attack("rules", "calls", "files")
def make_a_hard_link(at):
    import os

    os.link(at["victim"], at["folder"] + "/new")


@attack("rules", "calls", "files")
def rename(at):
    import os

    os.rename(at["victim"], at["folder"] + "/new")


@attack("rules", "calls", "files")
def replace(at):
    import os

    os.replace(at["base"], at["victim"])


@attack("rules", "calls", "files")
def remove(at):
    import os

    os.remove(at["victim"])


@attack("rules", "calls", "files")
def remove_by_descriptor(at):
    import os

    os.unlink("grades.csv", dir_fd=os.open(at["folder"], os.O_RDONLY))


@attack("rules", "calls", "files")
def remove_the_folder(at):
    import shutil

    shutil.rmtree(at["folder"])


@attack("rules", "calls")
def change_permissions(at):
    import os

    os.chmod(at["victim"], 0o777)


@attack("rules", "calls", "files")
def change_permissions_by_descriptor(at):
    import os

    os.fchmod(os.open(at["victim"], os.O_RDONLY), 0o777)


@attack("start")
def change_the_owner(at):
    import os

    os.chown(at["victim"], 12345, -1)


@attack("start")
def change_the_owner_by_descriptor(at):
    import os

    os.fchown(os.open(at["victim"], os.O_RDONLY), 12345, -1)


@attack("rules", "calls")
def change_times(at):
    import os

    os.utime(at["victim"], (0, 0))


@attack("rules", "calls", "files")
def change_times_by_descriptor(at):
    import os

    os.utime(os.open(at["victim"], os.O_RDONLY), (0, 0))


@attack("rules", "calls", "files")
def truncate(at):
    import os

    os.truncate(at["victim"], 0)


@attack("rules", "calls")
def set_an_attribute(at):
    import os

    os.setxattr(at["victim"], "user.grade", b"5")


@attack("rules", "calls", "files")
def set_an_attribute_by_descriptor(at):
    import os

    os.setxattr(os.open(at["victim"], os.O_RDONLY), "user.grade", b"5")


@attack("rules", "calls", "files")
def copy_a_file(at):
    import shutil

    shutil.copy(at["base"], at["victim"])


@attack("rules", "limits", "calls", "files")
def copy_within_the_kernel(at):
    import os

    os.copy_file_range(os.open(at["base"], 0), os.open(at["victim"], os.O_WRONLY), 10)


# The library's --------------------------------------------------------------------------------------------------------


@attack("rules", "calls", "files")
def save_by_numpy(at):
    import numpy as np

    np.save(at["folder"] + "/new.npy", np.ones(3))


@attack("rules", "calls", "files")
def save_by_numpy_savez(at):
    import numpy as np

    np.savez_compressed(at["folder"] + "/new.npz", np.ones(3))


@attack("rules", "calls", "files")
def save_by_numpy_savetxt(at):
    import numpy as np

    np.savetxt(at["victim"], np.ones(3))


@attack("rules", "calls", "files")
def save_by_numpy_tofile(at):
    import numpy as np

    np.ones(3).tofile(at["victim"])


@attack("rules", "calls", "files")
def save_by_numpy_dump(at):
    import numpy as np

    np.ones(3).dump(at["victim"])


@attack("rules", "calls", "files")
def save_by_numpy_memmap(at):
    import numpy as np

    np.memmap(at["victim"], np.uint8, "w+", shape=10)[:] = 65


@attack("rules", "calls", "files")
def save_by_numpy_memmap_in_place(at):
    import numpy as np

    held = np.memmap(at["victim"], np.uint8, "r+")
    held[0] = 65
    held.flush()


@attack("rules", "calls", "files")
def save_by_numpy_open_memmap(at):
    import numpy as np

    np.lib.format.open_memmap(at["folder"] + "/new.npy", "w+", shape=3)


@attack("rules", "calls", "files")
def write_by_a_map(at):
    import mmap
    import os

    held = mmap.mmap(os.open(at["victim"], os.O_RDWR), 0)
    held[0] = 65
    held.flush()


@attack("rules", "calls", "files")
def write_to_a_database(at):
    import sqlite3

    base = sqlite3.connect(at["base"], isolation_level=None)
    base.execute("insert into grades values ('Eve', 5)")


@attack("rules", "calls", "files")
def write_to_a_database_that_is_attached(at):
    import sqlite3

    base = sqlite3.connect(":memory:", isolation_level=None)
    base.execute("attach ? as other", (at["base"],))
    base.execute("insert into other.grades values ('Eve', 5)")


@attack("rules", "calls", "files")
def make_a_database_by_vacuum(at):
    import sqlite3

    base = sqlite3.connect(":memory:", isolation_level=None)
    base.execute("create table t (x)")
    base.execute("vacuum into ?", (at["folder"] + "/new.db",))


@attack("rules", "calls", "files")
def back_up_a_database(at):
    import sqlite3

    base = sqlite3.connect(":memory:")
    base.execute("create table t (x)")
    base.backup(sqlite3.connect(at["base"]))


@attack("rules", "calls", "files")
def write_a_shelf(at):
    import shelve

    with shelve.open(at["folder"] + "/new") as shelf:
        shelf["x"] = 1


@attack("rules", "calls", "files")
def write_by_dbm_dumb(at):
    import dbm.dumb

    with dbm.dumb.open(at["folder"] + "/new", "c") as base:
        base["x"] = "1"


@attack("rules", "calls", "files")
def write_by_the_system_s_dbm(at):
    import dbm

    with dbm.open(at["folder"] + "/new", "c") as base:
        base["x"] = "1"


@attack("rules", "calls", "files")
def write_the_history_of_readline(at):
    import readline

    readline.add_history("Eve,5")
    readline.write_history_file(at["victim"])


@attack("rules", "limits", "calls", "files")
def append_to_the_history_of_readline(at):
    import readline

    readline.add_history("Eve,5")
    readline.append_history_file(1, at["victim"])


@attack("rules", "calls", "files")
def write_a_log(at):
    import logging

    logging.FileHandler(at["folder"] + "/new.log").close()


@attack("rules", "calls", "files")
def write_a_temporary_file(at):
    import tempfile

    tempfile.NamedTemporaryFile(dir=at["folder"], delete=False).close()


@attack("rules", "calls", "files")
def write_a_temporary_folder(at):
    import tempfile

    tempfile.mkdtemp(dir=at["folder"])


@attack("rules", "calls", "files")
def dump_a_trace_of_memory(at):
    import tracemalloc

    tracemalloc.start()
    tracemalloc.take_snapshot().dump(at["victim"])


@attack("rules", "calls", "files")
def dump_a_profile(at):
    import cProfile

    profile = cProfile.Profile()
    profile.runcall(len, "")
    profile.dump_stats(at["victim"])


@attack("rules", "calls", "files")
def dump_by_the_old_profiler(at):
    import profile

    profile.run("0", at["victim"])


@attack("rules", "calls", "files")
def dump_the_stack(at):
    import faulthandler
    import os

    faulthandler.dump_traceback(os.open(at["victim"], os.O_WRONLY | os.O_TRUNC))


@attack("rules", "calls", "files")
def write_gzip(at):
    import gzip

    gzip.open(at["victim"], "wb").close()


@attack("rules", "calls", "files")
def write_bz2_and_lzma(at):
    import bz2
    import lzma

    bz2.open(at["folder"] + "/new.bz2", "wb").close()
    lzma.open(at["folder"] + "/new.xz", "wb").close()


@attack("rules", "calls", "files")
def write_a_zip(at):
    import zipfile

    zipfile.ZipFile(at["folder"] + "/new.zip", "w").close()


@attack("rules", "calls", "files")
def write_a_tar(at):
    import tarfile

    tarfile.open(at["folder"] + "/new.tar", "w").close()


@attack("rules", "calls", "files")
def extract_a_zip(at):
    import io
    import zipfile

    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("new", "x")
    zipfile.ZipFile(held).extractall(at["folder"])


@attack("rules", "calls", "files")
def compile_to_a_file(at):
    import py_compile

    py_compile.compile(at["private"] + "/hidden.py", at["folder"] + "/new.pyc")


@attack("rules", "calls", "files")
def write_a_cache_beside_a_module(at):
    import importlib.util
    import sys

    sys.dont_write_bytecode, sys.pycache_prefix = False, at["folder"]
    spec = importlib.util.spec_from_file_location("hidden", at["private"] + "/hidden.py")
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


@attack("rules", "calls", "files")
def write_a_mailbox(at):
    import mailbox

    mailbox.mbox(at["folder"] + "/new").close()


@attack("rules", "calls", "files")
def write_by_xml(at):
    import xml.etree.ElementTree as tree

    tree.ElementTree(tree.Element("a")).write(at["victim"])


# Past Python ----------------------------------------------------------------------------------------------------------


@attack("rules", "limits", "calls", "files")
def write_by_ctypes(at):
    import ctypes

    system = ctypes.CDLL(None)
    system.write(system.open(at["victim"].encode(), 1), b"Eve", 3)


@attack("rules", "calls", "files")
def write_by_stdio(at):
    import ctypes

    system = ctypes.CDLL(None)
    system.fopen.restype = ctypes.c_void_p
    system.fclose(ctypes.c_void_p(system.fopen(at["victim"].encode(), b"w")))


@attack("rules", "calls", "files")
def write_by_a_raw_system_call(at):
    import ctypes
    import platform

    number = {"x86_64": 257, "aarch64": 56}[platform.machine()]
    ctypes.CDLL(None).syscall(number, -100, (at["folder"] + "/new").encode(), 0o101, 0o600)


@attack("rules", "calls", "files")
def write_by_openat2(at):
    import ctypes
    import struct

    how = struct.pack("QQQ", 0o101, 0o600, 0)
    ctypes.CDLL(None).syscall(437, -100, (at["folder"] + "/new").encode(), how, 24)


@attack("rules", "calls", "files")
def remove_by_ctypes(at):
    import ctypes

    ctypes.CDLL(None).unlink(at["victim"].encode())


@attack("rules", "calls", "files")
def rename_by_renameat2(at):
    import ctypes

    ctypes.CDLL(None).renameat2(-100, at["victim"].encode(), -100, (at["folder"] + "/new").encode(), 0)


@attack("rules", "calls", "files")
def link_by_ctypes(at):
    import ctypes

    ctypes.CDLL(None).symlink(b"/etc/passwd", (at["folder"] + "/new").encode())


@attack("rules", "calls")
def change_times_by_ctypes(at):
    import ctypes

    ctypes.CDLL(None).utimensat(-100, at["victim"].encode(), bytes(32), 0)


@attack("rules", "calls")
def change_permissions_by_ctypes(at):
    import ctypes

    ctypes.CDLL(None).chmod(at["victim"].encode(), 0o777)


@attack("start")
def write_through_another_process_s_files(at):
    """The victim process's working folder is a road around a list of names."""
    with open(f"/proc/{at['pid']}/root{at['victim']}", "w") as file:
        file.write("Eve")


@attack("rules", "calls", "files")
def share_memory_by_name(at):
    import ctypes

    system, name = ctypes.CDLL(None), b"/minifcn-" + at["flag"][5:].encode()
    if system.shm_open(name, 0o102, 0o600) >= 0:
        system.shm_unlink(name)
        return at["flag"]


@attack("rules", "calls", "files")
def share_memory_by_multiprocessing(at):
    import _posixshmem

    name = "/minifcn-" + at["flag"][5:]
    _posixshmem.shm_open(name, 0o102, 0o600)
    _posixshmem.shm_unlink(name)
    return at["flag"]


@attack("rules", "calls")
def share_memory_by_system_v(at):
    import ctypes

    system = ctypes.CDLL(None)
    number = system.shmget(0, 4096, 0o1600)
    if number >= 0:
        system.shmctl(number, 0, None)
        return at["flag"]


@attack("limits", "calls", "files")
def make_a_semaphore(at):
    import _multiprocessing

    _multiprocessing.SemLock(0, 1, 1, "/minifcn-" + at["flag"][5:], True)
    return at["flag"]


@attack("rules", "calls")
def make_a_queue_of_messages(at):
    import ctypes

    system = ctypes.CDLL(None)
    number = system.msgget(0, 0o1600)
    if number >= 0:
        system.msgctl(number, 0, None)
        return at["flag"]
