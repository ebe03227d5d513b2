"""Which of these formats a folder or file is in, where that is unmistakable. Read write.py next."""

from pathlib import Path

from ...files import printable
from ..own.layout import find_layout
from .ade20k import ENDING
from .coco_parts import coco_parts
from .reading import files_below, read_json
from .tables import table_beside


def detect(path, kinds):
    """(the kind of a SOURCE, one of `kinds`; the folder or file to read). ValueError if that is not certain."""
    path = Path(path)
    found = kinds_of(path)
    if len(found) == 1:
        return found[0]
    if {kind for kind, _ in found} == {"coco"} and coco_parts(path):
        return "coco", path
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
