"""SqueezeNet 1.1: AlexNet's accuracy with a fiftieth of its parameters, by 1x1 convolutions that squeeze first.

Iandola et al. 2016, section 3.2 and figure 1, in the version 1.1 that the authors published later (3x3 instead of 7x7
at the start, and earlier pooling), with its layer names. It has no fully connected layers, and its coarsest stride is
16, which halves all strides of an FCN: FCN-32s upsamples by 16, and its skips have strides 8 and 4. Read resnet.py
next.
"""

from .. import functional as F
from .. import nn
from .backbone import Backbone, Block, first_padding_of, init_he

# the channels of  squeeze1x1, expand1x1 and expand3x3 each
FIRES = {
    "fire2": (16, 64),
    "fire3": (16, 64),
    "fire4": (32, 128),
    "fire5": (32, 128),
    "fire6": (48, 192),
    "fire7": (48, 192),
    "fire8": (64, 256),
    "fire9": (64, 256),
}


class SqueezeNet(Backbone):
    """conv1 3x3 of stride 2, fire2 ... fire9 with pool1, pool3 and pool5 between; no fully connected layers.

    722,496 parameters; the classifier, which adds conv10, has 1,235,496.
    geometry:      'aligned' or 'caffe', see Backbone
    first_padding: conv1's; None means the geometry's, 1 or 100. Only 'caffe' accepts another: 0 is the classifier's
    width:         a factor for all channels
    in_channels:   the image's
    skips:         at half the strides of the other nets
    Weights start from He's initialisation, biases from 0.
    """

    def __init__(self, geometry="aligned", *, first_padding=None, width=1, in_channels=3, generator=None):
        padding = first_padding_of(self, geometry, first_padding, 1)
        self.geometry, self.in_channels, self.skips = geometry, in_channels, {16: "fire5", 8: "fire3"}
        self.stages = ("relu1", "fire3", "fire5", "fire9")                               # strides 2, 4, 8, 16
        channels = max(1, round(64 * width))
        self.channels = {"relu1": channels}
        self.conv1, self.relu1 = nn.Conv2d(in_channels, channels, 3, 2, padding, generator=generator), nn.ReLU()
        pools = {"fire2": "pool1", "fire4": "pool3", "fire6": "pool5"}                   # before these
        for name, parts in FIRES.items():
            if name in pools:
                setattr(self, pools[name], nn.MaxPool2d(3, 2, padding=int(geometry == "aligned"), ceil_mode=True))
            fire = Fire(channels, *(max(1, round(part * width)) for part in parts), generator)
            setattr(self, name, fire)
            channels = fire.channels
            if name in self.stages:
                self.channels[name] = channels
        init_he(self, generator)


class Fire(Block):
    """1x1 to few channels, then 1x1 and 3x3 in parallel, concatenated: (N, C, H, W) -> (N, 2 * expand, H, W)."""

    def __init__(self, in_channels, squeeze, expand, generator):
        self.squeeze1x1 = nn.Conv2d(in_channels, squeeze, 1, generator=generator)
        self.expand1x1 = nn.Conv2d(squeeze, expand, 1, generator=generator)
        self.expand3x3 = nn.Conv2d(squeeze, expand, 3, padding=1, generator=generator)
        self.channels = 2 * expand

    def forward(self, x):
        x = F.relu(self.squeeze1x1(x))
        return F.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], dim=1)

    def widest(self):
        return [self.squeeze1x1, self.expand3x3]
