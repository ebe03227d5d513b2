"""FCN-32s, FCN-16s and FCN-8s: coarse scores, upsampled to the image, with one skip more in each net than in the one before.

Every layer has the name that it has in the paper's nets (Long, Shelhamer and Darrell 2015, section 4.2, and the prototxt
files that came with it). The crops are derived in receptive_field.py. Read ../train.py next, which trains these.
"""

import copy

from .. import functional as F
from .. import nn
from .backbone import layers_of
from .receptive_field import Ladder


class FCN(nn.Module):
    """What the nets share: the backbone, the coarse scores, and the sizes. x (N, 3, H, W) -> scores (N, classes, H, W).

    backbone:    a Backbone; its `geometry` decides how the net's maps are made to lie on each other
    num_classes: the number of scores for each pixel
    upsampling:  'frozen', the bilinear weights stay, as in the nets that the authors released; or 'learned', they are
                 only where training starts (the paper learns them too, but for the layer that reaches the image)
    Any H and W from 1 are taken. 'aligned' puts zeros below and right until both are multiples of 32, and cuts them off
    the scores again; 'caffe' cuts every map by the derived crops, and raises ValueError if the padding was too small.
    All scores are 0 at the start. Within half a stride of the image's border a transposed convolution fades them towards
    0, since it finds nothing beyond; all classes fade alike.
    """

    def __init__(self, backbone, num_classes, upsampling="frozen"):
        if upsampling not in ("frozen", "learned"):
            raise ValueError(f"{self.name()}: upsampling is {upsampling!r}, expected 'frozen' or 'learned'")
        self.num_classes, self.upsampling = num_classes, upsampling
        self.backbone = backbone
        self.score_fr = self.score_layer("head")

    def name(self):
        """The class's name in lower case, for errors."""
        return type(self).__name__.lower()

    def score_layer(self, result):
        """A 1x1 convolution from one of the backbone's results to scores; it starts at zero."""
        layer = nn.Conv2d(self.backbone.channels[result], self.num_classes, 1)
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
        return layer

    def upscore_layer(self, factor):
        """A transposed convolution that upsamples every class by itself; it starts bilinear. Kernel 2s, stride s."""
        classes, padding = self.num_classes, factor // 2 if self.backbone.geometry == "aligned" else 0
        layer = nn.ConvTranspose2d(classes, classes, 2 * factor, factor, padding, groups=classes, bias=False)
        nn.init.bilinear_(layer.weight)
        return layer.requires_grad_(self.upsampling == "learned")

    def derive_crops(self, skips, upscores):
        """Sets `ladder` and its `crops`. skips: {result: score layer}, the coarsest first; upscores: from coarse to fine."""
        self.ladder = Ladder(
            deep=self.backbone.layers_to("head") + layers_of([self.score_fr]),
            skips=tuple(self.backbone.layers_to(result) + layers_of([layer]) for result, layer in skips.items()),
            upscores=layers_of(upscores),
        )
        self.crops = self.ladder.offsets

    def results(self, x):
        """pool3, pool4 and the head's result for the image, which is checked, and padded where the geometry asks for it."""
        if x.ndim != 4 or x.shape[1] != 3 or min(x.shape[2:]) < 1:
            raise ValueError(f"{self.name()}: input has shape {x.shape}, expected (N, 3, H, W) with H and W at least 1")
        height, width = x.shape[2:]
        if self.backbone.geometry == "aligned":
            return self.backbone(F.pad(x, (0, -width % 32, 0, -height % 32)))
        for side in (height, width):
            self.ladder.check(side, self.name())
        return self.backbone(x)


class FCN32s(FCN):
    """The scores of the backbone's last layer, upsampled by 32 at once."""

    def __init__(self, backbone, num_classes, upsampling="frozen"):
        super().__init__(backbone, num_classes, upsampling)
        self.upscore = self.upscore_layer(32)
        self.derive_crops({}, [self.upscore])

    def forward(self, x):
        _, _, head = self.results(x)
        score_fr = self.score_fr(head)                            # (N, classes, H / 32, W / 32), about
        return crop(self.upscore(score_fr), self.crops[0], x)     # (N, classes, H, W)


class FCN16s(FCN):
    """The coarse scores, upsampled by 2, plus scores of pool4; the sum upsampled by 16.

    Make it from a trained FCN-32s with `from_fcn32s`. With its skip at zero it starts from that net's scores: fuse_pool4
    is upscore2 to the bit. The image's scores are not FCN-32s's to the bit, and cannot be: bilinear by 2, then by 16, is
    not bilinear by 32. Both are piecewise linear along an axis, but the first has its knots at the centres of 16-pixel
    cells, so within 8 pixels of a coarse unit's centre it cuts the corner that the second has there. Elsewhere the two
    agree (but for rounding): in a quarter of the pixels.
    """

    def __init__(self, backbone, num_classes, upsampling="frozen"):
        super().__init__(backbone, num_classes, upsampling)
        self.upscore2 = self.upscore_layer(2)
        self.score_pool4 = self.score_layer("pool4")
        self.upscore16 = self.upscore_layer(16)
        self.derive_crops({"pool4": self.score_pool4}, [self.upscore2, self.upscore16])

    @classmethod
    def from_fcn32s(cls, net):
        """A new net with copies of FCN-32s `net`'s weights; what is new starts at zero, or bilinear."""
        return grown(cls, net, FCN32s, ["score_fr"])

    def forward(self, x):
        _, pool4, head = self.results(x)
        upscore2 = self.upscore2(self.score_fr(head))                                        # stride 16
        fuse_pool4 = upscore2 + crop(self.score_pool4(pool4), self.crops[0], upscore2)
        return crop(self.upscore16(fuse_pool4), self.crops[1], x)                            # (N, classes, H, W)


class FCN8s(FCN):
    """As FCN-16s, with scores of pool3 added at stride 8; the sum upsampled by 8. Make it with `from_fcn16s`."""

    def __init__(self, backbone, num_classes, upsampling="frozen"):
        super().__init__(backbone, num_classes, upsampling)
        self.upscore2 = self.upscore_layer(2)
        self.score_pool4 = self.score_layer("pool4")
        self.upscore_pool4 = self.upscore_layer(2)
        self.score_pool3 = self.score_layer("pool3")
        self.upscore8 = self.upscore_layer(8)
        self.derive_crops(
            {"pool4": self.score_pool4, "pool3": self.score_pool3}, [self.upscore2, self.upscore_pool4, self.upscore8]
        )

    @classmethod
    def from_fcn16s(cls, net):
        """A new net with copies of FCN-16s `net`'s weights; what is new starts at zero, or bilinear."""
        return grown(cls, net, FCN16s, ["score_fr", "upscore2", "score_pool4"])

    def forward(self, x):
        pool3, pool4, head = self.results(x)
        upscore2 = self.upscore2(self.score_fr(head))                                        # stride 16
        fuse_pool4 = upscore2 + crop(self.score_pool4(pool4), self.crops[0], upscore2)
        upscore_pool4 = self.upscore_pool4(fuse_pool4)                                       # stride 8
        fuse_pool3 = upscore_pool4 + crop(self.score_pool3(pool3), self.crops[1], upscore_pool4)
        return crop(self.upscore8(fuse_pool3), self.crops[2], x)                             # (N, classes, H, W)


class FCN8sAtOnce(FCN8s):
    """FCN-8s trained in one go: pool4 and pool3 are scaled down by fixed factors, for their values are so much larger.

    The layers scale_pool4 and scale_pool3 of voc-fcn8s-atonce.
    """

    @classmethod
    def from_fcn16s(cls, net):
        """Refused: an FCN-16s learned its score_pool4 for features that are not scaled."""
        raise TypeError("fcn8satonce: it does not start from an FCN-16s; use FCN8s.from_fcn16s, or make it anew")

    def results(self, x):
        pool3, pool4, head = super().results(x)
        return pool3 * 0.0001, pool4 * 0.01, head


def crop(x, offset, like):
    """The part of `x` (N, C, H, W) that starts `offset` rows and columns in and has the height and width of `like`."""
    height, width = like.shape[2:]
    if x.shape[2:] == (height, width):
        return x
    return x[:, :, offset : offset + height, offset : offset + width]


def grown(cls, net, source, names):
    """A `cls` on a copy of the backbone of `net`, a `source`, with copies of its layers `names`, on its device."""
    if not isinstance(net, source):
        raise TypeError(f"{cls.__name__.lower()}: found a {type(net).__name__} to start from, expected {source.__name__}")
    new = cls(copy.deepcopy(net.backbone), net.num_classes, net.upsampling)
    for name in names:
        setattr(new, name, copy.deepcopy(getattr(net, name)))
    new.zero_grad()
    weight = net.score_fr.weight
    return new.to(weight.device).to(weight.dtype).train(net.training)
