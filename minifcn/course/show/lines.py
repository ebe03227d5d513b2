"""Lines of a terminal: their width, wrapping, colours, placement side by side, and printing.

A line is a list of (text, style) pairs, so that it can be measured and truncated before it is coloured. Text from
students is sanitized here: control characters and ANSI escapes appear as their codes and have no effect. Read text.py
next.
"""

import os
import sys
import textwrap
import unicodedata

PLAIN = str.maketrans({"✓": "+", "✗": "x", "○": "o", "…": "...", "−": "-", "█": "#", "░": "."})
CODES = {"good": "1;32", "bad": "1;31", "bold": "1", "faint": "2"}
FILLER = "\0"  # clean() leaves none in a text


def clean(value):
    """A value as text without effects on a terminal: control and invisible characters appear as their codes."""
    shown = str(value)[:4000].replace("\r\n", "\n").expandtabs(4)
    codes = {c: c.encode("unicode_escape").decode() for c in set(shown)
             if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") and c != "\n"}  # fmt: skip
    return "".join(codes.get(c, c) for c in shown)


def one_line(value):
    """A value as clean text on one line."""
    return " ".join(clean(value).split())


def columns(shown):
    """The number of terminal columns a text takes: two for a Korean or Chinese character, none for a combining accent."""
    return len(shown) + sum(map(is_wide, shown)) - sum(unicodedata.category(c) in ("Mn", "Me") for c in shown)


def width_of(line):
    return sum(columns(shown) for shown, _ in line)


def wrap(value, width, most, first=""):
    """A value wrapped to at most `most` lines, the first prefixed by `first` and the others indented as far."""
    indented = columns(first)
    return fill_lines(first + one_line(value), max(width, indented + 10), subsequent_indent=" " * indented,
                      max_lines=most, placeholder=" …")  # fmt: skip


def fill_lines(shown, width, **options):
    """textwrap.wrap() for text with characters of two columns: each counts as itself and a filler, taken out afterwards."""
    filled = "".join(c + FILLER * is_wide(c) for c in shown)
    return [line.replace(FILLER, "") for line in textwrap.wrap(filled, width, **options)]


def is_wide(character):
    """Whether a character takes two columns of a terminal."""
    return unicodedata.east_asian_width(character) in "WF"


def indent(lines):
    return [[("    ", ""), *line] for line in lines]


def truncate(line, width):
    """A line truncated to `width` columns, marked by …"""
    if width_of(line) <= width:
        return line
    kept, room = [], width - 1
    for shown, style in line:
        while columns(shown) > room:
            shown = shown[: min(room, len(shown) - 1)]
        kept.append((shown, style))
        room -= columns(shown)
    return [*kept, ("…", "")]


def paint(line, colour):
    """A line as text, with ANSI colours if `colour`."""
    if not colour:
        return "".join(shown for shown, _ in line).rstrip()
    return "".join(f"\x1b[{CODES[style]}m{shown}\x1b[0m" if style and shown else shown for shown, style in line).rstrip()


def truncate_lines(lines, room, focus=None):
    """At most `room` of the lines: the first ones, an ellipsis, and the last one; or those that lead to line `focus`."""
    if len(lines) <= room:
        return lines
    if focus is not None and focus >= room - 2 > 0:
        below = [[("    …", "faint")]] * (focus + 1 < len(lines))
        return [[("    …", "faint")], *lines[focus + 2 + len(below) - room : focus + 1], *below]
    return [*lines[: room - 2], [("    …", "faint")], lines[-1]] if room > 2 else lines[: max(room, 0)]


def side_by_side(blocks, width, gap=4):
    """Blocks of lines placed side by side as far as they fit, the others below."""
    done, row = [], []
    for block in filter(None, blocks):
        used = max(map(width_of, row), default=0)
        if row and used + gap + max(map(width_of, block)) > width:
            done, row, used = done + row, [], 0
        start = used + gap if row else 0
        row += [[] for _ in range(len(block) - len(row))]
        for line, more in zip(row, block):
            line += [(" " * (start - width_of(line)), ""), *more]
    return done + row


# Printing -------------------------------------------------------------------------------------------------------------


def in_colour():
    """Whether standard output gets colours: not if NO_COLOR is set, always if FORCE_COLOR is, else on a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def say(shown, file=None):
    """print(), with ASCII in place of symbols the stream cannot encode: a pipe on Windows uses cp1252, without ✓."""
    file = file or sys.stdout
    encoding = getattr(file, "encoding", None) or "utf-8"
    try:
        shown.encode(encoding)
    except UnicodeEncodeError:
        shown = shown.translate(PLAIN).encode(encoding, "replace").decode(encoding)
    print(shown, file=file)
