"""The aligned FCN-32s, 16s and 8s over the small backbone in PyTorch, modules named as in minifcn: state dicts cross over.

Written for the comparisons in this folder and for tests/models; minifcn itself never needs PyTorch.
"""

from torch import nn


class TorchFCN(nn.Module):
    """x (N, 3, H, W), H and W multiples of 32 -> scores (N, classes, H, W). skips: 0, 1, 2 for FCN-32s, 16s, 8s."""

    def __init__(self, num_classes, skips=2, widths=(16, 32, 64, 64, 64), head=128, dropout=0.5):
        super().__init__()
        self.skips, self.backbone = skips, nn.Sequential()
        channels = 3
        for stage, width in enumerate(widths, 1):
            for i in (1, 2):
                self.backbone.add_module(f"conv{stage}_{i}", nn.Conv2d(channels, width, 3, padding=1, bias=False))
                self.backbone.add_module(f"bn{stage}_{i}", nn.BatchNorm2d(width))
                self.backbone.add_module(f"relu{stage}_{i}", nn.ReLU())
                channels = width
            self.backbone.add_module(f"pool{stage}", nn.MaxPool2d(2))
        for name, size, width in (("6", 3, channels), ("7", 1, head)):
            self.backbone.add_module("fc" + name, nn.Conv2d(width, head, size, padding=size // 2))
            self.backbone.add_module("relu" + name, nn.ReLU())
            self.backbone.add_module("drop" + name, nn.Dropout(dropout))
        self.score_fr = nn.Conv2d(head, num_classes, 1)
        if skips >= 1:
            self.score_pool4 = nn.Conv2d(widths[3], num_classes, 1)
        if skips >= 2:
            self.score_pool3 = nn.Conv2d(widths[2], num_classes, 1)
        for name, factor in [[("upscore", 32)], [("upscore2", 2), ("upscore16", 16)],
                             [("upscore2", 2), ("upscore_pool4", 2), ("upscore8", 8)]][skips]:
            layer = nn.ConvTranspose2d(num_classes, num_classes, 2 * factor, factor, factor // 2, groups=num_classes, bias=False)
            self.add_module(name, layer.requires_grad_(False))

    def forward(self, x):
        pools = {}
        for name, layer in self.backbone.named_children():
            x = pools[name] = layer(x)
        scores = self.score_fr(x)
        if self.skips == 0:
            return self.upscore(scores)
        scores = self.upscore2(scores) + self.score_pool4(pools["pool4"])
        if self.skips == 1:
            return self.upscore16(scores)
        return self.upscore8(self.upscore_pool4(scores) + self.score_pool3(pools["pool3"]))
