"""The 3x3 convolutions of FCN-8s, on VGG16 and on the small net, in float64: how their times compare with PyTorch's.

Run `python benchmarks/float64.py [--rounds 5]`. The ratio is our time divided by PyTorch's, so less than 1 is faster. Every
output is one sum in one order, whatever the map and the batch (kernels/cpu/convolution/choose.py, ONE_ORDER).
"""

import argparse
import re
from statistics import median

import numpy as np

from minifcn.bench import rival
from minifcn.bench.conv_cases import conv_cases
from minifcn.bench.machine import machine
from minifcn.bench.report import machine_lines
from minifcn.bench.timing import compare
from minifcn.kernels.cpu.runtime.launch import thread_count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="the least number of times that each is measured")
    rounds = parser.parse_args().rounds
    if not rival.installed():
        raise SystemExit("PyTorch is not installed, so there is nothing to compare with; run: pip install torch")
    print("\n".join(machine_lines(machine(thread_count()))))
    ratios = []
    for case in conv_cases():
        layer = re.fullmatch(r"conv 3x3 \d+->\d+ @\d+ batch [18]", case.name)  # without stride, dilation and groups
        if case.section != "conv" or layer is None:
            continue
        work = case.make(np.float64)
        for part in case.parts:
            times = compare({name: work[name][part] for name in ("ours", "torch")}, rounds)
            ratios.append(median(ours / theirs for ours, theirs in zip(times["ours"], times["torch"])))
            milliseconds = {name: 1e3 * median(values) for name, values in times.items()}
            print(
                f"{case.name:32} {part:16} PyTorch {milliseconds['torch']:8.2f} ms  minifcn {milliseconds['ours']:8.2f} ms"
                f"  {ratios[-1]:5.2f}"
            )
    print(f"{len(ratios)} maps: from {min(ratios):.2f} to {max(ratios):.2f}, median {median(ratios):.2f}")


if __name__ == "__main__":
    main()
