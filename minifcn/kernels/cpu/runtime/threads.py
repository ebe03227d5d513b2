"""The use of the processor's cores by Numba's threads, other Python threads and forked processes.

Numba's threads do the parallel work.  Afterwards they keep spinning in case more comes, and so do those of BLAS:
OpenMP's for some milliseconds, OpenBLAS's for 100.  Meanwhile whatever runs next runs at half speed.
minifcn/__init__.py makes both sleep sooner, at little cost; blas.py does so for a NumPy that was imported before
minifcn.

The number of threads is NUMBA_NUM_THREADS, else OMP_NUM_THREADS, else one per core; numba.set_num_threads(n) sets a
lower number for the calling Python thread.  Kernels may be called from several Python threads concurrently.  Read blas.py
next.
"""

import contextlib
import functools
import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numba

LAUNCH = threading.Lock()  # held by the one Python thread that runs a parallel loop on workqueue's threads
forked = False  # whether this process was forked after the threads had started


def start_threads():
    """Start Numba's threads; warn if they are of the slow kind (27 microseconds per launch instead of 2).

    Returns whether several Python threads may launch parallel loops concurrently, which workqueue does not allow.
    """
    numba.set_num_threads(MOST)  # starts the threads, which determines their kind
    if numba.threading_layer() != "workqueue":
        return True
    warnings.warn(
        "Numba found neither OpenMP nor TBB and uses its slow 'workqueue' threads; install an OpenMP runtime"
        " (libgomp1 on Linux, libomp on macOS)",
        RuntimeWarning,
        stacklevel=2,
    )
    return False


def most_threads():
    """The number of threads that the environment allows."""
    n, text = numba.config.NUMBA_NUM_THREADS, os.environ.get("OMP_NUM_THREADS", "")
    if "NUMBA_NUM_THREADS" in os.environ or not text.isdigit():
        return n
    return min(n, int(text) or n)  # in case Numba was imported before minifcn/__init__.py set its variable


def run(kernel, threaded, alone, arguments):
    """Call kernel(loop, *arguments) with the loop that can run here: on all threads, or only on the calling one.

    The threads do not exist in a process forked after they started, where GNU OpenMP would abort the process; and
    workqueue's threads are busy while another Python thread runs a loop on them.
    """
    if forked:
        return kernel(alone(), *arguments)
    if REENTRANT:
        return kernel(threaded(), *arguments)
    if not LAUNCH.acquire(blocking=False):
        return kernel(alone(), *arguments)
    try:
        return kernel(threaded(), *arguments)
    finally:
        LAUNCH.release()


@contextlib.contextmanager
def threads_each(n):
    """Inside this `with`, parallel loops of this Python thread run on n threads."""
    before = numba.get_num_threads()
    numba.set_num_threads(n)
    try:
        yield
    finally:
        numba.set_num_threads(before)


@functools.cache
def workers():
    """Python threads, one for each of the other cores, whose parallel loops run on one thread.  They start when needed."""
    return ThreadPoolExecutor(max(1, MOST - 1), "minifcn", functools.partial(numba.set_num_threads, 1))


def after_fork():
    """Record in the child that it has only the forking thread."""
    global forked
    forked = True
    workers.cache_clear()


MOST = most_threads()
REENTRANT = start_threads()
if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    os.register_at_fork(after_in_child=after_fork)
