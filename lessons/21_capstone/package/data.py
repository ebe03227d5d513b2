"""Satellite images and their land cover: the only file here that imports minifcn, and only for the data.

Given by the course. Images are (3, H, W) float32 with mean 0 and deviation 1, labels (H, W) with eight classes.
"""

import numpy as np

from .training import random_crop

WATER, MOST = 0, 0.8  # a training crop has a smaller share of water than this


class Satellite:
    """The land-cover data set: bands of the Earth for training, tiles for validation and for the test.

    classes, palette: the names and the colours of the classes
    weights: of the classes in the loss, larger for rare ones
    """

    def __init__(self):
        from minifcn.data import LandCover
        from minifcn.data.balance import class_weights
        from minifcn.data.landcover import LandCoverData, regions, split_frequencies, whole_region

        self.source, self.examples = LandCover, LandCoverData().examples
        self.classes, self.palette = list(LandCover.classes), np.asarray(LandCover.palette)
        self.mean, self.std = np.array(LandCover.mean), np.array(LandCover.std)
        self.weights = class_weights(split_frequencies("train"), "sqrt-median")
        self.regions = [whole_region("train", number) for number in range(len(regions("train")))]

    def batch(self, count, size, rng):
        """`count` crops of size x size, flipped at random: images (count, 3, size, size), labels (count, size, size)."""
        pairs = [self.crop((size, size), rng) for _ in range(count)]
        return np.stack([image for image, _ in pairs]), np.stack([labels for _, labels in pairs])

    def crop(self, size, rng):
        """One crop with enough land, from a place that is uniform over all training bands."""
        widths = np.array([image.shape[2] for image, _ in self.regions])
        while True:
            image, labels = random_crop(*self.regions[rng.choice(len(widths), p=widths / widths.sum())], size, rng)
            if (labels == WATER).mean() < MOST:
                flips = rng.choice([1, -1], 2)
                return image[:, :: flips[0], :: flips[1]], labels[:: flips[0], :: flips[1]]

    def tiles(self, split):
        """All tiles of "val" or "test": images (n, 3, 96, 96), labels (n, 96, 96)."""
        tiles = self.source(split)
        pairs = [tiles.sample(number, None) for number in range(len(tiles))]
        return np.stack([image for image, _ in pairs]), np.stack([labels for _, labels in pairs])

    def pictures(self, images):
        """Images as the eye sees them: (n, H, W, 3) uint8."""
        colours = images.transpose(0, 2, 3, 1) * self.std + self.mean
        return (255 * colours).round().clip(0, 255).astype(np.uint8)
