"""Where the course's folders are: the lessons, the notebooks built from them, the student's own notebooks, the explorer.

Read languages.py next.
"""

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]  # the folder that contains the package
INSTALLED = Path(__file__).parents[1] / "_course"  # in a wheel, what setup.py has copied; in a checkout, nothing
COURSE = INSTALLED if INSTALLED.is_dir() else ROOT  # the folder that contains lessons/ and notebooks/
SOLUTIONS, STUDENT = "solutions", "student"  # kinds of notebook, and their folders in notebooks/
LANGUAGES = {"ko": "Korean"}  # besides English; their notebooks are in notebooks/ko/
MY_LESSONS = "my-lessons"  # where students work, unless they choose another folder


def lessons_path():
    """The folder `lessons` of the course, or the one named by the environment variable MINIFCN_LESSONS."""
    named = os.environ.get("MINIFCN_LESSONS")
    return Path(named) if named else COURSE / "lessons"


def lessons_folder():
    """The same, which must exist. Raises ValueError if it does not."""
    folder = lessons_path()
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}; set MINIFCN_LESSONS to the folder `lessons` of a checkout of minifcn")
    return folder


def is_installed():
    """Whether the lessons are those of a wheel, which has no notebooks with solutions, and no place to work in."""
    return lessons_folder().parent == INSTALLED


def notebooks_folder(folder=None):
    """The folder of all notebooks: the given one, or the one next to the lessons."""
    return Path(folder) if folder else lessons_folder().parent / "notebooks"


def notebook_path(name, kind="", folder=None):
    """Where the notebook of lesson "06_im2col" belongs.

    kind:   SOLUTIONS or STUDENT; "" for a lesson without exercises, which has a single notebook
    folder: the folder of all notebooks, if not the one next to the lessons
    """
    return notebooks_folder(folder) / kind / f"{name}.ipynb"


def explorer_page():
    """The page that `minifcn explore` opens. Raises ValueError if it does not exist."""
    page = COURSE / "site" / "explorer" / "index.html"
    if not page.is_file():
        raise ValueError(f"there is no file {page}; install minifcn again, or take a complete checkout")
    return page


def work_folders():
    """The folders in which a student's notebooks may be, in the order of search.

    The current folder, my-lessons in it, and in a checkout its own my-lessons and the notebooks as built.
    """
    checkout = [] if is_installed() else [lessons_folder().parent / MY_LESSONS, notebooks_folder() / STUDENT]
    return [Path(), Path(MY_LESSONS), *checkout]


def work_folder(names):
    """The first of these folders that has the notebook of one of the lessons `names`; None if there is none."""
    return next((f for f in work_folders() if any((f / f"{name}.ipynb").is_file() for name in names)), None)


def display_path(path):
    """The path for messages: notebooks/student/06_im2col.ipynb, wherever the notebooks folder is."""
    folder = path.parent
    while folder.name in (SOLUTIONS, STUDENT, *LANGUAGES):
        folder = folder.parent
    return path.relative_to(folder.parent).as_posix()
