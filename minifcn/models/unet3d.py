"""3D U-Net: the U-Net whose convolutions, poolings and up-convolutions have a third axis. It labels voxels.

Çiçek, Abdulkadir, Lienkamp, Brox and Ronneberger 2016, section 2. What differs from unet.py, apart from the axis: batch
norm before each ReLU; the channels double before a pooling, not after it; the up-convolutions keep them; and there are
three poolings, not four. The net is not in catalogue.py, whose commands and data are all for images. Read
../data/brain.py next.
"""

from .. import functional as F
from .. import nn


class UNet3d(nn.Module):
    """x (N, in_channels, D, H, W) -> scores (N, num_classes, D, H, W).

    widths: the channels of each level, the finest first, even numbers; those here are the paper's
    flat:   kernels and windows of one image each: a U-Net that sees every image of the stack by itself, to compare
    The convolutions are padded, and any size is accepted; the paper's are not: its 132 x 132 x 116 voxels become 44 x 44
    x 28. Weights start from He's initialisation, those of the up-convolutions as in ConvTranspose3d.
    """

    def __init__(self, num_classes, *, in_channels=1, widths=(64, 128, 256, 512), flat=False, generator=None):
        self.in_channels, self.levels = in_channels, len(widths) - 1  # how many times the size is halved
        self.window = (1, 2, 2) if flat else (2, 2, 2)
        kernel = (1, 3, 3) if flat else (3, 3, 3)
        for i, (before, width) in enumerate(zip((in_channels, *widths), widths), start=1):
            setattr(self, f"down{i}", DoubleConv(before, width // 2, width, kernel, generator))
        for i in range(self.levels, 0, -1):
            fine, coarse = widths[i - 1], widths[i]
            setattr(self, f"up{i}", nn.ConvTranspose3d(coarse, coarse, self.window, self.window, generator=generator))
            setattr(self, f"fuse{i}", DoubleConv(fine + coarse, fine, fine, kernel, generator))
        self.score = nn.Conv3d(widths[0], num_classes, 1, generator=generator)

    def forward(self, x):
        if x.ndim != 5 or x.shape[1] != self.in_channels or min(x.shape[2:]) < 1:
            raise ValueError(f"unet3d: input has shape {x.shape}, expected (N, {self.in_channels}, D, H, W) with voxels")
        depth, height, width = x.shape[2:]
        missing = [-n % s**self.levels for n, s in zip(x.shape[2:], self.window)]
        x = F.pad(x, [width for n in reversed(missing) for width in (0, n)])
        skips = []
        for i in range(1, self.levels + 1):
            skips.append(getattr(self, f"down{i}")(x))
            x = F.max_pool3d(skips[-1], self.window)
        x = getattr(self, f"down{self.levels + 1}")(x)
        for i in range(self.levels, 0, -1):
            x = getattr(self, f"fuse{i}")(F.cat([skips.pop(), getattr(self, f"up{i}")(x)], dim=1))
        return self.score(x)[:, :, :depth, :height, :width]


class DoubleConv(nn.Module):
    """Two convolutions, each followed by batch norm and ReLU."""

    def __init__(self, in_channels, middle, out_channels, kernel, generator):
        padding = tuple(k // 2 for k in kernel)
        self.conv1 = nn.Conv3d(in_channels, middle, kernel, padding=padding, bias=False, generator=generator)
        self.bn1 = nn.BNReLU3d(middle)
        self.conv2 = nn.Conv3d(middle, out_channels, kernel, padding=padding, bias=False, generator=generator)
        self.bn2 = nn.BNReLU3d(out_channels)
        for conv in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(conv.weight, generator=generator)

    def forward(self, x):
        return self.bn2(self.conv2(self.bn1(self.conv1(x))))
