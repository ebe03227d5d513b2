"""Writes grades.csv: a row for each submission, safe to be opened in a spreadsheet.

Names and messages come from students, and a cell that begins with = is a formula to a spreadsheet. Read
publish/build.py next.
"""

import csv
import unicodedata

from ...files import atomic_write, printable

LONGEST = 500  # characters of a cell


def write(path, exercises, rows):
    """Write the file, whole or not at all. Raises FileError.

    exercises: their names;  rows: (name, [points per exercise], total, out of, note) of every submission
    """
    with atomic_write(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(["name", *exercises, "total", "out of", "note"])
        for name, points, total, out_of, note in rows:
            writer.writerow([safe(name), *points, total, out_of, safe(note)])


def safe(text):
    """A text that no terminal and no spreadsheet acts on; one that would be a formula gets a ' in front."""
    shown = printable(text)
    shown = shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
    is_formula = unicodedata.normalize("NFKC", shown.lstrip()[:1]) in {"=", "+", "-", "@"} or str(text)[:1] in "\t\r"
    return f"'{shown}" if is_formula and shown else shown
