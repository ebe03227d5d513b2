"""Turns what students hand in into plain Python: bytes in any encoding, IPython magics and prompts.

Every text returned here keeps the lines of the student's file, so line numbers are the ones the student sees. Read
magics.py next.
"""

import ast
import contextlib
import json
import re
import textwrap
import tokenize
import warnings
from functools import lru_cache
from io import BytesIO
from itertools import accumulate

PARSE_ERRORS = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError, SystemError)

CELL_MAGIC = re.compile(r"\s*(?:>>> |In \[\d+\]: )?%%(\S+)[^\n]*\n?")
LINE_MAGIC = re.compile(r"%(\w+)(?: ([^\n]*+)|)(?:\n|\Z)")  # at the beginning of a cell: %matplotlib inline
FOREIGN = {  # cell magics that do not run Python in this process: there is no answer below them
    "!", "HTML", "R", "SVG", "ai", "bash", "cmd", "cpp", "cython", "file", "html", "javascript", "js", "latex",
    "markdown", "perl", "pypy", "python", "python2", "python3", "ruby", "script", "sh", "sql", "svg", "sx", "system",
    "writefile",
}  # fmt: skip
MAGIC = re.compile(r"^(\s*+)(?:[%!?].*|([\w., ]+=)\s*[%!].*|(?:pip|conda) install\b.*|.*(\?))$")
PROMPT = re.compile(r"^(?:>>> ?|In \[\d+\]: ?|[ \t]*\.{3,}: ?|\.\.\. ?)", re.MULTILINE)
EXPORTED = re.compile(  # the line above a cell exported by nbconvert, jupytext (percent), Spyder, VS Code, Databricks
    r"#%%|#\s*(?:In\s?\[.*\]:|%%(?:\s|$)|<(?:code|markdown)cell>|COMMAND -{5,})"
)
TOKEN = re.compile(  # brackets, strings and comments, and characters that are not Python
    r"""#[^\n]*+|\"{3}(?:[^"\\]++|\\.|"(?!""))*+\"{3}|'{3}(?:[^'\\]++|\\.|'(?!''))*+'{3}|"(?:[^"\\\n]++|\\.)*+"|"""
    r"""'(?:[^'\\\n]++|\\.)*+'|[([{]|[)\]}]|\\\n|\n|[?"']|[^#"'()\[\]{}\n?\\]++|.""",
    re.DOTALL,
)
ASCII = f"# {'x' * 70}\n"
TRIES = 20  # magics found one at a time before scanning all lines
COLAB = "# Commented out IPython magic to ensure Python compatibility."


def split_lines(text):
    """The lines of Python source; unlike Python, `str.splitlines` also splits at form feeds and U+2028."""
    return re.split(r"\r\n|\r|\n", text) if "\r" in text else text.split("\n")


def normalize_newlines(text):
    """A text with all line endings converted to "\\n", as Python reads it."""
    return "\n".join(split_lines(text))


def decode_source(data):
    """The text of a Python file, by its byte-order mark, UTF-16's null bytes, or its coding cookie; else UTF-8."""
    encoding = json.detect_encoding(data)
    if encoding == "utf-8":
        with contextlib.suppress(SyntaxError, LookupError, ValueError):  # an unknown cookie, or a non-ASCII byte above it
            named, _ = tokenize.detect_encoding(BytesIO(data).readline)
            if ASCII.encode(named) == ASCII.encode():  # else the cookie itself would be unreadable: utf-16, idna, punycode
                encoding = named
    return data.decode(encoding, errors="replace")


@contextlib.contextmanager
def ignore_warnings():
    """Silence the parser's warnings, such as for "\\d" in a student's string."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@lru_cache(maxsize=1)  # a Python file is parsed to see whether it has cells, and then for its statements
def parse_cell(text):
    """(syntax tree, Python source) of a cell or file written in Python or IPython. Raises PARSE_ERRORS."""
    for version in dict.fromkeys((undo_colab(text), text)):
        for python_of in (str, strip_magics):
            python = python_of(version)
            try:
                with ignore_warnings():
                    return ast.parse(python), python
            except SyntaxError as found:
                error = found
    raise error


def cells_of(text):
    """[(number of lines above, text)]: the cells of an exported notebook, if it does not parse as a whole.

    A broken cell then does not affect the others, just as in the notebook. Any other text is a single cell.
    """
    lines = split_lines(text)
    starts = [0, *(number for number, line in enumerate(lines) if EXPORTED.match(line))]
    try:
        if len(starts) > 1:
            parse_cell(text)
        return [(0, text)]
    except PARSE_ERRORS:
        return [(a, "\n".join(lines[a:b])) for a, b in zip(starts, [*starts[1:], len(lines)])]


# IPython --------------------------------------------------------------------------------------------------------------


def strip_magics(text):
    """IPython source as Python, line by line; what is an error in IPython stays an error."""
    end, foreign = 0, False
    while not foreign and (head := CELL_MAGIC.match(text, end)):  # %%time, perhaps followed by another
        end, foreign = head.end(), head[1] in FOREIGN
    above, text = "\n" * text.count("\n", 0, end), "" if foreign else text[end:]
    return above + (text if end and is_python(text) else replace_magic_lines(translate_with_ipython(text)))


def translate_with_ipython(text):
    """A text as IPython translates it; if IPython fails or is not installed, only its prompts are removed."""
    if known := translate_first_lines(text):
        return known
    try:
        from .magics import translate  # needs IPython, which comes with Jupyter

        return translate(text)
    except Exception:  # noqa: BLE001  (IPython fails in many ways on input it cannot read)
        return strip_prompts(text)


def translate_first_lines(text):
    """The same for a text that begins with line magics and is Python below, as each notebook's first cell; "" for others.

    IPython takes a tenth of a second to import.
    """
    lines, end = [], 0
    while (magic := LINE_MAGIC.match(text, end)) and not magic[0].rstrip().endswith(("\\", "?")):
        lines.append(f"get_ipython().run_line_magic({magic[1]!r}, {(magic[2] or '').rstrip()!r})\n")
        end = magic.end()
    return "".join(lines) + text[end:] if end and is_python(text[end:]) else ""


def code_below_magic(magic, text):
    """The text below a cell magic such as %%time, as Python; "" if the magic does not run it as Python."""
    if magic in FOREIGN:
        return ""
    return text if is_python(text) else strip_magics(text)


def strip_prompts(text):
    """A text without common indentation and, if it begins with a prompt, without prompts."""
    text = textwrap.dedent(text)
    return PROMPT.sub("", text) if PROMPT.match(text.lstrip("\n")) else text


def replace_magic_lines(text):
    """A text with its magics, shell lines and `?` lines replaced by `pass`, found where Python's parser stops.

    A line inside a string or brackets is therefore never mistaken for one, whatever it begins or ends with.
    """
    lines = split_lines(text)
    for tries in range(2 * TRIES):
        if tries == TRIES:
            replace_all_magics(lines)
        try:
            with ignore_warnings():
                ast.parse("\n".join(lines))
            break
        except SyntaxError as error:
            number = min(error.lineno or 1, len(lines)) - 1
            magic = MAGIC.match(lines[number])
            if not magic:
                break
            replace_magic(lines, number, magic)
    return "\n".join(lines)


def replace_magic(lines, number, magic):
    """Replace a magic by `pass`, or by an assignment of None. Returns the number of the next line."""
    last = number
    while lines[last].endswith("\\") and last + 1 < len(lines):
        last += 1
    timed = re.match(r"\s*%time\s+(.+)", lines[number])
    instead = timed[1] if timed and is_python(timed[1]) else f"{magic[2]} None" if magic[2] else "pass"
    lines[number : last + 1] = [magic[1] + instead, *[""] * (last - number)]
    return last + 1


def replace_all_magics(lines):
    """Replace all magics of a text, tracking strings and brackets; the parser then checks the result."""
    text, number = "\n".join([*lines, ""]), 0
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    while number < len(lines):
        magic = MAGIC.match(lines[number])
        end, odd = logical_line(text, starts[number])
        if magic and (odd or not magic[3]):
            number = replace_magic(lines, number, magic)
        else:
            number += text.count("\n", starts[number], end) or len(lines)


def logical_line(text, start):
    """(end of the logical line starting here, whether its first line has a "?" or an unclosed string)."""
    depth, odd = 0, False
    for token in TOKEN.finditer(text, start):
        found = token[0]
        if found == "\n" and (odd or depth <= 0):
            return token.end(), odd
        depth += (found in "([{") - (found in ")]}")
        odd = odd or found in "?\"'"
    return len(text), odd


def undo_colab(text):
    """Undo Colab's commenting-out of magics in an exported Python file; any other text is unchanged.

    Below its marker, Colab comments out every line that begins with %, even one that continues an expression, and the
    whole cell below a cell magic.
    """
    above, mark, below = text.partition(COLAB)
    cell = r"^# %%(\S+).*\n((?:#(?! Commented out IPython).*(?:\n|\Z))+)"
    below = re.sub(cell, uncomment_cell, below, flags=re.MULTILINE)
    return above + mark + re.sub(r"^# (?=\s*%)(?!%%)", "", below, flags=re.MULTILINE)


def uncomment_cell(cell):
    """The code of a cell that Colab commented out, given as a match; if it is not Python, the comments as they are."""
    code = re.sub(r"^# ?", "", cell[2], flags=re.MULTILINE)
    python = code_below_magic(cell[1], code)
    return f"# %%{cell[1]}\n{code}" if is_python(python) and python else cell[0]


def why_unparsable(error):
    """Why Python's parser failed; deep nesting has no useful message of its own."""
    too_deep = isinstance(error, (RecursionError, MemoryError))
    return "it is nested too deeply" if too_deep else getattr(error, "msg", None) or str(error) or type(error).__name__


def is_python(text):
    try:
        with ignore_warnings():
            ast.parse(text)
    except PARSE_ERRORS:
        return False
    return True


def code_in_magic(node):
    """(magic, code) for get_ipython().run_cell_magic("time", "", code), nbconvert's export of a cell; else None."""
    match node:
        case ast.Expr(ast.Call(ast.Attribute(ast.Call(ast.Name("get_ipython")), method), arguments)):
            values = [argument.value for argument in arguments if isinstance(argument, ast.Constant)]
        case _:
            return None
    if not all(isinstance(value, str) for value in values):
        return None
    if method == "run_cell_magic" and len(values) == 3:
        return f"%%{values[0]}", code_below_magic(values[0], values[2])
    is_timed = method == "run_line_magic" and len(values) == 2 and values[0] == "time"
    return ("%time", values[1]) if is_timed else None  # %time keeps the names it binds
