"""Pair images and masks by name: the same folders or two, nested, with any suffixes. Read layout.py next."""

import os
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

from ...files import printable
from ..folders import is_sheet
from ..images import SUFFIXES

READABLE = (*SUFFIXES, ".npy")


@dataclass(frozen=True)
class Pair:
    """An image and its mask. name: their common name, with the subfolder, such as "train/road_01"."""

    name: str
    image: Path
    mask: Path


@dataclass
class Pairs:
    """What was found: the pairs, sorted by name, and the files that are in none.

    duplicates: lists of images, or of masks, of the same name, as in a.jpg and a.png, or A.png and a.png; they are on
                no other list
    unreadable: a sentence for each folder that cannot be read
    """

    pairs: list = field(default_factory=list)
    without_mask: list = field(default_factory=list)
    without_image: list = field(default_factory=list)
    duplicates: list = field(default_factory=list)
    unreadable: list = field(default_factory=list)


def find_pairs(root, description):
    """The Pairs of a Description's folders below `root`; ValueError if a folder is missing."""
    found = Pairs()
    images, masks = _images_and_masks(Path(root), description, found)
    for named in (images, masks):
        for key in [key for key, files in named.items() if len(files) > 1]:
            found.duplicates.append([path for _, path in named[key]])
    for key in sorted(images.keys() | masks.keys()):
        first, second = images.get(key, ()), masks.get(key, ())
        if len(first) == len(second) == 1:
            found.pairs.append(Pair(first[0][0], first[0][1], second[0][1]))
        elif len(first) == 1 and not second:
            found.without_mask.append(first[0][1])
        elif len(second) == 1 and not first:
            found.without_image.append(second[0][1])
    return found


def find_masks(root, description):
    """The paths of all masks of a Description below `root`, paired or not; ValueError if a folder is missing."""
    _, masks = _images_and_masks(Path(root), description, Pairs())
    return {path for files in masks.values() for _, path in files}


def _images_and_masks(root, description, found):
    """The images and the masks: of each {key: [(name, path)]}. Folders that cannot be read are noted in `found`."""
    images, masks = {}, {}
    for part in description.split.folders().values() if _has_parts(description) else [""]:
        there = places_of(root, description.images, description.masks, part)
        if not there:
            raise ValueError(
                f"{printable(root / part)}: no folder holds both {printable(description.images)} and"
                f" {printable(description.masks)}; found {_contents(root / part)}; correct images and masks in dataset.toml"
            )
        for *places, prefix in there:
            _collect(root, places, _affixes(description, part), prefix, images, masks, found)
    return images, masks


def places_of(root, images, masks, part):
    """[(folder of images, folder of masks, what the names in them start with)] of a part, or of all if it is "".

    "{split}" in a folder stands for the part, and "*" for each folder in that place that holds both.
    """
    images, masks = (place.replace("{split}", part) for place in (images, masks))
    prefix = f"{part}/" if part else ""
    if not wildcards(images):
        return [(images, masks, prefix)]
    inner = [name for name in folders_in(root / images.partition("*")[0])
             if all((root / place.replace("*", name)).is_dir() for place in (images, masks))]  # fmt: skip
    return [(images.replace("*", name), masks.replace("*", name), f"{prefix}{name}/") for name in inner]


def wildcards(place):
    """How many "*" there are in a path, each as the whole name of a folder."""
    return place.split("/").count("*")


def folders_in(folder):
    """The names of the folders in a folder, sorted; hidden and linked ones are left out."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False) and entry.name[0] != ".")
    except OSError:
        return []


def _affixes(it, part):
    """The (start, ending) of images and that of masks, in a part."""
    both = (it.image_start, it.image_ending), (it.mask_start, it.mask_ending)
    return [[text.replace("{split}", part) for text in each] for each in both]


def _has_parts(description):
    return "{split}" in description.images + description.masks


def _collect(root, places, affixes, prefix, images, masks, found):
    """Add the files of two folders below root, which may be the same, to `images` and `masks` by their keys."""
    folders = [_folder(root, place, what) for place, what in zip(places, ("images", "masks"))]
    same = folders[0] == folders[1]
    for number, (folder, named) in enumerate(zip(folders, (images, masks))):
        for path in files_below(folder, found.unreadable, skip=() if same else folders[1 - number : 2 - number]):
            below = path.relative_to(folder)
            if same and longer_affixes(below, *affixes) != number:
                continue
            name = name_without(below, *affixes[number])
            if name:
                name = unicodedata.normalize("NFC", prefix + name)
                named.setdefault(name.casefold(), []).append((name, path))


def _folder(root, place, what):
    folder = Path(os.path.normpath(root / place))
    if not folder.is_dir():
        raise ValueError(
            f"{printable(root)}: the folder of the {what}, {printable(place)}, is not there; found {_contents(root)};"
            f" create it, or correct {what} in dataset.toml"
        )
    return folder


def _contents(root):
    """The folders in a folder, in words."""
    try:
        with os.scandir(root) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    except OSError as error:
        return f"nothing that can be read ({error.strerror})"
    shown = ", ".join(printable(name) for name in names[:8])
    return f"the folders {shown}{', ...' if len(names) > 8 else ''}" if names else "no folder"


def files_below(folder, unreadable, skip=()):
    """The files below a folder that may be images, sorted.

    Hidden files, contact sheets of `minifcn data check` and linked folders, which may be cycles, are left out.
    unreadable: a list that gets a sentence for each folder that cannot be read
    skip:       folders to leave out
    """
    complain = lambda error: unreadable.append(f"cannot read the folder {printable(error.filename)}: {error.strerror}")
    paths = []
    for top, below, names in os.walk(folder, onerror=complain):
        top = Path(top)
        below[:] = [name for name in below if name[0] != "." and top / name not in skip]  # os.walk follows no link
        paths += [top / name for name in names if name[0] != "." and Path(name).suffix.lower() in READABLE]
    paths = [path for path in paths if path.is_file() or path.is_symlink()]  # a broken link is reported when read
    return sorted(path for path in paths if not is_sheet(path))


def name_without(path, start="", ending=""):
    """The name of the pair to which a file belongs: its path without suffix, start and ending; "" if it has not both.

    A start is that of the file name. An ending with a dot is also that of the file name, any other that of the stem.
    """
    whole, folder = path.name if "." in ending else path.stem, path.parent
    if not (whole.lower().startswith(start.lower()) and whole.lower().endswith(ending.lower())):
        return ""
    name = whole[len(start) : len(whole) - len(ending)]
    return (folder / name).as_posix() if name else ""


def longer_affixes(path, image, mask):
    """Where images and masks share a folder: 0 for an image, 1 for a mask, None for neither.

    image, mask: the (start, ending) of each; if both fit, the longer ones decide
    """
    fits = [bool(name_without(path, *affixes)) for affixes in (image, mask)]
    if all(fits):
        return int(sum(map(len, mask)) > sum(map(len, image)))
    return fits.index(True) if any(fits) else None
