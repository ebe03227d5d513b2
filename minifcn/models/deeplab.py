"""DeepLab: heads with large receptive fields, on features four times as dense as a classifier's.

v1's LargeFOV (Chen et al. 2015, section 5), v2's ASPP-L (2018, section 3.2) and v3's, with image pooling (2017, section
3.3). The backbone is dilated (dilation.py), so that its last maps have stride 8. Differences from v1 and v2: their VGG
has 3x3 pooling, ours keeps the 2x2 that the classifier was trained with; the loss is computed at full resolution, not
at an eighth of it; the CRF of the first two is apart from the net, in crf/. v3 has the paper's head, to which
torchvision adds dropout and one 3x3 convolution; all convolutions of a stage have the same dilation, without the
paper's "multi-grid". Small nets are trained on crops of 96 pixels, which have 12 x 12 units of stride 8, far fewer
than the papers' crops: their dilations are reduced in proportion, since beyond the map they would see only padding.
The learning rate of v2 and v3 is
optim.lr_scheduler.PolyLR. Read pspnet.py next.
"""

from .. import functional as F
from .. import nn
from .dilation import DilatedHead


class DeepLab(DilatedHead):
    """x (N, C, H, W), any H and W from 1 -> scores (N, num_classes, H, W), interpolated. The options are DilatedHead's."""

    def forward(self, x):
        return self.on_image(self.scores(self.maps(x)[self.stage]), self.stage, x)


class DeepLabLargeFOV(DeepLab):
    """v1: fc6 becomes a 3x3 convolution with dilation 12 and 1024 channels: 20.5 million parameters on VGG16."""

    title = "DeepLab-LargeFOV"
    paper, small = "vgg16", {"width": 128, "rate": 3}

    def __init__(self, backbone, num_classes, *, stage=None, output_stride=8, width=1024, rate=12, dropout=0.5,
                 generator=None):
        super().__init__(backbone, stage, output_stride)
        self.branch = Branch(self.backbone.channels[self.stage], width, num_classes, rate, dropout, generator)

    def head_stages(self):
        return {"branch": self.stage}

    def scores(self, features):
        return self.branch(features)


class DeepLabASPP(DeepLab):
    """v2, ASPP-L: four parallel heads like v1's, with dilations 6, 12, 18 and 24; their scores are added."""

    title = "DeepLab-ASPP"
    paper, small = "vgg16", {"width": 128, "rates": (2, 4, 6, 8)}

    def __init__(self, backbone, num_classes, *, stage=None, output_stride=8, width=1024, rates=(6, 12, 18, 24),
                 dropout=0.5, generator=None):
        super().__init__(backbone, stage, output_stride)
        channels = self.backbone.channels[self.stage]
        self.branches = nn.ModuleList(Branch(channels, width, num_classes, r, dropout, generator) for r in rates)

    def head_stages(self):
        return {"branches": self.stage}

    def scores(self, features):
        first, *others = (branch(features) for branch in self.branches)
        return sum(others, first)


class Branch(nn.Module):
    """fc6, 3x3 with dilation `rate`; fc7 and fc8, 1x1: VGG's fully connected layers as convolutions, and the scores."""

    def __init__(self, channels, width, num_classes, rate, dropout, generator):
        self.fc6 = nn.Conv2d(channels, width, 3, padding=rate, dilation=rate, generator=generator)
        self.drop6 = nn.Dropout(dropout, generator=generator)
        self.fc7 = nn.Conv2d(width, width, 1, generator=generator)
        self.drop7 = nn.Dropout(dropout, generator=generator)
        self.fc8 = nn.Conv2d(width, num_classes, 1, generator=generator)

    def forward(self, x):
        x = self.drop6(F.relu(self.fc6(x)))
        x = self.drop7(F.relu(self.fc7(x)))
        return self.fc8(x)


class DeepLabV3(DeepLab):
    """v3: a 1x1 convolution, three dilated ones and the image's mean, concatenated; batch norm in all of them.

    rates: None means 6, 12, 18 at output stride 16, and twice that at 8
    The image's mean, one number per channel, is normalised over the batch, which therefore needs two images at least.
    """

    title = "DeepLab v3"
    paper, small = "resnet50", {"width": 64, "rates": (2, 4, 6)}
    least_batch, pooled = 2, ("project", "score")

    def __init__(self, backbone, num_classes, *, stage=None, output_stride=8, width=256, rates=None, generator=None):
        super().__init__(backbone, stage, output_stride)
        channels = self.backbone.channels[self.stage]
        rates = rates or [r * 16 // output_stride for r in (6, 12, 18)]
        self.aspp = nn.ModuleList(conv_norm_relu(channels, width, rate, generator) for rate in (None, *rates))
        self.image_pooling = conv_norm_relu(channels, width, None, generator)
        self.project = conv_norm_relu((len(self.aspp) + 1) * width, width, None, generator)
        self.score = nn.Conv2d(width, num_classes, 1, generator=generator)

    def head_stages(self):
        return dict.fromkeys(("aspp", "project", "score"), self.stage)

    def scores(self, features):
        mean = self.image_pooling(F.adaptive_avg_pool2d(features, 1))
        everywhere = F.interpolate(mean, features.shape[2:], mode="bilinear")
        seen = [branch(features) for branch in self.aspp]
        return self.score(self.project(F.cat([*seen, everywhere], dim=1)))


def conv_norm_relu(in_channels, out_channels, rate, generator):
    """Convolution, batch norm, ReLU; 3x3 with dilation `rate`, or 1x1 if `rate` is None."""
    size, rate, padding = (1, 1, 0) if rate is None else (3, rate, rate)
    conv = nn.Conv2d(in_channels, out_channels, size, 1, padding, rate, bias=False, generator=generator)
    return nn.Sequential(conv, nn.BNReLU2d(out_channels))
