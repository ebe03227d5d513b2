"""The program that runs in the student's process: it loads an answer, calls it as asked, and returns the result.

It knows no right answers and decides nothing. It runs as a standalone script, without the rest of the package, behind
the walls that walls.py raises. At the other end of the pipe is process.py. Read needs.py next.
"""

import _sitebuiltins
import builtins
import functools
import importlib.util
import io
import math
import os
import sys
import traceback

sys.path.append(sys.argv[1])  # the folder that contains NumPy; nothing else is imported from it
import numpy as np

sys.path.remove(sys.argv[1])

ANSWER = "<answer>"  # the file name of the student's source in tracebacks
PROVIDED = {}  # {name: object} that every answer and probe finds besides Python's own names, from needs.py


def main(parent):
    """Answer requests until the other side closes the pipe. parent: the process id of the checker."""
    wire, walls = import_siblings("wire", "walls")
    walls.die_with(parent)
    questions, answers = wire.detach_stream(0, "rb"), wire.detach_stream(1, "wb")
    os.dup2(1, 2)
    about = wire.receive(questions)
    sys.argv[1:] = []
    sys.path += about["packages"]
    for name in about["imports"]:
        import_from(about["course"], name)
    if about["needs"]:
        PROVIDED.update(import_siblings("needs")[0].prepare(about["needs"], about["libraries"]))
    printed = sys.stdout = sys.stderr = OutputCapture()
    builtins.help = _sitebuiltins._Helper()  # these three usually come from the module `site`
    builtins.exit, builtins.quit = (_sitebuiltins.Quitter(name, "") for name in ("exit", "quit"))
    if about["needs"] != "numba":  # which compiles only calls of NumPy's own functions
        np.empty, np.empty_like = poison(np.empty), poison(np.empty_like)
    readable = [np.__path__[0], f"{np.__path__[0]}.libs", *about["packages"], *about["readable"]]
    walls.raise_walls(about["walls"], about["memory"], about["imports"], readable, about["hidden"], about["compilers"])
    serve(questions, answers, printed, wire)


def serve(questions, answers, printed, wire):
    """Answer one request after another."""
    answer, loaded, depth, errors = None, {}, sys.getrecursionlimit(), np.geterr()
    while True:
        try:
            request = wire.receive(questions)
        except EOFError:
            return
        try:
            if "source" in request:
                printed.clear()
                loaded = {}
                sys.setrecursionlimit(depth)  # the answer before may have changed these
                np.seterr(**errors)
                answer = load(request["name"], request["source"], request["given"], loaded)
                reply = {"value": None, "changed": []}
            else:
                reply = call(answer, request, loaded, wire)
        except BaseException as error:  # noqa: BLE001  (whatever an answer raises, even SystemExit, is its result)
            reply = describe(error)
        about = {"printed": printed.text(), "number": request["number"]}
        try:
            wire.send(answers, reply | about)
        except BaseException as error:  # noqa: BLE001  (a value that cannot be sent is the answer's fault, too)
            wire.send(answers, describe(error) | about)


def load(name, source, given, loaded, file=ANSWER):
    """Run the source and return what it calls `name`.

    given:  the answers to other exercises that it may call
    loaded: {name: (source, answer)} of those that have run, to which it adds; one that several answers call runs once,
            so that a class is the same class for all of them
    """
    names = {"__name__": "answer", "__builtins__": __builtins__, "get_ipython": Notebook, "display": print}
    names |= PROVIDED
    for other in given:
        if loaded.get(other["name"], ("",))[0] != other["source"]:
            found = load(other["name"], other["source"], other["given"], loaded, "<given>")
            loaded[other["name"]] = other["source"], found
        names[other["name"]] = loaded[other["name"]][1]
    exec(compiled(source, file), names)  # noqa: S102  (the purpose of this process)
    return names[name]


def call(answer, request, loaded, wire):
    """One question: what the answer returns, and which of its arguments it modified."""
    args, kwargs = request["args"], request["kwargs"]
    before = [wire.encode(value) for value in (*args, *kwargs.values())]
    if request["probe"]:
        names = {"np": np, "math": math} | PROVIDED | {name: found for name, (_, found) in loaded.items()}
        exec(compiled(request["probe"], "<probe>"), names)  # noqa: S102
        value = names[request["probe_name"]](answer, *args, **kwargs)
    else:
        value = answer(*args, **kwargs)
    after = [wire.encode(value) for value in (*args, *kwargs.values())]
    return {"value": value, "changed": [i for i, (a, b) in enumerate(zip(before, after)) if a != b]}


@functools.lru_cache
def compiled(text, file):
    """A source as code: a probe serves all its questions, and a given answer every answer that calls it."""
    return compile(text, file, "exec")


def describe(error):
    """An exception as plain data, with the line of the student's source that raised it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == ANSWER]
    line = frames[-1].lineno if frames else getattr(error, "lineno", None) or 0
    try:
        message = str(error)
    except Exception:  # noqa: BLE001  (the student may define the exception)
        message = ""
    if isinstance(error, PermissionError) and error.errno is not None:  # from one of the other walls, not the rules
        message = f"an answer may not do this ({message})"
    return {"raised": type(error).__name__[:100], "message": message[:500], "line": int(line),
            "not_written": isinstance(error, NotImplementedError)}  # fmt: skip


class Notebook:
    """Stands in for IPython: a magic inside an answer, such as %time or !ls, does nothing here."""

    def __getattr__(self, name):
        return lambda *args, **kwargs: None


class OutputCapture(io.TextIOBase):
    """Captures the beginning of what an answer prints."""

    def __init__(self, most=2000):
        self.most, self.parts, self.length = most, [], 0

    def write(self, text):
        if self.length < self.most:
            self.parts.append(text[: self.most - self.length])
        self.length += len(text)
        return len(text)

    def text(self):
        return "".join(self.parts)

    def clear(self):
        self.parts, self.length = [], 0


def poison(empty):
    """np.empty filled with nan or the largest int: reading uninitialized entries never gives a right answer by luck."""

    def full_of_nonsense(*args, **kwargs):
        array = empty(*args, **kwargs)
        if array.dtype.kind in "iufc":
            array.fill(np.nan if array.dtype.kind in "fc" else np.iinfo(array.dtype).max)
        return array

    return full_of_nonsense


def import_siblings(*names):
    """Import modules next to this file, as a package "sandbox" without the rest of the course."""
    here = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location("sandbox", f"{here}/__init__.py", submodule_search_locations=[here])
    sys.modules["sandbox"] = importlib.util.module_from_spec(spec)
    return [importlib.import_module(f"sandbox.{name}") for name in names]


def import_from(folder, name):
    """Import a module from a folder that is on sys.path only for this."""
    sys.path.append(folder)
    try:
        importlib.import_module(name)
    finally:
        sys.path.remove(folder)


if __name__ == "__main__":
    main(int(sys.argv[2]))
    os._exit(0)  # a regular exit takes longer, and would run what an answer has registered with atexit
