"""FCN-32s, 16s and 8s on VGG backbones, and ResNet-50, in PyTorch, named as in minifcn: state dicts are compatible.

For comparisons only: in this folder, in benchmarks/ and in the tests. The rest of minifcn never needs PyTorch, and this
file is imported only where rival.py has found it. Read conv_cases.py next.
"""

from torch import nn

VGG16_SHAPE = {
    "widths": (64, 128, 256, 512, 512),
    "depths": (2, 2, 3, 3, 3),
    "head": 4096,
    "head_kernel": 7,
    "batch_norm": False,
}
UPSAMPLINGS = [
    {"upscore": 32},
    {"upscore2": 2, "upscore16": 16},
    {"upscore2": 2, "upscore_pool4": 2, "upscore8": 8},
]


class TorchFCN(nn.Module):
    """x (N, 3, H, W) -> scores (N, classes, H, W). skips: 0, 1, 2 for FCN-32s, 16s, 8s.

    The other arguments are the small backbone's; TorchFCN(21, **VGG16_SHAPE) is the net on VGG16.
    """

    def __init__(self, num_classes, skips=2, widths=(16, 32, 64, 64, 64), depths=(2, 2, 2, 2, 2), head=128,
                 head_kernel=3, batch_norm=True, dropout=0.5):  # fmt: skip
        super().__init__()
        self.skips, self.backbone = skips, nn.Sequential()
        channels = 3
        for stage, (width, depth) in enumerate(zip(widths, depths), 1):
            for i in range(1, depth + 1):
                conv = nn.Conv2d(channels, width, 3, padding=1, bias=not batch_norm)
                self.backbone.add_module(f"conv{stage}_{i}", conv)
                if batch_norm:
                    self.backbone.add_module(f"bn{stage}_{i}", nn.BatchNorm2d(width))
                self.backbone.add_module(f"relu{stage}_{i}", nn.ReLU(inplace=True))
                channels = width
            self.backbone.add_module(f"pool{stage}", nn.MaxPool2d(2))
        for name, size, width in (("6", head_kernel, channels), ("7", 1, head)):
            self.backbone.add_module("fc" + name, nn.Conv2d(width, head, size, padding=size // 2))
            self.backbone.add_module("relu" + name, nn.ReLU(inplace=True))
            self.backbone.add_module("drop" + name, nn.Dropout(dropout))
        self.score_fr = nn.Conv2d(head, num_classes, 1)
        if skips >= 1:
            self.score_pool4 = nn.Conv2d(widths[3], num_classes, 1)
        if skips >= 2:
            self.score_pool3 = nn.Conv2d(widths[2], num_classes, 1)
        for name, factor in UPSAMPLINGS[skips].items():
            layer = nn.ConvTranspose2d(
                num_classes, num_classes, 2 * factor, factor, factor // 2, groups=num_classes, bias=False
            )
            self.add_module(name, layer.requires_grad_(False))

    def forward(self, x):
        height, width = x.shape[2:]
        scores = self.scores(nn.functional.pad(x, (0, -width % 32, 0, -height % 32)))
        return scores[:, :, :height, :width]

    def scores(self, x):
        """The scores of images whose sides are multiples of 32."""
        pools = {}
        for name, layer in self.backbone.named_children():
            x = layer(x)
            if name in ("pool3", "pool4"):
                pools[name] = x
        scores = self.score_fr(x)
        if self.skips == 0:
            return self.upscore(scores)
        scores = self.upscore2(scores) + self.score_pool4(pools["pool4"])
        if self.skips == 1:
            return self.upscore16(scores)
        return self.upscore8(self.upscore_pool4(scores) + self.score_pool3(pools["pool3"]))


class TorchResNet50(nn.Module):
    """The classifier ResNet-50: x (N, 3, H, W) -> scores (N, classes). channels: of the first convolution."""

    def __init__(self, num_classes=1000, channels=64):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, channels, 7, 2, 3, bias=False), nn.BatchNorm2d(channels)
        self.relu, self.pool1 = nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)
        middle = channels
        for stage, depth in enumerate((3, 4, 6, 3), 1):
            blocks = nn.Sequential()
            for i in range(depth):
                blocks.append(TorchBottleneck(channels, middle, 2 if i == 0 and stage > 1 else 1))
                channels = 4 * middle
            self.add_module(f"layer{stage}", blocks)
            middle *= 2
        self.mean, self.flatten, self.fc = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes)

    def forward(self, x):
        x = self.pool1(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.flatten(self.mean(x)))


class TorchBottleneck(nn.Module):
    """relu(branch(x) + x): the branch is a 1x1, a 3x3 and a 1x1 convolution; one that strides has a 1x1 for x, too."""

    def __init__(self, channels, middle, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(channels, middle, 1, bias=False), nn.BatchNorm2d(middle)
        self.conv2, self.bn2 = nn.Conv2d(middle, middle, 3, stride, 1, bias=False), nn.BatchNorm2d(middle)
        self.conv3, self.bn3 = nn.Conv2d(middle, 4 * middle, 1, bias=False), nn.BatchNorm2d(4 * middle)
        self.relu, self.downsample = nn.ReLU(inplace=True), None
        if channels != 4 * middle:
            shortcut = nn.Conv2d(channels, 4 * middle, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(4 * middle))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))
