"""The first pages: of the site, of the lessons, and of each edition in another language.

Their text is in site/text/; lines in braces are filled in here. Read lessons.py next.
"""

import re
from pathlib import Path

from . import lessons

TEXT = Path(__file__).parents[1] / "text"
COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
EXPLORER_PAGE = "site/explorer/index.html"
EXPLORER = '- <a href="explorer/index.html"><strong>The explorer</strong></a>: convolution and its transpose in motion.'
KOREAN = "- [**한국어**](ko/index.md): the tour and some of the lessons, in Korean."


def write(root, target, links):
    """Write index.md, lessons/index.md and, where there are lessons in Korean, ko/index.md into `target`."""
    target, (english, korean) = Path(target), lessons.EDITIONS
    explorer = (Path(root) / EXPLORER_PAGE).exists()
    pages = links.pages.values()
    has_korean = bool(korean.names(root))
    links.files.add("docs/panel.png")
    text = (TEXT / "index.md").read_text(encoding="utf-8")
    others = sorted(page for page in pages if page.startswith("docs/") and page not in text)
    parts = {
        "explorer": EXPLORER if explorer else "",
        "explorer_page": "docs/explorer" if "docs/explorer" in pages else "",
        "korean": KOREAN if has_korean else "",
        "korean_index": "한국어 <ko/index>" if has_korean else "",
        "other_documents": "\n".join(page for page in others if page != "docs/explorer"),
        "count": len(english.names(root)),
    }
    fill(target, "index.md", parts)
    fill(target, "lessons/index.md", parts | {"table": lessons.table(root, english, "lessons/index")})
    if has_korean:
        readme, page = Path(root) / "README.ko.md", "ko/index"
        about = COMMENT.sub("", readme.read_text(encoding="utf-8")) if readme.exists() else "# minifcn"
        parts = {"about": links.rewrite(about, readme.name, page), "table": lessons.table(root, korean, page)}
        there = [name for name in ("tour", "words") if f"ko/{name}" in links.pages.values()]
        fill(target, "ko/index.md", parts | {"pages": "\n".join(there)})


def fill(target, name, parts):
    """Write a page of site/text/, with {part}s replaced."""
    text = (TEXT / name).read_text(encoding="utf-8")
    for part, value in parts.items():
        text = text.replace("{" + part + "}", str(value))
    (target / name).parent.mkdir(parents=True, exist_ok=True)
    (target / name).write_text(text, encoding="utf-8")
