"""Matrix products by BLAS, with results that depend only on their arguments, bit for bit.

BLAS has its own thread pool and splits each product among its threads; the split affects the last bits of the result.
A kernel that calls np.dot on each of Numba's threads must limit BLAS to one thread meanwhile (`blas_on_one_thread`), or
the two pools compete for the cores and run 2 to 4 times slower.  But BLAS has one thread count for the whole process: a
product that another Python thread starts in the meantime would be split differently, or not at all.  The two kinds of
work therefore take turns: any number of blocks of one kind may run concurrently while the other kind waits.  Waiting
threads are served in order of arrival, so that neither kind can starve the other.

`matmul` is the only product on all threads.  Nothing else in the package may call BLAS: no `@`, np.dot or np.linalg on
arrays.  Read launch.py next.
"""

import functools
import os
import threading
from collections import deque
from contextlib import contextmanager

import numpy as np
import threadpoolctl

SLEEP = "openblas_thread_timeout", "openblas_read_env", "blas_thread_shutdown_"  # functions of OpenBLAS


def matmul(a, b):
    """y = a @ b on the last two axes; leading axes broadcast.  a (..., n, k), b (..., k, m): y (..., n, m)."""
    with blas_on_all_threads():
        return a @ b


def matmul_into(y, a, b):
    """The same, written to y."""
    with blas_on_all_threads():
        np.matmul(a, b, y)


class Turns:
    """A lock between kernels that limit BLAS to one thread and products that use all of its threads."""

    def __init__(self):
        self.changed = threading.Condition()
        self.queue = deque()  # a ticket for each waiting Python thread, oldest first
        self.running = 0  # the number of running blocks
        self.alone = None  # their kind: whether they limit BLAS to one thread
        self.held = []  # (set_count, the previous count) of each BLAS library limited to one thread
        self.mine = threading.local()  # .depth: the number of running blocks that belong to this Python thread

    def begin(self, alone):
        """Wait for this kind's turn.  A nested block of the same thread cannot wait; it joins the outer one."""
        depth = getattr(self.mine, "depth", 0)
        with self.changed:
            if not depth and (self.queue or self.running and self.alone != alone):
                self.wait(alone)
            if not self.running:
                self.alone = alone
                if alone:
                    self.hold()
            self.running += 1
        self.mine.depth = depth + 1

    def wait(self, alone):
        ticket = object()
        self.queue.append(ticket)
        try:
            self.changed.wait_for(lambda: self.queue[0] is ticket and (not self.running or self.alone == alone))
        finally:  # also when Ctrl-C ends the wait
            self.queue.remove(ticket)
            self.changed.notify_all()  # the next in line may be of the same kind

    def end(self):
        self.mine.depth -= 1
        with self.changed:
            self.running -= 1
            if not self.running:
                self.restore()
                self.changed.notify_all()

    def limited(self):
        """Whether this Python thread is in a block that limits BLAS to one thread."""
        return self.alone and getattr(self.mine, "depth", 0) > 0

    def hold(self):
        for get_count, set_count in blas_libraries():
            self.held.append((set_count, get_count()))
            set_count(1)

    def restore(self):
        while self.held:
            set_count, before = self.held.pop()
            set_count(before)


turns = Turns()


@contextmanager
def blas_on_one_thread():
    """Inside this block BLAS runs only on the calling thread; after it, on as many threads as before.

    Several Python threads may be in such blocks: the first to begin limits BLAS, the last to end restores it.
    A block costs 4 microseconds, one of the other kind 2.

        with blas_on_one_thread():
            multiply(x, weight, y)      # a parallel kernel that calls np.dot on each of its threads
    """
    here = turns  # a process forked inside the block gets a new `turns`
    here.begin(alone=True)
    try:
        yield
    finally:
        here.end()


@contextmanager
def blas_on_all_threads():
    """Inside this block BLAS is not limited: a product is split as if this Python thread were the only one."""
    here = turns
    here.begin(alone=False)
    try:
        yield
    finally:
        here.end()


@functools.cache
def blas_libraries():
    """(get_count, set_count) for each BLAS library: the functions that read and set its number of threads.

    Numba's np.dot calls SciPy's BLAS, so that library must be loaded first.
    """
    import scipy.linalg.cython_blas  # noqa: F401  (not at the top: it takes 0.15 s)

    functions = []
    for library in threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers:
        if library.internal_api != "openblas":
            functions.append((library.get_num_threads, library.set_num_threads))
        elif library.threading_layer != "openmp":  # an OpenMP build notices that a parallel loop calls it
            # The library's own functions: threadpoolctl's are slower, and let only one Python thread call them.
            (name,) = (name for name in library.check_symbols if hasattr(library.dynlib, name))
            functions.append((library.dynlib[name], library.dynlib[name.replace("get", "set")]))
    return functions


def let_idle_threads_sleep():
    """Make OpenBLAS's threads sleep when OPENBLAS_THREAD_TIMEOUT says, even if NumPy was imported before it was set.

    OpenBLAS reads the variable when it is loaded.  Here it reads it again and ends its threads; the next product starts new
    ones, as it does after a fork.
    """
    wanted = os.environ.get("OPENBLAS_THREAD_TIMEOUT", "")
    for library in threadpoolctl.ThreadpoolController().select(internal_api="openblas").lib_controllers:
        functions = [getattr(library.dynlib, name, None) for name in SLEEP]
        if wanted.isdigit() and all(functions) and library.threading_layer == "pthreads":
            thread_timeout, read_environment, end_threads = functions
            if thread_timeout() != int(wanted):
                read_environment()
                end_threads()


def before_fork():
    """Wait for products on all threads to end, or the child might deadlock on a lock inside BLAS."""
    turns.changed.acquire()  # and until no thread is in the middle of a change
    if not getattr(turns.mine, "depth", 0) and turns.running and not turns.alone:
        turns.wait(alone=True)


def after_fork_in_parent():
    turns.changed.release()


def after_fork_in_child():
    """Start afresh in the child, which has only the forking thread: nothing there limits BLAS."""
    global turns
    old, turns = turns, Turns()
    old.restore()
    old.changed.release()


if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    let_idle_threads_sleep()
    os.register_at_fork(before=before_fork, after_in_parent=after_fork_in_parent, after_in_child=after_fork_in_child)
