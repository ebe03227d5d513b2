"""PSPNet: features pooled over the whole image, its quarters, ninths and thirty-sixths, joined to the local ones.

Zhao et al. 2017, section 3.2 (the pyramid) and section 4 (the auxiliary loss). The backbone is dilated to stride 8,
like DeepLab's. Read torchvision.py next.
"""

from .. import functional as F
from .. import nn
from .deeplab import conv_norm_relu
from .dilation import DilatedHead, last_features


class PSPNet(DilatedHead):
    """x (N, C, H, W) of any size -> scores (N, num_classes, H, W).

    backbone: a Backbone of the geometry 'aligned'; a dilated copy is used. The paper's is a ResNet
    stages:   where the auxiliary loss and the pyramid start; None means the last two (the paper's layer3 and layer4)
    bins:     the pyramid's grids; each level has 1 / len(bins) of the map's C channels, C in all
    Training: auxiliary_loss, below, on batches of at least two images, as for DeepLabV3.
    """

    title = "PSPNet"
    paper, least_batch, pooled = "resnet50", 2, ("final",)

    def __init__(self, backbone, num_classes, *, stages=None, bins=(1, 2, 3, 6), output_stride=8, dropout=0.1,
                 generator=None):
        last = last_features(backbone)
        self.stages = tuple(stages or (backbone.stages[backbone.stages.index(last) - 1], last))
        super().__init__(backbone, self.stages[1], output_stride)
        middle, channels = (self.backbone.channels[stage] for stage in self.stages)
        if channels % len(bins):
            raise ValueError(
                f"pspnet: {self.stages[1]} has {channels} channels, expected a multiple of {len(bins)}, the number of"
                " bins; use another backbone or other bins"
            )
        self.bins, part = tuple(bins), channels // len(bins)
        self.pyramid = nn.ModuleList(conv_norm_relu(channels, part, None, generator) for _ in bins)
        self.final = Scores(2 * channels, part, num_classes, dropout, generator)
        self.aux = Scores(middle, max(1, middle // 4), num_classes, dropout, generator)

    def loss(self, x, labels, criterion=F.cross_entropy, **options):
        return auxiliary_loss(self, x, labels, criterion, **options)

    def head_stages(self):
        return {"final": self.stages[1], "aux": self.stages[0]}

    def forward(self, x):
        return self.forward_both(x)[0]

    def forward_both(self, x):
        """The scores, and the auxiliary scores from the stage before; both (N, num_classes, H, W)."""
        maps = self.maps(x)
        middle, features = (maps[stage] for stage in self.stages)
        levels = [
            F.interpolate(level(F.adaptive_avg_pool2d(features, bin)), features.shape[2:], mode="bilinear")
            for bin, level in zip(self.bins, self.pyramid)
        ]
        scores = self.final(F.cat([features, *levels], dim=1)), self.aux(middle)
        return [self.on_image(s, stage, x) for s, stage in zip(scores, self.stages[::-1])]


class Scores(nn.Module):
    """3x3 convolution, batch norm and ReLU; dropout; 1x1 to the scores."""

    def __init__(self, in_channels, width, num_classes, dropout, generator):
        self.conv = conv_norm_relu(in_channels, width, 1, generator)
        self.drop = nn.Dropout(dropout, generator=generator)
        self.score = nn.Conv2d(width, num_classes, 1, generator=generator)

    def forward(self, x):
        return self.score(self.drop(self.conv(x)))


def auxiliary_loss(net, x, labels, criterion=F.cross_entropy, share=0.4, **options):
    """The loss of the scores plus `share` times that of the auxiliary scores. options: those of the criterion.

    Paper, section 4: the auxiliary loss helps the early layers to learn; its scores are not used for prediction.
    """
    scores, aux = net.forward_both(x)
    return criterion(scores, labels, **options) + share * criterion(aux, labels, **options)
