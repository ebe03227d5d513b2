"""Who has the processor's cores, and when: Numba's threads, other Python threads, forked processes.

Numba's threads do the parallel work.  When it is done they keep spinning in case more comes, and so do those of BLAS:
OpenMP's for some milliseconds, OpenBLAS's for 100.  Meanwhile whatever runs next has half its speed.
minifcn/__init__.py makes both sleep sooner, at no measurable cost; OpenBLAS notices only if NumPy was not imported
before minifcn.

How many threads: NUMBA_NUM_THREADS, else OMP_NUM_THREADS, else one for each core; numba.set_num_threads(n) chooses
fewer, in the Python thread that calls it.  Kernels may be called from several Python threads at the same time.
Read blas.py next.
"""

import os
import threading
import warnings

import numba

LAUNCH = threading.Lock()  # held by the one Python thread that runs a parallel loop on workqueue's threads
forked = False  # is this a process that was forked after the threads had started?


def start_threads():
    """Start Numba's threads; warn when they are of the slow kind (27 microseconds a launch in place of 2).

    Returns whether several Python threads may launch parallel loops together, which workqueue's threads do not allow.
    """
    numba.set_num_threads(MOST)  # starts the threads, which settles their kind
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
    """How many threads the environment allows."""
    n, text = numba.config.NUMBA_NUM_THREADS, os.environ.get("OMP_NUM_THREADS", "")
    if "NUMBA_NUM_THREADS" in os.environ or not text.isdigit():
        return n
    return min(n, int(text) or n)  # for when Numba was imported before minifcn/__init__.py could set its variable


def thread_count():
    """How many threads the parallel loops run on; the same in every Python thread that has not chosen for itself."""
    return min(numba.get_num_threads(), MOST)


def run(threaded, alone, arguments):
    """Call the form of a kernel that can run here: on all threads, or on the calling one alone.

    The threads are not there in a process forked after their start, where GNU OpenMP would end the process; and
    workqueue's threads are in use while another Python thread runs a loop on them.
    """
    if forked:
        return alone(*arguments)
    if REENTRANT:
        return threaded(*arguments)
    if not LAUNCH.acquire(blocking=False):
        return alone(*arguments)
    try:
        return threaded(*arguments)
    finally:
        LAUNCH.release()


def after_fork():
    """Note in the child that it has only the thread that forked it."""
    global forked
    forked = True


MOST = most_threads()
REENTRANT = start_threads()
if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    os.register_at_fork(after_in_child=after_fork)
