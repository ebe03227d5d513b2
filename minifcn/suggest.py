"""What to say about names: the one that was probably meant, the first few of many. Read parsing.py next."""

import difflib

from .files import printable


def did_you_mean(name, names, otherwise=None):
    """"; did you mean fcn8s?" for "fcn9s"; if no name is close, `otherwise`, or ", expected one of fcn32s, fcn16s"."""
    close = difflib.get_close_matches(str(name), names, n=1, cutoff=0.7)
    return f"; did you mean {close[0]}?" if close else otherwise or f", expected one of {', '.join(names)}"


def list_first(names, count=8):
    """The first few names, and whether there are more: "a, b, ..."."""
    return ", ".join([*names[:count], *(["..."] if len(names) > count else [])])


def list_some(names, count=8):
    """The first few names, and the number of the rest: "a, b and 3 more"; "none" for none."""
    more = f" and {len(names) - count} more" if len(names) > count else ""
    return printable(", ".join(names[:count])) + more or "none"
