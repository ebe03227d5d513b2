"""The seed of an assignment's random questions, derived from a file that only the instructor has.

A student who knows the seed knows all questions, and can hand in a table of the right answers. Read nbgrader.py next.
"""

import hashlib
import os

from ...files import open_to_read

MAX_BYTES = 2**20  # bytes of a seed file


def seed_of(path):
    """The seed derived from a file; any non-empty file will do. Raises ValueError, OSError."""
    with open_to_read(path) as file:
        data = file.read(MAX_BYTES + 1)
    if not data.strip() or len(data) > MAX_BYTES:
        found = "more than 1 MB" if data.strip() else "nothing"
        raise ValueError(f"{path} has {found} in it, expected a line of random text; `minifcn assignment` writes one")
    return int.from_bytes(hashlib.sha256(data).digest(), "big")


def new_seed():
    """The text of a new seed file."""
    return os.urandom(32).hex() + "\n"
