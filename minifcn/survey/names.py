"""Finds the names of the classes, and perhaps their colours, in the text files that data sets come with.

    class_names.txt, classes.txt, labels.txt, ...   one name a line: labelme, PASCAL VOC, YOLO
    class_dict.csv                                  name,r,g,b with a heading: CamVid, Kaggle
    labelmap.txt                                    name:r,g,b:parts:actions: CVAT

Read verdict.py next.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from ..files import read_regular

NAMES = ("class_names.txt", "classes.txt", "labels.txt", "label_names.txt", "codes.txt", "obj.names", "classes.names")
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
        """Whether the first name is one that the label 0 usually has."""
        return bool(FIRST.fullmatch(self.names[0]))


def find_names(folder):
    """The Names in the first such file of a folder; None if there is none, or it is something else."""
    for name in (*TABLES, *NAMES):
        try:
            text = read_regular(Path(folder) / name, LARGEST).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            continue
        found = table_of(text) if name in TABLES else list_of(text)
        if found and len(set(found[0])) == len(found[0]) <= 256:
            return Names(*found, name)
    return None


def list_of(text):
    """(names, None) of a file with one name a line; labelme's __ignore__, whose label is -1, is left out."""
    names = [line.strip() for line in text.splitlines()]
    names = [name for name in names if name and name != "__ignore__"]
    return (names, None) if names and all(len(name) <= 60 for name in names) else None


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
