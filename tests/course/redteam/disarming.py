"""Disarming: attacks on what watches the answer from within its own process, each followed by a deed that it forbids.
Read compilers.py next.
"""

# ruff: noqa: BLE001, S102, T100
from .attack import Attack, attacks

ATTACKS = []
attack = attacks("disarming", ATTACKS)


# What the worker decides by -------------------------------------------------------------------------------------------


@attack("rules", "calls", "files")
def empty_the_list_of_what_is_forbidden(at):
    import os
    import sys

    sys.modules["__main__"].FORBIDDEN = ()
    os.remove(at["victim"])


@attack("rules", "calls", "files")
def replace_the_test_for_writing(at):
    import sys

    sys.modules["__main__"].writes = lambda *given: False
    open(at["victim"], "w").close()


@attack("rules", "calls", "files")
def replace_everything_in_the_worker(at):
    import os
    import sys

    main = sys.modules["__main__"]
    for name, value in list(vars(main).items()):
        if callable(value) and not isinstance(value, type):
            setattr(main, name, lambda *given, **named: False)
        elif isinstance(value, tuple):
            setattr(main, name, ())
    os.remove(at["victim"])


@attack("rules", "calls", "files")
def replace_the_code_of_all_functions(at):
    import sys

    def no(*given, **named):
        return False

    for value in list(vars(sys.modules["__main__"]).values()):
        if hasattr(value, "__code__") and not value.__code__.co_freevars:
            value.__code__ = no.__code__
    open(at["victim"], "w").close()


@attack("rules", "calls", "files")
def change_the_defaults_of_all_functions(at):
    import os
    import sys

    for value in list(vars(sys.modules["__main__"]).values()):
        if hasattr(value, "__defaults__"):
            value.__defaults__ = tuple(() for _ in value.__defaults__ or ()) or None
            value.__kwdefaults__ = None
    os.remove(at["victim"])


@attack("rules", "calls", "files")
def replace_builtins(at):
    import builtins

    builtins.any = builtins.isinstance = builtins.bool = lambda *given: False
    open(at["victim"], "w").close()


@attack("rules", "calls", "files")
def replace_string_methods_by_a_subclass(at):
    import os

    class Name(str):
        def startswith(self, *given):
            return False

    os.remove(Name(at["victim"]))


@attack("rules", "calls", "files")
def hide_exceptions(at):
    import builtins
    import os

    class Silent(Exception):
        pass

    builtins.PermissionError = builtins.ImportError = Silent
    try:
        os.remove(at["victim"])
    except BaseException:
        os.unlink(at["victim"])


@attack("rules", "calls", "files")
def make_the_hook_s_exception_fail(at):
    import builtins
    import os

    del builtins.PermissionError
    os.remove(at["victim"])


@attack("rules", "calls", "files")
def make_the_hook_s_str_fail(at):
    import builtins

    builtins.str = builtins.len = None
    open(at["victim"], "w").close()


@attack("rules", "calls", "files")
def set_the_open_flags_to_zero(at):
    import os

    flags = os.O_WRONLY | os.O_TRUNC
    for name in dir(os):
        if name.startswith("O_"):
            setattr(os, name, 0)
    os.open(at["victim"], flags)


@attack("rules", "calls", "files")
def unload_the_modules(at):
    import os
    import sys

    remove = os.remove
    for name in list(sys.modules):
        if name not in ("sys", "builtins"):
            del sys.modules[name]
    remove(at["victim"])


# Frames ---------------------------------------------------------------------------------------------------------------


@attack("rules", "calls", "files")
def reach_the_hook_by_its_exception(at):
    import os

    try:
        os.remove(at["victim"])
    except PermissionError as error:
        trace = error.__traceback__
        while trace.tb_next:
            trace = trace.tb_next
        names = trace.tb_frame.f_globals
        for name in list(names):
            if isinstance(names[name], tuple):
                names[name] = ()
    os.remove(at["victim"])


@attack("rules", "calls", "files")
def write_into_the_frames_of_callers(at):
    import os
    import sys

    frame = sys._getframe()
    while frame.f_back:
        frame = frame.f_back
        for name in list(frame.f_globals):
            if name in ("FORBIDDEN", "writes", "hook", "known"):
                frame.f_globals[name] = () if name.isupper() else lambda *given: False
        try:
            frame.f_locals.clear()
        except (AttributeError, TypeError, ValueError):
            pass
    os.remove(at["victim"])


@attack("rules", "calls", "files")
def empty_the_hook_s_cells(at):
    import os

    try:
        os.remove(at["victim"])
    except PermissionError as error:
        trace = error.__traceback__
        while trace.tb_next:
            trace = trace.tb_next
        names = trace.tb_frame.f_locals
        for name, value in names.items():
            if isinstance(value, set):
                value.clear()
            elif isinstance(value, (tuple, str)):
                names[name] = ()
    os.remove(at["victim"])


@attack("rules", "calls", "files")
def look_at_all_threads_frames(at):
    import os
    import sys

    for frame in sys._current_frames().values():
        while frame:
            for name in ("FORBIDDEN", "writes"):
                frame.f_globals[name] = ()
            frame = frame.f_back
    os.remove(at["victim"])


@attack("rules", "calls", "files")
def find_the_hook_among_all_objects(at):
    import gc
    import os
    import types

    free = None

    def same_cells(*given):
        return free

    def no_cells(*given):
        return None

    for found in gc.get_objects():
        if isinstance(found, types.FunctionType) and found.__name__ == "hook" and len(found.__code__.co_varnames) > 1:
            for cell in found.__closure__ or ():
                cell.cell_contents = set()
            found.__defaults__ = None
            found.__code__ = (same_cells if found.__closure__ else no_cells).__code__
    os.remove(at["victim"])


@attack("rules", "calls", "files")
def find_the_hook_by_what_refers_to_it(at):
    import gc
    import os
    import sys

    main = sys.modules["__main__"]
    for value in list(vars(main).values()):
        for found in gc.get_referrers(value) + gc.get_referents(value):
            if isinstance(found, dict):
                found.pop("FORBIDDEN", None)
                found["writes"] = lambda *given: False
    os.remove(at["victim"])


@attack("rules", "calls", "files")
def find_the_hook_by_subclasses(at):
    import os

    for kind in object.__subclasses__():
        if kind.__name__ == "_wrap_close":
            kind.__init__.__globals__["system"](f"echo Eve >> {at['victim']}")
    os.remove(at["victim"])


@attack("rules", "calls", "files")
def stop_the_hook_by_a_trace(at):
    import os
    import sys

    def trace(frame, event, value):
        if frame.f_code.co_name == "hook":
            raise KeyError
        return trace

    sys.settrace(trace)
    sys.setprofile(trace)
    try:
        os.remove(at["victim"])
    finally:
        sys.settrace(None)
        sys.setprofile(None)


@attack("rules", "calls", "files")
def jump_in_the_hook_by_a_trace(at):
    import os
    import sys

    def trace(frame, event, value):
        if event == "line" and frame.f_code.co_name == "hook":
            lines = [line for _, _, line in frame.f_code.co_lines() if line]
            frame.f_lineno = max(lines)
        frame.f_trace_opcodes = False
        return trace

    sys.settrace(trace)
    try:
        os.remove(at["victim"])
    finally:
        sys.settrace(None)


@attack("rules", "calls", "files")
def exhaust_the_stack_before_the_hook(at):
    import os

    def dive():
        try:
            dive()
        except RecursionError:
            os.remove(at["victim"])

    dive()


@attack("rules", "calls", "files", memory=640 * 2**20)
def exhaust_the_memory_before_the_hook(at):
    import os

    held = []
    try:
        for _ in range(60):
            held.append(bytearray(2**24))
    except MemoryError:
        pass
    os.remove(at["victim"])


# Other hooks ----------------------------------------------------------------------------------------------------------


@attack("rules", "calls", "files")
def call_python_s_own_machine(at):
    import ctypes

    ctypes.pythonapi.PyRun_SimpleString(f"import os; os.remove({at['victim']!r})".encode())


@attack("rules", "files")
def import_past_the_import_system(at):
    import importlib.machinery
    import importlib.util
    import sys

    class Finder:
        def find_spec(self, name, path=None, target=None):
            return importlib.util.spec_from_file_location(name, at["private"] + "/hidden.py")

    sys.meta_path.insert(0, Finder())
    sys.path_hooks.clear()
    import minifcn

    return minifcn.solve()


@attack("start")
def import_the_library(at):
    import minifcn

    return at["flag"] * bool(minifcn.__file__)


@attack("files")
def import_a_library_by_another_name(at):
    import sys

    sys.path.insert(0, at["checkout"])
    import kernels.reference

    return at["flag"] * bool(kernels.reference)


@attack("calls", "files")
def use_an_interpreter_without_the_hook(at):
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        import _interpreters as interpreters
    interpreters.run_string(interpreters.create(), f"import os; os.remove({at['victim']!r})")


@attack("rules", "calls", "files")
def use_a_thread_without_the_hook(at):
    import os
    import threading

    thread = threading.Thread(target=os.remove, args=(at["victim"],))
    thread.start()
    thread.join()


@attack("rules", "calls", "files")
def do_it_by_a_signal(at):
    import os
    import signal

    signal.signal(signal.SIGUSR1, lambda *given: os.remove(at["victim"]))
    signal.raise_signal(signal.SIGUSR1)


@attack("rules", "calls", "files")
def do_it_by_a_finaliser(at):
    import os

    class Last:
        def __del__(self, remove=os.remove):
            remove(at["victim"])

    Last()


@attack("rules", "calls", "files")
def do_it_by_a_weak_reference(at):
    import os
    import weakref

    class Gone:
        pass

    weakref.finalize(Gone(), os.remove, at["victim"])


@attack("rules", "calls", "files")
def do_it_by_the_collector_s_callback(at):
    import gc
    import os

    gc.callbacks.append(lambda *given: os.remove(at["victim"]))
    gc.collect()
    gc.callbacks.clear()


@attack("rules", "calls", "files")
def do_it_by_the_hook_for_lost_exceptions(at):
    import os
    import sys

    sys.unraisablehook = lambda *given: os.remove(at["victim"])

    class Last:
        def __del__(self):
            raise ValueError

    Last()
    sys.unraisablehook = sys.__unraisablehook__


@attack("rules", "calls", "files")
def do_it_by_a_pickle(at):
    import pickle

    pickle.loads(b"cposix\nremove\n(V" + at["victim"].encode() + b"\ntR.")


@attack("rules", "calls", "files")
def do_it_by_a_breakpoint(at):
    import os
    import sys

    sys.breakpointhook = lambda *given: os.remove(at["victim"])
    breakpoint()


@attack("rules", "calls", "files")
def do_it_by_bytecode_of_its_own(at):
    import os

    def deed():
        return os.name

    code = deed.__code__.replace(co_names=("os", "remove"))
    exec(f"import os; os.remove({at['victim']!r})")
    return code


@attack("rules", "calls", "files")
def do_it_when_the_process_ends(at):
    """The deed comes after the reply, so the flag is what may come back; the folder is compared later, too."""
    import atexit
    import os

    atexit.register(os.remove, at["victim"])
    atexit._run_exitfuncs()


# Memory ---------------------------------------------------------------------------------------------------------------

HUNT = """\
def {name}(at):
    import os
    import sys
    import types

    import numpy as np

{peek}
    def function_at(address):
        held = np.empty(1, object)
        poke(held.__array_interface__["data"][0], address)
        poke(address, peek(address, 1)[0] + 1)
        return held[0]

    def disarm(cells):
        return (lambda *given: cells and None) if cells else lambda *given: None

    known = [value for module in list(sys.modules.values()) for value in list(vars(module).values())]
    known += [value for kind in known if isinstance(kind, type) for value in vars(kind).values()]
    pools = {{id(value) & ~0x3FFF for value in known if isinstance(value, types.FunctionType)}}
    for pool in pools:
        for i, word in enumerate(peek(pool, 2048)):
            if word == id(types.FunctionType) and i and 0 < peek(pool + 8 * i - 8, 1)[0] < 10**6:
                found = function_at(pool + 8 * i - 8)
                if found.__code__.co_varnames[:2] == ("event", "args"):
                    found.__code__ = disarm(len(found.__code__.co_freevars)).__code__
    os.remove(at["victim"])
"""
BY_NUMPY = """\
    def words(address, count):
        class Anywhere:
            __array_interface__ = dict(shape=(count,), typestr="<u8", data=(address, False), version=3)

        return np.asarray(Anywhere())

    def peek(address, count):
        return words(address, count).tolist()

    def poke(address, word):
        words(address, 1)[0] = word
"""
BY_CTYPES = """\
    import ctypes
    import struct

    def peek(address, count):
        held = (ctypes.c_uint64 * count)()
        ctypes.memmove(held, address, 8 * count)
        return list(held)

    def poke(address, word):
        ctypes.memmove(address, struct.pack("<Q", word), 8)
"""
for name, peek in ("hunt_the_hook_in_memory_by_numpy", BY_NUMPY), ("hunt_the_hook_in_memory_by_ctypes", BY_CTYPES):
    found = ("rules",) * ("ctypes" in name) + ("calls", "files")
    ATTACKS.append(Attack("disarming", name, HUNT.format(name=name, peek=peek), found))
