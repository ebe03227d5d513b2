"""The on-disk cache of compiled kernels, so that only the first run waits for the compiler.

Numba has such a cache; this file handles what it does not: unwritable folders, modified source files, several processes
that compile at the same time, and a message to whoever waits.  Read helpers.py next.
"""

import contextlib
import hashlib
import sys
import tempfile
from pathlib import Path

import numba
from llvmlite.binding import get_host_cpu_features, get_host_cpu_name
from numba.core.caching import FunctionCache, IndexDataCacheFile
from numba.core.runtime import rtsys

from .helpers import start_helpers
from .simd import simd

begun = set()  # folders for which this process has begun to compile


def cache_folder():
    """The folder of Numba's compiled kernels, or None if it finds none that is writable.

    It is NUMBA_CACHE_DIR, else __pycache__ next to this file, else the user's cache folder.
    """
    try:
        folder = Path(FunctionCache(cache_folder).cache_path)
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except (RuntimeError, OSError):  # RuntimeError is Numba's
        return None
    return folder


def drop_stale_cache(sources, cache):
    """Delete the compiled kernels in the folder `cache` if any file below the folder `sources` has changed since.

    Numba checks only the file that defines a function.  But compiled code inlines the functions that it calls: after
    an edit of im2col.py, conv.py would still run the old im2col.
    """
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources.rglob("*.py")))).hexdigest()
    stamp = cache / "sources.sha256"
    if stamp.exists() and stamp.read_text() == digest:
        return
    for path in (*cache.glob("*.nb[ci]"), *cache.glob("warm-*")):
        path.unlink(missing_ok=True)
    stamp.write_text(digest)


def warm_marker(folder, dtype):
    """The empty file whose presence means: every kernel has been compiled for `dtype`, here and by these programs.

    Its name contains what the names of the compiled kernels do: another Python or Numba finds none of them.
    """
    target = repr((get_host_cpu_features().flatten(), simd()))
    programs = f"{sys.implementation.cache_tag}-numba{numba.__version__}"
    return folder / f"warm-{dtype}-{programs}-{get_host_cpu_name()}-{hashlib.sha256(target.encode()).hexdigest()[:8]}"


def begin_compilation(folder, dtype="float32"):
    """Before this process compiles its first kernel: start helpers for `dtype`, and say why the program seems to hang.

    Neither if all kernels are in `folder` already; the latter only on a terminal or in a notebook.
    """
    if folder in begun or warm_marker(folder, dtype).exists():
        return
    begun.add(folder)
    start_helpers(dtype)
    if "ipykernel" in sys.modules or (sys.stderr is not None and sys.stderr.isatty()):
        sentence = "minifcn: compiling the kernels for this processor, once; it takes about half a minute"
        print(sentence, file=sys.stderr, flush=True)


class KernelCache(FunctionCache):
    """Numba's cache of one function in `folder`, safe with several processes; on a full disk the run continues uncached."""

    def __init__(self, function, folder):
        super().__init__(function)
        self.folder, file = folder, self._cache_file
        self._cache_file = FilesNamedByKey(str(folder), self._impl.filename_base, file._source_stamp)

    def load_overload(self, signature, target_context):
        """The code for `signature`, or None.  Unlike Numba's, it does without the typing rules, which take 0.3 s to load."""
        rtsys.initialize(target_context)  # what compiled code allocates memory with
        loaded = self._load_overload(signature, target_context)
        if loaded is None:
            begin_compilation(self.folder)
        return loaded

    def save_overload(self, signature, compiled):
        with contextlib.suppress(OSError):
            super().save_overload(signature, compiled)


class FilesNamedByKey(IndexDataCacheFile):
    """A file of code for each signature of a function, named after the signature.

    Numba numbers the files and keeps an index of them.  Two processes that compile at the same time would use a number
    twice, and overwrite each other's index.
    """

    def save(self, key, data):
        self._save_data(self.name_of(key), data)

    def load(self, key):
        try:
            return self._load_data(self.name_of(key))
        except OSError:
            return None

    def name_of(self, key):
        content = repr((self._version, self._source_stamp, key))
        return self._data_name(int(hashlib.sha256(content.encode()).hexdigest()[:12], 16))
