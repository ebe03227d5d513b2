"""What to say about a name that does not exist: the one that was probably meant. Read parsing.py next."""

import difflib


def did_you_mean(name, names, otherwise=None):
    """"; did you mean fcn8s?" for "fcn9s"; if no name is close, `otherwise`, or ", expected one of fcn32s, fcn16s"."""
    close = difflib.get_close_matches(str(name), names, n=1, cutoff=0.7)
    return f"; did you mean {close[0]}?" if close else otherwise or f", expected one of {', '.join(names)}"
