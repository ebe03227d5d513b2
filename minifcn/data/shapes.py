"""Coloured shapes on a noisy background: a data set that needs no file, for tests and teaching.

Each picture is drawn from (seed, index) alone, and its labels are exact to the pixel. The colour of a shape hints at
its class but does not determine it, so a network has to use the outline. Read loader.py next.
"""

import numpy as np

from .dataset import IGNORE_INDEX, Dataset
from .module import DataModule
from .transforms import normalize

CLASSES = ("background", "circle", "square", "triangle", "ring", "cross")
PALETTE = np.array([(40, 40, 40), (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (213, 94, 0)], np.uint8)
MEAN, STD = (0.42, 0.43, 0.40), (0.15, 0.15, 0.15)


class Shapes(Dataset):
    """`length` pictures with one to four shapes each: image (3, size, size) float32, label (size, size) int64.

    size         height and width in pixels, at least 16
    num_classes  2 to 6: the background and the first of circle, square, triangle, ring, cross
    noise        standard deviation of the noise on each pixel, where rgb runs from 0 to 1
    border       width in pixels of a border of 255 (ignored) around each shape, as in PASCAL VOC
    transform    called as transform(image, label, rng); see transforms.py
    """

    mean, std = MEAN, STD

    def __init__(self, length, size=64, num_classes=4, seed=0, noise=0.05, border=0, transform=None):
        for name, value, low, high in (("length", length, 1, np.inf), ("size", size, 16, np.inf),
                                       ("num_classes", num_classes, 2, len(CLASSES)),
                                       ("noise", noise, 0, 1), ("border", border, 0, size)):
            if not low <= value <= high:
                limits = f"at least {low}" if high == np.inf else f"{low} to {high}"
                raise ValueError(f"Shapes: {name} is {value} but must be {limits}")
        self.length, self.size, self.seed, self.noise = length, size, seed, noise
        self.border, self.transform = border, transform
        self.classes, self.palette = CLASSES[:num_classes], PALETTE[:num_classes]

    def __len__(self):
        return self.length

    def sample(self, index, rng):
        image, label = self._draw(np.random.default_rng((self.seed, index)))
        image = normalize(image, MEAN, STD)
        return self.transform(image, label, rng) if self.transform else (image, label)

    def _draw(self, rng):
        rgb = waves(rng, self.size)                                      # (3, size, size)
        label = np.zeros((self.size, self.size), np.int64)
        for _ in range(rng.integers(1, 4, endpoint=True)):
            kind = rng.integers(1, len(self.classes))
            inside = outline(self.classes[kind], *self._place(rng), self.size)
            hint, chance = self.palette[kind] / 255, rng.random(3)
            rgb[:, inside] = (0.5 * hint + 0.5 * chance)[:, None]
            label[inside] = kind                                         # later shapes cover earlier ones
        rgb = np.clip(rgb + rng.normal(0, self.noise, rgb.shape), 0, 1)
        return rgb.astype(np.float32), ignore_seams(label, self.border)

    def _place(self, rng):
        """Centre (y, x), radius and rotation of a shape, all of which lies in the picture."""
        radius = self.size * rng.uniform(0.12, 0.28)
        y, x = rng.uniform(radius, self.size - radius, 2)
        return y, x, radius, rng.uniform(0, 2 * np.pi)


class ShapesData(DataModule):
    """Pictures of four classes; training pictures are drawn with seed 0, the others with seed 1."""

    name, mean, std = "shapes", MEAN, STD
    classes, palette = CLASSES[:4], PALETTE[:4]

    def split(self, name):
        return Shapes(self.samples, self.size) if name == "train" else Shapes(64, self.size, seed=1)


def outline(kind, y, x, radius, angle, size):
    """The pixels whose centres are inside a shape: bool (size, size). All shapes fit into the circle of that radius."""
    centre = np.arange(size) + 0.5
    dy, dx = (centre[:, None] - y) / radius, (centre[None, :] - x) / radius
    u = np.cos(angle) * dx + np.sin(angle) * dy                          # rotated, and scaled so that
    v = np.cos(angle) * dy - np.sin(angle) * dx                          # the circle is u^2 + v^2 = 1
    r = np.hypot(u, v)
    match kind:
        case "circle":
            return r <= 1
        case "square":
            return np.maximum(abs(u), abs(v)) <= np.sqrt(0.5)
        case "triangle":                                                 # each side is 1/2 from the centre
            return (v <= 0.5) & (np.sqrt(3) * u - v <= 1) & (-np.sqrt(3) * u - v <= 1)
        case "ring":
            return (r <= 1) & (r >= 0.55)
        case "cross":
            return (np.minimum(abs(u), abs(v)) <= 0.25) & (np.maximum(abs(u), abs(v)) <= 0.95)
    raise ValueError(f"outline: kind is {kind!r} but must be one of {', '.join(CLASSES[1:])}")


def waves(rng, size):
    """A smooth background: in each channel a sum of three plane waves, between 0.15 and 0.65: (3, size, size)."""
    y, x = np.mgrid[:size, :size] / size
    fy, fx = rng.uniform(-4, 4, (2, 3, 3, 1, 1))                         # cycles per picture, for 3 channels x 3 waves
    phase  = rng.random((3, 3, 1, 1))
    return 0.4 + 0.25 * np.sin(2 * np.pi * (fy * y + fx * x + phase)).mean(1)


def ignore_seams(label, width):
    """Mark as ignored all pixels within `width` pixels (in 8 directions) of a pixel of another class."""
    n = len(label)
    around = np.pad(label, width, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(around, (2 * width + 1, 2 * width + 1)).reshape(n, n, -1)
    return np.where(windows.min(-1) == windows.max(-1), label, IGNORE_INDEX)
