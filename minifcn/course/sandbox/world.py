"""What an answer can read: Python's standard library, NumPy, the system's shared libraries, time zones, its own folder.

Landlock rules apply to whole folders. If a readable folder contains something hidden, such as site-packages inside the
standard library's folder, its other entries are allowed one by one. Read ../checking/check.py next.
"""

import glob
import os
import sys

from .landlock import LIST, READ

LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64",
             "/nix/store", "/gnu/store")  # fmt: skip
FILES = ("/dev/null", "/dev/urandom", "/dev/random", "/etc/localtime", "/etc/ld.so.cache", "/etc/ssl/openssl.cnf",
         "/etc/pki/tls/openssl.cnf", "/usr/share/zoneinfo", "/usr/share/locale")  # fmt: skip


def readable_paths(packages, hidden):
    """[(path, actions)] for Landlock.

    packages: folders of packages to allow besides the standard library
    hidden:   files and folders to hide if they are inside a readable folder
    """
    own = os.path.join(sys.base_prefix, "lib")  # of a Python that bundles its libraries, such as Conda's
    roots = {os.path.realpath(folder) for folder in (*LIBRARIES, *sys.path, *packages)}
    everybodys = [found for folder in {*LIBRARIES, own} for found in glob.glob(f"{folder}/python*/*-packages")]
    hidden = [os.path.realpath(path) for path in (*hidden, *everybodys)]
    readable = [(path, READ | LIST) for path in (*FILES, os.getcwd())]
    readable += [(entry.path, READ) for entry in list_folder(own) if ".so" in entry.name]
    return readable + [rule for root in sorted(roots) for rule in rules_below(root, hidden)]


def rules_below(path, hidden):
    """The rules that allow reading a file or folder, except what is hidden inside it."""
    inside = [one for one in hidden if one.startswith(path + os.sep)]
    if not inside:
        return [(path, READ | LIST)]
    rules = [(path, LIST)]  # even the names of hidden entries can be listed
    for entry in list_folder(path):
        if entry.path not in inside and not entry.is_symlink():
            rules += rules_below(entry.path, inside)
    return rules


def list_folder(folder):
    """The entries of a folder; [] if it cannot be read."""
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []
