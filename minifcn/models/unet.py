"""U-Net: an encoder with pooling, a decoder with up-convolutions, and on every level a skip that joins their maps.

Ronneberger, Fischer and Brox 2015: section 2 is the network, section 3 the weight map that teaches it to separate
touching cells. FCN adds the scores of its skips; U-Net concatenates features, and so keeps many channels throughout.
Read attention.py next.
"""

import itertools

import numpy as np

from .. import functional as F
from .. import nn
from ..utils.checkpoint import checkpoint
from .backbone import layers_of
from .receptive_field import Layer
from .segmentation import SegmentationNet
from .upsampling import Upsampling


class UNet(SegmentationNet):
    """x (N, in_channels, H, W) -> scores (N, num_classes, H', W').

    in_channels: 1 in the paper, whose images are of cells
    widths:      the channels of each level, the finest first; the paper's five make 23 convolutions
    padded:      False for the paper's convolutions without padding: 572 pixels become 388 scores, and the encoder's
                 maps are cropped around their centre; True preserves every size and accepts any H and W
    upsampling:  one of upsampling.UPSAMPLINGS; the paper's is 'upconv', 2x2. 'unpool' needs `padded`
    dropout:     the probability at the end of the encoder (the paper gives no value)
    Weights start from He's initialisation, as in the paper; those of the upsampling layers as in ConvTranspose2d.
    """

    title = "U-Net"

    small, geometries = {"widths": (16, 32, 64, 64, 64)}, ("aligned", "valid")

    def __init__(self, num_classes, *, in_channels=3, widths=(64, 128, 256, 512, 1024), padded=False,
                 upsampling="upconv", dropout=0.5, generator=None):
        if upsampling == "unpool" and not padded:
            raise ValueError("unet: 'unpool' needs the sizes that pooling left, which unpadded convolutions reduce;"
                             " use padded=True")
        self.in_channels, self.widths, self.padded, self.upsampling = in_channels, tuple(widths), padded, upsampling
        self.levels = len(widths) - 1  # how many times the size is halved
        for i, (before, width) in enumerate(zip((in_channels, *widths), widths), start=1):
            setattr(self, f"down{i}", DoubleConv(before, width, padded, generator))
        self.drop = nn.Dropout(dropout, generator=generator)
        for i in range(self.levels, 0, -1):
            fine, coarse = widths[i - 1], widths[i]
            setattr(self, f"up{i}", Upsampling(upsampling, coarse, fine, generator=generator))
            setattr(self, f"fuse{i}", DoubleConv(2 * fine, fine, padded, generator))
        self.score = nn.Conv2d(widths[0], num_classes, 1, generator=generator)

    @classmethod
    def assemble(cls, num_classes, backbone, *, geometry, upsampling, generator, **options):
        """The padded net, which preserves every size, or, in the geometry 'valid', the paper's."""
        return cls(num_classes, padded=geometry == "aligned", generator=generator, **options)

    def downsampling_path(self):
        levels = [getattr(self, f"down{i + 1}") for i in range(self.levels + 1)]
        return [layer for down in levels for layer in (nn.MaxPool2d(2), down.conv1, down.conv2)][1:]

    def layers_to_scores(self):
        ways_up = [
            (Layer("deconv", 4, 2, 1), *layers_of(getattr(self, f"fuse{i}").children())) for i in range(self.levels, 0, -1)
        ]
        return sum(ways_up, layers_of(self.downsampling_path()))

    def forward(self, x):
        height, width = self.validate_size(x)
        if self.padded:
            x = F.pad(x, (0, -width % 2**self.levels, 0, -height % 2**self.levels))
        skips = []
        for i in range(1, self.levels + 1):
            skip = getattr(self, f"down{i}")(x)
            x, indices = self.pool(skip)
            skips.append((i, skip, indices))
        x = self.drop(getattr(self, f"down{self.levels + 1}")(x))
        for i, skip, indices in reversed(skips):
            skip = self.gate_skip(i, skip, x)
            x = getattr(self, f"up{i}")(x, indices)
            x = getattr(self, f"fuse{i}")(F.cat([crop_center(skip, x.shape[2:]), x], dim=1))
        scores = self.score(x)
        return scores[:, :, :height, :width] if self.padded else scores

    def pool(self, skip):
        """(The map `skip` at half its size, the positions of its maxima or None): only 'unpool' needs them."""
        if self.upsampling == "unpool":
            return F.max_pool2d(skip, 2, return_indices=True)
        return F.max_pool2d(skip, 2), None

    def gate_skip(self, i, skip, coarse):
        """The part of level i's map `skip` that is passed on, given `coarse`, the map below: all. See attention.py."""
        return skip

    def validate_size(self, x):
        """(H, W) of the image; ValueError if the channels, or the sizes for an unpadded net, are wrong."""
        if x.ndim != 4 or x.shape[1] != self.in_channels or min(x.shape[2:]) < 1:
            raise ValueError(f"unet: input has shape {x.shape}, expected (N, {self.in_channels}, H, W) with pixels")
        for n in x.shape[2:]:
            if not self.padded and not tile_sizes(n, self.levels):
                larger = next(m for m in itertools.count(n) if tile_sizes(m, self.levels))
                raise ValueError(
                    f"unet: a side of {n} pixels is odd before one of {self.levels} poolings, or too small; expected"
                    f" one like {larger}; pad the image (mode='reflect' is the paper's) or use padded=True"
                )
        return x.shape[2:]


class DoubleConv(nn.Module):
    """Two 3x3 convolutions, each followed by ReLU."""

    recompute = False  # see SegmentationNet.recompute_

    def __init__(self, in_channels, out_channels, padded, generator):
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=int(padded), generator=generator)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=int(padded), generator=generator)
        for conv in (self.conv1, self.conv2):
            nn.init.kaiming_normal_(conv.weight, generator=generator)
            nn.init.zeros_(conv.bias)

    def forward(self, x):
        return checkpoint(self.convolve, x) if self.recompute else self.convolve(x)

    def convolve(self, x):
        return F.relu(self.conv2(F.relu(self.conv1(x))))


def crop_center(x, size):
    """The central crop of x (N, C, H, W) of `size`."""
    (H, W), (h, w) = x.shape[2:], size
    top, left = (H - h) // 2, (W - w) // 2
    return x if (H, W) == (h, w) else x[:, :, top : top + h, left : left + w]


def tile_sizes(n, levels=4):
    """(sizes of the skips, their cropped sizes, size of the scores) of an unpadded net; None if n pixels do not fit.

    tile_sizes(572) is ([568, 280, 136, 64], [392, 200, 104, 56], 388). An image does not fit if pooling meets an odd
    size, whose last pixel it would lose.
    """
    skips, crops = [], []
    for _ in range(levels):
        n -= 4  # two 3x3 convolutions
        skips.append(n)
        if n < 2 or n % 2:
            return None
        n //= 2
    n -= 4
    for _ in range(levels):
        crops.insert(0, 2 * n)
        n = 2 * n - 4
    return (skips, crops, n) if n > 0 else None


def weight_map(cells, w0=10.0, sigma=5.0):
    """The weight of each pixel in the loss, which emphasises narrow gaps between cells: float64 (H, W).

        w = w_c + w0 exp(-(d1 + d2)^2 / (2 sigma^2))

    cells: (H, W), 0 for background and a distinct number 1, 2, ... for each cell
    w_c balances cells and background: half the image's pixels over those of the pixel's kind. d1 and d2 are the
    distances to the borders of the two nearest cells, in pixels; with fewer than two cells there is no gap to learn.
    Use: (cross_entropy(scores, labels, reduction='none') * weights).mean(). Paper, section 3, equation 2.
    """
    from scipy import ndimage  # slow to import, and needed only here

    cells = np.asarray(cells)
    if cells.ndim != 2:
        raise ValueError(f"weight_map: cells has the shape {cells.shape}, expected (H, W); call it once for each image")
    inside = cells > 0
    share = np.where(inside, inside.mean(), 1 - inside.mean())
    distances = []
    for cell in np.unique(cells[inside]):
        own = cells == cell
        distances.append(ndimage.distance_transform_edt(own) + ndimage.distance_transform_edt(~own))
    weights = 0.5 / share
    if len(distances) < 2:
        return weights
    d1, d2 = np.sort(distances, axis=0)[:2]
    return weights + w0 * np.exp(-((d1 + d2) ** 2) / (2 * sigma**2))
