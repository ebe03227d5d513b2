"""What to do with a folder in which no image has a mask: it may hold annotations of another kind. Read command.py next."""

import json
import re
from itertools import islice
from pathlib import Path

from ..data.convert.binary import by_ending
from ..data.convert.detect import kinds_of
from ..data.convert.reading import files_below
from ..data.own.layout import find_layout
from ..files import printable, read_regular

LOOKED_AT = 20  # files whose contents are tried
LARGEST = 2**24  # bytes of one
YOLO = re.compile(r"\d{1,3}( [01]\.\d+| [01]){4,}\s*")  # a class, then a box, or x and y of each corner of a polygon


def layout_of(root):
    """find_layout(root); where it finds no masks, but annotations, the ValueError says what to do with those."""
    try:
        return find_layout(root)
    except ValueError as error:
        raise ValueError(advice_on_annotations(root) or str(error)) from None


def advice_on_annotations(root):
    """A sentence about annotations in a folder that has no masks; None if there are none that are known."""
    shown = printable(root)
    try:
        kinds = kinds_of(Path(root))
        tool = next(filter(None, map(tool_of, islice(files_below(root, (".txt", ".json")), LOOKED_AT))), None)
    except (ValueError, OSError):  # a damaged file; there may be better ones, but it is for the user to name them
        return None
    if kinds:
        kind, path = kinds[0]
        return f"{shown}: found no masks, but annotations ({kind}: {printable(path)}); run minifcn data convert {shown} --out FOLDER"
    if tool:
        name, path = tool
        return (f"{shown}: found no masks, but files of {name} such as {printable(path)}, which minifcn does not read; export"
                " the annotations as COCO, or as masks, from the tool in which they were made")  # fmt: skip
    return None


def tool_of(path):
    """(tool, path) if a text or JSON file looks like the annotations of a tool that minifcn does not read, else None."""
    try:
        text = read_regular(path, LARGEST).decode("utf-8-sig")
        content = json.loads(text) if path.suffix.lower() == ".json" else None
    except (OSError, ValueError, RecursionError):
        return None
    if path.suffix.lower() == ".txt":
        return ("YOLO", path) if YOLO.fullmatch(text.partition("\n")[0]) else None
    if isinstance(content, list):
        studio = content and isinstance(content[0], dict) and {"annotations", "data"} <= content[0].keys()
        return ("Label Studio", path) if studio else None
    if not isinstance(content, dict):
        return None
    first = next(iter(content.values()), None)
    if "_via_img_metadata" in content or isinstance(first, dict) and {"filename", "regions"} <= first.keys():
        return "VGG Image Annotator", path
    return ("Supervisely", path) if {"objects", "size"} <= content.keys() else None


def advice_on_names(root, layout, pairs):
    """What to do where none of the names fit: a sentence."""
    folder = Path(root) / layout.masks
    if "{split}" not in layout.masks and pairs.without_mask and pairs.without_image and by_ending(folder, pairs.without_mask):
        return f"each mask is of one class: run minifcn data convert {printable(root)} --from binary --out FOLDER"
    return "no image has a mask of its name: rename them, or say in a dataset.toml where the folders are, and how the names start and end"
