"""Finds the names of the classes, and perhaps their colours, in the text files that data sets come with.

    class_names.txt, classes.txt, labels.txt, ...   one name a line: labelme, PASCAL VOC, YOLO
    class_dict.csv                                  name,r,g,b with a heading: CamVid, Kaggle
    labelmap.txt                                    name:r,g,b:parts:actions: CVAT
    _classes.csv                                    0, background with a heading, in the folder of a part: Roboflow

Read verdict.py next.
"""

import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path, PurePosixPath

from ..files import read_regular

NAMES = ("class_names.txt", "classes.txt", "labels.txt", "label_names.txt", "codes.txt", "obj.names", "classes.names")
NUMBERED = ("_classes.csv",)
TABLES = ("labelmap.txt", "class_dict.csv", "label_colors.txt", "classes.csv")
LARGEST = 100_000  # bytes
VOID = re.compile(r"_*(void|unlabell?ed|ignored?|unknown|not[ _]labell?ed|no[ _]label|don'?t[ _]care)_*", re.IGNORECASE)
FIRST = re.compile(r"_*(background|void|unlabell?ed|other|none|ignore)_*", re.IGNORECASE)


@dataclass
class Names:
    """The names of classes in order; their colours, 0xRRGGBB, or None; the file that has them."""

    names: list
    colours: list | None
    file: str

    @property
    def from_zero(self):
        """Whether the first name is that of the label 0: the file says so, or it is one that this label usually has."""
        return PurePosixPath(self.file).name in NUMBERED or bool(FIRST.fullmatch(self.names[0]))


def find_names(folder, layout=None):
    """The Names in the first such file of a folder, or of those in which a Layout has the images; None if there is none.

    A file that holds something else is passed over.
    """
    for place, name in product(places(Path(folder), layout), (*TABLES, *NUMBERED, *NAMES)):
        try:
            text = read_regular(place / name, LARGEST).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        found = table_of(text) if name in TABLES else numbered(text) if name in NUMBERED else list_of(text)
        if found and len(set(found[0])) == len(found[0]) <= 256:
            return Names(*found, (place / name).relative_to(folder).as_posix())
    return None


def places(folder, layout):
    """The folder, those above the images of a Layout, and those of its training images."""
    found = [folder]
    if layout is not None:
        images = PurePosixPath(layout.images.partition("{split}")[0])
        found += [folder / above for above in (*reversed(images.parents), images)]
        found += [found[-1] / part for part in layout.split.folders().values()]
    return dict.fromkeys(found)


def list_of(text):
    """(names, None) of a file with one name a line; labelme's __ignore__, whose label is -1, is left out."""
    names = [line.strip() for line in text.splitlines()]
    names = [name for name in names if name and name != "__ignore__"]
    return (names, None) if names and all(len(name) <= 60 for name in names) else None


def numbered(text):
    """(names, None) of lines such as "0, background" after a heading, if the numbers count from 0."""
    rows = [re.fullmatch(r"\s*(\d{1,3})\s*,\s*(\S.*?)\s*", line) for line in text.splitlines()[1:] if line.strip()]
    counted = rows and all(rows) and [int(row[1]) for row in rows] == list(range(len(rows)))
    return ([row[2] for row in rows], None) if counted else None


def table_of(text):
    """(names, colours) of rows such as "road,128,64,128", "road:128,64,128::" or "128 64 128 road"; others are no rows."""
    names, colours = [], []
    for line in text.splitlines():
        cells = [cell for cell in re.split(r"[,:;\s]+", line) if cell]
        numbers = [int(cell) for cell in cells if re.fullmatch(r"\d{1,3}", cell)][:3]
        name = line.partition(":")[0] if ":" in line else " ".join(cell for cell in cells if not cell.isdigit())
        if len(numbers) == 3 and max(numbers) <= 255 and name.strip() and not line.startswith("#"):
            names.append(name.strip())
            colours.append(numbers[0] << 16 | numbers[1] << 8 | numbers[2])
    return (names, colours) if names else None
