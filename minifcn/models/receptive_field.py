"""Which part of the image does a unit of a feature map see? Pure layer arithmetic: no tensors, no weights.

It answers the questions that every FCN raises: how large is each map, how far must one map be shifted to align with
another (the crops 5, 9, 19, 27, 31 of the paper's nets), and why is conv1 padded by 100? Read vgg.py next.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property


@dataclass(frozen=True)
class Map:
    """x -> scale * x + shift: maps a coordinate in the image to the coordinate of the same point in a feature map.

    Coordinates count pixels or units, whose centres are at the integers. They are fractions, so nothing is rounded.
    """

    scale: Fraction
    shift: Fraction

    def __call__(self, x):
        return self.scale * x + self.shift

    def then(self, other):
        """First this map, then the other:  a2 (a1 x + b1) + b2."""
        return Map(other.scale * self.scale, other.scale * self.shift + other.shift)

    def inverse(self):
        """From the feature map back to the image:  (y - b) / a."""
        return Map(1 / self.scale, -self.shift / self.scale)


IDENTITY = Map(Fraction(1), Fraction(0))


@dataclass(frozen=True)
class Layer:
    """What a layer does to coordinates and sizes. `kind` is 'conv' (sizes rounded down), 'pool' (up) or 'deconv'."""

    kind: str
    kernel_size: int
    stride: int
    padding: int

    @property
    def map(self):
        """Window i of a convolution starts at s i - p, so its centre is the input's x = s i - p + (k-1)/2; solve for i.

        A transposed convolution is the inverse map: the same equation, unsolved.
        """
        middle = Fraction(self.kernel_size - 1, 2)
        if self.kind == "deconv":
            return Map(Fraction(self.stride), middle - self.padding)
        return Map(Fraction(1, self.stride), (self.padding - middle) / self.stride)

    def length(self, n):
        """The output size for an input of `n` units; 0 if the kernel does not fit."""
        k, s, p = self.kernel_size, self.stride, self.padding
        if n < 1:
            return 0
        if self.kind == "deconv":
            return max(0, s * (n - 1) + k - 2 * p)
        if self.kind == "pool":
            return max(0, -((k - n - 2 * p) // s) + 1)  # Caffe rounds up: ceil((n + 2p - k) / s) + 1
        return max(0, (n + 2 * p - k) // s + 1)


def map_of(layers):
    """The Map through all `layers`, in order."""
    total = IDENTITY
    for layer in layers:
        total = total.then(layer.map)
    return total


def length_after(layers, n):
    """The size of `n` pixels after all `layers`; 0 if one of them does not fit."""
    for layer in layers:
        n = layer.length(n)
    return n


@dataclass(frozen=True)
class ReceptiveField:
    """The pixels that one unit sees: unit i sees `size` pixels around pixel  stride * i + centre."""

    size: int
    stride: int
    centre: Fraction


def receptive_field(layers):
    """The ReceptiveField after convolution and pooling layers: each adds k - 1 times the stride so far to its size."""
    size, stride = 1, 1
    for layer in layers:
        size += (layer.kernel_size - 1) * stride
        stride *= layer.stride
    return ReceptiveField(size, stride, map_of(layers).inverse().shift)


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
