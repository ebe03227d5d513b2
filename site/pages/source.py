"""The package's source, highlighted: a page for each file, with the file to read next.

Sphinx renders these pages without parsing them, so that hundreds of them take seconds. The last of these files.
"""

import inspect
import re
from html import escape
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_for_filename

from .code_links import anchor, page_of, source_files
from .links import Links

NEXT = re.compile(r"[Rr]ead\s+(\S+\.py)\s+next\b")
LINES = HtmlFormatter(lineanchors="line", anchorlinenos=True, linenos="inline", wrapcode=True)


def html_pages(app):
    """(page, context, template) of every source file, for Sphinx's event html-collect-pages."""
    root = Path(app.config.minifcn_root)
    files = source_files(root)
    for name in files:
        yield page_of(name), {"title": name, "body": body(root / "minifcn", name, set(files))}, "page.html"


def body(package, name, files):
    """The HTML of a file's page."""
    text = (package / name).read_text(encoding="utf-8")
    code = highlight(text, get_lexer_for_filename(name), LINES)
    links = [f'<a href="{Links.between(page_of(name), "docs/reading")}.html">The reading order</a>']
    others = following(package, name, text, files)
    links += [f"{words} {anchor(page_of(name), other, other)}" for words, other in others]
    top = f'<p class="page-links">{" · ".join(links)}</p>'
    return f'<h1>minifcn/{escape(name)}</h1>{top}<div class="source">{code}</div>'


def following(package, name, text, files):
    """[(words, file)]: the file to read next, and the other half of a kernel in CUDA."""
    named = NEXT.search(text)
    path = (package / name).parent / named.group(1) if named else None
    found = [("Next:", path.resolve().relative_to(package.resolve()).as_posix())] if path and path.exists() else []
    stem, _, kind = name.rpartition(".")
    other = f"{stem}.{'cu' if kind == 'py' else 'py'}"
    return found + ([("Beside it:", other)] if other in files and other != name else [])


def resolve(root, domain, info):
    """The address of an object's source, from a page in api/, for sphinx.ext.linkcode; None if it has no source."""
    value = __import__(info["module"], fromlist=["_"])
    try:
        for part in info["fullname"].split("."):
            value = getattr(value, part)
        value = inspect.unwrap(value)
        path, line = Path(inspect.getsourcefile(value)), inspect.getsourcelines(value)[1]
    except (AttributeError, TypeError, OSError):
        return None
    package = Path(root).resolve() / "minifcn"
    inside = path.resolve().is_relative_to(package)
    return f"../{page_of(path.resolve().relative_to(package).as_posix())}.html#line-{line}" if inside else None
