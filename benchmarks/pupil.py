"""A net that somebody else trained, rebuilt from minifcn's layers: a U-Net that finds the pupil of a mouse's eye.

    pip install --no-deps --target pupil-site mouse-pupil-analysis==0.3.0
    PYTHONPATH=pupil-site python benchmarks/pupil.py

The package's weights are a .pth of 468,621 numbers, which minifcn.pretrained reads without running it; the layers below
have its names. The package has no picture, and we know no free one of a mouse's eye. The picture here is drawn: a dark
disc in a grey one, with a highlight and noise. Finding it proves that weights, names and layers fit together; it proves
nothing about mice.
"""

import argparse
import hashlib
import importlib.metadata
from pathlib import Path

import numpy as np

from minifcn import functional as F
from minifcn import nn, no_grad, plot, tensor
from minifcn.pretrained import load_pretrained, read_weights

SHA256 = "4a2596165689f8c59e3384a53a54202199ac6dbd38d9c7c6e3e01b90b4db6edf"
SIDE = 148                                       # pixels; the net was trained on such pictures, grey, from 0 to 1


class DoubleConv(nn.Module):
    """Twice: 3x3 convolution, batch norm, ReLU."""

    def __init__(self, in_channels, out_channels, generator=None):
        first = nn.Conv2d(in_channels, out_channels, 3, padding=1, generator=generator)
        second = nn.Conv2d(out_channels, out_channels, 3, padding=1, generator=generator)
        norms = nn.BatchNorm2d(out_channels), nn.BatchNorm2d(out_channels)
        self.double_conv = nn.Sequential(first, norms[0], nn.ReLU(), second, norms[1], nn.ReLU())

    def forward(self, x):
        return self.double_conv(x)


class SpatialAttention(nn.Module):
    """x times a map from 0 to 1, which a 7x7 convolution makes of the mean and the maximum over x's channels."""

    def __init__(self, generator=None):
        self.conv = nn.Conv2d(2, 1, 7, padding=3, bias=False, generator=generator)

    def forward(self, x):
        seen = F.cat([x.mean(dim=1, keepdim=True), x.max(dim=1, keepdim=True)[0]], dim=1)
        return x * F.sigmoid(self.conv(seen))


class PupilUNet(nn.Module):
    """x (N, 1, H, W), H and W multiples of 4 -> scores (N, 1, H, W), positive on the pupil; the package's UNet."""

    def __init__(self, widths=(32, 64, 128), generator=None):
        a, b, c = widths
        self.inc = DoubleConv(1, a, generator)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(a, b, generator))
        self.down2 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(b, c, generator))
        self.att = SpatialAttention(generator)
        self.up1 = nn.ConvTranspose2d(c, b, 2, 2, generator=generator)
        self.conv1 = DoubleConv(2 * b, b, generator)
        self.up2 = nn.ConvTranspose2d(b, a, 2, 2, generator=generator)
        self.conv2 = DoubleConv(2 * a, a, generator)
        self.outc = nn.Conv2d(a, 1, 1, generator=generator)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.att(self.down2(x2))
        x = self.conv1(F.cat([self.up1(x3), x2], dim=1))
        x = self.conv2(F.cat([self.up2(x), x1], dim=1))
        return self.outc(x)


def drawn_eye(rng, radius=22, side=SIDE):
    """A picture, float32 (side, side), that looks like an eye in infrared light, and its pupil, bool (side, side)."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    x, y = x - rng.uniform(-10, 10), y - rng.uniform(-10, 10)
    distance = np.hypot(x, y)
    picture = np.where(np.hypot(x / 1.25, y) < 0.36 * side, 0.45, 0.62)
    picture = np.where(distance < radius, 0.08, picture)
    picture = np.where(np.hypot(x - 0.4 * radius, y + 0.4 * radius) < 0.15 * radius, 0.95, picture)
    for axis in (0, 1):                                          # as a lens blurs it
        picture = (np.roll(picture, 1, axis) + 2 * picture + np.roll(picture, -1, axis)) / 4
    return (picture + rng.normal(0, 0.02, picture.shape)).clip(0, 1).astype(np.float32), distance < radius


def trained():
    """The PupilUNet with the package's weights. SystemExit, with what to run, if they are not installed."""
    try:
        files = importlib.metadata.files("mouse-pupil-analysis")
    except importlib.metadata.PackageNotFoundError:
        raise SystemExit(__doc__) from None
    path = next(Path(file.locate()) for file in files if file.suffix == ".pth")
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{path} is not the file that this script knows; install mouse-pupil-analysis==0.3.0")
    net = PupilUNet()
    load_pretrained(net, read_weights(path))
    return net.eval()


def find_pupil(net, picture):
    """The probability of the pupil at each pixel of a picture, float32 (H, W)."""
    with no_grad():
        return F.sigmoid(net(tensor(picture[None, None]))).numpy()[0, 0]


def main():
    parser = argparse.ArgumentParser(description="find the pupil in drawn eyes with a trained U-Net")
    parser.add_argument("--out", default="runs/pupil.png", help="picture of the first eye")
    out, net = Path(parser.parse_args().out), trained()
    for seed, radius in enumerate((12, 17, 22, 27, 32)):
        picture, truth = drawn_eye(np.random.default_rng(seed), radius)
        found = find_pupil(net, picture)
        guess = found > 0.5
        print(f"radius {radius}: IoU {(guess & truth).sum() / (guess | truth).sum():.3f}")
        if seed == 2:
            out.parent.mkdir(parents=True, exist_ok=True)
            plot.save(plot.pictures(drawn=picture, found=found, truth=truth.astype(float)), out)
    print(f"drawn in {out}")


if __name__ == "__main__":
    main()
