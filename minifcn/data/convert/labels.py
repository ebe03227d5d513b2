"""Labels: which class an annotation's name or number is.

The names of the annotations become classes in their order, or those that the user chose. Read polygons.py next.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from ...files import printable, read_text
from ...suggest import list_some
from ..dataset import IGNORE_INDEX

MOST_CLASSES = 255  # labels 0 to 254, since 255 is ignored
BACKGROUND = ("background", "_background_", "__background__")
IGNORED = ("__ignore__", "_ignore_", "ignore", "void", "unlabeled", "unlabelled")
MOST_BYTES = 2**20  # of a list of classes
OTHERS = ("error", "ignore", "background")


@dataclass
class Labels:
    """The classes of a data set, and the label of each key (a name, a number, a colour) that stands for one.

    others: what is done with a key that has no label: "error", "ignore" or "background"
    """

    names: list
    numbers: dict
    others: str = "error"
    said: dict = field(default_factory=dict)  # {key: the name of what has no label}

    def of(self, key, where):
        """The label of a key; ValueError, which begins with `where`, if it has none and others are errors."""
        if key in self.numbers:
            return self.numbers[key]
        if self.others == "error":
            raise ValueError(f"{where}: {shown_name(self.said.get(key, key))} is none of the classes {list_some(self.names)}; add it to --classes,"
                             " or say --others ignore or --others background")  # fmt: skip
        return IGNORE_INDEX if self.others == "ignore" else 0


def make_labels(found, chosen=None, *, others="error", background=False, where="convert"):
    """The Labels of the annotations `found`, {key: name}, in order.

    chosen:     the names of the classes, in the order of their labels; None: all that were found
    background: whether what is not annotated is class 0, whose name is "background"
    Names such as "__ignore__" and "void" are ignored. ValueError, which begins with `where`, for no classes or more
    than 255, two of one name, nothing but a background, and names that are empty or cannot be printed.
    """
    plain = {key: "background" if name.lower() in BACKGROUND else name for key, name in found.items()}
    names = ["background" if name.lower() in BACKGROUND else name for name in chosen or plain.values()]
    names = [name for name in names if name.lower() not in IGNORED]
    if background:
        names = ["background", *(name for name in names if name != "background")]
    if others == "background" and names[:1] != ["background"]:
        raise ValueError(f"{where}: none of its classes is called background, which --others background needs; name one so")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{where}: two classes are named {shown_name(twice)}; give each a name of its own")
    if background and len(names) == 1:
        raise ValueError(f"{where}: it has no class besides the background; annotate something, or name classes by --classes")
    if not 0 < len(names) <= MOST_CLASSES:
        raise ValueError(f"{where}: it has {len(names)} classes, expected 1 to {MOST_CLASSES}; choose some by --classes,"
                         " and --others ignore")  # fmt: skip
    if unfit := [name for name in names if not name or not name.isprintable()]:
        raise ValueError(f"{where}: {shown_name(unfit[0])} cannot be the name of a class; rename it, or choose --classes")
    numbers = {key: IGNORE_INDEX for key, name in plain.items() if name.lower() in IGNORED}
    numbers |= {key: names.index(name) for key, name in plain.items() if name in names}
    return Labels(names, numbers, others, plain)


def shown_name(name):
    """A name in quotes, or a number, for an error."""
    return f"'{printable(name)[:60]}'" if isinstance(name, str) else str(name)


def read_classes(text):
    """([(number, name)], whether the numbers were given) of names separated by commas, or of a file with one on each line.

    A line may begin with its number: "3: car", "3,car". ValueError for a file that cannot be read, and for no names.
    """
    if not is_file(text):
        if text.lower().endswith((".txt", ".csv", ".names")):
            raise ValueError(f"{printable(text)} does not exist; name a file with a class on each line, or the classes themselves")
        names = [name.strip() for name in text.split(",") if name.strip()]
        if not names:
            raise ValueError(f"--classes is {shown_name(text)}, expected names separated by commas, or a file of them")
        return list(enumerate(names)), False
    lines = [line.strip() for line in read_lines(text) if line.strip()]
    if not lines:
        raise ValueError(f"{printable(text)}: it has no lines; write the name of a class on each")
    numbered = [re.fullmatch(r"(\d{1,9})\s*[:;,\t]\s*(.+)", line) for line in lines]
    if all(numbered):
        return [(int(match[1]), match[2].strip()) for match in numbered], True
    return list(enumerate(lines)), False


def is_file(text):
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # too long for a name
        return False


def read_lines(path):
    """The lines of a text file, in UTF-8, with any line ends; ValueError, naming the file."""
    return read_text(path, MOST_BYTES, "expected a short list", "name a file that can be read").splitlines()
