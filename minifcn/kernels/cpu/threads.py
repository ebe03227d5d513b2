"""Settings made once, when the CPU kernels are imported: who owns the processor's cores.

Numba's threads do the parallel work, and each calls BLAS for its own small products.  If BLAS started threads of its
own beside them, all would fight for the cores and run 2 to 4 times slower: so BLAS is held to one thread.
Between two parallel loops OpenMP's threads spin for some milliseconds, in case there is work soon. Beside another busy
program that halves the speed; a short spin costs an idle machine nothing that could be measured.
Call the kernels from one Python thread at a time, and not in a process that was forked after their first use: Numba's
threads do not survive a fork.  Read im2col.py next.
"""

import os
import warnings

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # read by OpenMP when it starts, so it stands before the imports

import numba
import scipy.linalg.cython_blas  # noqa: F401  (the BLAS behind np.dot in Numba: loaded now, so that it is held too)
import threadpoolctl

LIMIT = threadpoolctl.threadpool_limits(limits=1, user_api="blas")  # kept: the limit holds as long as this object


def warn_of_slow_threads():
    """Start Numba's threads, and warn when they are of the slow kind (about 30 microseconds a launch in place of 2)."""
    numba.set_num_threads(numba.get_num_threads())  # starts the threads, which settles the threading layer
    if numba.threading_layer() == "workqueue":
        warnings.warn(
            "Numba found neither OpenMP nor TBB and uses its slow 'workqueue' threads; install an OpenMP runtime"
            " (libgomp1 on Linux, libomp on macOS)",
            RuntimeWarning,
            stacklevel=2,
        )


def thread_count():
    """How many threads the parallel loops run on."""
    return numba.get_num_threads()


warn_of_slow_threads()
