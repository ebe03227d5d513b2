"""How a command reports an error: one sentence on standard error. Read training.py next."""

import contextlib
import sys

from ..files import printable

EXPECTED = ValueError, TypeError, OSError, RuntimeError, MemoryError  # whose messages say enough, without a traceback


def sentence_about(error):
    """The message of an error; of one about a folder without dataset.toml, the question that its masks leave open."""
    if folder := getattr(error, "undescribed", None):
        from ..survey.command import open_question

        with contextlib.suppress(ValueError, RuntimeError, OSError):  # then the first error says enough
            return open_question(folder)
    return str(error) or type(error).__name__


def complain(sentence, *notes):
    """Print a line on standard error, and one for each note, control characters escaped: file names may contain any."""
    print(f"minifcn: {printable(sentence)}", *map(printable, notes), sep="\n  ", file=sys.stderr)
