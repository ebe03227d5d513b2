"""Hypercolumns: for every pixel, what all the layers above it see, from edges to objects, and a classifier on that.

Hariharan et al. 2015, section 3. The column is long and the image has many pixels, but nobody needs to build it:
a linear classifier may score each map where it is small, and the scores are enlarged. What differs: the paper refines
boxes of a detector and has a grid of classifiers per box; ours classifies the pixels of the whole image, with one.
fcn.py adds scores of several maps as well, enlarging step by step.
"""

from .. import functional as F
from .. import nn
from .backbone import GEOMETRIES
from .segmentation import SegmentationNet
from .upsampling import on_image


class Hypercolumn(SegmentationNet):
    """x (N, 3, H, W), any H and W from 1 -> scores (N, num_classes, H, W).

    backbone: a Backbone of any geometry
    stages:   the maps that the columns are made of, such as ('pool2', 'pool4', 'head')
    """

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
        """Each of the maps, {stage: map}, is scored; the scores are enlarged and added."""
        scores = {stage: getattr(self, f"score_{stage}")(maps[stage]) for stage in self.stages}
        first, *others = (self.on_image(scores[stage], stage, image) for stage in self.stages)
        return sum(others, first)

    def columns_of(self, maps, image):
        """The hypercolumns (N, C, H, W): each map enlarged, all of them joined; C counts the channels of all stages."""
        return F.cat([self.on_image(maps[stage], stage, image) for stage in self.stages], dim=1)

    def score_columns(self, columns):
        """The scores of `columns`, by the classifier that forward() applies piece by piece: the very same scores."""
        layers = [getattr(self, f"score_{stage}") for stage in self.stages]
        return F.conv2d(columns, F.cat([layer.weight for layer in layers], dim=1), layers[0].bias)

    def on_image(self, x, stage, image):
        """The map x of `stage` at every pixel of the image."""
        return on_image(x, self.backbone.layers_to(stage), image.shape[2:])
