"""The library's docstrings as reStructuredText: they are plain text, laid out to be read in an editor.

Sphinx would take a star for emphasis and run the lines of a list of arguments together. Here lines stay lines, unless
only the margin has broken them; what is indented stays as it is typed. Read reference.py next.
"""

import re
import textwrap

MARGIN = 100  # a line at least as long was broken by the margin
ENTRY = re.compile(r"^(\**[A-Za-z_]\w*(?:, *\**[A-Za-z_]\w*)*)(:| +\([^)]*\):)\s+(?=\S)")
SPECIAL = re.compile(r"([\\*`|_<>])")


def as_rst(docstring):
    """The lines of reStructuredText that show a docstring."""
    text = textwrap.dedent(docstring) if docstring.startswith("\n") else dedented(docstring)
    return "\n\n".join(block(lines) for lines in paragraphs(text)).split("\n")


def dedented(docstring):
    """A docstring whose first line stands beside the quotes, without the indentation of the others."""
    first, _, rest = docstring.partition("\n")
    return f"{first.strip()}\n{textwrap.dedent(rest)}"


def paragraphs(text):
    """The text between blank lines, as lists of lines."""
    return [part.split("\n") for part in re.split(r"\n\s*\n", text.strip("\n")) if part.strip()]


def block(lines):
    """One paragraph: typed text, lines that stay lines, or running text."""
    if all(line.startswith("    ") for line in lines):
        return "::\n\n" + "\n".join(lines)
    lines = joined(lines)
    if len(lines) == 1 and not ENTRY.match(lines[0]):
        return marked(lines[0].strip())
    return "\n".join(f"| {' ' * indent_of(line)}{entry(line.strip())}" for line in lines)


def joined(lines):
    """The lines, with those together that only the margin has broken."""
    whole, lengths = [], []
    for line in lines:
        broken = whole and lengths[-1] >= MARGIN - 20 * (indent_of(line) > indent_of(whole[-1]))
        continues = whole and ENTRY.match(whole[-1].strip()) and indent_of(line) > indent_of(whole[-1])
        if (broken or continues) and not ENTRY.match(line.strip()) and not line.startswith("Returns"):
            whole[-1] += " " + line.strip()
            lengths[-1] = len(line)
        else:
            whole.append(line)
            lengths.append(len(line))
    return whole


def indent_of(line):
    return len(line) - len(line.lstrip())


def entry(line):
    """A line whose first words, before a colon, are the names of arguments."""
    match = ENTRY.match(line)
    if not match:
        return marked(line)
    names = ", ".join(f"``{name.strip()}``" for name in match.group(1).split(","))
    return f"{names}{marked(match.group(2))} {marked(line[match.end() :])}"


def marked(text):
    """Text with code in backticks, and no other marks."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # a backtick alone
        return SPECIAL.sub(r"\\\1", text)
    code = [f"``{part}``" if part.strip() == part != "" else SPECIAL.sub(r"\\\1", f"`{part}`") for part in parts[1::2]]
    shown = [SPECIAL.sub(r"\\\1", part) for part in parts[::2]]
    return "".join(a + (rf"\ {b}\ " if b else "") for a, b in zip(shown, [*code, ""]))
