"""How time scales with image side, batch size and number of channels.

The cost of a convolution is linear in pixels and images, and quadratic in channels if input and output channels both
grow; deviations are due to overhead at the small end and memory at the large end. Read accuracy.py next.
"""

from dataclasses import dataclass

import numpy as np

from ..kernels.geometry import conv_geometry
from .conv_cases import MAPS, conv_work
from .net_cases import net_work
from .timing import compare, medians

SIDES = (64, 128, 256, 512, 1024)
BATCHES = (1, 2, 4, 8, 16)
CHANNELS = (16, 32, 64, 128, 256)
WIDTHS = (4, 8, 16, 32, 64)


@dataclass(frozen=True)
class Curve:
    """One panel of the plot: make(x) returns {contender: function} for each size in xs; the cost grows as x^power."""

    title: str
    x_name: str
    power: int
    xs: tuple
    make: object

    def measure(self, rounds, contenders=("ours", "torch")):
        """{"title", "x_name", "power", "x": [...], "ours": [...], "torch": [...]}, times in milliseconds."""
        points = [medians(compare(select(self.make(x), contenders), rounds))[0] for x in self.xs]
        lines = {name: [point[name] for point in points] for name in contenders if name in points[0]}
        return {"title": self.title, "x_name": self.x_name, "power": self.power, "x": list(self.xs), **lines}


def curves():
    """Yield a Curve of the convolution and of the small FCN-8s's training step for each of the three sizes."""
    conv = "3x3 convolution, forward and backward"
    yield Curve(f"{conv}, 64->64, batch 1", "side", 2, SIDES, lambda x: three_maps(1, 64, x))
    yield Curve(f"{conv}, 64->64 @56", "batch", 1, BATCHES, lambda x: three_maps(x, 64, 56))
    yield Curve(f"{conv}, C->C @56, batch 1", "channels", 2, CHANNELS, lambda x: three_maps(1, x, 56))
    step = "step of the small FCN-8s"
    yield Curve(f"{step}, batch 1", "side", 2, SIDES, lambda x: small_step(1, x))
    yield Curve(f"{step} @96", "batch", 1, BATCHES, lambda x: small_step(x, 96))
    yield Curve(f"{step} @96, batch 8", "first layer's channels", 2, WIDTHS, lambda x: small_step(8, 96, x))


def three_maps(N, C, side):
    """{contender: a function that runs forward and both backwards}."""
    work = conv_work(np.float32, N, C, C, side, conv_geometry(3, 1, 1))
    return {name: call_all([parts[part] for part in MAPS]) for name, parts in work.items()}


def call_all(functions):
    """One function that calls all of them."""
    return lambda: [function() for function in functions]


def small_step(N, side, width=16):
    """{contender: a training step of a small FCN-8s whose first layer has `width` channels}."""
    widths = (width, 2 * width, 4 * width, 4 * width, 4 * width)
    work = net_work("small", N, side, widths=widths, head=8 * width)
    return {name: parts["step"] for name, parts in work.items()}


def select(work, contenders):
    return {name: work[name] for name in contenders if name in work}


def growth_exponent(curve, name="ours"):
    """The exponent b of time ~ x^b, fitted to the upper half of a measured curve, where overhead is negligible."""
    half = len(curve["x"]) // 2
    return float(np.polyfit(np.log(curve["x"][half:]), np.log(curve[name][half:]), 1)[0])
