"""Upsampling layers behind one interface: transposed convolutions, resizing, unpooling, sub-pixel shuffling.

benchmarks/checkerboard.py measures which of them produce checkerboard artefacts, and how strong (Odena, Dumoulin and
Olah 2016 explain why: kernels that overlap unevenly). Read unet.py next.
"""

import numpy as np

from .. import nn
from ..functional.resize import interpolate_at
from .receptive_field import receptive_field

UPSAMPLINGS = ("frozen", "learned", "upconv", "nearest", "bilinear", "unpool", "shuffle")


class Upsampling(nn.Module):
    """(N, in_channels, h, w) -> (N, out_channels, factor * h, factor * w), in up to three steps:

    kind       before       upsample                                             after       source
    frozen     1x1          transposed convolution, fixed bilinear weights       -           the FCN paper, section 3.3
    learned    -            transposed convolution, overlapping windows          -           the FCN paper, section 3.3
    upconv     -            transposed convolution, disjoint windows             -           U-Net
    nearest    -            every pixel repeated                                 3x3         Odena et al. 2016
    bilinear   1x1          bilinear interpolation                               -           DeepLab
    unpool     1x1          each value back where pooling found it, 0 elsewhere  3x3         SegNet
    shuffle    3x3          channels become pixels                               -           Shi et al. 2016

    1x1 and 3x3 are convolutions to `out_channels`, and to factor^2 times as many before a shuffle. A transposed
    convolution of stride f has a kernel of size 2f - f % 2, as in bilinear_kernel, or f for 'upconv'.
    """

    def __init__(self, kind, in_channels, out_channels, factor=2, *, generator=None):
        if kind not in UPSAMPLINGS:
            raise ValueError(f"Upsampling: kind is {kind!r}, expected one of {', '.join(UPSAMPLINGS)}")
        if not isinstance(factor, int) or factor < 1:
            raise ValueError(f"Upsampling: factor is {factor!r}, expected a whole number of at least 1")
        self.kind, self.factor = kind, factor
        self.before = self.after = nn.Identity()
        channels = in_channels
        if kind in ("frozen", "bilinear", "unpool"):
            self.before, channels = nn.Conv2d(in_channels, out_channels, 1, generator=generator), out_channels
        elif kind == "shuffle":
            self.before = nn.Conv2d(in_channels, out_channels * factor**2, 3, padding=1, generator=generator)
        self.enlarge = upsampling_layer(kind, channels, out_channels, factor, generator)
        if kind in ("nearest", "unpool"):
            self.after = nn.Conv2d(channels, out_channels, 3, padding=1, generator=generator)

    def forward(self, x, indices=None):
        """indices: for 'unpool' only, those of the pooling that it undoes.

        They are (N, out_channels, h, w), as max_pool2d(..., return_indices=True) returns them.
        """
        if self.kind != "unpool":
            return self.after(self.enlarge(self.before(x)))
        if indices is None:
            raise ValueError("Upsampling: 'unpool' found no indices, expected those of the pooling that it undoes")
        return self.after(self.enlarge(self.before(x), indices))

    def extra_repr(self):
        return f"{self.kind!r}, factor={self.factor}"


def upsampling_layer(kind, in_channels, out_channels, factor, generator):
    """The layer that upsamples."""
    if kind == "nearest":
        return nn.Upsample(scale_factor=factor)
    if kind == "bilinear":
        return nn.Upsample(scale_factor=factor, mode="bilinear")
    if kind == "unpool":
        return nn.MaxUnpool2d(factor)
    if kind == "shuffle":
        return nn.PixelShuffle(factor)
    if kind == "upconv":
        return nn.ConvTranspose2d(in_channels, out_channels, factor, factor, generator=generator)
    size, padding = 2 * factor - factor % 2, factor // 2
    if kind == "learned":
        return nn.ConvTranspose2d(in_channels, out_channels, size, factor, padding, generator=generator)
    layer = nn.ConvTranspose2d(out_channels, out_channels, size, factor, padding, groups=out_channels, bias=False)
    nn.init.bilinear_(layer.weight)
    return layer.requires_grad_(False)


def on_image(x, layers, size):
    """The map x (N, C, h, w), interpolated at every pixel of an image of `size` (H, W): (N, C, H, W).

    layers: the receptive_field.Layers from the image to x, which give the positions of its units: unit i is at pixel
        stride * i + centre,  so pixel p samples x at  (p - centre) / stride,  between two units
    No crops or multiples of a stride are needed, whatever the layers' padding. If the centre is (stride - 1) / 2, as in
    the geometry 'aligned', this is interpolate(mode='bilinear').
    """
    field = receptive_field(layers)
    rows, columns = ((np.arange(n) - float(field.centre)) / field.stride for n in size)
    return interpolate_at(x, rows, columns)
