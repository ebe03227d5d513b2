"""What hypercolumns cost: memory and time to enlarge, then score, and to score, then enlarge. The scores are the same.

    python benchmarks/hypercolumn_memory.py [--side 256] [--classes 21]

The backbone's maps are there before; what is measured is the head, forward and backward.
"""

import argparse
import time
import tracemalloc

import numpy as np

from minifcn import tensor
from minifcn.models import SmallVGG
from minifcn.models.hypercolumn import Hypercolumn

STAGES = ("pool2", "pool4", "head")


def measured(scores, maps):
    """(scores, peak of the memory in MB, seconds) of one step, the second of two."""
    for _ in range(2):
        tracemalloc.start()
        began = time.perf_counter()
        y = scores(maps)
        y.backward(np.ones(y.shape, y.dtype))
        seconds = time.perf_counter() - began
        peak = tracemalloc.get_traced_memory()[1] / 1e6
        tracemalloc.stop()
    return y.numpy(), peak, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--classes", type=int, default=21)
    arguments = parser.parse_args()
    net = Hypercolumn(SmallVGG().eval(), arguments.classes, STAGES)
    x = tensor(np.random.default_rng(0).standard_normal((1, 3, arguments.side, arguments.side)).astype(np.float32))
    maps = {stage: tensor(y.numpy(), requires_grad=True) for stage, y in net.backbone(x).items()}
    channels = sum(net.backbone.channels[stage] for stage in STAGES)
    side, classes = arguments.side, arguments.classes
    print(f"{channels} channels of {', '.join(STAGES)}, {classes} classes, {side} x {side} pixels")
    print(f"{'':<24}{'peak':>10}{'time':>11}")
    ways = {"enlarge, then score": lambda maps: net.score_columns(net.columns_of(maps, x)),
            "score, then enlarge": lambda maps: net.scores_of(maps, x)}
    results = {}
    for name, way in ways.items():
        results[name], peak, seconds = measured(way, maps)
        print(f"{name:<24}{peak:>7.0f} MB{1000 * seconds:>8.0f} ms")
    first, second = results.values()
    print(f"largest difference of the scores, of {np.abs(first).max():.2f} at most: {np.abs(first - second).max():.1e}")
    each = 500 * 500 * 4 / 1e9  # GB that a channel of a 500 x 500 image has
    print(f"by arithmetic, for 500 x 500 pixels: the paper's columns, 4736 channels, are {4736 * each:.1f} GB;"
          f" the scores of three maps {3 * classes * each:.2f} GB")


if __name__ == "__main__":
    main()
