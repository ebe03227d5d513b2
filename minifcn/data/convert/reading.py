"""Read what other tools wrote: JSON of any content, and images found by the ends of their paths.

Every error is one sentence with the file's name. Read labels.py next.
"""

import json
import os
import warnings
from filecmp import cmp
from pathlib import Path

import numpy as np

from ...files import folded, printable, read_bytes
from ..images import MAX_PIXELS, SUFFIXES, open_image

MOST_BYTES = 2**30  # of a JSON file; COCO's largest has 450 million
FARTHEST = 1e7  # pixels from the image's corner; farther points would lose their digits
TYPES = {str: "text", int: "a whole number", list: "a list", dict: "an object"}
SIDEWAYS = (5, 6, 7, 8)  # the EXIF orientations that exchange height and width


def read_json(path, encodings=("utf-8-sig",)):
    """The content of a JSON file. encodings: those tried, in this order. ValueError if it cannot be read."""
    content = read_bytes(path, MOST_BYTES, "so split it into several files", "name a file that can be read")
    reason = None
    for encoding in encodings:
        try:
            return json.loads(content.decode(encoding))
        except RecursionError:
            raise ValueError(f"{printable(path)}: it is nested too deeply; expected annotations") from None
        except ValueError as error:
            reason = reason or error
    raise ValueError(f"{printable(path)}: it is not JSON: {printable(reason)}; is the file whole?")


def get(record, key, kind, where):
    """record[key], of the type `kind`; ValueError, which begins with `where`, for anything else."""
    value = record.get(key) if isinstance(record, dict) else None
    suits = isinstance(value, kind) and not isinstance(value, bool)
    if not suits:
        raise ValueError(f"{where}: {key} is {shown(value)}, expected {TYPES[kind]}")
    return value


def records(record, key, where):
    """record[key], a list of objects."""
    found = get(record, key, list, where)
    wrong = next((number for number, each in enumerate(found) if not isinstance(each, dict)), None)
    if wrong is not None:
        raise ValueError(f"{where}: number {wrong + 1} of {key} is {shown(found[wrong])}, expected an object")
    return found


def shown(value):
    """A value as text of at most 60 characters, for an error."""
    text = "missing" if value is None else printable(f"{value!r:.61}")
    return text if len(text) <= 60 else f"{text[:57]}..."


def numbers(values, where):
    """A list of finite numbers as float64 (n,); ValueError for anything else, and for one that is too large."""
    plain = isinstance(values, list) and all(isinstance(n, int | float) and not isinstance(n, bool) for n in values)
    if not plain:
        raise ValueError(f"{where}: its points are {shown(values)}, expected numbers")
    wrong = next((n for n in values if not -FARTHEST <= n <= FARTHEST), None)  # NaN is not between them either
    if wrong is not None:
        raise ValueError(f"{where}: it has a point at {shown(wrong)} pixels; correct it, or remove the shape")
    return np.array(values, np.float64)


# Images ---------------------------------------------------------------------------------------------------------------


def loaded(path):
    """The decoded Pillow image in a file, not turned; ValueError, naming the file, if it cannot be read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about odd metadata
            image = open_image(path, MAX_PIXELS)
            with image:
                image.load()
                return image
    except Exception as error:  # Pillow raises many kinds
        raise unreadable(path, error) from error


def size_of(path):
    """(height, width) of the image in a file, upright, as it is read for training; only its header is read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with open_image(path, MAX_PIXELS) as image:
                sideways = image.getexif().get(0x0112) in SIDEWAYS
                return (image.width, image.height) if sideways else (image.height, image.width)
    except Exception as error:
        raise unreadable(path, error) from error


def unreadable(path, error):
    reason = printable(getattr(error, "strerror", None) or str(error) or type(error).__name__)
    return ValueError(f"cannot read {printable(path)}: {reason}; is it an image, and whole?")


class Files:
    """The files below some folders that end in one of `suffixes`, found by the ends of their paths.

    Case and Unicode form are ignored, links to folders not followed, hidden files left out.
    """

    def __init__(self, folders, suffixes=SUFFIXES):
        self.folders, self.by_name = [Path(folder) for folder in folders], {}
        for folder in self.folders:
            if not folder.is_dir():
                raise ValueError(f"{printable(folder)} is no folder; name one with images")
        for path in sorted({path for folder in self.folders for path in files_below(folder, suffixes)}):
            self.by_name.setdefault(folded(path.name), []).append(path)

    def find(self, name, where, prefer=""):
        """The file whose path ends like the path `name`, or one of several equal ones; ValueError, which begins with `where`, if none or many do.

        prefer: of several, those in a folder of this name
        """
        parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
        found = self.by_name.get(folded(parts[-1]), []) if parts else []
        found = [path for path in found if path.parent.name == prefer] or found
        common = {path: tail(parts, path.parts) for path in found}
        best = [path for path in found if common[path] == max(common.values())]
        if best and all(cmp(best[0], other, shallow=False) for other in best[1:]):
            return best[0]  # the others, if any, are copies
        below = " and ".join(printable(folder) for folder in self.folders)
        if not best:
            raise ValueError(f"{where}: {printable(name)} is not below {below}; name the folder of the images by --images")
        raise ValueError(f"{where}: {printable(name)} could be {printable(best[0])} or {printable(best[1])};"
                         " name one folder by --images")  # fmt: skip


def tail(first, second):
    """How many parts two paths share at their ends."""
    same = [one == other for one, other in zip(reversed(first), reversed(second))]
    return (*same, False).index(False)


def files_below(folder, suffixes=SUFFIXES):
    """The paths of the files below a folder that end in one of `suffixes`, in order; ValueError for an unreadable folder."""
    found = []
    for top, below, names in os.walk(folder, onerror=unreadable_folder):
        below[:] = sorted(name for name in below if not name.startswith("."))
        found += [Path(top, name) for name in sorted(names)
                  if name.lower().endswith(tuple(suffixes)) and not name.startswith(".")]  # fmt: skip
    return found


def some_below(folder, suffix):
    """files_below(folder, (suffix,)); ValueError if there are none."""
    if not (found := files_below(folder, (suffix,))):
        raise ValueError(f"{printable(folder)}: found no file that ends in {suffix}; name the folder that has them, or another --from")
    return found


def unreadable_folder(error):
    raise ValueError(f"cannot read the folder {printable(error.filename)}: {error.strerror}; allow it, or leave it out")
