"""Names of source files, in backticks in a text, as links to the pages that show them.

A text may name a file by its path within minifcn/ or within the repository. Read notebooks.py next.
"""

import re
from pathlib import Path

from .links import Links, outside_code

NAME = re.compile(r"(?<![\[`])`((?:[\w-]+/)*[\w-]*(?:\.py|\.cu|\.cuh|/))`(?![\]`])")


def source_files(root):
    """The files of the package, as paths within minifcn/, sorted."""
    package = Path(root) / "minifcn"
    found = [path.relative_to(package).as_posix() for kind in ("*.py", "*.cu", "*.cuh") for path in package.rglob(kind)]
    return sorted(name for name in found if not name.startswith("_course/"))


def page_of(name):
    """Where the site shows a file: "functional/conv.py" -> "code/functional/conv.py"."""
    return "code/" + name


def link_files(markdown, page, files):
    """Link every `path/name.py` that is one of `files`; `page` is the path on the site of the text."""
    files = set(files)

    def link(match):
        name = match.group(1).removeprefix("minifcn/")
        return anchor(page, name, match.group(1)) if name in files else match.group()

    return outside_code(markdown, lambda text: NAME.sub(link, text))


def link_walks(markdown, page):
    """The same for the reading order, where a folder in backticks precedes the names of its files."""

    def walk(line):
        folder = ""

        def link(match):
            nonlocal folder
            if match.group(1).endswith("/"):
                folder = match.group(1)
                return match.group()
            return anchor(page, folder + match.group(1), match.group(1))

        return NAME.sub(link, line)

    bullets = re.sub(r"\n  (?=`)", " ", markdown)  # an entry may run over several lines
    return "\n".join(walk(line) if line.startswith(("- ", "| `")) else line for line in bullets.split("\n"))


def anchor(page, name, shown):
    """The HTML of a link to a file's page; Sphinx does not know these pages, so markdown cannot link to them."""
    return f'<a href="{Links.between(page, page_of(name))}.html"><code>{shown}</code></a>'
