"""Turns what students hand in into Python, from bytes in any encoding and from IPython's magics and prompts.

Every text that is returned here has the lines of the student's own file, so line numbers are those that they see.
Read magics.py next, which asks IPython.
"""

import ast
import contextlib
import json
import re
import textwrap
import tokenize
import warnings
from io import BytesIO
from itertools import accumulate

UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, SystemError)  # by Python's parser

CELL_MAGIC = re.compile(r"\s*(?:>>> |In \[\d+\]: )?%%(\S+)[^\n]*\n?")
FOREIGN = {  # cell magics that run no Python in this process: below them there is no answer
    "!", "HTML", "R", "SVG", "ai", "bash", "cmd", "cpp", "cython", "file", "html", "javascript", "js", "latex",
    "markdown", "perl", "pypy", "python", "python2", "python3", "ruby", "script", "sh", "sql", "svg", "sx", "system",
    "writefile",
}  # fmt: skip
MAGIC = re.compile(r"^(\s*+)(?:[%!?].*|([\w., ]+=)\s*[%!].*|(?:pip|conda) install\b.*|.*(\?))$")
PROMPT = re.compile(r"^(?:>>> ?|In \[\d+\]: ?|[ \t]*\.{3,}: ?|\.\.\. ?)", re.MULTILINE)
EXPORTED = re.compile(  # the line above a cell, by nbconvert, in the percent format, by Spyder, VS Code or Databricks
    r"#%%|#\s*(?:In\s?\[.*\]:|%%(?:\s|$)|<(?:code|markdown)cell>|COMMAND -{5,})"
)
TOKEN = re.compile(  # what opens or closes brackets, strings and comments, and what Python has no use for
    r"""#[^\n]*+|\"{3}(?:[^"\\]++|\\.|"(?!""))*+\"{3}|'{3}(?:[^'\\]++|\\.|'(?!''))*+'{3}|"(?:[^"\\\n]++|\\.)*+"|"""
    r"""'(?:[^'\\\n]++|\\.)*+'|[([{]|[)\]}]|\\\n|\n|[?"']|[^#"'()\[\]{}\n?\\]++|.""",
    re.DOTALL,
)
ASCII = f"# {'x' * 70}\n"
TRIES = 20  # magics that are found one by one, before all lines are looked at
COLAB = "# Commented out IPython magic to ensure Python compatibility."


def lines_of(text):
    """The lines of Python source. `str.splitlines` also cuts at form feeds and U+2028, which end no line in Python."""
    return re.split(r"\r\n|\r|\n", text)


def joined(text):
    """A text with "\\n" at the end of its lines, as Python reads it."""
    return "\n".join(lines_of(text))


def decoded(data):
    """A Python file's text, by its byte-order mark, the null bytes of UTF-16, or its coding cookie; else UTF-8."""
    encoding = json.detect_encoding(data)
    if encoding == "utf-8":
        with contextlib.suppress(SyntaxError, LookupError, ValueError):  # an unknown cookie, or an accent before it
            named, _ = tokenize.detect_encoding(BytesIO(data).readline)
            if ASCII.encode(named) == ASCII.encode():  # else nobody could read the cookie: utf-16, idna, punycode
                encoding = named
    return data.decode(encoding, errors="replace")


@contextlib.contextmanager
def quietly():
    """Without Python's warnings about what it parses, such as a "\\d" in a student's string."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def parsed(text):
    """(syntax tree, the Python it was parsed from) of a cell or file, in Python or IPython. Raises UNPARSABLE."""
    for version in dict.fromkeys((restored(text), text)):
        for python_of in (str, without_magics):
            python = python_of(version)
            try:
                with quietly():
                    return ast.parse(python), python
            except SyntaxError as found:
                error = found
    raise error


def cells_of(text):
    """[(how many lines are above it, text)] of the cells of an exported notebook, if one of them is not Python.

    A broken cell then does not affect the others, as in the notebook. Any other text is one cell.
    """
    lines = lines_of(text)
    starts = [0, *(number for number, line in enumerate(lines) if EXPORTED.match(line))]
    try:
        if len(starts) > 1:
            parsed(text)
        return [(0, text)]
    except UNPARSABLE:
        return [(a, "\n".join(lines[a:b])) for a, b in zip(starts, [*starts[1:], len(lines)])]


# IPython --------------------------------------------------------------------------------------------------------------


def without_magics(text):
    """A text in IPython's syntax as Python, line by line; what is an error in IPython too stays one."""
    end, foreign = 0, False
    while not foreign and (head := CELL_MAGIC.match(text, end)):  # %%time, and perhaps another below it
        end, foreign = head.end(), head[1] in FOREIGN
    above, text = "\n" * text.count("\n", 0, end), "" if foreign else text[end:]
    return above + (text if end and is_python(text) else without_magic_lines(by_ipython(text)))


def by_ipython(text):
    """A text as the Python that IPython makes of it; if it cannot, or is not installed, without prompts only."""
    try:
        from .magics import transformed  # needs IPython, which is installed with Jupyter only

        return transformed(text)
    except Exception:  # noqa: BLE001  (IPython fails in many ways over what it cannot read)
        return without_prompts(text)


def below_cell_magic(magic, text):
    """The text below %%time or another cell magic, as Python; "" if the magic does not run it as Python."""
    if magic in FOREIGN:
        return ""
    return text if is_python(text) else without_magics(text)


def without_prompts(text):
    """A text without the indentation that all its lines share and, if it begins with a prompt, without prompts."""
    text = textwrap.dedent(text)
    return PROMPT.sub("", text) if PROMPT.match(text.lstrip("\n")) else text


def without_magic_lines(text):
    """A text with `pass` in place of its magics, shell lines and questions: lines at which Python's parser stops.

    A line within a string or brackets is therefore never taken for one, whatever it begins or ends with.
    """
    lines = lines_of(text)
    for tries in range(2 * TRIES):
        if tries == TRIES:
            replace_all(lines)
        try:
            with quietly():
                ast.parse("\n".join(lines))
            break
        except SyntaxError as error:
            number = min(error.lineno or 1, len(lines)) - 1
            magic = MAGIC.match(lines[number])
            if not magic:
                break
            replace(lines, number, magic)
    return "\n".join(lines)


def replace(lines, number, magic):
    """Put `pass`, or the assignment of None, in place of a magic. Returns the number of the next line."""
    last = number
    while lines[last].endswith("\\") and last + 1 < len(lines):
        last += 1
    timed = re.match(r"\s*%time\s+(.+)", lines[number])
    instead = timed[1] if timed and is_python(timed[1]) else f"{magic[2]} None" if magic[2] else "pass"
    lines[number : last + 1] = [magic[1] + instead, *[""] * (last - number)]
    return last + 1


def replace_all(lines):
    """Replace all magics of a text, found by its strings and brackets; the parser is asked again afterwards."""
    text, number = "\n".join([*lines, ""]), 0
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    while number < len(lines):
        magic = MAGIC.match(lines[number])
        end, odd = logical_line(text, starts[number])
        if magic and (odd or not magic[3]):
            number = replace(lines, number, magic)
        else:
            number += text.count("\n", starts[number], end) or len(lines)


def logical_line(text, start):
    """(where the logical line that starts here ends, whether a "?" or half a string is in its first physical line)."""
    depth, odd = 0, False
    for token in TOKEN.finditer(text, start):
        found = token[0]
        if found == "\n" and (odd or depth <= 0):
            return token.end(), odd
        depth += (found in "([{") - (found in ")]}")
        odd = odd or found in "?\"'"
    return len(text), odd


def restored(text):
    """A Python file exported by Colab, with the magics that Colab commented out; any other text unchanged.

    Below its mark Colab comments out every line that begins with %, even if it continues an expression, and the whole
    cell below a cell magic.
    """
    above, mark, below = text.partition(COLAB)
    cell = r"^# %%(\S+).*\n((?:#(?! Commented out IPython).*(?:\n|\Z))+)"
    below = re.sub(cell, uncommented, below, flags=re.MULTILINE)
    return above + mark + re.sub(r"^# (?=\s*%)(?!%%)", "", below, flags=re.MULTILINE)


def uncommented(cell):
    """The code of a cell that Colab commented out, given as a match; the comments unchanged if it is not Python."""
    code = re.sub(r"^# ?", "", cell[2], flags=re.MULTILINE)
    python = below_cell_magic(cell[1], code)
    return f"# %%{cell[1]}\n{code}" if is_python(python) and python else cell[0]


def reason(error):
    """Why Python's parser has failed: without it, deep nesting has no message of its own."""
    too_deep = isinstance(error, (RecursionError, MemoryError))
    return "it is nested too deeply" if too_deep else getattr(error, "msg", None) or str(error) or type(error).__name__


def is_python(text):
    try:
        with quietly():
            ast.parse(text)
    except UNPARSABLE:
        return False
    return True


def code_in_magic(node):
    """(magic, code) of get_ipython().run_cell_magic("time", "", code), as nbconvert exports a cell; else None."""
    match node:
        case ast.Expr(ast.Call(ast.Attribute(ast.Call(ast.Name("get_ipython")), method), arguments)):
            values = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
        case _:
            return None
    if not all(isinstance(value, str) for value in values):
        return None
    if method == "run_cell_magic" and len(values) == 3:
        return f"%%{values[0]}", below_cell_magic(values[0], values[2])
    is_timed = method == "run_line_magic" and len(values) == 2 and values[0] == "time"
    return ("%time", values[1]) if is_timed else None  # %time keeps the names that are bound
