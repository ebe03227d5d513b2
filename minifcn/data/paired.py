"""PairDataset: images and masks in pairs of files, read when a sample is made; random crops, whole images or windows.

Read png.py next.
"""

import copy
import math
from itertools import pairwise

import numpy as np

from ..files import printable
from .balance import count_labels
from .dataset import Dataset
from .images import ImageError
from .rasters import exif_orientation, raster_size, read_raster, require_depth, scale_raster
from .transforms import RandomCrop, crop_window, normalize

WINDOW = 1024  # the longest side of an image that is scored in one piece, pixels
CHECKED = 50_000_000  # pixels that check() reads, in a second or two
ADVICE = "correct range in dataset.toml, such as [0, 65535], or convert the images so that all have the same number of bits"
GOLDEN = (math.sqrt(5) - 1) / 2


class PairDataset(Dataset):
    """Samples of pairs of files: image (channels, h, w) float32, normalised; label (h, w) int64.

    pairs       their .image and .mask are the files, their .name is for people
    data        the DataModule, which has the classes, the palette and the scale of the pixels
    read_label  the function of a mask's path that returns its label map, integers (H, W), 255 for ignored pixels; of several
                maps of an image, such as those of two heads, (maps, H, W)
    crop        side of a random crop of the image, which is placed inside if it is smaller; 0: the whole image
    length      samples in an epoch, each of a random pair; 0: one of each pair
    window      a longer side is cut into equal windows of at most this many pixels, each a sample; 0: it is not
    transform   called as transform(image, label, rng) on each sample; see transforms.py
    read_image  the function of an image's path that returns (H, W, channels); size_of: that returns (H, W) of it
    A sample raises ImageError, naming the file, if it cannot be read or the image and its mask have different sizes.
    """

    def __init__(self, pairs, data, read_label, *, crop=0, length=0, window=0, transform=None, read_image=None,
                 size_of=raster_size):  # fmt: skip
        self.pairs, self.data, self.read_label, self.transform = list(pairs), data, read_label, transform
        self.classes, self.palette, self.mean, self.std = data.classes, data.palette, data.mean, data.std
        self.crop, self.length, self.window = RandomCrop(crop) if crop else None, length, window
        self.read_image = read_image or (lambda path: read_raster(path, data.channels))
        self.places = [(number, 0) for number in range(len(self.pairs))]  # of each sample: its pair and its window
        if window:
            counts = [len(windows(size_of(pair.image), window)) for pair in self.pairs]
            self.places = [(number, k) for number, count in enumerate(counts) for k in range(count)]
        self.last = None, None  # the pair that was read last, since the next window is usually in the same image

    def __len__(self):
        return self.length or len(self.places)

    def sample(self, index, rng):
        number, k = (int(rng.integers(len(self.pairs))), 0) if self.length else self.places[index]
        raster, label = self._read(number)
        if self.window:
            rows, columns = windows(label.shape[-2:], self.window)[k]
            raster, label = raster[rows, columns], label[..., rows, columns]
        image, label = self._crop(raster, label, rng) if self.crop else (self._scaled(raster), label.astype(np.int64))
        return self.transform(image, label, rng) if self.transform else (image, label)

    def name(self, index):
        """The name of a sample, with the first row and column of its window if the image has several."""
        number, k = self.places[index]
        alone = (number, 1) not in self.places[index : index + 2] and k == 0
        return self.pairs[number].name if alone else f"{self.pairs[number].name} ({k + 1})"

    def whole(self):
        """The same pairs, with each image in one piece."""
        other = copy.copy(self)
        other.window, other.last = 0, (None, None)
        other.places = [(number, 0) for number in range(len(self.pairs))]
        return other

    def labels(self):
        """The label map of every pair, one by one, without reading the images."""
        return (self.read_label(pair.mask) for pair in self.pairs)

    def check(self, headers=True, most=CHECKED):
        """Find what is wrong with the files before a run that may take hours; ImageError as from a sample.

        headers: compare the sizes of every image and mask, of which only the headers are read, less than 1 ms each;
                 masks must be in files that raster_size() reads
        most:    how many pixels are read: whole pairs, evenly apart, so all of them where those are enough
        Returns ({label: pixels}, as count_labels() has it, of the masks that were read, and whether all were).
        """
        for number, pair in enumerate(self.pairs if headers else ()):
            if raster_size(pair.image) != raster_size(pair.mask):
                self._read(number)  # which says more: channels that come first look like another size
        counts = {}
        for number in np.argsort(np.arange(len(self.pairs)) * GOLDEN % 1):  # the first few lie evenly apart, however many
            if most <= 0:
                return counts, False
            _, label = self._read(number)
            count_labels(label, counts)
            most -= label.size
        return counts, True

    def _read(self, number):
        """The raster and the label map of a pair."""
        last, arrays = self.last
        if last == number:
            return arrays
        pair = self.pairs[number]
        try:
            raster, label = self.read_image(pair.image), self.read_label(pair.mask)
        except ValueError as error:  # of any reader: a sentence that names the file
            raise ImageError(str(error)) from error
        _compare_sizes(pair, raster.shape[:2], label.shape[-2:])
        require_depth(pair.image, raster, self.data.value_range, ADVICE)
        if self.window:
            self.last = number, (raster, label)
        return raster, label

    def _crop(self, raster, label, rng):
        """A random crop. Only what it shows is converted; outside the image lie the mean colour and ignored pixels."""
        crop = self.crop
        top, left = crop.corner(label.shape[-2:], rng)
        (y0, y1), (x0, x1) = ((max(0, a), max(0, a + side)) for a, side in zip((top, left), crop.size))
        image = self._scaled(raster[y0:y1, x0:x1])
        return (crop_window(image, top - y0, left - x0, crop.size, crop.fill),
                crop_window(label, top, left, crop.size, crop.ignore_index).astype(np.int64))  # fmt: skip

    def _scaled(self, raster):
        return normalize(scale_raster(raster, self.data.value_range), self.mean, self.std)


def windows(size, longest):
    """The windows of an image (H, W) with sides of at most `longest`: a grid that covers each pixel once, as slices."""
    edges = []
    for side in size:
        count = max(1, math.ceil(side / longest))
        edges.append([side * k // count for k in range(count + 1)])
    rows, columns = ([slice(a, b) for a, b in pairwise(edge)] for edge in edges)
    return [(row, column) for row in rows for column in columns]


def _compare_sizes(pair, image, label):
    """ImageError if an image and its mask have different sizes (H, W); it says whether EXIF data are the reason."""
    if tuple(image) == tuple(label):
        return
    sizes = [f"{width} x {height}" for height, width in (image, label)]
    turned = [exif_orientation(path) >= 5 for path in (pair.image, pair.mask)]
    if tuple(image) == tuple(label[::-1]) and turned[0] != turned[1]:
        which = ("image", "mask")[turned[1]]
        advice = f"the EXIF data of the {which} turn it on its side, so save it as it is shown, without EXIF data"
    else:
        advice = "resize the mask to the image, by nearest neighbour, or replace it"
    raise ImageError(
        f"{printable(pair.image)} has {sizes[0]} pixels, but its mask {printable(pair.mask)} has {sizes[1]}; {advice}"
    )
