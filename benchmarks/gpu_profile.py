"""Where a training step on the GPU spends its time: each kernel of minifcn, timed by CUDA events.

Run `python benchmarks/gpu_profile.py [--size 500] [--batch 8]`. An event before a kernel and one after it stand in the
same queue as the kernel, so the host need not wait, and the times are the GPU's. Prints the largest, then one line with
their sum: what remains of the step are CuPy's own operations and the gaps in which the GPU waits for the host.
"""

import argparse
import contextlib
import sys

import gpu_facts
from gpu_step import our_step

from minifcn.kernels import gpu

LARGEST = 12  # lines


@contextlib.contextmanager
def events(cupy):
    """Yield a list that gets (kernel's name, shape of its first array, event before, event after) of each call inside."""
    calls, kernels = [], {name: getattr(gpu, name) for name in gpu.__all__}
    try:
        for name, kernel in kernels.items():
            setattr(gpu, name, timed(cupy, name, kernel, calls))
        yield calls
    finally:
        for name, kernel in kernels.items():
            setattr(gpu, name, kernel)


def timed(cupy, name, kernel, calls):
    def call(*arguments, **options):
        before, after = cupy.cuda.Event(), cupy.cuda.Event()
        before.record()
        result = kernel(*arguments, **options)
        after.record()
        calls.append((name, arguments[0].shape, before, after))
        return result

    return call


def profile(cupy, step):
    """(milliseconds of the step, {(kernel, shape): (milliseconds, calls)}, the largest first)."""
    start, end = cupy.cuda.Event(), cupy.cuda.Event()
    with events(cupy) as calls:
        start.record()
        step()
        end.record()
        end.synchronize()
    totals = {}
    for name, shape, before, after in calls:
        milliseconds, count = totals.get((name, shape), (0.0, 0))
        totals[name, shape] = milliseconds + cupy.cuda.get_elapsed_time(before, after), count + 1
    return cupy.cuda.get_elapsed_time(start, end), dict(sorted(totals.items(), key=lambda item: -item[1][0]))


def lines(step, totals):
    """The profile as text; the last line is the summary."""
    for (name, shape), (milliseconds, calls) in list(totals.items())[:LARGEST]:
        yield f"{milliseconds:8.2f} ms {100 * milliseconds / step:5.1f} %  {calls:3} x {name} {'x'.join(map(str, shape))}"
    inside = sum(milliseconds for milliseconds, _ in totals.values())
    (name, shape), (most, _) = next(iter(totals.items()))
    yield (
        f"{step:.1f} ms, of which {100 * inside / step:.0f} % in minifcn's kernels; most in {name} {'x'.join(map(str, shape))}:"
        f" {most:.1f} ms"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=500, help="the images' height and width")
    parser.add_argument("--batch", type=int, default=8, help="images in a step")
    options = parser.parse_args()
    if reason := gpu_facts.missing():
        sys.exit(reason)
    import cupy

    step = our_step(cupy, options)
    for _ in range(3):
        step()  # kernels compile, pools of memory fill
    print("\n".join(lines(*profile(cupy, step))))


if __name__ == "__main__":
    main()
