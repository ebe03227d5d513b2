"""Exhaustion: more memory, threads, files or talk than an answer may have. Read answers.py next."""

from .attack import attacks

SMALL = 512 * 2**20  # bytes of memory for these, so that the attempt costs little
ATTACKS = []
attack = attacks("exhaustion", ATTACKS)


@attack("limits", memory=SMALL)
def memory_in_a_list(at):
    held = [None] * (75 * 2**20)
    return at["flag"] * (len(held) > 0)


@attack("limits", memory=SMALL)
def memory_in_bytes(at):
    held = bytearray(600 * 2**20)
    return at["flag"] * (len(held) > 0)


@attack("limits", memory=SMALL)
def memory_in_many_pieces(at):
    held = [bytearray(2**20) for _ in range(600)]
    return at["flag"] * (len(held) > 0)


@attack("limits", memory=SMALL)
def memory_in_an_array(at):
    import numpy as np

    return at["flag"] * (np.full(75 * 2**20, 1.0).size > 0)


@attack("limits", memory=SMALL)
def memory_in_a_private_map(at):
    import mmap

    return at["flag"] * (len(mmap.mmap(-1, 600 * 2**20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)) > 0)


@attack("limits", memory=SMALL)
def memory_in_a_shared_map(at):
    import mmap

    return at["flag"] * (len(mmap.mmap(-1, 600 * 2**20)) > 0)


@attack("rules", "limits", "calls", memory=SMALL)
def memory_in_a_file_of_memory(at):
    """Written, not mapped: no limit on addresses sees it."""
    import os

    file, block = os.memfd_create("x"), bytes(2**24)
    for _ in range(36):
        os.write(file, block)
    return at["flag"]


@attack("start", memory=SMALL)
def memory_in_pipes(at):
    import fcntl
    import os

    held = 0
    for _ in range(100):
        write = os.pipe()[1]
        fcntl.fcntl(write, 1031, 2**20)  # F_SETPIPE_SZ
        os.set_blocking(write, False)
        held += os.write(write, bytes(2**20))
    return at["flag"] * (held >= 100 * 2**20)


@attack("rules", "limits", memory=SMALL)
def memory_in_a_database(at):
    import sqlite3

    base = sqlite3.connect(":memory:")
    base.execute("create table t (x)")
    for _ in range(58):
        base.execute("insert into t values (zeroblob(10485760))")
    return at["flag"]


@attack("rules", "limits", memory=SMALL)
def memory_by_the_c_library(at):
    import ctypes

    system = ctypes.CDLL(None)
    system.malloc.restype = ctypes.c_void_p
    return at["flag"] * (system.malloc(ctypes.c_size_t(600 * 2**20)) is not None)


@attack("rules", "limits", memory=SMALL)
def memory_by_growing_the_heap(at):
    import ctypes

    system = ctypes.CDLL(None)
    system.sbrk.restype = ctypes.c_ssize_t
    return at["flag"] * (system.sbrk(ctypes.c_ssize_t(600 * 2**20)) != -1)


@attack("limits", memory=SMALL)
def memory_in_text(at):
    return at["flag"] * (len("é" * (600 * 2**20)) > 0)


@attack("limits", memory=SMALL)
def memory_in_one_number(at):
    return at["flag"] * ((1 << (8 * 600 * 2**20)).bit_length() > 0)


@attack("rules")
def a_thousand_threads(at):
    import threading

    threading.stack_size(2**18)
    stop, threads = threading.Event(), []
    try:
        for _ in range(1000):
            threads.append(threading.Thread(target=stop.wait, daemon=True))
            threads[-1].start()
    finally:
        stop.set()
    return at["flag"]


@attack("limits")
def a_thousand_threads_of_the_usual_size(at):
    import threading

    stop, threads = threading.Event(), []
    try:
        for _ in range(1000):
            threads.append(threading.Thread(target=stop.wait, daemon=True))
            threads[-1].start()
    finally:
        stop.set()
    return at["flag"]


@attack("rules", "calls")
def a_thousand_processes(at):
    """A fork that forks would do; eight that end by themselves show that it could."""
    import os

    for _ in range(8):
        if not os.fork():
            os._exit(0)
    for _ in range(8):
        os.wait()
    return at["flag"]


@attack("limits")
def two_thousand_open_files(at):
    import os

    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(2000)]
    return at["flag"] * (len(held) == 2000)


@attack("limits")
def two_thousand_copies_of_a_file(at):
    import os

    first = os.open(os.devnull, os.O_RDONLY)
    return at["flag"] * (len([os.dup(first) for _ in range(2000)]) == 2000)


@attack("limits", "calls")
def a_thousand_pipes(at):
    import os

    return at["flag"] * (len([os.pipe() for _ in range(1000)]) == 1000)


@attack("rules", "calls", "files")
def a_large_file(at):
    with open(at["folder"] + "/large", "wb") as file:
        file.write(bytes(2**24))


@attack("rules", "calls", "files")
def a_large_file_without_writing(at):
    import os

    os.posix_fallocate(os.open(at["victim"], os.O_WRONLY), 0, 2**24)


@attack("rules", "calls", "files")
def a_thousand_files(at):
    for number in range(1000):
        open(f"{at['folder']}/{number}", "w").close()


@attack("limits")
def a_dump_of_its_memory(at):
    """A process that dies of a fault leaves its whole memory as a file, unless its limit on that is 0."""
    import resource

    return at["flag"] * (resource.getrlimit(resource.RLIMIT_CORE)[1] != 0)


@attack("start")
def locked_memory(at):
    import ctypes

    held = ctypes.create_string_buffer(2**24)
    return at["flag"] * (ctypes.CDLL(None).mlock(held, 2**24) == 0)
