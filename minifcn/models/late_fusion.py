"""Late fusion: one net sees an image's colours, another its other channels, such as depth, and their scores are averaged.

Early fusion needs no file: a first layer with more channels, which imagenet.py fits to the weights of ImageNet. Long,
Shelhamer and Darrell 2015, section 5 (NYUDv2): early fusion of colour and depth gained little, so they fused late, as Gupta
et al. 2014 did, with depth encoded in three channels (data/hha.py). Read summary.py next.
"""

from .footprint import layers_to_scores
from .segmentation import SegmentationNet

COLOURS = 3


class LateFusion(SegmentationNet):
    """x (N, in_channels, H, W) -> the mean of two nets' scores (N, num_classes, H, W).

    colour, other: nets of the same classes; `colour` sees the first three channels, `other` the rest
    in_channels:   of the image, at least 4
    The authors' nyud-fcn32s-color-hha averages before the upsampling, which is the same, since upsampling is linear.
    Training: the loss of the mean; a loss of the nets' own, such as PSPNet's, is not used. ValueError for fewer channels.
    """

    def __init__(self, colour, other, in_channels):
        check_channels(in_channels)
        self.colour, self.other, self.in_channels = colour, other, in_channels

    def streams(self):
        return [self.colour, self.other]

    def with_streams(self, streams):
        return LateFusion(*streams, self.in_channels)

    def forward(self, x):
        if x.ndim != 4 or x.shape[1] != self.in_channels:
            raise ValueError(f"LateFusion: input has shape {x.shape}, expected (N, {self.in_channels}, H, W)")
        return (self.colour(x[:, :COLOURS]) + self.other(x[:, COLOURS:])) * 0.5

    def layers_to_scores(self):
        return layers_to_scores(self.colour)


def check_channels(in_channels):
    """ValueError unless there is a channel besides the colours."""
    if in_channels <= COLOURS:
        raise ValueError(f"LateFusion: the images have {in_channels} channels, expected at least 4: red, green, blue and others;"
                         " leave out fusion, or add a channel such as depth")  # fmt: skip
