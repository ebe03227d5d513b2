"""MATLAB's .mat files with a label map in each: CrackForest's groundTruth.Segmentation, SBD's GTcls.Segmentation.

A file of another kind is taken if it holds a single matrix of whole numbers. Read ade20k.py next.
"""

import zlib
from functools import partial
from pathlib import Path

import numpy as np

from ...files import open_to_read, printable
from ..dataset import IGNORE_INDEX
from ..images import MAX_PIXELS
from .labels import make_labels
from .maps import MOST, relabel
from .reading import Files, files_below
from .source import Item, Source, check_size, short_names

KNOWN = ("groundTruth", "GTcls")  # the structures that have a field Segmentation
MOST_BYTES = 2**28  # of a file, and of what its compressed parts hold
COMPRESSED = 15  # MATLAB's number for a compressed part


def read_mat(path, wishes):
    """The Source of a folder with .mat files, or of one of them."""
    path = Path(path)
    files = [path] if path.is_file() else files_below(path, (".mat",))
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
    from scipy.io import loadmat  # slow to import

    check_inflated(file)
    try:
        contents = loadmat(file)
    except Exception as error:  # SciPy raises many kinds
        raise ValueError(f"cannot read {printable(file)}: {printable(error) or type(error).__name__}; expected a .mat file"
                         " of MATLAB 5 to 7.2; save it so, with -v7") from error  # fmt: skip
    matrices = [each for name, each in contents.items() if not name.startswith("__")]
    for name in KNOWN:
        structure = contents.get(name)
        if isinstance(structure, np.ndarray) and structure.dtype.names and "Segmentation" in structure.dtype.names and structure.size:
            matrices = [structure["Segmentation"].flat[0]]
    maps = [each for each in matrices if isinstance(each, np.ndarray) and each.ndim == 2 and each.dtype.kind in "biuf" and each.size > 1]
    if len(maps) != 1:
        raise ValueError(f"{printable(file)}: found {len(maps)} matrices of numbers, expected one label map, or a structure"
                         f" {' or '.join(KNOWN)} with the field Segmentation")  # fmt: skip
    values = maps[0]
    if values.size > MAX_PIXELS or not (values.dtype.kind in "biu" or (np.isfinite(values).all() and (values % 1 == 0).all())):
        raise ValueError(f"{printable(file)}: its matrix does not hold whole numbers; is it a label map?")
    if not 0 <= values.min() <= values.max() < MOST:
        raise ValueError(f"{printable(file)}: it holds numbers from {values.min()} to {values.max()}, expected classes from 0 on")
    return values.astype(np.int64)


def check_inflated(file):
    """ValueError for a file that is too large, as it is or once its compressed parts are inflated: some may be bombs."""
    try:
        with open_to_read(file) as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot read {printable(file)}: {error.strerror}; name a file that can be read") from None
    place, left = 128, MOST_BYTES - len(content)
    while left >= 0 and place + 8 <= len(content):
        kind, count = np.frombuffer(content, "<u4", 2, place).tolist()
        if kind == COMPRESSED:
            left -= inflated(content[place + 8 : place + 8 + count], left)
        place += 8 + count
    if left < 0:
        raise ValueError(f"{printable(file)}: it holds more than {MOST_BYTES:,} bytes, which no label map needs")


def inflated(data, most):
    """The number of bytes that a compressed part holds, counted up to `most`."""
    machine, total = zlib.decompressobj(), 0
    try:
        while data and total <= most:
            total += len(machine.decompress(data, 2**20))
            data = machine.unconsumed_tail
    except zlib.error:
        return total  # damaged, which the reader reports
    return total
