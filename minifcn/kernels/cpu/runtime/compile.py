"""How the CPU kernels are compiled, and the array layout that they accept.

A kernel is compiled on its first call (../warm_up.py calls them all) and cached on disk (cache.py).  `kernel` is Numba's
njit with a fixed set of options, for single-threaded code; NUMBA_DISABLE_JIT=1 lets a debugger step through it.  Read
inlined.py next.
"""

import warnings
from pathlib import Path

import numpy as np
from numba import config, njit, types
from numba.core import sigutils
from numba.core.ccallback import CFunc

from .cache import KernelCache, cache_folder, drop_stale_cache
from .inlined import Inlined

CACHE = None if config.DISABLE_JIT else cache_folder()
if CACHE:
    drop_stale_cache(Path(__file__).parent.parent, CACHE)
elif not config.DISABLE_JIT:
    warnings.warn(
        f"the compiled kernels cannot be kept, and each run compiles them again, because neither {Path(__file__).parent}"
        " nor the user's cache folder can be written to; set NUMBA_CACHE_DIR to a writable folder",
        RuntimeWarning,
        stacklevel=2,
    )

OPTIONS = {
    "nogil": True,
    "no_cfunc_wrapper": True,  # no kernel is called from C; without that wrapper it compiles 5 % faster
    "error_model": "numpy",  # x / 0 is inf, as in NumPy; Python's ZeroDivisionError would cost a branch per element
    # Sums may be reordered, so that they vectorise.  Deliberately left out: the flags that assume "no NaN, no inf", and
    # the one that replaces a division by the count with a multiplication by a rounded 1 / count.
    "fastmath": {"reassoc", "contract", "nsz"},
}


def kernel(function, **options):
    """Compile single-threaded code; `options` are passed to Numba's njit in addition to OPTIONS."""
    compiled = njit(**OPTIONS, **options)(function)
    if CACHE:
        compiled._cache = KernelCache(function, CACHE)
    return compiled


def inlined(function):
    """Compile single-threaded code into the kernels that call it.  Called from Python, it runs uncompiled."""
    return function if config.DISABLE_JIT else Inlined(function, OPTIONS)


def callback(*arguments):
    """A decorator: compile a function of these argument types, returning nothing, to be called by its `address`."""

    def compile_for(function):
        compiled = CFunc(function, sigutils.normalize_signature(types.void(*arguments)), locals={}, options={})
        if CACHE:
            compiled._cache = KernelCache(function, CACHE)
        compiled.compile()
        return compiled

    return compile_for


def usable(array):
    """Whether compiled code accepts the array: C order, aligned, writeable.  Others would trigger a compilation."""
    flags = array.flags
    return flags.c_contiguous and flags.aligned and flags.writeable


def dense(array):
    """`array` itself if compiled code accepts it, else a copy in C order."""
    return array if usable(array) else np.array(array, order="C")


@kernel
def copy(source, target):
    """target[:] = source for two 1-D arrays; the loop is vectorised."""
    for t in range(target.size):
        target[t] = source[t]


@inlined
def share(total, thread, threads):
    """The part [start, stop) of range(total) that belongs to `thread` of `threads`."""
    return total * thread // threads, total * (thread + 1) // threads


@inlined
def add(source, target):
    """target += source for two 1-D arrays."""
    for t in range(target.size):
        target[t] += source[t]
