"""VGG: stages of 3x3 convolutions, each ended by a 2x2 max-pool; then two convolutions for its fully connected layers.

VGG16 is the FCN paper's backbone, SmallVGG a version that trains in minutes. Simonyan and Zisserman 2015, table 1,
columns A, B, D and E; the layer names are the FCN paper's. Read segmentation.py next.
"""

from .. import nn
from .backbone import Backbone, add_head, first_padding_of, init_he


class VGG(Backbone):
    """conv1_1 ... pool5, fc6, fc7 with `depths[i]` convolutions of `widths[i]` channels in stage i.

    head, head_kernel: the channels of fc6 and fc7, and the size of fc6's window; fc7's is 1x1. head None leaves fc6 and
                       fc7 out
    geometry:          'aligned' or 'caffe', see Backbone
    first_padding:     conv1_1's; None means the geometry's, 1 or 100. Only 'caffe' accepts another
    batch_norm:        normalise after every convolution of the stages
    dropout:           the dropout probability after fc6 and fc7
    in_channels:       the image's
    Weights start from He's initialisation, biases from 0.
    """

    bias_before_norm = False  # whether convolutions have biases even where batch norm, which has its own, follows

    def __init__(self, widths, depths, head, head_kernel, geometry, first_padding, batch_norm, dropout, generator,
                 in_channels=3):
        if len(widths) != 5:
            raise ValueError(f"VGG: widths has {len(widths)} numbers, expected 5, one for each stage")
        if head_kernel % 2 == 0:
            raise ValueError(f"VGG: head_kernel is {head_kernel}, expected an odd number, so that fc6 has a centre")
        padding = first_padding_of(self, geometry, first_padding, 1)
        self.geometry, self.in_channels, self.skips = geometry, in_channels, {16: "pool4", 8: "pool3"}
        self.stages = ("pool1", "pool2", "pool3", "pool4", "pool5")
        self.channels = dict(zip(self.stages, widths))
        channels = in_channels
        for stage, (width, depth) in enumerate(zip(widths, depths), start=1):
            self.add_stage(stage, channels, width, depth, padding, batch_norm, generator)
            channels, padding = width, 1
        if head is not None:
            fc6_padding = 0 if geometry == "caffe" else head_kernel // 2
            add_head(self, channels, head, head_kernel, fc6_padding, dropout, generator)
        init_he(self, generator)

    def add_stage(self, stage, channels, width, depth, padding, batch_norm, generator):
        """conv{stage}_1 ... conv{stage}_{depth}, each with its ReLU, and pool{stage}; `padding` is the first one's."""
        for i in range(1, depth + 1):
            bias = self.bias_before_norm or not batch_norm
            conv = nn.Conv2d(channels, width, 3, padding=padding, bias=bias, generator=generator)
            setattr(self, f"conv{stage}_{i}", conv)
            if batch_norm:
                setattr(self, f"bn{stage}_{i}", nn.BNReLU2d(width))
            else:
                setattr(self, f"relu{stage}_{i}", nn.ReLU())
            channels, padding = width, 1
        setattr(self, f"pool{stage}", nn.MaxPool2d(2, stride=2, ceil_mode=True))  # Caffe rounds sizes up


class PublishedVGG(VGG):
    """What the published columns share: everything but the depths. `widths` and `head` may be reduced.

    With batch_norm they are torchvision's vgg11_bn, ..., which keep their biases: VGG16's classifier then has
    138,365,992 parameters.
    """

    depths = ()  # of the five stages
    bias_before_norm = True

    def __init__(self, geometry="aligned", *, first_padding=None, widths=(64, 128, 256, 512, 512), head=4096,
                 batch_norm=False, dropout=0.5, in_channels=3, generator=None):
        super().__init__(widths, self.depths, head, 7, geometry, first_padding, batch_norm, dropout, generator, in_channels)


class VGG11(PublishedVGG):
    """Column A: 8 convolutions, fc6 7x7, fc7; the classifier has 132,863,336 parameters."""

    depths = (1, 1, 2, 2, 2)


class VGG13(PublishedVGG):
    """Column B: 10 convolutions, fc6 7x7, fc7; the classifier has 133,047,848 parameters."""

    depths = (2, 2, 2, 2, 2)


class VGG16(PublishedVGG):
    """Column D, the FCN paper's: 13 convolutions, fc6 7x7, fc7; 134,260,544 parameters, the classifier 138,357,544."""

    depths = (2, 2, 3, 3, 3)


class VGG19(PublishedVGG):
    """Column E: 16 convolutions, fc6 7x7, fc7; the classifier has 143,667,240 parameters."""

    depths = (2, 2, 4, 4, 4)


class SmallVGG(VGG):
    """Two narrow convolutions per stage, with batch norm: trains in minutes on two cores.

    head_kernel: None means 3 in the 'aligned' geometry and the paper's 7 in 'caffe', where less would leave no room for
        pool3's crop at some sizes.
    """

    def __init__(self, geometry="aligned", *, first_padding=None, widths=(16, 32, 64, 64, 64), head=128,
                 head_kernel=None, batch_norm=True, dropout=0.5, in_channels=3, generator=None):
        head_kernel = head_kernel or (7 if geometry == "caffe" else 3)
        sizes = widths, (2, 2, 2, 2, 2), head, head_kernel
        super().__init__(*sizes, geometry, first_padding, batch_norm, dropout, generator, in_channels)
