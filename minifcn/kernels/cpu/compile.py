"""How the CPU kernels are compiled, and the form in which they take their arrays.

A kernel is compiled when it is first called (warm_up.py calls them all), and kept on disk.  `kernel` is Numba's njit
with one set of options, for what one thread runs; NUMBA_DISABLE_JIT=1 lets a debugger step through it.
Read threads.py next, then launch.py: what all threads run.
"""

import hashlib
import tempfile
import warnings
from pathlib import Path

import numpy as np
from numba import config, njit
from numba.core.caching import FunctionCache


def cache_folder():
    """Where Numba keeps the compiled kernels, or None where it finds no folder that it can write to.

    That is NUMBA_CACHE_DIR, else __pycache__ beside this file, else the user's folder of caches.
    """
    try:
        folder = Path(FunctionCache(cache_folder).cache_path)
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except (RuntimeError, OSError):  # RuntimeError is Numba's
        return None
    return folder


def drop_stale_cache(sources, cache):
    """Delete the compiled kernels in the folder `cache` if any file in the folder `sources` has changed since.

    Numba watches only the file in which a function stands.  But compiled code contains the functions that it calls:
    after an edit of im2col.py, conv.py would go on with the im2col of yesterday.
    """
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources.glob("*.py")))).hexdigest()
    stamp = cache / "sources.sha256"
    if stamp.exists() and stamp.read_text() == digest:
        return
    for path in cache.glob("*.nb[ci]"):
        path.unlink(missing_ok=True)
    stamp.write_text(digest)


CACHE = None if config.DISABLE_JIT else cache_folder()
if CACHE:
    drop_stale_cache(Path(__file__).parent, CACHE)
elif not config.DISABLE_JIT:
    warnings.warn(
        f"the compiled kernels cannot be kept, and each run compiles them again, because neither {Path(__file__).parent}"
        " nor the user's cache folder can be written to; set NUMBA_CACHE_DIR to a folder that can",
        RuntimeWarning,
        stacklevel=2,
    )

OPTIONS = {
    "cache": CACHE is not None,  # compiled code is kept on disk: only the very first run waits for the compiler
    "nogil": True,
    "no_cfunc_wrapper": True,  # nobody calls a kernel from C; without that entry it compiles 5 % sooner
    "error_model": "numpy",  # x / 0 is inf, as in NumPy; Python's ZeroDivisionError would cost a branch an element
    # Sums may be reordered, so that they vectorise.  Left out on purpose are the flags that assume "no NaN, no inf", and
    # the one that would multiply by the rounded 1 / count where we divide by a count.
    "fastmath": {"reassoc", "contract", "nsz"},
}


def kernel(function):
    """Compile a function that one thread runs."""
    return njit(**OPTIONS)(function)


def usable(array):
    """True for an array that compiled code takes as it is: C order, aligned, writeable.  Others compile anew."""
    flags = array.flags
    return flags.c_contiguous and flags.aligned and flags.writeable


def dense(array):
    """`array` itself if compiled code takes it as it is, else a copy in C order."""
    return array if usable(array) else np.array(array, order="C")


@kernel
def copy(source, target):
    """target[:] = source for two 1-D arrays; the compiler turns the loop into vector moves."""
    for t in range(target.size):
        target[t] = source[t]


@kernel
def share(total, thread, threads):
    """The part [start, stop) of range(total) that belongs to `thread` of `threads`."""
    return total * thread // threads, total * (thread + 1) // threads


@kernel
def add(source, target):
    """target += source for two 1-D arrays."""
    for t in range(target.size):
        target[t] += source[t]
