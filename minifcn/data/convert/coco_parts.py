"""COCO's objects with one file for each part of a split, train/, valid/ and test/, as Roboflow writes them.

Read maps.py next.
"""

from dataclasses import replace
from pathlib import Path

from ...files import printable
from ..own.description import SplitRule
from ..own.layout import named_parts
from .coco import read_coco
from .reading import files_below
from .source import Source


def read_coco_files(path, wishes):
    """The Source of a COCO file, or of a folder with one in each part's folder; ValueError if their classes differ."""
    if not Path(path).is_dir():
        return read_coco(path, wishes)
    files = coco_parts(path)
    whole = Source("COCO objects", None, [])
    for file in files.values():
        source = read_coco(file, replace(wishes, images=wishes.images or str(file.parent)))
        whole.labels = whole.labels or source.labels
        if source.labels.names != whole.labels.names:
            raise ValueError(f"{printable(file)}: its classes are not those of {printable(next(iter(files.values())))}; choose"
                             " them by --classes, and say --others ignore")  # fmt: skip
        whole.items += [replace(item, name=f"{file.parent.name}/{item.name}") for item in source.items]
        whole.notes.update(source.notes)
        source.notes = whole.notes  # that is where its label maps count
    whole.split = SplitRule(**{part: file.parent.name for part, file in files.items()})
    return whole


def coco_parts(path):
    """{part: file} of a folder with one JSON file in train/ and in further parts, and none elsewhere; else {}."""
    parts = {part: Path(path) / folder for part, folder in named_parts(path).items()}
    files = {part: files_below(folder, (".json",)) for part, folder in parts.items()}
    single = all(len(found) == 1 and found[0].parent == parts[part] for part, found in files.items())
    if "train" not in files or not single or len(files_below(path, (".json",))) > len(files):
        return {}
    return {part: found[0] for part, found in files.items()}
