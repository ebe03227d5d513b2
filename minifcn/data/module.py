"""DataModule, the interface of a data set: its classes and colours, its splits, its class weights.

To add one: a file with a subclass of DataModule, and a line in catalogue.py. The name is PyTorch Lightning's. Read
palette.py next.
"""

import numpy as np

from ..suggest import list_first
from .augment import augmentation
from .balance import class_frequencies, class_weights, classes_in
from .facts import DataFacts
from .transforms import Compose, Normalize

SHOWN = 12  # classes that describe() names


class DataModule:
    """A labelled data set as a whole. A subclass sets the attributes and defines the splits, in split().

    size     side of a training crop in pixels; 0 for whole images
    samples  training crops per epoch; 0 for one from each image
    path     where the data are, for data sets read from a folder or file; otherwise None

    name           its name in the catalogue
    classes        the names of the classes, a tuple of str
    palette        their colours, uint8 (len(classes), 3)
    mean, std      one number per channel: the images are ((raw - low) / (high - low) - mean) / std
    value_range    (low, high), the raw values that become 0 and 1
    channels       of an image
    takes_path     whether it is read from a folder or file, NAME:PATH
    uniform        whether all images of a split have one size, so that any of them make a batch
    crop, epoch    the default size and samples
    weighting      the default of class_weights(), one of balance.METHODS
    counts         {label: pixels} of all training labels, as count_labels() has it; None if they were not all counted

    Creating one without a path opens no file: the attributes are available without the data, for prediction.
    """

    name = ""
    classes = ()
    palette = np.zeros((0, 3), np.uint8)
    mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    value_range = (0.0, 255.0)
    channels = 3
    takes_path, uniform = False, True
    crop, epoch = 96, 800
    weighting = "none"
    counts = None

    def __init__(self, size=None, samples=None, path=None):
        if path is not None and not self.takes_path:
            raise ValueError(f"{self.name}: found the path {path!r}, but this data set has none; leave it out")
        if path is None and self.takes_path:
            raise ValueError(f"{self.name}: found no path; name the folder of the data set: {self.name}:PATH")
        self.size = self.crop if size is None else size
        self.samples = self.epoch if samples is None else samples
        self.path = path
        if not self.size and not self.takes_path:
            raise ValueError(f"{self.name}: it has no whole images, only crops; give their size instead, as in --size 96")

    def split(self, name):
        """The Dataset for "train", "validation" or "test"."""
        raise NotImplementedError(f"{type(self).__name__} does not define split(name)")

    def train(self, augment=None):
        """The training Dataset: `samples` crops per epoch.

        augment: what replaces the transform of the data set, as for augment.augmentation(); None keeps it
        """
        dataset = self.split("train")
        if augment is not None:
            dataset.transform = augmentation(augment, self.size, dataset.mean, dataset.std)
        return rescale(dataset, self.mean, self.std)

    def validation(self):
        """The Dataset scored after every epoch."""
        return rescale(self.split("validation"), self.mean, self.std)

    def test(self):
        """The Dataset on which finished networks are compared; no decision in training may depend on it."""
        return rescale(self.split("test"), self.mean, self.std)

    def rescaled(self, mean, std):
        """The same data set, with images normalised by this mean and std, as pretrained networks expect.

        mean, std: one number for each channel, or those of red, green and blue. Of the latter, one channel gets the
        averages; the fourth and further channels keep their own, and so do both of two, which no pretrained network takes
        """
        if len(mean) == self.channels:
            self.mean, self.std = tuple(mean), tuple(std)
            return self
        if self.channels == 1:
            mean, std = ((sum(numbers) / len(numbers),) for numbers in (mean, std))
        elif self.channels == 2:
            mean, std = self.mean, self.std
        self.mean, self.std = (*mean, *self.mean[3:]), (*std, *self.std[3:])
        return self

    def facts(self):
        """What a trained network must know about this data set, for its checkpoint."""
        return DataFacts(self.name, self.classes, self.palette, self.mean, self.std, self.channels, self.value_range)

    def class_frequencies(self):
        """The frequency of each class among the labelled training pixels, float64 (classes,). Counts one epoch of them."""
        samples = self.split("train")
        return class_frequencies((samples[i][1] for i in range(len(samples))), len(self.classes))

    def class_weights(self, method=None):
        """Weights for the loss, float32 (classes,); None for equal ones.

        method: one of balance.METHODS; None means the data set's own, `weighting`
        """
        method = self.weighting if method is None else method
        return None if method == "none" else class_weights(self.class_frequencies(), method)

    def absent_classes(self):
        """The names of the classes that no training label has; none, too, if the labels were not all counted."""
        there = range(len(self.classes)) if self.counts is None else classes_in(self.counts)
        return [name for label, name in enumerate(self.classes) if label not in there]

    def examples(self, count=6):
        """The indices of the test samples to show as examples."""
        return list(range(min(count, len(self.test()))))

    def example_names(self, count=6):
        """The names of the examples, such as places or files; None, as here, if they have none."""

    def describe(self):
        """The data set in one line."""
        return f"{self.name}: {len(self.classes)} classes, {list_first(self.classes, SHOWN)}"


def rescale(dataset, mean, std):
    """Make the Dataset, in place, return (rgb / 255 - mean) / std with this mean and std; return it."""
    if (mean, std) == (dataset.mean, dataset.std):
        return dataset
    own = list(zip(dataset.mean, dataset.std))
    shift = [(m - own_mean) / own_std for m, (own_mean, own_std) in zip(mean, own)]
    factor = [s / own_std for s, (_, own_std) in zip(std, own)]
    before = [dataset.transform] if dataset.transform else []
    dataset.transform = Compose([*before, Normalize(shift, factor)])
    dataset.mean, dataset.std = mean, std
    return dataset
