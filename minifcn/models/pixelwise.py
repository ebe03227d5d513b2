"""A net that sees one pixel at a time: classification by colour alone, the baseline that every FCN has to beat.

Compare it with fcn.py. Read two_heads.py next.
"""

from .. import nn
from ..functional import relu
from .segmentation import SegmentationNet


class PixelClassifier(SegmentationNet):
    """Two 1x1 convolutions: the colour (N, in_channels, H, W) -> `hidden` features -> scores (N, num_classes, H, W)."""

    title = "Pixelwise"

    def __init__(self, num_classes, hidden=64, *, in_channels=3, generator=None):
        self.in_channels = in_channels
        self.conv = nn.Conv2d(in_channels, hidden, 1, generator=generator)
        self.score = nn.Conv2d(hidden, num_classes, 1, generator=generator)

    @classmethod
    def assemble(cls, num_classes, backbone, *, geometry, upsampling, generator, **options):
        return cls(num_classes, generator=generator, **options)

    def forward(self, x):
        return self.score(relu(self.conv(x)))
