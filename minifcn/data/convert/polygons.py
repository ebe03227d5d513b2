"""From outlines to pixels: polygons and circles, by one rule.

A pixel belongs to a shape if its centre lies inside; pixel (row r, column c) has its centre at x = c + 1/2,
y = r + 1/2, and x and y are measured from the image's corner. What lies inside is decided by crossings: a ray to the
left crosses the outline an odd number of times. A centre exactly on the outline belongs to the shape on its right or
below, so that polygons which share an edge leave no gap and do not overlap. Pillow's ImageDraw, which labelme uses,
also fills every pixel that the outline touches, which makes each shape half a pixel wider on all sides. Read rle.py
next.
"""

from dataclasses import dataclass

import numpy as np

MOST_CROSSINGS = 10_000_000  # of an outline with rows of pixels: 1,000 times down and up an image of 5,000 rows


@dataclass
class Patch:
    """The pixels of a shape: `inside`, bool (h, w), whose first pixel is (top, left) of the image."""

    top: int
    left: int
    inside: np.ndarray

    def of(self, image):
        """The part of an image (H, W) under the patch, a view."""
        height, width = self.inside.shape
        return image[self.top : self.top + height, self.left : self.left + width]

    def paint(self, label, value):
        """Set the pixels of the shape in a label map (H, W) to a value."""
        self.of(label)[self.inside] = value


def polygon(points, size, where="polygon"):
    """The Patch of a closed polygon. points: float64 (n, 2), x and y in pixels; size: (H, W) of the image.

    What lies outside the image is cut off. ValueError, which begins with `where`, for fewer than three points.
    """
    if len(points) < 3:
        raise ValueError(f"{where}: it has {len(points)} points, expected at least 3; remove it")
    (x, y), (next_x, next_y) = points.T, np.roll(points, -1, axis=0).T
    ends = np.sort(np.stack([y, next_y]), axis=0)
    first, last = np.clip(np.ceil(ends - 0.5), 0, size[0]).astype(np.int64)  # the rows that an edge crosses
    crossed = last - first
    if crossed.sum() > MOST_CROSSINGS:
        raise ValueError(f"{where}: its {len(points)} points zigzag over the image, which no outline does; remove it")
    edge = np.repeat(np.arange(len(points)), crossed)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(crossed) - crossed, crossed) + first[edge]
    along = (row + 0.5 - y[edge]) / (next_y - y)[edge]
    column = np.clip(np.ceil(x[edge] + along * (next_x - x)[edge] - 0.5), 0, size[1]).astype(np.int64)
    if not len(edge):
        return Patch(0, 0, np.zeros((0, 0), bool))
    top, left = row.min(), column.min()
    crossings = np.zeros((row.max() - top + 1, column.max() - left + 1), np.uint8)
    np.bitwise_xor.at(crossings, (row - top, column - left), 1)
    return Patch(top, left, np.bitwise_xor.accumulate(crossings, axis=1)[:, :-1] > 0)


def rectangle(corners, size):
    """The Patch of a rectangle between two opposite corners, float64 (2, 2)."""
    (x, y), (right, bottom) = corners
    return polygon(np.array([(x, y), (right, y), (right, bottom), (x, bottom)]), size)


def circle(centre, rim, size):
    """The Patch of a circle. centre, and rim, any point on it: x and y."""
    (x, y), radius = centre, np.hypot(*(rim - centre))
    top, bottom = np.clip([np.floor(y - radius), np.ceil(y + radius)], 0, size[0]).astype(int)
    left, right = np.clip([np.floor(x - radius), np.ceil(x + radius)], 0, size[1]).astype(int)
    rows, columns = np.ogrid[top:bottom, left:right]
    return Patch(top, left, (rows + 0.5 - y) ** 2 + (columns + 0.5 - x) ** 2 < radius**2)


def leaves(points, size):
    """Whether any of the points (n, 2) lies outside the image of this size, beyond rounding."""
    low, high = points.min(axis=0), points.max(axis=0)
    return bool((low < -0.5).any() or high[0] > size[1] + 0.5 or high[1] > size[0] + 0.5)
