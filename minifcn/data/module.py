"""What training, comparison and prediction ask of a data set: its classes and colours, its splits, its class weights.

A data set plugs in here: one file with a subclass of DataModule, and one line in catalogue.py. The name is PyTorch
Lightning's. Read landcover.py next, which has one, then catalogue.py.
"""

import numpy as np

from .transforms import Compose, Normalize


class DataModule:
    """A labelled data set as a whole. A subclass names the facts and makes the splits, in split().

    size     side of a training crop in pixels
    samples  training crops in an epoch
    path     where the data are, for data sets that are read from a folder or file; None elsewhere

    name           what `--data` calls it
    classes        the names of the classes, a tuple of str
    palette        their colours, uint8 (len(classes), 3)
    mean, std      a number for each channel: the images are (rgb / 255 - mean) / std
    channels       of an image

    Making one opens no file: the facts can be asked where the data are not installed, as in prediction.
    """

    name = ""
    classes = ()
    palette = np.zeros((0, 3), np.uint8)
    mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    channels = 3

    def __init__(self, size=96, samples=800, path=None):
        if path is not None:
            raise ValueError(f"{self.name}: found the path {path!r}, but this data set has none; leave it out")
        self.size, self.samples = size, samples

    def split(self, name):
        """The Dataset "train", "validation" or "test"."""
        raise NotImplementedError(f"{type(self).__name__} does not define split(name)")

    def train(self):
        """The Dataset to train on: `samples` crops an epoch."""
        return rescale(self.split("train"), self.mean, self.std)

    def validation(self):
        """The Dataset that is scored after every epoch."""
        return rescale(self.split("validation"), self.mean, self.std)

    def test(self):
        """The Dataset on which finished networks are compared; no choice of a run may depend on it."""
        return rescale(self.split("test"), self.mean, self.std)

    def rescaled(self, mean, std):
        """The same data set, its images scaled by this mean and std, as pretrained networks expect them."""
        self.mean, self.std = mean, std
        return self

    def class_weights(self):
        """Weights for the loss, float32 (classes,); None, as here, for equal ones."""

    def examples(self, count=6):
        """The numbers of the test samples that stand for all in a picture."""
        return list(range(min(count, len(self.test()))))

    def describe(self):
        """The data set in one line."""
        return f"{self.name}: {len(self.classes)} classes, {', '.join(self.classes)}"


def rescale(dataset, mean, std):
    """The Dataset, which from now on gives (rgb / 255 - mean) / std, with these in place of its own mean and std."""
    if (mean, std) == (dataset.mean, dataset.std):
        return dataset
    own = list(zip(dataset.mean, dataset.std))
    shift = [(m - own_mean) / own_std for m, (own_mean, own_std) in zip(mean, own)]
    factor = [s / own_std for s, (_, own_std) in zip(std, own)]
    before = [dataset.transform] if dataset.transform else []
    dataset.transform = Compose([*before, Normalize(shift, factor)])
    dataset.mean, dataset.std = mean, std
    return dataset
