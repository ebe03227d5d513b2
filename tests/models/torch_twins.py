"""FCN-8s on VGG16 in PyTorch, written for itself: padding 100 and the crops 5, 9, 31 are the paper's, typed in."""

import torch
from torch import nn
from torch.nn.functional import conv2d, conv_transpose2d, max_pool2d, relu

STAGES = [["conv1_1", "conv1_2"], ["conv2_1", "conv2_2"], ["conv3_1", "conv3_2", "conv3_3"],
          ["conv4_1", "conv4_2", "conv4_3"], ["conv5_1", "conv5_2", "conv5_3"]]


def vgg16_fcn8s(state, x):
    """Scores (N, classes, H, W) of a caffe-geometry FCN-8s in evaluation. state: {name: array}; x: a torch tensor."""
    state = {name.removeprefix("backbone."): torch.from_numpy(array) for name, array in state.items()}

    def conv(name, x, padding=0):
        return conv2d(x, state[name + ".weight"], state[name + ".bias"], padding=padding)

    def upscore(name, x, factor):
        return conv_transpose2d(x, state[name + ".weight"], stride=factor, groups=x.shape[1])

    def cropped(x, offset, like):
        return x[:, :, offset : offset + like.shape[2], offset : offset + like.shape[3]]

    image, pools = x, []
    for stage in STAGES:
        for name in stage:
            x = relu(conv(name, x, 100 if name == "conv1_1" else 1))
        x = max_pool2d(x, 2, ceil_mode=True)
        pools.append(x)
    score_fr = conv("score_fr", relu(conv("fc7", relu(conv("fc6", x)))))
    upscore2 = upscore("upscore2", score_fr, 2)
    fuse_pool4 = upscore2 + cropped(conv("score_pool4", pools[3]), 5, upscore2)
    upscore_pool4 = upscore("upscore_pool4", fuse_pool4, 2)
    fuse_pool3 = upscore_pool4 + cropped(conv("score_pool3", pools[2]), 9, upscore_pool4)
    return cropped(upscore("upscore8", fuse_pool3, 8), 31, image)


class SmallFCN8s(nn.Module):
    """The aligned FCN-8s over the small backbone, its modules named as in minifcn so that a state dict crosses over."""

    def __init__(self, num_classes, widths, head):
        super().__init__()
        self.backbone = nn.Sequential()
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
        self.score_fr = nn.Conv2d(head, num_classes, 1)
        self.upscore2 = self.upscore_layer(num_classes, 2)
        self.score_pool4 = nn.Conv2d(widths[3], num_classes, 1)
        self.upscore_pool4 = self.upscore_layer(num_classes, 2)
        self.score_pool3 = nn.Conv2d(widths[2], num_classes, 1)
        self.upscore8 = self.upscore_layer(num_classes, 8)

    @staticmethod
    def upscore_layer(classes, factor):
        return nn.ConvTranspose2d(classes, classes, 2 * factor, factor, factor // 2, groups=classes, bias=False)

    def forward(self, x):
        pools = {}
        for name, layer in self.backbone.named_children():
            x = pools[name] = layer(x)
        fuse_pool4 = self.upscore2(self.score_fr(x)) + self.score_pool4(pools["pool4"])
        return self.upscore8(self.upscore_pool4(fuse_pool4) + self.score_pool3(pools["pool3"]))
