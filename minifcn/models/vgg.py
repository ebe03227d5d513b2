"""VGG: stages of 3x3 convolutions, each ended by a 2x2 max-pool; then two convolutions where VGG had full connections.

VGG16 is the paper's backbone, SmallVGG one of its kind that trains in minutes. Simonyan and Zisserman 2015, table 1,
column D; the layers' names are the FCN paper's. Read fcn.py next.
"""

from .. import nn
from .backbone import GEOMETRIES, Backbone


class VGG(Backbone):
    """conv1_1 ... pool5, fc6, fc7 with `depths[i]` convolutions of `widths[i]` channels in stage i.

    head, head_kernel: the channels of fc6 and fc7, and the size of fc6's window. fc7's is 1x1
    geometry:          'aligned' or 'caffe', see Backbone
    first_padding:     conv1_1's; None means the geometry's, 1 or 100. Only 'caffe' can take another
    batch_norm:        normalise after every convolution of the stages
    dropout:           the probability with which fc6's and fc7's results are dropped in training
    The weights start by He's rule, the biases at 0.
    """

    def __init__(self, widths, depths, head, head_kernel, geometry, first_padding, batch_norm, dropout, generator):
        check_options(widths, head_kernel, geometry, first_padding)
        self.geometry = geometry
        self.channels = {"pool3": widths[2], "pool4": widths[3], "head": head}
        caffe = geometry == "caffe"
        padding = (100 if caffe else 1) if first_padding is None else first_padding
        channels = 3
        for stage, (width, depth) in enumerate(zip(widths, depths), start=1):
            self.add_stage(stage, channels, width, depth, padding, batch_norm, generator)
            channels, padding = width, 1
        self.fc6 = nn.Conv2d(channels, head, head_kernel, padding=0 if caffe else head_kernel // 2, generator=generator)
        self.relu6 = nn.ReLU()
        self.drop6 = nn.Dropout(dropout, generator=generator)
        self.fc7 = nn.Conv2d(head, head, 1, generator=generator)
        self.relu7 = nn.ReLU()
        self.drop7 = nn.Dropout(dropout, generator=generator)
        start_by_he(self, generator)

    def add_stage(self, stage, channels, width, depth, padding, batch_norm, generator):
        """conv{stage}_1 ... conv{stage}_{depth}, each with its ReLU, and pool{stage}; `padding` is the first one's."""
        for i in range(1, depth + 1):
            conv = nn.Conv2d(channels, width, 3, padding=padding, bias=not batch_norm, generator=generator)
            setattr(self, f"conv{stage}_{i}", conv)
            if batch_norm:
                setattr(self, f"bn{stage}_{i}", nn.BatchNorm2d(width))
            setattr(self, f"relu{stage}_{i}", nn.ReLU())
            channels, padding = width, 1
        setattr(self, f"pool{stage}", nn.MaxPool2d(2, stride=2, ceil_mode=True))  # Caffe rounds sizes up


class VGG16(VGG):
    """The paper's backbone: 13 convolutions, fc6 7x7, fc7; 134,260,544 parameters. `widths` and `head` can be reduced."""

    def __init__(self, geometry="aligned", *, first_padding=None, widths=(64, 128, 256, 512, 512), head=4096,
                 dropout=0.5, generator=None):
        super().__init__(widths, (2, 2, 3, 3, 3), head, 7, geometry, first_padding, False, dropout, generator)


class SmallVGG(VGG):
    """Two convolutions a stage, narrow, with batch norm: trains in minutes on two cores.

    head_kernel: None means 3 in the 'aligned' geometry and the paper's 7 in 'caffe', where less leaves no room for
        pool3's crop at some sizes.
    """

    def __init__(self, geometry="aligned", *, first_padding=None, widths=(16, 32, 64, 64, 64), head=128,
                 head_kernel=None, batch_norm=True, dropout=0.5, generator=None):
        head_kernel = head_kernel or (7 if geometry == "caffe" else 3)
        super().__init__(widths, (2, 2, 2, 2, 2), head, head_kernel, geometry, first_padding, batch_norm, dropout, generator)


def check_options(widths, head_kernel, geometry, first_padding):
    """ValueError, in one sentence, for options that make no VGG."""
    if geometry not in GEOMETRIES:
        raise ValueError(f"VGG: geometry is {geometry!r}, expected one of {', '.join(GEOMETRIES)}")
    if len(widths) != 5:
        raise ValueError(f"VGG: widths has {len(widths)} numbers, expected 5, one for each stage")
    if head_kernel % 2 == 0:
        raise ValueError(f"VGG: head_kernel is {head_kernel}, expected an odd number, so that fc6 has a centre")
    if geometry == "aligned" and first_padding not in (None, 1):
        raise ValueError(
            f"VGG: first_padding is {first_padding}, but the geometry 'aligned' needs 1; leave it out or use 'caffe'"
        )


def start_by_he(backbone, generator):
    """Every convolution's weight by He's rule (nn.init.kaiming_normal_), its bias at 0."""
    for layer in backbone.children():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, generator=generator)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
