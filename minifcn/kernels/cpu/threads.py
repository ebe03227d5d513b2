"""Who has the processor's cores, and when: Numba's threads, those of BLAS, other Python threads, forked processes.

Numba's threads do the parallel work.  A kernel that calls np.dot on each of them must hold BLAS to one thread for that
time (`blas_on_one_thread`), else all fight for the cores and run 2 to 4 times slower; afterwards BLAS has its threads
again, for NumPy's own products.  Threads also spin when their work is done, in case more comes soon, and halve the speed
of whoever works next: OpenMP's for some milliseconds, OpenBLAS's for 100.  minifcn/__init__.py tells both to sleep
sooner, which costs nothing that could be measured; OpenBLAS hears it only if NumPy was not imported before minifcn.

How many threads: NUMBA_NUM_THREADS, else OMP_NUM_THREADS, else one for each core; numba.set_num_threads(n) chooses
fewer, in the Python thread that calls it.  Kernels may be called from several Python threads at once.
Read launch.py next.
"""

import functools
import os
import threading
import warnings
from contextlib import contextmanager

import numba
import threadpoolctl

LAUNCH = threading.Lock()  # held by the one Python thread that runs a parallel loop on workqueue's threads
HOLD = threading.Lock()  # guards the two below
holders = 0  # how many blocks `with blas_on_one_thread()` are running
held = []  # (the function that sets its thread count, the count before) of each BLAS that is held
forked = False  # is this a process that was forked after the threads had started?


def start_threads():
    """Start Numba's threads; warn when they are of the slow kind (27 microseconds a launch in place of 2).

    Returns whether several Python threads may launch parallel loops at once, which workqueue's threads do not allow.
    """
    n = numba.get_num_threads()
    if "NUMBA_NUM_THREADS" not in os.environ:  # Numba was imported before minifcn/__init__.py could set it
        n = min(n, omp_num_threads() or n)
    numba.set_num_threads(n)  # starts the threads, which settles their kind
    if numba.threading_layer() != "workqueue":
        return True
    warnings.warn(
        "Numba found neither OpenMP nor TBB and uses its slow 'workqueue' threads; install an OpenMP runtime"
        " (libgomp1 on Linux, libomp on macOS)",
        RuntimeWarning,
        stacklevel=2,
    )
    return False


def omp_num_threads():
    """What OMP_NUM_THREADS asks for, or None."""
    text = os.environ.get("OMP_NUM_THREADS", "")
    return int(text) if text.isdigit() and int(text) > 0 else None


def thread_count():
    """How many threads the parallel loops run on."""
    return numba.get_num_threads()


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


@contextmanager
def blas_on_one_thread():
    """Inside this block BLAS works on the calling thread alone; behind it, it has as many threads as before.

    The first block to begin holds BLAS, the last to end restores it, for blocks may run in several Python threads.
    It costs 3 microseconds.

        with blas_on_one_thread():
            multiply(x, weight, y)      # a parallel kernel that calls np.dot on each of its threads
    """
    global holders
    with HOLD:
        if holders == 0:
            for get_count, set_count in blas_libraries():
                held.append((set_count, get_count()))
                set_count(1)
        holders += 1
    try:
        yield
    finally:
        with HOLD:
            holders -= 1
            if holders == 0:
                restore_blas()


def restore_blas():
    while held:
        set_count, before = held.pop()
        set_count(before)


@functools.cache
def blas_libraries():
    """(get, set) for each BLAS: two functions for the number of its threads.

    SciPy's is the one behind np.dot in Numba, so it must be loaded first.
    """
    import scipy.linalg.cython_blas  # noqa: F401  (here and not above: it takes 0.15 s)

    functions = []
    for library in threadpoolctl.ThreadpoolController().select(user_api="blas").lib_controllers:
        if library.internal_api != "openblas":
            functions.append((library.get_num_threads, library.set_num_threads))
        elif library.threading_layer != "openmp":  # with OpenMP it sees by itself that a parallel loop is calling
            # The library's own functions: threadpoolctl's are slower, and let only one Python thread call them.
            (name,) = (name for name in library.check_symbols if hasattr(library.dynlib, name))
            functions.append((library.dynlib[name], library.dynlib[name.replace("get", "set")]))
    return functions


def after_fork():
    """In the new process: no thread but this one has come along, and nobody holds BLAS."""
    global forked, holders
    forked, holders = True, 0
    restore_blas()
    HOLD.release()


REENTRANT = start_threads()
if hasattr(os, "register_at_fork"):  # not on Windows, which cannot fork
    os.register_at_fork(before=HOLD.acquire, after_in_parent=HOLD.release, after_in_child=after_fork)
