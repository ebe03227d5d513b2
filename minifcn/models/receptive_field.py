"""Which part of the image does a unit of a feature map see? Pure layer arithmetic: no tensors, no weights.

Each layer is a map of coordinates, x -> scale * x + shift; a path through a net is their composition. crops.py builds
on it: how far two maps must be shifted to align. Read crops.py next.
"""

from dataclasses import dataclass
from fractions import Fraction


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
