"""A simulated graphics card: `cuda`, with the names of numba.cuda, and `launch`, which runs a kernel and takes notes.

The threads run one after the other, each up to its next syncthreads, so the result is the same each time. Two threads
clash if they are of different blocks, or if no syncthreads is between them. What a card would do in silence is an error
here: an index beyond an array, a barrier that some threads never reach. The same source runs on a real card if `cuda`
is imported from numba instead. Read fibers.py next.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .fibers import Fiber, run_by_turns
from .loops import names_in
from .watched import Log, Watched

MOST = 64  # threads of a block that waits at a barrier: each is a thread of Python


class Dim3(NamedTuple):
    """A place or a size: x runs along rows of an array, y down its columns."""

    x: int
    y: int = 1
    z: int = 1


class Thread(NamedTuple):
    """A thread at some time: its block, its place in it, and how many barriers it has passed."""

    block: tuple
    thread: tuple
    phase: int


@dataclass(frozen=True)
class Launch:
    """What the threads of a kernel did.

    race:     a sentence about two threads that clash, or ""
    reads:    {name of an array argument: how often each of its elements was read}; writes: the same for writing
    writers:  {name of an array argument: how many threads wrote each of its elements}
    shared:   (reads, writes) of shared memory by all threads
    seen:     {name of an array argument: {(block, thread): numbers of the elements it read}}
    """

    race: str
    reads: dict
    writes: dict
    writers: dict
    shared: tuple
    seen: dict


class NegativeIndex(IndexError):
    """In CUDA there are no indices from the end."""


class ReadBeyond(IndexError):
    """A thread reads what is not there."""


class WriteBeyond(IndexError):
    """A thread writes where nothing is."""


class DeviceArray(Watched):
    """An array in the card's memory, whose elements are read and written one by one, within its bounds."""

    def __getitem__(self, key):
        self.check(key, "reads")
        return super().__getitem__(key)

    def __setitem__(self, key, value):
        self.check(key, "writes")
        super().__setitem__(key, value)

    def check(self, key, deed):
        """Raise one of the three errors above if an index is not on its axis."""
        place = key if isinstance(key, tuple) else (key,)
        wrong = [k for k, n in zip(place, self.shape) if isinstance(k, (int, np.integer)) and not 0 <= k < n]
        if wrong:
            kind = NegativeIndex if min(wrong) < 0 else ReadBeyond if deed == "reads" else WriteBeyond
            log, text = self.store.log, ", ".join(map(str, place))
            error = kind(f"{log.describe(log.worker)} {deed} {self.store.called()}[{text}], and its shape is {self.shape}")
            log.fault = log.fault or error  # a card has no exceptions, so a kernel cannot catch one
            raise error


class Shared:
    """cuda.shared: memory that the threads of a block have in common."""

    def array(self, shape, dtype):
        """The block's array: the first call of each of its threads returns the same one, and so on. It is not cleared."""
        block, me = cuda.block, cuda.fiber
        me.arrays += 1
        if me.arrays > len(block.shared):
            values = np.empty(shape, np.dtype(getattr(dtype, "name", dtype)))
            values.fill(np.nan if values.dtype.kind == "f" else np.iinfo(values.dtype).min)
            block.shared.append(block.log.array(values, "", DeviceArray))
        return block.shared[me.arrays - 1]


class Cuda:
    """The names of numba.cuda that the lesson uses. Its attributes describe the thread that runs at the moment."""

    def __init__(self):
        self.shared = Shared()
        self.block = self.fiber = None

    threadIdx = property(lambda self: self.fiber.place)
    blockIdx = property(lambda self: self.block.place)
    blockDim = property(lambda self: self.block.size)
    gridDim = property(lambda self: self.block.grid)

    def grid(self, axes):
        """The number of this thread among all: an int for one axis, (x, y) for two."""
        places = [b * n + t for b, n, t in zip(self.blockIdx, self.blockDim, self.threadIdx)]
        return places[0] if axes == 1 else tuple(places[:axes])

    def syncthreads(self):
        """Wait until all threads of the block are here."""
        self.fiber.pause()

    def jit(self, kernel):
        """The kernel itself: the simulator compiles nothing."""
        return kernel


cuda = Cuda()


class Block:
    """A block of threads, and the shared memory that lives as long as it does."""

    def __init__(self, log, place, size, grid):
        self.log, self.place, self.size, self.grid, self.shared = log, place, size, grid, []

    def run(self, kernel, args, waits):
        """Run the kernel for all threads, one after the other or, if it `waits` at barriers, by turns."""
        places = [Dim3(x, y, z) for z in range(self.size.z) for y in range(self.size.y) for x in range(self.size.x)]
        if waits and len(places) > MOST:
            raise ValueError(f"a block has {len(places)} threads; the simulator lets at most {MOST} wait at a barrier")
        fibers = [Fiber(lambda: kernel(*args), place) for place in places]
        run_by_turns(fibers, self.enter, waits)
        cuda.fiber = cuda.block = self.log.worker = None

    def enter(self, fiber):
        """A thread goes on."""
        cuda.block, cuda.fiber = self, fiber
        self.log.worker = Thread(self.place, fiber.place, fiber.phase)


def launch(kernel, blocks, threads, *args):
    """Run kernel[blocks, threads](*args) and return the Launch; blocks and threads are ints or tuples (x, y).

    Arrays among the arguments are changed in place, as on a card. Raises a kind of IndexError for an index that is not
    in its array, and RuntimeError if some threads of a block never reach a barrier.
    """
    grid, size = (Dim3(*np.atleast_1d(number).tolist()) for number in (blocks, threads))
    log = Log(clash, lambda thread: described(thread, math.prod(grid) > 1))
    names = kernel.__code__.co_varnames
    given = [log.array(a, name, DeviceArray) if isinstance(a, np.ndarray) else a for name, a in zip(names, args)]
    own, waits = len(log.stores), "syncthreads" in names_in(kernel.__code__)
    for z, y, x in np.ndindex(grid.z, grid.y, grid.x):
        Block(log, Dim3(x, y, z), size, grid).run(kernel, given, waits)
    if log.fault:
        raise log.fault
    for arg, one in zip(args, given):
        if isinstance(one, Watched):
            arg[...] = one.values
    return launched(log, log.stores[:own], log.stores[own:])


def launched(log, arguments, shared):
    """The Launch from the notes."""
    reads = {store.name: store.reads.reshape(store.shape) for store in arguments}
    writes = {store.name: store.writes.reshape(store.shape) for store in arguments}
    writers = {store.name: count_threads(store).reshape(store.shape) for store in arguments}
    seen = {store.name: {} for store in arguments}
    for store in arguments:
        for element, readers in store.everyone.items():
            for thread in readers:
                seen[store.name].setdefault((thread.block, thread.thread), []).append(element)
    counts = int(sum(store.reads.sum() for store in shared)), int(sum(store.writes.sum() for store in shared))
    return Launch(log.race, reads, writes, writers, counts, seen)


def count_threads(store):
    """How many threads wrote each element of an array."""
    counts = np.zeros_like(store.writes)
    for element, writers in store.writers.items():
        counts[element] = len({(thread.block, thread.thread) for thread in writers})
    return counts


def clash(a, b):
    """Whether nothing orders two threads: they are of different blocks, or between the same two barriers."""
    return a.block != b.block or (a.phase == b.phase and a.thread != b.thread)


def described(thread, several):
    """A thread in a sentence, by its place: one number if it has no other."""
    texts = [str(place.x) if not (place.y or place.z) else f"({place.x}, {place.y})" for place in thread[:2]]
    return f"thread {texts[1]} of block {texts[0]}" if several else f"thread {texts[1]}"
