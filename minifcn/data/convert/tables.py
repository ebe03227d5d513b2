"""Tables of colours: which colour stands for which class, in the ways in which tools write them.

CVAT's labelmap.txt ("road:128,64,128::"), class_dict.csv ("Road,128,64,128"), CamVid's label_colors.txt
("128 64 128  Road"), "Road #804080": a name, and three numbers or one in hexadecimal, in either order. Read binary.py
next.
"""

import re
from pathlib import Path

from ...files import printable
from ..palette import parse_colour
from .labels import read_lines

NAMES = ("labelmap.txt", "class_dict.csv", "label_colors.txt", "colors.txt", "colours.txt", "classes.csv")
THREE = r"(?P<r>\d{1,3})[\s,;]+(?P<g>\d{1,3})[\s,;]+(?P<b>\d{1,3})"
LINES = (
    re.compile(rf"(?P<name>.+?)[\s,;:]+{THREE}(?:[\s,;:].*)?"),
    re.compile(rf"{THREE}[\s,;:]+(?P<name>.+)"),
    re.compile(r"(?P<name>.+?)[\s,;:]+(?P<hex>#[0-9a-fA-F]{6})"),
    re.compile(r"(?P<hex>#[0-9a-fA-F]{6})[\s,;:]+(?P<name>.+)"),
)


def read_colours(path):
    """{(r, g, b): name} of a table of colours, in order; ValueError, naming the file and the line."""
    found = {}
    for number, line in enumerate(read_lines(path), start=1):
        match = next((m for pattern in LINES if (m := pattern.fullmatch(line.strip()))), None)
        if match is None:
            if not line.strip() or line.lstrip().startswith("#") or not re.search(r"\d", line):
                continue  # an empty line, a comment, a heading
            raise ValueError(f"{printable(path)}: line {number} is {printable(line)[:60]!r}, expected a name and a colour,"
                             ' as in "road 128 64 128"')  # fmt: skip
        parts = match.groupdict()
        colour = parse_colour(parts["hex"]) if "hex" in parts else tuple(int(parts[each]) for each in "rgb")
        if max(colour) > 255:
            raise ValueError(f"{printable(path)}: line {number} has the colour {colour}, expected numbers from 0 to 255")
        if colour in found:
            raise ValueError(f"{printable(path)}: {printable(found[colour])} and line {number} have the same colour {colour}")
        found[colour] = parts["name"].strip()
    if not found:
        raise ValueError(f'{printable(path)}: it names no colours; write lines such as "road 128 64 128"')
    return found


def table_beside(folder):
    """The path of a table of colours in a folder or the one above; None if there is none."""
    places = (Path(folder), Path(folder).resolve().parent)
    return next((place / name for place in places for name in NAMES if (place / name).is_file()), None)
