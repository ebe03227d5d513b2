"""ResNet: residual blocks, which make networks of fifty layers and more trainable.

He et al. 2016, table 1, with torchvision's layer names. A block that downsamples does so in its 3x3 convolution, like
torchvision's ResNet-50 ("v1.5"); the paper's does so in the preceding 1x1, which skips three pixels in four. The
weights that its authors released are for such nets, ResNet50Caffe and the like. Read classifier.py next.
"""

from .. import functional as F
from .. import nn
from .backbone import Backbone, Block, first_padding_of, init_he


class ResNet(Backbone):
    """7x7 of stride 2, 3x3 pooling of stride 2, then layer1 ... layer4 of `depths[i]` blocks; layer2 to layer4 halve.

    geometry:      'aligned' or 'caffe', see Backbone; 'aligned' is the net as published
    first_padding: conv1's; None means the geometry's, 3 or 100. Only 'caffe' accepts another
    width:         a factor for all channels
    in_channels:   the image's
    Weights start from He's initialisation.
    """

    block, depths = None, ()
    ceil_mode = False  # whether pool1 rounds its size up and, as published, is not padded

    def __init__(self, geometry="aligned", *, first_padding=None, width=1, in_channels=3, generator=None):
        padding = first_padding_of(self, geometry, first_padding, 3)
        self.geometry, self.in_channels, self.skips = geometry, in_channels, {16: "layer3", 8: "layer2"}
        self.stages = ("pool1", "layer1", "layer2", "layer3", "layer4")                  # strides 4, 4, 8, 16, 32
        middle = channels = max(1, round(64 * width))
        self.channels = {"pool1": channels}
        self.conv1 = nn.Conv2d(in_channels, channels, 7, 2, padding, bias=False, generator=generator)
        self.bn1 = nn.BNReLU2d(channels)
        pool_padding = int(geometry == "aligned" or not self.ceil_mode)
        self.pool1 = nn.MaxPool2d(3, 2, pool_padding, ceil_mode=self.ceil_mode)
        for stage, depth in zip(self.stages[1:], self.depths):
            blocks = nn.Sequential()
            for i in range(depth):
                blocks.append(self.block(channels, middle, 2 if i == 0 and stage != "layer1" else 1, generator))
                channels = blocks[-1].channels
            setattr(self, stage, blocks)
            self.channels[stage], middle = channels, 2 * middle
        init_he(self, generator)


class Residual(Block):
    """relu(branch(x) + x), with a 1x1 convolution on the shortcut if the branch changes the shape of x.

    joined: whether the branch's last convolution adds x and takes the ReLU, as in a fused network
    """

    joined = False

    def add_shortcut(self, in_channels, stride, generator):
        """Set `downsample`, a 1x1 convolution and its batch norm, or None if x can be added unchanged."""
        self.downsample = None
        if stride != 1 or in_channels != self.channels:
            conv = nn.Conv2d(in_channels, self.channels, 1, stride, bias=False, generator=generator)
            self.downsample = nn.Sequential(conv, nn.BatchNorm2d(self.channels))

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        if self.joined:
            return self.branch(x, shortcut)
        return F.relu(self.branch(x) + shortcut)

    def settle(self):
        """In a fused network, leave the addition and its ReLU to the last convolution if nothing is in between."""
        conv, norm = self.end()
        if isinstance(norm, nn.Identity):
            self.joined = conv.relu = True


class BasicBlock(Residual):
    """The branch of ResNet-18 and 34: two 3x3 convolutions of `middle` channels."""

    def __init__(self, in_channels, middle, stride, generator):
        self.channels = middle
        self.conv1 = nn.Conv2d(in_channels, middle, 3, stride, 1, bias=False, generator=generator)
        self.bn1 = nn.BNReLU2d(middle)
        self.conv2 = nn.Conv2d(middle, middle, 3, 1, 1, bias=False, generator=generator)
        self.bn2 = nn.BatchNorm2d(middle)
        self.add_shortcut(in_channels, stride, generator)

    def branch(self, x, *shortcut):
        return self.bn2(self.conv2(self.bn1(self.conv1(x)), *shortcut))

    def end(self):
        return self.conv2, self.bn2

    def widest(self):
        return [self.conv1, self.conv2]


class Bottleneck(Residual):
    """The branch of ResNet-50: 1x1 to `middle` channels, 3x3, and 1x1 to four times as many."""

    stride_in_1x1 = False  # whether the first 1x1 has the stride, not the 3x3

    def __init__(self, in_channels, middle, stride, generator):
        self.channels = 4 * middle
        first, second = (stride, 1) if self.stride_in_1x1 else (1, stride)
        self.conv1 = nn.Conv2d(in_channels, middle, 1, first, bias=False, generator=generator)
        self.bn1 = nn.BNReLU2d(middle)
        self.conv2 = nn.Conv2d(middle, middle, 3, second, 1, bias=False, generator=generator)
        self.bn2 = nn.BNReLU2d(middle)
        self.conv3 = nn.Conv2d(middle, self.channels, 1, bias=False, generator=generator)
        self.bn3 = nn.BatchNorm2d(self.channels)
        self.add_shortcut(in_channels, stride, generator)

    def branch(self, x, *shortcut):
        x = self.bn1(self.conv1(x))
        x = self.bn2(self.conv2(x))
        return self.bn3(self.conv3(x, *shortcut))

    def end(self):
        return self.conv3, self.bn3

    def widest(self):
        return [self.conv1, self.conv2, self.conv3]


class CaffeBottleneck(Bottleneck):
    """The paper's: downsamples in its first 1x1 convolution."""

    stride_in_1x1 = True


class ResNet18(ResNet):
    """Two blocks per stage; the classifier has 11,689,512 parameters. A unit of layer4 sees 435 pixels."""

    block, depths = BasicBlock, (2, 2, 2, 2)


class ResNet34(ResNet):
    """3, 4, 6 and 3 blocks; the classifier has 21,797,672 parameters. A unit of layer4 sees 899 pixels."""

    block, depths = BasicBlock, (3, 4, 6, 3)


class ResNet50(ResNet):
    """3, 4, 6 and 3 bottlenecks; the classifier has 25,557,032 parameters. A unit of layer4 sees 427 pixels."""

    block, depths = Bottleneck, (3, 4, 6, 3)


class ResNet101(ResNet):
    """3, 4, 23 and 3 bottlenecks; the classifier has 44,549,160 parameters. A unit of layer4 sees 971 pixels."""

    block, depths = Bottleneck, (3, 4, 23, 3)


class ResNet152(ResNet):
    """3, 8, 36 and 3 bottlenecks; the classifier has 60,192,808 parameters. A unit of layer4 sees 1451 pixels."""

    block, depths = Bottleneck, (3, 8, 36, 3)


class CaffeResNet(ResNet):
    """The nets that the authors released for Caffe: the stride in a block's first 1x1, no padding in pool1."""

    block, ceil_mode = CaffeBottleneck, True


class ResNet50Caffe(CaffeResNet):
    """As many parameters as ResNet50. A unit of layer4 sees 483 pixels."""

    depths = ResNet50.depths


class ResNet101Caffe(CaffeResNet):
    """As many parameters as ResNet101. A unit of layer4 sees 1027 pixels."""

    depths = ResNet101.depths


class ResNet152Caffe(CaffeResNet):
    """As many parameters as ResNet152. A unit of layer4 sees 1507 pixels."""

    depths = ResNet152.depths
