"""What a figure of a notebook shows, in words, for those who cannot see it: taken from the cell that draws it.

A title in the code says it best; otherwise, the docstring of the function of `minifcn.plot` says what it draws, and the
heading above what it is about. Read notebooks.py next.
"""

import ast
import re

from minifcn import plot


def alt_text(source, heading):
    """A sentence about the figure that a code cell draws, below a heading."""
    calls = plot_calls(source)
    titles = [k.value.value for call in calls for k in call.keywords if k.arg == "title" and is_text(k.value)]
    drawn = [first_line(getattr(plot, call.func.attr)) for call in calls]
    said = titles or [text for text in dict.fromkeys(drawn) if text]
    return plain(". ".join(text.rstrip(".") for text in [*said, heading]) if said else f"Figure: {heading}")


def plot_calls(source):
    """The calls of minifcn.plot's functions in a cell, which may contain IPython's magics."""
    code = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    return [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and getattr(node.func.value, "id", "") == "plot"
        and node.func.attr in plot.__all__
    ]


def is_text(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def first_line(function):
    return (function.__doc__ or "").strip().partition("\n")[0]


def plain(text):
    """Without marks of markdown and mathematics, on one line."""
    return " ".join(re.sub(r"[`*$\\]", "", text).split())
