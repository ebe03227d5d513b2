"""COCO's objects with one file for each part of a split, read as one data set.

The parts have folders of their own, as Roboflow writes them (train/, valid/, test/, with a file and its images in each), or
the files lie together and are named for them, as COCO's own (annotations/instances_train2017.json). Read maps.py next.
"""

import re
from dataclasses import dataclass, replace
from pathlib import Path

from ...files import printable
from ..own.description import SplitRule
from ..own.layout import PARTS, named_parts
from .coco import read_coco
from .reading import files_below
from .source import Source

NAMED = re.compile(r"(?P<own>instances_)?(?P<folder>(?P<word>[a-z]+)\d*)\.json", re.IGNORECASE)


@dataclass
class PartFile:
    """The COCO file of a part. folder: what the part's images are put into; images: the folder to look for them, if it is known."""

    file: Path
    folder: str
    images: Path | None = None


def read_coco_files(path, wishes):
    """The Source of a COCO file, or of a folder with one for each part; ValueError if their classes differ."""
    if not Path(path).is_dir():
        return read_coco(path, wishes)
    parts = coco_parts(path, wishes.images)
    whole = Source("COCO objects", None, [])
    for part in parts.values():
        source = read_coco(part.file, replace(wishes, images=part.images and str(part.images)))
        whole.labels = whole.labels or source.labels
        if source.labels.names != whole.labels.names:
            first = next(iter(parts.values())).file
            raise ValueError(f"{printable(part.file)}: its classes are not those of {printable(first)}; choose them by"
                             " --classes, and say --others ignore")  # fmt: skip
        whole.items += [replace(item, name=f"{part.folder}/{item.name}") for item in source.items]
        whole.notes.update(source.notes)
        source.notes = whole.notes  # that is where its label maps count
    whole.remarks = ["; ".join(f"{name} from {part.file.name}" for name, part in parts.items())]
    whole.split = SplitRule(**{name: part.folder for name, part in parts.items()})
    return whole


def coco_parts(path, images=None):
    """{part: PartFile} of a folder with files for train and for further parts, and none else; else {}.

    images: the folder that the user named for the images, if any
    """
    files = files_below(path, (".json",))
    return _in_folders(Path(path), files, images) or _by_name(files, images)


def _in_folders(path, files, images):
    """The same of one file in train/, and in each further part's folder."""
    parts = {part: path / folder for part, folder in named_parts(path).items()}
    found = {part: [file for file in files if file.parent == folder] for part, folder in parts.items()}
    if "train" not in found or any(len(each) != 1 for each in found.values()) or len(files) > len(found):
        return {}
    return {part: PartFile(each, each.parent.name, Path(images or each.parent)) for part, (each,) in found.items()}


def _by_name(files, images):
    """The same of files in one folder that are named for the parts; beside COCO's own instances_ other files do not matter."""
    own = [file for file in files if file.name.lower().startswith("instances_")]
    found = {}
    for file in own or files:
        name = NAMED.fullmatch(file.name)
        part = name and next((part for part, words in PARTS.items() if name["word"].lower() in words), None)
        if part is None or part in found or file.parent != (own or files)[0].parent:
            return {}
        found[part] = PartFile(file, name["folder"], _folder_of(name["folder"], file, images))
    return found if "train" in found and len(found) > 1 else {}


def _folder_of(name, file, images):
    """The folder of a part's images, which has its name; else what was given, or None."""
    above = file.parent.parent if file.parent.name.lower() == "annotations" else file.parent
    top = Path(images or above)
    return next((place for place in (top / name, top / "images" / name) if place.is_dir()), images and Path(images))
