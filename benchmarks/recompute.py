"""What `minifcn train --recompute` saves and costs: a step of FCN-8s on VGG16, 500x500 pixels, batch 1, beside PyTorch's.

Run `python benchmarks/recompute.py [--rounds 3]`. Memory is the peak beyond what the libraries themselves need, as in
`minifcn bench --only memory`, which measures it in processes of their own; times are medians of steps taken in turn.
"""

import argparse
from statistics import median

from minifcn.bench import rival
from minifcn.bench.alone import memory_row
from minifcn.bench.machine import machine
from minifcn.bench.net_cases import our_net, their_net
from minifcn.bench.report import machine_lines
from minifcn.bench.timing import compare
from minifcn.kernels.cpu.runtime.threads import thread_count

STEP = "vgg16", 1, 500  # backbone, batch, side


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="the least number of times that each step is measured")
    rounds = parser.parse_args().rounds
    threads = thread_count()
    print("\n".join(machine_lines(machine(threads))))
    kept, recomputed = (memory_row(threads, *STEP, recompute) for recompute in (False, True))
    steps = {"minifcn": our_net(*STEP)["step"], "--recompute": our_net(*STEP, recompute=True)["step"]}
    if rival.installed():
        steps["PyTorch"] = their_net(*STEP)["step"]
    seconds = {name: median(times) for name, times in compare(steps, rounds).items()}
    memory = {"minifcn": kept.ours, "--recompute": recomputed.ours, "PyTorch": recomputed.torch}
    for name, time in seconds.items():
        shares = [f"{memory[name] / memory[other]:.2f} of {other}'s memory, {time / seconds[other]:.2f} of its time"
                  for other in seconds if other not in (name, "--recompute")]  # fmt: skip
        print(f"{name:12} {memory[name]:6.0f} MB  {time:6.2f} s   {'; '.join(shares)}")


if __name__ == "__main__":
    main()
