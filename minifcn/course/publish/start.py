"""Copies the notebooks into a folder of the student's: `minifcn lessons start`.

Started again, it renews what has a newer version and has not been edited, and never overwrites a student's work. Read
../assemble/collect.py next.
"""

import json
import sys

from ...files import atomic_write, make_folder
from ..ladder import NAME
from ..paths import STUDENT, notebooks_folder
from .stubs import is_untouched

COPIED, RENEWED, KEPT, OLD = "copied", "renewed", "kept", "old"
SENTENCES = {  # what the command line says of each
    COPIED: "copied {names} to {folder}",
    RENEWED: "renewed {names} in {folder}: there is a newer version, and you had not edited the old one",
    KEPT: "left {names} in {folder} as they are",
    OLD: "kept {names} in {folder}, with your work; there is a newer version: to get it, rename yours and start again",
}
LANGUAGE = {  # what the kernel says of itself; JupyterLab adds it on opening a notebook, which then counts as unsaved
    "codemirror_mode": {"name": "ipython", "version": sys.version_info.major},
    "file_extension": ".py",
    "mimetype": "text/x-python",
    "name": "python",
    "nbconvert_exporter": "python",
    "pygments_lexer": f"ipython{sys.version_info.major}",
    "version": ".".join(map(str, sys.version_info[:3])),
}


def start(folder, language="en"):
    """Copy the students' notebooks and the tour into a folder, in a language where they are translated, else in English.

    Returns {path: outcome}: COPIED; RENEWED, replaced by a newer version; KEPT as it was; or OLD, kept although there
    is a newer version, because it contains work.
    Raises ValueError if there are no notebooks to copy, FileError if the folder cannot be written.
    """
    notebooks = notebooks_folder()
    places = notebooks, notebooks / STUDENT, notebooks / language, notebooks / language / STUDENT
    found = {path.name: path for place in places for path in place.glob("*.ipynb") if NAME.fullmatch(path.stem)}
    if not found:
        raise ValueError(f"there are no notebooks in {notebooks}; run `minifcn lessons build`")
    folder = make_folder(folder)
    return {folder / name: copy(source, folder / name) for name, source in sorted(found.items())}


def copy(source, path):
    """Copy one notebook, unless that would lose something; returns the outcome."""
    notebook = json.loads(source.read_text(encoding="utf-8"))
    outcome = compare(path, notebook) if path.exists() else COPIED
    if outcome in (COPIED, RENEWED):
        notebook["metadata"]["language_info"] = LANGUAGE
        with atomic_write(path) as temporary:
            text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
            temporary.write_text(text + "\n", encoding="utf-8", newline="\n")
    return outcome


def compare(path, notebook):
    """What to do with the file that is there: RENEWED, KEPT or OLD."""
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
        if there["metadata"]["minifcn"] == notebook["metadata"]["minifcn"]:
            return KEPT
        return RENEWED if is_untouched(there) else OLD
    except (ValueError, KeyError, TypeError, AttributeError):  # not a notebook of the course
        return OLD
