"""Files in the formats of published data sets, for the tests in data/published/."""

import numpy as np
from PIL import Image
from scipy.io import savemat

from minifcn.data.facts import DataFacts
from minifcn.data.images import write_image
from minifcn.data.palette import voc_palette

TRAIN, VALIDATION = ["2007_000032", "2007_000039"], ["2007_000033", "2007_000042", "2008_000003"]


def write_indices(path, indices, palette=None):
    """A PNG whose pixels are these numbers, 0 to 255: mode L, or P with a palette, uint8 (n, 3)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(indices, np.uint8))
    if palette is not None:
        image.putpalette(palette.tobytes())
    image.save(path)


def write_mat(path, **variables):
    """A MATLAB file of version 5, compressed, as most published ones are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, variables, do_compression=True)


def write_picture(path, seed=0, size=(12, 16)):
    """A picture of noise; returns it, uint8 (H, W, 3)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)
    write_image(path, picture)
    return picture


def write_names(path, names, end="\n"):
    """A list with one name on each line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(end.join(names) + end, newline="")


def indices_of(*numbers, size=(12, 16)):
    """A label map with stripes of these numbers."""
    return np.resize(np.asarray(numbers), size[1])[None].repeat(size[0], 0)


def names_of(dataset):
    return [pair.name for pair in dataset.pairs]


def check(data):
    """The attributes fit together, and a checkpoint can hold the facts."""
    facts = DataFacts.from_json(data.facts().as_json())
    assert facts.classes == data.classes and len(set(data.classes)) == len(data.classes)
    assert len(np.unique(data.palette, axis=0)) == len(data.classes)


def make_voc(devkit, year="VOC2012"):
    """VOC in its layout, with two training and three validation images; returns the folder of the year."""
    root = devkit / year
    for number, name in enumerate(TRAIN + VALIDATION):
        write_picture(root / "JPEGImages" / f"{name}.jpg", number)
        write_indices(root / "SegmentationClass" / f"{name}.png", indices_of(0, 20, 255, number), voc_palette(21))
    write_names(root / "ImageSets" / "Segmentation" / "train.txt", TRAIN)
    write_names(root / "ImageSets" / "Segmentation" / "val.txt", VALIDATION, end="\r\n")
    return root
