"""Where the first seconds go: the time that compiling each kernel takes, by stage, for `minifcn warm-up --profile`.

Numba types a function's variables, lowers its instructions to LLVM's, and LLVM optimises those and turns them into
machine code. Numba announces the beginning and the end of each step (numba.core.event); steps contain others, since
typing a call compiles the function that is called. Read machine.py next.
"""

import json
import tempfile
import time
from collections import Counter

from numba.core import event

from .alone import run_child
from .machine import cpu_model

STAGES = "typing", "lowering", "LLVM"
PROFILE = "from minifcn.bench.compile_profile import print_own_times; print_own_times()"
NUMBAS = "Numba's own functions"  # np.empty, min, ...
ROWS = 24  # functions that get a row of their own


def compile_profile():
    """Compile all kernels for float32 in a process with an empty cache and no helpers, and yield the lines of a table."""
    with tempfile.TemporaryDirectory() as cache:
        own, total = run_child(PROFILE, threads=1, NUMBA_CACHE_DIR=cache)
    yield f"compiling the kernels for float32 in one process: seconds of a core ({cpu_model()})\n"
    yield line("", "signatures", *STAGES, "all")
    functions = sorted(own, key=lambda name: -seconds(own[name]))
    for name in functions[:ROWS]:
        yield row(name, own[name])
    rest = sum((Counter(own[name]) for name in functions[ROWS:]), Counter())
    yield row(f"{len(functions[ROWS:])} others", rest)
    yield line("loading Numba's rules, writing files", "", *[""] * len(STAGES), f"{total - sum(map(seconds, own.values())):.2f}")
    yield row("all", sum(map(Counter, own.values()), Counter()), total)


def seconds(stages):
    return sum(stages.get(stage, 0) for stage in STAGES)


def row(name, stages, total=None):
    """The line of a function, from {stage: seconds}, in which "signatures" has the number of its signatures."""
    numbers = [*(stages.get(stage, 0) for stage in STAGES), seconds(stages) if total is None else total]
    return line(name, stages.get("signatures", 0), *(f"{number:.2f}" for number in numbers))


def line(name, *cells):
    return f"{name:40}" + "".join(f"{cell:>12}" for cell in cells)


# In the child ---------------------------------------------------------------------------------------------------------


def print_own_times():
    """Compile all kernels; print {function: {stage: seconds}} without what they contain, and the seconds of all."""
    from ..kernels.cpu.warm_up import warm_up

    began, clock = time.thread_time(), Clock()
    for kind in ("numba:compile", "numba:run_pass", "numba:llvm_lock"):
        event.register(kind, clock)
    warm_up()
    print(json.dumps([clock.own, time.thread_time() - began]))


class Clock(event.Listener):
    """Listens to Numba's events, and adds up each step's own seconds: those that no step inside it has taken."""

    def __init__(self):
        self.own = {}  # {function: Counter of the stages}
        self.running = []  # [function, stage, when it began, the seconds of the steps inside] of each step, outermost first

    def on_start(self, event):
        function, stage = self.step(event)
        self.running.append([function, stage, time.thread_time(), 0.0])

    def on_end(self, event):
        function, stage, began, inside = self.running.pop()
        taken = time.thread_time() - began
        if self.running:
            self.running[-1][3] += taken
        if function:
            stages = self.own.setdefault(function, Counter())
            stages[stage] += taken - inside
            stages["signatures"] += event.kind == "numba:run_pass" and event.data["name"].startswith("translate_bytecode")

    def step(self, event):
        """(function, stage) of a step that begins."""
        if event.kind == "numba:llvm_lock":  # LLVM works for the step that runs
            return (self.running[-1][0] if self.running else None), "LLVM"
        if event.kind == "numba:compile":
            function = event.data["dispatcher"].py_func
            return name_of(function.__module__, function.__qualname__), "typing"
        stage = "lowering" if "lowering" in event.data["name"].partition(" ")[0] else "typing"
        return name_of(event.data["module"], event.data["qualname"]), stage


def name_of(module, qualname):
    """A function's name in the table; that of the function around it, if there is one."""
    return NUMBAS if module.startswith("numba.") else qualname.partition(".")[0]
