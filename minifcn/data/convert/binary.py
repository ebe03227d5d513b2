"""Masks of one class each: a folder of masks for every class, an ending for every class, or one mask an image; alpha.

Anything but 0 is the class (in a JPEG, 128 and above). Where masks of one image overlap, the later class is on top,
and the pixels are counted. Read mat.py next.
"""

import os
from functools import partial
from pathlib import Path

import numpy as np

from ...files import folded, printable
from ..own.layout import MASKS
from .labels import make_labels
from .paired import pairs_of, source_of_pairs
from .reading import files_below, loaded
from .source import Item, Source, blank, check_size

OVERLAP = "pixel in masks of several classes, where the later class counts"
HALF = 128


def read_binary(path, wishes):
    """The Source of a folder with binary masks."""
    folder = Path(wishes.masks) if wishes.masks else masks_folder(Path(path))
    if folder is not None and not folder.is_dir():
        raise ValueError(f"{printable(folder)} is no folder; name the one with the masks by --masks")
    if folder is not None:
        classes = sorted(each for each in os.listdir(folder) if (folder / each).is_dir() and files_below(folder / each))
        if classes and not set(map(str.lower, classes)) <= {"train", "val", "valid", "test"}:
            masks = [(name, mask.relative_to(folder / name).with_suffix(""), mask)
                     for name in classes for mask in files_below(folder / name)]  # fmt: skip
            return of_classes(path, wishes, masks, photos_of(path, folder, wishes))
        photos = photos_of(path, folder, wishes)
        if masks := by_ending(folder, photos):
            return of_classes(path, wishes, masks, photos)
    if not wishes.names or len([name for name in wishes.names if name != "background"]) != 1:
        raise ValueError(f"{printable(path)}: with one mask for each image there is one class; name it, as in --classes crack")
    labels = make_labels({255: wishes.names[-1]}, background=True, where=printable(path))
    return source_of_pairs("binary masks", labels, pairs_of(path, wishes), lambda pair, _: inside(pair.mask).astype(np.uint8))


def masks_folder(path):
    """The folder of masks, by its usual names; None without one."""
    there = {name.lower(): path / name for name in os.listdir(path) if (path / name).is_dir()} if path.is_dir() else {}
    return next((there[name] for name in MASKS if name in there), None)


def photos_of(path, masks, wishes):
    """The paths of the images: all that are not below the folder of masks. ValueError if two have the same name."""
    files = files_below(Path(wishes.images or path))
    files, seen = [file for file in files if wishes.images or not file.is_relative_to(masks)], {}
    for file in files:
        other = seen.setdefault(folded(file.stem), file)
        if other is not file:
            raise ValueError(f"{printable(other)} and {printable(file)} have the same name, so it is not clear whose their"
                             " masks are; rename one, or name the folder of the images by --images")  # fmt: skip
    return files


def by_ending(folder, photos):
    """[(class, name of the image, mask)] if every mask is named like an image, "_" and a class; otherwise []."""
    stems = sorted((photo.stem for photo in photos), key=len, reverse=True)
    found = []
    for mask in files_below(folder):
        image = next((stem for stem in stems if folded(mask.stem).startswith(f"{folded(stem)}_")), None)
        if image is None:
            return []
        found.append((mask.stem[len(image) + 1 :], Path(image), mask))
    return found if len({name for name, _, _ in found}) > 1 else []


def of_classes(path, wishes, masks, photos):
    """The Source of masks [(class, name of the image, mask)] and images."""
    names = list(dict.fromkeys(name for name, _, _ in sorted(masks, key=lambda each: each[0])))
    labels = make_labels(dict(zip(names, names)), wishes.names, others=wishes.others, background=True, where=printable(path))
    of_image = {folded(photo.stem): (photo, []) for photo in photos}
    for name, image, mask in masks:
        if folded(image.name) not in of_image:
            raise ValueError(f"{printable(mask)}: this mask has no image called {printable(image.name)}; name the folder of the"
                             " images by --images")  # fmt: skip
        of_image[folded(image.name)][1].append((labels.of(name, printable(mask)), mask))
    source = Source("binary masks, one for each class", labels, [])
    for photo, parts in of_image.values():
        if parts:
            make = partial(merged, photo, sorted(parts, key=lambda part: part[0]), source)
            source.items.append(Item(photo.stem, photo, make, printable(photo)))
        else:
            source.notes["image without a mask, left out"] += 1
    return source


def merged(photo, parts, source):
    """One label map, uint8 (H, W), of several masks [(label, path)]."""
    label, taken = None, None
    for value, mask in parts:
        here = inside(mask)
        check_size(photo, here.shape, printable(mask))
        if label is None:
            label, taken = blank(here.shape), np.zeros(here.shape, bool)
        source.notes[OVERLAP] += int((here & taken).sum())
        label[here] = value
        taken |= here
    return label


def inside(mask):
    """Where a mask is not black, bool (H, W); ValueError if it has more than two values."""
    image = loaded(mask)
    lossy = image.format == "JPEG"
    grey = np.asarray(image if image.mode in ("1", "L", "I;16", "I") else image.convert("L"))
    if lossy:
        return grey >= HALF
    values = np.unique(grey)
    if len(values) > 2 or (len(values) == 2 and values[0] != 0):
        shown = ", ".join(map(str, values[:6].tolist())) + (", ..." if len(values) > 6 else "")
        raise ValueError(f"{printable(mask)}: it has the values {shown}, expected 0 and one other; is it a mask of several"
                         " classes?")  # fmt: skip
    return grey != 0


def read_alpha(path, wishes):
    """The Source of a folder of images and masks whose transparency is the mask: what is at least half opaque is the class."""
    names = [name for name in wishes.names or ["foreground"] if name != "background"]
    if len(names) != 1:
        raise ValueError(f"{printable(path)}: transparency tells one class from the background; name one by --classes")
    labels = make_labels({255: names[0]}, background=True, where=printable(path))
    return source_of_pairs("alpha", labels, pairs_of(path, wishes), opaque)


def opaque(pair, _):
    image = loaded(pair.mask)
    if "A" not in image.getbands() and "transparency" not in image.info:
        raise ValueError(f"{printable(pair.mask)}: it has no transparency (its mode is {image.mode}); is it a mask?")
    return (np.asarray(image.convert("RGBA"))[..., 3] >= HALF).astype(np.uint8)
