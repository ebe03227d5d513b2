"""Translates magics, shell lines, questions and prompts by IPython itself, on which the grader does not depend.

cells.py calls this for cells that are not Python, and does without it if IPython is not installed. Read effects.py
next.
"""

import warnings

from IPython.core.inputtransformer2 import TransformerManager

MOST = 200_000  # characters that are gone through, a second or two; each magic has IPython begin anew


def transformed(text):
    """A cell as the Python that IPython runs for it, each line where it was. ValueError if that would take long."""
    blank = len(text) - len(text.lstrip("\n"))  # IPython drops empty lines above the code
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a U+2028 within a line
        return "\n" * blank + Transformer().transform_cell(text[blank:])


class Transformer(TransformerManager):
    """IPython's transformer, which joins a magic continued by backslashes into one line; here empty lines follow it."""

    gone_through = 0  # characters

    def do_one_token_transform(self, lines):
        self.gone_through += sum(map(len, lines))
        if self.gone_through > MOST:
            raise ValueError("the cell has too many magics for its length")
        changed, new = super().do_one_token_transform(lines)
        lost = "".join(lines).count("\n") - "".join(new).count("\n")
        if lost > 0:
            first = next(i for i, (before, after) in enumerate(zip(lines, new)) if before != after)
            new = [*new[: first + 1], *["\n"] * lost, *new[first + 1 :]]
        return changed, new
