"""Remembers what a student has passed, in the small file minifcn-progress.json beside their notebooks.

The file is a convenience: whatever happens to it, a check goes on. An answer that was right once stays passed,
however often it is broken afterwards. api.py and command.py call `record`. Read show/overview.py next.
"""

import contextlib
import datetime
import json
import os
from pathlib import Path

from ..files import FileError, TooLarge, Unsuitable, atomic_write, printable, read_regular
from .checking.verdict import RIGHT, VERDICTS

NAME = "minifcn-progress.json"
DAMAGED = "minifcn-progress-damaged.json"
MOST = 10**6  # bytes of the file
DAMAGES = ValueError, TypeError, RecursionError, MemoryError
FIELDS = "verdict", "points", "out_of", "when"


def record(report, folder):
    """Write the outcome of a check into the folder's file, unless a better one of this exercise stands there already.

    Returns "", or one sentence for the student where the file was damaged or cannot be written; raises nothing for that.
    Where the environment variable MINIFCN_PROGRESS is empty, nothing is written: notebooks are built so.
    """
    if os.environ.get("MINIFCN_PROGRESS") == "":
        return ""
    path = Path(folder) / NAME
    try:
        known, complaint = read(path), ""
    except Unsuitable as error:
        return f"your progress is not kept: {printable(path)} {error.found}; remove it"
    except OSError as error:
        return f"your progress is not kept: cannot read {printable(path)}: {error.strerror or error}"
    except DAMAGES:
        known, complaint = {}, put_aside(path)
    entry = {"verdict": report.verdict, "points": report.points, "out_of": report.out_of,
             "when": datetime.date.today().isoformat()}  # fmt: skip
    known[report.exercise] = better(known.get(report.exercise), entry)
    try:
        with atomic_write(path, follow=False) as temporary:
            temporary.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    except FileError as error:
        return f"your progress is not kept: {printable(error)}"
    return complaint


def put_aside(path):
    """Rename a damaged file. Returns a sentence for the student."""
    with contextlib.suppress(OSError):
        os.replace(path, path.with_name(DAMAGED))
        return f"{printable(path)} was damaged and is begun anew; what it held is kept as {DAMAGED}"
    return f"{printable(path)} was damaged and is begun anew"


def load(folder):
    """{"06.im2col": {"verdict": "right", "points": 4, "out_of": 4, "when": "2026-11-21"}}; {} where no file can be read."""
    try:
        return read(Path(folder) / NAME)
    except (OSError, *DAMAGES):
        return {}


def read(path):
    """The sound entries of a file; {} where there is none. Raises OSError, or one of DAMAGES for a file that is not ours."""
    try:
        data = json.loads(read_regular(path, MOST))
    except FileNotFoundError:
        return {}
    except TooLarge as error:
        raise ValueError(str(error)) from None
    if not isinstance(data, dict):
        raise TypeError(f"{path} holds no progress")
    return {name: {field: entry[field] for field in FIELDS} for name, entry in data.items() if is_sound(entry)}


def is_sound(entry):
    """Whether an entry has all that `record` writes."""
    return (isinstance(entry, dict) and entry.get("verdict") in VERDICTS and isinstance(entry.get("when"), str)
            and all(type(entry.get(name)) is int and 0 <= entry[name] < 10**6 for name in ("points", "out_of")))  # fmt: skip


def better(old, new):
    """The entry to keep: a pass before anything else, then the more points; of two passes the first, else the later."""
    if old is None:
        return new
    before, after = ((entry["verdict"] == RIGHT, entry["points"]) for entry in (old, new))
    return old if before > after or (before == after and before[0]) else new
