"""Memory reuse: what one training step frees, the next one needs.

A new array of some megabytes is only a reservation by the operating system.  Its pages are allocated and cleared when
first touched, which can take longer than the work itself: 37 of 70 milliseconds in a step of a small net.  Therefore
malloc is set to keep freed memory, the kernels' scratch arrays are never freed, and what is too large for malloc to keep
is kept here.  Scratch arrays, and all large results, begin with a cache line.  Read constant.py next.
"""

import contextlib
import ctypes
import math
import os
import sys
import threading
import weakref

import numpy as np

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # names and numbers of glibc's malloc.h

KEPT = threading.local()  # each Python thread has its own, so that several may compute concurrently
LARGEST, TOTAL = 32 << 20, 1 << 30  # bytes: glibc accepts no more than 32 MB for the first
FEW = 1 << 20  # bytes
LINE, LARGE = 64, 1 << 14  # bytes: a cache line, which is also the longest vector; an array that is worth aligning
MOST_FREE = 512 << 20  # bytes of large arrays that are gone, at most: VGG16's two largest gradients take 478 MB

_keeps_workspaces = True
_free = {}  # id of a block: the block, the memory of a large array that is gone


def keep_freed_memory(largest=LARGEST, total=TOTAL):
    """Let malloc keep up to `total` freed bytes, in blocks of at most `largest`.

    Only on Linux with glibc, and only if no MALLOC_... environment variable is set.
    """
    if sys.platform != "linux" or any(name.startswith("MALLOC_") for name in os.environ):
        return
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, largest)
        libc.mallopt(M_TRIM_THRESHOLD, total)
        libc.malloc_trim(0)  # what has been kept until now


keep_freed_memory()


@contextlib.contextmanager
def returning_freed_memory():
    """Inside this `with`, freed memory goes back to the operating system: less memory, more time. For the whole process."""
    global _keeps_workspaces
    _keeps_workspaces = False
    KEPT.__dict__.clear()
    _free.clear()
    keep_freed_memory(FEW, FEW)
    try:
        yield
    finally:
        keep_freed_memory()
        _keeps_workspaces = True


def empty(shape, dtype):
    """An uninitialised array of `shape`, in C order.  A large one begins with a cache line, so that no vector lies in two.

    NumPy's begin anywhere in a line: every vector of 64 bytes would be read from two lines, and written to two.
    If it is larger than what malloc keeps, it gets the memory of one that is gone.
    """
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    if size < LARGE:
        return np.empty(shape, dtype)
    if size < LARGEST or not _keeps_workspaces:
        return on_a_line(np.empty(size + LINE, np.uint8), shape, dtype)
    block = free_block(size + LINE)
    lent = (ctypes.c_char * block.size).from_buffer(block)  # were the array a view of the block, views of it would refer to
    array = on_a_line(lent, shape, dtype)  # the block alone, and not keep the array alive
    weakref.finalize(array, keep, block).atexit = False
    return array


def on_a_line(room, shape, dtype):
    """An array in `room`, from its first cache line on."""
    address = ctypes.addressof(ctypes.c_char.from_buffer(room))  # room.ctypes.data takes four times as long
    return np.ndarray(shape, dtype, room, -address % LINE)


def free_block(size):
    """A block of at least `size` bytes, and at most twice as many: one that is free, or a new one."""
    fitting = (number for number, block in sorted(_free.items()) if size <= block.size <= 2 * size)
    taken = (_free.pop(number, None) for number in fitting)  # None: another thread was faster
    block = next((block for block in taken if block is not None), None)
    return np.empty(size, np.uint8) if block is None else block


def keep(block):
    """Keep the block for the next large array, unless there is enough."""
    if _keeps_workspaces and sum(other.size for other in list(_free.values())) + block.size <= MOST_FREE:
        _free[id(block)] = block


@contextlib.contextmanager
def new_workspaces():
    """Inside this `with`, this Python thread's workspaces are new, so that nothing else will ever write to them."""
    kept = dict(KEPT.__dict__)
    KEPT.__dict__.clear()
    try:
        yield
    finally:
        KEPT.__dict__.clear()
        KEPT.__dict__.update(kept)


def workspace(name, shape, dtype):
    """An uninitialised array of `shape`, valid until the same `name` is requested again."""
    if not _keeps_workspaces:
        return empty(shape, dtype)
    kept, size = KEPT.__dict__, math.prod(shape)
    key = name, np.dtype(dtype)
    if key not in kept or kept[key].size < size:
        kept[key] = None  # free the old one before allocating the new one
        kept[key] = empty((size,), dtype)
    return kept[key][:size].reshape(shape)
