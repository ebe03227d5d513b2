"""Dataset: a length, and samples that depend only on their index and a random generator.

A sample is a pair of arrays: an image, float32 (3, H, W), and its label map, int64 (H, W), where 255 marks ignored
pixels. Read shapes.py next.
"""

import numpy as np

IGNORE_INDEX = 255


class Dataset:
    """The base of every data set: a subclass defines `__len__` and `sample`, and names its classes and colours.

    classes    the names of the classes, a tuple of str
    palette    their colours, uint8 (len(classes), 3)
    mean, std  three numbers each: the images have been normalised to (rgb / 255 - mean) / std
    """

    classes = ()
    palette = np.zeros((0, 3), np.uint8)
    mean    = (0.0, 0.0, 0.0)
    std     = (1.0, 1.0, 1.0)

    def __len__(self):
        raise NotImplementedError(f"{type(self).__name__} does not define __len__")

    def sample(self, index, rng):
        """Sample `index` -> (image (3, H, W) float32, label (H, W) int64); all randomness comes from `rng`.

        A sample thus depends on the seed, the epoch and its index, never on which worker made it or when.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define sample(index, rng)")

    def name(self, index):
        """What sample `index` is called, such as its file; its number, as here, if it has no name."""
        return f"image {index}"

    def whole(self):
        """The same images, also those that it cuts into several samples because they are large; here, itself."""
        return self

    def __getitem__(self, index):
        """Sample `index` with seed 0 in epoch 0; a negative index counts from the end."""
        position = index + len(self) if index < 0 else index
        if not 0 <= position < len(self):
            raise IndexError(f"{type(self).__name__}: index {index} is out of range for {len(self)} samples")
        return self.sample(position, sample_rng(seed=0, epoch=0, index=position))


def sample_rng(seed, epoch, index):
    """The random generator of one sample in one epoch (index + 1, as 0 is reserved for the order of the epoch)."""
    return np.random.default_rng((seed, epoch, index + 1))


def order_rng(seed, epoch):
    """The random generator that shuffles one epoch."""
    return np.random.default_rng((seed, epoch, 0))
