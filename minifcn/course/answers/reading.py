"""Reads the file a student hands in: a notebook or Python file becomes chunks of text, or a one-sentence error.

Links, folders, pipes and large files are rejected unread. Read cells.py next.
"""

import json
import re
from pathlib import Path

from ...files import TooLarge, Unsuitable, printable, read_regular
from .cells import cells_of, decode_source, normalize_newlines
from .statements import Chunk

MAX_BYTES = 10 * 10**6  # bytes per file


def kind_of(path):
    """ "py" or "ipynb", case-insensitive, even if a browser has appended .txt or .json; else ""."""
    kind = re.search(r"\.(py|ipynb)(\.txt|\.json)?$", Path(path).name.lower())
    return kind[1] if kind else ""


def read_chunks(path):
    """The chunks of a .py file or a .ipynb notebook. Raises ValueError for any other file, or a damaged one."""
    path = Path(path)
    kind, name = kind_of(path), printable(path.name)
    if not kind:
        raise ValueError(f"{name} is not an answer file; use a notebook (.ipynb) or a Python file (.py)")
    try:
        data = read_regular(path, MAX_BYTES)
    except TooLarge as error:
        advice = ": clear the outputs of its cells and save it" if kind == "ipynb" else ""
        limit = f"an answer file may have at most {MAX_BYTES // 10**6} MB{advice}"
        raise ValueError(f"{name} {error.found}; {limit}") from None
    except Unsuitable as error:
        raise ValueError(f"{name} {error.found}; hand in the file itself") from None
    try:
        if kind == "py":
            return [Chunk(text, name, above) for above, text in cells_of(normalize_newlines(decode_source(data)))]
        return [Chunk(text, f"{name}, code cell {n}") for n, text in enumerate(code_cells(json.loads(data)), 1)]
    except RecursionError:
        raise ValueError(f"{name} cannot be read as {kind}: it is nested too deeply") from None
    except (ValueError, TypeError, MemoryError) as error:
        raise ValueError(f"{name} cannot be read as {kind}: {printable(error) or 'it is too large'}") from None


def code_cells(notebook):
    """The sources of the code cells in a notebook's JSON. Raises TypeError for what Jupyter would not write."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise TypeError("it has no list of cells; open it in Jupyter and save it again")
    texts = []
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict):
            raise TypeError(f"found {type(cell).__name__} as cell {number}, expected a dict with cell_type and source")
        if cell.get("cell_type") == "code":
            texts.append(normalize_newlines(text_of(cell.get("source"), number)))
    return texts


def text_of(source, number):
    """The source of a cell as one string: Jupyter writes a list of lines, other editors a string."""
    parts = source if isinstance(source, list) else [source]
    wrong = next((type(part).__name__ for part in parts if not isinstance(part, str)), None)
    if wrong:
        raise TypeError(f"found {wrong} in the source of cell {number}, expected a string or a list of strings")
    return "".join(parts)
