"""One pass over all pairs of a folder: every file is read once, and what is found is counted in bounded memory.

Read names.py next.
"""

from collections import Counter
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..data.own.masks import read_mask
from ..data.own.pairs import find_pairs
from ..data.rasters import read_raster
from ..files import printable
from .moments import Moments
from .raw import read_format, read_raw
from .values import Masks

SEARCHED = 200  # masks that are searched for thin lines, spread over all
SHOWN = 10  # problems of a kind that are kept


@dataclass
class Problems:
    """Sentences by kind, at most SHOWN of a kind, and how many there are; `fatal` are the kinds that stop training."""

    sentences: dict = field(default_factory=dict)
    counts: Counter = field(default_factory=Counter)
    fatal: set = field(default_factory=set)

    def add(self, kind, sentence, fatal=True):
        """Note a problem. kind: such as "files that cannot be read"."""
        self.counts[kind] += 1
        if self.counts[kind] <= SHOWN:
            self.sentences.setdefault(kind, []).append(printable(sentence))
        if fatal:
            self.fatal.add(kind)


@dataclass
class Scan:
    """What a pass over a folder found.

    pairs:    the Pairs; problems: the Problems
    sizes:    Counter of the images' (height, width); modes, mask_modes: Counters of texts such as "JPEG RGB"
    dtypes:   Counter of the images' dtypes; brightest: {dtype: (the largest value, its file)}
    cut:      the number of images read without their fourth channel
    moments:  {channels: Moments} of the images
    masks:    the Masks
    found:    {name of a pair: the values of its mask}
    painted:  {palette index: (its colour, the first file with it)}
    """

    root: Path
    pairs: object
    problems: Problems = field(default_factory=Problems)
    sizes: Counter = field(default_factory=Counter)
    modes: Counter = field(default_factory=Counter)
    mask_modes: Counter = field(default_factory=Counter)
    dtypes: Counter = field(default_factory=Counter)
    brightest: dict = field(default_factory=dict)
    cut: int = 0
    moments: dict = field(default_factory=dict)
    masks: Masks = field(default_factory=Masks)
    found: dict = field(default_factory=dict)
    painted: dict = field(default_factory=dict)

    @property
    def statistics(self):
        """The Moments of most of the images; None if none could be read."""
        return max(self.moments.values(), key=lambda each: each.count, default=None)


def scan_folder(root, description, quiet=False, most=None, checked=False):
    """The Scan of a folder whose images and masks are where a Description says; ValueError if a folder is missing.

    most:    look at about this many pairs only, spread over all
    checked: whether the masks must agree with the Description, which is otherwise a guess
    """
    scan = Scan(Path(root), find_pairs(root, description))
    note_unpaired(scan)
    for sentence in scan.pairs.unreadable:
        scan.problems.add("folders that cannot be read", sentence)
    pairs = scan.pairs.pairs
    pairs = pairs[:: -(-len(pairs) // most)] if most and pairs else pairs
    every = max(1, len(pairs) // SEARCHED)
    for number, pair in enumerate(tqdm(pairs, desc="check", unit="pair", leave=False, disable=quiet or None)):
        size, turned = look_at_image(scan, pair, description.channels if checked else None)
        mask = look_at_mask(scan, pair, search=number % every == 0)
        if mask and checked:
            compare_values(scan, pair, description)
        if size and mask:
            compare_sizes(scan, pair, size, turned, mask)
    join_channels(scan)
    compare_depths(scan)
    return scan


def join_channels(scan):
    """Grey images among coloured ones count as coloured; other images must have one number of channels."""
    if scan.moments.keys() == {1, 3}:
        scan.moments[3].join(scan.moments.pop(1))
    if len(scan.moments) > 1:
        listed = " and ".join(map(str, sorted(scan.moments)))
        scan.problems.add("different numbers of channels", f"some images have {listed} channels: convert them to one number")


def compare_depths(scan):
    """Images of 8 bits, of more and of fractions have no range in common: in that of one, another is black."""
    depth = lambda dtype, largest: 255 if dtype == "uint8" else next((top for top in (1, 255) if largest <= top), np.inf)
    if len({depth(dtype, largest) for dtype, (largest, _) in scan.brightest.items()}) > 1:
        reach = [f"{dtype} up to {largest:,g} ({path.relative_to(scan.root)})" for dtype, (largest, path) in sorted(scan.brightest.items())]
        advice = "one range serves all, so convert the images to one depth"
        scan.problems.add("images of different depths", f"they hold {' and '.join(reach)}: {advice}")


def note_unpaired(scan):
    """Note the files that belong to no pair; first, that there is none, which is why the lists are long."""
    short = lambda path: str(path.relative_to(scan.root))
    if not scan.pairs.pairs:
        scan.problems.add("pairs", "no image has a mask of its name: correct the folders and endings")
    for path in scan.pairs.without_mask:
        scan.problems.add("images without a mask, left out", short(path), fatal=False)
    for path in scan.pairs.without_image:
        scan.problems.add("masks without an image, left out", short(path), fatal=False)
    for paths in scan.pairs.duplicates:
        scan.problems.add("files of the same name", f"{' and '.join(map(short, paths[:4]))}: rename or remove one")


def look_at_image(scan, pair, channels):
    """Count an image with so many channels, or any; returns its ((height, width), whether EXIF data turn it), or (None, False) if it cannot be read."""
    try:
        image = read_raster(pair.image, channels)
        form = read_format(pair.image)
    except (ValueError, RuntimeError) as error:
        scan.problems.add("files that cannot be read", str(error))
        return None, False
    scan.sizes[image.shape[:2]] += 1
    scan.modes[kind_of(image, form)] += 1
    scan.dtypes[image.dtype.name] += 1
    brightest = scan.brightest.get(image.dtype.name, (-np.inf, None))
    scan.brightest[image.dtype.name] = max(brightest, (image.max().item(), pair.image), key=itemgetter(0))
    scan.cut += form.fourth and image.shape[2] == 3
    scan.moments.setdefault(image.shape[2], Moments(image.shape[2])).add(image)
    return image.shape[:2], form.turned


def kind_of(image, form):
    """An image's format and mode: "JPEG RGB"; Pillow has no mode for many of other depths: "TIFF, 4 channels of 16 bits"."""
    if form.mode and image.dtype == np.uint8:
        return str(form)
    channels = 4 if form.fourth else image.shape[2]
    return f"{form.name}, {channels} channel{'s' * (channels > 1)} of {8 * image.dtype.itemsize} bits"


def look_at_mask(scan, pair, search):
    """Count a mask; returns its ((height, width), whether EXIF data turn it), or None if it cannot be read."""
    try:
        mask = read_raw(pair.mask)
    except (ValueError, RuntimeError) as error:
        scan.problems.add("files that cannot be read", str(error))
        return None
    masks = scan.masks
    scan.mask_modes[str(mask.format)] += 1
    masks.lossy += mask.format.name == "JPEG"
    scan.found[pair.name] = (masks.colours if mask.coloured else masks.numbers).add(mask.values, search)
    if mask.alpha is not None:
        masks.alphas.add(mask.alpha)
    if mask.palette is not None:
        note_palette(scan, pair, mask)
    return mask.values.shape, mask.format.turned


def note_palette(scan, pair, mask):
    """Count the colours of a palette file, and whether its palette agrees with those of the others."""
    masks = scan.masks
    masks.painted += 1
    masks.colours.add(mask.palette[mask.values])
    masks.palette = masks.palette or dict(enumerate(mask.palette.tolist()))
    for value in scan.found[pair.name]:
        colour, first = scan.painted.setdefault(value, (int(mask.palette[value]), pair.mask.name))
        if colour != mask.palette[value] and not masks.clash:
            masks.clash = f"{first} and {pair.mask.name}"


def compare_values(scan, pair, description):
    """Note a mask that holds something else than the Description says."""
    try:
        read_mask(pair.mask, description)
    except (ValueError, RuntimeError) as error:
        scan.problems.add("masks that do not agree with dataset.toml", str(error))


def compare_sizes(scan, pair, size, turned, mask):
    """Note where a mask does not lie over its image."""
    found, also_turned = mask
    name = pair.image.relative_to(scan.root)
    sizes = [f"{width} x {height}" for height, width in (size, found)]
    if turned != also_turned:
        which, other = ("image", "mask") if turned else ("mask", "image")
        fits = "they fit only without that, so save both upright" if size != found else "they fit: see the contact sheet"
        sentence = f"{name}: the EXIF data of the {which} turn it, those of its {other} do not; {fits}"
        scan.problems.add("pairs turned by EXIF data on one side only", sentence, fatal=size != found)
    elif size != found:
        scan.problems.add("pairs of different sizes", f"{name} is {sizes[0]} but its mask {sizes[1]}")
