"""Where the course's folders are: the lessons, and the notebooks built from them. Read answers/submission.py next."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]  # the folder that contains the package; in a checkout, also lessons/ and notebooks/
SOLUTIONS, STUDENT = "solutions", "student"  # kinds of notebook, and their folders in notebooks/


def lessons_path():
    """The folder `lessons` of this checkout, or the one named by the environment variable MINIFCN_LESSONS."""
    named = os.environ.get("MINIFCN_LESSONS")
    return Path(named) if named else ROOT / "lessons"


def lessons_folder():
    """The same, which must exist. Raises ValueError if it does not."""
    folder = lessons_path()
    if not folder.is_dir():
        raise ValueError(
            f"there is no folder {folder}; run this in a checkout of minifcn, or set MINIFCN_LESSONS to its lessons"
        )
    return folder


def notebooks_folder(folder=None):
    """The folder of all notebooks: the given one, or the one next to the lessons."""
    return Path(folder) if folder else lessons_folder().parent / "notebooks"


def notebook_path(name, kind="", folder=None):
    """Where the notebook of lesson "06_im2col" belongs.

    kind:   SOLUTIONS or STUDENT; "" for a lesson without exercises, which has a single notebook
    folder: the folder of all notebooks, if not the one next to the lessons
    """
    return notebooks_folder(folder) / kind / f"{name}.ipynb"


def display_path(path):
    """The path for messages: notebooks/student/06_im2col.ipynb, wherever the notebooks folder is."""
    folder = path.parent.parent if path.parent.name in (SOLUTIONS, STUDENT) else path.parent
    return path.relative_to(folder.parent).as_posix()
