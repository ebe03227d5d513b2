"""Where everything of the repository is on the site, and markdown whose links point there.

The documents link to each other by their paths in the repository, with GitHub's anchors. Read code_links.py next.
"""

import os
import re
from html import escape
from pathlib import Path, PurePosixPath

FENCE = re.compile(r"^(`{3,}|~{3,}).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^()\s]+)\)|`[^`]+`")  # or code, which may look like one: `kernel[1, 8](x)`
SCHEME = re.compile(r"[a-z]+:")


def slug(heading):
    """GitHub's anchor of a heading, or of Jupyter's anchor for it: "1. The way", "1.-The-way" -> "1-the-way"."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def outside_code(markdown, change):
    """Apply `change` to all of a markdown text but its fenced blocks of code."""
    pieces, end = [], 0
    for fence in FENCE.finditer(markdown):
        pieces += [change(markdown[end : fence.start()]), fence.group()]
        end = fence.end()
    return "".join(pieces) + change(markdown[end:])


class Links:
    """The pages of the site, by the paths of their sources in the repository, and the files that pages link to.

    root: the repository
    pages: {"docs/speed.md": "docs/speed", ...}
    """

    def __init__(self, root, pages):
        self.root, self.pages = Path(root), pages
        self.pictures, self.files = set(), set()

    def rewrite(self, markdown, source, page):
        """The text of `source` (a path in the repository) as it has to be on `page` (a path on the site, no suffix)."""
        return outside_code(markdown, lambda text: LINK.sub(lambda link: self._link(link, source, page), text))

    def _link(self, link, source, page):
        picture, text, target = link.groups()
        if target is None or SCHEME.match(target):
            return link.group()
        path, hash, anchor = target.partition("#")
        anchor = hash + slug(anchor)
        if not path:
            return f"[{text}]({anchor})"
        path = os.path.normpath(PurePosixPath(source).parent / path)
        if path in self.pages:
            return f"[{text}]({self.between(page, self.pages[path])}.{self._suffix(path)}{anchor})"
        if path.startswith("site/explorer/"):
            return f'<a href="{self.between(page, path.removeprefix("site/"))}">{text}</a>'
        if not (self.root / path).is_file():
            raise FileNotFoundError(f"{source} links to {target}, which does not exist")
        if picture:
            self.pictures.add(path)
            return f"![{text}]({self.between(page, 'pictures/' + path)})"
        self.files.add(path)
        return f'<a href="{escape(self.between(page, "files/" + path))}">{text}</a>'

    def _suffix(self, path):
        return "ipynb" if path.endswith(".ipynb") else "md"

    @staticmethod
    def between(page, target):
        """The relative path from a page to another place of the site."""
        return os.path.relpath(target, PurePosixPath(page).parent)
