"""GoogLeNet: nine inception blocks, each with parallel windows of 1, 3 and 5 pixels, weighted by training.

Szegedy et al. 2015, table 1, with the layer names of Caffe's bvlc_googlenet. The two auxiliary classifiers, which only
helped training, are left out; so is the pooling before the last classifier when an FCN is built on it. Torchvision's
net of this name is a different one, with batch norm: GoogLeNetBN. Read squeezenet.py next.
"""

from .. import functional as F
from .. import nn
from .backbone import Backbone, Block, first_padding_of, init_he

# the channels of       1x1  3x3: reduce, then  5x5: reduce, then  pool_proj
INCEPTIONS = {
    "inception_3a": ( 64,       96, 128,          16,  32,           32),
    "inception_3b": (128,      128, 192,          32,  96,           64),
    "inception_4a": (192,       96, 208,          16,  48,           64),
    "inception_4b": (160,      112, 224,          24,  64,           64),
    "inception_4c": (128,      128, 256,          24,  64,           64),
    "inception_4d": (112,      144, 288,          32,  64,           64),
    "inception_4e": (256,      160, 320,          32, 128,          128),
    "inception_5a": (256,      160, 320,          32, 128,          128),
    "inception_5b": (384,      192, 384,          48, 128,          128),
}  # fmt: skip


class GoogLeNet(Backbone):
    """7x7 of stride 2, pool1, 3x3, pool2, inception_3a ... 5b with pool3 and pool4 between; 5,973,552 parameters.

    The classifier has 6,998,552. A unit of inception_5b sees 715 pixels; the paper's 907 include the final 7x7 mean.
    geometry:      'aligned' or 'caffe', see Backbone
    first_padding: conv1's; None means the geometry's, 3 or 100. Only 'caffe' accepts another: 3 is the classifier's
    width:         a factor for all channels
    in_channels:   the image's
    Weights start from He's initialisation, biases from 0.
    """

    batch_norm = False  # whether every convolution ends in it, instead of local response normalisation
    largest, last_pool = 5, 3  # the windows of the convolutions "5x5", and of pool4

    def __init__(self, geometry="aligned", *, first_padding=None, width=1, in_channels=3, generator=None):
        padding = first_padding_of(self, geometry, first_padding, 3)
        self.geometry, self.in_channels, self.skips = geometry, in_channels, {16: "inception_4e", 8: "inception_3b"}
        self.stages = ("pool1", "inception_3b", "inception_4e", "inception_5b")
        first, channels = max(1, round(64 * width)), max(1, round(192 * width))
        self.channels = {"pool1": first}
        conv = ConvBatchNorm if self.batch_norm else nn.Conv2d
        self.add_start(conv, first, channels, padding, generator)
        for name, parts in INCEPTIONS.items():
            if name == "inception_4a":
                self.pool3 = self.pool()                                                 # stride 16
            if name == "inception_5a":
                self.pool4 = self.pool(self.last_pool)                                   # stride 32
            parts = [max(1, round(part * width)) for part in parts]
            block = Inception(channels, parts, generator, conv, self.largest)
            setattr(self, name, block)
            channels = block.channels
            if name in self.stages:
                self.channels[name] = channels
        init_he(self, generator)

    def add_start(self, conv, first, second, padding, generator):
        """conv1 ... pool2, with `first` and `second` channels. padding: conv1's."""

        def norm():
            return nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75)

        self.conv1, self.relu1 = conv(self.in_channels, first, 7, 2, padding, generator=generator), nn.ReLU()
        self.pool1 = self.pool()                                                         # stride 4
        if not self.batch_norm:
            self.norm1 = norm()
        self.conv2_reduce, self.relu2_reduce = conv(first, first, 1, generator=generator), nn.ReLU()
        self.conv2, self.relu2 = conv(first, second, 3, padding=1, generator=generator), nn.ReLU()
        if not self.batch_norm:
            self.norm2 = norm()
        self.pool2 = self.pool()                                                         # stride 8

    def pool(self, size=3):
        """Pooling of stride 2; 'aligned' pads odd windows by half their size."""
        padding = size // 2 if self.geometry == "aligned" and size % 2 else 0
        return nn.MaxPool2d(size, 2, padding, ceil_mode=True)


class GoogLeNetBN(GoogLeNet):
    """Torchvision's GoogLeNet: batch norm after every convolution, 3x3 where the paper has 5x5, and a 2x2 pool4.

    5,599,904 parameters, the classifier 6,624,904. The layer names are the paper's, so the 3x3 that replaces the 5x5 is
    still called that: in torchvision it began as a mistake, and the weights were trained with it. As pool4's windows
    are even, its units lie between two of its input's, as in VGG.
    """

    batch_norm, largest, last_pool = True, 3, 2


class ConvBatchNorm(nn.Sequential):
    """A convolution without bias, then batch norm with torchvision's eps; the ReLU that follows is not included."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, generator=None):
        self.conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, bias=False, generator=generator)
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)


class Inception(Block):
    """x (N, C, H, W) -> four branches, concatenated: (N, channels, H, W), in the order of the paper's figure 2b.

    parts:   the channels, as in INCEPTIONS. The 1x1 before the larger windows and after the pooling keep them cheap
    conv:    nn.Conv2d or ConvBatchNorm
    largest: the window of "5x5"
    """

    def __init__(self, in_channels, parts, generator, conv=nn.Conv2d, largest=5):
        one, three_reduce, three, five_reduce, five, pool_proj = parts
        sizes = {
            "1x1":        (in_channels, one, 1),
            "3x3_reduce": (in_channels, three_reduce, 1),
            "3x3":        (three_reduce, three, 3),
            "5x5_reduce": (in_channels, five_reduce, 1),
            "5x5":        (five_reduce, five, largest),
            "pool_proj":  (in_channels, pool_proj, 1),
        }  # fmt: skip
        for name, (inputs, outputs, size) in sizes.items():
            setattr(self, name, conv(inputs, outputs, size, padding=size // 2, generator=generator))
        self.pool = nn.MaxPool2d(3, 1, padding=1)
        self.channels = one + three + five + pool_proj

    def forward(self, x):
        def conv(name, x):
            return F.relu(getattr(self, name)(x))

        branches = [
            conv("1x1", x),
            conv("3x3", conv("3x3_reduce", x)),
            conv("5x5", conv("5x5_reduce", x)),
            conv("pool_proj", self.pool(x)),
        ]
        return F.cat(branches, dim=1)

    def widest(self):
        return [getattr(self, "5x5_reduce"), getattr(self, "5x5")]
