"""AlexNet in two versions: with two towers, as in Caffe's CaffeNet, the FCN paper's lightest backbone; and with one.

Krizhevsky, Sutskever and Hinton 2012, section 3.5. The net was split over two GPUs, and conv2, conv4 and conv5 still
are, into two independent groups of channels. Caffe's net, which the FCN authors used, pools before it normalises; the
paper's normalises first. Krizhevsky's later net ("One weird trick for parallelizing convolutional neural networks",
2014) is a single tower without normalisation; torchvision's AlexNet follows it. Read googlenet.py next.
"""

from .. import nn
from .backbone import Backbone, add_head, first_padding_of, init_he


class AlexNet(Backbone):
    """conv1 11x11, stride 4; conv2 5x5; conv3, conv4, conv5 3x3; three 3x3 poolings; fc6 6x6, fc7.

    Its FCN-32s has 56,954,261 parameters, the classifier 60,965,224. A unit of fc6 sees 355 pixels.
    widths:        the channels of the five convolutions, even numbers; may be reduced, as may
    head:          those of fc6 and fc7; None leaves fc6 and fc7 out
    geometry:      'aligned' or 'caffe', see Backbone
    first_padding: conv1's; None means the geometry's, 5 or 100. Only 'caffe' accepts another: 0 is the classifier's
    dropout:       the dropout probability after fc6 and fc7
    in_channels:   the image's
    Weights start from He's initialisation, biases from 0.
    """

    towers, normalise = 2, True

    def __init__(self, geometry="aligned", *, first_padding=None, widths=(96, 256, 384, 384, 256), head=4096,
                 dropout=0.5, in_channels=3, generator=None):
        name = type(self).__name__
        if len(widths) != 5:
            raise ValueError(f"{name}: widths is {widths}, expected 5 numbers, one for each convolution")
        if any(width % self.towers for width in widths):
            raise ValueError(f"{name}: widths is {widths}, expected 5 even numbers, since there are two groups")
        padding = first_padding_of(self, geometry, first_padding, 5)
        self.geometry, self.in_channels, self.skips = geometry, in_channels, {16: "pool2", 8: "pool1"}
        self.stages = ("pool1", "pool2", "pool5")
        self.channels = {"pool1": widths[0], "pool2": widths[1], "pool5": widths[4]}
        self.add_convolutions(widths, padding, int(geometry == "aligned"), generator)
        if head is not None:
            add_head(self, widths[4], head, 6, 3 if geometry == "aligned" else 0, dropout, generator)
        init_he(self, generator)

    def add_convolutions(self, widths, padding, pool_padding, generator):
        """conv1 ... pool5. padding: conv1's; pool_padding: that of all three pooling layers."""

        def conv(i, size, stride=1, padding=0, groups=1):
            inputs = self.in_channels if i == 1 else widths[i - 2]
            return nn.Conv2d(inputs, widths[i - 1], size, stride, padding, groups=groups, generator=generator)

        def pool():
            return nn.MaxPool2d(3, 2, pool_padding, ceil_mode=True)

        def norm():
            return nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75)

        self.conv1, self.relu1 = conv(1, 11, stride=4, padding=padding), nn.ReLU()
        self.pool1 = pool()                                                              # stride 8
        if self.normalise:
            self.norm1 = norm()
        self.conv2, self.relu2 = conv(2, 5, padding=2, groups=self.towers), nn.ReLU()
        self.pool2 = pool()                                                              # stride 16
        if self.normalise:
            self.norm2 = norm()
        self.conv3, self.relu3 = conv(3, 3, padding=1), nn.ReLU()
        self.conv4, self.relu4 = conv(4, 3, padding=1, groups=self.towers), nn.ReLU()
        self.conv5, self.relu5 = conv(5, 3, padding=1, groups=self.towers), nn.ReLU()
        self.pool5 = pool()                                                              # stride 32


class AlexNetOWT(AlexNet):
    """One tower, no normalisation, and torchvision's channels; the same windows, so the same stages, sizes and crops.

    57,003,840 parameters; the classifier, which pads conv1 by 2, has 61,100,840. Its pooling rounds sizes up and
    torchvision's down, which makes no difference for images of 224 x 224 pixels.
    """

    towers, normalise = 1, False

    def __init__(self, geometry="aligned", *, first_padding=None, widths=(64, 192, 384, 256, 256), head=4096,
                 dropout=0.5, in_channels=3, generator=None):
        super().__init__(geometry, first_padding=first_padding, widths=widths, head=head, dropout=dropout,
                         in_channels=in_channels, generator=generator)
