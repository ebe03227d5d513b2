"""With a compiler: attacks through Numba, for exercises that need it; machine code can do whatever the kernel allows.
Read exhaustion.py next.
"""

# ruff: noqa: S102
from .attack import attacks

ATTACKS = []


def attack(*walls, **about):
    """As in the other lists, for a process with Numba."""
    return attacks("compilers", ATTACKS)(*walls, needs="numba", **about)


@attack("calls", "files")
def compile_a_call_of_the_c_library(at):
    import numpy as np
    from numba import njit, types

    rename = types.ExternalFunction("rename", types.int32(types.uintp, types.uintp))
    one, other = (np.frombuffer(name.encode() + b"\0", np.uint8) for name in (at["victim"], at["victim"] + ".gone"))

    @njit
    def attack(one, other):
        return rename(one.ctypes.data, other.ctypes.data)

    attack(one, other)


@attack("calls")
def compile_a_shell(at):
    import numpy as np
    from numba import njit, types

    system = types.ExternalFunction("system", types.int32(types.uintp))
    command = np.frombuffer(f"echo > {at['victim']}".encode() + b"\0", np.uint8)

    @njit
    def attack(command):
        return system(command.ctypes.data)

    attack(command)


@attack("calls")
def compile_a_signal(at):
    from numba import njit, types

    kill = types.ExternalFunction("kill", types.int32(types.int32, types.int32))

    @njit
    def attack(pid):
        return kill(pid, 9)

    attack(at["pid"])


@attack("files")
def read_with_compiled_code(at):
    import numpy as np
    from numba import njit, types

    opened = types.ExternalFunction("open", types.int32(types.uintp, types.int32))
    read = types.ExternalFunction("read", types.intp(types.int32, types.uintp, types.uintp))
    name, held = np.frombuffer(at["secret"].encode() + b"\0", np.uint8), np.zeros(100, np.uint8)

    @njit
    def attack(name, held):
        return read(opened(name.ctypes.data, 0), held.ctypes.data, 100)

    attack(name, held)
    return held.tobytes().decode(errors="replace")


@attack("calls", "files")
def borrow_the_compilers_name(at):
    """Code that says it is Numba's may use ctypes, but what ctypes may do is for the kernel to say."""
    import ctypes
    import os

    import numba

    names = {"ctypes": ctypes, "victim": at["victim"].encode()}
    code = compile("ctypes.CDLL(None).unlink(victim)", os.path.join(os.path.dirname(numba.__file__), "x.py"), "exec")
    exec(code, names)


@attack(dud="Numba's cache is switched off before the answer runs")
def keep_machine_code(at):
    import numba
    from numba import njit

    numba.config.CACHE_DIR = at["folder"]

    @njit(cache=True)
    def double(x):
        return 2 * x

    double(1.0)
