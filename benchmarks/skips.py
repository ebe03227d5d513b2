"""What a U-Net's skips are worth, and whether to add or to concatenate them: three nets of equally many parameters.

    python benchmarks/skips.py [--seeds 3] [--steps 800] [--out lessons/22_unet/skips.npz]

The nets have three levels and differ only in what their decoder does with the encoder's map of its size: it ignores the
map, adds it, or concatenates it, as U-Net does. A decoder that concatenates has wider kernels, so the other two nets
get more channels everywhere, until all have equally many parameters to within a quarter of a percent. All are trained
on the same batches of drawn shapes and of land cover, and scored on pictures that they were not trained on. Lesson 22
draws the result; the steps are those of minifcn/studies/steps.py.
"""

import argparse

import numpy as np

from minifcn import nn
from minifcn.data import DataLoader, Shapes
from minifcn.models.unet import DoubleConv, UNet
from minifcn.random import manual_seed
from minifcn.studies.steps import BATCH, land_cover, score_on, train_on

WIDTHS = {"no skips": (9, 17, 33), "sum": (9, 17, 33), "concatenation": (8, 16, 32)}
SIZE, TESTED = 48, 200


class Joined(nn.Module):
    """The decoder's two convolutions, on what `how` makes of (N, 2C, H, W): the skip's C channels, then its own C."""

    def __init__(self, how, channels, generator):
        self.how, self.channels = how, channels
        self.convolve = DoubleConv(channels, channels, True, generator)

    def forward(self, x):
        skip, own = x[:, : self.channels], x[:, self.channels :]
        return self.convolve(skip + own if self.how == "sum" else own)


def make_net(how, classes, seed):
    """A U-Net whose decoder joins its skips in one of the three ways."""
    generator = np.random.default_rng(seed)
    net = UNet(classes, widths=WIDTHS[how], padded=True, dropout=0, generator=generator)
    if how != "concatenation":
        for i, width in enumerate(WIDTHS[how][:-1], start=1):
            setattr(net, f"fuse{i}", Joined(how, width, generator))
    return net


def shapes(steps, seed):
    """(batches to train on, class weights, pictures to test on, classes), of drawn shapes."""
    train = DataLoader(Shapes(BATCH * steps, SIZE, seed=2 * seed), BATCH)
    return list(train.batches(0)), None, Shapes(TESTED, SIZE, seed=2 * seed + 1), 4


def tiles(steps, seed):
    """The same, of land cover."""
    data, weights, batches = land_cover(SIZE, steps, seed)
    return batches, weights, data.test(), len(data.classes)


def parameters(net):
    return sum(p.data.size for p in net.parameters())


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=800)
    parser.add_argument("--out", default="lessons/22_unet/skips.npz")
    options = parser.parse_args()
    results = {}
    for data, make in {"shapes": shapes, "land cover": tiles}.items():
        for seed in range(options.seeds):
            batches, weights, tests, classes = make(options.steps, seed)
            for how in WIDTHS:
                manual_seed(seed)
                net = make_net(how, classes, seed)
                iou = score_on(train_on(net, batches, weights), tests, TESTED).mean_iou
                results.setdefault(f"{data}, {how}", []).append(iou)
                budget = f"{parameters(net):,} parameters"
                print(f"{data:10}  seed {seed}  {how:13}  {budget}  mean IoU {100 * iou:.1f} %", flush=True)
    np.savez(options.out, **results)


if __name__ == "__main__":
    main()
