"""Two data sets with a fourth channel, and both are drawn: shapes with a depth map, and land cover with a synthetic relief.

No package has a relief of the Earth on the grid of globe.py, so one is made up, from the labels themselves and from noise.
What a net gains by it shows how the net joins two kinds of input, and says nothing about the Earth. Read own/schema.py next,
for pictures of your own.
"""

import functools

import numpy as np

from .. import functional as F
from ..tensor import Tensor
from . import landcover, shapes
from .globe import CLASSES, load_globe
from .landcover import LandCover, LandCoverData
from .shapes import Shapes, ShapesData
from .transforms import normalize

# Land cover -----------------------------------------------------------------------------------------------------------

HEIGHTS = {"water": 0.0, "forest": 0.5, "shrub": 0.9, "savanna": 0.6, "grass": 1.2, "crop": 0.3, "snow": 2.0, "barren": 0.8}  # km
HILLS = {60: 0.4, 15: 0.2, 5: 0.1}  # {width in pixels: standard deviation in km}
BLUR = 9  # pixels, over which the height of a class passes into the next one's
MEAN, STD = 0.5, 0.5  # km


@functools.cache
def synthetic_relief(seed=0):
    """Made-up heights in km on the grid of the globe: float32 (2700, 5400), read-only.

    The height of each pixel's class, and on land hills of three widths, all blurred. Classes differ in height, but since
    the hills are as high as these differences, no height belongs to one class alone.
    """
    from scipy.ndimage import uniform_filter  # which takes as long to import as all of minifcn

    label, rng = load_globe()[1], np.random.default_rng(seed)
    heights = np.float32([HEIGHTS[name] for name in CLASSES])[label]
    land = np.float32(label != landcover.WATER)
    for width, deviation in HILLS.items():
        coarse = deviation * rng.standard_normal((1, 1, *(n // width for n in label.shape)), np.float32)
        heights += land * F.interpolate(Tensor(coarse), label.shape, mode="bilinear").data[0, 0]
    heights = uniform_filter(heights, BLUR)
    heights.flags.writeable = False
    return heights


class LandCoverRelief(LandCover):
    """LandCover's crops with synthetic_relief() as a fourth channel: image (4, h, w)."""

    mean, std = (*landcover.MEAN, MEAN), (*landcover.STD, STD)

    def crop(self, top, left):
        image, label = super().crop(top, left)
        height = synthetic_relief()[top : top + self.size[0], left : left + self.size[1]]
        return np.concatenate([image, normalize(height[None], (MEAN,), (STD,))]), label


class LandCoverReliefData(LandCoverData):
    """Land cover with a relief that is synthetic; for `--fusion`."""

    name, channels, dataset = "landcover-synthetic-relief", 4, LandCoverRelief
    mean, std = LandCoverRelief.mean, LandCoverRelief.std

    def describe(self):
        return f"{super().describe()}; its fourth channel is a synthetic relief, drawn from the labels"


# Shapes ---------------------------------------------------------------------------------------------------------------


class ShapesDepth(Shapes):
    """Shapes in colours with much noise, and their depth: image (4, size, size), label (size, size).

    The ground is a slope, and every kind of shape lies above it by a height of its own in each picture. The depth has noise
    that grows with its square, and holes, which are 0: a tenth of all pixels, and half of those at edges.
    """

    mean, std = (*shapes.MEAN, 0.0), (*shapes.STD, 1.0)

    def __init__(self, length, size=64, seed=0, noise=0.35):
        super().__init__(length, size, seed=seed, noise=noise)

    def sample(self, index, rng):
        image, label = self._draw(np.random.default_rng((self.seed, index)))
        depth = self.depth(label, np.random.default_rng((self.seed, index, 1)))
        image = np.concatenate([normalize(image, shapes.MEAN, shapes.STD), depth[None]], dtype=np.float32)
        return self.transform(image, label, rng) if self.transform else (image, label)

    def depth(self, label, rng):
        """How near each pixel is, (size, size), about 0 and of deviation 1."""
        y, x = np.mgrid[: self.size, : self.size] / self.size
        ground = 2 + rng.uniform(-0.3, 0.3) * (y - 0.5) + rng.uniform(-0.3, 0.3) * (x - 0.5)
        heights = np.append(0, rng.uniform(0.1, 0.4, len(self.classes) - 1))
        depth = ground - heights[label]
        depth += 0.02 * depth**2 * rng.standard_normal(depth.shape)
        edge = (label != np.roll(label, 1, 0)) | (label != np.roll(label, 1, 1))
        seen = rng.random(depth.shape) > np.where(edge, 0.5, 0.1)
        return np.where(seen, 4 * (2 - depth), 0)


class ShapesDepthData(ShapesData):
    """Noisy shapes of four classes and their drawn depth; for `--fusion`."""

    name, channels = "shapes-depth", 4
    mean, std = ShapesDepth.mean, ShapesDepth.std

    def split(self, name):
        return ShapesDepth(self.samples, self.size) if name == "train" else ShapesDepth(64, self.size, seed=1)
