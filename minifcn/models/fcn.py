"""FCN-32s, FCN-16s and FCN-8s: coarse scores, upsampled to the image, with one more skip in each net.

Layers are named as in the paper's nets (Long, Shelhamer and Darrell 2015, section 4.2 and figure 3, and the prototxt
files published with it). crops.py derives the windows and crops from the backbone's layers. Read ../optim/optimizers.py
next.
"""

import copy

from .. import nn
from .backbone import GEOMETRIES
from .crops import build_ladder, crop, fit_image
from .segmentation import SegmentationNet


class FCN(SegmentationNet):
    """The base of the three nets. x (N, C, H, W), of any size -> scores (N, num_classes, H, W), initially 0.

    backbone:    a Backbone. pool3 and pool4 stand for its `skips`, of stride 8 and 16, whatever their names
    num_classes: the number of scores per pixel
    upsampling:  'frozen' keeps the bilinear weights, as in the nets that the authors released; 'learned' only starts
                 from them (the paper learns them too, except in the layer that reaches the image)
    """

    paper, geometries, uses_fc7, upsamplings = "vgg16", GEOMETRIES, True, ("frozen", "learned")
    skips = ()  # for each skip, from coarse to fine: (its score layer, the stride of its stage)

    def __init__(self, backbone, num_classes, upsampling="frozen"):
        if upsampling not in self.upsamplings:
            raise ValueError(f"{self.name()}: upsampling is {upsampling!r}, expected 'frozen' or 'learned'")
        self.backbone, self.num_classes, self.upsampling = backbone, num_classes, upsampling
        self.ladder = build_ladder(backbone, [backbone.skips[stride] for _, stride in self.skips], self.name())
        self.crops = self.ladder.offsets
        self.score_fr = self.score_layer(backbone.last)

    @classmethod
    def assemble(cls, num_classes, backbone, *, geometry, upsampling, generator):
        return cls(backbone, num_classes, upsampling)

    def score_layer(self, stage):
        """A 1x1 convolution from one of the backbone's stages to scores, initially zero."""
        layer = nn.Conv2d(self.backbone.channels[stage], self.num_classes, 1)
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
        return layer

    def upscore_layer(self, rung):
        """The ladder's transposed convolution number `rung`, initially bilinear; it upsamples each class separately."""
        window, n = self.ladder.upscores[rung], self.num_classes
        layer = nn.ConvTranspose2d(n, n, window.kernel_size, window.stride, window.padding, groups=n, bias=False)
        nn.init.bilinear_(layer.weight)
        return layer.requires_grad_(self.upsampling == "learned")

    def features(self, x):
        """The image's maps (pool3, pool4, fc7), or what stands for them in the backbone; None for a missing skip."""
        backbone = self.backbone
        maps = backbone(fit_image(x, self.ladder, backbone.geometry, self.name(), backbone.in_channels))
        pool3, pool4 = (maps.get(backbone.skips.get(stride)) for stride in (8, 16))
        return pool3, pool4, maps[backbone.last]

    def forward(self, x):
        return self.scores(self.features(x), x)

    @classmethod
    def start_from(cls, net, net_class):
        """A new net with copies of the layers that it shares with `net`, a `net_class`, on its device and in its mode."""
        if not isinstance(net, net_class):
            raise TypeError(f"{cls.name()}: found a {type(net).__name__} to start from, expected {net_class.__name__}")
        new = cls(copy.deepcopy(net.backbone), net.num_classes, net.upsampling)
        for name, layer in net.named_children():
            if name != "backbone" and hasattr(new, name):
                setattr(new, name, copy.deepcopy(layer))
        new.zero_grad()
        weight = net.score_fr.weight
        return new.to(weight.device).to(weight.dtype).train(net.training)

    @classmethod
    def name(cls):
        """The class's name in lower case, for errors."""
        return cls.__name__.lower()

    def head_stages(self):
        stages = {name: self.backbone.skips[stride] for name, stride in self.skips}
        return {"score_fr": self.backbone.last, **stages}

    def layers_to_scores(self):
        return self.ladder.deep + self.ladder.upscores


class FCN32s(FCN):
    """The scores of the backbone's last stage, upsampled by 32 in one step."""

    title = "FCN-32s"

    def __init__(self, backbone, num_classes, upsampling="frozen"):
        super().__init__(backbone, num_classes, upsampling)
        self.upscore = self.upscore_layer(0)

    def scores(self, maps, x):
        _, _, fc7 = maps
        return crop(self.upscore(self.score_fr(fc7)), self.crops[0], x)


class FCN16s(FCN):
    """The coarse scores, upsampled by 2, plus scores of pool4; the sum upsampled by 16.

    From a trained FCN-32s it starts with that net's scores, upsampled in two steps; docs/design.md compares the two.
    """

    title = "FCN-16s"
    skips = (("score_pool4", 16),)

    def __init__(self, backbone, num_classes, upsampling="frozen"):
        super().__init__(backbone, num_classes, upsampling)
        self.upscore2 = self.upscore_layer(0)
        self.score_pool4 = self.score_layer(backbone.skips[16])
        self.upscore16 = self.upscore_layer(1)

    @classmethod
    def from_fcn32s(cls, net):
        """A new net with copies of FCN-32s `net`'s weights; what is new starts at zero, or bilinear."""
        return cls.start_from(net, FCN32s)

    def scores(self, maps, x):
        _, pool4, fc7 = maps
        upscore2 = self.upscore2(self.score_fr(fc7))                                        # stride 32 -> 16
        fuse_pool4 = upscore2 + crop(self.score_pool4(pool4), self.crops[0], upscore2)
        return crop(self.upscore16(fuse_pool4), self.crops[1], x)                           # stride 16 -> 1


class FCN8s(FCN):
    """As FCN-16s, with scores of pool3 added at stride 8; the sum upsampled by 8. Start it from a trained FCN-16s."""

    title = "FCN-8s"
    skips = (("score_pool4", 16), ("score_pool3", 8))

    def __init__(self, backbone, num_classes, upsampling="frozen"):
        super().__init__(backbone, num_classes, upsampling)
        self.upscore2 = self.upscore_layer(0)
        self.score_pool4 = self.score_layer(backbone.skips[16])
        self.upscore_pool4 = self.upscore_layer(1)
        self.score_pool3 = self.score_layer(backbone.skips[8])
        self.upscore8 = self.upscore_layer(2)

    @classmethod
    def from_fcn16s(cls, net):
        """A new net with copies of FCN-16s `net`'s weights; what is new starts at zero, or bilinear."""
        return cls.start_from(net, FCN16s)

    def scores(self, maps, x):
        pool3, pool4, fc7 = maps
        upscore2 = self.upscore2(self.score_fr(fc7))                                        # stride 32 -> 16
        fuse_pool4 = upscore2 + crop(self.score_pool4(pool4), self.crops[0], upscore2)
        upscore_pool4 = self.upscore_pool4(fuse_pool4)                                      # stride 16 -> 8
        fuse_pool3 = upscore_pool4 + crop(self.score_pool3(pool3), self.crops[1], upscore_pool4)
        return crop(self.upscore8(fuse_pool3), self.crops[2], x)                            # stride 8 -> 1


class FCN8sAtOnce(FCN8s):
    """FCN-8s trained in one stage: voc-fcn8s-atonce scales pool4 and pool3 down, whose values are much larger."""

    title = "FCN-8s at once"

    @classmethod
    def from_fcn16s(cls, net):
        """Refused: an FCN-16s learned its score_pool4 for features that are not scaled."""
        raise TypeError("fcn8satonce: it does not start from an FCN-16s; use FCN8s.from_fcn16s, or make it anew")

    def features(self, x):
        pool3, pool4, fc7 = super().features(x)
        return pool3 * 0.0001, pool4 * 0.01, fc7
