"""Where the time of a training step goes: by operation, compared with the machine's peak.

Inside `profiling()` every kernel, every Function and every optimizer step is wrapped in a timer; outside there is no
overhead. An entry's time is its own, excluding the calls it makes. Read report.py next.
"""

import contextlib
import time
from dataclasses import dataclass

import numpy as np

from ..function import Function
from ..kernels import cpu
from ..optim.optimizers import Optimizer

PHASES = ("forward", "backward", "update")
SMALL = 0.005  # entries below this share of the step are lumped together


@dataclass
class Entry:
    """One operation on one shape.

    flops: multiplications and additions of the direct formula, whatever the algorithm
    bytes: arguments and results, each counted once, as if all intermediates stayed in cache
    least: the seconds that the machine needs for the flops or for the bytes, whichever takes longer
    """

    label: str
    phase: str
    seconds: float = 0.0
    calls: int = 0
    flops: int = 0
    bytes: int = 0
    least: float = 0.0


class Profile:
    """The entries of a step, and the clock that fills them."""

    def __init__(self):
        self.entries, self.seconds = {}, 0.0
        self.phase, self.inner = "forward", [0.0]  # inner: seconds of the calls inside each call that is running

    def wrap(self, function, describe, phase=None):
        """Wrap `function` to record its calls; describe(arguments, result) returns (label, flops, bytes)."""

        def call(*arguments, **options):
            before, self.phase = self.phase, phase or self.phase
            self.inner.append(0.0)
            start = time.perf_counter()
            result = function(*arguments, **options)
            taken, now = time.perf_counter() - start, self.phase
            own = taken - self.inner.pop()
            self.inner[-1] += taken
            self.phase = before
            self.enter(*describe(arguments, result), now, own)
            return result

        return call

    def enter(self, label, flops, bytes, phase, seconds):
        entry = self.entries.setdefault((label, phase), Entry(label, phase))
        entry.seconds, entry.calls = entry.seconds + seconds, entry.calls + 1
        entry.flops, entry.bytes = entry.flops + flops, entry.bytes + bytes


@contextlib.contextmanager
def profiling():
    """Yield a Profile that records everything computed inside."""
    profile, before = Profile(), []
    for owner, name, describe, phase in timed_functions():
        function = vars(owner)[name]
        before.append((owner, name, function))
        setattr(owner, name, profile.wrap(function, describe, phase))
    try:
        yield profile
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)


def timed_functions():
    """Yield (owner, name, describe, phase) for every function to time."""
    for name in cpu.__all__:
        yield cpu, name, lambda arguments, result, name=name: kernel_entry(name, arguments, result), None
    for function in subclasses(Function):
        for name, phase in (("forward", None), ("backward", "backward")):
            if name in vars(function):
                yield function, name, overhead_entry, phase
    yield Optimizer, "step", overhead_entry, "update"


def subclasses(kind):
    """Yield all subclasses of `kind`, direct and indirect."""
    for child in kind.__subclasses__():
        yield child
        yield from subclasses(child)


def overhead_entry(arguments, result):
    """(label, 0, 0) for a method of a Function or an optimizer; its kernels have entries of their own."""
    return f"{arguments[0].name()} without its kernels", 0, 0


def kernel_entry(name, arguments, result):
    """(label, flops, bytes) for one call of a kernel."""
    arrays = [array for array in arguments if isinstance(array, np.ndarray)]
    results = [array for array in (result if isinstance(result, tuple) else (result,)) if isinstance(array, np.ndarray)]
    size = sum(array.nbytes for array in arrays + results)
    if not name.startswith("conv_"):
        return f"{name} {'x'.join(map(str, arrays[0].shape))}", 0, size
    x, other = arrays[:2]
    weight, y = {
        "conv_forward": lambda: (other, result),
        "conv_backward_input": lambda: (other, x),
        "conv_backward_weight": lambda: (result, other),
    }[name]()
    (K, C, kh, kw), groups = weight.shape, arguments[2].groups
    label = f"{name} {kh}x{kw} {C * groups}->{K}{f' groups {groups}' if groups > 1 else ''} @{y.shape[2]}"
    return label, 2 * y.size * weight[0].size, size


def profile_step(step, repeats=3):
    """The Profile of the fastest of `repeats` steps, after two for warm-up."""
    step()
    step()
    profiles = []
    for _ in range(repeats):
        with profiling() as profile:
            start = time.perf_counter()
            step()
            profile.seconds = time.perf_counter() - start
        profiles.append(profile)
    return min(profiles, key=lambda profile: profile.seconds)


# The table ------------------------------------------------------------------------------------------------------------


def profile_lines(profile, peak, bandwidth):
    """The table of a profile, as lines of text. peak: GFLOP/s, bandwidth: GB/s."""
    head = f"{'ms':>9}{'share':>8}{'calls':>7}{'GFLOP/s':>10}{'of peak':>9}{'MB':>9}{'GB/s':>8}{'of copy':>9}{'of roof':>9}"
    entries = list(profile.entries.values())
    for entry in entries:
        entry.least = 1e-9 * max(entry.flops / peak, entry.bytes / bandwidth)
    for phase in PHASES:
        yield f"\n{phase:46}{head}"
        own = [entry for entry in entries if entry.phase == phase]
        yield from sorted_lines(own, profile.seconds, peak, bandwidth)
        yield entry_line(total("all", own), profile.seconds, peak, bandwidth)
    yield f"\n{'the step, by kind':46}{head}"
    kinds = sorted({entry.label.split()[0] for entry in entries})
    grouped = [total(kind, [entry for entry in entries if entry.label.split()[0] == kind]) for kind in kinds]
    yield from sorted_lines(grouped, profile.seconds, peak, bandwidth)
    rest = profile.seconds - sum(entry.seconds for entry in entries)
    yield f"{'autograd and the rest':46}{1e3 * rest:9.2f}{rest / profile.seconds:8.1%}"
    least = sum(entry.least for entry in entries)
    yield f"{'the whole step':46}{1e3 * profile.seconds:9.2f}{'':52}{least / profile.seconds:9.0%}"


def sorted_lines(entries, seconds, peak, bandwidth):
    """The entries as lines, longest first; the short ones share a line."""
    entries = sorted(entries, key=lambda entry: -entry.seconds)
    long = [entry for entry in entries if entry.seconds >= SMALL * seconds]
    short = entries[len(long) :]
    if short:
        long.append(total(f"{len(short)} shorter", short))
    return [entry_line(entry, seconds, peak, bandwidth) for entry in long]


def total(label, entries):
    """One Entry with the sums."""
    fields = "seconds", "calls", "flops", "bytes", "least"
    return Entry(label, "", **{field: sum(getattr(entry, field) for entry in entries) for field in fields})


def entry_line(entry, seconds, peak, bandwidth):
    """An entry as a line; convolutions are compared with peak arithmetic, all kernels with the bandwidth of a copy.

    'of roof' is the share of whichever is the limit (Williams et al. 2009, "Roofline"); of several entries, the share of
    the time that each would take at its own limit.
    """
    line = f"{entry.label:46}{1e3 * entry.seconds:9.2f}{entry.seconds / seconds:8.1%}{entry.calls:7}"
    taken = max(entry.seconds, 1e-9)
    flops, bytes = 1e-9 * entry.flops / taken, 1e-9 * entry.bytes / taken
    line += f"{flops:10.1f}{flops / peak:9.0%}" if entry.flops else " " * 19
    line += f"{1e-6 * entry.bytes:9.1f}{bytes:8.1f}{bytes / bandwidth:9.0%}" if entry.bytes else " " * 26
    return line + (f"{entry.least / taken:9.0%}" if entry.least else "")
