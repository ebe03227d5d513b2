"""Which of these formats a folder or file is in, where that is unmistakable, or which other tool wrote it. Read write.py next."""

import json
import re
from pathlib import Path

from ...files import printable, read_regular
from ..own.layout import find_layout
from .ade20k import ENDING
from .coco_parts import coco_parts
from .reading import files_below, read_json
from .tables import table_beside

LOOKED_AT = 20  # files whose contents are tried
LARGEST = 2**24  # bytes of one
YOLO = re.compile(r"\d{1,3}( [01]\.\d+| [01]){4,}\s*")  # a class, then a box, or x and y of each corner of a polygon
XML = {"CVAT": "<annotations>", "PASCAL VOC's boxes": "<bndbox>"}  # what their files contain


def detect(path, kinds):
    """(the kind of a SOURCE, one of `kinds`; the folder or file to read). ValueError if that is not certain."""
    path = Path(path)
    found = kinds_of(path)
    if len(found) == 1:
        return found[0]
    if {kind for kind, _ in found} == {"coco"} and coco_parts(path):
        return "coco", path
    if not found and (other := foreign(path)):
        raise ValueError(f"{printable(path)}: found {other}")
    several = "; it holds " + " and ".join(f"{printable(each)} ({kind})" for kind, each in found[:3]) if found else ""
    raise ValueError(f"{printable(path)}: it is not clear what to convert{several}; name one folder or file, and say what it"
                     f" holds by --from: {', '.join(kinds)}")  # fmt: skip


def kinds_of(path):
    """[(kind, folder or file)] of all that a folder or file may hold."""
    if not path.is_dir():
        return [(kind, path)] if (kind := kind_of_file(path)) else []
    found = []
    if files_below(path, (ENDING,)):
        found.append(("ade20k-full", path))
    if files_below(path, (".mat",)):
        found.append(("mat", path))
    jsons = [(kind, file) for file in files_below(path, (".json",)) if (kind := kind_of_file(file))]
    found += [("labelme", path)] if any(kind == "labelme" for kind, _ in jsons) else []
    found += [(kind, file) for kind, file in jsons if kind != "labelme"]
    if not found and table_beside(path) is not None and has_layout(path):
        found.append(("colours", path))
    return found


def has_layout(path):
    try:
        return find_layout(path) is not None
    except ValueError:
        return False


def kind_of_file(path):
    """The kind of a file of annotations; None if it is none of them."""
    if path.suffix.lower() == ".mat":
        return "mat"
    if path.suffix.lower() != ".json":
        return None
    content = read_json(path, ("utf-8-sig", "latin-1"))
    if not isinstance(content, dict):
        return None
    if "shapes" in content:
        return "labelme"
    annotations = content.get("annotations")
    if not isinstance(annotations, list) or "categories" not in content:
        return None
    panoptic = annotations and isinstance(annotations[0], dict) and "segments_info" in annotations[0]
    return "coco-panoptic" if panoptic else "coco"


# Other tools ----------------------------------------------------------------------------------------------------------


def foreign(path):
    """A phrase about annotations, in a folder or file, of a tool that is not read here; None if there are none that are known."""
    files = files_below(path, (".txt", ".json", ".xml")) if path.is_dir() else [path]
    if not (tool := next(filter(None, map(tool_of, files[:LOOKED_AT])), None)):
        return None
    name, file = tool
    return (f"files of {name} such as {printable(file)}, which minifcn does not read; export the annotations as COCO, or as masks,"
            " from the tool in which they were made")  # fmt: skip


def tool_of(path):
    """(tool, path) if a text, XML or JSON file looks like the annotations of a tool that minifcn does not read, else None."""
    try:
        text = read_regular(path, LARGEST).decode("utf-8-sig")
        content = json.loads(text) if path.suffix.lower() == ".json" else None
    except (OSError, ValueError, RecursionError):
        return None
    if path.suffix.lower() == ".xml":
        return next(((tool, path) for tool, tag in XML.items() if tag in text), None)
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
