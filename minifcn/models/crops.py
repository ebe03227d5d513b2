"""How an FCN aligns its maps: the windows that upsample onto a skip's units, the crops, the padding of the image.

It answers what the paper's nets leave open: where do the crops 5, 9, 19, 27 and 31 come from, and why is conv1 padded
by 100? It is all layer arithmetic (receptive_field.py); only the first two functions touch a tensor. Read alexnet.py
next.
"""

from dataclasses import dataclass
from functools import cached_property

from .. import functional as F
from .receptive_field import Layer, length_after, map_of, receptive_field

SCORE = Layer("conv", 1, 1, 0)  # a score layer: a 1x1 convolution


def fit_image(x, ladder, geometry, name, channels=3):
    """The image x (N, channels, H, W), in the geometry 'aligned' padded with zeros below and right, as `ladder` requires.

    ValueError, naming the net, for another shape, and in 'caffe' for a side that the first padding is too small for.
    """
    if x.ndim != 4 or x.shape[1] != channels or min(x.shape[2:]) < 1:
        raise ValueError(f"{name}: input has shape {x.shape}, expected (N, {channels}, H, W) with H and W at least 1")
    height, width = x.shape[2:]
    if geometry == "aligned":
        return F.pad(x, (0, ladder.padding(width), 0, ladder.padding(height)))
    for side in (height, width):
        ladder.check(side, name)
    return x


def crop(x, offset, like):
    """The part of `x` (N, C, H, W) that starts `offset` rows and columns in and has the height and width of `like`."""
    height, width = like.shape[2:]
    if x.shape[2:] == (height, width):
        return x
    return x[:, :, offset : offset + height, offset : offset + width]


def crop_offset(source, reference):
    """How many rows to crop from the top of map `source` to align its first row with that of `reference`.

    source, reference: the Map from the image to each. Unit r of the reference is at reference^-1(r) in the image, which
    is unit  source(reference^-1(r)) = r + offset  of the source, if both have the same stride.
    Raises ValueError if the strides differ or if the offset is not an integer of at least 0.
    """
    between = reference.inverse().then(source)
    if between.scale != 1:
        raise ValueError(f"crop: the maps have strides in a ratio of {between.scale}, expected 1; check the upsampling")
    if between.shift.denominator != 1:
        raise ValueError(
            f"crop: the maps are {between.shift} units apart, expected a whole number; use an odd kernel in fc6 and"
            " upsampling kernels of twice their stride"
        )
    if between.shift < 0:
        raise ValueError(
            f"crop: the offset is {between.shift}, expected at least 0; give the layers of the map that is cut"
            f" {-between.shift} units more padding (as first_padding, if it is cut to the image)"
        )
    return int(between.shift)


@dataclass(frozen=True)
class Ladder:
    """The arithmetic of an FCN's decoder: climb from the coarse scores to the image, with one skip per rung.

    deep:      the layers from the image to the coarse scores
    skips:     for each skip, the layers from the image to its scores, coarsest first
    upscores:  the transposed convolutions: one before each skip and one more to reach the image
    """

    deep: tuple
    skips: tuple
    upscores: tuple

    def rungs(self):
        """For each crop, the pair (layers to the map that is cropped, layers to its reference)."""
        path = self.deep
        for upscore, skip in zip(self.upscores, self.skips):
            path = path + (upscore,)
            yield skip, path
        yield path + self.upscores[-1:], ()

    @cached_property
    def field(self):
        """The ReceptiveField of a coarse score."""
        return receptive_field(self.deep)

    @cached_property
    def offsets(self):
        """The crop offsets: one per skip, and a last one from the upsampled scores to the image.

        They do not depend on the image. FCN-32s: [19], FCN-16s: [5, 27], FCN-8s: [5, 9, 31].
        """
        return [crop_offset(map_of(source), map_of(reference)) for source, reference in self.rungs()]

    def slack(self, n):
        """For an image of `n` pixels, the rows that each crop leaves over at the far end; negative if too few.

        A reference without rows counts as -1.
        """
        spare = []
        for offset, (source, reference) in zip(self.offsets, self.rungs()):
            wanted = length_after(reference, n)
            spare.append(length_after(source, n) - offset - wanted if wanted else -1)
        return spare

    def check(self, n, name):
        """Raise ValueError if a crop fails for an image of `n` pixels; `name` is the net's."""
        if min(self.slack(n)) < 0:
            raise ValueError(
                f"{name}: an image side of {n} pixels is too small: first_padding={self.deep[0].padding} gives the crops"
                f" {self.offsets}, which leave {self.slack(n)} rows over, expected 0 or more; use a larger"
                " first_padding (16 (k - 1) + 1 for a k x k fc6 serves every size) or a larger image"
            )

    def padding(self, n):
        """How many rows to add to `n`, so that the last unit is as far from the far end as the first from the near end.

        That is, to 2c + 1 + a multiple of the stride, where c is the first unit's centre; over VGG to multiples of 32.
        """
        field = self.field
        shortest = int(2 * field.centre) + 1
        return max(shortest - n, (shortest - n) % field.stride)


def upscore_window(path, target, geometry):
    """The Layer of the transposed convolution from the end of `path` to the units at the end of `target`.

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
    return Layer("deconv", size, stride, 0 if cropped else max(0, int(first)))


def build_ladder(backbone, stages, name):
    """The Ladder of a net called `name` over `backbone`, with skips from `stages`, from coarse to fine.

    ValueError if even some large images would not fit: in the geometry 'caffe', GoogLeNet and SqueezeNet lack the
    margin that an unpadded fc6 leaves the skips.
    """
    deep = (*backbone.layers_to(backbone.last), SCORE)
    skips = tuple((*backbone.layers_to(stage), SCORE) for stage in stages)
    upscores = ()
    for target in (*skips, ()):
        upscores += (upscore_window(deep + upscores, target, backbone.geometry),)
    ladder = Ladder(deep, skips, upscores)
    if backbone.geometry == "caffe" and any(min(ladder.slack(n)) < 0 for n in range(1000, 1032)):
        raise ValueError(
            f"{name}: over this {type(backbone).__name__}, the geometry 'caffe' leaves a skip too small"
            " for some images, expected room on each side; use 'aligned'"
        )
    return ladder
