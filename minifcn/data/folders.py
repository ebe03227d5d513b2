"""Find the image files in the files and folders that a user names, and choose a name for the outputs of each.

Folders are searched recursively. Read photo.py next.
"""

import itertools
import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from ..files import folded, read_regular
from .images import SUFFIXES, software_of

PREDICT = "minifcn predict"                                # what label maps and overlays name as their software
CHECK, SHEET = "minifcn data check", "sheet.png"           # the same of a contact sheet, and its name
OUTPUTS = ("_label", "_overlay")                           # how the stems of their names end
PROBABILITIES = "_probabilities"                           # how the stem of an array of probabilities ends
CLASSES = "classes.json"                                   # lists the classes of the label maps beside it
IS_OUTPUT = re.compile(r"_(label|overlay|prob_\d+_.*)$", re.DOTALL)
ENDINGS = (*SUFFIXES, ".npy")


@dataclass
class Found:
    """Image files in order, each once; the number of files skipped, by kind; a sentence per unreadable folder.

    images: {path: its folder, relative to the given one}
    """

    images: dict = field(default_factory=dict)
    skipped: Counter = field(default_factory=Counter)
    failures: list = field(default_factory=list)


def find_images(paths, masks_of=None):
    """The image files among some files and folders, as Found.

    masks_of: a function of a folder among `paths` that returns the paths of its masks, which are skipped

    A file is accepted as is; a folder is searched recursively for files with one of ENDINGS. Skipped are hidden files
    and folders (such as the `._photo.jpg` that macOS adds), outputs of earlier predictions, and links to folders,
    which may form a cycle.
    Raises ValueError for a path that does not exist, or a folder without images.
    """
    found = Found()
    for path in map(Path, paths):
        if path.is_dir():
            _search(path, found, {os.path.abspath(mask) for mask in masks_of(path)} if masks_of else ())
        elif path.exists():
            found.images.setdefault(path, Path())
        else:
            raise ValueError(f"predict: {path} does not exist; give an image file or a folder of images")
    return found


def _search(top, found, masks):
    before = len(found.failures)
    images = []
    unreadable = lambda error: found.failures.append(f"cannot read the folder {error.filename}: {error.strerror}")
    for folder, below, names in os.walk(top, onerror=unreadable):
        folder = Path(folder)
        below[:] = [name for name in sorted(below) if _accept(_kind_of_folder(folder / name), found)]
        images += [folder / name for name in sorted(names) if _accept(_kind_of_file(folder / name, masks), found)]
    for path in images:
        found.images.setdefault(path, path.parent.relative_to(top))
    if not images and len(found.failures) == before:
        raise ValueError(f"predict: the folder {top} has no images, expected files ending in {' '.join(ENDINGS)}")


def _accept(kind, found):
    """Whether to use a file or folder; unless its `kind` is None, it is skipped and counted."""
    if kind is not None:
        found.skipped[kind] += 1
    return kind is None


def _kind_of_folder(path):
    return "hidden folder" if path.name.startswith(".") else "linked folder" if path.is_symlink() else None


def _kind_of_file(path, masks):
    if path.name.startswith("."):
        return "hidden file"
    if masks and os.path.abspath(path) in masks:
        return "mask of the data set"
    if path.name == CLASSES and is_class_list(path):
        return "output of minifcn"
    if path.suffix.lower() not in ENDINGS or not (path.is_file() or path.is_symlink()):   # a pipe, a device
        return "other file"
    return "output of minifcn" if _is_output(path) else None


def _is_output(path):
    """Whether an earlier prediction wrote this file: a picture says so, an array lies beside its label map."""
    if path.suffix.lower() == ".npy":
        label = path.with_name(path.stem.removesuffix(PROBABILITIES) + "_label.png")
        return path.stem.endswith(PROBABILITIES) and software_of(label) == PREDICT
    return is_sheet(path) or IS_OUTPUT.search(path.stem) is not None and software_of(path) == PREDICT


def is_sheet(path):
    """Whether a file is a contact sheet of `minifcn data check`, which may lie among the images that it shows."""
    return path.name == SHEET and software_of(path) == CHECK


def is_class_list(path):
    """Whether a classes.json was written by an earlier prediction."""
    try:
        content = json.loads(read_regular(path, 2**20))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("software") == PREDICT


def output_names(paths, subfolders=None, taken=()):
    """A unique name for each path: its stem, with the suffix if stems repeat, and with a number if necessary.

    subfolders: for each path, the folder to prefix to its name
    taken:      names that must not be used
    Case is ignored, as in many file systems.
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


def names_of_inputs(paths, folder, endings=OUTPUTS):
    """The names whose outputs in `folder` would overwrite one of the images themselves.

    endings: of the outputs' names, with or without their suffixes
    """
    endings = [Path(f"name{end}").stem.removeprefix("name") for end in endings]
    folder = Path(folder).resolve()
    inside = [path.relative_to(folder) for path in map(Path.resolve, paths) if path.is_relative_to(folder)]
    stems = [(path.parent / path.stem).as_posix() for path in inside]
    return [stem.removesuffix(end) for stem in stems for end in dict.fromkeys(endings) if stem.endswith(end)]


def _key(name):
    return folded(Path(name).as_posix())
