"""What an exercise may need besides NumPy: Numba's compiler and a simulator of its parallel loops, or a simulated card.

They are imported before the walls are raised, so that the walls need no door for it: an answer finds a compiler that is
already in memory. Read ../simulators/watched.py next.
"""

import gc
import importlib
import importlib.util
import os
import sys
import types

NUMBA, CUDA = "numba", "cuda"  # the values of Exercise.needs
BETWEEN = 100_000  # objects made between two searches for garbage, with Numba; Python's own number is 700
PROVIDES = {CUDA: ("cuda",)}  # the names that an answer finds, and must not bring along
SIMULATORS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "simulators")


def prepare(need, folders):
    """{name: object} that answers and probes find besides Python's names. folders: those that contain Numba and LLVM."""
    if need == CUDA:
        card = import_package(SIMULATORS, "card")
        return {"cuda": card.cuda, "launch": card.launch}
    if need != NUMBA:
        raise ValueError(f"an exercise may need {NUMBA!r} or {CUDA!r}, not {need!r}")
    import_numba(folders)
    return {"watch_loops": import_package(SIMULATORS, "loops").watch_loops}


def import_numba(folders):
    """Import Numba without SciPy and YAML, and make its `cache=True` do nothing, since an answer can write no file.

    To save time, Numba does not search for extensions by other packages, time each call of LLVM, or make functions for C
    of its own. And of the objects that it makes, hardly any ever become garbage in a circle: looking for it as often as
    usual would take a quarter of the time of a compilation.
    """
    gc.set_threshold(BETWEEN)
    sys.modules["scipy"] = None  # which would fail to import it later, behind the walls
    sys.modules["yaml"] = None  # in which its settings could be written, in the current folder
    sys.modules["importlib.metadata"] = types.SimpleNamespace(entry_points=dict)  # without extensions
    sys.path += folders
    try:
        importlib.import_module("llvmlite.binding.ffi").register_lock_callback = lambda *callbacks: None
        dispatcher = importlib.import_module("numba.core.dispatcher").Dispatcher
        extending = importlib.import_module("numba.core.extending")
    finally:
        sys.path[-len(folders) :] = []
        del sys.modules["importlib.metadata"]
    dispatcher.enable_caching = lambda self: None
    getattr(extending, "_overload_default_jit_options", {})["no_cfunc_wrapper"] = True  # of NumPy's functions in Numba


def import_package(folder, name):
    """A module of a folder, imported as a package of the folder's name without the packages around it."""
    package = os.path.basename(folder)
    if package not in sys.modules:
        path = os.path.join(folder, "__init__.py")
        spec = importlib.util.spec_from_file_location(package, path, submodule_search_locations=[folder])
        sys.modules[package] = importlib.util.module_from_spec(spec)
    return importlib.import_module(f"{package}.{name}")
