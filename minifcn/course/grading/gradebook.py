"""Writes grades.csv: one row per submission, safe to open in a spreadsheet.

Names and messages come from students, and a spreadsheet treats a cell that begins with = as a formula. Read
page.py next.
"""

import csv
import unicodedata

from ...files import atomic_write, printable

MAX_LENGTH = 500  # characters of a cell


def write(path, exercises, rows):
    """Write the file atomically. Raises FileError.

    exercises: their names;  rows: (name, [points per exercise], total, out of, note) for every submission
    """
    with atomic_write(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC)
        writer.writerow(["name", *exercises, "total", "out of", "note"])
        for name, points, total, out_of, note in rows:
            writer.writerow([safe(name), *points, total, out_of, safe(note)])


def safe(text):
    """A text without effects on terminals and spreadsheets; one that would be a formula is prefixed with '."""
    shown = printable(text)
    shown = shown if len(shown) <= MAX_LENGTH else shown[: MAX_LENGTH - 1] + "…"
    is_formula = unicodedata.normalize("NFKC", shown.lstrip()[:1]) in {"=", "+", "-", "@"} or str(text)[:1] in "\t\r"
    return f"'{shown}" if is_formula and shown else shown
