"""What to do with a folder in which no image has a mask: it may hold annotations of another kind. Read command.py next."""

from pathlib import Path

from ..data.convert.binary import by_ending
from ..data.convert.detect import foreign, kinds_of
from ..data.own.layout import find_layout
from ..files import printable


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
        other = foreign(Path(root))
    except (ValueError, OSError):  # a damaged file; there may be better ones, but it is for the user to name them
        return None
    if kinds:
        kind, path = kinds[0]
        return f"{shown}: found no masks, but annotations ({kind}: {printable(path)}); run minifcn data convert {shown} --out FOLDER"
    return other and f"{shown}: found no masks, but {other}"


def advice_on_names(root, layout, pairs):
    """What to do where none of the names fit: a sentence."""
    folder = Path(root) / layout.masks
    if "{split}" not in layout.masks and pairs.without_mask and pairs.without_image and by_ending(folder, pairs.without_mask):
        return f"each mask is of one class: run minifcn data convert {printable(root)} --from binary --out FOLDER"
    return "no image has a mask of its name: rename them, or say in a dataset.toml where the folders are, and how the names start and end"
