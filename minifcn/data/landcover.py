"""Land-cover segmentation: satellite images of the Earth, each pixel in one of eight classes, split by region.

Neighbouring pixels are alike, so a split by shuffled tiles would leak training data into the test set. Here the globe
is cut into 18 bands of 300 columns (20 degrees of longitude), and each band belongs to a single split; no crop crosses
a split's border. globe.py has the two arrays from which all crops are taken.

        180W                60W       0         60E                180E
    band  0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17
    test     x        x        x        x        x        x              every third band: 1, 4, 7, ...
    val         x                             x                          2 (north-west America), 12 (Urals to India)
    train x        x     x  x     x  x     x        x  x     x           the rest

Read module.py next.
"""

import numpy as np

from .balance import class_frequencies
from .dataset import Dataset
from .globe import CLASSES, PALETTE, load_globe, place_name
from .images import to_input
from .module import DataModule
from .transforms import Compose, RandomHorizontalFlip, RandomVerticalFlip, size_pair

BAND_WIDTH  = 300
SPLITS      = {"train": (0, 3, 5, 6, 8, 9, 11, 14, 15, 17), "val": (2, 12), "test": (1, 4, 7, 10, 13, 16)}
SHORT       = {"validation": "val", "test": "test"}
TOP, BOTTOM = 270, 2190                  # rows: 72 degrees north to 56 degrees south; beyond lie ice and open sea
WATER       = CLASSES.index("water")
MAX_WATER   = 0.8                        # a crop or tile must have a smaller fraction of water than this

MEAN = (0.2834, 0.3019, 0.2592)          # of rgb / 255 over the train tiles; computed by
STD  = (0.2376, 0.1865, 0.2043)          # python -c "from minifcn.data import landcover; landcover.print_statistics()"


class LandCover(Dataset):
    """Crops of the Earth and their land cover: image (3, h, w) float32, with mean 0 and deviation 1; label (h, w).

    split      "train": `length` random crops per epoch, flipped at random along both axes;
               "val", "test": the fixed tiles of a grid
    size       of a crop or tile: one number or (height, width)
    length     crops per epoch (train only; default 1000)
    transform  called as transform(image, label, rng) instead of the flips; see transforms.py
    Raises ValueError for an unknown split, a size that fits no region, or a missing package.
    """

    classes, palette, mean, std = CLASSES, PALETTE, MEAN, STD

    def __init__(self, split, size=96, length=None, transform=None):
        _check_split(split)
        if split != "train" and length is not None:
            raise ValueError(f"LandCover: length is {length} but split {split!r} has fixed tiles; leave length out")
        if length is not None and length < 1:
            raise ValueError(f"LandCover: length is {length} but must be at least 1")
        self.split, self.size = split, size_pair("LandCover", size)
        self.picture, self.globe_label = load_globe()
        self.tiles = grid_tiles(split, self.size)
        self.length = (1000 if length is None else length) if split == "train" else len(self.tiles)
        mirror = Compose([RandomHorizontalFlip(), RandomVerticalFlip()])
        self.transform = transform or (mirror if split == "train" else Compose([]))

    def __len__(self):
        return self.length

    def sample(self, index, rng):
        top, left = self._random_corner(rng) if self.split == "train" else self.tiles[index]
        image, label = self.crop(top, left)
        return self.transform(image, label, rng)

    def crop(self, top, left):
        """The crop whose first row and column are these: image, label."""
        return crop_sample(self.picture, self.globe_label, top, left, self.size)

    def _random_corner(self, rng):
        """(top, left) of a crop, uniform over the positions in the split with enough land."""
        h, w = self.size
        places = [(left, right - w + 1 - left) for left, right in regions(self.split) if right - left >= w]
        lefts, counts = np.array(places).T
        for _ in range(10_000):                                              # four in ten are accepted
            k = rng.choice(len(places), p=counts / counts.sum())
            top, left = rng.integers(TOP, BOTTOM - h, endpoint=True), lefts[k] + rng.integers(counts[k])
            if is_land(self.globe_label[top:top + h, left:left + w]):
                return top, left
        raise RuntimeError(f"LandCover: found no crop of {self.size} with a share of water below {MAX_WATER}")


class LandCoverData(DataModule):
    """The land-cover data set: LandCover's splits, weights for its rare classes, and one example per test band.

    The paper's classes needed no weights (section 4.3). Here one pixel in a hundred is snow, and nets trained without
    weights for this many steps never predicted it.
    """

    name, classes, palette, mean, std = "landcover", CLASSES, PALETTE, MEAN, STD
    weighting, dataset = "sqrt-median", LandCover

    def split(self, name):
        return self.dataset("train", self.size, self.samples) if name == "train" else self.dataset(SHORT[name], self.size)

    def class_frequencies(self):
        """Those of the tiles; counting them takes no random crops."""
        return split_frequencies("train")

    def examples(self, count=6):
        return most_varied_tiles(np.stack(list(tile_labels("test", size_pair("LandCover", self.size)))))[:count]

    def example_names(self, count=6):
        """The place of each example, its centre: "12°N, 34°E"."""
        size = h, w = size_pair("LandCover", self.size)
        corners = grid_tiles("test", size)
        return [place_name(corners[i][0] + h / 2, corners[i][1] + w / 2) for i in self.examples(count)]


def most_varied_tiles(truth):
    """For each test band, the index of the tile with the most even class distribution (the largest entropy).

    truth: the label maps of all test tiles, (n, h, w)
    """
    shares = np.stack([(truth == c).mean((1, 2)) for c in range(len(CLASSES))], axis=1)        # (n, classes)
    entropy = -(shares * np.log(np.maximum(shares, 1e-9))).sum(1)
    bands = np.array([left // BAND_WIDTH for _, left in grid_tiles("test", truth.shape[1:])])
    return [max(np.flatnonzero(bands == band), key=lambda i: entropy[i]) for band in SPLITS["test"]]


def regions(split):
    """The columns of a split: a list of (left, right), right exclusive, with neighbouring bands merged."""
    _check_split(split)
    runs = []
    for band in SPLITS[split]:
        left, right = band * BAND_WIDTH, (band + 1) * BAND_WIDTH
        if runs and runs[-1][1] == left:
            runs[-1] = (runs[-1][0], right)
        else:
            runs.append((left, right))
    return runs


def grid_tiles(split, size):
    """The corners (top, left) of a split's tiles: a grid in each region, without the tiles of too little land."""
    h, w = size
    if h > BOTTOM - TOP or w > max(right - left for left, right in regions(split)):
        raise ValueError(f"LandCover: no region of the split {split!r} holds a crop of {h} x {w}; the largest is "
                         f"{BOTTOM - TOP} x {max(right - left for left, right in regions(split))}")
    label = load_globe()[1]
    return [(top, left) for begin, end in regions(split)
            for top in range(TOP, BOTTOM - h + 1, h) for left in range(begin, end - w + 1, w)
            if is_land(label[top:top + h, left:left + w])]


def is_land(label):
    """Whether a label map has less than MAX_WATER water."""
    return np.count_nonzero(label == WATER) < MAX_WATER * label.size


def crop_sample(picture, label, top, left, size):
    """A crop of the globe as a sample: image (3, h, w) float32, label (h, w) int64."""
    window = np.s_[top:top + size[0], left:left + size[1]]
    return to_input(picture[window], MEAN, STD), label[window].astype(np.int64)


def whole_region(split, number):
    """One whole region of a split, from 72 degrees north to 56 south: image (3, 1920, width), label (1920, width).

    The regions are those of `regions(split)`. Test has six of one band each, starting at 160W, 100W, 40W, 20E, 80E and
    140E. Raises ValueError for an unknown split, or a number out of range.
    """
    if not 0 <= number < len(regions(split)):
        raise ValueError(f"whole_region: number is {number} but the split {split!r} has {len(regions(split))} regions; "
                         "count from 0")
    left, right = regions(split)[number]
    return crop_sample(*load_globe(), TOP, left, (BOTTOM - TOP, right - left))


def split_frequencies(split, size=96):
    """The frequency of each class among the pixels of a split's tiles: float64 (8,), for `class_weights`."""
    return class_frequencies(tile_labels(split, size_pair("split_frequencies", size)), len(CLASSES))


def tile_labels(split, size):
    """Yield the label map of every tile of a split."""
    label, (h, w) = load_globe()[1], size
    for top, left in grid_tiles(split, size):
        yield label[top:top + h, left:left + w]


def channel_statistics(size=96):
    """Mean and standard deviation of rgb / 255 over the train tiles: the source of MEAN and STD."""
    picture = load_globe()[0]
    tiles = np.stack([picture[top:top + size, left:left + size] for top, left in grid_tiles("train", (size, size))])
    return tiles.mean((0, 1, 2)) / 255, tiles.std((0, 1, 2)) / 255


def _check_split(split):
    if split not in tuple(SPLITS):
        raise ValueError(f"LandCover: split is {split!r} but must be one of {', '.join(SPLITS)}")


def print_statistics():
    """Print MEAN and STD, and for each split its number of tiles and class frequencies."""
    mean, std = channel_statistics()
    print("MEAN =", tuple(mean.round(4).tolist()), " STD =", tuple(std.round(4).tolist()))
    print("split  tiles  " + "".join(f"{name:>9}" for name in CLASSES))
    for split in SPLITS:
        shares = "".join(f"{share:9.3f}" for share in split_frequencies(split))
        print(f"{split:5}  {len(grid_tiles(split, (96, 96))):5}  {shares}")
