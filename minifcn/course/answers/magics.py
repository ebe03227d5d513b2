"""Translates magics, shell lines, `?` lines and prompts with IPython itself, an optional dependency of the grader.

cells.py calls this for cells that are not Python, and does without it if IPython is not installed. Read effects.py
next.
"""

import warnings

from IPython.core.inputtransformer2 import TransformerManager

MAX_CHARACTERS = 200_000  # characters scanned, a second or two; IPython starts over at each magic


def translate(text):
    """A cell as the Python that IPython runs for it, each line in its place. ValueError if that would take too long."""
    blank = len(text) - len(text.lstrip("\n"))  # IPython drops empty lines above the code
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about U+2028 within a line
        return "\n" * blank + Transformer().transform_cell(text[blank:])


class Transformer(TransformerManager):
    """IPython's transformer, except that joining a magic continued by backslashes leaves empty lines in their place."""

    gone_through = 0  # characters

    def do_one_token_transform(self, lines):
        self.gone_through += sum(map(len, lines))
        if self.gone_through > MAX_CHARACTERS:
            raise ValueError("the cell has too many magics")
        changed, new = super().do_one_token_transform(lines)
        lost = "".join(lines).count("\n") - "".join(new).count("\n")
        if lost > 0:
            first = next(i for i, (before, after) in enumerate(zip(lines, new)) if before != after)
            new = [*new[: first + 1], *["\n"] * lost, *new[first + 1 :]]
        return changed, new
