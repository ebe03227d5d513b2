"""The sources of the web site's pages, made of what the repository has: notebooks, documents, pictures, docstrings.

`write_sources` is the whole of it; Sphinx makes HTML of what it writes. Read links.py first.
"""

import shutil
from pathlib import Path

from . import documents, first, gallery, lessons, reference
from .links import Links


def write_sources(root, target, repository=""):
    """Write every page's source into `target`, a folder that is emptied first.

    root: the repository;  repository: its public address, for links to Colab, or ""
    Returns the Links, whose `files` (paths in the repository) pages point to, and which Sphinx does not copy.
    """
    target = Path(target)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    links = Links(root, documents.pages(root) | lessons.pages(root))
    documents.write(root, target, links)
    lessons.write(root, target, links, repository)
    gallery.write(root, target, links)
    reference.write(target)
    first.write(root, target, links)
    for path in links.pictures:
        copy(root, path, target / "pictures")
    return links


def copy(root, path, folder):
    """Copy a file of the repository to the same path within a folder."""
    place = Path(folder) / path
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(Path(root) / path, place)
