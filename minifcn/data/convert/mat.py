"""MATLAB's .mat files with a label map in each: CrackForest's groundTruth.Segmentation, SBD's GTcls.Segmentation.

A file of another kind is taken if it holds a single matrix of whole numbers. Read ade20k.py next.
"""

import math
from functools import partial
from pathlib import Path

import numpy as np

from ...files import printable
from ..dataset import IGNORE_INDEX
from ..images import MAX_PIXELS
from ..published.mat import NUMERIC, STRUCT, list_mat, read_mat
from .labels import make_labels
from .maps import MOST, relabel
from .reading import Files, some_below
from .source import Item, Source, check_size, short_names

KNOWN = ("groundTruth", "GTcls")  # the structures that have a field Segmentation


def read_matlab(path, wishes):
    """The Source of a folder with .mat files, or of one of them."""
    path = Path(path)
    files = [path] if path.is_file() else some_below(path, ".mat")
    folder = path.parent if path.is_file() else path
    found = sorted({value for file in files for value in np.unique(segmentation(file)).tolist()} - {IGNORE_INDEX})
    first = wishes.first if wishes.first is not None else min(1, found[0]) if found else 0
    names = wishes.names or [f"class {value}" for value in found]
    numbers = [first + number for number in range(len(names))] if wishes.names else found
    labels = make_labels(dict(zip(numbers, names)), others=wishes.others, where=printable(path))
    labels.numbers[IGNORE_INDEX] = IGNORE_INDEX
    source = Source("MATLAB files", labels, [])
    if wishes.names and wishes.first is None:
        source.remarks.append(f"{first} in the files is taken to be {labels.names[0]}; otherwise say --first")
    photos = Files([wishes.images or folder])
    stems = by_stem(photos)
    for name, file in zip(short_names([file.relative_to(folder).with_suffix("") for file in files]), files):
        image = one_image(stems, file)
        source.items.append(Item(name, image, partial(label_map, file, image, source), printable(file)))
    return source


def by_stem(photos):
    """{stem: paths} of Files."""
    found = {}
    for paths in photos.by_name.values():
        for path in paths:
            found.setdefault(path.stem, []).append(path)
    return found


def one_image(stems, file):
    images = stems.get(file.stem, [])
    if len(images) != 1:
        found = " and ".join(map(printable, images[:2])) or "none"
        raise ValueError(f"{printable(file)}: found {found}, expected one image called {printable(file.stem)}; name the folder"
                         " of the images by --images")  # fmt: skip
    return images[0]


def label_map(file, image, source):
    where, values = printable(file), segmentation(file)
    check_size(image, values.shape, where)
    return relabel(values, lambda value: source.labels.of(value, where), where)


def segmentation(file):
    """The label map in a .mat file, int64 (H, W); ValueError, naming the file, if it has none."""
    arrays = list_mat(file)
    known = next((name for name in KNOWN if name in arrays and arrays[name][0] == STRUCT), None)
    maps = [name for name, (kind, size) in arrays.items() if kind in NUMERIC and len(size) == 2 and math.prod(size) > 1]
    if known is None and len(maps) != 1:
        raise ValueError(f"{printable(file)}: found {len(maps)} matrices of numbers, expected one label map, or a structure"
                         f" {' or '.join(KNOWN)} with the field Segmentation")  # fmt: skip
    values = read_mat(file, known, "Segmentation") if known else read_mat(file, maps[0])
    whole = values.dtype.kind in "iu" or (np.isfinite(values).all() and (values % 1 == 0).all())
    if values.ndim != 2 or not 0 < values.size <= MAX_PIXELS or not whole:
        raise ValueError(f"{printable(file)}: its matrix does not hold whole numbers; is it a label map?")
    if not 0 <= values.min() <= values.max() < MOST:
        raise ValueError(f"{printable(file)}: it holds numbers from {values.min()} to {values.max()}, expected classes from 0 on")
    return values.astype(np.int64)
