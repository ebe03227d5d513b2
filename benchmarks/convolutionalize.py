"""One dense pass of a convolutionalized AlexNet against 100 windows: what the FCN paper's section 3.1 times.

The image has 500 x 500 pixels, the net answers on a grid of 10 x 10, each time about a window of 227 x 227. (Not quite
as for the window alone: inside the net, a window's border is padded with zeros, where the dense pass has its neighbours.)
The paper: 1.2 ms for a window and 22 ms for the grid, 5.45 times less than for 100 windows; backward 2.4 ms for a
window and 37 ms for the grid, 6.5 times less. Its times are of a GPU (Tesla K40c), the ones here of this machine's CPU,
but the computations are the same. (The far windows reach beyond the image; they are moved inside.)

    python benchmarks/convolutionalize.py [--repeat 3] [--batch 20]
"""

import argparse
import statistics
import time

import numpy as np

import minifcn
from minifcn.models import build_classifier, convolutionalize

SIDE, WINDOW, STRIDE, GRID = 500, 227, 32, 10
PAPER = {"forward": 5.45, "backward": 6.5}  # 100 * 1.2 / 22 and 100 * 2.4 / 37


def windows_of(image):
    """The 100 windows (100, 3, 227, 227) of the image (1, 3, 500, 500)."""
    starts = [min(STRIDE * i, SIDE - WINDOW) for i in range(GRID)]
    return np.concatenate([image[:, :, y : y + WINDOW, x : x + WINDOW] for y in starts for x in starts])


def seconds(net, images, batch):
    """(forward, backward) seconds for all images, `batch` at a time; backward is to all weights."""
    forward = backward = 0.0
    for i in range(0, len(images), batch):
        start = time.perf_counter()
        scores = net(minifcn.tensor(images[i : i + batch])).sum()
        middle = time.perf_counter()
        scores.backward()
        forward, backward = forward + middle - start, backward + time.perf_counter() - middle
    net.zero_grad()
    return forward, backward


def median_seconds(net, images, batch, repeat):
    return [statistics.median(times) for times in zip(*(seconds(net, images, batch) for _ in range(repeat)))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeat", type=int, default=3, help="times of which the median is taken")
    parser.add_argument("--batch", type=int, default=20, help="windows in a batch")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    classifier = build_classifier("alexnet", generator=rng).eval()
    dense = convolutionalize(classifier)
    image = rng.standard_normal((1, 3, SIDE, SIDE)).astype(np.float32)
    seconds(dense, image, 1)  # not counted: it compiles the kernels
    apart = median_seconds(classifier, windows_of(image), options.batch, options.repeat)
    once = median_seconds(dense, image, 1, options.repeat)
    print(f"{'':10} {'windows':>10} {'dense':>10} {'ratio':>7} {'paper':>7}")
    for (what, paper), a, b in zip(PAPER.items(), apart, once):
        print(f"{what:10} {a:8.2f} s {b:8.2f} s {a / b:6.2f}x {paper:6.2f}x")


if __name__ == "__main__":
    main()
