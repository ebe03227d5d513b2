"""GoogLeNet: nine inception blocks, each of which looks through windows of 1, 3 and 5 pixels and lets learning choose.

Szegedy et al. 2015, table 1, with the layers' names of Caffe's bvlc_googlenet. The two auxiliary classifiers, which
only helped training along, are left out; so is the pooling before the last classifier when an FCN is built on it. No
batch norm: torchvision's net has it, and is another one. Read squeezenet.py next.
"""

from .. import functional as F
from .. import nn
from .backbone import Backbone, Block, first_padding_of, start_by_he

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

    The classifier has 6,998,552. A unit of inception_5b sees 715 pixels; the paper's 907 are with the 7x7 mean behind.
    geometry:      'aligned' or 'caffe', see Backbone
    first_padding: conv1's; None means the geometry's, 3 or 100. Only 'caffe' can take another: 3 is the classifier's
    width:         all channels are multiplied by it
    The weights start by He's rule, the biases at 0.
    """

    def __init__(self, geometry="aligned", *, first_padding=None, width=1, generator=None):
        padding = first_padding_of(self, geometry, first_padding, 3)
        self.geometry, self.skips = geometry, {16: "inception_4e", 8: "inception_3b"}
        self.stages = ("pool1", "inception_3b", "inception_4e", "inception_5b")
        first, second = max(1, round(64 * width)), max(1, round(192 * width))

        def pool():
            return nn.MaxPool2d(3, 2, padding=int(geometry == "aligned"), ceil_mode=True)

        self.conv1, self.relu1 = nn.Conv2d(3, first, 7, 2, padding, generator=generator), nn.ReLU()
        self.pool1, self.norm1 = pool(), nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75)  # stride 4
        self.conv2_reduce, self.relu2_reduce = nn.Conv2d(first, first, 1, generator=generator), nn.ReLU()
        self.conv2, self.relu2 = nn.Conv2d(first, second, 3, padding=1, generator=generator), nn.ReLU()
        self.norm2 = nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75)
        self.pool2 = pool()                                                              # stride 8
        channels, self.channels = second, {"pool1": first}
        for name, parts in INCEPTIONS.items():
            if name in ("inception_4a", "inception_5a"):
                setattr(self, "pool3" if name == "inception_4a" else "pool4", pool())    # strides 16 and 32
            block = Inception(channels, [max(1, round(part * width)) for part in parts], generator)
            setattr(self, name, block)
            channels = block.channels
            if name in self.stages:
                self.channels[name] = channels
        start_by_he(self, generator)


class Inception(Block):
    """x (N, C, H, W) -> four branches, joined: (N, channels, H, W), in the order of the paper's figure 2b.

    parts: the channels, as in INCEPTIONS. The 1x1 before the larger windows, and behind the pooling, keep them cheap.
    """

    def __init__(self, in_channels, parts, generator):
        one, three_reduce, three, five_reduce, five, pool_proj = parts
        sizes = {
            "1x1":        (in_channels, one, 1),
            "3x3_reduce": (in_channels, three_reduce, 1),
            "3x3":        (three_reduce, three, 3),
            "5x5_reduce": (in_channels, five_reduce, 1),
            "5x5":        (five_reduce, five, 5),
            "pool_proj":  (in_channels, pool_proj, 1),
        }  # fmt: skip
        for name, (inputs, outputs, size) in sizes.items():
            setattr(self, name, nn.Conv2d(inputs, outputs, size, padding=size // 2, generator=generator))
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
