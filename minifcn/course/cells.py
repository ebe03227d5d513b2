"""Turns what students hand in into Python, from bytes in any encoding and from IPython's magics and prompts.

Every text that is returned here has the lines of the student's own file, so line numbers are those that they see.
magics.py asks IPython. Read statements.py next.
"""

import ast
import re
import textwrap
import tokenize
from io import BytesIO

CELL_MAGIC = re.compile(r"\s*(?:>>> |In \[\d+\]: )?%%(\S+)[^\n]*\n?")
FOREIGN = {  # cell magics that run no Python in this process: below them there is no answer
    "!", "HTML", "R", "SVG", "ai", "bash", "cmd", "cpp", "cython", "file", "html", "javascript", "js", "latex",
    "markdown", "perl", "pypy", "python", "python2", "python3", "ruby", "script", "sh", "sql", "svg", "sx", "system",
    "writefile",
}  # fmt: skip
MAGIC = re.compile(r"^(\s*)(?:[%!?].*|.*\?|([\w., ]+=)\s*[%!].*|(?:pip|conda) install\b.*)$")
PROMPT = re.compile(r"^(?:>>> ?|In \[\d+\]: ?|[ \t]*\.{3,}: ?|\.\.\. ?)", re.MULTILINE)
EXPORTED = re.compile(r"# (?:In\s?\[.*\]:|%%(?: |$))")  # the line above a cell, by nbconvert or in the percent format
COLAB = "# Commented out IPython magic to ensure Python compatibility."


def lines_of(text):
    """The lines of Python source. `str.splitlines` also cuts at form feeds and U+2028, which end no line in Python."""
    return re.split(r"\r\n|\r|\n", text)


def joined(text):
    """A text with "\\n" at the end of its lines, as Python reads it."""
    return "\n".join(lines_of(text))


def decoded(data):
    """A Python file's text, by its byte-order mark or its coding cookie, else UTF-8."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
    except SyntaxError:  # an unknown cookie, or an accent saved in another encoding, most likely in a comment
        encoding = "utf-8"
    return data.decode(encoding, errors="replace")


def parsed(text):
    """(syntax tree, the Python it was parsed from) of a cell or file, in Python or IPython. SyntaxError, ValueError."""
    for version in dict.fromkeys((restored(text), text)):
        for python_of in (str, without_magics):
            python = python_of(version)
            try:
                return ast.parse(python), python
            except SyntaxError as found:
                error = found
    raise error


def cells_of(text):
    """The cells of an exported notebook if one is not Python, each below as many empty lines as it had lines above.

    A broken cell then does not affect the others, as in the notebook. Any other text is one cell.
    """
    lines = lines_of(text)
    starts = [0, *(number for number, line in enumerate(lines) if EXPORTED.match(line))]
    try:
        if len(starts) > 1:
            parsed(text)
        return [text]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ["\n" * a + "\n".join(lines[a:b]) for a, b in zip(starts, [*starts[1:], len(lines)])]


# IPython --------------------------------------------------------------------------------------------------------------


def without_magics(text):
    """A text in IPython's syntax as Python, line by line; what is an error in IPython too stays one."""
    if head := CELL_MAGIC.match(text):
        return "\n" * head.group().count("\n") + below_cell_magic(head[1], text[head.end() :])
    try:
        from .magics import transformed  # needs IPython, which is installed with Jupyter only

        python = transformed(text)
    except (ImportError, SyntaxError, tokenize.TokenError, RuntimeError):  # the last three: IPython cannot read it
        python = without_prompts(text)
    return without_magic_lines(python)


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
    while True:
        try:
            ast.parse("\n".join(lines))
            break
        except SyntaxError as error:
            number = min(error.lineno or 1, len(lines)) - 1
            magic = MAGIC.match(lines[number])
            if not magic:
                break
            last = number
            while lines[last].endswith("\\") and last + 1 < len(lines):
                last += 1
            timed = re.match(r"\s*%time\s+(.+)", lines[number])
            instead = timed[1] if timed and is_python(timed[1]) else f"{magic[2]} None" if magic[2] else "pass"
            lines[number : last + 1] = [magic[1] + instead, *[""] * (last - number)]
    return "\n".join(lines)


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


def is_python(text):
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def code_in_magic(node):
    """(magic, code) of get_ipython().run_cell_magic("time", "", code), as nbconvert exports a cell; else None."""
    text = ast.unparse(node) if isinstance(node, ast.Expr) else ""
    if not text.startswith(("get_ipython().run_cell_magic(", "get_ipython().run_line_magic(")):
        return None
    values = [argument.value for argument in node.value.args if isinstance(argument, ast.Constant)]
    if len(values) == 3:
        return f"%%{values[0]}", below_cell_magic(values[0], values[2])
    return ("%time", values[1]) if values[:1] == ["time"] else None  # %time keeps the names that are bound
