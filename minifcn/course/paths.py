"""Where the course's folders are: those of the lessons, and of the notebooks that are made from them.

Read answers/submission.py next.
"""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]  # the folder of the package, which in a checkout has the lessons and notebooks in it
SOLUTIONS, STUDENT = "solutions", "student"  # kinds of notebooks, and their folders in that of all notebooks


def lessons_path():
    """The folder `lessons` of this checkout, or the one that the environment variable MINIFCN_LESSONS names."""
    named = os.environ.get("MINIFCN_LESSONS")
    return Path(named) if named else ROOT / "lessons"


def lessons_folder():
    """The same. Raises ValueError where there is no such folder."""
    folder = lessons_path()
    if not folder.is_dir():
        raise ValueError(
            f"there is no folder {folder}; run this in a checkout of minifcn, or set MINIFCN_LESSONS to its lessons"
        )
    return folder


def notebooks_folder(folder=None):
    """The folder with all notebooks: the given one, or the one beside the lessons."""
    return Path(folder) if folder else lessons_folder().parent / "notebooks"


def notebook_path(name, kind="", folder=None):
    """Where the notebook of lesson "06_im2col" belongs.

    kind:   SOLUTIONS or STUDENT; "" for a lesson without exercises, which has one notebook
    folder: with all notebooks, if not the one beside the lessons
    """
    return notebooks_folder(folder) / kind / f"{name}.ipynb"


def shown(path):
    """notebooks/student/06_im2col.ipynb, wherever the folder of notebooks is."""
    folder = path.parent.parent if path.parent.name in (SOLUTIONS, STUDENT) else path.parent
    return path.relative_to(folder.parent).as_posix()
