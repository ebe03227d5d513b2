"""IPython's own reading of its magics, shell lines, questions and prompts; the one file of the course that imports it.

cells.py calls it for cells that are not Python, and does without it where IPython is not installed.
"""

import warnings

from IPython.core.inputtransformer2 import TransformerManager


def transformed(text):
    """A cell as the Python that IPython runs for it, each line where it was."""
    blank = len(text) - len(text.lstrip("\n"))  # IPython drops empty lines above the code
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a U+2028 within a line
        return "\n" * blank + Transformer().transform_cell(text[blank:])


class Transformer(TransformerManager):
    """IPython's transformer; where it makes one line of a magic that goes on after a backslash, empty lines follow."""

    def do_one_token_transform(self, lines):
        changed, new = super().do_one_token_transform(lines)
        lost = "".join(lines).count("\n") - "".join(new).count("\n")
        if lost > 0:
            first = next(i for i, (before, after) in enumerate(zip(lines, new)) if before != after)
            new = [*new[: first + 1], *["\n"] * lost, *new[first + 1 :]]
        return changed, new
