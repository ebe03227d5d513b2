"""Checkerboards: how strong a pattern each kind of upsampling draws on an image that shows nothing.

    python benchmarks/checkerboard.py [--seeds 10] [--steps 300] [--out benchmarks/results/checkerboard.png]

A layer that enlarges 2 times is given a constant image. What varies in its answer is the layer's own pattern; but
'unpool', which has to be told where pooling found its pixels, is told those of a photograph: its pattern is the photo's.
The energy is the variance over the mean square, in percent, away from the border. Measured with random weights, and
after the layer has learned to enlarge the photograph: mean and standard deviation over the seeds.

The figure shows the first seed's answers to the constant image, before and after training, with the energies' means. A
row has one contrast: black and white are half the picture's mean below and above it, after training a twentieth, which
is too little for 'unpool'. Below them is what becomes of the photograph.
"""

import argparse
from pathlib import Path

import numpy as np

from minifcn import functional as F
from minifcn import no_grad, tensor
from minifcn.data.photo import photograph
from minifcn.models.upsampling import UPSAMPLINGS, Upsampling
from minifcn.optim import Adam
from minifcn.plot import panel, save

CHANNELS, SIDE, MARGIN = 3, 64, 6
CONTRASTS = 0.5, 0.05  # of the rows before and after training: how far from the mean black and white are, in means
ROWS = "random weights", "after training", "enlarged photo"
NOTE = "%: energy of the pattern a layer draws on a constant image, its variance divided by its mean square"


def photo_pair():
    """A photograph (1, 3, 64, 64), its half (1, 3, 32, 32), and where max pooling found its pixels."""
    photo = tensor(photograph(SIDE).transpose(2, 0, 1)[None], dtype="float32")
    return photo, F.avg_pool2d(photo, 2), F.max_pool2d(photo, 2, return_indices=True)[1]


def response(layer, x, indices):
    """The layer's answer (3, H, W), without the border."""
    with no_grad():
        return layer(x, indices).numpy()[0, :, MARGIN:-MARGIN, MARGIN:-MARGIN]


def energy(y):
    """The variance of the channels over their mean square, in percent."""
    return 100 * y.var(axis=(1, 2)).sum() / (y**2).mean(axis=(1, 2)).sum()


def train(layer, steps):
    """Let the layer learn to give the photograph from its half. Returns the last mean squared error."""
    photo, half, indices = photo_pair()
    optimizer = Adam([p for p in layer.parameters() if p.requires_grad], lr=0.01)
    for _ in range(steps):
        layer.zero_grad()
        loss = F.mse_loss(layer(half, indices), photo)
        loss.backward()
        optimizer.step()
    return loss.item()


def measure(kind, seeds, steps):
    """Energies (seeds, 2) before and after training, errors (seeds,), and the pictures of the first seed."""
    _, half, indices = photo_pair()
    flat, energies, errors, drawn = tensor(np.full(half.shape, 0.5, np.float32)), [], [], None
    for seed in range(seeds):
        layer = Upsampling(kind, CHANNELS, CHANNELS, generator=np.random.default_rng(seed))
        before = response(layer, flat, indices)
        errors.append(train(layer, steps))
        after = response(layer, flat, indices)
        energies.append([energy(before), energy(after)])
        drawn = drawn or (before[0, :16, :16], after[0, :16, :16], response(layer, half, indices).transpose(1, 2, 0))
    return np.array(energies), np.array(errors), drawn


def percent(number):
    """An energy as text, two digits; what is left of 0 by rounding is 0."""
    return f"{number:.2g} %" if number > 1e-6 else "0 %"


def draw(measured, path):
    """A row of patterns with random weights, one after training, and one of the photograph; a column for each kind."""
    energies = [cells[0].mean(0) for cells in measured.values()]
    photos = [np.clip(drawn[2], 0, 1) for _, _, drawn in measured.values()]
    rows = [[grey(drawn[k], contrast) for _, _, drawn in measured.values()] for k, contrast in enumerate(CONTRASTS)]
    captions = [*([percent(energy[k]) for energy in energies] for k in range(2)), [""] * len(measured)]
    save(panel([*rows, photos], list(measured), (), (), ROWS, captions, NOTE), path)


def grey(y, contrast):
    """A map (H, W) as a grey picture (H, W, 3) in [0, 1], whose middle is the map's mean."""
    return np.repeat(np.clip(0.5 + (y / y.mean() - 1) / (2 * contrast), 0, 1)[..., None], 3, axis=2)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--out", default=Path(__file__).parent / "results" / "checkerboard.png", type=Path)
    arguments = parser.parse_args()
    print(f"{'upsampling':<12}{'random weights, %':>22}{'trained, %':>22}{'error x 1000':>18}")
    measured = {}
    for kind in UPSAMPLINGS:
        energies, errors, _ = measured[kind] = measure(kind, arguments.seeds, arguments.steps)
        cells = zip(energies.mean(0), energies.std(0))
        print(f"{kind:<12}" + "".join(f"{mean:14.4f} +- {spread:<4.2f}" for mean, spread in cells)
              + f"{1000 * errors.mean():18.3f}", flush=True)
    draw(measured, arguments.out)


if __name__ == "__main__":
    main()
