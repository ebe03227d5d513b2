"""Torchvision's FCN and DeepLab v3, layer by layer and under its names, so that its published weights fit.

Both were trained on COCO's photographs with PASCAL VOC's 21 classes: fcn_resnet50_coco, deeplabv3_resnet50_coco, and
the same over ResNet-101. Torchvision's "FCN" has no skips: it is a dilated ResNet with two convolutions. To DeepLab v3
(deeplab.py) torchvision adds dropout and a 3x3 convolution. Both have a second head on the stage before, for an
auxiliary loss like PSPNet's, and both resize the scores to the image's height and width, as if unit i of stride 8 were
centred on pixel 8i + 3.5. It is centred on 8i: the networks have learned to label what is 3.5 pixels away. Where a side
is no multiple of 8, the strides are not quite 8 either, so that tiles do not fit together exactly.
Source: pytorch/vision, torchvision/models/segmentation. Read clockwork.py next.
"""

from .. import functional as F
from .. import nn
from .dilation import DilatedHead, last_features
from .pspnet import auxiliary_loss


class TorchvisionNet(DilatedHead):
    """x (N, C, H, W), any H and W from 1 -> scores (N, num_classes, H, W). A subclass makes `classifier`.

    backbone: a Backbone of the geometry 'aligned'; a copy is used, dilated to stride 8 (replace_stride_with_dilation)
    """

    paper = "resnet50"

    def __init__(self, backbone, num_classes, *, generator=None):
        last = last_features(backbone)
        self.stages = backbone.stages[backbone.stages.index(last) - 1], last
        super().__init__(backbone, last, output_stride=8)
        middle = self.backbone.channels[self.stages[0]]
        self.aux_classifier = fcn_head(middle, max(1, middle // 4), num_classes, generator)

    def loss(self, x, labels, criterion=F.cross_entropy, **options):
        """As in torchvision's reference training: half of the auxiliary loss is added."""
        return auxiliary_loss(self, x, labels, criterion, share=0.5, **options)

    def head_stages(self):
        return {"classifier": self.stages[1], "aux_classifier": self.stages[0]}

    def forward(self, x):
        return self.forward_both(x)[0]

    def forward_both(self, x):
        """The scores, and the auxiliary scores from the stage before; both (N, num_classes, H, W)."""
        maps, heads = self.backbone(x), (self.classifier, self.aux_classifier)
        scores = [head(maps[stage]) for head, stage in zip(heads, reversed(self.stages))]
        return [F.interpolate(y, x.shape[2:], mode="bilinear") for y in scores]


class TorchvisionFCN(TorchvisionNet):
    """fcn_resnet50: 3x3 to a quarter of the channels, batch norm, ReLU, dropout, 1x1; 35,322,218 parameters."""

    title = "torchvision's FCN"

    def __init__(self, backbone, num_classes, *, generator=None):
        super().__init__(backbone, num_classes, generator=generator)
        channels = self.backbone.channels[self.stages[1]]
        self.classifier = fcn_head(channels, max(1, channels // 4), num_classes, generator)


class TorchvisionDeepLabV3(TorchvisionNet):
    """deeplabv3_resnet50: parallel dilated convolutions, their projection, 3x3, 1x1; 42,004,074 parameters.

    width, rates: the channels of each branch, and the dilations
    Like DeepLabV3, it is trained on batches of two images at least.
    """

    title = "torchvision's DeepLab v3"
    small, least_batch, pooled = {"width": 64, "rates": (2, 4, 6)}, 2, ("classifier",)

    def __init__(self, backbone, num_classes, *, width=256, rates=(12, 24, 36), generator=None):
        super().__init__(backbone, num_classes, generator=generator)
        self.classifier = nn.Sequential(
            ASPP(self.backbone.channels[self.stages[1]], width, rates, generator),
            *conv_norm_relu(width, width, 3, 1, generator),
            nn.Conv2d(width, num_classes, 1, generator=generator),
        )


class ASPP(nn.Module):
    """Atrous spatial pyramid pooling: 1x1, 3x3 with each of the dilations, and the image's mean; joined and projected."""

    def __init__(self, in_channels, width, rates, generator):
        self.convs = nn.ModuleList(
            [
                nn.Sequential(*conv_norm_relu(in_channels, width, 1, 1, generator)),
                *(nn.Sequential(*conv_norm_relu(in_channels, width, 3, rate, generator)) for rate in rates),
                nn.Sequential(nn.AdaptiveAvgPool2d(1), *conv_norm_relu(in_channels, width, 1, 1, generator)),
            ]
        )
        joined = conv_norm_relu(len(self.convs) * width, width, 1, 1, generator)
        self.project = nn.Sequential(*joined, nn.Dropout(0.5, generator=generator))

    def forward(self, x):
        *local, mean = (conv(x) for conv in self.convs)
        everywhere = F.interpolate(mean, x.shape[2:], mode="bilinear")
        return self.project(F.cat([*local, everywhere], dim=1))


def fcn_head(in_channels, width, num_classes, generator):
    """3x3, batch norm, ReLU, dropout, and 1x1 to the scores."""
    scores = nn.Conv2d(width, num_classes, 1, generator=generator)
    return nn.Sequential(*conv_norm_relu(in_channels, width, 3, 1, generator), nn.Dropout(0.1, generator=generator), scores)


def conv_norm_relu(in_channels, out_channels, size, rate, generator):
    """The three layers: a convolution without bias that keeps the map's size, batch norm, ReLU."""
    conv = nn.Conv2d(in_channels, out_channels, size, 1, size // 2 * rate, rate, bias=False, generator=generator)
    return conv, nn.BatchNorm2d(out_channels), nn.ReLU()
