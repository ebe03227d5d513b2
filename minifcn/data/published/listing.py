"""The files of a folder by their stems, lists of names, and the pairs they make. Read masks.py next."""

import hashlib
import os
from collections import Counter
from pathlib import Path

from ...files import TooLarge, printable, read_regular
from ..images import SUFFIXES
from ..own.pairs import Pair

LONGEST_LIST = 10**7                                                          # bytes; VOC's longest has 1 MB


def files_by_stem(folder, ending="", suffixes=SUFFIXES):
    """{stem without `ending`: path} of the files in a folder, not in its subfolders, sorted by name.

    ending: what the stem of a file must have at its end
    Hidden files, such as the `._photo.jpg` that macOS adds, are left out. Raises ValueError for two files of one stem.
    """
    found = {}
    for name in sorted(os.listdir(folder)):
        path = Path(folder, name)
        if name.startswith(".") or path.suffix.lower() not in suffixes or not path.stem.endswith(ending):
            continue
        stem = path.stem.removesuffix(ending)
        if stem in found:
            raise ValueError(f"{printable(folder)} has both {printable(found[stem].name)} and {printable(name)}; "
                             "remove one")
        found[stem] = path
    return found


def read_names(path):
    """The names in a list, one at the start of each line, without their folders and suffixes.

    SegNet's lists have two paths on a line, VOC's lists for one class a name and 1 or -1. Windows line ends and a byte
    order mark are accepted. Raises ValueError if the list cannot be read, is empty or has a name twice.
    """
    names = [Path(line.split()[0]).stem for line in read_lines(path)]
    twice = next((name for name, before in zip(sorted(names)[1:], sorted(names)) if name == before), None)
    if twice is not None:
        raise ValueError(f"{printable(path)} names {printable(twice)} twice; remove one of the lines")
    return names


def read_lines(path):
    """The lines of a text file that are not empty, without spaces at their ends. ValueError if it has none, or is no text."""
    try:
        text = read_regular(os.path.realpath(path), LONGEST_LIST).decode("utf-8-sig")
    except TooLarge as error:
        raise ValueError(f"{printable(path)} {error.found}, expected a list with one name on each line") from None
    except UnicodeDecodeError:
        raise ValueError(f"{printable(path)} is not text in UTF-8, expected a list with one name on each line") from None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValueError(f"{printable(path)} is empty, expected a list with one name on each line")
    return lines


def hold_out(names, share, group=str):
    """About this share of the names, a set: those whose groups have the smallest hashes.

    group: a function of the name; names of one group, such as frames of one video, stay together
    The choice does not depend on the order of the names. At least one group is held out, and one is not, if there are two.
    """
    sizes = Counter(map(group, names))
    order = sorted(sizes, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    held, total = {order[0]}, sizes[order[0]]
    for name in order[1:-1]:
        if total + sizes[name] > share * len(names):
            break
        held.add(name)
        total += sizes[name]
    return {name for name in names if group(name) in held} if len(order) > 1 else set()


def pair_up(names, images, masks, where):
    """A Pair for each name.

    images, masks: {name: path}
    where:         the folders (images', masks') for the message
    Raises ValueError if an image or a mask is missing: how many, and the first.
    """
    for kind, files, folder in ("image", images, where[0]), ("mask", masks, where[1]):
        absent = [name for name in names if name not in files]
        if absent:
            raise ValueError(f"{printable(folder)} has no {kind} for {len(absent):,} of {len(names):,} names, the first "
                             f"is {printable(absent[0])}; unpack the data set again, or remove what has no {kind}")
    return [Pair(name, images[name], masks[name]) for name in names]
