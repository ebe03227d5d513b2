"""Memory that is used again: what a training step frees, the next one needs.

A fresh array of some megabytes is only a promise of the operating system.  Its pages are made, and cleared, when they
are first touched, and that can take longer than the work itself: 37 of 70 milliseconds of a small net's step.  So the C
library is told to keep freed memory, and the scratch arrays of the kernels stay for ever.  Read layout.py next.
"""

import ctypes
import math
import os
import sys
import threading

import numpy as np

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # names and numbers of glibc's malloc.h

KEPT = threading.local()  # each Python thread has its own, so that two may compute at once


def keep_freed_memory(largest=32 << 20, total=1 << 30):
    """Let malloc keep up to `total` freed bytes, in blocks of at most `largest` (glibc takes no more than 32 MB).

    It does so on Linux with glibc, unless the user has set MALLOC_... in the environment; elsewhere nothing happens.
    """
    if sys.platform != "linux" or any(name.startswith("MALLOC_") for name in os.environ):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, largest)
        mallopt(M_TRIM_THRESHOLD, total)


keep_freed_memory()


def workspace(name, shape, dtype):
    """An array of `shape`, its contents whatever was left there; valid until the same `name` is asked for again."""
    kept, size = KEPT.__dict__, math.prod(shape)
    key = name, np.dtype(dtype)
    if key not in kept or kept[key].size < size:
        kept[key] = None  # the old one goes before the new one comes
        kept[key] = np.empty(size, dtype)
    return kept[key][:size].reshape(shape)
