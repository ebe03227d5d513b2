"""Hypercolumns: each pixel is classified from the activations of all layers above it, from edges to objects.

Hariharan et al. 2015, section 3. The columns are long and the image has many pixels, but they need not be built: a
linear classifier can score each map at its own resolution, and the scores are upsampled. Where the paper refines a
detector's boxes with a grid of classifiers per box, ours classifies all pixels of the image with a single one. fcn.py
adds the scores of several maps too, upsampling step by step. Read hed.py next.
"""

from .. import functional as F
from .. import nn
from .backbone import GEOMETRIES
from .segmentation import SegmentationNet
from .upsampling import on_image


class Hypercolumn(SegmentationNet):
    """x (N, C, H, W) of any size -> scores (N, num_classes, H, W).

    backbone: a Backbone of any geometry
    stages:   the maps that make up the columns, such as ('pool2', 'pool4', 'head')
    """

    title = "Hypercolumn"
    paper, geometries, uses_fc7 = "vgg16", GEOMETRIES, True

    def __init__(self, backbone, num_classes, stages, *, generator=None):
        unknown = [stage for stage in stages if stage not in backbone.stages]
        if unknown or not stages:
            raise ValueError(f"hypercolumn: stages are {stages}, expected one or more of {backbone.stages}")
        self.backbone, self.stages = backbone, tuple(stages)
        for i, stage in enumerate(self.stages):
            layer = nn.Conv2d(backbone.channels[stage], num_classes, 1, bias=i == 0, generator=generator)
            setattr(self, f"score_{stage}", layer)

    @classmethod
    def assemble(cls, num_classes, backbone, *, geometry, upsampling, generator):
        """The columns of FCN-8s's stages."""
        stages = backbone.skips[8], backbone.skips[16], backbone.last
        return cls(backbone, num_classes, stages, generator=generator)

    def head_stages(self):
        return {f"score_{stage}": stage for stage in self.stages}

    def forward(self, x):
        return self.scores_of(self.backbone(x), x)

    def scores_of(self, maps, image):
        """Score each of the maps, {stage: map}, then upsample the scores and add them."""
        scores = {stage: getattr(self, f"score_{stage}")(maps[stage]) for stage in self.stages}
        first, *others = (self.on_image(scores[stage], stage, image) for stage in self.stages)
        return sum(others, first)

    def columns_of(self, maps, image):
        """The hypercolumns (N, C, H, W): all maps upsampled and concatenated; C is the sum of their channels."""
        return F.cat([self.on_image(maps[stage], stage, image) for stage in self.stages], dim=1)

    def score_columns(self, columns):
        """The scores of `columns`, by the classifier that forward() applies map by map: the same scores."""
        layers = [getattr(self, f"score_{stage}") for stage in self.stages]
        return F.conv2d(columns, F.cat([layer.weight for layer in layers], dim=1), layers[0].bias)

    def on_image(self, x, stage, image):
        """The map x of `stage`, interpolated at every pixel of the image."""
        return on_image(x, self.backbone.layers_to(stage), image.shape[2:])
