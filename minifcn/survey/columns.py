"""Text in columns of a terminal, where a Chinese, Japanese or Korean character and an emoji are two columns wide.

Read report.py next.
"""

import unicodedata

EIGHTHS = " ▏▎▍▌▋▊▉█"


def wide(text):
    """The number of columns of a text."""
    return sum(0 if unicodedata.combining(c) or c in "\u200d\ufe0f" else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def fitted(text, room):
    """A text of at most `room` columns, its middle left out if it is longer."""
    if wide(text) <= room:
        return text
    start, end = text, text
    while wide(start) > (room - 1) // 2:
        start = start[:-1]
    while wide(end) > room - 1 - (room - 1) // 2:
        end = end[1:]
    return f"{start}…{end}"


def left(text, room):
    """A text in the left of exactly `room` columns."""
    text = fitted(text, room)
    return text + " " * (room - wide(text))


def wrapped(text, indent="  ", width=98, shorten=True):
    """The lines of a text, each indented; a word longer than a line loses its middle, unless `shorten` is false."""
    lines, line = [], ""
    for word in text.split(" "):
        word = fitted(word, width - len(indent)) if shorten else word
        if line and wide(line) + 1 + wide(word) > width - len(indent):
            lines, line = [*lines, line], word
        else:
            line = f"{line} {word}" if line else word
    return [indent + line for line in [*lines, line]]


def bar(share, room):
    """A share of 1 as a bar of up to `room` columns, in steps of an eighth; anything above 0 can be seen."""
    eighths = max(round(share * room * 8), 1 if share > 0 else 0)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()
