"""Memory reuse: what one training step frees, the next one needs.

A new array of some megabytes is only a reservation by the operating system.  Its pages are allocated and cleared when
first touched, which can take longer than the work itself: 37 of 70 milliseconds in a step of a small net.  Therefore
malloc is set to keep freed memory, and the kernels' scratch arrays are never freed.  Read layout.py next.
"""

import ctypes
import math
import os
import sys
import threading

import numpy as np

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # names and numbers of glibc's malloc.h

KEPT = threading.local()  # each Python thread has its own, so that several may compute concurrently


def keep_freed_memory(largest=32 << 20, total=1 << 30):
    """Let malloc keep up to `total` freed bytes, in blocks of at most `largest` (glibc accepts no more than 32 MB).

    Only on Linux with glibc, and only if no MALLOC_... environment variable is set.
    """
    if sys.platform != "linux" or any(name.startswith("MALLOC_") for name in os.environ):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, largest)
        mallopt(M_TRIM_THRESHOLD, total)


keep_freed_memory()


def workspace(name, shape, dtype):
    """An uninitialised array of `shape`, valid until the same `name` is requested again."""
    kept, size = KEPT.__dict__, math.prod(shape)
    key = name, np.dtype(dtype)
    if key not in kept or kept[key].size < size:
        kept[key] = None  # free the old one before allocating the new one
        kept[key] = np.empty(size, dtype)
    return kept[key][:size].reshape(shape)
