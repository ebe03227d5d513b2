"""What `minifcn train --recompute` saves and costs: a step of FCN-8s on VGG16, 500x500 pixels, batch 1, beside PyTorch's.

Run `python benchmarks/recompute.py [--rounds 3]`. Memory is the peak beyond what the libraries themselves need, as in
`minifcn bench --only memory`. Times are medians of steps, taken in turn, each contender in a process of its own: what one
gives back to the operating system, another would have to ask for again. "computing" is the time of all cores in the
program, "system" in the operating system, which clears the memory that it hands out.
"""

import argparse
import json
import subprocess
import sys
from statistics import median

from minifcn.bench import rival
from minifcn.bench.alone import memory_row
from minifcn.bench.machine import machine
from minifcn.bench.report import machine_lines
from minifcn.kernels.cpu.runtime.launch import thread_count

STEP = "vgg16", 1, 500  # backbone, batch, side
MAKE = {"minifcn": f"our_net(*{STEP})", "--recompute": f"our_net(*{STEP}, recompute=True)", "PyTorch": f"their_net(*{STEP})"}
CHILD = """
import json, os, sys, time
from minifcn.bench.net_cases import our_net, their_net
step = {make}["step"]
for _ in sys.stdin:
    start, before = time.perf_counter(), os.times()
    step()
    seconds, after = time.perf_counter() - start, os.times()
    print(json.dumps([seconds, after.user - before.user, after.system - before.system]), flush=True)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each step is measured")
    rounds, threads = parser.parse_args().rounds, thread_count()
    print("\n".join(machine_lines(machine(threads))))
    kept, recomputed = (memory_row(threads, *STEP, recompute) for recompute in (False, True))
    memory = {"minifcn": kept.ours, "--recompute": recomputed.ours}
    if rival.installed():
        memory["PyTorch"] = recomputed.torch
    times = step_times(memory, rounds)
    for name, (time, computing, system) in times.items():
        shares = [f"{memory[name] / memory[other]:.2f} of {other}'s memory, {time / times[other][0]:.2f} of its time"
                  for other in times if other not in (name, "--recompute")]  # fmt: skip
        print(f"{name:12} {memory[name]:5.0f} MB {time:5.2f} s, computing {computing:.2f}, system {system:.2f}   {'; '.join(shares)}")


def step_times(names, rounds, first=2):
    """{name: medians of a step's seconds, and of the cores' seconds in the program and in the system}.

    first: how many steps of each are not counted; they compile, and allocate what later ones use again
    """
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    children = {name: subprocess.Popen([sys.executable, "-c", CHILD.format(make=MAKE[name])], **pipes) for name in names}
    steps = [{name: step_of(child) for name, child in children.items()} for _ in range(first + rounds)][first:]
    for child in children.values():
        child.communicate()
    return {name: [median(column) for column in zip(*(step[name] for step in steps))] for name in names}


def step_of(child):
    """What a child process measures of one step: three numbers."""
    child.stdin.write("\n")
    child.stdin.flush()
    return json.loads(child.stdout.readline())


if __name__ == "__main__":
    main()
