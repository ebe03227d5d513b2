"""Records what a student has passed, in the small file .minifcn-progress.json next to the notebooks.

The file is a convenience: whatever happens to it, checking continues. An answer that was right once stays passed, even
if it breaks later. api.py and command.py call `record`. Read show/overview.py next.
"""

import contextlib
import datetime
import json
import os
from pathlib import Path

from ..files import FileError, TooLarge, Unsuitable, atomic_write, printable, read_regular
from .checking.verdict import BORROWED, NOT_WRITTEN, RIGHT, VERDICTS
from .languages import translated

NAME = ".minifcn-progress.json"  # hidden, so that JupyterLab lists only the notebooks
DAMAGED = ".minifcn-progress-damaged.json"
OLD_NAME = "minifcn-progress.json"  # until 0.2.0
MAX_BYTES = 10**6  # bytes of the file
DAMAGE_ERRORS = ValueError, TypeError, RecursionError, MemoryError  # raised for a damaged file
FIELDS = "verdict", "points", "out_of", "when"


def record(report, folder):
    """Write the outcome of a check into the folder's file, unless a better one for this exercise is there already.

    Returns "", or a sentence for the student if the file was damaged or cannot be written; it never raises for that.
    With the environment variable MINIFCN_PROGRESS set to "", as when notebooks are built, nothing is written.
    """
    new = entry_of(report.verdict, report.points, report.out_of)
    return change(folder, report.exercise, lambda old: better_entry(old, new) | hints_of(old or {}))


def count_hint(name, exercise, folder):
    """(how many hints of an Exercise to show, what `record` returns): one more each time; all if that is not saved."""
    most = len(exercise.hints)
    count = min(load(folder).get(name, {}).get("hints", 0) + 1, most)
    complaint = change(folder, name, lambda old: (old or entry_of(NOT_WRITTEN, 0, exercise.points)) | {"hints": count})
    is_saved = load(folder).get(name, {}).get("hints") == count
    return count if is_saved else most, complaint


def entry_of(verdict, points, out_of):
    """The entry of an exercise in the file."""
    return {"verdict": verdict, "points": points, "out_of": out_of, "when": datetime.date.today().isoformat()}


def change(folder, exercise, new):
    """Replace the entry of an exercise by new(entry), with None for a missing one; returns what `record` returns."""
    if os.environ.get("MINIFCN_PROGRESS") == "":
        return ""
    path = path_in(folder)
    try:
        known, complaint = read(path), ""
    except Unsuitable as error:
        return translated(f"your progress is not saved: {printable(path)} {error.found}; remove it")
    except OSError as error:
        return translated(f"your progress is not saved: cannot read {printable(path)}: {error.strerror or error}")
    except DAMAGE_ERRORS:
        known, complaint = {}, set_damaged_aside(path)
    known[exercise] = new(known.get(exercise))
    try:
        with atomic_write(path, follow=False) as temporary:
            temporary.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except FileError as error:
        return translated(f"your progress is not saved: {printable(error)}")
    return complaint


def path_in(folder):
    """The folder's file. One with the old name is renamed first."""
    path, old = Path(folder) / NAME, Path(folder) / OLD_NAME
    if old.is_file() and not os.path.lexists(path):
        with contextlib.suppress(OSError):
            os.replace(old, path)
    return path


def set_damaged_aside(path):
    """Rename a damaged file out of the way. Returns a sentence for the student."""
    with contextlib.suppress(OSError):
        os.replace(path, path.with_name(DAMAGED))
        return translated(f"{printable(path)} was damaged and has been started afresh; the old file is now {DAMAGED}")
    return translated(f"{printable(path)} was damaged and has been started afresh")


def load(folder):
    """{"06.im2col": {"verdict": "right", "points": 4, "out_of": 4, "when": "2026-11-21"}}; {} if unreadable."""
    try:
        return read(path_in(folder))
    except (OSError, *DAMAGE_ERRORS):
        return {}


def read(path):
    """The valid entries of a file; {} if there is none. Raises OSError, or one of DAMAGE_ERRORS for a damaged file."""
    try:
        data = json.loads(read_regular(path, MAX_BYTES))
    except FileNotFoundError:
        return {}
    except TooLarge as error:
        raise ValueError(str(error)) from None
    if not isinstance(data, dict):
        raise TypeError(f"{path} holds no progress")
    valid = {name: entry for name, entry in data.items() if is_valid(entry)}
    return {name: {field: entry[field] for field in FIELDS} | hints_of(entry) for name, entry in valid.items()}


def is_valid(entry):
    """Whether an entry has everything that `record` writes."""
    return (isinstance(entry, dict) and entry.get("verdict") in VERDICTS and isinstance(entry.get("when"), str)
            and all(type(entry.get(name)) is int and 0 <= entry[name] < 10**6 for name in ("points", "out_of")))  # fmt: skip


def hints_of(entry):
    """{"hints": how many have been shown}, if any."""
    count = entry.get("hints")
    return {"hints": count} if type(count) is int and 0 < count < 10**6 else {}


def better_entry(old, new):
    """The entry to keep: a pass wins, then more points; of two passes the first, else the newer entry.

    A borrowed answer replaces all but a pass, since nothing of the student's own is left to score.
    """
    if old is None:
        return new
    if new["verdict"] == BORROWED:
        return old if old["verdict"] == RIGHT else new
    before, after = ((entry["verdict"] == RIGHT, entry["points"]) for entry in (old, new))
    return old if before > after or (before == after and before[0]) else new
