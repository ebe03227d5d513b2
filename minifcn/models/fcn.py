"""FCN-32s, FCN-16s and FCN-8s: coarse scores, upsampled to the image, with one more skip in each net.

Layers are named as in the paper's nets (Long, Shelhamer and Darrell 2015, section 4.2, and the prototxt files
published with it). The crops are derived in receptive_field.py. Read ../train.py next.
"""

import copy

from .. import functional as F
from .. import nn
from .backbone import GEOMETRIES, layers_of
from .receptive_field import Ladder, Layer, map_of, receptive_field
from .segmentation import SegmentationNet


class FCN(SegmentationNet):
    """The base of the three nets: backbone, coarse scores, sizes. x (N, 3, H, W) -> scores (N, classes, H, W).

    backbone:    a Backbone; its `geometry` decides how the net's maps are aligned
    num_classes: the number of scores per pixel
    upsampling:  'frozen' keeps the bilinear weights, as in the nets that the authors released; 'learned' only starts
                 from them (the paper learns them too, except in the layer that reaches the image)
    pool4 and pool3 stand for the backbone's stages of stride 16 and 8, its `skips`, whatever their names: layer3 and
    layer2 in ResNet. SqueezeNet ends at stride 16, which halves all strides: FCN-32s upsamples by 16, and the skips
    have strides 8 and 4.
    Any H and W are accepted. 'aligned' pads with zeros below and right until the last unit is as far from the far end
    as the first from the near end (over VGG, to multiples of 32), and crops the scores; 'caffe' crops every map by the
    derived offsets, and raises ValueError if the padding was too small.
    All scores are initially 0. Beyond the outermost units' centres (in VGG, half a stride from the image's border), a
    transposed convolution fades the scores towards 0 for lack of input; all classes fade alike.
    """

    paper, geometries, uses_fc7, upsamplings = "vgg16", GEOMETRIES, True, ("frozen", "learned")

    def __init__(self, backbone, num_classes, upsampling="frozen"):
        if upsampling not in self.upsamplings:
            raise ValueError(f"{self.name()}: upsampling is {upsampling!r}, expected 'frozen' or 'learned'")
        self.num_classes, self.upsampling = num_classes, upsampling
        self.backbone = backbone
        self.score_fr = self.score_layer(backbone.last)
        self.path = backbone.layers_to(backbone.last) + layers_of([self.score_fr])  # from the image to the scores

    @classmethod
    def assemble(cls, num_classes, backbone, *, geometry, upsampling, generator):
        return cls(backbone, num_classes, upsampling)

    def head_stages(self):
        skips = self.backbone.skips
        stages = {"score_fr": self.backbone.last, "score_pool4": skips.get(16), "score_pool3": skips.get(8)}
        return {name: stage for name, stage in stages.items() if hasattr(self, name)}

    def layers_to_scores(self):
        return self.path

    def name(self):
        """The class's name in lower case, for errors."""
        return type(self).__name__.lower()

    def score_layer(self, stage):
        """A 1x1 convolution from one of the backbone's stages to scores, initially zero."""
        layer = nn.Conv2d(self.backbone.channels[stage], self.num_classes, 1)
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
        return layer

    def upscore_layer(self, stage=None):
        """A transposed convolution from the scores so far to the stage's stride, or to the image; initially bilinear.

        It upsamples each class separately.
        """
        target = self.backbone.layers_to(stage) if stage else ()
        window, classes = upscore_window(self.path, target, self.backbone.geometry), self.num_classes
        layer = nn.ConvTranspose2d(classes, classes, *window, groups=classes, bias=False)
        nn.init.bilinear_(layer.weight)
        self.path += layers_of([layer])
        return layer.requires_grad_(self.upsampling == "learned")

    def derive_crops(self, skips, upscores):
        """Set `ladder` and its `crops`. skips: {stage: score layer}; upscores: a list; both from coarse to fine.

        ValueError if even some large images would not fit: in the geometry 'caffe', GoogLeNet and SqueezeNet lack the
        margin that an unpadded fc6 leaves the skips.
        """
        self.ladder = Ladder(
            deep=self.backbone.layers_to(self.backbone.last) + layers_of([self.score_fr]),
            skips=tuple(self.backbone.layers_to(stage) + layers_of([layer]) for stage, layer in skips.items()),
            upscores=layers_of(upscores),
        )
        self.crops = self.ladder.offsets
        sizes = range(1000, 1000 + 32)
        if self.backbone.geometry == "caffe" and any(min(self.ladder.slack(n)) < 0 for n in sizes):
            raise ValueError(
                f"{self.name()}: over this {type(self.backbone).__name__}, the geometry 'caffe' leaves a skip too small"
                " for some images, expected room on each side; use 'aligned'"
            )

    def results(self, x):
        """{stage: map} of the image, which is checked, and padded if the geometry requires it."""
        if x.ndim != 4 or x.shape[1] != 3 or min(x.shape[2:]) < 1:
            raise ValueError(f"{self.name()}: input has shape {x.shape}, expected (N, 3, H, W) with H and W at least 1")
        height, width = x.shape[2:]
        if self.backbone.geometry == "aligned":
            return self.backbone(F.pad(x, (0, self.missing(width), 0, self.missing(height))))
        for side in (height, width):
            self.ladder.check(side, self.name())
        return self.backbone(x)

    def missing(self, n):
        """How many pixels to add to `n` to make it 2c + 1 + a multiple of the stride, c the first unit's centre."""
        field = receptive_field(self.ladder.deep)
        shortest = int(2 * field.centre) + 1
        return max(shortest - n, (shortest - n) % field.stride)


class FCN32s(FCN):
    """The scores of the backbone's last stage, upsampled by 32 in one step."""

    def __init__(self, backbone, num_classes, upsampling="frozen"):
        super().__init__(backbone, num_classes, upsampling)
        self.upscore = self.upscore_layer()
        self.derive_crops({}, [self.upscore])

    def forward(self, x):
        results = self.results(x)
        score_fr = self.score_fr(results[self.backbone.last])     # (N, classes, H / 32, W / 32), about
        return crop(self.upscore(score_fr), self.crops[0], x)     # (N, classes, H, W)


class FCN16s(FCN):
    """The coarse scores, upsampled by 2, plus scores of pool4; the sum upsampled by 16.

    Make it from a trained FCN-32s with `from_fcn32s`. As its skip is initially zero, it starts from that net's scores:
    fuse_pool4 equals upscore2 bit for bit. Over VGG the final scores cannot equal FCN-32s's: bilinear upsampling by 2
    and then by 16 is not bilinear upsampling by 32. Both are piecewise linear along an axis, but the first has its
    knots at the centres of 16-pixel cells, so within 8 pixels of a coarse unit's centre it cuts the corner that the
    second has there. Elsewhere, in a quarter of the pixels, the two agree up to rounding. Over the other backbones,
    whose windows are odd, the coarse units' centres are among the fine ones', and the two agree everywhere up to
    rounding.
    """

    def __init__(self, backbone, num_classes, upsampling="frozen"):
        super().__init__(backbone, num_classes, upsampling)
        pool4 = backbone.skips[16]
        self.upscore2 = self.upscore_layer(pool4)
        self.score_pool4 = self.score_layer(pool4)
        self.upscore16 = self.upscore_layer()
        self.derive_crops({pool4: self.score_pool4}, [self.upscore2, self.upscore16])

    @classmethod
    def from_fcn32s(cls, net):
        """A new net with copies of FCN-32s `net`'s weights; what is new starts at zero, or bilinear."""
        return grown(cls, net, FCN32s, ["score_fr"])

    def forward(self, x):
        results, skips = self.results(x), self.backbone.skips
        upscore2 = self.upscore2(self.score_fr(results[self.backbone.last]))                 # stride 16
        fuse_pool4 = upscore2 + crop(self.score_pool4(results[skips[16]]), self.crops[0], upscore2)
        return crop(self.upscore16(fuse_pool4), self.crops[1], x)                            # (N, classes, H, W)


class FCN8s(FCN):
    """Like FCN-16s, with scores of pool3 added at stride 8; the sum upsampled by 8. Make it with `from_fcn16s`.

    As its new skip is initially zero, its scores are to FCN-16s's what those are to FCN-32s's.
    """

    def __init__(self, backbone, num_classes, upsampling="frozen"):
        super().__init__(backbone, num_classes, upsampling)
        pool4, pool3 = backbone.skips[16], backbone.skips[8]
        self.upscore2 = self.upscore_layer(pool4)
        self.score_pool4 = self.score_layer(pool4)
        self.upscore_pool4 = self.upscore_layer(pool3)
        self.score_pool3 = self.score_layer(pool3)
        self.upscore8 = self.upscore_layer()
        self.derive_crops(
            {pool4: self.score_pool4, pool3: self.score_pool3}, [self.upscore2, self.upscore_pool4, self.upscore8]
        )

    @classmethod
    def from_fcn16s(cls, net):
        """A new net with copies of FCN-16s `net`'s weights; what is new starts at zero, or bilinear."""
        return grown(cls, net, FCN16s, ["score_fr", "upscore2", "score_pool4"])

    def forward(self, x):
        results, skips = self.results(x), self.backbone.skips
        upscore2 = self.upscore2(self.score_fr(results[self.backbone.last]))                 # stride 16
        fuse_pool4 = upscore2 + crop(self.score_pool4(results[skips[16]]), self.crops[0], upscore2)
        upscore_pool4 = self.upscore_pool4(fuse_pool4)                                       # stride 8
        fuse_pool3 = upscore_pool4 + crop(self.score_pool3(results[skips[8]]), self.crops[1], upscore_pool4)
        return crop(self.upscore8(fuse_pool3), self.crops[2], x)                             # (N, classes, H, W)


class FCN8sAtOnce(FCN8s):
    """FCN-8s trained in one stage: pool4 and pool3, whose values are much larger, are scaled down by fixed factors.

    These are the layers scale_pool4 and scale_pool3 of voc-fcn8s-atonce.
    """

    @classmethod
    def from_fcn16s(cls, net):
        """Refused: an FCN-16s learned its score_pool4 for features that are not scaled."""
        raise TypeError("fcn8satonce: it does not start from an FCN-16s; use FCN8s.from_fcn16s, or make it anew")

    def results(self, x):
        results, (pool4, pool3) = super().results(x), (self.backbone.skips[16], self.backbone.skips[8])
        return results | {pool4: results[pool4] * 0.01, pool3: results[pool3] * 0.0001}


def upscore_window(path, target, geometry):
    """(kernel size, stride, padding) of the transposed convolution from the end of `path` to that of `target`.

    path, target: the layers from the image to the scores, and to the map that they are to match; () is the image
    The kernel is twice the stride, or one less where only that aligns the units: over windows of odd size (AlexNet:
    63). The padding aligns the first unit with the target's first. In 'caffe' the image's scores are cropped instead,
    and so is a skip that begins before them.
    """
    stride = int(map_of(target).scale / map_of(path).scale)
    for size in (2 * stride, 2 * stride - 1):
        upscored = map_of((*path, Layer("deconv", size, stride, 0)))
        first = map_of(target).inverse().then(upscored).shift     # the unit at the target's first
        if first.denominator == 1:
            break
    cropped = geometry == "caffe" and not target
    return size, stride, 0 if cropped else max(0, int(first))


def crop(x, offset, like):
    """The part of `x` (N, C, H, W) that starts `offset` rows and columns in and has the height and width of `like`."""
    height, width = like.shape[2:]
    if x.shape[2:] == (height, width):
        return x
    return x[:, :, offset : offset + height, offset : offset + width]


def grown(cls, net, source, names):
    """A `cls` on a copy of the backbone of `net`, a `source`, with copies of its layers `names`, on its device."""
    if not isinstance(net, source):
        name, found = cls.__name__.lower(), type(net).__name__
        raise TypeError(f"{name}: found a {found} to start from, expected {source.__name__}")
    new = cls(copy.deepcopy(net.backbone), net.num_classes, net.upsampling)
    for name in names:
        setattr(new, name, copy.deepcopy(getattr(net, name)))
    new.zero_grad()
    weight = net.score_fr.weight
    return new.to(weight.device).to(weight.dtype).train(net.training)
