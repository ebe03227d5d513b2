"""The documents of the repository: docs/*.md, and those which GitHub wants elsewhere.

Read docstrings.py next.
"""

import re
from html import escape
from pathlib import Path

from .code_links import link_files, link_walks, source_files
from .links import Links

ELSEWHERE = {
    "lessons/README.md": "lessons/about",
    "lessons/letters.md": "lessons/letters",
    "lessons/ko.md": "ko/words",
    "CONTRIBUTING.md": "docs/contributing",
    "CHANGELOG.md": "docs/changelog",
    "tests/README.md": "docs/tests",
}
FIRST = {"README.md": "index", "README.ko.md": "ko/index"}  # pages of their own
READING = "docs/reading.md"
SETTINGS = re.compile(r"`(?:site/explorer/index\.html|(#\w+\?[^`]*))`")


def pages(root):
    """{path in the repository: page} of the documents that there are."""
    root = Path(root)
    found = {f"docs/{path.name}": f"docs/{path.stem}" for path in (root / "docs").glob("*.md")}
    return found | {path: page for path, page in (ELSEWHERE | FIRST).items() if (root / path).exists()}


def link_settings(text, page):
    """Link the explorer, and settings such as `#im2col?size=6`, on the page that describes it."""
    explorer = Links.between(page, "explorer/index.html")

    def link(found):
        shown, settings = escape(found[0].strip("`")), escape(found[1] or "")
        return f'<a href="{explorer}{settings}"><code>{shown}</code></a>'

    return SETTINGS.sub(link, text)


def write(root, target, links):
    """Write all documents but the first pages into `target`."""
    files = source_files(root)
    for source, page in pages(root).items():
        if source in FIRST:
            continue
        text = links.rewrite((Path(root) / source).read_text(encoding="utf-8"), source, page)
        text = link_walks(text, page) if source == READING else link_files(text, page, files)
        text = link_settings(text, page) if page == "docs/explorer" else text
        path = Path(target) / f"{page}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
