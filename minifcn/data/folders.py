"""Which image files a user means by files and folders, and a name for what is made of each.

Folders are searched with all folders below them. Read predict.py next, which labels the images that are found.
"""

import itertools
import os
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from .images import SUFFIXES, software_of

PREDICT = "minifcn predict"                                # the software that label maps and overlays name
OUTPUTS = ("_label", "_overlay")                           # what stems of theirs end with


@dataclass
class Found:
    """Image files in order, each once; what was left out, by kind; and a sentence for each folder that is not readable.

    images: {path: the folder that it was in, as seen from the one that was given}
    """

    images: dict = field(default_factory=dict)
    skipped: Counter = field(default_factory=Counter)
    failures: list = field(default_factory=list)


def find_images(paths):
    """The image files that some files and folders stand for, as Found.

    A file is taken as it is; of a folder, and of the folders below it, every file with one of SUFFIXES is. Left out are
    hidden files and folders (so are the `._photo.jpg` that macOS adds), what `minifcn predict` wrote, and links to
    folders, which may lead in a circle.
    Raises ValueError for a path that does not exist, or a folder without images.
    """
    found = Found()
    for path in map(Path, paths):
        if path.is_dir():
            _search(path, found)
        elif path.exists():
            found.images.setdefault(path, Path())
        else:
            raise ValueError(f"predict: {path} does not exist; give an image file or a folder of images")
    return found


def _search(top, found):
    before = len(found.failures)
    images = []
    unreadable = lambda error: found.failures.append(f"cannot read the folder {error.filename}: {error.strerror}")
    for folder, below, names in os.walk(top, onerror=unreadable):
        folder = Path(folder)
        below[:] = [name for name in sorted(below) if _wanted(_kind_of_folder(folder / name), found)]
        images += [folder / name for name in sorted(names) if _wanted(_kind_of_file(folder / name), found)]
    for path in images:
        found.images.setdefault(path, path.parent.relative_to(top))
    if not images and len(found.failures) == before:
        raise ValueError(f"predict: the folder {top} has no images, expected files in {' '.join(SUFFIXES)}")


def _wanted(kind, found):
    """Whether to go on with a file or folder: it is of no kind that is left out. Counts those that are."""
    if kind is not None:
        found.skipped[kind] += 1
    return kind is None


def _kind_of_folder(path):
    return "hidden folder" if path.name.startswith(".") else "linked folder" if path.is_symlink() else None


def _kind_of_file(path):
    if path.name.startswith("."):
        return "hidden file"
    if path.suffix.lower() not in SUFFIXES or not (path.is_file() or path.is_symlink()):   # a pipe, a device
        return "other file"
    return "output of minifcn" if path.stem.endswith(OUTPUTS) and software_of(path) == PREDICT else None


def output_names(paths, subfolders=None, taken=()):
    """A name for each path, all different: its stem; with its suffix where stems repeat; with a number if need be.

    subfolders: for each path, the folder in which its name is; the names begin with it
    taken:      names that are not to be used
    Upper and lower case count as equal, as many file systems have it.
    """
    subfolders = itertools.repeat(Path()) if subfolders is None else subfolders
    places = [(path, Path(below)) for path, below in zip(paths, subfolders)]
    stems = Counter(_key(below / path.stem) for path, below in places)
    names, used = [], {_key(name) for name in taken}
    for path, below in places:
        name = path.stem if stems[_key(below / path.stem)] == 1 else path.name.replace(".", "_")
        choices = itertools.chain([name], (f"{name}_{number}" for number in itertools.count(2)))
        unique = next(below / choice for choice in choices if _key(below / choice) not in used)
        used.add(_key(unique))
        names.append(unique.as_posix())
    return names


def names_of_inputs(paths, folder):
    """The names whose outputs in `folder` would overwrite one of the images themselves."""
    folder = Path(folder).resolve()
    inside = [path.relative_to(folder) for path in map(Path.resolve, paths) if path.is_relative_to(folder)]
    stems = [(path.parent / path.stem).as_posix() for path in inside]
    return [stem.removesuffix(end) for stem in stems for end in OUTPUTS if stem.endswith(end)]


def _key(name):
    return unicodedata.normalize("NFC", Path(name).as_posix()).casefold()
