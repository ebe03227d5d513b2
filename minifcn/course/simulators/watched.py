"""Arrays that note who reads and writes which element, and a log that finds races in the notes.

A race is a property of a program, not of a run: two workers touch the same element, at least one of them writes, and
nothing says who comes first. So it is found with a single worker after the other, whatever the computer. A worker is an
iteration of a parallel loop (loops.py) or a thread of a graphics card (card.py). Nothing of the package is imported
here, since the process of an answer loads this folder alone. Read loops.py next.
"""

import functools
import sys

import numpy as np

MAKERS = ("empty", "zeros", "ones", "full", "empty_like", "zeros_like", "ones_like", "full_like")  # np's, which make arrays


class Log:
    """What all workers do. `worker` is the one at work, None while nobody is watched.

    clash(a, b): whether nothing orders the two workers;  describe(worker): its name in a sentence
    fault:       the first access that is an error, even if the worker catches it
    """

    def __init__(self, clash, describe):
        self.clash, self.describe = clash, describe
        self.worker, self.race, self.stores, self.fault = None, "", [], None

    def array(self, values, name="", kind=None):
        """A Watched array of its own, with a copy of the values. kind: a subclass of Watched to make it of."""
        values = np.array(values)
        self.stores.append(Store(self, values.shape, name))
        return (kind or Watched)(values, np.arange(values.size).reshape(values.shape), self.stores[-1])

    def forget(self):
        """Everybody has arrived at the same point: what was done before it cannot clash with what is done after."""
        for store in self.stores:
            store.writer.clear()
            store.readers.clear()

    def report(self, store, element, first, second, deeds):
        """Note a race; the first is kept as a sentence."""
        store.raced[element] = True
        place = ", ".join(map(str, np.unravel_index(element, store.shape)))
        names = f"{self.describe(first)} {deeds[0]}", f"{self.describe(second)} {deeds[1]}"
        self.race = self.race or f"{names[0]} and {names[1]} {store.called()}[{place}]"


class Store:
    """The notes about one array, by the numbers of its elements.

    reads, writes: how often each was read and written;  raced: whether workers clashed there
    everyone:      {element: {worker: None}}: who has ever read it;  writers: who has ever written it
    """

    def __init__(self, log, shape, name):
        self.log, self.shape, self.name = log, shape, name
        self.writer, self.readers = {}, {}  # {element: worker}, {element: {worker: None}}, since all have last met
        self.everyone, self.writers = {}, {}
        size = int(np.prod(shape))
        self.reads, self.writes, self.raced = np.zeros(size, int), np.zeros(size, int), np.zeros(size, bool)

    def called(self):
        """Its name, or what the function at work calls it."""
        return self.name or name_of(self)

    def note(self, elements, writes):
        """Somebody reads or writes some elements: a number, or an array of them."""
        worker = self.log.worker
        if worker is None:
            return
        deed = self.write if writes else self.read
        if not isinstance(elements, np.ndarray):
            deed(int(elements), worker)
            return
        for element in elements.ravel().tolist():
            deed(element, worker)

    def read(self, element, worker):
        self.reads[element] += 1
        writer = self.writer.get(element)
        if writer is not None and self.log.clash(writer, worker):
            self.log.report(self, element, writer, worker, ("writes", "reads"))
        self.readers.setdefault(element, {})[worker] = None
        self.everyone.setdefault(element, {})[worker] = None

    def write(self, element, worker):
        self.writes[element] += 1
        writer = self.writer.get(element)
        if writer is not None and self.log.clash(writer, worker):
            self.log.report(self, element, writer, worker, ("writes", "writes"))
        for reader in self.readers.get(element, ()):
            if self.log.clash(reader, worker):
                self.log.report(self, element, reader, worker, ("reads", "writes"))
                break
        self.writer[element] = worker
        self.writers.setdefault(element, {})[worker] = None


class Watched(np.lib.mixins.NDArrayOperatorsMixin):
    """An array, or a view of one, that notes in its Store what is done to it; NumPy's functions read all of it.

    values:   its numbers;  elements: the number of each in its store, in the same shape
    """

    def __init__(self, values, elements, store):
        self.values, self.elements, self.store = values, elements, store
        self.shape, self.dtype, self.ndim, self.size = values.shape, values.dtype, values.ndim, values.size

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return (self[i] for i in range(len(self)))

    def __getitem__(self, key):
        values, elements = self.values[key], self.elements[key]
        if isinstance(values, np.ndarray) and np.may_share_memory(values, self.values):
            return type(self)(values, elements, self.store)
        self.store.note(elements, writes=False)
        return values

    def __setitem__(self, key, value):
        self.store.note(self.elements[key], writes=True)
        self.values[key] = plain(value)

    def __array__(self, dtype=None, copy=None):
        self.store.note(self.elements, writes=False)
        return self.values.astype(dtype or self.dtype)

    def __array_ufunc__(self, ufunc, method, *inputs, out=(), **options):
        result = getattr(ufunc, method)(*map(plain, inputs), **options)
        if not out:
            return result
        out[0][...] = result
        return out[0]

    def __array_function__(self, function, types, args, kwargs):
        return function(*plain(args), **plain(kwargs))

    def __getattr__(self, name):
        if name in ("reshape", "transpose", "swapaxes"):
            return functools.partial(self.arrange, name)
        if name == "T":
            return self.arrange("transpose")
        if name == "fill":
            return functools.partial(self.__setitem__, ...)
        if name.startswith("__"):  # np.asarray asks for other protocols before __array__
            raise AttributeError(name)
        return getattr(plain(self), name)

    def arrange(self, method, *arguments):
        """Another view of the same elements."""
        return type(self)(getattr(self.values, method)(*arguments), getattr(self.elements, method)(*arguments), self.store)


def plain(value):
    """The same without Watched arrays: an array of its own for each, all of which is read."""
    if isinstance(value, Watched):
        return value.__array__()
    if isinstance(value, (list, tuple)):
        return type(value)(map(plain, value))
    return {name: plain(one) for name, one in value.items()} if isinstance(value, dict) else value


def name_of(store):
    """What the function at work calls an array; "an array" if it has no name for it."""
    frame = sys._getframe(2)
    while frame is not None:
        names = [name for name, value in frame.f_locals.items() if isinstance(value, Watched) and value.store is store]
        if names and frame.f_globals.get("__package__") != __package__:
            whole = [name for name in names if frame.f_locals[name].shape == store.shape]
            return (whole or names)[0]
        frame = frame.f_back
    return "an array"


class WatchedNumpy:
    """Stands in for the module numpy: the arrays that it makes are watched, and np.empty is full of nan."""

    def __init__(self, log):
        self.log = log

    def __getattr__(self, name):
        function = getattr(np, name)
        return functools.partial(self.make, name) if name in MAKERS else function

    def make(self, name, *args, **kwargs):
        array = self.log.array(getattr(np, name)(*plain(args), **plain(kwargs)))
        if name.startswith("empty") and array.dtype.kind in "fc":
            array.values.fill(np.nan)
        return array
